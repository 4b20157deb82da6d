//! Congestion control (Q.703 §9): how we tell the peer that we are busy, and how long it may be.

use super::timers::Timer;
use super::{Timers, txc::Acknowledged};
use base::{Instant, TimerTable};

/// Whether this side is busy. The peer's side of it is the running of T6.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cc {
    busy: bool,
}

impl Cc {
    pub(super) fn busy(self) -> bool {
        self.busy
    }

    /// Q.703 §9.2: congestion begins here. True: SIB is to be sent.
    pub(super) fn onset(
        &mut self,
        now: Instant,
        timers: &mut TimerTable<Timer>,
        values: &Timers,
    ) -> bool {
        let began = !self.busy;
        self.busy = true;
        if began {
            timers.set(now, Timer::T5, values.t5);
        }
        began
    }

    /// Congestion ends here.
    pub(super) fn abate(&mut self, timers: &mut TimerTable<Timer>) {
        self.busy = false;
        timers.stop(Timer::T5);
    }

    /// T5 has expired. True: SIB is to be sent.
    pub(super) fn expired(
        self,
        now: Instant,
        timers: &mut TimerTable<Timer>,
        values: &Timers,
    ) -> bool {
        if self.busy {
            timers.set(now, Timer::T5, values.t5);
        }
        self.busy
    }
}

/// Q.703 §9.3: SIB arrived while messages wait to be acknowledged. T6 bounds the peer's
/// congestion as a whole; T7 begins anew with every SIB.
pub(super) fn peer_busy(now: Instant, timers: &mut TimerTable<Timer>, values: &Timers) {
    if !timers.is_running(Timer::T6) {
        timers.set(now, Timer::T6, values.t6);
    }
    timers.set(now, Timer::T7, values.t7);
}

/// Q.703 §5.3.1 and §9.3: what an acknowledgement does to T6 and T7.
pub(super) fn acknowledged(
    now: Instant,
    timers: &mut TimerTable<Timer>,
    values: &Timers,
    what: Acknowledged,
    outstanding: usize,
) {
    if what.count > 0 || what.negative {
        timers.stop(Timer::T6);
    }
    if outstanding == 0 {
        timers.stop(Timer::T7);
    } else if what.count > 0 || what.negative {
        timers.set(now, Timer::T7, values.t7);
    }
}
