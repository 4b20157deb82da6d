use super::timers::Timers;
use crate::{ConfigError, LinkId};

/// How fast a link is: what its timers and the lengths of its proving periods follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rate {
    /// 64 kbit/s, a whole time slot (Q.703 §12.3).
    #[default]
    Kbit64,
    /// 56 kbit/s, seven of its eight bits, as in networks of 24 time slots (T1.111.3 §12.3).
    Kbit56,
}

/// How messages that were lost are sent again (Q.703 §1.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Correction {
    /// When the peer asks, by its backward indicator bit (Q.703 §5).
    #[default]
    Basic,
    /// Over and over while there is nothing else to send: for lines by satellite, where to ask
    /// takes too long (Q.703 §6).
    Preventive(Limits),
}

/// When retransmission is forced: new messages wait until what is unacknowledged was sent again
/// (Q.703 §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// N1: so many messages are unacknowledged, at most 127.
    pub messages: u8,
    /// N2: so many octets of them are, about what fits into the line and back.
    pub octets: u32,
}

impl Limits {
    /// Sequence numbers count modulo 128, so that no more than this may be unacknowledged
    /// (Q.703 §5.2.1, §6.4.1).
    pub const MOST_MESSAGES: u8 = 127;
    /// The longest message, so that one of them does not force retransmission by itself.
    pub const LEAST_OCTETS: u32 = 280;
}

impl Default for Limits {
    /// N2 for a way and back of 740 ms at 64 kbit/s: a satellite, and what both ends add.
    fn default() -> Self {
        Self { messages: Self::MOST_MESSAGES, octets: 5_920 }
    }
}

/// One link at level 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its speed.
    pub rate: Rate,
    /// Its error correction: the same at both ends.
    pub correction: Correction,
    /// Its timers.
    pub timers: Timers,
}

impl Default for Config {
    fn default() -> Self {
        Self::new(Rate::default(), Correction::default())
    }
}

impl Config {
    /// A link with the timers of its rate.
    pub fn new(rate: Rate, correction: Correction) -> Self {
        Self { rate, correction, timers: Timers::of(rate) }
    }

    pub(crate) fn validate(&self, link: LinkId) -> Result<(), ConfigError> {
        if let Correction::Preventive(limits) = self.correction
            && (!(1..=Limits::MOST_MESSAGES).contains(&limits.messages)
                || limits.octets < Limits::LEAST_OCTETS)
        {
            return Err(ConfigError::RetransmissionLimits { link });
        }
        self.timers.validate(self.rate)
    }
}
