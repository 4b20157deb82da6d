//! Q.764 §2.9.9, §2.10, §2.11: temporary trunk blocking, signalling congestion control and
//! automatic congestion control.

use super::*;
use crate::{CongestionView, SetupError};
use isup_codec::key;
use mtp::sap::StatusCause;
use proptest::prelude::*;

/// The highest step.
const LAST: usize = 4;

impl Exchange {
    fn congested(&mut self) {
        let cause = StatusCause::Congestion { level: 0 };
        self.mtp(Indication::Status { dpc: PEER, cause });
    }

    fn millis(&mut self, millis: u64) {
        self.wait(Duration::from_millis(millis));
    }

    fn view(&self) -> CongestionView {
        self.isup.congestion(GROUP)
    }

    fn held_back(&self) -> u8 {
        self.view().held_back
    }

    /// Whether the next call of this class is let through; it ends at once.
    fn passes(&mut self, class: Class) -> bool {
        match self.isup.setup(self.now, class, GROUP, iam()) {
            Err(SetupError::HeldBack) => false,
            Err(error) => panic!("{error}"),
            Ok((_, cic)) => {
                self.drain();
                self.transfers.clear();
                self.receive(cic.0, rel(Cause::USER_BUSY));
                self.transfers.clear();
                self.events.clear();
                true
            }
        }
    }

    /// How many of so many calls are let through.
    fn passing(&mut self, class: Class, of: u32) -> usize {
        (0..of).filter(|_| self.passes(class)).count()
    }

    /// A call is released by the peer with this congestion level.
    fn level(&mut self, level: u8) {
        let (_, cic) = self.setup(Class::Emergency);
        let rel = rel(Cause::SWITCHING_EQUIPMENT_CONGESTION);
        self.receive(cic, rel.with(key::AUTOMATIC_CONGESTION_LEVEL, &level));
        self.transfers.clear();
        self.events.retain(|event| matches!(event, Event::Congestion { .. }));
    }
}

fn told(held_back: u8) -> Event {
    Event::Congestion { group: GROUP, held_back, worse: true }
}

fn eased(held_back: u8) -> Event {
    Event::Congestion { group: GROUP, held_back, worse: false }
}

#[test]
fn q764_2_10_2_the_first_indication_lowers_the_load_by_a_step() {
    let mut exchange = Exchange::new();
    assert_eq!(exchange.passing(Class::Ordinary, 100), 100);
    exchange.congested();
    assert_eq!(exchange.told(), [told(25)]);
    assert_eq!(exchange.passing(Class::Ordinary, 100), 75);
    let error = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam());
    assert!(error.is_ok(), "the first three of four pass: {error:?}");
    // Another exit may do better.
    assert_eq!(SetupError::HeldBack.cause(), Cause::SWITCHING_EQUIPMENT_CONGESTION);
    assert_eq!(exchange.isup.stats().held_back.get(&Class::Ordinary), Some(&25));
    assert_eq!(exchange.isup.stats().refused.get(&SetupError::HeldBack), Some(&25));
}

#[test]
fn q764_2_10_2_indications_within_t29_are_ignored() {
    let mut exchange = Exchange::new();
    exchange.congested();
    exchange.millis(299);
    for _ in 0..10 {
        exchange.congested();
    }
    assert_eq!((exchange.held_back(), exchange.told()), (25, vec![told(25)]));
    let stats = exchange.isup.stats();
    assert_eq!((stats.congestion_indications, stats.congestion_ignored), (11, 10));
    exchange.millis(1);
    exchange.congested();
    assert_eq!((exchange.held_back(), exchange.told()), (50, vec![told(50)]));
}

#[test]
fn q764_2_10_2_each_indication_after_t29_lowers_it_by_one_more_down_to_the_last() {
    let mut exchange = Exchange::new();
    for held_back in [25, 50, 75, 90, 90, 90] {
        exchange.congested();
        assert_eq!(exchange.held_back(), held_back);
        exchange.millis(300);
    }
    assert_eq!(usize::from(exchange.view().step), LAST);
    assert_eq!(exchange.told(), [told(25), told(50), told(75), told(90)]);
}

#[test]
fn q764_2_10_2_the_load_rises_by_a_step_with_each_t30_until_it_is_whole() {
    let mut exchange = Exchange::new();
    for _ in 0..LAST {
        exchange.congested();
        exchange.millis(300);
    }
    exchange.told();
    // T30 runs since the last indication.
    exchange.millis(4_699);
    assert_eq!(exchange.held_back(), 90);
    exchange.millis(1);
    for held_back in [75, 50, 25, 0] {
        assert_eq!((exchange.held_back(), exchange.told()), (held_back, vec![eased(held_back)]));
        exchange.wait(seconds(5));
    }
    assert_eq!(exchange.passing(Class::Ordinary, 100), 100);
    exchange.assert_quiet();
}

#[test]
fn q764_2_10_2_an_indication_starts_t30_anew() {
    let mut exchange = Exchange::new();
    exchange.congested();
    exchange.millis(4_900);
    exchange.congested();
    exchange.millis(4_900);
    assert_eq!(exchange.held_back(), 50);
    exchange.millis(100);
    assert_eq!(exchange.held_back(), 25);
    // Rising already, it falls again.
    exchange.congested();
    assert_eq!(exchange.held_back(), 50);
}

#[test]
fn q764_2_10_2_each_destination_has_its_own_load() {
    let other = PointCode(9);
    let mut config = config(1..=8, 0);
    config.groups.push(GroupConfig::new("second", PEER, vec![Cic(40)]));
    config.groups.push(GroupConfig::new("elsewhere", other, vec![Cic(1)]));
    let mut exchange = Exchange::with(config);
    let cause = StatusCause::Congestion { level: 0 };
    exchange.mtp(Indication::Status { dpc: other, cause });
    assert_eq!(
        exchange.told(),
        [Event::Congestion { group: GroupId(2), held_back: 25, worse: true }]
    );
    assert_eq!(exchange.held_back(), 0);
    exchange.congested();
    let second = Event::Congestion { group: GroupId(1), held_back: 25, worse: true };
    assert_eq!(exchange.told(), [told(25), second]);
    // Of an exchange that no circuit leads to nothing is kept.
    exchange.mtp(Indication::Status { dpc: PointCode(77), cause });
    assert_eq!(exchange.told(), []);
}

/// Later than ordinary calls, and never all of them. Emergency calls never.
#[test]
fn calls_with_priority_are_held_back_late_and_emergency_calls_never() {
    let mut exchange = Exchange::new();
    let parts = [(75, 100), (50, 100), (25, 75), (10, 50)];
    for (ordinary, priority) in parts {
        exchange.congested();
        assert_eq!(exchange.passing(Class::Ordinary, 100), ordinary);
        assert_eq!(exchange.passing(Class::GovernmentPriority, 100), priority);
        assert_eq!(exchange.passing(Class::PsapCallback, 100), priority);
        assert_eq!(exchange.passing(Class::Emergency, 100), 100);
        exchange.millis(300);
    }
    exchange.level(2);
    assert_eq!(exchange.passing(Class::Emergency, 100), 100);
    assert_eq!(exchange.isup.stats().held_back.get(&Class::Emergency), None);
}

#[test]
fn a_call_that_goes_on_to_another_circuit_was_let_through_already() {
    let mut exchange = Exchange::new();
    exchange.congested();
    assert_eq!(exchange.passing(Class::Ordinary, 3), 3);
    let (now, lost) = (exchange.now, [Cic(1)]);
    let again = exchange.isup.setup_again(now, Class::Ordinary, GROUP, iam(), &lost);
    assert!(again.is_ok(), "{again:?}");
    assert!(!exchange.passes(Class::Ordinary), "it counts for nothing");
}

/// What cannot be placed anyway is no call that was held back.
#[test]
fn only_calls_that_would_have_had_a_circuit_count() {
    let mut exchange = Exchange::with(config(1..=1, 0));
    exchange.congested();
    exchange.setup(Class::Ordinary);
    for _ in 0..8 {
        let error = exchange.isup.setup(exchange.now, Class::Ordinary, GROUP, iam()).unwrap_err();
        assert_eq!(error, SetupError::AllBusy);
    }
    assert!(exchange.isup.stats().held_back.is_empty());
}

#[test]
fn q764_2_11_1_a_level_in_a_release_counts_for_five_seconds() {
    let mut exchange = Exchange::new();
    exchange.level(1);
    assert_eq!((exchange.view().level, exchange.told()), (1, vec![told(25)]));
    assert_eq!(exchange.passing(Class::Ordinary, 100), 75);
    exchange.millis(4_999);
    exchange.level(1);
    assert_eq!(exchange.told(), []);
    exchange.millis(4_999);
    assert_eq!(exchange.held_back(), 25);
    exchange.millis(1);
    assert_eq!((exchange.view().level, exchange.told()), (0, vec![eased(0)]));
    assert_eq!(exchange.isup.stats().levels_received, 2);
    exchange.assert_quiet();
}

#[test]
fn q764_2_11_1_the_higher_level_holds_back_more_and_the_last_word_counts() {
    let mut exchange = Exchange::new();
    exchange.level(2);
    assert_eq!((exchange.held_back(), exchange.view().priority_held_back), (75, 25));
    assert_eq!(exchange.told(), [told(75)]);
    assert_eq!(exchange.passing(Class::Ordinary, 100), 25);
    exchange.level(1);
    assert_eq!((exchange.held_back(), exchange.view().priority_held_back), (25, 0));
    assert_eq!(exchange.told(), [eased(25)]);
}

#[test]
fn q764_2_11_1_a_release_of_the_peers_own_call_tells_its_level_too() {
    let mut exchange = Exchange::new();
    exchange.incoming(2);
    let rel = rel(Cause::NORMAL_CLEARING).with(key::AUTOMATIC_CONGESTION_LEVEL, &1);
    exchange.receive(2, rel);
    assert_eq!(exchange.held_back(), 25);
}

#[test]
fn q763_3_4_spare_levels_mean_nothing() {
    let mut exchange = Exchange::new();
    for level in [0, 3, 4, 255] {
        exchange.level(level);
    }
    assert_eq!((exchange.held_back(), exchange.told()), (0, vec![]));
}

#[test]
fn whichever_holds_back_more_counts() {
    let mut exchange = Exchange::new();
    exchange.congested();
    exchange.level(2);
    assert_eq!(exchange.held_back(), 75);
    exchange.wait(seconds(5));
    assert_eq!(exchange.held_back(), 0);
    exchange.level(1);
    for _ in 0..2 {
        exchange.congested();
        exchange.millis(300);
    }
    assert_eq!(exchange.held_back(), 50);
}

#[test]
fn q764_2_11_2_each_release_tells_our_level_while_there_is_one() {
    let mut exchange = Exchange::new();
    for level in [Some(1), Some(2), None] {
        exchange.isup.set_congestion_level(level);
        let (call, cic) = exchange.outgoing();
        exchange.release(call, Cause::NORMAL_CLEARING);
        let sent = exchange.sent();
        let [(_, Message::Rel(rel))] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(rel.get(key::AUTOMATIC_CONGESTION_LEVEL), level);
        assert_eq!(exchange.view().told, level.unwrap_or_default());
        exchange.receive(cic, Rlc::new());
    }
    assert_eq!(exchange.isup.stats().levels_sent, 2);
}

#[test]
fn q764_2_11_a_peer_that_takes_no_part_is_told_nothing_and_not_heeded() {
    let mut config = config(1..=8, 0);
    config.groups[0].automatic_congestion = false;
    let mut exchange = Exchange::with(config);
    exchange.level(2);
    assert_eq!((exchange.held_back(), exchange.told()), (0, vec![]));
    exchange.isup.set_congestion_level(Some(2));
    let (call, cic) = exchange.outgoing();
    exchange.release(call, Cause::NORMAL_CLEARING);
    assert_eq!(exchange.sent(), [(cic, rel(Cause::NORMAL_CLEARING).into())]);
    assert_eq!(exchange.view(), CongestionView::default());
    // What the message transfer part says is another matter.
    exchange.congested();
    assert_eq!(exchange.held_back(), 25);
}

fn congestion_of(call: CallId) -> Event {
    failed(call, Cause::SWITCHING_EQUIPMENT_CONGESTION, ReleasedBy::Peer)
}

#[test]
fn q764_2_9_9_a_circuit_is_left_alone_after_olm_and_released_by_t3() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, Message::Olm);
    assert_eq!(exchange.told(), [congestion_of(call), ended(call)]);
    assert_eq!((exchange.state(cic), exchange.isup.calls()), ("releasing", 0));
    exchange.wait(minutes(2) - seconds(1));
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.wait(seconds(1));
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.isup.stats().overloads, 1);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_9_the_peer_may_give_the_circuit_back_before_t3() {
    for message in [rel(Cause::NORMAL_CLEARING).into(), Message::Rsc] {
        let mut exchange = Exchange::new();
        let (_, cic) = exchange.outgoing();
        exchange.receive(cic, Message::Olm);
        exchange.told();
        exchange.receive(cic, message);
        assert_eq!(exchange.sent_names(), [format!("RLC {cic}")]);
        exchange.assert_quiet();
    }
}

/// An answering point that was reached by no circuit yet is tried on each.
#[test]
fn q764_2_9_9_an_emergency_call_goes_on_and_its_circuit_is_not_kept() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.setup(Class::Emergency);
    exchange.sent();
    exchange.receive(cic, Message::Olm);
    assert_eq!(exchange.told(), [lost(call)]);
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    exchange.receive(cic, Rlc::new());
    assert_eq!(exchange.told(), [ended(call)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_9_5_1_olm_out_of_place_changes_nothing() {
    let mut exchange = Exchange::new();
    let (_, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.told();
    for cic in [cic, 2] {
        let before = exchange.state(cic);
        exchange.receive(cic, Message::Olm);
        assert_eq!((exchange.state(cic), exchange.told()), (before, vec![]));
    }
    assert_eq!(exchange.isup.stats().unexpected, 2);
    assert_eq!(exchange.isup.stats().overloads, 0);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Indication,
    Level(u8),
    Overload,
    Pause,
    Resume,
    Call(Class),
}

fn act() -> impl Strategy<Value = Act> {
    let class = prop_oneof![
        Just(Class::Ordinary),
        Just(Class::GovernmentPriority),
        Just(Class::PsapCallback),
        Just(Class::Emergency),
    ];
    prop_oneof![
        (1..6_000u64).prop_map(Act::Wait),
        (1..400u64).prop_map(Act::Wait),
        Just(Act::Indication),
        Just(Act::Indication),
        any::<u8>().prop_map(Act::Level),
        (1..=2u8).prop_map(Act::Level),
        Just(Act::Overload),
        Just(Act::Pause),
        Just(Act::Resume),
        class.clone().prop_map(Act::Call),
        class.prop_map(Act::Call),
    ]
}

impl Exchange {
    fn act(&mut self, act: Act) -> Result<(), TestCaseError> {
        match act {
            Act::Wait(millis) => self.millis(millis),
            Act::Indication => self.congested(),
            Act::Level(level) => {
                let rel = rel(Cause::SWITCHING_EQUIPMENT_CONGESTION);
                self.receive(8, rel.with(key::AUTOMATIC_CONGESTION_LEVEL, &level));
            }
            Act::Overload => self.receive(1, Message::Olm),
            Act::Pause => self.mtp(Indication::Pause { dpc: PEER }),
            Act::Resume => self.mtp(Indication::Resume { dpc: PEER }),
            Act::Call(class) => {
                let result = self.isup.setup(self.now, class, GROUP, iam());
                self.drain();
                if class.is_emergency() {
                    prop_assert_ne!(result.as_ref().err(), Some(&SetupError::HeldBack));
                }
                if let Ok((_, cic)) = result {
                    self.receive(cic.0, rel(Cause::USER_BUSY));
                }
            }
        }
        Ok(())
    }
}

proptest! {
    /// Whatever is said of congestion, and whenever: emergency calls pass, the steps have an end,
    /// and the load is whole again as many T30 after the last word as there are steps.
    #[test]
    fn the_load_always_comes_back_and_emergency_calls_never_miss_it(
        acts in proptest::collection::vec(act(), 0..80),
    ) {
        let mut exchange = Exchange::new();
        for act in acts {
            exchange.act(act)?;
            let view = exchange.view();
            prop_assert!(usize::from(view.step) <= LAST && view.level <= 2, "{view:?}");
            prop_assert!(view.held_back <= 90 && view.priority_held_back <= 50, "{view:?}");
            prop_assert!(view.priority_held_back <= view.held_back, "{view:?}");
        }
        exchange.wait(seconds(5) * LAST as u32);
        prop_assert_eq!(exchange.view(), CongestionView::default());
        exchange.mtp(Indication::Resume { dpc: PEER });
        for (cic, message) in exchange.sent() {
            if matches!(message, Message::Rel(_)) {
                exchange.receive(cic, Rlc::new());
            }
        }
        prop_assert_eq!(exchange.passing(Class::Ordinary, 20), 20);
    }

    /// Of any calls in a row exactly the part that is held back is held back, to within one.
    #[test]
    fn calls_are_thinned_by_count(steps in 1..=LAST, calls in 0..200u32) {
        let mut exchange = Exchange::new();
        for _ in 0..steps {
            exchange.congested();
            exchange.millis(300);
        }
        let held_back = u32::from(exchange.held_back());
        let passing = exchange.passing(Class::Ordinary, calls) as u32;
        prop_assert_eq!(passing, calls - calls * held_back / 100);
    }
}
