//! The demo with an operator's own version of ISUP, at both ends of the spans.

use crate::support::case;
use crate::support::gateway::Gateway;
use std::fs;
use std::process::Command;

/// SPIROU with a message and a parameter more.
const OWN: &str = "[[ss7.variant]]\nname = \"inland\"\nbase = \"spirou\"\n
[[ss7.variant.parameter]]\ncode = 0xf0\nname = \"meter\"\ncontents = \"octet\"\n
[[ss7.variant.message]]\ncode = 0xf1\nname = \"MTR\"\nfixed = [{ parameter = \"meter\" }]
optional = []\nanswer = \"MTA\"\n
[[ss7.variant.message]]\ncode = 0xf2\nname = \"MTA\"\noptional = []\n";

fn spoken(configuration: String, variant: &str) -> String {
    let group = "[[ss7.group]]\n";
    assert_eq!(configuration.matches(group).count(), 1);
    configuration.replace(group, &format!("{OWN}\n{group}variant = \"{variant}\"\n"))
}

#[test]
fn calls_go_both_ways_in_a_variant_of_the_configuration() {
    case::run_with(&crate::basics::CASES[..3], |configuration| spoken(configuration, "inland"));
}

#[test]
fn a_variant_that_cannot_be_carried_is_refused_with_its_place() {
    let gateway = Gateway::start();
    let right = fs::read_to_string(gateway.folder.join("gateway.toml")).unwrap();
    let file = gateway.folder.join("ansi.toml");
    fs::write(&file, spoken(right, "ansi")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tocsin")).arg("check").arg(&file).output();
    let output = output.unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!output.status.success(), "{told}");
    let line = fs::read_to_string(&file).unwrap();
    let line = line.lines().position(|line| line == "variant = \"ansi\"").unwrap() + 1;
    let expected = format!("ansi.toml:{line}:11: ss7.group[0].variant: point codes of `ansi`");
    assert!(told.contains(&expected), "{told}");
}
