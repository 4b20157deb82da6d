//! What the random walks have found, kept as they shrank.

use super::steps::{Reply, Setting, Step};
use crate::{Control, Operation, Selection};
use mtp::sap::UnavailabilityCause;

fn play(steps: &[Step]) {
    super::play(Setting::default(), steps);
}

const FAIL: bool = false;
const RESTORE: bool = true;

fn bearers(end: usize, from: usize, to: usize, usable: bool) -> Step {
    Step::Bearers { end, from, to, usable }
}

fn setup(end: usize) -> Step {
    Step::Setup { end, emergency: false }
}

fn restart(end: usize) -> Step {
    Step::Restart { end, saved: false, paused: false, millis: 0 }
}

fn restart_later(end: usize) -> Step {
    Step::Restart { end, saved: false, paused: false, millis: 200 }
}

fn block(end: usize, pick: usize, on: bool) -> Step {
    Step::Block { end, pick, on }
}

#[test]
fn a_reset_circuit_left_its_neighbours_out_of_their_group_message() {
    let mut steps = vec![setup(0); 7];
    steps.extend([bearers(0, 2, 3, FAIL), Step::Reset { end: 0, pick: 2 }]);
    play(&steps);
}

#[test]
fn an_iam_that_crossed_a_group_blocking_left_half_a_call() {
    play(&[
        Step::Reset { end: 1, pick: 1 },
        bearers(0, 0, 3, FAIL),
        setup(1),
        bearers(0, 0, 3, RESTORE),
    ]);
}

#[test]
fn a_group_reset_during_a_release_made_the_peer_forget_a_failure() {
    play(&[
        Step::Lose { end: 0, messages: 1 },
        setup(1),
        Step::Release { end: 1, pick: 0 },
        Step::Wait { millis: 30 },
        bearers(1, 0, 1, FAIL),
        Step::Wait { millis: 60 },
        restart(0),
    ]);
}

#[test]
fn the_acknowledgement_of_an_earlier_blocking_was_taken_for_that_of_a_later_one() {
    play(&[
        bearers(0, 5, 5, FAIL),
        bearers(0, 5, 5, RESTORE),
        Step::Wait { millis: 45 },
        bearers(0, 5, 5, FAIL),
        Step::Wait { millis: 15 },
        Step::Link { up: false },
    ]);
}

#[test]
fn a_blocking_given_up_while_it_crossed_a_reset_was_heard_all_the_same() {
    play(&[
        Step::Lose { end: 0, messages: 1 },
        bearers(1, 0, 5, FAIL),
        bearers(1, 1, 1, RESTORE),
        restart(0),
    ]);
}

#[test]
fn a_blocking_sent_for_a_reset_overtook_the_unblocking_before_it() {
    play(&[
        block(1, 6, true),
        Step::Wait { millis: 60 },
        block(1, 6, false),
        restart(0),
        block(1, 6, true),
    ]);
}

fn delay(end: usize, pick: usize, millis: u64) -> Step {
    Step::Delay { end, pick, millis }
}

fn operate(end: usize, from: usize, to: usize, operation: Operation) -> Step {
    Step::Operate { end, from, to, operation }
}

/// Circuits that were asked about by the first of two queries were never compared.
#[test]
fn a_query_by_the_staff_took_the_place_of_the_one_that_compared_all_circuits() {
    let setting = Setting { query: true, ..Setting::default() };
    let link = |up| Step::Link { up };
    let steps = [link(false), link(true), operate(1, 0, 0, Operation::Query)];
    super::play(setting, &steps);
}

#[test]
fn a_blocking_acknowledged_after_the_reset_that_took_it_back_was_believed() {
    play(&[
        operate(0, 3, 4, Operation::Block),
        delay(1, 3, 31),
        operate(0, 0, 3, Operation::Reset),
        Step::Wait { millis: 30 },
    ]);
}

#[test]
fn a_blocking_overtook_an_iam_that_took_it_back() {
    play(&[
        block(0, 1, true),
        delay(1, 3, 31),
        Step::Wait { millis: 60 },
        setup(1),
        operate(1, 0, 3, Operation::Block),
    ]);
}

#[test]
fn the_acknowledgement_of_a_reset_knew_nothing_of_a_blocking_that_had_overtaken_it() {
    play(&[
        delay(0, 0, 51),
        delay(0, 1, 20),
        operate(1, 0, 1, Operation::Reset),
        Step::Wait { millis: 30 },
        block(0, 1, true),
    ]);
}

#[test]
fn a_reset_heard_twice_made_the_peer_forget_a_failure() {
    play(&[
        delay(1, 0, 31),
        setup(0),
        bearers(1, 1, 1, FAIL),
        delay(0, 6, 31),
        Step::Wait { millis: 30 },
        setup(0),
        restart(1),
        Step::UserPart { end: 1, why: UnavailabilityCause::UNKNOWN },
        Step::Wait { millis: 61 },
    ]);
}

#[test]
fn a_blocking_told_by_the_acknowledgement_of_a_reset_was_not_taken_back() {
    play(&[
        operate(1, 0, 4, Operation::Reset),
        operate(0, 0, 4, Operation::Reset),
        operate(1, 0, 4, Operation::Block),
        Step::Wait { millis: 30 },
        block(1, 0, false),
    ]);
}

#[test]
fn an_unblocking_sent_twice_was_heard_after_the_blocking_that_followed() {
    play(&[
        delay(1, 1, 44),
        bearers(1, 0, 2, FAIL),
        Step::Wait { millis: 60 },
        bearers(1, 1, 2, RESTORE),
        setup(0),
        setup(0),
        bearers(1, 2, 2, FAIL),
        Step::Wait { millis: 30 },
        setup(1),
        Step::UserPart { end: 1, why: UnavailabilityCause::UNKNOWN },
        Step::Wait { millis: 44 },
    ]);
}

#[test]
fn an_unblocking_given_up_for_a_reset_was_heard_after_the_blocking_that_followed() {
    play(&[
        operate(0, 0, 2, Operation::Block),
        delay(0, 2, 20),
        Step::Wait { millis: 37 },
        Step::Reset { end: 1, pick: 0 },
        Step::Wait { millis: 23 },
        operate(0, 0, 2, Operation::Unblock),
        block(0, 2, true),
        Step::Wait { millis: 7 },
    ]);
}

#[test]
fn the_acknowledgement_of_a_reset_told_of_a_blocking_taken_back_before_the_next_reset() {
    play(&[
        operate(1, 0, 4, Operation::Block),
        Step::Wait { millis: 20 },
        delay(0, 3, 38),
        delay(1, 3, 33),
        operate(0, 3, 4, Operation::Reset),
        Step::Wait { millis: 40 },
        operate(1, 0, 4, Operation::Unblock),
        Step::Reset { end: 1, pick: 4 },
    ]);
}

#[test]
fn a_query_answered_before_an_unblocking_was_acknowledged_was_believed_after_it() {
    let setting = Setting { query: true, ..Setting::default() };
    let reach = |up| Step::Reach { end: 1, up };
    let steps = [
        bearers(0, 2, 5, FAIL),
        Step::Wait { millis: 40 },
        reach(false),
        Step::Link { up: true },
        Step::Lose { end: 0, messages: 1 },
        bearers(0, 0, 3, RESTORE),
        Step::Wait { millis: 66 },
        reach(false),
        Step::Wait { millis: 100_842 },
    ];
    super::play(setting, &steps);
}

#[test]
fn a_blocking_heard_between_two_resets_was_forgotten_when_the_first_was_acknowledged() {
    let user_part = || Step::UserPart { end: 0, why: UnavailabilityCause::UNKNOWN };
    play(&[
        setup(0),
        setup(0),
        restart_later(0),
        Step::Lose { end: 0, messages: 2 },
        Step::Link { up: false },
        Step::Link { up: true },
        setup(0),
        user_part(),
        setup(1),
        Step::Lose { end: 0, messages: 1 },
        block(1, 6, true),
        Step::Wait { millis: 30 },
        Step::Lose { end: 0, messages: 3 },
        user_part(),
        Step::Wait { millis: 60 },
    ]);
}

#[test]
fn an_answer_of_which_nobody_knew_kept_its_circuit_under_test_for_ever() {
    let setting = Setting { selection: Selection::LowestFirst, ..Setting::default() };
    let steps = [
        restart_later(1),
        Step::Wait { millis: 30 },
        Step::UserPart { end: 1, why: UnavailabilityCause::UNKNOWN },
        Step::Setup { end: 0, emergency: true },
        Step::Wait { millis: 60 },
        Step::Reach { end: 1, up: false },
        setup(0),
        Step::Reply { end: 1, pick: 0, reply: Reply::Answer },
    ];
    super::play(setting, &steps);
}

#[test]
fn a_repeated_acknowledgement_was_taken_for_that_of_a_reset_which_came_after_a_blocking() {
    let setting = Setting { control: Control::All, ..Setting::default() };
    let steps = [
        Step::Lose { end: 0, messages: 1 },
        delay(1, 0, 45),
        setup(0),
        delay(1, 5, 20),
        Step::Repeat { end: 0, messages: 2 },
        restart_later(1),
        Step::Lose { end: 1, messages: 1 },
        Step::Link { up: false },
        Step::Lose { end: 0, messages: 4 },
        bearers(0, 0, 0, FAIL),
        Step::Link { up: true },
        Step::Wait { millis: 30 },
        Step::Restart { end: 1, saved: false, paused: true, millis: 200 },
        Step::Wait { millis: 34 },
        Step::UserPart { end: 1, why: UnavailabilityCause::UNKNOWN },
        Step::Wait { millis: 41 },
        operate(1, 1, 1, Operation::Block),
    ];
    super::play(setting, &steps);
}

#[test]
fn a_group_reset_of_ours_overtook_our_own_iam() {
    let steps = [
        delay(1, 0, 20),
        delay(0, 0, 42),
        Step::Setup { end: 1, emergency: true },
        operate(1, 1, 0, Operation::Reset),
        Step::Wait { millis: 30 },
        Step::Reply { end: 0, pick: 0, reply: Reply::Answer },
    ];
    assert_eq!(super::play(Setting::default(), &steps).strangers, 0);
}

#[test]
fn an_iam_given_up_for_a_group_reset_took_back_the_blocking_that_followed_it() {
    let setting = Setting { selection: Selection::Method1, ..Setting::default() };
    let steps = [
        delay(0, 5, 45),
        operate(1, 0, 5, Operation::Reset),
        Step::Wait { millis: 16 },
        setup(0),
        setup(0),
        Step::Wait { millis: 14 },
        operate(0, 5, 0, Operation::Block),
        setup(0),
        Step::Test { end: 0, pick: 5 },
    ];
    // The staff tests the circuit, or does not.
    super::play(setting, &steps[..7]);
    super::play(setting, &steps);
}

#[test]
fn a_call_was_refused_for_a_blocking_that_the_peer_was_never_told() {
    let setting = Setting { selection: Selection::Method1, control: Control::None, query: false };
    let steps = [
        Step::Test { end: 1, pick: 0 },
        Step::Reset { end: 0, pick: 3 },
        Step::SetupBoth { emergency: false },
        setup(1),
        Step::Wait { millis: 30 },
        Step::SetupBoth { emergency: false },
        bearers(0, 0, 6, FAIL),
        Step::Wait { millis: 30 },
        bearers(0, 3, 0, RESTORE),
        Step::Wait { millis: 90 },
        setup(0),
    ];
    let world = super::play(setting, &steps);
    for end in &world.ends {
        assert!(end.isup.stats().alarms.is_empty(), "{:?}", end.isup.stats().alarms);
    }
}

/// A user part that answers was asked again what it was just answering.
#[test]
fn a_reset_sent_again_for_its_own_acknowledgement_was_acknowledged_unheard() {
    let unknown = UnavailabilityCause::UNKNOWN;
    play(&[
        delay(0, 0, 44),
        operate(1, 4, 1, Operation::Block),
        operate(0, 0, 6, Operation::Block),
        block(0, 0, false),
        Step::Lose { end: 0, messages: 5 },
        delay(1, 0, 34),
        bearers(0, 0, 0, FAIL),
        Step::Restart { end: 1, saved: true, paused: true, millis: 200 },
        Step::Wait { millis: 60 },
        Step::UserPart { end: 1, why: unknown },
        Step::Wait { millis: 90 },
        Step::Link { up: false },
    ]);
}

/// Two group messages given up from one first circuit on, of which only the later was known.
#[test]
fn a_blocking_given_up_was_heard_after_the_unblocking_of_one_of_its_circuits() {
    let setting = Setting { control: Control::None, ..Setting::default() };
    let steps = [
        setup(0),
        setup(0),
        Step::Reply { end: 0, pick: 0, reply: Reply::AddressComplete },
        Step::Release { end: 0, pick: 0 },
        Step::Wait { millis: 60 },
        setup(1),
        setup(1),
        setup(1),
        setup(1),
        setup(0),
        Step::Reset { end: 1, pick: 2 },
        operate(1, 0, 0, Operation::Reset),
        delay(0, 0, 31),
        Step::Wait { millis: 26 },
        operate(0, 4, 0, Operation::Block),
        setup(0),
        delay(0, 4, 20),
        block(0, 4, false),
        Step::Wait { millis: 4 },
    ];
    super::play(setting, &steps);
}

#[test]
fn a_blocking_repeated_for_a_peer_that_is_back_hid_the_reset_that_had_crossed_it() {
    let unknown = UnavailabilityCause::UNKNOWN;
    play(&[
        delay(0, 1, 34),
        bearers(0, 1, 0, FAIL),
        block(0, 1, true),
        Step::Lose { end: 0, messages: 1 },
        delay(1, 1, 51),
        Step::UserPart { end: 0, why: unknown },
        Step::Wait { millis: 60 },
        setup(0),
        Step::Restart { end: 0, saved: true, paused: false, millis: 200 },
        Step::Wait { millis: 64 },
        operate(0, 1, 0, Operation::Reset),
        Step::UserPart { end: 0, why: unknown },
        Step::Lose { end: 1, messages: 4 },
        setup(1),
        Step::Lose { end: 0, messages: 2 },
        setup(1),
        Step::Wait { millis: 60 },
    ]);
}
