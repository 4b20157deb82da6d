use std::io::{self, Write};

/// What the packets of an interface are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// MTP3 messages from the service information octet on.
    Mtp3,
    /// IP packets without a link layer.
    Ip,
}

impl Interface {
    const ALL: [Self; 2] = [Self::Mtp3, Self::Ip];

    /// The position of the interface's description in the file.
    const fn number(self) -> u32 {
        match self {
            Self::Mtp3 => 0,
            Self::Ip => 1,
        }
    }

    /// LINKTYPE_MTP3, LINKTYPE_RAW.
    const fn link_type(self) -> u16 {
        match self {
            Self::Mtp3 => 141,
            Self::Ip => 101,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Mtp3 => "signalling links",
            Self::Ip => "SIP and RTP",
        }
    }
}

// draft-ietf-opsawg-pcapng §4.1, §4.2, §4.3
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
/// Tells a reader our octet order.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const SNAP_LENGTH: u32 = 262_144;

const OPT_END: u16 = 0;
/// Of an interface description: its name.
const IF_NAME: u16 = 2;
/// Of an interface description: decimal digits of a second in time stamps.
const IF_TSRESOL: u16 = 9;
const NANOSECONDS: u8 = 9;
/// Of a packet: bit 0-1 is 1 for inbound, 2 for outbound.
const EPB_FLAGS: u16 = 2;
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;

/// Writes a pcapng file with one section and both interfaces.
#[derive(Debug)]
pub struct PcapNg<W> {
    out: W,
    block: Vec<u8>,
}

impl<W: Write> PcapNg<W> {
    /// Writes the head of the file.
    pub fn new(out: W) -> io::Result<Self> {
        let mut file = Self { out, block: Vec::new() };
        file.write_block(SECTION_HEADER, |body| {
            body.extend(BYTE_ORDER_MAGIC.to_ne_bytes());
            body.extend(1_u16.to_ne_bytes()); // version 1.0
            body.extend(0_u16.to_ne_bytes());
            body.extend((-1_i64).to_ne_bytes()); // section length: not known
        })?;
        for interface in Interface::ALL {
            file.write_block(INTERFACE_DESCRIPTION, |body| {
                body.extend(interface.link_type().to_ne_bytes());
                body.extend(0_u16.to_ne_bytes());
                body.extend(SNAP_LENGTH.to_ne_bytes());
                option(body, IF_NAME, interface.name().as_bytes());
                option(body, IF_TSRESOL, &[NANOSECONDS]);
                option(body, OPT_END, &[]);
            })?;
        }
        Ok(file)
    }

    /// Writes one packet, seen `nanos` nanoseconds after 1970.
    pub fn packet(
        &mut self,
        interface: Interface,
        nanos: u64,
        outgoing: bool,
        packet: &[u8],
    ) -> io::Result<()> {
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let kept = packet.get(..SNAP_LENGTH as usize).unwrap_or(packet);
        self.write_block(ENHANCED_PACKET, |body| {
            body.extend(interface.number().to_ne_bytes());
            body.extend(((nanos >> 32) as u32).to_ne_bytes());
            body.extend((nanos as u32).to_ne_bytes());
            body.extend((kept.len() as u32).to_ne_bytes());
            body.extend(length.to_ne_bytes());
            body.extend_from_slice(kept);
            pad(body, kept.len());
            let direction = if outgoing { OUTBOUND } else { INBOUND };
            option(body, EPB_FLAGS, &direction.to_ne_bytes());
            option(body, OPT_END, &[]);
        })
    }

    /// Hands everything to the system.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Type, total length, body, total length again (§3.1).
    fn write_block(&mut self, kind: u32, fill: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.block.clear();
        fill(&mut self.block);
        let total = (self.block.len() as u32).wrapping_add(12).to_ne_bytes();
        self.out.write_all(&kind.to_ne_bytes())?;
        self.out.write_all(&total)?;
        self.out.write_all(&self.block)?;
        self.out.write_all(&total)
    }
}

/// Code, length, value padded to 32 bits (§3.5).
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_ne_bytes());
    body.extend((value.len() as u16).to_ne_bytes());
    body.extend_from_slice(value);
    pad(body, value.len());
}

fn pad(body: &mut Vec<u8>, length: usize) {
    body.resize(body.len() + length.next_multiple_of(4) - length, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(file: &[u8], at: usize) -> u32 {
        u32::from_ne_bytes(file[at..at + 4].try_into().unwrap())
    }

    /// Blocks as (type, body), checking both lengths of each.
    fn blocks(mut file: &[u8]) -> Vec<(u32, Vec<u8>)> {
        let mut found = Vec::new();
        while !file.is_empty() {
            let total = word(file, 4) as usize;
            assert_eq!(total % 4, 0);
            assert_eq!(word(file, total - 4) as usize, total);
            found.push((word(file, 0), file[8..total - 4].to_vec()));
            file = &file[total..];
        }
        found
    }

    #[test]
    fn the_file_has_a_section_two_interfaces_and_the_packets() {
        let mut file = Vec::new();
        let mut writer = PcapNg::new(&mut file).unwrap();
        let nanos = 1_700_000_000_123_456_789;
        writer.packet(Interface::Mtp3, nanos, true, &[0x85, 1, 2, 3, 4]).unwrap();
        writer.packet(Interface::Ip, nanos + 1, false, &[]).unwrap();
        let blocks = blocks(&file);
        let kinds: Vec<_> = blocks.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [SECTION_HEADER, 1, 1, 6, 6]);
        assert_eq!(blocks[1].1[0], 141);
        assert_eq!(blocks[2].1[0], 101);
        let packet = &blocks[3].1;
        let stamp = u64::from(word(packet, 4)) << 32 | u64::from(word(packet, 8));
        assert_eq!((word(packet, 0), stamp), (0, nanos));
        assert_eq!((word(packet, 12), word(packet, 16)), (5, 5));
        assert_eq!(packet[20..28], [0x85, 1, 2, 3, 4, 0, 0, 0]);
        assert_eq!(word(&blocks[4].1, 0), 1);
    }
}
