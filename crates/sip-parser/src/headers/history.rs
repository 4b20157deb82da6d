//! Which way a call has come: Diversion (RFC 5806) and History-Info (RFC 7044).

use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::uri::header_fields;
use crate::{Name, Uri, unescape_uri};

use super::address::{Address, whole};
use super::cursor::Cursor;
use super::params::{token, write_field};
use super::{Others, Typed};

/// Diversion (RFC 5806 §4): who diverted the call, the last one first.
///
/// ```
/// use sip_parser::headers::{Diversion, Typed};
///
/// let value = "\"B\" <sip:+33199000002@example.com>;reason=no-answer;counter=2;privacy=off";
/// let read = Diversion::parse(value).expect("a diversion");
/// assert_eq!((read.reason, read.counter), (Some("no-answer"), Some(2)));
/// assert!(!read.is_private());
/// assert_eq!(read.to_string(), value);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diversion<'a> {
    /// Who diverted it.
    pub address: Address<'a>,
    /// `unknown`, `user-busy`, `no-answer`, `unavailable`, `unconditional`, …
    pub reason: Option<&'a str>,
    /// How many diversions this entry stands for; 1 where it is missing.
    pub counter: Option<u32>,
    /// How many are allowed.
    pub limit: Option<u32>,
    /// Who may learn it: `full`, `name`, `uri`, `off`.
    pub privacy: Option<&'a str>,
    /// Whether somebody has checked it: `yes`, `no`.
    pub screen: Option<&'a str>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl Diversion<'_> {
    /// Whether the party called at last must not learn the address.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let hidden = ["full", "uri"];
        self.privacy.is_some_and(|asked| hidden.iter().any(|one| asked.eq_ignore_ascii_case(one)))
    }
}

impl<'a> Typed<'a> for Diversion<'a> {
    const NAME: Name = Name::Diversion;

    fn parse(value: &'a str) -> Option<Self> {
        let named = &["reason", "counter", "limit", "privacy", "screen"];
        let (address, params) = Address::read(value, named)?;
        Some(Self {
            address,
            reason: params.field("reason", token)?,
            counter: params.field("counter", |value| whole(value, Cursor::number))?,
            limit: params.field("limit", |value| whole(value, Cursor::number))?,
            privacy: params.field("privacy", token)?,
            screen: params.field("screen", token)?,
            params,
        })
    }
}

impl Display for Diversion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        write_field(f, "reason", self.reason)?;
        write_field(f, "counter", self.counter)?;
        write_field(f, "limit", self.limit)?;
        write_field(f, "privacy", self.privacy)?;
        write_field(f, "screen", self.screen)?;
        self.params.fmt(f)
    }
}

/// An index of History-Info: numbers with points between them (RFC 7044 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Index<'a>(&'a str);

impl<'a> Index<'a> {
    /// `None` when it is none.
    #[must_use]
    pub fn new(index: &'a str) -> Option<Self> {
        let number =
            |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
        index.split('.').all(number).then_some(Self(index))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The index it was made from: without its last number.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('.').map(|(parent, _)| Self(parent))
    }
}

impl Display for Index<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One entry of History-Info (RFC 7044 §5): a target that the request had.
///
/// ```
/// use sip_parser::headers::{HistoryInfo, Reason, Typed};
///
/// let value = "<sip:b@example.com?Reason=SIP%3Bcause%3D486>;index=1.1;rc=1";
/// let entry = HistoryInfo::parse(value).expect("an entry");
/// assert_eq!(entry.index.parent(), entry.rc);
/// let reason = entry.header("Reason").expect("there is one");
/// assert_eq!(Reason::parse(&reason).expect("a reason").sip(), Some(486));
/// assert_eq!(entry.to_string(), value);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryInfo<'a> {
    /// The target; Reason and Privacy may stand among the header fields of its URI.
    pub address: Address<'a>,
    /// Its place in the history.
    pub index: Index<'a>,
    /// The target was changed from that entry's, for the same user.
    pub rc: Option<Index<'a>>,
    /// The target is another user than that entry's.
    pub mp: Option<Index<'a>>,
    /// The target is that entry's, unchanged.
    pub np: Option<Index<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> HistoryInfo<'a> {
    /// A header field in the target's URI, escapes resolved: `Reason` tells why this target did
    /// not take the call (RFC 7044 §10.2), `Privacy` whether the entry may be shown (§10.1).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        let headers = match Uri::parse(self.address.uri) {
            Some(Uri::Sip(uri)) => uri.headers?,
            // Whatever the URI is, or breaks: its history may still have to be kept secret.
            _ => self.address.uri.split_once('?')?.1,
        };
        header_fields(headers)
            .find(|(found, _)| unescape_uri(found).eq_ignore_ascii_case(name))
            .map(|(_, value)| unescape_uri(value))
    }

    /// Whether the entry must not be shown to who is not trusted (RFC 7044 §10.1.1).
    #[must_use]
    pub fn is_private(&self) -> bool {
        let privacy = self.header("Privacy").unwrap_or_default();
        privacy.split(';').any(|asked| {
            let hidden = ["history", "session", "header"];
            hidden.iter().any(|one| asked.trim_ascii().eq_ignore_ascii_case(one))
        })
    }
}

impl<'a> Typed<'a> for HistoryInfo<'a> {
    const NAME: Name = Name::HistoryInfo;

    fn parse(value: &'a str) -> Option<Self> {
        let (address, params) = Address::read(value, &["index", "rc", "mp", "np"])?;
        Some(Self {
            address,
            index: params.field("index", Index::new)??,
            rc: params.field("rc", Index::new)?,
            mp: params.field("mp", Index::new)?,
            np: params.field("np", Index::new)?,
            params,
        })
    }
}

impl Display for HistoryInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};index={}", self.address, self.index)?;
        write_field(f, "rc", self.rc)?;
        write_field(f, "mp", self.mp)?;
        write_field(f, "np", self.np)?;
        self.params.fmt(f)
    }
}
