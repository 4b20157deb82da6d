//! Stopping: new calls are refused, talking calls may end, the rest is released with cause 41.

use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use std::time::Duration;

fn talking(gateway: &Gateway, scenario: Scenario) -> sipp::Sipp {
    let call = sipp::caller(gateway, "talking", &scenario.finish(), "0199000001", Load::ONE);
    gateway.wait_for_metric("tocsin_calls_answered_total", 1.0);
    call
}

#[test]
fn the_first_signal_lets_calls_end_and_refuses_new_ones() {
    let mut gateway = Gateway::start();
    let scenario = Scenario::caller().progress(180).answered().pause(3000).hang_up();
    let call = talking(&gateway, scenario);
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    let refused = Scenario::caller().refused(503).finish();
    sipp::caller(&gateway, "late", &refused, "0199000001", Load::ONE).expect_success(&gateway);
    call.expect_success(&gateway);
    let (code, took) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    assert!(took < Duration::from_secs(20), "waited though no call was left: {took:?}");
}

#[test]
fn emergency_calls_are_taken_until_the_end() {
    let mut gateway = Gateway::start();
    let call = talking(&gateway, Scenario::caller().progress(180).answered().pause(2500).hang_up());
    gateway.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    let refused = Scenario::caller().refused(503).finish();
    sipp::caller(&gateway, "late", &refused, "0199000001", Load::ONE).expect_success(&gateway);
    // It outlives the call that was there, and the process waits for it.
    let urgent = Scenario::caller().progress(180).answered().pause(4000).hang_up().finish();
    let urgent = sipp::caller(&gateway, "urgent", &urgent, "112", Load::ONE);
    call.expect_success(&gateway);
    urgent.expect_success(&gateway);
    let (code, took) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    assert!(took < Duration::from_secs(20), "waited though no call was left: {took:?}");
    let records = gateway.records();
    let urgent = records.iter().find(|record| record["class"] == "emergency").unwrap();
    assert_eq!(urgent["cause"], 16, "{urgent}");
}

#[test]
fn a_second_signal_releases_the_rest_with_cause_41() {
    let mut gateway = Gateway::start();
    let call = talking(&gateway, Scenario::caller().progress(180).answered().hung_up_on(41));
    gateway.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    gateway.signal("INT");
    call.expect_success(&gateway);
    assert_eq!(gateway.wait().0, 0, "{}", gateway.log());
}

#[test]
fn the_wait_for_calls_has_an_end() {
    let mut gateway = Gateway::start_with(&[], |conf| conf.replace("\"30s\"", "\"2s\""));
    let call = talking(&gateway, Scenario::caller().progress(180).answered().hung_up_on(41));
    gateway.signal("TERM");
    call.expect_success(&gateway);
    let (code, took) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(gateway.records()[0]["cause"], 41);
}
