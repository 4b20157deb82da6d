//! Reliable provisional responses of ours (RFC 3262 §3, §5), UPDATE in the early dialog (RFC 3311
//! §5), and the patterns of offer and answer of RFC 6337 Table 1 as far as the callee has them.

use super::bench::{Bench, OFFER, Peer, config, local_media, udp};
use crate::{Event, Negotiated, Released, Reliability, SessionId};
use base::Class;
use sip_parser::{Message, Method, Name};

/// A caller that knows or requires reliable responses.
fn caller(header: &'static str) -> Peer {
    Peer::new(udp()).with(header, "100rel")
}

fn progress(bench: &mut Bench, session: SessionId, status: u16, media: bool) -> bool {
    let local = media.then(local_media);
    let agreed = bench.sip.progress(bench.now, session, status, "On", &[], local.as_ref());
    bench.drain();
    agreed.is_some()
}

fn answer(bench: &mut Bench, session: SessionId) -> Option<Negotiated> {
    let agreed = bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    agreed
}

/// The next message sent: a reliable response with this status; its RSeq.
fn reliable(bench: &mut Bench, peer: &mut Peer, status: u16) -> (Message, u32) {
    let response = bench.next_response(status);
    assert_eq!(response.header(Name::Require), Some("100rel"));
    peer.learn(&response);
    let rseq = response.header(Name::RSeq).unwrap().parse().unwrap();
    (response, rseq)
}

/// PRACK of the caller for an RAck.
fn prack_of(peer: &mut Peer, rack: &str, body: Option<&str>) -> bytes::Bytes {
    let extra = peer.extra.clone();
    peer.extra = vec![("RAck", rack.to_owned())];
    let prack = peer.next("PRACK", body);
    peer.extra = extra;
    prack
}

fn prack(peer: &mut Peer, rseq: u32, body: Option<&str>) -> bytes::Bytes {
    prack_of(peer, &format!("{rseq} 1 INVITE"), body)
}

fn ack(peer: &Peer, body: Option<&str>) -> bytes::Bytes {
    peer.request("ACK", 1, 1_001, body)
}

fn media_of(bench: &mut Bench) -> Negotiated {
    match bench.event() {
        Event::Media { media, .. } => media,
        other => panic!("{other:?}"),
    }
}

fn set(bench: &mut Bench, session: SessionId, policy: Reliability) -> bool {
    let kept = bench.sip.set_reliability(bench.now, session, policy);
    bench.drain();
    kept
}

fn ringing_as(bench: &mut Bench, peer: &Peer, class: Class, body: Option<&str>) -> SessionId {
    bench.feed_as(class, peer.invite(body));
    bench.next_response(100);
    bench.expect_incoming()
}

#[test]
fn pattern_3_the_answer_in_a_reliable_response() {
    for header in ["Supported", "Require"] {
        let mut bench = Bench::new(udp());
        let mut peer = caller(header);
        let session = bench.ringing(&mut peer);
        assert!(progress(&mut bench, session, 183, true));
        let (response, rseq) = reliable(&mut bench, &mut peer, 183);
        assert!((1..1 << 31).contains(&rseq));
        assert!(!response.body().is_empty());
        bench.feed(prack(&mut peer, rseq, None));
        assert!(bench.next_response(200).body().is_empty());
        // RFC 3261 §13.2.1: one answer to one offer.
        assert!(answer(&mut bench, session).is_some());
        assert!(bench.next_response(200).body().is_empty());
        bench.feed(ack(&peer, None));
        assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
        bench.pass_ms(10_000);
        bench.expect_quiet();
        assert_eq!(bench.sip.stats().pracks, 1);
    }
}

#[test]
fn what_brings_no_description_is_sent_as_ever_to_those_that_do_not_require_more() {
    for (header, policy, is_reliable) in [
        ("Supported", Reliability::Supported, false),
        ("Supported", Reliability::Required, true),
        ("Require", Reliability::Supported, true),
        ("Supported", Reliability::Off, false),
        ("X-Nothing", Reliability::Required, false),
    ] {
        let mut bench = Bench::new(udp());
        let peer = caller(header);
        let session = bench.ringing(&mut peer.clone());
        assert!(set(&mut bench, session, policy));
        progress(&mut bench, session, 180, false);
        let response = bench.next_response(180);
        assert_eq!(response.header(Name::RSeq).is_some(), is_reliable, "{header} {policy:?}");
        assert_eq!(response.header(Name::Require).is_some(), is_reliable, "{header} {policy:?}");
        // What came unreliably is said again in the 2xx; whatever else is pending does not hold it.
        answer(&mut bench, session);
        assert!(!bench.next_response(200).body().is_empty());
        bench.pass_ms(400);
        bench.expect_quiet();
    }
}

#[test]
fn a_demand_that_the_trunk_does_not_meet_is_refused_but_not_of_an_emergency_call() {
    let mut bench = Bench::new(udp());
    let peer = caller("Require");
    let session = ringing_as(&mut bench, &peer, Class::Ordinary, Some(OFFER));
    assert!(!set(&mut bench, session, Reliability::Off));
    let refusal = bench.next_response(420);
    assert_eq!(refusal.header(Name::Unsupported), Some("100rel"));
    bench.expect_ended(session);
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = ringing_as(&mut bench, &peer, Class::Emergency, Some(OFFER));
    assert!(set(&mut bench, session, Reliability::Off));
    progress(&mut bench, session, 180, false);
    reliable(&mut bench, &mut peer, 180);
}

#[test]
fn it_is_sent_again_with_doubled_intervals_and_then_the_call_ends() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    bench.pass_ms(31_999);
    // §3: T1 doubled, without the limit of T2.
    assert_eq!(bench.sent_at(), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    bench.pass_ms(1);
    bench.next_response(504);
    assert_eq!(bench.expect_released(session), Released::NotAcknowledged);
    bench.expect_ended(session);
    assert_eq!(bench.sip.stats().not_pracked, 1);
}

#[test]
fn an_emergency_call_goes_on_without_prack() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = ringing_as(&mut bench, &peer, Class::Emergency, Some(OFFER));
    progress(&mut bench, session, 183, true);
    progress(&mut bench, session, 180, true);
    bench.pass_ms(40_000);
    let sent: Vec<_> = std::mem::take(&mut bench.sent).into();
    let second = sent.iter().find(|sent| sent.message.status() == Some(180)).unwrap();
    assert_eq!(second.message.header(Name::RSeq), None, "it waits for nothing");
    answer(&mut bench, session);
    let ok = bench.next_response(200);
    assert!(!ok.body().is_empty(), "as if nothing had been reliable");
    peer.learn(&ok);
    bench.feed(ack(&peer, None));
    assert!(matches!(bench.event(), Event::Acknowledged { .. }));
    bench.expect_quiet();
}

#[test]
fn the_2xx_of_an_emergency_call_waits_two_seconds_at_most() {
    for offer in [Some(OFFER), None] {
        let mut bench = Bench::new(udp());
        let mut peer = caller("Supported");
        let session = ringing_as(&mut bench, &peer, Class::Emergency, offer);
        progress(&mut bench, session, 183, true);
        let (_, rseq) = reliable(&mut bench, &mut peer, 183);
        answer(&mut bench, session);
        bench.expect_quiet();
        bench.pass_ms(1_999);
        bench.sent.clear();
        bench.pass_ms(1);
        assert!(!bench.next_response(200).body().is_empty());
        // The PRACK comes after all, with the answer that the ACK has not.
        bench.feed(prack(&mut peer, rseq, offer.xor(Some(OFFER))));
        bench.next_response(200);
        if offer.is_none() {
            media_of(&mut bench);
        }
        bench.feed(ack(&peer, None));
        assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
        bench.expect_quiet();
    }
}

#[test]
fn one_at_a_time_and_in_order() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    progress(&mut bench, session, 180, false);
    progress(&mut bench, session, 181, false);
    let (_, first) = reliable(&mut bench, &mut peer, 183);
    bench.expect_quiet();
    for (number, status) in [(1, 180), (2, 181)] {
        bench.feed(prack(&mut peer, first + number - 1, None));
        bench.next_response(200);
        let (response, rseq) = reliable(&mut bench, &mut peer, status);
        assert_eq!(rseq, first + number);
        assert!(response.body().is_empty(), "one description is enough");
    }
    // A copy of a PRACK is the transaction's; the same RAck in another is unknown.
    bench.feed(prack(&mut peer, first, None));
    bench.next_response(481);
    assert_eq!(bench.sip.stats().reliable_sent, 3);
}

#[test]
fn too_many_that_wait_shed_the_oldest_without_a_description() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 180, false);
    let (_, mut rseq) = reliable(&mut bench, &mut peer, 180);
    progress(&mut bench, session, 183, true);
    for status in 184..196 {
        progress(&mut bench, session, status, false);
    }
    assert_eq!(bench.sip.stats().provisionals_shed, 5);
    let mut statuses = Vec::new();
    while bench.sip.stats().pracks < 9 {
        bench.feed(prack(&mut peer, rseq, None));
        bench.next_response(200);
        if let Some(sent) = bench.sent.pop_front() {
            statuses.push(sent.message.status().unwrap());
            rseq += 1;
        }
    }
    assert_eq!(statuses, [183, 189, 190, 191, 192, 193, 194, 195]);
}

#[test]
fn a_prack_must_match() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    for rack in [
        format!("{} 1 INVITE", rseq + 1),
        format!("{rseq} 2 INVITE"),
        format!("{rseq} 1 UPDATE"),
        format!("{rseq} 1"),
        format!("{rseq} 1 INVITE x"),
        "x".to_owned(),
        String::new(),
    ] {
        bench.feed(prack_of(&mut peer, &rack, None));
        bench.next_response(481);
    }
    assert_eq!(bench.sip.stats().stray_pracks, 7);
    bench.pass_ms(500);
    reliable(&mut bench, &mut peer, 183);
    let good = prack(&mut peer, rseq, None);
    bench.feed(good.clone());
    let ok = bench.next_response(200);
    bench.feed(good);
    assert_eq!(bench.next_response(200).bytes(), ok.bytes());
    bench.pass_ms(20_000);
    bench.expect_quiet();
}

#[test]
fn a_2xx_waits_for_the_description_and_other_answers_do_not() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    assert!(answer(&mut bench, session).is_some());
    // It is answered: nothing provisional is sent any more, and the answer comes once.
    progress(&mut bench, session, 180, false);
    bench.expect_quiet();
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    let ok = bench.next_response(200);
    assert_eq!(ok.method(), Method::Invite);
    // Without a description under way nothing waits, and the PRACK is heard all the same.
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 180, false);
    let (_, rseq) = reliable(&mut bench, &mut peer, 180);
    // This one has not gone out yet, and never does; the 2xx brings its description.
    progress(&mut bench, session, 183, true);
    answer(&mut bench, session);
    assert!(!bench.next_response(200).body().is_empty());
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    bench.feed(ack(&peer, None));
    bench.event();
    bench.pass_ms(20_000);
    bench.expect_quiet();
}

#[test]
fn cancel_bye_and_release_end_it_while_a_prack_is_due() {
    for how in ["CANCEL", "BYE", "release", "late release"] {
        let mut bench = Bench::new(udp());
        let mut peer = caller("Supported");
        let session = bench.ringing(&mut peer);
        progress(&mut bench, session, 183, true);
        let (_, rseq) = reliable(&mut bench, &mut peer, 183);
        match how {
            "CANCEL" => {
                let caller = caller("Supported");
                bench.feed(caller.cancel());
                bench.next_response(200);
            }
            "BYE" => {
                bench.feed(peer.next("BYE", None));
                bench.next_response(200);
            }
            "late release" => {
                answer(&mut bench, session);
                bench.release(session, 486);
            }
            _ => bench.release(session, 486),
        }
        let refusal = bench.next();
        assert!([486, 487].contains(&refusal.status().unwrap()), "{how}");
        bench.feed(caller("Supported").ack_refusal(&refusal));
        if !how.contains("release") {
            bench.expect_released(session);
        }
        bench.expect_ended(session);
        // §3: its PRACK is still taken.
        bench.feed(prack(&mut peer, rseq, None));
        bench.next_response(200);
        bench.pass_ms(40_000);
        bench.expect_quiet();
        bench.expect_empty();
    }
}

#[test]
fn pattern_4_our_offer_in_a_reliable_response() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = ringing_as(&mut bench, &peer, Class::Ordinary, None);
    assert!(!progress(&mut bench, session, 183, true));
    let (response, rseq) = reliable(&mut bench, &mut peer, 183);
    assert!(!response.body().is_empty());
    // RFC 3311 §5.2: our offer has no answer yet.
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(491);
    assert_eq!(answer(&mut bench, session), None);
    bench.feed(prack(&mut peer, rseq, Some(OFFER)));
    bench.next_response(200);
    let media = media_of(&mut bench);
    assert_eq!(media.remote, "127.0.0.2:4000".parse().unwrap());
    assert!(bench.next_response(200).body().is_empty());
    bench.feed(ack(&peer, None));
    assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
    bench.expect_quiet();
}

#[test]
fn the_first_reliable_response_to_a_call_without_offer_needs_ours() {
    let mut bench = Bench::new(udp());
    let peer = caller("Require");
    let session = ringing_as(&mut bench, &peer, Class::Ordinary, None);
    assert!(bench.sip.needs_media(session));
    let peer = caller("Supported");
    let mut bench = Bench::new(udp());
    let session = ringing_as(&mut bench, &peer, Class::Ordinary, None);
    assert!(!bench.sip.needs_media(session), "an unreliable 180 will do");
    set(&mut bench, session, Reliability::Required);
    assert!(bench.sip.needs_media(session));
    progress(&mut bench, session, 180, true);
    assert!(!bench.sip.needs_media(session));
}

#[test]
fn a_prack_without_the_answer_that_is_due_ends_the_call_but_no_emergency_call() {
    let rejected = OFFER.replace("audio 4000", "audio 0");
    for body in [None, Some(rejected.as_str())] {
        for class in [Class::Ordinary, Class::Emergency] {
            let mut bench = Bench::new(udp());
            let mut peer = caller("Supported");
            let session = ringing_as(&mut bench, &peer, class, None);
            progress(&mut bench, session, 183, true);
            let (_, rseq) = reliable(&mut bench, &mut peer, 183);
            bench.feed(prack(&mut peer, rseq, body));
            bench.next_response(200);
            if class == Class::Ordinary {
                bench.next_response(488);
                assert_eq!(bench.expect_released(session), Released::BadMedia);
                bench.expect_ended(session);
                continue;
            }
            answer(&mut bench, session);
            assert!(!bench.next_response(200).body().is_empty());
            bench.feed(ack(&peer, Some(OFFER)));
            assert!(matches!(bench.event(), Event::Acknowledged { media: Some(_), .. }));
        }
    }
}

#[test]
fn pattern_5_an_offer_in_prack() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    let offer = OFFER.replace("4000", "4002").replace("o=- 1 1", "o=- 1 2");
    bench.feed(prack(&mut peer, rseq, Some(&offer)));
    assert!(!bench.next_response(200).body().is_empty());
    assert_eq!(media_of(&mut bench).remote.port(), 4_002);
    answer(&mut bench, session);
    assert!(bench.next_response(200).body().is_empty());
    // RFC 6337 §2.3: 488 where nothing fits; the session goes on as it was.
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    bench.feed(prack(&mut peer, rseq, Some(&OFFER.replace("RTP/AVP", "RTP/SAVP"))));
    bench.next_response(488);
    answer(&mut bench, session);
    assert!(bench.next_response(200).body().is_empty());
}

#[test]
fn pattern_6_update_in_the_early_dialog() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 180, false);
    peer.learn(&bench.next_response(180));
    // §5.2: the offer of the INVITE has no answer yet.
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    assert!(bench.next_response(500).header(Name::RetryAfter).is_some());
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    bench.feed(peer.next("UPDATE", Some(&format!("{OFFER}a=sendonly\r\n"))));
    let ok = bench.next_response(200);
    assert!(String::from_utf8_lossy(&ok.body()).contains("a=recvonly"));
    assert!(ok.contact().is_some());
    assert!(!media_of(&mut bench).send);
    bench.feed(peer.next("UPDATE", Some(&OFFER.replace("8 0", "18"))));
    let refusal = bench.next_response(488);
    assert!(refusal.header(Name::Warning).is_some());
    answer(&mut bench, session);
    assert!(bench.next_response(200).body().is_empty());
}

/// RFC 3262 §3: where every response is reliable, a new one each two and a half minutes keeps the
/// proxies waiting.
#[test]
fn a_long_ringing_is_told_reliably() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 180, false);
    let (_, rseq) = reliable(&mut bench, &mut peer, 180);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    bench.pass_ms(60_000);
    let (_, next) = reliable(&mut bench, &mut peer, 180);
    assert_eq!(next, rseq + 1);
    bench.feed(prack(&mut peer, next, None));
    bench.next_response(200);
    bench.pass_ms(149_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    reliable(&mut bench, &mut peer, 180);
}

#[test]
fn hostile_numbers_break_nothing() {
    let mut bench = Bench::with(udp(), config());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    reliable(&mut bench, &mut peer, 183);
    for rack in ["4294967296 1 INVITE", "-1 1 INVITE", "1 99999999999 INVITE", "\u{0661} 1 INVITE"]
    {
        bench.feed(prack_of(&mut peer, rack, Some("v=0")));
        bench.next_response(481);
    }
    bench.release(session, 486);
    let refusal = bench.next_response(486);
    bench.feed(caller("Supported").ack_refusal(&refusal));
    bench.expect_ended(session);
    let bye = peer.next("BYE", None);
    bench.feed(bye);
    bench.next_response(481);
}

/// The offer of a caller whose network has yet to reserve what it needs, or has.
fn reserving(current: &str) -> String {
    format!(
        "{OFFER}a=curr:qos local {current}\r\na=curr:qos remote none\r\n\
         a=des:qos mandatory local sendrecv\r\na=des:qos optional remote sendrecv\r\n"
    )
}

fn suspend(bench: &mut Bench, session: SessionId) -> bool {
    let waits = bench.sip.suspend(bench.now, session);
    bench.drain();
    waits
}

#[test]
fn rfc3312_a_call_waits_for_its_callers_network() {
    for by in ["UPDATE", "PRACK"] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp()).with("Require", "100rel, precondition");
        let session = ringing_as(&mut bench, &peer, Class::Ordinary, Some(&reserving("none")));
        assert!(suspend(&mut bench, session));
        progress(&mut bench, session, 183, true);
        let (response, rseq) = reliable(&mut bench, &mut peer, 183);
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(body.contains("a=curr:qos local sendrecv\r\n"), "{body}");
        assert!(body.contains("a=conf:qos remote sendrecv\r\n"), "{body}");
        peer.extra.clear();
        let ready = reserving("sendrecv");
        if by == "UPDATE" {
            bench.feed(prack(&mut peer, rseq, None));
            bench.next_response(200);
            // One that changes nothing of it does not end the wait.
            bench.feed(peer.next("UPDATE", Some(&reserving("send"))));
            bench.next_response(200);
            bench.feed(peer.next("UPDATE", Some(&ready)));
        } else {
            bench.feed(prack(&mut peer, rseq, Some(&ready)));
        }
        let ok = bench.next_response(200);
        let body = String::from_utf8(ok.body().to_vec()).unwrap();
        assert!(body.contains("a=curr:qos remote sendrecv\r\n"), "{body}");
        assert!(!body.contains("a=conf"), "{body}");
        while !matches!(bench.event(), Event::Ready { session: found } if found == session) {}
        bench.expect_quiet();
        bench.pass_ms(20_000);
        assert_eq!(bench.sip.stats().preconditions_failed, 0);
        // A hold of ours says nothing of it any more.
        answer(&mut bench, session);
        bench.next_response(200);
        bench.feed(ack(&peer, None));
        bench.set_held(session, true);
        let invite = bench.next_request(Method::Invite);
        assert!(!String::from_utf8_lossy(&invite.body()).contains("qos"));
    }
}

#[test]
fn rfc3312_what_is_not_met_in_time_ends_with_580() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = ringing_as(&mut bench, &peer, Class::Ordinary, Some(&reserving("none")));
    assert!(suspend(&mut bench, session));
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    bench.pass_ms(14_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    bench.next_response(580);
    assert_eq!(bench.expect_released(session), Released::Timeout);
    bench.expect_ended(session);
}

#[test]
fn rfc3312_nothing_else_waits() {
    for (header, class, offer) in [
        ("Supported", Class::Emergency, Some(reserving("none"))),
        ("Supported", Class::Ordinary, Some(reserving("sendrecv"))),
        ("Supported", Class::Ordinary, Some(reserving("none").replace("mandatory", "optional"))),
        ("Supported", Class::Ordinary, Some(OFFER.to_owned())),
        ("Supported", Class::Ordinary, None),
        // It could not tell us.
        ("X-Nothing", Class::Ordinary, Some(reserving("none"))),
    ] {
        let mut bench = Bench::new(udp());
        let peer = caller(header);
        let session = ringing_as(&mut bench, &peer, class, offer.as_deref());
        assert!(!suspend(&mut bench, session), "{header} {class:?} {offer:?}");
    }
}

/// Its answer goes unreliably, so that no later offer could tell us (RFC 3311 §5.1).
#[test]
fn rfc3312_no_call_waits_where_reliable_responses_are_off() {
    let mut bench = Bench::new(udp());
    let offer = reserving("none");
    let session =
        ringing_as(&mut bench, &caller("Supported"), Class::Ordinary, Some(offer.as_str()));
    assert!(set(&mut bench, session, Reliability::Off));
    assert!(!suspend(&mut bench, session));
}

/// RFC 3262 §3: who refuses the INVITE stops repeating the response, and still takes its PRACK.
#[test]
fn a_prack_behind_the_refusal_is_answered_once() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    bench.release(session, 486);
    let refusal = bench.next_response(486);
    bench.expect_ended(session);
    bench.feed(peer.ack_refusal(&refusal));
    bench.pass_ms(2_000);
    bench.expect_quiet();
    // Another number, another caller, another call.
    bench.feed(prack(&mut peer, rseq + 1, None));
    bench.next_response(481);
    let mut other = peer.clone();
    other.from = other.from.replace("tag=caller", "tag=other");
    bench.feed(prack(&mut other, rseq, None));
    bench.next_response(481);
    let mut other = peer.clone();
    other.call_id = "another".to_owned();
    bench.feed(prack(&mut other, rseq, None));
    bench.next_response(481);
    peer.branch += 100;
    let right = prack(&mut peer, rseq, None);
    bench.feed(right.clone());
    assert_eq!(bench.next_response(200).header(Name::To), Some(peer.to.as_str()));
    // A copy is one, and another PRACK finds nothing.
    bench.feed(right);
    bench.next_response(200);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(481);
    bench.pass_ms(40_000);
    bench.expect_empty();
}

#[test]
fn a_prack_behind_a_cancel_or_a_2xx_is_answered() {
    let mut bench = Bench::new(udp());
    let mut peer = caller("Supported");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 183, true);
    let (_, rseq) = reliable(&mut bench, &mut peer, 183);
    bench.feed(Peer { to: "<sip:+33199000000@127.0.0.1>".to_owned(), ..peer.clone() }.cancel());
    bench.next_response(200);
    bench.next_response(487);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    // A response without a description holds no 2xx back, and its PRACK may come behind that.
    let mut bench = Bench::new(udp());
    let mut peer = caller("Require");
    let session = bench.ringing(&mut peer);
    progress(&mut bench, session, 180, false);
    let (_, rseq) = reliable(&mut bench, &mut peer, 180);
    answer(&mut bench, session);
    bench.next_response(200);
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(200);
    bench.feed(ack(&peer, None));
    assert!(matches!(bench.event(), Event::Acknowledged { .. }));
    bench.feed(prack(&mut peer, rseq, None));
    bench.next_response(481);
}

/// RFC 3311 §5.2: our 2xx was the answer, so an UPDATE that overtakes its ACK finds nothing open;
/// where the 2xx was an offer it finds that.
#[test]
fn an_update_that_overtakes_the_ack_of_our_answer() {
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    answer(&mut bench, session);
    let ok = bench.next_response(200);
    peer.learn(&ok);
    let offer = OFFER.replace("o=- 1 1", "o=- 1 2").replace("4000", "4100");
    bench.feed(peer.next("UPDATE", Some(&offer)));
    let next = bench.next_response(200);
    assert!(String::from_utf8_lossy(&next.body()).contains("m=audio 16384"));
    assert_eq!(media_of(&mut bench).remote.port(), 4_100);
    bench.feed(peer.next("UPDATE", Some(&OFFER.replace("8 0", "18"))));
    bench.next_response(488);
    bench.feed(ack(&peer, None));
    assert!(matches!(bench.event(), Event::Acknowledged { media: None, .. }));
    let mut bench = Bench::new(udp());
    let mut peer = Peer::new(udp());
    bench.feed(peer.invite(None));
    bench.next_response(100);
    let session = bench.expect_incoming();
    answer(&mut bench, session);
    peer.learn(&bench.next_response(200));
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(491);
}

/// RFC 3311 §5.2: the answer waits behind a 180 that is not acknowledged yet, so the offer of the
/// INVITE is open.
#[test]
fn no_other_offer_is_answered_before_that_of_the_invite() {
    for method in ["UPDATE", "PRACK"] {
        let mut bench = Bench::new(udp());
        let mut peer = caller("Require");
        let session = bench.ringing(&mut peer);
        progress(&mut bench, session, 180, false);
        assert!(progress(&mut bench, session, 183, true));
        let (_, rseq) = reliable(&mut bench, &mut peer, 180);
        let offer = OFFER.replace("4000", "4100");
        if method == "UPDATE" {
            bench.feed(peer.next("UPDATE", Some(&offer)));
        } else {
            bench.feed(prack(&mut peer, rseq, Some(&offer)));
        }
        assert!(bench.next_response(500).header(Name::RetryAfter).is_some());
        if method == "UPDATE" {
            bench.feed(prack(&mut peer, rseq, None));
            bench.next_response(200);
        }
        let (response, rseq) = reliable(&mut bench, &mut peer, 183);
        assert!(!response.body().is_empty());
        bench.feed(prack(&mut peer, rseq, None));
        bench.next_response(200);
        assert_eq!(answer(&mut bench, session).unwrap().remote.port(), 4_000);
        assert!(bench.next_response(200).body().is_empty());
        bench.expect_quiet();
    }
}

/// RFC 3262 §3: the 2xx does not wait for the PRACK of a response without a description; §5: an
/// offer in that PRACK is answered all the same.
#[test]
fn an_offer_in_a_prack_behind_the_2xx() {
    for acknowledged in [false, true] {
        let mut bench = Bench::new(udp());
        let mut peer = caller("Require");
        let session = bench.ringing(&mut peer);
        progress(&mut bench, session, 183, true);
        let (_, rseq) = reliable(&mut bench, &mut peer, 183);
        bench.feed(prack(&mut peer, rseq, None));
        bench.next_response(200);
        progress(&mut bench, session, 180, false);
        let (_, rseq) = reliable(&mut bench, &mut peer, 180);
        answer(&mut bench, session);
        bench.next_response(200);
        if acknowledged {
            bench.feed(ack(&peer, None));
            assert!(matches!(bench.event(), Event::Acknowledged { .. }));
        }
        bench.feed(prack(&mut peer, rseq, Some(&format!("{OFFER}a=sendonly\r\n"))));
        let ok = bench.next_response(200);
        assert!(String::from_utf8_lossy(&ok.body()).contains("a=recvonly"));
        assert!(!media_of(&mut bench).send);
    }
}
