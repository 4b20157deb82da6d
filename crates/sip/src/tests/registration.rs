//! Registration outward (RFC 3261 §10.2).

use super::bench::{Bench, config, reply, reply_with, udp, us};
use crate::{Config, PeerId, Peers, RegistrationConfig, RegistrationFailure, RegistrationView};
use base::Duration;
use sip_parser::{Message, Method, Name};

fn bench() -> Bench {
    let registration = RegistrationConfig {
        peer: PeerId(0),
        flow: udp(),
        registrar: "sip:example.net".to_owned(),
        aor: "sip:tocsin@example.net".to_owned(),
        contact_user: "+33199008001".to_owned(),
        expires: Duration::from_secs(600),
        seed: 3,
    };
    let peers = Peers { registrations: vec![registration], ..Peers::default() };
    let mut bench = Bench::with(udp(), Config { peers, ..config() });
    bench.pass_ms(1_000);
    bench
}

fn shown(bench: &Bench) -> RegistrationView {
    let mut all = bench.sip.registrations(bench.now);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn is_bound(bench: &Bench) -> bool {
    shown(bench).holds.is_some()
}

fn contact() -> String {
    format!("<sip:+33199008001@{}>", us())
}

/// How long until the next REGISTER, in seconds, and the request.
fn next(bench: &mut Bench) -> (u64, Message) {
    let start = bench.now;
    while bench.sent.is_empty() {
        bench.pass_ms(1_000);
        assert!((bench.now - start) < Duration::from_secs(1_000), "nothing more comes");
    }
    let request = bench.next_request(Method::Register);
    // Copies of it.
    bench.sent.clear();
    ((bench.now - start).as_secs(), request)
}

#[test]
fn a_binding_is_made_and_refreshed_about_half_way() {
    let mut bench = bench();
    let first = bench.next_request(Method::Register);
    assert_eq!(first.uri(), Some("sip:example.net"));
    assert_eq!(first.header(Name::To), Some("<sip:tocsin@example.net>"));
    assert!(first.header(Name::From).unwrap().starts_with("<sip:tocsin@example.net>;tag="));
    assert_eq!(first.header(Name::Contact), Some(&*(contact() + ";expires=600")));
    assert_eq!(first.header(Name::Expires), Some("600"));
    assert!(!is_bound(&bench));
    // The registrar knows other Contacts too, and grants less (§10.2.4).
    let others = format!("<sip:a@b>;expires=10, {};expires=100", contact());
    bench.feed(reply_with(&first, 200, "r", &[("Contact", &others)], None));
    assert!(is_bound(&bench));
    let (after, second) = next(&mut bench);
    assert!((45..=56).contains(&after), "{after}");
    assert_eq!(second.call_id(), first.call_id());
    assert!(second.cseq().number > first.cseq().number);
    bench.feed(reply_with(&second, 200, "r", &[("Expires", "200")], None));
    let (after, _) = next(&mut bench);
    assert!((90..=111).contains(&after), "{after}");
}

#[test]
fn a_time_that_is_too_short_is_made_longer_at_once() {
    let mut bench = bench();
    let first = bench.next_request(Method::Register);
    bench.feed(reply_with(&first, 423, "r", &[("Min-Expires", "3600")], None));
    let (after, second) = next(&mut bench);
    assert!(after <= 1);
    assert_eq!(second.header(Name::Expires), Some("3600"));
    // A registrar that is never content is not asked without end.
    bench.feed(reply_with(&second, 423, "r", &[("Min-Expires", "7200")], None));
    let (after, _) = next(&mut bench);
    assert!(after >= 2, "{after}");
}

#[test]
fn a_time_that_is_too_short_is_made_longer_after_a_failure_too() {
    let mut bench = bench();
    let first = bench.next_request(Method::Register);
    bench.feed(reply(&first, 500, "r", None));
    let (_, second) = next(&mut bench);
    bench.feed(reply_with(&second, 423, "r", &[("Min-Expires", "3600")], None));
    let (after, third) = next(&mut bench);
    assert!(after >= 2, "{after}");
    assert_eq!(third.header(Name::Expires), Some("3600"));
}

#[test]
fn failures_are_tried_again_later_and_later_and_the_binding_holds_its_time() {
    let mut bench = bench();
    let first = bench.next_request(Method::Register);
    bench.feed(reply_with(&first, 200, "r", &[("Expires", "100")], None));
    let (_, mut request) = next(&mut bench);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        bench.feed(reply(&request, 500, "r", None));
        let (pause, again) = next(&mut bench);
        pauses.push(pause);
        request = again;
    }
    assert!(pauses[0] <= 6 && pauses[8] >= 150 && pauses[8] <= 301, "{pauses:?}");
    assert!(!is_bound(&bench), "100 s are over");
    bench.feed(reply_with(&request, 503, "r", &[("Retry-After", "100000")], None));
    let (pause, request) = next(&mut bench);
    assert!((150..=301).contains(&pause), "{pause}");
    bench.feed(reply(&request, 200, "r", None));
    assert!(is_bound(&bench));
}

#[test]
fn silence_is_a_failure_too() {
    let mut bench = bench();
    let first = bench.next_request(Method::Register);
    bench.pass_ms(32_000);
    bench.sent.clear();
    let (_, second) = next(&mut bench);
    assert!(second.cseq().number > first.cseq().number);
    assert_eq!(second.call_id(), first.call_id());
}

#[test]
fn at_the_end_the_binding_is_taken_back_and_that_is_not_waited_for_long() {
    for answered in [true, false] {
        let mut bench = bench();
        let first = bench.next_request(Method::Register);
        bench.feed(reply(&first, 200, "r", None));
        let now = bench.now;
        bench.sip.unregister(now);
        bench.drain();
        let last = bench.next_request(Method::Register);
        assert_eq!(last.header(Name::Contact), Some(&*(contact() + ";expires=0")));
        assert!(!bench.sip.has_left());
        if answered {
            bench.feed(reply(&last, 200, "r", None));
        } else {
            bench.pass_ms(2_000);
        }
        assert!(bench.sip.has_left() && !is_bound(&bench));
        bench.sent.clear();
        bench.pass_ms(700_000);
        assert!(bench.sent.iter().all(|sent| sent.message.cseq().number == last.cseq().number));
    }
}

#[test]
fn how_it_stands_can_be_seen() {
    let mut bench = bench();
    let seconds = Duration::from_secs;
    let nothing = RegistrationView {
        peer: PeerId(0),
        registrar: "sip:example.net".to_owned(),
        holds: None,
        failure: None,
    };
    assert_eq!(shown(&bench), nothing);
    let first = bench.next_request(Method::Register);
    bench.feed(reply_with(&first, 200, "r", &[("Expires", "100")], None));
    bench.pass_ms(30_000);
    assert_eq!(shown(&bench), RegistrationView { holds: Some(seconds(70)), ..nothing.clone() });
    let (_, second) = next(&mut bench);
    bench.feed(reply(&second, 403, "r", None));
    bench.pass_ms(1_000);
    let failure = |ago, status| Some(RegistrationFailure { ago: seconds(ago), status });
    assert_eq!(shown(&bench).failure, failure(1, Some(403)));
    assert!(is_bound(&bench), "for as long as the registrar said");
    // Nobody answers the next.
    bench.sent.clear();
    bench.pass_ms(100_000);
    let last = shown(&bench);
    assert_eq!((last.holds, last.failure.unwrap().status), (None, None));
}
