//! Q.764 §2.9.1: dual seizure, and §2.8.1: automatic repeat attempt.

use super::*;
use isup_codec::Anm;

/// Seizes circuits until this one is ours.
fn seize(exchange: &mut Exchange, wanted: u16) -> CallId {
    loop {
        let (call, cic) = exchange.outgoing();
        if cic == wanted {
            return call;
        }
    }
}

#[test]
fn q764_2_9_1_4_the_lower_point_code_wins_odd_circuits() {
    let mut exchange = Exchange::new();
    let call = seize(&mut exchange, 1);
    exchange.receive(1, iam());
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.isup.stats().dual_seizures_won, 1);
    exchange.receive(1, acm());
    assert_eq!(exchange.told(), [Event::AddressComplete { call, acm: acm() }]);
}

#[test]
fn q764_2_9_1_4_what_the_losing_iam_asks_for_does_not_matter() {
    let mut exchange = Exchange::new();
    seize(&mut exchange, 1);
    let mut iam = iam();
    iam.options.push(isup_codec::ParameterName(0xfc), &[1]);
    iam.options.push(isup_codec::ParameterName(0x39), &[0xfc, 0x82]);
    exchange.receive(1, iam);
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn q764_2_9_1_4_a_release_of_a_contested_circuit_may_be_for_the_call_that_lost() {
    let mut exchange = Exchange::new();
    let call = seize(&mut exchange, 1);
    exchange.receive(1, iam());
    exchange.receive(1, rel(Cause::NORMAL_CLEARING));
    assert_eq!(exchange.told(), [lost(call), ended(call)]);
    assert_eq!(exchange.sent_names(), ["RLC 1"]);
    // Once the peer speaks of our call, its release is meant for that.
    let call = seize(&mut exchange, 1);
    exchange.receive(1, iam());
    exchange.receive(1, acm());
    exchange.receive(1, rel(Cause::USER_BUSY));
    let told = exchange.told();
    assert!(matches!(&told[1], Event::Released { call: told, .. } if *told == call), "{told:?}");
}

#[test]
fn q764_2_9_1_4_the_lower_point_code_loses_even_circuits() {
    let mut exchange = Exchange::new();
    let call = seize(&mut exchange, 8);
    let ours = [1, 3, 5, 7];
    ours.iter().for_each(|cic| exchange.receive(*cic, rel(Cause::USER_BUSY)));
    exchange.told();
    exchange.receive(8, iam());
    let told = exchange.told();
    let [
        Event::Lost { call: first },
        Event::Ended { call: second },
        Event::Incoming { call: new, .. },
    ] = &told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!((*first, *second), (call, call));
    assert_ne!(*new, call);
    assert_eq!(exchange.isup.stats().dual_seizures_lost, 1);
    // T7 of the lost call does not touch the new one.
    exchange.wait(minutes(10));
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.state(8), "incoming");
}

#[test]
fn q764_2_9_1_4_the_higher_point_code_wins_even_circuits() {
    let mut own_is_higher = config(1..=8, 0);
    own_is_higher.own = PointCode(3);
    let mut isup = Isup::new(own_is_higher, Instant::ZERO).unwrap();
    isup.handle_input(Instant::ZERO, Input::Mtp(Indication::Resume { dpc: PEER }));
    let (opc, dpc, sls) = (PEER, PointCode(3), Sls(1));
    let receive = |isup: &mut Isup, cic: u16, message: Message| {
        let payload = encode(Cic(cic), &message).unwrap();
        let transfer = Transfer { opc, dpc, sls, class: Class::Ordinary, payload };
        isup.handle_input(Instant::ZERO, Input::Mtp(Indication::Transfer(transfer)));
    };
    let range = isup_codec::Range::of(8).unwrap();
    receive(&mut isup, 1, Gra { status: RangeStatus::new(range, |_| false) }.into());
    let (_, cic) = isup.setup(Instant::ZERO, Class::Ordinary, GROUP, iam()).unwrap();
    assert_eq!(cic, Cic(2));
    receive(&mut isup, 2, iam().into());
    assert_eq!(isup.stats().dual_seizures_won, 1);
}

#[test]
fn q764_2_9_1_an_iam_after_a_backward_message_is_no_dual_seizure() {
    let mut exchange = Exchange::new();
    let call = seize(&mut exchange, 8);
    exchange.receive(8, acm());
    exchange.told();
    exchange.receive(8, iam());
    assert_eq!(exchange.told(), []);
    assert_eq!(exchange.isup.stats().unexpected, 1);
    exchange.receive(8, Anm::new());
    assert!(matches!(&exchange.told()[..], [Event::Answer { call: told, .. }] if *told == call));
}

#[test]
fn q764_2_8_1_a_blocked_circuit_is_left_before_any_backward_message() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Message::Blo);
    assert_eq!(exchange.sent_names(), [format!("BLA {cic}"), format!("REL {cic}")]);
    assert_eq!(exchange.told(), [lost(call)]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    assert_eq!(exchange.state(cic), "blocked");
    // The next attempt takes another circuit.
    assert_ne!(exchange.outgoing().1, cic);
}

#[test]
fn q764_2_8_1_a_reset_circuit_is_left_before_any_backward_message() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Message::Rsc);
    assert_eq!(exchange.sent_names(), [format!("RLC {cic}")]);
    assert_eq!(exchange.told(), [lost(call), ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_12_an_unequipped_circuit_is_left_and_not_used_again() {
    let mut exchange = Exchange::with(config([1], 0));
    let (call, _) = exchange.outgoing();
    exchange.receive(1, Message::Ucic);
    let what = alarm(1, "circuit unequipped at the peer");
    assert_eq!(exchange.told(), [what, lost(call), ended(call), usable(false)]);
    assert_eq!(exchange.state(1), "unavailable");
    assert_eq!(exchange.isup.poll_timeout(), None);
    let refused = exchange.isup.setup(exchange.now, Class::Emergency, GROUP, iam());
    assert_eq!(refused, Err(crate::SetupError::NotUsable));
    // Until the peer uses it.
    exchange.receive(1, iam());
    let told = exchange.told();
    assert!(matches!(&told[..], [Event::Incoming { .. }, Event::GroupUsable { usable: true, .. }]));
}

#[test]
fn q764_2_9_1_3_controlled_circuits_go_first_and_the_one_idle_longest_before_others() {
    let mut exchange = Exchange::new();
    let seized: Vec<_> = (0..8).map(|_| exchange.outgoing()).collect();
    let cics: Vec<_> = seized.iter().map(|(_, cic)| *cic).collect();
    assert_eq!(cics, [1, 3, 5, 7, 8, 6, 4, 2]);
    for cic in [5, 2, 1, 8] {
        let (call, _) = *seized.iter().find(|(_, seized)| *seized == cic).unwrap();
        exchange.release(call, Cause::NORMAL_CLEARING);
        exchange.receive(cic, Rlc::new());
    }
    exchange.sent();
    let again: Vec<_> = (0..4).map(|_| exchange.outgoing().1).collect();
    assert_eq!(again, [5, 1, 8, 2]);
}
