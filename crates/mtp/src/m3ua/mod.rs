//! M3UA (RFC 4666): the service of MTP3 over associations instead of links.
//!
//! An [association](AssociationConfig) leads to a signalling gateway, to whom we are an application
//! server process (ASP), to ASPs whose gateway we are, or to another point like us (IPSP). It may
//! serve several [application servers](ServerConfig), and an application server may have several
//! associations. What carries it (TCP, SCTP) the driver knows: it opens and closes, hands over
//! octets in order or whole messages, and says how many messages it has not written.
//!
//! Routing keys are those of the configuration; they may be registered, none is made or changed.

mod association;
mod budget;
mod codes;
mod config;
pub(crate) mod framing;
mod message;
mod node;
mod outgoing;
mod parameters;
mod servers;

pub use association::AssociationStats;
pub use codes::{DeregistrationStatus, ErrorCode, Kind, RegistrationStatus, Status, TrafficMode};
pub use config::{AssociationConfig, AssociationId, Config, Role, ServerConfig, Share, Timers};
pub use message::{
    Affected, Data, Deregistered, Destinations, Error, KeyPart, Message, ProtocolData, Registered,
    RoutingKey,
};
pub use node::AssociationView;
pub(crate) use node::{M3ua, Refused};
use outgoing::Outgoing;

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
    /// A whole message arrived on a stream of SCTP.
    Message {
        /// Which stream.
        stream: u16,
        /// The message.
        octets: Bytes,
    },
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
        /// What keeps it in sequence: where there are streams, equal link selection means equal
        /// stream, and never stream 0, which is for M3UA's own messages, those without one
        /// (RFC 4666 §1.4.7).
        sls: Option<crate::Sls>,
        /// The message, with payload protocol identifier 3 where there is such a thing (§7.1).
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
    /// A routing key that was refused is registered again.
    Register,
    /// T(r): the traffic of an application server has waited long enough.
    Recovery,
}

#[cfg(test)]
mod tests;
