use crate::{Release, Retry};
use base::{Cause, Class};
use routing::{Decision, Exit, Number, Router, TrunkRef};
use std::sync::Arc;

/// The way through the exits of a call, and for an emergency call through the other numbers of its
/// answering point.
#[derive(Clone, Debug)]
pub(crate) struct Hunt {
    exits: Arc<[Exit]>,
    position: usize,
    alternates: Arc<[Number]>,
    next_alternate: usize,
}

/// These say that the answering point cannot take the call at this number, by whatever exit. Every
/// other failure may be the way's, and is never the answer while there is another exit.
const EMERGENCY_NEXT_NUMBER: [Cause; 9] = [
    Cause::UNALLOCATED,
    Cause::USER_BUSY,
    Cause::NO_USER_RESPONDING,
    Cause::NO_ANSWER,
    Cause::SUBSCRIBER_ABSENT,
    Cause::CALL_REJECTED,
    Cause::NUMBER_CHANGED,
    Cause::INVALID_NUMBER_FORMAT,
    Cause::NORMAL_UNSPECIFIED,
];

impl Hunt {
    pub(crate) fn new(decision: &Decision) -> Self {
        Self {
            exits: Arc::clone(&decision.exits),
            position: 0,
            alternates: Arc::clone(&decision.alternates),
            next_alternate: 0,
        }
    }

    /// The exit to try now.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exits.get(self.position).copied()
    }

    /// Whether there is an exit, or for an emergency call a number, after this one.
    pub(crate) fn has_others(&self, class: Class) -> bool {
        self.position + 1 < self.exits.len()
            || class.is_emergency() && self.next_alternate < self.alternates.len()
    }

    /// Moves on after a failed attempt; gives the number to call where it changed. `None`: the
    /// failure is the answer.
    pub(crate) fn advance(
        &mut self,
        release: &Release,
        class: Class,
        router: &Router,
        ingress: TrunkRef,
    ) -> Option<Step> {
        if release.retry == Retry::SameExit {
            return Some(Step::SameNumber);
        }
        let emergency = class.is_emergency();
        let next_exit = release.retry == Retry::NextExit
            || emergency && !EMERGENCY_NEXT_NUMBER.contains(&release.cause);
        if next_exit && self.position + 1 < self.exits.len() {
            self.position += 1;
            return Some(Step::SameNumber);
        }
        emergency.then(|| self.next_number(router, ingress).map(Step::OtherNumber)).flatten()
    }

    fn next_number(&mut self, router: &Router, ingress: TrunkRef) -> Option<Number> {
        while let Some(number) = self.alternates.get(self.next_alternate) {
            self.next_alternate += 1;
            if let Some(exits) = router.route_alternate(number, ingress) {
                (self.exits, self.position) = (exits, 0);
                return Some(*number);
            }
        }
        None
    }
}

/// What the next attempt calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    SameNumber,
    OtherNumber(Number),
}
