//! Connections, plain and within TLS: one port for all, one task for each.

mod connection;
mod handshakes;
mod limits;
mod opening;
mod port;
#[cfg(test)]
mod tests;

pub use limits::{StreamLimits, StreamStats, is_within};
pub use port::{Listener, StreamEvent, StreamPort, StreamRefused, Target};
