//! Whom we deal with, and on what terms. Who is who is the user's matter: by address, by
//! certificate. Here a peer is a number, and what was agreed with it.

use crate::auth::{Credentials, Door, Realm, Wallet};
use crate::message::Head;
use crate::overload::{Algorithm, Held, Load, Told};
use crate::transaction::User;
use crate::wire::Wire;
use crate::{Flow, Outgoing, Refused, RegistrationConfig, Sip};
use base::{Class, Duration, Instant, SlotKey};
use bytes::Bytes;
use sip_parser::headers::RetryAfter;
use sip_parser::{Message, Name};

/// The number of a peer: its place in [`Peers::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(pub u16);

/// What was agreed with a peer.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The realm, by its place in [`Peers::realms`], in which its callers must prove themselves.
    pub realm: Option<u16>,
    /// Who we are to it, should it ask.
    pub credentials: Option<Credentials>,
    /// How we ask each other for less.
    pub overload: Overload,
    /// How its calls are marked.
    pub marks: Marks,
}

/// The Resource-Priority of calls to a peer (RFC 4412); none where they are not marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Of emergency calls (RFC 7135).
    pub emergency: Option<String>,
    /// Of calls with a government priority.
    pub government: Option<String>,
}

/// How one side of a hop asks the other for less (RFC 7339, RFC 7415).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overload {
    /// Not at all.
    #[default]
    Off,
    /// By a part that is not to be sent.
    Loss,
    /// By a rate that is not to be exceeded; by a part where the other side knows nothing else.
    Rate,
}

impl Overload {
    /// Whether we have said that we understand this way of being asked.
    pub(crate) const fn offers(self, algorithm: Algorithm) -> bool {
        match self {
            Self::Off => false,
            Self::Loss => matches!(algorithm, Algorithm::Loss),
            Self::Rate => true,
        }
    }
}

/// All peers.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// The peers.
    pub list: Vec<Peer>,
    /// The realms of our challenges.
    pub realms: Vec<Realm>,
    /// What nonces are sealed with.
    pub secret: [u64; 4],
    /// Where we are registered, and as whom.
    pub registrations: Vec<RegistrationConfig>,
    /// Whether the user takes emergency calls of whom it does not know.
    pub strangers_emergencies: bool,
}

impl Peers {
    pub(crate) fn agreed(&self) -> Vec<(Overload, Marks)> {
        self.list.iter().map(|peer| (peer.overload, peer.marks.clone())).collect()
    }

    pub(crate) fn wallet(&self) -> Wallet {
        let credentials = (0..).zip(&self.list);
        let credentials = credentials.filter_map(|(n, peer)| Some((n, peer.credentials.clone()?)));
        Wallet::new(credentials, self.secret)
    }

    /// Whether somebody whom the user does not know may prove itself.
    pub fn is_open(&self) -> bool {
        self.realms.iter().any(|realm| realm.open)
    }

    pub(crate) fn door(&self) -> Door {
        Door::new(self)
    }
}

/// What a request of ours owes to whom it goes to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) peer: Option<PeerId>,
    /// How many challenges led to it.
    pub(crate) attempts: u8,
    pub(crate) overload: Overload,
}

impl Terms {
    /// Parameters of our Via: which ways of asking for less we understand (RFC 7339 §4.1, §4.2).
    pub(crate) const fn via(self) -> &'static str {
        match self.overload {
            Overload::Off => "",
            Overload::Loss => ";oc;oc-algo=\"loss\"",
            Overload::Rate => ";oc;oc-algo=\"rate,loss\"",
        }
    }
}

impl Wire {
    /// The terms of a new request to a peer.
    pub(crate) fn terms(&self, peer: Option<PeerId>) -> Terms {
        let agreed = peer.and_then(|peer| self.agreed.get(usize::from(peer.0)));
        let overload = agreed.map(|agreed| agreed.0).unwrap_or_default();
        Terms { peer, attempts: 0, overload }
    }

    /// The call with the first of its next hops that may be called now: an overloaded one is passed
    /// over (RFC 7339 §5.10). It is marked as its peer wants it.
    pub(crate) fn first_hop(
        &mut self,
        now: Instant,
        class: Class,
        mut out: Outgoing,
    ) -> Result<Outgoing, Refused> {
        while let Err(held) = self.throttle.admit(now, out.flow.remote, class) {
            if out.spare.is_empty() {
                return Err(match held {
                    Held::Overload => Refused::Overload,
                    Held::RetryAfter => Refused::RetryAfter,
                });
            }
            let hop = out.spare.remove(0);
            (out.flow, out.request_uri) = (hop.flow, hop.request_uri);
        }
        let agreed = out.peer.and_then(|peer| self.agreed.get(usize::from(peer.0)));
        let mark = agreed.and_then(|(_, marks)| match class {
            Class::Emergency | Class::EmergencyInDialog => marks.emergency.clone(),
            Class::GovernmentPriority => marks.government.clone(),
            Class::PsapCallback | Class::InDialog | Class::Ordinary => None,
        });
        if let Some(mark) = mark {
            // RFC 4412 §3.1: no namespace stands in a message twice.
            let name = Name::ResourcePriority.as_str();
            out.headers.retain(|(other, _)| *other != name);
            out.headers.push((name, mark));
        }
        Ok(out)
    }

    /// A request outside any dialog came from a peer.
    pub(crate) fn client_came(
        &mut self,
        now: Instant,
        (flow, peer): (Flow, Option<PeerId>),
        request: &Message,
    ) {
        let overload = self.terms(peer).overload;
        self.feedback.came(now, flow.remote, overload, request);
    }

    /// The request with what proves who we are, where its peer has asked before (RFC 3261 §22.3).
    pub(crate) fn authorised(&mut self, head: &Head, request: Bytes) -> Bytes {
        let Some(peer) = head.terms.peer else {
            return request;
        };
        // §22.1: a CANCEL is never challenged.
        if head.method == "CANCEL" {
            return request;
        }
        let headers = self.wallet.authorise(peer.0, head.method, &head.uri);
        with_headers(request, &headers)
    }
}

/// A message of ours with further headers, after its first line.
pub(crate) fn with_headers(message: Bytes, headers: &[(&'static str, String)]) -> Bytes {
    if headers.is_empty() {
        return message;
    }
    let end = message.windows(2).position(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
    // Via comes first (§7.3.1 recommends what proxies need at the top).
    let rest = message.get(end..).unwrap_or_default();
    let end = rest.windows(2).position(|pair| pair == b"\r\n").map_or(end, |at| end + at + 2);
    let mut with = Vec::with_capacity(message.len() + 512);
    with.extend_from_slice(message.get(..end).unwrap_or_default());
    for (name, value) in headers {
        with.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    with.extend_from_slice(message.get(end..).unwrap_or_default());
    with.into()
}

impl Sip {
    /// Takes from a response what it says about the hop it came over, whoever asked. Says whether
    /// the request went once more with credentials: then nobody else hears of the response.
    pub(crate) fn heed(
        &mut self,
        now: Instant,
        transaction: SlotKey,
        user: Option<User>,
        response: &Message,
    ) -> bool {
        self.listen(now, transaction, response);
        match response.status() {
            Some(401 | 407) => self.challenged(now, transaction, user, response),
            Some(200..) => {
                let sent = self.transactions.sent(transaction);
                if let Some(peer) = sent.and_then(|(head, _)| head.terms.peer) {
                    self.wire.wallet.informed(peer.0, response);
                }
                false
            }
            _ => false,
        }
    }

    /// Takes from a response how much the next hop can bear.
    fn listen(&mut self, now: Instant, transaction: SlotKey, response: &Message) {
        let Some((head, _)) = self.transactions.sent(transaction) else {
            return;
        };
        let (neighbour, overload) = (head.flow.remote, head.terms.overload);
        // RFC 7339 §4.1, §4.2: what we did not offer is not for us.
        if let Some(told) = Told::read(&response.top_via())
            && overload.offers(told.algorithm)
        {
            self.wire.throttle.told(now, neighbour, told);
        }
        if response.status() == Some(503)
            && let Some(Ok(after)) = response.typed::<RetryAfter<'_>>()
        {
            let after = Duration::from_secs(after.seconds.into());
            self.wire.throttle.retry_after(now, neighbour, after);
        }
    }

    /// The user's load is this from now on: neighbours that know overload control hear of it.
    pub fn set_load(&mut self, now: Instant, load: Load) {
        self.wire.feedback.set_load(now, load);
    }
}
