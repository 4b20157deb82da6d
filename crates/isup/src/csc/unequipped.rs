//! Circuits that only one of the two exchanges has (Q.764 §2.12).

use crate::circuits::{Blocked, CircuitIx, Kind};
use crate::cpc::cause;
use crate::csc::Work;
use crate::io::{ReleasedBy, TestResult};
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use crate::timers::TimerName;
use base::{Cause, Class};
use isup_codec::{Cic, Message, MessageType};
use mtp::sap::PointCode;

const ANSWERS: [MessageType; 5] =
    [MessageType::UCIC, MessageType::RLC, MessageType::BLA, MessageType::UBA, MessageType::LPA];

impl Isup {
    /// A message about a circuit that we do not have. Answers are left unanswered, so that two
    /// exchanges cannot go on telling each other.
    pub(crate) fn unequipped(&mut self, peer: PointCode, cic: Cic, message_type: MessageType) {
        self.stats.unequipped += 1;
        let is_answer =
            ANSWERS.contains(&message_type) || self.variant(peer, cic).is_answer(message_type);
        if !is_answer {
            self.say_unequipped(peer, cic);
        }
    }

    pub(crate) fn say_unequipped(&mut self, peer: PointCode, cic: Cic) {
        self.send_to(peer, cic, Class::InDialog, &Message::Ucic);
    }

    /// UCIC: the circuit is out of service until the peer uses it, or has been away.
    pub(crate) fn ucic(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        if matches!(circuit.phase, Phase::Unequipped) {
            return;
        }
        self.alarm(ix, "circuit unequipped at the peer");
        self.tell_test(ix, TestResult::Unequipped);
        self.abandon(ix, cause(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE), ReleasedBy::Peer);
        self.enter(ix, Phase::Unequipped);
        Work::ALL.into_iter().for_each(|work| self.dequeue(work, ix));
        self.forget_supervision(ix);
    }

    /// What the peer speaks of, the peer has.
    pub(crate) fn equipped(&mut self, ix: CircuitIx) {
        let circuit = self.circuits.get(ix);
        if circuit.is_some_and(|circuit| matches!(circuit.phase, Phase::Unequipped)) {
            self.circuit_was_reset(ix);
        }
    }

    /// Nothing about this circuit is awaited any more; about the others of a group message, again.
    fn forget_supervision(&mut self, ix: CircuitIx) {
        for other in self.withdraw(Work::Reset, ix) {
            let Some(circuit) = self.circuits.change(other) else { continue };
            if matches!(circuit.phase, Phase::GroupReset(Ask::Together)) {
                circuit.phase = Phase::GroupReset(Ask::Due);
                self.enqueue(Work::Reset, other);
            }
        }
        for work in [Work::BlockHardware, Work::UnblockHardware, Work::Block, Work::Unblock] {
            self.withdraw_supervision(work, ix);
        }
        self.forget_query(ix);
        for name in [TimerName::T12, TimerName::T13, TimerName::T14, TimerName::T15] {
            self.stop(name, ix);
        }
        let Some(circuit) = self.circuits.change(ix) else { return };
        for kind in [Kind::Maintenance, Kind::Hardware] {
            // What is to be blocked is told when the circuit is there again.
            let blocking = circuit.blocking(kind);
            (blocking.told, blocking.remote) = (Blocked::No, false);
        }
    }
}
