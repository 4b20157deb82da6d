//! Call control: one record for each call between its two legs, from arrival to the call detail
//! record; admission, hunting over exits, and the queue that lets the urgent go first.
//!
//! Knows no protocol: a leg is a side and a few signals, an exit is a number. It holds ids and
//! phases, never messages, media or circuits; `interworking` translates the signals and `gateway`
//! carries them to the cores that own the legs.

#![forbid(unsafe_code)]

mod calls;
mod cdr;
mod hunt;
mod phase;
mod queue;
mod signal;
mod stats;

pub use calls::{CallView, Calls, Config, ConfigError, Input, Output, Timer};
pub use cdr::Cdr;
pub use queue::{PriorityQueue, Pushed, QueueLimits, QueueStats, Shed};
pub use signal::{CallId, Calling, Release, Retry, Setup, Side, Signal, location};
pub use stats::Stats;
