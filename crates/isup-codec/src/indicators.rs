use crate::bits::Field;
use crate::value::{Fixed, Unwritable, Value};
use crate::{InformationIndicators, InformationRequestIndicators};

base::coded_value! {
    /// Continuity check indicator (Q.763 §3.35).
    pub struct ContinuityCheck(u8) {
        /// Not required.
        NOT_REQUIRED = 0, "continuity check not required";
        /// Required on this circuit.
        THIS_CIRCUIT = 1, "continuity check required on this circuit";
        /// Performed on a previous circuit.
        PREVIOUS_CIRCUIT = 2, "continuity check performed on a previous circuit";
    }
}

base::coded_value! {
    /// ISDN user part preference indicator (Q.763 §3.23).
    pub struct IsupPreference(u8) {
        /// Preferred all the way.
        PREFERRED = 0, "ISUP preferred all the way";
        /// Not required all the way.
        NOT_REQUIRED = 1, "ISUP not required all the way";
        /// Required all the way.
        REQUIRED = 2, "ISUP required all the way";
    }
}

base::coded_value! {
    /// Charge indicator (Q.763 §3.5).
    pub struct Charge(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// The call is free.
        NO_CHARGE = 1, "no charge";
        /// The call is charged.
        CHARGE = 2, "charge";
    }
}

base::coded_value! {
    /// Called party's status indicator (Q.763 §3.5).
    pub struct CalledStatus(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// The subscriber is free and being alerted.
        SUBSCRIBER_FREE = 1, "subscriber free";
        /// The call will be connected when the subscriber becomes free.
        CONNECT_WHEN_FREE = 2, "connect when free";
    }
}

base::coded_value! {
    /// Called party's category indicator (Q.763 §3.5).
    pub struct CalledCategory(u8) {
        /// No indication.
        NO_INDICATION = 0, "no indication";
        /// Ordinary subscriber.
        ORDINARY = 1, "ordinary subscriber";
        /// Payphone.
        PAYPHONE = 2, "payphone";
    }
}

/// Nature of connection indicators (Q.763 §3.35).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NatureOfConnection(pub u8);

const SATELLITES: Field = Field::new(0, 2);
const CONTINUITY_CHECK: Field = Field::new(2, 2);
const OUTGOING_ECHO_CONTROL: Field = Field::bit(4);

impl NatureOfConnection {
    /// How many satellite circuits the connection has so far; 3 is spare.
    pub const fn satellites(self) -> u8 {
        SATELLITES.get(self.0 as u16)
    }

    /// Whether a continuity check is to be awaited.
    pub const fn continuity_check(self) -> ContinuityCheck {
        ContinuityCheck(CONTINUITY_CHECK.get(self.0 as u16))
    }

    /// Whether an outgoing echo control device is included.
    pub const fn echo_control(self) -> bool {
        OUTGOING_ECHO_CONTROL.is_set(self.0 as u16)
    }

    /// The same with this continuity check indicator.
    pub const fn with_continuity_check(self, check: ContinuityCheck) -> Self {
        Self(CONTINUITY_CHECK.put(self.0 as u16, check.0) as u8)
    }

    /// The same with this echo control device indicator.
    pub const fn with_echo_control(self, included: bool) -> Self {
        Self(OUTGOING_ECHO_CONTROL.put(self.0 as u16, included as u8) as u8)
    }
}

/// Forward call indicators (Q.763 §3.23): the first octet in the low half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForwardCallIndicators(pub u16);

const INTERNATIONAL: Field = Field::bit(0);
const FORWARD_INTERWORKING: Field = Field::bit(3);
const FORWARD_ISUP: Field = Field::bit(5);
const PREFERENCE: Field = Field::new(6, 2);
const ORIGINATING_ISDN: Field = Field::bit(8);

impl ForwardCallIndicators {
    /// Whether the call is to be treated as an international one.
    pub const fn international(self) -> bool {
        INTERNATIONAL.is_set(self.0)
    }

    /// Whether the call met a network without ISUP's signalling.
    pub const fn interworking(self) -> bool {
        FORWARD_INTERWORKING.is_set(self.0)
    }

    /// Whether ISUP was used all the way.
    pub const fn isup_all_the_way(self) -> bool {
        FORWARD_ISUP.is_set(self.0)
    }

    /// How much ISUP is wanted on the way.
    pub const fn preference(self) -> IsupPreference {
        IsupPreference(PREFERENCE.get(self.0))
    }

    /// Whether the originating access is an ISDN one.
    pub const fn isdn_access(self) -> bool {
        ORIGINATING_ISDN.is_set(self.0)
    }

    /// The same with this national/international call indicator.
    pub const fn with_international(self, yes: bool) -> Self {
        Self(INTERNATIONAL.put(self.0, yes as u8))
    }

    /// The same with this interworking indicator.
    pub const fn with_interworking(self, yes: bool) -> Self {
        Self(FORWARD_INTERWORKING.put(self.0, yes as u8))
    }

    /// The same with this ISDN user part indicator.
    pub const fn with_isup_all_the_way(self, yes: bool) -> Self {
        Self(FORWARD_ISUP.put(self.0, yes as u8))
    }

    /// The same with this preference.
    pub const fn with_preference(self, preference: IsupPreference) -> Self {
        Self(PREFERENCE.put(self.0, preference.0))
    }

    /// The same with this ISDN access indicator.
    pub const fn with_isdn_access(self, yes: bool) -> Self {
        Self(ORIGINATING_ISDN.put(self.0, yes as u8))
    }
}

/// Backward call indicators (Q.763 §3.5): the first octet in the low half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackwardCallIndicators(pub u16);

const CHARGE: Field = Field::new(0, 2);
const CALLED_STATUS: Field = Field::new(2, 2);
const CALLED_CATEGORY: Field = Field::new(4, 2);
const BACKWARD_INTERWORKING: Field = Field::bit(8);
const BACKWARD_ISUP: Field = Field::bit(10);
const HOLDING: Field = Field::bit(11);
const TERMINATING_ISDN: Field = Field::bit(12);
const INCOMING_ECHO_CONTROL: Field = Field::bit(13);

impl BackwardCallIndicators {
    /// Whether the call is charged.
    pub const fn charge(self) -> Charge {
        Charge(CHARGE.get(self.0))
    }

    /// Whether the called party is being alerted.
    pub const fn called_status(self) -> CalledStatus {
        CalledStatus(CALLED_STATUS.get(self.0))
    }

    /// What kind of subscriber the called party is.
    pub const fn called_category(self) -> CalledCategory {
        CalledCategory(CALLED_CATEGORY.get(self.0))
    }

    /// Whether the call met a network without ISUP's signalling.
    pub const fn interworking(self) -> bool {
        BACKWARD_INTERWORKING.is_set(self.0)
    }

    /// Whether ISUP was used all the way.
    pub const fn isup_all_the_way(self) -> bool {
        BACKWARD_ISUP.is_set(self.0)
    }

    /// Whether holding is requested.
    pub const fn holding(self) -> bool {
        HOLDING.is_set(self.0)
    }

    /// Whether the terminating access is an ISDN one.
    pub const fn isdn_access(self) -> bool {
        TERMINATING_ISDN.is_set(self.0)
    }

    /// Whether an incoming echo control device is included.
    pub const fn echo_control(self) -> bool {
        INCOMING_ECHO_CONTROL.is_set(self.0)
    }

    /// The same with this charge indicator.
    pub const fn with_charge(self, charge: Charge) -> Self {
        Self(CHARGE.put(self.0, charge.0))
    }

    /// The same with this called party's status.
    pub const fn with_called_status(self, status: CalledStatus) -> Self {
        Self(CALLED_STATUS.put(self.0, status.0))
    }

    /// The same with this called party's category.
    pub const fn with_called_category(self, category: CalledCategory) -> Self {
        Self(CALLED_CATEGORY.put(self.0, category.0))
    }

    /// The same with this interworking indicator.
    pub const fn with_interworking(self, yes: bool) -> Self {
        Self(BACKWARD_INTERWORKING.put(self.0, yes as u8))
    }

    /// The same with this ISDN user part indicator.
    pub const fn with_isup_all_the_way(self, yes: bool) -> Self {
        Self(BACKWARD_ISUP.put(self.0, yes as u8))
    }

    /// The same with this ISDN access indicator.
    pub const fn with_isdn_access(self, yes: bool) -> Self {
        Self(TERMINATING_ISDN.put(self.0, yes as u8))
    }
}

/// Optional backward call indicators (Q.763 §3.37).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptionalBackwardCallIndicators(pub u8);

const IN_BAND: Field = Field::bit(0);
const DIVERSION_MAY_OCCUR: Field = Field::bit(1);
const SEGMENTATION: Field = Field::bit(2);

impl OptionalBackwardCallIndicators {
    /// Whether in-band information or an appropriate pattern is now available.
    pub const fn in_band(self) -> bool {
        IN_BAND.is_set(self.0 as u16)
    }

    /// Whether call diversion may occur.
    pub const fn diversion_may_occur(self) -> bool {
        DIVERSION_MAY_OCCUR.is_set(self.0 as u16)
    }

    /// Whether additional information will follow in a segmentation message.
    pub const fn segmentation(self) -> bool {
        SEGMENTATION.is_set(self.0 as u16)
    }

    /// The same with this in-band information indicator.
    pub const fn with_in_band(self, yes: bool) -> Self {
        Self(IN_BAND.put(self.0 as u16, yes as u8) as u8)
    }

    /// The same with this call diversion indicator.
    pub const fn with_diversion_may_occur(self, yes: bool) -> Self {
        Self(DIVERSION_MAY_OCCUR.put(self.0 as u16, yes as u8) as u8)
    }
}

impl Value for NatureOfConnection {
    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for NatureOfConnection {
    const LENGTH: usize = 1;
}

impl Value for OptionalBackwardCallIndicators {
    fn read(octets: &[u8]) -> Option<Self> {
        u8::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

/// Two octets, the first in the low half.
impl Value for u16 {
    fn read(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self::from_le_bytes)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.to_le_bytes());
        Ok(())
    }
}

impl Value for ForwardCallIndicators {
    fn read(octets: &[u8]) -> Option<Self> {
        u16::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for ForwardCallIndicators {
    const LENGTH: usize = 2;
}

impl Value for BackwardCallIndicators {
    fn read(octets: &[u8]) -> Option<Self> {
        u16::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for BackwardCallIndicators {
    const LENGTH: usize = 2;
}

impl Value for InformationRequestIndicators {
    fn read(octets: &[u8]) -> Option<Self> {
        u16::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for InformationRequestIndicators {
    const LENGTH: usize = 2;
}

impl Value for InformationIndicators {
    fn read(octets: &[u8]) -> Option<Self> {
        u16::read(octets).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        self.0.write(out)
    }
}

impl Fixed for InformationIndicators {
    const LENGTH: usize = 2;
}
