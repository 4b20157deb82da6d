use base::SlotKey;
use std::fmt;
use std::net::SocketAddr;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// A datagram: may be lost, repeated, overtaken.
    Udp,
    /// A stream: the transport retransmits.
    Tcp,
}

impl Transport {
    /// Whether the transport itself delivers or fails (RFC 3261 §17: "reliable").
    pub const fn is_reliable(self) -> bool {
        matches!(self, Self::Tcp)
    }

    /// The name in a Via header.
    pub const fn via_name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// The transport that a Via header or a `transport` parameter names.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("udp") {
            Some(Self::Udp)
        } else if name.eq_ignore_ascii_case("tcp") {
            Some(Self::Tcp)
        } else {
            None
        }
    }
}

/// The driver's name of one connection; never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The way of a message: in from `remote`, or out to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Datagrams or a stream.
    pub transport: Transport,
    /// Our socket.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// The connection of a stream; none where one has yet to be opened.
    pub connection: Option<ConnectionId>,
}

/// The name of a session: one INVITE and the dialog it makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub SlotKey);

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
