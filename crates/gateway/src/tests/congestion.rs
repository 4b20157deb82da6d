//! Congested exchanges and ourselves: who is held back, who is told (Q.764 §2.11).

use super::pstn_to_sip::iam;
use super::sip_to_pstn::con;
use super::ua::{Ua, header};
use super::world::{GROUP, World, address, config};
use crate::Config;
use base::{Class, Duration};
use isup::{Event, GroupConfig};
use isup_codec::Cic;
use mtp::PointCode;
use routing::{Exit, Rule};

const URI: &str = "sip:0199000401@127.0.0.1:5060";

fn world(config: Config) -> World {
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready() && world.exchange.is_usable(GROUP));
    world.run(Duration::from_millis(500));
    world.events.clear();
    world
}

/// A call that the exchange releases with its level, and with this cause.
fn refused_with_level(world: &mut World, id: &str) {
    let mut ua = Ua::new(id, URI);
    ua.invite(world);
    let (call, _, _) = world.iam();
    world.exchange.set_congestion_level(Some(1));
    world.exchange_releases(call, 42);
    world.exchange.set_congestion_level(None);
    let refusal = ua.expect_failure(world, 503, 42);
    assert_eq!(header(&refusal, "Retry-After"), None, "that is the exchange's word");
    world.run(Duration::from_millis(50));
    world.events.clear();
}

/// Whether a call reaches the exchange, which has no such number; else how the caller is refused.
fn passes(world: &mut World, id: &str) -> Result<(), String> {
    let mut ua = Ua::new(id, URI);
    ua.invite(world);
    world.run(Duration::from_millis(50));
    if world.events.is_empty() {
        return Err(ua.expect_failure(world, 503, 42));
    }
    let (call, _, _) = world.iam();
    world.exchange_releases(call, 1);
    ua.expect_failure(world, 404, 1);
    world.run(Duration::from_millis(50));
    world.events.clear();
    Ok(())
}

#[test]
fn after_a_level_a_part_of_the_calls_is_refused_for_a_while_but_no_emergency_call() {
    let mut world = World::new();
    refused_with_level(&mut world, "first");
    let view = world.gateway.congestion()[0].clone();
    assert_eq!((view.0.as_str(), view.1.level, view.1.held_back), ("paris", 1, 25));
    let mut held_back = 0;
    for n in 0..8 {
        if let Err(refusal) = passes(&mut world, &format!("ordinary{n}")) {
            held_back += 1;
            // RFC 3261 §21.5.4: its emergency calls would wait too.
            assert_eq!(header(&refusal, "Retry-After"), None, "{refusal}");
        }
    }
    assert_eq!(held_back, 2);
    for n in 0..8 {
        let mut ua = Ua::new(&format!("urgent{n}"), "sip:112@127.0.0.1");
        ua.invite(&mut world);
        let (call, _, _) = world.iam();
        world.backward(call, con());
        ua.expect(&mut world, 200);
        ua.acknowledge(&mut world, None);
        ua.bye(&mut world, "");
        assert_eq!(world.rel(call), 16);
        world.run(Duration::from_millis(100));
        world.events.clear();
    }
    world.run(Duration::from_secs(5));
    assert_eq!(world.gateway.congestion()[0].1, isup::CongestionView::default());
    for n in 0..8 {
        assert_eq!(passes(&mut world, &format!("later{n}")), Ok(()));
    }
    world.quiet();
}

/// Two groups lead to the congested exchange, and one elsewhere.
#[test]
fn a_call_that_is_held_back_goes_on_to_another_exchange_and_not_to_the_same() {
    let mut config = config();
    let other = |name: &str, peer, cic| GroupConfig::new(name, peer, vec![Cic(cic)]);
    config.isup.groups.push(other("paris 2", PointCode(2), 40));
    config.isup.groups.push(other("lyon", PointCode(3), 1));
    let exits: Vec<_> = (0..3).map(Exit::Circuits).collect();
    config.routing.rules[0] = Rule::new("+33199", exits.clone());
    config.routing.exits = [exits, vec![Exit::Sip(0)]].concat();
    let mut world = world(config);
    // A call of the exchange's own, for one of ours would be tried elsewhere.
    let called = iam("199008001");
    let placed = world.at_exchange(|x, now| x.setup(now, Class::Emergency, GROUP, called));
    world.run(Duration::from_millis(50));
    world.exchange.set_congestion_level(Some(1));
    world.exchange_releases(placed.unwrap().0, 16);
    world.exchange.set_congestion_level(None);
    world.run(Duration::from_millis(50));
    world.events.clear();
    for n in 0..3 {
        assert_eq!(passes(&mut world, &format!("ordinary{n}")), Ok(()));
    }
    let mut ua = Ua::new("kept", URI);
    ua.invite(&mut world);
    // Nobody answers from Lyon in this world.
    ua.expect_failure(&mut world, 503, 38);
    world.run(Duration::from_millis(50));
    let record = world.records.last().unwrap();
    assert_eq!(record.attempts, 3);
    let held_back = &world.gateway.isup().stats().held_back;
    assert_eq!(held_back.get(&Class::Ordinary), Some(&1), "once a call");
}

/// The level of the release that ends a call placed by the exchange.
fn told(world: &mut World) -> Option<u8> {
    let placed = world.at_exchange(|x, now| x.setup(now, Class::Emergency, GROUP, iam("1990B")));
    let (call, _) = placed.unwrap();
    loop {
        match world.event() {
            Event::Released { call: released, congestion_level, .. } if released == call => {
                world.run(Duration::from_millis(50));
                world.events.clear();
                return congestion_level;
            }
            _ => {}
        }
    }
}

#[test]
fn q764_2_11_2_exchanges_are_told_when_there_is_little_room_for_calls() {
    let mut config = config();
    config.call = call::Config { max_calls: 6, emergency_reserve: 1, ..config.call };
    let mut world = world(config);
    assert_eq!(told(&mut world), None);
    let mut calls = Vec::new();
    for n in 0..5 {
        assert_eq!(told(&mut world), None, "{n} of 5");
        let ua = Ua::new(&format!("a{n}"), "sip:0199000301@127.0.0.1:5060");
        ua.invite(&mut world);
        calls.push((world.iam().0, ua));
    }
    assert_eq!(told(&mut world), Some(2));
    assert_eq!(world.gateway.congestion()[0].1.told, 2);
    // The exchange heeds it.
    assert_eq!(world.exchange.congestion(GROUP).held_back, 75);
    let (call, mut ua) = calls.pop().unwrap();
    world.exchange_releases(call, 17);
    ua.expect_failure(&mut world, 486, 17);
    world.run(Duration::from_millis(50));
    world.events.clear();
    assert_eq!(told(&mut world), None);
}

#[test]
fn q764_2_11_2_exchanges_are_told_when_more_comes_than_is_worked_off() {
    let mut config = config();
    config.queue = call::QueueLimits::of(16);
    let mut world = world(config);
    assert_eq!(told(&mut world), None);
    // More arrives in one moment than finds room.
    for n in 0..400 {
        let ua = Ua::new(&format!("flood{n}"), URI);
        let text = ua.request("OPTIONS", &format!("flood{n}"), "", None);
        let flow = sip::Flow {
            transport: sip::Transport::Udp,
            local: address("127.0.0.1:5060"),
            remote: address("127.0.0.1:5066"),
            connection: None,
            peer: None,
        };
        let bytes = bytes::Bytes::from(text.into_bytes());
        world.gateway.handle_input(world.now, crate::Input::SipDatagram { flow, bytes });
    }
    world.run(Duration::from_secs(1));
    assert_eq!(told(&mut world), Some(2));
    world.run(Duration::from_secs(30));
    assert_eq!(told(&mut world), None);
}
