//! Calls to us: provisional answers, the 2xx and its ACK.

use crate::dialog::Dialog;
use crate::message::introduce;
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

impl Ringing {
    pub(crate) fn new(
        transaction: SlotKey,
        invite: &Message,
        flow: Flow,
        tag: &str,
        offer: Offer,
    ) -> Self {
        let dialog = Dialog::server(invite, flow, tag);
        Self { transaction, invite: invite.clone(), flow, dialog, offer }
    }

    /// Answers the open offer; none where there is none or nothing fits.
    fn settle(&mut self, local: &LocalMedia, origin: u64, held: bool) -> Option<Negotiated> {
        if let Offer::Open(offer) = &self.offer {
            let (ours, media) = negotiation::answer(offer, local, origin, held)?;
            let agreement = Agreement { local: local.clone(), ours, media, held };
            self.offer = Offer::Answered(Box::new(agreement));
        }
        match &self.offer {
            Offer::Answered(agreement) => Some(agreement.media),
            Offer::None | Offer::Open(_) => None,
        }
    }

    /// The description that answers the offer, once there is one.
    fn answered(&self) -> Option<&SessionDescription> {
        match &self.offer {
            Offer::Answered(agreement) => Some(&agreement.ours),
            Offer::None | Offer::Open(_) => None,
        }
    }
}

impl Sip {
    /// Answers an incoming call provisionally, with 101 to 199, and again each minute.
    ///
    /// With `media` the answer to the caller's offer goes with it, and what was agreed is returned.
    /// Where the INVITE brought no offer ours waits for the 2xx: RFC 3262 §5 wants the first offer
    /// in a reliable message.
    pub fn progress(
        &mut self,
        now: Instant,
        session: SessionId,
        status: u16,
        phrase: &str,
        headers: &[(&'static str, String)],
        media: Option<&LocalMedia>,
    ) -> Option<Negotiated> {
        if !(101..200).contains(&status) {
            return None;
        }
        let record = self.sessions.get_mut(session.0)?;
        let held = record.held;
        let Phase::Ringing(ringing) = &mut record.phase else {
            return None;
        };
        let agreed = media.and_then(|local| {
            let origin = self.ids.sdp_session();
            ringing.settle(local, origin, held)
        });
        let transaction = ringing.transaction;
        let writer = self.dialog_response(session, (status, phrase), headers)?;
        let body = self.ringing(session).and_then(Ringing::answered).filter(|_| agreed.is_some());
        let response = finish(writer, body);
        self.transactions.respond(now, &mut self.wire, transaction, status, response);
        self.timers.set(now, (session, Timer::RepeatProgress), self.progress_repeat);
        agreed
    }

    /// §13.3.1.1: proxies on the way must not give up.
    pub(crate) fn repeat_progress(&mut self, now: Instant, session: SessionId) {
        if let Some(ringing) = self.ringing(session) {
            let transaction = ringing.transaction;
            self.transactions.repeat(now, &mut self.wire, transaction, 180);
            self.timers.set(now, (session, Timer::RepeatProgress), self.progress_repeat);
        }
    }

    fn ringing(&self, session: SessionId) -> Option<&Ringing> {
        match &self.sessions.get(session.0)?.phase {
            Phase::Ringing(ringing) => Some(ringing),
            _ => None,
        }
    }

    /// A response to the INVITE of a ringing session, up to its body.
    fn dialog_response(
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
            introduce(&mut writer, &ringing.flow);
        }
        for (name, value) in headers {
            writer.header(name, value);
        }
        Some(writer)
    }

    /// Accepts an incoming call with 200.
    ///
    /// Returns what was agreed; none where our offer went out, and [`Event::Acknowledged`] brings
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
        let settlement = match &ringing.offer {
            Offer::Answered(agreement) => Settlement::Agreed((**agreement).clone()),
            Offer::None => {
                let ours = negotiation::offer(media, origin, held);
                Settlement::Offered(Proposal { local: media.clone(), ours, held })
            }
            Offer::Open(_) => {
                self.final_response(now, session, NOT_ACCEPTABLE, &[]);
                self.released(session, Released::BadMedia);
                self.end(session);
                return None;
            }
        };
        self.accept(now, session, settlement, headers);
        agreed
    }

    fn accept(
        &mut self,
        now: Instant,
        session: SessionId,
        settlement: Settlement,
        headers: &[(&'static str, String)],
    ) -> Option<()> {
        let mut writer = self.dialog_response(session, (200, "OK"), headers)?;
        let invite = self.ringing(session)?.invite.clone();
        self.agree_timer_as_server(now, session, &invite, &mut writer);
        let body = match &settlement {
            Settlement::Agreed(agreement) => &agreement.ours,
            Settlement::Offered(proposal) => &proposal.ours,
        };
        let response = finish(writer, Some(body));
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

    /// Takes an ACK that belongs to no refusal: that of a 2xx.
    pub(crate) fn acknowledged(&mut self, now: Instant, flow: Flow, ack: &Message) {
        let session = ack.to().tag().and_then(|tag| self.tags.get(tag)).copied();
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
        let description = self.described(ack).ok().flatten();
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
                let agreement = proposal.conclude(description);
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
}
