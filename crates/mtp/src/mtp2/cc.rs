//! Congestion control (Q.703 §9): how we tell the peer that we are busy, and how long it may be.

use super::timers::{Clock, Timer};
use super::txc::Acknowledged;
use base::Instant;

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
    pub(super) fn onset(&mut self, now: Instant, clock: &mut Clock) -> bool {
        let began = !self.busy;
        self.busy = true;
        if began {
            clock.start(now, Timer::T5);
        }
        began
    }

    /// Congestion ends here.
    pub(super) fn abate(&mut self, clock: &mut Clock) {
        self.busy = false;
        clock.stop(Timer::T5);
    }

    /// T5 has expired. True: SIB is to be sent.
    pub(super) fn expired(self, now: Instant, clock: &mut Clock) -> bool {
        if self.busy {
            clock.start(now, Timer::T5);
        }
        self.busy
    }
}

/// Q.703 §9.3: SIB arrived while messages wait to be acknowledged. T6 bounds the peer's
/// congestion as a whole; T7 begins anew with every SIB.
pub(super) fn peer_busy(now: Instant, clock: &mut Clock) {
    clock.start_unless_running(now, Timer::T6);
    clock.start(now, Timer::T7);
}

/// Q.703 §5.3.1 and §9.3: what an acknowledgement does to T6 and T7.
pub(super) fn acknowledged(now: Instant, clock: &mut Clock, what: Acknowledged, left: usize) {
    let progress = what.count > 0 || what.negative;
    if progress {
        clock.stop(Timer::T6);
    }
    if left == 0 {
        clock.stop(Timer::T7);
    } else if progress {
        clock.start(now, Timer::T7);
    }
}
