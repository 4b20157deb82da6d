//! What is done for an emergency call that would otherwise end here.

use super::{Call, Calls, Phase};
use crate::hunt::Hunt;
use crate::{CallId, Release, Setup};
use base::{Cause, Class, Instant};
use routing::{Number, Query};
use tracing::info;

/// How many more exchanges an emergency call may pass whose counter is nearly used up: enough to
/// reach an answering point, whose number leads straight there.
pub(super) const HOPS: u8 = 5;

/// How many calls of one caller to one number get that at a time. A call that goes round in circles
/// comes by here once each time, and would otherwise take every circuit that is kept for
/// emergencies.
const LAPS: usize = 3;

/// The same for all the callers of one trunk that give no number: their calls cannot be told from
/// laps of one, for whatever else names a call (Call-ID, tags, references) is new each time that it
/// leaves the switched network.
const LAPS_UNNAMED: usize = 16;

impl Calls {
    /// How many more exchanges a call may pass (Q.764 §2.10.7, RFC 3261 §16.3); none where it goes
    /// round in circles. An emergency call is given some more, as the counter may only have begun
    /// low: some telephones begin with 0.
    pub(super) fn hops_of(&self, setup: &Setup, class: Class) -> Option<u8> {
        let left = setup.hops.checked_sub(1);
        if !class.is_emergency() || left.is_some_and(|left| left >= HOPS) {
            return left;
        }
        let caller = |setup: &Setup| setup.calling.map(|calling| calling.number);
        let most = if setup.calling.is_some() { LAPS } else { LAPS_UNNAMED };
        // A call in a circle comes back by the same way each time; its first lap may have come by
        // another. Nobody answers it: who talks has arrived, however many speak from one number.
        let is_lap = |call: &Call| {
            matches!(call.phase, Phase::Attempting(_) | Phase::Progressing)
                && caller(&call.setup) == caller(setup)
                && (setup.calling.is_some() || call.setup.ingress == setup.ingress)
                && (call.setup.called == setup.called || call.translated == setup.called)
        };
        let laps = self.table.iter().filter(|(_, call)| is_lap(call)).take(most).count();
        if laps < most { Some(HOPS) } else { left }
    }

    /// The next hop of an attempt says that its call is for an emergency service (RFC 3261 §21.3.5
    /// with TS 24.229 §5.1.2A.1.1): it goes on as a call to that service's number, by the plan, and
    /// as urgently. Once: from then on it is an emergency call, which nothing makes a better one.
    pub(super) fn becomes_emergency(&mut self, now: Instant, id: CallId, service: Number) {
        let release = Release::new(Cause::REDIRECTION);
        let Some(call) = self.table.get(id.0) else {
            self.stats.stale += 1;
            return;
        };
        let is_new = matches!(call.phase, Phase::Attempting(_)) && !call.setup.class.is_emergency();
        let query = Query {
            ingress: call.setup.ingress,
            called: &service,
            class: Class::Emergency,
            location: call.setup.location.as_ref().map(routing::Insee::as_str),
            explain: false,
        };
        let decision = self.router.route(&query).ok().filter(|_| is_new);
        let Some((decision, call)) = decision.zip(self.table.get_mut(id.0)) else {
            return self.attempt_failed(now, id, release);
        };
        info!(call = %id, %service, "an emergency call after all");
        (call.setup.class, call.translated) = (decision.class, decision.called);
        if let Phase::Attempting(attempting) = &mut call.phase {
            attempting.hunt = Hunt::new(&decision);
        }
        if call.attempts < self.config.attempts(decision.class) {
            self.attempt(now, id);
        } else {
            self.attempt_failed(now, id, release);
        }
    }
}
