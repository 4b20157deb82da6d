use super::*;
use crate::Limits;

fn request(vias: &str) -> Message {
    let text = format!(
        "INVITE sip:gw@127.0.0.1 SIP/2.0\r\n{vias}f: \"A\\\"\" <sip:a@127.0.0.1>;tag=1\r\n\
         To:<sip:gw@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p1;lr>\r\n\
         X: y\r\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>\r\n\r\n"
    );
    Message::parse(text.into(), &Limits::default()).unwrap()
}

const VIA: &str = "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n";

#[test]
fn a_request_with_a_body() {
    let mut writer = Writer::request("INVITE", "sip:b@127.0.0.1");
    writer.header("Max-Forwards", 70).header("Content-Length", 99);
    let bytes = writer.finish_with("application/sdp", b"v=0");
    let expected = "INVITE sip:b@127.0.0.1 SIP/2.0\r\nMax-Forwards: 70\r\n\
        Content-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0";
    assert_eq!(bytes, expected);
}

#[test]
fn lines_are_copied_verbatim_and_in_order() {
    let request = request(VIA);
    let mut writer = Writer::response(180, "Ringing");
    writer.copy(&request, Name::From).copy(&request, Name::RecordRoute).copy(&request, Name::Other);
    let expected = "SIP/2.0 180 Ringing\r\nf: \"A\\\"\" <sip:a@127.0.0.1>;tag=1\r\n\
        Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(writer.finish(), expected);
}

#[test]
fn lines_of_many_names_are_copied_in_the_order_of_the_message() {
    let names = [Name::RecordRoute, Name::CSeq, Name::CallId, Name::To, Name::Other];
    let copied = "To:<sip:gw@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
        Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>, <sip:p3;lr>\r\n";
    let mut writer = Writer::response(180, "Ringing");
    writer.copy_all(&request(VIA), &names);
    let expected = format!("SIP/2.0 180 Ringing\r\n{copied}Content-Length: 0\r\n\r\n");
    assert_eq!(writer.finish(), expected);

    // RFC 3261 §7.3.1: white space before a colon is not sent on.
    let spaced = request(&VIA.replacen("Via:", "via \t:", 1));
    let mut writer = Writer::response(180, "Ringing");
    writer.copy_all(&spaced, &[Name::Via]);
    assert!(writer.finish().starts_with(b"SIP/2.0 180 Ringing\r\nvia: SIP/2.0/"));

    // More lines than the index has room for: by name, and each in its usual form.
    let many = request(&VIA.repeat(40));
    let mut writer = Writer::response(180, "Ringing");
    writer.copy_all(&many, &[Name::Via, Name::CallId]);
    let expected =
        format!("SIP/2.0 180 Ringing\r\n{}Call-ID: 1\r\nContent-Length: 0\r\n\r\n", VIA.repeat(40));
    assert_eq!(writer.finish(), expected);
}

#[test]
fn a_refused_line_cannot_add_one_to_its_refusal() {
    let text = format!(
        "INVITE sip:gw@127.0.0.1 SIP/2.0\r\n{VIA}From: <sip:a@127.0.0.1>;tag=1 \rX: y\r\n\
         To: <sip:gw@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"
    );
    let Err(crate::ParseError::Broken(broken)) = Message::parse(text.into(), &Limits::default())
    else {
        panic!("a line without CRLF");
    };
    let mut writer = Writer::response(broken.status, broken.phrase);
    writer.copy(&broken.message.unwrap(), Name::From);
    let expected = "SIP/2.0 400 Bad From\r\nFrom: <sip:a@127.0.0.1>;tag=1  X: y\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(writer.finish(), expected);
}

#[test]
fn no_value_can_add_a_line() {
    let mut writer = Writer::request("IN\r\nVITE", "sip:b\r\nX: 1\r\n\r\n@127.0.0.1");
    writer.header("Subject", "a\r\nVia: SIP/2.0/UDP evil\r\n\r\nbody\0");
    writer.header("X\r\nY", format_args!("{}\n", "z"));
    let text = String::from_utf8(writer.finish_with("a/b\r\nZ: 1", b"").to_vec()).unwrap();
    assert_eq!(text.matches('\n').count(), 6, "{text}");
    assert_eq!(text.matches('\r').count(), 6, "{text}");
    assert!(!text.contains('\0'));
    let response = Writer::response(400, "Bad\r\n\r\n").finish();
    assert_eq!(response, "SIP/2.0 400 Bad    \r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn the_top_via_is_completed_with_where_the_request_came_from() {
    let answer = |vias: &str, source: &str| {
        let mut writer = Writer::response(200, "OK");
        writer.copy_vias(&request(vias), source.parse().unwrap());
        let bytes = writer.finish();
        let text = std::str::from_utf8(&bytes).unwrap();
        let vias = text.lines().filter(|line| line.starts_with(['V', 'v']));
        vias.map(|line| line.split_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    // RFC 3261 §18.2.1: not when the sender said the truth
    assert_eq!(answer(VIA, "127.0.0.1:9"), ["SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"]);
    assert_eq!(
        answer(VIA, "127.0.0.2:9"),
        ["SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;received=127.0.0.2"]
    );
    // RFC 3581 §4: always with rport; what the sender claims is not believed
    assert_eq!(
        answer("v: SIP/2.0/UDP h:5080;rport=1;branch=z;received=127.0.0.66\r\n", "127.0.0.1:9"),
        ["SIP/2.0/UDP h:5080;branch=z;received=127.0.0.1;rport=9"]
    );
    assert_eq!(
        answer(
            "Via: SIP/2.0/UDP [::1];x=\"a,b\";rport , SIP/2.0/TCP p1\r\nVia: SIP/2.0/TCP p2\r\n",
            "[::1]:7"
        ),
        ["SIP/2.0/UDP [::1];x=\"a,b\";received=::1;rport=7 , SIP/2.0/TCP p1", "SIP/2.0/TCP p2"]
    );
}
