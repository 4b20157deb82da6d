use super::*;

const OPTIONS: SocketOptions =
    SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: crate::CS3 };
const LIMITS: TcpLimits =
    TcpLimits { connections: 3, per_source: 2, write_queue: 4, patience: Duration::from_secs(5) };

fn port() -> TcpPort {
    TcpPort::bind(&["127.0.0.1:0".parse().unwrap()], OPTIONS, LIMITS).unwrap()
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn octets_pass_both_ways_and_the_end_is_reported_once() {
    on_a_runtime(async {
        let mut port = port();
        let mut peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let TcpEvent::Connected { id, remote, .. } = port.event().await else { panic!() };
        assert_eq!(remote, peer.local_addr().unwrap());
        peer.write_all(b"hello").await.unwrap();
        assert_eq!(port.event().await, TcpEvent::Received { id, bytes: "hello".into() });
        port.send(id, "back".into()).unwrap();
        port.close(id);
        let mut text = String::new();
        peer.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "back");
        assert_eq!(port.event().await, TcpEvent::Closed { id });
        assert_eq!(port.send(id, "late".into()), Err(TcpRefused::Gone));
        assert!(port.is_empty());
    });
}

#[test]
fn connections_past_the_limit_of_a_source_are_closed() {
    on_a_runtime(async {
        let mut port = port();
        let mut peers = Vec::new();
        for _ in 0..3 {
            peers.push(TcpStream::connect(port.locals()[0]).await.unwrap());
        }
        for id in 0..2 {
            assert!(matches!(port.event().await, TcpEvent::Connected { id: got, .. } if got == id));
        }
        tokio::select! {
            event = port.event() => panic!("{event:?}"),
            read = peers[2].read_u8() => assert!(read.is_err()),
        }
        assert_eq!((port.len(), port.refused), (2, 1));
    });
}

#[test]
fn peers_that_hold_connections_do_not_keep_ours_from_coming_up() {
    on_a_runtime(async {
        let limits = TcpLimits { connections: 8, per_source: 8, ..LIMITS };
        let mut port = TcpPort::bind(&["127.0.0.1:0".parse().unwrap()], OPTIONS, limits).unwrap();
        let mut peers = Vec::new();
        for _ in 0..8 {
            peers.push(TcpStream::connect(port.locals()[0]).await.unwrap());
        }
        for _ in 0..7 {
            assert!(matches!(port.event().await, TcpEvent::Connected { .. }));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        port.open(target.ip(), target).unwrap();
        let event = port.event().await;
        assert!(matches!(event, TcpEvent::Connected { remote, .. } if remote == target));
        assert_eq!((port.len(), port.refused), (8, 1));
        drop(peers);
    });
}

#[test]
fn an_outgoing_connection_comes_up_or_fails() {
    on_a_runtime(async {
        let mut port = port();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let remote = listener.local_addr().unwrap();
        port.open(remote.ip(), remote).unwrap();
        let event = port.event().await;
        assert!(matches!(event, TcpEvent::Connected { remote: got, .. } if got == remote));
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        port.open(free.ip(), free).unwrap();
        assert_eq!(port.event().await, TcpEvent::OpenFailed { remote: free });
    });
}

#[test]
fn a_peer_that_does_not_read_loses_the_connection() {
    on_a_runtime(async {
        let mut port = port();
        let _peer = TcpStream::connect(port.locals()[0]).await.unwrap();
        let TcpEvent::Connected { id, .. } = port.event().await else { panic!() };
        let block = Bytes::from(vec![0; 4 << 20]);
        let sent = (0..100).find_map(|_| port.send(id, block.clone()).err());
        assert_eq!(sent, Some(TcpRefused::Stalled));
        assert_eq!(port.send(id, block), Err(TcpRefused::Gone));
    });
}
