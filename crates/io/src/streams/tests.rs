use super::*;
use crate::tls::testing::{Authority, Folder};
use crate::{CS3, ClientCertificate, SocketOptions, TlsWatch};
use base::Duration;
use bytes::Bytes;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const OPTIONS: SocketOptions =
    SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: CS3 };

fn limits() -> StreamLimits {
    StreamLimits {
        connections: 3,
        per_source: 2,
        preferred: Vec::new(),
        handshakes: 8,
        handshake_rate: 1_000,
        write_queue: 4,
        patience: Duration::from_secs(5),
        idle: Duration::from_secs(60),
        half_closed: Duration::from_secs(60),
    }
}

fn here(secure: bool) -> Listener {
    Listener { address: "127.0.0.1:0".parse().unwrap(), secure, dscp: CS3 }
}

fn port_with(limits: StreamLimits) -> StreamPort {
    StreamPort::bind(&[here(false)], OPTIONS, limits, None).unwrap()
}

fn secure_port(tls: TlsWatch) -> StreamPort {
    let limits = StreamLimits { connections: 64, per_source: 64, handshakes: 64, ..limits() };
    StreamPort::bind(&[here(true)], OPTIONS, limits, Some(tls)).unwrap()
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

const fn plain(remote: SocketAddr) -> Target {
    Target { remote, secure: false, peer: None }
}

async fn connected(port: &mut StreamPort) -> u64 {
    match port.event().await {
        StreamEvent::Connected { id, .. } => id,
        event => panic!("{event:?}"),
    }
}

#[test]
fn octets_pass_both_ways_and_the_end_is_reported_once() {
    on_a_runtime(async {
        let mut port = port_with(limits());
        let mut peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let StreamEvent::Connected { id, target, names, .. } = port.event().await else { panic!() };
        assert_eq!((target, names.len()), (plain(peer.local_addr().unwrap()), 0));
        peer.write_all(b"hello").await.unwrap();
        assert_eq!(port.event().await, StreamEvent::Received { id, bytes: "hello".into() });
        port.send(id, "back".into()).unwrap();
        port.close(id);
        let mut text = String::new();
        peer.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "back");
        drop(peer);
        assert_eq!(port.event().await, StreamEvent::Closed { id });
        assert_eq!(port.send(id, "late".into()), Err(StreamRefused::Gone));
        assert!(port.is_empty());
    });
}

#[test]
fn a_peer_that_has_ended_its_side_still_gets_its_answer() {
    on_a_runtime(async {
        let mut port = port_with(limits());
        let mut peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let id = connected(&mut port).await;
        peer.write_all(b"question").await.unwrap();
        peer.shutdown().await.unwrap();
        assert!(matches!(port.event().await, StreamEvent::Received { .. }));
        assert_eq!(port.event().await, StreamEvent::HalfClosed { id });
        port.send(id, "answer".into()).unwrap();
        port.close(id);
        let mut text = String::new();
        peer.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "answer");
        assert_eq!(port.event().await, StreamEvent::Closed { id });
        // Whoever is not told to close does so after a while.
        let limits = StreamLimits { half_closed: Duration::from_millis(20), ..limits() };
        let mut port = port_with(limits);
        let mut peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let id = connected(&mut port).await;
        peer.shutdown().await.unwrap();
        assert_eq!(port.event().await, StreamEvent::HalfClosed { id });
        assert_eq!(port.event().await, StreamEvent::Closed { id });
    });
}

#[test]
fn silence_is_told_again_and_again_but_our_own_words_break_it() {
    on_a_runtime(async {
        let mut port = port_with(StreamLimits { idle: Duration::from_millis(40), ..limits() });
        let _peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let start = tokio::time::Instant::now();
        let id = connected(&mut port).await;
        port.send(id, "word".into()).unwrap();
        assert_eq!(port.event().await, StreamEvent::Idle { id });
        assert!(start.elapsed() >= Duration::from_millis(80));
        assert_eq!(port.event().await, StreamEvent::Idle { id });
    });
}

#[test]
fn connections_past_the_limit_of_a_source_are_closed() {
    on_a_runtime(async {
        let mut port = port_with(limits());
        let mut peers = Vec::new();
        for _ in 0..3 {
            peers.push(TcpStream::connect(port.locals()[0]).await.unwrap());
        }
        for id in 0..2 {
            assert_eq!(connected(&mut port).await, id);
        }
        tokio::select! {
            event = port.event() => panic!("{event:?}"),
            read = peers[2].read_u8() => assert!(read.is_err()),
        }
        assert_eq!((port.count(false), port.stats().refused), (2, 1));
    });
}

#[test]
fn peers_that_hold_connections_do_not_keep_ours_from_coming_up() {
    on_a_runtime(async {
        // Of sixteen, strangers have twelve, neighbours two more, the last two are for us.
        let limits = StreamLimits { connections: 16, per_source: 16, ..limits() };
        let neighbours = vec![("127.0.0.2".parse().unwrap(), 32)];
        let mut port = port_with(StreamLimits { preferred: neighbours, ..limits });
        let to = port.locals()[0];
        let mut peers = Vec::new();
        for from in ["127.0.0.1", "127.0.0.2"] {
            for _ in 0..16 {
                let socket = tokio::net::TcpSocket::new_v4().unwrap();
                socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
                peers.push(socket.connect(to).await.unwrap());
            }
        }
        for _ in 0..14 {
            connected(&mut port).await;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = plain(listener.local_addr().unwrap());
        port.open(target.remote.ip(), target, Vec::new()).unwrap();
        let event = port.event().await;
        assert!(matches!(event, StreamEvent::Connected { target: got, .. } if got == target));
        assert_eq!((port.count(false), port.stats().refused), (15, 18));
    });
}

#[test]
fn an_outgoing_connection_comes_up_or_fails() {
    on_a_runtime(async {
        let mut port = port_with(limits());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = plain(listener.local_addr().unwrap());
        port.open(target.remote.ip(), target, Vec::new()).unwrap();
        connected(&mut port).await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        port.open(free.ip(), plain(free), Vec::new()).unwrap();
        assert_eq!(port.event().await, StreamEvent::OpenFailed { target: plain(free) });
        let secure = Target { secure: true, ..target };
        let refused = port.open(target.remote.ip(), secure, Vec::new());
        assert_eq!(refused, Err(StreamRefused::NoTls));
    });
}

#[test]
fn a_peer_that_does_not_read_loses_the_connection() {
    on_a_runtime(async {
        let mut port = port_with(limits());
        let _peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let id = connected(&mut port).await;
        let block = Bytes::from(vec![0; 4 << 20]);
        let sent = (0..100).find_map(|_| port.send(id, block.clone()).err());
        assert_eq!(sent, Some(StreamRefused::Stalled));
        assert_eq!(port.send(id, block), Err(StreamRefused::Gone));
        assert_eq!(port.stats().stalled, 1);
    });
}

/// Connects `ours` to `theirs` under these names: what both hear.
async fn meet(
    ours: &mut StreamPort,
    theirs: &mut StreamPort,
    expected: &[&str],
) -> (StreamEvent, Option<StreamEvent>) {
    let target = Target { remote: theirs.locals()[0], secure: true, peer: None };
    let names = expected.iter().map(|name| (*name).to_owned()).collect();
    ours.open(target.remote.ip(), target, names).unwrap();
    let mut heard = None;
    let mut event = None;
    let wait = tokio::time::sleep(Duration::from_millis(200));
    tokio::pin!(wait);
    let is_opening = |one: &StreamEvent| {
        matches!(one, StreamEvent::Connected { .. } | StreamEvent::OpenFailed { .. })
    };
    while event.is_none() || heard.is_none() {
        tokio::select! {
            one = ours.event() => event = event.or(Some(one).filter(is_opening)),
            one = theirs.event() => heard = heard.or(Some(one).filter(is_opening)),
            () = &mut wait => break,
        }
    }
    (event.unwrap(), heard)
}

fn names(event: &StreamEvent) -> Option<Vec<&str>> {
    match event {
        StreamEvent::Connected { names, .. } => Some(names.iter().map(String::as_str).collect()),
        _ => None,
    }
}

#[test]
fn both_ends_learn_who_the_other_is() {
    let (authority, here, there) = (Authority::new(), Folder::new(), Folder::new());
    let tls = |folder: &Folder, names: &[&str]| {
        TlsWatch::new(folder.files(&authority, &authority, names)).unwrap()
    };
    on_a_runtime(async {
        let mut ours = secure_port(tls(&here, &["sip:gateway.example.net", "x.example.net"]));
        let mut theirs = secure_port(tls(&there, &["pbx.example.net", "127.0.0.1"]));
        let (event, heard) = meet(&mut ours, &mut theirs, &["PBX.example.net"]).await;
        assert_eq!(names(&event), Some(vec!["pbx.example.net"]));
        let heard = heard.unwrap();
        assert_eq!(names(&heard), Some(vec!["gateway.example.net"]));
        let (StreamEvent::Connected { id, .. }, StreamEvent::Connected { id: far, .. }) =
            (event, heard)
        else {
            panic!()
        };
        ours.send(id, "hello".into()).unwrap();
        let bytes = "hello".into();
        assert_eq!(theirs.event().await, StreamEvent::Received { id: far, bytes });
        assert_eq!(ours.count(true), 1);
        // The end is told within TLS too.
        ours.close(id);
        assert_eq!(theirs.event().await, StreamEvent::HalfClosed { id: far });
        theirs.close(far);
        assert_eq!(theirs.event().await, StreamEvent::Closed { id: far });
        // Without a name the address must be proved.
        assert!(names(&meet(&mut ours, &mut theirs, &[]).await.0).is_some());
    });
}

#[test]
fn a_peer_of_another_name_or_another_authority_is_not_talked_to() {
    let (authority, other) = (Authority::new(), Authority::new());
    let folders: Vec<_> = (0..4).map(|_| Folder::new()).collect();
    let tls = |number: usize, trusted: &Authority, names: &[&str]| {
        TlsWatch::new(folders[number].files(&authority, trusted, names)).unwrap()
    };
    on_a_runtime(async {
        let mut ours = secure_port(tls(0, &authority, &["gateway.example.net"]));
        let mut theirs = secure_port(tls(1, &authority, &["*.example.net", "sip:pbx.example.org"]));
        for expected in [&["a.example.net"][..], &["example.org"], &["*.example.net"], &[]] {
            let (event, _) = meet(&mut ours, &mut theirs, expected).await;
            assert!(matches!(event, StreamEvent::OpenFailed { .. }), "{expected:?}: {event:?}");
        }
        let (event, _) = meet(&mut ours, &mut theirs, &["a", "pbx.example.org"]).await;
        assert!(names(&event).is_some());
        let mut doubting = secure_port(tls(2, &other, &["gateway.example.net"]));
        let (event, _) = meet(&mut doubting, &mut theirs, &["pbx.example.org"]).await;
        assert!(matches!(event, StreamEvent::OpenFailed { .. }));
        let mut trusting = secure_port(tls(3, &authority, &["gateway.example.net"]));
        let (_, heard) = meet(&mut trusting, &mut doubting, &["gateway.example.net"]).await;
        assert_eq!(heard, None, "their certificate is of nobody whom we trust");
        assert!(doubting.stats().handshakes_failed >= 1 && theirs.stats().handshakes_failed >= 1);
    });
}

#[test]
fn a_certificate_may_be_demanded() {
    let (authority, here) = (Authority::new(), Folder::new());
    let mut files = here.files(&authority, &authority, &["gateway.example.net"]);
    for (demand, served) in
        [(ClientCertificate::Optional, true), (ClientCertificate::Required, false)]
    {
        files.client_certificate = demand;
        on_a_runtime(async {
            let mut port = secure_port(TlsWatch::new(files.clone()).unwrap());
            // A client that has none.
            let mut roots = rustls::RootCertStore::empty();
            let pem = authority.pem.as_bytes();
            let root = rustls::pki_types::pem::PemObject::from_pem_slice(pem).unwrap();
            roots.add(root).unwrap();
            let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
            let stream = TcpStream::connect(port.locals()[0]).await.unwrap();
            let name = "gateway.example.net".try_into().unwrap();
            let client = async {
                let Ok(mut stream) = connector.connect(name, stream).await else { return false };
                stream.write_all(b"x").await.is_ok() && stream.read_u8().await.is_ok()
            };
            let server = async {
                let id = connected(&mut port).await;
                port.send(id, "y".into()).unwrap();
                while !matches!(port.event().await, StreamEvent::Closed { .. }) {}
            };
            tokio::select! {
                got = client => assert_eq!(got, served),
                () = server => panic!("closed"),
            }
        });
    }
}

#[test]
fn handshakes_under_way_are_few_and_do_not_last() {
    let (authority, here) = (Authority::new(), Folder::new());
    let files = here.files(&authority, &authority, &["gateway.example.net"]);
    on_a_runtime(async {
        let limits = StreamLimits {
            connections: 64,
            per_source: 64,
            handshakes: 8,
            patience: Duration::from_millis(50),
            ..limits()
        };
        let watch = TlsWatch::new(files).unwrap();
        let listeners = [self::here(true)];
        let mut port = StreamPort::bind(&listeners, OPTIONS, limits, Some(watch)).unwrap();
        let mut silent = TcpStream::connect(port.locals()[0]).await.unwrap();
        let mut second = TcpStream::connect(port.locals()[0]).await.unwrap();
        let start = tokio::time::Instant::now();
        let reads = async {
            assert!(second.read_u8().await.is_err(), "one handshake of a source at a time");
            assert!(start.elapsed() < Duration::from_millis(45));
            assert!(silent.read_u8().await.is_err(), "and it must go on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        tokio::select! {
            event = port.event() => panic!("{event:?}"),
            () = reads => {}
        }
        assert_eq!((port.stats().refused, port.stats().handshakes_failed), (1, 1));
    });
}

#[test]
fn certificates_change_under_living_connections() {
    let (authority, here, there) = (Authority::new(), Folder::new(), Folder::new());
    let files = here.files(&authority, &authority, &["old.example.net"]);
    let watch = TlsWatch::new(files).unwrap().each(Duration::from_millis(10));
    let peer = there.files(&authority, &authority, &["pbx.example.net"]);
    on_a_runtime(async {
        let reload = watch.reload();
        let mut port = secure_port(watch);
        let mut theirs = secure_port(TlsWatch::new(peer).unwrap());
        let (event, heard) = meet(&mut theirs, &mut port, &["old.example.net"]).await;
        let StreamEvent::Connected { id: far, .. } = event else { panic!("{event:?}") };
        let Some(StreamEvent::Connected { id, .. }) = heard else { panic!("{heard:?}") };
        let settle = async |port: &mut StreamPort, done: fn(StreamStats) -> bool| {
            while !done(port.stats()) {
                let wait = Duration::from_millis(10);
                let _none = tokio::time::timeout(wait, port.event()).await;
            }
        };
        // A key alone fits nothing: the old pair stays until its certificate is there as well.
        let (_, certificate, key) = authority.issue(&["new.example.net"]);
        here.write("key.pem", &key);
        settle(&mut port, |stats| stats.reloads_failed == 1).await;
        let (event, _) = meet(&mut theirs, &mut port, &["old.example.net"]).await;
        assert!(names(&event).is_some());
        here.write("certificate.pem", &certificate);
        settle(&mut port, |stats| stats.reloads == 1).await;
        let (event, _) = meet(&mut theirs, &mut port, &["new.example.net"]).await;
        assert!(names(&event).is_some());
        // And nobody has lost a connection.
        port.send(id, "still here".into()).unwrap();
        let bytes = "still here".into();
        assert_eq!(theirs.event().await, StreamEvent::Received { id: far, bytes });
        // Asked for, they are read although nothing changed.
        reload.now();
        settle(&mut port, |stats| stats.reloads == 2).await;
    });
}

#[test]
fn strangers_leave_some_handshakes_to_neighbours() {
    let (authority, here) = (Authority::new(), Folder::new());
    let files = here.files(&authority, &authority, &["gateway.example.net"]);
    on_a_runtime(async {
        let limits = StreamLimits {
            connections: 64,
            per_source: 64,
            handshakes: 4,
            preferred: vec![("127.0.0.9".parse().unwrap(), 32)],
            ..limits()
        };
        let watch = TlsWatch::new(files).unwrap();
        let listeners = [self::here(true)];
        let mut port = StreamPort::bind(&listeners, OPTIONS, limits, Some(watch)).unwrap();
        let mut silent = Vec::new();
        for (host, refused) in [(1, 0), (2, 0), (3, 0), (4, 1), (9, 1)] {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).unwrap();
            silent.push(socket.connect(port.locals()[0]).await.unwrap());
            let wait = Duration::from_millis(20);
            let _none = tokio::time::timeout(wait, port.event()).await;
            assert_eq!(port.stats().refused, refused, "127.0.0.{host}");
        }
    });
}

#[test]
fn each_listener_marks_what_is_sent_as_it_should() {
    let listeners = [("127.0.0.1:0", 46), ("127.0.0.2:0", 10), ("[::1]:0", 34)];
    let listeners = listeners.map(|(address, dscp)| Listener {
        address: address.parse().unwrap(),
        secure: false,
        dscp,
    });
    on_a_runtime(async {
        let port = StreamPort::bind(&listeners, OPTIONS, limits(), None).unwrap();
        for (listener, to) in listeners.iter().zip(port.locals().to_vec()) {
            let options = port.options_of(to.ip(), false);
            assert_eq!(options.dscp, listener.dscp);
        }
        assert_eq!(port.options_of("127.0.0.9".parse().unwrap(), false).dscp, CS3);
        assert_eq!(port.options_of("127.0.0.1".parse().unwrap(), true).dscp, CS3);
    });
}

#[tokio::test]
async fn an_accepted_connection_is_marked_as_its_listener() {
    use socket2::SockRef;
    for (address, dscp) in [("127.0.0.1:0", 46_u32), ("[::1]:0", 10)] {
        let options = SocketOptions { dscp: dscp as u8, ..OPTIONS };
        let listener = options.tcp_listener(address.parse().unwrap()).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let socket = SockRef::from(&accepted);
        let octet = if address.starts_with('[') { socket.tclass_v6() } else { socket.tos_v4() };
        assert_eq!(octet.unwrap(), dscp << 2, "{address}");
    }
}
