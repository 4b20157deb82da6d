//! Messages, read and written (RFC 4666 §3). What we do not use of a message (INFO strings,
//! parameters of later versions) is passed over, as §3 wants it.

mod keys;

pub use keys::{Deregistered, KeyPart, Registered, RoutingKey};

use super::codes::{ErrorCode, Kind, Status, Tag, TrafficMode};
use super::parameters::{Parameters, put, put_integer, put_integers};
use crate::{NetworkIndicator, PointCode, ServiceIndicator, Sls};
use bytes::{BufMut, Bytes, BytesMut};

/// The common header: version, reserved, class, type, length (§3.1).
pub(super) const HEADER: usize = 8;
/// The one version there is (§3.1.1).
const VERSION: u8 = 1;
/// Point codes have 24 bits at most here; the octet before them is a mask (§3.4.1).
const CODE: u32 = 0x00ff_ffff;
/// How much of an offending message an ERR shows (§3.8.1).
const SHOWN: usize = 40;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as in RFC 4666, and described there")]
pub enum Message {
    Err(Error),
    Ntfy { status: Status, identifier: Option<u32>, contexts: Vec<u32> },
    Data(Data),
    Duna(Destinations),
    Dava(Destinations),
    Daud(Destinations),
    Drst(Destinations),
    Scon { destinations: Destinations, concerned: Option<PointCode>, level: Option<u8> },
    Dupu { destinations: Destinations, user: ServiceIndicator, cause: u16 },
    AspUp { identifier: Option<u32> },
    AspUpAck { identifier: Option<u32> },
    AspDown,
    AspDownAck,
    Beat { data: Option<Bytes> },
    BeatAck { data: Option<Bytes> },
    AspActive { mode: Option<TrafficMode>, contexts: Vec<u32> },
    AspActiveAck { mode: Option<TrafficMode>, contexts: Vec<u32> },
    AspInactive { contexts: Vec<u32> },
    AspInactiveAck { contexts: Vec<u32> },
    RegReq(Vec<RoutingKey>),
    RegRsp(Vec<Registered>),
    DeregReq { contexts: Vec<u32> },
    DeregRsp(Vec<Deregistered>),
}

/// ERR (§3.8.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub code: ErrorCode,
    /// Routing contexts concerned.
    pub contexts: Vec<u32>,
    /// The network appearance concerned.
    pub appearance: Option<u32>,
    /// Point codes concerned.
    pub affected: Vec<Affected>,
    /// The beginning of the message that was wrong.
    pub diagnostic: Option<Bytes>,
}

impl Error {
    /// An error about a message.
    pub fn about(code: ErrorCode, octets: &Bytes) -> Self {
        let diagnostic = Some(octets.slice(..octets.len().min(SHOWN)));
        Self { code, contexts: Vec::new(), appearance: None, affected: Vec::new(), diagnostic }
    }
}

/// DATA (§3.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Which network the point codes belong to.
    pub appearance: Option<u32>,
    /// Which application server it is for.
    pub context: Option<u32>,
    /// The message of the user part, with its label.
    pub protocol: ProtocolData,
    /// Keeps ASPs in step that get the same messages.
    pub correlation: Option<u32>,
}

/// Label, service information and payload (§3.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolData {
    /// Originating point code.
    pub opc: PointCode,
    /// Destination point code.
    pub dpc: PointCode,
    /// Whom it is for.
    pub service: ServiceIndicator,
    /// The network.
    pub network: NetworkIndicator,
    /// Message priority, where the network has any.
    pub priority: u8,
    /// Signalling link selection.
    pub sls: Sls,
    /// What follows the label in MTP.
    pub payload: Bytes,
}

/// A point code of which the lowest `mask` bits do not matter (§3.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affected {
    /// How many bits do not matter.
    pub mask: u8,
    /// The code.
    pub code: PointCode,
}

impl Affected {
    /// One point alone.
    pub const fn one(code: PointCode) -> Self {
        Self { mask: 0, code }
    }

    /// Whether the point is meant.
    pub fn covers(self, code: PointCode) -> bool {
        let differing = self.code.0 ^ code.0;
        differing.checked_shr(u32::from(self.mask)).unwrap_or(0) == 0
    }

    pub(super) const fn read(value: u32) -> Self {
        Self { mask: (value >> 24) as u8, code: PointCode(value & CODE) }
    }

    pub(super) fn write(self) -> u32 {
        u32::from(self.mask) << 24 | self.code.0 & CODE
    }
}

/// What a message of signalling network management is about (§3.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations {
    /// Which network the point codes belong to.
    pub appearance: Option<u32>,
    /// The application servers concerned.
    pub contexts: Vec<u32>,
    /// The destinations.
    pub affected: Vec<Affected>,
}

impl Destinations {
    fn read(parameters: &Parameters) -> Result<Self, ErrorCode> {
        parameters.wanted(Tag::AFFECTED)?;
        let affected = parameters.integers(Tag::AFFECTED)?;
        Ok(Self {
            appearance: parameters.integer(Tag::NETWORK_APPEARANCE)?,
            contexts: parameters.integers(Tag::ROUTING_CONTEXT)?,
            affected: affected.into_iter().map(Affected::read).collect(),
        })
    }

    fn write(&self, body: &mut BytesMut) {
        put_integer(body, Tag::NETWORK_APPEARANCE, self.appearance);
        put_integers(body, Tag::ROUTING_CONTEXT, &self.contexts);
        put_affected(body, &self.affected);
    }
}

fn put_affected(body: &mut BytesMut, affected: &[Affected]) {
    let codes: Vec<u32> = affected.iter().map(|one| one.write()).collect();
    put_integers(body, Tag::AFFECTED, &codes);
}

impl Message {
    /// Which message it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Err(_) => Kind::ERR,
            Self::Ntfy { .. } => Kind::NTFY,
            Self::Data(_) => Kind::DATA,
            Self::Duna(_) => Kind::DUNA,
            Self::Dava(_) => Kind::DAVA,
            Self::Daud(_) => Kind::DAUD,
            Self::Drst(_) => Kind::DRST,
            Self::Scon { .. } => Kind::SCON,
            Self::Dupu { .. } => Kind::DUPU,
            Self::AspUp { .. } => Kind::ASPUP,
            Self::AspUpAck { .. } => Kind::ASPUP_ACK,
            Self::AspDown => Kind::ASPDN,
            Self::AspDownAck => Kind::ASPDN_ACK,
            Self::Beat { .. } => Kind::BEAT,
            Self::BeatAck { .. } => Kind::BEAT_ACK,
            Self::AspActive { .. } => Kind::ASPAC,
            Self::AspActiveAck { .. } => Kind::ASPAC_ACK,
            Self::AspInactive { .. } => Kind::ASPIA,
            Self::AspInactiveAck { .. } => Kind::ASPIA_ACK,
            Self::RegReq(_) => Kind::REG_REQ,
            Self::RegRsp(_) => Kind::REG_RSP,
            Self::DeregReq { .. } => Kind::DEREG_REQ,
            Self::DeregRsp(_) => Kind::DEREG_RSP,
        }
    }

    /// Reads one whole message. An error is what the sender is to be told.
    pub fn read(octets: &Bytes) -> Result<Self, ErrorCode> {
        let Some(&[version, _reserved, class, kind]) = octets.first_chunk::<4>() else {
            return Err(ErrorCode::PARAMETER_FIELD_ERROR);
        };
        if version != VERSION {
            return Err(ErrorCode::INVALID_VERSION);
        }
        let kind = Kind(u16::from_be_bytes([class, kind]));
        if !kind.is_class_known() {
            return Err(ErrorCode::UNSUPPORTED_CLASS);
        }
        if kind.name().is_none() {
            return Err(ErrorCode::UNSUPPORTED_TYPE);
        }
        let body = octets.slice(HEADER.min(octets.len())..);
        Self::read_body(kind, &Parameters::read(body)?)
    }

    fn read_body(kind: Kind, given: &Parameters) -> Result<Self, ErrorCode> {
        let contexts = || given.integers(Tag::ROUTING_CONTEXT);
        let identifier = || given.integer(Tag::ASP_IDENTIFIER);
        let mode = || Ok::<_, ErrorCode>(given.integer(Tag::TRAFFIC_MODE)?.map(TrafficMode));
        let data = || given.get(Tag::HEARTBEAT_DATA).cloned();
        Ok(match kind {
            Kind::ERR => Self::Err(read_error(given)?),
            Kind::NTFY => {
                let status = given.integer(Tag::STATUS)?.ok_or(ErrorCode::MISSING_PARAMETER)?;
                let (identifier, contexts) = (identifier()?, contexts()?);
                Self::Ntfy { status: Status(status), identifier, contexts }
            }
            Kind::DATA => Self::Data(read_data(given)?),
            Kind::DUNA => Self::Duna(Destinations::read(given)?),
            Kind::DAVA => Self::Dava(Destinations::read(given)?),
            Kind::DAUD => Self::Daud(Destinations::read(given)?),
            Kind::DRST => Self::Drst(Destinations::read(given)?),
            Kind::SCON => Self::Scon {
                destinations: Destinations::read(given)?,
                concerned: given.integer(Tag::CONCERNED)?.map(|code| PointCode(code & CODE)),
                level: given.integer(Tag::CONGESTION)?.map(|level| level as u8),
            },
            Kind::DUPU => read_user_part(given)?,
            Kind::ASPUP => Self::AspUp { identifier: identifier()? },
            Kind::ASPUP_ACK => Self::AspUpAck { identifier: identifier()? },
            Kind::ASPDN => Self::AspDown,
            Kind::ASPDN_ACK => Self::AspDownAck,
            Kind::BEAT => Self::Beat { data: data() },
            Kind::BEAT_ACK => Self::BeatAck { data: data() },
            Kind::ASPAC => Self::AspActive { mode: mode()?, contexts: contexts()? },
            Kind::ASPAC_ACK => Self::AspActiveAck { mode: mode()?, contexts: contexts()? },
            Kind::ASPIA => Self::AspInactive { contexts: contexts()? },
            Kind::ASPIA_ACK => Self::AspInactiveAck { contexts: contexts()? },
            Kind::REG_REQ => Self::RegReq(keys::read_keys(given)?),
            Kind::REG_RSP => Self::RegRsp(keys::read_registered(given)?),
            Kind::DEREG_REQ => {
                given.wanted(Tag::ROUTING_CONTEXT)?;
                Self::DeregReq { contexts: contexts()? }
            }
            Kind::DEREG_RSP => Self::DeregRsp(keys::read_deregistered(given)?),
            _ => return Err(ErrorCode::UNSUPPORTED_TYPE),
        })
    }

    /// Writes it.
    pub fn write(&self) -> Bytes {
        let mut octets = BytesMut::with_capacity(64);
        octets.put_u8(VERSION);
        octets.put_u8(0);
        octets.put_u16(self.kind().0);
        octets.put_u32(0);
        self.write_body(&mut octets);
        let length = (octets.len() as u32).to_be_bytes();
        if let Some(place) = octets.get_mut(4..HEADER) {
            place.copy_from_slice(&length);
        }
        octets.freeze()
    }

    fn write_body(&self, body: &mut BytesMut) {
        match self {
            Self::Err(error) => write_error(error, body),
            Self::Ntfy { status, identifier, contexts } => {
                put(body, Tag::STATUS, &status.0.to_be_bytes());
                put_integer(body, Tag::ASP_IDENTIFIER, *identifier);
                put_integers(body, Tag::ROUTING_CONTEXT, contexts);
            }
            Self::Data(data) => write_data(data, body),
            Self::Duna(destinations)
            | Self::Dava(destinations)
            | Self::Daud(destinations)
            | Self::Drst(destinations) => destinations.write(body),
            Self::Scon { destinations, concerned, level } => {
                destinations.write(body);
                put_integer(body, Tag::CONCERNED, concerned.map(|code| code.0 & CODE));
                put_integer(body, Tag::CONGESTION, level.map(u32::from));
            }
            Self::Dupu { destinations, user, cause } => {
                destinations.write(body);
                let value = u32::from(*cause) << 16 | u32::from(user.0);
                put(body, Tag::USER_CAUSE, &value.to_be_bytes());
            }
            Self::AspUp { identifier } | Self::AspUpAck { identifier } => {
                put_integer(body, Tag::ASP_IDENTIFIER, *identifier);
            }
            Self::AspDown | Self::AspDownAck => {}
            Self::Beat { data } | Self::BeatAck { data } => {
                if let Some(data) = data {
                    put(body, Tag::HEARTBEAT_DATA, data);
                }
            }
            Self::AspActive { mode, contexts } | Self::AspActiveAck { mode, contexts } => {
                put_integer(body, Tag::TRAFFIC_MODE, mode.map(|mode| mode.0));
                put_integers(body, Tag::ROUTING_CONTEXT, contexts);
            }
            Self::AspInactive { contexts }
            | Self::AspInactiveAck { contexts }
            | Self::DeregReq { contexts } => {
                put_integers(body, Tag::ROUTING_CONTEXT, contexts);
            }
            Self::RegReq(keys) => keys.iter().for_each(|key| key.write(body)),
            Self::RegRsp(results) => results.iter().for_each(|result| result.write(body)),
            Self::DeregRsp(results) => results.iter().for_each(|result| result.write(body)),
        }
    }
}

fn read_error(given: &Parameters) -> Result<Error, ErrorCode> {
    let code = given.integer(Tag::ERROR_CODE)?.ok_or(ErrorCode::MISSING_PARAMETER)?;
    let affected = given.integers(Tag::AFFECTED)?;
    Ok(Error {
        code: ErrorCode(code),
        contexts: given.integers(Tag::ROUTING_CONTEXT)?,
        appearance: given.integer(Tag::NETWORK_APPEARANCE)?,
        affected: affected.into_iter().map(Affected::read).collect(),
        diagnostic: given.get(Tag::DIAGNOSTIC).cloned(),
    })
}

fn write_error(error: &Error, body: &mut BytesMut) {
    put(body, Tag::ERROR_CODE, &error.code.0.to_be_bytes());
    put_integers(body, Tag::ROUTING_CONTEXT, &error.contexts);
    put_integer(body, Tag::NETWORK_APPEARANCE, error.appearance);
    put_affected(body, &error.affected);
    if let Some(diagnostic) = &error.diagnostic {
        put(body, Tag::DIAGNOSTIC, diagnostic);
    }
}

fn read_user_part(given: &Parameters) -> Result<Message, ErrorCode> {
    let destinations = Destinations::read(given)?;
    // §3.4.5: one point, whole.
    if destinations.affected.iter().any(|one| one.mask != 0) {
        return Err(ErrorCode::INVALID_PARAMETER_VALUE);
    }
    let value = given.integer(Tag::USER_CAUSE)?.ok_or(ErrorCode::MISSING_PARAMETER)?;
    let (cause, user) = ((value >> 16) as u16, ServiceIndicator(value as u8));
    Ok(Message::Dupu { destinations, user, cause })
}

fn read_data(given: &Parameters) -> Result<Data, ErrorCode> {
    let value = given.wanted(Tag::PROTOCOL_DATA)?;
    let Some(&[a, b, c, d, e, f, g, h, service, network, priority, sls]) =
        value.first_chunk::<LABEL>()
    else {
        return Err(ErrorCode::PARAMETER_FIELD_ERROR);
    };
    let protocol = ProtocolData {
        opc: PointCode(u32::from_be_bytes([a, b, c, d])),
        dpc: PointCode(u32::from_be_bytes([e, f, g, h])),
        service: ServiceIndicator(service),
        network: NetworkIndicator(network),
        priority,
        sls: Sls(sls),
        payload: value.slice(LABEL..),
    };
    let appearance = given.integer(Tag::NETWORK_APPEARANCE)?;
    let contexts = given.integers(Tag::ROUTING_CONTEXT)?;
    // §3.3.1: exactly one, where there is any.
    if contexts.len() > 1 {
        return Err(ErrorCode::INVALID_PARAMETER_VALUE);
    }
    let correlation = given.integer(Tag::CORRELATION)?;
    Ok(Data { appearance, context: contexts.first().copied(), protocol, correlation })
}

/// OPC, DPC, SI, NI, MP, SLS (§3.3.1).
const LABEL: usize = 12;

fn write_data(data: &Data, body: &mut BytesMut) {
    // §3.3.1: the network appearance comes first.
    put_integer(body, Tag::NETWORK_APPEARANCE, data.appearance);
    put_integer(body, Tag::ROUTING_CONTEXT, data.context);
    let protocol = &data.protocol;
    let mut value = BytesMut::with_capacity(LABEL + protocol.payload.len());
    value.put_u32(protocol.opc.0);
    value.put_u32(protocol.dpc.0);
    value.put_u8(protocol.service.0);
    value.put_u8(protocol.network.0);
    value.put_u8(protocol.priority);
    value.put_u8(protocol.sls.0);
    value.put_slice(&protocol.payload);
    put(body, Tag::PROTOCOL_DATA, &value);
    put_integer(body, Tag::CORRELATION, data.correlation);
}

#[cfg(test)]
mod tests;
