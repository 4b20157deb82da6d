//! Companding of speech (G.711) by the tables of `audio-codec-algorithms`.

use audio_codec_algorithms as codec;

/// What an idle speech time slot carries: the smallest positive A-law value, even bits inverted.
pub const ALAW_IDLE: u8 = 0xd5;
/// The same in μ-law: positive zero.
pub const ULAW_IDLE: u8 = 0xff;

/// The μ-law octet for an A-law octet (G.711 Table 4).
pub fn alaw_to_ulaw(octet: u8) -> u8 {
    codec::convert_alaw_to_ulaw(octet)
}

/// The A-law octet for a μ-law octet (G.711 Table 3).
pub fn ulaw_to_alaw(octet: u8) -> u8 {
    codec::convert_ulaw_to_alaw(octet)
}

/// A 16-bit sample as A-law.
pub fn encode_alaw(sample: i16) -> u8 {
    codec::encode_alaw(sample)
}

/// The 16-bit sample of an A-law octet.
pub fn decode_alaw(octet: u8) -> i16 {
    codec::decode_alaw(octet)
}

/// A 16-bit sample as μ-law.
pub fn encode_ulaw(sample: i16) -> u8 {
    codec::encode_ulaw(sample)
}

/// The 16-bit sample of a μ-law octet.
pub fn decode_ulaw(octet: u8) -> i16 {
    codec::decode_ulaw(octet)
}

#[cfg(test)]
mod tests;
