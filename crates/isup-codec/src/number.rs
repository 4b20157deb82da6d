use crate::bits::Field;
use crate::value::{Unwritable, Value};
use std::fmt;
use std::str::FromStr;

/// Values of the numbering plan indicator (Q.763 §3.9 d), 3 bits.
pub mod plan {
    /// ISDN (telephony) numbering plan, E.164.
    pub const ISDN: u8 = 1;
    /// Data numbering plan, X.121.
    pub const DATA: u8 = 3;
    /// Telex numbering plan, F.69.
    pub const TELEX: u8 = 4;
}

base::coded_value! {
    /// Nature of address indicator (Q.763 §3.9 b), 7 bits.
    pub struct NatureOfAddress(u8) {
        /// Subscriber number (national use).
        SUBSCRIBER = 0x01, "subscriber number";
        /// Unknown (national use).
        UNKNOWN = 0x02, "unknown";
        /// National (significant) number.
        NATIONAL = 0x03, "national (significant) number";
        /// International number.
        INTERNATIONAL = 0x04, "international number";
        /// Network-specific number (national use).
        NETWORK_SPECIFIC = 0x05, "network-specific number";
        /// Network routing number in national (significant) number format (national use).
        ROUTING_NATIONAL = 0x06, "network routing number, national";
        /// Network routing number in network-specific number format (national use).
        ROUTING_NETWORK_SPECIFIC = 0x07, "network routing number, network-specific";
        /// Network routing number concatenated with called directory number (national use).
        ROUTING_WITH_DIRECTORY_NUMBER = 0x08, "network routing number with directory number";
    }
}

base::coded_value! {
    /// Address presentation restricted indicator (Q.763 §3.10 e), 2 bits.
    pub struct Presentation(u8) {
        /// Presentation allowed.
        ALLOWED = 0, "presentation allowed";
        /// Presentation restricted.
        RESTRICTED = 1, "presentation restricted";
        /// Address not available (national use).
        NOT_AVAILABLE = 2, "address not available";
    }
}

base::coded_value! {
    /// Screening indicator (Q.763 §3.10 f), 2 bits.
    pub struct Screening(u8) {
        /// User provided, not verified.
        USER_NOT_VERIFIED = 0, "user provided, not verified";
        /// User provided, verified and passed.
        USER_VERIFIED = 1, "user provided, verified and passed";
        /// User provided, verified and failed.
        USER_FAILED = 2, "user provided, verified and failed";
        /// Network provided.
        NETWORK = 3, "network provided";
    }
}

/// Address signals: 0 to 9, A, B (code 11), C (code 12), D and E. F, the end of pulsing signal
/// ST, is not one of them: it is `complete` in the numbers that may have it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digits(String);

/// A character that is no address signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address signal (0-9, A-E)")]
pub struct InvalidDigit(pub char);

impl Digits {
    /// The signals as text, in upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the signals of a subsequent number.
    pub fn append(&mut self, more: &Self) {
        self.0.push_str(&more.0);
    }

    /// The signals of `octets`, low half first, and whether ST ended them. Signals after ST are
    /// none.
    fn read(odd: bool, octets: &[u8]) -> Option<(Self, bool)> {
        let count = octets.len() * 2 - usize::from(odd && !octets.is_empty());
        if odd && octets.is_empty() {
            return None;
        }
        let signals = octets.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]).take(count);
        let mut text = String::with_capacity(count);
        for signal in signals {
            if signal == ST {
                return Some((Self(text), true));
            }
            text.push(char::from_digit(signal.into(), 16)?.to_ascii_uppercase());
        }
        Some((Self(text), false))
    }

    fn write(&self, complete: bool, out: &mut Vec<u8>) {
        let signals = self.0.chars().filter_map(|digit| digit.to_digit(16)).map(|d| d as u8);
        let mut signals = signals.chain(complete.then_some(ST));
        while let Some(low) = signals.next() {
            // Q.763 §3.9 f: the filler is 0.
            out.push(low | signals.next().unwrap_or(0) << 4);
        }
    }
}

/// End of pulsing (Q.763 §3.9 e).
const ST: u8 = 0x0f;

impl FromStr for Digits {
    type Err = InvalidDigit;

    fn from_str(text: &str) -> Result<Self, InvalidDigit> {
        let digit = |c: char| match c.to_ascii_uppercase() {
            digit @ ('0'..='9' | 'A'..='E') => Ok(digit),
            _ => Err(InvalidDigit(c)),
        };
        text.chars().map(digit).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<&str> for Digits {
    type Error = InvalidDigit;

    fn try_from(text: &str) -> Result<Self, InvalidDigit> {
        text.parse()
    }
}

impl AsRef<str> for Digits {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Digits {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Digits {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// First octet of every number.
const NATURE: Field = Field::new(0, 7);
const ODD: Field = Field::bit(7);
/// Second octet: the called party number has the INN indicator where the calling party number has
/// its number incomplete indicator; presentation and screening are spare in the former.
const SCREENING: Field = Field::new(0, 2);
const PRESENTATION: Field = Field::new(2, 2);
const PLAN: Field = Field::new(4, 3);
const INN_NOT_ALLOWED: Field = Field::bit(7);
const INCOMPLETE: Field = Field::bit(7);

/// Called party number (Q.763 §3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledPartyNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// Whether routing to an internal network number is allowed.
    pub inn_allowed: bool,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the end of pulsing signal ST follows: no more digits will come.
    pub complete: bool,
    /// The digits.
    pub digits: Digits,
}

impl CalledPartyNumber {
    /// A complete E.164 number.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self { nature, inn_allowed: true, plan: plan::ISDN, complete: true, digits }
    }
}

impl Value for CalledPartyNumber {
    fn read(octets: &[u8]) -> Option<Self> {
        let [first, second, signals @ ..] = octets else { return None };
        let (first, second) = (u16::from(*first), u16::from(*second));
        let (digits, complete) = Digits::read(ODD.is_set(first), signals)?;
        Some(Self {
            nature: NatureOfAddress(NATURE.get(first)),
            inn_allowed: !INN_NOT_ALLOWED.is_set(second),
            plan: PLAN.get(second),
            complete,
            digits,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if !NATURE.holds(self.nature.0) || !PLAN.holds(self.plan) {
            return Err(Unwritable);
        }
        let odd = !(self.digits.len() + usize::from(self.complete)).is_multiple_of(2);
        out.push(ODD.put(NATURE.put(0, self.nature.0), odd.into()) as u8);
        let inn_not_allowed = !self.inn_allowed;
        out.push(INN_NOT_ALLOWED.put(PLAN.put(0, self.plan), inn_not_allowed.into()) as u8);
        self.digits.write(self.complete, out);
        Ok(())
    }
}

/// Calling party number (Q.763 §3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingPartyNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// Whether the number is known to be incomplete.
    pub incomplete: bool,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the called party may see it.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl CallingPartyNumber {
    /// An E.164 number that the network vouches for and everybody may see.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self {
            nature,
            incomplete: false,
            plan: plan::ISDN,
            presentation: Presentation::ALLOWED,
            screening: Screening::NETWORK,
            digits,
        }
    }
}

impl Value for CallingPartyNumber {
    fn read(octets: &[u8]) -> Option<Self> {
        let [first, second, signals @ ..] = octets else { return None };
        let (first, second) = (u16::from(*first), u16::from(*second));
        let (digits, false) = Digits::read(ODD.is_set(first), signals)? else { return None };
        Some(Self {
            nature: NatureOfAddress(NATURE.get(first)),
            incomplete: INCOMPLETE.is_set(second),
            plan: PLAN.get(second),
            presentation: Presentation(PRESENTATION.get(second)),
            screening: Screening(SCREENING.get(second)),
            digits,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let fits = NATURE.holds(self.nature.0)
            && PLAN.holds(self.plan)
            && PRESENTATION.holds(self.presentation.0)
            && SCREENING.holds(self.screening.0);
        if !fits {
            return Err(Unwritable);
        }
        let odd = !self.digits.len().is_multiple_of(2);
        out.push(ODD.put(NATURE.put(0, self.nature.0), odd.into()) as u8);
        let second = SCREENING.put(0, self.screening.0);
        let second = PRESENTATION.put(second, self.presentation.0);
        let second = PLAN.put(second, self.plan);
        out.push(INCOMPLETE.put(second, self.incomplete.into()) as u8);
        self.digits.write(false, out);
        Ok(())
    }
}

/// Connected number (Q.763 §3.16): laid out as the calling party number, with a spare bit for the
/// number incomplete indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedNumber {
    /// What kind of number it is.
    pub nature: NatureOfAddress,
    /// One of [`plan`], 3 bits.
    pub plan: u8,
    /// Whether the calling party may see it.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl ConnectedNumber {
    /// An E.164 number that the network vouches for and everybody may see.
    pub const fn new(nature: NatureOfAddress, digits: Digits) -> Self {
        Self {
            nature,
            plan: plan::ISDN,
            presentation: Presentation::ALLOWED,
            screening: Screening::NETWORK,
            digits,
        }
    }
}

impl Value for ConnectedNumber {
    fn read(octets: &[u8]) -> Option<Self> {
        let number = CallingPartyNumber::read(octets)?;
        Some(Self {
            nature: number.nature,
            plan: number.plan,
            presentation: number.presentation,
            screening: number.screening,
            digits: number.digits,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        CallingPartyNumber {
            nature: self.nature,
            incomplete: false,
            plan: self.plan,
            presentation: self.presentation,
            screening: self.screening,
            digits: self.digits.clone(),
        }
        .write(out)
    }
}

/// Subsequent number (Q.763 §3.51).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubsequentNumber {
    /// Whether the end of pulsing signal ST follows.
    pub complete: bool,
    /// The digits.
    pub digits: Digits,
}

impl Value for SubsequentNumber {
    fn read(octets: &[u8]) -> Option<Self> {
        let (first, signals) = octets.split_first()?;
        let (digits, complete) = Digits::read(ODD.is_set((*first).into()), signals)?;
        Some(Self { complete, digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let odd = !(self.digits.len() + usize::from(self.complete)).is_multiple_of(2);
        out.push(ODD.put(0, odd.into()) as u8);
        self.digits.write(self.complete, out);
        Ok(())
    }
}
