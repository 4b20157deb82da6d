//! Continuity recheck, incoming side (Q.764 §2.1.8).

use crate::circuits::CircuitIx;
use crate::node::Isup;
use crate::phase::{Phase, Recheck};
use crate::timers::TimerName;
use base::Instant;
use isup_codec::Message;

impl Isup {
    /// The continuity check of this circuit has failed: the peer checks it again by CCR.
    pub(crate) fn await_recheck(&mut self, now: Instant, ix: CircuitIx) {
        self.enter(ix, Phase::Recheck(Recheck::AwaitingRequest));
        self.start(now, TimerName::T27, ix);
    }

    /// CCR.
    pub(crate) fn ccr(&mut self, now: Instant, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let allowed = match &circuit.phase {
            Phase::Idle | Phase::Recheck(_) | Phase::Unequipped => true,
            // The COT that reported the failure was lost.
            Phase::Collecting(collecting) => collecting.checks_this_circuit(),
            _ => false,
        };
        if !allowed {
            return self.unexpected(now, ix);
        }
        self.enter(ix, Phase::Recheck(Recheck::Looped));
        self.send(ix, Message::Lpa);
        self.start(now, TimerName::T36, ix);
    }

    /// Annex A: the check is not taken up again, or not ended.
    pub(crate) fn t27_t36(&mut self, now: Instant, ix: CircuitIx) {
        self.alarm(ix, "continuity recheck not completed");
        self.reset_circuit(now, ix);
    }
}
