//! Speech over IPv4 or IPv6 (RFC 6157): which address a peer is told.

use super::bench::{Bench, OFFER, Peer, config, local_media, outgoing, reply_with, udp};
use crate::{Event, Flow, Hop, LocalMedia, Outgoing, Released, Transport};
use base::Class;
use sip_parser::{Message, Method, Name};
use std::net::SocketAddr;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn dual() -> LocalMedia {
    LocalMedia { other: Some(address("[2001:db8::1]:16384")), ..local_media() }
}

fn six() -> Flow {
    let (local, remote) = (address("[2001:db8::1]:5060"), address("[2001:db8::2]:5060"));
    Flow { transport: Transport::Udp, local, remote, connection: None, peer: None }
}

fn bench(flow: Flow) -> Bench {
    let mut config = config();
    config.locals.push((Transport::Udp, six().local));
    Bench::with(flow, config)
}

fn offer_of_six() -> String {
    OFFER.replace("IN IP4 127.0.0.2", "IN IP6 2001:db8::2")
}

/// The family that a message of ours speaks of.
fn family(message: &Message) -> &'static str {
    let text = super::bench::text(message);
    let found = ["c=IN IP4 127.0.0.1\r\n", "c=IN IP6 2001:db8::1\r\n"].map(|c| text.contains(c));
    match found {
        [true, false] => "IP4",
        [false, true] => "IP6",
        _ => panic!("{text}"),
    }
}

#[test]
fn an_answer_follows_the_offer_and_a_late_offer_the_signalling() {
    for (flow, offer, expected) in [
        (udp(), Some(OFFER.to_owned()), "IP4"),
        (udp(), Some(offer_of_six()), "IP6"),
        (six(), Some(OFFER.to_owned()), "IP4"),
        (six(), None, "IP6"),
        (udp(), None, "IP4"),
    ] {
        let mut bench = bench(flow);
        bench.feed(Peer::new(flow).invite(offer.as_deref()));
        bench.next_response(100);
        let session = bench.expect_incoming();
        let wanted = bench.sip.speech_address(bench.now, session, &dual()).unwrap();
        assert_eq!(wanted.is_ipv6(), expected == "IP6");
        bench.sip.answer(bench.now, session, &dual(), &[]);
        bench.drain();
        assert_eq!(family(&bench.next_response(200)), expected);
    }
}

/// RFC 3264 §8.3.1: the address may change.
#[test]
fn a_call_moves_to_the_other_family_and_back() {
    let mut bench = bench(udp());
    let mut peer = Peer::new(udp());
    bench.feed(peer.invite(Some(OFFER)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.sip.answer(bench.now, session, &dual(), &[]);
    bench.drain();
    peer.learn(&bench.next_response(200));
    bench.feed(peer.ack(None));
    bench.event();
    for (offer, expected) in [(offer_of_six(), "IP6"), (OFFER.to_owned(), "IP4")] {
        bench.feed(peer.next("INVITE", Some(&offer)));
        assert_eq!(family(&bench.next_response(200)), expected);
        bench.feed(peer.ack(None));
        let Event::Media { media, .. } = bench.event() else { panic!("no media") };
        assert_eq!(media.remote.is_ipv6(), expected == "IP6");
    }
}

#[test]
fn what_we_have_no_address_for_is_refused_at_once_but_in_an_emergency() {
    let mut bench = bench(udp());
    let mut peer = Peer::new(udp());
    bench.feed(peer.invite(Some(&offer_of_six())));
    bench.next_response(100);
    let session = bench.expect_incoming();
    assert_eq!(bench.sip.speech_address(bench.now, session, &local_media()), None);
    bench.drain();
    let refusal = bench.next_response(488);
    assert_eq!(bench.sip.stats().no_address, 1);
    assert!(refusal.header(Name::Warning).unwrap().starts_with("301 "));
    assert_eq!(bench.expect_released(session), Released::BadMedia);
    bench.feed(peer.ack_refusal(&refusal));
    bench.expect_ended(session);
    peer.branch += 1;
    bench.feed_as(Class::Emergency, peer.invite(Some(&offer_of_six())));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let wanted = bench.sip.speech_address(bench.now, session, &local_media());
    assert_eq!(wanted, Some(local_media().address));
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]).unwrap();
    bench.drain();
    assert_eq!((agreed.remote, agreed.guessed), (address("127.0.0.2:4000"), true));
    assert_eq!(family(&bench.next_response(200)), "IP4");
}

#[test]
fn an_offer_follows_the_hop() {
    let mut bench = bench(udp());
    let spare = vec![Hop { flow: six(), request_uri: "sip:x@[2001:db8::2]".to_owned() }];
    let out = Outgoing { media: dual(), spare, ..outgoing(udp()) };
    bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let first = bench.next_request(Method::Invite);
    assert_eq!(family(&first), "IP4");
    bench.feed(reply_with(&first, 503, "full", &[], None));
    bench.next_request(Method::Ack);
    let second = bench.next_request(Method::Invite);
    assert_eq!(family(&second), "IP6");
    bench.flow = six();
    bench.events.clear();
    bench.feed(reply_with(&second, 200, "callee", &[], Some(&offer_of_six())));
    let Event::Answered { media, .. } = bench.event() else { panic!("no answer") };
    assert_eq!(media.remote, address("[2001:db8::2]:4000"));
}

/// RFC 3261 §20.43, warnings 300 and 301.
#[test]
fn a_callee_whose_speech_is_of_the_other_family_is_called_again() {
    let warned = [("Warning", "301 callee \"IPv6 only\"")];
    let fits = [("Warning", "305 callee \"no codec\"")];
    for (class, status, headers, again) in [
        (Class::Ordinary, 488, &warned[..], true),
        (Class::Ordinary, 606, &warned[..], true),
        (Class::Ordinary, 488, &fits[..], false),
        (Class::Emergency, 488, &[][..], true),
    ] {
        let mut bench = bench(udp());
        let out = Outgoing { media: dual(), ..outgoing(udp()) };
        let session = bench.sip.invite(bench.now, class, out).unwrap();
        bench.drain();
        let first = bench.next_request(Method::Invite);
        bench.feed_as(class, reply_with(&first, status, "callee", headers, None));
        bench.next_request(Method::Ack);
        if !again {
            assert!(matches!(bench.expect_released(session), Released::Rejected { .. }));
            continue;
        }
        let second = bench.next_request(Method::Invite);
        assert_eq!((family(&second), second.cseq().number), ("IP6", 2));
        assert_eq!(bench.sip.stats().families_changed, 1);
        // Once, not for ever.
        bench.feed_as(class, reply_with(&second, status, "callee", headers, None));
        bench.next_request(Method::Ack);
        assert!(matches!(bench.expect_released(session), Released::Rejected { .. }));
    }
}
