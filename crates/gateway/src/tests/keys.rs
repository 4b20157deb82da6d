//! Keys that the SIP side tells, packets as it wants them, its session timer, and what OPTIONS says.

use super::ua::{Ua, body, header};
use super::world::World;
use base::Duration;
use media::Command;

const URI: &str = "sip:0199000001@127.0.0.1:5060";

#[test]
fn what_the_offer_says_about_packets_and_events_reaches_the_media_plane() {
    let mut world = World::new();
    let mut ua = Ua::new("a", URI);
    let offer = Ua::offer().replace("RTP/AVP 8\r\n", "RTP/AVP 8 96\r\n");
    let offer = format!("{offer}a=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\n");
    ua.invite_with(&mut world, "", Some(&offer));
    let (call, _, _) = world.iam();
    world.backward(call, super::sip_to_pstn::con());
    let ok = ua.expect(&mut world, 200);
    assert!(body(&ok).contains("a=fmtp:96 0-15"), "{ok}");
    ua.acknowledge(&mut world, None);
    let mut formats = world.media.iter().filter_map(|command| match command {
        Command::Format { ptime, events, .. } => Some((*ptime, *events)),
        _ => None,
    });
    assert_eq!(formats.next_back(), Some((30, Some(96))));
}

#[test]
fn a_key_told_by_info_sounds_on_the_circuit() {
    let mut world = World::new();
    let (mut ua, _) = Ua::talking(&mut world, "a", URI);
    ua.set_cseq(2);
    let relay = "Signal=#\r\nDuration=250\r\n";
    let info = ua.request("INFO", "info", "", Some(relay));
    world.datagram(ua.address, &info.replace("application/sdp", "application/dtmf-relay"));
    ua.expect(&mut world, 200);
    let keys = world.media.iter().filter_map(|command| match command {
        Command::Key { key, millis, .. } => Some((*key, *millis)),
        _ => None,
    });
    assert_eq!(keys.collect::<Vec<_>>(), [(11, 250)]);
}

#[test]
fn a_trunk_says_how_long_its_sessions_last() {
    let mut world = World::new();
    let mut ua = Ua::new("a", URI);
    ua.invite(&mut world);
    let (call, _, _) = world.iam();
    world.backward(call, super::sip_to_pstn::con());
    let ok = ua.expect(&mut world, 200);
    assert_eq!(header(&ok, "Session-Expires"), Some("1800;refresher=uas"));
    ua.acknowledge(&mut world, None);
    world.run(Duration::from_secs(901));
    let refresh = ua.expect_request(&mut world, "INVITE");
    assert_eq!(header(&refresh, "Session-Expires"), Some("1800;refresher=uac"));
    assert_eq!(body(&refresh), body(&ok), "the same version of the same description");
}

#[test]
fn options_says_that_no_calls_are_taken() {
    let mut world = World::new();
    let ask = |world: &mut World, id: &str, status: u16| {
        let mut ua = Ua::new(id, URI);
        let options = ua.request("OPTIONS", id, "", None);
        world.datagram(ua.address, &options);
        ua.expect(world, status)
    };
    ask(&mut world, "a", 200);
    world.gateway.drain(world.now);
    let refused = ask(&mut world, "b", 503);
    // Emergency calls are taken still.
    assert_eq!(header(&refused, "Retry-After"), None);
}
