//! Whether what a caller wants to send can be carried as speech.

use base::Cause;
use call::{Release, location};
use isup_codec::{Iam, TransmissionMedium, UserServiceInformation, key};

/// Information transfer capabilities that carry what is heard (Q.931 Table 4-6): speech, 3.1 kHz
/// audio.
const HEARD: [u8; 2] = [0x00, 0x10];

/// Refuses a call that needs more than speech: there is no clear channel through RTP here. A call
/// that would rather have more and says what it falls back to is taken (Q.764 §2.1.3).
pub fn speech_of_iam(iam: &Iam) -> Result<(), Release> {
    let is_heard =
        |medium| matches!(medium, TransmissionMedium::SPEECH | TransmissionMedium::AUDIO_3100);
    let fallback = iam.get(key::TRANSMISSION_MEDIUM_REQUIREMENT_PRIME);
    let refused = |cause| Err(Release::new(cause).at(location::TRANSIT));
    if !is_heard(iam.medium) {
        let falls_back = iam.medium == TransmissionMedium::PREFERRED_64K;
        if !falls_back || !fallback.is_some_and(is_heard) {
            return refused(Cause::BEARER_NOT_IMPLEMENTED);
        }
        return Ok(());
    }
    // The exchanges before us promised speech; the terminal sends something else.
    let of_terminal: Option<UserServiceInformation> = iam.get(key::USER_SERVICE_INFORMATION);
    if of_terminal.is_some_and(|usi| usi.coding == 0 && !HEARD.contains(&usi.capability)) {
        return refused(Cause::INCOMPATIBLE_DESTINATION);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use isup_codec::{CalledPartyNumber, CallingPartysCategory, NatureOfAddress};

    fn cause(medium: TransmissionMedium, prime: Option<u8>, capability: Option<u8>) -> Option<u8> {
        let called =
            CalledPartyNumber::new(NatureOfAddress::NATIONAL, "199000000".parse().unwrap());
        let mut iam = Iam { medium, ..Iam::new(called, CallingPartysCategory::ORDINARY) };
        if let Some(prime) = prime {
            let prime = TransmissionMedium(prime);
            iam.set(key::TRANSMISSION_MEDIUM_REQUIREMENT_PRIME, &prime);
        }
        if let Some(capability) = capability {
            let usi = UserServiceInformation { capability, ..UserServiceInformation::speech() };
            iam.set(key::USER_SERVICE_INFORMATION, &usi);
        }
        speech_of_iam(&iam).err().map(|release| release.cause.0)
    }

    #[test]
    fn what_is_no_speech_is_refused() {
        let cases = [
            (TransmissionMedium::SPEECH, None, None, None),
            (TransmissionMedium::AUDIO_3100, None, Some(0x10), None),
            (TransmissionMedium::SPEECH, None, Some(0), None),
            (TransmissionMedium::UNRESTRICTED_64K, None, None, Some(65)),
            (TransmissionMedium::UNRESTRICTED_384K, Some(0), None, Some(65)),
            // A value that nobody knows.
            (TransmissionMedium(0x7f), None, None, Some(65)),
            (TransmissionMedium::PREFERRED_64K, None, None, Some(65)),
            (TransmissionMedium::PREFERRED_64K, Some(3), Some(8), None),
            (TransmissionMedium::SPEECH, None, Some(8), Some(88)),
            (TransmissionMedium::AUDIO_3100, None, Some(24), Some(88)),
        ];
        for (medium, prime, capability, expected) in cases {
            let shown = format!("{medium:?} {prime:?} {capability:?}");
            assert_eq!(cause(medium, prime, capability), expected, "{shown}");
        }
    }
}
