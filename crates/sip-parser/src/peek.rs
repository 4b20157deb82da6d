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
        if !may_tell(line) {
            continue;
        }
        let (name, value) = match Name::at_start(line) {
            Some((name, length)) => (name, line.get(length + 1..).unwrap_or_default()),
            None => match grammar::header(line) {
                Some(HeaderLine { title, value }) => (Name::of_bytes(title), value),
                None => continue,
            },
        };
        let first = match name {
            Name::Via => &mut via,
            Name::From => &mut from,
            Name::To => &mut to,
            Name::CallId => &mut call_id,
            Name::ResourcePriority => &mut priority,
            _ => continue,
        };
        first.get_or_insert(grammar::trim_end(grammar::trim_start(value)));
    }
    Some(Peek {
        start,
        call_id: call_id.and_then(grammar::only_call_id).map(text),
        from_tag: from.and_then(tag),
        to_tag: to.and_then(tag),
        branch: via.and_then(branch),
        resource_priority: priority.and_then(|value| std::str::from_utf8(value).ok()),
    })
}

/// Whether a line starts like one that is looked for: most are ruled out by two letters. Behind a
/// compact name come white space and the colon.
#[inline]
fn may_tell(line: &[u8]) -> bool {
    let [first, second, ..] = line else { return false };
    let compact = matches!(second, b':' | b' ' | b'\t' | b'\r' | b'\n');
    match first | 0x20 {
        b'v' => compact || second | 0x20 == b'i',
        b'f' => compact || second | 0x20 == b'r',
        b't' => compact || second | 0x20 == b'o',
        b'i' => compact,
        b'c' => second | 0x20 == b'a',
        b'r' => second | 0x20 == b'e',
        _ => false,
    }
}

/// The branch of the first value of a Via line. What stands before its parameters is not looked
/// at: when it is wrong the parse refuses the message.
fn branch(line: &[u8]) -> Option<&str> {
    let at = memchr::memchr2(b';', b',', line)?;
    grammar::branch(line.get(at..)?)
}

/// The tag of a From or To value, likewise.
fn tag(value: &[u8]) -> Option<&str> {
    let rest = match value {
        [b'"', ..] => grammar::trim_start(grammar::quoted(value).ok()?.0),
        _ => value,
    };
    let params = match rest {
        [b'<', uri @ ..] => uri.get(memchr::memchr(b'>', uri)? + 1..)?,
        _ => grammar::only_name_addr(value)?.params,
    };
    grammar::tag(params)
}
