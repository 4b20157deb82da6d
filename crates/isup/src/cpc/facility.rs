//! Messages about supplementary services that end here without a part of ours in them.

use super::cause;
use crate::circuits::CircuitIx;
use crate::node::Isup;
use crate::phase::Phase;
use base::{Cause, Instant};
use isup_codec::{Far, Frj, Options, key};

impl Isup {
    /// A message about a call on a circuit. Without a call it is as unexpected as any other
    /// (Q.764 §2.9.5.1 d): it resets an idle circuit. Otherwise it changes nothing.
    pub(crate) fn stray(&mut self, now: Instant, ix: CircuitIx) {
        let circuit = self.circuits.get(ix);
        if circuit.is_some_and(|circuit| matches!(circuit.phase, Phase::Idle)) {
            return self.unexpected(now, ix);
        }
        self.stats.unexpected += 1;
    }

    /// FAR: we have none of the facilities that can be asked for during a call, and say so
    /// (Q.764 §2.7, Q.737.1 §1.5.2).
    pub(crate) fn far(&mut self, now: Instant, ix: CircuitIx, far: &Far) {
        let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
        if stage.is_none() {
            return self.stray(now, ix);
        }
        let mut frj = Frj {
            facility: far.facility,
            cause: cause(Cause::FACILITY_NOT_IMPLEMENTED),
            options: Options::new(),
        };
        if let Some(indicators) = far.get(key::USER_TO_USER_INDICATORS) {
            frj.set(key::USER_TO_USER_INDICATORS, &indicators);
        }
        self.send(ix, frj);
    }
}
