//! Q.764 §2.1.2: digits one after the other, in both directions.

use super::*;
use crate::{NumberPlan, SetupError};
use isup_codec::{Sam, SubsequentNumber};

fn sam(digits: &str, complete: bool) -> Sam {
    Sam::new(SubsequentNumber { complete, digits: digits.parse().unwrap() })
}

fn open(digits: &str) -> Iam {
    Iam { called: number(digits, false), ..iam() }
}

/// France: nine digits, and the emergency numbers whole.
fn planned() -> Exchange {
    let mut numbers = NumberPlan::default();
    numbers.set_length(NatureOfAddress::NATIONAL, 9);
    for short in ["112", "15", "17", "18"] {
        numbers.add(NatureOfAddress::NATIONAL, short.parse().unwrap());
    }
    numbers.least = 2;
    Exchange::with(Config { numbers, ..config(1..=8, 0) })
}

fn setup(exchange: &mut Exchange, class: Class, iam: Iam) -> (CallId, u16) {
    let (call, cic) = exchange.isup.setup(exchange.now, class, GROUP, iam).unwrap();
    exchange.drain();
    (call, cic.0)
}

fn more(exchange: &mut Exchange, call: CallId, digits: &str, complete: bool) -> bool {
    let digits = digits.parse().unwrap();
    let sent = exchange.isup.more_digits(exchange.now, call, digits, complete);
    exchange.drain();
    sent
}

fn called(told: &[Event]) -> &str {
    let [Event::Incoming { iam, .. }] = told else { panic!("{told:?}") };
    assert!(iam.called.complete);
    iam.called.digits.as_str()
}

#[test]
fn q764_2_1_2_digits_go_one_or_several_at_a_time_until_st() {
    let mut exchange = Exchange::new();
    let (call, cic) = setup(&mut exchange, Class::Ordinary, open("1990"));
    assert_eq!(exchange.sent(), [(cic, open("1990").into())]);
    assert!(more(&mut exchange, call, "0", false));
    assert!(more(&mut exchange, call, "000", false));
    assert!(more(&mut exchange, call, "0", true));
    let sams = [sam("0", false), sam("000", false), sam("0", true)];
    assert_eq!(exchange.sent(), sams.map(|sam| (cic, sam.into())));
    // Nothing follows ST.
    assert!(!more(&mut exchange, call, "0", false));
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.isup.stats().misused, 1);
}

#[test]
fn q764_2_1_2_st_may_go_alone_but_nothing_may_not() {
    let mut exchange = Exchange::new();
    let (call, cic) = setup(&mut exchange, Class::Ordinary, open("199000000"));
    exchange.sent();
    assert!(!more(&mut exchange, call, "", false));
    assert!(more(&mut exchange, call, "", true));
    assert_eq!(exchange.sent(), [(cic, sam("", true).into())]);
}

#[test]
fn annex_a_t7_runs_from_the_latest_address_message() {
    let mut exchange = Exchange::new();
    let (call, _) = setup(&mut exchange, Class::Ordinary, open("1990"));
    exchange.wait(seconds(20));
    more(&mut exchange, call, "00000", false);
    exchange.wait(seconds(20));
    assert_eq!(exchange.told(), []);
    exchange.wait(seconds(5));
    let t7 = ReleasedBy::Timer(TimerName::T7);
    assert_eq!(exchange.told(), [failed(call, Cause::RECOVERY_ON_TIMER_EXPIRY, t7)]);
}

#[test]
fn q764_2_1_4_once_the_peer_has_a_number_no_digit_follows() {
    let mut exchange = Exchange::new();
    let (call, cic) = setup(&mut exchange, Class::Ordinary, open("1990"));
    exchange.receive(cic, acm());
    assert!(!more(&mut exchange, call, "0", false));
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    exchange.told();
    assert!(!more(&mut exchange, call, "0", false));
    let call = exchange.incoming(8);
    assert!(!more(&mut exchange, call, "0", false));
}

#[test]
fn an_emergency_call_is_never_split() {
    let mut exchange = Exchange::new();
    let (call, cic) = setup(&mut exchange, Class::Emergency, open("199009400"));
    let whole = Iam { called: number("199009400", true), ..iam() };
    assert_eq!(exchange.sent(), [(cic, whole.into())]);
    assert!(!more(&mut exchange, call, "0", false));
}

#[test]
fn an_emergency_number_waits_for_nothing() {
    for short in ["112", "15", "17", "18"] {
        let mut exchange = planned();
        exchange.receive(1, open(short));
        assert_eq!(called(&exchange.told()), short);
        assert_eq!(exchange.isup.poll_timeout(), None);
        // Digit by digit.
        let (last, first) = (&short[short.len() - 1..], &short[..short.len() - 1]);
        exchange.receive(2, open(first));
        assert_eq!(exchange.told(), []);
        exchange.receive(2, sam(last, false));
        assert_eq!(called(&exchange.told()), short);
        assert_eq!(exchange.isup.poll_timeout(), None);
        // ST that comes behind it is no mistake that costs the call.
        exchange.receive(2, sam("", true));
        assert_eq!(exchange.state(2), "incoming");
        assert_eq!(exchange.sent_names(), [""; 0]);
    }
}

#[test]
fn q764_2_1_2_a_number_of_its_full_length_is_complete_without_st() {
    let mut exchange = planned();
    exchange.receive(1, open("1990000"));
    exchange.receive(1, sam("0", false));
    assert_eq!(exchange.told(), []);
    exchange.receive(1, sam("0", false));
    assert_eq!(called(&exchange.told()), "199000000");
}

#[test]
fn q764_2_9_8_t35_waits_for_the_least_digits_and_t10_for_the_rest() {
    let mut exchange = planned();
    exchange.receive(1, open("2"));
    exchange.wait(seconds(14));
    assert_eq!(exchange.state(1), "incoming");
    exchange.receive(1, sam("3", false));
    exchange.wait(seconds(5));
    assert_eq!(called(&exchange.told()), "23");
    assert_eq!(exchange.expired(TimerName::T10), 1);
    // No digit more.
    exchange.receive(2, open("2"));
    exchange.wait(seconds(15));
    let sent = exchange.sent();
    let [(2, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::INVALID_NUMBER_FORMAT);
}

#[test]
fn q764_2_9_5_1_d_digits_on_an_idle_circuit_reset_it() {
    let mut exchange = Exchange::new();
    exchange.receive(1, sam("0", false));
    assert_eq!(exchange.sent_names(), ["RSC 1"]);
}

#[test]
fn q764_2_8_1_a_call_takes_no_circuit_again_that_it_lost() {
    let mut exchange = Exchange::with(config([1, 3], 0));
    let mut lost = Vec::new();
    for _ in 0..2 {
        let seized = exchange.isup.setup_again(exchange.now, Class::Emergency, GROUP, iam(), &lost);
        let (call, cic) = seized.unwrap();
        exchange.drain();
        exchange.receive(cic.0, Message::Rsc);
        assert_eq!(exchange.told(), [super::lost(call), ended(call)]);
        assert_eq!(exchange.state(cic.0), "idle");
        assert!(!lost.contains(&cic));
        lost.push(cic);
    }
    let seized = exchange.isup.setup_again(exchange.now, Class::Emergency, GROUP, iam(), &lost);
    assert_eq!(seized, Err(SetupError::AllBusy));
    // Another call may.
    assert_eq!(exchange.setup(Class::Ordinary).1, 1);
}
