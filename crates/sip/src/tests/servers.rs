//! RFC 3261 §17.2 and RFC 6026: requests of the peer.

use super::bench::{Bench, OFFER, Peer, local_media, reply, tcp, them, udp};
use crate::{Event, Flow, Input, Released, Timer};
use base::Class;
use sip_parser::{Method, Name};

#[test]
fn a_copy_of_the_invite_gets_the_last_provisional_response_again() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(100);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    let ringing = bench.next_response(180);
    bench.feed(peer.invite(Some(OFFER)));
    assert_eq!(bench.next_response(180).bytes(), ringing.bytes());
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().absorbed, 2);
}

#[test]
fn a_refusal_is_repeated_by_timer_g_until_timer_h() {
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    bench.release(session, 486);
    bench.expect_ended(session);
    bench.pass_ms(32_000);
    assert_eq!(
        bench.sent_at(),
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    bench.expect_quiet();
    bench.expect_empty();
}

#[test]
fn the_ack_stops_timer_g_and_copies_of_it_are_absorbed_until_timer_i() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.release(session, 486);
    let busy = bench.next_response(486);
    assert_eq!(busy.header(Name::Reason), Some("Q.850;cause=17"));
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(486);
    bench.feed(peer.ack_refusal(&busy));
    assert_eq!(bench.sip.poll_timeout().map(|(_, timer)| timer), Some(Timer::I));
    bench.pass_ms(4_999);
    bench.feed(peer.ack_refusal(&busy));
    bench.feed(peer.invite(Some(OFFER)));
    bench.pass_ms(1);
    assert_eq!(bench.sent.len(), 0);
    bench.expect_ended(session);
    bench.expect_empty();
    // After Timer I the ACK is nobody's.
    bench.feed(peer.ack_refusal(&busy));
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().stray_requests, 1);
}

#[test]
fn over_a_stream_a_refusal_is_sent_once_and_timer_i_is_zero() {
    let mut bench = Bench::new(tcp());
    let mut peer = Peer::new(tcp());
    let session = bench.ringing(&mut peer);
    bench.release(session, 486);
    bench.pass_ms(10_000);
    assert_eq!(bench.sent.len(), 1);
    assert_eq!(bench.sent[0].flow, tcp());
    let busy = bench.next_response(486);
    bench.feed(peer.ack_refusal(&busy));
    bench.pass_ms(0);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn the_2xx_is_repeated_until_the_ack_also_over_a_stream() {
    for flow in [udp(), tcp()] {
        let mut bench = Bench::new(flow);
        let mut peer = Peer::new(flow);
        let session = bench.ringing(&mut peer);
        bench.sip.answer(bench.now, session, &local_media(), &[]);
        bench.drain();
        peer.learn(&bench.sent[0].message.clone());
        bench.pass_ms(8_000);
        assert_eq!(bench.sent_at(), [0, 500, 1_500, 3_500, 7_500]);
        // RFC 6026 §7.1: copies of the INVITE are absorbed.
        bench.feed(peer.invite(Some(OFFER)));
        bench.expect_quiet();
        bench.feed(peer.ack(None));
        assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
        bench.pass_ms(30_000);
        bench.expect_quiet();
        assert_eq!(bench.sip.transactions(), 0);
        assert_eq!(bench.sip.poll_timeout(), None);
        assert_eq!(bench.sip.sessions(), 1);
    }
}

#[test]
fn an_emergency_call_that_can_speak_outlives_its_lost_acks() {
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    bench.sip.set_class(session, Class::Emergency);
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.pass_ms(31_999);
    assert!(bench.events.is_empty());
    bench.pass_ms(1);
    assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
    assert_eq!(bench.sip.sessions(), 1);
    assert_eq!(bench.sip.stats().not_acknowledged, 1);
}

#[test]
fn a_2xx_without_ack_ends_in_bye() {
    let mut bench = Bench::new(udp());
    let session = bench.ringing(&mut Peer::new(udp()));
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    bench.pass_ms(31_999);
    bench.sent_at();
    bench.pass_ms(1);
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::NotAcknowledged);
    bench.feed(reply(&bye, 481, "", None));
    bench.expect_ended(session);
    bench.pass_ms(5_000);
    bench.expect_empty();
    assert_eq!(bench.sip.stats().not_acknowledged, 1);
}

#[test]
fn an_ack_with_the_branch_of_its_invite_counts_as_well() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    peer.learn(&bench.next_response(200));
    bench.feed(peer.request("ACK", peer.cseq, peer.branch, None));
    assert!(matches!(bench.event(), Event::Acknowledged { .. }));
}

#[test]
fn a_copy_of_bye_gets_its_answer_again_until_timer_j() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.talking_in(&mut peer);
    bench.pass_ms(40_000);
    let bye = peer.next("BYE", None);
    bench.feed(bye.clone());
    let ok = bench.next_response(200);
    assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
    bench.expect_ended(session);
    bench.pass_ms(31_999);
    bench.feed(bye.clone());
    assert_eq!(bench.next_response(200).bytes(), ok.bytes());
    bench.pass_ms(1);
    bench.expect_quiet();
    bench.expect_empty();
    bench.feed(bye);
    bench.next_response(481);
}

#[test]
fn over_a_stream_timer_j_is_zero() {
    let mut bench = Bench::new(tcp());
    let mut peer = Peer::new(tcp());
    let session = bench.talking_in(&mut peer);
    bench.pass_ms(40_000);
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    bench.expect_released(session);
    bench.expect_ended(session);
    bench.pass_ms(0);
    bench.expect_empty();
}

#[test]
fn rfc3581_and_18_2_2_say_where_responses_go() {
    let source: std::net::SocketAddr = "127.0.0.9:40000".parse().unwrap();
    let flow = Flow { remote: source, ..udp() };
    let mut text = String::from_utf8(Peer::new(udp()).request("OPTIONS", 1, 1, None).to_vec());
    for (via, port, written) in
        [(";rport;branch", 40_000, Some(Some(40_000))), (";branch", 5_062, None)]
    {
        let mut bench = Bench::new(flow);
        let request = text.as_mut().unwrap().replacen(";branch", via, 1);
        bench.feed(request.into());
        let sent = bench.sent.pop_front().unwrap();
        assert_eq!(sent.flow.remote, std::net::SocketAddr::new(source.ip(), port));
        assert_eq!(sent.message.top_via().received, Some("127.0.0.9"));
        assert_eq!(sent.message.top_via().rport, written);
    }
    // No port in sent-by: the default one.
    let mut bench = Bench::new(flow);
    let request = text.unwrap().replacen("127.0.0.2:5062;branch", "127.0.0.2;branch", 1);
    bench.feed(request.into());
    assert_eq!(bench.sent[0].flow.remote.port(), 5_060);
}

#[test]
fn a_response_whose_connection_is_gone_opens_a_new_one_to_sent_by() {
    let accepted = Flow { remote: "127.0.0.2:40000".parse().unwrap(), ..tcp() };
    let mut bench = Bench::new(accepted);
    bench.input(Input::Connected { flow: accepted });
    let mut peer = Peer::new(tcp());
    let session = bench.ringing(&mut peer);
    bench.input(Input::Closed { connection: accepted.connection.unwrap() });
    bench.expect_quiet();
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    let sent = bench.sent.pop_front().unwrap();
    assert_eq!(sent.flow, Flow { remote: them(), connection: None, ..tcp() });
    // That one fails as well: the caller cannot be reached (§17.2.4).
    bench.input(Input::SendFailed { flow: sent.flow });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn responses_copy_what_8_2_6_2_names() {
    let mut bench = Bench::new(udp());
    let peer = Peer::new(udp())
        .with("Via", "SIP/2.0/UDP 127.0.0.8;branch=z9hG4bKfirst")
        .with("Record-Route", "<sip:127.0.0.2:5062;lr>, <sip:127.0.0.8;lr>")
        .with("Timestamp", "54");
    bench.feed(peer.invite(Some(OFFER)));
    let trying = bench.next_response(100);
    assert_eq!(trying.to().tag(), None);
    assert_eq!(trying.header(Name::Timestamp), Some("54"));
    let session = bench.expect_incoming();
    bench.sip.progress(
        bench.now,
        session,
        183,
        "Session Progress",
        &[("X-Test", "1".into())],
        None,
    );
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    let progress = bench.next_response(183);
    let ok = bench.next_response(200);
    for response in [&progress, &ok] {
        let request = sip_parser::Message::parse(peer.invite(None), &Default::default()).unwrap();
        for name in [Name::From, Name::CallId, Name::CSeq] {
            assert_eq!(response.header(name), request.header(name));
        }
        let branches: Vec<_> = response.vias().map(|via| via.branch.unwrap()).collect();
        assert_eq!(branches, ["z9hG4bK1", "z9hG4bKfirst"]);
        assert_eq!(response.values(Name::RecordRoute).count(), 2);
        assert_eq!(response.contact().unwrap().uri, "sip:127.0.0.1:5060");
        assert_eq!(response.header(Name::Timestamp), None);
        assert_eq!(response.header(Name::Server), Some("bench"));
        assert!(response.header(Name::Allow).unwrap().contains("UPDATE"));
        assert!(response.values(Name::Supported).any(|tag| tag == "100rel"));
        assert!(response.to().tag().is_some());
    }
    assert_eq!(progress.to().tag(), ok.to().tag());
    assert_eq!(progress.named("X-Test").next(), Some("1"));
}

#[test]
fn a_client_of_rfc2543_is_told_apart_by_the_whole_request() {
    let mut bench = Bench::new(udp());
    let old = |message: bytes::Bytes| {
        let text = String::from_utf8(message.to_vec()).unwrap();
        bytes::Bytes::from(text.replace(";branch=z9hG4bK1\r", ";branch=1\r"))
    };
    let peer = Peer::new(udp());
    bench.feed(old(peer.invite(Some(OFFER))));
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.feed(old(peer.invite(Some(OFFER))));
    bench.next_response(100);
    bench.expect_quiet();
    bench.release(session, 486);
    let busy = bench.next_response(486);
    bench.feed(old(peer.ack_refusal(&busy)));
    bench.pass_ms(5_000);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn what_is_sent_has_the_class_of_its_session() {
    let mut bench = Bench::new(udp());
    bench.feed_as(Class::Emergency, Peer::new(udp()).invite(Some(OFFER)));
    let Event::Incoming { session, class: Class::Emergency, .. } = bench.event() else { panic!() };
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    assert!(bench.sent.iter().all(|sent| sent.class == Class::Emergency));
}
