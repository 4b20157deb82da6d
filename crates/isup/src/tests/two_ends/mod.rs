//! A trunk group and the two exchanges at its ends, joined by links that keep the sequence of the
//! messages about one circuit but may lose, repeat, delay and fail. Random calls from both ends,
//! dual seizures, blocking, resets and queries by the staff, span failures, restarts with and
//! without what was saved, congestion. What is told of each call must make sense and end once,
//! and once the link is well again no circuit waits longer than its longest timer, and both ends
//! agree on every circuit.
//!
//! A few hundred histories of each kind run with all other tests. Many more:
//!
//! ```text
//! PROPTEST_CASES=100000 cargo test -p isup --release two_ends
//! ```
//!
//! A history that fails is printed as it shrank, and its seed is kept in `proptest-regressions`;
//! what it was about goes into `found.rs`.

mod end;
mod found;
mod steps;
mod world;

use crate::TimerName;
use base::Duration;
use proptest::prelude::*;
use steps::{Setting, Step, calls, delays, setting, supervision, trouble};
use world::World;

/// Circuits with neighbours and one without.
const CICS: [u16; 7] = [1, 2, 3, 4, 5, 6, 9];
/// So long after it is sent the check tone is known to have come back.
const TONE: Duration = Duration::from_millis(120);

fn play(setting: Setting, steps: &[Step]) -> World {
    let mut world = World::new(setting);
    for step in steps {
        world.run(step);
    }
    world.settle();
    world.agree();
    world.clear(steps.len() % 2);
    world
}

#[test]
fn q764_2_9_1_4_when_both_seize_everything_at_once_each_keeps_what_it_controls() {
    let mut world = World::new(Setting::default());
    for _ in CICS {
        world.run(&Step::SetupBoth { emergency: true });
    }
    world.wait(Duration::from_secs(1));
    for (left, right) in world.ends[0].isup.circuits().zip(world.ends[1].isup.circuits()) {
        let odd = left.cic.0 % 2 == 1;
        let expected = if odd { ("outgoing", "incoming") } else { ("incoming", "outgoing") };
        assert_eq!((left.state, right.state), expected, "circuit {}", left.cic);
    }
    let stats = world.ends.each_ref().map(|end| end.isup.stats());
    assert_eq!(stats.map(|stats| stats.dual_seizures_won), [4, 3]);
    assert_eq!(stats.map(|stats| stats.dual_seizures_lost), [3, 4]);
    world.settle();
    world.agree();
}

proptest! {
    #[test]
    fn both_ends_agree_when_the_link_loses_nothing(
        setting in setting(),
        steps in proptest::collection::vec(prop_oneof![4 => calls(), 1 => supervision()], 0..100),
    ) {
        let world = play(setting, &steps);
        // Whoever rings, the caller's exchange ends it.
        prop_assert_eq!((world.orphans, world.strangers), (0, 0));
        for end in &world.ends {
            let stats = end.isup.stats();
            // Whatever crosses on the way, nothing has to be asked twice.
            prop_assert_eq!(stats.alarms.len(), 0, "{:?}", stats.alarms);
            for name in [TimerName::T1, TimerName::T12, TimerName::T14, TimerName::T16] {
                prop_assert!(!stats.expired.contains_key(&name), "{}", name);
            }
            for name in [TimerName::T18, TimerName::T20, TimerName::T22, TimerName::T28] {
                prop_assert!(!stats.expired.contains_key(&name), "{}", name);
            }
            prop_assert_eq!(stats.malformed + stats.unknown_type + stats.unequipped, 0);
        }
    }

    #[test]
    fn both_ends_agree_after_the_link_lost_messages_and_failed(
        setting in setting(),
        steps in proptest::collection::vec(
            prop_oneof![6 => calls(), 2 => supervision(), 2 => trouble()],
            0..120,
        ),
    ) {
        play(setting, &steps);
    }

    #[test]
    fn both_ends_agree_after_messages_overtook_each_other(
        setting in setting(),
        steps in proptest::collection::vec(
            prop_oneof![6 => calls(), 3 => supervision(), 2 => delays()],
            0..120,
        ),
    ) {
        prop_assert_eq!(play(setting, &steps).strangers, 0);
    }

    #[test]
    fn both_ends_agree_after_everything_went_wrong(
        setting in setting(),
        steps in proptest::collection::vec(
            prop_oneof![6 => calls(), 2 => supervision(), 2 => trouble(), 1 => delays()],
            0..140,
        ),
    ) {
        play(setting, &steps);
    }
}
