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
        peer: None,
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
    let flow = sip::Flow { transport, local, remote, connection, peer: None };
    assert!(world.gateway.trunk_of(&flow).is_none());
}

/// The flow of a connection that a peer at 127.0.0.1 has opened from a port of its own.
fn accepted(number: u64) -> sip::Flow {
    sip::Flow {
        transport: sip::Transport::Tls,
        local: "127.0.0.1:5061".parse().unwrap(),
        remote: "127.0.0.1:40000".parse().unwrap(),
        connection: Some(sip::ConnectionId(number)),
        peer: None,
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

/// Two trunks whose targets are behind one address, and which prove these names.
fn behind_one_address(names: [&str; 2]) -> World {
    let mut config: Config = config();
    config.sip.locals.push((sip::Transport::Tls, "127.0.0.1:5061".parse().unwrap()));
    let target = |name: &str| {
        let mut trunk = config.trunks[0].clone();
        trunk.targets = vec![Target::parse("sip:127.0.0.1:5071;transport=tls").unwrap()];
        trunk.tls_names = vec![name.to_owned()];
        trunk
    };
    config.trunks = names.map(target).to_vec();
    let rule = routing::Rule::new("+331990081", vec![routing::Exit::Sip(1)]);
    config.routing.rules.push(rule.only_from(routing::Exit::Circuits(0)));
    config.routing.exits.push(routing::Exit::Sip(1));
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world
}

/// A call to this number, and its way.
fn called(world: &mut World, number: &str) -> (isup::CallId, sip::Flow) {
    world.sip.clear();
    let (call, _) = place(world, iam(number));
    world.run(Duration::from_millis(200));
    (call, world.sip.iter().find(|(_, text)| text.starts_with("INVITE ")).unwrap().0)
}

/// The way of the next call to this number, which gives up.
fn way_to(world: &mut World, number: &str) -> sip::Flow {
    let (call, flow) = called(world, number);
    world.exchange_releases(call, 16);
    flow
}

#[test]
fn each_of_two_trunks_behind_one_address_has_a_connection_of_its_own() {
    let mut world = behind_one_address(["one.example.net", "two.example.net"]);
    for (number, trunk, name) in
        [("199008001", 0, "one.example.net"), ("199008101", 1, "two.example.net")]
    {
        let flow = way_to(&mut world, number);
        assert_eq!((flow.connection, flow.peer), (None, Some(sip::PeerId(trunk))));
        assert_eq!(world.gateway.names_of(&flow), [name]);
        let connection = Some(sip::ConnectionId(u64::from(trunk) + 20));
        let names = vec![name.to_owned()];
        world.input(Input::SipConnected { flow: sip::Flow { connection, ..flow }, names });
        assert_eq!(way_to(&mut world, number).connection, connection);
    }
    assert_eq!(way_to(&mut world, "199008001").connection, Some(sip::ConnectionId(20)));
    // A peer that asks for our calls gets those to what it has proved to be.
    world.input(Input::SipClosed { connection: sip::ConnectionId(20) });
    asks(&mut world, 7, &["one.example.net"], "127.0.0.1:5071;alias");
    assert_eq!(way_to(&mut world, "199008001").connection, Some(sip::ConnectionId(7)));
    assert_eq!(way_to(&mut world, "199008101").connection, Some(sip::ConnectionId(21)));
}

#[test]
fn what_cannot_be_connected_to_one_says_nothing_of_the_other() {
    let mut world = behind_one_address(["one.example.net", "two.example.net"]);
    let [one, two] = ["199008001", "199008101"].map(|number| called(&mut world, number).1);
    world.input(Input::SipSendFailed { flow: one });
    world.run(Duration::from_millis(200));
    let connection = Some(sip::ConnectionId(21));
    let names = vec!["two.example.net".to_owned()];
    world.input(Input::SipConnected { flow: sip::Flow { connection, ..two }, names });
    assert_eq!(world.gateway.calls().len(), 1, "the call to the other waits for its answer");
}

#[test]
fn trunks_that_prove_the_same_share_a_connection() {
    let mut world = behind_one_address(["sbc.example.net", "SBC.example.net"]);
    assert_eq!(way_to(&mut world, "199008001").peer, None);
    assert_eq!(way_to(&mut world, "199008101").peer, None);
}
