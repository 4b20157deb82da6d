//! What the exchange hears of a telephone's refusal (RFC 3398 §8.2.6.1), and what of its Reason.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::peer::Peer;

/// Refuses a call with each status and demands the cause of the call's record.
fn refused(gateway: &Gateway, rows: &[(&str, &str, u8)]) {
    let mut callee = Peer::called(gateway);
    for (status, header, cause) in rows {
        gateway.originate("+33199008060", 1.0);
        let invite = callee.expect("INVITE ");
        let answer = callee.response(&invite, status, "");
        callee.send(&answer.replacen("Contact: ", &format!("{header}Contact: "), 1));
        callee.expect("ACK ");
        gateway.wait_until_idle();
        let records = gateway.records();
        assert_eq!(records.last().unwrap()["cause"], *cause, "after {status} {header}");
    }
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "refusals of the request, 4xx, become causes",
        clause: "RFC 3398 §8.2.6.1",
        play: Play::Own(|gateway| {
            refused(
                gateway,
                &[
                    ("400 Bad Request", "", 41),
                    ("402 Payment Required", "", 21),
                    ("403 Forbidden", "", 21),
                    ("404 Not Found", "", 1),
                    ("405 Method Not Allowed", "", 63),
                    ("406 Not Acceptable", "", 79),
                    ("410 Gone", "", 22),
                    ("413 Too Large", "", 127),
                    ("414 URI Too Long", "", 127),
                    ("415 Unsupported Media Type", "", 79),
                    ("416 Unsupported Scheme", "", 127),
                    ("421 Extension Required", "", 127),
                ],
            );
        }),
    },
    Case {
        name: "what is the matter with the callee, 48x, becomes causes",
        clause: "RFC 3398 §8.2.6.1",
        play: Play::Own(|gateway| {
            refused(
                gateway,
                &[
                    ("480 Away", "", 18),
                    ("481 No Such Call", "", 41),
                    ("482 Loop", "", 25),
                    ("483 Too Many Hops", "", 25),
                    ("484 Incomplete", "", 28),
                    ("485 Ambiguous", "", 1),
                    ("486 Busy", "", 17),
                ],
            );
        }),
    },
    Case {
        name: "failures of the servers, 5xx, become causes",
        clause: "RFC 3398 §8.2.6.1",
        play: Play::Own(|gateway| {
            refused(
                gateway,
                &[
                    ("500 Server Error", "", 41),
                    ("501 Not Implemented", "", 79),
                    ("502 Bad Gateway", "", 38),
                    ("503 Unavailable", "", 41),
                    ("504 Timeout", "", 102),
                    ("505 Version", "", 127),
                    ("513 Too Large", "", 127),
                ],
            );
        }),
    },
    Case {
        name: "refusals everywhere, 6xx, become causes",
        clause: "RFC 3398 §8.2.6.1",
        play: Play::Own(|gateway| {
            let rows = [("600 Busy", "", 17), ("603 Decline", "", 21), ("604 Nowhere", "", 1)];
            refused(gateway, &rows);
        }),
    },
    Case {
        name: "a cause of Q.850 in Reason goes before the status",
        clause: "RFC 6432 §3",
        play: Play::Own(|gateway| {
            refused(
                gateway,
                &[
                    ("480 Away", "Reason: Q.850;cause=19;text=\"no answer\"\r\n", 19),
                    ("503 Unavailable", "Reason: SIP;cause=486, Q.850 ;cause=34\r\n", 34),
                    ("486 Busy", "Reason: Q.850;cause=999\r\n", 17),
                    ("486 Busy", "Reason: preemption;cause=1\r\n", 17),
                ],
            );
        }),
    },
    Case {
        name: "488 tells by its Warning what could not be accepted",
        clause: "RFC 3398 §8.2.6.1",
        play: Play::Own(|gateway| {
            let warning = "Warning: 305 example.net \"Incompatible media format\"\r\n";
            refused(gateway, &[("488 Not Acceptable Here", warning, 65)]);
        }),
    },
];

#[test]
fn refusals_become_causes() {
    case::run(CASES);
}
