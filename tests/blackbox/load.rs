//! Many calls, none lost, nothing left behind. Bounded, and no figure is judged.

use crate::support::gateway::Gateway;
use crate::support::quick;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use serde_json::Value;

#[test]
fn sip_to_pstn_no_call_fails_and_no_circuit_leaks() {
    let calls = if quick() { 200 } else { 1000 };
    let gateway = Gateway::start();
    let scenario = Scenario::caller().progress(180).answered().pause(500).hang_up().finish();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    sipp::caller(&gateway, "load", &scenario, "0199000001", load).expect_success(&gateway);
    gateway.wait_until_idle();
    let answered = gateway.metric("tocsin_calls_answered_total", &["class=\"ordinary\""]);
    assert_eq!(answered, f64::from(calls));
    let records = gateway.records();
    assert_eq!(records.len(), calls as usize);
    for record in &records {
        assert_eq!(record["cause"], Value::from(16), "{record}");
        assert!(record["answered"].is_string(), "{record}");
    }
}

#[test]
fn pstn_to_sip_rings_a_user_agent_and_talks() {
    let calls = if quick() { 40 } else { 200 };
    let gateway = Gateway::start();
    let scenario =
        Scenario::callee().respond("180 Ringing").pause(100).respond("200 OK").ended_by_gateway();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    let callee = sipp::callee(&gateway, "callee", &scenario.finish(), load);
    let count = calls.to_string();
    let (code, text) = gateway.tocsin(&[
        "originate",
        "+33199008001",
        "--count",
        &count,
        "--rate",
        "50",
        "--hold",
        "1",
    ]);
    assert_eq!(code, 0, "{text}");
    callee.expect_success(&gateway);
    gateway.wait_until_idle();
    let records = gateway.records();
    assert_eq!(records.len(), calls as usize);
    assert!(records.iter().all(|record| record["cause"] == 16), "{records:?}");
}

/// The gateway opens the connection itself, and keeps it for the calls after the first.
#[test]
fn pstn_to_sip_over_tcp_works_alike() {
    let gateway = Gateway::start_with(&[], |configuration| {
        configuration.replace("target = \"udp:", "target = \"tcp:")
    });
    let scenario =
        Scenario::callee().respond("180 Ringing").pause(100).respond("200 OK").ended_by_gateway();
    let load = Load { calls: 10, rate: 10, limit: 10, transport: "t1", ..Load::ONE };
    let callee = sipp::callee(&gateway, "callee", &scenario.finish(), load);
    let call = ["originate", "+33199008001", "--count", "10", "--rate", "10", "--hold", "0.5"];
    let (code, text) = gateway.tocsin(&call);
    assert_eq!(code, 0, "{text}\n{}", gateway.log());
    callee.expect_success(&gateway);
    gateway.wait_until_idle();
}

/// RFC 3398 §8.2.6.1: what the user agent says becomes the cause that the exchange hears.
#[test]
fn pstn_to_sip_failures_become_causes() {
    for (status, cause) in
        [("486 Busy Here", 17), ("404 Not Found", 1), ("480 Away", 18), ("600 Busy", 17)]
    {
        let gateway = Gateway::start();
        let scenario = Scenario::callee().respond(status).finish();
        let callee = sipp::callee(&gateway, "callee", &scenario, Load::ONE);
        let (_, text) = gateway.tocsin(&["originate", "+33199008002"]);
        callee.expect_success(&gateway);
        gateway.wait_until_idle();
        assert_eq!(gateway.records()[0]["cause"], Value::from(cause), "{status}: {text}");
    }
}
