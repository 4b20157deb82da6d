//! Called numbers whose digits come one by one, and messages that come in two pieces (Q.764 §2.1).

use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, iam};
use crate::support::peer::Peer;
use isup_codec::{
    FacilityIndicator, Far, Message, MessageType, Octets, OptionalForwardCallIndicators, Options,
    Sgm, key,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// An exchange that sends so many digits in its IAM.
fn dialling(configuration: &str, first: u8) -> String {
    configuration.replace("[exchange]\n", &format!("[exchange]\noverlap = {first}\n"))
}

#[test]
fn digits_of_the_exchange_make_one_invite() {
    let gateway = Gateway::start_with(&[], |configuration| dialling(&configuration, 4));
    let mut called = Peer::called(&gateway);
    let begun = Instant::now();
    gateway.originate("+33199008060", 0.2);
    let invite = called.expect("INVITE ");
    assert!(invite.starts_with("INVITE sip:+33199008060@"), "{invite}");
    // Five digits, 100 ms apart; T10 would take five seconds more.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    called.answer(&invite, "200 OK", &called.sdp("8", ""));
    called.expect("ACK ");
    let bye = called.expect("BYE ");
    called.answer(&bye, "200 OK", "");
    gateway.wait_until_idle();
    assert!(gateway.records()[0]["called"].as_str().unwrap().ends_with("199008060"));
}

#[test]
fn an_emergency_number_dialled_digit_by_digit_waits_for_nothing() {
    let plan = Path::new(env!("CARGO_TARGET_TMPDIR")).join("overlap-plan.csv");
    let rows = "insee,number,service,long_number,alternates,valid_from,valid_to\n\
        *,112,europe,+33199008061,,,\n";
    std::fs::write(&plan, rows).unwrap();
    let gateway = Gateway::start_with(&[], |configuration| {
        dialling(&configuration, 1).replace("emergency-plan.csv", &plan.display().to_string())
    });
    let mut called = Peer::called(&gateway);
    let begun = Instant::now();
    gateway.originate("112", 0.2);
    let invite = called.expect("INVITE ");
    assert!(invite.starts_with("INVITE sip:+33199008061@"), "{invite}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    called.answer(&invite, "200 OK", &called.sdp("8", ""));
    called.expect("ACK ");
    let bye = called.expect("BYE ");
    called.answer(&bye, "200 OK", "");
    gateway.wait_until_idle();
    assert_eq!(gateway.records()[0]["class"], "emergency");
}

#[test]
fn an_iam_in_two_pieces_is_one_call_and_a_facility_in_it_is_refused() {
    let (gateway, peer) = IsupPeer::start();
    let mut called = Peer::called(&gateway);
    let segmented = OptionalForwardCallIndicators::default().with_segmentation(true);
    peer.send(5, iam("199008001").with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &segmented));
    let rest = Octets::from(&[4; 100][..]);
    peer.send(5, Sgm { options: Options::new() }.with(key::USER_TO_USER_INFORMATION, &rest));
    let invite = called.expect("INVITE ");
    let facility = FacilityIndicator::USER_TO_USER;
    peer.send(5, Far { facility, options: Options::new() });
    let Message::Frj(frj) = peer.expect(5, MessageType::FRJ) else { panic!("no FRJ") };
    assert_eq!(frj.cause.cause.0, 69);
    called.answer(&invite, "486 Busy Here", "");
    called.expect("ACK ");
    assert_eq!(peer.expect_release(5), 17);
    gateway.wait_until_idle();
}
