//! `tocsin circuits test`: one circuit tested by tone for the staff (Q.764 §2.1.8), against the
//! exchange of the demo.

use crate::support::gateway::Gateway;
use crate::support::isup_peer::IsupPeer;
use crate::support::judge::{FILE, judge, tshark};
use crate::support::ua::Ua;
use serde_json::Value;

fn test(gateway: &Gateway, group: &str, cic: &str) -> (i32, String) {
    gateway.tocsin(&["circuits", "test", group, cic])
}

/// The state of a circuit.
fn state(gateway: &Gateway, cic: u16) -> String {
    let (_, text) = gateway.get("/api/v1/circuits").unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let circuit = all.as_array().unwrap().iter().find(|circuit| circuit["cic"] == cic).unwrap();
    circuit["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_good_circuit_passes_blocked_or_not_and_is_as_it_was_afterwards() {
    let mut gateway = Gateway::start_with(&["--pcap", FILE], |configuration| configuration);
    let (code, text) = test(&gateway, "exchange", "5");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("circuit exchange/5: passed: the tone came back"), "{text}");
    let (code, text) = gateway.tocsin(&["circuits", "test", "exchange", "6", "--json"]);
    assert_eq!(code, 0, "{text}");
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&told["cic"], &told["result"]), (&6.into(), &"passed".into()));
    gateway.wait_until_idle();

    let (code, text) = gateway.tocsin(&["circuits", "block", "exchange", "7"]);
    assert_eq!(code, 0, "{text}");
    gateway.until("blocked", || state(&gateway, 7) == "blocked");
    assert_eq!(test(&gateway, "exchange", "7").0, 0);
    gateway.until("blocked again", || state(&gateway, 7) == "blocked");
    let passed = ["result=\"test_passed\""];
    assert_eq!(gateway.metric("tocsin_continuity_checks_total", &passed), 3.0);

    gateway.signal("TERM");
    assert_eq!(gateway.wait().0, 0, "{}", gateway.log());
    let file = gateway.folder.join(FILE);
    judge(&file);
    // CCR, LPA, REL, RLC.
    let fields = ["-T", "fields", "-e", "isup.message_type"];
    for cic in [5, 6, 7] {
        let filter = format!("isup.cic == {cic} && isup.message_type in {{17, 36, 12, 16}}");
        let all = tshark(&file, &[&["-Y", &filter][..], &fields].concat());
        assert_eq!(all.split_whitespace().collect::<Vec<_>>(), ["17", "36", "12", "16"], "{cic}");
    }
}

#[test]
fn a_broken_circuit_fails_is_used_by_no_call_and_heals_by_the_next_test() {
    let gateway = Gateway::start_with(&[], |configuration| {
        configuration.replace(
            "[exchange]\n",
            "[ss7.timers]\nt25 = \"10s\"\n\n[exchange]\nbroken_loops = [1]\n",
        )
    });
    let (code, text) = test(&gateway, "exchange", "1");
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("circuit exchange/1: failed: the tone did not come back"), "{text}");
    assert_eq!(state(&gateway, 1), "checking");
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    caller.hang_up();
    // The staff need not wait for T25: the loop was broken once.
    let (code, text) = test(&gateway, "exchange", "1");
    // By then it may be under way, or over.
    assert!(code == 0 || text.contains("being reset or checked"), "{text}");
    gateway.wait_until_idle();
    let records = gateway.records();
    assert_ne!(records[0]["circuit"], "exchange/1", "{}", records[0]);
}

#[test]
fn what_cannot_be_tested_is_refused_with_the_reason() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    for (group, cic, why) in [
        ("exchange", "1", "carries a call"),
        ("exchange", "16", "no circuit 16"),
        ("exchange", "4000", "no circuit 4000"),
        ("nowhere", "1", "no trunk group `nowhere`"),
    ] {
        let (code, text) = test(&gateway, group, cic);
        assert!(code == 1 && text.contains(why), "{group}/{cic}: {code} {text}");
    }
    assert_eq!(test(&gateway, "exchange", "1-5").0, 2);
    caller.hang_up();
    gateway.wait_until_idle();
    for wrong in ["", "{}", "{\"group\": \"exchange\"}", "{\"group\": \"exchange\", \"cic\": -1}"] {
        let (status, text) = gateway.post("/api/v1/circuits/test", wrong);
        assert!(status == 400 && text.contains("\"error\""), "{wrong}: {status} {text}");
    }
    assert_eq!(gateway.metric("tocsin_continuity_checks_total", &["result=\"test_"]), 0.0);

    // Nor where there is nothing on which a tone could go.
    let (gateway, peer) = IsupPeer::start();
    let (code, text) = test(&gateway, "exchange", "5");
    assert!(code == 1 && text.contains("has no time slot here"), "{code} {text}");
    assert!(peer.take().is_none());
}

/// A test may take its circuit away from all calls.
#[test]
fn the_last_circuit_of_emergency_calls_is_tested_only_by_force() {
    let gateway = Gateway::start_with(&[], |configuration| {
        let broken = "[ss7.timers]\nt25 = \"10s\"\n\n[exchange]\nbroken_loops = [1, 1, 1]\n";
        configuration.replace("[exchange]\n", broken)
    });
    gateway.wait_until_idle();
    assert_eq!(gateway.tocsin(&["circuits", "block", "exchange", "2-127"]).0, 0);
    gateway.until("blocked", || state(&gateway, 127) == "blocked");
    let (code, text) = test(&gateway, "exchange", "1");
    assert!(code == 1 && text.contains("--force does it nevertheless"), "{code} {text}");
    // Of what no call can use nothing is taken away.
    assert_eq!(test(&gateway, "exchange", "2").0, 0);
    let (code, text) = gateway.tocsin(&["circuits", "test", "exchange", "1", "--force"]);
    assert!(code == 1 && text.contains("failed"), "{code} {text}");
    // A circuit that has failed is no way out for whoever would block the others.
    assert_eq!(gateway.tocsin(&["circuits", "unblock", "exchange", "2"]).0, 0);
    gateway.until("unblocked", || state(&gateway, 2) == "idle");
    let (code, text) = gateway.tocsin(&["circuits", "block", "exchange", "2"]);
    assert!(code == 1 && text.contains("--force does it nevertheless"), "{code} {text}");
}
