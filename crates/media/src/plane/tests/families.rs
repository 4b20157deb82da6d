//! Contexts that hear peers of both families.

use super::*;

/// One socket for each family, as [`Packets::open`] says.
#[derive(Default)]
struct Sockets {
    open: Vec<(u32, SocketAddr)>,
    sent: Vec<SocketAddr>,
    refuses_six: bool,
}

impl Packets for Sockets {
    fn open(&mut self, context: u32, local: SocketAddr) -> bool {
        let is_open = !(self.refuses_six && local.is_ipv6());
        if is_open {
            self.open.push((context, local));
        }
        is_open
    }

    fn close(&mut self, context: u32) {
        self.open.retain(|(open, _)| *open != context);
    }

    fn send(&mut self, _context: u32, to: SocketAddr, _packet: &[u8]) {
        self.sent.push(to);
    }
}

fn six(port: u16) -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port))
}

fn open(sockets: &mut Sockets) -> Plane {
    let mut plane = Plane::new(config(false), Instant::ZERO);
    for command in [
        Command::Open { context: FIRST, local: address(1_000) },
        Command::OpenOther { context: FIRST, local: six(1_000) },
        Command::Join { context: FIRST, slot: TimeSlot { span: 1, slot: 5 } },
    ] {
        plane.command(Instant::ZERO, command, sockets);
    }
    plane
}

fn ticks(plane: &mut Plane, sockets: &mut Sockets) {
    let (rx, mut tx) = (vec![Block::IDLE; 2], vec![Block::IDLE; 2]);
    for millis in 0..40 {
        plane.tick(Instant::from_millis(millis), &rx, &mut tx, sockets);
    }
}

fn at(remote: SocketAddr, latch: bool) -> Command {
    Command::Remote {
        context: FIRST,
        remote,
        codec: Codec::Pcma,
        payload_type: 8,
        send: true,
        receive: true,
        latch,
    }
}

#[test]
fn a_context_has_a_socket_for_each_family_until_it_ends() {
    let mut sockets = Sockets::default();
    let mut plane = open(&mut sockets);
    assert_eq!(sockets.open, [(0, address(1_000)), (0, six(1_000))]);
    for remote in [address(2_000), six(2_000)] {
        plane.command(Instant::ZERO, at(remote, false), &mut sockets);
        ticks(&mut plane, &mut sockets);
        assert_eq!(sockets.sent.last(), Some(&remote));
    }
    plane.command(Instant::ZERO, Command::Close { context: FIRST }, &mut sockets);
    assert!(sockets.open.is_empty());
    // It is not in use any more.
    let late = Command::OpenOther { context: FIRST, local: six(1_000) };
    plane.command(Instant::ZERO, late, &mut sockets);
    assert!(sockets.open.is_empty());
    assert_eq!(plane.stats().refused, 1);
}

#[test]
fn without_its_second_socket_a_context_goes_on() {
    let mut sockets = Sockets { refuses_six: true, ..Sockets::default() };
    let mut plane = open(&mut sockets);
    assert_eq!(plane.stats().open_failed, 1);
    assert_eq!(plane.poll_event(), None);
    plane.command(Instant::ZERO, at(address(2_000), false), &mut sockets);
    ticks(&mut plane, &mut sockets);
    assert_eq!(sockets.sent.last(), Some(&address(2_000)));
}

#[test]
fn a_peer_that_may_be_anywhere_is_heard_first() {
    let mut sockets = Sockets::default();
    let mut plane = open(&mut sockets);
    plane.command(Instant::ZERO, at("0.0.0.0:2000".parse().unwrap(), true), &mut sockets);
    ticks(&mut plane, &mut sockets);
    assert!(sockets.sent.is_empty(), "nobody was named");
    let mut packet = vec![0x80, 8, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
    packet.extend([0x55; 160]);
    plane.packet(Instant::ZERO, FIRST.0, six(3_000), &packet);
    ticks(&mut plane, &mut sockets);
    assert_eq!(sockets.sent.last(), Some(&six(3_000)));
}
