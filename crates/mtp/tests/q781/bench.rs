//! The link under test, and the peer that is played.

use base::{Class, Duration, Instant};
use bytes::Bytes;
use mtp::mtp2::{Buffers, Config, Event, Link, State, Status};
use mtp::{LineInput, SignalUnit};

/// A signal unit of either end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    bsn: u8,
    bib: bool,
    fsn: u8,
    fib: bool,
    body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Fisu,
    Status(Status),
    /// A message of this number.
    Msu(u8),
}

/// A fill-in unit with both indicator bits 1.
pub(crate) const fn fisu(bsn: u8, fsn: u8) -> Unit {
    Unit { bsn, bib: true, fsn, fib: true, body: Body::Fisu }
}

/// A message, numbered as its FSN, with both indicator bits 1.
pub(crate) const fn msu(bsn: u8, fsn: u8) -> Unit {
    Unit { body: Body::Msu(fsn), ..fisu(bsn, fsn) }
}

/// What a fresh end sends.
pub(crate) const FISU: Unit = fisu(127, 127);

impl Unit {
    pub(crate) const fn bib(self, bib: bool) -> Self {
        Self { bib, ..self }
    }

    pub(crate) const fn fib(self, fib: bool) -> Self {
        Self { fib, ..self }
    }

    fn write(self) -> SignalUnit {
        let octet = |number: u8, bit: bool| number | u8::from(bit) << 7;
        let mut octets = vec![octet(self.bsn, self.bib), octet(self.fsn, self.fib)];
        match self.body {
            Body::Fisu => octets.push(0),
            Body::Status(status) => octets.extend([1, status.0]),
            Body::Msu(number) => octets.extend([6, 0x85, 2, 0x40, 0, 0, number]),
        }
        SignalUnit::from_slice(&octets).unwrap()
    }

    fn read(unit: &SignalUnit) -> Self {
        let (head, body) = unit.as_slice().split_first_chunk::<3>().unwrap();
        let body = match (head[2], body) {
            (0, []) => Body::Fisu,
            (1, [status]) => Body::Status(Status(*status)),
            (6, [.., number]) => Body::Msu(*number),
            other => panic!("{other:?}"),
        };
        let (bsn, fsn) = (head[0] & 0x7f, head[1] & 0x7f);
        Self { bsn, bib: head[0] > 0x7f, fsn, fib: head[1] > 0x7f, body }
    }
}

/// What level 3 is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    InService,
    OutOfService,
    Outage,
    Recovered,
    Received(u8),
    Flushed(usize),
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Orders of level 3.
    PowerOn,
    Start,
    StartEmergency,
    Emergency,
    Stop,
    LocalOutage(bool),
    Resume(Buffers),
    Busy(bool),
    /// Messages of these numbers.
    Transmit(Vec<u8>),
    /// What the line brings.
    Hear(Unit),
    Good(u32),
    Corrupt(u32),
    /// So many times 16 octets without alignment.
    Broken(u32),
    /// The line has sent so many units, if so many waited.
    Line(usize),
    /// Milliseconds.
    Wait(u64),
    Repeat(usize, Vec<Self>),
    /// The line repeats this.
    Fills(Unit),
    /// The line repeats this status.
    FillsStatus(Status),
    /// FSN of each message handed to the line since this was last asked.
    Sent(Vec<u8>),
    /// So many SIB likewise.
    SentBusy(usize),
    /// What level 3 was told since this was last asked.
    Told(Vec<Told>),
    Is(State),
    Unacknowledged(usize),
    /// Whether a message would be taken.
    Ready(bool),
}

pub(crate) fn hear(status: Status) -> Step {
    Step::Hear(Unit { body: Body::Status(status), ..FISU })
}

pub(crate) struct Bench {
    link: Link,
    now: Instant,
    /// Messages handed to the line, and status units.
    sent: Vec<u8>,
    busy: usize,
    told: Vec<Told>,
    fill: Option<Unit>,
    waiting: usize,
}

impl Bench {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            link: Link::new(config),
            now: Instant::ZERO,
            sent: Vec::new(),
            busy: 0,
            told: Vec::new(),
            fill: None,
            waiting: 0,
        }
    }

    pub(crate) fn run(&mut self, step: &Step, at: &str) {
        let now = self.now;
        match step {
            Step::PowerOn => self.link.power_on(now),
            Step::Start => self.link.start(now, false),
            Step::StartEmergency => self.link.start(now, true),
            Step::Emergency => self.link.hurry(now),
            Step::Stop => self.link.stop(now),
            Step::LocalOutage(outage) => self.link.set_local_processor_outage(now, *outage),
            Step::Resume(buffers) => self.link.resume(now, *buffers),
            Step::Busy(onset) => self.link.set_receive_congestion(now, *onset),
            Step::Transmit(numbers) => numbers.iter().for_each(|number| self.transmit(*number, at)),
            Step::Hear(unit) => self.line(&LineInput::SignalUnit(unit.write())),
            Step::Good(count) => self.line(&LineInput::Repeated(*count)),
            Step::Corrupt(count) => self.line(&LineInput::Errored(*count)),
            Step::Broken(count) => self.line(&LineInput::OctetCounting(*count)),
            Step::Line(count) => (0..*count).for_each(|_| self.transmitted()),
            Step::Wait(millis) => {
                self.now += Duration::from_millis(*millis);
                self.link.handle_timeout(self.now);
            }
            Step::Repeat(times, steps) => {
                (0..*times).for_each(|_| steps.iter().for_each(|step| self.run(step, at)));
            }
            expected => return self.expect(expected, at),
        }
        self.drain();
    }

    fn expect(&mut self, expected: &Step, at: &str) {
        match expected {
            Step::Fills(unit) => assert_eq!(self.fill, Some(*unit), "{at}"),
            Step::FillsStatus(status) => {
                let body = self.fill.map(|unit| unit.body);
                assert_eq!(body, Some(Body::Status(*status)), "{at}");
            }
            Step::Sent(numbers) => assert_eq!(std::mem::take(&mut self.sent), *numbers, "{at}"),
            Step::SentBusy(count) => assert_eq!(std::mem::take(&mut self.busy), *count, "{at}"),
            Step::Told(told) => assert_eq!(std::mem::take(&mut self.told), *told, "{at}"),
            Step::Is(state) => assert_eq!(self.link.state(), *state, "{at}"),
            Step::Unacknowledged(count) => assert_eq!(self.link.outstanding(), *count, "{at}"),
            Step::Ready(ready) => assert_eq!(self.link.is_ready(), *ready, "{at}"),
            other => panic!("{other:?} is no expectation"),
        }
    }

    fn transmit(&mut self, number: u8, at: &str) {
        let msu = Bytes::copy_from_slice(&[0x85, 2, 0x40, 0, 0, number]);
        let taken = self.link.transmit(self.now, Class::Ordinary, msu);
        assert!(taken.is_ok(), "{at}: message {number} was not taken");
        self.drain();
    }

    fn line(&mut self, input: &LineInput) {
        self.link.handle_line(self.now, input);
        self.drain();
    }

    fn transmitted(&mut self) {
        if self.waiting > 0 {
            self.waiting -= 1;
            self.line(&LineInput::Transmitted);
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.link.poll_event() {
            match event {
                Event::Send(unit) => {
                    self.waiting += 1;
                    let unit = Unit::read(&unit);
                    match unit.body {
                        Body::Msu(_) => self.sent.push(unit.fsn),
                        _ => self.busy += 1,
                    }
                }
                Event::Fill(unit) => self.fill = Some(Unit::read(&unit)),
                Event::InService => self.told.push(Told::InService),
                Event::OutOfService(_) => self.told.push(Told::OutOfService),
                Event::ProcessorOutage => self.told.push(Told::Outage),
                Event::ProcessorRecovered => self.told.push(Told::Recovered),
                Event::Received(msu) => self.told.push(Told::Received(*msu.last().unwrap())),
                Event::Flushed(count) => self.told.push(Told::Flushed(count)),
            }
        }
    }
}

/// Both ends are proved; ours awaits the first fill-in unit.
pub(crate) fn aligned_ready() -> Vec<Step> {
    vec![
        Step::PowerOn,
        Step::StartEmergency,
        hear(Status::SIO),
        hear(Status::SIE),
        Step::Wait(512),
        Step::Is(State::AlignedReady),
        Step::Fills(FISU),
    ]
}

/// The same, with our processor out.
pub(crate) fn aligned_not_ready() -> Vec<Step> {
    vec![
        Step::PowerOn,
        Step::LocalOutage(true),
        Step::StartEmergency,
        hear(Status::SIO),
        hear(Status::SIE),
        Step::Wait(512),
        Step::Is(State::AlignedNotReady),
        Step::FillsStatus(Status::SIPO),
    ]
}

pub(crate) fn in_service() -> Vec<Step> {
    let mut steps = aligned_ready();
    steps.extend([Step::Hear(FISU), Step::Told(vec![Told::InService]), Step::Is(State::InService)]);
    steps
}

/// The link has failed, and says so.
pub(crate) fn out() -> Vec<Step> {
    vec![
        Step::Is(State::OutOfService),
        Step::FillsStatus(Status::SIOS),
        Step::Told(vec![Told::OutOfService]),
    ]
}
