//! What would have lost an emergency call, and what an ordinary one is refused for.

use super::bench::{Bench, OFFER, Peer, Sent, local_media, outgoing, reply, tcp, udp};
use crate::{Event, Flow, Hop, Input, Outgoing, Patience, Redirects, Released, SessionId};
use base::{Class, Duration};
use sip_parser::{Message, Method, Name, peek};

fn two_seconds(last: bool) -> Patience {
    let two = Some(Duration::from_secs(2));
    Patience { while_others: two, last: two.filter(|_| last) }
}

fn elsewhere() -> Flow {
    Flow { remote: "127.0.0.3:5060".parse().unwrap(), ..udp() }
}

fn spare() -> Vec<Hop> {
    vec![Hop { flow: elsewhere(), request_uri: "sip:112@127.0.0.3".to_owned() }]
}

fn call(bench: &mut Bench, class: Class, out: Outgoing) -> (SessionId, Message) {
    let session = bench.sip.invite(bench.now, class, out).unwrap();
    bench.drain();
    (session, bench.next_request(Method::Invite))
}

fn answered(bench: &mut Bench, session: SessionId, invite: &Message) {
    bench.feed(reply(invite, 200, "callee", Some(OFFER)));
    bench.sent.retain(|sent| sent.message.method() == Method::Ack);
    bench.next_request(Method::Ack);
    bench.events.retain(|event| !matches!(event, Event::HopFailed { .. }));
    assert!(matches!(bench.event(), Event::Answered { session: found, .. } if found == session));
}

fn large() -> Outgoing {
    let headers = vec![("Call-Info", format!("<http://example.net/{}>", "x".repeat(1_300)))];
    Outgoing { headers, patience: two_seconds(false), ..outgoing(udp()) }
}

/// RFC 3261 §18.4, §17.1.4: an ICMP error is easily forged.
#[test]
fn nobody_ends_an_emergency_call_by_icmp() {
    let said: [fn() -> Input; 2] =
        [|| Input::Unreachable { flow: udp() }, || Input::SendFailed { flow: udp() }];
    for input in said {
        let mut bench = Bench::new(udp());
        let out = Outgoing { patience: two_seconds(false), ..outgoing(udp()) };
        let (session, invite) = call(&mut bench, Class::Emergency, out);
        for _ in 0..20 {
            bench.input(input());
            bench.pass_ms(1_000);
        }
        assert_eq!(bench.sent_at(), [500, 1_500, 3_500, 7_500, 15_500], "Timer A goes on");
        answered(&mut bench, session, &invite);
    }
    // What is true ends when Timer B does.
    let mut bench = Bench::new(udp());
    let (session, _) = call(&mut bench, Class::Emergency, outgoing(udp()));
    bench.input(Input::Unreachable { flow: udp() });
    bench.pass_ms(32_000);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    bench.expect_ended(session);
    bench.expect_empty();
}

/// RFC 3263 §4.3.
#[test]
fn icmp_sends_an_emergency_call_on_to_whatever_else_there_is() {
    let mut bench = Bench::new(udp());
    let out = Outgoing { spare: spare(), patience: two_seconds(false), ..outgoing(udp()) };
    let (session, first) = call(&mut bench, Class::Emergency, out);
    bench.input(Input::Unreachable { flow: udp() });
    let Sent { flow, message: second, .. } = bench.sent.pop_front().unwrap();
    assert_eq!(flow, elsewhere());
    // If it was a lie, the first one is not left ringing (§9.1).
    bench.feed(reply(&first, 180, "first", None));
    bench.next_request(Method::Cancel);
    // The last one stands.
    bench.input(Input::Unreachable { flow: elsewhere() });
    bench.pass_ms(10_000);
    answered(&mut bench, session, &second);
    // Where the user has something else, it may try that; what comes late is dealt with.
    let out = Outgoing { patience: two_seconds(true), ..outgoing(udp()) };
    let (session, invite) = call(&mut bench, Class::Emergency, out);
    bench.input(Input::Unreachable { flow: udp() });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.feed(reply(&invite, 200, "late", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).to().tag(), Some("late"));
    bench.next_request(Method::Bye);
}

/// §17.1.4 for all others; and no call is ended by what is said of its other messages.
#[test]
fn icmp_ends_an_ordinary_call_and_no_emergency_call_that_talks() {
    let mut bench = Bench::new(udp());
    let (session, _) = call(&mut bench, Class::Ordinary, outgoing(udp()));
    bench.input(Input::Unreachable { flow: udp() });
    assert_eq!(bench.expect_released(session), Released::TransportFailed);
    bench.events.clear();
    let (session, invite) = call(&mut bench, Class::Emergency, outgoing(udp()));
    answered(&mut bench, session, &invite);
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.input(Input::Unreachable { flow: udp() });
    bench.pass_ms(500);
    assert_eq!(bench.next_request(Method::Invite).bytes(), hold.bytes());
    assert!(bench.events.is_empty());
}

/// A copy of our 100 or 18x that the system could not send is lost as on any other hop.
#[test]
fn an_emergency_caller_who_cannot_be_answered_for_a_moment_is_not_lost() {
    for (class, lost) in [(Class::Emergency, false), (Class::Ordinary, true)] {
        let mut bench = Bench::new(udp());
        let peer = Peer::new(udp());
        bench.feed_as(class, peer.invite(Some(OFFER)));
        bench.next_response(100);
        bench.expect_incoming();
        bench.input(Input::SendFailed { flow: udp() });
        assert_eq!(!bench.events.is_empty(), lost);
    }
}

/// §18.1.1: the connection is up, and leads nowhere.
#[test]
fn a_large_emergency_call_is_not_lost_with_a_dead_connection() {
    let mut bench = Bench::new(udp());
    bench.input(Input::Connected { flow: tcp() });
    let session = bench.sip.invite(bench.now, Class::Emergency, large()).unwrap();
    bench.drain();
    let first = bench.sent.pop_front().unwrap();
    assert_eq!(first.flow, tcp());
    bench.pass_ms(1_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    let Sent { flow, message: invite, .. } = bench.sent.pop_front().unwrap();
    assert_eq!((flow, invite.top_via().transport), (udp(), "UDP"));
    assert_eq!(invite.top_via().branch, first.message.top_via().branch);
    bench.pass_ms(500);
    assert_eq!(bench.sent.len(), 1, "as a datagram it is repeated");
    answered(&mut bench, session, &invite);
    // The next one does not try again, before a new connection is there.
    let next = |bench: &mut Bench| {
        bench.sent.clear();
        bench.sip.invite(bench.now, Class::Emergency, large()).unwrap();
        bench.drain();
        bench.sent.pop_front().unwrap().flow.transport
    };
    assert_eq!(next(&mut bench), udp().transport);
    bench.input(Input::Connected { flow: tcp() });
    assert_eq!(next(&mut bench), tcp().transport);
}

/// It breaks, and a new one would have to be set up first.
#[test]
fn a_large_emergency_call_does_not_wait_for_another_connection() {
    for other in [false, true] {
        let mut bench = Bench::new(udp());
        bench.input(Input::Connected { flow: tcp() });
        let spare = if other { spare() } else { Vec::new() };
        let out = Outgoing { spare, ..large() };
        let session = bench.sip.invite(bench.now, Class::Emergency, out).unwrap();
        bench.drain();
        bench.sent.clear();
        bench.input(Input::Closed { connection: tcp().connection.unwrap() });
        let Sent { flow, message: invite, .. } = bench.sent.pop_front().unwrap();
        assert_eq!(flow, udp(), "the same peer first");
        if other {
            bench.pass_ms(2_000);
            assert_eq!(bench.sent.back().unwrap().flow, elsewhere());
        }
        let last = bench.sent.drain(..).last().map_or(invite, |sent| sent.message);
        answered(&mut bench, session, &last);
    }
}

/// §8.1.3.4: a contact that is dead is left as soon as a next hop is.
#[test]
fn the_contacts_of_a_redirection_are_left_in_time() {
    let mut bench = Bench::new(udp());
    let within = vec![("127.0.0.0".parse().unwrap(), 24)];
    let redirects = Redirects { most: 5, within };
    let out = Outgoing { redirects, patience: two_seconds(false), ..outgoing(udp()) };
    let (session, invite) = call(&mut bench, Class::Emergency, out);
    // One that we have no socket for stands between.
    let contacts = "<sip:112@127.0.0.3>;q=0.9, <sip:112@[::1]>;q=0.5, <sip:112@127.0.0.4>;q=0.1";
    let plain = String::from_utf8(reply(&invite, 302, "callee", None).to_vec()).unwrap();
    let own = plain.lines().find(|line| line.starts_with("Contact")).unwrap();
    bench.feed(plain.replace(own, &format!("Contact: {contacts}")).into());
    bench.next_request(Method::Ack);
    bench.next_request(Method::Invite);
    bench.pass_ms(2_000);
    let Sent { flow, message: last, .. } = bench.sent.pop_back().unwrap();
    assert_eq!(flow.remote, "127.0.0.4:5060".parse().unwrap());
    bench.pass_ms(20_000);
    answered(&mut bench, session, &last);
}

/// Answers the call that the peer has begun; gives what was agreed.
fn answer(bench: &mut Bench, session: SessionId) -> Option<crate::Negotiated> {
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    agreed
}

/// §8.2.2.3.
#[test]
fn what_we_do_not_know_is_required_of_ordinary_calls_only() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp()).with("Require", "geolocation-sip, 100rel, teleportation");
    bench.feed_as(Class::Ordinary, peer.invite(Some(OFFER)));
    let refusal = bench.next_response(420);
    assert_eq!(refusal.header(Name::Unsupported), Some("geolocation-sip, teleportation"));
    bench.feed(peer.ack_refusal(&refusal));
    peer.branch += 1;
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    assert!(answer(&mut bench, session).is_some());
    let ok = bench.next_response(200);
    assert!(ok.header(Name::Supported).is_some(), "says what we do support");
    peer.learn(&ok);
    bench.feed(peer.ack(None));
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(200);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(200);
    assert_eq!(bench.sip.stats().overlooked, 3);
}

/// RFC 4566 asks for more; speech needs an address, a port and a codec.
#[test]
fn what_can_be_read_of_a_broken_offer_is_answered_in_an_emergency() {
    let at = "c=IN IP4 127.0.0.2\r\n";
    let audio = "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
    let broken = [
        format!("v=0\r\no=broken\r\ns=-\r\n{at}t=0 0\r\n{audio}"),
        format!("v=1 or so\r\no=- 1 1 IN IP4 x\r\n{at}t=now later\r\n{audio}\u{fffd}\r\n"),
        format!("{at}{audio}"),
        format!("v=0\no=broken\n{}{}", at.replace('\r', ""), audio.replace('\r', "")),
        format!("o=broken\r\n{at}{audio}m=video lots RTP/AVP 96\r\na=inactive\r\n"),
    ];
    for offer in &broken {
        for class in [Class::Emergency, Class::Ordinary] {
            let mut bench = Bench::new(udp());
            bench.feed_as(class, Peer::new(udp()).invite(Some(offer)));
            if !class.is_emergency() && bench.sent[0].message.status() != Some(100) {
                bench.next_response(400);
                continue;
            }
            bench.next_response(100);
            let session = bench.expect_incoming();
            let agreed = answer(&mut bench, session).expect(offer);
            assert_eq!(agreed.remote, "127.0.0.2:4000".parse().unwrap(), "{offer}");
            assert!(agreed.send && agreed.receive, "{offer}");
        }
    }
    // No address, or a name: back to where it came from.
    for at in ["", "c=IN IP4 telephone.example.net\r\n"] {
        let offer = format!("v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\n{at}t=0 0\r\n{audio}");
        let mut bench = Bench::new(udp());
        bench.feed_as(Class::Emergency, Peer::new(udp()).invite(Some(&offer)));
        bench.next_response(100);
        let session = bench.expect_incoming();
        let agreed = answer(&mut bench, session).unwrap();
        assert_eq!(agreed.remote, "127.0.0.2:4000".parse().unwrap());
        assert!(agreed.guessed);
    }
}

/// §13.2.1: without an offer that can be read we make one; who took ours for an answer is asked
/// again by a re-INVITE.
#[test]
fn an_emergency_call_with_an_unreadable_offer_is_asked_for_another() {
    for coding in [false, true] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp());
        if coding {
            peer = peer.with("Content-Encoding", "gzip");
        }
        bench.feed_as(Class::Emergency, peer.invite(Some("\u{1}\u{2}\u{3}")));
        bench.next_response(100);
        let session = bench.expect_incoming();
        assert_eq!(answer(&mut bench, session), None);
        let ok = bench.next_response(200);
        assert!(!ok.body().is_empty(), "our offer");
        peer.learn(&ok);
        bench.feed(peer.ack(None));
        assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
        let again = bench.next_request(Method::Invite);
        bench.feed(reply(&again, 200, "", Some(OFFER)));
        bench.next_request(Method::Ack);
        let Event::Media { media, .. } = bench.event() else { panic!() };
        assert!(media.send && media.receive);
        bench.expect_quiet();
    }
}

/// §21.4.26: nothing can be converted here, so somebody on the way is told what would do.
#[test]
fn a_call_in_codecs_that_we_do_not_have_is_told_which_we_have() {
    let offer = OFFER.replace("RTP/AVP 8 0", "RTP/AVP 18").replace("PCM", "G729");
    for class in [Class::Emergency, Class::Ordinary] {
        let mut bench = Bench::new(udp());
        bench.feed_as(class, Peer::new(udp()).invite(Some(&offer)));
        let refusal = bench.next_response(488);
        assert!(refusal.header(Name::Warning).unwrap().starts_with("305"));
        let body = String::from_utf8(refusal.body().to_vec()).unwrap();
        assert!(body.contains("PCMA/8000") && body.contains("m=audio 0"), "{body}");
    }
}

/// An answer that breaks the syntax is read like an offer that does.
#[test]
fn an_emergency_call_of_ours_takes_a_broken_answer() {
    let answer = OFFER.replace("v=0", "v=zero");
    for class in [Class::Emergency, Class::Ordinary] {
        let mut bench = Bench::new(udp());
        let (session, invite) = call(&mut bench, class, outgoing(udp()));
        bench.feed(reply(&invite, 200, "callee", Some(&answer)));
        match bench.event() {
            Event::Answered { .. } => assert!(class.is_emergency()),
            Event::Released { session: found, why: Released::BadMedia } => {
                assert!(!class.is_emergency() && found == session);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// §12.2.2: what has a tag that we have not given may be taken.
#[test]
fn a_tag_that_should_not_be_there_loses_no_emergency_call() {
    let mut bench = Bench::new(udp());
    let to = "<sip:112@127.0.0.1>;tag=odd".to_owned();
    let mut peer = Peer { to, ..Peer::new(udp()) };
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let now = bench.now;
    bench.sip.answer(now, session, &local_media(), &[]).expect("agreed");
    bench.drain();
    let answer = bench.next_response(200);
    assert_eq!(answer.to().tag(), Some("odd"));
    peer.learn(&answer);
    bench.feed(peer.ack(None));
    assert!(matches!(bench.event(), Event::Acknowledged { .. }));
    let bye = peer.next("BYE", None);
    bench.feed(bye);
    bench.next_response(200);
    assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
    bench.expect_ended(session);
    // Any other call is one of no dialog.
    bench.feed(Peer { branch: 9, ..peer.clone() }.invite(Some(OFFER)));
    bench.next_response(481);
}

/// A dialog is told by its Call-ID as well (§12): some telephone gives all its calls the same tag.
#[test]
fn a_tag_that_should_not_be_there_loses_no_second_emergency_call() {
    let mut bench = Bench::new(udp());
    let mut calls = Vec::new();
    for (branch, call_id) in [(1, "one"), (11, "two"), (21, "three")] {
        let (to, call_id) = ("<sip:112@127.0.0.1>;tag=odd".to_owned(), call_id.to_owned());
        let mut peer = Peer { to, call_id, branch, ..Peer::new(udp()) };
        bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
        bench.next_response(100);
        let session = bench.expect_incoming();
        assert!(answer(&mut bench, session).is_some());
        let ok = bench.next_response(200);
        assert_eq!(ok.to().tag(), Some("odd"));
        peer.learn(&ok);
        bench.feed(peer.ack(None));
        assert!(matches!(bench.event(), Event::Acknowledged { .. }));
        calls.push((peer, session));
    }
    // Each is ended by its own BYE, whichever began first.
    for (mut peer, session) in calls {
        let bye = peer.next("BYE", None);
        assert_eq!(bench.sip.class_of(&peek(&bye).unwrap()), Some(Class::EmergencyInDialog));
        bench.feed(bye.clone());
        bench.next_response(200);
        assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
        bench.expect_ended(session);
        peer.branch += 1;
        bench.feed(peer.next("BYE", None));
        bench.next_response(481);
    }
    assert_eq!(bench.sip.sessions(), 0);
}

/// §8.2.2.2: whoever heard nothing of the first way tries another, with the same call.
#[test]
fn an_emergency_call_that_comes_by_another_way_is_taken_again() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let first = bench.expect_incoming();
    peer.branch = 2;
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let second = bench.expect_incoming();
    assert_ne!(first, second);
    let now = bench.now;
    bench.sip.answer(now, second, &local_media(), &[]).expect("agreed");
    bench.drain();
    let answer = bench.next_response(200);
    peer.learn(&answer);
    bench.feed(peer.ack(None));
    assert!(matches!(bench.event(), Event::Acknowledged { .. }));
    // The other is taken back, as its branch says.
    let mut other = Peer::new(udp());
    other.branch = 1;
    bench.feed(other.cancel());
    bench.next_response(200);
    bench.next_response(487);
    assert_eq!(bench.expect_released(first), Released::Cancelled { reason: None });
    bench.expect_ended(first);
}
