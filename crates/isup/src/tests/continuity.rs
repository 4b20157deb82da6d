//! Q.764 §2.1.8: continuity check, incoming side.

use super::*;
use isup_codec::{Anm, ContinuityCheck, Cot, Cpg};

fn checked(check: ContinuityCheck) -> Iam {
    let iam = iam();
    Iam { nature: iam.nature.with_continuity_check(check), ..iam }
}

fn looped(on: bool) -> Event {
    Event::Loop { group: GROUP, cic: Cic(1), on }
}

fn cot(successful: bool) -> Cot {
    Cot { successful }
}

#[test]
fn q764_2_1_8_the_call_waits_for_a_successful_check_of_this_circuit() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    assert_eq!(exchange.told(), [looped(true)]);
    exchange.receive(1, cot(true));
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Incoming { .. }, Event::Loop { on: false, .. }]));
    assert_eq!(exchange.isup.poll_timeout(), None);
}

#[test]
fn q764_2_1_8_the_call_waits_for_a_successful_check_of_a_previous_circuit() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::PREVIOUS_CIRCUIT));
    assert_eq!(exchange.told(), []);
    exchange.receive(1, cot(true));
    assert!(matches!(&exchange.told()[..], [Event::Incoming { .. }]));
}

#[test]
fn q764_2_1_8_t8_releases_with_41() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    exchange.wait(seconds(12));
    let sent = exchange.sent();
    let [(1, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::TEMPORARY_FAILURE);
    assert_eq!(exchange.told(), [looped(true), looped(false)]);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_8_a_failed_check_is_repeated_until_it_succeeds() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    exchange.receive(1, cot(false));
    assert_eq!(exchange.state(1), "checking");
    for _ in 0..2 {
        exchange.receive(1, Message::Ccr);
        assert_eq!(exchange.sent_names(), ["LPA 1"]);
        exchange.receive(1, cot(false));
    }
    exchange.receive(1, Message::Ccr);
    exchange.receive(1, cot(true));
    assert_eq!(exchange.sent_names(), ["LPA 1"]);
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_8_a_recheck_that_is_not_taken_up_ends_in_a_reset() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    exchange.receive(1, cot(false));
    exchange.told();
    exchange.wait(minutes(4));
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
    assert_eq!(exchange.told(), [alarm(1, "continuity recheck not completed")]);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_8_an_idle_circuit_is_checked_on_request() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.sent_names(), ["LPA 1"]);
    assert_eq!(exchange.told(), [looped(true)]);
    // Meanwhile no call uses it.
    assert_eq!(exchange.outgoing().1, 3);
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    assert_eq!(exchange.told(), [looped(false)]);
    exchange.receive(1, Message::Ccr);
    exchange.wait(seconds(10));
    assert_eq!(exchange.expired(TimerName::T36), 1);
    assert_eq!(exchange.state(1), "reset");
}

#[test]
fn q764_2_1_8_a_failed_check_of_a_previous_circuit_ends_the_call() {
    let mut exchange = Exchange::new();
    exchange.receive(1, checked(ContinuityCheck::PREVIOUS_CIRCUIT));
    exchange.receive(1, cot(false));
    assert_eq!(exchange.sent_names(), ["REL 1"]);
}

#[test]
fn q764_2_1_8_our_own_calls_ask_for_no_check() {
    let mut exchange = Exchange::new();
    let iam = checked(ContinuityCheck::THIS_CIRCUIT);
    exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam).unwrap();
    exchange.drain();
    let sent = exchange.sent();
    let [(_, Message::Iam(iam))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(iam.nature.continuity_check(), ContinuityCheck::NOT_REQUIRED);
}

#[test]
fn q764_2_1_8_a_check_that_was_not_announced_does_not_hurt() {
    let mut exchange = Exchange::new();
    exchange.incoming(1);
    exchange.receive(1, cot(true));
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.state(1), "incoming");
    exchange.receive(2, cot(true));
    assert_eq!(exchange.sent_names(), ["RSC 2"]);
}

fn without_loops() -> Exchange {
    let mut config = config(1..=8, 0);
    config.groups[0].has_loop = false;
    Exchange::with(config)
}

fn refused(exchange: &Exchange) -> u64 {
    exchange.isup.stats().checks.get("no_loop").copied().unwrap_or_default()
}

/// The peer finds no loop and would check the circuit for ever.
#[test]
fn a_check_of_a_circuit_without_a_loop_is_refused_and_the_circuit_stays_in_service() {
    let mut exchange = without_loops();
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    let sent = exchange.sent();
    let [(1, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
    assert_eq!(exchange.told(), []);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
    assert_eq!(refused(&exchange), 1);
    // A COT that crosses REL changes nothing.
    exchange.receive(1, checked(ContinuityCheck::THIS_CIRCUIT));
    exchange.receive(1, cot(false));
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.sent_names(), ["REL 1"]);
    exchange.assert_quiet();
    // Calls without a check go through, and those that wait for one further back.
    exchange.receive(1, checked(ContinuityCheck::PREVIOUS_CIRCUIT));
    exchange.receive(1, cot(true));
    assert!(matches!(exchange.told()[..], [Event::Incoming { .. }]));
}

#[test]
fn a_circuit_without_a_loop_that_the_peer_has_given_up_is_reset_by_its_ccr() {
    let mut exchange = without_loops();
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
    assert_eq!(exchange.state(1), "reset");
    // One that comes again before the reset is acknowledged is no news.
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.told(), []);
    exchange.assert_quiet();
    assert_eq!(refused(&exchange), 1);
}

/// Both ends: one checks, the other has no loop. The circuit that failed comes back.
#[test]
fn a_peer_of_ours_has_its_circuit_back_when_we_reset_it() {
    let mut checking = Exchange::new();
    checking.isup.test(checking.now, GROUP, Cic(1)).unwrap();
    checking.drain();
    checking.wait(seconds(2));
    assert_eq!(checking.state(1), "checking");
    checking.sent();
    checking.wait(seconds(5));
    assert_eq!(checking.sent_names(), ["CCR 1"]);
    checking.receive(1, Message::Rsc);
    assert_eq!(checking.sent_names(), ["RLC 1"]);
    checking.told();
    checking.assert_quiet();
}

/// An emergency call whose IAM asks for a check of circuit 1, where there is no loop.
fn unlooped() -> (Exchange, CallId) {
    let mut exchange = without_loops();
    let urgent =
        Iam { category: CallingPartysCategory::PRIORITY, ..checked(ContinuityCheck::THIS_CIRCUIT) };
    exchange.receive(1, urgent);
    // The check ends with what comes backward, so that comes at once.
    assert_eq!(exchange.sent_names(), ["ACM 1"]);
    let told = exchange.told();
    let [Event::Incoming { call, .. }] = &told[..] else { panic!("{told:?}") };
    let (call, counted) = (*call, exchange.isup.stats().checks.get("gone_without").copied());
    assert_eq!((counted, refused(&exchange)), (Some(1), 0));
    (exchange, call)
}

#[test]
fn an_emergency_call_goes_on_without_a_check_that_cannot_pass() {
    let (mut exchange, call) = unlooped();
    exchange.backward(call, crate::Backward::AddressComplete(acm()));
    exchange.backward(call, crate::Backward::Answer(Anm::new()));
    let sent = exchange.sent();
    assert!(matches!(&sent[..], [(1, Message::Cpg(Cpg { .. })), (1, Message::Anm(_))]), "{sent:?}");
    // It has come back after all, by a loop of which nobody here knows.
    exchange.receive(1, cot(true));
    assert_eq!(exchange.state(1), "incoming");
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    exchange.told();
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    exchange.assert_quiet();
}

#[test]
fn an_emergency_call_whose_check_fails_at_the_peer_ends_and_its_circuit_comes_back() {
    for cot_arrives in [true, false] {
        let (mut exchange, call) = unlooped();
        let mut cause = Cause::NORMAL_UNSPECIFIED;
        let mut by = ReleasedBy::Reset;
        if cot_arrives {
            exchange.receive(1, cot(false));
            assert_eq!(exchange.state(1), "checking");
            (cause, by) = (Cause::TEMPORARY_FAILURE, ReleasedBy::Peer);
        }
        exchange.receive(1, Message::Ccr);
        assert_eq!(exchange.told(), [failed(call, cause, by), ended(call)]);
        assert_eq!(exchange.sent_names(), ["RSC 1"]);
        exchange.receive(1, Rlc::new());
        exchange.told();
        exchange.assert_quiet();
    }
}

/// Its number is not whole yet when the check fails.
#[test]
fn an_emergency_call_that_waits_for_digits_ends_with_its_check() {
    let mut exchange = without_loops();
    let urgent = Iam {
        category: CallingPartysCategory::PRIORITY,
        called: number("19", false),
        ..checked(ContinuityCheck::THIS_CIRCUIT)
    };
    exchange.receive(1, urgent);
    exchange.receive(1, cot(false));
    assert_eq!((exchange.state(1), exchange.told()), ("checking", Vec::new()));
    exchange.receive(1, Message::Ccr);
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
}

/// Found by random histories: an answer was lost, and the caller's exchange reset and seized the
/// circuit again. Its test of it would go on for as long as the call here.
#[test]
fn a_circuit_that_the_peer_tests_twice_during_a_call_is_reset() {
    for answered in [true, false] {
        let mut exchange = Exchange::new();
        let call = exchange.incoming(1);
        exchange.backward(call, crate::Backward::AddressComplete(acm()));
        if answered {
            exchange.backward(call, crate::Backward::Answer(Anm::new()));
        }
        exchange.sent();
        exchange.receive(1, Message::Ccr);
        assert_eq!((exchange.state(1), exchange.sent_names()), ("incoming", Vec::new()));
        exchange.receive(1, Message::Ccr);
        assert_eq!(exchange.sent_names(), ["RSC 1"]);
        let reset = failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
        assert_eq!(exchange.told(), [reset, ended(call)]);
    }
}
