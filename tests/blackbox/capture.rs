//! What we send, as tshark sees it.

use crate::support::gateway::Gateway;
use crate::support::judge::{FILE, judge, tshark};
use crate::support::scenario::Scenario;
use crate::support::sipp::{self, Load};
use std::collections::BTreeSet;
#[test]
fn tshark_finds_nothing_wrong_and_names_each_message_as_we_do() {
    let mut gateway = Gateway::start_with(&["--pcap", FILE], |configuration| configuration);
    let talk = |scenario: Scenario| scenario.pause(500).hang_up().finish();
    let calls = [
        ("0199000001", talk(Scenario::caller().progress(180).answered())),
        ("0199000201", Scenario::caller().rejected(486, 17).finish()),
        ("0199001001", talk(Scenario::caller().answered())),
        ("0199001201", talk(Scenario::caller().progress(183).progress(180).maybe(183).answered())),
        (
            "0199000901",
            Scenario::caller()
                .progress(180)
                .answered()
                .offered("a=sendonly", "recvonly")
                .offered("a=sendrecv", "sendrecv")
                .hang_up()
                .finish(),
        ),
        ("112", talk(Scenario::caller().progress(180).answered())),
    ];
    let running: Vec<_> = calls
        .iter()
        .map(|(number, scenario)| sipp::caller(&gateway, number, scenario, number, Load::ONE))
        .collect();
    running.into_iter().for_each(|call| call.expect_success(&gateway));
    // Last, for the next ordinary calls may be held back (Q.764 §2.11.1).
    let congested = Scenario::caller().rejected(503, 42).finish();
    sipp::caller(&gateway, "congested", &congested, "0199000501", Load::ONE)
        .expect_success(&gateway);
    gateway.wait_until_idle();
    gateway.signal("TERM");
    assert_eq!(gateway.wait().0, 0);
    let file = gateway.folder.join(FILE);

    // Both interfaces are there: MTP3 (link type 141) and IP.
    let interfaces: BTreeSet<_> = tshark(&file, &["-T", "fields", "-e", "frame.interface_id"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(interfaces, BTreeSet::from(["0".to_owned(), "1".to_owned()]));

    judge(&file);

    let isup = tshark(&file, &["-Y", "isup", "-T", "fields", "-e", "isup.message_type"]);
    let seen: BTreeSet<u8> = isup.split_whitespace().map(|code| code.parse().unwrap()).collect();
    // IAM, ACM, CON, ANM, REL, SUS, RES, RLC, GRS, GRA, CPG (Q.763 Table 4).
    for code in [1, 6, 7, 9, 12, 13, 14, 16, 23, 41, 44] {
        assert!(seen.contains(&code), "no message of type {code} among {seen:?}");
    }
    let sip =
        tshark(&file, &["-Y", "sip", "-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code"]);
    for word in ["INVITE", "ACK", "BYE", "180", "183", "200", "486", "503"] {
        assert!(sip.contains(word), "no {word} in\n{sip}");
    }
    assert!(tshark(&file, &["-Y", "rtp"]).lines().count() > 100);
}
