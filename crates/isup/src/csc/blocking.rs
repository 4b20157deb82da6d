//! Blocking of one circuit for maintenance (Q.764 §2.8.2.1): no new calls, those in progress go on.

use crate::circuits::{Blocked, CircuitIx, Kind};
use crate::csc::Work;
use crate::node::Isup;
use crate::phase::Ask;
use crate::timers::TimerName;
use base::Instant;
use isup_codec::Message;

impl Isup {
    /// BLO. A call of which the peer has said nothing goes to another circuit (Q.764 §2.8.1).
    pub(crate) fn blo(&mut self, now: Instant, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        circuit.maintenance.hear(true);
        self.send(ix, Message::Bla);
        self.lose(now, ix);
    }

    /// UBL.
    pub(crate) fn ubl(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        circuit.maintenance.hear(false);
        self.send(ix, Message::Uba);
    }

    /// BLA.
    pub(crate) fn bla(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        match circuit.maintenance.told {
            Blocked::Blocking(Ask::Sent) => {
                self.stop(TimerName::T12, ix);
                self.stop(TimerName::T13, ix);
                self.told(Kind::Maintenance, ix, true);
            }
            // Q.764 §2.8.2.1 vi): the peer thinks that we blocked the circuit.
            Blocked::No if !circuit.is_out_of_touch() => {
                self.stats.unexpected += 1;
                circuit.maintenance.told = Blocked::Unblocking(Ask::Due);
                self.enqueue(Work::Unblock, ix);
            }
            _ => {}
        }
    }

    /// UBA.
    pub(crate) fn uba(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        match circuit.maintenance.told {
            Blocked::Unblocking(Ask::Sent) => {
                self.stop(TimerName::T14, ix);
                self.stop(TimerName::T15, ix);
                self.told(Kind::Maintenance, ix, false);
            }
            // The peer thinks that we did not block the circuit.
            Blocked::Yes if !circuit.is_out_of_touch() => {
                self.stats.unexpected += 1;
                circuit.maintenance.told = Blocked::Blocking(Ask::Due);
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
        let (short, long) = work.timers_alone();
        if name == long {
            self.alarm(ix, work.alarm_alone());
            self.stop(short, ix);
            self.note_late(ix);
        }
        self.send(ix, if work == Work::Block { Message::Blo } else { Message::Ubl });
        self.start(now, name, ix);
    }
}
