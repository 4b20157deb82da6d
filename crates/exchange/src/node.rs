use crate::batches::{Batches, Order};
use crate::legs::{Legs, Outcome, Role};
use crate::overlap::Dialling;
use crate::{Config, ConfigError, Input, Originate, OriginateError, Output, Progress, Timer};
use crate::{Source, Step, behaviour, io, number};
use base::{Cause, Class, Duration, Instant, TimerTable};
use isup::{Backward, CallId, CircuitView, Event, GroupId, Isup};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledCategory, CalledPartyNumber, CalledStatus,
    CallingPartyNumber, CallingPartysCategory, CauseIndicators, Charge, Cic, Con, ConnectedNumber,
    Cpg, Iam, NatureOfAddress, OptionalBackwardCallIndicators, key, location,
};
use mtp::{Mtp, sap};
use std::collections::VecDeque;

/// Counters since the start; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls that came in.
    pub incoming: u64,
    /// Calls of which the exchange answered.
    pub incoming_answered: u64,
    /// Calls placed.
    pub placed: u64,
    /// Placed calls that were answered.
    pub placed_answered: u64,
    /// Placed calls that moved to another circuit.
    pub repeated: u64,
}

/// Circuits tried for one placed call. Dual seizure may take one (Q.764 §2.9.1.4); more in a row
/// is bad luck that a caller would meet with another call.
const ATTEMPTS_MAX: usize = 4;

/// A simulated exchange.
#[derive(Debug)]
pub struct Exchange {
    mtp: Mtp,
    pub(crate) isup: Isup,
    groups: u16,
    legs: Legs,
    batches: Batches,
    pub(crate) dialling: Dialling,
    pub(crate) timers: TimerTable<Timer>,
    outputs: VecDeque<Output>,
    indications: VecDeque<sap::Indication>,
    events: VecDeque<Event>,
    transfers: VecDeque<sap::Transfer>,
    stats: Stats,
}

impl Exchange {
    /// An exchange that begins to bring its links into service.
    pub fn new(config: Config, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        let links: Vec<_> = config.mtp.links.iter().map(|link| link.id).collect();
        let groups = u16::try_from(config.isup.groups.len()).unwrap_or(u16::MAX);
        let mut exchange = Self {
            mtp: Mtp::new(config.mtp, now)?,
            isup: Isup::new(config.isup, now)?,
            groups,
            legs: Legs::new(&config.bearers, config.broken_loops),
            batches: Batches::new(config.seed),
            dialling: Dialling::new(config.overlap),
            timers: TimerTable::new(),
            outputs: VecDeque::new(),
            indications: VecDeque::new(),
            events: VecDeque::new(),
            transfers: VecDeque::new(),
            stats: Stats::default(),
        };
        for link in links {
            exchange.mtp.handle_input(now, mtp::Input::Activate { link });
        }
        // Associations that we open are asked for from the start.
        exchange.settle(now);
        Ok(exchange)
    }

    /// Takes in what happened. [`Exchange::poll_output`] is to be drained before the next input.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Line { link, event } => {
                if let Some(event) = io::line_input(event) {
                    self.mtp.handle_input(now, mtp::Input::Line { link, event });
                }
            }
            Input::Association { association, event } => {
                self.mtp.handle_input(now, mtp::Input::Association { association, event });
            }
            Input::Span { span, up } => self.span_changed(now, span, up),
            Input::CheckPassed { check } => {
                self.isup.handle_input(now, isup::Input::Checked { check, passed: true });
            }
        }
        self.settle(now);
    }

    /// Runs every timer due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if is_due(self.mtp.poll_timeout().map(|(deadline, _)| deadline)) {
            self.mtp.handle_timeout(now);
            self.settle(now);
        }
        if is_due(self.isup.poll_timeout().map(|(deadline, _)| deadline)) {
            self.isup.handle_timeout(now);
            self.settle(now);
        }
        while let Some(timer) = self.timers.pop_expired(now) {
            match timer {
                Timer::Step(call) => self.run_steps(now, call),
                Timer::Hold(call) => {
                    self.release(now, call, Cause::NORMAL_CLEARING, location::USER)
                }
                Timer::Digit(call) => self.next_digit(now, call),
                Timer::Place(batch) => self.place_next(now, batch),
                // Those run in the parts.
                Timer::Mtp(_) | Timer::Isup(_) => {}
            }
            self.settle(now);
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        let mtp = self.mtp.poll_timeout().map(|(at, timer)| (at, Timer::Mtp(timer)));
        let isup = self.isup.poll_timeout().map(|(at, timer)| (at, Timer::Isup(timer)));
        [mtp, isup, self.timers.next()].into_iter().flatten().min()
    }

    /// Places calls from now on; gives the batch's number for [`Exchange::progress`].
    pub fn originate(&mut self, now: Instant, spec: Originate) -> Result<u64, OriginateError> {
        let batch = self.batches.add(now, &spec)?;
        self.schedule(batch);
        Ok(batch)
    }

    /// How far a batch of calls has come. The oldest are forgotten at some time.
    pub fn progress(&self, batch: u64) -> Option<Progress> {
        self.batches.progress(batch)
    }

    /// Releases every call and places no more.
    pub fn release_all(&mut self, now: Instant, cause: Cause) {
        self.batches.stop();
        for call in self.legs.calls() {
            self.release(now, call, cause, location::PUBLIC_LOCAL);
        }
        self.settle(now);
    }

    /// Whether no call is up, coming up or still to be placed.
    pub fn is_idle(&self) -> bool {
        self.legs.is_empty() && self.isup.calls() == 0 && self.batches.is_idle()
    }

    /// All circuits.
    pub fn circuits(&self) -> impl Iterator<Item = CircuitView> {
        self.isup.circuits()
    }

    /// The calls.
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// The signalling point.
    pub const fn mtp(&self) -> &Mtp {
        &self.mtp
    }

    /// The ISDN user part.
    pub const fn isup(&self) -> &Isup {
        &self.isup
    }

    /// Speech can pass on the circuits of a span, or no longer.
    fn span_changed(&mut self, now: Instant, span: u16, usable: bool) {
        let there = self.legs.circuits_of(span);
        for group in (0..self.groups).map(GroupId) {
            let Some(config) = self.isup.group(group) else { continue };
            let cics = there.iter().copied().filter(|cic| config.cics.contains(cic)).collect();
            self.isup.handle_input(now, isup::Input::Bearers { group, cics, usable });
        }
    }

    /// Carries what the parts say to each other until both are silent.
    fn settle(&mut self, now: Instant) {
        loop {
            while let Some(output) = self.mtp.poll_output() {
                self.handle_mtp(output);
            }
            while let Some(output) = self.isup.poll_output() {
                match output {
                    isup::Output::Mtp(transfer) => self.transfers.push_back(transfer),
                    isup::Output::Event(event) => self.events.push_back(event),
                }
            }
            if let Some(indication) = self.indications.pop_front() {
                self.isup.handle_input(now, isup::Input::Mtp(indication));
            } else if let Some(event) = self.events.pop_front() {
                self.handle_event(now, event);
            } else if let Some(transfer) = self.transfers.pop_front() {
                self.mtp.handle_input(now, mtp::Input::Transfer(transfer));
            } else {
                break;
            }
        }
    }

    fn handle_mtp(&mut self, output: mtp::Output) {
        if let Some((link, command)) = io::line_command(&output) {
            self.outputs.push_back(Output::Line { link, command });
        }
        match output {
            mtp::Output::Indication(indication) => self.indications.push_back(indication),
            mtp::Output::LinkState { link, in_service, reason } => {
                tracing::info!(%link, in_service, reason, "exchange: signalling link");
            }
            mtp::Output::Association { association, command } => {
                self.outputs.push_back(Output::Association { association, command });
            }
            mtp::Output::AssociationState { association, in_service, reason } => {
                tracing::info!(%association, in_service, reason, "exchange: association");
            }
            mtp::Output::Send { .. } | mtp::Output::Fill { .. } | mtp::Output::Trace { .. } => {}
        }
    }

    fn handle_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Incoming { call, cic, iam, .. } => {
                self.stats.incoming += 1;
                let urgent = iam.category == CallingPartysCategory::PRIORITY;
                let class = if urgent { Class::Emergency } else { Class::Ordinary };
                if self.isup.admit(now, call, class).is_err() {
                    return;
                }
                let steps = behaviour::steps(number::national(&iam.called));
                self.legs.insert(call, cic, Role::Called { number: iam.called, steps });
                self.run_steps(now, call);
            }
            Event::Answer { call, .. } => self.answered(now, call),
            Event::Released { call, cause, .. } => self.over(call, cause.cause),
            Event::Lost { call } => self.repeat(now, call),
            Event::Ended { call } => self.ended(call),
            Event::Loop { cic, on: true, .. } if self.legs.is_loop_broken(cic) => {
                tracing::info!(%cic, "exchange: a loop that fails as configured");
            }
            Event::Loop { cic, on: true, .. } => self.play_on(cic, Source::Loop),
            Event::Check { cic, check, on: true, .. } => {
                self.play_on(cic, Source::CheckTone(check));
            }
            Event::Loop { cic, .. } | Event::Check { cic, .. } => {
                self.play_on(cic, Source::EndCheck);
            }
            Event::Tested { group, cic, result } => {
                tracing::info!(%group, %cic, ?result, "exchange: circuit tested");
            }
            Event::Alarm { group, cic, what } => {
                tracing::warn!(%group, %cic, what, "exchange: circuit");
            }
            Event::AlarmCleared { group, cic, what } => {
                tracing::info!(%group, %cic, what, "exchange: circuit is in order again");
            }
            Event::GroupUsable { group, usable } => {
                tracing::info!(%group, usable, "exchange: trunk group");
            }
            Event::AddressComplete { .. }
            | Event::Information { .. }
            | Event::Progress { .. }
            | Event::Suspended { .. }
            | Event::Resumed { .. }
            | Event::Congestion { .. } => {}
        }
    }

    /// Goes on with a called party's steps up to the next pause.
    fn run_steps(&mut self, now: Instant, call: CallId) {
        loop {
            let Some(leg) = self.legs.get_mut(call) else { return };
            let Role::Called { number, steps } = &mut leg.role else { return };
            let Some((step, rest)) = steps.split_first() else { return };
            *steps = rest;
            match *step {
                Step::AddressComplete { status, in_band } => {
                    let acm = address_complete(status, in_band);
                    self.isup.backward(now, call, Backward::AddressComplete(acm));
                }
                Step::Progress(event) => {
                    self.isup.backward(now, call, Backward::Progress(Cpg::new(event)));
                }
                Step::Answer { connected } => {
                    let mut anm = Anm::new();
                    if connected {
                        anm.set(key::CONNECTED_NUMBER, &connected_number(number));
                    }
                    self.stats.incoming_answered += 1;
                    self.isup.backward(now, call, Backward::Answer(anm));
                }
                Step::Connect => {
                    let con = Con::new(indicators(CalledStatus::NO_INDICATION));
                    self.stats.incoming_answered += 1;
                    self.isup.backward(now, call, Backward::Connect(con));
                }
                Step::Play(source) => self.play(call, source),
                Step::Wait(time) => {
                    self.timers.set(now, Timer::Step(call), time);
                    return;
                }
                Step::Suspend => self.isup.suspend(now, call, true),
                Step::Resume => self.isup.resume(now, call, true),
                Step::Release { cause, location, congestion_level } => {
                    self.isup.set_congestion_level(congestion_level);
                    self.release(now, call, cause, location);
                    self.isup.set_congestion_level(None);
                }
            }
        }
    }

    fn play_on(&mut self, cic: Cic, source: Source) {
        if let Some(slot) = self.legs.slot_of(cic) {
            self.outputs.push_back(Output::Bearer { slot, source });
        }
    }

    fn play(&mut self, call: CallId, source: Source) {
        if let Some(slot) = self.legs.get(call).and_then(|leg| leg.slot) {
            self.outputs.push_back(Output::Bearer { slot, source });
        }
    }

    /// The speech of the call is over, and so is whatever it still meant to do.
    fn silence(&mut self, call: CallId) {
        self.timers.stop(Timer::Step(call));
        self.timers.stop(Timer::Hold(call));
        self.timers.stop(Timer::Digit(call));
        self.dialling.forget(call);
        if let Some(leg) = self.legs.get_mut(call) {
            if let Role::Called { steps, .. } = &mut leg.role {
                *steps = &[];
            }
            if let Some(slot) = leg.slot.take() {
                self.outputs.push_back(Output::Bearer { slot, source: Source::Idle });
            }
        }
    }

    fn release(&mut self, now: Instant, call: CallId, cause: Cause, location: u8) {
        self.over(call, cause);
        self.isup.release(now, call, CauseIndicators::new(cause, location));
    }

    /// The call will not be answered any more, or is not any more.
    fn over(&mut self, call: CallId, cause: Cause) {
        self.silence(call);
        if let Some(leg) = self.legs.get_mut(call)
            && let Role::Calling { batch, outcome: outcome @ Outcome::Pending, .. } = &mut leg.role
        {
            *outcome = Outcome::Failed;
            self.batches.failed(*batch, cause);
        }
    }

    fn ended(&mut self, call: CallId) {
        // An end without a reason must not leave a call uncounted.
        self.over(call, Cause::NORMAL_UNSPECIFIED);
        if let Some(leg) = self.legs.remove(call)
            && let Role::Calling { batch, .. } = leg.role
        {
            self.batches.ended(batch);
        }
    }

    fn answered(&mut self, now: Instant, call: CallId) {
        let Some(leg) = self.legs.get_mut(call) else { return };
        let Role::Calling { batch, outcome, hold, .. } = &mut leg.role else { return };
        if *outcome == Outcome::Pending {
            *outcome = Outcome::Answered;
            self.batches.answered(*batch);
            self.stats.placed_answered += 1;
            self.timers.set(now, Timer::Hold(call), *hold);
            self.play(call, Source::Echo);
        }
    }

    fn schedule(&mut self, batch: u64) {
        if let Some(due) = self.batches.next_due(batch) {
            self.timers.set_at(Timer::Place(batch), due);
        }
    }

    fn place_next(&mut self, now: Instant, batch: u64) {
        if let Some(order) = self.batches.place(batch) {
            self.stats.placed += 1;
            self.place(now, batch, &order, Vec::new());
            self.schedule(batch);
        }
    }

    /// Places a call that has lost these circuits.
    fn place(&mut self, now: Instant, batch: u64, order: &Order, mut had: Vec<Cic>) {
        let hold: Duration = order.hold;
        let mut iam = initial_address(order);
        let rest = self.dialling.split(&mut iam.called);
        match self.isup.setup_again(now, Class::Ordinary, GroupId(0), iam, &had) {
            Ok((call, cic)) => {
                self.dial(now, call, rest);
                let outcome = Outcome::Pending;
                had.push(cic);
                self.legs.insert(call, cic, Role::Calling { batch, outcome, hold, had });
            }
            Err(error) => {
                self.batches.failed(batch, error.cause());
                self.batches.ended(batch);
            }
        }
    }

    /// Q.764 §2.8.1, §2.9.1.4: the call that lost its circuit is tried again, on another one or on
    /// the same one after a reset.
    fn repeat(&mut self, now: Instant, call: CallId) {
        self.silence(call);
        let Some(leg) = self.legs.remove(call) else { return };
        let Role::Calling { batch, had, .. } = leg.role else { return };
        match self.batches.order(batch).cloned() {
            Some(order) if had.len() < ATTEMPTS_MAX => {
                self.stats.repeated += 1;
                self.place(now, batch, &order, had);
            }
            _ => {
                self.batches.failed(batch, Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
                self.batches.ended(batch);
            }
        }
    }
}

/// A subscriber of this exchange on a network that is ISUP all the way.
const fn indicators(status: CalledStatus) -> BackwardCallIndicators {
    BackwardCallIndicators(0)
        .with_charge(Charge::CHARGE)
        .with_called_status(status)
        .with_called_category(CalledCategory::ORDINARY)
        .with_isup_all_the_way(true)
}

fn address_complete(status: CalledStatus, in_band: bool) -> Acm {
    let acm = Acm::new(indicators(status));
    if !in_band {
        return acm;
    }
    let in_band = OptionalBackwardCallIndicators::default().with_in_band(true);
    acm.with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band)
}

/// The number that answers is the number called.
fn connected_number(called: &CalledPartyNumber) -> ConnectedNumber {
    ConnectedNumber::new(called.nature, called.digits)
}

fn initial_address(order: &Order) -> Iam {
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, order.called);
    let calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, order.caller);
    Iam::new(called, CallingPartysCategory::ORDINARY).with(key::CALLING_PARTY_NUMBER, &calling)
}
