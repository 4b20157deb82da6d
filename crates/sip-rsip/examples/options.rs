//! An integrator's program: a request built with `rsip`'s types, sent as this project's octets, and
//! an answer read back into `rsip`'s types. `cargo run -p sip-rsip --example options`

#![expect(clippy::print_stdout, reason = "it shows what it does")]

use bytes::Bytes;
use rsip::prelude::HeadersExt;
use sip_parser::{Limits, Message, Name, Writer};
use sip_rsip::{from_rsip, to_rsip};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uri = rsip::Uri::try_from("sip:gw.example.net:5060;transport=tcp")?;
    let mut headers = rsip::Headers::default();
    headers.push(rsip::headers::Via::from("SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK-1").into());
    headers.push(rsip::headers::From::from("<sip:monitor@example.net>;tag=1").into());
    headers.push(rsip::headers::To::from("<sip:gw.example.net>").into());
    headers.push(rsip::headers::CallId::from("1@192.0.2.1").into());
    headers.push(rsip::headers::CSeq::from("1 OPTIONS").into());
    headers.push(rsip::headers::MaxForwards::from(70).into());
    let request = rsip::Request {
        method: rsip::Method::Options,
        uri,
        version: rsip::Version::V2,
        headers,
        body: Vec::new(),
    };

    // What goes to the socket are these octets, not what rsip would print.
    let request = from_rsip(&request.into())?;
    println!("{}", String::from_utf8_lossy(request.bytes()));

    // The far end answers.
    let mut answer = Writer::response(200, "OK");
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
        answer.copy(&request, name);
    }
    let answer: Bytes = answer.finish();
    let answer = to_rsip(&Message::parse(answer, &Limits::default())?)?;
    let rsip::SipMessage::Response(answer) = answer else { return Err("no response".into()) };
    println!("{} to {}", answer.status_code, answer.cseq_header()?);

    // What rsip would corrupt is refused by name.
    let mut writer = Writer::request("INVITE", "urn:service:sos");
    for name in [Name::Via, Name::From, Name::To, Name::CallId] {
        writer.copy(&request, name);
    }
    writer.header("CSeq", "2 INVITE");
    let emergency = Message::parse(writer.finish(), &Limits::default())?;
    if let Err(reason) = to_rsip(&emergency) {
        println!("not for rsip: {reason}");
    }
    Ok(())
}
