//! OPTIONS, INFO, and the methods that are refused.

use super::bench::{Bench, OFFER, Peer, udp};
use crate::{Closed, Event};
use base::Duration;
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Name};

fn talking() -> (Bench, Peer) {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    bench.talking_in(&mut peer);
    (bench, peer)
}

fn asked(bench: &mut Bench, peer: &Peer, method: &str) -> Message {
    bench.feed(peer.request(method, 7, 7_000, None));
    bench.next()
}

#[test]
fn rfc3261_11_2_options_says_what_an_invite_would_find() {
    let mut bench = Bench::new(udp());
    let ok = asked(&mut bench, &Peer::new(udp()), "OPTIONS");
    assert_eq!(ok.status(), Some(200));
    for name in [Name::Allow, Name::Accept, Name::AcceptEncoding, Name::AcceptLanguage] {
        assert!(ok.header(name).is_some(), "{name:?}");
    }
    assert!(ok.values(Name::Supported).any(|option| option == "timer"));
    assert!(ok.body().is_empty());
    // The description where it is asked for; RFC 3264 §9: a stream without a port.
    let peer = Peer::new(udp()).with("Accept", "text/plain, application/sdp");
    let ok = asked(&mut bench, &peer, "OPTIONS");
    let found = SessionDescription::parse(&ok.body()).unwrap();
    assert_eq!(found.media[0].port, 0);
    assert_eq!(found.media[0].formats, ["8", "0", "101"]);
    // While no calls are taken.
    bench.sip.set_closed(Some(Closed { retry_after: None }));
    let no = asked(&mut bench, &Peer::new(udp()), "OPTIONS");
    assert_eq!((no.status(), no.header(Name::RetryAfter)), (Some(503), None));
    bench.sip.set_closed(Some(Closed { retry_after: Some(Duration::from_secs(5)) }));
    let no = asked(&mut bench, &Peer::new(udp()), "OPTIONS");
    assert_eq!((no.status(), no.header(Name::RetryAfter)), (Some(503), Some("5")));
    assert!(no.header(Name::Allow).is_some());
    bench.sip.set_closed(None);
    assert_eq!(asked(&mut bench, &Peer::new(udp()), "OPTIONS").status(), Some(200));
    bench.expect_empty();
}

#[test]
fn options_within_a_dialog_is_about_the_dialog() {
    let (mut bench, mut peer) = talking();
    bench.sip.set_closed(Some(Closed { retry_after: None }));
    bench.feed(peer.next("OPTIONS", None));
    bench.next_response(200);
}

#[test]
fn keys_that_info_tells() {
    for (kind, body, expected) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=250\r\n", Some((5, 250))),
        ("application/dtmf-relay", "Signal= *\r\nDuration= 100\r\n", Some((10, 100))),
        ("Application/DTMF-Relay;x=y", "signal=#", Some((11, 160))),
        ("application/dtmf-relay", "Signal=11\r\nDuration=1\r\n", Some((11, 40))),
        ("application/dtmf-relay", "Signal=D\r\nDuration=99999999\r\n", Some((15, 5_000))),
        ("application/dtmf", "7", Some((7, 160))),
        ("application/dtmf", "0\r\n", Some((0, 160))),
        // The hook flash.
        ("application/dtmf", "!", None),
        ("application/dtmf-relay", "Signal=16\r\n", None),
    ] {
        let (mut bench, mut peer) = talking();
        peer.extra.push(("Content-Type", kind.to_owned()));
        bench.feed(peer.next("INFO", Some(body)));
        bench.next_response(200);
        let found = bench.events.pop_front().map(|event| match event {
            Event::Key { key, duration, .. } => (key, duration.as_millis()),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expected, "{body}");
        // A copy is answered and not heard.
        bench.feed(peer.request("INFO", peer.cseq, peer.branch, Some(body)));
        bench.next_response(200);
        bench.expect_quiet();
    }
}

#[test]
fn rfc6086_4_2_2_info_that_is_not_understood() {
    let (mut bench, mut peer) = talking();
    bench.feed(peer.next("INFO", None));
    bench.next_response(200);
    peer.extra = vec![("Info-Package", "conference".to_owned())];
    bench.feed(peer.next("INFO", None));
    assert_eq!(bench.next_response(469).header(Name::RecvInfo), Some(""));
    peer.extra = vec![("Content-Type", "application/media_control+xml".to_owned())];
    bench.feed(peer.next("INFO", Some("<x/>")));
    assert!(bench.next_response(415).header(Name::Accept).unwrap().contains("dtmf"));
    peer.extra = vec![("Content-Type", "application/dtmf".to_owned())];
    for wrong in ["17", "x", "", "55555", "\u{e9}"] {
        if !wrong.is_empty() {
            bench.feed(peer.next("INFO", Some(wrong)));
            bench.next_response(400);
        }
    }
    bench.expect_quiet();
    // Outside any dialog.
    let stray = asked(&mut bench, &Peer { call_id: "other".into(), ..Peer::new(udp()) }, "INFO");
    assert_eq!(stray.status(), Some(481));
}

#[test]
fn rfc3261_8_2_1_methods_that_nobody_asked_for() {
    for method in ["REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "PUBLISH", "REGISTER"] {
        let mut bench = Bench::new(udp());
        let no = asked(&mut bench, &Peer::new(udp()), method);
        assert_eq!(no.status(), Some(405), "{method}");
        assert!(no.values(Name::Allow).all(|allowed| allowed != method));
        let (mut bench, mut peer) = talking();
        bench.feed(peer.next(method, None));
        bench.next_response(405);
        bench.expect_quiet();
    }
}

#[test]
fn rfc3261_20_43_a_refused_offer_says_why() {
    let session = "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nt=0 0\r\n";
    let here = "c=IN IP4 127.0.0.2\r\n";
    for (streams, code) in [
        (format!("{here}m=image 4000 udptl t38\r\n"), "304 "),
        (format!("{here}m=audio 0 RTP/AVP 8\r\n"), "304 "),
        (format!("{here}m=audio 4000 RTP/SAVP 8\r\n"), "302 "),
        (format!("{here}m=audio 4000 RTP/AVP 18\r\n"), "305 "),
        (format!("{here}m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 CLEARMODE/8000\r\n"), "305 "),
        ("m=audio 4000 RTP/AVP 8\r\n".to_owned(), "301 "),
        ("c=IN IP4 media.example.net\r\nm=audio 4000 RTP/AVP 8\r\n".to_owned(), "301 "),
    ] {
        let body = format!("{session}{streams}");
        let mut bench = Bench::new(udp());
        bench.feed(Peer::new(udp()).invite(Some(&body)));
        let refusal = bench.next_response(488);
        let warning = refusal.header(Name::Warning).unwrap();
        assert!(warning.starts_with(code), "{streams}: {warning}");
        // Within a dialog the call goes on as it was.
        let (mut bench, mut peer) = talking();
        bench.feed(peer.next("INVITE", Some(&body)));
        let refusal = bench.next_response(488);
        assert!(refusal.header(Name::Warning).unwrap().starts_with(code));
        bench.feed(peer.ack_refusal(&refusal));
        bench.feed(peer.next("INVITE", Some(OFFER)));
        bench.next_response(200);
    }
}

#[test]
fn rfc3264_8_the_same_offer_has_the_same_answer() {
    let (mut bench, mut peer) = talking();
    bench.feed(peer.next("INVITE", Some(OFFER)));
    let first = bench.next_response(200);
    bench.feed(peer.ack(None));
    bench.event();
    // Only the version of the offer is new.
    bench.feed(peer.next("INVITE", Some(&OFFER.replace("o=- 1 1", "o=- 1 2"))));
    let second = bench.next_response(200);
    assert_eq!(first.body(), second.body());
    bench.feed(peer.ack(None));
    bench.event();
    // Another codec, and another payload type for it.
    let other = OFFER
        .replace("RTP/AVP 8 0", "RTP/AVP 96")
        .replace("a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000", "a=rtpmap:96 PCMU/8000");
    bench.feed(peer.next("INVITE", Some(&other)));
    let third = bench.next_response(200);
    let (second, third) = (second.body(), third.body());
    let version = |body: &[u8]| SessionDescription::parse(body).unwrap().origin.version;
    assert_eq!(version(&third), version(&second) + 1);
    let Event::Media { media, .. } = bench.event() else { panic!() };
    assert_eq!((media.codec, media.payload_type), (crate::Codec::Pcmu, 96));
}
