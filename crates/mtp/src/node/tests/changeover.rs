//! Changeover (Q.704 §5) and changeback (§6) on link sets of several links.

use super::world::{A, B, MANAGEMENT, World};
use crate::mtp3;
use crate::mtp3::management::Management;
use crate::sap::Indication;
use crate::{Input, LinkId, PointCode, Timer};
use base::{Class, Duration};

fn resumed(dpc: PointCode) -> Vec<Indication> {
    vec![Indication::Resume { dpc }]
}

/// Sends `count` messages on each link selection.
fn send_all(world: &mut World, end: usize, first: u16, count: u16) {
    for number in first..first + count {
        for sls in 0..16 {
            let message = world.message(end, sls, number, Class::Ordinary);
            world.input(end, Input::Transfer(message));
        }
    }
}

/// That everything of `count` messages on each selection arrived once and in sequence.
fn assert_complete(world: &World, end: usize, count: u16) {
    for sls in 0..16 {
        let of = |(s, number): &(u8, u16)| (*s == sls).then_some(*number);
        let numbers: Vec<u16> = world.ends[end].received.iter().filter_map(of).collect();
        assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "selection {sls}");
    }
}

fn assert_ascending(received: &[(u8, u16)]) {
    for sls in 0..16 {
        let numbers: Vec<u16> =
            received.iter().filter(|(s, _)| *s == sls).map(|(_, number)| *number).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }
}

#[test]
fn q704_5_nothing_is_lost_doubled_or_disordered_when_one_link_of_two_fails() {
    for millis in [1, 7, 20, 45] {
        let mut world = World::up(2);
        send_all(&mut world, 0, 0, 10);
        send_all(&mut world, 1, 0, 10);
        world.run(millis);
        world.set_line(1, false);
        send_all(&mut world, 0, 10, 5);
        world.run(3_000);
        assert_complete(&world, 1, 15);
        assert_complete(&world, 0, 10);
        assert_eq!(world.ends[0].told, resumed(B), "the destination stays in reach");
        assert_eq!(world.ends[0].mtp.stats().lost, 0);
        assert_eq!(world.ends[0].mtp.stats().changeovers, 1);
        assert_eq!(world.ends[0].mtp.stats().unanswered, 0);
    }
}

#[test]
fn q704_5_a_failure_that_only_one_end_sees_is_told_by_the_order() {
    let mut world = World::up(2);
    send_all(&mut world, 1, 0, 10);
    world.input(0, Input::LineFailed { link: LinkId(0) });
    world.run(3_000);
    assert_complete(&world, 0, 10);
    assert!(!world.ends[1].mtp.link_in_service(LinkId(0)));
}

#[test]
fn q704_6_traffic_returns_in_sequence_when_the_link_does() {
    let mut world = World::up(2);
    world.set_line(0, false);
    world.run(3_000);
    world.set_line(0, true);
    let mut number = 0;
    // normal proving: 8.2 s
    for _ in 0..120 {
        send_all(&mut world, 0, number, 1);
        number += 1;
        world.run(100);
    }
    world.run(1_000);
    assert!(world.ends.iter().all(|end| end.mtp.link_in_service(LinkId(0))));
    assert_complete(&world, 1, number);
    let stats = world.ends[0].mtp.stats();
    assert_eq!((stats.lost, stats.unanswered), (0, 0));
    // one when the second link first came up, one now
    assert_eq!(stats.changebacks, 2);
}

#[test]
fn q704_5_7_2_without_an_answer_new_traffic_goes_on_after_t2_and_nothing_is_doubled() {
    let mut world = World::up(2);
    send_all(&mut world, 0, 0, 4);
    world.run(10);
    world.spoil = MANAGEMENT;
    world.set_line(0, false);
    world.run(1_499);
    let before = world.ends[1].received.len();
    assert_eq!(world.ends[0].mtp.stats().unanswered, 0);
    world.run(2_000);
    assert_eq!(world.ends[0].mtp.stats().unanswered, 1);
    let received = &world.ends[1].received;
    assert!(received.len() > before, "what had not been sent goes the other way");
    assert_ascending(received);
    assert_eq!(received.len() as u64 + world.ends[0].mtp.stats().lost, 64);
}

#[test]
fn q704_5_7_3_an_acknowledgement_that_makes_no_sense_sends_nothing_again() {
    let mut world = World::up(2);
    send_all(&mut world, 0, 0, 4);
    world.input(0, Input::LineFailed { link: LinkId(0) });
    // a liar's acknowledgement, ahead of the honest one
    let (now, at) = (world.now, 0);
    world.ends[at].mtp.changeover_done(0, Some(99));
    world.ends[at].mtp.settle(now);
    world.drain(at);
    world.run(3_000);
    let stats = world.ends[0].mtp.stats();
    assert!(stats.lost > 0);
    assert_ascending(&world.ends[1].received);
}

#[test]
fn q704_6_3_5_a_declaration_is_sent_twice_and_then_taken_as_answered() {
    let mut world = World::up(2);
    world.set_line(0, false);
    world.run(3_000);
    world.set_line(0, true);
    world.run(8_000);
    world.spoil = MANAGEMENT;
    while !world.ends[0].mtp.link_in_service(LinkId(0)) {
        world.tick();
    }
    send_all(&mut world, 0, 0, 1);
    world.run(700);
    assert_eq!(world.ends[1].received.len(), 8, "half of it is held back");
    world.run(800);
    assert_eq!(world.ends[1].received.len(), 8, "T5");
    world.run(800);
    assert_complete(&world, 1, 1);
    assert_eq!(world.ends[0].mtp.stats().unanswered, 1);
}

#[test]
fn a_stale_changeback_acknowledgement_lets_nothing_go() {
    let mut world = World::up(2);
    world.manage(1, 0, Management::Changeback { declaration: false, code: 77 });
    world.manage(1, 0, Management::Changeover { order: false, fsn: 5 });
    world.run(100);
    send_all(&mut world, 0, 0, 2);
    world.run(1_000);
    assert_complete(&world, 1, 2);
}

#[test]
fn q704_5_6_an_emergency_order_is_answered_and_nothing_is_sent_again() {
    let mut world = World::up(2);
    world.manage(1, 1, Management::EmergencyChangeover { order: true });
    world.run(50);
    assert!(!world.ends[0].mtp.link_in_service(LinkId(1)));
    world.run(12_000);
    assert!(world.ends.iter().all(|end| end.mtp.link_in_service(LinkId(1))));
    send_all(&mut world, 0, 0, 2);
    send_all(&mut world, 1, 0, 2);
    world.run(1_000);
    assert_complete(&world, 1, 2);
    assert_complete(&world, 0, 2);
}

#[test]
fn the_other_links_come_the_short_way_when_the_last_one_fails() {
    let mut world = World::up(2);
    world.set_line(0, false);
    world.run(2_000);
    world.set_line(0, true);
    world.run(1_000); // in normal proving
    world.set_line(1, false);
    world.run(1_000);
    for end in &world.ends {
        assert!(end.mtp.link_in_service(LinkId(0)), "512 ms, not 8.2 s");
    }
    let last: Vec<_> = world.ends[1].told.iter().rev().take(2).cloned().collect();
    assert_eq!(last, [Indication::Resume { dpc: A }, Indication::Pause { dpc: A }]);
}

#[test]
fn a_deadline_carries_the_name_of_its_timer() {
    let mut world = World::up(2);
    send_all(&mut world, 0, 0, 1);
    world.input(0, Input::LineFailed { link: LinkId(0) });
    let deadlines = &world.ends[0].mtp.timers;
    let expected = world.now + Duration::from_millis(1_500);
    assert_eq!(deadlines.deadline((LinkId(0).into(), mtp3::Timer::T2)), Some(expected));
    let (_, first) = world.ends[0].mtp.poll_timeout().unwrap();
    assert!(matches!(first, Timer::Mtp2(..) | Timer::Mtp3(..)));
}

#[test]
fn emergency_messages_stay_urgent_across_a_changeover() {
    let mut world = World::up(2);
    for number in 0..60 {
        let message = world.message(0, 0, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
        let message = world.message(0, 1, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
    }
    let urgent = world.message(0, 2, 0, Class::Emergency); // on the link of selection 0
    world.set_line(0, false);
    world.input(0, Input::Transfer(urgent));
    world.run(3_000);
    let received = &world.ends[1].received;
    let at = received.iter().position(|(sls, _)| *sls == 2).unwrap();
    let behind = received[at..].iter().filter(|(sls, _)| *sls != 2).count();
    assert!(behind > 50, "{behind} of {}", received.len());
}

#[test]
fn what_is_shown_of_links_says_since_when_and_why() {
    let mut world = World::up(2);
    let shown = |world: &World| {
        let mtp = &world.ends[0].mtp;
        let links = [0, 1].map(|id| mtp.link_stats(LinkId(id)).unwrap());
        (links, mtp.link_sets().collect::<Vec<_>>(), mtp.destinations().collect::<Vec<_>>())
    };
    let ([first, second], sets, destinations) = shown(&world);
    assert_eq!((first.state_name(), first.reason), ("in service", "aligned and tested"));
    assert_eq!((first.adjacent, second.slc), (B, 1));
    let set = &sets[0];
    assert_eq!((set.adjacent, &set.links[..], set.in_service), (B, &[0, 1].map(LinkId)[..], 2));
    assert!(set.since <= first.since.max(second.since));
    assert_eq!(
        destinations.iter().map(|to| (to.point, to.available)).collect::<Vec<_>>(),
        [(B, true)]
    );

    // The second link took its part of the traffic over from the first.
    assert_eq!(set.stats.changebacks, 1);
    let lost = world.now;
    world.set_line(1, false);
    world.run(100);
    let ([_, second], sets, _) = shown(&world);
    assert_eq!((second.since, second.reason), (lost, "the span lost its signal"));
    assert_eq!(second.state_name(), "out of service");
    assert_eq!((sets[0].in_service, sets[0].since), (1, set.since));
    assert_eq!(sets[0].stats.changeovers, 1);
    world.set_line(1, true);
    world.run(12_000);
    assert_eq!(shown(&world).1[0].stats.changebacks, 2);

    let lost = world.now;
    world.set_line(0, false);
    world.set_line(1, false);
    let (_, sets, destinations) = shown(&world);
    assert_eq!((sets[0].in_service, sets[0].since), (0, lost));
    assert_eq!(sets[0].stats.failures, 1);
    assert!(!destinations[0].available);
}
