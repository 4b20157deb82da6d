//! Level 2: one signalling link (Q.703). Files are named after the functional blocks of the
//! standard.

mod timers;

pub use timers::{TABLE, Timer, TimerRow, Timers};
