//! What crosses between the threads of signalling and of the spans: commands down, events up, each
//! by a bounded ring without locks. Nobody waits for room: a command waits for it beside the ring,
//! and an event that says what is also known later (a span's state, a closed context) is told then.
//! What is lost is counted; only signal units may be, as on any line.

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entries in a ring at most: more than two seconds of one signalling link at its full rate, and
/// three commands for each of a thousand calls. An entry is the size of a signal unit.
const DEPTH: usize = 4_096;

/// Commands that wait for room in a ring at most: all that a thousand calls give from beginning to
/// end. A command that is lost would cost a port or a circuit for good.
const WAITING_MAX: usize = 16_384;

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
    CheckPassed(isup::CheckId),
}

/// The writing end of a ring.
pub(crate) struct Writer<T> {
    ring: HeapProd<T>,
    overflow: Arc<AtomicU64>,
}

impl<T> Writer<T> {
    /// Puts an entry into the ring, or counts that there was no room; says which.
    pub(crate) fn put(&mut self, entry: T) -> bool {
        let taken = self.ring.try_push(entry).is_ok();
        if !taken {
            self.overflow.fetch_add(1, Ordering::Relaxed);
        }
        taken
    }

    /// Whether an entry would find room.
    pub(crate) fn has_room(&self) -> bool {
        !self.ring.is_full()
    }
}

/// The writing end of a ring for what must arrive: where there is no room it waits for its turn.
pub(crate) struct PatientWriter<T> {
    writer: Writer<T>,
    waiting: VecDeque<T>,
}

impl<T> PatientWriter<T> {
    pub(crate) const fn new(writer: Writer<T>) -> Self {
        Self { writer, waiting: VecDeque::new() }
    }

    /// Puts an entry into the ring behind all before it. Counts it as lost where too many wait.
    pub(crate) fn put(&mut self, entry: T) {
        self.flush();
        if self.waiting.is_empty() && self.writer.has_room() || self.waiting.len() >= WAITING_MAX {
            self.writer.put(entry);
        } else {
            self.waiting.push_back(entry);
        }
    }

    /// Puts what waits into the ring as far as there is room.
    pub(crate) fn flush(&mut self) {
        while self.writer.has_room()
            && let Some(entry) = self.waiting.pop_front()
        {
            self.writer.put(entry);
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
        assert!(writer.put(0));
        assert_eq!(overflow.get(), 3);
    }

    #[test]
    fn a_command_waits_for_room_and_keeps_its_place() {
        let (writer, mut reader, overflow) = ring();
        let mut writer = PatientWriter::new(writer);
        let all = DEPTH + WAITING_MAX;
        for number in 0..all + 2 {
            writer.put(number);
        }
        assert_eq!(overflow.get(), 2, "even patience has a bound");
        let mut taken = Vec::new();
        while taken.len() < all {
            let before = taken.len();
            taken.extend(std::iter::from_fn(|| reader.take()));
            assert!(taken.len() > before);
            writer.flush();
        }
        assert!(taken.into_iter().eq(0..all));
    }
}
