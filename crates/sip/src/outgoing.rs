//! Calls of ours: the INVITE, its answers, and those of other forks.

use crate::dialog::Dialog;
use crate::failover::Way;
use crate::message::{self, Head, reason};
use crate::redirect::Redirection;
use crate::refresh::{self, SessionTimer};
use crate::requests::finish;
use crate::session::{Calling, Exchange, Phase, Proposal, Session, Talking};
use crate::transaction::{Purpose, User};
use crate::{Event, Flow, Outgoing, Refused, Released, Reliability, SessionId, Sip, Timer};
use base::{Class, Instant, SlotKey};
use sip_parser::Message;
use sip_parser::headers::Warning;

impl Sip {
    /// Calls somebody.
    pub fn invite(
        &mut self,
        now: Instant,
        class: Class,
        out: Outgoing,
    ) -> Result<SessionId, Refused> {
        let out = self.wire.first_hop(now, class, out)?;
        let Flow { transport, local, remote, .. } = out.flow;
        let local = self.wire.local(transport, remote, local).ok_or(Refused::NoLocal)?;
        if !self.transactions.has_place_for_call(class) {
            self.wire.stats.transactions_full += 1;
            return Err(Refused::Transactions);
        }
        let (tag, call_id) = (self.ids.tag(), self.ids.call_id());
        let session = Session {
            class,
            call_id: call_id.clone(),
            tag: tag.clone(),
            held: false,
            timer: SessionTimer::new(out.session_expires, self.session_timers),
            reliable: None,
            redirection: Redirection::new(out.redirects),
            suspended: false,
            phase: Phase::Over,
        };
        let session = self.open(session).ok_or(Refused::Sessions)?;
        let head = Head {
            method: "INVITE",
            uri: out.request_uri,
            flow: Flow { local, ..out.flow },
            branch: self.ids.branch(),
            from: format!("{};tag={tag}", out.from),
            to: out.to,
            call_id,
            cseq: 1,
            routes: Vec::new(),
            max_forwards: out.max_forwards,
            terms: self.wire.terms(out.peer),
        };
        let peer = (remote.ip(), class.is_emergency());
        let proposal = Proposal::first(&out.media, self.ids.sdp_session(), false, peer);
        let way = Way::new(head, out.headers, (out.spare, out.patience), out.early);
        if self.call(now, session, proposal, way) {
            Ok(session)
        } else {
            self.forget(session);
            Err(Refused::Transactions)
        }
    }

    /// Sends an INVITE that makes the dialog; false without a place to watch over it.
    fn call(&mut self, now: Instant, session: SessionId, proposal: Proposal, way: Way) -> bool {
        let sent = self.send_invite(now, session, &proposal, &way);
        let record = self.sessions.get_mut(session.0);
        let Some((transaction, record)) = sent.zip(record) else {
            return false;
        };
        record.phase = Phase::Calling(Box::new(Calling { transaction, proposal, way }));
        self.watch_silence(now, session, transaction);
        true
    }

    /// Sends an INVITE to the present hop of its way; none without a place to watch over it.
    pub(crate) fn send_invite(
        &mut self,
        now: Instant,
        session: SessionId,
        proposal: &Proposal,
        way: &Way,
    ) -> Option<SlotKey> {
        let (class, head) = (self.class(session), way.head.clone());
        let mut writer = head.request(self.wire.software());
        let reliability = way.early.reliability;
        let tags = way.extensions.supported(reliability);
        message::introduce_as(&mut writer, (&head.flow, head.wants_sips()), &tags);
        if !way.extensions.leaves_out(refresh::OPTION) {
            self.ask_for_timer(session, &mut writer);
        }
        let required = reliability == Reliability::Required && !class.is_emergency();
        if let Some(tags) = way.extensions.require(required) {
            writer.header("Require", tags);
        }
        if way.early.gated {
            writer.header("P-Early-Media", "supported");
        }
        for (name, value) in &way.headers {
            writer.header(name, value);
        }
        let invite = finish(writer, Some(&proposal.ours));
        let user = Some(User { session, purpose: Purpose::Invite });
        let request = (head, invite);
        self.transactions.start(now, &mut self.wire, class, user, request)
    }

    /// Sends our INVITE once more after a final response that asks for something else than it
    /// said (§8.1.3.4, §8.1.3.5, §22.2): the same Call-ID, From and To, the next CSeq. Says whether
    /// it went out; if not, the response stands.
    pub(crate) fn call_again(
        &mut self,
        now: Instant,
        session: SessionId,
        change: impl FnOnce(&mut Way, &mut Proposal),
    ) -> bool {
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
        let (mut way, mut proposal) = (call.way.clone(), call.proposal.clone());
        way.head.branch = self.ids.branch();
        way.head.cseq = way.head.cseq.saturating_add(1);
        change(&mut way, &mut proposal);
        proposal.goes_to(way.head.flow.remote.ip());
        if self.call(now, session, proposal, way) {
            return true;
        }
        if let Some(record) = self.sessions.get_mut(session.0) {
            record.phase = Phase::Calling(Box::new(call));
        }
        false
    }

    /// Takes a response to our first INVITE, or to one that nobody waits for any more.
    pub(crate) fn invite_response(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        (flow, response): (Flow, &Message),
    ) {
        let status = response.status().unwrap_or_default();
        let is_awaited = self
            .sessions
            .get(session.0)
            .is_some_and(|record| record.invite_transaction() == Some(transaction));
        match (is_awaited, status) {
            (true, 100..200) => self.provisional(now, session, (flow, response)),
            (true, 200..300) => self.success(now, session, transaction, (flow, response)),
            (true, 422) if self.call_longer(now, session, response) => {}
            (true, 420 | 421) if self.call_otherwise(now, session, response) => {}
            (true, 488 | 606) if self.call_over_other_family(now, session, response) => {}
            (true, 300..) if self.redirected(now, session, response) => {}
            (true, _) => self.rejected(now, session, response),
            (false, 100..200) => self.late_provisional(now, transaction),
            (false, 200..300) => self.release_fork(now, session, transaction, (flow, response)),
            (false, _) => {}
        }
    }

    /// §13.2.2.4.
    fn success(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        (flow, response): (Flow, &Message),
    ) {
        // §13.2.2.4: an early dialog of the same tag becomes this one.
        let tag = response.to().tag().unwrap_or_default();
        let fork = self.early(session).and_then(|early| early.take(tag));
        let (known, agreed, is_firm) = match fork {
            Some(fork) => (Some(fork.dialog), fork.agreement, fork.is_firm),
            None => (None, None, false),
        };
        let Some(dialog) = self.acknowledge(transaction, (flow, response), known) else {
            return;
        };
        let description = self.described(session, response).ok().flatten();
        self.timers.stop((session, Timer::NoFinal));
        self.timers.stop((session, Timer::Silence));
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        let proposal = match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Calling(call) => call.proposal,
            Phase::Early(early) => early.call.proposal,
            // The 2xx crossed our CANCEL.
            Phase::Withdrawn(withdrawn) | Phase::Cancelling(withdrawn) => {
                let dialog = dialog.skipping();
                return self.bye(now, session, dialog, withdrawn.reason.as_deref(), None);
            }
            other => {
                record.phase = other;
                return;
            }
        };
        let agreement = match (&description, agreed) {
            // §13.2.1: the answer came in a reliable response already.
            (_, Some(agreement)) if is_firm => Some(agreement),
            (Some(_), _) => proposal.conclude(description.as_ref()),
            // §13.2.1 wants the answer in the 2xx; many a callee has said it in the 18x only.
            (None, agreed) => agreed,
        };
        let Some(agreement) = agreement else {
            return self.bye(now, session, dialog, None, Some(Released::BadMedia));
        };
        let media = agreement.media;
        let exchange = Exchange::Idle;
        let talking = Talking { dialog, agreement, we_called: true, exchange, unsent: 0 };
        record.phase = Phase::Talking(Box::new(talking));
        self.agree_timer_as_client(now, session, response);
        self.wire.event(Event::Answered { session, response: response.clone(), media });
        self.settle_hold(now, session);
    }

    fn rejected(&mut self, now: Instant, session: SessionId, response: &Message) {
        let record = self.sessions.get(session.0);
        let is_wanted = record
            .is_some_and(|record| matches!(record.phase, Phase::Calling(_) | Phase::Early(_)));
        if is_wanted {
            let status = response.status().unwrap_or_default();
            let warning = response.typed::<Warning<'_>>().and_then(Result::ok);
            let warning = warning.map(|warning| warning.code);
            let why = Released::Rejected { status, reason: reason(response), warning };
            if status == 503 {
                return self.hop_failed(now, session, why);
            }
            let other = if status == 380 { self.alternative(session, response) } else { None };
            self.released(session, other.unwrap_or(why));
        }
        self.end(session);
    }

    /// Sends the ACK of a 2xx to our INVITE and makes the dialog, of the early dialog where that is
    /// known; the ACK of a re-INVITE's goes within the dialog that is.
    fn acknowledge(
        &mut self,
        transaction: SlotKey,
        (flow, response): (Flow, &Message),
        known: Option<Dialog>,
    ) -> Option<Dialog> {
        let head = self.transactions.head(transaction)?;
        let dialog = match known {
            Some(dialog) => dialog.confirmed(response),
            None => Dialog::client(head, response, flow),
        };
        let (cseq, branch) = (head.cseq, self.ids.branch());
        let ack = dialog.ack(&self.wire, cseq, branch);
        self.send_ack(transaction, dialog.remote_tag(), ack);
        Some(dialog)
    }

    /// Sends an ACK that belongs to no transaction, and keeps it for copies of the 2xx.
    pub(crate) fn send_ack(&mut self, transaction: SlotKey, tag: &str, ack: Head) {
        let class = self.transactions.class(transaction).in_dialog();
        let mut writer = ack.request("");
        for (name, value) in self.credentials_of(transaction) {
            writer.header(name, value);
        }
        let bytes = writer.finish();
        let flow = self.wire.send(ack.flow, class, bytes.clone());
        self.transactions.keep_ack(transaction, tag, flow, bytes);
    }

    /// §13.2.2.4: a 2xx of another fork, or one that came when the call was over.
    fn release_fork(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        (flow, response): (Flow, &Message),
    ) {
        if !self.transactions.takes_fork(transaction) {
            self.wire.stats.stray_responses += 1;
            return;
        }
        let class = self.transactions.class(transaction).in_dialog();
        if let Some(dialog) = self.acknowledge(transaction, (flow, response), None) {
            let mut dialog = dialog.skipping();
            tracing::debug!(%session, "another fork answered; released");
            self.wire.stats.forks_released += 1;
            self.send_bye(now, class, &mut dialog, None, None);
        }
    }
}
