use crate::block::BLOCK_FRAMES;
use crate::receiver::{Received, Receiver};
use crate::repetition::Repetition;
use crate::transmitter::Transmitter;
use crate::{LineCommand, LineEvent, Unit};

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
    /// Units that found [`SEND_LIMIT`] others waiting, or that were too short to be signal units.
    pub refused: u64,
}

/// The bit level of a signalling link on a 64 kbit/s time slot (Q.703 §2 to §4).
#[derive(Clone, Debug)]
pub struct SignallingSlot {
    transmitter: Transmitter,
    receiver: Receiver,
    repetition: Repetition,
    stats: LineStats,
}

impl SignallingSlot {
    /// A time slot that sends flags, and is out of alignment until a good unit comes.
    pub fn new() -> Self {
        Self {
            transmitter: Transmitter::new(),
            receiver: Receiver::new(),
            repetition: Repetition::default(),
            stats: LineStats::default(),
        }
    }

    /// Obeys `command`. A unit that has begun to go out is finished first.
    pub fn command(&mut self, command: LineCommand) {
        let is_taken = match command {
            LineCommand::Send(unit) => is_unit(&unit) && self.transmitter.hold(unit),
            LineCommand::Fill(unit) if is_unit(&unit) => {
                self.transmitter.set_fill(Some(unit));
                true
            }
            LineCommand::Fill(_) => false,
            LineCommand::Silence => {
                self.transmitter.set_fill(None);
                true
            }
        };
        self.stats.refused += u64::from(!is_taken);
    }

    /// Moves one block through the time slot: takes `rx`, fills `tx`, reports in order.
    pub fn tick(
        &mut self,
        rx: &[u8; BLOCK_FRAMES],
        tx: &mut [u8; BLOCK_FRAMES],
        each: &mut dyn FnMut(LineEvent),
    ) {
        let Self { transmitter, receiver, repetition, stats } = self;
        let mut report = |received: Received<'_>| {
            let event = match received {
                Received::Unit(octets) => {
                    stats.received += 1;
                    return repetition.pass_unit(octets, each);
                }
                Received::Errored => {
                    stats.errored += 1;
                    LineEvent::Errored(1)
                }
                Received::Misaligned => {
                    stats.misaligned += 1;
                    return;
                }
                Received::Counted => LineEvent::OctetCounting(1),
            };
            repetition.pass(event, each);
        };
        for &octet in rx {
            receiver.push_octet(octet, &mut report);
        }
        let mut sent = 0;
        for octet in tx {
            *octet = transmitter.next_octet(&mut sent);
        }
        stats.sent += u64::from(sent);
        for _ in 0..sent {
            repetition.pass(LineEvent::Transmitted, each);
        }
        repetition.tick(each);
    }

    /// What has been counted.
    pub const fn stats(&self) -> LineStats {
        self.stats
    }
}

impl Default for SignallingSlot {
    fn default() -> Self {
        Self::new()
    }
}

fn is_unit(unit: &Unit) -> bool {
    unit.as_slice().len() >= Unit::MIN_LEN
}

#[cfg(test)]
mod tests;
