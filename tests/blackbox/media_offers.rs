//! Offers and answers (RFC 3264), late ones, new ones, and those that meet (RFC 3261 §14).

use crate::support::case::{self, Case, Play};
use crate::support::peer::{Peer, header};
use crate::support::scenario::{Request, SDP, Scenario};
use std::time::Duration;

/// Answers at once; answers, suspends after a second and resumes a second later.
const ANSWERS: &str = "0199001001";
const SUSPENDS: &str = "0199000901";

/// Where nobody waits for DNS to say it is.
const NAMED: &str = "c=IN IP4 media.example.net";

fn sdp(formats: &str, lines: &str) -> String {
    let stream = format!("m=audio [media_port] RTP/AVP {formats}\n{lines}");
    format!("{}{stream}", SDP.split("m=audio").next().unwrap())
}

/// A call with this offer, whose answer must hold this.
fn offered(offer: &str, expected: &str) -> Scenario {
    Scenario::calling(Request::outside("INVITE", 1).sdp(offer))
        .expect(200, expected)
        .send(Request::ack(1))
        .pause(200)
        .hang_up()
}

/// A talking call in which the caller offers this anew, and the answer must hold that.
fn renewed(offer: &str, expected: &str) -> Scenario {
    Scenario::caller()
        .answered()
        .send(Request::within("INVITE", 2).sdp(offer))
        .expect(200, expected)
        .send(Request::ack(2))
        .pause(200)
        .hang_up_as(3)
}

/// A talking call in which a new offer is refused and nothing else changes.
fn refused_anew(offer: &str, status: u16) -> Scenario {
    Scenario::caller()
        .answered()
        .send(Request::within("INVITE", 2).sdp(offer))
        .expect(status, "INVITE")
        .send(Request::within("ACK", 2))
        .pause(300)
        .hang_up_as(3)
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "the codec that the offer prefers is taken",
        clause: "RFC 3264 §6.1",
        play: Play::Call(ANSWERS, || offered(&sdp("0 8", ""), "RTP/AVP 0")),
    },
    Case {
        name: "a codec under a dynamic number is known by its name",
        clause: "RFC 3264 §6.1",
        play: Play::Call(ANSWERS, || {
            offered(&sdp("97 98", "a=rtpmap:97 G729/8000\na=rtpmap:98 pcma/8000\n"), "RTP/AVP 98")
        }),
    },
    Case {
        name: "of speech and video the video is refused with port 0",
        clause: "RFC 3264 §6",
        play: Play::Call(ANSWERS, || {
            offered(&sdp("8", "m=video 40002 RTP/AVP 31\n"), "m=video 0 RTP/AVP 31")
        }),
    },
    Case {
        name: "an inactive offer is answered so",
        clause: "RFC 3264 §6.1",
        play: Play::Call(ANSWERS, || offered(&sdp("8", "a=inactive\n"), "a=inactive")),
    },
    Case {
        name: "who only listens is answered by one who only speaks",
        clause: "RFC 3264 §6.1",
        play: Play::Call(ANSWERS, || offered(&sdp("8", "a=recvonly\n"), "a=sendonly")),
    },
    Case {
        name: "lines that nobody knows spoil no offer",
        clause: "RFC 8866 §5",
        play: Play::Call(ANSWERS, || {
            let extra = "b=AS:64\nb=X-FOO:1\na=ptime:20\na=maxptime:60\na=x-mystery:1 2 3\n\
                         a=rtcp:40001\na=ssrc:1 cname:x\n";
            offered(&sdp("8", extra), "RTP/AVP 8")
        }),
    },
    Case {
        name: "an offer of nothing we speak gets 488 and why",
        clause: "RFC 3261 §13.3.1.3",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(Request::outside("INVITE", 1).sdp(&sdp("18", "")))
                .expect(488, "Warning: *30[0-9] ")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "an offer that gives a host name gets 488 and why",
        clause: "RFC 8866 §5.7, RFC 3261 §20.43",
        play: Play::Call(ANSWERS, || {
            let named = sdp("8", "").replace("c=IN IP[media_ip_type] [media_ip]", NAMED);
            Scenario::calling(Request::outside("INVITE", 1).sdp(&named))
                .expect(488, "Warning: *301 ")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "but not in an emergency: the caller is where it calls from",
        clause: "RFC 8866 §5.7",
        play: Play::Call("112", || {
            let named = sdp("8", "").replace("c=IN IP[media_ip_type] [media_ip]", NAMED);
            let invite = Request::outside("INVITE", 1).sdp(&named);
            Scenario::calling(invite).progress(180).answered().pause(200).hang_up()
        }),
    },
    Case {
        name: "an offer of encrypted speech only gets 488",
        clause: "RFC 3264 §6",
        play: Play::Call(ANSWERS, || {
            let secure = sdp("8", "").replace("RTP/AVP", "RTP/SAVP");
            Scenario::calling(Request::outside("INVITE", 1).sdp(&secure)).refused(488)
        }),
    },
    Case {
        name: "a description that cannot be read gets 400",
        clause: "RFC 3261 §13.3.1",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(Request::outside("INVITE", 1).sdp("this is no description\n"))
                .refused(400)
        }),
    },
    Case {
        name: "a new offer that holds is answered recvonly, its end sendrecv",
        clause: "RFC 3264 §8.4",
        play: Play::Call(ANSWERS, || {
            Scenario::caller()
                .answered()
                .send(Request::within("INVITE", 2).sdp(&sdp("8", "a=sendonly\n")))
                .expect(200, "a=recvonly")
                .send(Request::ack(2))
                .pause(200)
                .send(Request::within("INVITE", 3).sdp(&sdp("8", "a=sendrecv\n")))
                .expect(200, "a=sendrecv")
                .send(Request::ack(3))
                .hang_up_as(4)
        }),
    },
    Case {
        name: "a hold of RFC 2543, by the address 0.0.0.0, is accepted",
        clause: "RFC 3264 §8.4",
        play: Play::Call(ANSWERS, || {
            renewed(&sdp("8", "").replace("[media_ip]", "0.0.0.0"), "RTP/AVP 8")
        }),
    },
    Case {
        name: "a new offer may change the codec",
        clause: "RFC 3264 §8.3.2",
        play: Play::Call(ANSWERS, || renewed(&sdp("0", ""), "RTP/AVP 0")),
    },
    Case {
        name: "our description says by its version that it has changed",
        clause: "RFC 3264 §8",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let first = caller.establish();
            let origin = |answer: &str| -> Vec<String> {
                let line = answer.lines().find(|line| line.starts_with("o=")).unwrap();
                line.split(' ').map(str::to_owned).collect()
            };
            caller.send(&caller.request("INVITE", 2, &caller.sdp("8", "a=sendonly\r\n")));
            let second = caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 2, ""));
            let (first, second) = (origin(&first), origin(&second));
            assert_eq!(first[..2], second[..2]);
            let version = |origin: &[String]| origin[2].parse::<u64>().unwrap();
            assert_eq!(version(&first) + 1, version(&second));
            caller.hang_up(3);
        }),
    },
    Case {
        name: "a new offer of nothing we speak gets 488 and the call goes on",
        clause: "RFC 3261 §14.2",
        play: Play::Call(ANSWERS, || refused_anew(&sdp("18", ""), 488)),
    },
    Case {
        name: "a re-INVITE without an offer is answered with ours",
        clause: "RFC 3261 §14.2",
        play: Play::Call(ANSWERS, || {
            Scenario::caller()
                .answered()
                .send(Request::within("INVITE", 2))
                .expect(200, "m=audio [0-9]+ RTP/AVP")
                .send(Request::ack(2).sdp(SDP))
                .pause(200)
                .hang_up_as(3)
        }),
    },
    Case {
        name: "an INVITE without an offer gets ours, and the answer comes in the ACK",
        clause: "RFC 3264 §4",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(Request::outside("INVITE", 1))
                .expect(200, "m=audio [0-9]+ RTP/AVP")
                .send(Request::ack(1).sdp(SDP))
                .pause(300)
                .hang_up()
        }),
    },
    Case {
        name: "where the ACK brings no answer to our offer we hang up",
        clause: "RFC 3261 §13.2.1",
        play: Play::Call(ANSWERS, || {
            Scenario::calling(Request::outside("INVITE", 1))
                .expect(200, "m=audio")
                .send(Request::ack(1))
                .ended_by_gateway()
        }),
    },
    Case {
        name: "where the ACK takes nothing of our offer we hang up",
        clause: "RFC 3264 §6",
        play: Play::Call(ANSWERS, || {
            let nothing = sdp("8", "").replace("[media_port]", "0");
            Scenario::calling(Request::outside("INVITE", 1))
                .expect(200, "m=audio")
                .send(Request::ack(1).sdp(&nothing))
                .ended_by_gateway()
        }),
    },
    Case {
        name: "a suspended call is held by our re-INVITE, and resumed by another",
        clause: "RFC 3264 §8.4",
        play: Play::Call(SUSPENDS, || {
            Scenario::caller()
                .maybe(180)
                .answered()
                .offered("a=sendonly", "recvonly")
                .offered("a=sendrecv", "sendrecv")
                .pause(300)
                .hang_up()
        }),
    },
    Case {
        name: "a re-INVITE that meets ours gets 491",
        clause: "RFC 3261 §14.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, SUSPENDS);
            caller.establish();
            let theirs = caller.expect("INVITE ");
            caller.send(&caller.request("INVITE", 2, &caller.sdp("8", "")));
            caller.expect_status(491, "INVITE");
            caller.send(&caller.request("ACK", 2, "").replace("-2ack", "-2"));
            caller.answer(&theirs, "200 OK", &caller.sdp("8", "a=recvonly\r\n"));
            caller.expect("ACK ");
            let resumed = caller.expect("INVITE ");
            caller.answer(&resumed, "200 OK", &caller.sdp("8", ""));
            caller.expect("ACK ");
            caller.hang_up(3);
        }),
    },
    Case {
        name: "491 to our re-INVITE has us try again soon",
        clause: "RFC 3261 §14.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, SUSPENDS);
            caller.establish();
            let first = caller.expect("INVITE ");
            caller.answer(&first, "491 Request Pending", "");
            caller.expect("ACK ");
            // The Call-ID is the caller's, so ours is the shorter wait: 0 to 2 s.
            let again = caller.expect("INVITE ");
            assert_ne!(header(&first, "CSeq"), header(&again, "CSeq"));
            caller.answer(&again, "200 OK", &caller.sdp("8", ""));
            caller.expect("ACK ");
            // By now the exchange may have resumed the call, or not.
            while let Some(more) = caller.receive(Duration::from_millis(1500)) {
                if more.starts_with("INVITE ") {
                    caller.answer(&more, "200 OK", &caller.sdp("8", ""));
                }
            }
            caller.hang_up(2);
        }),
    },
    Case {
        name: "488 to our re-INVITE leaves the call as it was",
        clause: "RFC 3261 §14.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, SUSPENDS);
            caller.establish();
            let theirs = caller.expect("INVITE ");
            caller.answer(&theirs, "488 Not Acceptable Here", "");
            caller.expect("ACK ");
            while let Some(more) = caller.receive(Duration::from_millis(1500)) {
                assert!(!more.starts_with("BYE "), "{more}");
                if more.starts_with("INVITE ") {
                    caller.answer(&more, "200 OK", &caller.sdp("8", ""));
                }
            }
            caller.hang_up(2);
        }),
    },
    Case {
        name: "481 to our re-INVITE ends the call",
        clause: "RFC 3261 §12.2.1.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, SUSPENDS);
            caller.establish();
            let theirs = caller.expect("INVITE ");
            caller.answer(&theirs, "481 Call Does Not Exist", "");
            caller.expect("ACK ");
            let bye = caller.expect("BYE ");
            caller.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "two BYEs that meet end the call on both sides",
        clause: "RFC 3261 §15",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008087", 0.1);
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "200 OK", &callee.sdp("8", ""));
            callee.expect("ACK ");
            let bye = callee.expect("BYE ");
            // One of ours: From and To change places.
            let ours = callee
                .request("BYE", 1, "")
                .replace(
                    &format!("From: <sip:+33639980004@{}>;tag={}", callee.address(), callee.tag),
                    &format!("From: {}", header(&bye, "To").unwrap()),
                )
                .replace(
                    header(&callee.request("BYE", 1, ""), "To").unwrap(),
                    header(&bye, "From").unwrap(),
                )
                .replace(&callee.call_id, header(&bye, "Call-ID").unwrap());
            callee.send(&ours);
            callee.expect_status(200, "BYE");
            callee.answer(&bye, "200 OK", "");
            callee.silence(700);
        }),
    },
];

#[test]
fn offers_and_answers() {
    case::run(CASES);
}
