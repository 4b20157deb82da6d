//! A conformance suite for ISUP, to be run against any switch: the cases of Q.784.1 (basic call)
//! and of Q.785 (supplementary services) as data, and a [`Tester`] that plays the neighbouring
//! exchange.
//!
//! The tester is a core like any other here: it reads no clock and owns no connection. Messages
//! from the switch and what its users notice go in, messages to the switch and what its users are
//! to do come out. Whoever drives it says in a [`Profile`] what the switch is and what can be done
//! with it; a case that asks for more does not apply, and says why.
//!
//! Knows the messages (`isup-codec`) and nothing of the machines that it judges: a switch of
//! another make is judged by the same rules. `README.md` lists the cases and tells how to run them
//! and how to add one.

#![forbid(unsafe_code)]

mod act;
mod case;
mod cases;
mod courtesy;
mod pattern;
mod profile;
mod report;
mod run;
mod step;
mod tester;
#[cfg(test)]
mod tests;
mod timers;

pub use act::{Act, Call, Ear, Heard, Network, Party};
pub use case::{Case, Reason, Script, Suite};
pub use cases::all;
pub use pattern::{Check, Pattern};
pub use profile::{Need, Numbers, Pace, Profile};
pub use report::{Report, Verdict, summary};
pub use step::{On, Repeats, Step, Window};
pub use tester::{Input, Output, Tester};
pub use timers::{ANNEX_A, AnnexRow};
