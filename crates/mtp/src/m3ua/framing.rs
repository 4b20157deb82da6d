//! Messages out of a stream of octets: the common header says how long each is (RFC 4666 §3.1.4).
//! An association of SCTP gives them whole, one at a time; that is a stream too.

use super::message::HEADER;
use bytes::{Bytes, BytesMut};

/// The longest message that is taken: the longest parameter has 65,535 octets, and no message
/// that anybody sends comes near.
pub(crate) const LONGEST: usize = 8_192;

/// The stream cannot be followed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// What of a stream has come in and is no whole message yet.
#[derive(Debug, Default)]
pub(crate) struct Framer(BytesMut);

impl Framer {
    /// Takes in any part of the stream.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }

    /// The next whole message.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let Some(&[_, _, _, _, a, b, c, d]) = self.0.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| Broken)?;
        if !(HEADER..=LONGEST).contains(&length) {
            return Err(Broken);
        }
        Ok((length <= self.0.len()).then(|| self.0.split_to(length).freeze()))
    }
}
