//! Numbers messages and keeps them until they are acknowledged: not to send them again, which is
//! for SCTP to do, but for another link (RFC 4165 §4.2.1, §4.2.3).

use super::SEQUENCE_MASK;
use crate::mtp2::Retrieved;
use base::{Class, Duration, Instant};
use bytes::Bytes;
use std::collections::VecDeque;

/// A message on its way.
#[derive(Clone, Debug)]
struct Sent {
    class: Class,
    msu: Bytes,
    /// Since when its acknowledgement is awaited.
    since: Instant,
}

/// The retransmission buffer and the sequence numbers of the sending side.
#[derive(Clone, Debug)]
pub(super) struct Txc {
    /// Not acknowledged: FSN `acknowledged + 1` onward.
    rtb: VecDeque<Sent>,
    acknowledged: u32,
}

impl Txc {
    /// The first FSN is 0 (Q.703 §5.2.1).
    pub(super) const fn new() -> Self {
        Self { rtb: VecDeque::new(), acknowledged: SEQUENCE_MASK }
    }

    /// The number of the last message sent.
    pub(super) fn fsn(&self) -> u32 {
        number(self.acknowledged, self.rtb.len())
    }

    pub(super) fn outstanding(&self) -> usize {
        self.rtb.len()
    }

    /// Numbers a message and keeps it.
    pub(super) fn push(&mut self, now: Instant, class: Class, msu: Bytes) {
        self.rtb.push_back(Sent { class, msu, since: now });
    }

    /// Whether a BSN is that of the last acknowledged message or of one in the buffer
    /// (Q.703 §5.3.1).
    pub(super) fn is_plausible(&self, bsn: u32) -> bool {
        self.distance(bsn) <= self.rtb.len()
    }

    fn distance(&self, bsn: u32) -> usize {
        // 24 bits.
        (bsn.wrapping_sub(self.acknowledged) & SEQUENCE_MASK) as usize
    }

    /// Removes what has arrived; says whether anything has.
    pub(super) fn acknowledge(&mut self, bsn: u32) -> bool {
        let count = self.distance(bsn);
        if count == 0 || count > self.rtb.len() {
            return false;
        }
        self.rtb.drain(..count);
        self.acknowledged = bsn & SEQUENCE_MASK;
        true
    }

    /// When the acknowledgement of the first message is overdue (§4.2.1).
    pub(super) fn overdue_at(&self, t7: Duration) -> Option<Instant> {
        self.rtb.front().map(|sent| sent.since + t7)
    }

    /// Acknowledgements are awaited anew: until now none could come.
    pub(super) fn await_anew(&mut self, now: Instant) {
        for sent in &mut self.rtb {
            sent.since = now;
        }
    }

    /// Q.703 §8: what has not arrived never will. Says how many they were.
    pub(super) fn flush(&mut self) -> usize {
        self.rtb.drain(..).len()
    }

    /// Takes everything not acknowledged, the oldest first.
    pub(super) fn retrieve(&mut self) -> Vec<Retrieved> {
        let first = self.acknowledged;
        let retrieved = |(at, Sent { class, msu, .. })| {
            let fsn = number(first, at + 1);
            Retrieved { fsn, class, msu }
        };
        self.rtb.drain(..).enumerate().map(retrieved).collect()
    }
}

/// The sequence number `distance` after `from`.
fn number(from: u32, distance: usize) -> u32 {
    from.wrapping_add(distance as u32) & SEQUENCE_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(count: u8) -> Txc {
        let mut txc = Txc::new();
        for number in 0..count {
            txc.push(Instant::ZERO, Class::Ordinary, Bytes::copy_from_slice(&[number; 3]));
        }
        txc
    }

    #[test]
    fn s2_2_numbers_begin_with_0_and_wrap_at_24_bits() {
        let mut txc = Txc::new();
        assert_eq!(txc.fsn(), 0x00ff_ffff);
        txc.push(Instant::ZERO, Class::Ordinary, Bytes::from_static(b"abc"));
        assert_eq!(txc.fsn(), 0);
        assert!(txc.acknowledge(0));
        txc.acknowledged = 0x00ff_fffe;
        for _ in 0..3 {
            txc.push(Instant::ZERO, Class::Ordinary, Bytes::from_static(b"abc"));
        }
        assert_eq!(txc.fsn(), 1);
        let fsns: Vec<u32> = txc.retrieve().into_iter().map(|one| one.fsn).collect();
        assert_eq!(fsns, [0x00ff_ffff, 0, 1]);
    }

    #[test]
    fn s4_2_1_an_acknowledgement_covers_all_up_to_it_and_none_beyond() {
        let mut txc = sent(5);
        assert!(!txc.is_plausible(5) && txc.is_plausible(4) && txc.is_plausible(0x00ff_ffff));
        assert!(!txc.acknowledge(5), "it was never sent");
        assert!(txc.acknowledge(2));
        assert!(!txc.acknowledge(1), "that was acknowledged before");
        let left: Vec<u32> = txc.retrieve().into_iter().map(|one| one.fsn).collect();
        assert_eq!(left, [3, 4]);
    }

    #[test]
    fn s4_2_1_t7_runs_for_each_message() {
        let (mut txc, second) = (Txc::new(), Duration::from_secs(1));
        assert_eq!(txc.overdue_at(second), None);
        for at in [0, 400, 900] {
            txc.push(Instant::from_millis(at), Class::Ordinary, Bytes::from_static(b"abc"));
        }
        assert_eq!(txc.overdue_at(second), Some(Instant::from_millis(1_000)));
        txc.acknowledge(1);
        assert_eq!(txc.overdue_at(second), Some(Instant::from_millis(1_900)));
    }
}
