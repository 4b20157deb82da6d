//! Offer and answer (RFC 3264) for one stream of G.711.

use crate::precondition::{self, Preconditions};
use crate::{Codec, LocalMedia, Negotiated};
use sip_parser::sdp::{Direction, Media, Origin, RtpMap, SessionDescription};
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Milliseconds of speech in one packet, unless the peer wants something else (RFC 3551 §4.2),
const PTIME: u32 = 20;
/// and the most and the least that we send in one; in steps of ten.
const PTIME_MAX: u32 = 40;
const PTIME_STEP: u32 = 10;

const AUDIO: &str = "audio";
const PROTOCOL: &str = "RTP/AVP";

/// Which of two ways speech goes, seen from the side that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ways {
    sends: bool,
    receives: bool,
}

impl Ways {
    const fn of(direction: Direction) -> Self {
        match direction {
            Direction::SendRecv => Self { sends: true, receives: true },
            Direction::SendOnly => Self { sends: true, receives: false },
            Direction::RecvOnly => Self { sends: false, receives: true },
            Direction::Inactive => Self { sends: false, receives: false },
        }
    }

    const fn direction(self) -> Direction {
        match (self.sends, self.receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// What is left of our wish where the peer offers `peer` (§6.1).
    const fn against(self, peer: Self) -> Self {
        Self { sends: self.sends && peer.receives, receives: self.receives && peer.sends }
    }
}

/// The stream of an offer that we take.
struct Choice {
    index: usize,
    codec: Codec,
    payload_type: u8,
    remote: SocketAddr,
    ways: Ways,
    ptime: u32,
    events: Option<u8>,
    guessed: bool,
}

/// What we wish while the peer is held or not.
pub(crate) const fn wish(held: bool) -> Direction {
    if held { Direction::SendOnly } else { Direction::SendRecv }
}

/// Our first offer.
pub(crate) fn offer(media: &LocalMedia, session_id: u64, held: bool) -> SessionDescription {
    let stream = stream(media.address.port(), &media.codecs, wish(held));
    describe(media.address.ip(), session_id, vec![stream])
}

/// Our last description offered again with the direction that we wish now.
pub(crate) fn renewed(ours: &SessionDescription, held: bool) -> SessionDescription {
    let mut next = ours.clone();
    for media in next.media.iter_mut().filter(|media| media.port != 0) {
        precondition::forget(media);
        media.direction = Some(wish(held));
    }
    succeeding(ours, next)
}

/// Gives `next` its place behind `last` (§8): the same session, and one version more exactly where
/// anything has changed.
pub(crate) fn succeeding(
    last: &SessionDescription,
    mut next: SessionDescription,
) -> SessionDescription {
    next.origin.clone_from(&last.origin);
    if next != *last {
        next.origin.version = next.origin.version.wrapping_add(1);
    }
    next
}

/// Whether an offer holds a stream that we could take, `guess` as in [`answer`].
pub(crate) fn is_usable(offer: &SessionDescription, guess: Option<IpAddr>) -> bool {
    choose(offer, &[Codec::Pcma, Codec::Pcmu], guess, &|_| true).is_some()
}

/// Where a peer takes speech by its offer, and which of our addresses that is for: of `ours`, the
/// preferred first. None where nothing fits.
pub(crate) fn address_for(
    offer: &SessionDescription,
    ours: &LocalMedia,
    guess: Option<IpAddr>,
) -> Option<SocketAddr> {
    let reach = |peer| ours.facing(peer).is_some();
    let choice = choose(offer, &ours.codecs, guess, &reach)?;
    Some(ours.facing(choice.remote.ip()).unwrap_or(ours.address))
}

/// Nothing: neither side speaks, for nobody has said where to.
pub(crate) const fn silence() -> Negotiated {
    Negotiated {
        remote: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        codec: Codec::Pcma,
        payload_type: 8,
        send: false,
        receive: false,
        ptime: PTIME,
        events: None,
        guessed: false,
    }
}

/// Our answer to an offer, and what is agreed by it; none where nothing fits.
///
/// `guess` is where a peer may be that gives a host name (RFC 8866 §5.7) or no address at all: a
/// call does not wait for DNS. Without one such an offer does not fit, and with one it fits even
/// where we have no address of the peer's family: some gateway on the way may have one.
pub(crate) fn answer(
    offer: &SessionDescription,
    media: &LocalMedia,
    session_id: impl Display,
    held: bool,
    guess: Option<IpAddr>,
) -> Option<(SessionDescription, Negotiated)> {
    let choice = choose(offer, &media.codecs, guess, &|peer| media.facing(peer).is_some())?;
    let own = media.facing(choice.remote.ip()).unwrap_or(media.address);
    let ways = Ways::of(wish(held)).against(choice.ways);
    // §6: as many streams as the offer, in its order; those we do not take have port 0.
    let streams = offer.media.iter().enumerate().map(|(index, offered)| {
        if index == choice.index {
            answered_stream(own.port(), &choice, offered, ways)
        } else {
            refused_stream(offered)
        }
    });
    let description = describe(own.ip(), session_id, streams.collect());
    let speaks = choice.guessed || !choice.remote.ip().is_unspecified();
    let negotiated = Negotiated {
        remote: choice.remote,
        codec: choice.codec,
        payload_type: choice.payload_type,
        send: ways.sends && speaks,
        receive: ways.receives && speaks,
        ptime: choice.ptime,
        events: choice.events,
        guessed: choice.guessed,
    };
    Some((description, negotiated))
}

/// Our first offer for a peer of the other family: nobody has heard it yet.
pub(crate) fn move_to(ours: &mut SessionDescription, own: SocketAddr) {
    for media in ours.media.iter_mut().filter(|media| media.port != 0) {
        media.port = own.port();
    }
    ours.connection = Some(own.ip().into());
    ours.origin.address = own.ip().into();
}

/// What is agreed by the peer's answer to our offer; none where it took nothing of it. `guess` is
/// as in [`answer`].
pub(crate) fn conclude(
    (ours, local): (&SessionDescription, &LocalMedia),
    answer: &SessionDescription,
    guess: Option<IpAddr>,
) -> Option<Negotiated> {
    let index = ours.media.iter().position(|media| media.port != 0)?;
    let (offered, answered) = (ours.media.get(index)?, answer.media.get(index)?);
    // §6: refused, or not what was offered.
    let same = (&answered.kind, &answered.protocol) == (&offered.kind, &offered.protocol);
    if answered.port == 0 || !same {
        return None;
    }
    // §6.1: the number should be that of the offer; a peer that takes another one means it for
    // what it receives. It is the codec that must have been offered.
    let (codec, payload_type) =
        formats(answered).find(|(codec, _)| formats(offered).any(|(ours, _)| ours == *codec))?;
    // Nobody at all may be of either family (§8.4).
    let reached = |address: &IpAddr| local.facing(*address).is_some();
    let known = address_of(answer, answered).filter(reached);
    let address = known.or_else(|| guess.map(|guess| guessed(guess, &reached)))?;
    let speaks = known.is_none() || !address.is_unspecified();
    let ours = Ways::of(offered.direction.unwrap_or(Direction::SendRecv));
    let ways = ours.against(ways_of(answer, answered));
    Some(Negotiated {
        remote: SocketAddr::new(address, answered.port),
        codec,
        payload_type,
        send: ways.sends && speaks,
        receive: ways.receives && speaks,
        ptime: packet_time(answered),
        // §5.1, §6.1: the peer sends by our numbers.
        events: events(offered).filter(|_| events(answered).is_some()),
        guessed: known.is_none(),
    })
}

/// Where a peer takes speech. Not a group: nobody may have us send to others than themselves.
fn address_of(description: &SessionDescription, media: &Media) -> Option<IpAddr> {
    let address = description.address_of(media)?.ip()?;
    (!address.is_multicast() && address != IpAddr::V4(Ipv4Addr::BROADCAST)).then_some(address)
}

/// Where a peer may be that has not said so, or has named what we cannot reach: `guess`, or nobody
/// knows where.
fn guessed(guess: IpAddr, reach: &impl Fn(&IpAddr) -> bool) -> IpAddr {
    if reach(&guess) { guess } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) }
}

/// The first stream of an offer that we can take and `reach`; else the first that we can take at
/// all, if there is a guess.
fn choose(
    offer: &SessionDescription,
    codecs: &[Codec],
    guess: Option<IpAddr>,
    reach: &dyn Fn(IpAddr) -> bool,
) -> Option<Choice> {
    choose_known(offer, codecs, None, reach)
        .or_else(|| guess.and_then(|guess| choose_known(offer, codecs, Some(guess), reach)))
}

fn choose_known(
    offer: &SessionDescription,
    codecs: &[Codec],
    guess: Option<IpAddr>,
    reach: &dyn Fn(IpAddr) -> bool,
) -> Option<Choice> {
    let reach = |address: &IpAddr| reach(*address);
    offer.media.iter().enumerate().find_map(|(index, media)| {
        if media.port == 0 || media.kind != AUDIO || media.protocol != PROTOCOL {
            return None;
        }
        let known = address_of(offer, media).filter(reach);
        let address = known.or_else(|| guess.map(|guess| guessed(guess, &reach)))?;
        let guessed = known.is_none();
        let (codec, payload_type) = formats(media).find(|(codec, _)| codecs.contains(codec))?;
        let mut ways = ways_of(offer, media);
        // §8.4: the hold of RFC 2543 takes no speech, whatever its direction says.
        ways.receives &= guessed || !address.is_unspecified();
        let remote = SocketAddr::new(address, media.port);
        let (ptime, events) = (packet_time(media), events(media));
        Some(Choice { index, codec, payload_type, remote, ways, ptime, events, guessed })
    })
}

fn ways_of(description: &SessionDescription, media: &Media) -> Ways {
    Ways::of(media.direction.or(description.direction).unwrap_or(Direction::SendRecv))
}

/// RTP has no more of them (RFC 3550 §5.1: 7 bits); what a peer writes behind so many costs us
/// nothing.
const PAYLOAD_TYPES: usize = 128;

fn is_mono(map: &RtpMap) -> bool {
    map.parameters.as_deref().is_none_or(|channels| channels.trim() == "1")
}

/// The formats that are codecs of ours, in their order.
fn formats(media: &Media) -> impl Iterator<Item = (Codec, u8)> {
    media.formats.iter().take(PAYLOAD_TYPES).filter_map(|format| {
        let payload_type: u8 = format.parse().ok()?;
        let map = media.rtpmaps.iter().find(|map| map.payload == payload_type);
        let codec = match map {
            // RFC 3551 §4.5.14: 8000 Hz, one channel.
            Some(map) if map.rate == 8_000 && is_mono(map) => Codec::from_name(&map.encoding)?,
            Some(_) => return None,
            None => Codec::from_static(payload_type)?,
        };
        Some((codec, payload_type))
    })
}

/// How much speech the peer wants in one packet: at most what it can take (RFC 8866 §6.4).
fn packet_time(media: &Media) -> u32 {
    let wanted = media.ptime.unwrap_or(PTIME).min(media.maxptime.unwrap_or(u32::MAX));
    (wanted / PTIME_STEP * PTIME_STEP).clamp(PTIME_STEP, PTIME_MAX)
}

/// The name of telephone events in `a=rtpmap` (RFC 4733 §2.4),
const EVENTS: &str = "telephone-event";
/// our payload type for them where we choose it,
const EVENTS_PAYLOAD_TYPE: u8 = 101;
/// and which of them we know: the sixteen of DTMF.
const EVENTS_KNOWN: &str = "0-15";

/// The payload type of telephone events, at the clock of our codecs (RFC 4733 §2.5.1.2).
fn events(media: &Media) -> Option<u8> {
    let is_events = |map: &&RtpMap| map.rate == 8_000 && map.encoding.eq_ignore_ascii_case(EVENTS);
    let mut maps = media.rtpmaps.iter().filter(is_events).map(|map| map.payload);
    maps.find(|payload| media.formats.iter().any(|format| format.parse() == Ok(*payload)))
}

/// Adds telephone events to a stream of ours.
fn with_events(mut media: Media, payload: Option<u8>) -> Media {
    if let Some(payload) = payload {
        media.formats.push(payload.to_string());
        let encoding = EVENTS.to_owned();
        media.rtpmaps.push(RtpMap { payload, encoding, rate: 8_000, parameters: None });
        media.fmtps.push((payload, EVENTS_KNOWN.to_owned()));
    }
    media
}

/// The objection to an address that is none of ours, or none at all.
pub(crate) const NO_ADDRESS: (u16, &str) = (301, "Incompatible network address formats");

/// Why nothing of an offer can be taken, as a Warning says it (RFC 3261 §20.43): code and text.
pub(crate) fn objection(offer: &SessionDescription) -> (u16, &'static str) {
    let mut spoken = offer.media.iter().filter(|media| media.kind == AUDIO && media.port != 0);
    let mut plain = spoken.clone().filter(|media| media.protocol == PROTOCOL);
    if spoken.next().is_none() {
        (304, "Media type not available")
    } else if plain.clone().next().is_none() {
        (302, "Incompatible transport protocol")
    } else if plain.any(|media| formats(media).next().is_some()) {
        NO_ADDRESS
    } else {
        (305, "Incompatible media format")
    }
}

/// What we could take, as an answer to OPTIONS says it (§9): a stream without a port.
pub(crate) fn capabilities(address: IpAddr, session_id: u64) -> SessionDescription {
    let codecs = vec![Codec::Pcma, Codec::Pcmu];
    let media = LocalMedia { address: SocketAddr::new(address, 0), other: None, codecs };
    offer(&media, session_id, false)
}

/// The first version of a description of ours.
fn describe(address: IpAddr, session_id: impl Display, streams: Vec<Media>) -> SessionDescription {
    let origin = Origin {
        username: "-".to_owned(),
        session_id: session_id.to_string(),
        version: 1,
        address: address.into(),
    };
    SessionDescription {
        connection: Some(address.into()),
        media: streams,
        ..SessionDescription::new(origin)
    }
}

fn rtpmap(codec: Codec, payload: u8) -> RtpMap {
    RtpMap { payload, encoding: codec.name().to_owned(), rate: 8_000, parameters: None }
}

fn stream(port: u16, codecs: &[Codec], direction: Direction) -> Media {
    let media = Media {
        formats: codecs.iter().map(|codec| codec.payload_type().to_string()).collect(),
        rtpmaps: codecs.iter().map(|codec| rtpmap(*codec, codec.payload_type())).collect(),
        direction: Some(direction),
        ptime: Some(PTIME),
        ..Media::new(AUDIO, port, PROTOCOL)
    };
    with_events(media, Some(EVENTS_PAYLOAD_TYPE))
}

fn answered_stream(port: u16, choice: &Choice, offered: &Media, ways: Ways) -> Media {
    let media = Media {
        formats: vec![choice.payload_type.to_string()],
        rtpmaps: vec![rtpmap(choice.codec, choice.payload_type)],
        direction: Some(ways.direction()),
        ptime: Some(PTIME),
        attributes: Preconditions::of(offered).map(|table| table.attributes()).unwrap_or_default(),
        ..Media::new(AUDIO, port, PROTOCOL)
    };
    with_events(media, choice.events)
}

fn refused_stream(offered: &Media) -> Media {
    Media { formats: offered.formats.clone(), ..Media::new(&offered.kind, 0, &offered.protocol) }
}

#[cfg(test)]
mod tests;
