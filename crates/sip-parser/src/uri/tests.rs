use proptest::prelude::*;

use super::*;

fn sip(uri: &str) -> SipUri<'_> {
    match Uri::parse(uri) {
        Some(Uri::Sip(uri)) => uri,
        other => panic!("{uri}: {other:?}"),
    }
}

fn tel(uri: &str) -> TelUri<'_> {
    match Uri::parse(uri) {
        Some(Uri::Tel(uri)) => uri,
        other => panic!("{uri}: {other:?}"),
    }
}

fn same(one: &str, other: &str) -> bool {
    let (one, other) = (Uri::parse(one).unwrap(), Uri::parse(other).unwrap());
    assert_eq!(one.is_same(&other), other.is_same(&one));
    one.is_same(&other)
}

#[test]
fn rfc3261_19_1_4_same() {
    for (one, other) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("urn:service:sos", "URN:Service:sos"),
        ("x-thing:a", "X-Thing:a"),
        // RFC 5954 §4.2
        ("sip:bob@[2001:db8::9:1]", "sip:bob@[2001:DB8:0::0009:01]"),
        ("sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
}

#[test]
fn rfc3261_19_1_4_not_same() {
    for (one, other) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sips:a@b", "sip:a@b"),
        ("sip:[2001:db8::1]", "sip:[2001:db8::2]"),
        ("sip:[1:2]", "sip:[1:02]"),
        ("sip:a%3Bb@c", "sip:a;b@c"),
        ("sip:a:x@b", "sip:a@b"),
        ("sip:a@b?x=1&x=1&y=2", "sip:a@b?x=1&y=2&y=2"),
        ("sip:a@b", "tel:+33199000000"),
        ("urn:service:sos", "urn:service:sos.fire"),
    ] {
        assert!(!same(one, other), "{one} {other}");
    }
}

#[test]
fn rfc3966_4_same() {
    assert!(same("tel:+33-199-00.00(00)", "tel:+33199000000"));
    assert!(same("tel:+33199000000;ext=1-2;isub=a", "tel:+33199000000;ISUB=A;ext=12"));
    assert!(same("tel:123;phone-context=+33-1", "tel:123;phone-context=+331"));
    assert!(same("tel:1A;phone-context=Example.net", "tel:1a;phone-context=example.NET"));
    assert!(!same("tel:+33199000000", "tel:33199000000;phone-context=x"));
    assert!(!same("tel:+33199000000;ext=12", "tel:+33199000000"));
    assert!(!same("tel:+33199000000;ext=12", "tel:+33199000000;ext=13"));
}

#[test]
fn urls_with_many_parameters_are_compared_with_nothing() {
    let many = format!("sip:a@b{}", ";a".repeat(65));
    assert!(!same(&many, &many));
    assert!(same(&format!("sip:a@b{}", ";a".repeat(64)), "sip:a@b"));
}

#[test]
fn rfc3966_numbers() {
    let uri = tel("tel:+33-1-99-00-00-00;isub=12%20;ext=7;x");
    assert_eq!(uri.digits().collect::<String>(), "33199000000");
    assert_eq!((uri.isub(), uri.ext(), uri.context()), (Some("12%20"), Some("7"), None));
    assert!(uri.is_global() && uri.is_well_formed());
    assert!(tel("tel:*31#;phone-context=example.net").is_well_formed());
    for wrong in
        ["tel:123", "tel:+", "tel:+12;phone-context=x", "tel:+1A", "tel:1+2;phone-context=x"]
    {
        assert!(!tel(wrong).is_well_formed(), "{wrong}");
    }
}

#[test]
fn rfc4694_number_portability() {
    let uri = tel("tel:+33199000000;npdi;rn=+33199000001;cic=0123;cic-context=+33;rn-context=x");
    assert_eq!((uri.npdi(), uri.rn(), uri.cic()), (true, Some("+33199000001"), Some("0123")));
    assert_eq!((uri.cic_context(), uri.rn_context()), (Some("+33"), Some("x")));
}

#[test]
fn rfc4904_trunk_groups() {
    let uri = sip("sip:+33199000000;tgrp=TG-1;trunk-context=example.net@h;user=phone");
    assert_eq!(uri.telephone().unwrap().trunk_group(), Some(("TG-1", "example.net")));
    assert_eq!(tel("tel:+33199000000;tgrp=TG-1").trunk_group(), None);
}

#[test]
fn rfc3261_19_1_6_telephone_users() {
    let uri = sip("sip:+33-199;rn=1@h;user=PHONE");
    let number = uri.telephone().unwrap();
    assert_eq!((number.number, number.rn()), ("+33-199", Some("1")));
    for none in ["sip:+33@h", "sip:bob@h;user=phone", "sip:1:2@h;user=phone", "sip:h;user=phone"] {
        assert_eq!(sip(none).telephone(), None, "{none}");
    }
}

#[test]
fn unknown_schemes_pass() {
    let uri = Uri::parse("Mailto:a@b?x").unwrap();
    assert_eq!(uri, Uri::Other { scheme: "Mailto", rest: "a@b?x" });
}

#[test]
fn headers_of_a_uri() {
    let uri = sip("sip:a@b?Reason=SIP%3Bcause%3D302&x&&y=");
    let fields: Vec<_> = uri.header_fields().collect();
    assert_eq!(fields, [("Reason", "SIP%3Bcause%3D302"), ("x", ""), ("y", "")]);
    assert_eq!(unescape_uri("SIP%3bcause%3D302%"), "SIP;cause=302%");
    assert_eq!(unescape_uri("%ff%4"), "\u{fffd}%4");
}

proptest! {
    #[test]
    fn what_is_escaped_is_unescaped_the_same(user in "\\PC{1,12}") {
        let escaped = escape_user(&user);
        prop_assert_eq!(unescape_uri(&escaped), user.as_str());
        let uri = format!("sip:{escaped}@h");
        prop_assert_eq!(sip(&uri).user, Some(&*escaped));
    }

    #[test]
    fn a_uri_is_itself(uri in "(sip|tel):[a-z0-9+;=%@.-]{1,20}") {
        if let Some(uri) = Uri::parse(&uri) {
            prop_assert!(uri.is_same(&uri));
        }
    }
}
