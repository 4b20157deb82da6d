//! Reliable provisional responses (RFC 3262), UPDATE (RFC 3311), the patterns of offer and answer
//! that need them (RFC 6337), early dialogs and early media (RFC 5009, RFC 6228).

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::peer::{Peer, header};
use crate::support::scenario::{Request, SDP, Scenario};
use std::time::Duration;

/// Somebody is heard for two seconds, then the call fails.
pub(crate) const HEARD: &str = "0199000801";
/// Rings for three seconds, then answers; nothing is to be heard before.
const RINGS: &str = "0199000101";
/// Answers at once; nothing is to be heard before.
pub(crate) const ANSWERS: &str = "0199000001";
/// Rings for a second before, so that what is said to a PRACK does not meet the answer.
const RINGS_BRIEFLY: &str = "0199009001";
/// Progress, alerting, progress, answer.
const STEPS: &str = "0199001201";

/// sipp hears a reliable response and acknowledges it.
fn acknowledged(scenario: Scenario, status: u16, cseq: u32, sdp: &str) -> Scenario {
    let prack = Request::within("PRACK", cseq).header("RAck: [$2] 1 INVITE");
    let prack = if sdp.is_empty() { prack } else { prack.sdp(sdp) };
    scenario
        .raw(&format!(
            "  <recv response=\"{status}\" rrs=\"true\"><action>\
             <ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"RSeq:\" check_it=\"true\" \
             assign_to=\"2\"/><ereg regexp=\"Require: 100rel\" search_in=\"msg\" \
             check_it=\"true\" assign_to=\"1\"/><log message=\"[$1]\"/></action></recv>\n"
        ))
        .send(prack)
        .expect(200, "PRACK")
}

/// The head line of one more INVITE with these headers, and then what the caller does.
pub(crate) fn calling(gateway: &Gateway, number: &str, headers: &str, with_offer: bool) -> Peer {
    let caller = Peer::calling(gateway, number);
    let sdp = if with_offer { caller.sdp("8", "") } else { String::new() };
    let invite = caller.request("INVITE", 1, &sdp);
    caller.send(&invite.replacen("Contact:", &format!("{headers}\r\nContact:"), 1));
    caller
}

/// What the caller says about its network.
fn qos(current: &str) -> String {
    format!(
        "a=curr:qos local {current}\r\na=curr:qos remote none\r\n\
         a=des:qos mandatory local sendrecv\r\na=des:qos optional remote sendrecv\r\n"
    )
}

/// A caller whose network has reserved so much for the call, and who must have all.
fn reserving(caller: Peer, headers: &str, current: &str) -> Peer {
    let invite = caller.request("INVITE", 1, &caller.sdp("8", &qos(current)));
    caller.send(&invite.replacen("Contact:", &format!("{headers}\r\nContact:"), 1));
    caller
}

pub(crate) fn rseq(response: &str) -> u32 {
    assert_eq!(header(response, "Require"), Some("100rel"), "{response}");
    header(response, "RSeq").unwrap().parse().unwrap()
}

/// A PRACK with this RAck.
pub(crate) fn prack(peer: &Peer, cseq: u32, rack: &str, sdp: &str) -> String {
    let prack = peer.request("PRACK", cseq, sdp);
    prack.replacen("Contact:", &format!("RAck: {rack}\r\nContact:"), 1)
}

pub(crate) fn acknowledge(peer: &mut Peer, cseq: u32, response: &str, sdp: &str) -> String {
    let rack = format!("{} 1 INVITE", rseq(response));
    peer.send(&prack(peer, cseq, &rack, sdp));
    peer.expect_status(200, "PRACK")
}

/// The exchange calls the user agent, which then does `what` with the INVITE; whoever answers is
/// hung up on by the exchange after a second.
pub(crate) fn called(gateway: &Gateway, number: &str, what: impl FnOnce(&mut Peer, &str)) {
    let mut callee = Peer::called(gateway);
    std::thread::scope(|scope| {
        let originating = scope.spawn(|| gateway.tocsin(&["originate", number, "--hold", "1"]));
        let invite = callee.expect("INVITE ");
        what(&mut callee, &invite);
        let _ = originating.join();
    });
}

/// A response of the callee to its INVITE, with a tag and further headers.
pub(crate) fn respond(
    callee: &Peer,
    invite: &str,
    status: &str,
    (tag, headers): (&str, &str),
    sdp: &str,
) {
    let own = format!(";tag={}", callee.tag);
    let text = callee.response(invite, status, sdp).replacen(&own, &format!(";tag={tag}"), 1);
    callee.send(&text.replacen("Contact:", &format!("{headers}Contact:"), 1));
}

pub(crate) fn reliably(rseq: u32) -> String {
    format!("Require: 100rel\r\nRSeq: {rseq}\r\n")
}

/// A PRACK of the gateway for this number in the early dialog of this tag; it is answered.
pub(crate) fn expect_prack(callee: &mut Peer, tag: &str, rseq: u32) -> String {
    let request = callee.expect("PRACK ");
    assert_eq!(header(&request, "RAck").unwrap(), format!("{rseq} 1 INVITE"));
    assert!(header(&request, "To").unwrap().ends_with(&format!(";tag={tag}")), "{request}");
    callee.answer(&request, "200 OK", "");
    request
}

pub(crate) fn expect_end(callee: &mut Peer) {
    let bye = callee.expect("BYE ");
    callee.answer(&bye, "200 OK", "");
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "who requires reliable responses gets them",
        clause: "RFC 3262 §3",
        play: Play::Call(RINGS_BRIEFLY, || {
            let caller = Scenario::caller_with("Require: 100rel\n", SDP);
            acknowledged(caller, 180, 2, "").answered().pause(300).hang_up_as(3)
        }),
    },
    Case {
        name: "who supports them gets those with a session description",
        clause: "RFC 3262 §3, §5",
        play: Play::Call(HEARD, || {
            let caller = Scenario::caller_with("Supported: 100rel\n", SDP);
            acknowledged(caller, 183, 2, "").rejected(410, 22)
        }),
    },
    Case {
        name: "reliable responses come one at a time and in order",
        clause: "RFC 3262 §3",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, STEPS, "Require: 100rel", true);
            let mut last = None;
            let mut cseq = 1;
            loop {
                let response = caller.expect("SIP/2.0 ");
                if response.starts_with("SIP/2.0 200 ") {
                    break;
                }
                let number = rseq(&response);
                assert!(last.is_none_or(|last| number == last + 1), "{last:?}, then {number}");
                last = Some(number);
                cseq += 1;
                acknowledge(&mut caller, cseq, &response, "");
            }
            assert!(cseq > 2, "more than one was reliable");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(cseq + 1);
        }),
    },
    Case {
        name: "a reliable response without PRACK is sent again, and the 2xx waits for it",
        clause: "RFC 3262 §3, §5",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, RINGS, "Require: 100rel", false);
            let first = caller.expect_status(180, "INVITE");
            assert_eq!(caller.expect_status(180, "INVITE"), first);
            assert_eq!(caller.expect_status(180, "INVITE"), first);
            assert!(first.contains("m=audio "), "{first}");
            // The fourth copy comes after the exchange has answered.
            assert_eq!(caller.expect_status(180, "INVITE"), first);
            let answer = caller.sdp("8", "");
            acknowledge(&mut caller, 2, &first, &answer);
            let ok = caller.expect_status(200, "INVITE");
            assert!(!ok.contains("m=audio "), "{ok}");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(3);
        }),
    },
    Case {
        name: "a PRACK that is repeated gets its 200 again",
        clause: "RFC 3262 §3, RFC 3261 §17.2.2",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, HEARD, "Supported: 100rel", true);
            let response = caller.expect_status(183, "INVITE");
            let answer = acknowledge(&mut caller, 2, &response, "");
            let rack = format!("{} 1 INVITE", rseq(&response));
            caller.send(&prack(&caller, 2, &rack, ""));
            assert_eq!(caller.expect_status(200, "PRACK"), answer);
            caller.cancel();
        }),
    },
    Case {
        name: "a PRACK that matches nothing is refused",
        clause: "RFC 3262 §3",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, HEARD, "Supported: 100rel", true);
            let response = caller.expect_status(183, "INVITE");
            let number = rseq(&response);
            let wrong = [
                format!("{} 1 INVITE", number + 1),
                format!("{number} 9 INVITE"),
                format!("{number} 1 UPDATE"),
            ];
            for (n, rack) in wrong.iter().enumerate() {
                caller.send(&prack(&caller, 2 + n as u32, rack, ""));
                loop {
                    // Copies of the 183 come in between.
                    let answer = caller.expect("SIP/2.0 ");
                    if answer.starts_with("SIP/2.0 481 ") {
                        break;
                    }
                    assert!(answer.starts_with("SIP/2.0 183 "), "{answer}");
                }
            }
            acknowledge(&mut caller, 5, &response, "");
            caller.cancel();
        }),
    },
    Case {
        name: "our offer goes in a reliable response, its answer comes in PRACK",
        clause: "RFC 3262 §5, RFC 6337 §2.2 (pattern 4)",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, RINGS, "Require: 100rel", false);
            let response = caller.expect_status(180, "INVITE");
            assert!(response.contains("m=audio "), "{response}");
            let answer = caller.sdp("8", "");
            acknowledge(&mut caller, 2, &response, &answer);
            let ok = caller.expect_status(200, "INVITE");
            assert!(!ok.contains("m=audio "), "{ok}");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(3);
        }),
    },
    Case {
        name: "a first reliable response brings our offer even where nothing is to be heard",
        clause: "RFC 3262 §5",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, "0199000301", "Require: 100rel", false);
            let response = caller.expect_status(180, "INVITE");
            assert!(response.contains("m=audio "), "{response}");
            let answer = caller.sdp("8", "");
            acknowledge(&mut caller, 2, &response, &answer);
            caller.cancel();
        }),
    },
    Case {
        name: "an offer in PRACK is answered in its 200",
        clause: "RFC 3262 §5, RFC 6337 §2.2 (pattern 5)",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, HEARD, "Supported: 100rel", true);
            let response = caller.expect_status(183, "INVITE");
            let offer = caller.sdp("8", "a=sendonly\r\n").replace("o=- 1 1", "o=- 1 2");
            let answer = acknowledge(&mut caller, 2, &response, &offer);
            assert!(answer.contains("a=recvonly"), "{answer}");
            caller.cancel();
        }),
    },
    Case {
        name: "UPDATE changes the session before the answer",
        clause: "RFC 3311 §5.2, RFC 6337 §2.2 (pattern 6)",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, HEARD, "Supported: 100rel", true);
            let response = caller.expect_status(183, "INVITE");
            acknowledge(&mut caller, 2, &response, "");
            let offer = caller.sdp("8", "a=sendonly\r\n").replace("o=- 1 1", "o=- 1 2");
            caller.send(&caller.request("UPDATE", 3, &offer));
            let answer = caller.expect_status(200, "UPDATE");
            assert!(answer.contains("a=recvonly"), "{answer}");
            caller.send(&caller.request("UPDATE", 4, ""));
            let answer = caller.expect_status(200, "UPDATE");
            assert!(!answer.contains("m=audio"), "{answer}");
            caller.cancel();
        }),
    },
    Case {
        name: "an UPDATE that meets our open offer is refused for now",
        clause: "RFC 3311 §5.2",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, RINGS, "Require: 100rel", false);
            let response = caller.expect_status(180, "INVITE");
            let sdp = caller.sdp("8", "");
            caller.send(&caller.request("UPDATE", 2, &sdp));
            caller.expect_status(491, "UPDATE");
            acknowledge(&mut caller, 3, &response, &sdp);
            caller.cancel();
        }),
    },
    Case {
        name: "an UPDATE before the answer to the offer of the INVITE is refused for a while",
        clause: "RFC 3311 §5.2",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, "0199000301", "Supported: 100rel", true);
            caller.expect_status(180, "INVITE");
            let sdp = caller.sdp("8", "");
            caller.send(&caller.request("UPDATE", 2, &sdp));
            let refusal = caller.expect_status(500, "UPDATE");
            assert!(header(&refusal, "Retry-After").is_some(), "{refusal}");
            caller.cancel();
        }),
    },
    Case {
        name: "an emergency call is answered without the PRACK that its caller promised",
        clause: "RFC 3262 §3",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, "112", "Require: 100rel", false);
            caller.expect_status(180, "INVITE");
            let ok = loop {
                let message = caller.expect("SIP/2.0 ");
                if !message.starts_with("SIP/2.0 180 ") {
                    break message;
                }
            };
            assert!(ok.starts_with("SIP/2.0 200 ") && ok.contains("m=audio "), "{ok}");
            let answer = caller.sdp("8", "");
            caller.send(&caller.request("ACK", 1, &answer));
            caller.hang_up(2);
        }),
    },
    Case {
        name: "the exchange is not called before the caller's network is ready",
        clause: "RFC 3312 §6",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, ANSWERS);
            let mut caller = reserving(caller, "Require: 100rel, precondition", "none");
            let response = caller.expect_status(183, "INVITE");
            assert!(response.contains("a=curr:qos local sendrecv"), "{response}");
            assert!(response.contains("a=conf:qos remote sendrecv"), "{response}");
            acknowledge(&mut caller, 2, &response, "");
            caller.silence(700);
            let ready = caller.sdp("8", &qos("sendrecv")).replace("o=- 1 1", "o=- 1 2");
            caller.send(&caller.request("UPDATE", 3, &ready));
            let answer = caller.expect_status(200, "UPDATE");
            assert!(answer.contains("a=curr:qos remote sendrecv"), "{answer}");
            // RFC 3262 §3: the answer does not wait for the PRACK of a response without a session
            // description, and may come before what is said to it.
            let (mut cseq, mut unanswered, mut is_answered) = (3, 0, false);
            while !is_answered || unanswered > 0 {
                let message = caller.expect("SIP/2.0 ");
                if !message.starts_with("SIP/2.0 200 ") {
                    cseq += 1;
                    unanswered += 1;
                    let rack = format!("{} 1 INVITE", rseq(&message));
                    caller.send(&prack(&caller, cseq, &rack, ""));
                } else if header(&message, "CSeq").unwrap().ends_with("PRACK") {
                    unanswered -= 1;
                } else {
                    is_answered = true;
                }
            }
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(cseq + 1);
        }),
    },
    Case {
        name: "a call that waits for its caller's network can be taken back",
        clause: "RFC 3312 §6, RFC 3261 §9.2",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, ANSWERS);
            let mut caller = reserving(caller, "Supported: 100rel, precondition", "none");
            let response = caller.expect_status(183, "INVITE");
            acknowledge(&mut caller, 2, &response, "");
            caller.cancel();
        }),
    },
    Case {
        name: "preconditions that are met hold nothing up",
        clause: "RFC 3312 §5.2",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, "0199000301");
            let mut caller = reserving(caller, "Supported: 100rel, precondition", "sendrecv");
            caller.expect_status(180, "INVITE");
            caller.cancel();
        }),
    },
    Case {
        name: "an emergency call waits for no preconditions",
        clause: "RFC 3312 §6",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, "112");
            let mut caller = reserving(caller, "Require: 100rel, precondition", "none");
            let response = caller.expect_status(180, "INVITE");
            acknowledge(&mut caller, 2, &response, "");
            let ok = caller.expect_status(200, "INVITE");
            assert!(ok.contains("a=curr:qos local sendrecv"), "{ok}");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(3);
        }),
    },
    Case {
        name: "we acknowledge the reliable responses of a callee",
        clause: "RFC 3262 §4",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008001", |callee, invite| {
                assert!(header(invite, "Supported").unwrap().contains("100rel"), "{invite}");
                let sdp = callee.sdp("8", "");
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                expect_prack(callee, "a", 7);
                respond(callee, invite, "180 Ringing", ("a", &reliably(8)), "");
                expect_prack(callee, "a", 8);
                respond(callee, invite, "200 OK", ("a", ""), "");
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "a reliable response out of order is neither acknowledged nor taken",
        clause: "RFC 3262 §4",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008002", |callee, invite| {
                let sdp = callee.sdp("8", "");
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                expect_prack(callee, "a", 7);
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                respond(callee, invite, "180 Ringing", ("a", &reliably(9)), "");
                callee.silence(300);
                respond(callee, invite, "180 Ringing", ("a", &reliably(8)), "");
                expect_prack(callee, "a", 8);
                respond(callee, invite, "200 OK", ("a", ""), "");
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "each of two callees has its PRACK, and the second to answer is released",
        clause: "RFC 3262 §4, RFC 3261 §13.2.2.4",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008003", |callee, invite| {
                let sdp = callee.sdp("8", "");
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                expect_prack(callee, "a", 7);
                respond(callee, invite, "180 Ringing", ("b", &reliably(70)), "");
                expect_prack(callee, "b", 70);
                respond(callee, invite, "200 OK", ("b", ""), &sdp);
                let ack = callee.expect("ACK ");
                assert!(header(&ack, "To").unwrap().ends_with(";tag=b"), "{ack}");
                respond(callee, invite, "200 OK", ("a", ""), "");
                let ack = callee.expect("ACK ");
                assert!(header(&ack, "To").unwrap().ends_with(";tag=a"), "{ack}");
                let bye = callee.expect("BYE ");
                assert!(header(&bye, "To").unwrap().ends_with(";tag=a"), "{bye}");
                callee.answer(&bye, "200 OK", "");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "an early dialog that is over leaves the call to the others",
        clause: "RFC 6228 §4",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008004", |callee, invite| {
                assert!(header(invite, "Supported").unwrap().contains("199"), "{invite}");
                let sdp = callee.sdp("8", "");
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                expect_prack(callee, "a", 7);
                respond(callee, invite, "199 Early Dialog Terminated", ("a", ""), "");
                respond(callee, invite, "180 Ringing", ("b", ""), "");
                respond(callee, invite, "200 OK", ("b", ""), &sdp);
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "UPDATE of the callee before its answer",
        clause: "RFC 3311 §5.2",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008005", |callee, invite| {
                let sdp = callee.sdp("8", "");
                callee.tag = "a".to_owned();
                respond(callee, invite, "183 Session Progress", ("a", &reliably(7)), &sdp);
                let request = expect_prack(callee, "a", 7);
                let update = update_of(callee, &request, &sdp.replace("o=- 1 1", "o=- 1 2"));
                callee.send(&update);
                let answer = callee.expect_status(200, "UPDATE");
                assert!(answer.contains("m=audio "), "{answer}");
                respond(callee, invite, "200 OK", ("a", ""), "");
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
];

/// An UPDATE of the callee in the dialog of a request that it received.
fn update_of(callee: &Peer, request: &str, sdp: &str) -> String {
    let field = |name| header(request, name).unwrap();
    format!(
        "UPDATE {6} SIP/2.0\r\nVia: SIP/2.0/UDP {0};branch=z9hG4bKu{1}\r\n\
         Max-Forwards: 70\r\nFrom: {2}\r\nTo: {3}\r\nCall-ID: {4}\r\nCSeq: 1 UPDATE\r\n\
         Contact: <sip:peer@{0}>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {5}\r\n\r\n{sdp}",
        callee.address(),
        callee.tag,
        field("To"),
        field("From"),
        field("Call-ID"),
        sdp.len(),
        callee.target
    )
}

#[test]
fn provisional_responses_are_reliable() {
    case::run(CASES);
}

/// On a trunk that is trusted with it, whoever is heard early is heard where that is authorised.
#[test]
fn early_media_is_told_and_asked_for_on_a_trusted_trunk() {
    let trusted = |text: String| text.replace("trusted = false", "trusted = true");
    let gateway = Gateway::start_with(&[], trusted);
    let mut caller = calling(&gateway, HEARD, "P-Early-Media: supported", true);
    let response = caller.expect_status(183, "INVITE");
    assert_eq!(header(&response, "P-Early-Media"), Some("sendrecv"), "RFC 5009 §8.2");
    caller.cancel();
    gateway.wait_until_idle();
    let mut caller = calling(&gateway, "0199000301", "P-Early-Media: supported", true);
    let response = caller.expect_status(180, "INVITE");
    assert_eq!(header(&response, "P-Early-Media"), None, "nothing is to be heard");
    caller.cancel();
    gateway.wait_until_idle();
    called(&gateway, "+33199008006", |callee, invite| {
        assert_eq!(header(invite, "P-Early-Media"), Some("supported"), "RFC 5009 §8.1");
        let sdp = callee.sdp("8", "");
        respond(callee, invite, "183 Progress", ("a", "P-Early-Media: inactive\r\n"), &sdp);
        respond(callee, invite, "200 OK", ("a", ""), &sdp);
        callee.expect("ACK ");
        expect_end(callee);
    });
    gateway.wait_until_idle();
}

/// The trunk says how much is made of it.
#[test]
fn a_trunk_may_want_all_or_nothing() {
    let off = |text: String| {
        text.replace("reliable_provisional = \"supported\"", "reliable_provisional = \"off\"")
    };
    let gateway = Gateway::start_with(&[], off);
    let mut caller = calling(&gateway, ANSWERS, "Require: 100rel", true);
    let refusal = caller.expect_status(420, "INVITE");
    assert_eq!(header(&refusal, "Unsupported"), Some("100rel"), "RFC 3262 §3");
    caller.acknowledge_failure();
    called(&gateway, "+33199008007", |callee, invite| {
        assert!(!header(invite, "Supported").unwrap().contains("100rel"), "{invite}");
        callee.answer(invite, "486 Busy Here", "");
        callee.expect("ACK ");
    });
    drop(gateway);
    let required = |text: String| {
        text.replace("reliable_provisional = \"supported\"", "reliable_provisional = \"required\"")
    };
    let gateway = Gateway::start_with(&[], required);
    let mut caller = calling(&gateway, "0199000301", "Supported: 100rel", true);
    rseq(&caller.expect_status(180, "INVITE"));
    caller.cancel();
    called(&gateway, "+33199008008", |callee, invite| {
        assert_eq!(header(invite, "Require"), Some("100rel"), "RFC 3262 §4");
        callee.answer(invite, "486 Busy Here", "");
        callee.expect("ACK ");
    });
    std::thread::sleep(Duration::from_millis(100));
    gateway.wait_until_idle();
}
