//! Q.704 §3.8, §11.2.3 to §11.2.5, §13.6, §13.9: congestion with priorities, a national option.

use super::network::{Network, Plan};
use crate::mtp3::label::Msu;
use crate::mtp3::management::{Heading, Management};
use crate::sap::{Indication, Sls, StatusCause, Transfer};
use crate::{Input, PointCode};
use base::Class;
use bytes::Bytes;

const A: u32 = 1;
const B: u32 = 2;
const S: u32 = 11;

/// Two end points and a transfer point, with fewer links behind it than before it.
fn network(before: u8, behind: u8) -> Network {
    let plan = Plan::default()
        .point(A, |config| config.priorities = true)
        .point(B, |config| config.priorities = true)
        .point(S, |config| (config.priorities, config.transfer) = (true, true));
    let plan = plan.links(A, S, before).links(B, S, behind);
    plan.route(A, B, S, 0).route(B, A, S, 0).up()
}

fn send(network: &mut Network, class: Class, sls: u8) {
    let payload = Bytes::from_static(&[0; 20]);
    let (opc, dpc) = (PointCode(A), PointCode(B));
    let transfer = Transfer { opc, dpc, sls: Sls(sls), class, payload };
    network.input(A, Input::Transfer(transfer));
}

fn tfc(level: u8) -> Management {
    Management::Controlled { destination: PointCode(B), level }
}

fn status(level: u8) -> Indication {
    Indication::Status { dpc: PointCode(B), cause: StatusCause::Congestion { level } }
}

/// The messages of the user part that a point has sent since the last time, by their priority.
fn sent(network: &mut Network, point: u32) -> [usize; 4] {
    let mut sent = [0; 4];
    for octets in std::mem::take(&mut network.point(point).sent) {
        let msu = Msu::parse(&octets).unwrap();
        if msu.service.0 > 1 {
            sent[usize::from(msu.priority)] += 1;
        }
    }
    sent
}

#[test]
fn q704_3_8_messages_say_how_much_they_matter() {
    let mut network = network(1, 1);
    sent(&mut network, A);
    for class in Class::ALL {
        send(&mut network, class, 0);
        network.run(100);
    }
    assert_eq!(sent(&mut network, A), [1, 3, 2, 0]);
    assert_eq!(network.point(B).received.len(), 6);
}

#[test]
fn q704_13_6_4_a_congested_way_carries_what_matters_enough_and_every_emergency_call() {
    let mut network = network(1, 1);
    network.told(A);
    for (level, expected) in [(1, [0, 3, 2, 0]), (2, [0, 0, 2, 0]), (3, [0, 0, 2, 0])] {
        network.manage(S, 0, 0, tfc(level));
        network.run(50);
        assert_eq!(network.told(A), [status(level)]);
        sent(&mut network, A);
        for class in Class::ALL {
            send(&mut network, class, 0);
            network.run(20);
        }
        assert_eq!(sent(&mut network, A), expected);
        // The first of eight was told again.
        assert!(network.told(A).iter().all(|told| *told == status(level)));
    }
    assert_eq!(network.point(A).mtp.stats().too_congested, 1 + 4 + 4);
}

#[test]
fn q704_13_9_congestion_that_nobody_repeats_eases_step_by_step() {
    let mut network = network(1, 1);
    network.manage(S, 0, 0, tfc(2));
    network.run(50);
    network.managed(A);
    network.run(8_000);
    // T15; after each T16 the next one, until none is left.
    let rct = Management::Other(Heading::RCT);
    assert_eq!(network.managed(A), vec![(B, rct); 2]);
    sent(&mut network, A);
    send(&mut network, Class::Ordinary, 0);
    network.run(100);
    assert_eq!(sent(&mut network, A), [1, 0, 0, 0]);
    assert_eq!(network.point(B).mtp.stats().malformed, 0);
}

/// One link has to carry what four bring: what matters least is given up, at its source.
#[test]
fn q704_11_2_emergency_calls_pass_a_transfer_point_that_is_flooded() {
    let mut network = network(4, 1);
    network.managed(S);
    for round in 0..150_u32 {
        for sls in 0..16 {
            send(&mut network, Class::Ordinary, sls);
        }
        if round % 10 == 0 {
            send(&mut network, Class::Emergency, (round % 16) as u8);
        }
        network.run(4);
    }
    let urgent = |octets: &Bytes| {
        Msu::parse(octets).is_some_and(|msu| msu.service.0 > 1 && msu.priority == 2)
    };
    network.run(20_000);
    let carried = network.point(S).sent.iter().filter(|octets| urgent(octets)).count();
    assert_eq!(carried, 15);
    let told = network.managed(S).into_iter().filter(|(to, what)| *to == A && is_tfc(*what));
    assert!(told.count() > 0);
    assert!(network.point(A).mtp.stats().too_congested > 0);
    assert_eq!(network.point(A).mtp.stats().refused_emergency, 0);
    // And it is over some time.
    assert_eq!(network.exchange(A, B), 16);
}

fn is_tfc(what: Management) -> bool {
    matches!(what, Management::Controlled { .. })
}
