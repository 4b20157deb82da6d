//! What a TLS peer has proved, and what follows from that: whose calls are its calls, and whose
//! calls go over its connection.

use super::pstn_to_sip::{iam, place};
use super::ua::header;
use super::world::{World, config};
use crate::{Config, Input};
use base::Duration;
use bytes::Bytes;
use sip::Target;

/// A trunk of a wide network and a name, and one of a name alone, whose target is in that network.
fn two_trunks() -> World {
    let mut config: Config = config();
    config.sip.locals.push((sip::Transport::Tls, "127.0.0.1:5061".parse().unwrap()));
    let wide = &mut config.trunks[0];
    wide.sources = vec![("127.0.0.0".parse().unwrap(), 8)];
    wide.tls_names = vec!["wide.example.net".to_owned()];
    let mut named = wide.clone();
    named.name = "named".to_owned();
    named.sources = Vec::new();
    named.tls_names = vec!["named.example.net".to_owned()];
    named.targets = vec![Target::parse("sip:127.0.0.1:5071;transport=tls").unwrap()];
    config.trunks.push(named);
    World::cold(config)
}

/// The trunk of a TLS peer that has proved these names.
fn trunk_of(world: &mut World, number: u64, names: &[&str]) -> Option<u16> {
    let flow = sip::Flow {
        transport: sip::Transport::Tls,
        local: "127.0.0.1:5061".parse().unwrap(),
        remote: "127.0.0.9:40000".parse().unwrap(),
        connection: Some(sip::ConnectionId(number)),
    };
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    world.input(Input::SipConnected { flow, names });
    world.gateway.trunk_of(&flow).map(|(index, _)| index)
}

#[test]
fn a_name_lends_nothing_to_another_trunk() {
    let mut world = two_trunks();
    // A peer of the wide trunk that stands where the other's target is expected is not it.
    assert_eq!(world.gateway.tls_names("127.0.0.1:5071".parse().unwrap()), ["named.example.net"]);
    // Where no target is, requests within dialogs of the wide trunk find its peers.
    assert_eq!(world.gateway.tls_names("127.0.0.7:5061".parse().unwrap()), ["wide.example.net"]);
    assert!(world.gateway.tls_names("192.0.2.1:5061".parse().unwrap()).is_empty());
    // What is proved wins over the address; who has proved nothing that we know has its address.
    assert_eq!(trunk_of(&mut world, 1, &["NAMED.example.net"]), Some(1));
    assert_eq!(trunk_of(&mut world, 2, &["wide.example.net"]), Some(0));
    assert_eq!(trunk_of(&mut world, 3, &["x.example.net"]), Some(0));
    // Who has both names is of the trunk of its address.
    assert_eq!(trunk_of(&mut world, 4, &["named.example.net", "wide.example.net"]), Some(0));
}

#[test]
fn where_a_name_is_required_no_address_is_enough() {
    let mut world = two_trunks();
    world.gateway.settings.trunks[0].tls_required = true;
    assert_eq!(trunk_of(&mut world, 1, &[]), None);
    assert_eq!(trunk_of(&mut world, 2, &["x.example.net"]), None);
    assert_eq!(trunk_of(&mut world, 3, &["wide.example.net"]), Some(0));
    let (transport, connection) = (sip::Transport::Udp, None);
    let [local, remote] = ["127.0.0.1:5060", "127.0.0.9:5060"].map(|text| text.parse().unwrap());
    let flow = sip::Flow { transport, local, remote, connection };
    assert!(world.gateway.trunk_of(&flow).is_none());
}

/// The flow of a connection that a peer at 127.0.0.1 has opened from a port of its own.
fn accepted(number: u64) -> sip::Flow {
    sip::Flow {
        transport: sip::Transport::Tls,
        local: "127.0.0.1:5061".parse().unwrap(),
        remote: "127.0.0.1:40000".parse().unwrap(),
        connection: Some(sip::ConnectionId(number)),
    }
}

/// Such a peer proves these names and asks with this Via whether we are there.
fn asks(world: &mut World, number: u64, names: &[&str], via: &str) {
    let flow = accepted(number);
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    world.input(Input::SipConnected { flow, names });
    let text = format!(
        "OPTIONS sip:127.0.0.1:5061 SIP/2.0\r\nVia: SIP/2.0/TLS {via};branch=z9hG4bKa{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:peer@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\n\
         Call-ID: alias{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    let connection = sip::ConnectionId(number);
    world.input(Input::SipBytes { connection, bytes: Bytes::from(text) });
    world.run(Duration::from_millis(50));
}

/// Over which connection the exchange's call to the trunk of names goes.
fn called_over(world: &mut World) -> Option<u64> {
    world.sip.clear();
    place(world, iam("199008001"));
    world.run(Duration::from_millis(200));
    let sent = world.sip.iter().find(|(_, text)| text.starts_with("INVITE ")).unwrap();
    assert_eq!(sent.0.remote, "127.0.0.1:5071".parse().unwrap());
    let via = header(&sent.1, "Via").unwrap();
    assert!(via.contains(";alias;keep"), "{via}");
    sent.0.connection.map(|connection| connection.0)
}

/// One trunk, whose target proves `pbx`, and which has no other address.
fn one_trunk() -> World {
    let mut config: Config = config();
    config.sip.locals.push((sip::Transport::Tls, "127.0.0.1:5061".parse().unwrap()));
    config.trunks[0].targets = vec![Target::parse("sip:127.0.0.1:5071;transport=tls").unwrap()];
    config.trunks[0].tls_names = vec!["pbx".to_owned()];
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world
}

#[test]
fn our_calls_go_over_the_connection_of_a_peer_that_asks_for_them_and_has_proved_who_it_is() {
    for (names, via, reused) in [
        (&["PBX"][..], "127.0.0.1:5071;alias", true),
        // RFC 5923 §8.2: what is said of the host is not believed, where it comes from is.
        (&["pbx"], "pbx.example.net:5071;alias", true),
        (&["pbx"], "127.0.0.1:5071", false),
        (&["pbx"], "127.0.0.1:5072;alias", false),
        (&["pbx"], "127.0.0.1;alias", false),
        (&["x"], "127.0.0.1:5071;alias", false),
        (&[], "127.0.0.1:5071;alias", false),
    ] {
        let mut world = one_trunk();
        asks(&mut world, 7, names, via);
        let over = called_over(&mut world);
        assert_eq!(over, reused.then_some(7), "{names:?} {via}");
        assert_eq!(world.gateway.sip().stats().aliases, u64::from(reused));
    }
}

#[test]
fn a_call_over_the_connection_of_a_peer_is_sent_again_when_that_breaks() {
    let mut world = one_trunk();
    asks(&mut world, 7, &["pbx"], "127.0.0.1:5071;alias");
    assert_eq!(called_over(&mut world), Some(7));
    world.sip.clear();
    world.input(Input::SipClosed { connection: sip::ConnectionId(7) });
    world.run(Duration::from_millis(50));
    let again = world.sip.iter().find(|(_, text)| text.starts_with("INVITE ")).unwrap();
    assert_eq!((again.0.connection, again.0.remote.port()), (None, 5071), "over one of ours");
    // And it is nobody's any more.
    assert_eq!(called_over(&mut world), None);
}

#[test]
fn a_peer_that_says_how_often_is_pinged_so_often() {
    let mut world = one_trunk();
    asks(&mut world, 7, &["pbx"], "127.0.0.1:5071;alias");
    let ping = |world: &World| {
        let over = world.sip.iter().filter(|(flow, _)| flow.connection.is_some());
        over.filter(|(_, text)| text == "\r\n\r\n").count()
    };
    called_over(&mut world);
    let invite = world.sip.iter().find(|(_, text)| text.starts_with("INVITE ")).unwrap().1.clone();
    let lines = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| {
        let tag = if name == "To" { ";tag=peer" } else { "" };
        let value = header(&invite, name).unwrap().replace(";keep", ";keep=10");
        format!("{name}: {value}{tag}\r\n")
    });
    let text = format!("SIP/2.0 180 Ringing\r\n{}Content-Length: 0\r\n\r\n", lines.concat());
    world.run(Duration::from_secs(12));
    assert_eq!(ping(&world), 0, "nobody has asked for it");
    let connection = sip::ConnectionId(7);
    world.input(Input::SipBytes { connection, bytes: Bytes::from(text) });
    world.run(Duration::from_millis(8_500));
    assert_eq!(ping(&world), 0);
    // RFC 6223 §4.3, RFC 5626 §4.4.1: within the last fifth.
    world.run(Duration::from_millis(1_500));
    assert_eq!(ping(&world), 1);
    world.input(Input::SipBytes { connection, bytes: Bytes::from_static(b"\r\n") });
    world.run(Duration::from_secs(10));
    assert_eq!(ping(&world), 2);
}
