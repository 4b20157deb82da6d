use crate::ContextStats;
use base::Duration;
use std::fmt;
use std::net::SocketAddr;

/// The number of a context, below [`Config::contexts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextId(pub u32);

impl fmt::Display for ContextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A time slot of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSlot {
    /// The span's number, from 0.
    pub span: u16,
    /// The time slot, 1 to 31.
    pub slot: u8,
}

impl fmt::Display for TimeSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.span, self.slot)
    }
}

/// A continuity check, by the number that whoever began it gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub u32);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How speech is coded in RTP; on the time slots it is A-law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 μ-law.
    Pcmu,
}

/// What a plane is told once.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many contexts there are.
    pub contexts: u32,
    /// How many spans there are.
    pub spans: u16,
    /// How many time slots may carry our check tone at once.
    pub transceivers: u32,
    /// How long speech from RTP waits before it is played out.
    pub jitter: Duration,
    /// How long a context may hear nothing before it says so.
    pub silence: Duration,
    /// Whether speech is taken from, and then sent to, another address than the one named, as long
    /// as none came from that one.
    pub latch: bool,
    /// Where synchronisation sources and first sequence numbers come from.
    pub seed: u64,
}

/// One end of a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listener {
    /// The RTP peer.
    Peer,
    /// The time slot; for as long as nothing comes from the RTP peer.
    Circuit,
}

/// What a plane is told about a context, or about a time slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take the context into use and open its socket. A context that is in use is closed first.
    Open {
        /// Which context.
        context: ContextId,
        /// Where it receives.
        local: SocketAddr,
    },
    /// Open a second socket for a context that is in use, of the other family of addresses: the
    /// peer may be of either. Without one the context goes on, and that is counted.
    OpenOther {
        /// Which context.
        context: ContextId,
        /// Where it receives too.
        local: SocketAddr,
    },
    /// What the peer's session description says; may come again.
    Remote {
        /// Which context.
        context: ContextId,
        /// Where the peer receives; no address where nobody knows, and `latch` is to find out.
        remote: SocketAddr,
        /// The codec, both ways.
        codec: Codec,
        /// The payload type, both ways.
        payload_type: u8,
        /// Whether we may send.
        send: bool,
        /// Whether the peer will send.
        receive: bool,
        /// Whether `remote` is a guess: speech is taken from elsewhere, and then sent there, as
        /// with [`Config::latch`].
        latch: bool,
    },
    /// What else the peer's session description says; may come again.
    Format {
        /// Which context.
        context: ContextId,
        /// Milliseconds of speech in one packet towards the peer, in steps of ten up to 40.
        ptime: u8,
        /// The payload type of telephone events (RFC 4733), where they were agreed on.
        events: Option<u8>,
    },
    /// A key that signalling told: its tones are heard on the time slot.
    Key {
        /// Which context.
        context: ContextId,
        /// The key as RFC 4733 Table 3 counts them, up to 15.
        key: u8,
        /// How long it sounds, in milliseconds.
        millis: u16,
    },
    /// Speech both ways between the context and this time slot from now on.
    Join {
        /// Which context.
        context: ContextId,
        /// Which time slot.
        slot: TimeSlot,
    },
    /// Ringing tone instead of speech.
    Ringback {
        /// Which context.
        context: ContextId,
        /// Who hears it from now on; none: it ends.
        to: Option<Listener>,
    },
    /// Leave the time slot, close the socket, report [`Event::Closed`].
    Close {
        /// Which context.
        context: ContextId,
    },
    /// What is received in the time slot is sent in it, and no speech, or so no longer.
    Loop {
        /// Which time slot.
        slot: TimeSlot,
        /// Whether it is to be looped.
        on: bool,
    },
    /// The check tone is sent in the time slot, and no speech, until [`Command::EndCheck`].
    Check {
        /// Which time slot.
        slot: TimeSlot,
        /// What the check is called.
        check: CheckId,
    },
    /// The time slot is free for speech again.
    EndCheck {
        /// Which check.
        check: CheckId,
    },
}

/// What a plane reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The socket could not be opened; the context waits for its [`Command::Close`] nonetheless.
    OpenFailed {
        /// Which context.
        context: ContextId,
    },
    /// Answer to [`Command::Close`], always.
    Closed {
        /// Which context.
        context: ContextId,
        /// What passed through it.
        stats: ContextStats,
    },
    /// No RTP came for [`Config::silence`] though it should. Said again after each further such
    /// time, for what did not matter while a call was ringing matters once it talks.
    Silent {
        /// Which context.
        context: ContextId,
        /// How many such times have gone by without any RTP, this one among them.
        times: u32,
    },
    /// The check tone came back, and ended when it was no longer sent. Said once.
    CheckPassed {
        /// Which check.
        check: CheckId,
    },
    /// All transceivers are in use, or there is no such time slot: nothing is sent.
    CheckRefused {
        /// Which check.
        check: CheckId,
    },
}

/// The sockets of the contexts.
pub trait Packets {
    /// Opens the socket of `context` for peers of the family of `local`; says whether that worked.
    fn open(&mut self, context: u32, local: SocketAddr) -> bool;

    /// Closes the sockets of `context`, if it has any.
    fn close(&mut self, context: u32);

    /// Sends a packet from the socket of `context` of the family of `to`. What cannot be sent is
    /// lost.
    fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]);
}
