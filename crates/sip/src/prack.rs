//! Acknowledging reliable provisional responses to INVITEs of ours (RFC 3262 §4): the first, and
//! those within the dialog.

use crate::reliable::TAG;
use crate::session::{Agreement, Exchange};
use crate::transaction::{Purpose, User};
use crate::{SessionId, Sip};
use base::{Instant, SlotKey};
use sip_parser::headers::{RAck, RSeq};
use sip_parser::{Message, Name};

/// The most reliable responses of one dialog to one INVITE that are acknowledged: nobody may make
/// us send without end.
const PRACKS: u32 = 256;

/// The RSeq of the first and of the last reliable response of one dialog to one INVITE.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers(Option<(u32, u32)>);

/// Where a reliable response stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Right,
    Copy,
    Wrong,
}

impl Numbers {
    /// Takes the number of a reliable response (§4); says whether the response is in order.
    pub(crate) fn advance(&mut self, rseq: u32) -> Order {
        match self.0 {
            None => self.0 = Some((rseq, rseq)),
            Some((_, last)) if rseq == last => return Order::Copy,
            Some((first, last)) if last.checked_add(1) == Some(rseq) && rseq - first < PRACKS => {
                self.0 = Some((first, rseq));
            }
            Some(_) => return Order::Wrong,
        }
        Order::Right
    }
}

/// What reliable provisional responses have said of a re-INVITE of ours.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    numbers: Numbers,
    /// The answer, if it came in one: no later description in a response is one (RFC 6337 §3.1.1).
    pub(crate) answer: Option<Box<Agreement>>,
}

/// The RSeq of a response that is to be acknowledged with PRACK: never a 100.
pub(crate) fn rseq(response: &Message) -> Option<u32> {
    if response.status() == Some(100) || !response.lists(Name::Require, TAG) {
        return None;
    }
    let RSeq(rseq) = response.typed()?.ok()?;
    (rseq > 0).then_some(rseq)
}

impl Sip {
    /// Counts a reliable response; says whether it is to be taken.
    pub(crate) const fn is_in_order(&mut self, order: Order) -> bool {
        match order {
            Order::Right => return true,
            Order::Copy => self.wire.stats.absorbed += 1,
            // §4: neither acknowledged nor taken; the callee sends it again in its turn.
            Order::Wrong => self.wire.stats.rseq_out_of_order += 1,
        }
        false
    }

    /// Acknowledges a reliable response to the INVITE with number `cseq`, within its dialog.
    pub(crate) fn send_prack(
        &mut self,
        now: Instant,
        session: SessionId,
        tag: &str,
        (rseq, cseq): (u32, u32),
    ) {
        let class = self.class(session).in_dialog();
        let branch = self.ids.branch();
        let record = self.sessions.get_mut(session.0);
        let Some(dialog) = record.and_then(|record| record.dialog_to(tag)) else {
            return;
        };
        let head = dialog.request(&self.wire, "PRACK", branch);
        let mut writer = head.request(self.wire.software());
        writer.header("RAck", RAck { rseq, cseq, method: "INVITE" });
        let (flow, bytes) = (head.flow, writer.finish());
        let user = Some(User { session, purpose: Purpose::Prack });
        self.wire.stats.pracks_sent += 1;
        let request = (head, bytes.clone());
        if self.transactions.start(now, &mut self.wire, class, user, request).is_none() {
            // No place to repeat it from: once is better than never.
            self.wire.send(flow, class, bytes);
        }
    }

    /// Our PRACK was refused or not answered. The callee decides about its INVITE (§3).
    pub(crate) const fn prack_failed(&mut self) {
        self.wire.stats.pracks_failed += 1;
    }

    /// Takes a provisional response to our re-INVITE, where it is reliable.
    pub(crate) fn reinvite_progress(
        &mut self,
        now: Instant,
        session: SessionId,
        transaction: SlotKey,
        response: &Message,
    ) {
        let Some(rseq) = rseq(response) else {
            return;
        };
        let description = self.described(session, response).ok().flatten();
        let cseq = self.transactions.head(transaction).map_or(1, |head| head.cseq);
        let Some(talking) = self.talking_mut(session) else {
            return;
        };
        let Exchange::Ours { transaction: ours, proposal, preview } = &mut talking.exchange else {
            return;
        };
        if *ours != transaction {
            return;
        }
        let order = preview.numbers.advance(rseq);
        if order == Order::Right {
            if preview.answer.is_none() {
                preview.answer = proposal.clone().conclude(description.as_ref()).map(Box::new);
            }
            // RFC 6141 §4.7.
            talking.dialog.refresh(response);
        }
        let tag = response.to().tag().unwrap_or_default();
        if self.is_in_order(order) {
            self.send_prack(now, session, tag, (rseq, cseq));
        }
    }
}
