use crate::block::BLOCK_FRAMES;
use crate::{LineCommand, LineEvent};

/// The most units that wait for the line.
pub const SEND_LIMIT: usize = 4;

/// Counters of one signalling time slot; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineStats {
    /// Good units received, repetitions included.
    pub received: u64,
    /// Units that failed a check.
    pub errored: u64,
    /// Times the line lost alignment.
    pub misaligned: u64,
    /// Units sent once, fill not included.
    pub sent: u64,
    /// Units that found [`SEND_LIMIT`] others waiting, or that were no signal units.
    pub refused: u64,
}

/// The bit level of a signalling link on a 64 kbit/s time slot.
#[derive(Clone, Debug, Default)]
pub struct SignallingSlot {}

impl SignallingSlot {
    /// A time slot that sends flags and has not found a flag yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Obeys `command`.
    pub fn command(&mut self, _command: LineCommand) {}

    /// Moves one block through the time slot.
    pub fn tick(
        &mut self,
        _rx: &[u8; BLOCK_FRAMES],
        _tx: &mut [u8; BLOCK_FRAMES],
        _each: &mut dyn FnMut(LineEvent),
    ) {
    }

    /// What has been counted.
    pub fn stats(&self) -> LineStats {
        LineStats::default()
    }
}
