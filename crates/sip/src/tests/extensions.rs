//! 420 and 421 to our INVITE (RFC 3261 §8.1.3.5, §21.4.15, §21.4.16).

use super::bench::{Bench, OFFER, outgoing, reply, reply_with, udp};
use crate::{EarlyPolicy, Event, Outgoing, Released, Reliability, SessionId};
use base::Class;
use sip_parser::{Message, Method, Name};

fn call(class: Class, reliability: Reliability) -> (Bench, SessionId, Message) {
    let mut bench = Bench::new(udp());
    let early = EarlyPolicy { reliability, gated: false };
    let out = Outgoing { early, ..outgoing(bench.flow) };
    let session = bench.sip.invite(bench.now, class, out).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    (bench, session, invite)
}

/// The callee refuses, and the call goes out again.
fn again(bench: &mut Bench, invite: &Message, status: u16, name: &str, tags: &str) -> Message {
    bench.feed(reply_with(invite, status, "no", &[(name, tags)], None));
    bench.next_request(Method::Ack);
    let next = bench.next_request(Method::Invite);
    // §8.1.3.5
    assert_eq!(next.call_id(), invite.call_id());
    assert_eq!(next.header(Name::From), invite.header(Name::From));
    assert_eq!(next.header(Name::To), invite.header(Name::To));
    assert_eq!(next.cseq().number, invite.cseq().number + 1);
    assert_ne!(next.top_via().branch, invite.top_via().branch);
    next
}

fn refused(bench: &mut Bench, session: SessionId, status: u16) {
    bench.next_request(Method::Ack);
    let why = bench.expect_released(session);
    assert!(matches!(why, Released::Rejected { status: found, .. } if found == status));
    bench.expect_ended(session);
}

fn tags(message: &Message, list: Name) -> Vec<&str> {
    message.values(list).collect()
}

#[test]
fn what_the_callee_does_not_know_is_left_out() {
    let (mut bench, session, invite) = call(Class::Ordinary, Reliability::Required);
    assert_eq!(tags(&invite, Name::Require), ["100rel"]);
    let next = again(&mut bench, &invite, 420, "Unsupported", "100rel");
    assert!(tags(&next, Name::Require).is_empty());
    assert_eq!(tags(&next, Name::Supported), ["resource-priority", "timer", "199"]);
    assert_eq!(bench.sip.stats().extensions_revised, 1);
    bench.feed(reply(&next, 200, "callee", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).cseq().number, 2);
    assert!(matches!(bench.event(), Event::Answered { session: found, .. } if found == session));
}

#[test]
fn a_420_that_names_nothing_means_what_was_required() {
    let (mut bench, _, invite) = call(Class::Ordinary, Reliability::Required);
    bench.feed(reply(&invite, 420, "no", None));
    bench.next_request(Method::Ack);
    assert!(tags(&bench.next_request(Method::Invite), Name::Require).is_empty());
}

#[test]
fn what_the_callee_requires_is_required() {
    for (tag, body) in [("100rel", false), ("timer", false), ("precondition", true)] {
        let (mut bench, _, invite) = call(Class::Ordinary, Reliability::Supported);
        let next = again(&mut bench, &invite, 421, "Require", tag);
        assert_eq!(tags(&next, Name::Require), [tag]);
        assert!(tags(&next, Name::Supported).contains(&tag));
        let text = String::from_utf8(next.body().to_vec()).unwrap();
        assert_eq!(text.contains("a=curr:qos local sendrecv\r\n"), body, "{text}");
        // RFC 3312 §5.1.1: nothing is asked of the callee's network.
        assert_eq!(text.contains("a=des:qos none remote sendrecv\r\n"), body, "{text}");
    }
}

#[test]
fn nothing_is_turned_over_twice() {
    let (mut bench, session, invite) = call(Class::Ordinary, Reliability::Supported);
    let next = again(&mut bench, &invite, 421, "Require", "100rel");
    let next = again(&mut bench, &next, 420, "Unsupported", "timer");
    assert_eq!(tags(&next, Name::Supported), ["100rel", "resource-priority", "199"]);
    assert!(next.header(Name::SessionExpires).is_none());
    bench.feed(reply_with(&next, 420, "no", &[("Unsupported", "100rel, timer")], None));
    refused(&mut bench, session, 420);
}

#[test]
fn what_cannot_be_mended_is_a_refusal() {
    for (policy, status, name, tag) in [
        (Reliability::Supported, 421, "Require", "sec-agree"),
        (Reliability::Supported, 421, "Require", "100rel, sec-agree"),
        (Reliability::Supported, 421, "X-Other", "100rel"),
        (Reliability::Supported, 420, "Unsupported", "path"),
        // The trunk does without.
        (Reliability::Off, 421, "Require", "100rel"),
    ] {
        let (mut bench, session, invite) = call(Class::Ordinary, policy);
        bench.feed(reply_with(&invite, status, "no", &[(name, tag)], None));
        refused(&mut bench, session, status);
    }
    // An emergency call is not lost for what we can do after all.
    let (mut bench, _, invite) = call(Class::Emergency, Reliability::Off);
    let next = again(&mut bench, &invite, 421, "Require", "100rel");
    assert_eq!(tags(&next, Name::Require), ["100rel"]);
}

#[test]
fn a_call_taken_back_is_not_made_again() {
    let (mut bench, session, invite) = call(Class::Ordinary, Reliability::Required);
    bench.release(session, 487);
    bench.feed(reply_with(&invite, 420, "no", &[("Unsupported", "100rel")], None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
}
