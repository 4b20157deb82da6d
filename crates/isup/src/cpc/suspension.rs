//! Suspend and resume (Q.764 §2.4, §2.5), on calls in either direction.

use super::cause;
use crate::circuits::CircuitIx;
use crate::io::{CallId, Event, ReleasedBy};
use crate::node::Isup;
use crate::phase::{Stage, Suspended};
use crate::timers::TimerName;
use base::{Cause, Instant};
use isup_codec::{Message, Res, Sus};

/// The timer that waits for RES after SUS.
const fn timer(by_network: bool) -> TimerName {
    if by_network { TimerName::T6 } else { TimerName::T2 }
}

impl Isup {
    /// Sends SUS on an answered call that is not suspended so already.
    pub fn suspend(&mut self, now: Instant, call: CallId, by_network: bool) {
        self.set_suspended(call, by_network, true);
        self.settle(now);
    }

    /// Sends RES on a call that we suspended so.
    pub fn resume(&mut self, now: Instant, call: CallId, by_network: bool) {
        self.set_suspended(call, by_network, false);
        self.settle(now);
    }

    fn set_suspended(&mut self, call: CallId, by_network: bool, suspended: bool) {
        let Some(ix) = self.circuit_of(call) else { return };
        let circuit = self.circuits.change(ix);
        let Some(Stage::Answered(suspension)) =
            circuit.and_then(|circuit| circuit.phase.stage_mut())
        else {
            self.stats.misused += 1;
            return;
        };
        if suspension.by_us.set(by_network, suspended) {
            let message: Message =
                if suspended { Sus::new(by_network).into() } else { Res::new(by_network).into() };
            self.send(ix, message);
        }
    }

    /// What the peer has suspended of an answered call.
    fn suspended_by_peer(&mut self, ix: CircuitIx) -> Option<(CallId, &mut Suspended)> {
        let phase = &mut self.circuits.change(ix)?.phase;
        let call = phase.call()?;
        match phase.stage_mut()? {
            Stage::Answered(suspension) => Some((call, &mut suspension.by_peer)),
            _ => None,
        }
    }

    /// SUS.
    pub(crate) fn sus(&mut self, now: Instant, ix: CircuitIx, by_network: bool) {
        let Some((call, suspended)) = self.suspended_by_peer(ix) else {
            return self.unexpected(now, ix);
        };
        if suspended.set(by_network, true) {
            self.start(now, timer(by_network), ix);
            self.event(Event::Suspended { call, by_network });
        }
    }

    /// RES.
    pub(crate) fn res(&mut self, now: Instant, ix: CircuitIx, by_network: bool) {
        let Some((call, suspended)) = self.suspended_by_peer(ix) else {
            return self.unexpected(now, ix);
        };
        if suspended.set(by_network, false) {
            self.stop(timer(by_network), ix);
            self.event(Event::Resumed { call, by_network });
        }
    }

    /// Q.764 §2.4.3 and Annex A: the call is not resumed in time.
    pub(crate) fn t2_t6(&mut self, now: Instant, ix: CircuitIx, name: TimerName) {
        let cause = cause(Cause::RECOVERY_ON_TIMER_EXPIRY);
        self.fail(now, ix, cause, ReleasedBy::Timer(name));
    }
}
