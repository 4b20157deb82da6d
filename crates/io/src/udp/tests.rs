use super::*;
use crate::CS3;

fn bind() -> UdpPort {
    let options = SocketOptions { receive_buffer: 4_096, send_buffer: 4_096, dscp: CS3 };
    UdpPort::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap()
}

#[tokio::test]
async fn the_first_datagram_goes_out_before_the_runtime_has_looked_at_the_socket() {
    let (mut from, mut to) = (bind(), bind());
    from.try_send(to.local(), b"OPTIONS").unwrap();
    to.readable().await.unwrap();
    let received = to.try_receive().unwrap();
    assert_eq!(received, (from.local(), Bytes::from_static(b"OPTIONS")));
}

#[tokio::test]
async fn who_is_not_there_does_not_cost_others_their_datagrams() {
    let (mut from, mut to) = (bind(), bind());
    let gone = bind().local();
    from.try_send(gone, b"INVITE").unwrap();
    from.try_send(to.local(), b"OPTIONS").unwrap();
    to.readable().await.unwrap();
    assert_eq!(to.try_receive().unwrap().1, "OPTIONS");
    assert_eq!(from.try_receive(), None);
    while from.take_unreachable() != Some(gone) {
        tokio::task::yield_now().await;
    }
    assert_eq!(from.take_unreachable(), None);
    // And what comes in comes in.
    from.try_send(gone, b"INVITE").unwrap();
    to.try_send(from.local(), b"200").unwrap();
    // The socket is readable of the error alone, too.
    let arrived = loop {
        from.readable().await.unwrap();
        if let Some(arrived) = from.try_receive() {
            break arrived;
        }
    };
    assert_eq!(arrived.1, "200");
}

#[tokio::test]
async fn what_is_wrong_with_one_datagram_is_no_failure_of_its_way() {
    let mut port = bind();
    let to = port.local();
    for _ in 0..1_000 {
        port.try_send(to, &[0; 1_000]).unwrap();
    }
    let before = port.unsent;
    port.try_send(to, &[0; 65_536]).unwrap();
    assert_eq!(port.unsent, before + 1);
    assert!(is_of_this_datagram(&io::Error::from(io::ErrorKind::WouldBlock)));
    assert!(is_of_this_datagram(&io::Error::from_raw_os_error(libc::ENOBUFS)));
    assert!(!is_of_this_datagram(&io::Error::from(io::ErrorKind::NetworkUnreachable)));
}

#[tokio::test]
async fn a_burst_comes_whole_in_its_order_and_with_its_sources() {
    let (mut one, mut two) = (bind(), bind());
    let options = SocketOptions { receive_buffer: 1 << 20, send_buffer: 4_096, dscp: CS3 };
    let mut to = UdpPort::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
    let datagrams: Vec<_> =
        (0..100).map(|n| (to.local(), Bytes::from(vec![n; usize::from(n)]))).collect();
    assert_eq!(one.send_all(&datagrams[..50]), Vec::<usize>::new());
    assert_eq!(two.send_all(&datagrams[50..]), Vec::<usize>::new());
    let mut got = Vec::new();
    while got.len() < 100 {
        to.readable().await.unwrap();
        got.extend(std::iter::from_fn(|| to.try_receive()));
    }
    let sources = [one.local(), two.local()];
    let expected =
        datagrams.iter().enumerate().map(|(n, (_, datagram))| (sources[n / 50], datagram.clone()));
    assert_eq!(got, expected.collect::<Vec<_>>());
    assert_eq!((one.unsent, two.unsent), (0, 0));
}

#[tokio::test]
async fn of_a_batch_only_what_fails_has_failed() {
    let (mut from, mut to) = (bind(), bind());
    let good = (to.local(), Bytes::from_static(b"good"));
    // Nothing of IPv4 leads there.
    let bad = ("[::1]:5060".parse().unwrap(), Bytes::from_static(b"bad"));
    let long = (to.local(), Bytes::from(vec![0; 65_536]));
    let gone = (bind().local(), Bytes::from_static(b"gone"));
    let all = [bad.clone(), good.clone(), long, good.clone(), gone, bad, good];
    assert_eq!(from.send_all(&all), [0, 5]);
    assert_eq!(from.unsent, 1, "too long is no failure of the way");
    for _ in 0..3 {
        to.readable().await.unwrap();
        assert_eq!(to.try_receive().unwrap().1, "good");
    }
    assert_eq!(to.try_receive(), None);
    assert_eq!(from.send_all(&[]), Vec::<usize>::new());
}

#[tokio::test]
async fn each_network_has_a_queue_of_its_own() {
    let options = SocketOptions { receive_buffer: 4_096, send_buffer: 1 << 20, dscp: CS3 };
    let host = |last| IpAddr::from([127, 7, 7, last]);
    let networks = [vec![(host(1), 32), (host(64), 26)], vec![(host(2), 32)]];
    let address = "127.0.0.1:0".parse().unwrap();
    let mut ports = UdpPort::bind_sorted(address, &options, &networks).unwrap();
    let to = ports[0].local();
    assert!(ports.iter().all(|port| port.local() == to));
    let sender = |last| std::net::UdpSocket::bind((host(last), 0)).unwrap();
    // A stranger floods.
    let stranger = sender(3);
    for _ in 0..1_000 {
        stranger.send_to(&[0; 1_000], to).unwrap();
    }
    for (last, queue) in [(1, 0), (65, 0), (127, 0), (2, 1)] {
        sender(last).send_to(b"INVITE", to).unwrap();
        ports[queue].readable().await.unwrap();
        assert_eq!(ports[queue].try_receive().unwrap().1, "INVITE", "127.7.7.{last}");
        assert_eq!(ports[queue].try_receive(), None);
    }
    assert!(ports[2].dropped() > 900 && ports[0].dropped() + ports[1].dropped() == 0);
    // Nobody else has come to the address unnoticed.
    assert!(UdpPort::bind(to, &options).is_err());
    assert!(UdpPort::bind_sorted(to, &options, &networks).is_err());
}

#[tokio::test]
async fn whose_queue_is_whose_may_change() {
    let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: CS3 };
    let host = |last| (IpAddr::from([127, 7, 8, last]), 32);
    let address = "127.0.0.1:0".parse().unwrap();
    let mut ports = UdpPort::bind_sorted(address, &options, &[vec![host(1)], vec![]]).unwrap();
    let to = ports[0].local();
    let senders = [1, 2].map(|last| std::net::UdpSocket::bind((host(last).0, 0)).unwrap());
    for (networks, queues) in [
        ([vec![host(1)], vec![]], [0, 2]),
        ([vec![host(1)], vec![host(2)]], [0, 1]),
        ([vec![], vec![host(2)]], [2, 1]),
    ] {
        // Any of them speaks for all.
        assert!(ports[2].sort(&networks));
        for (sender, queue) in senders.iter().zip(queues) {
            sender.send_to(b"INVITE", to).unwrap();
            ports[queue].readable().await.unwrap();
            assert_eq!(ports[queue].try_receive().unwrap().1, "INVITE", "{networks:?}");
        }
    }
}

#[tokio::test]
async fn ipv6_is_sorted_too() {
    let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: CS3 };
    for (network, prefix, queue) in [
        ("::1", 128, 0),
        ("::", 0, 0),
        ("::", 127, 0),
        ("2001:db8::", 32, 1),
        ("::2", 128, 1),
        ("127.0.0.1", 0, 1),
    ] {
        let networks = [vec![(network.parse().unwrap(), prefix)]];
        let address = "[::1]:0".parse().unwrap();
        let mut ports = UdpPort::bind_sorted(address, &options, &networks).unwrap();
        let sender = std::net::UdpSocket::bind("[::1]:0").unwrap();
        sender.send_to(b"INVITE", ports[0].local()).unwrap();
        ports[queue].readable().await.unwrap();
        assert!(ports[queue].try_receive().is_some(), "{network}/{prefix}");
    }
}
