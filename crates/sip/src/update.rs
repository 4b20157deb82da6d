//! UPDATE (RFC 3311), both roles, within a confirmed dialog or before the 2xx.

use crate::message::introduce;
use crate::prack::Preview;
use crate::requests::{Inbound, NOT_ACCEPTABLE, UNKNOWN, finish};
use crate::session::{Exchange, Offer, Phase, Settlement};
use crate::transaction::{Failure, Purpose, User};
use crate::within::Place;
use crate::{Event, Released, SessionId, Sip};
use base::{Instant, SlotKey};
use sip_parser::Message;
use sip_parser::sdp::SessionDescription;

impl Sip {
    /// Sends UPDATE within the dialog of a session (§5.1), with further headers, and with our
    /// description as a new offer where `offering`. False where there is no dialog for it, where
    /// the peer does not take UPDATE, where another offer is open, or where no transaction is left.
    pub(crate) fn send_update(
        &mut self,
        now: Instant,
        session: SessionId,
        headers: &[(&'static str, String)],
        offering: bool,
    ) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let (held, class) = (record.held, record.class.in_dialog());
        let Phase::Talking(talking) = &mut record.phase else {
            return false;
        };
        if !talking.dialog.takes_update()
            || (offering && !matches!(talking.exchange, Exchange::Idle))
        {
            return false;
        }
        let proposal = offering.then(|| talking.agreement.proposal(held));
        let head = talking.dialog.request(&self.wire, "UPDATE", self.ids.branch());
        let mut writer = head.request(self.wire.software());
        introduce(&mut writer, &head.flow, head.wants_sips());
        for (name, value) in headers {
            writer.header(name, value);
        }
        self.ask_for_timer(session, &mut writer);
        let update = finish(writer, proposal.as_ref().map(|proposal| &proposal.ours));
        let user = Some(User { session, purpose: Purpose::Update { offering } });
        let started = self.transactions.start(now, &mut self.wire, class, user, (head, update));
        let Some(transaction) = started else {
            return false;
        };
        if let Some((proposal, talking)) = proposal.zip(self.talking_mut(session)) {
            let preview = Preview::default();
            talking.exchange = Exchange::Ours { transaction, proposal, preview };
        }
        true
    }

    /// Takes a response to our UPDATE (§5.3).
    pub(crate) fn update_response(
        &mut self,
        now: Instant,
        session: SessionId,
        (transaction, offering): (SlotKey, bool),
        response: &Message,
    ) {
        let status = response.status().unwrap_or_default();
        if status < 200 {
            return;
        }
        if offering {
            self.exchanged(now, session, transaction, response);
        } else {
            self.refresh_response(now, session, response);
        }
    }

    /// Our UPDATE has no final response.
    pub(crate) fn update_failed(
        &mut self,
        now: Instant,
        session: SessionId,
        offering: bool,
        why: Failure,
    ) {
        match why {
            // §5.3: a peer that does not answer within the dialog has left it.
            Failure::Timeout | Failure::Overdue if offering => {
                self.reinvite_unanswered(now, session, Released::Timeout);
            }
            Failure::Timeout | Failure::Overdue => {
                self.left_dialog(now, session, Released::Timeout);
            }
            // RFC 3261 §8.1.3.1: a transport that failed is a 503, which ends no dialog.
            Failure::Transport if offering => self.give_up_reinvite(now, session),
            Failure::Transport => self.refresh_unsent(now, session),
        }
    }

    /// RFC 3311 §5.2.
    pub(crate) fn peer_update(&mut self, now: Instant, session: SessionId, inbound: &Inbound) {
        let offer = match self.offer_in(inbound) {
            Ok(offer) => offer,
            Err(status) => return self.refuse_body(now, inbound, status),
        };
        match (self.place(session), offer) {
            (Some(Place::Closing) | None, _) => self.reply(now, inbound, UNKNOWN, &[], None),
            (Some(_), None) => {
                self.refresh(session, &inbound.request);
                self.gate_of_update(session, &inbound.request);
                self.reply_in_dialog(now, session, inbound, None);
            }
            (Some(Place::Ringing), Some(offer)) => {
                self.peer_update_ringing(now, session, inbound, &offer);
            }
            (Some(Place::Early), Some(offer)) => {
                self.peer_update_early(now, session, inbound, &offer);
            }
            (Some(Place::Accepted { offering: true }), Some(_)) => self.glare(now, inbound),
            (Some(Place::Accepted { offering: false }), Some(offer)) => {
                self.peer_update_accepted(now, session, inbound, &offer);
            }
            (Some(Place::Talking), Some(offer)) => {
                let Some((agreement, exchange)) = self.talking(session) else {
                    return;
                };
                let is_open = match exchange {
                    Exchange::Idle => false,
                    Exchange::Ours { .. } => true,
                    Exchange::Theirs { offered, .. } => offered.is_some(),
                };
                if is_open {
                    return self.glare(now, inbound);
                }
                let Some(next) = agreement.answer(&offer, self.is_held(session)) else {
                    return self.refuse_body(now, inbound, NOT_ACCEPTABLE);
                };
                self.refresh(session, &inbound.request);
                self.reply_in_dialog(now, session, inbound, Some(&next.ours));
                self.agree(session, next);
                self.settle_hold(now, session);
            }
        }
    }

    /// An offer of a callee before its 2xx: only behind the first exchange, whose answer must have
    /// come reliably (§5.1); the offer of our INVITE is open otherwise.
    fn peer_update_early(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        offer: &SessionDescription,
    ) {
        let held = self.is_held(session);
        let fork = self.early(session).and_then(|early| early.fork_of(&inbound.request));
        let agreed = fork.filter(|fork| fork.is_firm).and_then(|fork| fork.agreement.as_ref());
        let Some(agreement) = agreed else {
            return self.glare(now, inbound);
        };
        let Some(next) = agreement.answer(offer, held) else {
            return self.refuse_body(now, inbound, NOT_ACCEPTABLE);
        };
        self.refresh(session, &inbound.request);
        self.reply_in_dialog(now, session, inbound, Some(&next.ours));
        let Some(early) = self.early(session) else {
            return;
        };
        let before = early.media();
        if let Some(fork) = early.fork_of(&inbound.request) {
            fork.agreement = Some(next);
        }
        let media = early.media();
        if media != before
            && let Some(media) = media
        {
            self.wire.event(Event::Media { session, media });
        }
        self.gate_of_update(session, &inbound.request);
    }

    /// An offer of the caller that has our 2xx, and with it our answer: nothing is open, though the
    /// ACK is lost or late (§5.1).
    fn peer_update_accepted(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        offer: &SessionDescription,
    ) {
        let held = self.is_held(session);
        let Some(Phase::Accepted(accepted)) =
            self.sessions.get_mut(session.0).map(|record| &mut record.phase)
        else {
            return;
        };
        let Settlement::Agreed(agreement) = &mut accepted.settlement else {
            return;
        };
        let Some(next) = agreement.answer(offer, held) else {
            return self.refuse_body(now, inbound, NOT_ACCEPTABLE);
        };
        let (ours, media) = (next.ours.clone(), next.media);
        *agreement = next;
        self.refresh(session, &inbound.request);
        self.reply_in_dialog(now, session, inbound, Some(&ours));
        self.wire.event(Event::Media { session, media });
    }

    /// An offer of the caller before our 2xx: only behind the first exchange (§5.1).
    fn peer_update_ringing(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        offer: &SessionDescription,
    ) {
        let Some(record) = self.sessions.get(session.0) else {
            return;
        };
        let Phase::Ringing(ringing) = &record.phase else {
            return;
        };
        let has_answered = record
            .reliable
            .as_ref()
            .is_some_and(|reliable| reliable.has_described() && !reliable.description_waits());
        match &ringing.offer {
            Offer::Ours(_) => self.glare(now, inbound),
            Offer::Answered(_) if has_answered => {
                let next = ringing.answer_anew(offer, record.held);
                self.refresh(session, &inbound.request);
                self.answer_in_early_dialog(now, session, inbound, next);
                self.resume_if_met(session, offer);
            }
            // The offer of the INVITE waits for its answer, which an unreliable response is not.
            Offer::Answered(_) | Offer::Open(_) | Offer::None => self.not_now(now, inbound),
        }
    }
}
