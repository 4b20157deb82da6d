//! Which packets of a synchronisation source are taken (RFC 3550 A.1), and which never came (A.3).

/// A greater step forward is taken for a restart (RFC 3550 A.1, `MAX_DROPOUT`).
const DROPOUT_MAX: u16 = 3_000;
/// A greater step back is taken for a restart (RFC 3550 A.1, `MAX_MISORDER`).
const MISORDER_MAX: u16 = 100;
/// How many packets are remembered one by one.
const WINDOW: u16 = u64::BITS as u16;

/// What a packet's sequence number makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The first of its source: whatever was heard before is of no use to it.
    First,
    /// New, in order or not.
    New,
    /// It came before.
    Duplicate,
    /// It is older than what is remembered.
    Stale,
    /// Of an unknown source, or far from where its source was: taken if the next one follows it.
    Unproven,
}

/// The sequence numbers of the source that is heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    current: Option<Current>,
    /// The packet that would prove another source, or a restart of this one.
    candidate: Option<(u32, u16)>,
    lost: u64,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    source: u32,
    newest: u16,
    /// Bit n: the packet `newest - n` came.
    came: u64,
    /// How many numbers up to `newest` count, at most the window.
    span: u16,
}

impl Source {
    /// Judges a packet.
    pub(crate) fn judge(&mut self, source: u32, sequence: u16) -> Order {
        let Some(current) = &mut self.current else {
            // The session description named its address: no need to wait for a second packet.
            self.restart(source, sequence);
            return Order::First;
        };
        let ahead = sequence.wrapping_sub(current.newest);
        let behind = current.newest.wrapping_sub(sequence);
        if current.source != source || (ahead >= DROPOUT_MAX && behind > MISORDER_MAX) {
            // RFC 3550 A.1: two packets that follow each other (`bad_seq`, `MIN_SEQUENTIAL`).
            if self.candidate == Some((source, sequence)) {
                self.restart(source, sequence);
                return Order::First;
            }
            self.candidate = Some((source, sequence.wrapping_add(1)));
            return Order::Unproven;
        }
        self.candidate = None;
        if ahead == 0 {
            Order::Duplicate
        } else if ahead < DROPOUT_MAX {
            self.lost += current.advance(ahead);
            Order::New
        } else {
            current.fill(behind)
        }
    }

    /// How many packets have become lost since this was asked last: so many numbers lie behind
    /// them that they are not waited for any more.
    pub(crate) const fn take_lost(&mut self) -> u64 {
        std::mem::replace(&mut self.lost, 0)
    }

    /// Waits for no packet any more, and forgets the source.
    pub(crate) fn end(&mut self) {
        self.lost += self.current.take().map_or(0, |current| current.missing(WINDOW));
        self.candidate = None;
    }

    fn restart(&mut self, source: u32, sequence: u16) {
        self.end();
        self.current = Some(Current { source, newest: sequence, came: 1, span: 1 });
    }
}

impl Current {
    /// How many of the oldest `count` numbers of the window count and did not come.
    fn missing(&self, count: u16) -> u64 {
        let counting = u64::MAX >> (WINDOW - self.span);
        let oldest = if count >= WINDOW { u64::MAX } else { !(u64::MAX >> count) };
        u64::from((!self.came & counting & oldest).count_ones())
    }

    /// Moves the window; says how many numbers left it for good without having come.
    fn advance(&mut self, ahead: u16) -> u64 {
        let lost = self.missing(ahead) + u64::from(ahead.saturating_sub(WINDOW));
        self.came = self.came.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        self.span = self.span.saturating_add(ahead).min(WINDOW);
        self.newest = self.newest.wrapping_add(ahead);
        lost
    }

    fn fill(&mut self, behind: u16) -> Order {
        if behind >= WINDOW {
            return Order::Stale;
        }
        let bit = 1 << behind;
        if self.came & bit != 0 {
            return Order::Duplicate;
        }
        self.came |= bit;
        // A packet overtaken by the first one.
        self.span = self.span.max(behind + 1);
        Order::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn judged(source: &mut Source, sequences: &[u16]) -> Vec<Order> {
        sequences.iter().map(|&sequence| source.judge(7, sequence)).collect()
    }

    #[test]
    fn order_gaps_and_duplicates() {
        use Order::{Duplicate, First, New, Stale};
        let mut source = Source::default();
        let orders = judged(&mut source, &[65_534, 65_533, 65_535, 1, 0, 0, 1, 65_533]);
        assert_eq!(orders, [First, New, New, New, New, Duplicate, Duplicate, Duplicate]);
        assert_eq!(judged(&mut source, &[103, 3, 4]), [New, Stale, Stale]);
        assert_eq!(source.take_lost(), 38);
        source.end();
        assert_eq!((source.take_lost(), source.take_lost()), (63, 0));
    }

    #[test]
    fn another_source_and_a_jump_need_two_packets() {
        use Order::{First, New, Unproven};
        let mut source = Source::default();
        assert_eq!(judged(&mut source, &[10, 11, 20_000, 12]), [First, New, Unproven, New]);
        assert_eq!(judged(&mut source, &[20_001, 13, 30_000]), [Unproven, New, Unproven]);
        assert_eq!(judged(&mut source, &[30_001, 30_002]), [First, New]);
        assert_eq!(source.judge(8, 1), Unproven);
        assert_eq!(source.judge(8, 3), Unproven);
        assert_eq!(source.judge(8, 4), First);
        assert_eq!(source.take_lost(), 0);
    }

    proptest! {
        /// Each number is new once, and what never came is lost.
        #[test]
        fn agrees_with_a_set(start: u16, steps in prop::collection::vec(-40..=60i32, 1..200)) {
            let mut source = Source::default();
            let (mut newest, mut came) = (0i64, BTreeSet::from([0i64]));
            source.judge(7, start);
            for step in steps {
                let number = newest + i64::from(step);
                let order = source.judge(7, start.wrapping_add(number as u16));
                let expected = if came.insert(number) { Order::New } else { Order::Duplicate };
                prop_assert_eq!(order, expected);
                newest = newest.max(number);
            }
            let span = newest - came.first().unwrap() + 1;
            source.end();
            prop_assert_eq!(source.take_lost(), span as u64 - came.len() as u64);
        }
    }
}
