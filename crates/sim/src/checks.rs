//! What must hold, whatever goes wrong.

pub(crate) mod circuits;
pub(crate) mod leaks;
pub(crate) mod priority;
pub(crate) mod records;
