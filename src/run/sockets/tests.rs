use super::*;
use tokio::io::AsyncReadExt;

fn bind() -> SipSockets {
    bind_all(&[Transport::Udp, Transport::Tcp])
}

fn bind_all(listen: &[Transport]) -> SipSockets {
    bind_for(listen, 0)
}

/// The same for so many trunks.
fn bind_for(listen: &[Transport], trunks: usize) -> SipSockets {
    let settings = SipSettings {
        resolver: io::ResolverOptions {
            servers: Vec::new(),
            patience: Duration::from_secs(1),
            in_flight: 1,
            waiting: 1,
        },
        min_session: Duration::from_secs(90),
        dscps: vec![io::CS3; listen.len()],
        listen: listen.iter().map(|way| (*way, "127.0.0.1:0".parse().unwrap())).collect(),
        options: SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: 0 },
        connections: 8,
        connections_per_source: 8,
        idle: Duration::from_secs(60),
        neighbours: vec![Vec::new(); trunks],
        tls: None,
        handshake_rate: 1,
        queue_per_trunk: true,
    };
    SipSockets::bind(&settings, None).unwrap()
}

#[tokio::test]
async fn a_burst_on_one_connection_does_not_cost_it() {
    let mut sockets = bind();
    let peer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (local, remote) = (sockets.udp[0].local(), peer.local_addr().unwrap());
    let flow = flow(local, Target { remote, secure: false, peer: None }, None);
    for _ in 0..1_000 {
        assert!(sockets.send(flow, Bytes::from_static(b"0123456789"), |_| Vec::new()).is_none());
    }
    let (mut stream, _) = peer.accept().await.unwrap();
    let event = sockets.ready().await.unwrap();
    sockets.stream_event(event, &mut |input| {
        assert!(matches!(input, Input::SipConnected { .. }), "{input:?}");
    });
    let mut octets = vec![0; 10_000];
    stream.read_exact(&mut octets).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_one_listener_leaves_the_others_their_turns() {
    let listen = [Transport::Udp, Transport::Udp, Transport::Tcp];
    let mut sockets = bind_all(&listen);
    let [flooded, quiet] = [0, 1].map(|index: usize| sockets.udp[index].local());
    let from = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = sockets.streams.locals()[0];
    let _stream = std::net::TcpStream::connect(tcp).unwrap();
    let (mut heard, mut connected) = (0, 0);
    for turn in 0..200 {
        // More than anybody takes in a turn.
        for _ in 0..if turn == 0 { 80 } else { DATAGRAMS_PER_TURN } {
            from.send_to(b"flood", flooded).unwrap();
        }
        from.send_to(b"call", quiet).unwrap();
        let mut each = |input: Input| match input {
            Input::SipDatagram { flow, .. } if flow.local == quiet => heard += 1,
            Input::SipConnected { .. } => connected += 1,
            _ => {}
        };
        if let Some(event) = sockets.ready().await {
            sockets.stream_event(event, &mut each);
        }
        assert!(sockets.receive(&mut each), "it is a flood");
    }
    assert_eq!(connected, 1);
    assert!(heard >= 190, "{heard}");
}

#[tokio::test]
async fn a_neighbour_that_is_found_later_has_the_queue_of_its_trunk() {
    let mut sockets = bind_for(&[Transport::Udp], 2);
    assert_eq!(sockets.udp.len(), 3, "two trunks, and strangers");
    let to = sockets.udp[0].local();
    let from: IpAddr = "127.7.9.1".parse().unwrap();
    let sender = std::net::UdpSocket::bind((from, 0)).unwrap();
    for (found, queue) in [
        (vec![Vec::new(), Vec::new()], 2),
        (vec![Vec::new(), vec![from]], 1),
        (vec![vec![from], Vec::new()], 0),
        (vec![Vec::new(), Vec::new()], 2),
    ] {
        sockets.set_neighbours(&found);
        sender.send_to(b"INVITE", to).unwrap();
        sockets.udp[queue].readable().await.unwrap();
        assert!(sockets.udp[queue].try_receive().is_some(), "{found:?}");
    }
}

#[tokio::test]
async fn what_the_network_says_does_not_pile_up_before_what_comes() {
    let mut sockets = bind();
    let local = sockets.udp[0].local();
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let flow =
        Flow { transport: Transport::Udp, local, remote: gone, connection: None, peer: None };
    for _ in 0..40 {
        assert!(sockets.send(flow, Bytes::from_static(b"INVITE"), |_| Vec::new()).is_none());
        sockets.flush();
    }
    let mut told = 0;
    sockets.receive(|input| told += usize::from(matches!(input, Input::SipUnreachable { .. })));
    assert_eq!(told, 1, "all are about the same");
    assert_eq!(sockets.udp[0].take_unreachable(), None);
}
