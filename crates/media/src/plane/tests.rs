use super::*;
use crate::rtp::Header;
use crate::{Codec, Listener};
use base::{Duration, Rng};
use proptest::prelude::*;
use tdm::g711;

mod families;

const SILENCE: Duration = Duration::from_millis(500);
const FIRST: ContextId = ContextId(0);
const SECOND: ContextId = ContextId(1);

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn config(latch: bool) -> Config {
    let jitter = Duration::from_millis(40);
    Config { contexts: 4, spans: 2, transceivers: 2, jitter, silence: SILENCE, latch, seed: 1 }
}

/// The sockets: what was sent, and which are open.
#[derive(Default)]
struct Net {
    sent: Vec<(u32, SocketAddr, Vec<u8>)>,
    open: Vec<(u32, SocketAddr)>,
    refuses: bool,
}

impl Packets for Net {
    fn open(&mut self, context: u32, local: SocketAddr) -> bool {
        self.close(context);
        if !self.refuses {
            self.open.push((context, local));
        }
        !self.refuses
    }

    fn close(&mut self, context: u32) {
        self.open.retain(|(open, _)| *open != context);
    }

    fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]) {
        assert!(self.open.iter().any(|(open, _)| *open == context), "sent without a socket");
        self.sent.push((context, to, packet.to_vec()));
    }
}

/// A plane with its sockets and its clock.
struct World {
    plane: Plane,
    net: Net,
    millis: u64,
    rx: Vec<Block>,
    tx: Vec<Block>,
}

impl World {
    fn new(latch: bool) -> Self {
        Self {
            plane: Plane::new(config(latch), Instant::ZERO),
            net: Net::default(),
            millis: 0,
            rx: vec![Block::IDLE; 2],
            tx: vec![Block::AIS; 2],
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.millis)
    }

    fn command(&mut self, command: Command) {
        self.plane.command(self.now(), command, &mut self.net);
    }

    fn open(&mut self, context: ContextId, slot: u8, codec: Codec) {
        self.command(Command::Open { context, local: address(1_000 + context.0 as u16) });
        self.command(Command::Join { context, slot: TimeSlot { span: 1, slot } });
        self.command(remote(context, codec));
    }

    fn tick(&mut self) {
        self.plane.tick(self.now(), &self.rx, &mut self.tx, &mut self.net);
        self.millis += 1;
    }

    fn ticks(&mut self, count: usize) {
        (0..count).for_each(|_| self.tick());
    }

    /// What comes out of a time slot of the second span in so many ticks.
    fn heard(&mut self, slot: usize, ticks: usize) -> Vec<u8> {
        let mut heard = Vec::new();
        for _ in 0..ticks {
            self.tick();
            heard.extend(self.tx[1].slot(slot));
        }
        heard
    }

    fn arrive(&mut self, from: SocketAddr, payload_type: u8, sequence: u16, octet: u8) {
        let timestamp = u32::from(sequence) * 160;
        let header = Header { marker: false, payload_type, sequence, timestamp, source: 99 };
        let packet = [&header.write()[..], &[octet; 160]].concat();
        self.plane.packet(self.now(), FIRST.0, from, &packet);
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.plane.poll_event()).collect()
    }

    fn headers(&mut self) -> Vec<Header> {
        let sent = std::mem::take(&mut self.net.sent);
        sent.iter().map(|(_, _, packet)| Header::parse(packet).unwrap().0).collect()
    }
}

/// The peer of `context`, sending and receiving.
fn remote(context: ContextId, codec: Codec) -> Command {
    let payload_type = if codec == Codec::Pcma { 8 } else { 0 };
    let remote = address(2_000 + context.0 as u16);
    Command::Remote {
        context,
        remote,
        codec,
        payload_type,
        send: true,
        receive: true,
        latch: false,
    }
}

fn directions(context: ContextId, send: bool, receive: bool) -> Command {
    let remote = address(2_000 + context.0 as u16);
    Command::Remote {
        context,
        remote,
        codec: Codec::Pcma,
        payload_type: 8,
        send,
        receive,
        latch: false,
    }
}

#[test]
fn packets_leave_every_20_ms_and_count_on() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    *world.rx[1].slot_mut(5) = [1, 2, 3, 4, 5, 6, 7, 8];
    world.ticks(99);
    assert!(world.net.sent.iter().all(|(context, to, packet)| {
        (*context, *to) == (0, address(2_000))
            && packet[12..] == [1, 2, 3, 4, 5, 6, 7, 8].repeat(20)
    }));
    let headers = world.headers();
    assert_eq!(headers.len(), 4);
    for (number, header) in (0..).zip(&headers) {
        assert_eq!((header.marker, header.payload_type), (number == 0, 8));
        assert_eq!(header.sequence, headers[0].sequence.wrapping_add(number));
        let samples = u32::from(number) * 160;
        assert_eq!(header.timestamp, headers[0].timestamp.wrapping_add(samples));
        assert_eq!(header.source, headers[0].source);
    }
    assert_eq!(world.plane.stats().total.sent, 4);
}

#[test]
fn a_pause_shows_in_the_marker_and_the_timestamp_not_in_the_sequence() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.ticks(20);
    world.command(directions(FIRST, false, true));
    world.ticks(100);
    world.command(directions(FIRST, true, true));
    world.ticks(40);
    let headers = world.headers();
    assert_eq!(headers.iter().map(|header| header.marker).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(headers[1].sequence, headers[0].sequence.wrapping_add(1));
    assert_eq!(headers[1].timestamp, headers[0].timestamp.wrapping_add(160 + 800));
}

#[test]
fn mu_law_is_converted_both_ways() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcmu);
    *world.rx[1].slot_mut(5) = [0x34; 8];
    world.arrive(address(2_000), 0, 1, 0x1e);
    // A peer that offered both codecs may use either.
    world.arrive(address(2_000), 8, 2, 0x77);
    world.ticks(40);
    assert_eq!(world.heard(5, 40), [[0x34; 160], [0x77; 160]].concat());
    assert_eq!(world.net.sent[0].2[12..], [g711::alaw_to_ulaw(0x34); 160]);
}

#[test]
fn time_slots_without_a_context_are_idle() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.arrive(address(2_000), 8, 1, 0x77);
    assert!(world.heard(5, 60).contains(&0x77));
    let mut expected = [Block::IDLE; 2];
    *expected[1].slot_mut(5) = [0x77; 8];
    assert_eq!(world.tx, expected);
    world.command(Command::Close { context: FIRST });
    world.tx = vec![Block::AIS; 2];
    world.tick();
    assert_eq!(world.tx, [Block::IDLE; 2]);
    let stats = world.plane.stats();
    assert_eq!((stats.active, stats.joined), (0, 0));
}

#[test]
fn commands_come_in_any_order() {
    let mut world = World::new(false);
    world.command(Command::Open { context: FIRST, local: address(1_000) });
    world.command(remote(FIRST, Codec::Pcma));
    world.arrive(address(2_000), 8, 1, 0x55);
    world.ticks(50);
    assert_eq!(world.net.sent.len(), 0, "nobody speaks before the time slot is joined");
    let slot = TimeSlot { span: 1, slot: 9 };
    world.command(Command::Join { context: FIRST, slot });
    world.command(Command::Join { context: FIRST, slot });
    assert_eq!(world.heard(9, 10), [0x55; 80], "the buffer ran on meanwhile");
    // Another time slot: the old one is free again.
    world.command(Command::Join { context: FIRST, slot: TimeSlot { span: 0, slot: 1 } });
    world.command(Command::Open { context: SECOND, local: address(1_001) });
    world.command(Command::Join { context: SECOND, slot });
    let stats = world.plane.stats();
    assert_eq!((stats.joined, stats.displaced, stats.refused), (2, 0, 0));
}

#[test]
fn the_youngest_context_has_the_time_slot() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.open(SECOND, 5, Codec::Pcma);
    world.ticks(20);
    assert_eq!(world.net.sent.len(), 1);
    assert_eq!(world.net.sent[0].0, SECOND.0);
    world.command(Command::Close { context: FIRST });
    world.ticks(20);
    assert_eq!(world.net.sent.len(), 2);
    let stats = world.plane.stats();
    assert_eq!((stats.active, stats.joined, stats.displaced), (1, 1, 1));
}

#[test]
fn commands_that_make_no_sense_are_counted() {
    let mut world = World::new(false);
    let slot = TimeSlot { span: 1, slot: 5 };
    let nobody = ContextId(4);
    for command in [
        remote(FIRST, Codec::Pcma),
        Command::Join { context: FIRST, slot },
        Command::Ringback { context: FIRST, to: Some(Listener::Peer) },
        Command::Open { context: nobody, local: address(1) },
        Command::Close { context: nobody },
        Command::Close { context: FIRST },
    ] {
        world.command(command);
    }
    world.command(Command::Open { context: FIRST, local: address(1) });
    for (span, slot) in [(2, 1), (0, 0), (0, 32)] {
        world.command(Command::Join { context: FIRST, slot: TimeSlot { span, slot } });
    }
    assert_eq!(world.plane.stats().refused, 9);
    let stats = ContextStats::default();
    let closed = |context| Event::Closed { context, stats };
    let failed = Event::OpenFailed { context: nobody };
    assert_eq!(world.events(), [failed, closed(nobody), closed(FIRST)]);
    world.plane.packet(Instant::ZERO, 3, address(1), b"");
    assert_eq!(world.plane.stats().stray, 1);
}

#[test]
fn a_socket_that_cannot_be_opened_is_told_and_waits_for_its_close() {
    let mut world = World::new(false);
    world.net.refuses = true;
    world.open(FIRST, 5, Codec::Pcma);
    world.ticks(40);
    assert_eq!(world.events(), [Event::OpenFailed { context: FIRST }]);
    world.command(Command::Close { context: FIRST });
    assert!(matches!(world.events()[..], [Event::Closed { context: FIRST, .. }]));
    assert_eq!(world.plane.stats().open_failed, 1);
}

#[test]
fn a_context_in_use_is_opened_anew() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.arrive(address(2_000), 8, 1, 0x55);
    world.command(Command::Open { context: FIRST, local: address(7) });
    assert_eq!(world.net.open, [(0, address(7))]);
    world.ticks(60);
    assert_eq!(world.tx, [Block::IDLE; 2]);
    let stats = world.plane.stats();
    assert_eq!((stats.active, stats.joined, stats.total.received), (1, 0, 1));
    assert_eq!(world.events(), []);
}

#[test]
fn packets_from_elsewhere_are_counted_and_dropped() {
    let mut world = World::new(false);
    world.command(Command::Open { context: FIRST, local: address(1_000) });
    world.arrive(address(2_000), 8, 1, 0x55);
    world.open(FIRST, 5, Codec::Pcma);
    world.arrive(address(2_001), 8, 1, 0x66);
    world.arrive(address(2_000), 8, 1, 0x77);
    world.ticks(40);
    assert_eq!(world.heard(5, 20), [0x77; 160]);
    assert_eq!(world.net.sent.last().unwrap().1, address(2_000));
    assert_eq!(world.plane.stats().total.foreign, 2);
}

#[test]
fn with_latching_nobody_takes_the_speech_from_the_address_that_was_named() {
    let mut world = World::new(true);
    world.open(FIRST, 5, Codec::Pcma);
    let (thief, named) = (address(3_000), address(2_000));
    world.arrive(thief, 8, 1, 0x66);
    world.ticks(20);
    assert_eq!(world.net.sent.last().unwrap().1, thief);
    world.arrive(named, 8, 2, 0x55);
    world.arrive(thief, 8, 3, 0x66);
    world.ticks(20);
    assert_eq!(world.net.sent.last().unwrap().1, named);
    let total = world.plane.stats().total;
    assert_eq!((total.received, total.foreign), (2, 1));
}

/// Whatever holds for the others: of this peer nobody knows the address.
#[test]
fn a_guessed_address_gives_way_to_the_first_good_packet() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    let Command::Remote { context, remote, codec, payload_type, send, receive, .. } =
        remote(FIRST, Codec::Pcma)
    else {
        panic!()
    };
    let guess =
        Command::Remote { context, remote, codec, payload_type, send, receive, latch: true };
    world.command(guess);
    world.ticks(20);
    assert_eq!(world.net.sent.last().unwrap().1, remote, "as good as nothing better");
    let peer = address(3_000);
    world.arrive(peer, 8, 1, 0x55);
    world.arrive(address(3_001), 8, 2, 0x66);
    world.ticks(40);
    assert_eq!(world.heard(5, 20), [0x55; 160]);
    assert_eq!(world.net.sent.last().unwrap().1, peer);
    assert_eq!(world.plane.stats().total.foreign, 1);
}

#[test]
fn with_latching_the_first_good_packet_says_where_the_peer_is() {
    let mut world = World::new(true);
    world.open(FIRST, 5, Codec::Pcma);
    let (nat, other) = (address(3_000), address(3_001));
    world.plane.packet(world.now(), FIRST.0, other, b"no RTP");
    world.arrive(other, 77, 1, 0);
    world.arrive(nat, 8, 1, 0x55);
    world.arrive(other, 8, 2, 0x66);
    world.ticks(40);
    assert_eq!(world.heard(5, 20), [0x55; 160]);
    assert_eq!(world.net.sent.last().unwrap().1, nat);
    let total = world.plane.stats().total;
    assert_eq!((total.received, total.foreign, total.invalid), (1, 1, 2));
    // The same address again changes nothing, another one does.
    world.command(remote(FIRST, Codec::Pcma));
    world.ticks(20);
    assert_eq!(world.net.sent.last().unwrap().1, nat);
    let moved = address(2_500);
    world.command(Command::Remote {
        context: FIRST,
        remote: moved,
        codec: Codec::Pcma,
        payload_type: 8,
        send: true,
        receive: true,
        latch: false,
    });
    world.ticks(20);
    assert_eq!(world.net.sent.last().unwrap().1, moved);
}

#[test]
fn silence_is_told_after_its_time_and_again_after_as_long() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.ticks(300);
    world.arrive(address(2_000), 8, 1, 0x55);
    world.ticks(500);
    assert_eq!(world.events(), []);
    world.tick();
    assert_eq!(world.events(), [Event::Silent { context: FIRST, times: 1 }]);
    world.ticks(500);
    assert_eq!(world.events(), [Event::Silent { context: FIRST, times: 2 }]);
    // On hold nothing is expected; the time begins when it is again.
    world.command(directions(FIRST, true, false));
    world.ticks(2_000);
    world.arrive(address(2_000), 8, 2, 0x55);
    assert_eq!(world.plane.stats().total.unwanted, 1);
    world.command(directions(FIRST, true, true));
    world.ticks(500);
    assert_eq!(world.events(), []);
    world.tick();
    assert_eq!(world.events(), [Event::Silent { context: FIRST, times: 1 }]);
}

#[test]
fn other_payload_types_are_no_speech_but_no_loss_and_no_silence_either() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.arrive(address(2_000), 8, 1, 0x55);
    world.ticks(400);
    world.arrive(address(2_000), 101, 2, 0x00);
    world.ticks(400);
    world.arrive(address(2_000), 8, 3, 0x55);
    world.arrive(address(2_000), 72, 4, 0x00);
    assert_eq!(world.events(), []);
    world.command(Command::Close { context: FIRST });
    let [Event::Closed { stats, .. }] = world.events()[..] else { panic!("no end") };
    assert_eq!((stats.received, stats.invalid, stats.lost), (2, 2, 0));
}

#[test]
fn what_passed_is_told_at_the_end_and_summed() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    for sequence in [1, 2, 2, 5, 4] {
        world.arrive(address(2_000), 8, sequence, 0x55);
    }
    world.ticks(200);
    world.arrive(address(2_000), 8, 6, 0x55);
    world.command(Command::Close { context: FIRST });
    let [Event::Closed { stats, .. }] = world.events()[..] else { panic!("no end") };
    let expected = ContextStats {
        received: 5,
        sent: 10,
        lost: 1,
        late: 1,
        duplicate: 1,
        ..ContextStats::default()
    };
    assert_eq!(stats, expected);
    assert_eq!(world.plane.stats().total, expected);
    world.open(FIRST, 5, Codec::Pcma);
    world.arrive(address(2_000), 8, 1, 0x55);
    world.command(Command::Close { context: FIRST });
    let [Event::Closed { stats, .. }] = world.events()[..] else { panic!("no end") };
    assert_eq!(stats, ContextStats { received: 1, ..ContextStats::default() });
    assert_eq!(world.plane.stats().total.received, 6);
}

#[test]
fn ringback_takes_the_place_of_the_time_slot_towards_rtp() {
    let mut world = World::new(false);
    world.command(Command::Open { context: FIRST, local: address(1_000) });
    world.command(remote(FIRST, Codec::Pcma));
    world.command(Command::Ringback { context: FIRST, to: Some(Listener::Peer) });
    world.ticks(2_000);
    world.command(Command::Join { context: FIRST, slot: TimeSlot { span: 1, slot: 5 } });
    *world.rx[1].slot_mut(5) = [0x11; 8];
    world.ticks(2_000);
    let sent = std::mem::take(&mut world.net.sent);
    let loud = |packets: &[(u32, SocketAddr, Vec<u8>)]| {
        let samples = packets.iter().flat_map(|(_, _, packet)| &packet[12..]);
        samples.filter(|octet| g711::decode_alaw(**octet).unsigned_abs() > 1_000).count()
    };
    assert_eq!(sent.len(), 200);
    assert!(loud(&sent[..75]) > 8_000, "1.5 s of tone");
    assert_eq!(loud(&sent[75..]), 0, "then a pause, and nothing of the time slot");
    world.command(Command::Ringback { context: FIRST, to: None });
    world.ticks(20);
    assert_eq!(world.net.sent[0].2[12..], [0x11; 160]);
}

#[test]
fn rfc3398_8_2_3_ringback_on_the_circuit_until_the_peer_plays_something() {
    let mut world = World::new(false);
    world.command(Command::Open { context: FIRST, local: address(1_000) });
    world.command(Command::Join { context: FIRST, slot: TimeSlot { span: 1, slot: 5 } });
    world.command(Command::Ringback { context: FIRST, to: Some(Listener::Circuit) });
    world.ticks(100);
    assert_ne!(*world.tx[1].slot(5), [g711::ALAW_IDLE; 8], "nobody has told a remote yet");
    world.ticks(1_900);
    assert_eq!(*world.tx[1].slot(5), [g711::ALAW_IDLE; 8], "the pause of the cadence");
    world.command(remote(FIRST, Codec::Pcma));
    world.ticks(3_100);
    assert_ne!(*world.tx[1].slot(5), [g711::ALAW_IDLE; 8], "the second ring");
    assert_eq!(world.net.sent.last().unwrap().2[12..], [g711::ALAW_IDLE; 160], "not to the peer");
    world.arrive(address(2_000), 8, 1, 0x22);
    world.ticks(50);
    assert_eq!(*world.tx[1].slot(5), [0x22; 8], "the tone has ended for good");
}

fn any_command() -> impl Strategy<Value = Command> {
    let context = (0..5u32).prop_map(ContextId);
    (context, 0..8u8, 0..3u16, 0..34u8, any::<bool>(), any::<bool>()).prop_map(
        |(context, kind, span, slot, on, receive)| match kind {
            0 | 1 => Command::Open { context, local: address(1) },
            2 => directions(context, on, receive),
            3 => remote(context, Codec::Pcmu),
            4 | 5 => Command::Join { context, slot: TimeSlot { span, slot } },
            6 => {
                let to = if receive { Listener::Peer } else { Listener::Circuit };
                Command::Ringback { context, to: on.then_some(to) }
            }
            _ => Command::Close { context },
        },
    )
}

proptest! {
    /// Speech through RTP and back is exact after a constant delay, with packets delayed by up to
    /// the depth, and so overtaking each other.
    #[test]
    fn speech_through_rtp_is_exact(
        delays in prop::collection::vec(0..=40u64, 50),
        phase in 0..20usize,
        seed: u64,
    ) {
        let mut world = World::new(false);
        world.command(Command::Open { context: SECOND, local: address(1_001) });
        world.ticks(phase);
        world.open(FIRST, 5, Codec::Pcma);
        world.open(SECOND, 6, Codec::Pcma);
        world.command(directions(SECOND, false, true));
        let mut rng = Rng::new(seed);
        let (mut said, mut heard) = (Vec::new(), Vec::new());
        let mut flying: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut delays = delays.into_iter();
        for _ in 0..1_100 {
            let octets = rng.next_u64().to_be_bytes();
            *world.rx[1].slot_mut(5) = octets;
            said.extend(octets);
            let now = world.millis;
            for (_, packet) in flying.extract_if(.., |(due, _)| *due <= now) {
                world.plane.packet(world.now(), SECOND.0, address(2_001), &packet);
            }
            heard.extend(world.heard(6, 1));
            for (_, _, packet) in std::mem::take(&mut world.net.sent) {
                if let Some(delay) = delays.next() {
                    flying.push((now + delay, packet));
                }
            }
        }
        let first = heard.windows(16).position(|octets| *octets == said[..16]);
        prop_assert!(first.is_some(), "the first samples were never heard");
        let exact = 50 * 160;
        let first = first.unwrap_or_default();
        prop_assert!((60..=101).contains(&(first / 8)), "{} ms", first / 8);
        prop_assert!(heard[..first].iter().all(|&octet| octet == g711::ALAW_IDLE));
        prop_assert_eq!(&heard[first..first + exact], &said[..exact]);
        let total = world.plane.stats().total;
        prop_assert_eq!((total.received, total.late, total.slips), (50, 0, 0));
    }

    /// Whatever is commanded: each `Close` is answered, tables agree, time slots go idle.
    #[test]
    fn any_commands(commands in prop::collection::vec(any_command(), 0..60)) {
        let mut world = World::new(true);
        let (mut closes, mut closed) = (0, 0);
        for command in commands {
            closes += u32::from(matches!(command, Command::Close { .. }));
            world.command(command);
            world.tick();
            let events = world.events();
            closed += events.iter().filter(|e| matches!(e, Event::Closed { .. })).count() as u32;
            let joined = world.plane.joined.iter().flatten().count();
            prop_assert_eq!(world.plane.stats().joined as usize, joined);
            prop_assert_eq!(world.plane.stats().active as usize, world.net.open.len());
        }
        prop_assert_eq!(closes, closed);
        for context in (0..4).map(ContextId) {
            world.command(Command::Close { context });
        }
        world.tick();
        let stats = world.plane.stats();
        prop_assert_eq!((stats.active, stats.joined), (0, 0));
        prop_assert_eq!(world.tx, [Block::IDLE; 2]);
        prop_assert!(world.net.open.is_empty());
    }

    #[test]
    fn any_packet(packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 99)) {
        let mut world = World::new(true);
        world.open(FIRST, 5, Codec::Pcmu);
        for mut packet in packets {
            if let [flags, kind, ..] = &mut packet[..] {
                *flags = 0x80 | *flags & 0x3f;
                *kind &= 0x88;
            }
            world.plane.packet(world.now(), FIRST.0, address(2_000), &packet);
            world.tick();
        }
    }
}

#[test]
fn packets_are_as_long_as_the_peer_wants() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    for (ptime, octets) in [(10, 80), (20, 160), (30, 240), (40, 320), (60, 320)] {
        world.command(Command::Format { context: FIRST, ptime, events: None });
        world.ticks(120);
        world.net.sent.clear();
        world.ticks(120);
        let lens: Vec<_> = world.net.sent.iter().map(|sent| sent.2.len() - 12).collect();
        assert_eq!(lens, vec![octets; 960 / octets], "{ptime} ms");
        // RFC 3550 §5.1: timestamps count samples.
        let times: Vec<_> = world.headers().iter().map(|header| header.timestamp).collect();
        assert!(times.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == octets as u32));
    }
}

#[test]
fn keys_sound_on_the_time_slot() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.command(Command::Format { context: FIRST, ptime: 20, events: Some(101) });
    let peer = address(2_000);
    let quiet = vec![g711::ALAW_IDLE; 80];
    assert_eq!(world.heard(5, 10), quiet);
    // An event of 160 octets would be speech; the rest of its payload is passed over.
    world.arrive(peer, 101, 1, 5);
    assert_ne!(world.heard(5, 10), quiet);
    assert_eq!(world.plane.stats().total.events, 1);
    world.ticks(2_000);
    assert_eq!(world.heard(5, 10), quiet);
    // Told by signalling.
    world.command(Command::Key { context: FIRST, key: 11, millis: 100 });
    let heard = world.heard(5, 200);
    assert!(heard[..800].iter().filter(|octet| **octet != g711::ALAW_IDLE).count() > 700);
    assert!(heard[800..].iter().all(|octet| *octet == g711::ALAW_IDLE));
    // Without an agreement it is no event, nor speech.
    world.command(Command::Format { context: FIRST, ptime: 20, events: None });
    world.arrive(peer, 101, 2, 5);
    assert_eq!(world.heard(5, 100), quiet.repeat(10));
}

/// RFC 3550 §5.1: the timestamps of another source begin anywhere.
#[test]
fn the_keys_of_another_source_are_not_taken_for_old_ones() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    world.command(Command::Format { context: FIRST, ptime: 20, events: Some(101) });
    let peer = address(2_000);
    world.arrive(peer, 101, 1_000, 5);
    world.ticks(2_000);
    for sequence in [1, 2] {
        let (marker, payload_type, timestamp, source) = (false, 101, 160, 7);
        let header = Header { marker, payload_type, sequence, timestamp, source };
        let packet = [&header.write()[..], &[6, 10, 0, 160]].concat();
        world.plane.packet(world.now(), FIRST.0, peer, &packet);
    }
    assert_ne!(world.heard(5, 10), vec![g711::ALAW_IDLE; 80]);
}

/// One packet from anywhere must not take an emergency call away from its caller.
#[test]
fn whoever_spoke_first_and_then_no_more_gives_way() {
    let mut world = World::new(false);
    world.open(FIRST, 5, Codec::Pcma);
    let Command::Remote { context, remote, codec, payload_type, send, receive, .. } =
        remote(FIRST, Codec::Pcma)
    else {
        panic!()
    };
    let guess =
        Command::Remote { context, remote, codec, payload_type, send, receive, latch: true };
    world.command(guess);
    world.arrive(address(3_001), 8, 1, 0x66);
    let peer = address(3_000);
    for sequence in 0..100 {
        world.arrive(peer, 8, sequence, 0x55);
        world.ticks(20);
    }
    assert_eq!(world.heard(5, 20), [0x55; 160]);
    assert_eq!(world.net.sent.last().unwrap().1, peer);
}
