//! Associations of SCTP (RFC 9260): one port for all of a carrier, with one interface for both
//! carriers, the kernel's SCTP and ours over UDP (RFC 6951).

mod carrier;
mod encapsulated;
mod kernel;
mod packet;
mod port;
#[cfg(test)]
mod tests;

pub use carrier::{SctpCarrier, SctpStats};
pub use port::SctpPort;

use crate::is_within;
use base::Duration;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};

/// The UDP port of encapsulated SCTP (RFC 6951 §5.1).
pub const ENCAPSULATION_PORT: u16 = 9_899;

/// Where associations are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SctpListener {
    /// Our addresses, all with the one SCTP port. Over UDP there is one.
    pub addresses: Vec<SocketAddr>,
    /// Networks, with prefix lengths, of those who may open one; nobody else is answered.
    pub sources: Vec<(IpAddr, u8)>,
    /// The UDP port that our SCTP packets have; the kernel's carrier has none.
    pub udp_port: u16,
}

/// Where an association leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SctpTarget {
    /// Our addresses; none: those that the system chooses. Over UDP one at most.
    pub locals: Vec<IpAddr>,
    /// The addresses of the peer, all with its one SCTP port. Over UDP there is one.
    pub remotes: Vec<SocketAddr>,
    /// The UDP ports, ours and the peer's; the kernel's carrier has none.
    pub udp_ports: (u16, u16),
}

/// What happened to an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SctpEvent {
    /// Accepted, or opened by [`SctpPort::open`].
    Up {
        /// The name of the association from now on, never used again for another.
        id: u64,
        /// Our end.
        local: SocketAddr,
        /// Their end: the address that it was opened from or to.
        remote: SocketAddr,
        /// Whether the peer opened it; else what [`SctpPort::open`] was asked with.
        asked: Option<u64>,
        /// How many streams we may send on.
        streams: u16,
    },
    /// A whole message.
    Received {
        /// The association.
        id: u64,
        /// The stream that it came on.
        stream: u16,
        /// What it is, as the peer says (RFC 9260 §3.3.1).
        ppid: u32,
        /// The message.
        octets: Bytes,
    },
    /// The last event of an association.
    Down {
        /// The association.
        id: u64,
    },
    /// [`SctpPort::open`] came to nothing.
    OpenFailed {
        /// What it was asked with.
        asked: u64,
    },
}

/// A message that goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SctpMessage {
    /// The stream: messages of one stream stay in order.
    pub stream: u16,
    /// What it is (RFC 9260 §3.3.1).
    pub ppid: u32,
    /// Whether it may pass others of its stream.
    pub unordered: bool,
    /// The message.
    pub octets: Bytes,
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SctpRefused {
    /// No such association, or not any more.
    #[error("no such association")]
    Gone,
    /// The peer does not read; the association is being closed.
    #[error("the peer takes nothing, the association is closed")]
    Stalled,
    /// As many associations as are allowed.
    #[error("too many associations")]
    Limit,
    /// The target has no address, or none of ours could be bound.
    #[error("there is no way to this target")]
    Address,
}

/// What the associations of one port may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpLimits {
    /// Associations, accepted and opened. An eighth is kept for those that we open.
    pub associations: usize,
    /// Messages that wait to be sent on one association.
    pub send_queue: usize,
    /// The longest message that is taken.
    pub message: usize,
    /// How long an association may take to come up, and to go.
    pub patience: Duration,
    /// Octets of buffer, of what comes and of what goes.
    pub receive_buffer: usize,
    /// Octets that wait to be sent outside the queue.
    pub send_buffer: usize,
    /// The differentiated services code point of what is sent.
    pub dscp: u8,
    /// Where chance comes from: verification tags must not be guessed.
    pub seed: u64,
}

/// The parameters of the protocol (RFC 9260 §16).
///
/// The values of the RFC are for the Internet: it takes a minute and more to notice that a peer is
/// gone, and a lost message is repeated after a second. RFC 4166 §3.2 says what telephony wants
/// instead: a low RTO.Min, a bounded RTO.Max, short heartbeats, few repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpTimes {
    /// RTO.Initial.
    pub rto_initial: Duration,
    /// RTO.Min: no less than what a peer may delay its acknowledgement.
    pub rto_min: Duration,
    /// RTO.Max.
    pub rto_max: Duration,
    /// HB.interval.
    pub heartbeat: Duration,
    /// How long we delay an acknowledgement.
    pub acknowledgement: Duration,
    /// Association.Max.Retrans.
    pub retransmissions: u16,
    /// Path.Max.Retrans: fewer, so that another path is tried while the association lives.
    pub path_retransmissions: u16,
    /// Max.Init.Retransmits.
    pub attempts: u16,
    /// Streams offered each way: 0 for management, and one for each of the 16 SLS of ITU networks
    /// (RFC 4666 §1.4.7).
    pub streams: u16,
}

/// RTO.Min is the 200 ms by which the kernel of a peer delays its acknowledgements. A peer that is
/// gone is noticed within 0.2 + 0.4 + 0.8 + 1 + 1 s where there is traffic.
pub const TELEPHONY: SctpTimes = SctpTimes {
    rto_initial: Duration::from_millis(500),
    rto_min: Duration::from_millis(200),
    rto_max: Duration::from_secs(1),
    heartbeat: Duration::from_secs(5),
    acknowledgement: Duration::from_millis(100),
    retransmissions: 4,
    path_retransmissions: 2,
    attempts: 4,
    streams: 17,
};

impl SctpListener {
    fn takes(&self, source: IpAddr) -> bool {
        self.sources.iter().any(|(network, prefix)| is_within(source, *network, *prefix))
    }
}

impl SctpLimits {
    /// How many associations there may be for one more that a peer opens.
    const fn most_accepted(&self) -> usize {
        self.associations - self.associations / 8
    }
}
