//! Parameters of several octets whose fields are not only bits.

use crate::Digits;
use crate::bits::Field;
use crate::value::{Octets, Unwritable, Value};
use std::fmt;

/// The low bits of an octet whose high bit says that it is the last of its group.
const LAST: u8 = 0x80;

fn fits(yes: bool) -> Result<(), Unwritable> {
    if yes { Ok(()) } else { Err(Unwritable) }
}

/// Three octets, the first in the high bits.
fn read_u24(octets: [u8; 3]) -> u32 {
    let [high, middle, low] = octets;
    u32::from_be_bytes([0, high, middle, low])
}

fn write_u24(value: u32, out: &mut Vec<u8>) -> Result<(), Unwritable> {
    let [0, low @ ..] = value.to_be_bytes() else { return Err(Unwritable) };
    out.extend(low);
    Ok(())
}

/// A signalling point code: 14 bits, the low ones first (Q.763 §3.40, §3.50).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignallingPointCode(pub u16);

const POINT_CODE: Field = Field::new(0, 14);

impl Value for SignallingPointCode {
    const LENGTHS: (u8, u8) = (2, 2);

    fn read(octets: &[u8]) -> Option<Self> {
        u16::read(octets).map(|word| Self(word & POINT_CODE.mask()))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(self.0 <= POINT_CODE.mask())?;
        self.0.write(out)
    }
}

impl fmt::Display for SignallingPointCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// So many milliseconds: the propagation delay counter (Q.763 §3.42) and the call history
/// information (§3.7). The high octet comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Milliseconds(pub u16);

impl Value for Milliseconds {
    const LENGTHS: (u8, u8) = (2, 2);

    fn read(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u16::from_be_bytes).map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.0.to_be_bytes());
        Ok(())
    }
}

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// Call reference (Q.763 §3.8, national use).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallReference {
    /// Call identity, 24 bits.
    pub identity: u32,
    /// Where the identity is valid.
    pub point_code: SignallingPointCode,
}

impl Value for CallReference {
    const LENGTHS: (u8, u8) = (5, 5);

    fn read(octets: &[u8]) -> Option<Self> {
        let (identity, point_code) = octets.split_first_chunk()?;
        let point_code = SignallingPointCode::read(point_code)?;
        Some(Self { identity: read_u24(*identity), point_code })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        write_u24(self.identity, out)?;
        self.point_code.write(out)
    }
}

impl fmt::Display for CallReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.identity, self.point_code)
    }
}

/// Connection request (Q.763 §3.17): an SCCP connection for end-to-end signalling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionRequest {
    /// Local reference, 24 bits.
    pub local_reference: u32,
    /// Whose reference it is.
    pub point_code: SignallingPointCode,
    /// Protocol class.
    pub protocol_class: u8,
    /// Credit.
    pub credit: u8,
}

impl Value for ConnectionRequest {
    const LENGTHS: (u8, u8) = (7, 7);

    fn read(octets: &[u8]) -> Option<Self> {
        let (local_reference, rest) = octets.split_first_chunk()?;
        let [low, high, protocol_class, credit] = *rest else { return None };
        Some(Self {
            local_reference: read_u24(*local_reference),
            point_code: SignallingPointCode::read(&[low, high])?,
            protocol_class,
            credit,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        write_u24(self.local_reference, out)?;
        self.point_code.write(out)?;
        out.extend([self.protocol_class, self.credit]);
        Ok(())
    }
}

impl fmt::Display for ConnectionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { local_reference, point_code, protocol_class, credit } = self;
        write!(f, "{local_reference} at {point_code}, class {protocol_class}, credit {credit}")
    }
}

/// Closed user group interlock code (Q.763 §3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedUserGroupInterlockCode {
    /// Network identity: four digits, the first in the high half octet.
    pub network: u16,
    /// Binary code.
    pub code: u16,
}

impl Value for ClosedUserGroupInterlockCode {
    const LENGTHS: (u8, u8) = (4, 4);

    fn read(octets: &[u8]) -> Option<Self> {
        let [a, b, c, d] = *octets else { return None };
        Some(Self { network: u16::from_be_bytes([a, b]), code: u16::from_be_bytes([c, d]) })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.network.to_be_bytes());
        out.extend(self.code.to_be_bytes());
        Ok(())
    }
}

impl fmt::Display for ClosedUserGroupInterlockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {:04x}, code {:#06x}", self.network, self.code)
    }
}

/// Transit network selection (Q.763 §3.53, national use).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransitNetworkSelection {
    /// Type of network identification, 3 bits: 0 by the ITU, 2 national.
    pub network_type: u8,
    /// Network identification plan, 4 bits.
    pub plan: u8,
    /// The network.
    pub digits: Digits,
}

const ODD: Field = Field::bit(7);
const NETWORK_TYPE: Field = Field::new(4, 3);
const NETWORK_PLAN: Field = Field::new(0, 4);

impl Value for TransitNetworkSelection {
    const LENGTHS: (u8, u8) = (1, 1 + Digits::OCTETS);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, signals) = octets.split_first()?;
        let first = u16::from(*first);
        let (digits, false) = Digits::read(ODD.is_set(first), signals)? else { return None };
        Some(Self { network_type: NETWORK_TYPE.get(first), plan: NETWORK_PLAN.get(first), digits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(NETWORK_TYPE.holds(self.network_type) && NETWORK_PLAN.holds(self.plan))?;
        let first = NETWORK_TYPE.put(NETWORK_PLAN.put(0, self.plan), self.network_type);
        out.push(ODD.put(first, self.digits.is_odd().into()) as u8);
        self.digits.write(false, out);
        Ok(())
    }
}

impl fmt::Display for TransitNetworkSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (type {}, plan {})", self.digits, self.network_type, self.plan)
    }
}

/// Network specific facility (Q.763 §3.36, national use).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSpecificFacility {
    /// Type of network identification and identification plan, then the network, as they lie.
    pub network: Octets,
    /// What is wanted of it.
    pub facility: Octets,
}

impl Value for NetworkSpecificFacility {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (length, rest) = octets.split_first()?;
        let (network, facility) = rest.split_at_checked((*length).into())?;
        Some(Self { network: Octets::read(network)?, facility: Octets::read(facility)? })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.push(u8::try_from(self.network.0.len()).map_err(|_| Unwritable)?);
        self.network.write(out)?;
        self.facility.write(out)
    }
}

impl fmt::Display for NetworkSpecificFacility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network {}, facility {}", self.network, self.facility)
    }
}

/// MLPP precedence (Q.763 §3.34).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlppPrecedence {
    /// Look-ahead for busy: 0 allowed, 1 path reserved (national use), 2 not allowed; 2 bits.
    pub look_ahead: u8,
    /// Precedence level: 0 flash override, 1 flash, 2 immediate, 3 priority, 4 routine; 4 bits.
    pub level: u8,
    /// Network identity: four digits, the first in the high half octet.
    pub network: u16,
    /// Service domain, 24 bits.
    pub domain: u32,
}

const LOOK_AHEAD: Field = Field::new(5, 2);
const LEVEL: Field = Field::new(0, 4);

impl Value for MlppPrecedence {
    const LENGTHS: (u8, u8) = (6, 6);

    fn read(octets: &[u8]) -> Option<Self> {
        let [first, a, b, domain @ ..] = octets else { return None };
        Some(Self {
            look_ahead: LOOK_AHEAD.get((*first).into()),
            level: LEVEL.get((*first).into()),
            network: u16::from_be_bytes([*a, *b]),
            domain: read_u24(domain.try_into().ok()?),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(LOOK_AHEAD.holds(self.look_ahead) && LEVEL.holds(self.level))?;
        out.push(LOOK_AHEAD.put(LEVEL.put(0, self.level), self.look_ahead) as u8);
        out.extend(self.network.to_be_bytes());
        write_u24(self.domain, out)
    }
}

impl fmt::Display for MlppPrecedence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { look_ahead, level, network, domain } = self;
        write!(
            f,
            "level {level}, look-ahead {look_ahead}, network {network:04x}, domain {domain:#x}"
        )
    }
}

/// Circuit assignment map (Q.763 §3.69): which 64 kbit/s channels a multirate connection takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitAssignmentMap {
    /// 1: 1544 kbit/s, 2: 2048 kbit/s digital path; 6 bits.
    pub map_type: u8,
    /// A bit for each circuit, the first one's lowest; 31 bits.
    pub circuits: u32,
}

const MAP_TYPE: Field = Field::new(0, 6);
const MAP: u32 = u32::MAX >> 1;

impl Value for CircuitAssignmentMap {
    const LENGTHS: (u8, u8) = (5, 5);

    fn read(octets: &[u8]) -> Option<Self> {
        let (map_type, map) = octets.split_first()?;
        let circuits = u32::from_le_bytes(map.try_into().ok()?) & MAP;
        Some(Self { map_type: MAP_TYPE.get((*map_type).into()), circuits })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(MAP_TYPE.holds(self.map_type) && self.circuits <= MAP)?;
        out.push(self.map_type);
        out.extend(self.circuits.to_le_bytes());
        Ok(())
    }
}

impl fmt::Display for CircuitAssignmentMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "type {}, circuits {:#010x}", self.map_type, self.circuits)
    }
}

/// User service information (Q.763 §3.57) and its prime (§3.58): a bearer capability without the
/// head of its information element (Q.931 §4.5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserServiceInformation {
    /// By whose standard it is to be read, 2 bits: 0 the ITU's.
    pub coding: u8,
    /// Information transfer capability, 5 bits: 0 speech, 8 unrestricted, 16 3.1 kHz audio.
    pub capability: u8,
    /// Transfer mode, 2 bits: 0 circuit.
    pub mode: u8,
    /// Information transfer rate, 5 bits: 16 is 64 kbit/s.
    pub rate: u8,
    /// The octets that follow: rate multiplier, and the protocols of layers 1 to 3.
    pub layers: Octets,
}

const CODING: Field = Field::new(5, 2);
const CAPABILITY: Field = Field::new(0, 5);

impl UserServiceInformation {
    /// Speech, A-law.
    pub fn speech() -> Self {
        let layers = Octets::from(&[0xa3][..]);
        Self { coding: 0, capability: 0, mode: 0, rate: 0x10, layers }
    }
}

impl Value for UserServiceInformation {
    /// The head apart, Q.931 §4.5.5 has at most 11 octets.
    const LENGTHS: (u8, u8) = (2, 11);

    fn read(octets: &[u8]) -> Option<Self> {
        let ([first, second], layers) = octets.split_first_chunk()?;
        // No extension of either is defined.
        if first & second & LAST == 0 {
            return None;
        }
        let (first, second) = (u16::from(*first), u16::from(*second));
        Some(Self {
            coding: CODING.get(first),
            capability: CAPABILITY.get(first),
            mode: CODING.get(second),
            rate: CAPABILITY.get(second),
            layers: Octets::read(layers)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let high = CODING.holds(self.coding) && CODING.holds(self.mode);
        fits(high && CAPABILITY.holds(self.capability) && CAPABILITY.holds(self.rate))?;
        let octet = |high, low| CODING.put(CAPABILITY.put(LAST.into(), low), high) as u8;
        out.push(octet(self.coding, self.capability));
        out.push(octet(self.mode, self.rate));
        self.layers.write(out)
    }
}

impl fmt::Display for UserServiceInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.capability {
            0x00 => f.write_str("speech")?,
            0x08 => f.write_str("unrestricted digital")?,
            0x09 => f.write_str("restricted digital")?,
            0x10 => f.write_str("3.1 kHz audio")?,
            0x11 => f.write_str("unrestricted digital with tones")?,
            0x18 => f.write_str("video")?,
            other => write!(f, "capability {other:#x}")?,
        }
        let Self { coding, mode, rate, layers, .. } = self;
        write!(f, ", coding {coding}, mode {mode}, rate {rate:#x}, layers {layers}")
    }
}

/// User teleservice information (Q.763 §3.59): a high layer compatibility without the head of its
/// information element (Q.931 §4.5.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTeleserviceInformation {
    /// By whose standard it is to be read, 2 bits: 0 the ITU's.
    pub coding: u8,
    /// Interpretation, 3 bits: 4 the first characteristics to be used in the call.
    pub interpretation: u8,
    /// Presentation method of the protocol profile, 2 bits: 1 high layer protocol profile.
    pub presentation: u8,
    /// High layer characteristics identification, 7 bits: 1 telephony.
    pub characteristics: u8,
    /// Extended high layer characteristics identification, 7 bits.
    pub extended: Option<u8>,
}

const INTERPRETATION: Field = Field::new(2, 3);
const PRESENTATION: Field = Field::new(0, 2);
const SEVEN: Field = Field::new(0, 7);

impl Value for UserTeleserviceInformation {
    const LENGTHS: (u8, u8) = (2, 3);

    fn read(octets: &[u8]) -> Option<Self> {
        let [first, characteristics, rest @ ..] = octets else { return None };
        // The extension bit says whether a third octet follows.
        if (characteristics & LAST == 0) == rest.is_empty() {
            return None;
        }
        let first = u16::from(*first);
        Some(Self {
            coding: CODING.get(first),
            interpretation: INTERPRETATION.get(first),
            presentation: PRESENTATION.get(first),
            characteristics: characteristics & !LAST,
            extended: rest.first().map(|octet| octet & !LAST),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let first = CODING.holds(self.coding)
            && INTERPRETATION.holds(self.interpretation)
            && PRESENTATION.holds(self.presentation);
        let second = SEVEN.holds(self.characteristics);
        fits(first && second && self.extended.is_none_or(|octet| SEVEN.holds(octet)))?;
        let octet = PRESENTATION.put(LAST.into(), self.presentation);
        let octet = INTERPRETATION.put(octet, self.interpretation);
        out.push(CODING.put(octet, self.coding) as u8);
        match self.extended {
            None => out.push(self.characteristics | LAST),
            Some(extended) => out.extend([self.characteristics, extended | LAST]),
        }
        Ok(())
    }
}

impl fmt::Display for UserTeleserviceInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { coding, interpretation, presentation, characteristics, extended } = self;
        write!(f, "characteristics {characteristics:#x}")?;
        if let Some(extended) = extended {
            write!(f, ", extended {extended:#x}")?;
        }
        write!(f, ", coding {coding}, interpretation {interpretation}, presentation {presentation}")
    }
}

/// Remote operations (Q.763 §3.48, national use).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteOperations {
    /// Protocol profile, 5 bits: 17 remote operations protocol.
    pub profile: u8,
    /// Components (Q.773).
    pub components: Octets,
}

const PROFILE: Field = Field::new(0, 5);

impl Value for RemoteOperations {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, components) = octets.split_first()?;
        let profile = PROFILE.get((*first).into());
        Some(Self { profile, components: Octets::read(components)? })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(PROFILE.holds(self.profile))?;
        out.push(self.profile | LAST);
        self.components.write(out)
    }
}

impl fmt::Display for RemoteOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "profile {}, {}", self.profile, self.components)
    }
}

base::coded_value! {
    /// A feature code of the service activation (Q.763 §3.49).
    pub struct FeatureCode(u8) {
        /// Call transfer.
        CALL_TRANSFER = 1, "call transfer";
    }
}

/// Service activation (Q.763 §3.49): a feature code an octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceActivation(pub Vec<FeatureCode>);

impl Value for ServiceActivation {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        Some(Self(octets.iter().copied().map(FeatureCode).collect()))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        out.extend(self.0.iter().map(|code| code.0));
        fits(!self.0.is_empty())
    }
}

impl fmt::Display for ServiceActivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = crate::print::Fields::new(f);
        self.0.iter().for_each(|code| list.field(format_args!("{code}")));
        list.finish()
    }
}

/// Generic digits (Q.763 §3.24, national use).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericDigits {
    /// Encoding scheme, 3 bits: 0 BCD even, 1 BCD odd, 2 IA5, 3 binary.
    pub encoding: u8,
    /// Type of digits, 5 bits: 0 account code, 1 authorization code, 2 private networking
    /// travelling class mark, 3 business communication group identity.
    pub digits_type: u8,
    /// The digits, encoded.
    pub digits: Octets,
}

const ENCODING: Field = Field::new(5, 3);
const DIGITS_TYPE: Field = Field::new(0, 5);

impl Value for GenericDigits {
    const LENGTHS: (u8, u8) = (1, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, digits) = octets.split_first()?;
        let first = u16::from(*first);
        let (encoding, digits_type) = (ENCODING.get(first), DIGITS_TYPE.get(first));
        Some(Self { encoding, digits_type, digits: Octets::read(digits)? })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(ENCODING.holds(self.encoding) && DIGITS_TYPE.holds(self.digits_type))?;
        out.push(ENCODING.put(DIGITS_TYPE.put(0, self.digits_type), self.encoding) as u8);
        self.digits.write(out)
    }
}

impl fmt::Display for GenericDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "type {}, encoding {}, {}", self.digits_type, self.encoding, self.digits)
    }
}

/// Forward GVNS (Q.763 §3.66).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardGvns {
    /// Originating participating service provider.
    pub provider: Digits,
    /// GVNS user group.
    pub user_group: Digits,
    /// Terminating network routing number.
    pub routing: Digits,
    /// Numbering plan of the routing number, 3 bits.
    pub plan: u8,
    /// Nature of address of the routing number, 7 bits.
    pub nature: u8,
}

const GVNS_LENGTH: Field = Field::new(0, 4);
const GVNS_PLAN: Field = Field::new(4, 3);

impl ForwardGvns {
    /// Digits with their length and parity in the octet before them.
    fn read_digits(octets: &[u8]) -> Option<(Digits, &[u8])> {
        let (first, rest) = octets.split_first()?;
        let first = u16::from(*first);
        let (signals, rest) = rest.split_at_checked(GVNS_LENGTH.get(first).into())?;
        let (digits, false) = Digits::read(ODD.is_set(first), signals)? else { return None };
        Some((digits, rest))
    }

    /// The octet before digits that take so many octets with what is before them.
    fn head(digits: &Digits, more: usize) -> Result<u16, Unwritable> {
        let length = u8::try_from(digits.octets(false) + more).map_err(|_| Unwritable)?;
        fits(GVNS_LENGTH.holds(length))?;
        Ok(ODD.put(GVNS_LENGTH.put(0, length), digits.is_odd().into()))
    }
}

impl Value for ForwardGvns {
    const LENGTHS: (u8, u8) = (4, 3 * 16);

    fn read(octets: &[u8]) -> Option<Self> {
        let (provider, rest) = Self::read_digits(octets)?;
        let (user_group, rest) = Self::read_digits(rest)?;
        let ([first, nature], signals) = rest.split_first_chunk()?;
        let first = u16::from(*first);
        if usize::from(GVNS_LENGTH.get(first)) != signals.len() + 1 {
            return None;
        }
        let (routing, false) = Digits::read(ODD.is_set(first), signals)? else { return None };
        let (plan, nature) = (GVNS_PLAN.get(first), SEVEN.get((*nature).into()));
        Some(Self { provider, user_group, routing, plan, nature })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(GVNS_PLAN.holds(self.plan) && SEVEN.holds(self.nature))?;
        for digits in [self.provider, self.user_group] {
            out.push(Self::head(&digits, 0)? as u8);
            digits.write(false, out);
        }
        out.push(GVNS_PLAN.put(Self::head(&self.routing, 1)?, self.plan) as u8);
        out.push(self.nature);
        self.routing.write(false, out);
        Ok(())
    }
}

impl fmt::Display for ForwardGvns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, user_group, routing, plan, nature } = self;
        write!(f, "provider {provider}, user group {user_group}, ")?;
        write!(f, "routing number {routing} (nature {nature}, plan {plan})")
    }
}

/// Calling geodetic location (Q.763 §3.88).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingGeodeticLocation {
    /// Who may see it, 2 bits: 0 everybody, 1 restricted, 2 not available.
    pub presentation: u8,
    /// Who vouches for it, 2 bits: as of a calling party number.
    pub screening: u8,
    /// Type of shape, 7 bits: 0 ellipsoid point, 1 with uncertainty, 2 with altitude and
    /// uncertainty, 3 ellipse, 4 circle sector, 5 polygon.
    pub shape: u8,
    /// What the shape is described by.
    pub description: Octets,
}

const LOCATION_SCREENING: Field = Field::new(0, 2);
const LOCATION_PRESENTATION: Field = Field::new(2, 2);

impl Value for CallingGeodeticLocation {
    const LENGTHS: (u8, u8) = (2, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let ([first, shape], description) = octets.split_first_chunk()?;
        let first = u16::from(*first);
        Some(Self {
            presentation: LOCATION_PRESENTATION.get(first),
            screening: LOCATION_SCREENING.get(first),
            shape: shape & !LAST,
            description: Octets::read(description)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        let first = LOCATION_PRESENTATION.holds(self.presentation)
            && LOCATION_SCREENING.holds(self.screening);
        fits(first && SEVEN.holds(self.shape))?;
        let first = LOCATION_SCREENING.put(0, self.screening);
        out.push(LOCATION_PRESENTATION.put(first, self.presentation) as u8);
        out.push(self.shape | LAST);
        self.description.write(out)
    }
}

impl fmt::Display for CallingGeodeticLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { presentation, screening, shape, description } = self;
        write!(f, "shape {shape}, presentation {presentation}, screening {screening}, ")?;
        write!(f, "{description}")
    }
}

/// Generic name (ANSI T1.113): who calls, in letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericName {
    /// Type of name, 3 bits: 1 calling, 2 original called, 3 redirecting, 4 connected.
    pub name_type: u8,
    /// Whether the name is not available.
    pub unavailable: bool,
    /// Presentation, 2 bits: 0 allowed, 1 restricted, 2 blocking toggle, 3 no indication.
    pub presentation: u8,
    /// The name in IA5 characters, at most 15.
    pub name: Octets,
}

const NAME_TYPE: Field = Field::new(5, 3);
const NAME_UNAVAILABLE: Field = Field::bit(4);

impl Value for GenericName {
    const LENGTHS: (u8, u8) = (1, 16);

    fn read(octets: &[u8]) -> Option<Self> {
        let (first, name) = octets.split_first()?;
        let first = u16::from(*first);
        Some(Self {
            name_type: NAME_TYPE.get(first),
            unavailable: NAME_UNAVAILABLE.is_set(first),
            presentation: PRESENTATION.get(first),
            name: Octets::read(name)?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        fits(NAME_TYPE.holds(self.name_type) && PRESENTATION.holds(self.presentation))?;
        let first = NAME_TYPE.put(PRESENTATION.put(0, self.presentation), self.name_type);
        out.push(NAME_UNAVAILABLE.put(first, self.unavailable.into()) as u8);
        self.name.write(out)
    }
}

impl fmt::Display for GenericName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name_type, unavailable, presentation, name } = self;
        let unavailable = if *unavailable { ", not available" } else { "" };
        let name = name.0.escape_ascii();
        write!(f, "\"{name}\" (type {name_type}, presentation {presentation}{unavailable})")
    }
}

/// Pivot routing forward and backward information (Q.763 §3.94, §3.95), redirect forward and
/// backward information (§3.99, §3.100): pieces that have a tag each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectInformation(pub Vec<Piece>);

/// A piece of [`RedirectInformation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is. Forward: 1 return to invoking exchange possible, 2 its call identifier,
    /// 3 performing indicator, 4 invoking reason. Backward: 1 return to invoking exchange, 2 its
    /// call identifier, 3 invoking reason.
    pub tag: u8,
    /// What it says.
    pub contents: Octets,
}

impl Value for RedirectInformation {
    const LENGTHS: (u8, u8) = (2, u8::MAX);

    fn read(octets: &[u8]) -> Option<Self> {
        let (mut rest, mut pieces) = (octets, Vec::new());
        while let Some(([tag, length], after)) = rest.split_first_chunk() {
            let (contents, after) = after.split_at_checked((*length).into())?;
            pieces.push(Piece { tag: *tag, contents: Octets::read(contents)? });
            rest = after;
        }
        rest.is_empty().then_some(Self(pieces))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Unwritable> {
        for Piece { tag, contents } in &self.0 {
            out.extend([*tag, u8::try_from(contents.0.len()).map_err(|_| Unwritable)?]);
            contents.write(out)?;
        }
        fits(!self.0.is_empty())
    }
}

impl fmt::Display for RedirectInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = crate::print::Fields::new(f);
        for Piece { tag, contents } in &self.0 {
            list.field(format_args!("{tag}: {contents}"));
        }
        list.finish()
    }
}
