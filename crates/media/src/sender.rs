use crate::Codec;
use crate::rtp::{HEADER_LEN, Header};
use base::Rng;
use tdm::{BLOCK_FRAMES, g711};

/// Samples of a packet we send: 20 ms, what RFC 3551 §4.2 takes for granted.
const SAMPLES: usize = 160;
/// Octets of a packet we send.
pub(crate) const PACKET_LEN: usize = HEADER_LEN + SAMPLES;

/// Speech to RTP.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    source: u32,
    sequence: u16,
    /// The timestamp of the next sample; it runs on while nothing is sent (RFC 3550 §5.1).
    clock: u32,
    samples: [u8; SAMPLES],
    filled: usize,
    /// The next packet is the first after a pause (RFC 3551 §4.1).
    marker: bool,
}

impl Sender {
    /// A source of its own, beginning anywhere (RFC 3550 §5.1).
    pub(crate) const fn new(rng: &mut Rng) -> Self {
        let (first, second) = (rng.next_u64(), rng.next_u64());
        Self {
            source: first as u32,
            sequence: (first >> 32) as u16,
            clock: second as u32,
            samples: [0; SAMPLES],
            filled: 0,
            marker: true,
        }
    }

    /// Lets a tick pass in which nothing is to be sent; what was begun is dropped.
    pub(crate) const fn pause(&mut self) {
        self.clock = self.clock.wrapping_add(BLOCK_FRAMES as u32);
        self.filled = 0;
        self.marker = true;
    }

    /// Takes a tick of A-law speech; gives a packet where one is full.
    pub(crate) fn speak(
        &mut self,
        octets: &[u8; BLOCK_FRAMES],
        codec: Codec,
        payload_type: u8,
    ) -> Option<[u8; PACKET_LEN]> {
        let end = self.filled + BLOCK_FRAMES;
        self.samples.get_mut(self.filled..end)?.copy_from_slice(octets);
        self.clock = self.clock.wrapping_add(BLOCK_FRAMES as u32);
        self.filled = end;
        if end < SAMPLES {
            return None;
        }
        self.filled = 0;
        let header = Header {
            marker: std::mem::take(&mut self.marker),
            payload_type,
            sequence: self.sequence,
            timestamp: self.clock.wrapping_sub(SAMPLES as u32),
            source: self.source,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = [0; PACKET_LEN];
        let (head, payload) = packet.split_first_chunk_mut()?;
        *head = header.write();
        payload.copy_from_slice(&self.samples);
        if codec == Codec::Pcmu {
            payload.iter_mut().for_each(|octet| *octet = g711::alaw_to_ulaw(*octet));
        }
        Some(packet)
    }
}
