//! The time between our INVITE and its 2xx: early dialogs, their reliable responses (RFC 3262 §4)
//! and their media.
//!
//! Several callees may answer provisionally (§12.1). One of them is heard: of those with a session
//! description the last that came, and before it the last whose early media the peer has authorised
//! where the peer is trusted with that (RFC 5009). Who answers is heard from then on.

use crate::dialog::Dialog;
use crate::message::Head;
use crate::prack::{self, Numbers, Order};
use crate::session::{Agreement, Calling, Phase, Session, Withdrawn};
use crate::{Event, Flow, Negotiated, Released, Reliability, SessionId, Sip, Timer};
use base::Instant;
use sip_parser::Message;
use sip_parser::headers::PEarlyMedia;
use sip_parser::sdp::SessionDescription;

/// The most early dialogs kept for one INVITE; others still count as provisional answers.
const FORKS: usize = 8;

/// What we make of provisional responses to a call of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarlyPolicy {
    /// Whether they may, or must, be reliable.
    pub reliability: Reliability,
    /// Whether the peer is believed about whose early media may be heard (RFC 5009 §8).
    pub gated: bool,
}

#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) call: Calling,
    forks: Vec<Fork>,
    /// Counts what there is to be heard.
    heard: u32,
}

/// An early dialog of our INVITE (§12.1).
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) dialog: Dialog,
    /// What was agreed with it.
    pub(crate) agreement: Option<Agreement>,
    /// Whether its answer came in a reliable response: then it is the answer, and no later
    /// description in a response to the INVITE is one (RFC 3261 §13.2.1).
    pub(crate) is_firm: bool,
    numbers: Numbers,
    gate: Option<Gate>,
    /// When it had something new to be heard.
    heard: u32,
}

/// What a peer authorises of the early media of one dialog (RFC 5009 §8), seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gate {
    send: bool,
    receive: bool,
}

impl Gate {
    /// The first direction counts: we have one stream.
    fn of(message: &Message) -> Option<Self> {
        message.all_typed::<PEarlyMedia<'_>>().find_map(|word| {
            let (send, receive) = match word.ok()? {
                PEarlyMedia::SendRecv => (true, true),
                PEarlyMedia::SendOnly => (false, true),
                PEarlyMedia::RecvOnly => (true, false),
                PEarlyMedia::Inactive => (false, false),
                PEarlyMedia::Gated | PEarlyMedia::Supported | PEarlyMedia::Other(_) => return None,
            };
            Some(Self { send, receive })
        })
    }
}

impl Fork {
    fn new(dialog: Dialog) -> Self {
        let (agreement, is_firm, gate) = (None, false, None);
        Self { dialog, agreement, is_firm, numbers: Numbers::default(), gate, heard: 0 }
    }

    /// What may be said and heard now.
    fn media(&self) -> Option<Negotiated> {
        let media = self.agreement.as_ref()?.media;
        let gate = self.gate.unwrap_or(Gate { send: true, receive: true });
        let (send, receive) = (media.send && gate.send, media.receive && gate.receive);
        Some(Negotiated { send, receive, ..media })
    }

    /// Who is heard: in this order.
    fn rank(&self) -> (bool, bool, u32) {
        let is_closed = self.gate.is_some_and(|gate| !gate.receive);
        (!is_closed, self.gate.is_some(), self.heard)
    }
}

impl Early {
    pub(crate) const fn new(call: Calling) -> Self {
        Self { call, forks: Vec::new(), heard: 0 }
    }

    /// The early dialogs.
    pub(crate) fn dialogs(&mut self) -> impl Iterator<Item = &mut Dialog> {
        self.forks.iter_mut().map(|fork| &mut fork.dialog)
    }

    /// The early dialog that a request of the callee belongs to.
    pub(crate) fn fork_of(&mut self, request: &Message) -> Option<&mut Fork> {
        self.forks.iter_mut().find(|fork| fork.dialog.takes(request))
    }

    /// Takes out the early dialog with this tag of the callee.
    pub(crate) fn take(&mut self, tag: &str) -> Option<Fork> {
        let place = self.forks.iter().position(|fork| fork.dialog.remote_tag() == tag)?;
        Some(self.forks.swap_remove(place))
    }

    /// What is heard now.
    pub(crate) fn media(&self) -> Option<Negotiated> {
        let speaking = self.forks.iter().filter(|fork| fork.agreement.is_some());
        speaking.max_by_key(|fork| fork.rank())?.media()
    }

    fn fork(&mut self, tag: &str, make: impl FnOnce() -> Option<Dialog>) -> Option<&mut Fork> {
        let known = self.forks.iter().position(|fork| fork.dialog.remote_tag() == tag);
        if let Some(place) = known {
            return self.forks.get_mut(place);
        }
        if self.forks.len() < FORKS {
            self.forks.push(Fork::new(make()?));
            return self.forks.last_mut();
        }
        None
    }

    /// Takes what a response or request of an early dialog says about its media.
    fn listen(
        &mut self,
        tag: &str,
        answer: Option<&SessionDescription>,
        gate: Option<Gate>,
        is_reliable: bool,
    ) {
        let gated = self.call.way.early.gated;
        let Some(fork) = self.forks.iter_mut().find(|fork| fork.dialog.remote_tag() == tag) else {
            return;
        };
        let answer = answer.filter(|_| !fork.is_firm);
        let agreement = answer.and_then(|_| self.call.proposal.clone().conclude(answer));
        let gate = gate.filter(|_| gated);
        if agreement.is_some() || gate.is_some_and(|gate| fork.gate != Some(gate)) {
            self.heard = self.heard.saturating_add(1);
            fork.heard = self.heard;
        }
        if agreement.is_some() {
            fork.is_firm = is_reliable;
            fork.agreement = agreement;
        }
        fork.gate = gate.or(fork.gate);
    }
}

impl Sip {
    /// Takes a provisional response to our first INVITE.
    pub(crate) fn provisional(
        &mut self,
        now: Instant,
        session: SessionId,
        (flow, response): (Flow, &Message),
    ) {
        self.timers.stop((session, Timer::Silence));
        let Some(record) = self.sessions.get_mut(session.0) else {
            return;
        };
        match std::mem::replace(&mut record.phase, Phase::Over) {
            Phase::Calling(call) => {
                record.phase = Phase::Early(Box::new(Early::new(*call)));
                self.progress_of(now, session, (flow, response));
            }
            Phase::Early(early) => {
                record.phase = Phase::Early(early);
                self.progress_of(now, session, (flow, response));
            }
            Phase::Withdrawn(withdrawn) => {
                let (transaction, reason) = (withdrawn.transaction, withdrawn.reason.clone());
                record.phase = Phase::Cancelling(withdrawn);
                self.send_cancel(now, session, transaction, reason.as_deref());
            }
            other => record.phase = other,
        }
    }

    /// §13.2.2.1.
    fn progress_of(
        &mut self,
        now: Instant,
        session: SessionId,
        (flow, response): (Flow, &Message),
    ) {
        // 100 comes from the next hop, not from the callee.
        let status = response.status().unwrap_or_default();
        if status == 100 {
            return;
        }
        let description = self.described(session, response).ok().flatten();
        let Some(early) = self.early(session) else {
            return;
        };
        early.call.way.arrived();
        let transaction = early.call.transaction;
        let before = early.media();
        let Some(tag) = response.to().tag() else {
            // No dialog: a callee of RFC 2543. Its media is what it says.
            let proposal = early.call.proposal.clone();
            let agreement = proposal.conclude(description.as_ref());
            let media = agreement.map(|agreement| agreement.media).or(before);
            return self.wire.event(Event::Progress { session, response: response.clone(), media });
        };
        let head = self.transactions.head(transaction).cloned();
        let rseq = prack::rseq(response);
        if !self.join_fork(session, head.as_ref(), (flow, response), rseq) {
            return;
        }
        if let Some(rseq) = rseq {
            self.send_prack(now, session, tag, (rseq, head.map_or(1, |head| head.cseq)));
        }
        let Some(early) = self.early(session) else {
            return;
        };
        early.listen(tag, description.as_ref(), Gate::of(response), rseq.is_some());
        if status == 199 {
            // RFC 6228 §4: this early dialog is over; another may be heard again.
            early.take(tag);
            return self.heard_anew(session, before);
        }
        let media = early.media();
        self.wire.event(Event::Progress { session, response: response.clone(), media });
    }

    /// Finds or makes the early dialog of a response; says whether the response is to be taken.
    fn join_fork(
        &mut self,
        session: SessionId,
        head: Option<&Head>,
        (flow, response): (Flow, &Message),
        rseq: Option<u32>,
    ) -> bool {
        let tag = response.to().tag().unwrap_or_default();
        let is_end = response.status() == Some(199);
        let Some(early) = self.early(session) else {
            return false;
        };
        // RFC 6228 §4: a 199 about a dialog that we do not know says nothing.
        let make = || {
            let head = head.filter(|_| !is_end || rseq.is_some())?;
            Some(Dialog::client(head, response, flow))
        };
        let Some(fork) = early.fork(tag, make) else {
            self.wire.stats.forks_unkept += u64::from(!is_end);
            // It counts as a provisional answer, unless we should have to acknowledge it.
            return rseq.is_none() && !is_end;
        };
        let order = rseq.map_or(Order::Right, |rseq| fork.numbers.advance(rseq));
        match rseq {
            Some(_) if order == Order::Right => fork.dialog.refresh(response),
            Some(_) => {}
            // RFC 6141 §4.9: what is not reliable makes a dialog and moves none.
            None => fork.dialog.learn(response),
        }
        self.is_in_order(order)
    }

    /// An UPDATE of a callee before its 2xx authorises early media, or takes that back.
    pub(crate) fn gate_of_update(&mut self, session: SessionId, request: &Message) {
        let Some(early) = self.early(session) else {
            return;
        };
        let before = early.media();
        let tag = request.from().tag().unwrap_or_default();
        early.listen(tag, None, Gate::of(request), false);
        self.heard_anew(session, before);
    }

    /// Tells what is heard, where that has changed.
    fn heard_anew(&mut self, session: SessionId, before: Option<Negotiated>) {
        let media = self.early(session).and_then(|early| early.media());
        if let Some(media) = media.filter(|_| media != before) {
            self.wire.event(Event::Media { session, media });
        }
    }

    /// BYE of a callee whose 2xx we have not seen. It sends none before that (RFC 3261 §15): the
    /// 2xx was lost on its way with all its copies, too large for a network that lost fragments
    /// perhaps, and the callee has hung up. To ring on would lead to nothing.
    pub(crate) fn callee_left(&mut self, now: Instant, session: SessionId, bye: &Message) {
        let Some(early) = self.early(session) else {
            return;
        };
        let before = early.media();
        early.take(bye.from().tag().unwrap_or_default());
        if !early.forks.is_empty() {
            return self.heard_anew(session, before);
        }
        let transaction = early.call.transaction;
        if let Some(record) = self.sessions.get_mut(session.0) {
            let withdrawn = Withdrawn { transaction, reason: None };
            record.phase = Phase::Cancelling(Box::new(withdrawn));
        }
        self.released(session, Released::Timeout);
        self.send_cancel(now, session, transaction, None);
    }

    /// The session while its INVITE has a provisional answer.
    pub(crate) fn early(&mut self, session: SessionId) -> Option<&mut Early> {
        match self.sessions.get_mut(session.0) {
            Some(Session { phase: Phase::Early(early), .. }) => Some(early),
            _ => None,
        }
    }
}
