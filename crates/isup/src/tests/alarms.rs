//! What the maintenance staff is told stands until it is in order again, and is cleared once.

use super::*;
use isup_codec::{
    Cgba, Cgua, CircuitState, CircuitStates, ContinuityCheck, Cot, Cqr, Options, Range,
    SupervisionType, Upa,
};
use mtp::sap::{StatusCause, UnavailabilityCause};

#[test]
fn a_release_that_failed_is_in_order_when_the_reset_is_acknowledged() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.wait(minutes(5));
    exchange.wait(minutes(5));
    let told = exchange.told();
    assert!(told.contains(&alarm(1, "no release complete")), "{told:?}");
    assert!(told.contains(&alarm(1, "no acknowledgement of circuit reset")), "{told:?}");
    assert_eq!(exchange.cleared(), []);
    exchange.receive(1, Rlc::new());
    let both = [(1, "no acknowledgement of circuit reset"), (1, "no release complete")];
    assert_eq!(exchange.cleared(), both);
    // Once.
    exchange.receive(1, Rlc::new());
    exchange.incoming(1);
    assert_eq!(exchange.cleared(), []);
}

#[test]
fn what_was_blocked_is_in_order_when_the_peer_has_acknowledged_it() {
    let mut exchange = Exchange::new();
    exchange.operate_one(1, Operation::Block);
    exchange.wait(minutes(10));
    assert_eq!(exchange.told().len(), 2);
    assert_eq!(exchange.cleared(), []);
    exchange.receive(1, Message::Bla);
    assert_eq!(exchange.cleared(), [(1, "no blocking acknowledgement")]);
}

#[test]
fn circuits_reset_together_are_in_order_when_all_are() {
    let mut exchange = Exchange::new();
    exchange.isup.operate(exchange.now, GROUP, Cic(1)..=Cic(8), Operation::Reset);
    exchange.drain();
    exchange.wait(minutes(5));
    let what = "no circuit group reset acknowledgement";
    assert!(exchange.told().contains(&alarm(1, what)));
    // A repetition changes nothing.
    exchange.wait(minutes(5));
    assert_eq!(exchange.cleared(), []);
    let status = RangeStatus::new(Range::of(8).unwrap(), |_| false);
    exchange.receive(1, Gra { status });
    assert_eq!(exchange.cleared(), [(1, what)]);
}

#[test]
fn a_circuit_that_failed_its_check_is_in_order_when_it_passes() {
    let mut exchange = Exchange::new();
    exchange.isup.test(exchange.now, GROUP, Cic(1)).unwrap();
    exchange.drain();
    // T24 and T25: it is being checked again.
    exchange.wait(seconds(8));
    assert_eq!(exchange.cleared(), []);
    let check = exchange.told().into_iter().rev().find_map(|event| match event {
        Event::Check { check, on: true, .. } => Some(check),
        _ => None,
    });
    let input = Input::Checked { check: check.unwrap(), passed: true };
    exchange.isup.handle_input(exchange.now, input);
    exchange.drain();
    assert_eq!(exchange.cleared(), [(1, "continuity recheck failed")]);
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.state(1), "idle");
}

#[test]
fn a_circuit_that_was_not_there_is_in_order_when_the_peer_speaks_of_it() {
    let mut exchange = Exchange::new();
    exchange.receive(3, Message::Ucic);
    assert_eq!(exchange.told(), [alarm(3, "circuit unequipped at the peer")]);
    assert_eq!(exchange.cleared(), []);
    exchange.incoming(3);
    assert_eq!(exchange.cleared(), [(3, "circuit unequipped at the peer")]);
}

#[test]
fn a_user_part_is_in_order_when_it_answers_or_when_the_peer_is_back() {
    let what = "remote user part unavailable";
    let cause = UnavailabilityCause::INACCESSIBLE;
    let mut exchange = Exchange::new();
    for _ in 0..2 {
        let cause = StatusCause::UserPartUnavailable { cause };
        exchange.mtp(Indication::Status { dpc: PEER, cause });
        assert!(exchange.told().contains(&alarm(1, what)));
        assert_eq!(exchange.cleared(), []);
        exchange.receive(0, Upa { options: Options::new() });
        assert_eq!(exchange.cleared(), [(1, what)]);
    }
    let cause = StatusCause::UserPartUnavailable { cause };
    exchange.mtp(Indication::Status { dpc: PEER, cause });
    exchange.mtp(Indication::Pause { dpc: PEER });
    assert_eq!(exchange.cleared(), []);
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.cleared(), [(1, what)]);
}

#[test]
fn queries_are_in_order_when_one_is_answered() {
    let mut config = config(1..=8, 0);
    config.groups[0].query = true;
    let mut exchange = Exchange::with(config);
    let query = |exchange: &mut Exchange| {
        exchange.isup.operate(exchange.now, GROUP, Cic(1)..=Cic(4), Operation::Query);
        exchange.drain();
        assert_eq!(exchange.sent_names()[0], "CQM 1");
    };
    let states = CircuitStates(vec![CircuitState::IDLE; 4]);
    let cqr = Cqr { range: Range::of(4).unwrap(), states };
    query(&mut exchange);
    exchange.receive(1, cqr.clone());
    query(&mut exchange);
    exchange.wait(seconds(10));
    let what = "no circuit group query response";
    assert!(exchange.told().contains(&alarm(1, what)));
    // What was asked about is reset instead, which is no answer to a query.
    for (cic, message) in exchange.sent() {
        let Message::Grs(grs) = message else { continue };
        let status = RangeStatus::new(grs.range, |_| false);
        exchange.receive(cic, Gra { status });
    }
    assert_eq!(exchange.cleared(), []);
    query(&mut exchange);
    exchange.receive(1, cqr);
    assert_eq!(exchange.cleared(), [(1, what)]);
}

#[test]
fn t15_an_unblocking_is_in_order_when_the_peer_has_acknowledged_it() {
    let mut exchange = Exchange::new();
    exchange.operate_one(1, Operation::Block);
    exchange.receive(1, Message::Bla);
    exchange.operate_one(1, Operation::Unblock);
    exchange.wait(minutes(5));
    assert_eq!(exchange.expired(TimerName::T15), 1);
    assert_eq!(exchange.told(), [alarm(1, "no unblocking acknowledgement")]);
    exchange.wait(minutes(5));
    assert_eq!((exchange.expired(TimerName::T15), exchange.cleared()), (2, vec![]));
    exchange.receive(1, Message::Uba);
    assert_eq!(exchange.cleared(), [(1, "no unblocking acknowledgement")]);
    exchange.told();
    exchange.sent();
    exchange.assert_quiet();
}

#[test]
fn t19_and_t21_blocking_and_unblocking_together_are_in_order_when_acknowledged() {
    let mut exchange = Exchange::new();
    let hardware = SupervisionType::HARDWARE;
    let all = || RangeStatus::new(Range::of(8).unwrap(), |_| true);
    let blocked = "no circuit group blocking acknowledgement";
    exchange.bearers(1..=8, false);
    exchange.told();
    exchange.wait(minutes(5));
    assert_eq!(exchange.expired(TimerName::T19), 1);
    assert_eq!((exchange.told(), exchange.cleared()), (vec![alarm(1, blocked)], vec![]));
    exchange.receive(1, Cgba { kind: hardware, status: all() });
    assert_eq!(exchange.cleared(), [(1, blocked)]);
    let unblocked = "no circuit group unblocking acknowledgement";
    exchange.bearers(1..=8, true);
    exchange.wait(minutes(5));
    assert_eq!(exchange.expired(TimerName::T21), 1);
    assert_eq!((exchange.told(), exchange.cleared()), (vec![alarm(1, unblocked)], vec![]));
    exchange.receive(1, Cgua { kind: hardware, status: all() });
    assert_eq!(exchange.cleared(), [(1, unblocked)]);
    exchange.told();
    exchange.sent();
    exchange.assert_quiet();
}

#[test]
fn t27_and_t36_a_check_of_the_peer_that_does_not_end_is_in_order_after_the_reset() {
    let what = "continuity recheck not completed";
    let nature = iam().nature.with_continuity_check(ContinuityCheck::THIS_CIRCUIT);
    for (name, time) in [(TimerName::T27, minutes(4)), (TimerName::T36, seconds(10))] {
        let mut exchange = Exchange::new();
        exchange.receive(1, Iam { nature, ..iam() });
        exchange.receive(1, Cot { successful: false });
        if name == TimerName::T36 {
            exchange.receive(1, Message::Ccr);
        }
        exchange.told();
        exchange.wait(time);
        assert_eq!(exchange.expired(name), 1);
        assert!(exchange.told().contains(&alarm(1, what)));
        assert_eq!((exchange.cleared(), exchange.state(1)), (vec![], "reset"));
        exchange.receive(1, Rlc::new());
        assert_eq!(exchange.cleared(), [(1, what)]);
        exchange.sent();
        exchange.assert_quiet();
    }
}
