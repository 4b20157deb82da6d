//! Digits one after the other, through the gateway; and circuits lost one after the other.

use super::pstn_to_sip::iam;
use super::ua::{Ua, header};
use super::world::{CIRCUITS, GROUP, World, config};
use crate::Config;
use base::{Cause, Class, Duration};
use isup::Event;
use isup_codec::{Cic, Iam};

fn ready(config: Config) -> World {
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready() && world.exchange.is_usable(GROUP));
    world.run(Duration::from_millis(200));
    world.events.clear();
    world
}

fn overlapping() -> World {
    let mut config = config();
    config.isup.groups[0].overlap = true;
    ready(config)
}

fn open(digits: &str) -> Iam {
    let mut iam = iam(digits);
    iam.called.complete = false;
    iam
}

fn dial(world: &mut World, call: isup::CallId, digits: &str) -> bool {
    let digits = digits.parse().unwrap();
    let sent = world.at_exchange(|exchange, now| exchange.more_digits(now, call, digits, false));
    world.run(Duration::from_millis(50));
    sent
}

fn begin(world: &mut World, class: Class, iam: Iam) -> isup::CallId {
    let seized = world.at_exchange(|exchange, now| exchange.setup(now, class, GROUP, iam));
    world.run(Duration::from_millis(50));
    seized.unwrap().0
}

/// The next INVITE of a caller that has dialled so far.
fn dialled(world: &mut World, id: &str, digits: &str, cseq: u32) -> Ua {
    let mut ua = Ua::new(id, &format!("sip:+33{digits}@127.0.0.1;user=phone"));
    ua.set_cseq(cseq);
    let text = ua.request("INVITE", &format!("{id}{cseq}"), "", Some(&Ua::offer()));
    world.datagram(ua.address, &text);
    world.run(Duration::from_millis(50));
    ua
}

/// Its answer, and the ACK.
fn incomplete(world: &mut World, ua: &mut Ua, id: &str, cseq: u32) {
    ua.expect(world, 484);
    let text = ua.request("ACK", &format!("{id}{cseq}"), "", None);
    world.datagram(ua.address, &text);
}

#[test]
fn digits_from_the_exchange_are_one_invite() {
    let mut world = World::new();
    let call = begin(&mut world, Class::Ordinary, open("1990"));
    for digit in ["0", "8", "0", "0"] {
        assert!(dial(&mut world, call, digit));
        assert!(world.sip.is_empty());
    }
    // The ninth completes it: nobody waits for ST or T10.
    assert!(dial(&mut world, call, "1"));
    let (_, invite) = Ua::called(&mut world);
    assert!(invite.starts_with("INVITE sip:+33199008001@127.0.0.1:5070"), "{invite}");
}

#[test]
fn an_emergency_number_dialled_digit_by_digit_waits_for_nothing() {
    let plan = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
        *,112,europe,+33199008012,,,\n";
    let mut config = config();
    config.routing.plan = routing::Plan::parse(plan).unwrap();
    config.routing.rules = vec![
        routing::Rule::new("+33199", vec![routing::Exit::Circuits(0)]),
        routing::Rule::new("+331990080", vec![routing::Exit::Sip(0)]),
    ];
    let mut world = ready(config);
    let call = begin(&mut world, Class::Ordinary, open("1"));
    assert!(dial(&mut world, call, "1"));
    assert!(world.sip.is_empty());
    let begun = world.now;
    assert!(dial(&mut world, call, "2"));
    let (_, invite) = Ua::called(&mut world);
    assert!(invite.starts_with("INVITE sip:+33199008012@"), "{invite}");
    assert_eq!(header(&invite, "Resource-Priority"), Some("esnet.1"));
    assert!(world.now - begun < Duration::from_millis(200));
}

#[test]
fn rfc3578_4_5_further_invites_of_one_call_are_sams() {
    let mut world = overlapping();
    let mut first = dialled(&mut world, "a", "1990000", 1);
    // The exchange has an IAM without ST and waits.
    assert!(world.events.is_empty());
    let mut second = dialled(&mut world, "a", "19900000", 2);
    incomplete(&mut world, &mut first, "a", 1);
    assert!(world.events.is_empty());
    let mut third = dialled(&mut world, "a", "199000000", 3);
    let (call, _, iam) = world.iam();
    assert_eq!(iam.called.digits, "199000000");
    incomplete(&mut world, &mut second, "a", 2);
    assert_eq!(world.gateway.stats().dialled_on, 2);
    assert_eq!(world.gateway.calls().len(), 1);
    assert_eq!(world.gateway.calls()[0].called, "+33199000000");
    // The last INVITE is the call.
    world.backward(call, super::sip_to_pstn::con());
    third.expect(&mut world, 200);
    third.acknowledge(&mut world, None);
    world.run(Duration::from_secs(1));
    third.bye(&mut world, "");
    assert_eq!(world.rel(call), 16);
    world.quiet();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn without_overlap_a_number_goes_whole_and_another_invite_is_another_call() {
    let mut world = World::new();
    let _first = dialled(&mut world, "a", "1990000", 1);
    assert_eq!(world.iam().2.called.digits, "1990000");
    let _second = dialled(&mut world, "a", "199000000", 2);
    assert_eq!(world.iam().2.called.digits, "199000000");
    assert_eq!(world.gateway.calls().len(), 2);
}

#[test]
fn an_emergency_call_is_whole_also_where_digits_may_follow() {
    let mut world = overlapping();
    Ua::new("a", "sip:112@127.0.0.1").invite(&mut world);
    assert_eq!(world.iam().2.called.digits, "199009400");
    // Nor is it what another caller dialled before.
    dialled(&mut world, "b", "19900", 1);
    world.run(Duration::from_millis(50));
    dialled(&mut world, "b", "199009400", 2);
    assert_eq!(world.iam().2.called.digits, "199009400");
    assert_eq!(world.gateway.stats().dialled_on, 0);
}

#[test]
fn q764_2_8_1_an_emergency_call_goes_on_while_a_circuit_is_left() {
    let mut config = config();
    (config.call.max_attempts, config.call.max_emergency_attempts) = (2, 2);
    let mut world = ready(config);
    let mut ua = Ua::new("a", "sip:112@127.0.0.1");
    ua.invite(&mut world);
    let mut lost: Vec<Cic> = Vec::new();
    for _ in 0..CIRCUITS {
        let (_, cic, _) = world.iam();
        assert!(!lost.contains(&cic), "{cic} again");
        lost.push(cic);
        world.at_exchange(|exchange, now| {
            exchange.operate(now, GROUP, cic..=cic, isup::Operation::Reset)
        });
        world.events.clear();
    }
    world.run(Duration::from_secs(1));
    ua.expect(&mut world, 503);
    let record = &world.records[0];
    assert_eq!(record.cause, Cause::NO_CIRCUIT_AVAILABLE);
    assert!(!world.events.iter().any(|event| matches!(event, Event::Incoming { .. })));
}
