//! Throttles by loss and by rate, and what clients are told.

use super::throttle::{Held, Throttle};
use super::told::Told;
use super::{Algorithm, Feedback, Load};
use crate::Overload;
use base::{Class, Duration, Instant};
use bytes::Bytes;
use sip_parser::{Limits, Message};
use std::net::SocketAddr;

fn there() -> SocketAddr {
    "127.0.0.2:5060".parse().unwrap()
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn told(algorithm: Algorithm, value: u32, sequence: u64) -> Told {
    let sequence = Some(sequence * 100_000);
    Told { algorithm, value, validity: Duration::from_secs(10), sequence }
}

fn admits(throttle: &mut Throttle, now: u64) -> bool {
    throttle.admit(at(now), there(), Class::Ordinary).is_ok()
}

fn message(params: &str) -> Message {
    let text = format!(
        "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1{params}\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    Message::parse(Bytes::from(text), &Limits::default()).unwrap()
}

/// Of 10 000 requests, one each millisecond from `from` on, how many went.
fn sent(throttle: &mut Throttle, from: u64, class: Class) -> usize {
    (0..10_000).filter(|n| throttle.admit(at(from + n), there(), class).is_ok()).count()
}

#[test]
fn a_part_is_held_back_and_after_its_time_nothing() {
    let mut throttle = Throttle::new(1);
    assert_eq!(sent(&mut throttle, 0, Class::Ordinary), 10_000);
    throttle.told(at(10_000), there(), told(Algorithm::Loss, 30, 1));
    let went = sent(&mut throttle, 10_000, Class::Ordinary);
    assert!((6_800..7_200).contains(&went), "{went}");
    // RFC 7339 §5.7.
    assert_eq!(sent(&mut throttle, 20_000, Class::Ordinary), 10_000);
    let other = "127.0.0.2:5061".parse().unwrap();
    assert!(throttle.admit(at(10_000), other, Class::Ordinary).is_ok(), "by address and port");
}

#[test]
fn emergencies_go_and_the_others_make_up_for_them() {
    let mut throttle = Throttle::new(2);
    throttle.told(at(0), there(), told(Algorithm::Loss, 25, 1));
    let mut went = [0; 2];
    for n in 0..8_000 {
        let class = if n % 2 == 0 { Class::Emergency } else { Class::Ordinary };
        went[n % 2] += usize::from(throttle.admit(at(1), there(), class).is_ok());
    }
    // RFC 7339 §7.2: a quarter of all is half of those that may be held back.
    assert_eq!(went[0], 4_000);
    assert!((1_850..2_150).contains(&went[1]), "{went:?}");
    // §5.10.1: priority is kept until nothing at all is wanted; an emergency call always.
    throttle.told(at(2), there(), told(Algorithm::Loss, 99, 2));
    assert!(throttle.admit(at(3), there(), Class::GovernmentPriority).is_ok());
    throttle.told(at(3), there(), told(Algorithm::Loss, 100, 3));
    // The last of them comes when the word holds no longer.
    assert_eq!(sent(&mut throttle, 4, Class::GovernmentPriority), 1);
    assert_eq!(throttle.admit(at(5), there(), Class::Ordinary), Err(Held::Overload));
    assert!(throttle.admit(at(5), there(), Class::Emergency).is_ok());
}

#[test]
fn a_rate_is_kept_by_a_leaky_bucket() {
    let mut throttle = Throttle::new(3);
    throttle.told(at(0), there(), told(Algorithm::Rate, 50, 1));
    let went = sent(&mut throttle, 0, Class::Ordinary);
    // 10 s at 50 a second, and the bucket's tolerance.
    assert!((495..=510).contains(&went), "{went}");
    // RFC 7415 §3.5.2: priority finds the bucket as full as it may not be for others.
    throttle.told(at(20_000), there(), told(Algorithm::Rate, 1, 2));
    while throttle.admit(at(20_001), there(), Class::Ordinary).is_ok() {}
    assert!(throttle.admit(at(20_001), there(), Class::PsapCallback).is_ok());
    while throttle.admit(at(20_001), there(), Class::PsapCallback).is_ok() {}
    for _ in 0..100 {
        assert!(throttle.admit(at(20_001), there(), Class::Emergency).is_ok());
    }
    // However many those were, the bucket is never fuller than full: 6 s later others go again.
    assert!(throttle.admit(at(27_500), there(), Class::Ordinary).is_ok());
    // §3.5.1: a rate of nothing.
    throttle.told(at(28_000), there(), told(Algorithm::Rate, 0, 3));
    assert!(throttle.admit(at(29_000), there(), Class::Ordinary).is_err());
    assert!(throttle.admit(at(29_000), there(), Class::Emergency).is_ok());
}

#[test]
fn an_older_word_is_no_news_but_an_overflow_is() {
    let mut throttle = Throttle::new(4);
    throttle.told(at(0), there(), told(Algorithm::Loss, 100, 2_000_000));
    throttle.told(at(1), there(), told(Algorithm::Loss, 0, 2_000_000));
    throttle.told(at(1), there(), told(Algorithm::Loss, 0, 1_999_999));
    assert!(!admits(&mut throttle, 1));
    // RFC 7339 §4.4.
    throttle.told(at(2), there(), told(Algorithm::Loss, 0, 7));
    assert!(admits(&mut throttle, 2));
    throttle.told(at(3), there(), told(Algorithm::Loss, 100, 8));
    assert!(!admits(&mut throttle, 3));
    // §5.7: over.
    let over = Told { validity: Duration::ZERO, ..told(Algorithm::Loss, 100, 9) };
    throttle.told(at(4), there(), over);
    assert!(admits(&mut throttle, 4));
}

/// RFC 7339 §4.4 wants a number in each word; of a neighbour that gives none the last word counts.
#[test]
fn a_word_without_a_number_is_new_and_is_taken_back_by_the_next() {
    let unnumbered = |value| Told { sequence: None, ..told(Algorithm::Loss, value, 0) };
    let mut throttle = Throttle::new(4);
    throttle.told(at(0), there(), unnumbered(100));
    assert!(!admits(&mut throttle, 1));
    throttle.told(at(1), there(), unnumbered(0));
    assert!(admits(&mut throttle, 2));
    throttle.told(at(2), there(), unnumbered(100));
    assert!(!admits(&mut throttle, 3));
    // §5.7: its end is heard too.
    throttle.told(at(3), there(), Told { validity: Duration::ZERO, ..unnumbered(100) });
    assert!(admits(&mut throttle, 4));
    // Behind a number, and before one.
    throttle.told(at(5), there(), told(Algorithm::Loss, 100, 1_282_321_615));
    throttle.told(at(6), there(), unnumbered(0));
    assert!(admits(&mut throttle, 7));
    throttle.told(at(8), there(), told(Algorithm::Loss, 100, 1));
    assert!(!admits(&mut throttle, 9));
}

/// RFC 7339 §5.4: when its time is over what was known is reset, the number with it: a neighbour
/// that begins to count anew is heard again.
#[test]
fn a_number_is_forgotten_with_its_word() {
    let mut throttle = Throttle::new(4);
    throttle.told(at(0), there(), told(Algorithm::Loss, 100, 500));
    throttle.told(at(9_999), there(), told(Algorithm::Loss, 0, 1));
    assert!(!admits(&mut throttle, 9_999), "an earlier word while the later holds");
    throttle.told(at(10_000), there(), told(Algorithm::Loss, 100, 1));
    assert!(!admits(&mut throttle, 10_001));
    // §5.4: the same word again does not make it longer; a newer one begins its time anew.
    throttle.told(at(19_000), there(), told(Algorithm::Loss, 100, 1));
    assert!(admits(&mut throttle, 20_000));
    throttle.told(at(20_000), there(), told(Algorithm::Loss, 100, 2));
    throttle.told(at(29_000), there(), told(Algorithm::Loss, 100, 3));
    assert!(!admits(&mut throttle, 38_999));
    assert!(admits(&mut throttle, 39_000));
    // §5.7: a straggler does not bring back what was taken back.
    let over = Told { validity: Duration::ZERO, ..told(Algorithm::Loss, 0, 5) };
    throttle.told(at(40_000), there(), over);
    throttle.told(at(44_999), there(), told(Algorithm::Loss, 100, 4));
    assert!(admits(&mut throttle, 44_999));
    throttle.told(at(45_000), there(), told(Algorithm::Loss, 100, 4));
    assert!(!admits(&mut throttle, 45_001));
}

/// RFC 7415 §3.5.1: a rate of nothing holds for its time, and no time at all is its end, whatever
/// rate stands beside it.
#[test]
fn a_rate_of_nothing_ends_with_its_time_or_by_word() {
    let mut throttle = Throttle::new(5);
    throttle.told(at(0), there(), told(Algorithm::Rate, 0, 1));
    assert!(!admits(&mut throttle, 9_999));
    assert!(admits(&mut throttle, 10_000));
    throttle.told(at(10_000), there(), told(Algorithm::Rate, 0, 2));
    assert!(!admits(&mut throttle, 10_001));
    let over = Told { validity: Duration::ZERO, ..told(Algorithm::Rate, 0, 3) };
    throttle.told(at(10_002), there(), over);
    assert!(admits(&mut throttle, 10_003));
    // RFC 7339 §5.8: the neighbour may turn to the other algorithm.
    throttle.told(at(10_004), there(), told(Algorithm::Loss, 100, 4));
    assert!(!admits(&mut throttle, 10_005));
}

#[test]
fn retry_after_is_obeyed_within_bounds_and_not_by_emergencies() {
    let mut throttle = Throttle::new(5);
    throttle.retry_after(at(0), there(), Duration::from_secs(10));
    assert_eq!(throttle.admit(at(9_999), there(), Class::Ordinary), Err(Held::RetryAfter));
    assert!(throttle.admit(at(9_999), there(), Class::Emergency).is_ok());
    assert!(throttle.admit(at(10_000), there(), Class::Ordinary).is_ok());
    throttle.retry_after(at(0), there(), Duration::from_secs(u32::MAX.into()));
    assert!(throttle.admit(at(179_999), there(), Class::Ordinary).is_err());
    assert!(throttle.admit(at(180_000), there(), Class::Ordinary).is_ok());
}

#[test]
fn the_memory_is_bounded() {
    let mut throttle = Throttle::new(6);
    let neighbour = |n: u16| SocketAddr::from(([127, 0, 0, 3], n));
    for n in 0..5_000 {
        throttle.told(at(0), neighbour(n), told(Algorithm::Loss, 100, 1));
    }
    assert_eq!(throttle.stats.full, 5_000 - 4_096);
    assert!(throttle.admit(at(1), neighbour(4_999), Class::Ordinary).is_ok());
    // Words that hold no longer make room.
    throttle.told(at(10_000), neighbour(4_999), told(Algorithm::Loss, 100, 1));
    assert!(throttle.admit(at(10_001), neighbour(4_999), Class::Ordinary).is_err());
}

#[test]
fn parameters_are_read_as_rfc_7339_writes_them() {
    let read = |params: &str| Told::read(&message(params).top_via());
    let all = read(";oc=20;oc-algo=\"loss\";oc-validity=2000;oc-seq=1282321615.782").unwrap();
    assert_eq!((all.algorithm, all.value), (Algorithm::Loss, 20));
    assert_eq!((all.validity.as_millis(), all.sequence), (2_000, Some(128_232_161_578_200)));
    assert_eq!(read(";oc=20;oc-seq=1").unwrap().validity.as_millis(), 500, "§4.3");
    assert_eq!(read(";oc=200;oc-algo=\"rate\"").unwrap().value, 200);
    assert_eq!(read(";oc=200").unwrap().value, 100);
    for (text, number) in [
        ("1", Some(100_000)),
        ("1.5", Some(150_000)),
        ("1.00001", Some(100_001)),
        // Further apart than a binary fraction of that size could tell.
        ("999999999999.00002", Some(99_999_999_999_900_002)),
        ("1.000001", None),
        ("1000000000000.0", None),
        ("-1", None),
        ("1e9", None),
    ] {
        let told = read(&format!(";oc=20;oc-seq={text}"));
        assert_eq!(told.and_then(|told| told.sequence), number, "{text}");
    }
    for nothing in ["", ";oc", ";oc=x", ";oc=1;oc-algo=\"new\"", ";oc=1;oc-validity=x"] {
        assert_eq!(read(nothing), None, "{nothing}");
    }
}

fn hears(feedback: &mut Feedback, terms: Overload, offered: &str) -> Option<String> {
    let request = message(offered);
    feedback.came(at(0), there(), terms, &request);
    feedback.for_response(there(), &request)
}

#[test]
fn a_client_hears_of_the_load_in_the_algorithm_that_both_know() {
    let calm = |algo: &str| format!(";oc=0;oc-algo=\"{algo}\";oc-validity=0;oc-seq=0.001");
    for (terms, offered, algorithm) in [
        (Overload::Loss, ";oc;oc-algo=\"loss\"", Some("loss")),
        (Overload::Loss, ";oc;oc-algo=\"rate,loss\"", Some("loss")),
        (Overload::Rate, ";oc;oc-algo=\"loss, rate\"", Some("rate")),
        (Overload::Rate, ";oc;oc-algo=\"loss\"", Some("loss")),
        (Overload::Rate, ";oc", Some("loss")),
        (Overload::Loss, ";oc;oc-algo=\"rate\"", None),
        (Overload::Off, ";oc;oc-algo=\"loss\"", None),
        (Overload::Loss, "", None),
    ] {
        let heard = hears(&mut Feedback::default(), terms, offered);
        assert_eq!(heard, algorithm.map(calm), "{terms:?} {offered}");
    }
}

/// RFC 7339 §5.1: what was selected stays, but only for as long as the client knows it.
#[test]
fn a_client_that_has_lost_an_algorithm_hears_of_the_other() {
    let mut feedback = Feedback::default();
    let mut hears = |offered| hears(&mut feedback, Overload::Rate, offered).unwrap();
    assert!(hears(";oc;oc-algo=\"rate,loss\"").contains("oc-algo=\"rate\""));
    assert!(hears(";oc;oc-algo=\"loss,rate\"").contains("oc-algo=\"rate\""));
    assert!(hears(";oc;oc-algo=\"loss\"").contains("oc-algo=\"loss\""));
    assert!(hears(";oc;oc-algo=\"rate,loss\"").contains("oc-algo=\"loss\""));
}

#[test]
fn load_is_told_as_a_part_or_as_a_rate_and_each_word_has_a_higher_number() {
    let mut loss = Feedback::default();
    hears(&mut loss, Overload::Loss, ";oc");
    loss.set_load(at(1_500), Load { reduce: 40 });
    let heard = loss.for_response(there(), &message(";oc")).unwrap();
    assert_eq!(heard, ";oc=40;oc-algo=\"loss\";oc-validity=1000;oc-seq=1.500");
    loss.set_load(at(1_500), Load { reduce: 0 });
    let heard = loss.for_response(there(), &message(";oc")).unwrap();
    assert_eq!(heard, ";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=1.501");

    let mut rate = Feedback::default();
    let request = message(";oc;oc-algo=\"rate\"");
    for n in 0..200 {
        rate.came(at(n * 10), there(), Overload::Rate, &request);
    }
    for _ in 0..5 {
        // What is granted is a part of what came when it began, however often it is said.
        rate.set_load(at(2_000), Load { reduce: 25 });
        let heard = rate.for_response(there(), &request).unwrap();
        assert!(heard.starts_with(";oc=75;oc-algo=\"rate\""), "{heard}");
    }
    rate.set_load(at(3_000), Load { reduce: 100 });
    assert!(rate.for_response(there(), &request).unwrap().starts_with(";oc=1;"));
}
