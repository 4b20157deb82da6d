//! What the core does with each torture message of RFC 4475 and RFC 5118.

use std::path::Path;

use super::bench::{Bench, udp};
use crate::{Event, Input};
use base::Class;
use bytes::Bytes;
use sip_parser::{Limits, Message, ParseError};

/// File, and what comes of it in the order it comes: the status of each response, `call` when a
/// call is offered, nothing for what is dropped.
const TABLE: &[(&str, &str, &str)] = &[];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip-parser/tests/torture")
}

fn outcome(bytes: Bytes) -> String {
    let mut bench = Bench::new(udp());
    let (flow, class) = (bench.flow, Class::Ordinary);
    match Message::parse(bytes, &Limits::default()) {
        Ok(message) => bench.input(Input::Message { flow, class, message }),
        Err(ParseError::Broken(broken)) => bench.input(Input::Broken { flow, class, broken }),
        Err(ParseError::NotSip) => return "not SIP".to_owned(),
    }
    let mut outcome: Vec<String> = Vec::new();
    for sent in &bench.sent {
        outcome.push(match sent.message.status() {
            Some(status) => status.to_string(),
            None => "request".to_owned(),
        });
    }
    for event in &bench.events {
        outcome.push(match event {
            Event::Incoming { .. } => "call".to_owned(),
            other => format!("{other:?}"),
        });
    }
    // Whatever it was, the core comes to rest and is still there.
    bench.pass_ms(400_000);
    outcome.join(" ")
}

#[test]
fn every_message_meets_its_answer() {
    let mut wrong = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let found = outcome(std::fs::read(&path).unwrap().into());
        let row = TABLE.iter().find(|row| row.0 == name);
        if row.map(|row| row.2) != Some(found.as_str()) {
            wrong.push(format!("(\"{name}\", \"\", \"{found}\"),"));
        }
        names.push(name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(TABLE.len(), names.len(), "a row without a file");
}
