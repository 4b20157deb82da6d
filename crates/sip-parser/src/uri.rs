//! URIs as they occur in SIP: `sip`, `sips`, `tel`, `urn`, and any other scheme kept whole.

mod compare;
mod escape;
mod tel;

pub use escape::{escape_user, unescape_uri};
pub(crate) use tel::header_fields;

use crate::grammar;
use crate::value::Params;

/// A URI, by scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uri<'a> {
    /// `sip:` and `sips:` (RFC 3261 §19.1).
    Sip(SipUri<'a>),
    /// `tel:` (RFC 3966).
    Tel(TelUri<'a>),
    /// `urn:` (RFC 8141): what follows the scheme, as in `service:sos.fire` (RFC 5031).
    Urn(&'a str),
    /// Any other scheme.
    Other {
        /// The scheme as written.
        scheme: &'a str,
        /// What follows its colon.
        rest: &'a str,
    },
}

/// A `sip:` or `sips:` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipUri<'a> {
    /// Whether the scheme is `sips`.
    pub secure: bool,
    /// The user part as written, without the password; may hold parameters of its own
    /// (`+33…;phone-context=…`).
    pub user: Option<&'a str>,
    /// The password, if anybody still writes one.
    pub password: Option<&'a str>,
    /// Host; an IPv6 reference keeps its brackets.
    pub host: &'a str,
    /// Port.
    pub port: Option<u16>,
    /// URI parameters.
    pub params: Params<'a>,
    /// What follows `?`: header fields to be put into a request.
    pub headers: Option<&'a str>,
}

/// A `tel:` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelUri<'a> {
    /// Digits as written: with `+` when global, and with visual separators.
    pub number: &'a str,
    /// `isub`, `ext`, `phone-context`, `rn`, `npdi`, `cic`, …
    pub params: Params<'a>,
}

impl<'a> Uri<'a> {
    /// Reads a URI; `None` when it is none, or breaks the rules of its own scheme.
    #[must_use]
    pub fn parse(uri: &'a str) -> Option<Self> {
        let scheme_length = grammar::scheme(uri.as_bytes())?;
        let (scheme, rest) = (uri.get(..scheme_length)?, uri.get(scheme_length + 1..)?);
        if scheme.eq_ignore_ascii_case("sip") {
            return Self::sip(rest, false);
        }
        if scheme.eq_ignore_ascii_case("sips") {
            return Self::sip(rest, true);
        }
        if scheme.eq_ignore_ascii_case("tel") {
            return TelUri::of_subscriber(rest).map(Self::Tel);
        }
        if scheme.eq_ignore_ascii_case("urn") {
            return Some(Self::Urn(rest));
        }
        Some(Self::Other { scheme, rest })
    }

    fn sip(rest: &'a str, secure: bool) -> Option<Self> {
        grammar::sip_uri(rest.as_bytes()).map(|parts| Self::Sip(parts.view(rest, secure)))
    }
}

#[cfg(test)]
mod tests;
