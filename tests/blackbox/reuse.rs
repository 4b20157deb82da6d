//! Connections that are used again, for calls in both directions (RFC 5923).

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::pki::Pki;
use crate::support::stream_peer::{StreamPeer as Peer, connect_from, header, while_called};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::LazyLock;

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

const SBC: &[&str] = &["sip:sbc.example.net"];
/// Answers at once.
const ANSWERS: &str = "0199001001";

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "a connection that we opened carries our next call, and those of the peer",
        clause: "RFC 5923 §8.1",
        play: Play::Own(|gateway| {
            let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
            let mut peer = None;
            for number in ["+33199008111", "+33199008112"] {
                while_called(gateway, number, "0.3", || {
                    let peer =
                        peer.get_or_insert_with(|| Peer::accept_tls(&listener, &PKI, SBC).unwrap());
                    is_called(peer);
                });
            }
            // A call of the peer's own, in the other direction.
            let mut peer = peer.unwrap();
            peer.call(ANSWERS);
            peer.hang_up();
        }),
    },
    Case {
        name: "a connection of a peer that asks for it and proves who it is carries our calls",
        clause: "RFC 5923 §8.2",
        play: Play::Own(|gateway| {
            // Nobody listens where the calls of the trunk go.
            let mut peer = Peer::tls_beside(gateway, &PKI, SBC);
            asks(&mut peer, gateway, ":5071;alias");
            for number in ["+33199008113", "+33199008114"] {
                while_called(gateway, number, "0.3", || is_called(&mut peer));
            }
            // Those of peers before it are gone in their own time.
            gateway.until("one connection", || {
                gateway.metric("tocsin_sip_connections", &["transport=\"tls\""]) == 1.0
            });
        }),
    },
    Case {
        name: "a connection whose peer does not ask for it carries none of our calls",
        clause: "RFC 5923 §8.2 (no alias)",
        play: Play::Own(|gateway| goes_to_listener(gateway, SBC, ":5071")),
    },
    Case {
        name: "a connection whose peer proves another name carries none of our calls",
        clause: "RFC 5923 §9.3",
        play: Play::Own(|gateway| goes_to_listener(gateway, &["sip:x.example.net"], ":5071;alias")),
    },
    Case {
        name: "a connection whose peer listens elsewhere carries none of our calls",
        clause: "RFC 5923 §5 (advertised port)",
        play: Play::Own(|gateway| goes_to_listener(gateway, SBC, ":5072;alias")),
    },
    Case {
        name: "when the connection of a peer is over our calls open one",
        clause: "RFC 5923 §8.3",
        play: Play::Own(|gateway| {
            let mut peer = Peer::tls_beside(gateway, &PKI, SBC);
            asks(&mut peer, gateway, ":5071;alias");
            while_called(gateway, "+33199008115", "0.3", || is_called(&mut peer));
            peer.finish();
            peer.expect_end();
            let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
            while_called(gateway, "+33199008116", "0.3", || {
                is_called(&mut Peer::accept_tls(&listener, &PKI, SBC).unwrap());
            });
        }),
    },
    Case {
        name: "two domains behind one address have a connection each, and prove who they are",
        clause: "RFC 5923 §9.3 (virtual servers)",
        play: Play::Own(|gateway| {
            let listener = TcpListener::bind((gateway.address, 5074)).unwrap();
            let mut peers = Vec::new();
            for (number, name) in
                [("+33199008311", "one.example.net"), ("+33199008411", "two.example.net")]
            {
                while_called(gateway, number, "0.3", || {
                    let mut peer = Peer::accept_tls(&listener, &PKI, &[name]).unwrap();
                    assert_eq!(peer.asked_for().as_deref(), Some(name));
                    is_called(&mut peer);
                    peers.push(peer);
                });
            }
            // Each goes on over its own.
            for (number, peer) in ["+33199008312", "+33199008412"].into_iter().zip(&mut peers) {
                while_called(gateway, number, "0.3", || is_called(peer));
            }
            // Who proves to be the one is not the other.
            drop(peers);
            while_called(gateway, "+33199008413", "0.3", || {
                let peer = Peer::accept_tls(&listener, &PKI, &["one.example.net"]);
                assert!(peer.is_err() || peer.unwrap().message().is_none());
            });
        }),
    },
    Case {
        name: "without TLS no connection is asked to be shared",
        clause: "RFC 5923 §3",
        play: Play::Own(|gateway| {
            let listener = TcpListener::bind((gateway.address, 5073)).unwrap();
            let from = connect_from(gateway.address.octets(), gateway.sip());
            let mut stranger = Peer::over_tcp(from).unwrap();
            asks(&mut stranger, gateway, ":5073;alias");
            while_called(gateway, "+33199008211", "0.3", || {
                let mut peer = Peer::accept(&listener);
                let invite = peer.expect_request("INVITE");
                assert!(!header(&invite, "Via").unwrap().contains("alias"), "{invite}");
                peer.respond(&invite, "486 Busy Here", false);
                peer.expect_request("ACK");
            });
        }),
    },
];

#[test]
fn connections_used_again() {
    case::run_with(CASES, |configuration| {
        let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
        let folder = format!("pki-reuse-{}-{address}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let folder = PKI.write(&folder, &["gateway.example.net"]).display().to_string();
        let listen = format!("\"tcp:{address}:5060\"");
        let trunks = format!(
            "\n[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"
client_ca = \"{folder}/peers.pem\"\nserver_ca = \"{folder}/peers.pem\"
[[sip.trunk]]\nname = \"sbc\"\ntls_names = [\"sbc.example.net\"]
target = \"tls:{address}:5071\"\n[[sip.trunk]]\nname = \"plain\"
target = \"tcp:{address}:5073\"
[[sip.trunk]]\nname = \"one\"\ntls_names = [\"one.example.net\"]
target = \"tls:{address}:5074\"\n[[sip.trunk]]\nname = \"two\"
tls_names = [\"two.example.net\"]\ntarget = \"tls:{address}:5074\"\n[[sip.trunk]]\n"
        );
        let route = |digit: u8, trunk: &str| {
            format!(
                "\n[[route]]\nprefix = \"+3319900{digit}\"\nfrom = \"exchange\"\nto = [\"{trunk}\"]\n"
            )
        };
        let routes =
            [(81, "sbc"), (82, "plain"), (83, "one"), (84, "two")].map(|(n, to)| route(n, to));
        let routes = format!("{}\n[[route]]\n", routes.concat());
        configuration
            .replace(&listen, &format!("{listen}, \"tls:{address}:5061\""))
            .replacen("\n[[sip.trunk]]\n", &trunks, 1)
            .replacen("\n[[route]]\n", &routes, 1)
    });
}

/// A call of the gateway's over this connection, hung up by the gateway.
fn is_called(peer: &mut Peer) {
    let invite = peer.expect_request("INVITE");
    let via = header(&invite, "Via").unwrap();
    assert!(via.starts_with("SIP/2.0/TLS ") && via.contains(";alias"), "{invite}");
    peer.respond(&invite, "200 OK", true);
    peer.expect_request("ACK");
    let bye = peer.expect_request("BYE");
    peer.respond(&bye, "200 OK", false);
}

/// The peer says by OPTIONS where it listens, behind its own host: `:PORT`, and perhaps `;alias`.
fn asks(peer: &mut Peer, gateway: &Gateway, place: &str) {
    let options = peer.invite(ANSWERS).replace("INVITE", "OPTIONS");
    let via = header(&options, "Via").unwrap();
    let (start, branch) = via.split_once(';').unwrap();
    let way = start.split(' ').next().unwrap();
    let changed = format!("{way} {}{place};{branch}", gateway.address);
    peer.write(options.replace(via, &changed).as_bytes());
    peer.expect(200);
}

/// A peer with these names asks from this place, and the next call of the trunk goes over a
/// connection of ours all the same.
fn goes_to_listener(gateway: &Gateway, names: &[&str], place: &str) {
    let listener = TcpListener::bind((gateway.address, 5071)).unwrap();
    let mut other = Peer::tls_beside(gateway, &PKI, names);
    asks(&mut other, gateway, place);
    while_called(gateway, "+33199008117", "0.3", || {
        is_called(&mut Peer::accept_tls(&listener, &PKI, SBC).unwrap());
    });
}
