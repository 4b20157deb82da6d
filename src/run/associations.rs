//! The connections of associations, of M3UA and M2PA: octets on one side, the gateway's inputs on
//! the other.

mod sctp;

use super::sockets::CannotListen;
use crate::conf::{AssociationSettings, AssociationTransport, AssociationWay};
use base::Duration;
use bytes::Bytes;
use io::{
    Listener, SctpCarrier, SctpEvent, SocketOptions, StreamEvent, StreamLimits, StreamPort, Target,
    is_within,
};
use mtp::Sls;
use mtp::m3ua::{AssociationId, Command, Event};
use sctp::{Message, Sctp};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// Connection events taken in one turn.
const EVENTS_PER_TURN: usize = 256;
/// Messages that wait to be written on one connection. The core gives far fewer; a peer that makes
/// us answer more, and reads none of it, loses the connection.
const WRITE_QUEUE: usize = 1_024;
/// How long a connection may take to come up, and a write to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// Octets that the system may keep of what is sent: an urgent message waits behind no more.
const SEND_BUFFER: usize = 65_536;
const RECEIVE_BUFFER: usize = 1 << 20;
/// How long a connection may carry nothing: the heartbeat of M3UA tells earlier.
const IDLE: Duration = Duration::from_secs(3_600);

/// What an association reports.
pub(crate) type Report = (AssociationId, Event);

/// What has happened to a connection.
pub(crate) enum Happened {
    Stream(StreamEvent),
    Sctp(SctpCarrier, SctpEvent),
}

/// The connections of all associations.
pub(crate) struct Associations {
    port: StreamPort,
    sctp: Sctp,
    each: Vec<Entry>,
}

/// What carries a connection; each numbers its own.
type Carrier = Option<SctpCarrier>;

struct Entry {
    settings: AssociationSettings,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// We connect.
    Opening,
    /// It is up; so many messages were not written when we last looked. Of SCTP there are so many
    /// streams to send on.
    Open {
        id: u64,
        waiting: usize,
        streams: u16,
    },
}

impl Entry {
    fn carrier(&self) -> Carrier {
        match self.settings.transport {
            AssociationTransport::Tcp => None,
            AssociationTransport::Sctp { .. } => Some(SctpCarrier::Kernel),
            AssociationTransport::SctpUdp { .. } => Some(SctpCarrier::Udp),
        }
    }
}

impl Associations {
    /// Listens for those that peers open. Must be called inside a runtime.
    pub(crate) fn bind(settings: Vec<AssociationSettings>) -> Result<Self, CannotListen> {
        let mut listeners: BTreeMap<SocketAddr, Listener> = BTreeMap::new();
        let mut preferred: Vec<(IpAddr, u8)> = Vec::new();
        for association in &settings {
            if let AssociationWay::Listen { address, sources } = &association.way
                && association.transport == AssociationTransport::Tcp
            {
                let listener = Listener { address: *address, secure: false, dscp: io::CS3 };
                listeners.insert(*address, listener);
                preferred.extend(sources);
            }
        }
        let listeners: Vec<_> = listeners.into_values().collect();
        let options = SocketOptions {
            receive_buffer: RECEIVE_BUFFER,
            send_buffer: SEND_BUFFER,
            dscp: io::CS3,
        };
        // Whoever is none of them is turned away at once: a few places for that.
        let connections = 2 * settings.len() + 16;
        let limits = StreamLimits {
            connections,
            per_source: connections,
            preferred,
            handshakes: 1,
            handshake_rate: 1,
            write_queue: WRITE_QUEUE,
            patience: PATIENCE,
            idle: IDLE,
            half_closed: PATIENCE,
        };
        let port = StreamPort::bind(&listeners, options, limits, None).map_err(|error| {
            let what: Vec<_> = listeners.iter().map(|one| one.address.to_string()).collect();
            CannotListen { what: format!("tcp (associations): {}", what.join(", ")), error }
        })?;
        let sctp = Sctp::bind(&settings)?;
        let entry = |settings| Entry { settings, state: State::Closed };
        Ok(Self { port, sctp, each: settings.into_iter().map(entry).collect() })
    }

    /// What went wrong with those over SCTP: transport, event, how often.
    pub(crate) fn sctp_events(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.sctp.events().collect()
    }

    /// Waits for something to happen.
    pub(crate) async fn ready(&mut self) -> Happened {
        tokio::select! {
            event = self.port.event() => Happened::Stream(event),
            (carrier, event) = self.sctp.event() => Happened::Sctp(carrier, event),
        }
    }

    /// What more has happened, a bounded number of things at once.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(Report)) {
        for _ in 0..EVENTS_PER_TURN {
            let Some(event) = self.port.try_event() else { break };
            self.take(Happened::Stream(event), &mut each);
        }
        for _ in 0..EVENTS_PER_TURN {
            let Some((carrier, event)) = self.sctp.try_event() else { break };
            self.take(Happened::Sctp(carrier, event), &mut each);
        }
        for entry in &mut self.each {
            let carrier = entry.carrier();
            if let State::Open { id, waiting, .. } = &mut entry.state
                && *waiting > 0
            {
                *waiting = match carrier {
                    None => self.port.waiting(*id),
                    Some(carrier) => self.sctp.waiting(carrier, *id),
                };
                each((entry.settings.id, Event::Written { waiting: *waiting }));
            }
        }
    }

    /// Turns what happened to a connection into reports.
    pub(crate) fn take(&mut self, happened: Happened, each: &mut impl FnMut(Report)) {
        match happened {
            Happened::Stream(event) => self.take_stream(event, each),
            Happened::Sctp(carrier, event) => self.take_sctp(carrier, event, each),
        }
    }

    fn take_stream(&mut self, event: StreamEvent, each: &mut impl FnMut(Report)) {
        match event {
            StreamEvent::Connected { id, local, target, accepted, .. } => {
                let remote = target.remote;
                let entry = if accepted {
                    self.accepting(None, local, remote)
                } else {
                    self.opening(remote)
                };
                self.connected(None, entry, (id, remote, 1), each);
            }
            StreamEvent::Received { id, bytes } => {
                if let Some(entry) = self.of_connection(None, id) {
                    each((entry.settings.id, Event::Received(bytes)));
                }
            }
            // A peer that sends no more is of no use.
            StreamEvent::HalfClosed { id } | StreamEvent::Closed { id } => {
                self.gone(None, id, each);
            }
            StreamEvent::OpenFailed { target } => {
                let entry = self.opening(target.remote);
                self.failed(entry, each);
            }
            StreamEvent::Idle { .. } => {}
        }
    }

    fn take_sctp(&mut self, carrier: SctpCarrier, event: SctpEvent, each: &mut impl FnMut(Report)) {
        let carrier = Some(carrier);
        match event {
            SctpEvent::Up { id, local, remote, asked, streams } => {
                let entry = match asked {
                    None => self.accepting(carrier, local, remote),
                    Some(asked) => self.asking(asked),
                };
                self.connected(carrier, entry, (id, remote, streams), each);
            }
            SctpEvent::Received { id, stream, ppid, octets } => {
                if let Some(at) = self.of_connection(carrier, id)
                    && sctp::is_of(at.settings.protocol, ppid)
                {
                    each((at.settings.id, Event::Message { stream, octets }));
                }
            }
            SctpEvent::Down { id } => self.gone(carrier, id, each),
            SctpEvent::OpenFailed { asked } => {
                let entry = self.asking(asked);
                self.failed(entry, each);
            }
        }
    }

    fn of_connection(&mut self, carrier: Carrier, connection: u64) -> Option<&mut Entry> {
        let is = |state| matches!(state, State::Open { id, .. } if id == connection);
        self.each.iter_mut().find(|one| is(one.state) && one.carrier() == carrier)
    }

    /// The place of the association that is opened over TCP to there.
    fn opening(&self, to: SocketAddr) -> Option<usize> {
        let leads = |way: &AssociationWay| match way {
            AssociationWay::Connect { remote, .. } => *remote == to,
            AssociationWay::Listen { .. } => false,
        };
        self.each.iter().position(|one| {
            one.state == State::Opening && one.carrier().is_none() && leads(&one.settings.way)
        })
    }

    /// The place of the association that is opened over SCTP by this number.
    fn asking(&self, asked: u64) -> Option<usize> {
        let is = |one: &Entry| one.state == State::Opening && u64::from(one.settings.id.0) == asked;
        self.each.iter().position(is)
    }

    fn gone(&mut self, carrier: Carrier, id: u64, each: &mut impl FnMut(Report)) {
        if let Some(entry) = self.of_connection(carrier, id) {
            entry.state = State::Closed;
            each((entry.settings.id, Event::Down));
            self.close(carrier, id);
        }
    }

    fn failed(&mut self, entry: Option<usize>, each: &mut impl FnMut(Report)) {
        if let Some(entry) = entry.and_then(|at| self.each.get_mut(at)) {
            entry.state = State::Closed;
            each((entry.settings.id, Event::Down));
        }
    }

    fn connected(
        &mut self,
        carrier: Carrier,
        entry: Option<usize>,
        (id, remote, streams): (u64, SocketAddr, u16),
        each: &mut impl FnMut(Report),
    ) {
        let Some(entry) = entry.and_then(|at| self.each.get_mut(at)) else {
            tracing::warn!(%remote, "no association is with this peer");
            return self.close(carrier, id);
        };
        let transport = entry.settings.transport.name();
        tracing::info!(association = entry.settings.name, %remote, transport, streams, "connected");
        let open = State::Open { id, waiting: 0, streams };
        let before = std::mem::replace(&mut entry.state, open);
        let association = entry.settings.id;
        // A peer that connects again has lost the connection that we still had.
        if let State::Open { id, .. } = before {
            each((association, Event::Down));
            self.close(carrier, id);
        }
        each((association, Event::Up));
    }

    /// The place of the association for a peer that has connected: one that has no connection yet,
    /// or else one that has.
    fn accepting(&self, carrier: Carrier, local: SocketAddr, remote: SocketAddr) -> Option<usize> {
        let fits = |one: &Entry| match &one.settings.way {
            AssociationWay::Connect { .. } => false,
            AssociationWay::Listen { address, sources } => {
                let mut ours = vec![address.ip()];
                if let AssociationTransport::Sctp { locals, .. } = &one.settings.transport {
                    ours.extend(locals);
                }
                let here = ours.iter().any(|ip| ip.is_unspecified() || *ip == local.ip());
                let is_of = |(of, prefix): &(IpAddr, u8)| is_within(remote.ip(), *of, *prefix);
                here && address.port() == local.port() && sources.iter().any(is_of)
            }
        };
        let each = self.each.iter().enumerate();
        let fitting = each.filter(|(_, one)| one.carrier() == carrier && fits(one));
        fitting.min_by_key(|(_, one)| one.state != State::Closed).map(|(at, _)| at)
    }

    fn close(&mut self, carrier: Carrier, id: u64) {
        match carrier {
            None => self.port.close(id),
            Some(carrier) => self.sctp.close(carrier, id),
        }
    }

    /// Does what the core wants done. Gives the report that the connection is gone.
    pub(crate) fn obey(&mut self, association: AssociationId, command: Command) -> Option<Report> {
        let at = self.each.iter().position(|one| one.settings.id == association)?;
        let entry = self.each.get_mut(at)?;
        let carrier = entry.carrier();
        let gone = match command {
            Command::Connect => {
                let opens = matches!(entry.settings.way, AssociationWay::Connect { .. });
                if opens {
                    entry.state = State::Opening;
                }
                opens && !self.open(at)
            }
            // What was not sent is lost with the connection.
            Command::Send { sls, octets, .. } => !self.send(at, sls, octets),
            Command::Close => {
                if let State::Open { id, .. } = entry.state {
                    self.close(carrier, id);
                }
                true
            }
        };
        if gone && let Some(entry) = self.each.get_mut(at) {
            entry.state = State::Closed;
        }
        gone.then_some((association, Event::Down))
    }

    /// Says whether a connection may come of it.
    fn open(&mut self, at: usize) -> bool {
        let Some(Entry { settings, .. }) = self.each.get(at) else {
            return false;
        };
        let AssociationWay::Connect { local, remote } = settings.way else {
            return false;
        };
        if settings.transport == AssociationTransport::Tcp {
            let target = Target { remote, secure: false, peer: None };
            return self.port.open(local, target, Vec::new()).is_ok();
        }
        self.sctp.open(settings)
    }

    /// Says whether the connection is still there.
    fn send(&mut self, at: usize, sls: Option<Sls>, octets: Bytes) -> bool {
        let Some(entry) = self.each.get_mut(at) else {
            return false;
        };
        let carrier = entry.carrier();
        match &mut entry.state {
            State::Open { id, waiting, streams } => {
                *waiting += 1;
                match carrier {
                    None => self.port.send(*id, octets).is_ok(),
                    Some(carrier) => {
                        let ppid = entry.settings.protocol.ppid();
                        let message = Message { sls, streams: *streams, ppid, octets };
                        self.sctp.send(carrier, *id, message)
                    }
                }
            }
            State::Closed | State::Opening => true,
        }
    }
}
