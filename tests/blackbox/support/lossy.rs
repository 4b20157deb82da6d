//! A bad network between two UDP peers: loses, doubles, delays and so re-orders what it carries,
//! by a seed.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// In a hundred datagrams, how many are lost and how many doubled; each is late by up to so much.
#[derive(Clone, Copy)]
pub(crate) struct Harm {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) late: Duration,
}

/// At most so many datagrams are under way; more are lost, as anywhere.
const UNDER_WAY: usize = 4096;

/// The network. What comes to `near` goes to the gateway out of `far`, and the other way round.
pub(crate) struct Lossy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<(u64, u64)>>,
    /// Where the peer sends to, and what it must name as its own address.
    pub(crate) near: SocketAddr,
    pub(crate) far: SocketAddr,
}

struct UnderWay {
    due: Instant,
    to_gateway: bool,
    datagram: Vec<u8>,
}

impl Lossy {
    /// Between `peer` and `gateway`. The gateway's end has port `far`, or any.
    pub(crate) fn between(
        peer: SocketAddr,
        gateway: SocketAddr,
        far: u16,
        harm: Harm,
        seed: u64,
    ) -> Self {
        let near = UdpSocket::bind((gateway.ip(), 0)).unwrap();
        let far = UdpSocket::bind((gateway.ip(), far)).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (near_address, far_address) = (near.local_addr().unwrap(), far.local_addr().unwrap());
        let stopping = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let ends = [(near, peer), (far, gateway)];
            carry(&ends, harm, seed, &stopping)
        });
        Self { stop, thread: Some(thread), near: near_address, far: far_address }
    }

    /// Ends it: how many datagrams came and how many of them were lost.
    pub(crate) fn finish(mut self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn carry(
    ends: &[(UdpSocket, SocketAddr); 2],
    harm: Harm,
    mut seed: u64,
    stop: &AtomicBool,
) -> (u64, u64) {
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below.max(1)
    };
    let mut under_way: Vec<UnderWay> = Vec::new();
    let (mut came, mut lost) = (0, 0);
    let mut buffer = [0; 65_536];
    for (socket, _) in ends {
        socket.set_nonblocking(true).unwrap();
    }
    while !stop.load(Ordering::Relaxed) {
        for (number, (socket, _)) in ends.iter().enumerate() {
            while let Ok((length, _)) = socket.recv_from(&mut buffer) {
                came += 1;
                if random(100) < harm.lost || under_way.len() >= UNDER_WAY {
                    lost += 1;
                    continue;
                }
                let copies = if random(100) < harm.doubled { 2 } else { 1 };
                for _ in 0..copies {
                    let micros = random(harm.late.as_micros() as u64);
                    let due = Instant::now() + Duration::from_micros(micros);
                    let datagram = buffer[..length].to_vec();
                    under_way.push(UnderWay { due, to_gateway: number == 0, datagram });
                }
            }
        }
        let now = Instant::now();
        let mut next = 0;
        while next < under_way.len() {
            if under_way[next].due > now {
                next += 1;
                continue;
            }
            let UnderWay { to_gateway, datagram, .. } = under_way.swap_remove(next);
            let (socket, to) = &ends[usize::from(to_gateway)];
            let _ = socket.send_to(&datagram, to);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    (came, lost)
}
