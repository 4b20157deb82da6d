//! The torture messages of RFC 4475 (bit-exact, from its appendix) and RFC 5118 (from its text,
//! with line ends and the three wrong Content-Lengths of its print mended), against our own table
//! of what happens to each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use bytes::Bytes;
use sip_parser::{Limits, Line, Message, Method, Name, ParseError, Uri, peek, sdp};

/// What becomes of a message.
#[derive(Debug, PartialEq)]
enum Fate {
    Accepted,
    /// Refused: status, phrase, and whether it can be answered.
    Refused(u16, &'static str, bool),
}
use Fate::{Accepted, Refused};

const TABLE: &[(&str, Fate)] = &[
    // RFC 4475 §3.1.1: valid
    ("wsinv", Accepted),
    ("intmeth", Accepted),
    ("esc01", Accepted),
    ("escnull", Accepted),
    ("esc02", Accepted),
    ("lwsdisp", Accepted),
    ("longreq", Accepted),
    ("dblreq", Accepted),
    ("semiuri", Accepted),
    ("transports", Accepted),
    ("mpart01", Accepted),
    ("unreason", Accepted),
    ("noreason", Accepted),
    // §3.1.2: invalid
    ("badinv01", Refused(400, "Bad Via", true)),
    ("clerr", Refused(400, "Bad Content-Length", true)),
    ("ncl", Refused(400, "Bad Content-Length", true)),
    ("scalar02", Refused(400, "Bad CSeq", true)),
    ("scalarlg", Refused(400, "Bad CSeq", true)),
    ("quotbal", Refused(400, "Bad To", true)),
    ("ltgtruri", Refused(400, "Bad Request-URI", true)),
    ("lwsruri", Refused(400, "Bad Request-URI", true)),
    ("lwsstart", Refused(400, "Bad Request Line", true)),
    ("trws", Refused(400, "Bad Request Line", true)),
    // "may ignore the escaped header field": nothing is ever taken from there
    ("escruri", Accepted),
    // a date that nobody needs harms nobody
    ("baddate", Accepted),
    ("regbadct", Refused(400, "Bad Contact", true)),
    ("badaspec", Refused(400, "Bad To", true)),
    ("baddn", Refused(400, "Bad From", true)),
    ("badvers", Refused(505, "Version Not Supported", true)),
    ("mismatch01", Refused(400, "CSeq Method Mismatch", true)),
    ("mismatch02", Refused(400, "CSeq Method Mismatch", true)),
    ("bigcode", Refused(400, "Bad Status Code", true)),
    // §3.2: the transaction layer's to judge
    ("badbranch", Accepted),
    // §3.3: the application's to judge, unless the parser can see it
    ("insuf", Refused(400, "Missing From", true)),
    ("unkscm", Accepted),
    ("novelsc", Accepted),
    ("unksm2", Accepted),
    ("bext01", Accepted),
    ("invut", Accepted),
    ("regaut01", Accepted),
    ("multi01", Refused(400, "Duplicate CSeq", true)),
    ("mcl01", Refused(400, "Duplicate Content-Length", true)),
    ("bcast", Accepted),
    ("zeromf", Accepted),
    ("cparam01", Accepted),
    ("cparam02", Accepted),
    ("regescrt", Accepted),
    ("sdp01", Accepted),
    // §3.4: RFC 2543
    ("inv2543", Accepted),
    // in the archive, in no clause: no SIP version in its start line
    ("test", Refused(0, "", false)),
    // RFC 5118
    ("ipv6-good", Accepted),
    ("ipv6-bad", Refused(400, "Bad Request-URI", true)),
    ("port-ambiguous", Accepted),
    ("port-unambiguous", Accepted),
    ("via-received-param-with-delim", Accepted),
    ("via-received-param-no-delim", Accepted),
    ("ipv6-in-sdp", Accepted),
    ("mult-ip-in-header", Accepted),
    ("mult-ip-in-sdp", Accepted),
    ("ipv4-mapped-ipv6", Accepted),
    ("ipv6-bug-abnf-3-colons", Accepted),
    ("ipv6-correct-abnf-2-colons", Accepted),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/torture")
}

fn read(name: &str) -> Bytes {
    std::fs::read(folder().join(name).with_extension("dat")).unwrap().into()
}

fn parse(name: &str) -> Message {
    Message::parse(read(name), &Limits::default()).unwrap()
}

#[test]
fn every_message_meets_its_fate() {
    let mut wrong = Vec::new();
    for (name, fate) in TABLE {
        let found = match Message::parse(read(name), &Limits::default()) {
            Ok(_) => Accepted,
            Err(ParseError::NotSip) => Refused(0, "", false),
            Err(ParseError::Broken(b)) => Refused(b.status, b.phrase, b.message.is_some()),
        };
        if found != *fate {
            wrong.push(format!("{name}: {found:?}, not {fate:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_knows_every_file() {
    let known: BTreeSet<String> = TABLE.iter().map(|row| row.0.to_owned()).collect();
    let stored = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let stored = stored.filter(|path| path.extension().is_some_and(|dat| dat == "dat"));
    let stored: BTreeSet<_> =
        stored.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(known, stored);
}

#[test]
fn wsinv_folds_compact_forms_and_white_space_everywhere() {
    let message = parse("wsinv");
    assert_eq!(message.uri(), Some("sip:vivekg@chair-dnrc.example.com;unknownparam"));
    assert_eq!(message.to().uri, "sip:vivekg@chair-dnrc.example.com");
    assert_eq!(message.to().tag(), Some("1918181833n"));
    assert_eq!(message.from().display_text().unwrap(), r#"J Rosenberg \""#);
    assert_eq!(message.from().tag(), Some("98asjd8"));
    assert_eq!(message.max_forwards(), Some(68));
    assert_eq!(message.call_id(), "wsinv.ndaksdj@192.0.2.1");
    assert_eq!((message.cseq().number, message.cseq().method), (9, "INVITE"));
    let vias: Vec<_> = message.vias().map(|via| (via.transport, via.host, via.branch)).collect();
    assert_eq!(
        vias,
        [
            ("UDP", "192.0.2.2", Some("390skdjuw")),
            ("TCP", "spindle.example.com", Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111", Some("z9hG4bK30239")),
        ]
    );
    assert_eq!(message.header(Name::Subject), Some(""));
    assert_eq!(
        message.named("newfangledheader").next(),
        Some("newfangled value continued newfangled value")
    );
    assert_eq!(message.named("UnknownHeaderWithUnusualValue").next(), Some(";;,,;;,;"));
    let routes: Vec<_> = message.name_addrs(Name::Route).map(|route| route.uri).collect();
    assert_eq!(routes, ["sip:services.example.com;lr;unknownwith=value;unknown-no-value"]);
    let contact = message.contact().unwrap();
    assert_eq!(contact.display_text().unwrap(), "Quoted string \"\"");
    assert_eq!(contact.uri, "sip:jdrosen@example.com");
    assert_eq!(contact.params.get("newparam"), Some(Some("newvalue")));
    assert_eq!(contact.params.get("secondparam"), Some(None));
    assert_eq!(contact.params.value("q"), Some("0.33"));
    assert_eq!(message.body().len(), 150);
    sdp::SessionDescription::parse(&message.body()).unwrap();
}

#[test]
fn methods_are_case_sensitive_tokens() {
    let message = parse("intmeth");
    assert_eq!(message.method(), Method::Other);
    let Line::Request { method, uri } = message.line() else { panic!() };
    assert_eq!(method, "!interesting-Method0123456789_*+`.%indeed'~");
    let Some(Uri::Sip(uri)) = Uri::parse(uri) else { panic!("{uri}") };
    assert_eq!(uri.host, "example.com");
    assert_eq!(uri.user, Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(message.to().display.unwrap().as_bytes(), b"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f");
    assert_eq!(message.cseq().method, method);
    // esc02: %47 in a method is not G
    assert_eq!(parse("esc02").method(), Method::Other);
}

#[test]
fn escapes_stay_as_they_are() {
    let message = parse("esc01");
    let Some(Uri::Sip(uri)) = Uri::parse(message.uri().unwrap()) else { panic!() };
    assert_eq!((uri.user, uri.host), (Some("sips%3Auser%40example.com"), "example.net"));
    let message = parse("semiuri");
    let Some(Uri::Sip(uri)) = Uri::parse(message.uri().unwrap()) else { panic!() };
    assert_eq!((uri.user, uri.host), (Some("user;par=u%40example.net"), "example.com"));
    assert_eq!(uri.params.iter().count(), 0);
}

#[test]
fn contents_that_acceptance_hides() {
    // §3.1.1.8: what follows the body in a datagram is no part of the message.
    assert_eq!(parse("dblreq").body().len(), 0);
    assert_eq!(parse("dblreq").method(), Method::Register);
    assert_eq!(parse("longreq").vias().count(), 34);
    assert_eq!(parse("lwsdisp").from().display, Some("caller"));
    let transports: Vec<_> =
        parse("transports").vias().map(|via| via.transport.to_owned()).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
    let message = parse("unreason");
    let phrase = "= 2**3 * 5**2 но сто девяносто девять - простое";
    assert_eq!(message.line(), Line::Response { status: 200, phrase });
    assert_eq!(parse("noreason").line(), Line::Response { status: 100, phrase: "" });
    assert!(parse("mpart01").body().windows(2).any(|pair| pair[0] > 0x7f));
    assert_eq!(parse("inv2543").body().len(), 105);
    assert_eq!(parse("cparam01").contact().unwrap().params.get("unknownparam"), Some(None));
    assert_eq!(parse("cparam02").contact().unwrap().params.iter().count(), 0);
    assert_eq!(parse("zeromf").max_forwards(), Some(0));
}

#[test]
fn ipv6_references() {
    let message = parse("port-unambiguous");
    let Some(Uri::Sip(uri)) = Uri::parse(message.uri().unwrap()) else { panic!() };
    assert_eq!((uri.host, uri.port), ("[2001:db8::10]", Some(5070)));
    let message = parse("port-ambiguous");
    let Some(Uri::Sip(uri)) = Uri::parse(message.uri().unwrap()) else { panic!() };
    assert_eq!((uri.host, uri.port), ("[2001:db8::10:5070]", None));
    let received = |name: &str| parse(name).top_via().received.map(str::to_owned);
    assert_eq!(received("via-received-param-with-delim").unwrap(), "[2001:db8::9:255]");
    assert_eq!(received("via-received-param-no-delim").unwrap(), "2001:db8::9:255");
    let message = parse("ipv4-mapped-ipv6");
    assert_eq!(
        (message.top_via().host, message.top_via().port),
        ("[::ffff:192.0.2.10]", Some(19823))
    );
    for name in ["ipv6-in-sdp", "mult-ip-in-sdp", "ipv4-mapped-ipv6"] {
        sdp::SessionDescription::parse(&parse(name).body()).unwrap();
    }
}

#[test]
fn peek_reads_what_the_parse_reads() {
    for (name, fate) in TABLE {
        let bytes = read(name);
        let peek = peek(&bytes);
        assert_eq!(peek.is_some(), *fate != Refused(0, "", false), "{name}");
        if let (Some(peek), Accepted) = (peek, fate) {
            let message = parse(name);
            assert_eq!(peek.call_id, Some(message.call_id()), "{name}");
            assert_eq!(peek.branch, message.top_via().branch, "{name}");
            assert_eq!(peek.from_tag, message.from().tag(), "{name}");
            assert_eq!(peek.to_tag, message.to().tag(), "{name}");
        }
    }
}
