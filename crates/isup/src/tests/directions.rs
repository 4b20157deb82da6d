//! One-way groups, circuits kept for one direction, and both ends agreeing on dual seizures.

use super::*;
use crate::{ConfigError, Control, Direction, Selection, SetupError};

fn used(change: impl FnOnce(&mut GroupConfig)) -> Exchange {
    let mut group = group(1..=8, 0);
    change(&mut group);
    Exchange::with(Config { groups: vec![group], ..Config::new(OWN) })
}

fn admit(exchange: &mut Exchange, call: CallId, class: Class) -> bool {
    let admitted = exchange.isup.admit(exchange.now, call, class).is_ok();
    exchange.drain();
    admitted
}

#[test]
fn what_comes_in_on_an_outgoing_group_is_released_unless_it_is_an_emergency() {
    let mut exchange = used(|group| group.direction = Direction::Outgoing);
    let call = exchange.incoming(3);
    assert!(!admit(&mut exchange, call, Class::PsapCallback));
    let sent = exchange.sent();
    let [(3, Message::Rel(sent))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(sent.cause.cause, Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
    exchange.receive(3, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    assert_eq!(exchange.isup.stats().wrong_direction, 1);
    let call = exchange.incoming(3);
    assert!(admit(&mut exchange, call, Class::Emergency));
    exchange.backward(call, crate::Backward::AddressComplete(acm()));
    assert_eq!(exchange.sent_names(), ["ACM 3"]);
}

#[test]
fn an_incoming_group_takes_no_call_of_ours() {
    let mut exchange = used(|group| group.direction = Direction::Incoming);
    for class in [Class::Ordinary, Class::Emergency] {
        let refused = exchange.isup.setup(exchange.now, class, GROUP, iam()).unwrap_err();
        assert_eq!(refused, SetupError::WrongDirection);
        assert_eq!(refused.cause(), Cause::NO_CIRCUIT_AVAILABLE);
    }
    let call = exchange.incoming(1);
    assert!(admit(&mut exchange, call, Class::Ordinary));
}

#[test]
fn each_direction_leaves_its_part_to_the_other_one() {
    let mut exchange = used(|group| {
        group.emergency_reserve = 1;
        group.reserve_incoming = 2;
        group.reserve_outgoing = 3;
    });
    // 8 circuits: 4 of theirs leave 4 idle, as many as are kept for us.
    for cic in 1..=4 {
        let call = exchange.incoming(cic);
        assert!(admit(&mut exchange, call, Class::Ordinary));
    }
    let call = exchange.incoming(5);
    assert!(!admit(&mut exchange, call, Class::Ordinary));
    exchange.sent();
    exchange.receive(5, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    assert_eq!(exchange.isup.stats().incoming_reserved, 1);
    // One of ours leaves 3, as many as are kept for them and for emergencies.
    exchange.setup(Class::Ordinary);
    let refused = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam());
    assert_eq!(refused, Err(SetupError::AllBusy));
    exchange.setup(Class::Emergency);
    exchange.setup(Class::Emergency);
    exchange.setup(Class::Emergency);
}

#[test]
fn a_call_that_is_gone_or_goes_on_already_is_admitted_no_more() {
    let mut exchange = used(|group| group.direction = Direction::Outgoing);
    let call = exchange.incoming(1);
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    exchange.told();
    assert!(!admit(&mut exchange, call, Class::Emergency));
    let (call, _) = exchange.setup(Class::Ordinary);
    assert!(admit(&mut exchange, call, Class::Ordinary));
    assert_eq!(exchange.isup.stats().wrong_direction, 0);
}

/// Q.764 §2.9.1.4: the even ones are ours here, against the point codes.
#[test]
fn q764_2_9_1_4_control_may_be_agreed_upon_otherwise() {
    for (control, won) in [
        (Control::PointCode, [true, false]),
        (Control::Odd, [true, false]),
        (Control::Even, [false, true]),
        (Control::All, [true, true]),
        (Control::None, [false, false]),
    ] {
        for (cic, won) in [(1, won[0]), (2, won[1])] {
            let only = group([cic], 0);
            let config =
                Config { groups: vec![GroupConfig { control, ..only }], ..Config::new(OWN) };
            let mut exchange = Exchange::with(config);
            let (call, _) = exchange.outgoing();
            exchange.receive(cic, iam());
            let told = exchange.told();
            assert_eq!(told.is_empty(), won, "{control:?} {cic}");
            assert_eq!(told.contains(&lost(call)), !won);
        }
    }
}

/// Seizes every circuit at both ends, each out of its own book, and counts those that both took
/// before they met.
fn collisions(selection: Selection) -> usize {
    let near = GroupConfig { selection, ..group(1..=8, 0) };
    let far = near.mirrored(OWN);
    let order = |own: PointCode, group: GroupConfig| {
        let peer = group.peer;
        let config = Config { groups: vec![group], ..Config::new(own) };
        let mut isup = Isup::new(config, Instant::ZERO).unwrap();
        isup.handle_input(Instant::ZERO, Input::Mtp(Indication::Resume { dpc: peer }));
        let range = isup_codec::Range::of(8).unwrap();
        let gra = Gra { status: RangeStatus::new(range, |_| false) };
        let payload = encode(Cic(1), &gra.into()).unwrap();
        let class = Class::Ordinary;
        let transfer = Transfer { opc: peer, dpc: own, sls: Sls(1), class, payload };
        isup.handle_input(Instant::ZERO, Input::Mtp(Indication::Transfer(transfer)));
        let seized = (0..4).map(|_| isup.setup(Instant::ZERO, class, GROUP, iam()).unwrap().1);
        seized.collect::<Vec<_>>()
    };
    let (near, far) = (order(OWN, near), order(PEER, far));
    near.iter().filter(|cic| far.contains(cic)).count()
}

/// Q.764 §2.9.1.3: as long as half of the circuits are enough for each, the orders that are made
/// for it never meet.
#[test]
fn q764_2_9_1_3_the_orders_of_both_ends_do_not_meet_before_they_must() {
    for selection in [
        Selection::Method2,
        Selection::Method1,
        Selection::EvenOdd,
        Selection::Clockwise,
        Selection::CounterClockwise,
        Selection::LowestFirst,
        Selection::HighestFirst,
    ] {
        assert_eq!(collisions(selection), 0, "{selection:?}");
    }
    assert_eq!(collisions(Selection::MostIdle), 4);
}

#[test]
fn reserves_that_no_call_could_use_are_refused() {
    let check = |group: GroupConfig| {
        let config = Config { groups: vec![group], ..Config::new(OWN) };
        Isup::new(config, Instant::ZERO).map(|_| ()).unwrap_err()
    };
    let direction = Direction::Outgoing;
    let error = check(GroupConfig { direction, reserve_incoming: 1, ..group(1..=8, 0) });
    let kept = Direction::Incoming;
    assert_eq!(error, ConfigError::Direction { group: "trunk".to_owned(), direction: kept });
    let error = check(GroupConfig { reserve_incoming: 3, reserve_outgoing: 3, ..group(1..=8, 2) });
    assert_eq!(error.to_string(), "group trunk: a reserve of 8 leaves no circuit of 8");
}
