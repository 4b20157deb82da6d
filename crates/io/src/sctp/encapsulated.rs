//! SCTP of this process over UDP (RFC 6951), by the crate dcsctp: one socket of it is one
//! association. Whose a packet is, who may open an association, and how many, is decided here.

use super::packet::{Chunk, Head};
use super::{
    SctpEvent, SctpLimits, SctpListener, SctpMessage, SctpRefused, SctpStats, SctpTarget, SctpTimes,
};
use crate::{SocketOptions, UdpPort};
use base::Duration;
use bytes::Bytes;
use dcsctp::api::{
    DcSctpSocket, Message, Options, PpId, SendError, SendOptions, SocketEvent, SocketState,
    SocketTime, StreamId,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use tokio::time::{Instant, timeout_at};

/// Datagrams taken off one socket in one turn.
const DATAGRAMS_PER_TURN: usize = 64;
/// Peers whose handshake is under way. Each costs a few octets: all else is in the cookie.
const COOKIES: usize = 256;
/// Valid.Cookie.Life (RFC 9260 §16).
const COOKIE_LIFE: Duration = Duration::from_secs(60);
/// What fits the smallest MTU of IPv6 after the headers of IP and UDP.
const PACKET: usize = 1_280 - 40 - 8;
/// Streams that a peer may send on.
const STREAMS_IN: u16 = 256;
/// SCTP ports of associations that we open (RFC 6335 §6).
const DYNAMIC_PORTS: std::ops::RangeInclusive<u16> = 49_152..=65_535;

/// Whose a packet is. The UDP port of the peer is no part of it: it may change (RFC 6951 §5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The UDP socket, by its place.
    socket: usize,
    peer: IpAddr,
    remote: u16,
    local: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Opening { asked: u64 },
    Up,
    Closing,
}

pub(super) struct Association {
    socket: Box<dyn DcSctpSocket>,
    key: Key,
    /// Where its datagrams go.
    to: SocketAddr,
    /// Our verification tag, and the one of a handshake that would replace the association.
    tag: Option<u32>,
    offered: Option<u32>,
    phase: Phase,
    /// When it must have come up or gone.
    deadline: Option<Instant>,
    queue: VecDeque<SctpMessage>,
    born: Instant,
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Association")
            .field("key", &self.key)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Listener {
    socket: usize,
    port: u16,
    of: SctpListener,
}

/// A handshake under way: the tag that the cookie must come back with. The cookie of dcsctp is not
/// signed (RFC 9260 §5.1.3), so that it alone proves nothing.
#[derive(Clone, Copy, Debug)]
struct Cookie {
    tag: u32,
    since: Instant,
}

/// All associations over UDP.
#[derive(Debug)]
pub(super) struct Port {
    limits: SctpLimits,
    times: SctpTimes,
    sockets: Vec<(SocketAddr, UdpPort)>,
    listeners: Vec<Listener>,
    /// Whom we have opened associations to.
    targets: BTreeSet<IpAddr>,
    pub(super) each: BTreeMap<u64, Association>,
    pub(super) keys: BTreeMap<Key, u64>,
    cookies: BTreeMap<Key, Cookie>,
    events: VecDeque<SctpEvent>,
    next_id: u64,
    next_port: u16,
    stats: SctpStats,
}

impl Port {
    pub(super) fn bind(
        listeners: &[SctpListener],
        limits: SctpLimits,
        times: SctpTimes,
    ) -> io::Result<Self> {
        // Verification tags are taken from here: whoever guesses one can end an association.
        fastrand::seed(limits.seed);
        let mut port = Self {
            limits,
            times,
            sockets: Vec::new(),
            listeners: Vec::new(),
            targets: BTreeSet::new(),
            each: BTreeMap::new(),
            keys: BTreeMap::new(),
            cookies: BTreeMap::new(),
            events: VecDeque::new(),
            next_id: 0,
            next_port: fastrand::u16(DYNAMIC_PORTS),
            stats: SctpStats::default(),
        };
        for listener in listeners {
            let address = listener.addresses.first().ok_or(io::ErrorKind::InvalidInput)?;
            let socket = port.socket(SocketAddr::new(address.ip(), listener.udp_port))?;
            port.listeners.push(Listener { socket, port: address.port(), of: listener.clone() });
        }
        Ok(port)
    }

    /// The place of the UDP socket of this address.
    fn socket(&mut self, address: SocketAddr) -> io::Result<usize> {
        if let Some(at) = self.sockets.iter().position(|(of, _)| *of == address) {
            return Ok(at);
        }
        let options = SocketOptions {
            receive_buffer: self.limits.receive_buffer,
            send_buffer: self.limits.send_buffer,
            dscp: self.limits.dscp,
        };
        self.sockets.push((address, UdpPort::bind(address, &options)?));
        Ok(self.sockets.len() - 1)
    }

    pub(super) const fn stats(&self) -> SctpStats {
        self.stats
    }

    pub(super) async fn event(&mut self) -> SctpEvent {
        loop {
            if let Some(event) = self.try_event() {
                return event;
            }
            let deadline = self.deadline();
            let sockets = &self.sockets;
            let readable = std::future::poll_fn(|context| {
                let is_readable =
                    sockets.iter().any(|(_, one)| one.poll_readable(context).is_ready());
                if is_readable { Poll::Ready(()) } else { Poll::Pending }
            });
            match deadline {
                Some(at) => {
                    let _late = timeout_at(at, readable).await;
                }
                None => readable.await,
            }
        }
    }

    pub(super) fn try_event(&mut self) -> Option<SctpEvent> {
        if self.events.is_empty() {
            self.receive();
            self.expire();
        }
        self.events.pop_front()
    }

    fn receive(&mut self) {
        for at in 0..self.sockets.len() {
            for _ in 0..DATAGRAMS_PER_TURN {
                let Some((_, port)) = self.sockets.get_mut(at) else { break };
                let Some((from, packet)) = port.try_receive() else { break };
                self.datagram(at, from, &packet);
            }
        }
    }

    /// When a timer runs out.
    fn deadline(&self) -> Option<Instant> {
        self.each.values().filter_map(Association::next).min()
    }

    fn expire(&mut self) {
        let now = Instant::now();
        let is_due = |one: &Association| one.next().is_some_and(|at| at <= now);
        let due: Vec<u64> =
            self.each.iter().filter(|(_, one)| is_due(one)).map(|(id, _)| *id).collect();
        for id in due {
            let Some(one) = self.each.get_mut(&id) else { continue };
            // Whatever it waits for has not come: its peer is told, if there is one.
            let is_late = one.deadline.is_some_and(|at| at <= now);
            self.work(id, |socket| {
                if is_late {
                    socket.close()
                }
            });
            if is_late {
                self.end(id);
            }
        }
    }

    fn datagram(&mut self, socket: usize, from: SocketAddr, packet: &Bytes) {
        let Some(head) = Head::of(packet) else {
            return;
        };
        let peer = from.ip().to_canonical();
        let key = Key { socket, peer, remote: head.source, local: head.destination };
        if let Some(&id) = self.keys.get(&key) {
            return self.feed(id, head, from, packet);
        }
        match head.first {
            Chunk::INIT => self.asked_for(key, from, packet),
            Chunk::COOKIE_ECHO => self.accept(key, head, from, packet),
            _ if self.targets.contains(&peer) || self.listener(key).is_some() => {
                if let Some(answer) = head.unknown(packet) {
                    self.put(socket, from, &answer);
                }
            }
            _ => self.stats.refused += 1,
        }
    }

    fn listener(&self, key: Key) -> Option<&Listener> {
        let fits = |one: &&Listener| {
            one.socket == key.socket && one.port == key.local && one.of.takes(key.peer)
        };
        self.listeners.iter().find(fits)
    }

    /// A peer begins: nothing is kept of it but the tag that we give it (RFC 9260 §5.1).
    fn asked_for(&mut self, key: Key, from: SocketAddr, packet: &[u8]) {
        if self.listener(key).is_none() {
            self.stats.refused += 1;
            tracing::debug!(remote = %from, "an association that is nobody's is asked for");
            return;
        }
        let mut socket = self.new_socket(key);
        let answers = caught(|| {
            socket.handle_input(packet);
            packets(socket.as_mut())
        });
        let Some(answers) = answers else {
            self.stats.broken += 1;
            return;
        };
        for answer in answers {
            let head = Head::of(&answer).filter(|head| head.first == Chunk::INIT_ACK);
            if let Some(tag) = head.and_then(|head| head.initiate) {
                let now = Instant::now();
                self.cookies.retain(|_, cookie| now - cookie.since < COOKIE_LIFE);
                if self.cookies.len() >= COOKIES {
                    let oldest = self.cookies.iter().min_by_key(|(_, cookie)| cookie.since);
                    let oldest = oldest.map(|(key, _)| *key);
                    oldest.map(|oldest| self.cookies.remove(&oldest));
                }
                self.cookies.insert(key, Cookie { tag, since: now });
            }
            self.put(key.socket, from, &answer);
        }
    }

    /// A peer has shown that it gets what we send there.
    fn accept(&mut self, key: Key, head: Head, from: SocketAddr, packet: &[u8]) {
        let is_ours =
            |cookie: &Cookie| cookie.tag == head.tag && cookie.since.elapsed() < COOKIE_LIFE;
        let is_ours = self.cookies.get(&key).is_some_and(is_ours);
        if !is_ours || self.each.len() >= self.limits.most_accepted() {
            self.stats.refused += 1;
            return;
        }
        self.cookies.remove(&key);
        let socket = self.new_socket(key);
        let id = self.adopt(socket, key, from, Phase::Up);
        if let Some(one) = self.each.get_mut(&id) {
            one.tag = Some(head.tag);
        }
        self.work(id, |socket| socket.handle_input(packet));
        let is_up = |one: &Association| one.socket.state() == SocketState::Connected;
        if !self.each.get(&id).is_some_and(is_up) {
            self.forget(id);
        }
    }

    fn feed(&mut self, id: u64, head: Head, from: SocketAddr, packet: &[u8]) {
        let Some(one) = self.each.get_mut(&id) else {
            return;
        };
        let before = one.to;
        // RFC 6951 §5.4: where packets with the right tag come from, there they go. A handshake
        // has no tag yet, and its answer goes to where it came from.
        let is_ours = [one.tag, one.offered].contains(&Some(head.tag));
        if is_ours || head.first == Chunk::INIT {
            one.to = from;
        }
        self.work(id, |socket| socket.handle_input(packet));
        if let Some(one) = self.each.get_mut(&id)
            && !is_ours
        {
            one.to = before;
        }
    }

    fn new_socket(&self, key: Key) -> Box<dyn DcSctpSocket> {
        let SctpTimes { rto_initial, rto_min, rto_max, .. } = self.times;
        let options = Options {
            local_port: key.local,
            remote_port: key.remote,
            announced_maximum_incoming_streams: STREAMS_IN,
            announced_maximum_outgoing_streams: self.times.streams,
            mtu: PACKET,
            max_message_size: self.limits.message,
            max_receiver_window_buffer_size: self.limits.receive_buffer,
            max_send_buffer_size: self.limits.send_buffer,
            per_stream_send_queue_limit: self.limits.send_buffer,
            rto_initial,
            rto_min,
            rto_max,
            t1_init_timeout: rto_initial,
            t1_cookie_timeout: rto_initial,
            t2_shutdown_timeout: rto_initial,
            max_timer_backoff_duration: Some(rto_max),
            heartbeat_interval: self.times.heartbeat,
            delayed_ack_max_timeout: self.times.acknowledgement,
            // What a peer may delay its acknowledgement varies by as much.
            min_rtt_variance: rto_min,
            max_retransmissions: Some(u32::from(self.times.retransmissions)),
            max_init_retransmits: Some(u32::from(self.times.attempts)),
            enable_partial_reliability: false,
            ..Options::default()
        };
        dcsctp::new_socket("m3ua", &options)
    }

    fn adopt(
        &mut self,
        socket: Box<dyn DcSctpSocket>,
        key: Key,
        to: SocketAddr,
        phase: Phase,
    ) -> u64 {
        let id = self.new_id();
        let deadline = (phase != Phase::Up).then(|| Instant::now() + self.limits.patience);
        let born = Instant::now();
        let (tag, offered, queue) = (None, None, VecDeque::new());
        let one = Association { socket, key, to, tag, offered, phase, deadline, queue, born };
        self.each.insert(id, one);
        self.keys.insert(key, id);
        id
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn open(&mut self, target: &SctpTarget, asked: u64) -> Result<(), SctpRefused> {
        let remote = *target.remotes.first().ok_or(SctpRefused::Address)?;
        if self.each.len() >= self.limits.associations {
            self.stats.refused += 1;
            return Err(SctpRefused::Limit);
        }
        let any: IpAddr = match remote {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let local = target.locals.first().copied().unwrap_or(any);
        let (ours, theirs) = target.udp_ports;
        let socket = self.socket(SocketAddr::new(local, ours)).map_err(|error| {
            tracing::warn!(%local, port = ours, %error, "no UDP socket for SCTP");
            SctpRefused::Address
        })?;
        let peer = remote.ip().to_canonical();
        let key = |local| Key { socket, peer, remote: remote.port(), local };
        // There are far more ports than associations.
        while self.keys.contains_key(&key(self.next_port)) {
            self.turn_port();
        }
        let key = key(self.next_port);
        self.turn_port();
        self.targets.insert(peer);
        let to = SocketAddr::new(remote.ip(), theirs);
        let id = self.adopt(self.new_socket(key), key, to, Phase::Opening { asked });
        self.work(id, |socket| socket.connect());
        Ok(())
    }

    fn turn_port(&mut self) {
        self.next_port = self.next_port.checked_add(1).unwrap_or(*DYNAMIC_PORTS.start());
    }

    pub(super) fn send(&mut self, id: u64, message: SctpMessage) -> Result<(), SctpRefused> {
        let one = self.each.get_mut(&id).filter(|one| one.phase == Phase::Up);
        let one = one.ok_or(SctpRefused::Gone)?;
        if message.octets.is_empty() || message.octets.len() > self.limits.message {
            self.stats.too_long += 1;
            return Ok(());
        }
        if one.queue.len() >= self.limits.send_queue {
            self.stats.stalled += 1;
            self.work(id, |socket| socket.close());
            return Err(SctpRefused::Stalled);
        }
        one.queue.push_back(message);
        self.work(id, |_| {});
        Ok(())
    }

    pub(super) fn waiting(&self, id: u64) -> usize {
        self.each.get(&id).map_or(0, |one| one.queue.len())
    }

    pub(super) fn close(&mut self, id: u64) {
        let Some(one) = self.each.get_mut(&id) else {
            return;
        };
        if one.phase != Phase::Closing {
            one.phase = Phase::Closing;
            one.deadline = Some(Instant::now() + self.limits.patience);
            self.work(id, |socket| socket.shutdown());
        }
    }

    /// Has the machine of an association do something, and does what it then wants.
    fn work(&mut self, id: u64, what: impl FnOnce(&mut dyn DcSctpSocket)) {
        let Some(one) = self.each.get_mut(&id) else {
            return;
        };
        // Its code is not ours, and what it works on comes from the network.
        let done = caught(|| {
            one.socket.advance_time(SocketTime::zero() + one.born.elapsed());
            what(one.socket.as_mut());
            one.pump();
            let mut events = Vec::new();
            while let Some(event) = one.socket.poll_event() {
                events.push(event);
            }
            let mut messages = Vec::new();
            while let Some(message) = one.socket.get_next_message() {
                messages.push(message);
            }
            (events, messages)
        });
        let Some((events, messages)) = done else {
            tracing::error!(id, "the machine of an association broke: the association is gone");
            self.stats.broken += 1;
            return self.end(id);
        };
        let mut is_over = false;
        // What came before the end is heard before it.
        self.hear(id, &events, &mut is_over);
        let is_up = self.each.get(&id).is_some_and(|one| one.phase == Phase::Up);
        for Message { stream_id, ppid, payload } in messages {
            if payload.len() > self.limits.message {
                self.stats.too_long += 1;
            } else if is_up {
                let (stream, ppid, octets) = (stream_id.0, ppid.0, payload.into());
                self.events.push_back(SctpEvent::Received { id, stream, ppid, octets });
            }
        }
        if is_over {
            self.end(id);
        }
    }

    fn hear(&mut self, id: u64, events: &[SocketEvent], is_over: &mut bool) {
        for event in events {
            match event {
                SocketEvent::SendPacket(packet) => self.forward(id, packet),
                SocketEvent::OnConnected() => self.up(id),
                SocketEvent::OnConnectionRestarted() => {
                    // What was under way is lost, and the peer has forgotten what we agreed on.
                    tracing::info!(id, "the peer has begun the association anew");
                    if let Some(one) = self.each.get_mut(&id) {
                        one.tag = one.offered.take();
                        let abort = caught(|| {
                            one.socket.close();
                            packets(one.socket.as_mut())
                        });
                        abort.into_iter().flatten().for_each(|packet| self.forward(id, &packet));
                    }
                    *is_over = true;
                }
                SocketEvent::OnAborted(kind, reason) => {
                    tracing::info!(id, ?kind, reason, "an association ended");
                    *is_over = true;
                }
                SocketEvent::OnClosed() => *is_over = true,
                SocketEvent::OnError(kind, reason) => tracing::debug!(id, ?kind, reason, "SCTP"),
                _ => {}
            }
        }
    }

    /// Sends a packet of an association, and remembers the tags that it gives away.
    fn forward(&mut self, id: u64, packet: &[u8]) {
        let Some(one) = self.each.get_mut(&id) else {
            return;
        };
        match Head::of(packet) {
            Some(Head { first: Chunk::INIT, initiate, .. }) => one.tag = initiate,
            Some(Head { first: Chunk::INIT_ACK, initiate, .. }) => one.offered = initiate,
            _ => {}
        }
        let (socket, to) = (one.key.socket, one.to);
        self.put(socket, to, packet);
    }

    fn put(&mut self, socket: usize, to: SocketAddr, packet: &[u8]) {
        if let Some((_, port)) = self.sockets.get_mut(socket)
            && let Err(error) = port.try_send(to, packet)
        {
            tracing::debug!(%to, %error, "a packet of SCTP was not sent");
        }
    }

    fn up(&mut self, id: u64) {
        let Some(one) = self.each.get_mut(&id) else {
            return;
        };
        let asked = match one.phase {
            Phase::Opening { asked } => Some(asked),
            Phase::Up => None,
            Phase::Closing => return,
        };
        (one.phase, one.deadline) = (Phase::Up, None);
        let metrics = one.socket.get_metrics();
        let streams = metrics.map_or(1, |metrics| metrics.negotiated_maximum_outgoing_streams);
        let Key { socket, peer, remote, local } = one.key;
        let ours = self.sockets.get(socket).map_or(peer, |(of, _)| of.ip());
        let (local, remote) = (SocketAddr::new(ours, local), SocketAddr::new(peer, remote));
        self.events.push_back(SctpEvent::Up { id, local, remote, asked, streams });
    }

    /// An association is over: so that is told.
    fn end(&mut self, id: u64) {
        let event = match self.forget(id) {
            Some(Phase::Opening { asked }) => {
                self.stats.unopened += 1;
                SctpEvent::OpenFailed { asked }
            }
            Some(Phase::Up | Phase::Closing) => SctpEvent::Down { id },
            None => return,
        };
        self.events.push_back(event);
    }

    fn forget(&mut self, id: u64) -> Option<Phase> {
        let one = self.each.remove(&id)?;
        self.keys.remove(&one.key);
        Some(one.phase)
    }
}

impl Drop for Port {
    /// Peers learn at once that nobody is here any more.
    fn drop(&mut self) {
        for id in self.each.keys().copied().collect::<Vec<_>>() {
            self.work(id, |socket| socket.close());
        }
    }
}

impl Association {
    /// When it wants to be worked on.
    fn next(&self) -> Option<Instant> {
        let timeout = self.socket.poll_timeout();
        let timer = (timeout < SocketTime::infinite_future())
            .then(|| self.born.checked_add(timeout - SocketTime::zero()))
            .flatten();
        [timer, self.deadline].into_iter().flatten().min()
    }

    /// Hands over what there is room for.
    fn pump(&mut self) {
        while let Some(next) = self.queue.front() {
            let message =
                Message::new(StreamId(next.stream), PpId(next.ppid), next.octets.to_vec());
            let options = SendOptions { unordered: next.unordered, ..SendOptions::default() };
            if self.socket.send(message, &options) == Err(SendError::ResourceExhaustion) {
                return;
            }
            self.queue.pop_front();
        }
    }
}

fn packets(socket: &mut dyn DcSctpSocket) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let Some(event) = socket.poll_event() {
        if let SocketEvent::SendPacket(packet) = event {
            packets.push(packet);
        }
    }
    packets
}

/// None where it panicked.
fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
