//! Exchanges that say that they are congested, and what comes of it (Q.764 §2.9.9, §2.10, §2.11).

use crate::support::gateway::Gateway;
use crate::support::isup_peer::IsupPeer;
use crate::support::ua::Ua;
use isup_codec::Message;

const ORDINARY: [&str; 2] = ["group=\"exchange\"", "class=\"ordinary\""];

/// A call to this number that nobody takes; gives the refusal.
fn refused(gateway: &Gateway, number: &str, status: u16) -> String {
    let mut caller = Ua::new(gateway);
    caller.invite(number, Some(&caller.sdp()));
    let refusal = caller.expect(status);
    caller.acknowledge_failure();
    refusal
}

fn held_back_percent(gateway: &Gateway) -> f64 {
    gateway.metric("tocsin_isup_held_back_percent", &ORDINARY)
}

fn held_back(gateway: &Gateway, class: &str) -> f64 {
    gateway.metric("tocsin_isup_held_back_total", &[&format!("class=\"{class}\"")])
}

fn wait_for_full_load(gateway: &Gateway) {
    let begin = std::time::Instant::now();
    while held_back_percent(gateway) > 0.0 {
        assert!(begin.elapsed().as_secs() < 120, "the load does not come back");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

/// The demo's exchange tells its level with each refusal of 01 99 00 05 yy.
#[test]
fn a_part_of_the_calls_is_held_back_after_a_level_and_no_emergency_call_is() {
    let gateway = Gateway::start();
    let refusal = refused(&gateway, "0199000501", 503);
    assert!(refusal.contains("cause=42") && !refusal.contains("Retry-After"), "{refusal}");
    let received = || gateway.metric("tocsin_isup_events_total", &["event=\"levels_received\""]);
    // Each of these calls that passes tells the level anew; every fourth does not pass.
    let mut kept = 0;
    for _ in 0..12 {
        let told = received();
        let refusal = refused(&gateway, "0199000502", 503);
        // RFC 3261 §21.5.4: whoever is told when to come back sends no emergency call meanwhile.
        assert!(refusal.contains("cause=42") && !refusal.contains("Retry-After"), "{refusal}");
        kept += u32::from(received() == told);
        let mut urgent = Ua::new(&gateway);
        urgent.call("112");
        urgent.hang_up();
    }
    // Fewer than three where the level was over before the next call.
    assert!(kept <= 3, "{kept} of 12 calls were held back");
    assert_eq!(held_back(&gateway, "ordinary"), f64::from(kept));
    assert_eq!(received(), f64::from(13 - kept));

    wait_for_full_load(&gateway);
    for _ in 0..8 {
        let refusal = refused(&gateway, "0199000401", 404);
        assert!(refusal.contains("cause=1"), "{refusal}");
    }
    gateway.wait_until_idle();
    let records = gateway.records();
    let urgent = records.iter().filter(|record| record["class"] == "emergency");
    assert_eq!(urgent.filter(|record| record["answered"].is_string()).count(), 12);
}

/// MTP-STATUS, over M3UA.
#[test]
fn the_load_falls_with_an_indication_of_congestion_and_comes_back() {
    let (gateway, peer) = IsupPeer::start_with(&[], |table| {
        let timers: toml::Table = "t30 = \"10s\"".parse().unwrap();
        table["ss7"].as_table_mut().unwrap().insert("timers".to_owned(), timers.into());
    });
    // That there is none is no indication of it.
    peer.scon(0);
    assert_eq!(held_back_percent(&gateway), 0.0);
    let begin = std::time::Instant::now();
    loop {
        peer.scon(1);
        let (code, status) = gateway.tocsin(&["status"]);
        assert_eq!(code, 0);
        if status.contains(" % of ordinary calls held back (step ") {
            break;
        }
        assert!(begin.elapsed().as_secs() < 60, "{status}");
    }
    wait_for_full_load(&gateway);
    let (_, status) = gateway.tocsin(&["status"]);
    assert!(!status.contains("held back"), "{status}");
    let indications = ["event=\"congestion_indications\""];
    assert!(gateway.metric("tocsin_isup_events_total", &indications) >= 1.0);
}

#[test]
fn a_circuit_is_left_alone_after_an_overload_message() {
    let (gateway, peer) = IsupPeer::start();
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    let (cic, _) = peer.expect_iam();
    peer.send(cic, Message::Olm);
    let refusal = caller.expect(503);
    assert!(refusal.contains("cause=42"), "{refusal}");
    caller.acknowledge_failure();
    let (_, circuits) = gateway.get("/api/v1/circuits").unwrap();
    let circuits: Vec<serde_json::Value> = serde_json::from_str(&circuits).unwrap();
    let circuit = circuits.iter().find(|circuit| circuit["cic"] == cic).unwrap();
    assert_eq!(circuit["state"], "releasing");
    assert_eq!(gateway.metric("tocsin_isup_events_total", &["event=\"overloads\""]), 1.0);
    // The peer may end that sooner than T3 does.
    peer.release(cic, 16);
    gateway.wait_until_idle();
}
