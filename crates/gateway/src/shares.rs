//! Who may fill how much of the queue between the network and the cores.
//!
//! A trunk that floods us is shed before it takes the place of its neighbours, and an address that
//! belongs to no trunk can never fill more than a corner. What an emergency call needs is bounded
//! by its class alone: no share of a trunk keeps it out.

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

/// How many messages of each source wait, and how many may.
#[derive(Debug)]
pub(crate) struct Shares {
    waiting: BTreeMap<Source, usize>,
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
    pub(crate) fn has_room(&self, source: Source, class: Class) -> bool {
        let waiting = self.waiting.get(&source).copied().unwrap_or(0);
        match source {
            Source::Trunk(_) => class.is_emergency() || waiting < self.trunk_limit,
            // Whoever knows the tags of a dialog is no stranger to it.
            Source::Stranger(_) if in_dialog(class) => waiting < self.trunk_limit,
            Source::Stranger(_) => {
                waiting < self.stranger_limit && self.strangers < self.strangers_limit
            }
        }
    }

    pub(crate) fn entered(&mut self, source: Source) {
        *self.waiting.entry(source).or_default() += 1;
        self.strangers += usize::from(matches!(source, Source::Stranger(_)));
    }

    pub(crate) fn left(&mut self, source: Source) {
        if let Some(waiting) = self.waiting.get_mut(&source) {
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 {
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
        let mut taken = 0;
        while taken < 10_000 && shares.has_room(source, class) {
            shares.entered(source);
            taken += 1;
        }
        taken
    }

    #[test]
    fn a_trunk_leaves_its_neighbours_their_half_but_an_emergency_call_is_no_flood() {
        let mut shares = Shares::new(1_024, 2);
        assert_eq!(fill(&mut shares, Source::Trunk(0), Class::Ordinary), 512);
        assert!(shares.has_room(Source::Trunk(0), Class::Emergency));
        assert_eq!(fill(&mut shares, Source::Trunk(1), Class::Ordinary), 512);
        assert_eq!(fill(&mut Shares::new(1_024, 1), Source::Trunk(0), Class::Ordinary), 1_024);
    }

    #[test]
    fn strangers_have_a_corner_together_whatever_they_claim_to_be() {
        let mut shares = Shares::new(1_024, 1);
        assert_eq!(fill(&mut shares, stranger(1), Class::Emergency), 16);
        let all: usize =
            (2..30).map(|host| fill(&mut shares, stranger(host), Class::Ordinary)).sum();
        assert_eq!(all, 48);
        assert!(shares.has_room(Source::Trunk(0), Class::Ordinary));
        assert!(shares.has_room(stranger(1), Class::EmergencyInDialog));
        shares.left(stranger(1));
        assert!(shares.has_room(stranger(1), Class::Ordinary));
        assert!(!shares.has_room(stranger(2), Class::Ordinary), "has its own share still");
    }

    #[test]
    fn what_has_left_leaves_nothing_behind() {
        let mut shares = Shares::new(64, 2);
        for source in [Source::Trunk(1), stranger(1)] {
            shares.entered(source);
            shares.left(source);
            shares.left(source);
        }
        assert!(shares.waiting.is_empty());
        assert_eq!(shares.strangers, 0);
    }
}
