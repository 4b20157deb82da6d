//! Octets written by hand from the tables of Q.763.

use crate::*;
use base::Cause;
use bytes::Bytes;

/// Octets from hexadecimal digits and spaces.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| *c != ' ').map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The message is these octets, read and written.
#[track_caller]
fn is(octets: &str, cic: u16, message: impl Into<Message>) {
    let message = message.into();
    assert_eq!(decode(&hex(octets)), Ok((Cic(cic), message.clone())));
    assert_eq!(encode(Cic(cic), &message).unwrap(), hex(octets));
}

#[track_caller]
fn is_refused(octets: &str, kind: DecodeErrorKind) {
    assert_eq!(decode(&hex(octets)).map_err(|error| error.kind), Err(kind));
}

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn called(text: &str) -> CalledPartyNumber {
    CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits(text))
}

#[test]
fn iam_with_calling_number_and_hop_counter() {
    let mut iam = Iam::new(called("199000001"), CallingPartysCategory::ORDINARY);
    let calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, digits("639980001"));
    iam.set(key::CALLING_PARTY_NUMBER, &calling);
    iam.set(key::HOP_COUNTER, &20);
    is(
        // CIC 33, IAM, fixed part, pointers
        "21 00 01 00 20 00 0a 00 02 09 \
         07 03 10 91 09 00 00 f1 \
         0a 07 83 13 36 99 08 00 01 \
         3d 01 14 00",
        33,
        iam,
    );
}

#[test]
fn iam_without_options_has_a_pointer_of_zero() {
    let mut iam = Iam::new(called("112"), CallingPartysCategory::PRIORITY);
    iam.called.inn_allowed = false;
    iam.called.complete = false;
    iam.nature = NatureOfConnection::default()
        .with_continuity_check(ContinuityCheck::PREVIOUS_CIRCUIT)
        .with_echo_control(true);
    iam.forward = ForwardCallIndicators::default()
        .with_international(true)
        .with_interworking(true)
        .with_preference(IsupPreference::REQUIRED)
        .with_isdn_access(true);
    iam.medium = TransmissionMedium::AUDIO_3100;
    is("ff 0f 01 18 89 01 0b 03 02 00 04 83 90 11 02", 0xfff, iam);
}

#[test]
fn backward_messages() {
    let free = BackwardCallIndicators::default()
        .with_charge(Charge::CHARGE)
        .with_called_status(CalledStatus::SUBSCRIBER_FREE)
        .with_called_category(CalledCategory::ORDINARY)
        .with_interworking(true)
        .with_isdn_access(true);
    is("01 00 06 16 11 00", 1, Acm::new(free));
    let mut acm = Acm::new(free);
    let in_band = OptionalBackwardCallIndicators::default().with_in_band(true);
    acm.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band);
    let cause = CauseIndicators::new(Cause::NUMBER_CHANGED, location::PUBLIC_LOCAL);
    acm.set(key::CAUSE_INDICATORS, &cause);
    assert!(acm.in_band());
    is("01 00 06 16 11 01 29 01 01 12 02 82 96 00", 1, acm);
    is("01 00 07 16 11 00", 1, Con::new(free));
    is("01 00 2c 01 00", 1, Cpg::new(EventIndicator::ALERTING));
    let mut cpg = Cpg::new(EventIndicator::IN_BAND);
    cpg.event.presentation_restricted = true;
    cpg.set(key::BACKWARD_CALL_INDICATORS, &free);
    assert!(cpg.in_band());
    is("01 00 2c 83 01 11 02 16 11 00", 1, cpg);
    is("01 00 09 00", 1, Anm::new());
    let mut anm = Anm::new();
    let number = digits("639980001");
    anm.set(key::CONNECTED_NUMBER, &ConnectedNumber::new(NatureOfAddress::NATIONAL, number));
    is("01 00 09 01 21 07 83 13 36 99 08 00 01 00", 1, anm);
}

#[test]
fn release() {
    let cause = CauseIndicators::new(Cause::USER_BUSY, location::USER);
    is("01 00 0c 02 00 02 80 91", 1, Rel::new(cause));
    let cause = CauseIndicators::new(Cause::SWITCHING_EQUIPMENT_CONGESTION, location::PUBLIC_LOCAL);
    let mut rel = Rel::new(cause);
    rel.set(key::AUTOMATIC_CONGESTION_LEVEL, &1);
    is("01 00 0c 02 04 02 82 aa 27 01 01 00", 1, rel);
    let mut rlc = Rlc::new();
    is("01 00 10 00", 1, rlc.clone());
    let cause = CauseIndicators {
        diagnostic: Bytes::from_static(&[0x3d]),
        ..CauseIndicators::new(Cause::PARAMETER_NOT_IMPLEMENTED, location::TRANSIT)
    };
    rlc.set(key::CAUSE_INDICATORS, &cause);
    is("01 00 10 01 12 03 83 e3 3d 00", 1, rlc);
}

#[test]
fn a_cause_may_have_a_recommendation_octet() {
    let cause = CauseIndicators {
        coding: coding::NATIONAL,
        recommendation: Some(3),
        ..CauseIndicators::new(Cause::INTERWORKING, location::BEYOND_INTERWORKING)
    };
    is("01 00 0c 02 00 03 4a 83 ff", 1, Rel::new(cause));
    is_refused(
        "01 00 0c 02 00 02 4a 83",
        DecodeErrorKind::BadParameter(ParameterName::CAUSE_INDICATORS),
    );
}

#[test]
fn other_call_messages() {
    let subsequent = SubsequentNumber { complete: true, digits: digits("12") };
    is("01 00 02 02 00 03 80 21 0f", 1, Sam::new(subsequent));
    is("01 00 0d 01 00", 1, Sus::new(true));
    is("01 00 0e 00 00", 1, Res::new(false));
    is("01 00 05 01", 1, Cot { successful: true });
    let indicators = InformationRequestIndicators(0x0009);
    assert!(indicators.calling_address() && indicators.calling_category());
    is("01 00 03 09 00 00", 1, Inr { indicators, options: Options::new() });
    let indicators = InformationIndicators::solicited(false, true);
    let inf = Inf { indicators, options: Options::new() }
        .with(key::CALLING_PARTYS_CATEGORY, &CallingPartysCategory::ORDINARY);
    assert!(!inf.indicators.calling_address_included() && !inf.indicators.unsolicited());
    is("01 00 04 21 00 01 09 01 0a 00", 1, inf);
    let cause = CauseIndicators::new(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, location::TRANSIT);
    is("01 00 2f 02 00 02 83 e1", 1, Cfn::new(cause));
}

#[test]
fn circuit_messages() {
    for (message, code) in [
        (Message::Rsc, "12"),
        (Message::Blo, "13"),
        (Message::Ubl, "14"),
        (Message::Bla, "15"),
        (Message::Uba, "16"),
        (Message::Ccr, "11"),
        (Message::Lpa, "24"),
        (Message::Ucic, "2e"),
        (Message::Olm, "30"),
    ] {
        is(&format!("5a 01 {code}"), 0x15a, message);
    }
}

#[test]
fn group_messages() {
    let range = Range::of(31).unwrap();
    is("01 00 17 01 01 1e", 1, Grs { range });
    is("01 00 2a 01 01 1e", 1, Cqm { range });
    let status = RangeStatus::new(Range::of(9).unwrap(), |position| position % 8 == 0);
    let marked: Vec<Cic> = status.marked(Cic(1)).collect();
    assert_eq!(marked, [Cic(1), Cic(9)]);
    is("01 00 29 01 03 08 01 01", 1, Gra { status: status.clone() });
    let kind = SupervisionType::HARDWARE;
    is("01 00 18 01 01 03 08 01 01", 1, Cgb { kind, status: status.clone() });
    is("01 00 19 01 01 03 08 01 01", 1, Cgu { kind, status: status.clone() });
    let kind = SupervisionType::MAINTENANCE;
    is("01 00 1a 00 01 03 08 01 01", 1, Cgba { kind, status: status.clone() });
    is("01 00 1b 00 01 03 08 01 01", 1, Cgua { kind, status });
    let busy = CircuitState::INCOMING_BUSY.with_blocking(true, false);
    assert!(busy.is_busy() && busy.is_locally_blocked() && !busy.is_remotely_blocked());
    assert!(!CircuitState::UNEQUIPPED.is_locally_blocked());
    let states = CircuitStates(vec![CircuitState::IDLE, busy]);
    is("01 00 2b 02 03 01 01 02 0c 05", 1, Cqr { range: Range(1), states });
}

#[test]
fn status_bits_beyond_the_range_do_not_count() {
    let (_, message) = decode(&hex("01 00 29 01 02 01 ff")).unwrap();
    let Message::Gra(Gra { status }) = message else { panic!("{message:?}") };
    assert_eq!(status, RangeStatus::new(Range(1), |_| true));
    assert_eq!(status.marked(Cic(7)).collect::<Vec<_>>(), [Cic(7), Cic(8)]);
    is_refused("01 00 29 01 01 01", DecodeErrorKind::BadParameter(ParameterName::RANGE_AND_STATUS));
    assert_eq!(Range::of(0), None);
    assert_eq!(Range::of(257), None);
    assert_eq!(Range(1).circuits(Cic(u16::MAX)).count(), 1);
}

/// The types of Table 4 that have no row in `messages.rs`, because only older versions had them,
/// pass through.
#[test]
fn every_message_type_is_read() {
    for &message_type in MessageType::NAMED {
        if !Message::TYPED.contains(&message_type) {
            let body = Bytes::from_static(&[1, 2, 3]);
            let octets = [7, 0, message_type.0, 1, 2, 3];
            let message = Message::Other(Raw { message_type, body });
            assert_eq!(decode(&octets), Ok((Cic(7), message.clone())), "{message_type}");
            assert_eq!(encode(Cic(7), &message).unwrap(), &octets[..]);
        }
    }
    assert_eq!(MessageType::NAMED.len(), 55);
    let types: std::collections::BTreeSet<_> = MessageType::NAMED.iter().collect();
    assert_eq!(types.len(), MessageType::NAMED.len());
    let names: std::collections::BTreeSet<_> = ParameterName::NAMED.iter().collect();
    assert_eq!(names.len(), ParameterName::NAMED.len());
}

#[test]
fn the_spare_bits_of_the_circuit_code_are_ignored() {
    assert_eq!(decode(&hex("01 f0 12")), Ok((Cic(1), Message::Rsc)));
    let error = encode(Cic(0x1000), &Message::Rsc).unwrap_err();
    assert_eq!(error, EncodeError::Cic { cic: Cic(0x1000), bits: 12 });
}

#[test]
fn older_versions_have_no_pointer_to_options() {
    assert_eq!(decode(&hex("01 00 10")), Ok((Cic(1), Rlc::new().into())));
    assert_eq!(decode(&hex("01 00 0d 01")), Ok((Cic(1), Sus::new(true).into())));
    let rel = Rel::new(CauseIndicators::new(Cause::NORMAL_CLEARING, location::USER));
    // Here the pointer leads past what would be the pointer to the options.
    assert_eq!(decode(&hex("01 00 0c 02 00 02 80 90")), Ok((Cic(1), rel.into())));
}

#[test]
fn a_missing_end_of_options_is_forgiven() {
    let cause = CauseIndicators::new(Cause::NORMAL_CLEARING, location::USER);
    let rlc = Rlc::new().with(key::CAUSE_INDICATORS, &cause);
    assert_eq!(decode(&hex("01 00 10 01 12 02 80 90")), Ok((Cic(1), rlc.into())));
}

#[test]
fn refusals() {
    use DecodeErrorKind::*;
    is_refused("", TooShort);
    is_refused("01 00", TooShort);
    is_refused("01 00 01 00 20", TooShort);
    is_refused("01 00 06 16", TooShort);
    is_refused("01 00 01 00 20 00 0a 00", TooShort);
    // The mandatory variable part has no zero pointer.
    is_refused("01 00 01 00 20 00 0a 00 00 00", BadPointer);
    is_refused("01 00 01 00 20 00 0a 00 09 00", BadPointer);
    is_refused("01 00 06 16 11 01", BadPointer);
    is_refused("01 00 06 16 11 40 00", BadPointer);
    is_refused("01 00 01 00 20 00 0a 00 02 00 05 83 90 11 02", BadLength);
    is_refused("01 00 06 16 11 01 29", BadLength);
    is_refused("01 00 06 16 11 01 29 02 01", BadLength);
    let called = BadParameter(ParameterName::CALLED_PARTY_NUMBER);
    is_refused("01 00 01 00 20 00 0a 00 02 00 01 83", called);
    is_refused("01 00 01 00 20 00 0a 00 02 00 02 83 90", called);
    let cause = BadParameter(ParameterName::CAUSE_INDICATORS);
    is_refused("01 00 0c 02 00 00", cause);
    is_refused("01 00 0c 02 00 01 80", cause);
    let error = decode(&hex("01 00 0c 02 00 00")).unwrap_err();
    let text = "REL on circuit 1: octet 6: bad cause indicators (Q.763 §3.12)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn values_that_do_not_fit_are_not_written() {
    let refused = |message: Message, name| {
        assert_eq!(encode(Cic(1), &message), Err(EncodeError::Parameter(name)));
    };
    let mut iam = Iam::new(called("1"), CallingPartysCategory::ORDINARY);
    iam.called.plan = 8;
    refused(iam.into(), ParameterName::CALLED_PARTY_NUMBER);
    let mut cause = CauseIndicators::new(Cause(128), location::USER);
    refused(Rel::new(cause.clone()).into(), ParameterName::CAUSE_INDICATORS);
    cause = CauseIndicators::new(Cause(1), 16);
    refused(Rel::new(cause.clone()).into(), ParameterName::CAUSE_INDICATORS);
    // An optional parameter is refused when the message is.
    let rlc = Rlc::new().with(key::CAUSE_INDICATORS, &cause);
    refused(rlc.into(), ParameterName::CAUSE_INDICATORS);
    let options = |parameters: &[(u8, usize)]| {
        let mut options = Options::new();
        for (name, length) in parameters {
            options.push(ParameterName(*name), &vec![0; *length]);
        }
        Message::from(Rlc { options })
    };
    refused(options(&[(0, 0)]), ParameterName::END_OF_OPTIONAL_PARAMETERS);
    refused(options(&[(0xee, 256)]), ParameterName(0xee));
    let long = options(&[(0xee, 255), (0xee, 10)]);
    assert_eq!(encode(Cic(1), &long), Err(EncodeError::TooLong { length: 274 }));
    let mut buffer = b"before".to_vec();
    variants::ITU.encode_into(Cic(1), &long, &mut buffer).unwrap_err();
    assert_eq!(buffer, b"before");
    variants::ITU.encode_into(Cic(1), &Message::Rsc, &mut buffer).unwrap();
    assert_eq!(buffer, b"before\x01\x00\x12");
}

#[test]
fn digits_are_address_signals() {
    assert_eq!(digits("0a9E").as_str(), "0A9E");
    assert_eq!("12F".parse::<Digits>(), Err(InvalidDigits::Signal('F')));
    assert_eq!("+33".parse::<Digits>(), Err(InvalidDigits::Signal('+')));
    assert_eq!("1".repeat(33).parse::<Digits>(), Err(InvalidDigits::TooMany));
    let mut number = digits("1");
    number.append(&digits("2")).unwrap();
    assert_eq!(number, "12");
    number.append(&digits(&"3".repeat(29))).unwrap();
    number.append(&digits("45")).unwrap_err();
    assert_eq!((number.len(), number.as_str().ends_with("34")), (Digits::MAX, true));
}

#[test]
fn multirate_media() {
    assert_eq!(TransmissionMedium::multiple(2), Some(TransmissionMedium::UNRESTRICTED_2X64K));
    assert_eq!(TransmissionMedium::multiple(3), Some(TransmissionMedium(16)));
    assert_eq!(TransmissionMedium::multiple(6), Some(TransmissionMedium::UNRESTRICTED_384K));
    assert_eq!(TransmissionMedium::multiple(29), Some(TransmissionMedium(42)));
    assert_eq!(TransmissionMedium::multiple(30), Some(TransmissionMedium::UNRESTRICTED_1920K));
    assert_eq!(TransmissionMedium::multiple(31), None);
}
