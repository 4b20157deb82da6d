/// The check of a signal unit while its octets pass (Q.703 §4.2): the CRC of X.25, generator
/// x^16 + x^12 + x^5 + 1, the register preset to ones, its complement sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fcs(u16);

/// The generator, the term that is sent first in the least significant bit.
const GENERATOR: u16 = 0x8408;
/// What is left after a unit and its check octets: 0001110100001111 in the standard's order.
const GOOD: u16 = 0xf0b8;

#[expect(clippy::indexing_slicing, reason = "evaluated when compiled")]
static TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut register = index as u16;
        let mut bit = 0;
        while bit < 8 {
            let carry = register & 1;
            register >>= 1;
            if carry == 1 {
                register ^= GENERATOR;
            }
            bit += 1;
        }
        table[index] = register;
        index += 1;
    }
    table
};

impl Fcs {
    pub(crate) const fn new() -> Self {
        Self(0xffff)
    }

    #[expect(clippy::indexing_slicing, reason = "eight bits choose among 256 entries")]
    pub(crate) fn push(&mut self, octet: u8) {
        let index = (self.0 ^ u16::from(octet)) & 0xff;
        self.0 = self.0 >> 8 ^ TABLE[usize::from(index)];
    }

    /// The check octets in the order in which they go out.
    pub(crate) const fn octets(self) -> [u8; 2] {
        (!self.0).to_le_bytes()
    }

    /// Whether what passed ended with its own check octets.
    pub(crate) const fn is_good(self) -> bool {
        self.0 == GOOD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(octets: &[u8]) -> Fcs {
        let mut fcs = Fcs::new();
        for &octet in octets {
            fcs.push(octet);
        }
        fcs
    }

    #[test]
    fn known_answers() {
        // The check value that every catalogue gives for CRC-16/X-25.
        assert_eq!(of(b"123456789").octets(), 0x906e_u16.to_le_bytes());
        // X.25 (LAPB) frames: SABM to address A, UA from B (ISO/IEC 13239 examples).
        assert_eq!(of(&[0x03, 0x3f]).octets(), [0x5b, 0xec]);
        assert_eq!(of(&[0x01, 0x73]).octets(), [0x83, 0x57]);
        assert_eq!(of(&[]).octets(), [0, 0]);
    }

    /// The register of Q.703 §4.2 as the text has it: bits, polynomials, complement.
    #[test]
    fn the_table_agrees_with_long_division() {
        for unit in [&[0xff, 0xff, 0x00][..], &[0x80, 0x80, 0x01, 0x04], &[0; 40], &[0x55; 276]] {
            let bits = unit.iter().flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1));
            let mut remainder: u16 = 0xffff;
            for bit in bits {
                let carry = (remainder >> 15) as u8 ^ bit;
                remainder = remainder << 1 ^ if carry == 1 { 0x1021 } else { 0 };
            }
            // The coefficient of the highest power goes out first; octets go out low bit first.
            assert_eq!(of(unit).octets(), (!remainder).reverse_bits().to_le_bytes());
        }
    }

    #[test]
    fn a_unit_with_its_check_octets_is_good_and_one_wrong_bit_is_not() {
        let mut unit = vec![0x80, 0x81, 0x3f, 0x85, 0x02, 0x40];
        unit.extend(of(&unit).octets());
        assert!(of(&unit).is_good());
        for bit in 0..unit.len() * 8 {
            unit[bit / 8] ^= 1 << (bit % 8);
            assert!(!of(&unit).is_good(), "bit {bit}");
            unit[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
