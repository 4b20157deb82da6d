//! Q.764 §2.4, §2.5: suspend and resume.

use super::*;
use crate::Backward;
use isup_codec::{Anm, Res, Sus};

fn talking(exchange: &mut Exchange) -> (CallId, u16) {
    let (call, cic) = exchange.outgoing();
    exchange.receive(cic, acm());
    exchange.receive(cic, Anm::new());
    exchange.told();
    (call, cic)
}

#[test]
fn q764_2_4_suspended_and_resumed_by_the_network() {
    let mut exchange = Exchange::new();
    let (call, cic) = talking(&mut exchange);
    exchange.receive(cic, Sus::new(true));
    exchange.receive(cic, Sus::new(true));
    assert_eq!(exchange.told(), [Event::Suspended { call, by_network: true }]);
    exchange.wait(seconds(80));
    exchange.receive(cic, Res::new(true));
    exchange.receive(cic, Res::new(true));
    assert_eq!(exchange.told(), [Event::Resumed { call, by_network: true }]);
    assert_eq!(exchange.isup.poll_timeout(), None);
}

#[test]
fn q764_2_4_3_t6_and_t2_release_with_102() {
    for (by_network, name, time) in [(true, TimerName::T6, 90), (false, TimerName::T2, 180)] {
        let mut exchange = Exchange::new();
        let (call, cic) = talking(&mut exchange);
        exchange.receive(cic, Sus::new(by_network));
        exchange.told();
        exchange.wait(seconds(time - 1));
        assert_eq!(exchange.told(), []);
        exchange.wait(seconds(1));
        let by = ReleasedBy::Timer(name);
        assert_eq!(exchange.told(), [failed(call, Cause::RECOVERY_ON_TIMER_EXPIRY, by)]);
        assert_eq!(exchange.sent_names(), [format!("REL {cic}")]);
    }
}

#[test]
fn q764_2_4_user_and_network_suspend_independently() {
    let mut exchange = Exchange::new();
    let (_, cic) = talking(&mut exchange);
    exchange.receive(cic, Sus::new(true));
    exchange.receive(cic, Sus::new(false));
    exchange.receive(cic, Res::new(true));
    assert_eq!(exchange.told().len(), 3);
    exchange.wait(seconds(100));
    assert_eq!(exchange.told(), []);
    exchange.receive(cic, Res::new(false));
    assert_eq!(exchange.isup.poll_timeout(), None);
}

#[test]
fn q764_2_4_we_suspend_answered_calls_only_and_only_once() {
    let mut exchange = Exchange::new();
    let call = exchange.incoming(1);
    exchange.isup.suspend(exchange.now, call, true);
    exchange.backward(call, Backward::Answer(Anm::new()));
    for _ in 0..2 {
        exchange.isup.suspend(exchange.now, call, true);
    }
    for _ in 0..2 {
        exchange.isup.resume(exchange.now, call, true);
    }
    exchange.drain();
    assert_eq!(exchange.sent_names(), ["CON 1", "SUS 1", "RES 1"]);
    assert_eq!(exchange.isup.stats().misused, 1);
}

#[test]
fn q764_2_4_a_suspended_call_can_be_released_by_either_side() {
    let mut exchange = Exchange::new();
    let (call, cic) = talking(&mut exchange);
    exchange.receive(cic, Sus::new(true));
    exchange.release(call, Cause::NORMAL_CLEARING);
    exchange.receive(cic, Rlc::new());
    exchange.sent();
    let (_, cic) = talking(&mut exchange);
    exchange.receive(cic, Sus::new(false));
    exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
    exchange.sent();
    exchange.told();
    exchange.assert_quiet();
}
