//! Why something ended or was refused, and when to come again.

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::{Cursor, number};
use super::params::{plain, quoted, write_field};
use super::{Others, Quoted, Typed};

/// Reason (RFC 3326 §2): of a request that ends something, and of a response (RFC 6432).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Whose causes they are: `Q.850`, `SIP`, `preemption`, …
    pub protocol: &'a str,
    /// The cause: in Q.850 a cause value, in SIP a status code.
    pub cause: Option<u32>,
    /// For people.
    pub text: Option<Quoted<'a>>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl Reason<'_> {
    /// A cause value of Q.850 §2.2.7: seven bits, and none is 0.
    #[must_use]
    pub fn q850(&self) -> Option<u8> {
        let cause = self.cause_of("Q.850")?;
        u8::try_from(cause).ok().filter(|cause| (1..=127).contains(cause))
    }

    /// A status code.
    #[must_use]
    pub fn sip(&self) -> Option<u16> {
        let status = self.cause_of("SIP")?;
        u16::try_from(status).ok().filter(|status| (100..=699).contains(status))
    }

    /// Why it had to make room: 1 to 5 (RFC 4411 §5).
    #[must_use]
    pub fn preemption(&self) -> Option<u32> {
        self.cause_of("preemption")
    }

    fn cause_of(&self, protocol: &str) -> Option<u32> {
        self.cause.filter(|_| self.protocol.eq_ignore_ascii_case(protocol))
    }
}

impl<'a> Typed<'a> for Reason<'a> {
    const NAME: Name = Name::Reason;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let protocol = cursor.token()?;
        let params = cursor.params(&["cause", "text"])?;
        let cause = params.field("cause", number)?;
        let text = params.field("text", quoted)?;
        Some(Self { protocol, cause, text, params })
    }
}

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.protocol)?;
        write_field(f, "cause", self.cause)?;
        write_field(f, "text", self.text)?;
        self.params.fmt(f)
    }
}

/// Retry-After (RFC 3261 §20.33): when a refused request may be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryAfter<'a> {
    /// Not before so many seconds.
    pub seconds: u32,
    /// For people; without its outer parentheses.
    pub comment: Option<&'a str>,
    /// How long the called party will then be reachable.
    pub duration: Option<u32>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl RetryAfter<'_> {
    /// So many seconds, nothing else.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self { seconds, ..Self::default() }
    }
}

impl<'a> Typed<'a> for RetryAfter<'a> {
    const NAME: Name = Name::RetryAfter;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.seconds()?;
        let comment = if cursor.at(b'(') { Some(cursor.comment()?) } else { None };
        let params = cursor.params(&["duration"])?;
        let duration = params.field("duration", |value| {
            let mut cursor = Cursor::new(plain(value)?);
            let seconds = cursor.seconds()?;
            cursor.end()?;
            Some(seconds)
        })?;
        Some(Self { seconds, comment, duration, params })
    }
}

impl Display for RetryAfter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seconds.fmt(f)?;
        if let Some(comment) = self.comment {
            write!(f, " ({comment})")?;
        }
        write_field(f, "duration", self.duration)?;
        self.params.fmt(f)
    }
}

/// Warning (RFC 3261 §20.43).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warning<'a> {
    /// Three digits.
    pub code: u16,
    /// Who warns: a host, or a name for it.
    pub agent: &'a str,
    /// For people.
    pub text: Quoted<'a>,
}

impl<'a> Typed<'a> for Warning<'a> {
    const NAME: Name = Name::Warning;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let code = u16::try_from(cursor.digits(3)?).ok()?;
        cursor.space()?;
        let agent = cursor.word(b",\"")?;
        cursor.space()?;
        let text = cursor.quoted()?;
        cursor.end()?;
        Some(Self { code, agent, text })
    }
}

impl Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {} {}", self.code, self.agent, self.text)
    }
}
