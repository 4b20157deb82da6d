//! The priority mark (DSCP) of what goes out, as a receiver's own system sees it: a filter on the
//! receiving socket (`SO_ATTACH_FILTER`) lets in only what bears the mark.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::peer::Peer;
use crate::support::stream_peer::{StreamPeer, connect_from, while_called};
use crate::support::ua::Ua;
use socket2::{SockFilter, SockRef};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

/// The demo's mark of signalling, that of speech, and that of the second listeners.
const SIGNALLING: u8 = 24;
const SPEECH: u8 = 46;
const OTHER: u8 = 10;

/// Answers, and echoes.
const ECHOES: &str = "0199001001";

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "datagrams bear the mark of their listener",
        clause: "RFC 2474 §3",
        play: Play::Own(|gateway| {
            for (port, mark, wrong) in [(5060, SIGNALLING, OTHER), (5080, OTHER, SIGNALLING)] {
                let to = SocketAddr::new(gateway.address.into(), port);
                let peer = datagrams(gateway.address.into(), mark);
                assert!(is_answered(&peer, to), "nothing with {mark} from {to}");
                // The filter is no sieve for everything.
                let deaf = datagrams(gateway.address.into(), wrong);
                assert!(!is_answered(&deaf, to), "something with {wrong} from {to}");
            }
        }),
    },
    Case {
        name: "datagrams of IPv6 bear the mark of their listener",
        clause: "RFC 2474 §3 (traffic class)",
        play: Play::Own(|gateway| {
            let to = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), six(gateway));
            let peer = datagrams(Ipv6Addr::LOCALHOST.into(), OTHER);
            assert!(is_answered(&peer, to), "nothing with {OTHER} from {to}");
            let deaf = datagrams(Ipv6Addr::LOCALHOST.into(), SIGNALLING);
            assert!(!is_answered(&deaf, to), "something with {SIGNALLING} from {to}");
        }),
    },
    Case {
        name: "an INVITE of ours bears the mark",
        clause: "RFC 4594 §3.2",
        play: Play::Own(|gateway| {
            let mut callee = Peer::called(gateway);
            callee.filter(|socket| lets_in(socket, false, SIGNALLING));
            gateway.originate("+33199008091", 0.2);
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "486 Busy Here", "");
            callee.expect("ACK ");
        }),
    },
    Case {
        name: "connections that we accept bear the mark of their listener",
        clause: "RFC 2474 §3 (TCP)",
        play: Play::Own(|gateway| {
            for (port, mark) in [(5060, SIGNALLING), (5080, OTHER)] {
                let to = SocketAddr::new(gateway.address.into(), port);
                let socket = connect_from(gateway.address.octets(), to);
                lets_in(&socket, false, mark);
                let mut peer = StreamPeer::over_tcp(socket).unwrap();
                peer.call(ECHOES);
                peer.hang_up();
            }
        }),
    },
    Case {
        name: "connections that we open bear the mark, from the first segment",
        clause: "RFC 4594 §3.2 (TCP)",
        play: Play::Own(|gateway| {
            let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
            // Accepted connections have the filter too.
            lets_in(&listener, false, SIGNALLING);
            while_called(gateway, "+33199008191", "1", || {
                let mut peer = StreamPeer::accept(&listener);
                let invite = peer.expect_request("INVITE");
                peer.respond(&invite, "486 Busy Here", false);
                peer.expect_request("ACK");
            });
        }),
    },
    Case {
        name: "speech bears its own mark",
        clause: "RFC 4594 §4.1",
        play: Play::Own(|gateway| {
            for (mark, is_heard) in [(SPEECH, true), (SIGNALLING, false)] {
                let mut caller = Ua::new(gateway);
                caller.filter_speech(|socket| lets_in(socket, false, mark));
                caller.call(ECHOES);
                assert_eq!(caller.echoes(25) > 10, is_heard, "{mark}");
                caller.hang_up();
            }
        }),
    },
];

#[test]
fn marks_that_go_out() {
    case::run_with(CASES, |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let listen = format!("\"tcp:{address}:5060\"");
        let more = format!(
            "{listen}, \"udp:{address}:5080;dscp={OTHER}\", \"tcp:{address}:5080;dscp={OTHER}\", \
             \"udp:[::1]:{};dscp={OTHER}\"",
            six_of(address.parse().unwrap())
        );
        let trunk = format!(
            "\n[[sip.trunk]]\nname = \"tcp\"\ntarget = \"tcp:{address}:5071\"\n\n[sip.dns]\n"
        );
        let route = "\n[[route]]\nprefix = \"+331990081\"\nfrom = \"exchange\"\nto = [\"tcp\"]\n";
        configuration
            .replace(&listen, &more)
            .replace("\n[sip.dns]\n", &trunk)
            .replace("sources = [\"127.0.0.0/8\"]", "sources = [\"127.0.0.0/8\", \"::1\"]")
            .replacen("\n[[route]]\n", &format!("{route}\n[[route]]\n"), 1)
    });
}

/// A port that no other gateway of these tests has on `::1`.
fn six(gateway: &Gateway) -> u16 {
    six_of(gateway.address)
}

fn six_of(address: std::net::Ipv4Addr) -> u16 {
    let [_, _, network, host] = address.octets();
    18_000 + u16::from(network) * 8 + u16::from(host) % 8
}

/// A socket that hears only what bears this mark.
fn datagrams(host: std::net::IpAddr, mark: u8) -> UdpSocket {
    let socket = UdpSocket::bind((host, 0)).unwrap();
    lets_in(&socket, host.is_ipv6(), mark);
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    socket
}

/// Whether an answer to OPTIONS is heard; it is asked for a few times.
fn is_answered(peer: &UdpSocket, to: SocketAddr) -> bool {
    let here = peer.local_addr().unwrap();
    (0..3).any(|number| {
        let options = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:marks@{here}>;tag=1\r\nTo: <sip:{to}>\r\n\
             Call-ID: marks-{here}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        peer.send_to(options.as_bytes(), to).unwrap();
        peer.recv(&mut [0; 4_096]).is_ok()
    })
}

/// Classic BPF: the second octet of an IPv4 header (RFC 791 §3.1), or the first two octets of an
/// IPv6 header (RFC 8200 §3), hold the mark; all of what bears it is let in, and nothing else.
fn lets_in(socket: &impl AsFd, is_ipv6: bool, mark: u8) {
    // Loads from here on are from the network header (`SKF_NET_OFF`).
    const NETWORK_HEADER: u32 = 0xfff0_0000;
    // `BPF_LD | BPF_ABS` with `BPF_B` or `BPF_H`, `BPF_ALU | BPF_AND`, `BPF_JMP | BPF_JEQ`, `BPF_RET`
    let plain = |code, value| SockFilter::new(code, 0, 0, value);
    let (load, mask, value) = if is_ipv6 {
        (plain(0x28, NETWORK_HEADER), 0x0fc0, u32::from(mark) << 6)
    } else {
        (plain(0x30, NETWORK_HEADER + 1), 0xfc, u32::from(mark) << 2)
    };
    let compare = SockFilter::new(0x15, 0, 1, value);
    let program = [load, plain(0x54, mask), compare, plain(0x06, u32::MAX), plain(0x06, 0)];
    SockRef::from(socket).attach_filter(&program).unwrap();
}
