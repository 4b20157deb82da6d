use super::*;

const HEAD: &str = "OPTIONS sip:gw@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\n\
    From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:gw@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n";

fn message(rest: &str) -> String {
    format!("{HEAD}{rest}")
}

fn frames(framer: &mut Framer, bytes: &str) -> Result<Vec<Frame>, FrameError> {
    framer.push(bytes.as_bytes());
    std::iter::from_fn(|| framer.next().transpose()).collect()
}

fn fresh() -> Framer {
    Framer::new(Limits::default())
}

#[test]
fn messages_are_cut_by_content_length_wherever_the_stream_is_cut() {
    let one = message("Content-Length: 5\r\n\r\nhello");
    let two = message("l:\r\n 0\r\n\r\n");
    let stream = format!("\r\n{one}{two}\r\n\r\n{one}");
    let expected = [
        Frame::Message(one.clone().into()),
        Frame::Message(two.into()),
        Frame::Ping,
        Frame::Message(one.into()),
    ];
    for cut in 0..stream.len() {
        let mut framer = fresh();
        let mut found = frames(&mut framer, &stream[..cut]).unwrap();
        found.extend(frames(&mut framer, &stream[cut..]).unwrap());
        assert_eq!(found, expected, "cut at {cut}");
    }
}

#[test]
fn a_ping_is_two_line_ends() {
    // RFC 5626 §3.5.1
    let mut framer = fresh();
    assert_eq!(frames(&mut framer, "\r\n").unwrap(), []);
    assert_eq!(frames(&mut framer, "\r\n").unwrap(), [Frame::Ping]);
    assert_eq!(frames(&mut framer, "\r\n\r\n\r\n\r\n").unwrap(), [Frame::Ping, Frame::Ping]);
}

fn refusal(rest: &str) -> (FrameErrorKind, u16, &'static str) {
    let mut framer = fresh();
    let error = frames(&mut framer, &message(rest)).unwrap_err();
    let broken = error.broken.unwrap();
    assert_eq!(broken.message.unwrap().call_id(), "1");
    // Nothing more is taken from a stream whose messages have no known ends.
    framer.push(message("Content-Length: 0\r\n\r\n").as_bytes());
    assert_eq!(framer.next().unwrap_err().kind, FrameErrorKind::Failed);
    (error.kind, broken.status, broken.phrase)
}

#[test]
fn a_message_without_a_known_end_is_answered_and_ends_the_stream() {
    use FrameErrorKind::{BadLength, NoLength, TooLarge};
    assert_eq!(refusal("\r\n"), (NoLength, 400, "Missing Content-Length"));
    assert_eq!(refusal("Content-Length: -1\r\n\r\n"), (BadLength, 400, "Bad Content-Length"));
    let twice = "Content-Length: 1\r\nl: 2\r\n\r\n";
    assert_eq!(refusal(twice), (BadLength, 400, "Duplicate Content-Length"));
    assert_eq!(refusal("l: 65536\r\n\r\n"), (TooLarge, 413, "Request Entity Too Large"));
    assert_eq!(refusal("l: 65530\r\n\r\n"), (TooLarge, 513, "Message Too Large"));
    let endless = format!("X: {}", "y".repeat(65_536));
    assert_eq!(refusal(&endless).0, TooLarge);
}

#[test]
fn what_is_not_sip_ends_the_stream_unanswered() {
    let error = frames(&mut fresh(), "GET / HTTP/1.1\r\n\r\n").unwrap_err();
    assert_eq!(error.kind, FrameErrorKind::NotSip);
    assert!(error.broken.is_none());
    // A response is never answered.
    let error = frames(&mut fresh(), "SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\n").unwrap_err();
    assert_eq!(error.kind, FrameErrorKind::NoLength);
    assert!(error.broken.is_none());
}
