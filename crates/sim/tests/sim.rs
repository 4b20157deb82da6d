//! The simulated world: many seeds, those that failed once, and that a seed is a history.

#![expect(
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a failed seed is told, and is a failure"
)]

use sim::{Plan, Report, World};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seeds in all, and when there is little time.
const SEEDS: u64 = 300;
const QUICK: u64 = 20;
/// The tests of one file run side by side: each takes its share.
const SHARES: u64 = 4;

const PAST: &str = include_str!("../../../tests/seeds/sim.txt");

/// Runs a seed; in words what went wrong, with the seed and the last events.
fn run(seed: u64) -> Result<Report, String> {
    let mut world = World::new(Plan::new(seed)).expect("the plan makes a world");
    let outcome = catch_unwind(AssertUnwindSafe(|| world.run()));
    let what = match outcome {
        Ok(Ok(report)) => return Ok(report),
        Ok(Err(violation)) => violation.to_string(),
        Err(_) => "a panic, told above".to_owned(),
    };
    let mut told = format!("seed {seed}: {what}\n");
    for event in world.journal().last() {
        let _ = writeln!(told, "    {event}");
    }
    let _ = write!(told, "seed {seed}: {what}");
    Err(told)
}

fn run_all(seeds: impl Iterator<Item = u64>) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut failed = Vec::new();
    for seed in seeds {
        match run(seed) {
            Ok(report) => reports.push(report),
            Err(told) => {
                eprintln!("{told}");
                failed.push(seed);
            }
        }
    }
    assert!(failed.is_empty(), "seeds {failed:?} failed: keep them in tests/seeds/sim.txt");
    reports
}

fn share(number: u64) {
    let quick = std::env::var_os("TOCSIN_TEST_QUICK").is_some();
    let seeds = if quick { QUICK } else { SEEDS };
    let reports = run_all((1..=seeds).filter(|seed| seed % SHARES == number));
    // A world in which nothing happens keeps every promise.
    assert!(reports.iter().map(|report| report.calls).sum::<usize>() > 10 * reports.len());
    assert!(reports.iter().any(|report| report.answered > 0));
}

#[test]
fn seeds_first_share() {
    share(0);
}

#[test]
fn seeds_second_share() {
    share(1);
}

#[test]
fn seeds_third_share() {
    share(2);
}

#[test]
fn seeds_fourth_share() {
    share(3);
}

#[test]
fn seeds_that_failed_once() {
    let lines = PAST.lines().map(str::trim).filter(|line| !line.is_empty());
    let seeds = lines.filter(|line| !line.starts_with('#')).map(|line| {
        let seed = line.split_whitespace().next().unwrap();
        seed.parse().unwrap_or_else(|_| panic!("tests/seeds/sim.txt: {line}: no seed"))
    });
    run_all(seeds);
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in [3, 10] {
        let (first, second) = (run(seed).unwrap(), run(seed).unwrap());
        assert_eq!(first, second);
        assert!(first.events > 100);
    }
}

/// For looking at one seed: `SEED=17 cargo test -p sim --test sim one -- --ignored --nocapture`
#[test]
#[ignore = "for looking at one seed"]
fn one() {
    let seed = std::env::var("SEED").unwrap().parse().unwrap();
    match run(seed) {
        Ok(report) => println!("{report:#?}"),
        Err(told) => panic!("{told}"),
    }
}
