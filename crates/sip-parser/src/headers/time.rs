//! Numbers, times and dates. Nothing here knows what time it is.

use std::fmt::{self, Display};

use crate::Name;

use super::address::whole;
use super::cursor::{Cursor, number};
use super::{Named, Typed, Value};

/// A number of seconds (RFC 3261 §25.1 delta-seconds); what is longer than can be said lasts as
/// long as can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u32);

/// Expires (RFC 3261 §20.19).
pub type Expires = Named<Seconds, { Name::Expires as u8 }>;
/// Min-Expires (RFC 3261 §20.23).
pub type MinExpires = Named<Seconds, { Name::MinExpires as u8 }>;
/// Flow-Timer (RFC 5626 §11.2).
pub type FlowTimer = Named<Seconds, { Name::FlowTimer as u8 }>;

impl<'a> Value<'a> for Seconds {
    fn read(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let seconds = cursor.seconds()?;
        cursor.end()?;
        Some(Self(seconds))
    }
}

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u32);

/// Max-Forwards (RFC 3261 §20.22).
pub type MaxForwards = Named<Count, { Name::MaxForwards as u8 }>;
/// Max-Breadth (RFC 5393 §5.3).
pub type MaxBreadth = Named<Count, { Name::MaxBreadth as u8 }>;
/// Content-Length (RFC 3261 §20.14).
pub type ContentLength = Named<Count, { Name::ContentLength as u8 }>;

impl<'a> Value<'a> for Count {
    fn read(value: &'a str) -> Option<Self> {
        // Mostly nothing is around it.
        let spaced = || whole(value, Cursor::number);
        number(value).or_else(spaced).map(Self)
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Timestamp (RFC 3261 §20.38): when the request was sent, by a clock of the sender's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamp<'a> {
    /// Seconds, with a point: to be sent back as it is.
    pub sent: &'a str,
    /// How long the answer took, in seconds, with a point.
    pub delay: Option<&'a str>,
}

impl<'a> Typed<'a> for Timestamp<'a> {
    const NAME: Name = Name::Timestamp;

    fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.split_ascii_whitespace();
        let sent = parts.next().filter(|sent| sent.starts_with(|c: char| c.is_ascii_digit()))?;
        let delay = parts.next();
        let right = decimal(sent) && delay.is_none_or(decimal) && parts.next().is_none();
        right.then_some(Self { sent, delay })
    }
}

/// *(DIGIT) [ "." *(DIGIT) ]
fn decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.bytes().chain(fraction.bytes()).all(|octet| octet.is_ascii_digit())
}

impl Display for Timestamp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sent)?;
        self.delay.map_or(Ok(()), |delay| write!(f, " {delay}"))
    }
}

/// Date (RFC 3261 §20.17): of RFC 1123, in GMT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Four digits.
    pub year: u16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// To 23.
    pub hour: u8,
    /// To 59.
    pub minute: u8,
    /// To 60: there are leap seconds.
    pub second: u8,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// From the day of the week of 1 January 1970.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl Date {
    /// Days since 1 January 1970; before it, negative.
    fn days(&self) -> i64 {
        // The year begins in March, so that the leap day is its last.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let year = if month <= 2 { year - 1 } else { year };
        let month = (month + 9) % 12;
        let in_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year
            - 719_468
    }

    /// Seconds since 1 January 1970.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        let seconds = i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60;
        self.days() * 86_400 + seconds + i64::from(self.second)
    }
}

impl<'a> Typed<'a> for Date {
    const NAME: Name = Name::Date;

    fn parse(value: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let weekday = cursor.token()?;
        // The day of the week follows from the others; what is wrong with it harms nobody.
        WEEKDAYS.iter().find(|name| name.eq_ignore_ascii_case(weekday))?;
        cursor.octet(b',')?;
        let day = cursor.digits(2)?;
        let name = cursor.token()?;
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        let month = u8::try_from(month + 1).ok()?;
        let year = u16::try_from(cursor.digits(4)?).ok()?;
        let hour = cursor.digits(2)?;
        cursor.octet(b':')?;
        let minute = cursor.digits(2)?;
        cursor.octet(b':')?;
        let second = cursor.digits(2)?;
        cursor.token().filter(|zone| matches!(*zone, "GMT" | "UTC"))?;
        cursor.end()?;
        let small = |number, most| u8::try_from(number).ok().filter(|number| *number <= most);
        Some(Self {
            year,
            month,
            day: small(day, days_in_month(year, month)).filter(|day| *day > 0)?,
            hour: small(hour, 23)?,
            minute: small(minute, 59)?,
            second: small(second, 60)?,
        })
    }
}

impl Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weekday = usize::try_from(self.days().rem_euclid(7)).unwrap_or_default();
        let weekday = WEEKDAYS.get(weekday).copied().unwrap_or_default();
        let month =
            MONTHS.get(usize::from(self.month).wrapping_sub(1)).copied().unwrap_or_default();
        let Self { year, day, hour, minute, second, .. } = self;
        write!(f, "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}
