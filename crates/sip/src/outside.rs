//! Requests of ours outside any dialog that make none: OPTIONS, REGISTER (RFC 3261 §8.1, §11).

use crate::message::{Head, contact};
use crate::{Event, Flow, PeerId, Refused, Released, Sip};
use base::{Class, Instant, SlotKey};
use sip_parser::Message;

/// The name of a request outside any dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub SlotKey);

/// A request outside any dialog.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Who it is for.
    pub peer: Option<PeerId>,
    /// The next hop.
    pub flow: Flow,
    /// `OPTIONS`, `REGISTER`.
    pub method: &'static str,
    /// The Request-URI.
    pub request_uri: String,
    /// The From header without a tag.
    pub from: String,
    /// The To header.
    pub to: String,
    /// Call-ID and number, where they go on from an earlier request (§10.2.4).
    pub sequence: Option<(String, u32)>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// RFC 3261 §8.1.1.6.
const MAX_FORWARDS: u8 = 70;

impl Sip {
    /// Sends a request outside any dialog. [`Event::Replied`] or [`Event::Unanswered`] follows.
    pub fn request_outside(
        &mut self,
        now: Instant,
        class: Class,
        out: Outside,
    ) -> Result<RequestId, Refused> {
        let Flow { transport, local, remote, .. } = out.flow;
        let local = self.wire.local(transport, remote, local).ok_or(Refused::NoLocal)?;
        if !self.transactions.has_place_for_call(class) {
            self.wire.stats.transactions_full += 1;
            return Err(Refused::Transactions);
        }
        let (call_id, cseq) = out.sequence.unwrap_or_else(|| (self.ids.call_id(), 1));
        let head = Head {
            method: out.method,
            uri: out.request_uri,
            flow: Flow { local, ..out.flow },
            branch: self.ids.branch(),
            from: format!("{};tag={}", out.from, self.ids.tag()),
            to: out.to,
            call_id,
            cseq,
            routes: Vec::new(),
            max_forwards: MAX_FORWARDS,
            terms: self.wire.terms(out.peer),
        };
        let mut writer = head.request(self.wire.software());
        if !out.headers.iter().any(|(name, _)| *name == "Contact") {
            writer.header("Contact", contact(&head.flow, head.wants_sips()));
        }
        for (name, value) in &out.headers {
            writer.header(name, value);
        }
        let request = (head, writer.finish());
        let started = self.transactions.start(now, &mut self.wire, class, None, request);
        let key = started.ok_or(Refused::Transactions)?;
        self.outside.insert(key, RequestId(key));
        Ok(RequestId(key))
    }

    /// Asks what a peer can do, or whether it is there (§11.1).
    pub fn options(
        &mut self,
        now: Instant,
        class: Class,
        flow: Flow,
        request_uri: String,
    ) -> Result<RequestId, Refused> {
        let (from, to) = (format!("<sip:{}>", flow.local), format!("<{request_uri}>"));
        let headers = vec![("Accept", crate::message::SDP.to_owned())];
        let (method, sequence) = ("OPTIONS", None);
        let out = Outside { peer: None, flow, method, request_uri, from, to, sequence, headers };
        self.request_outside(now, class, out)
    }

    /// Waits no longer for an answer; says whether it was still awaited. No event follows.
    pub fn give_up(&mut self, request: RequestId) -> bool {
        let mut awaited = self.outside.iter().filter(|(_, id)| **id == request);
        let Some(transaction) = awaited.next().map(|(transaction, _)| *transaction) else {
            return false;
        };
        self.outside.remove(&transaction);
        self.transactions.forget(transaction);
        true
    }

    pub(crate) fn outside_response(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        response: Message,
    ) {
        let is_final = response.status().is_some_and(|status| status >= 200);
        let request = if is_final { self.outside.remove(&transaction) } else { None };
        if let Some(request) = request
            && !self.registrations.replied(now, request, &response)
        {
            self.wire.event(Event::Replied { request, response });
        }
    }

    pub(crate) fn outside_failed(&mut self, now: Instant, transaction: SlotKey, why: Released) {
        if let Some(request) = self.outside.remove(&transaction)
            && !self.registrations.unanswered(now, request)
        {
            self.wire.event(Event::Unanswered { request, why });
        }
    }
}
