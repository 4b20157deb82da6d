//! Which session a tag and a Call-ID belong to.

use crate::SessionId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Sessions by our tag. Those that we make differ; those that callers bring in an emergency
/// (RFC 3261 §12.2.2) may be the same in many calls, and Call-IDs tell these apart (§12).
#[derive(Debug, Default)]
pub(crate) struct Tags {
    first: BTreeMap<String, (String, SessionId)>,
    /// Further calls of a tag that is in `first`, or was.
    others: BTreeMap<String, BTreeMap<String, SessionId>>,
}

impl Tags {
    pub(crate) fn get(&self, tag: &str, call_id: &str) -> Option<SessionId> {
        match self.first.get(tag) {
            Some((own, session)) if own == call_id => Some(*session),
            _ if self.others.is_empty() => None,
            _ => self.others.get(tag)?.get(call_id).copied(),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.others.is_empty()
    }

    pub(crate) fn insert(&mut self, tag: String, call_id: String, session: SessionId) {
        match self.first.entry(tag) {
            Entry::Vacant(free) => {
                free.insert((call_id, session));
            }
            Entry::Occupied(taken) => {
                self.others.entry(taken.key().clone()).or_default().insert(call_id, session);
            }
        }
    }

    pub(crate) fn remove(&mut self, tag: &str, session: SessionId, call_id: &str) {
        if self.first.get(tag).is_some_and(|(_, first)| *first == session) {
            self.first.remove(tag);
        } else if let Some(others) = self.others.get_mut(tag)
            && others.get(call_id) == Some(&session)
        {
            others.remove(call_id);
            if others.is_empty() {
                self.others.remove(tag);
            }
        }
    }
}
