//! The side of the switched network.

use super::{Event, PACKET, SIGN_OF_LIFE, World};
use crate::carrier::Side;
use crate::peer::planned_of;
use crate::topology::GATEWAY;
use base::Duration;
use isup_codec::{Iam, Message, key};
use mtp::{LinkId, Via};
use std::net::SocketAddr;
use tdm::LineEvent;

/// SIO and routing label.
const LABEL: usize = 5;
/// ISUP of the national network.
const ISUP: u8 = 0x85;
/// Link tests of the national network.
const TEST: u8 = 0x81;
/// So long after a link came or went traffic is in its usual order again (Q.704 T4, T5, T2).
const SETTLING: Duration = Duration::from_secs(5);

impl World {
    pub(super) fn line(&mut self, side: Side, link: LinkId, event: LineEvent) {
        match side {
            Side::Gateway => {
                self.gateway.handle_input(self.now, gateway::Input::Line { link, event });
                self.drain_gateway();
            }
            Side::Exchange => {
                self.exchange.handle_input(self.now, exchange::Input::Line { link, event });
                self.drain_exchange();
            }
        }
    }

    pub(super) fn span(&mut self, side: Side, span: u16, up: bool) {
        self.journal.note(self.now, format_args!("span {span} at the {side:?}: up {up}"));
        match side {
            Side::Gateway => {
                self.gateway.handle_input(self.now, gateway::Input::SpanState { span, up });
                self.drain_gateway();
            }
            Side::Exchange => {
                self.exchange.handle_input(self.now, exchange::Input::Span { span, up });
                self.drain_exchange();
            }
        }
    }

    pub(super) fn drain_exchange(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            match output {
                exchange::Output::Line { link, command } => {
                    self.carrier.line(self.now, Side::Exchange, link, command);
                }
                exchange::Output::Association { .. } => {}
                exchange::Output::Bearer { slot, source } => {
                    self.carrier.bearer(self.now, slot, source);
                }
            }
        }
    }

    pub(super) fn originate(&mut self, number: usize) {
        let Some((_, spec)) = self.plan.originations.get(number).cloned() else { return };
        let (count, called) = (spec.count, spec.called.clone());
        self.journal.note(self.now, format_args!("exchange calls {called} {count} times"));
        if let Err(error) = self.exchange.originate(self.now, spec) {
            self.violated(format!("the exchange refuses to place calls: {error}"));
        }
        self.drain_exchange();
    }

    /// A message signal unit passed the gateway's level 3.
    pub(super) fn msu(&mut self, via: Via, outgoing: bool, msu: &[u8]) {
        let Via::Link(link) = via else { return };
        self.watch_links();
        let way = if outgoing { "->" } else { "<-" };
        if msu.first() == Some(&TEST) {
            return; // once a minute, and it says nothing
        }
        if msu.first() != Some(&ISUP) {
            self.journal.note(self.now, format_args!("link {link} {way} {msu:02x?}"));
            return;
        }
        let payload = msu.get(LABEL..).unwrap_or_default();
        let (cic, message) = match isup_codec::decode(payload) {
            Ok(decoded) => decoded,
            Err(error) if outgoing => {
                return self.violated(format!("a wrong ISUP message: {error:?}"));
            }
            // Garbled.
            Err(error) => {
                let kind = error.kind;
                return self.journal.note(self.now, format_args!("link {link} <- {kind:?}"));
            }
        };
        let kind = message.message_type();
        let more = match &message {
            Message::Rel(rel) => format!(" cause {}", rel.cause.cause.0),
            Message::Iam(iam) => format!(" to {}", iam.called.digits.as_str()),
            _ => String::new(),
        };
        self.journal.note(self.now, format_args!("link {link} {way} {kind:?} circuit {cic}{more}"));
        if let (true, Message::Iam(iam)) = (outgoing, &message) {
            self.iam_leaves(link, iam);
        }
    }

    fn iam_leaves(&mut self, link: LinkId, iam: &Iam) {
        let caller = iam.get(key::CALLING_PARTY_NUMBER);
        let call = caller.and_then(|calling| planned_of(calling.digits.as_str()));
        let planned = call.and_then(|call| self.plan.calls.get(call));
        let is_emergency = planned.is_some_and(|call| call.emergency);
        if let Err(what) = self.witness.priority.iam(link, call, is_emergency, iam) {
            self.violated(what);
        }
    }

    /// Emergency calls are watched only while all links carry traffic and have done so for a
    /// while.
    pub(super) fn watch_links(&mut self) {
        let mtp = self.gateway.mtp();
        let up = mtp.links().filter(|link| mtp.link_in_service(*link)).count();
        if up != self.witness.links_up {
            self.witness.links_up = up;
            self.witness.unsettled = self.now;
        }
        let all = up == usize::from(self.plan.shape.links);
        if !all || self.now < self.witness.unsettled + SETTLING {
            self.witness.priority.excuse();
        }
    }

    /// RTP arrives.
    pub(super) fn rtp(&mut self, from: SocketAddr, to: SocketAddr, packet: &[u8]) {
        let mut peers = self.peers.iter_mut().filter(|peer| !peer.dead);
        let phone = peers.find_map(|peer| peer.phone_at(to));
        if let Some(phone) = phone {
            phone.hear(packet);
        } else if to.ip() == GATEWAY.ip() {
            self.carrier.rtp(self.now, from, to, packet);
        }
    }

    /// A phone speaks.
    pub(super) fn speak(&mut self, peer: usize, session: ::sip::SessionId) {
        let Some(owner) = self.peers.get_mut(peer).filter(|peer| !peer.dead) else { return };
        let Some(call) = owner.calls.get_mut(&session) else { return };
        let Some(remote) = call.phone.remote else { return };
        let from = call.phone.local;
        let (packet, pause) =
            if self.plan.bits { (call.phone.speak(), PACKET) } else { (Vec::new(), SIGN_OF_LIFE) };
        self.agenda.plan(self.now, Event::Rtp { from, to: remote, packet });
        self.agenda.plan(self.now + pause, Event::Speak { peer, session });
    }
}
