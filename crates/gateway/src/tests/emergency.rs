//! The emergency call gets through.

use super::pstn_to_sip::iam;
use super::sip_to_pstn::con;
use super::ua::Ua;
use super::world::{CIRCUITS, GROUP, RESERVE, World, address, config};
use crate::Input;
use base::{Class, Duration};
use bytes::Bytes;
use isup_codec::CallingPartysCategory;

#[test]
fn it_is_recognised_translated_and_marked() {
    for (uri, called) in [
        ("sip:112@127.0.0.1", "199009400"),
        ("sip:15@127.0.0.1;user=phone", "199009100"),
        ("tel:17;phone-context=+33", "199009200"),
        ("sip:18@127.0.0.1", "199009300"),
        ("urn:service:sos", "199009400"),
        ("urn:service:sos.fire", "199009300"),
        ("sip:0199009100@127.0.0.1", "199009100"),
    ] {
        let mut world = World::new();
        let mut ua = Ua::new("a", uri);
        ua.invite(&mut world);
        let (call, _, iam) = world.iam();
        assert_eq!(iam.called.digits, called, "{uri}");
        assert_eq!(iam.category, CallingPartysCategory::PRIORITY, "{uri}");
        world.backward(call, con());
        ua.expect(&mut world, 200);
        ua.acknowledge(&mut world, None);
        assert_eq!(world.gateway.calls()[0].class, Class::Emergency);
        assert!(world.gateway.circuits().iter().any(|c| c.class == Some(Class::Emergency)));
        ua.bye(&mut world, "");
        world.quiet();
        assert_eq!(world.records[0].class, Class::Emergency, "{uri}");
    }
}

#[test]
fn it_is_answered_while_every_ordinary_circuit_is_in_use() {
    let mut world = World::new();
    let ordinary = usize::from(CIRCUITS) - RESERVE;
    let mut talking: Vec<_> = (0..ordinary)
        .map(|n| Ua::talking(&mut world, &format!("o{n}"), "sip:0199000001@127.0.0.1").0)
        .collect();
    let mut refused = Ua::new("r", "sip:0199000001@127.0.0.1");
    refused.invite(&mut world);
    refused.expect_failure(&mut world, 503, 34);
    let emergency: Vec<_> = ["sip:112@127.0.0.1", "sip:15@127.0.0.1"]
        .iter()
        .enumerate()
        .map(|(n, uri)| Ua::talking(&mut world, &format!("e{n}"), uri).0)
        .collect();
    talking.extend(emergency);
    for mut ua in talking {
        ua.bye(&mut world, "");
    }
    world.quiet();
}

#[test]
fn the_other_number_of_the_answering_point_is_tried() {
    let mut world = World::new();
    let mut ua = Ua::new("a", "sip:112@127.0.0.1");
    ua.invite(&mut world);
    let (call, _, first) = world.iam();
    assert_eq!(first.called.digits, "199009400");
    world.exchange_releases(call, 17);
    world.events.retain(|event| matches!(event, isup::Event::Incoming { .. }));
    let (call, _, second) = world.iam();
    assert_eq!(second.called.digits, "199009401");
    world.backward(call, con());
    ua.expect(&mut world, 200);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.quiet();
    assert_eq!(world.records[0].attempts, 2);
}

/// An exchange whose user part is dead acknowledges no release: nobody waits for that.
#[test]
fn a_peer_that_says_nothing_at_all_does_not_hold_it_up() {
    let mut world = World::new();
    let mut ua = Ua::new("a", "sip:112@127.0.0.1");
    ua.invite(&mut world);
    assert_eq!(world.iam().2.called.digits, "199009400");
    world.mute = true;
    world.run(Duration::from_secs(31));
    world.events.retain(|event| matches!(event, isup::Event::Incoming { .. }));
    let (call, _, second) = world.iam();
    assert_eq!(second.called.digits, "199009401", "T7 is over");
    world.mute = false;
    world.backward(call, con());
    ua.expect(&mut world, 200);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.quiet();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn an_emergency_iam_that_meets_our_call_on_the_circuit_is_one() {
    let mut world = World::new();
    let ua = Ua::new("a", "sip:0199000001@127.0.0.1");
    ua.invite(&mut world);
    let (_, cic, _) = world.iam();
    let mut iam = iam("199008001");
    iam.category = CallingPartysCategory::PRIORITY;
    let payload = isup_codec::encode(cic, &isup_codec::Message::Iam(iam)).unwrap();
    let transfer = mtp::sap::Transfer {
        opc: mtp::PointCode(2),
        dpc: mtp::PointCode(1),
        sls: mtp::sap::Sls(0),
        class: Class::Ordinary,
        payload,
    };
    assert_eq!(world.gateway.class_of_isup(&transfer), Class::Emergency);
}

#[test]
fn an_iam_of_category_11_or_to_an_emergency_number_is_one() {
    for (called, category) in
        [("199008001", CallingPartysCategory::PRIORITY), ("112", CallingPartysCategory::ORDINARY)]
    {
        let mut world = World::new();
        let mut iam = iam(called);
        iam.category = category;
        let setup = |exchange: &mut isup::Isup, now| {
            exchange.setup(now, Class::Emergency, GROUP, iam).unwrap()
        };
        world.at_exchange(setup);
        world.run(Duration::from_millis(200));
        world.run(Duration::from_secs(100));
        world.until(|world| !world.records.is_empty());
        assert_eq!(world.records[0].class, Class::Emergency, "{called}");
    }
}

#[test]
fn contexts_and_the_call_table_keep_their_reserve() {
    let mut config = config();
    config.media.contexts = 4;
    config.media.emergency_reserve = 2;
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let mut talking: Vec<_> = (0..2)
        .map(|n| Ua::talking(&mut world, &format!("o{n}"), "sip:0199000001@127.0.0.1").0)
        .collect();
    let mut refused = Ua::new("r", "sip:0199000001@127.0.0.1");
    refused.invite(&mut world);
    refused.expect_failure(&mut world, 503, 47);
    assert_eq!(world.gateway.stats().no_context, 1);
    talking.push(Ua::talking(&mut world, "e", "sip:112@127.0.0.1").0);
    for mut ua in talking {
        ua.bye(&mut world, "");
    }
    world.quiet();
}

#[test]
fn it_is_served_before_what_came_earlier() {
    let mut world = World::new();
    let flow = sip::Flow {
        transport: sip::Transport::Udp,
        local: address("127.0.0.1:5060"),
        remote: address("127.0.0.1:5070"),
        connection: None,
        peer: None,
    };
    // All at one moment, without a chance to work in between.
    for n in 0..100 {
        let ua = Ua::new(&format!("f{n}"), "sip:0199000001@127.0.0.1");
        let text = ua.request("INVITE", &format!("f{n}"), "", Some(&Ua::offer()));
        let bytes = Bytes::from(text);
        world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    }
    let ua = Ua::new("e", "sip:112@127.0.0.1");
    let bytes = Bytes::from(ua.request("INVITE", "e", "", Some(&Ua::offer())));
    world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    assert_eq!(world.gateway.status().queued[Class::Emergency.rank()], 1);
    assert_eq!(world.gateway.status().queued[Class::Ordinary.rank()], 100);
    assert_eq!(
        world.gateway.poll_timeout(),
        Some((world.now, crate::Timer::Queue)),
        "what waits is worked off at once"
    );
    world.gateway.handle_timeout(world.now);
    let status = world.gateway.status();
    assert_eq!(status.queued[Class::Emergency.rank()], 0);
    assert_eq!(status.queued[Class::Ordinary.rank()], 100 - 63);
    let emergency = world.gateway.calls().iter().filter(|c| c.class == Class::Emergency).count();
    assert_eq!(emergency, 1);
}

#[test]
fn strangers_who_call_112_crowd_out_nobody() {
    let mut config = config();
    config.queue = call::QueueLimits::of(64);
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world.events.clear();
    let flow = |remote: &str| sip::Flow {
        transport: sip::Transport::Udp,
        local: address("127.0.0.1:5060"),
        remote: address(remote),
        connection: None,
        peer: None,
    };
    let invite = |id: &str| {
        let ua = Ua::new(id, "urn:service:sos");
        Bytes::from(ua.request("INVITE", "x", "", Some(&Ua::offer())))
    };
    for n in 0..100 {
        let (flow, bytes) = (flow("192.0.2.1:5060"), invite(&format!("s{n}")));
        world.gateway.handle_input(world.now, Input::SipDatagram { flow, bytes });
    }
    let shed = world.gateway.stats().shed;
    assert_eq!((shed[Class::Emergency.rank()], shed[Class::Ordinary.rank()]), (0, 99));
    let (flow, bytes) = (flow("127.0.0.1:5070"), invite("e"));
    world.input(Input::SipDatagram { flow, bytes });
    let (_, _, iam) = world.iam();
    assert_eq!(iam.category, CallingPartysCategory::PRIORITY);
}
