//! Conversions between [`sip_parser`]'s messages and `rsip`'s, for integrators who have code on
//! `rsip`'s types. What `rsip` would corrupt is refused with a named reason.
#![forbid(unsafe_code)]
