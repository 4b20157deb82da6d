//! M2PA (RFC 4165): a signalling link of MTP3 over an association instead of a time slot.
//!
//! A link offers level 3 what [`crate::mtp2::Link`] does. Initial alignment, link state control and
//! processor outage are those of Q.703, whose blocks it shares; what SCTP does already
//! (delimitation, error rate monitors, retransmission) it leaves out (§4.1.1). Sequence numbers
//! have 24 bits, so that a changeover goes by XCO and XCA (§4.2.3).
//!
//! What carries the association the driver knows, as with M3UA: [`crate::m3ua::Command`] and
//! [`crate::m3ua::Event`] are for both. Link status messages go on stream 0 and have no link
//! selection there; whatever must stay in sequence with user data goes on stream 1 (§4.1.2).
//!
//! There is no transmission buffer here, as in level 2 of a time slot: a message is numbered at the
//! moment it is handed to the driver, and what waits does so in the class-ordered queue of level 3,
//! which also sees congestion there (§4.2.2).

mod carrier;
mod config;
mod link;
mod message;
mod timers;
mod txc;

pub(crate) use carrier::Patience;
pub use config::Config;
pub(crate) use link::{Event, Link};
pub use message::{Body, Data, Message, ReadError, Status};
pub use timers::{TABLE, Timer, Timers};

/// Sequence numbers have 24 bits (RFC 4165 §2.2).
pub(crate) const SEQUENCE_MASK: u32 = 0x00ff_ffff;

#[cfg(test)]
mod tests;
