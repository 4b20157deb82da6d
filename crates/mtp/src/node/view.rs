//! What operators see of links, link sets and destinations.

use super::{Mtp, Phase};
use crate::mtp3::routes::{Destination, Route};
use crate::mtp3::{LinkSetStats, RouteState};
use crate::{LinkId, PointCode, mtp2};
use base::Instant;

/// Counters and state of one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkStats {
    /// The signalling point at its other end.
    pub adjacent: PointCode,
    /// Its signalling link code.
    pub slc: u8,
    /// What level 2 has counted.
    pub level2: mtp2::Stats,
    /// The state of level 2.
    pub state: mtp2::State,
    /// Whether the link carries traffic.
    pub in_service: bool,
    /// Whether our staff keeps it from traffic (Q.704 §10).
    pub inhibited_here: bool,
    /// Whether the peer's does.
    pub inhibited_there: bool,
    /// Since when it does, or does not.
    pub since: Instant,
    /// And why; where it fails while it is out of service, why it does not come back.
    pub reason: &'static str,
    /// Messages waiting to be sent.
    pub queued: usize,
    /// Messages sent and not acknowledged.
    pub outstanding: usize,
}

impl LinkStats {
    /// The state in words: that of level 2, or the test that follows (Q.707).
    pub const fn state_name(&self) -> &'static str {
        match self.state {
            mtp2::State::InService if !self.in_service => "link test",
            mtp2::State::InService if self.inhibited_here => "inhibited",
            mtp2::State::InService if self.inhibited_there => "inhibited by the peer",
            state => state.name(),
        }
    }
}

/// The links to one neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSetView {
    /// The neighbour.
    pub adjacent: PointCode,
    /// Its links, in the order of their codes.
    pub links: Vec<LinkId>,
    /// How many of them are in service.
    pub in_service: usize,
    /// Since when any is, or none.
    pub since: Instant,
    /// Messages held back while traffic moves from one link to another.
    pub held: usize,
    /// Its counters.
    pub stats: LinkSetStats,
}

/// A signalling point to which messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationView {
    /// Its point code.
    pub point: PointCode,
    /// Whether messages find a way.
    pub available: bool,
    /// The ways to it over links, the best first.
    pub routes: Vec<RouteView>,
}

/// A way to a signalling point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteView {
    /// The neighbour; the point itself where links lead to it.
    pub adjacent: PointCode,
    /// The lower is taken first.
    pub priority: u8,
    /// What the neighbour says of it.
    pub state: RouteState,
    /// Whether it carries traffic.
    pub in_use: bool,
}

impl Mtp {
    /// Counters and state of a link.
    pub fn link_stats(&self, link: LinkId) -> Option<LinkStats> {
        let inhibition = self.inhibition(self.find(link)?);
        let link = self.link(link)?;
        Some(LinkStats {
            adjacent: link.config.adjacent,
            slc: link.config.slc,
            level2: link.level2.stats(),
            state: link.level2.state(),
            in_service: link.phase == Phase::InService,
            inhibited_here: inhibition.here,
            inhibited_there: inhibition.there,
            since: link.news.since,
            reason: link.news.reason,
            queued: link.queue.len() + link.control.len(),
            outstanding: link.level2.outstanding(),
        })
    }

    /// The link sets, in the order of the configuration.
    pub fn link_sets(&self) -> impl Iterator<Item = LinkSetView> {
        self.sets.iter().map(|set| {
            let links = || set.links().iter().filter_map(|at| self.links.get(*at));
            LinkSetView {
                adjacent: links().next().map(|link| link.config.adjacent).unwrap_or_default(),
                links: links().map(|link| link.config.id).collect(),
                in_service: set.in_service(),
                since: set.since,
                held: set.held.len(),
                stats: set.stats,
            }
        })
    }

    /// All destinations, over links first.
    pub fn destinations(&self) -> impl Iterator<Item = DestinationView> {
        let over_links = self.destinations.keys().copied();
        let over_links = over_links.filter(|point| !self.m3ua.serves(*point));
        let all = over_links.chain(self.m3ua.destinations());
        all.map(|point| DestinationView {
            point,
            available: self.destination_available(point),
            routes: self.destinations.get(&point).map(|one| self.routes(one)).unwrap_or_default(),
        })
    }

    fn routes(&self, destination: &Destination) -> Vec<RouteView> {
        let view = |route: &Route| {
            Some(RouteView {
                adjacent: self.adjacent_of(route.set)?,
                priority: route.priority,
                state: route.state,
                in_use: destination.current().contains(&route.set),
            })
        };
        destination.routes.iter().filter_map(view).collect()
    }
}
