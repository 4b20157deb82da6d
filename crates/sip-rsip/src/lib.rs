//! Conversions between [`sip_parser`]'s messages and `rsip`'s, for integrators who have code on
//! `rsip`'s types.
//!
//! [`to_rsip`] gives an `rsip::SipMessage` only when every value that `rsip`'s own readers make of
//! it says what the message says; otherwise it names what `rsip` 0.4 would lose
//! ([`NotRepresentable`]). [`from_rsip`] writes a message with this project's writer, never with
//! `rsip`'s `to_string`, and reads it again before it gives it away.
//!
//! What survives: the start line, every header line (compact names in full, folded lines in one,
//! lists of Via, Contact, Route and Record-Route one value a line, all other order kept), and the
//! body octet by octet. `rsip`'s readers are vouched for on the Request-URI, Via, From, To,
//! Contact, Route, Record-Route, CSeq and Max-Forwards; those of other header fields at least
//! change nothing silently, though they may refuse.
//!
//! Do not send what `rsip` prints: `to_string`, `Into<Vec<u8>>` and `Into<Bytes>` of its messages
//! pass bodies through UTF-8 and write reason phrases of their own. Send [`from_rsip`]'s octets.
//!
//! What it never does: no IO, no state, no guess.
#![forbid(unsafe_code)]

mod compare;
mod from;
mod phrases;
mod to;

pub use compare::Flaw;
pub use from::{FromRsipError, from_rsip};
pub use to::{NotRepresentable, to_rsip};
