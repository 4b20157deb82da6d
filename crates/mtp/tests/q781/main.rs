//! The tests of Q.781, level 2, run against the machine of level 2 and a peer that is played from
//! a table. Numbers and titles are from memory of the recommendation, and so is what each expects;
//! where the machine and Q.703 leave a choice, the case says so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]

mod basic;
mod bench;
mod errors;
mod outage;
mod preventive;
mod states;
mod unexpected;

use bench::{Bench, Step};
use mtp::mtp2::{Config, Correction, Limits, Rate};
use std::collections::BTreeSet;

/// One test of the recommendation.
struct Case {
    /// Its number; a letter of ours behind it where one number has several of our cases.
    number: &'static str,
    title: &'static str,
    script: Script,
}

enum Script {
    /// With the basic method.
    Basic(Vec<Step>),
    /// With preventive cyclic retransmission, N1 and N2.
    Preventive(u8, u32, Vec<Step>),
    /// Nothing that could be run here, for this reason.
    None(&'static str),
}

fn basic(number: &'static str, title: &'static str, steps: Vec<Vec<Step>>) -> Case {
    Case { number, title, script: Script::Basic(steps.concat()) }
}

fn cases() -> Vec<Case> {
    [
        states::cases(),
        unexpected::cases(),
        outage::cases(),
        errors::cases(),
        basic::cases(),
        preventive::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn q781_every_case_that_applies_passes() {
    let (mut run, mut failed) = (0, Vec::new());
    for case in cases() {
        let (correction, steps) = match case.script {
            Script::Basic(steps) => (Correction::Basic, steps),
            Script::Preventive(messages, octets, steps) => {
                (Correction::Preventive(Limits { messages, octets }), steps)
            }
            Script::None(why) => {
                println!("Q.781 {} {}: does not apply: {why}", case.number, case.title);
                continue;
            }
        };
        println!("Q.781 {} {}", case.number, case.title);
        assert!(!steps.is_empty());
        let passed = std::panic::catch_unwind(|| {
            let mut bench = Bench::new(Config::new(Rate::Kbit64, correction));
            for (at, step) in steps.iter().enumerate() {
                bench.run(step, &format!("Q.781 {} {}, step {at}", case.number, case.title));
            }
        });
        failed.extend(passed.is_err().then_some(case.number));
        run += 1;
    }
    assert!(failed.is_empty(), "{failed:?}");
    assert!(run >= 90, "{run} cases were run");
}

#[test]
fn q781_every_number_of_the_recommendation_has_its_case() {
    let last = [35, 6, 8, 3, 5, 4, 4, 13, 13, 3];
    let expected: BTreeSet<(usize, usize)> = last
        .iter()
        .enumerate()
        .flat_map(|(chapter, last)| (1..=*last).map(move |number| (chapter + 1, number)))
        .collect();
    let number = |case: &Case| {
        let (chapter, number) = case.number.split_once('.').unwrap();
        let digits = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
        (chapter.parse().unwrap(), digits.parse().unwrap())
    };
    let found: BTreeSet<_> = cases().iter().map(number).collect();
    assert_eq!(found, expected);
}
