//! A simulated exchange of the switched network, without IO: one signalling point (`mtp`) with an
//! ISDN user part (`isup`) that answers calls by the digits called ([`BEHAVIOURS`]) and places
//! calls on demand ([`Exchange::originate`]); and its speech side, [`Bearers`], which runs on the
//! span's thread and echoes or plays tones on the time slots it is told to.
//!
//! Reads no clock, owns no line, knows neither SIP nor the gateway: it meets the gateway only as
//! any exchange would, by signal units and time slots.

#![forbid(unsafe_code)]

mod batches;
mod bearers;
mod behaviour;
mod config;
mod io;
mod legs;
mod node;
mod number;
mod overlap;
#[cfg(test)]
mod tests;

pub use batches::{Originate, OriginateError, Progress};
pub use bearers::Bearers;
pub use behaviour::{BEHAVIOURS, Behaviour, Step};
pub use config::{Config, ConfigError, TimeSlot};
pub use io::{Input, Output, Source, Timer};
pub use node::{Exchange, Stats};
