//! Scenarios as data: what is played, which clause of which standard says what must come, and the
//! run of a whole list of them against one gateway.

use super::gateway::Gateway;
use super::isup_peer::IsupPeer;
use super::judge;
use super::scenario::Scenario;
use super::sipp::{self, Load};
use std::any::Any;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// One scenario. Each is independent of the others of its list: it finds a gateway that is idle
/// and leaves it idle.
pub(crate) struct Case {
    /// What must hold, as a sentence.
    pub(crate) name: &'static str,
    /// Who says so, as `RFC 3261 §17.2.1`.
    pub(crate) clause: &'static str,
    pub(crate) play: Play,
}

/// Who does what.
pub(crate) enum Play {
    /// sipp calls this number.
    Call(&'static str, fn() -> Scenario),
    /// sipp calls this number over TCP.
    CallOverTcp(&'static str, fn() -> Scenario),
    /// The exchange calls sipp and hangs up after a second of talk; the record of the call then
    /// has this cause of Q.850.
    Called(u8, fn() -> Scenario),
    /// A peer of our own does what sipp cannot, and panics unless it gets what it must.
    Own(fn(&Gateway)),
    /// The same with a peer on the side of the circuits as well: see [`run_between`].
    Between(fn(&Gateway, &IsupPeer)),
}

impl Case {
    fn run(&self, number: usize, gateway: &Gateway, exchange: Option<&IsupPeer>) {
        let name = format!("case-{number}");
        match self.play {
            Play::Call(called, scenario) => {
                let running = sipp::caller(gateway, &name, &scenario().finish(), called, Load::ONE);
                running.expect_success(gateway);
            }
            Play::CallOverTcp(called, scenario) => {
                let load = Load { transport: "t1", ..Load::ONE };
                sipp::caller(gateway, &name, &scenario().finish(), called, load)
                    .expect_success(gateway);
            }
            Play::Called(cause, scenario) => {
                let callee = sipp::callee(gateway, &name, &scenario().finish(), Load::ONE);
                let called = format!("+33199008{number:03}");
                let (_, told) = gateway.tocsin(&["originate", &called, "--hold", "1"]);
                callee.expect_success(gateway);
                gateway.wait_until_idle();
                let records = gateway.records();
                let record = records.iter().find(|record| record["translated"] == called);
                let record = record.or_else(|| records.iter().find(|r| r["called"] == called));
                let record = record.unwrap_or_else(|| panic!("no record of {called}: {told}"));
                assert_eq!(record["cause"], cause, "{record}");
            }
            Play::Own(play) => play(gateway),
            Play::Between(play) => play(gateway, exchange.expect("nobody plays the exchange")),
        }
    }
}

/// Plays all cases one after another against one gateway that captures what it sends; tshark
/// judges the capture in the end. `TOCSIN_CASE` picks those whose name holds its value.
pub(crate) fn run(cases: &[Case]) {
    run_with(cases, |configuration| configuration);
}

/// The same, with another configuration.
pub(crate) fn run_with(cases: &[Case], change: impl Fn(String) -> String + Copy) {
    run_at(cases, || (Gateway::start_with(&["--pcap", judge::FILE], change), None));
}

/// The same, where the circuits lead to a peer of our own.
pub(crate) fn run_between(cases: &[Case], change: fn(&mut toml::Table)) {
    run_at(cases, || {
        let (gateway, exchange) = IsupPeer::start_with(&["--pcap", judge::FILE], change);
        (gateway, Some(exchange))
    });
}

fn run_at(cases: &[Case], start: impl Fn() -> (Gateway, Option<IsupPeer>)) {
    let picked = std::env::var("TOCSIN_CASE").unwrap_or_default();
    let (mut gateway, mut exchange) = start();
    let mut failures = String::new();
    for (number, case) in cases.iter().enumerate().filter(|(_, case)| case.name.contains(&picked)) {
        let (begin, logged) = (Instant::now(), gateway.log().len());
        let played = catch_unwind(AssertUnwindSafe(|| {
            case.run(number, &gateway, exchange.as_ref());
            assert_eq!(gateway.is_still_busy(), None, "calls stayed behind");
        }));
        println!("{:>6.1} s  {}: {}", begin.elapsed().as_secs_f32(), case.clause, case.name);
        if let Err(panic) = played {
            let log = gateway.log().split_off(logged);
            let _ = writeln!(
                failures,
                "\n=== {}: {} (case-{number}.* in {})\n{}\n--- the gateway meanwhile:\n{log}",
                case.clause,
                case.name,
                gateway.folder.display(),
                said(&*panic),
            );
            // What this one left behind shall not be held against the next.
            (gateway, exchange) = start();
        }
    }
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| judge::stop_and_judge(gateway))) {
        let _ = writeln!(failures, "\n=== what tshark found\n{}", said(&*panic));
    }
    assert!(failures.is_empty(), "{failures}");
}

fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
}
