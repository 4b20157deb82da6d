//! Messages out of a stream.

use bytes::{Buf, Bytes, BytesMut};

use crate::class;
use crate::grammar::{self, HeaderLine};
use crate::scan::{self, Head, RawStart};
use crate::{Broken, Limits, Message, Name, ParseError};

/// What a stream holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One message, for [`crate::Message::parse`].
    Message(Bytes),
    /// A keep-alive: answer with one CRLF (RFC 5626 §3.5.1).
    Ping,
}

/// Why a stream cannot be read on: its next message has no known end. Answer if there is an
/// answer, then close the connection (RFC 3261 §18.3).
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct FrameError {
    /// What is wrong.
    pub kind: FrameErrorKind,
    /// The refusal of the message at fault, if its head could be read as a request.
    pub broken: Option<Box<Broken>>,
}

/// What breaks a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameErrorKind {
    /// The head and what the limits allow as a message do not fit.
    #[error("message too large")]
    TooLarge,
    /// No Content-Length (RFC 3261 §20.14: mandatory on streams).
    #[error("missing Content-Length")]
    NoLength,
    /// A Content-Length that is no number, or several of them.
    #[error("bad Content-Length")]
    BadLength,
    /// No SIP.
    #[error("not SIP")]
    NotSip,
    /// An earlier error.
    #[error("the stream is broken")]
    Failed,
}

/// Cuts a stream into messages (RFC 3261 §18.3). Holds at most one message and what was pushed
/// behind it; after an error it takes and gives nothing more, but for [`Framer::read_on`].
#[derive(Debug)]
pub struct Framer {
    limits: Limits,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no end of a head.
    scanned: usize,
    /// Length of the message at the front, once its head is whole.
    length: Option<usize>,
    /// The message at the front, where it has no Content-Length.
    unmeasured: Option<Unmeasured>,
    failed: bool,
}

/// A message that does not say how long it is.
#[derive(Clone, Copy, Debug)]
struct Unmeasured {
    /// Where its body would begin.
    body: usize,
    /// Whether it has one: there is no body without its type (RFC 3261 §20.15).
    typed: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            scanned: 0,
            length: None,
            unmeasured: None,
            failed: false,
        }
    }

    /// Takes what the stream brought. Call [`Framer::next`] until it gives `None` before pushing
    /// again, and no more than one read is ever held beyond the limit of a message.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.failed {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the stream stands between two messages: nothing is held but line ends.
    #[must_use]
    pub fn is_between_messages(&self) -> bool {
        self.length.is_none()
            && self.unmeasured.is_none()
            && self.buffer.iter().all(|octet| matches!(octet, b'\r' | b'\n'))
    }

    /// Takes a lone CRLF, where that is all that is held: the pong of whoever was sent a ping (RFC
    /// 5626 §3.5.1). It would be half of a ping to whoever sends none.
    pub fn take_pong(&mut self) -> bool {
        let is_pong = self.buffer.as_ref() == b"\r\n";
        if is_pong {
            self.buffer.clear();
        }
        is_pong
    }

    /// The next frame; `None` until more has been pushed.
    #[expect(clippy::should_implement_trait, reason = "it can fail, and None is not the end")]
    pub fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        if self.failed {
            return Err(FrameError { kind: FrameErrorKind::Failed, broken: None });
        }
        if let Some(Unmeasured { body, .. }) = self.unmeasured {
            return self.next_unmeasured(body);
        }
        if self.length.is_none() {
            if self.skip_line_ends() {
                return Ok(Some(Frame::Ping));
            }
            self.length = self.measure().map_err(|kind| self.fail(kind))?;
        }
        match self.length {
            Some(length) if length <= self.buffer.len() => {
                self.length = None;
                self.scanned = 0;
                Ok(Some(Frame::Message(self.buffer.split_to(length).freeze())))
            }
            _ => Ok(None),
        }
    }

    /// The head of a message that broke the stream by [`FrameErrorKind::NoLength`], until
    /// [`Framer::read_on`] has taken it up.
    #[must_use]
    pub fn unmeasured(&self) -> Option<&[u8]> {
        let Unmeasured { body, .. } = self.unmeasured.filter(|_| self.failed)?;
        self.buffer.get(..body)
    }

    /// Goes on after [`FrameErrorKind::NoLength`]. §20.14 makes Content-Length mandatory on
    /// streams, and whoever goes on without it lets the writer of a body decide what is read as the
    /// next message: be sure that it matters, and believe what follows accordingly.
    ///
    /// Where no Content-Type says that there is a body there is none (§20.15). Else it is all that
    /// comes until a line that starts a message, or until [`Framer::cut`].
    pub fn read_on(&mut self) {
        if let Some(Unmeasured { body, typed }) = self.unmeasured
            && self.failed
        {
            self.failed = false;
            self.scanned = body;
            if !typed {
                (self.length, self.unmeasured) = (Some(body), None);
            }
        }
    }

    /// Whether the message at the front has an end only if somebody calls [`Framer::cut`].
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.unmeasured.is_some() && !self.failed
    }

    /// Says that nothing more belongs to the message at the front, which has no Content-Length: it
    /// is what [`Framer::next`] would have given, had another message come.
    pub fn cut(&mut self) -> Option<Frame> {
        let Unmeasured { body, .. } = self.unmeasured.filter(|_| !self.failed)?;
        Some(self.take_unmeasured(body, self.buffer.len()))
    }

    /// The message at the front, once another starts behind it.
    fn next_unmeasured(&mut self, body: usize) -> Result<Option<Frame>, FrameError> {
        let most = self.limits.message.min(body.saturating_add(self.limits.body));
        while let Some(rest) = self.buffer.get(self.scanned..most.min(self.buffer.len()))
            && let Some(line_end) = memchr::memchr(b'\n', rest)
        {
            let start = self.scanned;
            if self.is_start(start) {
                return Ok(Some(self.take_unmeasured(body, start)));
            }
            self.scanned += line_end + 1;
        }
        if self.buffer.len() > most {
            self.unmeasured = None;
            self.scanned = 0;
            return Err(self.fail(FrameErrorKind::TooLarge));
        }
        Ok(None)
    }

    /// Whether the line at `start` starts a message, as strictly as that can be told: it stands
    /// where a body may.
    fn is_start(&self, start: usize) -> bool {
        let line = Head::new(&self.buffer, start).start_line();
        match scan::start_line(&self.buffer, line) {
            Some(RawStart::Request { method, exact, .. }) => {
                let method = self.buffer.get(method).unwrap_or_default();
                exact && class::run_length(method, class::TOKEN) == method.len()
            }
            Some(RawStart::Response { status, .. }) => status != 0,
            None => false,
        }
    }

    fn take_unmeasured(&mut self, body: usize, end: usize) -> Frame {
        self.unmeasured = None;
        self.scanned = 0;
        let whole = self.buffer.split_to(end).freeze();
        let is_empty = whole.iter().skip(body).all(|octet| matches!(octet, b'\r' | b'\n'));
        Frame::Message(if is_empty { whole.slice(..body) } else { whole })
    }

    /// Drops line ends before a message; whether two of them made a ping (RFC 5626 §4.4.1). Half
    /// of a double CRLF waits for its other half.
    fn skip_line_ends(&mut self) -> bool {
        loop {
            match self.buffer.as_ref() {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.buffer.advance(4);
                    return true;
                }
                [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return false,
                [b'\r', b'\n', ..] => self.buffer.advance(2),
                [b'\r' | b'\n', ..] => self.buffer.advance(1),
                _ => return false,
            }
        }
    }

    /// Length of the message at the front, once its head is whole.
    fn measure(&mut self) -> Result<Option<usize>, FrameErrorKind> {
        let Some(body) = self.end_of_head() else {
            let too_large = self.buffer.len() > self.limits.message;
            return if too_large { Err(FrameErrorKind::TooLarge) } else { Ok(None) };
        };
        let mut head = Head::new(&self.buffer, 0);
        if scan::start_line(&self.buffer, head.start_line()).is_none() {
            return Err(FrameErrorKind::NotSip);
        }
        let (mut length, mut typed) = (None, false);
        while let Some(field) = head.next_field() {
            let line = self.buffer.get(field.all).unwrap_or_default();
            let Some(HeaderLine { title, value }) = grammar::header(line) else { continue };
            match Name::of_bytes(title) {
                Name::ContentLength => {}
                name => {
                    typed |= name == Name::ContentType;
                    continue;
                }
            }
            let one = scan::length(grammar::trim_end(value)).ok_or(FrameErrorKind::BadLength)?;
            // Two lengths would let two readers see two different streams.
            if length.replace(one).is_some() {
                return Err(FrameErrorKind::BadLength);
            }
        }
        let Some(length) = length else {
            if body > self.limits.message {
                return Err(FrameErrorKind::TooLarge);
            }
            self.unmeasured = Some(Unmeasured { body, typed });
            return Err(FrameErrorKind::NoLength);
        };
        let whole = body.saturating_add(length);
        let fits = length <= self.limits.body && whole <= self.limits.message;
        if fits { Ok(Some(whole)) } else { Err(FrameErrorKind::TooLarge) }
    }

    /// Where the first head ends: behind its empty line, as [`Head`] sees it. What has been
    /// looked through is not looked through again, so a slow sender costs no more than a fast one.
    fn end_of_head(&mut self) -> Option<usize> {
        loop {
            let rest = self.buffer.get(self.scanned..)?;
            let Some(line_end) = memchr::memchr(b'\n', rest) else {
                self.scanned = self.buffer.len();
                return None;
            };
            let line_end = self.scanned + line_end;
            self.scanned = line_end;
            match self.buffer.get(line_end + 1..)? {
                [b'\n', ..] => return Some(line_end + 2),
                [b'\r', b'\n', ..] => return Some(line_end + 3),
                [] | [b'\r'] => return None,
                _ => self.scanned = line_end + 1,
            }
        }
    }

    fn fail(&mut self, kind: FrameErrorKind) -> FrameError {
        self.failed = true;
        let head = self.end_of_head().unwrap_or(self.buffer.len());
        let head = match self.unmeasured {
            // It may be taken up yet.
            Some(Unmeasured { body, .. }) => {
                Bytes::copy_from_slice(self.buffer.get(..body).unwrap_or_default())
            }
            None => std::mem::take(&mut self.buffer).split_to(head).freeze(),
        };
        let mut broken = match Message::parse(head, &self.limits) {
            Ok(message) => Box::new(Broken {
                status: 400,
                phrase: "Missing Content-Length",
                message: Some(message),
            }),
            Err(ParseError::Broken(broken)) => broken,
            Err(ParseError::NotSip) => return FrameError { kind, broken: None },
        };
        if kind == FrameErrorKind::TooLarge && broken.status != 413 {
            (broken.status, broken.phrase) = (513, "Message Too Large");
        }
        let request = broken.message.as_ref().is_some_and(Message::is_request);
        FrameError { kind, broken: request.then_some(broken) }
    }
}

#[cfg(test)]
mod tests;
