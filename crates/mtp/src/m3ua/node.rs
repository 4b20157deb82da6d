//! All associations of a signalling point: which of them leads where, and in what state the
//! destinations are (RFC 4666 §1.4.2.5, §4.5.2).

use super::association::{Association, Carrier, Event, Told, is_of};
use super::config::{AssociationConfig, AssociationId, Config, Role, Timers};
use super::message::{Affected, Destinations, Message, ProtocolData};
use super::servers::{AsState, Server};
use super::{AspState, AssociationStats, Command, Status, Timer};
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::queue::{Limits, Message as Waiting, Queue};
use crate::sap::{Indication, STATUS_EVERY, StatusCause, Transfer};
use crate::{NetworkIndicator, Output, PointCode, ServiceIndicator, Sls, Via};
use base::{Class, Instant, Rng, TimerTable};
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
    association: usize,
    reach: Reach,
}

/// Where a message of the user part waits.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// With this association.
    Association(usize),
    /// For a process of this application server, until T(r) expires.
    Held(usize),
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
    /// T(r) of each application server.
    recovery: TimerTable<usize>,
    routes: BTreeMap<PointCode, Route>,
    traces: bool,
    chance: Rng,
    outputs: VecDeque<Output>,
    counts: Counts,
}

impl M3ua {
    pub(crate) fn new(config: &crate::Config, limits: Limits, now: Instant) -> Self {
        let Config { associations, timers, seed } = &config.m3ua;
        let mut routes = BTreeMap::<PointCode, Route>::new();
        for (at, association) in associations.iter().enumerate() {
            for peer in &association.peers {
                let ways = &mut routes.entry(*peer).or_default().ways;
                ways.push(Way { association: at, reach: Reach::Unknown });
            }
        }
        let new = |one: &AssociationConfig| Association::new(one.clone(), limits, now);
        let mut m3ua = Self {
            own: config.own,
            network: config.network,
            service: config.service,
            timers: *timers,
            servers: Server::of(associations, limits),
            associations: associations.iter().map(new).collect(),
            recovery: TimerTable::new(),
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
            ours: one.ours,
            peers: one.peers,
            in_service: one.may_send(),
            since: one.news.0,
            reason: one.news.1,
            queued: one.queue.len(),
            stats: one.stats,
        })
    }

    pub(crate) fn handle(&mut self, now: Instant, id: AssociationId, event: super::Event) {
        let found = self.associations.iter_mut().find(|one| one.config.id == id);
        let Some(association) = found else { return };
        match event {
            super::Event::Up => association.up(now, &self.timers),
            super::Event::Down => association.down(now, &self.timers, &mut self.chance),
            super::Event::Received(octets) => association.received(now, &self.timers, &octets),
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
            let member = *self.servers.get(server)?.members.first()?;
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

    /// Takes a message of the user part.
    pub(crate) fn enqueue(&mut self, message: Waiting) -> Result<(), Refused> {
        let label = message.msu.label;
        let place = self.place(label.dpc, label.sls).ok_or(Refused::Unreachable)?;
        let queue = self.queue(place).ok_or(Refused::Unreachable)?;
        queue.push(message).map_err(|_| Refused::Full)?;
        if let Place::Association(at) = place {
            self.pump(at);
        }
        Ok(())
    }

    /// Where a message waits.
    fn place(&self, dpc: PointCode, sls: Sls) -> Option<Place> {
        let route = self.routes.get(&dpc)?;
        if let Some(at) = self.choose(route, sls) {
            return Some(Place::Association(at));
        }
        let waits = |server: &Server| {
            let leads = |way: &Way| server.members.contains(&way.association);
            server.state == AsState::Pending && route.ways.iter().any(leads)
        };
        self.servers.iter().position(waits).map(Place::Held)
    }

    fn queue(&mut self, place: Place) -> Option<&mut Queue> {
        match place {
            Place::Association(at) => self.associations.get_mut(at).map(|one| &mut one.queue),
            Place::Held(at) => self.servers.get_mut(at).map(|server| &mut server.held),
        }
    }

    /// The association for a message: equal link selection, equal way, for as long as nothing
    /// changes (RFC 4666 §1.4.2.5). What is only restricted is taken where nothing else is there
    /// (§3.4.6).
    fn choose(&self, route: &Route, sls: Sls) -> Option<usize> {
        let active = |way: &&Way| self.associations.get(way.association)?.may_send().then_some(());
        let open = || route.ways.iter().filter(|way| way.reach.is_open() && active(way).is_some());
        let best = open().map(|way| way.reach).min()?;
        let best: Vec<usize> =
            open().filter(|way| way.reach == best).map(|way| way.association).collect();
        let first = self.associations.get(*best.first()?)?;
        let at = if first.config.is_override() { 0 } else { usize::from(sls.0) % best.len() };
        best.get(at).copied()
    }

    /// Congestion towards a destination, as MTP3 sees it on a link (Q.704 §11.2.3).
    pub(crate) fn watch_congestion(&mut self, dpc: PointCode, sls: Sls) {
        let queue = self.place(dpc, sls).and_then(|place| self.queue(place));
        let crowded = queue.is_some_and(|queue| queue.len() * 2 > queue.ordinary_places());
        let Some(route) = self.routes.get_mut(&dpc) else { return };
        if !crowded {
            route.congested = 0;
            return;
        }
        let tell = route.congested == 0;
        route.congested = (route.congested + 1) % STATUS_EVERY;
        if tell {
            self.status(&[dpc], StatusCause::Congestion { level: 0 });
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

    /// Gives a driver what waits for it. Nothing else is left to do by now.
    fn pump(&mut self, at: usize) {
        if let Some(association) = self.associations.get_mut(at) {
            association.pump();
        }
        while let Some(event) = self.associations.get_mut(at).and_then(|one| one.events.pop_front())
        {
            self.carry(at, event);
        }
    }

    fn said(&mut self, now: Instant, at: usize, event: Event) {
        match event {
            Event::Changed { reason } => self.changed(now, at, reason),
            Event::Received(protocol) => self.received(at, protocol),
            Event::Told { affected, what } => self.told(now, at, &affected, what),
            Event::Asked(asked) => self.asked(at, &asked),
            event => self.carry(at, event),
        }
    }

    /// What goes down to the driver.
    fn carry(&mut self, at: usize, event: Event) {
        let Some(association) = self.associations.get(at).map(|one| one.config.id) else { return };
        let command = match event {
            Event::Connect => Command::Connect,
            Event::Close => Command::Close,
            Event::Send { class, octets } => Command::Send { class, octets },
            Event::Sent(protocol) => return self.trace(association, true, &protocol),
            _ => return,
        };
        self.outputs.push_back(Output::Association { association, command });
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
        let unknown = |way: &&mut Way| way.association == at && way.reach == Reach::Unknown;
        if let Some(way) = route.ways.iter_mut().find(unknown) {
            way.reach = Reach::Available;
            self.tell(&[opc]);
        }
    }

    fn indicate(&mut self, indication: Indication) {
        self.outputs.push_back(Output::Indication(indication));
    }

    /// The peer of an association, or we towards it, changed state.
    fn changed(&mut self, now: Instant, at: usize, reason: &'static str) {
        let Some(association) = self.associations.get_mut(at) else { return };
        let (id, role) = (association.config.id, association.config.role);
        let (active, peers) = (association.may_send(), association.config.peers.clone());
        if std::mem::replace(&mut association.told, active) != active {
            let in_service = active;
            association.news = (now, reason);
            self.outputs.push_back(Output::AssociationState {
                association: id,
                in_service,
                reason,
            });
            if active {
                self.began(now, at, role, &peers);
            } else {
                self.ended(at);
            }
        }
        self.server_of(now, at);
        if !active {
            self.redistribute(at);
        }
        self.tell(&peers);
    }

    /// Traffic may flow: a gateway is asked where it leads (§4.5.3), any other peer is there.
    fn began(&mut self, now: Instant, at: usize, role: Role, peers: &[PointCode]) {
        for way in self.routes.values_mut().flat_map(|route| &mut route.ways) {
            if way.association == at && role != Role::Asp {
                way.reach = Reach::Available;
            }
        }
        if role == Role::Asp
            && let Some(association) = self.associations.get_mut(at)
        {
            association.audit(peers);
            association.timers.set(now, Timer::Audit, self.timers.audit);
        }
    }

    fn ended(&mut self, at: usize) {
        for way in self.routes.values_mut().flat_map(|route| &mut route.ways) {
            if way.association == at {
                way.reach = Reach::Unknown;
            }
        }
    }

    /// The gateway keeps silent about destinations: many answer no audit, and the standard takes
    /// what nobody called unavailable for available (§4.5.1).
    fn audit_unanswered(&mut self, at: usize) {
        for way in self.routes.values_mut().flat_map(|route| &mut route.ways) {
            if way.association == at && way.reach == Reach::Unknown {
                way.reach = Reach::Available;
            }
        }
        self.tell_all(at);
    }

    /// §4.5.3: what was unavailable, and was not called anything else since, is asked about.
    fn audit_again(&mut self, now: Instant, at: usize) {
        let down = |route: &Route| {
            route.ways.iter().any(|way| way.association == at && way.reach == Reach::Unavailable)
        };
        let asked: Vec<_> =
            self.routes.iter().filter(|(_, route)| down(route)).map(|(dpc, _)| *dpc).collect();
        if let Some(association) = self.associations.get_mut(at)
            && !asked.is_empty()
        {
            association.audit(&asked);
            association.timers.set(now, Timer::AuditAgain, self.timers.audit_again);
        }
    }

    /// The gateway tells of destinations.
    fn told(&mut self, now: Instant, at: usize, affected: &[Affected], what: Told) {
        let is_meant = |dpc: PointCode| affected.iter().any(|one| one.covers(dpc));
        let leads = |route: &Route| route.ways.iter().any(|way| way.association == at);
        let meant: Vec<PointCode> = self
            .routes
            .iter()
            .filter(|(dpc, route)| is_meant(**dpc) && leads(route))
            .map(|(dpc, _)| *dpc)
            .collect();
        let reach = match what {
            Told::Available => Reach::Available,
            Told::Restricted => Reach::Restricted,
            Told::Unavailable => Reach::Unavailable,
            // §3.4.4: that it is over. What began with it ends by itself.
            Told::Congested { level: Some(0) } => return,
            Told::Congested { level } => {
                let cause = StatusCause::Congestion { level: level.unwrap_or(0) };
                return self.status(&meant, cause);
            }
            Told::UserPart { user, cause } => {
                if user == self.service {
                    self.status(&meant, StatusCause::UserPartUnavailable { cause });
                }
                return;
            }
        };
        for dpc in &meant {
            let route = self.routes.get_mut(dpc);
            let way = route.and_then(|r| r.ways.iter_mut().find(|way| way.association == at));
            if let Some(way) = way {
                way.reach = reach;
            }
        }
        if reach == Reach::Unavailable
            && let Some(association) = self.associations.get_mut(at)
        {
            association.timers.set(now, Timer::AuditAgain, self.timers.audit_again);
            self.redistribute(at);
        }
        self.tell(&meant);
    }

    fn status(&mut self, destinations: &[PointCode], cause: StatusCause) {
        for dpc in destinations {
            self.indicate(Indication::Status { dpc: *dpc, cause });
        }
    }

    /// §4.5.3: we know of ourselves; what else is asked for, nobody here leads to.
    fn asked(&mut self, at: usize, asked: &Destinations) {
        let own = self.own;
        let Some(association) = self.associations.get_mut(at) else { return };
        let (here, elsewhere): (Vec<Affected>, Vec<Affected>) =
            asked.affected.iter().partition(|one| one.mask == 0 && one.code == own);
        let about = |affected| Destinations { affected, ..association.about(&[]) };
        let answers = [
            (!here.is_empty()).then(|| Message::Dava(about(here))),
            (!elsewhere.is_empty()).then(|| Message::Duna(about(elsewhere))),
        ];
        for answer in answers.iter().flatten() {
            association.say(answer);
        }
    }

    /// Tells the user part which destinations changed.
    fn tell(&mut self, destinations: &[PointCode]) {
        for &dpc in destinations {
            let available = self.is_available(dpc);
            let Some(route) = self.routes.get_mut(&dpc) else { continue };
            if std::mem::replace(&mut route.told, available) != available {
                self.indicate(if available {
                    Indication::Resume { dpc }
                } else {
                    Indication::Pause { dpc }
                });
            }
        }
    }

    fn tell_all(&mut self, at: usize) {
        let peers = self.associations.get(at).map(|one| one.config.peers.clone());
        self.tell(&peers.unwrap_or_default());
    }

    /// The destinations.
    pub(crate) fn destinations(&self) -> impl Iterator<Item = PointCode> {
        self.routes.keys().copied()
    }

    /// Whether messages to this destination find a way, or wait for one that may come back.
    pub(crate) fn is_available(&self, dpc: PointCode) -> bool {
        let Some(route) = self.routes.get(&dpc) else { return false };
        let waits = |way: &Way| {
            let mut of = self.servers.iter().filter(|s| s.members.contains(&way.association));
            of.any(|server| server.state == AsState::Pending)
        };
        self.choose(route, Sls(0)).is_some() || route.ways.iter().any(waits)
    }

    /// What waited for an association takes another way, where there is one.
    fn redistribute(&mut self, at: usize) {
        let queue = self.associations.get_mut(at).map(|one| one.queue.extract(|_| true));
        self.send_again(queue.unwrap_or_default());
    }

    fn send_again(&mut self, messages: Vec<Waiting>) {
        for message in messages {
            let label = message.msu.label;
            let place = self.place(label.dpc, label.sls);
            let queue = place.and_then(|place| self.queue(place));
            if queue.is_none_or(|queue| queue.push(message).is_err()) {
                self.counts.lost += 1;
            }
        }
    }

    /// The application server of an association, after its state changed (§4.3.2).
    fn server_of(&mut self, now: Instant, at: usize) {
        let Some(index) = self.servers.iter().position(|one| one.members.contains(&at)) else {
            return;
        };
        self.take_over(index, at);
        let pending = self.recovery.is_running(index);
        let Some(server) = self.servers.get_mut(index) else { return };
        let next = server.next_state(&self.associations, pending);
        let before = std::mem::replace(&mut server.state, next);
        if before == next {
            server.notify_one(&mut self.associations, at);
            return;
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
    }

    /// §4.3.4.3: in override the last to become active takes all.
    fn take_over(&mut self, server: usize, at: usize) {
        let newest = self.associations.get(at);
        let takes = newest.is_some_and(|one| one.config.is_override() && one.may_send());
        let Some(server) = self.servers.get(server).filter(|_| takes) else { return };
        for other in server.members.clone().into_iter().filter(|other| *other != at) {
            if let Some(other) = self.associations.get_mut(other).filter(|one| one.may_send()) {
                other.notify(Status::ALTERNATE_ASP);
                other.set_both(AspState::Inactive, "another ASP has taken over");
            }
        }
    }

    /// T(r) is over: nobody came back.
    fn recovery_over(&mut self, index: usize) {
        let Some(server) = self.servers.get_mut(index) else { return };
        server.state = server.next_state(&self.associations, false);
        server.notify(&mut self.associations);
        let (held, members) = (server.held.extract(|_| true), server.members.clone());
        self.send_again(held);
        for at in members {
            self.tell_all(at);
        }
    }
}

/// As MTP3 would write it, for whoever watches.
fn msu(protocol: &ProtocolData) -> Msu {
    Msu {
        service: protocol.service,
        network: protocol.network,
        label: Label { dpc: protocol.dpc, opc: protocol.opc, sls: protocol.sls },
        payload: protocol.payload.clone(),
    }
}
