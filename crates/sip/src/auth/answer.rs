//! Where authentication meets transactions and dialogs.

use super::Verdict;
use crate::message::Head;
use crate::peers::Terms;
use crate::prack::Preview;
use crate::session::Exchange;
use crate::transaction::{Purpose, User};
use crate::{Flow, PeerId, SessionId, Sip};
use base::{Class, Instant, SlotKey};
use sip_parser::{Limits, Message, Name};

/// What [`Head::request`] writes by itself, and what is made anew for each request.
const OWN: [Name; 12] = [
    Name::Via,
    Name::MaxForwards,
    Name::Route,
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::UserAgent,
    Name::Authorization,
    Name::ProxyAuthorization,
    Name::ContentType,
    Name::ContentLength,
];

impl Sip {
    /// Whom a call is from; none where it was asked to prove itself, and answered so (§22.2).
    ///
    /// No transaction remembers a caller that has proved nothing (§8.2.7): the answer is made anew
    /// for each copy, and the ACK finds nothing. An emergency call of a peer that we know by other
    /// means is not asked. A caller that we do not know at all is, since nobody would take its call
    /// otherwise.
    pub(crate) fn caller(
        &mut self,
        now: Instant,
        (flow, peer): (Flow, Option<PeerId>),
        class: Class,
        invite: &Message,
    ) -> Option<Option<PeerId>> {
        let realms = self.door.realms(peer);
        if realms.is_empty() || (class.is_emergency() && peer.is_some()) {
            return Some(peer);
        }
        let (source, number) = (flow.remote.ip(), self.ids.number());
        match self.door.judge(now, &realms, (source, class), invite, number) {
            Verdict::Proved(owner) => Some(Some(PeerId(owner))),
            _ if class.is_emergency() && self.door.lets_emergencies_in => Some(None),
            Verdict::Challenge(challenges) => {
                let name = Name::WwwAuthenticate.as_str();
                let headers = challenges.into_iter().map(|challenge| (name, challenge));
                let headers: Vec<_> = headers.collect();
                self.turn_away(invite, (flow, class), (401, "Unauthorized"), &headers);
                None
            }
            Verdict::Wait(wait) => {
                let headers = [("Retry-After", wait.as_secs().max(1).to_string())];
                self.turn_away(invite, (flow, class), (403, "Too Many Wrong Answers"), &headers);
                None
            }
        }
    }

    /// Takes a 401 or 407 to a request of ours. Says whether the request went once more: then
    /// nobody else hears of it.
    pub(crate) fn challenged(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        user: Option<User>,
        response: &Message,
    ) -> bool {
        let Some((head, sent)) = self.transactions.sent(transaction) else {
            return false;
        };
        let Terms { peer: Some(peer), attempts, .. } = head.terms else {
            return false;
        };
        let Ok(sent) = Message::parse(sent.clone(), &Limits::default()) else {
            return false;
        };
        let head = head.clone();
        if !self.wire.wallet.challenged(peer.0, attempts, &sent, response) {
            return false;
        }
        match user {
            Some(User { session, purpose: Purpose::Invite }) => {
                let record = self.sessions.get(session.0);
                let awaited =
                    record.is_some_and(|record| record.invite_transaction() == Some(transaction));
                awaited && self.call_again(now, session, |way, _| way.head.terms.attempts += 1)
            }
            Some(user) => self.again_within(now, transaction, user, (head, &sent)),
            None => self.again_outside(now, transaction, (head, &sent)),
        }
    }

    fn again_within(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        user: User,
        (head, sent): (Head, &Message),
    ) -> bool {
        let record = self.sessions.get_mut(user.session.0);
        let tag = sent.to().tag().unwrap_or_default();
        let Some(dialog) = record.and_then(|record| record.dialog_to(tag)) else {
            return false;
        };
        let cseq = dialog.next_number();
        let next = self.again(now, transaction, Some(user), (Head { cseq, ..head }, sent));
        if let Some(next) = next {
            self.follow_exchange(user.session, transaction, next);
        }
        next.is_some()
    }

    /// Our offer waits for its answer behind another transaction now.
    fn follow_exchange(&mut self, session: SessionId, old: SlotKey, new: SlotKey) {
        if let Some(talking) = self.talking_mut(session)
            && let Exchange::Ours { transaction, preview, .. } = &mut talking.exchange
            && *transaction == old
        {
            // Its reliable responses are numbered anew (RFC 3262 §3).
            (*transaction, *preview) = (new, Preview::default());
        }
    }

    fn again_outside(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        (head, sent): (Head, &Message),
    ) -> bool {
        let Some(request) = self.outside.get(&transaction).copied() else {
            return false;
        };
        let cseq = head.cseq.saturating_add(1);
        let Some(next) = self.again(now, transaction, None, (Head { cseq, ..head }, sent)) else {
            return false;
        };
        self.outside.remove(&transaction);
        self.outside.insert(next, request);
        true
    }

    /// Sends a request once more: the same Call-ID, From and To, the next number (§22.2).
    fn again(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        user: Option<User>,
        (head, sent): (Head, &Message),
    ) -> Option<SlotKey> {
        let class = self.transactions.class(transaction);
        let terms = Terms { attempts: head.terms.attempts.saturating_add(1), ..head.terms };
        let head = Head { branch: self.ids.branch(), terms, ..head };
        let mut writer = head.request(self.wire.software());
        for (name, value) in sent.headers() {
            if !OWN.contains(&Name::of(name)) {
                writer.header(name, value);
            }
        }
        let request = match sent.header(Name::ContentType) {
            Some(content_type) => writer.finish_with(content_type, &sent.body()),
            None => writer.finish(),
        };
        self.transactions.start(now, &mut self.wire, class, user, (head, request))
    }

    /// The credentials of an INVITE, which its ACK must repeat (§22.1).
    pub(crate) fn credentials_of(&self, invite: SlotKey) -> Vec<(&'static str, String)> {
        let sent = self.transactions.sent(invite);
        let Some((_, sent)) = sent.filter(|(head, _)| head.terms.peer.is_some()) else {
            return Vec::new();
        };
        let Ok(sent) = Message::parse(sent.clone(), &Limits::default()) else {
            return Vec::new();
        };
        let mut headers = Vec::new();
        for name in [Name::Authorization, Name::ProxyAuthorization] {
            headers.extend(sent.values(name).map(|value| (name.as_str(), value.to_owned())));
        }
        headers
    }
}
