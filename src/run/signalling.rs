//! The signalling thread: the SIP sockets, the rings of the span thread and a clock around one
//! gateway. Everything that it does for others (questions, records, captures) is bounded.

use super::associations::{Associations, Happened, Report};
use super::containment::Containment;
use super::ending::{Ending, Next};
use super::figures::Figures;
use super::resolving::Resolving;
use super::rings::{Command, Event, PatientWriter, Reader};
use super::sockets::SipSockets;
use super::views;
use crate::admin::api;
use crate::admin::ask::Question;
use crate::cdr::CdrSink;
use crate::circuit_state::Keeper;
use crate::names::Names;
use base::{Cause, Duration, Instant};
use bytes::Bytes;
use gateway::{Gateway, Input, Output};
use io::{Capture, Clock, Record};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// How often the ring of the span thread is looked into.
const TICK: Duration = Duration::from_millis(1);
/// How often in one turn the queue is worked on before the other sources have their turn.
const TIMEOUTS_PER_TURN: usize = 8;
/// Events of the span thread taken in one turn.
const EVENTS_PER_TURN: usize = 1_024;
/// Time for the last messages to leave the connections.
const LAST_WRITES: Duration = Duration::from_millis(50);

/// Where a gateway's outputs go.
pub(crate) struct Sinks {
    pub(crate) sockets: SipSockets,
    pub(crate) associations: Associations,
    pub(crate) commands: PatientWriter<Command>,
    pub(crate) resolving: Resolving,
    pub(crate) cdr: CdrSink,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) capture: Option<Capture>,
}

/// What the signalling thread owns.
pub(crate) struct Signalling {
    pub(crate) gateway: Gateway,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
    pub(crate) sinks: Sinks,
    pub(crate) events: Reader<Event>,
    pub(crate) questions: mpsc::Receiver<Question>,
    pub(crate) figures: Figures,
    pub(crate) containment: Containment,
    pub(crate) ending: Ending,
}

/// What woke the loop.
enum Woken {
    Tick,
    Sockets(Option<io::StreamEvent>),
    Association(Happened),
    Question(Question),
    Resolved(Box<Input>),
    Signal,
    Reload,
}

impl Signalling {
    /// Runs until the gateway has ended; `failed` says whether another thread is gone.
    pub(crate) async fn run(
        &mut self,
        mut signals: super::Signals,
        failed: impl Fn() -> Option<&'static str>,
    ) -> Result<(), &'static str> {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outcome = Ok(());
        self.obey();
        loop {
            let woken = tokio::select! {
                event = self.sinks.sockets.ready() => Woken::Sockets(event),
                event = self.sinks.associations.ready() => Woken::Association(event),
                input = self.sinks.resolving.answer() => Woken::Resolved(Box::new(input)),
                Some(question) = self.questions.recv() => Woken::Question(question),
                reload = signals.next() => if reload { Woken::Reload } else { Woken::Signal },
                _ = tick.tick() => Woken::Tick,
            };
            let now = self.clock.now();
            match woken {
                Woken::Tick => {}
                Woken::Sockets(None) => {}
                Woken::Sockets(Some(event)) => self.first(now, event),
                Woken::Association(event) => self.associated(now, Some(event)),
                Woken::Question(question) => self.answer(now, question),
                Woken::Resolved(input) => self.input(now, *input),
                Woken::Reload => self.sinks.sockets.reload(),
                Woken::Signal => {
                    let next = self.ending.signal(now);
                    self.follow(now, next);
                }
            }
            if outcome.is_ok()
                && let Some(thread) = failed()
            {
                tracing::error!(thread, "a thread has died: calls are released");
                outcome = Err(thread);
                let next = self.ending.fail(now);
                self.follow(now, next);
            }
            self.turn(now);
            let next = self.ending.poll(now, || self.gateway.is_idle());
            if self.follow(now, next) {
                break;
            }
        }
        if let Some(keeper) = &mut self.sinks.keeper {
            keeper.finish(&mut self.gateway);
        }
        tokio::time::sleep(LAST_WRITES).await;
        outcome
    }

    /// Says whether the end has come.
    fn follow(&mut self, now: Instant, next: Next) -> bool {
        match next {
            Next::Go => return false,
            Next::Stop => return true,
            Next::Drain => {
                tracing::info!("new calls are refused but emergency calls, the others may end");
                self.contained(|gateway| gateway.drain(now));
            }
            Next::Release => {
                let calls = self.gateway.calls().len();
                tracing::info!(calls, "releasing what is left with cause 41");
                self.contained(|gateway| gateway.release_all(now, Cause::TEMPORARY_FAILURE));
            }
        }
        self.obey();
        false
    }

    /// One turn over all sources.
    fn turn(&mut self, now: Instant) {
        self.sinks.commands.flush();
        if let Some(keeper) = &mut self.sinks.keeper {
            keeper.look(&mut self.gateway, now);
        }
        for _ in 0..EVENTS_PER_TURN {
            let Some(event) = self.events.take() else { break };
            let input = match event {
                Event::Line(link, event) => Input::Line { link, event },
                Event::Media(event) => Input::Media(event),
                Event::Span { span, up } => Input::SpanState { span, up },
            };
            self.input(now, input);
        }
        self.associated(now, None);
        for _ in 0..TIMEOUTS_PER_TURN {
            // Read before each round: the queue orders what is in it, not what waits outside.
            let more = self.receive(now);
            let now = self.clock.now();
            if self.gateway.poll_timeout().is_some_and(|(deadline, _)| deadline <= now) {
                let work = |gateway: &mut Gateway| gateway.handle_timeout(now);
                self.containment.run(&mut self.gateway, work, |gateway| gateway.in_hand().cloned());
                self.obey();
            } else if !more {
                break;
            }
        }
    }

    fn first(&mut self, now: Instant, event: io::StreamEvent) {
        let mut inputs = Vec::new();
        self.sinks.sockets.stream_event(event, &mut |input| inputs.push(input));
        inputs.into_iter().for_each(|input| self.input(now, input));
    }

    fn receive(&mut self, now: Instant) -> bool {
        let mut inputs = Vec::new();
        let more = self.sinks.sockets.receive(|input| inputs.push(input));
        inputs.into_iter().for_each(|input| self.input(now, input));
        more
    }

    /// What the connections of associations report: this event, or all that has happened since.
    fn associated(&mut self, now: Instant, event: Option<Happened>) {
        let mut reports: Vec<Report> = Vec::new();
        let associations = &mut self.sinks.associations;
        match event {
            Some(event) => associations.take(event, &mut |report| reports.push(report)),
            None => associations.receive(|report| reports.push(report)),
        }
        for (association, event) in reports {
            self.input(now, Input::Association { association, event });
        }
    }

    fn input(&mut self, now: Instant, input: Input) {
        // A signal unit is not refused: MTP2 would ask for it for ever, and the link would fail.
        if let Input::SipDatagram { bytes, flow } = &input
            && self.containment.refuses(bytes)
        {
            tracing::warn!(remote = %flow.remote, "a message in quarantine came again");
            return;
        }
        let octets = Octets::of(&input);
        let work = |gateway: &mut Gateway| gateway.handle_input(now, input);
        self.containment.run(&mut self.gateway, work, |_| octets.into_bytes());
        self.obey();
    }

    /// Does what the gateway wants done, until it wants no more.
    fn obey(&mut self) {
        loop {
            while let Some(output) = self.gateway.poll_output() {
                self.follow_output(output);
            }
            let failed = self.sinks.sockets.flush();
            if failed.is_empty() {
                return;
            }
            failed.into_iter().for_each(|input| self.tell(input));
        }
    }

    /// Tells the gateway what became of something that it wanted.
    fn tell(&mut self, input: Input) {
        let now = self.clock.now();
        let work = |gateway: &mut Gateway| gateway.handle_input(now, input);
        self.containment.run(&mut self.gateway, work, |_| None);
    }

    fn follow_output(&mut self, output: Output) {
        match output {
            Output::Sip { flow, bytes, .. } => {
                let gateway = &self.gateway;
                let names = |flow| gateway.names_of(&flow);
                if let Some(failed) = self.sinks.sockets.send(flow, bytes, names) {
                    self.tell(failed);
                }
                if self.sinks.sockets.is_full() {
                    let failed = self.sinks.sockets.flush();
                    failed.into_iter().for_each(|input| self.tell(input));
                }
            }
            Output::Resolve { question } => {
                if let Some(unasked) = self.sinks.resolving.ask(question) {
                    self.tell(unasked);
                }
            }
            Output::Neighbours { addresses } => self.sinks.sockets.set_neighbours(&addresses),
            Output::SipClose { connection } => self.sinks.sockets.close(connection),
            Output::Line { link, command } => {
                self.sinks.commands.put(Command::Line(link, command));
            }
            Output::Association { association, command } => {
                if let Some((association, event)) =
                    self.sinks.associations.obey(association, command)
                {
                    self.tell(Input::Association { association, event });
                }
            }
            Output::Media(command) => self.sinks.commands.put(Command::Media(command)),
            Output::Cdr(cdr) => {
                self.figures.ended(&cdr);
                self.sinks.cdr.record(&cdr);
            }
            Output::Msu { outgoing, msu, .. } => {
                if let Some(capture) = &self.sinks.capture {
                    let wall = self.clock.wall(self.clock.now());
                    capture.record(wall, outgoing, Record::Mtp3(msu));
                }
            }
            Output::SetUp { class, delay } => self.figures.set_up(class, delay),
        }
    }

    fn answer(&mut self, now: Instant, question: Question) {
        let Self { gateway, clock, names, sinks, figures, containment, .. } = self;
        let quarantined = containment.count();
        let moment = views::Moment { clock, now };
        let answer = |gateway: &mut Gateway| {
            // Whoever asked may have given up waiting.
            let _gone = match question {
                Question::Status(answer) => {
                    answer.send(views::status(gateway, names, moment)).is_ok()
                }
                Question::Calls(answer) => answer.send(views::calls(gateway, clock, now)).is_ok(),
                Question::Circuits(from, answer) => {
                    answer.send(views::circuits(gateway, from)).is_ok()
                }
                Question::Operate(order, answer) => {
                    answer.send(gateway.operate(now, &order)).is_ok()
                }
                Question::Links(answer) => {
                    answer.send(views::links(gateway, names, moment)).is_ok()
                }
                Question::Inhibit(api::LinkOrder { link, inhibited }, answer) => {
                    answer.send(gateway.inhibit(now, mtp::LinkId(link), inhibited)).is_ok()
                }
                Question::Alarms(answer) => {
                    answer.send(views::alarms(gateway, names, moment)).is_ok()
                }
                Question::Test(api::TestOrder { group, cic, force }, answer) => {
                    answer.send(gateway.test_circuit(now, (&group, cic), force)).is_ok()
                }
                Question::Tested(api::TestOrder { group, cic, .. }, answer) => {
                    answer.send(gateway.tested(&group, cic)).is_ok()
                }
                Question::Trunks(answer) => answer.send(views::trunks(gateway, now)).is_ok(),
                Question::Metrics(answer) => {
                    let mut snapshot = figures.snapshot(gateway, names, now);
                    snapshot.quarantined = quarantined;
                    snapshot.kernel_drops = sinks.sockets.dropped();
                    snapshot.streams = sinks.sockets.connections();
                    snapshot.stream_events = sinks.stream_events(gateway);
                    snapshot.sctp_events = sinks.associations.sctp_events();
                    snapshot.lost_between_threads.extend(sinks.lost());
                    answer.send(Box::new(snapshot)).is_ok()
                }
            };
        };
        containment.run(gateway, answer, |_| None);
        self.obey();
    }

    fn contained(&mut self, work: impl FnOnce(&mut Gateway)) {
        self.containment.run(&mut self.gateway, work, |_| None);
    }
}

impl Sinks {
    /// What went wrong with connections, by the name of it.
    fn stream_events(&self, gateway: &Gateway) -> Vec<(&'static str, u64)> {
        let (stats, told) = (self.sockets.stream_stats(), gateway.stats());
        vec![
            ("refused", stats.refused),
            ("not_opened", stats.unopened),
            ("handshake_failed", stats.handshakes_failed),
            ("handshake_too_soon", stats.handshakes_refused),
            ("stalled", stats.stalled),
            ("broken", told.broken_streams),
            ("message_too_slow", told.slow_streams),
            ("ping_unanswered", told.silent_streams),
            ("certificates_reloaded", stats.reloads),
            ("certificates_refused", stats.reloads_failed),
        ]
    }

    /// What the writers could not take.
    fn lost(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let capture = self.capture.as_ref().map(|capture| ("capture", capture.dropped()));
        let lost = [
            ("cdr", self.cdr.dropped),
            ("sip-udp", self.sockets.unsent()),
            ("resolver", self.resolving.unasked),
        ];
        lost.into_iter().chain(capture)
    }
}

/// What an input brought from outside, kept without a copy until it is needed.
#[expect(clippy::large_enum_variant, reason = "on the stack, for the time of one input")]
enum Octets {
    None,
    Message(Bytes),
    Unit(tdm::Unit),
}

impl Octets {
    fn of(input: &Input) -> Self {
        match input {
            Input::SipDatagram { bytes, .. } | Input::SipBytes { bytes, .. } => {
                Self::Message(bytes.clone())
            }
            Input::Association { event: mtp::m3ua::Event::Received(bytes), .. } => {
                Self::Message(bytes.clone())
            }
            Input::Line { event: tdm::LineEvent::SignalUnit(unit), .. } => Self::Unit(*unit),
            _ => Self::None,
        }
    }

    fn into_bytes(self) -> Option<Bytes> {
        match self {
            Self::None => None,
            Self::Message(bytes) => Some(bytes),
            Self::Unit(unit) => Some(Bytes::copy_from_slice(unit.as_slice())),
        }
    }
}
