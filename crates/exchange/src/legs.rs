use crate::{Step, TimeSlot};
use base::Duration;
use isup::CallId;
use isup_codec::{CalledPartyNumber, Cic};
use std::collections::BTreeMap;

/// What the exchange knows of a call on one of its circuits.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// Where its speech is, until it is over.
    pub(crate) slot: Option<TimeSlot>,
    pub(crate) role: Role,
}

/// Which end of the call is here.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// The called one.
    Called {
        /// The number called.
        number: CalledPartyNumber,
        /// What remains to be done.
        steps: &'static [Step],
    },
    /// The calling one.
    Calling {
        /// The batch that the call belongs to.
        batch: u64,
        /// What became of it.
        outcome: Outcome,
        /// How long it lasts from the answer on.
        hold: Duration,
        /// The circuits that it has had, the last of them now.
        had: Vec<Cic>,
    },
}

/// What became of a placed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pending,
    Answered,
    Failed,
}

/// The legs, and the time slots of the circuits.
#[derive(Clone, Debug)]
pub(crate) struct Legs {
    legs: BTreeMap<CallId, Leg>,
    slots: BTreeMap<Cic, TimeSlot>,
    /// Loops that will fail.
    broken_loops: Vec<Cic>,
}

impl Legs {
    pub(crate) fn new(bearers: &[(Cic, TimeSlot)], broken_loops: Vec<Cic>) -> Self {
        Self { legs: BTreeMap::new(), slots: bearers.iter().copied().collect(), broken_loops }
    }

    /// Whether the loop that is to be connected now fails.
    pub(crate) fn is_loop_broken(&mut self, cic: Cic) -> bool {
        let at = self.broken_loops.iter().position(|broken| *broken == cic);
        at.map(|at| self.broken_loops.swap_remove(at)).is_some()
    }

    /// The time slot of a circuit.
    pub(crate) fn slot_of(&self, cic: Cic) -> Option<TimeSlot> {
        self.slots.get(&cic).copied()
    }

    /// Takes in a call on a circuit. The table is as long as `isup`'s, which limits it.
    pub(crate) fn insert(&mut self, call: CallId, cic: Cic, role: Role) {
        self.legs.insert(call, Leg { slot: self.slots.get(&cic).copied(), role });
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Leg> {
        self.legs.get(&call)
    }

    pub(crate) fn get_mut(&mut self, call: CallId) -> Option<&mut Leg> {
        self.legs.get_mut(&call)
    }

    pub(crate) fn remove(&mut self, call: CallId) -> Option<Leg> {
        self.legs.remove(&call)
    }

    pub(crate) fn calls(&self) -> Vec<CallId> {
        self.legs.keys().copied().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// The circuits whose speech is on a span.
    pub(crate) fn circuits_of(&self, span: u16) -> Vec<Cic> {
        let there = self.slots.iter().filter(|(_, slot)| slot.span == span);
        there.map(|(cic, _)| *cic).collect()
    }
}
