use base::Duration;

/// What Q.764 Annex A says of one timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnexRow {
    /// Its number: 7 is T7.
    pub number: u8,
    /// The least value.
    pub min: Duration,
    /// The greatest value.
    pub max: Duration,
}

const fn row(number: u8, min_ms: u64, max_ms: u64) -> AnnexRow {
    AnnexRow { number, min: Duration::from_millis(min_ms), max: Duration::from_millis(max_ms) }
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// The timers that a neighbour can see expire, in the order of their numbers.
pub const ANNEX_A: [AnnexRow; 27] = [
    row(1, 15 * SECOND, MINUTE),
    row(2, 3 * MINUTE, 3 * MINUTE),
    row(4, 5 * MINUTE, 15 * MINUTE),
    row(5, 5 * MINUTE, 15 * MINUTE),
    // Q.118 §4.3.1
    row(6, MINUTE, 2 * MINUTE),
    row(7, 20 * SECOND, 30 * SECOND),
    row(8, 10 * SECOND, 15 * SECOND),
    // Q.118 §4.1
    row(9, 90 * SECOND, 3 * MINUTE),
    row(10, 4 * SECOND, 6 * SECOND),
    row(12, 15 * SECOND, MINUTE),
    row(13, 5 * MINUTE, 15 * MINUTE),
    row(14, 15 * SECOND, MINUTE),
    row(15, 5 * MINUTE, 15 * MINUTE),
    row(16, 15 * SECOND, MINUTE),
    row(17, 5 * MINUTE, 15 * MINUTE),
    row(18, 15 * SECOND, MINUTE),
    row(19, 5 * MINUTE, 15 * MINUTE),
    row(20, 15 * SECOND, MINUTE),
    row(21, 5 * MINUTE, 15 * MINUTE),
    row(22, 15 * SECOND, MINUTE),
    row(23, 5 * MINUTE, 15 * MINUTE),
    row(25, SECOND, 10 * SECOND),
    row(27, 4 * MINUTE, 4 * MINUTE),
    row(30, 5 * SECOND, 10 * SECOND),
    row(34, 2 * SECOND, 4 * SECOND),
    row(35, 15 * SECOND, 20 * SECOND),
    row(36, 10 * SECOND, 15 * SECOND),
];
