//! Trunk groups: which circuits are idle, which one is taken next, and for whom the last ones are
//! kept.

use crate::circuits::{CircuitIx, Rank, Standing};
use crate::config::Config;
use crate::io::{GroupId, SetupError};
use base::Class;
use mtp::sap::PointCode;
use std::collections::BTreeSet;

/// What is to be sent about circuits as soon as the peer can be reached and has answered enough
/// of what was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// GRS, or RSC for a circuit without neighbours.
    Reset,
    /// CGB for a failure.
    BlockHardware,
    /// CGU after a failure.
    UnblockHardware,
    /// BLO.
    Block,
    /// UBL.
    Unblock,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) peer: PointCode,
    reserve: usize,
    /// Where its circuits lie in the table.
    pub(crate) first: CircuitIx,
    pub(crate) circuits: usize,
    idle: BTreeSet<(Rank, CircuitIx)>,
    /// Circuits idle or busy.
    in_service: usize,
    /// What call control was told last.
    told_usable: bool,
    pub(crate) due: BTreeSet<(Work, CircuitIx)>,
    /// Group messages sent and not acknowledged.
    pub(crate) outstanding: usize,
}

impl Group {
    /// The circuits of the group.
    pub(crate) fn circuits(&self) -> impl Iterator<Item = CircuitIx> + use<> {
        let first = self.first;
        (0..self.circuits).map(move |distance| first.plus(distance))
    }

    /// The circuit that a call of this class gets. Ordinary calls leave the reserve idle;
    /// emergency calls take any circuit.
    pub(crate) fn select(&self, class: Class) -> Result<CircuitIx, SetupError> {
        if self.in_service == 0 {
            return Err(SetupError::NotUsable);
        }
        let kept = if class.is_emergency() { 0 } else { self.reserve };
        if self.idle.len() <= kept {
            return Err(SetupError::AllBusy);
        }
        self.idle.first().map(|(_, ix)| *ix).ok_or(SetupError::AllBusy)
    }

    pub(crate) const fn is_in_service(&self) -> bool {
        self.in_service > 0
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
                self.idle.remove(&(rank, ix));
            }
        }
        match now {
            Standing::OutOfService => self.in_service -= 1,
            Standing::Busy => {}
            Standing::Idle(rank) => {
                self.idle.insert((rank, ix));
            }
        }
    }
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
            let all = (0..circuits).map(|distance| (Work::Reset, first.plus(distance)));
            groups.push(Group {
                peer: group.peer,
                reserve: group.emergency_reserve,
                first,
                circuits,
                idle: BTreeSet::new(),
                in_service: 0,
                told_usable: false,
                due: all.collect(),
                outstanding: 0,
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
