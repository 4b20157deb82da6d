//! Q.704 §10: management inhibiting.

use super::world::{B, World};
use crate::mtp3::management::{Heading, Management};
use crate::sap::Indication;
use crate::{InhibitError, Input, LinkId};
use base::Class;

const FIRST: LinkId = LinkId(0);
const SECOND: LinkId = LinkId(1);

fn inhibit(world: &mut World, end: usize, link: LinkId) -> Result<(), InhibitError> {
    let now = world.now;
    let outcome = world.ends[end].mtp.inhibit(now, link);
    world.drain(end);
    outcome
}

fn uninhibit(world: &mut World, end: usize, link: LinkId) {
    let now = world.now;
    world.ends[end].mtp.uninhibit(now, link).unwrap();
    world.drain(end);
}

/// What a link is, at both ends.
fn state(world: &World, link: LinkId) -> [&'static str; 2] {
    [0, 1].map(|end: usize| world.ends[end].mtp.link_stats(link).unwrap().state_name())
}

/// Messages of all selections both ways; those that went out on a link, by its count.
fn exchange(world: &mut World, link: LinkId) -> u64 {
    let sent = |world: &World| -> u64 {
        world.ends.iter().map(|end| end.mtp.link_stats(link).unwrap().level2.sent).sum()
    };
    let before = sent(world);
    for sls in 0..16 {
        for end in 0..2 {
            world.ends[end].received.clear();
        }
        for end in 0..2 {
            let message = world.message(end, sls, u16::from(sls), Class::Ordinary);
            world.input(end, Input::Transfer(message));
        }
        world.run(1_500);
        for end in 0..2 {
            assert_eq!(world.ends[end].received, [(sls, u16::from(sls))]);
        }
    }
    sent(world) - before
}

#[test]
fn q704_10_2_2_an_inhibited_link_carries_no_traffic_either_way_until_it_is_uninhibited() {
    let mut world = World::up(2);
    assert_eq!(inhibit(&mut world, 0, FIRST), Ok(()));
    world.run(2_000);
    assert_eq!(state(&world, FIRST), ["inhibited", "inhibited by the peer"]);
    assert_eq!(exchange(&mut world, FIRST), 0);
    uninhibit(&mut world, 0, FIRST);
    world.run(2_000);
    assert_eq!(state(&world, FIRST), ["in service"; 2]);
    assert!(exchange(&mut world, FIRST) >= 16);
    for end in &world.ends {
        assert_eq!((end.mtp.stats().lost, end.told.len()), (0, 1));
    }
}

#[test]
fn q704_10_2_1_nothing_is_overtaken_and_nothing_lost_meanwhile() {
    let mut world = World::up(2);
    for number in 0..400 {
        if number == 100 {
            inhibit(&mut world, 1, SECOND).unwrap();
        }
        if number == 250 {
            uninhibit(&mut world, 1, SECOND);
        }
        let message = world.message(0, 1, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
        world.run(20);
    }
    world.run(3_000);
    let expected: Vec<_> = (0..400).map(|number| (1, number)).collect();
    assert_eq!(world.ends[1].received, expected);
}

#[test]
fn q704_10_2_2_the_last_link_is_not_inhibited_from_here_nor_from_there() {
    let mut world = World::up(1);
    assert_eq!(inhibit(&mut world, 0, FIRST), Err(InhibitError::Needed));
    assert_eq!(inhibit(&mut world, 0, LinkId(7)), Err(InhibitError::NoSuchLink));
    world.manage(1, 0, Management::Other(Heading::LIN));
    world.run(100);
    assert_eq!(world.ends[0].mtp.stats().inhibit_refused, 1);
    assert_eq!(state(&world, FIRST), ["in service"; 2]);
    // Of two links both ends inhibit one, in the same moment.
    let mut world = World::up(2);
    inhibit(&mut world, 0, FIRST).unwrap();
    inhibit(&mut world, 1, SECOND).unwrap();
    world.run(5_000);
    let carries = |link| state(&world, link) == ["in service"; 2];
    assert!(carries(FIRST) || carries(SECOND), "{:?}", [FIRST, SECOND].map(|l| state(&world, l)));
}

#[test]
fn q704_10_2_5_the_loss_of_the_other_link_ends_an_inhibition_and_no_call_notices() {
    for end in 0..2 {
        let mut world = World::up(2);
        inhibit(&mut world, end, FIRST).unwrap();
        world.run(2_000);
        world.set_line(1, false);
        world.run(4_000);
        assert_eq!(state(&world, FIRST), ["in service"; 2]);
        assert!(world.ends[end].told.iter().all(|it| matches!(it, Indication::Resume { .. })));
        assert!(exchange(&mut world, FIRST) >= 32);
    }
}

#[test]
fn q704_10_an_inhibition_that_nobody_answers_is_none() {
    let mut world = World::up(2);
    world.spoil = super::world::MANAGEMENT;
    inhibit(&mut world, 0, FIRST).unwrap();
    world.run(6_000);
    assert_eq!(world.ends[0].mtp.stats().unanswered, 1);
    world.spoil = None;
    assert_eq!(state(&world, FIRST)[0], "in service");
}

/// §10.2.8: what one end has lost its memory of is not inhibited any longer.
#[test]
fn q704_10_2_8_both_ends_find_out_that_they_do_not_agree() {
    let mut world = World::up(2);
    inhibit(&mut world, 0, FIRST).unwrap();
    world.run(2_000);
    // The other end hears an uninhibition that this one never sent.
    world.manage(0, 0, Management::Other(Heading::LUN));
    world.run(2_000);
    assert_eq!(state(&world, FIRST), ["inhibited", "in service"]);
    world.run(245_000);
    assert_eq!(state(&world, FIRST), ["in service"; 2]);
    // And the reverse: this end is told of one that the other never asked for.
    world.manage(0, 1, Management::Other(Heading::LIN));
    world.run(2_000);
    assert_eq!(state(&world, SECOND), ["in service", "inhibited by the peer"]);
    world.run(245_000);
    assert_eq!(state(&world, SECOND), ["in service"; 2]);
    assert!(world.ends[0].mtp.destination_available(B));
}

/// What was under way on it when it was inhibited, and when it failed, goes over the other link.
#[test]
fn q704_5_4_a_link_that_fails_just_after_it_was_inhibited_loses_nothing() {
    let mut world = World::up(2);
    inhibit(&mut world, 0, FIRST).unwrap();
    for number in 0..60 {
        let message = world.message(0, 0, number, Class::Ordinary);
        world.input(0, Input::Transfer(message));
    }
    world.run(60);
    assert_eq!(state(&world, FIRST)[0], "inhibited");
    assert!(world.ends[1].received.len() < 60);
    world.set_line(0, false);
    world.run(5_000);
    let expected: Vec<_> = (0..60).map(|number| (0, number)).collect();
    assert_eq!(world.ends[1].received, expected);
    assert_eq!(world.ends[0].mtp.stats().lost, 0);
}

#[test]
fn a_link_that_fails_while_it_is_inhibited_comes_back_so() {
    let mut world = World::up(2);
    inhibit(&mut world, 0, FIRST).unwrap();
    world.run(2_000);
    world.set_line(0, false);
    world.run(1_000);
    world.set_line(0, true);
    world.run(15_000);
    assert_eq!(state(&world, FIRST), ["inhibited", "inhibited by the peer"]);
    assert_eq!(exchange(&mut world, FIRST), 0);
}
