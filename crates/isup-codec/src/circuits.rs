use crate::Cic;
use crate::bits::Field;
use crate::value::{Unwritable, Value};
use std::fmt;

base::coded_value! {
    /// Circuit group supervision message type indicator (Q.763 §3.13), 2 bits.
    pub struct SupervisionType(u8) {
        /// Maintenance oriented: calls in progress go on.
        MAINTENANCE = 0, "maintenance oriented";
        /// Hardware failure oriented: calls in progress are released.
        HARDWARE = 1, "hardware failure oriented";
    }
}

const SUPERVISION_TYPE: Field = Field::new(0, 2);

impl Value for SupervisionType {
    const LENGTHS: (u8, u8) = (1, 1);

    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(|octet| Self(SUPERVISION_TYPE.get(octet.into())))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if SUPERVISION_TYPE.holds(self.0) { self.0.write(out) } else { Err(Unwritable) }
    }
}

/// The range of a range and status parameter (Q.763 §3.43): one less than the number of circuits
/// concerned, the first of which is the message's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range(pub u8);

impl Range {
    /// The most circuits that one message with a status field may concern.
    pub const MAX_CIRCUITS: usize = 32;

    /// The range of so many circuits: 1 to 256.
    pub fn of(circuits: usize) -> Option<Self> {
        circuits.checked_sub(1).and_then(|range| range.try_into().ok()).map(Self)
    }

    /// How many circuits are concerned.
    pub const fn count(self) -> usize {
        self.0 as usize + 1
    }

    /// The circuits concerned by a message about `first`.
    pub fn circuits(self, first: Cic) -> impl Iterator<Item = Cic> {
        (0..=u16::from(self.0)).map_while(move |n| first.0.checked_add(n)).map(Cic)
    }
}

/// Range and status without the status field, as GRS and CQM have it.
impl Value for Range {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        octets.first().copied().map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} circuits", self.count())
    }
}

/// Range and status (Q.763 §3.43) with a bit for each circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeStatus {
    range: Range,
    /// The first circuit's bit is the low one of the first octet; bits beyond the range are 0.
    status: Vec<u8>,
}

impl RangeStatus {
    /// The range with the bits that `is_set` gives for the circuits from 0 on.
    pub fn new(range: Range, is_set: impl Fn(usize) -> bool) -> Self {
        let mut status = vec![0; range.count().div_ceil(8)];
        for (octet, first) in status.iter_mut().zip((0..).step_by(8)) {
            for bit in (0..8).filter(|bit| first + bit < range.count() && is_set(first + bit)) {
                *octet |= 1 << bit;
            }
        }
        Self { range, status }
    }

    /// How many circuits are concerned.
    pub const fn range(&self) -> Range {
        self.range
    }

    /// The bit of the circuit at this distance from the message's own.
    pub fn is_set(&self, position: usize) -> bool {
        self.status.get(position / 8).is_some_and(|octet| octet >> (position % 8) & 1 != 0)
    }

    /// The circuits of a message about `first` whose bit is set.
    pub fn marked(&self, first: Cic) -> impl Iterator<Item = Cic> {
        let circuits = self.range.circuits(first).enumerate();
        circuits.filter(|(position, _)| self.is_set(*position)).map(|(_, cic)| cic)
    }
}

impl Value for RangeStatus {
    const LENGTHS: (u8, u8) = (2, 1 + 32);

    fn read(octets: &[u8]) -> Option<Self> {
        let (range, status) = octets.split_first()?;
        let range = Range(*range);
        let status = status.get(..range.count().div_ceil(8))?;
        let bit =
            |position: usize| status.get(position / 8).map(|octet| octet >> (position % 8) & 1);
        Some(Self::new(range, |position| bit(position) == Some(1)))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.push(self.range.0);
        out.extend_from_slice(&self.status);
        Ok(())
    }
}

impl fmt::Display for RangeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, marked", self.range)?;
        let mut marked = (0..self.range.count()).filter(|position| self.is_set(*position));
        marked.try_for_each(|position| write!(f, " {position}"))
    }
}

/// Range and status (Q.763 §3.43) of any message: with a status field or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeAndStatus {
    /// Without status, as GRS and CQM have it.
    Range(Range),
    /// With status.
    Status(RangeStatus),
}

impl Value for RangeAndStatus {
    const LENGTHS: (u8, u8) = (1, 1 + 32);

    fn read(octets: &[u8]) -> Option<Self> {
        match octets {
            [range] => Some(Self::Range(Range(*range))),
            _ => RangeStatus::read(octets).map(Self::Status),
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        match self {
            Self::Range(range) => range.write(out),
            Self::Status(status) => status.write(out),
        }
    }
}

impl fmt::Display for RangeAndStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => fmt::Display::fmt(range, f),
            Self::Status(status) => fmt::Display::fmt(status, f),
        }
    }
}

base::coded_value! {
    /// The state of one circuit in a circuit state indicator (Q.763 §3.14).
    pub struct CircuitState(u8) {
        /// Transient: between two states.
        TRANSIENT = 0b0000_0000, "transient";
        /// Unequipped.
        UNEQUIPPED = 0b0000_0011, "unequipped";
        /// Incoming busy, active.
        INCOMING_BUSY = 0b0000_0100, "incoming busy";
        /// Outgoing busy, active.
        OUTGOING_BUSY = 0b0000_1000, "outgoing busy";
        /// Idle, active.
        IDLE = 0b0000_1100, "idle";
        /// Idle, locally blocked by maintenance.
        IDLE_LOCALLY_BLOCKED = 0b0000_1101, "idle, locally blocked";
        /// Idle, remotely blocked by maintenance.
        IDLE_REMOTELY_BLOCKED = 0b0000_1110, "idle, remotely blocked";
        /// Idle, locally and remotely blocked by maintenance.
        IDLE_BLOCKED = 0b0000_1111, "idle, locally and remotely blocked";
    }
}

const MAINTENANCE_STATE: Field = Field::new(0, 2);
const CALL_STATE: Field = Field::new(2, 2);
const HARDWARE_STATE: Field = Field::new(4, 2);

/// Bits of the maintenance and of the hardware blocking state.
const LOCALLY: u8 = 1;
const REMOTELY: u8 = 2;

impl CircuitState {
    /// Whether a call, incoming or outgoing, holds the circuit.
    pub const fn is_busy(self) -> bool {
        matches!(CALL_STATE.get(self.0 as u16), 1 | 2)
    }

    /// Whether it is idle: blocked or not.
    pub const fn is_idle(self) -> bool {
        CALL_STATE.get(self.0 as u16) == 3
    }

    /// Whether a call holds it that came to the side that answers.
    pub const fn is_incoming_busy(self) -> bool {
        CALL_STATE.get(self.0 as u16) == 1
    }

    /// Whether a call holds it that the side that answers placed.
    pub const fn is_outgoing_busy(self) -> bool {
        CALL_STATE.get(self.0 as u16) == 2
    }

    /// The maintenance blocking state: whether the side that answers has blocked the circuit, and
    /// whether the side that asks has.
    pub const fn maintenance(self) -> (bool, bool) {
        let state = if self.has_call_state() { MAINTENANCE_STATE.get(self.0 as u16) } else { 0 };
        (state & LOCALLY != 0, state & REMOTELY != 0)
    }

    /// The hardware blocking state likewise.
    pub const fn hardware(self) -> (bool, bool) {
        let state = if self.has_call_state() { HARDWARE_STATE.get(self.0 as u16) } else { 0 };
        (state & LOCALLY != 0, state & REMOTELY != 0)
    }

    /// With call processing state 00, the other bits do not speak of blocking.
    const fn has_call_state(self) -> bool {
        CALL_STATE.get(self.0 as u16) != 0
    }

    /// Whether the circuit is blocked from the side that answers.
    pub const fn is_locally_blocked(self) -> bool {
        self.is_blocked(LOCALLY)
    }

    /// Whether the circuit is blocked from the side that asked.
    pub const fn is_remotely_blocked(self) -> bool {
        self.is_blocked(REMOTELY)
    }

    const fn is_blocked(self, side: u8) -> bool {
        let word = self.0 as u16;
        // With call processing state 00, the other bits do not speak of blocking.
        CALL_STATE.is_set(word)
            && (MAINTENANCE_STATE.get(word) | HARDWARE_STATE.get(word)) & side != 0
    }

    /// The same, blocked by maintenance locally, remotely, or both.
    pub const fn with_blocking(self, locally: bool, remotely: bool) -> Self {
        let locally = if locally { LOCALLY } else { 0 };
        let state = if remotely { locally | REMOTELY } else { locally };
        Self(MAINTENANCE_STATE.put(self.0 as u16, state) as u8)
    }
}

/// Circuit state indicator (Q.763 §3.14): an octet for each circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitStates(pub Vec<CircuitState>);

impl Value for CircuitStates {
    const LENGTHS: (u8, u8) = (0, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        Some(Self(octets.iter().copied().map(CircuitState).collect()))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.0.iter().map(|state| state.0));
        Ok(())
    }
}

impl fmt::Display for CircuitStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = crate::print::Fields::new(f);
        self.0.iter().for_each(|state| list.field(format_args!("{state}")));
        list.finish()
    }
}
