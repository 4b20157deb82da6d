//! The connections of M3UA associations: octets on one side, the gateway's inputs on the other.

use super::sockets::CannotListen;
use crate::conf::{AssociationSettings, AssociationWay};
use base::Duration;
use bytes::Bytes;
use io::{Listener, SocketOptions, StreamEvent, StreamLimits, StreamPort, Target, is_within};
use mtp::m3ua::{AssociationId, Command, Event};
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

/// The connections of all associations.
pub(crate) struct Associations {
    port: StreamPort,
    each: Vec<Entry>,
}

struct Entry {
    settings: AssociationSettings,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// We connect.
    Opening,
    /// It is up; so many messages were not written when we last looked.
    Open {
        id: u64,
        waiting: usize,
    },
}

impl Associations {
    /// Listens for those that peers open. Must be called inside a runtime.
    pub(crate) fn bind(settings: Vec<AssociationSettings>) -> Result<Self, CannotListen> {
        let mut listeners: BTreeMap<SocketAddr, Listener> = BTreeMap::new();
        let mut preferred: Vec<(IpAddr, u8)> = Vec::new();
        for association in &settings {
            if let AssociationWay::Listen { address, sources } = &association.way {
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
            CannotListen { what: format!("tcp (M3UA): {}", what.join(", ")), error }
        })?;
        let entry = |settings| Entry { settings, state: State::Closed };
        Ok(Self { port, each: settings.into_iter().map(entry).collect() })
    }

    /// Waits for something to happen.
    pub(crate) async fn ready(&mut self) -> StreamEvent {
        self.port.event().await
    }

    /// What more has happened, a bounded number of things at once.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(Report)) {
        for _ in 0..EVENTS_PER_TURN {
            let Some(event) = self.port.try_event() else { break };
            self.take(event, &mut each);
        }
        for entry in &mut self.each {
            if let State::Open { id, waiting } = &mut entry.state
                && *waiting > 0
            {
                *waiting = self.port.waiting(*id);
                each((entry.settings.id, Event::Written { waiting: *waiting }));
            }
        }
    }

    /// Turns what happened to a connection into reports.
    pub(crate) fn take(&mut self, event: StreamEvent, each: &mut impl FnMut(Report)) {
        match event {
            StreamEvent::Connected { id, local, target, accepted, .. } => {
                self.connected(id, (local, target.remote), accepted, each);
            }
            StreamEvent::Received { id, bytes } => {
                if let Some(entry) = self.of_connection(id) {
                    each((entry.settings.id, Event::Received(bytes)));
                }
            }
            // A peer that sends no more is of no use.
            StreamEvent::HalfClosed { id } | StreamEvent::Closed { id } => {
                if let Some(entry) = self.of_connection(id) {
                    entry.state = State::Closed;
                    each((entry.settings.id, Event::Down));
                    self.port.close(id);
                }
            }
            StreamEvent::OpenFailed { target } => {
                if let Some(entry) = self.opening(target.remote) {
                    entry.state = State::Closed;
                    each((entry.settings.id, Event::Down));
                }
            }
            StreamEvent::Idle { .. } => {}
        }
    }

    fn of_connection(&mut self, connection: u64) -> Option<&mut Entry> {
        let is = |state| matches!(state, State::Open { id, .. } if id == connection);
        self.each.iter_mut().find(|one| is(one.state))
    }

    fn opening(&mut self, to: SocketAddr) -> Option<&mut Entry> {
        let leads = |way: &AssociationWay| match way {
            AssociationWay::Connect { remote, .. } => *remote == to,
            AssociationWay::Listen { .. } => false,
        };
        self.each.iter_mut().find(|one| one.state == State::Opening && leads(&one.settings.way))
    }

    fn connected(
        &mut self,
        id: u64,
        (local, remote): (SocketAddr, SocketAddr),
        accepted: bool,
        each: &mut impl FnMut(Report),
    ) {
        let entry = if accepted { self.accepting(local, remote) } else { self.opening(remote) };
        let Some(entry) = entry else {
            tracing::warn!(%remote, "no association is with this peer");
            return self.port.close(id);
        };
        tracing::info!(association = entry.settings.name, %remote, "connected");
        let before = std::mem::replace(&mut entry.state, State::Open { id, waiting: 0 });
        let association = entry.settings.id;
        // A peer that connects again has lost the connection that we still had.
        if let State::Open { id, .. } = before {
            each((association, Event::Down));
            self.port.close(id);
        }
        each((association, Event::Up));
    }

    /// The association for a peer that has connected: one that has no connection yet, or else one
    /// that has.
    fn accepting(&mut self, local: SocketAddr, remote: SocketAddr) -> Option<&mut Entry> {
        let fits = |way: &AssociationWay| match way {
            AssociationWay::Connect { .. } => false,
            AssociationWay::Listen { address, sources } => {
                let here = address.ip().is_unspecified() || address.ip() == local.ip();
                let is_of = |(of, prefix): &(IpAddr, u8)| is_within(remote.ip(), *of, *prefix);
                here && address.port() == local.port() && sources.iter().any(is_of)
            }
        };
        let fitting = self.each.iter_mut().filter(|one| fits(&one.settings.way));
        fitting.min_by_key(|one| one.state != State::Closed)
    }

    /// Does what the core wants done. Gives the report that the connection is gone.
    pub(crate) fn obey(&mut self, association: AssociationId, command: Command) -> Option<Report> {
        let entry = self.each.iter_mut().find(|one| one.settings.id == association)?;
        let gone = match command {
            Command::Connect => match entry.settings.way {
                AssociationWay::Connect { local, remote } => {
                    entry.state = State::Opening;
                    let target = Target { remote, secure: false, peer: None };
                    self.port.open(local, target, Vec::new()).is_err()
                }
                AssociationWay::Listen { .. } => false,
            },
            // What was not sent is lost with the connection.
            Command::Send { octets, .. } => !send(&mut self.port, &mut entry.state, octets),
            Command::Close => {
                if let State::Open { id, .. } = entry.state {
                    self.port.close(id);
                }
                true
            }
        };
        if gone {
            entry.state = State::Closed;
        }
        gone.then_some((association, Event::Down))
    }
}

/// Says whether the connection is still there.
fn send(port: &mut StreamPort, state: &mut State, octets: Bytes) -> bool {
    match state {
        State::Open { id, waiting } => {
            *waiting += 1;
            port.send(*id, octets).is_ok()
        }
        State::Closed | State::Opening => true,
    }
}
