//! The procedures of RFC 4666 §4, by their clauses.

mod iut;
mod many;
mod suite_asp;
mod suite_sgp;
mod world;

use super::{
    Affected, AssociationConfig, AssociationId, Destinations, ErrorCode, Message, Role, Status,
    TrafficMode,
};
use crate::sap::Indication;
use base::{Class, Duration};
use bytes::Bytes;
use proptest::prelude::*;
use world::{ENDS, FAR, NEAR, World};

const SECOND: Duration = Duration::from_secs(1);

fn ends(count: u16, role: Role, other: Role) -> (Vec<AssociationConfig>, Vec<AssociationConfig>) {
    let new = |role, peer| move |id| AssociationConfig::new(AssociationId(id), role, vec![peer]);
    let mut far: Vec<_> = (0..count).map(new(other, NEAR)).collect();
    far.iter_mut().for_each(|association| association.opens = false);
    ((0..count).map(new(role, FAR)).collect(), far)
}

fn world(count: u16, role: Role, other: Role) -> World {
    let (near, far) = ends(count, role, other);
    World::new(near, far)
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Data(_))
}

#[test]
fn s4_3_an_asp_and_its_gateway_come_into_service_and_carry_messages() {
    for (role, other) in [
        (Role::Asp, Role::Server),
        (Role::Ipsp, Role::Server),
        (Role::Ipsp, Role::Ipsp),
        (Role::IpspDouble, Role::IpspDouble),
    ] {
        let mut world = world(1, role, other);
        for end in ENDS {
            assert_eq!(world.in_service(end), [true], "{role:?} {other:?}");
            assert_eq!(world.told(end), [true], "{role:?} {other:?}");
        }
        for end in ENDS {
            world.transfer(end, 3, Class::Ordinary, 7);
            assert_eq!(world.numbers(1 - end), [7]);
        }
    }
}

#[test]
fn s4_3_4_1_what_is_not_acknowledged_is_sent_again() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.loses = |message| matches!(message, Message::AspUpAck { .. });
    world.lose(0, true);
    world.pass(7 * SECOND);
    assert_eq!(world.in_service(0), [false]);
    let repeated = world.ends[0].associations().next().unwrap().stats.repeated;
    assert!((2..=4).contains(&repeated), "{repeated}");
    world.loses = |message| matches!(message, Message::AspActiveAck { .. });
    world.pass(5 * SECOND);
    assert_eq!(world.in_service(0), [false]);
    world.loses = |_| false;
    world.pass(3 * SECOND);
    assert_eq!(world.in_service(0), [true]);
}

#[test]
fn s4_5_3_a_gateway_is_asked_and_silence_is_consent() {
    let mut world = world(1, Role::Asp, Role::Server);
    assert!(world.has_said(0, 0, |message| matches!(message, Message::Daud(_))));
    assert!(world.has_said(1, 0, |message| matches!(message, Message::Dava(_))));
    world.told(0);
    world.loses = |message| matches!(message, Message::Daud(_));
    world.lose(0, true);
    world.pass(SECOND);
    assert_eq!(world.in_service(0), [true]);
    assert_eq!(world.told(0), [false], "nobody has said that it is there");
    world.pass(2 * SECOND);
    assert_eq!(world.told(0), [true]);
}

#[test]
fn s4_5_2_whoever_sends_is_there_though_the_audit_is_not_answered() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.told(0);
    world.loses = |message| matches!(message, Message::Daud(_));
    world.lose(0, true);
    world.pass(SECOND);
    assert_eq!(world.told(0), [false], "nobody has said that it is there");
    world.transfer(1, 0, Class::Ordinary, 5);
    let heard = std::mem::take(&mut world.heard[0]);
    assert!(
        matches!(heard[..], [Indication::Resume { dpc: FAR }, Indication::Transfer(_)]),
        "{heard:?}"
    );
    let about = Destinations { affected: vec![Affected::one(FAR)], ..Destinations::default() };
    world.receive(0, 0, Message::Duna(about).write());
    assert_eq!(world.told(0), [false], "what the gateway says counts");
    world.transfer(1, 0, Class::Ordinary, 6);
    assert_eq!(world.told(0), [], "also after that");
}

#[test]
fn s3_4_4_congestion_that_is_over_is_no_indication_of_it() {
    let mut world = world(1, Role::Asp, Role::Server);
    for (level, told) in
        [(Some(0), vec![]), (None, vec![0]), (Some(1), vec![1]), (Some(3), vec![3])]
    {
        let destinations =
            Destinations { affected: vec![Affected::one(FAR)], ..Destinations::default() };
        world.congestion(0);
        world.receive(0, 0, Message::Scon { destinations, concerned: None, level }.write());
        assert_eq!(world.congestion(0), told, "{level:?}");
    }
}

#[test]
fn s4_5_2_destinations_are_what_the_gateway_says() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.told(0);
    let affected = |mask| vec![Affected { mask, code: FAR }];
    let about = |mask| Destinations { affected: affected(mask), ..Destinations::default() };
    for (message, told) in [
        (Message::Duna(about(0)), vec![false]),
        (Message::Duna(about(0)), vec![]),
        (Message::Dava(about(0)), vec![true]),
        (Message::Duna(about(8)), vec![false]),
        (Message::Drst(about(0)), vec![true]),
        (Message::Dava(about(0)), vec![]),
    ] {
        world.receive(0, 0, message.write());
        assert_eq!(world.told(0), told, "{message:?}");
    }
    let elsewhere = Destinations { affected: vec![Affected::one(NEAR)], ..about(0) };
    world.receive(0, 0, Message::Duna(elsewhere).write());
    assert_eq!(world.told(0), []);
    // §4.5.3: what was called unavailable is asked about again.
    world.receive(0, 0, Message::Duna(about(0)).write());
    assert_eq!(world.told(0), [false]);
    world.pass(31 * SECOND);
    assert_eq!(world.told(0), [true]);
}

#[test]
fn s4_3_2_what_is_sent_while_the_peer_is_away_waits_for_t_r() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.forget();
    world.lose(0, false);
    // §4.5.2.1: an ASP has nobody left to ask; a gateway waits.
    assert_eq!((world.told(0), world.told(1)), (vec![false], vec![]));
    world.transfer(1, 0, Class::Ordinary, 1);
    world.open[0] = true;
    world.pass(SECOND);
    assert_eq!(world.numbers(0), [1]);
    assert_eq!(world.told(1), []);

    world.lose(0, false);
    world.transfer(1, 0, Class::Ordinary, 2);
    world.pass(3 * SECOND);
    assert_eq!(world.told(1), [false]);
    assert_eq!(world.ends[1].stats().lost, 1);
    world.open[0] = true;
    world.pass(10 * SECOND);
    assert_eq!(world.numbers(0), []);
    assert_eq!(world.told(1), [true]);
}

#[test]
fn s4_3_4_3_in_override_the_last_takes_all_and_the_first_takes_it_back() {
    let (mut near, mut far) = ends(2, Role::Asp, Role::Server);
    let all = near.iter_mut().chain(&mut far);
    all.for_each(|association| association.servers[0].mode = Some(TrafficMode::OVERRIDE));
    let mut world = World::new(near, far);
    assert_eq!(world.in_service(1), [false, true]);
    assert_eq!(world.in_service(0), [false, true], "the first one was told");
    let alternate =
        |message: &Message| matches!(message, Message::Ntfy { status: Status::ALTERNATE_ASP, .. });
    assert!(world.has_said(1, 0, alternate) && !world.has_said(1, 1, alternate));
    world.transfer(1, 0, Class::Ordinary, 1);
    assert!(world.has_said(1, 1, is_data) && !world.has_said(1, 0, is_data));
    world.lose(1, false);
    // The other one heard that the application server is pending.
    world.pass(SECOND);
    assert_eq!(world.in_service(1), [true, false]);
    world.transfer(1, 0, Class::Ordinary, 2);
    assert_eq!(world.numbers(0), [1, 2]);
}

#[test]
fn s1_4_2_5_traffic_is_shared_by_link_selection_and_moves_when_an_association_is_lost() {
    let mut world = world(3, Role::Asp, Role::Server);
    for sls in 0..16 {
        world.transfer(0, sls, Class::Ordinary, sls);
    }
    for on in 0..3 {
        assert!(world.has_said(0, on, is_data), "nothing on {on}");
    }
    assert_eq!(world.numbers(1).len(), 16);
    world.forget();
    // What waits with an association that is lost goes another way.
    world.writes[0] = vec![false; 3];
    for number in 0..128 {
        world.transfer(0, 1, Class::Ordinary, number);
    }
    world.numbers(1);
    world.transfer(0, 1, Class::Ordinary, 200);
    assert_eq!(world.numbers(1), [], "the driver has as much as it may");
    world.lose(1, false);
    assert_eq!(world.numbers(1), [200]);
    assert_eq!(world.told(0), [], "two are left");
}

#[test]
fn the_urgent_goes_first_and_has_places_of_its_own() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.writes[0] = vec![false];
    for number in 0..=255 {
        world.transfer(0, 0, Class::Ordinary, number);
    }
    // 128 with the driver, 180 places for all.
    for number in 0..=255 {
        world.transfer(0, 1, Class::Ordinary, number);
    }
    assert!(world.ends[0].stats().refused_ordinary > 0);
    world.transfer(0, 2, Class::Emergency, 112);
    assert_eq!(world.ends[0].stats().refused_emergency, 0);
    world.numbers(1);
    world.writes[0] = vec![true];
    let written = super::Event::Written { waiting: 0 };
    let association = AssociationId(0);
    let now = world.now;
    world.ends[0].handle_input(now, crate::Input::Association { association, event: written });
    world.pass(SECOND);
    let numbers = world.numbers(1);
    assert_eq!(numbers.first(), Some(&112));
    assert_eq!(numbers.len(), 181);
}

#[test]
fn s4_3_4_6_a_peer_that_shows_no_sign_of_life_is_given_up() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.pass(60 * SECOND);
    assert_eq!(world.tried, [1], "heartbeats are answered");
    world.loses = |message| matches!(message, Message::BeatAck { .. } | Message::Beat { .. });
    world.pass(11 * SECOND);
    assert_eq!(world.tried, [2]);
    world.loses = |_| false;
    world.pass(10 * SECOND);
    assert_eq!(world.in_service(0), [true]);
}

#[test]
fn a_peer_that_is_away_is_tried_again_and_again_but_not_in_a_hurry() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.lose(0, false);
    world.pass(600 * SECOND);
    assert!((100..=600).contains(&world.tried[0]), "{:?}", world.tried);
    world.open[0] = true;
    world.pass(5 * SECOND);
    assert_eq!(world.in_service(0), [true]);
}

#[test]
fn s3_8_1_contexts_networks_and_modes_that_are_not_ours_are_refused() {
    let (mut near, mut far) = ends(1, Role::Asp, Role::Server);
    far[0].servers[0].context = Some(7);
    far[0].servers[0].mode = Some(TrafficMode::LOADSHARE);
    far[0].appearance = Some(3);
    for (context, mode, code) in [
        (Some(8), None, ErrorCode::NO_CONFIGURED_AS),
        (Some(7), Some(TrafficMode::OVERRIDE), ErrorCode::UNSUPPORTED_TRAFFIC_MODE),
    ] {
        (near[0].servers[0].context, near[0].servers[0].mode) = (context, mode);
        let world = World::new(near.clone(), far.clone());
        let refused = |m: &Message| matches!(m, Message::Err(error) if error.code == code);
        assert!(world.has_said(1, 0, refused), "{:?}", world.said);
        assert_eq!(world.in_service(0), [false]);
    }
    (near[0].servers[0].context, near[0].servers[0].mode) = (Some(7), None);
    near[0].appearance = Some(4);
    let mut world = World::new(near, far);
    world.transfer(0, 0, Class::Ordinary, 1);
    world.pass(3 * SECOND);
    world.transfer(0, 0, Class::Ordinary, 2);
    let code = ErrorCode::INVALID_NETWORK_APPEARANCE;
    let refused =
        |m: &Message| matches!(m, Message::Err(e) if e.code == code && e.appearance == Some(4));
    assert!(world.has_said(1, 0, refused));
    assert_eq!(world.numbers(1), []);
}

#[test]
fn s4_3_4_2_asps_that_leave_are_let_go_and_come_back() {
    let mut world = world(1, Role::Asp, Role::Server);
    world.forget();
    world.receive(1, 0, Message::AspInactive { contexts: Vec::new() }.write());
    let acknowledged = |m: &Message| matches!(m, Message::AspInactiveAck { .. });
    assert!(world.has_said(1, 0, acknowledged));
    // The ASP did not ask for it, and goes back to where it was.
    assert_eq!((world.in_service(0), world.in_service(1)), (vec![true], vec![true]));
    world.receive(1, 0, Message::AspDown.write());
    assert_eq!((world.in_service(0), world.in_service(1)), (vec![true], vec![true]));
    world.receive(1, 0, Message::AspUp { identifier: None }.write());
    let unexpected = |m: &Message| matches!(m, Message::Err(error) if error.code == ErrorCode::UNEXPECTED_MESSAGE);
    assert!(world.has_said(1, 0, unexpected));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes, in whatever pieces: nothing is believed that is no message, what is answered
    /// is bounded by what came, and the association comes back.
    #[test]
    fn any_stream_may_come(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
        kinds in proptest::collection::vec((0u8..10, 0u8..8, 0u8..3), 0..20),
    ) {
        let mut world = world(1, Role::IpspDouble, Role::IpspDouble);
        for (class, kind, words) in kinds {
            let length = 8 + 4 * words;
            let mut octets = vec![1, 0, class, kind, 0, 0, 0, length];
            octets.extend(std::iter::repeat_n([0, 4, 0, 4], usize::from(words)).flatten());
            world.receive(0, 0, octets.into());
        }
        for piece in pieces {
            world.receive(1, 0, Bytes::from(piece));
        }
        prop_assert!(world.said[0].len() + world.said[1].len() < 400);
        world.lose(0, true);
        world.pass(20 * SECOND);
        prop_assert_eq!(world.in_service(0), [true]);
        prop_assert_eq!(world.in_service(1), [true]);
        world.forget();
        world.transfer(0, 0, Class::Ordinary, 9);
        prop_assert_eq!(world.numbers(1), [9]);
    }
}
