use crate::causes::{release_for_status, status_for_release};
use crate::{parse_reason, reason_header};
use base::{Cause, Duration};
use call::{Release, Retry, location};
use isup_codec::CauseIndicators;

/// What a REL, or an ISUP timer in its stead, tells call control.
pub fn release_of_isup(cause: &CauseIndicators) -> Release {
    Release::new(cause.cause).at(cause.location)
}

/// The cause indicators of our REL.
pub fn release_for_isup(release: &Release) -> CauseIndicators {
    CauseIndicators::new(release.cause, release.location)
}

/// What the end of a SIP session tells call control.
pub fn release_of_sip(why: &sip::Released) -> Release {
    use sip::Released;
    let told = |reason: &Option<String>| reason.as_deref().and_then(parse_reason);
    match why {
        // RFC 3398 §7.2.3: normal clearing, unless the Reason header says otherwise. A CANCEL of
        // ours that another branch answered does not reach the called party either.
        Released::Cancelled { reason } | Released::Bye { reason } => {
            Release::new(told(reason).unwrap_or(Cause::NORMAL_CLEARING))
                .at(location::USER)
                .with_retry(Retry::Never)
        }
        Released::Rejected { status, reason, warning } => {
            release_for_status(*status, told(reason), *warning)
        }
        // RFC 3398 §8.2.5: a redirection that is not followed.
        Released::Emergency { .. } => release_for_status(380, None, None),
        // RFC 3261 §8.1.3.1: no answer counts as 408, a broken transport as 503.
        Released::Timeout => release_for_status(408, None, None),
        Released::TransportFailed => release_for_status(503, None, None),
        // RFC 3398 §7.1.4
        Released::NotAcknowledged | Released::Expired => {
            Release::new(Cause::RECOVERY_ON_TIMER_EXPIRY)
        }
        Released::BadMedia => Release::new(Cause::BEARER_NOT_IMPLEMENTED).with_status(488),
    }
}

/// How a SIP session is ended: the final response for as long as there was none, and the Reason
/// header of RFC 6432 in whatever goes out. Retry-After goes with 503 (RFC 3398 §7.2.4.1), where no
/// call at all is taken: whoever is told it sends none meanwhile (RFC 3261 §21.5.4).
pub fn release_for_sip(release: &Release, retry_after: Option<Duration>) -> sip::Release {
    let (status, phrase) = status_for_release(release);
    let retry_after = retry_after.filter(|_| status == 503);
    sip::Release {
        status,
        phrase,
        reason: Some(reason_header(release.cause)),
        retry_after: retry_after.map(|after| u32::try_from(after.as_secs()).unwrap_or(u32::MAX)),
    }
}

#[cfg(test)]
mod tests;
