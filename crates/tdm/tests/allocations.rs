//! The span's thread allocates nothing once its time slots are made.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use tdm::{BLOCK_FRAMES, LineCommand, LineEvent, SignallingSlot, Unit};

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

/// The count is this thread's.
#[test]
fn a_signalling_time_slot_allocates_nothing() {
    let unit = |number: u8, len: usize| {
        let mut octets = vec![number; len];
        octets[2] = (len - 3).min(63) as u8;
        Unit::from_slice(&octets).unwrap()
    };
    let (fisu, lssu, messages) = (unit(0, 3), unit(0, 4), [unit(1, 20), unit(2, 276)]);
    let (mut near, mut far) = (SignallingSlot::new(), SignallingSlot::new());
    let (mut there, mut back) = ([0; BLOCK_FRAMES], [0; BLOCK_FRAMES]);
    let (mut heard, mut transmitted) = (0, 0);

    let before = COUNT.get();
    for millis in 0..2_000 {
        near.command(LineCommand::Fill(if millis % 100 < 50 { fisu } else { lssu }));
        if millis % 40 == 0 {
            // One more than are taken.
            (0..5).for_each(|at| near.command(LineCommand::Send(messages[at % 2])));
        }
        near.tick(&back, &mut there, &mut |event| {
            transmitted += u32::from(event == LineEvent::Transmitted);
        });
        there[0] ^= u8::from(millis % 97 == 0);
        far.tick(&there, &mut back, &mut |event| {
            heard += u32::from(matches!(event, LineEvent::SignalUnit(_)));
        });
    }
    assert_eq!(COUNT.get() - before, 0);
    assert!(heard > 100 && transmitted > 50, "{heard} heard, {transmitted} transmitted");
}
