use crate::jitter::{Arrival, JitterBuffer, PACKET_MAX};
use crate::keys::Keys;
use crate::rtp::Header;
use crate::sender::{Packet, Sender};
use crate::source::{Order, Source};
use crate::stats::{ContextStats, Tally};
use crate::{Codec, Listener, TimeSlot};
use base::{Duration, Instant};
use std::net::SocketAddr;
use tdm::{BLOCK_FRAMES, Tone, g711};

/// RTCP packets on this port would look like these payload types (RFC 5761 §4).
const RTCP_PAYLOAD_TYPES: std::ops::RangeInclusive<u8> = 64..=95;

/// How long whoever spoke first may be silent before somebody else may be the peer: it may have
/// been the last packet of another call that had this port.
const LATCH_PATIENCE: Duration = Duration::from_secs(1);

/// What the peer's session description says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
    pub(crate) codec: Codec,
    pub(crate) payload_type: u8,
    pub(crate) send: bool,
    pub(crate) receive: bool,
    pub(crate) latch: bool,
}

impl Remote {
    /// The codec of a payload type that comes in: the one agreed on, or the static ones, between
    /// which peers that offered both may change at any time (RFC 3264 §5.1, RFC 3551 §6).
    const fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        match payload_type {
            agreed if agreed == self.payload_type => Some(self.codec),
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        }
    }
}

/// One direction pair between an RTP address and a time slot.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) is_active: bool,
    pub(crate) has_socket: bool,
    pub(crate) slot: Option<TimeSlot>,
    /// Ringing tone, and who hears it.
    pub(crate) ringback: Option<(Listener, Tone)>,
    pub(crate) keys: Keys,
    pub(crate) stats: ContextStats,
    remote: Option<Remote>,
    /// Where the peer's packets really come from, once that is known and wanted.
    latched: Option<Latched>,
    source: Source,
    buffer: JitterBuffer,
    sender: Sender,
    silence: Silence,
}

/// Where speech comes from that no address of the signalling stands for.
#[derive(Clone, Copy, Debug)]
struct Latched {
    from: SocketAddr,
    /// When it came last.
    heard: Instant,
}

impl Latched {
    /// Whether what comes from there may be the peer's.
    fn admits(self, now: Instant, from: SocketAddr) -> bool {
        self.from == from || now.saturating_since(self.heard) >= LATCH_PATIENCE
    }
}

/// Since when no RTP has come.
#[derive(Clone, Copy, Debug)]
struct Silence {
    /// When it came, was first expected, or its absence was told.
    since: Instant,
    /// How often in a row its absence was told.
    times: u32,
}

impl Silence {
    const fn since(now: Instant) -> Self {
        Self { since: now, times: 0 }
    }
}

impl Context {
    /// A context that is not in use.
    pub(crate) fn new(depth: u32, sender: Sender) -> Self {
        Self {
            is_active: false,
            has_socket: false,
            slot: None,
            ringback: None,
            keys: Keys::default(),
            stats: ContextStats::default(),
            remote: None,
            latched: None,
            source: Source::default(),
            buffer: JitterBuffer::new(depth),
            sender,
            silence: Silence::since(Instant::ZERO),
        }
    }

    /// Takes the context into use.
    pub(crate) fn open(&mut self, sender: Sender) {
        self.is_active = true;
        self.stats = ContextStats::default();
        self.sender = sender;
    }

    /// Takes the context out of use; gives what passed through it.
    pub(crate) fn close(&mut self, total: &mut ContextStats) -> ContextStats {
        self.source.end();
        let lost = self.source.take_lost();
        Tally { context: &mut self.stats, total }.add(lost, |stats| &mut stats.lost);
        self.is_active = false;
        self.has_socket = false;
        self.slot = None;
        self.ringback = None;
        self.keys.reset();
        self.remote = None;
        self.latched = None;
        self.buffer.reset();
        self.stats
    }

    pub(crate) fn set_remote(&mut self, now: Instant, remote: Remote) {
        if self.remote.is_none_or(|old| old.address != remote.address) {
            self.latched = None;
        }
        if self.remote.is_none_or(|old| !old.receive) {
            self.silence = Silence::since(now);
        }
        self.remote = Some(remote);
    }

    pub(crate) const fn set_format(&mut self, ptime: u8, events: Option<u8>) {
        self.sender.set_packet_time(ptime);
        self.keys.payload_type = events;
    }

    /// Takes a packet.
    pub(crate) fn packet(
        &mut self,
        now: Instant,
        from: SocketAddr,
        packet: &[u8],
        latch: bool,
        total: &mut ContextStats,
    ) {
        let mut tally = Tally { context: &mut self.stats, total };
        let latch = latch || self.remote.is_some_and(|remote| remote.latch);
        // Whoever else spoke first: the address that the signalling named is the peer's.
        let Some(remote) = self.remote.filter(|remote| {
            from == remote.address
                || latch && self.latched.is_none_or(|latched| latched.admits(now, from))
        }) else {
            return tally.add(1, |stats| &mut stats.foreign);
        };
        let parsed = Header::parse(packet);
        let parsed =
            parsed.filter(|(header, _)| !RTCP_PAYLOAD_TYPES.contains(&header.payload_type));
        let Some((header, payload)) = parsed else {
            return tally.add(1, |stats| &mut stats.invalid);
        };
        let is_event = self.keys.payload_type == Some(header.payload_type);
        let codec = remote.codec_of(header.payload_type).filter(|_| !is_event);
        if latch && (codec.is_some() || is_event) {
            self.latched = Some(Latched { from, heard: now });
        }
        if !remote.receive {
            return tally.add(1, |stats| &mut stats.unwanted);
        }
        self.silence = Silence::since(now);
        let order = self.source.judge(header.source, header.sequence);
        tally.add(self.source.take_lost(), |stats| &mut stats.lost);
        match order {
            Order::First => {
                self.buffer.reset();
                self.keys.begin();
            }
            Order::New => {}
            Order::Duplicate => return tally.add(1, |stats| &mut stats.duplicate),
            Order::Stale => return tally.add(1, |stats| &mut stats.late),
            Order::Unproven => return tally.add(1, |stats| &mut stats.foreign),
        }
        if is_event && self.keys.packet(header.timestamp, payload) {
            return tally.add(1, |stats| &mut stats.events);
        }
        // Other payload types, such as comfort noise, share the sequence but are no speech.
        let Some(codec) = codec.filter(|_| payload.len() <= PACKET_MAX) else {
            return tally.add(1, |stats| &mut stats.invalid);
        };
        tally.add(1, |stats| &mut stats.received);
        // RFC 3398 §8.2.3: what the peer plays goes before a tone of ours.
        self.ringback.take_if(|(to, _)| *to == Listener::Circuit);
        let (timestamp, is_start) = (header.timestamp, header.marker);
        let arrival = match codec {
            Codec::Pcma => self.buffer.push(timestamp, is_start, payload, |octet| octet),
            Codec::Pcmu => self.buffer.push(timestamp, is_start, payload, g711::ulaw_to_alaw),
        };
        match arrival {
            Arrival::Stored => {}
            Arrival::Late => tally.add(1, |stats| &mut stats.late),
            Arrival::Slipped => tally.add(1, |stats| &mut stats.slips),
        }
    }

    /// What the time slot is to carry in this tick.
    pub(crate) fn listen(&mut self) -> [u8; BLOCK_FRAMES] {
        let mut octets = [g711::ALAW_IDLE; BLOCK_FRAMES];
        match &mut self.ringback {
            Some((Listener::Circuit, tone)) => tone.fill(&mut octets),
            _ => self.buffer.pull(&mut octets),
        }
        // RFC 4733 §2.5.2.2: the tones go in the place of speech.
        self.keys.fill(&mut octets);
        octets
    }

    /// Takes what the time slot carries in this tick, where there is one; gives a packet that is
    /// due, and where it goes.
    pub(crate) fn speak(
        &mut self,
        heard: Option<&[u8; BLOCK_FRAMES]>,
    ) -> Option<(SocketAddr, Packet)> {
        let mut tone = [g711::ALAW_IDLE; BLOCK_FRAMES];
        let speech = match &mut self.ringback {
            Some((Listener::Peer, ringback)) => {
                ringback.fill(&mut tone);
                Some(&tone)
            }
            _ => heard,
        };
        let remote = self.remote.filter(|remote| remote.send && self.has_socket);
        let (Some(speech), Some(remote)) = (speech, remote) else {
            self.sender.pause();
            return None;
        };
        let to = self.latched.map_or(remote.address, |latched| latched.from);
        let packet = self.sender.speak(speech, remote.codec, remote.payload_type)?;
        // Whoever may be anywhere has to speak first.
        (!to.ip().is_unspecified()).then_some((to, packet))
    }

    /// How often in a row RTP has been missed for `silence`, once each time that it has.
    pub(crate) fn missed(&mut self, now: Instant, silence: Duration) -> Option<u32> {
        let is_expected = self.remote.is_some_and(|remote| remote.receive);
        if !is_expected || now.saturating_since(self.silence.since) < silence {
            return None;
        }
        let times = self.silence.times.saturating_add(1);
        self.silence = Silence { since: now, times };
        Some(times)
    }
}
