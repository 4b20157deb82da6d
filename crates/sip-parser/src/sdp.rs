//! Session descriptions (RFC 8866): a typed view over `sdp-types`. Syntax only; what an offer or
//! an answer means is not known here.

use std::net::IpAddr;

/// A session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`.
    pub origin: Origin,
    /// Session-level `c=`.
    pub connection: Option<IpAddr>,
    /// Session-level direction attribute.
    pub direction: Option<Direction>,
    /// `m=` sections in order.
    pub media: Vec<Media>,
}

/// `o=` (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `-` where there is none.
    pub username: String,
    /// sess-id.
    pub session_id: u64,
    /// sess-version.
    pub version: u64,
    /// unicast-address.
    pub address: IpAddr,
}

/// One `m=` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `image`, …
    pub kind: String,
    /// 0: refused or not used.
    pub port: u16,
    /// `RTP/AVP`, `udptl`, …
    pub protocol: String,
    /// Payload types or other formats, in order of preference.
    pub formats: Vec<String>,
    /// `c=` of this section.
    pub connection: Option<IpAddr>,
    /// Direction attribute of this section.
    pub direction: Option<Direction>,
    /// `a=rtpmap`.
    pub rtpmaps: Vec<RtpMap>,
    /// `a=fmtp`.
    pub fmtps: Vec<(u8, String)>,
    /// `a=ptime`, milliseconds.
    pub ptime: Option<u32>,
    /// `a=maxptime`, milliseconds.
    pub maxptime: Option<u32>,
    /// All other attributes, verbatim: name and value.
    pub attributes: Vec<(String, Option<String>)>,
}

/// `a=rtpmap` (RFC 8866 §6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// Payload type.
    pub payload: u8,
    /// Encoding name as written.
    pub encoding: String,
    /// Clock rate.
    pub rate: u32,
    /// Encoding parameters: for audio, the number of channels.
    pub parameters: Option<String>,
}

/// Direction attribute (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `a=sendrecv`
    SendRecv,
    /// `a=sendonly`
    SendOnly,
    /// `a=recvonly`
    RecvOnly,
    /// `a=inactive`
    Inactive,
}

/// Why bytes are no usable session description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Not SDP.
    #[error("not a session description: {0}")]
    Syntax(String),
}

impl SessionDescription {
    /// Reads a session description.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        let _ = bytes;
        Err(SdpError::Syntax(String::new()))
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        Vec::new()
    }
}
