//! The SIP sockets: octets and addresses on one side, the gateway's inputs on the other.

use crate::conf::SipSettings;
use base::Duration;
use bytes::Bytes;
use gateway::Input;
use io::{
    Capture, Clock, Listener, Record, SocketOptions, StreamEvent, StreamLimits, StreamPort,
    StreamStats, Target, TlsReload, TlsWatch, UdpPort,
};
use sip::{ConnectionId, Flow, PeerId, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Datagrams taken from one socket in one turn: then the queue is worked on again.
const DATAGRAMS_PER_TURN: usize = 64;
/// Errors of the network's taken from one socket in one turn.
const ERRORS_PER_TURN: usize = 64;
/// Datagrams that wait to be sent, until the cores have said all they have to say.
const OUTGOING: usize = 64;
/// Queues of the system's for the networks of trunks, on each address; trunks past these share.
const QUEUES: usize = 8;
/// Connection events taken in one turn.
const EVENTS_PER_TURN: usize = 64;
/// Messages that wait to be written on one connection: one turn may release a whole trunk, and a
/// peer that reads must not lose its connection for that.
const WRITE_QUEUE: usize = 4_096;
/// Messages that wait for one connection to come up; it must be able to take them all at once.
const WAITING: usize = WRITE_QUEUE;
/// How long a connection may take to come up, and a write to be taken (below SIP's Timer B).
const PATIENCE: Duration = Duration::from_secs(10);
/// How long we may still answer over a connection whose peer sends no more: a call rings no longer
/// (RFC 3261 §16.6, Timer C).
const HALF_CLOSED: Duration = Duration::from_secs(180);
/// TLS handshakes under way; how many there may be in a second is configured.
const HANDSHAKES: usize = 128;

/// What could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {what}: {error}; is another gateway running, or the address not ours?")]
pub(crate) struct CannotListen {
    pub(crate) what: String,
    pub(crate) error: std::io::Error,
}

/// All SIP sockets of the gateway.
pub(crate) struct SipSockets {
    /// Several have the same address: one for each queue of it. What is sent goes by the first.
    udp: Vec<UdpPort>,
    outgoing: Vec<(Flow, Bytes)>,
    streams: StreamPort,
    reload: Option<TlsReload>,
    connections: BTreeMap<u64, (SocketAddr, SocketAddr)>,
    /// The last turn did not come to the end of what there was.
    busy: bool,
    /// What is to be sent once the connection that was asked for is up, by its far end.
    waiting: BTreeMap<Target, Vec<(Flow, Bytes)>>,
    /// The networks of each trunk as they are configured; whether each has a queue.
    neighbours: Vec<Vec<(IpAddr, u8)>>,
    has_queues: bool,
    capture: Option<(Capture, Clock)>,
}

impl SipSockets {
    /// Binds everything. Must be called inside a runtime.
    pub(crate) fn bind(
        settings: &SipSettings,
        capture: Option<(Capture, Clock)>,
    ) -> Result<Self, CannotListen> {
        let options: SocketOptions = settings.options;
        let of = |wanted: Transport| {
            let listen = settings.listen.iter().zip(&settings.dscps);
            let listen = listen.filter(move |((transport, _), _)| *transport == wanted);
            listen.map(|((_, address), dscp)| (*address, *dscp))
        };
        let of_queues = if settings.queue_per_trunk { settings.neighbours.as_slice() } else { &[] };
        let mut udp = Vec::new();
        for (address, dscp) in of(Transport::Udp) {
            let options = SocketOptions { dscp, ..options };
            let what = format!("udp:{address}");
            let ports = UdpPort::bind_sorted(address, &options, &queues(of_queues));
            udp.extend(ports.map_err(|error| CannotListen { what, error })?);
        }
        let tls = settings.tls.clone().map(TlsWatch::new).transpose().map_err(|error| {
            CannotListen { what: "tls".to_owned(), error: std::io::Error::other(error) }
        })?;
        let reload = tls.as_ref().map(TlsWatch::reload);
        let listeners: Vec<_> = [Transport::Tcp, Transport::Tls]
            .into_iter()
            .flat_map(|way| of(way).map(move |address| (way, address)))
            .map(|(way, (address, dscp))| {
                let secure = way == Transport::Tls;
                Listener { address, secure, dscp }
            })
            .collect();
        let streams = StreamPort::bind(&listeners, options, limits(settings), tls);
        let streams = streams.map_err(|error| {
            let what: Vec<_> = listeners.iter().map(|one| one.address.to_string()).collect();
            CannotListen { what: format!("tcp and tls: {}", what.join(", ")), error }
        })?;
        Ok(Self {
            udp,
            outgoing: Vec::new(),
            streams,
            reload,
            connections: BTreeMap::new(),
            busy: false,
            waiting: BTreeMap::new(),
            neighbours: settings.neighbours.clone(),
            has_queues: settings.queue_per_trunk,
            capture,
        })
    }

    /// Whoever is at these addresses, trunk by trunk, is a neighbour as those are that are
    /// configured; nobody else is any more.
    pub(crate) fn set_neighbours(&mut self, found: &[Vec<IpAddr>]) {
        let mut all = self.neighbours.clone();
        for (networks, found) in all.iter_mut().zip(found) {
            networks.extend(found.iter().map(|address| host(*address)));
        }
        self.streams.prefer(all.concat());
        if !self.has_queues {
            return;
        }
        let queues = queues(&all);
        // Those of one address stand one after the other, and one of them speaks for all.
        for ports in self.udp.chunk_by(|one, next| one.local() == next.local()) {
            if !ports.first().is_some_and(|port| port.sort(&queues)) {
                tracing::warn!("datagrams of neighbours that were found are not sorted");
            }
        }
    }

    /// Waits until something has come in. What it gives, if anything, is the first of it.
    pub(crate) async fn ready(&mut self) -> Option<StreamEvent> {
        if self.busy {
            // What waits here is there at once, and whoever never waits never lets go: connections
            // would stand still, and nobody would look whether other sockets have something.
            tokio::task::yield_now().await;
        }
        let Self { udp, streams, .. } = self;
        let readable = std::future::poll_fn(|context| {
            let mut any = std::task::Poll::Pending;
            for port in &*udp {
                // An error too is worth a look: it is taken off the socket by reading.
                if port.poll_readable(context).is_ready() {
                    any = std::task::Poll::Ready(());
                }
            }
            any
        });
        tokio::select! {
            event = streams.event() => Some(event),
            () = readable => None,
        }
    }

    /// Hands over what has come in, a bounded number of things at once; says whether there may be
    /// more.
    pub(crate) fn receive(&mut self, each: impl FnMut(Input)) -> bool {
        self.busy = self.take_in(each);
        self.busy
    }

    fn take_in(&mut self, mut each: impl FnMut(Input)) -> bool {
        let mut more = false;
        for port in &mut self.udp {
            let local = port.local();
            let mut taken = 0;
            while taken < DATAGRAMS_PER_TURN
                && let Some((remote, bytes)) = port.try_receive()
            {
                taken += 1;
                if let Some((capture, clock)) = &self.capture {
                    let record = Record::Udp { from: remote, to: local, payload: bytes.clone() };
                    capture.record(clock.wall(clock.now()), false, record);
                }
                let flow =
                    Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
                each(Input::SipDatagram { flow, bytes });
            }
            more |= taken == DATAGRAMS_PER_TURN;
            // They take room in the same buffer as datagrams, and anybody may forge them: none is
            // left there. Each destination is told once.
            let told = std::iter::from_fn(|| port.take_unreachable()).take(ERRORS_PER_TURN);
            for remote in told.collect::<BTreeSet<_>>() {
                let flow =
                    Flow { transport: Transport::Udp, local, remote, connection: None, peer: None };
                each(Input::SipUnreachable { flow });
            }
        }
        for _ in 0..EVENTS_PER_TURN {
            let Some(event) = self.streams.try_event() else {
                return more;
            };
            self.stream_event(event, &mut each);
        }
        true
    }

    /// Turns an event of a connection into inputs.
    pub(crate) fn stream_event(&mut self, event: StreamEvent, each: &mut impl FnMut(Input)) {
        match event {
            StreamEvent::Connected { id, local, target, names, accepted } => {
                self.connections.insert(id, (local, target.remote));
                let flow = flow(local, target, Some(ConnectionId(id)));
                each(Input::SipConnected { flow, names });
                if accepted && target.secure {
                    // What waits is for a peer that has proved who it is. This one only comes from
                    // its address and port.
                    return;
                }
                for (_, bytes) in self.waiting.remove(&target).unwrap_or_default() {
                    if let Some(failed) = self.send(flow, bytes, |_| Vec::new()) {
                        each(failed);
                    }
                }
            }
            StreamEvent::Received { id, bytes } => {
                self.capture_stream(id, false, &bytes);
                each(Input::SipBytes { connection: ConnectionId(id), bytes });
            }
            StreamEvent::HalfClosed { id } => {
                each(Input::SipHalfClosed { connection: ConnectionId(id) });
            }
            StreamEvent::Idle { id } => each(Input::SipIdle { connection: ConnectionId(id) }),
            StreamEvent::Closed { id } => {
                self.connections.remove(&id);
                each(Input::SipClosed { connection: ConnectionId(id) });
            }
            StreamEvent::OpenFailed { target } => {
                for (flow, _) in self.waiting.remove(&target).unwrap_or_default() {
                    each(Input::SipSendFailed { flow });
                }
            }
        }
    }

    /// Sends a message, or opens the connection for it: within TLS to a peer that must prove one
    /// of `names`. Gives the input that says it failed. Datagrams only wait: see
    /// [`SipSockets::flush`].
    pub(crate) fn send(
        &mut self,
        flow: Flow,
        bytes: Bytes,
        names: impl FnOnce(Flow) -> Vec<String>,
    ) -> Option<Input> {
        let failed = Input::SipSendFailed { flow };
        match (flow.transport, flow.connection) {
            (Transport::Udp, _) => {
                self.outgoing.push((flow, bytes));
                None
            }
            (Transport::Tcp | Transport::Tls, Some(ConnectionId(id))) => {
                self.capture_stream(id, true, &bytes);
                self.streams.send(id, bytes).is_err().then_some(failed)
            }
            (Transport::Tcp | Transport::Tls, None) => {
                self.send_when_open(flow, bytes, names).then_some(failed)
            }
        }
    }

    /// Reads the certificates again, where there are any.
    pub(crate) fn reload(&self) {
        if let Some(reload) = &self.reload {
            reload.now();
        }
    }

    /// How many connections there are: plain, and within TLS.
    pub(crate) fn connections(&self) -> [usize; 2] {
        [self.streams.count(false), self.streams.count(true)]
    }

    /// Counters of the connections.
    pub(crate) const fn stream_stats(&self) -> StreamStats {
        self.streams.stats()
    }

    /// Closes a connection once what waits is written.
    pub(crate) fn close(&mut self, connection: ConnectionId) {
        self.streams.close(connection.0);
    }

    /// Datagrams that the system had no room for.
    pub(crate) fn unsent(&self) -> u64 {
        self.udp.iter().map(|port| port.unsent).sum()
    }

    /// Datagrams that the system dropped because we did not come to take them.
    pub(crate) fn dropped(&self) -> u64 {
        self.udp.iter().map(UdpPort::dropped).sum()
    }

    /// Whether so many datagrams wait that they should go.
    pub(crate) fn is_full(&self) -> bool {
        self.outgoing.len() >= OUTGOING
    }

    /// Sends the datagrams that wait. Gives the inputs that say which failed.
    pub(crate) fn flush(&mut self) -> Vec<Input> {
        let mut failed = Vec::new();
        let outgoing = std::mem::take(&mut self.outgoing);
        for batch in outgoing.chunk_by(|(one, _), (next, _)| one.local == next.local) {
            let of = |index: usize| batch.get(index).map(|(flow, _)| *flow);
            let not_sent = of(0).map_or_else(Vec::new, |flow| self.send_batch(flow, batch));
            let not_sent = not_sent.into_iter().filter_map(of);
            failed.extend(not_sent.map(|flow| Input::SipSendFailed { flow }));
        }
        // The room stays.
        self.outgoing = outgoing;
        self.outgoing.clear();
        failed
    }

    /// Sends datagrams from one socket; says which failed.
    fn send_batch(&mut self, flow: Flow, batch: &[(Flow, Bytes)]) -> Vec<usize> {
        let same = self.udp.iter().position(|port| port.local() == flow.local);
        let alike =
            || self.udp.iter().position(|port| port.local().is_ipv4() == flow.remote.is_ipv4());
        let Some(port) = same.or_else(alike).and_then(|index| self.udp.get_mut(index)) else {
            return (0..batch.len()).collect();
        };
        let datagrams: Vec<_> =
            batch.iter().map(|(flow, bytes)| (flow.remote, bytes.clone())).collect();
        let failed = port.send_all(&datagrams);
        if let Some((capture, clock)) = &self.capture {
            let from = port.local();
            for (index, (to, payload)) in datagrams.into_iter().enumerate() {
                if !failed.contains(&index) {
                    let record = Record::Udp { from, to, payload };
                    capture.record(clock.wall(clock.now()), true, record);
                }
            }
        }
        failed
    }

    /// Says whether it failed.
    fn send_when_open(
        &mut self,
        flow: Flow,
        bytes: Bytes,
        names: impl FnOnce(Flow) -> Vec<String>,
    ) -> bool {
        let secure = flow.transport == Transport::Tls;
        let target = Target { remote: flow.remote, secure, peer: flow.peer.map(|peer| peer.0) };
        if let Some(waiting) = self.waiting.get_mut(&target) {
            let room = waiting.len() < WAITING;
            if room {
                waiting.push((flow, bytes));
            }
            return !room;
        }
        let names = if target.secure { names(flow) } else { Vec::new() };
        if self.streams.open(flow.local.ip(), target, names).is_err() {
            return true;
        }
        self.waiting.insert(target, vec![(flow, bytes)]);
        false
    }

    fn capture_stream(&self, id: u64, outgoing: bool, bytes: &Bytes) {
        if let (Some((capture, clock)), Some((local, remote))) =
            (&self.capture, self.connections.get(&id))
        {
            let (from, to) = if outgoing { (*local, *remote) } else { (*remote, *local) };
            let record = Record::Tcp { from, to, payload: bytes.clone() };
            capture.record(clock.wall(clock.now()), outgoing, record);
        }
    }
}

/// The networks of each queue of an address; the trunks past the last share what there is.
fn queues(trunks: &[Vec<(IpAddr, u8)>]) -> Vec<Vec<(IpAddr, u8)>> {
    let mut queues = vec![Vec::new(); trunks.len().min(QUEUES)];
    for (trunk, networks) in trunks.iter().enumerate() {
        if let Some(queue) = queues.get_mut(trunk % QUEUES) {
            queue.extend(networks);
        }
    }
    queues
}

/// The network of one address.
const fn host(address: IpAddr) -> (IpAddr, u8) {
    (address, if address.is_ipv4() { 32 } else { 128 })
}

const fn flow(local: SocketAddr, target: Target, connection: Option<ConnectionId>) -> Flow {
    let transport = if target.secure { Transport::Tls } else { Transport::Tcp };
    let peer = match target.peer {
        Some(peer) => Some(PeerId(peer)),
        None => None,
    };
    Flow { transport, local, remote: target.remote, connection, peer }
}

fn limits(settings: &SipSettings) -> StreamLimits {
    StreamLimits {
        connections: settings.connections,
        per_source: settings.connections_per_source,
        preferred: settings.neighbours.concat(),
        handshakes: HANDSHAKES,
        handshake_rate: settings.handshake_rate,
        write_queue: WRITE_QUEUE,
        patience: PATIENCE,
        idle: settings.idle,
        half_closed: HALF_CLOSED,
    }
}

#[cfg(test)]
mod tests;
