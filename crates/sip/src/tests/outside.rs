//! Requests of ours outside any dialog: RFC 3261 §8.1, §11, §17.1.2.

use super::bench::{Bench, config, reply, udp};
use crate::{Config, Event, Flow, Input, Outside, Refused, Released, RequestId};
use base::Class;
use sip_parser::{Message, Method, Name};

const PEER: &str = "sip:127.0.0.2:5062";

fn ping() -> (Bench, RequestId, Message) {
    let mut bench = Bench::new(udp());
    let sent = bench.sip.options(bench.now, Class::Ordinary, udp(), PEER.to_owned());
    bench.drain();
    let request = bench.next_request(Method::Options);
    (bench, sent.unwrap(), request)
}

#[test]
fn options_asks_as_the_standard_wants_it() {
    let (_, _, options) = ping();
    assert_eq!(options.uri(), Some(PEER));
    assert_eq!(options.header(Name::To), Some("<sip:127.0.0.2:5062>"));
    assert!(options.from().tag().is_some() && options.to().tag().is_none());
    assert_eq!(options.max_forwards(), Some(70));
    assert_eq!(options.header(Name::Accept), Some("application/sdp"));
    assert_eq!(options.contact().unwrap().uri, "sip:127.0.0.1:5060");
}

#[test]
fn the_final_answer_is_told_once() {
    for status in [200, 404, 503] {
        let (mut bench, sent, options) = ping();
        bench.feed(reply(&options, 100, "", None));
        bench.expect_quiet();
        bench.feed(reply(&options, status, "peer", None));
        bench.feed(reply(&options, status, "peer", None));
        let Event::Replied { request, response } = bench.event() else { panic!() };
        assert_eq!((request, response.status()), (sent, Some(status)));
        bench.pass_ms(5_000);
        bench.expect_quiet();
        bench.expect_empty();
    }
}

#[test]
fn silence_and_a_transport_that_fails_are_told() {
    let (mut bench, sent, _) = ping();
    bench.pass_ms(32_000);
    let Event::Unanswered { request, why: Released::Timeout } = bench.event() else { panic!() };
    assert_eq!(request, sent);
    bench.expect_empty();

    let (mut bench, sent, _) = ping();
    bench.input(Input::SendFailed { flow: udp() });
    let Event::Unanswered { request, why } = bench.event() else { panic!() };
    assert_eq!((request, why), (sent, Released::TransportFailed));
    bench.expect_empty();
}

#[test]
fn who_gives_up_hears_nothing_more() {
    let (mut bench, sent, options) = ping();
    assert!(bench.sip.give_up(sent));
    assert!(!bench.sip.give_up(sent));
    bench.feed(reply(&options, 200, "peer", None));
    bench.pass_ms(40_000);
    bench.expect_quiet();
    bench.expect_empty();
}

#[test]
fn a_sequence_goes_on_with_its_call_id() {
    let mut bench = Bench::new(udp());
    for number in [1, 2] {
        let out = Outside {
            peer: None,
            flow: udp(),
            method: "REGISTER",
            request_uri: "sip:example.net".to_owned(),
            from: "<sip:us@example.net>".to_owned(),
            to: "<sip:us@example.net>".to_owned(),
            sequence: Some(("one@example.net".to_owned(), number)),
            headers: vec![("Contact", "<sip:us@127.0.0.1>;expires=60".to_owned())],
        };
        bench.sip.request_outside(bench.now, Class::Ordinary, out).unwrap();
        bench.drain();
        let sent = bench.next_request(Method::Register);
        assert_eq!((sent.call_id(), sent.cseq().number), ("one@example.net", number));
        assert_eq!(sent.values(Name::Contact).count(), 1);
    }
}

#[test]
fn calls_have_the_last_places() {
    let config = Config { transactions: 16, transaction_reserve: 2, ..config() };
    let mut bench = Bench::with(udp(), config);
    let options =
        |bench: &mut Bench| bench.sip.options(bench.now, Class::Ordinary, udp(), PEER.to_owned());
    let placed = (0..16).take_while(|_| options(&mut bench).is_ok()).count();
    assert!(placed < 14, "{placed}");
    assert_eq!(options(&mut bench), Err(Refused::Transactions));
    let nowhere = Flow { remote: "[::1]:5060".parse().unwrap(), ..udp() };
    let refused = bench.sip.options(bench.now, Class::Ordinary, nowhere, PEER.to_owned());
    assert_eq!(refused, Err(Refused::NoLocal));
}
