//! Signalling network management messages (Q.704 §15).

use crate::sap::UnavailabilityCause;
use crate::{PointCode, ServiceIndicator};
use bytes::Bytes;

base::coded_value! {
    /// The heading code: H0 in the low four bits, H1 in the high (Q.704 §15.3, table 1).
    pub(crate) struct Heading(u8) {
        /// Changeover order.
        COO = 0x11, "COO";
        /// Changeover acknowledgement.
        COA = 0x21, "COA";
        /// Extended changeover order (Q.2210 §9.8.1).
        XCO = 0x31, "XCO";
        /// Extended changeover acknowledgement.
        XCA = 0x41, "XCA";
        /// Changeback declaration.
        CBD = 0x51, "CBD";
        /// Changeback acknowledgement.
        CBA = 0x61, "CBA";
        /// Emergency changeover order.
        ECO = 0x12, "ECO";
        /// Emergency changeover acknowledgement.
        ECA = 0x22, "ECA";
        /// Signalling route set congestion test.
        RCT = 0x13, "RCT";
        /// Transfer controlled.
        TFC = 0x23, "TFC";
        /// Transfer prohibited.
        TFP = 0x14, "TFP";
        /// Transfer restricted.
        TFR = 0x34, "TFR";
        /// Transfer allowed.
        TFA = 0x54, "TFA";
        /// Signalling route set test for a prohibited destination.
        RST = 0x15, "RST";
        /// Signalling route set test for a restricted destination.
        RSR = 0x25, "RSR";
        /// Link inhibit.
        LIN = 0x16, "LIN";
        /// Link uninhibit.
        LUN = 0x26, "LUN";
        /// Link inhibit acknowledgement.
        LIA = 0x36, "LIA";
        /// Link uninhibit acknowledgement.
        LUA = 0x46, "LUA";
        /// Link inhibit denied.
        LID = 0x56, "LID";
        /// Link forced uninhibit.
        LFU = 0x66, "LFU";
        /// Link local inhibit test.
        LLT = 0x76, "LLT";
        /// Link remote inhibit test.
        LRT = 0x86, "LRT";
        /// Traffic restart allowed.
        TRA = 0x17, "TRA";
        /// Signalling data link connection order.
        DLC = 0x18, "DLC";
        /// User part unavailable.
        UPU = 0x1a, "UPU";
    }
}

/// What follows the routing label of such a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Management {
    /// COO or COA: the number of the last message accepted on the link concerned.
    Changeover { order: bool, fsn: u8 },
    /// XCO or XCA: the same, of a link whose numbers have 24 bits.
    ExtendedChangeover { order: bool, fsn: u32 },
    /// ECO or ECA: that number is not known.
    EmergencyChangeover { order: bool },
    /// CBD or CBA.
    Changeback { declaration: bool, code: u8 },
    /// TFP, TFR, TFA, RST, RSR: about the route to a destination over the sender, or the receiver.
    Route { about: AboutRoute, destination: PointCode },
    /// The way to a destination is congested.
    Controlled { destination: PointCode, level: u8 },
    /// A user part at a destination does not answer.
    UserPartUnavailable {
        destination: PointCode,
        user: ServiceIndicator,
        cause: UnavailabilityCause,
    },
    /// A heading alone, or with fields that matter to nobody here.
    Other(Heading),
}

/// What such a message says of a route, or asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AboutRoute {
    Prohibited,
    Restricted,
    Allowed,
    /// Whether it is still prohibited.
    IsProhibited,
    /// Whether it is still restricted.
    IsRestricted,
}

impl AboutRoute {
    const ALL: [(Self, Heading); 5] = [
        (Self::Prohibited, Heading::TFP),
        (Self::Restricted, Heading::TFR),
        (Self::Allowed, Heading::TFA),
        (Self::IsProhibited, Heading::RST),
        (Self::IsRestricted, Heading::RSR),
    ];

    fn of(heading: Heading) -> Option<Self> {
        Self::ALL.iter().find(|(_, its)| *its == heading).map(|(about, _)| *about)
    }

    fn heading(self) -> Heading {
        let its = Self::ALL.iter().find(|(about, _)| *about == self);
        its.map_or(Heading::TFP, |(_, heading)| *heading)
    }
}

const FSN_MASK: u8 = 0x7f;
const LEVEL_SHIFT: u32 = 14;

impl Management {
    /// Reads it; `None` where it is too short for its heading.
    pub(crate) fn parse(octets: &[u8]) -> Option<Self> {
        let (&heading, fields) = octets.split_first()?;
        let heading = Heading(heading);
        if let Some(about) = AboutRoute::of(heading) {
            let field = u16::from_le_bytes(*fields.first_chunk()?);
            return Some(Self::Route { about, destination: destination(field) });
        }
        Some(match heading {
            Heading::COO | Heading::COA => {
                let fsn = fields.first()? & FSN_MASK;
                Self::Changeover { order: heading == Heading::COO, fsn }
            }
            Heading::XCO | Heading::XCA => {
                let &[low, middle, high] = fields.first_chunk()?;
                let fsn = u32::from_le_bytes([low, middle, high, 0]);
                Self::ExtendedChangeover { order: heading == Heading::XCO, fsn }
            }
            Heading::ECO | Heading::ECA => {
                Self::EmergencyChangeover { order: heading == Heading::ECO }
            }
            Heading::CBD | Heading::CBA => {
                let code = *fields.first()?;
                Self::Changeback { declaration: heading == Heading::CBD, code }
            }
            Heading::TFC => {
                let field = u16::from_le_bytes(*fields.first_chunk()?);
                let level = (field >> LEVEL_SHIFT) as u8;
                Self::Controlled { destination: destination(field), level }
            }
            Heading::UPU => {
                let (field, rest) = fields.split_first_chunk()?;
                let who = *rest.first()?;
                Self::UserPartUnavailable {
                    destination: destination(u16::from_le_bytes(*field)),
                    user: ServiceIndicator(who & 0x0f),
                    cause: UnavailabilityCause(who >> 4),
                }
            }
            other => Self::Other(other),
        })
    }

    /// Writes it.
    pub(crate) fn write(self) -> Bytes {
        let two = |heading: Heading, field: u8| Bytes::copy_from_slice(&[heading.0, field]);
        let alone = |heading: Heading| Bytes::copy_from_slice(&[heading.0]);
        match self {
            Self::Changeover { order: true, fsn } => two(Heading::COO, fsn & FSN_MASK),
            Self::Changeover { order: false, fsn } => two(Heading::COA, fsn & FSN_MASK),
            Self::ExtendedChangeover { order, fsn } => {
                let heading = if order { Heading::XCO } else { Heading::XCA };
                let [low, middle, high, _] = fsn.to_le_bytes();
                Bytes::copy_from_slice(&[heading.0, low, middle, high])
            }
            Self::EmergencyChangeover { order: true } => alone(Heading::ECO),
            Self::EmergencyChangeover { order: false } => alone(Heading::ECA),
            Self::Changeback { declaration: true, code } => two(Heading::CBD, code),
            Self::Changeback { declaration: false, code } => two(Heading::CBA, code),
            Self::Route { about, destination } => {
                let [low, high] = ((destination.0 & PointCode::MAX.0) as u16).to_le_bytes();
                Bytes::copy_from_slice(&[about.heading().0, low, high])
            }
            Self::Controlled { destination, level } => {
                let field = (destination.0 & PointCode::MAX.0) as u16 | u16::from(level) << 14;
                let [low, high] = field.to_le_bytes();
                Bytes::copy_from_slice(&[Heading::TFC.0, low, high])
            }
            Self::UserPartUnavailable { destination, user, cause } => {
                let [low, high] = ((destination.0 & PointCode::MAX.0) as u16).to_le_bytes();
                let who = user.0 & 0x0f | cause.0 << 4;
                Bytes::copy_from_slice(&[Heading::UPU.0, low, high, who])
            }
            Self::Other(heading) => alone(heading),
        }
    }
}

fn destination(field: u16) -> PointCode {
    PointCode(u32::from(field) & PointCode::MAX.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q704_15_each_message_reads_as_written() {
        let destination = PointCode(0x1234);
        let (user, cause) = (ServiceIndicator::SCCP, UnavailabilityCause::UNEQUIPPED);
        let messages = [
            (Management::Changeover { order: true, fsn: 127 }, vec![0x11, 127]),
            (Management::Changeover { order: false, fsn: 0 }, vec![0x21, 0]),
            (
                Management::ExtendedChangeover { order: true, fsn: 0x0012_3456 },
                vec![0x31, 0x56, 0x34, 0x12],
            ),
            (
                Management::ExtendedChangeover { order: false, fsn: 0x00ff_ffff },
                vec![0x41, 0xff, 0xff, 0xff],
            ),
            (Management::EmergencyChangeover { order: true }, vec![0x12]),
            (Management::EmergencyChangeover { order: false }, vec![0x22]),
            (Management::Changeback { declaration: true, code: 200 }, vec![0x51, 200]),
            (Management::Changeback { declaration: false, code: 200 }, vec![0x61, 200]),
            (Management::Controlled { destination, level: 2 }, vec![0x23, 0x34, 0x92]),
            (
                Management::UserPartUnavailable { destination, user, cause },
                vec![0x1a, 0x34, 0x12, 0x13],
            ),
            (
                Management::Route { about: AboutRoute::Prohibited, destination },
                vec![0x14, 0x34, 0x12],
            ),
            (
                Management::Route { about: AboutRoute::Restricted, destination },
                vec![0x34, 0x34, 0x12],
            ),
            (Management::Route { about: AboutRoute::Allowed, destination }, vec![0x54, 0x34, 0x12]),
            (
                Management::Route { about: AboutRoute::IsProhibited, destination },
                vec![0x15, 0x34, 0x12],
            ),
            (
                Management::Route { about: AboutRoute::IsRestricted, destination },
                vec![0x25, 0x34, 0x12],
            ),
            (Management::Other(Heading::LID), vec![0x56]),
        ];
        for (message, octets) in messages {
            assert_eq!(message.write().as_ref(), octets);
            assert_eq!(Management::parse(&octets), Some(message));
        }
    }

    #[test]
    fn q704_15_a_message_too_short_for_its_heading_is_none() {
        for octets in
            [&[][..], &[0x11], &[0x31, 1, 2], &[0x51], &[0x23, 1], &[0x14, 1], &[0x1a, 1, 2]]
        {
            assert_eq!(Management::parse(octets), None);
        }
    }
}
