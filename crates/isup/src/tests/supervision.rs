//! Q.764 §2.8 and §2.9.3 by the maintenance staff: circuits that lie together share a message;
//! §2.8.3: what both ends say of a circuit is compared and put right.

use super::*;
use crate::{Operated, Operation, SavedCircuit};
use isup_codec::{
    Anm, Cfn, Cgb, Cgba, Cgu, Cgua, CircuitState, CircuitStates, Cqm, Cqr, Grs, Range,
    SupervisionType,
};

const MAINTENANCE: SupervisionType = SupervisionType::MAINTENANCE;

fn range(circuits: usize) -> Range {
    Range::of(circuits).unwrap()
}

fn all(circuits: usize) -> RangeStatus {
    RangeStatus::new(range(circuits), |_| true)
}

fn querying(cics: impl IntoIterator<Item = u16>) -> Config {
    let mut config = config(cics, 0);
    config.groups[0].query = true;
    config
}

fn cqr(states: &[CircuitState]) -> Cqr {
    Cqr { range: range(states.len()), states: CircuitStates(states.to_vec()) }
}

impl Exchange {
    fn operate(&mut self, from: u16, to: u16, operation: Operation) -> Operated {
        let done = self.isup.operate(self.now, GROUP, Cic(from)..=Cic(to), operation);
        self.drain();
        done
    }

    /// A query of these circuits, answered twice with the same, as much as is asked.
    fn answered_twice(&mut self, first: u16, states: &[CircuitState]) {
        for _ in 0..2 {
            for (cic, message) in self.sent() {
                let Message::Cqm(Cqm { range }) = message else { panic!("{message:?}") };
                let from = usize::from(cic - first);
                let told = (from..from + range.count())
                    .map(|n| states.get(n).copied().unwrap_or(CircuitState::UNEQUIPPED));
                self.receive(cic, cqr(&told.collect::<Vec<_>>()));
            }
            self.wait(seconds(2));
        }
    }

    fn mended(&self, what: &str) -> u64 {
        self.isup.stats().mended.get(what).copied().unwrap_or_default()
    }
}

#[test]
fn q764_2_8_2_2_circuits_that_lie_together_are_blocked_and_unblocked_by_one_message() {
    let mut exchange = Exchange::with(config((1..=15).chain(17..=31).chain([40]), 0));
    let call = exchange.incoming(3);
    let done = exchange.operate(1, 40, Operation::Block);
    assert_eq!(done, Operated { asked: 31, unchanged: 0, calls: 0 });
    let cgb = |circuits| Message::from(Cgb { kind: MAINTENANCE, status: all(circuits) });
    assert_eq!(exchange.sent(), [(1, cgb(15)), (17, cgb(15)), (40, Message::Blo)]);
    assert_eq!(exchange.told(), [usable(false)]);
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: all(15) });
    exchange.receive(17, Cgba { kind: MAINTENANCE, status: all(15) });
    exchange.receive(40, Message::Bla);
    assert_eq!(exchange.isup.poll_timeout(), None);
    // For maintenance: the call goes on.
    assert_eq!(exchange.state(3), "incoming");
    assert!(exchange.isup.circuits().all(|it| it.blocking.maintenance_here));
    assert!(exchange.isup.circuits().all(|it| !it.blocking.unacknowledged));
    let again = exchange.operate(1, 40, Operation::Block);
    assert_eq!(again, Operated { asked: 0, unchanged: 31, calls: 0 });
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(3, Rlc::new());
    exchange.sent();
    exchange.operate(1, 40, Operation::Unblock);
    let cgu = |circuits| Message::from(Cgu { kind: MAINTENANCE, status: all(circuits) });
    assert_eq!(exchange.sent(), [(1, cgu(15)), (17, cgu(15)), (40, Message::Ubl)]);
    exchange.receive(1, Cgua { kind: MAINTENANCE, status: all(15) });
    exchange.receive(17, Cgua { kind: MAINTENANCE, status: all(15) });
    exchange.receive(40, Message::Uba);
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_2_2_cgb_is_repeated_by_t18_and_reported_by_t19_and_cgu_by_t20_and_t21() {
    let mut exchange = Exchange::new();
    exchange.operate(1, 8, Operation::Block);
    // A failure of the same circuits is another matter, with timers of its own.
    exchange.bearers(1..=8, false);
    exchange.sent();
    exchange.wait(seconds(15));
    assert_eq!(exchange.sent_names(), ["CGB 1", "CGB 1"]);
    exchange.wait(minutes(5) - seconds(15));
    let what = alarm(1, "no circuit group blocking acknowledgement");
    let alarms = exchange.told().into_iter().filter(|event| *event == what).count();
    assert_eq!(alarms, 2);
    exchange.sent();
    exchange.receive(1, Cgba { kind: SupervisionType::HARDWARE, status: all(8) });
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: all(8) });
    exchange.bearers(1..=8, true);
    exchange.receive(1, Cgua { kind: SupervisionType::HARDWARE, status: all(8) });
    exchange.operate(1, 8, Operation::Unblock);
    exchange.wait(minutes(5));
    let what = alarm(1, "no circuit group unblocking acknowledgement");
    assert!(exchange.told().contains(&what));
    exchange.sent();
    exchange.receive(1, Cgua { kind: MAINTENANCE, status: all(8) });
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_3_1_a_circuit_that_the_peer_resets_while_its_cgb_is_under_way_is_blocked_alone() {
    let mut exchange = Exchange::new();
    exchange.operate(1, 4, Operation::Block);
    exchange.sent();
    exchange.receive(2, Message::Rsc);
    let names = exchange.sent_names();
    assert!(names.contains(&"BLO 2".to_owned()) && names.contains(&"RLC 2".to_owned()));
    // An acknowledgement of what was given up is none.
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: all(4) });
    assert_eq!(exchange.isup.stats().unmatched, 1);
    exchange.receive(2, Message::Bla);
    exchange.receive(3, Cgba { kind: MAINTENANCE, status: all(2) });
    exchange.receive(1, Message::Bla);
    assert_eq!(exchange.isup.poll_timeout(), None);
    assert!((1..=4).all(|cic| exchange.state(cic) == "blocked"));
}

#[test]
fn q764_2_9_3_2_circuits_that_lie_together_are_reset_by_one_message() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(2);
    let done = exchange.operate(1, 4, Operation::Reset);
    assert_eq!(done, Operated { asked: 4, unchanged: 0, calls: 1 });
    let ended_by = failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
    assert_eq!(exchange.told(), [ended_by, ended(call)]);
    assert_eq!(exchange.sent(), [(1, Grs { range: range(4) }.into())]);
    exchange.receive(1, Gra { status: RangeStatus::new(range(4), |_| false) });
    exchange.operate(6, 6, Operation::Reset);
    assert_eq!(exchange.sent(), [(6, Message::Rsc)]);
    exchange.receive(6, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn questions_are_paced_and_what_is_never_answered_holds_nothing_up() {
    let mut exchange = Exchange::cold(config(1..=4_095, 0));
    exchange.mtp(Indication::Resume { dpc: PEER });
    let mut seen = Vec::new();
    let mut in_a_second = 0;
    for tick in 0..20_000u64 {
        let sent = exchange.sent();
        in_a_second += sent.len();
        if tick % 50 == 0 {
            assert!(in_a_second <= 8 + 50 + 4, "{in_a_second} in a second");
            in_a_second = 0;
        }
        for (cic, message) in sent {
            let Message::Grs(grs) = message else { panic!() };
            // Of one range nothing is ever said.
            if cic != 33 {
                seen.push(cic);
                exchange.receive(cic, Gra { status: RangeStatus::new(grs.range, |_| false) });
            }
        }
        exchange.wait(Duration::from_millis(20));
    }
    assert_eq!(seen.len(), 127);
    let waiting = exchange.isup.circuits().filter(|circuit| circuit.state == "reset").count();
    assert_eq!(waiting, 32);
}

#[test]
fn q764_2_8_3_after_a_restart_circuits_are_compared_and_only_those_in_use_are_reset() {
    let mut exchange = Exchange::cold(querying(1..=96));
    exchange.mtp(Indication::Resume { dpc: PEER });
    // The first ones are reset in any case; the answer to one query decides on the others.
    assert_eq!(exchange.sent_names(), ["GRS 1", "CQM 33"]);
    exchange.receive(1, Gra { status: RangeStatus::new(range(32), |_| false) });
    let mut states = vec![CircuitState::IDLE; 32];
    states[1] = CircuitState::IDLE_LOCALLY_BLOCKED;
    states[2] = CircuitState::INCOMING_BUSY;
    states[3] = CircuitState::TRANSIENT;
    states[4] = CircuitState::UNEQUIPPED;
    states[5] = CircuitState::IDLE_REMOTELY_BLOCKED;
    exchange.receive(33, cqr(&states));
    // Found blocked by us, though nobody here wants that: unblocked.
    assert_eq!(exchange.sent_names(), ["GRS 35", "UBL 38", "CQM 65"]);
    let state = |cic| exchange.state(cic);
    assert_eq!([33, 34, 35, 36].map(state), ["idle", "blocked", "reset", "reset"]);
    exchange.receive(35, Gra { status: RangeStatus::new(range(2), |_| false) });
    exchange.receive(38, Message::Uba);
    exchange.receive(65, cqr(&[CircuitState::IDLE; 32]));
    assert_eq!(exchange.state(37), "unavailable");
    exchange.wait(seconds(3));
    assert_eq!(exchange.isup.poll_timeout(), None);
    assert_eq!((exchange.mended("accepted"), exchange.mended("reset")), (29 + 32, 2));
}

#[test]
fn annex_a_t28_where_no_query_is_answered_circuits_are_reset_after_a_restart() {
    let mut exchange = Exchange::cold(querying(1..=96));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.sent();
    exchange.wait(seconds(10));
    assert!(exchange.told().contains(&alarm(33, "no circuit group query response")));
    let names = exchange.sent_names();
    assert!(names.contains(&"GRS 33".to_owned()) && names.contains(&"GRS 65".to_owned()));
    // A peer that does not know the message says so at once.
    let mut exchange = Exchange::cold(querying(1..=96));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.sent();
    let mut why = cause(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED);
    why.diagnostic = vec![isup_codec::MessageType::CQM.0].into();
    exchange.receive(33, Cfn::new(why));
    assert_eq!(exchange.sent_names(), ["GRS 33", "GRS 65"]);
    assert_eq!(exchange.told(), []);
}

/// Q.764 §2.12: UCIC instead of an answer says nothing about the other circuits, nor about whether
/// the peer answers queries.
#[test]
fn q764_2_12_a_circuit_that_the_peer_does_not_have_does_not_hold_up_the_query_of_others() {
    for unequipped in [33, 40, 64] {
        let mut exchange = Exchange::cold(querying(1..=96));
        exchange.mtp(Indication::Resume { dpc: PEER });
        assert_eq!(exchange.sent_names(), ["GRS 1", "CQM 33"]);
        exchange.receive(1, Gra { status: RangeStatus::new(range(32), |_| false) });
        exchange.receive(unequipped, Message::Ucic);
        // As many messages as it takes.
        for _ in 0..8 {
            exchange.wait(seconds(2));
            for (cic, message) in exchange.sent() {
                if let Message::Cqm(Cqm { range }) = message {
                    exchange.receive(cic, cqr(&vec![CircuitState::IDLE; range.count()]));
                }
            }
        }
        let other = |cic| if cic == unequipped { "unavailable" } else { "idle" };
        for cic in 1..=96 {
            assert_eq!(exchange.state(cic), other(cic), "{cic} with {unequipped}");
        }
    }
}

#[test]
fn q764_2_14_1_after_an_outage_talking_calls_go_on_and_half_calls_end() {
    let mut exchange = Exchange::with(querying(1..=8));
    let talking = exchange.incoming(2);
    exchange.backward(talking, crate::Backward::Answer(Anm::new()));
    let half = exchange.incoming(4);
    exchange.backward(half, crate::Backward::Answer(Anm::new()));
    exchange.sent();
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.wait(minutes(3));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.told();
    let mut states = [CircuitState::IDLE; 9];
    states[1] = CircuitState::OUTGOING_BUSY;
    states[5] = CircuitState::OUTGOING_BUSY;
    exchange.answered_twice(1, &states);
    // 4: the peer knows nothing of our call; 6: we know nothing of the peer's.
    let gone = failed(half, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Peer);
    assert_eq!(exchange.told(), [gone]);
    assert_eq!(exchange.sent_names(), ["REL 4", "RSC 6"]);
    assert_eq!(exchange.state(2), "incoming");
    exchange.receive(4, Rlc::new());
    exchange.receive(6, Rlc::new());
    exchange.receive(2, rel(Cause::NORMAL_CLEARING));
    exchange.sent();
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_14_1_after_an_outage_of_a_peer_without_queries_only_idle_circuits_are_reset() {
    let mut exchange = Exchange::with(querying(1..=8));
    let talking = exchange.incoming(2);
    exchange.backward(talking, crate::Backward::Answer(Anm::new()));
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.sent();
    exchange.wait(seconds(10));
    assert_eq!(exchange.sent_names(), ["RSC 1", "GRS 3"]);
    exchange.receive(1, Rlc::new());
    exchange.receive(3, Gra { status: RangeStatus::new(range(6), |_| false) });
    assert_eq!(exchange.state(2), "incoming");
    exchange.receive(2, rel(Cause::NORMAL_CLEARING));
    exchange.sent();
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_3_a_query_of_the_staff_shows_and_mends_blocking() {
    let mut exchange = Exchange::new();
    exchange.operate(1, 8, Operation::Query);
    let mut states = [CircuitState::IDLE; 8];
    states[2] = CircuitState::IDLE_LOCALLY_BLOCKED;
    exchange.answered_twice(1, &states);
    assert_eq!((exchange.state(3), exchange.state(4)), ("blocked", "idle"));
    assert_eq!(exchange.mended("blocking"), 1);
    // An answer to nothing.
    exchange.receive(1, cqr(&states));
    assert_eq!(exchange.isup.stats().unmatched, 1);
    exchange.receive(3, Message::Ubl);
    exchange.sent();
    exchange.assert_quiet();
}

#[test]
fn what_was_blocked_is_blocked_after_a_restart_and_the_peer_is_told_again() {
    let mut exchange = Exchange::new();
    exchange.operate(1, 4, Operation::Block);
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: all(4) });
    exchange.receive(6, Message::Blo);
    exchange.receive(8, Message::Ucic);
    exchange.receive(7, Message::Blo);
    exchange.receive(7, Message::Ubl);
    exchange.sent();
    let mut saved = exchange.isup.take_saved(2);
    assert_eq!(saved.len(), 2);
    saved.extend(exchange.isup.take_saved(usize::MAX));
    let nothing = saved.iter().filter(|circuit| !circuit.is_something());
    assert_eq!(nothing.map(|circuit| circuit.cic.0).collect::<Vec<_>>(), [7]);
    saved.retain(SavedCircuit::is_something);
    assert_eq!(saved.len(), 6);
    assert_eq!(exchange.isup.take_saved(usize::MAX), []);
    let mut exchange = Exchange::cold(config(1..=8, 0));
    assert_eq!(exchange.isup.restore(&saved), 0);
    assert_eq!(exchange.isup.take_saved(usize::MAX), saved);
    assert_eq!(exchange.state(8), "unavailable");
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["GRS 1"]);
    let gra = Gra { status: RangeStatus::new(range(8), |position| position == 5) };
    exchange.receive(1, gra);
    assert_eq!(exchange.sent(), [(1, Cgb { kind: MAINTENANCE, status: all(4) }.into())]);
    exchange.receive(1, Cgba { kind: MAINTENANCE, status: all(4) });
    let states = [1, 4, 5, 6, 7, 8].map(|cic| exchange.state(cic));
    assert_eq!(states, ["blocked", "blocked", "idle", "blocked", "idle", "idle"]);
    // Circuits that are no more are counted; what runs already is left alone.
    let gone = SavedCircuit { cic: Cic(99), ..saved[0] };
    assert_eq!(exchange.isup.restore(&[gone, SavedCircuit { cic: Cic(5), ..saved[0] }]), 1);
    assert_eq!(exchange.state(5), "idle");
}

/// An unblocking that follows a blocking sent twice; and the second acknowledgement of that.
fn late_acknowledgement(after: Duration) -> Vec<String> {
    let mut exchange = Exchange::new();
    exchange.operate(1, 4, Operation::Block);
    exchange.wait(seconds(20));
    let blocked = Cgba { kind: MAINTENANCE, status: all(4) };
    exchange.receive(1, blocked.clone());
    exchange.operate(1, 4, Operation::Unblock);
    assert_eq!(exchange.sent_names(), ["CGB 1", "CGB 1", "CGU 1"]);
    exchange.receive(1, Cgua { kind: MAINTENANCE, status: all(4) });
    exchange.wait(after);
    exchange.receive(1, blocked);
    exchange.sent_names()
}

#[test]
fn q764_2_8_2_2_what_the_peer_heard_once_more_and_last_is_told_again_but_not_for_ever() {
    assert_eq!(late_acknowledgement(seconds(1)), ["CGU 1"]);
    assert_eq!(late_acknowledgement(minutes(15)), [""; 0]);
}
