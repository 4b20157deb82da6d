//! The client of a request other than INVITE: RFC 3261 §17.1.2.

use super::machine::{Do, On, Step};
use crate::Timer::{E, F, K};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trying,
    Proceeding,
    Completed,
}

/// What happens before anything else.
pub(crate) const START: &[Do] = &[Do::Send, Do::Start(E), Do::Start(F)];

const FINAL: &[Do] = &[Do::Stop(E), Do::Stop(F), Do::Start(K), Do::Deliver];

impl State {
    pub(crate) const fn step(self, on: On) -> Step<Self> {
        use State::{Completed, Proceeding, Trying};
        match (self, on) {
            (Trying, On::Expired(E)) => (Some(Trying), &[Do::Send, Do::Again(E)]),
            (Proceeding, On::Expired(E)) => (Some(Proceeding), &[Do::Send, Do::Slowly(E)]),
            (Trying | Proceeding, On::Expired(F)) => (None, &[Do::Stop(E), Do::TimedOut]),
            (Trying | Proceeding, On::TransportError) => {
                (None, &[Do::Stop(E), Do::Stop(F), Do::Failed])
            }
            (Trying | Proceeding, On::Provisional) => (Some(Proceeding), &[Do::Deliver]),
            (Trying | Proceeding, On::Success | On::Failure) => (Some(Completed), FINAL),
            (Completed, On::Expired(K)) => (None, &[]),
            (same, _) => (Some(same), &[]),
        }
    }
}
