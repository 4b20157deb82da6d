//! One link (RFC 4165 §3.2, §4): what level 3 asks of it is here, what arrives is in `receiving`,
//! what becomes of its state in `states`.

mod receiving;
mod states;

use super::carrier::{self, Carrier, Patience};
use super::config::Config;
use super::message::{Body, Data, Message, Status};
use super::timers::Timer;
use super::txc::Txc;
use super::{SEQUENCE_MASK, carrier::State as Association};
use crate::Sls;
use crate::m3ua::{self, Command};
use crate::mtp2::iac::{self, Iac};
use crate::mtp2::lsc;
use crate::mtp2::poc::Poc;
use crate::mtp2::{self, Buffers, NotReady, Retrieved, State, Stats};
use base::{Class, Instant, TimerTable};
use bytes::Bytes;
use std::collections::VecDeque;

/// Messages that are kept while nobody takes them: while we are busy, or our level 3 is out. A peer
/// that sends more than that has not heard what it was told (§4.1.4, §4.1.5).
const HELD_MAX: usize = Config::WINDOW_MAX;
/// Alignments in a row in which the peer said nothing at all, after which the association is taken
/// for dead: SCTP would have told, TCP does not.
const SILENCE_MAX: u8 = 3;
/// Octets after the state of a proving message: with them it is about as long as an IAM (§2.3.2.1).
const FILLER: u8 = 40;
/// User data, and status that must stay in sequence with it, goes on stream 1 (§4.1.2).
const IN_SEQUENCE: Option<Sls> = Some(Sls(0));
/// Any other status goes on stream 0.
const ASIDE: Option<Sls> = None;

/// What a link wants done, or tells level 3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "units travel by value: no allocation for each")]
pub(crate) enum Event {
    /// What any link of level 2 may say.
    Said(mtp2::Event),
    /// For the driver of the association.
    Command(Command),
    /// The association wants its turn to connect: see [`Link::turn`].
    Turn,
}

/// Who holds what back (§4.1.4, §4.1.5).
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    /// We are busy: nothing is acknowledged.
    busy: bool,
    /// The peer is: nothing is sent.
    peer_busy: bool,
    /// Our processor is back, and the peer has not said Ready: nothing is sent.
    recovering: bool,
}

/// What the present alignment knows of the peer.
#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    /// It has proved, before we have: Ready, or Processor Outage in its place.
    proved: Option<Status>,
    /// It has said anything since the alignment began.
    heard: bool,
    /// Alignments in a row in which it had not.
    silent: u8,
    /// Of the last three messages, those with an impossible BSN, one bit each (Q.703 §5.3.1).
    abnormal: u8,
}

/// The receiving side.
#[derive(Debug)]
struct Rxc {
    /// The number of the last message that arrived in sequence.
    received: u32,
    /// Those of them that nobody has taken, the oldest first.
    held: VecDeque<Bytes>,
    /// One was taken and not acknowledged.
    ack_due: bool,
}

impl Rxc {
    const fn new() -> Self {
        Self { received: SEQUENCE_MASK, held: VecDeque::new(), ack_due: false }
    }

    /// What we acknowledge: the last that was taken.
    fn bsn(&self) -> u32 {
        self.received.wrapping_sub(self.held.len() as u32) & SEQUENCE_MASK
    }
}

/// One signalling link over an association.
#[derive(Debug)]
pub(crate) struct Link {
    config: Config,
    state: State,
    iac: Iac,
    poc: Poc,
    flow: Flow,
    peer: Peer,
    txc: Txc,
    rxc: Rxc,
    /// Proving messages sent, for their filler.
    proving: u8,
    carrier: Carrier,
    timers: TimerTable<Timer>,
    events: VecDeque<Event>,
    stats: Stats,
}

impl Link {
    /// A link that has never been started. Where we open its association, that begins at once.
    pub(crate) fn new(config: Config, patience: Patience, seed: u64) -> Self {
        let mut link = Self {
            config,
            state: State::OutOfService,
            iac: Iac::IDLE,
            poc: Poc::default(),
            flow: Flow::default(),
            peer: Peer::default(),
            txc: Txc::new(),
            rxc: Rxc::new(),
            proving: 0,
            carrier: Carrier::new(patience, seed),
            timers: TimerTable::new(),
            events: VecDeque::new(),
            stats: Stats::default(),
        };
        if config.opens {
            let attempt = link.carrier.attempt();
            link.events.push_back(attempt);
        }
        link
    }

    /// The association that carries it.
    pub(crate) fn association(&self) -> m3ua::AssociationId {
        self.config.association
    }

    /// Starts alignment, with the short proving period where `emergency` is set; messages not
    /// retrieved by now are gone.
    pub(crate) fn start(&mut self, now: Instant, emergency: bool) {
        if self.state == State::OutOfService && self.carrier.is_up() {
            self.iac.stop();
            self.advance(now, lsc::Input::Start);
            let step = self.iac.start(emergency);
            self.align(now, step);
        }
    }

    /// Asks for the short proving period from now on: no other link of the set is left.
    pub(crate) fn hurry(&mut self, now: Instant) {
        let step = self.iac.hurry();
        self.align(now, step);
    }

    /// Takes the link out of service. The association stays (§4.1.6).
    pub(crate) fn stop(&mut self, now: Instant) {
        self.advance(now, lsc::Input::Stop);
    }

    /// Level 3 gives the link up.
    pub(crate) fn fail(&mut self, now: Instant, reason: &'static str) {
        self.advance(now, lsc::Input::LinkFailure(reason));
    }

    /// Level 3 says what becomes of the messages that a processor outage holds back.
    pub(crate) fn resume(&mut self, now: Instant, buffers: Buffers) {
        if self.state == State::ProcessorOutage {
            self.poc.decided = true;
            self.poc.flush = buffers == Buffers::Flush;
            self.flush_if_due();
            self.advance(now, lsc::Input::Decided);
        }
    }

    /// Our level 3 cannot keep up (`onset`), or can again (§4.1.5).
    pub(crate) fn set_receive_congestion(&mut self, onset: bool) {
        if onset == self.flow.busy || onset && !self.passes_messages() {
            return;
        }
        self.flow.busy = onset;
        if self.passes_messages() {
            let status = if onset { Status::BUSY } else { Status::BUSY_ENDED };
            self.send_status(ASIDE, status);
            self.hand_over();
        }
    }

    /// Whether [`Link::transmit`] would take a message.
    pub(crate) fn is_ready(&self) -> bool {
        self.state == State::InService
            && !self.poc.flush
            && !self.flow.peer_busy
            && !self.flow.recovering
            && self.txc.outstanding() < self.config.window
            && self.carrier.has_room()
    }

    /// Sends a message: SIO and SIF.
    pub(crate) fn transmit(
        &mut self,
        now: Instant,
        class: Class,
        msu: Bytes,
    ) -> Result<(), NotReady> {
        if !self.is_ready() || !(Message::MSU_MIN..=Message::MSU_MAX).contains(&msu.len()) {
            return Err(NotReady(msu));
        }
        self.txc.push(now, class, msu.clone());
        self.stats.sent += 1;
        self.carrier.in_flight += 1;
        self.rxc.ack_due = false;
        self.send(class, IN_SEQUENCE, Body::Data(Some(Data { priority: 0, msu })));
        self.watch_acknowledgements();
        Ok(())
    }

    /// The number of the last message accepted, for the changeover order (§4.2.3).
    pub(crate) fn bsnt(&self) -> u32 {
        self.rxc.bsn()
    }

    /// Takes out the messages that the peer has not acknowledged, the oldest first.
    pub(crate) fn retrieve(&mut self) -> Vec<Retrieved> {
        self.txc.retrieve()
    }

    /// Its turn to connect comes then.
    pub(crate) fn turn(&mut self, now: Instant, at: Instant) {
        if self.carrier.turn(now, at) {
            self.events.push_back(Event::Command(Command::Connect));
        } else {
            self.timers.set_at(Timer::Reconnect, at);
        }
    }

    /// The association reports. Level 3 is to hear of its beginning and its end as of a line's.
    pub(crate) fn handle_association(&mut self, now: Instant, event: m3ua::Event) {
        match event {
            m3ua::Event::Up => self.established(now),
            m3ua::Event::Down => self.association_lost(now),
            m3ua::Event::Written { waiting } => self.carrier.in_flight = waiting,
            m3ua::Event::Received(octets) => self.receive_stream(now, &octets),
            m3ua::Event::Message { octets, .. } => {
                if self.carrier.is_up() {
                    self.receive(now, &octets);
                }
            }
        }
        self.acknowledge();
    }

    fn established(&mut self, now: Instant) {
        if self.carrier.state != Association::Down {
            self.association_lost(now);
        }
        self.timers.stop(Timer::Reconnect);
        self.carrier.up();
        self.peer.silent = 0;
        self.send_status(ASIDE, Status::OUT_OF_SERVICE); // §4.1.3
    }

    fn association_lost(&mut self, now: Instant) {
        self.carrier.down();
        self.advance(now, lsc::Input::LinkFailure("the association is gone"));
        if self.config.opens {
            self.timers.set(now, Timer::Reconnect, self.carrier.wait());
        }
    }

    /// Runs every timer due by `now`.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                Timer::T1 => self.advance(now, lsc::Input::T1),
                Timer::T2 => self.unanswered(now),
                Timer::T3 => self.alignment(now, iac::Input::T3),
                Timer::T4 => self.alignment(now, iac::Input::T4),
                Timer::T6 => self.fail(now, "the peer was busy for too long (T6)"),
                Timer::T7 => self.fail(now, "an acknowledgement is overdue (T7)"),
                Timer::ProvingInterval => self.prove(now),
                Timer::Repeat => self.repeat(now),
                Timer::Reconnect => {
                    let attempt = self.carrier.attempt();
                    self.events.push_back(attempt);
                }
            }
        }
    }

    /// The next deadline and its name.
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        self.timers.next()
    }

    /// What is to be done next.
    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The state of link state control.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Messages sent and not acknowledged.
    pub(crate) fn outstanding(&self) -> usize {
        self.txc.outstanding()
    }

    /// What has been counted since the start.
    pub(crate) fn stats(&self) -> Stats {
        self.stats
    }
}

/// Transmission.
impl Link {
    fn send(&mut self, class: Class, sls: Option<Sls>, body: Body) {
        if !self.carrier.is_up() {
            return;
        }
        let message = Message { bsn: self.rxc.bsn(), fsn: self.txc.fsn(), body };
        let octets = message.write();
        self.events.push_back(Event::Command(Command::Send { class, sls, octets }));
    }

    fn send_status(&mut self, sls: Option<Sls>, status: Status) {
        tracing::trace!(?status, "link status");
        self.send(Class::EmergencyInDialog, sls, Body::Status(status, Bytes::new()));
    }

    /// §2.3.2.1: a proving message, whose filler differs from that of the last.
    fn prove(&mut self, now: Instant) {
        let status = match self.iac.status() {
            mtp2::Status::SIN => Status::PROVING_NORMAL,
            mtp2::Status::SIE => Status::PROVING_EMERGENCY,
            _ => return,
        };
        if self.carrier.has_room() {
            self.carrier.in_flight += 1;
            self.proving = self.proving.wrapping_add(1);
            let first = self.proving;
            let filler = (0..FILLER).map(|n| first.wrapping_add(n)).collect();
            self.send(Class::EmergencyInDialog, ASIDE, Body::Status(status, filler));
        }
        self.timers.set(now, Timer::ProvingInterval, self.config.timers.proving_interval);
    }

    /// §4.1.3: Alignment and Ready may be said again while there is no answer.
    fn repeat(&mut self, now: Instant) {
        let status = match (self.state, self.iac.status()) {
            (State::InitialAlignment, mtp2::Status::SIO) => Status::ALIGNMENT,
            (State::AlignedReady, _) => Status::READY,
            _ => return,
        };
        self.send_status(ASIDE, status);
        self.timers.set(now, Timer::Repeat, self.config.timers.repeat);
    }

    /// §4.2.1: a message was taken and none of ours has said so: an empty one does, without delay.
    fn acknowledge(&mut self) {
        if std::mem::take(&mut self.rxc.ack_due) && self.passes_messages() {
            self.send(Class::EmergencyInDialog, IN_SEQUENCE, Body::Data(None));
        }
    }

    /// T7 runs for the oldest message, unless none can be acknowledged (§4.2.1, §4.1.5).
    fn watch_acknowledgements(&mut self) {
        let overdue = self.txc.overdue_at(self.config.timers.t7);
        let runs = self.state == State::InService && !self.flow.peer_busy;
        match overdue.filter(|_| runs) {
            Some(at) => self.timers.set_at(Timer::T7, at),
            None => {
                self.timers.stop(Timer::T7);
            }
        }
    }
}

/// The end of an association that is of no use.
impl Link {
    /// T2: where the peer has said nothing for some alignments, the association is given up.
    fn unanswered(&mut self, now: Instant) {
        self.peer.silent = if self.peer.heard { 0 } else { self.peer.silent.saturating_add(1) };
        self.alignment(now, iac::Input::T2);
        if self.peer.silent >= SILENCE_MAX {
            self.close(now, "the peer says nothing");
        }
    }

    fn close(&mut self, now: Instant, reason: &'static str) {
        if self.carrier.is_up() {
            self.advance(now, lsc::Input::LinkFailure(reason));
            self.carrier.state = carrier::State::Closing;
            self.events.push_back(Event::Command(Command::Close));
        }
    }
}

#[cfg(test)]
mod tests;
