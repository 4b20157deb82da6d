use isup_codec::{CalledPartyNumber, Digits, NatureOfAddress};

/// The country whose numbers the exchange serves.
const COUNTRY: &str = "33";

/// The national significant number that a caller dialled, however it travelled.
pub(crate) fn national(called: &CalledPartyNumber) -> &str {
    let digits = called.digits.as_str();
    let prefix = match called.nature {
        NatureOfAddress::INTERNATIONAL => COUNTRY,
        NatureOfAddress::UNKNOWN | NatureOfAddress::SUBSCRIBER => "0",
        _ => "",
    };
    digits.strip_prefix(prefix).unwrap_or(digits)
}

/// The national significant number of what an operator typed: `+33199008001`, `0199008001` or
/// `199008001`. None: not a number of this country.
pub(crate) fn parse(text: &str) -> Option<Digits> {
    let national = match text.strip_prefix('+') {
        Some(international) => international.strip_prefix(COUNTRY)?,
        None => text.strip_prefix('0').unwrap_or(text),
    };
    let is_number = (1..=LENGTH_MAX).contains(&national.len())
        && national.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { national.parse().ok() } else { None }
}

/// E.164 §6.1: 15 digits with the country code.
const LENGTH_MAX: usize = 15 - COUNTRY.len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_typed() {
        for text in ["+33199008001", "0199008001", "199008001"] {
            assert_eq!(parse(text).unwrap(), "199008001");
        }
        for text in ["", "+", "+33", "0", "+44199008001", "+33 199", "19900B001", "12345678901234"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_as_signalled() {
        let called = |nature, digits: &str| {
            national(&CalledPartyNumber::new(nature, digits.parse().unwrap())).to_owned()
        };
        assert_eq!(called(NatureOfAddress::NATIONAL, "199000000"), "199000000");
        assert_eq!(called(NatureOfAddress::INTERNATIONAL, "33199000000"), "199000000");
        assert_eq!(called(NatureOfAddress::UNKNOWN, "0199000000"), "199000000");
        assert_eq!(called(NatureOfAddress::SUBSCRIBER, "0199000000"), "199000000");
    }
}
