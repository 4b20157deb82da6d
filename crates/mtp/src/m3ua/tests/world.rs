//! Two signalling points joined by associations: what one sends the other receives at once, unless
//! a test says otherwise.

use super::super::{AssociationConfig, Command, Event, Message};
use crate::sap::{Indication, Sls, StatusCause, Transfer};
use crate::{Config, Input, Mtp, NetworkIndicator, Output, PointCode};
use base::{Class, Duration, Instant};
use bytes::Bytes;
use std::collections::VecDeque;

pub(super) const NEAR: PointCode = PointCode(1);
pub(super) const FAR: PointCode = PointCode(2);

/// The near and the far end.
pub(super) const ENDS: [usize; 2] = [0, 1];

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) ends: [Mtp; 2],
    /// What each user part heard.
    pub(super) heard: [Vec<Indication>; 2],
    /// What each end sent, by association.
    pub(super) said: [Vec<(u16, Message)>; 2],
    /// Whether connections can be opened, by association.
    pub(super) open: Vec<bool>,
    /// Whether the driver of an end writes what it is given, by end and association.
    pub(super) writes: [Vec<bool>; 2],
    /// Messages that get lost on their way.
    pub(super) loses: fn(&Message) -> bool,
    /// How often each association was tried.
    pub(super) tried: Vec<usize>,
    up: Vec<bool>,
    pending: VecDeque<(usize, u16, Event)>,
}

/// A point with these associations.
pub(super) fn config(own: PointCode, associations: Vec<AssociationConfig>) -> Config {
    let mut config = Config::new(own, NetworkIndicator::NATIONAL);
    config.m3ua.associations = associations;
    config.queue = 200;
    config.emergency_reserve = 20;
    config
}

impl World {
    pub(super) fn new(near: Vec<AssociationConfig>, far: Vec<AssociationConfig>) -> Self {
        let count = near.len();
        let now = Instant::ZERO;
        let ends = [config(NEAR, near), config(FAR, far)].map(|c| Mtp::new(c, now).unwrap());
        let mut world = Self {
            now,
            ends,
            heard: [Vec::new(), Vec::new()],
            said: [Vec::new(), Vec::new()],
            open: vec![true; count],
            writes: [vec![true; count], vec![true; count]],
            loses: |_| false,
            tried: vec![0; count],
            up: vec![false; count],
            pending: VecDeque::new(),
        };
        world.settle();
        world
    }

    fn settle(&mut self) {
        loop {
            for end in ENDS {
                while let Some(output) = self.ends[end].poll_output() {
                    self.obey(end, output);
                }
            }
            let Some((end, association, event)) = self.pending.pop_front() else { return };
            let association = super::super::AssociationId(association);
            self.ends[end].handle_input(self.now, Input::Association { association, event });
        }
    }

    fn obey(&mut self, end: usize, output: Output) {
        match output {
            Output::Association { association, command } => {
                self.command(end, association.0, command);
            }
            Output::Indication(indication) => self.heard[end].push(indication),
            _ => {}
        }
    }

    fn command(&mut self, end: usize, association: u16, command: Command) {
        let at = usize::from(association);
        match command {
            Command::Connect => {
                self.tried[at] += 1;
                if self.open[at] {
                    self.up[at] = true;
                    self.both(association, &Event::Up);
                } else {
                    self.pending.push_back((end, association, Event::Down));
                }
            }
            Command::Send { octets, .. } => {
                let message = Message::read(&octets).unwrap();
                let lost = (self.loses)(&message);
                self.said[end].push((association, message));
                if self.writes[end][at] {
                    self.pending.push_back((end, association, Event::Written { waiting: 0 }));
                }
                if self.up[at] && !lost {
                    // In two parts, as a stream may bring it.
                    let (first, rest) = (octets.slice(..5), octets.slice(5..));
                    self.pending.push_back((1 - end, association, Event::Received(first)));
                    self.pending.push_back((1 - end, association, Event::Received(rest)));
                }
            }
            Command::Close => self.cut(association),
        }
    }

    fn both(&mut self, association: u16, event: &Event) {
        for end in ENDS {
            self.pending.push_back((end, association, event.clone()));
        }
    }

    fn cut(&mut self, association: u16) {
        self.up[usize::from(association)] = false;
        self.both(association, &Event::Down);
    }

    /// The connection breaks, and may be opened again or not.
    pub(super) fn lose(&mut self, association: u16, open: bool) {
        self.open[usize::from(association)] = open;
        self.cut(association);
        self.settle();
    }

    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let deadlines = self.ends.iter().filter_map(|end| Some(end.poll_timeout()?.0));
            let next = deadlines.min().filter(|next| *next <= end);
            self.now = next.unwrap_or(end).max(self.now);
            if next.is_none() {
                self.settle();
                return;
            }
            for end in ENDS {
                self.ends[end].handle_timeout(self.now);
            }
            self.settle();
        }
    }

    pub(super) fn receive(&mut self, end: usize, association: u16, octets: Bytes) {
        self.pending.push_back((end, association, Event::Received(octets)));
        self.settle();
    }

    /// A message of the user part, told by its number.
    pub(super) fn transfer(&mut self, end: usize, sls: u8, class: Class, number: u8) {
        let [opc, dpc] = if end == 0 { [NEAR, FAR] } else { [FAR, NEAR] };
        let payload = Bytes::copy_from_slice(&[number, 0, 0x10]);
        let transfer = Transfer { opc, dpc, sls: Sls(sls), class, payload };
        self.ends[end].handle_input(self.now, Input::Transfer(transfer));
        self.settle();
    }

    /// Takes no account of what the user parts have heard so far.
    pub(super) fn forget(&mut self) {
        self.heard = [Vec::new(), Vec::new()];
    }

    /// The numbers of the messages that an end has received since it was last asked.
    pub(super) fn numbers(&mut self, end: usize) -> Vec<u8> {
        let heard = std::mem::take(&mut self.heard[end]);
        let number = |indication| match indication {
            Indication::Transfer(transfer) => transfer.payload.first().copied(),
            _ => None,
        };
        heard.into_iter().filter_map(number).collect()
    }

    /// What an end was told of its destination since it was last asked: RESUME is true.
    pub(super) fn told(&mut self, end: usize) -> Vec<bool> {
        let heard = std::mem::take(&mut self.heard[end]);
        let told = |indication| match indication {
            Indication::Resume { .. } => Some(true),
            Indication::Pause { .. } => Some(false),
            _ => None,
        };
        heard.into_iter().filter_map(told).collect()
    }

    /// The levels of congestion that an end was told of since it was last asked.
    pub(super) fn congestion(&mut self, end: usize) -> Vec<u8> {
        let heard = std::mem::take(&mut self.heard[end]);
        let level = |indication| match indication {
            Indication::Status { cause: StatusCause::Congestion { level }, .. } => Some(level),
            _ => None,
        };
        heard.into_iter().filter_map(level).collect()
    }

    pub(super) fn in_service(&self, end: usize) -> Vec<bool> {
        self.ends[end].associations().map(|view| view.in_service).collect()
    }

    /// Whether an end has sent such a message on an association.
    pub(super) fn has_said(&self, end: usize, on: u16, what: impl Fn(&Message) -> bool) -> bool {
        self.said[end].iter().any(|(association, message)| *association == on && what(message))
    }
}
