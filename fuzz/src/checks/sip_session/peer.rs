//! What a peer says, right and wrong: made of what was sent to it and of what the fuzzer wants.

use sip_parser::{Message, Name, Writer};

use super::Script;

const BODIES: [&str; 8] = [
    "",
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n",
    "v=0\r\no=- 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n",
    "v=0\r\no=- 1 3 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4002 RTP/AVP 8\r\n",
    "v=0\r\no=- 1 4 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\nm=video 5 RTP/AVP 31\r\n",
    "v=0\r\no=- 1 5 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n",
    "nonsense",
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 host.example\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n\
     a=curr:qos local none\r\na=des:qos mandatory local sendrecv\r\n",
];

const EXTRA: [(&str, &str); 16] = [
    ("Require", "100rel"),
    ("RSeq", "1"),
    ("RSeq", "2"),
    ("Supported", "100rel, timer"),
    ("Session-Expires", "90;refresher=uac"),
    ("Session-Expires", "1800;refresher=uas"),
    ("Min-SE", "3600"),
    ("Require", "precondition, nonsense"),
    ("RAck", "1 1 INVITE"),
    ("Retry-After", "1"),
    ("Contact", "<sip:other@192.0.2.12:5062;lr>"),
    ("Contact", "<sip:x@192.0.2.13;transport=tcp>"),
    ("Record-Route", "<sip:192.0.2.11;lr>, <sip:192.0.2.12>"),
    ("Reason", "Q.850;cause=17"),
    ("P-Early-Media", "sendrecv"),
    ("WWW-Authenticate", "Digest realm=\"a\", nonce=\"b\", qop=\"auth\""),
];

const METHODS: [&str; 12] = [
    "ACK", "BYE", "CANCEL", "INVITE", "PRACK", "UPDATE", "INFO", "OPTIONS", "REFER", "ACK",
    "NOTIFY", "NONSENSE",
];

fn finish(mut writer: Writer, script: &mut Script<'_>) -> Vec<u8> {
    for _ in 0..script.index(4) {
        let (name, value) = EXTRA[script.index(EXTRA.len())];
        writer.header(name, value);
    }
    let body = BODIES[script.index(BODIES.len())];
    let kind = if script.octet() == 255 { "text/plain" } else { "application/sdp" };
    writer.finish_with(kind, body.as_bytes()).to_vec()
}

/// An INVITE out of the blue. Call-ID, branch and tags repeat now and then.
pub(super) fn invite(script: &mut Script<'_>) -> Vec<u8> {
    let which = script.index(4);
    let mut writer = Writer::request("INVITE", "sip:+33199000000@192.0.2.1");
    writer
        .header("Via", format_args!("SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK{}", script.index(8)))
        .header("Max-Forwards", script.octet())
        .header("From", format_args!("<sip:a@192.0.2.10>;tag={which}"));
    match script.index(8) {
        0 => writer.header("To", "<sip:b@192.0.2.1>;tag=x"),
        _ => writer.header("To", "<sip:b@192.0.2.1>"),
    };
    writer
        .header("Call-ID", which)
        .header("CSeq", format_args!("{} INVITE", 1 + script.index(3)))
        .header("Contact", "<sip:a@192.0.2.10>");
    finish(writer, script)
}

/// An answer to `message`, if it is a request; if it is none, something that nobody asked for.
pub(super) fn response(message: &Message, script: &mut Script<'_>) -> Vec<u8> {
    const STATUS: [u16; 16] =
        [100, 180, 183, 199, 200, 200, 202, 302, 401, 404, 408, 422, 481, 486, 491, 503];
    let mut writer = Writer::response(STATUS[script.index(STATUS.len())], "As Wanted");
    writer.copy(message, Name::Via).copy(message, Name::From);
    let to = message.header(Name::To).unwrap_or_default();
    match (message.to().tag(), script.index(4)) {
        (Some(_), 0..=2) | (None, 0) => writer.header("To", to),
        (_, tag) => writer.header("To", format_args!("<sip:b@192.0.2.10>;tag=t{tag}")),
    };
    writer.copy(message, Name::CallId).copy(message, Name::CSeq);
    writer.header("Contact", "<sip:b@192.0.2.10>");
    finish(writer, script)
}

/// A request in the dialog, or the transaction, of `message`.
pub(super) fn request(message: &Message, script: &mut Script<'_>) -> Vec<u8> {
    let method = METHODS[script.index(METHODS.len())];
    let mut writer = Writer::request(method, "sip:192.0.2.1:5060");
    let branch = match message.top_via().branch.filter(|_| script.octet().is_multiple_of(2)) {
        Some(branch) => branch.to_owned(),
        None => format!("z9hG4bKr{}", script.octet()),
    };
    writer.header("Via", format_args!("SIP/2.0/UDP 192.0.2.10;branch={branch}"));
    writer.header("Max-Forwards", 70);
    let (from, to) =
        if message.is_request() { (Name::To, Name::From) } else { (Name::From, Name::To) };
    writer.header("From", message.header(from).unwrap_or_default());
    writer.header("To", message.header(to).unwrap_or_default());
    writer.copy(message, Name::CallId);
    let number = match script.index(4) {
        0 => message.cseq().number,
        1 => message.cseq().number.saturating_sub(1),
        more => message.cseq().number.saturating_add(u32::try_from(more).unwrap_or(1)),
    };
    writer.header("CSeq", format_args!("{} {method}", number.min(0x7fff_ffff)));
    if method == "PRACK"
        && let Some(rseq) = message.header(Name::RSeq)
    {
        writer.header("RAck", format_args!("{rseq} {} INVITE", message.cseq().number));
    }
    writer.header("Contact", "<sip:a@192.0.2.10>");
    finish(writer, script)
}
