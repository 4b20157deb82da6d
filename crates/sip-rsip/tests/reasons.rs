//! Each named reason, with the fault of `rsip` behind it shown beside it: when `rsip` mends one,
//! its test fails and the guard's words can go.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use rsip::prelude::{HasHeaders, ToTypedHeader};
use rsip::{Header, Uri};
use sip_parser::{Limits, Message, Name};
use sip_rsip::{Flaw, FromRsipError, NotRepresentable, from_rsip, to_rsip};

const PLAIN: &str = "INVITE sip:bob@example.net SIP/2.0\r\n\
    Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
    From: <sip:a@example.com>;tag=1\r\n\
    To: <sip:bob@example.net>\r\n\
    Call-ID: 1@h\r\n\
    CSeq: 1 INVITE\r\n\
    Content-Length: 0\r\n\r\n";

/// The plain message with one thing changed.
fn changed(from: &str, to: &str) -> Message {
    assert!(PLAIN.contains(from));
    parse(PLAIN.replacen(from, to, 1).as_bytes())
}

fn parse(bytes: &[u8]) -> Message {
    Message::parse(Bytes::copy_from_slice(bytes), &Limits::default()).unwrap()
}

fn with_uri(uri: &str) -> Result<rsip::SipMessage, NotRepresentable> {
    to_rsip(&changed("sip:bob@example.net SIP", &format!("{uri} SIP")))
}

fn with_via(via: &str) -> Result<rsip::SipMessage, NotRepresentable> {
    to_rsip(&changed("SIP/2.0/UDP h;branch=z9hG4bK1", via))
}

fn uri(flaw: Flaw) -> NotRepresentable {
    NotRepresentable::RequestUri(flaw)
}

fn header(name: Name, flaw: Flaw) -> NotRepresentable {
    NotRepresentable::Header { name, flaw }
}

fn via(text: &str) -> Result<rsip::typed::Via, rsip::Error> {
    rsip::headers::Via::from(text).typed()
}

fn from(text: &str) -> Result<rsip::typed::From, rsip::Error> {
    rsip::headers::From::from(text).typed()
}

#[test]
fn a_plain_message_passes() {
    let theirs = to_rsip(&parse(PLAIN.as_bytes())).unwrap();
    assert_eq!(from_rsip(&theirs).unwrap().bytes(), PLAIN.as_bytes());
}

#[test]
fn scheme() {
    for text in ["tel:+33199000001", "urn:service:sos", "http://example.net/"] {
        assert_eq!(with_uri(text).unwrap_err(), uri(Flaw::Scheme), "{text}");
    }
    assert!(Uri::try_from("urn:service:sos").is_err(), "an emergency call is refused");
    // A number as a port, and the plus is gone.
    assert!(Uri::try_from("tel:+33199000001").is_err());
    assert_eq!(
        Uri::try_from("tel:+331;phone-context=+33").unwrap().to_string(),
        "tel:331;phone-context=+33"
    );
}

#[test]
fn ipv6() {
    assert_eq!(with_uri("sip:bob@[2001:db8::1]").unwrap_err(), uri(Flaw::Ipv6));
    assert!(Uri::try_from("sip:bob@[2001:db8::1]").is_err());
    let found = with_via("SIP/2.0/UDP [2001:db8::1];branch=z9hG4bK1").unwrap_err();
    assert_eq!(found, header(Name::Via, Flaw::Ipv6));
    assert!(via("SIP/2.0/UDP [2001:db8::1];branch=z9hG4bK1").is_err());
    // The way back: built from an address, it is printed without brackets.
    let address: std::net::IpAddr = "2001:db8::1".parse().unwrap();
    assert_eq!(Uri::from(address).to_string(), "2001:db8::1");
}

#[test]
fn user() {
    let trunk = "sip:+33199000001;tgrp=t1;trunk-context=gw.example.net@example.net";
    for text in [trunk, "sip:b.ob@example.net"] {
        assert!(matches!(with_uri(text), Err(NotRepresentable::RequestUri(Flaw::User))), "{text}");
    }
    // RFC 4904 is cut at the first dot behind the user.
    let cut = Uri::try_from(trunk).unwrap().to_string();
    assert!(!cut.contains('@'), "{cut}");
}

#[test]
fn uri_headers() {
    let text = "sip:bob@example.net?Subject=x";
    assert_eq!(with_uri(text).unwrap_err(), uri(Flaw::UriHeaders));
    let read = Uri::try_from(text).unwrap();
    assert_eq!(read.host().to_string(), "example.net?Subject=x", "taken for the host");
}

#[test]
fn transport() {
    let text = "sip:bob@example.net;transport=foo";
    assert_eq!(with_uri(text).unwrap_err(), uri(Flaw::Transport));
    assert!(Uri::try_from(text).is_err());
    let found = with_via("SIP/2.0/UNKNOWN h;branch=z9hG4bK1").unwrap_err();
    assert_eq!(found, header(Name::Via, Flaw::Transport));
    assert!(via("SIP/2.0/UNKNOWN h;branch=z9hG4bK1").is_err());
}

#[test]
fn parameters() {
    let text = "sip:bob@example.net;x=a/b;y=1";
    assert_eq!(with_uri(text).unwrap_err(), uri(Flaw::Parameters));
    assert_eq!(Uri::try_from(text).unwrap().to_string(), "sip:bob@example.net;x=a");
    let found = with_via("SIP/2.0/UDP h;branch = z9hG4bK1").unwrap_err();
    assert_eq!(found, header(Name::Via, Flaw::Parameters));
    let read = via("SIP/2.0/UDP h;branch = z9hG4bK1").unwrap();
    assert_eq!(read.branch(), None, "the transaction is not found");
    let found = to_rsip(&changed("To: <sip:bob@example.net>", "To: <sip:bob@example.net> ;tag=2"));
    assert_eq!(found.unwrap_err(), header(Name::To, Flaw::Parameters));
    assert!(from("<sip:bob@example.net> ;tag=2").is_err());
}

#[test]
fn display_name() {
    let text = "\"a<b\" <sip:a@example.com>";
    let found = to_rsip(&changed("<sip:a@example.com>", text)).unwrap_err();
    assert_eq!(found, header(Name::From, Flaw::DisplayName));
    let read = from(text).unwrap();
    assert_ne!(read.uri.to_string(), "sip:a@example.com", "cut at the bracket in the name");
    let route = "\"x\" <sip:h;lr>";
    let found = to_rsip(&changed("Call-ID", &format!("Route: {route}\r\nCall-ID")));
    assert_eq!(found.unwrap_err(), header(Name::Route, Flaw::DisplayName));
    let read = rsip::headers::Route::from(route).typed();
    assert!(read.is_err() || !read.unwrap().to_string().contains('x'));
}

#[test]
fn wildcard() {
    let found = to_rsip(&changed("Call-ID", "Contact: *\r\nCall-ID")).unwrap_err();
    assert_eq!(found, header(Name::Contact, Flaw::Wildcard));
    let read = rsip::headers::Contact::from("*").typed();
    assert!(read.is_err() || read.unwrap().to_string() != "*");
}

#[test]
fn methods() {
    for method in ["FOO", "invite"] {
        let message = parse(PLAIN.replace("INVITE", method).as_bytes());
        assert_eq!(to_rsip(&message).unwrap_err(), NotRepresentable::Method, "{method}");
    }
    assert!("FOO".parse::<rsip::Method>().is_err());
    assert_eq!("invite".parse::<rsip::Method>().unwrap().to_string(), "INVITE");
    let response = "SIP/2.0 200 OK\r\n".to_owned() + PLAIN.split_once("\r\n").unwrap().1;
    let found = to_rsip(&parse(response.replace("1 INVITE", "1 FOO").as_bytes())).unwrap_err();
    assert_eq!(found, header(Name::CSeq, Flaw::Method));
}

#[test]
fn number() {
    let digest = "Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:h\", response=\"d\", \
        qop=auth, cnonce=\"e\", nc=00000010";
    for name in [Name::Authorization, Name::ProxyAuthorization] {
        let line = format!("{}: {digest}\r\nCall-ID", name.as_str());
        let found = to_rsip(&changed("Call-ID", &line)).unwrap_err();
        assert_eq!(found, header(name, Flaw::Number));
    }
    let read = rsip::headers::Authorization::from(digest).typed().unwrap();
    let Some(rsip::headers::auth::AuthQop::Auth { nc, .. }) = read.qop else { panic!() };
    assert_eq!(nc, 10, "RFC 7616 §3.4: the count is hexadecimal, 16 here");
}

#[test]
fn rewritten() {
    let digest = "Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:h\", response=\"d\", \
        userhash=true";
    let found = to_rsip(&changed("Call-ID", &format!("Authorization: {digest}\r\nCall-ID")));
    assert_eq!(found.unwrap_err(), header(Name::Authorization, Flaw::Rewritten));
    let printed = rsip::headers::Authorization::from(digest).typed().unwrap().to_string();
    assert!(!printed.contains("userhash"), "{printed}");
}

#[test]
fn reason_phrase() {
    let response = |line: &str| {
        let rest = PLAIN.split_once("\r\n").unwrap().1;
        parse(format!("SIP/2.0 {line}\r\n{rest}").as_bytes())
    };
    let found = to_rsip(&response("183 Alerting")).unwrap_err();
    assert_eq!(found, NotRepresentable::ReasonPhrase);
    let theirs = to_rsip(&response("183 Session Progress")).unwrap();
    assert!(theirs.to_string().starts_with("SIP/2.0 183 SessionProgress\r\n"));
    let back = from_rsip(&theirs).unwrap();
    assert!(back.bytes().starts_with(b"SIP/2.0 183 Session Progress\r\n"));
    // Of a code that it does not know it keeps the phrase.
    let theirs = to_rsip(&response("299 Odd one")).unwrap();
    assert!(from_rsip(&theirs).unwrap().bytes().starts_with(b"SIP/2.0 299 Odd one\r\n"));
}

#[test]
fn what_rsip_would_miss_is_mended_not_refused() {
    // Compact names, which it does not know; a fold, which it refuses; a list, whose rest it drops.
    let vias = "v: SIP/2.0/UDP h;branch=z9hG4bK1,\r\n SIP/2.0/TCP h2;branch=z9hG4bK2";
    let message = changed("Via: SIP/2.0/UDP h;branch=z9hG4bK1", vias);
    assert!(rsip::SipMessage::try_from(message.bytes().as_ref()).is_err());
    let theirs = to_rsip(&message).unwrap();
    let found: Vec<_> = theirs.headers().iter().filter(|h| matches!(h, Header::Via(_))).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(from_rsip(&theirs).unwrap().vias().count(), 2);
    let alone = "SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/TCP h2;branch=z9hG4bK2";
    let read = via(alone).unwrap();
    assert!(!read.to_string().contains("h2"), "the second Via is dropped");
}

#[test]
fn a_binary_body_survives() {
    let body = [0x80, 0xff, 0xfe, 0, b'\r', b'\n'];
    let text = PLAIN.replace("Content-Length: 0", "Content-Type: application/isup\r\nl: 6");
    let message = parse(&[text.as_bytes(), &body].concat());
    let theirs = to_rsip(&message).unwrap();
    assert_eq!(from_rsip(&theirs).unwrap().body(), &body[..]);
    let printed = Vec::<u8>::from(theirs);
    assert!(!printed.ends_with(&body), "rsip's own printing destroys it");
}

#[test]
fn the_way_back_refuses_what_would_be_other_lines() {
    let plain = to_rsip(&parse(PLAIN.as_bytes())).unwrap();
    let with = |header: Header| {
        let mut theirs = plain.clone();
        theirs.headers_mut().push(header);
        from_rsip(&theirs)
    };
    let other = |name: &str, value: &str| Header::Other(name.to_owned(), value.to_owned());
    let found = with(other("X", "1\r\nVia: SIP/2.0/UDP evil"));
    assert!(matches!(found, Err(FromRsipError::LineEnd(_))), "{found:?}");
    let found = with(other("X: 1", "2"));
    assert!(matches!(found, Err(FromRsipError::Altered(_))), "{found:?}");
    let found = with(other("A name", "2"));
    assert!(matches!(found, Err(FromRsipError::Refused(_))), "{found:?}");
    let found = with(Header::ContentLength(rsip::headers::ContentLength::from(7)));
    assert!(matches!(found, Err(FromRsipError::ContentLength)), "{found:?}");
    let found = with(Header::From(rsip::headers::From::from("<sip:b@h>")));
    assert!(matches!(found, Err(FromRsipError::Refused(_))), "{found:?}");
    assert!(with(other("X", "2")).is_ok());

    let with_uri = |uri: Uri| {
        let rsip::SipMessage::Request(mut request) = plain.clone() else { panic!() };
        request.uri = uri;
        from_rsip(&request.into())
    };
    let address: std::net::IpAddr = "2001:db8::1".parse().unwrap();
    let found = with_uri(address.into());
    assert!(matches!(found, Err(FromRsipError::RequestUri(Flaw::Ipv6))), "{found:?}");
    let mut tel = Uri::try_from("sip:331@h").unwrap();
    tel.scheme = Some(rsip::Scheme::Other("tel".to_owned()));
    let found = with_uri(tel);
    assert!(matches!(found, Err(FromRsipError::RequestUri(Flaw::Scheme))), "{found:?}");
    let found = with_uri(Uri::try_from("example.net").unwrap());
    assert!(matches!(found, Err(FromRsipError::RequestUri(_))), "{found:?}");
}

#[test]
fn errors_say_what_and_why() {
    let said = with_uri("tel:+33199000001").unwrap_err().to_string();
    assert_eq!(said, "Request-URI: a URI that is neither sip: nor sips:");
    let said = with_via("SIP/2.0/X h").unwrap_err().to_string();
    assert_eq!(said, "Via: an unknown transport");
}

#[test]
fn nul() {
    let message = changed("Content-Length", "Subject: a\0b\r\nContent-Length");
    assert_eq!(to_rsip(&message).unwrap_err(), header(Name::Subject, Flaw::Nul));
    // It would come back as another value, so it does not go.
    let mut theirs = to_rsip(&parse(PLAIN.as_bytes())).unwrap();
    theirs.headers_mut().push(Header::Subject("a\0b".into()));
    assert!(matches!(from_rsip(&theirs), Err(FromRsipError::LineEnd(_))));
}
