//! Loops and check tones on the time slots of a plane (Q.724 §7).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base::{Duration, Instant};
use media::{CheckId, Codec, Command, Config, ContextId, Event, Packets, Plane, TimeSlot};
use std::net::SocketAddr;
use tdm::{BLOCK_FRAMES, Block, CheckToneReceiver, Law, Tone};

const SLOT: TimeSlot = TimeSlot { span: 0, slot: 5 };
const OTHER: TimeSlot = TimeSlot { span: 0, slot: 6 };
const CHECK: CheckId = CheckId(7);
const SILENCE: [u8; BLOCK_FRAMES] = [tdm::g711::ALAW_IDLE; BLOCK_FRAMES];

/// Keeps the speech of the packets sent.
#[derive(Default)]
struct Net(Vec<u8>);

impl Packets for Net {
    fn open(&mut self, _: u32, _: SocketAddr) -> bool {
        true
    }
    fn close(&mut self, _: u32) {}
    fn send(&mut self, _: u32, _: SocketAddr, packet: &[u8]) {
        self.0.extend(packet.get(12..).unwrap_or_default());
    }
}

struct World {
    plane: Plane,
    net: Net,
    now: Instant,
    rx: Block,
}

impl World {
    fn new() -> Self {
        let config = Config {
            contexts: 1,
            spans: 1,
            transceivers: 1,
            jitter: Duration::ZERO,
            silence: Duration::from_secs(60),
            latch: false,
            seed: 1,
        };
        let plane = Plane::new(config, Instant::ZERO);
        Self { plane, net: Net::default(), now: Instant::ZERO, rx: Block::IDLE }
    }

    fn command(&mut self, command: Command) {
        self.plane.command(self.now, command, &mut self.net);
    }

    fn tick(&mut self) -> Block {
        let mut tx = [Block::AIS];
        self.plane.tick(self.now, &[self.rx], &mut tx, &mut self.net);
        self.now += Duration::from_millis(1);
        tx[0]
    }

    /// So many milliseconds in which `line` makes of what is sent in a time slot what comes back.
    fn run(&mut self, slot: TimeSlot, millis: u32, line: impl Fn([u8; 8]) -> [u8; 8]) {
        for _ in 0..millis {
            let sent = *self.tick().slot(usize::from(slot.slot));
            *self.rx.slot_mut(usize::from(slot.slot)) = line(sent);
        }
    }

    /// A context that hears, and sends tone of its own, joined to the time slot.
    fn talk(&mut self, slot: TimeSlot) {
        let (context, address) = (ContextId(0), "127.0.0.1:4000".parse().unwrap());
        self.command(Command::Open { context, local: address });
        self.command(Command::Join { context, slot });
        self.command(Command::Remote {
            context,
            remote: address,
            codec: Codec::Pcma,
            payload_type: 8,
            send: true,
            receive: false,
            latch: false,
        });
    }
}

fn passed(check: CheckId) -> Option<Event> {
    Some(Event::CheckPassed { check })
}

#[test]
fn q724_7_3_2_2_a_loop_gives_back_each_octet_with_no_loss() {
    let mut world = World::new();
    world.command(Command::Loop { slot: SLOT, on: true });
    assert_eq!(world.plane.stats().loops, 1);
    for octet in 0..=255 {
        let heard = [octet, 1, 2, 3, 4, 5, 6, !octet];
        *world.rx.slot_mut(5) = heard;
        *world.rx.slot_mut(6) = heard;
        let tx = world.tick();
        assert_eq!((*tx.slot(5), *tx.slot(6)), (heard, SILENCE));
    }
    world.command(Command::Loop { slot: SLOT, on: false });
    assert_eq!(*world.tick().slot(5), SILENCE);
    assert_eq!((world.plane.stats().loops, world.plane.stats().refused), (0, 0));
}

#[test]
fn q724_7_2_a_check_passes_over_a_loop_and_says_so_once() {
    let mut world = World::new();
    world.command(Command::Check { slot: SLOT, check: CHECK });
    world.run(SLOT, 30, |sent| sent);
    assert_eq!(world.plane.poll_event(), None, "it needs 30 to 60 ms");
    world.run(SLOT, 100, |sent| sent);
    assert_eq!(world.plane.poll_event(), passed(CHECK));
    world.run(SLOT, 2_000, |sent| sent);
    assert_eq!(world.plane.poll_event(), None);
    assert_eq!(world.plane.stats().checks, 1);
    world.command(Command::EndCheck { check: CHECK });
    assert_eq!((world.plane.stats().checks, world.plane.stats().refused), (0, 0));
}

#[test]
fn a_broken_path_passes_no_check() {
    let lines: [fn([u8; 8]) -> [u8; 8]; 2] = [|_| SILENCE, |_| [0xff; 8]];
    for line in lines {
        let mut world = World::new();
        world.command(Command::Check { slot: SLOT, check: CHECK });
        world.run(SLOT, 2_500, line);
        assert_eq!(world.plane.poll_event(), None);
        world.command(Command::EndCheck { check: CHECK });
    }
}

/// Q.724 §7.4.2: neither does the caller hear the tone, nor the circuit the caller.
#[test]
fn nobody_speaks_or_hears_on_a_time_slot_that_is_checked() {
    let mut world = World::new();
    world.talk(SLOT);
    world.command(Command::Check { slot: SLOT, check: CHECK });
    let mut receiver = CheckToneReceiver::new(Law::A);
    for _ in 0..200 {
        let sent = *world.tick().slot(5);
        receiver.hear(&sent);
        *world.rx.slot_mut(5) = sent;
    }
    assert_eq!(world.plane.poll_event(), passed(CHECK));
    assert!(world.net.0.len() > 1_000);
    assert!(world.net.0.iter().all(|octet| *octet == tdm::g711::ALAW_IDLE));
    // Afterwards it is a circuit like any other.
    world.command(Command::EndCheck { check: CHECK });
    let mut tone = Tone::new(440, -10);
    world.net.0.clear();
    for _ in 0..100 {
        tone.fill(world.rx.slot_mut(5));
        world.tick();
    }
    let mut silent = world.net.0.iter().filter(|octet| **octet == tdm::g711::ALAW_IDLE);
    assert!(silent.by_ref().count() < 200);
}

#[test]
fn the_next_check_of_a_time_slot_knows_nothing_of_the_last_one() {
    let mut world = World::new();
    world.command(Command::Check { slot: SLOT, check: CHECK });
    world.run(SLOT, 30, |sent| sent);
    world.command(Command::Check { slot: SLOT, check: CheckId(8) });
    world.run(SLOT, 500, |_| SILENCE);
    assert_eq!(world.plane.poll_event(), None);
    world.command(Command::EndCheck { check: CHECK });
    assert_eq!(world.plane.stats().refused, 1, "it is over already");
    world.run(SLOT, 500, |sent| sent);
    assert_eq!(world.plane.poll_event(), passed(CheckId(8)));
    // A loop takes its place.
    world.command(Command::Loop { slot: SLOT, on: true });
    assert_eq!((world.plane.stats().checks, world.plane.stats().loops), (0, 1));
    world.command(Command::Check { slot: SLOT, check: CHECK });
    assert_eq!((world.plane.stats().checks, world.plane.stats().loops), (1, 0));
}

#[test]
fn what_cannot_be_checked_is_refused() {
    let mut world = World::new();
    world.command(Command::Check { slot: SLOT, check: CHECK });
    let second = CheckId(8);
    world.command(Command::Check { slot: OTHER, check: second });
    assert_eq!(world.plane.poll_event(), Some(Event::CheckRefused { check: second }));
    assert_eq!(*world.tick().slot(6), SILENCE);
    world.command(Command::EndCheck { check: CHECK });
    world.command(Command::Check { slot: OTHER, check: second });
    assert_eq!(world.plane.poll_event(), None);
    assert_ne!(*world.tick().slot(6), SILENCE);
    for slot in [TimeSlot { span: 0, slot: 0 }, TimeSlot { span: 1, slot: 1 }] {
        world.command(Command::Check { slot, check: CHECK });
        assert_eq!(world.plane.poll_event(), Some(Event::CheckRefused { check: CHECK }));
        world.command(Command::Loop { slot, on: true });
        world.command(Command::Loop { slot, on: false });
    }
    world.command(Command::Loop { slot: SLOT, on: false });
    assert_eq!(world.plane.stats().refused, 1 + 2 * 3 + 1);
}

#[test]
fn every_time_slot_of_a_plane_can_be_looped() {
    let mut world = World::new();
    for slot in 1..32 {
        world.command(Command::Loop { slot: TimeSlot { span: 0, slot }, on: true });
        world.command(Command::Loop { slot: TimeSlot { span: 0, slot }, on: true });
    }
    assert_eq!(world.plane.stats().loops, 31);
    world.rx = Block::AIS;
    let tx = world.tick();
    assert!((1..32).all(|slot| *tx.slot(slot) == [0xff; 8]));
}
