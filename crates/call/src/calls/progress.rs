//! How a call moves from phase to phase.

use super::{Call, Calls, Legs, Output, Phase, Releasing, Step, Talking};
use crate::{CallId, Cdr, Release, Retry, Setup, Side, Signal, Stats, Timer};
use base::{Cause, Duration, Instant};
use tracing::{debug, info};

impl Calls {
    /// Tries the exit that the hunt stands at.
    pub(super) fn attempt(&mut self, now: Instant, id: CallId) {
        let Some(call) = self.table.get_mut(id.0) else {
            return;
        };
        let Phase::Attempting(attempting) = &mut call.phase else {
            return;
        };
        let Some(exit) = attempting.hunt.exit() else {
            // The router never gives a decision without an exit.
            return self.give_up(now, id, Release::new(Cause::NO_ROUTE_TO_DESTINATION));
        };
        call.attempts = call.attempts.saturating_add(1);
        call.egress = Some(exit);
        call.circuit = None;
        self.stats.attempts += 1;
        self.stats.reattempts += u64::from(call.attempts > 1);
        debug!(call = %id, ?exit, attempt = call.attempts, "attempt");
        let setup = Setup { called: call.translated, ..call.setup };
        let attempt = call.attempts;
        let max = self.config.attempts(call.setup.class);
        let others = attempt < max && attempting.hunt.has_others(call.setup.class);
        self.outputs.push_back(Output::Attempt { call: id, exit, setup, attempt, others });
        self.guard(now, id);
    }

    pub(super) fn signal(&mut self, now: Instant, id: CallId, side: Side, signal: Signal) {
        let Some(call) = self.table.get_mut(id.0) else {
            self.stats.stale += 1;
            return;
        };
        match (signal, side, &mut call.phase) {
            (Signal::Release(release), ..) => return self.leg_releases(now, id, side, release),
            (
                Signal::Alerting { .. } | Signal::Progress { .. } | Signal::Forwarding { .. },
                Side::Egress,
                Phase::Attempting(_) | Phase::Progressing,
            ) => {
                // A later sign of progress does not prolong the wait for the answer.
                if !matches!(call.phase, Phase::Progressing) {
                    call.phase = Phase::Progressing;
                    self.guard(now, id);
                }
            }
            (Signal::Answer { .. }, Side::Egress, Phase::Attempting(_) | Phase::Progressing) => {
                call.phase = Phase::Talking(Talking { answered: now });
                Stats::count(&mut self.stats.answered, call.setup.class);
                self.guard(now, id);
            }
            (Signal::Suspend | Signal::Resume, _, Phase::Talking(_)) => {}
            // Both legs are ending: what they still say does not matter.
            (_, _, Phase::Releasing(_)) => return,
            _ => {
                debug!(call = %id, ?side, ?signal, phase = call.phase.label(), "unexpected");
                self.stats.unexpected += 1;
                return;
            }
        }
        self.tell(id, side.other(), signal);
    }

    /// A leg ends the call, or the attempt.
    fn leg_releases(&mut self, now: Instant, id: CallId, side: Side, release: Release) {
        let Some(call) = self.table.get(id.0) else {
            return;
        };
        match (&call.phase, side) {
            (Phase::Attempting(_), Side::Egress) => self.hunt_on(now, id, release),
            // The releases of both legs have crossed; both report their ends.
            (Phase::Releasing(_), _) => {}
            (Phase::Attempting(_) | Phase::Progressing | Phase::Talking(_), _) => {
                let legs = Legs { ingress: true, egress: true };
                self.begin_release(now, id, release, legs, only(side.other()));
            }
        }
    }

    pub(super) fn attempt_failed(&mut self, now: Instant, id: CallId, release: Release) {
        let Some(call) = self.table.get(id.0) else {
            self.stats.stale += 1;
            return;
        };
        match call.phase {
            Phase::Attempting(_) => self.hunt_on(now, id, release),
            Phase::Progressing | Phase::Talking(_) => {
                self.begin_release(now, id, release, only(Side::Ingress), only(Side::Ingress));
            }
            Phase::Releasing(_) => self.ended(now, id, Side::Egress),
        }
    }

    /// An exit gave no sign: it is left alone with its release, and an emergency call goes on.
    pub(super) fn attempt_overdue(&mut self, now: Instant, id: CallId, release: Release) {
        self.tell(id, Side::Egress, Signal::Release(release));
        self.hunt_on(now, id, release);
    }

    pub(super) fn ended(&mut self, now: Instant, id: CallId, side: Side) {
        let Some(call) = self.table.get_mut(id.0) else {
            self.stats.stale += 1;
            return;
        };
        let unexplained = Release::new(Cause::TEMPORARY_FAILURE);
        match (&mut call.phase, side) {
            (Phase::Releasing(releasing), _) => {
                match side {
                    Side::Ingress => releasing.legs.ingress = false,
                    Side::Egress => releasing.legs.egress = false,
                }
                self.finish_when_done(id);
            }
            (Phase::Attempting(_), Side::Egress) => self.hunt_on(now, id, unexplained),
            (Phase::Attempting(_) | Phase::Progressing | Phase::Talking(_), _) => {
                let rest = only(side.other());
                self.begin_release(now, id, unexplained, rest, rest);
            }
        }
    }

    /// The egress leg of an attempt is gone: tries elsewhere, or lets the failure be the answer.
    fn hunt_on(&mut self, now: Instant, id: CallId, release: Release) {
        let Some(call) = self.table.get_mut(id.0) else {
            return;
        };
        let Phase::Attempting(attempting) = &mut call.phase else {
            return;
        };
        let class = call.setup.class;
        // Each circuit is lost once at most, so an emergency call goes on while one is left.
        let circuit_lost = release.retry == Retry::SameExit && class.is_emergency();
        let step = if circuit_lost || call.attempts < self.config.attempts(class) {
            attempting.hunt.advance(&release, class, &self.router, call.setup.ingress)
        } else {
            None
        };
        match step {
            None => self.give_up(now, id, release),
            Some(step) => {
                info!(call = %id, cause = release.cause.0, "attempt failed, trying again");
                if let Step::OtherNumber(number) = step {
                    call.translated = number;
                }
                self.attempt(now, id);
            }
        }
    }

    fn give_up(&mut self, now: Instant, id: CallId, release: Release) {
        let release = release.with_retry(Retry::Never);
        self.begin_release(now, id, release, only(Side::Ingress), only(Side::Ingress));
    }

    /// The call is over. `legs` are still there, `tell` is told.
    pub(super) fn begin_release(
        &mut self,
        now: Instant,
        id: CallId,
        release: Release,
        legs: Legs,
        tell: Legs,
    ) {
        let Some(call) = self.table.get_mut(id.0) else {
            return;
        };
        let answered = call.phase.answered();
        if answered.is_none() {
            Stats::count(&mut self.stats.failed, call.setup.class);
        }
        debug!(call = %id, cause = release.cause.0, "release");
        call.phase = Phase::Releasing(Releasing { release, since: now, answered, legs });
        self.guard(now, id);
        for (side, told) in [(Side::Ingress, tell.ingress), (Side::Egress, tell.egress)] {
            if told {
                self.tell(id, side, Signal::Release(release));
            }
        }
        self.finish_when_done(id);
    }

    fn finish_when_done(&mut self, id: CallId) {
        if self.legs(id) == Some(Legs { ingress: false, egress: false }) {
            self.finish(id);
        }
    }

    /// Writes the record and forgets the call.
    pub(super) fn finish(&mut self, id: CallId) {
        self.deadlines.stop(id);
        let Some(call) = self.table.remove(id.0) else {
            return;
        };
        let Phase::Releasing(releasing) = &call.phase else {
            return;
        };
        let setup = &call.setup;
        self.outputs.push_back(Output::Cdr(Cdr {
            id: call.number,
            call: Some(id),
            class: setup.class,
            ingress: setup.ingress,
            egress: call.egress,
            calling: setup.calling.map(|calling| calling.number),
            called: setup.called,
            translated: call.translated,
            circuit: call.circuit,
            start: setup.arrived,
            answered: releasing.answered,
            end: releasing.since,
            cause: releasing.release.cause,
            sip_status: releasing.release.status,
            attempts: call.attempts,
        }));
    }

    fn tell(&mut self, call: CallId, side: Side, signal: Signal) {
        self.outputs.push_back(Output::Signal { call, side, signal });
    }

    /// Starts the dead-man timer of the phase.
    fn guard(&mut self, now: Instant, id: CallId) {
        let Some(call) = self.table.get(id.0) else {
            return;
        };
        let after = self.allowance(call.phase.timer());
        self.deadlines.set(now, id, after);
    }

    const fn allowance(&self, timer: Timer) -> Duration {
        match timer {
            Timer::Attempt => self.config.attempt,
            Timer::Progress => self.config.progress,
            Timer::Talk => self.config.talk,
            Timer::Release => self.config.release,
        }
    }

    pub(super) fn legs(&self, id: CallId) -> Option<Legs> {
        self.table.get(id.0).map(Call::legs)
    }

    /// The legs that may still be told something; none once the call is releasing.
    pub(super) fn listeners(&self, id: CallId) -> Option<Legs> {
        match &self.table.get(id.0)?.phase {
            Phase::Attempting(_) | Phase::Progressing | Phase::Talking(_) => {
                Some(Legs { ingress: true, egress: true })
            }
            Phase::Releasing(_) => None,
        }
    }
}

const fn only(side: Side) -> Legs {
    match side {
        Side::Ingress => Legs { ingress: true, egress: false },
        Side::Egress => Legs { ingress: false, egress: true },
    }
}
