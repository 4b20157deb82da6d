//! One signalling point: level 3 (Q.704) over the links of level 2.

mod associated;
mod congestion;
mod distribution;
mod inhibition;
mod links;
mod restart;
mod routing;
mod traffic;
mod transfer;
mod view;

pub use view::{DestinationView, LinkSetView, LinkStats, RouteView};

use crate::level2::Level2;
use crate::m3ua::{self, M3ua};
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::linkset::LinkSet;
use crate::mtp3::management::Management;
use crate::mtp3::queue::{Limits, Queue};
use crate::mtp3::routes::Destination;
use crate::mtp3::slt::Tester;
use crate::{
    Config, ConfigError, Input, Level2Config, LinkConfig, LinkId, Output, PointCode,
    ServiceIndicator, Sls, Timer, Via, m2pa, mtp2, mtp3,
};
use base::{Bounded, Instant, TimerTable};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// How many of MTP3's own messages may wait for a link.
const CONTROL_QUEUE: usize = 32;

/// Counters of a signalling point; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages given to the user part.
    pub indicated: u64,
    /// Messages taken from the user part.
    pub accepted: u64,
    /// Messages of the user part refused: too long, too short, or not from this point.
    pub invalid: u64,
    /// Messages of the user part thrown away: no link leads to the destination.
    pub unreachable: u64,
    /// Ordinary messages refused by a full queue.
    pub refused_ordinary: u64,
    /// Emergency messages refused by a full queue.
    pub refused_emergency: u64,
    /// Messages of the user part thrown away: the way is more congested than they matter.
    pub too_congested: u64,
    /// Messages accepted, then thrown away: the last link failed, or a changeover stayed
    /// unanswered.
    pub lost: u64,
    /// Messages received for another point or another network.
    pub misrouted: u64,
    /// Messages for other points that were passed on.
    pub transferred: u64,
    /// Messages for other points to which no route leads, or back to the sender only.
    pub not_transferable: u64,
    /// Messages for other points refused by a full queue.
    pub transfer_refused: u64,
    /// Times that traffic of a destination moved from one route to another.
    pub reroutings: u64,
    /// Messages received that are too short, or of management and contradict themselves.
    pub malformed: u64,
    /// Messages received for user parts that are not here; each was answered with UPU.
    pub unequipped: u64,
    /// Management messages about links or routes that are not here.
    pub ignored_management: u64,
    /// Management messages of an unknown heading.
    pub unknown_management: u64,
    /// Requests to inhibit a link, which are refused.
    pub inhibit_refused: u64,
    /// Messages of MTP3's own that found no place.
    pub control_dropped: u64,
    /// Changeovers begun.
    pub changeovers: u64,
    /// Changebacks begun.
    pub changebacks: u64,
    /// Changeovers and changebacks that the peer left unanswered.
    pub unanswered: u64,
}

impl Stats {
    /// The counters by their names.
    pub const fn named(&self) -> [(&'static str, u64); 22] {
        [
            ("indicated", self.indicated),
            ("accepted", self.accepted),
            ("invalid", self.invalid),
            ("unreachable", self.unreachable),
            ("refused_ordinary", self.refused_ordinary),
            ("refused_emergency", self.refused_emergency),
            ("too_congested", self.too_congested),
            ("lost", self.lost),
            ("misrouted", self.misrouted),
            ("transferred", self.transferred),
            ("not_transferable", self.not_transferable),
            ("transfer_refused", self.transfer_refused),
            ("reroutings", self.reroutings),
            ("malformed", self.malformed),
            ("unequipped", self.unequipped),
            ("ignored_management", self.ignored_management),
            ("unknown_management", self.unknown_management),
            ("inhibit_refused", self.inhibit_refused),
            ("control_dropped", self.control_dropped),
            ("changeovers", self.changeovers),
            ("changebacks", self.changebacks),
            ("unanswered", self.unanswered),
        ]
    }
}

/// How far a link is, as level 3 sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Level 2 is out of service or aligning.
    Down,
    /// Level 2 is in service, and the link is tested (Q.707).
    Testing,
    /// It carries traffic.
    InService,
}

/// What a failed link leaves behind for the changeover (Q.704 §5.4).
#[derive(Debug, Default)]
struct Remains {
    /// The number of the last message accepted on it.
    accepted: u32,
    /// Messages that the peer has not acknowledged.
    retrieved: Vec<mtp2::Retrieved>,
}

/// One link at level 3.
#[derive(Debug)]
struct Link {
    config: LinkConfig,
    /// The index of its link set.
    set: usize,
    level2: Level2,
    phase: Phase,
    /// Somebody activated it.
    wanted: bool,
    /// Its span has a signal.
    line: bool,
    /// Our user cannot keep up.
    congested: bool,
    tester: Tester,
    control: Bounded<Bytes>,
    queue: Queue,
    remains: Remains,
    news: News,
}

/// Since when a link is in service, or is not, and why.
#[derive(Clone, Copy, Debug)]
struct News {
    since: Instant,
    reason: &'static str,
}

/// A signalling point: level 3 over the links of level 2.
#[derive(Debug)]
pub struct Mtp {
    config: Config,
    links: Vec<Link>,
    sets: Vec<LinkSet>,
    destinations: BTreeMap<PointCode, Destination>,
    news: transfer::ForNeighbours,
    restart: restart::Restart,
    limits: Limits,
    m3ua: M3ua,
    timers: TimerTable<(Owner, mtp3::Timer)>,
    /// Changebacks declared once already: T5 runs in place of T4.
    repeated: Vec<LinkId>,
    outputs: VecDeque<Output>,
    stats: Stats,
}

/// What a timer of level 3 runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Link(LinkId),
    Point(PointCode),
}

impl From<LinkId> for Owner {
    fn from(link: LinkId) -> Self {
        Self::Link(link)
    }
}

impl From<PointCode> for Owner {
    fn from(point: PointCode) -> Self {
        Self::Point(point)
    }
}

impl Mtp {
    /// A point whose links are out of service until [`Input::Activate`].
    pub fn new(config: Config, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        let limits = Limits {
            places: config.queue,
            reserve: config.emergency_reserve,
            leading: config.sequence_octets,
        };
        let mut neighbours: Vec<PointCode> = Vec::new();
        for link in &config.links {
            if !neighbours.contains(&link.adjacent) {
                neighbours.push(link.adjacent);
            }
        }
        let set_of = |code| neighbours.iter().position(|neighbour| *neighbour == code);
        let mut destinations: BTreeMap<PointCode, Destination> = BTreeMap::new();
        let direct = neighbours.iter().map(|neighbour| (*neighbour, *neighbour, 0));
        let others = config.routes.iter().map(|route| (route.dpc, route.adjacent, route.priority));
        for (dpc, adjacent, priority) in direct.chain(others) {
            if let Some(set) = set_of(adjacent) {
                destinations.entry(dpc).or_default().add(set, priority);
            }
        }
        let link = |link: &LinkConfig| {
            let level2 = level2_of(link, &config.m3ua, now);
            Link::new(*link, level2, set_of(link.adjacent), limits, now)
        };
        let links: Vec<Link> = config.links.iter().map(link).collect();
        let members = |set| {
            let mut members: Vec<usize> = (0..links.len())
                .filter(|at| links.get(*at).is_some_and(|l| l.set == set))
                .collect();
            members.sort_by_key(|at| links.get(*at).map(|link| link.config.slc));
            members
        };
        let set = |set| LinkSet::new(members(set), limits, now);
        let sets = (0..neighbours.len()).map(set).collect();
        let m3ua = M3ua::new(&config, limits, now);
        let mut mtp = Self {
            config,
            links,
            sets,
            destinations,
            news: transfer::ForNeighbours::default(),
            restart: restart::Restart::new(),
            limits,
            m3ua,
            timers: TimerTable::new(),
            repeated: Vec::new(),
            outputs: VecDeque::new(),
            stats: Stats::default(),
        };
        mtp.settle(now);
        Ok(mtp)
    }

    /// Takes in what happened. [`Mtp::poll_output`] is to be drained before the next input.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Line { link, event } => {
                if let Some(link) = self.find(link).and_then(|at| self.links.get_mut(at)) {
                    link.level2.handle_line(now, &event);
                }
            }
            Input::Activate { link } => self.set_wanted(now, link, true),
            Input::Deactivate { link } => self.set_wanted(now, link, false),
            Input::LineFailed { link } => self.set_line(now, link, false),
            Input::LineRestored { link } => self.set_line(now, link, true),
            Input::ReceiveCongestion { link, onset } => self.set_congested(now, link, onset),
            Input::Association { association, event } => self.associated(now, association, event),
            Input::Transfer(transfer) => self.transfer(transfer),
        }
        self.settle(now);
    }

    /// Runs every timer due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        for link in &mut self.links {
            link.level2.handle_timeout(now);
        }
        self.m3ua.handle_timeout(now);
        self.settle(now);
        while let Some((owner, timer)) = self.timers.pop_expired(now) {
            match owner {
                Owner::Link(link) => {
                    if let Some(at) = self.find(link) {
                        self.expired(now, at, timer);
                    }
                }
                Owner::Point(dpc) => self.expired_for_point(now, dpc, timer),
            }
            self.settle(now);
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let level2 = self.links.iter().filter_map(|link| link.level2.poll_timeout(link.config.id));
        let level3 = self.timers.next().map(|(at, (owner, timer))| match owner {
            Owner::Link(link) => (at, Timer::Mtp3(link, timer)),
            Owner::Point(dpc) => (at, Timer::Mtp3Point(dpc, timer)),
        });
        let m3ua = self.m3ua.next_timer();
        let m3ua = m3ua.map(|(at, association, timer)| (at, Timer::M3ua(association, timer)));
        level2.chain(level3).chain(m3ua).min()
    }

    /// Whether the link carries traffic: aligned, and its test passed.
    pub fn link_in_service(&self, link: LinkId) -> bool {
        self.link(link).is_some_and(|link| link.phase == Phase::InService)
    }

    /// Whether messages to this destination find a way.
    pub fn destination_available(&self, dpc: PointCode) -> bool {
        let linked = self.destinations.get(&dpc).is_some_and(Destination::is_reachable);
        linked || self.m3ua.is_available(dpc)
    }

    /// The links, in the order of the configuration.
    pub fn links(&self) -> impl Iterator<Item = LinkId> {
        self.links.iter().map(|link| link.config.id)
    }

    /// The associations, in the order of the configuration.
    pub fn associations(&self) -> impl Iterator<Item = m3ua::AssociationView> {
        self.m3ua.views()
    }

    /// Whether any link or association carries traffic.
    pub fn is_in_service(&self) -> bool {
        let linked = self.links.iter().any(|link| link.phase == Phase::InService);
        linked || self.m3ua.is_in_service()
    }

    /// What has been counted since the start.
    pub fn stats(&self) -> Stats {
        let m3ua = self.m3ua.counts();
        let mut stats = self.stats;
        stats.indicated += m3ua.indicated;
        stats.lost += m3ua.lost;
        stats.misrouted += m3ua.misrouted;
        stats.malformed += m3ua.malformed;
        stats.unequipped += m3ua.unequipped;
        stats
    }
}

impl Link {
    fn new(
        link: LinkConfig,
        level2: Level2,
        set: Option<usize>,
        limits: Limits,
        now: Instant,
    ) -> Self {
        // An association is first to come up.
        let line = level2.association().is_none();
        Self {
            config: link,
            set: set.unwrap_or_default(),
            level2,
            phase: Phase::Down,
            wanted: false,
            line,
            congested: false,
            tester: Tester::default(),
            control: Bounded::new(CONTROL_QUEUE),
            queue: Queue::new(limits),
            remains: Remains::default(),
            news: News { since: now, reason: "not in service yet" },
        }
    }
}

/// The level below a link, of which a time slot says at once that it is out of service.
fn level2_of(link: &LinkConfig, m3ua: &m3ua::Config, now: Instant) -> Level2 {
    match link.level2 {
        Level2Config::Mtp2(config) => {
            let mut level2 = mtp2::Link::new(config);
            level2.power_on(now);
            Level2::Mtp2(level2)
        }
        Level2Config::M2pa(config) => {
            // Associations are tried again alike, whatever they carry, but not all at once.
            let (first, most) = (m3ua.timers.reconnect, m3ua.timers.reconnect_max);
            let seed = m3ua.seed ^ u64::from(link.id.0) << 32;
            Level2::M2pa(m2pa::Link::new(config, m2pa::Patience { first, most }, seed))
        }
    }
}

impl Mtp {
    fn find(&self, link: LinkId) -> Option<usize> {
        self.links.iter().position(|other| other.config.id == link)
    }

    fn link(&self, link: LinkId) -> Option<&Link> {
        self.links.iter().find(|other| other.config.id == link)
    }

    /// Deals with what level 2 says and gives it what waits, until nothing is left to do: what
    /// happens to one link may concern the others of its set.
    fn settle(&mut self, now: Instant) {
        self.carry();
        let mut busy = true;
        while busy {
            busy = false;
            self.announce();
            for at in 0..self.links.len() {
                while let Some(event) =
                    self.links.get_mut(at).and_then(|link| link.level2.poll_event())
                {
                    busy = true;
                    self.level2_wants(now, at, event);
                }
                busy |= self.pump(now, at);
            }
        }
    }

    /// Takes over what M3UA wants done.
    fn carry(&mut self) {
        while let Some(output) = self.m3ua.poll_output() {
            self.outputs.push_back(output);
        }
    }

    /// Gives the line what waits for it: messages of our own first, then those of the user part
    /// by urgency.
    fn pump(&mut self, now: Instant, at: usize) -> bool {
        let Some(link) = self.links.get_mut(at) else { return false };
        let mut busy = false;
        while link.level2.is_ready() {
            let (class, msu) = if let Some(msu) = link.control.pop() {
                (base::Class::EmergencyInDialog, msu)
            } else if link.phase == Phase::InService
                && let Some(message) = link.queue.pop()
            {
                (message.class, message.msu.write())
            } else {
                break;
            };
            busy = true;
            if link.level2.transmit(now, class, msu.clone()).is_err() {
                self.stats.lost += 1;
            } else if self.config.trace {
                let link = link.config.id;
                self.outputs.push_back(Output::Trace { via: Via::Link(link), outgoing: true, msu });
            }
        }
        busy
    }

    /// Sends a management message about the link of code `slc` over link `at`.
    fn send_management(&mut self, at: usize, slc: u8, message: Management) {
        let service = ServiceIndicator::NETWORK_MANAGEMENT;
        self.send_control(at, service, Sls(slc), message.write());
    }

    /// Sends a message of MTP3's own to the neighbour over link `at`; whether it found a place.
    fn send_control(
        &mut self,
        at: usize,
        service: ServiceIndicator,
        sls: Sls,
        payload: Bytes,
    ) -> bool {
        let Some(link) = self.links.get(at) else { return false };
        let label = Label { dpc: link.config.adjacent, opc: self.config.own, sls };
        let priority = self.own_priority();
        let msu = Msu { service, network: self.config.network, priority, label, payload };
        let Some(link) = self.links.get_mut(at) else { return false };
        let outcome = link.control.push(msu.write());
        self.stats.control_dropped += u64::from(outcome.is_err());
        outcome.is_ok()
    }
}

#[cfg(test)]
mod tests;
