//! One association: the state that each side has towards the other (RFC 4666 §4.3), whatever
//! carries it.
//!
//! Both states are kept for every role and each application server. Only where both ends are IP
//! server processes that each speak for themselves (double exchange) can they differ. What we ask
//! for is in `asking`, what the peer asks for in `answering`, the rest in `passing`.

mod answering;
mod asking;
mod passing;
mod registration;

use super::codes::{ErrorCode, Kind, Status, TrafficMode};
use super::config::{AssociationConfig, Role, ServerConfig, Timers};
use super::framing::Framer;
use super::message::{Affected, Destinations, Error, Message, ProtocolData};
use super::{AspState, Outgoing, Timer};
use crate::mtp3::queue::{Limits, Queue};
use crate::sap::UnavailabilityCause;
use crate::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use base::{Class, Instant, Rng, TimerTable};
use bytes::Bytes;
use std::collections::VecDeque;

/// Messages of the user part that wait with the driver: few, so that an urgent one waits behind
/// few, and enough for what a connection takes between two looks at it.
const WINDOW: usize = 128;

/// What an association has to say to the point it belongs to.
#[derive(Debug)]
pub(super) enum Event {
    /// It wants to be opened,
    Connect,
    /// and may, for it has waited for its turn.
    ConnectNow,
    Close,
    Send {
        class: Class,
        sls: Option<Sls>,
        octets: Bytes,
    },
    /// A message of the user part has gone out.
    Sent(ProtocolData),
    /// It could not: nobody takes it any more.
    Unsent(Outgoing),
    Received(ProtocolData),
    /// The state of the peer changed, or of ourselves, in an application server; traffic may have
    /// begun or ended.
    Changed {
        server: usize,
        reason: &'static str,
    },
    /// The peer, which was there, is gone without a word.
    Failed,
    /// The peer wants to be up, and says that it is so.
    PeerUp {
        identifier: Option<u32>,
        octets: Bytes,
    },
    /// The peer knows something of destinations, in these application servers.
    Told {
        servers: Vec<usize>,
        affected: Vec<Affected>,
        what: Told,
    },
    /// The peer asks what we know of them.
    Asked(Destinations),
}

/// What a peer tells of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Available,
    Restricted,
    Unavailable,
    /// No level: a network that has none.
    Congested {
        level: Option<u8>,
    },
    UserPart {
        user: ServiceIndicator,
        cause: UnavailabilityCause,
    },
}

/// Counters of an association; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssociationStats {
    /// Messages of the user part sent.
    pub sent: u64,
    /// Messages of the user part received.
    pub received: u64,
    /// Times that it came up.
    pub established: u64,
    /// Times that it was lost, or did not come up.
    pub failed: u64,
    /// ERR messages sent.
    pub errors_sent: u64,
    /// ERR messages received.
    pub errors_received: u64,
    /// Messages sent again because nobody acknowledged them.
    pub repeated: u64,
    /// Messages passed over: not expected in the state of the association, or not for us.
    pub discarded: u64,
    /// Times that the stream could not be followed, or that the peer showed no sign of life.
    pub broken: u64,
}

impl AssociationStats {
    /// The counters by their names.
    pub fn named(&self) -> [(&'static str, u64); 9] {
        [
            ("sent", self.sent),
            ("received", self.received),
            ("established", self.established),
            ("failed", self.failed),
            ("broken", self.broken),
            ("errors_sent", self.errors_sent),
            ("errors_received", self.errors_received),
            ("repeated", self.repeated),
            ("discarded", self.discarded),
        ]
    }
}

/// The connection below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Down,
    Up,
    /// We have closed it and wait to hear that it is gone.
    Closing,
}

/// Whose state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Peers,
}

/// Who and what we are, as far as routing keys say it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    pub(super) own: PointCode,
    pub(super) service: ServiceIndicator,
}

/// An application server of this association.
#[derive(Debug)]
pub(super) struct Membership {
    pub(super) config: ServerConfig,
    /// Its number, configured or by registration.
    pub(super) context: Option<u32>,
    /// How its traffic is divided, where that is configured or was said first.
    pub(super) mode: Option<TrafficMode>,
    /// What the peer said of that in its ASPAC.
    pub(super) asked_mode: Option<TrafficMode>,
    /// Whether it needs no registration, or has it.
    pub(super) registered: bool,
    /// What we are in it, as the peer has acknowledged.
    pub(super) ours: AspState,
    /// What the peer is in it.
    pub(super) peers: AspState,
    /// Whether we want to be active.
    wanted: bool,
    /// Whether its registration was refused a while ago.
    refused: bool,
    /// Whether it was said to carry traffic.
    pub(super) told: bool,
}

impl Membership {
    fn new(config: &ServerConfig) -> Self {
        Self {
            config: config.clone(),
            context: config.context,
            mode: config.mode,
            asked_mode: None,
            registered: !config.register,
            ours: AspState::Down,
            peers: AspState::Down,
            wanted: true,
            refused: false,
            told: false,
        }
    }

    /// Forgets what went with the connection or with the peer's ASPUP.
    fn deregister(&mut self) {
        self.asked_mode = None;
        if self.config.register {
            (self.registered, self.context) = (false, self.config.context);
        }
    }

    /// Whether messages of the user part may go out.
    pub(super) fn may_send(&self) -> bool {
        self.peers == AspState::Active
    }

    /// Whether traffic all goes one way.
    pub(super) fn is(&self, mode: TrafficMode) -> bool {
        self.mode == Some(mode)
    }

    /// Whether a routing context is this one's. Where nobody agreed on one, any is.
    fn is_called(&self, context: u32) -> bool {
        self.registered && self.context.is_none_or(|own| own == context)
    }
}

#[derive(Debug)]
pub(super) struct Association {
    pub(super) config: AssociationConfig,
    identity: Identity,
    pub(super) servers: Vec<Membership>,
    pub(super) queue: Queue<Outgoing>,
    pub(super) carrier: Carrier,
    /// Whether we are up, as the peer has acknowledged.
    ours_up: bool,
    /// Whether the peer is.
    pub(super) peers_up: bool,
    /// Who it says it is.
    pub(super) peer_identifier: Option<u32>,
    /// Which acknowledgement T(ack) runs for.
    waiting: Option<Kind>,
    pub(super) timers: TimerTable<Timer>,
    flow: Flow,
    pub(super) events: VecDeque<Event>,
    /// Whether it was said to carry traffic, since when it does or does not, and why.
    pub(super) told: bool,
    pub(super) news: (Instant, &'static str),
    pub(super) stats: AssociationStats,
}

/// What comes in and goes out.
#[derive(Debug, Default)]
struct Flow {
    framer: Framer,
    /// Messages that the driver has not written yet.
    in_flight: usize,
    /// Attempts to connect since the association was last in service.
    attempts: u32,
    /// Whether its turn to connect comes when the timer expires.
    has_turn: bool,
}

impl Association {
    pub(super) fn new(
        config: AssociationConfig,
        identity: Identity,
        limits: Limits,
        now: Instant,
    ) -> Self {
        let events = config.opens.then_some(Event::Connect).into_iter().collect();
        Self {
            servers: config.servers.iter().map(Membership::new).collect(),
            config,
            identity,
            queue: Queue::new(limits),
            carrier: Carrier::Down,
            ours_up: false,
            peers_up: false,
            peer_identifier: None,
            waiting: None,
            timers: TimerTable::new(),
            flow: Flow::default(),
            events,
            told: false,
            news: (now, "not in service yet"),
            stats: AssociationStats::default(),
        }
    }

    /// Whether messages of the user part may go out for any application server.
    pub(super) fn may_send(&self) -> bool {
        self.servers.iter().any(Membership::may_send)
    }

    /// What we are, taking all application servers together.
    pub(super) fn ours(&self) -> AspState {
        summary(self.ours_up, self.servers.iter().map(|server| server.ours))
    }

    /// What the peer is.
    pub(super) fn peers(&self) -> AspState {
        summary(self.peers_up, self.servers.iter().map(|server| server.peers))
    }

    /// The connection is up.
    pub(super) fn up(&mut self, now: Instant, timers: &Timers) {
        if self.carrier != Carrier::Down {
            self.lost("another connection took its place");
        }
        self.carrier = Carrier::Up;
        self.stats.established += 1;
        self.flow.has_turn = false;
        self.timers.stop(Timer::Reconnect);
        self.heard(now, timers);
        self.ask(now, timers);
    }

    /// The connection is gone, or did not come up.
    pub(super) fn down(&mut self, now: Instant, timers: &Timers, chance: &mut Rng) {
        self.lost("the connection is gone");
        self.stats.failed += 1;
        if self.config.opens {
            let most = timers.reconnect.saturating_mul(1 << self.flow.attempts.min(10));
            let most = most.min(timers.reconnect_max).as_nanos() as u64;
            self.flow.attempts += 1;
            // Full jitter, so that those who lost a peer together do not all come back at once.
            let after = base::Duration::from_nanos(chance.below(most.max(1)));
            self.timers.set(now, Timer::Reconnect, after);
        }
    }

    /// Its turn to connect comes then.
    pub(super) fn connect_at(&mut self, at: Instant) {
        self.flow.has_turn = true;
        self.timers.set_at(Timer::Reconnect, at);
    }

    fn lost(&mut self, reason: &'static str) {
        if self.peers_up && self.config.role.answers() {
            self.events.push_back(Event::Failed);
        }
        self.carrier = Carrier::Down;
        (self.flow.framer, self.flow.in_flight) = (Framer::default(), 0);
        self.waiting = None;
        for timer in [Timer::Ack, Timer::Beat, Timer::Silence, Timer::Audit, Timer::AuditAgain] {
            self.timers.stop(timer);
        }
        for side in [Side::Ours, Side::Peers] {
            self.set_up(side, false, reason);
        }
        for server in &mut self.servers {
            server.deregister();
            (server.wanted, server.refused) = (true, false);
        }
    }

    /// Gives the connection up: what happens next, [`Association::down`] says.
    fn close(&mut self, reason: &'static str) {
        if self.carrier != Carrier::Up {
            return;
        }
        tracing::warn!(association = %self.config.id, reason, "association closed");
        self.stats.broken += 1;
        self.lost(reason);
        self.carrier = Carrier::Closing;
        self.events.push_back(Event::Close);
    }

    /// Octets have arrived, to be taken by [`Association::step`].
    pub(super) fn push(&mut self, octets: &[u8]) {
        if self.carrier == Carrier::Up {
            self.flow.framer.push(octets);
        }
    }

    /// Takes one message of what has arrived, if there is one.
    pub(super) fn step(&mut self, now: Instant, timers: &Timers) -> bool {
        if self.carrier != Carrier::Up {
            return false;
        }
        match self.flow.framer.next() {
            Ok(Some(octets)) => self.message(now, timers, &octets),
            Ok(None) => return false,
            Err(_) => self.close("the stream cannot be followed"),
        }
        true
    }

    /// One whole message has arrived on a stream of SCTP.
    pub(super) fn on_stream(&mut self, now: Instant, timers: &Timers, stream: u16, octets: &Bytes) {
        if self.carrier != Carrier::Up {
            return;
        }
        // §1.4.7: no DATA on stream 0. What should be on stream 0 is understood on any.
        let is_data = octets.get(2..4) == Some(&Kind::DATA.0.to_be_bytes());
        if stream == 0 && is_data {
            self.heard(now, timers);
            self.discard();
            return self.say(&Message::Err(Error::about(ErrorCode::INVALID_STREAM, octets)));
        }
        self.message(now, timers, octets);
    }

    /// So many messages wait with the driver.
    pub(super) fn written(&mut self, waiting: usize) {
        self.flow.in_flight = waiting;
    }

    fn send(&mut self, class: Class, sls: Option<Sls>, octets: Bytes) {
        if self.carrier == Carrier::Up {
            self.flow.in_flight += 1;
            self.events.push_back(Event::Send { class, sls, octets });
        }
    }

    /// Sends a message of M3UA's own.
    pub(super) fn say(&mut self, message: &Message) {
        self.stats.errors_sent += u64::from(matches!(message, Message::Err(_)));
        self.send(Class::EmergencyInDialog, None, message.write());
    }

    /// The state of one side in an application server; both sides, but in double exchange.
    fn set(&mut self, server: usize, side: Side, state: AspState, reason: &'static str) {
        let is_double = self.config.role == Role::IpspDouble;
        let Some(one) = self.servers.get_mut(server) else { return };
        let (ours, peers) = match side {
            Side::Ours if is_double => (state, one.peers),
            Side::Peers if is_double => (one.ours, state),
            Side::Ours | Side::Peers => (state, state),
        };
        if (one.ours, one.peers) != (ours, peers) {
            (one.ours, one.peers) = (ours, peers);
            if ours == AspState::Active {
                self.flow.attempts = 0;
            }
            self.events.push_back(Event::Changed { server, reason });
        }
    }

    /// Whether one side is up: then it is inactive in each application server that it is of.
    fn set_up(&mut self, side: Side, up: bool, reason: &'static str) {
        let is_double = self.config.role == Role::IpspDouble;
        if side == Side::Ours || !is_double {
            self.ours_up = up;
        }
        if side == Side::Peers || !is_double {
            self.peers_up = up;
        }
        for server in 0..self.servers.len() {
            let registered = self.servers.get(server).is_some_and(|one| one.registered);
            let state = if up && registered { AspState::Inactive } else { AspState::Down };
            self.set(server, side, state, reason);
        }
    }

    /// Another ASP takes the traffic of an application server from the peer.
    pub(super) fn overridden(&mut self, server: usize) {
        self.set(server, Side::Peers, AspState::Inactive, "another ASP has taken over");
    }

    /// Any message is a sign of life (RFC 4666 §4.3.4.6).
    fn heard(&mut self, now: Instant, timers: &Timers) {
        if let Some(beat) = timers.beat {
            self.timers.set(now, Timer::Silence, beat.saturating_mul(2));
            if !self.timers.is_running(Timer::Beat) {
                self.timers.set(now, Timer::Beat, beat);
            }
        }
    }

    /// A timer of this association has expired.
    pub(super) fn expired(&mut self, now: Instant, timers: &Timers, timer: Timer) {
        match timer {
            Timer::Ack => {
                if self.waiting.is_some() {
                    self.stats.repeated += 1;
                    self.ask(now, timers);
                }
            }
            Timer::Beat => {
                if let Some(beat) = timers.beat {
                    self.timers.set(now, Timer::Beat, beat);
                    // §4.3.4.1: an ASP says nothing else before its ASPUP is acknowledged.
                    if self.ours_up || self.peers_up {
                        self.say(&Message::Beat { data: None });
                    }
                }
            }
            // A peer that never said anything may be up all the same: asking goes on (T(ack)).
            Timer::Silence => self.close("no sign of life"),
            Timer::Reconnect => {
                let has_turn = std::mem::take(&mut self.flow.has_turn);
                if self.carrier == Carrier::Down {
                    let event = if has_turn { Event::ConnectNow } else { Event::Connect };
                    self.events.push_back(event);
                }
            }
            Timer::Register => self.register_again(now, timers),
            Timer::Audit | Timer::AuditAgain | Timer::Recovery => {}
        }
    }

    fn message(&mut self, now: Instant, timers: &Timers, octets: &Bytes) {
        self.heard(now, timers);
        match Message::read(octets) {
            Ok(message) => self.understood(now, timers, message, octets),
            // An error is never answered by an error: two could do that for ever.
            Err(_) if octets.get(2..4) == Some(&Kind::ERR.0.to_be_bytes()) => self.discard(),
            Err(code) => {
                tracing::debug!(association = %self.config.id, %code, "a wrong message");
                self.say(&Message::Err(Error::about(code, octets)));
            }
        }
    }

    fn discard(&mut self) {
        self.stats.discarded += 1;
    }

    /// RFC 4666 §3.8.1: the message does not fit the state.
    fn unexpected(&mut self, octets: &Bytes, contexts: Vec<u32>) {
        self.discard();
        self.refuse(ErrorCode::UNEXPECTED_MESSAGE, octets, contexts);
    }

    /// Says what is wrong with a message.
    fn refuse(&mut self, code: ErrorCode, octets: &Bytes, contexts: Vec<u32>) {
        let error = Error::about(code, octets);
        self.say(&Message::Err(Error { contexts, ..error }));
    }

    fn understood(&mut self, now: Instant, timers: &Timers, message: Message, octets: &Bytes) {
        let role = self.config.role;
        match message {
            Message::Beat { data } => self.say(&Message::BeatAck { data }),
            Message::BeatAck { .. } => {}
            Message::Err(error) => self.blamed(now, timers, &error),
            Message::Ntfy { status, contexts, .. } => {
                self.notified(now, timers, status, &contexts);
            }
            Message::AspUpAck { .. }
            | Message::AspActiveAck { .. }
            | Message::AspInactiveAck { .. }
            | Message::AspDownAck
            | Message::RegRsp(_)
            | Message::DeregRsp(_)
                if !role.asks() =>
            {
                self.unexpected(octets, Vec::new());
            }
            Message::AspUp { .. }
            | Message::AspActive { .. }
            | Message::AspInactive { .. }
            | Message::AspDown
            | Message::RegReq(_)
            | Message::DeregReq { .. }
                if !role.answers() =>
            {
                self.unexpected(octets, Vec::new());
            }
            Message::AspUpAck { .. } => self.up_acknowledged(now, timers, octets),
            Message::AspActiveAck { contexts, .. } => {
                self.active_acknowledged(now, timers, &contexts);
            }
            Message::AspInactiveAck { contexts } => {
                self.inactive_acknowledged(now, timers, &contexts);
            }
            Message::AspDownAck => self.down_acknowledged(now, timers),
            Message::RegRsp(results) => self.registered(now, timers, &results),
            // We never ask for it: the connection ends with us.
            Message::DeregRsp(_) => self.discard(),
            Message::AspUp { identifier } => {
                let octets = octets.clone();
                self.events.push_back(Event::PeerUp { identifier, octets });
            }
            Message::AspDown => self.peer_down(),
            Message::AspActive { mode, contexts } => self.peer_active(mode, &contexts, octets),
            Message::AspInactive { contexts } => self.peer_inactive(&contexts, octets),
            Message::RegReq(keys) => self.peer_registers(&keys, octets),
            Message::DeregReq { contexts } => self.peer_deregisters(&contexts, octets),
            Message::Data(data) => self.data(data, octets),
            Message::Duna(_)
            | Message::Dava(_)
            | Message::Drst(_)
            | Message::Daud(_)
            | Message::Scon { .. }
            | Message::Dupu { .. } => self.management(message, octets),
        }
    }

    /// The application servers that these contexts mean, each with its context, and the contexts
    /// that mean none. No context: all of them.
    fn named(&self, contexts: &[u32]) -> (Vec<(usize, Option<u32>)>, Vec<u32>) {
        let servers = || self.servers.iter().enumerate();
        if contexts.is_empty() {
            let registered = servers().filter(|(_, one)| one.registered);
            return (registered.map(|(at, _)| (at, None)).collect(), Vec::new());
        }
        let (mut named, mut wrong) = (Vec::new(), Vec::new());
        for &context in contexts {
            match servers().find(|(_, one)| one.is_called(context)) {
                Some((at, _)) => named.push((at, Some(context))),
                None => wrong.push(context),
            }
        }
        (named, wrong)
    }

    /// These destinations, as this association calls them.
    pub(super) fn about(&self, points: &[PointCode]) -> Destinations {
        let concerned = |one: &&Membership| {
            one.registered && points.iter().any(|point| one.config.peers.contains(point))
        };
        let mut contexts: Vec<u32> =
            self.servers.iter().filter(concerned).filter_map(|one| one.context).collect();
        if contexts.is_empty() {
            contexts = self.servers.iter().filter_map(|one| one.context).collect();
        }
        Destinations {
            appearance: self.config.appearance,
            contexts,
            affected: points.iter().map(|point| Affected::one(*point)).collect(),
        }
    }

    /// Says how an application server of this association stands.
    pub(super) fn notify(&mut self, server: usize, status: Status, identifier: Option<u32>) {
        let context = self.servers.get(server).and_then(|one| one.context);
        let contexts = context.into_iter().collect();
        self.say(&Message::Ntfy { status, identifier, contexts });
    }
}

fn summary(up: bool, servers: impl Iterator<Item = AspState>) -> AspState {
    let least = if up { AspState::Inactive } else { AspState::Down };
    servers.fold(least, AspState::max)
}

/// Whether a message is of this network, as far as it says.
pub(super) const fn is_of(network: NetworkIndicator, protocol: &ProtocolData) -> bool {
    protocol.network.0 == network.0
}
