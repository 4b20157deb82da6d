//! Q.764 §2.13, §2.14: user part and signalling point availability.

use super::*;
use crate::SetupError;
use isup_codec::{Anm, Options, Range, Upa, Upt};
use mtp::sap::{StatusCause, UnavailabilityCause};

fn upt() -> Message {
    Upt { options: Options::new() }.into()
}

fn upa() -> Message {
    Upa { options: Options::new() }.into()
}

fn unavailable(exchange: &mut Exchange, cause: UnavailabilityCause) {
    let cause = StatusCause::UserPartUnavailable { cause };
    exchange.mtp(Indication::Status { dpc: PEER, cause });
}

fn refused(exchange: &mut Exchange) -> SetupError {
    exchange.isup.setup(exchange.now, Class::Emergency, GROUP, iam()).unwrap_err()
}

#[test]
fn q764_2_14_1_a_talking_call_survives_a_pause_and_new_ones_are_refused() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.receive(cic, Anm::new());
    exchange.told();
    exchange.mtp(Indication::Pause { dpc: PEER });
    assert_eq!(exchange.told(), [usable(false)]);
    let error = refused(&mut exchange);
    assert_eq!((error, error.cause()), (SetupError::Unreachable, Cause::NETWORK_OUT_OF_ORDER));
    exchange.wait(minutes(60));
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.told(), [usable(true)]);
    assert_eq!(exchange.sent_names(), [""; 0]);
    assert_eq!(exchange.state(cic), "outgoing");
    exchange.release(call, Cause::NORMAL_CLEARING);
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
}

#[test]
fn q764_2_14_1_a_release_during_a_pause_is_repeated() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.mtp(Indication::Pause { dpc: PEER });
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.wait(seconds(20));
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.sent();
    exchange.wait(seconds(10));
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    exchange.receive(cic, Rlc::new());
    exchange.told();
    exchange.assert_quiet();
}

#[test]
fn q764_2_8_1_a_set_up_that_nothing_was_said_to_is_tried_elsewhere_at_a_pause() {
    let mut exchange = Exchange::new();
    let (call, cic) = exchange.outgoing();
    exchange.mtp(Indication::Pause { dpc: PEER });
    assert_eq!(exchange.told(), [lost(call), usable(false)]);
    assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    // Indications about others change nothing.
    exchange.mtp(Indication::Resume { dpc: PointCode(9) });
    exchange.mtp(Indication::Pause { dpc: PointCode(9) });
    assert_eq!(exchange.told(), []);
}

#[test]
fn a_peer_cannot_be_reached_before_the_first_resume() {
    let mut exchange = Exchange::cold(config(1..=8, 0));
    assert_eq!(refused(&mut exchange), SetupError::Unreachable);
    assert_eq!(exchange.isup.poll_timeout(), None);
}

#[test]
fn q764_2_13_2_an_unavailable_user_part_is_tested_until_it_answers() {
    let mut exchange = Exchange::new();
    unavailable(&mut exchange, UnavailabilityCause::INACCESSIBLE);
    unavailable(&mut exchange, UnavailabilityCause::INACCESSIBLE);
    assert_eq!(exchange.told(), [alarm(1, "remote user part unavailable"), usable(false)]);
    assert_eq!(refused(&mut exchange), SetupError::Unreachable);
    // Annex A: the first test comes when T4 expires, and each one starts it anew. That MTP says so
    // again, in answer to a test, does not put off the next one.
    exchange.wait(minutes(5) - seconds(1));
    assert_eq!(exchange.sent(), []);
    exchange.wait(seconds(1));
    assert_eq!(exchange.sent(), [(0, upt())]);
    exchange.wait(minutes(4));
    unavailable(&mut exchange, UnavailabilityCause::INACCESSIBLE);
    exchange.wait(minutes(1));
    assert_eq!(exchange.sent(), [(0, upt())]);
    exchange.receive(0, upa());
    assert_eq!(exchange.told(), [usable(true)]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_13_2_any_message_shows_that_the_user_part_is_there() {
    let mut exchange = Exchange::new();
    unavailable(&mut exchange, UnavailabilityCause::UNKNOWN);
    exchange.incoming_after_alarm();
    assert!(exchange.isup.is_usable(GROUP));
    assert_eq!(exchange.isup.poll_timeout(), None);
}

impl Exchange {
    fn incoming_after_alarm(&mut self) {
        self.told();
        self.receive(1, iam());
        let told = self.told();
        assert!(matches!(&told[..], [Event::Incoming { .. }, Event::GroupUsable { .. }]));
    }
}

#[test]
fn q764_2_13_2_our_user_part_answers_a_test() {
    let mut exchange = Exchange::new();
    exchange.receive(0, upt());
    assert_eq!(exchange.sent(), [(0, upa())]);
    exchange.assert_quiet();
}

#[test]
fn q764_2_13_2_where_there_is_no_user_part_nobody_answers() {
    let mut exchange = Exchange::new();
    let (ringing, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    let (setting_up, _) = exchange.outgoing();
    exchange.told();
    unavailable(&mut exchange, UnavailabilityCause::UNEQUIPPED);
    let gone = failed(ringing, Cause::NETWORK_OUT_OF_ORDER, ReleasedBy::Mtp);
    let what = alarm(1, "remote user part unavailable");
    assert_eq!(exchange.told(), [what, lost(setting_up), gone, usable(false)]);
    exchange.sent();
    exchange.wait(seconds(14));
    assert_eq!(exchange.sent_names(), [""; 0]);
}

#[test]
fn what_the_peer_cannot_have_heard_is_asked_again_when_it_is_reached() {
    let mut exchange = Exchange::new();
    let calls = [exchange.incoming(1), exchange.incoming(2)];
    exchange.mtp(Indication::Pause { dpc: PEER });
    for call in calls {
        exchange.release(call, Cause::NORMAL_CLEARING);
    }
    exchange.bearers([5, 6], false);
    exchange.operate_one(7, Operation::Block);
    exchange.mtp(Indication::Resume { dpc: PEER });
    exchange.mtp(Indication::Pause { dpc: PEER });
    // T5, T13, T19 and T17 after that: from now on all is repeated each five minutes only.
    exchange.wait(minutes(12));
    assert_eq!(exchange.state(1), "reset");
    exchange.sent();
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), ["CGB 5", "BLO 7", "GRS 1"]);
    // Asked once: a second indication changes nothing.
    exchange.mtp(Indication::Resume { dpc: PEER });
    assert_eq!(exchange.sent_names(), [""; 0]);
    exchange.receive(1, Gra { status: RangeStatus::new(Range::of(2).unwrap(), |_| false) });
    assert_eq!((exchange.state(1), exchange.state(2)), ("idle", "idle"));
    exchange.wait(seconds(15));
    assert_eq!(exchange.sent_names(), ["BLO 7", "CGB 5"]);
}

#[test]
fn a_user_part_that_was_not_there_is_found_once_it_is() {
    let mut exchange = Exchange::new();
    exchange.bearers([5, 6], false);
    exchange.sent();
    unavailable(&mut exchange, UnavailabilityCause::UNEQUIPPED);
    // T19: from now on our question, too, is repeated each five minutes only.
    exchange.wait(minutes(7));
    exchange.sent();
    exchange.receive(0, upa());
    assert_eq!(exchange.sent_names(), ["CGB 5"]);
    exchange.told();
    assert!(exchange.isup.is_usable(GROUP));
    // Where nothing more is asked, UPT finds it.
    let mut exchange = Exchange::new();
    unavailable(&mut exchange, UnavailabilityCause::UNEQUIPPED);
    exchange.wait(minutes(5));
    assert_eq!(exchange.sent(), [(0, upt())]);
    exchange.receive(0, upa());
    exchange.told();
    exchange.assert_quiet();
}
