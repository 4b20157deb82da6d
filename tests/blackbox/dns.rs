//! Where the calls of a trunk go: the domain name system, targets that fail, and their health.
//!
//! One gateway with a trunk for each case; the number called ends with the trunk's number, so no
//! case sees what another has learnt about its peers.

use crate::support::callee::{Callee, Manner, header};
use crate::support::case::{self, Case, Play};
use crate::support::dns::{A, Dns, NAPTR, SRV};
use crate::support::gateway::Gateway;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The name server and the peers of all trunks.
struct World {
    dns: Dns,
    peers: Vec<Callee>,
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A trunk: its number, its targets as they stand in the file, and further keys.
type Trunk = (u8, String, &'static str);

const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A loopback host of this test's own.
fn host(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 2, (std::process::id() % 250 + 1) as u8, last)
}

impl World {
    fn new() -> Self {
        let dns = Dns::start();
        let anywhere = SocketAddr::from((LOCALHOST, 0));
        let mut peers: Vec<_> = (0..40).map(|_| Callee::at(anywhere, Manner::Answers)).collect();
        // Two at the same port of different hosts.
        let first = Callee::at((host(1), 0).into(), Manner::Answers);
        let second = Callee::at((host(2), first.address.port()).into(), Manner::Answers);
        peers.extend([first, second]);
        let world = Self { dns, peers };
        world.publish();
        world
    }

    fn port(&self, peer: usize) -> u16 {
        self.peers[peer].address.port()
    }

    /// What the name server says at the start.
    fn publish(&self) {
        let Self { dns, .. } = self;
        let minute = 60;
        for name in ["host", "a.dialog"] {
            dns.a(&format!("{name}.example.net"), minute, &[LOCALHOST]);
        }
        let h = "host.example.net";
        // 1: rules, with a decoy where one would look without them.
        let rules = [
            (10, 20, "SIP+D2U", "_second._udp.naptr.example.net"),
            (10, 10, "SIP+D2U", "_first._udp.naptr.example.net"),
            (20, 10, "SIP+D2T", "_third._tcp.naptr.example.net"),
            (1, 10, "SIPS+D2T", "_tls._tcp.naptr.example.net"),
        ];
        dns.naptr("naptr.example.net", minute, &rules);
        dns.srv("_first._udp.naptr.example.net", minute, &[(1, 0, self.port(0), h)]);
        dns.srv("_second._udp.naptr.example.net", minute, &[(1, 0, self.port(1), h)]);
        dns.srv("_sip._udp.naptr.example.net", minute, &[(1, 0, self.port(2), h)]);
        // 2: priorities. 3: the first of them is dead. 4: it is full. 5: its callee is busy.
        for (trunk, first, second) in [(2, 3, 4), (3, 5, 6), (4, 7, 8), (5, 9, 10)] {
            let servers = [(20, 0, self.port(second), h), (10, 0, self.port(first), h)];
            dns.srv(&format!("_sip._udp.t{trunk}.example.net"), minute, &servers);
        }
        // 6: weights.
        let servers = [(10, 10, self.port(11), h), (10, 90, self.port(12), h)];
        dns.srv("_sip._udp.t6.example.net", minute, &servers);
        // 7, 8: one that expires, one that is kept. 10: a port, and what must not be asked.
        dns.a("t7.example.net", 1, &[host(1)]);
        dns.a("t8.example.net", 1, &[LOCALHOST]);
        dns.a("t10.example.net", minute, &[LOCALHOST]);
        dns.srv("_sip._udp.t10.example.net", minute, &[(1, 0, self.port(15), h)]);
        // 16: a dialog.
        dns.srv(
            "_sip._udp.t16.example.net",
            minute,
            &[(1, 0, self.port(30), "a.dialog.example.net")],
        );
    }

    fn trunks(&self) -> Vec<Trunk> {
        let name = |trunk: u8| format!("\"sip:t{trunk}.example.net;transport=udp\"");
        let at =
            |trunk: u8, port: u16| format!("\"sip:t{trunk}.example.net:{port};transport=udp\"");
        let list = |peers: &[usize]| {
            let targets = peers.iter().map(|peer| format!("\"udp:{}\"", self.peers[*peer].address));
            format!("[{}]", targets.collect::<Vec<_>>().join(", "))
        };
        let mut trunks = vec![(1, "\"sip:naptr.example.net\"".to_owned(), "")];
        trunks.extend([2, 3, 4, 5, 6].map(|trunk| (trunk, name(trunk), "")));
        trunks.extend([
            (7, at(7, self.port(40)), ""),
            (8, at(8, self.port(13)), ""),
            (9, at(9, self.port(14)), ""),
            (10, at(10, self.port(16)), ""),
            (11, list(&[17, 18]), "options_ping = \"1s\""),
            (12, list(&[19, 20]), "options_ping = \"1s\""),
            (13, "\"sip:nowhere.example.net:5060\"".to_owned(), ""),
            (14, list(&[22, 23]), ""),
            (15, list(&[24, 25]), ""),
            (16, name(16), ""),
            (17, format!("[\"tcp:127.0.0.1:1\", \"udp:{}\"]", self.peers[26].address), ""),
            (18, list(&[27, 28, 29]), ""),
            (19, list(&[31]), ""),
        ]);
        trunks
    }
}

/// The number that the exchange calls to reach a trunk.
fn number(trunk: u8) -> String {
    format!("+331990080{trunk:02}")
}

fn configure(configuration: String) -> String {
    let world = &*WORLD;
    let plan = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dns-plan.csv");
    std::fs::write(
        &plan,
        "insee,number,service,long_number,alternates,valid_from,valid_to\n\
         *,112,emergency,0199008012,,,\n*,15,samu,0199008015,,,\n",
    )
    .unwrap();
    let plan = format!("plan = \"{}\"", plan.display());
    let servers = format!("servers = [\"{}\"]", world.dns.address);
    let mut text = configuration;
    for (old, new) in [
        ("plan = \"emergency-plan.csv\"", plan.as_str()),
        ("\nanswer_within = \"4s\"", "\nanswer_within = \"1s\""),
        ("emergency_answer_within = \"2s\"", "emergency_answer_within = \"500ms\""),
        ("servers = []", &servers),
        ("timeout = \"2s\"", "timeout = \"300ms\""),
        ("ttl_min = \"5s\"", "ttl_min = \"1s\""),
    ] {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    for (trunk, target, more) in world.trunks() {
        let _ = write!(text, "\n[[sip.trunk]]\nname = \"t{trunk}\"\ntarget = {target}\n{more}\n");
        // 13 leads nowhere, and then to 19.
        let to = if trunk == 13 { "\"t13\", \"t19\"".to_owned() } else { format!("\"t{trunk}\"") };
        // What the plan names must have a way out for whoever calls.
        let from = if [12, 15].contains(&trunk) { "" } else { "from = \"exchange\"\n" };
        let prefix = number(trunk);
        let _ = write!(text, "\n[[route]]\nprefix = \"{prefix}\"\n{from}to = [{to}]\n");
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
    assert!(answered, "{told}");
    took
}

fn peer(number: usize) -> &'static Callee {
    &WORLD.peers[number]
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(15), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The state of a peer as operators see it.
fn state(gateway: &Gateway, trunk: u8, peer: &Callee) -> String {
    let (_, text) = gateway.get("/api/v1/trunks").unwrap();
    let trunks: serde_json::Value = serde_json::from_str(&text).unwrap();
    let name = format!("t{trunk}");
    let trunk = trunks.as_array().unwrap().iter().find(|found| found["name"] == *name).unwrap();
    let ways = trunk["targets"].as_array().unwrap().iter();
    let mut ways = ways.flat_map(|target| target["ways"].as_array().unwrap());
    let way = format!("udp:{}", peer.address);
    ways.find(|found| found["way"] == *way).unwrap()["state"].as_str().unwrap().to_owned()
}

/// What a call may take on a machine under load that waits for no timer of 32 s.
const SOON: Duration = Duration::from_secs(6);

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "NAPTR says the transport, SRV the port, A the address",
        clause: "RFC 3263 §4.1",
        play: Play::Own(|gateway| {
            answered(gateway, 1);
            assert_eq!([0, 1, 2].map(|n| peer(n).calls()), [1, 0, 0]);
            // §4: the Request-URI names the domain still.
            let invite = peer(0).expect("INVITE");
            let uri = "INVITE sip:+33199008001@naptr.example.net;user=phone SIP/2.0";
            assert!(invite.starts_with(uri), "{invite}");
            // We speak no TLS here, and the rule of another order is not needed.
            let dns = &WORLD.dns;
            assert!(dns.asked(NAPTR, "naptr.example.net") > 0);
            assert_eq!(dns.asked(SRV, "_tls._tcp.naptr.example.net"), 0);
            assert_eq!(dns.asked(SRV, "_third._tcp.naptr.example.net"), 0);
        }),
    },
    Case {
        name: "the server of the lowest priority is called",
        clause: "RFC 2782 §Priority",
        play: Play::Own(|gateway| {
            for calls in 1..=3 {
                answered(gateway, 2);
                assert_eq!([3, 4].map(|n| peer(n).calls()), [calls, 0]);
            }
        }),
    },
    Case {
        name: "where the first server is silent the second is called, and first the next time",
        clause: "RFC 3263 §4.3",
        play: Play::Own(|gateway| {
            peer(5).set(Manner::Silent);
            let first = answered(gateway, 3);
            assert!(first > Duration::from_secs(1), "{first:?}");
            assert_eq!([5, 6].map(|n| peer(n).calls()), [1, 1]);
            answered(gateway, 3);
            assert_eq!([5, 6].map(|n| peer(n).calls()), [1, 2]);
            assert_eq!(state(gateway, 3, peer(5)), "suspect");
        }),
    },
    Case {
        name: "where the first server answers 503 the same INVITE goes to the second",
        clause: "RFC 3263 §4.3",
        play: Play::Own(|gateway| {
            peer(7).set(Manner::Refuses(503));
            let failovers = gateway.metric("tocsin_sip_failovers_total", &[]);
            answered(gateway, 4);
            let (first, second) = (peer(7).expect("INVITE"), peer(8).expect("INVITE"));
            for name in ["Call-ID", "CSeq", "From", "To"] {
                assert_eq!(header(&first, name), header(&second, name));
            }
            assert_ne!(header(&first, "Via"), header(&second, "Via"));
            assert_eq!(gateway.metric("tocsin_sip_failovers_total", &[]), failovers + 1.0);
        }),
    },
    Case {
        name: "a callee that is busy is busy wherever the call comes from",
        clause: "RFC 3261 §21.4.24",
        play: Play::Own(|gateway| {
            peer(9).set(Manner::Refuses(486));
            let (answered, _, told) = call(gateway, 5);
            assert!(!answered && told.contains("cause 17"), "{told}");
            assert_eq!([9, 10].map(|n| peer(n).calls()), [1, 0]);
        }),
    },
    Case {
        name: "servers of equal priority share the calls by weight",
        clause: "RFC 2782 §Weight",
        play: Play::Own(|gateway| {
            let all = ["originate", &number(6), "--count", "40", "--rate", "40", "--hold", "0.1"];
            let (code, told) = gateway.tocsin(&all);
            assert_eq!(code, 0, "{told}");
            let [light, heavy] = [11, 12].map(|n| peer(n).calls());
            assert_eq!(light + heavy, 40);
            // One in ten; more than 15 of 40 by chance would be one run in a million.
            assert!(light <= 15, "{light} and {heavy}");
        }),
    },
    Case {
        name: "an address that has expired is asked for anew, and calls go to the new one",
        clause: "RFC 1034 §3.6",
        play: Play::Own(|gateway| {
            answered(gateway, 7);
            assert_eq!([40, 41].map(|n| peer(n).calls()), [1, 0]);
            WORLD.dns.a("t7.example.net", 1, &[host(2)]);
            wait_until("the new address is taken", || {
                answered(gateway, 7);
                peer(41).calls() > 0
            });
        }),
    },
    Case {
        name: "when the name server falls silent what it last said carries the calls",
        clause: "RFC 8767 §4",
        play: Play::Own(|gateway| {
            answered(gateway, 8);
            WORLD.dns.mute(true);
            let failures = gateway.metric("tocsin_dns_failures_total", &[]);
            wait_until("the domain name system fails", || {
                gateway.metric("tocsin_dns_failures_total", &[]) >= failures + 2.0
            });
            let took = answered(gateway, 8);
            WORLD.dns.mute(false);
            assert!(took < SOON, "a call never waits for it: {took:?}");
            assert_eq!(peer(13).calls(), 2);
            let (_, trunks) = gateway.tocsin(&["trunks"]);
            assert!(trunks.contains("last-known"), "{trunks}");
        }),
    },
    Case {
        name: "a name that does not exist costs calls no time, and is called once it does",
        clause: "RFC 2308 §5",
        play: Play::Own(|gateway| {
            let (answered, took, told) = call(gateway, 9);
            assert!(!answered && told.contains("cause 38"), "{told}");
            assert!(took < SOON, "{took:?}");
            WORLD.dns.a("t9.example.net", 60, &[LOCALHOST]);
            wait_until("the name is known", || call(gateway, 9).0);
            assert!(peer(14).calls() > 0);
        }),
    },
    Case {
        name: "where the URI names a port only addresses are asked for",
        clause: "RFC 3263 §4.2",
        play: Play::Own(|gateway| {
            answered(gateway, 10);
            assert_eq!([15, 16].map(|n| peer(n).calls()), [0, 1]);
            let dns = &WORLD.dns;
            assert!(dns.asked(A, "t10.example.net") > 0);
            assert_eq!(dns.asked(SRV, "_sip._udp.t10.example.net"), 0);
            assert_eq!(dns.asked(NAPTR, "t10.example.net"), 0);
        }),
    },
    Case {
        name: "a peer that answers no OPTIONS is passed over until it does",
        clause: "RFC 3261 §11.1",
        play: Play::Own(|gateway| {
            let target = format!("target=\"udp:{}\"", peer(17).address);
            let labels = ["trunk=\"t11\"", &target];
            wait_until("it is up", || state(gateway, 11, peer(17)) == "up");
            assert_eq!(gateway.metric("tocsin_sip_target_up", &labels), 1.0);
            peer(17).set(Manner::Silent);
            wait_until("it is down", || state(gateway, 11, peer(17)) == "down");
            assert_eq!(gateway.metric("tocsin_sip_target_up", &labels), 0.0);
            answered(gateway, 11);
            assert_eq!([17, 18].map(|n| peer(n).calls()), [0, 1]);
            peer(17).set(Manner::Answers);
            wait_until("it is up again", || state(gateway, 11, peer(17)) == "up");
            answered(gateway, 11);
            assert_eq!([17, 18].map(|n| peer(n).calls()), [1, 1]);
        }),
    },
    Case {
        name: "what asks a peer whether it is there is a whole request",
        clause: "RFC 3261 §8.1.1",
        play: Play::Own(|gateway| {
            wait_until("both are up", || {
                [19, 20].iter().all(|n| state(gateway, 12, peer(*n)) == "up")
            });
            let options = peer(19).expect("OPTIONS");
            assert!(header(&options, "To").ends_with('>'), "{options}");
            assert!(!header(&options, "Contact").is_empty(), "{options}");
        }),
    },
    Case {
        name: "an emergency call tries a trunk of which every peer seems down",
        clause: "RFC 3261 §16.6 (10)",
        play: Play::Own(|gateway| {
            for n in [19, 20] {
                peer(n).set(Manner::Silent);
            }
            wait_until("both are down", || {
                [19, 20].iter().all(|n| state(gateway, 12, peer(*n)) == "down")
            });
            // The first has gone for good; the second is back, but nobody knows that yet.
            peer(20).set(Manner::Answers);
            let calls = [19, 20].map(|n| peer(n).calls());
            let (answered, took, told) = call(gateway, 12);
            assert!(answered, "{told}");
            assert!(took < SOON, "{took:?}");
            assert_eq!(peer(20).calls(), calls[1] + 1);
            let records = gateway.records();
            let record = records.iter().find(|record| record["called"] == number(12)).unwrap();
            assert_eq!((&record["class"], &record["egress"]), (&"emergency".into(), &"t12".into()));
        }),
    },
    Case {
        name: "a trunk that leads nowhere costs a call no time: the next exit takes it",
        clause: "RFC 3263 §4",
        play: Play::Own(|gateway| {
            let took = answered(gateway, 13);
            assert!(took < SOON, "{took:?}");
            assert_eq!(peer(31).calls(), 1);
        }),
    },
    Case {
        name: "a list of targets is tried in its order",
        clause: "RFC 3263 §4.3",
        play: Play::Own(|gateway| {
            peer(22).set(Manner::IgnoresCalls);
            answered(gateway, 14);
            assert_eq!([22, 23].map(|n| peer(n).calls()), [1, 1]);
        }),
    },
    Case {
        name: "an emergency call does not wait for Timer B at a peer that keeps silent",
        clause: "RFC 3261 §17.1.1.2",
        play: Play::Own(|gateway| {
            peer(24).set(Manner::Silent);
            let took = answered(gateway, 15);
            assert!(took < SOON, "{took:?}");
            assert_eq!([24, 25].map(|n| peer(n).calls()), [1, 1]);
            // Nothing is sent again to a peer that was left.
            let copies = peer(24).requests("INVITE").len();
            std::thread::sleep(Duration::from_millis(1_500));
            assert_eq!(peer(24).requests("INVITE").len(), copies);
        }),
    },
    Case {
        name: "a Contact that is a name of ours is where requests within the dialog go",
        clause: "RFC 3261 §12.2.1.1",
        play: Play::Own(|gateway| {
            peer(30).set_contact(&format!("a.dialog.example.net:{}", peer(32).address.port()));
            answered(gateway, 16);
            let bye = peer(32).expect("BYE");
            let uri = format!("BYE sip:callee@a.dialog.example.net:{}", peer(32).address.port());
            assert!(bye.starts_with(&uri), "{bye}");
            assert!(peer(30).requests("BYE").is_empty());
        }),
    },
    Case {
        name: "a connection that is refused is a failure at once",
        clause: "RFC 3261 §8.1.3.1",
        play: Play::Own(|gateway| {
            let event = ["event=\"transport_failures\""];
            let failures = gateway.metric("tocsin_sip_events_total", &event);
            answered(gateway, 17);
            assert!(gateway.metric("tocsin_sip_events_total", &event) > failures);
            assert_eq!(peer(26).calls(), 1);
        }),
    },
    Case {
        name: "a peer that was left and wakes up late is cancelled",
        clause: "RFC 3261 §9.1",
        play: Play::Own(|gateway| {
            peer(27).set(Manner::Refuses(503));
            peer(28).set(Manner::Silent);
            answered(gateway, 18);
            assert_eq!([27, 28, 29].map(|n| peer(n).calls()), [1, 1, 1]);
            // The answer that nobody waits for any more.
            peer(28).rings_late();
            let (cancel, invite) = (peer(28).expect("CANCEL"), peer(28).expect("INVITE"));
            assert_eq!(header(&cancel, "Via"), header(&invite, "Via"));
        }),
    },
];

#[test]
fn targets_by_name_with_failover_and_health() {
    case::run_with(CASES, configure);
}

/// A configuration is right or wrong whatever the domain name system says today.
#[test]
fn a_file_is_checked_without_asking_anybody() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/demo.toml");
    let demo = std::fs::read_to_string(demo).unwrap();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names.toml");
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("conf/emergency-plan.csv");
    let demo = demo.replace("\"emergency-plan.csv\"", &format!("\"{}\"", plan.display()));
    for (target, fine) in [
        ("\"sip:pbx.example.net\"", true),
        ("[\"sip:a.example.net;transport=tcp\", \"udp:127.0.0.1:5070\"]", true),
        ("\"sips:sbc.example.net\"", false),
        ("\"sip:pbx.example.net;transport=sctp\"", false),
        ("\"pbx.example.net\"", false),
        ("[\"udp:127.0.0.1:5070\", \"udp:127.0.0.1:5070\"]", false),
        ("\"udp:127.0.0.1:5060\"", false),
    ] {
        let changed = demo.replace("\"udp:127.0.0.1:5070\"", target);
        std::fs::write(&file, changed).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_tocsin"))
            .args(["check", file.to_str().unwrap()])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), fine, "{target}: {told}");
        assert!(fine || told.contains("sip.trunk[0].target"), "{target}: {told}");
    }
}
