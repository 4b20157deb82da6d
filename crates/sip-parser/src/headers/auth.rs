//! Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760). Other schemes cannot be read here.
//!
//! Which strings are quoted differs from one implementation to the next (`qop="auth"`,
//! `realm=example`): both are read, and written as RFC 3261 §25.1 wants them.

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::Cursor;
use super::params::{CommaList, quoted, token};
use super::{Named, Others, Quoted, Typed, Value};

/// WWW-Authenticate (RFC 3261 §20.44).
pub type WwwAuthenticate<'a> = Named<Challenge<'a>, { Name::WwwAuthenticate as u8 }>;
/// Proxy-Authenticate (RFC 3261 §20.27).
pub type ProxyAuthenticate<'a> = Named<Challenge<'a>, { Name::ProxyAuthenticate as u8 }>;
/// Authorization (RFC 3261 §20.7).
pub type Authorization<'a> = Named<Credentials<'a>, { Name::Authorization as u8 }>;
/// Proxy-Authorization (RFC 3261 §20.28).
pub type ProxyAuthorization<'a> = Named<Credentials<'a>, { Name::ProxyAuthorization as u8 }>;

/// A Digest challenge (RFC 7616 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// Whose passwords are asked for.
    pub realm: Quoted<'a>,
    /// What the answer must be made with.
    pub nonce: Quoted<'a>,
    /// To be sent back as it is.
    pub opaque: Option<Quoted<'a>>,
    /// Whether only the nonce was wrong.
    pub stale: bool,
    /// MD5 where it is missing.
    pub algorithm: Option<&'a str>,
    /// The kinds of protection offered, with commas between them.
    pub qop: Option<Quoted<'a>>,
    /// `domain`, `charset`, `userhash`, …
    pub params: Others<'a>,
}

impl Challenge<'_> {
    /// Whether that kind of protection is offered.
    #[must_use]
    pub fn offers(&self, qop: &str) -> bool {
        let offered = self.qop.map_or("", |qop| qop.as_str());
        offered.split(',').any(|one| one.trim_ascii().eq_ignore_ascii_case(qop))
    }
}

/// The most auth-params of one value.
const PARAMS: usize = 32;

/// What follows `Digest` must be auth-params. One that stands twice makes them unreadable (RFC 7616
/// §3.3, §3.4): nobody could say which was meant.
fn digest<'a>(value: &'a str, named: &'static [&'static str]) -> Option<Others<'a>> {
    let mut cursor = Cursor::new(value);
    cursor.token().filter(|scheme| scheme.eq_ignore_ascii_case("Digest"))?;
    cursor.space()?;
    let params = Others::read_commas(cursor.rest(), named)?;
    let mut names = [""; PARAMS];
    for (n, (name, _)) in params.all().enumerate() {
        let (place, before) = names.get_mut(..=n)?.split_last_mut()?;
        if before.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        *place = name;
    }
    Some(params)
}

impl<'a> Value<'a> for Challenge<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let params = digest(value, &["realm", "nonce", "opaque", "stale", "algorithm", "qop"])?;
        Some(Self {
            realm: params.field("realm", quoted)??,
            nonce: params.field("nonce", quoted)??,
            opaque: params.field("opaque", quoted)?,
            // RFC 7616 §3.3: any other value is false.
            stale: params.field("stale", token)?.is_some_and(|is| is.eq_ignore_ascii_case("true")),
            algorithm: params.field("algorithm", token)?,
            qop: params.field("qop", quoted)?,
            params,
        })
    }
}

impl Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest ")?;
        let mut list = CommaList::new(f);
        list.put("realm", Some(self.realm))?;
        list.put("nonce", Some(self.nonce))?;
        list.put("opaque", self.opaque)?;
        list.put("stale", self.stale.then_some("true"))?;
        list.put("algorithm", self.algorithm)?;
        list.put("qop", self.qop)?;
        list.others(&self.params)
    }
}

/// Digest credentials (RFC 7616 §3.4).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// Whose password answers.
    pub username: Quoted<'a>,
    /// Of the challenge.
    pub realm: Quoted<'a>,
    /// Of the challenge.
    pub nonce: Quoted<'a>,
    /// The Request-URI that the answer was made for.
    pub uri: Quoted<'a>,
    /// The answer.
    pub response: Quoted<'a>,
    /// Of the challenge.
    pub algorithm: Option<&'a str>,
    /// The client's own nonce.
    pub cnonce: Option<Quoted<'a>>,
    /// Of the challenge.
    pub opaque: Option<Quoted<'a>>,
    /// The kind of protection chosen.
    pub qop: Option<&'a str>,
    /// How often this nonce has been used with this one.
    pub nc: Option<NonceCount<'a>>,
    /// `userhash`, …
    pub params: Others<'a>,
}

/// Without the answer: it is as good as the password while its nonce lives.
impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Credentials");
        text.field("username", &self.username).field("realm", &self.realm);
        text.field("algorithm", &self.algorithm).field("qop", &self.qop);
        text.finish_non_exhaustive()
    }
}

impl<'a> Value<'a> for Credentials<'a> {
    fn read(value: &'a str) -> Option<Self> {
        let params = digest(
            value,
            &[
                "username",
                "realm",
                "nonce",
                "uri",
                "response",
                "algorithm",
                "cnonce",
                "opaque",
                "qop",
                "nc",
            ],
        )?;
        Some(Self {
            username: params.field("username", quoted)??,
            realm: params.field("realm", quoted)??,
            nonce: params.field("nonce", quoted)??,
            uri: params.field("uri", quoted)??,
            response: params.field("response", quoted)??,
            algorithm: params.field("algorithm", token)?,
            cnonce: params.field("cnonce", quoted)?,
            opaque: params.field("opaque", quoted)?,
            qop: params.field("qop", token)?,
            nc: params.field("nc", NonceCount::read)?,
            params,
        })
    }
}

/// Eight hexadecimal digits (RFC 3261 §25.1 nc-value). The answer is made with them as they are
/// written, so they are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceCount<'a>(&'a str);

impl<'a> NonceCount<'a> {
    /// `None` for what is no nonce count.
    #[must_use]
    pub fn new(digits: &'a str) -> Option<Self> {
        let right = digits.len() == 8 && digits.bytes().all(|octet| octet.is_ascii_hexdigit());
        right.then_some(Self(digits))
    }

    /// As written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from_str_radix(self.0, 16).unwrap_or(0)
    }

    fn read(value: &'a str) -> Option<Self> {
        Self::new(token(value)?)
    }
}

impl Display for NonceCount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest ")?;
        let mut list = CommaList::new(f);
        list.put("username", Some(self.username))?;
        list.put("realm", Some(self.realm))?;
        list.put("nonce", Some(self.nonce))?;
        list.put("uri", Some(self.uri))?;
        list.put("response", Some(self.response))?;
        list.put("algorithm", self.algorithm)?;
        list.put("cnonce", self.cnonce)?;
        list.put("opaque", self.opaque)?;
        list.put("qop", self.qop)?;
        list.put("nc", self.nc)?;
        list.others(&self.params)
    }
}

/// Authentication-Info (RFC 3261 §20.6): the server's proof and its next nonce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationInfo<'a> {
    /// To be used from now on.
    pub nextnonce: Option<Quoted<'a>>,
    /// The kind of protection of the response.
    pub qop: Option<&'a str>,
    /// The server's answer.
    pub rspauth: Option<Quoted<'a>>,
    /// Of the credentials.
    pub cnonce: Option<Quoted<'a>>,
    /// Of the credentials.
    pub nc: Option<NonceCount<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl<'a> Typed<'a> for AuthenticationInfo<'a> {
    const NAME: Name = Name::AuthenticationInfo;

    fn parse(value: &'a str) -> Option<Self> {
        let named = &["nextnonce", "qop", "rspauth", "cnonce", "nc"];
        let params = Others::read_commas(value, named)?;
        Some(Self {
            nextnonce: params.field("nextnonce", quoted)?,
            qop: params.field("qop", token)?,
            rspauth: params.field("rspauth", quoted)?,
            cnonce: params.field("cnonce", quoted)?,
            nc: params.field("nc", NonceCount::read)?,
            params,
        })
    }
}

impl Display for AuthenticationInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = CommaList::new(f);
        list.put("nextnonce", self.nextnonce)?;
        list.put("qop", self.qop)?;
        list.put("rspauth", self.rspauth)?;
        list.put("cnonce", self.cnonce)?;
        list.put("nc", self.nc)?;
        list.others(&self.params)
    }
}
