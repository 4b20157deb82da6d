//! How much is too much: the figure by which neighbours are asked for less (RFC 7339 §5.2).
//!
//! Measured is the queue between the network and the cores, where every message waits: whoever
//! fills it more than half, or loses anything from it, has sent more than is worked off. What is
//! asked for rises by what was shed, and at least by a step; it falls by small steps once the queue
//! is nearly empty, and stays where it is in between, so that it settles and does not swing.

use base::{Duration, Instant};
use call::QueueStats;

/// How often the queue is looked at.
const PERIOD: Duration = Duration::from_millis(500);
/// The step up, and the step down, in percent.
const UP: u64 = 10;
const DOWN: u64 = 5;
/// Never all: who sends nothing hears nothing, and would not learn that it is over.
const MOST: u64 = 90;

/// What the queue has done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Traffic {
    accepted: u64,
    shed: u64,
}

/// The figure, and what it comes from.
#[derive(Debug)]
pub(crate) struct Gauge {
    total: usize,
    reduce: u64,
    next: Instant,
    seen: Traffic,
    /// The most that waited since the last look.
    peak: usize,
}

impl Gauge {
    /// For a queue of `total` entries.
    pub(crate) fn new(total: usize) -> Self {
        let (next, seen) = (Instant::ZERO + PERIOD, Traffic::default());
        Self { total, reduce: 0, next, seen, peak: 0 }
    }

    /// Takes a look; gives the percentage to ask for where it is time to say it anew.
    fn look(&mut self, now: Instant, waiting: usize, traffic: Traffic) -> Option<u8> {
        self.peak = self.peak.max(waiting);
        if now < self.next {
            return None;
        }
        let late = now.saturating_since(self.next).as_millis() / PERIOD.as_millis();
        self.next = now + PERIOD;
        let peak = std::mem::take(&mut self.peak);
        let accepted = traffic.accepted.saturating_sub(self.seen.accepted);
        let shed = traffic.shed.saturating_sub(self.seen.shed);
        self.seen = traffic;
        let before = self.reduce;
        if shed > 0 || peak > self.total / 2 {
            let part = shed * 100 / (accepted + shed).max(1);
            self.reduce = (before + UP).max(part).min(MOST);
        } else if peak <= self.total / 4 {
            let periods = u64::try_from(late).unwrap_or(u64::MAX).saturating_add(1);
            self.reduce = before.saturating_sub(DOWN.saturating_mul(periods));
        }
        // While there is too much it is said again and again: each word holds for a short time.
        (self.reduce > 0 || before > 0).then(|| u8::try_from(self.reduce).unwrap_or(u8::MAX))
    }

    /// Takes a look at a queue with so many entries.
    pub(crate) fn look_at(
        &mut self,
        now: Instant,
        waiting: usize,
        stats: &QueueStats,
    ) -> Option<u8> {
        let accepted = stats.accepted.iter().sum();
        let shed = stats.shed.iter().flatten().sum();
        self.look(now, waiting, Traffic { accepted, shed })
    }

    /// The percentage asked for.
    pub(crate) fn reduce(&self) -> u8 {
        u8::try_from(self.reduce).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn what_is_shed_is_asked_for_and_the_figure_falls_slowly() {
        let mut gauge = Gauge::new(100);
        let calm = |accepted| Traffic { accepted, shed: 0 };
        assert_eq!(gauge.look(at(100), 20, calm(10)), None, "not yet");
        assert_eq!(gauge.look(at(500), 20, calm(10)), None, "nothing to say");
        assert_eq!(gauge.look(at(1_000), 5, Traffic { accepted: 60, shed: 50 }), Some(50));
        assert_eq!(gauge.look(at(1_500), 5, Traffic { accepted: 159, shed: 51 }), Some(60));
        let now = Traffic { accepted: 200, shed: 51 };
        assert_eq!(gauge.look(at(2_000), 30, now), Some(60), "in between it stays");
        assert_eq!(gauge.look(at(2_500), 25, now), Some(55));
        assert_eq!(gauge.look(at(5_000), 0, now), Some(30), "after a silence of five periods");
        assert_eq!(gauge.look(at(60_000), 0, now), Some(0), "said once that it is over");
        assert_eq!(gauge.look(at(61_000), 0, now), None);
    }

    #[test]
    fn a_queue_that_was_more_than_half_full_is_too_much_though_it_is_empty_now() {
        let mut gauge = Gauge::new(100);
        let traffic = Traffic::default();
        gauge.look(at(100), 51, traffic);
        assert_eq!(gauge.look(at(500), 0, traffic), Some(10));
        for n in 2..40 {
            gauge.look(at(n * 500), 51, traffic);
        }
        assert_eq!(gauge.reduce(), 90);
    }
}
