//! A gateway that listens at many addresses at once, in each transport: what comes in by one is
//! answered by it, and so is all that follows.

use crate::support::callee::{Callee, Manner, header};
use crate::support::gateway::{Gateway, ports_of_its_own};
use crate::support::judge;
use crate::support::pki::Pki;
use crate::support::stream_peer::{StreamPeer as Peer, while_called};
use crate::support::ua::Ua;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

const SIX: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
/// Answers, and hangs up after five seconds.
const HANGS_UP: &str = "0199000700";

/// Where a gateway listens.
struct Listeners {
    udp: Vec<SocketAddr>,
    tcp: Vec<SocketAddr>,
    tls: Vec<SocketAddr>,
}

impl Listeners {
    fn of(address: Ipv4Addr, port: u16) -> Self {
        let [a, _, c, d] = address.octets();
        // Another interface of the machine.
        let other = Ipv4Addr::new(a, 1, c, d);
        let at = |host: Ipv4Addr, port| SocketAddr::new(host.into(), port);
        let six = SocketAddr::new(SIX, port);
        Self {
            udp: vec![at(address, 5060), at(other, 5060), at(address, 5080), six],
            tcp: vec![at(address, 5060), at(other, 5060), six],
            tls: vec![at(address, 5061), at(other, 5061), SocketAddr::new(SIX, port + 1)],
        }
    }

    fn written(&self) -> String {
        let all = [("udp", &self.udp), ("tcp", &self.tcp), ("tls", &self.tls)];
        let each = all
            .into_iter()
            .flat_map(|(way, list)| list.iter().map(move |address| format!("\"{way}:{address}\"")));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// The demo at all of these, sending its calls to `targets`.
fn start(pki: &Pki, port: u16, targets: &[String]) -> (Gateway, Listeners) {
    let gateway = Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let address = address.to_owned();
        let folder = format!("pki-listeners-{}-{address}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let folder = pki.write(&folder, &["gateway.example.net"]).display().to_string();
        let tls = format!(
            "\n[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"
client_ca = \"{folder}/peers.pem\"\nserver_ca = \"{folder}/peers.pem\"\n[[sip.trunk]]\n"
        );
        let list = Listeners::of(address.parse().unwrap(), port).written();
        let changed = ports_of_its_own(&configuration)
            .replace(
                &format!("listen = [\"udp:{address}:5060\", \"tcp:{address}:5060\"]"),
                &format!("listen = [{list}]"),
            )
            .replacen("\n[[sip.trunk]]\n", &tls, 1)
            .replace(
                &format!("[rtp]\naddress = \"{address}\""),
                &format!("[rtp]\naddress = [\"{address}\", \"::1\"]"),
            )
            .replace(
                "sources = [\"127.0.0.0/8\"]",
                "sources = [\"127.0.0.0/8\", \"::1\"]\ntls_names = [\"sbc.example.net\"]",
            );
        if targets.is_empty() {
            return changed;
        }
        changed.replace(
            &format!("target = \"udp:{address}:5070\""),
            &format!("target = [{}]", targets.join(", ")),
        )
    });
    let listeners = Listeners::of(gateway.address, port);
    (gateway, listeners)
}

/// A call over UDP to this listener, which the gateway ends.
fn over_udp(listener: SocketAddr) {
    let host = if listener.is_ipv6() { SIX } else { Ipv4Addr::LOCALHOST.into() };
    let mut ua = Ua::between(listener, (host, host));
    let answer = ua.call(HANGS_UP);
    assert_eq!(header(&answer, "Contact"), format!("<sip:{listener}>"));
    let (from, bye) = ua.hung_up();
    assert_eq!(from, listener, "{bye}");
    let via = header(&bye, "Via");
    assert!(via.starts_with(&format!("SIP/2.0/UDP {listener};")), "{listener}: {via}");
}

/// The same over a connection.
fn over_stream(mut peer: Peer, (way, listener): (&str, SocketAddr)) {
    let answer = peer.call(HANGS_UP);
    let contact = format!("<sip:{listener};transport={way}>");
    assert_eq!(header(&answer, "Contact"), contact);
    let bye = peer.expect_request("BYE");
    let via = header(&bye, "Via");
    let expected = format!("SIP/2.0/{} {listener};", way.to_uppercase());
    assert!(via.starts_with(&expected), "{listener}: {via}");
    peer.respond(&bye, "200 OK", false);
}

#[test]
fn calls_at_each_listener_at_once_stay_there() {
    // RFC 3261 §8.1.1.7, §8.1.1.8, §12.1.1, §18.1.1, §18.2.2.
    let pki = Pki::new();
    let port = 20_000 + (std::process::id() % 3_000) as u16 * 2;
    let (gateway, listeners) = start(&pki, port, &[]);
    std::thread::scope(|scope| {
        for listener in listeners.udp.iter().copied() {
            scope.spawn(move || over_udp(listener));
        }
        for listener in listeners.tcp.iter().copied() {
            scope.spawn(move || over_stream(Peer::tcp_to(listener), ("tcp", listener)));
        }
        for listener in listeners.tls.iter().copied() {
            let pki = &pki;
            scope.spawn(move || {
                let peer = Peer::tls_to(listener, pki, &["sbc.example.net"]).unwrap();
                over_stream(peer, ("tls", listener));
            });
        }
    });
    gateway.wait_until_idle();
    assert_eq!(gateway.records().len(), 10);
    judge::stop_and_judge(gateway);
}

#[test]
fn a_call_leaves_from_the_listener_that_fits_each_target() {
    // RFC 3261 §18.1.1, RFC 3263 §4.3: one after the other, as each has no place.
    let pki = Pki::new();
    let port = 26_500 + (std::process::id() % 3_000) as u16 * 2;
    let four = Callee::at(SocketAddr::from(([127, 0, 0, 1], 0)), Manner::Refuses(503));
    let six = Callee::at(SocketAddr::new(SIX, 0), Manner::Refuses(503));
    let listener = |host| TcpListener::bind((host, 0)).unwrap();
    let (tcp, tcp6, tls) = (listener(Ipv4Addr::LOCALHOST.into()), listener(SIX), listener(SIX));
    let at = |listener: &TcpListener| listener.local_addr().unwrap();
    let targets = [
        format!("\"udp:{}\"", four.address),
        format!("\"udp:{}\"", six.address),
        format!("\"tcp:{}\"", at(&tcp)),
        format!("\"tcp:{}\"", at(&tcp6)),
        format!("\"tls:{}\"", at(&tls)),
    ];
    let (gateway, listeners) = start(&pki, port, &targets);
    while_called(&gateway, "0199008001", "0.3", || {
        for (callee, listener) in [(&four, listeners.udp[0]), (&six, listeners.udp[3])] {
            told(&callee.expect("INVITE"), ("UDP", ""), listener);
        }
        for (socket, listener) in [(&tcp, listeners.tcp[0]), (&tcp6, listeners.tcp[2])] {
            let mut peer = Peer::accept(socket);
            let invite = peer.expect_request("INVITE");
            told(&invite, ("TCP", ";transport=tcp"), listener);
            peer.respond(&invite, "503 No", false);
            peer.expect_request("ACK");
        }
        let mut peer = Peer::accept_tls(&tls, &pki, &["sbc.example.net"]).unwrap();
        let invite = peer.expect_request("INVITE");
        told(&invite, ("TLS", ";transport=tls"), listeners.tls[2]);
        assert!(invite.contains("\r\nc=IN IP6 ::1\r\n"), "{invite}");
        peer.respond(&invite, "200 OK", true);
        let ack = peer.expect_request("ACK");
        assert!(header(&ack, "Via").contains(&listeners.tls[2].to_string()), "{ack}");
        let bye = peer.expect_request("BYE");
        assert!(header(&bye, "Via").contains(&listeners.tls[2].to_string()), "{bye}");
        peer.respond(&bye, "200 OK", false);
    });
    judge::stop_and_judge(gateway);
}

#[test]
fn a_call_leaves_from_where_the_peer_calls_or_from_where_the_trunk_says() {
    // RFC 3261 §18.1.1: which socket is the element's own choice.
    let start = |named: &str| {
        Gateway::start_with(&["--pcap", judge::FILE], |configuration| {
            let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
            let listen = format!("\"tcp:{address}:5060\"");
            let more = format!("{listen}, \"udp:{address}:5080\", \"udp:{address}:5082\"");
            let target = format!("target = \"udp:{address}:5070\"");
            let named = named.replace("HERE", address);
            configuration.replace(&listen, &more).replace(&target, &format!("{target}\n{named}"))
        })
    };
    let called_from = |gateway: &Gateway| {
        let mut callee = crate::support::peer::Peer::called(gateway);
        gateway.originate("+33199008001", 0.2);
        let invite = callee.expect("INVITE ");
        callee.answer(&invite, "486 Busy Here", "");
        callee.expect("ACK ");
        gateway.wait_until_idle();
        let via = header(&invite, "Via").split([' ', ';']).nth(1).unwrap().to_owned();
        assert!(header(&invite, "Contact").contains(&via), "{invite}");
        via.parse::<SocketAddr>().unwrap().port()
    };
    let gateway = start("");
    let at = |port| SocketAddr::new(gateway.address.into(), port);
    assert_eq!(called_from(&gateway), 5060);
    for port in [5082, 5080] {
        let host = gateway.address.into();
        let mut ua = Ua::between(at(port), (host, host));
        ua.call("0199001001");
        ua.hang_up();
        gateway.wait_until_idle();
        assert_eq!(called_from(&gateway), port);
    }
    judge::stop_and_judge(gateway);
    let gateway = start("listener = \"udp:HERE:5082\"");
    let mut ua = Ua::new(&gateway);
    ua.call("0199001001");
    ua.hang_up();
    gateway.wait_until_idle();
    assert_eq!(called_from(&gateway), 5082);
    judge::stop_and_judge(gateway);
}

/// What an INVITE says of the listener that it came from.
fn told(invite: &str, (via, parameter): (&str, &str), listener: SocketAddr) {
    let found = header(invite, "Via");
    assert!(found.starts_with(&format!("SIP/2.0/{via} {listener};")), "{listener}: {found}");
    let contact = header(invite, "Contact");
    assert!(contact.contains(&format!("{listener}{parameter}>")), "{listener}: {contact}");
}
