//! Each row of the demo's table of numbers, both ways of the table's promise: what the caller gets
//! and that nothing stays behind.

use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::{quick, ua};
use std::time::Duration;

/// Runs all rows of `rows` at once against one gateway and demands quiet afterwards.
fn run(rows: Vec<(&str, Scenario)>) -> Gateway {
    let gateway = Gateway::start();
    let running: Vec<_> = rows
        .into_iter()
        .map(|(number, scenario)| {
            let load = Load { seconds_max: 150, ..Load::ONE };
            sipp::caller(&gateway, number, &scenario.finish(), number, load)
        })
        .collect();
    for sipp in running {
        sipp.expect_success(&gateway);
    }
    gateway.wait_until_idle();
    gateway
}

#[test]
fn every_row_gives_the_sip_result_that_rfc_3398_names() {
    let talk = |scenario: Scenario| scenario.pause(500).hang_up();
    let gateway = run(vec![
        ("0199000001", talk(Scenario::caller().progress(180).answered())),
        ("+33199000101", talk(Scenario::caller().progress(180).answered())),
        ("0199000201", Scenario::caller().rejected(486, 17)),
        ("0199000301", Scenario::caller().progress(180).pause(1000).cancel()),
        ("0199000401", Scenario::caller().rejected(404, 1)),
        ("0199000701", Scenario::caller().progress(180).answered().hung_up_on(16)),
        ("0199000801", Scenario::caller().progress_with_media(183).rejected(410, 22)),
        (
            "0199000901",
            Scenario::caller()
                .progress(180)
                .answered()
                .offered("a=sendonly", "recvonly")
                .offered("a=sendrecv", "sendrecv")
                .hang_up(),
        ),
        ("0199001001", talk(Scenario::caller().answered())),
        ("0199001101", talk(Scenario::caller().progress(180).answered())),
        ("0199001201", talk(Scenario::caller().progress(183).progress(180).maybe(183).answered())),
        ("0199009101", talk(Scenario::caller().progress(180).answered())),
        ("0199007701", Scenario::caller().rejected(404, 1)),
        ("0199008001", Scenario::caller().refused(404)),
    ]);
    // Last, for the next ordinary calls may be held back (Q.764 §2.11.1).
    let congested = Scenario::caller().rejected(503, 42).finish();
    sipp::caller(&gateway, "congested", &congested, "0199000501", Load::ONE)
        .expect_success(&gateway);
    gateway.wait_until_idle();
    assert_eq!(gateway.records().len(), 15);
}

#[test]
fn no_sign_of_the_exchange_is_ended_by_t7() {
    // Q.764 Table A.1: 20 s to 30 s.
    run(vec![("0199000601", Scenario::caller().rejected(504, 102))]);
}

/// Not by sipp, which takes a repeated 180 for a retransmission and passes over it.
#[test]
fn ringing_without_end_is_ended_by_t9_and_told_each_minute_until_then() {
    if quick() {
        return;
    }
    let gateway = Gateway::start();
    let mut caller = ua::Ua::new(&gateway);
    // Q.764 Table A.1: T9 is 1.5 min to 3 min. RFC 3261 §13.3.1.1: a 180 each minute.
    caller.set_patience(Duration::from_secs(65));
    caller.invite("0199000302", Some(&caller.sdp()));
    let refusal = caller.expect(480);
    assert!(refusal.contains("cause=19"), "{refusal}");
    assert!(caller.provisional >= 2, "{} times 180", caller.provisional);
    caller.acknowledge_failure();
    gateway.wait_until_idle();
}

#[test]
fn a_call_without_an_offer_gets_ours() {
    let gateway = Gateway::start();
    let mut caller = ua::Ua::new(&gateway);
    caller.invite("0199001002", None);
    let answer = caller.expect(200);
    assert!(answer.contains("m=audio") && answer.contains(" RTP/AVP 8 0"), "{answer}");
    caller.acknowledge(Some(&caller.sdp()));
    caller.set_remote(&answer);
    assert!(caller.echoes(50) >= 40, "no speech after the answer in ACK");
    caller.hang_up();
    gateway.wait_until_idle();
}

#[test]
fn calls_over_tcp_work_alike() {
    let scenario = Scenario::caller().progress(180).answered().pause(300).hang_up().finish();
    let gateway = Gateway::start();
    let load = Load { transport: "t1", calls: 20, rate: 20, limit: 20, ..Load::ONE };
    sipp::caller(&gateway, "tcp", &scenario, "0199000001", load).expect_success(&gateway);
    gateway.wait_until_idle();
}
