//! A hundred calls over a network that loses, doubles and re-orders: none may fail
//! (RFC 3261 §17).

use crate::support::gateway::Gateway;
use crate::support::judge;
use crate::support::lossy::{Harm, Lossy};
use crate::support::scenario::{Request, SDP, Scenario};
use crate::support::sipp::{self, Load};
use std::net::SocketAddr;
use std::time::Duration;

const HARM: Harm = Harm { lost: 8, doubled: 5, late: Duration::from_millis(60) };

#[test]
fn a_hundred_calls_over_a_bad_network_all_complete() {
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| configuration);
    let telephone = SocketAddr::from((gateway.address, 5095));
    let network = Lossy::between(telephone, gateway.sip(), 0, HARM, 20_210_602);
    // Responses find their way back by rport, requests by a Contact that is the network's end.
    let by = |request: Request| {
        request
            .edit(";branch=", ";rport;branch=")
            .edit("sip:sipp@[local_ip]:[local_port]", &format!("sip:sipp@{}", network.far))
    };
    let scenario = Scenario::silent_caller()
        .send(by(Request::outside("INVITE", 1).sdp(SDP)))
        .maybe(100)
        .maybe(180)
        .expect(200, "m=audio [0-9]+ RTP/AVP")
        .send(by(Request::ack(1)))
        .pause(3000)
        .send(by(Request::within("BYE", 2)))
        .expect(200, "BYE");
    let load = Load { calls: 100, rate: 25, limit: 100, seconds_max: 60, transport: "u1" };
    let next = network.near.to_string();
    sipp::caller_from(&gateway, "lossy", &scenario.finish(), "0199000001", load, &next, telephone)
        .expect_success(&gateway);
    gateway.wait_until_idle();
    let (came, lost) = network.finish();
    assert!(lost * 20 > came, "{lost} of {came} lost is no bad network");
    let records = gateway.records();
    assert_eq!(records.len(), 100);
    for record in &records {
        assert!(record["answered"].is_string() && record["cause"] == 16, "{record}");
    }
    judge::stop_and_judge(gateway);
}
