//! The published crate `itu-isup` reads the same messages, and finds the same parameters in them.

use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, Cic, MessageType, Parameter, ParameterName, View, key,
    variants,
};
use itu_isup::{CauseIndicators, IsupError, Message, Number};
use proptest::prelude::*;

/// The types that it models.
const COVERED: [MessageType; 23] = [
    MessageType::IAM,
    MessageType::INR,
    MessageType::INF,
    MessageType::ACM,
    MessageType::CON,
    MessageType::FOT,
    MessageType::ANM,
    MessageType::REL,
    MessageType::SUS,
    MessageType::RES,
    MessageType::RLC,
    MessageType::RSC,
    MessageType::BLO,
    MessageType::UBL,
    MessageType::BLA,
    MessageType::UBA,
    MessageType::GRS,
    MessageType::GRA,
    MessageType::CGB,
    MessageType::CGU,
    MessageType::CGBA,
    MessageType::CGUA,
    MessageType::CPG,
];

/// Where the two are known to differ; ours is as Q.763 has it, or kinder to an older peer.
fn is_known_difference(octets: &[u8], ours: bool, theirs: &Result<Message, IsupError>) -> bool {
    let layout = octets.get(2).and_then(|code| MessageType(*code).layout());
    let Some(layout) = layout.filter(|layout| layout.optional.is_some()) else { return false };
    let fixed: usize = layout.fixed.iter().map(|(_, length)| usize::from(*length)).sum();
    let pointer = 3 + fixed + layout.variable.len();
    match octets.get(pointer) {
        // 1. A message of an older version ends before the pointer to the optional part.
        None => ours && theirs.is_err(),
        // 2. That pointer leads past the end: it takes that for no optional part.
        Some(distance) => !ours && pointer + usize::from(*distance) >= octets.len(),
    }
}

fn check(octets: &[u8]) -> Result<(), TestCaseError> {
    let ours = View::parse(octets, &variants::ITU);
    let theirs = Message::decode(octets);
    if is_known_difference(octets, ours.is_ok(), &theirs) {
        return Ok(());
    }
    prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} and {:?}", ours, theirs);
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return Ok(()) };
    prop_assert_eq!(ours.cic(), Cic(theirs.cic));
    prop_assert_eq!(ours.message_type().0, theirs.message_type.value());
    let parts = [&theirs.mandatory_fixed, &theirs.mandatory_variable, &theirs.optional];
    let theirs: Vec<_> = parts.into_iter().flatten().collect();
    let found: Vec<_> = ours.parameters().collect();
    prop_assert_eq!(found.len(), theirs.len());
    for (ours, theirs) in found.iter().zip(theirs) {
        prop_assert_eq!((ours.name.0, ours.octets), (theirs.code.value(), &theirs.value[..]));
        same_value(ours, theirs)?;
    }
    Ok(())
}

fn fail(error: IsupError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// What both look into. It refuses no number and no cause that has two octets, so only what we
/// read is compared.
fn same_value(ours: &Parameter<'_>, theirs: &itu_isup::Parameter) -> Result<(), TestCaseError> {
    match ours.name {
        ParameterName::CALLED_PARTY_NUMBER => {
            let Some(number) = ours.get(key::CALLED_PARTY_NUMBER) else { return Ok(()) };
            let CalledPartyNumber { nature, inn_allowed, plan, complete, digits } = number;
            let theirs = Number::decode(&theirs.value).map_err(fail)?;
            prop_assert_eq!(nature.0, theirs.nature_of_address);
            prop_assert_eq!((!inn_allowed, plan), (theirs.inn(), theirs.numbering_plan()));
            // 3. ST is a digit to it, and what follows ST too.
            let signals = theirs.digits.to_uppercase();
            let known = signals.split_once('F').map_or((&*signals, false), |(all, _)| (all, true));
            prop_assert_eq!((digits.as_str(), complete), known);
        }
        ParameterName::CALLING_PARTY_NUMBER => {
            let Some(number) = ours.get(key::CALLING_PARTY_NUMBER) else { return Ok(()) };
            let CallingPartyNumber { nature, incomplete, plan, presentation, screening, digits } =
                number;
            let theirs = Number::decode(&theirs.value).map_err(fail)?;
            prop_assert_eq!(nature.0, theirs.nature_of_address);
            prop_assert_eq!((incomplete, plan), (theirs.ni(), theirs.numbering_plan()));
            let shown = (presentation.0, screening.0);
            prop_assert_eq!(shown, (theirs.presentation(), theirs.screening()));
            prop_assert_eq!(digits.as_str(), theirs.digits.to_uppercase());
        }
        ParameterName::CAUSE_INDICATORS => {
            let Some(cause) = ours.get(key::CAUSE_INDICATORS) else { return Ok(()) };
            // 4. It does not know octet 1a (Q.850 §2.1).
            if cause.recommendation.is_some() {
                return Ok(());
            }
            let theirs = CauseIndicators::decode(&theirs.value).map_err(fail)?;
            prop_assert_eq!(cause.cause.0, theirs.cause_value);
            let place = (theirs.location, theirs.coding_standard);
            prop_assert_eq!((cause.location, cause.coding), place);
            prop_assert_eq!(&cause.diagnostic[..], theirs.diagnostics);
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Noise with the type of a message that both know, most of it short enough to be one.
    #[test]
    fn both_find_the_same(
        code in prop::sample::select(&COVERED[..]),
        octets in prop::collection::vec(prop_oneof![3 => 0u8..20, 1 => any::<u8>()], 2..60),
    ) {
        let mut octets = octets;
        octets.insert(2, code.0);
        check(&octets)?;
    }
}

/// A message of each type that we write is read there.
#[test]
fn what_we_write_is_read_there() {
    let fixed: [(&[u8], usize); 4] = [
        (&[1, 0, 1, 0, 0x20, 0, 0x0a, 0, 2, 9, 7, 3, 0x10, 0x91, 9, 0, 0, 0xf1, 0x3d, 1, 20, 0], 6),
        (&[1, 0, 6, 0x16, 0x11, 1, 0x29, 1, 1, 0x12, 2, 0x82, 0x96, 0], 3),
        (&[1, 0, 0x0c, 2, 0, 2, 0x80, 0x91], 1),
        (&[1, 0, 0x18, 1, 1, 3, 8, 1, 1], 2),
    ];
    for (octets, parameters) in fixed {
        check(octets).unwrap();
        let (cic, message) = isup_codec::decode(octets).unwrap();
        assert_eq!(isup_codec::encode(cic, &message).unwrap(), octets);
        let theirs = Message::decode(octets).unwrap();
        assert_eq!(theirs.encode().unwrap(), octets);
        let view = View::parse(octets, &variants::ITU).unwrap();
        assert_eq!(view.parameters().count(), parameters);
    }
}
