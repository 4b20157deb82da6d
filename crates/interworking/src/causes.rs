//! Cause values and status codes: the tables of RFC 3398 §7.2.4.1 and §8.2.6.1 as data.

use base::Cause;
use call::{Release, Retry, location};

/// A row of RFC 3398 §7.2.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseRow {
    /// Q.850 §2.2.7.
    pub cause: Cause,
    /// The status that answers the INVITE.
    pub status: u16,
}

const fn row(cause: Cause, status: u16) -> CauseRow {
    CauseRow { cause, status }
}

/// RFC 3398 §7.2.4.1, and below it what the RFC leaves to us.
pub const STATUS_FOR_CAUSE: &[CauseRow] = &[
    row(Cause::UNALLOCATED, 404),
    row(Cause::NO_ROUTE_TO_TRANSIT_NETWORK, 404),
    row(Cause::NO_ROUTE_TO_DESTINATION, 404),
    row(Cause::USER_BUSY, 486),
    row(Cause::NO_USER_RESPONDING, 408),
    row(Cause::NO_ANSWER, 480),
    row(Cause::SUBSCRIBER_ABSENT, 480),
    // 603 where the user refused: see `status_for_cause`.
    row(Cause::CALL_REJECTED, 403),
    // 301 needs the new number from the diagnostic, which we do not carry yet.
    row(Cause::NUMBER_CHANGED, 410),
    row(Cause::REDIRECTION, 410),
    row(Cause::NON_SELECTED_USER_CLEARING, 404),
    row(Cause::DESTINATION_OUT_OF_ORDER, 502),
    row(Cause::INVALID_NUMBER_FORMAT, 484),
    row(Cause::FACILITY_REJECTED, 501),
    row(Cause::NORMAL_UNSPECIFIED, 480),
    row(Cause::NO_CIRCUIT_AVAILABLE, 503),
    row(Cause::NETWORK_OUT_OF_ORDER, 503),
    row(Cause::TEMPORARY_FAILURE, 503),
    row(Cause::SWITCHING_EQUIPMENT_CONGESTION, 503),
    row(Cause::RESOURCE_UNAVAILABLE, 503),
    row(Cause::INCOMING_CALLS_BARRED_IN_CUG, 403),
    row(Cause::BEARER_NOT_AUTHORIZED, 403),
    row(Cause::BEARER_NOT_AVAILABLE, 503),
    row(Cause::BEARER_NOT_IMPLEMENTED, 488),
    row(Cause::ONLY_RESTRICTED_DIGITAL, 488),
    row(Cause::SERVICE_NOT_IMPLEMENTED, 501),
    row(Cause::USER_NOT_MEMBER_OF_CUG, 403),
    row(Cause::INCOMPATIBLE_DESTINATION, 503),
    row(Cause::RECOVERY_ON_TIMER_EXPIRY, 504),
    row(Cause::PROTOCOL_ERROR, 500),
    row(Cause::INTERWORKING, 500),
    // Normal clearing before an answer has no row of its own; the callee is not there.
    row(Cause::NORMAL_CLEARING, 480),
    // 44 asks for another circuit and has no row; once no circuit is left it means 34.
    row(Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE, 503),
];

/// RFC 3398 §7.2.4.1: what every other cause becomes.
pub const DEFAULT_STATUS: u16 = 500;

/// The status and its reason phrase for a release before the answer (RFC 3398 §7.2.4.1).
pub fn status_for_cause(cause: Cause, location: u8) -> (u16, &'static str) {
    let row = STATUS_FOR_CAUSE.iter().find(|row| row.cause == cause);
    let status = match row.map_or(DEFAULT_STATUS, |row| row.status) {
        403 if cause == Cause::CALL_REJECTED && location == location::USER => 603,
        status => status,
    };
    (status, phrase(status))
}

/// The status that refuses or ends an INVITE for this release: its own, where it came with one
/// that is a failure, or the table's.
pub fn status_for_release(release: &Release) -> (u16, &'static str) {
    match release.status {
        Some(status @ 400..=699) => (status, phrase(status)),
        _ => status_for_cause(release.cause, release.location),
    }
}

/// A row of RFC 3398 §8.2.6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The final response.
    pub status: u16,
    /// The cause in the REL.
    pub cause: Cause,
    /// Whether another exit may take an ordinary call: the failure is the next hop's.
    pub retry: Retry,
}

const fn fails(status: u16, cause: Cause) -> StatusRow {
    StatusRow { status, cause, retry: Retry::Never }
}

const fn elsewhere(status: u16, cause: Cause) -> StatusRow {
    StatusRow { status, cause, retry: Retry::NextExit }
}

/// RFC 3398 §8.2.6.1; 505 stands for the row that the RFC prints as a second 504.
pub const CAUSE_FOR_STATUS: &[StatusRow] = &[
    fails(400, Cause::TEMPORARY_FAILURE),
    fails(401, Cause::CALL_REJECTED),
    fails(402, Cause::CALL_REJECTED),
    fails(403, Cause::CALL_REJECTED),
    fails(404, Cause::UNALLOCATED),
    fails(405, Cause::SERVICE_UNAVAILABLE),
    fails(406, Cause::SERVICE_NOT_IMPLEMENTED),
    fails(407, Cause::CALL_REJECTED),
    elsewhere(408, Cause::RECOVERY_ON_TIMER_EXPIRY),
    fails(410, Cause::NUMBER_CHANGED),
    fails(413, Cause::INTERWORKING),
    fails(414, Cause::INTERWORKING),
    fails(415, Cause::SERVICE_NOT_IMPLEMENTED),
    fails(416, Cause::INTERWORKING),
    fails(420, Cause::INTERWORKING),
    fails(421, Cause::INTERWORKING),
    fails(423, Cause::INTERWORKING),
    fails(480, Cause::NO_USER_RESPONDING),
    fails(481, Cause::TEMPORARY_FAILURE),
    fails(482, Cause::EXCHANGE_ROUTING_ERROR),
    fails(483, Cause::EXCHANGE_ROUTING_ERROR),
    fails(484, Cause::INVALID_NUMBER_FORMAT),
    fails(485, Cause::UNALLOCATED),
    fails(486, Cause::USER_BUSY),
    elsewhere(500, Cause::TEMPORARY_FAILURE),
    fails(501, Cause::SERVICE_NOT_IMPLEMENTED),
    elsewhere(502, Cause::NETWORK_OUT_OF_ORDER),
    elsewhere(503, Cause::TEMPORARY_FAILURE),
    elsewhere(504, Cause::RECOVERY_ON_TIMER_EXPIRY),
    fails(505, Cause::INTERWORKING),
    fails(513, Cause::INTERWORKING),
    fails(600, Cause::USER_BUSY),
    fails(603, Cause::CALL_REJECTED),
    fails(604, Cause::UNALLOCATED),
];

/// The cause for a final response (RFC 3398 §8.2.6.1); 31 for what the table does not list.
pub fn cause_for_status(status: u16) -> Cause {
    let row = CAUSE_FOR_STATUS.iter().find(|row| row.status == status);
    row.map_or(Cause::NORMAL_UNSPECIFIED, |row| row.cause)
}

/// The cause for a final response with the code of its Warning header: 488 and 606 tell only there
/// what they could not accept (RFC 3398 §8.2.6.1, RFC 3261 §20.43). A redirection that is not
/// followed becomes 23 (§8.2.5).
pub fn cause_for_rejection(status: u16, warning: Option<u16>) -> Cause {
    /// Media type not available, incompatible media format, attribute not understood.
    const BEARER: [u16; 3] = [304, 305, 306];
    match (status, warning) {
        (488 | 606, Some(code)) if BEARER.contains(&code) => Cause::BEARER_NOT_IMPLEMENTED,
        (300..=399, _) => Cause::REDIRECTION,
        _ => cause_for_status(status),
    }
}

/// The release for a final response: a Q.850 cause that came in its Reason header goes before the
/// table (RFC 6432 §3), the location is the user's for 6xx and the network's beyond us for the
/// rest (RFC 3398 §8.2.6.1).
pub fn release_for_status(status: u16, reason: Option<Cause>, warning: Option<u16>) -> Release {
    let cause = reason.unwrap_or_else(|| cause_for_rejection(status, warning));
    let location = if status >= 600 { location::USER } else { location::BEYOND_INTERWORKING };
    let row = CAUSE_FOR_STATUS.iter().find(|row| row.status == status);
    Release::new(cause)
        .at(location)
        .with_status(status)
        .with_retry(row.map_or(Retry::Never, |row| row.retry))
}

/// RFC 3261 §21: the phrase beside the status.
pub fn phrase(status: u16) -> &'static str {
    const PHRASES: &[(u16, &str)] = &[
        (180, "Ringing"),
        (181, "Call Is Being Forwarded"),
        (182, "Queued"),
        (183, "Session Progress"),
        (200, "OK"),
        (301, "Moved Permanently"),
        (400, "Bad Request"),
        (401, "Unauthorized"),
        (402, "Payment Required"),
        (403, "Forbidden"),
        (404, "Not Found"),
        (405, "Method Not Allowed"),
        (406, "Not Acceptable"),
        (407, "Proxy Authentication Required"),
        (408, "Request Timeout"),
        (410, "Gone"),
        (413, "Request Entity Too Large"),
        (414, "Request-URI Too Long"),
        (415, "Unsupported Media Type"),
        (416, "Unsupported URI Scheme"),
        (420, "Bad Extension"),
        (421, "Extension Required"),
        (423, "Interval Too Brief"),
        (480, "Temporarily Unavailable"),
        (481, "Call/Transaction Does Not Exist"),
        (482, "Loop Detected"),
        (483, "Too Many Hops"),
        (484, "Address Incomplete"),
        (485, "Ambiguous"),
        (486, "Busy Here"),
        (487, "Request Terminated"),
        (488, "Not Acceptable Here"),
        (500, "Server Internal Error"),
        (501, "Not Implemented"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Server Time-out"),
        (505, "Version Not Supported"),
        (513, "Message Too Large"),
        (600, "Busy Everywhere"),
        (603, "Decline"),
        (604, "Does Not Exist Anywhere"),
        (606, "Not Acceptable"),
    ];
    let known = PHRASES.iter().find(|(known, _)| *known == status);
    known.map_or("", |(_, phrase)| phrase)
}

#[cfg(test)]
mod tests;
