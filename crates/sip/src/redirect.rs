//! 3xx to our INVITE (RFC 3261 §8.1.3.4): followed where the user allows it, so many times, and
//! only to its own addresses.
//!
//! Whoever answers 302 decides where the call goes, and who pays: a contact outside the networks
//! named with the call is passed over (toll fraud), as is one that was tried already (a loop), one
//! with a host name, and what is no SIP URI. The new INVITE says that the call was diverted
//! (RFC 5806), and from where (RFC 7044).

use crate::dialog::address;
use crate::failover::Way;
use crate::session::Phase;
use crate::{Flow, Released, SessionId, Sip, Transport, alternative};
use base::Instant;
use sip_parser::{Message, Name, NameAddr, Uri};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// What redirections of a call are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirects {
    /// How many INVITEs more there may be.
    pub most: u8,
    /// Where to: network and prefix length.
    pub within: Vec<(IpAddr, u8)>,
}

/// How far the redirection of one call has come.
#[derive(Debug, Default)]
pub(crate) struct Redirection {
    allowed: Redirects,
    /// Contacts that wait, the best first.
    targets: VecDeque<String>,
    /// Every Request-URI that there was, in order.
    tried: Vec<Tried>,
}

#[derive(Debug)]
struct Tried {
    uri: String,
    /// The status that ended it.
    status: u16,
}

/// The most contacts kept of all 3xx of a call.
const TARGETS: usize = 16;

impl Redirection {
    pub(crate) fn new(allowed: Redirects) -> Self {
        Self { allowed, ..Self::default() }
    }

    /// Takes the contacts of a 3xx, by their q value (§8.1.3.4: the highest first).
    fn learn(&mut self, response: &Message) {
        let mut contacts: Vec<(u16, String)> = response
            .name_addrs(Name::Contact)
            .filter_map(|contact| Some((preference(&contact), plain(contact.uri)?)))
            .collect();
        contacts.sort_by_key(|(q, _)| std::cmp::Reverse(*q));
        // What a later answer says goes before what waits from an earlier one.
        contacts.truncate(TARGETS);
        for (_, uri) in contacts.into_iter().rev() {
            self.targets.push_front(uri);
        }
        self.targets.truncate(TARGETS);
    }

    /// Whether contacts wait that may be tried.
    pub(crate) fn has_more(&self) -> bool {
        self.allowed.most > 0 && !self.targets.is_empty()
    }

    /// The next contact that may be tried, and its address. A URI without a transport keeps the
    /// one in use.
    fn next(&mut self, used: Transport) -> Option<(String, Transport, SocketAddr)> {
        while let Some(uri) = self.targets.pop_front() {
            let Some(Uri::Sip(sip)) = Uri::parse(&uri) else {
                continue;
            };
            let named = sip.params.value("transport").map(Transport::from_name);
            let Some(transport) = named.unwrap_or(Some(used)) else {
                continue;
            };
            let Some(remote) = address(&sip, transport) else {
                continue;
            };
            if self.allows(remote.ip()) && !self.tried.iter().any(|tried| tried.uri == uri) {
                return Some((uri, transport, remote));
            }
        }
        None
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allowed.within.iter().any(|(network, prefix)| is_within(address, *network, *prefix))
    }

    /// RFC 7044 §10.3: where the call was meant to go first, and each place it went from there.
    fn history(&self) -> String {
        let (mut text, mut index) = (String::new(), "1".to_owned());
        let last = self.tried.len().saturating_sub(1);
        for (n, Tried { uri, status }) in self.tried.iter().enumerate() {
            if n == last {
                text += &format!("<{uri}>;index={index};mp=1");
            } else {
                text += &format!("<{uri}?Reason=SIP%3Bcause%3D{status}>;index={index}, ");
                index += ".1";
            }
        }
        text
    }
}

impl Sip {
    /// Takes a final answer to our INVITE that ends this try; says whether there is another.
    pub(crate) fn redirected(
        &mut self,
        now: Instant,
        session: SessionId,
        response: &Message,
    ) -> bool {
        let status = response.status().unwrap_or_default();
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        match status {
            // 305 names a proxy, not the callee; a proxy of ours is a trunk.
            300..=302 => record.redirection.learn(response),
            // §8.1.3.4: a contact that fails leaves the others; 6xx speaks for all.
            400..600 if !record.redirection.tried.is_empty() => {}
            _ => return false,
        }
        self.next_contact(now, session, status)
    }

    /// Calls the next contact that waits, if any: the last one said `status`, or is as good as
    /// having said so (§8.1.3.1: 408 for silence, 503 for a transport that failed).
    pub(crate) fn next_contact(&mut self, now: Instant, session: SessionId, status: u16) -> bool {
        let Some(record) = self.sessions.get_mut(session.0) else {
            return false;
        };
        let old = match &record.phase {
            Phase::Calling(call) => call.way.head.clone(),
            Phase::Early(early) => early.call.way.head.clone(),
            _ => return false,
        };
        let (class, redirection) = (record.class, &mut record.redirection);
        if redirection.allowed.most == 0 {
            return false;
        }
        if redirection.tried.is_empty() {
            redirection.tried.push(Tried { uri: old.uri.clone(), status });
        }
        // A neighbour that asks for less is asked for less (RFC 7339 §5.3), whoever named it.
        let wire = &mut self.wire;
        let ways = std::iter::from_fn(|| redirection.next(old.flow.transport));
        let mut ways = ways.filter_map(|(uri, transport, remote)| {
            let local = wire.local(transport, remote, old.flow.local)?;
            wire.throttle.admit(now, remote, class).ok()?;
            Some((uri, Flow { transport, local, remote, connection: None, peer: None }))
        });
        let Some((uri, flow)) = ways.next() else {
            return false;
        };
        redirection.allowed.most -= 1;
        if let Some(last) = redirection.tried.last_mut() {
            last.status = status;
        }
        redirection.tried.push(Tried { uri: uri.clone(), status: 0 });
        let diversions = redirection.tried.len() - 1;
        let history = redirection.history();
        self.wire.stats.redirects += 1;
        tracing::info!(%session, status, %uri, "redirected");
        self.call_again(now, session, |way, _| {
            let Way { head, headers, .. } = way;
            headers.retain(|(name, value)| !is_ours(name, value));
            let diversion = format!("<{}>;reason=deflection;counter={diversions}", old.uri);
            // RFC 5806 §4: the last diversion stands first.
            headers.insert(0, ("Diversion", diversion));
            if !headers.iter().any(|(name, _)| *name == "History-Info") {
                headers.push(("History-Info", history));
            }
            head.uri = uri;
            head.flow = flow;
        })
    }

    /// §21.3.5: the call is for another service, such as that of emergency calls (TS 24.229
    /// §5.1.2A.1.1), which only the user has a plan for.
    pub(crate) fn alternative(
        &mut self,
        session: SessionId,
        response: &Message,
    ) -> Option<Released> {
        self.wire.stats.alternatives += 1;
        let emergency = alternative::emergency(response);
        tracing::warn!(%session, ?emergency, "380: the peer asks for an alternative service");
        emergency.map(|emergency| Released::Emergency { service: emergency.service })
    }
}

/// A line of an earlier redirection of this call.
fn is_ours(name: &str, value: &str) -> bool {
    name == "Diversion" && value.contains(";reason=deflection;counter=")
        || name == "History-Info" && value.contains("?Reason=SIP%3Bcause%3D")
}

/// The q value of a contact in thousandths (§20.10; 1 where there is none).
fn preference(contact: &NameAddr<'_>) -> u16 {
    let q = contact.params.value("q").and_then(|q| q.trim().parse::<f32>().ok());
    q.map_or(1_000, |q| (q.clamp(0.0, 1.0) * 1_000.0) as u16)
}

/// The URI of a contact as a Request-URI: without the headers and the method that it might ask for
/// (§19.1.5).
pub(crate) fn plain(uri: &str) -> Option<String> {
    // Both marks may stand in a user part (§25.1 user-unreserved).
    let from = uri.rfind('@').map_or(0, |at| at + 1);
    let (user, rest) = uri.split_at_checked(from)?;
    let rest = rest.split('?').next()?;
    let parts = rest
        .split(';')
        .filter(|part| !part.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("method=")));
    let uri = user.to_owned() + &parts.collect::<Vec<_>>().join(";");
    matches!(Uri::parse(&uri), Some(Uri::Sip(_))).then_some(uri)
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let ((address, kind), (network, other)) = (bits(address), bits(network));
    let shift = 128 - u32::from(prefix.min(kind));
    let start = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
    kind == other && start(address) == start(network)
}
