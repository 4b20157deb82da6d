//! Parameters: tag, length, value, padding (RFC 4666 §3.2).

use super::codes::{ErrorCode, Tag};
use bytes::{BufMut, Bytes, BytesMut};

/// Tag and length.
const HEAD: usize = 4;
/// Parameters of one message, at most.
const MOST: usize = 32;

/// The parameters of one message, in their order.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(Tag, Bytes)>);

impl Parameters {
    /// Takes a message's body apart.
    pub(super) fn read(mut body: Bytes) -> Result<Self, ErrorCode> {
        let mut found = Vec::new();
        while !body.is_empty() {
            let Some(&[t1, t0, l1, l0]) = body.first_chunk::<HEAD>() else {
                return Err(ErrorCode::PARAMETER_FIELD_ERROR);
            };
            let length = usize::from(u16::from_be_bytes([l1, l0]));
            if length < HEAD || length > body.len() || found.len() >= MOST {
                return Err(ErrorCode::PARAMETER_FIELD_ERROR);
            }
            let tag = Tag(u16::from_be_bytes([t1, t0]));
            found.push((tag, body.slice(HEAD..length)));
            // §3.1.4: the last padding may be left out.
            body = body.slice(length.next_multiple_of(4).min(body.len())..);
        }
        Ok(Self(found))
    }

    /// The value of a parameter. §3.2: where one comes twice, which it should not, the first.
    pub(super) fn get(&self, tag: Tag) -> Option<&Bytes> {
        self.0.iter().find(|(name, _)| *name == tag).map(|(_, value)| value)
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Tag, &Bytes)> {
        self.0.iter().map(|(tag, value)| (*tag, value))
    }

    /// The values of a parameter that may come several times.
    pub(super) fn all(&self, tag: Tag) -> impl Iterator<Item = &Bytes> {
        self.0.iter().filter(move |(name, _)| *name == tag).map(|(_, value)| value)
    }

    pub(super) fn wanted(&self, tag: Tag) -> Result<&Bytes, ErrorCode> {
        self.get(tag).ok_or(ErrorCode::MISSING_PARAMETER)
    }

    /// A parameter that is one integer, where it is there.
    pub(super) fn integer(&self, tag: Tag) -> Result<Option<u32>, ErrorCode> {
        self.get(tag).map(integer).transpose()
    }

    /// A parameter that is one integer, and must be there.
    pub(super) fn wanted_integer(&self, tag: Tag) -> Result<u32, ErrorCode> {
        integer(self.wanted(tag)?)
    }

    /// A parameter that is a list of integers; empty where it is not there.
    pub(super) fn integers(&self, tag: Tag) -> Result<Vec<u32>, ErrorCode> {
        self.get(tag).map_or(Ok(Vec::new()), integers)
    }
}

/// A value that is one integer.
pub(super) fn integer(value: &Bytes) -> Result<u32, ErrorCode> {
    let octets = value.as_ref().try_into().map_err(|_| ErrorCode::PARAMETER_FIELD_ERROR)?;
    Ok(u32::from_be_bytes(octets))
}

/// A value that is a list of integers: at least one, for else the parameter would not be there.
pub(super) fn integers(value: &Bytes) -> Result<Vec<u32>, ErrorCode> {
    let (each, rest) = value.as_chunks::<4>();
    if each.is_empty() || !rest.is_empty() {
        return Err(ErrorCode::PARAMETER_FIELD_ERROR);
    }
    Ok(each.iter().map(|octets| u32::from_be_bytes(*octets)).collect())
}

/// Writes a parameter. What does not fit its length field is cut off; nothing we write is so long.
pub(super) fn put(body: &mut BytesMut, tag: Tag, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX) - HEAD).unwrap_or(value);
    let length = HEAD + value.len();
    body.put_u16(tag.0);
    body.put_u16(length as u16);
    body.put_slice(value);
    body.put_bytes(0, length.next_multiple_of(4) - length);
}

/// Writes a parameter that is one integer, where there is one.
pub(super) fn put_integer(body: &mut BytesMut, tag: Tag, value: Option<u32>) {
    if let Some(value) = value {
        put(body, tag, &value.to_be_bytes());
    }
}

/// Writes a parameter that is a list of integers, unless it is empty.
pub(super) fn put_integers(body: &mut BytesMut, tag: Tag, values: &[u32]) {
    if !values.is_empty() {
        let octets: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
        put(body, tag, &octets);
    }
}
