use crate::{Peers, SessionTimers, Timers, Transport};
use base::Duration;
use std::net::SocketAddr;

/// What the core is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Our sockets.
    pub locals: Vec<(Transport, SocketAddr)>,
    /// Base values of the timers.
    pub timers: Timers,
    /// The most sessions at once.
    pub sessions: usize,
    /// How many of the sessions only emergency calls may use.
    pub emergency_reserve: usize,
    /// The most transactions at once.
    pub transactions: usize,
    /// How many of the transactions only emergency calls may use.
    pub transaction_reserve: usize,
    /// How often a provisional answer is repeated (RFC 3261 §13.3.1.1: each minute).
    pub progress_repeat: Duration,
    /// How long sessions last that nobody refreshes.
    pub session_timers: SessionTimers,
    /// What User-Agent and Server say.
    pub software: String,
    /// Where tags, branches and Call-IDs come from.
    pub seed: u64,
    /// Whom we deal with, and on what terms.
    pub peers: Peers,
    /// Limits of the messages, for whoever parses them before they come here.
    pub limits: sip_parser::Limits,
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Nothing to listen on.
    #[error("no local address: give at least one socket to listen on")]
    NoLocal,
    /// A timer out of range.
    #[error("{timer} must be more than 0 and at most 60 s")]
    Timer {
        /// The name of the timer.
        timer: &'static str,
    },
    /// A table without room.
    #[error("{table}: {reserve} reserved for emergency calls of {limit} leave no room")]
    NoRoom {
        /// `sessions` or `transactions`.
        table: &'static str,
        /// The limit.
        limit: usize,
        /// The reserve within it.
        reserve: usize,
    },
    /// A repetition that would never stop sending.
    #[error("provisional answers must not be repeated more often than each second")]
    ProgressRepeat,
    /// A session timer that would make either side send without a pause.
    #[error("sessions must not last less than {least} s without a refresh, nor more than a day")]
    SessionTimer {
        /// The least that was given, or one second.
        least: u64,
    },
    /// A product name that cannot be written in a header.
    #[error("software must be one line of visible ASCII")]
    Software,
}

impl Config {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.locals.is_empty() {
            return Err(ConfigError::NoLocal);
        }
        self.timers.validate()?;
        for (table, limit, reserve) in [
            ("sessions", self.sessions, self.emergency_reserve),
            ("transactions", self.transactions, self.transaction_reserve),
        ] {
            if reserve >= limit {
                return Err(ConfigError::NoRoom { table, limit, reserve });
            }
        }
        if self.progress_repeat < Duration::from_secs(1) {
            return Err(ConfigError::ProgressRepeat);
        }
        let SessionTimers { interval, min } = self.session_timers;
        let (second, day) = (Duration::from_secs(1), Duration::from_secs(86_400));
        let all = [Some(min), interval.map(|interval| interval.max(second))];
        let sane = |interval: Duration| (min.max(second)..=day).contains(&interval);
        if min < second || !all.into_iter().flatten().all(sane) {
            return Err(ConfigError::SessionTimer { least: min.max(second).as_secs() });
        }
        if !self.software.bytes().all(|octet| (b' '..=b'~').contains(&octet)) {
            return Err(ConfigError::Software);
        }
        Ok(())
    }
}
