//! M3UA (RFC 4666): the service of MTP3 over associations instead of links.
//!
//! An [association](AssociationConfig) leads to a signalling gateway, to whom we are an application
//! server process, or to another point like us. What carries it (TCP, SCTP) the driver knows: it
//! opens and closes, hands over octets in order, and says how many messages it has not written.
//! Registration of routing keys, and broadcast among application server processes, are not here:
//! who asks for either is told so.

mod association;
mod codes;
mod config;
mod framing;
mod message;
mod node;
mod parameters;
mod servers;

pub use association::AssociationStats;
pub use codes::{ErrorCode, Kind, Status, TrafficMode};
pub use config::{AssociationConfig, AssociationId, Config, Role, Timers};
pub use message::{Affected, Data, Destinations, Error, Message, ProtocolData};
pub use node::AssociationView;
pub(crate) use node::{M3ua, Refused};

use bytes::Bytes;

/// The state of an application server process (RFC 4666 §4.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AspState {
    /// Not there, or not yet.
    #[default]
    Down,
    /// There, and wants no traffic.
    Inactive,
    /// Takes traffic.
    Active,
}

impl AspState {
    /// As the standard writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "ASP-DOWN",
            Self::Inactive => "ASP-INACTIVE",
            Self::Active => "ASP-ACTIVE",
        }
    }
}

/// What may happen to the connection of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is up: opened as [`Command::Connect`] asked, or accepted.
    Up,
    /// It is gone, or could not be opened.
    Down,
    /// Octets arrived: any part of the stream.
    Received(Bytes),
    /// Of what was to be sent, so many messages are not written yet.
    Written {
        /// How many.
        waiting: usize,
    },
}

/// What is to be done with the connection of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open it, and say what came of that.
    Connect,
    /// Send one message behind those before it.
    Send {
        /// How urgent it is.
        class: base::Class,
        /// The message.
        octets: Bytes,
    },
    /// Close it, and say when it is gone.
    Close,
}

/// Why M3UA wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// T(ack): an acknowledgement is late.
    Ack,
    /// T(beat): the peer is asked for a sign of life.
    Beat,
    /// It has shown none for twice as long.
    Silence,
    /// The connection is tried again.
    Reconnect,
    /// An audit was not answered.
    Audit,
    /// A destination that was unavailable is asked about again.
    AuditAgain,
    /// T(r): the traffic of an application server has waited long enough.
    Recovery,
}

/// Broadcast needs application servers that compare what they get; it is not spoken here.
const fn is_mode_known(mode: TrafficMode) -> bool {
    matches!(mode, TrafficMode::OVERRIDE | TrafficMode::LOADSHARE)
}

#[cfg(test)]
mod tests;
