//! The server of a request other than INVITE: RFC 3261 §17.2.2.

use super::machine::{Do, On, Step};
use crate::Timer::J;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trying,
    Proceeding,
    Completed,
}

impl State {
    pub(crate) const fn step(self, on: On) -> Step<Self> {
        use State::{Completed, Proceeding, Trying};
        match (self, on) {
            (Trying | Proceeding, On::Provisional) | (Proceeding, On::Copy) => {
                (Some(Proceeding), &[Do::Send])
            }
            (Trying | Proceeding, On::Success | On::Failure) => {
                (Some(Completed), &[Do::Send, Do::Start(J)])
            }
            (Proceeding, On::TransportError) => (None, &[Do::Failed]),
            (Completed, On::Copy) => (Some(Completed), &[Do::Send]),
            (Completed, On::Expired(J)) => (None, &[]),
            (Completed, On::TransportError) => (None, &[Do::Stop(J), Do::Failed]),
            (same, _) => (Some(same), &[]),
        }
    }
}
