use crate::{Tone, g711};

/// Q.23 §4: the tones of the rows and of the columns.
const LOW: [u16; 4] = [697, 770, 852, 941];
const HIGH: [u16; 4] = [1_209, 1_336, 1_477, 1_633];

/// The keys in rows, by their codes in RFC 4733 Table 3.
const KEYS: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// The levels, the higher tones louder for what lines take from them (ES 201 235-2 §4.2.4).
const LOW_DBM0: i8 = -9;
const HIGH_DBM0: i8 = -7;

/// The two tones of a key (Q.23), without end.
#[derive(Clone, Debug)]
pub struct Dtmf {
    low: Tone,
    high: Tone,
}

impl Dtmf {
    /// The tones of a key: 0 to 9, 10 for `*`, 11 for `#`, 12 to 15 for A to D.
    #[must_use]
    pub fn new(key: u8) -> Option<Self> {
        let (row, low) = KEYS.iter().zip(LOW).find(|(row, _)| row.contains(&key))?;
        let (_, high) = row.iter().zip(HIGH).find(|(found, _)| **found == key)?;
        Some(Self { low: Tone::new(low, LOW_DBM0), high: Tone::new(high, HIGH_DBM0) })
    }

    /// Fills `octets` with the next samples, A-law.
    pub fn fill(&mut self, octets: &mut [u8]) {
        for octet in octets {
            let sum = self.low.sample().saturating_add(self.high.sample());
            *octet = g711::encode_alaw(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the power of 100 ms at a frequency.
    fn share(key: u8, hertz: u16) -> f64 {
        let mut octets = [0; 800];
        Dtmf::new(key).unwrap().fill(&mut octets);
        let (mut power, mut real, mut imaginary) = (0.0, 0.0, 0.0);
        for (n, octet) in octets.iter().enumerate() {
            let sample = f64::from(g711::decode_alaw(*octet)) / 32_768.0;
            let angle = std::f64::consts::TAU * f64::from(hertz) * n as f64 / 8_000.0;
            power += sample * sample / 800.0;
            real += sample * angle.cos() / 800.0;
            imaginary += sample * angle.sin() / 800.0;
        }
        2.0 * (real * real + imaginary * imaginary) / power
    }

    #[test]
    fn each_key_is_its_two_tones() {
        for (key, low, high) in
            [(1, 697, 1_209), (5, 770, 1_336), (0, 941, 1_336), (10, 941, 1_209), (15, 941, 1_633)]
        {
            let both = share(key, low) + share(key, high);
            assert!(both > 0.98, "key {key}: {both}");
            assert!(share(key, low) > 0.3 && share(key, high) > 0.5);
        }
        assert!(Dtmf::new(16).is_none());
        assert_eq!((0..=255).filter(|key| Dtmf::new(*key).is_some()).count(), 16);
    }
}
