//! Start, stop, faults and bad input.

use super::sip_to_pstn::con;
use super::ua::{Ua, header, status};
use super::world::{World, address, config};
use crate::{ConfigError, Gateway, Input, Line};
use base::{Cause, Class, Duration};
use bytes::Bytes;
use media::{Command, Event};

const URI: &str = "sip:0199000001@127.0.0.1";

#[test]
fn until_it_is_ready_callers_are_told_when_to_come_back() {
    let mut world = World::cold(config());
    assert!(!world.gateway.status().ready);
    let mut ua = Ua::new("a", URI);
    ua.invite(&mut world);
    let refusal = ua.expect(&mut world, 503);
    assert_eq!(header(&refusal, "Retry-After"), Some("5"));
    ua.acknowledge_failure(&mut world);
    world.until(|world| world.gateway.is_ready());
    let status = world.gateway.status();
    assert!(status.ready && status.links[0].in_service);
    assert_eq!(status.groups[0].0, "paris");
    world.run(Duration::from_secs(1));
    world.events.clear();
    let (mut ua, _) = Ua::talking(&mut world, "b", URI);
    ua.bye(&mut world, "");
    world.quiet();
    assert_eq!(world.records.len(), 2);
}

#[test]
fn circuits_of_a_large_node_are_shown_by_some_whole_groups_at_a_time() {
    let mut config = config();
    let first = config.isup.groups[0].clone();
    for (name, cic) in [("lyon", 1_000), ("lille", 2_000), ("nantes", 3_000)] {
        let cics = (cic..cic + 10).map(isup_codec::Cic).collect();
        config.isup.groups.push(isup::GroupConfig::new(name, first.peer, cics));
    }
    let gateway = Gateway::new(config, base::Instant::from_millis(1_000)).unwrap();
    let count = first.cics.len();
    let shown = |place, enough| {
        let (circuits, next) = gateway.circuits_from(place, enough);
        (circuits.len(), next)
    };
    assert_eq!(shown(0, 1), (count, Some(1)));
    assert_eq!(shown(0, count + 1), (count + 10, Some(2)));
    assert_eq!(shown(1, 20), (20, Some(3)));
    assert_eq!(shown(1, 21), (30, None));
    assert_eq!(shown(3, 10), (10, None));
    assert_eq!(shown(4, 10), (0, None));
    assert_eq!(gateway.circuits().len(), count + 30);
}

#[test]
fn draining_refuses_new_calls_and_lets_the_others_end() {
    let mut world = World::new();
    let (mut ua, _) = Ua::talking(&mut world, "a", URI);
    world.gateway.drain(world.now);
    assert!(world.gateway.status().draining && !world.gateway.status().ready);
    let mut late = Ua::new("l", URI);
    late.invite(&mut world);
    late.expect_failure(&mut world, 503, 41);
    let mut urgent = Ua::new("u", "sip:112@127.0.0.1");
    urgent.invite(&mut world);
    let (carried, _, _) = world.iam();
    world.backward(carried, con());
    urgent.expect(&mut world, 200);
    urgent.acknowledge(&mut world, None);
    urgent.bye(&mut world, "");
    assert_eq!(world.rel(carried), 16);
    let iam = super::pstn_to_sip::iam("199008001");
    let setup = |exchange: &mut isup::Isup, now| {
        exchange.setup(now, Class::Ordinary, super::world::GROUP, iam).unwrap().0
    };
    let call = world.at_exchange(setup);
    assert_eq!(world.rel(call), 41);
    assert!(!world.gateway.is_idle());
    ua.bye(&mut world, "");
    world.quiet();
}

#[test]
fn releasing_all_ends_calls_of_either_phase() {
    let mut world = World::new();
    let (mut talking, one) = Ua::talking(&mut world, "a", URI);
    let mut ringing = Ua::new("b", URI);
    ringing.invite(&mut world);
    let (two, _, _) = world.iam();
    world.gateway.release_all(world.now, Cause::TEMPORARY_FAILURE);
    world.run(Duration::ZERO);
    let bye = talking.expect_request(&mut world, "BYE");
    assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=41;"));
    talking.respond(&mut world, "200 OK", "", None);
    ringing.expect_failure(&mut world, 503, 41);
    world.run(Duration::from_millis(100));
    for call in [one, two] {
        let released = world.events.iter().any(|event| {
            matches!(event, isup::Event::Released { call: released, cause, .. }
                if *released == call && cause.cause == Cause::TEMPORARY_FAILURE)
        });
        assert!(released, "{:?}", world.events);
    }
    world.quiet();
}

#[test]
fn an_unknown_source_is_refused_and_counted() {
    let mut world = World::new();
    let mut ua = Ua::at("192.0.2.1:5060", "a", URI);
    ua.invite(&mut world);
    ua.expect(&mut world, 403);
    ua.acknowledge_failure(&mut world);
    assert_eq!(world.gateway.stats().unknown_source, 1);
    assert!(world.events.is_empty());
    world.quiet();
}

#[test]
fn numbers_that_are_none_and_refused_routes_are_404() {
    let mut world = World::new();
    for (n, uri) in ["sip:alice@127.0.0.1", "sip:0199008001@127.0.0.1", "sip:0299000000@127.0.0.1"]
        .iter()
        .enumerate()
    {
        let mut ua = Ua::new(&format!("a{n}"), uri);
        ua.invite(&mut world);
        ua.expect_failure(&mut world, 404, 1);
    }
    world.quiet();
    assert_eq!(world.gateway.stats().no_number, 1);
    assert_eq!(world.set_up.len(), 3);
}

#[test]
fn bad_input_is_counted_or_answered_and_disturbs_nobody() {
    let mut world = World::new();
    let (mut ua, _) = Ua::talking(&mut world, "a", URI);
    for garbage in ["", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{1}\u{2}\u{3}"] {
        world.datagram(address("127.0.0.1:5071"), garbage);
    }
    // Line ends alone keep a way open, and are no garbage.
    assert_eq!(world.gateway.stats().not_sip, 2);
    let mut broken = Ua::new("b", URI);
    let text = broken.request("INVITE", "b", "", None).replace("CSeq: 1", "CSeq: x");
    world.datagram(broken.address, &text);
    assert_eq!(status(&broken.receive(&mut world).unwrap()), Some(400));
    assert_eq!(world.gateway.stats().broken_sip, 1);
    assert_eq!(world.gateway.calls()[0].phase, "talking");
    ua.bye(&mut world, "");
    world.run(Duration::from_secs(60));
    assert!(world.gateway.is_idle());
}

#[test]
fn silence_from_the_packet_network_ends_a_talking_call() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    let context = world.media.iter().find_map(|command| match command {
        Command::Open { context, .. } => Some(*context),
        _ => None,
    });
    world.input(Input::Media(Event::Silent { context: context.unwrap(), times: 1 }));
    let bye = ua.expect_request(&mut world, "BYE");
    assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=41;"));
    ua.respond(&mut world, "200 OK", "", None);
    assert_eq!(world.rel(call), 41);
    assert_eq!(world.gateway.stats().silent, 1);
    world.quiet();
}

/// Many telephones that hold a call say `sendonly` and send nothing.
#[test]
fn a_call_on_hold_may_be_silent() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    let hold = |world: &mut World, ua: &mut Ua, cseq, direction| {
        ua.set_cseq(cseq);
        let sdp = Ua::sdp("PCMA", 8, direction);
        let text = ua.request("INVITE", &format!("hold{cseq}"), "", Some(&sdp));
        world.datagram(ua.address, &text);
        ua.expect(world, 200);
        ua.acknowledge(world, None);
        world.input(Input::Media(Event::Silent { context: media::ContextId(0), times: 1 }));
    };
    hold(&mut world, &mut ua, 2, "sendonly");
    world.run(Duration::from_secs(1));
    assert_eq!(world.gateway.calls()[0].phase, "talking");
    hold(&mut world, &mut ua, 3, "sendrecv");
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    assert_eq!(world.rel(call), 41);
    world.quiet();

    // But not for ever: the peer may be gone.
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    hold(&mut world, &mut ua, 2, "sendonly");
    for times in 2..=10 {
        assert_eq!(world.gateway.calls()[0].phase, "talking");
        world.input(Input::Media(Event::Silent { context: media::ContextId(0), times }));
    }
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    assert_eq!(world.rel(call), 41);
    world.quiet();
}

/// Somebody who must not be heard, before a telephone that sends no packets for silence.
#[test]
fn an_emergency_call_may_be_silent_for_long() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", "sip:112@127.0.0.1");
    for times in 1..=10 {
        assert_eq!(world.gateway.calls()[0].phase, "talking");
        world.input(Input::Media(Event::Silent { context: media::ContextId(0), times }));
    }
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    assert_eq!(world.rel(call), 41);
    world.quiet();
}

#[test]
fn a_port_that_cannot_be_opened_is_replaced_before_anybody_knows_it() {
    let mut world = World::new();
    world.broken_ports = vec![media::ContextId(0), media::ContextId(1)];
    let mut ua = Ua::new("a", URI);
    ua.invite(&mut world);
    let (call, _, _) = world.iam();
    world.backward(call, con());
    let ok = ua.expect(&mut world, 200);
    assert!(ok.contains("m=audio 16388 "), "{ok}");
    let joined = world.media.iter().rev().find_map(|command| match command {
        Command::Join { context, .. } => Some(*context),
        _ => None,
    });
    assert_eq!(joined, Some(media::ContextId(2)));
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.quiet();
    assert_eq!(world.gateway.stats().open_failed, 2);
}

#[test]
fn without_any_port_the_call_is_released() {
    let mut world = World::new();
    world.broken_ports = (0..32).map(media::ContextId).collect();
    let mut ua = Ua::new("a", URI);
    ua.invite(&mut world);
    ua.expect_failure(&mut world, 503, 47);
    world.quiet();
}

#[test]
fn a_failed_span_takes_its_circuits_and_its_link() {
    let mut world = World::new();
    world.cut(true);
    world.run(Duration::from_secs(5));
    assert!(!world.gateway.is_ready());
    let mut ua = Ua::new("a", URI);
    ua.invite(&mut world);
    let refusal = ua.expect(&mut world, 503);
    // RFC 3261 §21.5.4: or the emergency calls that another way is left for would not come.
    assert_eq!(header(&refusal, "Retry-After"), None);
    ua.acknowledge_failure(&mut world);
    world.cut(false);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_secs(20));
    world.events.clear();
    let (mut ua, _) = Ua::talking(&mut world, "b", URI);
    ua.bye(&mut world, "");
    world.quiet();
}

#[test]
fn a_talking_call_does_not_outlive_its_span() {
    let mut world = World::new();
    let (mut ua, _) = Ua::talking(&mut world, "a", URI);
    world.cut(true);
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    world.cut(false);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_secs(20));
    world.quiet();
}

#[test]
fn each_message_signal_unit_is_captured_when_asked() {
    let mut config = config();
    config.capture = true;
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world.captured.clear();
    world.events.clear();
    let (mut ua, _) = Ua::talking(&mut world, "a", URI);
    ua.bye(&mut world, "");
    world.quiet();
    // SIO, routing label, CIC, message type: IAM out, CON in, REL out, RLC in.
    let isup = world.captured.iter().filter(|(_, msu)| msu[0] & 0x0f == 5);
    let kinds: Vec<_> = isup.map(|(outgoing, msu)| (*outgoing, msu[7])).collect();
    assert_eq!(kinds, [(true, 0x01), (false, 0x07), (true, 0x0c), (false, 0x10)]);
}

#[test]
fn a_call_that_finds_the_queue_full_is_sent_elsewhere_at_once() {
    let mut config = config();
    config.queue = call::QueueLimits::of(8);
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    let flow = sip::Flow {
        transport: sip::Transport::Udp,
        local: address("127.0.0.1:5060"),
        remote: address("127.0.0.1:5070"),
        connection: None,
        peer: None,
    };
    for n in 0..10 {
        let text = Ua::new(&format!("f{n}"), URI).request("INVITE", "x", "", Some(&Ua::offer()));
        let bytes = Bytes::from(text);
        world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    }
    // A quarter of the queue is kept for the urgent; the rest has taken six.
    assert_eq!(world.gateway.stats().shed[Class::Ordinary.rank()], 4);
    world.input(Input::SipDatagram { flow, bytes: Bytes::from_static(b"x") });
    let refusals = world.sip.iter().filter(|(_, text)| text.starts_with("SIP/2.0 503 "));
    assert_eq!(refusals.count(), 4);
}

#[test]
fn sip_over_tcp_is_framed() {
    let mut world = World::new();
    let flow = sip::Flow {
        transport: sip::Transport::Tcp,
        local: address("127.0.0.1:5060"),
        remote: address("127.0.0.1:40001"),
        connection: Some(sip::ConnectionId(7)),
        peer: None,
    };
    let connection = sip::ConnectionId(7);
    world.input(Input::SipConnected { flow, names: Vec::new() });
    let mut ua = Ua::new("a", URI);
    let text = ua.request("INVITE", "ai", "", Some(&Ua::offer())).replace("/UDP", "/TCP");
    // A ping (RFC 5626 §3.5.1), then the message in small pieces.
    world.input(Input::SipBytes { connection, bytes: Bytes::from_static(b"\r\n\r\n") });
    assert_eq!(world.sip.pop_front().map(|(_, text)| text), Some("\r\n".to_owned()));
    for piece in text.as_bytes().chunks(50) {
        world.input(Input::SipBytes { connection, bytes: Bytes::copy_from_slice(piece) });
    }
    let (call, _, _) = world.iam();
    world.exchange_releases(call, 17);
    ua.expect(&mut world, 486);
    let ack = ua.request("ACK", "ai", "", None).replace("/UDP", "/TCP").replacen(
        &format!("ACK {}", ua.target()),
        &format!("ACK {URI}"),
        1,
    );
    world.input(Input::SipBytes { connection, bytes: Bytes::from(ack) });
    // What is no SIP ends the connection.
    let garbage = Bytes::from("x".repeat(200_000));
    world.input(Input::SipBytes { connection, bytes: garbage });
    assert_eq!(world.closed_connections, [connection]);
    assert_eq!(world.gateway.stats().broken_streams, 1);
    world.quiet();
}

#[test]
fn the_dead_man_ends_a_call_that_no_leg_ends() {
    let mut config = config();
    config.call.talk = Duration::from_secs(600);
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_secs(1));
    world.events.clear();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    world.run(Duration::from_secs(601));
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    assert_eq!(world.rel(call), 102);
    world.quiet();
    assert_eq!(world.gateway.stats().overdue, 1);
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    let refusal = |config| Gateway::new(config, base::Instant::ZERO).map(|_| ()).unwrap_err();
    let mut wrong = config();
    wrong.lines.push(Line { link: mtp::LinkId(9), span: 0 });
    assert_eq!(refusal(wrong), ConfigError::NoSuchLink { link: mtp::LinkId(9) });
    let mut wrong = config();
    wrong.bearers[0].cic = isup_codec::Cic(99);
    assert_eq!(refusal(wrong), ConfigError::NoSuchCircuit { group: 0, cic: 99 });
    let mut wrong = config();
    wrong.media.contexts = 33;
    assert_eq!(refusal(wrong), ConfigError::TooFewPorts { contexts: 33, ports: 32 });
    let mut wrong = config();
    wrong.call.max_calls = 0;
    assert!(matches!(refusal(wrong), ConfigError::Part { part: "call", .. }));
}
