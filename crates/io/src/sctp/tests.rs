use super::port::Carrier;
use super::*;
use std::io;
use std::net::UdpSocket;
use std::time::Duration as Time;

const LIMITS: SctpLimits = SctpLimits {
    associations: 16,
    send_queue: 256,
    message: 8_192,
    patience: Duration::from_secs(5),
    receive_buffer: 1 << 20,
    send_buffer: 65_536,
    dscp: crate::CS3,
    seed: 7,
};

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listener(udp_port: u16) -> SctpListener {
    SctpListener {
        addresses: vec!["127.0.0.1:2905".parse().unwrap()],
        sources: vec![("127.0.0.1".parse().unwrap(), 32)],
        udp_port,
    }
}

fn target(ours: u16, theirs: u16) -> SctpTarget {
    SctpTarget {
        locals: vec!["127.0.0.1".parse().unwrap()],
        remotes: vec!["127.0.0.1:2905".parse().unwrap()],
        udp_ports: (ours, theirs),
    }
}

fn port(listeners: &[SctpListener], limits: SctpLimits) -> SctpPort {
    SctpPort::bind(SctpCarrier::Udp, listeners, limits, TELEPHONY).unwrap()
}

fn message(stream: u16, octets: impl Into<Bytes>) -> SctpMessage {
    SctpMessage { stream, ppid: 3, unordered: false, octets: octets.into() }
}

/// What happens at either end until the condition holds.
async fn until(ports: [&mut SctpPort; 2], mut done: impl FnMut(usize, SctpEvent) -> bool) {
    let [one, other] = ports;
    let all = async {
        loop {
            let (at, event) = tokio::select! {
                event = one.event() => (0, event),
                event = other.event() => (1, event),
            };
            if done(at, event) {
                return;
            }
        }
    };
    tokio::time::timeout(Time::from_secs(20), all).await.expect("it did not happen");
}

/// Opens an association: its names at both ends.
async fn meet(ours: &mut SctpPort, theirs: &mut SctpPort, target: &SctpTarget) -> (u64, u64) {
    ours.open(target, 9).unwrap();
    let mut names = [None, None];
    until([ours, theirs], |at, event| {
        if let SctpEvent::Up { id, asked, streams, .. } = event {
            assert_eq!(asked, (at == 0).then_some(9));
            assert_eq!(streams, 17);
            names[at] = Some(id);
        }
        names.iter().all(Option::is_some)
    })
    .await;
    (names[0].unwrap(), names[1].unwrap())
}

fn on_a_runtime(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(test);
}

#[test]
fn messages_cross_in_the_order_of_their_streams() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let mut theirs = port(&[listener(far)], LIMITS);
        let mut ours = port(&[], LIMITS);
        let (here, there) = meet(&mut ours, &mut theirs, &target(near, far)).await;
        for n in 0..200_u16 {
            ours.send(here, message(n % 17, n.to_be_bytes().to_vec())).unwrap();
        }
        theirs.send(there, message(0, vec![1; 8_000])).unwrap();
        let (mut last, mut count) = ([None; 17], 0);
        until([&mut ours, &mut theirs], |at, event| {
            let SctpEvent::Received { id, stream, ppid, octets } = event else {
                panic!("{event:?}")
            };
            assert_eq!(ppid, 3);
            count += 1;
            if at == 0 {
                assert_eq!((id, stream, octets.len()), (here, 0, 8_000));
                return count == 201;
            }
            let n = u16::from_be_bytes([octets[0], octets[1]]);
            assert_eq!((id, stream), (there, n % 17));
            assert!(last[usize::from(stream)].replace(n) < Some(n));
            count == 201
        })
        .await;
        // What is under way arrives before the end.
        ours.send(here, message(1, "last")).unwrap();
        ours.close(here);
        let mut heard = Vec::new();
        until([&mut ours, &mut theirs], |at, event| {
            heard.push((at, event));
            heard.iter().filter(|(_, one)| matches!(one, SctpEvent::Down { .. })).count() == 2
        })
        .await;
        let last = heard.iter().position(|(at, one)| {
            *at == 1 && matches!(one, SctpEvent::Received { octets, .. } if octets == "last")
        });
        let end = heard.iter().position(|one| *one == (1, SctpEvent::Down { id: there }));
        assert!(last.unwrap() < end.unwrap(), "{heard:?}");
        assert_eq!(ours.send(here, message(0, "x")), Err(SctpRefused::Gone));
    });
}

#[test]
fn nobody_else_is_answered_and_nobody_is_waited_for_in_vain() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let elsewhere = vec![("127.0.0.9".parse().unwrap(), 32)];
        let mut theirs = port(&[SctpListener { sources: elsewhere, ..listener(far) }], LIMITS);
        let mut ours = port(&[], SctpLimits { patience: Duration::from_millis(300), ..LIMITS });
        ours.open(&target(near, far), 4).unwrap();
        let mut failed = None;
        until([&mut ours, &mut theirs], |at, event| {
            failed = Some((at, event));
            true
        })
        .await;
        assert_eq!(failed, Some((0, SctpEvent::OpenFailed { asked: 4 })));
        assert!(theirs.stats().refused > 0);
        assert_eq!(ours.stats().unopened, 1);
    });
}

/// RFC 9260 §8.4: who has forgotten an association says so.
#[test]
fn the_peer_of_an_association_that_was_lost_learns_it() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let mut theirs = port(&[listener(far)], LIMITS);
        let mut ours = port(&[], LIMITS);
        let (_, there) = meet(&mut ours, &mut theirs, &target(near, far)).await;
        let Carrier::Udp(forgetful) = &mut ours.0 else { panic!() };
        forgetful.each.clear();
        forgetful.keys.clear();
        theirs.send(there, message(1, "anybody there?")).unwrap();
        let mut heard = None;
        let start = tokio::time::Instant::now();
        until([&mut ours, &mut theirs], |at, event| {
            heard = Some((at, event));
            true
        })
        .await;
        assert_eq!(heard, Some((1, SctpEvent::Down { id: there })));
        assert!(start.elapsed() < TELEPHONY.rto_max, "it was not told, it has given up");
    });
}

#[test]
fn a_peer_that_is_gone_is_noticed() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let times = SctpTimes {
            rto_initial: Duration::from_millis(20),
            rto_min: Duration::from_millis(20),
            rto_max: Duration::from_millis(40),
            ..TELEPHONY
        };
        let mut theirs = SctpPort::bind(SctpCarrier::Udp, &[listener(far)], LIMITS, times).unwrap();
        let mut ours = port(&[], LIMITS);
        let (_, there) = meet(&mut ours, &mut theirs, &target(near, far)).await;
        theirs.send(there, message(1, "nobody reads this")).unwrap();
        // `ours` is not asked for anything any more.
        let down = tokio::time::timeout(Time::from_secs(20), theirs.event()).await;
        assert_eq!(down.ok(), Some(SctpEvent::Down { id: there }));
    });
}

#[test]
fn an_end_is_told_at_once() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let mut theirs = port(&[listener(far)], LIMITS);
        let mut ours = port(&[], LIMITS);
        let (_, there) = meet(&mut ours, &mut theirs, &target(near, far)).await;
        drop(ours);
        assert_eq!(theirs.event().await, SctpEvent::Down { id: there });
    });
}

#[test]
fn a_peer_that_does_not_read_loses_the_association() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let mut theirs = port(&[listener(far)], LIMITS);
        let mut ours = port(&[], LIMITS);
        let (here, _) = meet(&mut ours, &mut theirs, &target(near, far)).await;
        let block = Bytes::from(vec![0; 8_000]);
        let sent = (0..1_000).find_map(|_| ours.send(here, message(1, block.clone())).err());
        assert_eq!(sent, Some(SctpRefused::Stalled));
        assert_eq!(ours.send(here, message(1, block)), Err(SctpRefused::Gone));
        assert_eq!(ours.event().await, SctpEvent::Down { id: here });
        assert_eq!(ours.stats().stalled, 1);
    });
}

#[test]
fn associations_are_no_more_than_they_may_be() {
    on_a_runtime(async {
        let (near, far) = (free_port(), free_port());
        let limits = SctpLimits { associations: 8, ..LIMITS };
        let mut theirs = port(&[listener(far)], limits);
        let patience = Duration::from_millis(500);
        let mut ours = port(&[], SctpLimits { patience, ..LIMITS });
        for asked in 0..10 {
            ours.open(&target(near, far), asked).unwrap();
        }
        let (mut up, mut failed) = (0, 0);
        until([&mut ours, &mut theirs], |at, event| {
            up += usize::from(at == 0 && matches!(event, SctpEvent::Up { .. }));
            failed += usize::from(matches!(event, SctpEvent::OpenFailed { .. }));
            up + failed == 10
        })
        .await;
        assert_eq!((up, failed), (7, 3), "an eighth is kept for those that are opened here");
    });
}

#[test]
fn a_host_without_sctp_is_told_what_to_do() {
    on_a_runtime(async {
        let bound = SctpPort::bind(SctpCarrier::Kernel, &[], LIMITS, TELEPHONY);
        let has = std::path::Path::new("/proc/net/sctp").exists();
        match bound {
            Ok(_) => assert!(has),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported);
                assert!(error.to_string().contains("modprobe sctp"), "{error}");
            }
        }
    });
}
