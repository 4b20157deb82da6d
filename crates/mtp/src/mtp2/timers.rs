use super::config::Rate;
use crate::ConfigError;
use base::{Duration, Instant, TimerTable};

/// The timers of a link (Q.703 §12.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Aligned and ready: the peer's first FISU or MSU is awaited.
    T1,
    /// Not aligned: any alignment status is awaited.
    T2,
    /// Aligned: the peer's proving status is awaited.
    T3,
    /// The proving period, normal or emergency.
    T4,
    /// SIB is sent again.
    T5,
    /// The peer has been busy for too long.
    T6,
    /// An acknowledgement is overdue.
    T7,
}

/// One row of the timer table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerRow {
    /// The name in the standard.
    pub name: &'static str,
    /// The value used unless configured.
    pub default: Duration,
    /// The least value that the standard allows.
    pub min: Duration,
    /// The greatest value that the standard allows.
    pub max: Duration,
    /// What it waits for.
    pub meaning: &'static str,
}

const fn row(
    name: &'static str,
    default_ms: u64,
    (min_ms, max_ms): (u64, u64),
    meaning: &'static str,
) -> TimerRow {
    TimerRow {
        name,
        default: Duration::from_millis(default_ms),
        min: Duration::from_millis(min_ms),
        max: Duration::from_millis(max_ms),
        meaning,
    }
}

/// Q.703 §12.3, 64 kbit/s.
pub const TABLE: [TimerRow; 8] = [
    row("T1", 45_000, (40_000, 50_000), "aligned and ready, peer's first FISU awaited"),
    row("T2", 10_000, (5_000, 150_000), "not aligned, any alignment status awaited"),
    row("T3", 1_500, (1_000, 2_000), "aligned, peer's proving status awaited"),
    row("T4n", 8_200, (7_500, 9_500), "normal proving period, 65536 octets"),
    row("T4e", 512, (400, 600), "emergency proving period, 4096 octets"),
    row("T5", 100, (80, 120), "busy, SIB sent again"),
    row("T6", 5_000, (3_000, 6_000), "peer busy for too long"),
    row("T7", 1_500, (500, 2_000), "acknowledgement overdue"),
];

/// T1.111.3 §12.3, 56 kbit/s, where the proving periods are 2.3 s and 0.6 s instead of so many
/// octets. Defaults as exchanges ship them; ranges from memory of the standard.
pub const TABLE_56: [TimerRow; 8] = [
    row("T1", 13_000, (12_900, 16_000), "aligned and ready, peer's first FISU awaited"),
    row("T2", 11_800, (5_000, 14_000), "not aligned, any alignment status awaited"),
    row("T3", 11_800, (5_000, 14_000), "aligned, peer's proving status awaited"),
    row("T4n", 2_300, (2_070, 2_530), "normal proving period"),
    row("T4e", 600, (540, 660), "emergency proving period"),
    row("T5", 100, (80, 120), "busy, SIB sent again"),
    row("T6", 5_000, (3_000, 6_000), "peer busy for too long"),
    row("T7", 1_500, (500, 2_000), "acknowledgement overdue"),
];

impl Rate {
    /// Number, default and range of each timer at this rate.
    pub const fn timers(self) -> &'static [TimerRow; 8] {
        match self {
            Self::Kbit64 => &TABLE,
            Self::Kbit56 => &TABLE_56,
        }
    }
}

/// The values of the timers of level 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Aligned and ready.
    pub t1: Duration,
    /// Not aligned.
    pub t2: Duration,
    /// Aligned.
    pub t3: Duration,
    /// Normal proving period.
    pub t4n: Duration,
    /// Emergency proving period.
    pub t4e: Duration,
    /// Sending SIB.
    pub t5: Duration,
    /// Remote congestion.
    pub t6: Duration,
    /// Excessive delay of acknowledgement.
    pub t7: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self::of(Rate::default())
    }
}

impl Timers {
    /// The defaults of a rate.
    pub fn of(rate: Rate) -> Self {
        let [t1, t2, t3, t4n, t4e, t5, t6, t7] = rate.timers().map(|row| row.default);
        Self { t1, t2, t3, t4n, t4e, t5, t6, t7 }
    }

    pub(crate) fn validate(&self, rate: Rate) -> Result<(), ConfigError> {
        let Self { t1, t2, t3, t4n, t4e, t5, t6, t7 } = *self;
        for (row, value) in rate.timers().iter().zip([t1, t2, t3, t4n, t4e, t5, t6, t7]) {
            row.check(value)?;
        }
        Ok(())
    }
}

impl TimerRow {
    pub(crate) fn check(&self, value: Duration) -> Result<(), ConfigError> {
        if (self.min..=self.max).contains(&value) {
            return Ok(());
        }
        Err(ConfigError::Timer {
            timer: self.name,
            min_ms: self.min.as_millis() as u64,
            max_ms: self.max.as_millis() as u64,
        })
    }
}

/// The running timers of one link, with their values.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    running: TimerTable<Timer>,
    values: Timers,
}

impl Clock {
    pub(super) fn new(values: Timers) -> Self {
        Self { running: TimerTable::new(), values }
    }

    /// Starts `timer`, or starts it again; T4 with its normal value.
    pub(super) fn start(&mut self, now: Instant, timer: Timer) {
        let value = match timer {
            Timer::T1 => self.values.t1,
            Timer::T2 => self.values.t2,
            Timer::T3 => self.values.t3,
            Timer::T4 => self.values.t4n,
            Timer::T5 => self.values.t5,
            Timer::T6 => self.values.t6,
            Timer::T7 => self.values.t7,
        };
        self.running.set(now, timer, value);
    }

    /// Starts T4 with the value that the kind of proving asks for.
    pub(super) fn start_proving(&mut self, now: Instant, emergency: bool) {
        let value = if emergency { self.values.t4e } else { self.values.t4n };
        self.running.set(now, Timer::T4, value);
    }

    pub(super) fn start_unless_running(&mut self, now: Instant, timer: Timer) {
        if !self.running.is_running(timer) {
            self.start(now, timer);
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.running.stop(timer);
    }

    pub(super) fn stop_all(&mut self) {
        self.running = TimerTable::new();
    }

    pub(super) fn pop_expired(&mut self, now: Instant) -> Option<Timer> {
        self.running.pop_expired(now)
    }

    pub(super) fn next(&self) -> Option<(Instant, Timer)> {
        self.running.next()
    }
}
