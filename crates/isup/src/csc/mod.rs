//! Circuit supervision control: reset, blocking, continuity, query (Q.764 §2.8 to §2.10).

mod blocking;
mod continuity;
mod group_blocking;
mod group_reset;
mod local;
mod query;
mod reset;
mod unequipped;
mod work;

pub(crate) use continuity::Checks;
pub(crate) use work::Outstanding;
