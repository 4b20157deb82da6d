//! Q.764 §2.1: successful set-up in both directions.

use super::*;
use crate::Backward;
use isup_codec::{
    Anm, CalledStatus, Con, Cpg, EventIndicator, InformationRequestIndicators, Inr,
    OptionalBackwardCallIndicators, Options, Sam, SubsequentNumber, key,
};

fn sam(digits: &str, complete: bool) -> Sam {
    let digits = digits.parse().unwrap();
    Sam::new(SubsequentNumber { complete, digits })
}

fn free() -> BackwardCallIndicators {
    BackwardCallIndicators::default().with_called_status(CalledStatus::SUBSCRIBER_FREE)
}

fn answer(call: CallId, con: bool) -> Event {
    let backward = con.then(BackwardCallIndicators::default);
    Event::Answer { call, backward, connected: None, con }
}

#[test]
fn q764_2_1_an_outgoing_call_with_acm_cpg_and_anm() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.setup(Class::Ordinary);
    assert_eq!(exchange.sent(), [(cic, iam().into())]);
    assert_eq!(exchange.state(cic), "outgoing");
    exchange.receive(cic, acm());
    assert_eq!(exchange.told(), [Event::AddressComplete { call, acm: acm() }]);
    let cpg = Cpg::new(EventIndicator::ALERTING);
    exchange.receive(cic, cpg.clone());
    assert_eq!(exchange.told(), [Event::Progress { call, cpg }]);
    exchange.receive(cic, Anm::new());
    assert_eq!(exchange.told(), [answer(call, false)]);
    // Nothing waits for a talking call.
    assert_eq!(exchange.isup.poll_timeout(), None);
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent(), [(cic, Rlc::new().into())]);
    let by_peer = Event::Released {
        call,
        cause: cause(Cause::NORMAL_CLEARING),
        congestion_level: None,
        by: ReleasedBy::Peer,
    };
    assert_eq!(exchange.told(), [by_peer, ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_4_1_an_outgoing_call_with_con() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Con::new(BackwardCallIndicators::default()));
    assert_eq!(exchange.told(), [answer(call, true)]);
    assert_eq!(exchange.isup.poll_timeout(), None);
}

#[test]
fn q764_2_1_7_an_answer_without_acm_is_an_answer() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Anm::new());
    assert_eq!(exchange.told(), [answer(call, false)]);
}

#[test]
fn q764_2_1_an_incoming_call_en_bloc() {
    let mut exchange = Exchange::new();
    exchange.receive(3, iam());
    let told = exchange.told();
    let [Event::Incoming { call, group: GROUP, cic: Cic(3), iam: given }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(**given, iam());
    assert_eq!(exchange.state(3), "incoming");
    exchange.backward(*call, Backward::AddressComplete(acm()));
    exchange.backward(*call, Backward::Progress(Cpg::new(EventIndicator::ALERTING)));
    exchange.backward(*call, Backward::Answer(Anm::new()));
    let alerting = Cpg::new(EventIndicator::ALERTING);
    let expected: [(u16, Message); 3] =
        [(3, acm().into()), (3, alerting.into()), (3, Anm::new().into())];
    assert_eq!(exchange.sent(), expected);
    exchange.release(*call, Cause::NORMAL_CLEARING);
    assert_eq!(exchange.sent(), [(3, rel(Cause::NORMAL_CLEARING).into())]);
    assert_eq!(exchange.state(3), "releasing");
    exchange.receive(3, Rlc::new());
    assert_eq!(exchange.told(), [ended(*call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_4_a_first_progress_goes_as_acm() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.backward(call, Backward::Progress(Cpg::new(EventIndicator::ALERTING)));
    assert_eq!(exchange.sent(), [(1, Acm::new(free()).into())]);
    let call = exchange.incoming(2);
    exchange.backward(call, Backward::Progress(Cpg::new(EventIndicator::IN_BAND)));
    let in_band = OptionalBackwardCallIndicators::default().with_in_band(true);
    let acm = acm().with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band);
    assert_eq!(exchange.sent(), [(2, acm.into())]);
}

#[test]
fn q764_2_1_5_a_second_acm_goes_as_cpg() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.backward(call, Backward::AddressComplete(acm()));
    exchange.backward(call, Backward::AddressComplete(Acm::new(free())));
    exchange.backward(call, Backward::AddressComplete(acm()));
    let cpg = |event, backward| Cpg::new(event).with(key::BACKWARD_CALL_INDICATORS, &backward);
    let expected: [(u16, Message); 3] = [
        (1, acm().into()),
        (1, cpg(EventIndicator::ALERTING, free()).into()),
        (1, cpg(EventIndicator::PROGRESS, BackwardCallIndicators::default()).into()),
    ];
    assert_eq!(exchange.sent(), expected);
}

#[test]
fn q764_2_1_4_1_an_answer_without_acm_goes_as_con() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.backward(call, Backward::Answer(Anm::new()));
    assert_eq!(exchange.sent(), [(1, Con::new(free()).into())]);
}

#[test]
fn q764_2_1_7_a_connect_after_acm_goes_as_anm_and_nothing_follows_it() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.backward(call, Backward::AddressComplete(acm()));
    exchange.backward(call, Backward::Connect(Con::new(free())));
    exchange.backward(call, Backward::Answer(Anm::new()));
    exchange.backward(call, Backward::Progress(Cpg::new(EventIndicator::ALERTING)));
    assert_eq!(exchange.sent_names(), ["ACM 1", "ANM 1"]);
    assert_eq!(exchange.isup.stats().misused, 2);
}

#[test]
fn q764_2_1_2_digits_one_by_one_until_st() {
    let mut exchange = Exchange::new();
    let overlap = Iam { called: number("1990", false), ..iam() };
    exchange.receive(1, overlap);
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.state(1), "incoming");
    exchange.receive(1, sam("000", false));
    exchange.wait(seconds(3));
    exchange.receive(1, sam("00", true));
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Incoming { iam: given, .. }] if **given == iam()));
    assert_eq!(exchange.isup.poll_timeout(), None);
    // A digit too late means nothing.
    exchange.receive(1, sam("0", true));
    assert_eq!(exchange.isup.stats().unexpected, 1);
    assert_eq!(exchange.told(), []);
}

#[test]
fn q764_2_1_4_5_the_number_is_complete_when_no_more_digits_come() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Iam { called: number("1990", false), ..iam() });
    exchange.wait(seconds(4));
    exchange.receive(1, sam("00000", false));
    exchange.wait(seconds(4));
    assert_eq!(exchange.told(), []);
    exchange.wait(seconds(1));
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Incoming { iam: given, .. }] if **given == iam()));
    assert_eq!(exchange.expired(TimerName::T10), 1);
}

#[test]
fn q764_2_9_8_a_call_without_any_digit_is_released() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Iam { called: number("", false), ..iam() });
    exchange.wait(seconds(15));
    let sent = exchange.sent();
    let [(1, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::INVALID_NUMBER_FORMAT);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_2_endless_digits_end() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Iam { called: number("1", false), ..iam() });
    for _ in 0..100 {
        exchange.receive(1, sam("1234567", false));
    }
    let told = exchange.told();
    let [Event::Incoming { iam, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(iam.called.digits.len(), 32);
}

#[test]
fn q764_2_1_4_4_t7_releases_with_102() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.wait(seconds(25));
    let by = ReleasedBy::Timer(TimerName::T7);
    assert_eq!(exchange.told(), [failed(call, Cause::RECOVERY_ON_TIMER_EXPIRY, by)]);
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_1_7_t9_releases_with_19() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.wait(seconds(100));
    exchange.receive(cic, Cpg::new(EventIndicator::ALERTING));
    exchange.told();
    exchange.wait(seconds(20));
    let by = ReleasedBy::Timer(TimerName::T9);
    assert_eq!(exchange.told(), [failed(call, Cause::NO_ANSWER, by)]);
    let sent = exchange.sent();
    let [(_, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::NO_ANSWER);
}

#[test]
fn q764_2_1_6_an_information_request_is_answered() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    let indicators = InformationRequestIndicators::default();
    exchange.receive(cic, Inr { indicators, options: Options::new() });
    assert_eq!(exchange.sent_names(), [format!("INF {cic}")]);
}

#[test]
fn a_message_carries_the_class_of_its_call() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.setup(Class::Emergency);
    exchange.release(call, Cause::NORMAL_CLEARING);
    let classes: Vec<_> = exchange.transfers.iter().map(|transfer| transfer.class).collect();
    assert_eq!(classes, [Class::Emergency, Class::EmergencyInDialog]);
    let raw = encode(Cic(cic), &Rlc::new().into()).unwrap();
    let transfer =
        Transfer { opc: PEER, dpc: OWN, sls: Sls(0), class: Class::Ordinary, payload: raw };
    assert_eq!(exchange.isup.class_of(&transfer), Some(Class::EmergencyInDialog));
    let elsewhere = Transfer { opc: PointCode(3), ..transfer.clone() };
    assert_eq!(exchange.isup.class_of(&elsewhere), None);
    let idle = Transfer { payload: encode(Cic(8), &Message::Rsc).unwrap(), ..transfer.clone() };
    assert_eq!(exchange.isup.class_of(&idle), None);
    let short = Transfer { payload: bytes::Bytes::from_static(&[1]), ..transfer };
    assert_eq!(exchange.isup.class_of(&short), None);
}

#[test]
fn an_incoming_call_is_ordinary_until_its_class_is_known() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    let class = |exchange: &Exchange| exchange.isup.circuits().next().unwrap().class;
    assert_eq!(class(&exchange), Some(Class::Ordinary));
    exchange.isup.set_class(call, Class::Emergency);
    assert_eq!(class(&exchange), Some(Class::Emergency));
    exchange.backward(call, Backward::AddressComplete(acm()));
    assert_eq!(exchange.transfers[0].class, Class::EmergencyInDialog);
}
