use std::fmt;

/// One signal unit as it lies between its flags, without the two check octets: backward and
/// forward sequence octets, length indicator, then what that announces (Q.703 §2.2).
#[derive(Clone, Copy)]
pub struct Unit {
    len: u16,
    octets: [u8; Self::MAX_LEN],
}

impl Unit {
    /// Three octets of header, one of service information, 272 of signalling information
    /// (Q.703 §2.3.8).
    pub const MAX_LEN: usize = 276;
    /// The header alone: a fill-in signal unit (Q.703 §2.2.2).
    pub const MIN_LEN: usize = 3;
    /// Up to here it is a FISU or an LSSU, whose status field has one octet or two
    /// (Q.703 §2.2.2, §11.1.2).
    pub(crate) const STATUS_MAX_LEN: usize = 5;

    /// The unit made of these octets, unless they are too many.
    pub fn from_slice(octets: &[u8]) -> Option<Self> {
        let mut unit = Self { len: u16::try_from(octets.len()).ok()?, octets: [0; Self::MAX_LEN] };
        unit.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(unit)
    }

    /// The octets in the order in which they go out.
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Unit {}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({:02x?})", self.as_slice())
    }
}
