//! Quoted strings.

use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::value::unescape;

/// What stands inside a quoted string, its escapes as written.
///
/// ```
/// use sip_parser::headers::{Quoted, Typed, Warning, escape};
///
/// let escaped = escape(r#"no "codec" in C:\calls"#);
/// let text = Quoted::new(&escaped).expect("it is escaped");
/// let warning = Warning { code: 305, agent: "h", text };
/// let written = warning.to_string();
/// assert_eq!(written, r#"305 h "no \"codec\" in C:\\calls""#);
/// let read = Warning::parse(&written).expect("what was written");
/// assert_eq!(read.text.text(), r#"no "codec" in C:\calls"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoted<'a>(&'a str);

impl<'a> Quoted<'a> {
    /// Text that can stand between quotes as it is: its quotation marks and backslashes are
    /// escaped already (see [`escape`]). `None` when they are not.
    #[must_use]
    pub fn new(escaped: &'a str) -> Option<Self> {
        let mut is_escaped = false;
        for octet in escaped.bytes() {
            match octet {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => return None,
                _ => {}
            }
        }
        (!is_escaped).then_some(Self(escaped))
    }

    /// The inside of a string with its quotes.
    pub(super) fn inside(string: &'a str) -> Option<Self> {
        Self::new(string.strip_prefix('"')?.strip_suffix('"')?)
    }

    /// As written, escapes and all, without the quotes.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// The text itself, escapes resolved.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        unescape(self.0)
    }
}

/// With its quotes.
impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// Escapes what cannot stand in a quoted string (RFC 3261 §25.1 quoted-pair).
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['"', '\\']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    Cow::Owned(escaped)
}
