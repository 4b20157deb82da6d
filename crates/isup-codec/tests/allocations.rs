//! What looking at a message costs in allocations: none, however much is read of it, but for
//! contents that another standard describes. A message of its own costs one, its optional part.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use isup_codec::{
    CalledPartyNumber, CallingPartyNumber, CallingPartysCategory, Cic, Iam, Message,
    NatureOfAddress, View, decode, key, variants,
};

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

fn allocations<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.get();
    let result = work();
    (COUNT.get() - before, result)
}

/// The count is this thread's.
#[test]
fn a_view_costs_nothing_and_a_message_its_optional_part() {
    let number = "199000001".parse().unwrap();
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, number);
    let calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, number);
    let iam = Iam::new(called, CallingPartysCategory::ORDINARY)
        .with(key::CALLING_PARTY_NUMBER, &calling)
        .with(key::HOP_COUNTER, &20);
    let message = Message::from(iam);
    let mut payload = Vec::with_capacity(64);
    let encode = || variants::ITU.encode_into(Cic(33), &message, &mut payload);
    let (cost, written) = allocations(encode);
    assert_eq!((cost, written), (0, Ok(())), "a buffer with room");

    let (cost, _) = allocations(|| {
        let view = View::parse(&payload, &variants::ITU).unwrap();
        assert_eq!(view.parameters().count(), 7);
        assert_eq!(view.get(key::CALLED_PARTY_NUMBER), Some(called));
        assert_eq!(view.get(key::CALLING_PARTY_NUMBER), Some(calling));
        assert_eq!(view.get(key::HOP_COUNTER), Some(20));
        assert_eq!(view.get(key::FORWARD_CALL_INDICATORS).map(|word| word.0), Some(0x20));
        assert_eq!(view.get(key::GENERIC_NUMBER), None);
    });
    assert_eq!(cost, 0, "a view");

    let (cost, read) = allocations(|| decode(&payload));
    assert_eq!((cost, read), (1, Ok((Cic(33), message))), "a message");
}
