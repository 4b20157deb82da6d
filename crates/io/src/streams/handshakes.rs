//! How many TLS handshakes there may be: at once, and in a second. Each costs the thread that all
//! signalling runs on part of a millisecond, whoever asks for it.

use base::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use tokio::time::Instant;

/// No source has more than this part of what there is.
const PART: u32 = 8;
/// Bursts are as long as what comes in this time.
const BURST: Duration = Duration::from_secs(2);

/// Why a handshake is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There are too many already.
    Number,
    /// There were too many of late.
    Rate,
}

/// A source of connections: an address of IPv4; of IPv6 the network of one host (RFC 4291 §2.5.4),
/// which has 2^64 addresses for the asking.
pub(super) fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
    }
}

/// A bucket of tokens, told by the moment at which it is full again (the generic cell rate
/// algorithm, ITU-T I.371).
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full: Instant,
    /// The time of one token.
    each: Duration,
}

impl Bucket {
    fn new(now: Instant, rate: u32) -> Self {
        Self { full: now, each: Duration::from_secs(1) / rate.max(1) }
    }

    fn has(&self, now: Instant) -> bool {
        self.full.saturating_duration_since(now) + self.each <= BURST.max(self.each)
    }

    fn take(&mut self, now: Instant) {
        self.full = self.full.max(now) + self.each;
    }
}

/// The handshakes of one port.
#[derive(Debug)]
pub(super) struct Handshakes {
    most: usize,
    rate: u32,
    under_way: BTreeMap<IpAddr, usize>,
    /// For everybody, and what only preferred sources have.
    common: Bucket,
    kept: Bucket,
    /// Of each source; those that are full again are forgotten, so that there are never more than
    /// the common buckets let through in the time that one takes to fill.
    sources: BTreeMap<IpAddr, Bucket>,
    /// The same by when they are full again, so that nobody has to look at all of them.
    by_full: BTreeSet<(Instant, IpAddr)>,
}

impl Handshakes {
    /// At most `most` at once and `rate` in a second.
    pub(super) fn new(most: usize, rate: u32) -> Self {
        let now = Instant::now();
        let kept = rate / 4;
        Self {
            most,
            rate,
            under_way: BTreeMap::new(),
            common: Bucket::new(now, rate - kept),
            kept: Bucket::new(now, kept),
            sources: BTreeMap::new(),
            by_full: BTreeSet::new(),
        }
    }

    /// How many there are.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.values().sum()
    }

    /// How many of this address and its like.
    pub(super) fn of(&self, address: IpAddr) -> usize {
        self.under_way.get(&source(address)).copied().unwrap_or(0)
    }

    /// One more begins, if it may.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        address: IpAddr,
        preferred: bool,
    ) -> Result<(), Refused> {
        let most = if preferred { self.most } else { self.most - self.most / 4 };
        if self.under_way() >= most || self.of(address) >= self.most.div_ceil(PART as usize) {
            return Err(Refused::Number);
        }
        let source = source(address);
        self.forget_full(now);
        let fresh = || Bucket::new(now, self.rate.div_ceil(PART));
        let mut own = self.sources.get(&source).copied().unwrap_or_else(fresh);
        // What is kept is taken first: then what is common is there for those who have only that.
        let bucket =
            if preferred && self.kept.has(now) { &mut self.kept } else { &mut self.common };
        if !own.has(now) || !bucket.has(now) {
            return Err(Refused::Rate);
        }
        bucket.take(now);
        own.take(now);
        if let Some(old) = self.sources.insert(source, own) {
            self.by_full.remove(&(old.full, source));
        }
        self.by_full.insert((own.full, source));
        *self.under_way.entry(source).or_default() += 1;
        Ok(())
    }

    fn forget_full(&mut self, now: Instant) {
        while let Some((full, source)) = self.by_full.first().copied()
            && full <= now
        {
            self.by_full.pop_first();
            self.sources.remove(&source);
        }
    }

    /// One has come to its end.
    pub(super) fn end(&mut self, address: IpAddr) {
        let source = source(address);
        if let Some(count) = self.under_way.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of these begin (and end at once) at this moment.
    fn begun(all: &mut Handshakes, now: Instant, text: &str, preferred: bool, tries: u32) -> u32 {
        let mut count = 0;
        for _ in 0..tries {
            if all.begin(now, address(text), preferred).is_ok() {
                all.end(address(text));
                count += 1;
            }
        }
        count
    }

    #[test]
    fn a_source_has_an_eighth_of_the_rate() {
        let mut all = Handshakes::new(64, 80);
        let start = Instant::now();
        assert_eq!(begun(&mut all, start, "192.0.2.1", false, 1_000), 20, "two seconds' worth");
        assert_eq!(begun(&mut all, start, "192.0.2.2", false, 1), 1, "another has its own");
        let later = start + Duration::from_secs(1);
        assert_eq!(begun(&mut all, later, "192.0.2.1", false, 1_000), 10);
        assert_eq!(begun(&mut all, later + Duration::from_secs(60), "192.0.2.1", false, 99), 20);
    }

    #[test]
    fn the_addresses_of_one_host_are_one_source() {
        let mut all = Handshakes::new(64, 80);
        let now = Instant::now();
        let begin = |all: &mut Handshakes, text: &str| all.begin(now, address(text), false);
        for host in 0..8 {
            assert_eq!(begin(&mut all, &format!("2001:db8::{host}")), Ok(()));
        }
        assert_eq!(begin(&mut all, "2001:db8::9"), Err(Refused::Number));
        assert_eq!(begin(&mut all, "2001:db8:0:1::9"), Ok(()));
        assert_eq!((all.of(address("2001:db8::77")), all.under_way()), (8, 9));
        // An address of IPv4 in the clothes of IPv6 is one of IPv4.
        assert_eq!(begin(&mut all, "::ffff:192.0.2.1"), Ok(()));
        assert_eq!((all.of(address("192.0.2.1")), all.of(address("192.0.2.2"))), (1, 0));
    }

    #[test]
    fn a_flood_of_many_sources_leaves_neighbours_their_part() {
        let mut all = Handshakes::new(64, 80);
        let now = Instant::now();
        let flood = (0..255).map(|n| begun(&mut all, now, &format!("192.0.2.{n}"), false, 9));
        assert_eq!(flood.collect::<Vec<_>>().iter().sum::<u32>(), 120, "60 a second for two");
        assert_eq!(begun(&mut all, now, "198.51.100.1", true, 99), 20, "a source has an eighth");
        assert_eq!(begun(&mut all, now, "198.51.100.2", true, 99), 20);
        assert_eq!(begun(&mut all, now, "198.51.100.3", true, 99), 0, "and all have a quarter");
        assert!(all.sources.len() <= 160, "{}", all.sources.len());
        let later = now + Duration::from_secs(9);
        assert_eq!(begun(&mut all, later, "192.0.2.1", false, 1), 1);
        assert_eq!(all.sources.len(), 1, "what is full again is forgotten");
        assert_eq!(all.by_full.len(), 1);
    }
}
