//! The fixed header of RTP (RFC 3550 §5.1), and what may lie between it and the payload.

/// Octets of a header without contributing sources and extension, the only kind we write.
pub(crate) const HEADER_LEN: usize = 12;

const VERSION: u8 = 2;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;
const SOURCES: u8 = 0x0f;
const MARKER: u8 = 0x80;
const PAYLOAD_TYPE: u8 = 0x7f;

/// What the header says that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) source: u32,
}

impl Header {
    /// The header and the payload; `None` is no RTP (RFC 3550 A.1, the checks of the header).
    pub(crate) fn parse(packet: &[u8]) -> Option<(Self, &[u8])> {
        let (&[flags, kind, s0, s1, t0, t1, t2, t3, o0, o1, o2, o3], mut rest) =
            packet.split_first_chunk::<HEADER_LEN>()?;
        if flags >> 6 != VERSION {
            return None;
        }
        rest = rest.get(usize::from(flags & SOURCES) * 4..)?;
        if flags & EXTENSION != 0 {
            // RFC 3550 §5.3.1: the length counts words, without the first.
            let (&[_, _, l0, l1], words) = rest.split_first_chunk::<4>()?;
            rest = words.get(usize::from(u16::from_be_bytes([l0, l1])) * 4..)?;
        }
        if flags & PADDING != 0 {
            // RFC 3550 §5.1: the last octet counts itself.
            let padding = usize::from(*rest.last()?);
            let len = rest.len().checked_sub(padding).filter(|_| padding > 0)?;
            rest = rest.get(..len)?;
        }
        let header = Self {
            marker: kind & MARKER != 0,
            payload_type: kind & PAYLOAD_TYPE,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([o0, o1, o2, o3]),
        };
        Some((header, rest))
    }

    /// The header as it goes out.
    pub(crate) const fn write(self) -> [u8; HEADER_LEN] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [o0, o1, o2, o3] = self.source.to_be_bytes();
        let marker = if self.marker { MARKER } else { 0 };
        let kind = marker | self.payload_type & PAYLOAD_TYPE;
        [VERSION << 6, kind, s0, s1, t0, t1, t2, t3, o0, o1, o2, o3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 8,
        sequence: 0x1234,
        timestamp: 0x5678_9abc,
        source: 0xdef0_1122,
    };

    #[test]
    fn a_packet_with_everything_in_it() {
        let mut packet = HEADER.write().to_vec();
        assert_eq!(packet[..2], [0x80, 0x88]);
        packet[0] |= PADDING | EXTENSION | 2;
        packet.extend([0xcc; 8]);
        packet.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        packet.extend(b"speech");
        packet.extend([0, 0, 3]);
        assert_eq!(Header::parse(&packet), Some((HEADER, &b"speech"[..])));
        for len in 0..HEADER_LEN + 16 {
            assert_eq!(Header::parse(&packet[..len]), None, "{len} octets");
        }
    }

    #[test]
    fn what_the_header_promises_must_be_there() {
        let with = |flags: u8, rest: &[u8]| {
            let mut packet = HEADER.write().to_vec();
            packet[0] = flags;
            packet.extend(rest);
            Header::parse(&packet).map(|(_, payload)| payload.len())
        };
        assert_eq!(with(0x80, b""), Some(0));
        assert_eq!(with(0x40, b"x"), None, "version 1");
        assert_eq!(with(0xc0, b"x"), None, "version 3");
        assert_eq!(with(0x82, &[0; 7]), None, "half a contributing source");
        assert_eq!(with(0x90, &[0, 0, 0, 1, 0, 0, 0]), None, "half an extension");
        assert_eq!(with(0x90, &[0, 0, 0, 0]), Some(0));
        assert_eq!(with(0xa0, b""), None, "padding without an octet");
        assert_eq!(with(0xa0, &[1, 0]), None, "padding of no octet");
        assert_eq!(with(0xa0, &[1, 3]), None, "padding of more than there is");
        assert_eq!(with(0xa0, &[1, 2]), Some(0));
    }

    proptest! {
        #[test]
        fn octets_never_panic(packet in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some((_, payload)) = Header::parse(&packet) {
                prop_assert!(payload.len() + HEADER_LEN <= packet.len());
            }
        }

        #[test]
        fn what_is_written_is_read(
            marker: bool, payload_type in 0..128u8, sequence: u16, timestamp: u32, source: u32,
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, source };
            let packet = header.write();
            prop_assert_eq!(Header::parse(&packet), Some((header, &[][..])));
        }
    }
}
