mod changeover;
mod congestion;
mod flapping;
mod inhibition;
mod network;
mod restart;
mod routing;
mod world;

use crate::mtp3::label::{Label, Msu};
use crate::mtp3::management::Management;
use crate::mtp3::slt::Test;
use crate::sap::{Indication, StatusCause, Transfer, UnavailabilityCause};
use crate::{
    Config, ConfigError, Input, Level2Config, LinkConfig, LinkId, NetworkIndicator, PointCode,
    RouteConfig, ServiceIndicator, Sls, Timer, mtp2, mtp3,
};
use base::{Class, Duration};
use bytes::Bytes;
use world::{A, B, TESTS, World};

fn pause(dpc: PointCode) -> Indication {
    Indication::Pause { dpc }
}

fn resume(dpc: PointCode) -> Indication {
    Indication::Resume { dpc }
}

#[test]
fn an_empty_link_set_aligns_with_emergency_proving() {
    let mut world = World::new(1);
    world.activate();
    world.run(700);
    assert!(world.ends.iter().all(|end| end.mtp.link_in_service(LinkId(0))));
    for (end, peer) in [(0, B), (1, A)] {
        assert_eq!(world.ends[end].told, [resume(peer)]);
        assert!(world.ends[end].mtp.destination_available(peer));
        assert!(!world.ends[end].mtp.destination_available(PointCode(77)));
    }
}

#[test]
fn q707_2_2_a_link_carries_traffic_only_after_its_test() {
    let mut world = World::new(1);
    world.spoil = TESTS;
    world.activate();
    world.run(5_000);
    let stats = world.ends[0].mtp.link_stats(LinkId(0)).unwrap();
    assert_eq!(stats.state, mtp2::State::InService);
    assert!(!stats.in_service);
    assert!(!world.ends[0].mtp.destination_available(B));
    world.run(9_000); // twice T1
    assert!(world.ends[0].mtp.link_stats(LinkId(0)).unwrap().level2.failures > 0);
    world.spoil = None;
    world.run(20_000);
    assert!(world.ends[0].mtp.link_in_service(LinkId(0)));
    assert_eq!(world.ends[0].told, [resume(B)]);
}

#[test]
fn q707_a_link_in_service_that_answers_no_test_is_taken_out() {
    let mut world = World::up(1);
    world.spoil = TESTS;
    world.run(55_000);
    assert!(world.ends[0].mtp.link_in_service(LinkId(0)));
    world.run(12_000);
    assert!(!world.ends[0].mtp.link_in_service(LinkId(0)));
    assert_eq!(world.ends[0].told, [resume(B), pause(B)]);
}

#[test]
fn the_loss_of_the_last_link_pauses_and_its_return_resumes() {
    let mut world = World::up(1);
    world.set_line(0, false);
    world.run(10);
    for (end, peer) in [(0, B), (1, A)] {
        assert_eq!(world.ends[end].told, [resume(peer), pause(peer)]);
    }
    let message = world.message(0, 1, 1, Class::Emergency);
    world.input(0, Input::Transfer(message));
    assert_eq!(world.ends[0].mtp.stats().unreachable, 1);
    world.run(30_000);
    world.set_line(0, true);
    world.run(3_000);
    assert_eq!(world.ends[0].told, [resume(B), pause(B), resume(B)]);
}

#[test]
fn what_waits_for_the_last_link_is_thrown_away_with_it_and_counted() {
    let mut world = World::up(1);
    for number in 0..100 {
        let message = world.message(0, 1, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
    }
    world.set_line(0, false);
    world.run(1);
    world.set_line(0, true);
    world.run(5_000);
    let stats = world.ends[0].mtp.stats();
    assert_eq!(stats.accepted, 100);
    assert_eq!(stats.lost, 100 - world.ends[1].received.len() as u64);
    assert!(world.ends[1].received.len() < 5);
}

#[test]
fn q704_12_2_3_alignment_is_tried_again_after_t17() {
    let mut world = World::new(1);
    world.input(0, Input::Activate { link: LinkId(0) });
    world.run(10_000);
    let next = world.ends[0].mtp.poll_timeout().unwrap();
    assert_eq!(next.1, Timer::Mtp3(LinkId(0), mtp3::Timer::T17));
    world.run(1_000);
    assert_eq!(world.state(0, 0), mtp2::State::InitialAlignment);
    world.input(1, Input::Activate { link: LinkId(0) });
    world.run(2_000);
    assert!(world.ends[0].mtp.link_in_service(LinkId(0)));
}

#[test]
fn a_deactivated_link_stays_down() {
    let mut world = World::up(1);
    world.input(0, Input::Deactivate { link: LinkId(0) });
    world.run(30_000);
    assert_eq!(world.state(0, 0), mtp2::State::OutOfService);
    assert_eq!(world.ends[0].told, [resume(B), pause(B)]);
    world.input(0, Input::Activate { link: LinkId(0) });
    world.run(13_000);
    assert!(world.ends[0].mtp.link_in_service(LinkId(0)));
}

#[test]
fn a_message_arrives_as_it_was_sent_and_is_traced() {
    let mut world = World::up(1);
    let transfer = Transfer {
        opc: A,
        dpc: B,
        sls: Sls(9),
        class: Class::Emergency,
        payload: Bytes::from(vec![7; Transfer::MAX_PAYLOAD]),
    };
    world.input(0, Input::Transfer(transfer.clone()));
    world.run(100);
    let arrived = Transfer { class: Class::Ordinary, ..transfer };
    assert_eq!(world.ends[1].arrived, [arrived]);
    let long = |(outgoing, msu): &&(bool, Bytes)| (*outgoing, msu.len()) == (true, 273);
    assert_eq!(world.ends[0].traced.iter().filter(long).count(), 1);
    let tests = |(_, msu): &&(bool, Bytes)| msu.first() == Some(&0x81);
    assert_eq!(world.ends[0].traced.iter().filter(tests).count(), 4, "two each way");
}

#[test]
fn what_no_user_part_could_mean_is_refused() {
    let mut world = World::up(1);
    let good = world.message(0, 0, 0, Class::Ordinary);
    let bad = [
        Transfer { opc: B, ..good.clone() },
        Transfer { sls: Sls(16), ..good.clone() },
        Transfer { payload: Bytes::new(), ..good.clone() },
        Transfer { payload: Bytes::from(vec![0; 269]), ..good.clone() },
    ];
    for transfer in bad {
        world.input(0, Input::Transfer(transfer));
    }
    world.input(0, Input::Transfer(Transfer { dpc: PointCode(3), ..good }));
    let stats = world.ends[0].mtp.stats();
    assert_eq!((stats.invalid, stats.unreachable, stats.accepted), (4, 1, 0));
}

#[test]
fn q704_2_4_messages_for_others_are_counted_and_dropped() {
    let mut world = World::up(1);
    let msu = |dpc, network| Msu {
        service: ServiceIndicator::ISUP,
        network,
        priority: 0,
        label: Label { dpc, opc: A, sls: Sls(0) },
        payload: Bytes::from_static(b"abc"),
    };
    world.inject(0, &msu(PointCode(9), NetworkIndicator::NATIONAL));
    world.inject(0, &msu(B, NetworkIndicator::INTERNATIONAL));
    world.run(100);
    assert_eq!(world.ends[1].mtp.stats().misrouted, 2);
    assert_eq!(world.ends[1].arrived, []);
}

#[test]
fn q704_11_2_7_a_message_for_a_user_part_that_is_not_here_is_answered_with_upu() {
    let mut world = World::up(1);
    let msu = Msu {
        service: ServiceIndicator::SCCP,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        label: Label { dpc: B, opc: A, sls: Sls(3) },
        payload: Bytes::from_static(b"abc"),
    };
    world.inject(0, &msu);
    world.run(100);
    assert_eq!(world.ends[1].mtp.stats().unequipped, 1);
    let upu = Management::UserPartUnavailable {
        destination: B,
        user: ServiceIndicator::SCCP,
        cause: UnavailabilityCause::UNEQUIPPED,
    };
    let answered = |(_, msu): &&(bool, Bytes)| msu.ends_with(&upu.write());
    assert_eq!(world.ends[0].traced.iter().filter(answered).count(), 1);
    assert_eq!(world.ends[0].told, [resume(B)], "our user is another");
}

#[test]
fn answers_to_what_is_for_others_hold_no_emergency_message_up() {
    let mut world = World::up(1);
    world.ends[0].traced.clear();
    for _ in 0..mtp2::LINE_CREDIT {
        let payload = Bytes::from(vec![0; Transfer::MAX_PAYLOAD]);
        let long = Transfer { payload, ..world.message(1, 1, 0, Class::Ordinary) };
        world.input(1, Input::Transfer(long));
    }
    let msu = Msu {
        service: ServiceIndicator::SCCP,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        label: Label { dpc: B, opc: A, sls: Sls(3) },
        payload: Bytes::new(),
    };
    for _ in 0..30 {
        world.inject(0, &msu);
    }
    // So long the line to A is busy with the two messages.
    world.run(60);
    assert_eq!(world.ends[1].mtp.stats().unequipped, 30);
    let urgent = world.message(1, 2, 99, Class::Emergency);
    world.input(1, Input::Transfer(urgent.clone()));
    world.run(500);
    let arrived = world.ends[0].traced.iter().filter(|(outgoing, _)| !outgoing);
    let upus = arrived.filter(|(_, msu)| msu[0] == 0x80 || msu.ends_with(&urgent.payload));
    let at = upus.clone().position(|(_, msu)| msu.ends_with(&urgent.payload)).unwrap();
    assert!(at <= usize::from(mtp2::LINE_CREDIT), "{at} answers went ahead");
    assert_eq!(upus.count(), 31);
}

#[test]
fn q704_15_17_upu_and_tfc_reach_the_user() {
    let mut world = World::up(1);
    let cause = UnavailabilityCause::INACCESSIBLE;
    let user = ServiceIndicator::ISUP;
    world.manage(1, 0, Management::UserPartUnavailable { destination: B, user, cause });
    world.manage(1, 0, Management::Controlled { destination: B, level: 1 });
    world.manage(1, 0, Management::Controlled { destination: PointCode(99), level: 1 });
    world.run(100);
    let status = |cause| Indication::Status { dpc: B, cause };
    assert_eq!(
        world.ends[0].told[1..],
        [
            status(StatusCause::UserPartUnavailable { cause }),
            status(StatusCause::Congestion { level: 1 })
        ]
    );
}

#[test]
fn management_that_is_unknown_short_or_not_for_end_points_is_counted() {
    let mut world = World::up(1);
    let raw = |octets: &'static [u8], sls, service| Msu {
        service,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        label: Label { dpc: A, opc: B, sls: Sls(sls) },
        payload: Bytes::from_static(octets),
    };
    let snm = ServiceIndicator::NETWORK_MANAGEMENT;
    for octets in [&b"\xff"[..], b"\x14\x02\x00", b"\x18", b"\x11", b""] {
        world.inject(1, &raw(octets, 0, snm));
    }
    world.inject(1, &raw(b"\x51\x01", 5, snm)); // no link has this code
    world.inject(1, &raw(b"\x11\x40abcd", 5, ServiceIndicator::NETWORK_TESTING));
    world.inject(1, &raw(b"\x11\x01", 0, snm)); // on the very link that is said to have failed
    world.run(200);
    let stats = world.ends[0].mtp.stats();
    assert_eq!(stats.unknown_management, 1);
    assert_eq!(stats.ignored_management, 2);
    assert_eq!(stats.malformed, 5);
    assert!(world.ends[0].mtp.link_in_service(LinkId(0)));
}

#[test]
fn an_emergency_message_overtakes_all_that_wait_for_the_line() {
    let mut world = World::up(1);
    for number in 0..50 {
        let message = world.message(0, 1, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
    }
    let urgent = world.message(0, 2, 99, Class::Emergency);
    world.input(0, Input::Transfer(urgent));
    world.run(2_000);
    let at = world.ends[1].received.iter().position(|of| *of == (2, 99)).unwrap();
    assert_eq!(at, usize::from(mtp2::LINE_CREDIT), "only what the line holds is ahead");
    assert_eq!(world.ends[1].received.len(), 51);
}

#[test]
fn a_full_queue_keeps_places_for_emergency_calls() {
    let mut world = World::up(1);
    let mut number = 0;
    let mut offer = |world: &mut World, class, count| {
        for _ in 0..count {
            number += 1;
            let message = world.message(0, number as u8, number, class);
            world.input(0, Input::Transfer(message));
        }
    };
    offer(&mut world, Class::Ordinary, 600);
    let stats = world.ends[0].mtp.stats();
    assert_eq!(stats.accepted, 448 + u64::from(mtp2::LINE_CREDIT));
    assert_eq!(stats.refused_ordinary, 600 - stats.accepted);
    offer(&mut world, Class::EmergencyInDialog, 65);
    let stats = world.ends[0].mtp.stats();
    assert_eq!(stats.refused_emergency, 1);
    let congested = Indication::Status { dpc: B, cause: StatusCause::Congestion { level: 0 } };
    let told = world.ends[0].told.iter().filter(|told| **told == congested).count();
    assert_eq!(told, (600 + 65 - 226usize).div_ceil(8), "the first of every eight (Q.704 §11.2.3)");
}

#[test]
fn q703_9_a_busy_user_holds_the_peer_back_and_loses_nothing() {
    let mut world = World::up(1);
    world.input(1, Input::ReceiveCongestion { link: LinkId(0), onset: true });
    for number in 0..20 {
        let message = world.message(0, 1, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
    }
    world.run(2_500);
    assert_eq!(world.ends[1].received, []);
    world.input(1, Input::ReceiveCongestion { link: LinkId(0), onset: false });
    world.run(500);
    assert_eq!(world.ends[1].received.len(), 20);
    assert!(world.ends[0].mtp.link_stats(LinkId(0)).unwrap().level2.busy_received > 10);
}

#[test]
fn a_route_over_a_neighbour_shares_its_fate() {
    let mut world = World::with(1, |config| {
        if config.own == A {
            config.routes.push(RouteConfig { dpc: PointCode(50), adjacent: B, priority: 0 });
        }
    });
    world.activate();
    world.run(1_000);
    world.set_line(0, false);
    world.run(10);
    let far = PointCode(50);
    assert_eq!(world.ends[0].told, [resume(B), resume(far), pause(B), pause(far)]);
}

#[test]
fn nonsense_in_the_configuration_is_refused() {
    let link = |id, adjacent, slc| LinkConfig::new(LinkId(id), adjacent, slc);
    let refused = |change: &dyn Fn(&mut Config)| {
        let mut config = Config::new(A, NetworkIndicator::NATIONAL);
        config.links.push(link(0, B, 0));
        change(&mut config);
        crate::Mtp::new(config, base::Instant::ZERO).unwrap_err()
    };
    let wide = PointCode(0x4000);
    let nowhere = RouteConfig { dpc: PointCode(9), adjacent: PointCode(8), priority: 0 };
    let twice = RouteConfig { dpc: PointCode(9), adjacent: B, priority: 0 };
    let missing = ConfigError::NoLink { dpc: PointCode(9), adjacent: PointCode(8) };
    let ms = Duration::from_millis;
    assert_eq!(refused(&|c| c.own = wide), ConfigError::PointCode(wide));
    let network = NetworkIndicator(4);
    assert_eq!(refused(&|c| c.network = network), ConfigError::NetworkIndicator(network));
    let service = ServiceIndicator(1);
    assert_eq!(refused(&|c| c.service = service), ConfigError::ServiceIndicator(service));
    assert_eq!(refused(&|c| c.own = B), ConfigError::Ourselves(B));
    let error = ConfigError::DuplicateLink(LinkId(0));
    assert_eq!(refused(&|c| c.links.push(link(0, B, 1))), error);
    let error = ConfigError::LinkCode { link: LinkId(1), slc: 0 };
    assert_eq!(refused(&|c| c.links.push(link(1, B, 0))), error);
    assert_eq!(refused(&|c| c.routes.push(nowhere)), missing);
    let error = ConfigError::DuplicateRoute(PointCode(9));
    assert_eq!(refused(&|c| c.routes.extend([twice, twice])), error);
    let error = ConfigError::Queue { queue: 64, reserve: 64 };
    assert_eq!(refused(&|c| c.queue = 64), error);
    let error = ConfigError::Timer { timer: "T7", min_ms: 500, max_ms: 2_000 };
    let mut level2 = mtp2::Config::default();
    level2.timers.t7 = ms(2_001);
    assert_eq!(refused(&|c| c.links[0].level2 = Level2Config::Mtp2(level2)), error);
    let error = ConfigError::RetransmissionLimits { link: LinkId(0) };
    for (messages, octets) in [(0, 5_920), (128, 5_920), (127, 279)] {
        let correction = mtp2::Correction::Preventive(mtp2::Limits { messages, octets });
        let level2 = Level2Config::Mtp2(mtp2::Config::new(mtp2::Rate::Kbit64, correction));
        assert_eq!(refused(&|c| c.links[0].level2 = level2), error);
    }
    let error = ConfigError::Timer { timer: "Q.704 T17", min_ms: 800, max_ms: 1_500 };
    assert_eq!(refused(&|c| c.mtp3_timers.t17 = ms(10)), error);
}

#[test]
fn the_test_patterns_of_another_link_do_not_count() {
    let mut world = World::new(1);
    world.spoil = TESTS;
    world.activate();
    world.run(1_000);
    let forged = Msu {
        service: ServiceIndicator::NETWORK_TESTING,
        network: NetworkIndicator::NATIONAL,
        priority: 0,
        label: Label { dpc: A, opc: B, sls: Sls(0) },
        payload: Test::Acknowledgement(Bytes::from_static(b"SLT?")).write(),
    };
    world.inject(1, &forged);
    world.run(100);
    assert!(!world.ends[0].mtp.link_in_service(LinkId(0)));
}

#[test]
fn inputs_for_links_that_do_not_exist_are_ignored() {
    let mut world = World::up(1);
    let link = LinkId(9);
    world.input(0, Input::Activate { link });
    world.input(0, Input::Line { link, event: crate::LineInput::Errored(1) });
    world.input(0, Input::LineFailed { link });
    assert!(world.ends[0].mtp.poll_output().is_none());
    assert_eq!(world.ends[0].mtp.link_stats(link), None);
}
