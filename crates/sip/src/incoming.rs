//! Calls to us: provisional answers, the 2xx and its ACK.

use crate::dialog::Dialog;
use crate::message::{self, introduce};
use crate::requests::{NOT_ACCEPTABLE, Status, finish};
use crate::session::{
    Accepted, Agreement, Exchange, Intent, Offer, Phase, Proposal, Ringing, Settlement, Talking,
    Unacknowledged,
};
use crate::{
    Event, Flow, LocalMedia, Negotiated, Release, Released, SessionId, Sip, Timer, negotiation,
};
use base::{Class, Duration, Instant, SlotKey};
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Name, Writer};
use std::net::{IpAddr, SocketAddr};

impl Ringing {
    pub(crate) fn new(
        transaction: SlotKey,
        invite: &Message,
        flow: Flow,
        tag: &str,
        (offer, guess): (Offer, Option<IpAddr>),
    ) -> Self {
        let dialog = Dialog::server(invite, flow, tag);
        Self { transaction, invite: invite.clone(), flow, dialog, offer, guess }
    }

    /// Why nothing of the offer can be taken.
    pub(crate) fn objection(&self) -> Option<(&'static str, String)> {
        match &self.offer {
            Offer::Open(offer) => Some(message::warning(&self.flow, negotiation::objection(offer))),
            Offer::None | Offer::Answered(_) | Offer::Ours(_) => None,
        }
    }

    /// Where the caller signals from, and whether its call is one of emergency.
    const fn peer(&self) -> (IpAddr, bool) {
        (self.flow.remote.ip(), self.guess.is_some())
    }

    /// The call turns out to be one.
    pub(crate) const fn becomes_emergency(&mut self) {
        self.guess = Some(self.flow.remote.ip());
    }

    /// Which of our addresses the caller's speech is for; none where nothing of its offer fits.
    pub(crate) fn address_of(&self, ours: &LocalMedia) -> Option<SocketAddr> {
        match &self.offer {
            Offer::Open(offer) => negotiation::address_for(offer, ours, self.guess),
            Offer::Answered(agreement) => Some(agreement.local.address),
            Offer::None | Offer::Ours(_) => {
                Some(ours.facing(self.flow.remote.ip()).unwrap_or(ours.address))
            }
        }
    }

    /// Answers the open offer; none where there is none or nothing fits.
    pub(crate) fn settle(
        &mut self,
        local: &LocalMedia,
        origin: u64,
        held: bool,
    ) -> Option<Negotiated> {
        if let Offer::Open(offer) = &self.offer {
            let (ours, media) = negotiation::answer(offer, local, origin, held, self.guess)?;
            let guess = self.guess;
            let agreement = Agreement { local: local.clone(), ours, media, held, guess };
            self.offer = Offer::Answered(Box::new(agreement));
        }
        self.agreed()
    }

    /// The offer of the INVITE, while it has no answer.
    pub(crate) fn open_offer(&self) -> Option<&SessionDescription> {
        match &self.offer {
            Offer::Open(offer) => Some(offer),
            Offer::None | Offer::Ours(_) | Offer::Answered(_) => None,
        }
    }

    /// What is agreed, once something is.
    pub(crate) fn agreed(&self) -> Option<Negotiated> {
        match &self.offer {
            Offer::Answered(agreement) => Some(agreement.media),
            Offer::None | Offer::Open(_) | Offer::Ours(_) => None,
        }
    }

    /// Our description, answer or offer, once there is one.
    pub(crate) fn description(&self) -> Option<&SessionDescription> {
        match &self.offer {
            Offer::Answered(agreement) => Some(&agreement.ours),
            Offer::Ours(proposal) => Some(&proposal.ours),
            Offer::None | Offer::Open(_) => None,
        }
    }

    /// Makes our offer where the INVITE had none (RFC 3262 §5).
    pub(crate) fn propose(&mut self, local: &LocalMedia, origin: u64, held: bool) {
        self.offer = Offer::Ours(Box::new(Proposal::first(local, origin, held, self.peer())));
    }

    /// Takes the answer to our offer; says whether it can be used.
    pub(crate) fn conclude(&mut self, answer: Option<&SessionDescription>) -> bool {
        let Offer::Ours(proposal) = &self.offer else {
            return false;
        };
        let Some(agreement) = (**proposal).clone().conclude(answer) else {
            return false;
        };
        self.offer = Offer::Answered(Box::new(agreement));
        true
    }

    /// Our answer to a new offer behind the first exchange; none where nothing fits.
    pub(crate) fn answer_anew(&self, offer: &SessionDescription, held: bool) -> Option<Agreement> {
        match &self.offer {
            Offer::Answered(agreement) => agreement.answer(offer, held),
            Offer::None | Offer::Open(_) | Offer::Ours(_) => None,
        }
    }
}

impl Sip {
    pub(crate) fn ringing(&self, session: SessionId) -> Option<&Ringing> {
        match &self.sessions.get(session.0)?.phase {
            Phase::Ringing(ringing) => Some(ringing),
            _ => None,
        }
    }

    /// A response to the INVITE of a ringing session, up to its body.
    pub(crate) fn dialog_response(
        &self,
        session: SessionId,
        status: Status<'_>,
        headers: &[(&'static str, String)],
    ) -> Option<Writer> {
        let ringing = self.ringing(session)?;
        let tag = &self.sessions.get(session.0)?.tag;
        let mut writer = self.response(&ringing.invite, ringing.flow, status, tag);
        if status.0 < 300 {
            // §12.1.1
            writer.copy(&ringing.invite, Name::RecordRoute);
            introduce(&mut writer, &ringing.flow, message::wants_sips(&ringing.invite));
        }
        for (name, value) in headers {
            writer.header(name, value);
        }
        Some(writer)
    }

    /// Accepts an incoming call with 200.
    ///
    /// The 2xx waits for the PRACK of a reliable response with a session description (RFC 3262 §3).
    /// Returns what was agreed; none where our offer goes out, and [`Event::Acknowledged`] brings
    /// the answer. Where nothing of the caller's offer fits `media` the call is refused with 488
    /// and [`Released::BadMedia`] follows.
    pub fn answer(
        &mut self,
        now: Instant,
        session: SessionId,
        media: &LocalMedia,
        headers: &[(&'static str, String)],
    ) -> Option<Negotiated> {
        let origin = self.ids.sdp_session();
        let record = self.sessions.get_mut(session.0)?;
        let held = record.held;
        let Phase::Ringing(ringing) = &mut record.phase else {
            return None;
        };
        let agreed = ringing.settle(media, origin, held);
        if matches!(ringing.offer, Offer::Open(_)) {
            self.refuse_ringing_with(now, session, NOT_ACCEPTABLE, Released::BadMedia);
            return None;
        }
        if !self.defer_answer(now, session, media, headers) {
            self.accept(now, session, media, headers);
        }
        agreed
    }

    fn accept(
        &mut self,
        now: Instant,
        session: SessionId,
        media: &LocalMedia,
        headers: &[(&'static str, String)],
    ) -> Option<()> {
        let mut writer = self.dialog_response(session, (200, "OK"), headers)?;
        let invite = self.ringing(session)?.invite.clone();
        self.agree_timer_as_server(now, session, &invite, &mut writer);
        let origin = self.ids.sdp_session();
        let record = self.sessions.get_mut(session.0)?;
        let held = record.held;
        let Phase::Ringing(ringing) = &record.phase else {
            return None;
        };
        let settlement = match &ringing.offer {
            Offer::Answered(agreement) => Settlement::Agreed((**agreement).clone()),
            Offer::Ours(proposal) => Settlement::Offered((**proposal).clone()),
            Offer::None => {
                Settlement::Offered(Proposal::first(media, origin, held, ringing.peer()))
            }
            Offer::Open(_) => return None,
        };
        let reliable = record.reliable.as_ref();
        let has_described = reliable.is_some_and(|reliable| reliable.has_described());
        let body = match &settlement {
            Settlement::Agreed(_) if has_described => None,
            Settlement::Agreed(agreement) => Some(&agreement.ours),
            Settlement::Offered(proposal) => Some(&proposal.ours),
        };
        let response = finish(writer, body);
        let record = self.sessions.get_mut(session.0)?;
        let Phase::Ringing(ringing) = std::mem::replace(&mut record.phase, Phase::Over) else {
            return None;
        };
        let Ringing { transaction, dialog, .. } = *ringing;
        let cseq = invite.cseq().number;
        let answer = Unacknowledged { transaction, cseq, interval: Duration::ZERO };
        let intent = Intent::Talk;
        let accepted = Accepted { dialog, settlement, answer, intent };
        record.phase = Phase::Accepted(Box::new(accepted));
        self.transactions.respond(now, &mut self.wire, transaction, 200, response);
        self.timers.stop((session, Timer::RepeatProgress));
        self.timers.stop((session, Timer::Expires));
        self.stop_reliable(session);
        self.await_ack(now, session);
        Some(())
    }

    /// Sends a final response other than 2xx to the INVITE of a ringing session; says whether it
    /// was one.
    pub(crate) fn final_response(
        &mut self,
        now: Instant,
        session: SessionId,
        status: Status<'_>,
        headers: &[(&'static str, String)],
    ) -> bool {
        let Some(writer) = self.dialog_response(session, status, headers) else {
            return false;
        };
        let Some(transaction) = self.ringing(session).map(|ringing| ringing.transaction) else {
            return false;
        };
        let record = self.sessions.get(session.0);
        let unpracked = record.and_then(|record| Some((record.tag.clone(), record.unpracked()?)));
        if let Some((tag, unpracked)) = unpracked {
            self.leave_unpracked(now, tag, unpracked);
        }
        self.transactions.respond(now, &mut self.wire, transaction, status.0, writer.finish());
        true
    }

    /// Refuses an incoming call as the user wishes.
    pub(crate) fn reject(&mut self, now: Instant, session: SessionId, release: &Release) {
        let mut headers = Vec::new();
        headers.extend(release.reason.iter().map(|reason| ("Reason", reason.clone())));
        headers.extend(release.retry_after.iter().map(|s| ("Retry-After", s.to_string())));
        // Nothing below 300 ends a call.
        let status = if (300..700).contains(&release.status) { release.status } else { 500 };
        self.final_response(now, session, (status, release.phrase), &headers);
        self.end(session);
    }

    /// Starts the timers of a 2xx (§13.3.1.4).
    pub(crate) fn await_ack(&mut self, now: Instant, session: SessionId) {
        let first = self.values.t1.min(self.values.t2);
        if let Some(answer) = self.unacknowledged(session) {
            answer.interval = first;
        }
        self.timers.set(now, (session, Timer::Resend2xx), first);
        self.timers.set(now, (session, Timer::NoAck), self.values.sixty_four_t1());
    }

    fn unacknowledged(&mut self, session: SessionId) -> Option<&mut Unacknowledged> {
        match &mut self.sessions.get_mut(session.0)?.phase {
            Phase::Accepted(accepted) => Some(&mut accepted.answer),
            Phase::Talking(talking) => match &mut talking.exchange {
                Exchange::Theirs { answer, .. } => Some(answer),
                Exchange::Idle | Exchange::Ours { .. } => None,
            },
            _ => None,
        }
    }

    pub(crate) fn resend_2xx(&mut self, now: Instant, session: SessionId) {
        let values = self.values;
        let Some(answer) = self.unacknowledged(session) else {
            return;
        };
        answer.interval = values.next(Timer::Resend2xx, answer.interval);
        let (transaction, interval) = (answer.transaction, answer.interval);
        self.transactions.repeat(now, &mut self.wire, transaction, 200);
        self.timers.set(now, (session, Timer::Resend2xx), interval);
    }

    pub(crate) fn class(&self, session: SessionId) -> Class {
        self.sessions.get(session.0).map(|session| session.class).unwrap_or_default()
    }

    /// §13.3.1.4: the dialog is confirmed, but the session should be terminated.
    pub(crate) fn not_acknowledged(&mut self, now: Instant, session: SessionId) {
        self.wire.stats.not_acknowledged += 1;
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        if record.class.is_emergency() && self.speaks_on(now, session) {
            return;
        }
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let leaving = match &mut record.phase {
            Phase::Accepted(accepted) => match &mut accepted.intent {
                Intent::Leave { reason } => Some(reason.take()),
                Intent::Talk => None,
            },
            _ => None,
        };
        match leaving {
            Some(reason) => self.hang_up(now, session, reason.as_deref(), None),
            None => self.hang_up(now, session, None, Some(Released::NotAcknowledged)),
        }
    }

    /// An emergency call whose ACKs get lost on their way goes on where both sides have said where
    /// they hear: §13.3.1.4 and §14.2 only recommend to end the session, and the caller may well
    /// be speaking. Either party, its silence or its session timer ends it.
    fn speaks_on(&mut self, now: Instant, session: SessionId) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let speaks = match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Accepted(accepted) => match *accepted {
                Accepted {
                    dialog,
                    settlement: Settlement::Agreed(agreement),
                    intent: Intent::Talk,
                    ..
                } => {
                    let exchange = Exchange::Idle;
                    let talking =
                        Talking { dialog, agreement, we_called: false, exchange, unsent: 0 };
                    record.phase = Phase::Talking(Box::new(talking));
                    self.wire.event(Event::Acknowledged { session, media: None });
                    true
                }
                waiting => {
                    record.phase = Phase::Accepted(Box::new(waiting));
                    false
                }
            },
            Phase::Talking(mut talking) => {
                let settled = matches!(talking.exchange, Exchange::Theirs { offered: None, .. });
                if settled {
                    talking.exchange = Exchange::Idle;
                }
                record.phase = Phase::Talking(talking);
                settled
            }
            other => {
                record.phase = other;
                false
            }
        };
        if speaks {
            self.timers.stop((session, Timer::Resend2xx));
            self.settle_hold(now, session);
        }
        speaks
    }

    /// Takes an ACK that belongs to no refusal: that of a 2xx.
    pub(crate) fn acknowledged(&mut self, now: Instant, flow: Flow, ack: &Message) {
        let session = ack.to().tag().and_then(|tag| self.tags.get(tag, ack.call_id()));
        let session = session.filter(|session| {
            let record = self.sessions.get_mut(session.0);
            record.is_some_and(|record| record.dialog_of(ack).is_some())
        });
        let number = ack.cseq().number;
        let awaited = session.filter(|session| {
            self.unacknowledged(*session).is_some_and(|answer| answer.cseq == number)
        });
        let Some(session) = awaited else {
            if session.is_none() {
                self.wire.stats.stray_requests += 1;
            }
            return;
        };
        self.timers.stop((session, Timer::Resend2xx));
        self.timers.stop((session, Timer::NoAck));
        let description = self.described(session, ack).ok().flatten();
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Accepted(accepted) => {
                self.confirm(now, session, (flow, ack), *accepted, description.as_ref());
            }
            Phase::Talking(mut talking) => {
                let exchange = std::mem::replace(&mut talking.exchange, Exchange::Idle);
                record.phase = Phase::Talking(talking);
                if let Exchange::Theirs { offered: Some(proposal), .. } = exchange {
                    self.conclude_theirs(now, session, proposal, description.as_ref());
                }
                self.settle_hold(now, session);
            }
            other => record.phase = other,
        }
    }

    fn confirm(
        &mut self,
        now: Instant,
        session: SessionId,
        (flow, ack): (Flow, &Message),
        accepted: Accepted,
        description: Option<&SessionDescription>,
    ) {
        let Accepted { mut dialog, settlement, intent, .. } = accepted;
        dialog.advance(ack, flow);
        let (agreement, answered) = match settlement {
            Settlement::Agreed(agreement) => (Some(agreement), None),
            Settlement::Offered(proposal) => {
                let agreement = proposal.clone().conclude(description);
                let talks = matches!(intent, Intent::Talk);
                if agreement.is_none() && talks && self.class(session).is_emergency() {
                    return self.offer_again(now, session, dialog, proposal);
                }
                let media = agreement.as_ref().map(|agreement| agreement.media);
                (agreement, media)
            }
        };
        let leave = match intent {
            Intent::Leave { reason } => Some((reason, None)),
            Intent::Talk if agreement.is_none() => Some((None, Some(Released::BadMedia))),
            Intent::Talk => None,
        };
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        if let Some((reason, why)) = leave {
            return self.bye(now, session, dialog, reason.as_deref(), why);
        }
        let Some(agreement) = agreement else {
            return;
        };
        let exchange = Exchange::Idle;
        let talking = Talking { dialog, agreement, we_called: false, exchange, unsent: 0 };
        record.phase = Phase::Talking(Box::new(talking));
        self.wire.event(Event::Acknowledged { session, media: answered });
        self.settle_hold(now, session);
    }

    /// The caller of an emergency call has not answered our offer in its ACK, perhaps because it
    /// takes ours for the answer to one that we could not read. It is asked once more, where an
    /// answer cannot be anything else (§14.1), before the call is given up.
    fn offer_again(
        &mut self,
        now: Instant,
        session: SessionId,
        dialog: Dialog,
        proposal: Proposal,
    ) {
        let agreement = proposal.with(negotiation::silence());
        let next = agreement.proposal(agreement.held);
        if let Some(record) = self.sessions.get_mut(session.0) {
            let exchange = Exchange::Idle;
            let talking = Talking { dialog, agreement, we_called: false, exchange, unsent: 0 };
            record.phase = Phase::Talking(Box::new(talking));
        }
        self.wire.event(Event::Acknowledged { session, media: None });
        if !self.send_reinvite(now, session, next) {
            self.hang_up(now, session, None, Some(Released::BadMedia));
        }
    }
}
