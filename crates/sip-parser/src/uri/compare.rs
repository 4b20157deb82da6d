//! Whether two URIs are the same one (RFC 3261 §19.1.4, RFC 3966 §4).

use std::net::Ipv6Addr;

use crate::Params;

use super::escape::octets;
use super::tel::digits;
use super::{SipUri, TelUri, Uri};

/// Two URIs with more parameters or header fields than that are never the same: it costs the
/// product of both numbers to find out.
const COMPARED_MAX: usize = 64;

impl Uri<'_> {
    /// Whether it is the same URI by the rules of its scheme: not as its text. Of schemes that
    /// are not known here, the text after the scheme must be the same.
    #[must_use]
    pub fn is_same(&self, other: &Uri<'_>) -> bool {
        match (self, other) {
            (Self::Sip(one), Uri::Sip(other)) => one.is_same(other),
            (Self::Tel(one), Uri::Tel(other)) => one.is_same(other),
            // RFC 8141 §3: the namespace in any case; what follows it as its owner says.
            (Self::Urn(one), Uri::Urn(other)) => match (one.split_once(':'), other.split_once(':'))
            {
                (Some(one), Some(other)) => one.0.eq_ignore_ascii_case(other.0) && one.1 == other.1,
                _ => one == other,
            },
            (
                Self::Other { scheme: one, rest: mine },
                Uri::Other { scheme: other, rest: theirs },
            ) => one.eq_ignore_ascii_case(other) && mine == theirs,
            _ => false,
        }
    }
}

impl SipUri<'_> {
    /// RFC 3261 §19.1.4. A missing port is not the default one, and `sip` is never `sips`.
    #[must_use]
    pub fn is_same(&self, other: &SipUri<'_>) -> bool {
        let optional = |one: Option<&str>, other: Option<&str>| match (one, other) {
            (Some(one), Some(other)) => same_text(one, other),
            (None, None) => true,
            _ => false,
        };
        self.secure == other.secure
            && optional(self.user, other.user)
            && optional(self.password, other.password)
            && same_host(self.host, other.host)
            && self.port == other.port
            && same_params(self.params, other.params)
            && self.has_same_headers(other)
    }

    /// All of them, in any order; their values as RFC 3261 §20 wants them compared are not known
    /// here, so as text.
    fn has_same_headers(&self, other: &SipUri<'_>) -> bool {
        let count = self.header_fields().take(COMPARED_MAX + 1).count();
        if count > COMPARED_MAX || other.header_fields().take(COMPARED_MAX + 1).count() != count {
            return false;
        }
        let same = |one: (&str, &str), other: (&str, &str)| {
            same_text_in_any_case(one.0, other.0) && same_text(one.1, other.1)
        };
        let count_in = |uri: &SipUri<'_>, wanted| {
            uri.header_fields().filter(|field| same(*field, wanted)).count()
        };
        self.header_fields().all(|field| count_in(self, field) == count_in(other, field))
    }
}

/// IPv6 references are the same when their addresses are, however written (RFC 5954 §4.2).
fn same_host(one: &str, other: &str) -> bool {
    let address = |host: &str| -> Option<Ipv6Addr> {
        host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
    };
    one.eq_ignore_ascii_case(other)
        || address(one).is_some_and(|address_of_one| address(other) == Some(address_of_one))
}

/// Parameters that make two URIs differ when only one has them.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

fn same_params(one: Params<'_>, other: Params<'_>) -> bool {
    let few = |params: Params<'_>| params.iter().nth(COMPARED_MAX).is_none();
    let agrees = |one: Params<'_>, other: Params<'_>| {
        // Of two of one name, which may not be, the first counts.
        one.iter().all(|(name, _)| match other.get(name) {
            // method is a token, and like the others compared in any case.
            Some(found) => match (one.value(name), found) {
                (Some(value), Some(found)) => same_text_in_any_case(value, found),
                (None, None) => true,
                _ => false,
            },
            None => !DECISIVE.iter().any(|decisive| decisive.eq_ignore_ascii_case(name)),
        })
    };
    few(one) && few(other) && agrees(one, other) && agrees(other, one)
}

impl TelUri<'_> {
    /// RFC 3966 §4: both global or both local, the same digits whatever separates them, and the
    /// same parameters in any order and case.
    ///
    /// ```
    /// use sip_parser::Uri;
    ///
    /// let number = |uri| match Uri::parse(uri) {
    ///     Some(Uri::Tel(tel)) => tel,
    ///     other => panic!("{other:?}"),
    /// };
    /// let one = number("tel:+33-1-99-00-00-01;ext=12;isub=7");
    /// assert!(one.is_same(&number("tel:+33199000001;ISUB=7;ext=1-2")));
    /// assert!(!one.is_same(&number("tel:+33199000001")));
    /// assert!(!number("tel:112;phone-context=+33").is_same(&number("tel:+112")));
    /// ```
    #[must_use]
    pub fn is_same(&self, other: &TelUri<'_>) -> bool {
        let agrees = |one: Params<'_>, other: Params<'_>| {
            one.iter().all(|(name, _)| match (one.get(name), other.get(name)) {
                (Some(value), Some(found)) => same_value(name, value, found),
                _ => false,
            })
        };
        let count = self.params.iter().take(COMPARED_MAX + 1).count();
        self.is_global() == other.is_global()
            && same_digits(self.number, other.number)
            && count <= COMPARED_MAX
            && other.params.iter().take(COMPARED_MAX + 1).count() == count
            && agrees(self.params, other.params)
            && agrees(other.params, self.params)
    }
}

/// Of `ext` and a numeric `phone-context`, separators do not count.
fn same_value(name: &str, one: Option<&str>, other: Option<&str>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one == other };
    let is_number = |value: &str| value.starts_with('+');
    if name.eq_ignore_ascii_case("ext") || (is_number(one) && is_number(other)) {
        return same_digits(one, other);
    }
    same_text_in_any_case(one, other)
}

fn same_digits(one: &str, other: &str) -> bool {
    let lower = |number| digits(number).map(|digit| digit.to_ascii_lowercase());
    lower(one).eq(lower(other))
}

/// Reserved characters (RFC 3261 §25.1) are not the same as their escapes; all others are.
fn meaning((octet, escaped): (u8, bool)) -> (u8, bool) {
    (octet, escaped && b";/?:@&=+$,".contains(&octet))
}

fn same_text(one: &str, other: &str) -> bool {
    octets(one).map(meaning).eq(octets(other).map(meaning))
}

fn same_text_in_any_case(one: &str, other: &str) -> bool {
    let lower = |(octet, escaped): (u8, bool)| (octet.to_ascii_lowercase(), escaped);
    octets(one).map(meaning).map(lower).eq(octets(other).map(meaning).map(lower))
}
