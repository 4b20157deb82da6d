//! Whole calls: a gateway between a SIP user agent that speaks raw text and an exchange driven by
//! hand, in virtual time.

mod congestion;
mod emergency;
mod keys;
mod lengthless;
mod listeners;
mod named;
mod operation;
mod overlap;
mod proved;
mod pstn_to_sip;
mod sip_to_pstn;
mod storm;
mod ua;
mod urgent;
mod world;
