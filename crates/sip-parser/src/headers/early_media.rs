//! Who may send speech before the answer.

use std::fmt::{self, Display};

use crate::Name;

use super::Typed;
use super::cursor::Cursor;

/// One value of P-Early-Media (RFC 5009 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PEarlyMedia<'a> {
    /// Early media both ways is authorized.
    SendRecv,
    /// Only towards the caller's network's far end: from who receives the header field.
    SendOnly,
    /// Only towards who receives the header field.
    RecvOnly,
    /// None is authorized.
    Inactive,
    /// Somebody on the path gates it already.
    Gated,
    /// In a request: the sender knows the header field.
    Supported,
    /// Any other.
    Other(&'a str),
}

impl<'a> PEarlyMedia<'a> {
    const KNOWN: [Self; 6] = [
        Self::SendRecv,
        Self::SendOnly,
        Self::RecvOnly,
        Self::Inactive,
        Self::Gated,
        Self::Supported,
    ];

    /// As written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
            Self::Gated => "gated",
            Self::Supported => "supported",
            Self::Other(token) => token,
        }
    }
}

impl<'a> Typed<'a> for PEarlyMedia<'a> {
    const NAME: Name = Name::PEarlyMedia;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let token = cursor.token()?;
        cursor.end()?;
        let known = Self::KNOWN.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(token));
        Some(known.unwrap_or(Self::Other(token)))
    }
}

impl Display for PEarlyMedia<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
