//! Who may fill how much of the queue between the network and the cores.
//!
//! A trunk that floods us is shed before it takes the place of its neighbours, and an address that
//! belongs to no trunk can never fill more than a corner. What an emergency call needs is bounded
//! by its class alone: no share of a trunk keeps it out. Nor do questions keep out calls: of the
//! share of a trunk a half is for messages of calls.

use base::Class;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Who answers for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A SIP trunk, by its position.
    Trunk(u16),
    /// An address that belongs to no trunk.
    Stranger(IpAddr),
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// A call: it begins one, or belongs to one that is known.
    Call,
    /// Something else: OPTIONS, a request of an unknown dialog, a stray response.
    Other,
}

/// How many messages wait of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    all: usize,
    of_no_call: usize,
}

/// How many messages of each source wait, and how many may.
#[derive(Debug)]
pub(crate) struct Shares {
    waiting: BTreeMap<Source, Count>,
    strangers: usize,
    trunk_limit: usize,
    strangers_limit: usize,
    stranger_limit: usize,
}

impl Shares {
    /// Shares of a queue of `total` entries. One trunk alone may fill it: there is no neighbour to
    /// protect. Strangers have a sixteenth together, each of them a quarter of that.
    pub(crate) fn new(total: usize, trunks: usize) -> Self {
        let strangers_limit = (total / 16).max(4);
        Self {
            waiting: BTreeMap::new(),
            strangers: 0,
            trunk_limit: if trunks > 1 { total / 2 } else { total },
            strangers_limit,
            stranger_limit: (strangers_limit / 4).max(1),
        }
    }

    /// Whether one more message of this class may wait.
    pub(crate) fn has_room(&self, source: Source, class: Class, concern: Concern) -> bool {
        let Count { all: waiting, of_no_call } =
            self.waiting.get(&source).copied().unwrap_or_default();
        match source {
            Source::Trunk(_) if class.is_emergency() => true,
            Source::Trunk(_) => {
                let has_part =
                    concern == Concern::Call || of_no_call < self.trunk_limit.div_ceil(2);
                has_part && waiting < self.trunk_limit
            }
            // Whoever knows the tags of a dialog is no stranger to it.
            Source::Stranger(_) if in_dialog(class) => waiting < self.trunk_limit,
            Source::Stranger(_) => {
                waiting < self.stranger_limit && self.strangers < self.strangers_limit
            }
        }
    }

    pub(crate) fn entered(&mut self, source: Source, concern: Concern) {
        let count = self.waiting.entry(source).or_default();
        count.all += 1;
        count.of_no_call += usize::from(concern == Concern::Other);
        self.strangers += usize::from(matches!(source, Source::Stranger(_)));
    }

    pub(crate) fn left(&mut self, source: Source, concern: Concern) {
        if let Some(count) = self.waiting.get_mut(&source) {
            count.all = count.all.saturating_sub(1);
            let other = usize::from(concern == Concern::Other);
            count.of_no_call = count.of_no_call.saturating_sub(other);
            if count.all == 0 {
                self.waiting.remove(&source);
            }
            let stranger = usize::from(matches!(source, Source::Stranger(_)));
            self.strangers = self.strangers.saturating_sub(stranger);
        }
    }
}

const fn in_dialog(class: Class) -> bool {
    matches!(class, Class::EmergencyInDialog | Class::InDialog)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(host: u8) -> Source {
        Source::Stranger(IpAddr::from([192, 0, 2, host]))
    }

    fn fill(shares: &mut Shares, source: Source, class: Class) -> usize {
        fill_with(shares, source, class, Concern::Call)
    }

    fn fill_with(shares: &mut Shares, source: Source, class: Class, concern: Concern) -> usize {
        let mut taken = 0;
        while taken < 10_000 && shares.has_room(source, class, concern) {
            shares.entered(source, concern);
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_trunk_leaves_its_neighbours_their_half_but_an_emergency_call_is_no_flood() {
        let mut shares = Shares::new(1_024, 2);
        assert_eq!(fill(&mut shares, Source::Trunk(0), Class::Ordinary), 512);
        assert!(shares.has_room(Source::Trunk(0), Class::Emergency, Concern::Call));
        assert_eq!(fill(&mut shares, Source::Trunk(1), Class::Ordinary), 512);
        assert_eq!(fill(&mut Shares::new(1_024, 1), Source::Trunk(0), Class::Ordinary), 1_024);
    }

    #[test]
    fn questions_of_a_trunk_leave_its_calls_a_half() {
        let mut shares = Shares::new(1_024, 1);
        let (source, class) = (Source::Trunk(0), Class::Ordinary);
        assert_eq!(fill_with(&mut shares, source, class, Concern::Other), 512);
        assert_eq!(fill(&mut shares, source, class), 512);
        shares.left(source, Concern::Call);
        assert!(!shares.has_room(source, class, Concern::Other));
        shares.left(source, Concern::Other);
        assert!(shares.has_room(source, class, Concern::Other));
    }

    #[test]
    fn strangers_have_a_corner_together_whatever_they_claim_to_be() {
        let mut shares = Shares::new(1_024, 1);
        assert_eq!(fill(&mut shares, stranger(1), Class::Emergency), 16);
        let all: usize =
            (2..30).map(|host| fill(&mut shares, stranger(host), Class::Ordinary)).sum();
        assert_eq!(all, 48);
        assert!(shares.has_room(Source::Trunk(0), Class::Ordinary, Concern::Call));
        assert!(shares.has_room(stranger(1), Class::EmergencyInDialog, Concern::Call));
        shares.left(stranger(1), Concern::Call);
        assert!(shares.has_room(stranger(1), Class::Ordinary, Concern::Call));
        assert!(
            !shares.has_room(stranger(2), Class::Ordinary, Concern::Call),
            "has its own share still"
        );
    }

    #[test]
    fn what_has_left_leaves_nothing_behind() {
        let mut shares = Shares::new(64, 2);
        for source in [Source::Trunk(1), stranger(1)] {
            shares.entered(source, Concern::Other);
            shares.left(source, Concern::Other);
            shares.left(source, Concern::Other);
        }
        assert!(shares.waiting.is_empty());
        assert_eq!(shares.strangers, 0);
    }
}
