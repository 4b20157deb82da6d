//! A SIP caller and the switched network, row by row of the demo's table.

use super::ua::{Ua, body, header};
use super::world::{World, config};
use base::{Cause, Class, Duration};
use isup::{Backward, Event};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledStatus, CallingPartysCategory, CauseIndicators, Con,
    ConnectedNumber, ContinuityCheck, Cpg, EventIndicator, MessageType, NatureOfAddress,
    OptionalBackwardCallIndicators, Presentation, key,
};
use media::Command;

const URI: &str = "sip:0199000001@127.0.0.1:5060";

fn indicators(status: CalledStatus) -> BackwardCallIndicators {
    BackwardCallIndicators(0).with_called_status(status).with_isup_all_the_way(true)
}

pub(crate) fn acm(status: CalledStatus, in_band: bool) -> Backward {
    let mut acm = Acm::new(indicators(status));
    if in_band {
        let in_band = OptionalBackwardCallIndicators(0).with_in_band(true);
        acm.set(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band);
    }
    Backward::AddressComplete(acm)
}

pub(crate) fn con() -> Backward {
    Backward::Connect(Con::new(indicators(CalledStatus::SUBSCRIBER_FREE)))
}

fn anm() -> Backward {
    Backward::Answer(Anm::new())
}

fn cpg(event: EventIndicator) -> Backward {
    Backward::Progress(Cpg::new(event))
}

/// An INVITE that has reached the exchange.
fn placed(world: &mut World, uri: &str) -> (Ua, isup::CallId) {
    let mut ua = Ua::new("a", uri);
    ua.invite(world);
    let (call, _, _) = world.iam();
    let _ = &mut ua;
    (ua, call)
}

fn remote_commands(world: &World) -> Vec<Command> {
    world.media.iter().filter(|c| matches!(c, Command::Remote { .. })).copied().collect()
}

#[test]
fn a_call_rings_is_answered_talks_and_ends_by_bye() {
    let mut world = World::new();
    let mut ua = Ua::new("a", URI);
    ua.invite_with(&mut world, "P-Asserted-Identity: <tel:+33639980002>\r\n", Some(&Ua::offer()));
    let (call, cic, iam) = world.iam();
    assert_eq!(iam.called.nature, NatureOfAddress::NATIONAL);
    assert_eq!(iam.called.digits, "199000001");
    assert!(iam.called.complete);
    assert_eq!(iam.category, CallingPartysCategory::ORDINARY);
    assert_eq!(iam.get(key::HOP_COUNTER), Some(31));
    let calling = iam.get(key::CALLING_PARTY_NUMBER).unwrap();
    assert_eq!(
        (calling.digits.as_str(), calling.presentation),
        ("639980002", Presentation::ALLOWED)
    );

    // The speech path stands before the answer.
    let context = match world.media[..] {
        [Command::Open { context, .. }, Command::Join { context: joined, slot }] => {
            assert_eq!((joined, u16::from(slot.slot)), (context, cic.0));
            context
        }
        ref other => panic!("{other:?}"),
    };
    world.backward(call, acm(CalledStatus::SUBSCRIBER_FREE, false));
    let ringing = ua.expect(&mut world, 180);
    assert_eq!(body(&ringing), "");
    world.backward(call, anm());
    let ok = ua.expect(&mut world, 200);
    assert!(body(&ok).contains("m=audio 16384 RTP/AVP 8"), "{ok}");
    let [Command::Remote { context: named, codec, send, receive, .. }] =
        remote_commands(&world)[..]
    else {
        panic!("{:?}", world.media);
    };
    assert_eq!((named, codec, send, receive), (context, media::Codec::Pcma, true, true));
    ua.acknowledge(&mut world, None);
    assert_eq!(world.gateway.calls()[0].phase, "talking");
    assert_eq!(world.gateway.calls()[0].circuit, Some(format!("paris/{cic}")));

    world.run(Duration::from_secs(60));
    ua.bye(&mut world, "");
    assert_eq!(world.rel(call), 16);
    world.quiet();
    let [record] = &world.records[..] else {
        panic!("{:?}", world.records);
    };
    assert_eq!((record.cause, record.class), (Cause::NORMAL_CLEARING, Class::Ordinary));
    assert_eq!(record.circuit, Some(u32::from(cic.0) - 1));
    assert!(record.answered.is_some());
    assert_eq!(record.sip_status, Some(200));
    assert_eq!(world.set_up.len(), 1);
    assert_eq!(world.set_up[0].0, Class::Ordinary);
}

/// Rows 02, 04, 05, 08 without their tones, and "any other".
#[test]
fn rfc3398_7_2_4_a_rel_before_the_answer_is_the_final_response() {
    for (cause, status) in [(17, 486), (1, 404), (42, 503), (22, 410), (31, 480), (27, 502)] {
        let mut world = World::new();
        let (mut ua, call) = placed(&mut world, URI);
        world.exchange_releases(call, cause);
        ua.expect_failure(&mut world, status, cause);
        world.quiet();
        assert_eq!(world.records[0].cause, Cause(cause));
        assert_eq!(world.records[0].sip_status, Some(status));
        assert_eq!(world.set_up.len(), 1);
    }
}

/// What is refused before anybody is called has its record and its time of set-up all the same.
#[test]
fn an_offer_of_a_family_that_we_have_no_address_of_leaves_a_record() {
    let mut world = World::new();
    let offer = Ua::offer().replace("c=IN IP4 127.0.0.1", "c=IN IP6 ::1");
    assert!(offer.contains("IP6"));
    let mut ua = Ua::new("a", URI);
    ua.invite_with(&mut world, "", Some(&offer));
    ua.expect(&mut world, 488);
    ua.acknowledge_failure(&mut world);
    world.quiet();
    assert_eq!(world.records[0].sip_status, Some(488));
    assert_eq!(world.set_up.len(), 1);
}

/// So has what the SIP core refuses by itself.
#[test]
fn an_offer_without_speech_or_without_sense_leaves_a_record() {
    let video = Ua::offer().replace("m=audio", "m=video");
    let broken = Ua::offer().replace("v=0", "v=nothing");
    for (offer, status, cause) in
        [(video, 488, Cause::BEARER_NOT_IMPLEMENTED), (broken, 400, Cause(41))]
    {
        let mut world = World::new();
        let mut ua = Ua::new("a", URI);
        ua.invite_with(&mut world, "", Some(&offer));
        ua.expect(&mut world, status);
        ua.acknowledge_failure(&mut world);
        world.quiet();
        let [record] = world.records.as_slice() else { panic!("{:?}", world.records) };
        assert_eq!((record.sip_status, record.cause), (Some(status), cause));
        assert_eq!(record.called.digits(), "33199000001");
        assert_eq!(world.set_up.len(), 1);
    }
}

/// Row 03.
#[test]
fn rfc3398_7_2_3_cancel_while_it_rings() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, acm(CalledStatus::SUBSCRIBER_FREE, false));
    ua.expect(&mut world, 180);
    ua.cancel(&mut world);
    let mut statuses = [ua.receive(&mut world), ua.receive(&mut world)]
        .map(|text| super::ua::status(&text.unwrap()).unwrap());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 487]);
    ua.acknowledge_failure(&mut world);
    assert_eq!(world.rel(call), 16);
    world.quiet();
    assert!(world.records[0].answered.is_none());
    assert_eq!(world.records[0].sip_status, Some(487));
}

/// Row 06: T7.
#[test]
fn rfc3398_7_2_2_silence_after_the_iam_is_a_504_and_rel_102() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.run(Duration::from_secs(31));
    ua.expect_failure(&mut world, 504, 102);
    assert_eq!(world.rel(call), 102);
    world.quiet();
}

/// Row 03 with patience: T9, and the 180 each minute (RFC 3261 §13.3.1.1).
#[test]
fn rfc3398_7_2_8_endless_ringing_is_a_480_and_rel_19() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, acm(CalledStatus::SUBSCRIBER_FREE, false));
    ua.expect(&mut world, 180);
    world.run(Duration::from_secs(185));
    ua.expect(&mut world, 180);
    let mut last = ua.receive(&mut world).unwrap();
    while super::ua::status(&last) == Some(180) {
        last = ua.receive(&mut world).unwrap();
    }
    assert_eq!(super::ua::status(&last), Some(480));
    assert!(header(&last, "Reason").unwrap().starts_with("Q.850;cause=19;"));
    ua.acknowledge_failure(&mut world);
    assert_eq!(world.rel(call), 19);
    world.quiet();
}

/// Row 07.
#[test]
fn a_rel_after_the_answer_is_a_bye_with_its_reason() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    world.exchange_releases(call, 16);
    let bye = ua.expect_request(&mut world, "BYE");
    assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=16;"));
    ua.respond(&mut world, "200 OK", "", None);
    world.quiet();
}

/// Row 08.
#[test]
fn an_announcement_is_heard_before_the_rel() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, acm(CalledStatus::NO_INDICATION, true));
    let progress = ua.expect(&mut world, 183);
    assert!(body(&progress).contains("m=audio 16384"), "{progress}");
    assert_eq!(remote_commands(&world).len(), 1);
    world.run(Duration::from_secs(2));
    world.exchange_releases(call, 22);
    ua.expect_failure(&mut world, 410, 22);
    world.quiet();
}

/// Row 09.
#[test]
fn suspension_is_a_hold() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    for (suspend, ours, answer) in
        [(true, "a=sendonly", "recvonly"), (false, "a=sendrecv", "sendrecv")]
    {
        world.at_exchange(|exchange, now| {
            if suspend {
                exchange.suspend(now, call, true)
            } else {
                exchange.resume(now, call, true)
            }
        });
        let invite = ua.expect_request(&mut world, "INVITE");
        assert!(body(&invite).contains(ours), "{invite}");
        ua.respond(&mut world, "200 OK", "", Some(&Ua::sdp("PCMA", 8, answer)));
        ua.expect_request(&mut world, "ACK");
    }
    assert_eq!(world.gateway.calls()[0].phase, "talking");
    ua.bye(&mut world, "");
    world.quiet();
}

/// Row 10.
#[test]
fn con_is_an_answer_without_alerting() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, con());
    ua.expect(&mut world, 200);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    assert_eq!(world.rel(call), 16);
    world.quiet();
}

/// Row 12.
#[test]
fn rfc3398_7_2_9_each_cpg_is_a_provisional_response() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, acm(CalledStatus::NO_INDICATION, false));
    let progress = ua.expect(&mut world, 183);
    assert_eq!(body(&progress), "");
    world.backward(call, cpg(EventIndicator::ALERTING));
    ua.expect(&mut world, 180);
    world.backward(call, cpg(EventIndicator::PROGRESS));
    ua.expect(&mut world, 183);
    world.backward(call, cpg(EventIndicator::FORWARDED_NO_REPLY));
    ua.expect(&mut world, 181);
    world.backward(call, cpg(EventIndicator::IN_BAND));
    assert!(body(&ua.expect(&mut world, 183)).contains("m=audio"));
    let mut anm = Anm::new();
    let digits = "199001299".parse().unwrap();
    anm.set(key::CONNECTED_NUMBER, &ConnectedNumber::new(NatureOfAddress::NATIONAL, digits));
    world.backward(call, Backward::Answer(anm));
    let ok = ua.expect(&mut world, 200);
    let identity = header(&ok, "P-Asserted-Identity").unwrap();
    assert!(identity.starts_with("<sip:+33199001299@"), "{identity}");
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.quiet();
}

#[test]
fn alerting_without_tones_is_heard_as_our_ringback_once_media_is_up() {
    let mut world = World::new();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, acm(CalledStatus::NO_INDICATION, true));
    ua.expect(&mut world, 183);
    let ringback = |world: &World| {
        let commands = world.media.iter().filter_map(|command| match command {
            Command::Ringback { to, .. } => Some(*to),
            _ => None,
        });
        commands.collect::<Vec<_>>()
    };
    assert_eq!(ringback(&world), []);
    world.backward(call, cpg(EventIndicator::ALERTING));
    ua.expect(&mut world, 180);
    assert_eq!(ringback(&world), [Some(media::Listener::Peer)]);
    world.backward(call, anm());
    ua.expect(&mut world, 200);
    assert_eq!(ringback(&world), [Some(media::Listener::Peer), None]);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.quiet();
}

#[test]
fn an_invite_without_an_offer_gets_ours_in_the_200() {
    let mut world = World::new();
    let mut ua = Ua::new("a", URI);
    ua.invite_with(&mut world, "", None);
    let (call, _, _) = world.iam();
    world.backward(call, acm(CalledStatus::SUBSCRIBER_FREE, false));
    assert_eq!(body(&ua.expect(&mut world, 180)), "");
    world.backward(call, anm());
    let ok = ua.expect(&mut world, 200);
    assert!(body(&ok).contains("RTP/AVP 8 0"), "{ok}");
    assert!(remote_commands(&world).is_empty());
    ua.acknowledge(&mut world, Some(&Ua::sdp("PCMU", 0, "sendrecv")));
    let [Command::Remote { codec: media::Codec::Pcmu, payload_type: 0, .. }] =
        remote_commands(&world)[..]
    else {
        panic!("{:?}", world.media);
    };
    ua.bye(&mut world, "");
    world.quiet();
}

#[test]
fn the_reason_of_a_bye_becomes_the_cause() {
    let mut world = World::new();
    let (mut ua, call) = Ua::talking(&mut world, "a", URI);
    ua.bye(&mut world, "Reason: Q.850;cause=31;text=\"normal, unspecified\"\r\n");
    assert_eq!(world.rel(call), 31);
    world.quiet();
}

#[test]
fn q764_2_9_1_4_the_loser_of_a_dual_seizure_takes_another_circuit() {
    let mut world = World::new();
    let mut ua = Ua::new("a", URI);
    // Both ends seize at the same moment until they meet on one circuit that the exchange rules.
    ua.invite(&mut world);
    let seized = world.gateway.circuits();
    let busy = seized.iter().find(|circuit| circuit.state != "idle").unwrap().cic;
    assert!(busy % 2 == 1, "the lower point code rules the odd circuits and takes them first");
    // The exchange does not rule this circuit; it is made to take it nevertheless.
    let iam = super::pstn_to_sip::iam("199008001");
    let taken: Vec<_> = world.at_exchange(|exchange, now| {
        let mut calls = Vec::new();
        loop {
            let (call, cic) =
                exchange.setup(now, Class::Emergency, super::world::GROUP, iam.clone()).unwrap();
            calls.push((call, cic.0));
            if cic.0 == busy {
                break calls;
            }
        }
    });
    world.run(Duration::from_millis(100));
    // The gateway wins on `busy`: the exchange has lost that one, and the call goes on.
    let lost = taken.iter().find(|(_, cic)| *cic == busy).unwrap().0;
    let events: Vec<_> = world.events.drain(..).collect();
    assert!(events.contains(&Event::Lost { call: lost }), "{events:?}");
    let incoming = events.iter().find_map(|event| match event {
        Event::Incoming { call, .. } => Some(*call),
        _ => None,
    });
    world.backward(incoming.unwrap(), con());
    ua.expect(&mut world, 200);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    for (call, cic) in taken {
        if cic != busy {
            world.exchange_releases(call, 16);
        }
    }
    world.run(Duration::from_secs(1));
    // The callees of the SIP trunk never answered: their INVITEs are cancelled or time out.
    world.run(Duration::from_secs(70));
    world.quiet();
}

/// The same from the other end: the exchange rules the even circuit and wins it.
#[test]
fn q764_2_9_1_4_a_lost_circuit_is_followed_by_another_attempt() {
    let mut config = config();
    let cics = vec![isup_codec::Cic(1), isup_codec::Cic(2)];
    config.isup.groups[0].cics.clone_from(&cics);
    config.isup.groups[0].emergency_reserve = 0;
    config.bearers.truncate(2);
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let (mut first, one) = Ua::talking(&mut world, "a", URI);
    // At one moment circuit 1 is released, and circuit 2 is seized by both.
    let mut second = Ua::new("b", URI);
    let iam = super::pstn_to_sip::iam("199008001");
    let cause = CauseIndicators::new(Cause::NORMAL_CLEARING, call::location::USER);
    let theirs = world.at_exchange(|exchange, now| {
        exchange.release(now, one, cause);
        let taken = std::iter::from_fn(|| {
            exchange.setup(now, Class::Emergency, super::world::GROUP, iam.clone()).ok()
        });
        taken.take(4).find(|(_, cic)| cic.0 == 2).unwrap().0
    });
    second.invite(&mut world);
    world.run(Duration::from_millis(200));
    let calls = world.gateway.calls();
    let on_circuit = |circuit: &str| {
        let found = calls.iter().find(|call| call.circuit.as_deref() == Some(circuit));
        found.map(|call| call.ingress.clone())
    };
    assert_eq!(on_circuit("paris/1").as_deref(), Some("voip"), "{calls:?}");
    assert_eq!(on_circuit("paris/2").as_deref(), Some("paris"), "{calls:?}");
    // Each has a context of its own on the time slot of its circuit.
    let mut slots = std::collections::BTreeMap::new();
    for command in &world.media {
        match command {
            Command::Join { context, slot } => {
                assert!(slots.values().all(|taken| taken != slot), "{slot} is taken");
                slots.insert(*context, *slot);
            }
            Command::Close { context } => {
                slots.remove(context);
            }
            _ => {}
        }
    }
    assert_eq!(slots.len(), 2);
    first.expect_request(&mut world, "BYE");
    first.respond(&mut world, "200 OK", "", None);
    second.cancel(&mut world);
    second.receive(&mut world);
    second.receive(&mut world);
    second.acknowledge_failure(&mut world);
    world.exchange_releases(theirs, 16);
    world.run(Duration::from_secs(70));
    world.until(|world| world.gateway.is_idle());
    let attempts: Vec<_> = world.records.iter().map(|record| record.attempts).collect();
    assert!(attempts.contains(&2), "{attempts:?}");
}

#[test]
fn a_second_exit_is_tried_when_the_first_has_no_circuit() {
    let mut config = config();
    let cics = vec![isup_codec::Cic(1)];
    config.isup.groups.push(isup::GroupConfig::new("lyon", mtp::PointCode(9), cics));
    let exits = vec![routing::Exit::Circuits(1), routing::Exit::Circuits(0)];
    config.routing.exits.push(routing::Exit::Circuits(1));
    config.routing.rules = vec![routing::Rule::new("+33199", exits)];
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let (mut ua, call) = placed(&mut world, URI);
    world.backward(call, con());
    ua.expect(&mut world, 200);
    ua.acknowledge(&mut world, None);
    ua.bye(&mut world, "");
    world.until(|world| world.gateway.is_idle());
    assert_eq!(world.records[0].attempts, 2);
    assert_eq!(world.records[0].egress, Some(routing::Exit::Circuits(0)));
}

/// RFC 3312 §6: the caller was told our address before the first attempt, and nobody tells it
/// another.
#[test]
fn a_caller_with_preconditions_is_heard_where_it_was_told_by_whatever_exit_it_goes() {
    let mut config = config();
    let cics = vec![isup_codec::Cic(1)];
    config.isup.groups.push(isup::GroupConfig::new("lyon", mtp::PointCode(9), cics));
    let exits = vec![routing::Exit::Circuits(1), routing::Exit::Circuits(0)];
    config.routing.exits.push(routing::Exit::Circuits(1));
    config.routing.rules = vec![routing::Rule::new("+33199", exits)];
    let mut world = World::cold(config);
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let mut ua = Ua::new("a", URI);
    ua.invite_with(&mut world, "Supported: 100rel, precondition\r\n", Some(&preconditions("none")));
    let progress = ua.expect(&mut world, 183);
    let port = body(&progress).split("m=audio ").nth(1).unwrap().split(' ').next().unwrap();
    let rack = format!("RAck: {} 1 INVITE\r\n", header(&progress, "RSeq").unwrap());
    ua.set_cseq(2);
    let prack = ua.request("PRACK", "p", &rack, None);
    world.datagram(ua.address, &prack);
    ua.expect(&mut world, 200);
    ua.set_cseq(3);
    let update = ua.request("UPDATE", "u", "", Some(&preconditions("sendrecv")));
    world.datagram(ua.address, &update);
    ua.expect(&mut world, 200);
    let (call, _, _) = world.iam();
    world.backward(call, con());
    let ok = ua.expect(&mut world, 200);
    assert_eq!(body(&ok), "");
    // What was heard last of each context.
    let opened = world.media.iter().rev().find_map(|command| match command {
        Command::Open { context, local } => Some((*context, local.port().to_string())),
        _ => None,
    });
    let (open, local) = opened.unwrap();
    assert_eq!(local, port);
    let after = world.media.iter().rev().take_while(|c| !matches!(c, Command::Open { .. }));
    let after: Vec<_> = after.collect();
    assert!(after.iter().any(|c| matches!(c, Command::Remote { context, .. } if *context == open)));
    assert!(after.iter().any(|c| matches!(c, Command::Join { context, .. } if *context == open)));
    ua.set_cseq(1);
    ua.acknowledge(&mut world, None);
    ua.set_cseq(3);
    ua.bye(&mut world, "");
    world.until(|world| world.gateway.is_idle());
    assert_eq!(world.records[0].attempts, 2);
}

/// What the caller's network has reserved.
fn preconditions(met: &str) -> String {
    format!(
        "{}a=curr:qos local {met}\r\na=curr:qos remote none\r\n\
         a=des:qos mandatory local sendrecv\r\na=des:qos none remote sendrecv\r\n",
        Ua::offer()
    )
}

/// A caller whose preconditions are not met yet; the call is at the exchange, which knows that.
fn announced(world: &mut World) -> (Ua, isup::CallId) {
    let mut ua = Ua::new("a", URI);
    let offer = preconditions("none");
    ua.invite_with(world, "Supported: 100rel, precondition\r\n", Some(&offer));
    let progress = ua.expect(world, 183);
    let rack = format!("RAck: {} 1 INVITE\r\n", header(&progress, "RSeq").unwrap());
    ua.set_cseq(2);
    let prack = ua.request("PRACK", "p", &rack, None);
    world.datagram(ua.address, &prack);
    ua.expect(world, 200);
    // The exchange has the IAM, and tells nobody of the call before COT.
    world.run(Duration::from_secs(1));
    let (incoming, cots) = seen(world);
    assert_eq!((incoming, cots), (0, 0));
    ua.set_cseq(3);
    let update = ua.request("UPDATE", "u", "", Some(&preconditions("sendrecv")));
    world.datagram(ua.address, &update);
    ua.expect(world, 200);
    let (call, _, iam) = world.iam();
    assert_eq!(iam.nature.continuity_check(), ContinuityCheck::PREVIOUS_CIRCUIT);
    (ua, call)
}

/// How many calls the exchange has been told of, and how many COTs it has heard.
fn seen(world: &mut World) -> (usize, u64) {
    let told = world.events.iter().filter(|it| matches!(it, Event::Incoming { .. })).count();
    let cots = world.at_exchange(|isup, _| {
        isup.stats().received.get(&MessageType::COT).copied().unwrap_or_default()
    });
    (told, cots)
}

fn cot_config() -> crate::Config {
    let mut config = config();
    config.isup.groups[0].previous_check = true;
    config
}

/// Q.764 §2.1.8: the exchange routes the call while the caller's network reserves its path.
#[test]
fn a_caller_with_preconditions_is_announced_and_cot_follows_where_the_group_says_so() {
    let mut world = World::cold(cot_config());
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let (mut ua, call) = announced(&mut world);
    assert_eq!(seen(&mut world).1, 1);
    world.backward(call, con());
    ua.expect(&mut world, 200);
    ua.set_cseq(1);
    ua.acknowledge(&mut world, None);
    ua.set_cseq(3);
    ua.bye(&mut world, "");
    world.until(|world| world.gateway.is_idle());
    assert_eq!(world.records[0].attempts, 1);
}

/// RFC 3312 §8: the circuit goes with the caller.
#[test]
fn an_announced_call_whose_preconditions_are_never_met_is_released() {
    let mut world = World::cold(cot_config());
    world.until(|world| world.gateway.is_ready());
    world.run(Duration::from_millis(500));
    world.events.clear();
    let mut ua = Ua::new("a", URI);
    ua.invite_with(&mut world, "Supported: 100rel, precondition\r\n", Some(&preconditions("none")));
    ua.expect(&mut world, 183);
    world.until(|world| world.gateway.is_idle());
    assert_eq!(seen(&mut world), (0, 0));
    let circuits = world.gateway.circuits();
    assert!(circuits.into_iter().all(|circuit| circuit.state == "idle"));
}
