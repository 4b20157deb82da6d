//! Which called numbers of the switched network nothing can follow.

use crate::NumberFormat;
use isup::NumberPlan;
use isup_codec::{Digits, NatureOfAddress};
use routing::Plan;

/// Natures of address under which a number is written as it is dialled.
const DIALLED: [NatureOfAddress; 3] =
    [NatureOfAddress::SUBSCRIBER, NatureOfAddress::UNKNOWN, NatureOfAddress::NETWORK_SPECIFIC];

impl NumberFormat {
    /// The emergency numbers and the numbers of the answering points, in whatever form exchanges
    /// send them, and the length of our country's numbers: none of these waits for ST or T10.
    pub fn complete_numbers(&self, plan: &Plan) -> NumberPlan {
        let mut numbers = NumberPlan::default();
        let normaliser = &self.normaliser;
        let (country, trunk) = (&normaliser.country, &normaliser.national_prefix);
        let mut add = |nature: NatureOfAddress, text: &str| {
            if let Ok(digits) = text.parse::<Digits>() {
                numbers.add(nature, digits);
            }
        };
        for service in plan.service_numbers() {
            add(NatureOfAddress::NATIONAL, service);
            add(NatureOfAddress::INTERNATIONAL, &format!("{country}{service}"));
            DIALLED.into_iter().for_each(|nature| add(nature, service));
        }
        for long in plan.long_numbers() {
            let Some(national) = normaliser.national_significant(long) else { continue };
            add(NatureOfAddress::NATIONAL, national);
            add(NatureOfAddress::INTERNATIONAL, long.digits());
            DIALLED.into_iter().for_each(|nature| add(nature, &format!("{trunk}{national}")));
        }
        if let Some(length) = normaliser.national_length {
            numbers.set_length(NatureOfAddress::NATIONAL, length.into());
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emergency_numbers_are_whole_in_every_form() {
        let plan = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
            *,112,europe,+33199009400,+33199009401,,\n*,114,deaf,+33199009500,,,\n";
        let numbers = NumberFormat::default().complete_numbers(&Plan::parse(plan).unwrap());
        let whole = |nature, digits: &str| numbers.is_whole(nature, &digits.parse().unwrap());
        for digits in ["112", "15", "17", "18", "114", "199009400", "199009401"] {
            assert!(whole(NatureOfAddress::NATIONAL, digits), "{digits}");
        }
        for digits in ["112", "15", "114", "0199009400"] {
            assert!(whole(NatureOfAddress::UNKNOWN, digits), "{digits}");
        }
        assert!(whole(NatureOfAddress::INTERNATIONAL, "33112"));
        assert!(whole(NatureOfAddress::INTERNATIONAL, "33199009400"));
        assert!(whole(NatureOfAddress::NATIONAL, "199000000"));
        for digits in ["1", "11", "19900940", "3", "11500000"] {
            assert!(!whole(NatureOfAddress::NATIONAL, digits), "{digits}");
        }
    }
}
