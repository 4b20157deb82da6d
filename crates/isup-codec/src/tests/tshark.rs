//! Another implementation reads what we write, and agrees: every message type with every parameter
//! of its table, in one capture.

use super::judged::{self, Row};
use super::strategy::{payloads_of, sample_payload};
use crate::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
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

/// What is not judged: a parameter and one of its fields, or all of it; with which contents; why.
type Exception = (ParameterName, Option<&'static str>, fn(&[u8]) -> bool, &'static str);

/// Octets that go on after the instructions.
fn has_more_instructions(octets: &[u8]) -> bool {
    let compatibility = key::PARAMETER_COMPATIBILITY_INFORMATION;
    let value = compatibility.read((ParameterName::PARAMETER_COMPATIBILITY_INFORMATION, octets));
    value.is_some_and(|value| value.0.iter().any(|one| one.more.0.len() > 1))
}

const LONG: &str = "32 digits are more than are shown, and end the dissection";
const OTHER_ORDER: &str = "the octets of a point code are taken the high one first (Q.763 §3.50)";

/// Whether octets are information elements, each with its length (Q.931 §4.5.1).
fn are_elements(octets: &[u8]) -> bool {
    match octets {
        [] => true,
        [first, rest @ ..] if first & 0x80 != 0 => are_elements(rest),
        [_, length, rest @ ..] => rest.get(usize::from(*length)..).is_some_and(are_elements),
        _ => false,
    }
}

/// Whether it is one of several segments.
fn is_segment(octets: &[u8]) -> bool {
    let transport = key::APPLICATION_TRANSPORT;
    let value = transport.read((ParameterName::APPLICATION_TRANSPORT, octets));
    value.is_some_and(|value| value.segments > 0 || !value.new_sequence)
}

/// Numbers of more digits than tshark has room for.
fn is_long(octets: &[u8]) -> bool {
    octets.len() > 16
}

/// Where tshark is wrong, or looks no further.
const EXCEPTIONS: &[Exception] = &[
    (
        ParameterName::CIRCUIT_ASSIGNMENT_MAP,
        None,
        |_| true,
        "six octets are read after the type, where there are four (Q.763 §3.69)",
    ),
    (ParameterName::CALL_REFERENCE, Some("isup.signalling_point_code"), |_| true, OTHER_ORDER),
    (ParameterName::CONNECTION_REQUEST, Some("isup.signalling_point_code"), |_| true, OTHER_ORDER),
    (
        ParameterName::ORIGINATION_ISC_POINT_CODE,
        Some("isup.origination_isc_point_code"),
        |_| true,
        OTHER_ORDER,
    ),
    (
        ParameterName::SIGNALLING_POINT_CODE,
        Some("isup.signalling_point_code"),
        |_| true,
        OTHER_ORDER,
    ),
    (
        ParameterName::USER_TO_USER_INDICATORS,
        Some("isup.UUI_network_discard_ind"),
        |_| true,
        "never shown: the type is shown in its place (Q.763 §3.60)",
    ),
    (
        ParameterName::USER_TO_USER_INFORMATION,
        Some("isup.user_to_user_info"),
        <[u8]>::is_empty,
        "no octets are shown as missing ones",
    ),
    (
        ParameterName::ACCESS_TRANSPORT,
        None,
        |octets| !are_elements(octets),
        "contents that are no information elements of Q.931 end the dissection",
    ),
    (
        ParameterName::APPLICATION_TRANSPORT,
        None,
        is_segment,
        "a segment whose others do not come ends the dissection",
    ),
    (ParameterName::CONNECTED_NUMBER, None, is_long, LONG),
    (ParameterName::REDIRECTION_NUMBER, None, is_long, LONG),
    (ParameterName::TRANSIT_NETWORK_SELECTION, None, is_long, LONG),
    (
        ParameterName::PARAMETER_COMPATIBILITY_INFORMATION,
        None,
        has_more_instructions,
        "instructions of three octets and more are taken for two parameters (Q.763 §3.41)",
    ),
];

/// Whether tshark is not asked about this field of a parameter; None: about any.
fn is_excepted(name: ParameterName, octets: &[u8], field: Option<&str>) -> bool {
    EXCEPTIONS.iter().any(|(its, of, when, _)| *its == name && *of == field && when(octets))
}

/// Each message type without options, with each of those that its table names, and with anything.
fn payloads() -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut runner = TestRunner::deterministic();
    for message_type in Message::TYPED {
        let layout = message_type.layout();
        let names = layout.and_then(|layout| layout.optional.as_deref()).unwrap_or_default();
        let names = names.iter().map(|name| vec![*name]);
        for optional in std::iter::once(Vec::new()).chain(names) {
            let cic = payloads.len() as u16 + 1;
            payloads.push(sample_payload(cic, *message_type, &optional));
        }
        // What is passed along must be a message.
        let random = if layout.is_some() { 0..20 } else { 0..0 };
        let strategy = payloads_of(*message_type);
        let random = random.map(|_| strategy.new_tree(&mut runner).unwrap().current());
        payloads.extend(random.filter(|payload| payload.len() <= MAX_LENGTH));
    }
    payloads
}

/// Each parameter alone in a message that has nothing else, with its sample, with its least and
/// greatest octets, and with anything.
fn alone() -> Vec<Vec<u8>> {
    let mut runner = TestRunner::deterministic();
    let mut payloads = Vec::new();
    for name in ParameterName::NAMED {
        let contents = name.contents().unwrap();
        let least = usize::from(contents.lengths().0);
        let edges = [vec![0; least], vec![0xff; least], vec![0x80; least + 1], vec![0x11; least]];
        let edges = edges.iter().filter_map(|octets| contents.rewrite(octets));
        let strategy = super::strategy::contents(*name);
        let random = (0..30).map(|_| strategy.new_tree(&mut runner).unwrap().current());
        let random: Vec<_> = random.collect();
        for octets in edges.chain(random).chain([super::samples::sample(*name)]) {
            let mut payload = vec![1, 0, MessageType::FAC.0, 1, name.0, octets.len() as u8];
            payload.extend(octets);
            payload.push(0);
            payloads.push(payload);
        }
    }
    payloads
}

/// What tshark has in this field.
fn cell<'a>(fields: &[&str], row: &'a [String], field: &str) -> &'a str {
    &row[fields.iter().position(|name| *name == field).unwrap()]
}

/// The values of a field, as we write them.
fn values(cell: &str) -> Vec<String> {
    let value = |text: &str| match text {
        "True" => "1".to_owned(),
        "False" => "0".to_owned(),
        text => match text.strip_prefix("0x").map(|digits| u64::from_str_radix(digits, 16)) {
            Some(Ok(number)) => number.to_string(),
            _ => text.to_uppercase(),
        },
    };
    let mut values: Vec<_> = cell.split(',').filter(|text| !text.is_empty()).map(value).collect();
    values.sort();
    values
}

/// tshark does not look for the optional part of this message (Q.763 Table 55).
fn is_unread(view: &View<'_>) -> bool {
    view.message_type() == MessageType::SDM
}

/// What is wrong with tshark's row for a message, or with ours.
fn compare(fields: &[&str], row: &[String], view: &View<'_>, rows: &[Row]) -> Option<String> {
    let cell = |field| cell(fields, row, field);
    // A pass-along message has the type of another one in it.
    let message_type = cell("isup.message_type").split(',').next();
    if message_type != Some(&*view.message_type().0.to_string())
        || cell("isup.cic") != view.cic().to_string()
    {
        return Some("the head".to_owned());
    }
    let parameters: Vec<_> = view.parameters().collect();
    if is_unread(view) || parameters.iter().any(|found| is_excepted(found.name, found.octets, None))
    {
        return None;
    }
    let mut names: Vec<_> = parameters.iter().map(|parameter| parameter.name.0).collect();
    names.extend(parameters.iter().any(|found| found.part == Part::Optional).then_some(0));
    let names: Vec<_> = names.iter().map(u8::to_string).collect();
    if cell("isup.parameter_type") != names.join(",") {
        return Some(format!("parameters {}", cell("isup.parameter_type")));
    }
    if !cell("_ws.malformed").is_empty() {
        return Some("malformed".to_owned());
    }
    let severities = cell("_ws.expert.severity").split(',').filter(|text| !text.is_empty());
    if severities.clone().any(|severity| severity.parse::<u32>().unwrap() >= ERROR) {
        return Some("an error".to_owned());
    }
    for field in fields.iter().filter(|field| !CHECK.contains(field)) {
        let excepted = |found: &Parameter<'_>| is_excepted(found.name, found.octets, Some(field));
        if parameters.iter().any(excepted) {
            continue;
        }
        let of_field = rows.iter().filter(|(_, its, _)| its == field);
        let ours = of_field.flat_map(|(name, _, ours)| {
            let found = parameters.iter().filter(move |found| found.name == *name);
            found.flat_map(|found| ours(found.octets))
        });
        let mut ours: Vec<_> = ours.map(|text| text.to_uppercase()).collect();
        ours.sort();
        let theirs = values(cell(field));
        if ours != theirs {
            return Some(format!("{field}: {theirs:?}, not {ours:?}"));
        }
    }
    None
}

/// Another implementation finds the same in every message of ours, whichever nation it reads for.
#[test]
fn every_message_is_dissected_with_the_same_names_and_values() {
    let rows = judged::rows();
    let mut fields: Vec<_> = rows.iter().map(|(_, field, _)| *field).collect();
    fields.extend(CHECK);
    fields.sort_unstable();
    fields.dedup();
    let payloads: Vec<_> = payloads().into_iter().chain(alone()).collect();
    for (network, variant) in [(&ITU, &variants::ITU), (&FRENCH, &variants::SPIROU)] {
        let Some(found) = tshark(network, &payloads, &fields) else { return };
        assert_eq!(found.len(), payloads.len());
        let mut wrong = Vec::new();
        for (row, payload) in found.iter().zip(&payloads) {
            let (cic, message) = variant.decode(payload).unwrap();
            assert_eq!(variant.encode(cic, &message).unwrap(), *payload);
            let view = View::parse(payload, &variants::ITU).unwrap();
            let why = compare(&fields, row, &view, &rows);
            wrong.extend(why.map(|why| (payload.len(), format!("{why}: {view} ({payload:02x?})"))));
        }
        // The shortest message that shows something wrong says most.
        wrong.sort();
        let shown: Vec<_> = wrong.iter().take(5).map(|(_, text)| &**text).collect();
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shown.join("\n"));
    }
}

/// What tshark calls parameters otherwise than Q.763 Table 5 does, or does not call at all.
const OTHER_NAMES: &[(u8, &str)] =
    &[(0x10, "Continuity request"), (0x16, "Range and Status"), (0x29, "Backward call indicators")];

/// The names are the same, those that tshark does not have apart.
#[test]
fn parameters_have_the_same_names() {
    let output = Command::new("tshark").args(["-G", "values"]).output();
    let Ok(output) = output else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    let mut named = 0;
    for line in text.lines() {
        let cells: Vec<_> = line.split('\t').collect();
        let ["V", "isup.parameter_type", code, theirs] = cells[..] else { continue };
        let code: u8 = code.parse().unwrap();
        let theirs = theirs.split(" (").next().unwrap();
        let Some(ours) = ParameterName(code).name() else { continue };
        // What has come since the edition that tshark has.
        let later = theirs == "Not used" || code == 0x8d || code == 0x8e;
        let other = OTHER_NAMES.contains(&(code, theirs));
        assert!(
            later || other || ours.eq_ignore_ascii_case(theirs),
            "{code:#x} is {theirs}, not {ours}"
        );
        named += 1;
    }
    assert!(named > 80 || text.is_empty(), "{named}");
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
