use crate::g711;

/// Frames in a block: one millisecond at 8,000 frames a second.
pub const BLOCK_FRAMES: usize = 8;
/// Time slots in a frame of an E1 span (G.704 §2.3), the one for frame alignment included.
pub const SLOTS: usize = 32;

/// One millisecond of a span: [`BLOCK_FRAMES`] octets of each time slot, the octet that is
/// transmitted first before the others. Within an octet bit 1 of G.704, which goes first, is the
/// most significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    octets: [[u8; BLOCK_FRAMES]; SLOTS],
}

impl Block {
    /// What a span without traffic carries: A-law silence, and nothing in time slot 0, whose
    /// frame alignment signal is the business of the hardware.
    pub const IDLE: Self = {
        let mut octets = [[g711::ALAW_IDLE; BLOCK_FRAMES]; SLOTS];
        octets[0] = [0; BLOCK_FRAMES];
        Self { octets }
    };

    /// The alarm indication signal: all ones (G.775 §5.2), heard while there is no signal.
    pub const AIS: Self = Self { octets: [[0xff; BLOCK_FRAMES]; SLOTS] };

    /// The octets of time slot `number`, modulo [`SLOTS`].
    #[expect(clippy::indexing_slicing, reason = "the remainder is below the length")]
    pub const fn slot(&self, number: usize) -> &[u8; BLOCK_FRAMES] {
        &self.octets[number % SLOTS]
    }

    /// The octets of time slot `number`, modulo [`SLOTS`].
    #[expect(clippy::indexing_slicing, reason = "the remainder is below the length")]
    pub const fn slot_mut(&mut self, number: usize) -> &mut [u8; BLOCK_FRAMES] {
        &mut self.octets[number % SLOTS]
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::IDLE
    }
}
