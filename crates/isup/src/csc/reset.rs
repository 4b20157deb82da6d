//! Reset of one circuit (Q.764 §2.9.3.1).

use crate::circuits::{Blocked, CircuitIx, Kind};
use crate::cpc::cause;
use crate::csc::Work;
use crate::io::{GroupId, ReleasedBy};
use crate::node::Isup;
use crate::phase::Phase;
use crate::timers::TimerName;
use base::{Cause, Instant};
use isup_codec::{Cic, Message, Rlc};

impl Isup {
    /// The circuit of a group with this code.
    pub(crate) fn circuit_at(&self, group: GroupId, cic: Cic) -> Option<CircuitIx> {
        let ix = self.circuits.find(self.groups.get(group)?.peer, cic)?;
        self.circuits.get(ix).filter(|circuit| circuit.group == group).map(|_| ix)
    }

    /// Sends RSC and awaits RLC. A call on the circuit ends.
    pub(crate) fn reset_circuit(&mut self, now: Instant, ix: CircuitIx) {
        self.abandon(ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Reset);
        self.enter(ix, Phase::Resetting);
        self.send_rsc(ix);
        self.start(now, TimerName::T16, ix);
        self.start(now, TimerName::T17, ix);
    }

    pub(crate) fn send_rsc(&mut self, ix: CircuitIx) {
        if let Some(circuit) = self.circuits.change(ix) {
            circuit.ask_reset();
        }
        self.send(ix, Message::Rsc);
    }

    /// RSC is sent again; after T17 the maintenance staff knows, and it is sent less often.
    pub(crate) fn t16_t17(&mut self, now: Instant, ix: CircuitIx, name: TimerName) {
        if name == TimerName::T17 {
            self.alarm(ix, "no acknowledgement of circuit reset");
            self.stop(TimerName::T16, ix);
            self.note_late(ix);
        }
        self.send(ix, Message::Rsc);
        self.start(now, name, ix);
    }

    /// The maintenance staff knows that the peer does not answer: nothing waits for it any more.
    pub(super) fn note_late(&mut self, ix: CircuitIx) {
        if let Some(circuit) = self.circuits.change(ix) {
            circuit.late = true;
        }
    }

    /// The peer has acknowledged our reset, and has forgotten our blocking with it.
    pub(crate) fn circuit_was_reset(&mut self, ix: CircuitIx) {
        // Our reset followed any IAM on the same link.
        if let Some(circuit) = self.circuits.change(ix) {
            circuit.iam_given_up = false;
        }
        self.enter(ix, Phase::Idle);
        self.tell_again(Kind::Maintenance, ix);
        self.tell_again(Kind::Hardware, ix);
    }

    /// An acknowledgement that came late: the peer may have heard a reset of ours once more, and
    /// have forgotten our blocking again.
    pub(crate) fn was_forgotten(&mut self, ix: CircuitIx) {
        if self.circuits.get(ix).is_some_and(|circuit| !circuit.is_out_of_touch()) {
            self.tell_again(Kind::Maintenance, ix);
            self.tell_again(Kind::Hardware, ix);
        }
    }

    /// RSC.
    pub(crate) fn rsc(&mut self, now: Instant, ix: CircuitIx) {
        self.reset_by_peer(ix);
        // A CGB that names it may have been heard before or after: its neighbours are told again.
        self.withdraw_supervision(Work::Block, ix);
        self.withdraw_supervision(Work::Unblock, ix);
        self.tell_alone(ix);
        // c) what we have blocked stays blocked
        self.tell_again(Kind::Maintenance, ix);
        let told = self.circuits.get(ix).map(|circuit| circuit.maintenance.told);
        if matches!(told, Some(Blocked::Blocking(_))) {
            self.dequeue(Work::Block, ix);
            self.send_single(now, Work::Block, ix);
        }
        self.send(ix, Rlc::new());
    }

    /// The peer has lost its memory of the circuit: RSC or GRS (Q.764 §2.9.3.1 a to f, §2.9.3.2).
    pub(crate) fn reset_by_peer(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        // d) its blocking with it: what it blocks from now on, it tells
        circuit.maintenance.hear(false);
        circuit.hardware.hear(false);
        circuit.iam_given_up |= circuit.phase.is_unanswered();
        match &circuit.phase {
            // Blocked again when our own reset is acknowledged.
            Phase::Resetting | Phase::GroupReset(_) => return,
            // The acknowledgement of our own message is still to come, and must not be taken for
            // that of a later one.
            Phase::Releasing(_) => self.peer_gives_back(ix),
            // a) and b)
            _ => {
                self.abandon(ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Reset);
                self.enter(ix, Phase::Idle);
            }
        }
        self.tell_again(Kind::Hardware, ix);
    }
}
