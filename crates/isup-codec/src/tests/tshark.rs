//! Another implementation reads what we write, and agrees.

use super::strategy;
use crate::*;
use base::Cause;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::fs;
use std::process::Command;

/// A capture file of MTP3 messages (link type 141): pcap header, then each message with its.
fn capture(payloads: &[bytes::Bytes]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4u32.to_le_bytes());
    file.extend([2u16, 4].map(u16::to_le_bytes).concat());
    file.extend([0u32, 0, 65_535, 141].map(u32::to_le_bytes).concat());
    for (second, payload) in (0u32..).zip(payloads) {
        // SIO: national network, ISUP. Label: to point code 2, from 1, link selection 0.
        let label = (2u32 | 1 << 14).to_le_bytes();
        let length = u32::try_from(payload.len()).unwrap() + 5;
        file.extend([second, 0, length, length].map(u32::to_le_bytes).concat());
        file.push(0x85);
        file.extend(label);
        file.extend_from_slice(payload);
    }
    file
}

/// The fields of each message as tshark sees them, or None where there is no tshark.
fn tshark(payloads: &[bytes::Bytes], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let name = format!("isup-codec-{}-{}.pcap", std::process::id(), payloads.len());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, capture(payloads)).unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-n", "-T", "fields", "-E", "occurrence=a"]);
    command.args(["-E", "separator=|"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output();
    fs::remove_file(&path).unwrap();
    let Ok(output) = output else {
        println!("skipped: no tshark here");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| line.split('|').map(str::to_owned).collect());
    Some(rows.collect())
}

const CHECK: [&str; 4] = ["isup.message_type", "isup.cic", "_ws.malformed", "_ws.expert.severity"];
/// The severity from which on tshark reports an error.
const ERROR: u32 = 0x80_0000;

#[track_caller]
fn check(row: &[String], cic: Cic, message: &Message) {
    assert_eq!(row[0], message.message_type().0.to_string(), "{message:?}");
    assert_eq!(row[1], cic.to_string(), "{message:?}");
    assert_eq!(row[2], "", "malformed: {message:?}");
    for severity in row[3].split(',').filter(|severity| !severity.is_empty()) {
        assert!(severity.parse::<u32>().unwrap() < ERROR, "{severity}: {message:?}");
    }
}

fn number(nature: NatureOfAddress, text: &str) -> CallingPartyNumber {
    CallingPartyNumber::new(nature, text.parse().unwrap())
}

fn iam() -> Iam {
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, "199000001".parse().unwrap());
    let mut iam = Iam::new(called, CallingPartysCategory::PRIORITY);
    iam.calling = Some(CallingPartyNumber {
        presentation: Presentation::RESTRICTED,
        screening: Screening::USER_VERIFIED,
        ..number(NatureOfAddress::INTERNATIONAL, "33639980001")
    });
    iam.hop_counter = Some(20);
    // Speech, circuit mode, 64 kbit/s, A-law (Q.931 §4.5.5).
    iam.user_service_information = Some(bytes::Bytes::from_static(&[0x80, 0x90, 0xa3]));
    iam
}

fn samples() -> Vec<Message> {
    let cause = CauseIndicators::new(Cause::USER_BUSY, location::USER);
    let backward =
        BackwardCallIndicators::default().with_called_status(CalledStatus::SUBSCRIBER_FREE);
    let in_band = Some(OptionalBackwardCallIndicators::default().with_in_band(true));
    let connected =
        Some(ConnectedNumber::new(NatureOfAddress::NATIONAL, "199001200".parse().unwrap()));
    let subsequent = SubsequentNumber { complete: true, digits: "1234".parse().unwrap() };
    let status = RangeStatus::new(Range(30), |position| position % 3 == 0);
    let (range, kind) = (Range(30), SupervisionType::MAINTENANCE);
    let states = CircuitStates(vec![CircuitState::IDLE; 31]);
    let other = Vec::new;
    vec![
        iam().into(),
        Iam { calling: None, hop_counter: None, user_service_information: None, ..iam() }.into(),
        Sam { subsequent, other: other() }.into(),
        Inr { indicators: InformationRequestIndicators(1), other: other() }.into(),
        Inf {
            indicators: InformationIndicators::solicited(true, true),
            category: Some(CallingPartysCategory::ORDINARY),
            calling: iam().calling,
            other: other(),
        }
        .into(),
        Cot { successful: true }.into(),
        Acm::new(backward).into(),
        Acm { optional_backward: in_band, cause: Some(cause.clone()), ..Acm::new(backward) }.into(),
        Con { connected: connected.clone(), ..Con::new(backward) }.into(),
        Cpg::new(EventIndicator::ALERTING).into(),
        Cpg {
            backward: Some(backward),
            optional_backward: in_band,
            ..Cpg::new(EventIndicator::PROGRESS)
        }
        .into(),
        Anm::new().into(),
        Anm { backward: Some(backward), connected, ..Anm::new() }.into(),
        Rel::new(cause.clone()).into(),
        Rel { congestion_level: Some(1), ..Rel::new(cause.clone()) }.into(),
        Rlc::new().into(),
        Rlc { cause: Some(cause.clone()), other: other() }.into(),
        Sus::new(true).into(),
        Res::new(true).into(),
        Cfn { cause, other: other() }.into(),
        Grs { range }.into(),
        Gra { status: status.clone() }.into(),
        Cgb { kind, status: status.clone() }.into(),
        Cgu { kind, status: status.clone() }.into(),
        Cgba { kind, status: status.clone() }.into(),
        Cgua { kind, status }.into(),
        Cqm { range }.into(),
        Cqr { range, states }.into(),
        Message::Rsc,
        Message::Blo,
        Message::Bla,
        Message::Ubl,
        Message::Uba,
        Message::Ucic,
        Message::Ccr,
        Message::Lpa,
    ]
}

#[test]
fn every_message_is_dissected_without_complaint() {
    let samples = samples();
    let mut seen: Vec<_> = samples.iter().map(Message::message_type).collect();
    seen.dedup();
    for message_type in Message::TYPED {
        assert!(seen.contains(message_type), "no sample of {message_type}");
    }
    let circuits = || (1u16..).map(Cic);
    let payloads: Vec<_> = samples
        .iter()
        .zip(circuits())
        .map(|(message, cic)| encode(cic, message).unwrap())
        .collect();
    let Some(rows) = tshark(&payloads, &CHECK) else { return };
    assert_eq!(rows.len(), samples.len());
    for ((row, message), cic) in rows.iter().zip(&samples).zip(circuits()) {
        check(row, cic, message);
    }
}

#[test]
fn fields_mean_the_same() {
    let cause = CauseIndicators::new(Cause::NUMBER_CHANGED, location::PUBLIC_REMOTE);
    let messages = [
        iam().into(),
        Rel { congestion_level: Some(2), ..Rel::new(cause) }.into(),
        Acm {
            optional_backward: Some(OptionalBackwardCallIndicators::default().with_in_band(true)),
            ..Acm::new(
                BackwardCallIndicators::default()
                    .with_charge(Charge::CHARGE)
                    .with_called_status(CalledStatus::SUBSCRIBER_FREE)
                    .with_called_category(CalledCategory::ORDINARY)
                    .with_isup_all_the_way(true),
            )
        }
        .into(),
    ];
    let payloads: Vec<_> =
        messages.iter().map(|message: &Message| encode(Cic(33), message).unwrap()).collect();
    let expected: [&[(&str, &str)]; 3] = [
        &[
            ("isup.called", "199000001F"),
            ("isup.calling", "33639980001"),
            ("isup.called_party_nature_of_address_indicator", "3"),
            ("isup.calling_party_nature_of_address_indicator", "4"),
            ("isup.calling_partys_category", "0x0b"),
            ("isup.forw_call_isdn_user_part_indicator", "1"),
            ("isup.forw_call_preferences_indicator", "0x0000"),
            ("isup.transmission_medium_requirement", "0"),
            ("isup.address_presentation_restricted_indicator", "1"),
            ("isup.screening_indicator", "1"),
            ("isup.inn_indicator", "0"),
        ],
        &[("isup.cause_indicator", "22"), ("isup.automatic_congestion_level", "2")],
        &[
            ("isup.charge_indicator", "0x0002"),
            ("isup.called_partys_status_indicator", "0x0001"),
            ("isup.called_partys_category_indicator", "0x0001"),
            ("isup.inband_information_ind", "1"),
            ("isup.backw_call_isdn_user_part_indicator", "1"),
            ("isup.backw_call_interworking_indicator", "0"),
        ],
    ];
    let fields: Vec<&str> = expected.iter().flat_map(|row| row.iter().map(|cell| cell.0)).collect();
    let Some(rows) = tshark(&payloads, &fields) else { return };
    for (row, expected) in rows.iter().zip(expected) {
        for (field, value) in expected {
            let column = fields.iter().position(|name| name == field).unwrap();
            assert_eq!(row[column], *value, "{field}");
        }
    }
}

/// Whatever the values, the structure is sound.
#[test]
fn arbitrary_calls_are_dissected_without_complaint() {
    let mut runner = TestRunner::deterministic();
    let mut draw = || strategy::tame_message().new_tree(&mut runner).unwrap().current();
    let messages: Vec<Message> = (0..500).map(|_| draw()).collect();
    let payloads: Vec<_> =
        messages.iter().map(|message| encode(Cic(5), message).unwrap()).collect();
    let Some(rows) = tshark(&payloads, &CHECK) else { return };
    assert_eq!(rows.len(), messages.len());
    for (row, message) in rows.iter().zip(&messages) {
        check(row, Cic(5), message);
    }
}
