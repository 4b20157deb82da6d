//! Circuit supervision control: reset, blocking, continuity, query (Q.764 §2.8 to §2.10).

mod audit;
mod blocking;
mod continuity;
mod group_blocking;
mod group_reset;
mod line;
mod local;
mod operation;
mod pace;
mod query;
mod reset;
mod saved;
mod unequipped;
mod work;

pub(crate) use continuity::Checks;
pub(crate) use line::Due;
pub use operation::{Operated, Operation};
pub(crate) use pace::Pace;
pub use saved::SavedCircuit;
pub(crate) use work::{Outstanding, Work};
