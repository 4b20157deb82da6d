//! Continuity checks (Q.764 §2.1.8, Q.724 §7): those of the peer, for which the circuit is looped,
//! and those of ours, in which a check tone has to come back over the peer's loop.
//!
//! An emergency call of ours is never checked: a check takes time, and the circuit that fails it
//! is one more that the call cannot have. It takes an idle circuit, which those are not that have
//! failed a check. A call that comes in is told to call control only after its check has passed,
//! of whatever class it is, for nobody may be called over a path that may be dead. Where there is
//! no loop no check can pass: see [`Isup::refuse_check_of_call`] and [`Isup::go_on_unchecked`].

use crate::circuits::CircuitIx;
use crate::config::{Config, Continuity};
use crate::cpc::cause;
use crate::io::{Backward, CallId, CheckId, Event, GroupId, ReleasedBy, TestError, TestResult};
use crate::node::Isup;
use crate::phase::{Phase, Recheck, TestStep, Testing, Unproven};
use crate::timers::TimerName;
use base::{Cause, Class, Instant};
use isup_codec::{Acm, BackwardCallIndicators, Cic, ContinuityCheck, Cot, Message};
use std::collections::BTreeMap;

/// Calls of which one is checked where a part of them is.
const ONE_IN: u8 = 8;

/// The transceivers in use, each for one circuit.
#[derive(Debug)]
pub(crate) struct Checks {
    running: BTreeMap<CheckId, CircuitIx>,
    last: CheckId,
    limit: usize,
    /// By group: calls since the last one that was checked.
    unchecked: Vec<u8>,
    /// What came of the last test of each circuit.
    results: BTreeMap<CircuitIx, TestResult>,
}

impl Checks {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            running: BTreeMap::new(),
            last: CheckId(0),
            limit: config.transceivers,
            // The first call is checked.
            unchecked: vec![ONE_IN - 1; config.groups.len()],
            results: BTreeMap::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.running.len() < self.limit
    }

    fn begin(&mut self, ix: CircuitIx) -> CheckId {
        self.last = CheckId(self.last.0.wrapping_add(1));
        self.running.insert(self.last, ix);
        self.last
    }

    /// The transceiver of the phase that is over, if it has one, is free again.
    pub(crate) fn end_those_of(&mut self, phase: &Phase) {
        if let Some(check) = phase.check() {
            self.running.remove(&check);
        }
    }

    /// How many circuits are being checked.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether it is this call's turn.
    fn is_due(&mut self, group: GroupId, continuity: Continuity) -> bool {
        let Some(calls) = self.unchecked.get_mut(usize::from(group.0)) else { return false };
        *calls = calls.saturating_add(1);
        match continuity {
            Continuity::Off => false,
            Continuity::OneInEight => *calls >= ONE_IN,
            Continuity::Always => true,
        }
    }

    fn was_checked(&mut self, group: GroupId) {
        if let Some(calls) = self.unchecked.get_mut(usize::from(group.0)) {
            *calls = 0;
        }
    }
}

/// Checks of our calls.
impl Isup {
    /// Whether the circuit of a call to the peer is to be checked.
    pub(crate) fn is_to_be_checked(&mut self, class: Class, id: GroupId) -> bool {
        let Some(group) = self.config.groups.get(usize::from(id.0)) else { return false };
        if class.is_emergency() || !self.checks.is_due(id, group.continuity) {
            return false;
        }
        if !self.checks.has_room() {
            // The next call makes up for it.
            self.count_check("no_transceiver");
            return false;
        }
        self.checks.was_checked(id);
        true
    }

    /// Takes a transceiver for a call whose IAM asks for a check of this circuit.
    pub(crate) fn begin_check_of_call(
        &mut self,
        ix: CircuitIx,
        check: ContinuityCheck,
    ) -> Option<CheckId> {
        (check == ContinuityCheck::THIS_CIRCUIT).then(|| self.checks.begin(ix))
    }

    fn count_check(&mut self, what: &'static str) {
        *self.stats.checks.entry(what).or_default() += 1;
    }

    /// The check tone was heard on the circuit, and its end, or cannot be sent at all.
    pub(crate) fn checked(&mut self, now: Instant, check: CheckId, passed: bool) {
        let Some(ix) = self.checks.running.get(&check).copied() else { return };
        match self.circuits.get(ix).map(|circuit| &circuit.phase) {
            Some(Phase::Outgoing(_)) if passed => self.call_passed(ix),
            Some(Phase::Testing(_)) if passed => self.test_passed(now, ix),
            Some(Phase::Testing(_)) => self.test_failed(now, ix, TestResult::Unsent),
            _ => self.check_failed(now, ix),
        }
    }

    /// Nothing was heard (T24, Q.724 §7.4.1).
    pub(crate) fn check_failed(&mut self, now: Instant, ix: CircuitIx) {
        match self.circuits.get(ix).map(|circuit| &circuit.phase) {
            Some(Phase::Outgoing(_)) => self.call_failed(now, ix),
            Some(Phase::Testing(_)) => self.test_failed(now, ix, TestResult::Failed),
            _ => {}
        }
    }

    /// What is not known yet of the path of our call.
    fn unproven(&mut self, ix: CircuitIx) -> Option<&mut Unproven> {
        match &mut self.circuits.change(ix)?.phase {
            Phase::Outgoing(outgoing) => Some(&mut outgoing.unproven),
            _ => None,
        }
    }

    fn call_passed(&mut self, ix: CircuitIx) {
        self.count_check("passed");
        self.give_up_check(ix);
        self.prove(ix);
    }

    /// The transceiver of the call is disconnected.
    fn give_up_check(&mut self, ix: CircuitIx) {
        self.stop(TimerName::T24, ix);
        let check = self.unproven(ix).and_then(|unproven| unproven.check.take());
        if let Some(check) = check {
            self.checks.running.remove(&check);
        }
    }

    /// Q.724 §7.3.1: COT goes forward when this circuit and those before it are good.
    fn prove(&mut self, ix: CircuitIx) {
        if self.unproven(ix).is_some_and(|unproven| !unproven.is_pending()) {
            self.send(ix, Cot { successful: true });
        }
    }

    /// Q.764 §2.1.8: the call is tried again on another circuit; this one is checked again, and
    /// until then used by no call.
    fn call_failed(&mut self, now: Instant, ix: CircuitIx) {
        let Some(Phase::Outgoing(outgoing)) = self.circuits.get(ix).map(|circuit| &circuit.phase)
        else {
            return;
        };
        let call = outgoing.call;
        self.count_check("failed");
        self.alarm(ix, "continuity check failed");
        self.send(ix, Cot { successful: false });
        self.event(Event::Lost { call });
        let testing = Testing { failures: 1, step: TestStep::Waiting, is_asked_for: false };
        self.enter(ix, Phase::Testing(testing));
        self.start(now, TimerName::T25, ix);
        self.end(call);
    }

    /// The peer goes on with the call without awaiting COT: it checks nothing (Q.724 §7.4.2 d).
    pub(crate) fn peer_goes_on(&mut self, ix: CircuitIx) {
        if self.unproven(ix).is_some_and(|unproven| unproven.is_pending()) {
            self.count_check("ignored");
            self.give_up_check(ix);
            if let Some(unproven) = self.unproven(ix) {
                unproven.previous = false;
            }
        }
    }

    /// The path up to us of a call whose IAM said that a previous circuit is being checked is good
    /// now. Does nothing where that is known, or the call is over.
    pub fn path_is_good(&mut self, now: Instant, call: CallId) {
        let Some(ix) = self.circuit_of(call) else { return };
        let was_awaited =
            self.unproven(ix).is_some_and(|unproven| std::mem::take(&mut unproven.previous));
        if was_awaited {
            self.prove(ix);
        }
        self.settle(now);
    }
}

/// Checks outside of calls.
impl Isup {
    /// Checks a circuit for the maintenance staff, also one that is blocked for maintenance, which
    /// test calls are for (Q.764 §2.8.2). [`Event::Tested`] follows within a few seconds. A circuit
    /// that fails is used by no call until it has passed.
    pub fn test(&mut self, now: Instant, group: GroupId, cic: Cic) -> Result<(), TestError> {
        let ix = self.circuit_at(group, cic).ok_or(TestError::NoSuchCircuit)?;
        let circuit = self.circuits.get(ix).ok_or(TestError::NoSuchCircuit)?;
        let failures = match &circuit.phase {
            Phase::Idle => 0,
            Phase::Testing(Testing { failures, step: TestStep::Waiting, .. }) => *failures,
            Phase::Unequipped => return Err(TestError::Unequipped),
            _ => return Err(TestError::Busy),
        };
        if !circuit.hardware.allows_outgoing() {
            return Err(TestError::BlockedForFailure);
        }
        if !self.peers.is_available(circuit.peer) {
            return Err(TestError::Unreachable);
        }
        if !self.checks.has_room() {
            self.count_check("no_transceiver");
            return Err(TestError::NoTransceiver);
        }
        self.checks.results.remove(&ix);
        self.begin_test(now, ix, failures, true);
        self.settle(now);
        Ok(())
    }

    /// What came of the last test of a circuit; none where there was none, or it goes on.
    pub fn tested(&self, group: GroupId, cic: Cic) -> Option<TestResult> {
        self.checks.results.get(&self.circuit_at(group, cic)?).copied()
    }

    /// CCR, and our tone at once: LPA is for national use.
    fn begin_test(&mut self, now: Instant, ix: CircuitIx, failures: u8, is_asked_for: bool) {
        let check = self.checks.begin(ix);
        let step = TestStep::Tone { check, is_looped: false };
        self.enter(ix, Phase::Testing(Testing { failures, step, is_asked_for }));
        self.send(ix, Message::Ccr);
        self.start(now, TimerName::T24, ix);
    }

    /// Annex A: the failed circuit is checked again.
    pub(crate) fn t25_t26(&mut self, now: Instant, ix: CircuitIx, name: TimerName) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let Phase::Testing(Testing { failures, step: TestStep::Waiting, .. }) = &circuit.phase
        else {
            return;
        };
        let (failures, peer) = (*failures, circuit.peer);
        if self.peers.is_available(peer) && self.checks.has_room() {
            self.begin_test(now, ix, failures, false);
        } else {
            self.start(now, name, ix);
        }
    }

    /// LPA: the peer has connected its loop only now.
    pub(crate) fn lpa(&mut self, now: Instant, ix: CircuitIx) {
        let circuit = self.circuits.change(ix);
        match circuit.map(|circuit| &mut circuit.phase) {
            Some(Phase::Testing(Testing {
                step: TestStep::Tone { is_looped: is_looped @ false, .. },
                ..
            })) => {
                *is_looped = true;
                self.start(now, TimerName::T24, ix);
            }
            _ => self.stats.unexpected += 1,
        }
    }

    /// Q.764 §2.1.8: the circuit returns to idle by REL and RLC.
    fn test_passed(&mut self, now: Instant, ix: CircuitIx) {
        self.count_check("test_passed");
        self.tell_test(ix, TestResult::Passed);
        self.start_release(now, ix, None, cause(Cause::NORMAL_CLEARING));
    }

    /// Annex A: at the second failure the maintenance staff knows, and the circuit is checked at
    /// longer intervals until it passes.
    fn test_failed(&mut self, now: Instant, ix: CircuitIx, result: TestResult) {
        self.count_check("test_failed");
        self.alarm(ix, "continuity recheck failed");
        self.tell_test(ix, result);
        self.send(ix, Cot { successful: false });
        self.await_next_test(now, ix);
    }

    fn await_next_test(&mut self, now: Instant, ix: CircuitIx) {
        let Some(Phase::Testing(Testing { failures, .. })) =
            self.circuits.get(ix).map(|circuit| &circuit.phase)
        else {
            return;
        };
        let failures = failures.saturating_add(1);
        let name = if failures == 1 { TimerName::T25 } else { TimerName::T26 };
        let testing = Testing { failures, step: TestStep::Waiting, is_asked_for: false };
        self.enter(ix, Phase::Testing(testing));
        self.start(now, name, ix);
    }

    /// Who asked for the test learns what came of it.
    pub(crate) fn tell_test(&mut self, ix: CircuitIx, result: TestResult) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let (group, cic) = (circuit.group, circuit.cic);
        if let Phase::Testing(testing) = &mut circuit.phase
            && std::mem::take(&mut testing.is_asked_for)
        {
            self.checks.results.insert(ix, result);
            self.event(Event::Tested { group, cic, result });
        }
    }

    /// REL on a circuit that we check: the peer wants no check now, and RLC has gone. One that has
    /// failed before is still not good.
    pub(crate) fn test_was_released(&mut self, now: Instant, ix: CircuitIx) {
        let Some(Phase::Testing(testing)) = self.circuits.get(ix).map(|circuit| &circuit.phase)
        else {
            return;
        };
        match (testing.failures, testing.step) {
            (0, _) => {
                self.tell_test(ix, TestResult::Refused);
                self.enter(ix, Phase::Idle);
            }
            (_, TestStep::Waiting) => {}
            (_, TestStep::Tone { .. }) => {
                self.tell_test(ix, TestResult::Refused);
                self.await_next_test(now, ix);
            }
        }
    }
}

/// Checks by the peer.
impl Isup {
    /// The continuity check of this circuit has failed: the peer checks it again by CCR.
    pub(crate) fn await_recheck(&mut self, now: Instant, ix: CircuitIx) {
        self.enter(ix, Phase::Recheck(Recheck::AwaitingRequest));
        self.start(now, TimerName::T27, ix);
    }

    /// Whether the circuit can be looped.
    pub(crate) fn has_loop(&self, ix: CircuitIx) -> bool {
        let circuit = self.circuits.get(ix);
        let group = circuit.and_then(|circuit| self.group(circuit.group));
        group.is_some_and(|group| group.has_loop)
    }

    /// Q.764 §2.1.8 has no word for a check that nobody can answer. Waited for, it would fail, and
    /// from then on be repeated by T25 and T26 for ever, the circuit out of service at the peer.
    /// So the call is released at once, which ends the check and lets the peer take another way.
    /// The circuit is idle with RLC.
    pub(crate) fn refuse_check_of_call(&mut self, now: Instant, ix: CircuitIx) {
        self.count_check("no_loop");
        self.start_release(now, ix, None, cause(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE));
    }

    /// What becomes of an emergency call in the same place. Whatever is done, its tone does not
    /// come back: waited for, or released, the call goes to the next circuit of the group (§2.8.1),
    /// where no loop is either, and in the end nowhere. So it goes on as if no check had been asked
    /// for, against §2.1.8, which has us withhold everything until COT; and ACM leaves at once,
    /// well before T24. A peer that goes by what comes backward, as we do ([`Isup::peer_goes_on`]),
    /// ends its check with it and has its call. One that holds to its check sends COT within T24:
    /// that is [`Isup::check_was_missed`], and it is no worse off than if it had been refused. What
    /// may come of that is a short call where the emergency is answered, with the caller's number.
    pub(crate) fn go_on_unchecked(&mut self, ix: CircuitIx) {
        self.count_check("gone_without");
        // Of charge, status and interworking nothing is known yet; a CPG will tell (§2.1.5).
        let acm = Acm::new(BackwardCallIndicators::default());
        let acm = self.complete_backward(ix, Backward::AddressComplete(acm));
        self.first_backward(ix, acm);
    }

    /// The check of a call that goes on without it has failed at the peer, whose call leaves the
    /// circuit: ours ends, and the circuit is checked again by CCR, to which there is an answer.
    pub(crate) fn check_was_missed(&mut self, now: Instant, ix: CircuitIx) {
        self.abandon(ix, cause(Cause::TEMPORARY_FAILURE), ReleasedBy::Peer);
        self.await_recheck(now, ix);
    }

    /// CCR. Where there is no loop, the circuit is reset: what RSC leaves in any state is an idle
    /// circuit (Q.764 §2.9.3.1), which a REL does not make of one that has failed before.
    pub(crate) fn ccr(&mut self, now: Instant, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let allowed = match &circuit.phase {
            Phase::Idle | Phase::Recheck(_) | Phase::Unequipped => true,
            // The COT that reported the failure was lost.
            phase if phase.is_unlooped() => true,
            Phase::Collecting(collecting) => collecting.checks_this_circuit(),
            // Both check the circuit: who controls it (§2.9.1.4) goes on.
            Phase::Testing(Testing { step: TestStep::Tone { .. }, .. }) if circuit.controlled => {
                self.stats.unexpected += 1;
                return;
            }
            Phase::Testing(_) => true,
            // It has crossed our IAM, and the peer gives way to that.
            Phase::Outgoing(outgoing) if outgoing.is_unheard() => {
                self.stats.unexpected += 1;
                return;
            }
            phase if phase.stage().is_some() && !phase.awaits_backward() => {
                return self.is_tested_under_call(now, ix);
            }
            _ => false,
        };
        if !allowed {
            return self.unexpected(now, ix);
        }
        if !self.has_loop(ix) {
            self.count_check("no_loop");
            return self.reset_circuit(now, ix);
        }
        self.enter(ix, Phase::Recheck(Recheck::Looped));
        self.send(ix, Message::Lpa);
        self.start(now, TimerName::T36, ix);
    }

    /// Whoever tests a circuit has no call on it: of ours the peer knows nothing, and while it
    /// lasts the test is repeated (T26). It ends when that is said twice, for a changeover may
    /// repeat a CCR from before the call (Q.704 §5.4).
    fn is_tested_under_call(&mut self, now: Instant, ix: CircuitIx) {
        self.stats.unexpected += 1;
        let Some(circuit) = self.circuits.change(ix) else { return };
        if std::mem::replace(&mut circuit.is_doubted, true) {
            self.reset_circuit(now, ix);
        }
    }

    /// Annex A: the check is not taken up again, or not ended.
    pub(crate) fn t27_t36(&mut self, now: Instant, ix: CircuitIx) {
        self.alarm(ix, "continuity recheck not completed");
        self.reset_circuit(now, ix);
    }
}
