use base::{Duration, Instant};
use std::time::SystemTime;

/// The monotonic clock of the process, and what time it was when that clock started. Steps of the
/// wall clock move neither.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: std::time::Instant,
    wall_at_origin: Duration,
}

impl Clock {
    /// Starts a clock at [`Instant::ZERO`].
    #[expect(clippy::disallowed_methods, reason = "the one place where clocks are read")]
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self { origin: std::time::Instant::now(), wall_at_origin: wall.unwrap_or_default() }
    }

    /// The time since the start.
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// The wall-clock time of `instant`, since 1970-01-01 00:00:00 UTC.
    pub fn wall(&self, instant: Instant) -> Duration {
        self.wall_at_origin + instant.saturating_since(Instant::ZERO)
    }
}
