//! What the peer asks of us: ASPUP, ASPDN, ASPAC and ASPIA (RFC 4666 §4.3.4).

use super::{Association, Membership, Side};
use crate::m3ua::AspState;
use crate::m3ua::codes::{ErrorCode, TrafficMode};
use crate::m3ua::message::Message;
use bytes::Bytes;

impl Association {
    /// What is wrong with who the peer says it is, if anything is; `taken`: another says the same.
    fn misnamed(&self, identifier: Option<u32>, taken: bool) -> Option<ErrorCode> {
        match (self.config.peer_identifier, identifier) {
            (Some(_), None) => Some(ErrorCode::ASP_IDENTIFIER_REQUIRED),
            (Some(wanted), Some(given)) if wanted != given => {
                Some(ErrorCode::INVALID_ASP_IDENTIFIER)
            }
            _ => taken.then_some(ErrorCode::INVALID_ASP_IDENTIFIER),
        }
    }

    /// RFC 4666 §4.3.4.1.
    pub(in crate::m3ua) fn peer_up(
        &mut self,
        identifier: Option<u32>,
        taken: bool,
        octets: &Bytes,
    ) {
        if let Some(code) = self.misnamed(identifier, taken) {
            return self.refuse(code, octets, Vec::new());
        }
        self.peer_identifier = identifier;
        let was_active = self.peers() == AspState::Active;
        self.say(&Message::AspUpAck { identifier: self.config.identifier });
        if was_active {
            self.unexpected(octets, Vec::new());
            self.servers.iter_mut().for_each(Membership::deregister);
        }
        // Already inactive: nothing further is done, and what is registered stays so.
        self.set_up(Side::Peers, true, "ASPUP");
    }

    /// RFC 4666 §4.3.4.2.
    pub(super) fn peer_down(&mut self) {
        self.say(&Message::AspDownAck);
        self.set_up(Side::Peers, false, "ASPDN");
        self.servers.iter_mut().for_each(Membership::deregister);
    }

    /// RFC 4666 §4.3.4.3.
    pub(super) fn peer_active(
        &mut self,
        mode: Option<TrafficMode>,
        contexts: &[u32],
        octets: &Bytes,
    ) {
        if !self.peers_up {
            return self.unexpected(octets, contexts.to_vec());
        }
        let (named, wrong) = self.named(contexts);
        if !wrong.is_empty() {
            self.refuse(ErrorCode::NO_CONFIGURED_AS, octets, wrong);
        } else if named.is_empty() {
            return self.refuse(ErrorCode::INVALID_ROUTING_CONTEXT, octets, Vec::new());
        }
        let differs = |server: usize| {
            let ours = self.servers.get(server).and_then(|one| one.mode);
            let is_wrong =
                |mode: TrafficMode| mode.name().is_none() || ours.is_some_and(|ours| ours != mode);
            mode.is_some_and(is_wrong)
        };
        let (refused, accepted): (Vec<_>, Vec<_>) =
            named.into_iter().partition(|(server, _)| differs(*server));
        if !refused.is_empty() {
            let contexts = refused.iter().filter_map(|(_, context)| *context).collect();
            self.refuse(ErrorCode::UNSUPPORTED_TRAFFIC_MODE, octets, contexts);
        }
        if accepted.is_empty() {
            return;
        }
        let contexts = accepted.iter().filter_map(|(_, context)| *context).collect();
        self.say(&Message::AspActiveAck { mode, contexts });
        for (server, _) in accepted {
            if let Some(one) = self.servers.get_mut(server) {
                one.asked_mode = mode;
            }
            self.set(server, Side::Peers, AspState::Active, "ASPAC");
        }
    }

    /// RFC 4666 §4.3.4.4.
    pub(super) fn peer_inactive(&mut self, contexts: &[u32], octets: &Bytes) {
        if !self.peers_up {
            return self.unexpected(octets, contexts.to_vec());
        }
        let (named, wrong) = self.named(contexts);
        if !wrong.is_empty() {
            self.refuse(ErrorCode::INVALID_ROUTING_CONTEXT, octets, wrong);
        } else if named.is_empty() {
            return self.refuse(ErrorCode::NO_CONFIGURED_AS, octets, Vec::new());
        }
        if named.is_empty() {
            return;
        }
        let contexts = named.iter().filter_map(|(_, context)| *context).collect();
        self.say(&Message::AspInactiveAck { contexts });
        for (server, _) in named {
            if self.servers.get(server).is_some_and(|one| one.peers == AspState::Active) {
                self.set(server, Side::Peers, AspState::Inactive, "ASPIA");
            }
        }
    }
}
