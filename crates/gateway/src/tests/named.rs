//! SIP trunks whose targets are names, and peers that are asked whether they are there.

use super::pstn_to_sip::{iam, place};
use super::ua::{Ua, header};
use super::world::{World, config};
use crate::{Config, Input};
use base::Duration;
use sip::{Answer, Question, Record, RecordKind, Target};

fn world(targets: &[&str], ping: Option<u64>) -> World {
    let mut config: Config = config();
    let targets = targets.iter().map(|target| Target::parse(target).unwrap());
    config.trunks[0].targets = targets.collect();
    config.trunks[0].options_ping = ping.map(Duration::from_secs);
    World::cold(config)
}

fn answer(world: &mut World, answer: &Answer) {
    for question in std::mem::take(&mut world.questions) {
        world.input(Input::Resolved { question, answer: answer.clone() });
    }
}

#[test]
fn a_call_takes_what_is_known_and_waits_for_nothing() {
    let mut world = world(&["sip:pbx.example.net:5070"], None);
    let question = Question { kind: RecordKind::A, name: "pbx.example.net".to_owned() };
    assert_eq!(world.questions, [question]);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world.events.clear();
    // Readiness has waited, in vain. The call has nowhere to go, and is told so at once.
    let (call, _) = place(&mut world, iam("199008001"));
    world.run(Duration::from_millis(50));
    assert_eq!(world.rel(call), 38);
    let records = vec![Record::Address([127, 0, 0, 1].into())];
    let there = Answer::Records { records, ttl: Duration::from_secs(3_600) };
    // The first question was given up by now; it is put again.
    world.run(Duration::from_secs(2));
    assert!(world.questions.len() > 1, "{:?}", world.now);
    answer(&mut world, &there);
    place(&mut world, iam("199008001"));
    let (ua, invite) = Ua::called(&mut world);
    let uri = "INVITE sip:+33199008001@pbx.example.net:5070;user=phone SIP/2.0\r\n";
    assert!(invite.starts_with(uri), "{invite}");
    ua.respond(&mut world, "486 Busy Here", "", None);
    world.quiet();
}

#[test]
fn whoever_is_where_a_name_leads_is_a_neighbour() {
    let mut world = world(&["sip:pbx.example.net:5070", "sip:127.0.0.3"], None);
    // An address needs no question.
    assert_eq!(world.neighbours, [[std::net::IpAddr::from([127, 0, 0, 3])]]);
    for host in [7, 8] {
        let records = vec![Record::Address([127, 0, 0, host].into())];
        answer(&mut world, &Answer::Records { records, ttl: Duration::from_secs(5) });
        assert_eq!(
            world.neighbours,
            [[3, host].map(|host| std::net::IpAddr::from([127, 0, 0, host]))]
        );
        world.run(Duration::from_secs(6));
    }
    // What was known stays known.
    answer(&mut world, &Answer::Failed);
    assert_eq!(world.neighbours[0].len(), 2);
}

#[test]
fn readiness_waits_for_the_names_of_targets() {
    let mut world = world(&["sip:pbx.example.net:5070"], None);
    answer(&mut world, &Answer::Failed);
    world.until(|world| world.gateway.is_ready());
    assert_eq!(world.gateway.trunks(world.now)[0].targets[0].state, "unknown");
    assert!(world.gateway.stats().targets_failed > 0);
}

#[test]
fn a_peer_is_asked_whether_it_is_there() {
    let mut world = world(&["sip:127.0.0.1:5070"], Some(30));
    world.run(Duration::from_secs(1));
    let options = world.sip.iter().find(|(_, text)| text.starts_with("OPTIONS ")).unwrap();
    assert_eq!(options.0.remote, "127.0.0.1:5070".parse().unwrap());
    let lines = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| {
        let tag = if name == "To" { ";tag=peer" } else { "" };
        format!("{name}: {}{tag}\r\n", header(&options.1, name).unwrap())
    });
    let text = format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", lines.concat());
    world.datagram("127.0.0.1:5070".parse().unwrap(), &text);
    let state = |world: &World| world.gateway.trunks(world.now)[0].targets[0].ways[0].state;
    world.run(Duration::from_millis(10));
    assert_eq!(state(&world), "up");
    // Nobody answers any more.
    world.run(Duration::from_secs(60));
    assert_eq!(state(&world), "down");
    assert_eq!(world.gateway.sip().transactions(), 0, "OPTIONS is given up, not left to Timer F");
}

#[test]
fn a_tls_peer_that_comes_from_the_address_of_a_target_gets_no_call_unless_it_is_that_target() {
    for (names, is_target) in [(&[][..], false), (&["x.example.net"], false), (&["PBX"], true)] {
        let mut config: Config = config();
        let local = "127.0.0.1:5061".parse().unwrap();
        config.sip.locals.push((sip::Transport::Tls, local));
        config.trunks[0].targets = vec![Target::parse("sip:127.0.0.1:5071;transport=tls").unwrap()];
        config.trunks[0].tls_names = vec!["pbx".to_owned()];
        let mut world = World::cold(config);
        world.until(|world| world.gateway.is_ready());
        world.run(Duration::from_millis(200));
        let connection = Some(sip::ConnectionId(7));
        let remote = "127.0.0.1:5071".parse().unwrap();
        let flow =
            sip::Flow { transport: sip::Transport::Tls, local, remote, connection, peer: None };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        world.input(Input::SipConnected { flow, names });
        place(&mut world, iam("199008001"));
        world.run(Duration::from_millis(200));
        let sent = world.sip.iter().find(|(_, text)| text.starts_with("INVITE ")).unwrap();
        assert_eq!(sent.0.connection, connection.filter(|_| is_target));
    }
}
