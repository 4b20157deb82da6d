//! The message transfer part without IO: MTP2 (Q.703), MTP3 (Q.704, Q.707), M3UA (RFC 4666), M2PA
//! (RFC 4165), and the service they give to a user part (Q.701 §8, [`sap`]).
//!
//! Reads no clock, owns no line and knows no user part. Below is `tdm`: flags, bit stuffing,
//! check octets, and the repetition of the last FISU or LSSU. Above is `isup`, which may name only
//! [`sap`].
//!
//! Destinations are reached over signalling links or over associations ([`m3ua`]); the user part
//! cannot tell which. [`Mtp`] is one signalling point: an end point, or a transfer point that
//! passes on what is for others. Destinations have routes over neighbours, in an order, which those
//! close and open (TFP, TFR, TFA), and neighbours tell when they are through with a restart (TRA).
//! Links are inhibited at the request of either end; congestion has levels where messages have
//! priorities.

#![forbid(unsafe_code)]

mod address;
mod config;
mod io;
mod level2;
pub mod m2pa;
pub mod m3ua;
pub mod mtp2;
pub mod mtp3;
mod node;
pub mod sap;
#[cfg(test)]
mod testing;
mod unit;

pub use address::{LinkId, NetworkIndicator, PointCode, ServiceIndicator, Sls, Via};
pub use config::{Config, ConfigError, Level2Config, LinkConfig, RouteConfig};
pub use io::{InhibitError, Input, LineInput, Output, Timer};
pub use node::{DestinationView, LinkSetView, LinkStats, Mtp, RouteView, Stats};
pub use unit::SignalUnit;
