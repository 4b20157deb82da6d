//! Session descriptions (RFC 8866): a typed view over `sdp-types`. Syntax only; what an offer or
//! an answer means is not known here.

mod attributes;
mod kept;

pub use attributes::{Crypto, Rtcp, T38, TelephoneEvent};
pub use kept::{Address, Bandwidth, MediaLines, Repeat, SessionLines, Time};

/// A session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`.
    pub origin: Origin,
    /// Session-level `c=`.
    pub connection: Option<Address>,
    /// Session-level direction attribute.
    pub direction: Option<Direction>,
    /// All other session-level attributes, verbatim: name and value.
    pub attributes: Vec<(String, Option<String>)>,
    /// `m=` sections in order.
    pub media: Vec<Media>,
    /// Other lines that are kept.
    pub kept: SessionLines,
}

/// `o=` (RFC 8866 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `-` where there is none.
    pub username: String,
    /// sess-id: digits, of any number.
    pub session_id: String,
    /// sess-version.
    pub version: u64,
    /// unicast-address.
    pub address: Address,
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
    pub connection: Option<Address>,
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
    /// Other lines that are kept.
    pub kept: MediaLines,
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
    /// More lines, or more formats of one section, than are kept.
    #[error("too long")]
    TooLong,
}

/// Lines of one description that may be repeated, and members of lists in them: each costs some
/// ten times the octets of the shortest one, and a description is kept as long as its call.
const LINES: usize = 1_024;

/// Formats of one section: RTP has 128 payload types.
const FORMATS: usize = 256;

impl SessionDescription {
    /// A description without media.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            connection: None,
            direction: None,
            attributes: Vec::new(),
            media: Vec::new(),
            kept: SessionLines::default(),
        }
    }

    /// Reads a session description. Lines in an unusual order and missing lines are tolerated,
    /// octets that are no UTF-8 are read as U+FFFD, and an attribute that is not well formed is
    /// kept among [`Media::attributes`]. Where any other line cannot be read, only `c=`, `m=` and
    /// `a=` lines count: no call should fail for a slip in what only people read.
    ///
    /// # Errors
    /// [`SdpError::Syntax`] when it does not begin with `v=0`, or one of those three kinds of lines
    /// cannot be read; [`SdpError::TooLong`] when there is more than is kept.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        let text = String::from_utf8_lossy(bytes);
        let session = sdp_types::Session::parse(text.as_bytes())
            .or_else(|error| sdp_types::Session::parse(bare(&text).as_bytes()).map_err(|_| error))
            .map_err(|error| SdpError::Syntax(error.to_string()))?;
        let sections = session.medias.iter().map(kept::size_of_section);
        if kept::size_of_session(&session) + sections.sum::<usize>() > LINES {
            return Err(SdpError::TooLong);
        }
        let (direction, attributes) = take_direction(&session.attributes);
        Ok(Self {
            origin: Origin::of(&session.origin),
            connection: session.connection.as_ref().map(Address::of),
            direction,
            attributes,
            media: session.medias.iter().map(Media::of).collect::<Result<_, _>>()?,
            kept: SessionLines::of(&session),
        })
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut session = sdp_types::Session::new(self.origin.line(), "-");
        session.connection = self.connection.as_ref().map(Address::line);
        self.kept.write(&mut session);
        session.attributes = self.attributes.iter().map(plain).collect();
        session.attributes.extend(self.direction.map(|direction| flag(direction.as_str())));
        session.medias = self.media.iter().map(Media::section).collect();
        let mut bytes = Vec::new();
        // Writing to memory cannot fail.
        let _ = session.write(&mut bytes);
        bytes
    }
}

/// The lines without which nothing can be agreed.
fn bare(text: &str) -> String {
    let counts = |line: &&str| matches!(line.as_bytes(), [b'v' | b'c' | b'm' | b'a', b'=', ..]);
    text.lines().filter(counts).flat_map(|line| [line, "\r\n"]).collect()
}

impl Origin {
    fn of(line: &sdp_types::Origin) -> Self {
        Self {
            username: line.username.clone().unwrap_or_else(|| "-".to_owned()),
            session_id: line.sess_id.clone(),
            version: line.sess_version,
            address: Address::read(&line.nettype, &line.addrtype, &line.unicast_address),
        }
    }

    fn line(&self) -> sdp_types::Origin {
        let address = self.address.line();
        sdp_types::Origin {
            username: Some(self.username.clone()),
            sess_id: self.session_id.clone(),
            sess_version: self.version,
            nettype: address.nettype,
            addrtype: address.addrtype,
            unicast_address: address.connection_address,
        }
    }
}

impl Media {
    /// A section without attributes.
    #[must_use]
    pub fn new(kind: &str, port: u16, protocol: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            port,
            protocol: protocol.to_owned(),
            formats: Vec::new(),
            connection: None,
            direction: None,
            rtpmaps: Vec::new(),
            fmtps: Vec::new(),
            ptime: None,
            maxptime: None,
            attributes: Vec::new(),
            kept: MediaLines::default(),
        }
    }

    fn of(section: &sdp_types::Media) -> Result<Self, SdpError> {
        let mut media = Self::new(&section.media, section.port, &section.proto);
        if section.fmt.split_ascii_whitespace().nth(FORMATS).is_some() {
            return Err(SdpError::TooLong);
        }
        media.formats = section.fmt.split_ascii_whitespace().map(str::to_owned).collect();
        media.connection = section.connections.first().map(Address::of);
        media.kept = MediaLines::of(section);
        let (direction, attributes) = take_direction(&section.attributes);
        media.direction = direction;
        for (name, value) in attributes {
            if !media.take(&name, value.as_deref()) {
                media.attributes.push((name, value));
            }
        }
        Ok(media)
    }

    /// Takes an attribute that has a field of its own; whether it had, and was well formed.
    fn take(&mut self, name: &str, value: Option<&str>) -> bool {
        let Some(value) = value else { return false };
        let number = || value.trim().parse().ok();
        match name {
            "rtpmap" => RtpMap::parse(value).map(|map| self.rtpmaps.push(map)).is_some(),
            "fmtp" => fmtp(value).map(|fmtp| self.fmtps.push(fmtp)).is_some(),
            "ptime" if self.ptime.is_none() => {
                self.ptime = number();
                self.ptime.is_some()
            }
            "maxptime" if self.maxptime.is_none() => {
                self.maxptime = number();
                self.maxptime.is_some()
            }
            _ => false,
        }
    }

    /// Every `c=` of this section.
    fn connections(&self) -> impl Iterator<Item = &Address> {
        self.connection.iter().chain(&self.kept.connections)
    }

    fn section(&self) -> sdp_types::Media {
        let with = |name: &str, value: String| sdp_types::Attribute::with_value(name, value);
        let mut attributes = Vec::new();
        attributes.extend(self.rtpmaps.iter().map(|map| with("rtpmap", map.line())));
        let fmtps = self.fmtps.iter().map(|(payload, value)| format!("{payload} {value}"));
        attributes.extend(fmtps.map(|value| with("fmtp", value)));
        attributes.extend(self.ptime.map(|ptime| with("ptime", ptime.to_string())));
        attributes.extend(self.maxptime.map(|maxptime| with("maxptime", maxptime.to_string())));
        attributes.extend(self.attributes.iter().map(plain));
        attributes.extend(self.direction.map(|direction| flag(direction.as_str())));
        sdp_types::Media {
            media: self.kind.clone(),
            port: self.port,
            num_ports: self.kept.ports,
            proto: self.protocol.clone(),
            fmt: self.formats.join(" "),
            media_title: self.kept.title.clone(),
            connections: self.connections().map(Address::line).collect(),
            bandwidths: kept::bandwidth_lines(&self.kept.bandwidths),
            key: None,
            attributes,
        }
    }
}

impl RtpMap {
    /// `<payload type> <encoding name>/<clock rate>[/<encoding parameters>]`
    fn parse(value: &str) -> Option<Self> {
        let (payload, encoding) = value.trim().split_once(' ')?;
        let mut parts = encoding.trim().splitn(3, '/');
        Some(Self {
            payload: payload.parse().ok()?,
            encoding: parts.next().filter(|name| !name.is_empty())?.to_owned(),
            rate: parts.next()?.parse().ok()?,
            parameters: parts.next().map(str::to_owned),
        })
    }

    fn line(&self) -> String {
        let Self { payload, encoding, rate, parameters } = self;
        match parameters {
            Some(parameters) => format!("{payload} {encoding}/{rate}/{parameters}"),
            None => format!("{payload} {encoding}/{rate}"),
        }
    }
}

impl Direction {
    /// As written in an attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let all = [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive];
        all.into_iter().find(|direction| direction.as_str() == name)
    }
}

type Attributes = Vec<(String, Option<String>)>;

/// The first direction, and all attributes that are none.
fn take_direction(attributes: &[sdp_types::Attribute]) -> (Option<Direction>, Attributes) {
    let direction_of = |attribute: &sdp_types::Attribute| match attribute.value {
        None => Direction::of(&attribute.attribute),
        Some(_) => None,
    };
    let direction = attributes.iter().find_map(direction_of);
    let others = attributes.iter().filter(|attribute| direction_of(attribute).is_none());
    (direction, others.map(|other| (other.attribute.clone(), other.value.clone())).collect())
}

fn fmtp(value: &str) -> Option<(u8, String)> {
    let (payload, parameters) = value.trim().split_once(' ')?;
    Some((payload.parse().ok()?, parameters.trim().to_owned()))
}

fn plain((name, value): &(String, Option<String>)) -> sdp_types::Attribute {
    sdp_types::Attribute { attribute: name.clone(), value: value.clone() }
}

fn flag(name: &str) -> sdp_types::Attribute {
    sdp_types::Attribute { attribute: name.to_owned(), value: None }
}

#[cfg(test)]
mod tests;
