//! Lines in raw bytes: the start line, and header fields with their continuation lines.
//!
//! The parse, [`crate::peek()`] and [`crate::Framer`] all cut a head into fields here, so they
//! cannot disagree about where one ends. A line ends at LF; whether every LF had its CR is noted on
//! the way.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

use crate::class;
use crate::lines::LineEnds;

/// Where the first message of a buffer starts: line ends before a start line are skipped
/// (RFC 3261 §7.5).
pub(crate) fn begin(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count()
}

/// A header field where it stands.
#[derive(Clone, Debug)]
pub(crate) struct RawField {
    /// All of it, continuation lines included, the last line end not.
    pub(crate) all: Range<usize>,
    /// Whether it has continuation lines.
    pub(crate) folded: bool,
}

/// The head of a message: its start line, then its fields one by one.
#[derive(Clone, Debug)]
pub(crate) struct Head<'a> {
    bytes: &'a [u8],
    ends: LineEnds<'a>,
    start_line: Range<usize>,
    at: usize,
    body: Option<usize>,
    /// How many lines have ended.
    lines: usize,
    /// How many of them in CRLF.
    whole: usize,
}

impl<'a> Head<'a> {
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], begin: usize) -> Self {
        let ends = LineEnds::new(bytes, begin);
        let start_line = begin..begin;
        let mut head = Self { bytes, ends, start_line, at: begin, body: None, lines: 0, whole: 0 };
        if let Some(line) = head.physical_line() {
            head.start_line = line;
        }
        head
    }

    /// The next line, without its line end; `None` when nothing is left.
    #[inline]
    fn physical_line(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let Some(end) = self.ends.next() else {
            // What stands behind the last line end.
            self.at = self.bytes.len();
            return (start < self.at).then_some(start..self.at);
        };
        // An empty line has no CR before it: there ended the line before.
        let is_whole = usize::from(self.bytes.get(end.wrapping_sub(1)) == Some(&b'\r'));
        self.lines += 1;
        self.whole += is_whole;
        self.at = end + 1;
        Some(start..end - is_whole)
    }

    /// Whether CR and LF occur only as CRLF in `read`, which is all that has been read.
    pub(crate) fn is_whole(&self, read: &[u8]) -> bool {
        self.whole == self.lines && memchr_iter(b'\r', read).count() == self.whole
    }

    pub(crate) fn start_line(&self) -> Range<usize> {
        self.start_line.clone()
    }

    /// Where the body starts, once all fields have been read; `None` if no empty line came.
    pub(crate) fn body(&self) -> Option<usize> {
        self.body
    }

    /// The next line of a field, which may be one that continues it; `None` behind the last, where
    /// not to be asked again.
    #[inline]
    pub(crate) fn next_line(&mut self) -> Option<Range<usize>> {
        let line = self.physical_line()?;
        if line.is_empty() {
            self.body = Some(self.at);
            return None;
        }
        Some(line)
    }

    /// The same, but lines are passed over when what starts with them is not `wanted`, those that
    /// continue a field among them. What is passed over is not looked at. An empty line has to be
    /// wanted.
    #[inline]
    pub(crate) fn next_line_of(&mut self, wanted: impl Fn(&[u8]) -> bool) -> Option<Range<usize>> {
        while let Some(line @ [_, ..]) = self.bytes.get(self.at..)
            && !wanted(line)
        {
            self.at = self.ends.next()? + 1;
        }
        self.next_line()
    }

    /// All of the field whose first line was the last one read.
    #[inline]
    pub(crate) fn field(&mut self, line: Range<usize>) -> RawField {
        if !self.is_continued() {
            return RawField { all: line, folded: false };
        }
        // By value, so that nothing keeps a usual head from staying in registers.
        let (head, end) = self.clone().behind_continuation();
        *self = head;
        RawField { all: line.start..end, folded: true }
    }

    /// The next field; `None` behind the last one, where not to be asked again.
    #[inline]
    pub(crate) fn next_field(&mut self) -> Option<RawField> {
        let line = self.next_line()?;
        Some(self.field(line))
    }

    /// RFC 3261 §7.3.1: a line that starts with white space continues the field.
    #[inline]
    fn is_continued(&self) -> bool {
        matches!(self.bytes.get(self.at), Some(b' ' | b'\t'))
    }

    /// Passes over the continuation lines of a field; where the last one ends.
    #[cold]
    fn behind_continuation(mut self) -> (Self, usize) {
        let mut end = self.at;
        while self.is_continued()
            && let Some(line) = self.physical_line()
        {
            end = line.end;
        }
        (self, end)
    }
}

/// What a start line says, by its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RawStart {
    /// It ends in a SIP version.
    Request { method: Range<usize>, uri: Range<usize>, version: Range<usize>, exact: bool },
    /// It starts with a SIP version. A status code that cannot be read is 0.
    Response { version: Range<usize>, status: u16, phrase: Range<usize> },
}

fn is_version(word: &[u8]) -> bool {
    word.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"SIP/"))
}

/// Reads the start line at `line` of `bytes`; `None` when nothing in it says SIP.
#[inline]
pub(crate) fn start_line(bytes: &[u8], line: Range<usize>) -> Option<RawStart> {
    let text = bytes.get(line.clone())?;
    let from = line.start;
    if is_version(text) {
        return Some(status_line(text, from));
    }
    if let Some(request) = usual_request(text, from) {
        return Some(request);
    }
    let trimmed = text.trim_ascii_end();
    let last = memrchr(b' ', trimmed)? + 1;
    if !is_version(trimmed.get(last..)?) {
        return None;
    }
    let method = memchr(b' ', trimmed)?;
    let between = trimmed.get(method..last)?;
    let uri = between.trim_ascii();
    let uri_at = method + (between.len() - between.trim_ascii_start().len());
    // RFC 3261 §7.1: single spaces, nothing behind the version
    let exact = trimmed.len() == text.len() && uri.len() + 2 == between.len();
    Some(RawStart::Request {
        method: from..from + method,
        uri: from + uri_at..from + uri_at + uri.len(),
        version: from + last..from + trimmed.len(),
        exact,
    })
}

/// A request line as nearly all are.
#[inline]
fn usual_request(text: &[u8], from: usize) -> Option<RawStart> {
    const END: &[u8] = b" SIP/2.0";
    let until = text.strip_suffix(END)?;
    let method = class::run_length(until, class::TOKEN);
    let uri = until.get(method..)?.strip_prefix(b" ")?;
    let exact = !uri.is_empty() && uri.trim_ascii().len() == uri.len();
    exact.then(|| RawStart::Request {
        method: from..from + method,
        uri: from + method + 1..from + until.len(),
        version: from + until.len() + 1..from + text.len(),
        exact,
    })
}

fn status_line(text: &[u8], from: usize) -> RawStart {
    let version = memchr(b' ', text).unwrap_or(text.len());
    let rest = text.get(version + 1..).unwrap_or_default();
    let length = memchr(b' ', rest).unwrap_or(rest.len());
    let status = rest.get(..length).and_then(status_code).unwrap_or(0);
    let phrase = (version + 1 + length + 1).min(text.len());
    RawStart::Response {
        version: from..from + version,
        status,
        phrase: from + phrase..from + text.len(),
    }
}

/// RFC 3261 §7.2: three digits, 1xx to 6xx.
fn status_code(digits: &[u8]) -> Option<u16> {
    let [b'1'..=b'6', b'0'..=b'9', b'0'..=b'9'] = digits else { return None };
    Some(digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
}

/// A Content-Length (RFC 3261 §20.14: 1*DIGIT).
pub(crate) fn length(value: &[u8]) -> Option<usize> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_usize, |length, octet| {
        let digit = usize::from(octet.is_ascii_digit().then(|| octet - b'0')?);
        length.checked_mul(10)?.checked_add(digit)
    })
}
