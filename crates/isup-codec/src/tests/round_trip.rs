use super::strategy::{message_type, payloads};
use crate::{Cic, EncodeError, Message, Variant, View, decode, encode, variants};
use proptest::prelude::*;

proptest! {
    /// Every message with every parameter comes back octet by octet.
    #[test]
    fn what_is_read_is_written_back(payload in payloads()) {
        let (cic, message) = decode(&payload).unwrap();
        prop_assert_eq!(encode(cic, &message).unwrap(), payload.clone(), "{}", message);
        let view = View::parse(&payload, &variants::ITU).unwrap();
        prop_assert_eq!(view.message_type(), message.message_type());
        prop_assert!(!view.to_string().contains("unreadable"), "{}", view);
    }

    /// What could be read can be written, and says the same: nothing that was understood is lost.
    #[test]
    fn what_is_read_from_noise_can_be_passed_on(
        octets in proptest::collection::vec(any::<u8>(), 0..280),
        code in message_type(),
        typed: bool,
    ) {
        let mut octets = octets;
        if let (true, Some(octet)) = (typed, octets.get_mut(2)) {
            *octet = code.0;
        }
        read_and_pass_on(&octets)?;
    }

    #[test]
    fn a_damaged_message_is_read_or_refused(
        payload in payloads(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
        truncate: bool,
    ) {
        let mut octets = payload;
        for (at, octet) in damage {
            *at.get_mut(&mut octets) = octet;
        }
        if truncate {
            octets.truncate(length.index(octets.len()));
        }
        read_and_pass_on(&octets)?;
    }
}

fn read_and_pass_on(octets: &[u8]) -> Result<(), TestCaseError> {
    let view = View::parse(octets, &variants::ITU);
    if let Ok(view) = &view {
        for parameter in view.parameters() {
            let found = octets.get(parameter.at..parameter.at + parameter.octets.len());
            prop_assert_eq!(found, Some(parameter.octets));
        }
        let texts = (format!("{view}"), format!("{view:#}"));
        prop_assert!(!texts.0.is_empty() && !texts.1.is_empty());
    }
    for variant in variants::ALL {
        if let Ok((cic, message)) = variant.decode(octets) {
            written_again(variant, cic, message)?;
        }
    }
    match decode(octets) {
        Ok((cic, _)) => prop_assert_eq!(view.unwrap().cic(), cic),
        Err(error) => {
            prop_assert_eq!(error.cic.is_some(), octets.len() >= 2);
            prop_assert_eq!(error.message_type.is_some(), octets.len() >= 3);
            prop_assert!(error.at <= octets.len(), "{}", error);
        }
    }
    Ok(())
}

fn written_again(variant: &Variant, cic: Cic, message: Message) -> Result<(), TestCaseError> {
    match variant.encode(cic, &message) {
        Ok(again) => prop_assert_eq!(variant.decode(&again), Ok((cic, message))),
        // Parameters may overlap in what was read, never in what we write.
        Err(error) => {
            prop_assert!(matches!(error, EncodeError::TooLong { .. }), "{}", error);
        }
    }
    Ok(())
}
