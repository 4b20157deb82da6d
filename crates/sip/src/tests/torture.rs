//! What the core does with each torture message of RFC 4475 and RFC 5118, against the table in
//! `torture.txt`: file, and what comes of it in the order it comes: the status of each response,
//! `call` when a call is offered, `nothing` when it is dropped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::bench::{Bench, udp};
use crate::{Event, Input, Output};
use base::{Class, Duration};
use bytes::Bytes;
use sip_parser::{Limits, Message, ParseError};

fn path(relative: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// What was sent and told. Read off the octets: an answer echoes what was wrong.
fn outputs(bench: &mut Bench) -> Vec<String> {
    let mut outputs = Vec::new();
    while let Some(output) = bench.sip.poll_output() {
        outputs.push(match output {
            Output::Send { bytes, .. } => {
                let line = String::from_utf8_lossy(&bytes);
                line.split(' ').nth(1).unwrap().to_owned()
            }
            Output::Event(Event::Incoming { .. }) => "call".to_owned(),
            Output::Event(Event::Refused { .. }) => continue,
            other => format!("{other:?}"),
        });
    }
    outputs
}

fn outcome(bytes: Bytes) -> String {
    let mut bench = Bench::new(udp());
    let (flow, class, peer) = (bench.flow, Class::Ordinary, None);
    let input = match Message::parse(bytes, &Limits::default()) {
        Ok(message) => Input::Message { flow, class, peer, message },
        Err(ParseError::Broken(broken)) => Input::Broken { flow, class, broken },
        Err(ParseError::NotSip) => return "no SIP".to_owned(),
    };
    bench.sip.handle_input(bench.now, input);
    let outputs_now = outputs(&mut bench);
    // Whatever it was, the core goes on: every timer of it has its moment.
    let end = bench.now + Duration::from_secs(400);
    while let Some((at, _)) = bench.sip.poll_timeout().filter(|(at, _)| *at <= end) {
        bench.sip.handle_timeout(at);
        outputs(&mut bench);
    }
    if outputs_now.is_empty() { "nothing".to_owned() } else { outputs_now.join(" ") }
}

#[test]
fn every_message_meets_its_answer() {
    let table = fs::read_to_string(path("src/tests/torture.txt")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let rows: BTreeMap<&str, &str> = rows.filter_map(|line| line.split_once(' ')).collect();
    let mut wrong = Vec::new();
    let mut files = 0;
    for entry in fs::read_dir(path("../sip-parser/tests/torture")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "dat") {
            continue;
        }
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let found = outcome(fs::read(&file).unwrap().into());
        if rows.get(name.as_str()) != Some(&found.as_str()) {
            wrong.push(format!("{name} {found}"));
        }
        files += 1;
    }
    wrong.sort();
    assert!(wrong.is_empty(), "not as the table says:\n{}", wrong.join("\n"));
    assert_eq!(rows.len(), files, "a row without a file");
}
