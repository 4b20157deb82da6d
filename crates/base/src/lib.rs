//! What every core stands on: time as an argument, bounded tables and queues, timer tables, wire
//! codes that let unknown values pass, a seeded source of randomness.
//!
//! Nothing here reads a clock, allocates without a limit, or depends on anything outside `std`.

#![forbid(unsafe_code)]

mod cause;
mod class;
mod coded;
mod queue;
mod rng;
mod slots;
mod time;
mod timers;

pub use cause::Cause;
pub use class::Class;
pub use queue::{Bounded, Full};
pub use rng::Rng;
pub use slots::{SlotKey, SlotTable};
pub use std::time::Duration;
pub use time::Instant;
pub use timers::TimerTable;
