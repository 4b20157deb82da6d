//! RFC 3263 §4.3: an INVITE and its next hops, one after the other.

use super::bench::{Bench, OFFER, Sent, outgoing, reply, reply_with, udp};
use crate::{Event, Flow, Hop, Input, Outgoing, Patience, Released, SessionId, Timer, Transport};
use base::{Class, Duration};
use sip_parser::{Message, Method};
use std::net::SocketAddr;

fn hop(number: u8) -> Flow {
    let remote = SocketAddr::from(([127, 0, 0, 100 + number], 5060));
    Flow { remote, ..udp() }
}

fn spare(numbers: &[u8]) -> Vec<Hop> {
    let hops = numbers.iter().map(|number| {
        let flow = hop(*number);
        Hop { flow, request_uri: format!("sip:+33199008001@{}", flow.remote) }
    });
    hops.collect()
}

fn patience(others: u64, last: Option<u64>) -> Patience {
    let while_others = Some(Duration::from_secs(others));
    Patience { while_others, last: last.map(Duration::from_secs) }
}

fn call(numbers: &[u8], patience: Patience) -> (Bench, SessionId, Message) {
    let mut bench = Bench::new(udp());
    let out = Outgoing { spare: spare(numbers), patience, ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Emergency, out).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    (bench, session, invite)
}

/// The next INVITE: where to, and what.
fn next_invite(bench: &mut Bench) -> (Flow, Message) {
    while let Some(Sent { flow, message, .. }) = bench.sent.pop_front() {
        if message.is_request() && message.method() == Method::Invite {
            return (flow, message);
        }
    }
    panic!("no INVITE");
}

fn hop_failed(bench: &mut Bench) -> (Flow, Released) {
    match bench.event() {
        Event::HopFailed { flow, why, .. } => (flow, why),
        other => panic!("{other:?}"),
    }
}

fn rejected(status: u16) -> Released {
    Released::Rejected { status, reason: None, warning: None }
}

#[test]
fn a_503_sends_the_same_invite_to_the_next_hop_with_another_branch() {
    let (mut bench, session, first) = call(&[1], Patience::default());
    bench.feed(reply(&first, 100, "", None));
    bench.feed(reply(&first, 503, "full", None));
    assert_eq!(bench.next_request(Method::Ack).top_via().branch, first.top_via().branch);
    let (flow, second) = next_invite(&mut bench);
    assert_eq!(flow, hop(1));
    assert_eq!(second.uri(), Some("sip:+33199008001@127.0.0.101:5060"));
    assert_ne!(second.top_via().branch, first.top_via().branch);
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.from().tag(), first.from().tag());
    assert_eq!(second.cseq().number, first.cseq().number);
    assert_eq!(second.body(), first.body());
    assert_eq!(hop_failed(&mut bench), (udp(), rejected(503)));
    bench.feed(reply(&second, 200, "callee", Some(OFFER)));
    bench.next_request(Method::Ack);
    assert!(matches!(bench.event(), Event::Answered { session: found, .. } if found == session));
    assert_eq!(bench.sip.stats().hops_failed, 1);
}

#[test]
fn the_failure_of_the_last_hop_is_the_answer() {
    let (mut bench, session, first) = call(&[1], Patience::default());
    bench.feed(reply(&first, 503, "full", None));
    let (_, second) = next_invite(&mut bench);
    hop_failed(&mut bench);
    bench.feed(reply(&second, 503, "full", None));
    assert_eq!(bench.expect_released(session), rejected(503));
    bench.expect_ended(session);
    bench.pass_ms(64_000);
    bench.expect_empty();
}

#[test]
fn other_answers_are_the_callees_and_no_reason_to_go_on() {
    for status in [302, 404, 408, 482, 486, 500, 504, 603] {
        let (mut bench, session, first) = call(&[1], Patience::default());
        bench.feed(reply(&first, status, "callee", None));
        assert_eq!(bench.expect_released(session), rejected(status));
        bench.next_request(Method::Ack);
        assert!(bench.sent.is_empty(), "{status}");
    }
}

#[test]
fn once_somebody_was_reached_a_503_is_the_answer() {
    for status in [180, 183, 189] {
        let (mut bench, session, first) = call(&[1], Patience::default());
        bench.feed(reply(&first, status, "callee", None));
        assert!(matches!(bench.event(), Event::Progress { .. }));
        bench.feed(reply(&first, 503, "callee", None));
        assert_eq!(bench.expect_released(session), rejected(503));
    }
}

#[test]
fn what_cannot_be_sent_goes_to_the_next_hop_at_once() {
    let (mut bench, _, _) = call(&[1, 2], Patience::default());
    bench.input(Input::SendFailed { flow: udp() });
    assert_eq!(next_invite(&mut bench).0, hop(1));
    assert_eq!(hop_failed(&mut bench), (udp(), Released::TransportFailed));
    bench.input(Input::SendFailed { flow: hop(1) });
    assert_eq!(next_invite(&mut bench).0, hop(2));
    assert_eq!(hop_failed(&mut bench), (hop(1), Released::TransportFailed));
}

#[test]
fn without_patience_a_silent_hop_has_timer_b() {
    let (mut bench, session, _) = call(&[1], Patience::default());
    bench.pass_ms(31_999);
    assert!(bench.events.is_empty());
    bench.pass_ms(1);
    assert_eq!(hop_failed(&mut bench), (udp(), Released::Timeout));
    bench.pass_ms(32_000);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn a_silent_hop_is_left_early_while_there_is_another() {
    let (mut bench, session, _) = call(&[1], patience(2, None));
    let next = bench.sip.poll_timeout().unwrap();
    assert_eq!(next.1, Timer::A);
    bench.pass_ms(2_000);
    // Two copies went to the first hop, then none.
    let (flow, second) = (0..3).map(|_| next_invite(&mut bench)).last().unwrap();
    assert_eq!(flow, hop(1));
    assert_eq!(hop_failed(&mut bench), (udp(), Released::Timeout));
    bench.pass_ms(31_999);
    assert!(bench.sent.iter().all(|sent| sent.flow == hop(1)));
    assert!(bench.events.is_empty(), "the last hop has Timer B");
    bench.sent.clear();
    bench.feed(reply(&second, 486, "callee", None));
    assert_eq!(bench.expect_released(session), rejected(486));
    bench.expect_ended(session);
    bench.pass_ms(40_000);
    bench.expect_empty();
}

#[test]
fn a_100_is_enough_of_a_word() {
    let (mut bench, _, first) = call(&[1], patience(2, Some(2)));
    bench.pass_ms(1_900);
    bench.feed(reply(&first, 100, "", None));
    bench.pass_ms(60_000);
    assert!(bench.events.is_empty());
}

#[test]
fn the_last_hop_is_left_early_where_its_user_has_something_else() {
    let (mut bench, session, _) = call(&[], patience(2, Some(2)));
    bench.pass_ms(2_000);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    assert!(bench.events.is_empty());
    bench.sent.clear();
    bench.pass_ms(30_000);
    assert!(bench.sent.is_empty(), "it is not sent to again");
    bench.expect_ended(session);
    bench.expect_empty();
}

/// §9.1: no CANCEL before a provisional response.
#[test]
fn a_hop_that_was_left_and_wakes_up_is_cancelled() {
    for last in [false, true] {
        let spare: &[u8] = if last { &[] } else { &[1] };
        let (mut bench, session, first) = call(spare, patience(2, Some(2)));
        bench.pass_ms(2_000);
        bench.sent.clear();
        bench.feed(reply(&first, 180, "late", None));
        let cancel = bench.next_request(Method::Cancel);
        assert_eq!(cancel.top_via().branch, first.top_via().branch);
        bench.feed(reply(&first, 180, "late", None));
        assert!(bench.sent.is_empty(), "one CANCEL");
        bench.feed(reply(&cancel, 200, "late", None));
        bench.feed(reply(&first, 487, "late", None));
        bench.next_request(Method::Ack);
        bench.release(session, 487);
        bench.pass_ms(70_000);
        bench.expect_empty();
    }
}

#[test]
fn a_hop_that_was_left_and_answers_is_acknowledged_and_released() {
    let (mut bench, session, first) = call(&[1], patience(2, None));
    bench.pass_ms(2_000);
    let second = (0..3).map(|_| next_invite(&mut bench).1).last().unwrap();
    hop_failed(&mut bench);
    bench.feed(reply(&first, 200, "late", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).to().tag(), Some("late"));
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.to().tag(), Some("late"));
    bench.feed(reply(&bye, 200, "late", None));
    bench.expect_quiet();
    bench.feed(reply(&second, 200, "callee", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).to().tag(), Some("callee"));
    assert!(matches!(bench.event(), Event::Answered { session: found, .. } if found == session));
}

#[test]
fn a_late_503_of_a_hop_that_was_left_changes_nothing() {
    let (mut bench, _, first) = call(&[1, 2], patience(2, None));
    bench.pass_ms(2_000);
    hop_failed(&mut bench);
    bench.sent.clear();
    bench.feed(reply(&first, 503, "late", None));
    bench.next_request(Method::Ack);
    bench.expect_quiet();
}

#[test]
fn a_call_that_is_taken_back_goes_nowhere_else() {
    let (mut bench, session, first) = call(&[1], patience(2, Some(2)));
    bench.release(session, 487);
    bench.pass_ms(3_000);
    assert!(bench.sent.iter().all(|sent| sent.flow == udp()));
    bench.sent.clear();
    bench.feed(reply_with(&first, 503, "full", &[], None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
    assert!(bench.sent.is_empty());
}

#[test]
fn a_hop_that_we_have_no_socket_for_is_passed_over() {
    let mut bench = Bench::new(udp());
    let six: SocketAddr = "[::1]:5060".parse().unwrap();
    let mut hops = spare(&[1, 2]);
    hops[0].flow.remote = six;
    let out = Outgoing { spare: hops, ..outgoing(udp()) };
    bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    bench.input(Input::SendFailed { flow: udp() });
    next_invite(&mut bench);
    assert_eq!(next_invite(&mut bench).0, hop(2));
}

#[test]
fn only_so_many_hops_are_tried_and_each_by_its_own_transport() {
    let mut bench = Bench::new(udp());
    let mut hops = spare(&(1..=20).collect::<Vec<_>>());
    hops[0].flow.transport = Transport::Tcp;
    let out = Outgoing { spare: hops, ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let mut tried = Vec::new();
    while let Some(sent) = bench.sent.pop_front() {
        tried.push(sent.flow);
        let via = sent.message.header(sip_parser::Name::Via).unwrap();
        assert!(via.contains(sent.flow.transport.via_name()), "{via}");
        let contact = sent.message.contact().unwrap().uri.to_owned();
        assert_eq!(contact.contains("transport=tcp"), sent.flow.transport == Transport::Tcp);
        bench.input(Input::SendFailed { flow: sent.flow });
    }
    assert_eq!(tried.len(), 8);
    assert_eq!(bench.sip.stats().hops_failed, 7);
    bench.events.retain(|event| !matches!(event, Event::HopFailed { .. }));
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.expect_ended(session);
    bench.expect_empty();
}
