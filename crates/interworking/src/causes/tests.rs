use super::*;

/// RFC 3398 §7.2.4.1, copied from its tables a second time.
#[test]
fn rfc3398_7_2_4_1_cause_to_status() {
    let table = [
        (1, 404),
        (2, 404),
        (3, 404),
        (17, 486),
        (18, 408),
        (19, 480),
        (20, 480),
        (21, 403),
        (22, 410),
        (23, 410),
        (26, 404),
        (27, 502),
        (28, 484),
        (29, 501),
        (31, 480),
        (34, 503),
        (38, 503),
        (41, 503),
        (42, 503),
        (47, 503),
        (55, 403),
        (57, 403),
        (58, 503),
        (65, 488),
        (70, 488),
        (79, 501),
        (87, 403),
        (88, 503),
        (102, 504),
        (111, 500),
        (127, 500),
        // What the RFC leaves to the default, and to us.
        (4, 500),
        (25, 500),
        (63, 500),
        (95, 500),
        (0, 500),
        (126, 500),
        (16, 480),
        (44, 503),
    ];
    for (cause, status) in table {
        let (mapped, phrase) = status_for_cause(Cause(cause), location::PUBLIC_LOCAL);
        assert_eq!(mapped, status, "cause {cause}");
        assert_ne!(phrase, "", "cause {cause}");
    }
    assert_eq!(status_for_cause(Cause::CALL_REJECTED, location::USER), (603, "Decline"));
}

/// RFC 3398 §8.2.6.1, copied from its table a second time.
#[test]
fn rfc3398_8_2_6_1_status_to_cause() {
    let table = [
        (400, 41),
        (401, 21),
        (402, 21),
        (403, 21),
        (404, 1),
        (405, 63),
        (406, 79),
        (407, 21),
        (408, 102),
        (410, 22),
        (413, 127),
        (414, 127),
        (415, 79),
        (416, 127),
        (420, 127),
        (421, 127),
        (423, 127),
        (480, 18),
        (481, 41),
        (482, 25),
        (483, 25),
        (484, 28),
        (485, 1),
        (486, 17),
        (500, 41),
        (501, 79),
        (502, 38),
        (503, 41),
        (504, 102),
        (505, 127),
        (513, 127),
        (600, 17),
        (603, 21),
        (604, 1),
        // Not listed.
        (409, 31),
        (422, 31),
        (487, 31),
        (488, 31),
        (493, 31),
        (580, 31),
        (606, 31),
        (699, 31),
    ];
    for (status, cause) in table {
        assert_eq!(cause_for_status(status), Cause(cause), "status {status}");
        let release = release_for_status(status, None, None);
        let expected = if status >= 600 { location::USER } else { location::BEYOND_INTERWORKING };
        assert_eq!(release.location, expected, "status {status}");
        assert_eq!(release.status, Some(status));
    }
}

#[test]
fn rfc3398_8_2_6_1_488_and_606_are_told_by_the_warning() {
    for status in [488, 606] {
        assert_eq!(cause_for_rejection(status, Some(305)), Cause::BEARER_NOT_IMPLEMENTED);
        assert_eq!(cause_for_rejection(status, Some(370)), Cause::NORMAL_UNSPECIFIED);
        assert_eq!(cause_for_rejection(status, None), Cause::NORMAL_UNSPECIFIED);
    }
    assert_eq!(cause_for_rejection(302, None), Cause::REDIRECTION);
}

#[test]
fn rfc6432_the_reason_header_goes_before_the_table() {
    let release = release_for_status(480, Some(Cause::SUBSCRIBER_ABSENT), None);
    assert_eq!(release.cause, Cause::SUBSCRIBER_ABSENT);
    assert_eq!(release_for_status(503, None, None).retry, Retry::NextExit);
    assert_eq!(release_for_status(486, None, None).retry, Retry::Never);
}

#[test]
fn a_release_keeps_the_status_it_came_with() {
    let release = Release::new(Cause::CALL_REJECTED).with_status(407);
    assert_eq!(status_for_release(&release), (407, "Proxy Authentication Required"));
    let redirected = Release::new(Cause::REDIRECTION).with_status(302);
    assert_eq!(status_for_release(&redirected).0, 410);
}

#[test]
fn no_row_is_written_twice() {
    for (index, row) in STATUS_FOR_CAUSE.iter().enumerate() {
        assert!(!STATUS_FOR_CAUSE[..index].iter().any(|other| other.cause == row.cause));
        assert_ne!(phrase(row.status), "");
    }
    for (index, row) in CAUSE_FOR_STATUS.iter().enumerate() {
        assert!(!CAUSE_FOR_STATUS[..index].iter().any(|other| other.status == row.status));
        assert_ne!(phrase(row.status), "");
    }
}
