//! Q.764 §2.1.8 and Q.724 §7: continuity checks by us, of calls and of circuits.

use super::*;
use crate::{CheckId, Continuity, SetupError, TestError, TestResult};
use isup_codec::{Anm, Con, ContinuityCheck, Cot};

/// Circuits 1 to 8, of which it controls the odd ones; each call is checked.
fn checking() -> Exchange {
    let mut config = config(1..=8, 0);
    config.groups[0].continuity = Continuity::Always;
    Exchange::with(config)
}

fn checks(cic: u16, check: u32, on: bool) -> Event {
    Event::Check { group: GROUP, cic: Cic(cic), check: CheckId(check), on }
}

fn tested(cic: u16, result: TestResult) -> Event {
    Event::Tested { group: GROUP, cic: Cic(cic), result }
}

fn looped(cic: u16, on: bool) -> Event {
    Event::Loop { group: GROUP, cic: Cic(cic), on }
}

fn cot(successful: bool) -> Message {
    Cot { successful }.into()
}

fn count(exchange: &Exchange, what: &str) -> u64 {
    exchange.isup.stats().checks.get(what).copied().unwrap_or_default()
}

impl Exchange {
    fn heard(&mut self, check: u32, passed: bool) {
        let input = Input::Checked { check: CheckId(check), passed };
        self.isup.handle_input(self.now, input);
        self.drain();
    }

    fn test(&mut self, cic: u16) -> Result<(), TestError> {
        let result = self.isup.test(self.now, GROUP, Cic(cic));
        self.drain();
        result
    }

    /// A call on circuit 1 that is being checked.
    fn checked_call(&mut self) -> CallId {
        let (call, cic) = self.setup(Class::Ordinary);
        assert_eq!(cic, 1);
        assert_eq!(self.checks_asked(), [ContinuityCheck::THIS_CIRCUIT]);
        assert_eq!(self.told(), [checks(1, 1, true)]);
        call
    }

    /// What the IAMs say that were sent since the last time.
    fn checks_asked(&mut self) -> Vec<ContinuityCheck> {
        let check = |(_, message)| match message {
            Message::Iam(iam) => iam.nature.continuity_check(),
            other => panic!("{other:?}"),
        };
        self.sent().into_iter().map(check).collect()
    }
}

#[test]
fn q764_2_1_8_cot_goes_when_the_tone_was_heard_and_the_call_goes_on() {
    let mut exchange = checking();
    let call = exchange.checked_call();
    exchange.wait(Duration::from_millis(300));
    exchange.heard(1, true);
    assert_eq!(exchange.sent(), [(1, cot(true))]);
    assert_eq!(exchange.told(), [checks(1, 1, false)]);
    exchange.wait(seconds(3));
    exchange.receive(1, acm());
    exchange.receive(1, Anm::new());
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::AddressComplete { .. }, Event::Answer { .. }]));
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.sent();
    exchange.assert_quiet();
    assert_eq!((count(&exchange, "passed"), exchange.isup.checks()), (1, 0));
}

#[test]
fn q764_2_1_8_t24_fails_the_check_and_the_call_is_tried_on_another_circuit() {
    let mut exchange = checking();
    let call = exchange.checked_call();
    exchange.wait(seconds(2));
    assert_eq!(exchange.expired(TimerName::T24), 1);
    assert_eq!(exchange.sent(), [(1, cot(false))]);
    let failed = alarm(1, "continuity check failed");
    assert_eq!(exchange.told(), [failed, lost(call), ended(call), checks(1, 1, false)]);
    assert_eq!(exchange.state(1), "checking");
    // The repeat attempt takes another circuit, and a check of its own.
    assert_eq!(exchange.setup(Class::Ordinary).1, 3);
    assert_eq!(exchange.checks_asked(), [ContinuityCheck::THIS_CIRCUIT]);
}

#[test]
fn q764_2_1_8_t25_checks_the_failed_circuit_again_and_rel_returns_it_to_idle() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.wait(seconds(2));
    exchange.sent();
    exchange.told();
    exchange.wait(seconds(5));
    assert_eq!(exchange.sent_names(), ["CCR 1"]);
    assert_eq!(exchange.told(), [checks(1, 2, true)]);
    exchange.receive(1, Message::Lpa);
    exchange.heard(2, true);
    assert_eq!(exchange.sent_names(), ["REL 1"]);
    assert_eq!(exchange.told(), [checks(1, 2, false)]);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
    assert_eq!(count(&exchange, "test_passed"), 1);
}

#[test]
fn q764_2_1_8_t26_repeats_it_until_continuity_is_found_and_the_staff_knows() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.wait(seconds(2) + seconds(5) + seconds(2));
    assert_eq!(exchange.sent_names(), ["COT 1", "CCR 1", "COT 1"]);
    let told = exchange.told();
    assert!(told.contains(&alarm(1, "continuity recheck failed")), "{told:?}");
    for check in 3..6 {
        exchange.wait(minutes(2) - seconds(1));
        assert_eq!(exchange.sent_names(), [""; 0]);
        exchange.wait(seconds(1));
        assert_eq!(exchange.sent_names(), ["CCR 1"]);
        assert_eq!(exchange.told(), [checks(1, check, true)]);
        exchange.wait(seconds(2));
        assert_eq!(exchange.sent(), [(1, cot(false))]);
        exchange.told();
    }
    exchange.wait(minutes(2));
    exchange.heard(6, true);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.sent_names(), ["CCR 1", "REL 1"]);
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q724_7_4_1_lpa_tells_when_the_loop_stands_and_t24_begins_then_once() {
    let mut exchange = checking();
    exchange.test(1).unwrap();
    for _ in 0..2 {
        exchange.wait(Duration::from_millis(1_500));
        exchange.receive(1, Message::Lpa);
    }
    assert_eq!(exchange.expired(TimerName::T24), 0);
    exchange.wait(Duration::from_millis(500));
    assert_eq!(exchange.expired(TimerName::T24), 1);
    // Nobody else has asked for a loop.
    exchange.receive(2, Message::Lpa);
    exchange.outgoing_on(3);
    exchange.receive(3, Message::Lpa);
    assert_eq!(exchange.isup.stats().unexpected, 3);
}

impl Exchange {
    fn outgoing_on(&mut self, cic: u16) {
        self.sent();
        assert_eq!(self.setup(Class::Emergency).1, cic);
    }
}

#[test]
fn one_call_in_eight_is_checked_and_the_first() {
    let mut config = config(1..=31, 0);
    config.groups[0].continuity = Continuity::OneInEight;
    let mut exchange = Exchange::with(config);
    for _ in 0..17 {
        exchange.setup(Class::Ordinary);
    }
    let asked = exchange.checks_asked();
    let checked: Vec<_> = (0..17).filter(|n| asked[*n] != ContinuityCheck::NOT_REQUIRED).collect();
    assert_eq!(checked, [0, 8, 16]);
}

#[test]
fn an_emergency_call_is_never_checked_and_takes_no_circuit_that_failed() {
    let mut exchange = checking();
    let (_, cic) = exchange.setup(Class::Emergency);
    assert_eq!(cic, 1);
    assert_eq!(exchange.checks_asked(), [ContinuityCheck::NOT_REQUIRED]);
    assert_eq!(exchange.told(), []);
    for cic in [3, 5, 7, 8, 6, 4] {
        assert_eq!(exchange.setup(Class::Ordinary).1, cic);
    }
    exchange.wait(seconds(2));
    assert_eq!(count(&exchange, "failed"), 6);
    assert_eq!(exchange.setup(Class::Emergency).1, 2, "the one that is idle");
    let refused = exchange.isup.setup(exchange.now, Class::Emergency, GROUP, iam());
    assert_eq!(refused, Err(SetupError::AllBusy));
}

#[test]
fn when_all_transceivers_are_in_use_calls_go_unchecked_and_are_counted() {
    let mut config = Config { transceivers: 2, ..config(1..=8, 0) };
    config.groups[0].continuity = Continuity::Always;
    let mut exchange = Exchange::with(config);
    for _ in 0..3 {
        exchange.setup(Class::Ordinary);
    }
    let [this, none] = [ContinuityCheck::THIS_CIRCUIT, ContinuityCheck::NOT_REQUIRED];
    assert_eq!(exchange.checks_asked(), [this, this, none]);
    assert_eq!(exchange.test(8), Err(TestError::NoTransceiver));
    assert_eq!(count(&exchange, "no_transceiver"), 2);
    exchange.heard(1, true);
    assert_eq!(exchange.test(8), Ok(()));
    // A recheck waits until one is free.
    exchange.wait(seconds(2));
    exchange.sent();
    assert_eq!(exchange.isup.checks(), 0);
    exchange.setup(Class::Ordinary);
    exchange.setup(Class::Ordinary);
    exchange.sent();
    exchange.wait(seconds(1));
    assert_eq!(exchange.test(8), Err(TestError::NoTransceiver));
}

#[test]
fn q764_2_1_8_cot_awaits_the_circuits_before_this_one() {
    let previous = {
        let iam = iam();
        let nature = iam.nature.with_continuity_check(ContinuityCheck::PREVIOUS_CIRCUIT);
        Iam { nature, ..iam }
    };
    // Unchecked by us, it says what it was told.
    let mut exchange = Exchange::new();
    let (call, cic) =
        exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, previous.clone()).unwrap();
    exchange.drain();
    assert_eq!((cic.0, exchange.checks_asked()), (1, vec![ContinuityCheck::PREVIOUS_CIRCUIT]));
    for expected in [&[(1, cot(true))][..], &[]] {
        exchange.isup.path_is_good(exchange.now, call);
        exchange.drain();
        assert_eq!(exchange.sent(), expected);
    }
    // Checked by us too, COT goes when both are good, whichever is the last.
    for tone_first in [true, false] {
        let mut exchange = checking();
        let setup = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, previous.clone());
        let (call, _) = setup.unwrap();
        exchange.drain();
        assert_eq!(exchange.checks_asked(), [ContinuityCheck::THIS_CIRCUIT]);
        for tone in [tone_first, !tone_first] {
            assert_eq!(exchange.sent(), []);
            if tone {
                exchange.heard(1, true);
            } else {
                exchange.isup.path_is_good(exchange.now, call);
                exchange.drain();
            }
        }
        assert_eq!(exchange.sent(), [(1, cot(true))]);
    }
}

#[test]
fn q724_7_4_2_a_peer_that_goes_on_without_cot_ends_the_check() {
    let backward = || BackwardCallIndicators::default();
    for message in [Message::from(acm()), Anm::new().into(), Con::new(backward()).into()] {
        let mut exchange = checking();
        let call = exchange.checked_call();
        exchange.receive(1, message);
        let told = exchange.told();
        assert_eq!(told.last(), Some(&checks(1, 1, false)));
        exchange.wait(seconds(2));
        exchange.heard(1, true);
        exchange.isup.path_is_good(exchange.now, call);
        exchange.drain();
        assert_eq!(exchange.sent_names(), [""; 0]);
        assert_eq!((count(&exchange, "ignored"), exchange.isup.calls()), (1, 1));
    }
}

#[test]
fn q764_2_1_8_a_caller_that_clears_during_the_check_ends_it() {
    let mut exchange = checking();
    let call = exchange.checked_call();
    exchange.release(call, Cause::NORMAL_CLEARING);
    assert_eq!(exchange.sent_names(), ["REL 1"]);
    assert_eq!(exchange.told(), [checks(1, 1, false)]);
    exchange.heard(1, true);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn whatever_ends_the_call_ends_the_check() {
    let ends: [(&str, Message); 5] = [
        ("RLC 1", rel(Cause::USER_BUSY).into()),
        ("RLC 1", Message::Rsc),
        ("BLA 1, REL 1", Message::Blo),
        ("", Message::Ucic),
        ("REL 1", Rlc::new().into()),
    ];
    for (answer, message) in ends {
        let mut exchange = checking();
        exchange.checked_call();
        exchange.receive(1, message);
        assert_eq!(exchange.sent_names().join(", "), answer);
        assert!(exchange.told().contains(&checks(1, 1, false)), "{answer}");
        assert_eq!(exchange.isup.checks(), 0);
        exchange.heard(1, true);
        exchange.wait(seconds(3));
        assert_eq!(exchange.expired(TimerName::T24), 0);
        assert_eq!(exchange.sent_names(), [""; 0]);
    }
    let mut exchange = checking();
    let call = exchange.checked_call();
    exchange.mtp(Indication::Pause { dpc: PEER });
    assert_eq!(exchange.told(), [lost(call), checks(1, 1, false), usable(false)]);
}

/// Q.764 §2.9.1.4: who does not control the circuit loops it for the other.
#[test]
fn q764_2_9_1_4_dual_seizure_of_checked_circuits() {
    let mut exchange = checking();
    let iam = || {
        let iam = iam();
        let nature = iam.nature.with_continuity_check(ContinuityCheck::THIS_CIRCUIT);
        Iam { nature, ..iam }
    };
    let call = exchange.checked_call();
    exchange.receive(1, iam());
    assert_eq!(exchange.told(), [], "it is ours");
    exchange.heard(1, true);
    assert_eq!(exchange.sent(), [(1, cot(true))]);
    exchange.told();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(1, Rlc::new());
    exchange.told();
    // Our own are used first.
    for _ in 0..4 {
        exchange.setup(Class::Ordinary);
    }
    let (call, cic) = exchange.setup(Class::Ordinary);
    assert_eq!(cic, 8);
    exchange.told();
    exchange.receive(8, iam());
    assert_eq!(
        exchange.told(),
        [lost(call), ended(call), checks(8, 6, false), looped(8, true)],
        "the tone gives way to the loop"
    );
    exchange.receive(8, cot(true));
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Incoming { .. }, Event::Loop { on: false, .. }]));
}

#[test]
fn a_tone_that_cannot_be_sent_is_a_check_that_failed() {
    let mut exchange = checking();
    let call = exchange.checked_call();
    exchange.heard(1, false);
    assert_eq!(exchange.sent(), [(1, cot(false))]);
    assert!(exchange.told().contains(&lost(call)));
}

#[test]
fn what_is_heard_of_a_check_that_is_over_means_nothing() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.heard(2, true);
    exchange.heard(0, false);
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.wait(seconds(2));
    exchange.sent();
    exchange.heard(1, true);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.state(1), "checking");
}

#[test]
fn q764_2_1_8_the_staff_has_a_circuit_tested_and_learns_the_result() {
    let mut exchange = Exchange::new();
    exchange.test(2).unwrap();
    assert_eq!(exchange.isup.tested(GROUP, Cic(2)), None);
    assert_eq!(exchange.sent_names(), ["CCR 2"]);
    assert_eq!(exchange.told(), [checks(2, 1, true)]);
    assert_eq!(exchange.test(2), Err(TestError::Busy));
    exchange.receive(2, Message::Lpa);
    exchange.heard(1, true);
    assert_eq!(exchange.told(), [tested(2, TestResult::Passed), checks(2, 1, false)]);
    assert_eq!(exchange.isup.tested(GROUP, Cic(2)), Some(TestResult::Passed));
    exchange.receive(2, Rlc::new());
    assert_eq!(exchange.sent_names(), ["REL 2"]);
    exchange.assert_quiet();
}

#[test]
fn a_circuit_that_fails_the_test_is_used_by_no_call_until_it_passes() {
    let mut exchange = Exchange::new();
    exchange.test(1).unwrap();
    exchange.told();
    exchange.wait(seconds(2));
    let failed = alarm(1, "continuity recheck failed");
    assert_eq!(exchange.told(), [failed, tested(1, TestResult::Failed), checks(1, 1, false)]);
    assert_eq!(exchange.sent_names(), ["CCR 1", "COT 1"]);
    assert_eq!(exchange.outgoing().1, 3);
    // The staff need not wait for the next check.
    exchange.test(1).unwrap();
    assert_eq!(exchange.told(), [checks(1, 2, true)]);
    exchange.heard(2, true);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.state(1), "idle");
}

#[test]
fn what_comes_before_the_result_of_a_test_is_told() {
    let cases: [(Message, TestResult, &str); 6] = [
        (iam().into(), TestResult::Overtaken, "incoming"),
        (Message::Rsc, TestResult::Overtaken, "idle"),
        (Message::Ucic, TestResult::Unequipped, "unavailable"),
        (rel(Cause::NORMAL_CLEARING).into(), TestResult::Refused, "idle"),
        // Circuit 2 is the peer's.
        (Message::Ccr, TestResult::Overtaken, "checking"),
        // It answers a call that we know nothing of, and to which CCR means nothing.
        (acm().into(), TestResult::Overtaken, "reset"),
    ];
    for (message, result, state) in cases {
        let mut exchange = Exchange::new();
        exchange.test(2).unwrap();
        exchange.told();
        exchange.receive(2, message);
        let told = exchange.told();
        assert!(told.contains(&tested(2, result)) && told.contains(&checks(2, 1, false)));
        assert_eq!(exchange.state(2), state);
        assert_eq!(exchange.isup.checks(), 0);
    }
}

#[test]
fn when_both_check_a_circuit_at_once_who_controls_it_goes_on() {
    let mut exchange = Exchange::new();
    exchange.test(1).unwrap();
    exchange.test(2).unwrap();
    exchange.sent();
    exchange.told();
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.told(), []);
    exchange.receive(2, Message::Ccr);
    let overtaken = tested(2, TestResult::Overtaken);
    assert_eq!(exchange.told(), [overtaken, checks(2, 2, false), looped(2, true)]);
    assert_eq!(exchange.sent_names(), ["LPA 2"]);
    exchange.heard(1, true);
    exchange.receive(1, Rlc::new());
    exchange.receive(2, rel(Cause::NORMAL_CLEARING));
    exchange.told();
    exchange.sent();
    exchange.assert_quiet();
}

#[test]
fn a_circuit_that_failed_passes_a_check_of_the_peer_as_well() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.wait(seconds(2));
    exchange.sent();
    exchange.told();
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.sent_names(), ["LPA 1"]);
    assert_eq!(exchange.told(), [looped(1, true)]);
    exchange.receive(1, cot(true));
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn ccr_that_crosses_an_iam_leaves_the_call_alone() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    exchange.receive(cic, Message::Ccr);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.state(cic), "outgoing");
}

#[test]
fn a_circuit_that_failed_waits_for_a_peer_that_cannot_be_reached() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.wait(seconds(2));
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.sent();
    exchange.wait(minutes(1));
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.test(1), Err(TestError::Unreachable));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.wait(seconds(5));
    assert_eq!(exchange.sent_names(), ["CCR 1"]);
}

/// The COT that told of the failure was lost, and the peer's T8 releases.
#[test]
fn a_release_does_not_make_a_failed_circuit_good() {
    let mut exchange = checking();
    exchange.checked_call();
    exchange.wait(seconds(2));
    exchange.sent();
    exchange.receive(1, rel(Cause::TEMPORARY_FAILURE));
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    assert_eq!(exchange.state(1), "checking");
    exchange.wait(seconds(5));
    exchange.receive(1, rel(Cause::TEMPORARY_FAILURE));
    assert_eq!(exchange.sent_names(), ["CCR 1", "RLC 1"]);
    assert_eq!((exchange.state(1), exchange.isup.checks()), ("checking", 0));
    exchange.wait(minutes(2));
    assert_eq!(exchange.sent_names(), ["CCR 1"]);
}

#[test]
fn there_is_no_test_of_what_is_in_use_or_not_there() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    exchange.incoming(2);
    assert_eq!(exchange.test(cic), Err(TestError::Busy));
    assert_eq!(exchange.test(2), Err(TestError::Busy));
    assert_eq!(exchange.test(9), Err(TestError::NoSuchCircuit));
    let (group, cic) = (GroupId(1), Cic(1));
    assert_eq!(exchange.isup.test(exchange.now, group, cic), Err(TestError::NoSuchCircuit));
    // A blocked one can be tested, and stays blocked.
    exchange.receive(4, Message::Blo);
    assert_eq!(exchange.test(4), Ok(()));
    exchange.heard(1, true);
    exchange.receive(4, Rlc::new());
    assert_eq!(exchange.state(4), "blocked");
}

/// Q.764 §2.8.2: blocking for maintenance is for test calls; blocking for a failure leaves nothing
/// to be tested.
#[test]
fn there_is_no_test_of_what_has_failed_or_is_not_at_the_peer() {
    let mut exchange = Exchange::new();
    exchange.bearers([1], false);
    assert_eq!(exchange.test(1), Err(TestError::BlockedForFailure));
    exchange.receive(3, Message::Ucic);
    assert_eq!(exchange.test(3), Err(TestError::Unequipped));
    assert_eq!(exchange.isup.checks(), 0);
}

#[test]
fn a_tone_that_could_not_be_sent_says_so() {
    let mut exchange = Exchange::new();
    exchange.test(2).unwrap();
    exchange.told();
    exchange.heard(1, false);
    let failed = alarm(2, "continuity recheck failed");
    assert_eq!(exchange.told(), [failed, tested(2, TestResult::Unsent), checks(2, 1, false)]);
    assert_eq!(exchange.state(2), "checking");
}
