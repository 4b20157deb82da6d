//! The media plane allocates nothing once it is made: not for a tick, a packet or a call.

use base::{Duration, Instant};
use media::{CheckId, Codec, Command, Config, ContextId, Packets, Plane, TimeSlot};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use tdm::Block;

struct Counting;

thread_local! {
    /// Of this thread alone: the one that waits for the tests allocates when it likes.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; it only counts")]
// SAFETY: every call goes to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Sent(u64);

impl Packets for Sent {
    fn open(&mut self, _context: u32, _local: SocketAddr) -> bool {
        true
    }

    fn close(&mut self, _context: u32) {}

    fn send(&mut self, _context: u32, _to: SocketAddr, _packet: &[u8]) {
        self.0 += 1;
    }
}

const CONTEXT: ContextId = ContextId(2);

/// The count is this thread's.
#[test]
fn a_call_with_all_that_may_happen_in_it_allocates_nothing() {
    let config = Config {
        contexts: 4,
        spans: 1,
        transceivers: 1,
        jitter: Duration::from_millis(40),
        silence: Duration::from_millis(300),
        latch: true,
        seed: 1,
    };
    let mut plane = Plane::new(config, Instant::ZERO);
    let [local, peer] = [1, 2].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let (rx, mut tx, mut sent) = ([Block::IDLE], [Block::IDLE], Sent(0));
    let mut packet = [0x55; 12 + 160];
    let mut reports = 0;

    let before = COUNT.get();
    for call in 0..3 {
        let start = Instant::from_millis(call * 2_000);
        for command in [
            Command::Open { context: CONTEXT, local },
            Command::Join { context: CONTEXT, slot: TimeSlot { span: 0, slot: 1 } },
            Command::Remote {
                context: CONTEXT,
                remote: peer,
                codec: Codec::Pcmu,
                payload_type: 0,
                send: true,
                receive: true,
                latch: false,
            },
            Command::Ringback { context: CONTEXT, to: Some(media::Listener::Peer) },
            Command::Ringback { context: CONTEXT, to: None },
            Command::Loop { slot: TimeSlot { span: 0, slot: 2 }, on: true },
            Command::Check { slot: TimeSlot { span: 0, slot: 3 }, check: CheckId(1) },
            Command::Check { slot: TimeSlot { span: 0, slot: 4 }, check: CheckId(2) },
        ] {
            plane.command(start, command, &mut sent);
        }
        for millis in 0..1_500u32 {
            let now = start + Duration::from_millis(millis.into());
            // Every 20 ms but for some lost and some twice, the last ones of another source; then
            // silence.
            let number = (millis / 20) as u16;
            if millis % 20 == 0 && millis < 1_000 && number % 11 != 3 {
                packet[..2].copy_from_slice(&[0x80, 0]);
                packet[2..4].copy_from_slice(&number.to_be_bytes());
                packet[4..8].copy_from_slice(&(millis * 8).to_be_bytes());
                packet[8] = u8::from(number > 40);
                for _ in 0..1 + number % 7 / 6 {
                    plane.packet(now, CONTEXT.0, local, &packet);
                }
            }
            plane.tick(now, &rx, &mut tx, &mut sent);
            while plane.poll_event().is_some() {
                reports += 1;
            }
        }
        for command in [
            Command::Close { context: CONTEXT },
            Command::Loop { slot: TimeSlot { span: 0, slot: 2 }, on: false },
            Command::EndCheck { check: CheckId(1) },
        ] {
            plane.command(start, command, &mut sent);
        }
    }
    assert_eq!(COUNT.get() - before, 0);
    let total = plane.stats().total;
    assert!(total.received > 100 && total.duplicate > 10 && total.lost > 10, "{total:?}");
    assert!(sent.0 > 200 && reports > 3, "{} sent, {reports} reports", sent.0);
}
