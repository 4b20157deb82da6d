//! A whole gateway without IO: the SIP, ISUP, MTP, routing and call cores, joined by one small
//! file per hop. No protocol rule lives here, and nothing here reads a clock or owns a socket:
//! `src` drives it with the system's, `sim` with a simulated world's.
//!
//! Network messages are classified on arrival ([`sip_parser::peek`] and the circuit or dialog they
//! belong to) and wait in one queue by [`base::Class`]; [`Gateway::handle_timeout`] works off a
//! bounded number of them. Everything else acts at once.

#![forbid(unsafe_code)]

mod alarms;
mod attempts;
mod bearers;
mod config;
mod congestion;
mod contexts;
mod continuity;
mod from_isup;
mod from_sip;
mod gateway;
mod inbox;
mod io;
mod legs;
mod listeners;
mod load;
mod media;
mod operation;
mod overlap;
mod shares;
mod sip_in;
mod ss7_in;
mod status;
mod streams;
mod tally;
mod targets;
mod to_isup;
mod to_sip;
mod trunks;
mod view;

pub use alarms::{Alarm, AlarmCounts, Place};
pub use config::{Bearer, Config, ConfigError, Line, MediaConfig, SipTrunk, TargetConfig};
pub use gateway::Gateway;
pub use io::{Input, Output, Timer};
pub use operation::{CircuitOrder, OrderError};
pub use view::{
    CallCounts, CallView, CircuitView, LinkView, Relation, Stats, Status, TargetView, TrunkView,
    WayView,
};

#[cfg(test)]
mod tests;
