//! What reading a message costs in allocations: one for its index, none more however much is read
//! of it. A message with a folded line or with more header lines than the index has room for
//! costs a few.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::Bytes;
use sip_parser::{Limits, Message, Name, Uri, Writer, peek};

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

const INVITE: &str = include_str!("invite.txt");

fn allocations<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = COUNT.get();
    let result = work();
    (COUNT.get() - before, result)
}

/// The count is this thread's.
#[test]
fn one_allocation_a_message() {
    let limits = Limits::default();
    let bytes = Bytes::from(INVITE.replace('\n', "\r\n"));
    let held = bytes.clone();
    let (cost, message) = allocations(|| Message::parse(held, &limits).unwrap());
    assert_eq!(cost, 1, "the index");

    let (cost, _) = allocations(|| {
        assert_eq!(message.vias().count(), 2);
        assert_eq!(message.from().tag(), Some("9fxced76sl"));
        assert!(message.to().tag().is_none());
        assert_eq!(message.cseq().number, 314_159);
        assert!(message.contact().is_some());
        assert_eq!(message.values(Name::Allow).count(), 9);
        assert!(message.name_addrs(Name::PAssertedIdentity).all(|a| Uri::parse(a.uri).is_some()));
        assert_eq!(message.headers().count(), 17);
        assert!(!message.body().is_empty());
        std::hint::black_box(message.clone())
    });
    assert_eq!(cost, 0, "typed reading, cloning");

    let (cost, peek) = allocations(|| peek(&bytes));
    assert_eq!((cost, peek.unwrap().call_id), (0, Some(message.call_id())));

    let (cost, _) = allocations(|| {
        let mut writer = Writer::response(180, "Ringing");
        for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
            writer.copy(&message, name);
        }
        writer.finish()
    });
    assert!(cost <= 2, "a response: its buffer, and its making into Bytes; {cost}");

    let folded = Bytes::from(INVITE.replace('\n', "\r\n").replacen("70\r\n", "\r\n 70\r\n", 1));
    let (cost, _) = allocations(|| Message::parse(folded, &limits).unwrap());
    assert!(cost <= 4, "a folded head is written anew; {cost}");
}
