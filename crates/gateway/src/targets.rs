//! Where the calls of each SIP trunk go: its targets, located ahead of calls.
//!
//! Names are asked for at the start and whenever what is known about them expires, and a call takes
//! what is known at its moment: none waits for the domain name system. What was once known stays
//! known when that system fails, or forgets the name: a trunk does not go down with a name server.
//! Only a domain that says itself that it offers the service no longer is believed at once
//! (RFC 2782: a target of `.`).

mod health;
#[cfg(test)]
mod tests;

pub(crate) use health::{Verdict, Way};

use crate::{SipTrunk, TargetConfig, TargetView, TrunkView, WayView};
use base::{Duration, Instant, Rng, TimerTable};
use health::Health;
use sip::{Answer, Located, Locator, Names, Question, Servers, Target, Transport, Unlocated};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use tracing::{info, warn};

/// The most ways that one call is given to try.
const WAYS: usize = 8;
/// A target is asked for again so soon after the first failure, and then ever more slowly,
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// up to this.
const RETRY_MAX: Duration = Duration::from_secs(60);
/// Longer than any resolver takes for one target: then its answer will not come.
const OVERDUE: Duration = Duration::from_secs(60);
/// After so many failures in a row an incomplete answer is better than what is old.
const STALE: u32 = 10;

/// A target of a trunk: the trunk, and its position there.
type Place = (u16, u16);

/// Why the targets want to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wake {
    /// What is known about a target expires, or it is time to try again.
    Locate(Place),
    /// The domain name system has not come to an end with a target.
    Overdue(Place),
    /// It is time to ask a peer whether it is there.
    Ping(Way),
    /// It should have answered by now.
    Late(Way),
}

/// What the gateway has to do for the targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ask the domain name system.
    Ask(Question),
    /// Ask a peer whether it is there.
    Ping(Way),
    /// Wait for a peer's answer no longer.
    GiveUp(Way),
}

/// A way that a call may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) transport: Transport,
    pub(crate) remote: SocketAddr,
    /// The host of the Request-URI.
    pub(crate) host: String,
    /// Whether that is a SIPS URI.
    pub(crate) secure: bool,
}

/// What has been counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Targets located.
    pub(crate) located: u64,
    /// Targets that could not be located, or not completely.
    pub(crate) failed: u64,
    /// Times that a domain which had offered TLS no longer did.
    pub(crate) downgrades: u64,
}

#[derive(Debug)]
struct Entry {
    target: Target,
    known: Option<Servers>,
    locator: Option<Locator>,
    /// How many times in a row it could not be located.
    failures: u32,
    /// Whether the first attempt to locate it has come to an end.
    settled: bool,
}

#[derive(Debug)]
struct Trunk {
    name: String,
    entries: Vec<Entry>,
    /// How often its peers are asked whether they are there.
    ping: Option<Duration>,
}

/// The targets of all trunks.
#[derive(Debug)]
pub(crate) struct Targets {
    config: TargetConfig,
    locals: Vec<(Transport, SocketAddr)>,
    trunks: Vec<Trunk>,
    health: BTreeMap<Way, Health>,
    timers: TimerTable<Wake>,
    wishes: VecDeque<Wish>,
    rng: Rng,
    started: Instant,
    /// Whether a name leads elsewhere than when it was last told.
    moved: bool,
    counters: Counters,
}

impl Targets {
    pub(crate) fn new(
        config: TargetConfig,
        trunks: &[SipTrunk],
        locals: &[(Transport, SocketAddr)],
        now: Instant,
    ) -> Self {
        let entry = |target: &Target| Entry {
            target: target.clone(),
            known: None,
            locator: None,
            failures: 0,
            settled: false,
        };
        let trunk = |trunk: &SipTrunk| Trunk {
            name: trunk.name.clone(),
            entries: trunk.targets.iter().map(entry).collect(),
            ping: trunk.options_ping,
        };
        let mut targets = Self {
            rng: Rng::new(config.seed),
            config,
            locals: locals.to_vec(),
            trunks: trunks.iter().map(trunk).collect(),
            health: BTreeMap::new(),
            timers: TimerTable::new(),
            wishes: VecDeque::new(),
            started: now,
            moved: true,
            counters: Counters::default(),
        };
        for place in targets.places() {
            targets.locate(now, place);
        }
        targets
    }

    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (trunk, record) in (0_u16..).zip(&self.trunks) {
            places.extend((0_u16..).zip(&record.entries).map(|(entry, _)| (trunk, entry)));
        }
        places
    }

    fn entry(&mut self, (trunk, entry): Place) -> Option<&mut Entry> {
        self.trunks.get_mut(usize::from(trunk))?.entries.get_mut(usize::from(entry))
    }

    pub(crate) fn poll_wish(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.timers.next().map(|(deadline, _)| deadline)
    }

    pub(crate) const fn counters(&self) -> Counters {
        self.counters
    }

    /// Does what is due by `now`.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(wake) = self.timers.pop_expired(now) {
            match wake {
                Wake::Locate(place) => self.locate(now, place),
                Wake::Overdue(place) => {
                    if self.entry(place).and_then(|entry| entry.locator.take()).is_some() {
                        self.not_located(now, place, Unlocated::Failed);
                    }
                }
                Wake::Ping(way) => self.ping(now, way),
                Wake::Late(way) => {
                    self.wishes.push_back(Wish::GiveUp(way));
                    self.answered(now, way, Verdict::Dead);
                }
            }
        }
    }

    /// Starts to locate a target. An address needs no question and is known at once.
    fn locate(&mut self, now: Instant, place: Place) {
        let locals = self.locals.clone();
        let Some(entry) = self.entry(place) else {
            return;
        };
        entry.locator = Some(Locator::new(entry.target.clone(), &locals));
        self.timers.set(now, Wake::Overdue(place), OVERDUE);
        self.go_on(now, place);
    }

    /// Takes an answer of the domain name system: for every target that has asked for it.
    pub(crate) fn resolved(&mut self, now: Instant, question: &Question, answer: &Answer) {
        for place in self.places() {
            let locator = self.entry(place).and_then(|entry| entry.locator.as_mut());
            if let Some(locator) = locator {
                locator.handle_answer(question, answer.clone());
                self.go_on(now, place);
            }
        }
    }

    fn go_on(&mut self, now: Instant, place: Place) {
        loop {
            let locator = self.entry(place).and_then(|entry| entry.locator.as_mut());
            match locator.and_then(Locator::poll_output) {
                Some(Located::Ask(question)) => self.wishes.push_back(Wish::Ask(question)),
                Some(Located::Done(found)) => {
                    if let Some(entry) = self.entry(place) {
                        entry.locator = None;
                    }
                    self.timers.stop(Wake::Overdue(place));
                    return match found {
                        Ok(servers) => self.located(now, place, servers),
                        Err(why) => self.not_located(now, place, why),
                    };
                }
                None => return,
            }
        }
    }

    fn located(&mut self, now: Instant, place: Place, servers: Servers) {
        let ttl = self.config.ttl.clone();
        let Some(entry) = self.entry(place) else {
            return;
        };
        entry.settled = true;
        let old = entry.known.as_ref();
        let spoiled =
            !servers.complete && entry.failures < STALE && old.is_some_and(|old| old.complete);
        if spoiled {
            // Some question went unanswered: what we had was told in full.
            return self.not_located(now, place, Unlocated::Failed);
        }
        // RFC 3263 §7: the client "SHOULD generate some kind of alert or alarm".
        let downgraded =
            servers.complete && !servers.offers_tls && old.is_some_and(|old| old.offers_tls);
        let (target, complete) = (&entry.target, servers.complete);
        if downgraded {
            warn!(%target, "its domain no longer offers TLS");
        }
        let differs = old.is_none_or(|old| old.servers != servers.servers);
        if differs && target.is_name() {
            let all: Vec<_> = servers.all().iter().map(|(_, address)| *address).collect();
            info!(%target, ?all, "located");
        }
        let refresh = servers.ttl.map(|known| known.clamp(*ttl.start(), *ttl.end()));
        let is_name = target.is_name();
        entry.failures = if complete { 0 } else { entry.failures.saturating_add(1) };
        entry.known = Some(servers);
        self.counters.downgrades += u64::from(downgraded);
        self.counters.located += u64::from(is_name);
        self.counters.failed += u64::from(!complete);
        if is_name {
            let after = refresh.unwrap_or(*ttl.start());
            self.timers.set(now, Wake::Locate(place), after);
        }
        if differs {
            self.moved = true;
            self.watch(now, place.0);
        }
    }

    fn not_located(&mut self, now: Instant, place: Place, why: Unlocated) {
        self.counters.failed += 1;
        let ttl_max = *self.config.ttl.end();
        let Some(entry) = self.entry(place) else {
            return;
        };
        entry.settled = true;
        let failures = entry.failures;
        entry.failures = failures.saturating_add(1);
        let withdrawn = why == Unlocated::NotOffered;
        if withdrawn {
            entry.known = None;
        }
        let (target, kept) = (&entry.target, entry.known.is_some());
        if failures == 0 || withdrawn {
            warn!(%target, %why, kept, "a target of a trunk could not be located");
        }
        if target.is_name() {
            let after = RETRY_FIRST.saturating_mul(1 << failures.min(6)).min(RETRY_MAX);
            self.timers.set(now, Wake::Locate(place), after.min(ttl_max));
        }
        if withdrawn {
            self.moved = true;
            self.watch(now, place.0);
        }
    }

    /// Whether everything that is asked for at the start is known, or has been waited for long
    /// enough.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        let mut entries = self.trunks.iter().flat_map(|trunk| &trunk.entries);
        now.saturating_since(self.started) >= self.config.ready_within
            || entries.all(|entry| entry.settled)
    }

    /// The ways of a trunk in the order in which a call tries them: target after target, the
    /// servers of each by priority and weight, and those that seem dead after those that do not.
    ///
    /// What is known about the health of peers is a hint (a peer may answer calls and no OPTIONS):
    /// it only puts ways behind others. An ordinary call leaves out what is down while something
    /// is up; an emergency call tries all there is. So the last target of a trunk is never taken
    /// from a route, whatever its state.
    pub(crate) fn choose(&mut self, now: Instant, trunk: u16, emergency: bool) -> Vec<Choice> {
        let Some(record) = self.trunks.get(usize::from(trunk)) else {
            return Vec::new();
        };
        let mut choices: Vec<Choice> = Vec::new();
        for entry in &record.entries {
            let (host, secure) = (entry.target.host_and_port(), entry.target.is_secure());
            let Some(servers) = &entry.known else { continue };
            for (transport, remote) in servers.order(&mut self.rng) {
                let known = choices.iter().any(|c| (c.transport, c.remote) == (transport, remote));
                if !known {
                    choices.push(Choice { transport, remote, host: host.clone(), secure });
                }
            }
        }
        let rank = |choice: &Choice| {
            let way = Way { trunk, transport: choice.transport, remote: choice.remote };
            self.health.get(&way).map_or(0, |health| health.rank(now))
        };
        choices.sort_by_cached_key(rank);
        let any_up = choices.iter().any(|choice| rank(choice) < Health::DOWN);
        choices.retain(|choice| emergency || !any_up || rank(choice) < Health::DOWN);
        choices.truncate(WAYS);
        choices
    }

    /// How long a way may keep silent while there is something else to try.
    pub(crate) const fn answer_within(&self, emergency: bool) -> Duration {
        if emergency { self.config.emergency_answer_within } else { self.config.answer_within }
    }

    /// Where the names of all servers lead, if that has changed.
    pub(crate) fn take_names(&mut self) -> Option<Names> {
        if !std::mem::take(&mut self.moved) {
            return None;
        }
        let mut names = Names::new();
        for entry in self.trunks.iter().flat_map(|trunk| &trunk.entries) {
            let known = entry.known.as_ref().filter(|_| entry.target.is_name());
            let Some(servers) = known else { continue };
            for server in &servers.servers {
                let ways = server.addresses.iter().map(|address| (server.transport, *address));
                names.entry(server.name.clone()).or_default().extend(ways.clone());
                names.entry(entry.target.server_name()).or_default().extend(ways);
            }
        }
        Some(names)
    }

    /// Whom the certificate of a TLS server at this address must name: one of these, by all trunks
    /// or by this one.
    pub(crate) fn server_names(&self, remote: SocketAddr, trunk: Option<u16>) -> Vec<String> {
        let mut names = Vec::new();
        let trunks = (0_u16..).zip(&self.trunks);
        let trunks = trunks.filter(|(index, _)| trunk.is_none_or(|trunk| trunk == *index));
        for entry in trunks.flat_map(|(_, trunk)| &trunk.entries) {
            let leads_there = entry.known.as_ref().is_some_and(|servers| {
                let mut all = servers.servers.iter().flat_map(|server| &server.addresses);
                all.any(|address| *address == remote)
            });
            let name = entry.target.server_name();
            if leads_there && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The trunks of which a target is at this address.
    pub(crate) fn trunks_at(&self, remote: SocketAddr) -> Vec<u16> {
        let leads_there = |trunk: &Trunk| {
            let known = trunk.entries.iter().filter_map(|entry| entry.known.as_ref());
            let mut servers = known.flat_map(|known| &known.servers);
            servers.any(|server| server.addresses.contains(&remote))
        };
        let trunks = (0_u16..).zip(&self.trunks);
        trunks.filter(|(_, trunk)| leads_there(trunk)).map(|(index, _)| index).collect()
    }

    /// Where the targets of each trunk are.
    pub(crate) fn addresses(&self) -> Vec<Vec<IpAddr>> {
        let of = |trunk: &Trunk| {
            let known = trunk.entries.iter().filter_map(|entry| entry.known.as_ref());
            let servers = known.flat_map(|known| &known.servers);
            let addresses = servers.flat_map(|server| &server.addresses).map(SocketAddr::ip);
            addresses.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        };
        self.trunks.iter().map(of).collect()
    }

    /// Whether a target of any trunk is there.
    pub(crate) fn leads_to(&self, host: IpAddr) -> bool {
        let entries = self.trunks.iter().flat_map(|trunk| &trunk.entries);
        let servers = entries.filter_map(|entry| entry.known.as_ref()).flat_map(|k| &k.servers);
        servers.flat_map(|server| &server.addresses).any(|address| address.ip() == host)
    }

    /// What operators see.
    pub(crate) fn view(&self, now: Instant) -> Vec<TrunkView> {
        let trunks = (0_u16..).zip(&self.trunks);
        let view = |(trunk, record): (u16, &Trunk)| TrunkView {
            name: record.name.clone(),
            targets: record.entries.iter().map(|entry| self.view_of(now, trunk, entry)).collect(),
        };
        trunks.map(view).collect()
    }

    fn view_of(&self, now: Instant, trunk: u16, entry: &Entry) -> TargetView {
        let ways = entry.known.as_ref().map(Servers::all).unwrap_or_default();
        let way = |(transport, remote): (Transport, SocketAddr)| WayView {
            transport,
            remote,
            state: self
                .health
                .get(&Way { trunk, transport, remote })
                .map_or(Health::UNWATCHED, |health| health.label(now)),
        };
        TargetView {
            target: entry.target.to_string(),
            state: match (&entry.known, entry.failures, entry.settled) {
                (Some(_), 0, _) => "known",
                (Some(_), ..) => "last-known",
                (None, _, true) => "unknown",
                (None, _, false) => "asked",
            },
            ways: ways.into_iter().map(way).collect(),
        }
    }
}
