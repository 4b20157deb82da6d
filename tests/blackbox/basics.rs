//! Calls as most are: answered, refused, given up, and asked about.

use crate::support::case::{self, Case, Play};
use crate::support::scenario::{Request, Scenario};
use crate::support::ua::Ua;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a call rings, is answered and hung up",
        clause: "RFC 3261 §13.2",
        play: Play::Call("0199000001", || {
            Scenario::caller().progress(180).answered().pause(300).hang_up()
        }),
    },
    Case {
        name: "a call over TCP gets its answers over the same connection",
        clause: "RFC 3261 §18.2.2",
        play: Play::CallOverTcp("0199000001", || {
            Scenario::caller().progress(180).answered().pause(300).hang_up()
        }),
    },
    Case {
        name: "a call from the exchange rings, is answered and hung up",
        clause: "RFC 3398 §8.2.1",
        play: Play::Called(16, || {
            Scenario::callee().respond("180 Ringing").respond("200 OK").ended_by_gateway()
        }),
    },
    Case {
        name: "OPTIONS is answered with what we can do",
        clause: "RFC 3261 §11.2",
        play: Play::Call("0199000001", || {
            Scenario::silent_caller()
                .send(Request::outside("OPTIONS", 1))
                .expect(200, "Allow: .*INVITE")
        }),
    },
    Case {
        name: "a request that has come too far goes no further",
        clause: "RFC 3261 §16.3 (3)",
        play: Play::Call("0199000001", || {
            let tired = "Max-Forwards: 0";
            Scenario::calling(Request::outside("INVITE", 1).edit("Max-Forwards: 70", tired))
                .refused(483)
        }),
    },
    Case {
        name: "a URI of a scheme that nobody knows is refused",
        clause: "RFC 3261 §8.2.2.1",
        play: Play::Call("0199000001", || {
            Scenario::calling(Request::outside("INVITE", 1).uri("fax:+33199000001")).refused(416)
        }),
    },
    Case {
        name: "an ACK to nothing is passed over in silence",
        clause: "RFC 3261 §17.1.1.3",
        play: Play::Call("0199000001", || {
            Scenario::silent_caller()
                .send_once(Request::outside("ACK", 1))
                .pause(300)
                .send(Request::outside("OPTIONS", 2))
                .expect(200, "OPTIONS")
        }),
    },
    Case {
        name: "an INVITE without an offer is answered with ours",
        clause: "RFC 3261 §13.2.1",
        play: Play::Own(|gateway| {
            let mut caller = Ua::new(gateway);
            caller.invite("0199001002", None);
            let answer = caller.expect(200);
            assert!(answer.contains(" RTP/AVP 8 0"), "{answer}");
            caller.acknowledge(Some(&caller.sdp()));
            caller.hang_up();
        }),
    },
];

#[test]
fn calls_as_most_are() {
    case::run(CASES);
}
