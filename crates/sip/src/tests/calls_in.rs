//! Calls to us, from the INVITE to the ACK.

use super::bench::{Bench, OFFER, Peer, local_media, release, reply, tcp, udp};
use crate::{Codec, Event, LocalMedia, Release, Released};
use base::Duration;
use sip_parser::sdp::{Direction, SessionDescription};
use sip_parser::{Message, Method, Name};

fn description(message: &Message) -> SessionDescription {
    SessionDescription::parse(&message.body()).unwrap()
}

#[test]
fn ringing_then_answer_then_bye() {
    for flow in [udp(), tcp()] {
        let mut bench = Bench::new(flow);
        let mut peer = Peer::new(flow);
        bench.feed(peer.invite(Some(OFFER)));
        bench.next_response(100);
        let Event::Incoming { session, offered: true, invite, .. } = bench.event() else {
            panic!()
        };
        assert_eq!(invite.call_id(), "bench-call");
        assert_eq!(bench.sip.progress(bench.now, session, 180, "Ringing", &[], None), None);
        bench.drain();
        let ringing = bench.next_response(180);
        assert!(ringing.body().is_empty());
        let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]).unwrap();
        assert_eq!(agreed.remote, "127.0.0.2:4000".parse().unwrap());
        assert_eq!((agreed.codec, agreed.payload_type, agreed.ptime), (Codec::Pcma, 8, 20));
        assert!(agreed.send && agreed.receive);
        bench.drain();
        let ok = bench.next_response(200);
        let answer = description(&ok);
        assert_eq!(answer.media[0].port, 16_384);
        assert_eq!(answer.media[0].formats, ["8"]);
        assert_eq!(answer.media[0].direction, Some(Direction::SendRecv));
        assert_eq!(answer.media[0].ptime, Some(20));
        let contact = ok.contact().unwrap().uri.to_owned();
        assert_eq!(contact.contains("transport=tcp"), flow == tcp());
        peer.learn(&ok);
        bench.feed(peer.ack(None));
        assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
        // §13.3.1.1 ends with the final answer.
        bench.pass(Duration::from_secs(300));
        bench.expect_quiet();
        let bye = peer.clone().with("Reason", "Q.850;cause=16").next("BYE", None);
        bench.feed(bye);
        bench.next_response(200);
        let reason = Some("Q.850;cause=16".to_owned());
        assert_eq!(bench.expect_released(session), Released::Bye { reason });
        bench.expect_ended(session);
        bench.pass_ms(32_000);
        bench.expect_empty();
    }
}

#[test]
fn early_media_is_answered_in_the_18x_and_repeated_in_the_200() {
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    let media = local_media();
    let agreed = bench.sip.progress(bench.now, session, 183, "Progress", &[], Some(&media));
    assert!(agreed.is_some());
    let later = LocalMedia {
        address: "127.0.0.1:9".parse().unwrap(),
        other: None,
        codecs: vec![Codec::Pcmu],
    };
    assert_eq!(bench.sip.answer(bench.now, session, &later, &[]), agreed);
    bench.drain();
    let (progress, ok) = (bench.next_response(183), bench.next_response(200));
    assert_eq!(progress.body(), ok.body());
    assert!(!ok.body().is_empty());
}

#[test]
fn provisional_answers_are_repeated_each_minute() {
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    bench.pass_ms(1_000);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    bench.pass(Duration::from_secs(150));
    assert_eq!(bench.sent_at(), [1_000, 61_000, 121_000]);
    // Only 101 to 199 are provisional answers of ours.
    bench.sip.progress(bench.now, session, 100, "Trying", &[], None);
    bench.sip.progress(bench.now, session, 200, "OK", &[], None);
    bench.drain();
    bench.expect_quiet();
    bench.release(session, 480);
    bench.next_response(480);
    bench.expect_ended(session);
    bench.pass(Duration::from_secs(32));
    bench.expect_empty();
}

#[test]
fn without_an_offer_ours_goes_in_the_200_and_the_ack_brings_the_answer() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    bench.feed(peer.invite(None));
    bench.next_response(100);
    let Event::Incoming { session, offered: false, .. } = bench.event() else { panic!() };
    let media = local_media();
    assert_eq!(bench.sip.progress(bench.now, session, 183, "P", &[], Some(&media)), None);
    assert_eq!(bench.sip.answer(bench.now, session, &media, &[]), None);
    bench.drain();
    assert!(bench.next_response(183).body().is_empty());
    let ok = bench.next_response(200);
    let offer = description(&ok);
    assert_eq!(offer.media[0].formats, ["8", "0", "101"]);
    peer.learn(&ok);
    let answer = OFFER.replace(" 8 0", " 0");
    bench.feed(peer.ack(Some(&answer)));
    let Event::Acknowledged { media: Some(media), .. } = bench.event() else { panic!() };
    assert_eq!(media.codec, Codec::Pcmu);
    assert_eq!(media.remote, "127.0.0.2:4000".parse().unwrap());
    assert!(media.send && media.receive);
}

#[test]
fn an_ack_without_the_answer_it_owes_ends_the_call() {
    for body in [None, Some("nonsense")] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp());
        bench.feed(peer.invite(None));
        bench.next_response(100);
        let session = bench.expect_incoming();
        bench.sip.answer(bench.now, session, &local_media(), &[]);
        bench.drain();
        peer.learn(&bench.next_response(200));
        bench.feed(peer.ack(body));
        let bye = bench.next_request(Method::Bye);
        assert_eq!(bench.expect_released(session), Released::BadMedia);
        bench.feed(reply(&bye, 200, "", None));
        bench.expect_ended(session);
    }
}

#[test]
fn cancel_ends_a_ringing_call() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    let ringing = bench.next_response(180);
    let cancel = peer.clone().with("Reason", "SIP;cause=200").with("Reason", "Q.850;cause=31");
    bench.feed(cancel.cancel());
    let ok = bench.next_response(200);
    assert_eq!(ok.cseq().method, "CANCEL");
    let terminated = bench.next_response(487);
    assert_eq!(terminated.cseq().method, "INVITE");
    // §9.2: the same tag.
    assert_eq!(ok.to().tag(), ringing.to().tag());
    let reason = Some("SIP;cause=200, Q.850;cause=31".to_owned());
    assert_eq!(bench.expect_released(session), Released::Cancelled { reason });
    bench.expect_ended(session);
    bench.feed(peer.ack_refusal(&terminated));
    bench.feed(cancel.cancel());
    bench.next_response(200);
    bench.pass_ms(33_000);
    bench.expect_quiet();
    bench.expect_empty();
}

#[test]
fn an_invite_that_expires_is_terminated() {
    let mut bench = Bench::new(udp());
    let peer = Peer::new(udp()).with("Expires", "20");
    let session = bench.ringing(&mut peer.clone());
    bench.pass_ms(19_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    bench.next_response(487);
    assert_eq!(bench.expect_released(session), Released::Cancelled { reason: None });
    bench.expect_ended(session);
    // Answered in time, it does not expire.
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp()).with("Expires", "20");
    bench.talking_in(&mut peer);
    bench.pass_ms(40_000);
    bench.expect_quiet();
}

#[test]
fn cancel_after_the_answer_changes_nothing() {
    let mut bench = Bench::new(udp());
    let peer = Peer::new(udp());
    let session = bench.ringing(&mut peer.clone());
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    bench.next_response(200);
    bench.feed(peer.cancel());
    assert_eq!(bench.next_response(200).cseq().method, "CANCEL");
    bench.expect_quiet();
    assert_eq!(bench.sip.sessions(), 1);
}

#[test]
fn bye_in_the_early_dialog_ends_the_invite_too() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    peer.learn(&bench.next_response(180));
    bench.feed(peer.next("BYE", None));
    assert_eq!(bench.next_response(200).cseq().method, "BYE");
    assert_eq!(bench.next_response(487).cseq().method, "INVITE");
    assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
    bench.expect_ended(session);
}

#[test]
fn a_second_invite_or_an_offer_before_the_answer_is_too_early() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    peer.learn(&bench.next_response(180));
    for method in ["INVITE", "UPDATE"] {
        bench.feed(peer.next(method, Some(OFFER)));
        let response = bench.next_response(500);
        let seconds: u32 = response.header(Name::RetryAfter).unwrap().parse().unwrap();
        assert!((1..=10).contains(&seconds));
    }
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(200);
    bench.expect_quiet();
}

#[test]
fn release_before_the_ack_waits_for_it() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    peer.learn(&bench.next_response(200));
    bench.release(session, 0);
    bench.expect_quiet();
    bench.feed(peer.ack(None));
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.header(Name::Reason), Some("Q.850;cause=17"));
    bench.feed(reply(&bye, 200, "", None));
    bench.expect_ended(session);
    // Without the ACK: BYE after 64 * T1, and no word about the peer.
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.release(session, 0);
    bench.pass_ms(32_000);
    let bye = bench.sent.pop_back().unwrap().message;
    bench.feed(reply(&bye, 200, "", None));
    bench.expect_ended(session);
}

#[test]
fn bye_before_the_ack_ends_the_call() {
    for leaving in [false, true] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp());
        let session = bench.ringing(&mut peer);
        bench.sip.answer(bench.now, session, &local_media(), &[]);
        bench.drain();
        peer.learn(&bench.next_response(200));
        if leaving {
            bench.release(session, 0);
        }
        bench.feed(peer.next("BYE", None));
        bench.next_response(200);
        if !leaving {
            assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
        }
        bench.expect_ended(session);
        bench.pass_ms(32_000);
        bench.expect_empty();
    }
}

#[test]
fn a_refusal_says_what_the_user_says() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    let release =
        Release { status: 503, phrase: "Congestion", retry_after: Some(7), ..release(503) };
    bench.sip.release(bench.now, session, &release);
    bench.drain();
    let response = bench.next_response(503);
    assert_eq!(response.header(Name::RetryAfter), Some("7"));
    assert_eq!(response.header(Name::Reason), Some("Q.850;cause=17"));
    bench.expect_ended(session);
    // The id is dead.
    bench.sip.release(bench.now, session, &release);
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.set_held(session, true);
    bench.expect_quiet();
}

#[test]
fn an_answer_that_fits_nothing_refuses_the_call() {
    let mut bench = Bench::new(udp());
    bench.feed(Peer::new(udp()).invite(Some(&OFFER.replace(" 8 0", " 8"))));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let media = LocalMedia { codecs: vec![Codec::Pcmu], ..local_media() };
    assert_eq!(bench.sip.answer(bench.now, session, &media, &[]), None);
    bench.drain();
    bench.next_response(488);
    assert_eq!(bench.expect_released(session), Released::BadMedia);
    bench.expect_ended(session);
}

#[test]
fn requests_of_ours_follow_the_routes_of_the_invite() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp())
        .with("Record-Route", "<sip:127.0.0.7:5070;lr>")
        .with("Record-Route", "<sip:127.0.0.8;lr>");
    let session = bench.talking_in(&mut peer);
    bench.release(session, 0);
    let sent = bench.sent[0].clone();
    assert_eq!(sent.flow.remote, "127.0.0.7:5070".parse().unwrap());
    assert_eq!(sent.message.uri(), Some("sip:peer@127.0.0.2:5062"));
    let routes: Vec<_> = sent.message.values(Name::Route).collect();
    assert_eq!(routes, ["<sip:127.0.0.7:5070;lr>", "<sip:127.0.0.8;lr>"]);
    assert_eq!(sent.message.from().tag(), peer.to.split("tag=").nth(1));
    assert_eq!(sent.message.to().tag(), Some("caller"));
    // §12.2.1.1: a strict router first.
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp()).with("Record-Route", "<sip:127.0.0.7:5070>");
    let session = bench.talking_in(&mut peer);
    bench.release(session, 0);
    let sent = bench.sent[0].clone();
    assert_eq!(sent.message.uri(), Some("sip:127.0.0.7:5070"));
    let routes: Vec<_> = sent.message.values(Name::Route).collect();
    assert_eq!(routes, ["<sip:peer@127.0.0.2:5062>"]);
}
