//! What a SIP peer says and hears: a stream of octets that never repeats, and its echo.

use base::{Instant, Rng};
use sip::Negotiated;
use std::net::SocketAddr;

/// Samples in 20 ms.
const SAMPLES: usize = 160;
const HEADER: usize = 12;
/// So much is said before the echo must be exact: the path is being joined meanwhile.
const WARM_UP: usize = 800;
/// So much of it is enough to find where the echo begins.
const MARK: usize = 64;

/// One end of a conversation.
#[derive(Debug)]
pub(crate) struct Phone {
    pub(crate) local: SocketAddr,
    pub(crate) remote: Option<SocketAddr>,
    payload_type: u8,
    rng: Rng,
    sequence: u16,
    /// Everything said.
    said: Vec<u8>,
    /// Everything heard, in order.
    heard: Vec<u8>,
    expected: Option<u16>,
    /// A packet got lost or came out of order.
    pub(crate) disturbed: bool,
    /// Since when it talks.
    pub(crate) since: Option<Instant>,
}

impl Phone {
    pub(crate) fn new(local: SocketAddr, rng: &mut Rng) -> Self {
        Self {
            local,
            remote: None,
            payload_type: 8,
            rng: rng.fork(),
            sequence: rng.next_u64() as u16,
            said: Vec::new(),
            heard: Vec::new(),
            expected: None,
            disturbed: false,
            since: None,
        }
    }

    /// What was agreed; true where the phone begins to talk.
    pub(crate) fn agree(&mut self, now: Instant, media: &Negotiated) -> bool {
        let first = self.remote.is_none();
        self.remote = Some(media.remote);
        self.payload_type = media.payload_type;
        self.since = self.since.or(Some(now));
        first
    }

    /// The next packet.
    pub(crate) fn speak(&mut self) -> Vec<u8> {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = (self.said.len() as u32).to_be_bytes();
        let mut packet = vec![0x80, self.payload_type, s0, s1, t0, t1, t2, t3, 1, 2, 3, 4];
        self.sequence = self.sequence.wrapping_add(1);
        for _ in 0..SAMPLES / 8 {
            self.said.extend(self.rng.next_u64().to_be_bytes());
        }
        packet.extend(self.said.iter().skip(self.said.len() - SAMPLES));
        packet
    }

    /// A packet arrived.
    pub(crate) fn hear(&mut self, packet: &[u8]) {
        let (Some((header, payload)), true) =
            (packet.split_at_checked(HEADER), packet.len() == HEADER + SAMPLES)
        else {
            self.disturbed = true;
            return;
        };
        let sequence = match header {
            [_, _, high, low, ..] => u16::from_be_bytes([*high, *low]),
            _ => return,
        };
        self.disturbed |= self.expected.is_some_and(|expected| expected != sequence);
        self.expected = Some(sequence.wrapping_add(1));
        self.heard.extend(payload);
    }

    /// Whether what was heard is what was said, octet by octet, once the echo has begun. Gives
    /// how many octets were compared.
    pub(crate) fn verify_echo(&self) -> Result<usize, String> {
        if self.disturbed {
            return Err("RTP from the gateway has gaps or an odd form".to_owned());
        }
        let said = self.said.get(WARM_UP..).unwrap_or_default();
        let Some(mark) = said.get(..MARK) else { return Ok(0) };
        let begins = self.heard.windows(MARK).position(|heard| heard == mark);
        let Some(begins) = begins else {
            // It may not have come back yet.
            let enough = self.said.len() > WARM_UP + 4_000;
            return if enough { Err("no echo".to_owned()) } else { Ok(0) };
        };
        let heard = self.heard.get(begins..).unwrap_or_default();
        let different = said.iter().zip(heard).position(|(said, heard)| said != heard);
        match different {
            Some(at) => Err(format!("the echo differs at octet {at} of {}", heard.len())),
            None => Ok(said.len().min(heard.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Phone {
        Phone::new("127.0.1.0:20000".parse().unwrap(), &mut Rng::new(1))
    }

    /// What comes back of what a phone says for a second, `delay` octets later.
    fn echo(phone: &mut Phone, delay: usize, change: impl Fn(usize, &mut u8)) {
        let mut line = vec![0xd5; delay];
        for _ in 0..50 {
            line.extend_from_slice(&phone.speak()[HEADER..]);
        }
        line.iter_mut().enumerate().for_each(|(at, octet)| change(at, octet));
        for (number, payload) in line.chunks_exact(SAMPLES).enumerate() {
            let mut packet = vec![0x80, 8, 0, number as u8, 0, 0, 0, 0, 1, 1, 1, 1];
            packet.extend(payload);
            phone.hear(&packet);
        }
    }

    #[test]
    fn an_echo_is_compared_octet_by_octet() {
        let mut good = phone();
        echo(&mut good, 1_234, |_, _| {});
        assert!(good.verify_echo().unwrap() > 6_000);
        let mut changed = phone();
        echo(&mut changed, 1_234, |at, octet| *octet ^= u8::from(at == 7_000));
        assert!(changed.verify_echo().is_err());
        let mut silent = phone();
        echo(&mut silent, 0, |_, octet| *octet = 0xd5);
        assert_eq!(silent.verify_echo(), Err("no echo".to_owned()));
    }

    #[test]
    fn gaps_and_odd_packets_are_seen() {
        for packet in [&[0x80, 8, 0, 9][..], &[0x80, 8, 0, 50, 0, 0, 0, 0, 1, 1, 1, 1]] {
            let mut phone = phone();
            echo(&mut phone, 0, |_, _| {});
            phone.hear(packet);
            assert!(phone.verify_echo().is_err());
        }
        let mut quiet = phone();
        assert_eq!(quiet.verify_echo(), Ok(0), "nothing was said yet");
        quiet.speak();
    }
}
