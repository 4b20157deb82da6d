//! Requests too large for a datagram (RFC 3261 §18.1.1), and datagrams that reach nobody (§18.4).

use super::bench::{Bench, OFFER, Sent, outgoing, reply, tcp, udp};
use crate::{ConnectionId, Flow, Input, Outgoing, Released, Transport};
use base::Class;
use sip_parser::Method;

fn large() -> Outgoing {
    let headers = vec![("Call-Info", format!("<http://example.net/{}>", "x".repeat(1_300)))];
    Outgoing { headers, ..outgoing(udp()) }
}

fn by_stream() -> Flow {
    Flow { connection: None, ..tcp() }
}

#[test]
fn a_large_request_goes_by_a_stream() {
    let mut bench = Bench::new(udp());
    let session = bench.sip.invite(bench.now, Class::Ordinary, large()).unwrap();
    bench.drain();
    let Sent { flow, message: invite, .. } = bench.sent.pop_front().unwrap();
    assert_eq!((flow, invite.top_via().transport), (by_stream(), "TCP"));
    bench.flow = tcp();
    bench.input(Input::Connected { flow: tcp() });
    bench.pass_ms(5_000);
    bench.expect_quiet();
    bench.feed(reply(&invite, 180, "callee", None));
    // Its CANCEL goes the same way (§9.1).
    bench.events.clear();
    bench.release(session, 0);
    let Sent { flow, message: cancel, .. } = bench.sent.pop_front().unwrap();
    assert_eq!((flow, cancel.method()), (tcp(), Method::Cancel));
    assert_eq!(cancel.top_via().branch, invite.top_via().branch);
    assert_eq!(bench.sip.stats().too_large, 1);
    // A small one does not.
    bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow, udp());
}

#[test]
fn a_peer_without_streams_gets_the_datagram_after_all() {
    let mut bench = Bench::new(udp());
    let session = bench.sip.invite(bench.now, Class::Ordinary, large()).unwrap();
    bench.drain();
    let first = bench.sent.pop_front().unwrap();
    bench.input(Input::SendFailed { flow: by_stream() });
    let Sent { flow, message: invite, .. } = bench.sent.pop_front().unwrap();
    assert_eq!((flow, invite.top_via().transport), (udp(), "UDP"));
    assert_eq!(invite.top_via().branch, first.message.top_via().branch);
    // As a datagram it is repeated,
    bench.pass_ms(500);
    assert_eq!(bench.sent.pop_front().unwrap().message.bytes(), invite.bytes());
    bench.feed(reply(&invite, 200, "callee", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).top_via().transport, "UDP");
    // and the next call does not try again,
    bench.sip.invite(bench.now, Class::Ordinary, large()).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow, udp());
    // for some minutes.
    bench.pass_ms(300_000);
    bench.sent.clear();
    bench.sip.invite(bench.now, Class::Ordinary, large()).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow, by_stream());
    let _ = session;
}

#[test]
fn an_emergency_call_waits_for_no_connection() {
    let mut bench = Bench::new(udp());
    bench.sip.invite(bench.now, Class::Emergency, large()).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow, udp());
    bench.input(Input::Connected { flow: Flow { connection: Some(ConnectionId(9)), ..tcp() } });
    bench.sip.invite(bench.now, Class::Emergency, large()).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow.transport, Transport::Tcp);
}

#[test]
fn a_datagram_that_reaches_nobody_fails_only_what_has_no_answer() {
    let mut bench = Bench::new(udp());
    let first = bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply(&invite, 180, "callee", None));
    bench.events.clear();
    let second = bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())).unwrap();
    bench.drain();
    bench.input(Input::Unreachable { flow: udp() });
    assert_eq!(bench.expect_released(second), Released::TransportFailed);
    bench.expect_ended(second);
    assert!(bench.events.is_empty(), "{first:?} goes on");
}

#[test]
fn what_was_asked_over_a_half_closed_connection_is_answered_over_it() {
    let mut bench = Bench::new(tcp());
    let connection = ConnectionId(7);
    let peer = super::bench::Peer::new(tcp());
    bench.feed(peer.request("INVITE", 1, 1, Some(OFFER)));
    bench.next_response(100);
    bench.input(Input::HalfClosed { connection });
    assert!(bench.closed.is_empty(), "it rings");
    let session = bench.sip.sessions.iter().next().map(|(key, _)| crate::SessionId(key)).unwrap();
    bench.events.clear();
    bench.release(session, 486);
    assert_eq!(bench.sent.pop_front().unwrap().flow, tcp());
    assert_eq!(bench.closed, [connection]);
    // Nothing of ours goes over it.
    bench.sip.invite(bench.now, Class::Ordinary, outgoing(tcp())).unwrap();
    bench.drain();
    assert_eq!(bench.sent.pop_front().unwrap().flow.connection, None);
}

#[test]
fn a_connection_is_idle_when_no_call_and_no_transaction_counts_on_it() {
    let mut bench = Bench::new(tcp());
    let idle = Input::Idle { connection: ConnectionId(7) };
    let (session, _) = bench.talking_out();
    bench.pass_ms(60_000);
    bench.input(idle);
    assert!(bench.closed.is_empty());
    bench.release(session, 0);
    let bye = bench.next_request(Method::Bye);
    bench.input(Input::Idle { connection: ConnectionId(7) });
    assert!(bench.closed.is_empty());
    bench.feed(reply(&bye, 200, "callee", None));
    bench.pass_ms(60_000);
    bench.input(Input::Idle { connection: ConnectionId(7) });
    assert_eq!(bench.closed, [ConnectionId(7)]);
}
