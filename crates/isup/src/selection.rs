//! Which idle circuit the next call takes, and how two exchanges that seize the same circuits keep
//! out of each other's way (Q.764 §2.9.1.3, §2.9.1.4).

use crate::circuits::CircuitIx;
use mtp::sap::PointCode;
use std::collections::BTreeSet;

/// Who seizes the circuits of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both exchanges.
    #[default]
    Both,
    /// Only we.
    Outgoing,
    /// Only the peer.
    Incoming,
}

/// Which exchange's call goes on after a dual seizure (Q.764 §2.9.1.4). Both ends must agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// The exchange with the higher point code has the even circuits, the other one the odd ones.
    #[default]
    PointCode,
    /// We have the even circuits.
    Even,
    /// We have the odd circuits.
    Odd,
    /// We have all circuits.
    All,
    /// The peer has all circuits.
    None,
}

/// The order in which idle circuits are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// Method 2 of Q.764 §2.9.1.3: of the circuits that we control the one that has been idle the
    /// longest; if there is none, of the others the one freed last.
    #[default]
    Method2,
    /// Method 1 of Q.764 §2.9.1.3, opposite orders: the exchange with the higher point code takes
    /// the lowest circuit, the other one the highest.
    Method1,
    /// Of the circuits that we control the lowest; if there is none, of the others the highest.
    EvenOdd,
    /// The one that has been idle the longest.
    MostIdle,
    /// The one that has been idle the shortest.
    LeastIdle,
    /// The next one above the circuit taken last, and from the top back to the lowest.
    Clockwise,
    /// The next one below the circuit taken last, and from the bottom back to the highest.
    CounterClockwise,
    /// The lowest.
    LowestFirst,
    /// The highest.
    HighestFirst,
}

impl Direction {
    /// The same group, seen from its other end.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Both => Self::Both,
            Self::Outgoing => Self::Incoming,
            Self::Incoming => Self::Outgoing,
        }
    }
}

impl Control {
    /// The same circuits, seen from their other end.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::PointCode => Self::PointCode,
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
            Self::All => Self::None,
            Self::None => Self::All,
        }
    }

    /// Whether our call goes on on a circuit with this code.
    pub(crate) fn is_ours(self, own: PointCode, peer: PointCode, code: u16) -> bool {
        let even = code.is_multiple_of(2);
        match self {
            Self::PointCode => (own > peer) == even,
            Self::Even => even,
            Self::Odd => !even,
            Self::All => true,
            Self::None => false,
        }
    }
}

impl Selection {
    /// The order at the other end that is in the way of this one least.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Clockwise => Self::CounterClockwise,
            Self::CounterClockwise => Self::Clockwise,
            Self::LowestFirst => Self::HighestFirst,
            Self::HighestFirst => Self::LowestFirst,
            same @ (Self::Method2
            | Self::Method1
            | Self::EvenOdd
            | Self::MostIdle
            | Self::LeastIdle) => same,
        }
    }

    /// The same order without regard to who we are.
    pub(crate) fn between(self, own: PointCode, peer: PointCode) -> Self {
        match self {
            Self::Method1 if own > peer => Self::LowestFirst,
            Self::Method1 => Self::HighestFirst,
            other => other,
        }
    }

    const fn prefers_controlled(self) -> bool {
        matches!(self, Self::Method2 | Self::EvenOdd)
    }

    const fn is_circular(self) -> bool {
        matches!(self, Self::Clockwise | Self::CounterClockwise)
    }

    /// Where a circuit stands among those that are idle; `freed` grows.
    pub(crate) const fn rank(self, ix: CircuitIx, controlled: bool, freed: u64) -> Rank {
        let place = ix.0 as u64;
        let key = match (self, controlled) {
            (Self::Method2, true) | (Self::MostIdle, _) => freed,
            (Self::Method2, false) | (Self::LeastIdle, _) => u64::MAX - freed,
            (Self::EvenOdd, true) => place,
            (Self::EvenOdd, false) => u64::MAX - place,
            (Self::Clockwise | Self::LowestFirst, _) => place,
            (Self::CounterClockwise | Self::HighestFirst | Self::Method1, _) => u64::MAX - place,
        };
        Rank { key, controlled }
    }
}

/// Where an idle circuit stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    /// The lowest goes first.
    key: u64,
    controlled: bool,
}

/// The idle circuits of a group, in the order of their selection. Everything it does takes time in
/// proportion to the logarithm of their number.
#[derive(Debug)]
pub(crate) struct Idle {
    selection: Selection,
    controlled: BTreeSet<(u64, CircuitIx)>,
    others: BTreeSet<(u64, CircuitIx)>,
    /// The key of the circuit that we took last.
    last: u64,
}

impl Idle {
    pub(crate) const fn new(selection: Selection) -> Self {
        Self { selection, controlled: BTreeSet::new(), others: BTreeSet::new(), last: u64::MAX }
    }

    pub(crate) fn len(&self) -> usize {
        self.controlled.len() + self.others.len()
    }

    pub(crate) fn insert(&mut self, rank: Rank, ix: CircuitIx) {
        self.half(rank).insert((rank.key, ix));
    }

    pub(crate) fn remove(&mut self, rank: Rank, ix: CircuitIx) {
        self.half(rank).remove(&(rank.key, ix));
    }

    const fn half(&mut self, rank: Rank) -> &mut BTreeSet<(u64, CircuitIx)> {
        if rank.controlled { &mut self.controlled } else { &mut self.others }
    }

    /// The circuit to take next. An urgent call goes where it cannot be driven out again, whatever
    /// the order: losing a dual seizure would cost it a second attempt. No call takes a circuit
    /// again that it has lost (§2.8.1).
    pub(crate) fn next(&self, urgent: bool, lost: &[CircuitIx]) -> Option<CircuitIx> {
        let is_new = |ix: &CircuitIx| !lost.contains(ix);
        let any = || self.controlled.iter().chain(&self.others).map(|(_, ix)| *ix).find(is_new);
        self.first(urgent).filter(is_new).or_else(any)
    }

    fn first(&self, urgent: bool) -> Option<CircuitIx> {
        let (controlled, other) = (self.next_of(&self.controlled), self.next_of(&self.others));
        let next = if urgent || self.selection.prefers_controlled() {
            controlled.or(other)
        } else {
            // Those ahead of the circuit taken last go before those behind it.
            let turn = |(key, ix): (u64, CircuitIx)| (self.is_behind(key), key, ix);
            [controlled, other].into_iter().flatten().min_by_key(|candidate| turn(*candidate))
        };
        next.map(|(_, ix)| ix)
    }

    const fn is_behind(&self, key: u64) -> bool {
        self.selection.is_circular() && key <= self.last
    }

    fn next_of(&self, half: &BTreeSet<(u64, CircuitIx)>) -> Option<(u64, CircuitIx)> {
        let after = (self.last, CircuitIx(u32::MAX));
        let ahead = half.range(after..).next().filter(|_| self.selection.is_circular());
        ahead.or_else(|| half.first()).copied()
    }

    /// We have taken this circuit.
    pub(crate) const fn took(&mut self, ix: CircuitIx) {
        if self.selection.is_circular() {
            self.last = self.selection.rank(ix, false, 0).key;
        }
    }
}
