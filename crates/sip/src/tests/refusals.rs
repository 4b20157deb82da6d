//! What the core answers by itself.

use super::bench::{Bench, OFFER, Peer, config, local_media, outgoing, udp};
use crate::{Config, ConfigError, Refused, Sip, Timers};
use base::{Class, Duration, Instant};
use bytes::Bytes;
use sip_parser::{Message, Name, peek};

fn answer(message: Bytes) -> (Bench, Message) {
    let mut bench = Bench::new(udp());
    bench.feed(message);
    let response = bench.next();
    bench.expect_quiet();
    assert_eq!(bench.sip.sessions(), 0);
    assert!(response.to().tag().is_some());
    bench.pass_ms(40_000);
    bench.expect_empty();
    (bench, response)
}

fn peer() -> Peer {
    Peer::new(udp())
}

fn with_uri(uri: &str) -> Bytes {
    Peer { uri: uri.to_owned(), ..peer() }.invite(Some(OFFER))
}

#[test]
fn options_get_our_capabilities() {
    let (_, response) = answer(peer().with("Max-Forwards", "0").request("OPTIONS", 1, 1, None));
    assert_eq!(response.status(), Some(200));
    assert_eq!(response.header(Name::Accept), Some("application/sdp"));
    assert!(response.header(Name::Allow).unwrap().contains("INVITE"));
}

#[test]
fn methods() {
    for (method, status) in [
        ("REGISTER", 405),
        ("SUBSCRIBE", 405),
        ("MESSAGE", 405),
        ("FOO", 501),
        ("invite", 501),
        ("BYE", 481),
        ("PRACK", 481),
        ("UPDATE", 481),
    ] {
        let (_, response) = answer(peer().request(method, 1, 1, None));
        assert_eq!(response.status(), Some(status), "{method}");
        assert_eq!(response.header(Name::Allow).is_some(), status != 481, "{method}");
    }
}

#[test]
fn uri_schemes() {
    let (_, response) = answer(with_uri("http://127.0.0.1/"));
    assert_eq!(response.status(), Some(416));
    for uri in ["urn:service:sosx", "urn:service:counseling", "urn:isbn:1"] {
        assert_eq!(answer(with_uri(uri)).1.status(), Some(416), "{uri}");
    }
    for uri in [
        "tel:+33199000000",
        "sips:112@127.0.0.1",
        "urn:service:sos",
        "urn:service:sos.ambulance",
        "URN:SERVICE:SOS",
    ] {
        let mut bench = Bench::new(udp());
        bench.feed(with_uri(uri));
        bench.next_response(100);
        bench.expect_incoming();
    }
}

#[test]
fn hops_extensions_and_contact() {
    let (_, response) = answer(peer().with("Max-Forwards", "0").invite(Some(OFFER)));
    assert_eq!(response.status(), Some(483));
    let (_, response) = answer(peer().with("Require", "100rel, telepathy").invite(Some(OFFER)));
    assert_eq!(response.status(), Some(420));
    assert_eq!(response.header(Name::Unsupported), Some("telepathy"));
    let text = String::from_utf8(peer().invite(Some(OFFER)).to_vec()).unwrap();
    let without = Bytes::from(text.replace("Contact: ", "X-Contact: "));
    let (_, response) = answer(without.clone());
    assert_eq!(response.status(), Some(400));
    // An emergency call is not lost for it.
    let mut bench = Bench::new(udp());
    bench.feed_as(Class::Emergency, without);
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    let mut peer = peer();
    peer.learn(&bench.next_response(200));
    bench.feed(peer.ack(None));
    bench.release(session, 0);
    let bye = bench.sent.pop_back().unwrap();
    assert_eq!(bye.message.uri(), Some("sip:127.0.0.2:5062"));
    assert_eq!(bye.flow.remote, super::bench::them());
}

#[test]
fn a_required_extension_is_no_obstacle_to_cancel() {
    let mut bench = Bench::new(udp());
    let peer = peer();
    bench.feed(peer.invite(Some(OFFER)));
    bench.sent.clear();
    bench.feed(peer.clone().with("Require", "100rel").cancel());
    bench.next_response(200);
    bench.next_response(487);
}

#[test]
fn bodies() {
    let odd = || peer().with("Content-Type", "text/plain");
    let (_, response) = answer(odd().invite(Some("hello")));
    assert_eq!(response.status(), Some(415));
    assert_eq!(response.header(Name::Accept), Some("application/sdp"));
    let (_, response) = answer(peer().with("Content-Encoding", "gzip").invite(Some(OFFER)));
    assert_eq!(response.status(), Some(415));
    let (_, response) = answer(peer().invite(Some("nonsense")));
    assert_eq!(response.status(), Some(400));
    for (offer, code) in [
        (OFFER.replace(" 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000", " 18"), "305 "),
        (OFFER.replace("audio", "video"), "304 "),
        (OFFER.replace("RTP/AVP", "RTP/SAVP"), "302 "),
        (OFFER.replace("audio 4000", "audio 0"), "304 "),
    ] {
        let (_, response) = answer(peer().invite(Some(&offer)));
        assert_eq!(response.status(), Some(488), "{offer}");
        assert!(response.header(Name::Warning).unwrap().starts_with(code));
    }
    // §20.11: what may be ignored is ignored.
    let mut bench = Bench::new(udp());
    bench.feed(odd().with("Content-Disposition", "render;handling=optional").invite(Some("hi")));
    bench.next_response(100);
}

/// Its user keeps records.
#[test]
fn the_user_hears_of_a_call_that_is_refused_for_its_body() {
    for (body, status) in [("nonsense", 400), (&OFFER.replace("audio", "video"), 488)] {
        let mut bench = Bench::new(udp());
        bench.feed(peer().invite(Some(body)));
        bench.next_response(status);
        assert_eq!(bench.refused, [status]);
        bench.expect_quiet();
    }
}

/// RFC 8866 §5.7: a host that only DNS knows, and no call waits for that.
#[test]
fn a_peer_that_gives_a_host_name_is_refused_but_in_an_emergency() {
    let offer = OFFER.replace("IN IP4 127.0.0.2", "IN IP4 media.example.com");
    let (_, response) = answer(peer().invite(Some(&offer)));
    assert_eq!(response.status(), Some(488));
    assert!(response.header(Name::Warning).unwrap().starts_with("301 "));
    let mut bench = Bench::new(udp());
    bench.feed_as(Class::Emergency, peer().invite(Some(&offer)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]).unwrap();
    assert_eq!((agreed.remote, agreed.guessed), ("127.0.0.2:4000".parse().unwrap(), true));
    assert!(agreed.send && agreed.receive);
}

#[test]
fn the_location_of_an_emergency_call_does_not_hide_its_offer() {
    let mut bench = Bench::new(udp());
    let body = format!(
        "--xyz\r\nContent-Type: application/pidf+xml\r\nContent-ID: <a@b>\r\n\r\n<presence/>\r\n\
         --xyz\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--xyz--\r\n"
    );
    let peer = peer().with("Content-Type", "multipart/mixed;boundary=\"xyz\"");
    bench.feed_as(Class::Emergency, peer.invite(Some(&body)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]);
    assert_eq!(agreed.unwrap().remote, "127.0.0.2:4000".parse().unwrap());
}

#[test]
fn a_binary_part_does_not_hide_the_offer() {
    let mut bench = Bench::new(udp());
    let peer = peer().with("Content-Type", "multipart/mixed;boundary=xyz");
    let body = format!(
        "--xyz\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n\
         --xyz\r\nContent-Type: application/isup;version=itu-t92+\r\n\
         Content-Disposition: signal;handling=optional\r\n\r\n\x01IAM\r\n--xyz--\r\n"
    );
    let mut invite = peer.invite(Some(&body)).to_vec();
    let iam = invite.windows(4).position(|octets| octets == b"\x01IAM").unwrap();
    invite[iam..iam + 4].copy_from_slice(&[0x01, 0x80, 0xC3, 0xFF]);
    bench.feed(invite.into());
    bench.next_response(100);
    let session = bench.expect_incoming();
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]);
    assert_eq!(agreed.unwrap().remote, "127.0.0.2:4000".parse().unwrap());
}

#[test]
fn a_request_that_came_by_two_ways_is_served_once() {
    let mut bench = Bench::new(udp());
    let mut peer = peer();
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(100);
    bench.expect_incoming();
    peer.branch = 2;
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(482);
    bench.expect_quiet();
    // Another CSeq is another request (after an authentication, say).
    peer.cseq = 2;
    peer.branch = 3;
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(100);
}

#[test]
fn strays_get_481_but_never_an_ack() {
    let peer = Peer { to: "<sip:x@127.0.0.1>;tag=nobody".to_owned(), ..peer() };
    for method in ["BYE", "INVITE", "UPDATE", "OPTIONS", "INFO"] {
        let (bench, response) = answer(peer.request(method, 2, 1, None));
        assert_eq!(response.status(), Some(481), "{method}");
        assert_eq!(response.to().tag(), Some("nobody"));
        assert_eq!(bench.sip.stats().stray_requests, 1);
    }
    let mut bench = Bench::new(udp());
    bench.feed(peer.request("ACK", 1, 1, None));
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().stray_requests, 1);
    let (_, response) = answer(Peer::new(udp()).cancel());
    assert_eq!(response.status(), Some(481));
}

/// RFC 3261 §9.2: it is known, and has an answer already.
#[test]
fn a_cancel_of_another_request_than_invite_is_too_late() {
    let mut bench = Bench::new(udp());
    let mut peer = peer();
    bench.talking_in(&mut peer);
    for method in ["UPDATE", "INFO", "BYE"] {
        peer.next(method, None);
        let request = peer.request(method, peer.cseq, peer.branch, None);
        bench.feed(request);
        let answer = bench.next();
        bench.feed(peer.cancel());
        bench.next_response(200);
        // It changes nothing: a copy hears the same again.
        bench.feed(peer.request(method, peer.cseq, peer.branch, None));
        assert_eq!(bench.next().status(), answer.status());
        bench.feed(Peer { call_id: "other".to_owned(), ..peer.clone() }.cancel());
        bench.next_response(481);
    }
}

#[test]
fn an_invite_that_was_refused_may_come_again_by_another_way() {
    let mut bench = Bench::new(udp());
    let mut peer = peer();
    let session = bench.ringing(&mut peer);
    bench.release(session, 503);
    bench.next_response(503);
    bench.expect_ended(session);
    // A proxy that tries its branches one after the other keeps all but the branch.
    peer.branch = 2;
    bench.ringing(&mut peer);
    peer.branch = 3;
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(482);
}

#[test]
fn what_makes_no_call_takes_no_place_from_one() {
    let mut bench = Bench::new(udp());
    let stray = Peer { to: "<sip:x@127.0.0.1>;tag=nobody".to_owned(), ..peer() };
    for branch in 1..1_000 {
        bench.feed(stray.request("BYE", 2, branch, None));
        bench.feed(stray.request("INVITE", 2, branch, None));
        bench.feed(peer().request("OPTIONS", 1, branch, None));
        bench.feed(peer().request("REGISTER", 1, branch, None));
        bench.feed(peer().request("CANCEL", 1, branch, None));
    }
    assert_eq!(bench.sip.transactions(), 0);
    assert_eq!(bench.sip.stats().transactions_full, 0);
    // §8.2.7: the same answer to the same request.
    bench.sent.clear();
    bench.feed(peer().request("OPTIONS", 1, 1, None));
    bench.feed(peer().request("OPTIONS", 1, 1, None));
    assert_eq!(bench.sent_at(), [0, 0]);
}

#[test]
fn what_is_broken_is_told_what_is_wrong_without_a_transaction() {
    let mut bench = Bench::new(udp());
    let text = String::from_utf8(peer().invite(None).to_vec()).unwrap();
    let broken: Bytes = text.replace("Forwards: 70", "Forwards: seventy").into();
    bench.feed(broken.clone());
    let first = bench.next();
    assert_eq!(first.status(), Some(400));
    assert_eq!(bench.sip.transactions(), 0);
    // §8.2.7: the same answer to the same request.
    bench.feed(broken);
    assert_eq!(bench.next().to().tag(), first.to().tag());
    assert_eq!(bench.sip.stats().broken, 2);
    // No answer to an ACK or a response.
    bench.feed(text.replace("INVITE", "ACK").replace("Forwards: 70", "Forwards: seventy").into());
    bench.expect_quiet();
}

#[test]
fn emergency_calls_find_a_place_where_ordinary_ones_do_not() {
    let config = Config { sessions: 3, emergency_reserve: 1, transactions: 8, ..config() };
    let config = Config { transaction_reserve: 2, ..config };
    let mut bench = Bench::with(udp(), config);
    let call = |number: u32| Peer { call_id: format!("call-{number}"), branch: number, ..peer() };
    for number in 1..=2 {
        bench.feed(call(number).invite(Some(OFFER)));
        bench.next_response(100);
        bench.expect_incoming();
    }
    bench.feed(call(3).invite(Some(OFFER)));
    let response = bench.next_response(503);
    // §21.5.4: or its emergency calls, for which there is place, would not come.
    assert!(response.header(Name::RetryAfter).is_none());
    assert_eq!(
        bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())),
        Err(Refused::Sessions)
    );
    bench.feed_as(Class::Emergency, call(4).invite(Some(OFFER)));
    bench.next_response(100);
    bench.expect_incoming();
    bench.feed_as(Class::Emergency, call(5).invite(Some(OFFER)));
    bench.next_response(503);
    assert_eq!(bench.sip.stats().sessions_full, 3);
    // Transactions run out: answered once, not remembered.
    for number in 6..=9 {
        bench.feed(call(number).invite(Some(OFFER)));
        bench.next_response(503);
    }
    assert_eq!(bench.sip.transactions(), 6);
    assert!(bench.sip.stats().transactions_full > 0);
    assert_eq!(
        bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())),
        Err(Refused::Transactions)
    );
}

#[test]
fn calls_can_end_where_no_more_can_begin() {
    let config = Config { transactions: 20, transaction_reserve: 4, ..config() };
    let mut bench = Bench::with(udp(), config);
    let mut peer = peer();
    bench.talking_in(&mut peer);
    for number in 10..40 {
        let call = Peer { call_id: format!("call-{number}"), branch: number, ..self::peer() };
        bench.feed(call.invite(Some(OFFER)));
    }
    assert_eq!(bench.sip.transactions(), 14);
    assert_eq!(bench.next_response(100).status(), Some(100));
    assert_eq!(bench.sent.back().unwrap().message.status(), Some(503));
    bench.sent.clear();
    bench.events.clear();
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    assert_eq!(bench.sip.transactions(), 15);
    // Nothing is left at all: the BYE is heard all the same.
    let config = Config { transactions: 2, transaction_reserve: 1, ..super::bench::config() };
    let mut bench = Bench::with(udp(), config);
    let mut peer = self::peer();
    let session = bench.talking_in(&mut peer);
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(503);
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    bench.expect_released(session);
    bench.expect_ended(session);
    // And so is ours, once.
    bench.pass_ms(40_000);
    let mut peer = Peer { call_id: "second".to_owned(), branch: 7, ..self::peer() };
    let session = bench.talking_in(&mut peer);
    bench.release(session, 0);
    bench.next_request(sip_parser::Method::Bye);
    bench.expect_ended(session);
}

#[test]
fn a_way_without_a_socket_is_refused() {
    let mut bench = Bench::new(udp());
    let mut out = outgoing(udp());
    out.flow.remote = "[::1]:5060".parse().unwrap();
    assert_eq!(bench.sip.invite(bench.now, Class::Ordinary, out), Err(Refused::NoLocal));
}

#[test]
fn configurations() {
    let refused = |config| Sip::new(config, Instant::ZERO).unwrap_err();
    assert_eq!(refused(Config { locals: vec![], ..config() }), ConfigError::NoLocal);
    let timers = Timers { t2: Duration::ZERO, ..Timers::default() };
    assert_eq!(refused(Config { timers, ..config() }), ConfigError::Timer { timer: "T2" });
    let full = refused(Config { sessions: 10, ..config() });
    assert_eq!(full, ConfigError::NoRoom { table: "sessions", limit: 10, reserve: 10 });
    let often = refused(Config { progress_repeat: Duration::ZERO, ..config() });
    assert_eq!(often, ConfigError::ProgressRepeat);
    let software = refused(Config { software: "a\r\nb".to_owned(), ..config() });
    assert_eq!(software, ConfigError::Software);
}

#[test]
fn the_queue_learns_the_class_of_what_belongs_to_a_session() {
    let mut bench = Bench::new(udp());
    let mut peer = peer();
    let class_of = |bench: &Bench, message: &Bytes| bench.sip.class_of(&peek(message).unwrap());
    assert_eq!(class_of(&bench, &peer.invite(None)), None);
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.sent.clear();
    let session = bench.expect_incoming();
    let expected = Some(Class::EmergencyInDialog);
    // By the branch: a copy, a CANCEL.
    assert_eq!(class_of(&bench, &peer.invite(None)), expected);
    assert_eq!(class_of(&bench, &peer.cancel()), expected);
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    peer.learn(&bench.next());
    // By our tag and the Call-ID.
    assert_eq!(class_of(&bench, &peer.ack(None)), expected);
    assert_eq!(class_of(&bench, &peer.next("BYE", None)), expected);
    peer.call_id.push('x');
    assert_eq!(class_of(&bench, &peer.next("BYE", None)), None);
    bench.sip.set_class(session, Class::Ordinary);
    peer.call_id.pop();
    assert_eq!(class_of(&bench, &peer.next("BYE", None)), Some(Class::InDialog));
    // Responses to what we send.
    let out = bench.sip.invite(bench.now, Class::PsapCallback, outgoing(udp())).unwrap();
    bench.drain();
    let invite = bench.sent.pop_back().unwrap().message;
    let ringing = super::bench::reply(&invite, 180, "callee", None);
    assert_eq!(class_of(&bench, &ringing), Some(Class::PsapCallback));
    let _ = out;
}

#[test]
fn an_emergency_call_is_not_lost_for_its_hops_its_mark_or_its_hurry() {
    let marked = peer().with("Require", "resource-priority").with("Resource-Priority", "new.1");
    for peer in [peer().with("Max-Forwards", "0"), marked, peer().with("Expires", "1")] {
        let mut bench = Bench::new(udp());
        bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
        bench.next_response(100);
        bench.expect_incoming();
        bench.pass_ms(2_000);
        bench.expect_quiet();
        assert_eq!(bench.sip.sessions(), 1);
    }
}
