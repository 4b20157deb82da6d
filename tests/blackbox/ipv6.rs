//! The demo on ::1: SIP and speech over IPv6.

use crate::support::gateway::Gateway;
use crate::support::judge;
use crate::support::pki::Pki;
use crate::support::scenario::Scenario;
use crate::support::stream_peer::StreamPeer as Peer;
use std::fs;
use std::net::SocketAddr;
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
    let port = 20_000 + (std::process::id() % 20_000) as u16;
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        configuration
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
        configuration
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
