use crate::Clock;
use base::{Duration, Instant};

/// A clock tick with absolute deadlines: a late tick does not delay the ones after it.
#[derive(Debug)]
pub struct Ticker {
    clock: Clock,
    period: Duration,
    next: Instant,
    /// Ticks made up for one after the other before the rest is given up.
    catch_up: u32,
    skipped: u64,
}

impl Ticker {
    /// Ticks each `period` of `clock`, from now on; after a pause it makes up for `catch_up`
    /// ticks at most.
    pub fn new(clock: Clock, period: Duration, catch_up: u32) -> Self {
        Self { clock, period, next: clock.now() + period, catch_up, skipped: 0 }
    }

    /// Waits for the next tick and says when it was due.
    #[expect(clippy::disallowed_methods, reason = "the media thread waits for its tick here")]
    pub fn wait(&mut self) -> Instant {
        let now = self.clock.now();
        let late = now.saturating_since(self.next);
        if late > self.period * self.catch_up {
            let periods = late.as_nanos() / self.period.as_nanos().max(1);
            let periods = u32::try_from(periods).unwrap_or(u32::MAX);
            self.skipped += u64::from(periods);
            self.next += self.period.saturating_mul(periods);
        } else if now < self.next {
            std::thread::sleep(self.next.saturating_since(now));
        }
        let due = self.next;
        self.next += self.period;
        due
    }

    /// Ticks that were never made up for.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }
}
