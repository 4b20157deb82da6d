//! Messages that are lost, doubled, late, or belong to nothing (RFC 3261 §9, §17; RFC 6026).
//!
//! By peers of our own where sipp would take the repetition that must come for one it may pass over.

use crate::support::case::{self, Case, Play};
use crate::support::peer::{Peer, header};
use crate::support::quick;
use crate::support::scenario::{Request, SDP, Scenario};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// Rings for ever, says nothing, is busy, and answers at once.
const RINGS: &str = "0199000301";
const SILENT: &str = "0199000601";
const BUSY: &str = "0199000201";
const ANSWERS: &str = "0199001001";

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a repeated INVITE gets the last answer again and makes no second call",
        clause: "RFC 3261 §17.2.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, RINGS);
            caller.send(&caller.invite());
            let first = caller.expect_status(180, "INVITE");
            for _ in 0..3 {
                caller.target.clear();
                caller.peer_tag.clear();
                caller.send(&caller.invite());
                assert_eq!(caller.expect_status(180, "INVITE"), first);
            }
            assert_eq!(gateway.metric("tocsin_calls_active", &[]), 1.0);
            caller.cancel();
        }),
    },
    Case {
        name: "200 is sent again until its ACK comes, at doubling intervals, and not after it",
        clause: "RFC 3261 §13.3.1.4",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let start = Instant::now();
            caller.send(&caller.invite());
            let answer = caller.expect_status(200, "INVITE");
            for due in [500, 1_500] {
                assert_eq!(caller.expect_status(200, "INVITE"), answer);
                no_sooner(start, due);
            }
            caller.send(&caller.request("ACK", 1, ""));
            caller.silence(2500);
            caller.hang_up(2);
        }),
    },
    Case {
        name: "a failure is sent again until its ACK comes, and not after it",
        clause: "RFC 3261 §17.2.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, BUSY);
            caller.send(&caller.invite());
            let refusal = caller.expect_status(486, "INVITE");
            for _ in 0..2 {
                assert_eq!(caller.expect_status(486, "INVITE"), refusal);
            }
            caller.acknowledge_failure();
            caller.silence(2500);
        }),
    },
    Case {
        name: "an INVITE repeated after its failure was acknowledged is absorbed",
        clause: "RFC 3261 §17.2.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, BUSY);
            let invite = caller.invite();
            caller.send(&invite);
            caller.expect_status(486, "INVITE");
            caller.acknowledge_failure();
            caller.send(&invite);
            caller.silence(700);
        }),
    },
    Case {
        name: "an INVITE repeated after its 200 was acknowledged is absorbed",
        clause: "RFC 6026 §7.1",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            let invite = caller.invite();
            caller.establish();
            caller.send(&invite);
            caller.silence(700);
            caller.hang_up(2);
        }),
    },
    Case {
        name: "a repeated BYE gets its 200 again",
        clause: "RFC 3261 §17.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            let bye = caller.request("BYE", 2, "");
            caller.send(&bye);
            let answer = caller.expect_status(200, "BYE");
            for _ in 0..2 {
                caller.send(&bye);
                assert_eq!(caller.expect_status(200, "BYE"), answer);
            }
        }),
    },
    Case {
        name: "an ACK of another CSeq number acknowledges nothing",
        clause: "RFC 3261 §13.2.2.4",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.send(&caller.invite());
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 7, ""));
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("ACK", 1, ""));
            caller.hang_up(8);
        }),
    },
    Case {
        name: "an ACK repeated is absorbed",
        clause: "RFC 3261 §13.3.1.4",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            (0..3).for_each(|_| caller.send(&caller.request("ACK", 1, "")));
            caller.silence(300);
            caller.hang_up(2);
        }),
    },
    Case {
        name: "CANCEL before anything but 100 ends the call",
        clause: "RFC 3261 §9.2",
        play: Play::Call(SILENT, || {
            Scenario::silent_caller()
                .send(Request::outside("INVITE", 1).sdp(SDP))
                .progress(100)
                .pause(300)
                .cancel()
        }),
    },
    Case {
        name: "CANCEL after 180 ends the call",
        clause: "RFC 3261 §9.2",
        play: Play::Call(RINGS, || Scenario::caller().progress(180).pause(300).cancel()),
    },
    Case {
        name: "a repeated CANCEL gets its 200 again",
        clause: "RFC 3261 §17.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, RINGS);
            caller.send(&caller.invite());
            caller.expect_status(180, "INVITE");
            caller.cancel();
            caller.send(&caller.request("CANCEL", 1, ""));
            caller.expect_status(200, "CANCEL");
        }),
    },
    Case {
        name: "CANCEL after the answer is answered and changes nothing",
        clause: "RFC 3261 §9.2",
        play: Play::Call(ANSWERS, || {
            Scenario::caller()
                .answered()
                .send(Request::outside("CANCEL", 1))
                .expect(200, "CANCEL")
                .pause(500)
                .hang_up()
        }),
    },
    Case {
        name: "CANCEL of nothing gets 481",
        clause: "RFC 3261 §9.2",
        play: Play::Call(ANSWERS, || {
            Scenario::silent_caller().send(Request::outside("CANCEL", 1)).expect(481, "CANCEL")
        }),
    },
    Case {
        name: "BYE for no dialog gets 481",
        clause: "RFC 3261 §15.1.2",
        play: Play::Call(ANSWERS, || {
            Scenario::silent_caller()
                .send(Request::outside("BYE", 1).edit(";user=phone>", ";user=phone>;tag=none"))
                .expect(481, "BYE")
        }),
    },
    Case {
        name: "BYE on the early dialog ends the call",
        clause: "RFC 3261 §15",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, RINGS);
            caller.send(&caller.invite());
            caller.expect_status(180, "INVITE");
            caller.send(&caller.request("BYE", 2, ""));
            let first = caller.expect("SIP/2.0 ");
            let second = caller.expect("SIP/2.0 ");
            let both = [first.as_str(), second.as_str()];
            assert!(both.iter().any(|answer| answer.starts_with("SIP/2.0 487 ")), "{both:?}");
            assert!(both.iter().any(|answer| answer.starts_with("SIP/2.0 200 ")), "{both:?}");
            caller.acknowledge_failure();
        }),
    },
    Case {
        name: "BYE may come before the ACK",
        clause: "RFC 3261 §15",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.send(&caller.invite());
            caller.expect_status(200, "INVITE");
            caller.send(&caller.request("BYE", 2, ""));
            caller.expect_status(200, "BYE");
            caller.send(&caller.request("ACK", 1, ""));
            caller.silence(1200);
        }),
    },
    Case {
        name: "one INVITE that comes on two ways is one call: the second gets 482",
        clause: "RFC 3261 §8.2.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, RINGS);
            caller.send(&caller.invite());
            caller.expect_status(180, "INVITE");
            caller.target.clear();
            caller.peer_tag.clear();
            let other_way = caller.invite().replace("branch=z9hG4bK", "branch=z9hG4bKother");
            let tag = std::mem::take(&mut caller.peer_tag);
            caller.send(&other_way);
            caller.expect_status(482, "INVITE");
            let ack = caller.request("ACK", 1, "");
            caller.send(&ack.replace("branch=z9hG4bK", "branch=z9hG4bKother"));
            caller.peer_tag = tag;
            caller.silence(700);
            caller.cancel();
        }),
    },
    Case {
        name: "two From tags under one Call-ID are two calls",
        clause: "RFC 3261 §12",
        play: Play::Own(|gateway| {
            let mut first = Peer::calling(gateway, ANSWERS);
            let mut second = Peer::calling(gateway, ANSWERS);
            second.call_id.clone_from(&first.call_id);
            first.establish();
            second.establish();
            assert_ne!(first.peer_tag, second.peer_tag);
            first.hang_up(2);
            second.silence(300);
            second.hang_up(2);
        }),
    },
    Case {
        name: "a caller of RFC 2543, whose branch has no cookie, is served and not doubled",
        clause: "RFC 3261 §17.2.3",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, RINGS);
            let invite = caller.invite().replace("branch=z9hG4bK", "branch=old");
            caller.send(&invite);
            let first = caller.expect_status(180, "INVITE");
            caller.send(&invite);
            assert_eq!(caller.expect_status(180, "INVITE"), first);
            assert_eq!(gateway.metric("tocsin_calls_active", &[]), 1.0);
            let cancel = caller.request("CANCEL", 1, "").replace("branch=z9hG4bK", "branch=old");
            caller.send(&cancel);
            caller.expect_status(200, "CANCEL");
            caller.expect_status(487, "INVITE");
            caller.target.clear();
            let ack = caller.request("ACK", 1, "").replace("branch=z9hG4bK", "branch=old");
            caller.send(&ack);
            caller.silence(1200);
        }),
    },
    Case {
        name: "a request within the dialog that comes too late gets 500",
        clause: "RFC 3261 §12.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            caller.send(&caller.request("OPTIONS", 5, ""));
            caller.expect_status(200, "OPTIONS");
            caller.send(&caller.request("OPTIONS", 4, ""));
            caller.expect_status(500, "OPTIONS");
            caller.hang_up(6);
        }),
    },
    Case {
        name: "a request for a dialog of another tag gets 481",
        clause: "RFC 3261 §12.2.2",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.establish();
            let ours = caller.peer_tag.clone();
            caller.peer_tag = ";tag=nobody".to_owned();
            caller.send(&caller.request("BYE", 2, ""));
            caller.expect_status(481, "BYE");
            caller.peer_tag = ours;
            caller.hang_up(3);
        }),
    },
    Case {
        name: "a response to nothing is passed over",
        clause: "RFC 3261 §18.1.2",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, ANSWERS);
            let mut callee = Peer::calling(gateway, ANSWERS);
            for status in ["100 Trying", "180 Ringing", "200 OK", "486 Busy", "699 What"] {
                let ours = caller.invite().replace(&caller.address().to_string(), "192.0.2.1:5060");
                callee.send(&callee.response(&ours, status, ""));
                let theirs = callee.invite().replace(
                    &format!("UDP {}", callee.address()),
                    &format!("UDP {}", gateway.sip()),
                );
                callee.send(&callee.response(&theirs, status, ""));
            }
            callee.silence(500);
            callee.establish();
            callee.hang_up(2);
        }),
    },
    Case {
        name: "our INVITE is sent again until anything comes, and not after 100",
        clause: "RFC 3261 §17.1.1.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            let start = Instant::now();
            gateway.originate("+33199008080", 1.0);
            let invite = callee.expect("INVITE ");
            for due in [500, 1_500] {
                assert_eq!(callee.expect("INVITE "), invite);
                no_sooner(start, due);
            }
            callee.answer(&invite, "100 Trying", "");
            callee.silence(2500);
            callee.answer(&invite, "486 Busy Here", "");
            callee.expect("ACK ");
        }),
    },
    Case {
        name: "a repeated failure gets our ACK again",
        clause: "RFC 3261 §17.1.1.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008081", 1.0);
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "486 Busy Here", "");
            let ack = callee.expect("ACK ");
            assert_eq!(header(&ack, "Via"), header(&invite, "Via"));
            callee.answer(&invite, "486 Busy Here", "");
            assert_eq!(callee.expect("ACK "), ack);
        }),
    },
    Case {
        name: "a repeated 200 gets our ACK again, of a transaction of its own",
        clause: "RFC 3261 §13.2.2.4",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008082", 1.0);
            let invite = callee.expect("INVITE ");
            let sdp = callee.sdp("8", "");
            callee.answer(&invite, "200 OK", &sdp);
            let ack = callee.expect("ACK ");
            assert_ne!(header(&ack, "Via"), header(&invite, "Via"));
            callee.answer(&invite, "200 OK", &sdp);
            assert_eq!(callee.expect("ACK "), ack);
            let bye = callee.expect("BYE ");
            callee.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "our BYE is sent again until it is answered",
        clause: "RFC 3261 §17.1.2.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008083", 0.1);
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "200 OK", &callee.sdp("8", ""));
            callee.expect("ACK ");
            let bye = callee.expect("BYE ");
            assert_eq!(callee.expect("BYE "), bye);
            assert_eq!(callee.expect("BYE "), bye);
            callee.answer(&bye, "200 OK", "");
            callee.silence(2200);
        }),
    },
    Case {
        name: "481 to our BYE is the end too",
        clause: "RFC 3261 §15.1.1",
        play: Play::Called(16, || {
            Scenario::callee()
                .respond("200 OK")
                .request("BYE", "BYE")
                .reply("481 Call Does Not Exist", "", "")
                .pause(1000)
        }),
    },
    Case {
        name: "two 18x of different tags, then the 200 of one of them",
        clause: "RFC 3261 §13.2.2.4",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008084", 0.3);
            let invite = callee.expect("INVITE ");
            let sdp = callee.sdp("8", "");
            let own = callee.tag.clone();
            for tag in ["fork1", "fork2"] {
                callee.tag = tag.to_owned();
                callee.answer(&invite, "180 Ringing", "");
            }
            callee.tag = "fork1".to_owned();
            callee.answer(&invite, "200 OK", &sdp);
            let ack = callee.expect("ACK ");
            assert!(header(&ack, "To").unwrap().contains("tag=fork1"), "{ack}");
            callee.tag = own;
            let bye = callee.expect("BYE ");
            assert!(header(&bye, "To").unwrap().contains("tag=fork1"), "{bye}");
            callee.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "a second 200 of another tag is acknowledged and hung up on, the first goes on",
        clause: "RFC 3261 §13.2.2.4",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008085", 1.5);
            let invite = callee.expect("INVITE ");
            let sdp = callee.sdp("8", "");
            callee.tag = "fork1".to_owned();
            callee.answer(&invite, "200 OK", &sdp);
            callee.expect("ACK ");
            callee.tag = "fork2".to_owned();
            callee.answer(&invite, "200 OK", &sdp);
            let ack = callee.expect("ACK ");
            assert!(header(&ack, "To").unwrap().contains("tag=fork2"), "{ack}");
            let bye = callee.expect("BYE ");
            assert!(header(&bye, "To").unwrap().contains("tag=fork2"), "{bye}");
            callee.answer(&bye, "200 OK", "");
            callee.silence(500);
            let bye = callee.expect("BYE ");
            assert!(header(&bye, "To").unwrap().contains("tag=fork1"), "{bye}");
            callee.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "without rport the answer goes to the port of the Via at the address of the source",
        clause: "RFC 3261 §18.2.2",
        play: Play::Own(|gateway| {
            let caller = Peer::calling(gateway, BUSY);
            let other = UdpSocket::bind((gateway.address, 0)).unwrap();
            other.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let port = other.local_addr().unwrap().port();
            let via = format!("UDP 192.0.2.7:{port};");
            let text = caller.request("OPTIONS", 1, "");
            caller.send(&text.replace(&format!("UDP {};", caller.address()), &via));
            let mut buffer = [0; 4096];
            let (length, _) = other.recv_from(&mut buffer).expect("no answer at the Via's port");
            let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let via = header(&answer, "Via").unwrap();
            assert!(via.contains(&format!(";received={}", gateway.address)), "{via}");
            caller.silence(200);
        }),
    },
    Case {
        name: "with rport the answer goes to where the request came from, and says so",
        clause: "RFC 3581 §4",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, BUSY);
            let here = caller.address();
            let text = caller.request("OPTIONS", 1, "");
            caller.send(&text.replace(&format!("UDP {here};"), "UDP 192.0.2.7:9;rport;"));
            let answer = caller.expect_status(200, "OPTIONS");
            let via = header(&answer, "Via").unwrap();
            assert!(via.contains(&format!(";received={}", here.ip())), "{via}");
            assert!(via.contains(&format!(";rport={}", here.port())), "{via}");
        }),
    },
];

/// What takes the 32 s of 64*T1.
pub(crate) const LONG: &[Case] = &[
    Case {
        name: "a call whose 200 is never acknowledged is hung up after 64*T1",
        clause: "RFC 3261 §13.3.1.4",
        play: Play::Own(|gateway| {
            let mut caller = Peer::calling(gateway, ANSWERS);
            caller.send(&caller.invite());
            caller.expect_status(200, "INVITE");
            let start = Instant::now();
            let bye = hears_only(&caller, "SIP/2.0 200 ");
            let took = start.elapsed().as_secs_f32();
            assert!((30.0..60.0).contains(&took), "after {took} s\n{bye}");
            assert!(bye.starts_with("BYE "), "{bye}");
            caller.answer(&bye, "200 OK", "");
        }),
    },
    Case {
        name: "an INVITE that nobody ever answers is given up after 64*T1",
        clause: "RFC 3261 §17.1.1.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            gateway.originate("+33199008086", 1.0);
            callee.expect("INVITE ");
            let start = Instant::now();
            while gateway.metric("tocsin_calls_active", &[]) > 0.0 {
                assert!(start.elapsed() < Duration::from_secs(60), "still there");
                std::thread::sleep(Duration::from_millis(500));
            }
            assert!(start.elapsed() > Duration::from_secs(30), "{:?}", start.elapsed());
            // RFC 3398 §8.2.6.1: as 408, which is cause 102.
            let records = gateway.records();
            assert_eq!(records.last().unwrap()["cause"], 102, "{records:?}");
        }),
    },
];

/// A copy did not come before so many milliseconds had passed since something that was before the
/// first: how much later it comes is for the load of the machine to say.
fn no_sooner(start: Instant, due: u64) {
    let passed = start.elapsed();
    assert!(passed + Duration::from_millis(20) > Duration::from_millis(due), "{passed:?}, {due}");
}

/// The first message that does not begin so.
fn hears_only(peer: &Peer, start: &str) -> String {
    loop {
        let message = peer.receive(Duration::from_secs(40)).expect("nothing more");
        if !message.starts_with(start) {
            return message;
        }
    }
}

#[test]
fn messages_lost_doubled_late_or_of_nothing() {
    case::run(CASES);
}

#[test]
fn what_takes_64_times_t1() {
    if !quick() {
        // Side by side: each has a gateway of its own for as long as the others have theirs.
        std::thread::scope(|scope| {
            for case in LONG {
                scope.spawn(|| case::run(std::slice::from_ref(case)));
            }
        });
    }
}
