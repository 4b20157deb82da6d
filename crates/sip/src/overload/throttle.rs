//! Obeying neighbours that ask for less: RFC 7339 §5.4 to §5.7 and §7.2, RFC 7415 §3.5, and the
//! Retry-After of a 503 (RFC 3261 §21.5.4).

use super::Algorithm;
use super::told::Told;
use base::{Class, Duration, Instant, Rng};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Neighbours that are remembered at once. A word that finds no place is not obeyed, and counted.
const NEIGHBOURS: usize = 4_096;
/// The longest that a Retry-After is obeyed: a slip of the pen must not cut a trunk off.
const RETRY_MAX: Duration = Duration::from_secs(180);
/// By how much a number must fall to be an overflow and not a straggler (RFC 7339 §4.4), in
/// hundred-thousandths.
const OVERFLOW: u64 = 1_000_000 * 100_000;
/// For so long a straggler may come after the word that there is no overload any more (RFC 3261
/// Table 4, T4).
const STRAGGLERS: Duration = Duration::from_secs(5);
/// The tolerance of the bucket for calls, and for calls with priority, in units of T (RFC 7415
/// §3.5.2).
const TAU1: f64 = 5.0;
const TAU2: f64 = 10.0;

/// Why a request is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The neighbour asked for less.
    Overload,
    /// The neighbour said when to come again.
    RetryAfter,
}

/// What was counted of requests held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThrottleStats {
    /// Requests not sent because the neighbour asked for less.
    pub overload: u64,
    /// Requests not sent because the neighbour said to come again later.
    pub retry_after: u64,
    /// Words of more neighbours than are remembered.
    pub full: u64,
}

/// What a neighbour asked for, and how far that was obeyed.
#[derive(Clone, Debug, Default)]
struct Neighbour {
    told: Option<(Told, Instant)>,
    /// The bucket: its content in units of T, and when it was so.
    bucket: (f64, Instant),
    /// Of the requests since the word: those that may be held back, and those that may not.
    counts: [u32; 2],
    /// Nothing ordinary before this.
    not_before: Option<Instant>,
}

/// All neighbours that asked for something.
#[derive(Debug)]
pub(crate) struct Throttle {
    neighbours: BTreeMap<SocketAddr, Neighbour>,
    rng: Rng,
    pub(crate) stats: ThrottleStats,
}

impl Throttle {
    pub(crate) fn new(seed: u64) -> Self {
        // RFC 7339 §5.4: by address and port.
        let neighbours = BTreeMap::new();
        Self { neighbours, rng: Rng::new(seed), stats: ThrottleStats::default() }
    }

    /// Takes what a response said.
    pub(crate) fn told(&mut self, now: Instant, neighbour: SocketAddr, told: Told) {
        let known = self.neighbours.get(&neighbour);
        let last = known.and_then(|known| known.sequence(now));
        if let Some((last, new)) = last.zip(told.sequence) {
            // The same or an earlier word is no news; one far back is a new beginning (§4.4).
            if new <= last && last - new < OVERFLOW {
                return;
            }
        }
        if known.is_none() && told.validity.is_zero() {
            return;
        }
        let u = self.resonance();
        let Some(known) = self.entry(now, neighbour) else {
            return;
        };
        let active = known.is_told(now);
        known.told = Some((told, now + told.validity));
        if !active {
            // RFC 7415 §3.5.1, §3.5.3.
            known.bucket = (u, now);
            known.counts = [0; 2];
        }
    }

    /// Takes a 503 that says when to come again.
    pub(crate) fn retry_after(&mut self, now: Instant, neighbour: SocketAddr, after: Duration) {
        if let Some(known) = self.entry(now, neighbour) {
            known.not_before = Some(now + after.min(RETRY_MAX));
        }
    }

    /// Whether a request that is no part of a dialog may be sent now.
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        neighbour: SocketAddr,
        class: Class,
    ) -> Result<(), Held> {
        let Some(known) = self.neighbours.get_mut(&neighbour) else {
            return Ok(());
        };
        let exempt = class.is_emergency();
        if !exempt && known.not_before.is_some_and(|not_before| now < not_before) {
            self.stats.retry_after += 1;
            return Err(Held::RetryAfter);
        }
        let Some((told, _)) = known.told.filter(|_| known.is_told(now)) else {
            return Ok(());
        };
        let lot = self.rng.below(1_000_000);
        let sent = match told.algorithm {
            Algorithm::Loss => known.draw(told.value, class, lot),
            Algorithm::Rate => known.pour(now, told.value, class, lot),
        };
        if sent || exempt {
            return Ok(());
        }
        self.stats.overload += 1;
        Err(Held::Overload)
    }

    fn entry(&mut self, now: Instant, neighbour: SocketAddr) -> Option<&mut Neighbour> {
        if self.neighbours.len() >= NEIGHBOURS && !self.neighbours.contains_key(&neighbour) {
            self.neighbours.retain(|_, known| {
                known.is_told(now) || known.not_before.is_some_and(|not_before| now < not_before)
            });
            if self.neighbours.len() >= NEIGHBOURS {
                self.stats.full += 1;
                return None;
            }
        }
        Some(self.neighbours.entry(neighbour).or_default())
    }

    /// A part of T, half of it either way, so that neighbours do not come at once (RFC 7415
    /// §3.5.3).
    fn resonance(&mut self) -> f64 {
        part(self.rng.below(1_000_000)) - 0.5
    }
}

impl Neighbour {
    /// RFC 7339 §5.7: until the time is over.
    fn is_told(&self, now: Instant) -> bool {
        self.told.is_some_and(|(told, until)| !told.validity.is_zero() && now < until)
    }

    /// The number that a new word must exceed. §5.4: what is known is forgotten when its time is
    /// over, so that a neighbour that counts anew is heard; a word without a number is always new.
    fn sequence(&self, now: Instant) -> Option<u64> {
        let (told, until) = self.told?;
        let until = if told.validity.is_zero() { until + STRAGGLERS } else { until };
        told.sequence.filter(|_| now < until)
    }

    /// RFC 7339 §7.2: the part to be held back is of all requests, so that those which must not be
    /// held back are made up for by the others.
    fn draw(&mut self, percent: u32, class: Class, lot: u64) -> bool {
        // §5.10.1: calls with priority go when nothing is to be sent at all, and not before.
        let exempt = class.is_emergency() || (class > Class::InDialog && percent < 100);
        let [ordinary, priority] = &mut self.counts;
        let count = if exempt { &mut *priority } else { &mut *ordinary };
        *count = count.saturating_add(1);
        if exempt {
            return true;
        }
        let (held, kept) = (f64::from(*ordinary), f64::from(*priority));
        let share = f64::from(percent) / 100.0 * (held + kept) / held;
        part(lot) >= share
    }

    /// RFC 7415 §3.5.2, in units of T.
    fn pour(&mut self, now: Instant, rate: u32, class: Class, lot: u64) -> bool {
        if rate == 0 {
            return false;
        }
        let (content, then) = self.bucket;
        let passed = now.saturating_since(then).as_secs_f64() * f64::from(rate);
        let content = content - passed;
        let limit = if class > Class::InDialog { TAU2 } else { TAU1 };
        let sent = content <= limit || class.is_emergency();
        if sent {
            // §3.5.3: a bucket that has run dry is filled by more or less than T.
            let u = if content > 0.0 { 0.0 } else { part(lot) - 0.5 };
            self.bucket = (content.clamp(0.0, TAU2) + 1.0 + u, now);
        }
        sent
    }
}

/// A part of one, from a lot of a million.
#[expect(clippy::cast_precision_loss, reason = "a million fits exactly")]
fn part(lot: u64) -> f64 {
    lot as f64 / 1_000_000.0
}
