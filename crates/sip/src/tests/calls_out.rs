//! Calls of ours, from the INVITE to the 2xx.

use super::bench::{Bench, OFFER, Peer, local_media, outgoing, reply, reply_with, udp};
use crate::{Codec, Event, Negotiated, Released, SessionId};
use base::Class;
use sip_parser::sdp::SessionDescription;
use sip_parser::{Message, Method, Name};

fn call() -> (Bench, SessionId, Message) {
    let mut bench = Bench::new(udp());
    let session = bench.sip.invite(bench.now, Class::Ordinary, outgoing(udp())).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    (bench, session, invite)
}

fn progress(bench: &mut Bench) -> (u16, Option<Negotiated>) {
    match bench.event() {
        Event::Progress { response, media, .. } => (response.status().unwrap(), media),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_invite_has_what_8_1_1_names() {
    let mut bench = Bench::new(udp());
    let mut out = outgoing(udp());
    out.headers.push(("P-Asserted-Identity", "<sip:+33199000000@127.0.0.1>".to_owned()));
    out.max_forwards = 12;
    bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    assert_eq!(invite.uri(), Some("sip:+33199008001@127.0.0.2:5062;user=phone"));
    let via = invite.top_via();
    assert!(via.branch.unwrap().starts_with("z9hG4bK"));
    assert_eq!(via.rport, Some(None));
    assert_eq!((via.host, via.port), ("127.0.0.1", Some(5060)));
    assert_eq!(invite.max_forwards(), Some(12));
    assert!(invite.from().tag().is_some());
    assert_eq!(invite.to().tag(), None);
    assert_eq!(invite.contact().unwrap().uri, "sip:127.0.0.1:5060");
    assert_eq!(invite.header(Name::UserAgent), Some("bench"));
    assert!(invite.header(Name::Allow).is_some() && invite.header(Name::Supported).is_some());
    assert_eq!(invite.header(Name::PAssertedIdentity), Some("<sip:+33199000000@127.0.0.1>"));
    let offer = SessionDescription::parse(&invite.body()).unwrap();
    assert_eq!(offer.media[0].formats, ["8", "0", "101"]);
    assert_eq!(offer.media[0].port, local_media().address.port());
}

#[test]
fn early_media_then_answer_then_bye() {
    let (mut bench, session, invite) = call();
    bench.feed(reply(&invite, 100, "", None));
    bench.expect_quiet();
    bench.feed(reply(&invite, 180, "callee", None));
    assert_eq!(progress(&mut bench), (180, None));
    bench.feed(reply(&invite, 183, "callee", Some(OFFER)));
    let (_, early) = progress(&mut bench);
    assert_eq!(early.unwrap().remote, "127.0.0.2:4000".parse().unwrap());
    // A later one without a description changes nothing.
    bench.feed(reply(&invite, 180, "callee", None));
    assert_eq!(progress(&mut bench), (180, early));
    bench.feed(reply(&invite, 200, "callee", Some(OFFER)));
    bench.next_request(Method::Ack);
    let Event::Answered { media, .. } = bench.event() else { panic!() };
    assert_eq!(media.codec, Codec::Pcma);
    bench.release(session, 0);
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.cseq().number, 2);
    assert_eq!(bye.uri(), Some("sip:callee@127.0.0.2:5062"));
    assert_eq!(bye.header(Name::Reason), Some("Q.850;cause=17"));
    bench.feed(reply(&bye, 200, "callee", None));
    bench.expect_ended(session);
    bench.pass_ms(32_000);
    bench.expect_empty();
}

#[test]
fn the_answer_may_have_come_early_only_but_it_must_have_come() {
    let (mut bench, _, invite) = call();
    bench.feed(reply(&invite, 183, "callee", Some(OFFER)));
    progress(&mut bench);
    bench.feed(reply(&invite, 200, "callee", None));
    bench.next_request(Method::Ack);
    assert!(matches!(bench.event(), Event::Answered { .. }));

    for body in [None, Some("nonsense"), Some(&*OFFER.replace("audio 4000", "audio 0"))] {
        let (mut bench, session, invite) = call();
        bench.feed(reply(&invite, 183, "other", Some(OFFER)));
        progress(&mut bench);
        bench.feed(reply(&invite, 200, "callee", body));
        bench.next_request(Method::Ack);
        let bye = bench.next_request(Method::Bye);
        assert_eq!(bench.expect_released(session), Released::BadMedia);
        bench.feed(reply(&bye, 200, "callee", None));
        bench.expect_ended(session);
    }
}

#[test]
fn a_refusal_is_told_with_its_reason_and_warning() {
    let (mut bench, session, invite) = call();
    let headers = [("Reason", "Q.850;cause=1"), ("Warning", "370 host \"no bandwidth\"")];
    bench.feed(reply_with(&invite, 404, "callee", &headers, None));
    bench.next_request(Method::Ack);
    let reason = Some("Q.850;cause=1".to_owned());
    let why = Released::Rejected { status: 404, reason, warning: Some(370) };
    assert_eq!(bench.expect_released(session), why);
    bench.expect_ended(session);
}

#[test]
fn cancel_waits_for_a_provisional_answer() {
    let (mut bench, session, invite) = call();
    bench.release(session, 0);
    bench.expect_quiet();
    bench.feed(reply(&invite, 100, "", None));
    let cancel = bench.next_request(Method::Cancel);
    // §9.1
    assert_eq!(cancel.uri(), invite.uri());
    assert_eq!(cancel.top_via().branch, invite.top_via().branch);
    assert_eq!(cancel.vias().count(), 1);
    assert_eq!(cancel.cseq().number, invite.cseq().number);
    assert_eq!(cancel.from().tag(), invite.from().tag());
    assert_eq!(cancel.to().tag(), None);
    assert_eq!(cancel.header(Name::Reason), Some("Q.850;cause=17"));
    bench.feed(reply(&cancel, 200, "callee", None));
    bench.feed(reply(&invite, 487, "callee", None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
    bench.pass_ms(32_000);
    bench.expect_empty();
}

#[test]
fn a_withdrawn_call_may_end_in_any_way() {
    // A final answer without a provisional one.
    let (mut bench, session, invite) = call();
    bench.release(session, 0);
    bench.feed(reply(&invite, 486, "callee", None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
    // The 2xx crosses the CANCEL: ACK and BYE.
    for provisional in [false, true] {
        let (mut bench, session, invite) = call();
        bench.release(session, 0);
        if provisional {
            bench.feed(reply(&invite, 180, "callee", None));
            bench.next_request(Method::Cancel);
        }
        bench.feed(reply(&invite, 200, "callee", Some(OFFER)));
        bench.next_request(Method::Ack);
        let bye = bench.next_request(Method::Bye);
        bench.feed(reply(&bye, 200, "callee", None));
        bench.expect_ended(session);
        bench.pass_ms(33_000);
        bench.expect_empty();
    }
    // No answer at all, before and after the CANCEL.
    for provisional in [false, true] {
        let (mut bench, session, invite) = call();
        bench.release(session, 0);
        if provisional {
            bench.feed(reply(&invite, 180, "callee", None));
        }
        bench.pass_ms(31_999);
        assert!(bench.events.is_empty());
        bench.pass_ms(1);
        bench.expect_ended(session);
        bench.expect_empty();
    }
}

#[test]
fn requests_in_the_early_dialog() {
    let (mut bench, _, invite) = call();
    bench.feed(reply(&invite, 180, "callee", None));
    progress(&mut bench);
    let mut peer = Peer::callee(udp(), &invite, "callee");
    bench.feed(peer.next("UPDATE", None));
    bench.next_response(200);
    // Our offer is open.
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(491);
    bench.feed(peer.next("INVITE", Some(OFFER)));
    bench.next_response(491);
    bench.feed(peer.next("OPTIONS", None));
    bench.next_response(200);
    let mut other = Peer { branch: 50, ..Peer::callee(udp(), &invite, "nobody") };
    bench.feed(other.next("UPDATE", None));
    bench.next_response(481);
    bench.expect_quiet();
}

/// §15: a callee sends no BYE before its 2xx, so that one was lost.
#[test]
fn a_callee_that_hangs_up_has_answered() {
    for others in [false, true] {
        let (mut bench, session, invite) = call();
        bench.feed(reply(&invite, 180, "callee", None));
        progress(&mut bench);
        if others {
            bench.feed(reply(&invite, 183, "other", Some(OFFER)));
            progress(&mut bench);
        }
        let mut peer = Peer::callee(udp(), &invite, "callee");
        bench.feed(peer.next("BYE", None));
        bench.next_response(200);
        if others {
            // Its fork is over, and the other goes on.
            bench.expect_quiet();
            bench.feed(reply(&invite, 200, "other", Some(OFFER)));
            bench.next_request(Method::Ack);
            assert!(matches!(bench.event(), Event::Answered { .. }));
            continue;
        }
        assert_eq!(bench.expect_released(session), Released::Timeout);
        let cancel = bench.next_request(Method::Cancel);
        bench.feed(reply(&cancel, 481, "callee", None));
        bench.pass_ms(70_000);
        bench.expect_ended(session);
        bench.expect_empty();
    }
}

#[test]
fn the_route_set_of_the_2xx_is_reversed_and_replaces_that_of_the_18x() {
    let (mut bench, session, invite) = call();
    let early = [("Record-Route", "<sip:127.0.0.6;lr>")];
    bench.feed(reply_with(&invite, 180, "callee", &early, None));
    progress(&mut bench);
    let routes = [("Record-Route", "<sip:127.0.0.7;lr>, <sip:127.0.0.8:5070;lr>")];
    bench.feed(reply_with(&invite, 200, "callee", &routes, Some(OFFER)));
    let sent = bench.sent.pop_front().unwrap();
    let found: Vec<_> = sent.message.values(Name::Route).collect();
    assert_eq!(found, ["<sip:127.0.0.8:5070;lr>", "<sip:127.0.0.7;lr>"]);
    assert_eq!(sent.flow.remote, "127.0.0.8:5070".parse().unwrap());
    bench.release(session, 0);
    assert_eq!(bench.next_request(Method::Bye).values(Name::Route).count(), 2);
}

#[test]
fn a_forked_call_hears_all_and_takes_the_first_2xx() {
    let (mut bench, session, invite) = call();
    for tag in ["a", "b"] {
        let port = if tag == "a" { "4000" } else { "4002" };
        bench.feed(reply(&invite, 183, tag, Some(&OFFER.replace("4000", port))));
        let (_, media) = progress(&mut bench);
        assert_eq!(media.unwrap().remote.port().to_string(), port);
    }
    bench.feed(reply(&invite, 200, "b", None));
    assert_eq!(bench.next_request(Method::Ack).to().tag(), Some("b"));
    let Event::Answered { media, .. } = bench.event() else { panic!() };
    assert_eq!(media.remote.port(), 4002);
    // §13.2.2.4: the rest of fork `a` dies by itself; its late 18x is nobody's.
    bench.feed(reply(&invite, 180, "a", None));
    bench.expect_quiet();
    bench.release(session, 0);
    assert_eq!(bench.next_request(Method::Bye).to().tag(), Some("b"));
}

#[test]
fn more_early_dialogs_than_we_keep_still_count() {
    let (mut bench, _, invite) = call();
    for number in 0..100 {
        bench.feed(reply(&invite, 180, &format!("fork{number}"), None));
        assert_eq!(progress(&mut bench), (180, None));
    }
    bench.feed(reply(&invite, 200, "fork99", Some(OFFER)));
    assert_eq!(bench.next_request(Method::Ack).to().tag(), Some("fork99"));
}

/// RFC 8866 §5.7: an answer may name a host. A call does not wait for DNS, and ends; that of an
/// emergency goes on with where the answer came from, until speech comes from elsewhere.
#[test]
fn an_emergency_call_survives_an_answer_without_an_address() {
    let named = OFFER.replace("c=IN IP4 127.0.0.2", "c=IN IP4 psap.example");
    let mut bench = Bench::new(udp());
    bench.sip.invite(bench.now, Class::Emergency, outgoing(udp())).unwrap();
    bench.drain();
    let invite = bench.next_request(Method::Invite);
    bench.feed(reply(&invite, 200, "callee", Some(&named)));
    bench.next_request(Method::Ack);
    let Event::Answered { media, .. } = bench.event() else { panic!() };
    assert_eq!((media.remote, media.guessed), ("127.0.0.2:4000".parse().unwrap(), true));
    let mut peer = Peer::callee(udp(), &invite, "callee");
    bench.feed(peer.next("INVITE", Some(&named)));
    bench.next_response(200);
    let (mut bench, session, invite) = call();
    bench.feed(reply(&invite, 200, "callee", Some(&named)));
    bench.next_request(Method::Ack);
    bench.next_request(Method::Bye);
    assert_eq!(bench.expect_released(session), Released::BadMedia);
}
