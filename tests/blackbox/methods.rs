//! Methods beside those of a call, extensions that are not known, offers that cannot be taken
//! whole, and redirections.

use crate::support::case::{self, Case, Play};
use crate::support::scenario::{Request, SDP, Scenario};

/// A call that talks.
fn talking() -> Scenario {
    Scenario::caller().progress(180).answered()
}

/// A request within the dialog and its answer; the call goes on.
fn within(request: Request, status: u16, pattern: &str) -> Scenario {
    talking().send(request).expect(status, pattern).hang_up_as(3)
}

/// A request outside any dialog and its answer.
fn outside(method: &'static str, status: u16, pattern: &str) -> Scenario {
    Scenario::silent_caller().send(Request::outside(method, 1)).expect(status, pattern)
}

/// An offer with these streams.
fn offering(streams: &str) -> Scenario {
    let (session, _) = SDP.split_once("m=audio").unwrap();
    Scenario::caller_with("", &format!("{session}{streams}"))
}

/// An offer that is refused for this reason.
fn refused(streams: &str, warning: &str) -> Scenario {
    offering(streams).expect(488, &format!("Warning: {warning} ")).send(Request::failure_ack(1))
}

/// An offer that is answered so.
fn taken(streams: &str, pattern: &str) -> Scenario {
    offering(streams).progress(180).expect(200, pattern).send(Request::ack(1)).hang_up()
}

/// One more offer within the dialog.
fn changed(scenario: Scenario, cseq: u32, sdp: &str, pattern: &str) -> Scenario {
    scenario
        .send(Request::within("INVITE", cseq).sdp(sdp))
        .maybe(100)
        .expect(200, pattern)
        .send(Request::ack(cseq))
}

const ANY: &str = "0199000001";

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "OPTIONS that asks for it is answered with a description",
        clause: "RFC 3261 §11.2, RFC 3264 §9",
        play: Play::Call(ANY, || {
            let asks = Request::outside("OPTIONS", 1).header("Accept: application/sdp");
            Scenario::silent_caller().send(asks).expect(200, "m=audio 0 RTP/AVP 8 0")
        }),
    },
    Case {
        name: "OPTIONS within a dialog leaves the call alone",
        clause: "RFC 3261 §11.2",
        play: Play::Call(ANY, || within(Request::within("OPTIONS", 2), 200, "Accept-Language: en")),
    },
    Case {
        name: "INFO with a key of dtmf-relay is taken",
        clause: "RFC 6086 §4.2.2",
        play: Play::Call(ANY, || {
            let info = Request::within("INFO", 2);
            within(info.body("application/dtmf-relay", "Signal=5\nDuration=160\n"), 200, "INFO")
        }),
    },
    Case {
        name: "INFO with an unknown package is refused, and the call goes on",
        clause: "RFC 6086 §4.2.2",
        play: Play::Call(ANY, || {
            within(Request::within("INFO", 2).header("Info-Package: conference"), 469, "Recv-Info:")
        }),
    },
    Case {
        name: "INFO outside any dialog finds none",
        clause: "RFC 6086 §4.2.2",
        play: Play::Call(ANY, || outside("INFO", 481, "INFO")),
    },
    Case {
        name: "REFER is not allowed, and the call goes on",
        clause: "RFC 3261 §8.2.1, RFC 3515 §2.4.2",
        play: Play::Call(ANY, || {
            let refer =
                Request::within("REFER", 2).header("Refer-To: <sip:+33199000002@[local_ip]>");
            within(refer, 405, "Allow: INVITE")
        }),
    },
    Case {
        name: "SUBSCRIBE is not allowed",
        clause: "RFC 3261 §8.2.1, RFC 6665 §4.2.1",
        play: Play::Call(ANY, || outside("SUBSCRIBE", 405, "Allow: INVITE")),
    },
    Case {
        name: "NOTIFY is not allowed",
        clause: "RFC 3261 §8.2.1, RFC 6665 §4.1.3",
        play: Play::Call(ANY, || outside("NOTIFY", 405, "Allow: INVITE")),
    },
    Case {
        name: "MESSAGE is not allowed",
        clause: "RFC 3261 §8.2.1, RFC 3428 §7",
        play: Play::Call(ANY, || outside("MESSAGE", 405, "Allow: INVITE")),
    },
    Case {
        name: "a method that nobody knows is not implemented",
        clause: "RFC 3261 §21.5.2",
        play: Play::Call(ANY, || outside("FROBNICATE", 501, "Allow: INVITE")),
    },
    Case {
        name: "an extension that nobody knows cannot be required",
        clause: "RFC 3261 §8.2.2.3",
        play: Play::Call(ANY, || {
            Scenario::caller_with("Require: nonsense\n", SDP)
                .expect(420, "Unsupported: nonsense")
                .send(Request::failure_ack(1))
        }),
    },
    Case {
        name: "speech that is encrypted only is refused with the reason",
        clause: "RFC 3261 §20.43",
        play: Play::Call(ANY, || refused("m=audio [media_port] RTP/SAVP 8\n", "302")),
    },
    Case {
        name: "T.38 alone is refused with the reason",
        clause: "RFC 3261 §20.43, RFC 3264 §6",
        play: Play::Call(ANY, || refused("m=image [media_port] udptl t38\n", "304")),
    },
    Case {
        name: "a codec that nobody has is refused with the reason",
        clause: "RFC 3261 §20.43",
        play: Play::Call(ANY, || refused("m=audio [media_port] RTP/AVP 18\n", "305")),
    },
    Case {
        name: "unrestricted data is refused with the reason",
        clause: "RFC 4040 §5, RFC 3261 §20.43",
        play: Play::Call(ANY, || {
            let streams = "m=audio [media_port] RTP/AVP 97\na=rtpmap:97 CLEARMODE/8000\n";
            refused(streams, "305")
        }),
    },
    Case {
        name: "streams that are not taken are refused in their places",
        clause: "RFC 3264 §6",
        play: Play::Call(ANY, || {
            let streams = "m=video 5000 RTP/AVP 31\nm=audio [media_port] RTP/AVP 8\n\
                           m=image 5004 udptl t38\n";
            taken(streams, "m=video 0 RTP/AVP 31.*m=audio [1-9][0-9]* RTP/AVP 8.*m=image 0 udptl")
        }),
    },
    Case {
        name: "of two streams of speech one is taken",
        clause: "RFC 3264 §6",
        play: Play::Call(ANY, || {
            let streams = "m=audio [media_port] RTP/AVP 8\nm=audio 5002 RTP/AVP 0\n";
            taken(streams, "m=audio [1-9][0-9]* RTP/AVP 8.*m=audio 0 RTP/AVP 0")
        }),
    },
    Case {
        name: "plain speech beside the same encrypted is taken",
        clause: "RFC 3264 §6",
        play: Play::Call(ANY, || {
            let streams = "m=audio 5002 RTP/SAVP 8\nm=audio [media_port] RTP/AVP 8\n";
            taken(streams, "m=audio 0 RTP/SAVP 8.*m=audio [1-9][0-9]* RTP/AVP 8")
        }),
    },
    Case {
        name: "telephone events are answered with the number of the offer",
        clause: "RFC 4733 §2.4.1",
        play: Play::Call(ANY, || {
            let streams = "m=audio [media_port] RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\n";
            taken(streams, "a=rtpmap:96 telephone-event/8000.*a=fmtp:96 0-15")
        }),
    },
    Case {
        name: "the caller holds and takes back",
        clause: "RFC 3264 §8.4",
        play: Play::Call(ANY, || {
            let held = changed(talking(), 2, &format!("{SDP}a=sendonly\n"), "a=recvonly");
            changed(held, 3, SDP, "a=sendrecv").hang_up_as(4)
        }),
    },
    Case {
        name: "the caller holds as in old times",
        clause: "RFC 3264 §8.4",
        play: Play::Call(ANY, || {
            let old = SDP.replace("c=IN IP[media_ip_type] [media_ip]", "c=IN IP4 0.0.0.0");
            let held = changed(talking(), 2, &old, "m=audio");
            changed(held, 3, SDP, "a=sendrecv").hang_up_as(4)
        }),
    },
    Case {
        name: "the codec changes within the call",
        clause: "RFC 3264 §8.3.2",
        play: Play::Call(ANY, || {
            let (session, _) = SDP.split_once("m=audio").unwrap();
            let sdp = format!("{session}m=audio [media_port] RTP/AVP 96\na=rtpmap:96 PCMU/8000\n");
            changed(talking(), 2, &sdp, "RTP/AVP 96.*a=rtpmap:96 PCMU/8000").hang_up_as(3)
        }),
    },
    Case {
        name: "an offer that cannot be taken leaves the call as it was",
        clause: "RFC 3261 §14.2",
        play: Play::Call(ANY, || {
            let (session, _) = SDP.split_once("m=audio").unwrap();
            let fax = format!("{session}m=image [media_port] udptl t38\n");
            talking()
                .send(Request::within("INVITE", 2).sdp(&fax))
                .maybe(100)
                .expect(488, "Warning: 304")
                .send(Request::within("ACK", 2))
                .hang_up_as(3)
        }),
    },
    Case {
        name: "a redirection is followed within the trunk, and tells where from",
        clause: "RFC 3261 §8.1.3.4, RFC 5806 §4",
        play: Play::Called(16, || {
            Scenario::callee()
                .reply_with_tag("302 Moved Temporarily", "", "", "")
                .request("ACK", "ACK")
                .request("INVITE", "Diversion: .*;reason=.*History-Info: ")
                .respond("180 Ringing")
                .respond("200 OK")
                .ended_by_gateway()
        }),
    },
];

#[test]
fn what_is_no_call_is_answered_and_calls_go_on() {
    case::run_with(CASES, |configuration| {
        let follows = configuration.replace("redirects = 0", "redirects = 2");
        assert!(follows.contains("redirects = 2"));
        follows
    });
}
