//! Digest authentication, both ways (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! [`digest`] is the arithmetic, [`nonces`] what makes a nonce of ours ours and used once. [`door`]
//! asks callers who they are, [`wallet`] answers those who ask us. The syntax is
//! [`sip_parser::headers`]'.
//!
//! No secret is ever written: what holds one says nothing of it to a log.

mod answer;
mod digest;
mod door;
mod nonces;
#[cfg(test)]
mod tests;
mod wallet;

pub use digest::Secret;
pub use door::{Account, DoorStats, Realm};
pub use wallet::{Credentials, WalletStats};

pub(crate) use door::{Door, Verdict};
pub(crate) use wallet::Wallet;
