//! Q.764 §2.1.12: messages in two pieces.

use super::*;
use isup_codec::{
    Anm, Cot, MessageCompatibility, Octets, OptionalBackwardCallIndicators,
    OptionalForwardCallIndicators, Options, Sam, Sgm, SubsequentNumber, key,
};

fn octets(length: usize) -> Octets {
    vec![7; length].into()
}

/// An IAM that does not fit: 130 octets that users exchange, and 150 of their terminals.
fn long_iam() -> Iam {
    iam()
        .with(key::USER_TO_USER_INFORMATION, &octets(130))
        .with(key::ACCESS_TRANSPORT, &octets(150))
}

fn segmented_iam() -> Iam {
    let indicators = OptionalForwardCallIndicators::default().with_segmentation(true);
    iam().with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &indicators)
}

fn segmented_acm() -> Acm {
    let indicators = OptionalBackwardCallIndicators::default().with_segmentation(true);
    acm().with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &indicators)
}

fn sgm() -> Sgm {
    Sgm { options: Options::new() }.with(key::USER_TO_USER_INFORMATION, &octets(130))
}

fn incoming_iam(told: &[Event]) -> &Iam {
    let [Event::Incoming { iam, .. }] = told else { panic!("{told:?}") };
    iam
}

#[test]
fn an_overlong_iam_goes_in_two_pieces_and_comes_whole() {
    let mut exchange = Exchange::new();
    let seized = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, long_iam()).unwrap();
    exchange.drain();
    let sent = exchange.sent();
    let [(cic, Message::Iam(first)), (second_cic, Message::Sgm(second))] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!((*cic, *second_cic), (seized.1.0, seized.1.0));
    assert!(first.get(key::OPTIONAL_FORWARD_CALL_INDICATORS).unwrap().segmentation());
    assert_eq!(second.get(key::USER_TO_USER_INFORMATION), Some(octets(130)));
    // Who does not know the message drops it.
    let instructions = MessageCompatibility(0).with_discard(true);
    assert_eq!(second.get(key::MESSAGE_COMPATIBILITY_INFORMATION), Some(instructions));
    let mut peer = Exchange::new();
    peer.receive(1, first.clone());
    assert_eq!(peer.told(), []);
    peer.receive(1, second.clone());
    let told = peer.told();
    let whole = incoming_iam(&told);
    assert_eq!(whole.get(key::USER_TO_USER_INFORMATION), Some(octets(130)));
    assert_eq!(whole.get(key::ACCESS_TRANSPORT), Some(octets(150)));
    assert!(!whole.get(key::OPTIONAL_FORWARD_CALL_INDICATORS).unwrap().segmentation());
    assert_eq!(peer.isup.poll_timeout(), None);
}

#[test]
fn the_iam_of_an_emergency_call_is_not_split() {
    let mut exchange = Exchange::new();
    exchange.isup.setup(exchange.now, Class::Emergency, GROUP, long_iam()).unwrap();
    exchange.drain();
    let sent = exchange.sent();
    let [(_, Message::Iam(iam))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(iam.get(key::USER_TO_USER_INFORMATION), None);
    assert_eq!(iam.get(key::ACCESS_TRANSPORT), Some(octets(150)));
    assert_eq!(iam.get(key::OPTIONAL_FORWARD_CALL_INDICATORS), None);
}

#[test]
fn what_no_second_piece_may_carry_is_still_too_long() {
    let mut exchange = Exchange::new();
    let iam = iam().with(key::CORRELATION_ID, &octets(250));
    let refused = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam);
    assert_eq!(refused, Err(crate::SetupError::BadIam));
    exchange.assert_quiet();
}

#[test]
fn annex_a_t34_the_call_goes_on_without_the_second_piece() {
    let mut exchange = Exchange::new();
    exchange.receive(1, segmented_iam());
    exchange.wait(seconds(1));
    assert_eq!(exchange.told(), []);
    exchange.wait(seconds(1));
    incoming_iam(&exchange.told());
    assert_eq!(exchange.expired(TimerName::T34), 1);
    // Then it is too late.
    exchange.receive(1, sgm());
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.isup.stats().unexpected, 1);
    assert_eq!(exchange.isup.stats().segments_missed, 1);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn a_second_piece_that_nobody_announced_is_discarded_in_every_phase() {
    let mut exchange = Exchange::new();
    exchange.receive(8, sgm());
    exchange.incoming(2);
    exchange.receive(2, sgm());
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, sgm());
    exchange.receive(cic, acm());
    exchange.told();
    exchange.receive(cic, sgm());
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.sent();
    exchange.receive(cic, sgm());
    assert_eq!(exchange.isup.stats().unexpected, 5);
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn a_backward_message_is_given_when_it_is_whole() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, segmented_acm());
    assert_eq!(exchange.told(), []);
    // These may come between.
    exchange.receive(cic, Message::Bla);
    exchange.receive(cic, sgm());
    let told = exchange.told();
    let [Event::AddressComplete { call: told, acm }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(*told, call);
    assert_eq!(acm.get(key::USER_TO_USER_INFORMATION), Some(octets(130)));
}

#[test]
fn another_message_shows_that_the_second_piece_is_lost() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, segmented_acm());
    exchange.receive(cic, Anm::new());
    let told = exchange.told();
    assert!(matches!(
        &told[..],
        [Event::AddressComplete { .. }, Event::Answer { call: told, .. }] if *told == call
    ));
    assert_eq!(exchange.isup.stats().segments_missed, 1);
    assert_eq!(exchange.isup.poll_timeout(), None);
    let mut exchange = Exchange::new();
    let open = Iam { called: number("19900000", false), ..segmented_iam() };
    exchange.receive(1, open);
    let digits = "0".parse().unwrap();
    exchange.receive(1, Sam::new(SubsequentNumber { complete: true, digits }));
    assert_eq!(incoming_iam(&exchange.told()).called.digits, "199000000");
}

#[test]
fn the_wait_for_an_acm_ends_with_its_first_piece() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.wait(seconds(24));
    exchange.receive(cic, segmented_acm());
    exchange.wait(seconds(3));
    assert!(matches!(&exchange.told()[..], [Event::AddressComplete { call: told, .. }]
        if *told == call));
}

#[test]
fn continuity_and_the_second_piece_are_awaited_together() {
    let mut exchange = Exchange::new();
    let nature = iam().nature.with_continuity_check(isup_codec::ContinuityCheck::PREVIOUS_CIRCUIT);
    exchange.receive(1, Iam { nature, ..segmented_iam() });
    exchange.receive(1, Cot { successful: true });
    assert_eq!(exchange.told(), []);
    exchange.receive(1, sgm());
    incoming_iam(&exchange.told());
}

#[test]
fn a_release_between_the_pieces_leaves_nothing() {
    let mut exchange = Exchange::new();
    exchange.receive(1, segmented_iam());
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    exchange.assert_quiet();
    let (_, cic) = exchange.outgoing();
    exchange.receive(cic, segmented_acm());
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    exchange.told();
    assert_eq!(exchange.sent_names(), [format!("RLC {cic}")]);
    exchange.assert_quiet();
}
