//! A SIP message: `peek` agrees with the parse, what is read can be written and reads the same
//! again, and a stream gives the same messages however it is cut.

use bytes::Bytes;
use sip_parser::{
    Frame, Framer, Limits, Line, Message, Name, ParseError, Start, Uri, Writer, peek,
};

pub(crate) fn check(data: &[u8]) {
    for limits in [Limits::default(), SMALL] {
        parse(data, &limits);
    }
    stream(data);
}

const SMALL: Limits =
    Limits { message: 2_000, header_line: 100, headers: 12, params: 4, body: 200 };

fn parse(data: &[u8], limits: &Limits) {
    match Message::parse(Bytes::copy_from_slice(data), limits) {
        Ok(message) => {
            agrees(data, &message);
            walk(&message);
            again(&message);
        }
        Err(ParseError::NotSip) => assert_eq!(peek(data), None),
        Err(ParseError::Broken(broken)) => {
            let peek = peek(data).expect("what is SIP to the parse is SIP to peek");
            assert!(matches!(broken.status, 400 | 413 | 414 | 505 | 513));
            assert!(!broken.phrase.is_empty());
            if let Some(message) = broken.message {
                assert!(!message.top_via().host.is_empty());
                if let (Line::Request { uri, .. }, Start::Request { uri: peeked, .. }) =
                    (message.line(), peek.start)
                {
                    let readable = uri.split('\u{FFFD}').next().unwrap_or_default();
                    let peeked = peeked.split('\u{FFFD}').next().unwrap_or_default();
                    assert_eq!(peeked, readable);
                }
                assert_eq!(message.is_request(), matches!(peek.start, Start::Request { .. }));
                walk(&message);
            }
        }
    }
}

fn agrees(data: &[u8], message: &Message) {
    let peek = peek(data).expect("what parses can be peeked");
    match (message.line(), peek.start) {
        (Line::Request { method, uri }, start) => assert_eq!(start, Start::Request { method, uri }),
        (Line::Response { status, .. }, start) => assert_eq!(start, Start::Response { status }),
    }
    assert!(peek.is_uri_whole);
    assert_eq!(peek.call_id, Some(message.call_id()));
    assert_eq!(peek.branch, message.top_via().branch);
    assert_eq!(peek.from_tag, message.from().tag());
    assert_eq!(peek.to_tag, message.to().tag());
    if let Some(raw) = peek.priorities[0] {
        // Only the folds may differ.
        let plain = |text: &str| text.split_ascii_whitespace().collect::<String>();
        assert_eq!(plain(raw), plain(message.header(Name::ResourcePriority).expect("peeked")));
    }
}

/// Reads everything there is to read.
fn walk(message: &Message) {
    for (name, value) in message.headers() {
        assert!(!name.is_empty() && !name.contains(['\r', '\n', ':']));
        assert!(!value.contains('\n'), "{value:?}");
        let name = Name::of(name);
        assert!(message.values(name).all(|value| !value.is_empty()));
        for address in message.name_addrs(name) {
            let _ = (address.tag(), address.display_text(), Uri::parse(address.uri));
            let _ = address.params.iter().count();
        }
    }
    for via in message.vias() {
        assert!(!via.host.is_empty() && !via.transport.is_empty());
    }
    let _ = message.uri().and_then(Uri::parse);
    let _ = (message.method(), message.cseq(), message.contact(), message.max_forwards());
    assert!(message.body().len() <= message.bytes().len());
}

/// Builds the message anew from what was read of it.
fn again(message: &Message) {
    let mut writer = match message.line() {
        Line::Request { method, uri } => Writer::request(method, uri),
        Line::Response { status, phrase } => Writer::response(status, phrase),
    };
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq, Name::Contact] {
        writer.copy(message, name);
    }
    let body = message.body();
    let bytes = writer.finish_with("application/octet-stream", &body);
    let limits = Limits { message: usize::MAX, body: usize::MAX, ..Limits::default() };
    let copy = Message::parse(bytes, &limits).expect("what is written can be read");
    match (copy.line(), message.line()) {
        // The writer lets no NUL through.
        (Line::Response { status, phrase }, Line::Response { status: was, phrase: said }) => {
            assert_eq!((status, phrase), (was, said.replace('\0', " ").as_str()));
        }
        (copy, line) => assert_eq!(copy, line),
    }
    assert_eq!(copy.call_id(), message.call_id());
    assert_eq!(copy.cseq(), message.cseq());
    assert!(copy.vias().eq(message.vias()));
    assert_eq!(copy.from(), message.from());
    assert_eq!(copy.to(), message.to());
    assert_eq!(copy.contact(), message.contact());
    assert_eq!(copy.body(), body);

    let source = "192.0.2.99:5099".parse().expect("an address");
    let mut writer = Writer::response(400, "Bad Request");
    writer.copy_vias(message, source);
    for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
        writer.copy(message, name);
    }
    let response = Message::parse(writer.finish(), &Limits::default());
    let response = response.expect("an answer can be read");
    assert_eq!(response.vias().count(), message.vias().count());
    assert_eq!(response.top_via().branch, message.top_via().branch);
}

/// All frames of a stream that comes in pieces of `size`, and whether it broke.
fn frames(data: &[u8], size: usize) -> (Vec<Frame>, bool) {
    let mut framer = Framer::new(SMALL);
    let mut frames = Vec::new();
    for piece in data.chunks(size) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => {
                    assert!(error.broken.is_none_or(|broken| broken.message.is_some()));
                    return (frames, true);
                }
            }
        }
    }
    (frames, false)
}

fn stream(data: &[u8]) {
    let whole = frames(data, data.len().max(1));
    for frame in &whole.0 {
        if let Frame::Message(bytes) = frame {
            let parsed = Message::parse(bytes.clone(), &Limits::default());
            assert!(!matches!(parsed, Err(ParseError::NotSip)));
        }
    }
    for size in [1, 7] {
        let pieces = frames(data, size);
        assert_eq!(pieces, whole, "in pieces of {size}");
    }
}
