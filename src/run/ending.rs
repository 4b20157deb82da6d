//! How a gateway ends: calls may finish, then the rest is released, then the process goes. Each
//! signal shortens what is going on.

use base::{Duration, Instant};

/// How long the legs of released calls may take: a lost BYE or REL is repeated a few times.
const RELEASE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Draining { until: Instant },
    Releasing { until: Instant },
    Over,
}

/// Where the gateway is on its way to the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    phase: Phase,
    drain: Duration,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    /// Refuse new calls, but emergency calls.
    Drain,
    /// Release the calls that are left.
    Release,
    /// Nothing is left to do.
    Stop,
}

impl Ending {
    pub(crate) const fn new(drain: Duration) -> Self {
        Self { phase: Phase::Running, drain }
    }

    /// SIGINT or SIGTERM.
    pub(crate) fn signal(&mut self, now: Instant) -> Next {
        match self.phase {
            Phase::Running => {
                self.phase = Phase::Draining { until: now + self.drain };
                Next::Drain
            }
            Phase::Draining { .. } => self.release(now),
            Phase::Releasing { .. } | Phase::Over => {
                self.phase = Phase::Over;
                Next::Stop
            }
        }
    }

    /// The process cannot go on.
    pub(crate) fn fail(&mut self, now: Instant) -> Next {
        self.release(now)
    }

    /// Time has passed.
    pub(crate) fn poll(&mut self, now: Instant, is_idle: impl Fn() -> bool) -> Next {
        match self.phase {
            Phase::Running => Next::Go,
            Phase::Draining { .. } | Phase::Releasing { .. } if is_idle() => {
                self.phase = Phase::Over;
                Next::Stop
            }
            Phase::Draining { until } if until <= now => self.release(now),
            Phase::Releasing { until } if until <= now => {
                self.phase = Phase::Over;
                Next::Stop
            }
            Phase::Draining { .. } | Phase::Releasing { .. } => Next::Go,
            Phase::Over => Next::Stop,
        }
    }

    fn release(&mut self, now: Instant) -> Next {
        self.phase = Phase::Releasing { until: now + RELEASE };
        Next::Release
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAIN: Duration = Duration::from_secs(30);

    #[test]
    fn calls_may_end_until_the_time_is_over() {
        let mut ending = Ending::new(DRAIN);
        let mut now = Instant::ZERO;
        assert_eq!(ending.poll(now, || true), Next::Go);
        assert_eq!(ending.signal(now), Next::Drain);
        assert_eq!(ending.poll(now, || false), Next::Go);
        now += DRAIN;
        assert_eq!(ending.poll(now, || false), Next::Release);
        assert_eq!(ending.poll(now, || false), Next::Go);
        now += RELEASE;
        assert_eq!(ending.poll(now, || false), Next::Stop);
    }

    #[test]
    fn without_calls_there_is_no_wait() {
        let mut ending = Ending::new(DRAIN);
        assert_eq!(ending.signal(Instant::ZERO), Next::Drain);
        assert_eq!(ending.poll(Instant::ZERO, || true), Next::Stop);
        assert_eq!(ending.poll(Instant::ZERO, || false), Next::Stop);
    }

    #[test]
    fn each_further_signal_shortens_the_wait() {
        let mut ending = Ending::new(DRAIN);
        let now = Instant::ZERO;
        assert_eq!(ending.signal(now), Next::Drain);
        assert_eq!(ending.signal(now), Next::Release);
        assert_eq!(ending.poll(now, || false), Next::Go);
        assert_eq!(ending.signal(now), Next::Stop);
    }
}
