//! OPTIONS (RFC 3261 §11): what an INVITE would find.

use crate::Sip;
use crate::message::{ALLOW, SDP, SUPPORTED};
use crate::negotiation;
use crate::requests::{Inbound, NO_PLACE, OK};
use base::{Duration, Instant};
use sip_parser::Name;

/// That ordinary calls are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// How long peers should send no call at all (§21.5.4), where emergency calls would fail too.
    pub retry_after: Option<Duration>,
}

impl Sip {
    /// Says that ordinary calls are refused; none: they are taken.
    ///
    /// §11.2: OPTIONS is answered as an INVITE would be. What an INVITE itself hears is for the
    /// user to say.
    pub fn set_closed(&mut self, closed: Option<Closed>) {
        self.wire.closed = closed;
    }

    /// §11.2.
    pub(crate) fn capabilities(&mut self, now: Instant, inbound: &Inbound) {
        let mut headers = vec![
            ("Allow", ALLOW.to_owned()),
            ("Accept", SDP.to_owned()),
            ("Accept-Encoding", "identity".to_owned()),
            ("Accept-Language", "en".to_owned()),
            ("Supported", SUPPORTED.to_owned()),
            // RFC 4412 §3.2, §4.5.1.
            (Name::AcceptResourcePriority.as_str(), crate::priority::accepted()),
        ];
        // Within a dialog the call is there already.
        let is_outside = inbound.request.to().tag().is_none();
        if let Some(closed) = self.wire.closed.filter(|_| is_outside) {
            let after = closed.retry_after.map(|after| after.as_secs().max(1));
            headers.extend(after.map(|after| ("Retry-After", after.to_string())));
            return self.reply(now, inbound, NO_PLACE, &headers, None);
        }
        // A description where it is asked for by name, not where Accept is left out.
        let mut accepted = inbound.request.values(Name::Accept);
        let wanted = accepted.any(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(SDP))
        });
        let address = inbound.flow.local.ip();
        let session_id = if wanted { self.ids.sdp_session() } else { 0 };
        let body = wanted.then(|| negotiation::capabilities(address, session_id));
        self.reply(now, inbound, OK, &headers, body.as_ref());
    }
}
