//! Reliable provisional responses (RFC 3262) and session timers (RFC 4028).

use std::fmt::{self, Display};

use crate::Name;

use super::cursor::Cursor;
use super::params::{plain, write_field};
use super::{Others, Typed};

/// RAck (RFC 3262 §7.2): which provisional response a PRACK acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    /// RSeq of the response.
    pub rseq: u32,
    /// CSeq number of the response.
    pub cseq: u32,
    /// CSeq method of the response.
    pub method: &'a str,
}

impl<'a> Typed<'a> for RAck<'a> {
    const NAME: Name = Name::RAck;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let rseq = cursor.number()?;
        cursor.space()?;
        let cseq = cursor.number()?;
        cursor.space()?;
        let method = cursor.token()?;
        cursor.end()?;
        Some(Self { rseq, cseq, method })
    }
}

impl Display for RAck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.rseq, self.cseq, self.method)
    }
}

/// RSeq (RFC 3262 §7.1): the number of a reliable provisional response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RSeq(pub u32);

impl<'a> Typed<'a> for RSeq {
    const NAME: Name = Name::RSeq;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let number = cursor.number()?;
        cursor.end()?;
        Some(Self(number))
    }
}

impl Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who refreshes a session (RFC 4028 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request that holds it, or that is answered with it.
    Uac,
    /// Who answered that request.
    Uas,
}

impl Refresher {
    /// As written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }

    fn of(value: &str) -> Option<Self> {
        let all = [Self::Uac, Self::Uas];
        all.into_iter().find(|refresher| value.eq_ignore_ascii_case(refresher.as_str()))
    }
}

/// Session-Expires (RFC 4028 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionExpires<'a> {
    /// The session interval.
    pub seconds: u32,
    /// Who refreshes it.
    pub refresher: Option<Refresher>,
    /// Other parameters.
    pub params: Others<'a>,
}

impl SessionExpires<'_> {
    /// This interval and this refresher, nothing else.
    #[must_use]
    pub fn new(seconds: u32, refresher: Option<Refresher>) -> Self {
        Self { seconds, refresher, params: Others::default() }
    }
}

impl<'a> Typed<'a> for SessionExpires<'a> {
    const NAME: Name = Name::SessionExpires;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.seconds()?;
        let params = cursor.params(&["refresher"])?;
        let refresher = params.field("refresher", |value| Refresher::of(plain(value)?))?;
        Some(Self { seconds, refresher, params })
    }
}

impl Display for SessionExpires<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seconds.fmt(f)?;
        write_field(f, "refresher", self.refresher.map(Refresher::as_str))?;
        self.params.fmt(f)
    }
}

/// Min-SE (RFC 4028 §5): the shortest session interval that somebody on the path accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinSe<'a> {
    /// The interval.
    pub seconds: u32,
    /// Parameters; none is defined.
    pub params: Others<'a>,
}

impl MinSe<'_> {
    /// This interval without parameters.
    #[must_use]
    pub fn new(seconds: u32) -> Self {
        Self { seconds, params: Others::default() }
    }
}

impl<'a> Typed<'a> for MinSe<'a> {
    const NAME: Name = Name::MinSe;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.seconds()?;
        Some(Self { seconds, params: cursor.params(&[])? })
    }
}

impl Display for MinSe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.seconds, self.params)
    }
}
