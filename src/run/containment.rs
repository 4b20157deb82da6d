//! A panic in the handling of one message ends that message, not the process: it is caught here,
//! told with the fingerprint of what caused it, and the same octets are not tried again.

use bytes::Bytes;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Fingerprints that are remembered.
const REMEMBERED: usize = 256;

/// FNV-1a, 64 bits: not against an adversary, who could only have his own messages refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(octets: &[u8]) -> Self {
        let step =
            |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(octets.iter().fold(0xcbf2_9ce4_8422_2325, step))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Runs work that may fail and remembers what made it fail.
#[derive(Debug, Default)]
pub(crate) struct Containment {
    quarantined: VecDeque<Fingerprint>,
    count: u64,
}

impl Containment {
    /// Whether these octets made the work fail before. They are counted again.
    pub(crate) fn refuses(&mut self, octets: &[u8]) -> bool {
        if self.quarantined.is_empty() {
            return false;
        }
        let known = self.quarantined.contains(&Fingerprint::of(octets));
        self.count += u64::from(known);
        known
    }

    /// Does `work` on `subject`; if it fails, `octets` tells from the subject what it worked on.
    pub(crate) fn run<T>(
        &mut self,
        subject: &mut T,
        work: impl FnOnce(&mut T),
        octets: impl FnOnce(&T) -> Option<Bytes>,
    ) {
        // The subject may be left halfway through a change. Its tables are arenas with deadlines:
        // a record that was left behind is reaped.
        if catch_unwind(AssertUnwindSafe(|| work(subject))).is_ok() {
            return;
        }
        self.count += 1;
        match octets(subject).map(|octets| Fingerprint::of(&octets)) {
            Some(fingerprint) => {
                tracing::error!(%fingerprint, "a message was quarantined: its handling failed");
                if self.quarantined.len() >= REMEMBERED {
                    self.quarantined.pop_front();
                }
                self.quarantined.push_back(fingerprint);
            }
            None => tracing::error!("the handling of a timer failed"),
        }
    }

    /// How many messages were quarantined, and how many of those came again.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(containment: &mut Containment, octets: &[u8]) {
        let octets = Bytes::copy_from_slice(octets);
        containment.run(&mut (), |()| panic!("as a test"), |()| Some(octets));
    }

    #[test]
    fn a_failure_is_contained_and_not_repeated() {
        let mut containment = Containment::default();
        assert!(!containment.refuses(b"bad"));
        fail(&mut containment, b"bad");
        assert!(containment.refuses(b"bad"));
        assert!(!containment.refuses(b"good"));
        let mut done = false;
        containment.run(&mut done, |done| *done = true, |_| None);
        assert!(done);
        assert_eq!(containment.count(), 2);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut containment = Containment::default();
        for number in 0..=REMEMBERED {
            fail(&mut containment, &number.to_be_bytes());
        }
        assert!(!containment.refuses(&0_usize.to_be_bytes()));
        assert!(containment.refuses(&1_usize.to_be_bytes()));
    }
}
