//! Routing keys that the peer registers (RFC 4666 §4.4). Only keys that are configured here can be:
//! an application server that may be registered, found by its destinations.

use super::{Association, Membership, Side};
use crate::PointCode;
use crate::m3ua::AspState;
use crate::m3ua::codes::{DeregistrationStatus, RegistrationStatus};
use crate::m3ua::message::{Deregistered, Message, Registered, RoutingKey};
use bytes::Bytes;

impl Association {
    /// REG REQ (§4.4.1).
    pub(super) fn peer_registers(&mut self, keys: &[RoutingKey], octets: &Bytes) {
        if !self.peers_up {
            return self.unexpected(octets, Vec::new());
        }
        let results = keys.iter().map(|key| self.register(key)).collect();
        self.say(&Message::RegRsp(results));
        for server in 0..self.servers.len() {
            let fresh = |one: &Membership| one.registered && one.peers == AspState::Down;
            if self.servers.get(server).is_some_and(fresh) {
                self.set(server, Side::Peers, AspState::Inactive, "registered");
            }
        }
    }

    fn register(&mut self, key: &RoutingKey) -> Registered {
        let local = key.local;
        let refused = |status| Registered { local, status, context: 0 };
        let server = match self.find(key) {
            Ok(server) => server,
            Err(status) => return refused(status),
        };
        let number = self.number(server);
        let Some(one) = self.servers.get_mut(server) else {
            return refused(RegistrationStatus::NOT_PROVISIONED);
        };
        if one.registered {
            let context = one.context.unwrap_or(number);
            return Registered { local, status: RegistrationStatus::ALREADY_REGISTERED, context };
        }
        (one.registered, one.context) = (true, Some(number));
        Registered { local, status: RegistrationStatus::REGISTERED, context: number }
    }

    /// The application server that a key is for.
    fn find(&self, key: &RoutingKey) -> Result<usize, RegistrationStatus> {
        if key.parts.is_empty() {
            return Err(RegistrationStatus::INVALID_ROUTING_KEY);
        }
        if key.has_more {
            return Err(RegistrationStatus::UNSUPPORTED_FIELD);
        }
        if key.parts.iter().any(|part| !part.dpc.is_valid()) {
            return Err(RegistrationStatus::INVALID_DPC);
        }
        let ours = self.config.appearance;
        if key.appearance.is_some() && ours.is_some() && key.appearance != ours {
            return Err(RegistrationStatus::INVALID_NETWORK_APPEARANCE);
        }
        let asked: Vec<PointCode> = key.parts.iter().map(|part| part.dpc).collect();
        let covers =
            |one: &Membership| asked.iter().filter(|dpc| one.config.peers.contains(dpc)).count();
        let found = self.servers.iter().position(|one| covers(one) > 0);
        let found = found.ok_or(RegistrationStatus::NOT_PROVISIONED)?;
        let one = self.servers.get(found).ok_or(RegistrationStatus::NOT_PROVISIONED)?;
        // A message could be for this key and for the one that is configured.
        if covers(one) != asked.len() || one.config.peers.len() != asked.len() {
            return Err(RegistrationStatus::NOT_UNIQUE);
        }
        for part in &key.parts {
            let service = self.identity.service;
            let is_served = part.services.is_empty() || part.services.contains(&service);
            let own = self.identity.own;
            let is_ours =
                part.origins.is_empty() || part.origins.iter().any(|origin| origin.covers(own));
            if !is_served || !is_ours {
                return Err(RegistrationStatus::NOT_PROVISIONED);
            }
        }
        if key.mode.is_some_and(|mode| mode.name().is_none())
            || key.mode.is_some() && one.mode.is_some() && key.mode != one.mode
        {
            return Err(RegistrationStatus::UNSUPPORTED_MODE);
        }
        let number = one.context.unwrap_or_else(|| self.number(found));
        if key.context.is_some_and(|context| context != number) {
            return Err(RegistrationStatus::CHANGE_REFUSED);
        }
        Ok(found)
    }

    /// The routing context of an application server: the one configured, or one made of its lowest
    /// point code, so that it is the same on each association.
    fn number(&self, server: usize) -> u32 {
        let Some(one) = self.servers.get(server) else { return 0 };
        let made = || one.config.peers.iter().map(|peer| peer.0 + 1).min().unwrap_or(1);
        one.config.context.unwrap_or_else(made)
    }

    /// DEREG REQ (§4.4.2).
    pub(super) fn peer_deregisters(&mut self, contexts: &[u32], octets: &Bytes) {
        if !self.peers_up {
            return self.unexpected(octets, contexts.to_vec());
        }
        let results = contexts.iter().map(|context| self.deregister(*context)).collect();
        self.say(&Message::DeregRsp(results));
    }

    fn deregister(&mut self, context: u32) -> Deregistered {
        let number = |at| self.number(at);
        let is_it = |(at, one): &(usize, &Membership)| {
            one.context == Some(context) || one.config.register && number(*at) == context
        };
        let found = self.servers.iter().enumerate().find(is_it).map(|(at, _)| at);
        let status = match found.and_then(|at| self.servers.get_mut(at)) {
            None => DeregistrationStatus::INVALID_ROUTING_CONTEXT,
            Some(one) if !one.config.register => DeregistrationStatus::PERMISSION_DENIED,
            Some(one) if !one.registered => DeregistrationStatus::NOT_REGISTERED,
            Some(one) if one.peers == AspState::Active => DeregistrationStatus::ASP_ACTIVE,
            Some(one) => {
                one.deregister();
                DeregistrationStatus::DEREGISTERED
            }
        };
        if let (Some(at), DeregistrationStatus::DEREGISTERED) = (found, status) {
            self.set(at, Side::Peers, AspState::Down, "deregistered");
        }
        Deregistered { context, status }
    }
}
