//! No emergency call waits behind an ordinary one above level 2: once the gateway turns to its
//! queue after an emergency INVITE arrived, the IAM of that call leaves before any of a call that
//! is none on the same link (which link it takes is a matter of its circuit).

use isup_codec::{CallingPartysCategory, Iam};
use mtp::LinkId;
use std::collections::{BTreeMap, BTreeSet};

/// An emergency call whose IAM has not left.
#[derive(Clone, Debug, Default)]
struct Waiting {
    /// The gateway has turned to its queue since it arrived.
    served: bool,
    /// By link, the ordinary call whose IAM left since.
    overtaken: BTreeMap<LinkId, Option<usize>>,
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
        link: LinkId,
        call: Option<usize>,
        is_emergency: bool,
        iam: &Iam,
    ) -> Result<(), String> {
        // Somebody whom the plan does not know may call 112 as well.
        let is_equal = call.is_none() && iam.category == CallingPartysCategory::PRIORITY;
        if !is_emergency {
            if is_equal {
                return Ok(());
            }
            for waiting in self.waiting.values_mut().filter(|waiting| waiting.served) {
                waiting.overtaken.entry(link).or_insert(call);
            }
            return Ok(());
        }
        if iam.category != CallingPartysCategory::PRIORITY {
            return Err(format!("emergency call {call:?} has category {:?}", iam.category));
        }
        let Some(call) = call else { return Ok(()) };
        let waiting = self.waiting.get(&call);
        let ahead = waiting.and_then(|waiting| waiting.overtaken.get(&link)).copied();
        self.judged += u64::from(waiting.is_some());
        self.ended(call);
        match ahead {
            None => Ok(()),
            Some(other) => {
                Err(format!("emergency call {call} waited behind ordinary call {other:?}"))
            }
        }
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

    const LINK: LinkId = LinkId(0);

    #[test]
    fn an_ordinary_call_that_went_first_is_seen() {
        let mut priority = Priority::default();
        let ordinary = |priority: &mut Priority, link| {
            priority.iam(link, Some(1), false, &iam(false)).unwrap();
        };
        for call in [7, 8, 9] {
            priority.arrived(call);
            // The gateway has not turned to its queue since.
            ordinary(&mut priority, LINK);
            priority.turn();
            if call != 7 {
                ordinary(&mut priority, LinkId(u16::from(call == 9)));
            }
            let outcome = priority.iam(LINK, Some(call), true, &iam(true));
            assert_eq!(outcome.is_err(), call == 8, "another link is another matter");
        }
        assert_eq!(priority.judged, 3);
        // The same call again, on another circuit, waits for other reasons.
        priority.arrived(7);
        priority.turn();
        ordinary(&mut priority, LINK);
        priority.iam(LINK, Some(7), true, &iam(true)).unwrap();
    }

    #[test]
    fn an_emergency_call_of_a_stranger_is_no_ordinary_call() {
        let mut priority = Priority::default();
        priority.arrived(7);
        priority.turn();
        priority.iam(LINK, None, false, &iam(true)).unwrap();
        priority.iam(LINK, Some(7), true, &iam(true)).unwrap();
        assert_eq!(priority.judged, 1);
    }

    #[test]
    fn calls_that_ended_or_met_a_failed_link_are_not_waited_for() {
        let mut priority = Priority::default();
        for (call, ends) in [(7, true), (8, false)] {
            priority.arrived(call);
            priority.turn();
            priority.iam(LINK, None, false, &iam(false)).unwrap();
            if ends {
                priority.ended(call);
            } else {
                priority.excuse();
            }
            priority.iam(LINK, Some(call), true, &iam(true)).unwrap();
        }
        assert!(priority.iam(LINK, Some(9), true, &iam(false)).is_err(), "a wrong category");
        assert_eq!(priority.judged, 0);
    }
}
