use crate::{Source, TimeSlot};
use tdm::{BLOCK_FRAMES, Block, SLOTS, Tone, g711};

/// What one time slot does.
#[derive(Clone, Debug)]
enum Player {
    /// Nobody gave it a source; whatever else uses the time slot (signalling) is left alone.
    Unused,
    Idle,
    Echo {
        heard: [u8; BLOCK_FRAMES],
    },
    Tone(Tone),
}

const SILENCE: [u8; BLOCK_FRAMES] = [g711::ALAW_IDLE; BLOCK_FRAMES];

/// The speech side of the exchange, on the span's thread. Allocates nothing after it was built.
#[derive(Clone, Debug)]
pub struct Bearers {
    spans: Vec<[Player; SLOTS]>,
}

impl Bearers {
    /// So many spans, no time slot of which has a source yet.
    pub fn new(spans: usize) -> Self {
        let span = || std::array::from_fn(|_| Player::Unused);
        Self { spans: (0..spans).map(|_| span()).collect() }
    }

    /// From now on the time slot carries `source`. A span that is not there is ignored.
    pub fn set(&mut self, slot: TimeSlot, source: Source) {
        let span = self.spans.get_mut(usize::from(slot.span));
        if let Some(player) = span.and_then(|span| span.get_mut(usize::from(slot.slot))) {
            *player = match source {
                Source::Idle => Player::Idle,
                Source::Echo => Player::Echo { heard: SILENCE },
                Source::Tone { hertz, dbm0 } => Player::Tone(Tone::new(hertz, dbm0)),
                Source::Ringback => Player::Tone(Tone::ringback()),
            };
        }
    }

    /// One millisecond: what was received on each span, and what to transmit.
    pub fn tick(&mut self, rx: &[Block], tx: &mut [Block]) {
        for ((span, rx), tx) in self.spans.iter_mut().zip(rx).zip(tx) {
            for (number, player) in span.iter_mut().enumerate() {
                match player {
                    Player::Unused => {}
                    Player::Idle => *tx.slot_mut(number) = SILENCE,
                    Player::Echo { heard } => {
                        *tx.slot_mut(number) = std::mem::replace(heard, *rx.slot(number));
                    }
                    Player::Tone(tone) => tone.fill(tx.slot_mut(number)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOT: TimeSlot = TimeSlot { span: 0, slot: 3 };

    fn heard(bearers: &mut Bearers, spoken: u8) -> [u8; BLOCK_FRAMES] {
        let mut rx = [Block::IDLE];
        *rx[0].slot_mut(3) = [spoken; BLOCK_FRAMES];
        let mut tx = [Block::AIS];
        bearers.tick(&rx, &mut tx);
        for slot in (0..SLOTS).filter(|slot| *slot != 3) {
            assert_eq!(tx[0].slot(slot), Block::AIS.slot(slot), "{slot} is not ours");
        }
        *tx[0].slot(3)
    }

    #[test]
    fn an_echo_comes_one_block_later() {
        let mut bearers = Bearers::new(1);
        assert_eq!(heard(&mut bearers, 1), [0xff; 8]);
        bearers.set(SLOT, Source::Echo);
        assert_eq!(heard(&mut bearers, 1), SILENCE);
        assert_eq!(heard(&mut bearers, 2), [1; 8]);
        bearers.set(SLOT, Source::Idle);
        assert_eq!(heard(&mut bearers, 3), SILENCE);
        // A new echo remembers nothing of the last call.
        bearers.set(SLOT, Source::Echo);
        assert_eq!(heard(&mut bearers, 4), SILENCE);
    }

    #[test]
    fn tones_go_on_from_block_to_block() {
        let mut bearers = Bearers::new(1);
        let mut tone = Tone::new(1_004, -10);
        bearers.set(SLOT, Source::Tone { hertz: 1_004, dbm0: -10 });
        for _ in 0..20 {
            let mut expected = [0; BLOCK_FRAMES];
            tone.fill(&mut expected);
            assert_eq!(heard(&mut bearers, 0), expected);
        }
        bearers.set(SLOT, Source::Ringback);
        assert_ne!(heard(&mut bearers, 0), SILENCE);
    }

    #[test]
    fn slots_that_are_not_there_are_ignored() {
        let mut bearers = Bearers::new(1);
        bearers.set(TimeSlot { span: 1, slot: 3 }, Source::Echo);
        bearers.set(TimeSlot { span: 0, slot: 32 }, Source::Echo);
        assert_eq!(heard(&mut bearers, 1), [0xff; 8]);
        bearers.tick(&[], &mut []);
    }
}
