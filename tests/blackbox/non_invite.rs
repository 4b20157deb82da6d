//! Requests other than INVITE: how soon they are answered, what is never said to them, and how ours
//! are repeated (RFC 3261 §17.1.2, RFC 4320).

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::peer::Peer;
use crate::support::quick;
use crate::support::stream_peer::StreamPeer;
use std::time::{Duration, Instant};

/// Answers at once, and answers and hangs up after five seconds.
const ANSWERS: &str = "0199001001";
const HANGS_UP: &str = "0199000701";

/// T2 of RFC 3261 §17.1.2.2.
const T2: Duration = Duration::from_secs(4);
/// What a machine under load may add.
const LATE: Duration = Duration::from_secs(2);

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "no 100 goes out over datagrams before the final response",
        clause: "RFC 4320 §4.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            // Outside any dialog, within none, within one: each is answered by one message.
            for (cseq, method, status) in [
                (1, "OPTIONS", 200),
                (2, "MESSAGE", 405),
                (3, "REGISTER", 405),
                (4, "FETCH", 501),
                (5, "BYE", 481),
                (6, "CANCEL", 481),
                (7, "PRACK", 481),
                (8, "UPDATE", 481),
                (9, "INFO", 481),
            ] {
                answered_at_once(&caller, &caller.request(method, cseq, ""), status);
            }
            caller.silence(700);
            caller.establish();
            let sdp = caller.sdp("8", "");
            answered_at_once(&caller, &caller.request("OPTIONS", 2, ""), 200);
            answered_at_once(&caller, &caller.request("UPDATE", 3, &sdp), 200);
            answered_at_once(&caller, &caller.request("INFO", 4, ""), 200);
            answered_at_once(&caller, &caller.request("REFER", 5, ""), 405);
            answered_at_once(&caller, &caller.request("BYE", 6, ""), 200);
            caller.silence(700);
        }),
    },
    Case {
        name: "copies of a request are answered alike, and by nothing else",
        clause: "RFC 4320 §4.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            let bye = caller.request("BYE", 2, "");
            let first = answered_at_once(&caller, &bye, 200);
            // As Timer E would have them (RFC 3261 §17.1.2.2).
            for pause in [500, 1_000, 2_000] {
                caller.silence(pause);
                assert_eq!(answered_at_once(&caller, &bye, 200), first);
            }
        }),
    },
    Case {
        name: "our BYE is repeated each T2 once a provisional response has come",
        clause: "RFC 3261 §17.1.2.2",
        play: Play::Own(|gateway| {
            // A machine under load may hear our 100 when Timer E has run for the second time.
            assert!((0..4).any(|_| is_repeated_each_t2(gateway)));
        }),
    },
    Case {
        name: "a 408 to our BYE is the end too",
        clause: "RFC 3261 §15.1.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, HANGS_UP);
            caller.establish();
            let bye = caller.expect("BYE ");
            caller.answer(&bye, "408 Request Timeout", "");
            caller.silence(1_200);
            gateway.wait_until_idle();
        }),
    },
    Case {
        name: "over a connection a request of ours is sent once",
        clause: "RFC 3261 §17.1.2.2 (reliable transports)",
        play: Play::Own(|gateway| {
            let mut caller = StreamPeer::tcp(gateway);
            caller.call(HANGS_UP);
            let bye = caller.expect_request("BYE");
            std::thread::sleep(Duration::from_secs(3));
            caller.respond(&bye, "200 OK", false);
            // A copy would have come before the answer to this.
            let options = caller.request("OPTIONS", 3, "", "");
            caller.write(options.as_bytes());
            let answer = caller.message().unwrap();
            assert!(answer.starts_with("SIP/2.0 "), "{answer}");
        }),
    },
    Case {
        name: "a callee that is gone when we hang up keeps no circuit",
        clause: "RFC 3261 §15.1.1 (no response)",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008090", 0.3);
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "200 OK", &callee.sdp("8", ""));
            callee.expect("ACK ");
            let bye = callee.expect("BYE ");
            // It is repeated for 32 s, which no circuit waits for.
            let all = gateway.metric("tocsin_circuits", &[]);
            let start = Instant::now();
            while gateway.metric("tocsin_circuits", &["state=\"idle\""]) < all {
                assert!(start.elapsed() < Duration::from_secs(20), "a circuit waits");
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(gateway.metric("tocsin_calls_active", &[]), 1.0);
            callee.answer(&bye, "200 OK", "");
        }),
    },
];

/// What takes the 32 s of 64*T1.
pub(crate) const LONG: &[Case] = &[
    Case {
        name: "our BYE that nobody answers is repeated as Timer E says, and given up by Timer F",
        clause: "RFC 3261 §17.1.2.2 (Timer F)",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, HANGS_UP);
            caller.establish();
            let bye = caller.expect("BYE ");
            let start = Instant::now();
            let mut copies = 0;
            while let Some(copy) = caller.receive(T2 + LATE) {
                assert_eq!(copy, bye);
                copies += 1;
            }
            // At 0.5, 1.5, 3.5 s, and then each 4 s until 31.5 s.
            assert!((8..=10).contains(&copies), "{copies} copies in {:?}", start.elapsed());
            gateway.wait_until_idle();
        }),
    },
    Case {
        name: "a BYE that comes again after Timer J is one of no dialog, and gets no 408",
        clause: "RFC 4320 §4.2 (after Timer J)",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            let bye = caller.request("BYE", 2, "");
            answered_at_once(&caller, &bye, 200);
            caller.silence(33_000);
            answered_at_once(&caller, &bye, 481);
        }),
    },
];

/// Whether two copies of our BYE come T2 apart after a 100, and not 1 s and 2 s after the one before.
fn is_repeated_each_t2(gateway: &Gateway) -> bool {
    let mut caller = Peer::calling(gateway, HANGS_UP);
    caller.establish();
    let bye = caller.expect("BYE ");
    caller.answer(&bye, "100 Trying", "");
    // Timer E runs as it was set before; what follows is T2 apart.
    assert_eq!(caller.expect("BYE "), bye);
    let mut gaps = [Duration::ZERO; 2];
    for gap in &mut gaps {
        let last = Instant::now();
        assert_eq!(caller.expect("BYE "), bye);
        *gap = last.elapsed();
    }
    caller.answer(&bye, "200 OK", "");
    caller.silence(T2.as_millis() as u64 + 500);
    gaps.iter().all(|gap| *gap + T2 / 4 > T2)
}

/// Sends a request: the first message that comes is its final response, and no other follows before
/// the next is sent.
fn answered_at_once(peer: &Peer, request: &str, status: u16) -> String {
    peer.send(request);
    let answer = peer.receive(Duration::from_secs(8)).expect("no answer");
    assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{status} was due, not\n{answer}");
    answer
}

#[test]
fn requests_other_than_invite() {
    case::run(CASES);
}

#[test]
fn what_takes_timers_f_and_j() {
    if !quick() {
        std::thread::scope(|scope| {
            for case in LONG {
                scope.spawn(|| case::run(std::slice::from_ref(case)));
            }
        });
    }
}
