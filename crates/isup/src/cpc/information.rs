//! What one exchange asks the other about the caller: INR and INF (Q.764 §2.1.6), IDR and IRS
//! (malicious call identification, Q.731.7).

use super::cause;
use crate::circuits::CircuitIx;
use crate::io::{CallId, Event, ReleasedBy};
use crate::node::Isup;
use crate::phase::{Incoming, Phase, Stage};
use crate::timers::{Timer, TimerName};
use base::{Cause, Instant};
use isup_codec::{
    CallingPartyNumber, CallingPartysCategory, Idr, Inf, InformationIndicators,
    InformationRequestIndicators, Inr, Irs, McidRequestIndicators, McidResponseIndicators,
    MessageCompatibility, Options, key,
};

/// Whoever does not know an identification drops it.
const INSTRUCTIONS: MessageCompatibility = MessageCompatibility(0).with_discard(true);

/// What we know of the caller of an outgoing call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) category: CallingPartysCategory,
    pub(crate) number: Option<CallingPartyNumber>,
}

impl Isup {
    /// Asks the peer who calls, while it has heard nothing from us about its call. Says whether the
    /// question went. [`Event::Information`] brings what is known; without an answer (T33) an
    /// ordinary call is released, an emergency call goes on.
    pub fn ask(
        &mut self,
        now: Instant,
        call: CallId,
        indicators: InformationRequestIndicators,
    ) -> bool {
        let ix = self.incoming_on(call, |stage| stage == Stage::AwaitingBackward);
        let asked = ix.filter(|ix| !self.runs(TimerName::T33, *ix));
        if let Some(ix) = asked {
            self.send(ix, Inr { indicators, options: Options::new() });
            self.start(now, TimerName::T33, ix);
        } else {
            self.stats.misused += 1;
        }
        self.settle(now);
        asked.is_some()
    }

    /// Asks the peer to identify the caller, at any time of the call (T39).
    pub fn identify(&mut self, now: Instant, call: CallId) -> bool {
        let ix = self.incoming_on(call, |_| true);
        let asked = ix.filter(|ix| !self.runs(TimerName::T39, *ix));
        if let Some(ix) = asked {
            let request = McidRequestIndicators(0).with_requested(true);
            let idr = Idr { options: Options::new() };
            let idr = idr.with(key::MESSAGE_COMPATIBILITY_INFORMATION, &INSTRUCTIONS);
            self.send(ix, idr.with(key::MCID_REQUEST_INDICATORS, &request));
            self.start(now, TimerName::T39, ix);
        } else {
            self.stats.misused += 1;
        }
        self.settle(now);
        asked.is_some()
    }

    fn incoming_on(&self, call: CallId, fits: impl Fn(Stage) -> bool) -> Option<CircuitIx> {
        let ix = self.circuit_of(call)?;
        match &self.circuits.get(ix)?.phase {
            Phase::Incoming(Incoming { stage, .. }) => fits(*stage).then_some(ix),
            _ => None,
        }
    }

    fn runs(&self, name: TimerName, ix: CircuitIx) -> bool {
        self.timers.deadline(Timer { name, of: ix.0 }).is_some()
    }

    /// What we know of the caller of the outgoing call on a circuit.
    fn caller(&self, ix: CircuitIx) -> Option<&Caller> {
        match &self.circuits.get(ix)?.phase {
            Phase::Outgoing(outgoing) => Some(&outgoing.caller),
            _ => None,
        }
    }

    /// INR (Q.764 §2.1.6.2): without INF the peer would release when its T33 expires.
    pub(crate) fn inr(&mut self, now: Instant, ix: CircuitIx, inr: &Inr) {
        let Some(Caller { category, number }) = self.caller(ix).cloned() else {
            return self.stray(now, ix);
        };
        let asked = inr.indicators;
        let number = number.filter(|_| asked.calling_address());
        let with_category = asked.calling_category();
        let indicators = InformationIndicators::solicited(number.is_some(), with_category);
        let mut inf = Inf { indicators, options: Options::new() };
        if let Some(number) = number {
            inf.set(key::CALLING_PARTY_NUMBER, &number);
        }
        if with_category {
            inf.set(key::CALLING_PARTYS_CATEGORY, &category);
        }
        self.send(ix, inf);
    }

    /// INF: the answer to our INR, or something that the peer found worth telling (Q.764 §2.1.6.3).
    pub(crate) fn inf(&mut self, now: Instant, ix: CircuitIx, inf: &Inf) {
        let solicited = self.runs(TimerName::T33, ix);
        let call = self.incoming_call(ix);
        let Some(call) = call.filter(|_| solicited || inf.indicators.unsolicited()) else {
            return self.stray(now, ix);
        };
        if solicited && !inf.indicators.unsolicited() {
            self.stop(TimerName::T33, ix);
        }
        let calling = inf.get(key::CALLING_PARTY_NUMBER).map(Box::new);
        let category = inf.get(key::CALLING_PARTYS_CATEGORY);
        self.event(Event::Information { call, calling, category });
    }

    fn incoming_call(&self, ix: CircuitIx) -> Option<CallId> {
        match &self.circuits.get(ix)?.phase {
            Phase::Incoming(Incoming { call, .. }) => Some(*call),
            _ => None,
        }
    }

    /// IDR: we tell who calls, if we know.
    pub(crate) fn idr(&mut self, now: Instant, ix: CircuitIx, idr: &Idr) {
        let Some(Caller { number, .. }) = self.caller(ix).cloned() else {
            return self.stray(now, ix);
        };
        let request = idr.get(key::MCID_REQUEST_INDICATORS).unwrap_or_default();
        let number = number.filter(|_| request.requested());
        let response = McidResponseIndicators(0).with_included(number.is_some());
        let mut irs = Irs { options: Options::new() };
        irs.set(key::MESSAGE_COMPATIBILITY_INFORMATION, &INSTRUCTIONS);
        irs.set(key::MCID_RESPONSE_INDICATORS, &response);
        if let Some(number) = number {
            irs.set(key::CALLING_PARTY_NUMBER, &number);
        }
        self.send(ix, irs);
    }

    /// IRS: the answer to our IDR.
    pub(crate) fn irs(&mut self, now: Instant, ix: CircuitIx, irs: &Irs) {
        let call = self.incoming_call(ix).filter(|_| self.runs(TimerName::T39, ix));
        let Some(call) = call else { return self.stray(now, ix) };
        self.stop(TimerName::T39, ix);
        let calling = irs.get(key::CALLING_PARTY_NUMBER).map(Box::new);
        self.event(Event::Information { call, calling, category: None });
    }

    /// Q.764 §2.1.6.2 and Annex A: no INF. An emergency call does without.
    pub(crate) fn t33(&mut self, now: Instant, ix: CircuitIx) {
        let record = self.incoming_call(ix).and_then(|call| self.calls.get(call.0));
        if record.is_some_and(|record| !record.class.is_emergency()) {
            let by = ReleasedBy::Timer(TimerName::T33);
            self.fail(now, ix, cause(Cause::RECOVERY_ON_TIMER_EXPIRY), by);
        }
    }
}
