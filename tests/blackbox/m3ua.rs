//! Circuits whose signalling goes over M3UA (RFC 4666) and TCP, against an exchange that says each
//! message.

use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, PEER, acm, iam};
use crate::support::judge::{self, FILE};
use crate::support::peer::Peer;
use crate::support::ua::Ua;
use isup_codec::{Anm, MessageType};
use mtp::m3ua::{Affected, ErrorCode, Message};
use std::time::{Duration, Instant};

#[test]
fn calls_both_ways_over_an_association() {
    let (gateway, peer) = IsupPeer::start_with(&["--pcap", FILE], |_| {});

    let mut caller = Ua::new(&gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    let (cic, iam_out) = peer.expect_iam();
    assert_eq!(iam_out.called.digits.as_str(), "199000001");
    peer.send(cic, acm());
    peer.send(cic, Anm::new());
    // The circuit has no bearer here: the answer names a port all the same.
    let answer = caller.expect(200);
    assert!(answer.contains("m=audio "), "{answer}");
    caller.acknowledge(None);
    caller.hang_up();
    assert_eq!(peer.expect_release(cic), 16);
    gateway.wait_until_idle();

    let mut called = Peer::called(&gateway);
    peer.send(5, iam("199008001"));
    let invite = called.expect("INVITE ");
    called.answer(&invite, "180 Ringing", "");
    peer.expect(5, MessageType::ACM);
    called.answer(&invite, "200 OK", &called.sdp("8", ""));
    called.expect("ACK ");
    assert_eq!(peer.next(5).kind(), Some(MessageType::ANM));
    peer.release(5, 16);
    let bye = called.expect("BYE ");
    called.answer(&bye, "200 OK", "");
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}

fn refused(gateway: &Gateway) {
    let mut caller = Ua::new(gateway);
    caller.invite("0199000001", Some(&caller.sdp()));
    caller.expect(503);
    caller.acknowledge_failure();
}

/// A call of this number that the exchange answers, and its circuit.
fn talk(gateway: &Gateway, peer: &IsupPeer, number: &str) -> (Ua, u16) {
    let mut caller = Ua::new(gateway);
    caller.invite(number, Some(&caller.sdp()));
    let (cic, _) = peer.expect_iam();
    peer.send(cic, acm());
    peer.send(cic, Anm::new());
    caller.expect(200);
    caller.acknowledge(None);
    (caller, cic)
}

fn ready(gateway: &Gateway) -> bool {
    gateway.get("/readyz").is_some_and(|(status, _)| status == 200)
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// RFC 4666 §4.5.2: what the gateway says of a destination is what MTP says.
#[test]
fn destinations_are_paused_and_resumed() {
    let (gateway, peer) = IsupPeer::start();
    let (mut talking, cic) = talk(&gateway, &peer, "0199000001");
    peer.duna();
    wait("DUNA was not heeded", || !ready(&gateway));
    refused(&gateway);
    peer.dava();
    wait("DAVA was not heeded", || ready(&gateway));
    // §3.4.4: congestion holds no emergency call back.
    peer.scon(1);
    let (mut urgent, other) = talk(&gateway, &peer, "112");
    // Calls in talk state live through all of it (Q.764 §2.14.1).
    for (caller, cic) in [(&mut talking, cic), (&mut urgent, other)] {
        caller.hang_up();
        assert_eq!(peer.expect_release(cic), 16);
    }
    gateway.wait_until_idle();
    // §3.4.5: nobody answers for the circuits, until the destination has been away and is back.
    peer.dupu(2);
    wait("DUPU was not heeded", || !ready(&gateway));
    refused(&gateway);
    peer.duna();
    peer.dava();
    wait("DAVA was not heeded", || ready(&gateway));
    gateway.wait_until_idle();
}

/// RFC 4666 §4.3.4.1: T(ack), and §4.5.2.1: what the loss of an association means.
#[test]
fn an_association_that_is_lost_comes_back_and_calls_live_on() {
    let (gateway, peer) = IsupPeer::spawn(&[], |_| {});
    peer.manner(|manner| manner.acknowledges = false);
    let is_up = |message: &Message| matches!(message, Message::AspUp { .. });
    wait("ASPUP was not sent again", || {
        peer.heard().iter().filter(|message| is_up(message)).count() > 1
    });
    assert!(!ready(&gateway));
    peer.manner(|manner| manner.acknowledges = true);
    peer.wait_until_active();
    gateway.wait_until_ready();
    assert_eq!(gateway.metric("tocsin_association_up", &["association=\"peer\""]), 1.0);
    let asked = peer.hear(|message| matches!(message, Message::Daud(_)));
    assert!(matches!(asked, Message::Daud(about) if about.affected == [Affected::one(PEER)]));

    let (mut caller, cic) = talk(&gateway, &peer, "0199000001");
    peer.manner(|manner| manner.accepts = false);
    peer.disconnect();
    wait("the loss was not noticed", || !ready(&gateway));
    let lost = [r#"association="peer""#, r#"event="failed""#];
    wait("it does not try again", || {
        gateway.metric("tocsin_association_events_total", &lost) > 2.0
    });
    peer.manner(|manner| manner.accepts = true);
    peer.wait_until_active();
    gateway.wait_until_ready();
    let (_, status) = gateway.tocsin(&["status"]);
    assert!(status.contains("association peer in service (ASP-ACTIVE"), "{status}");
    caller.hang_up();
    assert_eq!(peer.expect_release(cic), 16);
    gateway.wait_until_idle();
}

/// RFC 4666 §3.8.1: what is wrong is said, and what cannot be followed ends the connection.
#[test]
fn what_is_no_m3ua_does_no_harm() {
    let (gateway, peer) = IsupPeer::start();
    let (mut caller, cic) = talk(&gateway, &peer, "0199000001");
    let said = |code| move |m: &Message| matches!(m, Message::Err(error) if error.code == code);
    for (octets, code) in [
        (vec![1, 0, 10, 1, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_CLASS),
        (vec![1, 0, 3, 9, 0, 0, 0, 8], ErrorCode::UNSUPPORTED_TYPE),
        (vec![2, 0, 3, 3, 0, 0, 0, 8], ErrorCode::INVALID_VERSION),
        (vec![1, 0, 1, 1, 0, 0, 0, 8], ErrorCode::MISSING_PARAMETER),
        (vec![1, 0, 3, 1, 0, 0, 0, 8], ErrorCode::UNEXPECTED_MESSAGE),
    ] {
        peer.say_raw(&octets);
        peer.hear(said(code));
    }
    // Messages of ISUP that are none, on a circuit with a call and on one that is nobody's.
    peer.send_raw(cic, &[]);
    peer.send_raw(cic, &[0xff; 200]);
    peer.send_raw(4_000, &[1]);
    peer.expect_nothing(3, Duration::from_millis(100));
    peer.say_raw(&[0xff; 64]);
    let broken = ["event=\"broken\""];
    wait("it was followed", || gateway.metric("tocsin_association_events_total", &broken) > 0.0);
    gateway.wait_until_ready();
    peer.clear();
    caller.hang_up();
    assert_eq!(peer.expect_release(cic), 16);
    gateway.wait_until_idle();
}
