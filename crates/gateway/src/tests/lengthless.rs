//! Emergency calls over connections, without a Content-Length (RFC 3261 §18.3, §20.14).

use super::sip_to_pstn::con;
use super::ua::{Ua, header};
use super::world::{World, address};
use crate::Input;
use base::Duration;
use bytes::Bytes;
use isup_codec::CallingPartysCategory;

const URI: &str = "sip:112@127.0.0.1";
const CONNECTION: sip::ConnectionId = sip::ConnectionId(7);

fn connected() -> World {
    let mut world = World::new();
    let flow = sip::Flow {
        transport: sip::Transport::Tcp,
        local: address("127.0.0.1:5060"),
        remote: address("127.0.0.1:40001"),
        connection: Some(CONNECTION),
        peer: None,
    };
    world.input(Input::SipConnected { flow, names: Vec::new() });
    world
}

fn bring(world: &mut World, text: &str) {
    world.input(Input::SipBytes { connection: CONNECTION, bytes: Bytes::from(text.to_owned()) });
}

/// A request as some telephone writes it, with no length.
fn lengthless(ua: &Ua, method: &str, branch: &str, sdp: Option<&str>) -> String {
    let text = ua.request(method, branch, "", sdp).replace("/UDP", "/TCP");
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let lines = head.split("\r\n").filter(|line| !line.starts_with("Content-Length"));
    format!("{}\r\n\r\n{body}", lines.collect::<Vec<_>>().join("\r\n"))
}

fn answer(world: &mut World) {
    let (call, _, iam) = world.iam();
    assert_eq!(iam.category, CallingPartysCategory::PRIORITY);
    world.backward(call, con());
}

#[test]
fn the_offer_is_what_comes_with_the_invite() {
    let mut world = connected();
    let mut ua = Ua::new("a", URI);
    let invite = lengthless(&ua, "INVITE", "ai", Some(&Ua::offer()));
    // In two segments, of which the second comes a little later.
    let (first, second) = invite.split_at(invite.len() - 60);
    bring(&mut world, first);
    world.run(Duration::from_millis(400));
    bring(&mut world, second);
    world.run(Duration::from_millis(499));
    assert!(world.sip.is_empty() && world.events.is_empty());
    answer(&mut world);
    let ok = ua.expect(&mut world, 200);
    assert!(ok.contains("m=audio") && header(&ok, "Content-Type").is_some(), "{ok}");
    bring(&mut world, &lengthless(&ua, "ACK", "aa", None));
    ua.next();
    bring(&mut world, &lengthless(&ua, "BYE", "ab", None));
    ua.expect(&mut world, 200);
    assert!(world.closed_connections.is_empty());
    world.quiet();
    let agreed = world.media.iter().any(|command| format!("{command:?}").contains(":40000"));
    assert!(agreed, "{:?}", world.media);
}

#[test]
fn the_next_message_ends_the_body_and_so_does_the_end_of_the_stream() {
    for half_closed in [false, true] {
        let mut world = connected();
        let (mut one, mut two) = (Ua::new("a", URI), Ua::new("b", URI));
        bring(&mut world, &lengthless(&one, "INVITE", "ai", Some(&Ua::offer())));
        bring(&mut world, &lengthless(&two, "INVITE", "bi", Some(&Ua::offer())));
        answer(&mut world);
        one.expect(&mut world, 200);
        if half_closed {
            world.input(Input::SipHalfClosed { connection: CONNECTION });
        }
        answer(&mut world);
        two.expect(&mut world, 200);
    }
}

/// §13.2.1: without a type there is no body, and without an offer we make one.
#[test]
fn without_a_body_nothing_is_waited_for() {
    let mut world = connected();
    let mut ua = Ua::new("a", URI);
    bring(&mut world, &lengthless(&ua, "INVITE", "ai", None));
    assert!(world.sip.iter().any(|(_, text)| text.starts_with("SIP/2.0 100 ")));
    // RFC 5626 §3.5.1
    bring(&mut world, "\r\n\r\n");
    assert!(world.sip.iter().any(|(_, text)| text == "\r\n"));
    world.sip.retain(|(_, text)| text != "\r\n");
    answer(&mut world);
    let ok = ua.expect(&mut world, 200);
    assert!(ok.contains("m=audio"), "{ok}");
    bring(&mut world, &lengthless(&ua, "ACK", "aa", Some(&Ua::offer())));
    world.run(Duration::from_secs(1));
    ua.next();
    bring(&mut world, &lengthless(&ua, "BYE", "ab", None));
    ua.expect(&mut world, 200);
    world.quiet();
}

/// A body may hold what its writer was never asked to send; and other calls are refused as ever.
#[test]
fn what_follows_is_believed_of_emergency_calls_only() {
    let mut world = connected();
    let (mut victim, call) = Ua::talking(&mut world, "v", "sip:0199000001@127.0.0.1");
    let mut ua = Ua::new("a", URI);
    let smuggled = victim.request("BYE", "vb", "", None).replace("/UDP", "/TCP");
    let body = format!("{}{smuggled}", Ua::offer());
    bring(&mut world, &lengthless(&ua, "INVITE", "ai", Some(&body)));
    assert_eq!(world.closed_connections, [CONNECTION]);
    assert_eq!(world.gateway.stats().broken_streams, 1);
    // The emergency call is answered by the way that its Via says (§18.2.2).
    answer(&mut world);
    ua.expect(&mut world, 200);
    assert!(victim.receive(&mut world).is_none(), "it talks on");
    world.exchange_releases(call, 16);
    victim.expect_request(&mut world, "BYE");

    let mut world = connected();
    let mut ua = Ua::new("a", "sip:0199000001@127.0.0.1");
    bring(&mut world, &lengthless(&ua, "INVITE", "ai", Some(&Ua::offer())));
    let refusal = ua.expect(&mut world, 400);
    assert!(refusal.starts_with("SIP/2.0 400 Missing Content-Length"), "{refusal}");
    assert_eq!(world.closed_connections, [CONNECTION]);
}
