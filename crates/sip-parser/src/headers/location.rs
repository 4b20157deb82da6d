//! Where the caller is (RFC 6442), and what else is known about a call (Call-Info).

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::Cursor;
use super::params::{quoted, token, write_field};
use super::{Named, Others, Quoted, Token, Typed};

/// Geolocation-Routing (RFC 6442 §4.2): `yes` when the location may be used to route the request.
pub type GeolocationRouting<'a> = Named<Token<'a>, { Name::GeolocationRouting as u8 }>;

/// Geolocation-Error (RFC 6442 §4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeolocationError<'a> {
    /// 100 to 499; its hundreds tell who should do what (RFC 6442 §4.3).
    pub code: u32,
    /// For people: the parameter `code`.
    pub text: Option<Quoted<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for GeolocationError<'a> {
    const NAME: Name = Name::GeolocationError;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let code = cursor.number().filter(|code| *code <= 999)?;
        let params = cursor.params(&["code"])?;
        Some(Self { code, text: params.field("code", quoted)?, params })
    }
}

impl Display for GeolocationError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        write_field(f, "code", self.text)?;
        self.params.fmt(f)
    }
}

/// Call-Info (RFC 3261 §20.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallInfo<'a> {
    /// Where it is found.
    pub uri: &'a str,
    /// What it is: `icon`, `info`, `card`, `emergency-CallId` (RFC 7852 has more), …
    pub purpose: Option<&'a str>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for CallInfo<'a> {
    const NAME: Name = Name::CallInfo;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let uri = cursor.bracketed()?;
        let params = cursor.params(&["purpose"])?;
        Some(Self { uri, purpose: params.field("purpose", token)?, params })
    }
}

impl Display for CallInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.uri)?;
        write_field(f, "purpose", self.purpose)?;
        self.params.fmt(f)
    }
}
