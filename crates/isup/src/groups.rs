//! Trunk groups: which circuits are idle, which one is taken next, and for whom the last ones are
//! kept.

use crate::circuits::{Circuit, CircuitIx, Standing, State, Told};
use crate::config::{Config, GroupConfig};
use crate::io::{GroupId, SetupError};
use crate::selection::{Direction, Idle};
use crate::steps::Steps;
use base::Class;
use mtp::sap::PointCode;
use std::collections::BTreeSet;

/// How many idle circuits ordinary calls of either direction leave to others.
#[derive(Clone, Copy, Debug)]
struct Reserves {
    outgoing_leaves: usize,
    incoming_leaves: usize,
}

impl Reserves {
    const fn of(group: &GroupConfig) -> Self {
        let outgoing_leaves = group.emergency_reserve + group.reserve_incoming;
        // Only what is kept on purpose is a reason to refuse what the peer has seized already.
        let incoming_leaves = match group.reserve_outgoing {
            0 => 0,
            kept => kept + group.emergency_reserve,
        };
        Self { outgoing_leaves, incoming_leaves }
    }
}

/// Why an ordinary call of the peer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The group is one-way, and not theirs.
    Direction,
    /// The idle circuits are kept for our calls.
    Reserved,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) peer: PointCode,
    direction: Direction,
    reserves: Reserves,
    /// Where its circuits lie in the table.
    pub(crate) first: CircuitIx,
    pub(crate) circuits: usize,
    pub(crate) idle: Idle,
    /// Circuits idle or busy.
    in_service: usize,
    /// Circuits that nobody has blocked, and that the peer has.
    open: usize,
    /// Circuits by what is shown of them.
    states: [u32; State::COUNT],
    /// What call control was told last.
    told_usable: bool,
}

impl Group {
    /// The circuits of the group.
    pub(crate) fn circuits(&self) -> impl Iterator<Item = CircuitIx> + use<> {
        let first = self.first;
        (0..self.circuits).map(move |distance| first.plus(distance))
    }

    /// The circuit that a call of this class gets. Ordinary calls leave the reserves idle;
    /// emergency calls take any circuit. None takes a circuit that it has lost, but for the one
    /// that it is given `again`, which is idle.
    pub(crate) fn select(
        &self,
        class: Class,
        lost: &[CircuitIx],
        again: Option<CircuitIx>,
    ) -> Result<CircuitIx, SetupError> {
        // That the peer takes none of our calls is no matter of who is first to have a circuit.
        if self.direction == Direction::Incoming {
            return Err(SetupError::WrongDirection);
        }
        if self.in_service == 0 {
            return Err(SetupError::NotUsable);
        }
        let emergency = class.is_emergency();
        let kept = if emergency { 0 } else { self.reserves.outgoing_leaves };
        if self.idle.len() <= kept {
            return Err(SetupError::AllBusy);
        }
        again.or_else(|| self.idle.next(emergency, lost)).ok_or(SetupError::AllBusy)
    }

    /// Why a call of this class that the peer has placed on one of the circuits is refused. An
    /// emergency call never is.
    pub(crate) fn refuses(&self, class: Class) -> Option<Refused> {
        if class.is_emergency() {
            None
        } else if self.direction == Direction::Outgoing {
            Some(Refused::Direction)
        } else {
            (self.idle.len() < self.reserves.incoming_leaves).then_some(Refused::Reserved)
        }
    }

    pub(crate) const fn is_in_service(&self) -> bool {
        self.in_service > 0
    }

    /// How many of its circuits are blocked, being reset, unequipped, or have failed a check.
    pub(crate) const fn out_of_service(&self) -> usize {
        self.circuits - self.in_service
    }

    /// Notes whether calls can use the group; gives it where it is news.
    pub(crate) fn tell_usable(&mut self, available: bool) -> Option<bool> {
        let usable = available && self.is_in_service();
        let news = std::mem::replace(&mut self.told_usable, usable) != usable;
        news.then_some(usable)
    }

    /// Whether there are circuits that nobody has blocked, and that the peer has.
    pub(crate) const fn has_open(&self) -> bool {
        self.open > 0
    }

    /// How many circuits there are in each state that any is in.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&'static str, u32)> {
        State::names().zip(self.states).filter(|(_, count)| *count > 0)
    }

    /// Counts a circuit that changed.
    fn recount(&mut self, ix: CircuitIx, circuit: &Circuit, before: Told, now: Told) {
        let figure = |state: State| state as usize;
        if let Some(count) = self.states.get_mut(figure(before.state)) {
            *count -= 1;
        }
        if let Some(count) = self.states.get_mut(figure(now.state)) {
            *count += 1;
        }
        self.open = self.open + usize::from(now.is_open) - usize::from(before.is_open);
        if before.standing == now.standing {
            return;
        }
        match before.standing {
            Standing::OutOfService => self.in_service += 1,
            Standing::Busy => {}
            Standing::Idle { freed } => self.idle.remove(circuit.rank(ix, freed), ix),
        }
        match now.standing {
            Standing::OutOfService => self.in_service -= 1,
            Standing::Busy => {}
            Standing::Idle { freed } => self.idle.insert(circuit.rank(ix, freed), ix),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Groups {
    list: Vec<Group>,
    /// Those that calls can use, or no longer, of which call control does not know yet.
    changed: BTreeSet<GroupId>,
    /// Those in which circuits are out of service, or none is any more, which nobody asked since.
    shortage: BTreeSet<GroupId>,
    /// Those that call control knows it can use.
    usable: usize,
    pub(crate) steps: Steps,
}

impl Groups {
    /// The groups, whose circuits are all to be reset.
    pub(crate) fn new(config: &Config) -> Self {
        let mut first = CircuitIx(0);
        let mut list = Vec::with_capacity(config.groups.len());
        for group in &config.groups {
            let circuits = group.cics.len();
            let mut states = [0; State::COUNT];
            if let Some(count) = states.get_mut(State::Reset as usize) {
                *count = circuits as u32;
            }
            list.push(Group {
                peer: group.peer,
                direction: group.direction,
                reserves: Reserves::of(group),
                first,
                circuits,
                idle: Idle::new(group.selection.between(config.own, group.peer)),
                in_service: 0,
                open: circuits,
                states,
                told_usable: false,
            });
            first = first.plus(circuits);
        }
        let shortage = (0..).map(GroupId).zip(&list).map(|(id, _)| id).collect();
        Self { list, shortage, ..Self::default() }
    }

    pub(crate) fn get(&self, id: GroupId) -> Option<&Group> {
        self.steps.count();
        self.list.get(usize::from(id.0))
    }

    pub(crate) fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.steps.count();
        self.list.get_mut(usize::from(id.0))
    }

    /// Counts a circuit that changed.
    pub(crate) fn recount(&mut self, ix: CircuitIx, circuit: &Circuit, before: Told, now: Told) {
        let id = circuit.group;
        let Some(group) = self.get_mut(id) else { return };
        let (was_in_service, was_short) = (group.is_in_service(), group.out_of_service() > 0);
        group.recount(ix, circuit, before, now);
        let (is_in_service, is_short) = (group.is_in_service(), group.out_of_service() > 0);
        if is_in_service != was_in_service {
            self.may_be_usable(id);
        }
        if is_short != was_short {
            self.shortage.insert(id);
        }
    }

    pub(crate) fn pop_shortage(&mut self) -> Option<GroupId> {
        self.shortage.pop_first()
    }

    /// Whether calls can use the group may be news.
    pub(crate) fn may_be_usable(&mut self, id: GroupId) {
        self.changed.insert(id);
    }

    /// Takes a group of which that may be news.
    pub(crate) fn pop_changed(&mut self) -> Option<GroupId> {
        self.changed.pop_first()
    }

    /// Call control is told that it can use one more, or one less.
    pub(crate) const fn count_usable(&mut self, usable: bool) {
        if usable {
            self.usable += 1;
        } else {
            self.usable = self.usable.saturating_sub(1);
        }
    }

    pub(crate) const fn any_usable(&self) -> bool {
        self.usable > 0
    }
}
