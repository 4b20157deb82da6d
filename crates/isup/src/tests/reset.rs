//! Q.764 §2.9.3: reset of circuits.

use super::*;
use isup_codec::{Anm, Cgba, Cgua, Grs, Range, SupervisionType};

fn range(circuits: usize) -> Range {
    Range::of(circuits).unwrap()
}

fn gra(circuits: usize, blocked: &[usize]) -> Gra {
    Gra { status: RangeStatus::new(range(circuits), |position| blocked.contains(&position)) }
}

fn grs(circuits: usize) -> Grs {
    Grs { range: range(circuits) }
}

#[test]
fn q764_2_9_3_every_circuit_is_reset_when_the_peer_is_first_reached() {
    // The circuits of an E1 with a signalling time slot, another E1, and one alone.
    let cics = (1..=15).chain(17..=31).chain(33..=63).chain([100]);
    let mut exchange = Exchange::cold(config(cics, 0));
    assert!(exchange.isup.circuits().all(|circuit| circuit.state == "reset"));
    assert!(!exchange.isup.is_usable(GROUP));
    exchange.mtp(Indication::Resume { dpc: PEER });
    let expected: [(u16, Message); 4] =
        [(1, grs(15).into()), (17, grs(15).into()), (33, grs(31).into()), (100, Message::Rsc)];
    assert_eq!(exchange.sent(), expected);
    assert_eq!(exchange.told(), []);
    exchange.receive(17, gra(15, &[2]));
    assert_eq!(exchange.told(), [usable(true)]);
    assert_eq!(exchange.state(16 + 1), "idle");
    assert_eq!(exchange.state(19), "blocked");
    assert_eq!(exchange.state(1), "reset");
    exchange.receive(1, gra(15, &[]));
    exchange.receive(33, gra(31, &[]));
    exchange.receive(100, Rlc::new());
    exchange.receive(19, Message::Ubl);
    assert_eq!(exchange.sent_names(), ["UBA 19"]);
    // A second MTP-RESUME resets nothing.
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.told(), [usable(false), usable(true)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_2_few_resets_are_outstanding_at_once() {
    let mut exchange = Exchange::cold(config(1..=320, 0));
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["GRS 1", "GRS 33", "GRS 65", "GRS 97"]);
    exchange.receive(33, gra(32, &[]));
    assert_eq!(exchange.sent_names(), ["GRS 129"]);
    exchange.receive(33, gra(32, &[]));
    assert_eq!(exchange.isup.stats().unmatched, 1);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn q764_2_9_3_2_a_reset_is_repeated_by_t22_and_reported_by_t23() {
    let mut exchange = Exchange::cold(config(1..=8, 0));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.wait(minutes(5));
    assert_eq!(exchange.sent_names().len(), 1 + 20);
    assert_eq!(exchange.told(), [alarm(1, "no circuit group reset acknowledgement")]);
    exchange.wait(minutes(5));
    assert_eq!(exchange.sent_names(), ["GRS 1"]);
    // An answer to another question is none.
    exchange.receive(1, gra(7, &[]));
    assert_eq!(exchange.state(1), "reset");
    exchange.receive(1, gra(8, &[]));
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_calls_on_a_circuit_being_reset_are_discarded() {
    let mut exchange = Exchange::cold(config(1..=8, 0));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.sent();
    exchange.receive(1, iam());
    exchange.receive(2, Anm::new());
    assert_eq!(exchange.sent_names(), [""; 0]);
    // But what the peer asks is answered: it may have started at the same time.
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    exchange.receive(2, Message::Rsc);
    exchange.receive(1, grs(8));
    assert_eq!(exchange.sent_names(), ["RLC 1", "RLC 2", "GRA 1"]);
    assert_eq!(exchange.state(1), "reset");
    exchange.receive(1, gra(8, &[]));
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_1_the_peer_resets_a_talking_circuit() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.receive(cic, Anm::new());
    exchange.told();
    exchange.receive(cic, Message::Rsc);
    let reset = failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
    assert_eq!(exchange.told(), [reset, ended(call)]);
    assert_eq!(exchange.sent_names(), [format!("RLC {cic}")]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_1_the_peer_resets_a_circuit_that_we_release() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(cic, Message::Rsc);
    assert_eq!(exchange.sent_names(), [format!("REL {cic}"), format!("RLC {cic}")]);
    // The peer answers our REL too; a call begun now would be hit by that answer.
    assert_eq!(exchange.told(), []);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_2_the_peer_resets_a_group() {
    let mut exchange = Exchange::new();
    let (setting_up, _) = exchange.outgoing();
    let incoming = exchange.incoming(2);
    exchange.receive(5, Message::Blo);
    exchange.sent();
    exchange.receive(1, grs(6));
    assert_eq!(exchange.sent(), [(1, gra(6, &[]).into())]);
    let reset = failed(incoming, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
    let expected = [lost(setting_up), ended(setting_up), reset, ended(incoming)];
    assert_eq!(exchange.told(), expected);
    // Its blocking is forgotten with the rest.
    exchange.assert_quiet();
}

/// Found where an exchange started while its peer placed calls: the calls fled from group to group
/// before the resets of all circuits until they had no attempt left.
#[test]
fn a_call_lost_to_a_reset_goes_on_with_the_circuit_that_was_reset() {
    let mut exchange = Exchange::new();
    let again = |exchange: &mut Exchange, lost: &[Cic]| {
        let seized = exchange.isup.setup_again(exchange.now, Class::Ordinary, GROUP, iam(), lost);
        exchange.drain();
        exchange.told();
        exchange.sent();
        seized.map(|(_, cic)| cic)
    };
    let (_, cic) = exchange.outgoing();
    let cic = Cic(cic);
    exchange.receive(1, grs(8));
    assert_eq!(again(&mut exchange, &[cic]), Ok(cic));
    // The second time it is no use, whatever the reason.
    exchange.receive(1, grs(8));
    let other = again(&mut exchange, &[cic, cic]).unwrap();
    assert_ne!(other, cic);
    // What was lost to something else is barred: a reset of that circuit alone, a release.
    exchange.receive(other.0, Message::Rsc);
    exchange.told();
    exchange.sent();
    assert_ne!(again(&mut exchange, &[other]), Ok(other));
}

#[test]
fn q764_2_9_3_2_a_reset_of_too_many_circuits_is_discarded() {
    let mut exchange = Exchange::with(config(1..=64, 0));
    exchange.receive(1, grs(33));
    assert_eq!(exchange.isup.stats().malformed, 1);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_2_what_we_blocked_for_maintenance_is_told_in_the_acknowledgement() {
    let mut exchange = Exchange::new();
    exchange.operate_one(3, Operation::Block);
    exchange.receive(3, Message::Bla);
    exchange.sent();
    exchange.receive(1, grs(8));
    assert_eq!(exchange.sent(), [(1, gra(8, &[2]).into())]);
    exchange.receive(3, Message::Rsc);
    assert_eq!(exchange.sent_names(), ["BLO 3", "RLC 3"]);
}

#[test]
fn q764_2_9_3_what_we_blocked_for_a_failure_is_blocked_again() {
    let mut exchange = Exchange::new();
    exchange.bearers(1..=4, false);
    let sent = exchange.sent();
    let [(1, Message::Cgb(cgb))] = &sent[..] else { panic!("{sent:?}") };
    let cgba = Cgba { kind: cgb.kind, status: cgb.status.clone() };
    exchange.receive(1, cgba);
    exchange.receive(3, Message::Rsc);
    assert_eq!(exchange.sent_names(), ["RLC 3", "CGB 3"]);
    // What is not acknowledged yet is repeated anyway.
    exchange.receive(1, grs(8));
    assert_eq!(exchange.sent_names(), ["GRA 1", "CGB 1", "CGB 4"]);
}

#[test]
fn q764_2_9_3_1_rsc_is_repeated_by_t16_and_reported_by_t17() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    assert_eq!(exchange.operate_one(1, Operation::Reset), 1);
    assert_eq!(exchange.operate_one(1, Operation::Reset), 0);
    assert_eq!(exchange.operate_one(99, Operation::Reset), 0);
    let reset = failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
    assert_eq!(exchange.told(), [reset, ended(call)]);
    exchange.wait(minutes(5));
    assert_eq!(exchange.sent_names().len(), 1 + 20);
    assert_eq!(exchange.told(), [alarm(1, "no acknowledgement of circuit reset")]);
    exchange.wait(minutes(5));
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
    exchange.receive(1, Rlc::new());
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_1_what_the_peer_blocked_is_forgotten_and_what_we_blocked_is_not() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Message::Blo);
    exchange.operate_one(1, Operation::Block);
    exchange.receive(1, Message::Bla);
    exchange.operate_one(1, Operation::Reset);
    assert_eq!(exchange.sent_names(), ["BLA 1", "BLO 1", "RSC 1"]);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.sent_names(), ["BLO 1"]);
    exchange.receive(1, Message::Bla);
    exchange.operate_one(1, Operation::Unblock);
    exchange.receive(1, Message::Uba);
    assert_eq!(exchange.sent_names(), ["UBL 1"]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_12_unequipped_circuits_leave_a_group_reset() {
    let mut exchange = Exchange::cold(config(1..=4, 0));
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["GRS 1"]);
    exchange.receive(1, Message::Ucic);
    assert_eq!(exchange.state(1), "unavailable");
    // The others are reset without it.
    assert_eq!(exchange.sent(), [(2, grs(3).into())]);
    exchange.receive(2, gra(3, &[]));
    assert_eq!(exchange.isup.poll_timeout(), None);
    // After the peer has been away the circuit may be there.
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
    exchange.receive(1, Rlc::new());
    exchange.told();
    exchange.assert_quiet();
}

/// Found by the simulated world: messages for several circuits and for one take different links.
#[test]
fn q764_2_9_3_1_blocking_that_overtook_the_reset_is_taken_back() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(4);
    exchange.bearers(1..=8, false);
    assert!(exchange.sent_names().contains(&"CGB 1".to_owned()));
    // REL stays unanswered: the circuit is reset.
    exchange.wait(minutes(5));
    exchange.bearers(1..=8, true);
    exchange.sent();
    assert_eq!(exchange.state(4), "reset");
    let status = RangeStatus::new(range(8), |_| true);
    exchange.receive(1, Cgba { kind: SupervisionType::HARDWARE, status });
    // All but circuit 4, of which nobody can say what the peer heard last.
    assert_eq!(exchange.sent_names(), ["CGU 1", "CGU 5"]);
    exchange.receive(4, Rlc::new());
    assert_eq!(exchange.sent_names(), ["CGU 4"]);
    let status = RangeStatus::new(range(2), |position| position == 0);
    exchange.receive(4, Cgua { kind: SupervisionType::HARDWARE, status });
    assert_eq!(exchange.state(4), "idle");
    assert!(exchange.told().contains(&ended(call)));
}
