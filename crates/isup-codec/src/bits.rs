/// A field of an indicator word: where it begins and how wide it is. Bit 0 is bit A of the first
/// octet, bit 8 is bit I, the first of the second octet.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    shift: u32,
    width: u32,
}

impl Field {
    pub(crate) const fn new(shift: u32, width: u32) -> Self {
        Self { shift, width }
    }

    pub(crate) const fn bit(shift: u32) -> Self {
        Self::new(shift, 1)
    }

    /// The greatest value of a field that begins at bit 0.
    pub(crate) const fn mask(self) -> u16 {
        (1 << self.width) - 1
    }

    /// The field's value in `word`.
    pub(crate) const fn get(self, word: u16) -> u8 {
        (word >> self.shift & self.mask()) as u8
    }

    /// Whether any bit of the field is set in `word`.
    pub(crate) const fn is_set(self, word: u16) -> bool {
        self.get(word) != 0
    }

    /// `word` with the field set to the low bits of `value`.
    pub(crate) const fn put(self, word: u16, value: u8) -> u16 {
        word & !(self.mask() << self.shift) | (value as u16 & self.mask()) << self.shift
    }

    /// Whether `value` has no bit beyond the field.
    pub(crate) const fn holds(self, value: u8) -> bool {
        value as u16 <= self.mask()
    }
}
