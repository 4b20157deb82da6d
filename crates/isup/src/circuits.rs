use crate::config::Config;
use crate::io::{BlockingView, GroupId};
use crate::phase::{Ask, Path, Phase, Testing};
use crate::selection::{Rank, Selection};
use isup_codec::Cic;
use mtp::sap::{PointCode, Sls};
use std::collections::{BTreeMap, BTreeSet};

/// A circuit's position in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CircuitIx(pub(crate) u32);

impl CircuitIx {
    /// So many places further on.
    pub(crate) const fn plus(self, distance: usize) -> Self {
        Self(self.0.saturating_add(distance as u32))
    }
}

/// One circuit between the peer and us.
#[derive(Debug)]
pub(crate) struct Circuit {
    pub(crate) group: GroupId,
    pub(crate) peer: PointCode,
    pub(crate) cic: Cic,
    /// Whether our call goes on after a dual seizure (Q.764 §2.9.1.4).
    pub(crate) controlled: bool,
    /// The order in which the circuits of its group are taken.
    selection: Selection,
    pub(crate) phase: Phase,
    /// Blocking for maintenance: BLO and its kin, CGB of that type. Calls go on.
    pub(crate) maintenance: Blocking,
    /// Blocking for a failure: CGB of that type. Calls are released.
    pub(crate) hardware: Blocking,
    /// The peer has left a question about this circuit alone unanswered for so long that the
    /// maintenance staff knows.
    pub(crate) late: bool,
    /// When the circuit became idle, as a number that grows.
    pub(crate) freed: u64,
    /// What those who count and show circuits were told last.
    told: Told,
}

/// What others know of a circuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) standing: Standing,
    pub(crate) path: Path,
    /// Whether the peer is asked about this circuit alone, and others wait for its answer.
    pub(crate) asked: bool,
    pub(crate) kept: Kept,
}

/// What of a circuit outlives the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// We want it blocked for maintenance.
    pub(crate) blocked: bool,
    /// The peer blocked it for maintenance, or for a failure.
    pub(crate) peer_blocked: bool,
    pub(crate) peer_failed: bool,
    /// The peer says that it has no such circuit.
    pub(crate) unequipped: bool,
}

impl Kept {
    /// Whether there is anything to keep.
    pub(crate) fn is_something(self) -> bool {
        self != Self::default()
    }
}

/// One kind of blocking of one circuit, from both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocking {
    /// The peer blocked the circuit.
    pub(crate) remote: bool,
    /// We want the circuit blocked.
    pub(crate) wanted: bool,
    /// What we have told the peer.
    pub(crate) told: Blocked,
}

/// What the peer knows of our blocking. A question is not followed by its opposite before it is
/// acknowledged: acknowledgements do not say which of two equal questions they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Blocked {
    #[default]
    No,
    Blocking(Ask),
    Yes,
    Unblocking(Ask),
}

/// The two kinds of blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// For maintenance: calls in progress go on.
    Maintenance,
    /// For a failure: calls in progress are released.
    Hardware,
}

impl Blocking {
    /// Whether we may seize the circuit: only after UBA or CGUA (Q.764 §2.8.2.1).
    pub(crate) const fn allows_outgoing(self) -> bool {
        !self.remote && !self.wanted && matches!(self.told, Blocked::No)
    }

    /// Whether the peer has acknowledged what we want.
    fn is_acknowledged(self) -> bool {
        self.told == if self.wanted { Blocked::Yes } else { Blocked::No }
    }
}

/// What a circuit counts as in its group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Blocked, being reset, unequipped.
    #[default]
    OutOfService,
    /// Carries a call.
    Busy,
    /// Can be seized.
    Idle(Rank),
}

impl Circuit {
    pub(crate) const fn blocking(&mut self, kind: Kind) -> &mut Blocking {
        match kind {
            Kind::Maintenance => &mut self.maintenance,
            Kind::Hardware => &mut self.hardware,
        }
    }

    /// Whether we let no call in.
    pub(crate) const fn refuses_calls(&self) -> bool {
        self.maintenance.wanted || self.hardware.wanted
    }

    /// Whether the peer is told of our blocking only later: once the circuit has been reset.
    pub(crate) const fn is_out_of_touch(&self) -> bool {
        matches!(self.phase, Phase::Resetting | Phase::GroupReset(_) | Phase::Unequipped)
    }

    fn current(&self, ix: CircuitIx) -> Told {
        let alone = Blocked::Blocking(Ask::Sent) == self.maintenance.told
            || Blocked::Unblocking(Ask::Sent) == self.maintenance.told
            || matches!(self.phase, Phase::Resetting);
        Told {
            standing: self.current_standing(ix),
            path: self.phase.path(),
            asked: alone && !self.late,
            kept: self.kept(),
        }
    }

    pub(crate) const fn kept(&self) -> Kept {
        Kept {
            blocked: self.maintenance.wanted,
            peer_blocked: self.maintenance.remote,
            peer_failed: self.hardware.remote,
            unequipped: matches!(self.phase, Phase::Unequipped),
        }
    }

    const fn is_blocked(&self) -> bool {
        !self.maintenance.allows_outgoing() || !self.hardware.allows_outgoing()
    }

    fn current_standing(&self, ix: CircuitIx) -> Standing {
        if self.is_blocked() {
            return Standing::OutOfService;
        }
        match self.phase {
            Phase::Idle => Standing::Idle(self.selection.rank(ix, self.controlled, self.freed)),
            Phase::Resetting | Phase::GroupReset(_) | Phase::Unequipped => Standing::OutOfService,
            Phase::Testing(Testing { failures: 1.., .. }) => Standing::OutOfService,
            _ => Standing::Busy,
        }
    }

    pub(crate) fn blocking_view(&self) -> BlockingView {
        let (maintenance, hardware) = (self.maintenance, self.hardware);
        BlockingView {
            maintenance_here: maintenance.wanted,
            maintenance_there: maintenance.remote,
            failure_here: hardware.wanted,
            failure_there: hardware.remote,
            unacknowledged: !maintenance.is_acknowledged() || !hardware.is_acknowledged(),
        }
    }

    /// Whether nothing is left to be done about the circuit that an alarm was raised for: what was
    /// asked is acknowledged, it is there at both ends, and its last check was good.
    fn is_in_order(&self) -> bool {
        let moves_on = match self.phase {
            Phase::Resetting | Phase::GroupReset(_) | Phase::Recheck(_) | Phase::Unequipped => {
                false
            }
            Phase::Testing(Testing { failures, .. }) => failures == 0,
            _ => true,
        };
        moves_on && self.maintenance.is_acknowledged() && self.hardware.is_acknowledged()
    }

    /// The name shown to the operator.
    pub(crate) fn label(&self) -> &'static str {
        match &self.phase {
            Phase::Idle if self.is_blocked() => "blocked",
            Phase::Idle => "idle",
            Phase::Outgoing(_) => "outgoing",
            Phase::Collecting(_) | Phase::Incoming(_) => "incoming",
            Phase::Releasing(_) => "releasing",
            Phase::Resetting | Phase::GroupReset(_) => "reset",
            Phase::Recheck(_) | Phase::Testing(_) => "checking",
            Phase::Unequipped => "unavailable",
        }
    }
}

/// The link selection of the messages about a circuit: they keep their sequence (Q.704 §2.2.4).
pub(crate) const fn sls(cic: Cic) -> Sls {
    Sls((cic.0 & 0x0f) as u8)
}

/// All circuits: those of a group lie together, in the order of their codes.
#[derive(Debug)]
pub(crate) struct Circuits {
    list: Vec<Circuit>,
    by_code: BTreeMap<(PointCode, Cic), CircuitIx>,
    /// Circuits that may stand otherwise in their groups than these have counted.
    touched: Vec<CircuitIx>,
    /// Grows with each change of a phase: the order in which circuits became idle.
    moment: u64,
    /// The alarms that stand: few kinds for each circuit.
    alarms: BTreeSet<(CircuitIx, &'static str)>,
}

impl Circuits {
    /// The circuits of all groups, without memory of what they were doing.
    pub(crate) fn new(config: &Config) -> Self {
        let mut circuits = Self {
            list: Vec::new(),
            by_code: BTreeMap::new(),
            touched: Vec::new(),
            moment: 0,
            alarms: BTreeSet::new(),
        };
        for (group, number) in config.groups.iter().zip(0..) {
            let mut cics = group.cics.clone();
            cics.sort_unstable();
            let selection = group.selection.between(config.own, group.peer);
            for cic in cics {
                let ix = CircuitIx(u32::try_from(circuits.list.len()).unwrap_or(u32::MAX));
                circuits.by_code.insert((group.peer, cic), ix);
                let controlled = group.control.is_ours(config.own, group.peer, cic.0);
                circuits.list.push(Circuit {
                    group: GroupId(number),
                    peer: group.peer,
                    cic,
                    controlled,
                    selection,
                    phase: Phase::GroupReset(Ask::Due),
                    maintenance: Blocking::default(),
                    hardware: Blocking::default(),
                    late: false,
                    freed: ix.0.into(),
                    told: Told::default(),
                });
            }
        }
        circuits.moment = circuits.list.len() as u64;
        circuits
    }

    pub(crate) fn find(&self, peer: PointCode, cic: Cic) -> Option<CircuitIx> {
        self.by_code.get(&(peer, cic)).copied()
    }

    pub(crate) fn get(&self, ix: CircuitIx) -> Option<&Circuit> {
        self.list.get(ix.0 as usize)
    }

    /// The circuit, to be changed; its group counts it again afterwards.
    pub(crate) fn change(&mut self, ix: CircuitIx) -> Option<&mut Circuit> {
        let circuit = self.list.get_mut(ix.0 as usize)?;
        if self.touched.last() != Some(&ix) {
            self.touched.push(ix);
        }
        Some(circuit)
    }

    /// A number above all before it.
    pub(crate) const fn next_moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Takes a circuit whose standing in its group may be out of date.
    pub(crate) fn pop_touched(&mut self) -> Option<CircuitIx> {
        self.touched.pop()
    }

    /// Notes what others are told of the circuit; gives what they knew and what is so now.
    pub(crate) fn tell(&mut self, ix: CircuitIx) -> Option<(Told, Told)> {
        let circuit = self.list.get_mut(ix.0 as usize)?;
        let now = circuit.current(ix);
        let before = std::mem::replace(&mut circuit.told, now);
        Some((before, now))
    }

    /// An alarm stands from now on.
    pub(crate) fn note_alarm(&mut self, ix: CircuitIx, what: &'static str) {
        self.alarms.insert((ix, what));
    }

    /// Takes the alarms of a circuit where it is in order again.
    pub(crate) fn take_alarms_in_order(&mut self, ix: CircuitIx) -> Vec<&'static str> {
        if self.alarms.is_empty() || !self.get(ix).is_some_and(Circuit::is_in_order) {
            return Vec::new();
        }
        let of_it = self.alarms.range((ix, "")..(ix.plus(1), ""));
        let taken: Vec<_> = of_it.map(|(_, what)| *what).collect();
        for what in &taken {
            self.alarms.remove(&(ix, *what));
        }
        taken
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (CircuitIx, &Circuit)> {
        (0..).map(CircuitIx).zip(&self.list)
    }
}
