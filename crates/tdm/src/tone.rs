use crate::g711;
use std::sync::LazyLock;

const RATE: u64 = 8_000;
const SINE_BITS: u32 = 10;
/// The greatest amplitude that A-law can show is that of a sine of this level (G.711 §2).
#[expect(clippy::approx_constant, reason = "a level that looks like π")]
const OVERLOAD_DBM0: f64 = 3.14;

/// One period, full scale.
static SINE: LazyLock<[i16; 1 << SINE_BITS]> = LazyLock::new(|| {
    std::array::from_fn(|index| {
        let angle = std::f64::consts::TAU * index as f64 / f64::from(1 << SINE_BITS);
        (angle.sin() * f64::from(i16::MAX)).round() as i16
    })
});

/// Samples of a tone, A-law, without end.
#[derive(Clone, Debug)]
pub struct Tone {
    phase: u32,
    step: u32,
    /// Of full scale, in units of 2^-15.
    amplitude: i32,
    /// Samples on and in the whole period; `None` sounds for ever.
    cadence: Option<(u32, u32)>,
    position: u32,
}

impl Tone {
    /// A steady tone of `hertz` at `dbm0`, which cannot be louder than +3 dBm0.
    pub fn new(hertz: u16, dbm0: i8) -> Self {
        Self {
            phase: 0,
            step: ((u64::from(hertz) << 32) / RATE) as u32,
            amplitude: Self::amplitude(f64::from(dbm0).min(3.0)).round() as i32,
            cadence: None,
            position: 0,
        }
    }

    /// The amplitude of a sine of this level, in units of 2^-15 of full scale.
    pub(crate) fn amplitude(dbm0: f64) -> f64 {
        10f64.powf((dbm0 - OVERLOAD_DBM0) / 20.0) * 32_768.0
    }

    /// The same tone, sounding `on` of each `on + off` milliseconds, beginning with sound.
    pub fn with_cadence(mut self, on: u32, off: u32) -> Self {
        let samples = |millis: u32| millis.saturating_mul(8).min(u32::MAX / 2);
        self.cadence = Some((samples(on), samples(on).saturating_add(samples(off)).max(1)));
        self
    }

    /// The ringing tone of Europe's exchanges (E.180 supplement 2: France, 440 Hz, 1.5 s of 5 s).
    pub fn ringback() -> Self {
        Self::new(440, -10).with_cadence(1_500, 3_500)
    }

    /// The next sample.
    #[expect(clippy::should_implement_trait, reason = "it never ends; an Option would say it may")]
    pub fn next(&mut self) -> u8 {
        if let Some((on, period)) = self.cadence {
            let position = self.position;
            self.position = if position + 1 >= period { 0 } else { position + 1 };
            if position >= on {
                // The next burst begins at a zero of the sine, without a click.
                self.phase = 0;
                return g711::ALAW_IDLE;
            }
        }
        g711::encode_alaw(self.sample())
    }

    /// The next sample of the sine, not coded yet.
    pub(crate) fn sample(&mut self) -> i16 {
        let index = (self.phase >> (u32::BITS - SINE_BITS)) as usize;
        let sine = SINE.get(index).copied().unwrap_or_default();
        self.phase = self.phase.wrapping_add(self.step);
        ((i32::from(sine) * self.amplitude) >> 15) as i16
    }

    /// Fills `octets` with the next samples.
    pub fn fill(&mut self, octets: &mut [u8]) {
        for octet in octets {
            *octet = self.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level and frequency of a second of a tone: power, and the share of it at `hertz`.
    fn measure(tone: &mut Tone, hertz: f64) -> (f64, f64) {
        let (mut power, mut real, mut imaginary) = (0.0, 0.0, 0.0);
        for n in 0..8_000 {
            let sample = f64::from(g711::decode_alaw(tone.next())) / 32_768.0;
            let angle = std::f64::consts::TAU * hertz * f64::from(n) / 8_000.0;
            power += sample * sample / 8_000.0;
            real += sample * angle.cos() / 8_000.0;
            imaginary += sample * angle.sin() / 8_000.0;
        }
        let level = 10.0 * (power * 2.0).log10() + OVERLOAD_DBM0;
        (level, 2.0 * (real * real + imaginary * imaginary) / power)
    }

    #[test]
    fn a_tone_has_the_level_and_the_frequency_asked_for() {
        for (hertz, dbm0) in [(1_004, -10), (425, -13), (440, -20), (1_004, 0), (2_000, 3)] {
            let (level, share) = measure(&mut Tone::new(hertz, dbm0), f64::from(hertz));
            assert!((level - f64::from(dbm0)).abs() < 0.2, "{hertz} Hz: {level} for {dbm0}");
            assert!(share > 0.999, "{hertz} Hz holds {share} of the power");
        }
        let (level, _) = measure(&mut Tone::new(1_004, 100), 1_004.0);
        assert!(
            (level - 3.0).abs() < 0.2,
            "overload must clip the level, not the samples: {level}"
        );
    }

    #[test]
    fn a_cadence_sounds_and_pauses() {
        let mut tone = Tone::ringback();
        let mut sound = |millis: usize| {
            let mut loud = 0;
            for _ in 0..millis * 8 {
                loud += usize::from(tone.next() != g711::ALAW_IDLE);
            }
            loud
        };
        for _ in 0..2 {
            assert!(sound(1_500) > 11_000);
            assert_eq!(sound(3_500), 0);
        }
        let mut none = Tone::new(440, 0).with_cadence(0, 0);
        assert_eq!(none.next(), g711::ALAW_IDLE);
    }
}
