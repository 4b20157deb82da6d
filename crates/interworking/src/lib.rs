//! RFC 3398 as pure translation: the neutral words of `call` into SIP and ISUP, and back.
//!
//! The only crate that knows SIP and ISUP both. It holds no state, owns no leg and takes no
//! decision: it is given a message or a signal and gives back what the other side calls it. Media
//! and what carries ISUP are unknown here; `gateway` brings the translations to the cores.

#![forbid(unsafe_code)]

mod bearer;
pub mod causes;
mod complete;
mod group;
mod identity;
mod number;
mod progress;
mod reason;
mod release;
#[cfg(test)]
mod sample;
mod setup;

pub use bearer::speech_of_iam;
pub use group::group_of_iam;
pub use identity::{Identity, calling_of_invite, identity_for_sip};
pub use number::NumberFormat;
pub use progress::{
    Provisional, backward_for_signal, connected_for_sip, provisional_for_signal, signal_of_acm,
    signal_of_answer, signal_of_cpg, signal_of_ok, signal_of_provisional,
};
pub use reason::{parse_reason, reason_header};
pub use release::{release_for_isup, release_for_sip, release_of_isup, release_of_sip};
pub use setup::{SipPeer, iam_for_setup, outgoing_for_setup, setup_of_iam, setup_of_invite};
