//! Bodies of several parts (RFC 2046 §5.1, RFC 5621), octet for octet: what a part holds may be
//! binary, as ISUP is (RFC 3204).
//!
//! ```
//! use sip_parser::headers::{ContentType, Typed};
//! use sip_parser::multipart::{Multipart, MultipartWriter};
//!
//! let isup = [0x01, 0x00, 0x60, 0x0d, 0x0a];
//! let mut writer = MultipartWriter::new();
//! writer.part([("Content-Type", &"application/sdp" as _)], b"v=0\r\n");
//! writer.part([("Content-Type", &"application/ISUP;version=itu-t92+" as _)], &isup);
//! let (kind, body) = writer.finish("mixed");
//!
//! let kind = ContentType::parse(&kind).expect("a content type");
//! let read = Multipart::parse(&kind, &body)?;
//! assert_eq!(read.parts[1].body, isup);
//! assert!(read.parts[0].content_type().is("application", "sdp"));
//! # Ok::<(), sip_parser::multipart::MultipartError>(())
//! ```

mod coding;
mod writer;

use std::borrow::Cow;

pub use coding::decode;
pub use writer::MultipartWriter;

use crate::Name;
use crate::grammar;
use crate::headers::{ContentDisposition, ContentId, MediaType, Typed};

/// So many parts of one body are read.
const PARTS_MAX: usize = 64;

/// So deep a body within a body is looked into (RFC 5621 §4.3 wants no nesting without need).
const DEPTH_MAX: usize = 4;

/// Why a body is none of several parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The content type names no boundary, or one that RFC 2046 §5.1.1 forbids.
    #[error("no boundary")]
    Boundary,
    /// The boundary does not occur.
    #[error("no part")]
    NoPart,
    /// More parts than are read, or nested deeper.
    #[error("too many parts")]
    TooMany,
}

/// One part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part<'a> {
    /// Header lines with their line ends, folds and all; without the empty line.
    head: &'a [u8],
    /// The content, as it stands there: see [`Part::content`].
    pub body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Cuts a part in head and body (RFC 2046 §5.1.1 body-part). Lines may end in LF alone.
    fn of(part: &'a [u8]) -> Self {
        let mut rest = part;
        while !rest.is_empty() {
            let (line, after) = line(rest);
            if line.is_empty() {
                let head = part.get(..part.len() - rest.len()).unwrap_or_default();
                return Self { head, body: after };
            }
            rest = after;
        }
        // Without an empty line all of it is head: a part without content.
        Self { head: part, body: &[] }
    }

    /// Every header field that is text: its name and its value, folds and all.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut rest = self.head;
        std::iter::from_fn(move || {
            loop {
                let (line, after) = unfolded_line(rest)?;
                rest = after;
                let Some(field) = grammar::header(line) else { continue };
                if let (Ok(title), Ok(value)) =
                    (std::str::from_utf8(field.title), std::str::from_utf8(field.value))
                {
                    return Some((title, value));
                }
            }
        })
    }

    /// The first header field of that name.
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&'a str> {
        self.headers().find(|(title, _)| Name::of(title) == name).map(|row| row.1)
    }

    /// The first header field of that name as it is written, in any case.
    fn named(&self, name: &str) -> Option<&'a str> {
        self.headers().find(|(title, _)| title.eq_ignore_ascii_case(name)).map(|row| row.1)
    }

    /// The content with its encodings undone: `None` where it is in one that is not known, as every
    /// Content-Encoding but `identity` is (RFC 3261 §20.12; who must understand it answers 415,
    /// §21.4.13).
    #[must_use]
    pub fn content(&self) -> Option<Cow<'a, [u8]>> {
        let coding = self.header(Name::ContentEncoding).unwrap_or("identity");
        if !coding.trim().eq_ignore_ascii_case("identity") {
            return None;
        }
        decode(self.named("Content-Transfer-Encoding").unwrap_or_default(), self.body)
    }

    /// The first header field of that type; `None` too when it cannot be read.
    #[must_use]
    pub fn typed<T: Typed<'a>>(&self) -> Option<T> {
        T::parse(self.header(T::NAME)?)
    }

    /// What the content is, as far as it can be read; text where nothing is said (RFC 2046 §5.1).
    #[must_use]
    pub fn content_type(&self) -> MediaType<'a> {
        let plain = MediaType { kind: "text", subtype: "plain", ..MediaType::default() };
        self.header(Name::ContentType).and_then(MediaType::lenient).unwrap_or(plain)
    }

    /// Whether who does not understand the content must refuse all of the message (RFC 5621 §3):
    /// where nothing is said, it must.
    #[must_use]
    pub fn is_required(&self) -> bool {
        let disposition = self.header(Name::ContentDisposition);
        let disposition = disposition.and_then(ContentDisposition::lenient);
        disposition.is_none_or(|disposition| disposition.is_required())
    }

    /// Whether it is the one that a `cid:` URI points at (RFC 2392 §2, RFC 5621 §9); escapes of
    /// the URI resolved.
    #[must_use]
    pub fn is_content(&self, cid: &str) -> bool {
        self.typed::<ContentId<'a>>().is_some_and(|id| id.as_str() == crate::unescape_uri(cid))
    }

    /// The parts in this one, when it is of several.
    #[must_use]
    pub fn multipart(&self) -> Option<Result<Multipart<'a>, MultipartError>> {
        let kind = self.content_type();
        kind.kind.eq_ignore_ascii_case("multipart").then(|| Multipart::parse(&kind, self.body))
    }
}

/// A line without its end, continuation lines included, and what follows it.
fn unfolded_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    if input.is_empty() {
        return None;
    }
    let mut rest = input;
    loop {
        let (line, after) = line(rest);
        if !matches!(after, [b' ' | b'\t', ..]) {
            let end = input.len() - rest.len() + line.len();
            return Some((input.get(..end)?, after));
        }
        rest = after;
    }
}

/// The first line without its end, be that CR LF or LF, and what follows it.
fn line(input: &[u8]) -> (&[u8], &[u8]) {
    let (line, after) = match memchr::memchr(b'\n', input) {
        Some(end) => (input.get(..end), input.get(end + 1..)),
        None => (Some(input), None),
    };
    let line = line.unwrap_or_default();
    let line = if after.is_some() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
    (line, after.unwrap_or_default())
}

/// A body of several parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart<'a> {
    /// What stands before the first part, and means nothing.
    pub preamble: &'a [u8],
    /// The parts in order.
    pub parts: Vec<Part<'a>>,
    /// What follows the last part, and means nothing; `None` when the last delimiter is missing
    /// (RFC 2046 §5.1.2: what has arrived is taken all the same).
    pub epilogue: Option<&'a [u8]>,
}

impl<'a> Multipart<'a> {
    /// Reads a body of that content type.
    pub fn parse(kind: &MediaType<'_>, body: &'a [u8]) -> Result<Self, MultipartError> {
        let boundary = kind.param("boundary").ok_or(MultipartError::Boundary)?;
        Self::with_boundary(&boundary.text(), body)
    }

    /// Reads a body whose parts that boundary divides.
    ///
    /// RFC 2046 §5.1.1 wants CR LF around delimiters; bodies that scripts put together have LF
    /// alone, and lose no call for that. Only where CR LF finds no part, or no end, and LF does, is
    /// it taken for a line end: in binary content it may be anything.
    ///
    /// # Errors
    /// [`MultipartError::Boundary`] when no boundary may be so, [`MultipartError::NoPart`] when it
    /// does not occur, [`MultipartError::TooMany`] when it occurs too often.
    pub fn with_boundary(boundary: &str, body: &'a [u8]) -> Result<Self, MultipartError> {
        if !is_boundary(boundary) {
            return Err(MultipartError::Boundary);
        }
        let read = |lenient| Self::divide(Delimiters::new(boundary, body, lenient), body);
        let strict = read(false);
        let is_whole = |read: &Self| !read.parts.is_empty() && read.epilogue.is_some();
        match &strict {
            Ok(read) if is_whole(read) => strict,
            Err(MultipartError::TooMany) => strict,
            Ok(found) if !found.parts.is_empty() => {
                read(true).ok().filter(is_whole).map_or(strict, Ok)
            }
            _ => read(true).ok().filter(|read| !read.parts.is_empty()).map_or(strict, Ok),
        }
    }

    fn divide(mut delimiters: Delimiters<'a>, body: &'a [u8]) -> Result<Self, MultipartError> {
        let first = delimiters.next().ok_or(MultipartError::NoPart)?;
        let preamble = body.get(..first.start).unwrap_or_default();
        let mut read = Self { preamble, parts: Vec::new(), epilogue: None };
        let mut open = first;
        loop {
            if open.last {
                read.epilogue = Some(body.get(open.end..).unwrap_or_default());
                return Ok(read);
            }
            if open.end == body.len() {
                // Cut behind it, or its last dashes forgotten: no part has come.
                return Ok(read);
            }
            if read.parts.len() == PARTS_MAX {
                return Err(MultipartError::TooMany);
            }
            let next = delimiters.next();
            let end = next.as_ref().map_or(body.len(), |next| next.start);
            read.parts.push(Part::of(body.get(open.end..end.max(open.end)).unwrap_or_default()));
            match next {
                Some(next) => open = next,
                None => return Ok(read),
            }
        }
    }

    /// Every part that is not of several itself, in order; what cannot be taken apart counts as
    /// one part.
    pub fn leaves(&self) -> Result<Vec<Part<'a>>, MultipartError> {
        let mut leaves = Vec::new();
        self.collect(&mut leaves, DEPTH_MAX)?;
        Ok(leaves)
    }

    fn collect(&self, leaves: &mut Vec<Part<'a>>, depth: usize) -> Result<(), MultipartError> {
        let deeper = depth.checked_sub(1).ok_or(MultipartError::TooMany)?;
        for part in &self.parts {
            match part.multipart() {
                Some(Ok(inner)) => inner.collect(leaves, deeper)?,
                _ if leaves.len() == PARTS_MAX => return Err(MultipartError::TooMany),
                _ => leaves.push(*part),
            }
        }
        Ok(())
    }
}

/// 1 to 70 characters of a small set, the last of them no space (RFC 2046 §5.1.1).
pub(crate) fn is_boundary(boundary: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&octet);
    (1..=70).contains(&boundary.len()) && boundary.bytes().all(allowed) && !boundary.ends_with(' ')
}

/// A delimiter line.
struct Delimiter {
    /// Where its line begins: the line end before it belongs to it.
    start: usize,
    /// Behind its line end.
    end: usize,
    /// Whether no part follows.
    last: bool,
}

/// Every delimiter line of a body.
struct Delimiters<'a> {
    dashes: Vec<u8>,
    body: &'a [u8],
    at: usize,
    /// Whether LF alone is a line end.
    lenient: bool,
}

impl<'a> Delimiters<'a> {
    fn new(boundary: &str, body: &'a [u8], lenient: bool) -> Self {
        Self { dashes: [b"--", boundary.as_bytes()].concat(), body, at: 0, lenient }
    }

    /// Where the line that ends before `at` begins its line end; `None` where none ends there.
    fn line_end_before(&self, at: usize) -> Option<usize> {
        match self.body.get(..at)? {
            [] => Some(0),
            [before @ .., b'\r', b'\n'] => Some(before.len()),
            [before @ .., b'\n'] if self.lenient => Some(before.len()),
            _ => None,
        }
    }
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        let finder = memchr::memmem::Finder::new(&self.dashes);
        loop {
            let found = self.at + finder.find(self.body.get(self.at..)?)?;
            let behind = found + self.dashes.len();
            self.at = behind;
            let Some(start) = self.line_end_before(found) else { continue };
            let rest = self.body.get(behind..)?;
            let (last, rest) = match rest.strip_prefix(b"--") {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            // transport-padding
            let padding = rest.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
            let after = behind + if last { 2 } else { 0 } + padding;
            let end = match self.body.get(after..)? {
                [b'\r', b'\n', ..] => after + 2,
                // The body ends here: a sloppy line end must not become part of the last part.
                [b'\n', ..] if last || self.lenient => after + 1,
                [] => after,
                // A longer boundary that begins with ours, or no line of its own.
                _ => continue,
            };
            // The line end of this delimiter may be the one before the next.
            self.at = after;
            return Some(Delimiter { start, end, last });
        }
    }
}

#[cfg(test)]
mod tests;
