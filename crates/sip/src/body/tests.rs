use sip_parser::{Limits, Writer};

use super::*;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8";

fn read(headers: &[(&str, &str)], body: &[u8], emergency: bool) -> Result<bool, BodyError> {
    let mut writer = Writer::request("INVITE", "sip:h");
    writer.header("Via", "SIP/2.0/UDP h;branch=z9hG4bK1").header("From", "<sip:a@h>;tag=1");
    writer.header("To", "<sip:b@h>").header("Call-ID", "c").header("CSeq", "1 INVITE");
    let (mut kind, mut others) = ("", Vec::new());
    for (name, value) in headers {
        if *name == "Content-Type" { kind = *value } else { others.push((*name, *value)) }
    }
    for (name, value) in others {
        writer.header(name, value);
    }
    let message = Message::parse(writer.finish_with(kind, body), &Limits::default()).unwrap();
    session_description(&message, emergency).map(|found| found.is_some())
}

/// A mixed body: an SDP part between others.
fn mixed(kind: &str, part: &str, emergency: bool) -> Result<bool, BodyError> {
    let body = format!(
        "--b\r\n{part}\r\n\r\nx\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--b--"
    );
    read(&[("Content-Type", kind)], body.as_bytes(), emergency)
}

const MIXED: &str = "multipart/mixed;boundary=b";

#[test]
fn a_description_alone() {
    let body = format!("{SDP}\r\n");
    for kind in ["application/sdp", "Application/SDP ; charset=utf-8", "application/sdp;"] {
        assert_eq!(read(&[("Content-Type", kind)], body.as_bytes(), false), Ok(true), "{kind}");
    }
    let sdp = ("Content-Type", "application/sdp");
    assert_eq!(read(&[sdp], b"nonsense", false), Err(BodyError::Syntax));
    let coded = [sdp, ("Content-Encoding", "gzip")];
    assert_eq!(read(&coded, body.as_bytes(), false), Err(BodyError::Type));
}

/// What is wrong in a content type hides no description: not in ordinary calls, and not in those
/// that must get through.
#[test]
fn content_types_are_read_as_far_as_they_can_be() {
    let other = "Content-Disposition: x;handling=optional";
    for kind in ["multipart/mixed;boundary=b;", "multipart/mixed;boundary=b;type="] {
        assert_eq!([false, true].map(|emergency| mixed(kind, other, emergency)), [Ok(true); 2]);
    }
    let body = format!("--b\r\nContent-Type: application/sdp;\r\n\r\n{SDP}\r\n--b--\n");
    let kind = [("Content-Type", MIXED)];
    let both = [false, true].map(|emergency| read(&kind, body.as_bytes(), emergency));
    assert_eq!(both, [Ok(true); 2]);
}

#[test]
fn rfc3261_20_11_an_unknown_body_is_refused_unless_it_is_optional() {
    let text = ("Content-Type", "text/plain");
    assert_eq!(read(&[text], b"x", false), Err(BodyError::Type));
    let optional = ("Content-Disposition", "render;handling=OPTIONAL");
    assert_eq!(read(&[text, optional], b"x", false), Ok(false));
    let required = ("Content-Disposition", "render");
    assert_eq!(read(&[text, required], b"x", false), Err(BodyError::Type));
    assert_eq!(read(&[text], b"x", true), Ok(false), "an emergency call goes on");
}

#[test]
fn rfc5621_3_an_unknown_part_is_refused_unless_it_is_optional() {
    let unknown = "Content-Type: application/x-thing";
    assert_eq!(mixed(MIXED, unknown, false), Err(BodyError::Type));
    assert_eq!(mixed(MIXED, unknown, true), Ok(true), "an emergency call goes on");
    for extra in ["render;handling=optional", "by-reference"] {
        let part = format!("{unknown}\r\nContent-Disposition: {extra}");
        assert_eq!(mixed(MIXED, &part, false), Ok(true), "{extra}");
    }
    for left in ["pidf+xml", "ISUP;version=itu-t92+", "EmergencyCallData.SubscriberInfo+xml"] {
        let part = format!("Content-Type: application/{left}");
        assert_eq!(mixed(MIXED, &part, false), Ok(true), "{left}");
    }
}

#[test]
fn rfc2046_5_1_4_alternatives_need_not_all_be_understood() {
    let unknown = "Content-Type: application/x-thing";
    assert_eq!(mixed("multipart/alternative;boundary=b", unknown, false), Ok(true));
    assert_eq!(mixed("multipart/x-new;boundary=b", unknown, false), Err(BodyError::Type));
    // But one of them.
    let alternatives = |second: &str| {
        let body = format!("--b\r\n{unknown}\r\n\r\nx\r\n--b\r\n{second}\r\n\r\ny\r\n--b--");
        let kind = [("Content-Type", "multipart/alternative;boundary=b")];
        [false, true].map(|emergency| read(&kind, body.as_bytes(), emergency))
    };
    assert_eq!(alternatives("Content-Type: text/plain"), [Err(BodyError::Type), Ok(false)]);
    assert_eq!(alternatives("Content-Disposition: render;handling=optional"), [Ok(false); 2]);
    assert_eq!(alternatives("Content-Type: application/pidf+xml"), [Ok(false); 2]);
}

#[test]
fn rfc5621_8_2_parts_of_an_optional_multipart_are_optional() {
    let nested = "Content-Type: multipart/mixed;boundary=c";
    let inner = "--c\r\nContent-Type: text/x\r\n\r\n1\r\n--c--";
    let with = |disposition: &str| format!("{nested}\r\n{disposition}\r\n\r\n{inner}");
    let optional = with("Content-Disposition: render;handling=optional");
    assert_eq!(mixed(MIXED, &optional, false), Ok(true));
    assert_eq!(mixed(MIXED, &with("X: y"), false), Err(BodyError::Type));
    assert_eq!(mixed(MIXED, &with("X: y"), true), Ok(true), "an emergency call goes on");
}

/// Whether a part of that head, and the octets of a description behind it, is one.
fn part(head: &str, body: &[u8], emergency: bool) -> Result<bool, BodyError> {
    let head = format!("--b\r\nContent-Type: application/sdp\r\n{head}\r\n\r\n");
    let body = [head.as_bytes(), body, b"\r\n--b--"].concat();
    read(&[("Content-Type", MIXED)], &body, emergency)
}

#[test]
fn rfc3261_21_4_13_encodings() {
    let coded = "Content-Transfer-Encoding:";
    for same in ["binary", "8bit", "7BIT"] {
        assert_eq!(part(&format!("{coded} {same}"), SDP.as_bytes(), false), Ok(true), "{same}");
    }
    let printable = SDP.replace('=', "=3D");
    assert_eq!(part(&format!("{coded} quoted-printable"), printable.as_bytes(), false), Ok(true));
    let base64 =
        b"dj0wDQpvPS0gMSAxIElOIElQNCAxOTIuMC4yLjkNCnM9LQ0KdD0wIDANCm09YXVkaW8gNDAwMCBS\r\n\
        VFAvQVZQIDgNCg==";
    assert_eq!(part(&format!("{coded} base64"), base64, false), Ok(true));
    let alone = [("Content-Type", "application/sdp"), ("Content-Transfer-Encoding", "base64")];
    assert_eq!(read(&alone, base64, false), Ok(true));
    for unknown in ["Content-Transfer-Encoding: x", "Content-Encoding: gzip"] {
        assert_eq!(part(unknown, b"\x1f\x8b", false), Err(BodyError::Type), "{unknown}");
        assert_eq!(part(unknown, b"\x1f\x8b", true), Ok(false), "an emergency call goes on");
        let optional = format!("{unknown}\r\nContent-Disposition: session;handling=optional");
        assert_eq!(part(&optional, b"\x1f\x8b", false), Ok(false));
    }
}

#[test]
fn rfc3959_5_a_description_of_early_media_is_not_that_of_the_session() {
    let early = |handling| format!("Content-Disposition: early-session;handling={handling}");
    assert_eq!(part(&early("optional"), SDP.as_bytes(), false), Ok(false));
    assert_eq!(part(&early("required"), SDP.as_bytes(), false), Err(BodyError::Type));
    let reference = "Content-Disposition: by-reference";
    assert_eq!(part(reference, SDP.as_bytes(), false), Ok(false));
    for session in ["session", "SESSION;handling=required", "render"] {
        let head = format!("Content-Disposition: {session}");
        assert_eq!(part(&head, SDP.as_bytes(), false), Ok(true), "{session}");
    }
}

#[test]
fn rfc2046_5_1_1_lines_that_end_in_lf() {
    let body = format!("--b\nContent-Type: application/sdp\n\n{SDP}\n--b--\n").replace('\r', "");
    let kind = [("Content-Type", MIXED)];
    let both = [false, true].map(|emergency| read(&kind, body.as_bytes(), emergency));
    assert_eq!(both, [Ok(true); 2]);
}

#[test]
fn rfc5621_4_2_nesting_has_an_end() {
    let mut body = format!("--b0\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n--b0--");
    for depth in 1..6 {
        let kind = format!("multipart/mixed;boundary=b{}", depth - 1);
        let whole = read(&[("Content-Type", &kind)], body.as_bytes(), false);
        assert_eq!(whole, if depth <= DEPTH_MAX { Ok(true) } else { Err(BodyError::Syntax) });
        body = format!("--b{depth}\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--b{depth}--");
    }
}

#[test]
fn bodies_of_no_parts() {
    for kind in ["multipart/mixed", "multipart/mixed;boundary=c", "multipart/mixed;boundary=\"\""] {
        assert_eq!(mixed(kind, "", false), Err(BodyError::Syntax), "{kind}");
        assert_eq!(mixed(kind, "", true), Ok(false), "{kind}");
    }
}

#[test]
fn binary_parts_do_no_harm() {
    let mut body = b"--b\r\nContent-Type: application/ISUP\r\n\r\n\xff\x00\r\n--\x80\r\n".to_vec();
    body.extend_from_slice(b"--b\r\nContent-Type: application/sdp\r\n\r\n");
    body.extend_from_slice(SDP.as_bytes());
    body.extend_from_slice(b"\r\n--b--\r\n");
    assert_eq!(read(&[("Content-Type", MIXED)], &body, false), Ok(true));
}

#[test]
fn a_description_in_nested_parts() {
    let body = format!(
        "--a\r\nContent-Type: multipart/alternative;boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/x\r\n\r\n1\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n\
         --b--\r\n--a--"
    );
    let kind = [("Content-Type", "multipart/mixed;boundary=a")];
    assert_eq!(read(&kind, body.as_bytes(), false), Ok(true));
}
