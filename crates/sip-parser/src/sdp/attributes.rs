//! Attributes with types of their own, read on demand from those that are kept as text.

use std::net::IpAddr;

use super::{Address, Direction, Media, SessionDescription};

/// `a=rtcp` (RFC 3605 §2.1): where RTCP goes, when it is not the port after RTP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// Its port.
    pub port: u16,
    /// Its address, where it is another one.
    pub address: Option<IpAddr>,
}

/// `a=crypto` (RFC 4568 §9.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    /// Tells the offered ones apart, and the answer which it takes.
    pub tag: u32,
    /// As in `AES_CM_128_HMAC_SHA1_80`.
    pub suite: &'a str,
    /// `inline:` and the key, and more.
    pub keys: &'a str,
    /// Session parameters.
    pub params: &'a str,
}

/// Without the keys.
impl std::fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = f.debug_struct("Crypto");
        text.field("tag", &self.tag).field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// A payload type of `telephone-event` (RFC 4733 §2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent<'a> {
    /// Payload type.
    pub payload: u8,
    /// Clock rate.
    pub rate: u32,
    /// The events, as in `0-15,32`.
    pub events: &'a str,
}

impl TelephoneEvent<'_> {
    /// Whether that event can be told.
    #[must_use]
    pub fn has(&self, event: u8) -> bool {
        self.events.split(',').any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.trim().parse::<u8>().ok();
            number(first).zip(number(last)).is_some_and(|(from, to)| (from..=to).contains(&event))
        })
    }
}

/// T.38 over UDPTL (T.38 Annex D.2.3, RFC 7345 has the registrations).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct T38<'a> {
    /// `T38FaxVersion`; 0 where it is missing.
    pub version: u32,
    /// `T38MaxBitRate`, bit/s.
    pub max_bit_rate: Option<u32>,
    /// `T38FaxRateManagement`: `localTCF` or `transferredTCF`.
    pub rate_management: Option<&'a str>,
    /// `T38FaxMaxBuffer`, octets.
    pub max_buffer: Option<u32>,
    /// `T38FaxMaxDatagram`, octets.
    pub max_datagram: Option<u32>,
    /// `T38FaxUdpEC`: `t38UDPFEC`, `t38UDPRedundancy`, …
    pub error_correction: Option<&'a str>,
}

type Attributes = [(String, Option<String>)];

fn find<'a>(attributes: &'a Attributes, name: &str) -> Option<Option<&'a str>> {
    attributes.iter().find(|row| row.0 == name).map(|row| row.1.as_deref())
}

impl SessionDescription {
    /// The first session-level attribute of that name: `Some(None)` when it has no value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Option<&str>> {
        find(&self.attributes, name)
    }

    /// What holds for a section: its own direction, else that of the session, else both ways
    /// (RFC 8866 §6.7).
    #[must_use]
    pub fn direction_of(&self, media: &Media) -> Direction {
        media.direction.or(self.direction).unwrap_or(Direction::SendRecv)
    }

    /// What holds for a section: its own address, else that of the session (RFC 8866 §5.7).
    #[must_use]
    pub fn address_of<'a>(&'a self, media: &'a Media) -> Option<&'a Address> {
        media.connection.as_ref().or(self.connection.as_ref())
    }

    /// Every group (RFC 5888 §5): what for, as in `BUNDLE`, and the identifications in it.
    pub fn groups(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let groups = self.attributes.iter().filter(|row| row.0 == "group");
        groups.filter_map(|row| {
            let mut words = row.1.as_deref()?.split_ascii_whitespace();
            Some((words.next()?, words))
        })
    }
}

impl Media {
    /// The first attribute of that name that has no field of its own: `Some(None)` when it has no
    /// value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Option<&str>> {
        find(&self.attributes, name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).flatten().map(str::trim)
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.value(name)?.parse().ok()
    }

    /// Whether the section is refused, or not used any more (RFC 3264 §6, §8.2).
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.port == 0
    }

    /// Where RTCP goes, when it is said.
    #[must_use]
    pub fn rtcp(&self) -> Option<Rtcp> {
        let mut words = self.value("rtcp")?.split_ascii_whitespace();
        let port = words.next()?.parse().ok()?;
        // nettype and addrtype follow from the address.
        let address = match words.nth(2) {
            Some(address) => Some(address.parse().ok()?),
            None => None,
        };
        Some(Rtcp { port, address })
    }

    /// Whether RTCP may come to the port of RTP (RFC 5761 §5.1.1).
    #[must_use]
    pub fn is_rtcp_mux(&self) -> bool {
        self.attribute("rtcp-mux").is_some()
    }

    /// Its identification in groups (RFC 5888 §4).
    #[must_use]
    pub fn mid(&self) -> Option<&str> {
        self.value("mid")
    }

    /// Keys for SRTP, each a choice.
    pub fn cryptos(&self) -> impl Iterator<Item = Crypto<'_>> {
        let values = self.attributes.iter().filter(|row| row.0 == "crypto");
        values.filter_map(|row| {
            let mut parts = row.1.as_deref()?.trim().splitn(4, ' ');
            Some(Crypto {
                tag: parts.next()?.parse().ok()?,
                suite: parts.next()?,
                keys: parts.next()?,
                params: parts.next().unwrap_or_default(),
            })
        })
    }

    /// Its first payload type of events; those of keys where none are named (RFC 4733 §2.4.1).
    #[must_use]
    pub fn telephone_event(&self) -> Option<TelephoneEvent<'_>> {
        let is_event = |encoding: &str| encoding.eq_ignore_ascii_case("telephone-event");
        let map = self.rtpmaps.iter().find(|map| is_event(&map.encoding))?;
        let fmtp = self.fmtps.iter().find(|fmtp| fmtp.0 == map.payload);
        let events = fmtp.map_or("0-15", |fmtp| fmtp.1.as_str());
        let events = events.strip_prefix("events=").unwrap_or(events);
        Some(TelephoneEvent { payload: map.payload, rate: map.rate, events })
    }

    /// The payload type of 64 kbit/s without transcoding (RFC 4040 §5).
    #[must_use]
    pub fn clearmode(&self) -> Option<u8> {
        let is_clear = |encoding: &str| encoding.eq_ignore_ascii_case("CLEARMODE");
        let mut maps = self.rtpmaps.iter();
        maps.find(|map| is_clear(&map.encoding) && map.rate == 8_000).map(|map| map.payload)
    }

    /// What a section of fax says about it.
    #[must_use]
    pub fn t38(&self) -> Option<T38<'_>> {
        let is_fax = self.formats.iter().any(|format| format.eq_ignore_ascii_case("t38"));
        is_fax.then(|| T38 {
            version: self.number("T38FaxVersion").unwrap_or_default(),
            max_bit_rate: self.number("T38MaxBitRate"),
            rate_management: self.value("T38FaxRateManagement"),
            max_buffer: self.number("T38FaxMaxBuffer"),
            max_datagram: self.number("T38FaxMaxDatagram"),
            error_correction: self.value("T38FaxUdpEC"),
        })
    }
}
