//! What has lost emergency calls elsewhere: each case is one such call, and it is answered.

use crate::support::callee::{Callee, Manner};
use crate::support::case::{self, Case, Play};
use crate::support::dns::Dns;
use crate::support::gateway::Gateway;
use crate::support::raw::Raw;
use crate::support::stream_peer::{StreamPeer, while_called};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

/// The number that the plan gives to 112.
const CENTRE: &str = "+33199009400";

/// The centre can be reached at the SIP trunk as well, whose marks are believed.
fn configure(configuration: String) -> String {
    let trusting = configuration.replace("trusted = false", "trusted = true");
    format!("{trusting}\n[[route]]\nprefix = \"{CENTRE}\"\nfrom = \"exchange\"\nto = [\"voip\"]\n")
}

/// A call to `number` with further headers, its INVITE changed: answered, acknowledged and ended.
fn answered(gateway: &Gateway, number: &str, headers: &str, change: impl Fn(String) -> String) {
    let mut peer = Raw::new(gateway, 0, 0);
    let invite = change(peer.request("INVITE", (number, 1), "", headers));
    peer.send(&invite);
    let answer = peer.expect("SIP/2.0 200");
    peer.follow(&invite, &answer, "ACK", 1);
    peer.follow(&invite, &answer, "BYE", 2);
    peer.expect("SIP/2.0 200");
}

fn refused(gateway: &Gateway, number: &str, status: u16, headers: &str) {
    let mut peer = Raw::new(gateway, 0, 0);
    let invite = peer.request("INVITE", (number, 1), "", headers);
    peer.send(&invite);
    let answer = peer.expect(&format!("SIP/2.0 {status}"));
    peer.follow(&invite, &answer, "ACK", 1);
}

/// Takes the call that comes, until the exchange hangs up.
fn taken(peer: &mut Raw, invite: &str) {
    peer.reply(invite, "200 OK", "", "", true);
    peer.expect("ACK");
    let bye = peer.expect("BYE");
    peer.reply(&bye, "200 OK", "", "", false);
}

/// The same description, shorter by what is cut out of it.
fn without(invite: String, cut: &str, instead: &str) -> String {
    assert!(invite.contains(cut), "{invite}");
    let (head, body) = invite.split_once("\r\n\r\n").unwrap();
    let body = body.replace(cut, instead);
    let head = head.split("Content-Length").next().unwrap();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

const CASES: &[Case] = &[
    Case {
        name: "ICMP says that nobody listens; the INVITE is sent again until somebody does",
        clause: "RFC 3261 §18.4",
        play: Play::Own(|gateway| {
            while_called(gateway, CENTRE, "0.2", || {
                std::thread::sleep(Duration::from_secs(2));
                let mut late = Raw::new(gateway, 0, 5070);
                let invite = late.expect("INVITE");
                assert!(invite.contains(CENTRE), "{invite}");
                taken(&mut late, &invite);
            });
            let records = gateway.records();
            assert!(records.last().unwrap()["answered"].is_string(), "{records:?}");
        }),
    },
    Case {
        name: "an extension is required that nobody knows",
        clause: "RFC 3261 §8.2.2.3",
        play: Play::Own(|gateway| {
            let require = "Require: teleportation\r\n";
            refused(gateway, "0199000001", 420, require);
            answered(gateway, "112", require, |invite| invite);
            answered(gateway, "+33112;phone-context=+33", require, |invite| invite);
            assert!(gateway.metric("tocsin_sip_events_total", &["event=\"overlooked\""]) >= 2.0);
        }),
    },
    Case {
        name: "the offer breaks the syntax, names no address, or cannot be read at all",
        clause: "RFC 3261 §13.2.1",
        play: Play::Own(|gateway| {
            answered(gateway, "112", "", |invite| without(invite, "v=0", "v=zero"));
            let own = format!("c=IN IP4 {}\r\n", gateway.address);
            answered(gateway, "15", "", |invite| without(invite, &own, ""));
            answered(gateway, "17", "", |invite| {
                without(invite, &own, "c=IN IP4 phone.invalid\r\n")
            });
        }),
    },
    Case {
        name: "the Request-URI holds octets that are no text",
        clause: "RFC 3261 §25.1",
        play: Play::Own(|gateway| {
            for (number, wrong) in [("112", &b"@h;name=caf\xe9"[..]), ("18", b"\xff@h")] {
                let mut peer = Raw::new(gateway, 0, 0);
                let invite = peer.request("INVITE", (number, 1), "", "");
                let (_, rest) = invite.split_once(" SIP/2.0").unwrap();
                let line = [b"INVITE sip:", number.as_bytes(), wrong, b" SIP/2.0"].concat();
                peer.send_octets(&[&line[..], rest.as_bytes()].concat());
                let answer = peer.expect("SIP/2.0 200");
                peer.follow(&invite, &answer, "ACK", 1);
                peer.follow(&invite, &answer, "BYE", 2);
                peer.expect("SIP/2.0 200");
                gateway.wait_until_idle();
                assert_eq!(gateway.records().last().unwrap()["class"], "emergency");
            }
        }),
    },
    Case {
        name: "the mark stands on the second line, and the call is an emergency at first sight",
        clause: "RFC 4412 §3.1, RFC 7135",
        play: Play::Own(|gateway| {
            let marks = "Resource-Priority: wps.4\r\nRequire: teleportation\r\n\
                         Resource-Priority: esnet.1\r\n";
            answered(gateway, "0199000001", marks, |invite| invite);
            gateway.wait_until_idle();
            assert_eq!(gateway.records().last().unwrap()["class"], "emergency");
        }),
    },
    Case {
        name: "the call has no hop left",
        clause: "RFC 3261 §16.3",
        play: Play::Own(|gateway| {
            let none = |invite: String| invite.replace("Max-Forwards: 70", "Max-Forwards: 0");
            answered(gateway, "18", "", none);
            let mut peer = Raw::new(gateway, 0, 0);
            let invite = none(peer.request("INVITE", ("0199000001", 1), "", ""));
            peer.send(&invite);
            let answer = peer.expect("SIP/2.0 483");
            peer.follow(&invite, &answer, "ACK", 1);
        }),
    },
    Case {
        name: "380 says that it is an emergency call, which goes where the plan says",
        clause: "RFC 3261 §21.3.5, TS 24.229 §5.1.2A.1.1",
        play: Play::Own(|gateway| {
            let mut peer = Raw::new(gateway, 0, 5070);
            while_called(gateway, "+33199008007", "0.2", || {
                let first = peer.expect("INVITE sip:+33199008007");
                let contact = "Contact: <urn:service:sos>\r\n";
                peer.reply(&first, "380 Alternative Service", "", contact, false);
                peer.expect("ACK");
                let second = peer.expect("INVITE sip:+33199009400");
                taken(&mut peer, &second);
            });
            let records = gateway.records();
            let record = records.last().unwrap();
            assert_eq!((&record["class"], &record["attempts"]), (&"emergency".into(), &2.into()));
        }),
    },
];

#[test]
fn cases() {
    case::run_with(CASES, configure);
}

/// RFC 3261 §18.1.1: too large for a datagram, so by TCP, whose connection is up and leads nowhere.
#[test]
fn a_large_emergency_call_outlives_a_dead_connection() {
    let dns = Dns::start();
    let callee = Callee::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Manner::Answers);
    let listener = TcpListener::bind(callee.address).unwrap();
    // A name as long as names may be: the Request-URI and To hold it.
    let label = "x".repeat(60);
    let name = format!("{label}.{label}.{label}.{label}.net");
    dns.a(&name, 600, &[Ipv4Addr::LOCALHOST]);
    let gateway = Gateway::start_with(&[], |configuration| {
        let servers = format!("servers = [\"{}\"]", dns.address);
        let mut text = configuration.replace("servers = []", &servers);
        let (port, number) = (callee.address.port(), "+33199008007");
        let _ = write!(
            text,
            "\n[[sip.trunk]]\nname = \"far\"\ntarget = \"sip:{name}:{port};transport=udp\"\n\
             [[route]]\nprefix = \"{CENTRE}\"\nfrom = \"exchange\"\nto = [\"far\"]\n\
             [[route]]\nprefix = \"{number}\"\nfrom = \"exchange\"\nto = [\"far\"]\n"
        );
        text
    });
    // An ordinary call opens the connection.
    std::thread::scope(|scope| {
        scope.spawn(|| gateway.tocsin(&["originate", "+33199008007", "--hold", "0.1"]));
        let mut stream = StreamPeer::accept(&listener);
        let invite = stream.expect_request("INVITE");
        stream.respond(&invite, "486 Busy Here", false);
        stream.expect_request("ACK");
        assert_eq!(callee.calls(), 0);
        gateway.wait_until_idle();
        // From now on nobody reads it.
        let start = Instant::now();
        let (code, told) = gateway.tocsin(&["originate", CENTRE, "--hold", "0.1"]);
        assert_eq!(code, 0, "{told}\n{}", gateway.log());
        let took = start.elapsed();
        assert!(took > Duration::from_secs(2) && took < Duration::from_secs(15), "{took:?}");
        assert!(stream.message().is_some(), "it went by the connection first");
        assert_eq!(callee.calls(), 1);
    });
}
