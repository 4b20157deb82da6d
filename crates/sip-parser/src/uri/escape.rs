//! `%HH` in URIs (RFC 3261 §19.1.2).

use std::borrow::Cow;
use std::fmt::Write;

/// Characters that stand for themselves in a user part (§25.1: unreserved, user-unreserved).
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&octet)
}

/// The octet of two hexadecimal digits.
fn octet_of(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// Every octet that `text` means, and whether it was escaped. A percent sign without two digits
/// means itself.
pub(super) fn octets(text: &str) -> impl Iterator<Item = (u8, bool)> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        if let [b'%', high, low, after @ ..] = rest
            && let Some(octet) = octet_of(*high, *low)
        {
            rest = after;
            return Some((octet, true));
        }
        let (first, after) = rest.split_first()?;
        rest = after;
        Some((*first, false))
    })
}

/// Resolves the escapes of a part of a URI. What is then no UTF-8 reads as U+FFFD.
#[must_use]
pub fn unescape_uri(part: &str) -> Cow<'_, str> {
    if !part.contains('%') {
        return Cow::Borrowed(part);
    }
    let plain: Vec<u8> = octets(part).map(|row| row.0).collect();
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// Escapes what cannot stand in the user part of a SIP URI.
///
/// ```
/// use sip_parser::{Uri, escape_user, unescape_uri};
///
/// let uri = format!("sip:{}@example.com", escape_user("#31#0199 é"));
/// assert_eq!(uri, "sip:%2331%230199%20%C3%A9@example.com");
/// let Some(Uri::Sip(read)) = Uri::parse(&uri) else { panic!() };
/// assert_eq!(unescape_uri(read.user.unwrap_or_default()), "#31#0199 é");
/// ```
#[must_use]
pub fn escape_user(user: &str) -> Cow<'_, str> {
    if user.bytes().all(is_plain) {
        return Cow::Borrowed(user);
    }
    let mut escaped = String::with_capacity(user.len() + 8);
    for octet in user.bytes() {
        if is_plain(octet) {
            escaped.push(char::from(octet));
        } else {
            // Writing to memory cannot fail.
            let _ = write!(escaped, "%{octet:02X}");
        }
    }
    Cow::Owned(escaped)
}
