//! Whatever the lines do, the service keeps its promises.

use super::world::{A, B, World};
use crate::sap::Indication;
use crate::testing::Noise;
use crate::{Input, LinkId};
use base::Class;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Messages of one circuit arrive in ascending order, so none twice.
fn assert_in_sequence(received: &[(u8, u16)]) -> Result<(), TestCaseError> {
    let mut last: BTreeMap<u8, u16> = BTreeMap::new();
    for (circuit, number) in received {
        if let Some(before) = last.insert(*circuit, *number) {
            prop_assert!(before < *number, "circuit {circuit}: {number} after {before}");
        }
    }
    Ok(())
}

/// PAUSE and RESUME take turns.
fn assert_turns(told: &[Indication]) -> Result<(), TestCaseError> {
    let turns: Vec<bool> = told
        .iter()
        .filter_map(|told| match told {
            Indication::Resume { .. } => Some(true),
            Indication::Pause { .. } => Some(false),
            _ => None,
        })
        .collect();
    for (at, resumed) in turns.iter().enumerate() {
        prop_assert_eq!(*resumed, at % 2 == 0, "{:?}", told);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn messages_stay_in_sequence_and_the_service_comes_back(
        seed in any::<u64>(),
        links in 1u16..4,
        errored in 0u64..40,
        lost in 0u64..100,
    ) {
        let mut world = World::new(links);
        world.rng = base::Rng::new(seed);
        world.activate();
        world.run(1_000);
        world.noise = Noise { errored, lost };
        let mut numbers = [[0u16; 32]; 2];
        for _ in 0..150 {
            let link = world.rng.below(u64::from(links)) as u16;
            match world.rng.below(40) {
                0 => world.set_line(link, false),
                1 => world.cut(link),
                2..8 => world.set_line(link, true),
                8 => world.input(0, Input::Deactivate { link: LinkId(link) }),
                9 | 10 => world.input(0, Input::Activate { link: LinkId(link) }),
                _ => {}
            }
            for (end, numbers) in numbers.iter_mut().enumerate() {
                for _ in 0..world.rng.below(6) {
                    let circuit = world.rng.below(32) as u8;
                    let class = Class::ALL[world.rng.below(6) as usize];
                    let number = &mut numbers[usize::from(circuit)];
                    *number += 1;
                    let message = world.message(end, circuit, *number, class);
                    world.input(end, Input::Transfer(message));
                }
            }
            let pause = world.rng.below(200);
            world.run(pause);
        }
        // heal everything
        world.noise = Noise::default();
        for link in 0..links {
            world.set_line(link, true);
            world.input(0, Input::Activate { link: LinkId(link) });
        }
        world.run(40_000);
        for (end, peer) in [(0, B), (1, A)] {
            let told = &world.ends[end].told;
            prop_assert!(world.ends[end].mtp.destination_available(peer));
            for link in 0..links {
                prop_assert!(world.ends[end].mtp.link_in_service(LinkId(link)));
            }
            assert_turns(told)?;
            assert_in_sequence(&world.ends[end].received)?;
            let stats = world.ends[end].mtp.stats();
            let received = world.ends[1 - end].received.len() as u64;
            prop_assert!(received + stats.lost >= stats.accepted, "{stats:?} {received}");
        }
        for end in &mut world.ends {
            end.received.clear();
        }
        // and everything flows
        for circuit in 0..32 {
            for end in 0..2 {
                let message = world.message(end, circuit, 1, Class::Ordinary);
                world.input(end, Input::Transfer(message));
            }
        }
        world.run(2_000);
        prop_assert_eq!(world.ends[0].received.len(), 32);
        prop_assert_eq!(world.ends[1].received.len(), 32);
    }
}
