//! What would have lost an emergency call on its way through the gateway.

use super::pstn_to_sip::{iam, place};
use super::sip_to_pstn::con;
use super::ua::{Ua, header};
use super::world::{World, address, config};
use crate::shares::Source;
use crate::{Config, Input};
use base::{Class, Duration};
use bytes::Bytes;
use isup_codec::{CallingPartysCategory, key};
use proptest::prelude::*;
use routing::{Exit, Rule, TrunkRef};
use sip_parser::{Limits, Message, peek};

fn world(config: Config) -> World {
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    world
}

fn flow(remote: &str) -> sip::Flow {
    sip::Flow {
        transport: sip::Transport::Udp,
        local: address("127.0.0.1:5060"),
        remote: address(remote),
        connection: None,
        peer: None,
    }
}

/// An emergency call goes through.
fn goes_through(world: &mut World, mut ua: Ua) {
    ua.invite(world);
    let (call, _, iam) = world.iam();
    assert_eq!(iam.category, CallingPartysCategory::PRIORITY);
    world.backward(call, con());
    ua.expect(world, 200);
    ua.acknowledge(world, None);
}

const NUMBERS: [&str; 20] = [
    "112",
    "15",
    "17",
    "18",
    "+33112",
    "+3315",
    "+112",
    "0033112",
    "0112",
    "%31%31%32",
    "1-1-2",
    "+33-1.99 00 94 00",
    "+33199009400",
    "0199009401",
    "+33199000001",
    "0199000001",
    "3949",
    "",
    "alice",
    "911",
];

const FORMS: [&str; 14] = [
    "sip:N@127.0.0.1",
    "sips:N@gw.example.net:5061",
    "SIP:N@127.0.0.1;user=phone",
    "tel:N",
    "TEL:N;phone-context=+33",
    "tel:N;phone-context=example.net",
    "sip:N;phone-context=+33@h",
    "sip:N:secret@h;transport=tcp",
    "sip:N@h?Priority=emergency",
    "tel:N;phone-context=+44",
    "urn:service:sos",
    "URN:service:SOS.fire",
    "urn:service:sosN",
    "sip:h;user=phone",
];

const MARKS: [&str; 9] = [
    "esnet.0",
    "esnet.1",
    "ESNET.4",
    "esnet.9",
    "wps.0",
    "ets.3,esnet.2",
    "q735.0",
    " x.1 ,\r\n y.2",
    "x.1,\r\n\tesnet.3",
];

/// The first look, by which a call has its place in the queue, sees every emergency that the
/// whole INVITE shows; and no other.
#[test]
fn the_first_look_and_the_last_agree_on_what_an_emergency_is() {
    let (trusting, mut config) = (World::new(), config());
    config.trunks[0].trusted = false;
    let doubting = World::cold(config);
    let title = prop_oneof![Just("Resource-Priority"), Just("resource-priority ")];
    let lines = proptest::collection::vec((0..MARKS.len(), title), 0..4);
    proptest!(|(number in 0..NUMBERS.len(), form in 0..FORMS.len(), lines in lines, to in 0..2)| {
        let uri = FORMS[form].replace('N', NUMBERS[number]);
        prop_assume!(!uri.contains(' '));
        let marks: String =
            lines.iter().map(|(mark, title)| format!("{title}: {}\r\n", MARKS[*mark])).collect();
        let ua = Ua::new("p", &uri);
        let mut text = ua.request("INVITE", "p", &marks, Some(&Ua::offer()));
        if to == 1 {
            text = text.replace("Call-ID:", "i :").replace("Via:", "v:");
        }
        let bytes = Bytes::from(text.clone());
        let Ok(invite) = Message::parse(bytes.clone(), &Limits::default()) else {
            return Ok(());
        };
        for (gateway, trusted) in [(&trusting.gateway, true), (&doubting.gateway, false)] {
            let first = gateway.class_of_sip(Source::Trunk(0), &peek(&bytes).unwrap());
            let numbers = &gateway.settings.numbers;
            let setup = interworking::setup_of_invite(
                &invite, TrunkRef::Sip(0), trusted, base::Instant::ZERO, numbers,
            );
            if let Ok(setup) = setup {
                let last = gateway.class_of_invite(&invite, &setup, trusted);
                prop_assert_eq!(first.is_emergency(), last.is_emergency(), "{}", text);
            } else {
                prop_assert!(!first.is_emergency() || trusted && !lines.is_empty(), "{}", text);
            }
        }
    });
}

/// RFC 3261 §8.1.1.7 wants a branch for each; some telephone has one for all.
#[test]
fn a_branch_that_was_used_before_hides_no_emergency() {
    let mut world = World::new();
    let first = Ua::new("a", "sip:0199000001@127.0.0.1");
    world.datagram(first.address, &first.request("INVITE", "same", "", Some(&Ua::offer())));
    world.iam();
    let second = Ua::new("b", "sip:112@127.0.0.1");
    let text = second.request("INVITE", "same", "", Some(&Ua::offer()));
    let class = world.gateway.class_of_sip(Source::Trunk(0), &peek(text.as_bytes()).unwrap());
    assert_eq!(class, Class::Emergency);
    // Nor is it taken for a copy of the other call (§17.2.3).
    world.datagram(second.address, &text);
    assert_eq!(world.iam().2.category, CallingPartysCategory::PRIORITY);
}

/// RFC 3261 §21.4.1: a slip of the pen, in what nobody needs.
#[test]
fn an_emergency_call_is_not_lost_for_its_syntax() {
    for (right, wrong) in [
        ("Max-Forwards: 70", "Max-Forwards: many"),
        ("Max-Forwards: 70\r\n", "Max-Forwards: 70\n"),
        ("Max-Forwards: 70\r\n", "Max-Forwards: 70\r\nMax-Forwards: 70\r\nno colon\r\n"),
        ("Contact: <sip:ua@", "Contact: <<sip:ua@"),
        ("Content-Length: ", "Content-Length: 9"),
    ] {
        for (uri, emergency) in [("sip:112@h", true), ("sip:0199000001@h", false)] {
            let mut world = World::new();
            let mut ua = Ua::new("a", uri);
            let text = ua.request("INVITE", "i", "", Some(&Ua::offer()));
            assert!(text.contains(right), "{text}");
            world.datagram(ua.address, &text.replace(right, wrong));
            if emergency {
                let (call, _, iam) = world.iam();
                assert_eq!(iam.category, CallingPartysCategory::PRIORITY, "{wrong}");
                world.backward(call, con());
                ua.expect(&mut world, 200);
                ua.acknowledge(&mut world, None);
            } else {
                ua.expect(&mut world, 400);
            }
        }
    }
    // What cannot be told from anything else is refused still.
    let mut world = World::new();
    let mut ua = Ua::new("a", "sip:112@h");
    let text = ua.request("INVITE", "i", "", Some(&Ua::offer()));
    world.datagram(ua.address, &text.replace("CSeq: 1", "CSeq: one"));
    ua.expect(&mut world, 400);
}

/// RFC 3261 §21.4.14: whoever told the number by the URI can make something of it.
#[test]
fn an_emergency_number_in_an_odd_uri_is_called() {
    for uri in ["sip:112@", "sip:112@under_score.example:port", "tel:112;phone-context="] {
        let mut world = World::new();
        let ua = Ua::new("a", "sip:112@h");
        let text = ua.request("INVITE", "i", "", Some(&Ua::offer()));
        let text = text.replacen("INVITE sip:112@h", &format!("INVITE {uri}"), 1);
        world.datagram(ua.address, &text);
        assert_eq!(world.iam().2.category, CallingPartysCategory::PRIORITY, "{uri}");
    }
}

/// What can be read of a Request-URI tells an emergency call, and leads it to its answering point.
#[test]
fn an_emergency_number_before_what_is_no_text_is_called() {
    for (uri, emergency) in [
        (&b"urn:service:sos\xff"[..], true),
        (b"urn:service:sos.fire\xff\xfe", true),
        (b"urn:service:sos;x=\xe9", true),
        (b"sip:112@h;name=caf\xe9", true),
        (b"sip:112@h\xe9te", true),
        (b"sip:112;x=\xe9@h", true),
        (b"sip:112\xe9@h", true),
        (b"tel:112;x=\xe9", true),
        (b"tel:+33112\xe9", true),
        (b"sip:\xe9@h", false),
        (b"sip:0199000001\xe9@h", false),
        (b"urn:service:sosias\xe9", false),
    ] {
        let mut world = World::new();
        let mut ua = Ua::new("a", "sip:x@h");
        let text = ua.request("INVITE", "i", "", Some(&Ua::offer()));
        let rest = text.strip_prefix("INVITE sip:x@h").unwrap();
        let octets = [b"INVITE ", uri, rest.as_bytes()].concat();
        world.octets(ua.address, &octets);
        if emergency {
            let (call, _, iam) = world.iam();
            assert_eq!(iam.category, CallingPartysCategory::PRIORITY, "{uri:?}");
            world.backward(call, con());
            ua.expect(&mut world, 200);
        } else {
            ua.expect(&mut world, 400);
        }
    }
}

/// What waits before it decides when it is served, not what it is.
#[test]
fn an_emergency_behind_an_ordinary_message_of_its_call_is_none_the_less_one() {
    let mut world = World::new();
    let ua = Ua::new("a", "sip:112@127.0.0.1");
    let invite = ua.request("INVITE", "i", "Require: teleportation\r\n", Some(&Ua::offer()));
    let before = ua.request("OPTIONS", "o", "", None).replace("sip:112@", "sip:ping@");
    for text in [before, invite] {
        let (flow, bytes) = (flow("127.0.0.1:5070"), Bytes::from(text));
        world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    }
    world.gateway.handle_timeout(world.now);
    world.run(Duration::from_millis(100));
    assert_eq!(world.iam().2.category, CallingPartysCategory::PRIORITY);
}

/// RFC 3261 §16.3, Q.764 §2.10.7.
#[test]
fn a_call_that_has_no_hops_left_reaches_the_answering_point() {
    for hops in [0, 1, 2] {
        let mut world = World::new();
        let ua = Ua::new("a", "sip:112@127.0.0.1");
        let text = ua.request("INVITE", "i", "", Some(&Ua::offer()));
        let text = text.replace("Max-Forwards: 70", &format!("Max-Forwards: {hops}"));
        world.datagram(ua.address, &text);
        assert_eq!(world.iam().2.get(key::HOP_COUNTER), Some(5), "{hops}");
    }
}

/// Emergency numbers of the plan that leave by the SIP trunk.
fn to_sip() -> Config {
    let mut config = config();
    config.routing.rules.push(Rule::new("+331990094", vec![Exit::Sip(0)]));
    config
}

const IMS: &str = "application/3gpp-ims+xml";
const EMERGENCY: &str = "<ims-3gpp version=\"1\"><alternative-service><type>emergency</type>\
    <reason>x</reason></alternative-service></ims-3gpp>";

/// RFC 3261 §21.3.5, TS 24.229 §5.1.2A.1.1.
#[test]
fn a_380_makes_it_an_emergency_call_by_our_plan() {
    for trusted in [true, false] {
        let mut config = to_sip();
        config.trunks[0].trusted = trusted;
        let mut world = world(config);
        let (call, _) = place(&mut world, iam("199008001"));
        let (mut ua, _) = Ua::called(&mut world);
        refuse(&ua, &mut world);
        ua.expect_request(&mut world, "ACK");
        if !trusted {
            assert_eq!(world.rel(call), 23, "a callee cannot send its callers to 112");
            continue;
        }
        let (mut psap, invite) = Ua::called(&mut world);
        assert!(invite.starts_with("INVITE sip:+33199009400@"), "{invite}");
        assert_eq!(header(&invite, "Resource-Priority"), Some("esnet.1"));
        assert_eq!(world.gateway.calls()[0].class, Class::Emergency);
        assert!(world.gateway.circuits().iter().any(|c| c.class == Some(Class::Emergency)));
        // Once: said again it is a failure, and the other number is tried.
        refuse(&psap, &mut world);
        psap.expect_request(&mut world, "ACK");
        let (mut other, invite) = Ua::called(&mut world);
        assert!(invite.starts_with("INVITE sip:+33199009401@"), "{invite}");
        other.respond(&mut world, "200 OK", "", Some(&Ua::offer()));
        other.expect_request(&mut world, "ACK");
        world.event();
        world.exchange_releases(call, 16);
        other.expect_request(&mut world, "BYE");
        other.respond(&mut world, "200 OK", "", None);
        world.quiet();
        assert_eq!((world.records[0].class, world.records[0].attempts), (Class::Emergency, 3));
    }
}

fn refuse(ua: &Ua, world: &mut World) {
    ua.respond_as(world, "380 Alternative Service", "", (IMS, EMERGENCY));
}

/// Whoever holds the port, the call goes out once more with another.
#[test]
fn a_port_that_the_peer_was_told_and_cannot_be_opened_loses_no_call() {
    let mut world = world(to_sip());
    world.broken_ports = vec![media::ContextId(0), media::ContextId(1)];
    let (call, _) = place(&mut world, iam("112"));
    let (mut ua, invite) = loop {
        let (ua, invite) = Ua::called(&mut world);
        if invite.contains("m=audio 16388") {
            break (ua, invite);
        }
    };
    assert!(invite.starts_with("INVITE sip:+33199009400@"));
    ua.respond(&mut world, "200 OK", "", Some(&Ua::offer()));
    ua.expect_request(&mut world, "ACK");
    world.event();
    world.exchange_releases(call, 16);
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    world.quiet();
}

/// Many ports are somebody else's.
#[test]
fn an_emergency_call_tries_many_ports() {
    let mut world = World::new();
    world.broken_ports = (0..20).map(media::ContextId).collect();
    let mut refused = Ua::new("r", "sip:0199000001@127.0.0.1");
    refused.invite(&mut world);
    refused.expect_failure(&mut world, 503, 47);
    world.run(Duration::from_millis(500));
    world.events.clear();
    goes_through(&mut world, Ua::new("e", "sip:112@127.0.0.1"));
}

/// Whatever took the context: somebody has answered.
#[test]
fn an_answered_call_without_a_context_is_given_one() {
    let mut world = World::new();
    let mut ua = Ua::new("a", "sip:112@127.0.0.1");
    ua.invite(&mut world);
    let (call, _, _) = world.iam();
    let id = world.gateway.calls.calls().next().unwrap().id;
    world.gateway.close_speech(id);
    world.media.clear();
    world.backward(call, con());
    let ok = ua.expect(&mut world, 200);
    assert!(ok.contains("m=audio"), "{ok}");
    let joined = world.media.iter().any(|command| matches!(command, media::Command::Join { .. }));
    assert!(joined, "{:?}", world.media);
}

#[test]
fn full_tables_of_sip_keep_their_reserve() {
    let mut config = config();
    (config.sip.sessions, config.sip.emergency_reserve) = (6, 2);
    let mut world = world(config);
    for n in 0..4 {
        Ua::new(&format!("o{n}"), "sip:0199000001@127.0.0.1").invite(&mut world);
        world.iam();
    }
    let mut refused = Ua::new("r", "sip:0199000001@127.0.0.1");
    refused.invite(&mut world);
    refused.expect(&mut world, 503);
    assert_eq!(world.gateway.sip().stats().sessions_full, 1);
    goes_through(&mut world, Ua::new("e", "sip:112@127.0.0.1"));

    let mut config = super::world::config();
    (config.sip.transactions, config.sip.transaction_reserve) = (12, 8);
    let mut world = self::world(config);
    for n in 0..4 {
        Ua::new(&format!("o{n}"), "sip:0199000001@127.0.0.1").invite(&mut world);
        world.iam();
    }
    let mut refused = Ua::new("r", "sip:0199000001@127.0.0.1");
    refused.invite(&mut world);
    refused.expect(&mut world, 503);
    assert_eq!(world.gateway.sip().stats().transactions_full, 1);
    goes_through(&mut world, Ua::new("e", "sip:112@127.0.0.1"));
}

#[test]
fn the_share_of_its_trunk_keeps_no_emergency_call_out() {
    let mut config = config();
    let mut other = config.trunks[0].clone();
    (other.name, other.sources) = ("b".to_owned(), vec![(address("192.0.2.0:0").ip(), 24)]);
    config.trunks.push(other);
    config.routing.exits.push(Exit::Sip(1));
    config.queue = call::QueueLimits::of(64);
    let mut world = world(config);
    for n in 0..64 {
        let ua = Ua::new(&format!("f{n}"), "sip:0199000001@127.0.0.1");
        let bytes = Bytes::from(ua.request("INVITE", "f", "", Some(&Ua::offer())));
        let flow = flow("127.0.0.1:5070");
        world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    }
    assert_eq!(world.gateway.stats().shed[Class::Ordinary.rank()], 32);
    let ua = Ua::new("e", "sip:112@127.0.0.1");
    let bytes = Bytes::from(ua.request("INVITE", "e", "", Some(&Ua::offer())));
    let flow = flow("127.0.0.1:5070");
    world.input(Input::SipDatagram { flow, bytes });
    let calls = world.gateway.calls();
    assert_eq!(calls.iter().filter(|call| call.class == Class::Emergency).count(), 1);
    assert_eq!(world.gateway.stats().shed[Class::Emergency.rank()], 0);
}

/// Policy: `emergency_from_anywhere`.
#[test]
fn a_stranger_may_call_112_where_the_policy_says_so() {
    for anywhere in [false, true] {
        let mut config = config();
        config.sip.peers.strangers_emergencies = anywhere;
        let mut world = world(config);
        let mut ua = Ua::at("192.0.2.7:5060", "s", "sip:112@127.0.0.1");
        if anywhere {
            goes_through(&mut world, ua);
            let mut other = Ua::at("192.0.2.7:5060", "o", "sip:0199000001@127.0.0.1");
            other.invite(&mut world);
            other.expect(&mut world, 403);
        } else {
            ua.invite(&mut world);
            ua.expect(&mut world, 403);
        }
        assert_eq!(world.gateway.stats().emergency_from_strangers, u64::from(anywhere));
    }
}

/// An answering point that breaks the syntax has answered.
#[test]
fn an_answer_is_not_lost_for_its_syntax() {
    for broken in ["Contact: <<sip:psap@127.0.0.1>\r\n", "Max-Forwards: many\r\n"] {
        let mut world = world(to_sip());
        let (call, _) = place(&mut world, iam("112"));
        let (mut psap, _) = Ua::called(&mut world);
        psap.respond(&mut world, "200 OK", broken, Some(&Ua::offer()));
        psap.expect_request(&mut world, "ACK");
        world.event();
        world.exchange_releases(call, 16);
        psap.expect_request(&mut world, "BYE");
        psap.respond(&mut world, "200 OK", "", None);
        world.quiet();
        assert_eq!(world.records[0].class, Class::Emergency);
        assert!(world.records[0].answered.is_some());
    }
}
