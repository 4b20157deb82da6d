use super::*;
use crate::sample::{invite, number};
use call::Calling;
use isup_codec::{CalledPartyNumber, NatureOfAddress, Presentation, TransmissionMedium};
use routing::Number;
use sip::{Codec, Flow, LocalMedia, Transport};

const TRUNK: TrunkRef = TrunkRef::Sip(3);
const NOW: Instant = Instant::from_millis(7);

fn setup() -> Setup {
    Setup {
        called: number("33199000001"),
        calling: Some(Calling { number: number("33639980001"), restricted: false, verified: true }),
        class: Class::Ordinary,
        category: None,
        hops: 69,
        ingress: TRUNK,
        location: None,
        arrived: NOW,
    }
}

fn of_uri(uri: &str) -> Result<Setup, Release> {
    let invite = invite(uri, "<sip:+33639980001@127.0.0.1>", &[]);
    setup_of_invite(&invite, TRUNK, false, NOW, &NumberFormat::default())
}

#[test]
fn rfc3398_7_2_1_1_the_request_uri_is_the_called_number() {
    for uri in [
        "sip:+33199000001@127.0.0.1",
        "sip:0199000001@127.0.0.1:5060;user=phone",
        "tel:+33-1-99-00-00-01",
        "sip:0199000001@127.0.0.1",
    ] {
        let setup = of_uri(uri).unwrap();
        assert_eq!(setup.called, number("33199000001"), "{uri}");
        assert_eq!(setup.calling.unwrap().number, number("33639980001"));
        assert_eq!((setup.hops, setup.ingress, setup.arrived), (12, TRUNK, NOW));
    }
    assert_eq!(of_uri("urn:service:sos").unwrap().called, Number::short("112").unwrap());
    assert_eq!(of_uri("sip:alice@127.0.0.1").unwrap_err().status, Some(404));
}

#[test]
fn rfc3398_7_2_1_1_the_iam() {
    let numbers = NumberFormat::default();
    let iam = iam_for_setup(&setup(), &numbers).unwrap();
    assert_eq!(iam.called.digits, "199000001");
    assert_eq!(iam.get(key::CALLING_PARTY_NUMBER).unwrap().digits, "639980001");
    assert_eq!(iam.category, CallingPartysCategory::ORDINARY);
    assert_eq!(iam.medium, TransmissionMedium::SPEECH);
    assert_eq!(iam.get(key::HOP_COUNTER), Some(31));
    assert!(iam.forward.isup_all_the_way() && !iam.forward.interworking());

    let payphone = Setup { category: Some(0x0f), hops: 5, ..setup() };
    let iam = iam_for_setup(&payphone, &numbers).unwrap();
    assert_eq!(iam.category, CallingPartysCategory::PAYPHONE);
    assert_eq!(iam.get(key::HOP_COUNTER), Some(5));

    for class in [Class::Emergency, Class::EmergencyInDialog] {
        let iam = iam_for_setup(&Setup { class, ..payphone }, &numbers).unwrap();
        assert_eq!(iam.category, CallingPartysCategory::PRIORITY);
    }
}

#[test]
fn rfc3398_8_2_1_1_an_iam_is_read_back() {
    let numbers = NumberFormat::default();
    let ordinary = Some(CallingPartysCategory::ORDINARY.0);
    let sent = Setup { hops: 20, category: ordinary, ..setup() };
    let iam = iam_for_setup(&sent, &numbers).unwrap();
    assert_eq!(setup_of_iam(&iam, TRUNK, NOW, &numbers), Ok(sent));

    let worn = iam.clone().with(key::HOP_COUNTER, &0xe0);
    assert_eq!(setup_of_iam(&worn, TRUNK, NOW, &numbers).unwrap().hops, 0);

    let digits = "1990C0001".parse().unwrap();
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, digits);
    let wrong = Iam::new(called, CallingPartysCategory::ORDINARY);
    let release = setup_of_iam(&wrong, TRUNK, NOW, &numbers).unwrap_err();
    assert_eq!(release.cause, Cause::INVALID_NUMBER_FORMAT);
}

fn outgoing(setup: &Setup, trusted: bool) -> sip::Outgoing {
    let flow = Flow {
        transport: Transport::Udp,
        local: "127.0.0.1:5060".parse().unwrap(),
        remote: "127.0.0.1:5070".parse().unwrap(),
        connection: None,
        peer: None,
    };
    let media = LocalMedia {
        address: "127.0.0.1:16384".parse().unwrap(),
        other: None,
        codecs: vec![Codec::Pcma],
    };
    outgoing_for_setup(
        setup,
        &SipPeer {
            flow,
            host: flow.remote.to_string(),
            trusted,
            session_expires: None,
            reliability: sip::Reliability::Supported,
        },
        media,
        &NumberFormat::default(),
    )
}

#[test]
fn rfc3398_8_2_1_1_the_invite() {
    let invite = outgoing(&setup(), true);
    assert_eq!(invite.request_uri, "sip:+33199000001@127.0.0.1:5070;user=phone");
    assert_eq!(invite.to, "<sip:+33199000001@127.0.0.1:5070;user=phone>");
    assert_eq!(invite.from, "<sip:+33639980001@127.0.0.1:5060;user=phone>");
    assert_eq!(invite.max_forwards, 69);
    assert_eq!(invite.headers, [("P-Asserted-Identity", invite.from.clone())]);
    assert_eq!(outgoing(&setup(), false).headers, []);
}

#[test]
fn a_restricted_caller_stays_hidden_on_the_way_through() {
    let numbers = NumberFormat::default();
    let mut iam = iam_for_setup(&setup(), &numbers).unwrap();
    let mut calling = iam.get(key::CALLING_PARTY_NUMBER).unwrap();
    calling.presentation = Presentation::RESTRICTED;
    iam.set(key::CALLING_PARTY_NUMBER, &calling);
    let setup = setup_of_iam(&iam, TRUNK, NOW, &numbers).unwrap();
    let invite = outgoing(&setup, false);
    assert!(!format!("{invite:?}").contains("639980001"));
}

#[test]
fn rfc7135_a_trusted_next_hop_sees_an_emergency_call() {
    let emergency = Setup { class: Class::Emergency, ..setup() };
    let mark = ("Resource-Priority", "esnet.1".to_owned());
    assert!(outgoing(&emergency, true).headers.contains(&mark));
    assert!(!outgoing(&emergency, false).headers.contains(&mark));
    assert!(!outgoing(&setup(), true).headers.contains(&mark));
}
