//! What goes wrong, and its end.

use super::{Event, Violation, World};
use crate::carrier::{Harm, Side};
use crate::checks::records::Records;
use crate::plan::{Mishap, SpanTrouble, Trouble, Weather};
use crate::topology::{self, GATEWAY, JUNK};
use bytes::Bytes;
use exchange::Exchange;
use gateway::Gateway;
use std::net::SocketAddr;

const HEAD: &str = "SIP/2.0\r\nVia: SIP/2.0/UDP 127.6.6.6:6666;branch=z9hG4bK";

impl World {
    pub(super) fn trouble(&mut self, trouble: SpanTrouble) {
        self.journal.note(self.now, format_args!("trouble: {trouble:?}"));
        let harm = |side: Side| match trouble.trouble {
            Trouble::Noise(noise) => Harm { noise, ..Harm::default() },
            Trouble::SlotCut => Harm { cut: true, ..Harm::default() },
            Trouble::SlotCutOneWay => Harm { cut: side == Side::Exchange, ..Harm::default() },
            Trouble::SpanDown => Harm { down: true, ..Harm::default() },
            Trouble::Healed => Harm::default(),
        };
        for side in Side::BOTH {
            self.carrier.harm(self.now, trouble.span, side, harm(side));
        }
    }

    pub(super) fn mishap(&mut self, mishap: Mishap) {
        self.journal.note(self.now, format_args!("mishap: {mishap:?}"));
        match mishap {
            Mishap::Crash(caller) => self.crash(1 + usize::from(caller)),
            Mishap::Junk => self.junk(),
            Mishap::Break => {
                let open: Vec<_> = self.network.streams.keys().copied().collect();
                let chosen = self.witness.rng.below(open.len() as u64) as usize;
                if let Some(id) = open.get(chosen) {
                    self.stream_closed(*id);
                }
            }
            Mishap::Weather(weather) => self.network.weather = weather,
            Mishap::PortTaken => self.carrier.take_port(),
            Mishap::Garble(count) => self.carrier.garble(count),
            Mishap::NoOffer => self.witness.no_offer = true,
            Mishap::RestartExchange => self.restart_exchange(),
            Mishap::RestartGateway => self.restart_gateway(),
        }
    }

    fn restart_exchange(&mut self) {
        let config = topology::exchange(&self.plan.shape, self.witness.rng.next_u64());
        match Exchange::new(config, self.now) {
            Ok(exchange) => self.exchange = exchange,
            Err(error) => return self.violated(error.to_string()),
        }
        self.carrier.restart(self.now, Side::Exchange);
        self.drain_exchange();
    }

    fn restart_gateway(&mut self) {
        let config = topology::gateway(&self.plan.shape, self.witness.rng.next_u64());
        match Gateway::new(config, self.now) {
            Ok(gateway) => self.gateway = gateway,
            Err(error) => return self.violated(error.to_string()),
        }
        self.busy = self.now;
        self.witness.records = Records::default();
        self.witness.priority.excuse();
        self.carrier.restart(self.now, Side::Gateway);
        let open: Vec<_> = self.network.streams.keys().copied().collect();
        for id in open {
            self.stream_closed(id);
        }
        self.drain_gateway();
    }

    fn crash(&mut self, peer: usize) {
        let Some(peer) = self.peers.get_mut(peer) else { return };
        peer.dead = true;
        peer.calls.clear();
        let address = peer.address;
        while let Some(id) = self.network.stream_with(address) {
            self.stream_closed(id);
        }
    }

    /// Something that is no SIP, or nearly, or that makes no sense, reaches the gateway.
    fn junk(&mut self) {
        let rng = &mut self.witness.rng;
        let call = rng.next_u64();
        // A message of somebody's with other octets may well move speech elsewhere.
        let mutations = !self.plan.clean_speech;
        if mutations && rng.chance(1, 4) {
            // under the name of somebody whom the gateway talks with
            let (from, bytes) = self.mutation();
            return self.agenda.plan(self.now, Event::Datagram { from, to: GATEWAY, bytes });
        }
        let bytes = match rng.below(if mutations { 8 } else { 6 }) {
            0 => {
                let length = rng.below(600) as usize;
                Bytes::from_iter((0..length).map(|_| rng.next_u64() as u8))
            }
            1 => Bytes::from(format!("OPTIONS sip:x@127.0.0.1 {HEAD}{call}\r\n\r\n")),
            2 => Bytes::from(format!("SIP/2.0 200 OK\r\nCall-ID: {call}\r\n\r\n")),
            3 => Bytes::from(request("BYE", "sip:x@127.0.0.1", call, "")),
            // an INVITE whose sender never hears the answer
            4 => Bytes::from(request("INVITE", "sip:0199000000@127.0.0.1", call, "")),
            5 => Bytes::from(request("INVITE", "sip:112@127.0.0.1", call, "Require: 100rel\r\n")),
            _ => self.mutation().1,
        };
        self.agenda.plan(self.now, Event::Datagram { from: JUNK, to: GATEWAY, bytes });
    }

    /// A message of somebody's with a few octets changed.
    fn mutation(&mut self) -> (SocketAddr, Bytes) {
        let rng = &mut self.witness.rng;
        let chosen = rng.below(self.witness.samples.len() as u64) as usize;
        let sample = self.witness.samples.get(chosen).cloned();
        let (from, sample) = sample.unwrap_or((JUNK, Bytes::new()));
        let mut octets = sample.to_vec();
        for _ in 0..=rng.below(6) {
            let at = rng.below(octets.len() as u64) as usize;
            if let Some(octet) = octets.get_mut(at) {
                *octet = rng.next_u64() as u8;
            }
        }
        if rng.chance(1, 3) {
            octets.truncate(rng.below(octets.len() as u64) as usize);
        }
        (from, Bytes::from(octets))
    }

    /// Ends all trouble.
    pub(super) fn heal(&mut self) -> Result<(), Violation> {
        self.journal.note(self.now, format_args!("healed"));
        for span in 0..self.plan.shape.spans {
            self.trouble(SpanTrouble { at: self.now, span, trouble: Trouble::Healed });
        }
        self.carrier.garble(0);
        self.network.weather = Weather::default();
        let now = self.now;
        for peer in self.peers.iter_mut().filter(|peer| peer.dead) {
            peer.restart(now).map_err(|what| Violation { at: now, what })?;
        }
        Ok(())
    }
}

fn request(method: &str, uri: &str, call: u64, more: &str) -> String {
    format!(
        "{method} {uri} {HEAD}{call}\r\nMax-Forwards: 70\r\n\
         From: <sip:junk@127.6.6.6>;tag={call}\r\nTo: <{uri}>\r\nCall-ID: {call}@junk\r\n\
         CSeq: 1 {method}\r\nContact: <sip:junk@127.6.6.6:6666>\r\n{more}Content-Length: 0\r\n\r\n"
    )
}
