//! The demo on ::1: SIP and speech over IPv6.

use crate::support::callee::{Callee, Manner};
use crate::support::gateway::{Gateway, ports_of_its_own};
use crate::support::judge;
use crate::support::pki::Pki;
use crate::support::scenario::Scenario;
use crate::support::stream_peer::StreamPeer as Peer;
use crate::support::ua::Ua;
use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// sipp calls over IPv6.
fn sipp(gateway: &Gateway, name: &str, transport: &str, port: u16) {
    let scenario = Scenario::caller().progress(180).answered().pause(300).hang_up().finish();
    let file = gateway.folder.join(format!("{name}.xml"));
    fs::write(&file, scenario).unwrap();
    let output = Command::new("sipp")
        .arg("-sf")
        .arg(&file)
        .args(["-i", "::1", "-mi", "::1", "-m", "1", "-t", transport, "-s", "0199000001"])
        .args(["-timeout", "20", "-timeout_error", "-nostdin", &format!("[::1]:{port}")])
        .current_dir(&gateway.folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{transport}: {told}\n{}", gateway.log());
    gateway.wait_until_idle();
}

#[test]
fn calls_over_udp_and_tcp_with_speech_over_ipv6() {
    // RFC 3261 §19.1.1 (IPv6 references), RFC 4566 §5.7 (IN IP6).
    let port = 17_000 + (std::process::id() % 3_000) as u16;
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        ports_of_its_own(&configuration)
            .replace(
                &format!("\"tcp:{address}:5060\""),
                &format!("\"udp:[::1]:{port}\", \"tcp:[::1]:{port}\""),
            )
            .replace(&format!("[rtp]\naddress = \"{address}\""), "[rtp]\naddress = \"::1\"")
            .replace("sources = [\"127.0.0.0/8\"]", "sources = [\"127.0.0.0/8\", \"::1\"]")
    });
    sipp(&gateway, "udp6", "u1", port);
    sipp(&gateway, "tcp6", "t1", port);
    let mut peer = Peer::tcp_to(format!("[::1]:{port}").parse().unwrap());
    let answer = peer.call("0199000001");
    assert!(answer.contains("\r\nc=IN IP6 ::1\r\n"), "{answer}");
    assert!(answer.contains(&format!("Contact: <sip:[::1]:{port};transport=tcp>")), "{answer}");
    peer.hang_up();
    gateway.wait_until_idle();
    let packets = gateway.metric("tocsin_rtp_packets_total", &["direction=\"out\""]);
    assert!(packets > 10.0, "speech over IPv6: {packets}");
}

#[test]
fn calls_within_tls_over_ipv6() {
    // RFC 3261 §26.2.1, RFC 5922 §7.
    let pki = Pki::new();
    let port = 40_000 + (std::process::id() % 20_000) as u16;
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let folder = format!("pki6-{}-{address}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let folder = pki.write(&folder, &["gateway.example.net"]).display().to_string();
        let listen = format!("\"tcp:{address}:5060\"");
        let tls = format!(
            "\n[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"
client_ca = \"{folder}/peers.pem\"\n[[sip.trunk]]\n"
        );
        ports_of_its_own(&configuration)
            .replace(&listen, &format!("{listen}, \"tls:[::1]:{port}\""))
            .replacen("\n[[sip.trunk]]\n", &tls, 1)
            .replace(&format!("[rtp]\naddress = \"{address}\""), "[rtp]\naddress = \"::1\"")
            .replace(
                "sources = [\"127.0.0.0/8\"]",
                "sources = [\"127.0.0.0/8\"]\ntls_names = [\"sbc.example.net\"]",
            )
    });
    let to = SocketAddr::new([0, 0, 0, 0, 0, 0, 0, 1].into(), port);
    let mut peer = Peer::tls_to(to, &pki, &["sbc.example.net"]).unwrap();
    let answer = peer.call("0199000001");
    assert!(answer.contains(&format!("Contact: <sip:[::1]:{port};transport=tls>")), "{answer}");
    assert!(answer.contains("\r\nc=IN IP6 ::1\r\n"), "{answer}");
    peer.hang_up();
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}

const SIX: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// The demo with SIP on UDP over both families, and speech of those that `speech` makes of the
/// IPv4 address; calls go to `callee`.
fn dual(port: u16, callee: &str, speech: impl FnOnce(&str) -> String) -> Gateway {
    Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let address = address.to_owned();
        ports_of_its_own(&configuration)
            .replace(
                &format!("\"tcp:{address}:5060\""),
                &format!("\"udp:[::1]:{port}\", \"tcp:{address}:5060\""),
            )
            .replace(
                &format!("[rtp]\naddress = \"{address}\""),
                &format!("[rtp]\naddress = {}", speech(&address)),
            )
            .replace("sources = [\"127.0.0.0/8\"]", "sources = [\"127.0.0.0/8\", \"::1\"]")
            .replace(&format!("target = \"udp:{address}:5070\""), &format!("target = {callee}"))
    })
}

#[test]
fn speech_is_of_the_family_of_the_offer() {
    // RFC 6157 §4, RFC 3264 §6.
    let port = 21_000 + (std::process::id() % 20_000) as u16;
    let callee = Callee::at(SocketAddr::new(SIX, 0), Manner::Answers);
    let target = format!("\"udp:{}\"", callee.address);
    let gateway = dual(port, &target, |address| format!("[\"{address}\", \"::1\"]"));
    let four: IpAddr = gateway.address.into();
    let to = |host: IpAddr| SocketAddr::new(host, if host == SIX { port } else { 5060 });
    for (signals, speaks) in [(four, four), (four, SIX), (SIX, SIX), (SIX, four)] {
        let mut ua = Ua::between(to(signals), (signals, speaks));
        ua.call("0199000001");
        let octets = ua.echoed_octets_in_order(50);
        assert!(octets > 50 * 160 / 2, "{signals}, {speaks}: {octets}\n{}", gateway.log());
        ua.hang_up();
        gateway.wait_until_idle();
    }
    // A late offer is of the family of the signalling, and so is the offer to a callee.
    let mut ua = Ua::between(to(SIX), (SIX, SIX));
    ua.invite("0199000001", None);
    let answer = ua.expect(200);
    assert!(answer.contains("\r\nc=IN IP6 ::1\r\n"), "{answer}");
    ua.set_remote(&answer);
    let sdp = ua.sdp();
    ua.acknowledge(Some(&sdp));
    assert!(ua.echoed_octets_in_order(50) > 50 * 160 / 2);
    ua.hang_up();
    gateway.originate("0199008001", 0.5);
    let invite = callee.expect("INVITE");
    assert!(invite.contains("\r\nc=IN IP6 ::1\r\n"), "{invite}");
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}

#[test]
fn a_target_of_the_other_family_is_offered_its_own() {
    // RFC 3263 §4.3, RFC 6157 §4: the first target is gone.
    let port = 22_000 + (std::process::id() % 20_000) as u16;
    let first = Callee::at(SocketAddr::from(([127, 0, 0, 1], 0)), Manner::Refuses(503));
    let second = Callee::at(SocketAddr::new(SIX, 0), Manner::Answers);
    let targets = format!("[\"udp:{}\", \"udp:{}\"]", first.address, second.address);
    let gateway = dual(port, &targets, |address| format!("[\"::1\", \"{address}\"]"));
    gateway.originate("0199008001", 0.5);
    let invite = second.expect("INVITE");
    assert!(invite.contains("\r\nc=IN IP6 ::1\r\n"), "{invite}");
    let invite = first.expect("INVITE");
    let told = format!("\r\nc=IN IP4 {}\r\n", gateway.address);
    assert!(invite.contains(&told), "{invite}");
    gateway.wait_until_idle();
    let records = gateway.records();
    assert_eq!(records[0]["cause"], 16, "{records:?}");
}

#[test]
fn a_gateway_of_one_family_refuses_the_other_but_in_an_emergency() {
    // RFC 3261 §20.43 (301), and nobody is called for it.
    let port = 23_000 + (std::process::id() % 20_000) as u16;
    let gateway = dual(port, "\"udp:127.0.0.1:9\"", |address| format!("\"{address}\""));
    let four: IpAddr = gateway.address.into();
    let mut ua = Ua::between(gateway.sip(), (four, SIX));
    let sdp = ua.sdp();
    ua.invite("0199000301", Some(&sdp));
    let refusal = ua.expect(488);
    assert!(refusal.contains("\r\nWarning: 301 "), "{refusal}");
    assert_eq!(ua.provisional, 0);
    ua.acknowledge_failure();
    // There may be somebody on the way who turns one into the other.
    for signals in [four, SIX] {
        let to = SocketAddr::new(signals, if signals == SIX { port } else { 5060 });
        let mut ua = Ua::between(to, (signals, SIX));
        ua.invite("112", Some(&sdp));
        let answer = ua.expect(200);
        assert!(answer.contains(&format!("\r\nc=IN IP4 {four}\r\n")), "{answer}");
        ua.acknowledge(None);
        ua.hang_up();
        gateway.wait_until_idle();
    }
    assert_eq!(gateway.metric("tocsin_sip_events_total", &["\"no_address\""]), 1.0);
    judge::stop_and_judge(gateway);
}
