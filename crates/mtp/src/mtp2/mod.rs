//! Level 2: one signalling link (Q.703) of 64 or 56 kbit/s, with basic error correction or
//! preventive cyclic retransmission. Files are named after the functional blocks of the standard.
//!
//! [`Link`] joins the blocks. The daemon's `tdm` does the rest of level 2 (DAEDR, DAEDT): it
//! delimits, checks, filters repetitions, and repeats the fill.
//!
//! There is no transmission buffer here: a message is numbered at the moment it is handed to the
//! line, at most [`LINE_CREDIT`] are on their way to it, and what waits does so in the
//! class-ordered queue of level 3, where an emergency can pass.

mod aerm;
mod cc;
mod config;
pub(crate) mod iac;
mod link;
pub(crate) mod lsc;
pub(crate) mod poc;
mod rxc;
mod su;
mod suerm;
mod timers;
mod txc;

pub use config::{Config, Correction, Limits, Rate};
pub use link::{Buffers, Event, Link, Stats};
pub use lsc::State;
pub use su::Status;
pub use timers::{TABLE, TABLE_56, Timer, TimerRow, Timers};
pub use txc::{LINE_CREDIT, NotReady, Retrieved};
