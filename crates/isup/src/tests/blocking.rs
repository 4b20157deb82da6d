//! Q.764 §2.8.2: blocking by either side, for maintenance and for failures; §2.8.3: query.

use super::*;
use isup_codec::{
    Anm, Cgb, Cgba, Cgu, Cgua, CircuitState, CircuitStates, Cqm, Cqr, Range, SupervisionType,
};

const MAINTENANCE: SupervisionType = SupervisionType::MAINTENANCE;
const HARDWARE: SupervisionType = SupervisionType::HARDWARE;

fn status(circuits: usize, marked: &[usize]) -> RangeStatus {
    RangeStatus::new(Range::of(circuits).unwrap(), |position| marked.contains(&position))
}

fn block(exchange: &mut Exchange, cic: u16) {
    exchange.operate_one(cic, Operation::Block);
}

fn unblock(exchange: &mut Exchange, cic: u16) {
    exchange.operate_one(cic, Operation::Unblock);
}

#[test]
fn q764_2_8_2_1_a_call_goes_on_while_the_peer_blocks_its_circuit_for_maintenance() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.told();
    exchange.receive(cic, Message::Blo);
    assert_eq!(exchange.sent_names(), [format!("BLA {cic}")]);
    exchange.receive(cic, Anm::new());
    assert!(matches!(exchange.told()[..], [Event::Answer { .. }]));
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.state(cic), "blocked");
    exchange.receive(cic, Message::Ubl);
    assert_eq!(exchange.sent_names(), [format!("RLC {cic}"), format!("UBA {cic}")]);
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_1_we_block_and_unblock_for_maintenance() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    block(&mut exchange, 1);
    block(&mut exchange, 1);
    assert_eq!(exchange.sent_names(), ["BLO 1"]);
    exchange.wait(seconds(15));
    assert_eq!(exchange.sent_names(), ["BLO 1"]);
    exchange.receive(1, Message::Bla);
    // The call on it is not touched.
    assert_eq!(exchange.told(), []);
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.state(1), "blocked");
    unblock(&mut exchange, 1);
    exchange.wait(seconds(15));
    assert_eq!(exchange.sent_names(), ["REL 1", "UBL 1", "UBL 1"]);
    // Until the acknowledgement we do not seize it, but the peer may.
    assert_eq!(exchange.state(1), "blocked");
    exchange.receive(1, Message::Uba);
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_1_blocking_without_acknowledgement_is_reported() {
    let mut exchange = Exchange::new();
    block(&mut exchange, 1);
    exchange.wait(minutes(10));
    let what = alarm(1, "no blocking acknowledgement");
    assert_eq!(exchange.told(), [what.clone(), what]);
    assert_eq!(exchange.sent_names().len(), 1 + 20 + 1);
    // Acknowledgements do not say what they are for: one thing is asked at a time.
    unblock(&mut exchange, 1);
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.receive(1, Message::Bla);
    assert_eq!(exchange.sent_names(), ["UBL 1"]);
    exchange.wait(minutes(5));
    assert_eq!(exchange.told(), [alarm(1, "no unblocking acknowledgement")]);
    exchange.sent();
    exchange.receive(1, Message::Uba);
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_3_an_iam_on_a_circuit_that_we_blocked_is_discarded_and_the_peer_told_again() {
    let mut exchange = Exchange::new();
    block(&mut exchange, 1);
    exchange.receive(1, Message::Bla);
    exchange.sent();
    exchange.receive(1, iam());
    assert_eq!(exchange.sent_names(), ["BLO 1"]);
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.state(1), "blocked");
}

#[test]
fn q764_2_8_2_3_an_iam_on_a_circuit_that_the_peer_blocked_unblocks_it() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Message::Blo);
    exchange.sent();
    exchange.incoming(1);
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    exchange.sent();
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_1_an_acknowledgement_that_fits_no_state_shows_that_the_peer_is_wrong() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Message::Bla);
    assert_eq!(exchange.sent_names(), ["UBL 1"]);
    exchange.receive(1, Message::Uba);
    exchange.receive(1, Message::Uba);
    assert_eq!(exchange.sent_names(), [""; 0]);
    block(&mut exchange, 1);
    exchange.receive(1, Message::Bla);
    exchange.receive(1, Message::Bla);
    exchange.receive(1, Message::Uba);
    assert_eq!(exchange.sent_names(), ["BLO 1", "BLO 1"]);
}

#[test]
fn q764_2_8_2_2_the_peer_blocks_a_group_for_maintenance() {
    let mut exchange = Exchange::new();
    let incoming = exchange.incoming(2);
    let (setting_up, _) = exchange.outgoing();
    exchange.receive(1, Cgb { kind: MAINTENANCE, status: status(4, &[0, 1]) });
    let ack = Cgba { kind: MAINTENANCE, status: status(4, &[0, 1]) };
    let sent = exchange.sent();
    assert_eq!(sent.len(), 2);
    assert!(matches!(&sent[0], (1, Message::Rel(_))));
    assert_eq!(sent[1], (1, ack.into()));
    assert_eq!(exchange.told(), [lost(setting_up)]);
    exchange.release(incoming, Cause::NORMAL_CLEARING);
    exchange.receive(2, Rlc::new());
    exchange.receive(1, Rlc::new());
    assert_eq!(
        (exchange.state(1), exchange.state(2), exchange.state(3)),
        ("blocked", "blocked", "idle")
    );
    exchange.sent();
    // A failure beside it is another matter.
    exchange.receive(1, Cgb { kind: HARDWARE, status: status(2, &[0]) });
    exchange.receive(1, Cgu { kind: MAINTENANCE, status: status(4, &[0, 1]) });
    let ack = Cgua { kind: MAINTENANCE, status: status(4, &[0, 1]) };
    assert_eq!(exchange.sent().last(), Some(&(1, ack.into())));
    assert_eq!((exchange.state(1), exchange.state(2)), ("blocked", "idle"));
}

#[test]
fn q764_2_8_2_2_the_peer_blocks_a_group_for_a_failure() {
    let mut exchange = Exchange::new();
    let (setting_up, _) = exchange.outgoing();
    let incoming = exchange.incoming(2);
    exchange.receive(1, Cgb { kind: HARDWARE, status: status(2, &[0, 1]) });
    let gone = failed(incoming, Cause::NO_CIRCUIT_AVAILABLE, ReleasedBy::Blocking);
    assert_eq!(exchange.told(), [lost(setting_up), gone]);
    assert_eq!(exchange.sent_names(), ["REL 1", "REL 2", "CGBA 1"]);
    exchange.receive(1, Rlc::new());
    exchange.receive(2, Rlc::new());
    assert_eq!(exchange.told(), [ended(setting_up), ended(incoming)]);
    assert_eq!(exchange.isup.poll_timeout(), None);
    exchange.receive(1, Cgu { kind: HARDWARE, status: status(2, &[0, 1]) });
    assert_eq!(exchange.sent_names(), ["CGUA 1"]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_2_circuits_that_we_do_not_have_are_left_out() {
    let mut exchange = Exchange::new();
    exchange.receive(8, Cgb { kind: MAINTENANCE, status: status(3, &[0, 1, 2]) });
    let ack = Cgba { kind: MAINTENANCE, status: status(3, &[0]) };
    assert_eq!(exchange.sent(), [(8, ack.into())]);
    exchange.receive(9, Cgb { kind: MAINTENANCE, status: status(3, &[0]) });
    assert_eq!(exchange.sent_names(), ["UCIC 9"]);
    exchange.receive(1, Cgb { kind: SupervisionType(2), status: status(3, &[0]) });
    assert_eq!(exchange.isup.stats().malformed, 1);
}

#[test]
fn q764_2_8_2_2_a_span_fails_and_comes_back() {
    let mut exchange = Exchange::with(config(1..=31, 0));
    let talking = exchange.incoming(2);
    exchange.backward(talking, crate::Backward::Answer(Anm::new()));
    exchange.sent();
    let (setting_up, _) = exchange.outgoing();
    exchange.bearers(1..=31, false);
    let sent = exchange.sent();
    assert_eq!(sent.len(), 3);
    assert!(matches!(&sent[0], (1, Message::Rel(_))));
    assert!(
        matches!(&sent[1], (2, Message::Rel(rel)) if rel.cause.cause == Cause::TEMPORARY_FAILURE)
    );
    let all: Vec<_> = (0..31).collect();
    assert_eq!(sent[2], (1, Cgb { kind: HARDWARE, status: status(31, &all) }.into()));
    let gone = failed(talking, Cause::TEMPORARY_FAILURE, ReleasedBy::Blocking);
    assert_eq!(exchange.told(), [lost(setting_up), gone, usable(false)]);
    exchange.receive(1, Rlc::new());
    exchange.receive(2, Rlc::new());
    exchange.wait(seconds(15));
    assert_eq!(exchange.sent_names(), ["CGB 1"]);
    // An acknowledgement of less is none.
    exchange.receive(1, Cgba { kind: HARDWARE, status: status(31, &[0]) });
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: status(31, &all) });
    assert_eq!(exchange.isup.stats().unmatched, 2);
    exchange.receive(1, Cgba { kind: HARDWARE, status: status(31, &all) });
    assert_eq!(exchange.isup.poll_timeout(), None);
    exchange.bearers(1..=31, true);
    assert_eq!(exchange.sent(), [(1, Cgu { kind: HARDWARE, status: status(31, &all) }.into())]);
    exchange.told();
    assert!(!exchange.isup.is_usable(GROUP));
    exchange.receive(1, Cgua { kind: HARDWARE, status: status(31, &all) });
    assert_eq!(exchange.told(), [usable(true)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_2_a_span_that_comes_back_is_unblocked_once_its_blocking_is_acknowledged() {
    let mut exchange = Exchange::new();
    exchange.bearers(1..=8, false);
    exchange.bearers(3..=4, true);
    exchange.bearers(5..=6, true);
    exchange.bearers(5..=6, false);
    assert_eq!(exchange.sent_names(), ["CGB 1"]);
    let all = (0..8).collect::<Vec<_>>();
    exchange.receive(1, Cgba { kind: HARDWARE, status: status(8, &all) });
    assert_eq!(exchange.sent(), [(3, Cgu { kind: HARDWARE, status: status(2, &[0, 1]) }.into())]);
    exchange.bearers(3..=3, false);
    assert_eq!(exchange.sent(), []);
    exchange.receive(3, Cgua { kind: HARDWARE, status: status(2, &[0, 1]) });
    assert_eq!(exchange.sent(), [(3, Cgb { kind: HARDWARE, status: status(2, &[0]) }.into())]);
    exchange.receive(3, Cgba { kind: HARDWARE, status: status(2, &[0]) });
    assert_eq!(exchange.isup.poll_timeout(), None);
    let states = [1, 3, 4, 5].map(|cic| exchange.state(cic));
    assert_eq!(states, ["blocked", "blocked", "idle", "blocked"]);
}

#[test]
fn q763_3_43_a_single_circuit_is_blocked_with_its_neighbour_unmarked() {
    let mut exchange = Exchange::new();
    exchange.bearers([5], false);
    assert_eq!(exchange.sent(), [(5, Cgb { kind: HARDWARE, status: status(2, &[0]) }.into())]);
    exchange.receive(5, Cgba { kind: HARDWARE, status: status(2, &[0]) });
    assert_eq!(exchange.isup.poll_timeout(), None);
    assert_eq!((exchange.state(5), exchange.state(6)), ("blocked", "idle"));
}

#[test]
fn q764_2_8_2_2_a_failure_before_the_first_reset_is_told_after_it() {
    let mut exchange = Exchange::cold(config(1..=4, 0));
    exchange.bearers(1..=4, false);
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["GRS 1"]);
    exchange.receive(1, Gra { status: status(4, &[]) });
    assert_eq!(exchange.sent_names(), ["CGB 1"]);
    assert!(!exchange.isup.is_usable(GROUP));
}

#[test]
fn q764_2_8_3_a_query_shows_how_circuits_stand() {
    let mut exchange = Exchange::new();
    exchange.outgoing();
    exchange.incoming(2);
    exchange.receive(3, Message::Blo);
    block(&mut exchange, 4);
    exchange.bearers([5], false);
    let call = exchange.incoming(6);
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.sent();
    // What is not acknowledged yet is between two states.
    exchange.receive(4, Cqm { range: Range::of(2).unwrap() });
    let states = CircuitStates(vec![CircuitState::TRANSIENT; 2]);
    let cqr = Cqr { range: Range::of(2).unwrap(), states };
    assert_eq!(exchange.sent(), [(4, cqr.into())]);
    exchange.receive(4, Message::Bla);
    exchange.receive(5, Cgba { kind: SupervisionType::HARDWARE, status: status(2, &[0]) });
    exchange.receive(1, Cqm { range: Range::of(9).unwrap() });
    let states = vec![
        CircuitState::OUTGOING_BUSY,
        CircuitState::INCOMING_BUSY,
        CircuitState::IDLE_REMOTELY_BLOCKED,
        CircuitState::IDLE_LOCALLY_BLOCKED,
        CircuitState(0b01_11_00),
        CircuitState::TRANSIENT,
        CircuitState::IDLE,
        CircuitState::IDLE,
        CircuitState::UNEQUIPPED,
    ];
    let cqr = Cqr { range: Range::of(9).unwrap(), states: CircuitStates(states) };
    assert_eq!(exchange.sent(), [(1, cqr.into())]);
}
