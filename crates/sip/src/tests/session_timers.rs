//! Session timers (RFC 4028), as the caller and as the callee.

use super::bench::{Bench, OFFER, Peer, config, local_media, outgoing, reply, reply_with, udp};
use crate::{Config, Event, Input, Released, SessionId, SessionTimers};
use base::{Class, Duration};
use sip_parser::{Message, Method, Name};

fn timers(seconds: u64) -> Config {
    let interval = Some(Duration::from_secs(seconds));
    Config { session_timers: SessionTimers { interval, ..SessionTimers::default() }, ..config() }
}

/// A call from a peer that says this, with what our 200 said.
fn called(config: Config, headers: &[(&'static str, &str)]) -> (Bench, SessionId, Peer, Message) {
    let mut bench = Bench::with(udp(), config);
    let mut peer = Peer::new(udp());
    peer.extra = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let session = bench.ringing(&mut peer);
    peer.extra.clear();
    bench.sip.answer(bench.now, session, &local_media(), &[]).expect("agreed");
    bench.drain();
    let ok = bench.next_response(200);
    peer.learn(&ok);
    bench.feed(peer.ack(None));
    bench.event();
    (bench, session, peer, ok)
}

/// A call of ours whose 200 says this, with our INVITE.
fn calling(wanted: u64, headers: &[(&str, &str)]) -> (Bench, SessionId, Peer, Message) {
    let mut bench = Bench::new(udp());
    let out =
        crate::Outgoing { session_expires: Some(Duration::from_secs(wanted)), ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply_with(&invite, 200, "callee", headers, Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.event();
    let peer = Peer::callee(udp(), &invite, "callee");
    (bench, session, peer, invite)
}

fn expires(message: &Message) -> Option<&str> {
    message.header(Name::SessionExpires)
}

const UPDATES: (&str, &str) = ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE");

#[test]
fn rfc4028_9_what_the_2xx_says() {
    type Says<'a> = &'a [(&'static str, &'static str)];
    // What we want, what the INVITE says, what the 2xx says, whether it requires `timer`.
    let rows: &[(u64, Says<'_>, Option<&str>, bool)] = &[
        (1_800, &[], Some("1800;refresher=uas"), false),
        (1_800, &[("Supported", "timer")], Some("1800;refresher=uas"), true),
        (1_800, &[("Min-SE", "3600")], Some("3600;refresher=uas"), false),
        (
            1_800,
            &[("Supported", "100rel, timer"), ("Session-Expires", "600")],
            Some("600;refresher=uac"),
            true,
        ),
        (
            1_800,
            &[("Supported", "timer"), ("Min-SE", "90"), ("Session-Expires", "7200")],
            Some("1800;refresher=uac"),
            true,
        ),
        // Reduced, but not under the caller's Min-SE.
        (
            600,
            &[("Supported", "timer"), ("Session-Expires", "7200"), ("Min-SE", "900")],
            Some("900;refresher=uac"),
            true,
        ),
        // Table 2.
        (1_800, &[("k", "timer"), ("x", "1200;Refresher=UAS")], Some("1200;refresher=uas"), true),
        (1_800, &[("Session-Expires", "1200")], Some("1200;refresher=uas"), false),
        // A proxy asks for less than it may, for a caller that would not understand 422.
        (1_800, &[("Session-Expires", "30")], None, false),
    ];
    for (wanted, headers, expected, requires) in rows {
        let (_, _, _, ok) = called(timers(*wanted), headers);
        assert_eq!(expires(&ok), *expected, "{headers:?}");
        let required: Vec<_> = ok.values(Name::Require).collect();
        assert_eq!(required, if *requires { vec!["timer"] } else { vec![] }, "{headers:?}");
        assert!(ok.values(Name::Supported).any(|option| option == "timer"));
    }
    // Without a wish of ours: only what the peer wants.
    assert_eq!(expires(&called(config(), &[("Supported", "timer")]).3), None);
    let (.., ok) = called(config(), &[("Supported", "timer"), ("Session-Expires", "7200")]);
    assert_eq!(expires(&ok), Some("7200;refresher=uac"));
}

#[test]
fn rfc4028_9_too_short_an_interval_is_told_how_long() {
    let mut bench = Bench::new(udp());
    let peer = Peer::new(udp()).with("Supported", "timer").with("Session-Expires", "89");
    bench.feed(peer.invite(Some(OFFER)));
    let refusal = bench.next_response(422);
    assert_eq!(refusal.header(Name::MinSe), Some("90"));
    bench.expect_quiet();
    // Not so an emergency call; it has no timer then.
    let mut bench = Bench::with(udp(), timers(1_800));
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.sip.answer(bench.now, session, &local_media(), &[]);
    bench.drain();
    assert_eq!(expires(&bench.next_response(200)), None);
    // Within a dialog as well.
    let (mut bench, _, peer, _) = called(timers(1_800), &[]);
    for method in ["INVITE", "UPDATE"] {
        let mut peer = peer.clone().with("Supported", "timer").with("Session-Expires", "10");
        peer.cseq += if method == "UPDATE" { 1 } else { 0 };
        peer.branch += 10 * peer.cseq;
        bench.feed(peer.next(method, None));
        assert_eq!(bench.next_response(422).header(Name::MinSe), Some("90"));
    }
}

#[test]
fn a_peer_that_does_not_refresh_is_released() {
    let caller = [("Supported", "timer"), ("Session-Expires", "600;refresher=uac")];
    let (mut bench, session, mut peer, _) = called(timers(1_800), &caller);
    // Refreshed by UPDATE, then by a re-INVITE; then no more.
    for (method, body) in [("UPDATE", None), ("INVITE", Some(OFFER))] {
        bench.pass(Duration::from_secs(560));
        bench.expect_quiet();
        peer.extra = caller.map(|(name, value)| (name, value.to_owned())).to_vec();
        bench.feed(peer.next(method, body));
        peer.extra.clear();
        let ok = bench.next_response(200);
        assert_eq!(expires(&ok), Some("600;refresher=uac"));
        if method == "INVITE" {
            bench.feed(peer.ack(None));
            bench.event();
        }
    }
    // RFC 4028 §10: 32 s before.
    bench.pass_ms(567_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    let bye = bench.next_request(Method::Bye);
    assert!(bye.header(Name::Reason).unwrap().contains("cause=408"), "{bye:?}");
    assert_eq!(bye.values(Name::Reason).nth(1), Some("Q.850;cause=102"));
    assert_eq!(bench.expect_released(session), Released::Expired);
    bench.feed(reply(&bye, 200, "", None));
    bench.expect_ended(session);
    assert_eq!(bench.sip.stats().sessions_expired, 1);
    bench.pass_ms(64_000);
    bench.expect_empty();
}

#[test]
fn we_refresh_by_update_where_the_peer_takes_it() {
    let supports = ("Session-Expires", "600;refresher=uac");
    let (mut bench, session, _, invite) =
        calling(1_800, &[supports, UPDATES, ("Require", "timer")]);
    assert_eq!(expires(&invite), Some("1800"));
    assert_eq!(invite.header(Name::MinSe), Some("90"));
    for _ in 0..3 {
        bench.pass_ms(299_999);
        bench.expect_quiet();
        bench.pass_ms(1);
        let update = bench.next_request(Method::Update);
        assert_eq!(expires(&update), Some("600;refresher=uac"));
        assert!(update.body().is_empty() && update.contact().is_some());
        bench.feed(reply_with(&update, 200, "", &[supports], None));
        bench.expect_quiet();
    }
    assert_eq!(bench.sip.stats().refreshes, 3);
    bench.release(session, 0);
    bench.next_request(Method::Bye);
    bench.pass(Duration::from_secs(1_000));
    bench.expect_ended(session);
    bench.expect_empty();
}

#[test]
fn we_refresh_by_the_same_offer_else() {
    let (mut bench, _, _, ok) = called(timers(1_800), &[]);
    bench.pass(Duration::from_secs(900));
    let invite = bench.next_request(Method::Invite);
    assert_eq!(expires(&invite), Some("1800;refresher=uac"));
    // RFC 4028 §7.4: the same version.
    assert_eq!(invite.body(), ok.body());
    bench.feed(reply(&invite, 200, "", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.expect_quiet();
    // A peer that knows no timers has agreed to no end.
    bench.pass(Duration::from_secs(900));
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply(&invite, 488, "", None));
    bench.next_request(Method::Ack);
    bench.pass(Duration::from_secs(32));
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply(&invite, 200, "", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.expect_quiet();
}

#[test]
fn update_turns_out_not_to_be_taken() {
    for status in [405, 501] {
        let answer = [("Session-Expires", "600;refresher=uac"), UPDATES];
        let (mut bench, ..) = calling(1_800, &answer);
        bench.pass(Duration::from_secs(300));
        let update = bench.next_request(Method::Update);
        bench.feed(reply_with(&update, status, "", &[], None));
        let invite = bench.next_request(Method::Invite);
        bench.feed(reply_with(&invite, 200, "", &answer, Some(OFFER)));
        bench.next_request(Method::Ack);
        bench.expect_quiet();
    }
}

#[test]
fn a_peer_without_timers_is_refreshed_all_the_same() {
    let (mut bench, session, ..) = calling(1_800, &[UPDATES]);
    bench.pass(Duration::from_secs(900));
    let update = bench.next_request(Method::Update);
    bench.feed(reply(&update, 481, "", None));
    bench.next_request(Method::Bye);
    let why = Released::Rejected { status: 481, reason: None, warning: None };
    assert_eq!(bench.expect_released(session), why);
}

#[test]
fn the_callee_may_refresh() {
    let (mut bench, session, mut peer, _) =
        calling(1_800, &[("Session-Expires", "90;refresher=uas"), UPDATES]);
    bench.pass(Duration::from_secs(59));
    peer.extra =
        vec![("Supported", "timer".into()), ("Session-Expires", "90;refresher=uac".into())];
    bench.feed(peer.next("UPDATE", None));
    assert_eq!(expires(&bench.next_response(200)), Some("90;refresher=uac"));
    // A third of a short interval.
    bench.pass_ms(59_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::Expired);
}

#[test]
fn rfc4028_7_3_a_422_is_obeyed() {
    let mut bench = Bench::new(udp());
    let out = crate::Outgoing { session_expires: Some(Duration::from_secs(90)), ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let first = bench.next_request(Method::Invite);
    assert_eq!(expires(&first), Some("90"));
    bench.feed(reply_with(&first, 422, "proxy", &[("Min-SE", "300")], None));
    bench.next_request(Method::Ack);
    let second = bench.next_request(Method::Invite);
    assert_eq!((expires(&second), second.header(Name::MinSe)), (Some("300"), Some("300")));
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.header(Name::From), first.header(Name::From));
    assert_eq!(second.to().tag(), None);
    assert_eq!(second.cseq().number, first.cseq().number + 1);
    assert_ne!(second.top_via().branch, first.top_via().branch);
    assert_eq!(second.body(), first.body());
    bench.feed(reply_with(&second, 422, "callee", &[("Min-SE", "400")], None));
    bench.next_request(Method::Ack);
    let third = bench.next_request(Method::Invite);
    assert_eq!(expires(&third), Some("400"));
    // Whoever goes on is asked for none, and cannot refuse that.
    bench.feed(reply_with(&third, 422, "callee", &[("Min-SE", "500")], None));
    bench.next_request(Method::Ack);
    let last = bench.next_request(Method::Invite);
    assert_eq!((expires(&last), last.header(Name::MinSe)), (None, None));
    bench.expect_quiet();
    bench.feed(reply_with(&last, 422, "callee", &[("Min-SE", "500")], None));
    bench.next_request(Method::Ack);
    let why = Released::Rejected { status: 422, reason: None, warning: None };
    assert_eq!(bench.expect_released(session), why);
    bench.expect_ended(session);
    bench.pass_ms(40_000);
    bench.expect_empty();
}

#[test]
fn a_422_that_asks_for_nothing_ends_the_call() {
    let mut bench = Bench::new(udp());
    bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply_with(&invite, 422, "", &[("Min-SE", "300")], None));
    bench.next_request(Method::Ack);
    assert!(matches!(bench.event(), Event::Released { .. }));
    assert!(matches!(bench.event(), Event::Ended { .. }));
    bench.expect_quiet();
}

#[test]
fn a_422_to_a_refresh_raises_the_interval() {
    for updates in [true, false] {
        let mut answer = vec![("Session-Expires", "600;refresher=uac")];
        answer.extend(updates.then_some(UPDATES));
        let (mut bench, ..) = calling(1_800, &answer);
        let method = if updates { Method::Update } else { Method::Invite };
        bench.pass(Duration::from_secs(300));
        let refresh = bench.next_request(method);
        bench.feed(reply_with(&refresh, 422, "", &[("Min-SE", "900")], None));
        if !updates {
            bench.next_request(Method::Ack);
        }
        bench.pass_ms(0);
        let refresh = bench.next_request(method);
        assert_eq!(expires(&refresh), Some("900;refresher=uac"));
    }
}

#[test]
fn a_refresh_that_is_refused_is_tried_until_the_session_ends() {
    let answer = [("Session-Expires", "600;refresher=uac"), UPDATES];
    let (mut bench, session, ..) = calling(1_800, &answer);
    bench.pass(Duration::from_secs(300));
    let mut tries = 0;
    while bench.sent.front().is_some_and(|sent| sent.message.method() == Method::Update) {
        let update = bench.next_request(Method::Update);
        tries += 1;
        bench.feed(reply_with(&update, 503, "", &[("Retry-After", "55")], None));
        bench.pass(Duration::from_secs(55));
    }
    assert_eq!(tries, 6);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::Expired);
    // 491, no answer and no way are no end either, but silence is.
    let (mut bench, session, ..) = calling(1_800, &answer);
    bench.pass(Duration::from_secs(300));
    let update = bench.next_request(Method::Update);
    bench.feed(reply(&update, 491, "", None));
    bench.pass(Duration::from_secs(32));
    bench.next_request(Method::Update);
    bench.input(Input::SendFailed { flow: udp() });
    bench.pass(Duration::from_secs(32));
    bench.next_request(Method::Update);
    bench.pass(Duration::from_secs(32));
    bench.sent.retain(|sent| sent.message.method() != Method::Update);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::Timeout);
}

#[test]
fn a_refresh_waits_for_the_exchange_under_way() {
    let (mut bench, _, mut peer, _) = called(timers(90), &[]);
    bench.pass_ms(44_000);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(200);
    bench.event();
    // Its 2xx began the interval anew; its ACK is late.
    bench.pass_ms(20_000);
    bench.sent.clear();
    bench.feed(peer.ack(None));
    bench.pass_ms(24_999);
    bench.expect_quiet();
    bench.pass_ms(1);
    let ours = bench.next_request(Method::Invite);
    // The peer's re-INVITE meets ours.
    bench.feed(peer.next("INVITE", Some(OFFER)));
    let pending = bench.next_response(491);
    bench.feed(peer.ack_refusal(&pending));
    bench.feed(reply(&ours, 491, "", None));
    bench.next_request(Method::Ack);
    bench.pass_ms(2_000);
    let ours = bench.next_request(Method::Invite);
    bench.sent.clear();
    bench.feed(reply(&ours, 200, "", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.expect_quiet();
}

#[test]
fn a_hold_refreshes_too() {
    let answer = [("Session-Expires", "600;refresher=uac"), UPDATES];
    let (mut bench, session, ..) = calling(1_800, &answer);
    bench.pass(Duration::from_secs(200));
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    assert_eq!(expires(&hold), Some("600;refresher=uac"));
    bench.feed(reply_with(&hold, 200, "", &answer, Some(&format!("{OFFER}a=recvonly\r\n"))));
    bench.next_request(Method::Ack);
    bench.event();
    bench.pass(Duration::from_secs(299));
    bench.expect_quiet();
    bench.pass(Duration::from_secs(1));
    bench.next_request(Method::Update);
}

#[test]
fn an_emergency_call_outlives_refreshes_that_fail() {
    let caller = [("Supported", "timer"), ("Session-Expires", "600;refresher=uac"), UPDATES];
    // The peer forgets to refresh; we do it, and it answers.
    let (mut bench, session, _, _) = called(timers(1_800), &caller);
    bench.sip.set_class(session, Class::Emergency);
    bench.pass(Duration::from_secs(568));
    let update = bench.next_request(Method::Update);
    bench.feed(reply(&update, 200, "", None));
    bench.pass(Duration::from_secs(100));
    bench.expect_quiet();
    // It does not know the dialog, time and again.
    let (mut bench, session, _, _) = called(timers(1_800), &caller);
    bench.sip.set_class(session, Class::Emergency);
    let mut tries = 0;
    bench.pass(Duration::from_secs(568));
    while bench.sent.front().is_some_and(|sent| sent.message.method() == Method::Update) {
        let update = bench.next_request(Method::Update);
        tries += 1;
        bench.feed(reply(&update, 481, "", None));
        bench.pass(Duration::from_secs(15));
    }
    assert!(tries >= 3, "{tries}");
    bench.next_request(Method::Bye);
    assert!(matches!(
        bench.expect_released(session),
        Released::Rejected { .. } | Released::Expired
    ));
    // Silence: several times the time that an ordinary call has.
    let (mut bench, session, _, _) = called(timers(1_800), &caller);
    bench.sip.set_class(session, Class::Emergency);
    bench.pass(Duration::from_secs(568 + 60));
    assert!(bench.events.is_empty());
    bench.pass(Duration::from_secs(300));
    assert!(matches!(bench.event(), Event::Released { .. }));
}

#[test]
fn whoever_requires_timers_is_understood() {
    let (.., ok) = called(timers(1_800), &[("Require", "timer"), ("Supported", "timer")]);
    assert!(expires(&ok).is_some());
    let mut bench = Bench::new(udp());
    bench.feed(Peer::new(udp()).with("Require", "timer, telepathy").invite(Some(OFFER)));
    let refusal = bench.next_response(420);
    assert!(refusal.values(Name::Unsupported).all(|option| option != "timer"));
}

#[test]
fn an_update_before_the_answer_starts_no_timer() {
    let mut bench = Bench::with(udp(), timers(1_800));
    let mut peer = Peer::new(udp());
    let session = bench.ringing(&mut peer);
    bench.sip.progress(bench.now, session, 180, "Ringing", &[], None);
    bench.drain();
    let invite = peer.clone();
    peer.learn(&bench.next_response(180));
    peer.extra = vec![("Supported", "timer".into()), ("Session-Expires", "10".into())];
    bench.feed(peer.next("UPDATE", None));
    assert_eq!(expires(&bench.next_response(200)), None);
    bench.sip.answer(bench.now, session, &local_media(), &[]).expect("agreed");
    bench.drain();
    assert_eq!(expires(&bench.next_response(200)), Some("1800;refresher=uas"));
    bench.feed(Peer { to: peer.to.clone(), ..invite }.ack(None));
    bench.event();
    bench.pass(Duration::from_secs(800));
    bench.expect_quiet();
}

#[test]
fn a_refresh_that_could_not_be_sent_is_tried_again() {
    let answer = [("Require", "timer"), ("Session-Expires", "600;refresher=uac")];
    let (mut bench, ..) = calling(600, &answer);
    bench.pass(Duration::from_secs(300));
    bench.next_request(Method::Invite);
    bench.input(Input::SendFailed { flow: udp() });
    bench.expect_quiet();
    bench.pass(Duration::from_secs(5));
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply_with(&invite, 200, "", &answer, Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.pass(Duration::from_secs(290));
    bench.expect_quiet();
}
