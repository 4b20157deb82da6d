//! Who calls, why a call ends, and what a number brings with it, from SIP to ISUP and back: what
//! the IAM and the REL carry, and what the INVITE, the CANCEL and the BYE do.

use crate::support::case::{self, Case, Play};
use crate::support::gateway::Gateway;
use crate::support::isup_peer::{IsupPeer, acm, iam, rel};
use crate::support::peer::{Peer, header};
use isup_codec::{
    Anm, CallingPartyNumber, CallingPartysCategory, Iam, MessageType, NatureOfAddress, Octets,
    Presentation, Screening, key,
};
use std::net::Ipv4Addr;

/// Any number behind the exchange, and what an IAM has of it.
const NUMBER: &str = "0199000001";
const CALLED: &str = "199000001";
/// What an exchange calls behind the trunk that is not trusted, and behind the one that is.
const OPEN: &str = "199008001";
const TRUSTED: &str = "199008101";

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "From is a calling number that nobody has verified, whatever else is claimed",
        clause: "RFC 3325 §5",
        play: Play::Between(|gateway, exchange| {
            let claim = "P-Asserted-Identity: <tel:+33639980077>\r\n";
            let mut caller = Peer::calling(gateway, NUMBER);
            let calling = calling_of(&mut caller, exchange, claim).unwrap();
            assert_eq!(told(&calling), ("639980004", Presentation::ALLOWED));
            assert_eq!(calling.screening, Screening::USER_NOT_VERIFIED);
        }),
    },
    Case {
        name: "the asserted identity of a trusted peer is a calling number of the network",
        clause: "RFC 3325 §9.1",
        play: Play::Between(|gateway, exchange| {
            for claim in [
                "P-Asserted-Identity: <tel:+33639980077>\r\n",
                "P-Asserted-Identity: \"A, B\" <sip:+33639980077@example.net;user=phone>\r\n",
                "P-Asserted-Identity: <sip:anna@example.net>, <tel:+33639980077>\r\n",
                "P-Asserted-Identity: <sip:anna@example.net>\r\n\
                 P-Asserted-Identity: tel:+33-6-39-98-00-77\r\n",
            ] {
                let mut caller = trusted_caller(gateway);
                let calling = calling_of(&mut caller, exchange, claim).unwrap();
                assert_eq!(told(&calling), ("639980077", Presentation::ALLOWED), "{claim}");
                assert_eq!(calling.screening, Screening::NETWORK, "{claim}");
            }
        }),
    },
    Case {
        name: "Privacy restricts the presentation of the calling number",
        clause: "RFC 3325 §9.3",
        play: Play::Between(|gateway, exchange| {
            let identity = "P-Asserted-Identity: <tel:+33639980077>\r\n";
            for (privacy, presentation) in [
                ("id", Presentation::RESTRICTED),
                ("header;id;critical", Presentation::RESTRICTED),
                ("user", Presentation::RESTRICTED),
                ("none", Presentation::ALLOWED),
                ("session", Presentation::ALLOWED),
            ] {
                let headers = format!("{identity}Privacy: {privacy}\r\n");
                let mut caller = trusted_caller(gateway);
                let calling = calling_of(&mut caller, exchange, &headers).unwrap();
                assert_eq!(told(&calling), ("639980077", presentation), "{privacy}");
            }
            // Anybody may ask for it.
            let mut caller = Peer::calling(gateway, NUMBER);
            let calling = calling_of(&mut caller, exchange, "Privacy: id\r\n").unwrap();
            assert_eq!(told(&calling), ("639980004", Presentation::RESTRICTED));
        }),
    },
    Case {
        name: "an anonymous From is no calling number",
        clause: "RFC 3323 §4.1.1.3",
        play: Play::Between(|gateway, exchange| {
            let mut caller = Peer::calling(gateway, NUMBER);
            let from = format!("<sip:+33639980004@{}>", caller.address());
            let hidden = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
            caller.send(&caller.invite().replace(&from, hidden));
            let (cic, iam) = exchange.expect_iam();
            assert_eq!(iam.get(key::CALLING_PARTY_NUMBER), None);
            give_up(&mut caller, exchange, cic, |text| text.replace(&from, hidden));
        }),
    },
    Case {
        name: "a restricted number is in no line of the INVITE to whom we do not trust",
        clause: "RFC 3323 §4.1",
        play: Play::Between(|gateway, exchange| {
            let hidden = from_number(Presentation::RESTRICTED, Screening::NETWORK);
            let invite = invited(Peer::called(gateway), exchange, OPEN, Some(&hidden));
            assert!(!invite.contains("639980055"), "{invite}");
            assert!(header(&invite, "From").unwrap().contains("anonymous.invalid"), "{invite}");
            assert_eq!(header(&invite, "Privacy"), Some("id"), "{invite}");
            assert_eq!(header(&invite, "P-Asserted-Identity"), None, "{invite}");
        }),
    },
    Case {
        name: "a restricted number is told to whom we trust, with Privacy",
        clause: "RFC 3325 §7",
        play: Play::Between(|gateway, exchange| {
            let hidden = from_number(Presentation::RESTRICTED, Screening::NETWORK);
            let callee = Peer::called_at(trusted(gateway), gateway);
            let invite = invited(callee, exchange, TRUSTED, Some(&hidden));
            assert!(header(&invite, "From").unwrap().contains("anonymous.invalid"), "{invite}");
            assert_eq!(header(&invite, "Privacy"), Some("id"), "{invite}");
            let identity = header(&invite, "P-Asserted-Identity").unwrap_or_default();
            assert!(identity.starts_with("<sip:+33639980055@"), "{invite}");
        }),
    },
    Case {
        name: "a number that the network has verified is an asserted identity for whom we trust",
        clause: "RFC 3325 §5 (to the next hop)",
        play: Play::Between(|gateway, exchange| {
            for (screening, asserted) in [
                (Screening::NETWORK, true),
                (Screening::USER_VERIFIED, true),
                (Screening::USER_NOT_VERIFIED, false),
                (Screening::USER_FAILED, false),
            ] {
                let shown = from_number(Presentation::ALLOWED, screening);
                let callee = Peer::called_at(trusted(gateway), gateway);
                let invite = invited(callee, exchange, TRUSTED, Some(&shown));
                let from = header(&invite, "From").unwrap();
                assert!(from.starts_with("<sip:+33639980055@"), "{invite}");
                let identity = header(&invite, "P-Asserted-Identity");
                assert_eq!(identity.is_some(), asserted, "{screening:?}\n{invite}");
                assert_eq!(header(&invite, "Privacy"), None, "{invite}");
            }
            let shown = from_number(Presentation::ALLOWED, Screening::NETWORK);
            let invite = invited(Peer::called(gateway), exchange, OPEN, Some(&shown));
            assert_eq!(header(&invite, "P-Asserted-Identity"), None, "{invite}");
        }),
    },
    Case {
        name: "a call without a calling number is from the gateway",
        clause: "RFC 3398 §8.2.1.1",
        play: Play::Between(|gateway, exchange| {
            let absent = from_number(Presentation::NOT_AVAILABLE, Screening::NETWORK);
            for calling in [None, Some(&absent)] {
                let invite = invited(Peer::called(gateway), exchange, OPEN, calling);
                let from = header(&invite, "From").unwrap();
                assert!(from.starts_with(&format!("<sip:{}>", gateway.sip())), "{invite}");
                assert_eq!(header(&invite, "P-Asserted-Identity"), None, "{invite}");
            }
        }),
    },
    Case {
        name: "the cause in a BYE is that of the REL",
        clause: "RFC 3326 §2",
        play: Play::Between(|gateway, exchange| {
            for (reason, cause) in [
                ("", 16),
                ("Reason: Q.850;cause=31\r\n", 31),
                ("Reason: Q.850 ;cause=41 ;text=\"a, \\\"b\\\"; c\"\r\n", 41),
                ("Reason: SIP;cause=600;text=\"x\", q.850;cause=27\r\n", 27),
                ("Reason: SIP;cause=600\r\nReason: Q.850;cause=38\r\n", 38),
                ("Reason: Q.850;cause=300\r\n", 16),
                ("Reason: ;;=\"\r\n", 16),
            ] {
                let mut caller = Peer::calling(gateway, NUMBER);
                caller.send(&caller.invite());
                let (cic, _) = exchange.expect_iam();
                exchange.send(cic, acm());
                exchange.send(cic, Anm::new());
                caller.expect_status(180, "INVITE");
                caller.expect_status(200, "INVITE");
                caller.send(&caller.request("ACK", 1, ""));
                caller.send(&with(&caller.request("BYE", 2, ""), reason));
                caller.expect_status(200, "BYE");
                assert_eq!(exchange.expect_release(cic), cause, "{reason}");
            }
        }),
    },
    Case {
        name: "the cause in a CANCEL is that of the REL",
        clause: "RFC 3326 §3.1",
        play: Play::Between(|gateway, exchange| {
            for (reason, cause) in [
                ("", 16),
                ("Reason: Q.850;cause=26\r\n", 26),
                ("Reason: SIP ;cause=200 ;text=\"Call completed elsewhere\"\r\n", 16),
            ] {
                let mut caller = Peer::calling(gateway, NUMBER);
                caller.send(&caller.invite());
                let (cic, _) = exchange.expect_iam();
                caller.send(&with(&caller.request("CANCEL", 1, ""), reason));
                caller.expect_status(200, "CANCEL");
                caller.expect_status(487, "INVITE");
                caller.acknowledge_failure();
                assert_eq!(exchange.expect_release(cic), cause, "{reason}");
            }
        }),
    },
    Case {
        name: "the cause of a REL before the answer is in the CANCEL",
        clause: "RFC 3398 §8.2.3",
        play: Play::Between(|gateway, exchange| {
            for cause in [16_u8, 41, 102] {
                let mut callee = Peer::called(gateway);
                exchange.send(6, iam(OPEN));
                let invite = callee.expect("INVITE ");
                callee.answer(&invite, "180 Ringing", "");
                exchange.expect(6, MessageType::ACM);
                exchange.release(6, cause);
                let cancel = callee.expect("CANCEL ");
                let expected = format!("Q.850;cause={cause}");
                let reason = header(&cancel, "Reason").unwrap_or_default();
                assert_eq!(reason.split(";text").next(), Some(expected.as_str()), "{cancel}");
                callee.answer(&cancel, "200 OK", "");
                callee.answer(&invite, "487 Request Terminated", "");
                callee.expect("ACK ");
            }
        }),
    },
    Case {
        name: "the cause of a REL after the answer is in the BYE",
        clause: "RFC 3326 §3.4",
        play: Play::Between(|gateway, exchange| {
            for cause in [16_u8, 31, 111] {
                let mut callee = Peer::called(gateway);
                exchange.send(7, iam(OPEN));
                let invite = callee.expect("INVITE ");
                callee.answer(&invite, "200 OK", &callee.sdp("8", ""));
                callee.expect("ACK ");
                exchange.expect(7, MessageType::CON);
                exchange.release(7, cause);
                let bye = callee.expect("BYE ");
                let reason = header(&bye, "Reason").unwrap_or_default();
                assert!(reason.starts_with(&format!("Q.850;cause={cause}")), "{bye}");
                callee.answer(&bye, "200 OK", "");
            }
        }),
    },
    Case {
        name: "what a number was ported to, and the carrier, do not change the number",
        clause: "RFC 4694 §5.1",
        play: Play::Between(|gateway, exchange| {
            let host = gateway.sip();
            for uri in [
                "tel:+33199000001;npdi".to_owned(),
                "tel:+33199000001;npdi;rn=+33199000099".to_owned(),
                "tel:+33199000001;rn=99000099;rn-context=+33;npdi;cic=+33199".to_owned(),
                "tel:0199000001;phone-context=+33;cic=0199;cic-context=+33".to_owned(),
                format!("sip:+33199000001;npdi;rn=+33199000099;cic=+33199@{host};user=phone"),
            ] {
                let mut caller = Peer::calling(gateway, NUMBER);
                caller.uri = uri;
                caller.send(&caller.invite());
                let (cic, iam) = exchange.expect_iam();
                assert_eq!(iam.called.digits.as_str(), CALLED, "{}", caller.uri);
                assert_eq!(iam.called.nature, NatureOfAddress::NATIONAL, "{}", caller.uri);
                give_up(&mut caller, exchange, cic, str::to_owned);
            }
        }),
    },
    Case {
        name: "information between users harms no call, however it is written",
        clause: "RFC 7433 §4",
        play: Play::Between(|gateway, exchange| {
            for value in [
                "56a390f3d2b7310023;encoding=hex;purpose=isdn-interwork;content=isdn-uui",
                "00c81027,0412;encoding=hex;purpose=dummy",
                "nothing of that kind",
                ";;=\"",
                "",
            ] {
                let line = format!("User-to-User: {value}\r\n");
                let mut caller = Peer::calling(gateway, NUMBER);
                caller.send(&with(&caller.invite(), &line));
                let (cic, _) = exchange.expect_iam();
                exchange.send(cic, acm());
                exchange.send(cic, Anm::new());
                caller.expect_status(180, "INVITE");
                caller.expect_status(200, "INVITE");
                caller.send(&with(&caller.request("ACK", 1, ""), &line));
                caller.send(&with(&caller.request("BYE", 2, ""), &line));
                caller.expect_status(200, "BYE");
                assert_eq!(exchange.expect_release(cic), 16, "{value}");
            }
        }),
    },
    Case {
        name: "information between users in an IAM and a REL harms no call",
        clause: "RFC 7433 §1",
        play: Play::Between(|gateway, exchange| {
            let octets = Octets::from(&[4, 0xff, 0, 0x0d, 0x0a, 0x80][..]);
            let mut callee = Peer::called(gateway);
            exchange.send(8, iam(OPEN).with(key::USER_TO_USER_INFORMATION, &octets));
            let invite = callee.expect("INVITE ");
            callee.answer(&invite, "200 OK", &callee.sdp("8", ""));
            callee.expect("ACK ");
            exchange.expect(8, MessageType::CON);
            exchange.send(8, rel(16).with(key::USER_TO_USER_INFORMATION, &octets));
            exchange.expect(8, MessageType::RLC);
            let bye = callee.expect("BYE ");
            callee.answer(&bye, "200 OK", "");
        }),
    },
];

#[test]
fn who_calls_and_why_calls_end() {
    case::run_between(CASES, with_a_trusted_trunk);
}

/// The host of the trusted trunk: another interface of the machine.
fn trusted(gateway: &Gateway) -> Ipv4Addr {
    other(gateway.address)
}

fn other(address: Ipv4Addr) -> Ipv4Addr {
    let [a, _, c, d] = address.octets();
    Ipv4Addr::new(a, 2, c, d)
}

/// A second trunk before the demo's, whose peer is believed and told everything.
fn with_a_trusted_trunk(table: &mut toml::Table) {
    let admin = table["admin"]["listen"].as_str().unwrap();
    let host = other(admin.split(':').next().unwrap().parse().unwrap());
    let trunk: toml::Table = format!(
        "name = \"core\"\nsources = [\"{host}\"]\ntarget = \"udp:{host}:5070\"\ntrusted = true"
    )
    .parse()
    .unwrap();
    let sip = table["sip"].as_table_mut().unwrap();
    sip["trunk"].as_array_mut().unwrap().insert(0, trunk.into());
    let route = "prefix = \"+331990081\"\nfrom = \"exchange\"\nto = [\"core\"]";
    let route: toml::Table = route.parse().unwrap();
    table["route"].as_array_mut().unwrap().push(route.into());
}

/// A message with further lines of its header.
fn with(message: &str, lines: &str) -> String {
    message.replacen("Max-Forwards: ", &format!("{lines}Max-Forwards: "), 1)
}

fn trusted_caller(gateway: &Gateway) -> Peer {
    Peer::calling_from(trusted(gateway), gateway, NUMBER)
}

fn told(calling: &CallingPartyNumber) -> (&str, Presentation) {
    (calling.digits.as_str(), calling.presentation)
}

/// Calls with these lines, and gives up: the calling number of the IAM.
fn calling_of(caller: &mut Peer, exchange: &IsupPeer, lines: &str) -> Option<CallingPartyNumber> {
    caller.send(&with(&caller.invite(), lines));
    let (cic, iam) = exchange.expect_iam();
    give_up(caller, exchange, cic, str::to_owned);
    iam.get(key::CALLING_PARTY_NUMBER)
}

/// Takes the INVITE back; each message is changed as the INVITE was.
fn give_up(caller: &mut Peer, exchange: &IsupPeer, cic: u16, change: impl Fn(&str) -> String) {
    caller.send(&change(&caller.request("CANCEL", 1, "")));
    caller.expect_status(200, "CANCEL");
    caller.expect_status(487, "INVITE");
    caller.target.clear();
    caller.send(&change(&caller.request("ACK", 1, "")));
    assert_eq!(exchange.expect_release(cic), 16);
}

fn from_number(presentation: Presentation, screening: Screening) -> CallingPartyNumber {
    let digits = "639980055".parse().unwrap();
    let number = CallingPartyNumber::new(NatureOfAddress::NATIONAL, digits);
    CallingPartyNumber { presentation, screening, ..number }
}

/// The exchange calls, from this number: the INVITE, which is refused.
fn invited(
    mut callee: Peer,
    exchange: &IsupPeer,
    number: &str,
    calling: Option<&CallingPartyNumber>,
) -> String {
    const CIC: u16 = 5;
    let mut whole = Iam::new(iam(number).called, CallingPartysCategory::ORDINARY);
    if let Some(calling) = calling {
        whole.set(key::CALLING_PARTY_NUMBER, calling);
    }
    exchange.send(CIC, whole);
    let invite = callee.expect("INVITE ");
    callee.answer(&invite, "486 Busy Here", "");
    callee.expect("ACK ");
    let cause = exchange.expect_release(CIC);
    assert_eq!(cause, 17);
    invite
}
