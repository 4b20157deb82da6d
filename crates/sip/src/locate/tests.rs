use super::*;
use base::Rng;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What the domain name system of a test knows; all else does not exist.
type Zone = BTreeMap<(RecordKind, String), Answer>;

fn sockets(names: &str) -> Vec<(Transport, SocketAddr)> {
    let socket = |name: &str| {
        let (transport, family) = name.split_at(name.len() - 1);
        let address = if family == "6" { "[::1]:5060" } else { "127.0.0.1:5060" };
        (Transport::from_name(transport).unwrap(), address.parse().unwrap())
    };
    names.split(' ').map(socket).collect()
}

const ALL: &str = "udp4 tcp4 tls4";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn records(records: Vec<Record>) -> Answer {
    Answer::Records { records, ttl: seconds(60) }
}

fn naptr(rules: &[(u16, u16, &str, &str)]) -> Answer {
    let rule = |(order, preference, services, replacement): &(u16, u16, &str, &str)| {
        Record::Naptr(Naptr {
            order: *order,
            preference: *preference,
            flags: "s".to_owned(),
            services: (*services).to_owned(),
            regexp: String::new(),
            replacement: (*replacement).to_owned(),
        })
    };
    records(rules.iter().map(rule).collect())
}

fn srv(servers: &[(u16, u16, u16, &str)]) -> Answer {
    let server = |(priority, weight, port, target): &(u16, u16, u16, &str)| Record::Srv {
        priority: *priority,
        weight: *weight,
        port: *port,
        target: (*target).to_owned(),
    };
    records(servers.iter().map(server).collect())
}

fn addresses(list: &[&str]) -> Answer {
    records(list.iter().map(|address| Record::Address(address.parse().unwrap())).collect())
}

/// What is asked: `NAPTR example.net`.
fn written(question: &Question) -> String {
    let kind = match question.kind {
        RecordKind::Naptr => "NAPTR",
        RecordKind::Srv => "SRV",
        RecordKind::A => "A",
        RecordKind::Aaaa => "AAAA",
    };
    format!("{kind} {}", question.name)
}

fn zone(entries: &[(&str, Answer)]) -> Zone {
    let entry = |(asked, answer): &(&str, Answer)| {
        let (kind, name) = asked.split_once(' ').unwrap();
        let kind = match kind {
            "NAPTR" => RecordKind::Naptr,
            "SRV" => RecordKind::Srv,
            "A" => RecordKind::A,
            _ => RecordKind::Aaaa,
        };
        ((kind, name.to_owned()), answer.clone())
    };
    entries.iter().map(entry).collect()
}

/// Locates a target; the open question to answer next is chosen by chance.
fn locate(
    uri: &str,
    locals: &[(Transport, SocketAddr)],
    zone: &Zone,
    rng: &mut Rng,
) -> (Vec<String>, Result<Servers, Unlocated>) {
    let mut locator = Locator::new(Target::parse(uri).unwrap(), locals);
    let (mut asked, mut open) = (Vec::new(), Vec::new());
    loop {
        while let Some(output) = locator.poll_output() {
            match output {
                Located::Ask(question) => {
                    asked.push(written(&question));
                    open.push(question);
                }
                Located::Done(found) => return (asked, found),
            }
        }
        assert!(!open.is_empty(), "it waits for nothing");
        let question: Question = open.swap_remove(rng.below(open.len() as u64) as usize);
        let nothing = Answer::Nothing { ttl: Some(seconds(300)) };
        let answer = zone.get(&(question.kind, question.name.clone())).cloned().unwrap_or(nothing);
        locator.handle_answer(&question, answer);
    }
}

/// `udp:192.0.2.1:5060`, in the order in which they are tried.
fn hops(servers: &Servers) -> Vec<String> {
    let order = servers.order(&mut Rng::new(1));
    order.iter().map(|(transport, address)| format!("{}:{address}", transport.name())).collect()
}

/// One row: URI, our sockets, what must be asked, where it leads.
fn row(uri: &str, locals: &str, zone: &Zone, asked: &[&str], leads: &[&str]) {
    let (questions, found) = locate(uri, &sockets(locals), zone, &mut Rng::new(7));
    let questions: BTreeSet<_> = questions.into_iter().collect();
    let expected: BTreeSet<_> = asked.iter().map(|asked| (*asked).to_owned()).collect();
    assert_eq!(questions, expected, "{uri}");
    assert_eq!(found.as_ref().map(hops).unwrap_or_default(), leads, "{uri} {found:?}");
}

#[test]
fn an_address_is_taken_as_it_stands() {
    // §4.1: UDP, or TLS with sips; §4.2: the port that is there, or the transport's own.
    for (uri, leads) in [
        ("sip:192.0.2.1", "udp:192.0.2.1:5060"),
        ("sip:192.0.2.1:5070", "udp:192.0.2.1:5070"),
        ("sip:192.0.2.1;transport=tcp", "tcp:192.0.2.1:5060"),
        ("sip:192.0.2.1;transport=TLS", "tls:192.0.2.1:5061"),
        ("sips:192.0.2.1", "tls:192.0.2.1:5061"),
        ("sips:192.0.2.1:5099", "tls:192.0.2.1:5099"),
        ("sips:192.0.2.1;transport=tcp", "tls:192.0.2.1:5061"),
        ("sip:pbx.example.net;maddr=192.0.2.9", "udp:192.0.2.9:5060"),
        ("sip:user@192.0.2.1:5070", "udp:192.0.2.1:5070"),
    ] {
        row(uri, ALL, &Zone::new(), &[], &[leads]);
    }
    row("sip:[2001:db8::1]", "udp4 udp6", &Zone::new(), &[], &["udp:[2001:db8::1]:5060"]);
}

#[test]
fn what_is_no_target_is_refused() {
    for (uri, wrong) in [
        ("tel:+33199000000", BadTarget::NotSip),
        ("pbx.example.net", BadTarget::NotSip),
        ("sip:example.net;transport=sctp", BadTarget::Transport),
        ("sips:example.net;transport=udp", BadTarget::Insecure),
        ("sip:-.example..net", BadTarget::Host),
        (&format!("sip:{}.net", "a".repeat(64)), BadTarget::Host),
        (&format!("sip:{}net", "abc.".repeat(63)), BadTarget::Host),
    ] {
        // What the grammar of URIs does not even take is no SIP URI.
        let refused = Target::parse(uri).unwrap_err();
        assert!(refused == wrong || refused == BadTarget::NotSip, "{uri}: {refused:?}");
    }
}

#[test]
fn targets_are_written_as_they_are_read() {
    for (uri, host, name) in [
        ("sip:pbx.example.net", "pbx.example.net", "pbx.example.net"),
        ("sip:pbx.example.net:5070;transport=tcp", "pbx.example.net:5070", "pbx.example.net"),
        ("sips:sbc.example.net", "sbc.example.net", "sbc.example.net"),
        ("sip:[2001:db8::1]:5070", "[2001:db8::1]:5070", "2001:db8::1"),
    ] {
        let target = Target::parse(uri).unwrap();
        assert_eq!(target.to_string(), uri);
        assert_eq!((&*target.host_and_port(), &*target.server_name()), (host, name));
    }
    let target = Target::parse("sip:PBX.example.NET.").unwrap();
    assert_eq!(target.to_string(), "sip:pbx.example.net");
    let target = Target::address(Transport::Udp, "127.0.0.1:5070".parse().unwrap());
    assert_eq!(target.to_string(), "sip:127.0.0.1:5070;transport=udp");
}

#[test]
fn a_port_asks_for_addresses_only() {
    // §4.2: "if a port is present in the URI, the client performs an A or AAAA record lookup".
    let zone = zone(&[
        ("A pbx.example.net", addresses(&["192.0.2.1", "192.0.2.2"])),
        ("AAAA pbx.example.net", addresses(&["2001:db8::1"])),
    ]);
    let (a, aaaa) = ("A pbx.example.net", "AAAA pbx.example.net");
    let both = ["udp:192.0.2.1:5070", "udp:192.0.2.2:5070"];
    row("sip:pbx.example.net:5070", ALL, &zone, &[a], &both);
    let both = ["udp:[2001:db8::1]:5070", "udp:192.0.2.1:5070", "udp:192.0.2.2:5070"];
    row("sip:pbx.example.net:5070", "udp4 udp6", &zone, &[a, aaaa], &both);
    let one = ["tls:192.0.2.1:5061", "tls:192.0.2.2:5061"];
    row("sips:pbx.example.net:5061", ALL, &zone, &[a], &one);
}

/// The example of §4.1.
fn example() -> Zone {
    zone(&[
        (
            "NAPTR example.com",
            naptr(&[
                (90, 50, "SIP+D2T", "_sip._tcp.example.com"),
                (100, 50, "SIP+D2U", "_sip._udp.example.com"),
                (50, 50, "SIPS+D2T", "_sips._tcp.example.com"),
            ]),
        ),
        ("SRV _sips._tcp.example.com", srv(&[(0, 1, 5061, "server1.example.com")])),
        (
            "SRV _sip._tcp.example.com",
            srv(&[(1, 0, 5062, "server2.example.com"), (0, 1, 5060, "server1.example.com")]),
        ),
        ("SRV _sip._udp.example.com", srv(&[(0, 1, 5060, "server1.example.com")])),
        ("A server1.example.com", addresses(&["192.0.2.1"])),
        ("A server2.example.com", addresses(&["192.0.2.2"])),
        ("A example.com", addresses(&["192.0.2.99"])),
    ])
}

#[test]
fn naptr_says_which_transport_is_preferred_of_those_we_speak() {
    let zone = example();
    let first = ["NAPTR example.com", "SRV _sips._tcp.example.com", "A server1.example.com"];
    row("sip:example.com", ALL, &zone, &first, &["tls:192.0.2.1:5061"]);
    row("sips:example.com", ALL, &zone, &first, &["tls:192.0.2.1:5061"]);
    let second = [
        "NAPTR example.com",
        "SRV _sip._tcp.example.com",
        "A server1.example.com",
        "A server2.example.com",
    ];
    let leads = ["tcp:192.0.2.1:5060", "tcp:192.0.2.2:5062"];
    row("sip:example.com", "udp4 tcp4", &zone, &second, &leads);
    let third = ["NAPTR example.com", "SRV _sip._udp.example.com", "A server1.example.com"];
    row("sip:example.com", "udp4", &zone, &third, &["udp:192.0.2.1:5060"]);
}

#[test]
fn a_named_transport_asks_for_its_service_only() {
    let zone = example();
    let asked = ["SRV _sip._udp.example.com", "A server1.example.com"];
    row("sip:example.com;transport=udp", ALL, &zone, &asked, &["udp:192.0.2.1:5060"]);
    let asked = ["SRV _sips._tcp.example.com", "A server1.example.com"];
    row("sips:example.com;transport=tcp", ALL, &zone, &asked, &["tls:192.0.2.1:5061"]);
    row("sip:example.com;transport=tls", ALL, &zone, &asked, &["tls:192.0.2.1:5061"]);
}

#[test]
fn naptr_records_that_are_no_rules_of_ours_are_passed_over() {
    let mut zone = example();
    let one = |change: &dyn Fn(&mut Naptr)| {
        let mut rule = Naptr {
            flags: "S".to_owned(),
            services: "sip+d2u".to_owned(),
            replacement: "_sip._udp.example.com".to_owned(),
            ..Naptr::default()
        };
        change(&mut rule);
        records(vec![Record::Naptr(rule), Record::Address([192, 0, 2, 7].into())])
    };
    let taken = ["NAPTR example.com", "SRV _sip._udp.example.com", "A server1.example.com"];
    zone.insert((RecordKind::Naptr, "example.com".to_owned()), one(&|_| {}));
    row("sip:example.com", ALL, &zone, &taken, &["udp:192.0.2.1:5060"]);
    let changes: [&dyn Fn(&mut Naptr); 5] = [
        &|rule| rule.flags = "u".to_owned(),
        &|rule| rule.services = "SIP+D2S".to_owned(),
        &|rule| rule.services = "E2U+sip".to_owned(),
        &|rule| rule.regexp = "!^.*$!sip:a@example.net!".to_owned(),
        &|rule| rule.replacement = "not a name".to_owned(),
    ];
    for change in changes {
        zone.insert((RecordKind::Naptr, "example.com".to_owned()), one(change));
        let (asked, found) = locate("sip:example.com", &sockets(ALL), &zone, &mut Rng::new(1));
        assert!(asked.contains(&"SRV _sip._tcp.example.com".to_owned()), "{asked:?}");
        // Without a rule: the transports we speak, UDP first; both are there.
        let leads = ["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060", "tcp:192.0.2.2:5062"];
        assert_eq!(hops(&found.unwrap()), leads);
    }
}

#[test]
fn sips_never_takes_another_transport() {
    let mut zone = example();
    zone.remove(&(RecordKind::Srv, "_sips._tcp.example.com".to_owned()));
    let asked = ["NAPTR example.com", "SRV _sips._tcp.example.com", "A example.com"];
    row("sips:example.com", ALL, &zone, &asked, &["tls:192.0.2.99:5061"]);
    let found = locate("sips:example.com", &sockets("udp4 tcp4"), &zone, &mut Rng::new(1));
    assert_eq!(found, (vec![], Err(Unlocated::NoSocket)));
}

#[test]
fn without_srv_records_the_name_is_the_server() {
    let zone = zone(&[("A pbx.example.net", addresses(&["192.0.2.1"]))]);
    let asked = [
        "NAPTR pbx.example.net",
        "SRV _sip._udp.pbx.example.net",
        "SRV _sip._tcp.pbx.example.net",
        "A pbx.example.net",
    ];
    row("sip:pbx.example.net", ALL, &zone, &asked, &["udp:192.0.2.1:5060"]);
    let asked = ["NAPTR pbx.example.net", "SRV _sip._tcp.pbx.example.net", "A pbx.example.net"];
    row("sip:pbx.example.net", "tcp4", &zone, &asked, &["tcp:192.0.2.1:5060"]);
    let asked = ["SRV _sip._tcp.pbx.example.net", "A pbx.example.net"];
    row("sip:pbx.example.net;transport=tcp", ALL, &zone, &asked, &["tcp:192.0.2.1:5060"]);
}

#[test]
fn a_service_that_is_not_offered_is_not_looked_for_elsewhere() {
    let mut zone = zone(&[
        ("SRV _sip._udp.example.net", srv(&[(0, 0, 0, "")])),
        ("SRV _sip._tcp.example.net", srv(&[(0, 0, 0, "")])),
        ("A example.net", addresses(&["192.0.2.1"])),
    ]);
    let (_, found) = locate("sip:example.net", &sockets(ALL), &zone, &mut Rng::new(1));
    assert_eq!(found, Err(Unlocated::NotOffered));
    // One transport refused, the other offered.
    let tcp = (RecordKind::Srv, "_sip._tcp.example.net".to_owned());
    zone.insert(tcp, srv(&[(0, 0, 5062, "example.net")]));
    let (_, found) = locate("sip:example.net", &sockets(ALL), &zone, &mut Rng::new(1));
    assert_eq!(hops(&found.unwrap()), ["tcp:192.0.2.1:5062"]);
}

#[test]
fn rules_of_a_higher_order_are_taken_only_where_the_lower_lead_nowhere() {
    let mut zone = example();
    zone.remove(&(RecordKind::A, "server1.example.com".to_owned()));
    let (asked, found) = locate("sip:example.com", &sockets(ALL), &zone, &mut Rng::new(1));
    assert_eq!(hops(&found.unwrap()), ["tcp:192.0.2.2:5062"]);
    assert!(!asked.contains(&"A example.com".to_owned()));
}

#[test]
fn rules_of_one_order_are_taken_by_preference() {
    let zone = zone(&[
        (
            "NAPTR example.net",
            naptr(&[(10, 2, "SIP+D2U", "_u.example.net"), (10, 1, "SIP+D2T", "_t.example.net")]),
        ),
        ("SRV _u.example.net", srv(&[(0, 0, 5060, "a.example.net")])),
        ("SRV _t.example.net", srv(&[(5, 0, 5062, "a.example.net")])),
        ("A a.example.net", addresses(&["192.0.2.1"])),
    ]);
    let asked =
        ["NAPTR example.net", "SRV _u.example.net", "SRV _t.example.net", "A a.example.net"];
    row("sip:example.net", ALL, &zone, &asked, &["tcp:192.0.2.1:5062", "udp:192.0.2.1:5060"]);
}

#[test]
fn the_shortest_time_to_live_counts_and_a_failure_is_told() {
    let mut zone = example();
    let short =
        Answer::Records { records: vec![Record::Address([192, 0, 2, 1].into())], ttl: seconds(5) };
    zone.insert((RecordKind::A, "server1.example.com".to_owned()), short);
    let (_, found) = locate("sip:example.com", &sockets("udp4"), &zone, &mut Rng::new(1));
    let found = found.unwrap();
    assert_eq!((found.ttl, found.complete, found.offers_tls), (Some(seconds(5)), true, false));
    let (_, found) = locate("sip:example.com", &sockets(ALL), &zone, &mut Rng::new(1));
    assert!(found.unwrap().offers_tls);
    zone.insert((RecordKind::Naptr, "example.com".to_owned()), Answer::Failed);
    let (_, found) = locate("sip:example.com", &sockets("udp4"), &zone, &mut Rng::new(1));
    assert!(!found.unwrap().complete);
    let all_failed = zone.keys().map(|key| (key.clone(), Answer::Failed)).collect();
    let (_, found) = locate("sip:example.com", &sockets("udp4"), &all_failed, &mut Rng::new(1));
    assert_eq!(found, Err(Unlocated::Failed));
    let (_, found) = locate("sip:example.org", &sockets("udp4"), &zone, &mut Rng::new(1));
    assert_eq!(found, Err(Unlocated::NoAddress));
}

/// A zone made to cost us as much as it can.
#[test]
fn what_is_asked_and_taken_is_bounded() {
    let rules: Vec<_> =
        (0..1_000).map(|n| (n, 0, "SIP+D2U", format!("_{n}.example.net"))).collect();
    let rules: Vec<_> = rules.iter().map(|(a, b, c, d)| (*a, *b, *c, d.as_str())).collect();
    let mut zone = zone(&[("NAPTR example.net", naptr(&rules))]);
    let names = |n: usize| (0..1_000).map(move |m| format!("h{m}.n{n}.example.net"));
    for n in 0..1_000 {
        let targets: Vec<_> = names(n).take(100).collect();
        let servers: Vec<_> = targets.iter().map(|target| (0, 1, 5060, target.as_str())).collect();
        zone.insert((RecordKind::Srv, format!("_{n}.example.net")), srv(&servers));
    }
    let (asked, found) = locate("sip:example.net", &sockets("udp4 udp6"), &zone, &mut Rng::new(1));
    assert_eq!(found, Err(Unlocated::Failed));
    assert_eq!(asked.len(), QUESTIONS);
    let many: Vec<_> = (0..=255).map(|n| Record::Address([192, 0, 2, n].into())).collect();
    for target in names(0) {
        zone.insert((RecordKind::A, target), records(many.clone()));
    }
    let (_, found) = locate("sip:example.net", &sockets("udp4"), &zone, &mut Rng::new(1));
    assert!(found.unwrap().order(&mut Rng::new(1)).len() <= SERVERS * ADDRESSES);
}

#[test]
fn answers_that_were_not_asked_for_and_second_ones_change_nothing() {
    let target = Target::parse("sip:pbx.example.net:5060").unwrap();
    let mut locator = Locator::new(target, &sockets("udp4"));
    let Some(Located::Ask(question)) = locator.poll_output() else { panic!() };
    let other = Question { kind: RecordKind::Srv, name: "other.example.net".to_owned() };
    locator.handle_answer(&other, addresses(&["192.0.2.66"]));
    assert_eq!(locator.poll_output(), None);
    locator.handle_answer(&question, addresses(&["192.0.2.1"]));
    assert!(matches!(locator.poll_output(), Some(Located::Done(Ok(_)))));
    locator.handle_answer(&question, addresses(&["192.0.2.66"]));
    assert_eq!(locator.poll_output(), None);
}

#[test]
fn weights_share_the_calls() {
    let server = |weight, last| Server {
        rank: (0, 0),
        weight,
        name: String::new(),
        transport: Transport::Udp,
        addresses: vec![SocketAddr::from(([192, 0, 2, last], 5060))],
    };
    let of = |servers: Vec<Server>| {
        let servers = Servers { servers, ttl: None, complete: true, offers_tls: false };
        let mut rng = Rng::new(1);
        let mut first = [0; 4];
        for _ in 0..10_000 {
            let (_, address) = servers.order(&mut rng)[0];
            let IpAddr::V4(address) = address.ip() else { panic!() };
            first[usize::from(address.octets()[3])] += 1;
        }
        first
    };
    let [_, one, three, none] = of(vec![server(10, 1), server(30, 2), server(0, 3)]);
    assert!((2_000..3_000).contains(&one), "{one}");
    assert!((7_000..8_000).contains(&three), "{three}");
    // "In the presence of records containing weights greater than 0, records with weight 0 should
    // have a very small chance of being selected."
    assert!((1..600).contains(&none), "{none}");
    let [_, one, two, three] = of(vec![server(0, 1), server(0, 2), server(0, 3)]);
    assert!([one, two, three].iter().all(|calls| (2_800..3_900).contains(calls)));
}

/// RFC 3263 §4 read from top to bottom over a zone that answers at once.
fn reference(uri: &str, locals: &[(Transport, SocketAddr)], zone: &Zone) -> Vec<(u8, u16, String)> {
    let look = |kind, name: &str| match zone.get(&(kind, name.to_owned())) {
        Some(Answer::Records { records, .. }) => records.clone(),
        _ => Vec::new(),
    };
    let speaks = |transport| locals.iter().any(|(own, _)| *own == transport);
    let named = |transport: Transport, port: u16, (rank, priority): (u8, u16), name: &str| {
        let mut found = Vec::new();
        for (kind, six) in [(RecordKind::Aaaa, true), (RecordKind::A, false)] {
            if locals.iter().any(|(own, local)| *own == transport && local.is_ipv6() == six) {
                for record in look(kind, name) {
                    let Record::Address(address) = record else { panic!() };
                    let hop = format!("{}:{}", transport.name(), SocketAddr::new(address, port));
                    found.push((rank, priority, hop));
                }
            }
        }
        found
    };
    let service = |rank: u8, transport, name: &str| {
        let mut found = Vec::new();
        for record in look(RecordKind::Srv, name) {
            let Record::Srv { priority, port, target, .. } = record else { panic!() };
            found.extend(named(transport, port, (rank, priority), &target));
        }
        found
    };
    let secure = uri.starts_with("sips:");
    let mut rules = Vec::new();
    for record in look(RecordKind::Naptr, "example.net") {
        let Record::Naptr(rule) = record else { panic!() };
        let transport = match &*rule.services {
            "SIPS+D2T" => Transport::Tls,
            "SIP+D2T" if !secure => Transport::Tcp,
            "SIP+D2U" if !secure => Transport::Udp,
            _ => continue,
        };
        if speaks(transport) {
            rules.push((rule.order, rule.preference, transport, rule.replacement));
        }
    }
    rules.sort_by_key(|rule| (rule.0, rule.1));
    for order in rules.iter().map(|rule| rule.0).collect::<BTreeSet<_>>() {
        let mut found = Vec::new();
        for (rank, rule) in rules.iter().filter(|rule| rule.0 == order).enumerate() {
            found.extend(service(rank as u8, rule.2, &rule.3));
        }
        if !found.is_empty() {
            return found;
        }
    }
    let all: &[_] = if secure {
        &[(Transport::Tls, "_sips._tcp.example.net")]
    } else {
        &[(Transport::Udp, "_sip._udp.example.net"), (Transport::Tcp, "_sip._tcp.example.net")]
    };
    let ours: Vec<_> = all.iter().filter(|(transport, _)| speaks(*transport)).collect();
    let mut found = Vec::new();
    for (rank, (transport, name)) in ours.iter().enumerate() {
        found.extend(service(rank as u8, *transport, name));
    }
    match (found.is_empty(), ours.first()) {
        (true, Some((transport, _))) => {
            named(*transport, transport.default_port(), (0, 0), "example.net")
        }
        _ => found,
    }
}

prop_compose! {
    fn any_zone()(
        rules in proptest::collection::vec((0_u16..3, 0_u16..3, 0_usize..4, 0_usize..4), 0..4),
        services in proptest::collection::vec(
            proptest::collection::vec((0_u16..3, 0_u16..9, 5060_u16..5063, 0_usize..4), 0..4), 4..5),
        addresses in proptest::collection::vec((0_u8..3, any::<bool>()), 5..6),
    ) -> Zone {
        let names = ["_sips._tcp.example.net", "_sip._tcp.example.net", "_sip._udp.example.net",
            "_sip._other.example.net"];
        let services_of = ["SIPS+D2T", "SIP+D2T", "SIP+D2U", "SIP+D2S"];
        let hosts = ["a.example.net", "b.example.net", "c.example.net", "d.example.net",
            "example.net"];
        let mut zone = Zone::new();
        if !rules.is_empty() {
            let rules: Vec<_> = rules.iter()
                .map(|(o, p, s, n)| (*o, *p, services_of[*s], names[*n])).collect();
            zone.insert((RecordKind::Naptr, "example.net".to_owned()), naptr(&rules));
        }
        for (name, servers) in names.iter().zip(services) {
            let servers: Vec<_> =
                servers.iter().map(|(p, w, port, host)| (*p, *w, *port, hosts[*host])).collect();
            if !servers.is_empty() {
                zone.insert((RecordKind::Srv, (*name).to_owned()), srv(&servers));
            }
        }
        for (number, (host, (four, six))) in hosts.iter().zip(addresses).enumerate() {
            let list: Vec<_> = (0..four).map(|n| format!("192.0.2.{}", number * 10 + n as usize))
                .collect();
            let list: Vec<_> = list.iter().map(String::as_str).collect();
            if !list.is_empty() {
                zone.insert((RecordKind::A, (*host).to_owned()), tests::addresses(&list));
            }
            if six {
                let list = format!("2001:db8::{number}");
                zone.insert((RecordKind::Aaaa, (*host).to_owned()),
                    tests::addresses(&[&list]));
            }
        }
        zone
    }
}

proptest! {
    /// In whatever order the answers come, the result is that of the standard read from top to
    /// bottom, and what is tried goes by rank.
    #[test]
    fn agrees_with_the_standard_read_aloud(
        zone in any_zone(),
        secure in any::<bool>(),
        own in 0_usize..5,
        seed in any::<u64>(),
    ) {
        let own = ["udp4", "udp4 tcp4", ALL, "udp4 udp6 tcp4", "tls6 tcp4"][own];
        let uri = if secure { "sips:example.net" } else { "sip:example.net" };
        let mut rng = Rng::new(seed);
        let expected = reference(uri, &sockets(own), &zone);
        let (asked, found) = locate(uri, &sockets(own), &zone, &mut rng);
        prop_assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "asked twice");
        let tried = found.map(|found| found.order(&mut rng)).unwrap_or_default();
        let tried: Vec<_> = tried.iter().map(|(t, a)| format!("{}:{a}", t.name())).collect();
        let all: BTreeSet<_> = expected.iter().map(|(_, _, hop)| hop.clone()).collect();
        prop_assert_eq!(&tried.iter().cloned().collect::<BTreeSet<_>>(), &all);
        prop_assert_eq!(tried.len(), all.len(), "tried twice");
        let rank = |hop: &String| {
            expected.iter().filter(|(_, _, other)| other == hop).map(|(r, p, _)| (*r, *p)).min()
        };
        prop_assert!(tried.iter().map(rank).is_sorted(), "{:?} of {:?}", tried, expected);
    }
}
