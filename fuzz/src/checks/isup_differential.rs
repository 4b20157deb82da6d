//! An ISUP message as the published crate `itu-isup` reads it: the same is refused, the same
//! parameters are found in what is not, and they say the same. Where the two differ is numbered.

use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, Cic, MessageType, Parameter, ParameterName, View, key,
    variants,
};
use itu_isup::{CauseIndicators, IsupError, Message, Number};

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

/// Whatever type a message has, it is taken for one that both know.
pub(super) fn check(octets: &[u8]) {
    let mut covered = octets.to_vec();
    if let Some(code) = covered.get_mut(2)
        && !COVERED.contains(&MessageType(*code))
    {
        *code = COVERED[usize::from(*code) % COVERED.len()].0;
    }
    compare(&covered);
}

fn compare(octets: &[u8]) {
    let ours = View::parse(octets, &variants::ITU);
    let theirs = Message::decode(octets);
    if is_known_difference(octets, ours.is_ok(), &theirs) {
        return;
    }
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} and {:?}", ours, theirs);
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
    assert_eq!(ours.cic(), Cic(theirs.cic));
    assert_eq!(ours.message_type().0, theirs.message_type.value());
    let parts = [&theirs.mandatory_fixed, &theirs.mandatory_variable, &theirs.optional];
    let theirs: Vec<_> = parts.into_iter().flatten().collect();
    let found: Vec<_> = ours.parameters().collect();
    assert_eq!(found.len(), theirs.len());
    for (ours, theirs) in found.iter().zip(theirs) {
        assert_eq!((ours.name.0, ours.octets), (theirs.code.value(), &theirs.value[..]));
        same_value(ours, theirs);
    }
}

/// What both look into. It refuses no number and no cause that has two octets, so only what we
/// read is compared.
fn same_value(ours: &Parameter<'_>, theirs: &itu_isup::Parameter) {
    match ours.name {
        ParameterName::CALLED_PARTY_NUMBER => {
            let Some(number) = ours.get(key::CALLED_PARTY_NUMBER) else { return };
            let CalledPartyNumber { nature, inn_allowed, plan, complete, digits } = number;
            let theirs = Number::decode(&theirs.value).expect("ours can be read");
            assert_eq!(nature.0, theirs.nature_of_address);
            assert_eq!((!inn_allowed, plan), (theirs.inn(), theirs.numbering_plan()));
            // 3. ST is a digit to it, and what follows ST too.
            let signals = theirs.digits.to_uppercase();
            let known = signals.split_once('F').map_or((&*signals, false), |(all, _)| (all, true));
            assert_eq!((digits.as_str(), complete), known);
        }
        ParameterName::CALLING_PARTY_NUMBER => {
            let Some(number) = ours.get(key::CALLING_PARTY_NUMBER) else { return };
            let CallingPartyNumber { nature, incomplete, plan, presentation, screening, digits } =
                number;
            let theirs = Number::decode(&theirs.value).expect("ours can be read");
            assert_eq!(nature.0, theirs.nature_of_address);
            assert_eq!((incomplete, plan), (theirs.ni(), theirs.numbering_plan()));
            let shown = (presentation.0, screening.0);
            assert_eq!(shown, (theirs.presentation(), theirs.screening()));
            assert_eq!(digits.as_str(), theirs.digits.to_uppercase());
        }
        ParameterName::CAUSE_INDICATORS => {
            let Some(cause) = ours.get(key::CAUSE_INDICATORS) else { return };
            // 4. It does not know octet 1a (Q.850 §2.1).
            if cause.recommendation.is_some() {
                return;
            }
            let theirs = CauseIndicators::decode(&theirs.value).expect("ours can be read");
            assert_eq!(cause.cause.0, theirs.cause_value);
            let place = (theirs.location, theirs.coding_standard);
            assert_eq!((cause.location, cause.coding), place);
            assert_eq!(&cause.diagnostic[..], theirs.diagnostics);
        }
        _ => {}
    }
}
