//! Addresses that may be names, and lines that mean nothing here and are written as they were read.

use std::borrow::Cow;
use std::net::IpAddr;

/// An address as `o=` and `c=` give it (RFC 8866 §5.2, §5.7), as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// nettype: `IN`, but for networks of another kind.
    pub network: Cow<'static, str>,
    /// addrtype: `IP4` or `IP6`, but for networks of another kind.
    pub family: Cow<'static, str>,
    /// An IP address, a multicast's TTL and count behind slashes; or a host name.
    pub text: String,
}

impl Address {
    pub(super) fn of(line: &sdp_types::Connection) -> Self {
        Self::read(&line.nettype, &line.addrtype, &line.connection_address)
    }

    pub(super) fn read(
        network: &sdp_types::NetType,
        family: &sdp_types::AddrType,
        text: &str,
    ) -> Self {
        let network = match network {
            sdp_types::NetType::In => Cow::Borrowed("IN"),
            other => Cow::Owned(other.as_str().to_owned()),
        };
        let family = match family {
            sdp_types::AddrType::Ip4 => Cow::Borrowed("IP4"),
            sdp_types::AddrType::Ip6 => Cow::Borrowed("IP6"),
            sdp_types::AddrType::Other(other) => Cow::Owned(other.clone()),
        };
        Self { network, family, text: text.to_owned() }
    }

    pub(super) fn line(&self) -> sdp_types::Connection {
        sdp_types::Connection {
            // Whatever it is called, it is one: the error of `parse` cannot be made.
            nettype: self.network.parse().unwrap_or(sdp_types::NetType::In),
            addrtype: sdp_types::AddrType::new(&self.family),
            connection_address: self.text.clone(),
        }
    }

    /// The IP address, when it is no name. What it is counts, not what family it is said to be of.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.text.split('/').next()?.parse().ok()
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        let family = Cow::Borrowed(if address.is_ipv4() { "IP4" } else { "IP6" });
        Self { network: Cow::Borrowed("IN"), family, text: address.to_string() }
    }
}

/// `b=` (RFC 8866 §5.8): a kind, and its figure.
pub type Bandwidth = (String, u64);

fn bandwidths(lines: &[sdp_types::Bandwidth]) -> Vec<Bandwidth> {
    lines.iter().map(|line| (line.bwtype.clone(), line.bandwidth)).collect()
}

pub(super) fn bandwidth_lines(kept: &[Bandwidth]) -> Vec<sdp_types::Bandwidth> {
    let line = |(kind, figure): &Bandwidth| sdp_types::Bandwidth {
        bwtype: kind.clone(),
        bandwidth: *figure,
    };
    kept.iter().map(line).collect()
}

/// `t=` (RFC 8866 §5.9) with the `r=` lines behind it; seconds since 1900.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// 0: it has begun.
    pub start: u64,
    /// 0: it does not end.
    pub stop: u64,
    /// `r=`.
    pub repeats: Vec<Repeat>,
}

/// `r=` (RFC 8866 §5.10), in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeat {
    /// From one beginning to the next.
    pub interval: u64,
    /// How long each lasts.
    pub duration: u64,
    /// Beginnings after the start time.
    pub offsets: Vec<u64>,
}

impl Time {
    fn of(line: &sdp_types::Time) -> Self {
        let repeat = |line: &sdp_types::Repeat| Repeat {
            interval: line.repeat_interval,
            duration: line.active_duration,
            offsets: line.offsets.clone(),
        };
        let repeats = line.repeats.iter().map(repeat).collect();
        Self { start: line.start_time, stop: line.stop_time, repeats }
    }

    fn line(&self) -> sdp_types::Time {
        let repeat = |kept: &Repeat| sdp_types::Repeat {
            repeat_interval: kept.interval,
            active_duration: kept.duration,
            offsets: kept.offsets.clone(),
        };
        let repeats = self.repeats.iter().map(repeat).collect();
        sdp_types::Time { start_time: self.start, stop_time: self.stop, repeats }
    }
}

/// Lines of the session that are kept. `k=` is not: what is received of it must be discarded
/// (RFC 8866 §5.12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLines {
    /// `s=`; none: `-`.
    pub name: Option<String>,
    /// `i=`.
    pub information: Option<String>,
    /// `u=`.
    pub uri: Option<String>,
    /// `e=`.
    pub emails: Vec<String>,
    /// `p=`.
    pub phones: Vec<String>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=`; none: `0 0`.
    pub times: Vec<Time>,
    /// `z=` (RFC 8866 §5.11): when a clock is changed, and by how many seconds it then differs.
    pub zones: Vec<(u64, i64)>,
}

impl SessionLines {
    pub(super) fn of(session: &sdp_types::Session) -> Self {
        let times: Vec<_> = session.times.iter().map(Time::of).collect();
        let name =
            Some(session.session_name.clone()).filter(|name| !matches!(name.as_str(), "" | "-"));
        let zones = session.time_zones.iter().map(|zone| (zone.adjustment_time, zone.offset));
        Self {
            name,
            information: session.session_description.clone(),
            uri: session.uri.clone(),
            emails: session.emails.clone(),
            phones: session.phones.clone(),
            bandwidths: bandwidths(&session.bandwidths),
            times: if times == [Time::default()] { Vec::new() } else { times },
            zones: zones.collect(),
        }
    }

    pub(super) fn write(&self, session: &mut sdp_types::Session) {
        if let Some(name) = &self.name {
            session.session_name.clone_from(name);
        }
        session.session_description.clone_from(&self.information);
        session.uri.clone_from(&self.uri);
        session.emails.clone_from(&self.emails);
        session.phones.clone_from(&self.phones);
        session.bandwidths = bandwidth_lines(&self.bandwidths);
        session.times.extend(self.times.iter().map(Time::line));
        if self.times.is_empty() {
            session.times.push(sdp_types::Time::new(0, 0));
        }
        let zone = |(at, offset): &(u64, i64)| sdp_types::TimeZone::new(*at, *offset);
        session.time_zones = self.zones.iter().map(zone).collect();
    }
}

/// What is kept of the lines of a session: of a list in a line, every member.
pub(super) fn size_of_session(session: &sdp_types::Session) -> usize {
    let repeat = |line: &sdp_types::Repeat| 1 + line.offsets.len();
    let time = |line: &sdp_types::Time| 1 + line.repeats.iter().map(repeat).sum::<usize>();
    session.attributes.len()
        + session.bandwidths.len()
        + session.emails.len()
        + session.phones.len()
        + session.time_zones.len()
        + session.times.iter().map(time).sum::<usize>()
}

/// What is kept of the lines of a section.
pub(super) fn size_of_section(section: &sdp_types::Media) -> usize {
    1 + section.attributes.len() + section.bandwidths.len() + section.connections.len()
}

/// Lines of a section that are kept. `k=` is not, as in [`SessionLines`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaLines {
    /// `i=`.
    pub title: Option<String>,
    /// Behind the port in `m=`: how many of them.
    pub ports: Option<u16>,
    /// `c=` lines after the first: the layers of a multicast (RFC 8866 §5.7).
    pub connections: Vec<Address>,
    /// `b=`.
    pub bandwidths: Vec<Bandwidth>,
}

impl MediaLines {
    pub(super) fn of(section: &sdp_types::Media) -> Self {
        Self {
            title: section.media_title.clone(),
            ports: section.num_ports,
            connections: section.connections.iter().skip(1).map(Address::of).collect(),
            bandwidths: bandwidths(&section.bandwidths),
        }
    }
}
