use super::aerm::Aerm;
use super::cc::{self, Cc};
use super::config::Config;
use super::iac::{self, Iac, Phase, Step};
use super::lsc::{self, Effect, State};
use super::poc::Poc;
use super::rxc::{Abnormal, Rxc, Verdict};
use super::su::{self, Body, Header, Status};
use super::suerm::Suerm;
use super::timers::{Clock, Timer};
use super::txc::{NotReady, Outgoing, Retrieved, Txc};
use crate::{LineInput, SignalUnit};
use base::{Class, Instant};
use bytes::Bytes;
use std::collections::VecDeque;

/// What a link wants done, or tells level 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// For the line: send once.
    Send(SignalUnit),
    /// For the line: repeat while idle.
    Fill(SignalUnit),
    /// The link is in service.
    InService,
    /// The link is out of service, and why.
    OutOfService(&'static str),
    /// The level 3 of one side is out: nothing passes for now.
    ProcessorOutage,
    /// Both are back: messages pass after [`Link::resume`].
    ProcessorRecovered,
    /// So many messages were thrown away for [`Buffers::Flush`].
    Flushed(usize),
    /// A message arrived: SIO and SIF.
    Received(Bytes),
}

/// What becomes of the messages that were not acknowledged before a processor outage (Q.703 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffers {
    /// "Continue": they are sent.
    Continue,
    /// "Flush buffers": they went another way, or are too old.
    Flush,
}

/// Counters of one link (Q.752 names them performance measurements); each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages accepted in sequence.
    pub received: u64,
    /// Messages sent for the first time.
    pub sent: u64,
    /// Messages sent again.
    pub retransmitted: u64,
    /// Times we asked for a retransmission.
    pub nacks_sent: u64,
    /// Times the peer did.
    pub nacks_received: u64,
    /// Signal units in error, and periods of 16 octets out of alignment.
    pub errored: u64,
    /// Good signal units whose length indicator or status made no sense.
    pub malformed: u64,
    /// Units thrown away for an abnormal BSN or FIB.
    pub abnormal: u64,
    /// Messages thrown away after a processor outage.
    pub flushed: u64,
    /// SIB received: the peer was busy.
    pub busy_received: u64,
    /// Times the link came into service.
    pub in_service: u64,
    /// Times it failed after that.
    pub failures: u64,
    /// Times alignment did not succeed.
    pub alignment_failures: u64,
}

impl Stats {
    /// The counters by their names.
    pub fn named(&self) -> [(&'static str, u64); 13] {
        [
            ("sent", self.sent),
            ("received", self.received),
            ("retransmitted", self.retransmitted),
            ("nacks_sent", self.nacks_sent),
            ("nacks_received", self.nacks_received),
            ("errored", self.errored),
            ("malformed", self.malformed),
            ("abnormal", self.abnormal),
            ("flushed", self.flushed),
            ("busy_received", self.busy_received),
            ("in_service", self.in_service),
            ("failures", self.failures),
            ("alignment_failures", self.alignment_failures),
        ]
    }
}

/// The error rate monitors.
#[derive(Clone, Copy, Debug, Default)]
struct Monitors {
    proving: Aerm,
    service: Suerm,
}

/// One signalling link at level 2.
#[derive(Debug)]
pub struct Link {
    state: State,
    iac: Iac,
    monitors: Monitors,
    txc: Txc,
    rxc: Rxc,
    poc: Poc,
    cc: Cc,
    clock: Clock,
    /// The last FISU or LSSU, which the line repeats without showing it.
    last: Option<SignalUnit>,
    /// What the line repeats for us.
    fill: Option<SignalUnit>,
    events: VecDeque<Event>,
    stats: Stats,
}

impl Link {
    /// A link that has never been started.
    pub fn new(config: Config) -> Self {
        Self {
            state: State::PowerOff,
            iac: Iac::IDLE,
            monitors: Monitors::default(),
            txc: Txc::new(config.correction),
            rxc: Rxc::new(config.correction),
            poc: Poc::default(),
            cc: Cc::default(),
            clock: Clock::new(config.timers),
            last: None,
            fill: None,
            events: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// Says on the line that the link is out of service (Q.703 §7.2, figure 8).
    pub fn power_on(&mut self, now: Instant) {
        if self.state == State::PowerOff {
            self.advance(now, lsc::Input::Stop);
        }
        self.refresh_fill();
    }

    /// Starts alignment, with the short proving period where `emergency` is set; messages not
    /// retrieved by now are gone.
    pub fn start(&mut self, now: Instant, emergency: bool) {
        if matches!(self.state, State::PowerOff | State::OutOfService) {
            self.last = None;
            self.iac.stop();
            self.advance(now, lsc::Input::Start);
            let step = self.iac.start(emergency);
            self.align(now, step);
        }
        self.refresh_fill();
    }

    /// Asks for the short proving period from now on: no other link of the set is left.
    pub fn hurry(&mut self, now: Instant) {
        let step = self.iac.hurry();
        self.align(now, step);
        self.refresh_fill();
    }

    /// Takes the link out of service.
    pub fn stop(&mut self, now: Instant) {
        self.advance(now, lsc::Input::Stop);
        self.refresh_fill();
    }

    /// The line under the link is gone.
    pub fn fail(&mut self, now: Instant, reason: &'static str) {
        self.advance(now, lsc::Input::LinkFailure(reason));
        self.refresh_fill();
    }

    /// Our level 3 goes (`outage`) or is back (Q.703 §8).
    pub fn set_local_processor_outage(&mut self, now: Instant, outage: bool) {
        if self.poc.local != outage {
            self.poc.local = outage;
            self.advance(now, lsc::Input::LocalProcessor);
        }
        self.pump();
        self.refresh_fill();
    }

    /// Level 3 says what becomes of the messages that a processor outage holds back: they go on
    /// as soon as neither side is out, or are thrown away as soon as the peer has told which of
    /// them had arrived.
    pub fn resume(&mut self, now: Instant, buffers: Buffers) {
        if self.state == State::ProcessorOutage {
            self.poc.decided = true;
            self.poc.flush = buffers == Buffers::Flush;
            self.flush_if_due();
            self.advance(now, lsc::Input::Decided);
        }
        self.pump();
        self.refresh_fill();
    }

    /// Our level 3 cannot keep up (`onset`), or can again (Q.703 §9).
    pub fn set_receive_congestion(&mut self, now: Instant, onset: bool) {
        if !onset {
            self.cc.abate(&mut self.clock);
        } else if self.passes_messages() && self.cc.onset(now, &mut self.clock) {
            self.send_busy();
        }
        self.refresh_fill();
    }

    /// Whether [`Link::transmit`] would take a message.
    pub fn is_ready(&self) -> bool {
        self.state == State::InService && !self.poc.flush && self.txc.is_ready()
    }

    /// Sends a message: SIO and SIF, at most 273 octets.
    pub fn transmit(&mut self, now: Instant, class: Class, msu: Bytes) -> Result<(), NotReady> {
        if !self.is_ready() || msu.len() > SignalUnit::MAX_LEN - 3 || msu.len() < 3 {
            return Err(NotReady(msu));
        }
        let outgoing = self.txc.push(class, msu)?;
        self.clock.start_unless_running(now, Timer::T7);
        self.stats.sent += 1;
        self.send_message(&outgoing);
        self.refresh_fill();
        Ok(())
    }

    /// The number of the last message accepted, for the changeover order (Q.704 §5.4).
    pub fn bsnt(&self) -> u8 {
        self.rxc.bsn()
    }

    /// Takes out the messages that the peer has not acknowledged, the oldest first.
    pub fn retrieve(&mut self) -> Vec<Retrieved> {
        self.txc.retrieve()
    }

    /// The line reports.
    pub fn handle_line(&mut self, now: Instant, input: &LineInput) {
        match *input {
            LineInput::SignalUnit(ref unit) => {
                self.good_units(now, 1);
                self.receive(now, unit);
            }
            LineInput::Repeated(count) => {
                self.good_units(now, count);
                if let Some(unit) = self.last {
                    // Rules that look at units in a row look at three at most (Q.703 §5.3).
                    for _ in 0..count.min(3) {
                        self.receive(now, &unit);
                    }
                }
            }
            LineInput::Errored(count) => {
                self.stats.errored += u64::from(count);
                let failed = self.monitors.service.errored(count);
                self.errors(now, count, failed);
            }
            LineInput::OctetCounting(count) => {
                self.stats.errored += u64::from(count);
                let failed = self.monitors.service.octet_counting(count);
                self.errors(now, count, failed);
            }
            LineInput::Transmitted => self.txc.transmitted(),
        }
        self.pump();
        self.refresh_fill();
    }

    /// Runs every timer due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.clock.pop_expired(now) {
            match timer {
                Timer::T1 => self.advance(now, lsc::Input::T1),
                Timer::T2 => self.alignment(now, iac::Input::T2),
                Timer::T3 => self.alignment(now, iac::Input::T3),
                Timer::T4 => self.alignment(now, iac::Input::T4),
                Timer::T5 => {
                    if self.cc.expired(now, &mut self.clock) {
                        self.send_busy();
                    }
                }
                Timer::T6 => self.failure(now, "the peer was busy for too long (T6)"),
                Timer::T7 => self.failure(now, "an acknowledgement is overdue (T7)"),
            }
        }
        self.refresh_fill();
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        self.clock.next()
    }

    /// What is to be done next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The state of link state control.
    pub fn state(&self) -> State {
        self.state
    }

    /// Messages sent and not acknowledged, at most 127.
    pub fn outstanding(&self) -> usize {
        self.txc.outstanding()
    }

    /// What has been counted since the start.
    pub fn stats(&self) -> Stats {
        self.stats
    }
}

/// Reception.
impl Link {
    fn good_units(&mut self, now: Instant, count: u32) {
        self.monitors.service.good(count);
        self.alignment(now, iac::Input::GoodUnit);
    }

    fn errors(&mut self, now: Instant, count: u32, failed: bool) {
        if self.monitors.proving.errors(count) {
            self.alignment(now, iac::Input::AbortProving);
        }
        if failed {
            self.failure(now, "too many signal units in error");
        }
    }

    fn receive(&mut self, now: Instant, unit: &SignalUnit) {
        let Some((header, body)) = su::parse(unit.as_slice()) else {
            self.stats.malformed += 1;
            return;
        };
        match body {
            Body::Lssu(status) => {
                self.last = Some(*unit);
                self.receive_status(now, status);
            }
            Body::Fisu => {
                self.last = Some(*unit);
                self.receive_numbered(now, header, None);
            }
            Body::Msu(msu) => self.receive_numbered(now, header, Some(msu)),
        }
    }

    fn receive_status(&mut self, now: Instant, status: Status) {
        match status {
            Status::SIO | Status::SIN | Status::SIE | Status::SIOS => {
                self.alignment(now, iac::Input::Status(status));
                self.advance(now, lsc::Input::Status(status));
            }
            Status::SIPO => {
                if self.is_proved() {
                    self.poc.remote = true;
                    self.advance(now, lsc::Input::Status(status));
                }
            }
            Status::SIB => {
                self.stats.busy_received += 1;
                if self.passes_messages() && self.txc.outstanding() > 0 {
                    cc::peer_busy(now, &mut self.clock);
                }
            }
            _ => self.stats.malformed += 1,
        }
    }

    fn receive_numbered(&mut self, now: Instant, header: Header, msu: Option<&[u8]>) {
        if self.is_proved() {
            self.poc.remote = false;
            self.advance(now, lsc::Input::FisuOrMsu);
        }
        if !self.passes_messages() || self.poc.local {
            return; // Q.703 §8.2: while we are out, messages are thrown away
        }
        match self.rxc.judge(header, self.txc.is_plausible(header.bsn)) {
            Ok(()) => {}
            Err(abnormal) => {
                self.stats.abnormal += 1;
                match abnormal {
                    Abnormal::Discard => {}
                    Abnormal::Bsn => self.failure(now, "abnormal backward sequence numbers"),
                    Abnormal::Fib => self.failure(now, "abnormal forward indicator bits"),
                }
                return;
            }
        }
        self.acknowledge(now, header);
        self.poc.heard = !self.poc.any();
        self.flush_if_due();
        match self.rxc.receive(header, msu.is_some(), self.cc.busy()) {
            Verdict::Nothing => {}
            Verdict::Nack => self.stats.nacks_sent += 1,
            Verdict::Accept => {
                self.stats.received += 1;
                let msu = Bytes::copy_from_slice(msu.unwrap_or_default());
                self.events.push_back(Event::Received(msu));
            }
        }
    }

    fn acknowledge(&mut self, now: Instant, header: Header) {
        let what = self.txc.acknowledge(header.bsn, header.bib);
        self.stats.nacks_received += u64::from(what.negative);
        cc::acknowledged(now, &mut self.clock, what, self.txc.outstanding());
    }

    /// Q.703 §8: the buffers may be emptied once the peer has said what had arrived, or its next
    /// acknowledgement would be of a message that is not known any more.
    fn flush_if_due(&mut self) {
        if self.poc.flush && self.poc.heard && !self.poc.any() {
            self.poc.flush = false;
            let flushed = self.txc.flush();
            self.clock.stop(Timer::T7);
            self.clock.stop(Timer::T6);
            if flushed > 0 {
                self.stats.flushed += flushed as u64;
                self.events.push_back(Event::Flushed(flushed));
            }
        }
    }

    fn restart_t7(&mut self, now: Instant) {
        if self.txc.outstanding() > 0 {
            self.clock.start(now, Timer::T7);
        }
    }
}

/// Transmission.
impl Link {
    /// Hands what is to be sent again to the line, while there is credit.
    fn pump(&mut self) {
        while self.state == State::InService
            && !self.poc.flush
            && let Some(outgoing) = self.txc.next_again()
        {
            self.stats.retransmitted += 1;
            self.send_message(&outgoing);
        }
    }

    fn send_message(&mut self, outgoing: &Outgoing) {
        let header = Header { fsn: outgoing.fsn, ..self.header() };
        if let Some(unit) = su::build(header, Body::Msu(&outgoing.msu)) {
            self.events.push_back(Event::Send(unit));
        }
    }

    fn send_busy(&mut self) {
        // A line that does not even get rid of the last one has no use for another.
        if self.txc.has_room_for_status()
            && let Some(unit) = su::build(self.header(), Body::Lssu(Status::SIB))
        {
            self.txc.status_sent();
            self.events.push_back(Event::Send(unit));
        }
    }

    fn header(&self) -> Header {
        Header {
            bsn: self.rxc.bsn(),
            bib: self.rxc.bib(),
            fsn: self.txc.fsn(),
            fib: self.txc.fib(),
        }
    }

    /// The fill is a function of the state: given to the line whenever it differs from the last.
    /// It follows the messages handed over, since it carries the number of the last of them.
    fn refresh_fill(&mut self) {
        let body = match self.state {
            State::PowerOff => return,
            State::OutOfService => Body::Lssu(Status::SIOS),
            State::InitialAlignment => Body::Lssu(self.iac.status()),
            State::AlignedNotReady => Body::Lssu(Status::SIPO),
            State::ProcessorOutage if self.poc.local => Body::Lssu(Status::SIPO),
            State::AlignedReady | State::InService | State::ProcessorOutage => Body::Fisu,
        };
        let fill = su::build(self.header(), body);
        if fill != self.fill
            && let Some(unit) = fill
        {
            self.fill = fill;
            self.events.push_back(Event::Fill(unit));
        }
    }
}

/// States.
impl Link {
    fn is_proved(&self) -> bool {
        matches!(self.state, State::AlignedReady | State::AlignedNotReady) || self.passes_messages()
    }

    /// In service, if perhaps with an outage.
    fn passes_messages(&self) -> bool {
        matches!(self.state, State::InService | State::ProcessorOutage)
    }

    fn failure(&mut self, now: Instant, reason: &'static str) {
        self.advance(now, lsc::Input::LinkFailure(reason));
    }

    fn alignment(&mut self, now: Instant, input: iac::Input) {
        let step = self.iac.handle(input);
        self.align(now, step);
    }

    fn align(&mut self, now: Instant, step: Step) {
        if step == Step::Stay {
            return;
        }
        for timer in [Timer::T2, Timer::T3, Timer::T4] {
            self.clock.stop(timer);
        }
        self.monitors.proving.stop();
        match step {
            Step::Stay | Step::Enter(Phase::Idle) => {}
            Step::Enter(Phase::NotAligned) => self.clock.start(now, Timer::T2),
            Step::Enter(Phase::Aligned) => self.clock.start(now, Timer::T3),
            Step::Enter(Phase::Proving) => {
                let emergency = self.iac.is_emergency();
                self.monitors.proving.start(emergency);
                self.clock.start_proving(now, emergency);
            }
            Step::Complete => self.advance(now, lsc::Input::AlignmentComplete),
            Step::Failed(reason) => self.advance(now, lsc::Input::AlignmentNotPossible(reason)),
        }
    }

    fn advance(&mut self, now: Instant, input: lsc::Input) {
        let Some((next, effect)) = lsc::transition(self.state, input, self.poc) else {
            return self.tell_outage();
        };
        let previous = std::mem::replace(&mut self.state, next);
        tracing::debug!(?previous, ?next, ?input, "link state");
        match effect {
            Effect::None => {}
            Effect::Align => {
                self.txc.restart();
                self.rxc.restart();
                self.poc = Poc { local: self.poc.local, ..Poc::default() };
            }
            Effect::Proved => {
                self.monitors.service.start();
                self.clock.start(now, Timer::T1);
            }
            Effect::InService => self.enter_service(),
            Effect::Outage => {
                // Nobody acknowledges now, or is heard to (Q.703 §8.2, §8.3).
                self.clock.stop(Timer::T7);
                self.clock.stop(Timer::T6);
                (self.poc.decided, self.poc.heard) = (false, false);
            }
            Effect::Resume => {
                self.poc.decided = false;
                self.restart_t7(now);
            }
            Effect::OutOfService(reason) => self.out_of_service(previous, reason),
        }
        self.tell_outage();
    }

    /// Level 3 hears of the first side that goes out and of the last that comes back.
    fn tell_outage(&mut self) {
        let out = self.poc.any();
        if !self.passes_messages() || out == self.poc.told {
            return;
        }
        self.poc.told = out;
        if out {
            self.poc.heard = false;
        }
        let event = if out { Event::ProcessorOutage } else { Event::ProcessorRecovered };
        self.events.push_back(event);
    }

    fn enter_service(&mut self) {
        self.clock.stop(Timer::T1);
        self.stats.in_service += 1;
        self.events.push_back(Event::InService);
    }

    fn out_of_service(&mut self, previous: State, reason: &'static str) {
        if matches!(previous, State::InService | State::ProcessorOutage) {
            self.stats.failures += 1;
        } else {
            self.stats.alignment_failures += 1;
        }
        self.clock.stop_all();
        self.iac.stop();
        self.monitors = Monitors::default();
        self.cc = Cc::default();
        self.events.push_back(Event::OutOfService(reason));
    }
}

#[cfg(test)]
mod tests;
