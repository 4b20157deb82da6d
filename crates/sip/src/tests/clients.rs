//! RFC 3261 §17.1 and RFC 6026: our requests.

use super::bench::{Bench, OFFER, Peer, Sent, outgoing, reply, tcp, text, udp};
use crate::{ConnectionId, Event, Flow, Input, Released, SessionId, Timer, Transport};
use base::Class;
use sip_parser::{Message, Method};

fn call(flow: Flow) -> (Bench, SessionId, Message) {
    let mut bench = Bench::new(flow);
    let session = bench.sip.invite(bench.now, Class::Ordinary, outgoing(flow)).unwrap();
    bench.drain();
    let invite = bench.sent.front().unwrap().message.clone();
    assert_eq!(invite.method(), Method::Invite);
    (bench, session, invite)
}

#[test]
fn invite_is_repeated_by_timer_a_until_timer_b() {
    let (mut bench, session, _) = call(udp());
    assert_eq!(bench.sip.poll_timeout().map(|(_, timer)| timer), Some(Timer::A));
    bench.pass_ms(31_999);
    assert_eq!(bench.sent_at(), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    bench.expect_quiet();
    bench.pass_ms(1);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    bench.expect_ended(session);
    bench.expect_empty();
    assert_eq!(bench.sip.stats().timeouts, 1);
}

#[test]
fn over_a_stream_invite_is_sent_once() {
    let (mut bench, session, _) = call(tcp());
    bench.pass_ms(32_000);
    assert_eq!(bench.sent_at(), [0]);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn a_provisional_response_stops_timers_a_and_b() {
    let (mut bench, _, invite) = call(udp());
    bench.pass_ms(600);
    bench.feed(reply(&invite, 100, "", None));
    bench.pass_ms(120_000);
    assert_eq!(bench.sent_at(), [0, 500]);
    bench.expect_quiet();
}

#[test]
fn a_refusal_is_acknowledged_and_so_is_each_copy_until_timer_d() {
    let (mut bench, session, invite) = call(udp());
    bench.next();
    let busy = reply(&invite, 486, "callee", None);
    bench.feed(busy.clone());
    let ack = bench.next_request(Method::Ack);
    // §17.1.1.3
    assert_eq!(ack.uri(), invite.uri());
    assert_eq!(ack.top_via().branch, invite.top_via().branch);
    assert_eq!(ack.cseq().number, invite.cseq().number);
    assert_eq!(ack.to().tag(), Some("callee"));
    assert_eq!(ack.from().tag(), invite.from().tag());
    assert_eq!(ack.vias().count(), 1);
    let Released::Rejected { status: 486, .. } = bench.expect_released(session) else {
        panic!();
    };
    bench.expect_ended(session);
    bench.pass_ms(31_000);
    bench.feed(busy.clone());
    assert_eq!(bench.next_request(Method::Ack).bytes(), ack.bytes());
    bench.expect_quiet();
    bench.pass_ms(1_000);
    bench.expect_empty();
    bench.feed(busy);
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().stray_responses, 1);
}

#[test]
fn a_2xx_is_acknowledged_and_so_is_each_copy_until_timer_m() {
    let (mut bench, session, invite) = call(udp());
    bench.next();
    let ok = reply(&invite, 200, "callee", Some(OFFER));
    bench.feed(ok.clone());
    let ack = bench.next_request(Method::Ack);
    // §13.2.2.4, §17.1.1.3: a request of its own, with the number of the INVITE.
    assert_ne!(ack.top_via().branch, invite.top_via().branch);
    assert_eq!(ack.cseq().number, invite.cseq().number);
    assert_eq!(ack.uri(), Some("sip:callee@127.0.0.2:5062"));
    let Event::Answered { session: answered, .. } = bench.event() else { panic!() };
    assert_eq!(answered, session);
    bench.pass_ms(20_000);
    bench.feed(ok.clone());
    assert_eq!(bench.next_request(Method::Ack).bytes(), ack.bytes());
    bench.expect_quiet();
    bench.pass_ms(12_000);
    assert_eq!(bench.sip.transactions(), 0);
    bench.feed(ok);
    bench.expect_quiet();
}

#[test]
fn a_2xx_of_another_fork_is_acknowledged_and_released() {
    let (mut bench, session, invite) = call(udp());
    bench.next();
    bench.feed(reply(&invite, 200, "first", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.event();
    let second = reply(&invite, 200, "second", Some(OFFER));
    bench.feed(second.clone());
    let ack = bench.next_request(Method::Ack);
    assert_eq!(ack.to().tag(), Some("second"));
    assert_eq!(ack.uri(), Some("sip:second@127.0.0.2:5062"));
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.to().tag(), Some("second"));
    assert!(bye.cseq().number > 1);
    assert_eq!(bench.sip.stats().forks_released, 1);
    // A copy of it: the ACK again, no second BYE.
    bench.feed(second);
    bench.next_request(Method::Ack);
    bench.feed(reply(&bye, 200, "second", None));
    bench.expect_quiet();
    assert_eq!(bench.sip.sessions(), 1);
    // Also when the call is over already.
    bench.release(session, 0);
    let bye = bench.next_request(Method::Bye);
    bench.feed(reply(&bye, 200, "first", None));
    bench.expect_ended(session);
    bench.feed(reply(&invite, 200, "third", Some(OFFER)));
    bench.next_request(Method::Ack);
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.to().tag(), Some("third"));
    bench.feed(reply(&bye, 200, "third", None));
    bench.pass_ms(33_000);
    bench.expect_quiet();
    bench.expect_empty();
}

#[test]
fn forks_without_end_are_not_answered_without_end() {
    let (mut bench, _, invite) = call(udp());
    bench.next();
    for number in 0..100 {
        bench.feed(reply(&invite, 200, &format!("fork{number}"), Some(OFFER)));
    }
    assert_eq!(bench.sip.stats().forks_released, 15);
    assert_eq!(bench.sip.stats().stray_responses, 84);
    assert_eq!(bench.sip.transactions(), 16);
}

#[test]
fn bye_is_repeated_by_timer_e_until_timer_f() {
    let mut bench = Bench::new(udp());
    let (session, _) = bench.talking_out();
    bench.pass_ms(40_000);
    bench.release(session, 0);
    bench.pass_ms(32_000);
    let times: Vec<u64> = bench.sent_at().iter().map(|at| at - 40_000).collect();
    assert_eq!(
        times,
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn a_provisional_response_slows_timer_e_to_t2_and_the_final_one_is_absorbed_until_timer_k() {
    let mut bench = Bench::new(udp());
    let (session, _) = bench.talking_out();
    bench.pass_ms(40_000);
    bench.release(session, 0);
    let bye = bench.sent.front().unwrap().message.clone();
    bench.feed(reply(&bye, 100, "", None));
    bench.pass_ms(9_000);
    let times: Vec<u64> = bench.sent_at().iter().map(|at| at - 40_000).collect();
    assert_eq!(times, [0, 500, 4_500, 8_500]);
    let ok = reply(&bye, 200, "callee", None);
    bench.feed(ok.clone());
    bench.expect_ended(session);
    bench.pass_ms(4_999);
    bench.feed(ok);
    assert_eq!(bench.sip.transactions(), 1);
    assert_eq!(bench.sip.stats().stray_responses, 0);
    bench.pass_ms(1);
    bench.expect_quiet();
    bench.expect_empty();
}

#[test]
fn over_a_stream_nothing_is_repeated_and_nothing_lingers() {
    let mut bench = Bench::new(tcp());
    bench.input(Input::Connected { flow: tcp() });
    let (session, _) = bench.talking_out();
    bench.pass_ms(40_000);
    bench.release(session, 0);
    bench.pass_ms(10_000);
    assert_eq!(bench.sent.len(), 1);
    let bye = bench.next_request(Method::Bye);
    bench.feed(reply(&bye, 200, "callee", None));
    bench.expect_ended(session);
    bench.pass_ms(0);
    bench.expect_empty();
}

#[test]
fn a_datagram_that_cannot_be_sent_ends_the_call_at_once() {
    let (mut bench, session, _) = call(udp());
    bench.input(Input::SendFailed { flow: udp() });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.expect_ended(session);
    bench.expect_empty();
    // What was answered is not undone by a late failure.
    let (mut bench, _, invite) = call(udp());
    bench.feed(reply(&invite, 180, "callee", None));
    bench.events.clear();
    bench.input(Input::SendFailed { flow: udp() });
    assert!(bench.events.is_empty());
    assert_eq!(bench.sip.sessions(), 1);
}

#[test]
fn a_connection_that_broke_is_tried_once_more_over_a_new_one() {
    let (mut bench, session, _) = call(tcp());
    let first = bench.sent.pop_front().unwrap();
    assert_eq!(first.flow.connection, tcp().connection);
    bench.input(Input::SendFailed { flow: first.flow });
    let Sent { flow, message, .. } = bench.sent.pop_front().unwrap();
    assert_eq!(flow, Flow { connection: None, ..tcp() });
    assert_eq!(message.bytes(), first.message.bytes());
    bench.expect_quiet();
    bench.input(Input::SendFailed { flow });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn a_closed_connection_loses_only_what_nobody_answered() {
    let (mut bench, session, invite) = call(tcp());
    bench.next();
    bench.feed(reply(&invite, 180, "callee", None));
    bench.events.clear();
    let other = Flow { remote: "127.0.0.3:5060".parse().unwrap(), connection: None, ..tcp() };
    let second = bench.sip.invite(bench.now, Class::Ordinary, outgoing(other)).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow, other);
    let connection = ConnectionId(9);
    bench.input(Input::Connected { flow: Flow { connection: Some(connection), ..other } });
    bench.input(Input::Closed { connection: tcp().connection.unwrap() });
    bench.expect_quiet();
    assert_eq!(bench.sip.sessions(), 2);
    // The CANCEL opens a new connection.
    bench.release(session, 0);
    let Sent { flow, .. } = bench.sent.pop_front().unwrap();
    assert_eq!(flow.connection, None);
    assert_eq!(flow.transport, Transport::Tcp);
    let _ = second;
}

#[test]
fn a_misrouted_response_is_dropped() {
    let (mut bench, _, invite) = call(udp());
    bench.next();
    let text = String::from_utf8(reply(&invite, 180, "callee", None).to_vec()).unwrap();
    let two = text.replacen("Via:", "Via: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bKx\r\nVia:", 1);
    bench.feed(two.into());
    let other = text.replacen("z9hG4bK", "z9hG4bKz", 1);
    bench.feed(other.into());
    let other = text.replacen("1 INVITE", "1 BYE", 1);
    bench.feed(other.into());
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().stray_responses, 3);
}

#[test]
fn a_dialog_stays_on_its_connection_while_that_lives() {
    let mut bench = Bench::new(tcp());
    let (session, _) = bench.talking_out();
    // The peer opens another connection from the same address.
    let connection = Some(ConnectionId(8));
    bench.input(Input::Connected { flow: Flow { connection, ..tcp() } });
    bench.set_held(session, true);
    assert_eq!(bench.sent.pop_front().unwrap().flow, tcp());
    // Its own is gone: the other will do.
    bench.input(Input::Closed { connection: tcp().connection.unwrap() });
    assert_eq!(bench.sent.pop_front().unwrap().flow.connection, connection);
    bench.release(session, 0);
    assert_eq!(bench.sent.pop_front().unwrap().flow.connection, connection);
}

#[test]
fn a_connection_opened_for_a_call_may_break_once() {
    let way = Flow { connection: None, ..tcp() };
    let (mut bench, session, invite) = call(way);
    bench.sent.clear();
    let up = |number| Flow { connection: Some(ConnectionId(number)), ..tcp() };
    bench.input(Input::Connected { flow: up(1) });
    bench.input(Input::Closed { connection: ConnectionId(1) });
    let again = bench.sent.pop_front().unwrap();
    assert_eq!((again.flow, again.message.bytes()), (way, invite.bytes()));
    // A peer that takes connections only to drop them is not tried for ever.
    bench.input(Input::Connected { flow: up(2) });
    bench.input(Input::Closed { connection: ConnectionId(2) });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn a_connection_of_ours_is_never_named_by_its_own_port() {
    let mut bench = Bench::new(Flow { connection: None, ..tcp() });
    let session = bench.sip.invite(bench.now, Class::Ordinary, outgoing(bench.flow)).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    bench.flow = Flow { local: "127.0.0.1:41000".parse().unwrap(), ..tcp() };
    bench.input(Input::Connected { flow: bench.flow });
    bench.feed(reply(&invite, 200, "callee", Some(OFFER)));
    let ours = |message: &Message| {
        let via = message.top_via();
        assert_eq!((via.host, via.port), ("127.0.0.1", Some(5060)), "{}", text(message));
        if let Some(contact) = message.contact() {
            assert_eq!(contact.uri, "sip:127.0.0.1:5060;transport=tcp");
        }
    };
    ours(&bench.next_request(Method::Ack));
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    ours(&hold);
    bench.feed(reply(&hold, 200, "callee", Some(OFFER)));
    bench.next_request(Method::Ack);
    let mut peer = Peer::callee(bench.flow, &invite, "callee");
    bench.feed(peer.next("UPDATE", None));
    let contact = bench.next_response(200).contact().unwrap().uri.to_owned();
    assert_eq!(contact, "sip:127.0.0.1:5060;transport=tcp");
}

#[test]
fn what_comes_late_from_a_closed_connection_does_not_bring_it_back() {
    let mut bench = Bench::new(tcp());
    bench.input(Input::Closed { connection: tcp().connection.unwrap() });
    bench.feed(Peer::new(tcp()).request("OPTIONS", 1, 1, None));
    let answer = bench.sent.pop_front().unwrap();
    assert_eq!(answer.flow, Flow { connection: None, ..tcp() });
    assert_eq!(answer.message.status(), Some(200));
}

#[test]
fn more_connections_than_we_can_know_are_closed() {
    let mut bench = Bench::new(udp());
    for number in 0..65_537 {
        let connection = Some(ConnectionId(number));
        bench.input(Input::Connected { flow: Flow { connection, ..tcp() } });
    }
    assert_eq!(bench.closed, [ConnectionId(65_536)]);
    assert_eq!(bench.sip.stats().connections_full, 1);
}
