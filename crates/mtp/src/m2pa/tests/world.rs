//! The points and the associations between them: what one end sends the other has a moment later.

use super::super::{Body, Config, Message, Status};
use crate::m3ua::{AssociationId, Command, Event};
use crate::sap::{Indication, Transfer};
use crate::{
    Config as Point, Input, LinkConfig, LinkId, Mtp, NetworkIndicator, Output, PointCode, Sls,
};
use base::{Class, Duration, Instant};
use bytes::Bytes;
use std::collections::BTreeMap;

pub(super) const NEAR: PointCode = PointCode(1);
pub(super) const FAR: PointCode = PointCode(2);
pub(super) const ENDS: [usize; 2] = [0, 1];
/// How long a message is on its way.
const DELAY: Duration = Duration::from_millis(3);

/// What an end sent: on which link, on which stream, when, and what.
pub(super) type Said = (u16, u16, Instant, Message);

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) ends: [Mtp; 2],
    pub(super) said: [Vec<Said>; 2],
    /// Everything that was sent, as it was.
    pub(super) octets: Vec<Bytes>,
    /// What each user part was told, but for messages.
    pub(super) told: [Vec<Indication>; 2],
    /// Link selection and number of each message that arrived.
    pub(super) received: [Vec<(u8, u16)>; 2],
    /// When the association of each link was tried.
    pub(super) tried: Vec<Vec<Instant>>,
    /// Whether it can be opened.
    pub(super) open: Vec<bool>,
    /// What does not get through, of an end and a link.
    pub(super) loses: fn(usize, u16, &Message) -> bool,
    /// Whether the driver of an end writes what it is given.
    pub(super) writes: [bool; 2],
    /// In place of streams of messages, one stream of octets, as TCP has it.
    pub(super) framed: bool,
    up: Vec<bool>,
    /// Of each association, so that what was sent before a loss never comes after it.
    life: Vec<u32>,
    on_way: BTreeMap<(Instant, u64), (usize, u16, u32, Event)>,
    sent: u64,
}

impl World {
    pub(super) fn new(links: u16) -> Self {
        Self::with(links, |_, _| {})
    }

    pub(super) fn with(links: u16, change: impl Fn(usize, &mut Config)) -> Self {
        let now = Instant::ZERO;
        let point = |end: usize, own, adjacent| {
            let mut point = Point::new(own, NetworkIndicator::NATIONAL);
            for id in 0..links {
                let mut config = Config::new(AssociationId(id), end == 0);
                change(end, &mut config);
                point.links.push(LinkConfig::over(LinkId(id), adjacent, id as u8, config));
            }
            (point.queue, point.emergency_reserve) = (4_096, 64);
            point.m3ua.connects_per_second = 5;
            Mtp::new(point, now).unwrap()
        };
        let count = usize::from(links);
        let mut world = Self {
            now,
            ends: [point(0, NEAR, FAR), point(1, FAR, NEAR)],
            said: Default::default(),
            octets: Vec::new(),
            told: Default::default(),
            received: Default::default(),
            tried: vec![Vec::new(); count],
            open: vec![true; count],
            loses: |_, _, _| false,
            writes: [true; 2],
            framed: false,
            up: vec![false; count],
            life: vec![0; count],
            on_way: BTreeMap::new(),
            sent: 0,
        };
        world.drain();
        world
    }

    /// A world in which every link is in service.
    pub(super) fn up(links: u16) -> Self {
        let mut world = Self::new(links);
        world.activate();
        world.pass(12_000);
        for id in 0..links {
            assert_eq!(world.in_service(id), [true; 2], "link {id}");
        }
        world
    }

    pub(super) fn activate(&mut self) {
        for id in 0..self.up.len() as u16 {
            for end in ENDS {
                self.input(end, Input::Activate { link: LinkId(id) });
            }
        }
    }

    pub(super) fn input(&mut self, end: usize, input: Input) {
        self.ends[end].handle_input(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        for end in ENDS {
            while let Some(output) = self.ends[end].poll_output() {
                match output {
                    Output::Association { association, command } => {
                        self.obey(end, association.0, command);
                    }
                    Output::Indication(Indication::Transfer(transfer)) => {
                        let &[sls, _, high, low] = transfer.payload.first_chunk().unwrap();
                        self.received[end].push((sls, u16::from_be_bytes([high, low])));
                    }
                    Output::Indication(indication) => self.told[end].push(indication),
                    _ => {}
                }
            }
        }
    }

    fn obey(&mut self, end: usize, id: u16, command: Command) {
        let at = usize::from(id);
        match command {
            Command::Connect => {
                self.tried[at].push(self.now);
                if self.open[at] {
                    self.up[at] = true;
                    self.life[at] += 1;
                    for end in ENDS {
                        self.later(end, id, Event::Up);
                    }
                } else {
                    self.later(end, id, Event::Down);
                }
            }
            Command::Send { sls, octets, .. } => {
                let message = Message::read(&octets).unwrap();
                let stream = u16::from(sls.is_some());
                self.octets.push(octets.clone());
                let lost = (self.loses)(end, id, &message);
                self.said[end].push((id, stream, self.now, message));
                if self.writes[end] {
                    self.later(end, id, Event::Written { waiting: 0 });
                }
                if self.up[at] && !lost {
                    let other = 1 - end;
                    if self.framed {
                        let (first, rest) = (octets.slice(..9), octets.slice(9..));
                        self.later(other, id, Event::Received(first));
                        self.later(other, id, Event::Received(rest));
                    } else {
                        self.later(other, id, Event::Message { stream, octets });
                    }
                }
            }
            Command::Close => {
                self.later(end, id, Event::Down);
                self.up[at] = false;
                self.later(1 - end, id, Event::Down);
            }
        }
    }

    fn later(&mut self, end: usize, id: u16, event: Event) {
        let life = self.life[usize::from(id)];
        self.on_way.insert((self.now + DELAY, self.sent), (end, id, life, event));
        self.sent += 1;
    }

    /// The association of a link breaks; what was on its way is lost. It may be opened again or not.
    pub(super) fn lose(&mut self, id: u16, open: bool) {
        self.lose_at(&ENDS, id, open);
    }

    /// Only these ends notice.
    pub(super) fn lose_at(&mut self, ends: &[usize], id: u16, open: bool) {
        let at = usize::from(id);
        (self.open[at], self.up[at]) = (open, false);
        self.life[at] += 1;
        for end in ends {
            let association = AssociationId(id);
            self.input(*end, Input::Association { association, event: Event::Down });
        }
    }

    pub(super) fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        loop {
            let timeouts = self.ends.iter().filter_map(|end| Some(end.poll_timeout()?.0));
            let arrival = self.on_way.keys().next().map(|(at, _)| *at);
            let next = timeouts.chain(arrival).min().filter(|next| *next <= end);
            self.now = next.unwrap_or(end).max(self.now);
            if next.is_none() {
                return;
            }
            while let Some(entry) = self.on_way.first_entry()
                && entry.key().0 <= self.now
            {
                let (end, id, life, event) = entry.remove();
                if life == self.life[usize::from(id)] {
                    let association = AssociationId(id);
                    self.input(end, Input::Association { association, event });
                }
            }
            for end in ENDS {
                self.ends[end].handle_timeout(self.now);
            }
            self.drain();
        }
    }

    pub(super) fn in_service(&self, id: u16) -> [bool; 2] {
        [0, 1].map(|end: usize| self.ends[end].link_in_service(LinkId(id)))
    }

    /// Octets reach an end as if its peer had sent them.
    pub(super) fn receive(&mut self, end: usize, id: u16, octets: Bytes) {
        let event = Event::Message { stream: 0, octets };
        self.input(end, Input::Association { association: AssociationId(id), event });
    }

    pub(super) fn transfer(&mut self, end: usize, sls: u8, number: u16, class: Class) {
        let [opc, dpc] = if end == 0 { [NEAR, FAR] } else { [FAR, NEAR] };
        let [high, low] = number.to_be_bytes();
        let payload = Bytes::copy_from_slice(&[sls, 0, high, low]);
        self.input(end, Input::Transfer(Transfer { opc, dpc, sls: Sls(sls), class, payload }));
    }

    /// `count` messages on each link selection.
    pub(super) fn send_all(&mut self, end: usize, first: u16, count: u16) {
        for number in first..first + count {
            for sls in 0..16 {
                self.transfer(end, sls, number, Class::Ordinary);
            }
        }
    }

    /// That all of `count` messages on each selection arrived once and in sequence.
    pub(super) fn assert_complete(&self, end: usize, count: u16) {
        for sls in 0..16 {
            let of = |(s, number): &(u8, u16)| (*s == sls).then_some(*number);
            let numbers: Vec<u16> = self.received[end].iter().filter_map(of).collect();
            assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "selection {sls}");
        }
    }

    /// The states that an end told on a link, without repetitions in a row.
    pub(super) fn statuses(&self, end: usize, id: u16) -> Vec<Status> {
        let of = |said: &Said| match &said.3.body {
            Body::Status(status, _) if said.0 == id => Some(*status),
            _ => None,
        };
        let mut statuses: Vec<Status> = self.said[end].iter().filter_map(of).collect();
        statuses.dedup();
        statuses
    }
}
