use std::fmt::Debug;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::Limits;

/// Reads `value`, writes it, reads that: the same. What was written.
pub(super) fn again<'a, T: Typed<'a> + PartialEq + Debug>(value: &'a str) -> Option<String> {
    let read = T::parse(value)?;
    let written = read.to_string();
    // The lifetime of what is read here must be that of `value`: leaked, in a test.
    let text: &'static str = String::leak(written.clone());
    assert_eq!(T::parse(text), Some(read), "{value:?} was written as {text:?}");
    Some(written)
}

/// Values as read and as written.
fn good<'a, T: Typed<'a> + PartialEq + Debug>(rows: &[(&'a str, &str)]) {
    for (value, written) in rows {
        assert_eq!(again::<T>(value).as_deref(), Some(*written), "{value:?}");
    }
}

fn bad<'a, T: Typed<'a> + PartialEq + Debug>(values: &[&'a str]) {
    for value in values {
        assert_eq!(T::parse(value), None, "{value:?}");
    }
}

#[test]
fn rfc3262_7_2_rack() {
    good::<RAck<'_>>(&[
        ("776656 1 INVITE", "776656 1 INVITE"),
        (" 4294967295\t\r\n 0   FOO ", "4294967295 0 FOO"),
    ]);
    bad::<RAck<'_>>(&[
        "",
        "1 2",
        "1 2 INVITE x",
        "4294967296 1 INVITE",
        "-1 2 X",
        "+1 2 X",
        "12 INVITE",
    ]);
    let rack = RAck::parse("776656 1 INVITE").unwrap();
    assert_eq!(rack, RAck { rseq: 776_656, cseq: 1, method: "INVITE" });
}

#[test]
fn rfc3262_7_1_rseq() {
    good::<RSeq>(&[("988789", "988789"), (" 1 ", "1")]);
    bad::<RSeq>(&["", "x", "1 2", "4294967296", "1;a=b"]);
}

#[test]
fn rfc4028_4_session_expires() {
    good::<SessionExpires<'_>>(&[
        ("4000;refresher=uac", "4000;refresher=uac"),
        ("90", "90"),
        ("1800 ; Refresher = UAS ;x=\"a;b\";y", "1800;refresher=uas;x=\"a;b\";y"),
        // RFC 3261 §20.19: as long as can be said.
        ("99999999999", "4294967295"),
    ]);
    bad::<SessionExpires<'_>>(&["", "x", "-5", "90;refresher=me", "90;refresher", "90;", "90 60"]);
    let read = SessionExpires::parse("60;a=1;refresher=uas;b").unwrap();
    assert_eq!(read.refresher, Some(Refresher::Uas));
    assert_eq!(read.params.iter().collect::<Vec<_>>(), [("a", Some("1")), ("b", None)]);
    assert_eq!(read.params.get("refresher"), None);
    good::<MinSe<'_>>(&[("90", "90"), ("120;lr", "120;lr")]);
    bad::<MinSe<'_>>(&["", "90,90"]);
}

#[test]
fn rfc3261_20_option_tags() {
    good::<Require<'_>>(&[("100rel", "100rel"), (" timer\t", "timer")]);
    bad::<Supported<'_>>(&["", "a b", "a/b", "a;b=c", "\"100rel\""]);
    assert_eq!(Allow::parse("INVITE"), Some(Allow::new(Token("invite"))));
    assert_eq!(Unsupported::NAME, Name::Unsupported);
}

#[test]
fn rfc3261_20_44_challenge() {
    good::<WwwAuthenticate<'_>>(&[
        (
            "Digest realm=\"atlanta.com\",\r\n domain=\"sip:boxesbybob.com\", qop=\"auth\",\
             nonce=\"f84f1cec41e6cbe5aea9c8e88d359\",opaque=\"\", stale=FALSE, algorithm=MD5",
            "Digest realm=\"atlanta.com\", nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", \
             algorithm=MD5, qop=\"auth\", domain=\"sip:boxesbybob.com\"",
        ),
        (
            "digest NONCE=n , realm=\"a \\\"b\\\", c\",stale=true,qop=auth,algorithm=\"SHA-256\"",
            "Digest realm=\"a \\\"b\\\", c\", nonce=\"n\", stale=true, algorithm=SHA-256, qop=\"auth\"",
        ),
    ]);
    bad::<WwwAuthenticate<'_>>(&[
        "",
        "Digest",
        "Digest realm=\"a\"",
        "Digest realm=\"a, nonce=\"b\"",
        "Basic realm=\"a\", nonce=\"b\"",
        "Digest realm=\"a\" nonce=\"b\"",
        "Digestrealm=\"a\",nonce=\"b\"",
        "Digest realm=\"a\";nonce=\"b\"",
    ]);
    let challenge =
        ProxyAuthenticate::parse("Digest realm=a,nonce=b,qop=\"auth-int, AUTH\"").unwrap();
    assert!(challenge.offers("auth") && challenge.offers("auth-int") && !challenge.offers("x"));
    assert_eq!((challenge.stale, challenge.algorithm), (false, None));
}

#[test]
fn rfc3261_20_7_credentials() {
    let value = "Digest username=\"bob\", realm=\"biloxi.com\",\
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:bob@biloxi.com\",\
        qop=auth, nc=00000001, cnonce=\"0a4f113b\",\
        response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let written = "Digest username=\"bob\", realm=\"biloxi.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:bob@biloxi.com\", \
        response=\"6629fae49393a05397450978507c4ef1\", cnonce=\"0a4f113b\", \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001";
    good::<Authorization<'_>>(&[(value, written)]);
    let read = ProxyAuthorization::parse(value).unwrap();
    assert_eq!((read.nc, read.qop), (Some(1), Some("auth")));
    assert!(!format!("{read:?}").contains("6629fae"));
    let whole = "Digest username=a,realm=b,nonce=c,uri=d,response=e";
    assert!(Authorization::parse(whole).is_some());
    for nc in ["1", "0000000g", "000000001", "+0000001", ""] {
        assert_eq!(Authorization::parse(&format!("{whole},nc={nc}")), None, "{nc}");
    }
    bad::<Authorization<'_>>(&["Digest username=a,realm=b,nonce=c,uri=d", "Digest", "x"]);
}

#[test]
fn rfc3261_20_6_authentication_info() {
    good::<AuthenticationInfo<'_>>(&[
        (
            "nextnonce=\"47364c23432d2e131a5fb210812c\"",
            "nextnonce=\"47364c23432d2e131a5fb210812c\"",
        ),
        (
            "rspauth=\"ab\", x=y,cnonce=\"c\",nc=0000000A,qop=auth,flag",
            "qop=auth, rspauth=\"ab\", cnonce=\"c\", nc=0000000a, x=y, flag",
        ),
        ("", ""),
    ]);
    bad::<AuthenticationInfo<'_>>(&["a=", "=a", "a=b;c=d", "nextnonce", "a=b,,", ","]);
}

#[test]
fn rfc4412_3_1_resource_priority() {
    good::<ResourcePriority<'_>>(&[("esnet.0", "esnet.0"), (" q735.3 ", "q735.3"), ("a.*", "a.*")]);
    bad::<ResourcePriority<'_>>(&[
        "",
        "esnet",
        "esnet.",
        ".0",
        "a.b.c",
        "a b.0",
        "esnet.0;x",
        "a . 0",
    ]);
    assert_eq!(ResourcePriority::parse("ESNET.0"), ResourcePriority::parse("esnet.0"));
}

#[test]
fn rfc3326_2_reason() {
    good::<Reason<'_>>(&[
        ("Q.850 ;cause=16 ;text=\"Terminated\"", "Q.850;cause=16;text=\"Terminated\""),
        ("SIP ;cause=600 ;text=\"a \\\"b, c;\\\\\"", "SIP;cause=600;text=\"a \\\"b, c;\\\\\""),
        ("preemption;cause=5;text=Network", "preemption;cause=5;text=\"Network\""),
        ("Q.850;location=LN;cause=17", "Q.850;cause=17;location=LN"),
        ("SIP", "SIP"),
    ]);
    bad::<Reason<'_>>(&[
        "",
        ";cause=1",
        "SIP;cause=",
        "SIP;cause=x",
        "SIP;cause=\"1\"",
        "SIP;text=\"a",
        "S P",
    ]);
    let q850 = |value| Reason::parse(value).unwrap().q850();
    assert_eq!(q850("q.850;cause=127"), Some(127));
    assert_eq!([q850("Q.850;cause=128"), q850("Q.850;cause=0"), q850("SIP;cause=16")], [None; 3]);
    assert_eq!(Reason::parse("SIP;cause=480").unwrap().sip(), Some(480));
    assert_eq!(Reason::parse("SIP;cause=99").unwrap().sip(), None);
    assert_eq!(Reason::parse("Preemption;cause=1").unwrap().preemption(), Some(1));
    let text = Reason::parse("SIP;text=\"\\\"x\\\"\"").unwrap().text.unwrap();
    assert_eq!((text.as_str(), &*text.text()), ("\\\"x\\\"", "\"x\""));
}

#[test]
fn rfc3261_20_33_retry_after() {
    good::<RetryAfter<'_>>(&[
        ("18000;duration=3600", "18000;duration=3600"),
        ("120 (I'm in a (long) \\) meeting)", "120 (I'm in a (long) \\) meeting)"),
        ("5()", "5 ()"),
        ("5 (a) ; x = y;duration=7", "5 (a);duration=7;x=y"),
    ]);
    bad::<RetryAfter<'_>>(&["", "(x)", "5 (", "5 ((a)", "5 (a\\)", "5;duration=x", "5 x", "5)"]);
}

#[test]
fn rfc5009_8_p_early_media() {
    good::<PEarlyMedia<'_>>(&[
        ("supported", "supported"),
        ("SendRecv", "sendrecv"),
        ("new", "new"),
    ]);
    bad::<PEarlyMedia<'_>>(&["", "a b", "a;b"]);
}

#[test]
fn quoted_strings() {
    for text in ["", "plain", "a\"b", "\\", "\"", "é \\\" x"] {
        let escaped = escape(text);
        let quoted = Quoted::new(&escaped).unwrap();
        assert_eq!(quoted.text(), text);
        let written = quoted.to_string();
        assert_eq!(Quoted::inside(&written), Some(quoted));
    }
    assert_eq!([Quoted::new("a\""), Quoted::new("a\\"), Quoted::inside("a\"")], [None; 3]);
}

#[test]
fn values_of_a_message_across_lines() {
    let octets = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
        From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
        Require: 100rel , precondition\r\nk: timer\r\nRequire: x y,\r\n\t other\r\n\
        RSeq: 12 13\r\nContent-Length: 0\r\n\r\n";
    let message = Message::parse(Bytes::from(octets), &Limits::default()).unwrap();
    let require: Vec<_> = message.all_typed::<Require<'_>>().collect();
    let tag = |token| Ok(Require::new(Token(token)));
    let bad = Err(BadHeader(Name::Require));
    assert_eq!(require, [tag("100rel"), tag("precondition"), bad, tag("other")]);
    assert!(message.lists(Name::Require, "PRECONDITION"));
    assert!(message.lists(Name::Supported, "timer") && !message.lists(Name::Supported, "100rel"));
    assert_eq!(message.typed::<RSeq>(), Some(Err(BadHeader(Name::RSeq))));
    assert_eq!(message.typed::<SessionExpires<'_>>(), None);
    assert_eq!(BadHeader(Name::RSeq).to_string(), "RSeq cannot be read");
}

/// Text that is nearly a value of one of the types.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9.]{1,4}",
        "[;,=\" ()<>\\\\:/@]",
        "\"[a-z\\\\\",;]{0,4}\"",
        Just("cause=".to_owned()),
        Just("refresher=uac".to_owned()),
        Just("Digest realm=a,nonce=b".to_owned()),
        "\\PC",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(text in nearly()) {
        let _ = again::<RAck<'_>>(&text);
        let _ = again::<SessionExpires<'_>>(&text);
        let _ = again::<MinSe<'_>>(&text);
        let _ = again::<Require<'_>>(&text);
        let _ = again::<WwwAuthenticate<'_>>(&text);
        let _ = again::<Authorization<'_>>(&text);
        let _ = again::<AuthenticationInfo<'_>>(&text);
        let _ = again::<ResourcePriority<'_>>(&text);
        let _ = again::<Reason<'_>>(&text);
        let _ = again::<RetryAfter<'_>>(&text);
        let _ = again::<PEarlyMedia<'_>>(&text);
    }
}
