//! The server of an INVITE: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §8.4.

use super::machine::{Do, On, Step};
use crate::Timer::{G, H, I, L};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Proceeding,
    Completed,
    Confirmed,
    Accepted,
}

impl State {
    pub(crate) const fn step(self, on: On) -> Step<Self> {
        use State::{Accepted, Completed, Confirmed, Proceeding};
        match (self, on) {
            (Proceeding, On::Provisional | On::Copy) => (Some(Proceeding), &[Do::Send]),
            (Proceeding, On::Success) => (Some(Accepted), &[Do::Send, Do::Start(L)]),
            (Proceeding, On::Failure) => (Some(Completed), &[Do::Send, Do::Start(G), Do::Start(H)]),
            (Proceeding, On::TransportError) => (None, &[Do::Failed]),
            (Completed, On::Copy) => (Some(Completed), &[Do::Send]),
            (Completed, On::Expired(G)) => (Some(Completed), &[Do::Send, Do::Again(G)]),
            (Completed, On::Expired(H)) => (None, &[Do::Stop(G), Do::TimedOut]),
            (Completed, On::TransportError) => (None, &[Do::Stop(G), Do::Stop(H), Do::Failed]),
            (Completed, On::Ack) => (Some(Confirmed), &[Do::Stop(G), Do::Stop(H), Do::Start(I)]),
            // RFC 6026 §7.1: the user repeats the 2xx; copies of the INVITE are absorbed.
            (Accepted, On::Success) => (Some(Accepted), &[Do::Send]),
            (Accepted, On::Ack) => (Some(Accepted), &[Do::Deliver]),
            (Confirmed, On::Expired(I)) | (Accepted, On::Expired(L)) => (None, &[]),
            (same, _) => (Some(same), &[]),
        }
    }
}
