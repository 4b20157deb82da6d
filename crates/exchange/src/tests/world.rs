//! The exchange and a bare signalling point with a user part, joined by a line of signal units,
//! one each millisecond in each direction.

use crate::{Config, Exchange, Input, Output, Source, TimeSlot};
use base::{Cause, Class, Duration, Instant};
use isup::{Backward, CallId, Event, GroupConfig, GroupId, Isup};
use isup_codec::{
    CalledPartyNumber, CallingPartysCategory, CauseIndicators, Cic, Iam, NatureOfAddress, location,
};
use mtp::{LineInput, LinkConfig, LinkId, Mtp, NetworkIndicator, PointCode, SignalUnit};
use std::collections::{BTreeMap, VecDeque};
use tdm::{LineCommand, LineEvent, Unit};

pub(super) const PEER: PointCode = PointCode(1);
const EXCHANGE: PointCode = PointCode(2);
const LINK: LinkId = LinkId(0);
pub(super) const CIRCUITS: u16 = 10;
pub(super) const RESERVE: usize = 4;

/// One direction of the line.
#[derive(Default)]
struct Line {
    waiting: VecDeque<SignalUnit>,
    fill: Option<SignalUnit>,
    last: Option<SignalUnit>,
}

impl Line {
    /// What goes over the line in this millisecond, and whether it was sent once only.
    fn tick(&mut self) -> Option<(LineInput, bool)> {
        if let Some(unit) = self.waiting.pop_front() {
            self.last = Some(unit);
            return Some((LineInput::SignalUnit(unit), true));
        }
        let fill = self.fill?;
        if self.last == Some(fill) {
            return Some((LineInput::Repeated(1), false));
        }
        self.last = Some(fill);
        Some((LineInput::SignalUnit(fill), false))
    }
}

/// What the peer does with calls from the exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answering {
    Answer,
    Refuse(Cause),
    Never,
}

pub(super) struct World {
    pub(super) now: Instant,
    pub(super) exchange: Exchange,
    mtp: Mtp,
    pub(super) isup: Isup,
    from_exchange: Line,
    to_exchange: Line,
    /// What the peer's call control learnt.
    pub(super) events: Vec<(Instant, Event)>,
    /// What each time slot carries.
    pub(super) sources: BTreeMap<TimeSlot, Source>,
    pub(super) answering: Answering,
    /// Whether the line is broken in both directions.
    pub(super) cut: bool,
}

fn mtp_config(own: PointCode, adjacent: PointCode) -> mtp::Config {
    let links = vec![LinkConfig::new(LINK, adjacent, 0)];
    mtp::Config { links, ..mtp::Config::new(own, NetworkIndicator::NATIONAL) }
}

fn isup_config(own: PointCode, peer: PointCode, emergency_reserve: usize) -> isup::Config {
    let cics = (1..=CIRCUITS).map(Cic).collect();
    let group = GroupConfig { emergency_reserve, ..GroupConfig::new("trunk", peer, cics) };
    isup::Config { groups: vec![group], ..isup::Config::new(own) }
}

pub(super) fn slot(cic: Cic) -> TimeSlot {
    TimeSlot { span: 0, slot: cic.0 as u8 }
}

/// An exchange that is joined to its peer by an association, which it opens.
pub(super) fn associated() -> Exchange {
    use mtp::m3ua::{AssociationConfig, AssociationId, Role};
    let mut mtp = mtp_config(EXCHANGE, PEER);
    mtp.links.clear();
    mtp.m3ua.associations = vec![AssociationConfig::new(AssociationId(0), Role::Asp, vec![PEER])];
    let config = Config {
        mtp,
        isup: isup_config(EXCHANGE, PEER, RESERVE),
        bearers: Vec::new(),
        broken_loops: Vec::new(),
        seed: 1,
        overlap: None,
    };
    Exchange::new(config, Instant::ZERO).unwrap()
}

impl World {
    /// Two exchanges whose link is in service and whose circuits are usable.
    pub(super) fn new() -> Self {
        Self::with_reserve(RESERVE)
    }

    /// The same, with another number of circuits kept for emergency calls.
    pub(super) fn with_reserve(reserve: usize) -> Self {
        let now = Instant::ZERO;
        let config = Config {
            mtp: mtp_config(EXCHANGE, PEER),
            isup: isup_config(EXCHANGE, PEER, reserve),
            bearers: (1..=CIRCUITS).map(|cic| (Cic(cic), slot(Cic(cic)))).collect(),
            broken_loops: Vec::new(),
            seed: 1,
            overlap: None,
        };
        let mut world = Self {
            now,
            exchange: Exchange::new(config, now).unwrap(),
            mtp: Mtp::new(mtp_config(PEER, EXCHANGE), now).unwrap(),
            isup: Isup::new(isup_config(PEER, EXCHANGE, reserve), now).unwrap(),
            from_exchange: Line::default(),
            to_exchange: Line::default(),
            events: Vec::new(),
            sources: BTreeMap::new(),
            answering: Answering::Answer,
            cut: false,
        };
        world.mtp.handle_input(now, mtp::Input::Activate { link: LINK });
        world.drain();
        let idle = |world: &Self| {
            world.isup.circuits().all(|circuit| circuit.state == "idle")
                && world.exchange.circuits().all(|circuit| circuit.state == "idle")
        };
        world.run_until(Duration::from_secs(60), idle);
        world
    }

    /// Runs until `done`, for `most` at the longest.
    #[track_caller]
    pub(super) fn run_until(&mut self, most: Duration, done: impl Fn(&Self) -> bool) {
        let end = self.now + most;
        while !done(self) {
            assert!(self.now < end, "in vain; the peer learnt {:#?}", self.events);
            self.tick();
        }
    }

    pub(super) fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.now += Duration::from_millis(1);
        let (to_peer, to_exchange) = (self.from_exchange.tick(), self.to_exchange.tick());
        // What is sent into a broken line has been sent nevertheless.
        if let Some((_, true)) = to_peer {
            self.tell_exchange(LineEvent::Transmitted);
        }
        if let Some((_, true)) = to_exchange {
            self.tell_peer(LineInput::Transmitted);
        }
        if self.cut {
            // The first unit after the break is news to whoever hears it.
            (self.from_exchange.last, self.to_exchange.last) = (None, None);
            // Q.703 §4.1.4: 16 octets are 2 ms.
            if self.now.as_millis().is_multiple_of(2) {
                self.tell_peer(LineInput::OctetCounting(1));
                self.tell_exchange(LineEvent::OctetCounting(1));
            }
        } else {
            if let Some((event, _)) = to_peer {
                self.tell_peer(event);
            }
            match to_exchange {
                Some((LineInput::SignalUnit(unit), _)) => {
                    let unit = Unit::from_slice(unit.as_slice()).unwrap();
                    self.tell_exchange(LineEvent::SignalUnit(unit));
                }
                Some(_) => self.tell_exchange(LineEvent::Repeated(1)),
                None => {}
            }
        }
        self.exchange.handle_timeout(self.now);
        self.mtp.handle_timeout(self.now);
        self.isup.handle_timeout(self.now);
        self.drain();
    }

    fn tell_peer(&mut self, event: LineInput) {
        self.mtp.handle_input(self.now, mtp::Input::Line { link: LINK, event });
        self.drain();
    }

    fn tell_exchange(&mut self, event: LineEvent) {
        self.exchange.handle_input(self.now, Input::Line { link: LINK, event });
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        loop {
            if let Some(output) = self.exchange.poll_output() {
                self.obey_exchange(output);
            } else if let Some(output) = self.mtp.poll_output() {
                match output {
                    mtp::Output::Send { unit, .. } => self.to_exchange.waiting.push_back(unit),
                    mtp::Output::Fill { unit, .. } => self.to_exchange.fill = Some(unit),
                    mtp::Output::Indication(indication) => {
                        self.isup.handle_input(self.now, isup::Input::Mtp(indication));
                    }
                    _ => {}
                }
            } else if let Some(output) = self.isup.poll_output() {
                match output {
                    isup::Output::Mtp(transfer) => {
                        self.mtp.handle_input(self.now, mtp::Input::Transfer(transfer));
                    }
                    isup::Output::Event(event) => self.learn(event),
                }
            } else {
                break;
            }
        }
    }

    fn obey_exchange(&mut self, output: Output) {
        match output {
            Output::Line { command, .. } => {
                let unit = |unit: Unit| SignalUnit::from_slice(unit.as_slice()).unwrap();
                match command {
                    LineCommand::Send(sent) => self.from_exchange.waiting.push_back(unit(sent)),
                    LineCommand::Fill(fill) => self.from_exchange.fill = Some(unit(fill)),
                    LineCommand::Silence => self.from_exchange.fill = None,
                }
            }
            Output::Association { .. } => {}
            Output::Bearer { slot, source } => {
                self.sources.insert(slot, source);
            }
        }
    }

    fn learn(&mut self, event: Event) {
        if let Event::Incoming { call, .. } = event {
            match self.answering {
                Answering::Answer => {
                    let answer = Backward::Answer(isup_codec::Anm::new());
                    self.isup.backward(self.now, call, answer);
                }
                Answering::Refuse(cause) => self.release_for(call, cause),
                Answering::Never => {}
            }
        }
        self.events.push((self.now, event));
    }

    pub(super) fn seize(
        &mut self,
        class: Class,
        digits: &str,
    ) -> Result<(CallId, Cic), isup::SetupError> {
        let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits.parse().unwrap());
        let category = if class.is_emergency() {
            CallingPartysCategory::PRIORITY
        } else {
            CallingPartysCategory::ORDINARY
        };
        let seized = self.isup.setup(self.now, class, GroupId(0), Iam::new(called, category));
        self.drain();
        seized
    }

    pub(super) fn call(&mut self, digits: &str) -> (CallId, Cic) {
        self.seize(Class::Ordinary, digits).unwrap()
    }

    pub(super) fn release(&mut self, call: CallId) {
        self.release_for(call, Cause::NORMAL_CLEARING);
        self.drain();
    }

    fn release_for(&mut self, call: CallId, cause: Cause) {
        self.isup.release(self.now, call, CauseIndicators::new(cause, location::USER));
    }

    /// What the time slot of a circuit carries.
    pub(super) fn source(&self, cic: Cic) -> Source {
        self.sources.get(&slot(cic)).copied().unwrap_or_default()
    }

    /// The events about a call, without its end, with their distance from the first in ms.
    pub(super) fn story(&self, call: CallId) -> Vec<(u64, Event)> {
        let about = |event: &Event| match event {
            Event::AddressComplete { call, .. }
            | Event::Progress { call, .. }
            | Event::Answer { call, .. }
            | Event::Information { call, .. }
            | Event::Suspended { call, .. }
            | Event::Resumed { call, .. }
            | Event::Released { call, .. }
            | Event::Lost { call } => Some(*call),
            _ => None,
        };
        let mut story = self.events.iter().filter(|(_, event)| about(event) == Some(call));
        let Some((first, event)) = story.next() else { return Vec::new() };
        let rest = story.map(|(at, event)| ((*at - *first).as_millis() as u64, event.clone()));
        std::iter::once((0, event.clone())).chain(rest).collect()
    }

    pub(super) fn has_ended(&self, call: CallId) -> bool {
        self.events.iter().any(|(_, event)| *event == Event::Ended { call })
    }

    /// Releases the call and checks that nothing of it is left anywhere.
    #[track_caller]
    pub(super) fn end(&mut self, call: CallId, cic: Cic) {
        self.release(call);
        self.run_until(Duration::from_secs(2), |world| {
            world.has_ended(call) && world.exchange.is_idle() && world.isup.calls() == 0
        });
        assert_eq!(self.source(cic), Source::Idle);
    }
}
