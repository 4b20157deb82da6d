use crate::circuits::{Circuit, CircuitIx, Circuits, Told};
use crate::config::{Config, ConfigError, GroupConfig};
use crate::congestion::Congestion;
use crate::csc::{Checks, Outstanding};
use crate::groups::{Group, Groups};
use crate::io::{CallId, CircuitView, Event, GroupId, Input, Output, TestResult};
use crate::peers::Peers;
use crate::phase::{Path, Phase};
use crate::stats::Stats;
use crate::timers::{Running, Timer, TimerName};
use base::{Class, Duration, Instant, SlotTable, TimerTable};
use isup_codec::{Cic, Variant, variants};
use mtp::sap;
use std::collections::VecDeque;
use std::sync::Arc;

/// The ISDN user part of one exchange.
#[derive(Debug)]
pub struct Isup {
    pub(crate) config: Config,
    /// What is spoken with an exchange to which no group leads.
    pub(crate) plain: Arc<Variant>,
    pub(crate) circuits: Circuits,
    pub(crate) groups: Groups,
    pub(crate) peers: Peers,
    pub(crate) calls: SlotTable<CallRecord>,
    pub(crate) outstanding: Outstanding,
    pub(crate) checks: Checks,
    pub(crate) timers: TimerTable<Timer>,
    pub(crate) stats: Stats,
    outputs: VecDeque<Output>,
    pub(crate) congestion: Congestion,
}

/// A call with a handle outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallRecord {
    pub(crate) circuit: CircuitIx,
    pub(crate) class: Class,
}

/// The timers that belong to the phase of a circuit and end with it.
const PHASE_TIMERS: Running = Running::of(&[
    TimerName::T1,
    TimerName::T2,
    TimerName::T3,
    TimerName::T5,
    TimerName::T6,
    TimerName::T7,
    TimerName::T8,
    TimerName::T9,
    TimerName::T10,
    TimerName::T16,
    TimerName::T17,
    TimerName::T24,
    TimerName::T25,
    TimerName::T26,
    TimerName::T27,
    TimerName::T33,
    TimerName::T34,
    TimerName::T35,
    TimerName::T36,
    TimerName::T39,
]);

impl Isup {
    /// An exchange that has just started: no peer can be reached until MTP-RESUME, and every
    /// circuit is reset before its first call.
    pub fn new(config: Config, _now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        let circuits = config.groups.iter().map(|group| group.cics.len()).sum();
        Ok(Self {
            circuits: Circuits::new(&config),
            groups: Groups::new(&config),
            peers: Peers::new(&config),
            calls: SlotTable::new(config.calls, config.reserve()),
            outstanding: Outstanding::new(circuits),
            checks: Checks::new(&config),
            timers: TimerTable::new(),
            stats: Stats::default(),
            outputs: VecDeque::new(),
            congestion: Congestion::default(),
            plain: Arc::new(variants::ITU.clone()),
            config,
        })
    }

    /// Takes in what happened. [`Isup::poll_output`] is to be drained before the next input.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Mtp(sap::Indication::Transfer(transfer)) => self.receive(now, &transfer),
            Input::Mtp(sap::Indication::Pause { dpc }) => self.pause(now, dpc),
            Input::Mtp(sap::Indication::Resume { dpc }) => self.resumed(now, dpc),
            Input::Mtp(sap::Indication::Status { dpc, cause }) => self.status(now, dpc, cause),
            Input::Mtp(_) => {}
            Input::Bearers { group, cics, usable } => self.bearers(now, group, &cics, usable),
            Input::Checked { check, passed } => self.checked(now, check, passed),
        }
        self.settle(now);
    }

    /// Runs every timer due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_expired(now) {
            *self.stats.expired.entry(timer.name).or_default() += 1;
            if timer.aside_of().is_none()
                && let Some(running) = self.circuits.running(CircuitIx(timer.of))
            {
                running.remove(timer.name);
            }
            self.expired(now, timer);
        }
        self.settle(now);
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        self.timers.next()
    }

    /// From now on the call is of this class. Does nothing to a call that has ended.
    pub fn set_class(&mut self, call: CallId, class: Class) {
        if let Some(record) = self.calls.get_mut(call.0) {
            record.class = class;
        }
    }

    /// The class of the call on the circuit that a raw message belongs to.
    pub fn class_of(&self, transfer: &sap::Transfer) -> Option<Class> {
        let cic = self.cic_of(transfer)?;
        let circuit = self.circuits.get(self.circuits.find(transfer.opc, cic)?)?;
        let record = self.calls.get(circuit.phase.call()?.0)?;
        Some(record.class.in_dialog())
    }

    /// All circuits, group by group in the order of their codes.
    pub fn circuits(&self) -> impl Iterator<Item = CircuitView> {
        self.circuits.iter().map(|(_, circuit)| self.view_of(circuit))
    }

    /// The circuits of one group, in the order of their codes.
    pub fn circuits_of(&self, group: GroupId) -> impl Iterator<Item = CircuitView> {
        let circuits = self.groups.get(group).map(Group::circuits).into_iter().flatten();
        circuits.filter_map(|ix| self.circuits.get(ix)).map(|circuit| self.view_of(circuit))
    }

    fn view_of(&self, circuit: &Circuit) -> CircuitView {
        let call = circuit.phase.call();
        let record = call.and_then(|call| self.calls.get(call.0));
        CircuitView {
            group: circuit.group,
            cic: circuit.cic,
            state: circuit.state().name(),
            class: record.map(|record| record.class),
            call,
            blocking: circuit.blocking_view(),
        }
    }

    /// How many circuits of a group are in each state, by the names of [`CircuitView::state`].
    pub fn states(&self, group: GroupId) -> impl Iterator<Item = (&'static str, u32)> {
        self.groups.get(group).map(Group::states).into_iter().flatten()
    }

    /// Whether a group has circuits that nobody has blocked, and that the peer has.
    pub fn has_open_circuits(&self, group: GroupId) -> bool {
        self.groups.get(group).is_some_and(Group::has_open)
    }

    /// Whether calls can use the group: the peer is reachable, a circuit is in service.
    pub fn is_usable(&self, group: GroupId) -> bool {
        let group = self.groups.get(group);
        group.is_some_and(|group| group.is_in_service() && self.peers.is_available(group.peer))
    }

    /// How many circuits of the group no call of ours can use, and how many it has.
    pub fn out_of_service(&self, group: GroupId) -> (usize, usize) {
        self.groups.get(group).map_or((0, 0), |group| (group.out_of_service(), group.circuits))
    }

    /// Takes a group in which circuits are out of service now, or in which none is any more.
    pub fn pop_shortage(&mut self) -> Option<GroupId> {
        self.groups.pop_shortage()
    }

    /// Whether calls can use any group.
    pub const fn any_usable(&self) -> bool {
        self.groups.any_usable()
    }

    /// Calls with a handle: not yet ended.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Circuits on which our check tone is sent.
    pub fn checks(&self) -> usize {
        self.checks.len()
    }

    /// What has been counted since the start.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The configuration of a group.
    pub fn group(&self, id: GroupId) -> Option<&GroupConfig> {
        self.config.groups.get(usize::from(id.0))
    }

    /// Ends every public operation: sends what was waiting for its turn and tells what changed.
    pub(crate) fn settle(&mut self, now: Instant) {
        self.tell_changes();
        self.send_due(now);
        while let Some(id) = self.groups.pop_changed() {
            let Some(group) = self.groups.get_mut(id) else { continue };
            let available = self.peers.is_available(group.peer);
            if let Some(usable) = group.tell_usable(available) {
                self.groups.count_usable(usable);
                self.event(Event::GroupUsable { group: id, usable });
            }
        }
    }

    /// Lets those who count and show circuits know of the circuits that changed.
    pub(crate) fn tell_changes(&mut self) {
        while let Some(ix) = self.circuits.pop_touched() {
            if let Some((before, after)) = self.circuits.tell(ix) {
                self.tell_change(ix, before, after);
            }
            for what in self.circuits.take_alarms_in_order(ix) {
                let Some(circuit) = self.circuits.get(ix) else { continue };
                let (group, cic) = (circuit.group, circuit.cic);
                self.event(Event::AlarmCleared { group, cic, what });
            }
        }
    }

    fn tell_change(&mut self, ix: CircuitIx, before: Told, after: Told) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let (id, cic, peer) = (circuit.group, circuit.cic, circuit.peer);
        self.groups.recount(ix, circuit, before, after);
        if before.path != after.path {
            self.tell_path(id, cic, before.path, false);
            self.tell_path(id, cic, after.path, true);
        }
        if before.at_peer != after.at_peer {
            self.peers.mark(peer, ix, before.at_peer, after.at_peer);
        }
        if before.at_peer.asked && !after.at_peer.asked {
            self.get_in_line(peer);
        }
    }

    fn tell_path(&mut self, group: GroupId, cic: Cic, path: Path, on: bool) {
        match path {
            Path::Speech => {}
            Path::Loop => self.event(Event::Loop { group, cic, on }),
            Path::Check(check) => self.event(Event::Check { group, cic, check, on }),
        }
    }

    pub(crate) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.output(Output::Event(event));
    }

    /// Alerts the maintenance system (Q.764 §2.9). The alarm stands until the circuit is in order
    /// again.
    pub(crate) fn alarm(&mut self, ix: CircuitIx, what: &'static str) {
        self.circuits.note_alarm(ix, what);
        self.tell_alarm(ix, what);
    }

    /// The same where it stands for another reason.
    pub(crate) fn tell_alarm(&mut self, ix: CircuitIx, what: &'static str) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let (group, cic) = (circuit.group, circuit.cic);
        tracing::warn!(%group, %cic, what);
        *self.stats.alarms.entry(what).or_default() += 1;
        self.event(Event::Alarm { group, cic, what });
    }

    /// Starts a timer for a circuit.
    pub(crate) fn start(&mut self, now: Instant, name: TimerName, ix: CircuitIx) {
        self.start_for(now, name, ix, self.config.timers.get(name));
    }

    /// The same, for another time than the timer has.
    pub(crate) fn start_for(
        &mut self,
        now: Instant,
        name: TimerName,
        ix: CircuitIx,
        time: Duration,
    ) {
        let Some(running) = self.circuits.running(ix) else { return };
        running.add(name);
        self.timers.set(now, Timer { name, of: ix.0 }, time);
    }

    /// Stops a timer of a circuit.
    pub(crate) fn stop(&mut self, name: TimerName, ix: CircuitIx) {
        if self.circuits.running(ix).is_some_and(|running| running.remove(name)) {
            self.timers.stop(Timer { name, of: ix.0 });
        }
    }

    /// Takes the circuit into its next phase, with whose timers the caller goes on. Gives the
    /// phase that is over.
    pub(crate) fn enter(&mut self, ix: CircuitIx, phase: Phase) -> Phase {
        let running = self.circuits.running(ix).map(|running| running.take(PHASE_TIMERS));
        for name in running.into_iter().flat_map(Running::names) {
            self.timers.stop(Timer { name, of: ix.0 });
        }
        self.tell_test(ix, TestResult::Overtaken);
        let freed = self.circuits.next_moment();
        let Some(circuit) = self.circuits.change(ix) else { return Phase::Idle };
        circuit.late = false;
        self.checks.end_those_of(&circuit.phase);
        if matches!(phase, Phase::Idle) {
            circuit.freed = freed;
        }
        circuit.replace(phase)
    }

    /// The circuit on which a call is that has not ended.
    pub(crate) fn circuit_of(&self, call: CallId) -> Option<CircuitIx> {
        self.calls.get(call.0).map(|record| record.circuit)
    }

    /// The call's circuit is free of it: its handle is dead from now on.
    pub(crate) fn end(&mut self, call: CallId) {
        if self.calls.remove(call.0).is_some() {
            self.event(Event::Ended { call });
        }
    }
}
