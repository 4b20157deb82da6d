//! The zero-copy view of one message.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::grammar;
use crate::index::{self, Field, FieldsOf, Index, Span, StartLine};
use crate::name::Shape;
use crate::value::text_within;
use crate::{Limits, Method, Name, NameAddr, ParseError, Via};

/// One message: the buffer it came in and an index of slices. Cloning it copies two pointers.
#[derive(Clone)]
pub struct Message {
    pub(crate) bytes: Bytes,
    pub(crate) index: Arc<Index>,
}

/// Short, for logs: the start line, Call-ID and length.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Message");
        text.field("line", &self.line()).field("call_id", &self.call_id());
        text.field("octets", &self.bytes.len()).finish()
    }
}

/// A start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A request.
    Request {
        /// Its method as written.
        method: &'a str,
        /// Its Request-URI as written.
        uri: &'a str,
    },
    /// A response.
    Response {
        /// Its status code.
        status: u16,
        /// Its reason phrase.
        phrase: &'a str,
    },
}

/// A CSeq value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CSeq<'a> {
    /// Below 2^31 (RFC 3261 §8.1.1.5).
    pub number: u32,
    /// The method as written.
    pub method: &'a str,
}

impl Message {
    /// Reads one datagram, or one message that [`crate::Framer`] cut from a stream.
    ///
    /// Checked here, once: the start line, every line's form, that nothing is there twice which
    /// may be there once, Content-Length (RFC 3261 §18.3), and the values of Via, From, To,
    /// Call-ID, CSeq, Max-Forwards, Contact, Route and Record-Route. All else is read on demand,
    /// and what is wrong in it harms nobody who does not need it.
    ///
    /// Folded values are read as one line, and octets that are no UTF-8 as U+FFFD.
    ///
    /// It allocates once, for the index, however much is read of the message later; a head that
    /// must be written anew, and header lines beyond the index's own room, cost a few more.
    ///
    /// # Errors
    /// [`ParseError::NotSip`] when the first line has no `SIP/` where the version stands: nobody to
    /// answer. [`ParseError::Broken`] with what to answer when it breaks a rule or a limit.
    pub fn parse(bytes: Bytes, limits: &Limits) -> Result<Self, ParseError> {
        index::parse(bytes, limits)
    }

    /// The start line.
    #[must_use]
    pub fn line(&self) -> Line<'_> {
        match self.index.start {
            StartLine::Request { method, uri } => {
                Line::Request { method: self.text(method), uri: self.text(uri) }
            }
            StartLine::Response { status, phrase } => {
                Line::Response { status, phrase: self.text(phrase) }
            }
        }
    }

    /// The method: of the request line, or of CSeq in a response.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.line() {
            Line::Request { method, .. } => Method::of(method),
            Line::Response { .. } => Method::of(self.cseq().method),
        }
    }

    /// Whether it is a request.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self.index.start, StartLine::Request { .. })
    }

    /// The Request-URI.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        match self.line() {
            Line::Request { uri, .. } => Some(uri),
            Line::Response { .. } => None,
        }
    }

    /// The status code of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.index.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    /// Call-ID.
    #[must_use]
    pub fn call_id(&self) -> &str {
        self.header(Name::CallId).unwrap_or_default()
    }

    /// CSeq.
    #[must_use]
    pub fn cseq(&self) -> CSeq<'_> {
        let value = self.header(Name::CSeq).unwrap_or_default();
        match grammar::only_cseq(value.as_bytes()) {
            Some((number, method)) => CSeq { number, method: text_within(value, method) },
            None => CSeq::default(),
        }
    }

    /// Every Via value, top first.
    pub fn vias(&self) -> impl Iterator<Item = Via<'_>> {
        self.values(Name::Via).filter_map(|value| grammar::read_via(value, true))
    }

    /// The top Via value.
    #[must_use]
    pub fn top_via(&self) -> Via<'_> {
        let line = self.header(Name::Via).unwrap_or_default();
        grammar::top_via(line.as_bytes()).map(|parts| parts.view(line)).unwrap_or_default()
    }

    /// From.
    #[must_use]
    pub fn from(&self) -> NameAddr<'_> {
        self.name_addrs(Name::From).next().unwrap_or_default()
    }

    /// To.
    #[must_use]
    pub fn to(&self) -> NameAddr<'_> {
        self.name_addrs(Name::To).next().unwrap_or_default()
    }

    /// The first Contact.
    #[must_use]
    pub fn contact(&self) -> Option<NameAddr<'_>> {
        self.name_addrs(Name::Contact).next()
    }

    /// Max-Forwards; `None` when it is missing, which RFC 3261 §16.3 tolerates.
    #[must_use]
    pub fn max_forwards(&self) -> Option<u8> {
        self.header(Name::MaxForwards)?.parse().ok()
    }

    /// Every header line in order: its name as written and its value, trimmed.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.index.fields().map(|field| self.line_of(field))
    }

    /// The value of the first line of that name.
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&str> {
        self.index.fields_of(name).next().map(|field| self.text(field.value))
    }

    /// Every value of that name in order, lines split at commas outside quotes and `<>` where the
    /// header field is a list. Empty values are left out.
    #[inline]
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        let split = name.shape() == Shape::List;
        Values { message: self, lines: self.index.fields_of(name), rest: None, split }
    }

    /// Every value of that name that reads as a name-addr: Route, P-Asserted-Identity, …
    pub fn name_addrs(&self, name: Name) -> impl Iterator<Item = NameAddr<'_>> {
        self.values(name).filter_map(NameAddr::parse)
    }

    /// The value of every line of that name, whatever it is, in any case.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |(written, _): &(&str, &str)| written.eq_ignore_ascii_case(name);
        self.headers().filter(same).map(|(_, value)| value)
    }

    /// The body: shares the message's buffer.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.bytes.slice(self.index.body.range())
    }

    /// The message as it came.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Lines of that name: name as written, value trimmed.
    pub(crate) fn lines_of(&self, name: Name) -> impl Iterator<Item = (&str, &str)> {
        self.index.fields_of(name).map(|field| self.line_of(field))
    }

    fn line_of(&self, field: &Field) -> (&str, &str) {
        (field.title(self.index.head()), self.text(field.value))
    }

    #[inline]
    fn text(&self, span: Span) -> &str {
        self.index.head().get(span.range()).unwrap_or_default()
    }
}

/// Values of one name, across lines.
struct Values<'a> {
    message: &'a Message,
    lines: FieldsOf<'a>,
    /// What is left of the line being read.
    rest: Option<&'a str>,
    split: bool,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = match self.rest.take() {
                Some(rest) => rest,
                None => self.message.text(self.lines.next()?.value),
            };
            let value;
            (value, self.rest) =
                if self.split { grammar::text_element(rest) } else { (rest, None) };
            if !value.is_empty() {
                return Some(value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
