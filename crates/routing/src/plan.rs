use crate::{Normaliser, Number, RawNumber};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

mod csv;

pub use csv::PlanError;

/// A commune of the INSEE's list: five characters, `2A004` being one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Insee([u8; 5]);

impl Insee {
    /// Two digits (or `2A`, `2B`) and three digits.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 5] = text.as_bytes().try_into().ok()?;
        let code = code.map(|octet| octet.to_ascii_uppercase());
        let [first, second, commune @ ..] = code;
        let departement = first.is_ascii_digit() && second.is_ascii_digit()
            || first == b'2' && matches!(second, b'A' | b'B');
        let commune = commune.iter().all(u8::is_ascii_digit);
        (departement && commune).then_some(Self(code))
    }

    /// The five characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The département: the first two characters, three overseas (97x, 98x).
    pub fn departement(&self) -> &str {
        let code = self.as_str();
        let length = if code.starts_with("97") || code.starts_with("98") { 3 } else { 2 };
        code.get(..length).unwrap_or_default()
    }
}

impl fmt::Debug for Insee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a row of the plan holds for, the most specific last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// `*`
    Everywhere,
    /// `departement:59`: two or three characters, padded with zero octets.
    Departement([u8; 3]),
    /// `59350`
    Commune(Insee),
}

impl Area {
    /// The area of a département by its number.
    pub fn departement(text: &str) -> Option<Self> {
        let code = text.as_bytes();
        let known = match code {
            [first, second] => {
                first.is_ascii_digit() && second.is_ascii_digit() || matches!(code, b"2A" | b"2B")
            }
            [b'9', b'7' | b'8', third] => third.is_ascii_digit(),
            _ => false,
        };
        let mut padded = [0; 3];
        padded.iter_mut().zip(code).for_each(|(to, from)| *to = *from);
        known.then_some(Self::Departement(padded))
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.write_str("*"),
            Self::Departement(code) => {
                let code = std::str::from_utf8(code).unwrap_or_default();
                write!(f, "departement:{}", code.trim_end_matches('\0'))
            }
            Self::Commune(insee) => f.write_str(insee.as_str()),
        }
    }
}

/// A calendar date, in the order of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// For example 2025.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// `2025-01-31`
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length)?;
            let digits = part.bytes().all(|digit| digit.is_ascii_digit());
            digits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return None;
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let date = Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
        (1..=days).contains(&day).then_some(date)
    }
}

/// An answering point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the plan calls the service.
    pub service: Box<str>,
    /// The number that is called.
    pub long_number: Number,
    /// The numbers to try when it does not answer, in order.
    pub alternates: Arc<[Number]>,
}

/// The emergency plan: which long number answers an emergency number for a commune.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    entries: BTreeMap<(Number, Area), Entry>,
    services: BTreeSet<Number>,
    long_numbers: BTreeSet<Number>,
    not_in_force: usize,
}

/// Emergency numbers whatever the plan says.
const ALWAYS: [&str; 4] = ["112", "15", "17", "18"];

impl Plan {
    /// Reads the plan file (INTERFACES.md), numbers written as in France, all rows in force.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        Self::parse_with(text, &Normaliser::default(), None)
    }

    /// Reads the plan file; with a date, rows that are not in force on it are left out.
    pub fn parse_with(
        text: &str,
        normaliser: &Normaliser,
        today: Option<Date>,
    ) -> Result<Self, PlanError> {
        csv::parse(text, normaliser, today)
    }

    /// The answering point for an emergency number: by commune, then by département, then the last
    /// resort.
    pub fn lookup(&self, insee: Option<&str>, number: &str) -> Option<&Entry> {
        self.find(insee, number).map(|(_, entry)| entry)
    }

    /// As [`Plan::lookup`], with the area of the row. An emergency number without any last resort
    /// of its own falls to that of 112.
    pub fn find(&self, insee: Option<&str>, number: &str) -> Option<(Area, &Entry)> {
        let insee = insee.and_then(Insee::parse);
        let own = Number::short(number).ok().and_then(|number| self.in_areas(insee, number));
        own.or_else(|| self.in_areas(insee, Number::short("112").ok()?))
    }

    fn in_areas(&self, insee: Option<Insee>, number: Number) -> Option<(Area, &Entry)> {
        let departement = insee.and_then(|insee| Area::departement(insee.departement()));
        [insee.map(Area::Commune), departement, Some(Area::Everywhere)]
            .into_iter()
            .flatten()
            .find_map(|area| self.entries.get(&(number, area)).map(|entry| (area, entry)))
    }

    /// Whether these digits are an emergency number: 112, 15, 17, 18 and every number of the plan.
    pub fn is_service_number(&self, digits: &str) -> bool {
        ALWAYS.contains(&digits)
            || digits.len() <= 6
                && Number::short(digits).is_ok_and(|number| self.services.contains(&number))
    }

    /// Every emergency number: 112, 15, 17, 18 and those of the plan.
    pub fn service_numbers(&self) -> impl Iterator<Item = &str> {
        let planned = self.services.iter().map(Number::digits);
        ALWAYS.into_iter().chain(planned.filter(|digits| !ALWAYS.contains(digits)))
    }

    /// Whether this is a number at which an answering point of the plan is called.
    pub fn is_long_number(&self, number: &Number) -> bool {
        self.long_numbers.contains(number)
    }

    /// Every number at which an answering point is called, alternates among them.
    pub fn long_numbers(&self) -> impl Iterator<Item = &Number> {
        self.long_numbers.iter()
    }

    /// The rows in the order of number and area.
    pub fn entries(&self) -> impl Iterator<Item = (&Number, Area, &Entry)> {
        self.entries.iter().map(|((number, area), entry)| (number, *area, entry))
    }

    /// How many rows are in force.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the plan has no row.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many rows were left out because of their dates.
    pub const fn not_in_force(&self) -> usize {
        self.not_in_force
    }

    /// Adds a row; false where the area already has one for this number.
    fn add(&mut self, area: Area, number: Number, entry: Entry) -> bool {
        if self.entries.contains_key(&(number, area)) {
            return false;
        }
        self.services.insert(number);
        self.long_numbers.insert(entry.long_number);
        self.long_numbers.extend(entry.alternates.iter().copied());
        self.entries.insert((number, area), entry);
        true
    }

    fn normalise(normaliser: &Normaliser, text: &str) -> Result<Number, crate::NumberError> {
        normaliser.normalise(RawNumber::dialled(text))
    }
}

#[cfg(test)]
mod tests;
