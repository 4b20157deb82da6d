//! Signalling links over associations of their own (RFC 4165).

use super::associations::{Wanted, named, way};
use super::in_range;
use super::switched::point_code;
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use crate::conf::settings::{
    AssociationProtocol, AssociationSettings, AssociationTransport, AssociationWay,
};
use mtp::m3ua::AssociationId;
use mtp::{LinkConfig, LinkId, PointCode, m2pa};
use std::collections::BTreeSet;
use toml::Spanned;

/// What else leads to other points.
pub(super) struct Beside<'a> {
    pub(super) own: PointCode,
    /// Where the links on time slots lead.
    pub(super) far: Option<PointCode>,
    pub(super) m3ua: &'a mtp::m3ua::Config,
}

impl Beside<'_> {
    /// Whether an association of M3UA leads to a point.
    pub(super) fn is_of_m3ua(&self, code: PointCode) -> bool {
        self.m3ua.associations.iter().any(|one| one.peers().any(|peer| peer == code))
    }
}

/// The links, for the core and for the sockets. Their numbers follow those of the links on time
/// slots, those of their associations follow those of M3UA, whose `sockets` are given.
pub(super) fn links(
    source: &Source,
    ss7: &file::Ss7,
    beside: &Beside<'_>,
    sockets: &mut Vec<AssociationSettings>,
) -> Result<Vec<LinkConfig>, ConfError> {
    let mut names: BTreeSet<String> = sockets.iter().map(|one| one.name.clone()).collect();
    let on_time_slots = ss7.link.iter().map(|link| *link.get_ref().slc.get_ref());
    let mut codes: BTreeSet<(PointCode, u8)> =
        on_time_slots.filter_map(|slc| Some((beside.far?, slc))).collect();
    let mut links = Vec::new();
    for (n, entry) in ss7.m2pa.iter().enumerate() {
        let (link, place) = (entry.get_ref(), format!("ss7.m2pa[{n}]"));
        let key = |name: &str| format!("{place}.{name}");
        let name = named(source, &place, &link.name, &mut names)?;
        let adjacent = adjacent(source, &link.adjacent, key("adjacent"), beside)?;
        let slc = in_range(source, &link.slc, key("slc"), 0..=15)?;
        if !codes.insert((adjacent, slc)) {
            let what = format!("another link to {adjacent} has signalling link code {slc}");
            return Err(source.error(link.slc.span(), key("slc"), what, "give each its own"));
        }
        let (way, transport) = way(source, &wanted(&place, link))?;
        let one = AssociationSettings {
            id: AssociationId(sockets.len() as u16),
            name,
            protocol: AssociationProtocol::M2pa,
            way,
            transport,
        };
        told_apart(source, link, &place, &one, sockets)?;
        let opens = matches!(one.way, AssociationWay::Connect { .. });
        let most = m2pa::Config::WINDOW_MAX as u32;
        let window = in_range(source, &link.window, key("window"), 1..=most)? as usize;
        let config = m2pa::Config { window, ..m2pa::Config::new(one.id, opens) };
        let id = LinkId((ss7.link.len() + n) as u16);
        links.push(LinkConfig::over(id, adjacent, slc, config));
        sockets.push(one);
    }
    Ok(links)
}

fn adjacent(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
    beside: &Beside<'_>,
) -> Result<PointCode, ConfError> {
    let code = point_code(source, value, key.clone())?;
    if code == beside.own {
        let what = "this is ss7.point_code, our own";
        return Err(source.error(value.span(), key, what, "name the point at its other end"));
    }
    if beside.is_of_m3ua(code) {
        let what = format!("an association of M3UA leads to signalling point {code}, too");
        let remedy = "reach it by links, or by [[ss7.association]], not by both";
        return Err(source.error(value.span(), key, what, remedy));
    }
    Ok(code)
}

fn wanted<'a>(place: &'a str, link: &'a file::M2pa) -> Wanted<'a> {
    Wanted {
        place,
        name: &link.name,
        transport: link.transport.as_ref(),
        connect: link.connect.as_ref(),
        local: link.local.as_ref(),
        listen: link.listen.as_ref(),
        udp_port: link.udp_port.as_ref(),
        peer_udp_port: link.peer_udp_port.as_ref(),
        sources: &link.sources,
    }
}

/// RFC 4165 §4.1.2: by its addresses and ports both ends know which link an association is.
fn told_apart(
    source: &Source,
    link: &file::M2pa,
    place: &str,
    one: &AssociationSettings,
    others: &[AssociationSettings],
) -> Result<(), ConfError> {
    let same_carrier = |other: &AssociationSettings| match (&one.transport, &other.transport) {
        (AssociationTransport::SctpUdp { ports }, AssociationTransport::SctpUdp { ports: its }) => {
            ports == its
        }
        (one, other) => one.name() == other.name(),
    };
    let same_way = |other: &AssociationSettings| match (&one.way, &other.way) {
        (AssociationWay::Connect { remote, .. }, AssociationWay::Connect { remote: its, .. }) => {
            remote == its
        }
        (AssociationWay::Listen { address, .. }, AssociationWay::Listen { address: its, .. }) => {
            address == its
        }
        _ => false,
    };
    let Some(other) = others.iter().find(|other| same_carrier(other) && same_way(other)) else {
        return Ok(());
    };
    let (name, written) = match one.way {
        AssociationWay::Connect { .. } => ("connect", &link.connect),
        AssociationWay::Listen { .. } => ("listen", &link.listen),
    };
    let span = written.as_ref().map_or(link.name.span(), Spanned::span);
    let what = format!("`{}` has the same address and port", other.name);
    let remedy = "give each link a port of its own: 3565 for the first, any for the others";
    Err(source.error(span, format!("{place}.{name}"), what, remedy))
}
