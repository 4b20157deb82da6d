//! Addresses: who, whereto, and by which way.

use std::fmt::{self, Display};

use crate::{Name, NameAddr, Params};

use super::cursor::Cursor;
use super::params::plain;
use super::{Named, Others, Quoted, Value};

/// From (RFC 3261 §20.20).
pub type From<'a> = Named<NameAddr<'a>, { Name::From as u8 }>;
/// To (RFC 3261 §20.39).
pub type To<'a> = Named<NameAddr<'a>, { Name::To as u8 }>;
/// Contact (RFC 3261 §20.10): an address, or `*`.
pub type Contact<'a> = Named<NameAddr<'a>, { Name::Contact as u8 }>;
/// Route (RFC 3261 §20.34).
pub type Route<'a> = Named<NameAddr<'a>, { Name::Route as u8 }>;
/// Record-Route (RFC 3261 §20.30).
pub type RecordRoute<'a> = Named<NameAddr<'a>, { Name::RecordRoute as u8 }>;
/// Reply-To (RFC 3261 §20.31).
pub type ReplyTo<'a> = Named<NameAddr<'a>, { Name::ReplyTo as u8 }>;
/// Path (RFC 3327 §4).
pub type Path<'a> = Named<NameAddr<'a>, { Name::Path as u8 }>;
/// Service-Route (RFC 3608 §5).
pub type ServiceRoute<'a> = Named<NameAddr<'a>, { Name::ServiceRoute as u8 }>;
/// Refer-To (RFC 3515 §2.1).
pub type ReferTo<'a> = Named<NameAddr<'a>, { Name::ReferTo as u8 }>;
/// Referred-By (RFC 3892 §3).
pub type ReferredBy<'a> = Named<NameAddr<'a>, { Name::ReferredBy as u8 }>;
/// P-Asserted-Identity (RFC 3325 §9.1): who it is, says a network that is trusted.
pub type PAssertedIdentity<'a> = Named<NameAddr<'a>, { Name::PAssertedIdentity as u8 }>;
/// P-Preferred-Identity (RFC 3325 §9.2): who it wants to be.
pub type PPreferredIdentity<'a> = Named<NameAddr<'a>, { Name::PPreferredIdentity as u8 }>;
/// P-Associated-URI (RFC 7315 §4.1).
pub type PAssociatedUri<'a> = Named<NameAddr<'a>, { Name::PAssociatedUri as u8 }>;
/// P-Called-Party-ID (RFC 7315 §4.2).
pub type PCalledPartyId<'a> = Named<NameAddr<'a>, { Name::PCalledPartyId as u8 }>;
/// P-Served-User (RFC 5502 §6).
pub type PServedUser<'a> = Named<NameAddr<'a>, { Name::PServedUser as u8 }>;

impl<'a> Value<'a> for NameAddr<'a> {
    fn read(value: &'a str) -> Option<Self> {
        Self::parse(value)
    }
}

/// In brackets always: so nothing in the URI can be taken for something of the header field.
impl Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.uri == "*" && self.display.is_none() {
            return write!(f, "*{}", self.params);
        }
        let display = self.display.and_then(Quoted::new);
        write!(f, "{}{}", Address { display, uri: self.uri }, self.params)
    }
}

/// As written, each behind its semicolon.
impl Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> NameAddr<'a> {
    /// For how many seconds a Contact holds (RFC 3261 §20.10).
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        whole(self.params.value("expires")?, Cursor::seconds)
    }

    /// A Contact's rank among others, in thousandths (RFC 3261 §20.10).
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        thousandths(self.params.value("q")?)
    }

    /// The instance of the user agent behind a Contact: a URN, without its brackets (RFC 5626
    /// §4.1).
    #[must_use]
    pub fn instance(&self) -> Option<&'a str> {
        let quoted = Quoted::inside(self.params.value("+sip.instance")?)?;
        quoted.as_str().strip_prefix('<')?.strip_suffix('>')
    }

    /// Which flow of that instance (RFC 5626 §4.2).
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        whole(self.params.value("reg-id")?, Cursor::number)
    }
}

/// All of an unquoted parameter's value.
pub(super) fn whole<'a, T>(
    value: &'a str,
    of: impl FnOnce(&mut Cursor<'a>) -> Option<T>,
) -> Option<T> {
    let mut cursor = Cursor::new(plain(value)?);
    let read = of(&mut cursor)?;
    cursor.end()?;
    Some(read)
}

/// qvalue (RFC 3261 §25.1): from 0 to 1 with three decimals at most.
pub(super) fn thousandths(value: &str) -> Option<u16> {
    let (integer, decimals) = value.split_once('.').unwrap_or((value, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|octet| octet.is_ascii_digit());
    if !digits || !matches!(integer, "0" | "1") {
        return None;
    }
    let decimal = |at| decimals.as_bytes().get(at).map_or(0, |digit| u16::from(digit - b'0'));
    let decimals = decimal(0) * 100 + decimal(1) * 10 + decimal(2);
    match integer {
        "1" => (decimals == 0).then_some(1_000),
        _ => Some(decimals),
    }
}

/// A name-addr or addr-spec without header parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address<'a> {
    /// The display name.
    pub display: Option<Quoted<'a>>,
    /// The URI.
    pub uri: &'a str,
}

impl<'a> Address<'a> {
    /// A URI without a display name.
    #[must_use]
    pub fn new(uri: &'a str) -> Self {
        Self { display: None, uri }
    }

    /// An address and the parameters behind it, of which `named` have fields of their own.
    pub(super) fn read(
        value: &'a str,
        named: &'static [&'static str],
    ) -> Option<(Self, Others<'a>)> {
        let read = NameAddr::parse(value).filter(|read| read.uri != "*")?;
        let display = match read.display {
            Some(display) => Some(Quoted::new(display)?),
            None => None,
        };
        Some((Self { display, uri: read.uri }, Others::read(read.params.as_str(), named)?))
    }
}

impl Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = self.display {
            write!(f, "{display} ")?;
        }
        write!(f, "<{}>", self.uri)
    }
}

/// A URI in brackets with parameters: a resource that goes with the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The URI.
    pub uri: &'a str,
    /// Parameters.
    pub params: Others<'a>,
}

/// Alert-Info (RFC 3261 §20.4, RFC 7462): what to ring with.
pub type AlertInfo<'a> = Named<Resource<'a>, { Name::AlertInfo as u8 }>;
/// Error-Info (RFC 3261 §20.18): more about an error.
pub type ErrorInfo<'a> = Named<Resource<'a>, { Name::ErrorInfo as u8 }>;
/// Geolocation (RFC 6442 §4.1): where the location is found; `cid:` is in the body.
///
/// ```
/// use sip_parser::headers::{Geolocation, Typed};
/// use sip_parser::multipart::Multipart;
///
/// let place = Geolocation::parse("<cid:target123@example.com>").expect("a reference");
/// let cid = place.uri.strip_prefix("cid:").expect("in the body");
/// let body = b"--b\r\nContent-ID: <target123@example.com>\r\n\r\n<presence/>\r\n--b--";
/// let parts = Multipart::with_boundary("b", body)?.parts;
/// let part = parts.iter().find(|part| part.is_content(cid)).expect("it is there");
/// assert_eq!(part.body, b"<presence/>");
/// # Ok::<(), sip_parser::multipart::MultipartError>(())
/// ```
pub type Geolocation<'a> = Named<Resource<'a>, { Name::Geolocation as u8 }>;

impl<'a> Value<'a> for Resource<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        Some(Self { uri: cursor.bracketed()?, params: cursor.params(&[])? })
    }
}

impl Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>{}", self.uri, self.params)
    }
}
