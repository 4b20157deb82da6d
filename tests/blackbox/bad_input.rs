//! Broken input gets the answer the standard names and disturbs no other call.

use crate::support::gateway::Gateway;
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use std::net::UdpSocket;
use std::time::Duration;

/// Broken but answerable requests, and what the answer must begin with.
const ANSWERABLE: &[(&str, &str)] = &[
    ("Content-Length: -1", "SIP/2.0 400 "),
    ("Content-Length: 9999", "SIP/2.0 400 "),
    ("CSeq: x INVITE", "SIP/2.0 400 "),
    ("Max-Forwards: 0", "SIP/2.0 483 "),
    ("Require: nothing-we-know", "SIP/2.0 420 "),
];

fn request(broken: &str, local: std::net::SocketAddr, number: usize) -> String {
    let mut lines = vec![
        "INVITE sip:0199000001@127.0.0.1 SIP/2.0".to_owned(),
        format!("Via: SIP/2.0/UDP {local};branch=z9hG4bKbad{number}"),
        format!("From: <sip:+33639980001@{local}>;tag=bad{number}"),
        "To: <sip:0199000001@127.0.0.1>".to_owned(),
        format!("Call-ID: bad{number}@{local}"),
        "CSeq: 1 INVITE".to_owned(),
        "Max-Forwards: 70".to_owned(),
        format!("Contact: <sip:bad@{local}>"),
        "Content-Length: 0".to_owned(),
    ];
    let name = broken.split(':').next().unwrap();
    lines.retain(|line| !line.starts_with(&format!("{name}:")));
    lines.push(broken.to_owned());
    lines.join("\r\n") + "\r\n\r\n"
}

#[test]
fn broken_input_is_answered_or_counted_while_other_calls_go_on() {
    let gateway = Gateway::start();
    let talk = Scenario::caller().progress(180).answered().pause(300).hang_up().finish();
    let load = Load { calls: 100, rate: 25, limit: 50, ..Load::ONE };
    let good = sipp::caller(&gateway, "good", &talk, "0199000001", load);

    let socket = UdpSocket::bind((gateway.address, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let local = socket.local_addr().unwrap();
    let mut buffer = [0; 4096];
    for (number, (broken, expected)) in ANSWERABLE.iter().enumerate() {
        socket.send_to(request(broken, local, number).as_bytes(), gateway.sip()).unwrap();
        let answer = loop {
            let (length, _) = socket.recv_from(&mut buffer).expect(broken);
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.contains(&format!("bad{number}")) && !text.starts_with("SIP/2.0 100") {
                break text;
            }
        };
        assert!(answer.starts_with(expected), "{broken}: {answer}");
        let ack = request("CSeq: 1 ACK", local, number).replacen("INVITE", "ACK", 1);
        socket.send_to(ack.as_bytes(), gateway.sip()).unwrap();
    }
    for garbage in
        [&b"\x00\xff\x80hello"[..], b"GET / HTTP/1.1\r\n\r\n", b"\r\n\r\n", &[0x1f; 1400]]
    {
        for _ in 0..50 {
            socket.send_to(garbage, gateway.sip()).unwrap();
        }
    }

    good.expect_success(&gateway);
    gateway.wait_until_idle();
}
