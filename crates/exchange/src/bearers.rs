use crate::{Source, TimeSlot};
use isup::CheckId;
use tdm::{BLOCK_FRAMES, Block, CheckProgress, CheckTone, Law, SLOTS, Tone, g711};

/// What one time slot does.
#[expect(clippy::large_enum_variant, reason = "the span thread allocates nothing")]
#[derive(Clone, Debug)]
enum Player {
    /// Nobody gave it a source; whatever else uses the time slot (signalling) is left alone.
    Unused,
    Idle,
    Echo {
        heard: [u8; BLOCK_FRAMES],
    },
    Tone(Tone),
    Loop,
    Check {
        check: CheckId,
        tone: CheckTone,
        is_told: bool,
    },
}

/// Checks that may wait to be told; more are told later.
const PASSED_MAX: usize = 64;

const SILENCE: [u8; BLOCK_FRAMES] = [g711::ALAW_IDLE; BLOCK_FRAMES];

/// The speech side of the exchange, on the span's thread. Allocates nothing after it was built.
#[derive(Clone, Debug)]
pub struct Bearers {
    spans: Vec<[Player; SLOTS]>,
    /// Checks that have passed and are to be told.
    passed: Vec<CheckId>,
}

impl Bearers {
    /// So many spans, no time slot of which has a source yet.
    pub fn new(spans: usize) -> Self {
        let span = || std::array::from_fn(|_| Player::Unused);
        Self { spans: (0..spans).map(|_| span()).collect(), passed: Vec::with_capacity(PASSED_MAX) }
    }

    /// From now on the time slot carries `source`. A span that is not there is ignored.
    pub fn set(&mut self, slot: TimeSlot, source: Source) {
        let span = self.spans.get_mut(usize::from(slot.span));
        if let Some(player) = span.and_then(|span| span.get_mut(usize::from(slot.slot))) {
            let is_checked = matches!(player, Player::Loop | Player::Check { .. });
            *player = match source {
                Source::EndCheck if !is_checked => return,
                Source::EndCheck | Source::Idle => Player::Idle,
                Source::Echo => Player::Echo { heard: SILENCE },
                Source::Tone { hertz, dbm0 } => Player::Tone(Tone::new(hertz, dbm0)),
                Source::Ringback => Player::Tone(Tone::ringback()),
                Source::Loop => Player::Loop,
                Source::CheckTone(check) => {
                    Player::Check { check, tone: CheckTone::new(Law::A), is_told: false }
                }
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
                    Player::Loop => *tx.slot_mut(number) = *rx.slot(number),
                    Player::Check { check, tone, is_told } => {
                        *tx.slot_mut(number) = tone.tick(rx.slot(number));
                        let is_news = tone.progress() == CheckProgress::Passed && !*is_told;
                        if is_news && self.passed.len() < PASSED_MAX {
                            *is_told = true;
                            self.passed.push(*check);
                        }
                    }
                }
            }
        }
    }
}

impl Bearers {
    /// Takes a check that has passed since the last time.
    pub fn poll_passed(&mut self) -> Option<CheckId> {
        self.passed.pop()
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
    fn a_loop_gives_back_at_once_and_a_check_tone_passes_over_one() {
        let mut bearers = Bearers::new(1);
        bearers.set(SLOT, Source::Loop);
        assert_eq!(heard(&mut bearers, 1), [1; 8]);
        // Speech that began meanwhile goes on.
        bearers.set(SLOT, Source::Echo);
        bearers.set(SLOT, Source::EndCheck);
        assert_eq!(heard(&mut bearers, 2), SILENCE);
        assert_eq!(heard(&mut bearers, 3), [2; 8]);
        bearers.set(SLOT, Source::CheckTone(CheckId(5)));
        let mut rx = [Block::IDLE];
        for _ in 0..200 {
            let mut tx = [Block::IDLE];
            bearers.tick(&rx, &mut tx);
            rx = tx;
        }
        assert_eq!(bearers.poll_passed(), Some(CheckId(5)));
        assert_eq!(bearers.poll_passed(), None);
        bearers.set(SLOT, Source::EndCheck);
        assert_eq!(heard(&mut bearers, 3), SILENCE);
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
