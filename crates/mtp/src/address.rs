use crate::m3ua::AssociationId;
use std::fmt;

/// A signalling point code of the ITU structure: 14 bits (Q.704 §2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PointCode(pub u32);

impl PointCode {
    /// The greatest code of 14 bits.
    pub const MAX: Self = Self(0x3fff);

    /// Whether the code fits the routing label.
    pub const fn is_valid(self) -> bool {
        self.0 <= Self::MAX.0
    }
}

impl fmt::Display for PointCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The signalling link selection: 4 bits that keep related messages on one link, and thereby in
/// sequence (Q.704 §2.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sls(pub u8);

impl fmt::Display for Sls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

base::coded_value! {
    /// Which network a message belongs to: 2 bits of the service information octet
    /// (Q.704 §14.2.2).
    pub struct NetworkIndicator(u8) {
        /// International network.
        INTERNATIONAL = 0, "international network";
        /// Spare, for international use only.
        INTERNATIONAL_SPARE = 1, "spare (international)";
        /// National network.
        NATIONAL = 2, "national network";
        /// Reserved for national use.
        NATIONAL_SPARE = 3, "reserved for national use";
    }
}

base::coded_value! {
    /// Whom a message is for: 4 bits of the service information octet (Q.704 §14.2.1).
    pub struct ServiceIndicator(u8) {
        /// Signalling network management messages.
        NETWORK_MANAGEMENT = 0, "signalling network management";
        /// Signalling network testing and maintenance messages.
        NETWORK_TESTING = 1, "signalling network testing and maintenance";
        /// Signalling connection control part.
        SCCP = 3, "SCCP";
        /// Telephone user part.
        TUP = 4, "TUP";
        /// ISDN user part.
        ISUP = 5, "ISUP";
    }
}

/// What a message came or went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// A signalling link.
    Link(LinkId),
    /// An association of M3UA.
    Association(AssociationId),
}

/// The driver's name for one signalling link of this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LinkId(pub u16);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
