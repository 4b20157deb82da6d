//! Bodies of several parts (RFC 2046 §5.1, RFC 5621), octet for octet: what a part holds may be
//! binary, as ISUP is (RFC 3204).

mod writer;

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
    /// The content.
    pub body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Cuts a part in head and body (RFC 2046 §5.1.1 body-part).
    fn of(part: &'a [u8]) -> Self {
        if let Some(body) = part.strip_prefix(b"\r\n") {
            return Self { head: &[], body };
        }
        let end = memchr::memmem::find(part, b"\r\n\r\n");
        match end.and_then(|end| part.split_at_checked(end + 2)) {
            Some((head, rest)) => Self { head, body: rest.get(2..).unwrap_or_default() },
            // Without an empty line all of it is head: a part without content.
            None => Self { head: part, body: &[] },
        }
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
    let mut from = 0;
    loop {
        let rest = input.get(from..)?;
        let Some(end) = memchr::memmem::find(rest, b"\r\n") else { return Some((input, &[])) };
        let (line, after) = (input.get(..from + end)?, input.get(from + end + 2..)?);
        if !matches!(after, [b' ' | b'\t', ..]) {
            return Some((line, after));
        }
        from += end + 2;
    }
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
    pub fn with_boundary(boundary: &str, body: &'a [u8]) -> Result<Self, MultipartError> {
        if !is_boundary(boundary) {
            return Err(MultipartError::Boundary);
        }
        let mut delimiters = Delimiters::new(boundary, body);
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
}

impl<'a> Delimiters<'a> {
    fn new(boundary: &str, body: &'a [u8]) -> Self {
        Self { dashes: [b"--", boundary.as_bytes()].concat(), body, at: 0 }
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
            let before = self.body.get(..found)?;
            if !(before.is_empty() || before.ends_with(b"\r\n")) {
                continue;
            }
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
                [b'\n', ..] if last => after + 1,
                [] => after,
                // A longer boundary that begins with ours, or no line of its own.
                _ => continue,
            };
            // The line end of this delimiter may be the one before the next.
            self.at = after;
            return Some(Delimiter { start: before.len().saturating_sub(2), end, last });
        }
    }
}

#[cfg(test)]
mod tests;
