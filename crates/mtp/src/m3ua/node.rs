//! All associations of a signalling point: which of them leads where, and in what state the
//! destinations are (RFC 4666 §1.4.2.5, §4.5.2).

mod destinations;
mod distribution;

use super::association::{Association, Carrier, Event, Identity, is_of};
use super::budget::Budget;
use super::codes::{Status, TrafficMode};
use super::config::{AssociationConfig, AssociationId, Config, Role, Timers};
use super::message::{Message, ProtocolData};
use super::servers::{AsState, Member, Server};
use super::{AspState, AssociationStats, Command, Timer};
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::queue::Limits;
use crate::sap::{Indication, Transfer};
use crate::{NetworkIndicator, Output, PointCode, ServiceIndicator, Sls, Via};
use base::{Class, Instant, Rng, TimerTable};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// What became of a message of the user part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No association leads to the destination now.
    Unreachable,
    /// Too much waits.
    Full,
}

/// Counters that an association has no place for; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Given to the user part.
    pub(crate) indicated: u64,
    /// Accepted, then thrown away: nobody was left to take it.
    pub(crate) lost: u64,
    /// For another point, or of another network.
    pub(crate) misrouted: u64,
    /// For a user part that is not here.
    pub(crate) unequipped: u64,
    /// Too short or too long for what the user part takes.
    pub(crate) malformed: u64,
}

/// One association, as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociationView {
    /// Which.
    pub id: AssociationId,
    /// Whether its connection is up.
    pub connected: bool,
    /// What we are to the peer.
    pub ours: AspState,
    /// What the peer is to us.
    pub peers: AspState,
    /// Whether it carries traffic.
    pub in_service: bool,
    /// Since when it does, or does not.
    pub since: Instant,
    /// And why.
    pub reason: &'static str,
    /// Messages waiting to be sent.
    pub queued: usize,
    /// Its counters.
    pub stats: AssociationStats,
}

/// What a gateway says of a destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Available,
    Restricted,
    /// It was asked and has not answered.
    #[default]
    Unknown,
    Unavailable,
}

impl Reach {
    const fn is_open(self) -> bool {
        matches!(self, Self::Available | Self::Restricted)
    }
}

/// One of the ways to a destination.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// The association, and which of its application servers.
    member: Member,
    reach: Reach,
    /// Whether the gateway said that it is congested, and not since that it is not.
    congested: bool,
}

/// A destination.
#[derive(Clone, Debug, Default)]
struct Route {
    ways: Vec<Way>,
    /// Whether the user part was told that it can be reached.
    told: bool,
    /// Messages since congestion began, for the first of every eight.
    congested: u8,
}

/// The associations of a signalling point.
#[derive(Debug)]
pub(crate) struct M3ua {
    own: PointCode,
    network: NetworkIndicator,
    service: ServiceIndicator,
    timers: Timers,
    associations: Vec<Association>,
    servers: Vec<Server>,
    /// The application server that each one of an association belongs to, if the peer asks us.
    server_of: BTreeMap<Member, usize>,
    /// T(r) of each application server.
    recovery: TimerTable<usize>,
    budget: Budget,
    /// How many leading octets of a message tell conversations apart.
    leading: usize,
    routes: BTreeMap<PointCode, Route>,
    traces: bool,
    chance: Rng,
    outputs: VecDeque<Output>,
    counts: Counts,
}

impl M3ua {
    pub(crate) fn new(config: &crate::Config, limits: Limits, now: Instant) -> Self {
        let Config { associations, timers, connects_per_second, seed } = &config.m3ua;
        let mut routes = BTreeMap::<PointCode, Route>::new();
        for (at, association) in associations.iter().enumerate() {
            for (which, server) in association.servers.iter().enumerate() {
                let way = Way { member: (at, which), reach: Reach::Unknown, congested: false };
                for peer in &server.peers {
                    routes.entry(*peer).or_default().ways.push(way);
                }
            }
        }
        let identity = Identity { own: config.own, service: config.service };
        let new = |one: &AssociationConfig| Association::new(one.clone(), identity, limits, now);
        let servers = Server::of(associations, limits);
        let of = |(at, server): (usize, &Server)| {
            server.members.iter().map(|member| (*member, at)).collect::<Vec<_>>()
        };
        let mut m3ua = Self {
            own: config.own,
            network: config.network,
            service: config.service,
            timers: *timers,
            server_of: servers.iter().enumerate().flat_map(of).collect(),
            servers,
            associations: associations.iter().map(new).collect(),
            recovery: TimerTable::new(),
            budget: Budget::new(*connects_per_second, now),
            leading: limits.leading,
            routes,
            traces: config.trace,
            chance: Rng::new(*seed),
            outputs: VecDeque::new(),
            counts: Counts::default(),
        };
        m3ua.settle(now);
        m3ua
    }

    /// Whether this destination is one of ours to reach.
    pub(crate) fn serves(&self, dpc: PointCode) -> bool {
        self.routes.contains_key(&dpc)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether any association carries traffic.
    pub(crate) fn is_in_service(&self) -> bool {
        self.associations.iter().any(Association::may_send)
    }

    pub(crate) fn views(&self) -> impl Iterator<Item = AssociationView> {
        self.associations.iter().map(|one| AssociationView {
            id: one.config.id,
            connected: one.carrier == Carrier::Up,
            ours: one.ours(),
            peers: one.peers(),
            in_service: one.may_send(),
            since: one.news.0,
            reason: one.news.1,
            queued: one.queue.len(),
            stats: one.stats,
        })
    }

    pub(crate) fn handle(&mut self, now: Instant, id: AssociationId, event: super::Event) {
        let found = self.associations.iter().position(|one| one.config.id == id);
        let Some((at, association)) =
            found.and_then(|at| Some((at, self.associations.get_mut(at)?)))
        else {
            return;
        };
        match event {
            super::Event::Up => association.up(now, &self.timers),
            super::Event::Down => association.down(now, &self.timers, &mut self.chance),
            super::Event::Received(octets) => {
                association.push(&octets);
                // One message at a time: what the next one means may depend on this one.
                while let Some(association) = self.associations.get_mut(at)
                    && association.step(now, &self.timers)
                {
                    self.settle(now);
                }
            }
            super::Event::Message { stream, octets } => {
                association.on_stream(now, &self.timers, stream, &octets);
            }
            super::Event::Written { waiting } => association.written(waiting),
        }
        self.settle(now);
    }

    pub(crate) fn next_timer(&self) -> Option<(Instant, AssociationId, Timer)> {
        let each = self.associations.iter().filter_map(|one| {
            let (at, timer) = one.timers.next()?;
            Some((at, one.config.id, timer))
        });
        let recovery = self.recovery.next().and_then(|(at, server)| {
            let (member, _) = *self.servers.get(server)?.members.first()?;
            Some((at, self.associations.get(member)?.config.id, Timer::Recovery))
        });
        each.chain(recovery).min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for at in 0..self.associations.len() {
            while let Some(association) = self.associations.get_mut(at)
                && let Some(timer) = association.timers.pop_expired(now)
            {
                association.expired(now, &self.timers, timer);
                match timer {
                    Timer::Audit => self.audit_unanswered(at),
                    Timer::AuditAgain => self.audit_again(now, at),
                    _ => {}
                }
                self.settle(now);
            }
        }
        while let Some(server) = self.recovery.pop_expired(now) {
            self.recovery_over(server);
            self.settle(now);
        }
    }

    /// Deals with what the associations say, until none says anything.
    fn settle(&mut self, now: Instant) {
        let mut busy = true;
        while busy {
            busy = false;
            for at in 0..self.associations.len() {
                while let Some(event) =
                    self.associations.get_mut(at).and_then(|one| one.events.pop_front())
                {
                    busy = true;
                    self.said(now, at, event);
                }
                if let Some(association) = self.associations.get_mut(at) {
                    association.pump();
                    busy |= !association.events.is_empty();
                }
            }
        }
    }

    fn said(&mut self, now: Instant, at: usize, event: Event) {
        match event {
            Event::Connect => self.connect(now, at),
            Event::Changed { server, reason } => self.changed(now, (at, server), reason),
            Event::Failed => self.failed(at),
            Event::PeerUp { identifier, octets } => self.peer_up(at, identifier, &octets),
            Event::Received(protocol) => self.received(at, protocol),
            Event::Told { servers, affected, what } => {
                self.told(now, at, (&servers, &affected), what);
            }
            Event::Asked(asked) => self.asked(at, &asked),
            Event::Unsent(outgoing) => self.send_again(vec![outgoing]),
            event => self.carry(at, event),
        }
    }

    /// What goes down to the driver.
    fn carry(&mut self, at: usize, event: Event) {
        let Some(association) = self.associations.get(at).map(|one| one.config.id) else { return };
        let command = match event {
            Event::ConnectNow => Command::Connect,
            Event::Close => Command::Close,
            Event::Send { class, sls, octets } => Command::Send { class, sls, octets },
            Event::Sent(protocol) => return self.trace(association, true, &protocol),
            _ => return,
        };
        self.outputs.push_back(Output::Association { association, command });
    }

    /// When the next connection may be opened, of whatever association of the node.
    pub(crate) fn turn(&mut self, now: Instant) -> Instant {
        self.budget.next(now)
    }

    /// Opens an association, now or when its turn comes.
    fn connect(&mut self, now: Instant, at: usize) {
        let turn = self.budget.next(now);
        if turn <= now {
            return self.carry(at, Event::ConnectNow);
        }
        if let Some(association) = self.associations.get_mut(at) {
            association.connect_at(turn);
        }
    }

    /// §4.3.4.1, §3.8.1: no two ASPs of an application server have one identifier.
    fn peer_up(&mut self, at: usize, identifier: Option<u32>, octets: &Bytes) {
        let beside = |other: usize| {
            let members = |server: &Server| server.members.iter().map(|m| m.0).collect::<Vec<_>>();
            self.servers.iter().map(members).any(|all| all.contains(&at) && all.contains(&other))
        };
        let taken = identifier.is_some()
            && self.associations.iter().enumerate().any(|(other, one)| {
                let same = one.peers_up && one.peer_identifier == identifier;
                other != at && same && beside(other)
            });
        if let Some(association) = self.associations.get_mut(at) {
            association.peer_up(identifier, taken, octets);
        }
    }

    fn trace(&mut self, association: AssociationId, outgoing: bool, protocol: &ProtocolData) {
        if !self.traces {
            return;
        }
        let msu = msu(protocol).write();
        let via = Via::Association(association);
        self.outputs.push_back(Output::Trace { via, outgoing, msu });
    }

    fn received(&mut self, at: usize, protocol: ProtocolData) {
        let Some(association) = self.associations.get_mut(at) else { return };
        if !is_of(self.network, &protocol) || protocol.dpc != self.own {
            self.counts.misrouted += 1;
            return;
        }
        let fits = 1..=Transfer::MAX_PAYLOAD;
        if !fits.contains(&protocol.payload.len()) || !protocol.opc.is_valid() {
            self.counts.malformed += 1;
            return;
        }
        if protocol.service != self.service {
            self.counts.unequipped += 1;
            // §3.4.5: only a gateway says so.
            if association.config.role == Role::Server {
                let destinations = association.about(&[self.own]);
                // §3.4.5: 1, unequipped remote user.
                let (user, cause) = (protocol.service, 1);
                association.say(&Message::Dupu { destinations, user, cause });
            }
            return;
        }
        self.counts.indicated += 1;
        let id = association.config.id;
        self.trace(id, false, &protocol);
        self.heard_from(at, protocol.opc);
        // §3.3.1: four bits in the networks that we know.
        let sls = Sls(protocol.sls.0 & 0x0f);
        let ProtocolData { opc, dpc, payload, .. } = protocol;
        let transfer = Transfer { opc, dpc, sls, class: Class::Ordinary, payload };
        self.indicate(Indication::Transfer(transfer));
    }

    /// What sends to us can be reached, as long as the gateway says nothing else: what it asks for
    /// is not to wait for the answer to an audit.
    fn heard_from(&mut self, at: usize, opc: PointCode) {
        let Some(route) = self.routes.get_mut(&opc) else { return };
        let unknown = |way: &&mut Way| way.member.0 == at && way.reach == Reach::Unknown;
        if let Some(way) = route.ways.iter_mut().find(unknown) {
            way.reach = Reach::Available;
            self.tell(&[opc]);
        }
    }

    fn indicate(&mut self, indication: Indication) {
        self.outputs.push_back(Output::Indication(indication));
    }

    /// The peer of an association, or we towards it, changed state in an application server.
    fn changed(&mut self, now: Instant, member: Member, reason: &'static str) {
        let (at, which) = member;
        let Some(association) = self.associations.get_mut(at) else { return };
        let (id, active) = (association.config.id, association.may_send());
        if std::mem::replace(&mut association.told, active) != active {
            let in_service = active;
            association.news = (now, reason);
            self.outputs.push_back(Output::AssociationState {
                association: id,
                in_service,
                reason,
            });
        }
        let Some(one) = association.servers.get_mut(which) else { return };
        let (flows, peers) = (one.may_send(), one.config.peers.clone());
        if std::mem::replace(&mut one.told, flows) != flows {
            if flows {
                self.began(now, member, &peers);
            } else {
                self.ended(member);
            }
        }
        self.server_changed(now, member);
        if !flows {
            self.redistribute(at, &peers);
        }
        self.tell(&peers);
    }

    /// The application server of a member, after that one's state changed (§4.3.2).
    fn server_changed(&mut self, now: Instant, member: Member) {
        let Some(index) = self.server_of.get(&member).copied() else { return };
        let Some(server) = self.servers.get_mut(index) else { return };
        server.settle_mode(&mut self.associations, member);
        self.take_over(index, member);
        let pending = self.recovery.is_running(index);
        let Some(server) = self.servers.get_mut(index) else { return };
        let next = server.next_state(&self.associations, pending);
        let before = std::mem::replace(&mut server.state, next);
        server.tag_again();
        server.watch_shortage(&mut self.associations);
        if before == next {
            return server.notify_one(&mut self.associations, member);
        }
        server.notify(&mut self.associations);
        let held = if next == AsState::Pending {
            self.recovery.set(now, index, self.timers.recovery);
            Vec::new()
        } else {
            self.recovery.stop(index);
            server.held.extract(|_| true)
        };
        self.send_again(held);
        self.tell_server(index);
    }

    /// §4.3.4.3: in override the last to become active takes all.
    fn take_over(&mut self, server: usize, (at, which): Member) {
        let newest = self.associations.get(at);
        let identifier = newest.and_then(|one| one.peer_identifier);
        let newest = newest.and_then(|one| one.servers.get(which));
        let takes = newest.is_some_and(|one| one.is(TrafficMode::OVERRIDE) && one.may_send());
        let Some(server) = self.servers.get(server).filter(|_| takes) else { return };
        for (other, its) in server.members.clone().into_iter().filter(|m| *m != (at, which)) {
            let Some(other) = self.associations.get_mut(other) else { continue };
            if other.servers.get(its).is_some_and(super::association::Membership::may_send) {
                other.notify(its, Status::ALTERNATE_ASP, identifier);
                other.overridden(its);
            }
        }
    }

    /// A peer has gone without a word.
    fn failed(&mut self, at: usize) {
        for server in &self.servers {
            for member in server.members.iter().filter(|member| member.0 == at) {
                server.failed(&mut self.associations, *member);
            }
        }
    }

    /// T(r) is over: nobody came back.
    fn recovery_over(&mut self, index: usize) {
        let Some(server) = self.servers.get_mut(index) else { return };
        server.state = server.next_state(&self.associations, false);
        server.notify(&mut self.associations);
        let held = server.held.extract(|_| true);
        self.send_again(held);
        self.tell_server(index);
    }
}

/// As MTP3 would write it, for whoever watches.
fn msu(protocol: &ProtocolData) -> Msu {
    Msu {
        service: protocol.service,
        network: protocol.network,
        priority: protocol.priority & 3,
        label: Label { dpc: protocol.dpc, opc: protocol.opc, sls: protocol.sls },
        payload: protocol.payload.clone(),
    }
}
