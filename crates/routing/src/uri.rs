use crate::number::{Builder, Number, NumberError, NumberKind};

/// What stands for octets that are no UTF-8.
const UNREADABLE: char = '\u{FFFD}';

/// What the signalling said about the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// As a person dials: prefixes decide.
    Dialled,
    /// Country code first, no prefix (ISUP nature of address 4).
    International,
    /// National (significant) number, no prefix (ISUP nature of address 3).
    National,
}

/// A number as it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawNumber<'a> {
    /// The digits with whatever stands between them: visual separators (RFC 3966 §5.1.1), escapes
    /// (RFC 3986 §2.1), a leading `+`.
    pub text: &'a str,
    /// What the signalling says the digits are; a leading `+` outranks it.
    pub nature: Nature,
    /// The `phone-context` parameter (RFC 3966 §5.1.5).
    pub context: Option<&'a str>,
}

impl<'a> RawNumber<'a> {
    /// Digits as a person dials them, or with a leading `+`.
    pub const fn dialled(text: &'a str) -> Self {
        Self { text, nature: Nature::Dialled, context: None }
    }

    /// Digits that begin with a country code.
    pub const fn international(text: &'a str) -> Self {
        Self { text, nature: Nature::International, context: None }
    }

    /// Digits of a national (significant) number.
    pub const fn national(text: &'a str) -> Self {
        Self { text, nature: Nature::National, context: None }
    }

    /// The number that a URI names: `tel:`, the user part of `sip:` and `sips:` (with or without
    /// `user=phone`), or the emergency digits behind `urn:service:sos`.
    ///
    /// This is no parser of URIs, and must not become one: it looks only where digits may stand,
    /// and is there for a call to be classified before anything else is read. Whatever a parser
    /// would refuse in the rest of the URI, a 112 in it is an emergency, as it is before an octet
    /// that is no text, which reads as U+FFFD; and `route 112` and the
    /// exchange's side have no SIP message at all. For every URI that `sip_parser` takes, both
    /// find the same number: a property test in `interworking`, which knows both, holds them to it.
    pub fn from_uri(uri: &'a str) -> Option<Self> {
        if let Some(number) = service_number(uri) {
            return Some(Self::dialled(number));
        }
        let (scheme, rest) = uri.split_once(':')?;
        let subscriber = if scheme.eq_ignore_ascii_case("tel") {
            rest.split('?').next()?
        } else if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
            // The user part may hold telephone-subscriber parameters (RFC 3261 §19.1.6), and `:`
            // begins the password.
            let (user, _) = rest.split_once('@')?;
            user.split(':').next()?
        } else {
            return None;
        };
        let mut parts = subscriber.split(';');
        let text = parts.next()?.split(UNREADABLE).next()?;
        let context = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("phone-context"))
            .map(|(_, value)| value);
        Some(Self { text, nature: Nature::Dialled, context })
    }
}

/// The emergency digits behind a service URN (RFC 5031 §4.2), whose case does not matter; a
/// sub-service that we do not know is an emergency all the same and goes to 112.
pub fn service_number(uri: &str) -> Option<&'static str> {
    const SOS: &str = "urn:service:sos";
    let head = uri.get(..SOS.len())?;
    if !head.eq_ignore_ascii_case(SOS) {
        return None;
    }
    let tail = uri.get(SOS.len()..)?;
    let tail = tail.split([';', '?', '#', UNREADABLE]).next().unwrap_or_default();
    if !tail.is_empty() && !tail.starts_with('.') {
        return None;
    }
    let service = tail.get(1..).and_then(|tail| tail.split('.').next()).unwrap_or_default();
    // RFC 5031 §4.2: the first label is the service, further labels only refine it.
    let numbers = [("police", "17"), ("fire", "18"), ("ambulance", "15")];
    let number = numbers.iter().find(|(label, _)| service.eq_ignore_ascii_case(label));
    Some(number.map_or("112", |(_, number)| number))
}

/// The numbering plan around us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normaliser {
    /// Our country code.
    pub country: String,
    /// Dialled before a national (significant) number.
    pub national_prefix: String,
    /// Dialled before a country code.
    pub international_prefix: String,
    /// How many digits every national (significant) number has, where all have as many.
    pub national_length: Option<u8>,
}

impl Default for Normaliser {
    /// France.
    fn default() -> Self {
        Self {
            country: "33".to_owned(),
            national_prefix: "0".to_owned(),
            international_prefix: "00".to_owned(),
            national_length: Some(9),
        }
    }
}

/// Short numbers are shorter than any national (significant) number: 2 to 6 digits in France
/// (15, 112, 3949, 116117).
const SHORT_MAX: usize = 6;

impl Normaliser {
    /// The one form of a number that the rest of the system compares.
    pub fn normalise(&self, raw: RawNumber<'_>) -> Result<Number, NumberError> {
        let (plus, digits) = strip(raw.text)?;
        if plus {
            return digits.finish(NumberKind::International);
        }
        if let Some(context) = raw.context.filter(|context| context.starts_with('+')) {
            return self.in_context(context, &digits);
        }
        match raw.nature {
            Nature::International => digits.finish(NumberKind::International),
            Nature::National => self.national(digits),
            Nature::Dialled => self.dialled(digits),
        }
    }

    /// The national (significant) number behind an E.164 number of our country.
    pub fn national_significant<'n>(&self, number: &'n Number) -> Option<&'n str> {
        match number.kind() {
            NumberKind::International => number.digits().strip_prefix(self.country.as_str()),
            NumberKind::Short | NumberKind::Unknown => None,
        }
    }

    /// RFC 3966 §5.1.5: a context of digits is the prefix that makes a local number global. Short
    /// numbers of our own country stay short: nobody can be reached at +33112.
    fn in_context(&self, context: &str, local: &Builder) -> Result<Number, NumberError> {
        let (_, context) = strip(context)?;
        if context.as_str() == self.country {
            return self.dialled(*local);
        }
        let mut global = context;
        global.extend(local.as_str())?;
        global.finish(NumberKind::International)
    }

    fn dialled(&self, digits: Builder) -> Result<Number, NumberError> {
        let text = digits.as_str();
        if let Some(rest) = prefixed(text, &self.international_prefix) {
            return Number::international(rest);
        }
        if let Some(rest) = prefixed(text, &self.national_prefix) {
            let mut global = Builder::default();
            global.extend(&self.country)?;
            global.extend(rest)?;
            return global.finish(NumberKind::International);
        }
        let short = text.len() <= SHORT_MAX;
        digits.finish(if short { NumberKind::Short } else { NumberKind::Unknown })
    }

    fn national(&self, digits: Builder) -> Result<Number, NumberError> {
        if digits.as_str().len() <= SHORT_MAX {
            return digits.finish(NumberKind::Short);
        }
        let mut global = Builder::default();
        global.extend(&self.country)?;
        global.extend(digits.as_str())?;
        global.finish(NumberKind::International)
    }
}

/// What follows a dialling prefix; an empty prefix is none.
fn prefixed<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    if prefix.is_empty() {
        return None;
    }
    text.strip_prefix(prefix).filter(|rest| !rest.is_empty())
}

/// Takes out separators and escapes; says whether a `+` came first.
fn strip(text: &str) -> Result<(bool, Builder), NumberError> {
    let mut digits = Builder::default();
    let mut plus = false;
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        let octet = if octet == b'%' { unescape(&mut octets)? } else { octet };
        match octet {
            b'-' | b'.' | b'(' | b')' | b' ' => {}
            b'+' if !plus && digits.as_str().is_empty() => plus = true,
            other => digits.push(other)?,
        }
    }
    if digits.as_str().is_empty() { Err(NumberError::Empty) } else { Ok((plus, digits)) }
}

fn unescape(octets: &mut std::str::Bytes<'_>) -> Result<u8, NumberError> {
    let mut hex = || octets.next().and_then(|octet| char::from(octet).to_digit(16));
    let (high, low) = (hex(), hex());
    let value = high.zip(low).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
    value.ok_or(NumberError::NotADigit)
}

#[cfg(test)]
mod tests;
