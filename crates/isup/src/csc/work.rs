//! What we ask the peer about circuits: each question waits for its turn, goes out, and is
//! repeated until the peer has acknowledged it.

use super::audit::Audit;
use super::line::Line;
use super::pace::{BURST, INTERVAL, NodePace};
use crate::circuits::{Blocked, Circuit, CircuitIx, Kind};
use crate::io::QUERY_UNANSWERED;
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use crate::timers::{Timer, TimerName};
use base::Instant;
use isup_codec::{Cgb, Cgu, Cqm, Grs, Message, Range, RangeStatus, SupervisionType};
use mtp::sap::PointCode;
use std::collections::BTreeMap;

/// What is to be sent about circuits, in the order in which it goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// GRS, or RSC for a circuit without neighbours.
    Reset,
    /// CGB for a failure.
    BlockHardware,
    /// CGU after a failure.
    UnblockHardware,
    /// CGB for maintenance, or BLO for a circuit without neighbours.
    Block,
    /// CGU after maintenance, or UBL.
    Unblock,
    /// CQM.
    Query,
}

/// Messages of which late acknowledgements are known at once.
const LOOSE_MAX: usize = 256;

/// Messages sent about several circuits and not acknowledged, by their kind and first circuit.
#[derive(Debug)]
pub(crate) struct Outstanding {
    pub(super) messages: BTreeMap<(Work, CircuitIx), GroupMessage>,
    /// Messages of which more acknowledgements may come, for they were sent more than once or given
    /// up. The peer may hear them after what we said later by another link. Several from one first
    /// circuit on differ in how many circuits they are about.
    loose: BTreeMap<(Work, CircuitIx, usize), GroupMessage>,
    /// What is compared with the answers to queries.
    pub(super) audit: Audit,
    /// Those to whom more may be sent.
    pub(super) line: Line,
}

impl Outstanding {
    /// Of a node of so many circuits.
    pub(crate) fn new(circuits: usize) -> Self {
        let line = Line::new(NodePace::new(circuits));
        Self { messages: BTreeMap::new(), loose: BTreeMap::new(), audit: Audit::default(), line }
    }

    /// More acknowledgements of a message may come. The oldest ones make room.
    fn loosen(&mut self, work: Work, first: CircuitIx, message: GroupMessage) {
        if self.loose.len() >= LOOSE_MAX {
            let oldest = self.loose.iter().min_by_key(|(_, message)| message.at);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                self.loose.remove(&oldest);
            }
        }
        self.loose.insert((work, first, message.circuits), message);
    }

    /// The messages about circuits among these, by their first one.
    fn among(&self, work: Work, first: CircuitIx, circuits: usize) -> Vec<CircuitIx> {
        let range = (work, first)..(work, first.plus(circuits));
        self.messages.range(range).map(|((_, first), _)| *first).collect()
    }
}

#[cfg(test)]
impl Outstanding {
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.audit.is_empty()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupMessage {
    /// As written in the message.
    pub(crate) range: Range,
    /// The circuits concerned: so many from the first one on.
    pub(crate) circuits: usize,
    /// The maintenance staff knows that it is not acknowledged; nothing waits for it any more.
    late: bool,
    /// How many acknowledgements may come.
    sent: u8,
    /// When it was sent last.
    at: Instant,
}

impl GroupMessage {
    /// A range of one circuit is reserved for national use (Q.763 §3.43): the message about a
    /// single circuit names its neighbour too, whose status bit is then not set.
    fn about(circuits: usize) -> Option<Self> {
        Range::of(circuits.max(2)).map(|range| Self {
            range,
            circuits,
            late: false,
            sent: 0,
            at: Instant::ZERO,
        })
    }

    pub(crate) fn status(self) -> RangeStatus {
        RangeStatus::new(self.range, |position| position < self.circuits)
    }

    fn to_message(self, work: Work) -> Message {
        let (range, status) = (self.range, self.status());
        let (maintenance, hardware) = (SupervisionType::MAINTENANCE, SupervisionType::HARDWARE);
        match work {
            Work::Reset => Grs { range }.into(),
            Work::BlockHardware => Cgb { kind: hardware, status }.into(),
            Work::UnblockHardware => Cgu { kind: hardware, status }.into(),
            Work::Block => Cgb { kind: maintenance, status }.into(),
            Work::Unblock => Cgu { kind: maintenance, status }.into(),
            Work::Query => Cqm { range }.into(),
        }
    }
}

impl Work {
    pub(crate) const ALL: [Self; 6] = [
        Self::Reset,
        Self::BlockHardware,
        Self::UnblockHardware,
        Self::Block,
        Self::Unblock,
        Self::Query,
    ];

    /// The timers that await the acknowledgement of a message about several circuits: since the
    /// last message, since the first one.
    const fn timers_together(self) -> (TimerName, TimerName) {
        match self {
            Self::Reset => (TimerName::T22, TimerName::T23),
            Self::BlockHardware | Self::Block => (TimerName::T18, TimerName::T19),
            Self::UnblockHardware | Self::Unblock => (TimerName::T20, TimerName::T21),
            Self::Query => (TimerName::T28, TimerName::T28),
        }
    }

    /// The same of a message about one circuit.
    pub(crate) const fn timers_alone(self) -> (TimerName, TimerName) {
        match self {
            Self::Block => (TimerName::T12, TimerName::T13),
            _ => (TimerName::T14, TimerName::T15),
        }
    }

    /// A timer of the message about several circuits from `first` on. Both kinds of blocking have
    /// the same timers.
    fn timer(self, name: TimerName, first: CircuitIx) -> Timer {
        match self {
            Self::Block | Self::Unblock => Timer::aside(name, first.0),
            _ => Timer { name, of: first.0 },
        }
    }

    /// Whether one circuit has a message of its own.
    pub(super) const fn goes_alone(self, circuits: usize) -> bool {
        circuits == 1 && matches!(self, Self::Reset | Self::Block | Self::Unblock)
    }

    /// Whether a circuit in this phase still waits for it. A circuit that is reset for want of an
    /// answer may have been seized meanwhile, and that call goes on.
    pub(super) const fn concerns(self, phase: &Phase) -> bool {
        !matches!(self, Self::Reset)
            || matches!(phase, Phase::Idle | Phase::GroupReset(Ask::Due) | Phase::Unequipped)
    }

    /// Whether the circuit is to be the first that its message names: that one decides on the link.
    /// An IAM takes the peer's blocking back (Q.764 §2.8.2.3 a), so the blocking must not overtake
    /// ours. Nor must a reset: the call would be set up on the circuit that has just been cleared.
    pub(super) const fn follows_iam(self, circuit: &Circuit) -> bool {
        matches!(self, Self::BlockHardware | Self::Block | Self::Reset)
            && (circuit.phase.is_unanswered() || circuit.iam_given_up)
    }

    /// The blocking that it is about, and which way.
    pub(crate) const fn blocking(self) -> Option<(Kind, bool)> {
        match self {
            Self::BlockHardware => Some((Kind::Hardware, true)),
            Self::UnblockHardware => Some((Kind::Hardware, false)),
            Self::Block => Some((Kind::Maintenance, true)),
            Self::Unblock => Some((Kind::Maintenance, false)),
            Self::Reset | Self::Query => None,
        }
    }

    /// What the maintenance staff is told when the second timer expires.
    const fn alarm_together(self) -> &'static str {
        match self {
            Self::Reset => "no circuit group reset acknowledgement",
            Self::BlockHardware | Self::Block => "no circuit group blocking acknowledgement",
            Self::UnblockHardware | Self::Unblock => "no circuit group unblocking acknowledgement",
            Self::Query => QUERY_UNANSWERED,
        }
    }

    /// The same of a message about one circuit.
    pub(crate) const fn alarm_alone(self) -> &'static str {
        match self {
            Self::Block => "no blocking acknowledgement",
            _ => "no unblocking acknowledgement",
        }
    }
}

impl Isup {
    pub(super) fn send_about(
        &mut self,
        now: Instant,
        work: Work,
        first: CircuitIx,
        circuits: usize,
    ) {
        if work.goes_alone(circuits) {
            return match work {
                Work::Reset => self.reset_circuit(now, first),
                _ => self.send_single(now, work, first),
            };
        }
        for distance in 0..circuits {
            self.note_sent(work, first.plus(distance), Ask::Together);
        }
        let Some(message) = GroupMessage::about(circuits) else { return };
        let replaced = self.outstanding.messages.insert((work, first), message);
        if replaced.is_none_or(|replaced| replaced.late) {
            self.count_outstanding(first, 1);
        }
        if work == Work::Query {
            self.note_queried(first, circuits);
        }
        self.send_group_message(now, work, first, message);
        let long = work.timers_together().1;
        self.timers.set(now, work.timer(long, first), self.config.timers.get(long));
    }

    /// Sends the message, and starts to wait for its acknowledgement.
    fn send_group_message(
        &mut self,
        now: Instant,
        work: Work,
        first: CircuitIx,
        message: GroupMessage,
    ) {
        let short = work.timers_together().0;
        self.repeat(now, work, first, message);
        self.timers.set(now, work.timer(short, first), self.config.timers.get(short));
    }

    fn repeat(&mut self, now: Instant, work: Work, first: CircuitIx, message: GroupMessage) {
        if let Some(message) = self.outstanding.messages.get_mut(&(work, first)) {
            message.sent = message.sent.saturating_add(1);
            message.at = now;
        }
        self.send(first, message.to_message(work));
    }

    fn note_sent(&mut self, work: Work, ix: CircuitIx, ask: Ask) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        circuit.late = false;
        match (work.blocking(), work) {
            (Some((kind, blocked)), _) => circuit.blocking(kind).tells(blocked, ask),
            (None, Work::Reset) => {
                circuit.ask_reset();
                self.enter(ix, Phase::GroupReset(Ask::Together));
            }
            (None, _) => {}
        }
    }

    /// BLO or UBL.
    pub(crate) fn send_single(&mut self, now: Instant, work: Work, ix: CircuitIx) {
        self.note_sent(work, ix, Ask::Sent);
        self.send(ix, if work == Work::Block { Message::Blo } else { Message::Ubl });
        let (short, long) = work.timers_alone();
        self.start(now, short, ix);
        self.start(now, long, ix);
    }

    fn count_outstanding(&mut self, ix: CircuitIx, change: isize) {
        let Some(peer) = self.circuits.get(ix).map(|circuit| circuit.peer) else { return };
        if let Some(pace) = self.peers.pace_mut(peer) {
            pace.count(true, change);
        }
        if change < 0 {
            self.get_in_line(peer);
        }
    }

    /// The group message has its acknowledgement, or is needed no longer; so many more may come.
    fn finish(&mut self, work: Work, first: CircuitIx, more: impl Fn(u8) -> u8) {
        let Some(message) = self.outstanding.messages.remove(&(work, first)) else { return };
        let sent = more(message.sent);
        if sent > 0 && work != Work::Query {
            self.outstanding.loosen(work, first, GroupMessage { sent, ..message });
        }
        if !message.late {
            self.count_outstanding(first, -1);
        }
        let (short, long) = work.timers_together();
        self.timers.stop(work.timer(short, first));
        self.timers.stop(work.timer(long, first));
    }

    /// The outstanding group message that an acknowledgement with this status is for.
    pub(crate) fn acknowledged(
        &mut self,
        now: Instant,
        work: Work,
        first: Option<CircuitIx>,
        fits: impl Fn(GroupMessage) -> bool,
    ) -> Vec<CircuitIx> {
        let message =
            first.and_then(|first| Some((first, *self.outstanding.messages.get(&(work, first))?)));
        let Some((first, message)) = message.filter(|(_, message)| fits(*message)) else {
            self.stats.unmatched += 1;
            if let Some(first) = first {
                self.acknowledged_late(now, work, first, fits);
            }
            return Vec::new();
        };
        self.finish(work, first, |sent| sent.saturating_sub(1));
        (0..message.circuits).map(|distance| first.plus(distance)).collect()
    }

    /// The peer has heard a message once more, or one that was given up. Where that is not what it
    /// is to know last, it is told again.
    fn acknowledged_late(
        &mut self,
        now: Instant,
        work: Work,
        first: CircuitIx,
        fits: impl Fn(GroupMessage) -> bool,
    ) {
        self.forget_loose(now);
        // Acknowledgements are not counted: a changeover repeats them, too (Q.704 §5.4).
        let mut loose = self.outstanding.loose.range((work, first, 0)..=(work, first, usize::MAX));
        let Some((key, _)) = loose.find(|(_, message)| fits(**message)) else { return };
        self.was_heard_late(*key);
    }

    /// What further acknowledgements may come of may have been heard, and they are lost.
    fn acknowledgements_were_lost(&mut self, now: Instant, code: PointCode) {
        self.forget_loose(now);
        let of_peer = |ix| self.circuits.get(ix).is_some_and(|circuit| circuit.peer == code);
        let loose = self.outstanding.loose.keys().filter(|(_, first, _)| of_peer(*first));
        for key in loose.copied().collect::<Vec<_>>() {
            self.outstanding.loose.remove(&key);
            self.was_heard_late(key);
        }
    }

    /// After the long timer nothing of a message is under way any more.
    fn forget_loose(&mut self, now: Instant) {
        let timers = &self.config.timers;
        let is_recent =
            |work: Work, at| now.saturating_since(at) < timers.get(work.timers_together().1);
        self.outstanding.loose.retain(|(work, ..), message| is_recent(*work, message.at));
    }

    fn was_heard_late(&mut self, (work, first, circuits): (Work, CircuitIx, usize)) {
        for ix in (0..circuits).map(|distance| first.plus(distance)) {
            match work.blocking() {
                Some((kind, blocked)) => self.was_told(kind, ix, blocked),
                None => self.was_forgotten(ix),
            }
        }
    }

    /// The messages not acknowledged that name a circuit: by their first one, with how many.
    pub(super) fn naming(
        &self,
        work: Work,
        ix: CircuitIx,
    ) -> impl Iterator<Item = (CircuitIx, usize)> {
        let earliest = CircuitIx(ix.0.saturating_sub(Range::MAX_CIRCUITS as u32));
        let near = self.outstanding.messages.range((work, earliest)..=(work, ix));
        near.filter_map(move |((_, first), message)| {
            (first.plus(message.circuits) > ix).then_some((*first, message.circuits))
        })
    }

    /// A circuit is no longer concerned by what was sent: the message that names it is given up.
    /// Gives the other circuits of that message, which are still concerned.
    pub(crate) fn withdraw(&mut self, work: Work, ix: CircuitIx) -> Vec<CircuitIx> {
        let named: Vec<_> = self.naming(work, ix).collect();
        let mut others = Vec::new();
        for (first, circuits) in named {
            self.finish(work, first, |sent| sent);
            others.extend((0..circuits).map(|distance| first.plus(distance)));
        }
        others.retain(|other| *other != ix);
        others
    }

    /// The peer can be reached again. What it cannot have heard meanwhile is asked once more now:
    /// the long timers would keep the circuits from all calls for minutes yet. What it left
    /// unanswered before that may be much, and goes out one by one.
    pub(crate) fn ask_again(&mut self, now: Instant, code: PointCode) {
        self.acknowledgements_were_lost(now, code);
        let mut late = self.send_messages_again(now, code);
        for ix in self.peers.alone(code) {
            let Some(circuit) = self.circuits.get(ix) else { continue };
            let (told, is_late) = (circuit.maintenance.told, circuit.late);
            if matches!(circuit.phase, Phase::Resetting) {
                // Together with its neighbours, which wait for the same reason.
                self.enter(ix, Phase::GroupReset(Ask::Due));
                self.enqueue(Work::Reset, ix);
            }
            let work = match told {
                Blocked::Blocking(Ask::Sent) => Work::Block,
                Blocked::Unblocking(Ask::Sent) => Work::Unblock,
                _ => continue,
            };
            late += u32::from(is_late);
            if is_late && late > BURST {
                self.start_for(now, work.timers_alone().0, ix, INTERVAL * (late - BURST));
            } else {
                self.send_single(now, work, ix);
            }
        }
    }

    /// The part of it that is about messages about several circuits. Gives how many of them were
    /// late.
    fn send_messages_again(&mut self, now: Instant, code: PointCode) -> u32 {
        let mut late = 0;
        let groups = self.peers.groups(code);
        let places = groups.into_iter().filter_map(|id| {
            let group = self.groups.get(id)?;
            Some((group.first, group.circuits))
        });
        let places: Vec<_> = places.collect();
        let outstanding = &self.outstanding;
        let of_peer = |work| {
            let among = move |(first, circuits)| outstanding.among(work, first, circuits);
            places.iter().copied().flat_map(among).map(move |first| (work, first))
        };
        for (work, first) in Work::ALL.into_iter().flat_map(of_peer).collect::<Vec<_>>() {
            let Some(message) = self.outstanding.messages.get(&(work, first)).copied() else {
                continue;
            };
            let (short, long) = work.timers_together();
            late += u32::from(message.late);
            if message.late && late > BURST {
                self.timers.set(now, work.timer(short, first), INTERVAL * (late - BURST));
            } else {
                self.send_group_message(now, work, first, message);
            }
            self.timers.set(now, work.timer(long, first), self.config.timers.get(long));
        }
        late
    }

    /// Group messages are sent again, and reported when it has gone on for too long
    /// (Q.764 §2.8.2.1, §2.9.3.2).
    pub(crate) fn t18_to_t23(&mut self, now: Instant, timer: Timer) {
        let first = CircuitIx(timer.aside_of().unwrap_or(timer.of));
        let of_it = |work: &Work| {
            let (short, long) = work.timers_together();
            [short, long].into_iter().any(|name| work.timer(name, first) == timer)
        };
        let Some(work) = Work::ALL.into_iter().find(of_it) else { return };
        let (short, long) = work.timers_together();
        let Some(message) = self.outstanding.messages.get_mut(&(work, first)) else { return };
        if timer.name == short {
            let message = *message;
            return self.send_group_message(now, work, first, message);
        }
        let was_late = std::mem::replace(&mut message.late, true);
        let message = *message;
        if !was_late {
            self.count_outstanding(first, -1);
        }
        self.alarm(first, work.alarm_together());
        self.repeat(now, work, first, message);
        self.timers.stop(work.timer(short, first));
        self.timers.set(now, work.timer(long, first), self.config.timers.get(long));
    }

    /// No response to a query (Annex A): the maintenance staff is told, and the question is not
    /// put again. Gives the circuits that it was about.
    pub(super) fn query_unanswered(&mut self, first: CircuitIx) -> Vec<CircuitIx> {
        let message = self.outstanding.messages.get(&(Work::Query, first)).copied();
        let Some(message) = message else { return Vec::new() };
        self.finish(Work::Query, first, |_| 0);
        (0..message.circuits).map(|distance| first.plus(distance)).collect()
    }

    /// Whether a query is under way that names this circuit first.
    pub(super) fn is_queried(&self, first: CircuitIx) -> bool {
        self.outstanding.messages.contains_key(&(Work::Query, first))
    }

    /// Tells the maintenance staff that nobody answers a query.
    pub(super) fn alarm_unanswered(&mut self, first: CircuitIx) {
        self.alarm_of_peer(first, Work::Query.alarm_together());
    }
}
