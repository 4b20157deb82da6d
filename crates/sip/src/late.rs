//! PRACKs that come when the INVITE has its final response already. Where it was refused the dialog
//! is gone with its session, and still the server must be prepared for those of responses that
//! nobody had acknowledged (RFC 3262 §3).

use crate::reliable::rack;
use crate::requests::{Inbound, NOT_ACCEPTABLE, OK};
use crate::session::{Exchange, Phase, Settlement};
use crate::{Event, SessionId, Sip};
use base::{Duration, Instant};
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Method};
use std::collections::{BTreeMap, VecDeque};

/// How many are remembered at once; beyond that the oldest is forgotten, and its PRACK hears 481.
const REMEMBERED: usize = 1_024;

/// A reliable response whose INVITE was refused before its PRACK came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpracked {
    pub(crate) call_id: String,
    /// The peer's tag.
    pub(crate) remote_tag: String,
    pub(crate) rseq: u32,
    /// The number of the INVITE.
    pub(crate) cseq: u32,
}

impl Unpracked {
    fn is_meant_by(&self, prack: &Message) -> bool {
        self.call_id == prack.call_id()
            && prack.from().tag() == Some(self.remote_tag.as_str())
            && rack(prack).is_some_and(|rack| (rack.rseq, rack.cseq) == (self.rseq, self.cseq))
    }
}

/// Those that may still come.
#[derive(Debug, Default)]
pub(crate) struct LatePracks {
    /// By our tag.
    by_tag: BTreeMap<String, Unpracked>,
    /// In the order in which they are forgotten.
    until: VecDeque<(Instant, String)>,
}

impl LatePracks {
    fn remember(&mut self, now: Instant, patience: Duration, tag: String, unpracked: Unpracked) {
        self.forget(now);
        if self.until.len() >= REMEMBERED
            && let Some((_, oldest)) = self.until.pop_front()
        {
            self.by_tag.remove(&oldest);
        }
        self.until.push_back((now + patience, tag.clone()));
        self.by_tag.insert(tag, unpracked);
    }

    fn forget(&mut self, now: Instant) {
        while let Some((until, tag)) = self.until.front()
            && *until <= now
        {
            self.by_tag.remove(tag);
            self.until.pop_front();
        }
    }

    /// Whether a PRACK acknowledges one; that one is acknowledged then.
    fn take(&mut self, now: Instant, prack: &Message) -> bool {
        self.forget(now);
        let tag = prack.to().tag().unwrap_or_default();
        let is_meant = self.by_tag.get(tag).is_some_and(|one| one.is_meant_by(prack));
        if is_meant {
            self.by_tag.remove(tag);
        }
        is_meant
    }
}

impl Sip {
    /// Remembers what a refused INVITE leaves to be acknowledged.
    pub(crate) fn leave_unpracked(&mut self, now: Instant, tag: String, unpracked: Unpracked) {
        // As long as the peer may repeat its PRACK (Timer F).
        let patience = self.values.sixty_four_t1();
        self.transactions.late_pracks.remember(now, patience, tag, unpracked);
    }

    /// Answers a PRACK that came after the refusal; false where it is no such PRACK.
    pub(crate) fn late_prack(&mut self, now: Instant, inbound: &mut Inbound) -> bool {
        let Inbound { flow, class, request, .. } = inbound;
        if request.method() != Method::Prack || !self.transactions.late_pracks.take(now, request) {
            return false;
        }
        inbound.transaction = self.transactions.accept(&mut self.wire, *class, *flow, request);
        self.wire.stats.pracks += 1;
        self.reply(now, inbound, OK, &[], None);
        true
    }

    /// An offer in a PRACK that comes behind our 2xx to the INVITE is answered as one before it
    /// (§5), where no other is open.
    pub(crate) fn late_offer(
        &mut self,
        now: Instant,
        session: SessionId,
        inbound: &Inbound,
        offer: &SessionDescription,
    ) {
        let held = self.is_held(session);
        let agreement = match self.sessions.get_mut(session.0).map(|record| &mut record.phase) {
            Some(Phase::Accepted(accepted)) => match &mut accepted.settlement {
                Settlement::Agreed(agreement) => Some(agreement),
                Settlement::Offered(_) => None,
            },
            Some(Phase::Talking(talking)) => {
                matches!(talking.exchange, Exchange::Idle | Exchange::Theirs { offered: None, .. })
                    .then_some(&mut talking.agreement)
            }
            _ => None,
        };
        let Some(agreement) = agreement else {
            return self.glare(now, inbound);
        };
        let Some(next) = agreement.answer(offer, held) else {
            return self.refuse_body(now, inbound, NOT_ACCEPTABLE);
        };
        let (ours, media) = (next.ours.clone(), next.media);
        *agreement = next;
        self.reply(now, inbound, OK, &[], Some(&ours));
        self.wire.event(Event::Media { session, media });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_bounded_in_time_and_number() {
        let mut late = LatePracks::default();
        let one = |tag: &str| Unpracked {
            call_id: "1".to_owned(),
            remote_tag: tag.to_owned(),
            rseq: 1,
            cseq: 1,
        };
        let patience = Duration::from_secs(32);
        for n in 0..2_000_u64 {
            let (now, tag) = (Instant::from_millis(n), n.to_string());
            late.remember(now, patience, tag.clone(), one(&tag));
        }
        assert_eq!((late.by_tag.len(), late.until.len()), (REMEMBERED, REMEMBERED));
        assert!(!late.by_tag.contains_key("975") && late.by_tag.contains_key("976"));
        late.forget(Instant::from_millis(33_998));
        assert_eq!((late.by_tag.len(), late.until.len()), (1, 1));
        late.forget(Instant::from_millis(33_999));
        assert!(late.by_tag.is_empty() && late.until.is_empty());
    }
}
