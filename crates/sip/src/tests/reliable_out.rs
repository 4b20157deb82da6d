//! Reliable provisional responses to calls of ours (RFC 3262 §4), early dialogs of several callees
//! (RFC 3261 §12.1, §13.2.2), whose early media is heard (RFC 5009, RFC 6228).

use super::bench::{Bench, OFFER, Peer, outgoing, reply, reply_with, udp};
use crate::{EarlyPolicy, Event, Negotiated, Outgoing, Reliability, SessionId};
use base::Class;
use sip_parser::{Message, Method, Name};

fn call_as(bench: &mut Bench, class: Class, early: EarlyPolicy) -> (SessionId, Message) {
    let out = Outgoing { early, ..outgoing(bench.flow) };
    let session = bench.sip.invite(bench.now, class, out).unwrap();
    bench.drain();
    (session, bench.next_request(Method::Invite))
}

fn call(bench: &mut Bench) -> (SessionId, Message) {
    let early = EarlyPolicy { gated: true, ..EarlyPolicy::default() };
    call_as(bench, Class::Ordinary, early)
}

/// A reliable response of one callee.
fn reliable(
    invite: &Message,
    status: u16,
    tag: &str,
    rseq: u32,
    body: Option<&str>,
) -> bytes::Bytes {
    let rseq = rseq.to_string();
    let headers = [("Require", "100rel"), ("RSeq", rseq.as_str()), ("Allow", "INVITE, UPDATE")];
    reply_with(invite, status, tag, &headers, body)
}

fn sdp(port: u16) -> String {
    OFFER.replace("4000", &port.to_string())
}

fn expect_prack(bench: &mut Bench, tag: &str, rack: &str) -> Message {
    let prack = bench.next_request(Method::Prack);
    assert_eq!(prack.to().tag(), Some(tag));
    assert_eq!(prack.header(Name::RAck), Some(rack));
    assert_eq!(prack.uri(), Some(format!("sip:{tag}@127.0.0.2:5062").as_str()));
    prack
}

fn progress(bench: &mut Bench) -> Option<Negotiated> {
    match bench.event() {
        Event::Progress { media, .. } => media,
        other => panic!("{other:?}"),
    }
}

fn answered(bench: &mut Bench) -> Negotiated {
    match bench.event() {
        Event::Answered { media, .. } => media,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_our_invite_says_follows_the_policy() {
    for (reliability, class, supported, required) in [
        (Reliability::Off, Class::Ordinary, false, false),
        (Reliability::Supported, Class::Ordinary, true, false),
        (Reliability::Required, Class::Ordinary, true, true),
        (Reliability::Required, Class::Emergency, true, false),
    ] {
        for gated in [false, true] {
            let mut bench = Bench::new(udp());
            let (_, invite) = call_as(&mut bench, class, EarlyPolicy { reliability, gated });
            let tags = |name| invite.values(name).any(|tag| tag == "100rel");
            assert_eq!(tags(Name::Supported), supported);
            assert_eq!(tags(Name::Require), required);
            assert!(invite.values(Name::Supported).any(|tag| tag == "199"));
            let header = invite.header(Name::PEarlyMedia);
            assert_eq!(header, gated.then_some("supported"));
            assert!(invite.values(Name::Allow).any(|method| method == "PRACK"));
        }
    }
}

#[test]
fn each_reliable_response_is_acknowledged_once_and_in_order() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 183, "callee", 7, Some(OFFER)));
    let first = expect_prack(&mut bench, "callee", "7 1 INVITE");
    assert_eq!(first.cseq().number, 2);
    assert!(progress(&mut bench).is_some());
    // A copy, one out of order and one of the past are not taken.
    for (status, rseq) in [(183, 7), (180, 9), (180, 6), (180, 0), (180, u32::MAX)] {
        bench.feed(reliable(&invite, status, "callee", rseq, None));
        if rseq == 0 {
            // No number: not a reliable response at all.
            progress(&mut bench);
        }
        bench.expect_quiet();
    }
    assert_eq!(bench.sip.stats().rseq_out_of_order, 3);
    bench.feed(reliable(&invite, 180, "callee", 8, None));
    assert_eq!(expect_prack(&mut bench, "callee", "8 1 INVITE").cseq().number, 3);
    assert!(progress(&mut bench).is_some(), "the media is still heard");
    // The PRACK is a request like any other: repeated until it is answered.
    bench.feed(reply(&first, 200, "callee", None));
    bench.pass_ms(500);
    expect_prack(&mut bench, "callee", "8 1 INVITE");
    // The dialog goes on with its numbers.
    bench.feed(reply(&invite, 200, "callee", None));
    let ack = bench.next_request(Method::Ack);
    assert_eq!(ack.cseq().number, 1);
    answered(&mut bench);
}

#[test]
fn a_100_is_never_acknowledged_nor_what_comes_behind_a_cancel() {
    let mut bench = Bench::new(udp());
    let (session, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 100, "callee", 7, None));
    bench.expect_quiet();
    bench.release(session, 487);
    let cancel = bench.next_request(Method::Cancel);
    bench.feed(reliable(&invite, 183, "callee", 7, Some(OFFER)));
    bench.expect_quiet();
    bench.feed(reply(&cancel, 200, "callee", None));
    bench.feed(reply(&invite, 487, "callee", None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
}

#[test]
fn the_answer_in_a_reliable_response_is_the_answer() {
    let mut bench = Bench::new(udp());
    let (session, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 183, "callee", 1, Some(&sdp(4_002))));
    bench.next_request(Method::Prack);
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_002);
    bench.feed(reliable(&invite, 180, "callee", 2, Some(&sdp(4_004))));
    bench.next_request(Method::Prack);
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_002);
    bench.feed(reply(&invite, 200, "callee", Some(&sdp(4_006))));
    bench.next_request(Method::Ack);
    assert_eq!(answered(&mut bench).remote.port(), 4_002);
    // BYE has the next number of the dialog: 1 INVITE, 2 and 3 PRACK.
    bench.release(session, 0);
    assert_eq!(bench.next_request(Method::Bye).cseq().number, 4);
}

#[test]
fn an_unreliable_answer_gives_way_to_that_of_the_2xx() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    bench.feed(reply(&invite, 183, "callee", Some(&sdp(4_002))));
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_002);
    bench.feed(reply(&invite, 200, "callee", Some(&sdp(4_004))));
    bench.next_request(Method::Ack);
    assert_eq!(answered(&mut bench).remote.port(), 4_004);
}

#[test]
fn update_of_the_callee_before_its_2xx() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    let mut peer = Peer::callee(udp(), &invite, "callee");
    bench.feed(reply(&invite, 183, "callee", Some(OFFER)));
    progress(&mut bench);
    // RFC 3311 §5.2: the offer of our INVITE has no answer that counts.
    bench.feed(peer.next("UPDATE", Some(&sdp(4_010))));
    bench.next_response(491);
    bench.feed(reliable(&invite, 183, "callee", 1, Some(OFFER)));
    bench.next_request(Method::Prack);
    progress(&mut bench);
    bench.feed(peer.next("UPDATE", Some(&sdp(4_010))));
    assert!(!bench.next_response(200).body().is_empty());
    assert!(matches!(bench.event(), Event::Media { media, .. } if media.remote.port() == 4_010));
    bench.feed(peer.next("UPDATE", Some(&OFFER.replace("8 0", "18"))));
    bench.next_response(488);
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(200);
    bench.feed(reply(&invite, 200, "callee", None));
    bench.next_request(Method::Ack);
    assert_eq!(answered(&mut bench).remote.port(), 4_010);
    // A PRACK is nothing for a caller.
    bench.feed(peer.next("PRACK", None));
    bench.next_response(481);
}

#[test]
fn forks_have_their_own_numbers_and_the_one_that_answers_is_heard() {
    let mut bench = Bench::new(udp());
    let (session, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 183, "a", 100, Some(&sdp(4_100))));
    expect_prack(&mut bench, "a", "100 1 INVITE");
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_100);
    bench.feed(reliable(&invite, 180, "b", 7, None));
    expect_prack(&mut bench, "b", "7 1 INVITE");
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_100, "a is heard");
    bench.feed(reliable(&invite, 183, "b", 8, Some(&sdp(4_200))));
    expect_prack(&mut bench, "b", "8 1 INVITE");
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_200, "the last that came");
    bench.feed(reliable(&invite, 180, "a", 101, None));
    expect_prack(&mut bench, "a", "101 1 INVITE");
    assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_200);
    bench.feed(reply(&invite, 200, "a", None));
    bench.next_request(Method::Ack);
    assert_eq!(answered(&mut bench).remote.port(), 4_100);
    // §13.2.2.4: another 2xx is acknowledged and released, with a number above those of its PRACKs.
    bench.feed(reply(&invite, 200, "b", None));
    bench.next_request(Method::Ack);
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.to().tag(), Some("b"));
    assert!(bye.cseq().number > 3);
    bench.release(session, 0);
    assert_eq!(bench.next_request(Method::Bye).cseq().number, 4);
}

#[test]
fn a_fork_that_never_spoke_before_may_answer() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 183, "a", 100, Some(&sdp(4_100))));
    bench.next_request(Method::Prack);
    progress(&mut bench);
    bench.feed(reply(&invite, 200, "c", Some(&sdp(4_300))));
    bench.next_request(Method::Ack);
    assert_eq!(answered(&mut bench).remote.port(), 4_300);
}

#[test]
fn early_media_is_heard_where_it_is_authorised() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    let say = |bench: &mut Bench, tag: &str, gate: &str, body: Option<&str>| {
        let headers = [("P-Early-Media", gate)];
        bench.feed(reply_with(&invite, 183, tag, &headers, body));
        progress(bench)
    };
    let first = say(&mut bench, "a", "sendonly, gated", Some(&sdp(4_100))).unwrap();
    assert_eq!((first.remote.port(), first.send, first.receive), (4_100, false, true));
    // One that came later, but asked for nothing, waits; so does one that may not be heard.
    let still = say(&mut bench, "b", "", Some(&sdp(4_200))).unwrap();
    assert_eq!(still.remote.port(), 4_100);
    let still = say(&mut bench, "c", "inactive", Some(&sdp(4_300))).unwrap();
    assert_eq!(still.remote.port(), 4_100);
    // It is authorised by a later message without a description.
    let next = say(&mut bench, "c", "sendrecv", None).unwrap();
    assert_eq!((next.remote.port(), next.send, next.receive), (4_300, true, true));
    let back = say(&mut bench, "c", "inactive", None).unwrap();
    assert_eq!(back.remote.port(), 4_100);
    let other = say(&mut bench, "a", "inactive", None).unwrap();
    assert_eq!(other.remote.port(), 4_200);
    // RFC 5009 Table 1: by UPDATE as well.
    let mut peer = Peer::callee(udp(), &invite, "a").with("P-Early-Media", "sendrecv");
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(200);
    assert!(matches!(bench.event(), Event::Media { media, .. } if media.remote.port() == 4_100));
    // The 2xx authorises everything.
    bench.feed(reply(&invite, 200, "c", None));
    bench.next_request(Method::Ack);
    let media = answered(&mut bench);
    assert_eq!((media.remote.port(), media.send, media.receive), (4_300, true, true));
}

#[test]
fn only_a_trusted_peer_is_believed_about_early_media() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call_as(&mut bench, Class::Ordinary, EarlyPolicy::default());
    let headers = [("P-Early-Media", "inactive")];
    bench.feed(reply_with(&invite, 183, "a", &headers, Some(OFFER)));
    let media = progress(&mut bench).unwrap();
    assert!(media.receive && media.send);
}

#[test]
fn an_early_dialog_that_is_over_is_not_heard_any_more() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    bench.feed(reply(&invite, 183, "a", Some(&sdp(4_100))));
    progress(&mut bench);
    bench.feed(reply(&invite, 183, "b", Some(&sdp(4_200))));
    progress(&mut bench);
    bench.feed(reply(&invite, 199, "x", None));
    bench.expect_quiet();
    bench.feed(reply(&invite, 199, "b", None));
    assert!(matches!(bench.event(), Event::Media { media, .. } if media.remote.port() == 4_100));
    bench.feed(reply(&invite, 199, "a", None));
    bench.expect_quiet();
    // RFC 6228 §4: a reliable one is acknowledged, known dialog or not.
    bench.feed(reliable(&invite, 199, "y", 5, None));
    expect_prack(&mut bench, "y", "5 1 INVITE");
    bench.expect_quiet();
}

#[test]
fn nobody_makes_us_keep_or_send_without_end() {
    let mut bench = Bench::new(udp());
    let (session, invite) = call(&mut bench);
    for fork in 0..20 {
        bench.feed(reliable(&invite, 183, &format!("f{fork}"), 1, Some(OFFER)));
    }
    assert_eq!(bench.sent.len(), 8);
    assert_eq!(bench.sip.stats().forks_unkept, 12);
    bench.sent.clear();
    bench.events.clear();
    for rseq in 2..1_000 {
        bench.feed(reliable(&invite, 183, "f0", rseq, None));
    }
    assert_eq!(bench.sip.stats().pracks_sent, 8 + 255);
    bench.release(session, 487);
    bench.pass_ms(70_000);
    bench.expect_empty();
}

#[test]
fn a_prack_that_nobody_answers_ends_nothing() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    bench.feed(reliable(&invite, 183, "callee", 1, Some(OFFER)));
    progress(&mut bench);
    bench.pass_ms(40_000);
    assert_eq!(bench.sip.stats().pracks_failed, 1);
    bench.sent.clear();
    bench.feed(reply(&invite, 200, "callee", None));
    bench.next_request(Method::Ack);
    answered(&mut bench);
}

/// RFC 3262 §4 is about every INVITE: a re-INVITE of ours names 100rel as well.
#[test]
fn reliable_responses_to_a_reinvite_are_acknowledged_too() {
    let mut bench = Bench::new(udp());
    let (session, _) = bench.talking_out();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    assert!(hold.values(Name::Supported).any(|tag| tag == "100rel"));
    let answer = sdp(4_050).replace("a=rtpmap:8", "a=recvonly\r\na=rtpmap:8");
    bench.feed(reliable(&hold, 183, "callee", 5, Some(&answer)));
    let prack = expect_prack(&mut bench, "callee", "5 2 INVITE");
    assert_eq!(prack.cseq().number, 3);
    bench.feed(reply(&prack, 200, "callee", None));
    // A copy, and one out of order.
    bench.feed(reliable(&hold, 183, "callee", 5, Some(&answer)));
    bench.feed(reliable(&hold, 183, "callee", 7, None));
    bench.expect_quiet();
    bench.feed(reliable(&hold, 180, "callee", 6, Some(&sdp(4_060))));
    expect_prack(&mut bench, "callee", "6 2 INVITE");
    // RFC 6337 §3.1.1: the answer was there, so the 2xx has none.
    bench.feed(reply(&hold, 200, "callee", None));
    assert_eq!(bench.next_request(Method::Ack).cseq().number, 2);
    match bench.event() {
        Event::Media { media, .. } => {
            assert_eq!((media.remote.port(), media.receive), (4_050, false))
        }
        other => panic!("{other:?}"),
    }
    bench.release(session, 0);
    assert_eq!(bench.next_request(Method::Bye).cseq().number, 5);
}

/// RFC 6337 §2.2, §3.1.1: where our INVITE had an offer no later description in a response to it is
/// another, so its PRACK has no answer.
#[test]
fn a_second_description_is_no_offer() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    for (rseq, port) in [(1, 4_002), (2, 4_004), (3, 4_006)] {
        bench.feed(reliable(&invite, 183, "callee", rseq, Some(&sdp(port))));
        assert!(bench.next_request(Method::Prack).body().is_empty());
        assert_eq!(progress(&mut bench).unwrap().remote.port(), 4_002);
    }
}

/// RFC 6141 §4.7, §4.9: what is not reliable makes an early dialog and moves none.
#[test]
fn only_a_reliable_response_moves_an_early_dialog() {
    let mut bench = Bench::new(udp());
    let (_, invite) = call(&mut bench);
    let moved = |bytes: bytes::Bytes, user: &str| -> bytes::Bytes {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.replace("<sip:callee@", &format!("<sip:{user}@")).into()
    };
    bench.feed(moved(reliable(&invite, 180, "callee", 1, None), "first"));
    assert!(bench.next_request(Method::Prack).uri().unwrap().starts_with("sip:first@"));
    bench.feed(moved(reply(&invite, 181, "callee", None), "second"));
    bench.feed(moved(reliable(&invite, 182, "callee", 2, None), "third"));
    assert!(bench.next_request(Method::Prack).uri().unwrap().starts_with("sip:third@"));
    bench.feed(moved(reply(&invite, 181, "callee", None), "fourth"));
    bench.feed(moved(reply(&invite, 200, "callee", Some(OFFER)), "fifth"));
    assert!(bench.next_request(Method::Ack).uri().unwrap().starts_with("sip:fifth@"));
}
