//! Counting calls by class and trunks.

use crate::legs::Record;
use crate::{CallCounts, Gateway, Relation};
use call::{CallId, Cdr, Release, Setup};
use routing::{Exit, TrunkRef};

/// The final status of the INVITE: of the caller's where the call came by SIP, or else of ours.
pub(crate) fn final_status(cdr: &Cdr, record: Option<&Record>) -> Option<u16> {
    let is_sip = |trunk| matches!(trunk, TrunkRef::Sip(_));
    if cdr.answered.is_some() {
        return (is_sip(cdr.ingress) || cdr.egress.is_some_and(is_sip)).then_some(200);
    }
    if !is_sip(cdr.ingress) {
        return cdr.sip_status;
    }
    match record {
        // RFC 3261 §15.1.2, §9.2: a caller that has left hears 487.
        Some(record) => record.refused.or(Some(487)),
        None => {
            let release = Release { status: cdr.sip_status, ..Release::new(cdr.cause) };
            Some(interworking::causes::status_for_release(&release).0)
        }
    }
}

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
