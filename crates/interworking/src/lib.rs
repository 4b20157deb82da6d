//! RFC 3398: the only crate that knows SIP and ISUP both
#![forbid(unsafe_code)]
pub mod causes;
mod reason;
pub use reason::{parse_reason, reason_header};
