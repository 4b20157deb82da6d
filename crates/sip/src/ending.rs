//! The end of a session, and holding the peer.

use crate::dialog::Dialog;
use crate::message::{Head, introduce, reason};
use crate::prack::Preview;
use crate::requests::finish;
use crate::session::{Closing, Exchange, Intent, Phase, Proposal, Talking, Withdrawn};
use crate::transaction::{Purpose, User};
use crate::usages::{has_left, has_left_invite};
use crate::{Flow, Release, Released, SessionId, Sip, Timer};
use base::{Class, Duration, Instant, SlotKey};
use sip_parser::Message;

/// The timers that end with the dialog.
const OF_TALKING: [Timer; 6] = [
    Timer::Resend2xx,
    Timer::NoAck,
    Timer::Retry491,
    Timer::GiveUp,
    Timer::Refresh,
    Timer::SessionExpires,
];

/// How many re-INVITEs in a row may find no way to the peer,
const UNSENT_MAX: u8 = 6;
/// and how long after one the next is sent.
const UNSENT_PAUSE: Duration = Duration::from_secs(5);

impl Sip {
    /// Ends a session by whatever its state asks for: a final response, CANCEL once a provisional
    /// answer has come (§9.1), or BYE, after the ACK where that is still awaited (§15).
    /// [`crate::Event::Ended`] follows.
    pub fn release(&mut self, now: Instant, session: SessionId, release: &Release) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let reason = release.reason.clone();
        match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Ringing(ringing) => {
                record.phase = Phase::Ringing(ringing);
                self.reject(now, session, release);
            }
            Phase::Accepted(mut accepted) => {
                if matches!(accepted.intent, Intent::Talk) {
                    accepted.intent = Intent::Leave { reason };
                }
                record.phase = Phase::Accepted(accepted);
            }
            Phase::Calling(call) => {
                let withdrawn = Withdrawn { transaction: call.transaction, reason };
                record.phase = Phase::Withdrawn(Box::new(withdrawn));
            }
            Phase::Early(early) => {
                let transaction = early.call.transaction;
                let withdrawn = Withdrawn { transaction, reason: reason.clone() };
                record.phase = Phase::Cancelling(Box::new(withdrawn));
                self.send_cancel(now, session, transaction, reason.as_deref());
            }
            Phase::Talking(talking) => {
                self.bye(now, session, talking.dialog, reason.as_deref(), None);
            }
            Phase::Over => self.end(session),
            other @ (Phase::Withdrawn(_) | Phase::Cancelling(_) | Phase::Closing(_)) => {
                record.phase = other;
            }
        }
        self.take_notices(now);
    }

    /// §9.1.
    pub(crate) fn send_cancel(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        reason: Option<&str>,
    ) {
        let class = self.class(session).in_dialog();
        self.start_cancel(now, class, transaction, reason);
        self.timers.set(now, (session, Timer::NoFinal), self.values.sixty_four_t1());
    }

    /// §14.1: no person decides about a re-INVITE, so its final answer is not waited for without
    /// end. Its transaction goes on as long again, for what the CANCEL brings (§9.1).
    pub(crate) fn cancel_reinvite(&mut self, now: Instant, session: SessionId) {
        if let Some(talking) = self.talking_mut(session)
            && let Exchange::Ours { transaction, .. } = talking.exchange
        {
            let class = self.class(session).in_dialog();
            self.start_cancel(now, class, transaction, None);
        }
    }

    /// Sends the CANCEL of one of our INVITEs.
    pub(crate) fn start_cancel(
        &mut self,
        now: Instant,
        class: Class,
        transaction: SlotKey,
        reason: Option<&str>,
    ) {
        let Some(head) = self.transactions.head(transaction) else {
            return;
        };
        let head = Head { method: "CANCEL", ..head.clone() };
        let (flow, bytes) = (head.flow, head.cancel(reason));
        let request = (head, bytes.clone());
        if self.transactions.start(now, &mut self.wire, class, None, request).is_none() {
            // No place to repeat it from: once is better than never.
            self.wire.send(flow, class, bytes);
        }
    }

    /// Whether the user has ended this session already.
    pub(crate) fn is_leaving(&self, session: SessionId) -> bool {
        match self.sessions.get(session.0).map(|session| &session.phase) {
            Some(Phase::Accepted(accepted)) => matches!(accepted.intent, Intent::Leave { .. }),
            _ => false,
        }
    }

    /// Ends a confirmed dialog from our side, with the news where the peer is at fault.
    pub(crate) fn hang_up(
        &mut self,
        now: Instant,
        session: SessionId,
        reason: Option<&str>,
        why: Option<Released>,
    ) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let dialog = match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Accepted(accepted) => accepted.dialog,
            Phase::Talking(talking) => talking.dialog,
            other => {
                record.phase = other;
                return;
            }
        };
        self.bye(now, session, dialog, reason, why);
    }

    /// Sends BYE for a session whose dialog was taken out of it (§15.1.1).
    pub(crate) fn bye(
        &mut self,
        now: Instant,
        session: SessionId,
        mut dialog: Dialog,
        reason: Option<&str>,
        why: Option<Released>,
    ) {
        for timer in OF_TALKING {
            self.timers.stop((session, timer));
        }
        let class = self.class(session).in_dialog();
        let user = Some(User { session, purpose: Purpose::Bye });
        let started = self.send_bye(now, class, &mut dialog, user, reason);
        if let Some(why) = why {
            self.released(session, why);
        }
        match self.sessions.get_mut(session.0) {
            Some(record) if started => record.phase = Phase::Closing(Box::new(Closing { dialog })),
            _ => self.end(session),
        }
    }

    /// Sends BYE; says whether a transaction watches over it.
    pub(crate) fn send_bye(
        &mut self,
        now: Instant,
        class: Class,
        dialog: &mut Dialog,
        user: Option<User>,
        reason: Option<&str>,
    ) -> bool {
        let branch = self.ids.branch();
        let head = dialog.request(&self.wire, "BYE", branch);
        let mut writer = head.request(self.wire.software());
        if let Some(reason) = reason {
            writer.header("Reason", reason);
        }
        let (flow, bytes) = (head.flow, writer.finish());
        let request = (head, bytes.clone());
        if self.transactions.start(now, &mut self.wire, class, user, request).is_some() {
            return true;
        }
        // No place to repeat it from: once is better than never.
        self.wire.send(flow, class, bytes);
        false
    }

    /// Puts the peer on hold with a re-INVITE `a=sendonly`, or takes it back with `a=sendrecv`.
    /// Waits for its turn: for the dialog to be confirmed, for another re-INVITE to end, for the
    /// time that §14.1 sets after a glare.
    pub fn set_held(&mut self, now: Instant, session: SessionId, held: bool) {
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.held = held;
            self.settle_hold(now, session);
            self.take_notices(now);
        }
    }

    /// Sends the re-INVITE that the user's wish needs, where it is time for it.
    pub(crate) fn settle_hold(&mut self, now: Instant, session: SessionId) {
        if self.timers.is_running((session, Timer::Retry491)) {
            return;
        }
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let held = record.held;
        let Phase::Talking(talking) = &mut record.phase else {
            return;
        };
        let Talking { agreement, exchange, .. } = &mut **talking;
        if agreement.held == held || !matches!(exchange, Exchange::Idle) {
            return;
        }
        let proposal = agreement.proposal(held);
        if !self.send_reinvite(now, session, proposal) {
            // No place now; as after a glare, later.
            self.timers.set(now, (session, Timer::Retry491), Duration::from_secs(2));
        }
    }

    /// Sends an INVITE within the dialog; says whether a transaction watches over it.
    pub(crate) fn send_reinvite(
        &mut self,
        now: Instant,
        session: SessionId,
        proposal: Proposal,
    ) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let class = record.class.in_dialog();
        let Phase::Talking(talking) = &mut record.phase else {
            return false;
        };
        let head = talking.dialog.request(&self.wire, "INVITE", self.ids.branch());
        let mut writer = head.request(self.wire.software());
        introduce(&mut writer, &head.flow, head.wants_sips());
        self.ask_for_timer(session, &mut writer);
        let invite = finish(writer, Some(&proposal.ours));
        let user = Some(User { session, purpose: Purpose::Reinvite });
        let started = self.transactions.start(now, &mut self.wire, class, user, (head, invite));
        let Some((transaction, talking)) = started.zip(self.talking_mut(session)) else {
            return false;
        };
        let preview = Preview::default();
        talking.exchange = Exchange::Ours { transaction, proposal, preview };
        true
    }

    /// Takes a response to our re-INVITE.
    pub(crate) fn reinvite_response(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        (flow, response): (Flow, &Message),
    ) {
        let status = response.status().unwrap_or_default();
        if status < 200 {
            if !self.timers.is_running((session, Timer::GiveUp)) {
                self.timers.set(now, (session, Timer::GiveUp), self.values.sixty_four_t1());
            }
            self.transactions.limit(now, transaction);
            return self.reinvite_progress(now, session, transaction, response);
        }
        self.timers.stop((session, Timer::GiveUp));
        if (200..300).contains(&status) {
            self.acknowledge_reinvite(session, transaction, (flow, response));
        }
        self.exchanged(now, session, transaction, response);
    }

    /// Takes the final response to our re-INVITE, or to our UPDATE with an offer.
    pub(crate) fn exchanged(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        response: &Message,
    ) {
        let status = response.status().unwrap_or_default();
        let description = self.described(session, response).ok().flatten();
        let Some(talking) = self.talking_mut(session) else {
            return;
        };
        let (proposal, preview) = match std::mem::replace(&mut talking.exchange, Exchange::Idle) {
            Exchange::Ours { transaction: ours, proposal, preview } if ours == transaction => {
                (proposal, preview)
            }
            other => {
                talking.exchange = other;
                return;
            }
        };
        talking.unsent = 0;
        let is_invite = response.cseq().method == "INVITE";
        match status {
            200..300 => {
                talking.dialog.refresh(response);
                let before = talking.agreement.media;
                let next = match preview.answer {
                    Some(answer) => Some(*answer),
                    None => proposal.conclude(description.as_ref()),
                };
                let Some(next) = next else {
                    return self.hang_up(now, session, None, Some(Released::BadMedia));
                };
                if next.media == before {
                    talking.agreement = next;
                } else {
                    self.agree(session, next);
                }
                self.agree_timer_as_client(now, session, response);
            }
            491 => self.back_off(now, session),
            _ if has_left(status) || is_invite && has_left_invite(status) => {
                let why = Released::Rejected { status, reason: reason(response), warning: None };
                return self.left_dialog(now, session, why);
            }
            _ => self.reinvite_refused(now, session, proposal.held, response),
        }
        self.settle_hold(now, session);
    }

    fn reinvite_refused(
        &mut self,
        now: Instant,
        session: SessionId,
        held: bool,
        response: &Message,
    ) {
        if response.status() == Some(422) && self.raise_interval(session, response) {
            // RFC 4028 §7.3: the same once more, with a longer interval.
            return self.refresh_later(now, session, Duration::ZERO);
        }
        // §14.1: the session goes on as it was. Not again until the user changes its mind.
        if let Some(talking) = self.talking_mut(session) {
            talking.agreement.held = held;
        }
        self.wire.stats.reinvites_refused += 1;
        self.refresh_refused(now, session, response);
    }

    /// Nobody has answered our re-INVITE.
    pub(crate) fn reinvite_unanswered(&mut self, now: Instant, session: SessionId, why: Released) {
        if let Some(talking) = self.talking_mut(session) {
            talking.exchange = Exchange::Idle;
            self.left_dialog(now, session, why);
        }
    }

    /// A re-INVITE did not reach the peer: a connection broke, perhaps. It is tried again, for the
    /// peer would stay on hold otherwise; a peer that cannot be reached at all has left the dialog,
    /// and nobody else would notice while it is to send no speech.
    pub(crate) fn reinvite_unsent(&mut self, now: Instant, session: SessionId) {
        let Some(talking) = self.talking_mut(session) else {
            return;
        };
        talking.exchange = Exchange::Idle;
        talking.unsent += 1;
        if talking.unsent < UNSENT_MAX {
            self.timers.set(now, (session, Timer::Retry491), UNSENT_PAUSE);
            self.refresh_still_due(now, session);
        } else {
            self.hang_up(now, session, None, Some(Released::TransportFailed));
        }
    }

    /// The re-INVITE that came to nothing may have been the refresh (RFC 4028 §7.4).
    fn refresh_still_due(&mut self, now: Instant, session: SessionId) {
        if !self.timers.is_running((session, Timer::Refresh)) {
            self.refresh_after_glare(now, session, UNSENT_PAUSE);
        }
    }

    /// Gives a re-INVITE up that the peer sits on; the session goes on as it was.
    pub(crate) fn give_up_reinvite(&mut self, now: Instant, session: SessionId) {
        let Some(talking) = self.talking_mut(session) else {
            return;
        };
        let exchange = std::mem::replace(&mut talking.exchange, Exchange::Idle);
        if let Exchange::Ours { proposal, .. } = exchange {
            talking.agreement.held = proposal.held;
            self.wire.stats.reinvites_refused += 1;
            self.refresh_still_due(now, session);
            self.settle_hold(now, session);
        }
    }

    fn acknowledge_reinvite(
        &mut self,
        session: SessionId,
        transaction: SlotKey,
        (_, response): (Flow, &Message),
    ) {
        let branch = self.ids.branch();
        let Some(head) = self.transactions.head(transaction) else {
            return;
        };
        let cseq = head.cseq;
        // A session that ended meanwhile left the way of its INVITE.
        let gone = Head { method: "ACK", branch: branch.clone(), ..head.clone() };
        let ack = match self.sessions.get(session.0).map(|session| &session.phase) {
            Some(Phase::Talking(talking)) => talking.dialog.ack(&self.wire, cseq, branch),
            _ => gone,
        };
        self.send_ack(transaction, response.to().tag().unwrap_or_default(), ack);
    }

    /// §14.1: the owner of the Call-ID waits longer, so that the two do not meet again.
    fn back_off(&mut self, now: Instant, session: SessionId) {
        self.wire.stats.glares += 1;
        let we_called = self.talking_mut(session).is_some_and(|talking| talking.we_called);
        let tens = if we_called { 210 + self.ids.below(191) } else { self.ids.below(201) };
        let pause = Duration::from_millis(tens * 10);
        self.timers.set(now, (session, Timer::Retry491), pause);
        self.refresh_after_glare(now, session, pause);
    }
}
