//! Calls from us to the peer (Q.764 §2.1.1, §2.1.4, §2.1.7).

use super::segmentation::write;
use super::{Caller, cause};
use crate::circuits::CircuitIx;
use crate::io::{CallId, Event, GroupId, ReleasedBy, SetupError};
use crate::node::{CallRecord, Isup};
use crate::phase::{Outgoing, Phase, Stage, Suspension, Unproven};
use crate::timers::TimerName;
use base::{Cause, Class, Instant};
use isup_codec::{
    Acm, BackwardCallIndicators, Cic, ConnectedNumber, ContinuityCheck, Cpg, Iam, Message,
    Milliseconds, key,
};

impl Isup {
    /// Seizes a circuit of the group and sends the IAM on it.
    ///
    /// Where the IAM says that a previous circuit is being checked, COT follows
    /// [`Isup::path_is_good`]. Whether this circuit is to be checked is decided here.
    ///
    /// An IAM whose number goes without ST is followed by [`Isup::more_digits`]; that of an
    /// emergency call goes with it whatever it says, so that nobody waits for more.
    pub fn setup(
        &mut self,
        now: Instant,
        class: Class,
        group: GroupId,
        iam: Iam,
    ) -> Result<(CallId, Cic), SetupError> {
        self.setup_again(now, class, group, iam, &[])
    }

    /// The same for a call that has lost these circuits of the group, in this order: it takes none
    /// of them again (Q.764 §2.8.1), but for the last one where the peer has reset that by GRS. A
    /// peer that has lost its memory resets all of its circuits, one group after another: a call
    /// that went on to another circuit would meet the next reset there. It does so once for a
    /// circuit; where it loses that a second time, both are among those lost.
    pub fn setup_again(
        &mut self,
        now: Instant,
        class: Class,
        group: GroupId,
        iam: Iam,
        lost: &[Cic],
    ) -> Result<(CallId, Cic), SetupError> {
        let result = self.seize(now, class, group, iam, lost);
        if let Err(error) = result {
            *self.stats.refused.entry(error).or_default() += 1;
        }
        self.settle(now);
        result
    }

    fn seize(
        &mut self,
        now: Instant,
        class: Class,
        id: GroupId,
        mut iam: Iam,
        lost: &[Cic],
    ) -> Result<(CallId, Cic), SetupError> {
        let group = self.groups.get(id).ok_or(SetupError::NoSuchGroup)?;
        let peer = group.peer;
        if !self.peers.is_available(peer) {
            return Err(SetupError::Unreachable);
        }
        let again = !lost.is_empty();
        let lost = lost.iter().filter_map(|cic| self.circuits.find(peer, *cic));
        let lost: Vec<CircuitIx> = lost.collect();
        let ix = group.select(class, &lost, self.cleared(&lost))?;
        let cic = self.circuits.get(ix).ok_or(SetupError::NotUsable)?.cic;
        // A call that goes on to another circuit was let through already.
        if !again && self.is_held_back(peer, class) {
            return Err(SetupError::HeldBack);
        }
        let previous = iam.nature.continuity_check() == ContinuityCheck::PREVIOUS_CIRCUIT;
        let check = match (self.is_to_be_checked(class, id), previous) {
            (true, _) => ContinuityCheck::THIS_CIRCUIT,
            (false, true) => ContinuityCheck::PREVIOUS_CIRCUIT,
            (false, false) => ContinuityCheck::NOT_REQUIRED,
        };
        iam.nature = iam.nature.with_continuity_check(check);
        iam.called.complete |= class.is_emergency();
        let open = !iam.called.complete;
        self.complete_iam(id, &mut iam);
        let number = iam.get(key::CALLING_PARTY_NUMBER);
        let caller = Caller { category: iam.category, number };
        let message = Message::Iam(iam);
        let written = write(self.variant(peer, cic), cic, &message, class.is_emergency());
        let written = written.map_err(|_| SetupError::BadIam)?;
        let record = CallRecord { circuit: ix, class };
        let key = self.calls.insert(class, record).map_err(|_| SetupError::TableFull)?;
        let call = CallId(key);
        let check = self.begin_check_of_call(ix, check);
        let unproven = Unproven { check, previous };
        let stage = Stage::AwaitingBackward;
        let (contested, held) = (false, None);
        let outgoing = Outgoing { call, stage, contested, open, caller, held, unproven };
        self.enter(ix, Phase::Outgoing(Box::new(outgoing)));
        if let Some(group) = self.groups.get_mut(id) {
            group.idle.took(ix);
        }
        self.transmit_written(ix, class, &message, written);
        self.start(now, TimerName::T7, ix);
        if check.is_some() {
            self.start(now, TimerName::T24, ix);
        }
        Ok((call, cic))
    }

    /// The circuit that a call lost last, where it was lost to a reset of the peer and can be had
    /// again.
    fn cleared(&self, lost: &[CircuitIx]) -> Option<CircuitIx> {
        let (ix, before) = lost.split_last()?;
        let circuit = self.circuits.get(*ix)?;
        (circuit.may_be_had_again() && !before.contains(ix)).then_some(*ix)
    }

    /// What the group says about its circuits.
    fn complete_iam(&self, id: GroupId, iam: &mut Iam) {
        let Some(group) = self.config.groups.get(usize::from(id.0)) else { return };
        // Q.764 §2.7: of the device that an exchange before us may have, the IAM says itself.
        iam.nature = iam.nature.with_echo_control(iam.nature.echo_control() || group.echo_control);
        // Q.764 §2.5: each exchange adds the delay of the way that it has chosen.
        if let Some(Milliseconds(own)) = group.propagation_delay {
            let so_far = iam.get(key::PROPAGATION_DELAY_COUNTER).unwrap_or(Milliseconds(0)).0;
            iam.set(key::PROPAGATION_DELAY_COUNTER, &Milliseconds(so_far.saturating_add(own)));
        }
    }

    /// The outgoing call on the circuit, and how far it is.
    fn outgoing(&self, ix: CircuitIx) -> Option<(CallId, Stage)> {
        match &self.circuits.get(ix)?.phase {
            Phase::Outgoing(outgoing) => Some((outgoing.call, outgoing.stage)),
            _ => None,
        }
    }

    pub(super) fn advance(&mut self, ix: CircuitIx, next: Stage) {
        let circuit = self.circuits.change(ix);
        if let Some(stage) = circuit.and_then(|circuit| circuit.phase.stage_mut()) {
            *stage = next;
        }
    }

    /// ACM (Q.764 §2.1.4.2).
    pub(crate) fn acm(&mut self, now: Instant, ix: CircuitIx, acm: Acm) {
        let Some((call, Stage::AwaitingBackward)) = self.outgoing(ix) else {
            return self.unexpected(now, ix);
        };
        self.peer_goes_on(ix);
        self.stop(TimerName::T7, ix);
        self.start(now, TimerName::T9, ix);
        self.advance(ix, Stage::AwaitingAnswer);
        self.event(Event::AddressComplete { call, acm });
    }

    /// CPG (Q.764 §2.1.5): it never comes before ACM.
    pub(crate) fn cpg(&mut self, now: Instant, ix: CircuitIx, cpg: Cpg) {
        match self.outgoing(ix) {
            Some((call, Stage::AwaitingAnswer)) => self.event(Event::Progress { call, cpg }),
            // A notification about a talking call, of which nothing follows here.
            Some((_, Stage::Answered(_))) => {}
            _ => self.unexpected(now, ix),
        }
    }

    /// ANM (Q.764 §2.1.7) or CON (§2.1.4.1). ANM before ACM would strictly be unexpected; a call
    /// that was answered is worth more than the rule.
    pub(crate) fn answered(
        &mut self,
        now: Instant,
        ix: CircuitIx,
        backward: Option<BackwardCallIndicators>,
        connected: Option<ConnectedNumber>,
        con: bool,
    ) {
        let Some((call, Stage::AwaitingBackward | Stage::AwaitingAnswer)) = self.outgoing(ix)
        else {
            return self.unexpected(now, ix);
        };
        self.peer_goes_on(ix);
        self.stop(TimerName::T7, ix);
        self.stop(TimerName::T9, ix);
        self.advance(ix, Stage::Answered(Suspension::default()));
        self.event(Event::Answer { call, backward, connected, con });
    }

    /// Q.764 §2.1.4.4 and Annex A.
    pub(crate) fn t7(&mut self, now: Instant, ix: CircuitIx) {
        // The first piece of what it waited for is there.
        if self.give_held(now, ix) {
            return;
        }
        let by = ReleasedBy::Timer(TimerName::T7);
        self.fail(now, ix, cause(Cause::RECOVERY_ON_TIMER_EXPIRY), by);
    }

    /// Q.764 §2.1.7 and Annex A: no answer.
    pub(crate) fn t9(&mut self, now: Instant, ix: CircuitIx) {
        if self.give_held(now, ix) {
            return;
        }
        self.fail(now, ix, cause(Cause::NO_ANSWER), ReleasedBy::Timer(TimerName::T9));
    }

    /// Q.764 §2.9.1.4: both sides have seized the circuit. Says whether the circuit is free for
    /// the peer's call now.
    pub(super) fn dual_seizure(&mut self, ix: CircuitIx) -> bool {
        let Some((call, Stage::AwaitingBackward)) = self.outgoing(ix) else { return false };
        let Some(circuit) = self.circuits.change(ix) else { return false };
        if circuit.controlled {
            self.stats.dual_seizures_won += 1;
            if let Phase::Outgoing(outgoing) = &mut circuit.phase {
                outgoing.contested = true;
            }
            return false;
        }
        self.stats.dual_seizures_lost += 1;
        self.event(Event::Lost { call });
        self.enter(ix, Phase::Idle);
        self.end(call);
        true
    }
}
