//! Q.704 §9: restart of signalling points.

use super::network::{Network, Plan};
use super::resume;
use crate::PointCode;
use crate::mtp3::management::{AboutRoute, Heading, Management};

const A: u32 = 1;
const B: u32 = 2;
const S: u32 = 11;
const T: u32 = 12;
const TRA: Management = Management::Other(Heading::TRA);

/// Two end points and two transfer points between them, of which the first has the better route.
fn plan() -> Plan {
    Plan::default()
        .point(A, |_| {})
        .point(B, |_| {})
        .point(S, |config| config.transfer = true)
        .point(T, |config| config.transfer = true)
        .links(A, S, 1)
        .links(A, T, 1)
        .links(B, S, 1)
        .links(B, T, 1)
        .route(A, B, S, 0)
        .route(A, B, T, 1)
        .route(B, A, S, 0)
        .route(B, A, T, 1)
}

fn passed_on(network: &mut Network, point: u32) -> u64 {
    network.point(point).mtp.stats().transferred
}

/// The links of a network never come up at once: what is told too early would be taken back.
#[test]
fn q704_9_2_at_the_start_no_destination_is_there_and_gone_again() {
    let mut network = plan().build();
    // In this order: A finds S before S finds B.
    for wire in 0..4 {
        network.activate(wire);
        network.run(400);
    }
    network.run(20_000);
    let mut told = network.told(A);
    told.sort_by_key(|indication| format!("{indication:?}"));
    assert_eq!(told, [S, T, B].map(|dpc| resume(PointCode(dpc))));
    assert_eq!(network.exchange(A, B), 16);
}

#[test]
fn q704_9_2_a_transfer_point_says_first_what_it_cannot_reach_and_then_that_it_may_be_used() {
    let mut network = plan().up();
    network.set_lines(B, S, false);
    network.set_lines(A, S, false);
    network.run(2_000);
    network.managed(S);
    network.told(A);
    network.set_lines(A, S, true);
    network.run(5_000);
    let about_b = Management::Route { about: AboutRoute::Prohibited, destination: PointCode(B) };
    assert_eq!(network.managed(S), [(A, about_b), (A, TRA)]);
    // The route over T carried the traffic all the time.
    assert_eq!(network.told(A), [resume(PointCode(S))]);
}

#[test]
fn q704_9_3_the_better_route_waits_for_the_end_of_the_neighbours_restart() {
    let mut network = plan().up();
    network.set_lines(A, S, false);
    network.run(2_000);
    network.without_tra = true;
    network.set_lines(A, S, true);
    network.run(10_000);
    let before = passed_on(&mut network, S);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(passed_on(&mut network, S), before);
    // T21.
    network.run(60_000);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(passed_on(&mut network, S), before + 16);
}

/// A neighbour that knows no TRA must not keep an emergency call from its only way.
#[test]
fn a_neighbour_that_never_says_so_is_used_where_there_is_no_other() {
    let plan = Plan::default().point(A, |_| {}).point(B, |_| {});
    let plan = plan.point(S, |config| config.transfer = true);
    let plan = plan.links(A, S, 1).links(B, S, 1).route(A, B, S, 0).route(B, A, S, 0);
    let mut network = plan.build();
    network.without_tra = true;
    network.activate(0);
    network.activate(1);
    // Proving, the link test, T18.
    network.run(4_000);
    assert_eq!(network.exchange(A, B), 16);
    network.set_lines(A, S, false);
    network.run(100);
    network.set_lines(A, S, true);
    network.run(2_000);
    assert_eq!(network.exchange(A, B), 16);
}

#[test]
fn q704_9_only_a_neighbour_has_restarted() {
    let mut network = plan().up();
    let ignored = network.point(A).mtp.stats().ignored_management;
    network.manage(S, 0, 0, TRA);
    network.run(100);
    assert_eq!(network.point(A).mtp.stats().ignored_management, ignored);
    assert_eq!(network.exchange(A, B), 16);
}
