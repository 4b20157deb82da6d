//! Header field values with types of their own, read from the message's slices on demand.
//!
//! Reading allocates nothing: texts borrow, numbers are numbers, and what a field has no name for
//! stays reachable in its [`Others`]. Each type writes itself ([`std::fmt::Display`]), and what it
//! writes reads as the same value again.
//!
//! ```
//! use sip_parser::headers::{Refresher, SessionExpires};
//! use sip_parser::{Limits, Message};
//!
//! let octets = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
//!               To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
//!               Session-Expires: 1800;refresher=uas\r\n\r\n";
//! let message = Message::parse(octets.into(), &Limits::default())?;
//! let expires = message.typed::<SessionExpires>().expect("there")?;
//! assert_eq!((expires.seconds, expires.refresher), (1_800, Some(Refresher::Uas)));
//! assert_eq!(expires.to_string(), "1800;refresher=uas");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod auth;
mod content;
mod cursor;
mod dialog;
mod early_media;
mod history;
mod identity;
mod location;
mod network;
mod params;
mod priority;
mod quoted;
mod reason;
mod session;
mod time;
mod tokens;
mod via;

use std::fmt::{self, Display};
use std::ops::Deref;

pub use address::{
    Address, AlertInfo, Contact, ErrorInfo, From, Geolocation, PAssertedIdentity, PAssociatedUri,
    PCalledPartyId, PPreferredIdentity, PServedUser, Path, RecordRoute, ReferTo, ReferredBy,
    ReplyTo, Resource, Route, ServiceRoute, To,
};
pub use auth::{
    AuthenticationInfo, Authorization, Challenge, Credentials, NonceCount, ProxyAuthenticate,
    ProxyAuthorization, WwwAuthenticate,
};
pub use content::{
    Accept, AcceptEncoding, AcceptLanguage, AnswerMode, ContentDisposition, ContentEncoding,
    ContentId, ContentLanguage, ContentType, InfoPackage, Item, MediaType, RecvInfo, ReferSub,
    SecurityClient, SecurityServer, SecurityVerify,
};
pub use dialog::{
    CallId, CallIdentifier, DialogReference, Event, InReplyTo, Join, Organization, Priority,
    Replaces, RequestDisposition, Server, SipEtag, SipIfMatch, Subject, SubscriptionState,
    TargetDialog, Text, UserAgent, UserToUser,
};
pub use early_media::PEarlyMedia;
pub use history::{Diversion, HistoryInfo, Index};
pub use identity::{Identity, PAssertedService, PPreferredService, Privacy, Service};
pub use location::{CallInfo, GeolocationError, GeolocationRouting};
pub use network::{PAccessNetworkInfo, PChargingVector};
pub use params::Others;
pub use priority::{AcceptResourcePriority, ResourcePriority};
pub use quoted::{Quoted, escape};
pub use reason::{Reason, RetryAfter, Warning};
pub use session::{MinSe, RAck, RSeq, Refresher, SessionExpires};
pub use time::{
    ContentLength, Count, Date, Expires, FlowTimer, MaxBreadth, MaxForwards, MinExpires, Seconds,
    Timestamp,
};
pub use tokens::{Allow, AllowEvents, ProxyRequire, Require, Supported, Token, Unsupported};
pub use via::Overload;

use crate::value::text_within;
use crate::{Message, Name, grammar};

/// A header field value with a type of its own.
pub trait Typed<'a>: Sized + Display {
    /// Its header field.
    const NAME: Name;

    /// Reads one value: of a list, one element of it. `None` when it cannot be read.
    fn parse(value: &'a str) -> Option<Self>;
}

/// A form of value that several header fields share: [`Named`] gives it its name.
pub trait Value<'a>: Sized + Display {
    /// Reads one value. `None` when it cannot be read.
    fn read(value: &'a str) -> Option<Self>;
}

/// A value of a form that several header fields share, in one of them: `FIELD` is its [`Name`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named<T, const FIELD: u8> {
    /// The value.
    pub value: T,
}

impl<T, const FIELD: u8> Named<T, FIELD> {
    /// This value in that header field.
    pub const fn new(value: T) -> Self {
        Self { value }
    }
}

impl<'a, T: Value<'a>, const FIELD: u8> Typed<'a> for Named<T, FIELD> {
    const NAME: Name = Name::of_row(FIELD);

    fn parse(value: &'a str) -> Option<Self> {
        T::read(value).map(Self::new)
    }
}

impl<T, const FIELD: u8> Deref for Named<T, FIELD> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Display, const FIELD: u8> Display for Named<T, FIELD> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The values of a list in one text, split at commas outside quotes and `<>`; empty ones left out.
pub fn list(values: &str) -> impl Iterator<Item = &str> {
    let elements = grammar::elements(values.as_bytes());
    elements.map(|element| text_within(values, element)).filter(|value| !value.is_empty())
}

/// A header field that is there and cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be read", .0.as_str())]
pub struct BadHeader(pub Name);

impl Message {
    /// The first value of that header field; `Some(Err)` when it is there and cannot be read. An
    /// empty value counts as none, as in [`Message::values`].
    #[must_use]
    pub fn typed<'a, T: Typed<'a>>(&'a self) -> Option<Result<T, BadHeader>> {
        self.all_typed().next()
    }

    /// Every value of that header field, across lines.
    pub fn all_typed<'a, T: Typed<'a>>(&'a self) -> impl Iterator<Item = Result<T, BadHeader>> {
        self.values(T::NAME).map(|value| T::parse(value).ok_or(BadHeader(T::NAME)))
    }

    /// Whether a list (Supported, Require, Allow, …) names `token`, in any case (RFC 3261 §7.3.1).
    #[must_use]
    pub fn lists(&self, name: Name, token: &str) -> bool {
        self.values(name).any(|value| value.eq_ignore_ascii_case(token))
    }
}

#[cfg(test)]
mod tests;
