use crate::ConfigError;
use base::Duration;
use std::fmt;

/// A timer of Q.764 Annex A, by its number there.
///
/// Of those that the annex has beside these, T31 and T32 belong to end-to-end signalling over SCCP,
/// which is not here, T37 and T38 to echo control and to suspension in an international exchange,
/// neither of which this is. T11, after which ACM goes out though nobody has said anything of the
/// called user, is not built yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerName {
    /// REL sent, RLC awaited.
    T1,
    /// SUS (user) received, RES awaited.
    T2,
    /// OLM received: the circuit is left alone.
    T3,
    /// The remote user part is unavailable; it is tested again.
    T4,
    /// The first REL sent, RLC awaited.
    T5,
    /// SUS (network) received, RES awaited.
    T6,
    /// IAM sent, ACM or CON awaited.
    T7,
    /// IAM with a continuity check received, COT awaited.
    T8,
    /// ACM received, ANM awaited.
    T9,
    /// Digits received, more may follow before the call goes to another network.
    T10,
    /// BLO sent, BLA awaited.
    T12,
    /// The first BLO sent, BLA awaited.
    T13,
    /// UBL sent, UBA awaited.
    T14,
    /// The first UBL sent, UBA awaited.
    T15,
    /// RSC sent, RLC awaited.
    T16,
    /// The first RSC sent, RLC awaited.
    T17,
    /// CGB sent, CGBA awaited.
    T18,
    /// The first CGB sent, CGBA awaited.
    T19,
    /// CGU sent, CGUA awaited.
    T20,
    /// The first CGU sent, CGUA awaited.
    T21,
    /// GRS sent, GRA awaited.
    T22,
    /// The first GRS sent, GRA awaited.
    T23,
    /// The check tone is sent, its return awaited.
    T24,
    /// Our first continuity check failed; the next one is due.
    T25,
    /// Another one failed.
    T26,
    /// The peer's continuity check failed, CCR awaited.
    T27,
    /// CQM sent, CQR awaited.
    T28,
    /// Congestion was indicated; further indications are one with it.
    T29,
    /// Congestion was indicated; nothing is heard of it since.
    T30,
    /// INR sent, INF awaited.
    T33,
    /// The first piece of a message received, SGM awaited.
    T34,
    /// No digit was received yet.
    T35,
    /// CCR received, COT or REL awaited.
    T36,
    /// IDR sent, IRS awaited.
    T39,
    /// Not of Annex A, and of no row: the next question about circuits has its turn.
    Turn,
    /// Not of Annex A, and of no row: the peer's automatic congestion level is heeded.
    Level,
}

impl TimerName {
    /// The long timer that runs beside this one since the first message, if one does.
    pub(crate) const fn long(self) -> Option<Self> {
        match self {
            Self::T1 => Some(Self::T5),
            Self::T12 => Some(Self::T13),
            Self::T14 => Some(Self::T15),
            Self::T16 => Some(Self::T17),
            Self::T18 => Some(Self::T19),
            Self::T20 => Some(Self::T21),
            Self::T22 => Some(Self::T23),
            _ => None,
        }
    }
}

/// One row of the timer table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerRow {
    /// The timer.
    pub name: TimerName,
    /// The value used unless configured.
    pub default: Duration,
    /// The least value that the standard allows.
    pub min: Duration,
    /// The greatest value that the standard allows.
    pub max: Duration,
    /// What it waits for, and what happens when it is in vain.
    pub meaning: &'static str,
}

const fn row(
    name: TimerName,
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

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
/// Most answers: asked for again after 15 to 60 seconds,
const SHORT: (u64, u64) = (15 * SECOND, 60 * SECOND);
/// and an alarm after 5 to 15 minutes.
const LONG: (u64, u64) = (5 * MINUTE, 15 * MINUTE);

/// Q.764 Annex A, Table A.1: the timers in use here, in the order of [`TimerName`].
pub const TABLE: [TimerRow; 34] = [
    row(TimerName::T1, 15 * SECOND, SHORT, "RLC awaited; REL is sent again"),
    row(TimerName::T2, 3 * MINUTE, (3 * MINUTE, 3 * MINUTE), "RES (user) awaited; release"),
    row(TimerName::T3, 2 * MINUTE, (2 * MINUTE, 2 * MINUTE), "overload; the circuit is released"),
    row(TimerName::T4, 5 * MINUTE, LONG, "user part unavailable; UPT is sent again"),
    row(TimerName::T5, 5 * MINUTE, LONG, "RLC awaited since the first REL; RSC and alarm"),
    // Q.118 §4.3.1
    row(TimerName::T6, 90 * SECOND, (MINUTE, 2 * MINUTE), "RES (network) awaited; release"),
    row(TimerName::T7, 25 * SECOND, (20 * SECOND, 30 * SECOND), "ACM or CON awaited; release"),
    row(TimerName::T8, 12 * SECOND, (10 * SECOND, 15 * SECOND), "COT awaited; release"),
    // Q.118 §4.1: 1.5 to 3 minutes
    row(TimerName::T9, 2 * MINUTE, (90 * SECOND, 3 * MINUTE), "ANM awaited; release"),
    row(TimerName::T10, 5 * SECOND, (4 * SECOND, 6 * SECOND), "more digits; number is complete"),
    row(TimerName::T12, 15 * SECOND, SHORT, "BLA awaited; BLO is sent again"),
    row(TimerName::T13, 5 * MINUTE, LONG, "BLA awaited since the first BLO; alarm"),
    row(TimerName::T14, 15 * SECOND, SHORT, "UBA awaited; UBL is sent again"),
    row(TimerName::T15, 5 * MINUTE, LONG, "UBA awaited since the first UBL; alarm"),
    row(TimerName::T16, 15 * SECOND, SHORT, "RLC awaited; RSC is sent again"),
    row(TimerName::T17, 5 * MINUTE, LONG, "RLC awaited since the first RSC; alarm"),
    row(TimerName::T18, 15 * SECOND, SHORT, "CGBA awaited; CGB is sent again"),
    row(TimerName::T19, 5 * MINUTE, LONG, "CGBA awaited since the first CGB; alarm"),
    row(TimerName::T20, 15 * SECOND, SHORT, "CGUA awaited; CGU is sent again"),
    row(TimerName::T21, 5 * MINUTE, LONG, "CGUA awaited since the first CGU; alarm"),
    row(TimerName::T22, 15 * SECOND, SHORT, "GRA awaited; GRS is sent again"),
    row(TimerName::T23, 5 * MINUTE, LONG, "GRA awaited since the first GRS; alarm"),
    // Q.724 §7.4.1: at most 2 s, and more than the tone and the messages need.
    row(TimerName::T24, 2 * SECOND, (500, 2 * SECOND), "check tone awaited; check has failed"),
    row(TimerName::T25, 5 * SECOND, (SECOND, 10 * SECOND), "first check failed; CCR is sent"),
    row(TimerName::T26, 2 * MINUTE, (MINUTE, 3 * MINUTE), "another check failed; CCR is sent"),
    row(TimerName::T27, 4 * MINUTE, (4 * MINUTE, 4 * MINUTE), "CCR awaited; RSC"),
    row(TimerName::T28, 10 * SECOND, (10 * SECOND, 10 * SECOND), "CQR awaited; alarm"),
    row(TimerName::T29, 300, (300, 600), "congestion; further indications are ignored"),
    row(TimerName::T30, 5 * SECOND, (5 * SECOND, 10 * SECOND), "no congestion; one step more load"),
    row(TimerName::T33, 12 * SECOND, (12 * SECOND, 15 * SECOND), "INF awaited; release"),
    row(TimerName::T34, 2 * SECOND, (2 * SECOND, 4 * SECOND), "SGM awaited; the call goes on"),
    row(TimerName::T35, 15 * SECOND, (15 * SECOND, 20 * SECOND), "first digit awaited; release"),
    row(TimerName::T36, 10 * SECOND, (10 * SECOND, 15 * SECOND), "COT or REL awaited; RSC"),
    row(TimerName::T39, 10 * SECOND, (4 * SECOND, 15 * SECOND), "IRS awaited; the call goes on"),
];

/// The values of the timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers([Duration; TABLE.len()]);

impl Default for Timers {
    fn default() -> Self {
        Self(TABLE.map(|row| row.default))
    }
}

impl Timers {
    /// The value of one timer.
    pub fn get(&self, name: TimerName) -> Duration {
        self.0.get(name as usize).copied().unwrap_or_default()
    }

    /// The same values but for one. [`crate::Isup::new`] refuses it outside its range.
    #[must_use]
    pub fn with(mut self, name: TimerName, value: Duration) -> Self {
        if let Some(place) = self.0.get_mut(name as usize) {
            *place = value;
        }
        self
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        for (row, value) in TABLE.iter().zip(self.0) {
            if !(row.min..=row.max).contains(&value) {
                return Err(ConfigError::Timer { name: row.name, min: row.min, max: row.max });
            }
        }
        Ok(())
    }
}

/// Why the core wants to be woken: a timer of the standard and what it runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// Which.
    pub name: TimerName,
    /// The circuit, the first circuit of a group message, or the destination it runs for; with
    /// [`Timer::ASIDE`] where two of these may run beside each other.
    pub(crate) of: u32,
}

impl Timer {
    /// Set for group messages of the maintenance kind, and for turns of circuits.
    const ASIDE: u32 = 1 << 31;

    /// For this circuit, beside one of the same name for the same number.
    pub(crate) const fn aside(name: TimerName, of: u32) -> Self {
        Self { name, of: of | Self::ASIDE }
    }

    /// The turn of the next question to any exchange: beyond all point codes.
    pub(crate) const NODE: u32 = Self::ASIDE - 1;

    /// The circuit where it runs aside.
    pub(crate) const fn aside_of(self) -> Option<u32> {
        if self.of & Self::ASIDE == 0 { None } else { Some(self.of & !Self::ASIDE) }
    }
}

/// The timers that run for one circuit, without a search for each of those that do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Running(u64);

impl Running {
    /// All of these.
    pub(crate) const fn of(names: &[TimerName]) -> Self {
        let (mut all, mut rest) = (Self(0), names);
        while let [name, further @ ..] = rest {
            all.0 |= 1 << *name as u32;
            rest = further;
        }
        all
    }

    pub(crate) const fn add(&mut self, name: TimerName) {
        self.0 |= 1 << name as u32;
    }

    /// Says whether it was there.
    pub(crate) const fn remove(&mut self, name: TimerName) -> bool {
        let before = self.0;
        self.0 &= !(1 << name as u32);
        self.0 != before
    }

    /// Takes those out that are in `others`, too.
    pub(crate) const fn take(&mut self, others: Self) -> Self {
        let both = Self(self.0 & others.0);
        self.0 &= !others.0;
        both
    }

    pub(crate) fn names(self) -> impl Iterator<Item = TimerName> {
        let runs = move |row: &&TimerRow| self.0 & 1 << row.name as u32 != 0;
        TABLE.iter().filter(runs).map(|row| row.name)
    }
}

impl fmt::Display for TimerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annex_a_the_table_is_in_the_order_of_the_names_and_its_defaults_are_in_range() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.name as usize, index);
        }
        Timers::default().validate().unwrap();
    }

    #[test]
    fn annex_a_a_value_out_of_range_is_refused() {
        let timers = Timers::default().with(TimerName::T7, Duration::from_secs(31));
        let error = timers.validate().unwrap_err();
        assert_eq!(error.to_string(), "timer T7 is outside its range of 20 to 30 s");
    }
}
