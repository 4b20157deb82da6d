//! Overload control as it goes over the wire.

use super::bench::{Bench, Peer, config, outgoing, reply, reply_with, udp};
use crate::{Config, Hop, Load, Outgoing, Overload, PeerId, Peers, Refused};
use base::Class;
use sip_parser::{Message, Method};

fn bench(overload: Overload) -> Bench {
    let mut peers = Peers::default();
    peers.list.push(crate::Peer { overload, ..crate::Peer::default() });
    let mut bench = Bench::with(udp(), Config { peers, ..config() });
    bench.peer = Some(PeerId(0));
    bench
}

fn call(bench: &mut Bench, class: Class) -> Result<Message, Refused> {
    let out = Outgoing { peer: Some(PeerId(0)), ..outgoing(udp()) };
    bench.sip.invite(bench.now, class, out)?;
    bench.drain();
    Ok(bench.next_request(Method::Invite))
}

/// The response with parameters at the end of its top Via.
fn telling(response: bytes::Bytes, params: &str) -> bytes::Bytes {
    let text = String::from_utf8(response.to_vec()).unwrap();
    let via = text.lines().find(|line| line.starts_with("Via:")).unwrap().to_owned();
    let told = via.split(";oc").next().unwrap().to_owned() + params;
    text.replacen(&via, &told, 1).into()
}

#[test]
fn what_we_understand_stands_in_our_via_and_what_is_asked_is_done() {
    for (overload, offered) in [
        (Overload::Off, None),
        (Overload::Loss, Some("\"loss\"")),
        (Overload::Rate, Some("\"rate,loss\"")),
    ] {
        let mut bench = bench(overload);
        let invite = call(&mut bench, Class::Ordinary).unwrap();
        assert_eq!(invite.top_via().params.value("oc-algo"), offered);
        assert_eq!(invite.top_via().params.get("oc"), offered.map(|_| None));
        let told = ";oc=100;oc-algo=\"loss\";oc-validity=5000;oc-seq=1.0";
        bench.feed(telling(reply(&invite, 100, "", None), told));
        let next = call(&mut bench, Class::Ordinary);
        assert_eq!(next.is_err(), overload != Overload::Off, "§4.1: only where we offered it");
        call(&mut bench, Class::Emergency).unwrap();
        bench.pass_ms(5_000);
        bench.sent.clear();
        call(&mut bench, Class::Ordinary).unwrap();
    }
}

#[test]
fn another_hop_is_called_instead_and_without_one_the_call_is_not_made() {
    let mut bench = bench(Overload::Off);
    let invite = call(&mut bench, Class::Ordinary).unwrap();
    bench.feed(reply_with(&invite, 503, "t", &[("Retry-After", "30 (busy)")], None));
    bench.next_request(Method::Ack);
    bench.events.clear();
    assert_eq!(call(&mut bench, Class::Ordinary).unwrap_err(), Refused::RetryAfter);
    assert_eq!(bench.sip.stats().throttle.retry_after, 1);
    let elsewhere = "127.0.0.2:5063".parse().unwrap();
    let flow = crate::Flow { remote: elsewhere, ..udp() };
    let spare = vec![Hop { flow, request_uri: "sip:b@127.0.0.2:5063".to_owned() }];
    let out = Outgoing { spare, ..outgoing(udp()) };
    bench.sip.invite(bench.now, Class::Ordinary, out).unwrap();
    bench.drain();
    assert_eq!(bench.sent.front().unwrap().flow.remote, elsewhere);
    let invite = bench.next_request(Method::Invite);
    assert_eq!(invite.uri(), Some("sip:b@127.0.0.2:5063"));
    call(&mut bench, Class::Emergency).unwrap();
    bench.pass_ms(30_000);
    bench.sent.clear();
    call(&mut bench, Class::Ordinary).unwrap();
}

/// Whoever names a neighbour in a 3xx does not speak for it.
#[test]
fn a_contact_that_asks_for_less_is_called_by_emergency_calls_only() {
    for class in [Class::Ordinary, Class::Emergency] {
        let mut bench = bench(Overload::Off);
        let invite = call(&mut bench, Class::Ordinary).unwrap();
        bench.feed(reply_with(&invite, 503, "t", &[("Retry-After", "30")], None));
        bench.next_request(Method::Ack);
        let flow = crate::Flow { remote: "127.0.0.2:5063".parse().unwrap(), ..udp() };
        let within = vec![("127.0.0.2".parse().unwrap(), 32)];
        let redirects = crate::Redirects { most: 3, within };
        let out = Outgoing { redirects, flow, ..outgoing(udp()) };
        bench.sip.invite(bench.now, class, out).unwrap();
        bench.drain();
        let invite = bench.next_request(Method::Invite);
        // The bench writes the address of the one that is busy into Contact.
        bench.feed(reply(&invite, 302, "t", None));
        bench.next_request(Method::Ack);
        assert_eq!(!bench.sent.is_empty(), class.is_emergency());
    }
}

#[test]
fn a_client_that_offers_hears_of_our_load_in_every_response() {
    let mut bench = bench(Overload::Loss);
    let with_oc = |bytes: bytes::Bytes| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        bytes::Bytes::from(text.replacen(";branch=", ";oc;oc-algo=\"loss\";branch=", 1))
    };
    let now = bench.now;
    bench.sip.set_load(now, Load { reduce: 20 });
    let mut peer = Peer::new(udp());
    bench.feed(with_oc(peer.invite(None)));
    let trying = bench.next_response(100);
    let via = trying.top_via();
    assert_eq!(via.params.value("oc"), Some("20"));
    assert_eq!(via.params.value("oc-algo"), Some("\"loss\""));
    assert_eq!(via.params.iter().filter(|(name, _)| *name == "oc").count(), 1);
    let session = bench.expect_incoming();
    // RFC 7339 §5.11: the first response other than 100 says it again.
    bench.release(session, 486);
    let refusal = bench.next_response(486);
    assert_eq!(refusal.top_via().params.value("oc"), Some("20"));
    // Who offers nothing is told nothing.
    peer.branch += 1;
    bench.feed(peer.request("OPTIONS", 7, 77, None));
    assert_eq!(bench.next_response(200).top_via().params.get("oc"), None);
}
