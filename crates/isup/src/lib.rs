//! Q.764 without IO: call processing, circuit supervision, trunk groups.
//!
//! Reads no clock, carries no message itself, knows nothing of SIP and nothing of how the message
//! transfer part works: messages go out as [`mtp::sap::Transfer`] and come in as
//! [`mtp::sap::Indication`]. The modules are named after the functional blocks of the standard:
//! signalling procedure control (SPRC) distributes and sends, call processing control (CPC) runs
//! one call on one circuit, circuit supervision control (CSC) resets, blocks and checks circuits.

#![forbid(unsafe_code)]

mod circuits;
mod compatibility;
mod config;
mod cpc;
mod csc;
mod groups;
mod io;
mod node;
mod peers;
mod phase;
mod sprc;
mod stats;
mod timers;

#[cfg(test)]
mod tests;

pub use config::{Config, ConfigError, GroupConfig};
pub use io::{
    Backward, CallId, CircuitView, Event, GroupId, Input, Output, ReleasedBy, SetupError,
};
pub use node::Isup;
pub use stats::Stats;
pub use timers::{TABLE, Timer, TimerName, TimerRow, Timers};
