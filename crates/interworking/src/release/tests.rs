use super::*;
use sip::Released;

#[test]
fn rfc3398_7_2_3_cancel_and_bye_clear_normally_unless_they_say_why() {
    let told = || Some("Q.850;cause=31;text=\"normal, unspecified\"".to_owned());
    let other = || Some("SIP;cause=200;text=\"Call completed elsewhere\"".to_owned());
    for (why, cause) in [
        (Released::Cancelled { reason: None }, 16),
        (Released::Cancelled { reason: other() }, 16),
        (Released::Cancelled { reason: told() }, 31),
        (Released::Bye { reason: None }, 16),
        (Released::Bye { reason: told() }, 31),
    ] {
        let release = release_of_sip(&why);
        assert_eq!(release.cause, Cause(cause), "{why:?}");
        assert_eq!(release.location, location::USER);
        assert_eq!(release.retry, Retry::Never);
        assert_eq!(release_for_isup(&release), CauseIndicators::new(Cause(cause), 0));
    }
}

#[test]
fn rfc3398_8_2_6_a_rejection_goes_by_the_table_unless_it_says_why() {
    let rejected = |status, reason: Option<&str>, warning| {
        let reason = reason.map(str::to_owned);
        release_of_sip(&Released::Rejected { status, reason, warning })
    };
    assert_eq!(rejected(486, None, None).cause, Cause::USER_BUSY);
    assert_eq!(rejected(480, Some("Q.850;cause=19"), None).cause, Cause::NO_ANSWER);
    assert_eq!(rejected(488, None, Some(305)).cause, Cause::BEARER_NOT_IMPLEMENTED);
    assert_eq!(rejected(503, None, None).retry, Retry::NextExit);
    assert_eq!(rejected(603, None, None).location, location::USER);
    assert_eq!(rejected(486, None, None).status, Some(486));
}

#[test]
fn rfc3261_8_1_3_1_what_the_transport_means() {
    let timeout = release_of_sip(&Released::Timeout);
    assert_eq!((timeout.cause, timeout.retry), (Cause::RECOVERY_ON_TIMER_EXPIRY, Retry::NextExit));
    let broken = release_of_sip(&Released::TransportFailed);
    assert_eq!((broken.cause, broken.retry), (Cause::TEMPORARY_FAILURE, Retry::NextExit));
    // RFC 3398 §7.1.4
    let silent = release_of_sip(&Released::NotAcknowledged);
    assert_eq!(silent.cause, Cause::RECOVERY_ON_TIMER_EXPIRY);
    let expired = release_of_sip(&Released::Expired);
    assert_eq!(expired.cause, Cause::RECOVERY_ON_TIMER_EXPIRY);
    assert_eq!(release_of_sip(&Released::BadMedia).cause, Cause::BEARER_NOT_IMPLEMENTED);
}

/// Every row of the demo's table that ends a call.
#[test]
fn rfc3398_7_2_4_a_rel_becomes_status_and_reason() {
    for (cause, status, text) in [
        (17, 486, "user busy"),
        (1, 404, "unallocated (unassigned) number"),
        (42, 503, "switching equipment congestion"),
        (22, 410, "number changed"),
        (102, 504, "recovery on timer expiry"),
        (19, 480, "no answer from user (user alerted)"),
        (34, 503, "no circuit/channel available"),
    ] {
        let rel = CauseIndicators::new(Cause(cause), location::PUBLIC_LOCAL);
        let release = release_for_sip(&release_of_isup(&rel), None);
        assert_eq!(release.status, status, "cause {cause}");
        assert_ne!(release.phrase, "");
        assert_eq!(release.reason, Some(format!("Q.850;cause={cause};text=\"{text}\"")));
    }
}

#[test]
fn only_a_503_says_when_to_come_back() {
    let after = Some(Duration::from_secs(5));
    let congested = Release::new(Cause::SWITCHING_EQUIPMENT_CONGESTION);
    assert_eq!(release_for_sip(&congested, after).retry_after, Some(5));
    assert_eq!(release_for_sip(&congested, None).retry_after, None);
    let busy = Release::new(Cause::USER_BUSY);
    assert_eq!(release_for_sip(&busy, after).retry_after, None);
}

#[test]
fn cause_and_location_cross_the_circuits_unchanged() {
    for (cause, location) in [(17, 0), (34, 2), (41, 3), (127, 10)] {
        let rel = CauseIndicators::new(Cause(cause), location);
        assert_eq!(release_for_isup(&release_of_isup(&rel)), rel);
    }
}
