//! Callers who must prove who they are, and peers who ask us to.

use super::bench::{
    Bench, OFFER, Peer, config, local_media, outgoing, reply, reply_with, text, udp,
};
use crate::{Account, Config, Credentials, Event, Outgoing, PeerId, Peers, Realm, Secret};
use base::Class;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use sip_parser::{Message, Method, Name};
use std::collections::BTreeMap;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// H() of the tests' own, so that the core is not judged by itself.
fn hash(algorithm: &str, text: &str) -> String {
    match algorithm {
        "MD5" => hex(&Md5::digest(text.as_bytes())),
        _ => hex(&Sha256::digest(text.as_bytes())),
    }
}

fn field<'a>(value: &'a str, name: &str) -> &'a str {
    let start = value.find(&format!("{name}=")).unwrap_or_else(|| panic!("{name} in {value}"));
    let rest = &value[start + name.len() + 1..];
    let rest = rest.strip_prefix('"').map_or(rest, |quoted| quoted.split('"').next().unwrap());
    rest.split([',', ' ']).next().unwrap()
}

fn challenges(response: &Message) -> Vec<String> {
    let lines = response.headers().filter(|(name, _)| *name == "WWW-Authenticate");
    lines.map(|(_, value)| value.to_owned()).collect()
}

#[derive(Clone, Copy)]
struct Caller {
    user: &'static str,
    password: &'static str,
    algorithm: &'static str,
    count: u32,
    uri: &'static str,
}

const URI: &str = "sip:+33199000000@127.0.0.1;user=phone";
const ALICE: Caller =
    Caller { user: "alice", password: "wonderland", algorithm: "SHA-256", count: 1, uri: URI };

fn credentials(caller: Caller, nonce: &str) -> String {
    let Caller { user, password, algorithm, count, uri } = caller;
    let a1 = hash(algorithm, &format!("{user}:example.net:{password}"));
    let a2 = hash(algorithm, &format!("INVITE:{uri}"));
    let response = hash(algorithm, &format!("{a1}:{nonce}:{count:08x}:c:auth:{a2}"));
    format!(
        "Digest username=\"{user}\", realm=\"example.net\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm={algorithm}, cnonce=\"c\", qop=auth, nc={count:08x}"
    )
}

fn peers(open: bool) -> Peers {
    let key = |algorithm, user: &str, password| {
        Some(Secret::new(hash(algorithm, &format!("{user}:example.net:{password}"))))
    };
    let account = |owner, user: &str, password| {
        let (md5, sha256) = (key("MD5", user, password), key("SHA-256", user, password));
        (user.to_owned(), Account { owner, md5, sha256 })
    };
    let accounts = BTreeMap::from([account(0, "alice", "wonderland"), account(1, "bob", "b")]);
    let realm = Realm { name: "example.net".to_owned(), open, accounts };
    let asked = crate::Peer { realm: Some(0), ..crate::Peer::default() };
    Peers {
        list: vec![asked.clone(), asked],
        realms: vec![realm],
        secret: [7; 4],
        ..Peers::default()
    }
}

/// A bench whose peer must prove who it is.
fn door() -> Bench {
    let mut bench = Bench::with(udp(), Config { peers: peers(false), ..config() });
    bench.peer = Some(PeerId(0));
    bench
}

fn again(peer: &mut Peer, authorization: &str) -> bytes::Bytes {
    peer.extra.retain(|(name, _)| *name != "Authorization");
    peer.extra.push(("Authorization", authorization.to_owned()));
    peer.cseq += 1;
    peer.branch += 1;
    peer.invite(Some(OFFER))
}

fn challenged(bench: &mut Bench, invite: bytes::Bytes) -> (String, bool) {
    bench.feed(invite);
    let response = bench.next_response(401);
    let challenges = challenges(&response);
    // RFC 8760 §2.3: the preferred first, each in a header of its own.
    let algorithms: Vec<_> = challenges.iter().map(|value| field(value, "algorithm")).collect();
    assert_eq!(algorithms, ["SHA-256", "MD5"]);
    assert!(challenges.iter().all(|value| field(value, "qop") == "auth"));
    bench.expect_quiet();
    let stale = challenges[0].contains("stale=true");
    (field(&challenges[0], "nonce").to_owned(), stale)
}

fn taken(bench: &mut Bench, invite: bytes::Bytes) -> Option<PeerId> {
    bench.feed(invite);
    bench.next_response(100);
    match bench.event() {
        Event::Incoming { peer, session, .. } => {
            bench.release(session, 486);
            bench.next_response(486);
            bench.expect_ended(session);
            peer
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_caller_proves_who_it_is_and_is_taken_for_the_peer_that_owns_the_account() {
    for (algorithm, user, password, owner) in
        [("SHA-256", "alice", "wonderland", 0), ("MD5", "bob", "b", 1)]
    {
        let (mut bench, mut peer) = (door(), Peer::new(udp()));
        let (nonce, stale) = challenged(&mut bench, peer.invite(Some(OFFER)));
        assert!(!stale);
        // §22.2 and §17: the ACK of a 401 that no transaction sent finds nothing, and harms nothing.
        bench.feed(peer.request("ACK", 1, 1, None));
        bench.expect_quiet();
        assert_eq!(bench.sip.transactions(), 0, "who has proved nothing costs nothing");
        let caller = Caller { user, password, algorithm, ..ALICE };
        let invite = again(&mut peer, &credentials(caller, &nonce));
        assert_eq!(taken(&mut bench, invite), Some(PeerId(owner)));
        assert_eq!(bench.sip.stats().door.proved, 1);
    }
}

#[test]
fn a_copy_of_a_proved_invite_is_a_copy_and_a_later_request_needs_a_new_count() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    let invite = again(&mut peer, &credentials(ALICE, &nonce));
    bench.feed(invite.clone());
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.feed(invite);
    bench.next_response(100);
    bench.expect_quiet();
    bench.release(session, 486);
    bench.next_response(486);
    bench.expect_ended(session);
    // The same count once more is a replay (RFC 7616 §5.5): stale, for the password is right.
    let mut replay = Peer { call_id: "replay".to_owned(), ..peer.clone() };
    let (_, stale) = challenged(&mut bench, again(&mut replay, &credentials(ALICE, &nonce)));
    assert!(stale);
    let next = Caller { count: 2, ..ALICE };
    let mut next_call = Peer { call_id: "next".to_owned(), ..peer };
    let invite = again(&mut next_call, &credentials(next, &nonce));
    assert_eq!(taken(&mut bench, invite), Some(PeerId(0)));
}

#[test]
fn an_old_nonce_is_stale_and_a_foreign_one_too() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    bench.pass_ms(300_001);
    let (fresh, stale) = challenged(&mut bench, again(&mut peer, &credentials(ALICE, &nonce)));
    assert!(stale && fresh != nonce);
    // As after a restart of ours.
    let foreign = "0".repeat(64);
    let (_, stale) = challenged(&mut bench, again(&mut peer, &credentials(ALICE, &foreign)));
    assert!(stale);
    let invite = again(&mut peer, &credentials(ALICE, &fresh));
    assert_eq!(taken(&mut bench, invite), Some(PeerId(0)));
}

#[test]
fn whatever_is_wrong_with_credentials_is_asked_for_again() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    let right = credentials(ALICE, &nonce);
    let wrong = [
        credentials(Caller { password: "guess", ..ALICE }, &nonce),
        credentials(Caller { user: "mallory", ..ALICE }, &nonce),
        credentials(Caller { uri: "sip:+33199000001@127.0.0.1", ..ALICE }, &nonce),
        right.replace("qop=auth, ", ""),
        right.replace("qop=auth", "qop=auth-int"),
        right.replace(", nc=00000001", ""),
        right.replace("cnonce=\"c\", ", ""),
        right.replace("algorithm=SHA-256", "algorithm=MD5"),
        right.replace("algorithm=SHA-256", "algorithm=SHA-512-256"),
        right.replace("response=\"", "response=\"0"),
    ];
    for (n, wrong) in (1_u64..).zip(&wrong) {
        let (_, stale) = challenged(&mut bench, again(&mut peer, wrong));
        assert!(!stale, "{wrong}");
        assert_eq!(bench.sip.stats().door.wrong, n, "{wrong}");
    }
    // Another realm's, no digest at all, and what cannot be read are no credentials here.
    for nothing in [
        right.replace("example.net", "example.com"),
        "Basic YTpi".to_owned(),
        right.replace("nc=00000001", "nc=1"),
        right.replace("username=\"alice\", ", ""),
        right.replace("qop=auth", "qop=auth, QOP=auth"),
    ] {
        challenged(&mut bench, again(&mut peer, &nothing));
    }
    assert_eq!(bench.sip.stats().door.wrong, wrong.len() as u64);
    // sipp signs its next hop, not whom it calls.
    let host = Caller { uri: "sip:127.0.0.1", ..ALICE };
    assert_eq!(taken(&mut bench, again(&mut peer, &credentials(host, &nonce))), Some(PeerId(0)));
    let right = credentials(Caller { count: 2, ..ALICE }, &nonce);
    assert_eq!(taken(&mut bench, again(&mut peer, &right)), Some(PeerId(0)));
}

#[test]
fn who_guesses_is_turned_away_for_a_while_but_not_from_an_emergency() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    for _ in 0..20 {
        let guess = credentials(Caller { password: "guess", ..ALICE }, &nonce);
        challenged(&mut bench, again(&mut peer, &guess));
    }
    bench.feed(again(&mut peer, &credentials(ALICE, &nonce)));
    let refusal = bench.next_response(403);
    assert_eq!(refusal.header(Name::RetryAfter), Some("60"));
    peer.cseq += 1;
    peer.branch += 1;
    bench.feed_as(Class::Emergency, peer.invite(Some(OFFER)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    bench.release(session, 486);
    bench.next_response(486);
    bench.expect_ended(session);
    bench.pass_ms(60_000);
    bench.sent.clear();
    let invite = again(&mut peer, &credentials(ALICE, &nonce));
    assert_eq!(taken(&mut bench, invite), Some(PeerId(0)));
}

/// Over datagrams anybody can write a peer's address: what such a stranger guesses, without the
/// nonce that only the peer has heard, keeps the peer out as little as it tells the stranger.
#[test]
fn guesses_in_the_name_of_a_peer_do_not_keep_it_out() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    // A nonce of ours, but given to somebody else.
    bench.flow.remote = "127.0.0.9:5060".parse().unwrap();
    let (elsewhere, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    bench.flow = udp();
    let forged = "0".repeat(64);
    for n in 0..60 {
        let nonce = if n % 2 == 0 { &forged } else { &elsewhere };
        let guess = credentials(Caller { password: "guess", ..ALICE }, nonce);
        let (_, stale) = challenged(&mut bench, again(&mut peer, &guess));
        assert!(!stale);
    }
    // After so many of them the right one looks like all others.
    let (nonce, stale) = challenged(&mut bench, again(&mut peer, &credentials(ALICE, &forged)));
    assert!(!stale);
    let invite = again(&mut peer, &credentials(ALICE, &nonce));
    assert_eq!(taken(&mut bench, invite), Some(PeerId(0)));
    bench.pass_ms(60_000);
    bench.sent.clear();
    let (_, stale) = challenged(&mut bench, again(&mut peer, &credentials(ALICE, &forged)));
    assert!(stale);
}

#[test]
fn neither_options_nor_cancel_nor_a_dialog_is_asked() {
    let (mut bench, mut peer) = (door(), Peer::new(udp()));
    bench.feed(peer.request("OPTIONS", 1, 90, None));
    bench.next_response(200);
    let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
    bench.feed(again(&mut peer, &credentials(ALICE, &nonce)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    peer.extra.clear();
    bench.feed(peer.cancel());
    bench.next_response(200);
    bench.next_response(487);
    bench.expect_released(session);
    bench.expect_ended(session);

    let mut second = Peer { call_id: "second".to_owned(), branch: 50, ..Peer::new(udp()) };
    bench.feed(again(&mut second, &credentials(Caller { count: 2, ..ALICE }, &nonce)));
    bench.next_response(100);
    let session = bench.expect_incoming();
    let now = bench.now;
    bench.sip.answer(now, session, &local_media(), &[]).unwrap();
    bench.drain();
    let answer = bench.next_response(200);
    second.learn(&answer);
    second.extra.clear();
    bench.feed(second.ack(None));
    bench.event();
    bench.feed(second.next("BYE", None));
    bench.next_response(200);
    bench.expect_released(session);
    bench.expect_ended(session);
}

#[test]
fn a_stranger_may_prove_itself_where_a_realm_is_open_and_nowhere_else() {
    for open in [true, false] {
        let mut bench = Bench::with(udp(), Config { peers: peers(open), ..config() });
        let mut peer = Peer::new(udp());
        if open {
            let (nonce, _) = challenged(&mut bench, peer.invite(Some(OFFER)));
            let invite = again(&mut peer, &credentials(ALICE, &nonce));
            assert_eq!(taken(&mut bench, invite), Some(PeerId(0)));
            // Its emergency call would be refused if it were not asked; asked, it gets through with
            // the password alone, however old the nonce is.
            bench.pass_ms(400_000);
            bench.sent.clear();
            bench.feed_as(Class::Emergency, again(&mut peer, &credentials(ALICE, &nonce)));
            bench.next_response(100);
            assert!(matches!(bench.event(), Event::Incoming { peer: Some(PeerId(0)), .. }));
        } else {
            assert_eq!(taken(&mut bench, peer.invite(Some(OFFER))), None);
        }
    }
}

// What peers ask of us.

fn asked() -> Bench {
    let mut peers = Peers { secret: [9; 4], ..Peers::default() };
    let credentials =
        Credentials { user: "tocsin".to_owned(), password: Secret::new("open sesame") };
    peers.list.push(crate::Peer { credentials: Some(credentials), ..crate::Peer::default() });
    peers.list.push(crate::Peer::default());
    Bench::with(udp(), Config { peers, ..config() })
}

fn call(bench: &mut Bench, peer: u16) -> (crate::SessionId, Message) {
    let out = Outgoing { peer: Some(PeerId(peer)), ..outgoing(udp()) };
    let session = bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    (session, bench.next_request(Method::Invite))
}

fn authorization(request: &Message, name: &str) -> Option<String> {
    let mut lines = request.headers().filter(|(found, _)| *found == name);
    let value = lines.next().map(|(_, value)| value.to_owned());
    assert!(lines.next().is_none(), "{}", text(request));
    value
}

/// Whether the credentials in a request of ours are those of somebody who knows the password.
fn is_right(request: &Message, value: &str) -> bool {
    let algorithm = field(value, "algorithm");
    let uri = field(value, "uri");
    assert_eq!(Some(uri), request.uri());
    let a1 = hash(algorithm, &format!("tocsin:{}:open sesame", field(value, "realm")));
    let a2 = hash(algorithm, &format!("{}:{uri}", request.method().as_str()));
    let (nonce, count) = (field(value, "nonce"), field(value, "nc"));
    let text = format!("{a1}:{nonce}:{count}:{}:auth:{a2}", field(value, "cnonce"));
    hash(algorithm, &text) == field(value, "response")
}

const MD5: &str = "Digest realm=\"pbx\", nonce=\"n1\", opaque=\"o\", qop=\"auth,auth-int\"";
const SHA: &str = "Digest realm=\"pbx\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth\"";

#[test]
fn a_challenge_to_our_invite_is_answered_and_the_user_hears_nothing() {
    for (status, asks, answers) in [
        (401, "WWW-Authenticate", "Authorization"),
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
    ] {
        let mut bench = asked();
        let (session, first) = call(&mut bench, 0);
        assert_eq!(authorization(&first, answers), None);
        bench.feed(reply_with(&first, status, "t", &[(asks, MD5), (asks, SHA)], None));
        bench.next_request(Method::Ack);
        let second = bench.next_request(Method::Invite);
        // §22.2, §8.1.3.5: the same Call-ID, From with its tag, and To; the next CSeq.
        assert_eq!(second.call_id(), first.call_id());
        assert_eq!(second.from().tag(), first.from().tag());
        assert_eq!(second.to().tag(), None);
        assert_eq!(second.cseq().number, 2);
        assert_ne!(second.top_via().branch, first.top_via().branch);
        assert_eq!(second.body(), first.body());
        let value = authorization(&second, answers).unwrap();
        assert_eq!((field(&value, "algorithm"), field(&value, "nc")), ("SHA-256", "00000001"));
        assert!(is_right(&second, &value), "{value}");
        bench.expect_quiet();
        bench.feed(reply(&second, 200, "callee", Some(OFFER)));
        // §22.1: the ACK repeats what the INVITE had.
        let ack = bench.next_request(Method::Ack);
        assert_eq!(authorization(&ack, answers), Some(value));
        assert!(matches!(bench.event(), Event::Answered { .. }));
        // §22.3: the next request is authorised before it is asked, with the next count.
        bench.release(session, 0);
        let bye = bench.next_request(Method::Bye);
        let value = authorization(&bye, answers).unwrap();
        assert_eq!((field(&value, "nc"), bye.cseq().number), ("00000002", 3));
        assert!(is_right(&bye, &value));
        assert_eq!(bench.sip.stats().wallet.answered, 1);
    }
}

#[test]
fn a_challenge_within_a_dialog_is_answered_with_the_dialog_s_next_number() {
    let mut bench = asked();
    let (session, invite) = call(&mut bench, 0);
    bench.feed(reply(&invite, 200, "callee", Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.event();
    bench.set_held(session, true);
    let hold = bench.next_request(Method::Invite);
    bench.feed(reply_with(&hold, 407, "", &[("Proxy-Authenticate", SHA)], None));
    bench.next_request(Method::Ack);
    let hold = bench.next_request(Method::Invite);
    assert_eq!(hold.cseq().number, 3);
    assert!(is_right(&hold, &authorization(&hold, "Proxy-Authorization").unwrap()));
    assert_eq!(hold.header(Name::ContentType), Some("application/sdp"));
    bench.feed(reply(&hold, 200, "", Some(&format!("{OFFER}a=recvonly\r\n"))));
    bench.next_request(Method::Ack);
    // The answer is taken, and the next exchange finds nothing open.
    assert!(matches!(bench.event(), Event::Media { media, .. } if !media.receive));
    let mut peer = Peer::callee(udp(), &invite, "callee");
    bench.feed(peer.next("UPDATE", Some(OFFER)));
    bench.next_response(200);
    bench.events.clear();
    bench.release(session, 0);
    let bye = bench.next_request(Method::Bye);
    let stale = "Digest realm=\"pbx\", nonce=\"n3\", algorithm=SHA-256, qop=\"auth\", stale=true";
    bench.feed(reply_with(&bye, 407, "", &[("Proxy-Authenticate", stale)], None));
    let bye = bench.next_request(Method::Bye);
    assert_eq!(bye.cseq().number, 5);
    let value = authorization(&bye, "Proxy-Authorization").unwrap();
    assert_eq!((field(&value, "nonce"), field(&value, "nc")), ("n3", "00000001"));
    assert!(bye.header(Name::Reason).is_some(), "the same request");
    bench.feed(reply(&bye, 200, "", None));
    bench.expect_ended(session);
}

#[test]
fn what_was_refused_is_not_tried_again() {
    let mut bench = asked();
    let (session, invite) = call(&mut bench, 0);
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", SHA)], None));
    bench.next_request(Method::Ack);
    let invite = bench.next_request(Method::Invite);
    let other = SHA.replace("n2", "n9");
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", &other)], None));
    bench.next_request(Method::Ack);
    bench.expect_released(session);
    bench.expect_ended(session);
    // Nor are they taken along by the next call.
    let (_, invite) = call(&mut bench, 0);
    assert_eq!(authorization(&invite, "Authorization"), None);
}

#[test]
fn a_nonce_of_an_earlier_call_may_be_too_old_but_a_peer_cannot_ask_without_end() {
    let mut bench = asked();
    let (session, mut invite) = call(&mut bench, 0);
    let mut sent = 1;
    for n in 0..10 {
        let challenge = SHA.replace("n2", &format!("m{n}")) + ", stale=true";
        bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", &challenge)], None));
        bench.next_request(Method::Ack);
        if bench.sent.is_empty() {
            break;
        }
        invite = bench.next_request(Method::Invite);
        sent += 1;
    }
    assert_eq!(sent, 4);
    bench.expect_released(session);
    bench.expect_ended(session);
    // The nonce is known; the next call uses it, and is told that it is not good any more.
    let (_, invite) = call(&mut bench, 0);
    assert!(authorization(&invite, "Authorization").is_some());
    let other = SHA.replace("n2", "fresh");
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", &other)], None));
    bench.next_request(Method::Ack);
    let invite = bench.next_request(Method::Invite);
    let value = authorization(&invite, "Authorization").unwrap();
    assert_eq!(field(&value, "nonce"), "fresh");
}

#[test]
fn several_realms_are_answered_each_for_itself() {
    let mut bench = asked();
    let (_, invite) = call(&mut bench, 0);
    bench.feed(reply_with(&invite, 407, "t", &[("Proxy-Authenticate", SHA)], None));
    bench.next_request(Method::Ack);
    let invite = bench.next_request(Method::Invite);
    let callee = "Digest realm=\"callee\", nonce=\"k\", algorithm=MD5, qop=\"auth\"";
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", callee)], None));
    bench.next_request(Method::Ack);
    let invite = bench.next_request(Method::Invite);
    assert_eq!(invite.cseq().number, 3);
    for name in ["Proxy-Authorization", "Authorization"] {
        assert!(is_right(&invite, &authorization(&invite, name).unwrap()));
    }
}

#[test]
fn without_credentials_or_a_known_algorithm_the_refusal_stands() {
    let unknown = "Digest realm=\"pbx\", nonce=\"n\", algorithm=SHA-3, qop=\"auth\"";
    let integrity = "Digest realm=\"pbx\", nonce=\"n\", algorithm=MD5, qop=\"auth-int\"";
    for (peer, challenge) in [(1, SHA), (0, unknown), (0, integrity), (0, "Basic realm=\"pbx\"")] {
        let mut bench = asked();
        let (session, invite) = call(&mut bench, peer);
        bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", challenge)], None));
        bench.next_request(Method::Ack);
        bench.expect_released(session);
        bench.expect_ended(session);
        assert_eq!(bench.sip.stats().wallet.unanswered, 1);
    }
}

#[test]
fn the_next_nonce_is_used_when_it_is_told() {
    let mut bench = asked();
    let (session, invite) = call(&mut bench, 0);
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", SHA)], None));
    bench.next_request(Method::Ack);
    let invite = bench.next_request(Method::Invite);
    let info = ("Authentication-Info", "qop=auth, nextnonce=\"next\"");
    bench.feed(reply_with(&invite, 200, "callee", &[info], Some(OFFER)));
    bench.next_request(Method::Ack);
    bench.event();
    bench.release(session, 0);
    let bye = bench.next_request(Method::Bye);
    let value = authorization(&bye, "Authorization").unwrap();
    assert_eq!((field(&value, "nonce"), field(&value, "nc")), ("next", "00000001"));
    assert!(is_right(&bye, &value));
}

#[test]
fn a_call_that_was_taken_back_is_not_made_again_for_a_challenge() {
    let mut bench = asked();
    let (session, invite) = call(&mut bench, 0);
    bench.release(session, 0);
    bench.feed(reply_with(&invite, 401, "t", &[("WWW-Authenticate", SHA)], None));
    bench.next_request(Method::Ack);
    bench.expect_ended(session);
    bench.expect_quiet();
}
