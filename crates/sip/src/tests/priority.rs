//! Resource-Priority as it goes over the wire (RFC 4412).

use super::bench::{Bench, OFFER, Peer, config, outgoing, udp};
use crate::{Config, Marks, Outgoing, PeerId, Peers};
use base::Class;
use sip_parser::{Method, Name};

#[test]
fn an_unknown_mark_is_refused_where_it_is_required_and_passed_over_where_not() {
    for (headers, status) in [
        (vec![("Resource-Priority", "new.1")], 100),
        (vec![("Require", "resource-priority")], 417),
        (vec![("Require", "resource-priority"), ("Resource-Priority", "new.1, ets.9")], 417),
        (vec![("Require", "resource-priority"), ("Resource-Priority", "new.1, ETS.2")], 100),
        (
            vec![
                ("Require", "resource-priority"),
                ("Resource-Priority", "new.1"),
                ("Resource-Priority", "dsn.Flash"),
            ],
            100,
        ),
        (vec![("Require", "resource-priority, new"), ("Resource-Priority", "q735.0")], 420),
    ] {
        let mut bench = Bench::new(udp());
        let mut peer = Peer::new(udp());
        peer.extra = headers.clone().into_iter().map(|(n, v)| (n, v.to_owned())).collect();
        bench.feed(peer.invite(Some(OFFER)));
        let response = bench.next_response(status);
        let accepted = response.header(Name::AcceptResourcePriority);
        assert_eq!(accepted.is_some(), status == 417, "{headers:?}");
    }
}

#[test]
fn options_says_which_marks_are_understood() {
    let mut bench = Bench::new(udp());
    bench.feed(Peer::new(udp()).request("OPTIONS", 1, 1, None));
    let response = bench.next_response(200);
    let accepted: Vec<_> = response.values(Name::AcceptResourcePriority).collect();
    for mark in ["esnet.0", "ets.4", "wps.0", "q735.4", "dsn.routine", "drsn.flash-override"] {
        assert!(accepted.contains(&mark), "{mark}");
    }
    assert_eq!(accepted.len(), 5 + 5 + 5 + 5 + 5 + 6);
    let supported = response.values(Name::Supported).any(|tag| tag == "resource-priority");
    assert!(supported);
}

#[test]
fn calls_with_priority_are_marked_as_their_peer_wants_it() {
    let marks = Marks { emergency: Some("esnet.1".to_owned()), government: None };
    let mut peers = Peers::default();
    peers.list.push(crate::Peer { marks, ..crate::Peer::default() });
    for (class, peer, mark) in [
        (Class::Emergency, Some(0), Some("esnet.1")),
        (Class::GovernmentPriority, Some(0), None),
        (Class::Ordinary, Some(0), None),
        (Class::Emergency, None, None),
    ] {
        let mut bench = Bench::with(udp(), Config { peers: peers.clone(), ..config() });
        let out = Outgoing { peer: peer.map(PeerId), ..outgoing(udp()) };
        bench.sip.invite(bench.now, class, out.clone()).unwrap();
        bench.drain();
        let invite = bench.next_request(Method::Invite);
        assert_eq!(invite.header(Name::ResourcePriority), mark);
        // §3.1: no namespace twice, whatever the user has written.
        let headers = vec![("Resource-Priority", "esnet.0".to_owned())];
        bench.sip.invite(bench.now, class, Outgoing { headers, ..out }).unwrap();
        bench.drain();
        let invite = bench.next_request(Method::Invite);
        let marks: Vec<_> = invite.values(Name::ResourcePriority).collect();
        assert_eq!(marks, [mark.unwrap_or("esnet.0")]);
    }
}
