//! Circuit group query (Q.764 §2.8.3): how each circuit stands here.

use crate::circuits::{Blocked, Blocking, Circuit};
use crate::node::Isup;
use crate::phase::Phase;
use base::Class;
use isup_codec::{Cic, CircuitState, CircuitStates, Cqr, Message, Range};
use mtp::sap::PointCode;

/// Where the hardware blocking state begins in the octet (Q.763 §3.14).
const HARDWARE_SHIFT: u8 = 4;

/// Bit 0: locally blocked; bit 1: remotely blocked.
fn bits(blocking: Blocking) -> u8 {
    u8::from(blocking.told == Blocked::Yes) | u8::from(blocking.remote) << 1
}

impl Circuit {
    fn queried(&self) -> CircuitState {
        // Q.764 §2.8.3: also where an acknowledgement is awaited. What the peer would learn else
        // may no longer be so when it does.
        if !self.maintenance.is_acknowledged() || !self.hardware.is_acknowledged() {
            return CircuitState::TRANSIENT;
        }
        let hardware = bits(self.hardware);
        let call = match &self.phase {
            Phase::Idle | Phase::Unequipped => CircuitState::IDLE,
            // Q.763 §3.14: with a hardware blocking state, the call processing state is idle.
            Phase::Outgoing(_) | Phase::Incoming(_) | Phase::Collecting(_) if hardware != 0 => {
                CircuitState::IDLE
            }
            Phase::Outgoing(_) => CircuitState::OUTGOING_BUSY,
            Phase::Incoming(_) | Phase::Collecting(_) => CircuitState::INCOMING_BUSY,
            _ => return CircuitState::TRANSIENT,
        };
        CircuitState(call.0 | bits(self.maintenance) | hardware << HARDWARE_SHIFT)
    }
}

impl Isup {
    /// CQM.
    pub(crate) fn cqm(&mut self, peer: PointCode, cic: Cic, range: Range) {
        if range.count() > Range::MAX_CIRCUITS {
            self.stats.malformed += 1;
            return;
        }
        let circuits = self.circuits_in(peer, cic, range).into_iter();
        let state =
            |circuit: Option<&Circuit>| circuit.map_or(CircuitState::UNEQUIPPED, Circuit::queried);
        let states = circuits.map(|ix| state(ix.and_then(|ix| self.circuits.get(ix)))).collect();
        let cqr = Cqr { range, states: CircuitStates(states) };
        self.send_to(peer, cic, Class::InDialog, &Message::Cqr(cqr));
    }
}
