//! Scenes of the simulated world that are planned by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed scene is told, and is a failure")]

use base::{Duration, Instant};
use sim::{Call, Mishap, Plan, Report, SpanTrouble, Trouble, Weather, World};

/// A quiet network of six circuits, two of them for emergency calls, and one caller.
fn quiet(bits: bool) -> Plan {
    let mut plan = Plan::new(1);
    plan.bits = bits;
    plan.clean_speech = bits;
    plan.stop = false;
    plan.turn = Duration::ZERO;
    plan.duration = Duration::from_secs(20);
    plan.shape.spans = 1;
    plan.shape.links = 1;
    plan.shape.circuits = 6;
    plan.shape.emergency_circuits = 2;
    plan.shape.contexts = 16;
    plan.shape.queue = 4_096;
    plan.calls.clear();
    plan.originations.clear();
    plan.troubles.clear();
    plan.mishaps.clear();
    plan
}

fn call(at_ms: u64, uri: &str, talk: Duration) -> Call {
    let patience = Duration::from_secs(30);
    let emergency = uri.contains("112");
    let at = Instant::from_millis(at_ms);
    Call { at, caller: 0, uri: uri.to_owned(), emergency, tcp: false, patience, talk }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn run(plan: Plan) -> Report {
    let mut world = World::new(plan).unwrap();
    match world.run() {
        Ok(report) => report,
        Err(violation) => {
            let events: Vec<_> = world.journal().last().collect();
            panic!("{violation}\n{}", events.join("\n"));
        }
    }
}

#[test]
fn speech_comes_back_octet_by_octet_through_the_whole_world() {
    let mut plan = quiet(true);
    for number in 0..4 {
        plan.calls.push(call(3_000 + 900 * number, "sip:0199000000@127.0.0.1", seconds(6)));
    }
    // Trouble on the signalling time slot is no trouble for speech.
    let (at, span) = (Instant::from_millis(6_000), 0);
    plan.troubles.push(SpanTrouble { at, span, trouble: Trouble::Noise(30) });
    let report = run(plan);
    assert_eq!(report.answered, 4);
    // 6 s each at 8,000 octets a second, less the beginning and the way back
    assert!(report.echoed > 4 * 40_000, "{}", report.echoed);
}

#[test]
fn an_emergency_call_is_answered_while_all_ordinary_circuits_are_in_use() {
    let mut plan = quiet(false);
    for number in 0..6 {
        plan.calls.push(call(3_000 + 10 * number, "sip:0199000000@127.0.0.1", seconds(100)));
    }
    for number in 0..2 {
        plan.calls.push(call(8_000 + 10 * number, "sip:112@127.0.0.1", seconds(3)));
    }
    let report = run(plan);
    assert_eq!(report.answered, 4 + 2, "four ordinary circuits, two for emergency calls");
    assert_eq!(report.emergencies, 2);
}

#[test]
fn each_answer_of_the_exchange_has_its_outcome() {
    let answered = |row: u8| {
        let mut plan = quiet(false);
        plan.calls.push(call(3_000, &format!("sip:+3319900{row:02}00@127.0.0.1"), seconds(2)));
        let report = run(plan);
        assert_eq!(report.calls, 1);
        report.answered == 1
    };
    for row in [0, 1, 7, 9, 10, 11, 12, 91] {
        assert!(answered(row), "{row}");
    }
    for row in [2, 3, 4, 5, 6, 8, 13, 80] {
        assert!(!answered(row), "{row}");
    }
}

#[test]
fn a_talking_call_survives_the_loss_of_every_link() {
    let mut plan = quiet(false);
    plan.calls.push(call(3_000, "sip:0199000000@127.0.0.1", seconds(60)));
    let trouble =
        |at_ms, trouble| SpanTrouble { at: Instant::from_millis(at_ms), span: 0, trouble };
    plan.troubles.push(trouble(5_000, Trouble::SlotCut));
    plan.troubles.push(trouble(12_000, Trouble::Healed));
    let report = run(plan);
    assert_eq!(report.answered, 1);
    // It went on to its planned end, a minute and more after the links came back.
    assert!(report.end > Instant::from_millis(63_000));
}

#[test]
fn a_peer_that_vanishes_leaves_nothing_behind() {
    let mut plan = quiet(false);
    for number in 0..4 {
        plan.calls.push(call(3_000 + 300 * number, "sip:0199000100@127.0.0.1", seconds(60)));
    }
    plan.mishaps.push((Instant::from_millis(6_500), Mishap::Crash(0)));
    run(plan);
}

#[test]
fn nothing_but_rain_leaves_nothing_behind() {
    let mut plan = quiet(false);
    let rain = Weather { lost: 1_000, doubled: 0, late: 0 };
    plan.mishaps.push((Instant::from_millis(3_150), Mishap::Weather(rain)));
    for number in 0..4 {
        plan.calls.push(call(3_000 + 100 * number, "sip:0199000000@127.0.0.1", seconds(2)));
    }
    run(plan);
}
