mod faults;
mod sip;
mod ss7;

use crate::Journal;
use crate::agenda::Agenda;
use crate::carrier::bits::Bits;
use crate::carrier::units::Units;
use crate::carrier::{Carrier, Report as Carried};
use crate::checks::priority::Priority;
use crate::checks::records::Records;
use crate::checks::{circuits, leaks};
use crate::network::Network;
use crate::peer::{Act, Peer};
use crate::plan::{Mishap, Plan, SpanTrouble};
use crate::topology;
use ::sip::{ConnectionId, SessionId};
use base::{Cause, Duration, Instant, Rng};
use bytes::Bytes;
use exchange::Exchange;
use gateway::Gateway;
use std::fmt;
use std::net::SocketAddr;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: Instant,
    /// Which, and how.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The hash of its history.
    pub hash: u64,
    /// The events in it.
    pub events: u64,
    /// Calls with a record.
    pub calls: usize,
    /// Calls answered, as the callers' peers see it.
    pub answered: u64,
    /// Emergency calls whose IAM was seen to go ahead of others.
    pub emergencies: u64,
    /// Octets of speech that came back as they were said.
    pub echoed: u64,
    /// When everything had ended.
    pub end: Instant,
}

/// What is to happen in the world.
#[derive(Debug)]
enum Event {
    Datagram { from: SocketAddr, to: SocketAddr, bytes: Bytes },
    StreamOpened { id: ConnectionId },
    StreamBytes { id: ConnectionId, to_gateway: bool, bytes: Bytes },
    StreamClosed { id: ConnectionId },
    Place(usize),
    Originate(usize),
    Trouble(SpanTrouble),
    Mishap(Mishap),
    Act { peer: usize, session: SessionId, act: Act },
    Speak { peer: usize, session: SessionId },
    Rtp { from: SocketAddr, to: SocketAddr, packet: Vec<u8> },
}

/// Who acts next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Actor {
    Carrier,
    Agenda,
    Gateway,
    Exchange,
    Peer(usize),
}

/// Trouble goes on until this phase ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// As planned.
    Troubled,
    /// All is healed; nobody does anything until then.
    Calm(Instant),
    /// Everybody hangs up.
    Ending,
}

/// All is quiet for so long after healing before the ends must agree; above the repetition of
/// REL (T1) and the return of a link.
const CALM: Duration = Duration::from_secs(75);
/// Messages may be on their way at any one moment; a disagreement lasts longer.
const AGAIN: Duration = Duration::from_secs(20);
const AGREEMENT_TRIES: u32 = 6;
/// All calls end by then: above the last deadline of call control and the second T5.
const END: Duration = Duration::from_secs(30 * 60);
/// After this no SIP transaction is left: 64 × T1 twice over.
const LINGER: Duration = Duration::from_secs(70);
/// More events at one moment than any honest exchange of messages has.
const SPIN: u32 = 200_000;
/// How often phones speak: bit by bit each packet is real.
const PACKET: Duration = Duration::from_millis(20);
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// The world of one seed.
pub struct World {
    plan: Plan,
    now: Instant,
    phase: Phase,
    agenda: Agenda<Event>,
    journal: Journal,
    gateway: Gateway,
    /// The gateway is busy with its last turn until then.
    busy: Instant,
    exchange: Exchange,
    peers: Vec<Peer>,
    carrier: Carrier,
    network: Network,
    witness: Witness,
}

/// Where chance comes from, and what is kept for the checks.
#[derive(Debug)]
struct Witness {
    rng: Rng,
    records: Records,
    priority: Priority,
    /// When a link last came or went.
    unsettled: Instant,
    links_up: usize,
    answered: u64,
    echoed: u64,
    /// Lately sent datagrams and who sent them, for junk to be made of.
    samples: Vec<(SocketAddr, Bytes)>,
    /// The next INVITE of a peer is to lose its offer.
    no_offer: bool,
    violation: Option<String>,
}

impl World {
    /// The world at the beginning of a plan.
    pub fn new(plan: Plan) -> Result<Self, String> {
        let now = Instant::ZERO;
        let mut rng = Rng::new(plan.seed);
        let shape = &plan.shape;
        let gateway = Gateway::new(topology::gateway(shape, rng.next_u64()), now);
        let exchange = Exchange::new(topology::exchange(shape, rng.next_u64()), now);
        let peer = |rng: &mut Rng, name: String, address: SocketAddr| {
            Peer::new(name, address, (rng, shape.session), now)
        };
        let mut peers = vec![peer(&mut rng, "callee".to_owned(), topology::CALLEE)?];
        for number in 0..shape.callers {
            let (name, address) = (format!("caller{number}"), topology::caller(number));
            peers.push(peer(&mut rng, name, address)?);
        }
        let carrier = if plan.bits {
            let seed = rng.next_u64();
            Carrier::Bits(Box::new(Bits::new(shape.spans, shape.links, shape.contexts, seed)))
        } else {
            Carrier::Units(Units::new(shape.spans))
        };
        if plan.forks {
            peers.push(peer(&mut rng.fork(), "twin".to_owned(), topology::TWIN)?);
        }
        let witness = Witness {
            rng,
            records: Records::default(),
            priority: Priority::default(),
            unsettled: now,
            links_up: 0,
            answered: 0,
            echoed: 0,
            samples: Vec::new(),
            no_offer: false,
            violation: None,
        };
        let mut world = Self {
            now,
            phase: Phase::Troubled,
            agenda: Agenda::new(),
            journal: Journal::new(),
            gateway: gateway.map_err(|error| error.to_string())?,
            busy: now,
            exchange: exchange.map_err(|error| error.to_string())?,
            peers,
            carrier,
            network: Network::default(),
            witness,
            plan,
        };
        world.plan_everything();
        world.drain_gateway();
        world.drain_exchange();
        Ok(world)
    }

    fn plan_everything(&mut self) {
        for (number, call) in self.plan.calls.iter().enumerate() {
            self.agenda.plan(call.at, Event::Place(number));
        }
        for (number, (at, _)) in self.plan.originations.iter().enumerate() {
            self.agenda.plan(*at, Event::Originate(number));
        }
        for trouble in &self.plan.troubles {
            self.agenda.plan(trouble.at, Event::Trouble(*trouble));
        }
        for (at, mishap) in &self.plan.mishaps {
            self.agenda.plan(*at, Event::Mishap(*mishap));
        }
    }

    /// The gateway.
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The exchange.
    pub const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// What happened so far.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Lets everything happen, heals everything, and demands that all calls end and nothing is
    /// left.
    pub fn run(&mut self) -> Result<Report, Violation> {
        self.run_until(Instant::ZERO + self.plan.duration)?;
        self.heal()?;
        let calm = self.now + CALM;
        self.phase = Phase::Calm(calm);
        self.run_until(calm)?;
        self.demand_agreement()?;
        self.end_all()?;
        self.run_until(self.now + LINGER)?;
        if !self.leaks().is_empty() {
            // A link test may be under way just now, and is not a moment later.
            self.run_until(self.now + Duration::from_secs(2))?;
        }
        let left = self.leaks();
        self.demand(left.is_empty(), || format!("left behind: {}", left.join("; ")))?;
        let stats = self.gateway.stats();
        let finished = self.witness.records.finish(stats.no_number);
        finished.map_err(|what| Violation { at: self.now, what })?;
        Ok(Report {
            hash: self.journal.hash(),
            events: self.journal.count(),
            calls: self.witness.records.count(),
            answered: self.witness.answered,
            emergencies: self.witness.priority.judged,
            echoed: self.witness.echoed,
            end: self.now,
        })
    }

    fn demand(&self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(Violation { at: self.now, what: what() }) }
    }

    /// Both ends of every circuit agree. What is on its way at one moment has arrived at the next.
    fn demand_agreement(&mut self) -> Result<(), Violation> {
        let mut wrong = circuits::disagreements(&self.gateway, &self.exchange);
        for _ in 0..AGREEMENT_TRIES {
            if wrong.is_empty() {
                return Ok(());
            }
            let calm = self.now + AGAIN;
            self.phase = Phase::Calm(calm);
            self.run_until(calm)?;
            let now = circuits::disagreements(&self.gateway, &self.exchange);
            wrong.retain(|old| now.contains(old));
        }
        self.demand(wrong.is_empty(), || format!("the ends disagree: {}", wrong.join("; ")))
    }

    fn end_all(&mut self) -> Result<(), Violation> {
        self.phase = Phase::Ending;
        if self.plan.stop {
            self.journal.note(self.now, format_args!("the gateway is told to stop"));
            self.gateway.drain(self.now);
            self.gateway.release_all(self.now, Cause::TEMPORARY_FAILURE);
            self.drain_gateway();
        } else {
            self.hang_up();
        }
        let deadline = self.now + END;
        loop {
            let left = leaks::unfinished(&self.gateway, &self.exchange, &self.peers);
            if left.is_empty() {
                return Ok(());
            }
            self.demand(self.now < deadline, || format!("never ends: {}", left.join("; ")))?;
            self.run_until(self.now + Duration::from_secs(1))?;
        }
    }

    fn leaks(&self) -> Vec<String> {
        leaks::leaks(&self.gateway, &self.exchange, &self.peers, &self.carrier)
    }

    fn hang_up(&mut self) {
        self.journal.note(self.now, format_args!("everybody hangs up"));
        for peer in 0..self.peers.len() {
            let calls = self.peers.get(peer).map(|peer| &peer.calls);
            let sessions: Vec<_> = calls.into_iter().flatten().map(|(id, _)| *id).collect();
            for session in sessions {
                self.act(peer, session, Act::HangUp);
            }
        }
    }

    /// Lets everything happen that is due by `end`.
    fn run_until(&mut self, end: Instant) -> Result<(), Violation> {
        let (mut at, mut spun) = (self.now, 0);
        while let Some((due, actor)) = self.next().filter(|(due, _)| *due <= end) {
            self.now = self.now.max(due);
            if at == self.now {
                spun += 1;
                self.demand(spun < SPIN, || format!("{actor:?} makes no progress"))?;
            } else {
                (at, spun) = (self.now, 0);
            }
            self.step(actor);
            if let Some(what) = self.witness.violation.take() {
                return Err(Violation { at: self.now, what });
            }
        }
        self.now = self.now.max(end);
        Ok(())
    }

    fn next(&self) -> Option<(Instant, Actor)> {
        let gateway = self.gateway.poll_timeout().map(|(at, _)| at.max(self.busy));
        let exchange = self.exchange.poll_timeout().map(|(at, _)| at);
        let peers = self.peers.iter().enumerate().filter(|(_, peer)| !peer.dead);
        let peers = peers.filter_map(|(number, peer)| {
            peer.core.poll_timeout().map(|(at, _)| (at, Actor::Peer(number)))
        });
        let named = |actor| move |at| (at, actor);
        [
            self.carrier.next().map(named(Actor::Carrier)),
            self.agenda.next().map(named(Actor::Agenda)),
            gateway.map(named(Actor::Gateway)),
            exchange.map(named(Actor::Exchange)),
        ]
        .into_iter()
        .flatten()
        .chain(peers)
        .min()
    }

    fn step(&mut self, actor: Actor) {
        match actor {
            Actor::Carrier => {
                let mut reports = Vec::new();
                self.carrier.advance(self.now, &mut self.witness.rng, &mut reports);
                for report in reports {
                    self.carried(report);
                }
            }
            Actor::Agenda => {
                if let Some(event) = self.agenda.pop() {
                    self.happen(event);
                }
            }
            Actor::Gateway => {
                self.witness.priority.turn();
                self.gateway.handle_timeout(self.now);
                self.busy = self.now + self.plan.turn;
                self.drain_gateway();
            }
            Actor::Exchange => {
                self.exchange.handle_timeout(self.now);
                self.drain_exchange();
            }
            Actor::Peer(peer) => {
                if let Some(peer) = self.peers.get_mut(peer) {
                    peer.core.handle_timeout(self.now);
                }
                self.drain_peer(peer);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Datagram { from, to, bytes } => self.datagram(from, to, bytes),
            Event::StreamOpened { id } => self.stream_opened(id),
            Event::StreamBytes { id, to_gateway, bytes } => {
                self.stream_bytes(id, to_gateway, bytes);
            }
            Event::StreamClosed { id } => self.stream_closed(id),
            Event::Place(call) => self.place(call),
            Event::Originate(number) => self.originate(number),
            Event::Trouble(trouble) => self.trouble(trouble),
            Event::Mishap(mishap) => self.mishap(mishap),
            Event::Act { peer, session, act } => self.act(peer, session, act),
            Event::Speak { peer, session } => self.speak(peer, session),
            Event::Rtp { from, to, packet } => self.rtp(from, to, &packet),
        }
    }

    fn carried(&mut self, report: Carried) {
        match report {
            Carried::Line { side, link, event } => self.line(side, link, event),
            Carried::Span { side, span, up } => self.span(side, span, up),
            Carried::CheckPassed { check } => {
                let passed = exchange::Input::CheckPassed { check };
                self.exchange.handle_input(self.now, passed);
                self.drain_exchange();
            }
            Carried::Media(event) => {
                self.journal.note(self.now, format_args!("media: {event:?}"));
                self.gateway.handle_input(self.now, gateway::Input::Media(event));
                self.drain_gateway();
            }
            Carried::Rtp { from, to, packet } => {
                self.agenda.plan(self.now, Event::Rtp { from, to, packet });
            }
        }
    }

    fn violated(&mut self, what: String) {
        self.witness.violation.get_or_insert(what);
    }
}
