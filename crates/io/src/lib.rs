//! Drivers: clock, sockets, the media tick, capture files. The only crate that touches the system
//! and the only one with `unsafe` (one system call, in `options.rs`).
//!
//! It knows octets and addresses, no protocol but that of the domain name system: what a message
//! means is the business of `gateway`, and `src` carries the octets between the two.

mod capture;
mod clock;
mod media_packets;
mod options;
mod packets;
mod pcapng;
mod resolver;
mod tcp;
mod ticker;
mod udp;

pub use capture::{Capture, CaptureWriter, Record};
pub use clock::Clock;
pub use options::{CS3, EF, SocketOptions};
pub use packets::PacketSockets;
pub use pcapng::{Interface, PcapNg};
pub use resolver::{DnsAnswer, DnsKind, DnsRecord, Resolver, ResolverOptions};
pub use tcp::{TcpEvent, TcpLimits, TcpPort, TcpRefused};
pub use ticker::Ticker;
pub use udp::UdpPort;
