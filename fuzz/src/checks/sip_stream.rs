//! A stream of SIP messages gives the same messages however it is cut, and holds no more than its
//! limits.

use bytes::Bytes;
use sip_parser::{Frame, FrameErrorKind, Framer, Limits, Message, ParseError};

const SMALL: Limits =
    Limits { message: 2_000, header_line: 100, headers: 12, params: 4, body: 200 };

/// The first octet says how the rest is cut.
pub(crate) fn check(data: &[u8]) {
    let Some((size, data)) = data.split_first() else { return };
    let whole = frames(data, data.len().max(1));
    for frame in &whole.0 {
        if let Frame::Message(bytes) = frame {
            parse(bytes);
        }
    }
    for size in [1, usize::from(*size).max(1)] {
        assert_eq!(frames(data, size), whole, "in pieces of {size}");
    }
    let (whole, _) = lengthless(data, data.len().max(1));
    for frame in &whole {
        if let Frame::Message(bytes) = frame {
            parse(bytes);
        }
    }
    assert_eq!(lengthless(data, usize::from(*size).max(1)).0, whole, "without lengths");
}

fn parse(bytes: &Bytes) {
    let parsed = Message::parse(bytes.clone(), &Limits::default());
    assert!(!matches!(parsed, Err(ParseError::NotSip)));
    if let Ok(message) = parsed {
        assert_eq!(message.bytes(), bytes);
    }
}

/// The same for whoever goes on where a Content-Length is missing.
fn lengthless(data: &[u8], size: usize) -> (Vec<Frame>, bool) {
    let mut framer = Framer::new(SMALL);
    let mut frames = Vec::new();
    for piece in data.chunks(size) {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) if error.kind == FrameErrorKind::NoLength => framer.read_on(),
                Err(_) => return (frames, true),
            }
            assert!(frames.len() <= data.len(), "frames out of nothing");
        }
    }
    frames.extend(framer.cut());
    (frames, false)
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
            assert!(frames.len() <= data.len(), "frames out of nothing");
        }
    }
    (frames, false)
}
