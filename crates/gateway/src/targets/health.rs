//! Whether the peers of a trunk are there: by OPTIONS (RFC 3261 §11), and by what became of calls.

use super::{Targets, Wake, Wish};
use base::{Duration, Instant};
use sip::Transport;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tracing::{info, warn};

/// So many unanswered OPTIONS in a row say that a peer is down.
const DOWN_AFTER: u32 = 2;
/// OPTIONS is repeated at 0.5, 1.5 and 3.5 s (Timer E); what does not answer by then is not there.
const PATIENCE: Duration = Duration::from_secs(4);
/// The fewest seconds between two OPTIONS to one peer.
const PING_MIN: Duration = Duration::from_secs(1);
/// So much more often a peer is asked while it does not answer.
const FASTER: u32 = 4;
/// For so long a way on which a call has failed comes after the others.
const SUSPECT: Duration = Duration::from_secs(30);
/// The most ways of one trunk that are asked.
const WATCHED: usize = 32;

/// A peer of a trunk at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    pub(crate) trunk: u16,
    pub(crate) transport: Transport,
    pub(crate) remote: SocketAddr,
}

/// What an OPTIONS has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A final answer other than 408 and 503: somebody is there.
    Alive,
    /// Silence, a broken transport, 408, 503.
    Dead,
    /// We could not even ask.
    None,
}

impl Verdict {
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            408 | 503 => Self::Dead,
            _ => Self::Alive,
        }
    }
}

/// What is known about a peer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Health {
    /// Unanswered OPTIONS in a row.
    failures: u32,
    /// Whether an OPTIONS was ever answered.
    seen: bool,
    /// A call failed on this way: it comes after the others until then.
    suspect_until: Option<Instant>,
}

impl Health {
    pub(super) const UNWATCHED: &'static str = "unwatched";
    /// The rank of a way that is down.
    pub(super) const DOWN: u8 = 2;

    const fn is_down(&self) -> bool {
        self.failures >= DOWN_AFTER
    }

    fn is_suspect(&self, now: Instant) -> bool {
        self.suspect_until.is_some_and(|until| until > now)
    }

    /// Lower is tried first.
    pub(super) fn rank(&self, now: Instant) -> u8 {
        if self.is_down() { Self::DOWN } else { u8::from(self.is_suspect(now)) }
    }

    pub(super) fn label(&self, now: Instant) -> &'static str {
        match (self.is_down(), self.is_suspect(now), self.seen) {
            (true, ..) => "down",
            (_, true, _) => "suspect",
            (_, _, true) => "up",
            _ => Self::UNWATCHED,
        }
    }
}

impl Targets {
    /// Watches the ways that a trunk has now, and no others.
    pub(super) fn watch(&mut self, now: Instant, trunk: u16) {
        let Some(record) = self.trunks.get(usize::from(trunk)) else {
            return;
        };
        let known = record.entries.iter().filter_map(|entry| entry.known.as_ref());
        let known = known.flat_map(|servers| servers.all());
        let ways: BTreeSet<Way> =
            known.map(|(transport, remote)| Way { trunk, transport, remote }).collect();
        let ping = record.ping;
        let is_gone = |way: &&Way| way.trunk == trunk && !ways.contains(way);
        let gone: Vec<Way> = self.health.keys().filter(is_gone).copied().collect();
        for way in gone {
            self.health.remove(&way);
            self.timers.stop(Wake::Ping(way));
            if self.timers.stop(Wake::Late(way)) {
                self.wishes.push_back(Wish::GiveUp(way));
            }
        }
        for way in ways.into_iter().take(WATCHED) {
            if self.health.contains_key(&way) {
                continue;
            }
            self.health.insert(way, Health::default());
            if ping.is_some() {
                // At once, but not all of them in the same moment.
                let after = Duration::from_millis(self.rng.below(500));
                self.timers.set(now, Wake::Ping(way), after);
            }
        }
    }

    /// Asks a peer whether it is there.
    pub(super) fn ping(&mut self, now: Instant, way: Way) {
        let Some(interval) = self.interval(way) else {
            return;
        };
        self.timers.set(now, Wake::Late(way), PATIENCE.min(interval.max(PING_MIN)));
        self.wishes.push_back(Wish::Ping(way));
    }

    fn interval(&self, way: Way) -> Option<Duration> {
        self.trunks.get(usize::from(way.trunk))?.ping
    }

    /// Takes what an OPTIONS has shown, and plans the next one.
    pub(crate) fn answered(&mut self, now: Instant, way: Way, verdict: Verdict) {
        self.timers.stop(Wake::Late(way));
        let (Some(interval), Some(health)) = (self.interval(way), self.health.get_mut(&way)) else {
            return;
        };
        let was_down = health.is_down();
        match verdict {
            Verdict::Alive => *health = Health { seen: true, ..Health::default() },
            Verdict::Dead => health.failures = health.failures.saturating_add(1),
            Verdict::None => {}
        }
        let is_down = health.is_down();
        let next = if health.failures == 0 { interval } else { interval / FASTER };
        let Way { trunk, transport, remote } = way;
        let trunk = self.trunks.get(usize::from(trunk)).map(|trunk| trunk.name.as_str());
        if is_down && !was_down {
            warn!(trunk, transport = transport.name(), %remote, "it answers no OPTIONS: down");
        } else if was_down && !is_down {
            info!(trunk, transport = transport.name(), %remote, "it answers again: up");
        }
        self.timers.set(now, Wake::Ping(way), next.max(PING_MIN));
    }

    /// A call has found nobody on this way: others come first for a while, and where its peers are
    /// watched this one is asked at once.
    pub(crate) fn hop_failed(&mut self, now: Instant, way: Way) {
        let watched = self.interval(way).is_some();
        let Some(health) = self.health.get_mut(&way) else {
            return;
        };
        health.suspect_until = Some(now + SUSPECT);
        if watched && !health.is_down() && !self.timers.is_running(Wake::Late(way)) {
            self.timers.set(now, Wake::Ping(way), Duration::ZERO);
        }
    }
}
