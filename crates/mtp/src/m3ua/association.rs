//! One association: the state that each side has towards the other (RFC 4666 §4.3), whatever
//! carries it.
//!
//! Both states are kept for every role. Only where both ends are IP server processes that each
//! speak for themselves (double exchange) can they differ.

use super::codes::{ErrorCode, Kind, Status, TrafficMode};
use super::config::{AssociationConfig, Role, Timers};
use super::framing::Framer;
use super::message::{Affected, Data, Destinations, Error, Message, ProtocolData};
use super::{AspState, Timer, is_mode_known};
use crate::mtp3::queue::{Limits, Queue};
use crate::sap::UnavailabilityCause;
use crate::{NetworkIndicator, PointCode, ServiceIndicator};
use base::{Class, Instant, Rng, TimerTable};
use bytes::Bytes;
use std::collections::VecDeque;

/// Messages of the user part that wait with the driver: few, so that an urgent one waits behind
/// few, and enough for what a connection takes between two looks at it.
const WINDOW: usize = 128;

/// What an association has to say to the point it belongs to.
#[derive(Debug)]
pub(super) enum Event {
    Connect,
    Close,
    Send {
        class: Class,
        octets: Bytes,
    },
    /// A message of the user part has gone out.
    Sent(ProtocolData),
    Received(ProtocolData),
    /// The state of the peer changed, or of ourselves; traffic may have begun or ended.
    Changed {
        reason: &'static str,
    },
    /// The peer knows something of destinations.
    Told {
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

#[derive(Debug)]
pub(super) struct Association {
    pub(super) config: AssociationConfig,
    pub(super) queue: Queue,
    pub(super) carrier: Carrier,
    /// What we are, as the peer has acknowledged.
    pub(super) ours: AspState,
    /// What the peer is.
    pub(super) peers: AspState,
    /// Which acknowledgement T(ack) runs for.
    waiting: Option<Kind>,
    pub(super) timers: TimerTable<Timer>,
    flow: Flow,
    pub(super) events: VecDeque<Event>,
    /// Whether it was said to carry traffic.
    pub(super) told: bool,
    /// Since when it carries traffic, or does not, and why.
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
}

impl Association {
    pub(super) fn new(config: AssociationConfig, limits: Limits, now: Instant) -> Self {
        let events = config.opens.then_some(Event::Connect).into_iter().collect();
        Self {
            config,
            queue: Queue::new(limits),
            carrier: Carrier::Down,
            ours: AspState::Down,
            peers: AspState::Down,
            waiting: None,
            timers: TimerTable::new(),
            flow: Flow::default(),
            events,
            told: false,
            news: (now, "not in service yet"),
            stats: AssociationStats::default(),
        }
    }

    /// Whether messages of the user part may go out.
    pub(super) fn may_send(&self) -> bool {
        self.peers == AspState::Active
    }

    /// The connection is up.
    pub(super) fn up(&mut self, now: Instant, timers: &Timers) {
        if self.carrier != Carrier::Down {
            self.lost("another connection took its place");
        }
        self.carrier = Carrier::Up;
        self.stats.established += 1;
        self.timers.stop(Timer::Reconnect);
        self.heard(now, timers);
        if self.config.role.asks() {
            self.ask(now, timers, Kind::ASPUP_ACK);
        }
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

    fn lost(&mut self, reason: &'static str) {
        self.carrier = Carrier::Down;
        self.flow.framer = Framer::default();
        self.flow.in_flight = 0;
        self.waiting = None;
        for timer in [Timer::Ack, Timer::Beat, Timer::Silence, Timer::Audit, Timer::AuditAgain] {
            self.timers.stop(timer);
        }
        self.set_both(AspState::Down, reason);
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

    /// Octets have arrived.
    pub(super) fn received(&mut self, now: Instant, timers: &Timers, octets: &[u8]) {
        if self.carrier != Carrier::Up {
            return;
        }
        self.flow.framer.push(octets);
        while self.carrier == Carrier::Up {
            match self.flow.framer.next() {
                Ok(Some(octets)) => self.message(now, timers, &octets),
                Ok(None) => return,
                Err(_) => self.close("the stream cannot be followed"),
            }
        }
    }

    /// So many messages wait with the driver.
    pub(super) fn written(&mut self, waiting: usize) {
        self.flow.in_flight = waiting;
    }

    /// Gives the driver what waits, the most urgent first.
    pub(super) fn pump(&mut self) {
        while self.may_send()
            && self.flow.in_flight < WINDOW
            && let Some(message) = self.queue.pop()
        {
            let label = message.msu.label;
            let protocol = ProtocolData {
                opc: label.opc,
                dpc: label.dpc,
                service: message.msu.service,
                network: message.msu.network,
                priority: 0,
                sls: label.sls,
                payload: message.msu.payload,
            };
            let (appearance, context) = (self.config.appearance, self.config.context);
            let data = Data { appearance, context, protocol, correlation: None };
            let octets = Message::Data(data.clone()).write();
            self.stats.sent += 1;
            self.send(message.class, octets);
            self.events.push_back(Event::Sent(data.protocol));
        }
    }

    fn send(&mut self, class: Class, octets: Bytes) {
        if self.carrier == Carrier::Up {
            self.flow.in_flight += 1;
            self.events.push_back(Event::Send { class, octets });
        }
    }

    /// Sends a message of M3UA's own.
    pub(super) fn say(&mut self, message: &Message) {
        self.stats.errors_sent += u64::from(matches!(message, Message::Err(_)));
        self.send(Class::EmergencyInDialog, message.write());
    }

    /// Sends what `ack` answers, and again until that comes.
    fn ask(&mut self, now: Instant, timers: &Timers, ack: Kind) {
        self.waiting = Some(ack);
        self.timers.set(now, Timer::Ack, timers.ack);
        let identifier = self.config.identifier;
        let (mode, contexts) = (self.config.mode, self.config.contexts());
        self.say(&match ack {
            Kind::ASPUP_ACK => Message::AspUp { identifier },
            _ => Message::AspActive { mode, contexts },
        });
    }

    fn acknowledged(&mut self) {
        self.waiting = None;
        self.timers.stop(Timer::Ack);
    }

    fn set_ours(&mut self, state: AspState, reason: &'static str) {
        if self.config.role == Role::IpspDouble {
            self.set(state, self.peers, reason);
        } else {
            self.set(state, state, reason);
        }
    }

    fn set_peers(&mut self, state: AspState, reason: &'static str) {
        if self.config.role == Role::IpspDouble {
            self.set(self.ours, state, reason);
        } else {
            self.set(state, state, reason);
        }
    }

    pub(super) fn set_both(&mut self, state: AspState, reason: &'static str) {
        self.set(state, state, reason);
    }

    fn set(&mut self, ours: AspState, peers: AspState, reason: &'static str) {
        if (self.ours, self.peers) != (ours, peers) {
            (self.ours, self.peers) = (ours, peers);
            if ours == AspState::Active {
                self.flow.attempts = 0;
            }
            self.events.push_back(Event::Changed { reason });
        }
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
                if let Some(ack) = self.waiting {
                    self.stats.repeated += 1;
                    self.ask(now, timers, ack);
                }
            }
            Timer::Beat => {
                if let Some(beat) = timers.beat {
                    self.timers.set(now, Timer::Beat, beat);
                    // §4.3.4.1: an ASP says nothing else before its ASPUP is acknowledged.
                    if self.ours != AspState::Down || self.peers != AspState::Down {
                        self.say(&Message::Beat { data: None });
                    }
                }
            }
            // A peer that never said anything may be up all the same: asking goes on (T(ack)).
            Timer::Silence => self.close("no sign of life"),
            Timer::Reconnect => {
                if self.carrier == Carrier::Down {
                    self.events.push_back(Event::Connect);
                }
            }
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
        let error = Error::about(ErrorCode::UNEXPECTED_MESSAGE, octets);
        self.say(&Message::Err(Error { contexts, ..error }));
    }

    fn understood(&mut self, now: Instant, timers: &Timers, message: Message, octets: &Bytes) {
        let role = self.config.role;
        match message {
            Message::Beat { data } => self.say(&Message::BeatAck { data }),
            Message::BeatAck { .. } => {}
            Message::Err(error) => {
                self.stats.errors_received += 1;
                let association = self.config.id;
                tracing::warn!(%association, code = %error.code, "the peer finds an error");
            }
            Message::Ntfy { status, .. } => self.notified(now, timers, status),
            Message::AspUpAck { .. }
            | Message::AspActiveAck { .. }
            | Message::AspInactiveAck { .. }
            | Message::AspDownAck
                if !role.asks() =>
            {
                self.unexpected(octets, Vec::new());
            }
            Message::AspUp { .. }
            | Message::AspActive { .. }
            | Message::AspInactive { .. }
            | Message::AspDown
                if !role.answers() =>
            {
                self.unexpected(octets, Vec::new());
            }
            Message::AspUpAck { .. } => self.up_acknowledged(now, timers, octets),
            Message::AspActiveAck { .. } => {
                // §4.3.4.3: no acknowledgement makes an ASP active that is down.
                if self.waiting == Some(Kind::ASPAC_ACK) {
                    self.acknowledged();
                    self.set_ours(AspState::Active, "ASPAC acknowledged");
                }
            }
            // §4.3.4.4, §4.3.4.2: without being asked; back to where we were.
            Message::AspInactiveAck { .. } => {
                if self.ours == AspState::Active {
                    self.set_ours(AspState::Inactive, "ASPIA ACK");
                    self.ask(now, timers, Kind::ASPAC_ACK);
                }
            }
            Message::AspDownAck => {
                self.set_ours(AspState::Down, "ASPDN ACK");
                self.ask(now, timers, Kind::ASPUP_ACK);
            }
            Message::AspUp { .. } => self.peer_up(octets),
            Message::AspDown => {
                self.say(&Message::AspDownAck);
                self.set_peers(AspState::Down, "ASPDN");
            }
            Message::AspActive { mode, contexts } => self.peer_active(mode, contexts, octets),
            Message::AspInactive { contexts } => self.peer_inactive(contexts, octets),
            Message::Data(data) => self.data(data, octets),
            Message::Duna(_)
            | Message::Dava(_)
            | Message::Drst(_)
            | Message::Daud(_)
            | Message::Scon { .. }
            | Message::Dupu { .. } => self.management(message, octets),
        }
    }

    /// RFC 4666 §4.3.4.1.
    fn up_acknowledged(&mut self, now: Instant, timers: &Timers, octets: &Bytes) {
        if self.ours == AspState::Active {
            self.unexpected(octets, Vec::new());
        } else if self.waiting == Some(Kind::ASPAC_ACK) {
            return; // to an ASPUP that was sent again
        }
        self.acknowledged();
        self.set_ours(AspState::Inactive, "ASPUP acknowledged");
        self.ask(now, timers, Kind::ASPAC_ACK);
    }

    /// RFC 4666 §4.3.4.5.
    fn notified(&mut self, now: Instant, timers: &Timers, status: Status) {
        let association = self.config.id;
        tracing::info!(%association, %status, "the peer notifies");
        match status {
            // §4.3.4.3: it has our traffic now, and we must not take it back.
            Status::ALTERNATE_ASP if self.ours == AspState::Active => {
                self.set_ours(AspState::Inactive, "another ASP has taken over");
            }
            // Nobody has it any more.
            Status::AS_PENDING | Status::AS_INACTIVE
                if self.config.role.asks()
                    && self.ours == AspState::Inactive
                    && self.waiting.is_none() =>
            {
                self.ask(now, timers, Kind::ASPAC_ACK);
            }
            _ => {}
        }
    }

    fn peer_up(&mut self, octets: &Bytes) {
        let was_active = self.peers == AspState::Active;
        self.say(&Message::AspUpAck { identifier: self.config.identifier });
        if was_active {
            self.unexpected(octets, Vec::new());
        }
        self.set_peers(AspState::Inactive, "ASPUP");
    }

    /// The routing contexts named, of which each must be ours.
    fn wrong_contexts(&self, contexts: &[u32]) -> Vec<u32> {
        let ours = self.config.context;
        let is_wrong = |context: &&u32| ours.is_some_and(|ours| ours != **context);
        contexts.iter().filter(is_wrong).copied().collect()
    }

    /// RFC 4666 §4.3.4.3.
    fn peer_active(&mut self, mode: Option<TrafficMode>, contexts: Vec<u32>, octets: &Bytes) {
        if self.peers == AspState::Down {
            return self.unexpected(octets, contexts);
        }
        let wrong = self.wrong_contexts(&contexts);
        let ours = self.config.mode;
        let unsupported = |mode| !is_mode_known(mode) || ours.is_some_and(|ours| ours != mode);
        let refused = if !wrong.is_empty() {
            Some((ErrorCode::NO_CONFIGURED_AS, wrong))
        } else if mode.is_some_and(unsupported) {
            Some((ErrorCode::UNSUPPORTED_TRAFFIC_MODE, contexts.clone()))
        } else {
            None
        };
        if let Some((code, contexts)) = refused {
            let error = Error::about(code, octets);
            return self.say(&Message::Err(Error { contexts, ..error }));
        }
        self.say(&Message::AspActiveAck { mode, contexts });
        self.set_peers(AspState::Active, "ASPAC");
    }

    /// RFC 4666 §4.3.4.4.
    fn peer_inactive(&mut self, contexts: Vec<u32>, octets: &Bytes) {
        let wrong = self.wrong_contexts(&contexts);
        if !wrong.is_empty() {
            let error = Error::about(ErrorCode::INVALID_ROUTING_CONTEXT, octets);
            return self.say(&Message::Err(Error { contexts: wrong, ..error }));
        }
        self.say(&Message::AspInactiveAck { contexts });
        if self.peers == AspState::Active {
            self.set_peers(AspState::Inactive, "ASPIA");
        }
    }

    /// What is wrong with the network or the application server that a message names.
    fn misplaced(
        &self,
        appearance: Option<u32>,
        contexts: &[u32],
        octets: &Bytes,
    ) -> Option<Error> {
        let wrong = self.wrong_contexts(contexts);
        if !wrong.is_empty() {
            let error = Error::about(ErrorCode::INVALID_ROUTING_CONTEXT, octets);
            return Some(Error { contexts: wrong, ..error });
        }
        let ours = self.config.appearance;
        let is_wrong = appearance.is_some() && ours.is_some() && appearance != ours;
        is_wrong.then(|| {
            let error = Error::about(ErrorCode::INVALID_NETWORK_APPEARANCE, octets);
            Error { appearance, ..error }
        })
    }

    fn data(&mut self, data: Data, octets: &Bytes) {
        let context: Vec<u32> = data.context.into_iter().collect();
        if self.ours != AspState::Active {
            // §3.8.1: an ASP that is not active says nothing.
            if self.config.role == Role::Server && self.peers == AspState::Inactive {
                self.unexpected(octets, context);
            } else {
                self.discard();
            }
            return;
        }
        if let Some(error) = self.misplaced(data.appearance, &context, octets) {
            self.discard();
            return self.say(&Message::Err(error));
        }
        self.stats.received += 1;
        self.events.push_back(Event::Received(data.protocol));
    }

    /// Signalling network management (RFC 4666 §3.4, §4.5).
    fn management(&mut self, message: Message, octets: &Bytes) {
        let (destinations, what) = match message {
            Message::Daud(destinations) => (destinations, None),
            Message::Duna(destinations) => (destinations, Some(Told::Unavailable)),
            Message::Dava(destinations) => (destinations, Some(Told::Available)),
            Message::Drst(destinations) => (destinations, Some(Told::Restricted)),
            Message::Scon { destinations, level, .. } => {
                (destinations, Some(Told::Congested { level }))
            }
            Message::Dupu { destinations, user, cause } => {
                let cause = UnavailabilityCause(cause as u8);
                (destinations, Some(Told::UserPart { user, cause }))
            }
            _ => return,
        };
        let Destinations { appearance, contexts, affected } = &destinations;
        if self.ours == AspState::Down && self.peers == AspState::Down {
            return self.discard();
        }
        if let Some(error) = self.misplaced(*appearance, contexts, octets) {
            self.discard();
            return self.say(&Message::Err(error));
        }
        match what {
            None if self.config.role.answers() => {
                self.events.push_back(Event::Asked(destinations));
            }
            // §3.4.4: also an ASP may say that it has too much to do.
            Some(Told::Congested { .. }) => self.told(affected.clone(), what),
            Some(_) if self.config.role.asks() => self.told(affected.clone(), what),
            _ => self.unexpected(octets, contexts.clone()),
        }
    }

    fn told(&mut self, affected: Vec<Affected>, what: Option<Told>) {
        if let Some(what) = what {
            self.events.push_back(Event::Told { affected, what });
        }
    }

    /// Asks the gateway about destinations (RFC 4666 §4.5.3).
    pub(super) fn audit(&mut self, points: &[PointCode]) {
        let destinations = self.about(points);
        self.say(&Message::Daud(destinations));
    }

    /// These destinations, as this association calls them.
    pub(super) fn about(&self, points: &[PointCode]) -> Destinations {
        Destinations {
            appearance: self.config.appearance,
            contexts: self.config.contexts(),
            affected: points.iter().map(|point| Affected::one(*point)).collect(),
        }
    }

    /// Says how the application server of this association stands.
    pub(super) fn notify(&mut self, status: Status) {
        let (identifier, contexts) = (None, self.config.contexts());
        self.say(&Message::Ntfy { status, identifier, contexts });
    }
}

/// Whether a message is of this network, as far as it says.
pub(super) const fn is_of(network: NetworkIndicator, protocol: &ProtocolData) -> bool {
    protocol.network.0 == network.0
}
