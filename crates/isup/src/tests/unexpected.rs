//! Q.764 §2.9.5: messages that are unexpected, unknown or unreadable; §2.12: unequipped circuits.

use super::*;
use isup_codec::{
    Anm, Cfn, Cpg, EventIndicator, Fac, Fot, MessageCompatibility, MessageType, Options,
    ParameterName, Raw, Sus, key,
};

#[test]
fn q764_2_9_5_1_a_release_complete_of_an_idle_circuit_is_discarded() {
    let mut exchange = Exchange::new();
    exchange.receive(1, Rlc::new());
    assert_eq!(exchange.isup.stats().unexpected, 1);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_1_b_release_complete_of_a_busy_circuit_releases_it() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.told();
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    assert_eq!(exchange.told(), [failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Peer)]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [lost(call)]);
}

#[test]
fn q764_2_9_5_1_d_a_backward_message_on_an_idle_circuit_resets_it() {
    let messages: [Message; 4] = [
        acm().into(),
        Anm::new().into(),
        Cpg::new(EventIndicator::ALERTING).into(),
        Sus::new(true).into(),
    ];
    for message in messages {
        let mut exchange = Exchange::new();
        exchange.receive(1, message);
        assert_eq!(exchange.sent_names(), ["RSC 1"]);
        assert_eq!(exchange.state(1), "reset");
        exchange.receive(1, Rlc::new());
        exchange.assert_quiet();
    }
}

#[test]
fn q764_2_9_5_1_d_before_any_backward_message_the_circuit_is_reset_and_the_call_repeated() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Cpg::new(EventIndicator::ALERTING));
    assert_eq!(exchange.sent_names(), [format!("RSC {cic}")]);
    assert_eq!(exchange.told(), [lost(call), ended(call)]);
    let call = exchange.incoming(2);
    exchange.receive(2, Anm::new());
    assert_eq!(exchange.sent_names(), ["RSC 2"]);
    let reset = failed(call, Cause::NORMAL_UNSPECIFIED, ReleasedBy::Reset);
    assert_eq!(exchange.told(), [reset, ended(call)]);
}

#[test]
fn q764_2_9_5_1_d_later_it_is_discarded() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.told();
    exchange.receive(cic, acm());
    exchange.receive(cic, Sus::new(false));
    exchange.receive(cic, Message::Ccr);
    assert_eq!(exchange.isup.stats().unexpected, 3);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.told(), []);
}

#[test]
fn q704_5_4_3_a_repeated_iam_is_discarded() {
    let mut exchange = Exchange::new();
    exchange.incoming(1);
    exchange.receive(1, iam());
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn q764_2_9_5_3_an_unknown_message_without_instructions_is_answered_by_confusion() {
    let mut exchange = Exchange::new();
    let raw = Raw { message_type: MessageType(0xfe), body: bytes::Bytes::from_static(&[0]) };
    exchange.receive(1, Message::Other(raw));
    let sent = exchange.sent();
    let [(1, Message::Cfn(Cfn { cause, .. }))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(cause.cause, Cause::MESSAGE_TYPE_NOT_IMPLEMENTED);
    assert_eq!(cause.diagnostic[..], [0xfe]);
    assert_eq!(exchange.isup.stats().unknown_type, 1);
    exchange.receive(1, Cfn::new(cause.clone()));
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_2_the_sender_of_an_unknown_message_says_what_becomes_of_it() {
    let with = |instructions: u8| {
        let body = bytes::Bytes::copy_from_slice(&[1, 0x38, 1, 0x80 | instructions, 0]);
        Message::Other(Raw { message_type: MessageType(0xfe), body })
    };
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    // Discard.
    exchange.receive(1, with(1 << 3));
    assert_eq!(exchange.sent_names(), [""; 0]);
    // Discard and notify.
    exchange.receive(1, with(1 << 3 | 1 << 2));
    assert_eq!(exchange.sent_names(), ["CFN 1"]);
    // Pass on; where that cannot be, discard.
    exchange.receive(1, with(1 << 4));
    assert_eq!(exchange.sent_names(), [""; 0]);
    // Release.
    exchange.receive(1, with(1 << 1));
    assert_eq!(exchange.sent_names(), ["REL 1"]);
    let told = exchange.told();
    let [Event::Released { call: told, cause, by: ReleasedBy::Peer, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((*told, cause.cause), (call, Cause::MESSAGE_TYPE_NOT_IMPLEMENTED));
    // There is nothing to release on an idle circuit.
    exchange.receive(2, with(1 << 1));
    exchange.receive(2, with(0));
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn q764_2_9_5_2_broken_instructions_are_none() {
    for body in [&[][..], &[9], &[1, 0x38], &[1, 0x38, 9, 0], &[1, 0x38, 0, 0], &[1, 0x20, 0, 0]] {
        let mut exchange = Exchange::new();
        let body = bytes::Bytes::copy_from_slice(body);
        exchange.receive(1, Message::Other(Raw { message_type: MessageType(0xfe), body }));
        assert_eq!(exchange.sent_names(), ["CFN 1"]);
    }
}

#[test]
fn q764_2_9_5_known_messages_that_change_no_call_are_ignored() {
    let mut exchange = Exchange::new();
    let options = Options::new;
    exchange.receive(1, Message::Pam(bytes::Bytes::from_static(&[0x12])));
    exchange.receive(1, Fot { options: options() });
    exchange.receive(1, Fac { options: options() });
    // One of an older edition.
    let (message_type, body) = (MessageType::DRS, bytes::Bytes::from_static(&[0]));
    exchange.receive(1, Message::Other(Raw { message_type, body }));
    exchange.assert_quiet();
    // Unless the sender wants to be told.
    let notify = MessageCompatibility(0).with_discard(true).with_notify(true);
    let fac = Fac { options: options() };
    exchange.receive(1, fac.with(key::MESSAGE_COMPATIBILITY_INFORMATION, &notify));
    assert_eq!(exchange.sent_names(), ["CFN 1"]);
}

#[test]
fn q764_2_12_a_message_for_a_circuit_that_we_do_not_have() {
    let mut exchange = Exchange::new();
    exchange.receive(99, iam());
    exchange.receive(99, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.sent_names(), ["UCIC 99", "UCIC 99"]);
    exchange.receive(99, Message::Ucic);
    exchange.receive(99, Rlc::new());
    assert_eq!(exchange.isup.stats().unequipped, 4);
    exchange.assert_quiet();
}

#[test]
fn a_message_from_elsewhere_or_for_somebody_else_is_counted() {
    let mut exchange = Exchange::new();
    let payload = encode(Cic(1), &iam().into()).unwrap();
    let good = Transfer { opc: PEER, dpc: OWN, sls: Sls(1), class: Class::Ordinary, payload };
    exchange.mtp(Indication::Transfer(Transfer { opc: PointCode(9), ..good.clone() }));
    exchange.mtp(Indication::Transfer(Transfer { dpc: PointCode(9), ..good }));
    assert_eq!(exchange.isup.stats().unknown_peer, 2);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_an_unreadable_iam_is_released_and_others_are_discarded() {
    let mut exchange = Exchange::new();
    for payload in [&[][..], &[1], &[1, 0], &[1, 0, 0x0c], &[1, 0, 0x06], &[1, 0, 0x17, 9]] {
        exchange.raw(bytes::Bytes::copy_from_slice(payload));
    }
    assert_eq!(exchange.isup.stats().malformed, 6);
    exchange.assert_quiet();
    exchange.raw(bytes::Bytes::from_static(&[1, 0, 0x01, 0]));
    let sent = exchange.sent();
    let [(1, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::PROTOCOL_ERROR);
    exchange.receive(1, Rlc::new());
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_an_unreadable_iam_does_not_touch_a_call() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.raw(bytes::Bytes::from_static(&[1, 0, 0x01, 0]));
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.release(call, Cause::NORMAL_CLEARING);
    assert_eq!(exchange.sent_names(), ["REL 1"]);
}

/// An IAM with an unknown parameter and, where given, the sender's instructions for it.
fn iam_with_unknown(instructions: Option<&[u8]>) -> Iam {
    let mut iam = iam();
    iam.options.push(ParameterName(0xfc), &[1, 2]);
    if let Some(instructions) = instructions {
        iam.options.push(ParameterName::PARAMETER_COMPATIBILITY_INFORMATION, instructions);
    }
    iam
}

#[test]
fn q764_2_9_5_3_2_the_sender_of_an_unknown_parameter_says_what_becomes_of_the_call() {
    const PARAMETER: u8 = 0xfc;
    type Case = (Option<&'static [u8]>, &'static [&'static str], bool);
    let cases: [Case; 12] = [
        (None, &[], true),
        // Discard the parameter, without and with notification.
        (Some(&[PARAMETER, 0x90]), &[], true),
        (Some(&[PARAMETER, 0x94]), &["CFN 1"], true),
        // Discard the message, without and with notification.
        (Some(&[PARAMETER, 0x88]), &[], false),
        (Some(&[PARAMETER, 0x8c]), &["CFN 1"], false),
        // Release, among instructions for others of one octet and of two.
        (Some(&[0xfb, 0x90, 0xfd, 0x10, 0x80, PARAMETER, 0x82]), &["REL 1"], false),
        // Pass it on, which is not possible: release, discard the message, or the parameter.
        (Some(&[PARAMETER, 0x80]), &["REL 1"], false),
        (Some(&[PARAMETER, 0xa0]), &[], false),
        (Some(&[PARAMETER, 0xc0]), &[], true),
        (Some(&[PARAMETER, 0xe0]), &["REL 1"], false),
        // Broken instructions, and some for others.
        (Some(&[PARAMETER, 0x02]), &[], true),
        (Some(&[0xfb, 0x82]), &[], true),
    ];
    for (instructions, sent, goes_on) in cases {
        let mut exchange = Exchange::new();
        exchange.receive(1, iam_with_unknown(instructions));
        assert_eq!(exchange.sent_names(), sent, "{instructions:02x?}");
        let told = exchange.told();
        assert_eq!(matches!(&told[..], [Event::Incoming { .. }]), goes_on, "{instructions:02x?}");
    }
}

#[test]
fn q764_2_9_5_3_2_a_later_message_may_release_a_call_for_an_unknown_parameter() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    let options = iam_with_unknown(Some(&[0xfc, 0x82])).options;
    exchange.receive(cic, Acm { options, ..acm() });
    let sent = exchange.sent();
    let [(_, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(rel.cause.cause, Cause::PARAMETER_NOT_IMPLEMENTED);
    assert_eq!(rel.cause.diagnostic[..], [0xfc]);
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Released { call: told, .. }] if *told == call));
}

#[test]
fn q764_2_9_5_3_2_one_confusion_message_names_every_unknown_parameter() {
    let notify = |discard: u8| {
        // 100 parameters without contents, of two names; instructions for both.
        let mut iam = iam();
        let names = [ParameterName(0xf8), ParameterName(0xf9)];
        names.iter().cycle().take(100).for_each(|name| iam.options.push(*name, &[]));
        let instructions = [0xf8, 0x94, 0xf9, 0x94 | discard];
        iam.options.push(ParameterName::PARAMETER_COMPATIBILITY_INFORMATION, &instructions);
        iam
    };
    for (discard, value) in
        [(0, Cause::PARAMETER_NOT_IMPLEMENTED), (1 << 3, Cause::PARAMETER_DISCARDED)]
    {
        let mut exchange = Exchange::new();
        exchange.receive(1, notify(discard));
        let sent = exchange.sent();
        let [(1, Message::Cfn(Cfn { cause, .. }))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((cause.cause, &cause.diagnostic[..]), (value, &[0xf8, 0xf9][..]));
    }
}
