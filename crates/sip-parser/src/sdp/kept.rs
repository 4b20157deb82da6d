//! Addresses that may be names, and lines that mean nothing here and are written as they were read.

use std::net::IpAddr;

/// The address of a `c=` line (RFC 8866 §5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address; what follows it (a multicast's TTL) is dropped.
    Ip(IpAddr),
    /// A host name, or anything else: as written.
    Host(String),
}

impl Address {
    pub(super) fn of(line: &sdp_types::Connection) -> Self {
        let text = line.connection_address.split('/').next().unwrap_or_default();
        match text.parse() {
            Ok(address) => Self::Ip(address),
            Err(_) => Self::Host(line.connection_address.clone()),
        }
    }

    pub(super) fn line(&self) -> sdp_types::Connection {
        match self {
            Self::Ip(address) => sdp_types::Connection::from_ip_addr(*address),
            Self::Host(name) => sdp_types::Connection {
                nettype: sdp_types::NetType::In,
                addrtype: sdp_types::AddrType::Ip4,
                connection_address: name.clone(),
            },
        }
    }

    /// The address, when it is no name: a gateway does not wait for DNS.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Host(_) => None,
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

/// `b=` (RFC 8866 §5.8): a kind, and its figure.
pub type Bandwidth = (String, u64);

pub(super) fn bandwidths(lines: &[sdp_types::Bandwidth]) -> Vec<Bandwidth> {
    lines.iter().map(|line| (line.bwtype.clone(), line.bandwidth)).collect()
}

pub(super) fn bandwidth_lines(kept: &[Bandwidth]) -> Vec<sdp_types::Bandwidth> {
    let line = |(kind, figure): &Bandwidth| sdp_types::Bandwidth {
        bwtype: kind.clone(),
        bandwidth: *figure,
    };
    kept.iter().map(line).collect()
}

/// Lines of the session that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLines {
    /// `s=`; none: `-`.
    pub name: Option<String>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=`, start and stop; none: `0 0`.
    pub times: Vec<(u64, u64)>,
}

impl SessionLines {
    pub(super) fn of(session: &sdp_types::Session) -> Self {
        let times: Vec<_> =
            session.times.iter().map(|time| (time.start_time, time.stop_time)).collect();
        let name =
            Some(session.session_name.clone()).filter(|name| !matches!(name.as_str(), "" | "-"));
        Self {
            name,
            bandwidths: bandwidths(&session.bandwidths),
            times: if times == [(0, 0)] { Vec::new() } else { times },
        }
    }

    pub(super) fn write(&self, session: &mut sdp_types::Session) {
        if let Some(name) = &self.name {
            session.session_name.clone_from(name);
        }
        session.bandwidths = bandwidth_lines(&self.bandwidths);
        let times = self.times.iter().map(|(start, stop)| sdp_types::Time::new(*start, *stop));
        session.times.extend(times);
        if self.times.is_empty() {
            session.times.push(sdp_types::Time::new(0, 0));
        }
    }
}

/// Lines of a section that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaLines {
    /// `i=`.
    pub title: Option<String>,
    /// Behind the port in `m=`: how many of them.
    pub ports: Option<u16>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
}

impl MediaLines {
    pub(super) fn of(section: &sdp_types::Media) -> Self {
        Self {
            title: section.media_title.clone(),
            ports: section.num_ports,
            bandwidths: bandwidths(&section.bandwidths),
        }
    }
}
