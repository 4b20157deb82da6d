//! The routes to a destination: which link sets lead there, in which order, and which of them
//! carry its traffic (Q.704 §2.3, §13.2).

use super::queue::Queue;
use crate::Sls;
use crate::mtp3::linkset::SELECTIONS;
use std::collections::BTreeMap;

/// What a neighbour has said of the destinations beyond it (Q.704 §13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteState {
    /// It passes messages on.
    #[default]
    Allowed,
    /// It does so, but another route would be better (TFR).
    Restricted,
    /// It throws them away (TFP).
    Prohibited,
}

impl RouteState {
    /// The word shown to operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Restricted => "restricted",
            Self::Prohibited => "prohibited",
        }
    }
}

/// How far a neighbour is that passes messages on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Neighbour {
    /// It carries traffic.
    Ready,
    /// It may not know its own routes yet (Q.704 §9).
    Restarting,
    /// No link leads to it.
    Away,
}

/// One way to a destination.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// The index of the link set.
    pub(crate) set: usize,
    /// The lower is taken first; equal ones share the traffic.
    pub(crate) priority: u8,
    pub(crate) state: RouteState,
}

/// A destination.
#[derive(Debug, Default)]
pub(crate) struct Destination {
    pub(crate) routes: Vec<Route>,
    /// The link sets that carry its traffic; none: it cannot be reached.
    current: Vec<usize>,
    /// What waits while traffic moves from one route to another.
    pub(crate) held: Option<Queue>,
    /// Messages since congestion began, for the first of every eight (Q.704 §11.2.3).
    pub(crate) congested: u8,
    /// How congested the way is, as a TFC has said (§13.6.4).
    pub(crate) status: u8,
    /// The neighbours, by their link sets, that know whether they may send us messages for it.
    pub(crate) told: BTreeMap<usize, bool>,
}

impl Destination {
    /// Adds a route behind those that are as good.
    pub(crate) fn add(&mut self, set: usize, priority: u8) {
        self.routes.push(Route { set, priority, state: RouteState::Allowed });
        self.routes.sort_by_key(|route| route.priority);
    }

    /// The link sets that ought to carry its traffic: of the best priority that is open, those
    /// that are not restricted before those that are. A neighbour that has yet to say that it is
    /// through with its restart is better than none.
    pub(crate) fn best(&self, neighbour: impl Fn(usize) -> Neighbour) -> Vec<usize> {
        let rank = |route: &Route| match (route.state, neighbour(route.set)) {
            (RouteState::Prohibited, _) | (_, Neighbour::Away) => None,
            (state, standing) => Some((standing, route.priority, state)),
        };
        let best = self.routes.iter().filter_map(rank).min();
        let those = self.routes.iter().filter(|route| best.is_some() && rank(route) == best);
        those.map(|route| route.set).collect()
    }

    /// Takes these link sets from now on; gives those taken before.
    pub(crate) fn take(&mut self, sets: Vec<usize>) -> Vec<usize> {
        std::mem::replace(&mut self.current, sets)
    }

    pub(crate) fn current(&self) -> &[usize] {
        &self.current
    }

    pub(crate) const fn is_reachable(&self) -> bool {
        !self.current.is_empty()
    }

    /// The link set that carries a link selection. Inside a set the low bits of the selection
    /// choose the link, so the high ones choose here: otherwise each set would use a part of its
    /// links only (Q.704 §4.2).
    pub(crate) fn way(&self, sls: Sls) -> Option<usize> {
        let place = usize::from(sls.0 % SELECTIONS) * self.current.len() / usize::from(SELECTIONS);
        self.current.get(place).copied()
    }

    /// The route over a link set.
    pub(crate) fn route_mut(&mut self, set: usize) -> Option<&mut Route> {
        self.routes.iter_mut().find(|route| route.set == set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(routes: &[(usize, u8)]) -> Destination {
        let mut destination = Destination::default();
        routes.iter().for_each(|(set, priority)| destination.add(*set, *priority));
        destination
    }

    #[test]
    fn q704_13_2_the_best_open_route_is_taken() {
        let mut destination = destination(&[(2, 1), (0, 0), (1, 0)]);
        let ready = |set: bool| if set { Neighbour::Ready } else { Neighbour::Away };
        assert_eq!(destination.best(|_| Neighbour::Ready), [0, 1]);
        assert_eq!(destination.best(|set| ready(set != 0)), [1]);
        assert_eq!(destination.best(|set| ready(set == 2)), [2]);
        assert_eq!(destination.best(|_| Neighbour::Away), [0; 0]);
        destination.route_mut(0).unwrap().state = RouteState::Prohibited;
        assert_eq!(destination.best(|_| Neighbour::Ready), [1]);
        destination.route_mut(1).unwrap().state = RouteState::Restricted;
        // Restricted is better than of a lower priority.
        assert_eq!(destination.best(|_| Neighbour::Ready), [1]);
        destination.route_mut(0).unwrap().state = RouteState::Allowed;
        assert_eq!(destination.best(|_| Neighbour::Ready), [0]);
        // What restarts is worse than any that does not, and better than none.
        let restarting = |set| if set == 0 { Neighbour::Restarting } else { ready(set == 2) };
        assert_eq!(destination.best(restarting), [2]);
        destination.route_mut(2).unwrap().state = RouteState::Prohibited;
        assert_eq!(destination.best(restarting), [0]);
    }

    #[test]
    fn q704_4_2_equal_routes_share_the_traffic_and_each_uses_all_its_links() {
        let mut destination = destination(&[(0, 0), (1, 0)]);
        destination.take(vec![0, 1]);
        for set in 0..2 {
            let of_set = |sls: &u8| destination.way(Sls(*sls)) == Some(set);
            let its: Vec<u8> = (0..16).filter(of_set).collect();
            assert_eq!((its.len(), its.iter().filter(|sls| *sls % 2 == 1).count()), (8, 4));
        }
    }
}
