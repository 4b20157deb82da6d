//! A message as it lies in its octets, and as a trace prints it.

use super::strategy::sample_payload;
use crate::*;

#[test]
fn parameters_have_names_parts_and_places() {
    let payload = sample_payload(
        33,
        MessageType::IAM,
        &[ParameterName::CALLING_PARTY_NUMBER, ParameterName::HOP_COUNTER],
    );
    let view = View::parse(&payload, &variants::ITU).unwrap();
    assert_eq!((view.cic(), view.message_type()), (Cic(33), MessageType::IAM));
    let found: Vec<_> = view.parameters().map(|p| (p.part, p.name, p.at)).collect();
    assert_eq!(
        found,
        [
            (Part::Fixed, ParameterName::NATURE_OF_CONNECTION_INDICATORS, 3),
            (Part::Fixed, ParameterName::FORWARD_CALL_INDICATORS, 4),
            (Part::Fixed, ParameterName::CALLING_PARTYS_CATEGORY, 6),
            (Part::Fixed, ParameterName::TRANSMISSION_MEDIUM_REQUIREMENT, 7),
            (Part::Variable, ParameterName::CALLED_PARTY_NUMBER, 11),
            (Part::Optional, ParameterName::CALLING_PARTY_NUMBER, 20),
            (Part::Optional, ParameterName::HOP_COUNTER, 30),
        ]
    );
    assert_eq!(view.get(key::HOP_COUNTER), Some(20));
    assert_eq!(view.get(key::CALLED_PARTY_NUMBER).unwrap().digits, "199000001");
    assert_eq!(view.get(key::GENERIC_NUMBER), None);
    assert_eq!(view.find(ParameterName::HOP_COUNTER).unwrap().get(key::PIVOT_COUNTER), None);
}

#[test]
fn a_trace_names_everything() {
    let payload = sample_payload(
        33,
        MessageType::IAM,
        &[ParameterName::CALLING_PARTY_NUMBER, ParameterName::HOP_COUNTER],
    );
    let view = View::parse(&payload, &variants::ITU).unwrap();
    assert_eq!(
        view.to_string(),
        "IAM on circuit 33: nature of connection indicators: satellites 1, continuity check \
         indicator: continuity check performed on a previous circuit, outgoing echo control \
         device included; forward call indicators: ISUP used all the way, ISUP preference \
         indicator: ISUP required all the way, originating access ISDN; calling party's category: \
         calling subscriber with priority; transmission medium requirement: 3.1 kHz audio; called \
         party number: 199000001 (national (significant) number, complete); calling party number: \
         33639980001 (international number, presentation restricted, user provided, verified and \
         passed); hop counter: 20"
    );
    let tree = format!("{view:#}");
    assert_eq!(tree.lines().count(), 8);
    assert!(tree.lines().any(|line| line == "   30 hop counter: 20"), "{tree}");
    let unknown = [5, 0, 0xfe, 1, 2];
    let view = View::parse(&unknown, &variants::ITU).unwrap();
    assert_eq!(view.to_string(), "message 0xfe on circuit 5: 01 02");
    assert_eq!(view.parameters().count(), 0);
    let rsc = View::parse(&[5, 0, 0x12], &variants::ITU).unwrap();
    assert_eq!(rsc.to_string(), "RSC on circuit 5");
    assert_eq!(Message::Rsc.to_string(), "RSC");
}

/// Every message type with every parameter of its table is printed without falling back on octets.
#[test]
fn every_message_is_printed() {
    for message_type in Message::TYPED {
        let Some(layout) = message_type.layout() else { continue };
        for name in layout.optional.iter().flat_map(|names| names.iter()) {
            let payload = sample_payload(1, *message_type, &[*name]);
            let view = View::parse(&payload, &variants::ITU).unwrap();
            let text = view.to_string();
            assert!(text.contains(name.name().unwrap()) && !text.contains("unreadable"), "{text}");
            assert!(layout.expects(*name));
        }
        assert!(!layout.expects(ParameterName(0xee)));
    }
}

#[test]
fn errors_say_where() {
    let at = |octets: &[u8]| View::parse(octets, &variants::ITU).unwrap_err().at;
    assert_eq!(at(&[1]), 1);
    assert_eq!(at(&[1, 0]), 2);
    // A pointer past the end, at octet 3.
    assert_eq!(at(&[1, 0, 0x0c, 9, 0]), 3);
    // The length of the cause, at octet 5.
    assert_eq!(at(&[1, 0, 0x0c, 2, 0, 7, 0x80]), 5);
    // The length of an optional parameter, at octet 5.
    assert_eq!(at(&[1, 0, 0x10, 1, 0x12, 9, 0x80, 0]), 5);
}

/// Q.763 Table 44: the message within is printed too, but no such message within another.
#[test]
fn what_is_passed_along_is_a_message() {
    let view = View::parse(&[5, 0, 0x28, 0x0c, 2, 0, 2, 0x80, 0x91], &variants::ITU).unwrap();
    let text = "PAM on circuit 5: REL on circuit 5: cause indicators: 17 (user busy), location 0";
    assert_eq!(view.to_string(), text);
    assert_eq!(view.passed_along().unwrap().message_type(), MessageType::REL);
    for (octets, text) in [
        (&[5, 0, 0x28, 0x28, 0x0c][..], "PAM on circuit 5: 28 0c"),
        (&[5, 0, 0x28, 0x0c, 9][..], "PAM on circuit 5: 0c 09"),
        (&[5, 0, 0x28][..], "PAM on circuit 5"),
    ] {
        let view = View::parse(octets, &variants::ITU).unwrap();
        assert_eq!((view.to_string().as_str(), view.passed_along().is_none()), (text, true));
    }
}

/// The longest message of the shortest parameters: the bench `hostile` says what it costs.
#[test]
fn as_many_parameters_as_a_message_has_room_for() {
    let mut payload = vec![1, 0, MessageType::FAC.0, 1];
    for code in (1..=u8::MAX).cycle().take((MAX_LENGTH - 5) / 2) {
        payload.extend([code, 0]);
    }
    payload.push(0);
    for variant in variants::ALL {
        let view = View::parse(&payload, variant).unwrap();
        assert_eq!(view.parameters().count(), (MAX_LENGTH - 5) / 2);
        assert_eq!(view.get(key::GENERIC_DIGITS), None);
        assert!(view.to_string().len() < 40 * MAX_LENGTH);
        let (cic, message) = variant.decode(&payload).unwrap();
        assert_eq!(variant.encode(cic, &message).unwrap(), payload);
    }
}
