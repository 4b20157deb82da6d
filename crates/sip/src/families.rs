//! Speech over IPv4 or IPv6 (RFC 6157): which of our two addresses a call is told.
//!
//! An offer of ours is of the family of the hop that it goes to, an answer of that of the offer. A
//! callee whose signalling and speech are of different families refuses our offer, and gets the
//! other one: what it meant it says by a Warning (RFC 3261 §20.43), and where an emergency call is
//! refused nobody waits for that word.

use crate::negotiation;
use crate::requests::NOT_ACCEPTABLE;
use crate::session::{Phase, Proposal};
use crate::{LocalMedia, Released, SessionId, Sip};
use base::Instant;
use sip_parser::Message;
use sip_parser::headers::Warning;
use std::net::SocketAddr;

/// The network, or its addresses, are none of the callee's.
const INCOMPATIBLE_NETWORK: [u16; 2] = [300, 301];

impl Proposal {
    /// The same offer at our other address, which is then the only one.
    fn of_other_family(&mut self) -> bool {
        let Some(other) = self.local.other.take() else {
            return false;
        };
        // The hop may be of the other family already, though nobody prefers that.
        let told = self.ours.connection.as_ref().and_then(|told| told.ip());
        let next = if told == Some(other.ip()) { self.local.address } else { other };
        self.local.address = next;
        negotiation::move_to(&mut self.ours, next);
        true
    }
}

impl Sip {
    /// Says which of our addresses the speech of an incoming call is for, before anything else is
    /// done with it. None where nothing that it offers fits them: it was refused with 488, and is
    /// over. That never happens to an emergency call whose offer holds anything that we speak.
    pub fn speech_address(
        &mut self,
        now: Instant,
        session: SessionId,
        ours: &LocalMedia,
    ) -> Option<SocketAddr> {
        let address = self.ringing(session)?.address_of(ours);
        if address.is_none() {
            self.wire.stats.refused += 1;
            self.wire.stats.no_address += 1;
            self.refuse_ringing_with(now, session, NOT_ACCEPTABLE, Released::BadMedia);
        }
        address
    }

    /// Sends our first INVITE once more with our address of the other family; false where the
    /// refusal stands.
    pub(crate) fn call_over_other_family(
        &mut self,
        now: Instant,
        session: SessionId,
        refusal: &Message,
    ) -> bool {
        let mut warnings = refusal.all_typed::<Warning<'_>>().flatten();
        let is_meant = warnings.any(|warning| INCOMPATIBLE_NETWORK.contains(&warning.code));
        let has_other = self.sessions.get(session.0).is_some_and(|record| match &record.phase {
            Phase::Calling(call) => call.proposal.local.other.is_some(),
            Phase::Early(early) => early.call.proposal.local.other.is_some(),
            _ => false,
        });
        if !has_other || !is_meant && !self.class(session).is_emergency() {
            return false;
        }
        tracing::info!(%session, status = refusal.status(), "called again over the other family");
        self.wire.stats.families_changed += 1;
        self.call_again(now, session, |_, proposal| {
            proposal.of_other_family();
        })
    }
}
