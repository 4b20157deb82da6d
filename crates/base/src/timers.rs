use crate::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet};

/// Running timers by name. A name runs at most once: setting it again moves it. Equal deadlines
/// expire in the order of their names.
#[derive(Clone, Debug)]
pub struct TimerTable<K> {
    deadlines: BTreeMap<K, Instant>,
    order: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Copy> Default for TimerTable<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Copy> TimerTable<K> {
    /// No timer runs.
    pub const fn new() -> Self {
        Self { deadlines: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// Starts `timer`, or starts it again, to expire `after` from `now`.
    pub fn set(&mut self, now: Instant, timer: K, after: Duration) {
        self.set_at(timer, now + after);
    }

    /// Starts `timer`, or starts it again, to expire at `deadline`.
    pub fn set_at(&mut self, timer: K, deadline: Instant) {
        self.stop(timer);
        self.deadlines.insert(timer, deadline);
        self.order.insert((deadline, timer));
    }

    /// Stops `timer`; says whether it ran.
    pub fn stop(&mut self, timer: K) -> bool {
        let Some(deadline) = self.deadlines.remove(&timer) else {
            return false;
        };
        self.order.remove(&(deadline, timer))
    }

    /// Whether `timer` runs.
    pub fn is_running(&self, timer: K) -> bool {
        self.deadlines.contains_key(&timer)
    }

    /// When `timer` expires, if it runs.
    pub fn deadline(&self, timer: K) -> Option<Instant> {
        self.deadlines.get(&timer).copied()
    }

    /// The next deadline and its name.
    pub fn next(&self) -> Option<(Instant, K)> {
        self.order.first().copied()
    }

    /// Takes the next timer that has expired by `now`.
    pub fn pop_expired(&mut self, now: Instant) -> Option<K> {
        let (deadline, timer) = self.order.first().copied()?;
        if deadline > now {
            return None;
        }
        self.order.remove(&(deadline, timer));
        self.deadlines.remove(&timer);
        Some(timer)
    }

    /// How many timers run.
    pub fn len(&self) -> usize {
        self.deadlines.len()
    }

    /// Whether no timer runs.
    pub fn is_empty(&self) -> bool {
        self.deadlines.is_empty()
    }

    /// The running timers in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (K, Instant)> {
        self.deadlines.iter().map(|(timer, deadline)| (*timer, *deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the plainest model: a map searched from end to end.
        #[test]
        fn agrees_with_a_map(steps in proptest::collection::vec((0u8..6, 0u64..50, 0u8..4), 0..200)) {
            let (mut table, mut model) = (TimerTable::new(), BTreeMap::new());
            let mut now = Instant::ZERO;
            for (timer, amount, step) in steps {
                match step {
                    0 => now += Duration::from_nanos(amount),
                    1 => {
                        table.set(now, timer, Duration::from_nanos(amount));
                        model.insert(timer, now + Duration::from_nanos(amount));
                    }
                    2 => prop_assert_eq!(table.stop(timer), model.remove(&timer).is_some()),
                    _ => {
                        let due = model.iter().map(|(k, d)| (*d, *k)).min().filter(|(d, _)| *d <= now);
                        prop_assert_eq!(table.pop_expired(now), due.map(|(_, k)| k));
                        due.map(|(_, k)| model.remove(&k));
                    }
                }
                prop_assert_eq!(table.next(), model.iter().map(|(k, d)| (*d, *k)).min());
                prop_assert_eq!(table.len(), model.len());
            }
        }
    }
}
