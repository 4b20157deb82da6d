//! Routing keys and what becomes of them (RFC 4666 §3.6).

use super::super::codes::{DeregistrationStatus, ErrorCode, RegistrationStatus, Tag, TrafficMode};
use super::super::parameters::{Parameters, integer, integers, put, put_integer, put_integers};
use super::Affected;
use crate::{PointCode, ServiceIndicator};
use bytes::{Bytes, BytesMut};

/// Which messages an application server is to get (§3.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutingKey {
    /// By which the answer names it.
    pub local: u32,
    /// The key that is to be changed.
    pub context: Option<u32>,
    /// How the traffic is to be divided.
    pub mode: Option<TrafficMode>,
    /// The network.
    pub appearance: Option<u32>,
    /// A message that fits one of these is meant.
    pub parts: Vec<KeyPart>,
    /// It also names what is not of RFC 4666, such as the circuits of RFC 3332.
    pub has_more: bool,
}

/// One destination of a routing key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPart {
    /// The destination.
    pub dpc: PointCode,
    /// The user parts; none: all.
    pub services: Vec<ServiceIndicator>,
    /// Who may send; none: all.
    pub origins: Vec<Affected>,
}

/// What became of one key (§3.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its name in the request.
    pub local: u32,
    /// What became of it.
    pub status: RegistrationStatus,
    /// Its routing context; 0: none.
    pub context: u32,
}

/// What became of one deregistration (§3.6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deregistered {
    /// The routing context.
    pub context: u32,
    /// What became of it.
    pub status: DeregistrationStatus,
}

pub(super) fn read_keys(given: &Parameters) -> Result<Vec<RoutingKey>, ErrorCode> {
    given.wanted(Tag::ROUTING_KEY)?;
    given.all(Tag::ROUTING_KEY).map(RoutingKey::read).collect()
}

impl RoutingKey {
    fn read(value: &Bytes) -> Result<Self, ErrorCode> {
        let given = Parameters::read(value.clone())?;
        let mut key = Self {
            local: given.wanted_integer(Tag::LOCAL_KEY)?,
            context: given.integer(Tag::ROUTING_CONTEXT)?,
            mode: given.integer(Tag::TRAFFIC_MODE)?.map(TrafficMode),
            appearance: given.integer(Tag::NETWORK_APPEARANCE)?,
            parts: Vec::new(),
            has_more: false,
        };
        // Services and origins belong to the destination before them.
        for (tag, value) in given.iter() {
            match (tag, key.parts.last_mut()) {
                (Tag::DESTINATION, _) => {
                    let dpc = Affected::read(integer(value)?).code;
                    key.parts.push(KeyPart { dpc, ..KeyPart::default() });
                }
                (Tag::SERVICES, Some(part)) => {
                    part.services = value.iter().copied().map(ServiceIndicator).collect();
                }
                (Tag::ORIGINS, Some(part)) => {
                    part.origins = integers(value)?.into_iter().map(Affected::read).collect();
                }
                (
                    Tag::LOCAL_KEY
                    | Tag::ROUTING_CONTEXT
                    | Tag::TRAFFIC_MODE
                    | Tag::NETWORK_APPEARANCE,
                    _,
                ) => {}
                _ => key.has_more = true,
            }
        }
        Ok(key)
    }

    pub(super) fn write(&self, body: &mut BytesMut) {
        let mut key = BytesMut::new();
        put_integer(&mut key, Tag::LOCAL_KEY, Some(self.local));
        put_integer(&mut key, Tag::ROUTING_CONTEXT, self.context);
        put_integer(&mut key, Tag::TRAFFIC_MODE, self.mode.map(|mode| mode.0));
        put_integer(&mut key, Tag::NETWORK_APPEARANCE, self.appearance);
        for part in &self.parts {
            put_integer(&mut key, Tag::DESTINATION, Some(Affected::one(part.dpc).write()));
            if !part.services.is_empty() {
                let services: Vec<u8> = part.services.iter().map(|service| service.0).collect();
                put(&mut key, Tag::SERVICES, &services);
            }
            let origins: Vec<u32> = part.origins.iter().map(|origin| origin.write()).collect();
            put_integers(&mut key, Tag::ORIGINS, &origins);
        }
        put(body, Tag::ROUTING_KEY, &key);
    }
}

pub(super) fn read_registered(given: &Parameters) -> Result<Vec<Registered>, ErrorCode> {
    given.wanted(Tag::REGISTRATION_RESULT)?;
    let read = |value: &Bytes| {
        let given = Parameters::read(value.clone())?;
        Ok(Registered {
            local: given.wanted_integer(Tag::LOCAL_KEY)?,
            status: RegistrationStatus(given.wanted_integer(Tag::REGISTRATION_STATUS)?),
            context: given.wanted_integer(Tag::ROUTING_CONTEXT)?,
        })
    };
    given.all(Tag::REGISTRATION_RESULT).map(read).collect()
}

impl Registered {
    pub(super) fn write(&self, body: &mut BytesMut) {
        let mut result = BytesMut::new();
        put_integer(&mut result, Tag::LOCAL_KEY, Some(self.local));
        put_integer(&mut result, Tag::REGISTRATION_STATUS, Some(self.status.0));
        put_integer(&mut result, Tag::ROUTING_CONTEXT, Some(self.context));
        put(body, Tag::REGISTRATION_RESULT, &result);
    }
}

pub(super) fn read_deregistered(given: &Parameters) -> Result<Vec<Deregistered>, ErrorCode> {
    given.wanted(Tag::DEREGISTRATION_RESULT)?;
    let read = |value: &Bytes| {
        let given = Parameters::read(value.clone())?;
        Ok(Deregistered {
            context: given.wanted_integer(Tag::ROUTING_CONTEXT)?,
            status: DeregistrationStatus(given.wanted_integer(Tag::DEREGISTRATION_STATUS)?),
        })
    };
    given.all(Tag::DEREGISTRATION_RESULT).map(read).collect()
}

impl Deregistered {
    pub(super) fn write(&self, body: &mut BytesMut) {
        let mut result = BytesMut::new();
        put_integer(&mut result, Tag::ROUTING_CONTEXT, Some(self.context));
        put_integer(&mut result, Tag::DEREGISTRATION_STATUS, Some(self.status.0));
        put(body, Tag::DEREGISTRATION_RESULT, &result);
    }
}
