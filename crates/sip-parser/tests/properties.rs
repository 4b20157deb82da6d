//! Properties: what is rendered in any of the ways the grammar allows reads as what was meant;
//! a torture message with anything changed in it disturbs nobody; nothing given to the writer
//! breaks the message; a stream gives the same messages however it is cut.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use bytes::Bytes;
use proptest::prelude::*;
use sip_parser::headers::{Quoted, Reason, Warning, WwwAuthenticate, escape};
use sip_parser::{Frame, Framer, Limits, Message, Name, NameAddr, Writer, peek};

#[path = "../../../fuzz/src/checks/sip_message.rs"]
#[expect(clippy::expect_used, reason = "a check fails by panicking")]
mod checks;

/// A change to a message.
#[derive(Clone, Debug)]
enum Edit {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, &'static [u8]),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n ",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b",",
    b";",
    b"<",
    b">",
    b"\"",
    b"\\",
    b":",
    b"@",
    b" ",
    b"\0",
    b"\xff",
    b"[",
    b"*",
    b"/",
    b"=",
    b"SIP/2.0",
    b"\r\nVia: SIP/2.0/UDP a;branch=z",
    b"\r\nl: 3",
    b";tag=\"",
    b"\r\nResource-Priority: esnet.1",
    b"\r\nt: <sip:a@b>;tag=1",
];

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, octet)| Edit::Set(at, octet)),
        (index(), prop::sample::select(WORDS)).prop_map(|(at, word)| Edit::Insert(at, word)),
        (index(), 1..60_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (index(), index(), 1..300_usize).prop_map(|(at, to, length)| Edit::Repeat(at, to, length)),
        index().prop_map(Edit::Cut),
    ]
}

fn apply(data: &mut Vec<u8>, edit: &Edit) {
    let place = |at: &prop::sample::Index| at.index(data.len() + 1);
    let end = |at: usize, length: usize| (at + length).min(data.len());
    match edit {
        Edit::Set(at, octet) => {
            let at = place(at);
            if let Some(place) = data.get_mut(at) {
                *place = *octet;
            }
        }
        Edit::Insert(at, word) => {
            let at = place(at);
            data.splice(at..at, word.iter().copied());
        }
        Edit::Remove(at, length) => {
            let at = place(at);
            data.drain(at..end(at, *length));
        }
        Edit::Repeat(at, to, length) => {
            let (at, to) = (place(at), place(to));
            let piece = data.get(at..end(at, *length)).unwrap_or_default().to_vec();
            data.splice(to..to, piece);
        }
        Edit::Cut(at) => data.truncate(place(at)),
    }
}

fn torture() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Optional white space as it may stand between tokens, folds included.
fn space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "", " ", "  ", "\t", "\r\n ", " \r\n\t", "\r\n \r\n "][..])
}

fn token() -> impl Strategy<Value = String> {
    "[-.!%*_+`'~a-zA-Z0-9]{1,20}"
}

/// What a message means.
#[derive(Clone, Debug)]
struct Meaning {
    method: String,
    uri: String,
    branch: String,
    port: Option<u16>,
    display: Option<String>,
    from_tag: String,
    to_tag: Option<String>,
    call_id: String,
    cseq: u32,
    body: Vec<u8>,
}

fn meaning() -> impl Strategy<Value = Meaning> {
    let uri = prop_oneof![
        "sip:[a-z0-9+;=%]{1,20}@[a-z0-9][a-z0-9.-]{0,20}(:[1-9][0-9]{0,3})?(;[a-z]{1,5}(=[a-z0-9]{1,5})?)?",
        "tel:[+]?[0-9]{3,15}(;[a-z]{1,5}=[0-9]{1,5})?",
        "urn:service:sos([.][a-z]{1,9})?",
        "[a-z][a-z0-9+.-]{0,9}:[!-;=?-~&&[^\"]]{1,20}",
    ];
    let uri = uri.prop_filter("sip and tel have a form of their own", |uri| {
        sip_parser::Uri::parse(uri).is_some()
    });
    (
        (token(), uri, token(), any::<Option<u16>>()),
        (prop::option::of("[ -~é€&&[^\"\\\\]]{0,20}"), token(), prop::option::of(token())),
        ("[!-+.-~-]{1,30}", 0..1_u32 << 31, prop::collection::vec(any::<u8>(), 0..50)),
    )
        .prop_map(
            |((method, uri, branch, port), (display, from_tag, to_tag), (call_id, cseq, body))| {
                Meaning {
                    method,
                    uri,
                    branch,
                    port,
                    display,
                    from_tag,
                    to_tag,
                    call_id,
                    cseq,
                    body,
                }
            },
        )
}

/// Renders it, with white space taken in turn from `spaces`, and compact names if `compact`.
fn render(meaning: &Meaning, spaces: &[&str], compact: bool) -> Vec<u8> {
    let mut turn = spaces.iter().cycle();
    let mut s = || turn.next().copied().unwrap_or_default();
    let [via, from, to, call_id, length] = if compact {
        ["v", "F", "t", "I", "l"]
    } else {
        ["Via", "FROM", "to", "Call-ID", "content-length"]
    };
    let mut text = format!("{} {} SIP/2.0\r\n", meaning.method, meaning.uri);
    // White space before the colon cannot be a fold.
    text += &format!("{via} \t:{}SIP{}/{}2.0/{}UDP {}h", s(), s(), s(), s(), s());
    if let Some(port) = meaning.port {
        text += &format!("{}:{}{port}", s(), s());
    }
    text += &format!("{};{}branch{}={}{}{}\r\n", s(), s(), s(), s(), meaning.branch, s());
    let display = meaning.display.as_ref().map_or(String::new(), |name| format!("\"{name}\""));
    text += &format!("{from}:{}{display}{}<sip:a@h;x>{};{}", s(), s(), s(), s());
    text += &format!("tag{}={}{}{}\r\n", s(), s(), meaning.from_tag, s());
    text += &format!("{to}:{}sip:b@h{}", s(), s());
    if let Some(tag) = &meaning.to_tag {
        text += &format!(";{}x{};tag{}={}{tag}", s(), s(), s(), s());
    }
    text += &format!("\r\n{call_id}:{}{}{}\r\n", s(), meaning.call_id, s());
    text += &format!("CSeq:{}{} {}{}{}\r\n", s(), meaning.cseq, s(), meaning.method, s());
    text += &format!("{length}:{}{}\r\n\r\n", s(), meaning.body.len());
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&meaning.body);
    bytes
}

proptest! {
    #[test]
    fn a_changed_torture_message_disturbs_nobody(
        which: prop::sample::Index,
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut data = which.get(&torture()).clone();
        edits.iter().for_each(|edit| apply(&mut data, edit));
        checks::check(&data);
    }

    #[test]
    fn any_octets_disturb_nobody(data in prop::collection::vec(any::<u8>(), 0..300)) {
        checks::check(&data);
    }

    #[test]
    fn what_is_rendered_reads_as_it_was_meant(
        meaning in meaning(),
        spaces in prop::collection::vec(space(), 1..7),
        compact: bool,
    ) {
        let bytes = render(&meaning, &spaces, compact);
        let peek = peek(&bytes).unwrap();
        let message = Message::parse(bytes.clone().into(), &Limits::default()).unwrap();
        prop_assert_eq!(message.uri(), Some(meaning.uri.as_str()));
        prop_assert_eq!(message.cseq().method, &meaning.method);
        prop_assert_eq!(message.cseq().number, meaning.cseq);
        prop_assert_eq!(message.top_via().branch, Some(meaning.branch.as_str()));
        prop_assert_eq!(message.top_via().port, meaning.port);
        prop_assert_eq!(message.from().display, meaning.display.as_deref());
        prop_assert_eq!(message.from().tag(), Some(meaning.from_tag.as_str()));
        prop_assert_eq!(message.to().tag(), meaning.to_tag.as_deref());
        prop_assert_eq!(message.call_id(), &meaning.call_id);
        prop_assert_eq!(message.body(), meaning.body);
        prop_assert_eq!(peek.branch, Some(meaning.branch.as_str()));
        prop_assert_eq!(peek.from_tag, Some(meaning.from_tag.as_str()));
        prop_assert_eq!(peek.to_tag, meaning.to_tag.as_deref());
        prop_assert_eq!(peek.call_id, Some(meaning.call_id.as_str()));
        checks::check(&bytes);
    }

    #[test]
    fn a_stream_gives_the_same_messages_however_it_is_cut(
        meanings in prop::collection::vec(meaning(), 1..4),
        cuts in prop::collection::vec(1..200_usize, 1..10),
    ) {
        let messages: Vec<Bytes> =
            meanings.iter().map(|meaning| render(meaning, &[" "], false).into()).collect();
        let stream = messages.concat();
        let mut framer = Framer::new(Limits::default());
        let mut found = Vec::new();
        let (mut rest, mut cuts) = (&stream[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            framer.push(piece);
            rest = after;
            while let Some(frame) = framer.next().unwrap() {
                found.push(frame);
            }
        }
        prop_assert_eq!(found, messages.into_iter().map(Frame::Message).collect::<Vec<_>>());
    }

    /// RFC 3261 §25.1 quoted-pair: what a string says, it says in every place that has one, whatever
    /// stands in it.
    #[test]
    fn quoted_strings_say_what_they_said(text in r#"["\\,;<> a-zé]{0,12}"#, other in r#"["\\]{0,3}"#) {
        let (text, other) = (escape(&text), escape(&other));
        let (quoted, second) = (Quoted::new(&text).unwrap(), Quoted::new(&other).unwrap());
        let mut writer = Writer::request("BYE", "sip:b@h");
        writer.header("Via", "SIP/2.0/UDP h;branch=z9hG4bK1");
        writer.header("From", format_args!("{quoted} <sip:a@h>;x={second};tag=1"));
        writer.header("To", format_args!("{second}<sip:b@h>;tag=2")).header("Call-ID", "1");
        writer.header("CSeq", "1 BYE");
        writer.header("Reason", format_args!("SIP;cause=200;text={quoted}, Q.850;cause=16;text={second}"));
        writer.header("Warning", format_args!("399 h {second}, 301 h {quoted}"));
        writer.header("WWW-Authenticate", format_args!("Digest realm={quoted}, nonce={second}"));
        let octets = writer.finish();
        let message = Message::parse(octets.clone(), &Limits::default()).unwrap();
        prop_assert_eq!(message.from().display, Some(&*text));
        prop_assert_eq!(message.to().display, Some(&*other));
        let peeked = peek(&octets).unwrap();
        prop_assert_eq!((peeked.from_tag, peeked.to_tag), (Some("1"), Some("2")));
        let reasons: Vec<_> = message.all_typed::<Reason>().map(Result::unwrap).collect();
        let texts: Vec<_> = reasons.iter().filter_map(|reason| reason.text).collect();
        prop_assert_eq!(texts, [quoted, second]);
        prop_assert_eq!(reasons.iter().find_map(Reason::q850), Some(16));
        let warnings: Vec<_> = message.all_typed::<Warning>().map(|one| one.unwrap().text).collect();
        prop_assert_eq!(warnings, [second, quoted]);
        let challenge = message.typed::<WwwAuthenticate>().unwrap().unwrap();
        prop_assert_eq!((challenge.realm, challenge.nonce), (quoted, second));
        let plain = quoted.text();
        prop_assert_eq!(&*escape(&plain), &*text);
        let copied = message.from().to_string();
        prop_assert_eq!(NameAddr::parse(&copied).unwrap().display_text(), message.from().display_text());
        checks::check(&octets);
    }

    #[test]
    fn nothing_given_to_the_writer_breaks_the_message(value in any::<String>(), body in any::<Vec<u8>>()) {
        let mut writer = Writer::request("OPTIONS", "sip:b@h");
        writer.header("Via", "SIP/2.0/UDP h;branch=z9hG4bK1").header("From", "<sip:a@h>;tag=1");
        writer.header("To", "<sip:b@h>").header("Call-ID", "1").header("CSeq", "1 OPTIONS");
        writer.header("Subject", &value);
        let message = Message::parse(writer.finish_with("a/b", &body), &Limits::default()).unwrap();
        prop_assert_eq!(message.headers().count(), 8);
        prop_assert_eq!(message.body(), body);
        let plain = value.replace(['\r', '\n', '\0'], " ");
        prop_assert_eq!(message.header(Name::Subject), Some(plain.trim_matches([' ', '\t'])));
    }
}
