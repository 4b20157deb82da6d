//! What fails, and what becomes of it.

use super::super::message::tests::judge;
use super::super::{Body, Message, Status};
use super::world::{ENDS, FAR, Said, World};
use crate::m3ua::{AssociationId, Event};
use crate::sap::Indication;
use crate::{Input, LinkId};
use base::{Class, Duration};
use bytes::Bytes;

#[test]
fn s4_2_3_nothing_is_lost_doubled_or_disordered_when_one_link_of_two_fails() {
    for millis in [0, 1, 2, 4, 7] {
        for ends in [&ENDS[..], &ENDS[..1], &ENDS[1..]] {
            let mut world = World::up(2);
            world.octets.clear();
            world.send_all(0, 0, 10);
            world.send_all(1, 0, 10);
            world.pass(millis);
            world.lose_at(ends, 1, false);
            world.send_all(0, 10, 5);
            world.send_all(1, 10, 5);
            world.pass(3_000);
            for end in ENDS {
                world.assert_complete(end, 15);
                let stats = world.ends[end].stats();
                assert_eq!((stats.lost, stats.changeovers, stats.unanswered), (0, 1, 0));
            }
            assert_eq!(world.told[0], [Indication::Resume { dpc: FAR }], "it stays in reach");
            judge("changeover", &world.octets);
        }
    }
}

/// The first octet behind the label, of messages of network management.
fn heading(said: &Said) -> Option<u8> {
    match &said.3.body {
        Body::Data(Some(data)) if data.msu[0] == 0x80 => Some(data.msu[5]),
        _ => None,
    }
}

#[test]
fn s4_2_3_the_changeover_goes_by_xco_and_xca() {
    let mut world = World::up(2);
    world.send_all(0, 0, 1);
    world.pass(100);
    world.said = Default::default();
    world.lose_at(&ENDS[..1], 1, false);
    world.pass(1_000);
    let headings = |end: usize| world.said[end].iter().filter_map(heading).collect::<Vec<_>>();
    assert_eq!(headings(0), [0x31, 0x41], "its order, and the answer to the peer's");
    assert_eq!(headings(1), [0x31, 0x41]);
    let order = world.said[0].iter().find(|said| heading(said) == Some(0x31)).unwrap();
    let Body::Data(Some(data)) = &order.3.body else { panic!() };
    assert_eq!(data.msu.len(), 9, "24 bits of number");
}

#[test]
fn s4_1_7_a_lost_association_is_opened_again_and_the_link_returns() {
    let mut world = World::up(1);
    world.lose(0, false);
    assert_eq!(world.in_service(0), [false; 2]);
    assert_eq!(world.told[0].last(), Some(&Indication::Pause { dpc: FAR }));
    world.pass(60_000);
    let tried = world.tried[0].len();
    assert!((10..80).contains(&tried), "at most every 5 s, with jitter: {tried} times");
    world.open[0] = true;
    world.pass(6_000);
    assert_eq!(world.in_service(0), [true; 2]);
    assert_eq!(world.told[0].last(), Some(&Indication::Resume { dpc: FAR }));
}

#[test]
fn attempts_to_connect_share_the_budget_of_the_node() {
    let mut world = World::new(16);
    let begun = |world: &World| world.tried.iter().filter(|times| !times.is_empty()).count();
    assert_eq!(begun(&world), 5, "so many a second, and the others in their turn");
    world.pass(1_100);
    assert_eq!(begun(&world), 10);
    world.pass(1_500);
    assert!(world.tried.iter().all(|times| times.len() == 1));
}

#[test]
fn s4_2_1_an_acknowledgement_that_stays_out_ends_the_link_after_t7() {
    let mut world = World::up(2);
    world.loses = |end, id, message| (end, id) == (1, 1) && matches!(message.body, Body::Data(_));
    world.send_all(0, 0, 3);
    world.pass(1_450);
    assert_eq!(world.in_service(1), [true; 2]);
    world.pass(100);
    let stats = world.ends[0].link_stats(LinkId(1)).unwrap();
    assert_eq!(stats.level2.failures, 1);
    // The peer had them all, and says so: none is sent again.
    world.loses = |_, _, _| false;
    world.pass(3_000);
    world.assert_complete(1, 3);
}

#[test]
fn a_half_dead_association_is_given_up_when_the_peer_says_nothing_at_all() {
    let mut world = World::up(1);
    world.loses = |_, _, _| true;
    world.send_all(0, 0, 1);
    world.pass(40_000);
    assert!(world.tried[0].len() > 1, "it was opened again");
    world.loses = |_, _, _| false;
    world.pass(20_000);
    assert_eq!(world.in_service(0), [true; 2]);
}

#[test]
fn a_ready_that_comes_before_we_have_proved_is_remembered() {
    let mut world = World::with(1, |end, config| {
        if end == 1 {
            config.timers.t4e = Duration::from_millis(600);
        } else {
            config.timers.t4e = Duration::from_millis(400);
        }
    });
    // Ready is said once and then only after a second.
    world.activate();
    world.pass(750);
    assert_eq!(world.in_service(0), [true; 2]);
}

#[test]
fn a_ready_that_is_lost_is_said_again() {
    let mut world = World::new(1);
    world.loses =
        |end, _, message| end == 0 && matches!(message.body, Body::Status(Status::READY, _));
    world.activate();
    world.pass(900);
    world.loses = |_, _, _| false;
    world.pass(1_500);
    assert_eq!(world.in_service(0), [true; 2]);
}

fn peer_says(world: &mut World, status: Status) {
    let fsn = world.said[1].last().unwrap().3.fsn;
    let bsn = world.said[1].last().unwrap().3.bsn;
    let body = Body::Status(status, Bytes::new());
    world.receive(0, 0, Message { bsn, fsn, body }.write());
}

#[test]
fn s4_1_4_an_outage_of_the_peers_processor_stops_traffic_until_the_link_is_back() {
    let mut world = World::up(1);
    peer_says(&mut world, Status::PROCESSOR_OUTAGE);
    assert!(!world.ends[0].link_in_service(LinkId(0)));
    assert_eq!(world.told[0].last(), Some(&Indication::Pause { dpc: FAR }));
    world.transfer(0, 1, 1, Class::Ordinary);
    assert_eq!(world.ends[0].stats().unreachable, 1);
    peer_says(&mut world, Status::PROCESSOR_RECOVERED);
    world.pass(5_000);
    assert_eq!(world.in_service(0), [true; 2]);
    assert_eq!(world.told[0].last(), Some(&Indication::Resume { dpc: FAR }));
}

#[test]
fn s4_2_1_what_is_out_of_order_is_discarded_and_what_cannot_be_ends_the_link() {
    let mut world = World::up(1);
    let said = world.said[1].iter().rfind(|said| said.1 == 1).unwrap().3.clone();
    let msu = Bytes::from_static(&[0x85, 1, 0x80, 0, 0, 1, 0, 0, 7]);
    let data = Body::Data(Some(super::super::Data { priority: 0, msu }));
    let with = |bsn, fsn| Message { bsn, fsn, body: data.clone() }.write();
    world.receive(0, 0, with(said.bsn, said.fsn)); // it had that number already
    world.receive(0, 0, with(said.bsn, said.fsn + 2)); // one is missing
    let stats = world.ends[0].link_stats(LinkId(0)).unwrap();
    assert_eq!((stats.level2.abnormal, stats.in_service), (2, true));
    assert_eq!(world.received[0], []);
    world.receive(0, 0, with(said.bsn, said.fsn + 1));
    assert_eq!(world.received[0], [(1, 7)]);
    // Of what was never sent.
    world.receive(0, 0, with(said.bsn + 1_000, said.fsn + 2));
    assert!(world.ends[0].link_in_service(LinkId(0)));
    world.receive(0, 0, with(said.bsn + 1_000, said.fsn + 2));
    assert!(!world.ends[0].link_in_service(LinkId(0)));
}

#[test]
fn s4_1_9_a_later_version_is_answered_with_out_of_service() {
    let mut world = World::up(1);
    let before = world.said[0].len();
    let body = Body::Status(Status::ALIGNMENT, Bytes::new());
    let mut later = Message { bsn: 0, fsn: 0, body }.write().to_vec();
    later[0] = 2;
    world.receive(0, 0, later.into());
    let answer = &world.said[0][before..];
    assert_eq!(answer.len(), 1);
    assert_eq!(answer[0].3.body, Body::Status(Status::OUT_OF_SERVICE, Bytes::new()));
}

#[test]
fn a_stream_that_cannot_be_followed_is_closed_and_what_is_no_message_is_counted() {
    let mut world = World::up(1);
    for octets in [&[1, 0, 1, 1, 0, 0, 0, 8][..], &[0xff; 40], &[]] {
        world.receive(0, 0, Bytes::copy_from_slice(octets));
    }
    assert_eq!(world.ends[0].link_stats(LinkId(0)).unwrap().level2.malformed, 3);
    assert_eq!(world.in_service(0), [true; 2]);
    let event = Event::Received(Bytes::from_static(&[0xff; 64]));
    world.input(0, Input::Association { association: AssociationId(0), event });
    assert!(!world.ends[0].link_in_service(LinkId(0)));
    world.pass(4_000);
    assert_eq!(world.tried[0].len(), 2);
    assert_eq!(world.in_service(0), [true; 2]);
}

#[test]
fn a_peer_that_sends_on_while_we_are_busy_loses_the_link_at_a_bound() {
    let mut world = World::up(1);
    let said = world.said[1].iter().rfind(|said| said.1 == 1).unwrap().3.clone();
    world.input(0, Input::ReceiveCongestion { link: LinkId(0), onset: true });
    let msu = Bytes::from_static(&[0x85, 1, 0x80, 0, 0, 1, 0, 0, 7]);
    for number in 1..=4_097 {
        let data = super::super::Data { priority: 0, msu: msu.clone() };
        let body = Body::Data(Some(data));
        world.receive(0, 0, Message { bsn: said.bsn, fsn: said.fsn + number, body }.write());
        assert_eq!(world.ends[0].link_in_service(LinkId(0)), number <= 4_096, "{number}");
    }
}
