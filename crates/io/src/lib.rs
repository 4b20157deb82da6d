//! Drivers: clock, sockets, the media tick, capture files. The only crate that touches the system
//! and the only one with `unsafe` (a few system calls, in `system`).
//!
//! It knows octets and addresses, no protocol but that of the domain name system and what carries
//! others (TLS, SCTP): what a message means is the business of `gateway`, and `src` carries the
//! octets between the two.

mod batch;
mod capture;
mod clock;
mod media_packets;
mod options;
mod packets;
mod pcapng;
mod resolver;
mod sctp;
mod sorting;
mod streams;
mod system;
mod ticker;
mod tls;
mod udp;

pub use capture::{Capture, CaptureWriter, Record};
pub use clock::Clock;
pub use options::{CS3, EF, SocketOptions};
pub use packets::PacketSockets;
pub use pcapng::{Interface, PcapNg};
pub use resolver::{DnsAnswer, DnsKind, DnsRecord, Resolver, ResolverOptions};
pub use sctp::{
    ENCAPSULATION_PORT, SctpCarrier, SctpEvent, SctpLimits, SctpListener, SctpMessage, SctpPort,
    SctpRefused, SctpStats, SctpTarget, SctpTimes, TELEPHONY,
};
pub use streams::{
    Listener, StreamEvent, StreamLimits, StreamPort, StreamRefused, StreamStats, Target, is_within,
};
pub use ticker::Ticker;
pub use tls::{ClientCertificate, TlsConfigs, TlsError, TlsFiles, TlsReload, TlsWatch};
pub use udp::UdpPort;
