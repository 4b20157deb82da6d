//! Q.764 §2.3, §2.9.6: release, its repetition and its failure.

use super::*;
use isup_codec::key;

#[test]
fn q764_2_3_1_a_second_release_of_a_call_changes_nothing() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.release(call, Cause::USER_BUSY);
    assert_eq!(exchange.sent(), [(cic, rel(Cause::NORMAL_CLEARING).into())]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    // The handle is dead.
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.assert_quiet();
}

#[test]
fn q764_2_3_1_a_release_before_any_answer_is_a_release() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, rel(Cause::USER_BUSY).with(key::AUTOMATIC_CONGESTION_LEVEL, &1));
    let busy = Event::Released {
        call,
        cause: cause(Cause::USER_BUSY),
        congestion_level: Some(1),
        by: ReleasedBy::Peer,
    };
    let congested = Event::Congestion { group: GROUP, held_back: 25, worse: true };
    assert_eq!(exchange.told(), [congested, busy, ended(call)]);
    assert_eq!(exchange.sent_names(), [format!("RLC {cic}")]);
    exchange.wait(seconds(5));
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_3_1_e_releases_that_cross_are_both_acknowledged() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), [format!("REL {cic}"), format!("RLC {cic}")]);
    // Ours is still to be acknowledged, and nobody is told twice.
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.state(cic), "releasing");
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_6_release_is_repeated_by_t1_and_given_up_by_t5() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.wait(minutes(5) - seconds(1));
    let repeated = exchange.sent();
    assert_eq!(repeated.len(), 20);
    assert!(repeated.iter().all(|sent| *sent == (cic, rel(Cause::NORMAL_CLEARING).into())));
    assert_eq!(exchange.told(), []);
    exchange.wait(seconds(1));
    // The call is no longer held for the circuit's sake.
    assert_eq!(exchange.told(), [alarm(cic, "no release complete"), ended(call)]);
    assert_eq!(exchange.isup.calls(), 0);
    assert_eq!(exchange.sent_names().last().unwrap(), &format!("RSC {cic}"));
    assert_eq!(exchange.state(cic), "reset");
    exchange.wait(minutes(10));
    assert_eq!(exchange.sent_names(), [format!("RSC {cic}"), format!("RSC {cic}")]);
    let again = alarm(cic, "no acknowledgement of circuit reset");
    assert_eq!(exchange.told(), [again.clone(), again]);
    exchange.receive(cic, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn q764_2_11_every_repetition_carries_the_congestion_level() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.isup.set_congestion_level(Some(2));
    exchange.release(call, Cause::SWITCHING_EQUIPMENT_CONGESTION);
    exchange.isup.set_congestion_level(None);
    exchange.wait(seconds(15));
    let rel = rel(Cause::SWITCHING_EQUIPMENT_CONGESTION).with(key::AUTOMATIC_CONGESTION_LEVEL, &2);
    assert_eq!(exchange.sent(), [(cic, rel.clone().into()), (cic, rel.into())]);
}

#[test]
fn q764_2_9_5_1_c_a_release_of_an_idle_circuit_is_acknowledged() {
    let mut exchange = Exchange::new();
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_3_1_a_release_while_digits_are_collected() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Iam { called: number("19", false), ..iam() });
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_1_an_iam_on_a_circuit_being_released_is_discarded() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.sent();
    exchange.receive(cic, iam());
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.isup.stats().unexpected, 1);
}
