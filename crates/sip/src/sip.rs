use crate::auth::Door;
use crate::ids::Ids;
use crate::registration::Registrations;
use crate::session::{Phase, Session};
use crate::tags::Tags;
use crate::transaction::{Failure, Notice, Purpose, Transactions, User};
use crate::wire::{Names, Wire};
use crate::{
    Config, ConfigError, ConnectionId, Event, Flow, Input, Output, Released, RequestId, SessionId,
    SessionTimers, Stats, Timer, Timers,
};
use base::{Class, Duration, Instant, SlotKey, SlotTable, TimerTable};
use sip_parser::{Peek, Start};
use std::collections::BTreeMap;

/// The timers that belong to sessions; all others belong to transactions.
const SESSION_TIMERS: &[Timer] = &[
    Timer::Resend2xx,
    Timer::NoAck,
    Timer::RepeatProgress,
    Timer::Retry491,
    Timer::NoFinal,
    Timer::Expires,
    Timer::Silence,
    Timer::GiveUp,
    Timer::Refresh,
    Timer::SessionExpires,
    Timer::ResendReliable,
    Timer::NoPrack,
    Timer::AnswerAnyway,
    Timer::Preconditions,
];

/// A user agent for many calls.
#[derive(Debug)]
pub struct Sip {
    pub(crate) wire: Wire,
    pub(crate) transactions: Transactions,
    pub(crate) sessions: SlotTable<Session>,
    pub(crate) tags: Tags,
    pub(crate) timers: TimerTable<(SessionId, Timer)>,
    /// The requests outside any dialog.
    pub(crate) outside: BTreeMap<SlotKey, RequestId>,
    pub(crate) registrations: Registrations,
    /// Where callers prove who they are.
    pub(crate) door: Door,
    pub(crate) ids: Ids,
    pub(crate) values: Timers,
    pub(crate) progress_repeat: Duration,
    pub(crate) session_timers: SessionTimers,
}

impl Sip {
    /// A user agent without calls.
    pub fn new(config: Config, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            wire: Wire::new(&config),
            transactions: Transactions::new(&config),
            sessions: SlotTable::new(config.sessions, config.emergency_reserve),
            tags: Tags::default(),
            timers: TimerTable::new(),
            outside: BTreeMap::new(),
            registrations: Registrations::new(config.peers.registrations.clone(), now),
            door: config.peers.door(),
            ids: Ids::new(config.seed),
            values: config.timers,
            progress_repeat: config.progress_repeat,
            session_timers: config.session_timers,
        })
    }

    /// Takes what happened.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Message { flow, class, peer, message } => {
                let flow = self.wire.ours(flow);
                if message.is_request() {
                    self.wire.stats.requests += 1;
                    self.request(now, (flow, peer), class, message);
                } else {
                    self.wire.stats.responses += 1;
                    if !self.transactions.receive(now, &mut self.wire, flow, &message) {
                        // §18.1.2 with RFC 6026 §7.3: no transaction, no way up.
                        self.wire.stats.stray_responses += 1;
                    }
                }
            }
            Input::Broken { flow, class, broken } => {
                self.broken(self.wire.ours(flow), class, &broken);
            }
            Input::SendFailed { flow } => {
                self.wire.stats.transport_failures += 1;
                if let Some(connection) = flow.connection {
                    self.wire.closed(connection);
                }
                self.transactions.send_failed(now, &mut self.wire, flow);
            }
            Input::Unreachable { flow } => {
                self.wire.stats.transport_failures += 1;
                self.transactions.unreachable(now, &mut self.wire, flow);
            }
            Input::Connected { flow } => {
                self.wire.connected(flow);
                self.transactions.connected(flow);
            }
            Input::Accepted { flow } => {
                self.wire.accepted(flow);
            }
            Input::Alias { flow, remote } => self.wire.alias(flow, remote),
            Input::HalfClosed { connection } => self.wire.half_closed(connection),
            Input::Idle { connection } => {
                if !self.uses(connection) {
                    self.wire.close(connection);
                }
            }
            Input::Closed { connection } => {
                for there in self.wire.closed(connection) {
                    self.transactions.closed(now, &mut self.wire, connection, there);
                }
            }
        }
        self.take_notices(now);
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        loop {
            let any = self.transactions.expire(now, &mut self.wire);
            self.take_notices(now);
            if let Some((session, timer)) = self.timers.pop_expired(now) {
                self.expired(now, session, timer);
            } else if !any {
                break;
            }
        }
        self.register(now);
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.wire.poll();
        if output.is_none() && self.wire.has_ended() {
            // Whatever was to be answered is: no client waits for the end of its connection longer.
            let Self { wire, transactions, .. } = self;
            wire.close_ended(|connection, way| transactions.owes(connection, way));
            return self.wire.poll();
        }
        output
    }

    /// Whether a call or a transaction counts on a connection.
    fn uses(&self, connection: ConnectionId) -> bool {
        let ways = self.wire.ways(connection);
        ways.into_iter().any(|way| self.transactions.uses(connection, way))
            || self.sessions.iter().any(|(_, session)| session.connection() == Some(connection))
    }

    /// The next deadline, and which timer it belongs to.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let session = self.timers.next().map(|(deadline, (_, timer))| (deadline, timer));
        let transaction = self.transactions.next_timer();
        [session, transaction, self.registrations.next_timer()]
            .into_iter()
            .flatten()
            .min_by_key(|(deadline, _)| *deadline)
    }

    /// Tells where the names of the user's own peers lead (RFC 3263), by host name in lower case.
    /// They are bounded by whoever knows them: they come from the configuration, not from peers.
    pub fn set_names(&mut self, names: Names) {
        self.wire.set_names(names);
    }

    /// Changes the priority of a session and of its INVITE, where that has no final answer yet.
    pub fn set_class(&mut self, session: SessionId, class: Class) {
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.class = class;
            if class.is_emergency()
                && let Phase::Ringing(ringing) = &mut record.phase
            {
                ringing.becomes_emergency();
            }
            if let Some(transaction) = record.invite_transaction() {
                self.transactions.set_class(transaction, class);
            }
        }
    }

    /// The priority of the session that a raw message belongs to: by our tag and Call-ID, or by
    /// the branch of a transaction (a CANCEL, the ACK of a refusal, a copy).
    pub fn class_of(&self, peek: &Peek<'_>) -> Option<Class> {
        let tag = match peek.start {
            Start::Request { .. } => peek.to_tag,
            Start::Response { .. } => peek.from_tag,
        };
        let session = tag.zip(peek.call_id).and_then(|(tag, id)| self.tags.get(tag, id));
        let session = session.and_then(|session| self.sessions.get(session.0));
        let class = match session {
            Some(session) => session.class,
            None => self.transactions.class_of(peek.branch?)?,
        };
        Some(class.in_dialog())
    }

    /// Counters since the start.
    pub const fn stats(&self) -> Stats {
        Stats {
            door: self.door.stats,
            wallet: self.wire.wallet.stats,
            throttle: self.wire.throttle.stats,
            feedback: self.wire.feedback.stats,
            ..self.wire.stats
        }
    }

    /// The way that later messages of a session's dialog go, once it is confirmed.
    pub fn flow(&self, session: SessionId) -> Option<Flow> {
        self.sessions.get(session.0)?.flow()
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many transactions there are.
    pub fn transactions(&self) -> usize {
        self.transactions.len()
    }

    /// Hands on what transactions have to tell.
    pub(crate) fn take_notices(&mut self, now: Instant) {
        while let Some(notice) = self.transactions.poll() {
            match notice {
                Notice::Response { transaction, user, flow, response } => {
                    if self.heed(now, transaction, user, &response) {
                        continue;
                    }
                    let purpose = user.map(|user| (user.session, user.purpose));
                    match purpose {
                        Some((session, Purpose::Invite)) => {
                            self.invite_response(now, session, transaction, (flow, &response));
                        }
                        Some((session, Purpose::Reinvite)) => {
                            self.reinvite_response(now, session, transaction, (flow, &response));
                        }
                        Some((_, Purpose::Prack)) => {
                            if response.status().is_some_and(|status| status >= 300) {
                                self.prack_failed();
                            }
                        }
                        Some((session, Purpose::Update { offering })) => {
                            let of = (transaction, offering);
                            self.update_response(now, session, of, &response);
                        }
                        Some((session, Purpose::Bye)) => {
                            // §15.1.1: whatever it is, the session is over.
                            if response.status().is_some_and(|status| status >= 200) {
                                self.end(session);
                            }
                        }
                        Some((_, Purpose::Incoming)) => {}
                        None => self.outside_response(now, transaction, response),
                    }
                }
                Notice::Failed { transaction, user: Some(user), why } => {
                    self.transaction_failed(now, transaction, user, why);
                }
                Notice::Failed { transaction, user: None, why } => {
                    self.outside_failed(now, transaction, released_by(why));
                }
                Notice::Unreachable { transaction, user } => {
                    let invite = user.filter(|user| user.purpose == Purpose::Invite);
                    if let Some(User { session, .. }) = invite {
                        self.hop_is_unreachable(now, session, transaction);
                    }
                }
                Notice::Ack { flow, ack } => self.acknowledged(now, flow, &ack),
            }
        }
    }

    fn transaction_failed(&mut self, now: Instant, transaction: SlotKey, user: User, why: Failure) {
        let released = released_by(why);
        let Some(session) = self.sessions.get(user.session.0) else {
            return;
        };
        match (user.purpose, &session.phase) {
            // An INVITE to a hop that was left for another.
            (Purpose::Invite, _) if session.invite_transaction() != Some(transaction) => {}
            (Purpose::Invite, Phase::Calling(_) | Phase::Early(_)) => {
                self.hop_failed(now, user.session, released);
            }
            (Purpose::Incoming, Phase::Ringing(_)) => {
                self.released(user.session, released);
                self.end(user.session);
            }
            (Purpose::Invite, Phase::Withdrawn(_) | Phase::Cancelling(_))
            | (Purpose::Bye, Phase::Closing(_)) => self.end(user.session),
            // §12.2.1.2: a peer that does not answer within the dialog has left it.
            (Purpose::Reinvite, Phase::Talking(_)) if why == Failure::Timeout => {
                self.reinvite_unanswered(now, user.session, released);
            }
            // §8.1.3.1: a transport that failed is a 503, which ends no dialog.
            (Purpose::Reinvite, Phase::Talking(_)) if why == Failure::Transport => {
                self.reinvite_unsent(now, user.session);
            }
            (Purpose::Reinvite, Phase::Talking(_)) => self.give_up_reinvite(now, user.session),
            (Purpose::Prack, _) => self.prack_failed(),
            (Purpose::Update { offering }, _) => {
                self.update_failed(now, user.session, offering, why);
            }
            _ => {}
        }
    }

    fn expired(&mut self, now: Instant, session: SessionId, timer: Timer) {
        match timer {
            Timer::Resend2xx => self.resend_2xx(now, session),
            Timer::NoAck => self.not_acknowledged(now, session),
            Timer::RepeatProgress => self.repeat_progress(now, session),
            Timer::Retry491 => self.settle_hold(now, session),
            Timer::Silence => self.hop_is_silent(now, session),
            Timer::GiveUp => self.cancel_reinvite(now, session),
            Timer::Refresh => self.refresh_due(now, session),
            Timer::SessionExpires => self.session_expired(now, session),
            Timer::ResendReliable => self.resend_reliable(now, session),
            Timer::NoPrack => self.prack_overdue(now, session),
            Timer::AnswerAnyway => self.answer_anyway(now, session),
            Timer::Preconditions => self.preconditions_overdue(now, session),
            // §13.3.1 says SHOULD: an emergency call rings until somebody ends it.
            Timer::Expires if self.class(session).is_emergency() => {}
            // §13.3.1: as if the caller had cancelled.
            Timer::Expires => {
                self.refuse_ringing(now, session, Released::Cancelled { reason: None });
            }
            Timer::NoFinal => {
                // §9.1: consider the INVITE cancelled, and forget it.
                let record = self.sessions.get(session.0);
                if let Some(transaction) = record.and_then(Session::invite_transaction) {
                    self.transactions.forget(transaction);
                }
                self.end(session);
            }
            _ => {}
        }
    }

    /// Makes the record of a session; none without a place for it.
    pub(crate) fn open(&mut self, session: Session) -> Option<SessionId> {
        let (class, tag) = (session.class, session.tag.clone());
        let call_id = session.call_id.clone();
        match self.sessions.insert(class, session) {
            Ok(key) => {
                self.tags.insert(tag, call_id, SessionId(key));
                Some(SessionId(key))
            }
            Err(_) => {
                self.wire.stats.sessions_full += 1;
                None
            }
        }
    }

    pub(crate) fn released(&mut self, session: SessionId, why: Released) {
        self.wire.event(Event::Released { session, why });
    }

    /// Removes a session and tells its user.
    pub(crate) fn end(&mut self, session: SessionId) {
        if self.forget(session) {
            self.wire.event(Event::Ended { session });
        }
    }

    /// Removes a session without a word; says whether there was one.
    pub(crate) fn forget(&mut self, session: SessionId) -> bool {
        let Some(record) = self.sessions.remove(session.0) else {
            return false;
        };
        self.tags.remove(&record.tag, session, &record.call_id);
        for timer in SESSION_TIMERS {
            self.timers.stop((session, *timer));
        }
        true
    }
}

/// §8.1.3.1
const fn released_by(why: Failure) -> Released {
    match why {
        Failure::Timeout | Failure::Overdue => Released::Timeout,
        Failure::Transport => Released::TransportFailed,
    }
}
