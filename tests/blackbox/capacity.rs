//! Gateway and exchange as two processes, as `conf/capacity.toml` and `conf/capacity-exchange.toml`
//! have them, joined by M3UA over TCP.

use crate::support::exchange::ExchangeProcess;
use crate::support::gateway::Gateway;
use crate::support::judge::{self, FILE};
use crate::support::quick;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;

fn both(arguments: &[&str]) -> (Gateway, ExchangeProcess) {
    let gateway = Gateway::spawn_capacity(arguments);
    let exchange = ExchangeProcess::start(&gateway);
    gateway.wait_until_ready();
    exchange.wait_until_ready(&gateway);
    (gateway, exchange)
}

#[test]
fn calls_both_ways_between_two_processes() {
    let (gateway, mut exchange) = both(&["--pcap", FILE]);
    assert_eq!(gateway.metric("tocsin_circuits", &[]), 4_000.0);
    let calls = if quick() { 100 } else { 500 };
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls, rate: 50, limit: 100, seconds_max: 60, transport: "u1" };
    sipp::caller(&gateway, "load", &scenario, "0199000001", load).expect_success(&gateway);
    gateway.wait_until_idle();
    let answered = gateway.metric("tocsin_calls_answered_total", &["class=\"ordinary\""]);
    assert_eq!(answered, f64::from(calls));

    let scenario =
        Scenario::callee().respond("180 Ringing").pause(50).respond("200 OK").ended_by_gateway();
    let load = Load { calls: 40, rate: 40, limit: 100, seconds_max: 60, transport: "u1" };
    let callee = sipp::callee(&gateway, "callee", &scenario.finish(), load);
    // The gateway hands it on to the other process.
    let call = ["originate", "+33199008001", "--count", "40", "--rate", "40", "--hold", "0.5"];
    let (code, text) = gateway.tocsin(&call);
    assert_eq!(code, 0, "{text}\n{}", gateway.log());
    callee.expect_success(&gateway);
    gateway.wait_until_idle();
    assert_eq!(exchange.terminate(), Some(0), "{}", exchange.log());
    judge::stop_and_judge(gateway);
}

/// RFC 4666 §4.3.4.2 and Q.764 §2.9.3: a call in talk state outlives the exchange until the new one
/// says that it knows nothing of it; then new calls go.
#[test]
fn an_exchange_that_is_killed_and_started_again() {
    let (gateway, exchange) = both(&[]);
    let mut talking = Ua::new(&gateway);
    talking.invite("0199000001", Some(&talking.sdp()));
    talking.expect(200);
    talking.acknowledge(None);

    drop(exchange);
    let ready = || gateway.get("/readyz").is_some_and(|(status, _)| status == 200);
    gateway.until("aware of the loss", || !ready());
    let (code, text) = gateway.tocsin(&["originate", "+33199008001"]);
    assert_eq!(code, 3, "{text}");
    let mut refused = Ua::new(&gateway);
    refused.invite("0199000001", Some(&refused.sdp()));
    refused.expect(503);
    refused.acknowledge_failure();
    assert_eq!(gateway.metric("tocsin_calls_active", &[]), 1.0, "{}", gateway.log());

    let exchange = ExchangeProcess::start(&gateway);
    gateway.wait_until_ready();
    exchange.wait_until_ready(&gateway);
    talking.hung_up();
    gateway.wait_until_idle();
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    caller.expect(200);
    caller.acknowledge(None);
    caller.hang_up();
    gateway.wait_until_idle();
}
