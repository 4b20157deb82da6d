//! Messages of the user part, and what is told of destinations (RFC 4666 §3.3, §3.4, §4.5).

use super::{Association, Event, Told, WINDOW};
use crate::PointCode;
use crate::m3ua::codes::ErrorCode;
use crate::m3ua::config::Role;
use crate::m3ua::message::{Data, Destinations, Error, Message, ProtocolData};
use crate::m3ua::{AspState, Outgoing};
use crate::sap::UnavailabilityCause;
use bytes::Bytes;

impl Association {
    /// Gives the driver what waits, the most urgent first.
    pub(in crate::m3ua) fn pump(&mut self) {
        while self.flow.in_flight < WINDOW
            && self.may_send()
            && let Some(outgoing) = self.queue.pop()
        {
            let dpc = outgoing.message.msu.label.dpc;
            let leads =
                |one: &&super::Membership| one.may_send() && one.config.peers.contains(&dpc);
            match self.servers.iter().find(leads).map(|one| one.context) {
                Some(context) => self.send_data(outgoing, context),
                None => self.events.push_back(Event::Unsent(outgoing)),
            }
        }
    }

    fn send_data(&mut self, outgoing: Outgoing, context: Option<u32>) {
        let Outgoing { message, correlation, .. } = outgoing;
        let label = message.msu.label;
        let protocol = ProtocolData {
            opc: label.opc,
            dpc: label.dpc,
            service: message.msu.service,
            network: message.msu.network,
            priority: message.msu.priority,
            sls: label.sls,
            payload: message.msu.payload,
        };
        let appearance = self.config.appearance;
        let data = Data { appearance, context, protocol, correlation };
        let octets = Message::Data(data.clone()).write();
        self.stats.sent += 1;
        self.send(message.class, Some(label.sls), octets);
        self.events.push_back(Event::Sent(data.protocol));
    }

    /// What is wrong with the network or the application server that a message names.
    fn misplaced(&self, appearance: Option<u32>, wrong: Vec<u32>, octets: &Bytes) -> Option<Error> {
        if !wrong.is_empty() {
            let error = Error::about(ErrorCode::INVALID_ROUTING_CONTEXT, octets);
            return Some(Error { contexts: wrong, ..error });
        }
        let ours = self.config.appearance;
        let is_wrong = appearance.is_some() && ours.is_some() && appearance != ours;
        is_wrong.then(|| {
            let error = Error::about(ErrorCode::INVALID_NETWORK_APPEARANCE, octets);
            Error { appearance, ..error }
        })
    }

    pub(super) fn data(&mut self, data: Data, octets: &Bytes) {
        let contexts: Vec<u32> = data.context.into_iter().collect();
        let (named, wrong) = self.named(&contexts);
        // §3.3.1: without a routing context the point that sends it tells the server.
        let opc = data.protocol.opc;
        let is_of = |server: usize| {
            self.servers.get(server).is_some_and(|one| one.config.peers.contains(&opc))
        };
        let server = named.iter().find(|(server, _)| is_of(*server)).or_else(|| named.first());
        let state = |server: usize| self.servers.get(server).map(|one| one.ours);
        let is_active = match server {
            Some((server, _)) => state(*server) == Some(AspState::Active),
            None => self.ours() == AspState::Active,
        };
        if !is_active {
            // §3.8.1: an ASP that is not active says nothing.
            if self.config.role == Role::Server && self.peers_up {
                self.unexpected(octets, contexts);
            } else {
                self.discard();
            }
            return;
        }
        if let Some(error) = self.misplaced(data.appearance, wrong, octets) {
            self.discard();
            return self.say(&Message::Err(error));
        }
        self.stats.received += 1;
        self.events.push_back(Event::Received(data.protocol));
    }

    /// Signalling network management (RFC 4666 §3.4, §4.5).
    pub(super) fn management(&mut self, message: Message, octets: &Bytes) {
        let (destinations, what) = match message {
            Message::Daud(destinations) => (destinations, None),
            Message::Duna(destinations) => (destinations, Some(Told::Unavailable)),
            Message::Dava(destinations) => (destinations, Some(Told::Available)),
            Message::Drst(destinations) => (destinations, Some(Told::Restricted)),
            Message::Scon { destinations, level, .. } => {
                (destinations, Some(Told::Congested { level }))
            }
            Message::Dupu { destinations, user, cause } => {
                let cause = UnavailabilityCause(cause as u8);
                (destinations, Some(Told::UserPart { user, cause }))
            }
            _ => return,
        };
        if !self.ours_up && !self.peers_up {
            return self.discard();
        }
        let (named, wrong) = self.named(&destinations.contexts);
        if let Some(error) = self.misplaced(destinations.appearance, wrong, octets) {
            self.discard();
            return self.say(&Message::Err(error));
        }
        let role = self.config.role;
        match what {
            None if role.answers() => self.events.push_back(Event::Asked(destinations)),
            // §3.4.4: also an ASP may say that it has too much to do.
            Some(what) if role.asks() || matches!(what, Told::Congested { .. }) => {
                let servers = named.into_iter().map(|(server, _)| server).collect();
                let affected = destinations.affected;
                self.events.push_back(Event::Told { servers, affected, what });
            }
            _ => self.unexpected(octets, destinations.contexts),
        }
    }

    /// Asks the gateway about destinations (RFC 4666 §4.5.3).
    pub(in crate::m3ua) fn audit(&mut self, points: &[PointCode]) {
        let destinations: Destinations = self.about(points);
        self.say(&Message::Daud(destinations));
    }
}
