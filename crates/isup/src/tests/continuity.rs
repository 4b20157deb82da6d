//! Q.764 §2.1.8: continuity check, incoming side.

use super::*;
use isup_codec::{ContinuityCheck, Cot};

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
