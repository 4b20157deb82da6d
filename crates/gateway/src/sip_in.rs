//! SIP from the network into the queue, and from the queue into the SIP core.

use crate::inbox::{Lane, Waiting};
use crate::{Gateway, SipTrunk};
use base::{Class, Instant};
use bytes::Bytes;
use routing::Facts;
use sip_parser::{Message, ParseError, Peek, Start, peek};
use std::net::IpAddr;

impl Gateway {
    /// A message arrived: tells its class from its first lines and lets it wait.
    pub(crate) fn sip_arrived(&mut self, now: Instant, flow: sip::Flow, bytes: Bytes) {
        let Some(peek) = peek(&bytes) else {
            self.stats.not_sip += 1;
            return;
        };
        let class = self.class_of_sip(flow.remote.ip(), &peek);
        let lane = peek.call_id.map(Lane::dialog);
        self.inbox.push(now, class, lane, Waiting::Sip { flow, bytes });
    }

    fn class_of_sip(&self, source: IpAddr, peek: &Peek<'_>) -> Class {
        let uri = match peek.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        };
        self.calls.router().classify(&Facts {
            uri,
            resource_priority: peek.resource_priority,
            trusted: self.trunk_of(source).is_some_and(|(_, trunk)| trunk.trusted),
            in_dialog: self.sip.class_of(peek),
            ..Facts::default()
        })
    }

    /// The trunk that an address belongs to.
    pub(crate) fn trunk_of(&self, source: IpAddr) -> Option<(u16, &SipTrunk)> {
        let (index, trunk) =
            self.settings.trunks.iter().enumerate().find(|(_, t)| t.contains(source))?;
        Some((u16::try_from(index).ok()?, trunk))
    }

    /// The message's turn has come.
    pub(crate) fn sip_served(&mut self, now: Instant, flow: sip::Flow, class: Class, bytes: Bytes) {
        let input = match Message::parse(bytes, &self.settings.sip_limits) {
            Ok(message) => sip::Input::Message { flow, class, message },
            Err(ParseError::Broken(broken)) => {
                self.stats.broken_sip += 1;
                sip::Input::Broken { flow, class, broken }
            }
            Err(ParseError::NotSip) => {
                self.stats.not_sip += 1;
                return;
            }
        };
        self.sip.handle_input(now, input);
    }
}
