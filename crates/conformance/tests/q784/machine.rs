//! The ISUP machines alone, with a call control of a few lines.

use crate::simulated::{self, Said, Switch};
use base::{Cause, Class, Duration, Instant};
use conformance::{Act, Call, Case, Heard, Need, Network, Party, Profile, Reason, Report, Verdict};
use isup::{
    Backward, CallId, CheckId, Config, Continuity, Event, GroupConfig, GroupId, Input, Isup,
    Operated, Operation, Output, TABLE,
};
use isup_codec::{
    Acm, BackwardCallIndicators, CalledPartyNumber, CalledStatus, CallingPartyNumber,
    CallingPartysCategory, CauseIndicators, Cic, ClosedUserGroupCall, Con, Cpg, EventIndicator,
    Iam, Milliseconds, NatureOfAddress, Octets, OptionalBackwardCallIndicators, Presentation,
    SupervisionType, TransmissionMedium, key, location,
};
use mtp::sap::{Indication, PointCode, Sls, StatusCause, Transfer, UnavailabilityCause};
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

const OWN: PointCode = PointCode(1);
const PEER: PointCode = PointCode(2);
const GROUP: GroupId = GroupId(0);

/// So long after it is sent a check tone has come back over the tester's loop.
const TONE: Duration = Duration::from_millis(150);

/// Why the machines that check no circuits do not take a case; those that do take it then.
const UNCHECKED: &str = "checks no circuits";

/// Puts the machines through the cases: those whose calls begin with a check of their circuit
/// through the cases about that, others through all others.
pub(crate) fn run(cases: impl Iterator<Item = &'static Case>) -> Vec<Report> {
    let unchecked = profile().without(Need::ChecksContinuity, UNCHECKED);
    let mut reports = run_with(Continuity::Off, unchecked, cases);
    for report in &mut reports {
        if matches!(report.verdict, Verdict::DoesNotApply(Reason::Lacks(_, UNCHECKED))) {
            let again = run_with(Continuity::Always, profile(), std::iter::once(report.case));
            *report = again.into_iter().next().unwrap();
        }
    }
    reports
}

fn run_with(
    continuity: Continuity,
    profile: Profile,
    cases: impl Iterator<Item = &'static Case>,
) -> Vec<Report> {
    let now = Instant::from_millis(1_000);
    let mut machine = Machine::new(continuity, now);
    machine.input(now, Input::Mtp(Indication::Resume { dpc: PEER }));
    simulated::run(&mut machine, profile, cases, now)
}

fn circuits() -> Vec<Cic> {
    (1..=8).map(Cic).collect()
}

fn all() -> RangeInclusive<Cic> {
    let circuits = circuits();
    circuits[0]..=circuits[circuits.len() - 1]
}

/// Our timers as they are unless configured.
pub(crate) fn with_timers(mut profile: Profile) -> Profile {
    for row in TABLE {
        if let Ok(number) = row.name.to_string()[1..].parse() {
            profile = profile.with_timer(number, row.default);
        }
    }
    profile
}

fn profile() -> Profile {
    // The neighbour has the higher point code and controls the even circuits.
    let mut profile = with_timers(Profile::new(circuits(), false));
    profile.sees_alarms = true;
    for (need, why) in [
        (Need::AsksForCaller, "this driver does not ask for it"),
        (Need::Transit, "calls end here"),
        (Need::UnrestrictedBearer, "carries speech only"),
    ] {
        profile = profile.without(need, why);
    }
    profile
}

struct Machine {
    isup: Isup,
    caller: Option<(CallId, Call)>,
    called: Option<CallId>,
    said: VecDeque<Said>,
    /// Whether check tones come back, and when those that are sent now are listened for.
    tones_return: bool,
    tones: BTreeMap<CheckId, Instant>,
}

impl Machine {
    fn new(continuity: Continuity, now: Instant) -> Self {
        let mut config = Config::new(OWN);
        config.groups.push(GroupConfig {
            continuity,
            overlap: true,
            propagation_delay: Some(Milliseconds(10)),
            ..GroupConfig::new("tester".to_owned(), PEER, circuits())
        });
        let isup = Isup::new(config, now).unwrap();
        Self {
            isup,
            caller: None,
            called: None,
            said: VecDeque::new(),
            tones_return: true,
            tones: BTreeMap::new(),
        }
    }

    /// The tones that come back are heard.
    fn listen(&mut self, now: Instant) {
        let due: Vec<_> =
            self.tones.iter().filter(|(_, at)| **at <= now).map(|(check, _)| *check).collect();
        for check in due {
            self.tones.remove(&check);
            self.isup.handle_input(now, Input::Checked { check, passed: true });
        }
        self.drain(now);
    }

    fn operate(&mut self, now: Instant, cics: RangeInclusive<Cic>, operation: Operation) {
        let done = self.isup.operate(now, GROUP, cics, operation);
        assert_ne!(done, Operated::default(), "no circuit");
    }

    fn input(&mut self, now: Instant, input: Input) {
        self.isup.handle_input(now, input);
        self.drain(now);
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.isup.poll_output() {
            match output {
                Output::Mtp(transfer) => self.said.push_back(Said::Message(transfer.payload)),
                Output::Event(event) => self.happened(now, event),
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        self.said.push_back(Said::Heard(heard));
    }

    fn party(&self, call: CallId) -> Party {
        if self.called == Some(call) { Party::Called } else { Party::Caller }
    }

    fn happened(&mut self, now: Instant, event: Event) {
        match event {
            Event::Incoming { call, iam, .. } => self.offered(now, call, &iam),
            Event::AddressComplete { acm, .. } => {
                let hears = acm.in_band() || acm.backward.interworking();
                self.hear(match acm.backward.called_status() {
                    CalledStatus::SUBSCRIBER_FREE => Heard::Alerting,
                    _ if hears => Heard::InBand,
                    _ => Heard::Progress,
                });
            }
            Event::Progress { cpg, .. } => self.hear(match cpg.event.event {
                EventIndicator::ALERTING => Heard::Alerting,
                EventIndicator::FORWARDED_BUSY
                | EventIndicator::FORWARDED_NO_REPLY
                | EventIndicator::FORWARDED_UNCONDITIONAL => Heard::Forwarded,
                _ if cpg.in_band() => Heard::InBand,
                _ => Heard::Progress,
            }),
            Event::Answer { connected, .. } => {
                let shown = connected.filter(|it| it.presentation == Presentation::ALLOWED);
                self.hear(Heard::Answered { by: shown.map(|it| it.digits.to_string()) });
            }
            Event::Suspended { call, .. } => self.hear(Heard::Suspended(self.party(call))),
            Event::Resumed { call, .. } => self.hear(Heard::Resumed(self.party(call))),
            Event::Released { call, cause, .. } => {
                self.hear(Heard::Released(self.party(call), Some(cause.cause)));
            }
            Event::Lost { call } => {
                // Automatic repeat attempt.
                if let Some((_, again)) = self.caller.take_if(|(caller, _)| *caller == call) {
                    self.call(now, again);
                }
            }
            Event::Alarm { .. } => self.hear(Heard::Alarm),
            Event::Check { check, on: true, .. } => {
                self.tones.insert(check, now + TONE);
            }
            Event::Check { check, on: false, .. } => {
                self.tones.remove(&check);
            }
            _ => {}
        }
    }

    fn offered(&mut self, now: Instant, call: CallId, iam: &Iam) {
        let speech = [TransmissionMedium::SPEECH, TransmissionMedium::AUDIO_3100];
        if !speech.contains(&iam.medium) {
            return self.isup.release(now, call, cause(Cause::BEARER_NOT_IMPLEMENTED));
        }
        let group = iam.get(key::OPTIONAL_FORWARD_CALL_INDICATORS);
        let closed = ClosedUserGroupCall::OUTGOING_ACCESS_NOT_ALLOWED;
        if group.is_some_and(|indicators| indicators.closed_user_group() == closed) {
            return self.isup.release(now, call, cause(Cause::FACILITY_REJECTED));
        }
        if iam.called.digits.as_str().starts_with('2') {
            return self.isup.release(now, call, cause(Cause::UNALLOCATED));
        }
        self.called = Some(call);
        let calling = iam.get(key::CALLING_PARTY_NUMBER);
        let shown = calling.filter(|it| it.presentation == Presentation::ALLOWED);
        self.hear(Heard::Called {
            to: iam.called.digits.to_string(),
            from: shown.map(|it| it.digits.to_string()),
        });
    }

    fn call(&mut self, now: Instant, call: Call) {
        let digits = call.to.parse().unwrap();
        let mut called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits);
        // The user goes on dialling.
        called.complete = call.to.len() >= profile().numbers.calls.len();
        let mut iam = Iam::new(called, CallingPartysCategory::ORDINARY);
        let caller = profile().numbers.caller.parse().unwrap();
        let mut calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, caller);
        if call.hidden {
            calling.presentation = Presentation::RESTRICTED;
        }
        iam.set(key::CALLING_PARTY_NUMBER, &calling);
        if call.long {
            iam.set(key::USER_TO_USER_INFORMATION, &Octets(vec![4; 130].into()));
            iam.set(key::ACCESS_TRANSPORT, &Octets(vec![0x7d; 130].into()));
        }
        match self.isup.setup(now, Class::Ordinary, GROUP, iam) {
            Ok((id, _)) => self.caller = Some((id, call)),
            Err(error) => self.hear(Heard::Released(Party::Caller, Some(error.cause()))),
        }
    }

    fn backward(&mut self, now: Instant, what: Backward) {
        if let Some(call) = self.called {
            self.isup.backward(now, call, what);
        }
    }

    fn of(&self, party: Party) -> Option<CallId> {
        match party {
            Party::Called => self.called,
            Party::Caller => self.caller.as_ref().map(|(call, _)| *call),
        }
    }

    fn release(&mut self, now: Instant, party: Party, why: Cause) {
        if let Some(call) = self.of(party) {
            self.isup.release(now, call, cause(why));
        }
    }

    fn network(&mut self, now: Instant, network: Network) {
        let dpc = PEER;
        let status = |cause| Indication::Status { dpc, cause };
        let indication = match network {
            Network::Pause => Indication::Pause { dpc },
            Network::Resume => Indication::Resume { dpc },
            Network::Congested => status(StatusCause::Congestion { level: 0 }),
            Network::UserPartUnavailable(cause) => {
                let cause = UnavailabilityCause(cause);
                status(StatusCause::UserPartUnavailable { cause })
            }
        };
        self.isup.handle_input(now, Input::Mtp(indication));
    }

    fn clear(&mut self, now: Instant) {
        self.release(now, Party::Called, Cause::NORMAL_CLEARING);
        self.release(now, Party::Caller, Cause::NORMAL_CLEARING);
        self.operate(now, all(), Operation::Unblock);
        self.tones_return = true;
        (self.called, self.caller) = (None, None);
    }
}

fn cause(value: Cause) -> CauseIndicators {
    CauseIndicators::new(value, location::PUBLIC_LOCAL)
}

fn acm(status: CalledStatus, in_band: bool) -> Backward {
    let mut acm = Acm::new(BackwardCallIndicators(0).with_called_status(status));
    if in_band {
        let in_band = OptionalBackwardCallIndicators(0).with_in_band(true);
        acm.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band);
    }
    Backward::AddressComplete(acm)
}

impl Switch for Machine {
    fn message(&mut self, now: Instant, payload: &[u8]) {
        let payload = payload.to_vec().into();
        let (opc, dpc, sls, class) = (PEER, OWN, Sls(0), Class::Ordinary);
        let transfer = Transfer { opc, dpc, sls, class, payload };
        self.input(now, Input::Mtp(Indication::Transfer(transfer)));
    }

    fn act(&mut self, now: Instant, act: &Act) {
        match act {
            Act::Call(call) => self.call(now, call.clone()),
            Act::Alert => self.backward(now, acm(CalledStatus::SUBSCRIBER_FREE, false)),
            Act::Progress => self.backward(now, acm(CalledStatus::NO_INDICATION, true)),
            Act::Forward => {
                self.backward(now, acm(CalledStatus::NO_INDICATION, false));
                let forwarded = Cpg::new(EventIndicator::FORWARDED_UNCONDITIONAL);
                self.backward(now, Backward::Progress(forwarded));
            }
            Act::Answer => {
                let free = CalledStatus::SUBSCRIBER_FREE;
                let con = Con::new(BackwardCallIndicators(0).with_called_status(free));
                self.backward(now, Backward::Connect(con));
            }
            Act::Refuse(why) => self.release(now, Party::Called, *why),
            Act::HangUp(party) => self.release(now, *party, Cause::NORMAL_CLEARING),
            Act::Hold(party) => {
                let call = self.of(*party).unwrap();
                self.isup.suspend(now, call, true);
            }
            Act::Retrieve(party) => {
                let call = self.of(*party).unwrap();
                self.isup.resume(now, call, true);
            }
            Act::Dial(digits) => {
                let (call, digits) = (self.of(Party::Caller).unwrap(), digits.parse().unwrap());
                assert!(self.isup.more_digits(now, call, digits, true), "too late");
            }
            Act::Block(cic) => self.operate(now, *cic..=*cic, Operation::Block),
            Act::Unblock(cic) => self.operate(now, *cic..=*cic, Operation::Unblock),
            Act::BlockAll(SupervisionType::MAINTENANCE, on) => {
                let operation = if *on { Operation::Block } else { Operation::Unblock };
                self.operate(now, all(), operation);
            }
            Act::Reset(cic) => self.operate(now, *cic..=*cic, Operation::Reset),
            Act::ResetAll => self.operate(now, all(), Operation::Reset),
            Act::QueryAll => self.operate(now, all(), Operation::Query),
            Act::TestCircuit(cic) => self.isup.test(now, GROUP, *cic).unwrap(),
            Act::Tones(come_back) => self.tones_return = *come_back,
            Act::Bearers(usable) => {
                let (group, cics, usable) = (GROUP, circuits(), *usable);
                self.isup.handle_input(now, Input::Bearers { group, cics, usable });
            }
            Act::Network(network) => self.network(now, *network),
            Act::Overload(overload) => {
                self.isup.set_congestion_level(overload.then_some(1));
            }
            Act::Clear => self.clear(now),
            other => panic!("the profile says that {other} cannot be done"),
        }
        self.drain(now);
    }

    fn timeout(&mut self, now: Instant) {
        if self.tones_return {
            self.listen(now);
        }
        self.isup.handle_timeout(now);
        self.drain(now);
    }

    fn next(&self) -> Option<Instant> {
        let due = self.isup.poll_timeout().map(|(due, _)| due);
        let heard = self.tones.values().copied().min().filter(|_| self.tones_return);
        due.into_iter().chain(heard).min()
    }

    fn poll(&mut self) -> Option<Said> {
        self.said.pop_front()
    }
}
