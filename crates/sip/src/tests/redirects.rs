//! 3xx to our INVITE: followed by policy only.

use super::bench::{Bench, OFFER, outgoing, release, reply, reply_with, udp};
use crate::{Event, Outgoing, Redirects, Released, SessionId};
use base::Class;
use sip_parser::{Message, Method, Name};

fn calling(most: u8) -> (Bench, SessionId, Message) {
    let mut bench = Bench::new(udp());
    let within = vec![("127.0.0.0".parse().unwrap(), 29)];
    let out = Outgoing { redirects: Redirects { most, within }, ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    (bench, session, invite)
}

fn moved(bench: &mut Bench, invite: &Message, status: u16, contacts: &str) {
    let plain = String::from_utf8(reply(invite, status, "callee", None).to_vec()).unwrap();
    let own = plain.lines().find(|line| line.starts_with("Contact")).unwrap();
    bench.feed(plain.replace(own, &format!("Contact: {contacts}")).into());
    bench.next_request(Method::Ack);
}

fn rejected(bench: &mut Bench, session: SessionId) -> u16 {
    let Released::Rejected { status, .. } = bench.expect_released(session) else { panic!() };
    bench.expect_ended(session);
    status
}

#[test]
fn rfc3261_8_1_3_4_the_preferred_contact_is_called() {
    let (mut bench, session, first) = calling(3);
    let contacts = "<sip:a@127.0.0.3>;q=0.2, <sip:b@127.0.0.4:5070;method=INVITE?x=y>;q=0.9, \
                    <sip:c@127.0.0.5>;q=0.5";
    moved(&mut bench, &first, 302, contacts);
    assert_eq!(bench.sent[0].flow.remote, "127.0.0.4:5070".parse().unwrap());
    let second = bench.next_request(Method::Invite);
    assert_eq!(second.uri(), Some("sip:b@127.0.0.4:5070"));
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.cseq().number, first.cseq().number + 1);
    assert_eq!(second.header(Name::To), first.header(Name::To));
    assert_eq!(second.body(), first.body());
    // RFC 5806 §4, RFC 7044 §10.3.
    let diversion = second.header(Name::Diversion).unwrap();
    assert!(diversion.starts_with(&format!("<{}>;reason=", first.uri().unwrap())), "{diversion}");
    let history: Vec<_> = second.values(Name::HistoryInfo).collect();
    assert!(history[0].contains("cause%3D302") && history[0].ends_with(";index=1"));
    assert_eq!(history[1], "<sip:b@127.0.0.4:5070>;index=1.1;mp=1");
    // It is busy: the next one, until nobody is left.
    bench.feed(reply(&second, 486, "b", None));
    bench.next_request(Method::Ack);
    let third = bench.next_request(Method::Invite);
    assert_eq!(third.uri(), Some("sip:c@127.0.0.5"));
    assert_eq!(third.values(Name::Diversion).count(), 1);
    let history: Vec<_> = third.values(Name::HistoryInfo).collect();
    assert!(history[1].contains("cause%3D486") && history[2].contains(";index=1.1.1;"));
    bench.feed(reply(&third, 200, "c", Some(OFFER)));
    bench.next_request(Method::Ack);
    assert!(matches!(bench.event(), Event::Answered { .. }));
    assert_eq!(bench.sip.stats().redirects, 2);
    bench.sip.release(bench.now, session, &release(0));
}

#[test]
fn whoever_is_not_allowed_to_ends_the_call() {
    let (mut bench, session, invite) = calling(0);
    moved(&mut bench, &invite, 302, "<sip:a@127.0.0.3>");
    assert_eq!(rejected(&mut bench, session), 302);
    // Toll fraud, a loop, a name, other schemes, none at all.
    for contacts in [
        "<sip:+33199000000@192.0.2.1>",
        "<sip:+33199008001@127.0.0.2:5062;user=phone>",
        "<sip:a@example.net>",
        "<tel:+33199000000>, <mailto:a@example.net>",
        "<sip:a@127.0.0.3;transport=carrier-pigeon>",
    ] {
        let (mut bench, session, invite) = calling(5);
        moved(&mut bench, &invite, 302, contacts);
        assert!(bench.sent.is_empty());
        assert_eq!(rejected(&mut bench, session), 302, "{contacts}");
    }
    for status in [305, 380] {
        let (mut bench, session, invite) = calling(5);
        moved(&mut bench, &invite, status, "<sip:a@127.0.0.3>");
        assert_eq!(rejected(&mut bench, session), status);
        assert_eq!(bench.sip.stats().alternatives, u64::from(status == 380));
    }
}

/// §21.3.5, TS 24.229 §7.6, RFC 5031: by a body of IMS, or by a Contact.
#[test]
fn the_alternative_service_may_be_that_of_emergency_calls() {
    let ims = "<ims-3gpp><alternative-service><type>emergency</type></alternative-service>";
    let part = format!("--b\r\nContent-Type: application/3gpp-ims+xml\r\n\r\n{ims}\r\n--b--\r\n");
    for (kind, body, contact, expected) in [
        ("application/3gpp-ims+xml", ims, "<sip:a@127.0.0.3>", Some(None)),
        ("multipart/mixed;boundary=b", &part, "<sip:a@127.0.0.3>", Some(None)),
        ("text/plain", ims, "<sip:a@127.0.0.3>", None),
        ("text/plain", "", "<urn:service:sos.fire>", Some(Some("urn:service:sos.fire".to_owned()))),
    ] {
        let (mut bench, session, invite) = calling(5);
        let plain = String::from_utf8(reply(&invite, 380, "callee", None).to_vec()).unwrap();
        let head = plain.split("Content-Length").next().unwrap();
        let own = head.lines().find(|line| line.starts_with("Contact")).unwrap();
        let head = head.replace(own, &format!("Contact: {contact}\r\nContent-Type: {kind}"));
        bench.feed(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into());
        bench.next_request(Method::Ack);
        match bench.expect_released(session) {
            Released::Emergency { service } => assert_eq!(Some(service), expected),
            Released::Rejected { status: 380, .. } => assert_eq!(expected, None),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_call_is_not_redirected_without_end() {
    let (mut bench, session, mut invite) = calling(3);
    for n in 0..3 {
        moved(&mut bench, &invite, 301, &format!("<sip:{n}@127.0.0.3>"));
        invite = bench.next_request(Method::Invite);
    }
    moved(&mut bench, &invite, 301, "<sip:4@127.0.0.3>");
    assert!(bench.sent.is_empty());
    assert_eq!(rejected(&mut bench, session), 301);
    // Two that point at each other.
    let (mut bench, session, invite) = calling(10);
    moved(&mut bench, &invite, 302, "<sip:a@127.0.0.3>");
    let a = bench.next_request(Method::Invite);
    moved(&mut bench, &a, 302, "<sip:b@127.0.0.3>");
    let b = bench.next_request(Method::Invite);
    moved(&mut bench, &b, 302, "<sip:a@127.0.0.3>");
    assert_eq!(rejected(&mut bench, session), 302);
}

#[test]
fn six_hundred_speaks_for_all_and_a_caller_may_leave() {
    let contacts = "<sip:a@127.0.0.3>, <sip:b@127.0.0.4>";
    let (mut bench, session, invite) = calling(5);
    moved(&mut bench, &invite, 300, contacts);
    let second = bench.next_request(Method::Invite);
    bench.feed(reply_with(&second, 603, "a", &[], None));
    bench.next_request(Method::Ack);
    assert_eq!(rejected(&mut bench, session), 603);
    let (mut bench, session, invite) = calling(5);
    bench.feed(reply(&invite, 180, "callee", None));
    bench.event();
    bench.release(session, 0);
    bench.next_request(Method::Cancel);
    moved(&mut bench, &invite, 302, contacts);
    assert!(bench.sent.is_empty());
    bench.expect_ended(session);
}

/// §8.1.3.4, §8.1.3.1: a contact that is dead has failed like one that says so.
#[test]
fn a_contact_that_does_not_answer_leaves_the_others() {
    let (mut bench, _, invite) = calling(2);
    moved(&mut bench, &invite, 302, "<sip:a@127.0.0.3>;q=0.9, <sip:b@127.0.0.4>;q=0.5");
    bench.next_request(Method::Invite);
    bench.pass_ms(32_000);
    bench.sent.retain(|sent| sent.flow.remote.ip().to_string() == "127.0.0.4");
    let second = bench.next_request(Method::Invite);
    assert_eq!(second.uri(), Some("sip:b@127.0.0.4"));
    bench.feed(reply(&second, 200, "b", Some(OFFER)));
    bench.next_request(Method::Ack);
    assert!(matches!(bench.event(), Event::Answered { .. }));
}

#[test]
fn of_more_contacts_than_are_kept_the_best_are() {
    let (mut bench, _, first) = calling(1);
    let contacts = (0..40).map(|n| format!("<sip:c{n}@127.0.0.3>;q=0.{:02}", 40 + n));
    moved(&mut bench, &first, 302, &contacts.collect::<Vec<_>>().join(", "));
    assert_eq!(bench.next_request(Method::Invite).uri(), Some("sip:c39@127.0.0.3"));
}
