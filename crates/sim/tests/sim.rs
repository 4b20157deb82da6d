//! The simulated world: many seeds, those that failed once, and that a seed is a history.

#![expect(
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a failed seed is told, and is a failure"
)]

use sim::{Plan, Report, World};
use std::collections::BTreeMap;
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

/// How often what happened over many seeds.
#[test]
#[ignore = "for looking at what the seeds reach"]
fn coverage() {
    let mut seen: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let first: u64 = std::env::var("FIRST").map_or(1, |text| text.parse().unwrap());
    let count: u64 = std::env::var("COUNT").map_or(100, |text| text.parse().unwrap());
    for seed in first..first + count {
        let mut world = World::new(Plan::new(seed)).unwrap();
        match catch_unwind(AssertUnwindSafe(|| world.run())) {
            Ok(Ok(_)) => {}
            Ok(Err(violation)) => println!("seed {seed}: {violation}"),
            Err(_) => {
                println!("seed {seed}: a panic");
                continue;
            }
        }
        let mut see = |what: String, count: u64| {
            if count > 0 {
                let entry = seen.entry(what).or_default();
                entry.0 += count;
                entry.1 += 1;
            }
        };
        let (gateway, exchange) = (world.gateway(), world.exchange());
        for (end, stats) in
            [("gateway", gateway.isup().stats()), ("exchange", exchange.isup().stats())]
        {
            for (kind, count) in &stats.sent {
                see(format!("{end} isup sent {kind:?}"), *count);
            }
            for (timer, count) in &stats.expired {
                see(format!("{end} isup timer {timer}"), *count);
            }
            for (alarm, count) in &stats.alarms {
                see(format!("{end} isup alarm {alarm}"), *count);
            }
            for (error, count) in &stats.refused {
                see(format!("{end} isup refused {error}"), *count);
            }
            for (what, count) in [
                ("malformed", stats.malformed),
                ("unexpected", stats.unexpected),
                ("unmatched", stats.unmatched),
                ("dual won", stats.dual_seizures_won),
                ("dual lost", stats.dual_seizures_lost),
                ("misused", stats.misused),
            ] {
                see(format!("{end} isup {what}"), count);
            }
        }
        for (end, mtp) in [("gateway", gateway.mtp()), ("exchange", exchange.mtp())] {
            let stats = mtp.stats();
            for (what, count) in [
                ("unreachable", stats.unreachable),
                ("refused", stats.refused_ordinary),
                ("lost", stats.lost),
                ("changeovers", stats.changeovers),
                ("changebacks", stats.changebacks),
                ("unanswered", stats.unanswered),
            ] {
                see(format!("{end} mtp {what}"), count);
            }
            for link in mtp.links() {
                let stats = mtp.link_stats(link).unwrap().level2;
                see(format!("{end} mtp retransmitted"), stats.retransmitted);
                see(format!("{end} mtp link failures"), stats.failures);
                see(format!("{end} mtp busy received"), stats.busy_received);
            }
        }
        for (cause, count) in gateway.stats().failed {
            see(format!("failed with {}", cause.1), count);
        }
        let debug = format!("{:?} {:?}", gateway.sip().stats(), gateway.stats());
        for field in debug.split([',', '{', '}']) {
            if let Some((name, value)) = field.split_once(": ")
                && let Ok(count) = value.trim().parse()
            {
                see(format!("stats {}", name.trim()), count);
            }
        }
    }
    for (what, (count, seeds)) in seen {
        println!("{count:8} in {seeds:4}  {what}");
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
