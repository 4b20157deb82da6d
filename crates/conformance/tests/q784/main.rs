//! The suite, case by case: against the ISUP machines alone,
//! and against a whole gateway with SIP users behind it, both in simulated time. What the real
//! binary does is judged by the same cases in `tests/blackbox/q784.rs`.
//!
//! `TOCSIN_CASE` picks the cases whose number begins with its value. The table in the README of the
//! crate is held to what comes out here; `TOCSIN_WRITE` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, waits, and tells its cases"
)]

mod gateway;
mod machine;
mod phone;
mod simulated;

use conformance::{Case, Report, Verdict};

/// The cases whose number begins with `TOCSIN_CASE`.
fn picked() -> impl Iterator<Item = &'static Case> {
    let picked = std::env::var("TOCSIN_CASE").unwrap_or_default();
    conformance::all().filter(move |case| case.number.starts_with(&picked))
}

fn tell(title: &str, reports: &[Report]) {
    println!("{title}: {}", conformance::summary(reports));
    for report in reports {
        println!("{report}");
    }
    let failed = reports.iter().filter(|report| matches!(report.verdict, Verdict::Fails(_)));
    assert_eq!(failed.count(), 0, "{title}");
}

#[test]
fn the_machines_alone() {
    tell("the ISUP machines", &machine::run(picked()));
}

#[test]
fn a_whole_gateway() {
    tell("a gateway", &gateway::run(picked()));
}

/// How a case went at one switch, in a word.
fn word(report: &Report) -> String {
    match &report.verdict {
        Verdict::Passes => "passes".to_owned(),
        Verdict::Fails(_) => "fails".to_owned(),
        Verdict::DoesNotApply(why) => format!("– {why}"),
    }
}

const MARK: &str = "<!-- table -->\n";

#[test]
fn the_table_of_the_readme_is_what_comes_out() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, table) = text.split_once(MARK).unwrap();
    let (machines, gateway) = (machine::run(conformance::all()), gateway::run(conformance::all()));
    let mut rows = "| case | title | clause of Q.764 | machines | gateway |\n".to_owned();
    rows += "|---|---|---|---|---|\n";
    for (machine, gateway) in machines.iter().zip(&gateway) {
        let Case { title, clause, .. } = machine.case;
        let (name, machine, gateway) = (machine.case.name(), word(machine), word(gateway));
        rows += &format!("| {name} | {title} | {clause} | {machine} | {gateway} |\n");
    }
    if std::env::var_os("TOCSIN_WRITE").is_some() {
        std::fs::write(path, format!("{head}{MARK}{rows}")).unwrap();
    } else {
        assert!(table == rows, "TOCSIN_WRITE=1 cargo test -p conformance writes the table anew");
    }
}
