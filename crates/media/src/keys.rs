//! Keys pressed: telephone events of RTP (RFC 4733), and those that signalling told, heard on the
//! time slot as the tones of Q.23.

use tdm::Dtmf;

/// How long a key sounds at least, in samples: 40 ms, what Q.24 hears for certain.
const SOUND_MIN: u32 = 320;
/// How long an event that is going on sounds on without word of it (RFC 4733 §2.5.2.2): 60 ms, for
/// its packets come each 20 or 50 ms.
const HELD: u32 = 480;

/// RFC 4733 §2.3: the event is over.
const END: u8 = 0x80;

/// The key that sounds.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// The payload type of telephone events.
    pub(crate) payload_type: Option<u8>,
    /// The timestamp of the last event: all its packets have the same (§2.5.1.2).
    event: Option<u32>,
    tones: Option<Dtmf>,
    /// Samples that have sounded,
    played: u32,
    /// and how many shall.
    until: u32,
}

impl Keys {
    /// Takes the payload of a telephone event; says whether it was one.
    pub(crate) fn packet(&mut self, timestamp: u32, payload: &[u8]) -> bool {
        let Some(&[key, flags, d0, d1]) = payload.first_chunk::<4>() else {
            return false;
        };
        let age = self.event.map(|event| timestamp.wrapping_sub(event));
        // A packet of an event that another one has followed.
        if age.is_some_and(|age| age > u32::MAX / 2) {
            return true;
        }
        let duration = u32::from(u16::from_be_bytes([d0, d1]));
        if age != Some(0) {
            self.event = Some(timestamp);
            self.press(key, 0);
        }
        let held = if flags & END == 0 { HELD } else { 0 };
        self.until = (duration + held).max(SOUND_MIN);
        true
    }

    /// Sounds a key for so many samples; nothing where there is no such key.
    pub(crate) fn press(&mut self, key: u8, samples: u32) {
        self.tones = Dtmf::new(key);
        (self.played, self.until) = (0, samples);
    }

    /// Another source speaks: its timestamps begin anywhere (RFC 3550 §5.1).
    pub(crate) const fn begin(&mut self) {
        self.event = None;
    }

    /// Forgets all, for the next call.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Puts the tones in the place of speech for as long as a key sounds.
    pub(crate) fn fill(&mut self, octets: &mut [u8]) {
        let Some(tones) = self.tones.as_mut().filter(|_| self.played < self.until) else {
            return;
        };
        tones.fill(octets);
        self.played = self.played.saturating_add(octets.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: [u8; 8] = [0xd5; 8];

    /// How many of the next milliseconds sound.
    fn sounding(keys: &mut Keys, millis: u32) -> u32 {
        let mut loud = 0;
        for _ in 0..millis {
            let mut octets = QUIET;
            keys.fill(&mut octets);
            loud += u32::from(octets != QUIET);
        }
        loud
    }

    fn event(key: u8, end: bool, duration: u16) -> [u8; 4] {
        let [d0, d1] = duration.to_be_bytes();
        [key, if end { END | 10 } else { 10 }, d0, d1]
    }

    #[test]
    fn an_event_sounds_for_as_long_as_it_lasts() {
        let mut keys = Keys::default();
        let mut loud = 0;
        for n in 1..=5 {
            assert!(keys.packet(1_000, &event(5, false, n * 160)));
            loud += sounding(&mut keys, 20);
        }
        for _ in 0..3 {
            assert!(keys.packet(1_000, &event(5, true, 960)));
        }
        loud += sounding(&mut keys, 100);
        assert_eq!(loud, 120);
        // The same event does not begin again, however late its packets are.
        assert!(keys.packet(1_000, &event(5, true, 960)));
        assert_eq!(sounding(&mut keys, 100), 0);
    }

    #[test]
    fn the_end_may_be_lost_and_packets_may_come_late() {
        let mut keys = Keys::default();
        assert!(keys.packet(1_000, &event(1, false, 160)));
        assert_eq!(sounding(&mut keys, 500), 80);
        // Two events; a packet of the first comes after the second began.
        assert!(keys.packet(9_000, &event(2, false, 160)));
        assert!(keys.packet(1_000, &event(1, true, 8_000)));
        assert_eq!(sounding(&mut keys, 500), 80);
        // So short that nobody would hear it.
        assert!(keys.packet(u32::MAX, &event(3, true, 8)));
        assert_eq!(sounding(&mut keys, 500), 0, "older than the last");
        assert!(keys.packet(90_000, &event(3, true, 8)));
        assert_eq!(sounding(&mut keys, 500), 40);
    }

    #[test]
    fn what_is_no_key_is_silent() {
        let mut keys = Keys::default();
        assert!(!keys.packet(1, &[1, 2, 3]));
        assert!(keys.packet(1, &event(16, false, 8_000)));
        assert_eq!(sounding(&mut keys, 50), 0);
        keys.press(11, 1_280);
        assert_eq!(sounding(&mut keys, 500), 160);
    }
}
