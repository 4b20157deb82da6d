use proptest::prelude::*;

use super::*;

/// Pieces that values are made of, the usual ones first.
const PIECES: &[&str] = &[
    "SIP/2.0/UDP ",
    "192.0.2.1",
    ":5060",
    ";branch=z9hG4bK-1",
    ";rport",
    ";tag=1",
    ";lr",
    "\"Bob\" ",
    "Bob ",
    "<sip:bob@example.net;user=phone>",
    "sip:bob@example.net",
    "tel:+33199000001",
    "1 INVITE",
    "?a=b",
    ";",
    "=",
    ",",
    "<",
    ">",
    "\"",
    "\\",
    ":",
    " ",
    "\t",
    "\r\n ",
    "*",
    "[2001:db8::1]",
    "@",
    "/",
    "é",
    "0",
    "65536",
    "4294967296",
    "0000000001",
    "99999999999",
    "\u{1}",
    "a",
    "SIP / 2.0 / TCP",
    ";x=\"q;u,o<t>e\"",
    "%",
];

fn value() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..8);
    let likely = prop::sample::select(
        &[
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport;received=192.0.2.2",
            "SIP/2.0/TCP h;branch=1",
            "\"Bob\" <sip:bob@example.net;user=phone>;tag=1",
            "Bob B <sip:bob@example.net>",
            "<sip:+33199000001@192.0.2.1:5060;transport=udp>;q=0.5;expires=60",
            "sip:bob@example.net;tag=1",
            "314159 INVITE",
            "example.net:5060;user=phone;lr?a=b",
        ][..],
    );
    let changed = (likely, any::<prop::sample::Index>(), 0..3_usize, prop::sample::select(PIECES));
    prop_oneof![
        pieces.prop_map(|pieces| pieces.concat().into_bytes()),
        changed.prop_map(|(text, at, removed, piece)| {
            let mut text = text.as_bytes().to_vec();
            let at = at.index(text.len() + 1);
            let end = (at + removed).min(text.len());
            text.splice(at..end, piece.bytes());
            text
        }),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// What is read here is what the grammar reads, and is one element where lists are split.
    #[test]
    fn the_shortcut_says_what_the_grammar_says(value in value()) {
        let one = || grammar::elements(&value).eq([&value[..]]);
        if let Some(parts) = via(&value) {
            prop_assert_eq!(Some(parts), grammar::only(grammar::via, &value));
            prop_assert!(one());
            prop_assert_eq!(parts.version, b"2.0");
        }
        if let Some(parts) = name_addr(&value) {
            prop_assert_eq!(Some(parts), grammar::only(grammar::name_addr, &value));
            prop_assert!(parts.uri != b"*");
            prop_assert!(one());
        }
        if let Some(parts) = cseq(&value) {
            prop_assert_eq!(Some(parts), grammar::only(grammar::cseq, &value));
        }
        if let Some(parts) = host_port(&value) {
            prop_assert_eq!(Ok(parts), grammar::host_port(&value).map(|(_, parts)| parts));
        }
        if let Some(found) = param(&value) {
            prop_assert_eq!(Ok(found), grammar::param(&value));
        }
    }
}

#[test]
fn the_usual_shapes_take_the_shortcut() {
    let vias = [
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;rport",
        "SIP/2.0/TLS sbc.example.net;branch=z9hG4bK1",
    ];
    assert!(vias.iter().all(|value| via(value.as_bytes()).is_some()));
    let addresses = [
        "<sip:bob@example.net>",
        "\"Bob \\\" B\" <sip:bob@example.net;user=phone>;tag=1",
        "Bob <tel:+33199000001>;tag=1",
        "sip:bob@example.net;tag=1",
    ];
    assert!(addresses.iter().all(|value| name_addr(value.as_bytes()).is_some()));
    assert!(cseq(b"1 INVITE").is_some());
    assert!(host_port(b"192.0.2.1:5060;transport=tcp").is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// However a Via is read, it says the same.
    #[test]
    fn a_via_read_in_one_go_is_what_its_parts_say(value in value()) {
        let Ok(value) = std::str::from_utf8(&value) else { return Ok(()) };
        let parts = grammar::only_via(value.as_bytes());
        let any = parts.map(|parts| parts.view(value));
        prop_assert_eq!(grammar::read_via(value, true), any);
        let ours = any.filter(|_| parts.is_some_and(|parts| parts.version == b"2.0"));
        prop_assert_eq!(grammar::read_via(value, false), ours);
    }
}
