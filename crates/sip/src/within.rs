//! Requests of the peer within a dialog: BYE, re-INVITE, UPDATE, OPTIONS.

use crate::message::{introduce, reason, wants_sips};
use crate::requests::{
    GLARE, Inbound, NOT_ACCEPTABLE, OK, UNKNOWN, extensions, finish, unsupported_method,
};
use crate::session::{Agreement, Exchange, Phase, Proposal, Settlement, Talking, Unacknowledged};
use crate::{Event, Flow, Released, SessionId, Sip};
use base::{Class, Duration, Instant};
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Method, Name};

/// Where the session stands, as far as a request of the peer is concerned.
pub(crate) enum Place {
    /// Our 2xx to the INVITE is still to come.
    Ringing,
    /// Our 2xx waits for its ACK; whether an offer of ours waits in it.
    Accepted {
        offering: bool,
    },
    /// Our INVITE waits for its 2xx.
    Early,
    Talking,
    Closing,
}

impl Sip {
    /// Takes a request with our tag in To (§12.2.2).
    pub(crate) fn within_dialog(
        &mut self,
        now: Instant,
        flow: Flow,
        class: Class,
        request: Message,
    ) {
        let tag = request.to().tag().unwrap_or_default().to_owned();
        let session = self.tags.get(&tag, request.call_id());
        let record = session.and_then(|session| self.sessions.get_mut(session.0));
        let class = record.as_ref().map_or(class, |record| record.class.in_dialog());
        let dialog = record.and_then(|record| record.dialog_of(&request));
        let in_order = dialog.map(|dialog| dialog.advance(&request, flow));
        let transaction =
            in_order.and_then(|_| self.transactions.accept(&mut self.wire, class, flow, &request));
        let mut inbound = Inbound { flow, class, request, transaction, tag };
        if session.is_none() && self.late_prack(now, &mut inbound) {
            return;
        }
        let (Some(session), Some(in_order)) = (session, in_order) else {
            self.wire.stats.stray_requests += 1;
            return self.reply(now, &inbound, UNKNOWN, &[], None);
        };
        if !in_order {
            return self.refuse(now, &inbound, (500, "CSeq Out of Order"));
        }
        let method = inbound.request.method();
        let missing = if class.is_emergency() { None } else { extensions(&inbound.request) };
        let refusal = unsupported_method(method).or(missing);
        if let Some((status, headers)) = refusal {
            self.wire.stats.refused += 1;
            return self.reply(now, &inbound, status, &headers, None);
        }
        self.overlook(class, &inbound.request);
        // A BYE is heard even where nothing could remember its answer.
        if inbound.transaction.is_none() && method != Method::Bye {
            return self.no_place(now, &inbound);
        }
        if matches!(method, Method::Invite | Method::Update)
            && matches!(self.place(session), Some(Place::Talking | Place::Accepted { .. }))
            && let Some(least) = self.too_short(class, &inbound.request)
        {
            return self.refuse_short(now, &inbound, least);
        }
        match method {
            Method::Bye => self.peer_bye(now, session, &inbound),
            Method::Info => self.peer_info(now, session, &inbound),
            Method::Options => self.capabilities(now, &inbound),
            Method::Prack => self.peer_prack(now, session, &inbound),
            Method::Update => self.peer_update(now, session, &inbound),
            _ => self.peer_reinvite(now, session, &inbound),
        }
    }

    pub(crate) fn place(&self, session: SessionId) -> Option<Place> {
        Some(match &self.sessions.get(session.0)?.phase {
            Phase::Ringing(_) => Place::Ringing,
            Phase::Accepted(accepted) => {
                let offering = matches!(accepted.settlement, Settlement::Offered(_));
                Place::Accepted { offering }
            }
            Phase::Talking(_) => Place::Talking,
            Phase::Closing(_) => Place::Closing,
            Phase::Calling(_)
            | Phase::Early(_)
            | Phase::Withdrawn(_)
            | Phase::Cancelling(_)
            | Phase::Over => Place::Early,
        })
    }

    /// §15.1.2.
    fn peer_bye(&mut self, now: Instant, session: SessionId, inbound: &Inbound) {
        let why = Released::Bye { reason: reason(&inbound.request) };
        match self.place(session) {
            None => self.reply(now, inbound, UNKNOWN, &[], None),
            Some(Place::Early) => {
                self.reply(now, inbound, OK, &[], None);
                self.callee_left(now, session, &inbound.request);
            }
            Some(Place::Ringing) => {
                self.reply(now, inbound, OK, &[], None);
                self.refuse_ringing(now, session, why);
            }
            // Two BYEs met: ours ends the session when its answer comes.
            Some(Place::Closing) => self.reply(now, inbound, OK, &[], None),
            Some(Place::Accepted { .. } | Place::Talking) => {
                self.reply(now, inbound, OK, &[], None);
                if !self.is_leaving(session) {
                    self.released(session, why);
                }
                self.end(session);
            }
        }
    }

    /// §14.2.
    fn peer_reinvite(&mut self, now: Instant, session: SessionId, inbound: &Inbound) {
        match self.place(session) {
            Some(Place::Talking) => {}
            // A second INVITE before the final answer to the first.
            Some(Place::Ringing) => return self.not_now(now, inbound),
            Some(Place::Early | Place::Accepted { .. }) => return self.glare(now, inbound),
            Some(Place::Closing) | None => return self.reply(now, inbound, UNKNOWN, &[], None),
        }
        let offer = match self.offer_in(inbound) {
            Ok(offer) => offer,
            Err(status) => return self.refuse_body(now, inbound, status),
        };
        let held = self.is_held(session);
        let Some((agreement, exchange)) = self.talking(session) else {
            return;
        };
        if matches!(exchange, Exchange::Ours { .. } | Exchange::Theirs { offered: Some(_), .. }) {
            return self.glare(now, inbound);
        }
        let (next, offered) = match offer {
            Some(offer) => match agreement.answer(&offer, held) {
                Some(next) => (Some(next), None),
                // §14.2: the session goes on as it was.
                None => return self.refuse_body(now, inbound, NOT_ACCEPTABLE),
            },
            None => (None, Some(agreement.proposal(held))),
        };
        let body = match (&next, &offered) {
            (Some(next), _) => Some(next.ours.clone()),
            (None, offered) => offered.as_ref().map(|proposal| proposal.ours.clone()),
        };
        self.refresh(session, &inbound.request);
        self.reply_in_dialog(now, session, inbound, body.as_ref());
        self.await_their_ack(now, session, inbound, offered);
        if let Some(next) = next {
            self.agree(session, next);
        }
    }

    fn await_their_ack(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        offered: Option<Proposal>,
    ) {
        let Some(transaction) = inbound.transaction else {
            return;
        };
        let cseq = inbound.request.cseq().number;
        if let Some(talking) = self.talking_mut(session) {
            let answer = Unacknowledged { transaction, cseq, interval: Duration::ZERO };
            talking.exchange = Exchange::Theirs { answer, offered };
            self.await_ack(now, session);
        }
    }

    /// Takes the answer to the offer that we made because the peer's re-INVITE had none.
    pub(crate) fn conclude_theirs(
        &mut self,
        now: Instant,
        session: SessionId,
        proposal: Proposal,
        answer: Option<&SessionDescription>,
    ) {
        match proposal.conclude(answer) {
            Some(next) => self.agree(session, next),
            None => self.hang_up(now, session, None, Some(Released::BadMedia)),
        }
    }

    /// Takes over what was agreed anew, and tells the user.
    pub(crate) fn agree(&mut self, session: SessionId, next: Agreement) {
        let media = next.media;
        if let Some(talking) = self.talking_mut(session) {
            talking.agreement = next;
            self.wire.event(Event::Media { session, media });
        }
    }

    pub(crate) fn glare(&mut self, now: Instant, inbound: &Inbound) {
        self.wire.stats.glares += 1;
        self.refuse(now, inbound, GLARE);
    }

    pub(crate) fn refresh(&mut self, session: SessionId, request: &Message) {
        let record = self.sessions.get_mut(session.0);
        if let Some(dialog) = record.and_then(|record| record.dialog_of(request)) {
            dialog.refresh(request);
        }
    }

    /// 200 to INVITE or UPDATE within the dialog.
    pub(crate) fn reply_in_dialog(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        body: Option<&SessionDescription>,
    ) {
        let mut writer = self.response(&inbound.request, inbound.flow, OK, &inbound.tag);
        writer.copy(&inbound.request, Name::RecordRoute);
        introduce(&mut writer, &inbound.flow, wants_sips(&inbound.request));
        // RFC 4028 §9: the session, and with it its timer, begins with the 2xx to the INVITE.
        if matches!(self.place(session), Some(Place::Talking | Place::Accepted { .. })) {
            self.agree_timer_as_server(now, session, &inbound.request, &mut writer);
        }
        if let Some(transaction) = inbound.transaction {
            let response = finish(writer, body);
            self.transactions.respond(now, &mut self.wire, transaction, 200, response);
        }
    }

    pub(crate) fn talking(&self, session: SessionId) -> Option<(&Agreement, &Exchange)> {
        match &self.sessions.get(session.0)?.phase {
            Phase::Talking(talking) => Some((&talking.agreement, &talking.exchange)),
            _ => None,
        }
    }

    pub(crate) fn talking_mut(&mut self, session: SessionId) -> Option<&mut Talking> {
        match &mut self.sessions.get_mut(session.0)?.phase {
            Phase::Talking(talking) => Some(talking),
            _ => None,
        }
    }

    pub(crate) fn is_held(&self, session: SessionId) -> bool {
        self.sessions.get(session.0).is_some_and(|session| session.held)
    }
}
