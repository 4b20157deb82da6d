use base::Instant;
use std::collections::BTreeMap;

/// What is to happen, in order of time, and in order of planning where times are equal.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    entries: BTreeMap<(Instant, u64), E>,
    planned: u64,
}

impl<E> Agenda<E> {
    pub(crate) const fn new() -> Self {
        Self { entries: BTreeMap::new(), planned: 0 }
    }

    pub(crate) fn plan(&mut self, at: Instant, event: E) {
        self.entries.insert((at, self.planned), event);
        self.planned += 1;
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<E> {
        self.entries.pop_first().map(|(_, event)| event)
    }
}
