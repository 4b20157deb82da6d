//! Stopping: new calls are refused, talking calls may end, the rest is released with cause 41.

use crate::support::gateway::Gateway;
use crate::support::ua::Ua;
use std::time::Duration;

fn talking(gateway: &Gateway, number: &str) -> Ua {
    let mut caller = Ua::new(gateway);
    caller.call(number);
    caller
}

/// Sends a signal, and waits until it is heeded.
fn drain(gateway: &Gateway, signal: &str) {
    gateway.signal(signal);
    gateway.until("draining", || {
        gateway.get("/api/v1/status").is_some_and(|(_, text)| text.contains("\"draining\":true"))
    });
}

fn refused(gateway: &Gateway, number: &str) {
    let mut late = Ua::new(gateway);
    late.invite(number, Some(&late.sdp()));
    late.expect(503);
    late.acknowledge_failure();
}

/// Ends well, and long before the end that the wait for calls has.
fn ends(mut gateway: Gateway) {
    let (code, took) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    assert!(took < Duration::from_secs(20), "waited though no call was left: {took:?}");
}

#[test]
fn the_first_signal_lets_calls_end_and_refuses_new_ones() {
    let gateway = Gateway::start();
    let mut caller = talking(&gateway, "0199000001");
    drain(&gateway, "TERM");
    refused(&gateway, "0199000001");
    caller.hang_up();
    ends(gateway);
}

#[test]
fn emergency_calls_are_taken_until_the_end() {
    let gateway = Gateway::start();
    let mut caller = talking(&gateway, "0199000001");
    drain(&gateway, "TERM");
    refused(&gateway, "0199000001");
    // It outlives the call that was there, and the process waits for it.
    let mut urgent = talking(&gateway, "112");
    caller.hang_up();
    gateway.until("one call left", || gateway.metric("tocsin_calls_active", &[]) == 1.0);
    refused(&gateway, "0199000001");
    urgent.hang_up();
    let folder = gateway.folder.clone();
    ends(gateway);
    let records = std::fs::read_to_string(folder.join("cdr.jsonl")).unwrap();
    let urgent = records.lines().find(|line| line.contains("\"class\":\"emergency\"")).unwrap();
    assert!(urgent.contains("\"cause\":16"), "{urgent}");
}

/// RFC 3326: the cause stands in the BYE.
fn hung_up_on(caller: &mut Ua) {
    let (_, bye) = caller.hung_up();
    assert!(bye.contains("cause=41"), "{bye}");
}

#[test]
fn a_second_signal_releases_the_rest_with_cause_41() {
    let gateway = Gateway::start();
    let mut caller = talking(&gateway, "0199000001");
    drain(&gateway, "INT");
    gateway.signal("INT");
    hung_up_on(&mut caller);
    ends(gateway);
}

#[test]
fn the_wait_for_calls_has_an_end() {
    let mut gateway = Gateway::start_with(&[], |conf| conf.replace("\"30s\"", "\"2s\""));
    let mut caller = talking(&gateway, "0199000001");
    gateway.signal("TERM");
    hung_up_on(&mut caller);
    let (code, took) = gateway.wait();
    assert_eq!(code, 0, "{}", gateway.log());
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(gateway.records()[0]["cause"], 41);
}
