//! Another implementation reads what we write, and agrees: every message type with every parameter
//! of its table, in one capture.

use super::strategy::sample_payload;
use crate::*;
use std::fs;
use std::process::Command;

/// What tshark is told about the network, and what its labels look like: national, ISUP, from
/// point code 1 to 2, link selection 0.
struct Network {
    settings: &'static [&'static str],
    label: &'static [u8],
}

const ITU: Network = Network { settings: &[], label: &[0x85, 2, 0x40, 0, 0] };
const FRENCH: Network =
    Network { settings: &["-o", "isup.variant:French National Standard"], ..ITU };
const AMERICAN: Network =
    Network { settings: &["-o", "mtp3.standard:ANSI"], label: &[0x85, 2, 0, 0, 1, 0, 0, 0] };

/// A capture file of MTP3 messages (link type 141): pcap header, then each message with its.
fn capture(network: &Network, payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4u32.to_le_bytes());
    file.extend([2u16, 4].map(u16::to_le_bytes).concat());
    file.extend([0u32, 0, 65_535, 141].map(u32::to_le_bytes).concat());
    for (second, payload) in (0u32..).zip(payloads) {
        let length = u32::try_from(payload.len() + network.label.len()).unwrap();
        file.extend([second, 0, length, length].map(u32::to_le_bytes).concat());
        file.extend_from_slice(network.label);
        file.extend_from_slice(payload);
    }
    file
}

/// The fields of each message as tshark sees them, or None where there is no tshark.
fn tshark(network: &Network, payloads: &[Vec<u8>], fields: &[&str]) -> Option<Vec<Vec<String>>> {
    let name = format!("isup-codec-{}-{}.pcap", std::process::id(), payloads.len());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, capture(network, payloads)).unwrap();
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&path).args(["-n", "-T", "fields", "-E", "occurrence=a"]);
    command.args(["-E", "separator=|"]).args(network.settings);
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

const CHECK: [&str; 5] = [
    "isup.message_type",
    "isup.cic",
    "isup.parameter_type",
    "_ws.malformed",
    "_ws.expert.severity",
];
/// The severity from which on tshark reports an error.
const ERROR: u32 = 0x80_0000;

/// What tshark calls the fields of the samples, and what it finds in them. Parameters without a
/// row are those whose contents it does not look into.
const VALUES: &[(ParameterName, &[(&str, &str)])] = &[];

/// Each message type without options, then with each of those that its table names.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    for message_type in Message::TYPED {
        let layout = message_type.layout();
        let names = layout.and_then(|layout| layout.optional.as_deref()).unwrap_or_default();
        let names = names.iter().map(|name| vec![*name]);
        for optional in std::iter::once(Vec::new()).chain(names) {
            let cic = payloads.len() as u16 + 1;
            payloads.push(sample_payload(cic, *message_type, &optional));
        }
    }
    payloads
}

/// What tshark has in this field, without what it repeats for parameters of the same contents.
fn cell<'a>(fields: &[&str], row: &'a [String], field: &str) -> &'a str {
    &row[fields.iter().position(|name| *name == field).unwrap()]
}

/// tshark reads six octets after the type of a circuit assignment map, which has four
/// (Q.763 §3.69), and calls the message malformed.
fn is_misread(view: &View<'_>) -> bool {
    view.find(ParameterName::CIRCUIT_ASSIGNMENT_MAP).is_some()
}

/// tshark does not look for the optional part of this message (Q.763 Table 55).
fn is_unread(view: &View<'_>) -> bool {
    view.message_type() == MessageType::SDM
}

#[track_caller]
fn check(fields: &[&str], row: &[String], view: &View<'_>) {
    let cell = |field| cell(fields, row, field);
    // A pass-along message has the type of another one in it.
    let message_type = cell("isup.message_type").split(',').next();
    assert_eq!(message_type, Some(&*view.message_type().0.to_string()), "{view}");
    assert_eq!(cell("isup.cic"), view.cic().to_string(), "{view}");
    if is_unread(view) {
        return;
    }
    let mut names: Vec<_> = view.parameters().map(|parameter| parameter.name.0).collect();
    if view.parameters().any(|parameter| parameter.part == Part::Optional) {
        names.extend((!is_misread(view)).then_some(0));
    }
    let names: Vec<_> = names.iter().map(u8::to_string).collect();
    assert_eq!(cell("isup.parameter_type"), names.join(","), "{view}");
    if is_misread(view) {
        return;
    }
    assert_eq!(cell("_ws.malformed"), "", "{view}");
    let severities = cell("_ws.expert.severity");
    for severity in severities.split(',').filter(|severity| !severity.is_empty()) {
        assert!(severity.parse::<u32>().unwrap() < ERROR, "{severity}: {view}");
    }
    for parameter in view.parameters() {
        let row = VALUES.iter().find(|(name, _)| *name == parameter.name);
        for (field, value) in row.iter().flat_map(|(_, cells)| cells.iter()) {
            let found = cell(field);
            // Fields that other parameters have too come several times, in the order of these.
            let has = found == *value || found.split(',').any(|one| one == *value);
            assert!(has, "{field} is {found}, not {value}: {view}");
        }
    }
}

#[test]
fn every_message_is_dissected_with_the_same_names_and_values() {
    let payloads = payloads();
    let mut fields = CHECK.to_vec();
    fields.extend(VALUES.iter().flat_map(|(_, cells)| cells.iter().map(|(field, _)| *field)));
    fields.sort_unstable();
    fields.dedup();
    let Some(rows) = tshark(&ITU, &payloads, &fields) else { return };
    assert_eq!(rows.len(), payloads.len());
    for (row, payload) in rows.iter().zip(&payloads) {
        let (cic, message) = decode(payload).unwrap();
        assert_eq!(encode(cic, &message).unwrap(), *payload);
        check(&fields, row, &View::parse(payload, &variants::ITU).unwrap());
    }
}

/// SPIROU's own messages, and T1.113's IAM and its own messages.
#[test]
fn variants_are_dissected_too() {
    let fields = [
        "isup.message_type",
        "isup.cic",
        "isup.parameter_type",
        "_ws.malformed",
        "isup.french.coll_field",
        "isup.french.msg_num",
        "isup.charge_number",
    ];
    let raw = |code, body: &'static [u8]| {
        let (message_type, body) = (MessageType(code), bytes::Bytes::from_static(body));
        Message::Other(Raw { message_type, body })
    };
    let written = |variant: &Variant, messages: &[Message]| -> Vec<Vec<u8>> {
        let octets = messages.iter().map(|message| variant.encode(Cic(9), message).unwrap());
        octets.map(|octets| octets.to_vec()).collect()
    };
    let pulses = written(&variants::SPIROU, &[raw(0xe1, &[3, 7, 0]), raw(0xe2, &[0])]);
    let Some(rows) = tshark(&FRENCH, &pulses, &fields) else { return };
    assert_eq!(rows, [["225", "9", "", "", "3", "7", ""], ["226", "9", "", "", "", "", ""]]);

    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, "199000001".parse().unwrap());
    let digits = "199000002".parse().unwrap();
    let charged = HtrInformation { nature: NatureOfAddress::NATIONAL, plan: 1, digits };
    let iam = Iam::new(called, CallingPartysCategory::ORDINARY)
        .with(key::USER_SERVICE_INFORMATION, &UserServiceInformation::speech())
        .with(Key::new(ParameterName(0xeb)), &charged);
    let calls = written(
        &variants::ANSI,
        &[iam.into(), Rlc::new().into(), raw(0xea, &[0]), raw(0xeb, &[1, 2, 0]), raw(0xed, &[0])],
    );
    let Some(rows) = tshark(&AMERICAN, &calls, &fields) else { return };
    assert_eq!(rows[0], ["1", "9", "6,7,9,29,4,235,0", "", "", "", "199000002"]);
    assert_eq!(rows[1], ["16", "9", "", "", "", "", ""]);
    assert_eq!(rows[2], ["234", "9", "6", "", "", "", ""]);
    assert_eq!(rows[3], ["235", "9", "230,229", "", "", "", ""]);
    assert_eq!(rows[4], ["237", "9", "", "", "", "", ""]);
}
