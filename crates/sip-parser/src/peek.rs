//! The first facts of a message, read off its raw bytes.

use crate::Name;
use crate::grammar::{self, HeaderLine};
use crate::scan::{self, Head, RawStart};
use crate::value::text;

/// What a start line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Its method as written.
        method: &'a str,
        /// Its Request-URI as written.
        uri: &'a str,
    },
    /// A response.
    Response {
        /// Its status code; 0 when it cannot be read.
        status: u16,
    },
}

/// Facts enough to give a message its place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek<'a> {
    /// The start line.
    pub start: Start<'a>,
    /// Call-ID.
    pub call_id: Option<&'a str>,
    /// Tag of From.
    pub from_tag: Option<&'a str>,
    /// Tag of To.
    pub to_tag: Option<&'a str>,
    /// Branch of the top Via.
    pub branch: Option<&'a str>,
    /// The first Resource-Priority line, if it is UTF-8; a folded one still has its line breaks.
    pub resource_priority: Option<&'a str>,
}

/// Reads the first facts of a message. `None` exactly when [`crate::Message::parse`] says
/// [`crate::ParseError::NotSip`]; what it gives of a message that parses is what the parse gives.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Peek<'_>> {
    let mut head = Head::new(bytes, scan::begin(bytes));
    let slice = |range| bytes.get(range).unwrap_or_default();
    let start = match scan::start_line(bytes, head.start_line())? {
        RawStart::Request { method, uri, .. } => {
            Start::Request { method: text(slice(method)), uri: text(slice(uri)) }
        }
        RawStart::Response { status, .. } => Start::Response { status },
    };
    let [mut via, mut from, mut to, mut call_id, mut priority] = [None; 5];
    while let Some(field) = head.next_field() {
        let line = slice(field.all);
        // Most names are ruled out by their first letter.
        let letter = line.first().map(u8::to_ascii_lowercase);
        if !matches!(letter, Some(b'v' | b'f' | b't' | b'i' | b'c' | b'r')) {
            continue;
        }
        let Some(HeaderLine { title, value, .. }) = grammar::header(line) else { continue };
        if !matches!(title.len(), 1..=4 | 7 | 17) {
            continue;
        }
        let first = match Name::of_bytes(title) {
            Name::Via => &mut via,
            Name::From => &mut from,
            Name::To => &mut to,
            Name::CallId => &mut call_id,
            Name::ResourcePriority => &mut priority,
            _ => continue,
        };
        first.get_or_insert(value);
    }
    Some(Peek {
        start,
        call_id: call_id.and_then(|value| grammar::only(grammar::call_id, value)).map(text),
        from_tag: from.and_then(tag),
        to_tag: to.and_then(tag),
        branch: via.and_then(grammar::top_via).and_then(|parts| parts.branch()),
        resource_priority: priority.and_then(|value| std::str::from_utf8(value).ok()),
    })
}

fn tag(value: &[u8]) -> Option<&str> {
    grammar::only(grammar::name_addr, value)?.tag()
}
