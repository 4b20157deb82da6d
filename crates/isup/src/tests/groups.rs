//! Trunk groups: configuration, limits and the emergency reserve.

use super::*;
use crate::{ConfigError, SetupError};

#[test]
fn ordinary_calls_leave_the_reserve_and_emergency_calls_take_it() {
    let mut exchange = Exchange::with(config(1..=8, 2));
    for _ in 0..6 {
        exchange.setup(Class::Ordinary);
    }
    for class in [Class::Ordinary, Class::PsapCallback, Class::GovernmentPriority] {
        let error = exchange.isup.setup(exchange.now, class, GROUP, iam()).unwrap_err();
        assert_eq!((error, error.cause()), (SetupError::AllBusy, Cause::NO_CIRCUIT_AVAILABLE));
    }
    exchange.setup(Class::Emergency);
    exchange.setup(Class::EmergencyInDialog);
    let full = exchange.isup.setup(exchange.now, Class::Emergency, GROUP, iam());
    assert_eq!(full, Err(SetupError::AllBusy));
    assert_eq!(exchange.isup.stats().refused[&SetupError::AllBusy], 4);
    assert!(exchange.isup.is_usable(GROUP));
}

#[test]
fn a_full_call_table_refuses_ordinary_calls_first() {
    let mut small = config(1..=8, 1);
    small.calls = 3;
    let mut exchange = Exchange::with(small);
    exchange.setup(Class::Ordinary);
    exchange.setup(Class::Ordinary);
    let error = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam()).unwrap_err();
    assert_eq!(error.cause(), Cause::SWITCHING_EQUIPMENT_CONGESTION);
    exchange.setup(Class::Emergency);
    exchange.sent();
    exchange.receive(8, iam());
    assert_eq!(exchange.sent_names(), ["REL 8"]);
    assert_eq!(exchange.isup.stats().table_full, 1);
    assert_eq!(exchange.told(), []);
}

#[test]
fn an_iam_that_cannot_be_written_seizes_nothing() {
    let mut exchange = Exchange::new();
    let mut wrong = iam();
    // The numbering plan has three bits.
    wrong.called.plan = 8;
    let error = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, wrong).unwrap_err();
    assert_eq!((error, error.cause()), (SetupError::BadIam, Cause::INTERWORKING));
    let nowhere = exchange.isup.setup(exchange.now, Class::Ordinary, GroupId(7), iam());
    assert_eq!(nowhere, Err(SetupError::NoSuchGroup));
    exchange.assert_quiet();
}

#[test]
fn groups_to_one_peer_and_to_others_are_told_apart() {
    let mut several = config([1, 2], 0);
    several.groups.push(group([3, 4], 0));
    several.groups.push(GroupConfig { peer: PointCode(3), ..group([1, 2], 0) });
    let mut exchange = Exchange::with(several);
    assert!(exchange.isup.is_usable(GROUP) && exchange.isup.is_usable(GroupId(1)));
    assert!(!exchange.isup.is_usable(GroupId(2)) && !exchange.isup.is_usable(GroupId(3)));
    assert_eq!(exchange.isup.group(GroupId(2)).unwrap().peer, PointCode(3));
    let (_, cic) = exchange.isup.setup(exchange.now, Class::Ordinary, GroupId(1), iam()).unwrap();
    assert_eq!(cic, Cic(3));
    // The circuits of another group are not this group's to block.
    let done = exchange.isup.operate(exchange.now, GROUP, Cic(3)..=Cic(3), Operation::Block);
    assert_eq!(done, crate::Operated::default());
    exchange.bearers([3], false);
    assert_eq!(exchange.isup.stats().misused, 1);
}

#[test]
fn a_wrong_configuration_is_refused() {
    let refused = |config: Config| Isup::new(config, Instant::ZERO).unwrap_err();
    let name = || "trunk".to_owned();
    let twice = ConfigError::DuplicateCircuit { group: name(), peer: PEER, cic: Cic(1) };
    assert_eq!(refused(config([1, 1], 0)), twice);
    let wide = ConfigError::CircuitCode { group: name(), cic: Cic(4096), bits: 12 };
    assert_eq!(refused(config([4096], 0)), wide);
    let reserve = ConfigError::Reserve { group: name(), reserve: 2, circuits: 2 };
    assert_eq!(refused(config([1, 2], 2)), reserve);
    let own = Config { own: PEER, ..config([1], 0) };
    assert_eq!(refused(own), ConfigError::Ourselves { group: name(), peer: PEER });
    let few = Config { calls: 1, ..config([1, 2], 1) };
    assert_eq!(refused(few), ConfigError::Calls { calls: 1, reserve: 1 });
    let far = Config::new(PointCode(0x4000));
    assert_eq!(refused(far), ConfigError::PointCode(PointCode(0x4000)));
}
