use super::*;
use crate::{Calling, location};
use proptest::prelude::*;
use routing::{Plan, Rule};

const VOIP: Exit = Exit::Sip(0);
const PSTN: Exit = Exit::Circuits(0);
const OTHER: Exit = Exit::Circuits(1);

const PLAN: &str = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
    *,112,europe,+33199009400,+33199009401|+33199009402,,\n";

fn calls(config: Config) -> Calls {
    let routing = routing::Config {
        plan: Plan::parse(PLAN).unwrap(),
        rules: vec![Rule::new("+33", vec![PSTN, OTHER])],
        exits: vec![VOIP, PSTN, OTHER],
        ..routing::Config::default()
    };
    Calls::new(config, Router::new(routing).unwrap()).unwrap()
}

fn setup(called: Number) -> Setup {
    let calling = Calling {
        number: Number::international("33639980001").unwrap(),
        restricted: false,
        verified: true,
    };
    Setup {
        called,
        calling: Some(calling),
        class: Class::Ordinary,
        category: None,
        hops: 20,
        ingress: VOIP,
        location: None,
        arrived: Instant::ZERO,
    }
}

fn ordinary() -> Setup {
    setup(Number::international("33199000000").unwrap())
}

fn emergency() -> Setup {
    Setup { class: Class::Emergency, ..setup(Number::short("112").unwrap()) }
}

fn outputs(calls: &mut Calls) -> Vec<Output> {
    std::iter::from_fn(|| calls.poll_output()).collect()
}

fn signal(calls: &mut Calls, call: CallId, side: Side, signal: Signal) -> Vec<Output> {
    calls.handle_input(Instant::ZERO, Input::Signal { call, side, signal });
    outputs(calls)
}

fn fail(calls: &mut Calls, call: CallId, release: Release) -> Vec<Output> {
    calls.handle_input(Instant::ZERO, Input::AttemptFailed { call, release });
    outputs(calls)
}

fn end(calls: &mut Calls, call: CallId, side: Side) -> Vec<Output> {
    calls.handle_input(Instant::ZERO, Input::Ended { call, side });
    outputs(calls)
}

fn tried(outputs: &[Output]) -> Option<(Exit, Number, u8)> {
    match outputs {
        [Output::Attempt { exit, setup, attempt, .. }] => Some((*exit, setup.called, *attempt)),
        _ => None,
    }
}

fn record(outputs: &[Output]) -> &Cdr {
    match outputs {
        [.., Output::Cdr(cdr)] => cdr,
        _ => panic!("no record in {outputs:?}"),
    }
}

const ALERTING: Signal = Signal::Alerting { early_media: false };
const ANSWER: Signal = Signal::Answer { connected: None };

#[test]
fn a_call_from_arrival_to_its_record() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    let [Output::Attempt { setup, exit: PSTN, attempt: 1, .. }] = &outputs(&mut calls)[..] else {
        panic!("no attempt");
    };
    assert_eq!(setup.hops, 19);
    calls.set_circuit(call, 7);
    for told in [ALERTING, ANSWER, Signal::Suspend, Signal::Resume] {
        let expected = [Output::Signal { call, side: Side::Ingress, signal: told }];
        assert_eq!(signal(&mut calls, call, Side::Egress, told), expected);
    }
    let bye = Signal::Release(Release::new(Cause::NORMAL_CLEARING));
    let expected = [Output::Signal { call, side: Side::Egress, signal: bye }];
    assert_eq!(signal(&mut calls, call, Side::Ingress, bye), expected);
    assert_eq!(end(&mut calls, call, Side::Ingress), []);
    let written = end(&mut calls, call, Side::Egress);
    let cdr = record(&written);
    assert_eq!((cdr.id, cdr.cause, cdr.circuit), (1, Cause::NORMAL_CLEARING, Some(7)));
    assert_eq!((cdr.ingress, cdr.egress), (VOIP, Some(PSTN)));
    assert_eq!((cdr.answered, cdr.attempts), (Some(Instant::ZERO), 1));
    assert_eq!((calls.active(), calls.poll_timeout()), (0, None));
    assert_eq!(calls.stats().answered[Class::Ordinary.rank()], 1);
}

#[test]
fn an_ordinary_call_tries_another_exit_only_where_the_way_failed() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    // Only the circuit was lost (Q.764 §2.9.1.4): the same exit again.
    let lost = Release::new(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
    let called = Number::international("33199000000").unwrap();
    assert_eq!(tried(&fail(&mut calls, call, lost)), Some((PSTN, called, 2)));
    let congested = Release::new(Cause::NO_CIRCUIT_AVAILABLE);
    assert_eq!(tried(&fail(&mut calls, call, congested)), Some((OTHER, called, 3)));
    let busy = Release::new(Cause::USER_BUSY);
    let told = fail(&mut calls, call, busy);
    let expected = Signal::Release(busy);
    assert_eq!(told, [Output::Signal { call, side: Side::Ingress, signal: expected }]);
    assert_eq!(record(&end(&mut calls, call, Side::Ingress)).attempts, 3);
}

#[test]
fn an_emergency_call_goes_on_to_the_other_numbers_of_its_answering_point() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, emergency()).unwrap();
    let number = |digits| Number::international(digits).unwrap();
    assert_eq!(tried(&outputs(&mut calls)), Some((PSTN, number("33199009400"), 1)));
    let busy = Release::new(Cause::USER_BUSY);
    assert_eq!(tried(&fail(&mut calls, call, busy)), Some((PSTN, number("33199009401"), 2)));
    let timeout = Release::new(Cause::RECOVERY_ON_TIMER_EXPIRY);
    assert_eq!(tried(&fail(&mut calls, call, timeout)), Some((OTHER, number("33199009401"), 3)));
    assert_eq!(tried(&fail(&mut calls, call, timeout)), Some((PSTN, number("33199009402"), 4)));
    assert_eq!(tried(&fail(&mut calls, call, busy)), None);
    let cdr = end(&mut calls, call, Side::Ingress);
    assert_eq!(record(&cdr).class, Class::Emergency);
    assert_eq!(record(&cdr).translated, number("33199009402"));
}

/// Nobody has thought of every cause; one that no table names must not end an emergency call.
#[test]
fn no_cause_ends_an_emergency_call_while_there_is_another_way() {
    for cause in 1..=127 {
        let mut calls = calls(Config::default());
        let call = calls.incoming(Instant::ZERO, emergency()).unwrap();
        outputs(&mut calls);
        let release = Release::new(Cause(cause)).at(location::USER);
        assert!(tried(&fail(&mut calls, call, release)).is_some(), "cause {cause}");
    }
}

#[test]
fn an_emergency_call_outlives_an_exit_that_gives_no_sign() {
    let config = Config::default();
    let mut calls = calls(config);
    let call = calls.incoming(Instant::ZERO, emergency()).unwrap();
    outputs(&mut calls);
    calls.handle_timeout(Instant::ZERO + config.attempt);
    let done = outputs(&mut calls);
    let [Output::Signal { side: Side::Egress, signal: Signal::Release(_), .. }, more @ ..] =
        &done[..]
    else {
        panic!("{done:?}");
    };
    assert_eq!(tried(more).map(|(exit, ..)| exit), Some(OTHER));
    assert_eq!(calls.stats().overdue, 1);
    assert!(calls.is_attempting(call));
}

#[test]
fn attempts_are_bounded() {
    let mut calls = calls(Config { max_attempts: 2, ..Config::default() });
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    let lost = Release::new(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE);
    assert!(tried(&fail(&mut calls, call, lost)).is_some());
    assert!(tried(&fail(&mut calls, call, lost)).is_none());
}

#[test]
fn the_next_attempt_does_not_wait_for_the_end_of_the_failed_leg() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    let congested = Signal::Release(Release::new(Cause::NO_CIRCUIT_AVAILABLE));
    let (exit, _, attempt) = tried(&signal(&mut calls, call, Side::Egress, congested)).unwrap();
    assert_eq!((exit, attempt), (OTHER, 2));
    let told = signal(&mut calls, call, Side::Egress, congested);
    assert!(matches!(told[..], [Output::Signal { side: Side::Ingress, .. }]), "{told:?}");
    // The record waits for the caller's leg alone.
    assert_eq!(record(&end(&mut calls, call, Side::Ingress)).attempts, 2);
}

#[test]
fn once_the_caller_has_heard_something_a_failure_is_the_answer() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    signal(&mut calls, call, Side::Egress, ALERTING);
    let congested = Signal::Release(Release::new(Cause::NO_CIRCUIT_AVAILABLE));
    let told = signal(&mut calls, call, Side::Egress, congested);
    assert_eq!(told, [Output::Signal { call, side: Side::Ingress, signal: congested }]);
}

#[test]
fn emergency_calls_have_a_reserve_of_the_table() {
    let config = Config { max_calls: 3, emergency_reserve: 1, ..Config::default() };
    let mut calls = calls(config);
    calls.incoming(Instant::ZERO, ordinary()).unwrap();
    calls.incoming(Instant::ZERO, ordinary()).unwrap();
    let refused = calls.incoming(Instant::ZERO, ordinary()).unwrap_err();
    assert_eq!(refused.cause, Cause::SWITCHING_EQUIPMENT_CONGESTION);
    calls.incoming(Instant::ZERO, emergency()).unwrap();
    assert!(calls.incoming(Instant::ZERO, emergency()).is_err());
    // The class is told by the router, so an unmarked call to 112 has the reserve too.
    assert_eq!(calls.stats().refused_full[Class::Emergency.rank()], 1);
    let records = outputs(&mut calls).into_iter().filter(|out| matches!(out, Output::Cdr(_)));
    assert_eq!(records.count(), 2);
}

#[test]
fn a_call_that_passed_too_many_exchanges_is_refused() {
    let mut calls = calls(Config::default());
    let refused = calls.incoming(Instant::ZERO, Setup { hops: 0, ..ordinary() }).unwrap_err();
    assert_eq!(refused.cause, Cause::EXCHANGE_ROUTING_ERROR);
    assert_eq!(record(&outputs(&mut calls)).cause, Cause::EXCHANGE_ROUTING_ERROR);
}

#[test]
fn draining_refuses_new_calls_and_release_all_ends_the_old() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    signal(&mut calls, call, Side::Egress, ANSWER);
    calls.drain();
    let refused = calls.incoming(Instant::ZERO, ordinary()).unwrap_err();
    assert_eq!(refused.cause, Cause::TEMPORARY_FAILURE);
    outputs(&mut calls);
    // Whoever calls for help now may find nobody else.
    let urgent = calls.incoming(Instant::ZERO, emergency()).unwrap();
    outputs(&mut calls);
    end(&mut calls, urgent, Side::Ingress);
    end(&mut calls, urgent, Side::Egress);
    calls.release_all(Instant::ZERO, Cause::TEMPORARY_FAILURE);
    let told = outputs(&mut calls);
    assert_eq!(told.len(), 2, "{told:?}");
    // Nothing that comes now could be carried to its end.
    calls.drain();
    assert!(calls.incoming(Instant::ZERO, emergency()).is_err());
    outputs(&mut calls);
    calls.release_all(Instant::ZERO, Cause::TEMPORARY_FAILURE);
    assert_eq!(outputs(&mut calls), []);
    end(&mut calls, call, Side::Egress);
    assert_eq!(record(&end(&mut calls, call, Side::Ingress)).cause, Cause::TEMPORARY_FAILURE);
}

#[test]
fn every_phase_has_its_dead_man() {
    let config = Config::default();
    let mut calls = calls(config);
    let start = Instant::ZERO;
    let call = calls.incoming(start, ordinary()).unwrap();
    assert_eq!(calls.poll_timeout(), Some((start + config.attempt, Timer::Attempt)));
    signal(&mut calls, call, Side::Egress, ALERTING);
    assert_eq!(calls.poll_timeout(), Some((start + config.progress, Timer::Progress)));
    signal(&mut calls, call, Side::Egress, ANSWER);
    assert_eq!(calls.poll_timeout(), Some((start + config.talk, Timer::Talk)));
    outputs(&mut calls);
    calls.handle_timeout(start + config.talk);
    assert_eq!(outputs(&mut calls).len(), 2);
    let (deadline, timer) = calls.poll_timeout().unwrap();
    assert_eq!(timer, Timer::Release);
    // Neither leg reports its end: the record is written and the call forgotten all the same.
    calls.handle_timeout(deadline);
    assert_eq!(record(&outputs(&mut calls)).cause, Cause::RECOVERY_ON_TIMER_EXPIRY);
    assert_eq!((calls.active(), calls.stats().reaped, calls.stats().overdue), (0, 1, 1));
    assert_eq!(end(&mut calls, call, Side::Egress), []);
    assert_eq!(calls.stats().stale, 1);
}

/// What a leg may do next, so that the property test says only what real legs say.
#[derive(Clone, Copy, Debug)]
enum Act {
    Alert,
    Answer,
    Release(Side, u8),
    AttemptFails(u8),
    End(Side),
    Overdue,
}

fn act() -> impl Strategy<Value = Act> {
    let side = || prop_oneof![Just(Side::Ingress), Just(Side::Egress)];
    let cause = || prop_oneof![Just(17u8), Just(34), Just(44), Just(16), Just(102)];
    prop_oneof![
        Just(Act::Alert),
        Just(Act::Answer),
        (side(), cause()).prop_map(|(side, cause)| Act::Release(side, cause)),
        cause().prop_map(Act::AttemptFails),
        side().prop_map(Act::End),
        Just(Act::Overdue),
    ]
}

proptest! {
    /// Whatever the legs do: a leg told to release is told nothing more, and each call writes one
    /// record and is forgotten within the deadlines.
    #[test]
    fn every_call_ends_with_one_record(
        acts in proptest::collection::vec(act(), 0..40),
        urgent in any::<bool>(),
    ) {
        let mut calls = calls(Config::default());
        let mut now = Instant::ZERO;
        let setup = if urgent { emergency() } else { ordinary() };
        let call = calls.incoming(now, setup).unwrap();
        let (mut records, mut released) = (0, [false; 2]);
        let mut look = |calls: &mut Calls| {
            for output in outputs(calls) {
                match output {
                    Output::Signal { side, signal, .. } => {
                        let told = &mut released[side as usize];
                        assert!(!*told, "{side:?} was told {signal:?} after its release");
                        *told = matches!(signal, Signal::Release(_));
                    }
                    Output::Attempt { .. } => released[Side::Egress as usize] = false,
                    Output::Cdr(_) => records += 1,
                }
            }
        };
        look(&mut calls);
        for act in acts {
            let release = |cause| Release::new(Cause(cause)).at(location::USER);
            let told = |side, signal| Input::Signal { call, side, signal };
            let input = match act {
                Act::Alert => told(Side::Egress, ALERTING),
                Act::Answer => told(Side::Egress, ANSWER),
                Act::Release(side, cause) => told(side, Signal::Release(release(cause))),
                Act::AttemptFails(cause) => Input::AttemptFailed { call, release: release(cause) },
                Act::End(side) => Input::Ended { call, side },
                Act::Overdue => {
                    if let Some((deadline, _)) = calls.poll_timeout() {
                        now = deadline;
                        calls.handle_timeout(now);
                        look(&mut calls);
                    }
                    continue;
                }
            };
            calls.handle_input(now, input);
            look(&mut calls);
        }
        // Each attempt of an emergency call, and the release.
        for _ in 0..10 {
            if let Some((deadline, _)) = calls.poll_timeout() {
                calls.handle_timeout(deadline);
                look(&mut calls);
            }
        }
        prop_assert_eq!((records, calls.active(), calls.poll_timeout()), (1, 0, None));
    }
}

/// A telephone that begins with Max-Forwards 0 gets through; what comes by here again and again
/// does not take every circuit.
#[test]
fn an_emergency_call_without_hops_is_given_some_a_few_times() {
    let mut calls = calls(Config::default());
    for hops in [0, 1, 4] {
        calls.incoming(Instant::ZERO, Setup { hops, ..emergency() }).unwrap();
        let Output::Attempt { setup, .. } = &outputs(&mut calls)[0] else { panic!() };
        assert_eq!(setup.hops, 5, "{hops}");
    }
    // The same once more, and as it comes back: already translated.
    let long = Number::international("33199009400").unwrap();
    for called in [emergency().called, long] {
        let circling = Setup { hops: 0, called, ..emergency() };
        let refused = calls.incoming(Instant::ZERO, circling).unwrap_err();
        assert_eq!(refused.cause, Cause::EXCHANGE_ROUTING_ERROR);
        outputs(&mut calls);
        calls.incoming(Instant::ZERO, Setup { hops: 2, ..circling }).unwrap();
        let Output::Attempt { setup, .. } = &outputs(&mut calls)[0] else { panic!() };
        assert_eq!(setup.hops, 1, "its counter goes on");
    }
    // Another caller is another matter.
    let other = Setup { hops: 0, calling: None, ..emergency() };
    calls.incoming(Instant::ZERO, other).unwrap();
}

/// Several telephones of one house have one number: those who talk are no laps of one call.
#[test]
fn who_talks_does_not_go_round_in_circles() {
    let mut calls = calls(Config::default());
    for _ in 0..6 {
        let call = calls.incoming(Instant::ZERO, Setup { hops: 0, ..emergency() }).unwrap();
        outputs(&mut calls);
        signal(&mut calls, call, Side::Egress, ANSWER);
    }
}

/// Telephones without a subscription have no number at all, and are not all one caller.
#[test]
fn callers_without_a_number_are_many_on_each_trunk() {
    let mut calls = calls(Config::default());
    let unnamed = Setup { hops: 1, calling: None, ..emergency() };
    let place = |calls: &mut Calls, setup: Setup| {
        let call = calls.incoming(Instant::ZERO, setup).unwrap();
        let Output::Attempt { setup, .. } = &outputs(calls)[0] else { panic!() };
        (call, setup.hops)
    };
    let all: Vec<_> = (0..16).map(|_| place(&mut calls, unnamed)).collect();
    assert!(all.iter().all(|(_, hops)| *hops == 5), "{all:?}");
    assert_eq!(place(&mut calls, unnamed).1, 0, "as far as its counter goes");
    let elsewhere = Setup { ingress: TrunkRef::Sip(7), ..unnamed };
    assert_eq!(place(&mut calls, elsewhere).1, 5);
    signal(&mut calls, all[0].0, Side::Egress, ANSWER);
    signal(&mut calls, all[1].0, Side::Egress, ANSWER);
    assert_eq!(place(&mut calls, unnamed).1, 5);
}

/// RFC 3261 §21.3.5: the alternative service is that of emergency calls.
#[test]
fn a_call_that_turns_out_to_be_an_emergency_goes_by_the_plan_once() {
    let mut calls = calls(Config::default());
    let call = calls.incoming(Instant::ZERO, ordinary()).unwrap();
    outputs(&mut calls);
    let service = Number::short("112").unwrap();
    let again = |calls: &mut Calls| {
        calls.handle_input(Instant::ZERO, Input::Emergency { call, service });
        outputs(calls)
    };
    let went = again(&mut calls);
    let long = Number::international("33199009400").unwrap();
    assert_eq!(tried(&went), Some((PSTN, long, 2)));
    assert_eq!(calls.class(call), Some(Class::Emergency));
    // Said once more it is a failure like others: the next exit, then the next number.
    assert_eq!(tried(&again(&mut calls)), Some((OTHER, long, 3)));
    let next = Number::international("33199009401").unwrap();
    assert_eq!(tried(&again(&mut calls)), Some((PSTN, next, 4)));
    // Not after somebody was reached, and not of a call that is gone.
    signal(&mut calls, call, Side::Egress, Signal::Answer { connected: None });
    assert!(tried(&again(&mut calls)).is_none());
    end(&mut calls, call, Side::Ingress);
    end(&mut calls, call, Side::Egress);
    calls.handle_input(Instant::ZERO, Input::Emergency { call, service });
    assert!(outputs(&mut calls).is_empty());
}
