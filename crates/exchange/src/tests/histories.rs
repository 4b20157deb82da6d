//! Random histories of calls both ways over a line that breaks: after quiet time nothing is left.

use super::world::{Answering, World};
use crate::{Originate, Source};
use base::{Cause, Class, Duration, Rng};
use isup::{CallId, GroupId};

/// One random operation.
fn operate(world: &mut World, rng: &mut Rng, calls: &mut Vec<CallId>) {
    match rng.below(12) {
        0..5 => {
            let class = if rng.chance(1, 4) { Class::Emergency } else { Class::Ordinary };
            let digits = match rng.below(20) {
                row @ 0..13 => format!("19900{row:02}00"),
                row => format!("19900{}00", 80 + row),
            };
            calls.extend(world.seize(class, &digits).map(|(call, _)| call));
        }
        5..8 if !calls.is_empty() => {
            let call = calls.swap_remove(rng.below(calls.len() as u64) as usize);
            world.release(call);
        }
        8 => {
            let hold = Duration::from_millis(rng.below(5_000));
            let called = "199008001".to_owned();
            let spec = Originate { called, caller: None, count: 3, rate: 5.0, hold };
            world.exchange.originate(world.now, spec).unwrap();
        }
        9 => {
            world.answering = match rng.below(3) {
                0 => Answering::Answer,
                1 => Answering::Refuse(Cause::USER_BUSY),
                _ => Answering::Never,
            };
        }
        10 => world.cut = rng.chance(1, 3),
        _ => {}
    }
}

fn history(seed: u64) {
    let mut rng = Rng::new(seed);
    let mut world = World::new();
    let mut calls = Vec::new();
    for _ in 0..60 {
        operate(&mut world, &mut rng, &mut calls);
        world.run(rng.below(500));
    }
    world.cut = false;
    world.answering = Answering::Refuse(Cause::USER_BUSY);
    for call in calls {
        world.release(call);
    }
    world.exchange.release_all(world.now, Cause::TEMPORARY_FAILURE);
    world.drain();
    // T1 and T16, which repeat what the broken line lost, are 15 s.
    world.run_until(Duration::from_secs(120), |world| {
        world.exchange.is_idle()
            && world.isup.is_usable(GroupId(0))
            && world.isup.calls() == 0
            && world.isup.circuits().chain(world.exchange.circuits()).all(|c| c.state == "idle")
    });
    assert!(world.sources.values().all(|source| *source == Source::Idle), "seed {seed}");
    let (call, cic) = world.call("199000000");
    world.run(200);
    assert_eq!(world.source(cic), Source::Echo, "seed {seed}");
    world.end(call, cic);
}

#[test]
fn nothing_is_left_after_any_history() {
    for seed in 0..40 {
        println!("seed {seed}");
        history(seed);
    }
}
