//! `tocsin links` and `tocsin alarms`: what carries signalling, and what is wrong, where and since
//! when, until it is in order again.

use crate::support::gateway::Gateway;
use crate::support::isup_peer::IsupPeer;
use isup_codec::{CircuitState, CircuitStates, Cqr, Message, MessageType, Options, Range, Upa};
use serde_json::Value;

fn ask(gateway: &Gateway, command: &str) -> Value {
    let (code, text) = gateway.tocsin(&[command, "--json"]);
    assert_eq!(code, 0, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// What stands: `alarm at kind name`.
fn standing(gateway: &Gateway) -> Vec<String> {
    let named = |alarm: &Value| {
        let text = |key: &str| alarm[key].as_str().unwrap().to_owned();
        format!("{} at {} {}", text("alarm"), text("kind"), text("name"))
    };
    ask(gateway, "alarms").as_array().unwrap().iter().map(named).collect()
}

fn wait_for(gateway: &Gateway, wanted: &[&str]) {
    gateway.until(&format!("{wanted:?}"), || standing(gateway) == wanted);
}

#[test]
fn a_signalling_link_is_shown_from_its_start_and_its_alarms_end_when_it_is_in_service() {
    let gateway = Gateway::spawn(&[], |configuration| configuration);
    gateway.said("Control-C", std::time::Duration::from_secs(10));
    // Emergency proving takes half a second at least.
    let early = ask(&gateway, "alarms");
    let link = early.as_array().unwrap().iter().find(|alarm| alarm["kind"] == "link");
    if let Some(link) = link {
        let told = (&link["alarm"], &link["name"], &link["times"], &link["detail"]);
        let wanted = ["signalling link out of service", "0", "not in service yet"];
        assert_eq!(told, (&wanted[0].into(), &wanted[1].into(), &1.into(), &wanted[2].into()));
    }
    gateway.wait_until_ready();
    wait_for(&gateway, &[]);
    let (code, text) = gateway.tocsin(&["alarms"]);
    assert_eq!((code, text.trim()), (0, "no alarms"));
    let raised = ["alarm=\"signalling link out of service\""];
    assert_eq!(gateway.metric("tocsin_alarms", &raised), 0.0);
    assert_eq!(gateway.metric("tocsin_alarms_raised_total", &raised), 1.0);

    let all = ask(&gateway, "links");
    let link = &all["links"][0];
    for (key, value) in [
        ("link", Value::from(0)),
        ("adjacent", 2.into()),
        ("slc", 0.into()),
        ("state", "in service".into()),
        ("in_service", true.into()),
        ("outstanding", 0.into()),
    ] {
        assert_eq!(link[key], value, "{key} in {all}");
    }
    assert_eq!(link["news"]["reason"], "aligned and tested");
    assert!(link["news"]["since"].as_str().unwrap().ends_with('Z'), "{all}");
    assert_eq!(link["counters"]["in_service"], 1);
    // The link test, and the resets of 123 circuits.
    assert!(link["counters"]["sent"].as_u64().unwrap() >= 4, "{all}");
    let set = &all["link_sets"][0];
    assert_eq!((&set["adjacent"], &set["in_service"]), (&2.into(), &1.into()));
    assert_eq!(set["counters"]["changeovers"], 0);
    let route =
        serde_json::json!({"adjacent": 2, "priority": 0, "state": "allowed", "in_use": true});
    let destination = serde_json::json!({"point_code": 2, "available": true, "routes": [route]});
    assert_eq!(all["destinations"][0], destination);
    assert_eq!(all["associations"], serde_json::json!([]));
    let came = ["link=\"0\"", "event=\"in_service\""];
    assert_eq!(gateway.metric("tocsin_link_events_total", &came), 1.0);
    let (code, text) = gateway.tocsin(&["links"]);
    assert!(code == 0 && text.contains("LINK  TO  SLC  STATE       FOR"), "{text}");
    assert!(
        text.contains("DESTINATION  STATE      OVER\n2            available  2 (in use)"),
        "{text}"
    );
}

#[test]
fn an_association_that_is_lost_raises_what_follows_from_it_and_its_return_clears_all() {
    let (gateway, peer) = IsupPeer::start();
    wait_for(&gateway, &[]);
    let all = ask(&gateway, "links");
    let association = &all["associations"][0];
    assert_eq!((&association["name"], &association["in_service"]), (&"peer".into(), &true.into()));
    assert_eq!(association["counters"]["established"], 1, "{all}");

    peer.manner(|manner| manner.accepts = false);
    peer.disconnect();
    wait_for(
        &gateway,
        &[
            "association out of service at association peer",
            "destination unreachable at destination 2",
            "trunk group not usable at group exchange",
        ],
    );
    let (code, text) = gateway.tocsin(&["links"]);
    assert!(code == 0 && text.contains("association peer: out of service since"), "{text}");
    assert!(text.contains("2            unavailable"), "{text}");
    let alarms = ask(&gateway, "alarms");
    // The first time was the start.
    assert_eq!(alarms[0]["times"], 2, "{alarms}");
    assert_eq!(alarms[0]["detail"], "the connection is gone", "{alarms}");
    let (code, text) = gateway.tocsin(&["alarms"]);
    assert!(code == 0 && text.starts_with("ALARM "), "{text}");
    assert_eq!(gateway.metric("tocsin_alarms", &[]), 3.0);

    peer.manner(|manner| manner.accepts = true);
    peer.wait_until_active();
    wait_for(&gateway, &[]);
    assert_eq!(gateway.metric("tocsin_alarms", &[]), 0.0);
    // Once more where it was tried between the end of the connection and that of listening.
    let established = ["event=\"established\""];
    assert!(gateway.metric("tocsin_association_events_total", &established) >= 2.0);
}

#[test]
fn what_isup_tells_the_staff_stands_until_it_is_in_order() {
    let (gateway, peer) = IsupPeer::start();
    wait_for(&gateway, &[]);
    // Q.764 §2.12: the peer has no such circuit, until it speaks of it.
    peer.send(7, Message::Ucic);
    wait_for(
        &gateway,
        &[
            "circuits out of service at group exchange",
            "circuit unequipped at the peer at circuit exchange/7",
        ],
    );
    let alarms = ask(&gateway, "alarms");
    assert_eq!(alarms[0]["detail"], "1 of 31", "{alarms}");
    peer.send(7, Message::Ubl);
    wait_for(&gateway, &[]);
    // Q.764 §2.13.2, until it answers.
    peer.dupu(2);
    wait_for(
        &gateway,
        &[
            "remote user part unavailable at group exchange",
            "trunk group not usable at group exchange",
        ],
    );
    peer.send(0, Upa { options: Options::new() });
    wait_for(&gateway, &[]);
    // What the staff itself has taken away.
    assert_eq!(gateway.tocsin(&["circuits", "block", "exchange", "3-4"]).0, 0);
    wait_for(&gateway, &["circuits out of service at group exchange"]);
    assert_eq!(ask(&gateway, "alarms")[0]["detail"], "2 of 31");
}

/// Q.764 Annex A, T28, the one long timer that is not one of minutes.
#[test]
fn a_query_that_is_not_answered_stands_until_one_is() {
    let (gateway, peer) = IsupPeer::start_with(&[], |table| {
        let ss7 = table["ss7"].as_table_mut().unwrap();
        let group = ss7["group"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        group.insert("query".to_owned(), true.into());
    });
    wait_for(&gateway, &[]);
    let ask_about = |cics: &str| {
        assert_eq!(gateway.tocsin(&["circuits", "query", "exchange", cics]).0, 0);
        let Message::Cqm(cqm) = peer.expect(1, MessageType::CQM) else { unreachable!() };
        cqm.range
    };
    let answer = |range: Range| {
        let states = CircuitStates(vec![CircuitState::IDLE; range.count()]);
        peer.send(1, Cqr { range, states });
    };
    answer(ask_about("1-4"));
    ask_about("1-4");
    wait_for(&gateway, &["no circuit group query response at group exchange"]);
    // What was asked about was reset instead. An answer is what is missed.
    answer(ask_about("1-2"));
    wait_for(&gateway, &[]);
}

#[test]
fn a_circuit_that_fails_its_test_stands_until_it_passes_one() {
    let gateway = Gateway::start_with(&[], |configuration| {
        // T25 at its longest, so that the failure is seen.
        configuration.replace(
            "[exchange]\n",
            "[ss7.timers]\nt25 = \"10s\"\n\n[exchange]\nbroken_loops = [5]\n",
        )
    });
    wait_for(&gateway, &[]);
    assert_eq!(gateway.tocsin(&["circuits", "test", "exchange", "5"]).0, 1);
    wait_for(
        &gateway,
        &[
            "circuits out of service at group exchange",
            "continuity recheck failed at circuit exchange/5",
        ],
    );
    assert_eq!(gateway.tocsin(&["circuits", "test", "exchange", "5"]).0, 0);
    wait_for(&gateway, &[]);
    let failed = ["alarm=\"continuity recheck failed\""];
    assert_eq!(gateway.metric("tocsin_alarms_raised_total", &failed), 1.0);
}
