//! Level 3: message handling (Q.704 §2), link management (§12), link tests (Q.707).

mod timers;

pub use timers::{TABLE, Timer, Timers};
