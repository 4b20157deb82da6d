//! RFC 3261 without IO: transactions (§17, RFC 6026), dialogs (§12), sessions (§13 to §15), offer
//! and answer (RFC 3264).
//!
//! [`Sip`] is a user agent for calls: it takes and places INVITEs, answers by itself whatever
//! concerns the protocol alone, and tells its user what concerns the call. Time, messages and
//! failures of the transport are arguments; messages to send and events are polled.
//!
//! It opens no socket, reads no clock, asks no name server (but [`Locator`] knows what to ask),
//! forwards nothing, and knows no telephone network: what a status or a Reason header means is for
//! `interworking`.

#![forbid(unsafe_code)]

mod alternative;
mod auth;
mod body;
mod config;
mod dialog;
mod early;
mod ending;
mod extensions;
mod failover;
mod families;
mod flow;
mod ids;
mod incoming;
mod info;
mod io;
mod late;
mod locate;
mod media;
mod message;
mod negotiation;
mod options;
mod outgoing;
mod outside;
mod overload;
mod peers;
mod prack;
mod precondition;
mod priority;
mod redirect;
mod refresh;
mod registration;
mod reliable;
mod requests;
mod session;
mod sip;
mod stats;
mod tags;
#[cfg(test)]
mod tests;
mod timers;
mod transaction;
mod update;
mod usages;
mod wire;
mod within;

pub use auth::{Account, Credentials, DoorStats, Realm, Secret, WalletStats};
pub use config::{Config, ConfigError};
pub use early::EarlyPolicy;
pub use failover::{Hop, Patience};
pub use flow::{ConnectionId, Flow, SessionId, Transport};
pub use io::{Event, Input, Outgoing, Output, Refused, Release, Released};
pub use locate::{
    Answer, BadTarget, Located, Locator, Naptr, QUESTIONS, Question, Record, RecordKind, Server,
    Servers, Target, Unlocated,
};
pub use media::{Codec, LocalMedia, Negotiated};
pub use options::Closed;
pub use outside::{Outside, RequestId};
pub use overload::{FeedbackStats, Load, ThrottleStats};
pub use peers::{Marks, Overload, Peer, PeerId, Peers};
pub use priority::is_known_mark;
pub use redirect::Redirects;
pub use refresh::SessionTimers;
pub use registration::{RegistrationConfig, RegistrationFailure, RegistrationView};
pub use reliable::Reliability;
pub use sip::Sip;
pub use stats::Stats;
pub use timers::{TABLE, Timer, TimerRow, Timers, Value};
pub use wire::Names;
