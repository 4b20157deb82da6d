//! The first facts of a message, read off its raw bytes.

use std::ops::Range;

use crate::grammar::{self, Named};
use crate::scan::{self, Head, RawStart};
use crate::value::{text, text_within};
use crate::{Name, class};

/// What a start line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request {
        /// Its method as written.
        method: &'a str,
        /// Its Request-URI as written, up to the first octet that is no UTF-8.
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
    /// Whether all of the Request-URI is UTF-8. One that is not never parses, but an emergency call
    /// may be told by the rest of it.
    pub is_uri_whole: bool,
    /// The first Resource-Priority lines, those that are UTF-8; a folded one still has its line
    /// breaks.
    pub priorities: [Option<&'a str>; PRIORITIES],
}

/// How many lines of Resource-Priority are looked at: there are five namespaces of any use here,
/// and all of them may stand on one line.
const PRIORITIES: usize = 4;

/// Reads the first facts of a message. `None` exactly when [`crate::Message::parse`] says
/// [`crate::ParseError::NotSip`]; what it gives of a message that parses is what the parse gives.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<Peek<'_>> {
    let begin = scan::begin(bytes);
    let mut head = Head::new(bytes, begin);
    let start = scan::start_line(bytes, head.start_line())?;
    let mut facts = Facts { wanted: ALL, end: head.start_line().end, ..Facts::default() };
    while let Some(line) = head.next_line_of(|line| facts.may_be_told_by(line)) {
        facts.read(bytes, head.field(line).all);
    }
    // Mostly all of it is text, which is found out once and not fact by fact.
    let read = std::str::from_utf8(bytes.get(begin..facts.end).unwrap_or_default()).ok();
    let text = |part| read.map_or_else(|| text(part), |read| text_within(read, part));
    let slice = |range| bytes.get(range).unwrap_or_default();
    let mut is_uri_whole = true;
    Some(Peek {
        start: match start {
            RawStart::Request { method, uri, .. } => {
                let raw = slice(uri);
                let mut uri = text(raw);
                if uri.len() < raw.len() {
                    (uri, is_uri_whole) = readable(raw);
                }
                Start::Request { method: text(slice(method)), uri }
            }
            RawStart::Response { status, .. } => Start::Response { status },
        },
        is_uri_whole,
        call_id: facts.call_id.and_then(grammar::only_call_id).map(text),
        from_tag: facts.from.and_then(tag).map(text),
        to_tag: facts.to.and_then(tag).map(text),
        branch: facts.via.and_then(branch).map(text),
        priorities: facts.readable_priorities(),
    })
}

/// The text before the first octet that is none, and whether that is all.
#[cold]
fn readable(raw: &[u8]) -> (&str, bool) {
    match std::str::from_utf8(raw) {
        Ok(whole) => (whole, true),
        Err(error) => (text(raw.get(..error.valid_up_to()).unwrap_or_default()), false),
    }
}

/// The first value of each header field that tells something.
#[derive(Default)]
struct Facts<'a> {
    /// Those not found yet.
    wanted: u8,
    /// Where the last one found ends.
    end: usize,
    via: Option<&'a [u8]>,
    from: Option<&'a [u8]>,
    to: Option<&'a [u8]>,
    call_id: Option<&'a [u8]>,
    priorities: [Option<&'a [u8]>; PRIORITIES],
}

const VIA: u8 = 1;
const FROM: u8 = 2;
const TO: u8 = 4;
const CALL_ID: u8 = 8;
const PRIORITY: u8 = 16;
/// Not a fact, but always wanted: a line that is empty, behind which no more come.
const END: u8 = 32;
const ALL: u8 = VIA | FROM | TO | CALL_ID | PRIORITY | END;

/// What a line may tell, by its first octet: most tell nothing.
static TOLD: [u8; 256] = told();

#[expect(clippy::indexing_slicing, reason = "runs at compile time: out of range is a build error")]
const fn told() -> [u8; 256] {
    let letters = b"vftcir";
    let facts = [VIA, FROM, TO, CALL_ID, CALL_ID, PRIORITY];
    let mut told = [0; 256];
    told[b'\r' as usize] = END;
    told[b'\n' as usize] = END;
    let mut row = 0;
    while row < facts.len() {
        told[letters[row] as usize] = facts[row];
        told[letters[row].to_ascii_uppercase() as usize] = facts[row];
        row += 1;
    }
    told
}

impl<'a> Facts<'a> {
    /// Whether one that is wanted may be told by a line that starts so, by its first octet.
    #[inline]
    fn may_be_told_by(&self, line: &[u8]) -> bool {
        let told = line.first().and_then(|first| TOLD.get(usize::from(*first)));
        match told.map_or(0, |told| told & self.wanted) {
            0 => false,
            // Record-Route, Route, Require, Reason, …: most of this letter has no hyphen there.
            PRIORITY => line.get("Resource".len()) == Some(&b'-'),
            _ => true,
        }
    }

    #[inline]
    fn read(&mut self, bytes: &'a [u8], field: Range<usize>) {
        let end = field.end;
        let Some(Named { name, value, .. }) = grammar::named(bytes, field) else { return };
        let (place, fact) = match name {
            Name::Via => (&mut self.via, VIA),
            Name::From => (&mut self.from, FROM),
            Name::To => (&mut self.to, TO),
            Name::CallId => (&mut self.call_id, CALL_ID),
            Name::ResourcePriority => return self.read_priority(value, end),
            _ => return,
        };
        if self.wanted & fact != 0 {
            *place = Some(grammar::trim_end(value));
            self.wanted &= !fact;
            self.end = end;
        }
    }

    fn readable_priorities(&self) -> [Option<&'a str>; PRIORITIES] {
        let mut readable = [None; PRIORITIES];
        // Mostly there is none.
        for (place, value) in readable.iter_mut().zip(self.priorities.iter().map_while(|v| *v)) {
            *place = std::str::from_utf8(value).ok();
        }
        readable
    }

    fn read_priority(&mut self, value: &'a [u8], end: usize) {
        let mut free = self.priorities.iter_mut().filter(|line| line.is_none());
        if let Some(line) = free.next() {
            *line = Some(grammar::trim_end(value));
            self.end = end;
        }
        if free.next().is_none() {
            self.wanted &= !PRIORITY;
        }
    }
}

/// The branch of the first value of a Via line. What stands before its parameters is not looked
/// at: when it is wrong the parse refuses the message.
#[inline]
fn branch(line: &[u8]) -> Option<&[u8]> {
    let at = class::position(line, b";,")?;
    grammar::branch(line.get(at..)?)
}

/// The tag of a From or To value, likewise.
#[inline]
fn tag(value: &[u8]) -> Option<&[u8]> {
    let last = class::last_position(value, b">\"");
    let rest = value.get(last.unwrap_or_default()..)?;
    let params = match rest {
        // Behind the URI nothing is quoted.
        [b'>', params @ ..] => params,
        _ => grammar::only_name_addr(value)?.params,
    };
    grammar::tag(params)
}
