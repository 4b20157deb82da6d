//! Trunk groups: which circuits are idle, which one is taken next, and for whom the last ones are
//! kept.

use crate::circuits::{CircuitIx, Standing};
use crate::config::{Config, GroupConfig};
use crate::csc::Work;
use crate::io::{GroupId, SetupError};
use crate::selection::{Direction, Idle};
use base::Class;
use isup_codec::Range;
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
    /// What call control was told last.
    told_usable: bool,
    /// What is to be sent as soon as the peer can be reached and has answered enough of what was
    /// sent before.
    pub(crate) due: BTreeSet<(Work, CircuitIx)>,
}

impl Group {
    /// The circuits of the group.
    pub(crate) fn circuits(&self) -> impl Iterator<Item = CircuitIx> + use<> {
        let first = self.first;
        (0..self.circuits).map(move |distance| first.plus(distance))
    }

    /// The circuit that a call of this class gets. Ordinary calls leave the reserves idle;
    /// emergency calls take any circuit. None takes a circuit that it has lost.
    pub(crate) fn select(&self, class: Class, lost: &[CircuitIx]) -> Result<CircuitIx, SetupError> {
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
        self.idle.next(emergency, lost).ok_or(SetupError::AllBusy)
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

    /// Counts a circuit that changed.
    pub(crate) fn recount(&mut self, ix: CircuitIx, before: Standing, now: Standing) {
        match before {
            Standing::OutOfService => self.in_service += 1,
            Standing::Busy => {}
            Standing::Idle(rank) => {
                self.idle.remove(rank, ix);
            }
        }
        match now {
            Standing::OutOfService => self.in_service -= 1,
            Standing::Busy => {}
            Standing::Idle(rank) => {
                self.idle.insert(rank, ix);
            }
        }
    }
}

/// What is sent first about a circuit of which we have no memory. The first ones of a group are
/// reset, so that calls soon find a circuit whether the peer answers queries or not.
const fn first_work(query: bool, place: usize) -> Work {
    if query && place >= Range::MAX_CIRCUITS { Work::Query } else { Work::Reset }
}

#[derive(Debug)]
pub(crate) struct Groups(Vec<Group>);

impl Groups {
    /// The groups, whose circuits are all to be reset.
    pub(crate) fn new(config: &Config) -> Self {
        let mut first = CircuitIx(0);
        let mut groups = Vec::with_capacity(config.groups.len());
        for group in &config.groups {
            let circuits = group.cics.len();
            let all = (0..circuits).map(|n| (first_work(group.query, n), first.plus(n)));
            groups.push(Group {
                peer: group.peer,
                direction: group.direction,
                reserves: Reserves::of(group),
                first,
                circuits,
                idle: Idle::new(group.selection.between(config.own, group.peer)),
                in_service: 0,
                told_usable: false,
                due: all.collect(),
            });
            first = first.plus(circuits);
        }
        Self(groups)
    }

    pub(crate) fn get(&self, id: GroupId) -> Option<&Group> {
        self.0.get(usize::from(id.0))
    }

    pub(crate) fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.0.get_mut(usize::from(id.0))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        (0..).map(GroupId).zip(&self.0)
    }

    /// The groups whose circuits lead to `peer`.
    pub(crate) fn to(&self, peer: PointCode) -> Vec<GroupId> {
        self.iter().filter(|(_, group)| group.peer == peer).map(|(id, _)| id).collect()
    }
}
