//! Whose turn it is to be asked about circuits. What is to be sent to a peer lies in one list, in
//! the order in which it goes out; a peer stands in line only while something of it may go out, and
//! those in line are served in turns.

use super::pace::{NodePace, Turn};
use super::work::Work;
use crate::circuits::CircuitIx;
use crate::node::Isup;
use crate::timers::{Timer, TimerName};
use base::Instant;
use isup_codec::Range;
use mtp::sap::PointCode;
use std::collections::{BTreeSet, VecDeque};

/// What is to be sent to a peer as soon as it can be reached and has answered enough of what was
/// sent before.
#[derive(Debug, Default)]
pub(crate) struct Due {
    work: BTreeSet<(Work, CircuitIx)>,
    /// The first circuits of the groups that have not been asked about since the start: they are
    /// reset before all others, so that every group soon has circuits for calls.
    heads: VecDeque<CircuitIx>,
    is_in_line: bool,
}

/// What is sent first about a circuit of which we have no memory. The first ones of a group are
/// reset, so that calls soon find a circuit whether the peer answers queries or not.
const fn first_work(query: bool, place: usize) -> Work {
    if query && place >= Range::MAX_CIRCUITS { Work::Query } else { Work::Reset }
}

impl Due {
    /// The circuits of a group, of which we have no memory.
    pub(crate) fn add_group(&mut self, first: CircuitIx, circuits: usize, query: bool) {
        self.heads.push_back(first);
        self.work.extend((0..circuits).map(|n| (first_work(query, n), first.plus(n))));
    }

    /// Of those about which this is to be sent, the circuit whose turn it is.
    fn first(&mut self, work: Work) -> Option<CircuitIx> {
        while work == Work::Reset
            && let Some(head) = self.heads.front().copied()
        {
            if self.work.contains(&(work, head)) {
                return Some(head);
            }
            self.heads.pop_front();
        }
        let (found, ix) = self.work.range((work, CircuitIx(0))..).next()?;
        (*found == work).then_some(*ix)
    }

    /// The circuits that the peer is to be asked about.
    pub(super) fn queries(&self) -> Vec<CircuitIx> {
        self.work.range((Work::Query, CircuitIx(0))..).map(|(_, ix)| *ix).collect()
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.work.is_empty()
    }
}

/// The peers in line.
#[derive(Debug)]
pub(crate) struct Line {
    waiting: VecDeque<PointCode>,
    pace: NodePace,
}

impl Line {
    pub(super) const fn new(pace: NodePace) -> Self {
        Self { waiting: VecDeque::new(), pace }
    }
}

impl Isup {
    /// Puts something to be sent in line. A query that is under way already is not put twice: its
    /// answer will do.
    pub(crate) fn enqueue(&mut self, work: Work, ix: CircuitIx) {
        if work == Work::Query && self.naming(work, ix).next().is_some() {
            return;
        }
        let Some(code) = self.circuits.get(ix).map(|circuit| circuit.peer) else { return };
        if let Some(due) = self.peers.due_mut(code) {
            due.work.insert((work, ix));
        }
        self.get_in_line(code);
    }

    /// Takes something out of the line.
    pub(crate) fn dequeue(&mut self, work: Work, ix: CircuitIx) {
        let Some(code) = self.circuits.get(ix).map(|circuit| circuit.peer) else { return };
        if let Some(due) = self.peers.due_mut(code) {
            due.work.remove(&(work, ix));
        }
    }

    /// Something may go out to the peer that could not before.
    pub(crate) fn get_in_line(&mut self, code: PointCode) {
        let Some(due) = self.peers.due_mut(code) else { return };
        if !due.work.is_empty() && !std::mem::replace(&mut due.is_in_line, true) {
            self.outstanding.line.waiting.push_back(code);
        }
    }

    /// Sends what is due to every peer that can be reached and has answered enough.
    pub(crate) fn send_due(&mut self, now: Instant) {
        while let Some(code) = self.outstanding.line.waiting.front().copied() {
            if let Some(moment) = self.outstanding.line.pace.wait(now) {
                let timer = Timer { name: TimerName::Turn, of: Timer::NODE };
                self.timers.set_at(timer, moment);
                return;
            }
            self.outstanding.line.waiting.pop_front();
            if let Some(due) = self.peers.due_mut(code) {
                due.is_in_line = false;
            }
            if self.send_next(now, code) {
                self.get_in_line(code);
            }
        }
    }

    /// Sends the next message to the peer; says whether one might follow.
    fn send_next(&mut self, now: Instant, code: PointCode) -> bool {
        if !self.peers.is_available(code) {
            return false;
        }
        let Some((work, first, circuits)) = self.take_due(now, code) else { return false };
        if let Some(pace) = self.peers.pace_mut(code) {
            pace.take(now);
        }
        self.outstanding.line.pace.take(now);
        self.send_about(now, work, first, circuits);
        self.tell_changes();
        true
    }

    /// Takes the circuits that the next message to the peer is about.
    fn take_due(&mut self, now: Instant, code: PointCode) -> Option<(Work, CircuitIx, usize)> {
        if !self.peers.pace(code)?.has_room() {
            return None;
        }
        for work in Work::ALL {
            if work == Work::Query && self.peers.awaits_first_answer(code) {
                continue;
            }
            let Some((first, circuits)) = self.next_of(code, work) else { continue };
            match self.peers.pace(code)?.turn(now, !work.goes_alone(circuits)) {
                Turn::Now => {
                    let due = &mut self.peers.due_mut(code)?.work;
                    for distance in 0..circuits {
                        due.remove(&(work, first.plus(distance)));
                    }
                    return Some((work, first, circuits));
                }
                Turn::At(moment) => {
                    let timer = Timer { name: TimerName::Turn, of: code.0 };
                    self.timers.set_at(timer, moment);
                    return None;
                }
                Turn::AfterAnswers => {}
            }
        }
        None
    }

    /// The next circuits to be named together: neighbours, at most as many as one message may
    /// name (Q.763 §3.43).
    fn next_of(&mut self, code: PointCode, work: Work) -> Option<(CircuitIx, usize)> {
        let first = loop {
            let ix = self.peers.due_mut(code)?.first(work)?;
            if self.circuits.get(ix).is_some_and(|circuit| work.concerns(&circuit.phase)) {
                break ix;
            }
            self.peers.due_mut(code)?.work.remove(&(work, ix));
        };
        let due = &self.peers.due(code)?.work;
        let (id, cic) = {
            let circuit = self.circuits.get(first)?;
            (circuit.group, usize::from(circuit.cic.0))
        };
        let goes_on = |distance: &usize| {
            let next = first.plus(*distance);
            let is_neighbour = self.circuits.get(next).is_some_and(|circuit| {
                circuit.group == id
                    && usize::from(circuit.cic.0) == cic + distance
                    && work.concerns(&circuit.phase)
                    && !work.follows_iam(circuit)
            });
            is_neighbour && due.contains(&(work, next))
        };
        Some((first, 1 + (1..Range::MAX_CIRCUITS).take_while(goes_on).count()))
    }
}
