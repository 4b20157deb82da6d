//! National and older versions: the same messages, laid out by other tables.

use crate::variants::{ANSI, SPIROU, WHITE_BOOK, by_name};
use crate::*;
use std::borrow::Cow;

fn iam() -> Iam {
    let digits = "199000001".parse().unwrap();
    let called = CalledPartyNumber {
        complete: false,
        ..CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits)
    };
    Iam::new(called, CallingPartysCategory::ORDINARY)
}

#[test]
fn each_has_a_name_of_its_own() {
    for variant in variants::ALL {
        assert_eq!(variant.check(), Ok(()), "{}", variant.name);
        assert!(std::ptr::eq(by_name(&variant.name).unwrap(), variant));
        let codes: Vec<_> = variant.messages.iter().map(|row| row.message_type).collect();
        let once: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(once.len(), codes.len(), "{}", variant.name);
        let names: Vec<_> = variant.parameters.iter().map(|row| row.name).collect();
        let once: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{}", variant.name);
        // What a message carries in its mandatory parts is known by name.
        for layout in variant.messages.iter().filter_map(|row| row.layout.as_ref()) {
            let fixed = layout.fixed.iter().map(|(name, _)| *name);
            assert!(fixed.chain(layout.variable.iter().copied()).all(|name| variant.knows(name)));
        }
    }
    assert!(by_name("nowhere").is_none());
}

#[test]
fn spirou_charges_by_messages() {
    let pulse = [5, 0, 0xe1, 3, 7, 0];
    let view = View::parse(&pulse, &SPIROU).unwrap();
    assert_eq!(view.to_string(), "ITX on circuit 5: collection field: 3; message number: 7");
    let (cic, message) = SPIROU.decode(&pulse).unwrap();
    assert_eq!(SPIROU.encode(cic, &message).unwrap(), &pulse[..]);
    // Elsewhere nobody knows it.
    assert_eq!(View::parse(&pulse, &variants::ITU).unwrap().parameters().count(), 0);
    assert_eq!(decode(&pulse).unwrap().1, message);
    View::parse(&[5, 0, 0xe1, 3], &SPIROU).unwrap_err();
    // All else is as in its base, which has no application transport.
    let (message_type, body) = (MessageType::APM, bytes::Bytes::from_static(&[0]));
    let apm = Message::Other(Raw { message_type, body });
    assert_eq!(SPIROU.decode(&[5, 0, 0x41, 0]).unwrap().1, apm);
    assert!(!SPIROU.knows(ParameterName::APPLICATION_TRANSPORT));
    assert!(SPIROU.knows(ParameterName::HOP_COUNTER));
    assert!(!WHITE_BOOK.knows(ParameterName::HOP_COUNTER));
    assert!(!WHITE_BOOK.knows(ParameterName::APPLICATION_TRANSPORT));
}

/// T1.113 has no transmission medium and wants the bearer capability where that was.
#[test]
fn an_ansi_iam_has_its_parameters_elsewhere() {
    let charge = Key::<HtrInformation>::new(ParameterName(0xeb));
    let number =
        HtrInformation { nature: NatureOfAddress(3), plan: 1, digits: "99".parse().unwrap() };
    let iam = iam()
        .with(key::USER_SERVICE_INFORMATION, &UserServiceInformation::speech())
        .with(key::HOP_COUNTER, &20)
        .with(charge, &number);
    let octets = ANSI.encode(Cic(0x2001), &iam.clone().into()).unwrap();
    let expected = [
        0x01, 0x20, 0x01, 0, 0x20, 0, 0x0a, 3, 6, 13, 3, 0x80, 0x90, 0xa3, 7, 0x83, 0x10, 0x91, 9,
        0, 0, 1, 0x3d, 1, 20, 0xeb, 3, 3, 0x10, 0x99, 0,
    ];
    assert_eq!(octets[..], expected);
    let (cic, read) = ANSI.decode(&octets).unwrap();
    let Message::Iam(read) = read else { panic!("{read:?}") };
    assert_eq!((cic, read.called, read.medium), (Cic(0x2001), iam.called, iam.medium));
    assert_eq!(read.get(key::USER_SERVICE_INFORMATION), Some(UserServiceInformation::speech()));
    assert_eq!(read.get(charge), Some(number));
    assert_eq!(ANSI.encode(cic, &read.into()).unwrap(), octets);
    // Neither a second bearer capability nor a transmission medium among the options is lost.
    let mut more = octets.to_vec();
    more.truncate(more.len() - 1);
    more.extend([0x1d, 2, 0x90, 0x90, 2, 1, 3, 0]);
    let (cic, read) = ANSI.decode(&more).unwrap();
    assert_eq!(ANSI.encode(cic, &read).unwrap(), more);
    let view = View::parse(&octets, &ANSI).unwrap();
    assert!(view.to_string().ends_with("charge number: 99 (national (significant) number)"));
}

#[test]
fn what_a_variant_demands_and_what_it_has_no_room_for() {
    let error = ANSI.encode(Cic(1), &iam().into()).unwrap_err();
    assert_eq!(error, EncodeError::Missing(ParameterName::USER_SERVICE_INFORMATION));
    let cause = CauseIndicators::new(base::Cause::NORMAL_CLEARING, location::USER);
    let rlc = Rlc::new().with(key::CAUSE_INDICATORS, &cause);
    assert_eq!(ANSI.encode(Cic(1), &rlc.into()).unwrap(), &[1, 0, 0x10][..]);
    let error = variants::ITU.encode(Cic(0x2001), &Message::Rsc).unwrap_err();
    assert_eq!(error, EncodeError::Cic { cic: Cic(0x2001), bits: 12 });
    let wide = [0xff, 0xff, 0x12];
    assert_eq!(ANSI.decode(&wide).unwrap().0, Cic(0x3fff));
    assert_eq!(variants::ITU.decode(&wide).unwrap().0, Cic(0x0fff));
}

/// As an operator would add one.
#[test]
fn a_variant_may_be_made_at_run_time() {
    let meter = ParameterName(0xf0);
    let layout = Layout {
        fixed: Cow::Owned(vec![(meter, 1)]),
        variable: Cow::Owned(vec![ParameterName::CALLING_PARTY_NUMBER]),
        optional: None,
    };
    let contents = ParameterName::PROPAGATION_DELAY_COUNTER.contents();
    let ours = Variant {
        name: Cow::Owned("ours".to_owned()),
        base: Some(&SPIROU),
        cic_bits: 13,
        point_code_bits: 14,
        messages: Cow::Owned(vec![MessageRow {
            message_type: MessageType(0xf1),
            name: Cow::Borrowed("MTR"),
            layout: Some(layout),
            answer: None,
        }]),
        parameters: Cow::Owned(vec![
            ParameterRow { name: meter, text: Some(Cow::Borrowed("meter")), contents: None },
            ParameterRow { name: ParameterName(0xf2), text: Some("wait".into()), contents },
        ]),
    };
    let octets = [1, 0x10, 0xf1, 7, 1, 3, 0x83, 0x13, 0x09];
    let view = View::parse(&octets, &ours).unwrap();
    assert_eq!(
        view.to_string(),
        "MTR on circuit 4097: meter: 07; calling party number: 9 (national (significant) number, \
         presentation allowed, network provided)"
    );
    assert_eq!(view.layout().unwrap().fixed.len(), 1);
    assert!(View::parse(&[5, 0, 0xe1, 3, 7, 0], &ours).unwrap().to_string().starts_with("ITX"));
    assert_eq!(ours.parameter(ParameterName(0xf2)).text, Some("wait"));
}

#[test]
fn a_variant_that_could_not_be_written_or_read_is_refused() {
    let row = |code: MessageType, fixed: &[(ParameterName, u8)], variable: &[ParameterName]| {
        let (fixed, variable) = (Cow::Owned(fixed.to_vec()), Cow::Owned(variable.to_vec()));
        let layout = Some(Layout { fixed, variable, optional: None });
        MessageRow { message_type: code, name: "OWN".into(), layout, answer: None }
    };
    let check = |rows: Vec<MessageRow>| {
        Variant { messages: rows.into(), ..variants::ITU.clone() }.check().unwrap_err()
    };
    let cause = ParameterName::CAUSE_INDICATORS;
    let own = MessageType(0xf1);
    let rows = vec![row(own, &[], &[]), row(own, &[], &[])];
    assert_eq!(check(rows), VariantError::MessageTwice(own));
    let rsc = MessageType::RSC;
    assert_eq!(check(vec![row(rsc, &[], &[cause])]), VariantError::Bare(rsc));
    let rel = MessageType::REL;
    let missing = VariantError::Missing { message: rel, missing: cause };
    assert_eq!(check(vec![row(rel, &[], &[])]), missing);
    let twice = VariantError::Twice { message: own, twice: cause };
    assert_eq!(check(vec![row(own, &[(cause, 2)], &[cause])]), twice);
    let hop = ParameterName::HOP_COUNTER;
    let octets = VariantError::Octets { name: hop, octets: 2 };
    assert_eq!(check(vec![row(own, &[(hop, 2)], &[])]), octets);
    let long = (0xe0..).map(|code| (ParameterName(code), 255)).take(2).collect::<Vec<_>>();
    assert_eq!(check(vec![row(own, &long, &[])]), VariantError::TooLong(own));
    let answered = |code, answer| MessageRow { answer: Some(answer), ..row(code, &[], &[]) };
    assert_eq!(check(vec![answered(own, rel)]), VariantError::Answer(rel));
    assert_eq!(
        check(vec![answered(own, MessageType(0xf2))]),
        VariantError::Answer(MessageType(0xf2))
    );
    assert_eq!(
        check(vec![answered(MessageType::CRG, rsc)]),
        VariantError::Answered(MessageType::CRG)
    );
    let zero = ParameterRow { name: ParameterName(0), text: Some("end".into()), contents: None };
    let parameters = |rows: Vec<ParameterRow>| {
        Variant { parameters: rows.into(), ..variants::ITU.clone() }.check().unwrap_err()
    };
    assert_eq!(parameters(vec![zero.clone()]), VariantError::ParameterZero);
    let other = ParameterRow { name: hop, ..zero };
    assert_eq!(parameters(vec![other.clone(), other]), VariantError::ParameterTwice(hop));
    let wide = Variant { cic_bits: 17, ..variants::ITU.clone() };
    assert_eq!(wide.check(), Err(VariantError::CicBits(17)));
    assert_eq!(SPIROU.message_named("TXA"), Some(MessageType(0xe2)));
    assert_eq!(SPIROU.parameter_named("message number"), Some(ParameterName(0xfe)));
    assert_eq!(SPIROU.parameter_named("application transport"), None);
}
