//! What must be known of a packet before it is known whose it is (RFC 9260 §3).

/// The common header and the header of one chunk.
const SHORTEST: usize = 16;
/// Where the chunks begin, and where the checksum stands before them.
const HEADER: usize = 12;

/// The type of a chunk (RFC 9260 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk(u8);

impl Chunk {
    pub(super) const INIT: Self = Self(1);
    pub(super) const INIT_ACK: Self = Self(2);
    pub(super) const ABORT: Self = Self(6);
    pub(super) const SHUTDOWN_ACK: Self = Self(8);
    pub(super) const ERROR: Self = Self(9);
    pub(super) const COOKIE_ECHO: Self = Self(10);
    pub(super) const COOKIE_ACK: Self = Self(11);
    pub(super) const SHUTDOWN_COMPLETE: Self = Self(14);
}

/// The head of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) source: u16,
    pub(super) destination: u16,
    /// Who it is for: the verification tag.
    pub(super) tag: u32,
    /// The first chunk.
    pub(super) first: Chunk,
    /// Of INIT and INIT ACK: how its sender wants to be addressed.
    pub(super) initiate: Option<u32>,
}

impl Head {
    pub(super) fn of(packet: &[u8]) -> Option<Self> {
        let head = packet.first_chunk::<SHORTEST>()?;
        let [s0, s1, d0, d1, t0, t1, t2, t3, _, _, _, _, first, ..] = *head;
        let first = Chunk(first);
        let initiate = match first {
            Chunk::INIT | Chunk::INIT_ACK => {
                let tag = packet.get(SHORTEST..)?.first_chunk()?;
                Some(u32::from_be_bytes(*tag))
            }
            _ => None,
        };
        Some(Self {
            source: u16::from_be_bytes([s0, s1]),
            destination: u16::from_be_bytes([d0, d1]),
            tag: u32::from_be_bytes([t0, t1, t2, t3]),
            first,
            initiate,
        })
    }

    /// The answer to a packet of an association that we do not have (RFC 9260 §8.4): a peer whose
    /// association was lost with us learns it at once. None to what must not be answered.
    pub(super) fn unknown(self, packet: &[u8]) -> Option<Vec<u8>> {
        // §8.4, 8): and no answer where the checksum is wrong.
        if !is_whole(packet) {
            return None;
        }
        let answer = match self.first {
            Chunk::ABORT
            | Chunk::SHUTDOWN_COMPLETE
            | Chunk::ERROR
            | Chunk::COOKIE_ACK
            | Chunk::COOKIE_ECHO
            | Chunk::INIT
            | Chunk::INIT_ACK => return None,
            Chunk::SHUTDOWN_ACK => Chunk::SHUTDOWN_COMPLETE,
            _ => Chunk::ABORT,
        };
        let mut octets = Vec::with_capacity(SHORTEST);
        octets.extend(self.destination.to_be_bytes());
        octets.extend(self.source.to_be_bytes());
        octets.extend(self.tag.to_be_bytes());
        octets.extend([0; 4]);
        // The T bit: the tag is the one that came.
        octets.extend([answer.0, 1, 0, 4]);
        let sum = crc32c(&octets).to_le_bytes();
        octets.splice(HEADER - 4..HEADER, sum);
        Some(octets)
    }
}

/// Whether the checksum fits (RFC 9260 §6.8).
fn is_whole(packet: &[u8]) -> bool {
    let Some((head, chunks)) = packet.split_at_checked(HEADER) else {
        return false;
    };
    let Some((head, sum)) = head.split_last_chunk::<4>() else {
        return false;
    };
    let mut octets = head.to_vec();
    octets.extend([0; 4]);
    octets.extend(chunks);
    crc32c(&octets).to_le_bytes() == *sum
}

/// CRC32c, as RFC 9260 appendix A wants it: transmitted in the order of its reflected form.
fn crc32c(octets: &[u8]) -> u32 {
    let step = |crc: u32, octet: &u8| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0x82F6_3B78 } else { 0 }
        })
    };
    !octets.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // RFC 3720 appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    }

    #[test]
    fn packets_of_nobody_are_answered_once() {
        let data = |first: u8| {
            let mut packet = vec![0x0b, 0x59, 0x0b, 0x5a, 1, 2, 3, 4, 0, 0, 0, 0, first, 0, 0, 4];
            let sum = crc32c(&packet).to_le_bytes();
            packet.splice(8..12, sum);
            packet
        };
        for (first, answer) in [(0, Some(6)), (3, Some(6)), (8, Some(14)), (6, None), (14, None)] {
            let packet = data(first);
            let answered = Head::of(&packet).unwrap().unknown(&packet);
            assert_eq!(answered.as_ref().map(|octets| octets[12]), answer);
            if let Some(octets) = answered {
                let head = Head::of(&octets).unwrap();
                assert_eq!((head.source, head.destination, head.tag), (2906, 2905, 0x0102_0304));
                assert!(is_whole(&octets) && head.unknown(&octets).is_none());
            }
        }
        let mut broken = data(0);
        broken[15] ^= 1;
        assert_eq!(Head::of(&broken).unwrap().unknown(&broken), None);
        assert_eq!(Head::of(&broken[..15]), None);
    }
}
