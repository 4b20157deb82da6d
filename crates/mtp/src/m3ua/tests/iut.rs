//! One point under test, whose peers a test speaks for.

use super::super::{
    AssociationConfig, AssociationId, Command, Data, Destinations, Error, ErrorCode, Event,
    Message, ProtocolData, Role, Status,
};
use super::world::config;
use crate::sap::{Indication, Transfer};
use crate::{Input, Mtp, NetworkIndicator, Output, PointCode, ServiceIndicator, Sls};
use base::{Class, Duration, Instant};
use bytes::Bytes;

pub(super) const OWN: PointCode = PointCode(1);
pub(super) const PEER: PointCode = PointCode(2);

pub(super) struct Iut {
    pub(super) mtp: Mtp,
    pub(super) now: Instant,
    said: Vec<(u16, Message)>,
    pub(super) heard: Vec<Indication>,
    /// The moments at which it tried to connect.
    pub(super) connects: Vec<(Instant, u16)>,
    /// Streams of what it said.
    pub(super) streams: Vec<Option<Sls>>,
}

impl Iut {
    pub(super) fn new(associations: Vec<AssociationConfig>) -> Self {
        let now = Instant::ZERO;
        let mtp = Mtp::new(config(OWN, associations), now).unwrap();
        let (said, heard) = (Vec::new(), Vec::new());
        let mut iut = Self { mtp, now, said, heard, connects: Vec::new(), streams: Vec::new() };
        iut.obey();
        iut
    }

    /// So many associations of this role to one peer, changed by `change`, and all connected.
    pub(super) fn connected(
        count: u16,
        role: Role,
        change: impl Fn(&mut AssociationConfig),
    ) -> Self {
        let new = |id| {
            let mut one = AssociationConfig::new(AssociationId(id), role, vec![PEER]);
            change(&mut one);
            one
        };
        let mut iut = Self::new((0..count).map(new).collect());
        (0..count).for_each(|at| iut.event(at, Event::Up));
        iut
    }

    fn obey(&mut self) {
        while let Some(output) = self.mtp.poll_output() {
            match output {
                Output::Association { association, command } => match command {
                    Command::Connect => self.connects.push((self.now, association.0)),
                    Command::Send { octets, sls, .. } => {
                        self.streams.push(sls);
                        self.said.push((association.0, Message::read(&octets).unwrap()));
                    }
                    Command::Close => {}
                },
                Output::Indication(indication) => self.heard.push(indication),
                _ => {}
            }
        }
    }

    pub(super) fn event(&mut self, at: u16, event: Event) {
        let association = AssociationId(at);
        self.mtp.handle_input(self.now, Input::Association { association, event });
        self.obey();
    }

    /// The peer of an association says this: what the point says to it.
    pub(super) fn hear(&mut self, at: u16, message: &Message) -> Vec<Message> {
        self.hear_octets(at, message.write())
    }

    pub(super) fn hear_octets(&mut self, at: u16, octets: Bytes) -> Vec<Message> {
        self.said.clear();
        self.event(at, Event::Received(octets));
        self.event(at, Event::Written { waiting: 0 });
        self.said(at)
    }

    /// What it has said on an association since it was last asked.
    pub(super) fn said(&mut self, at: u16) -> Vec<Message> {
        let (mine, others) =
            std::mem::take(&mut self.said).into_iter().partition(|(on, _)| *on == at);
        self.said = others;
        let mine: Vec<(u16, Message)> = mine;
        mine.into_iter().map(|(_, message)| message).collect()
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((next, _)) = self.mtp.poll_timeout().filter(|(next, _)| *next <= end) {
            self.now = next.max(self.now);
            self.mtp.handle_timeout(self.now);
            self.obey();
            self.show_life();
        }
        self.now = end;
    }

    /// The peers answer heartbeats, which tests are not about.
    fn show_life(&mut self) {
        let is_beat = |(_, message): &(u16, Message)| matches!(message, Message::Beat { .. });
        let (beats, others) = std::mem::take(&mut self.said).into_iter().partition(is_beat);
        self.said = others;
        let beats: Vec<(u16, Message)> = beats;
        for (at, _) in beats {
            self.event(at, Event::Received(Message::BeatAck { data: None }.write()));
        }
    }

    /// The user part sends; gives whether it was taken.
    pub(super) fn transfer(&mut self, to: PointCode, sls: u8, class: Class, cic: u8) -> bool {
        let payload = Bytes::copy_from_slice(&[cic, 0, 0x10]);
        let transfer = Transfer { opc: OWN, dpc: to, sls: Sls(sls), class, payload };
        let before = self.mtp.stats().accepted;
        self.mtp.handle_input(self.now, Input::Transfer(transfer));
        self.obey();
        self.mtp.stats().accepted > before
    }

    /// The first octets of the messages of the user part among these.
    pub(super) fn circuits(said: &[Message]) -> Vec<u8> {
        let circuit = |message: &Message| match message {
            Message::Data(data) => data.protocol.payload.first().copied(),
            _ => None,
        };
        said.iter().filter_map(circuit).collect()
    }
}

/// A message of the user part to the point under test.
pub(super) fn data(context: Option<u32>, opc: PointCode) -> Message {
    let protocol = ProtocolData {
        opc,
        dpc: OWN,
        service: ServiceIndicator::ISUP,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        sls: Sls(1),
        payload: Bytes::from_static(&[9, 0, 0x10]),
    };
    Message::Data(Data { appearance: None, context, protocol, correlation: None })
}

pub(super) fn about(points: &[PointCode]) -> Destinations {
    let affected = points.iter().map(|point| super::super::Affected::one(*point)).collect();
    Destinations { affected, ..Destinations::default() }
}

pub(super) fn up(identifier: Option<u32>) -> Message {
    Message::AspUp { identifier }
}

pub(super) fn active(contexts: &[u32]) -> Message {
    Message::AspActive { mode: None, contexts: contexts.to_vec() }
}

pub(super) fn notify(status: Status) -> Message {
    Message::Ntfy { status, identifier: None, contexts: Vec::new() }
}

/// The codes of the errors among these, with their contexts.
pub(super) fn errors(said: &[Message]) -> Vec<(ErrorCode, Vec<u32>)> {
    let error = |message: &Message| match message {
        Message::Err(Error { code, contexts, .. }) => Some((*code, contexts.clone())),
        _ => None,
    };
    said.iter().filter_map(error).collect()
}
