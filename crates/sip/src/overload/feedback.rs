//! Asking neighbours for less: RFC 7339 §5.1 to §5.3 and §5.7, RFC 7415 §3.4.

use super::Algorithm;
use super::told::known;
use crate::Overload;
use base::{Duration, Instant};
use sip_parser::Message;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Clients that are told apart at once; others are told nothing.
const CLIENTS: usize = 4_096;
/// How long a client is remembered without a request, and its algorithm with it (RFC 7339 §5.8).
const MEMORY: Duration = Duration::from_secs(3_600);
/// Over how long the rate of a client is measured.
const SECOND: Duration = Duration::from_secs(1);
/// How long a word holds: two rounds of the user's measuring, so that none is missed.
const VALIDITY_MS: u32 = 1_000;

/// How much less the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The part of the requests that is too much, in percent.
    pub reduce: u8,
}

/// What was counted of the clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedbackStats {
    /// Clients beyond those that are told apart.
    pub full: u64,
}

#[derive(Clone, Copy, Debug)]
struct Client {
    algorithm: Algorithm,
    seen: Instant,
    /// Requests since `since`, and those of the second before.
    since: Instant,
    count: u32,
    last: u32,
    /// The rate when there began to be too much: what is granted is a part of it.
    base: Option<u32>,
}

/// The load, and who is to hear of it.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    load: Load,
    /// Grows with each change (RFC 7339 §4.4).
    sequence: u64,
    clients: BTreeMap<SocketAddr, Client>,
    pub(crate) stats: FeedbackStats,
}

impl Feedback {
    /// The user's load is this from now on.
    pub(crate) fn set_load(&mut self, now: Instant, load: Load) {
        // RFC 7339 §4.4: a time serves as a number, and outlives a restart better than a count.
        self.sequence = now.as_millis().max(self.sequence + 1);
        self.load = Load { reduce: load.reduce.min(100) };
        for client in self.clients.values_mut() {
            client.base = (load.reduce > 0).then(|| client.base.unwrap_or(client.rate()));
        }
    }

    /// Takes note of a request outside any dialog from a client that may be asked for less.
    pub(crate) fn came(
        &mut self,
        now: Instant,
        from: SocketAddr,
        terms: Overload,
        request: &Message,
    ) {
        let Some(known) = known(&request.top_via()) else {
            return;
        };
        let has = |algorithm| known.contains(&algorithm);
        let algorithm = match terms {
            Overload::Rate if has(Algorithm::Rate) => Algorithm::Rate,
            Overload::Rate | Overload::Loss if has(Algorithm::Loss) => Algorithm::Loss,
            _ => return,
        };
        if !self.clients.contains_key(&from) && self.clients.len() >= CLIENTS {
            self.clients.retain(|_, client| now < client.seen + MEMORY);
            if self.clients.len() >= CLIENTS {
                self.stats.full += 1;
                return;
            }
        }
        let new = Client { algorithm, seen: now, since: now, count: 0, last: 0, base: None };
        let client = self.clients.entry(from).or_insert(new);
        if !has(client.algorithm) {
            // §5.1: chosen once, but from what the client says that it knows.
            *client = new;
        }
        client.seen = now;
        client.came(now);
    }

    /// The parameters for the top Via of a response to that client; none where it is told nothing.
    pub(crate) fn for_response(&self, to: SocketAddr, request: &Message) -> Option<String> {
        request.top_via().params.get("oc")?;
        let client = self.clients.get(&to)?;
        let (algorithm, sequence) = (client.algorithm.name(), self.sequence.max(1));
        let less = self.load.reduce > 0;
        let (value, validity) = match client.algorithm {
            // RFC 7339 §5.1, §5.7: no overload is said so, lest zero be taken for a rate.
            _ if !less => (0, 0),
            Algorithm::Loss => (u32::from(self.load.reduce), VALIDITY_MS),
            Algorithm::Rate => (client.granted(self.load), VALIDITY_MS),
        };
        Some(format!(
            ";oc={value};oc-algo=\"{algorithm}\";oc-validity={validity};oc-seq={}.{:03}",
            sequence / 1_000,
            sequence % 1_000
        ))
    }
}

impl Client {
    fn came(&mut self, now: Instant) {
        let passed = now.saturating_since(self.since);
        if passed >= SECOND {
            self.last = if passed < SECOND * 2 { self.count } else { 0 };
            (self.count, self.since) = (0, now);
        }
        self.count = self.count.saturating_add(1);
    }

    /// Requests a second, of the fuller of the two seconds that are known.
    const fn rate(&self) -> u32 {
        if self.last > self.count { self.last } else { self.count }
    }

    /// Requests a second that it may send; one at least, so that its emergency calls are never
    /// asked to stay away.
    fn granted(&self, load: Load) -> u32 {
        let base = u64::from(self.base.unwrap_or(self.rate()));
        let part = base * u64::from(100_u8.saturating_sub(load.reduce)) / 100;
        u32::try_from(part.max(1)).unwrap_or(u32::MAX)
    }
}
