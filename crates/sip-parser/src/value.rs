//! Typed header field values: slices of the message, read on demand.

use std::borrow::Cow;

use crate::grammar;

/// Text of a slice that the grammar has accepted. What is not UTF-8 reads as empty.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The text of `part`, a slice of the octets of `whole`; empty when it is none. What is text as a
/// whole is not asked again whether its parts are.
#[inline]
pub(crate) fn text_within<'a>(whole: &'a str, part: &[u8]) -> &'a str {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    whole.get(start..start.wrapping_add(part.len())).unwrap_or_default()
}

/// `;name=value` parameters behind a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a>(pub(crate) &'a str);

impl<'a> Params<'a> {
    /// Every parameter in order: its name as written and its value, quotes included.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let all = self.0;
        let within = |part| text_within(all, part);
        grammar::raw_params(all.as_bytes())
            .map(move |(name, value)| (within(name), value.map(within)))
    }

    /// The first parameter of that name, in any case: `Some(None)` when it stands without a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&'a str>> {
        let found = grammar::find_param(self.0.as_bytes(), name)?;
        Some(found.map(|value| text_within(self.0, value)))
    }

    /// The value of the first parameter of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name).flatten()
    }

    /// The parameters as written, each with its leading semicolon; empty when there is none.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

/// One Via value (RFC 3261 §20.42).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, … as written.
    pub transport: &'a str,
    /// sent-by host; an IPv6 reference keeps its brackets.
    pub host: &'a str,
    /// sent-by port.
    pub port: Option<u16>,
    /// The transaction's branch.
    pub branch: Option<&'a str>,
    /// Where the message came from (RFC 3261 §18.2.1).
    pub received: Option<&'a str>,
    /// `Some(None)`: the sender asks for symmetric response routing (RFC 3581 §3).
    pub rport: Option<Option<u16>>,
    /// Where responses go instead of the host.
    pub maddr: Option<&'a str>,
    /// All parameters, the ones above too.
    pub params: Params<'a>,
}

/// A name-addr or addr-spec with header parameters (RFC 3261 §20.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name as written, without the quotes around it.
    pub display: Option<&'a str>,
    /// The URI; `*` in a wildcard Contact.
    pub uri: &'a str,
    /// Header parameters, not those of the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one value.
    #[must_use]
    pub fn parse(value: &'a str) -> Option<Self> {
        grammar::only_name_addr(value.as_bytes()).map(|parts| parts.view(value))
    }

    /// The `tag` parameter: a token, never quoted.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag").filter(|tag| !tag.starts_with('"'))
    }

    /// The display name with its escapes resolved.
    #[must_use]
    pub fn display_text(&self) -> Option<Cow<'a, str>> {
        self.display.map(unescape)
    }
}

/// Resolves `\x` escapes of a quoted string's inside (RFC 3261 §25.1 quoted-pair).
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { plain.extend(chars.next()) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}
