//! Session timers (RFC 4028), both roles, with intervals short enough to be waited for.

use crate::support::case::{self, Case, Play};
use crate::support::peer::{Peer, header};
use crate::support::scenario::{Request, SDP, Scenario};

/// A caller that refreshes the session itself.
const REFRESHES: &str = "Supported: timer\nSession-Expires: 6;refresher=uac\n";

fn answered(caller: Scenario, pattern: &str) -> Scenario {
    caller.progress(180).expect(200, pattern).send(Request::ack(1))
}

fn refreshed(scenario: Scenario, method: &'static str, cseq: u32) -> Scenario {
    let request = Request::within(method, cseq).header("Supported: timer");
    let request = request.header("Session-Expires: 6;refresher=uac");
    match method {
        "INVITE" => scenario
            .send(request.sdp(SDP))
            .maybe(100)
            .expect(200, "Session-Expires: 6;refresher=uac")
            .send(Request::ack(cseq)),
        _ => scenario.send(request).expect(200, "Session-Expires: 6;refresher=uac"),
    }
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a caller without timers is refreshed by the same offer",
        clause: "RFC 4028 §7.4",
        play: Play::Call("0199000001", || {
            answered(Scenario::caller(), "Session-Expires: 6;refresher=uas")
                .request("INVITE", "Session-Expires: 6;refresher=uac")
                .reply("200 OK", "", SDP)
                .request("ACK", "ACK")
                .hang_up()
        }),
    },
    Case {
        name: "the refresh may be answered in a reliable provisional response",
        clause: "RFC 3262 §4, RFC 6337 §2.2 (pattern 3)",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, "0199000001");
            caller.establish();
            let refresh = caller.expect("INVITE ");
            let sdp = caller.sdp("8", "");
            let progress = caller.response(&refresh, "183 Session Progress", &sdp);
            let headers = "Require: 100rel\r\nRSeq: 9\r\nContact:";
            caller.send(&progress.replacen("Contact:", headers, 1));
            let prack = caller.expect("PRACK ");
            assert!(header(&prack, "RAck").unwrap().starts_with("9 "), "{prack}");
            caller.answer(&prack, "200 OK", "");
            caller.answer(&refresh, "200 OK", "");
            caller.expect("ACK ");
            caller.hang_up(2);
        }),
    },
    Case {
        name: "a caller that takes UPDATE is refreshed by it, time and again",
        clause: "RFC 4028 §7.4, RFC 3311 §5.1",
        play: Play::Call("0199000001", || {
            let headers = "Supported: timer\nAllow: INVITE, ACK, CANCEL, BYE, UPDATE\n";
            let own = "Session-Expires: 6;refresher=uac\nRequire: timer\n";
            answered(Scenario::caller_with(headers, SDP), "Session-Expires: 6;refresher=uas")
                .request("UPDATE", "Session-Expires: 6;refresher=uac")
                .reply("200 OK", own, "")
                .request("UPDATE", "Session-Expires: 6;refresher=uac")
                .reply("200 OK", own, "")
                .hang_up()
        }),
    },
    Case {
        name: "a caller refreshes by UPDATE and by re-INVITE",
        clause: "RFC 4028 §9",
        play: Play::Call("0199000001", || {
            let call = answered(Scenario::caller_with(REFRESHES, SDP), "Require: timer");
            let call = refreshed(call.pause(3_000), "UPDATE", 2);
            refreshed(call.pause(3_000), "INVITE", 3).pause(3_000).hang_up_as(4)
        }),
    },
    Case {
        name: "a caller that stops refreshing is released before the session ends",
        clause: "RFC 4028 §10",
        play: Play::Call("0199000001", || {
            answered(Scenario::caller_with(REFRESHES, SDP), "Session-Expires: 6;refresher=uac")
                .pause(3_500)
                .request("BYE", "Reason: .*Session Timer Expired")
                .reply("200 OK", "", "")
        }),
    },
    Case {
        name: "a caller is told how long a session must be",
        clause: "RFC 4028 §6",
        play: Play::Call("0199000001", || {
            Scenario::caller_with("Supported: timer\nSession-Expires: 1\n", SDP)
                .expect(422, "Min-SE: 2")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "an interval that is too long is shortened",
        clause: "RFC 4028 §9",
        play: Play::Call("0199000001", || {
            let headers = "Supported: timer\nSession-Expires: 7200\nMin-SE: 4\n";
            answered(Scenario::caller_with(headers, SDP), "Session-Expires: 6;refresher=uac")
                .hang_up()
        }),
    },
    Case {
        name: "an interval is not shortened below what the caller takes",
        clause: "RFC 4028 §9",
        play: Play::Call("0199000001", || {
            let headers = "Supported: timer\nSession-Expires: 7200\nMin-SE: 600\n";
            answered(Scenario::caller_with(headers, SDP), "Session-Expires: 600;refresher=uac")
                .hang_up()
        }),
    },
    Case {
        name: "an emergency call is never told that its session is too short",
        clause: "RFC 4028 §9",
        play: Play::Call("112", || {
            let headers = "Supported: timer\nSession-Expires: 1\n";
            Scenario::caller_with(headers, SDP)
                .progress(180)
                .expect(200, "m=audio")
                .send(Request::ack(1))
                .hang_up()
        }),
    },
    Case {
        name: "a caller that does not know the dialog any more has left",
        clause: "RFC 4028 §10, RFC 3261 §12.2.1.2",
        play: Play::Call("0199000001", || {
            answered(Scenario::caller(), "Session-Expires")
                .request("INVITE", "Session-Expires")
                .reply("481 Call/Transaction Does Not Exist", "", "")
                .request("ACK", "ACK")
                .ended_by_gateway()
        }),
    },
    Case {
        name: "a callee is asked for a timer, and asks for a longer one",
        clause: "RFC 4028 §7.3",
        play: Play::Called(16, || {
            Scenario::callee_hearing("Session-Expires: 6")
                .reply_with_tag("422 Session Interval Too Small", "", "Min-SE: 60\n", "")
                .request("ACK", "ACK")
                .request("INVITE", "Session-Expires: 60")
                .respond("180 Ringing")
                .respond("200 OK")
                .ended_by_gateway()
        }),
    },
    Case {
        name: "a callee without timers is called all the same",
        clause: "RFC 4028 §7.2",
        play: Play::Called(16, || {
            Scenario::callee_hearing("Supported: .*timer").respond("200 OK").ended_by_gateway()
        }),
    },
];

#[test]
fn sessions_end_when_nobody_refreshes_them() {
    case::run_with(CASES, |configuration| {
        let shorter = configuration.replace("min_session = \"90s\"", "min_session = \"2s\"");
        let shorter = shorter.replace("session_expires = \"30min\"", "session_expires = \"6s\"");
        assert!(shorter.contains("\"6s\"") && shorter.contains("\"2s\""));
        shorter
    });
}
