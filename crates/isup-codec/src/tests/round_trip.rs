use super::strategy::{cic, message};
use crate::{EncodeError, decode, encode};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_written_is_read_back(cic in cic(), message in message()) {
        let octets = encode(cic, &message).unwrap();
        prop_assert_eq!(decode(&octets), Ok((cic, message)));
    }

    /// What could be read can be written, and says the same: nothing that was understood is lost.
    #[test]
    fn what_is_read_from_noise_can_be_passed_on(
        octets in proptest::collection::vec(any::<u8>(), 0..280),
        code in proptest::sample::select(crate::Message::TYPED),
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
        cic in cic(),
        message in message(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in any::<prop::sample::Index>(),
        truncate: bool,
    ) {
        let mut octets = encode(cic, &message).unwrap().to_vec();
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
    match decode(octets) {
        Ok((cic, message)) => match encode(cic, &message) {
            Ok(again) => prop_assert_eq!(decode(&again), Ok((cic, message))),
            // Parameters may overlap in what was read, never in what we write.
            Err(error) => {
                prop_assert!(matches!(error, EncodeError::TooLong { .. }), "{}", error);
            }
        },
        Err(error) => {
            prop_assert_eq!(error.cic.is_some(), octets.len() >= 2);
            prop_assert_eq!(error.message_type.is_some(), octets.len() >= 3);
            prop_assert!(!error.to_string().is_empty());
        }
    }
    Ok(())
}
