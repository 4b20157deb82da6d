//! A signalling transfer point: passes on what is for others (Q.704 §2.4), and tells its neighbours
//! which destinations it can reach (§13).
//!
//! What a neighbour is to know of a destination is compared with what it has been told, and the
//! difference goes out as there is room: no failure, however many destinations it concerns, sends
//! more than what has changed, and none of it waits before a call.

use super::{CONTROL_QUEUE, Mtp, Owner};
use crate::PointCode;
use crate::m3ua::Refused;
use crate::mtp3::Timer;
use crate::mtp3::label::Msu;
use crate::mtp3::linkset::LinkSet;
use crate::mtp3::management::AboutRoute;
use crate::mtp3::queue::Message;
use base::{Class, Instant};
use std::collections::BTreeSet;

/// So many destinations that nobody knows are answered for in a T8.
const STRANGERS_MAX: usize = 64;
/// What neighbours are told of routes leaves so many places to other messages of MTP3's own.
const ROUTES_LEAVE: usize = CONTROL_QUEUE / 2;

/// What neighbours are to be told.
#[derive(Debug, Default)]
pub(super) struct ForNeighbours {
    /// The link sets to those to whom there may be something to say.
    due: Vec<usize>,
    /// Destinations that nobody knows, for which one was answered within T8.
    strangers: BTreeSet<PointCode>,
}

impl Mtp {
    /// A message for another point arrived on link `at`.
    pub(super) fn pass_on(&mut self, now: Instant, at: usize, msu: Msu) {
        let Some(from) = self.links.get(at).map(|link| link.set) else { return };
        let label = msu.label;
        // Back to where it came from it would go in circles.
        let destination = self.destinations.get(&label.dpc);
        let way = destination.and_then(|destination| destination.way(label.sls));
        if way.is_none_or(|set| set == from) {
            self.stats.not_transferable += 1;
            return self.answer_with_prohibition(now, from, label.dpc);
        }
        if !self.may_pass(&msu) {
            self.stats.transfer_refused += 1;
            return;
        }
        // Nobody here can tell an emergency call of others. Answers and releases are among them.
        let outcome = self.enqueue(Message { class: Class::InDialog, msu });
        match outcome {
            Ok(()) => self.stats.transferred += 1,
            Err(Refused::Unreachable) => self.stats.not_transferable += 1,
            Err(Refused::Full) => self.stats.transfer_refused += 1,
        }
    }

    /// §13.2.2 (the response method): the neighbour sends no more of this, and is told so once in
    /// a T8.
    fn answer_with_prohibition(&mut self, now: Instant, set: usize, dpc: PointCode) {
        let key = (Owner::Point(dpc), Timer::T8);
        if self.timers.is_running(key) {
            return;
        }
        if let Some(destination) = self.destinations.get_mut(&dpc) {
            destination.told.insert(set, false);
        } else if self.news.strangers.len() >= STRANGERS_MAX || !self.news.strangers.insert(dpc) {
            return;
        }
        self.timers.set(now, key, self.config.mtp3_timers.t8);
        self.say_of_route(set, AboutRoute::Prohibited, dpc);
    }

    /// §13.5.3: a neighbour asks whether a route is still closed; no answer says that it is.
    pub(super) fn answer_route_test(
        &mut self,
        at: usize,
        set: usize,
        about: AboutRoute,
        dpc: PointCode,
    ) {
        if !self.config.transfer || !self.can_carry(at) {
            self.stats.ignored_management += 1;
            return;
        }
        let may = self.may_send(set, dpc);
        if let Some(destination) = self.destinations.get_mut(&dpc) {
            destination.told.insert(set, may);
        }
        if may {
            self.say_of_route(set, AboutRoute::Allowed, dpc);
        } else if about == AboutRoute::IsRestricted {
            self.say_of_route(set, AboutRoute::Prohibited, dpc);
        }
    }

    /// T8 is over.
    pub(super) fn may_be_answered(&mut self, dpc: PointCode) {
        self.news.strangers.remove(&dpc);
    }

    /// Whether the neighbour at the other end of a link set may send us messages for a destination:
    /// not where they would come back to it (§13.2.2 i).
    fn may_send(&self, set: usize, dpc: PointCode) -> bool {
        match self.destinations.get(&dpc) {
            Some(destination) => {
                destination.is_reachable() && !destination.current().contains(&set)
            }
            None => dpc == self.config.own,
        }
    }

    /// What neighbours are to know may have changed.
    pub(super) fn announce_to_all(&mut self) {
        self.news.due = (0..self.sets.len()).collect();
    }

    /// Tells neighbours what they do not know, as far as there is room; and then, once, that they
    /// know it (§9.2).
    pub(super) fn announce(&mut self) {
        // One that takes nothing holds up no other.
        for set in std::mem::take(&mut self.news.due) {
            let told = !self.config.transfer || self.announce_over(set);
            if !told || !self.allow_traffic(set) {
                self.news.due.push(set);
            }
        }
    }

    /// Whether everything has been told over this link set.
    fn announce_over(&mut self, set: usize) -> bool {
        let Some(way) = self.sets.get(set).and_then(LinkSet::any) else { return true };
        let adjacent = self.links.get(way).map(|link| link.config.adjacent);
        let news = |dpc: &PointCode| {
            // Of what is allowed a neighbour need not be told at first (§13.3.1).
            let told = self.destinations.get(dpc).and_then(|one| one.told.get(&set));
            let may = self.may_send(set, *dpc);
            (Some(*dpc) != adjacent && may != told.copied().unwrap_or(true)).then_some((*dpc, may))
        };
        let news: Vec<_> = self.destinations.keys().filter_map(news).collect();
        for (dpc, may) in news {
            let waiting = self.links.get(way).map_or(0, |link| link.control.len());
            if waiting >= CONTROL_QUEUE - ROUTES_LEAVE {
                return false;
            }
            let about = if may { AboutRoute::Allowed } else { AboutRoute::Prohibited };
            if !self.say_of_route(set, about, dpc) {
                return false;
            }
            if let Some(destination) = self.destinations.get_mut(&dpc) {
                destination.told.insert(set, may);
            }
        }
        true
    }
}
