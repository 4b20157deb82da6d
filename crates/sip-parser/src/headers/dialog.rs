//! References to other dialogs and subscriptions, and plain values of requests.

use std::fmt::{self, Display};

use crate::value::text_within;
use crate::{CSeq, Name, grammar};

use super::address::whole;
use super::cursor::Cursor;
use super::params::{token, write_field};
use super::{Named, Others, Token, Typed, Value};

/// Priority (RFC 3261 §20.26).
pub type Priority<'a> = Named<Token<'a>, { Name::Priority as u8 }>;
/// Request-Disposition (RFC 3841 §9.1).
pub type RequestDisposition<'a> = Named<Token<'a>, { Name::RequestDisposition as u8 }>;
/// SIP-ETag (RFC 3903 §11.3.1).
pub type SipEtag<'a> = Named<Token<'a>, { Name::SipEtag as u8 }>;
/// SIP-If-Match (RFC 3903 §11.3.2).
pub type SipIfMatch<'a> = Named<Token<'a>, { Name::SipIfMatch as u8 }>;

impl<'a> Typed<'a> for CSeq<'a> {
    const NAME: Name = Name::CSeq;

    fn parse(value: &'a str) -> Option<Self> {
        let (number, method) = grammar::only_cseq(value.as_bytes())?;
        Some(Self { number, method: text_within(value, method) })
    }
}

impl Display for CSeq<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// Text that has no form (RFC 3261 §25.1 TEXT-UTF8-TRIM).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub &'a str);

/// Subject (RFC 3261 §20.36).
pub type Subject<'a> = Named<Text<'a>, { Name::Subject as u8 }>;
/// Organization (RFC 3261 §20.25).
pub type Organization<'a> = Named<Text<'a>, { Name::Organization as u8 }>;
/// Server (RFC 3261 §20.35).
pub type Server<'a> = Named<Text<'a>, { Name::Server as u8 }>;
/// User-Agent (RFC 3261 §20.41).
pub type UserAgent<'a> = Named<Text<'a>, { Name::UserAgent as u8 }>;

impl<'a> Value<'a> for Text<'a> {
    fn read(value: &'a str) -> Option<Self> {
        Some(Self(value.trim_ascii()))
    }
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A Call-ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallIdentifier<'a>(pub &'a str);

/// Call-ID (RFC 3261 §20.8).
pub type CallId<'a> = Named<CallIdentifier<'a>, { Name::CallId as u8 }>;
/// In-Reply-To (RFC 3261 §20.21).
pub type InReplyTo<'a> = Named<CallIdentifier<'a>, { Name::InReplyTo as u8 }>;

impl<'a> Value<'a> for CallIdentifier<'a> {
    fn read(value: &'a str) -> Option<Self> {
        grammar::only_call_id(value.as_bytes()).map(|id| Self(text_within(value, id)))
    }
}

impl Display for CallIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Another dialog, by its identifiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DialogReference<'a> {
    /// Its Call-ID.
    pub call_id: &'a str,
    /// Its tag at who receives the header field: in Target-Dialog, `remote-tag`.
    pub to_tag: &'a str,
    /// Its other tag: in Target-Dialog, `local-tag`.
    pub from_tag: &'a str,
    /// Other parameters; `early-only` among them (RFC 3891 §3).
    pub params: Others<'a>,
}

impl<'a> DialogReference<'a> {
    fn read(value: &'a str, named: &'static [&'static str; 2]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let call_id = cursor.word(b";,")?;
        let params = cursor.params(named)?;
        let [to_tag, from_tag] = named.map(|name| params.field(name, token));
        Some(Self { call_id, to_tag: to_tag??, from_tag: from_tag??, params })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, [to, from]: [&str; 2]) -> fmt::Result {
        let Self { call_id, to_tag, from_tag, params } = self;
        write!(f, "{call_id};{to}={to_tag};{from}={from_tag}{params}")
    }
}

impl<'a> Value<'a> for DialogReference<'a> {
    fn read(value: &'a str) -> Option<Self> {
        Self::read(value, &["to-tag", "from-tag"])
    }
}

impl Display for DialogReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, ["to-tag", "from-tag"])
    }
}

/// Replaces (RFC 3891 §3).
pub type Replaces<'a> = Named<DialogReference<'a>, { Name::Replaces as u8 }>;
/// Join (RFC 3911 §7.1).
pub type Join<'a> = Named<DialogReference<'a>, { Name::Join as u8 }>;

/// Target-Dialog (RFC 4538 §7): its parameters are called otherwise than those of Replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TargetDialog<'a>(pub DialogReference<'a>);

impl<'a> Typed<'a> for TargetDialog<'a> {
    const NAME: Name = Name::TargetDialog;

    fn parse(value: &'a str) -> Option<Self> {
        DialogReference::read(value, &["remote-tag", "local-tag"]).map(Self)
    }
}

impl Display for TargetDialog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, ["remote-tag", "local-tag"])
    }
}

/// Event (RFC 6665 §8.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event package, template packages and all.
    pub package: &'a str,
    /// Tells two subscriptions of one dialog apart.
    pub id: Option<&'a str>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for Event<'a> {
    const NAME: Name = Name::Event;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let package = cursor.token()?;
        let params = cursor.params(&["id"])?;
        Some(Self { package, id: params.field("id", token)?, params })
    }
}

impl Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.package)?;
        write_field(f, "id", self.id)?;
        self.params.fmt(f)
    }
}

/// Subscription-State (RFC 6665 §8.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated`, …
    pub state: &'a str,
    /// Why it ended.
    pub reason: Option<&'a str>,
    /// How many seconds it lasts.
    pub expires: Option<u32>,
    /// Not to be tried again before so many seconds.
    pub retry_after: Option<u32>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for SubscriptionState<'a> {
    const NAME: Name = Name::SubscriptionState;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let state = cursor.token()?;
        let params = cursor.params(&["reason", "expires", "retry-after"])?;
        Some(Self {
            state,
            reason: params.field("reason", token)?,
            expires: params.field("expires", |value| whole(value, Cursor::seconds))?,
            retry_after: params.field("retry-after", |value| whole(value, Cursor::seconds))?,
            params,
        })
    }
}

impl Display for SubscriptionState<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.state)?;
        write_field(f, "reason", self.reason)?;
        write_field(f, "expires", self.expires)?;
        write_field(f, "retry-after", self.retry_after)?;
        self.params.fmt(f)
    }
}

/// User-to-User (RFC 7433 §4.1): data that two users exchange with a call.
///
/// ```
/// use sip_parser::headers::{Typed, UserToUser};
///
/// let value = "04c8e4f5;encoding=hex;purpose=isdn-uui;content=isdn-uui";
/// let data = UserToUser::parse(value).expect("data");
/// assert_eq!(data.purpose, Some("isdn-uui"));
/// let octets: Vec<u8> = data.octets().expect("in hexadecimal").collect();
/// assert_eq!(octets, [0x04, 0xc8, 0xe4, 0xf5]);
/// assert_eq!(data.to_string(), value);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserToUser<'a> {
    /// The data, as `encoding` says.
    pub data: super::Quoted<'a>,
    /// `hex` where it is missing.
    pub encoding: Option<&'a str>,
    /// What it is for: `isdn-uui` (RFC 7434), …
    pub purpose: Option<&'a str>,
    /// What it holds.
    pub content: Option<&'a str>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> UserToUser<'a> {
    /// The octets, when they are written in hexadecimal digits.
    #[must_use]
    pub fn octets(&self) -> Option<impl Iterator<Item = u8> + use<'a>> {
        let digits = self.data.as_str().as_bytes();
        let hex = self.encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("hex"));
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let right = hex && digits.iter().all(u8::is_ascii_hexdigit);
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
        let octet = move |[high, low]: &[u8; 2]| u8::try_from(digit(*high) << 4 | digit(*low)).ok();
        right.then(|| pairs.iter().filter_map(octet))
    }
}

impl<'a> Typed<'a> for UserToUser<'a> {
    const NAME: Name = Name::UserToUser;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let data =
            if cursor.at(b'"') { cursor.quoted()? } else { super::Quoted::new(cursor.token()?)? };
        let params = cursor.params(&["encoding", "purpose", "content"])?;
        Some(Self {
            data,
            encoding: params.field("encoding", token)?,
            purpose: params.field("purpose", token)?,
            content: params.field("content", token)?,
            params,
        })
    }
}

impl Display for UserToUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if grammar::is_token(self.data.as_str().as_bytes()) {
            f.write_str(self.data.as_str())?;
        } else {
            self.data.fmt(f)?;
        }
        write_field(f, "encoding", self.encoding)?;
        write_field(f, "purpose", self.purpose)?;
        write_field(f, "content", self.content)?;
        self.params.fmt(f)
    }
}
