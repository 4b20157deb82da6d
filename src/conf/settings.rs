use crate::names::Names;
use base::Duration;
use io::{ResolverOptions, SocketOptions};
use sip::Transport;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A whole process.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sip: SipSettings,
    pub(crate) gateway: gateway::Config,
    pub(crate) spans: SpanSettings,
    /// The embedded exchange, where there is one.
    pub(crate) exchange: Option<exchange::Config>,
    /// The admin API of the exchange that is another process.
    pub(crate) exchange_admin: Option<SocketAddr>,
    pub(crate) associations: Vec<AssociationSettings>,
    pub(crate) admin: SocketAddr,
    pub(crate) cdr: PathBuf,
    /// Where what is known of circuits is kept over a restart.
    pub(crate) circuit_state: Option<PathBuf>,
    /// How long calls may go on after the first signal.
    pub(crate) drain: Duration,
    pub(crate) names: Names,
    /// What is accepted, and may not be meant.
    pub(crate) advice: Vec<super::ConfError>,
}

/// A process that is an exchange.
#[derive(Clone, Debug)]
pub(crate) struct ExchangeSettings {
    pub(crate) exchange: exchange::Config,
    pub(crate) associations: Vec<AssociationSettings>,
    pub(crate) admin: SocketAddr,
}

/// The SIP sockets.
#[derive(Clone, Debug)]
pub(crate) struct SipSettings {
    pub(crate) listen: Vec<(Transport, SocketAddr)>,
    /// The priority mark of each of these, in their order.
    pub(crate) dscps: Vec<u8>,
    pub(crate) options: SocketOptions,
    pub(crate) connections: usize,
    pub(crate) connections_per_source: usize,
    /// How names of targets are resolved.
    pub(crate) resolver: ResolverOptions,
    /// How long a connection that no call needs may carry nothing.
    pub(crate) idle: Duration,
    /// Networks of each trunk: their connections are the last to be turned away,
    pub(crate) neighbours: Vec<Vec<(std::net::IpAddr, u8)>>,
    /// and, where this is true, their datagrams have a queue of their own.
    pub(crate) queue_per_trunk: bool,
    pub(crate) tls: Option<io::TlsFiles>,
    /// TLS handshakes of peers in a second.
    pub(crate) handshake_rate: u32,
    /// The shortest interval of a session timer (RFC 4028 §5).
    pub(crate) min_session: Duration,
}

/// The span thread.
#[derive(Clone, Debug)]
pub(crate) struct SpanSettings {
    pub(crate) count: u16,
    pub(crate) links: Vec<LinkSlot>,
    pub(crate) media: media::Config,
    pub(crate) options: SocketOptions,
}

/// The connection of an association.
#[derive(Clone, Debug)]
pub(crate) struct AssociationSettings {
    pub(crate) id: mtp::m3ua::AssociationId,
    pub(crate) name: String,
    pub(crate) protocol: AssociationProtocol,
    pub(crate) way: AssociationWay,
    pub(crate) transport: AssociationTransport,
}

/// What an association carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssociationProtocol {
    M3ua,
    M2pa,
}

impl AssociationProtocol {
    /// As its standard calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::M3ua => "M3UA",
            Self::M2pa => "M2PA",
        }
    }

    /// Its payload protocol identifier (RFC 4666 §7.1, RFC 4165 §8).
    pub(crate) const fn ppid(self) -> u32 {
        match self {
            Self::M3ua => 3,
            Self::M2pa => 5,
        }
    }
}

/// What carries an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AssociationTransport {
    Tcp,
    /// The kernel's SCTP, with further addresses of ours and of the peer.
    Sctp {
        locals: Vec<std::net::IpAddr>,
        remotes: Vec<SocketAddr>,
    },
    /// SCTP of this process over UDP: its ports, ours and the peer's.
    SctpUdp {
        ports: (u16, u16),
    },
}

impl AssociationTransport {
    /// As it is written in a configuration.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Sctp { .. } => "sctp",
            Self::SctpUdp { .. } => "sctp-udp",
        }
    }
}

/// Who opens the connection of an association.
#[derive(Clone, Debug)]
pub(crate) enum AssociationWay {
    /// We do.
    Connect { local: std::net::IpAddr, remote: SocketAddr },
    /// The peer does, from one of these networks.
    Listen { address: SocketAddr, sources: Vec<(std::net::IpAddr, u8)> },
}

/// The time slot of a signalling link. Both ends of an in-process span number it alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkSlot {
    pub(crate) link: mtp::LinkId,
    pub(crate) span: u16,
    pub(crate) slot: u8,
}
