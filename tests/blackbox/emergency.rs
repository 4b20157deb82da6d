//! The emergency call gets through while every ordinary circuit of the group is in use.

use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn emergency_calls_are_answered_while_ordinary_circuits_are_used_up() {
    let gateway = Gateway::start();
    // 123 circuits, 4 of them kept for emergency calls: 119 ordinary calls fill the rest.
    let hold = Scenario::caller().progress(180).answered().pause(12_000).hang_up().finish();
    let load = Load { calls: 119, rate: 60, limit: 119, seconds_max: 60, transport: "u1" };
    let ordinary = sipp::caller(&gateway, "ordinary", &hold, "0199000001", load);
    gateway.wait_for_metric("tocsin_calls_active", 119.0);
    let refused = Scenario::caller().rejected(503, 34).finish();
    sipp::caller(&gateway, "refused", &refused, "0199000002", Load::ONE).expect_success(&gateway);

    let answered = Scenario::caller().progress(180).answered().pause(500).hang_up().finish();
    let numbers =
        [("112", "199009400"), ("15", "199009100"), ("17", "199009200"), ("18", "199009300")];
    let calls: Vec<_> = numbers
        .iter()
        .map(|(number, _)| sipp::caller(&gateway, number, &answered, number, Load::ONE))
        .collect();
    calls.into_iter().for_each(|call| call.expect_success(&gateway));
    let mut sos = Ua::new(&gateway);
    sos.invite_uri("urn:service:sos");
    sos.expect(200);
    sos.acknowledge(None);
    sos.hang_up();

    ordinary.expect_success(&gateway);
    gateway.wait_until_idle();
    let records = gateway.records();
    for (number, translated) in numbers {
        let record = records.iter().find(|record| record["called"] == number).unwrap();
        assert_eq!(record["class"], "emergency", "{record}");
        assert!(record["translated"].as_str().unwrap().ends_with(translated), "{record}");
    }
    assert_eq!(records.iter().filter(|record| record["class"] == "emergency").count(), 5);
}

/// More INVITEs than the gateway can take, for as long as the emergency calls need.
fn flood(gateway: &Gateway, stop: &AtomicBool) -> u32 {
    let socket = UdpSocket::bind((gateway.address, 0)).unwrap();
    let local = socket.local_addr().unwrap();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..50 {
            sent += 1;
            let text = format!(
                "INVITE sip:0199000401@{0} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKf{sent}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:+33639980003@{local}>;tag=f{sent}\r\n\
                 To: <sip:0199000401@{0}>\r\nCall-ID: flood{sent}@{local}\r\nCSeq: 1 INVITE\r\n\
                 Contact: <sip:flood@{local}>\r\nContent-Length: 0\r\n\r\n",
                gateway.sip()
            );
            // What the system does not take is lost, as in any flood.
            let _ = socket.send_to(text.as_bytes(), gateway.sip());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    sent
}

#[test]
fn emergency_calls_are_answered_in_a_flood() {
    let gateway = Gateway::start();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let flooding = scope.spawn(|| flood(&gateway, &stop));
        std::thread::sleep(Duration::from_secs(1));
        for number in ["112", "15", "17", "18", "112"] {
            let mut caller = Ua::new(&gateway);
            caller.call(number);
            caller.hang_up();
        }
        stop.store(true, Ordering::Relaxed);
        let sent = flooding.join().unwrap();
        assert!(sent > 1_000, "{sent} is no flood");
    });
    gateway.wait_until_idle();
    let records = gateway.records();
    let emergencies = records.iter().filter(|record| record["class"] == "emergency");
    assert_eq!(emergencies.filter(|record| record["answered"].is_string()).count(), 5);
}
