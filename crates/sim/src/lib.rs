//! A deterministic world: one gateway, one exchange, SIP peers, the lines and networks between
//! them, and everything that can go wrong there, in one thread and in virtual time. The same seed
//! gives the same history, event by event.
//!
//! [`Plan`] says what a seed stands for, [`World`] lets it happen and holds what must hold
//! against it, [`Journal`] is what one reads afterwards. It reads no clock, opens no socket, and
//! knows the gateway and the exchange only from outside.

#![forbid(unsafe_code)]

mod agenda;
mod carrier;
mod checks;
mod forks;
mod journal;
pub mod links;
mod network;
mod peer;
mod phone;
mod plan;
mod topology;
mod world;

pub use journal::Journal;
pub use plan::{Call, Mishap, Plan, Shape, SpanTrouble, Trouble, Weather};
pub use world::{Report, Violation, World};
