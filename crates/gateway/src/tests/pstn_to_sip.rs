//! A caller of the switched network and a SIP user agent.

use super::ua::{Ua, body, header};
use super::world::{GROUP, World};
use base::{Cause, Class, Duration};
use isup::Event;
use isup_codec::{
    CalledPartyNumber, CalledStatus, CallingPartyNumber, CallingPartysCategory, Cic,
    EventIndicator, Iam, NatureOfAddress, Presentation, key,
};
use media::{Command, Listener};

pub(crate) fn iam(called: &str) -> Iam {
    let called = CalledPartyNumber::new(NatureOfAddress::NATIONAL, called.parse().unwrap());
    let mut iam = Iam::new(called, CallingPartysCategory::ORDINARY);
    let digits = "199000099".parse().unwrap();
    iam.set(key::CALLING_PARTY_NUMBER, &CallingPartyNumber::new(NatureOfAddress::NATIONAL, digits));
    iam
}

/// The exchange places a call.
pub(crate) fn place(world: &mut World, iam: Iam) -> (isup::CallId, Cic) {
    world.at_exchange(|exchange, now| exchange.setup(now, Class::Ordinary, GROUP, iam).unwrap())
}

fn ringback(world: &World) -> Vec<Option<Listener>> {
    let commands = world.media.iter().filter_map(|command| match command {
        Command::Ringback { to, .. } => Some(*to),
        _ => None,
    });
    commands.collect()
}

fn ringing(world: &mut World) -> (isup::CallId, Ua, String) {
    let (call, _) = place(world, iam("199008001"));
    let (ua, invite) = Ua::called(world);
    (call, ua, invite)
}

#[test]
fn a_call_rings_is_answered_talks_and_ends_by_rel() {
    let mut world = World::new();
    let (call, cic) = place(&mut world, iam("199008001"));
    let (mut ua, invite) = Ua::called(&mut world);
    assert!(invite.starts_with("INVITE sip:+33199008001@127.0.0.1:5070;user=phone SIP/2.0\r\n"));
    assert!(header(&invite, "From").unwrap().starts_with("<sip:+33199000099@127.0.0.1:5060"));
    assert!(header(&invite, "P-Asserted-Identity").unwrap().contains("+33199000099"));
    assert!(body(&invite).contains("RTP/AVP 8 0"), "{invite}");
    assert!(matches!(world.media[..], [
        Command::Open { context, .. },
        Command::Join { context: joined, slot },
    ] if context == joined && u16::from(slot.slot) == cic.0));

    ua.respond(&mut world, "180 Ringing", "", None);
    match world.event() {
        Event::AddressComplete { acm, .. } => {
            assert_eq!(acm.backward.called_status(), CalledStatus::SUBSCRIBER_FREE);
            assert!(!acm.in_band());
        }
        other => panic!("{other:?}"),
    }
    // RFC 3398 §8.2.3: the caller hears it ring.
    assert_eq!(ringback(&world), [Some(Listener::Circuit)]);
    let identity = "P-Asserted-Identity: <tel:+33199008099>\r\n";
    ua.respond(&mut world, "200 OK", identity, Some(&Ua::offer()));
    match world.event() {
        Event::Answer { connected, con, .. } => {
            assert!(!con);
            assert_eq!(connected.unwrap().digits, "199008099");
        }
        other => panic!("{other:?}"),
    }
    ua.expect_request(&mut world, "ACK");
    assert!(world.media.iter().any(|c| matches!(c, Command::Remote { send: true, .. })));
    assert_eq!(ringback(&world), [Some(Listener::Circuit), None]);
    world.run(Duration::from_secs(10));

    world.exchange_releases(call, 16);
    let bye = ua.expect_request(&mut world, "BYE");
    assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=16;"));
    ua.respond(&mut world, "200 OK", "", None);
    world.quiet();
    let record = &world.records[0];
    assert_eq!(record.ingress, routing::Exit::Circuits(0));
    assert_eq!(record.egress, Some(routing::Exit::Sip(0)));
    assert_eq!(record.circuit, Some(u32::from(cic.0) - 1));
    assert_eq!(record.called.to_e164(), "+33199008001");
}

#[test]
fn rfc3398_8_2_4_an_answer_without_alerting_is_a_con() {
    let mut world = World::new();
    let (call, mut ua, _) = ringing(&mut world);
    ua.respond(&mut world, "200 OK", "", Some(&Ua::offer()));
    assert!(matches!(world.event(), Event::Answer { con: true, .. }));
    ua.expect_request(&mut world, "ACK");
    world.exchange_releases(call, 16);
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    world.quiet();
}

#[test]
fn rfc3398_8_2_3_early_media_and_further_provisional_responses() {
    let mut world = World::new();
    let (_, ua, _) = ringing(&mut world);
    ua.respond(&mut world, "183 Session Progress", "", Some(&Ua::offer()));
    match world.event() {
        Event::AddressComplete { acm, .. } => {
            assert_eq!(acm.backward.called_status(), CalledStatus::NO_INDICATION);
            assert!(acm.in_band());
        }
        other => panic!("{other:?}"),
    }
    assert!(world.media.iter().any(|c| matches!(c, Command::Remote { receive: true, .. })));
    for (response, event) in [
        ("180 Ringing", EventIndicator::ALERTING),
        ("181 Call Is Being Forwarded", EventIndicator::FORWARDED_UNCONDITIONAL),
        // "SHOULD indicate that in-band information is available" while media flows.
        ("182 Queued", EventIndicator::IN_BAND),
    ] {
        ua.respond(&mut world, response, "", None);
        match world.event() {
            Event::Progress { cpg, .. } => assert_eq!(cpg.event.event, event, "{response}"),
            other => panic!("{response}: {other:?}"),
        }
    }
    assert_eq!(ringback(&world), [], "the SIP side plays its own");
    ua.respond(&mut world, "486 Busy Here", "", None);
    world.run(Duration::from_millis(50));
    world.quiet();
}

#[test]
fn rfc3398_8_2_6_failures_become_causes() {
    for (response, cause) in [
        ("486 Busy Here", 17),
        ("404 Not Found", 1),
        ("480 Temporarily Unavailable", 18),
        ("600 Busy Everywhere", 17),
        ("302 Moved Temporarily", 23),
        ("503 Service Unavailable", 41),
    ] {
        let mut world = World::new();
        let (call, mut ua, _) = ringing(&mut world);
        ua.respond(&mut world, response, "", None);
        ua.expect_request(&mut world, "ACK");
        assert_eq!(world.rel(call), cause, "{response}");
        world.quiet();
        assert_eq!(world.records[0].cause, Cause(cause));
        assert_eq!(world.records[0].sip_status, response[..3].parse().ok());
    }
    // RFC 6432: the cause that the far end tells goes before the table.
    let mut world = World::new();
    let (call, ua, _) = ringing(&mut world);
    ua.respond(&mut world, "480 Away", "Reason: Q.850;cause=20\r\n", None);
    assert_eq!(world.rel(call), 20);
    world.quiet();
}

#[test]
fn rfc3398_8_2_7_a_rel_before_the_answer_is_a_cancel() {
    let mut world = World::new();
    let (call, mut ua, _) = ringing(&mut world);
    ua.respond(&mut world, "180 Ringing", "", None);
    world.event();
    let request = ua_request(&mut ua, &mut world, call);
    assert!(request.starts_with("CANCEL "), "{request}");
    ua.respond(&mut world, "200 OK", "", None);
    let invite = request.replace("CANCEL", "INVITE");
    ua.expect_no_dialog(&mut world, &invite, "487 Request Terminated");
    world.quiet();
}

fn ua_request(ua: &mut Ua, world: &mut World, call: isup::CallId) -> String {
    world.exchange_releases(call, 16);
    ua.receive(world).unwrap()
}

#[test]
fn a_bye_is_a_rel() {
    let mut world = World::new();
    let (call, mut ua, _) = ringing(&mut world);
    ua.respond(&mut world, "200 OK", "", Some(&Ua::offer()));
    world.event();
    ua.expect_request(&mut world, "ACK");
    ua.set_cseq(100);
    ua.bye(&mut world, "");
    assert_eq!(world.rel(call), 16);
    world.quiet();
}

#[test]
fn nobody_at_the_sip_side_is_cause_102() {
    let mut world = World::new();
    let (call, _, _) = ringing(&mut world);
    // T7 of the exchange is shorter than Timer B of ours: either may end the call.
    world.run(Duration::from_secs(40));
    let released = world
        .events
        .drain(..)
        .any(|event| matches!(event, Event::Released { call: released, .. } if released == call));
    assert!(released);
    world.quiet();
}

#[test]
fn a_number_of_no_route_is_cause_1_and_a_restricted_one_stays_hidden() {
    let mut world = World::new();
    let (call, _) = place(&mut world, iam("299000000"));
    assert_eq!(world.rel(call), 1);

    let mut private = iam("199008001");
    let mut calling = private.get(key::CALLING_PARTY_NUMBER).unwrap();
    calling.presentation = Presentation::RESTRICTED;
    private.set(key::CALLING_PARTY_NUMBER, &calling);
    let (call, _) = place(&mut world, private);
    let (mut ua, invite) = Ua::called(&mut world);
    assert!(!header(&invite, "From").unwrap().contains("199000099"));
    assert_eq!(header(&invite, "Privacy"), Some("id"));
    ua.respond(&mut world, "486 Busy Here", "", None);
    ua.expect_request(&mut world, "ACK");
    assert_eq!(world.rel(call), 17);
    world.quiet();
    assert_eq!(world.records.len(), 2);
}

#[test]
fn the_calling_side_may_suspend_too() {
    let mut world = World::new();
    let (call, mut ua, _) = ringing(&mut world);
    ua.respond(&mut world, "200 OK", "", Some(&Ua::offer()));
    world.event();
    ua.expect_request(&mut world, "ACK");
    world.at_exchange(|exchange, now| exchange.suspend(now, call, false));
    let invite = ua.expect_request(&mut world, "INVITE");
    assert!(body(&invite).contains("a=sendonly"), "{invite}");
    ua.respond(&mut world, "200 OK", "", Some(&Ua::sdp("PCMA", 8, "recvonly")));
    ua.expect_request(&mut world, "ACK");
    world.exchange_releases(call, 16);
    ua.expect_request(&mut world, "BYE");
    ua.respond(&mut world, "200 OK", "", None);
    world.quiet();
}

#[test]
fn a_call_that_needs_more_than_speech_is_refused_unless_it_is_urgent() {
    let mut world = World::new();
    let data = isup_codec::TransmissionMedium::UNRESTRICTED_64K;
    let (call, _) = place(&mut world, Iam { medium: data, ..iam("199008001") });
    assert_eq!(world.rel(call), Cause::BEARER_NOT_IMPLEMENTED.0);
    assert_eq!(world.gateway.stats().no_speech, 1);
    assert_eq!(world.records[0].cause, Cause::BEARER_NOT_IMPLEMENTED);
    let category = CallingPartysCategory::PRIORITY;
    place(&mut world, Iam { medium: data, category, ..iam("199008001") });
    let (_, invite) = Ua::called(&mut world);
    assert!(invite.starts_with("INVITE "));
}

#[test]
fn q764_2_1_6_who_places_an_emergency_call_is_asked_and_the_call_does_not_wait() {
    let mut config = super::world::config();
    config.isup.groups[0].identify = isup::Identify::Inr;
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready() && world.exchange.is_usable(GROUP));
    world.run(Duration::from_millis(200));
    // The exchange knows no number either, and says so: the call is there all the same.
    let mut unknown = iam("199008001");
    unknown.category = CallingPartysCategory::PRIORITY;
    unknown.options.remove(isup_codec::ParameterName::CALLING_PARTY_NUMBER);
    place(&mut world, unknown);
    let (_, invite) = Ua::called(&mut world);
    assert!(invite.starts_with("INVITE "));
    world.run(Duration::from_millis(200));
    let received = &world.exchange.stats().received;
    assert_eq!(received.get(&isup_codec::MessageType::INR), Some(&1));
    assert_eq!(world.gateway.calls().len(), 1);
    // Who has told its number is not asked.
    place(&mut world, iam("199008002"));
    Ua::called(&mut world);
    assert_eq!(world.exchange.stats().received.get(&isup_codec::MessageType::INR), Some(&1));
}
