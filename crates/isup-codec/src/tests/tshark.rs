//! Another implementation reads what we write, and agrees: every message type with every parameter
//! of its table, in one capture.

use super::strategy::sample_payload;
use crate::*;
use std::fs;
use std::process::Command;

/// A capture file of MTP3 messages (link type 141): pcap header, then each message with its.
fn capture(payloads: &[Vec<u8>]) -> Vec<u8> {
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
fn tshark(payloads: &[Vec<u8>], fields: &[&str]) -> Option<Vec<Vec<String>>> {
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
    let Some(rows) = tshark(&payloads, &fields) else { return };
    assert_eq!(rows.len(), payloads.len());
    for (row, payload) in rows.iter().zip(&payloads) {
        let (cic, message) = decode(payload).unwrap();
        assert_eq!(encode(cic, &message).unwrap(), *payload);
        check(&fields, row, &View::parse(payload, &variants::ITU).unwrap());
    }
}
