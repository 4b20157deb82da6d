//! Who may learn what about whom, and who vouches for it.

use std::fmt::{self, Display};

use crate::{Name, grammar};

use super::cursor::Cursor;
use super::params::{quoted, token, write_field};
use super::{Named, Others, Quoted, Typed, Value};

/// Privacy (RFC 3323 §4.2): what is asked to be withheld, all of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Privacy<'a>(&'a str);

impl<'a> Privacy<'a> {
    /// `id`, `user`, `header`, `session`, `critical`, `none`, `history`, …
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split(';').map(str::trim_ascii)
    }

    /// Whether that is asked for, in any case.
    #[must_use]
    pub fn asks_for(&self, what: &str) -> bool {
        self.iter().any(|asked| asked.eq_ignore_ascii_case(what))
    }
}

impl PartialEq for Privacy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Privacy<'_> {}

impl<'a> Typed<'a> for Privacy<'a> {
    const NAME: Name = Name::Privacy;

    fn parse(value: &'a str) -> Option<Self> {
        let privacy = Self(value);
        privacy.iter().all(|asked| grammar::is_token(asked.as_bytes())).then_some(privacy)
    }
}

impl Display for Privacy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for asked in self.iter() {
            write!(f, "{separator}{asked}")?;
            separator = ";";
        }
        Ok(())
    }
}

/// A communication service by its URN (RFC 6050 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Service<'a> {
    /// As in `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
    pub urn: &'a str,
}

/// P-Asserted-Service (RFC 6050 §4.1).
pub type PAssertedService<'a> = Named<Service<'a>, { Name::PAssertedService as u8 }>;
/// P-Preferred-Service (RFC 6050 §4.2).
pub type PPreferredService<'a> = Named<Service<'a>, { Name::PPreferredService as u8 }>;

impl<'a> Value<'a> for Service<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let urn = cursor.word(b"")?;
        cursor.end()?;
        let scheme = grammar::scheme(urn.as_bytes()).and_then(|length| urn.get(..length))?;
        scheme.eq_ignore_ascii_case("urn").then_some(Self { urn })
    }
}

impl Display for Service<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.urn)
    }
}

/// Identity (RFC 8224 §4): a signed statement about the caller. Not verified here.
///
/// ```
/// use sip_parser::headers::{Identity, Typed};
///
/// let value = "eyJhbGciOiJFUzI1NiJ9.eyJhdHRlc3QiOiJBIn0.c2ln\
///     ;info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=shaken";
/// let identity = Identity::parse(value).expect("a statement");
/// assert_eq!(identity.passport.split('.').count(), 3);
/// assert_eq!(identity.info, "https://cert.example.org/passport.cer");
/// assert!(identity.ppt.is_some_and(|kind| kind.text() == "shaken"));
/// assert_eq!(identity.to_string(), value);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The PASSporT, in full or compact form.
    pub passport: &'a str,
    /// Where the certificate is.
    pub info: &'a str,
    /// How it is signed; ES256 where it is missing.
    pub alg: Option<&'a str>,
    /// The kind of PASSporT, as in `shaken`.
    pub ppt: Option<Quoted<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for Identity<'a> {
    const NAME: Name = Name::Identity;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let passport = cursor.word(b";,<>\"")?;
        cursor.octet(b';')?;
        cursor.token().filter(|name| name.eq_ignore_ascii_case("info"))?;
        cursor.octet(b'=')?;
        let info = cursor.bracketed()?;
        let params = cursor.params(&["alg", "ppt"])?;
        let alg = params.field("alg", token)?;
        let ppt = params.field("ppt", quoted)?;
        Some(Self { passport, info, alg, ppt, params })
    }
}

impl Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};info=<{}>", self.passport, self.info)?;
        write_field(f, "alg", self.alg)?;
        match self.ppt {
            // RFC 8224 §4: a token. It is quoted by many, and must be where it is none.
            Some(ppt) if grammar::is_token(ppt.as_str().as_bytes()) => {
                write_field(f, "ppt", Some(ppt.as_str()))?;
            }
            ppt => write_field(f, "ppt", ppt)?,
        }
        self.params.fmt(f)
    }
}
