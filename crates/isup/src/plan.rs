//! Which called numbers are complete without the end of pulsing signal (Q.764 §2.1.2).

use isup_codec::{CalledPartyNumber, Digits, NatureOfAddress};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of called numbers whose digits come one after the other.
///
/// A number that is listed whole is complete the moment its last digit is there: an emergency call
/// neither waits for T10 nor for an ST that its exchange does not send. Where such a number could
/// also begin a longer one, the emergency number is what was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberPlan {
    whole: BTreeSet<(NatureOfAddress, Digits)>,
    lengths: BTreeMap<NatureOfAddress, usize>,
    /// Fewer digits than these are no number yet: T35 waits for more, not T10.
    pub least: usize,
}

impl NumberPlan {
    /// This number is complete as it stands.
    pub fn add(&mut self, nature: NatureOfAddress, digits: Digits) {
        self.whole.insert((nature, digits));
    }

    /// Every number of this nature has so many digits, but for those that are listed whole.
    pub fn set_length(&mut self, nature: NatureOfAddress, digits: usize) {
        self.lengths.insert(nature, digits);
    }

    /// Whether this number is listed whole: an emergency number, or one that answers them.
    pub(crate) fn is_listed(&self, called: &CalledPartyNumber) -> bool {
        self.whole.contains(&(called.nature, called.digits))
    }

    /// Whether nothing can follow these digits.
    pub fn is_whole(&self, nature: NatureOfAddress, digits: &Digits) -> bool {
        self.whole.contains(&(nature, *digits))
            || self.lengths.get(&nature).is_some_and(|length| digits.len() >= *length)
    }

    /// Notes whether the number is complete; says so.
    pub(crate) fn complete(&self, called: &mut CalledPartyNumber) -> bool {
        called.complete |= self.is_whole(called.nature, &called.digits);
        called.complete
    }

    /// Whether the digits may be a whole number, if no more come.
    pub(crate) fn may_be_whole(&self, digits: &Digits) -> bool {
        digits.len() >= self.least.max(1)
    }
}
