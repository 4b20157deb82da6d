use crate::bits::Field;
use crate::notation::q763;
use crate::value::{Unwritable, Value};
use std::fmt;

base::coded_value! {
    /// Calling party's category (Q.763 §3.11).
    pub struct CallingPartysCategory(u8) {
        /// Unknown at this time (national use).
        UNKNOWN = 0x00, "unknown";
        /// Operator, French.
        OPERATOR_FRENCH = 0x01, "operator, French";
        /// Operator, English.
        OPERATOR_ENGLISH = 0x02, "operator, English";
        /// Operator, German.
        OPERATOR_GERMAN = 0x03, "operator, German";
        /// Operator, Russian.
        OPERATOR_RUSSIAN = 0x04, "operator, Russian";
        /// Operator, Spanish.
        OPERATOR_SPANISH = 0x05, "operator, Spanish";
        /// National operator.
        NATIONAL_OPERATOR = 0x09, "national operator";
        /// Ordinary calling subscriber.
        ORDINARY = 0x0a, "ordinary calling subscriber";
        /// Calling subscriber with priority.
        PRIORITY = 0x0b, "calling subscriber with priority";
        /// Data call.
        DATA = 0x0c, "data call";
        /// Test call.
        TEST = 0x0d, "test call";
        /// Payphone.
        PAYPHONE = 0x0f, "payphone";
        /// International emergency preference scheme call, marked for preferential handling.
        IEPS = 0x0e, "IEPS call";
    }
}

base::coded_value! {
    /// Transmission medium requirement (Q.763 §3.54), also of the prime (§3.55) and of the medium
    /// used (§3.56).
    pub struct TransmissionMedium(u8) {
        /// Speech.
        SPEECH = 0x00, "speech";
        /// 64 kbit/s unrestricted.
        UNRESTRICTED_64K = 0x02, "64 kbit/s unrestricted";
        /// 3.1 kHz audio.
        AUDIO_3100 = 0x03, "3.1 kHz audio";
        /// 64 kbit/s preferred.
        PREFERRED_64K = 0x06, "64 kbit/s preferred";
        /// 2 × 64 kbit/s unrestricted.
        UNRESTRICTED_2X64K = 0x07, "2 x 64 kbit/s unrestricted";
        /// 384 kbit/s unrestricted.
        UNRESTRICTED_384K = 0x08, "384 kbit/s unrestricted";
        /// 1536 kbit/s unrestricted.
        UNRESTRICTED_1536K = 0x09, "1536 kbit/s unrestricted";
        /// 1920 kbit/s unrestricted.
        UNRESTRICTED_1920K = 0x0a, "1920 kbit/s unrestricted";
    }
}

impl TransmissionMedium {
    /// `n` times 64 kbit/s unrestricted. None: there is no such medium.
    pub const fn multiple(n: u8) -> Option<Self> {
        match n {
            1 => Some(Self::UNRESTRICTED_64K),
            2 => Some(Self::UNRESTRICTED_2X64K),
            6 => Some(Self::UNRESTRICTED_384K),
            24 => Some(Self::UNRESTRICTED_1536K),
            30 => Some(Self::UNRESTRICTED_1920K),
            3..=29 => Some(Self(n + 13)),
            _ => None,
        }
    }
}

base::coded_value! {
    /// Event indicator of the event information (Q.763 §3.21).
    pub struct EventIndicator(u8) {
        /// The called party is being alerted.
        ALERTING = 0x01, "alerting";
        /// Progress.
        PROGRESS = 0x02, "progress";
        /// In-band information or an appropriate pattern is now available.
        IN_BAND = 0x03, "in-band information or an appropriate pattern is now available";
        /// Call forwarded on busy (national use).
        FORWARDED_BUSY = 0x04, "call forwarded on busy";
        /// Call forwarded on no reply (national use).
        FORWARDED_NO_REPLY = 0x05, "call forwarded on no reply";
        /// Call forwarded unconditionally (national use).
        FORWARDED_UNCONDITIONAL = 0x06, "call forwarded unconditional";
    }
}

base::coded_value! {
    /// Facility indicator (Q.763 §3.22).
    pub struct FacilityIndicator(u8) {
        /// User-to-user service.
        USER_TO_USER = 0x02, "user-to-user service";
    }
}

base::coded_value! {
    /// Presentation restricted indicator of a redirection number (Q.763 §3.47).
    pub struct RedirectionRestriction(u8) {
        /// Presentation allowed.
        ALLOWED = 0x00, "presentation allowed";
        /// Presentation restricted.
        RESTRICTED = 0x01, "presentation restricted";
    }
}

base::coded_value! {
    /// Generic notification indicator (Q.763 §3.25), 7 bits.
    pub struct Notification(u8) {
        /// User suspended.
        USER_SUSPENDED = 0x00, "user suspended";
        /// User resumed.
        USER_RESUMED = 0x01, "user resumed";
        /// Bearer service change.
        BEARER_SERVICE_CHANGE = 0x02, "bearer service change";
        /// Call completion delay.
        CALL_COMPLETION_DELAY = 0x04, "call completion delay";
        /// Conference established.
        CONFERENCE_ESTABLISHED = 0x42, "conference established";
        /// Conference disconnected.
        CONFERENCE_DISCONNECTED = 0x43, "conference disconnected";
        /// Other party added.
        OTHER_PARTY_ADDED = 0x44, "other party added";
        /// Isolated.
        ISOLATED = 0x45, "isolated";
        /// Reattached.
        REATTACHED = 0x46, "reattached";
        /// Other party isolated.
        OTHER_PARTY_ISOLATED = 0x47, "other party isolated";
        /// Other party reattached.
        OTHER_PARTY_REATTACHED = 0x48, "other party reattached";
        /// Other party split.
        OTHER_PARTY_SPLIT = 0x49, "other party split";
        /// Other party disconnected.
        OTHER_PARTY_DISCONNECTED = 0x4a, "other party disconnected";
        /// Conference floating.
        CONFERENCE_FLOATING = 0x4b, "conference floating";
        /// Call is a waiting call.
        CALL_WAITING = 0x60, "call is a waiting call";
        /// Diversion activated.
        DIVERSION_ACTIVATED = 0x68, "diversion activated";
        /// Call transfer, alerting.
        CALL_TRANSFER_ALERTING = 0x69, "call transfer, alerting";
        /// Call transfer, active.
        CALL_TRANSFER_ACTIVE = 0x6a, "call transfer, active";
        /// Remote hold.
        REMOTE_HOLD = 0x79, "remote hold";
        /// Remote retrieval.
        REMOTE_RETRIEVAL = 0x7a, "remote retrieval";
        /// Call is diverting.
        CALL_IS_DIVERTING = 0x7b, "call is diverting";
    }
}

q763! { codes CallingPartysCategory, FacilityIndicator, RedirectionRestriction }

impl Value for TransmissionMedium {
    const LENGTHS: (u8, u8) = (1, 1);

    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }

    /// ANSI T1.113 says it by the user service information; what a circuit carries in any case is
    /// speech.
    fn absent() -> Option<Self> {
        Some(Self::SPEECH)
    }
}

const SEVEN: Field = Field::new(0, 7);
const HIGH: Field = Field::bit(7);

impl Value for Notification {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    /// Octets of an extension may follow, of which none is defined.
    fn read(octets: &[u8]) -> Option<Self> {
        octets.first().map(|octet| Self(SEVEN.get((*octet).into())))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if !SEVEN.holds(self.0) {
            return Err(Unwritable);
        }
        out.push(HIGH.put(self.0.into(), 1) as u8);
        Ok(())
    }
}

/// Event information (Q.763 §3.21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventInformation {
    /// What happened, 7 bits.
    pub event: EventIndicator,
    /// Whether the calling party may not be told.
    pub presentation_restricted: bool,
}

impl From<EventIndicator> for EventInformation {
    fn from(event: EventIndicator) -> Self {
        Self { event, presentation_restricted: false }
    }
}

impl Value for EventInformation {
    const LENGTHS: (u8, u8) = (1, 1);

    fn read(octets: &[u8]) -> Option<Self> {
        let word = u16::from(u8::read(octets)?);
        Some(Self {
            event: EventIndicator(SEVEN.get(word)),
            presentation_restricted: HIGH.is_set(word),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if !SEVEN.holds(self.event.0) {
            return Err(Unwritable);
        }
        out.push(HIGH.put(self.event.0.into(), self.presentation_restricted.into()) as u8);
        Ok(())
    }
}

impl fmt::Display for EventInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let restricted =
            if self.presentation_restricted { ", presentation restricted" } else { "" };
        write!(f, "{}{restricted}", self.event)
    }
}
