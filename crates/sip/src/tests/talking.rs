//! Within a confirmed dialog: holding, re-INVITE and UPDATE both ways, glare, order.

use super::bench::{Bench, OFFER, Peer, reply, udp};
use crate::{Event, Input, Negotiated, Released, Stats};
use base::{Class, Duration};
use sip_parser::sdp::{Direction, Origin, SessionDescription};
use sip_parser::{Message, Method, Name};

fn description(message: &Message) -> SessionDescription {
    SessionDescription::parse(&message.body()).unwrap()
}

fn direction(message: &Message) -> Option<Direction> {
    description(message).media[0].direction
}

fn media(bench: &mut Bench) -> Negotiated {
    match bench.event() {
        Event::Media { media, .. } => media,
        other => panic!("{other:?}"),
    }
}

fn offer(direction: &str) -> String {
    format!("{OFFER}a={direction}\r\n")
}

/// A call from the peer that has talked long enough for its first transactions to be gone.
fn talking() -> (Bench, crate::SessionId, Peer) {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.talking_in(&mut peer);
    bench.pass_ms(40_000);
    (bench, session, peer)
}

#[test]
fn holding_and_taking_back() {
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    let first = description(&hold);
    assert_eq!(first.media[0].direction, Some(Direction::SendOnly));
    assert_eq!(hold.to().tag(), Some("caller"));
    assert_eq!(hold.uri(), Some("sip:peer@127.0.0.2:5062"));
    // Asked again meanwhile: waits.
    bench.set_held(session, false);
    bench.expect_quiet();
    bench.feed(reply(&hold, 100, "", None));
    bench.feed(reply(&hold, 200, "", Some(&offer("recvonly"))));
    let ack = bench.next_request(Method::Ack);
    assert_eq!(ack.cseq().number, hold.cseq().number);
    let held = media(&mut bench);
    assert!(held.send && !held.receive);
    let back = bench.next_request(Method::Invite);
    let second = description(&back);
    assert_eq!(second.media[0].direction, Some(Direction::SendRecv));
    assert_eq!(second.origin.session_id, first.origin.session_id);
    assert_eq!(second.origin.version, first.origin.version + 1);
    assert_eq!(back.cseq().number, hold.cseq().number + 1);
    bench.feed(reply(&back, 200, "", Some(OFFER)));
    bench.next_request(Method::Ack);
    let talking = media(&mut bench);
    assert!(talking.send && talking.receive);
    // Nothing to do, nothing sent.
    bench.set_held(session, false);
    bench.expect_quiet();
}

#[test]
fn holding_is_remembered_until_the_dialog_is_confirmed() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.answer(bench.now, session, &super::bench::local_media(), &[]);
    bench.set_held(session, true);
    peer.learn(&bench.next_response(200));
    bench.expect_quiet();
    bench.feed(peer.ack(None));
    bench.event();
    assert_eq!(direction(&bench.next_request(Method::Invite)), Some(Direction::SendOnly));
}

#[test]
fn a_refused_hold_is_not_tried_again_by_itself() {
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(reply(&hold, 488, "", None));
    bench.next_request(Method::Ack);
    bench.pass_ms(60_000);
    bench.expect_quiet();
    assert_eq!(bench.sip.stats().reinvites_refused, 1);
    assert_eq!(bench.sip.sessions(), 1);
}

#[test]
fn a_hold_that_the_peer_sits_on_is_cancelled() {
    sat_on(true);
    sat_on(false);
}

#[test]
fn the_2xx_of_a_hold_crosses_its_cancel() {
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(reply(&hold, 100, "", None));
    bench.pass_ms(32_000);
    let cancel = bench.next_request(Method::Cancel);
    bench.feed(reply(&hold, 200, "", Some(&offer("recvonly"))));
    bench.next_request(Method::Ack);
    assert!(!media(&mut bench).receive);
    bench.feed(reply(&cancel, 481, "", None));
    bench.pass_ms(64_000);
    bench.expect_quiet();
    assert_eq!((bench.sip.transactions(), bench.sip.sessions()), (0, 1));
}

fn sat_on(answered: bool) {
    let (mut bench, session, mut peer) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(reply(&hold, 100, "", None));
    bench.pass_ms(20_000);
    // Whatever it says meanwhile.
    bench.feed(reply(&hold, 100, "", None));
    bench.pass_ms(11_999);
    bench.expect_quiet();
    // RFC 3261 §14.1, §9.1
    bench.pass_ms(1);
    let cancel = bench.next_request(Method::Cancel);
    assert_eq!(cancel.top_via().branch, hold.top_via().branch);
    assert_eq!(cancel.cseq().number, hold.cseq().number);
    bench.feed(reply(&cancel, 200, "", None));
    if answered {
        bench.feed(reply(&hold, 487, "", None));
        bench.next_request(Method::Ack);
    } else {
        bench.pass_ms(32_000);
    }
    bench.pass_ms(32_000);
    bench.expect_quiet();
    assert_eq!(bench.sip.transactions(), 0);
    assert_eq!(bench.sip.stats().reinvites_refused, 1);
    // The dialog is free again, both ways.
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    assert_eq!(direction(&bench.next_response(200)), Some(Direction::SendOnly));
    media(&mut bench);
    bench.set_held(session, false);
    bench.next_request(Method::Invite);
}

#[test]
fn a_2xx_to_a_hold_without_an_answer_ends_the_call() {
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(reply(&hold, 200, "", None));
    bench.next_request(Method::Ack);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::BadMedia);
}

#[test]
fn glare_is_tried_again_after_the_time_of_14_1() {
    // The callee of the first INVITE: up to 2 s. Its caller: 2.1 to 4 s.
    for (we_called, least, most) in [(false, 0, 2_000), (true, 2_100, 4_000)] {
        let (mut bench, session, _) = if we_called {
            let mut bench = Bench::new(udp());
            let (session, peer) = bench.talking_out();
            bench.pass_ms(40_000);
            (bench, session, peer)
        } else {
            talking()
        };
        bench.set_held(session, true);
        let hold = bench.next_request(Method::Invite);
        bench.feed(reply(&hold, 491, "", None));
        bench.next_request(Method::Ack);
        let start = bench.now;
        bench.pass_ms(4_000);
        let again = bench.sent.pop_front().unwrap();
        assert_eq!(again.message.method(), Method::Invite);
        let waited = again.at.saturating_since(start);
        assert!(waited >= Duration::from_millis(least), "{waited:?}");
        assert!(waited <= Duration::from_millis(most), "{waited:?}");
    }
}

#[test]
fn the_peers_offers_meet_ours() {
    let (mut bench, session, mut peer) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    let pending = bench.next_response(491);
    bench.feed(peer.ack_refusal(&pending));
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(491);
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(200);
    assert_eq!(bench.sip.stats().glares, 2);
    bench.feed(reply(&hold, 200, "", Some(&offer("recvonly"))));
    bench.next_request(Method::Ack);
    media(&mut bench);
    // While we hold, we do not listen.
    bench.feed(peer.next("INVITE", Some(OFFER)));
    let ok = bench.next_response(200);
    assert_eq!(direction(&ok), Some(Direction::SendOnly));
    assert!(!media(&mut bench).receive);
}

#[test]
fn the_peer_holds_us_and_takes_us_back() {
    let (mut bench, _, mut peer) = talking();
    let unspecified = OFFER.replace("c=IN IP4 127.0.0.2", "c=IN IP4 0.0.0.0");
    for (body, expected, send, receive) in [
        (offer("sendonly"), Direction::RecvOnly, false, true),
        (offer("inactive"), Direction::Inactive, false, false),
        (offer("recvonly"), Direction::SendOnly, true, false),
        (unspecified, Direction::RecvOnly, false, false),
        (OFFER.to_owned(), Direction::SendRecv, true, true),
    ] {
        for method in ["INVITE", "UPDATE"] {
            bench.feed(peer.next(method, Some(&body)));
            let ok = bench.next_response(200);
            assert_eq!(direction(&ok), Some(expected), "{body}");
            assert!(ok.contact().is_some());
            let media = media(&mut bench);
            assert_eq!((media.send, media.receive), (send, receive), "{body}");
            if method == "INVITE" {
                bench.feed(peer.ack(None));
            }
            bench.pass_ms(40_000);
            bench.expect_quiet();
        }
    }
}

#[test]
fn the_version_counts_the_changes_of_one_description() {
    let (mut bench, session, mut peer) = talking();
    let mut answer = |bench: &mut Bench, body: Option<&str>| {
        bench.feed(peer.next("UPDATE", body));
        bench.next_response(200)
    };
    let first = description(&answer(&mut bench, Some(OFFER)));
    assert_eq!(first.origin.version, 1);
    // A refresh (RFC 4028) changes nothing, and must not look as if it did (RFC 3264 §8).
    assert_eq!(description(&answer(&mut bench, Some(OFFER))), first);
    let held = description(&answer(&mut bench, Some(&offer("sendonly"))));
    assert_eq!(held.origin, Origin { version: 2, ..first.origin.clone() });
    let back = description(&answer(&mut bench, Some(OFFER)));
    assert_eq!(back.origin.version, 3);
    // Ours goes on counting.
    bench.set_held(session, true);
    let hold = description(&bench.next_request(Method::Invite));
    assert_eq!(hold.origin, Origin { version: 4, ..first.origin });
}

#[test]
fn a_reinvite_without_offer_gets_ours() {
    let (mut bench, session, mut peer) = talking();
    bench.feed(peer.next("INVITE", None));
    let ok = bench.next_response(200);
    assert_eq!(direction(&ok), Some(Direction::SendRecv));
    // Another one before the answer: our offer is open.
    let (cseq, branch) = (peer.cseq, peer.branch);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(491);
    peer.cseq = cseq;
    peer.branch = branch;
    bench.feed(peer.ack(Some(&OFFER.replace("4000", "4004"))));
    assert_eq!(media(&mut bench).remote.port(), 4004);
    bench.expect_quiet();
    // And where the ACK brings no answer, the call ends.
    peer.cseq += 1;
    peer.branch += 1;
    bench.feed(peer.next("INVITE", None));
    bench.next_response(200);
    bench.feed(peer.ack(None));
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::BadMedia);
}

#[test]
fn an_offer_that_fits_nothing_changes_nothing() {
    let (mut bench, _, mut peer) = talking();
    for method in ["INVITE", "UPDATE"] {
        bench.feed(peer.next(method, Some(&OFFER.replace("audio", "video"))));
        let refused = bench.next_response(488);
        if method == "INVITE" {
            bench.feed(peer.ack_refusal(&refused));
        }
    }
    bench.pass_ms(40_000);
    bench.expect_quiet();
    assert_eq!(bench.sip.sessions(), 1);
}

#[test]
fn a_reinvite_that_nobody_acknowledges_ends_no_emergency_call() {
    let (mut bench, session, mut peer) = talking();
    bench.sip.set_class(session, Class::Emergency);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.pass_ms(32_000);
    bench.events.clear();
    bench.sent.clear();
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
}

#[test]
fn a_reinvite_that_nobody_acknowledges_ends_the_call() {
    let (mut bench, session, mut peer) = talking();
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.events.clear();
    bench.pass_ms(31_999);
    assert!(bench.sent.len() > 8);
    bench.sent_at();
    bench.pass_ms(1);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::NotAcknowledged);
}

#[test]
fn the_user_holds_while_the_peers_reinvite_is_open() {
    let (mut bench, session, mut peer) = talking();
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(200);
    media(&mut bench);
    bench.set_held(session, true);
    bench.expect_quiet();
    bench.feed(peer.ack(None));
    bench.next_request(Method::Invite);
}

#[test]
fn a_peer_that_left_the_dialog_ends_the_call() {
    // RFC 5057 §5.1.
    for status in [404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 501, 502, 604] {
        let (mut bench, session, _) = talking();
        bench.set_held(session, true);
        let hold = bench.next_request(Method::Invite);
        bench.feed(reply(&hold, status, "", None));
        bench.next_request(Method::Ack);
        let bye = bench.next_request(Method::Bye);
        let why = Released::Rejected { status, reason: None, warning: None };
        assert_eq!(bench.expect_released(session), why);
        bench.feed(reply(&bye, 481, "", None));
        bench.expect_ended(session);
    }
    for status in [400, 403, 406, 415, 420, 486, 488, 500, 503, 504, 513, 600, 603, 606] {
        let (mut bench, session, _) = talking();
        bench.set_held(session, true);
        let hold = bench.next_request(Method::Invite);
        bench.feed(reply(&hold, status, "", None));
        bench.next_request(Method::Ack);
        bench.expect_quiet();
    }
    // No answer at all.
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    bench.pass_ms(32_000);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    assert_eq!(bench.sent.back().unwrap().message.method(), Method::Bye);
}

#[test]
fn a_hold_that_cannot_be_sent_ends_no_call() {
    let (mut bench, session, mut peer) = talking();
    bench.set_held(session, true);
    bench.next_request(Method::Invite);
    bench.input(Input::SendFailed { flow: udp() });
    bench.expect_quiet();
    bench.feed(peer.next("OPTIONS", None));
    bench.next_response(200);
    // Nor is it forgotten.
    bench.pass(Duration::from_secs(5));
    bench.next_request(Method::Invite);
}

/// Found by the simulated world: the peer had vanished, and was to send no speech.
#[test]
fn a_peer_that_no_hold_reaches_any_more_has_left() {
    let (mut bench, session, _) = talking();
    bench.set_held(session, true);
    for _ in 0..5 {
        bench.next_request(Method::Invite);
        bench.input(Input::SendFailed { flow: udp() });
        bench.expect_quiet();
        bench.pass(Duration::from_secs(5));
    }
    bench.next_request(Method::Invite);
    bench.input(Input::SendFailed { flow: udp() });
    bench.next_request(Method::Bye);
}

#[test]
fn requests_out_of_order_and_of_unknown_kind() {
    let (mut bench, _, mut peer) = talking();
    peer.cseq = 10;
    bench.feed(peer.next("OPTIONS", None));
    bench.next_response(200);
    peer.cseq = 5;
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(500);
    peer.cseq = 20;
    bench.feed(peer.next("REFER", None));
    assert!(bench.next_response(405).header(Name::Allow).is_some());
    bench.feed(peer.next("FOO", None));
    bench.next_response(501);
    bench.feed(peer.clone().with("Require", "x").next("UPDATE", None));
    bench.next_response(420);
    assert_eq!(bench.sip.sessions(), 1);
}

#[test]
fn the_peers_new_contact_is_used() {
    let (mut bench, session, mut peer) = talking();
    let update = String::from_utf8(peer.next("UPDATE", None).to_vec()).unwrap();
    bench.feed(update.replace("<sip:peer@127.0.0.2:5062>", "<sip:peer@127.0.0.5:5066>").into());
    bench.next_response(200);
    bench.release(session, 0);
    let sent = bench.sent.pop_front().unwrap();
    assert_eq!(sent.message.uri(), Some("sip:peer@127.0.0.5:5066"));
    assert_eq!(sent.flow.remote, "127.0.0.5:5066".parse().unwrap());
}

#[test]
fn two_byes_cross() {
    let (mut bench, session, mut peer) = talking();
    bench.release(session, 0);
    let ours = bench.next_request(Method::Bye);
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(481);
    bench.expect_quiet();
    bench.feed(reply(&ours, 481, "", None));
    bench.expect_ended(session);
    bench.pass_ms(32_000);
    bench.expect_empty();
}

#[test]
fn bye_while_our_reinvite_is_open() {
    let (mut bench, session, mut peer) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(peer.next("BYE", None));
    bench.next_response(200);
    assert_eq!(bench.expect_released(session), Released::Bye { reason: None });
    bench.expect_ended(session);
    bench.feed(reply(&hold, 487, "", None));
    bench.next_request(Method::Ack);
    bench.pass_ms(32_000);
    bench.expect_quiet();
    bench.expect_empty();
    // The 2xx crossed the BYE: acknowledged, and that is all.
    let (mut bench, session, mut peer) = talking();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(peer.next("BYE", None));
    bench.sent.clear();
    bench.events.clear();
    bench.feed(reply(&hold, 200, "", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.expect_quiet();
}

#[test]
fn stats_start_at_nothing() {
    assert_eq!(Bench::new(udp()).sip.stats(), Stats::default());
}
