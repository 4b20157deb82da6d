//! Properties: whatever passes the guard comes back as it was, and what `rsip` reads of it is what
//! it says; where both parsers accept the same octets they agree, but for the pinned faults.

use proptest::prelude::*;

#[path = "../../../fuzz/src/checks/sip_rsip.rs"]
#[expect(clippy::expect_used, clippy::panic, reason = "a check fails by panicking")]
mod checks;

/// One of these, the plainest first.
fn one(of: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    let plain = of.first().copied().unwrap_or_default();
    prop_oneof![3 => Just(plain), 2 => prop::sample::select(of)]
}

const URIS: &[&str] = &[
    "sip:+33199000001@gw.example.net:5060;user=phone",
    "sip:bob@example.net",
    "sips:bob@192.0.2.1;transport=tcp",
    "sip:192.0.2.1:5070;lr",
    "sip:b.ob@example.net",
    "sip:bob:secret@example.net",
    "sip:+33199000001;tgrp=t1;trunk-context=gw.example.net@example.net",
    "sip:+33199000001;phone-context=+33@example.net",
    "sip:bob@[2001:db8::1]:5060",
    "sip:bob@example.net;transport=foo",
    "sip:bob@example.net;x=a/b",
    "sip:bob@example.net;x=\"q\"",
    "sip:bob@example.net?Subject=x",
    "sip:bob@exa_mple.net",
    "SIP:bob@example.net;TRANSPORT=tcp;LR",
    "sip:%41@example.net;method=INVITE",
    "sip:bob@example.net;method=InVITE",
    "tel:+33199000001",
    "tel:1",
    "urn:service:sos",
    "http://example.net/",
];

const PARAMS: &[&str] = &[
    ";tag=1",
    "",
    ";tag=a.b-c~1",
    ";x;tag=1",
    ";tag=1;x=\"a;b\"",
    " ; tag=1",
    ";tag = 1",
    ";tag=a@b",
    ";TAG=1",
    ";tag=1;tag=2",
    ";tag=;;tag=2",
    ";expires=60;q=0.5",
    ";tag",
    ";tag=\"1\"",
];

const DISPLAYS: &[&str] =
    &["", "\"Bob\" ", "Bob B ", "\"a<b\" ", "\"a\\\"b\" ", "\"é\" ", "\"\" ", "Bob"];

const VIAS: &[&str] = &[
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport\r\n",
    "Via: SIP/2.0/TCP h;branch=z9hG4bK1\r\nVia: SIP/2.0/TLS h2;branch=z9hG4bK2\r\n",
    "v: SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP h2;branch=z9hG4bK2\r\n",
    "Via: SIP/2.0/UNKNOWN h;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP h ;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP h;branch = z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP  h;branch=z9hG4bK1\r\n",
    "Via: SIP / 2.0 / UDP h;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=[2001:db8::2]\r\n",
    "Via: SIP/2.0/udp h:5060;BRANCH=z9hG4bK1;x=y/z\r\n",
    "Via : SIP/2.0/UDP h;branch=z9hG4bK1\r\n",
    "v: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP h2;branch=z9hG4bK2\r\n",
    "Via: SIP/2.0/UDP h;branch=\"1\";branch=2\r\n",
    "Via: SIP/2.0/UDP sip:5060;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP 192.0.2.1 :5060;branch=z9hG4bK1\r\n",
    "Via: SIP/2.0/UDP 192.0.2.1: 5060;branch=z9hG4bK1\r\n",
];

const OTHERS: &[&str] = &[
    "",
    "Contact: <sip:bob@192.0.2.1>\r\n",
    "Contact: <sip:a@h>, <sip:b@h>\r\n",
    "m: *\r\n",
    "Contact: <sip:a@h>;+sip.instance=\"<urn:uuid:1>\"\r\n",
    "Route: <sip:h;lr>, <sip:h2;lr>\r\n",
    "Route: \"x\" <sip:h;lr>\r\n",
    "Record-Route: <sip:h;lr>;x=y\r\n",
    "Max-Forwards: 70\r\n",
    "Max-Forwards: 070\r\n",
    "Allow: INVITE, ACK,BYE\r\n",
    "Allow: invite\r\n",
    "Subject: a\r\n b\r\n",
    "X-Other: 1\r\nx-other: 2\r\n",
    "Resource-Priority: esnet.0\r\nP-Asserted-Identity: <tel:+33199000001>\r\n",
    "Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:h\", response=\"d\", \
     qop=auth, cnonce=\"e\", nc=0000000b\r\n",
    "Content-Type: application/isup;version=itu-t92+;base=itu-t92+\r\n",
    "Warning: 399 example.net \"odd\"\r\n",
    "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n",
    "Accept: application/sdp;q=0.5, text/plain\r\n",
];

fn message() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        (one(&["INVITE", "OPTIONS", "PRACK", "invite", "FOO"]), one(URIS))
            .prop_map(|(method, uri)| (format!("{method} {uri} SIP/2.0"), method)),
        one(&["200 OK", "183 Session Progress", "183 Early", "299 Odd one", "180 Ringing", "200 "])
            .prop_map(|line| (format!("SIP/2.0 {line}"), "INVITE")),
    ];
    let address = || (one(DISPLAYS), one(URIS), one(PARAMS));
    let length = one(&["{}", "0", ""]);
    let body = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..30),
        Just(b"v=0\r\n".to_vec()),
    ];
    (start, one(VIAS), address(), address(), one(OTHERS), one(OTHERS), (length, body)).prop_map(
        |((line, method), via, from, to, other, another, (length, body))| {
            let mut text = format!("{line}\r\n{via}");
            text += &format!("From: {}<{}>{}\r\n", from.0, from.1, from.2);
            text += &format!("To: {}<{}>{}\r\n", to.0, to.1, to.2);
            text += &format!("Call-ID: 1@h\r\nCSeq: 1 {method}\r\n{other}{another}");
            if !length.is_empty() {
                let length = length.replace("{}", &body.len().to_string());
                text += &format!("Content-Length: {length}\r\n");
            }
            let mut bytes = (text + "\r\n").into_bytes();
            bytes.extend_from_slice(&body);
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_passes_the_guard_comes_back_as_it_was(message in message()) {
        checks::check(&message);
    }

    #[test]
    fn a_changed_message_too(message in message(), at: prop::sample::Index, octet: u8) {
        let mut message = message;
        let at = at.index(message.len());
        if let Some(place) = message.get_mut(at) {
            *place = octet;
        }
        checks::check(&message);
    }
}

#[test]
fn the_torture_messages_too() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sip-parser/tests/torture");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        checks::check(&std::fs::read(entry.unwrap().path()).unwrap());
        checked += 1;
    }
    assert!(checked > 50);
}
