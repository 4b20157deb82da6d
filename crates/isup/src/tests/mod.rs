//! Q.764 clause by clause, in the manner of Q.784: one exchange, its peer played by the test.

mod alarms;
mod any_peer;
mod availability;
mod blocking;
mod calls;
mod congestion;
mod continuity;
mod continuity_out;
mod directions;
mod group_model;
mod groups;
mod information;
mod ledger;
mod overlap;
mod release;
mod reset;
mod scale;
mod segmentation;
mod seizure;
mod states;
mod supervision;
mod suspension;
mod two_ends;
mod unexpected;
mod variants;

use crate::{
    BlockingView, CallId, Config, Event, GroupConfig, GroupId, Input, Isup, Operation, Output,
    ReleasedBy, TimerName,
};
use base::{Cause, Class, Duration, Instant};
use isup_codec::{
    Acm, BackwardCallIndicators, CalledPartyNumber, CallingPartysCategory, CauseIndicators, Cic,
    Digits, Gra, Iam, Message, NatureOfAddress, RangeStatus, Rel, Rlc, decode, encode, location,
};
use mtp::sap::{Indication, PointCode, Sls, Transfer};
use std::collections::{BTreeMap, VecDeque};

const OWN: PointCode = PointCode(1);
/// The higher point code: controls the even circuits.
const PEER: PointCode = PointCode(2);
const GROUP: GroupId = GroupId(0);

fn group(cics: impl IntoIterator<Item = u16>, emergency_reserve: usize) -> GroupConfig {
    let cics = cics.into_iter().map(Cic).collect();
    GroupConfig { emergency_reserve, ..GroupConfig::new("trunk", PEER, cics) }
}

fn config(cics: impl IntoIterator<Item = u16>, emergency_reserve: usize) -> Config {
    Config { groups: vec![group(cics, emergency_reserve)], ..Config::new(OWN) }
}

fn number(digits: &str, complete: bool) -> CalledPartyNumber {
    let digits: Digits = digits.parse().unwrap();
    CalledPartyNumber { complete, ..CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits) }
}

fn iam() -> Iam {
    Iam::new(number("199000000", true), CallingPartysCategory::ORDINARY)
}

fn acm() -> Acm {
    Acm::new(BackwardCallIndicators::default())
}

fn cause(cause: Cause) -> CauseIndicators {
    CauseIndicators::new(cause, location::USER)
}

fn rel(value: Cause) -> Rel {
    Rel::new(cause(value))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// One exchange and what came out of it.
struct Exchange {
    isup: Isup,
    now: Instant,
    transfers: VecDeque<Transfer>,
    events: VecDeque<Event>,
    cleared: Vec<Event>,
}

impl Exchange {
    /// Just started.
    fn cold(config: Config) -> Self {
        let now = Instant::from_millis(1_000);
        let isup = Isup::new(config, now).unwrap();
        Self { isup, now, transfers: VecDeque::new(), events: VecDeque::new(), cleared: Vec::new() }
    }

    /// Started, its peer reachable, all circuits reset.
    fn with(config: Config) -> Self {
        let mut exchange = Self::cold(config);
        exchange.mtp(Indication::Resume { dpc: PEER });
        while !exchange.transfers.is_empty() {
            while let Some((cic, message)) = exchange.pop_sent() {
                match message {
                    Message::Grs(grs) => {
                        let status = RangeStatus::new(grs.range, |_| false);
                        exchange.receive(cic.0, Gra { status });
                    }
                    Message::Rsc => exchange.receive(cic.0, Rlc::new()),
                    other => panic!("{other:?}"),
                }
            }
            // The next question has its turn.
            exchange.wait(Duration::from_millis(20));
        }
        exchange.wait(seconds(1));
        exchange.events.clear();
        exchange
    }

    /// With circuits 1 to 8, of which it controls the odd ones.
    fn new() -> Self {
        Self::with(config(1..=8, 0))
    }

    fn drain(&mut self) {
        while let Some(output) = self.isup.poll_output() {
            match output {
                Output::Mtp(transfer) => self.transfers.push_back(transfer),
                Output::Event(event) => self.events.push_back(event),
            }
        }
    }

    fn mtp(&mut self, indication: Indication) {
        self.isup.handle_input(self.now, Input::Mtp(indication));
        self.drain();
    }

    fn raw(&mut self, payload: impl Into<bytes::Bytes>) {
        let (opc, dpc, payload) = (PEER, OWN, payload.into());
        let sls = Sls(0);
        let transfer = Transfer { opc, dpc, sls, class: Class::Ordinary, payload };
        self.mtp(Indication::Transfer(transfer));
    }

    fn receive(&mut self, cic: u16, message: impl Into<Message>) {
        self.raw(encode(Cic(cic), &message.into()).unwrap());
    }

    fn bearers(&mut self, cics: impl IntoIterator<Item = u16>, usable: bool) {
        let cics = cics.into_iter().map(Cic).collect();
        self.isup.handle_input(self.now, Input::Bearers { group: GROUP, cics, usable });
        self.drain();
    }

    /// Lets time pass, running each timer at its moment.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some((deadline, _)) = self.isup.poll_timeout().filter(|next| next.0 <= end) {
            self.now = self.now.max(deadline);
            self.isup.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn pop_sent(&mut self) -> Option<(Cic, Message)> {
        let transfer = self.transfers.pop_front()?;
        assert_eq!((transfer.opc, transfer.dpc), (OWN, PEER));
        assert!(transfer.payload.len() <= Transfer::MAX_PAYLOAD);
        let (cic, message) = decode(&transfer.payload).unwrap();
        assert_eq!(transfer.sls.0, cic.0 as u8 & 0x0f);
        Some((cic, message))
    }

    /// Everything sent since the last time.
    fn sent(&mut self) -> Vec<(u16, Message)> {
        std::iter::from_fn(|| self.pop_sent()).map(|(cic, message)| (cic.0, message)).collect()
    }

    /// The names of everything sent since the last time.
    fn sent_names(&mut self) -> Vec<String> {
        let name = |(cic, message): (u16, Message)| format!("{} {cic}", message.message_type());
        self.sent().into_iter().map(name).collect()
    }

    /// Everything told since the last time.
    /// What call control and the staff were told, but for what is in order again.
    fn told(&mut self) -> Vec<Event> {
        let (cleared, told): (Vec<_>, Vec<_>) = self.events.drain(..).partition(is_cleared);
        self.cleared.extend(cleared);
        told
    }

    /// The alarms cleared since the last time.
    fn cleared(&mut self) -> Vec<(u16, &'static str)> {
        let (cleared, told): (Vec<_>, Vec<_>) = self.events.drain(..).partition(is_cleared);
        self.events = told.into();
        self.cleared.extend(cleared);
        let which = |event| match event {
            Event::AlarmCleared { cic, what, .. } => (cic.0, what),
            other => panic!("{other:?}"),
        };
        self.cleared.drain(..).map(which).collect()
    }

    fn setup(&mut self, class: Class) -> (CallId, u16) {
        let (call, cic) = self.isup.setup(self.now, class, GROUP, iam()).unwrap();
        self.drain();
        (call, cic.0)
    }

    /// An outgoing call whose IAM has been taken note of.
    fn outgoing(&mut self) -> (CallId, u16) {
        let (call, cic) = self.setup(Class::Ordinary);
        assert_eq!(self.sent_names(), [format!("IAM {cic}")]);
        (call, cic)
    }

    /// An incoming call on this circuit.
    fn incoming(&mut self, cic: u16) -> CallId {
        self.receive(cic, iam());
        let told = self.told();
        let [Event::Incoming { call, cic: told, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(told.0, cic);
        *call
    }

    /// What the staff does with one circuit. Gives for how many the peer is asked.
    fn operate_one(&mut self, cic: u16, operation: Operation) -> u32 {
        let done = self.isup.operate(self.now, GROUP, Cic(cic)..=Cic(cic), operation);
        self.drain();
        done.asked
    }

    fn release(&mut self, call: CallId, value: Cause) {
        self.isup.release(self.now, call, cause(value));
        self.drain();
    }

    fn backward(&mut self, call: CallId, what: crate::Backward) {
        self.isup.backward(self.now, call, what);
        self.drain();
    }

    fn state(&self, cic: u16) -> &'static str {
        self.isup.circuits().find(|circuit| circuit.cic.0 == cic).unwrap().state
    }

    fn expired(&self, name: TimerName) -> u64 {
        self.isup.stats().expired.get(&name).copied().unwrap_or_default()
    }

    /// The circuits of the group by state, and whether any is open: as they are counted.
    fn counted(&self) -> (Vec<(&'static str, u32)>, bool) {
        (self.isup.states(GROUP).collect(), self.isup.has_open_circuits(GROUP))
    }

    /// The same, by looking at each.
    fn walked(&self) -> (Vec<(&'static str, u32)>, bool) {
        let (mut states, mut open) = (BTreeMap::new(), false);
        for circuit in self.isup.circuits_of(GROUP) {
            *states.entry(circuit.state).or_insert(0) += 1;
            let BlockingView { unacknowledged, .. } = circuit.blocking;
            let blocking = BlockingView { unacknowledged, ..BlockingView::default() };
            let out = ["unavailable", "checking"].contains(&circuit.state);
            open |= circuit.blocking == blocking && !out;
        }
        (states.into_iter().collect(), open)
    }

    /// No call, no timer, every circuit idle.
    fn assert_quiet(&mut self) {
        assert_eq!(self.isup.calls(), 0);
        assert_eq!(self.isup.poll_timeout(), None);
        assert!(self.isup.circuits().all(|circuit| circuit.state == "idle"));
        assert_eq!(self.told(), []);
        assert_eq!(self.sent_names(), [""; 0]);
    }
}

fn is_cleared(event: &Event) -> bool {
    matches!(event, Event::AlarmCleared { .. })
}

fn ended(call: CallId) -> Event {
    Event::Ended { call }
}

fn lost(call: CallId) -> Event {
    Event::Lost { call }
}

/// Released without congestion level, with a cause that arose in this exchange.
fn failed(call: CallId, value: Cause, by: ReleasedBy) -> Event {
    let cause = CauseIndicators::new(value, location::PUBLIC_LOCAL);
    Event::Released { call, cause, congestion_level: None, by }
}

fn alarm(cic: u16, what: &'static str) -> Event {
    Event::Alarm { group: GROUP, cic: Cic(cic), what }
}

fn usable(usable: bool) -> Event {
    Event::GroupUsable { group: GROUP, usable }
}
