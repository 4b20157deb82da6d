//! What a body is, and what is wanted of bodies.

use std::fmt::{self, Display};

use crate::Name;

use super::address::thousandths;
use super::cursor::Cursor;
use super::params::{quoted, token, write_field};
use super::{Named, Others, Quoted, Token, Typed, Value};

/// A media type, or a range of them (RFC 3261 §25.1 media-type, media-range).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// As in `application`.
    pub kind: &'a str,
    /// As in `sdp`.
    pub subtype: &'a str,
    /// Parameters.
    pub params: Others<'a>,
}

/// Accept (RFC 3261 §20.1).
pub type Accept<'a> = Named<MediaType<'a>, { Name::Accept as u8 }>;
/// Content-Type (RFC 3261 §20.15).
pub type ContentType<'a> = Named<MediaType<'a>, { Name::ContentType as u8 }>;

impl<'a> MediaType<'a> {
    /// Reads a value as far as its parameters can be read: what is wrong in one of them hides
    /// neither the type nor those before it.
    #[must_use]
    pub fn lenient(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let (kind, subtype) = type_of(&mut cursor)?;
        Some(Self { kind, subtype, params: Others::readable(cursor.rest(), &[]) })
    }

    /// Whether it is that type, in any case; parameters do not count.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// The value of a parameter, its quotes taken off.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Quoted<'a>> {
        quoted(self.params.value(name)?)
    }

    /// Whether this range holds that type; parameters do not count.
    #[must_use]
    pub fn holds(&self, kind: &str, subtype: &str) -> bool {
        let any = |mine: &str, other: &str| mine == "*" || mine.eq_ignore_ascii_case(other);
        any(self.kind, kind) && any(self.subtype, subtype)
    }
}

impl<'a> Value<'a> for MediaType<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let (kind, subtype) = type_of(&mut cursor)?;
        Some(Self { kind, subtype, params: cursor.params(&[])? })
    }
}

fn type_of<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a str, &'a str)> {
    let kind = cursor.token()?;
    cursor.octet(b'/')?;
    Some((kind, cursor.token()?))
}

impl Display for MediaType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}

/// A token with parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item<'a> {
    /// The token.
    pub name: &'a str,
    /// Its parameters.
    pub params: Others<'a>,
}

/// Accept-Encoding (RFC 3261 §20.2).
pub type AcceptEncoding<'a> = Named<Item<'a>, { Name::AcceptEncoding as u8 }>;
/// Accept-Language (RFC 3261 §20.3).
pub type AcceptLanguage<'a> = Named<Item<'a>, { Name::AcceptLanguage as u8 }>;
/// Info-Package (RFC 6086 §7.2).
pub type InfoPackage<'a> = Named<Item<'a>, { Name::InfoPackage as u8 }>;
/// Recv-Info (RFC 6086 §7.2).
pub type RecvInfo<'a> = Named<Item<'a>, { Name::RecvInfo as u8 }>;
/// Refer-Sub (RFC 4488 §4).
pub type ReferSub<'a> = Named<Item<'a>, { Name::ReferSub as u8 }>;
/// Answer-Mode (RFC 5373 §3).
pub type AnswerMode<'a> = Named<Item<'a>, { Name::AnswerMode as u8 }>;
/// Security-Client (RFC 3329 §2.2).
pub type SecurityClient<'a> = Named<Item<'a>, { Name::SecurityClient as u8 }>;
/// Security-Server (RFC 3329 §2.2).
pub type SecurityServer<'a> = Named<Item<'a>, { Name::SecurityServer as u8 }>;
/// Security-Verify (RFC 3329 §2.2).
pub type SecurityVerify<'a> = Named<Item<'a>, { Name::SecurityVerify as u8 }>;
/// Content-Encoding (RFC 3261 §20.12).
pub type ContentEncoding<'a> = Named<Token<'a>, { Name::ContentEncoding as u8 }>;
/// Content-Language (RFC 3261 §20.13).
pub type ContentLanguage<'a> = Named<Token<'a>, { Name::ContentLanguage as u8 }>;

impl Item<'_> {
    /// Its rank, in thousandths.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        thousandths(self.params.value("q")?)
    }
}

impl<'a> Value<'a> for Item<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        Some(Self { name: cursor.token()?, params: cursor.params(&[])? })
    }
}

impl Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.params)
    }
}

/// Content-Disposition (RFC 3261 §20.11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentDisposition<'a> {
    /// `session`, `render`, `early-session`, `by-reference` (RFC 5621 §7), `signal` (RFC 3204), …
    pub kind: &'a str,
    /// `optional` or `required`.
    pub handling: Option<&'a str>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> ContentDisposition<'a> {
    /// Reads a value as far as its parameters can be read, as [`MediaType::lenient`] does.
    #[must_use]
    pub fn lenient(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let kind = cursor.token()?;
        let params = Others::readable(cursor.rest(), &["handling"]);
        Some(Self { kind, handling: params.field("handling", token).flatten(), params })
    }

    /// Whether a message must be refused by who does not understand the body: where nothing is
    /// said it must (RFC 3261 §20.11, RFC 5621 §3.1).
    #[must_use]
    pub fn is_required(&self) -> bool {
        !self.handling.is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
    }
}

impl<'a> Typed<'a> for ContentDisposition<'a> {
    const NAME: Name = Name::ContentDisposition;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let kind = cursor.token()?;
        let params = cursor.params(&["handling"])?;
        Some(Self { kind, handling: params.field("handling", token)?, params })
    }
}

impl Display for ContentDisposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        write_field(f, "handling", self.handling)?;
        self.params.fmt(f)
    }
}

/// Content-ID (RFC 2045 §7, RFC 5621 §5): what a `cid:` URI points at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContentId<'a>(&'a str);

impl<'a> ContentId<'a> {
    /// Without its brackets.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

impl<'a> Typed<'a> for ContentId<'a> {
    const NAME: Name = Name::ContentId;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        cursor.octet(b'<')?;
        let id = cursor.word(b"<>")?;
        cursor.octet(b'>')?;
        cursor.end()?;
        Some(Self(id))
    }
}

impl Display for ContentId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}
