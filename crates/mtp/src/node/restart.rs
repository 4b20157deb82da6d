//! The restart of a signalling point, ours and that of a neighbour (Q.704 §9).
//!
//! A transfer point that comes up takes in for T18 what its neighbours say of their routes, tells
//! them which it has none to, and then that they may send (TRA). An end point has nothing to find
//! out, and says so at once. Traffic for destinations behind a neighbour that is back waits for its
//! TRA only where there is another way meanwhile: the standard would wait T21, over a minute, also
//! for a neighbour that never says it, and an emergency call cannot.

use super::{Mtp, Owner};
use crate::mtp3::Timer;
use crate::mtp3::linkset::LinkSet;
use crate::mtp3::management::{Heading, Management};
use crate::mtp3::routes::Neighbour;
use crate::{PointCode, ServiceIndicator, Sls};
use base::Instant;
use std::collections::BTreeSet;

/// Who is restarting.
#[derive(Debug)]
pub(super) struct Restart {
    /// We are.
    ours: bool,
    /// The neighbours whose TRA is awaited, by their link sets.
    awaited: BTreeSet<usize>,
    /// Those that await ours.
    owed: BTreeSet<usize>,
}

impl Restart {
    pub(super) const fn new() -> Self {
        Self { ours: true, awaited: BTreeSet::new(), owed: BTreeSet::new() }
    }

    /// How far a neighbour is to whom a link leads.
    pub(super) fn of_neighbour(&self, set: usize) -> Neighbour {
        match (self.awaited.contains(&set), self.ours) {
            (false, _) => Neighbour::Ready,
            (true, false) => Neighbour::Restarting,
            // What is told first would be taken back: the calls of that moment would be lost.
            (true, true) => Neighbour::Away,
        }
    }
}

impl Mtp {
    /// A link set came into service, or left it.
    pub(super) fn neighbour_changed(&mut self, now: Instant, set: usize) {
        let Some(adjacent) = self.adjacent_of(set) else { return };
        let (t18, t21) =
            ((Owner::Point(self.config.own), Timer::T18), (adjacent.into(), Timer::T21));
        if self.sets.get(set).is_some_and(LinkSet::is_available) {
            self.restart.awaited.insert(set);
            self.restart.owed.insert(set);
            self.timers.set(now, t21, self.config.mtp3_timers.t21);
            if self.restart.ours && !self.timers.is_running(t18) {
                self.timers.set(now, t18, self.config.mtp3_timers.t18);
            }
        } else {
            self.restart.awaited.remove(&set);
            self.restart.owed.remove(&set);
            self.timers.stop(t21);
        }
    }

    /// T18 is over, or every neighbour has said that it is through.
    pub(super) fn started(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.restart.ours, false) {
            return;
        }
        self.timers.stop((Owner::Point(self.config.own), Timer::T18));
        self.reroute_all(now);
    }

    /// TRA (§9.3), or T21 has expired without one.
    pub(super) fn neighbour_restarted(&mut self, now: Instant, adjacent: PointCode) {
        let mut sets = 0..self.sets.len();
        let Some(set) = sets.find(|set| self.adjacent_of(*set) == Some(adjacent)) else {
            self.stats.ignored_management += 1;
            return;
        };
        self.timers.stop((adjacent.into(), Timer::T21));
        if !self.restart.awaited.remove(&set) {
            return;
        }
        let all_up = self.sets.iter().all(LinkSet::is_available);
        if all_up && self.restart.awaited.is_empty() {
            self.started(now);
        }
        self.reroute_all(now);
    }

    fn reroute_all(&mut self, now: Instant) {
        for dpc in self.destinations.keys().copied().collect::<Vec<_>>() {
            self.reroute(now, dpc, super::routing::Why::Told);
        }
        self.announce_to_all();
    }

    /// Tells a neighbour that has been told of all routes that it may send (TRA); whether that is
    /// done, or not to be done yet.
    pub(super) fn allow_traffic(&mut self, set: usize) -> bool {
        let waits = self.config.transfer && self.restart.ours;
        if waits || !self.restart.owed.contains(&set) {
            return true;
        }
        let Some(way) = self.sets.get(set).and_then(LinkSet::any) else { return true };
        let service = ServiceIndicator::NETWORK_MANAGEMENT;
        let message = Management::Other(Heading::TRA).write();
        let sent = self.send_control(way, service, Sls(0), message);
        if sent {
            self.restart.owed.remove(&set);
        }
        sent
    }

    /// The neighbour at the other end of a link set.
    pub(super) fn adjacent_of(&self, set: usize) -> Option<PointCode> {
        let link = self.sets.get(set)?.links().first()?;
        self.links.get(*link).map(|link| link.config.adjacent)
    }
}
