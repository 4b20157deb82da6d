//! The side of the packet network.

use super::{Event, Phase, Witness, World};
use crate::carrier::Side;
use crate::forks::Course;
use crate::peer::{Act, PeerCall, Wish, planned_of};
use crate::topology::{CALLEE, GATEWAY, JUNK, TWIN};
use ::sip::{ConnectionId, Flow, SessionId, Transport};
use base::{Class, Duration};
use bytes::Bytes;
use sip_parser::{Frame, Limits, Message, Method, Name, ParseError};
use std::net::SocketAddr;

/// How many datagrams junk is made of.
const SAMPLES: usize = 32;
/// A stream takes so long to open.
const OPENING: Duration = Duration::from_millis(4);

impl World {
    /// A datagram arrives.
    pub(super) fn datagram(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        let flow = Flow {
            transport: Transport::Udp,
            local: to,
            remote: from,
            connection: None,
            peer: None,
        };
        if to == GATEWAY {
            self.watch_links();
            if let Some(call) = self.emergency_invite(&bytes) {
                self.witness.priority.arrived(call);
            }
            self.gateway.handle_input(self.now, gateway::Input::SipDatagram { flow, bytes });
            self.drain_gateway();
        } else if to != JUNK
            && let Some(number) = self.peer_at(to)
        {
            self.peer_hears(number, flow, bytes);
        }
    }

    /// The number in the plan of the emergency call that this INVITE is for.
    fn emergency_invite(&self, bytes: &Bytes) -> Option<usize> {
        if !bytes.starts_with(b"INVITE ") {
            return None;
        }
        let message = Message::parse(bytes.clone(), &Limits::default()).ok()?;
        let call = planned_of_invite(&message)?;
        let planned = self.plan.calls.get(call)?;
        (planned.emergency && message.to().tag().is_none()).then_some(call)
    }

    /// A message of the gateway reaches a peer, whole.
    fn peer_hears(&mut self, number: usize, flow: Flow, bytes: Bytes) {
        let class = Class::Ordinary;
        let is_refusal = bytes.starts_with(b"SIP/2.0 4") || bytes.starts_with(b"SIP/2.0 5");
        let input = match Message::parse(bytes, &Limits::default()) {
            Ok(message) => {
                self.note_message(&message);
                ::sip::Input::Message { flow, class, peer: None, message }
            }
            // It repeats what was wrong in a message with changed octets (RFC 3261 §8.2.6.2).
            Err(_) if is_refusal => return,
            // And for as long as an emergency call lives that it takes in spite of that: none of
            // the gateway's own Call-IDs is bad, so it is that of one who no longer knows it.
            Err(ParseError::Broken(broken)) if broken.phrase == "Bad Call-ID" => return,
            Err(error) => {
                let why = match error {
                    ParseError::NotSip => "no SIP",
                    ParseError::Broken(broken) => broken.phrase,
                };
                return self.violated(format!("the gateway sends a wrong message: {why}"));
            }
        };
        if let Some(peer) = self.peers.get_mut(number) {
            peer.core.handle_input(self.now, input);
        }
        self.drain_peer(number);
    }

    fn note_message(&mut self, message: &Message) {
        let (call, cseq) = (message.call_id(), message.cseq());
        let (number, method) = (cseq.number, cseq.method);
        match message.status() {
            Some(status) => self.journal.note(
                self.now,
                format_args!("gateway says {status} to {number} {method}, call {call}"),
            ),
            None => {
                self.journal
                    .note(self.now, format_args!("gateway says {number} {method}, call {call}"));
            }
        }
    }

    pub(super) fn drain_gateway(&mut self) {
        while let Some(output) = self.gateway.poll_output() {
            match output {
                gateway::Output::Sip { flow, bytes, .. } => self.gateway_sends(flow, bytes),
                gateway::Output::SipClose { connection } => {
                    self.agenda.plan(self.now, Event::StreamClosed { id: connection });
                }
                gateway::Output::Line { link, command } => {
                    self.carrier.line(self.now, Side::Gateway, link, command);
                }
                // Its trunks lead to addresses.
                gateway::Output::Resolve { .. } | gateway::Output::Neighbours { .. } => {}
                gateway::Output::Media(command) => self.carrier.media(self.now, command),
                gateway::Output::Cdr(cdr) => self.record(&cdr),
                gateway::Output::SetUp { .. } => self.witness.records.set_up(),
                // Its signalling goes over links.
                gateway::Output::Association { .. } => {}
                gateway::Output::Msu { via, outgoing, msu } => self.msu(via, outgoing, &msu),
            }
        }
    }

    fn record(&mut self, cdr: &call::Cdr) {
        let (id, class, cause, status) = (cdr.id, cdr.class, cdr.cause.0, cdr.sip_status);
        self.journal
            .note(self.now, format_args!("record {id}: {class}, cause {cause}, status {status:?}"));
        if let Err(what) = self.witness.records.written(cdr) {
            self.violated(what);
        }
        if let Some(call) = cdr.calling.as_ref().and_then(|number| planned_of(number.digits())) {
            self.witness.priority.ended(call);
        }
    }

    fn gateway_sends(&mut self, flow: Flow, bytes: Bytes) {
        if bytes.starts_with(b"SIP/2.0 ")
            && let Ok(message) = Message::parse(bytes.clone(), &Limits::default())
            && message.status().is_some_and(|status| status >= 300)
            && message.method() == Method::Invite
            && let Some(call) = planned_of_invite(&message)
        {
            self.witness.priority.ended(call);
        }
        self.sends(true, flow, bytes);
    }

    /// The gateway or a peer sends something: off it goes.
    fn sends(&mut self, by_gateway: bool, flow: Flow, bytes: Bytes) {
        let strip = !by_gateway && self.witness.no_offer && bytes.starts_with(b"INVITE ");
        let bytes = if strip {
            self.witness.no_offer = false;
            without_body(&bytes)
        } else {
            bytes
        };
        if flow.transport == Transport::Udp {
            let (from, to) = (flow.local, flow.remote);
            let course = self.course(from, to, &bytes);
            if course == Course::Stays {
                return self.journal.note(self.now, format_args!("{from} refuses first"));
            }
            if self.witness.samples.len() >= SAMPLES {
                self.witness.samples.remove(0);
            }
            self.witness.samples.push((from, bytes.clone()));
            for at in self.network.trips(self.now, &mut self.witness.rng) {
                if course == Course::Both {
                    let bytes = bytes.clone();
                    self.agenda.plan(at, Event::Datagram { from, to: TWIN, bytes });
                }
                self.agenda.plan(at, Event::Datagram { from, to, bytes: bytes.clone() });
            }
            return;
        }
        let peer = if by_gateway { flow.remote } else { flow.local };
        let open = flow.connection.filter(|id| self.network.streams.contains_key(id));
        let id = open.or_else(|| self.network.stream_with(peer)).unwrap_or_else(|| {
            let at = self.now + OPENING;
            let id = self.network.open(at, peer);
            self.agenda.plan(at, Event::StreamOpened { id });
            id
        });
        let rng = &mut self.witness.rng;
        for (at, bytes) in self.network.pieces(self.now, rng, id, !by_gateway, bytes) {
            self.agenda.plan(at, Event::StreamBytes { id, to_gateway: !by_gateway, bytes });
        }
    }

    /// What becomes of a datagram where calls fork.
    fn course(&mut self, from: SocketAddr, to: SocketAddr, bytes: &Bytes) -> Course {
        if !self.plan.forks {
            return Course::Straight;
        }
        let Witness { rng, .. } = &mut self.witness;
        if to == CALLEE {
            self.network.forks.request(bytes, || rng.chance(2, 3))
        } else if from == CALLEE || from == TWIN {
            self.network.forks.response(from, bytes)
        } else {
            Course::Straight
        }
    }

    /// The flow of a stream as one end of it sees it.
    fn flow_of(&self, id: ConnectionId, at_gateway: bool) -> Option<Flow> {
        let peer = self.network.streams.get(&id)?.peer;
        let (local, remote) = if at_gateway { (GATEWAY, peer) } else { (peer, GATEWAY) };
        Some(Flow { transport: Transport::Tcp, local, remote, connection: Some(id), peer: None })
    }

    /// The peer that lives at an address.
    fn peer_at(&self, address: SocketAddr) -> Option<usize> {
        self.peers.iter().position(|peer| peer.address == address && !peer.dead)
    }

    pub(super) fn stream_opened(&mut self, id: ConnectionId) {
        let (Some(ours), Some(theirs)) = (self.flow_of(id, true), self.flow_of(id, false)) else {
            return;
        };
        self.journal.note(self.now, format_args!("stream {} opens with {}", id.0, ours.remote));
        let connected = gateway::Input::SipConnected { flow: ours, names: Vec::new() };
        self.gateway.handle_input(self.now, connected);
        self.drain_gateway();
        let Some(number) = self.peer_at(theirs.local) else { return };
        if let Some(peer) = self.peers.get_mut(number) {
            peer.opened(id);
            peer.core.handle_input(self.now, ::sip::Input::Connected { flow: theirs });
        }
        self.drain_peer(number);
    }

    pub(super) fn stream_bytes(&mut self, id: ConnectionId, to_gateway: bool, bytes: Bytes) {
        let Some(flow) = self.flow_of(id, false) else {
            return; // it broke meanwhile
        };
        if to_gateway {
            let input = gateway::Input::SipBytes { connection: id, bytes };
            self.gateway.handle_input(self.now, input);
            return self.drain_gateway();
        }
        let Some(number) = self.peer_at(flow.local) else { return };
        let mut messages = Vec::new();
        let framer = self.peers.get_mut(number).and_then(|peer| peer.streams.get_mut(&id));
        if let Some(framer) = framer {
            framer.push(&bytes);
            loop {
                match framer.next() {
                    Ok(Some(Frame::Message(message))) => messages.push(message),
                    Ok(Some(Frame::Ping)) => {}
                    Ok(None) => break,
                    Err(error) => return self.violated(format!("the gateway's stream: {error}")),
                }
            }
        }
        for message in messages {
            self.peer_hears(number, flow, message);
        }
    }

    pub(super) fn stream_closed(&mut self, id: ConnectionId) {
        let Some(flow) = self.flow_of(id, false) else { return };
        self.network.streams.remove(&id);
        self.journal.note(self.now, format_args!("stream {} closes", id.0));
        self.gateway.handle_input(self.now, gateway::Input::SipClosed { connection: id });
        self.drain_gateway();
        let Some(number) = self.peer_at(flow.local) else { return };
        if let Some(peer) = self.peers.get_mut(number) {
            peer.streams.remove(&id);
            peer.core.handle_input(self.now, ::sip::Input::Closed { connection: id });
        }
        self.drain_peer(number);
    }

    /// A planned call is placed.
    pub(super) fn place(&mut self, number: usize) {
        let Some(call) = self.plan.calls.get(number).cloned() else { return };
        let peer = 1 + usize::from(call.caller);
        let Some(caller) = self.peers.get_mut(peer).filter(|peer| !peer.dead) else { return };
        let session = caller.place(self.now, number, &call);
        self.journal.note(self.now, format_args!("{} calls {}: {number}", caller.name, call.uri));
        if let Some(session) = session {
            let act = Act::GiveUp;
            self.agenda.plan(self.now + call.patience, Event::Act { peer, session, act });
        }
        self.drain_peer(peer);
    }

    /// The script of a call goes on, unless all stand still.
    pub(super) fn act(&mut self, number: usize, session: SessionId, act: Act) {
        if let Phase::Calm(end) = self.phase
            && self.now < end
        {
            self.agenda.plan(end, Event::Act { peer: number, session, act });
            return;
        }
        let Some(peer) = self.peers.get_mut(number).filter(|peer| !peer.dead) else { return };
        if !peer.calls.contains_key(&session) {
            return;
        }
        self.journal.note(self.now, format_args!("{}: {act:?} {session:?}", peer.name));
        let wishes = peer.act(self.now, session, act);
        self.grant(number, wishes);
        self.drain_peer(number);
    }

    pub(super) fn drain_peer(&mut self, number: usize) {
        while let Some(output) = self.peers.get_mut(number).and_then(|peer| peer.core.poll_output())
        {
            match output {
                ::sip::Output::Send { flow, bytes, .. } => self.sends(false, flow, bytes),
                ::sip::Output::Close { connection } => {
                    self.agenda.plan(self.now, Event::StreamClosed { id: connection });
                }
                ::sip::Output::Event(event) => {
                    let Some(peer) = self.peers.get_mut(number) else { return };
                    let wishes = peer.told(self.now, event);
                    self.grant(number, wishes);
                }
            }
        }
    }

    fn grant(&mut self, peer: usize, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Act(at, session, act) => {
                    let at = if self.phase == Phase::Ending { self.now } else { at };
                    self.agenda.plan(at, Event::Act { peer, session, act });
                }
                Wish::Talk(session) => self.agenda.plan(self.now, Event::Speak { peer, session }),
                Wish::Note(note) => self.journal.note(self.now, format_args!("{note}")),
                Wish::Over(call) => self.over(&call),
            }
        }
    }

    /// A call of a peer is over: what was heard in it?
    fn over(&mut self, call: &PeerCall) {
        self.witness.answered += u64::from(call.answered);
        let planned = call.planned.and_then(|number| self.plan.calls.get(number));
        let echoes = planned.is_some_and(crate::plan::Call::echoes);
        if !(self.plan.clean_speech && echoes && call.answered && !call.held) {
            return;
        }
        match call.phone.verify_echo() {
            Ok(octets) => self.witness.echoed += octets as u64,
            Err(what) => self.violated(format!("call {:?}: {what}", call.planned)),
        }
    }
}

/// The same message without its body.
fn without_body(bytes: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut stripped = String::new();
    for line in head.split("\r\n").filter(|line| !line.starts_with("Content-")) {
        stripped.push_str(line);
        stripped.push_str("\r\n");
    }
    stripped.push_str("Content-Length: 0\r\n\r\n");
    Bytes::from(stripped)
}

fn planned_of_invite(message: &Message) -> Option<usize> {
    let from = message.header(Name::From)?;
    let (_, user) = from.split_once("sip:")?;
    planned_of(user.split('@').next()?)
}
