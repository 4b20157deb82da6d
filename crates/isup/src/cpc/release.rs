//! Release of a call (Q.764 §2.3, §2.9.6).

use super::cause;
use crate::circuits::CircuitIx;
use crate::io::{CallId, Event, ReleasedBy};
use crate::node::Isup;
use crate::phase::{Phase, Releasing};
use crate::timers::TimerName;
use base::{Cause, Instant};
use isup_codec::{CauseIndicators, Rel, key};

impl Isup {
    /// Releases the call; [`Event::Ended`] follows once the peer has acknowledged. A call that is
    /// being released already, or has ended, stays as it is.
    pub fn release(&mut self, now: Instant, call: CallId, cause: CauseIndicators) {
        let Some(ix) = self.circuit_of(call) else { return };
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        if phase.is_some_and(|phase| phase.stage().is_some()) {
            self.start_release(now, ix, Some(call), cause);
        }
        self.settle(now);
    }

    /// Sends REL and awaits RLC. `call` is the one whose end is to be told.
    pub(crate) fn start_release(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        call: Option<CallId>,
        cause: CauseIndicators,
    ) {
        let mut rel = Rel::new(cause);
        self.tell_level(ix, &mut rel);
        let unanswered = self.circuits.get(ix).is_some_and(|it| it.phase.is_unanswered());
        let releasing = Releasing { call, rel: rel.clone(), unanswered };
        self.enter(ix, Phase::Releasing(Box::new(releasing)));
        self.send(ix, rel);
        self.start(now, TimerName::T1, ix);
        self.start(now, TimerName::T5, ix);
    }

    /// A call in progress ends from here, for a reason of ours.
    pub(crate) fn fail(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        cause: CauseIndicators,
        by: ReleasedBy,
    ) {
        let Some(phase) = self.circuits.get(ix).map(|circuit| &circuit.phase) else { return };
        let (Some(call), Some(_)) = (phase.call(), phase.stage()) else { return };
        let released = Event::Released { call, cause: cause.clone(), congestion_level: None, by };
        self.event(released);
        self.start_release(now, ix, Some(call), cause);
    }

    /// Q.764 §2.8.1: automatic repeat attempt. Our call leaves the circuit for another one, if the
    /// peer has said nothing to it yet. Says whether it did.
    pub(crate) fn lose(&mut self, now: Instant, ix: CircuitIx) -> bool {
        let Some(phase) = self.circuits.get(ix).map(|circuit| &circuit.phase) else { return false };
        let (Some(call), true) = (phase.call(), phase.may_try_again()) else { return false };
        self.event(Event::Lost { call });
        self.start_release(now, ix, Some(call), cause(Cause::NORMAL_UNSPECIFIED));
        true
    }

    /// Whatever call is on the circuit ends here without a release message: the peer knows.
    /// The circuit is to enter its next phase.
    pub(crate) fn abandon(&mut self, ix: CircuitIx, cause: CauseIndicators, by: ReleasedBy) {
        let Some(phase) = self.circuits.get(ix).map(|circuit| &circuit.phase) else { return };
        let Some(call) = phase.call() else { return };
        let unanswered = phase.is_unanswered();
        if phase.may_try_again() {
            self.event(Event::Lost { call });
        } else if phase.stage().is_some() {
            self.event(Event::Released { call, cause, congestion_level: None, by });
        }
        if let Some(circuit) = self.circuits.change(ix) {
            circuit.iam_given_up |= unanswered;
        }
        self.enter(ix, Phase::Idle);
        self.end(call);
    }

    /// REL (Q.764 §2.3.1): it is acknowledged in every state.
    pub(crate) fn rel(&mut self, now: Instant, ix: CircuitIx, rel: Rel) {
        let rlc = self.rlc_for(ix, &rel);
        self.heed_level(now, ix, &rel);
        let Some(circuit) = self.circuits.get(ix) else { return };
        let call = circuit.phase.call();
        match &circuit.phase {
            // A collision (§2.3.1 e): each side still has to acknowledge the other's message. The
            // same holds where we reset the circuit.
            Phase::Releasing(_) | Phase::Resetting | Phase::GroupReset(_) => {
                self.send(ix, rlc);
                self.peer_gives_back(ix);
            }
            Phase::Outgoing(_) | Phase::Incoming(_) => {
                let contested = circuit.phase.is_contested();
                if let Some(call) = call {
                    let congestion_level = rel.get(key::AUTOMATIC_CONGESTION_LEVEL);
                    let released = Event::Released {
                        call,
                        cause: rel.cause,
                        congestion_level,
                        by: ReleasedBy::Peer,
                    };
                    // The peer may have given up its own call before our IAM reached it, and have
                    // discarded the latter: the next circuit will tell.
                    self.event(if contested { Event::Lost { call } } else { released });
                    self.send(ix, rlc);
                    self.enter(ix, Phase::Idle);
                    self.end(call);
                }
            }
            Phase::Testing(_) => {
                self.send(ix, rlc);
                self.test_was_released(now, ix);
            }
            // §2.9.5.1 c), and calls that call control never knew.
            Phase::Idle | Phase::Unequipped | Phase::Collecting(_) | Phase::Recheck(_) => {
                self.send(ix, rlc);
                self.enter(ix, Phase::Idle);
            }
        }
    }

    /// RLC (Q.764 §2.3.1).
    pub(crate) fn rlc(&mut self, now: Instant, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        match &circuit.phase {
            Phase::Releasing(releasing) => {
                let call = releasing.call;
                self.enter(ix, Phase::Idle);
                if let Some(call) = call {
                    self.end(call);
                }
            }
            Phase::Resetting => self.circuit_was_reset(ix),
            // §2.9.5.1 b): the peer has cleared a circuit on which we have a call.
            Phase::Outgoing(_) | Phase::Incoming(_) => {
                self.stats.unexpected += 1;
                if !self.lose(now, ix) {
                    self.fail(now, ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Peer);
                }
            }
            Phase::Collecting(_) => {
                self.stats.unexpected += 1;
                self.start_release(now, ix, None, cause(Cause::NORMAL_UNSPECIFIED));
            }
            // §2.9.5.1 a)
            Phase::Idle => {
                self.stats.unexpected += 1;
                self.was_forgotten(ix);
            }
            Phase::GroupReset(_) | Phase::Recheck(_) | Phase::Testing(_) | Phase::Unequipped => {
                self.stats.unexpected += 1;
            }
        }
    }

    /// REL is sent again (Q.764 §2.9.6.1).
    pub(crate) fn t1(&mut self, now: Instant, ix: CircuitIx) {
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        let Some(Phase::Releasing(releasing)) = phase else { return };
        let rel = releasing.rel.clone();
        self.send(ix, rel);
        self.start(now, TimerName::T1, ix);
    }

    /// Release has failed (Q.764 §2.9.6.1): the circuit is out of service until it is reset, and
    /// no longer a matter of the call.
    pub(crate) fn t5(&mut self, now: Instant, ix: CircuitIx) {
        self.alarm(ix, "no release complete");
        let Phase::Releasing(releasing) = self.enter(ix, Phase::Resetting) else { return };
        if let Some(call) = releasing.call {
            self.end(call);
        }
        self.send_rsc(ix);
        self.start(now, TimerName::T17, ix);
    }
}
