//! A callee that wants another set of extensions than our INVITE names: 420 and 421 (RFC 3261
//! §8.1.3.5, §21.4.15, §21.4.16). The INVITE goes once more, without what the callee does not know,
//! or with what it requires. No extension is turned over twice, so this ends.

use crate::precondition;
use crate::reliable::TAG;
use crate::{Reliability, SessionId, Sip};
use base::Instant;
use sip_parser::{Message, Name};

/// Known in responses to INVITE only (RFC 6228 §4).
const GONE: &str = "199";

/// The extensions that our INVITE may name.
const OURS: [&str; 5] =
    [TAG, precondition::OPTION, "resource-priority", crate::refresh::OPTION, GONE];

/// What the callee wants otherwise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    /// It requires these (421).
    required: Vec<&'static str>,
    /// It does not know these (420).
    left_out: Vec<&'static str>,
}

impl Extensions {
    /// What Supported says. That we know preconditions is said where they are wanted only: who says
    /// so may be asked for them (RFC 4032 §2), and we offer none by ourselves.
    pub(crate) fn supported(&self, policy: Reliability) -> String {
        let by_policy = |tag: &str| match tag {
            TAG => policy != Reliability::Off,
            precondition::OPTION => false,
            _ => true,
        };
        let named = OURS.iter().filter(|tag| {
            self.required.contains(tag) || by_policy(tag) && !self.left_out.contains(tag)
        });
        named.copied().collect::<Vec<_>>().join(", ")
    }

    /// What Require says; none where nothing is required.
    pub(crate) fn require(&self, by_policy: bool) -> Option<String> {
        let reliable = by_policy && !self.leaves_out(TAG) && !self.required.contains(&TAG);
        let all = reliable.then_some(TAG).into_iter().chain(self.required.iter().copied());
        let all = all.collect::<Vec<_>>();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// Whether the callee does not know an extension.
    pub(crate) fn leaves_out(&self, tag: &str) -> bool {
        self.left_out.contains(&tag)
    }

    /// Takes a 420 or 421; none where nothing can be changed for it.
    fn revised(&self, refusal: &Message) -> Option<Self> {
        let extra = refusal.status() == Some(421);
        let list = if extra { Name::Require } else { Name::Unsupported };
        let mut next = self.clone();
        for named in refusal.values(list) {
            let ours = OURS.iter().find(|tag| tag.eq_ignore_ascii_case(named));
            let is_new = |tag: &&&str| !self.required.contains(tag) && !self.left_out.contains(tag);
            match ours.filter(is_new) {
                Some(tag) if extra => next.required.push(tag),
                Some(tag) => next.left_out.push(tag),
                // What we do not know, or have turned over before, is not to be had.
                None if extra => return None,
                None => {}
            }
        }
        // A 420 that does not say what it means can only mean what was required.
        if !extra && refusal.values(list).next().is_none() && !self.leaves_out(TAG) {
            next.left_out.push(TAG);
        }
        let changed = |a: &[&str], b: &[&str]| a.len() != b.len();
        let any =
            changed(&next.required, &self.required) || changed(&next.left_out, &self.left_out);
        any.then_some(next)
    }
}

impl Sip {
    /// Sends our first INVITE once more with the extensions that a 420 or 421 asks for; false where
    /// the refusal stands.
    pub(crate) fn call_otherwise(
        &mut self,
        now: Instant,
        session: SessionId,
        refusal: &Message,
    ) -> bool {
        let class = self.class(session);
        let Some(way) = self.sessions.get(session.0).and_then(|record| record.way()) else {
            return false;
        };
        let Some(next) = way.extensions.revised(refusal) else {
            return false;
        };
        // What the trunk is to do without is not done, but no emergency call is lost for that.
        let forbidden = way.early.reliability == Reliability::Off && next.required.contains(&TAG);
        if forbidden && !class.is_emergency() {
            return false;
        }
        tracing::info!(%session, status = refusal.status(), ?next, "called again");
        self.wire.stats.extensions_revised += 1;
        self.call_again(now, session, |way, proposal| {
            if next.required.contains(&precondition::OPTION) {
                precondition::offer(&mut proposal.ours);
            }
            way.extensions = next;
        })
    }
}
