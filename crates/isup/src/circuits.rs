use crate::config::Config;
use crate::io::{BlockingView, GroupId};
use crate::phase::{Ask, Path, Phase, Stage, Testing};
use crate::selection::{Rank, Selection};
use crate::steps::Steps;
use crate::timers::Running;
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
    /// The peer was asked to reset it, and has not acknowledged. That may be asked once more, and
    /// what was acknowledged is then an earlier question.
    reset_asked: bool,
    /// An IAM of ours was given up when the circuit was reset, and may yet be heard.
    pub(crate) iam_given_up: bool,
    /// The peer has reset it with its neighbours, and nobody has seized it since.
    pub(crate) is_cleared: bool,
    /// The peer tests it while there is a call on it here.
    pub(crate) is_doubted: bool,
    /// When the circuit became idle, as a number that grows.
    pub(crate) freed: u64,
    /// The timers that run for it.
    running: Running,
    /// What those who count and show circuits were told last.
    told: Told,
}

/// What others know of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) standing: Standing,
    pub(crate) state: State,
    /// Whether nobody has blocked it, and the peer has it.
    pub(crate) is_open: bool,
    pub(crate) path: Path,
    pub(crate) at_peer: AtPeer,
    pub(crate) kept: Kept,
}

/// What matters about a circuit when its peer is lost, is back, or answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AtPeer {
    /// The peer is asked about this circuit alone, and has not answered.
    pub(crate) alone: bool,
    /// The same, and others wait for the answer.
    pub(crate) asked: bool,
    /// There is a call that has not been answered.
    pub(crate) unanswered: bool,
    /// The peer says that it has no such circuit.
    pub(crate) unequipped: bool,
}

/// What is shown of a circuit, in the order of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Blocked,
    Checking,
    Idle,
    Incoming,
    Outgoing,
    Releasing,
    Reset,
    Unavailable,
}

impl State {
    pub(crate) const COUNT: usize = 8;
    const NAMES: [&str; Self::COUNT] = [
        "blocked",
        "checking",
        "idle",
        "incoming",
        "outgoing",
        "releasing",
        "reset",
        "unavailable",
    ];

    /// The name shown to the operator.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// All names, in the order of the states.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter()
    }
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

/// One kind of blocking of one circuit, from both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocking {
    /// The peer blocked the circuit.
    pub(crate) remote: bool,
    /// It has said so, or the opposite, since we last reset the circuit.
    pub(crate) heard: bool,
    /// We want the circuit blocked.
    pub(crate) wanted: bool,
    /// What we have told the peer.
    pub(crate) told: Blocked,
    /// Something else has crossed what we told: the peer may acknowledge what it has forgotten
    /// since, and is told again then.
    pub(crate) crossed: bool,
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
    /// The peer blocks the circuit, or takes that back.
    pub(crate) const fn hear(&mut self, remote: bool) {
        (self.remote, self.heard) = (remote, true);
    }

    /// We reset the circuit: the peer blocks again what it had blocked (Q.764 §2.9.3.1, §2.9.3.2).
    pub(crate) const fn forget(&mut self) {
        (self.remote, self.heard) = (false, false);
    }

    /// Whether we may seize the circuit: only after UBA or CGUA (Q.764 §2.8.2.1).
    pub(crate) const fn allows_outgoing(self) -> bool {
        !self.remote && !self.wanted && matches!(self.told, Blocked::No)
    }

    /// The peer is told that we block the circuit, or no longer. Where it has been told already and
    /// its acknowledgement may be for that, what has crossed that still counts.
    pub(crate) const fn tells(&mut self, blocked: bool, ask: Ask) {
        self.crossed &= matches!(
            (self.told, blocked),
            (Blocked::Blocking(Ask::Sent | Ask::Together), true)
                | (Blocked::Unblocking(Ask::Sent | Ask::Together), false)
        );
        self.told = if blocked { Blocked::Blocking(ask) } else { Blocked::Unblocking(ask) };
    }

    /// Whether the circuit is to be blocked and the peer has been told, whether it has heard it yet
    /// or not.
    pub(crate) const fn is_told(self) -> bool {
        let on_its_way = matches!(self.told, Blocked::Blocking(Ask::Sent | Ask::Together));
        self.wanted && (on_its_way || matches!(self.told, Blocked::Yes))
    }

    /// Whether the peer has acknowledged what we want.
    pub(crate) fn is_acknowledged(self) -> bool {
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
    /// Can be seized, since this moment.
    Idle { freed: u64 },
}

impl Circuit {
    fn new(
        group: GroupId,
        peer: PointCode,
        cic: Cic,
        controlled: bool,
        selection: Selection,
        freed: u64,
    ) -> Self {
        let phase = Phase::GroupReset(Ask::Due);
        let (maintenance, hardware) = (Blocking::default(), Blocking::default());
        let told = Told {
            standing: Standing::OutOfService,
            state: State::Reset,
            is_open: true,
            path: Path::Speech,
            at_peer: AtPeer::default(),
            kept: Kept::default(),
        };
        let (late, running) = (false, Running::default());
        Self {
            group,
            peer,
            cic,
            controlled,
            selection,
            phase,
            maintenance,
            hardware,
            late,
            reset_asked: false,
            iam_given_up: false,
            is_cleared: false,
            is_doubted: false,
            freed,
            running,
            told,
        }
    }

    /// The peer is asked to reset it, and forgets what either end blocked: what it says of its own
    /// blocking after the first time that it is asked holds (Q.764 §2.9.3.1 c).
    pub(crate) const fn ask_reset(&mut self) {
        if !self.reset_asked {
            self.maintenance.forget();
            self.hardware.forget();
        }
        self.reset_asked = true;
    }

    /// The next phase. Gives the one that is over.
    pub(crate) fn replace(&mut self, phase: Phase) -> Phase {
        self.reset_asked &= matches!(phase, Phase::Resetting | Phase::GroupReset(_));
        self.iam_given_up &= !matches!(phase, Phase::Outgoing(_));
        self.is_cleared &= matches!(phase, Phase::Idle);
        self.is_doubted = false;
        std::mem::replace(&mut self.phase, phase)
    }

    pub(crate) const fn blocking(&mut self, kind: Kind) -> &mut Blocking {
        match kind {
            Kind::Maintenance => &mut self.maintenance,
            Kind::Hardware => &mut self.hardware,
        }
    }

    /// Whether a call that the peer's reset has thrown off it can go on with it.
    pub(crate) fn may_be_had_again(&self) -> bool {
        self.is_cleared && matches!(self.standing(), Standing::Idle { .. })
    }

    /// Whether we let no call in.
    pub(crate) const fn refuses_calls(&self) -> bool {
        self.maintenance.wanted || self.hardware.wanted
    }

    /// Whether the peer is told of our blocking only later: once the circuit has been reset.
    pub(crate) const fn is_out_of_touch(&self) -> bool {
        matches!(self.phase, Phase::Resetting | Phase::GroupReset(_) | Phase::Unequipped)
    }

    fn current(&self) -> Told {
        Told {
            standing: self.standing(),
            state: self.state(),
            is_open: self.is_open(),
            path: self.phase.path(),
            at_peer: self.at_peer(),
            kept: self.kept(),
        }
    }

    fn at_peer(&self) -> AtPeer {
        let alone = Blocked::Blocking(Ask::Sent) == self.maintenance.told
            || Blocked::Unblocking(Ask::Sent) == self.maintenance.told
            || matches!(self.phase, Phase::Resetting);
        let stage = self.phase.stage();
        AtPeer {
            alone,
            asked: alone && !self.late,
            unanswered: matches!(stage, Some(Stage::AwaitingBackward | Stage::AwaitingAnswer)),
            unequipped: matches!(self.phase, Phase::Unequipped),
        }
    }

    /// Whether nobody has blocked it, the peer has it, and no check of it goes on or has failed.
    const fn is_open(&self) -> bool {
        let blocked = self.maintenance.wanted
            || self.maintenance.remote
            || self.hardware.wanted
            || self.hardware.remote;
        !blocked && !matches!(self.phase, Phase::Unequipped | Phase::Recheck(_) | Phase::Testing(_))
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

    fn standing(&self) -> Standing {
        if self.is_blocked() {
            return Standing::OutOfService;
        }
        match self.phase {
            Phase::Idle => Standing::Idle { freed: self.freed },
            Phase::Resetting | Phase::GroupReset(_) | Phase::Unequipped => Standing::OutOfService,
            Phase::Testing(Testing { failures: 1.., .. }) => Standing::OutOfService,
            _ => Standing::Busy,
        }
    }

    /// Where it stands among the idle circuits of its group, if it was freed at this moment.
    pub(crate) const fn rank(&self, ix: CircuitIx, freed: u64) -> Rank {
        self.selection.rank(ix, self.controlled, freed)
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

    pub(crate) const fn state(&self) -> State {
        match &self.phase {
            Phase::Idle if self.is_blocked() => State::Blocked,
            Phase::Idle => State::Idle,
            Phase::Outgoing(_) => State::Outgoing,
            Phase::Collecting(_) | Phase::Incoming(_) => State::Incoming,
            Phase::Releasing(_) => State::Releasing,
            Phase::Resetting | Phase::GroupReset(_) => State::Reset,
            Phase::Recheck(_) | Phase::Testing(_) => State::Checking,
            Phase::Unequipped => State::Unavailable,
        }
    }
}

/// The link selection of the messages about a circuit: they keep their sequence (Q.704 §2.2.4).
pub(crate) const fn sls(cic: Cic) -> Sls {
    Sls((cic.0 & 0x0f) as u8)
}

/// Codes that follow each other, as their circuits do.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: Cic,
    length: u16,
    ix: CircuitIx,
}

/// Where the circuits to one exchange lie, in the order of their codes.
#[derive(Debug, Default)]
struct Codes(Vec<Run>);

impl Codes {
    /// Adds the circuits of one group, in the order of their codes.
    fn add(&mut self, cics: &[Cic], first: CircuitIx) {
        for (distance, cic) in cics.iter().enumerate() {
            let ix = first.plus(distance);
            match self.0.last_mut() {
                Some(run) if distance > 0 && run.first.0.checked_add(run.length) == Some(cic.0) => {
                    run.length += 1;
                }
                _ => self.0.push(Run { first: *cic, length: 1, ix }),
            }
        }
        self.0.sort_unstable_by_key(|run| run.first);
    }

    fn find(&self, cic: Cic) -> Option<CircuitIx> {
        let above = self.0.partition_point(|run| run.first <= cic);
        let run = self.0.get(above.checked_sub(1)?)?;
        let distance = cic.0 - run.first.0;
        (distance < run.length).then(|| run.ix.plus(distance.into()))
    }
}

/// All circuits: those of a group lie together, in the order of their codes.
#[derive(Debug, Default)]
pub(crate) struct Circuits {
    list: Vec<Circuit>,
    by_code: BTreeMap<PointCode, Codes>,
    /// Circuits of which others may know something that is so no longer.
    touched: Vec<CircuitIx>,
    /// Circuits of which something else is to be kept than the last time that was asked.
    kept_changed: BTreeSet<CircuitIx>,
    /// Grows with each change of a phase: the order in which circuits became idle.
    moment: u64,
    /// The alarms that stand: few kinds for each circuit.
    alarms: BTreeSet<(CircuitIx, &'static str)>,
    pub(crate) steps: Steps,
}

impl Circuits {
    /// The circuits of all groups, without memory of what they were doing.
    pub(crate) fn new(config: &Config) -> Self {
        let mut circuits = Self::default();
        circuits.list.reserve_exact(config.groups.iter().map(|group| group.cics.len()).sum());
        for (group, number) in config.groups.iter().zip(0..) {
            let mut cics = group.cics.clone();
            cics.sort_unstable();
            let first = CircuitIx(u32::try_from(circuits.list.len()).unwrap_or(u32::MAX));
            circuits.by_code.entry(group.peer).or_default().add(&cics, first);
            let selection = group.selection.between(config.own, group.peer);
            let new = |(distance, cic): (usize, Cic)| {
                let controlled = group.control.is_ours(config.own, group.peer, cic.0);
                let freed = first.plus(distance).0.into();
                Circuit::new(GroupId(number), group.peer, cic, controlled, selection, freed)
            };
            circuits.list.extend(cics.into_iter().enumerate().map(new));
        }
        circuits.moment = circuits.list.len() as u64;
        circuits
    }

    pub(crate) fn find(&self, peer: PointCode, cic: Cic) -> Option<CircuitIx> {
        self.steps.count();
        self.by_code.get(&peer)?.find(cic)
    }

    pub(crate) fn get(&self, ix: CircuitIx) -> Option<&Circuit> {
        self.steps.count();
        self.list.get(ix.0 as usize)
    }

    /// The circuit, to be changed; its group counts it again afterwards.
    pub(crate) fn change(&mut self, ix: CircuitIx) -> Option<&mut Circuit> {
        self.steps.count();
        let circuit = self.list.get_mut(ix.0 as usize)?;
        if self.touched.last() != Some(&ix) {
            self.touched.push(ix);
        }
        Some(circuit)
    }

    /// The timers of a circuit.
    pub(crate) fn running(&mut self, ix: CircuitIx) -> Option<&mut Running> {
        self.steps.count();
        self.list.get_mut(ix.0 as usize).map(|circuit| &mut circuit.running)
    }

    /// A number above all before it.
    pub(crate) const fn next_moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    /// Takes a circuit of which others may not know how it stands.
    pub(crate) fn pop_touched(&mut self) -> Option<CircuitIx> {
        self.touched.pop()
    }

    /// Notes what others are told of the circuit; gives what they knew and what is so now, where
    /// that is something else.
    pub(crate) fn tell(&mut self, ix: CircuitIx) -> Option<(Told, Told)> {
        self.steps.count();
        let circuit = self.list.get_mut(ix.0 as usize)?;
        let now = circuit.current();
        let before = std::mem::replace(&mut circuit.told, now);
        if before.kept != now.kept {
            self.kept_changed.insert(ix);
        }
        (before != now).then_some((before, now))
    }

    /// Takes a circuit of which something else is to be kept than the last time.
    pub(crate) fn pop_kept_changed(&mut self) -> Option<&Circuit> {
        let ix = self.kept_changed.pop_first()?;
        self.get(ix)
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
        let count = |_: &(CircuitIx, &Circuit)| self.steps.count();
        (0..).map(CircuitIx).zip(&self.list).inspect(count)
    }
}
