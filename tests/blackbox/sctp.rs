//! Gateway and exchange as two processes, joined by M3UA over SCTP in UDP (RFC 6951).

use crate::support::exchange::ExchangeProcess;
use crate::support::gateway::Gateway;
use crate::support::judge::{self, FILE};
use crate::support::quick;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;

/// Adds keys to the only association of a configuration.
fn with(configuration: &str, keys: &str) -> String {
    assert_eq!(configuration.matches("[[ss7.association]]\n").count(), 1);
    configuration.replace("[[ss7.association]]\n", &format!("[[ss7.association]]\n{keys}\n"))
}

fn exchange(gateway: &Gateway) -> ExchangeProcess {
    ExchangeProcess::start_with(gateway, |configuration| {
        with(&configuration, "transport = \"sctp-udp\"\nudp_port = 9899")
    })
}

fn calls(gateway: &Gateway, calls: u32) {
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    sipp::caller(gateway, "load", &scenario, "0199000001", load).expect_success(gateway);
    gateway.wait_until_idle();
}

/// RFC 9260 §8.1: nobody says that the peer is gone; it does not acknowledge.
#[test]
fn calls_go_over_sctp_in_udp_and_a_peer_that_dies_comes_back() {
    let gateway = Gateway::spawn_capacity_with(&["--pcap", FILE], |configuration| {
        let keys = "transport = \"sctp-udp\"\nudp_port = 9898\npeer_udp_port = 9899";
        with(&configuration, keys)
    });
    let alive = exchange(&gateway);
    gateway.wait_until_ready();
    alive.wait_until_ready(&gateway);
    calls(&gateway, if quick() { 50 } else { 250 });

    drop(alive);
    // What is sent to it stays unacknowledged.
    let mut unheard = Ua::new(&gateway);
    unheard.invite("0199000001", Some(&unheard.sdp()));
    let ready = || gateway.get("/readyz").is_some_and(|(status, _)| status == 200);
    gateway.until("aware of the loss", || !ready());
    let failed = |event| {
        let labels = ["transport=\"sctp-udp\"", event];
        gateway.metric("tocsin_sctp_events_total", &labels)
    };
    gateway.until("trying again in vain", || failed("event=\"not_opened\"") > 0.0);
    unheard.expect(503);
    unheard.acknowledge_failure();

    let alive = exchange(&gateway);
    gateway.wait_until_ready();
    alive.wait_until_ready(&gateway);
    calls(&gateway, 50);
    assert_eq!(failed("event=\"broken\""), 0.0);
    assert!(gateway.metric("tocsin_mtp_events_total", &["event=\"indicated\""]) > 200.0);
    judge::stop_and_judge(gateway);
}
