//! The check tone of the continuity check (Q.724 §7.3, §7.4): 2,000 Hz sent into a time slot that
//! the far end loops, and the receiver that recognises it and its end.
//!
//! At 8,000 samples a second a period of 2,000 Hz is four samples, so that the part of a signal
//! that is the tone needs no table and no multiplication: the sums of every second sample with
//! alternating signs are its two components.

use crate::{BLOCK_FRAMES, Tone, g711};
use std::sync::LazyLock;

/// Q.724 §7.3.2.1 a): 2,000 ± 20 Hz. Ours is exact: its phase step is a power of two.
const HERTZ: u16 = 2_000;
/// Q.724 §7.3.2.1 b): -12 ± 1 dBm0.
const LEVEL_DBM0: i8 = -12;

/// Blocks over which the receiver looks at once. Their length makes its bandwidth: after 10 ms
/// frequencies 100 Hz and 200 Hz away leave nothing in it.
const WINDOW: usize = 10;
const WINDOW_SAMPLES: i64 = (WINDOW * BLOCK_FRAMES) as i64;

/// Q.724 §7.3.2.3 a): it operates from -18 dBm0 on, b): and not at -22 dBm0.
const OPERATES_DBM0: f64 = -20.0;
/// The range of levels in which it operates ends at -6 dBm0: what is louder than this has not come
/// over a path without gain.
const TOO_LOUD_DBM0: f64 = -4.0;
/// Q.724 §7.3.2.3 c): the level at which it releases is lower than -27 dBm0.
const RELEASES_DBM0: f64 = -29.0;

/// The part of the power that has to be tone, in hundredths. At 2,000 ± 30 Hz, where the receiver
/// has to operate, the window holds 74 of them; of two tones of equal level each has 50, and at
/// ± 50 Hz there are 40 left.
const PURITY: i64 = 55;

/// Q.724 §7.3.2.3 a) and b): recognised after 30 to 60 ms, and not when shorter than 30 ms. In
/// blocks, to which half a window is added until the tone fills it.
const RECOGNITION: u32 = 42;
/// Q.724 §7.3.2.3 c): interruptions of 15 ms are ignored, the end is recognised within 40 ms.
const REMOVAL: u32 = 20;

/// The energy of a window and the square of its tone component at the levels above.
#[derive(Clone, Copy, Debug)]
struct Thresholds {
    operates: i64,
    too_loud: i64,
    releases: i64,
}

static THRESHOLDS: LazyLock<Thresholds> = LazyLock::new(|| {
    // A sine of amplitude `a` has the energy a²N/2 in N samples, and the component aN/2.
    let samples = WINDOW_SAMPLES as f64;
    let square = |dbm0| Tone::amplitude(dbm0).powi(2);
    Thresholds {
        operates: (square(OPERATES_DBM0) * samples / 2.0) as i64,
        too_loud: (square(TOO_LOUD_DBM0) * samples / 2.0) as i64,
        releases: (square(RELEASES_DBM0) * samples * samples / 4.0) as i64,
    }
});

/// How speech is coded on a time slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Law {
    /// A-law.
    #[default]
    A,
    /// μ-law.
    Mu,
}

impl Law {
    fn encode(self, sample: i16) -> u8 {
        match self {
            Self::A => g711::encode_alaw(sample),
            Self::Mu => g711::encode_ulaw(sample),
        }
    }

    fn decode(self, octet: u8) -> i16 {
        match self {
            Self::A => g711::decode_alaw(octet),
            Self::Mu => g711::decode_ulaw(octet),
        }
    }

    /// What an idle time slot carries.
    const fn idle(self) -> u8 {
        match self {
            Self::A => g711::ALAW_IDLE,
            Self::Mu => g711::ULAW_IDLE,
        }
    }
}

/// What the receiver makes of a block, or of a window.
#[derive(Clone, Copy, Debug, Default)]
struct Measure {
    /// The tone's component in phase and the one that is a quarter behind.
    in_phase: i64,
    quadrature: i64,
    energy: i64,
}

impl Measure {
    fn of(law: Law, octets: &[u8; BLOCK_FRAMES]) -> Self {
        let mut measure = Self::default();
        for period in octets.chunks_exact(4) {
            let &[a, b, c, d] = period else { continue };
            let [a, b, c, d] = [a, b, c, d].map(|octet| i64::from(law.decode(octet)));
            measure.in_phase += a - c;
            measure.quadrature += b - d;
            measure.energy += a * a + b * b + c * c + d * d;
        }
        measure
    }

    fn add(&mut self, other: Self) {
        self.in_phase += other.in_phase;
        self.quadrature += other.quadrature;
        self.energy += other.energy;
    }

    fn subtract(&mut self, other: Self) {
        self.in_phase -= other.in_phase;
        self.quadrature -= other.quadrature;
        self.energy -= other.energy;
    }

    /// The square of the tone's component.
    const fn tone(self) -> i64 {
        self.in_phase * self.in_phase + self.quadrature * self.quadrature
    }
}

/// Recognises the check tone, and its end.
#[derive(Clone, Debug)]
pub struct CheckToneReceiver {
    law: Law,
    blocks: [Measure; WINDOW],
    next: usize,
    window: Measure,
    /// Windows in a row that speak against what is recognised.
    against: u32,
    present: bool,
}

impl CheckToneReceiver {
    /// A receiver that has heard nothing.
    #[must_use]
    pub fn new(law: Law) -> Self {
        Self {
            law,
            blocks: [Measure::default(); WINDOW],
            next: 0,
            window: Measure::default(),
            against: 0,
            present: false,
        }
    }

    /// Takes a block; says whether the tone is present.
    pub fn hear(&mut self, octets: &[u8; BLOCK_FRAMES]) -> bool {
        let measure = Measure::of(self.law, octets);
        if let Some(place) = self.blocks.get_mut(self.next) {
            self.window.subtract(std::mem::replace(place, measure));
        }
        self.window.add(measure);
        self.next = (self.next + 1) % WINDOW;
        let (seems_present, needed) = if self.present {
            (self.window.tone() >= THRESHOLDS.releases, REMOVAL)
        } else {
            (self.operates(), RECOGNITION)
        };
        self.against = if seems_present == self.present { 0 } else { self.against + 1 };
        if self.against >= needed {
            self.present = seems_present;
            self.against = 0;
        }
        self.present
    }

    /// Whether the window holds the tone, at a level that a sound path has, and little else.
    fn operates(&self) -> bool {
        let Measure { energy, .. } = self.window;
        let levels = THRESHOLDS.operates..=THRESHOLDS.too_loud;
        // Of a pure tone the square of the component is energy × N/2.
        levels.contains(&energy) && self.window.tone() * 200 >= PURITY * WINDOW_SAMPLES * energy
    }
}

/// The sender and the receiver of one continuity check (Q.724 §7.2): sends the tone until it has
/// come back, then is silent until the tone has gone, so that no call begins with a rest of it.
#[derive(Clone, Debug)]
pub struct CheckTone {
    law: Law,
    tone: Tone,
    receiver: CheckToneReceiver,
    progress: CheckProgress,
}

/// How far a continuity check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckProgress {
    /// The tone is sent, and has not come back.
    Sent,
    /// It has come back, and is sent no longer.
    Heard,
    /// What came back has ended: the path is good both ways.
    Passed,
}

impl CheckTone {
    /// A check that begins with the next block.
    #[must_use]
    pub fn new(law: Law) -> Self {
        Self {
            law,
            tone: Tone::new(HERTZ, LEVEL_DBM0),
            receiver: CheckToneReceiver::new(law),
            progress: CheckProgress::Sent,
        }
    }

    /// One millisecond: takes what came, and gives what is to be sent.
    pub fn tick(&mut self, heard: &[u8; BLOCK_FRAMES]) -> [u8; BLOCK_FRAMES] {
        let is_present = self.receiver.hear(heard);
        self.progress = match (self.progress, is_present) {
            (CheckProgress::Sent, true) => CheckProgress::Heard,
            (CheckProgress::Heard, false) => CheckProgress::Passed,
            (progress, _) => progress,
        };
        let mut octets = [self.law.idle(); BLOCK_FRAMES];
        if self.progress == CheckProgress::Sent {
            for octet in &mut octets {
                *octet = self.law.encode(self.tone.sample());
            }
        }
        octets
    }

    /// How far the check is.
    #[must_use]
    pub const fn progress(&self) -> CheckProgress {
        self.progress
    }
}

#[cfg(test)]
mod tests;
