//! Which of our listeners calls leave from.

use super::pstn_to_sip::{iam, place};
use super::ua::Ua;
use super::world::{World, address, config};
use crate::Input;
use base::Duration;
use sip::{Target, Transport};

const FIRST: &str = "127.0.0.1:5060";
const SECOND: &str = "127.0.0.9:5060";
const URI: &str = "sip:0199000001@127.0.0.1:5060";
const OVER_UDP: &str = "sip:127.0.0.1:5070";
const OVER_TCP: &str = "sip:127.0.0.1:5071;transport=tcp";

/// A gateway with two listeners of one family, whose trunk names these of UDP.
fn world(target: &str, named: &[&str]) -> World {
    let mut config = config();
    config.sip.locals.push((Transport::Udp, address(SECOND)));
    config.sip.locals.push((Transport::Tcp, address(FIRST)));
    config.sip.locals.push((Transport::Tcp, address(SECOND)));
    config.trunks[0].listeners = named.iter().map(|one| (Transport::Udp, address(one))).collect();
    config.trunks[0].targets = vec![Target::parse(target).unwrap()];
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(200));
    world
}

/// Where the next call leaves from; it fails.
fn leaves_from(world: &mut World) -> String {
    world.sip.clear();
    world.events.clear();
    place(world, iam("199008001"));
    world.run(Duration::from_millis(200));
    let invite = world.sip.iter().find(|(_, text)| text.starts_with("INVITE "));
    let flow = invite.expect("no INVITE").0;
    world.input(Input::SipSendFailed { flow });
    world.run(Duration::from_secs(80));
    flow.local.to_string()
}

/// A call that comes in by this listener.
fn calls_at(world: &mut World, listener: &str, id: &str, acknowledged: bool) {
    world.local = address(listener);
    world.sip.clear();
    world.events.clear();
    let mut ua = Ua::new(id, URI);
    ua.invite(world);
    let (call, _, _) = world.iam();
    world.backward(call, super::sip_to_pstn::con());
    ua.expect(world, 200);
    if acknowledged {
        ua.acknowledge(world, None);
        ua.bye(world, "");
    }
    world.local = address(FIRST);
    world.run(Duration::from_secs(80));
}

#[test]
fn a_trunk_names_the_listener_that_its_calls_leave_from() {
    assert_eq!(leaves_from(&mut world(OVER_UDP, &[])), FIRST);
    assert_eq!(leaves_from(&mut world(OVER_UDP, &[SECOND])), SECOND);
    assert_eq!(leaves_from(&mut world(OVER_TCP, &[SECOND])), FIRST, "it has named none of TCP");
    // Wherever calls come in.
    let mut world = world(OVER_UDP, &[FIRST]);
    calls_at(&mut world, SECOND, "a", true);
    assert_eq!(leaves_from(&mut world), FIRST);
}

#[test]
fn calls_leave_from_where_those_of_the_peer_come_in() {
    for target in [OVER_UDP, OVER_TCP] {
        let mut world = world(target, &[]);
        // Whoever acknowledges nothing may be anybody.
        calls_at(&mut world, SECOND, "a", false);
        assert_eq!(leaves_from(&mut world), FIRST);
        // Over TCP too: it is the address that counts.
        calls_at(&mut world, SECOND, "b", true);
        assert_eq!(leaves_from(&mut world), SECOND);
        calls_at(&mut world, FIRST, "c", true);
        assert_eq!(leaves_from(&mut world), FIRST);
    }
}
