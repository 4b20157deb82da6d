//! Messages (RFC 4165 §2). Spare bits are written as zero and not looked at.

use super::SEQUENCE_MASK;
use bytes::{BufMut, Bytes, BytesMut};

const VERSION: u8 = 1;
/// The only message class (§2.1.3).
const CLASS: u8 = 11;
const USER_DATA: u8 = 1;
const LINK_STATUS: u8 = 2;
/// Common header and M2PA header (§2.1, §2.2).
const HEADERS: usize = 16;
const STATUS_LEN: usize = 4;
/// The priority stands in the two high bits of its octet (§2.3.1).
const PRIORITY_SHIFT: u32 = 6;

base::coded_value! {
    /// The state that a Link Status message tells (RFC 4165 §2.3.2).
    pub struct Status(u32) {
        /// Alignment begins: SIO of Q.703.
        ALIGNMENT = 1, "Alignment";
        /// The normal proving period: SIN.
        PROVING_NORMAL = 2, "Proving Normal";
        /// The short one: SIE.
        PROVING_EMERGENCY = 3, "Proving Emergency";
        /// Proved, or back after a processor outage: the first FISU.
        READY = 4, "Ready";
        /// Level 3 is out: SIPO.
        PROCESSOR_OUTAGE = 5, "Processor Outage";
        /// Level 3 is back.
        PROCESSOR_RECOVERED = 6, "Processor Recovered";
        /// Level 3 cannot keep up: SIB.
        BUSY = 7, "Busy";
        /// It can again.
        BUSY_ENDED = 8, "Busy Ended";
        /// Out of service: SIOS.
        OUT_OF_SERVICE = 9, "Out of Service";
    }
}

/// A message of level 3, as User Data carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Two bits, of which only Japanese networks make use.
    pub priority: u8,
    /// SIO and SIF.
    pub msu: Bytes,
}

/// What a message says beside its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// User Data; without data it acknowledges only.
    Data(Option<Data>),
    /// Link Status, with the filler of a proving message.
    Status(Status, Bytes),
}

/// A message of M2PA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The last message that the sender has accepted: 24 bits.
    pub bsn: u32,
    /// That of the last User Data message with data, or of this one: 24 bits.
    pub fsn: u32,
    /// The rest.
    pub body: Body,
}

/// What is wrong with octets that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not even both headers.
    #[error("{0} octets are less than both headers")]
    Short(usize),
    /// A version that is not known here.
    #[error("version {0}")]
    Version(u8),
    /// Another protocol's message class.
    #[error("message class {0} is not 11")]
    Class(u8),
    /// Neither User Data nor Link Status.
    #[error("message type {0} is neither 1 nor 2")]
    Type(u8),
    /// The length in the header is another.
    #[error("{is} octets, and the header says {said}")]
    Length {
        /// What the header says.
        said: u32,
        /// How many there are.
        is: usize,
    },
    /// User Data that is longer than the longest message signal unit, or shorter than the shortest.
    #[error("user data of {0} octets, and 4 to 274 are possible, or none")]
    DataLength(usize),
    /// Link Status without its state.
    #[error("a link status of {0} octets, and its state has 4")]
    StatusLength(usize),
    /// A state that is none of the nine.
    #[error("link status {0} is not within 1 to 9")]
    State(u32),
    /// What follows the state, where nothing may.
    #[error("{extra} octets follow link status {}", state.0)]
    Filler {
        /// The state.
        state: Status,
        /// How many octets.
        extra: usize,
    },
}

impl Message {
    /// The shortest message signal unit: SIO and two octets (Q.703 §2.3.3).
    pub const MSU_MIN: usize = 3;
    /// The longest: SIO and 272 octets.
    pub const MSU_MAX: usize = 273;

    /// Reads one whole message.
    pub fn read(octets: &Bytes) -> Result<Self, ReadError> {
        let Some(&[version, _, class, kind, a, b, c, d, ref numbers @ ..]) =
            octets.first_chunk::<HEADERS>()
        else {
            return Err(ReadError::Short(octets.len()));
        };
        let said = u32::from_be_bytes([a, b, c, d]);
        if version != VERSION {
            return Err(ReadError::Version(version));
        }
        if class != CLASS {
            return Err(ReadError::Class(class));
        }
        if usize::try_from(said) != Ok(octets.len()) {
            return Err(ReadError::Length { said, is: octets.len() });
        }
        let [bsn, fsn] = sequence_numbers(numbers);
        let rest = octets.slice(HEADERS..);
        let body = match kind {
            USER_DATA => Body::Data(read_data(&rest)?),
            LINK_STATUS => read_status(&rest)?,
            other => return Err(ReadError::Type(other)),
        };
        Ok(Self { bsn, fsn, body })
    }

    /// Whether octets that cannot be read, for their version, say that alignment begins (§4.1.9).
    pub(super) fn aligns_in_another_version(octets: &Bytes) -> bool {
        let state = octets.get(HEADERS..HEADERS + STATUS_LEN);
        octets.get(2..4) == Some(&[CLASS, LINK_STATUS])
            && state == Some(&Status::ALIGNMENT.0.to_be_bytes())
    }

    /// Writes it. Bits that do not fit are left out.
    pub fn write(&self) -> Bytes {
        let (kind, length) = match &self.body {
            Body::Data(None) => (USER_DATA, 0),
            Body::Data(Some(data)) => (USER_DATA, 1 + data.msu.len()),
            Body::Status(_, filler) => (LINK_STATUS, STATUS_LEN + filler.len()),
        };
        let length = HEADERS + length;
        let mut octets = BytesMut::with_capacity(length);
        octets.put_slice(&[VERSION, 0, CLASS, kind]);
        octets.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
        octets.put_u32(self.bsn & SEQUENCE_MASK);
        octets.put_u32(self.fsn & SEQUENCE_MASK);
        match &self.body {
            Body::Data(None) => {}
            Body::Data(Some(Data { priority, msu })) => {
                octets.put_u8(priority << PRIORITY_SHIFT);
                octets.put_slice(msu);
            }
            Body::Status(status, filler) => {
                octets.put_u32(status.0);
                octets.put_slice(filler);
            }
        }
        octets.freeze()
    }
}

fn sequence_numbers(&[a, b, c, d, e, f, g, h]: &[u8; 8]) -> [u32; 2] {
    [[a, b, c, d], [e, f, g, h]].map(|number| u32::from_be_bytes(number) & SEQUENCE_MASK)
}

fn read_data(rest: &Bytes) -> Result<Option<Data>, ReadError> {
    let Some((&first, _)) = rest.split_first() else { return Ok(None) };
    let msu = rest.slice(1..);
    if !(Message::MSU_MIN..=Message::MSU_MAX).contains(&msu.len()) {
        return Err(ReadError::DataLength(rest.len()));
    }
    Ok(Some(Data { priority: first >> PRIORITY_SHIFT, msu }))
}

fn read_status(rest: &Bytes) -> Result<Body, ReadError> {
    let Some(&state) = rest.first_chunk::<STATUS_LEN>() else {
        return Err(ReadError::StatusLength(rest.len()));
    };
    let state = Status(u32::from_be_bytes(state));
    if state.name().is_none() {
        return Err(ReadError::State(state.0));
    }
    let filler = rest.slice(STATUS_LEN..);
    // §2.3.2.1: proving messages alone may be longer.
    let proving = matches!(state, Status::PROVING_NORMAL | Status::PROVING_EMERGENCY);
    if !proving && !filler.is_empty() {
        return Err(ReadError::Filler { state, extra: filler.len() });
    }
    Ok(Body::Status(state, filler))
}

#[cfg(test)]
pub(super) mod tests;
