use std::fmt;
use std::str::FromStr;

/// Address signals: 0 to 9, A, B (code 11), C (code 12), D and E. F, the end of pulsing signal
/// ST, is not one of them: it is `complete` in the numbers that may have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digits {
    /// Upper-case text; what lies beyond the length is 0.
    signals: [u8; Self::MAX],
    length: u8,
}

/// A text that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDigits {
    /// A character that is no address signal.
    #[error("{0:?} is not an address signal (0-9, A-E)")]
    Signal(char),
    /// More signals than a number may have.
    #[error("more than {} address signals", Digits::MAX)]
    TooMany,
}

/// End of pulsing (Q.763 §3.9 e).
const ST: u8 = 0x0f;

impl Digits {
    /// The most signals: a routing number and a directory number of E.164's 15 digits each, and a
    /// little more. Numbers that are longer are unreadable.
    pub const MAX: usize = 32;

    /// How many octets the most signals and ST take.
    pub(crate) const OCTETS: u8 = Self::MAX as u8 / 2 + 1;

    /// The signals as text, in upper case.
    pub fn as_str(&self) -> &str {
        let signals = self.signals.get(..self.len()).unwrap_or_default();
        std::str::from_utf8(signals).unwrap_or_default()
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.length as usize
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether their number is odd.
    pub(crate) const fn is_odd(&self) -> bool {
        !self.len().is_multiple_of(2)
    }

    /// How many octets they take.
    pub(crate) const fn octets(&self, complete: bool) -> usize {
        (self.len() + complete as usize).div_ceil(2)
    }

    /// Appends the signals of a subsequent number, as far as there is room.
    pub fn append(&mut self, more: &Self) -> Result<(), InvalidDigits> {
        more.as_str().bytes().try_for_each(|signal| self.push(signal))
    }

    fn push(&mut self, signal: u8) -> Result<(), InvalidDigits> {
        let place = self.signals.get_mut(usize::from(self.length)).ok_or(InvalidDigits::TooMany)?;
        *place = signal;
        self.length += 1;
        Ok(())
    }

    /// The signals of `octets`, low half first, and whether ST ended them. Signals after ST are
    /// none.
    pub(crate) fn read(odd: bool, octets: &[u8]) -> Option<(Self, bool)> {
        if odd && octets.is_empty() {
            return None;
        }
        let count = octets.len() * 2 - usize::from(odd);
        let signals = octets.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]).take(count);
        let mut digits = Self::default();
        for signal in signals {
            if signal == ST {
                return Some((digits, true));
            }
            let signal = char::from_digit(signal.into(), 16)?.to_ascii_uppercase();
            digits.push(signal as u8).ok()?;
        }
        Some((digits, false))
    }

    pub(crate) fn write(&self, complete: bool, out: &mut Vec<u8>) {
        let signals = self.as_str().chars().filter_map(|digit| digit.to_digit(16));
        let mut signals = signals.map(|digit| digit as u8).chain(complete.then_some(ST));
        while let Some(low) = signals.next() {
            // Q.763 §3.9 f: the filler is 0.
            out.push(low | signals.next().unwrap_or(0) << 4);
        }
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self { signals: [0; Self::MAX], length: 0 }
    }
}

impl FromStr for Digits {
    type Err = InvalidDigits;

    fn from_str(text: &str) -> Result<Self, InvalidDigits> {
        let mut digits = Self::default();
        for c in text.chars() {
            match c.to_ascii_uppercase() {
                digit @ ('0'..='9' | 'A'..='E') => digits.push(digit as u8)?,
                _ => return Err(InvalidDigits::Signal(c)),
            }
        }
        Ok(digits)
    }
}

impl TryFrom<&str> for Digits {
    type Error = InvalidDigits;

    fn try_from(text: &str) -> Result<Self, InvalidDigits> {
        text.parse()
    }
}

impl AsRef<str> for Digits {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Digits {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Digits {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
