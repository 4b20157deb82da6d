//! Number analysis: what was dialled, how urgent it is, what it translates to, and over which exits
//! the call may leave.
//!
//! Holds the emergency plan and the operator's rules in memory and answers from them alone. It
//! never waits, never knows a protocol (an exit is a plain number), and never lets a rule of the
//! operator stand before the recognition of an emergency call. `call` hunts over the exits.

#![forbid(unsafe_code)]

mod classify;
mod number;
mod plan;
mod router;
mod rules;
mod uri;

pub use classify::{Facts, classify};
pub use number::{Number, NumberError, NumberKind, Redacted};
pub use plan::{Area, Date, Entry, Insee, Plan, PlanError};
pub use router::{Config, ConfigError, Decision, NoRoute, Query, Router};
pub use rules::{Exit, Rule, TrunkRef};
pub use uri::{Nature, Normaliser, RawNumber, service_number};
