//! The command line and the admin API.

use crate::support::gateway::Gateway;
use crate::support::ua::Ua;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn tocsin(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tocsin"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn exit_codes_are_those_that_scripts_rely_on() {
    assert_eq!(tocsin(&["check", "conf/demo.toml"]).0, 0);
    assert_eq!(tocsin(&["route", "112"]).0, 0);
    assert_eq!(tocsin(&["route", "0199008001"]).0, 1);
    assert_eq!(tocsin(&["no-such-command"]).0, 2);
    assert_eq!(tocsin(&["originate"]).0, 2);
    let (code, text) = tocsin(&["status", "--admin", "http://127.0.0.1:1"]);
    assert_eq!(code, 3, "{text}");
}

#[test]
fn a_wrong_file_stops_at_the_start_with_its_place_and_a_remedy() {
    let wrong = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.toml");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/demo.toml");
    let demo = std::fs::read_to_string(demo).unwrap();
    std::fs::write(&wrong, demo.replace("time_slot = 16", "time_slot = 61")).unwrap();
    let line = 1 + demo.lines().position(|line| line == "time_slot = 16").unwrap();
    for command in ["check", "run"] {
        let (code, text) = tocsin(&[command, wrong.to_str().unwrap()]);
        assert_eq!(code, 1, "{text}");
        let place = format!("{}:{line}:13: ss7.link[0].time_slot: ", wrong.display());
        assert!(text.contains(&place) && text.contains("1 to 31"), "{text}");
    }
}

#[test]
fn the_start_is_told_at_once_and_calls_wait_until_the_link_is_up() {
    let gateway = Gateway::spawn(&[], |configuration| configuration);
    let said = gateway.said("Control-C", Duration::from_secs(2));
    assert_eq!(gateway.get("/healthz").unwrap().0, 200);
    assert_eq!(gateway.get("/readyz").unwrap().0, 503);
    let mut early = Ua::new(&gateway);
    early.invite("0199000001", Some(&early.sdp()));
    let refusal = early.expect(503);
    assert!(refusal.contains("\r\nRetry-After: "), "{refusal}");
    early.acknowledge_failure();

    let sip = format!("udp:{}", gateway.sip());
    for told in [&sip, "16384-16895", "123 circuits", "sipp -sn uac", "originate", "/metrics"] {
        assert!(said.contains(told), "no {told} in\n{said}");
    }
    gateway.wait_until_ready();
    let mut caller = Ua::new(&gateway);
    caller.call("0199000001");
    caller.hang_up();
    gateway.wait_until_idle();
}

#[test]
fn a_call_is_shown_while_it_lasts() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.call("112");
    let json = |command: &str| -> Value {
        let (code, text) = gateway.tocsin(&[command, "--json"]);
        assert_eq!(code, 0, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let status = json("status");
    assert_eq!((&status["ready"], &status["draining"]), (&true.into(), &false.into()));
    assert_eq!(status["active"]["emergency"], 1, "{status}");
    assert_eq!(status["links"][0]["in_service"], true, "{status}");
    let call = &json("calls")[0];
    assert_eq!((&call["class"], &call["phase"]), (&"emergency".into(), &"talking".into()));
    assert_eq!((&call["ingress"], &call["egress"]), (&"voip".into(), &"exchange".into()));
    let circuits = json("circuits");
    assert_eq!(circuits.as_array().unwrap().len(), 123);
    let busy = circuits.as_array().unwrap().iter().find(|c| c["state"] != "idle").unwrap();
    let name = format!("{}/{}", busy["group"].as_str().unwrap(), busy["cic"]);
    assert_eq!(call["circuit"], Value::from(name));
    for command in ["status", "calls", "circuits"] {
        let (code, text) = gateway.tocsin(&[command]);
        assert!(code == 0 && text.contains("emergency"), "{command}: {text}");
    }
    caller.hang_up();
    gateway.wait_until_idle();
    assert_eq!(gateway.metric("tocsin_emergency_asr", &["number=\"112\""]), 1.0);
}

#[test]
fn every_metric_has_the_name_that_dashboards_rely_on() {
    let gateway = Gateway::start();
    let mut caller = Ua::new(&gateway);
    caller.invite("0199000201", Some(&caller.sdp()));
    caller.expect(486);
    caller.acknowledge_failure();
    gateway.wait_until_idle();
    let busy = ["class=\"ordinary\"", "ingress=\"voip\"", "egress=\"exchange\"", "cause=\"17\""];
    assert_eq!(gateway.metric("tocsin_calls_failed_total", &busy), 1.0);
    assert_eq!(gateway.metric("tocsin_calls_started_total", &busy[..3]), 1.0);
    assert_eq!(gateway.metric("tocsin_call_setup_seconds_count", &busy[..1]), 1.0);
    assert_eq!(gateway.metric("tocsin_link_up", &["link=\"0\""]), 1.0);
    let text = gateway.get("/metrics").unwrap().1;
    for name in [
        "tocsin_shed_total{class=\"ordinary\",reason=",
        "tocsin_queue_depth{class=",
        "tocsin_rtp_packets_total{direction=",
        "tocsin_rtp_lost_total ",
        "tocsin_quarantined_total 0",
        "tocsin_records_reaped_total 0",
    ] {
        assert!(text.contains(&format!("\n{name}")), "no {name} in\n{text}");
    }
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let gateway = Gateway::start();
    assert_eq!(gateway.get("/").unwrap().0, 200);
    assert_eq!(gateway.get("/no/such/page").unwrap().0, 404);
    assert_eq!(gateway.get("/api/v1/exchange/calls/77").unwrap().0, 404);
    for wrong in
        ["", "{}", "{\"number\": 5}", "{\"number\": \"\", \"count\": 0}", "{\"nmber\": \"1\"}"]
    {
        let (status, text) = gateway.post("/api/v1/exchange/calls", wrong);
        assert!(status == 400 && text.contains("\"error\""), "{wrong}: {status} {text}");
    }
    let (status, text) = gateway.post("/api/v1/exchange/calls", "{\"number\": \"0199008009\"}");
    assert!(status == 202 && text.contains("\"batch\""), "{status} {text}");
}
