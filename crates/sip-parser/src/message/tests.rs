use super::*;
use crate::{Broken, SipUri, TelUri, Uri, peek};

const LINES: &str = "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n\
    From: \"A\" <sip:a@127.0.0.1;x=1>;tag=f\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: 1@h\r\n\
    CSeq: 1 INVITE\r\n";

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn invite(lines: &str) -> String {
    format!("INVITE sip:b@127.0.0.1 SIP/2.0\r\n{lines}\r\n")
}

fn parse(text: &str) -> Result<Message, ParseError> {
    Message::parse(bytes(text), &Limits::default())
}

fn broken(text: &str, limits: &Limits) -> Broken {
    match Message::parse(bytes(text), limits) {
        Err(ParseError::Broken(broken)) => *broken,
        other => panic!("{other:?} of {text}"),
    }
}

/// Status and phrase of a message that is refused, and can be.
fn refused(text: &str) -> (u16, &'static str) {
    let broken = broken(text, &Limits::default());
    assert!(broken.message.is_some(), "{} of {text}", broken.phrase);
    (broken.status, broken.phrase)
}

#[test]
fn a_request_and_all_that_is_asked_of_it() {
    let extra = "Contact: <sip:a@127.0.0.1:5070>\r\nP-Asserted-Identity: \"x, y\" <sip:a,b@h>, <tel:+33199000001>\r\n\
        k: timer, ,100rel\r\nSupported:\r\nSubject: a, b\r\nX-Y:1\r\nx-y: 2\r\n";
    let message = parse(&format!("{}hello", invite(&format!("{LINES}{extra}")))).unwrap();
    assert_eq!(message.line(), Line::Request { method: "INVITE", uri: "sip:b@127.0.0.1" });
    assert_eq!((message.method(), message.is_request()), (Method::Invite, true));
    assert_eq!((message.uri(), message.status()), (Some("sip:b@127.0.0.1"), None));
    assert_eq!((message.call_id(), message.max_forwards()), ("1@h", Some(70)));
    assert_eq!(message.cseq(), CSeq { number: 1, method: "INVITE" });
    let via = message.top_via();
    assert_eq!((via.transport, via.host, via.port), ("UDP", "127.0.0.1", Some(5070)));
    assert_eq!((via.branch, via.rport, via.received), (Some("z9hG4bK1"), Some(None), None));
    assert_eq!(via.params.as_str(), ";branch=z9hG4bK1;rport");
    assert_eq!((message.from().display, message.from().tag()), (Some("A"), Some("f")));
    assert_eq!(message.from().uri, "sip:a@127.0.0.1;x=1");
    assert_eq!((message.to().display, message.to().tag()), (None, None));
    assert_eq!(message.contact().unwrap().uri, "sip:a@127.0.0.1:5070");
    let uris: Vec<_> = message.name_addrs(Name::PAssertedIdentity).map(|a| a.uri).collect();
    assert_eq!(uris, ["sip:a,b@h", "tel:+33199000001"]);
    assert!(message.values(Name::Supported).eq(["timer", "100rel"]));
    assert!(message.values(Name::Subject).eq(["a, b"]));
    assert!(message.named("X-y").eq(["1", "2"]));
    assert_eq!(message.header(Name::Other), None);
    assert_eq!(message.headers().count(), 13);
    assert_eq!(message.headers().nth(8), Some(("k", "timer, ,100rel")));
    assert_eq!(message.body(), "hello");
}

#[test]
fn a_response() {
    let text = format!("SIP/2.0 183 Session Progress\r\n{LINES}\r\n");
    let message = parse(&text).unwrap();
    assert_eq!(message.line(), Line::Response { status: 183, phrase: "Session Progress" });
    assert_eq!(
        (message.method(), message.status(), message.uri()),
        (Method::Invite, Some(183), None)
    );
    for line in ["SIP/2.0 200 ", "SIP/2.0 200", "sip/2.0 200 OK"] {
        assert_eq!(parse(&format!("{line}\r\n{LINES}\r\n")).unwrap().status(), Some(200), "{line}");
    }
    for line in [
        "SIP/2.0",
        "SIP/2.0 20 OK",
        "SIP/2.0 700 X",
        "SIP/2.0 099 X",
        "SIP/2.0  200 OK",
        "SIP/2.0 +20 X",
    ] {
        let broken = broken(&format!("{line}\r\n{LINES}\r\n"), &Limits::default());
        assert_eq!(broken.phrase, "Bad Status Code", "{line}");
        assert!(broken.message.is_some_and(|message| !message.is_request()), "{line}");
    }
}

#[test]
fn what_is_no_sip() {
    for text in [
        "",
        "\r\n\r\n",
        "\0\0\0\0",
        "GET / HTTP/1.1\r\n\r\n",
        "INVITE sip:b@h\r\n\r\n",
        "hello",
        "SIP",
    ] {
        assert!(matches!(parse(text), Err(ParseError::NotSip)), "{text:?}");
        assert_eq!(peek(text.as_bytes()), None, "{text:?}");
    }
    // RFC 3261 §7.5
    assert!(parse(&format!("\r\n\r\n{}", invite(LINES))).is_ok());
}

#[test]
fn start_lines() {
    let with = |line: &str| refused(&format!("{line}\r\n{LINES}\r\n"));
    assert_eq!(with("INVITE sip:b@h SIP/3.0"), (505, "Version Not Supported"));
    assert_eq!(with("INVITE sip:b@h SIP/2.01"), (505, "Version Not Supported"));
    assert_eq!(with("INVITE sip:b@h SIP/two"), (400, "Bad SIP-Version"));
    assert_eq!(with("INVITE  sip:b@h SIP/2.0"), (400, "Bad Request Line"));
    assert_eq!(with("INVITE sip:b@h  SIP/2.0"), (400, "Bad Request Line"));
    assert_eq!(with("INVITE sip:b@h SIP/2.0 "), (400, "Bad Request Line"));
    assert_eq!(with("INV,ITE sip:b@h SIP/2.0"), (400, "Bad Method"));
    assert_eq!(with(" INVITE sip:b@h SIP/2.0").0, 400);
    assert_eq!(with("INVITE SIP/2.0").0, 400);
    for uri in [
        "<sip:b@h>",
        "sip:b @h",
        "b@h",
        "sip:",
        "sip:@h",
        "sip:b@",
        "sip:b@h:x",
        "sip:b@h:66000",
        "sip:b@[::1",
        "tel:",
        "tel:x y",
        "1sip:b",
        "sip:é@h",
        "sip:b@h;<x>",
        "\"sip:b@h\"",
    ] {
        assert_eq!(with(&format!("INVITE {uri} SIP/2.0")), (400, "Bad Request-URI"), "{uri}");
    }
    for uri in [
        "sip:h",
        "sips:b@h:5061;lr",
        "sip:b@[::1]:5070",
        "tel:+33-1-99-00;rn=x",
        "urn:service:sos",
        "sip:a;b=c@h?x=y",
        "SIP:b@h",
        "im:b@h",
        "*:x",
        "sip:under_score",
    ] {
        let fine = parse(&format!("INVITE {uri} SIP/2.0\r\n{LINES}\r\n")).is_ok();
        assert_eq!(fine, !uri.starts_with('*'), "{uri}");
    }
}

#[test]
fn methods_are_case_sensitive() {
    for method in ["INVITEX", "invite", "Invite", "INVIT", "FOO"] {
        let text = invite(LINES).replace("INVITE", method);
        assert_eq!(parse(&text).unwrap().method(), Method::Other, "{method}");
    }
    assert_eq!(
        refused(&invite(&LINES.replace("1 INVITE", "1 invite"))),
        (400, "CSeq Method Mismatch")
    );
}

#[test]
fn what_is_missing_is_named() {
    for (line, phrase) in [
        ("From", "Missing From"),
        ("To", "Missing To"),
        ("Call-ID", "Missing Call-ID"),
        ("CSeq", "Missing CSeq"),
        ("Via", "Missing Via"),
    ] {
        let lines = LINES.replace(&format!("{line}:"), "X:");
        let broken = broken(&invite(&lines), &Limits::default());
        assert_eq!((broken.status, broken.phrase), (400, phrase));
        // RFC 4475 §3.3.1: by Via and CSeq the sender knows the answer.
        assert_eq!(broken.message.is_some(), !matches!(line, "Via" | "CSeq"), "{line}");
    }
    // RFC 3261 §16.3: tolerated
    let message = parse(&invite(&LINES.replace("Max-Forwards: 70\r\n", ""))).unwrap();
    assert_eq!(message.max_forwards(), None);
    assert_eq!(refused(invite(LINES).trim_end()), (400, "Missing Empty Line"));
}

#[test]
fn what_is_twice_is_refused() {
    for line in [
        "From: <sip:a@h>;tag=f",
        "t: <sip:b@127.0.0.1>",
        "i: 1@h",
        "CSEQ: 1 INVITE",
        "max-forwards: 70",
    ] {
        let (status, phrase) = refused(&invite(&format!("{LINES}{line}\r\n")));
        assert!(status == 400 && phrase.starts_with("Duplicate "), "{line}: {phrase}");
    }
    let twice = |one: &str, two: &str| refused(&invite(&format!("{LINES}{one}\r\n{two}\r\n")));
    assert_eq!(twice("l: 0", "Content-Length: 0"), (400, "Duplicate Content-Length"));
    assert_eq!(twice("c: a/b", "Content-Type: a/b"), (400, "Duplicate Content-Type"));
}

#[test]
fn bad_values_are_named() {
    let with = |from: &str, to: &str| {
        assert!(LINES.contains(from), "{from}");
        let broken = broken(&invite(&LINES.replace(from, to)), &Limits::default());
        (broken.status, broken.phrase)
    };
    for cseq in [
        "x INVITE",
        "1INVITE",
        "1",
        "2147483648 INVITE",
        "-1 INVITE",
        "1 INVITE x",
        "1 IN,VITE",
        "",
    ] {
        assert_eq!(with("1 INVITE", cseq), (400, "Bad CSeq"), "{cseq}");
    }
    for via in [
        "SIP/2.0 h",
        "SIP/2.0/UDP",
        "SIP/3.0/UDP h",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDP h,",
        "UDP h",
        "HTTP/2.0/UDP h",
        "SIP/2.0/UDP h:70000",
    ] {
        assert_eq!(
            with("SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1;rport", via),
            (400, "Bad Via"),
            "{via}"
        );
    }
    for to in [
        "<sip:b@h",
        "sip:b@h>",
        "\"b <sip:b@h>",
        "b",
        "<b>",
        "< sip:b@h>",
        "<sip:b@h>x",
        "<sip:b@h>;",
        "sip:b@h?x=y",
        "*",
        "b, c <sip:b@h>",
        "<sip:b@h>, <sip:c@h>",
        "<sip:b@h>;tag=\"x",
    ] {
        assert_eq!(with("<sip:b@127.0.0.1>", to), (400, "Bad To"), "{to}");
    }
    for id in ["", "a b", "a,b", "é"] {
        assert_eq!(with("1@h", id), (400, "Bad Call-ID"), "{id}");
    }
    for hops in ["256", "-1", "+1", "x", ""] {
        assert_eq!(
            with("Max-Forwards: 70", &format!("Max-Forwards: {hops}")),
            (400, "Bad Max-Forwards")
        );
    }
    let add = |line: &str| refused(&invite(&format!("{LINES}{line}\r\n")));
    assert_eq!(add("m: <sip:x"), (400, "Bad Contact"));
    assert_eq!(add("Route: *"), (400, "Bad Route"));
    assert_eq!(add("Record-Route: <sip:x>, "), (400, "Bad Record-Route"));
    assert_eq!(add("No colon"), (400, "Bad Header Line"));
    assert_eq!(add(": x"), (400, "Bad Header Line"));
    assert_eq!(add("a b: x"), (400, "Bad Header Line"));
}

#[test]
fn white_space_where_the_grammar_allows_it() {
    let lines = "VIA \t:  SIP / 2.0 / UDP \t 127.0.0.1 : 5070 ; branch = z9hG4bK1 ;\r\n rport\r\n\
        f:sip:a@h ;\r\n\ttag\r\n = \r\n f\r\nTo :\r\n  B\r\n b\t<sip:b@h>\r\nCall-ID\t: 1@h  \r\nCSeq:  0001 \r\n INVITE\r\n";
    let message = parse(&invite(lines)).unwrap();
    let via = message.top_via();
    assert_eq!(
        (via.host, via.port, via.branch, via.rport),
        ("127.0.0.1", Some(5070), Some("z9hG4bK1"), Some(None))
    );
    assert_eq!((message.from().uri, message.from().tag()), ("sip:a@h", Some("f")));
    assert_eq!((message.to().display, message.to().uri), (Some("B b"), "sip:b@h"));
    assert_eq!((message.call_id(), message.cseq().number), ("1@h", 1));
    assert_eq!(message.header(Name::To), Some("B b\t<sip:b@h>"));
    let text = invite(lines);
    let peek = peek(text.as_bytes()).unwrap();
    assert_eq!(
        (peek.call_id, peek.branch, peek.from_tag, peek.to_tag),
        (Some("1@h"), Some("z9hG4bK1"), Some("f"), None)
    );
}

#[test]
fn lines_end_in_crlf_and_nothing_else() {
    assert_eq!(refused(&invite(LINES).replace("\r\n", "\n")), (400, "Line Without CRLF"));
    assert_eq!(refused(&invite(&LINES.replace("70\r\n", "70\n"))), (400, "Line Without CRLF"));
    assert_eq!(
        refused(&invite(&LINES.replace("\"A\"", "\"A\rX: 1\""))),
        (400, "Line Without CRLF")
    );
}

#[test]
fn content_length_in_a_datagram() {
    // RFC 3261 §18.3
    let with =
        |length: &str| format!("{}12345", invite(&format!("{LINES}Content-Length: {length}\r\n")));
    assert_eq!(parse(&with("3")).unwrap().body(), "123");
    assert_eq!(parse(&with("0")).unwrap().body(), "");
    assert_eq!(parse(&with("0005")).unwrap().body(), "12345");
    for length in ["6", "-1", "+5", "5 5", "", "x", "99999999999999999999999"] {
        let broken = broken(&with(length), &Limits::default());
        assert_eq!((broken.status, broken.phrase), (400, "Bad Content-Length"), "{length}");
    }
}

#[test]
fn each_limit_has_its_status() {
    let limits = Limits { message: 600, header_line: 100, headers: 8, params: 3, body: 10 };
    let fate = |text: &str| {
        let broken = broken(text, &limits);
        (broken.status, broken.phrase, broken.message.is_some())
    };
    assert!(Message::parse(bytes(&invite(LINES)), &limits).is_ok());
    let long = "x".repeat(600);
    assert_eq!(fate(&format!("{}{long}", invite(LINES))), (513, "Message Too Large", true));
    assert_eq!(
        fate(&format!("INVITE sip:{long} SIP/2.0\r\n{LINES}\r\n")),
        (513, "Message Too Large", false)
    );
    let long = "x".repeat(100);
    assert_eq!(
        fate(&format!("INVITE sip:{long} SIP/2.0\r\n{LINES}\r\n")),
        (414, "Request-URI Too Long", true)
    );
    assert_eq!(
        fate(&invite(&format!("{LINES}X: {long}\r\n"))),
        (513, "Header Line Too Long", true)
    );
    assert_eq!(
        fate(&invite(&format!("{LINES}X: {}\r\n", "a\r\n ".repeat(60)))),
        (513, "Header Line Too Long", true)
    );
    assert_eq!(
        fate(&invite(&format!("{LINES}X:\r\nX:\r\nX:\r\n"))),
        (513, "Too Many Header Lines", true)
    );
    assert_eq!(
        fate(&invite(&LINES.replace("tag=f", "tag=f;a;b;c"))),
        (400, "Too Many Parameters", true)
    );
    assert_eq!(
        fate(&invite(&LINES.replace(";rport", ";rport;a;b"))),
        (400, "Too Many Parameters", true)
    );
    assert_eq!(
        fate(&format!("{}{}", invite(LINES), "x".repeat(11))),
        (413, "Request Entity Too Large", true)
    );
    assert_eq!(
        fate(&invite(&format!("{LINES}l: 11\r\n"))),
        (413, "Request Entity Too Large", true)
    );
}

#[test]
fn many_lines_are_all_there() {
    let extra: String = (0..200).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let message = parse(&invite(&format!("{LINES}{extra}"))).unwrap();
    assert_eq!(message.headers().count(), 206);
    assert!(message.named("x-150").eq(["150"]));
}

#[test]
fn octets_that_are_no_utf_8_stop_no_call() {
    let mut text = invite(LINES).into_bytes();
    let name = text.windows(3).position(|three| three == b"\"A\"").unwrap() + 1;
    text[name] = 0xe9;
    let message = Message::parse(text.clone().into(), &Limits::default()).unwrap();
    assert_eq!((message.from().display, message.from().tag()), (Some("\u{fffd}"), Some("f")));
    assert_eq!(message.bytes(), &text);
}

#[test]
fn a_broken_message_reads_as_far_as_it_can() {
    let lines = LINES.replace("1 INVITE", "x").replace("<sip:b@127.0.0.1>", "\"b <sip:b@h>");
    let message = broken(&invite(&lines), &Limits::default()).message.unwrap();
    assert_eq!(message.cseq(), CSeq::default());
    assert_eq!(message.to(), NameAddr::default());
    assert_eq!(message.header(Name::CSeq), Some("x"));
    assert_eq!(message.top_via().branch, Some("z9hG4bK1"));
}

#[test]
fn peek_reads_a_uri_up_to_what_is_no_text() {
    let peeked = |uri: &[u8]| {
        let text = [b"INVITE ", uri, b" SIP/2.0\r\nCall-ID: 1\r\n\r\n"].concat();
        let facts = peek(&text).unwrap();
        let crate::Start::Request { uri, .. } = facts.start else { panic!("{facts:?}") };
        assert_eq!(facts.call_id, Some("1"));
        (uri.to_owned(), facts.is_uri_whole)
    };
    assert_eq!(peeked(b"sip:112@h"), ("sip:112@h".to_owned(), true));
    assert_eq!(peeked(b"sip:112@h;x=\xe9y"), ("sip:112@h;x=".to_owned(), false));
    assert_eq!(peeked(b"\xe9"), (String::new(), false));
    assert_eq!(peeked("sip:é@h".as_bytes()), ("sip:é@h".to_owned(), true));
}

#[test]
fn peek_gives_the_first_of_each() {
    let text =
        invite(&format!("{LINES}Resource-Priority: esnet.1, q735.0\r\nResource-Priority: x.1\r\n"));
    let peek = peek(text.as_bytes()).unwrap();
    assert_eq!(peek.start, crate::Start::Request { method: "INVITE", uri: "sip:b@127.0.0.1" });
    assert_eq!((peek.call_id, peek.branch), (Some("1@h"), Some("z9hG4bK1")));
    assert_eq!((peek.from_tag, peek.to_tag), (Some("f"), None));
    assert_eq!(peek.priorities, [Some("esnet.1, q735.0"), Some("x.1"), None, None]);
}

#[test]
fn uris() {
    let Some(Uri::Sip(uri)) =
        Uri::parse("sips:+33199000000;rn=x:pw@[::1]:5061;user=phone;lr?Subject=x")
    else {
        panic!()
    };
    let SipUri { secure, user, password, host, port, params, headers } = uri;
    assert_eq!((secure, user, password), (true, Some("+33199000000;rn=x"), Some("pw")));
    assert_eq!((host, port, headers), ("[::1]", Some(5061), Some("Subject=x")));
    assert_eq!(
        (params.value("USER"), params.get("lr"), params.get("x")),
        (Some("phone"), Some(None), None)
    );
    // RFC 3966, RFC 4694
    let Some(Uri::Tel(TelUri { number, params })) =
        Uri::parse("tel:+33-1-99-00-00-00;npdi;rn=+33199;phone-context=+33")
    else {
        panic!()
    };
    assert_eq!(
        (number, params.get("npdi"), params.value("rn")),
        ("+33-1-99-00-00-00", Some(None), Some("+33199"))
    );
    assert_eq!(Uri::parse("urn:service:sos.fire"), Some(Uri::Urn("service:sos.fire")));
    assert_eq!(Uri::parse("URN:x"), Some(Uri::Urn("x")));
    assert_eq!(Uri::parse("im:a@h"), Some(Uri::Other { scheme: "im", rest: "a@h" }));
    for none in ["", ":", "sip", "sip:", "é:x", "tel:+33 1", "sip:a@h:"] {
        assert_eq!(Uri::parse(none), None, "{none}");
    }
}

#[test]
fn of_two_branches_peek_and_parse_take_the_same() {
    let text = invite(&LINES.replace("branch=z9hG4bK1", "branch=\"q\";branch;branch=z1;branch=z2"));
    let message = parse(&text).unwrap();
    assert_eq!(message.top_via().branch, Some("z1"));
    assert_eq!(peek(text.as_bytes()).unwrap().branch, Some("z1"));
}

#[test]
fn a_start_line_cut_by_the_limit_is_judged_whole() {
    let limits = Limits { message: 20, ..Limits::default() };
    let parse = |text: &str| Message::parse(bytes(text), &limits);
    let sip = format!("INVITE sip:{} SIP/2.0\r\n{LINES}\r\n", "a".repeat(50));
    assert!(matches!(parse(&sip), Err(ParseError::Broken(broken)) if broken.status == 513));
    // The first 20 octets alone would look like SIP.
    let other = format!("INVITE sip:b SIP/2.0 {}\r\n", "a".repeat(50));
    assert!(matches!(parse(&other), Err(ParseError::NotSip)));
    assert_eq!(peek(other.as_bytes()), None);
}

/// A form feed is no white space of SIP's: neither the parse nor `peek` takes it away.
#[test]
fn no_other_white_space_is_lost_with_a_fold() {
    let octets: &[u8] = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
        From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID:\r\n \x0cabc\r\nCSeq: 1 OPTIONS\r\n\r\n";
    let parsed = Message::parse(Bytes::from_static(octets), &Limits::default());
    let Err(ParseError::Broken(broken)) = parsed else { panic!("{parsed:?}") };
    assert_eq!((broken.status, broken.phrase), (400, "Bad Call-ID"));
    assert_eq!(peek(octets).unwrap().call_id, None);
}
