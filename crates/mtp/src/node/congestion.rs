//! Congestion (Q.704 §3.8, §11.2.3 to §11.2.5, §13.6, §13.9).
//!
//! Without priorities, congestion has no levels: the user part is told, and nothing is thrown away
//! before a queue is full. With them (a national option) each message says how much it matters, and
//! a route set that is congested so far carries only what matters at least as much; for how long,
//! tests of it tell (RCT). An emergency call matters as much as anything of a user part can, and
//! is given up by no level here.

use super::Mtp;
use crate::mtp3::Timer;
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::linkset::Hold;
use crate::mtp3::management::{Heading, Management};
use crate::mtp3::queue::{Message, Queue};
use crate::sap::{Indication, STATUS_EVERY, StatusCause};
use crate::{Output, PointCode, ServiceIndicator, Sls};
use base::{Class, Instant};

/// The priority of MTP3's own messages, which no user part has.
const MANAGEMENT_PRIORITY: u8 = 3;

/// What a message of a user part matters.
const fn priority_of(class: Class) -> u8 {
    match class {
        Class::Emergency | Class::EmergencyInDialog => MANAGEMENT_PRIORITY - 1,
        Class::InDialog | Class::GovernmentPriority | Class::PsapCallback => 1,
        Class::Ordinary => 0,
    }
}

impl Mtp {
    /// The priority that a message bears.
    pub(super) const fn priority(&self, class: Class) -> u8 {
        if self.config.priorities { priority_of(class) } else { 0 }
    }

    /// That of MTP3's own messages.
    pub(super) const fn own_priority(&self) -> u8 {
        if self.config.priorities { MANAGEMENT_PRIORITY } else { 0 }
    }

    /// Whether the way to a destination is too congested for an own message of this class.
    pub(super) fn is_too_congested(&self, dpc: PointCode, class: Class) -> bool {
        let status = self.destinations.get(&dpc).map_or(0, |destination| destination.status);
        self.config.priorities && !class.is_emergency() && priority_of(class) < status
    }

    /// How crowded the link is that carries a link selection to a destination: 1 from half of the
    /// places open to all on, 2 from three quarters, 3 from seven eighths.
    fn crowding(&self, dpc: PointCode, sls: Sls) -> u8 {
        let Some(destination) = self.destinations.get(&dpc) else { return 0 };
        let set = destination.way(sls).and_then(|set| self.sets.get(set));
        let queue = match (&destination.held, set.and_then(|set| Some((set, set.way(sls)?)))) {
            (Some(held), _) => Some(held),
            (None, None) => None,
            (None, Some((_, (link, Hold::None)))) => self.links.get(link).map(|link| &link.queue),
            (None, Some((set, _))) => Some(&set.held),
        };
        queue.map_or(0, crowding_of)
    }

    /// Whether a message that meets congestion is the first of eight (§11.2.3.1). `level`: how far
    /// the way is congested; `concerned`: this message matters less.
    fn is_first(&mut self, dpc: PointCode, level: u8, concerned: bool) -> bool {
        let Some(destination) = self.destinations.get_mut(&dpc) else { return false };
        if level == 0 {
            destination.congested = 0;
        }
        if level == 0 || !concerned {
            return false;
        }
        let met = destination.congested;
        destination.congested = (met + 1) % STATUS_EVERY;
        met == 0
    }

    /// The user part is told that the way to a destination is congested.
    fn tell_congestion(&mut self, dpc: PointCode, level: u8) {
        let cause = StatusCause::Congestion { level };
        self.outputs.push_back(Output::Indication(Indication::Status { dpc, cause }));
    }

    /// After an own message: whether the user part is to hear of congestion.
    pub(super) fn watch_congestion(&mut self, dpc: PointCode, sls: Sls) {
        if self.m3ua.serves(dpc) {
            return self.m3ua.watch_congestion(dpc, sls);
        }
        let crowding = self.crowding(dpc, sls);
        let status = self.destinations.get(&dpc).map_or(0, |destination| destination.status);
        let level = crowding.max(status);
        if self.is_first(dpc, level, true) {
            self.tell_congestion(dpc, if self.config.priorities { level } else { 0 });
        }
    }

    /// Whether a message for another point is passed on where the link is crowded so far. Who sent
    /// it is told (TFC, §13.6).
    pub(super) fn may_pass(&mut self, msu: &Msu) -> bool {
        let label = msu.label;
        let crowding = self.crowding(label.dpc, label.sls);
        let matters = if self.config.priorities { msu.priority } else { 0 };
        if self.is_first(label.dpc, crowding, matters < crowding) {
            let level = if self.config.priorities { crowding } else { 0 };
            let tfc = Management::Controlled { destination: label.dpc, level };
            self.send_along(label.opc, self.own_priority(), tfc);
        }
        // It is thrown away where the next level, too, is more than it matters (§3.8.2.2).
        !self.config.priorities || crowding <= matters + 1
    }

    /// Sends a message of MTP3's own to any point.
    fn send_along(&mut self, dpc: PointCode, priority: u8, message: Management) {
        let msu = Msu {
            service: ServiceIndicator::NETWORK_MANAGEMENT,
            network: self.config.network,
            priority,
            label: Label { dpc, opc: self.config.own, sls: Sls(0) },
            payload: message.write(),
        };
        let outcome = self.enqueue(Message { class: Class::InDialog, msu });
        self.stats.control_dropped += u64::from(outcome.is_err());
    }

    /// TFC (§13.6.4): the way to a destination is congested so far.
    pub(super) fn controlled(&mut self, now: Instant, dpc: PointCode, level: u8) {
        let Some(destination) = self.destinations.get_mut(&dpc) else { return };
        if self.config.priorities && level > 0 && destination.is_reachable() {
            destination.status = level;
            self.timers.stop((dpc.into(), Timer::T16));
            self.timers.set(now, (dpc.into(), Timer::T15), self.config.mtp3_timers.t15);
        }
        self.tell_congestion(dpc, level);
    }

    /// T15 (§13.9.2): whether the way is still congested so far is asked by a message that one less
    /// would let through.
    pub(super) fn test_congestion(&mut self, now: Instant, dpc: PointCode) {
        let status = self.destinations.get(&dpc).map_or(0, |destination| destination.status);
        if status > 0 {
            self.send_along(dpc, status - 1, Management::Other(Heading::RCT));
            self.timers.set(now, (dpc.into(), Timer::T16), self.config.mtp3_timers.t16);
        }
    }

    /// T16: nobody has said so.
    pub(super) fn congestion_eases(&mut self, now: Instant, dpc: PointCode) {
        let Some(destination) = self.destinations.get_mut(&dpc) else { return };
        destination.status = destination.status.saturating_sub(1);
        if destination.status > 0 {
            self.test_congestion(now, dpc);
        }
    }

    /// Nothing is known of congestion on the way to a destination any more.
    pub(super) fn forget_congestion(&mut self, dpc: PointCode) {
        if let Some(destination) = self.destinations.get_mut(&dpc) {
            (destination.congested, destination.status) = (0, 0);
        }
        self.timers.stop((dpc.into(), Timer::T15));
        self.timers.stop((dpc.into(), Timer::T16));
    }
}

fn crowding_of(queue: &Queue) -> u8 {
    let (len, places) = (queue.len() * 8, queue.ordinary_places());
    [4, 6, 7].into_iter().filter(|eighths| len > places * eighths).count() as u8
}
