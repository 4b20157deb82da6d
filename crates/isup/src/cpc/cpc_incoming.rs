//! Calls from the peer to us (Q.764 §2.1.1, §2.1.2, §2.1.4, §2.1.7).

use super::cause;
use crate::circuits::CircuitIx;
use crate::groups::Refused;
use crate::io::{Backward, CallId, Event};
use crate::node::{CallRecord, Isup};
use crate::phase::{Collecting, Incoming, Phase, Recheck, Stage, Suspension};
use crate::timers::TimerName;
use base::{Cause, Class, Instant};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledStatus, CallingPartysCategory, Con, ContinuityCheck,
    Cpg, EventIndicator, Iam, ParameterName, TransmissionMedium, key,
};

impl Isup {
    /// IAM.
    pub(crate) fn iam(&mut self, now: Instant, ix: CircuitIx, iam: Iam) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let free = match &circuit.phase {
            Phase::Idle => true,
            phase if phase.may_try_again() => self.dual_seizure(ix),
            // The peer knows nothing against the circuit, or nothing of our test yet. Refused, the
            // caller would wait for T7.
            Phase::Testing(_) => true,
            // Changeover may repeat a message (Q.704 §5.4.3), and a circuit that is being cleared
            // is cleared first: the IAM is discarded, the caller's release follows.
            _ => {
                self.stats.unexpected += 1;
                false
            }
        };
        if free && !self.refuse_blocked(now, ix) {
            self.accept(now, ix, iam);
        }
    }

    /// Q.764 §2.8.2.3 b): the peer ought to know that we blocked this circuit. Where it has not
    /// been told yet, that may never happen, and its call would wait for T7: it is released.
    fn refuse_blocked(&mut self, now: Instant, ix: CircuitIx) -> bool {
        let Some(circuit) = self.circuits.get(ix) else { return true };
        if !circuit.refuses_calls() {
            return false;
        }
        if circuit.maintenance.is_told() || circuit.hardware.is_told() {
            self.stats.unexpected += 1;
            self.block_again(ix);
        } else {
            let cause = cause(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
            self.start_release(now, ix, None, cause);
        }
        true
    }

    fn accept(&mut self, now: Instant, ix: CircuitIx, mut iam: Iam) {
        if let Some(circuit) = self.circuits.change(ix) {
            // Q.764 §2.8.2.3 a): an IAM takes back the peer's blocking.
            circuit.maintenance.remote = false;
            circuit.hardware.remote = false;
        }
        let urgent = iam.category == CallingPartysCategory::PRIORITY
            || self.config.numbers.is_listed(&iam.called);
        if !self.is_compatible(now, ix, &iam.options, urgent) {
            return;
        }
        let check = iam.nature.continuity_check();
        let unlooped = check == ContinuityCheck::THIS_CIRCUIT && !self.has_loop(ix);
        if unlooped && !urgent {
            return self.refuse_check_of_call(now, ix);
        }
        let continuity_awaited = !unlooped
            && matches!(check, ContinuityCheck::THIS_CIRCUIT | ContinuityCheck::PREVIOUS_CIRCUIT);
        self.config.numbers.complete(&mut iam.called);
        let segment_awaited = Self::awaits_segment(&iam);
        let collecting = Collecting { iam, continuity_awaited, segment_awaited, unlooped };
        self.enter(ix, Phase::Collecting(Box::new(collecting)));
        if segment_awaited {
            self.start(now, TimerName::T34, ix);
        }
        if continuity_awaited {
            self.start(now, TimerName::T8, ix);
        }
        self.await_digits(now, ix);
        self.offer_when_complete(now, ix);
    }

    pub(super) fn collecting(&mut self, ix: CircuitIx) -> Option<&mut Collecting> {
        match &mut self.circuits.change(ix)?.phase {
            Phase::Collecting(collecting) => Some(collecting),
            _ => None,
        }
    }

    /// COT (Q.764 §2.1.8).
    pub(crate) fn cot(&mut self, now: Instant, ix: CircuitIx, successful: bool) {
        if let Some(collecting) = self.collecting(ix).filter(|it| it.continuity_awaited) {
            if successful {
                collecting.continuity_awaited = false;
                self.stop(TimerName::T8, ix);
                self.offer_when_complete(now, ix);
            } else if collecting.checks_this_circuit() {
                self.await_recheck(now, ix);
            } else {
                self.start_release(now, ix, None, cause(Cause::TEMPORARY_FAILURE));
            }
            return;
        }
        let circuit = self.circuits.get(ix);
        match circuit.map(|circuit| &circuit.phase) {
            Some(phase) if phase.is_unlooped() && !successful => self.check_was_missed(now, ix),
            Some(Phase::Recheck(Recheck::Looped)) if successful => {
                self.enter(ix, Phase::Idle);
            }
            Some(Phase::Recheck(Recheck::Looped)) => self.await_recheck(now, ix),
            // A check that nobody asked us to await: the call goes on.
            Some(Phase::Collecting(_) | Phase::Incoming(_)) => self.stats.unexpected += 1,
            _ => self.unexpected(now, ix),
        }
    }

    /// Q.764 §2.1.8 and Annex A.
    pub(crate) fn t8(&mut self, now: Instant, ix: CircuitIx) {
        self.start_release(now, ix, None, cause(Cause::TEMPORARY_FAILURE));
    }

    /// Gives the call to call control once its number and its speech path are known to be good.
    pub(super) fn offer_when_complete(&mut self, now: Instant, ix: CircuitIx) {
        let Some(collecting) = self.collecting(ix) else { return };
        let waits = collecting.continuity_awaited || collecting.segment_awaited;
        if waits || !collecting.iam.called.complete {
            return;
        }
        let delay = collecting.iam.get(key::PROPAGATION_DELAY_COUNTER);
        let prefers = collecting.iam.medium == TransmissionMedium::PREFERRED_64K;
        let fallback = collecting.iam.get(key::TRANSMISSION_MEDIUM_REQUIREMENT_PRIME);
        let fallback = fallback.filter(|_| prefers);
        let unlooped = collecting.unlooped;
        // Its class is not known here yet: it may be an emergency call, so it may use the reserve.
        let record = CallRecord { circuit: ix, class: Class::Ordinary };
        let Ok(key) = self.calls.insert(Class::Emergency, record) else {
            self.stats.table_full += 1;
            let cause = cause(Cause::SWITCHING_EQUIPMENT_CONGESTION);
            return self.start_release(now, ix, None, cause);
        };
        let call = CallId(key);
        let incoming = Incoming { call, stage: Stage::AwaitingBackward, delay, fallback, unlooped };
        let incoming = Phase::Incoming(incoming);
        let Phase::Collecting(collecting) = self.enter(ix, incoming) else { return };
        let Some(circuit) = self.circuits.get(ix) else { return };
        let (group, cic) = (circuit.group, circuit.cic);
        if unlooped {
            self.go_on_unchecked(ix);
        }
        self.event(Event::Incoming { call, group, cic, iam: Box::new(collecting.iam) });
    }

    /// What call control has found an incoming call to be. A call that is no emergency call does
    /// not go on, and is released with the cause that this gives, where only we seize the circuits
    /// of the group, or where the last idle ones are kept for our calls.
    ///
    /// The standard has no word for the first (Q.764 §2.9.5.1 knows messages out of their order,
    /// not out of their direction). A release lets the peer try another circuit at once, where a
    /// reset would leave it to guess.
    pub fn admit(&mut self, now: Instant, call: CallId, class: Class) -> Result<(), Cause> {
        self.set_class(call, class);
        let gone = Err(Cause::NORMAL_UNSPECIFIED);
        let circuit = self.circuit_of(call).and_then(|ix| Some((ix, self.circuits.get(ix)?)));
        let Some((ix, circuit)) = circuit else { return gone };
        if !matches!(circuit.phase, Phase::Incoming(_)) {
            return circuit.phase.stage().map_or(gone, |_| Ok(()));
        }
        let group = self.groups.get(circuit.group);
        let value = match group.and_then(|group| group.refuses(class)) {
            None => return Ok(()),
            Some(Refused::Direction) => {
                self.stats.wrong_direction += 1;
                Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE
            }
            Some(Refused::Reserved) => {
                self.stats.incoming_reserved += 1;
                Cause::NO_CIRCUIT_AVAILABLE
            }
        };
        self.start_release(now, ix, Some(call), cause(value));
        self.settle(now);
        Err(value)
    }

    /// Tells the caller of an incoming call how it goes. What comes too late is left out.
    pub fn backward(&mut self, now: Instant, call: CallId, what: Backward) {
        let circuit = self.circuit_of(call).and_then(|ix| Some((ix, self.circuits.get(ix)?)));
        let Some((ix, Phase::Incoming(Incoming { stage, .. }))) =
            circuit.map(|(ix, circuit)| (ix, &circuit.phase))
        else {
            self.stats.misused += 1;
            return;
        };
        let stage = *stage;
        let what = self.complete_backward(ix, what);
        match stage {
            Stage::AwaitingBackward => self.first_backward(ix, what),
            Stage::AwaitingAnswer => self.later_backward(ix, what),
            Stage::Answered(_) => self.stats.misused += 1,
        }
        self.settle(now);
    }

    /// What the group and the IAM say about the way so far.
    pub(crate) fn complete_backward(&self, ix: CircuitIx, mut what: Backward) -> Backward {
        let Some(circuit) = self.circuits.get(ix) else { return what };
        let Phase::Incoming(Incoming { delay, fallback, .. }) = circuit.phase else {
            return what;
        };
        let group = self.config.groups.get(usize::from(circuit.group.0));
        // Q.764 §2.7
        if group.is_some_and(|group| group.echo_control) {
            match &mut what {
                Backward::AddressComplete(Acm { backward, .. })
                | Backward::Connect(Con { backward, .. }) => {
                    *backward = backward.with_echo_control(true);
                }
                Backward::Progress(_) | Backward::Answer(_) => {}
            }
        }
        // Q.764 §2.5: the exchange where the call ends tells the sum to those before it.
        let history = key::CALL_HISTORY_INFORMATION;
        if let Some(delay) = delay {
            match &mut what {
                Backward::Answer(anm) if anm.get(history).is_none() => anm.set(history, &delay),
                Backward::Connect(con) if con.get(history).is_none() => con.set(history, &delay),
                _ => {}
            }
        }
        // Q.764 §2.1.3: nothing but speech is carried here.
        let used = key::TRANSMISSION_MEDIUM_USED;
        if let Some(medium) = fallback {
            match &mut what {
                Backward::Answer(anm) => anm.set(used, &medium),
                Backward::Connect(con) => con.set(used, &medium),
                Backward::AddressComplete(_) | Backward::Progress(_) => {}
            }
        }
        what
    }

    pub(crate) fn first_backward(&mut self, ix: CircuitIx, what: Backward) {
        let answered = matches!(what, Backward::Answer(_) | Backward::Connect(_));
        match what {
            Backward::AddressComplete(acm) => self.send(ix, acm),
            Backward::Progress(cpg) => self.send(ix, acm_of(cpg)),
            Backward::Answer(anm) => self.send(ix, con_of(anm)),
            Backward::Connect(con) => self.send(ix, con),
        }
        let answer = Stage::Answered(Suspension::default());
        self.advance(ix, if answered { answer } else { Stage::AwaitingAnswer });
    }

    fn later_backward(&mut self, ix: CircuitIx, what: Backward) {
        let answered = matches!(what, Backward::Answer(_) | Backward::Connect(_));
        match what {
            Backward::AddressComplete(acm) => self.send(ix, cpg_of(acm)),
            Backward::Progress(cpg) => self.send(ix, cpg),
            Backward::Answer(anm) => self.send(ix, anm),
            Backward::Connect(con) => self.send(ix, anm_of(con)),
        }
        if answered {
            self.advance(ix, Stage::Answered(Suspension::default()));
        }
    }
}

/// Q.764 §2.1.4.2: what a CPG says, in the ACM that has to come first.
fn acm_of(cpg: Cpg) -> Acm {
    let mut backward = cpg.get(key::BACKWARD_CALL_INDICATORS).unwrap_or_default();
    if cpg.event.event == EventIndicator::ALERTING {
        backward = backward.with_called_status(CalledStatus::SUBSCRIBER_FREE);
    }
    let in_band = cpg.in_band();
    let mut acm = Acm { backward, options: cpg.options };
    acm.options.remove(ParameterName::BACKWARD_CALL_INDICATORS);
    if in_band {
        let optional = acm.get(key::OPTIONAL_BACKWARD_CALL_INDICATORS).unwrap_or_default();
        acm.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &optional.with_in_band(true));
    }
    acm
}

/// Q.764 §2.1.5: what a second ACM says.
fn cpg_of(acm: Acm) -> Cpg {
    let event = if acm.backward.called_status() == CalledStatus::SUBSCRIBER_FREE {
        EventIndicator::ALERTING
    } else if acm.in_band() {
        EventIndicator::IN_BAND
    } else {
        EventIndicator::PROGRESS
    };
    Cpg { event: event.into(), options: acm.options }
        .with(key::BACKWARD_CALL_INDICATORS, &acm.backward)
}

/// Q.764 §2.1.4.1: an answer without ACM is CON.
fn con_of(anm: Anm) -> Con {
    let free = BackwardCallIndicators::default().with_called_status(CalledStatus::SUBSCRIBER_FREE);
    let backward = anm.get(key::BACKWARD_CALL_INDICATORS).unwrap_or(free);
    let mut con = Con { backward, options: anm.options };
    con.options.remove(ParameterName::BACKWARD_CALL_INDICATORS);
    con
}

/// Q.764 §2.1.7: an answer after ACM is ANM.
fn anm_of(con: Con) -> Anm {
    Anm { options: con.options }.with(key::BACKWARD_CALL_INDICATORS, &con.backward)
}
