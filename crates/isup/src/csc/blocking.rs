//! Blocking of one circuit for maintenance (Q.764 §2.8.2.1): no new calls, those in progress go on.

use crate::circuits::{Circuit, CircuitIx, Local};
use crate::groups::Work;
use crate::io::GroupId;
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use crate::timers::TimerName;
use base::Instant;
use isup_codec::{Cic, Message};

impl Circuit {
    /// Whether the peer is told of our blocking only later: once the circuit has been reset.
    pub(super) const fn is_out_of_touch(&self) -> bool {
        matches!(self.phase, Phase::Resetting | Phase::GroupReset(_) | Phase::Unequipped)
    }
}

impl Isup {
    /// Blocks a circuit for maintenance. False where there is no such circuit.
    pub fn block(&mut self, now: Instant, group: GroupId, cic: Cic) -> bool {
        let Some(ix) = self.circuit_at(group, cic) else { return false };
        let Some(circuit) = self.circuits.change(ix) else { return false };
        if !circuit.maintenance.local.refuses() {
            circuit.maintenance.local = Local::Blocking(Ask::Due);
            let wait = circuit.is_out_of_touch();
            self.dequeue(Work::Unblock, ix);
            self.stop(TimerName::T14, ix);
            self.stop(TimerName::T15, ix);
            if !wait {
                self.enqueue(Work::Block, ix);
            }
        }
        self.settle(now);
        true
    }

    /// Takes the blocking for maintenance back. False where there is no such circuit.
    pub fn unblock(&mut self, now: Instant, group: GroupId, cic: Cic) -> bool {
        let Some(ix) = self.circuit_at(group, cic) else { return false };
        let Some(circuit) = self.circuits.change(ix) else { return false };
        if circuit.maintenance.local.refuses() {
            // A reset takes back what it does not repeat.
            let forgotten = circuit.is_out_of_touch();
            circuit.maintenance.local =
                if forgotten { Local::Unblocked } else { Local::Unblocking(Ask::Due) };
            self.dequeue(Work::Block, ix);
            self.stop(TimerName::T12, ix);
            self.stop(TimerName::T13, ix);
            if !forgotten {
                self.enqueue(Work::Unblock, ix);
            }
        }
        self.settle(now);
        true
    }

    /// The peer uses a circuit that we have blocked: it is told again.
    pub(crate) fn block_again(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        if circuit.maintenance.local == Local::Blocked {
            circuit.maintenance.local = Local::Blocking(Ask::Due);
            self.enqueue(Work::Block, ix);
        }
        self.block_hardware_again(ix);
    }

    /// BLO. A call of which the peer has said nothing goes to another circuit (Q.764 §2.8.1).
    pub(crate) fn blo(&mut self, now: Instant, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        circuit.maintenance.remote = true;
        self.send(ix, Message::Bla);
        self.lose(now, ix);
    }

    /// UBL.
    pub(crate) fn ubl(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        circuit.maintenance.remote = false;
        self.send(ix, Message::Uba);
    }

    /// BLA.
    pub(crate) fn bla(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        match circuit.maintenance.local {
            Local::Blocking(Ask::Sent) => {
                circuit.maintenance.local = Local::Blocked;
                self.stop(TimerName::T12, ix);
                self.stop(TimerName::T13, ix);
            }
            // Q.764 §2.8.2.1 vi): the peer thinks that we blocked the circuit.
            Local::Unblocked if !circuit.is_out_of_touch() => {
                self.stats.unexpected += 1;
                circuit.maintenance.local = Local::Unblocking(Ask::Due);
                self.enqueue(Work::Unblock, ix);
            }
            _ => {}
        }
    }

    /// UBA.
    pub(crate) fn uba(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        match circuit.maintenance.local {
            Local::Unblocking(Ask::Sent) => {
                circuit.maintenance.local = Local::Unblocked;
                self.stop(TimerName::T14, ix);
                self.stop(TimerName::T15, ix);
            }
            // The peer thinks that we did not block the circuit.
            Local::Blocked if !circuit.is_out_of_touch() => {
                self.stats.unexpected += 1;
                circuit.maintenance.local = Local::Blocking(Ask::Due);
                self.enqueue(Work::Block, ix);
            }
            _ => {}
        }
    }

    /// BLO and UBL are sent again; in the end the maintenance staff knows, and they are sent less
    /// often.
    pub(crate) fn t12_to_t15(&mut self, now: Instant, ix: CircuitIx, name: TimerName) {
        let work = match name {
            TimerName::T12 | TimerName::T13 => Work::Block,
            _ => Work::Unblock,
        };
        let (short, long) = work.timers();
        if name == long {
            self.alarm(ix, work.alarm());
            self.stop(short, ix);
        }
        self.send(ix, if work == Work::Block { Message::Blo } else { Message::Ubl });
        self.start(now, name, ix);
    }
}
