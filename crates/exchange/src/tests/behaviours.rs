//! Each row of the demo's table, as the exchange at the other end sees it.

use super::world::{CIRCUITS, RESERVE, World, slot};
use crate::{Input, Source};
use base::{Cause, Class, Duration};
use isup::{Event, ReleasedBy, SetupError};
use isup_codec::{CalledStatus, EventIndicator};

/// The messages of a call in short, with their times; speech is checked apart.
fn told(world: &World, call: isup::CallId) -> Vec<(u64, String)> {
    let short = |event: &Event| match event {
        Event::AddressComplete { acm, .. } => {
            let status = match acm.backward.called_status() {
                CalledStatus::SUBSCRIBER_FREE => "free",
                _ => "no indication",
            };
            format!("ACM {status}{}", if acm.in_band() { ", in-band" } else { "" })
        }
        Event::Progress { cpg, .. } if cpg.event.event == EventIndicator::ALERTING => {
            "CPG alerting".to_owned()
        }
        Event::Progress { .. } => "CPG progress".to_owned(),
        Event::Answer { con, connected, .. } => {
            let number = connected.as_ref().map(|number| format!(" {}", number.digits));
            format!("{}{}", if *con { "CON" } else { "ANM" }, number.unwrap_or_default())
        }
        Event::Suspended { by_network, .. } => format!("SUS {by_network}"),
        Event::Resumed { by_network, .. } => format!("RES {by_network}"),
        Event::Released { cause, congestion_level, by, .. } => {
            assert_eq!(*by, ReleasedBy::Peer);
            let level = congestion_level.map(|level| format!(", congestion {level}"));
            format!("REL {}{}", cause.cause.0, level.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    };
    world.story(call).iter().map(|(at, event)| (*at, short(event))).collect()
}

/// The messages that come when `digits` are called, after `millis`; times to within 20 ms.
#[track_caller]
fn is_told(world: &World, call: isup::CallId, expected: &[(u64, &str)]) {
    let told = told(world, call);
    let texts = |rows: &[(u64, String)]| rows.iter().map(|row| row.1.clone()).collect::<Vec<_>>();
    let wanted: Vec<_> = expected.iter().map(|(at, text)| (*at, (*text).to_owned())).collect();
    assert_eq!(texts(&told), texts(&wanted));
    for ((at, text), (wanted, _)) in told.iter().zip(&wanted) {
        assert!(at.abs_diff(*wanted) <= 20, "{text} came after {at} ms, not {wanted}");
    }
}

/// Calls, waits, checks what was told and what is heard, releases, checks that nothing is left.
#[track_caller]
fn row(digits: &str, millis: u64, expected: &[(u64, &str)], heard: Source) {
    let mut world = World::new();
    let (call, cic) = world.call(digits);
    world.run(millis + 100);
    is_told(&world, call, expected);
    assert_eq!(world.source(cic), heard);
    world.end(call, cic);
    // The circuit can be used again.
    let (call, cic) = world.call("199000000");
    world.run(100);
    is_told(&world, call, &[(0, "ACM free"), (0, "ANM")]);
    world.end(call, cic);
}

/// A row in which the exchange releases: nothing is left, without our doing.
#[track_caller]
fn row_that_ends(digits: &str, millis: u64, expected: &[(u64, &str)]) {
    let mut world = World::new();
    let (call, cic) = world.call(digits);
    world.run(millis + 100);
    is_told(&world, call, expected);
    assert!(world.has_ended(call));
    assert!(world.exchange.is_idle());
    assert_eq!(world.source(cic), Source::Idle);
}

#[test]
fn row_00_answers_at_once() {
    row("199000000", 1_000, &[(0, "ACM free"), (0, "ANM")], Source::Echo);
}

#[test]
fn row_01_rings_and_answers() {
    row("199000100", 2_900, &[(0, "ACM free")], Source::Ringback);
    row("199000100", 3_100, &[(0, "ACM free"), (3_000, "ANM")], Source::Echo);
}

#[test]
fn row_02_is_busy() {
    row_that_ends("199000200", 100, &[(0, "REL 17")]);
}

#[test]
fn row_03_rings_for_ever() {
    row("199000300", 60_000, &[(0, "ACM free")], Source::Ringback);
}

#[test]
fn row_04_is_unallocated() {
    row_that_ends("199000400", 100, &[(0, "REL 1")]);
}

#[test]
fn row_05_is_congested() {
    row_that_ends("199000500", 100, &[(0, "REL 42, congestion 1")]);
    // The level belongs to this row alone.
    let mut world = World::new();
    let (first, _) = world.call("199000500");
    let (second, _) = world.call("199000200");
    world.run(200);
    is_told(&world, first, &[(0, "REL 42, congestion 1")]);
    is_told(&world, second, &[(0, "REL 17")]);
}

#[test]
fn row_06_is_silent_but_completes_a_release() {
    row("199000600", 15_000, &[], Source::Idle);
}

#[test]
fn row_07_answers_and_hangs_up() {
    let answered = [(0, "ACM free"), (0, "ANM")];
    row("199000700", 4_800, &answered, Source::Echo);
    row_that_ends("199000700", 5_000, &[(0, "ACM free"), (0, "ANM"), (5_000, "REL 16")]);
}

#[test]
fn row_08_announces_in_band() {
    let tone = Source::Tone { hertz: 425, dbm0: -10 };
    row("199000800", 1_800, &[(0, "ACM no indication, in-band")], tone);
    let all = [(0, "ACM no indication, in-band"), (2_000, "REL 22")];
    row_that_ends("199000800", 2_000, &all);
}

#[test]
fn row_09_suspends_and_resumes() {
    let all = [(0, "ACM free"), (0, "ANM"), (1_000, "SUS true"), (2_000, "RES true")];
    row("199000900", 3_000, &all, Source::Echo);
}

#[test]
fn row_10_connects() {
    row("199001000", 100, &[(0, "CON")], Source::Echo);
}

#[test]
fn row_11_plays_a_tone() {
    let tone = Source::Tone { hertz: 1_004, dbm0: -10 };
    row("199001100", 100, &[(0, "ACM free"), (0, "ANM")], tone);
}

#[test]
fn row_12_progresses_and_names_who_answers() {
    let all = [
        (0, "ACM no indication"),
        (300, "CPG alerting"),
        (600, "CPG progress"),
        (900, "ANM 199001212"),
    ];
    row("199001212", 1_000, &all, Source::Echo);
}

#[test]
fn rows_9n_are_answering_points() {
    row("199009100", 900, &[(0, "ACM free")], Source::Ringback);
    row("199009499", 1_100, &[(0, "ACM free"), (1_000, "ANM")], Source::Echo);
}

#[test]
fn any_other_number_is_unallocated() {
    row_that_ends("199008000", 100, &[(0, "REL 1")]);
    row_that_ends("639980001", 100, &[(0, "REL 1")]);
}

#[test]
fn a_caller_may_give_up_at_any_step() {
    for digits in ["199000100", "199000700", "199000800", "199000900", "199001200", "199009100"] {
        for after in [50, 400, 1_500] {
            let mut world = World::new();
            let (call, cic) = world.call(digits);
            world.run(after);
            world.end(call, cic);
            let known = told(&world, call).len();
            world.run(6_000);
            assert_eq!(told(&world, call).len(), known, "{digits} goes on after its end");
        }
    }
}

#[test]
fn an_emergency_call_is_answered_while_all_ordinary_circuits_are_busy() {
    let mut world = World::new();
    let mut calls = Vec::new();
    for _ in 0..usize::from(CIRCUITS) - RESERVE {
        calls.push(world.call("199000000"));
        world.run(50);
    }
    assert_eq!(world.seize(Class::Ordinary, "199000000"), Err(SetupError::AllBusy));
    for _ in 0..RESERVE {
        let (call, _) = world.seize(Class::Emergency, "199009400").unwrap();
        world.run(1_100);
        is_told(&world, call, &[(0, "ACM free"), (1_000, "ANM")]);
    }
    assert_eq!(world.seize(Class::Emergency, "199009400"), Err(SetupError::AllBusy));
}

#[test]
fn a_lost_span_ends_its_calls() {
    let mut world = World::new();
    let (call, cic) = world.call("199000000");
    world.run(100);
    world.exchange.handle_input(world.now, Input::Span { span: 0, up: false });
    world.drain();
    assert_eq!(world.sources[&slot(cic)], Source::Idle);
    world.run_until(Duration::from_secs(5), |world| world.has_ended(call));
    world.run(2_000);
    assert!(world.seize(Class::Emergency, "199000000").is_err(), "every circuit is blocked");
    world.exchange.handle_input(world.now, Input::Span { span: 0, up: true });
    world.drain();
    world.run(2_000);
    let (call, cic) = world.call("199000000");
    world.run(100);
    is_told(&world, call, &[(0, "ACM free"), (0, "ANM")]);
    world.end(call, cic);
}

#[test]
fn everything_can_be_released() {
    let mut world = World::new();
    let calls: Vec<_> =
        ["199000300", "199000000", "199000600"].map(|digits| world.call(digits).0).into();
    world.run(100);
    world.exchange.release_all(world.now, Cause::TEMPORARY_FAILURE);
    world.drain();
    world.run(200);
    assert!(world.exchange.is_idle());
    for call in calls {
        assert_eq!(told(&world, call).last().unwrap().1, "REL 41");
    }
}

/// Nothing else would have to happen before.
#[test]
fn an_association_that_it_opens_is_asked_for_from_the_start() {
    use super::world::associated;
    use mtp::m3ua::Command;
    let mut exchange = associated();
    let asked = std::iter::from_fn(|| exchange.poll_output()).any(|output| {
        matches!(output, crate::Output::Association { command: Command::Connect, .. })
    });
    assert!(asked);
}
