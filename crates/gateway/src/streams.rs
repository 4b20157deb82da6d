//! SIP over connections: octets in, messages out (RFC 3261 §18.3), and keep-alives (RFC 5626).

use crate::{Gateway, Output, SipTrunk, Timer};
use base::{Class, Duration, Instant, TimerTable};
use bytes::Bytes;
use sip_parser::{Frame, FrameError, FrameErrorKind, Framer, Message, peek};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use tracing::{debug, info};

/// How long a message may take from its first octet to its last.
const WHOLE: Duration = Duration::from_secs(30);
/// How long nothing more has come of a message without a Content-Length when it has ended: T1.
const BODY: Duration = Duration::from_millis(500);
/// How long a peer may take to answer a ping (RFC 5626 §4.4.1).
const PONG: Duration = Duration::from_secs(10);

/// How often a peer may want to be pinged at most and at least; and how often if it does not care.
const KEEP: std::ops::RangeInclusive<u64> = 5..=3_600;
const KEEP_ANY: u64 = 120;

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    /// The rest of a message.
    Rest,
    /// More of the body of a message that does not say how long it is.
    Body,
    /// The time of the next ping.
    Ping,
    /// The answer to the last one.
    Pong,
}

/// The open connections; their number is bounded by whoever accepts them.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    open: BTreeMap<sip::ConnectionId, Stream>,
    timers: TimerTable<(sip::ConnectionId, Awaited)>,
    /// Those whose peer sends no more; told to the SIP core behind all that they brought.
    half_closed: Vec<sip::ConnectionId>,
}

#[derive(Debug)]
struct Stream {
    flow: sip::Flow,
    /// What the peer has proved to be.
    names: Vec<String>,
    framer: Framer,
    /// Whether the peer has left a Content-Length out, and nothing but emergency calls is believed.
    doubted: bool,
    /// How often the peer is pinged.
    keep_alive: Option<Duration>,
}

impl Streams {
    /// What the peer of a connection has proved to be (RFC 5922).
    pub(crate) fn names(&self, flow: &sip::Flow) -> &[String] {
        let stream = flow.connection.and_then(|connection| self.open.get(&connection));
        stream.map_or(&[], |stream| &stream.names)
    }

    pub(crate) fn next_timer(&self) -> Option<(Instant, Timer)> {
        self.timers.next().map(|(deadline, (_, awaited))| match awaited {
            Awaited::Ping => (deadline, Timer::KeepAlive),
            Awaited::Rest | Awaited::Body | Awaited::Pong => (deadline, Timer::Stream),
        })
    }

    fn forget(&mut self, connection: sip::ConnectionId) {
        self.open.remove(&connection);
        self.half_closed.retain(|one| *one != connection);
        for awaited in [Awaited::Rest, Awaited::Body, Awaited::Ping, Awaited::Pong] {
            self.timers.stop((connection, awaited));
        }
    }

    /// The peer of a connection wants to hear from us so often. What is configured comes first.
    fn keep(&mut self, now: Instant, id: sip::ConnectionId, interval: Duration) {
        if let Some(stream) = self.open.get_mut(&id)
            && stream.keep_alive.is_none()
        {
            stream.keep_alive = Some(interval);
            self.arm(now, id);
        }
    }

    /// Sets the timers by what the octets that came have left.
    fn arm(&mut self, now: Instant, id: sip::ConnectionId) {
        let Some(stream) = self.open.get_mut(&id) else {
            return;
        };
        if let Some(interval) = stream.keep_alive {
            stream.framer.take_pong();
            // Whatever came, the peer lives and the way to it is open.
            self.timers.stop((id, Awaited::Pong));
            self.timers.set(now, (id, Awaited::Ping), interval);
        }
        if stream.framer.is_open() {
            self.timers.set(now, (id, Awaited::Body), BODY);
        } else {
            self.timers.stop((id, Awaited::Body));
        }
        if stream.framer.is_between_messages() {
            self.timers.stop((id, Awaited::Rest));
        } else if !self.timers.is_running((id, Awaited::Rest)) {
            self.timers.set(now, (id, Awaited::Rest), WHOLE);
        }
    }
}

impl Gateway {
    /// A connection is up.
    pub(crate) fn stream_connected(&mut self, now: Instant, flow: sip::Flow, names: Vec<String>) {
        if let Some(connection) = flow.connection {
            let framer = Framer::new(self.settings.sip_limits);
            let keep_alive = self.keep_alive(&flow);
            let stream = Stream { flow, names, framer, doubted: false, keep_alive };
            self.peers.streams.open.insert(connection, stream);
            self.peers.streams.arm(now, connection);
        }
        let input = if self.is_reusable(&flow) {
            sip::Input::Connected { flow }
        } else {
            sip::Input::Accepted { flow }
        };
        self.sip.handle_input(now, input);
    }

    /// What the top Via of a message says about the connection that it came over.
    pub(crate) fn stream_asked(&mut self, now: Instant, flow: sip::Flow, message: &Message) {
        let Some(id) = flow.connection else {
            return;
        };
        let via = message.top_via();
        let param = |name: &str| {
            let mut params = via.params.iter();
            params.find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        if !message.is_request() {
            // RFC 6223 §4.3, to what we offered: from 80 to 100 per cent of that time.
            let seconds = param("keep").flatten().and_then(|value| value.parse::<u64>().ok());
            if let Some(seconds) = seconds
                && self.trunk_of(&flow).is_some()
            {
                let seconds = if seconds == 0 { KEEP_ANY } else { seconds };
                let seconds = seconds.clamp(*KEEP.start(), *KEEP.end());
                self.peers.streams.keep(now, id, Duration::from_millis(seconds * 900));
            }
            return;
        }
        // RFC 5923 §8.2, §9.3: the address that it comes from, and the port that it says it listens
        // at; only where that is a target of a trunk whose name it has proved.
        if flow.transport == sip::Transport::Tls && param("alias").is_some() {
            let port = via.port.unwrap_or(flow.transport.default_port());
            let remote = SocketAddr::new(flow.remote.ip(), port);
            let there = self.peers.targets.trunks_at(remote).into_iter();
            let as_peer =
                |trunk| sip::Flow { peer: self.party(trunk, flow.transport, remote), ..flow };
            let proved = there.map(as_peer).find(|flow| self.proves(flow, remote));
            if let Some(flow) = proved {
                self.sip.handle_input(now, sip::Input::Alias { flow, remote });
            }
        }
    }

    /// Whether the peer of a connection has proved to be one that is expected at an address.
    fn proves(&self, flow: &sip::Flow, remote: SocketAddr) -> bool {
        let expected = self.names_of(&sip::Flow { remote, ..*flow });
        let proved = self.peers.streams.names(flow);
        proved.iter().any(|name| expected.iter().any(|one| one.eq_ignore_ascii_case(name)))
    }

    /// Whether our calls may go over a connection. A TLS peer that came to us from the very address
    /// and port of a target has shown nobody that it is that target: it must prove the same names
    /// as if we had called it, or the names of targets would be worth nothing (RFC 5923 §4.2).
    fn is_reusable(&self, flow: &sip::Flow) -> bool {
        let ours = (flow.transport, flow.local.port());
        let listens = |local: &(sip::Transport, SocketAddr)| (local.0, local.1.port()) == ours;
        if flow.transport != sip::Transport::Tls
            || !self.settings.sip_locals.iter().any(listens)
            || self.peers.targets.trunks_at(flow.remote).is_empty()
        {
            return true;
        }
        self.proves(flow, flow.remote)
    }

    /// How often the peer of a connection is pinged: only where we opened it, to a target that we
    /// know to answer (RFC 5626 §4.4.1: the client pings).
    fn keep_alive(&self, flow: &sip::Flow) -> Option<Duration> {
        let trunks = self.peers.targets.trunks_at(flow.remote);
        let trunk = |index: u16| self.settings.trunks.get(usize::from(index));
        trunks.into_iter().filter_map(trunk).find_map(|trunk| trunk.keep_alive)
    }

    /// Whom of several trunks at one address a connection within TLS leads to: none where there is
    /// one trunk only, or where all prove the same names, for then one connection is for all. A
    /// machine that serves several domains shows the certificate of the one it is asked for (SNI),
    /// and what it has proved for one says nothing about another (RFC 5922 §7.3, RFC 5923 §9.3).
    pub(crate) fn party(
        &self,
        trunk: u16,
        transport: sip::Transport,
        remote: SocketAddr,
    ) -> Option<sip::PeerId> {
        if transport != sip::Transport::Tls {
            return None;
        }
        let own = self.names_of_trunk(trunk, remote);
        let mut others = self.peers.targets.trunks_at(remote).into_iter();
        let differs = others.any(|other| self.names_of_trunk(other, remote) != own);
        differs.then_some(sip::PeerId(trunk))
    }

    /// The names of one trunk for an address that is one of its targets.
    fn names_of_trunk(&self, trunk: u16, remote: SocketAddr) -> Vec<String> {
        let mut names = self.peers.targets.server_names(remote, Some(trunk));
        names.retain(|name| name.parse::<IpAddr>().is_err());
        let settings = self.settings.trunks.get(usize::from(trunk));
        names.extend(settings.into_iter().flat_map(|trunk| trunk.tls_names.iter().cloned()));
        names.iter_mut().for_each(|name| name.make_ascii_lowercase());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// One of the names that a peer must prove within TLS before we send it anything by this way.
    pub fn names_of(&self, flow: &sip::Flow) -> Vec<String> {
        match flow.peer {
            Some(sip::PeerId(trunk)) => self.names_of_trunk(trunk, flow.remote),
            None => self.tls_names(flow.remote),
        }
    }

    /// One of the names that a peer must prove within TLS before we send it anything; where there
    /// is none, it must prove its address.
    pub fn tls_names(&self, remote: SocketAddr) -> Vec<String> {
        let mut names = self.server_names(remote);
        names.retain(|name| name.parse::<IpAddr>().is_err());
        let there = self.peers.targets.trunks_at(remote);
        // Who is a target of one trunk does not become it by the name of another whose networks
        // happen to hold its address: those count only where no target is, for requests within
        // dialogs of such a trunk.
        let counts = |index: u16, trunk: &SipTrunk| {
            there.contains(&index) || there.is_empty() && trunk.contains(remote.ip())
        };
        for (index, trunk) in (0_u16..).zip(&self.settings.trunks) {
            if counts(index, trunk) {
                names.extend(trunk.tls_names.iter().cloned());
            }
        }
        names
    }

    /// Octets came on a connection.
    pub(crate) fn stream_bytes(&mut self, now: Instant, id: sip::ConnectionId, bytes: &[u8]) {
        let Some(stream) = self.peers.streams.open.get_mut(&id) else {
            return;
        };
        stream.framer.push(bytes);
        loop {
            // Looked up anew for each message: what is between borrows the whole gateway.
            let Some(stream) = self.peers.streams.open.get_mut(&id) else {
                return;
            };
            let flow = stream.flow;
            match stream.framer.next() {
                Ok(Some(Frame::Message(bytes))) => {
                    // The next one has its own time.
                    self.peers.streams.timers.stop((id, Awaited::Rest));
                    if !self.stream_brought(now, id, bytes) {
                        return;
                    }
                }
                // RFC 5626 §3.5.1: the pong.
                Ok(Some(Frame::Ping)) => self.send_octets(flow, b"\r\n"),
                Ok(None) => return self.peers.streams.arm(now, id),
                Err(error) if self.reads_on(id, &error) => {}
                Err(error) => return self.stream_refused(now, id, flow, error),
            }
        }
    }

    /// A whole message came; says whether the stream goes on.
    fn stream_brought(&mut self, now: Instant, id: sip::ConnectionId, bytes: Bytes) -> bool {
        let Some(stream) = self.peers.streams.open.get(&id) else {
            return false;
        };
        let flow = stream.flow;
        if stream.doubted && !self.is_of_emergency(&flow, &bytes) {
            debug!(remote = %flow.remote, "stream of unknown lengths ended");
            self.stats.broken_streams += 1;
            self.close_stream(now, id);
            return false;
        }
        self.sip_arrived(now, flow, bytes);
        true
    }

    fn is_of_emergency(&self, flow: &sip::Flow, head: &[u8]) -> bool {
        let source = self.source_of(flow);
        peek(head).is_some_and(|peek| self.class_of_sip(source, &peek).is_emergency())
    }

    /// RFC 3261 §20.14 wants a Content-Length on every stream, and §18.3 a 400 and the end of the
    /// stream where there is none. No emergency call is lost for that: it is read as over
    /// datagrams, where the body is what has come together (§18.3). Somebody who could write in
    /// such a body might then write requests of others in it, so from here on the stream brings
    /// emergency calls and what belongs to them, and ends with the first message of any other.
    fn reads_on(&mut self, id: sip::ConnectionId, error: &FrameError) -> bool {
        let stream = self.peers.streams.open.get(&id);
        let head = stream.and_then(|stream| Some((stream.flow, stream.framer.unmeasured()?)));
        let reads_on = error.kind == FrameErrorKind::NoLength
            && head.is_some_and(|(flow, head)| self.is_of_emergency(&flow, head));
        if reads_on && let Some(stream) = self.peers.streams.open.get_mut(&id) {
            info!(remote = %stream.flow.remote, "an emergency call without Content-Length");
            stream.doubted = true;
            stream.framer.read_on();
        }
        reads_on
    }

    /// Nothing more comes of a message that does not say how long it is.
    fn stream_cut(&mut self, now: Instant, id: sip::ConnectionId) {
        let stream = self.peers.streams.open.get_mut(&id);
        if let Some(Frame::Message(bytes)) = stream.and_then(|stream| stream.framer.cut())
            && self.stream_brought(now, id, bytes)
        {
            self.peers.streams.arm(now, id);
        }
    }

    /// The peer of a connection sends no more.
    pub(crate) fn stream_half_closed(&mut self, now: Instant, id: sip::ConnectionId) {
        self.stream_cut(now, id);
        if self.peers.streams.open.contains_key(&id) {
            self.peers.streams.half_closed.push(id);
        }
    }

    fn send_octets(&mut self, flow: sip::Flow, octets: &'static [u8]) {
        let (class, bytes) = (Class::InDialog, Bytes::from_static(octets));
        self.outputs.push_back(Output::Sip { flow, class, bytes });
    }

    /// What connections have waited for long enough.
    pub(crate) fn streams_expired(&mut self, now: Instant) {
        while let Some((id, awaited)) = self.peers.streams.timers.pop_expired(now) {
            let Some(flow) = self.peers.streams.open.get(&id).map(|stream| stream.flow) else {
                continue;
            };
            match awaited {
                Awaited::Ping => {
                    self.peers.streams.timers.set(now, (id, Awaited::Pong), PONG);
                    self.send_octets(flow, b"\r\n\r\n");
                }
                Awaited::Pong => {
                    info!(remote = %flow.remote, "a peer does not answer pings");
                    self.stats.silent_streams += 1;
                    self.close_stream(now, id);
                }
                Awaited::Body => self.stream_cut(now, id),
                Awaited::Rest => {
                    info!(remote = %flow.remote, "a message does not come to its end");
                    self.stats.slow_streams += 1;
                    self.close_stream(now, id);
                }
            }
        }
    }

    fn close_stream(&mut self, now: Instant, connection: sip::ConnectionId) {
        self.outputs.push_back(Output::SipClose { connection });
        self.stream_closed(now, connection);
    }

    /// Tells the SIP core whose peer sends no more, once nothing of what they brought waits.
    pub(crate) fn end_streams(&mut self, now: Instant) {
        if !self.inbox.is_empty() {
            return;
        }
        for connection in std::mem::take(&mut self.peers.streams.half_closed) {
            self.sip.handle_input(now, sip::Input::HalfClosed { connection });
        }
    }

    /// The end of a message is not found again on a stream (RFC 3261 §18.3): what can still be
    /// answered is answered, then the connection ends.
    fn stream_refused(
        &mut self,
        now: Instant,
        connection: sip::ConnectionId,
        flow: sip::Flow,
        error: FrameError,
    ) {
        debug!(remote = %flow.remote, kind = ?error.kind, "stream refused");
        self.stats.broken_streams += 1;
        if let Some(broken) = error.broken {
            let class = Class::Ordinary;
            self.sip.handle_input(now, sip::Input::Broken { flow, class, broken });
            self.settle(now);
        }
        self.close_stream(now, connection);
    }

    /// A connection is gone.
    pub(crate) fn stream_closed(&mut self, now: Instant, connection: sip::ConnectionId) {
        self.peers.streams.forget(connection);
        self.sip.handle_input(now, sip::Input::Closed { connection });
    }
}
