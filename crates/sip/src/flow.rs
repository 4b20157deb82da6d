use crate::PeerId;
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
    /// A stream within TLS (RFC 3261 §26.2.1).
    Tls,
}

impl Transport {
    /// Whether the transport itself delivers or fails (RFC 3261 §17: "reliable").
    pub const fn is_reliable(self) -> bool {
        self.is_stream()
    }

    /// Whether messages travel on connections.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Tcp | Self::Tls)
    }

    /// The port of a host without one (RFC 3261 §18.2.1, §19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }

    /// The name in a `transport` parameter, and in configuration files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The name in a Via header.
    pub const fn via_name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// The transport that a Via header or a `transport` parameter names.
    pub fn from_name(name: &str) -> Option<Self> {
        let known = [Self::Udp, Self::Tcp, Self::Tls];
        known.into_iter().find(|transport| name.eq_ignore_ascii_case(transport.name()))
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
    /// Of several peers at one address that prove different names within TLS, the one that the
    /// connection leads to; none where there is no choice (RFC 5923 §9.3).
    pub peer: Option<PeerId>,
}

/// Where a connection leads.
pub(crate) type Place = (Transport, SocketAddr, Option<PeerId>);

impl Flow {
    pub(crate) const fn place(&self) -> Place {
        (self.transport, self.remote, self.peer)
    }
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
