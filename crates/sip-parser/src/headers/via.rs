//! Via, with what overload control (RFC 7339, 7415) and connection reuse (RFC 5923) put into it.

use std::fmt::{self, Display};

use crate::{Name, Via, grammar};

use super::address::whole;
use super::cursor::{Cursor, number};
use super::params::write_field;
use super::{Quoted, Typed};

impl<'a> Typed<'a> for Via<'a> {
    const NAME: Name = Name::Via;

    fn parse(value: &'a str) -> Option<Self> {
        grammar::read_via(value, false)
    }
}

/// The fields that [`Via::params`] does not hold, then those parameters as they are.
impl Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        let missing = |name| self.params.get(name).is_none();
        write_field(f, "branch", self.branch.filter(|_| missing("branch")))?;
        write_field(f, "received", self.received.filter(|_| missing("received")))?;
        write_field(f, "maddr", self.maddr.filter(|_| missing("maddr")))?;
        match self.rport.filter(|_| missing("rport")) {
            Some(Some(port)) => write!(f, ";rport={port}")?,
            Some(None) => f.write_str(";rport")?,
            None => {}
        }
        self.params.fmt(f)
    }
}

impl<'a> Via<'a> {
    /// Whether the connection may be used for requests the other way (RFC 5923 §5).
    #[must_use]
    pub fn alias(&self) -> bool {
        self.params.get("alias").is_some()
    }

    /// Keep-alives: `Some(None)` offers to send them, `Some(Some(seconds))` wants one so often
    /// (RFC 6223 §4.3).
    #[must_use]
    pub fn keep(&self) -> Option<Option<u32>> {
        let value = self.params.get("keep")?;
        Some(value.and_then(|value| whole(value, Cursor::seconds)))
    }

    /// What it says about overload; `None` when nothing, or nothing that can be read.
    #[must_use]
    pub fn overload(&self) -> Option<Overload<'a>> {
        let oc = match self.params.get("oc")? {
            Some(value) => Some(number(value)?),
            None => None,
        };
        let optional = |name, of: fn(&'a str) -> Option<u32>| match self.params.value(name) {
            Some(value) => of(value).map(Some),
            None => Some(None),
        };
        let algorithms = self.params.value("oc-algo").map(Quoted::inside);
        let sequence = self.params.value("oc-seq").map(sequence);
        Some(Overload {
            oc,
            algorithms: if let Some(read) = algorithms { Some(read?) } else { None },
            validity: optional("oc-validity", number)?,
            sequence: if let Some(read) = sequence { Some(read?) } else { None },
        })
    }
}

/// The parameters of overload control (RFC 7339 §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overload<'a> {
    /// `oc`: without a value, the sender can do it; with one, how much less (per cent, RFC 7339)
    /// or how much at most (a second, RFC 7415) is wanted.
    pub oc: Option<u32>,
    /// `oc-algo`: the algorithms known to the sender, or the one chosen.
    pub algorithms: Option<Quoted<'a>>,
    /// `oc-validity`, milliseconds; 500 where it is missing; 0 ends it.
    pub validity: Option<u32>,
    /// `oc-seq`: what stands before and behind its point; a smaller one is old news.
    pub sequence: Option<(u64, u32)>,
}

impl Overload<'_> {
    /// Whether that algorithm is among them.
    #[must_use]
    pub fn names(&self, algorithm: &str) -> bool {
        let names = self.algorithms.map_or("", |names| names.as_str());
        names.split(',').any(|name| name.trim_ascii().eq_ignore_ascii_case(algorithm))
    }
}

/// Each behind its semicolon, as it is put into a Via.
impl Display for Overload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.oc {
            Some(oc) => write!(f, ";oc={oc}")?,
            None => f.write_str(";oc")?,
        }
        write_field(f, "oc-algo", self.algorithms)?;
        write_field(f, "oc-validity", self.validity)?;
        match self.sequence {
            // Behind the point stands a fraction (RFC 7339 §4.4): its zeros count.
            Some((seconds, fraction)) => write!(f, ";oc-seq={seconds}.{fraction:05}"),
            None => Ok(()),
        }
    }
}

/// 1*12DIGIT "." 1*5DIGIT (RFC 7339 §9): the fraction in hundred-thousandths.
fn sequence(value: &str) -> Option<(u64, u32)> {
    let (seconds, fraction) = value.split_once('.')?;
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    if !digits(seconds, 12) || !digits(fraction, 5) {
        return None;
    }
    let places = u32::try_from(fraction.len()).ok()?;
    let scale = 10_u32.checked_pow(5_u32.checked_sub(places)?)?;
    Some((seconds.parse().ok()?, fraction.parse::<u32>().ok()? * scale))
}
