//! A line between two ends, at the level of signal units: 8 octets a millisecond, units that get
//! lost or damaged, the repetition filter of `tdm`.

use crate::{LineInput, SignalUnit};
use base::Rng;
use std::collections::VecDeque;

/// Flag and check octets of a unit.
const OVERHEAD: usize = 3;
const OCTETS_PER_MS: usize = 8;

/// One direction of a line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: VecDeque<SignalUnit>,
    fill: Option<SignalUnit>,
    /// The unit going out, whether it is a fill, and how many of its octets are left.
    going: Option<(SignalUnit, bool, usize)>,
    /// The last unit seen at the far end.
    seen: Option<SignalUnit>,
}

/// What a line may do to units, in units out of ten thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noise {
    pub(crate) errored: u64,
    pub(crate) lost: u64,
}

impl Line {
    pub(crate) fn send(&mut self, unit: SignalUnit) {
        assert!(self.waiting.len() < 4, "more units than the line takes");
        self.waiting.push_back(unit);
    }

    pub(crate) fn fill(&mut self, unit: SignalUnit) {
        self.fill = Some(unit);
    }

    /// One millisecond: what the near end hears of it, and what the far end does.
    pub(crate) fn tick(
        &mut self,
        rng: &mut Rng,
        noise: Noise,
        near: &mut Vec<LineInput>,
        far: &mut Vec<LineInput>,
    ) {
        let mut octets = OCTETS_PER_MS;
        while octets > 0 {
            let Some((unit, is_fill, left)) = self.going.take().or_else(|| self.next()) else {
                return;
            };
            if left > octets {
                self.going = Some((unit, is_fill, left - octets));
                return;
            }
            octets -= left;
            if !is_fill {
                near.push(LineInput::Transmitted);
            }
            let fate = rng.below(10_000);
            if fate < noise.lost {
                continue;
            }
            if fate < noise.lost + noise.errored {
                far.push(LineInput::Errored(1));
            } else if self.seen == Some(unit) && unit.as_slice().len() < 6 {
                far.push(LineInput::Repeated(1));
            } else {
                self.seen = Some(unit);
                far.push(LineInput::SignalUnit(unit));
            }
        }
    }

    fn next(&mut self) -> Option<(SignalUnit, bool, usize)> {
        let sent = self.waiting.pop_front().map(|unit| (unit, false));
        let (unit, is_fill) = sent.or_else(|| self.fill.map(|unit| (unit, true)))?;
        Some((unit, is_fill, unit.as_slice().len() + OVERHEAD))
    }
}
