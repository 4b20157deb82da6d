//! The suite, case by case: against the ISUP machines alone,
//! and against a whole gateway with SIP users behind it, both in simulated time. What the real
//! binary does is judged by the same cases in `tests/blackbox/q784.rs`.
//!
//! `TOCSIN_CASE` picks the cases whose number begins with its value. The table in the README of the
//! crate is held to what comes out here; `TOCSIN_WRITE` writes it anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
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
