//! Dialogs (RFC 3261 §12): what the remote target may be, and when ours is a SIPS URI.

use super::bench::{Bench, OFFER, Peer, config, local_media, outgoing, reply, them, udp, us};
use crate::{Config, ConnectionId, Event, Flow, Outgoing, Transport};
use base::Class;
use bytes::Bytes;
use sip_parser::{Message, Method, Name};

fn tls() -> Flow {
    Flow { transport: Transport::Tls, connection: Some(ConnectionId(7)), ..udp() }
}

fn bench(flow: Flow) -> Bench {
    let locals = vec![(Transport::Udp, us()), (Transport::Tls, us())];
    Bench::with(flow, Config { locals, ..config() })
}

/// The message with another Contact.
fn from(message: &Bytes, contact: &str) -> Bytes {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let own = text.lines().find(|line| line.starts_with("Contact:")).unwrap();
    text.replacen(own, &format!("Contact: {contact}"), 1).into()
}

fn contact(message: &Message) -> &str {
    message.header(Name::Contact).unwrap()
}

/// §19.1.1 Table 1, §12.2.1.1: a Request-URI has no method parameter and no headers.
#[test]
fn what_may_not_stand_in_a_request_uri_is_left_out_of_the_target() {
    for (given, target) in [
        ("<sip:a@127.0.0.2:5062;method=INVITE;ob?Subject=x>", "sip:a@127.0.0.2:5062;ob"),
        ("<sip:127.0.0.2:5062?Route=%3Csip:evil%3E>", "sip:127.0.0.2:5062"),
        ("<sip:a?b;c@127.0.0.2:5062>", "sip:a?b;c@127.0.0.2:5062"),
    ] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp());
        bench.feed(from(&peer.invite(Some(OFFER)), given));
        bench.next_response(100);
        let session = bench.expect_incoming();
        bench.sip.answer(bench.now, session, &local_media(), &[]);
        bench.drain();
        peer.learn(&bench.next_response(200));
        bench.feed(peer.ack(None));
        bench.release(session, 0);
        assert_eq!(bench.next_request(Method::Bye).uri(), Some(target), "{given}");
    }
}

/// §12.1.1: where the Request-URI, the top Record-Route, or without one the Contact is a SIPS URI.
#[test]
fn a_caller_by_sips_finds_a_sips_contact() {
    let secure = "<sips:127.0.0.1:5060>";
    let sip = "sip:+33199000000@127.0.0.1";
    let sips = "sips:+33199000000@127.0.0.1";
    for (uri, own, route, expected) in [
        (
            sip,
            "<sip:peer@127.0.0.2:5062;transport=tls>",
            None,
            "<sip:127.0.0.1:5060;transport=tls>",
        ),
        (sips, "<sips:peer@127.0.0.2:5062>", None, secure),
        (sip, "<sips:peer@127.0.0.2:5062>", None, secure),
        (sip, "<sip:peer@127.0.0.2:5062>", Some("<sips:127.0.0.2:5062;lr>"), secure),
        (
            sip,
            "<sips:peer@127.0.0.2:5062>",
            Some("<sip:127.0.0.2:5062;lr>"),
            "<sip:127.0.0.1:5060;transport=tls>",
        ),
    ] {
        let mut bench = bench(tls());
        let mut peer = Peer { uri: uri.to_owned(), ..Peer::new(tls()) };
        peer.extra.extend(route.map(|route| ("Record-Route", route.to_owned())));
        bench.feed(from(&peer.invite(Some(OFFER)), own));
        bench.next_response(100);
        let session = bench.expect_incoming();
        bench.sip.answer(bench.now, session, &local_media(), &[]);
        bench.drain();
        let ok = bench.next_response(200);
        assert_eq!(contact(&ok), expected, "{uri} {own} {route:?}");
        if route.is_some_and(|route| route.starts_with("<sip:")) {
            continue;
        }
        // Requests within the dialog go to what is a SIPS URI by now.
        peer.extra.clear();
        peer.learn(&ok);
        bench.feed(from(&peer.ack(None), own));
        assert!(matches!(bench.event(), Event::Acknowledged { .. }));
        bench.feed(from(&peer.next("UPDATE", None), own));
        let answer = bench.next_response(200);
        assert_eq!(contact(&answer), expected);
        bench.set_held(session, true);
        let hold = bench.next_request(Method::Invite);
        assert_eq!(
            contact(&hold).starts_with("<sips:"),
            own.starts_with("<sips:") || route.is_some()
        );
    }
}

/// §8.1.1.8: where the Request-URI or the first Route is one.
#[test]
fn a_callee_by_sips_finds_a_sips_contact() {
    for (uri, expected) in [
        ("sips:+33199008001@127.0.0.2:5062", "<sips:127.0.0.1:5060>"),
        ("sip:+33199008001@127.0.0.2:5062", "<sip:127.0.0.1:5060;transport=tls>"),
    ] {
        let mut bench = bench(tls());
        let out = Outgoing { request_uri: uri.to_owned(), ..outgoing(tls()) };
        let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
        bench.drain();
        let invite = bench.next_request(Method::Invite);
        assert_eq!(contact(&invite), expected);
        let own = format!("<{}:callee@{}>", uri.split(':').next().unwrap(), them());
        bench.feed(from(&reply(&invite, 200, "callee", Some(OFFER)), &own));
        bench.next_request(Method::Ack);
        bench.set_held(session, true);
        assert_eq!(contact(&bench.next_request(Method::Invite)), expected);
    }
}
