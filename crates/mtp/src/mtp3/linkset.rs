//! A link set: which of its links carries which part of the traffic (Q.704 §3.3, §4), and which
//! part is held back while it moves from one link to another (§5, §6).

use super::management::Heading;
use super::queue::{Limits, Queue};
use crate::Sls;
use base::Instant;
use std::collections::BTreeMap;

/// Values of the signalling link selection.
pub(crate) const SELECTIONS: u8 = 16;

/// Why the traffic of one link selection is held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is not.
    #[default]
    None,
    /// Its link failed, and what arrived on it is being asked (§5).
    Changeover(usize),
    /// Its link was inhibited, and what went over it may still arrive (§10.2.2).
    Inhibition(usize),
    /// A better link came back, and the last messages on the present one are awaited (§6).
    Changeback(Changeback),
}

/// Whether a link is kept from traffic (§10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inhibition {
    /// We want it so.
    pub(crate) here: bool,
    /// The peer wants it so.
    pub(crate) there: bool,
    /// What the peer has been asked.
    pub(crate) asked: Option<Asked>,
}

impl Inhibition {
    pub(crate) const fn is_on(self) -> bool {
        self.here || self.there
    }
}

/// LIN, LUN or LFU, unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) what: Heading,
    /// For the second time.
    pub(crate) again: bool,
}

/// What the loss of a link means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It was not in service.
    Nothing,
    /// Others carry on; what it carried is held back.
    Changeover,
    /// It was the last.
    All,
}

/// The traffic of one link selection.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    /// The link that carries it, or carried it before it was held back.
    current: Option<usize>,
    hold: Hold,
}

/// Traffic on its way back to a better link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changeback {
    /// The link that carried it so far, and the declaration.
    pub(crate) from: usize,
    /// The link that came into service.
    pub(crate) to: usize,
    pub(crate) code: u8,
}

impl LinkSetStats {
    /// The counters by their names.
    pub fn named(&self) -> [(&'static str, u64); 3] {
        [
            ("failures", self.failures),
            ("changeovers", self.changeovers),
            ("changebacks", self.changebacks),
        ]
    }
}

/// The links to one neighbour. Links are known by their index in the signalling point.
#[derive(Debug)]
pub(crate) struct LinkSet {
    /// In the order of their codes.
    links: Vec<usize>,
    /// Those in service and not inhibited.
    available: Vec<usize>,
    inhibitions: BTreeMap<usize, Inhibition>,
    flows: [Flow; SELECTIONS as usize],
    /// What waits for its flow to move on.
    pub(crate) held: Queue,
    /// Tells one changeback from the next.
    code: u8,
    /// Since when any of its links is in service, or none is.
    pub(crate) since: Instant,
    pub(crate) stats: LinkSetStats,
}

/// Counters of a link set; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkSetStats {
    /// Times that its last link failed.
    pub failures: u64,
    /// Changeovers begun.
    pub changeovers: u64,
    /// Changebacks begun.
    pub changebacks: u64,
}

impl LinkSet {
    pub(crate) fn new(links: Vec<usize>, limits: Limits, now: Instant) -> Self {
        Self {
            since: now,
            stats: LinkSetStats::default(),
            links,
            available: Vec::new(),
            inhibitions: BTreeMap::new(),
            flows: Default::default(),
            held: Queue::new(limits),
            code: 0,
        }
    }

    pub(crate) fn links(&self) -> &[usize] {
        &self.links
    }

    /// How many of its links are in service.
    pub(crate) fn in_service(&self) -> usize {
        self.available.len()
    }

    pub(crate) fn is_available(&self) -> bool {
        !self.available.is_empty()
    }

    /// Whether the link carries traffic.
    pub(crate) fn carries(&self, link: usize) -> bool {
        self.available.contains(&link)
    }

    pub(crate) fn inhibition(&self, link: usize) -> Inhibition {
        self.inhibitions.get(&link).copied().unwrap_or_default()
    }

    pub(crate) fn inhibition_mut(&mut self, link: usize) -> &mut Inhibition {
        self.inhibitions.entry(link).or_default()
    }

    /// Takes the traffic from a link that stays in service; whether there was any, which is held
    /// back then. It is not to be the last one.
    pub(crate) fn bar(&mut self, link: usize) -> bool {
        if !self.carries(link) || self.available.len() < 2 {
            return false;
        }
        self.available.retain(|other| *other != link);
        for flow in &mut self.flows {
            if flow.current == Some(link) && !matches!(flow.hold, Hold::Changeover(_)) {
                flow.hold = Hold::Inhibition(link);
            }
        }
        true
    }

    /// A link over which a message of MTP3's own may go.
    pub(crate) fn any(&self) -> Option<usize> {
        self.available.first().copied()
    }

    /// The link that carries `sls`, or why it is held back. `None`: no link is in service.
    pub(crate) fn way(&self, sls: Sls) -> Option<(usize, Hold)> {
        let flow = self.flows.get(usize::from(sls.0 % SELECTIONS))?;
        flow.current.map(|link| (link, flow.hold))
    }

    /// The best link for `sls`: the first in service of an order that differs from one selection
    /// to the next and does not depend on what is in service, so that the failure of one link
    /// moves no other link's traffic, and spreads its own.
    fn best(&self, sls: u8) -> Option<usize> {
        let count = self.links.len();
        let first = usize::from(sls) % count.max(1);
        let rest = count.saturating_sub(1).max(1);
        let turn = usize::from(sls) / count.max(1);
        let others = (0..count.saturating_sub(1)).map(|n| (first + 1 + (n + turn) % rest) % count);
        std::iter::once(first)
            .chain(others)
            .filter_map(|at| self.links.get(at).copied())
            .find(|link| self.available.contains(link))
    }

    /// A link came into service: the traffic that belongs on it is held back until the links that
    /// carry it have answered the declarations given (Q.704 §6.3).
    pub(crate) fn gained(&mut self, now: Instant, link: usize) -> Vec<Changeback> {
        if self.available.contains(&link) {
            return Vec::new();
        }
        let was_empty = self.available.is_empty();
        self.available.push(link);
        self.available.sort_by_key(|link| self.links.iter().position(|other| other == link));
        if was_empty {
            self.since = now;
            self.flows = [Flow { current: Some(link), hold: Hold::None }; SELECTIONS as usize];
            return Vec::new();
        }
        let mut begun: Vec<Changeback> = Vec::new();
        for sls in 0..SELECTIONS {
            // What is held already finds the best link when it is let go.
            let belongs = self.best(sls) == Some(link);
            let settled = self.flow(sls).filter(|flow| belongs && flow.hold == Hold::None);
            let Some(from) = settled.and_then(|flow| flow.current) else {
                continue;
            };
            let known = begun.iter().find(|changeback| changeback.from == from).copied();
            let changeback = known.unwrap_or_else(|| {
                self.code = self.code.wrapping_add(1);
                Changeback { from, to: link, code: self.code }
            });
            if known.is_none() {
                begun.push(changeback);
            }
            self.set_flow(sls, from, Hold::Changeback(changeback));
        }
        self.stats.changebacks += begun.len() as u64;
        begun
    }

    /// A link went out of service.
    pub(crate) fn lost(&mut self, now: Instant, link: usize) -> Loss {
        if !self.available.contains(&link) {
            return self.lost_inhibited(link);
        }
        self.available.retain(|other| *other != link);
        if self.available.is_empty() {
            self.flows = Default::default();
            self.since = now;
            self.stats.failures += 1;
            return Loss::All;
        }
        self.stats.changeovers += 1;
        for flow in &mut self.flows {
            if flow.current == Some(link) && !matches!(flow.hold, Hold::Changeover(_)) {
                flow.hold = Hold::Changeover(link);
            }
        }
        Loss::Changeover
    }

    /// A link went that carried no traffic, but for what was under way when it was inhibited.
    fn lost_inhibited(&mut self, link: usize) -> Loss {
        let mut loss = Loss::Nothing;
        for flow in &mut self.flows {
            if flow.hold == Hold::Inhibition(link) {
                (flow.hold, loss) = (Hold::Changeover(link), Loss::Changeover);
            }
        }
        loss
    }

    /// The links whose changeover is under way.
    pub(crate) fn changeovers(&self) -> Vec<usize> {
        let mut links = Vec::new();
        for flow in &self.flows {
            if let Hold::Changeover(link) = flow.hold
                && !links.contains(&link)
            {
                links.push(link);
            }
        }
        links
    }

    /// The changebacks under way from this link.
    pub(crate) fn changebacks(&self, from: usize) -> Vec<Changeback> {
        let mut found = Vec::new();
        for flow in &self.flows {
            if let Hold::Changeback(changeback) = flow.hold
                && changeback.from == from
                && !found.contains(&changeback)
            {
                found.push(changeback);
            }
        }
        found
    }

    /// Lets the traffic go that is held back for a reason which is `over`: it moves to its best
    /// link. Gives its link selections, one bit each.
    pub(crate) fn let_go(&mut self, over: impl Fn(Hold) -> bool) -> Selections {
        let mut gone = Selections::default();
        for sls in 0..SELECTIONS {
            let held = self.flow(sls).is_some_and(|flow| over(flow.hold));
            if held && let Some(best) = self.best(sls) {
                self.set_flow(sls, best, Hold::None);
                gone.insert(sls);
            }
        }
        gone
    }

    fn flow(&self, sls: u8) -> Option<Flow> {
        self.flows.get(usize::from(sls)).copied()
    }

    fn set_flow(&mut self, sls: u8, link: usize, hold: Hold) {
        if let Some(flow) = self.flows.get_mut(usize::from(sls)) {
            *flow = Flow { current: Some(link), hold };
        }
    }
}

/// A set of link selections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selections(u16);

impl Selections {
    fn insert(&mut self, sls: u8) {
        self.0 |= 1 << (sls % SELECTIONS);
    }

    pub(crate) fn contains(self, sls: Sls) -> bool {
        self.0 & 1 << (sls.0 % SELECTIONS) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(count: usize) -> LinkSet {
        let limits = Limits { places: 8, reserve: 1, leading: 2 };
        LinkSet::new((0..count).collect(), limits, Instant::ZERO)
    }

    fn up(count: usize) -> LinkSet {
        let mut set = set(count);
        for link in 0..count {
            for changeback in set.gained(Instant::ZERO, link) {
                set.let_go(|hold| hold == Hold::Changeback(changeback));
            }
        }
        set
    }

    fn ways(set: &LinkSet) -> Vec<usize> {
        (0..SELECTIONS).filter_map(|sls| set.way(Sls(sls)).map(|(link, _)| link)).collect()
    }

    #[test]
    fn q704_4_2_traffic_is_shared_evenly() {
        for count in [1, 2, 4, 8, 16] {
            let ways = ways(&up(count));
            for link in 0..count {
                assert_eq!(ways.iter().filter(|way| **way == link).count(), 16 / count);
            }
        }
    }

    #[test]
    fn q704_5_a_failure_moves_the_traffic_of_that_link_only_and_spreads_it() {
        let mut set = up(4);
        let before = ways(&set);
        assert_eq!(set.lost(Instant::ZERO, 1), Loss::Changeover);
        assert_eq!(set.changeovers(), [1]);
        let moved = set.let_go(|hold| hold == Hold::Changeover(1));
        let after = ways(&set);
        for (sls, (before, after)) in before.iter().zip(&after).enumerate() {
            assert_eq!(moved.contains(Sls(sls as u8)), *before == 1);
            assert_eq!(before != after, *before == 1);
        }
        for link in [0, 2, 3] {
            let share = after.iter().filter(|way| **way == link).count();
            assert!((5..=6).contains(&share), "link {link} carries {share} of 16");
        }
        let back = set.gained(Instant::ZERO, 1);
        assert_eq!(back.len(), 3, "one declaration for each link that carries a part");
        for changeback in back {
            set.let_go(|hold| hold == Hold::Changeback(changeback));
        }
        assert_eq!(ways(&set), before);
    }

    #[test]
    fn a_link_lost_while_it_gives_traffic_back_is_changed_over() {
        let mut set = up(2);
        set.lost(Instant::ZERO, 1);
        set.let_go(|hold| hold == Hold::Changeover(1));
        let back = set.gained(Instant::ZERO, 1);
        assert_eq!(back.len(), 1);
        assert_eq!(set.changebacks(0), back);
        assert_eq!(set.lost(Instant::ZERO, 0), Loss::Changeover);
        assert_eq!(set.changebacks(0), []);
        assert_eq!(set.changeovers(), [0]);
        set.let_go(|hold| hold == Hold::Changeover(0));
        assert_eq!(ways(&set), [1; 16]);
        assert_eq!(set.lost(Instant::ZERO, 1), Loss::All);
        assert_eq!(set.way(Sls(0)), None);
        assert_eq!(set.lost(Instant::ZERO, 1), Loss::Nothing);
    }
}
