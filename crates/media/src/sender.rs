use crate::Codec;
use crate::rtp::{HEADER_LEN, Header};
use base::Rng;
use tdm::{BLOCK_FRAMES, g711};

/// Samples of a packet we send: 20 ms, what RFC 3551 §4.2 takes for granted,
const SAMPLES: usize = 160;
/// and the most that a peer may ask for: 40 ms.
const SAMPLES_MAX: usize = 320;
/// Samples of 10 ms.
const STEP: usize = 80;

/// A packet that we send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    octets: [u8; HEADER_LEN + SAMPLES_MAX],
    len: usize,
}

impl Packet {
    pub(crate) fn octets(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

/// Speech to RTP.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    source: u32,
    sequence: u16,
    /// The timestamp of the next sample; it runs on while nothing is sent (RFC 3550 §5.1).
    clock: u32,
    samples: [u8; SAMPLES_MAX],
    filled: usize,
    /// How many make a packet.
    full: usize,
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
            samples: [0; SAMPLES_MAX],
            filled: 0,
            full: SAMPLES,
            marker: true,
        }
    }

    /// Lets a tick pass in which nothing is to be sent; what was begun is dropped.
    pub(crate) const fn pause(&mut self) {
        self.clock = self.clock.wrapping_add(BLOCK_FRAMES as u32);
        self.filled = 0;
        self.marker = true;
    }

    /// Says how many milliseconds of speech a packet holds.
    pub(crate) const fn set_packet_time(&mut self, millis: u8) {
        let steps = match millis {
            0..20 => 1,
            20..30 => 2,
            30..40 => 3,
            40.. => 4,
        };
        self.full = steps * STEP;
    }

    /// Takes a tick of A-law speech; gives a packet where one is full.
    pub(crate) fn speak(
        &mut self,
        octets: &[u8; BLOCK_FRAMES],
        codec: Codec,
        payload_type: u8,
    ) -> Option<Packet> {
        let end = self.filled + BLOCK_FRAMES;
        self.samples.get_mut(self.filled..end)?.copy_from_slice(octets);
        self.clock = self.clock.wrapping_add(BLOCK_FRAMES as u32);
        self.filled = end;
        if end < self.full {
            return None;
        }
        self.filled = 0;
        let header = Header {
            marker: std::mem::take(&mut self.marker),
            payload_type,
            sequence: self.sequence,
            timestamp: self.clock.wrapping_sub(end as u32),
            source: self.source,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut packet = Packet { octets: [0; HEADER_LEN + SAMPLES_MAX], len: HEADER_LEN + end };
        let (head, payload) = packet.octets.split_first_chunk_mut()?;
        *head = header.write();
        let payload = payload.get_mut(..end)?;
        payload.copy_from_slice(self.samples.get(..end)?);
        if codec == Codec::Pcmu {
            payload.iter_mut().for_each(|octet| *octet = g711::alaw_to_ulaw(*octet));
        }
        Some(packet)
    }
}
