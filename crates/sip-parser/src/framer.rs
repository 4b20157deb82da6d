//! Messages out of a stream.

use bytes::Bytes;

use crate::{Broken, Limits};

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
#[error("{kind:?}")]
pub struct FrameError {
    /// What is wrong.
    pub kind: FrameErrorKind,
    /// The refusal of the message at fault, if its head could be read as a request.
    pub broken: Option<Box<Broken>>,
}

/// What breaks a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameErrorKind {
    /// The head is longer than a message may be.
    HeadTooLong,
    /// The body is longer than allowed.
    BodyTooLong,
    /// No Content-Length (RFC 3261 §20.14: mandatory on streams).
    NoLength,
    /// A Content-Length that is no number, or several of them.
    BadLength,
    /// No SIP.
    NotSip,
}

/// Cuts a stream into messages (RFC 3261 §18.3). After an error it stays in error.
#[derive(Debug)]
pub struct Framer {
    limits: Limits,
}

impl Framer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// Takes what the stream brought.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = (bytes, &self.limits);
    }

    /// The next frame; `None` until more has been pushed.
    #[expect(clippy::should_implement_trait, reason = "it can fail, and None is not the end")]
    pub fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        Ok(None)
    }
}
