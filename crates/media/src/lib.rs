//! The media plane without sockets: contexts that join an RTP address to a time slot, each with a
//! jitter buffer that runs from the span's clock, and the loops and check tones of continuity
//! checks.
//!
//! It runs on the span's thread, once a tick and once a packet, and allocates only when it is
//! made. It opens no socket (see [`Packets`]), reads no clock, and knows no signalling: what a
//! call is, and when it may speak, others decide.

#![forbid(unsafe_code)]

mod command;
mod context;
mod continuity;
mod jitter;
mod keys;
mod plane;
mod rtp;
mod sender;
mod source;
mod stats;

pub use command::{CheckId, Codec, Command, Config, ContextId, Event, Listener, Packets, TimeSlot};
pub use plane::Plane;
pub use stats::{ContextStats, Stats};
