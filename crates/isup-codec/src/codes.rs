use crate::bits::Field;
use crate::value::{Fixed, Unwritable, Value};

base::coded_value! {
    /// Calling party's category (Q.763 §3.11).
    pub struct CallingPartysCategory(u8) {
        /// Unknown at this time.
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
    }
}

base::coded_value! {
    /// Transmission medium requirement (Q.763 §3.54).
    pub struct TransmissionMedium(u8) {
        /// Speech.
        SPEECH = 0x00, "speech";
        /// 64 kbit/s unrestricted.
        UNRESTRICTED_64K = 0x02, "64 kbit/s unrestricted";
        /// 3.1 kHz audio.
        AUDIO_3100 = 0x03, "3.1 kHz audio";
        /// 2 × 64 kbit/s unrestricted.
        UNRESTRICTED_2X64K = 0x06, "2 x 64 kbit/s unrestricted";
        /// 384 kbit/s unrestricted.
        UNRESTRICTED_384K = 0x07, "384 kbit/s unrestricted";
        /// 1536 kbit/s unrestricted.
        UNRESTRICTED_1536K = 0x08, "1536 kbit/s unrestricted";
        /// 1920 kbit/s unrestricted.
        UNRESTRICTED_1920K = 0x09, "1920 kbit/s unrestricted";
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
        /// Call forwarded on busy.
        FORWARDED_BUSY = 0x04, "call forwarded on busy";
        /// Call forwarded on no reply.
        FORWARDED_NO_REPLY = 0x05, "call forwarded on no reply";
        /// Call forwarded unconditionally.
        FORWARDED_UNCONDITIONAL = 0x06, "call forwarded unconditional";
    }
}

impl Value for CallingPartysCategory {
    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for CallingPartysCategory {
    const LENGTH: usize = 1;
}

impl Value for TransmissionMedium {
    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for TransmissionMedium {
    const LENGTH: usize = 1;
}

/// Event information (Q.763 §3.21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventInformation {
    /// What happened, 7 bits.
    pub event: EventIndicator,
    /// Whether the calling party may not be told.
    pub presentation_restricted: bool,
}

const EVENT: Field = Field::new(0, 7);
const PRESENTATION_RESTRICTED: Field = Field::bit(7);

impl From<EventIndicator> for EventInformation {
    fn from(event: EventIndicator) -> Self {
        Self { event, presentation_restricted: false }
    }
}

impl Value for EventInformation {
    fn read(octets: &[u8]) -> Option<Self> {
        let word = u16::from(u8::read(octets)?);
        Some(Self {
            event: EventIndicator(EVENT.get(word)),
            presentation_restricted: PRESENTATION_RESTRICTED.is_set(word),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        if !EVENT.holds(self.event.0) {
            return Err(Unwritable);
        }
        let word = EVENT.put(0, self.event.0);
        out.push(PRESENTATION_RESTRICTED.put(word, self.presentation_restricted.into()) as u8);
        Ok(())
    }
}

impl Fixed for EventInformation {
    const LENGTH: usize = 1;
}

/// Information request indicators (Q.763 §3.29): the first octet in the low half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InformationRequestIndicators(pub u16);

const REQUEST_CALLING_ADDRESS: Field = Field::bit(0);
const REQUEST_HOLDING: Field = Field::bit(1);
const REQUEST_CALLING_CATEGORY: Field = Field::bit(3);
const REQUEST_CHARGE: Field = Field::bit(4);
const REQUEST_MALICIOUS_CALL_ID: Field = Field::bit(7);

impl InformationRequestIndicators {
    /// Whether the calling party's address is asked for.
    pub const fn calling_address(self) -> bool {
        REQUEST_CALLING_ADDRESS.is_set(self.0)
    }

    /// Whether holding is asked for.
    pub const fn holding(self) -> bool {
        REQUEST_HOLDING.is_set(self.0)
    }

    /// Whether the calling party's category is asked for.
    pub const fn calling_category(self) -> bool {
        REQUEST_CALLING_CATEGORY.is_set(self.0)
    }

    /// Whether charge information is asked for.
    pub const fn charge(self) -> bool {
        REQUEST_CHARGE.is_set(self.0)
    }

    /// Whether malicious call identification is asked for.
    pub const fn malicious_call_id(self) -> bool {
        REQUEST_MALICIOUS_CALL_ID.is_set(self.0)
    }
}

/// Information indicators (Q.763 §3.28): the first octet in the low half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InformationIndicators(pub u16);

const RESPONSE_CALLING_ADDRESS: Field = Field::new(0, 2);
const RESPONSE_HOLD_PROVIDED: Field = Field::bit(2);
const RESPONSE_CALLING_CATEGORY: Field = Field::bit(5);
const RESPONSE_CHARGE: Field = Field::bit(6);
const RESPONSE_SOLICITED: Field = Field::bit(7);

/// Values of the calling party address response indicator.
const ADDRESS_NOT_AVAILABLE: u8 = 1;
const ADDRESS_INCLUDED: u8 = 3;

impl InformationIndicators {
    /// The answer to a request, with or without the calling party's number and category.
    pub const fn solicited(calling_address: bool, calling_category: bool) -> Self {
        let address = if calling_address { ADDRESS_INCLUDED } else { ADDRESS_NOT_AVAILABLE };
        let word = RESPONSE_CALLING_ADDRESS.put(0, address);
        Self(RESPONSE_CALLING_CATEGORY.put(word, calling_category as u8))
    }

    /// Whether the calling party's address is included.
    pub const fn calling_address_included(self) -> bool {
        RESPONSE_CALLING_ADDRESS.get(self.0) == ADDRESS_INCLUDED
    }

    /// Whether hold is provided.
    pub const fn hold_provided(self) -> bool {
        RESPONSE_HOLD_PROVIDED.is_set(self.0)
    }

    /// Whether the calling party's category is included.
    pub const fn calling_category_included(self) -> bool {
        RESPONSE_CALLING_CATEGORY.is_set(self.0)
    }

    /// Whether charge information is included.
    pub const fn charge_included(self) -> bool {
        RESPONSE_CHARGE.is_set(self.0)
    }

    /// Whether the information came without a request.
    pub const fn unsolicited(self) -> bool {
        RESPONSE_SOLICITED.is_set(self.0)
    }
}
