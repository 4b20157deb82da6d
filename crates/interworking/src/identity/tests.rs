use super::*;
use crate::sample::{invite, number};

const URI: &str = "sip:+33199000001@127.0.0.1";

fn calling(from: &str, more: &[&str], trusted: bool) -> Option<Calling> {
    calling_of_invite(&invite(URI, from, more), trusted, &NumberFormat::default())
}

#[test]
fn rfc3325_5_only_a_trusted_peer_asserts() {
    let from = "\"Bob\" <sip:+33639980001@127.0.0.1>";
    let asserted = ["P-Asserted-Identity: <sip:bob@127.0.0.1>, <tel:+33639980002>"];
    let number_of = |trusted| calling(from, &asserted, trusted).unwrap();
    assert_eq!(number_of(true).number, number("33639980002"));
    assert!(number_of(true).verified);
    assert_eq!(number_of(false).number, number("33639980001"));
    assert!(!number_of(false).verified);
    let spelt = calling("<sip:0639980001@127.0.0.1>", &[], true).unwrap();
    assert_eq!((spelt.number, spelt.verified), (number("33639980001"), false));
    assert_eq!(calling("<sip:alice@127.0.0.1>", &[], true), None);
}

#[test]
fn rfc3323_4_2_privacy_restricts() {
    let from = "<sip:+33639980001@127.0.0.1>";
    for (privacy, restricted) in [
        ("Privacy: id", true),
        ("Privacy: header; critical", true),
        ("Privacy: none", false),
        ("Privacy: session;USER", true),
        ("Subject: id", false),
    ] {
        assert_eq!(calling(from, &[privacy], false).unwrap().restricted, restricted, "{privacy}");
    }
    let anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
    let asserted = ["P-Asserted-Identity: <tel:+33639980002>"];
    assert_eq!(calling(anonymous, &asserted, false), None);
    assert!(calling(anonymous, &asserted, true).unwrap().restricted);
}

#[test]
fn rfc3325_6_a_restricted_number_is_told_to_trusted_peers_only() {
    let tell = |restricted, verified, trusted| {
        let calling = Calling { number: number("33639980001"), restricted, verified };
        identity_for_sip(Some(&calling), trusted, "127.0.0.1:5060", &NumberFormat::default())
    };
    let number = "<sip:+33639980001@127.0.0.1:5060;user=phone>";
    let asserted = ("P-Asserted-Identity", number.to_owned());
    let private = ("Privacy", "id".to_owned());
    for verified in [false, true] {
        let hidden = tell(true, verified, false);
        assert!(!hidden.from.contains("639980001"));
        assert_eq!(hidden.headers, std::slice::from_ref(&private));
        let trusted = tell(true, verified, true);
        assert!(!trusted.from.contains("639980001"));
        assert_eq!(trusted.headers, [asserted.clone(), private.clone()]);
    }
    assert_eq!(tell(false, true, true), Identity { from: number.into(), headers: vec![asserted] });
    assert_eq!(tell(false, true, false), Identity { from: number.into(), headers: vec![] });
    assert_eq!(tell(false, false, true), Identity { from: number.into(), headers: vec![] });
    let nobody = identity_for_sip(None, true, "127.0.0.1:5060", &NumberFormat::default());
    assert_eq!(nobody, Identity { from: "<sip:127.0.0.1:5060>".into(), headers: vec![] });
}
