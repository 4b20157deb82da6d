//! The client of an INVITE: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §8.4.

use super::machine::{Do, On, Step};
use crate::Timer::{A, B, D, M};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Calling,
    Proceeding,
    Completed,
    Accepted,
}

/// What happens before anything else.
pub(crate) const START: &[Do] = &[Do::Send, Do::Start(A), Do::Start(B)];

impl State {
    pub(crate) const fn step(self, on: On) -> Step<Self> {
        use State::{Accepted, Calling, Completed, Proceeding};
        match (self, on) {
            (Calling, On::Expired(A)) => (Some(Calling), &[Do::Send, Do::Again(A)]),
            (Calling, On::Expired(B)) => (None, &[Do::Stop(A), Do::TimedOut]),
            (Calling, On::TransportError) => (None, &[Do::Stop(A), Do::Stop(B), Do::Failed]),
            (Calling, On::Provisional) => {
                (Some(Proceeding), &[Do::Stop(A), Do::Stop(B), Do::Deliver])
            }
            (Calling, On::Success) => {
                (Some(Accepted), &[Do::Stop(A), Do::Stop(B), Do::Start(M), Do::Deliver])
            }
            (Calling, On::Failure) => (
                Some(Completed),
                &[Do::Stop(A), Do::Stop(B), Do::Acknowledge, Do::Start(D), Do::Deliver],
            ),
            // Only where the user set a limit: people may let a first INVITE ring for ever.
            (Proceeding, On::Expired(B)) => (None, &[Do::Overdue]),
            (Proceeding, On::Provisional) => (Some(Proceeding), &[Do::Deliver]),
            (Proceeding, On::Success) => {
                (Some(Accepted), &[Do::Stop(B), Do::Start(M), Do::Deliver])
            }
            (Proceeding, On::Failure) => {
                (Some(Completed), &[Do::Stop(B), Do::Acknowledge, Do::Start(D), Do::Deliver])
            }
            // The final response was delivered already: an ACK for each copy, nothing to tell.
            (Completed, On::Failure) => (Some(Completed), &[Do::Acknowledge]),
            (Completed, On::Expired(D)) | (Accepted, On::Expired(M)) => (None, &[]),
            // RFC 6026 §7.2: copies and other forks go up; the user acknowledges each.
            (Accepted, On::Success) => (Some(Accepted), &[Do::Deliver]),
            (same, _) => (Some(same), &[]),
        }
    }
}
