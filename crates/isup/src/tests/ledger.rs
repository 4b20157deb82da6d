//! What was told of each call, and whether it makes sense.

use crate::{CallId, Event};
use std::collections::{BTreeMap, BTreeSet};

/// What an end has been told about a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) incoming: bool,
    pub(super) complete: bool,
    pub(super) answered: bool,
    /// Suspended by the user and by the network.
    pub(super) suspended: [bool; 2],
    /// Released by us, or told so.
    pub(super) over: bool,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) calls: BTreeMap<CallId, Known>,
    dead: BTreeSet<CallId>,
}

impl Ledger {
    pub(super) fn begin(&mut self, call: CallId, known: Known) {
        assert!(!self.dead.contains(&call), "{call} lives twice");
        assert!(self.calls.insert(call, known).is_none(), "{call} begins twice");
    }

    pub(super) fn pick(&self, pick: usize, wanted: impl Fn(&Known) -> bool) -> Option<CallId> {
        let calls: Vec<_> = self.calls.iter().filter(|(_, known)| wanted(known)).collect();
        calls.get(pick % calls.len().max(1)).map(|(call, _)| **call)
    }

    fn known(&mut self, call: CallId) -> &mut Known {
        self.calls.get_mut(&call).unwrap_or_else(|| panic!("{call} is not alive"))
    }

    /// Whether the event makes sense after what was told before.
    pub(super) fn check(&mut self, event: &Event) {
        match *event {
            Event::Incoming { call, .. } => {
                self.begin(call, Known { incoming: true, ..Known::default() });
            }
            Event::AddressComplete { call, .. } => {
                let known = self.known(call);
                assert!(!known.incoming && !known.over && !known.complete && !known.answered);
                known.complete = true;
            }
            Event::Progress { call, .. } => {
                let known = self.known(call);
                assert!(known.complete && !known.over && !known.answered);
            }
            Event::Answer { call, .. } => {
                let known = self.known(call);
                assert!(!known.incoming && !known.over && !known.answered);
                known.answered = true;
            }
            Event::Suspended { call, by_network } | Event::Resumed { call, by_network } => {
                let on = matches!(event, Event::Suspended { .. });
                let known = self.known(call);
                assert!(known.answered && !known.over);
                let place = &mut known.suspended[usize::from(by_network)];
                assert_eq!(std::mem::replace(place, on), !on);
            }
            Event::Lost { call } => {
                let known = self.known(call);
                assert!(!known.incoming && !known.complete && !known.answered && !known.over);
                known.over = true;
            }
            Event::Released { call, .. } => {
                assert!(!std::mem::replace(&mut self.known(call).over, true));
            }
            Event::Ended { call } => {
                assert!(self.known(call).over, "{call} ended without a reason");
                self.calls.remove(&call);
                self.dead.insert(call);
            }
            _ => {}
        }
    }
}
