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

/// All messages of a stream where somebody goes on without lengths, cut at one place or another.
fn lengthless(stream: &str) -> Vec<String> {
    let read = |cut: usize| {
        let mut framer = fresh();
        let mut found = Vec::new();
        for piece in [&stream[..cut], &stream[cut..]] {
            framer.push(piece.as_bytes());
            loop {
                match framer.next() {
                    Ok(Some(frame)) => found.push(frame),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(error.kind, FrameErrorKind::NoLength);
                        assert!(framer.unmeasured().unwrap().ends_with(b"\r\n\r\n"));
                        assert!(!framer.is_open());
                        framer.read_on();
                        assert_eq!(framer.unmeasured(), None);
                    }
                }
            }
        }
        assert!(!framer.is_open() || !framer.is_between_messages());
        found.extend(framer.cut());
        assert!(framer.is_between_messages() && framer.cut().is_none());
        let text = |frame| match frame {
            Frame::Message(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Frame::Ping => "ping".to_owned(),
        };
        found.into_iter().map(text).collect::<Vec<_>>()
    };
    let whole = read(stream.len());
    for cut in 0..stream.len() {
        assert_eq!(read(cut), whole, "cut at {cut}");
    }
    whole
}

#[test]
fn whoever_goes_on_without_a_length_finds_the_next_message() {
    // RFC 3261 §20.15: no type, no body.
    let (bare, good) = (message("\r\n"), message("l: 3\r\n\r\nabc"));
    let stream = format!("{bare}{good}\r\n\r\n{bare}");
    assert_eq!(lengthless(&stream), [&bare[..], &good, "ping", &bare]);
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=all of SIP/2.0\r\n\r\nt=0 0\r\n";
    let typed = message(&format!("c: application/sdp\r\n\r\n{sdp}"));
    assert_eq!(lengthless(&typed), [&typed[..]]);
    let stream = format!("{typed}{good}{typed}{bare}");
    assert_eq!(lengthless(&stream), [&typed[..], &good, &typed, &bare]);
    // A type and no body, and line ends before the next message, whole pings or not.
    let empty = message("Content-Type: application/sdp\r\n\r\n");
    assert_eq!(lengthless(&format!("{empty}\r\n\r\n\r\n{good}")), [&empty[..], &good]);
}

#[test]
fn a_body_without_a_length_has_the_limit_of_any_other() {
    let head = message("c: text/plain\r\n\r\n");
    let limits = Limits { body: 100, ..Limits::default() };
    let start = "BYE sip:a@b SIP/2.0\r\n";
    for (body, fits) in [(100 - start.len(), true), (101 - start.len(), false)] {
        for piece in [1, 10_000] {
            let mut framer = Framer::new(limits);
            let mut outcome = Ok(None);
            let stream = format!("{head}{}\r\n{start}x: y\r\n", "b".repeat(body - 2));
            for piece in stream.as_bytes().chunks(piece) {
                framer.push(piece);
                outcome = framer.next();
                if matches!(&outcome, Err(error) if error.kind == FrameErrorKind::NoLength) {
                    framer.read_on();
                    outcome = framer.next();
                }
                if !matches!(outcome, Ok(None)) {
                    break;
                }
            }
            match outcome {
                Ok(Some(Frame::Message(bytes))) => {
                    assert!(fits);
                    assert_eq!(bytes.len(), head.len() + body);
                }
                Err(error) => {
                    assert!(!fits);
                    assert_eq!(error.kind, FrameErrorKind::TooLarge);
                    assert_eq!(error.broken.unwrap().status, 513);
                    framer.read_on();
                    assert_eq!(framer.next().unwrap_err().kind, FrameErrorKind::Failed);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
