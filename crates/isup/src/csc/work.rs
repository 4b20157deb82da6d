//! What we ask the peer about circuits: each question waits for its turn, goes out, and is
//! repeated until the peer has acknowledged it.

use crate::circuits::{Blocked, CircuitIx};
use crate::groups::Work;
use crate::io::GroupId;
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use crate::timers::TimerName;
use base::Instant;
use isup_codec::{Cgb, Cgu, Grs, Message, Range, RangeStatus, SupervisionType};
use mtp::sap::PointCode;
use std::collections::BTreeMap;

/// Group messages that may await their acknowledgement at once in each group: after a restart,
/// calls share the link with the resets.
pub(crate) const OUTSTANDING_MAX: usize = 4;

/// Group messages sent and not acknowledged, by their kind and first circuit.
#[derive(Debug, Default)]
pub(crate) struct Outstanding(BTreeMap<(Work, CircuitIx), GroupMessage>);

#[cfg(test)]
impl Outstanding {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupMessage {
    /// As written in the message.
    pub(crate) range: Range,
    /// The circuits concerned: so many from the first one on.
    pub(crate) circuits: usize,
}

impl GroupMessage {
    /// A range of one circuit is reserved for national use (Q.763 §3.43): the message about a
    /// single circuit names its neighbour too, whose status bit is then not set.
    fn about(circuits: usize) -> Option<Self> {
        Range::of(circuits.max(2)).map(|range| Self { range, circuits })
    }

    pub(crate) fn status(self) -> RangeStatus {
        RangeStatus::new(self.range, |position| position < self.circuits)
    }

    fn to_message(self, work: Work) -> Option<Message> {
        let (kind, status) = (SupervisionType::HARDWARE, self.status());
        match work {
            Work::Reset => Some(Grs { range: self.range }.into()),
            Work::BlockHardware => Some(Cgb { kind, status }.into()),
            Work::UnblockHardware => Some(Cgu { kind, status }.into()),
            Work::Block | Work::Unblock => None,
        }
    }
}

impl Work {
    /// The timers that await the acknowledgement: since the last message, since the first one.
    pub(crate) const fn timers(self) -> (TimerName, TimerName) {
        match self {
            Self::Reset => (TimerName::T22, TimerName::T23),
            Self::BlockHardware => (TimerName::T18, TimerName::T19),
            Self::UnblockHardware => (TimerName::T20, TimerName::T21),
            Self::Block => (TimerName::T12, TimerName::T13),
            Self::Unblock => (TimerName::T14, TimerName::T15),
        }
    }

    const fn is_about_a_group(self) -> bool {
        matches!(self, Self::Reset | Self::BlockHardware | Self::UnblockHardware)
    }

    /// What the maintenance staff is told when the second timer expires.
    pub(crate) const fn alarm(self) -> &'static str {
        match self {
            Self::Reset => "no circuit group reset acknowledgement",
            Self::BlockHardware => "no circuit group blocking acknowledgement",
            Self::UnblockHardware => "no circuit group unblocking acknowledgement",
            Self::Block => "no blocking acknowledgement",
            Self::Unblock => "no unblocking acknowledgement",
        }
    }
}

impl Isup {
    /// Puts something to be sent in line.
    pub(crate) fn enqueue(&mut self, work: Work, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        if let Some(group) = self.groups.get_mut(circuit.group) {
            group.due.insert((work, ix));
        }
    }

    /// Takes something out of the line.
    pub(crate) fn dequeue(&mut self, work: Work, ix: CircuitIx) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        if let Some(group) = self.groups.get_mut(circuit.group) {
            group.due.remove(&(work, ix));
        }
    }

    /// Sends what is due to every peer that can be reached.
    pub(crate) fn send_due(&mut self, now: Instant) {
        for number in 0..self.config.groups.len() {
            let id = GroupId(number as u16);
            let Some(group) = self.groups.get(id) else { continue };
            if group.due.is_empty() || !self.peers.is_available(group.peer) {
                continue;
            }
            while let Some((work, first, circuits)) = self.next_group_message(id) {
                self.send_about(now, work, first, circuits);
            }
            while let Some((work, ix)) = self.next_single_message(id) {
                self.send_single(now, work, ix);
            }
        }
    }

    /// Takes the circuits for the next group message: neighbours, at most as many as one message
    /// may name (Q.763 §3.43).
    fn next_group_message(&mut self, id: GroupId) -> Option<(Work, CircuitIx, usize)> {
        let group = self.groups.get_mut(id)?;
        let (work, first) = *group.due.first()?;
        if !work.is_about_a_group() || group.outstanding >= OUTSTANDING_MAX {
            return None;
        }
        group.due.remove(&(work, first));
        let cic = self.circuits.get(first)?.cic.0;
        let mut count = 1;
        while count < Range::MAX_CIRCUITS {
            let next = first.plus(count);
            let is_neighbour = self
                .circuits
                .get(next)
                .is_some_and(|circuit| usize::from(circuit.cic.0) == usize::from(cic) + count);
            if !is_neighbour || !group.due.remove(&(work, next)) {
                break;
            }
            count += 1;
        }
        Some((work, first, count))
    }

    fn next_single_message(&mut self, id: GroupId) -> Option<(Work, CircuitIx)> {
        let group = self.groups.get_mut(id)?;
        let (work, ix) = *group.due.range((Work::Block, CircuitIx(0))..).next()?;
        group.due.remove(&(work, ix));
        Some((work, ix))
    }

    fn send_about(&mut self, now: Instant, work: Work, first: CircuitIx, circuits: usize) {
        if work == Work::Reset && circuits == 1 {
            return self.reset_circuit(now, first);
        }
        for distance in 0..circuits {
            self.note_sent(work, first.plus(distance));
        }
        let Some(message) = GroupMessage::about(circuits) else { return };
        let replaced = self.outstanding.0.insert((work, first), message);
        if replaced.is_none() {
            self.count_outstanding(first, 1);
        }
        self.send_group_message(work, first, message);
        let (short, long) = work.timers();
        self.start(now, short, first);
        self.start(now, long, first);
    }

    fn send_group_message(&mut self, work: Work, first: CircuitIx, message: GroupMessage) {
        if let Some(message) = message.to_message(work) {
            self.send(first, message);
        }
    }

    fn note_sent(&mut self, work: Work, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        match work {
            Work::Reset => {
                circuit.phase = Phase::GroupReset(Ask::Sent);
                // The peer blocks again what it had blocked (Q.764 §2.9.3.2).
                circuit.maintenance.remote = false;
                circuit.hardware.remote = false;
            }
            Work::BlockHardware => circuit.hardware.told = Blocked::Blocking(Ask::Sent),
            Work::UnblockHardware => circuit.hardware.told = Blocked::Unblocking(Ask::Sent),
            Work::Block => circuit.maintenance.told = Blocked::Blocking(Ask::Sent),
            Work::Unblock => circuit.maintenance.told = Blocked::Unblocking(Ask::Sent),
        }
    }

    /// BLO or UBL.
    pub(crate) fn send_single(&mut self, now: Instant, work: Work, ix: CircuitIx) {
        self.note_sent(work, ix);
        self.send(ix, if work == Work::Block { Message::Blo } else { Message::Ubl });
        let (short, long) = work.timers();
        self.start(now, short, ix);
        self.start(now, long, ix);
    }

    fn count_outstanding(&mut self, ix: CircuitIx, change: isize) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        if let Some(group) = self.groups.get_mut(circuit.group) {
            group.outstanding = group.outstanding.saturating_add_signed(change);
        }
    }

    /// The group message has its acknowledgement, or is needed no longer.
    fn finish(&mut self, work: Work, first: CircuitIx) {
        if self.outstanding.0.remove(&(work, first)).is_some() {
            self.count_outstanding(first, -1);
            let (short, long) = work.timers();
            self.stop(short, first);
            self.stop(long, first);
        }
    }

    /// The outstanding group message that an acknowledgement with this status is for.
    pub(crate) fn acknowledged(
        &mut self,
        work: Work,
        first: Option<CircuitIx>,
        fits: impl Fn(GroupMessage) -> bool,
    ) -> Vec<CircuitIx> {
        let message =
            first.and_then(|first| Some((first, *self.outstanding.0.get(&(work, first))?)));
        let Some((first, message)) = message.filter(|(_, message)| fits(*message)) else {
            self.stats.unmatched += 1;
            return Vec::new();
        };
        self.finish(work, first);
        (0..message.circuits).map(|distance| first.plus(distance)).collect()
    }

    /// A circuit is no longer concerned by what was sent: the message that names it is given up.
    /// Gives the other circuits of that message, which are still concerned.
    pub(crate) fn withdraw(&mut self, work: Work, ix: CircuitIx) -> Vec<CircuitIx> {
        let before = self.outstanding.0.range((work, CircuitIx(0))..=(work, ix));
        let naming = |(key, message): (&(Work, CircuitIx), &GroupMessage)| {
            (key.1.plus(message.circuits) > ix).then_some((key.1, message.circuits))
        };
        let named: Vec<_> = before.filter_map(naming).collect();
        let mut others = Vec::new();
        for (first, circuits) in named {
            self.finish(work, first);
            others.extend((0..circuits).map(|distance| first.plus(distance)));
        }
        others.retain(|other| *other != ix);
        others
    }

    /// The peer can be reached again. What it cannot have heard meanwhile is asked once more now:
    /// the long timers would keep the circuits from all calls for minutes yet.
    pub(crate) fn ask_again(&mut self, now: Instant, code: PointCode) {
        let circuits = self.circuits_to(code);
        for (work, first) in self.outstanding.0.keys().copied().collect::<Vec<_>>() {
            let message = self.outstanding.0.get(&(work, first)).copied();
            if let Some(message) = message.filter(|_| circuits.contains(&first)) {
                self.send_group_message(work, first, message);
                let (short, long) = work.timers();
                self.start(now, short, first);
                self.start(now, long, first);
            }
        }
        for ix in circuits {
            let Some(circuit) = self.circuits.get(ix) else { continue };
            let told = circuit.maintenance.told;
            if matches!(circuit.phase, Phase::Resetting) {
                // Together with its neighbours, which wait for the same reason.
                self.enter(ix, Phase::GroupReset(Ask::Due));
                self.enqueue(Work::Reset, ix);
            }
            match told {
                Blocked::Blocking(Ask::Sent) => self.send_single(now, Work::Block, ix),
                Blocked::Unblocking(Ask::Sent) => self.send_single(now, Work::Unblock, ix),
                _ => {}
            }
        }
    }

    /// Group messages are sent again, and reported when it has gone on for too long
    /// (Q.764 §2.8.2.1, §2.9.3.2).
    pub(crate) fn t18_to_t23(&mut self, now: Instant, first: CircuitIx, name: TimerName) {
        for work in [Work::Reset, Work::BlockHardware, Work::UnblockHardware] {
            let (short, long) = work.timers();
            let Some(message) = self.outstanding.0.get(&(work, first)).copied() else { continue };
            if name == short {
                self.send_group_message(work, first, message);
                self.start(now, short, first);
            } else if name == long {
                self.alarm(first, work.alarm());
                self.stop(short, first);
                self.send_group_message(work, first, message);
                self.start(now, long, first);
            }
        }
    }
}
