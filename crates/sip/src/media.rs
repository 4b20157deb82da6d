use std::net::{IpAddr, SocketAddr};

/// How speech is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

impl Codec {
    /// RFC 3551 Table 4.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The encoding name (RFC 3551 §4.5.14).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    pub(crate) const fn from_static(payload_type: u8) -> Option<Self> {
        match payload_type {
            8 => Some(Self::Pcma),
            0 => Some(Self::Pcmu),
            _ => None,
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Pcma, Self::Pcmu].into_iter().find(|codec| name.eq_ignore_ascii_case(codec.name()))
    }
}

/// Where and how we take speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// Our RTP address.
    pub address: SocketAddr,
    /// The same of the other family, where we have one: for peers that are of that (RFC 6157).
    pub other: Option<SocketAddr>,
    /// What we can code, the preferred first.
    pub codecs: Vec<Codec>,
}

impl LocalMedia {
    /// Our address for a peer that takes speech at `peer`: nobody at all is of either family.
    pub(crate) fn facing(&self, peer: IpAddr) -> Option<SocketAddr> {
        let ours = [Some(self.address), self.other].into_iter().flatten();
        let mut alike = ours.filter(|ours| ours.is_ipv4() == peer.is_ipv4());
        alike.next().or_else(|| peer.is_unspecified().then_some(self.address))
    }
}

/// What both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the peer takes speech.
    pub remote: SocketAddr,
    /// How it is coded, both ways.
    pub codec: Codec,
    /// The RTP payload type that the peer expects.
    pub payload_type: u8,
    /// Whether we may send.
    pub send: bool,
    /// Whether the peer will send.
    pub receive: bool,
    /// Milliseconds of speech in one packet towards the peer: 10, 20, 30 or 40.
    pub ptime: u32,
    /// The payload type of the peer's telephone events, where both sides take them (RFC 4733).
    pub events: Option<u8>,
    /// Whether `remote` is a guess, because an emergency call gave a name instead of an address, or
    /// an address that we cannot reach: the peer is where its speech comes from. Where there is not
    /// even a guess, `remote` is no address.
    pub guessed: bool,
}
