#![expect(clippy::disallowed_methods, reason = "tests run servers and wait")]

use super::*;
use hickory_resolver::proto::op::{Message, MessageType};
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, NAPTR, SRV};
use std::net::UdpSocket;

/// A name server that answers each question as `answer` says.
fn server(
    answer: impl Fn(&str, RecordType) -> Option<(ResponseCode, Vec<Record>)> + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let asked = Message::from_vec(&buffer[..length]).unwrap();
            let query = asked.queries[0].clone();
            let Some((code, records)) = answer(&query.name().to_ascii(), query.query_type()) else {
                continue;
            };
            let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
            reply.metadata.message_type = MessageType::Response;
            reply.metadata.recursion_available = true;
            reply.metadata.response_code = code;
            reply.add_query(query);
            reply.add_answers(records);
            socket.send_to(&reply.to_vec().unwrap(), from).unwrap();
        }
    });
    address
}

fn resolver(server: SocketAddr) -> Resolver {
    let patience = Duration::from_millis(200);
    let options = ResolverOptions { servers: vec![server], patience, in_flight: 4, waiting: 5 };
    Resolver::start(&options).unwrap()
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn a_record(of: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(of), ttl, data)
}

async fn ask(resolver: &mut Resolver, kind: DnsKind, name: &str) -> DnsAnswer {
    assert!(resolver.ask(9, kind, name));
    let (number, answer) = resolver.answer().await.unwrap();
    assert_eq!(number, 9);
    answer
}

#[tokio::test]
async fn each_kind_of_record_is_read() {
    let server = server(|asked, kind| {
        let data = match kind {
            RecordType::A => RData::A(A([192, 0, 2, 1].into())),
            RecordType::AAAA => RData::AAAA(AAAA("2001:db8::1".parse().unwrap())),
            RecordType::SRV => RData::SRV(SRV::new(1, 2, 5060, name("a.example.net."))),
            RecordType::NAPTR => RData::NAPTR(NAPTR::new(
                10,
                20,
                b"s"[..].into(),
                b"SIP+D2U"[..].into(),
                b""[..].into(),
                name("_sip._udp.example.net."),
            )),
            _ => panic!("{kind}"),
        };
        Some((ResponseCode::NoError, vec![a_record(asked, 60, data)]))
    });
    let mut resolver = resolver(server);
    let minute = Duration::from_secs(60);
    for (kind, record) in [
        (DnsKind::A, DnsRecord::Address("192.0.2.1".parse().unwrap())),
        (DnsKind::Aaaa, DnsRecord::Address("2001:db8::1".parse().unwrap())),
        (
            DnsKind::Srv,
            DnsRecord::Srv {
                priority: 1,
                weight: 2,
                port: 5060,
                target: "a.example.net".to_owned(),
            },
        ),
        (
            DnsKind::Naptr,
            DnsRecord::Naptr {
                order: 10,
                preference: 20,
                flags: "s".to_owned(),
                services: "SIP+D2U".to_owned(),
                regexp: String::new(),
                replacement: "_sip._udp.example.net".to_owned(),
            },
        ),
    ] {
        let answer = ask(&mut resolver, kind, "example.net").await;
        assert_eq!(answer, DnsAnswer::Records(vec![record], minute));
    }
}

#[tokio::test]
async fn an_alias_is_followed_and_its_time_to_live_counts() {
    let server = server(|_, kind| {
        assert_eq!(kind, RecordType::A);
        let alias = RData::CNAME(CNAME(name("b.example.net.")));
        let address = RData::A(A([192, 0, 2, 2].into()));
        let records =
            vec![a_record("a.example.net.", 7, alias), a_record("b.example.net.", 60, address)];
        Some((ResponseCode::NoError, records))
    });
    let answer = ask(&mut resolver(server), DnsKind::A, "a.example.net").await;
    let record = DnsRecord::Address("192.0.2.2".parse().unwrap());
    assert_eq!(answer, DnsAnswer::Records(vec![record], Duration::from_secs(7)));
}

/// RFC 1034 §5.2.2: a chain that bites its own tail.
#[tokio::test]
async fn a_circle_of_aliases_ends() {
    let server = server(|asked, _| {
        let next = if asked.starts_with('a') { "b.example.net." } else { "a.example.net." };
        let alias = RData::CNAME(CNAME(name(next)));
        Some((ResponseCode::NoError, vec![a_record(asked, 7, alias)]))
    });
    let answer = ask(&mut resolver(server), DnsKind::A, "a.example.net").await;
    assert!(matches!(answer, DnsAnswer::Failed | DnsAnswer::Nothing(_)), "{answer:?}");
}

#[tokio::test]
async fn nothing_and_failure_are_told_apart() {
    let server = server(|asked, _| match asked.split('.').next().unwrap() {
        "none" => Some((ResponseCode::NXDomain, Vec::new())),
        "empty" => Some((ResponseCode::NoError, Vec::new())),
        "failed" => Some((ResponseCode::ServFail, Vec::new())),
        "refused" => Some((ResponseCode::Refused, Vec::new())),
        _ => None,
    });
    let mut resolver = resolver(server);
    for name in ["none.example.net", "empty.example.net"] {
        let answer = ask(&mut resolver, DnsKind::Srv, name).await;
        assert_eq!(answer, DnsAnswer::Nothing(None), "{name}");
    }
    for name in ["failed.example.net", "refused.example.net", "silent.example.net"] {
        assert_eq!(ask(&mut resolver, DnsKind::Srv, name).await, DnsAnswer::Failed, "{name}");
    }
}

#[tokio::test]
async fn questions_are_bounded_and_none_is_forgotten() {
    let mut resolver = resolver(server(|_, _| None));
    let taken = (0..100).take_while(|n| resolver.ask(*n, DnsKind::A, "example.net")).count();
    assert!((4..=9).contains(&taken), "{taken}");
    for _ in 0..taken {
        assert_eq!(resolver.answer().await.unwrap().1, DnsAnswer::Failed);
    }
}

#[test]
fn it_ends_while_it_waits() {
    let mut resolver = resolver(server(|_, _| None));
    assert!(resolver.ask(1, DnsKind::A, "example.net"));
    let start = std::time::Instant::now();
    drop(resolver);
    assert!(start.elapsed() < Duration::from_secs(1));
}
