use std::fmt;

/// What kind of number the digits are. E.164 numbers and short numbers are never compared with
/// each other: `112` is not a prefix of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberKind {
    /// E.164, without the `+`: `33199000000`.
    International,
    /// Only valid inside the country: `15`, `112`, `116117`.
    Short,
    /// Digits whose meaning the numbering plan does not tell.
    Unknown,
}

/// A called or calling number after normalisation. Prints without its digits: a subscriber's number
/// reaches a log only through [`Number::digits`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    kind: NumberKind,
    length: u8,
    digits: [u8; Self::MAX_DIGITS],
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No digit is left once the separators are gone.
    #[error("a number needs at least one digit")]
    Empty,
    /// More than [`Number::MAX_DIGITS`].
    #[error("a number has at most {} digits", Number::MAX_DIGITS)]
    TooLong,
    /// Something that is neither a digit nor a visual separator (RFC 3966 §5.1.1).
    #[error("a number consists of digits")]
    NotADigit,
}

impl Number {
    /// More than any numbering plan and any ISUP address signal string that we accept.
    pub const MAX_DIGITS: usize = 32;

    /// A number of plain digits.
    pub fn new(kind: NumberKind, digits: &str) -> Result<Self, NumberError> {
        let mut builder = Builder::default();
        for digit in digits.bytes() {
            builder.push(digit)?;
        }
        builder.finish(kind)
    }

    /// An E.164 number from its digits without `+`.
    pub fn international(digits: &str) -> Result<Self, NumberError> {
        Self::new(NumberKind::International, digits)
    }

    /// A short number.
    pub fn short(digits: &str) -> Result<Self, NumberError> {
        Self::new(NumberKind::Short, digits)
    }

    /// The kind of number.
    pub const fn kind(&self) -> NumberKind {
        self.kind
    }

    /// The digits alone.
    pub fn digits(&self) -> &str {
        let digits = self.digits.get(..usize::from(self.length));
        // Only ASCII digits are ever stored.
        digits.and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }

    /// How it is written in URIs, plans and call detail records: `+33199000000`, `112`.
    pub fn to_e164(&self) -> String {
        let plus = if self.kind == NumberKind::International { "+" } else { "" };
        format!("{plus}{}", self.digits())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Redacted(self.digits()), f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, Redacted(self.digits()))
    }
}

/// Prints a subscriber's number as its length only. Numbers of up to six digits name services, not
/// people, and print as they are.
#[derive(Clone, Copy, Debug)]
pub struct Redacted<'a>(pub &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() <= 6 { f.write_str(self.0) } else { write!(f, "<{} digits>", self.0.len()) }
    }
}

/// Collects digits up to the limit.
#[derive(Clone, Copy, Default)]
pub(crate) struct Builder {
    length: u8,
    digits: [u8; Number::MAX_DIGITS],
}

impl Builder {
    pub(crate) fn push(&mut self, digit: u8) -> Result<(), NumberError> {
        if !digit.is_ascii_digit() {
            return Err(NumberError::NotADigit);
        }
        let place = self.digits.get_mut(usize::from(self.length)).ok_or(NumberError::TooLong)?;
        *place = digit;
        self.length += 1;
        Ok(())
    }

    pub(crate) fn extend(&mut self, digits: &str) -> Result<(), NumberError> {
        digits.bytes().try_for_each(|digit| self.push(digit))
    }

    pub(crate) fn as_str(&self) -> &str {
        let digits = self.digits.get(..usize::from(self.length));
        digits.and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }

    pub(crate) const fn finish(self, kind: NumberKind) -> Result<Number, NumberError> {
        if self.length == 0 {
            return Err(NumberError::Empty);
        }
        Ok(Number { kind, length: self.length, digits: self.digits })
    }
}
