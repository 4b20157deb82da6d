//! What may be wrong with a message, and the limits it must keep.

use crate::Message;

/// What a message may cost at most. Each limit has its status code (see [`Message::parse`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the whole message: 513.
    pub message: usize,
    /// Octets of one line, continuation lines included: 414 for the request line, 513 for others.
    pub header_line: usize,
    /// Header lines: 513.
    pub headers: usize,
    /// Parameters of one header field value: 400.
    pub params: usize,
    /// Octets of the body: 413.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 65_535, header_line: 8_192, headers: 256, params: 64, body: 65_535 }
    }
}

/// Why bytes are no usable message.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not SIP at all: nobody to answer.
    #[error("not SIP")]
    NotSip,
    /// Meant as SIP, and wrong.
    #[error("{} {}", .0.status, .0.phrase)]
    Broken(Box<Broken>),
}

/// A message meant as SIP that must be refused.
#[derive(Debug)]
pub struct Broken {
    /// The status code of the refusal.
    pub status: u16,
    /// Its reason phrase: says what is wrong.
    pub phrase: &'static str,
    /// The message, as far as it can be read: present iff its top Via can be read and it has a
    /// CSeq line, so that the sender of a request knows the answer by these (RFC 3261 §17.1.3), and
    /// it is known what a response answers, which is never answered itself. From, To and Call-ID
    /// may be missing (RFC 4475 §3.3.1), and what cannot be read inside it reads as empty (a CSeq
    /// number as 0).
    pub message: Option<Message>,
}
