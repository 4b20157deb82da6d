//! No emergency call waits behind an ordinary one above level 2: once the gateway turns to its
//! queue after an emergency INVITE arrived, the IAM of that call leaves before any of a call that
//! is none.

use isup_codec::{CallingPartysCategory, Iam};
use std::collections::{BTreeMap, BTreeSet};

/// An emergency call whose IAM has not left.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    /// The gateway has turned to its queue since it arrived.
    served: bool,
}

/// Emergency calls on their way through the gateway, by number in the plan.
#[derive(Debug, Default)]
pub(crate) struct Priority {
    waiting: BTreeMap<usize, Waiting>,
    /// Those that have had their turn.
    done: BTreeSet<usize>,
    /// How many IAMs of emergency calls were judged.
    pub(crate) judged: u64,
}

impl Priority {
    /// The INVITE of an emergency call was given to the gateway.
    pub(crate) fn arrived(&mut self, call: usize) {
        if !self.done.contains(&call) {
            self.waiting.entry(call).or_default();
        }
    }

    /// The gateway turns to its queue.
    pub(crate) fn turn(&mut self) {
        for waiting in self.waiting.values_mut() {
            waiting.served = true;
        }
    }

    /// The call ended, or was refused.
    pub(crate) fn ended(&mut self, call: usize) {
        self.waiting.remove(&call);
        self.done.insert(call);
    }

    /// The links do not carry everything: messages wait for other reasons, or get lost.
    pub(crate) fn excuse(&mut self) {
        self.done.extend(self.waiting.keys());
        self.waiting.clear();
    }

    /// An IAM went to the line. `call`: its number in the plan, where it has one.
    pub(crate) fn iam(
        &mut self,
        call: Option<usize>,
        is_emergency: bool,
        iam: &Iam,
    ) -> Result<(), String> {
        if is_emergency {
            if iam.category != CallingPartysCategory::PRIORITY {
                return Err(format!("emergency call {call:?} has category {:?}", iam.category));
            }
            if let Some(call) = call {
                self.judged += u64::from(self.waiting.contains_key(&call));
                self.ended(call);
            }
            return Ok(());
        }
        let behind = self.waiting.iter().find(|(_, waiting)| waiting.served);
        behind.map_or(Ok(()), |(emergency, _)| {
            Err(format!("emergency call {emergency} waits behind ordinary call {call:?}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use isup_codec::{CalledPartyNumber, Digits, NatureOfAddress};

    fn iam(emergency: bool) -> Iam {
        let digits: Digits = "199009400".parse().unwrap();
        let category = if emergency {
            CallingPartysCategory::PRIORITY
        } else {
            CallingPartysCategory::ORDINARY
        };
        Iam::new(CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits), category)
    }

    #[test]
    fn an_ordinary_call_that_goes_first_is_seen() {
        let mut priority = Priority::default();
        priority.arrived(7);
        // The gateway has not turned to its queue since.
        priority.iam(Some(1), false, &iam(false)).unwrap();
        priority.turn();
        assert!(priority.iam(Some(2), false, &iam(false)).is_err());
        priority.iam(Some(7), true, &iam(true)).unwrap();
        priority.iam(Some(2), false, &iam(false)).unwrap();
        assert_eq!(priority.judged, 1);
        // The same call again, on another circuit, waits for other reasons.
        priority.arrived(7);
        priority.turn();
        priority.iam(Some(3), false, &iam(false)).unwrap();
    }

    #[test]
    fn calls_that_ended_or_met_a_failed_link_are_not_waited_for() {
        let mut priority = Priority::default();
        priority.arrived(7);
        priority.arrived(8);
        priority.turn();
        priority.ended(7);
        assert!(priority.iam(None, false, &iam(false)).is_err());
        priority.excuse();
        priority.iam(None, false, &iam(false)).unwrap();
        assert!(priority.iam(Some(9), true, &iam(false)).is_err(), "a wrong category");
    }
}
