//! The optional part: what is not touched stays as it came.

use crate::*;
use base::Cause;

fn rel(octets: &[u8]) -> Rel {
    let mut payload = vec![1, 0, MessageType::REL.0, 2, 4, 2, 0x80, 0x90];
    payload.extend(octets);
    payload.push(0);
    let (_, message) = decode(&payload).unwrap();
    assert_eq!(encode(Cic(1), &message).unwrap(), payload);
    let Message::Rel(rel) = message else { panic!("{message:?}") };
    rel
}

fn octets_of(options: &Options) -> Vec<(u8, Vec<u8>)> {
    options.iter().map(|(name, contents)| (name.0, contents.to_vec())).collect()
}

/// Options that nobody knows, that come twice, or that are malformed stay as they are.
#[test]
fn what_is_not_understood_is_kept() {
    let rel = rel(&[0xee, 2, 1, 2, 0x27, 2, 1, 2, 0x27, 1, 1, 0xef, 0]);
    // The first congestion level has an octet too many.
    assert_eq!(rel.get(key::AUTOMATIC_CONGESTION_LEVEL), None);
    assert_eq!(rel.options.all(key::AUTOMATIC_CONGESTION_LEVEL).collect::<Vec<_>>(), [1]);
    assert!(rel.options.contains(ParameterName(0xef)));
    assert!(!rel.options.contains(ParameterName(0xf0)));
}

#[test]
fn a_parameter_takes_the_place_of_those_of_its_name() {
    let mut rel = rel(&[0x1e, 2, 1, 0, 0x27, 1, 1, 0xee, 0, 0x27, 1, 2]);
    rel.set(key::AUTOMATIC_CONGESTION_LEVEL, &2);
    let expected = [(0x1e, vec![1, 0]), (0x27, vec![2]), (0xee, vec![])];
    assert_eq!(octets_of(&rel.options), expected);
    rel.set(
        key::HTR_INFORMATION,
        &HtrInformation {
            nature: NatureOfAddress::NATIONAL,
            plan: plan::ISDN,
            digits: "12".parse().unwrap(),
        },
    );
    rel.options.remove(ParameterName(0xee));
    let expected = [(0x1e, vec![1, 0]), (0x27, vec![2]), (0x82, vec![3, 0x10, 0x21])];
    assert_eq!(octets_of(&rel.options), expected);
    rel.options.retain(|_, contents| contents.len() == 1);
    assert_eq!(octets_of(&rel.options), [(0x27, vec![2])]);
}

#[test]
fn some_come_more_than_once() {
    let number = |qualifier| GenericNumber {
        qualifier,
        number: CallingPartyNumber::new(NatureOfAddress::NATIONAL, "199000001".parse().unwrap()),
    };
    let cause = CauseIndicators::new(Cause::NORMAL_CLEARING, location::USER);
    let mut rel = Rel::new(cause);
    let both = [NumberQualifier::ADDITIONAL_CALLING, NumberQualifier::ADDITIONAL_CALLED];
    for qualifier in both {
        rel.options.add(key::GENERIC_NUMBER, &number(qualifier));
    }
    let found = rel.options.all(key::GENERIC_NUMBER).map(|number| number.qualifier);
    assert_eq!(found.collect::<Vec<_>>(), both);
    assert_eq!(rel.get(key::GENERIC_NUMBER), Some(number(both[0])));
}

/// ST among the signals of a calling party number means nothing; the number is kept unread.
#[test]
fn an_unreadable_calling_number_does_not_cost_the_call() {
    let octets =
        [1, 0, 1, 0, 0x20, 0, 0x0a, 0, 2, 5, 3, 0x83, 0x90, 0xf1, 0x0a, 3, 3, 0x13, 0xf1, 0];
    let (_, message) = decode(&octets).unwrap();
    let Message::Iam(iam) = &message else { panic!("{message:?}") };
    assert_eq!(iam.get(key::CALLING_PARTY_NUMBER), None);
    assert!(iam.options.contains(ParameterName::CALLING_PARTY_NUMBER));
    assert_eq!(iam.called.digits, "1");
    assert!(message.to_string().contains("calling party number: unreadable 03 13 f1"));
}
