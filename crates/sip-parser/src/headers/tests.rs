use std::fmt::Debug;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::{CSeq, Limits, Via};

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
        "Digest realm=a,nonce=b,REALM=c",
        "Digest realm=a,nonce=b,x=1,x=2",
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
    assert_eq!((read.nc.map(NonceCount::number), read.qop), (Some(1), Some("auth")));
    let large = value.replace("nc=00000001", "nc=0000000A");
    let large = Authorization::parse(&large).unwrap();
    let count = large.nc.unwrap();
    assert_eq!((count.as_str(), count.number()), ("0000000A", 10), "as written");
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
            "qop=auth, rspauth=\"ab\", cnonce=\"c\", nc=0000000A, x=y, flag",
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
fn lists() {
    let values: Vec<_> = list("a;b=\"c,\\\"d\", <sip:e,f>,, g ,").collect();
    assert_eq!(values, ["a;b=\"c,\\\"d\"", "<sip:e,f>", "g"]);
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

#[test]
fn rfc3261_20_10_addresses() {
    good::<Contact<'_>>(&[
        ("*", "*"),
        ("sip:a@h;tag=1", "<sip:a@h>;tag=1"),
        (
            "\"A \\\"B\\\", C\" <sip:a@[2001:db8::1]:5070;lr>;q=0.7",
            "\"A \\\"B\\\", C\" <sip:a@[2001:db8::1]:5070;lr>;q=0.7",
        ),
        ("Mr. Watson\r\n <mailto:w@b>", "\"Mr. Watson\" <mailto:w@b>"),
        ("\"\" <tel:+33199000000>", "\"\" <tel:+33199000000>"),
    ]);
    bad::<PAssertedIdentity<'_>>(&[
        "",
        "<>",
        "<sip:>",
        "sip",
        "\"a <sip:a@h>",
        "<sip:a@h",
        "a\"b <sip:a@h>",
    ]);
    let value = "<sip:a@h>;expires=3600;q=0.75;+sip.instance=\"<urn:uuid:1>\";reg-id=2";
    let contact = Contact::parse(value).unwrap();
    assert_eq!(
        (contact.expires(), contact.q(), contact.reg_id()),
        (Some(3_600), Some(750), Some(2))
    );
    assert_eq!(contact.instance(), Some("urn:uuid:1"));
    for (q, thousandths) in [
        ("1.000", Some(1_000)),
        ("0", Some(0)),
        ("0.", Some(0)),
        ("1.1", None),
        ("0.1234", None),
        ("2", None),
        ("0.x", None),
    ] {
        assert_eq!(Contact::parse(&format!("<sip:h>;q={q}")).unwrap().q(), thousandths, "{q}");
    }
}

#[test]
fn rfc3261_20_42_via() {
    good::<Via<'_>>(&[
        (
            "SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
            "SIP/2.0/UDP first.example.com:4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
        ),
        ("SIP/2.0/TCP [::1];rport", "SIP/2.0/TCP [::1];rport"),
    ]);
    bad::<Via<'_>>(&["", "SIP/2.0/UDP", "SIP/3.0/UDP h", "HTTP/2.0/UDP h", "SIP/2.0/UDP h:70000"]);
    let built = Via {
        transport: "UDP",
        host: "h",
        port: Some(5),
        branch: Some("z9hG4bK1"),
        rport: Some(Some(7)),
        received: Some("192.0.2.1"),
        ..Via::default()
    };
    assert_eq!(built.to_string(), "SIP/2.0/UDP h:5;branch=z9hG4bK1;received=192.0.2.1;rport=7");
    let via = Via::parse("SIP/2.0/TCP h;alias;keep=30").unwrap();
    assert!(via.alias());
    assert_eq!(via.keep(), Some(Some(30)));
    assert_eq!(Via::parse("SIP/2.0/TCP h;keep").unwrap().keep(), Some(None));
}

#[test]
fn rfc7339_4_overload() {
    let overload = |params: &str| {
        let via = format!("SIP/2.0/UDP h;branch=z9hG4bK1{params}");
        let via: &'static str = String::leak(via);
        Via::parse(via).unwrap().overload()
    };
    let offered = overload(";oc;oc-algo=\"loss, rate\"").unwrap();
    assert_eq!((offered.oc, offered.validity, offered.sequence), (None, None, None));
    assert!(offered.names("loss") && offered.names("RATE") && !offered.names("los"));
    let answered =
        overload(";oc=20;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.782").unwrap();
    assert_eq!((answered.oc, answered.validity), (Some(20), Some(500)));
    assert_eq!(answered.sequence, Some((1_282_321_615, 78_200)));
    let text = answered.to_string();
    assert_eq!(text, ";oc=20;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.78200");
    assert_eq!(overload(&text), Some(answered));
    for wrong in [
        "",
        ";oc=x",
        ";oc;oc-algo=loss",
        ";oc=1;oc-validity=x",
        ";oc;oc-seq=1",
        ";oc;oc-seq=1.123456",
        ";oc;oc-seq=.1",
    ] {
        assert_eq!(overload(wrong), None, "{wrong}");
    }
}

#[test]
fn rfc5806_4_diversion() {
    good::<Diversion<'_>>(&[
        (
            "<tel:+33199000000>;reason=user-busy;counter=2;privacy=full;screen=yes",
            "<tel:+33199000000>;reason=user-busy;counter=2;privacy=full;screen=yes",
        ),
        ("Bob <sip:b@h>;x=\"y\";reason=\"unknown\"", "\"Bob\" <sip:b@h>;reason=unknown;x=\"y\""),
    ]);
    bad::<Diversion<'_>>(&["*", "<sip:b@h>;counter=x", "<sip:b@h>;reason=\"a b\"", "reason=x"]);
    assert!(Diversion::parse("<sip:b@h>;privacy=URI").unwrap().is_private());
    assert!(!Diversion::parse("<sip:b@h>;privacy=off").unwrap().is_private());
}

#[test]
fn rfc7044_5_history_info() {
    let value = "<sip:+33199000000@h;user=phone?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22&Privacy=history>;index=1.2.1;mp=1.2;foo=bar";
    good::<HistoryInfo<'_>>(&[
        (value, value),
        ("<sip:a@h>;rc=1;index=1.1", "<sip:a@h>;index=1.1;rc=1"),
    ]);
    bad::<HistoryInfo<'_>>(&[
        "<sip:a@h>",
        "<sip:a@h>;index",
        "<sip:a@h>;index=1..2",
        "<sip:a@h>;index=1.x",
        "<sip:a@h>;index=",
        "*;index=1",
    ]);
    let entry = HistoryInfo::parse(value).unwrap();
    let reason = entry.header("reason").unwrap();
    assert_eq!(Reason::parse(&reason).unwrap().sip(), Some(302));
    assert!(entry.is_private());
    assert_eq!(entry.index.parent(), entry.mp);
    assert_eq!(Index::new("1").unwrap().parent(), None);
    let plain = HistoryInfo::parse("<tel:+33>;index=1").unwrap();
    assert!(plain.header("Reason").is_none() && !plain.is_private());
    for odd in ["tel:+33199000000", "sip:@h", "sips:a@h:99999", "x:y"] {
        let odd = format!("<{odd}?Reason=SIP&privacy=id%3Bhistory>;index=1");
        assert!(HistoryInfo::parse(&odd).unwrap().is_private(), "{odd}");
    }
}

#[test]
fn rfc3323_4_2_privacy() {
    good::<Privacy<'_>>(&[("id", "id"), ("Header ; user; CRITICAL", "Header;user;CRITICAL")]);
    bad::<Privacy<'_>>(&["", "id;", "id,user", "i d"]);
    let privacy = Privacy::parse("user;ID").unwrap();
    assert!(privacy.asks_for("id") && !privacy.asks_for("none"));
}

#[test]
fn rfc6050_4_service() {
    good::<PAssertedService<'_>>(&[(
        "urn:urn-7:3gpp-service.ims.icsi.mmtel",
        "urn:urn-7:3gpp-service.ims.icsi.mmtel",
    )]);
    bad::<PPreferredService<'_>>(&["", "sip:a@b", "urn:", "urn:a b"]);
}

#[test]
fn rfc8224_4_identity() {
    good::<Identity<'_>>(&[
        (
            "eyJh.bGci.Oi_-;info=<https://cert.example.org/p.cer>;alg=ES256;ppt=\"shaken\"",
            "eyJh.bGci.Oi_-;info=<https://cert.example.org/p.cer>;alg=ES256;ppt=shaken",
        ),
        ("..sig== ; INFO = <https://x>;ppt=div", "..sig==;info=<https://x>;ppt=div"),
        ("a;info=<https://x>;ppt=\"a b\"", "a;info=<https://x>;ppt=\"a b\""),
    ]);
    bad::<Identity<'_>>(&[
        "",
        "abc",
        "abc;info=https://x",
        "abc;alg=ES256",
        "abc;info=<x>",
        "\"a\";info=<https://x>",
    ]);
}

#[test]
fn rfc7315_network() {
    good::<PChargingVector<'_>>(&[
        (
            "icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net",
            "icid-value=\"1234bc9876e\";icid-generated-at=\"192.0.6.8\";orig-ioi=\"home1.net\"",
        ),
        (
            "icid-value = \"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\" ;term-ioi=\"a,b\";ggsn=1",
            "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\";term-ioi=\"a,b\";ggsn=1",
        ),
    ]);
    bad::<PChargingVector<'_>>(&["", "orig-ioi=x", "icid-value", "icid-value=", "icid-value=\"a"]);
    good::<PAccessNetworkInfo<'_>>(&[(
        "3GPP-E-UTRAN-FDD; network-provided;utran-cell-id-3gpp=234151D0FCE11",
        "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=\"234151D0FCE11\";network-provided",
    )]);
    assert!(PAccessNetworkInfo::parse("DSL;network-provided").unwrap().is_network_provided());
    bad::<PAccessNetworkInfo<'_>>(&["", ";a", "a b", "DSL;"]);
}

#[test]
fn rfc6442_4_location() {
    good::<Geolocation<'_>>(&[
        ("<cid:a@h>;x", "<cid:a@h>;x"),
        (" <sips:3sdefrhy2jj7@lis.example.com> ", "<sips:3sdefrhy2jj7@lis.example.com>"),
    ]);
    bad::<Geolocation<'_>>(&["", "cid:a@h", "<>", "<a>", "x <cid:a>", "<cid:a> b"]);
    good::<GeolocationRouting<'_>>(&[("yes", "yes"), ("no", "no")]);
    good::<GeolocationError<'_>>(&[
        ("100 ; code=\"Cannot Process Location\"", "100;code=\"Cannot Process Location\""),
        ("7", "7"),
    ]);
    bad::<GeolocationError<'_>>(&["", "1000", "x", "100;code"]);
    good::<CallInfo<'_>>(&[(
        "<http://wwww.example.com/alice/photo.jpg> ;purpose=icon",
        "<http://wwww.example.com/alice/photo.jpg>;purpose=icon",
    )]);
    bad::<CallInfo<'_>>(&["", "http://a;purpose=icon", "<http://a>;purpose"]);
    good::<AlertInfo<'_>>(&[(
        "<urn:alert:service:call-waiting>",
        "<urn:alert:service:call-waiting>",
    )]);
}

#[test]
fn rfc3261_20_content() {
    good::<ContentType<'_>>(&[
        ("application/sdp", "application/sdp"),
        ("Multipart/Mixed ; boundary=\"a \\\"b\"", "Multipart/Mixed;boundary=\"a \\\"b\""),
    ]);
    bad::<ContentType<'_>>(&["", "text", "text/", "/plain", "text/plain;", "text/plain charset"]);
    let kind = ContentType::parse("MULTIPART/mixed;Boundary=\"a;b\"").unwrap();
    assert!(kind.is("multipart", "MIXED") && kind.param("boundary").unwrap().as_str() == "a;b");
    for (value, written) in [
        ("application/sdp;", "application/sdp"),
        ("application/sdp ; charset", "application/sdp;charset"),
        ("multipart/mixed;boundary=\"a b\" ; ", "multipart/mixed;boundary=\"a b\""),
        ("multipart/mixed;boundary=b;type=", "multipart/mixed;boundary=b;type"),
        ("text/plain charset=x", "text/plain"),
    ] {
        assert_eq!(MediaType::lenient(value).unwrap().to_string(), written, "{value}");
    }
    assert_eq!(["", "text", "text/;a=b", "/x"].map(MediaType::lenient), [None; 4]);
    assert!(Accept::parse("text/*").unwrap().holds("text", "plain"));
    assert!(Accept::parse("*/*;q=0.1").unwrap().holds("a", "b"));
    assert!(!Accept::parse("text/x").unwrap().holds("text", "plain"));
    good::<ContentDisposition<'_>>(&[
        ("session", "session"),
        ("signal ;Handling=OPTIONAL;x=1", "signal;handling=OPTIONAL;x=1"),
    ]);
    assert!(!ContentDisposition::parse("signal;handling=optional").unwrap().is_required());
    assert!(ContentDisposition::parse("signal").unwrap().is_required());
    let lenient = |value| ContentDisposition::lenient(value).map(|read| read.is_required());
    for (value, required) in [
        ("signal;handling=optional;", Some(false)),
        ("signal ; handling=optional; x=", Some(false)),
        ("signal;handling=\"", Some(true)),
        ("signal;handling", Some(true)),
        (";handling=optional", None),
    ] {
        assert_eq!(lenient(value), required, "{value}");
    }
    good::<ContentId<'_>>(&[(" < a@h > ", "<a@h>")]);
    bad::<ContentId<'_>>(&["", "a@h", "<>", "<a b>", "<a", "<a> b"]);
    assert_eq!(AcceptLanguage::parse("en-gb;q=0.8").unwrap().q(), Some(800));
    good::<InfoPackage<'_>>(&[("infoDTMF;a=b", "infoDTMF;a=b")]);
}

#[test]
fn dialogs_and_subscriptions() {
    good::<Replaces<'_>>(&[(
        "98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff;early-only",
        "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r;early-only",
    )]);
    bad::<Replaces<'_>>(&["", "a", "a;to-tag=1", "a;to-tag=1;from-tag", ";to-tag=1;from-tag=2"]);
    good::<TargetDialog<'_>>(&[(
        "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544",
        "fa77as7dad8-sd98ajzz@host.example.com;remote-tag=6544;local-tag=kkaz-",
    )]);
    good::<Event<'_>>(&[("presence.winfo;id=7;x", "presence.winfo;id=7;x")]);
    good::<SubscriptionState<'_>>(&[(
        "terminated;retry-after=5;reason=timeout;expires=0",
        "terminated;reason=timeout;expires=0;retry-after=5",
    )]);
    bad::<SubscriptionState<'_>>(&["", "active;expires=x"]);
    good::<CSeq<'_>>(&[("4711  INVITE", "4711 INVITE")]);
    bad::<CSeq<'_>>(&["", "1", "2147483648 INVITE", "1 INVITE x"]);
    good::<InReplyTo<'_>>(&[("70710@saturn.bell-tel.com", "70710@saturn.bell-tel.com")]);
    good::<Subject<'_>>(&[(" Need more Boxes, \"é\" ", "Need more Boxes, \"é\"")]);
}

#[test]
fn rfc7433_4_user_to_user() {
    good::<UserToUser<'_>>(&[
        (
            "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui;content=isdn-uui",
            "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui;content=isdn-uui",
        ),
        ("\"a b;c\";foo", "\"a b;c\";foo"),
    ]);
    bad::<UserToUser<'_>>(&["", "a b", ";encoding=hex", "ab;encoding"]);
    let octets =
        |value| UserToUser::parse(value).unwrap().octets().map(Iterator::collect::<Vec<_>>);
    assert_eq!(octets("04fF"), Some(vec![4, 255]));
    assert_eq!([octets("04f"), octets("0x"), octets("04;encoding=b64")], [None, None, None]);
}

#[test]
fn rfc3261_20_43_warning() {
    good::<Warning<'_>>(&[
        (
            "307 isi.edu \"Session parameter 'foo' not understood\"",
            "307 isi.edu \"Session parameter 'foo' not understood\"",
        ),
        ("370 [2001:db8::1]:5060\t\"a, \\\"b\\\"\"", "370 [2001:db8::1]:5060 \"a, \\\"b\\\"\""),
    ]);
    bad::<Warning<'_>>(&[
        "",
        "37 h \"x\"",
        "3700 h \"x\"",
        "370 \"x\"",
        "370 h",
        "370 h x",
        "370 h \"x\" y",
    ]);
}

#[test]
fn rfc3261_20_17_date() {
    let date = |value| Date::parse(value);
    good::<Date>(&[
        ("Sat, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 GMT"),
        ("mon,29 FEB 2016 23:59:60 UTC", "Mon, 29 Feb 2016 23:59:60 GMT"),
    ]);
    assert_eq!(date("Sat, 13 Nov 2010 23:29:00 GMT").unwrap().unix_seconds(), 1_289_690_940);
    assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT").unwrap().unix_seconds(), 0);
    assert_eq!(date("Wed, 31 Dec 1969 23:59:59 GMT").unwrap().unix_seconds(), -1);
    bad::<Date>(&[
        "",
        "Sat, 13 Nov 2010 23:29:00",
        "Sat, 13 Nov 2010 24:29:00 GMT",
        "Sat, 32 Nov 2010 23:29:00 GMT",
        "Sun, 29 Feb 2015 00:00:00 GMT",
        "Sat, 00 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 10 23:29:00 GMT",
        "Xxx, 13 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 2010 23:29:00 CET",
        "Sat, 13 Nov 2010 23:60:00 GMT",
    ]);
}

#[test]
fn numbers_and_times() {
    good::<Expires>(&[("5", "5"), ("00060", "60"), ("99999999999", "4294967295")]);
    bad::<Expires>(&["", "-1", "5;a", "5 6", "5.0"]);
    good::<MaxForwards>(&[("70", "70")]);
    bad::<MaxForwards>(&["4294967296", "x", ""]);
    good::<Timestamp<'_>>(&[("54", "54"), ("54.21  .5", "54.21 .5")]);
    bad::<Timestamp<'_>>(&["", ".5", "x", "1 2 3", "1 x"]);
}

/// Reads `value` as every type there is, and writes and reads that again.
fn as_everything(value: &str) {
    let _ = (again::<Via<'_>>(value), again::<CSeq<'_>>(value), again::<Contact<'_>>(value));
    let _ = (again::<RAck<'_>>(value), again::<RSeq>(value), again::<SessionExpires<'_>>(value));
    let _ = (again::<MinSe<'_>>(value), again::<Require<'_>>(value), again::<Warning<'_>>(value));
    let _ = (again::<WwwAuthenticate<'_>>(value), again::<Authorization<'_>>(value));
    let _ = (again::<AuthenticationInfo<'_>>(value), again::<ResourcePriority<'_>>(value));
    let _ = (again::<Reason<'_>>(value), again::<RetryAfter<'_>>(value), again::<Date>(value));
    let _ = (again::<PEarlyMedia<'_>>(value), again::<Geolocation<'_>>(value));
    let _ = (again::<Diversion<'_>>(value), again::<HistoryInfo<'_>>(value));
    let _ = (again::<Privacy<'_>>(value), again::<PAssertedService<'_>>(value));
    let _ = (again::<Identity<'_>>(value), again::<PChargingVector<'_>>(value));
    let _ = (again::<PAccessNetworkInfo<'_>>(value), again::<GeolocationError<'_>>(value));
    let _ = (again::<CallInfo<'_>>(value), again::<ContentType<'_>>(value));
    let _ = (again::<ContentDisposition<'_>>(value), again::<ContentId<'_>>(value));
    let _ = (again::<InfoPackage<'_>>(value), again::<Replaces<'_>>(value));
    let _ = (again::<TargetDialog<'_>>(value), again::<Event<'_>>(value));
    let _ = (again::<SubscriptionState<'_>>(value), again::<UserToUser<'_>>(value));
    let _ = (again::<Expires>(value), again::<MaxForwards>(value), again::<Timestamp<'_>>(value));
    let _ = (again::<Subject<'_>>(value), again::<InReplyTo<'_>>(value));
    let _ = Via::parse(value).map(|via| (via.overload(), via.keep(), via.alias()));
}

/// What costs the square of its length would be at this for minutes.
#[test]
fn hostile_values_cost_their_length() {
    let starts = ["", "SIP/2.0/UDP h", "<sip:a@h>", "Digest ", "a", "5 "];
    let pieces = [";a", ",a=b", "\"", "(", "<", "\\", ";a=\"", " \r\n ", ";rc=1", "&a%3b", "?a=b"];
    for (start, piece) in starts.iter().flat_map(|start| pieces.map(|piece| (start, piece))) {
        as_everything(&format!("{start}{}", piece.repeat(32_768 / piece.len())));
    }
}

/// Text that is nearly a value of one of the types.
fn nearly() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        Just(""),
        Just("SIP/2.0/UDP h"),
        Just("\"x\" <sip:a@h>"),
        Just("Digest realm=a,nonce=b"),
        Just("Digest username=a,realm=b,nonce=c,uri=d,response=e"),
        Just("icid-value=1"),
        Just("a;info=<https://x>"),
        Just("<sip:a@h?Reason=x>;index=1"),
        Just("399 h \"a\""),
        Just("60"),
    ];
    let piece = prop_oneof![
        "[a-zA-Z0-9.]{1,4}",
        "[;,=\" ()<>\\\\:/@]",
        "\"[a-z\\\\\",;]{0,4}\"",
        ";[a-z]{1,2}=[a-z]",
        ";(cause|index|rc|q|code|id|rport|oc|oc-seq|to-tag|from-tag|handling|privacy)=[0-9a.]{0,3}",
        "\\PC",
    ];
    let pieces = prop::collection::vec(piece, 0..12);
    (start, pieces).prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(text in nearly()) {
        as_everything(&text);
    }
}
