/// A small seeded generator (SplitMix64) for tags, branches, jitter and simulated faults. Not for
/// secrets: where an attacker must not guess, the seed comes from the operating system and the
/// value is one of many.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The same seed gives the same sequence.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be zero (zero gives zero).
    pub const fn below(&mut self, bound: u64) -> u64 {
        // The high half of a 128-bit product: no division, bias below 2^-64 * bound.
        ((self.next_u64() as u128 * bound as u128) >> 64) as u64
    }

    /// True `numerator` times out of `denominator`.
    pub const fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// A generator whose sequence does not depend on how much this one is used later.
    pub const fn fork(&mut self) -> Self {
        Self(self.next_u64())
    }
}
