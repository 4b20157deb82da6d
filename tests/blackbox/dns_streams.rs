//! Targets by name that are reached over TCP and TLS, and what the domain name system may do on
//! the way there.
//!
//! One gateway with a trunk for each case, as in `dns.rs`.

use crate::support::callee::{Callee, Manner};
use crate::support::case::{self, Case, Play};
use crate::support::dns::{A, Dns, SRV};
use crate::support::gateway::Gateway;
use crate::support::pki::Pki;
use crate::support::stream_callee::StreamCallee;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);
static WORLD: LazyLock<World> = LazyLock::new(World::new);

const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const HOST: &str = "host.streams.example.net";

/// The name server and the peers of all trunks.
struct World {
    dns: Dns,
    plain: Vec<StreamCallee>,
    secure: Vec<StreamCallee>,
    /// For what must not be called, and for what goes by datagrams.
    datagrams: Vec<Callee>,
    /// Nobody listens there.
    dead: u16,
}

fn anywhere() -> SocketAddr {
    (LOCALHOST, 0).into()
}

impl World {
    fn new() -> Self {
        let secure: [&'static [&'static str]; 4] = [
            &["t2.streams.example.net"],
            &["sip:t3.streams.example.net"],
            &[HOST],
            &["t10.streams.example.net"],
        ];
        let secure = secure.map(|names| StreamCallee::tls(anywhere(), &PKI, names));
        let world = Self {
            dns: Dns::start(),
            plain: (0..3).map(|_| StreamCallee::tcp(anywhere())).collect(),
            secure: secure.to_vec(),
            datagrams: (0..5).map(|_| Callee::at(anywhere(), Manner::Answers)).collect(),
            dead: TcpListener::bind(anywhere()).unwrap().local_addr().unwrap().port(),
        };
        world.publish();
        world
    }

    fn publish(&self) {
        let Self { dns, plain, secure, datagrams, dead } = self;
        let plain = |n: usize| plain[n].address.port();
        let secure = |n: usize| secure[n].address.port();
        let datagrams = |n: usize| datagrams[n].address.port();
        let name = |trunk: u8| format!("t{trunk}.streams.example.net");
        let minute = 60;
        dns.a(HOST, minute, &[LOCALHOST]);
        // 1: TCP before UDP, with a decoy. 2: TLS for a SIP URI.
        for (trunk, first, second) in [(1, "SIP+D2T", "SIP+D2U"), (2, "SIPS+D2T", "SIP+D2U")] {
            let first_at = format!("_first.{}", name(trunk));
            let second_at = format!("_second.{}", name(trunk));
            let rules = [(20, 10, second, second_at.as_str()), (10, 10, first, &first_at)];
            dns.naptr(&name(trunk), minute, &rules);
            dns.srv(&second_at, minute, &[(1, 0, datagrams(0), HOST)]);
        }
        dns.srv(&format!("_first.{}", name(1)), minute, &[(1, 0, plain(0), HOST)]);
        dns.srv(&format!("_first.{}", name(2)), minute, &[(1, 0, secure(0), HOST)]);
        // 3, 4: SIPS, where the certificate is of the domain, and where it is of the host.
        for (trunk, n) in [(3, 1), (4, 2)] {
            dns.srv(&format!("_sips._tcp.{}", name(trunk)), minute, &[(1, 0, secure(n), HOST)]);
        }
        // 5: the first is dead.
        let servers = [(1, 0, *dead, HOST), (2, 0, plain(1), HOST)];
        dns.srv(&format!("_sip._tcp.{}", name(5)), minute, &servers);
        // 6: a moment. 7: names for names.
        dns.a(&name(6), 0, &[LOCALHOST]);
        dns.alias(&name(7), minute, "one.streams.example.net");
        dns.alias("one.streams.example.net", minute, "two.streams.example.net");
        dns.a("two.streams.example.net", minute, &[LOCALHOST]);
        // 8: too long for a datagram.
        let service = format!("_sip._udp.{}", name(8));
        dns.srv(&service, minute, &[(1, 0, datagrams(3), HOST)]);
        dns.make_long(&service);
        // 9: the first is dead, over TLS; nobody proves the domain's name at the second.
        let servers = [(1, 0, *dead, HOST), (2, 0, secure(2), HOST)];
        dns.srv(&format!("_sips._tcp.{}", name(9)), minute, &servers);
        // 10: at one address two trunks.
        dns.srv(&format!("_sips._tcp.{}", name(10)), minute, &[(1, 0, secure(3), HOST)]);
    }

    fn targets(&self) -> Vec<(u8, String)> {
        let name = |trunk: u8| format!("t{trunk}.streams.example.net");
        let port = |n: usize| self.datagrams[n].address.port();
        let mut targets: Vec<_> =
            [1, 2].map(|trunk| (trunk, format!("sip:{}", name(trunk)))).into();
        targets.extend([3, 4, 9, 10].map(|trunk| (trunk, format!("sips:{}", name(trunk)))));
        targets.push((5, format!("sip:{};transport=tcp", name(5))));
        targets.push((6, format!("sip:{}:{};transport=udp", name(6), port(1))));
        targets.push((7, format!("sip:{}:{};transport=udp", name(7), port(2))));
        targets.push((8, format!("sip:{};transport=udp", name(8))));
        targets
    }
}

fn number(trunk: u8) -> String {
    format!("+331990080{trunk:02}")
}

fn configure(configuration: String) -> String {
    let world = &*WORLD;
    let address = configuration.split("\"tcp:").nth(1).unwrap().split(':').next().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("pki-streams-{}-{address}", std::process::id()));
    let folder = PKI.write(&folder, &["gateway.example.net"]).display().to_string();
    let listen = format!("\"tcp:{address}:5060\"");
    let tls = format!(
        "[sip.tls]\ncertificate = \"{folder}/gateway.pem\"\nkey = \"{folder}/gateway.key\"\n\
         server_ca = \"{folder}/peers.pem\"\n[sip.dns]\n"
    );
    let mut text = configuration.replace(&listen, &format!("{listen}, \"tls:{address}:5061\""));
    for (old, new) in [
        ("\nanswer_within = \"4s\"", "\nanswer_within = \"1s\""),
        ("servers = []", &format!("servers = [\"{}\"]", world.dns.address)),
        ("timeout = \"2s\"", "timeout = \"300ms\""),
        ("ttl_min = \"5s\"", "ttl_min = \"1s\""),
        ("[sip.dns]\n", &tls),
    ] {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    for (trunk, target) in world.targets() {
        let prefix = number(trunk);
        let _ = write!(
            text,
            "\n[[sip.trunk]]\nname = \"t{trunk}\"\ntarget = \"{target}\"\n\
             \n[[route]]\nprefix = \"{prefix}\"\nfrom = \"exchange\"\nto = [\"t{trunk}\"]\n"
        );
    }
    text
}

/// The exchange places a call; says whether it was answered, and how long that took in all.
fn call(gateway: &Gateway, trunk: u8) -> (bool, Duration, String) {
    let start = Instant::now();
    let (code, told) = gateway.tocsin(&["originate", &number(trunk), "--hold", "0.1"]);
    (code == 0, start.elapsed(), told)
}

fn answered(gateway: &Gateway, trunk: u8) -> Duration {
    let (answered, took, told) = call(gateway, trunk);
    assert!(answered, "{told}\n{}", gateway.log());
    took
}

/// The INVITE that the callee got for a call to a trunk.
fn invite(callee: &StreamCallee) -> String {
    callee.requests("INVITE").pop().unwrap_or_default()
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "NAPTR may prefer TCP",
        clause: "RFC 3263 §4.1 (SIP+D2T)",
        play: Play::Own(|gateway| {
            answered(gateway, 1);
            let invite = invite(&WORLD.plain[0]);
            assert!(invite.contains("\r\nVia: SIP/2.0/TCP "), "{invite}");
            assert!(
                invite.starts_with("INVITE sip:+33199008001@t1.streams.example.net;user=phone ")
            );
            assert_eq!(WORLD.datagrams[0].calls(), 0);
        }),
    },
    Case {
        name: "NAPTR may prefer TLS, and then the certificate is of the domain that was asked",
        clause: "RFC 3263 §4.1 (SIPS+D2T)",
        play: Play::Own(|gateway| {
            answered(gateway, 2);
            let callee = &WORLD.secure[0];
            assert!(invite(callee).contains("\r\nVia: SIP/2.0/TLS "));
            assert_eq!(callee.asked_for(), [Some("t2.streams.example.net".to_owned())]);
            assert_eq!(WORLD.datagrams[0].calls(), 0);
        }),
    },
    Case {
        name: "a SIPS domain is who its certificate says, not the host that serves it",
        clause: "RFC 5922 §7.1 (domain)",
        play: Play::Own(|gateway| {
            answered(gateway, 3);
            let callee = &WORLD.secure[1];
            let text = invite(callee);
            assert_eq!(callee.asked_for(), [Some("t3.streams.example.net".to_owned())]);
            // RFC 3261 §12.1.1, RFC 5630 §3.1.1.1: a SIPS request has a SIPS Contact.
            let uri = "INVITE sips:+33199008003@t3.streams.example.net;user=phone SIP/2.0\r\n";
            assert!(text.starts_with(uri), "{text}");
            let contact = format!("\r\nContact: <sips:{}:5061>\r\n", gateway.address);
            assert!(text.contains(&contact), "{text}");
        }),
    },
    Case {
        name: "a server that proves its own name and not its domain's gets no SIPS call",
        clause: "RFC 5922 §7.1 (host)",
        play: Play::Own(|gateway| {
            let (answered, took, told) = call(gateway, 4);
            assert!(!answered, "{told}");
            assert!(took < Duration::from_secs(10), "{took:?}");
            assert!(invite(&WORLD.secure[2]).is_empty());
        }),
    },
    Case {
        name: "where the first server takes no connection the call goes over one to the second",
        clause: "RFC 3263 §4.3 (TCP)",
        play: Play::Own(|gateway| {
            answered(gateway, 5);
            assert_eq!(WORLD.plain[1].requests("INVITE").len(), 1);
        }),
    },
    Case {
        name: "an answer of no duration is used, and asked for again no sooner than is bearable",
        clause: "RFC 1035 §3.2.1 (TTL 0)",
        play: Play::Own(|gateway| {
            let before = WORLD.dns.asked(A, "t6.streams.example.net");
            let start = Instant::now();
            for _ in 0..6 {
                answered(gateway, 6);
            }
            let seconds = start.elapsed().as_secs() as usize;
            let asked = WORLD.dns.asked(A, "t6.streams.example.net") - before;
            assert!(asked <= seconds + 2, "{asked} in {seconds} s");
            assert_eq!(WORLD.datagrams[1].calls(), 6);
        }),
    },
    Case {
        name: "a name that stands for a name that stands for a name",
        clause: "RFC 1034 §3.6.2",
        play: Play::Own(|gateway| {
            answered(gateway, 7);
            assert_eq!(WORLD.datagrams[2].calls(), 1);
        }),
    },
    Case {
        name: "an answer too long for a datagram is fetched over TCP",
        clause: "RFC 7766 §5",
        play: Play::Own(|gateway| {
            answered(gateway, 8);
            assert_eq!(WORLD.datagrams[3].calls(), 1);
            assert!(WORLD.dns.asked(SRV, "_sip._udp.t8.streams.example.net") >= 2);
            assert!(WORLD.dns.over_tcp() >= 1);
        }),
    },
    Case {
        name: "no server of a SIPS domain is taken for it without its name, the last neither",
        clause: "RFC 3263 §4.3 (TLS)",
        play: Play::Own(|gateway| {
            let (answered, took, told) = call(gateway, 9);
            assert!(!answered, "{told}");
            assert!(took < Duration::from_secs(10), "{took:?}");
            assert!(invite(&WORLD.secure[2]).is_empty());
        }),
    },
    Case {
        name: "a second call within TLS goes over the connection of the first",
        clause: "RFC 3261 §18.1.1 (reuse)",
        play: Play::Own(|gateway| {
            answered(gateway, 10);
            answered(gateway, 10);
            let callee = &WORLD.secure[3];
            assert_eq!(callee.requests("INVITE").len(), 2);
            assert_eq!(callee.asked_for().len(), 1);
        }),
    },
];

#[test]
fn targets_by_name_over_connections() {
    case::run_with(CASES, configure);
}
