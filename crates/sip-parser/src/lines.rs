//! Where lines end: a head is looked through once, a block at a time, and what is found in a block
//! is kept as one word of bits.

use wide::u8x16;

/// Octets of a block, and bits of a word.
const BLOCK: usize = 64;

/// Every LF, first to last. No more than the block of the last one asked for is looked at.
#[derive(Clone, Debug)]
pub(crate) struct LineEnds<'a> {
    /// What is behind the block.
    rest: &'a [u8],
    /// Where the block ends; the last one may end beyond the input.
    end: usize,
    /// A bit for each LF of the block that has not been told yet, the lowest for its first octet.
    left: u64,
}

impl<'a> LineEnds<'a> {
    /// Those of `bytes` from `begin` on.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], begin: usize) -> Self {
        Self { rest: bytes.get(begin..).unwrap_or_default(), end: begin, left: 0 }
    }

    /// Goes on to the next block; `None` when there is none.
    #[inline]
    fn advance(&mut self) -> Option<()> {
        if let Some((block, rest)) = self.rest.split_first_chunk() {
            (self.left, self.rest) = (line_ends(block), rest);
        } else {
            (self.left, self.rest) = (line_ends_of_last(self.rest)?, &[]);
        }
        self.end += BLOCK;
        Some(())
    }
}

impl Iterator for LineEnds<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.advance()?;
        }
        let first = self.left.trailing_zeros() as usize;
        // Takes the lowest bit away.
        self.left &= self.left - 1;
        Some(self.end - BLOCK + first)
    }
}

/// A bit for each LF.
#[inline]
fn line_ends(block: &[u8; BLOCK]) -> u64 {
    let lf = u8x16::splat(b'\n');
    let bits = |octets: &[u8; 16]| u64::from(u8x16::new(*octets).simd_eq(lf).to_bitmask());
    block.as_chunks().0.iter().rev().fold(0, |all, octets| all << 16 | bits(octets))
}

/// The same of what is shorter than a block; `None` of nothing.
#[cold]
fn line_ends_of_last(octets: &[u8]) -> Option<u64> {
    let mut block = [0; BLOCK];
    block.get_mut(..octets.len())?.copy_from_slice(octets);
    (!octets.is_empty()).then(|| line_ends(&block))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_line_end_is_found(
            bytes in prop::collection::vec(prop::sample::select(&b"\n\na\r\x8a\x0b"[..]), 0..300),
            begin in 0..300_usize,
        ) {
            let begin = begin.min(bytes.len());
            let one_by_one = (begin..bytes.len()).filter(|at| bytes[*at] == b'\n');
            prop_assert!(LineEnds::new(&bytes, begin).eq(one_by_one));
        }
    }

    #[test]
    fn blocks_without_a_line_end_are_passed_over() {
        for length in [0, 1, 63, 64, 65, 127, 128, 129, 1_000] {
            let mut bytes = vec![b'a'; length];
            assert_eq!(LineEnds::new(&bytes, 0).next(), None);
            bytes.push(b'\n');
            assert_eq!(LineEnds::new(&bytes, 0).collect::<Vec<_>>(), [length]);
        }
    }
}
