//! Counting calls by class and trunks.

use crate::{CallCounts, Gateway, Relation};
use call::{CallId, Cdr, Setup};
use routing::Exit;

impl Gateway {
    /// The first attempt of a call.
    pub(crate) fn count_started(&mut self, setup: &Setup, exit: Exit) {
        let relation = Relation { class: setup.class, ingress: setup.ingress, egress: Some(exit) };
        self.counts(relation).started += 1;
    }

    /// The caller learns that the call is answered.
    pub(crate) fn count_answered(&mut self, call: CallId) {
        if let Some(view) = self.calls.get(call) {
            let (class, ingress, egress) = (view.class, view.ingress, view.egress);
            self.counts(Relation { class, ingress, egress }).answered += 1;
        }
    }

    /// A call is over.
    pub(crate) fn count_ended(&mut self, cdr: &Cdr) {
        let relation = Relation { class: cdr.class, ingress: cdr.ingress, egress: cdr.egress };
        let counts = self.counts(relation);
        if cdr.attempts == 0 {
            counts.started += 1;
        }
        if cdr.answered.is_none() {
            *counts.failed.entry(cdr.cause.0).or_default() += 1;
        }
    }

    fn counts(&mut self, relation: Relation) -> &mut CallCounts {
        self.stats.calls.entry(relation).or_default()
    }
}
