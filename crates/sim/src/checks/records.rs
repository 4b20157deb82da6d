//! One record for each call, in the order of their ends, none twice.

use call::Cdr;
use std::collections::BTreeSet;

/// The records so far.
#[derive(Debug, Default)]
pub(crate) struct Records {
    seen: BTreeSet<u64>,
    greatest: u64,
    set_ups: u64,
}

impl Records {
    pub(crate) fn written(&mut self, cdr: &Cdr) -> Result<(), String> {
        self.greatest = self.greatest.max(cdr.id);
        if !self.seen.insert(cdr.id) {
            return Err(format!("call {} has two records", cdr.id));
        }
        if cdr.end < cdr.start || cdr.answered.is_some_and(|at| at < cdr.start || at > cdr.end) {
            return Err(format!("the times of record {} are in disorder", cdr.id));
        }
        Ok(())
    }

    /// The gateway reports how long the first message of a call took.
    pub(crate) fn set_up(&mut self) {
        self.set_ups += 1;
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.len()
    }

    /// At the end every call has its record, and its time of set-up. `numberless` called nothing
    /// that is a number, and have no record.
    pub(crate) fn finish(&self, numberless: u64) -> Result<(), String> {
        let missing = self.greatest - self.seen.len() as u64;
        if missing > 0 {
            return Err(format!("{missing} calls have no record"));
        }
        let calls = self.seen.len() as u64 + numberless;
        if self.set_ups != calls {
            return Err(format!("{} times of set-up for {calls} calls", self.set_ups));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Cause, Class, Instant};
    use routing::{Normaliser, RawNumber, TrunkRef};

    fn cdr(id: u64) -> Cdr {
        let called = Normaliser::default().normalise(RawNumber::dialled("0199000000")).unwrap();
        Cdr {
            id,
            call: None,
            class: Class::Ordinary,
            ingress: TrunkRef::Sip(0),
            egress: None,
            calling: None,
            called,
            translated: called,
            circuit: None,
            start: Instant::from_millis(5),
            answered: None,
            end: Instant::from_millis(9),
            cause: Cause::NORMAL_CLEARING,
            sip_status: None,
            attempts: 1,
        }
    }

    #[test]
    fn a_second_record_a_missing_one_and_impossible_times_are_seen() {
        let mut records = Records::default();
        records.written(&cdr(1)).unwrap();
        records.written(&cdr(3)).unwrap();
        assert!(records.finish(0).is_err());
        records.written(&cdr(2)).unwrap();
        (0..4).for_each(|_| records.set_up());
        records.finish(1).unwrap();
        assert!(records.finish(0).is_err());
        assert!(records.written(&cdr(2)).is_err());
        assert!(records.written(&Cdr { end: Instant::ZERO, ..cdr(4) }).is_err());
        let answered = Some(Instant::from_millis(10));
        assert!(records.written(&Cdr { answered, ..cdr(5) }).is_err());
    }
}
