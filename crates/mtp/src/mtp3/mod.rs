//! Level 3: message handling (Q.704 §2), link management (§12), link tests (Q.707).

pub(crate) mod label;
pub(crate) mod linkset;
pub(crate) mod management;
pub(crate) mod queue;
pub(crate) mod routes;
pub(crate) mod slt;
mod timers;

pub use linkset::LinkSetStats;
pub use routes::RouteState;
pub use timers::{TABLE, Timer, Timers};
