//! Procedures of RFC 4165 §4 as they go when nothing fails.

use super::super::message::tests::judge;
use super::super::{Body, Message, Status};
use super::world::{ENDS, FAR, NEAR, World};
use crate::sap::Indication;
use crate::{Input, LinkId, mtp2};
use base::{Class, Instant};

const ALIGNED: [Status; 4] =
    [Status::OUT_OF_SERVICE, Status::ALIGNMENT, Status::PROVING_EMERGENCY, Status::READY];

#[test]
fn s4_1_3_an_empty_link_set_aligns_with_emergency_proving() {
    for framed in [false, true] {
        let mut world = World::new(1);
        world.framed = framed;
        world.activate();
        world.pass(700);
        assert_eq!(world.in_service(0), [true; 2]);
        for (end, peer) in [(0, FAR), (1, NEAR)] {
            assert_eq!(world.statuses(end, 0), ALIGNED);
            assert_eq!(world.told[end], [Indication::Resume { dpc: peer }]);
        }
        judge(if framed { "framed" } else { "alignment" }, &world.octets);
    }
}

#[test]
fn s4_1_3_a_further_link_has_the_normal_period_and_proving_messages_vary() {
    let mut world = World::up(2);
    let proving =
        |said: &&super::world::Said| matches!(said.3.body, Body::Status(Status::PROVING_NORMAL, _));
    // The first to come up was in a hurry; the other had begun so, too.
    world.lose(1, true);
    world.said = Default::default();
    world.pass(12_000);
    assert_eq!(world.in_service(1), [true; 2]);
    let said: Vec<_> = world.said[0].iter().filter(proving).collect();
    let (first, last) = (said[0].2, said[said.len() - 1].2);
    let took = last.saturating_since(first).as_millis();
    assert!((8_100..8_300).contains(&took), "{took} ms");
    assert!((160..170).contains(&said.len()), "{} proving messages", said.len());
    assert!(said.windows(2).all(|pair| pair[0].3 != pair[1].3));
}

#[test]
fn s4_1_2_each_message_has_its_stream_and_s4_2_1_each_its_numbers() {
    let mut world = World::up(1);
    world.send_all(0, 0, 3);
    world.pass(100);
    world.assert_complete(1, 3);
    let mut next = 0;
    for (_, stream, _, Message { fsn, body, .. }) in &world.said[0] {
        match body {
            Body::Status(..) => assert_eq!(*stream, 0),
            Body::Data(data) => {
                assert_eq!(*stream, 1);
                next += u32::from(data.is_some());
            }
        }
        assert_eq!(*fsn, (next + 0x00ff_ffff) & 0x00ff_ffff, "that of the last message with data");
    }
    // Each is acknowledged at once: nothing is left.
    for end in ENDS {
        let stats = world.ends[end].link_stats(LinkId(0)).unwrap();
        assert_eq!((stats.outstanding, stats.queued), (0, 0));
    }
    let empty = |said: &&super::world::Said| said.3.body == Body::Data(None);
    let acknowledged = world.said[1].iter().filter(empty).count();
    assert!(acknowledged >= 48, "{acknowledged}");
    let last = world.said[0].last().unwrap();
    let last_ack = world.said[1].iter().rfind(empty).unwrap();
    assert_eq!(last_ack.3.bsn, last.3.fsn);
    assert!(last_ack.2.saturating_since(last.2).as_millis() < 10);
}

#[test]
fn s4_1_5_a_busy_peer_is_sent_nothing_and_nothing_is_lost() {
    let mut world = World::up(1);
    let busy = |onset| Input::ReceiveCongestion { link: LinkId(0), onset };
    world.input(1, busy(true));
    world.send_all(0, 0, 2); // before the news has arrived
    world.pass(50);
    world.send_all(0, 2, 2);
    world.pass(500);
    assert_eq!(world.received[1], [], "it cannot take them");
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert_eq!((stats.outstanding, stats.queued), (32, 32));
    world.input(1, busy(false));
    world.pass(200);
    world.assert_complete(1, 4);
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert_eq!((stats.outstanding, stats.level2.busy_received, stats.level2.failures), (0, 1, 0));
    assert_eq!(&world.statuses(1, 0)[4..], [Status::BUSY, Status::BUSY_ENDED]);
    judge("busy", &world.octets);
}

#[test]
fn s4_1_5_a_peer_that_is_busy_for_longer_than_t6_loses_the_link() {
    let mut world = World::up(1);
    world.input(1, Input::ReceiveCongestion { link: LinkId(0), onset: true });
    world.send_all(0, 0, 1);
    world.pass(4_900);
    assert_eq!(world.in_service(0), [true; 2], "T7 does not run meanwhile");
    world.pass(300);
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert_eq!(stats.level2.failures, 1);
    assert_eq!(stats.reason, "the peer was busy for too long (T6)");
}

#[test]
fn an_emergency_message_overtakes_all_that_wait_for_the_driver() {
    let mut world = World::up(1);
    world.writes[0] = false;
    world.send_all(0, 0, 20);
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert!(stats.queued > 150, "the driver is given few: {stats:?}");
    world.transfer(0, 3, 99, Class::Emergency);
    let sent_before = world.said[0].len();
    world.writes[0] = true;
    // A driver that has written all.
    let association = crate::m3ua::AssociationId(0);
    let event = crate::m3ua::Event::Written { waiting: 0 };
    world.input(0, Input::Association { association, event });
    world.pass(100);
    let ends_so = |said: &super::world::Said| match &said.3.body {
        Body::Data(Some(data)) => data.msu.ends_with(&[3, 0, 0, 99]),
        _ => false,
    };
    let at = world.said[0].iter().position(ends_so).unwrap();
    // What its own conversation had ahead of it goes first.
    assert!(at < sent_before + 20, "{at} after {sent_before}");
    assert_eq!(world.received[1].len(), 321);
}

#[test]
fn the_window_bounds_what_is_unacknowledged() {
    let mut world = World::with(1, |_, config| config.window = 5);
    world.activate();
    world.pass(700);
    world.send_all(0, 0, 4);
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert_eq!((stats.outstanding, stats.queued), (5, 59));
    world.pass(1_000);
    world.assert_complete(1, 4);
}

#[test]
fn a_deactivated_link_stays_down_and_keeps_its_association() {
    let mut world = World::up(1);
    world.input(0, Input::Deactivate { link: LinkId(0) });
    world.pass(10_000);
    assert_eq!(world.in_service(0), [false; 2]);
    assert_eq!(world.ends[0].link_stats(LinkId(0)).unwrap().state, mtp2::State::OutOfService);
    assert_eq!(world.tried[0], [Instant::ZERO]);
    world.input(0, Input::Activate { link: LinkId(0) });
    world.pass(3_000);
    assert_eq!(world.in_service(0), [true; 2]);
}
