//! The association below a link (RFC 4165 §3.1): opened, lost, and tried again.

use super::link::Event;
use crate::m3ua::Command;
use crate::m3ua::framing::Framer;
use base::{Duration, Instant, Rng};

/// Messages that wait with the driver: few, so that an urgent one waits behind few.
const WINDOW: usize = 128;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Idle, or associating.
    Down,
    /// Established.
    Up,
    /// We have closed it and wait to hear that it is gone.
    Closing,
}

/// How long to wait before an association is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The longest wait before the first new attempt; it doubles with each.
    pub(crate) first: Duration,
    /// And never grows past this.
    pub(crate) most: Duration,
}

#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) state: State,
    pub(super) framer: Framer,
    /// Messages that the driver has not written.
    pub(super) in_flight: usize,
    /// It was given its turn to connect.
    has_turn: bool,
    attempts: u32,
    patience: Patience,
    chance: Rng,
}

impl Carrier {
    pub(super) fn new(patience: Patience, seed: u64) -> Self {
        Self {
            state: State::Down,
            framer: Framer::default(),
            in_flight: 0,
            has_turn: false,
            attempts: 0,
            patience,
            chance: Rng::new(seed),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether the driver may be given another message of the user part.
    pub(super) fn has_room(&self) -> bool {
        self.is_up() && self.in_flight < WINDOW
    }

    pub(super) fn up(&mut self) {
        (self.state, self.in_flight, self.has_turn) = (State::Up, 0, false);
        self.framer = Framer::default();
    }

    pub(super) fn down(&mut self) {
        (self.state, self.in_flight, self.has_turn) = (State::Down, 0, false);
        self.framer = Framer::default();
    }

    /// A message came through: the next loss is tried again as soon as the first was.
    pub(super) fn proved(&mut self) {
        self.attempts = 0;
    }

    /// When it is tried again. Full jitter, so that those who lost a peer together do not all come
    /// back at once.
    pub(super) fn wait(&mut self) -> Duration {
        let most = self.patience.first.saturating_mul(1 << self.attempts.min(10));
        let most = most.min(self.patience.most).as_nanos() as u64;
        self.attempts = self.attempts.saturating_add(1);
        Duration::from_nanos(self.chance.below(most.max(1)))
    }

    /// The time to try has come: the first time a turn is asked for, then it is taken.
    pub(super) fn attempt(&mut self) -> Event {
        if std::mem::replace(&mut self.has_turn, true) {
            Event::Command(Command::Connect)
        } else {
            Event::Turn
        }
    }

    /// Its turn comes then; says whether that is now.
    pub(super) fn turn(&mut self, now: Instant, at: Instant) -> bool {
        self.has_turn = true;
        at <= now
    }
}
