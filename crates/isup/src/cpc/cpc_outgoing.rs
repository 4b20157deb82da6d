//! Calls from us to the peer (Q.764 §2.1.1, §2.1.4, §2.1.7).

use super::cause;
use crate::circuits::CircuitIx;
use crate::io::{CallId, Event, GroupId, ReleasedBy, SetupError};
use crate::node::{CallRecord, Isup};
use crate::phase::{Outgoing, Phase, Stage, Suspension};
use crate::timers::TimerName;
use base::{Cause, Class, Instant};
use isup_codec::{
    Acm, BackwardCallIndicators, Cic, ConnectedNumber, ContinuityCheck, Cpg, Iam, Inf,
    InformationIndicators, Message, MessageType, Options,
};

impl Isup {
    /// Seizes a circuit of the group and sends the IAM on it.
    ///
    /// The continuity check indicator is set to "not required": there is no transceiver here. An
    /// IAM whose number goes without ST is followed by [`Isup::more_digits`]; that of an emergency
    /// call goes with it whatever it says, so that nobody waits for more.
    pub fn setup(
        &mut self,
        now: Instant,
        class: Class,
        group: GroupId,
        iam: Iam,
    ) -> Result<(CallId, Cic), SetupError> {
        self.setup_again(now, class, group, iam, &[])
    }

    /// The same for a call that has lost these circuits of the group: it takes none of them again
    /// (Q.764 §2.8.1).
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
        let lost = lost.iter().filter_map(|cic| self.circuits.find(peer, *cic));
        let ix = group.select(class, &lost.collect::<Vec<_>>())?;
        let cic = self.circuits.get(ix).ok_or(SetupError::NotUsable)?.cic;
        iam.nature = iam.nature.with_continuity_check(ContinuityCheck::NOT_REQUIRED);
        iam.called.complete |= class.is_emergency();
        let open = !iam.called.complete;
        let variant = self.variant(peer, cic);
        let payload = variant.encode(cic, &Message::Iam(iam)).map_err(|_| SetupError::BadIam)?;
        let record = CallRecord { circuit: ix, class };
        let key = self.calls.insert(class, record).map_err(|_| SetupError::TableFull)?;
        let call = CallId(key);
        let outgoing = Outgoing { call, stage: Stage::AwaitingBackward, contested: false, open };
        self.enter(ix, Phase::Outgoing(outgoing));
        if let Some(group) = self.groups.get_mut(id) {
            group.idle.took(ix);
        }
        self.transmit(peer, cic, class, MessageType::IAM, payload);
        self.start(now, TimerName::T7, ix);
        Ok((call, cic))
    }

    /// The outgoing call on the circuit, and how far it is.
    fn outgoing(&self, ix: CircuitIx) -> Option<(CallId, Stage)> {
        match &self.circuits.get(ix)?.phase {
            Phase::Outgoing(Outgoing { call, stage, .. }) => Some((*call, *stage)),
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
        self.stop(TimerName::T7, ix);
        self.stop(TimerName::T9, ix);
        self.advance(ix, Stage::Answered(Suspension::default()));
        self.event(Event::Answer { call, backward, connected, con });
    }

    /// INR (Q.764 §2.1.6.2): what we know was in the IAM. Without INF the peer would release when
    /// its T33 expires.
    pub(crate) fn inr(&mut self, ix: CircuitIx) {
        if self.outgoing(ix).is_none() {
            self.stats.unexpected += 1;
            return;
        }
        let indicators = InformationIndicators::solicited(false, false);
        self.send(ix, Inf { indicators, options: Options::new() });
    }

    /// Q.764 §2.1.4.4 and Annex A.
    pub(crate) fn t7(&mut self, now: Instant, ix: CircuitIx) {
        let by = ReleasedBy::Timer(TimerName::T7);
        self.fail(now, ix, cause(Cause::RECOVERY_ON_TIMER_EXPIRY), by);
    }

    /// Q.764 §2.1.7 and Annex A: no answer.
    pub(crate) fn t9(&mut self, now: Instant, ix: CircuitIx) {
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
