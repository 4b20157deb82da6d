use std::fmt;

/// One signal unit between its flags, without the check octets: BSN and BIB, FSN and FIB, length
/// indicator, then a status field or the service information octet and its field (Q.703 §2.2).
#[derive(Clone, Copy)]
pub struct SignalUnit {
    len: u16,
    octets: [u8; Self::MAX_LEN],
}

impl SignalUnit {
    /// Three octets of header, one of service information, 272 of signalling information.
    pub const MAX_LEN: usize = 276;

    /// The unit made of these octets, unless they are too many.
    pub fn from_slice(octets: &[u8]) -> Option<Self> {
        Self::from_parts(octets, &[])
    }

    /// The unit made of `head` and `tail`, unless they are too many.
    pub(crate) fn from_parts(head: &[u8], tail: &[u8]) -> Option<Self> {
        let end = head.len() + tail.len();
        let mut unit = Self { len: u16::try_from(end).ok()?, octets: [0; Self::MAX_LEN] };
        unit.octets.get_mut(..head.len())?.copy_from_slice(head);
        unit.octets.get_mut(head.len()..end)?.copy_from_slice(tail);
        Some(unit)
    }

    /// The octets in the order in which they go out.
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl PartialEq for SignalUnit {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for SignalUnit {}

impl fmt::Debug for SignalUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignalUnit({:02x?})", self.as_slice())
    }
}
