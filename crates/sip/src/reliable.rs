//! Provisional responses of ours that are delivered for certain (RFC 3262 §3), and their PRACKs.
//!
//! One at a time is under way; others wait in order. A 2xx waits for the PRACK of a response that
//! carries a session description. Where the PRACK never comes an ordinary call ends with 504. An
//! emergency call goes on without it: the 2xx then repeats the description, as if nothing had been
//! reliable, and waits [`PATIENCE`] times T1 at most for a PRACK that is due.

use crate::late::Unpracked;
use crate::requests::{Inbound, NOT_ACCEPTABLE, OK, Status, UNKNOWN, finish};
use crate::session::{Agreement, Offer, Phase, Session, Settlement};
use crate::{Event, LocalMedia, Negotiated, Released, SessionId, Sip, Timer};
use base::{Duration, Instant};
use bytes::Bytes;
use sip_parser::headers::RAck;
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Name};
use std::collections::VecDeque;

/// The option tag.
pub(crate) const TAG: &str = "100rel";

/// How many responses may wait for their turn behind one that is not acknowledged yet.
const WAITING: usize = 8;

/// So many times T1 the 2xx of an emergency call waits for a PRACK.
const PATIENCE: u32 = 4;

/// What ends a call whose PRACK never came (§3: 5xx).
const OVERDUE: Status<'static> = (504, "Provisional Response Not Acknowledged");

/// The numbers of the first response: 1 to 2^31 - 1 (§3).
const FIRST: u64 = (1 << 31) - 1;

/// How much is made of reliable provisional responses towards a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reliability {
    /// Nothing: callers that require it are refused with 420, unless it is an emergency call.
    Off,
    /// Responses with a session description are sent so to callers that know it, and every one to
    /// callers that require it; those we call may use it.
    #[default]
    Supported,
    /// Every response is sent so to callers that know it; those we call must use it, unless they
    /// answer that they do not know it (420), or it is an emergency call.
    Required,
}

/// The reliable provisional responses to one INVITE.
#[derive(Debug)]
pub(crate) struct Reliable {
    policy: Reliability,
    /// Whether the INVITE requires it.
    required: bool,
    /// The number of the INVITE.
    cseq: u32,
    /// The RSeq of the next one.
    next: u32,
    /// What the last one said.
    last: (u16, String),
    /// The one that is not acknowledged yet.
    sent: Option<Sent>,
    waiting: VecDeque<Provisional>,
    /// Whether a session description of ours goes, or went, in one.
    described: bool,
    /// Whether the PRACK of one never came.
    given_up: bool,
    /// A 2xx that waits for a PRACK.
    answer: Option<Answer>,
}

#[derive(Debug)]
struct Sent {
    rseq: u32,
    response: Bytes,
    status: u16,
    described: bool,
    interval: Duration,
}

/// A provisional response to be written.
#[derive(Debug)]
pub(crate) struct Provisional {
    pub(crate) status: u16,
    pub(crate) phrase: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Whether our session description goes with it.
    pub(crate) described: bool,
}

#[derive(Debug)]
struct Answer {
    media: LocalMedia,
    headers: Vec<(&'static str, String)>,
}

/// What a PRACK acknowledges (§7.2); none where it says nothing of the kind, or means no INVITE.
pub(crate) fn rack(prack: &Message) -> Option<RAck<'_>> {
    let rack: RAck<'_> = prack.typed()?.ok()?;
    (rack.method == "INVITE").then_some(rack)
}

impl Reliable {
    /// None where the caller does not know reliable responses. `random` is below [`FIRST`].
    fn of(invite: &Message, random: u64) -> Option<Self> {
        let required = invite.lists(Name::Require, TAG);
        (required || invite.lists(Name::Supported, TAG)).then(|| Self {
            policy: Reliability::default(),
            required,
            cseq: invite.cseq().number,
            next: u32::try_from(random).unwrap_or_default() + 1,
            last: (183, "Session Progress".to_owned()),
            sent: None,
            waiting: VecDeque::new(),
            described: false,
            given_up: false,
            answer: None,
        })
    }

    /// Whether a response is to be sent reliably.
    pub(crate) const fn takes(&self, described: bool) -> bool {
        let wanted = match self.policy {
            Reliability::Off => false,
            Reliability::Supported => described,
            Reliability::Required => true,
        };
        !self.given_up && (self.required || wanted)
    }

    /// Lets a response wait for its turn; says whether one was shed for it.
    fn push(&mut self, provisional: Provisional) -> bool {
        let shed = self.waiting.len() >= WAITING;
        if shed {
            let place = self.waiting.iter().position(|waiting| !waiting.described);
            place.and_then(|place| self.waiting.remove(place));
        }
        self.described |= provisional.described;
        self.last = (provisional.status, provisional.phrase.clone());
        self.waiting.push_back(provisional);
        shed
    }

    /// Whether the 2xx must wait (§3).
    pub(crate) fn holds_answer(&self) -> bool {
        !self.given_up && self.sent.as_ref().is_some_and(|sent| sent.described)
    }

    /// Nothing new is sent any more (§3). What still waits takes its description back, and the 2xx
    /// brings it.
    pub(crate) fn finish(&mut self) {
        self.described &= !self.description_waits();
        self.waiting.clear();
    }

    /// Whether our description has reached the caller for certain, so that the 2xx has none (RFC
    /// 3261 §13.2.1: one answer to one offer).
    pub(crate) const fn has_described(&self) -> bool {
        self.described && !self.given_up
    }

    /// Whether our description waits behind a response that is not acknowledged yet: until it goes
    /// the offer of the INVITE has no answer.
    pub(crate) fn description_waits(&self) -> bool {
        self.waiting.iter().any(|waiting| waiting.described)
    }

    fn takes_prack(&self, rack: &RAck<'_>) -> bool {
        rack.cseq == self.cseq && self.sent.as_ref().is_some_and(|sent| sent.rseq == rack.rseq)
    }
}

impl Session {
    /// What the refusal of an INVITE leaves to be acknowledged.
    pub(crate) fn unpracked(&self) -> Option<Unpracked> {
        let reliable = self.reliable.as_deref()?;
        let (rseq, cseq) = (reliable.sent.as_ref()?.rseq, reliable.cseq);
        let Phase::Ringing(ringing) = &self.phase else {
            return None;
        };
        let remote_tag = ringing.dialog.remote_tag().to_owned();
        Some(Unpracked { call_id: self.call_id.clone(), remote_tag, rseq, cseq })
    }
}

impl Sip {
    /// What the INVITE says about reliable responses.
    pub(crate) fn reliable_of(&mut self, invite: &Message) -> Option<Box<Reliable>> {
        Reliable::of(invite, self.ids.below(FIRST)).map(Box::new)
    }

    /// Says what is made of reliable provisional responses in an incoming call, before anything
    /// else is done with it. False where the call was refused for it with 420, and is over.
    pub fn set_reliability(
        &mut self,
        now: Instant,
        session: SessionId,
        policy: Reliability,
    ) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let Some(reliable) = &mut record.reliable else {
            return true;
        };
        reliable.policy = policy;
        // An emergency call is not lost for what we can do after all.
        if policy != Reliability::Off || !reliable.required || record.class.is_emergency() {
            return true;
        }
        self.wire.stats.refused += 1;
        let unsupported = [("Unsupported", TAG.to_owned())];
        self.final_response(now, session, (420, "Bad Extension"), &unsupported);
        self.end(session);
        false
    }

    /// Whether the next provisional response to an incoming call needs our session description,
    /// whatever there is to hear: the INVITE brought no offer and requires reliable responses, the
    /// first of which must then bring one (§5).
    pub fn needs_media(&self, session: SessionId) -> bool {
        self.sessions.get(session.0).is_some_and(|record| {
            let offerless = matches!(
                &record.phase,
                Phase::Ringing(ringing) if matches!(ringing.offer, Offer::None)
            );
            offerless && record.reliable.as_ref().is_some_and(|reliable| reliable.takes(false))
        })
    }

    /// Answers an incoming call provisionally, with 101 to 199, and again each minute.
    ///
    /// With `media` the answer to the caller's offer goes with it, and what was agreed is returned.
    /// Where the INVITE brought no offer ours goes in a reliable response where the caller takes
    /// one, and [`Event::Media`] brings the answer; else it waits for the 2xx.
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
        let origin = self.ids.sdp_session();
        let record = self.sessions.get_mut(session.0)?;
        let Phase::Ringing(ringing) = &mut record.phase else {
            return None;
        };
        let reliable = record.reliable.as_ref();
        if reliable.is_some_and(|reliable| reliable.answer.is_some()) {
            // The call is answered already, and only its 2xx waits.
            return None;
        }
        let settles = matches!(ringing.offer, Offer::Open(_) | Offer::Answered(_));
        let offers = matches!(ringing.offer, Offer::None)
            && media.is_some()
            && reliable.is_some_and(|reliable| reliable.takes(true));
        let agreed = media.and_then(|local| ringing.settle(local, origin, record.held));
        if offers && let Some(local) = media {
            ringing.propose(local, origin, record.held);
        }
        let says = if settles { agreed.is_some() } else { offers };
        let reliably = reliable.is_some_and(|reliable| reliable.takes(says));
        // One description is enough once it is certain to arrive.
        let told = reliable.is_some_and(|reliable| reliable.has_described());
        let provisional = Provisional {
            status,
            phrase: phrase.to_owned(),
            headers: headers.to_vec(),
            described: says && !(told && reliably),
        };
        self.timers.set(now, (session, Timer::RepeatProgress), self.progress_repeat);
        self.respond_provisionally(now, session, provisional);
        agreed
    }

    fn respond_provisionally(
        &mut self,
        now: Instant,
        session: SessionId,
        provisional: Provisional,
    ) {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let described = provisional.described;
        match record.reliable.as_mut().filter(|reliable| reliable.takes(described)) {
            Some(reliable) => {
                self.wire.stats.provisionals_shed += u64::from(reliable.push(provisional));
                self.next_reliable(now, session);
            }
            None => {
                if let Some(response) = self.write_provisional(session, &provisional, None)
                    && let Some(transaction) = self.invite_of(session)
                {
                    let status = provisional.status;
                    self.transactions.respond(now, &mut self.wire, transaction, status, response);
                }
            }
        }
    }

    fn write_provisional(
        &self,
        session: SessionId,
        provisional: &Provisional,
        rseq: Option<u32>,
    ) -> Option<Bytes> {
        let status = (provisional.status, provisional.phrase.as_str());
        let mut writer = self.dialog_response(session, status, &provisional.headers)?;
        if let Some(rseq) = rseq {
            writer.header("Require", TAG).header("RSeq", rseq);
        }
        let body = self.ringing(session).and_then(|ringing| ringing.description());
        Some(finish(writer, body.filter(|_| provisional.described)))
    }

    /// Sends the next reliable response, where none is under way.
    fn next_reliable(&mut self, now: Instant, session: SessionId) {
        let Some(reliable) = self.reliable_mut(session).filter(|reliable| reliable.sent.is_none())
        else {
            return;
        };
        let Some(provisional) = reliable.waiting.pop_front() else {
            return;
        };
        let rseq = reliable.next;
        reliable.next = reliable.next.saturating_add(1);
        let Some(response) = self.write_provisional(session, &provisional, Some(rseq)) else {
            return;
        };
        let (status, described, t1) = (provisional.status, provisional.described, self.values.t1);
        let transaction = self.invite_of(session);
        if let Some((reliable, transaction)) = self.reliable_mut(session).zip(transaction) {
            let copy = response.clone();
            let sent = Sent { rseq, response: copy, status, described, interval: t1 };
            reliable.sent = Some(sent);
            self.wire.stats.reliable_sent += 1;
            self.transactions.respond(now, &mut self.wire, transaction, status, response);
            self.timers.set(now, (session, Timer::ResendReliable), t1);
            self.timers.set(now, (session, Timer::NoPrack), self.values.sixty_four_t1());
        }
    }

    /// §3: at an interval that doubles, without the limit of T2, over every transport.
    pub(crate) fn resend_reliable(&mut self, now: Instant, session: SessionId) {
        let transaction = self.invite_of(session);
        let sent = self.reliable_mut(session).and_then(|reliable| reliable.sent.as_mut());
        let Some((sent, transaction)) = sent.zip(transaction) else {
            return;
        };
        sent.interval = sent.interval.saturating_mul(2);
        let (status, response, interval) = (sent.status, sent.response.clone(), sent.interval);
        self.wire.stats.retransmissions += 1;
        self.transactions.respond(now, &mut self.wire, transaction, status, response);
        self.timers.set(now, (session, Timer::ResendReliable), interval);
    }

    /// §3: 64 * T1 without the PRACK.
    pub(crate) fn prack_overdue(&mut self, now: Instant, session: SessionId) {
        self.timers.stop((session, Timer::ResendReliable));
        self.wire.stats.not_pracked += 1;
        if self.class(session).is_emergency() {
            return self.go_on_without_prack(now, session);
        }
        self.refuse_ringing_with(now, session, OVERDUE, Released::NotAcknowledged);
    }

    /// An emergency call goes on as if the caller had never said that it knows PRACK.
    fn go_on_without_prack(&mut self, now: Instant, session: SessionId) {
        let Some(reliable) = self.reliable_mut(session) else {
            return;
        };
        reliable.given_up = true;
        let (waiting, answer) = (std::mem::take(&mut reliable.waiting), reliable.answer.take());
        tracing::warn!(%session, "no PRACK from an emergency caller; the call goes on without");
        match answer {
            Some(answer) => {
                self.answer(now, session, &answer.media, &answer.headers);
            }
            None => {
                for provisional in waiting {
                    self.respond_provisionally(now, session, provisional);
                }
            }
        }
    }

    /// The 2xx of an emergency call has waited long enough.
    pub(crate) fn answer_anyway(&mut self, now: Instant, session: SessionId) {
        if self.reliable_mut(session).is_some_and(|reliable| reliable.answer.is_some()) {
            self.wire.stats.not_pracked += 1;
            self.go_on_without_prack(now, session);
        }
    }

    /// Keeps the 2xx back until the PRACK is here; false where nothing holds it.
    pub(crate) fn defer_answer(
        &mut self,
        now: Instant,
        session: SessionId,
        media: &LocalMedia,
        headers: &[(&'static str, String)],
    ) -> bool {
        let Some(reliable) = self.reliable_mut(session) else {
            return false;
        };
        reliable.finish();
        if !reliable.holds_answer() {
            return false;
        }
        reliable.answer = Some(Answer { media: media.clone(), headers: headers.to_vec() });
        if self.class(session).is_emergency() {
            let patience = self.values.t1.saturating_mul(PATIENCE);
            self.timers.set(now, (session, Timer::AnswerAnyway), patience);
        }
        true
    }

    /// Stops what belongs to reliable responses: the INVITE has its final response.
    pub(crate) fn stop_reliable(&mut self, session: SessionId) {
        for timer in [Timer::ResendReliable, Timer::NoPrack, Timer::AnswerAnyway] {
            self.timers.stop((session, timer));
        }
    }

    /// Takes PRACK. Copies of it are the transaction's business.
    pub(crate) fn peer_prack(&mut self, now: Instant, session: SessionId, inbound: &Inbound) {
        let record = self.sessions.get_mut(session.0);
        let matching = record.zip(rack(&inbound.request)).and_then(|(record, rack)| {
            let reliable = record.reliable.as_mut()?;
            reliable.takes_prack(&rack).then(|| reliable.sent.take()).flatten()
        });
        let Some(sent) = matching else {
            self.wire.stats.stray_pracks += 1;
            return self.reply(now, inbound, UNKNOWN, &[], None);
        };
        self.wire.stats.pracks += 1;
        self.stop_reliable(session);
        // §3: any other body is treated as that of an ACK.
        let description = self.described(session, &inbound.request).ok().flatten();
        if !self.settle_prack(now, session, inbound, sent.described, description) {
            return;
        }
        let answer = self.reliable_mut(session).and_then(|reliable| reliable.answer.take());
        if let Some(answer) = answer {
            self.answer(now, session, &answer.media, &answer.headers);
        } else {
            self.next_reliable(now, session);
        }
    }

    /// Answers a PRACK and takes its description: the answer to our offer, or an offer. False where
    /// that has ended the session.
    fn settle_prack(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        described: bool,
        description: Option<SessionDescription>,
    ) -> bool {
        let held = self.is_held(session);
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let reliable = record.reliable.as_ref();
        let is_waiting = reliable.is_some_and(|reliable| reliable.description_waits());
        match (&mut record.phase, description) {
            // Our offer may wait in its turn behind a response that brings none.
            (Phase::Ringing(ringing), description)
                if described && matches!(ringing.offer, Offer::Ours(_)) =>
            {
                let answered = ringing.conclude(description.as_ref());
                let media = ringing.agreed();
                self.reply(now, inbound, OK, &[], None);
                self.our_offer_settled(now, session, answered, media)
            }
            // The 2xx of an emergency call did not wait: what the ACK should bring is here.
            (Phase::Accepted(accepted), Some(answer)) if described => {
                if let Settlement::Offered(proposal) = &accepted.settlement
                    && let Some(agreement) = proposal.clone().conclude(Some(&answer))
                {
                    let media = agreement.media;
                    accepted.settlement = Settlement::Agreed(agreement);
                    self.wire.event(Event::Media { session, media });
                }
                self.reply(now, inbound, OK, &[], None);
                true
            }
            (Phase::Accepted(_) | Phase::Talking(_), Some(offer)) if !described => {
                self.late_offer(now, session, inbound, &offer);
                true
            }
            // The offer of the INVITE is open as long as its answer waits.
            (Phase::Ringing(_), Some(_)) if is_waiting => {
                self.not_now(now, inbound);
                true
            }
            // §5: an offer in PRACK is answered in its 2xx.
            (Phase::Ringing(ringing), Some(offer)) => {
                let next = ringing.answer_anew(&offer, held);
                self.answer_in_early_dialog(now, session, inbound, next);
                self.resume_if_met(session, &offer);
                true
            }
            _ => {
                self.reply(now, inbound, OK, &[], None);
                true
            }
        }
    }

    /// The PRACK brought the answer to our offer, or should have.
    fn our_offer_settled(
        &mut self,
        now: Instant,
        session: SessionId,
        answered: bool,
        media: Option<Negotiated>,
    ) -> bool {
        if let Some(media) = media.filter(|_| answered) {
            self.wire.event(Event::Media { session, media });
            return true;
        }
        if self.class(session).is_emergency() {
            // Our offer goes once more, in the 2xx; its ACK may bring what this PRACK did not.
            if let Some(reliable) = self.reliable_mut(session) {
                reliable.described = false;
            }
            return true;
        }
        self.refuse_ringing_with(now, session, NOT_ACCEPTABLE, Released::BadMedia);
        false
    }

    /// Answers a new offer of the caller before the 2xx, in the 2xx to its PRACK or UPDATE.
    pub(crate) fn answer_in_early_dialog(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        next: Option<Agreement>,
    ) {
        let Some(next) = next else {
            return self.refuse_body(now, inbound, NOT_ACCEPTABLE);
        };
        let media = next.media;
        self.reply_in_dialog(now, session, inbound, Some(&next.ours));
        if let Some(Phase::Ringing(ringing)) =
            self.sessions.get_mut(session.0).map(|record| &mut record.phase)
        {
            ringing.offer = Offer::Answered(Box::new(next));
            self.wire.event(Event::Media { session, media });
        }
    }

    /// Sends again what keeps proxies waiting (RFC 3261 §13.3.1.1): reliably, and then less often
    /// (§3), where the caller wants every response so.
    pub(crate) fn repeat_progress(&mut self, now: Instant, session: SessionId) {
        let Some(transaction) = self.ringing(session).map(|ringing| ringing.transaction) else {
            return;
        };
        let reliable = self.reliable_mut(session);
        let after = match reliable.filter(|reliable| reliable.takes(false)) {
            Some(reliable) if reliable.sent.is_none() => {
                let ((status, phrase), headers) = (reliable.last.clone(), Vec::new());
                let provisional = Provisional { status, phrase, headers, described: false };
                self.respond_provisionally(now, session, provisional);
                self.progress_repeat.saturating_mul(5) / 2
            }
            // It is on its way all the time.
            Some(_) => self.progress_repeat,
            None => {
                self.transactions.repeat(now, &mut self.wire, transaction, 180);
                self.progress_repeat
            }
        };
        self.timers.set(now, (session, Timer::RepeatProgress), after);
    }

    fn reliable_mut(&mut self, session: SessionId) -> Option<&mut Reliable> {
        self.sessions.get_mut(session.0)?.reliable.as_deref_mut()
    }

    /// The transaction of the peer's INVITE, while it has no final response.
    fn invite_of(&self, session: SessionId) -> Option<base::SlotKey> {
        self.ringing(session).map(|ringing| ringing.transaction)
    }
}
