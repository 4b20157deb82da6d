//! The torture messages of RFC 5118 as they stand in it, put to the real binary over both families
//! of addresses.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::{Gateway, ports_of_its_own};
use crate::support::raw::Raw;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// File, the final status, and what stands in the answer.
const MESSAGES: &[(&str, u16, &str)] = &[
    // §4.1 to §4.4: REGISTER is known and not taken; where the port of a reference is anybody's
    // guess it is read as the reference says.
    ("ipv6-good", 405, "as3-111;received="),
    ("ipv6-bad", 400, "as3-111;received="),
    ("port-ambiguous", 405, "\r\nAllow: INVITE, "),
    ("port-unambiguous", 405, "\r\nAllow: INVITE, "),
    // §4.5: with the delimiters and without.
    ("via-received-param-with-delim", 481, "\r\nCSeq: 321 BYE\r\n"),
    ("via-received-param-no-delim", 200, "\r\nCSeq: 921 OPTIONS\r\n"),
    // §4.6, §4.9: neither codec is one of ours.
    ("ipv6-in-sdp", 488, "\r\nWarning: 305 "),
    ("ipv4-mapped-ipv6", 488, "\r\nWarning: 305 "),
    // §4.7: each Via comes back as it was.
    ("mult-ip-in-header", 481, "451jj;received=192.0.2.200\r\nFrom: "),
    // §4.8: speech over IPv4 and pictures over IPv6; who is called is nobody.
    ("mult-ip-in-sdp", 404, "\r\nReason: Q.850;cause=1;"),
    // §4.10
    ("ipv6-bug-abnf-3-colons", 200, "\r\nAllow: INVITE, "),
    ("ipv6-correct-abnf-2-colons", 200, "\r\nAllow: INVITE, "),
];

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "messages with IPv6 references over datagrams of IPv4",
        clause: "RFC 5118 §4",
        play: Play::Own(|gateway| {
            for (file, status, holds) in MESSAGES {
                let octets = message(file);
                // Answers go to the port of the Via (RFC 3261 §18.2.2).
                let port = if *file == "mult-ip-in-header" {
                    6050
                } else if *file == "ipv4-mapped-ipv6" {
                    19_823
                } else {
                    5060
                };
                let peer = Raw::new(gateway, 200, port);
                peer.send_octets(&octets);
                let mut answer = peer.receive();
                if answer.starts_with("SIP/2.0 100 ") {
                    answer = peer.receive();
                }
                assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{file}: {answer}");
                assert!(answer.contains(holds), "{file}: {answer}");
                acknowledge(&octets, &answer, |ack| peer.send(ack));
                assert!(peer.hears_nothing(100), "{file}");
            }
            still_serves(gateway);
        }),
    },
    Case {
        name: "messages with IPv6 references over a connection of IPv6",
        clause: "RFC 5118 §4 (over IPv6)",
        play: Play::Own(|gateway| {
            let to = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), six_of(gateway.address));
            let mut stream = TcpStream::connect(to).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
            for (file, status, holds) in MESSAGES {
                // The same branch over datagrams would make it a copy (RFC 3261 §17.2.3).
                let text = String::from_utf8(message(file)).unwrap();
                let octets = text.replace("branch=z9hG4bK", "branch=z9hG4bKsix").into_bytes();
                stream.write_all(&octets).unwrap();
                let mut answer = read(&mut stream);
                if answer.starts_with("SIP/2.0 100 ") {
                    answer = read(&mut stream);
                }
                assert!(answer.starts_with(&format!("SIP/2.0 {status} ")), "{file}: {answer}");
                assert!(answer.contains(holds), "{file}: {answer}");
                acknowledge(&octets, &answer, |ack| stream.write_all(ack.as_bytes()).unwrap());
            }
            still_serves(gateway);
        }),
    },
];

#[test]
fn messages_of_rfc_5118() {
    case::run_with(CASES, |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let listen = format!("\"tcp:{address}:5060\"");
        let six = six_of(address.parse().unwrap());
        ports_of_its_own(&configuration)
            .replace(&listen, &format!("{listen}, \"tcp:[::1]:{six}\""))
            .replace(
                &format!("[rtp]\naddress = \"{address}\""),
                &format!("[rtp]\naddress = [\"{address}\", \"::1\"]"),
            )
            .replace("sources = [\"127.0.0.0/8\"]", "sources = [\"127.0.0.0/8\", \"::1\"]")
    });
}

fn six_of(address: Ipv4Addr) -> u16 {
    let [_, _, network, host] = address.octets();
    13_000 + u16::from(network) * 8 + u16::from(host) % 8
}

fn message(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/sip-parser/tests/torture");
    fs::read(folder.join(format!("{file}.dat"))).unwrap()
}

/// The ACK that ends the transaction of a refused INVITE (RFC 3261 §17.1.1.3).
fn acknowledge(request: &[u8], answer: &str, send: impl FnOnce(&str)) {
    let request = String::from_utf8_lossy(request);
    let line = |text: &str, name: &str| {
        text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
    };
    let Some(rest) = request.strip_prefix("INVITE ") else { return };
    let (uri, cseq) = (rest.split(' ').next().unwrap(), line(&request, "CSeq:"));
    send(&format!(
        "ACK {uri} SIP/2.0\r\n{}\r\n{}\r\n{}\r\n{}\r\n{}\r\nMax-Forwards: 70\r\n\
         Content-Length: 0\r\n\r\n",
        line(&request, "Via:"),
        line(&request, "From:"),
        line(answer, "To:"),
        line(&request, "Call-ID:"),
        cseq.replace("INVITE", "ACK")
    ));
}

/// One message without a body that anybody looks at.
fn read(stream: &mut TcpStream) -> String {
    let mut octets = Vec::new();
    while !octets.ends_with(b"\r\n\r\n") {
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        octets.push(one[0]);
    }
    let head = String::from_utf8(octets).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn still_serves(gateway: &Gateway) {
    let mut caller = crate::support::ua::Ua::new(gateway);
    caller.call("0199001001");
    caller.hang_up();
}
