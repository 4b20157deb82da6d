//! Q.764 without IO: call processing, circuit supervision, trunk groups.
//!
//! Reads no clock, carries no message itself, knows nothing of SIP and nothing of how the message
//! transfer part works: messages go out as [`mtp::sap::Transfer`] and come in as
//! [`mtp::sap::Indication`]. The modules are named after the functional blocks of the standard:
//! signalling procedure control (SPRC) distributes and sends, call processing control (CPC) runs
//! one call on one circuit, circuit supervision control (CSC) resets, blocks and checks circuits,
//! user part availability control (`peers`) heeds what the message transfer part reports, and
//! `congestion` holds back calls to who is congested.
//!
//! Every message is counted, every question is repeated until it is answered, and every call ends
//! with one [`Event::Ended`]. Where the standard leaves a race open, both ends must still agree on
//! every circuit afterwards: `tests/two_ends` holds that against bad links, restarts and the staff
//! of both ends in random histories, as many as are wanted:
//!
//! ```text
//! PROPTEST_CASES=100000 cargo test -p isup --release two_ends
//! ```

#![forbid(unsafe_code)]

mod circuits;
mod compatibility;
mod config;
mod congestion;
mod cpc;
mod csc;
mod groups;
mod io;
mod node;
mod peers;
mod phase;
mod plan;
mod selection;
mod sprc;
mod stats;
mod steps;
mod timers;

#[cfg(test)]
mod tests;

pub use config::{Config, ConfigError, Continuity, GroupConfig, Identify};
pub use congestion::CongestionView;
pub use csc::{Operated, Operation, SavedCircuit};
pub use io::{
    Backward, BlockingView, CallId, CheckId, CircuitView, Event, GroupId, Input, Output,
    ReleasedBy, SetupError, TestError, TestResult, is_about_peer,
};
pub use node::Isup;
pub use plan::NumberPlan;
pub use selection::{Control, Direction, Selection};
pub use stats::Stats;
pub use timers::{TABLE, Timer, TimerName, TimerRow, Timers};
