//! The MTP service primitives (Q.701 §8.1): all that a user part may know of its transport.

use base::Class;
use bytes::Bytes;

pub use crate::address::{PointCode, Sls};

/// MTP-TRANSFER, as a request and as an indication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Originating point code.
    pub opc: PointCode,
    /// Destination point code.
    pub dpc: PointCode,
    /// Signalling link selection: equal values to one destination stay in sequence.
    pub sls: Sls,
    /// How urgent the message is. Ignored by the wire: an indication says [`Class::Ordinary`].
    pub class: Class,
    /// What follows the routing label, at most [`Transfer::MAX_PAYLOAD`] octets.
    pub payload: Bytes,
}

impl Transfer {
    /// The longest signalling information field, 272 octets, less the label (Q.703 §2.3.3).
    pub const MAX_PAYLOAD: usize = 268;
}

/// What MTP tells its user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Indication {
    /// MTP-TRANSFER: a message arrived.
    Transfer(Transfer),
    /// MTP-PAUSE: nothing can be sent to this destination for now.
    Pause {
        /// The destination.
        dpc: PointCode,
    },
    /// MTP-RESUME: the destination can be reached. Until its first one, a destination cannot.
    Resume {
        /// The destination.
        dpc: PointCode,
    },
    /// MTP-STATUS: a partial failure.
    Status {
        /// The destination.
        dpc: PointCode,
        /// What is wrong with it.
        cause: StatusCause,
    },
}

/// Why MTP-STATUS was given (Q.701 §8.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusCause {
    /// The way to the destination is congested: send less. Given for the first of every eight
    /// messages concerned (Q.704 §11.2.3).
    Congestion {
        /// 0 in networks without congestion levels.
        level: u8,
    },
    /// The destination answers, but the user part there does not (Q.704 §11.2.7).
    UserPartUnavailable {
        /// Unknown, unequipped or inaccessible.
        cause: UnavailabilityCause,
    },
}

/// Of every so many messages to a congested destination, the first is answered with MTP-STATUS
/// (Q.704 §11.2.3.1).
pub(crate) const STATUS_EVERY: u8 = 8;

base::coded_value! {
    /// The unavailability cause of a UPU message (Q.704 §15.17.5).
    pub struct UnavailabilityCause(u8) {
        /// No reason is known.
        UNKNOWN = 0, "unknown";
        /// There is no such user part.
        UNEQUIPPED = 1, "unequipped remote user";
        /// The user part is there but does not answer.
        INACCESSIBLE = 2, "inaccessible remote user";
    }
}
