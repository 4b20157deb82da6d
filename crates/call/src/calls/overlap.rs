//! Digits that come after the first attempt has begun.

use super::{Calls, Phase};
use crate::CallId;
use routing::{Number, Query};

impl Calls {
    /// The caller has dialled on: the number is this one now. Says whether the attempt that is
    /// under way can take the digits: not when the longer number leads elsewhere, or turns out to
    /// be one that is urgent.
    pub fn dials_on(&mut self, id: CallId, called: Number) -> bool {
        let Some(call) = self.table.get_mut(id.0) else { return false };
        let query = Query {
            ingress: call.setup.ingress,
            called: &called,
            class: call.setup.class,
            location: None,
            explain: false,
        };
        let Ok(decision) = self.router.route(&query) else { return false };
        let same_way = call.egress.is_some_and(|exit| decision.exits.contains(&exit));
        let same_class = decision.class == call.setup.class;
        if !matches!(call.phase, Phase::Attempting(_)) || !same_way || !same_class {
            return false;
        }
        (call.setup.called, call.translated) = (called, decision.called);
        true
    }
}
