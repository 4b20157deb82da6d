//! Lines in raw bytes: the start line, and header fields with their continuation lines.
//!
//! The parse, [`crate::peek()`] and [`crate::Framer`] all cut a head into fields here, so they
//! cannot disagree about where one ends. A line ends at LF; whether every LF had its CR is noted on
//! the way.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

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
    start_line: Range<usize>,
    at: usize,
    body: Option<usize>,
    /// How many lines ended in CRLF.
    whole: usize,
    /// How many ended in LF alone.
    bare: usize,
}

impl<'a> Head<'a> {
    pub(crate) fn new(bytes: &'a [u8], begin: usize) -> Self {
        let mut head = Self { bytes, start_line: 0..0, at: begin, body: None, whole: 0, bare: 0 };
        (head.start_line, head.at) = head.line(begin);
        head
    }

    /// One physical line: its text without its line end, and where the next one starts.
    #[inline]
    fn line(&mut self, at: usize) -> (Range<usize>, usize) {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let Some(length) = memchr(b'\n', rest) else {
            return (at..self.bytes.len(), self.bytes.len());
        };
        let end = at + length;
        if length > 0 && self.bytes.get(end - 1) == Some(&b'\r') {
            self.whole += 1;
            return (at..end - 1, end + 1);
        }
        self.bare += 1;
        (at..end, end + 1)
    }

    /// Whether CR and LF occur only as CRLF in `read`, which is all that has been read.
    pub(crate) fn is_whole(&self, read: &[u8]) -> bool {
        self.bare == 0 && memchr_iter(b'\r', read).count() == self.whole
    }

    pub(crate) fn start_line(&self) -> Range<usize> {
        self.start_line.clone()
    }

    /// Where the body starts, once all fields have been read; `None` if no empty line came.
    pub(crate) fn body(&self) -> Option<usize> {
        self.body
    }

    #[inline]
    pub(crate) fn next_field(&mut self) -> Option<RawField> {
        if self.body.is_some() || self.at >= self.bytes.len() {
            return None;
        }
        let (all, next) = self.line(self.at);
        self.at = next;
        if all.is_empty() {
            self.body = Some(next);
            return None;
        }
        if let Some(b' ' | b'\t') = self.bytes.get(next) {
            return Some(self.folded(all.start));
        }
        Some(RawField { all, folded: false })
    }

    /// The rest of a field that is continued, with what came before.
    #[cold]
    fn folded(&mut self, start: usize) -> RawField {
        let mut end = start;
        // RFC 3261 §7.3.1: a line that starts with white space continues the field.
        while let Some(b' ' | b'\t') = self.bytes.get(self.at) {
            let (continuation, next) = self.line(self.at);
            (end, self.at) = (continuation.end, next);
        }
        RawField { all: start..end, folded: true }
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
pub(crate) fn start_line(bytes: &[u8], line: Range<usize>) -> Option<RawStart> {
    let text = bytes.get(line.clone())?;
    let from = line.start;
    if is_version(text) {
        return Some(status_line(text, from));
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
