//! Routes: which of them carry traffic, what neighbours say of them, and how traffic moves from
//! one to another: forced rerouting (Q.704 §7), controlled rerouting (§8), the time-controlled
//! diversion to another link set (§5.6.2), and the signalling route set test (§13.5).

use super::{Mtp, Owner};
use crate::mtp3::linkset::LinkSet;
use crate::mtp3::management::{AboutRoute, Management};
use crate::mtp3::queue::{Message, Queue};
use crate::mtp3::routes::{Destination, Neighbour};
use crate::mtp3::{RouteState, Timer};
use crate::sap::Indication;
use crate::{Output, PointCode, ServiceIndicator, Sls};
use base::Instant;

/// Why traffic moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A neighbour, or the state of one, says so.
    Told,
    /// A link set failed.
    Failed,
}

impl Mtp {
    /// A link set came into service, or left it.
    pub(super) fn set_changed(&mut self, now: Instant, set: usize) {
        let leads = |(dpc, destination): (&PointCode, &mut Destination)| {
            destination.told.remove(&set);
            let route = destination.route_mut(set)?;
            // What the neighbour said before counts no more: it says so again (§13.2, §9).
            route.state = RouteState::Allowed;
            Some(*dpc)
        };
        let concerned: Vec<_> = self.destinations.iter_mut().filter_map(leads).collect();
        self.neighbour_changed(now, set);
        for dpc in concerned {
            self.reroute(now, dpc, Why::Failed);
        }
        self.announce_to_all();
    }

    /// How far the neighbour at the other end of a link set is, as the way to a destination.
    fn neighbour(&self, set: usize, dpc: PointCode) -> Neighbour {
        match self.sets.get(set).and_then(LinkSet::any).and_then(|link| self.links.get(link)) {
            None => Neighbour::Away,
            Some(link) if link.config.adjacent == dpc => Neighbour::Ready,
            Some(_) => self.restart.of_neighbour(set),
        }
    }

    /// Takes the best routes to a destination.
    pub(super) fn reroute(&mut self, now: Instant, dpc: PointCode, why: Why) {
        let Some(destination) = self.destinations.get(&dpc) else { return };
        let best = destination.best(|set| self.neighbour(set, dpc));
        if best == destination.current() {
            return;
        }
        let sets = &self.sets;
        let is_up = |set: usize| sets.get(set).is_some_and(LinkSet::is_available);
        let Some(destination) = self.destinations.get_mut(&dpc) else { return };
        let closed = |set: &usize| {
            let mut routes = destination.routes.iter();
            let open = |state| state != RouteState::Prohibited;
            !is_up(*set) || !routes.any(|route| route.set == *set && open(route.state))
        };
        let forced = destination.current().iter().any(closed);
        let before = destination.take(best);
        let reachable = destination.is_reachable();
        // Of the new way nothing is known.
        self.forget_congestion(dpc);
        self.announce_to_all();
        if before.is_empty() {
            return self.tell(Indication::Resume { dpc });
        }
        if !reachable {
            self.timers.stop((dpc.into(), Timer::T1));
            self.timers.stop((dpc.into(), Timer::T6));
            let held = self.destinations.get_mut(&dpc).and_then(|one| one.held.take());
            let held = held.map_or(0, |mut held| held.extract(|_| true).len());
            let waiting = self.take_waiting(dpc, &before).len();
            self.stats.lost += (held + waiting) as u64;
            return self.tell(Indication::Pause { dpc });
        }
        self.stats.reroutings += 1;
        // §8: what goes out over the former route still may, and the next waits behind it.
        let waiting = if forced { self.take_waiting(dpc, &before) } else { Vec::new() };
        self.hold(dpc, waiting);
        match (forced, why) {
            (false, _) => self.set_timer(now, dpc, Timer::T6, self.config.mtp3_timers.t6),
            (true, Why::Failed) => self.set_timer(now, dpc, Timer::T1, self.config.mtp3_timers.t1),
            // §7.2: at once. What the neighbour threw away is lost either way.
            (true, Why::Told) => self.moved(dpc),
        }
    }

    fn set_timer(&mut self, now: Instant, dpc: PointCode, timer: Timer, time: base::Duration) {
        self.timers.set(now, (Owner::Point(dpc), timer), time);
    }

    fn tell(&mut self, indication: Indication) {
        self.outputs.push_back(Output::Indication(indication));
    }

    /// Takes what waits in these link sets for a destination.
    fn take_waiting(&mut self, dpc: PointCode, sets: &[usize]) -> Vec<Message> {
        let mut waiting = Vec::new();
        for set in sets {
            let Some(set) = self.sets.get_mut(*set) else { continue };
            for link in set.links() {
                if let Some(link) = self.links.get_mut(*link) {
                    waiting.extend(link.queue.extract_to(dpc));
                }
            }
            // It was held back before anything of its link selection went to the next link.
            waiting.extend(set.held.extract_to(dpc));
        }
        waiting
    }

    fn hold(&mut self, dpc: PointCode, messages: Vec<Message>) {
        let limits = self.limits;
        let Some(destination) = self.destinations.get_mut(&dpc) else { return };
        let held = destination.held.get_or_insert_with(|| Queue::new(limits));
        for message in messages {
            self.stats.lost += u64::from(held.push(message).is_err());
        }
    }

    /// The former route is empty: traffic goes on.
    fn moved(&mut self, dpc: PointCode) {
        for timer in [Timer::T1, Timer::T6] {
            self.timers.stop((dpc.into(), timer));
        }
        let held = self.destinations.get_mut(&dpc).and_then(|destination| destination.held.take());
        for message in held.map(|mut held| held.extract(|_| true)).unwrap_or_default() {
            if self.enqueue(message).is_err() {
                self.stats.lost += 1;
            }
        }
    }

    pub(super) fn expired_for_point(&mut self, now: Instant, dpc: PointCode, timer: Timer) {
        match timer {
            Timer::T1 | Timer::T6 => self.moved(dpc),
            Timer::T8 => self.may_be_answered(dpc),
            Timer::T10 => self.test_routes(now, dpc),
            Timer::T15 => self.test_congestion(now, dpc),
            Timer::T16 => self.congestion_eases(now, dpc),
            Timer::T18 => self.started(now),
            Timer::T21 => self.neighbour_restarted(now, dpc),
            _ => {}
        }
    }

    /// TFP, TFR, TFA, RST or RSR from the neighbour at the other end of link `at` (§13).
    pub(super) fn told_of_route(
        &mut self,
        now: Instant,
        at: usize,
        opc: PointCode,
        about: AboutRoute,
        dpc: PointCode,
    ) {
        let link = self.links.get(at).filter(|link| link.config.adjacent == opc && opc != dpc);
        let Some(set) = link.map(|link| link.set) else {
            self.stats.ignored_management += 1;
            return;
        };
        let state = match about {
            AboutRoute::Prohibited => RouteState::Prohibited,
            AboutRoute::Restricted => RouteState::Restricted,
            AboutRoute::Allowed => RouteState::Allowed,
            AboutRoute::IsProhibited | AboutRoute::IsRestricted => {
                return self.answer_route_test(at, set, about, dpc);
            }
        };
        let destination = self.destinations.get_mut(&dpc);
        let Some(route) = destination.and_then(|destination| destination.route_mut(set)) else {
            self.stats.ignored_management += 1;
            return;
        };
        if std::mem::replace(&mut route.state, state) == state {
            return;
        }
        let key = (Owner::Point(dpc), Timer::T10);
        if state != RouteState::Allowed && !self.timers.is_running(key) {
            self.timers.set(now, key, self.config.mtp3_timers.t10);
        }
        self.reroute(now, dpc, Why::Told);
    }

    /// §13.5.2: the neighbours are asked about the routes that they have closed, so that a TFA that
    /// got lost closes none for ever.
    fn test_routes(&mut self, now: Instant, dpc: PointCode) {
        let Some(destination) = self.destinations.get(&dpc) else { return };
        let closed = destination.routes.iter().filter_map(|route| match route.state {
            RouteState::Allowed => None,
            RouteState::Restricted => Some((route.set, AboutRoute::IsRestricted)),
            RouteState::Prohibited => Some((route.set, AboutRoute::IsProhibited)),
        });
        let closed: Vec<_> = closed.collect();
        if closed.is_empty() {
            return;
        }
        for (set, about) in closed {
            self.say_of_route(set, about, dpc);
        }
        self.set_timer(now, dpc, Timer::T10, self.config.mtp3_timers.t10);
    }

    /// Tells the neighbour at the other end of a link set something about a destination; whether
    /// that found a place.
    pub(super) fn say_of_route(&mut self, set: usize, about: AboutRoute, dpc: PointCode) -> bool {
        let Some(way) = self.sets.get(set).and_then(LinkSet::any) else { return false };
        // Q.704 §15.7: no link is concerned.
        let message = Management::Route { about, destination: dpc };
        let service = ServiceIndicator::NETWORK_MANAGEMENT;
        self.send_control(way, service, Sls(0), message.write())
    }
}
