//! The four machines alone: every state with everything that may happen to it.

use super::machine::{Do, Machine, On};
use super::{client, invite_client, invite_server, server};
use crate::{TABLE, Timer, Timers, Transport};
use base::Duration;
use proptest::prelude::*;
use std::collections::BTreeSet;

const ALL: [Timer; 12] = [
    Timer::A,
    Timer::B,
    Timer::D,
    Timer::E,
    Timer::F,
    Timer::G,
    Timer::H,
    Timer::I,
    Timer::J,
    Timer::K,
    Timer::L,
    Timer::M,
];

fn starts() -> [(Machine, &'static [Do]); 4] {
    [
        (Machine::InviteClient(invite_client::State::Calling), invite_client::START),
        (Machine::Client(client::State::Trying), client::START),
        (Machine::InviteServer(invite_server::State::Proceeding), &[]),
        (Machine::Server(server::State::Trying), &[]),
    ]
}

#[test]
fn table_4() {
    let values = Timers::default();
    let millis =
        |timer, transport| values.first(timer, transport).map(|value| value.as_millis() as u64);
    for (timer, unreliable, reliable) in [
        (Timer::A, 500, None),
        (Timer::B, 32_000, Some(32_000)),
        (Timer::D, 32_000, Some(0)),
        (Timer::E, 500, None),
        (Timer::F, 32_000, Some(32_000)),
        (Timer::G, 500, None),
        (Timer::H, 32_000, Some(32_000)),
        (Timer::I, 5_000, Some(0)),
        (Timer::J, 32_000, Some(0)),
        (Timer::K, 5_000, Some(0)),
        (Timer::L, 32_000, Some(32_000)),
        (Timer::M, 32_000, Some(32_000)),
        (Timer::NoAck, 32_000, Some(32_000)),
        (Timer::Resend2xx, 500, Some(500)),
    ] {
        assert_eq!(millis(timer, Transport::Udp), Some(unreliable), "{timer:?}");
        assert_eq!(millis(timer, Transport::Tcp), reliable, "{timer:?}");
        assert_eq!(millis(timer, Transport::Tls), reliable, "{timer:?}");
        assert!(TABLE.iter().any(|row| row.timer == timer));
    }
    // Timer A doubles without end, the others up to T2.
    let mut last = Duration::from_millis(500);
    for expected in [1, 2, 4, 8, 16] {
        last = values.next(Timer::A, last);
        assert_eq!(last, Duration::from_secs(expected));
    }
    assert_eq!(values.next(Timer::G, Duration::from_secs(3)), values.t2);
}

#[test]
fn a_server_says_nothing_before_its_user_does() {
    let (machine, _) = starts()[3];
    assert_eq!(machine.step(On::Copy), (Some(machine), &[][..]));
    let (next, actions) = machine.step(On::Provisional);
    assert_eq!(actions, [Do::Send]);
    let proceeding = next.unwrap();
    assert_eq!(proceeding.step(On::Copy).1, [Do::Send]);
    let (next, actions) = proceeding.step(On::Success);
    assert_eq!(actions, [Do::Send, Do::Start(Timer::J)]);
    // §17.2.2: later responses of the user are discarded.
    assert!(next.unwrap().step(On::Failure).1.is_empty());
}

#[test]
fn a_refusal_is_delivered_once_and_a_2xx_each_time() {
    let (machine, _) = starts()[0];
    let completed = machine.step(On::Failure).0.unwrap();
    assert_eq!(completed.step(On::Failure).1, [Do::Acknowledge]);
    let accepted = machine.step(On::Success).0.unwrap();
    assert_eq!(accepted.step(On::Success).1, [Do::Deliver]);
    // RFC 6026 §7.2: nothing else is looked at any more.
    assert!(accepted.step(On::Failure).1.is_empty());
    assert!(accepted.step(On::Provisional).1.is_empty());
}

fn on() -> impl Strategy<Value = On> {
    prop_oneof![
        Just(On::Provisional),
        Just(On::Success),
        Just(On::Failure),
        Just(On::Copy),
        Just(On::Ack),
        Just(On::TransportError),
    ]
}

proptest! {
    /// Whatever happens: a timer that expires was started; at the end none runs; what never ends
    /// runs a timer, but for a call that rings; and time alone ends every other transaction.
    #[test]
    fn timers_are_started_and_stopped(
        start in 0usize..4,
        steps in proptest::collection::vec((on(), any::<proptest::sample::Index>()), 0..40),
    ) {
        let (mut machine, actions) = starts()[start];
        let mut running = BTreeSet::new();
        let apply = |running: &mut BTreeSet<Timer>, actions: &[Do]| {
            for action in actions {
                match action {
                    Do::Start(timer) | Do::Again(timer) | Do::Slowly(timer) => {
                        running.insert(*timer);
                    }
                    Do::Stop(timer) => {
                        running.remove(timer);
                    }
                    _ => {}
                }
            }
        };
        apply(&mut running, actions);
        for (other, index) in steps {
            let expires = ALL.iter().filter(|timer| running.contains(timer)).nth(index.index(4));
            let on = match expires {
                Some(timer) => {
                    running.remove(timer);
                    On::Expired(*timer)
                }
                None => other,
            };
            let (next, actions) = machine.step(on);
            apply(&mut running, actions);
            prop_assert!(running.iter().all(|timer| machine.timers().contains(timer)));
            let Some(next) = next else {
                prop_assert!(running.is_empty(), "{machine:?} {on:?} leaves {running:?}");
                return Ok(());
            };
            machine = next;
            let waits_for_people = matches!(
                machine,
                Machine::InviteClient(invite_client::State::Proceeding)
                    | Machine::InviteServer(invite_server::State::Proceeding)
                    | Machine::Server(server::State::Trying | server::State::Proceeding)
            );
            prop_assert!(waits_for_people || !running.is_empty(), "{machine:?} never ends");
        }
    }
}
