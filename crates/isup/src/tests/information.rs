//! Q.764 §2.1.6: who calls; §2.5 and §2.7: what the way is like; FAR; what is not understood.

use super::*;
use crate::Backward;
use isup_codec::{
    AddressResponse, Anm, CallingPartyNumber, FacilityIndicator, Far, Idr, Inf,
    InformationIndicators, InformationRequestIndicators, Inr, Irs, McidRequestIndicators,
    McidResponseIndicators, Milliseconds, Options, ParameterName, key,
};

fn caller() -> CallingPartyNumber {
    CallingPartyNumber::new(NatureOfAddress::NATIONAL, "199000099".parse().unwrap())
}

fn who() -> InformationRequestIndicators {
    InformationRequestIndicators::default().with_calling_address(true).with_calling_category(true)
}

fn inr() -> Inr {
    Inr { indicators: who(), options: Options::new() }
}

fn inf(unsolicited: bool) -> Inf {
    let indicators = InformationIndicators::solicited(true, false).with_unsolicited(unsolicited);
    Inf { indicators, options: Options::new() }.with(key::CALLING_PARTY_NUMBER, &caller())
}

fn idr() -> Idr {
    let request = McidRequestIndicators(0).with_requested(true);
    Idr { options: Options::new() }.with(key::MCID_REQUEST_INDICATORS, &request)
}

fn irs() -> Irs {
    Irs { options: Options::new() }.with(key::CALLING_PARTY_NUMBER, &caller())
}

fn told_caller(call: CallId) -> Event {
    Event::Information { call, calling: Some(Box::new(caller())), category: None }
}

fn ask(exchange: &mut Exchange, call: CallId) -> bool {
    let asked = exchange.isup.ask(exchange.now, call, who());
    exchange.drain();
    asked
}

#[test]
fn q764_2_1_6_2_we_answer_with_what_the_iam_said() {
    for (iam, number) in
        [(iam(), None), (iam().with(key::CALLING_PARTY_NUMBER, &caller()), Some(caller()))]
    {
        let mut exchange = Exchange::new();
        let (_, cic) = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam).unwrap();
        exchange.drain();
        exchange.sent();
        exchange.receive(cic.0, inr());
        let sent = exchange.sent();
        let [(_, Message::Inf(inf))] = &sent[..] else { panic!("{sent:?}") };
        let address = inf.indicators.calling_address();
        let included = number.is_some();
        assert_eq!(address == AddressResponse::INCLUDED, included);
        assert_eq!(inf.get(key::CALLING_PARTY_NUMBER), number);
        assert_eq!(inf.get(key::CALLING_PARTYS_CATEGORY), Some(CallingPartysCategory::ORDINARY));
        assert!(!inf.indicators.unsolicited());
        exchange.receive(cic.0, idr());
        let sent = exchange.sent();
        let [(_, Message::Irs(irs))] = &sent[..] else { panic!("{sent:?}") };
        let response = McidResponseIndicators(0).with_included(included);
        assert_eq!(irs.get(key::MCID_RESPONSE_INDICATORS), Some(response));
        assert_eq!(irs.get(key::CALLING_PARTY_NUMBER), number);
    }
}

#[test]
fn q764_2_1_6_2_we_ask_once_and_are_told() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    assert!(ask(&mut exchange, call));
    assert!(!ask(&mut exchange, call));
    assert_eq!(exchange.sent_names(), ["INR 1"]);
    exchange.receive(1, inf(false));
    assert_eq!(exchange.told(), [told_caller(call)]);
    assert_eq!(exchange.isup.poll_timeout(), None);
    // A second answer is none.
    exchange.receive(1, inf(false));
    assert_eq!(exchange.told(), []);
    exchange.receive(1, inf(true));
    assert_eq!(exchange.told(), [told_caller(call)]);
    // Not once the caller has heard from us.
    exchange.backward(call, Backward::AddressComplete(acm()));
    assert!(!ask(&mut exchange, call));
}

#[test]
fn annex_a_t33_an_ordinary_call_is_released_and_an_emergency_call_goes_on() {
    for class in [Class::Ordinary, Class::Emergency] {
        let mut exchange = Exchange::new();
        let call = exchange.incoming(1);
        exchange.isup.set_class(call, class);
        ask(&mut exchange, call);
        exchange.sent();
        exchange.wait(seconds(12));
        assert_eq!(exchange.expired(TimerName::T33), 1);
        let t33 = ReleasedBy::Timer(TimerName::T33);
        if class == Class::Emergency {
            assert_eq!((exchange.told(), exchange.state(1)), (vec![], "incoming"));
        } else {
            let released = failed(call, Cause::RECOVERY_ON_TIMER_EXPIRY, t33);
            assert_eq!((exchange.told(), exchange.state(1)), (vec![released], "releasing"));
        }
    }
}

#[test]
fn q731_7_a_caller_is_identified_at_any_time_and_t39_costs_nothing() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.backward(call, Backward::Answer(Anm::new()));
    exchange.sent();
    assert!(exchange.isup.identify(exchange.now, call));
    exchange.drain();
    assert_eq!(exchange.sent_names(), ["IDR 1"]);
    exchange.receive(1, irs());
    assert_eq!(exchange.told(), [told_caller(call)]);
    assert!(exchange.isup.identify(exchange.now, call));
    exchange.drain();
    exchange.wait(seconds(15));
    assert_eq!(exchange.expired(TimerName::T39), 1);
    assert_eq!(exchange.state(1), "incoming");
    exchange.receive(1, irs());
    assert_eq!(exchange.told(), []);
}

#[test]
fn q764_2_5_each_way_adds_its_delay_and_the_end_tells_the_sum() {
    let mut config = config(1..=2, 0);
    config.groups[0].propagation_delay = Some(Milliseconds(12));
    let mut exchange = Exchange::with(config);
    let counted = iam().with(key::PROPAGATION_DELAY_COUNTER, &Milliseconds(30));
    for (iam, sum) in [(iam(), 12), (counted.clone(), 42)] {
        exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam).unwrap();
        exchange.drain();
        let sent = exchange.sent();
        let [(_, Message::Iam(iam))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(iam.get(key::PROPAGATION_DELAY_COUNTER), Some(Milliseconds(sum)));
    }
    let mut exchange = Exchange::new();
    exchange.receive(1, counted);
    let told = exchange.told();
    let [Event::Incoming { call, .. }] = told[..] else { panic!("{told:?}") };
    exchange.backward(call, Backward::AddressComplete(acm()));
    exchange.backward(call, Backward::Answer(Anm::new()));
    let anm = Anm::new().with(key::CALL_HISTORY_INFORMATION, &Milliseconds(30));
    assert_eq!(exchange.sent(), [(1, acm().into()), (1, anm.into())]);
}

#[test]
fn q764_2_7_we_say_truly_whether_there_is_half_an_echo_control_device() {
    for there in [false, true] {
        let mut config = config(1..=2, 0);
        config.groups[0].echo_control = there;
        let mut exchange = Exchange::with(config);
        let (_, cic) = exchange.setup(Class::Ordinary);
        let sent = exchange.sent();
        let [(_, Message::Iam(iam))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(iam.nature.echo_control(), there);
        let other = 3 - cic;
        let call = exchange.incoming(other);
        exchange.backward(call, Backward::AddressComplete(acm()));
        let sent = exchange.sent();
        let [(_, Message::Acm(acm))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(acm.backward.echo_control(), there);
    }
}

#[test]
fn q737_1_a_facility_that_we_do_not_have_is_refused_during_a_call() {
    let far = Far { facility: FacilityIndicator::USER_TO_USER, options: Options::new() };
    let mut exchange = Exchange::new();
    exchange.incoming(2);
    let (call, cic) = exchange.outgoing();
    for circuit in [2, cic] {
        exchange.receive(circuit, far.clone());
        let sent = exchange.sent();
        let [(_, Message::Frj(frj))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(frj.facility, FacilityIndicator::USER_TO_USER);
        assert_eq!(frj.cause.cause, Cause::FACILITY_NOT_IMPLEMENTED);
    }
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.sent();
    exchange.receive(cic, far.clone());
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.receive(8, far);
    assert_eq!(exchange.sent_names(), ["RSC 8"]);
}

fn unknown(mut options: Options, instructions: u8) -> Options {
    options.push(ParameterName(0xfc), &[1]);
    options.push(ParameterName::PARAMETER_COMPATIBILITY_INFORMATION, &[0xfc, 0x80 | instructions]);
    options
}

#[test]
fn q764_2_9_5_3_2_where_a_parameter_cannot_be_passed_on_its_indicator_decides() {
    // Release, discard the message, discard the parameter, reserved.
    for (otherwise, sent, told) in
        [(0, &["REL 1"][..], 0), (1, &[], 0), (2, &[], 1), (3, &["REL 1"], 0)]
    {
        let mut exchange = Exchange::new();
        let iam = Iam { options: unknown(Options::new(), otherwise << 5), ..iam() };
        exchange.receive(1, iam);
        assert_eq!(exchange.sent_names(), sent, "{otherwise}");
        assert_eq!(exchange.told().len(), told, "{otherwise}");
    }
}

#[test]
fn an_urgent_call_loses_a_parameter_and_nothing_else() {
    for instructions in [0b10, 0b1000, 0] {
        let mut exchange = Exchange::new();
        let options = unknown(Options::new(), instructions);
        let category = CallingPartysCategory::PRIORITY;
        exchange.receive(1, Iam { options: options.clone(), category, ..iam() });
        assert!(matches!(&exchange.told()[..], [Event::Incoming { .. }]));
        let (call, cic) = exchange.setup(Class::Emergency);
        exchange.receive(cic, Acm { options, ..acm() });
        let told = exchange.told();
        assert!(matches!(&told[..], [Event::AddressComplete { call: told, .. }] if *told == call));
    }
}

#[test]
fn q764_2_9_5_3_what_a_release_says_too_much_is_told_in_its_acknowledgement() {
    for (instructions, codes) in [(0b110, &[0xfc][..]), (0b10, &[])] {
        let mut exchange = Exchange::new();
        let (_, cic) = exchange.outgoing();
        let rel = rel(Cause::USER_BUSY);
        exchange.receive(cic, Rel { options: unknown(Options::new(), instructions), ..rel });
        let sent = exchange.sent();
        let [(_, Message::Rlc(rlc))] = &sent[..] else { panic!("{sent:?}") };
        let why = rlc.get(key::CAUSE_INDICATORS);
        assert_eq!(why.map(|why| why.diagnostic.to_vec()).unwrap_or_default(), codes);
    }
}
