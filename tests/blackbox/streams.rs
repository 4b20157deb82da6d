//! Connections, and what becomes of messages when they break.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use crate::support::stream_peer::{StreamPeer as Peer, connect_from, header, while_called};
use std::io::Write as _;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a peer that has ended its side of TCP still gets its answer, then the end",
        clause: "RFC 3261 §18.2.2 (half-closed)",
        play: Play::Own(half_close),
    },
    Case {
        name: "a call whose caller has ended its side is answered on that connection",
        clause: "RFC 3261 §18.2.2 (ringing)",
        play: Play::Own(half_close_ringing),
    },
    Case {
        name: "a message may come octet by octet",
        clause: "RFC 3261 §18.3 (pieces)",
        play: Play::Own(octet_by_octet),
    },
    Case {
        name: "several messages and pings may come in one segment",
        clause: "RFC 3261 §18.3 (several)",
        play: Play::Own(several_at_once),
    },
    Case {
        name: "a connection that breaks in a call is replaced by the caller's next",
        clause: "RFC 3261 §18.4 (caller)",
        play: Play::Own(broken_caller),
    },
    Case {
        name: "a connection that breaks in a call is replaced by one of ours for our BYE",
        clause: "RFC 3261 §18.1.1",
        play: Play::Own(broken_callee),
    },
    Case {
        name: "a connection that no call needs is closed, one that a call needs is not",
        clause: "RFC 3261 §18 (idle)",
        play: Play::Own(idle),
    },
    Case {
        name: "a large INVITE passes over TCP",
        clause: "RFC 3261 §18.1.1 (size)",
        play: Play::Own(large),
    },
    Case {
        name: "what is not SIP ends the connection",
        clause: "RFC 3261 §18.3 (garbage)",
        play: Play::Own(garbage),
    },
    Case {
        name: "a header line longer than any that is taken is refused, and the connection goes on",
        clause: "RFC 3261 §21.5.7",
        play: Play::Own(|gateway| {
            let mut peer = Peer::tcp(gateway);
            // Without the tag that the refusal will have brought.
            let request = options(&mut peer);
            let invite = peer.invite("0199000201");
            let note = format!("\r\nX-Note: {}\r\nMax-Forwards:", "n".repeat(10_000));
            peer.write(invite.replace("\r\nMax-Forwards:", &note).as_bytes());
            peer.expect(513);
            peer.write(request.as_bytes());
            peer.expect(200);
        }),
    },
    Case {
        name: "a call without Content-Length is refused, an emergency call is answered",
        clause: "RFC 3261 §18.3 (no Content-Length)",
        play: Play::Own(|gateway| {
            let mut peer = Peer::tcp(gateway);
            let refused = lengthless(peer.invite("0199000001"));
            peer.write(refused.as_bytes());
            peer.expect(400);
            peer.expect_end();
            let mut peer = Peer::tcp(gateway);
            let urgent = lengthless(peer.invite("112"));
            peer.write(urgent.as_bytes());
            let answer = peer.expect(200);
            assert!(answer.contains("a=rtpmap:8 PCMA/8000"), "{answer}");
            for (method, cseq) in [("ACK", 1), ("BYE", 2)] {
                let request = lengthless(peer.request(method, cseq, "", ""));
                peer.write(request.as_bytes());
            }
            peer.expect(200);
        }),
    },
    Case {
        name: "peers that send an octet now and then keep nobody out",
        clause: "RFC 3261 §26.1.5",
        play: Play::Own(slow_peers),
    },
    Case {
        name: "a peer that takes nothing costs others nothing",
        clause: "RFC 3261 §18.4 (stalled)",
        play: Play::Own(deaf_peer),
    },
    Case {
        name: "our pings keep a connection, and its silence ends it",
        clause: "RFC 5626 §4.4.1",
        play: Play::Own(pings),
    },
];

#[test]
fn cases() {
    case::run_with(CASES, |configuration| {
        let udp = configuration.split("target = \"udp:").nth(1).unwrap().split('"').next().unwrap();
        configuration.replace("idle = \"10min\"", "idle = \"2s\"").replace(
            &format!("target = \"udp:{udp}\""),
            &format!("target = \"tcp:{udp}\"\nkeep_alive = \"1s\""),
        )
    });
}

fn options(peer: &mut Peer) -> String {
    peer.invite("0199000001").replace("INVITE", "OPTIONS")
}

fn lengthless(request: String) -> String {
    let line = request.lines().find(|line| line.starts_with("Content-Length")).unwrap();
    request.replace(&format!("{line}\r\n"), "")
}

fn half_close(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let request = options(&mut peer);
    peer.write(request.as_bytes());
    peer.finish();
    let start = Instant::now();
    peer.expect(200);
    peer.expect_end();
    assert!(start.elapsed() < Duration::from_secs(2));
}

fn half_close_ringing(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let invite = peer.invite("0199000201");
    peer.write(invite.as_bytes());
    peer.finish();
    peer.expect(486);
    peer.expect_end();
}

fn octet_by_octet(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let invite = peer.invite("0199000201");
    for octet in invite.bytes() {
        peer.write(&[octet]);
    }
    peer.expect(486);
    let ack = peer.request("ACK", 1, "", "").replace("1ACK2", "1INVITE");
    peer.write(ack.as_bytes());
}

fn several_at_once(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let request = options(&mut peer);
    let mut all = String::new();
    for number in 0..5 {
        all += &request.replace("1OPTIONS", &format!("{number}OPTIONS"));
        all += "\r\n\r\n";
    }
    peer.write(all.as_bytes());
    // Pongs do not wait for their turn, messages do.
    for _ in 0..5 {
        peer.expect_octets(b"\r\n");
    }
    for _ in 0..5 {
        peer.expect(200);
    }
}

fn broken_caller(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    peer.call("0199000001");
    let mut other = peer.moved_to(Peer::tcp(gateway));
    let open = || gateway.metric("tocsin_sip_connections", &["transport=\"tcp\""]);
    let before = open();
    drop(peer);
    gateway.until("aware of it", || open() < before);
    other.hang_up();
}

/// Takes the exchange's call.
fn called(listener: &TcpListener) -> Peer {
    let mut peer = Peer::accept(listener);
    let invite = peer.expect_request("INVITE");
    assert!(header(&invite, "Contact").is_some_and(|ours| ours.ends_with(";transport=tcp>")));
    peer.respond(&invite, "200 OK", true);
    peer.expect_request("ACK");
    peer
}

fn broken_callee(gateway: &Gateway) {
    let listener = TcpListener::bind((gateway.address, 5070)).unwrap();
    while_called(gateway, "+33199008001", "2", || {
        drop(called(&listener));
        let mut next = Peer::accept(&listener);
        let bye = next.expect_request("BYE");
        next.respond(&bye, "200 OK", false);
    });
}

fn idle(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let mut talking = Peer::tcp(gateway);
    talking.call("0199000001");
    let start = Instant::now();
    peer.expect_end();
    assert!(start.elapsed() > Duration::from_secs(1));
    sleep(Duration::from_secs(3));
    talking.hang_up();
}

fn large(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    let invite = peer.invite("0199000201");
    let note = format!("\r\nX-Note: {}\r\nMax-Forwards:", "n".repeat(4_000));
    peer.write(invite.replace("\r\nMax-Forwards:", &note).as_bytes());
    peer.expect(486);
    let ack = peer.request("ACK", 1, "", "").replace("1ACK2", "1INVITE");
    peer.write(ack.as_bytes());
}

fn garbage(gateway: &Gateway) {
    let mut peer = Peer::tcp(gateway);
    peer.write("x".repeat(100_000).as_bytes());
    assert_eq!(peer.message(), None);
}

/// Each of them holds the rest of a request back.
fn slow_peers(gateway: &Gateway) {
    let mut slow: Vec<_> = Vec::new();
    for host in [[127, 0, 0, 51], [127, 0, 0, 52]] {
        slow.extend((0..60).map(|_| connect_from(host, gateway.sip())));
    }
    let request = options(&mut Peer::tcp(gateway));
    for octet in request.bytes().take(4) {
        for one in &mut slow {
            one.write_all(&[octet]).unwrap();
        }
        let mut peer = Peer::tcp(gateway);
        let request = options(&mut peer);
        peer.write(request.as_bytes());
        peer.expect(200);
        sleep(Duration::from_millis(300));
    }
    let mut peer = Peer::tcp(gateway);
    peer.call("0199000001");
    peer.hang_up();
}

/// It asks and asks, and does not read what it is answered.
fn deaf_peer(gateway: &Gateway) {
    let mut deaf = connect_from([127, 0, 0, 53], gateway.sip());
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let request = options(&mut Peer::tcp(gateway));
    let start = Instant::now();
    let mut asked = 0;
    while start.elapsed() < Duration::from_secs(3) {
        let next = request.replace("1OPTIONS", &format!("{asked}OPTIONS"));
        if deaf.write_all(next.as_bytes()).is_err() {
            break;
        }
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
    let mut peer = Peer::tcp(gateway);
    peer.call("0199000001");
    peer.hang_up();
}

fn pings(gateway: &Gateway) {
    let listener = TcpListener::bind((gateway.address, 5070)).unwrap();
    while_called(gateway, "+33199008002", "4", || {
        let mut peer = called(&listener);
        for _ in 0..2 {
            peer.expect_octets(b"\r\n\r\n");
            peer.write(b"\r\n");
        }
        // Silence from here on, but for the call.
        let bye = peer.message().unwrap();
        assert!(bye.starts_with("BYE "), "{bye}");
        peer.respond(&bye, "200 OK", false);
        let start = Instant::now();
        peer.expect_octets(b"\r\n\r\n");
        peer.patience = Duration::from_secs(15);
        assert_eq!(peer.message(), None);
        assert!(start.elapsed() > Duration::from_secs(7));
    });
}

#[test]
fn a_target_that_refuses_datagrams_fails_over_at_once() {
    // RFC 3261 §18.4: an ICMP error is a transport error, not 32 s of Timer B.
    let gateway = Gateway::start_with(&[], |configuration| configuration);
    let start = Instant::now();
    gateway.tocsin(&["originate", "+33199008001", "--hold", "1"]);
    while gateway.records().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", gateway.log());
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn many_calls_share_one_connection() {
    let gateway = Gateway::start();
    let scenario = Scenario::caller().progress(180).answered().pause(200).hang_up().finish();
    let load = Load { calls: 20, rate: 20, limit: 20, transport: "t1", ..Load::ONE };
    sipp::caller(&gateway, "t1", &scenario, "0199000001", load).expect_success(&gateway);
    gateway.wait_until_idle();
}
