use crate::ConfigError;
use crate::mtp2::TimerRow;
use base::Duration;

/// The timers of a link (Q.703 §12.3, RFC 4165 §4.1.3). T5 is not among them: Busy is said once,
/// and taken back by Busy Ended (§4.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Aligned and ready: the peer's Ready or its first message is awaited.
    T1,
    /// Not aligned: any alignment status is awaited.
    T2,
    /// Aligned: the peer's proving status is awaited.
    T3,
    /// The proving period, normal or emergency.
    T4,
    /// The peer has been busy for too long.
    T6,
    /// An acknowledgement is overdue.
    T7,
    /// `Proving_Interval`: the next proving message is due.
    ProvingInterval,
    /// Alignment or Ready is said again while there is no answer.
    Repeat,
    /// The association is opened again.
    Reconnect,
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

/// RFC 4165 §4 takes values and ranges from the standard of MTP2: Q.703 §12.3 at 64 kbit/s. It
/// gives none for its own two; those here load a link as a few calls a second do.
pub const TABLE: [TimerRow; 9] = [
    row("T1", 45_000, (40_000, 50_000), "aligned and ready, peer's Ready awaited"),
    row("T2", 10_000, (5_000, 150_000), "not aligned, any alignment status awaited"),
    row("T3", 1_500, (1_000, 2_000), "aligned, peer's proving status awaited"),
    row("T4n", 8_200, (7_500, 9_500), "normal proving period"),
    row("T4e", 512, (400, 600), "emergency proving period"),
    row("T6", 5_000, (3_000, 6_000), "peer busy for too long"),
    row("T7", 1_500, (500, 2_000), "acknowledgement overdue"),
    row("Proving_Interval", 50, (5, 1_000), "next proving message"),
    row("repetition", 1_000, (500, 10_000), "Alignment or Ready said again"),
];

/// The values of the timers of a link.
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
    /// Remote congestion.
    pub t6: Duration,
    /// Excessive delay of acknowledgement.
    pub t7: Duration,
    /// Between two proving messages.
    pub proving_interval: Duration,
    /// Until Alignment or Ready is said again.
    pub repeat: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        let [t1, t2, t3, t4n, t4e, t6, t7, proving_interval, repeat] = TABLE.map(|row| row.default);
        Self { t1, t2, t3, t4n, t4e, t6, t7, proving_interval, repeat }
    }
}

impl Timers {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let Self { t1, t2, t3, t4n, t4e, t6, t7, proving_interval, repeat } = *self;
        let values = [t1, t2, t3, t4n, t4e, t6, t7, proving_interval, repeat];
        for (row, value) in TABLE.iter().zip(values) {
            row.check(value)?;
        }
        Ok(())
    }
}
