//! Lists of tokens: methods, option tags, event and INFO packages.

use std::fmt::{self, Display};

use crate::{Name, grammar};

use super::{Named, Value};

/// A token (RFC 3261 §25.1). Two are equal in any case (§7.3.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Token<'a>(pub &'a str);

impl Token<'_> {
    /// Whether it is that token, in any case.
    #[must_use]
    pub fn is(&self, token: &str) -> bool {
        self.0.eq_ignore_ascii_case(token)
    }
}

impl PartialEq for Token<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0)
    }
}

impl Eq for Token<'_> {}

impl<'a> Value<'a> for Token<'a> {
    fn read(value: &'a str) -> Option<Self> {
        // Mostly nothing is around it.
        let token = |value: &'a str| grammar::is_token(value.as_bytes()).then_some(Self(value));
        token(value).or_else(|| token(value.trim_ascii()))
    }
}

impl Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Allow (RFC 3261 §20.5): a method.
pub type Allow<'a> = Named<Token<'a>, { Name::Allow as u8 }>;
/// Allow-Events (RFC 6665 §8.2.2): an event package.
pub type AllowEvents<'a> = Named<Token<'a>, { Name::AllowEvents as u8 }>;
/// Proxy-Require (RFC 3261 §20.29): an option tag.
pub type ProxyRequire<'a> = Named<Token<'a>, { Name::ProxyRequire as u8 }>;
/// Require (RFC 3261 §20.32): an option tag.
pub type Require<'a> = Named<Token<'a>, { Name::Require as u8 }>;
/// Supported (RFC 3261 §20.37): an option tag.
pub type Supported<'a> = Named<Token<'a>, { Name::Supported as u8 }>;
/// Unsupported (RFC 3261 §20.40): an option tag.
pub type Unsupported<'a> = Named<Token<'a>, { Name::Unsupported as u8 }>;
