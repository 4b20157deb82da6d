//! The emergency call gets through while every ordinary circuit of the group is in use.

use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::ua::Ua;

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
