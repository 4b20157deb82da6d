use crate::attempts::Attempt;
use crate::bearers::Bearers;
use crate::inbox::{Inbox, Waiting};
use crate::io::soonest;
use crate::legs::{Leg, Legs};
use crate::media::MediaTable;
use crate::tally::final_status;
use crate::targets::Targets;
use crate::trunks::Peers;
use crate::{Config, ConfigError, Input, Line, Output, SipTrunk, Stats, Timer};
use base::{Cause, Duration, Instant};
use bytes::Bytes;
use call::{CallId, Calls, Release, Side, Signal};
use interworking::NumberFormat;
use isup::Isup;
use mtp::Mtp;
use routing::Router;
use sip::Sip;
use std::collections::VecDeque;
use std::net::SocketAddr;
use tracing::{Span, info};

/// How many waiting messages one [`Gateway::handle_timeout`] works off: few enough that timers and
/// more urgent arrivals get their turn.
const SERVED_AT_ONCE: usize = 64;

/// What a refused caller is told to wait while we are not ready (RFC 3261 §20.33): emergency
/// proving and the reset of circuits take a few seconds.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A whole gateway.
pub struct Gateway {
    pub(crate) sip: Sip,
    pub(crate) isup: Isup,
    pub(crate) mtp: Mtp,
    pub(crate) calls: Calls,
    pub(crate) legs: Legs,
    pub(crate) media: MediaTable,
    pub(crate) inbox: Inbox,
    pub(crate) peers: Peers,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) stats: Stats,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
}

/// What never changes.
pub(crate) struct Settings {
    pub(crate) trunks: Vec<SipTrunk>,
    pub(crate) groups: Vec<String>,
    pub(crate) lines: Vec<Line>,
    pub(crate) links: Vec<mtp::LinkId>,
    pub(crate) bearers: Bearers,
    pub(crate) numbers: NumberFormat,
    pub(crate) sip_limits: sip_parser::Limits,
    pub(crate) sip_locals: Vec<(sip::Transport, SocketAddr)>,
    /// Whether an emergency call of somebody whom we do not know may be taken: by policy, or once
    /// the caller has proved who it is.
    pub(crate) strangers_emergencies: bool,
    /// Whether any group takes numbers digit by digit.
    pub(crate) overlap: bool,
    /// Whether by policy.
    pub(crate) emergency_from_anywhere: bool,
}

/// Where we are in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// The latest moment that we were told.
    pub(crate) now: Instant,
    /// When the message arrived that is being served, if one is.
    pub(crate) serving: Option<Instant>,
    /// Whether calls have been taken since the start.
    opened: bool,
}

impl Gateway {
    /// A gateway that brings its signalling links up at once.
    pub fn new(config: Config, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        let part =
            |part, why: &dyn std::fmt::Display| ConfigError::Part { part, why: why.to_string() };
        let Config { sip, trunks, mut mtp, mut isup, routing, call, numbers, media, .. } = config;
        mtp.trace = config.capture;
        isup.numbers = numbers.complete_numbers(&routing.plan);
        let targets = Targets::new(config.targets, &trunks, &sip.locals, now);
        let settings = Settings {
            trunks,
            overlap: isup.groups.iter().any(|group| group.overlap),
            groups: isup.groups.iter().map(|group| group.name.clone()).collect(),
            lines: config.lines,
            links: mtp.links.iter().map(|link| link.id).collect(),
            bearers: Bearers::new(config.bearers, &isup)?,
            numbers,
            sip_limits: sip.limits,
            sip_locals: sip.locals.clone(),
            strangers_emergencies: sip.peers.strangers_emergencies || sip.peers.is_open(),
            emergency_from_anywhere: sip.peers.strangers_emergencies,
        };
        let router = Router::new(routing).map_err(|error| part("routing", &error))?;
        let mut gateway = Self {
            sip: Sip::new(sip, now).map_err(|error| part("sip", &error))?,
            isup: Isup::new(isup, now).map_err(|error| part("isup", &error))?,
            mtp: Mtp::new(mtp, now).map_err(|error| part("mtp", &error))?,
            calls: Calls::new(call, router).map_err(|error| part("call", &error))?,
            legs: Legs::default(),
            media: MediaTable::new(&media),
            inbox: Inbox::new(config.queue, settings.trunks.len()),
            peers: Peers::new(targets),
            outputs: VecDeque::new(),
            stats: Stats::default(),
            settings,
            clock: Clock { now, serving: None, opened: false },
        };
        for link in gateway.settings.links.clone() {
            gateway.mtp.handle_input(now, mtp::Input::Activate { link });
        }
        gateway.raise_first_alarms(now);
        gateway.settle(now);
        Ok(gateway)
    }

    /// Takes in what happened.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        self.clock = Clock { now, serving: None, ..self.clock };
        match input {
            Input::SipDatagram { flow, bytes } => self.sip_arrived(now, flow, bytes),
            Input::SipConnected { flow, names } => self.stream_connected(now, flow, names),
            Input::SipBytes { connection, bytes } => self.stream_bytes(now, connection, &bytes),
            Input::SipHalfClosed { connection } => self.stream_half_closed(now, connection),
            Input::SipIdle { connection } => {
                self.sip.handle_input(now, sip::Input::Idle { connection });
            }
            Input::SipClosed { connection } => self.stream_closed(now, connection),
            Input::Resolved { question, answer } => {
                self.peers.targets.resolved(now, &question, &answer);
            }
            Input::SipSendFailed { flow } => {
                self.sip.handle_input(now, sip::Input::SendFailed { flow });
            }
            Input::SipUnreachable { flow } => {
                self.sip.handle_input(now, sip::Input::Unreachable { flow });
            }
            Input::Line { link, event } => self.line_reported(now, link, &event),
            Input::Association { association, event } => {
                self.mtp.handle_input(now, mtp::Input::Association { association, event });
            }
            Input::Media(event) => self.media_reported(now, &event),
            Input::SpanState { span, up } => self.span_changed(now, span, up),
        }
        self.settle(now);
        self.end_streams(now);
        self.check_congestion(now);
        self.settle(now);
        self.look_at_load(now);
        self.look_at_circuits(now);
    }

    /// Runs every timer due by `now`, and works off a part of what waits.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.clock = Clock { now, serving: None, ..self.clock };
        self.mtp.handle_timeout(now);
        self.isup.handle_timeout(now);
        self.streams_expired(now);
        self.sip.handle_timeout(now);
        self.peers.targets.handle_timeout(now);
        self.calls.handle_timeout(now);
        self.settle(now);
        for _ in 0..SERVED_AT_ONCE {
            let Some(taken) = self.inbox.pop() else {
                break;
            };
            self.clock.serving = Some(taken.arrived);
            match taken.waiting {
                Waiting::Sip { flow, class, bytes, .. } => {
                    self.sip_served(now, flow, class, bytes);
                }
                Waiting::Isup(transfer) => self.isup_served(now, transfer),
            }
            self.settle(now);
            self.inbox.done();
            self.clock.serving = None;
        }
        self.end_streams(now);
        self.check_congestion(now);
        self.settle(now);
        self.look_at_load(now);
        self.look_at_circuits(now);
    }

    /// The message that is being worked on: after a panic, the one that caused it.
    pub const fn in_hand(&self) -> Option<&Bytes> {
        self.inbox.in_hand()
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        soonest(self.each_deadline())
    }

    /// The next deadline of each part that has one.
    pub fn deadlines(&self) -> Vec<(Instant, Timer)> {
        self.each_deadline().into_iter().flatten().collect()
    }

    fn each_deadline(&self) -> [Option<(Instant, Timer)>; 7] {
        let queue = (!self.inbox.is_empty()).then_some((self.clock.now, Timer::Queue));
        let named = |(deadline, timer)| (deadline, Timer::Sip(timer));
        [
            queue,
            self.peers.streams.next_timer(),
            self.sip.poll_timeout().map(named),
            self.peers.targets.next_deadline().map(|deadline| (deadline, Timer::Target)),
            self.isup.poll_timeout().map(|(deadline, timer)| (deadline, Timer::Isup(timer))),
            self.mtp.poll_timeout().map(|(deadline, timer)| (deadline, Timer::Mtp(timer))),
            self.calls.poll_timeout().map(|(deadline, timer)| (deadline, Timer::Call(timer))),
        ]
    }

    /// Refuses new calls from now on, but emergency calls; the others go on.
    pub fn drain(&mut self, now: Instant) {
        self.clock.now = now;
        info!("draining");
        self.calls.drain();
        self.sip.unregister(now);
        self.settle(now);
    }

    /// Ends every call with this cause.
    pub fn release_all(&mut self, now: Instant, cause: Cause) {
        self.clock.now = now;
        self.calls.release_all(now, cause);
        self.sip.unregister(now);
        self.settle(now);
    }

    /// Whether nothing of any call is left: no record, session, circuit, context or message.
    pub fn is_idle(&self) -> bool {
        self.calls.active() == 0
            && self.sip.sessions() == 0
            && (self.sip.has_left() || !self.calls.is_draining())
            && self.isup.calls() == 0
            && self.legs.is_empty()
            && self.media.is_idle()
            && self.inbox.is_empty()
    }

    /// The router, for explanation.
    pub const fn router(&self) -> &Router {
        self.calls.router()
    }

    /// Carries what each core wants to the others until all are content.
    pub(crate) fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.calls.poll_output() {
                self.call_said(now, output);
            } else if let Some(output) = self.mtp.poll_output() {
                self.mtp_said(now, output);
            } else if let Some(output) = self.isup.poll_output() {
                self.isup_said(now, output);
            } else if let Some(output) = self.sip.poll_output() {
                self.sip_said(now, output);
            } else if let Some(wish) = self.peers.targets.poll_wish() {
                self.obey_targets(now, wish);
            } else {
                self.tell_names();
                self.clock.opened = self.clock.opened || self.is_ready();
                return;
            }
        }
    }

    fn call_said(&mut self, now: Instant, output: call::Output) {
        match output {
            call::Output::Attempt { call, exit, setup, attempt, others } => {
                if attempt == 1 {
                    self.count_started(&setup, exit);
                }
                self.attempt(now, call, exit, &Attempt { setup, others });
            }
            call::Output::Signal { call, side, signal } => self.tell(now, call, side, &signal),
            call::Output::Cdr(cdr) => self.call_ended(now, cdr),
        }
    }

    /// Tells a leg what call control says.
    fn tell(&mut self, now: Instant, call: CallId, side: Side, signal: &Signal) {
        let span = self.span(call);
        let _entered = span.enter();
        if let Signal::Release(release) = signal {
            info!(?side, cause = release.cause.0, "release");
            self.close_speech(call);
        }
        if side == Side::Ingress {
            self.note_set_up(now, call);
            if matches!(signal, Signal::Answer { .. }) {
                self.count_answered(call);
            }
        }
        match self.legs.get(call).and_then(|record| record.leg(side)) {
            Some(Leg::Sip { session, trusted, hears }) => {
                self.tell_sip(now, call, session, (trusted, hears), signal);
            }
            Some(Leg::Isup { call: leg, .. }) => self.tell_isup(now, call, leg, signal),
            // An attempt that waits has no leg yet that could say that it has ended.
            None if side == Side::Egress
                && matches!(signal, Signal::Release(_))
                && self.forget_suspended(call) =>
            {
                self.calls.handle_input(now, call::Input::Ended { call, side });
            }
            // It ended while the signal was on its way: call control learns of it next.
            None => {}
        }
    }

    fn call_ended(&mut self, now: Instant, mut cdr: call::Cdr) {
        let record = cdr.call.and_then(|call| self.legs.remove(call));
        cdr.sip_status = final_status(&cdr, record.as_ref());
        if let Some(record) = record {
            record.span.in_scope(|| {
                let (cause, attempts) = (cdr.cause.0, cdr.attempts);
                info!(cause, answered = cdr.answered.is_some(), attempts, "call ended");
            });
            if !record.set_up {
                self.report_set_up(now, record.class, record.arrived);
            }
            if let Some(speech) = record.speech {
                self.let_go(speech);
            }
            self.abandon(now, [record.ingress, record.egress], &cdr);
        }
        self.count_ended(&cdr);
        if cdr.answered.is_none() {
            *self.stats.failed.entry((cdr.class.rank(), cdr.cause.0)).or_default() += 1;
        }
        self.outputs.push_back(Output::Cdr(cdr));
    }

    /// Legs that outlived their call (it was reaped) are told once more to end.
    fn abandon(&mut self, now: Instant, legs: [Option<Leg>; 2], cdr: &call::Cdr) {
        let release = Release::new(cdr.cause);
        for leg in legs.into_iter().flatten() {
            match leg {
                Leg::Sip { session, .. } => {
                    let release = interworking::release_for_sip(&release, None);
                    self.sip.release(now, session, &release);
                }
                Leg::Isup { call, .. } => {
                    self.isup.release(now, call, interworking::release_for_isup(&release));
                }
            }
        }
    }

    /// The span that all log lines of a call stand in.
    pub(crate) fn span(&self, call: CallId) -> Span {
        self.legs.get(call).map_or_else(Span::none, |record| record.span.clone())
    }

    /// When a caller that is refused with 503 may come back. Whoever is told that sends no call at
    /// all meanwhile (RFC 3261 §21.5.4), so it is told before the first calls are taken only: later
    /// there may be a way for emergency calls, and until the end they are taken.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        (!self.clock.opened && !self.calls.is_draining()).then_some(RETRY_AFTER)
    }
}
