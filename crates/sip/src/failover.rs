//! The next hops of an INVITE, tried one after the other: RFC 3263 §4.3.
//!
//! A hop has failed when its transaction timed out without any response, when the transport could
//! not reach it, or when it answers 503 (RFC 3263 §4.3, RFC 3261 §8.1.3.1, §16.7). The request is
//! then sent to the next, the same but for its branch. Once a hop has told more than 100 the call
//! has reached somebody, and what it says counts.
//!
//! Timer B gives a hop 32 s (RFC 3261 §17.1.1.2), far more than an emergency caller should spend
//! on a machine that is switched off. A server must send 100 within 200 ms (§17.2.1) whatever its
//! user does, and our INVITE goes out at 0, 0.5, 1.5 and 3.5 s: a hop that is silent for longer
//! than [`Patience`] says is left for the next. It is not sent to again; should it wake up, it is
//! cancelled at its first provisional response (§9.1), or acknowledged and released at its 2xx.

use crate::extensions::Extensions;
use crate::message::Head;
use crate::session::{Calling, Phase, Withdrawn};
use crate::{EarlyPolicy, Event, Flow, Released, SessionId, Sip, Timer};
use base::{Class, Duration, Instant, SlotKey};
use std::collections::VecDeque;

/// The most hops that one INVITE is sent to.
const HOPS: usize = 8;

/// A next hop of an INVITE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The way to it.
    pub flow: Flow,
    /// The Request-URI for it.
    pub request_uri: String,
}

/// How long the next hops of an INVITE may keep silent; a 100 is enough of a word. None: Timer B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// Each hop that has another one after it.
    pub while_others: Option<Duration>,
    /// The last, where its user has something else to try.
    pub last: Option<Duration>,
}

/// What an INVITE needs to be written again, or sent to another hop.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// The start of the INVITE to the present hop.
    pub(crate) head: Head,
    /// The user's own headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) early: EarlyPolicy,
    pub(crate) extensions: Extensions,
    spare: VecDeque<Hop>,
    patience: Patience,
}

impl Way {
    pub(crate) fn new(
        head: Head,
        headers: Vec<(&'static str, String)>,
        (spare, patience): (Vec<Hop>, Patience),
        early: EarlyPolicy,
    ) -> Self {
        let mut spare = VecDeque::from(spare);
        spare.truncate(HOPS - 1);
        let extensions = Extensions::default();
        Self { head, headers, early, extensions, spare, patience }
    }

    /// How long the present hop may keep silent; whether there is anything else of the call's own
    /// to try, beside other hops.
    pub(crate) fn silence(&self, others: bool) -> Option<Duration> {
        let is_last = self.spare.is_empty() && !others;
        if is_last { self.patience.last } else { self.patience.while_others }
    }

    /// The call has reached somebody: no other hop does better.
    pub(crate) fn arrived(&mut self) {
        self.spare.clear();
    }
}

impl Sip {
    /// A next hop of a first INVITE failed, and its transaction is over: the next one is tried, or
    /// the session ends.
    pub(crate) fn hop_failed(&mut self, now: Instant, session: SessionId, why: Released) {
        if !self.next_hop(now, session, &why) && !self.next_contact(now, session, status_of(&why)) {
            self.released(session, why);
            self.end(session);
        }
    }

    /// A next hop has said nothing at all for as long as we wait.
    pub(crate) fn hop_is_silent(&mut self, now: Instant, session: SessionId) {
        if let Some(transaction) = self.unanswered(session) {
            // §18.1.1: a connection that leads nowhere takes no emergency call with it.
            if self.class(session).is_emergency()
                && self.transactions.fall_back(now, &mut self.wire, transaction)
            {
                return self.watch_silence(now, session, transaction);
            }
            self.leave_hop(now, session, transaction, Released::Timeout);
        }
    }

    /// Somebody says that the next hop of an emergency call cannot be reached (§18.4). Who that is
    /// nobody knows, so the call goes on to whatever else there is; where there is nothing, the
    /// INVITE is sent again as if nothing had been said, until its timers end it.
    pub(crate) fn hop_is_unreachable(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
    ) {
        if self.unanswered(session) == Some(transaction) {
            self.leave_hop(now, session, transaction, Released::TransportFailed);
        }
    }

    /// The transaction of an INVITE that nobody has answered.
    fn unanswered(&self, session: SessionId) -> Option<SlotKey> {
        match &self.sessions.get(session.0)?.phase {
            Phase::Calling(call) => Some(call.transaction),
            _ => None,
        }
    }

    /// Leaves the present hop for whatever else there is to try, here or for the user; without
    /// anything else it stays, and Timer B ends it.
    fn leave_hop(&mut self, now: Instant, session: SessionId, transaction: SlotKey, why: Released) {
        if self.next_hop(now, session, &why) || self.next_contact(now, session, status_of(&why)) {
            return self.transactions.abandon(transaction);
        }
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        match &record.phase {
            Phase::Calling(call) if call.way.patience.last.is_some() => {}
            _ => return,
        }
        // As if the user had taken the call back: what comes late is still dealt with.
        let withdrawn = Withdrawn { transaction, reason: None };
        record.phase = Phase::Withdrawn(Box::new(withdrawn));
        self.timers.stop((session, Timer::Silence));
        self.transactions.abandon(transaction);
        self.released(session, why);
    }

    /// Says how long the present hop may keep silent.
    pub(crate) fn watch_silence(&mut self, now: Instant, session: SessionId, transaction: SlotKey) {
        let Some(record) = self.sessions.get(session.0) else {
            return;
        };
        let Phase::Calling(call) = &record.phase else {
            return;
        };
        let others = record.redirection.has_more()
            || record.class.is_emergency() && self.transactions.may_fall_back(transaction);
        match call.way.silence(others) {
            Some(silence) => self.timers.set(now, (session, Timer::Silence), silence),
            None => _ = self.timers.stop((session, Timer::Silence)),
        }
    }

    /// Sends the INVITE to the next hop that we can reach; says whether there was one.
    fn next_hop(&mut self, now: Instant, session: SessionId, why: &Released) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let call = match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Calling(call) => *call,
            Phase::Early(early) => early.call,
            other => {
                record.phase = other;
                return false;
            }
        };
        let Calling { transaction, mut proposal, mut way } = call;
        let flow = way.head.flow;
        let class = self.class(session);
        let sent = if self.turn(now, class, &mut way) {
            proposal.goes_to(way.head.flow.remote.ip());
            self.send_invite(now, session, &proposal, &way)
        } else {
            None
        };
        if sent.is_some() {
            self.wire.stats.hops_failed += 1;
            self.wire.event(Event::HopFailed { session, flow, why: why.clone() });
        }
        if let Some(record) = self.sessions.get_mut(session.0) {
            let transaction = sent.unwrap_or(transaction);
            record.phase = Phase::Calling(Box::new(Calling { transaction, proposal, way }));
        }
        if let Some(transaction) = sent {
            self.watch_silence(now, session, transaction);
        }
        sent.is_some()
    }

    /// Turns to the next hop that we have a socket for; says whether there is one.
    fn turn(&mut self, now: Instant, class: Class, way: &mut Way) -> bool {
        while let Some(hop) = way.spare.pop_front() {
            let Flow { transport, local, remote, .. } = hop.flow;
            if self.wire.throttle.admit(now, remote, class).is_err() {
                continue;
            }
            if let Some(local) = self.wire.local(transport, remote, local) {
                way.head.flow = Flow { local, ..hop.flow };
                way.head.uri = hop.request_uri;
                way.head.branch = self.ids.branch();
                way.head.terms.attempts = 0;
                return true;
            }
        }
        false
    }

    /// A hop that was left speaks after all: its INVITE is not wanted any more (§9.1).
    pub(crate) fn late_provisional(&mut self, now: Instant, transaction: SlotKey) {
        if !self.transactions.take_abandoned(transaction) {
            return;
        }
        let class = self.transactions.class(transaction).in_dialog();
        self.start_cancel(now, class, transaction, None);
        // §9.1: a final answer is due within 64 * T1.
        self.transactions.limit(now, transaction);
    }
}

/// What a hop that failed is as good as having said (§8.1.3.1).
const fn status_of(why: &Released) -> u16 {
    if matches!(why, Released::Timeout) { 408 } else { 503 }
}
