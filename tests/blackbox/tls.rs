//! SIP within TLS: certificates, names, reloads.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::judge;
use crate::support::pki::Pki;
use crate::support::stream_peer::{StreamPeer as Peer, while_called};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Who vouches for everybody of these tests but strangers.
static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);
static STRANGERS: LazyLock<Pki> = LazyLock::new(Pki::new);

const OURS: &[&str] = &["gateway.example.net", "sip:gateway.example.net"];
const SBC: &[&str] = &["sip:sbc.example.net", "host7.example.net"];

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a call within TLS is answered within TLS, from first to last",
        clause: "RFC 3261 §26.3.1",
        play: Play::Own(call_in),
    },
    Case {
        name: "a gateway whose authority the client does not know is not talked to",
        clause: "RFC 5922 §7.3",
        play: Play::Own(|gateway| {
            assert!(Peer::tls(gateway, &STRANGERS, &[]).is_err());
        }),
    },
    Case {
        name: "a client with a certificate of a stranger is turned away",
        clause: "RFC 5922 §7.4",
        play: Play::Own(stranger),
    },
    Case {
        name: "a ping within TLS gets its pong",
        clause: "RFC 5626 §3.5.1",
        play: Play::Own(|gateway| {
            let mut peer = Peer::tls(gateway, &PKI, &[]).unwrap();
            for _ in 0..3 {
                peer.write(b"\r\n\r\n");
                peer.expect_octets(b"\r\n");
            }
        }),
    },
    Case {
        name: "a name in the certificate makes a connection part of a trunk",
        clause: "RFC 5922 §7.4",
        play: Play::Own(trunk_by_name),
    },
    Case {
        name: "a peer that ends its side of TLS still gets its answer",
        clause: "RFC 8446 §6.1",
        play: Play::Own(half_close),
    },
    Case {
        name: "a call goes out within TLS to a peer that proves its name",
        clause: "RFC 5922 §7.3",
        play: Play::Own(call_out),
    },
    Case {
        name: "a peer of another name gets no call",
        clause: "RFC 5922 §7.3",
        play: Play::Own(|gateway| refused_out(gateway, &PKI, &["*.example.net"])),
    },
    Case {
        name: "a peer of another authority gets no call",
        clause: "RFC 5922 §7.1",
        play: Play::Own(|gateway| refused_out(gateway, &STRANGERS, SBC)),
    },
    Case {
        name: "certificates change under a call, which does not notice",
        clause: "RFC 5922 §7.3 (reload)",
        play: Play::Own(reload),
    },
    Case {
        name: "TLS 1.2 and TLS 1.3 are spoken",
        clause: "RFC 9325 §3.1.1",
        play: Play::Own(|gateway| {
            let before = ingress(gateway, "sbc");
            for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
                let config = PKI.client_speaking(version, SBC);
                let mut peer = Peer::tls_with(gateway, config).unwrap();
                peer.call("0199000001");
                peer.hang_up();
            }
            assert_eq!(ingress(gateway, "sbc"), before + 2.0);
        }),
    },
    Case {
        name: "a certificate that is no longer good, or not yet, proves nothing",
        clause: "RFC 5280 §4.1.2.5",
        play: Play::Own(|gateway| {
            let (sbc, failed) = (ingress(gateway, "sbc"), event(gateway, "handshake_failed"));
            for years in [[1990, 2000], [2090, 2099]] {
                if let Ok(mut peer) = Peer::tls_with(gateway, PKI.client_between(SBC, years)) {
                    peer.expect_end();
                }
            }
            assert_eq!(event(gateway, "handshake_failed"), failed + 2.0);
            assert_eq!(ingress(gateway, "sbc"), sbc);
        }),
    },
    Case {
        name: "a SIPS call has a SIPS Contact",
        clause: "RFC 3261 §12.1.1 (SIPS)",
        play: Play::Own(|gateway| {
            let mut peer = Peer::tls(gateway, &PKI, SBC).unwrap();
            let invite = peer.invite("0199000001");
            peer.write(invite.replacen("INVITE sip:", "INVITE sips:", 1).as_bytes());
            let answer = peer.expect(200);
            let contact = format!("\r\nContact: <sips:{}:5061>\r\n", gateway.address);
            assert!(answer.contains(&contact), "{answer}");
            let ack = peer.request("ACK", 1, "", "");
            peer.write(ack.as_bytes());
            peer.hang_up();
        }),
    },
    Case {
        name: "handshakes past the rate of one address are turned away, and those of others not",
        clause: "RFC 3261 §26.3.2.4",
        play: Play::Own(handshake_flood),
    },
    Case {
        name: "half a handshake holds nothing up and does not last",
        clause: "RFC 8446 §4.1",
        play: Play::Own(silent_handshake),
    },
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("pki-{}", std::process::id()))
}

/// The demo with TLS, and a second trunk that is known by its name only.
fn with_tls(configuration: &str, client_certificate: &str) -> String {
    let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
    let folder = PKI.write(&folder().join(address), OURS);
    let folder = folder.display();
    let listen = format!("\"tcp:{address}:5060\"");
    configuration
        .replace(&listen, &format!("{listen}, \"tls:{address}:5061\""))
        .replace(
            "\n[[sip.trunk]]\n",
            &format!(
                "\n[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"
client_ca = \"{folder}/peers.pem\"\nserver_ca = \"{folder}/peers.pem\"
client_certificate = \"{client_certificate}\"\nhandshakes_per_second = 64
[[sip.trunk]]\nname = \"sbc\"\ntls_names = [\"SBC.example.net\"]
target = \"tls:{address}:5071\"\n[[sip.trunk]]\n"
            ),
        )
        .replace(
            "\n[[route]]\n",
            "\n[[route]]\nprefix = \"+331990081\"\nfrom = \"exchange\"\nto = [\"sbc\"]\n[[route]]\n",
        )
}

#[test]
fn cases() {
    case::run_with(CASES, |configuration| with_tls(&configuration, "optional"));
}

fn ingress(gateway: &Gateway, trunk: &str) -> f64 {
    gateway.metric("tocsin_calls_started_total", &[&format!("ingress=\"{trunk}\"")])
}

fn event(gateway: &Gateway, name: &str) -> f64 {
    let label = format!("event=\"{name}\"");
    gateway.metric("tocsin_sip_connection_events_total", &[&label])
}

fn call_in(gateway: &Gateway) {
    let before = ingress(gateway, "voip");
    let mut peer = Peer::tls(gateway, &PKI, &[]).unwrap();
    let answer = peer.call("0199000001");
    assert!(answer.contains("\r\nVia: SIP/2.0/TLS "), "{answer}");
    let contact = format!("Contact: <sip:{}:5061;transport=tls>", gateway.address);
    assert!(answer.contains(&contact), "{answer}");
    sleep(Duration::from_millis(200));
    peer.hang_up();
    assert_eq!(ingress(gateway, "voip"), before + 1.0);
    assert!(gateway.metric("tocsin_sip_connections", &["transport=\"tls\""]) >= 1.0);
}

fn stranger(gateway: &Gateway) {
    let failed = event(gateway, "handshake_failed");
    // It knows our root, but ours does not know its own. In TLS 1.3 it learns after its handshake.
    let mut config = PKI.client(&[]);
    config.client_auth_cert_resolver =
        STRANGERS.client(&["sip:sbc.example.net"]).client_auth_cert_resolver;
    if let Ok(mut peer) = Peer::tls_with(gateway, config) {
        peer.expect_end();
    }
    assert_eq!(event(gateway, "handshake_failed"), failed + 1.0);
}

fn trunk_by_name(gateway: &Gateway) {
    let (voip, sbc) = (ingress(gateway, "voip"), ingress(gateway, "sbc"));
    for names in [SBC, &["sbc.example.net"]] {
        let mut peer = Peer::tls(gateway, &PKI, names).unwrap();
        peer.call("0199000001");
        peer.hang_up();
    }
    // §7.1: where there is a sip URI, DNS names do not count; and a user is no domain.
    for names in [&["sip:x.example.net", "sbc.example.net"], &["sip:a@sbc.example.net", "y"]] {
        let mut peer = Peer::tls(gateway, &PKI, names).unwrap();
        peer.call("0199000001");
        peer.hang_up();
    }
    assert_eq!((ingress(gateway, "voip"), ingress(gateway, "sbc")), (voip + 2.0, sbc + 2.0));
}

fn half_close(gateway: &Gateway) {
    let mut peer = Peer::tls(gateway, &PKI, &[]).unwrap();
    let options = peer.invite("0199000001").replace("INVITE", "OPTIONS");
    peer.write(options.as_bytes());
    peer.finish();
    peer.expect(200);
    peer.expect_end();
}

fn call_out(gateway: &Gateway) {
    let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
    while_called(gateway, "+33199008101", "1", || {
        let mut peer = Peer::accept_tls(&listener, &PKI, SBC).unwrap();
        assert_eq!(peer.asked_for().as_deref(), Some("sbc.example.net"));
        assert!(!peer.shown().is_empty(), "the gateway shows its own certificate");
        let invite = peer.expect_request("INVITE");
        assert!(invite.contains("\r\nVia: SIP/2.0/TLS "), "{invite}");
        assert!(invite.contains(":5061;transport=tls>"), "{invite}");
        peer.respond(&invite, "180 Ringing", false);
        peer.respond(&invite, "200 OK", true);
        peer.expect_request("ACK");
        let bye = peer.expect_request("BYE");
        peer.respond(&bye, "200 OK", false);
    });
}

/// A target with this certificate is not told of the call.
fn refused_out(gateway: &Gateway, pki: &Pki, names: &[&str]) {
    let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
    let unopened = event(gateway, "not_opened");
    let start = Instant::now();
    while_called(gateway, "+33199008102", "1", || {
        if let Ok(mut peer) = Peer::accept_tls(&listener, pki, names) {
            assert_eq!(peer.message(), None);
        }
    });
    assert!(start.elapsed() < Duration::from_secs(15), "it is told at once");
    assert_eq!(event(gateway, "not_opened"), unopened + 1.0);
}

fn reload(gateway: &Gateway) {
    let mut old = Peer::tls(gateway, &PKI, &[]).unwrap();
    old.call("0199000001");
    let folder = folder().join(gateway.address.to_string());
    let reloads = event(gateway, "certificates_reloaded");
    let refused = event(gateway, "certificates_refused");
    let wait = |name: &str, least: f64| {
        let start = Instant::now();
        while event(gateway, name) < least {
            assert!(start.elapsed() < Duration::from_secs(30), "{}", gateway.log());
            sleep(Duration::from_millis(50));
        }
    };
    // What cannot be read changes nothing.
    std::fs::write(folder.join("gateway.pem"), "no certificate").unwrap();
    gateway.signal("HUP");
    wait("certificates_refused", refused + 1.0);
    let same = Peer::tls(gateway, &PKI, &[]).unwrap();
    assert_eq!(same.shown(), old.shown());
    PKI.write(&folder, OURS);
    gateway.signal("HUP");
    wait("certificates_reloaded", reloads + 1.0);
    let mut new = Peer::tls(gateway, &PKI, &[]).unwrap();
    assert_ne!(new.shown(), old.shown());
    new.call("0199000001");
    new.hang_up();
    old.hang_up();
}

/// Handshakes of one address, as fast as they go: it has an eighth of 64 a second, twice that in one
/// burst.
fn handshake_flood(gateway: &Gateway) {
    let too_soon = event(gateway, "handshake_too_soon");
    let to = SocketAddr::new(gateway.address.into(), 5061);
    let config = std::sync::Arc::new(PKI.client(&[]));
    let start = Instant::now();
    let mut up = 0;
    for _ in 0..60 {
        let mut socket = crate::support::stream_peer::connect_from([127, 0, 0, 99], to);
        let name = rustls::pki_types::ServerName::try_from("gateway.example.net").unwrap();
        let mut session = rustls::ClientConnection::new(config.clone(), name).unwrap();
        let mut done = Ok((0, 0));
        while session.is_handshaking() && done.is_ok() {
            done = session.complete_io(&mut socket);
        }
        up += usize::from(done.is_ok());
    }
    let seconds = start.elapsed().as_secs() as usize + 1;
    assert!((16..=16 + 8 * seconds).contains(&up), "{up} in {seconds} s");
    assert_eq!(event(gateway, "handshake_too_soon"), too_soon + (60 - up) as f64);
    let mut peer = Peer::tls(gateway, &PKI, &[]).unwrap();
    peer.call("0199000001");
    peer.hang_up();
}

fn silent_handshake(gateway: &Gateway) {
    let to = SocketAddr::new(gateway.address.into(), 5061);
    let silent = std::net::TcpStream::connect(to).unwrap();
    let mut peer = Peer::tls(gateway, &PKI, &[]).unwrap();
    peer.call("0199000001");
    peer.hang_up();
    silent.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let end = std::io::Read::read(&mut &silent, &mut [0]);
    assert!(matches!(end, Ok(0)), "{end:?}");
}

#[test]
fn a_certificate_may_be_demanded_of_every_client() {
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        with_tls(&configuration, "required")
    });
    // RFC 5922 §7.4: local policy. In TLS 1.3 a client learns of it after its own handshake.
    if let Ok(mut peer) = Peer::tls(&gateway, &PKI, &[]) {
        peer.expect_end();
    }
    let mut peer = Peer::tls(&gateway, &PKI, &["anybody.example.org"]).unwrap();
    peer.call("0199000001");
    sleep(Duration::from_millis(500));
    peer.hang_up();
    gateway.wait_until_idle();
    // The capture has what was said within TLS, in clear.
    let file = gateway.folder.join(judge::FILE);
    judge::stop_and_judge(gateway);
    let seen = judge::tshark(&file, &["-Y", "tcp.port == 5061 && sip.Method == \"INVITE\""]);
    assert_eq!(seen.lines().count(), 1, "{seen}");
}

#[test]
fn a_trunk_may_be_known_by_proven_names_only() {
    // RFC 5922 §7.4. Its addresses are those of everybody here.
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let configuration = with_tls(&configuration, "optional");
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let voip = format!("target = \"udp:{address}:5070\"");
        let sources = "sources = [\"127.0.0.0/8\"]\n";
        assert!(configuration.contains(&voip) && configuration.contains(sources));
        configuration.replace(&voip, &format!("target = \"tls:{address}:5072\"")).replace(
            sources,
            &format!("{sources}tls_names = [\"voip.example.net\"]\ntls_required = true\n"),
        )
    });
    let refused = |mut peer: Peer| {
        let invite = peer.invite("0199000001");
        peer.write(invite.as_bytes());
        let answer = peer.message().unwrap();
        let answer =
            if answer.starts_with("SIP/2.0 100") { peer.message().unwrap() } else { answer };
        assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
    };
    refused(Peer::tcp(&gateway));
    refused(Peer::tls(&gateway, &PKI, &[]).unwrap());
    refused(Peer::tls(&gateway, &PKI, &["x.example.net"]).unwrap());
    for (names, trunk) in [(&["voip.example.net"][..], "voip"), (SBC, "sbc")] {
        let mut peer = Peer::tls(&gateway, &PKI, names).unwrap();
        peer.call("0199000001");
        peer.hang_up();
        assert_eq!(ingress(&gateway, trunk), 1.0, "{trunk}");
    }
    gateway.wait_until_idle();
    judge::stop_and_judge(gateway);
}
