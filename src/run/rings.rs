//! What crosses between the threads of signalling and of the spans: commands down, events up, each
//! by a bounded ring without locks. A full ring is counted, and nobody waits.

use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entries in a ring at most: more than two seconds of one signalling link at its full rate, and
/// three commands for each of a thousand calls. An entry is the size of a signal unit.
const DEPTH: usize = 4_096;

/// From signalling to the spans.
#[expect(
    clippy::large_enum_variant,
    reason = "by value, so that the span thread allocates nothing"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Line(mtp::LinkId, tdm::LineCommand),
    Media(media::Command),
}

/// From the spans to signalling.
#[expect(
    clippy::large_enum_variant,
    reason = "by value, so that the span thread allocates nothing"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Line(mtp::LinkId, tdm::LineEvent),
    Media(media::Event),
    Span { span: u16, up: bool },
}

/// From the exchange to the spans.
#[expect(
    clippy::large_enum_variant,
    reason = "by value, so that the span thread allocates nothing"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum FarCommand {
    Line(mtp::LinkId, tdm::LineCommand),
    Bearer(exchange::TimeSlot, exchange::Source),
}

/// From the spans to the exchange.
#[expect(
    clippy::large_enum_variant,
    reason = "by value, so that the span thread allocates nothing"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum FarEvent {
    Line(mtp::LinkId, tdm::LineEvent),
    Span { span: u16, up: bool },
}

/// The writing end of a ring.
pub(crate) struct Writer<T> {
    ring: HeapProd<T>,
    overflow: Arc<AtomicU64>,
}

impl<T> Writer<T> {
    /// Puts an entry into the ring, or counts that there was no room.
    pub(crate) fn put(&mut self, entry: T) {
        if self.ring.try_push(entry).is_err() {
            self.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The reading end of a ring.
pub(crate) struct Reader<T>(HeapCons<T>);

impl<T> Reader<T> {
    /// Takes the oldest entry.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.try_pop()
    }
}

/// How many entries found no room.
#[derive(Clone, Debug)]
pub(crate) struct Overflow(Arc<AtomicU64>);

impl Overflow {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A ring: its two ends, and its counter.
pub(crate) fn ring<T>() -> (Writer<T>, Reader<T>, Overflow) {
    let (writer, reader) = HeapRb::new(DEPTH).split();
    let overflow = Arc::<AtomicU64>::default();
    let counter = Overflow(Arc::clone(&overflow));
    (Writer { ring: writer, overflow }, Reader(reader), counter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let (mut writer, mut reader, overflow) = ring();
        for number in 0..DEPTH + 3 {
            writer.put(number);
        }
        assert_eq!(overflow.get(), 3);
        assert_eq!(reader.take(), Some(0));
        writer.put(0);
        assert_eq!(overflow.get(), 3);
    }
}
