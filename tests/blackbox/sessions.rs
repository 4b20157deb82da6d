//! What a callee asks of our INVITE, what its reliable responses may say, and what comes when the
//! INVITE is answered already (RFC 3261 §8.1.3.5, RFC 3262, RFC 3311, RFC 6337).

use crate::reliable::{
    ANSWERS, HEARD, called, calling, expect_end, expect_prack, prack, reliably, respond, rseq,
};
use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::peer::{Peer, header};

/// The callee refuses the INVITE, and hears another of the same call.
fn called_again(callee: &mut Peer, invite: &str, status: &str, headers: &str) -> String {
    respond(callee, invite, status, ("no", headers), "");
    callee.expect("ACK ");
    let next = callee.expect("INVITE ");
    for name in ["Call-ID", "From", "To"] {
        assert_eq!(header(&next, name), header(invite, name), "{next}");
    }
    assert_eq!(header(&next, "CSeq"), Some("2 INVITE"));
    next
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a second description in a reliable response is no offer, and is not answered",
        clause: "RFC 6337 §2.2, §3.1.1",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008000", |callee, invite| {
                for rseq in [7, 8, 9] {
                    let sdp = callee.sdp("8", "").replace("40000", &format!("4000{rseq}"));
                    respond(callee, invite, "183 Session Progress", ("a", &reliably(rseq)), &sdp);
                    let prack = expect_prack(callee, "a", rseq);
                    assert_eq!(header(&prack, "Content-Length"), Some("0"), "{prack}");
                }
                respond(callee, invite, "200 OK", ("a", ""), "");
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "a callee that requires an extension is called with it",
        clause: "RFC 3261 §21.4.16, RFC 3262 §4",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008001", |callee, invite| {
                assert_eq!(header(invite, "Require"), None);
                let required = "Require: 100rel\r\n";
                let next = called_again(callee, invite, "421 Extension Required", required);
                assert_eq!(header(&next, "Require"), Some("100rel"), "{next}");
                let sdp = callee.sdp("8", "");
                respond(callee, &next, "183 Session Progress", ("a", &reliably(3)), &sdp);
                let request = callee.expect("PRACK ");
                assert_eq!(header(&request, "RAck"), Some("3 2 INVITE"), "{request}");
                callee.answer(&request, "200 OK", "");
                respond(callee, &next, "200 OK", ("a", ""), "");
                callee.expect("ACK ");
                expect_end(callee);
            });
        }),
    },
    Case {
        name: "a callee that requires preconditions hears that ours are met",
        clause: "RFC 3261 §21.4.16, RFC 3312 §5.1.1",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008002", |callee, invite| {
                let required = "Require: precondition\r\n";
                let next = called_again(callee, invite, "421 Extension Required", required);
                assert!(next.contains("a=curr:qos local sendrecv\r\n"), "{next}");
                assert!(next.contains("a=des:qos none remote sendrecv\r\n"), "{next}");
                respond(callee, &next, "486 Busy Here", ("a", ""), "");
                callee.expect("ACK ");
            });
        }),
    },
    Case {
        name: "what we do not know is not to be had",
        clause: "RFC 3261 §21.4.16",
        play: Play::Own(|gateway| {
            called(gateway, "+33199008003", |callee, invite| {
                let required = "Require: 100rel, sec-agree\r\n";
                respond(callee, invite, "421 Extension Required", ("no", required), "");
                callee.expect("ACK ");
                callee.silence(500);
            });
        }),
    },
    Case {
        name: "a PRACK that comes behind the refusal of its INVITE is answered",
        clause: "RFC 3262 §3",
        play: Play::Own(|gateway| {
            let mut caller = calling(gateway, HEARD, "Supported: 100rel", true);
            let response = caller.expect_status(183, "INVITE");
            let (target, tag) = (caller.target.clone(), caller.peer_tag.clone());
            caller.cancel();
            (caller.target, caller.peer_tag) = (target, tag);
            let rack = |rseq: u32| format!("{rseq} 1 INVITE");
            caller.send(&prack(&caller, 2, &rack(rseq(&response) + 1), ""));
            caller.expect_status(481, "PRACK");
            caller.send(&prack(&caller, 3, &rack(rseq(&response)), ""));
            caller.expect_status(200, "PRACK");
            caller.send(&prack(&caller, 4, &rack(rseq(&response)), ""));
            caller.expect_status(481, "PRACK");
        }),
    },
    Case {
        name: "an UPDATE that overtakes the ACK is answered",
        clause: "RFC 3311 §5.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.send(&caller.invite());
            while !caller.expect("SIP/2.0 ").starts_with("SIP/2.0 200 ") {}
            let offer = caller.sdp("8", "a=sendonly\r\n").replace("o=- 1 1", "o=- 1 2");
            caller.send(&caller.request("UPDATE", 2, &offer));
            let answer = loop {
                let message = caller.expect("SIP/2.0 200 ");
                if header(&message, "CSeq") == Some("2 UPDATE") {
                    break message;
                }
            };
            assert!(answer.contains("a=recvonly"), "{answer}");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(3);
        }),
    },
];

#[test]
fn what_callees_ask_and_what_comes_late() {
    case::run(CASES);
}

/// RFC 3261 §8.1.3.5: what the callee does not know is left out, whatever the trunk asks for.
#[test]
fn a_callee_that_does_not_know_what_the_trunk_requires() {
    let gateway = Gateway::start_with(&[], |text| {
        text.replace("reliable_provisional = \"supported\"", "reliable_provisional = \"required\"")
    });
    called(&gateway, "+33199008010", |callee, invite| {
        assert_eq!(header(invite, "Require"), Some("100rel"));
        let unknown = "Unsupported: 100rel\r\n";
        let next = called_again(callee, invite, "420 Bad Extension", unknown);
        assert_eq!(header(&next, "Require"), None, "{next}");
        assert!(!header(&next, "Supported").unwrap().contains("100rel"), "{next}");
        // Once only.
        respond(callee, &next, "420 Bad Extension", ("no", unknown), "");
        callee.expect("ACK ");
        callee.silence(500);
    });
    gateway.wait_until_idle();
}
