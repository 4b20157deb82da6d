//! The syntax of challenges and credentials: RFC 3261 §20.7, §20.44, §25.1; RFC 7616 §3.3, §3.4.

use std::borrow::Cow;

/// The most parameters that are looked at.
const FIELDS_MAX: usize = 32;

/// The parameters of one challenge or of one set of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Fields<'a> {
    /// Reads a value whose scheme is Digest. A parameter that stands twice makes it unreadable.
    pub(crate) fn digest(value: &'a str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once([' ', '\t', '\r', '\n'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        Self::list(rest)
    }

    /// Reads a list of parameters (Authentication-Info has no scheme).
    pub(crate) fn list(text: &'a str) -> Option<Self> {
        let mut fields: Vec<(&str, Cow<'_, str>)> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=')?;
            let name = name.trim();
            if name.is_empty() || !name.bytes().all(is_token) {
                return None;
            }
            let (value, after) = value(after.trim_start())?;
            let twice = fields.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
            if twice || fields.len() >= FIELDS_MAX {
                return None;
            }
            fields.push((name, value));
            let after = after.trim_start();
            rest = match after.strip_prefix(',') {
                Some(next) => next.trim_start(),
                None if after.is_empty() => after,
                None => return None,
            };
        }
        Some(Self(fields))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        fields.find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1.as_ref())
    }

    /// Whether the list in a value (`qop="auth,auth-int"`) has this member.
    pub(crate) fn lists(&self, name: &str, member: &str) -> bool {
        let mut members = self.get(name).unwrap_or_default().split(',');
        members.any(|found| found.trim().eq_ignore_ascii_case(member))
    }

    /// Whether a flag is set (`stale=true`, quoted or not).
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&octet)
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t', '\r', '\n']).unwrap_or(text.len());
        let (token, rest) = text.split_at_checked(end)?;
        return (!token.is_empty() && !token.contains('"')).then_some((Cow::Borrowed(token), rest));
    };
    let mut escaped = false;
    let end = quoted.bytes().position(|octet| {
        let closes = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        closes
    })?;
    let (inside, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    Some((unescaped(inside), rest))
}

fn unescaped(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

/// The inside of a quoted string that says `text`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['"', '\\']) {
        Cow::Owned(text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        Cow::Borrowed(text)
    }
}
