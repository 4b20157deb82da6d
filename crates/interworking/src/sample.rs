//! Messages and numbers for the tests.

use bytes::Bytes;
use routing::Number;
use sip_parser::{Limits, Message};

pub(crate) fn number(digits: &str) -> Number {
    Number::international(digits).unwrap()
}

/// An INVITE to `uri` with further header lines.
pub(crate) fn invite(uri: &str, from: &str, more: &[&str]) -> Message {
    let mut text = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa\r\n\
         From: {from};tag=a\r\nTo: <{uri}>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 12\r\nContact: <sip:127.0.0.1:5070>\r\n"
    );
    more.iter().for_each(|line| text += &format!("{line}\r\n"));
    parse(text + "Content-Length: 0\r\n\r\n")
}

/// A response to an INVITE with further header lines.
pub(crate) fn response(status: u16, more: &[&str]) -> Message {
    let mut text = format!(
        "SIP/2.0 {status} x\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa\r\n\
         From: <sip:a@127.0.0.1>;tag=a\r\nTo: <sip:b@127.0.0.1>;tag=b\r\nCall-ID: a\r\n\
         CSeq: 1 INVITE\r\n"
    );
    more.iter().for_each(|line| text += &format!("{line}\r\n"));
    parse(text + "Content-Length: 0\r\n\r\n")
}

fn parse(text: String) -> Message {
    Message::parse(Bytes::from(text), &Limits::default()).unwrap()
}
