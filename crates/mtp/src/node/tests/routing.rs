//! Q.704 §5.6, §7, §8, §13: routes, and a signalling transfer point.

use super::network::{Network, Plan};
use super::{pause, resume};
use crate::mtp3::RouteState;
use crate::mtp3::management::{AboutRoute, Management};
use crate::sap::{Indication, StatusCause};
use crate::{Config, PointCode};

const A: u32 = 1;
const B: u32 = 2;
/// Transfer points.
const S: u32 = 11;
const T: u32 = 12;

fn plain(_: &mut Config) {}

fn transfers(config: &mut Config) {
    config.transfer = true;
}

/// Two end points, each with two links to each of two transfer points, which are joined.
fn mesh(priority: u8) -> Network {
    Plan::default()
        .point(A, plain)
        .point(B, plain)
        .point(S, transfers)
        .point(T, transfers)
        .links(A, S, 2)
        .links(A, T, 2)
        .links(B, S, 2)
        .links(B, T, 2)
        .links(S, T, 1)
        .route(A, B, S, 0)
        .route(A, B, T, priority)
        .route(B, A, S, 0)
        .route(B, A, T, priority)
        .route(S, A, T, 1)
        .route(S, B, T, 1)
        .route(T, A, S, 1)
        .route(T, B, S, 1)
        .up()
}

fn route(about: AboutRoute, destination: u32) -> Management {
    Management::Route { about, destination: PointCode(destination) }
}

fn passed_on(network: &mut Network, point: u32) -> u64 {
    network.point(point).mtp.stats().transferred
}

#[test]
fn q704_2_4_a_transfer_point_passes_on_what_is_for_others() {
    let mut network = mesh(1);
    for dpc in [S, T, B] {
        assert!(network.points[&A].mtp.destination_available(PointCode(dpc)));
    }
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(network.exchange(B, A), 16);
    assert_eq!((passed_on(&mut network, S), passed_on(&mut network, T)), (32, 0));
    // An end point passes nothing on.
    assert_eq!(network.exchange(S, A), 16);
}

#[test]
fn q704_4_2_routes_of_one_priority_share_the_traffic() {
    let mut network = mesh(0);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!((passed_on(&mut network, S), passed_on(&mut network, T)), (8, 8));
}

#[test]
fn q704_5_6_2_traffic_of_a_failed_link_set_takes_the_next_route_and_comes_back_in_sequence() {
    let mut network = mesh(1);
    network.told(A);
    let before = network.point(A).mtp.stats().reroutings;
    network.set_lines(A, S, false);
    assert_eq!(network.told(A), [pause(PointCode(S))]);
    // Held back until T1.
    assert_eq!(network.send(A, B, 3), 1);
    network.run(400);
    assert_eq!(network.point(B).received, []);
    assert_eq!(network.exchange(A, B), 17);
    assert_eq!(passed_on(&mut network, T), 17);
    // §8: back on the better route, nothing overtakes anything.
    network.point(B).received.clear();
    network.set_lines(A, S, true);
    for _ in 0..150 {
        network.send(A, B, 5);
        network.run(100);
    }
    let expected: Vec<_> = (18..18 + 150).map(|number| (5, number)).collect();
    assert_eq!(network.point(B).received, expected);
    assert!(passed_on(&mut network, S) > 10);
    let stats = network.point(A).mtp.stats();
    assert_eq!((stats.lost, stats.reroutings - before), (0, 2));
}

#[test]
fn q704_7_a_prohibited_route_is_left_at_once_and_taken_again_when_it_is_allowed() {
    let mut network = mesh(1);
    network.told(A);
    // S has lost both of its own ways to B, but for the one over T: it says so to T, and tells A
    // nothing, for it still gets there.
    network.set_lines(B, S, false);
    network.run(2_000);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(network.told(A), []);
    network.managed(S);
    // Now T has none left either, so S has none.
    network.set_lines(B, T, false);
    network.run(1_000);
    assert_eq!(network.told(A), [pause(PointCode(B))]);
    let to_a = |network: &mut Network, point| {
        let sent = network.managed(point).into_iter();
        sent.filter(|(to, _)| *to == A).map(|(_, what)| what).collect::<Vec<_>>()
    };
    assert_eq!(to_a(&mut network, S), [route(AboutRoute::Prohibited, B)]);
    let stats = network.point(A).mtp.stats();
    network.send(A, B, 0);
    assert_eq!(network.point(A).mtp.stats().unreachable, stats.unreachable + 1);
    network.set_lines(B, T, true);
    network.run(15_000);
    assert_eq!(network.told(A), [resume(PointCode(B))]);
    assert_eq!(network.exchange(A, B), 16);
    network.set_lines(B, S, true);
    network.run(15_000);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(network.told(A), []);
}

#[test]
fn q704_13_2_2_a_neighbour_that_our_traffic_goes_over_may_not_send_it_back() {
    let mut network = mesh(1);
    network.managed(S);
    network.set_lines(A, S, false);
    network.run(1_000);
    // S reaches A over T now, and T must not send to A over S.
    assert!(network.managed(S).contains(&(T, route(AboutRoute::Prohibited, A))));
    network.set_lines(A, S, true);
    network.run(15_000);
    assert!(network.managed(S).contains(&(T, route(AboutRoute::Allowed, A))));
}

#[test]
fn q704_13_2_2_messages_that_cannot_be_passed_on_are_answered_once_in_a_t8() {
    // A believes that S knows the way to a point of which S has never heard.
    let plan = Plan::default().point(A, plain).point(S, transfers).links(A, S, 1);
    let mut network = plan.route(A, 77, S, 0).up();
    network.managed(S);
    network.told(A);
    for _ in 0..10 {
        network.send(A, 77, 1);
    }
    network.run(500);
    assert_eq!(network.managed(S), [(A, route(AboutRoute::Prohibited, 77))]);
    assert_eq!(network.told(A), [pause(PointCode(77))]);
    let (here, there) = (network.point(A).mtp.stats(), network.point(S).mtp.stats());
    assert!(there.not_transferable > 1);
    assert_eq!(here.lost + there.not_transferable, 10);
    // §13.5: the route is tested, and the answer to a test of a closed route is none.
    network.managed(A);
    network.run(100_000);
    assert_eq!(network.managed(A), vec![(S, route(AboutRoute::IsProhibited, 77)); 2]);
    assert_eq!(network.managed(S), []);
}

#[test]
fn q704_2_4_nothing_goes_back_to_where_it_came_from() {
    // Each of the transfer points takes the other one for the way to a third.
    let plan = Plan::default().point(A, plain).point(S, transfers).point(T, transfers);
    let plan = plan.links(A, S, 1).links(S, T, 1);
    let plan = plan.route(A, 77, S, 0).route(S, 77, T, 0).route(T, 77, S, 0);
    let mut network = plan.up();
    for _ in 0..10 {
        network.send(A, 77, 1);
        network.run(100);
    }
    // Each told the other that it sends there itself (§13.2.2 i), so neither is a way, nor is S.
    assert!(!network.points[&A].mtp.destination_available(PointCode(77)));
    assert!(passed_on(&mut network, S) + passed_on(&mut network, T) <= 10);
}

#[test]
fn q704_13_5_a_lost_transfer_allowed_closes_no_route_for_ever() {
    let mut network = mesh(1);
    network.told(A);
    // Nobody told S that it said so.
    network.manage(S, 0, 0, route(AboutRoute::Prohibited, B));
    network.manage(T, 0, 0, route(AboutRoute::Prohibited, B));
    network.run(100);
    assert_eq!(network.told(A), [pause(PointCode(B))]);
    network.managed(S);
    network.run(50_000);
    assert_eq!(network.told(A), [resume(PointCode(B))]);
    assert!(network.managed(S).contains(&(A, route(AboutRoute::Allowed, B))));
    assert_eq!(network.exchange(A, B), 16);
}

#[test]
fn q704_8_a_restricted_route_gives_way_to_an_equal_one_and_is_better_than_none() {
    let mut network = mesh(0);
    network.manage(S, 0, 0, route(AboutRoute::Restricted, B));
    network.run(2_000);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!((passed_on(&mut network, S), passed_on(&mut network, T)), (0, 16));
    network.set_lines(A, T, false);
    network.run(2_000);
    assert_eq!(network.exchange(A, B), 16);
    assert_eq!(passed_on(&mut network, S), 16);
}

#[test]
fn only_a_neighbour_speaks_of_the_routes_over_it() {
    let mut network = mesh(1);
    network.told(A);
    let ignored = network.point(A).mtp.stats().ignored_management;
    // About itself, and about a destination that it is no way to.
    network.manage(S, 0, 0, route(AboutRoute::Prohibited, S));
    network.manage(S, 0, 0, route(AboutRoute::Prohibited, 99));
    network.run(100);
    assert_eq!(network.point(A).mtp.stats().ignored_management, ignored + 2);
    assert_eq!(network.told(A), []);
}

#[test]
fn q704_13_6_who_sends_too_much_over_a_transfer_point_is_told() {
    // Two links bring what one has to carry on.
    let plan = Plan::default().point(A, plain).point(B, plain).point(S, transfers);
    let plan = plan.links(A, S, 4).links(B, S, 1).route(A, B, S, 0);
    let mut network = plan.up();
    network.told(A);
    network.managed(S);
    for round in 0..60 {
        for sls in 0..16 {
            network.send(A, B, sls);
        }
        network.run(if round < 59 { 1 } else { 10_000 });
    }
    let tfc = Management::Controlled { destination: PointCode(B), level: 0 };
    let sent = network.managed(S).into_iter().filter(|said| *said == (A, tfc)).count();
    let messages = 60 * 16;
    assert!((1..messages / 8).contains(&sent), "{sent}");
    let cause = StatusCause::Congestion { level: 0 };
    let status = Indication::Status { dpc: PointCode(B), cause };
    assert!(network.told(A).into_iter().filter(|told| *told == status).count() >= sent);
}

/// However many destinations a failure concerns, messages of calls do not wait behind the news.
#[test]
fn q704_13_2_many_destinations_are_announced_as_there_is_room() {
    const FAR: std::ops::Range<u32> = 100..300;
    let plan = Plan::default().point(A, plain).point(B, plain).point(S, transfers);
    let plan = plan.links(A, S, 1).links(B, S, 1);
    let plan = FAR.fold(plan, |plan, far| plan.route(A, far, S, 0).route(S, far, B, 0));
    let mut network = plan.up();
    network.told(A);
    network.managed(S);
    network.set_lines(B, S, false);
    network.run(3_000);
    assert_eq!(network.told(A).len(), FAR.len());
    assert_eq!(network.managed(S).len(), FAR.len() + 1, "and B itself");
    assert_eq!(network.point(S).mtp.stats().control_dropped, 0);
    network.set_lines(B, S, true);
    network.run(15_000);
    assert_eq!(network.told(A).len(), FAR.len());
    let reaches = |far: u32| network.points[&A].mtp.destination_available(PointCode(far));
    assert!(FAR.into_iter().all(reaches));
}

#[test]
fn route_states_have_names() {
    let names = [RouteState::Allowed, RouteState::Restricted, RouteState::Prohibited];
    assert_eq!(names.map(RouteState::name), ["allowed", "restricted", "prohibited"]);
}
