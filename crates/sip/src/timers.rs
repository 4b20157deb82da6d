use crate::{ConfigError, Transport};
use base::Duration;

/// The name of a deadline of this core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The INVITE is sent again (RFC 3261 §17.1.1.2).
    A,
    /// No answer to an INVITE at all.
    B,
    /// Copies of a final answer to our INVITE are acknowledged until then.
    D,
    /// A request other than INVITE is sent again (§17.1.2.2).
    E,
    /// No final answer to a request other than INVITE.
    F,
    /// A final answer to an INVITE is sent again (§17.2.1).
    G,
    /// No ACK for a final answer other than 2xx.
    H,
    /// Copies of the ACK are absorbed until then.
    I,
    /// Copies of a request other than INVITE are answered until then (§17.2.2).
    J,
    /// Copies of an answer to a request other than INVITE are absorbed until then.
    K,
    /// Copies of an accepted INVITE are absorbed until then (RFC 6026 §8.4).
    L,
    /// Copies of a 2xx, and those of other forks, are taken until then (RFC 6026 §8.4).
    M,
    /// The 2xx is sent again (§13.3.1.4).
    Resend2xx,
    /// No ACK for a 2xx (§13.3.1.4).
    NoAck,
    /// The last provisional answer is sent again (§13.3.1.1).
    RepeatProgress,
    /// A re-INVITE that met one of the peer is tried again (§14.1).
    Retry491,
    /// No final answer to an INVITE that was cancelled (§9.1).
    NoFinal,
    /// A reliable provisional answer is sent again (RFC 3262 §3).
    ResendReliable,
    /// No PRACK for a reliable provisional answer (RFC 3262 §3).
    NoPrack,
    /// The caller's preconditions are waited for no longer (RFC 3312).
    Preconditions,
    /// The 2xx to an emergency call waits for a PRACK no longer.
    AnswerAnyway,
    /// The caller's INVITE says how long it is good for (§13.3.1).
    Expires,
    /// A next hop has said nothing to our INVITE, and there may be another (RFC 3263 §4.3).
    Silence,
    /// A registration is due (§10.2).
    Register,
    /// A re-INVITE that the peer sits on is cancelled (§14.1, §9.1).
    GiveUp,
    /// We refresh the session (RFC 4028 §7.2).
    Refresh,
    /// Nobody has refreshed the session (RFC 4028 §10).
    SessionExpires,
}

/// The base values of RFC 3261 Table 4; every other timer is derived from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// The estimate of the round trip.
    pub t1: Duration,
    /// The longest time between copies of a request other than INVITE and of answers to INVITE.
    pub t2: Duration,
    /// The longest time a message stays in the network.
    pub t4: Duration,
}

/// One row of RFC 3261 Table 4 (and RFC 6026 §8.4, §13.3.1.4).
#[derive(Clone, Copy, Debug)]
pub struct TimerRow {
    /// The timer.
    pub timer: Timer,
    /// The clause that defines it.
    pub clause: &'static str,
    /// Its value where the transport is unreliable.
    pub unreliable: Value,
    /// Its value where the transport is reliable; none where it does not run.
    pub reliable: Option<Value>,
    /// What it waits for.
    pub meaning: &'static str,
}

/// How a timer follows from the base values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// T1, then doubled each time it expires.
    T1Doubled,
    /// T1, then doubled up to T2 each time it expires.
    T1DoubledToT2,
    /// 64 times T1.
    SixtyFourT1,
    /// T4.
    T4,
    /// 64 times T1, but at least 32 s.
    AtLeast32s,
    /// At once.
    Zero,
    /// Half of the session's interval, which both sides agree on.
    HalfSession,
    /// The session's interval; for the side that does not refresh it 32 s or a third less.
    Session,
}

const fn row(
    timer: Timer,
    clause: &'static str,
    unreliable: Value,
    reliable: Option<Value>,
    meaning: &'static str,
) -> TimerRow {
    TimerRow { timer, clause, unreliable, reliable, meaning }
}

/// RFC 3261 Table 4 with the changes of RFC 6026 §8.4, and the timers of sessions.
pub const TABLE: [TimerRow; 19] = {
    use Value::{
        AtLeast32s, HalfSession, Session, SixtyFourT1, T1Doubled, T1DoubledToT2, T4, Zero,
    };
    [
        row(Timer::A, "17.1.1.2", T1Doubled, None, "INVITE is sent again"),
        row(Timer::B, "17.1.1.2", SixtyFourT1, Some(SixtyFourT1), "no answer to INVITE"),
        row(Timer::D, "17.1.1.2", AtLeast32s, Some(Zero), "copies of a final answer"),
        row(Timer::E, "17.1.2.2", T1DoubledToT2, None, "request is sent again"),
        row(Timer::F, "17.1.2.2", SixtyFourT1, Some(SixtyFourT1), "no final answer"),
        row(Timer::G, "17.2.1", T1DoubledToT2, None, "final answer to INVITE is sent again"),
        row(Timer::H, "17.2.1", SixtyFourT1, Some(SixtyFourT1), "no ACK"),
        row(Timer::I, "17.2.1", T4, Some(Zero), "copies of ACK"),
        row(Timer::J, "17.2.2", SixtyFourT1, Some(Zero), "copies of a request"),
        row(Timer::K, "17.1.2.2", T4, Some(Zero), "copies of an answer"),
        row(Timer::L, "RFC 6026 8.4", SixtyFourT1, Some(SixtyFourT1), "copies of an INVITE"),
        row(Timer::M, "RFC 6026 8.4", SixtyFourT1, Some(SixtyFourT1), "2xx of other forks"),
        // A 2xx may cross proxies over datagrams further on, so it is repeated over TCP as well.
        row(Timer::Resend2xx, "13.3.1.4", T1DoubledToT2, Some(T1DoubledToT2), "2xx again"),
        row(Timer::NoAck, "13.3.1.4", SixtyFourT1, Some(SixtyFourT1), "no ACK for a 2xx"),
        row(Timer::GiveUp, "9.1", SixtyFourT1, Some(SixtyFourT1), "re-INVITE is cancelled"),
        row(Timer::Refresh, "RFC 4028 7.2", HalfSession, Some(HalfSession), "refresh is due"),
        row(Timer::SessionExpires, "RFC 4028 10", Session, Some(Session), "no refresh came"),
        // Proxies may pass it on over datagrams, too.
        row(Timer::ResendReliable, "RFC 3262 3", T1Doubled, Some(T1Doubled), "reliable 1xx again"),
        row(Timer::NoPrack, "RFC 3262 3", SixtyFourT1, Some(SixtyFourT1), "no PRACK"),
    ]
};

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Timers {
    /// How long `timer` runs at first; none where it does not run over this transport, or where the
    /// session says how long.
    pub fn first(&self, timer: Timer, transport: Transport) -> Option<Duration> {
        let row = TABLE.iter().find(|row| row.timer == timer)?;
        let value = if transport.is_reliable() { row.reliable? } else { row.unreliable };
        Some(match value {
            Value::T1Doubled => self.t1,
            Value::T1DoubledToT2 => self.t1.min(self.t2),
            Value::SixtyFourT1 => self.sixty_four_t1(),
            Value::T4 => self.t4,
            Value::AtLeast32s => self.sixty_four_t1().max(Duration::from_secs(32)),
            Value::Zero => Duration::ZERO,
            Value::HalfSession | Value::Session => return None,
        })
    }

    /// How long `timer` runs after it ran for `last`.
    pub(crate) fn next(&self, timer: Timer, last: Duration) -> Duration {
        let doubled = last.saturating_mul(2);
        if timer == Timer::A { doubled } else { doubled.min(self.t2) }
    }

    pub(crate) const fn sixty_four_t1(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        // §17.1.1.1: T1 may be larger where the round trip is known to be; never zero. An hour
        // keeps 64 * T1 far from overflow.
        let sane = |value: Duration| !value.is_zero() && value <= Duration::from_secs(60);
        for (name, value) in [("T1", self.t1), ("T2", self.t2), ("T4", self.t4)] {
            if !sane(value) {
                return Err(ConfigError::Timer { timer: name });
            }
        }
        Ok(())
    }
}
