//! Calls that the exchange places.

use super::world::{Answering, CIRCUITS, RESERVE, World};
use crate::{Originate, Source};
use base::{Cause, Duration};
use isup::Event;
use isup_codec::{CallingPartysCategory, NatureOfAddress, key};
use std::collections::BTreeMap;

fn spec(count: u32, rate: f64, hold_ms: u64) -> Originate {
    let hold = Duration::from_millis(hold_ms);
    Originate { called: "+33199008001".to_owned(), caller: None, count, rate, hold }
}

#[test]
fn the_initial_address_is_a_subscribers() {
    let mut world = World::new();
    world.exchange.originate(world.now, spec(1, 1.0, 1_000)).unwrap();
    world.run(100);
    let iam = world.events.iter().find_map(|(_, event)| match event {
        Event::Incoming { iam, .. } => Some(iam.clone()),
        _ => None,
    });
    let iam = iam.unwrap();
    assert_eq!(iam.called.digits, "199008001");
    assert_eq!(iam.called.nature, NatureOfAddress::NATIONAL);
    assert!(iam.called.complete);
    assert_eq!(iam.category, CallingPartysCategory::ORDINARY);
    let calling = iam.get(key::CALLING_PARTY_NUMBER).unwrap();
    assert_eq!((calling.digits.as_str(), calling.nature), ("639980001", NatureOfAddress::NATIONAL));
}

#[test]
fn an_answered_call_is_held_and_released() {
    let mut world = World::new();
    let batch = world.exchange.originate(world.now, spec(1, 1.0, 2_000)).unwrap();
    world.run(200);
    let progress = world.exchange.progress(batch).unwrap();
    assert_eq!((progress.placed, progress.answered, progress.active), (1, 1, 1));
    assert!(!progress.done && !world.exchange.is_idle());
    assert_eq!(world.sources.values().filter(|source| **source == Source::Echo).count(), 1);
    world.run(1_700);
    assert_eq!(world.isup.calls(), 1);
    world.run(300);
    assert_eq!(world.isup.calls(), 0);
    let released = world.events.iter().find_map(|(_, event)| match event {
        Event::Released { cause, .. } => Some(cause.cause),
        _ => None,
    });
    assert_eq!(released, Some(Cause::NORMAL_CLEARING));
    let progress = world.exchange.progress(batch).unwrap();
    assert!(progress.done && progress.failed.is_empty() && world.exchange.is_idle());
    assert!(world.sources.values().all(|source| *source == Source::Idle));
}

#[test]
fn failures_are_counted_by_cause() {
    let mut world = World::new();
    world.answering = Answering::Refuse(Cause::USER_BUSY);
    let batch = world.exchange.originate(world.now, spec(5, 20.0, 1_000)).unwrap();
    world.run(1_000);
    let progress = world.exchange.progress(batch).unwrap();
    assert_eq!((progress.placed, progress.answered, progress.active), (5, 0, 0));
    assert_eq!(progress.failed, BTreeMap::from([(17, 5)]));
    assert!(progress.done && world.exchange.is_idle());
}

#[test]
fn a_call_that_nobody_answers_ends_by_its_timer() {
    let mut world = World::new();
    world.answering = Answering::Never;
    let batch = world.exchange.originate(world.now, spec(1, 1.0, 1_000)).unwrap();
    // Q.764: T7 is 20 to 30 s.
    world.run_until(Duration::from_secs(35), |world| world.exchange.is_idle());
    let progress = world.exchange.progress(batch).unwrap();
    assert_eq!(progress.failed, BTreeMap::from([(Cause::RECOVERY_ON_TIMER_EXPIRY.0, 1)]));
}

#[test]
fn calls_beyond_the_ordinary_circuits_fail_for_want_of_one() {
    let mut world = World::new();
    let free = u32::from(CIRCUITS) - RESERVE as u32;
    let batch = world.exchange.originate(world.now, spec(free + 3, 100.0, 20_000)).unwrap();
    world.run(1_000);
    let progress = world.exchange.progress(batch).unwrap();
    assert_eq!((progress.placed, progress.answered), (free + 3, free));
    assert_eq!(progress.failed, BTreeMap::from([(Cause::NO_CIRCUIT_AVAILABLE.0, 3)]));
    world.run(20_000);
    assert!(world.exchange.is_idle() && world.exchange.progress(batch).unwrap().done);
}

#[test]
fn calls_both_ways_at_once_end_with_idle_circuits() {
    let mut world = World::new();
    let batch = world.exchange.originate(world.now, spec(100, 20.0, 100)).unwrap();
    let mut placed = Vec::new();
    for _ in 0..100 {
        placed.extend(world.seize(base::Class::Ordinary, "199000000"));
        world.run(41);
        if placed.len() > 3 {
            let (call, _) = placed.remove(0);
            world.release(call);
        }
    }
    for (call, _) in placed {
        world.release(call);
    }
    world.run(3_000);
    let progress = world.exchange.progress(batch).unwrap();
    assert!(progress.done && world.exchange.is_idle(), "{progress:?}");
    assert_eq!(progress.answered + progress.failed.values().sum::<u32>(), 100);
    assert!(world.exchange.circuits().chain(world.isup.circuits()).all(|c| c.state == "idle"));
}

/// Q.764 §2.9.1.4: the peer, of the lower point code, controls the odd circuits.
#[test]
fn a_call_that_loses_a_dual_seizure_takes_another_circuit() {
    let mut world = World::with_reserve(0);
    world.exchange.originate(world.now, spec(5, 1_000.0, 60_000)).unwrap();
    world.run(500);
    // All circuits that the exchange controls are busy. It takes one of the peer's while the
    // peer gives one back and takes all of its own.
    let answered = world.events.iter().find_map(|(_, event)| match event {
        Event::Incoming { call, .. } => Some(*call),
        _ => None,
    });
    let batch = world.exchange.originate(world.now, spec(1, 1.0, 60_000)).unwrap();
    world.exchange.handle_timeout(world.now);
    world.drain();
    world.release(answered.unwrap());
    let calls: Vec<_> = (0..CIRCUITS / 2).map(|_| world.call("199000000").0).collect();
    world.run(500);
    assert_eq!(world.isup.stats().dual_seizures_won, 1);
    assert_eq!(world.exchange.isup().stats().dual_seizures_lost, 1);
    assert_eq!(world.exchange.stats().repeated, 1);
    let progress = world.exchange.progress(batch).unwrap();
    assert_eq!((progress.placed, progress.answered, progress.active), (1, 1, 1));
    for call in calls {
        let answered = |(_, event): &(_, Event)| matches!(event, Event::Answer { call: it, .. } if *it == call);
        assert!(world.events.iter().any(answered));
    }
}
