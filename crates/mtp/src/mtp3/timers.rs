use crate::ConfigError;
use crate::mtp2::TimerRow;
use base::Duration;

/// The timers of level 3 that run for a link or a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Q.704 T1: traffic waits until what a failed link set still delivers has arrived.
    T1,
    /// Q.704 T2: the changeover acknowledgement is awaited.
    T2,
    /// Q.704 T4 and T5: the changeback acknowledgement is awaited, first and second time.
    T4,
    /// Q.704 T6: traffic waits until what the former route still delivers has arrived.
    T6,
    /// Q.704 T8: no further TFP answers messages for a destination that cannot be reached.
    T8,
    /// Q.704 T10: a route that is prohibited or restricted is tested.
    T10,
    /// Q.704 T12: the acknowledgement of an uninhibition is awaited.
    T12,
    /// Q.704 T13: that of a forced one is.
    T13,
    /// Q.704 T14: that of an inhibition is.
    T14,
    /// Q.704 T15: whether a way is still congested is asked.
    T15,
    /// Q.704 T16: somebody may say so.
    T16,
    /// Q.704 T22: the peer is asked whether it knows that a link is inhibited here.
    T22,
    /// Q.704 T23: whether a link is still inhibited there.
    T23,
    /// Q.704 T18: at the start neighbours tell which routes they have.
    T18,
    /// Q.704 T21: a neighbour that is back has yet to say that it is through with its restart.
    T21,
    /// Q.704 T17: a pause before the alignment is tried again.
    T17,
    /// Q.707 T1: the acknowledgement of a test message is awaited.
    SltT1,
    /// Q.707 T2: the next test is due.
    SltT2,
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

/// Q.704 §16.8 and Q.707 §5.5.
pub const TABLE: [TimerRow; 18] = [
    row("Q.704 T1", 800, (500, 1_200), "pause before traffic of a failed link set moves"),
    row("Q.704 T2", 1_500, (700, 2_000), "changeover acknowledgement awaited"),
    row("Q.704 T4", 800, (500, 1_200), "changeback acknowledgement awaited"),
    row("Q.704 T6", 800, (500, 1_200), "pause before traffic moves to a better route"),
    row("Q.704 T8", 1_000, (800, 1_200), "no further TFP in answer to messages"),
    row("Q.704 T10", 45_000, (30_000, 60_000), "next test of a route that is not allowed"),
    row("Q.704 T12", 1_200, (800, 1_500), "uninhibition acknowledgement awaited"),
    row("Q.704 T13", 1_200, (800, 1_500), "forced uninhibition awaited"),
    row("Q.704 T14", 2_500, (2_000, 3_000), "inhibition acknowledgement awaited"),
    row("Q.704 T15", 2_500, (2_000, 3_000), "next test of a congested route set"),
    row("Q.704 T16", 1_700, (1_400, 2_000), "answer to that test awaited"),
    row("Q.704 T17", 1_000, (800, 1_500), "pause before alignment is tried again"),
    // The standard leaves T18 to the network.
    row("Q.704 T18", 2_000, (500, 60_000), "routes are told by neighbours at the start"),
    row("Q.704 T21", 64_000, (63_000, 65_000), "the end of a neighbour's restart awaited"),
    row("Q.704 T22", 240_000, (180_000, 360_000), "next test of an inhibition of ours"),
    row("Q.704 T23", 240_000, (180_000, 360_000), "next test of an inhibition of the peer's"),
    row("Q.707 T1", 6_000, (4_000, 12_000), "test acknowledgement awaited"),
    row("Q.707 T2", 60_000, (30_000, 90_000), "next link test"),
];

/// The values of the timers of level 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Q.704 T1.
    pub t1: Duration,
    /// Q.704 T2.
    pub t2: Duration,
    /// Q.704 T4 and T5.
    pub t4: Duration,
    /// Q.704 T6.
    pub t6: Duration,
    /// Q.704 T8.
    pub t8: Duration,
    /// Q.704 T10.
    pub t10: Duration,
    /// Q.704 T12.
    pub t12: Duration,
    /// Q.704 T13.
    pub t13: Duration,
    /// Q.704 T14.
    pub t14: Duration,
    /// Q.704 T15.
    pub t15: Duration,
    /// Q.704 T16.
    pub t16: Duration,
    /// Q.704 T17.
    pub t17: Duration,
    /// Q.704 T18.
    pub t18: Duration,
    /// Q.704 T21.
    pub t21: Duration,
    /// Q.704 T22.
    pub t22: Duration,
    /// Q.704 T23.
    pub t23: Duration,
    /// Q.707 T1.
    pub slt_t1: Duration,
    /// Q.707 T2.
    pub slt_t2: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        let [t1, t2, t4, t6, t8, t10, t12, t13, t14, rest @ ..] = TABLE.map(|row| row.default);
        let [t15, t16, t17, t18, t21, t22, t23, slt_t1, slt_t2] = rest;
        Self {
            t1,
            t2,
            t4,
            t6,
            t8,
            t10,
            t12,
            t13,
            t14,
            t15,
            t16,
            t17,
            t18,
            t21,
            t22,
            t23,
            slt_t1,
            slt_t2,
        }
    }
}

impl Timers {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let first = [self.t1, self.t2, self.t4, self.t6, self.t8, self.t10];
        let second = [self.t12, self.t13, self.t14, self.t15, self.t16, self.t17];
        let third = [self.t18, self.t21, self.t22, self.t23, self.slt_t1, self.slt_t2];
        let values = [first, second, third].into_iter().flatten();
        for (row, value) in TABLE.iter().zip(values) {
            row.check(value)?;
        }
        Ok(())
    }
}
