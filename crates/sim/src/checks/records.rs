//! One record for each call, in the order of their ends, none twice.

use call::Cdr;
use std::collections::BTreeSet;

/// The records so far.
#[derive(Debug, Default)]
pub(crate) struct Records {
    seen: BTreeSet<u64>,
    greatest: u64,
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

    pub(crate) fn count(&self) -> usize {
        self.seen.len()
    }

    /// At the end every call has its record.
    pub(crate) fn finish(&self) -> Result<(), String> {
        let missing = self.greatest - self.seen.len() as u64;
        if missing > 0 {
            return Err(format!("{missing} calls have no record"));
        }
        Ok(())
    }
}
