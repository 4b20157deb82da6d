//! How many connections all associations of a node may try to open in a second: a network that
//! comes back must not be met by all of them at once.

use base::{Duration, Instant};

/// Turns to connect: as many at once as are allowed in a second, then one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    interval: Duration,
    burst: Duration,
    /// When the last turn given would be, if none had been given early.
    last: Instant,
}

impl Budget {
    /// So many turns in a second; at least one.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = per_second.max(1);
        let interval = Duration::from_secs(1) / per_second;
        Self { interval, burst: interval * (per_second - 1), last: now }
    }

    /// When the next turn is. It is taken with that.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let last = self.last.max(now);
        self.last = last + self.interval;
        let early = last.saturating_since(now).saturating_sub(self.burst);
        now + early
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_sees_a_burst_and_then_so_many_a_second() {
        let mut budget = Budget::new(10, Instant::ZERO);
        let turns: Vec<Instant> = (0..30).map(|_| budget.next(Instant::ZERO)).collect();
        assert!(turns[..10].iter().all(|turn| *turn == Instant::ZERO));
        assert_eq!(turns[10], Instant::from_millis(100));
        assert_eq!(turns[29], Instant::from_millis(2_000));
        // What was not used is not saved up beyond that.
        let late = Instant::from_millis(60_000);
        let turns: Vec<Instant> = (0..11).map(|_| budget.next(late)).collect();
        assert_eq!(turns.iter().filter(|turn| **turn == late).count(), 10);
    }
}
