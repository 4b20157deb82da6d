//! Digits that come or go one after the other (Q.764 §2.1.2, §2.1.4.5, §2.9.8).

use super::cause;
use crate::circuits::CircuitIx;
use crate::io::CallId;
use crate::node::Isup;
use crate::phase::Phase;
use crate::plan::NumberPlan;
use crate::timers::TimerName;
use base::{Cause, Instant};
use isup_codec::{Digits, Sam, SubsequentNumber};

impl Isup {
    /// Sends further digits of a called number whose IAM went without ST, and with `complete` ST
    /// behind them. Says whether they went: not after ST, and not once the peer has answered the
    /// number that it has.
    pub fn more_digits(
        &mut self,
        now: Instant,
        call: CallId,
        digits: Digits,
        complete: bool,
    ) -> bool {
        let sent = self.send_digits(now, call, digits, complete);
        self.stats.misused += u64::from(!sent);
        self.settle(now);
        sent
    }

    /// Whether [`Isup::more_digits`] may follow.
    pub fn is_open(&self, call: CallId) -> bool {
        let circuit = self.circuit_of(call).and_then(|ix| self.circuits.get(ix));
        matches!(
            circuit.map(|circuit| &circuit.phase),
            Some(Phase::Outgoing(outgoing)) if outgoing.open && outgoing.is_unheard()
        )
    }

    /// Which called numbers are complete without ST.
    pub const fn numbers(&self) -> &NumberPlan {
        &self.config.numbers
    }

    fn send_digits(&mut self, now: Instant, call: CallId, digits: Digits, complete: bool) -> bool {
        let Some(ix) = self.circuit_of(call) else { return false };
        let Some(circuit) = self.circuits.change(ix) else { return false };
        let Phase::Outgoing(outgoing) = &mut circuit.phase else { return false };
        // A subsequent number has one signal at least (Q.763 §3.51).
        let says_something = complete || !digits.is_empty();
        if !outgoing.is_unheard() || !outgoing.open || !says_something {
            return false;
        }
        outgoing.open = !complete;
        self.send(ix, Sam::new(SubsequentNumber { complete, digits }));
        // Annex A: T7 runs from the latest address message.
        self.start(now, TimerName::T7, ix);
        true
    }

    /// Digits are awaited: T35 while they are too few to be a number, then T10.
    pub(super) fn await_digits(&mut self, now: Instant, ix: CircuitIx) {
        let Some(collecting) = self.collecting(ix) else { return };
        let called = collecting.iam.called;
        self.stop(TimerName::T10, ix);
        if called.complete {
            self.stop(TimerName::T35, ix);
        } else if self.config.numbers.may_be_whole(&called.digits) {
            self.stop(TimerName::T35, ix);
            self.start(now, TimerName::T10, ix);
        } else {
            self.start(now, TimerName::T35, ix);
        }
    }

    /// SAM (Q.764 §2.1.2). After the number is complete it means nothing, and changes nothing.
    pub(crate) fn sam(&mut self, now: Instant, ix: CircuitIx, sam: &Sam) {
        self.segment_lost(ix);
        let phase = self.circuits.change(ix).map(|circuit| &mut circuit.phase);
        let called = match phase {
            Some(Phase::Collecting(collecting)) if !collecting.iam.called.complete => {
                &mut collecting.iam.called
            }
            Some(Phase::Idle) => return self.unexpected(now, ix),
            // After ST, or another piece of the IAM that was awaited.
            _ => {
                self.stats.unexpected += 1;
                return self.offer_when_complete(now, ix);
            }
        };
        // Digits that no number has room for belong to none: it is complete without them.
        let full = called.digits.append(&sam.subsequent.digits).is_err();
        called.complete = full || sam.subsequent.complete || called.digits.len() == Digits::MAX;
        self.config.numbers.complete(called);
        self.await_digits(now, ix);
        self.offer_when_complete(now, ix);
    }

    /// Q.764 §2.1.4.5: no more digits have come, so the number is complete.
    pub(crate) fn t10(&mut self, now: Instant, ix: CircuitIx) {
        if let Some(collecting) = self.collecting(ix) {
            collecting.iam.called.complete = true;
        }
        self.offer_when_complete(now, ix);
    }

    /// Q.764 §2.9.8: too few digits have come, or none at all.
    pub(crate) fn t35(&mut self, now: Instant, ix: CircuitIx) {
        self.start_release(now, ix, None, cause(Cause::INVALID_NUMBER_FORMAT));
    }
}
