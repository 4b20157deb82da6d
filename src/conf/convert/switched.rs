//! The side of the switched network: signalling point, links, circuits, and their mirror image, the
//! embedded exchange.

use super::circuits::{self, Reached};
use super::m2pa::{self, Beside};
use super::variants::Variants;
use super::{associations, far, figure, in_range, level3, seed};
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{self, File};
use crate::conf::settings::{AssociationSettings, LinkSlot};
use gateway::Bearer;
use isup::{GroupConfig, GroupId};
use mtp::{LinkConfig, LinkId, NetworkIndicator, PointCode};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use toml::Spanned;

/// A circuit identification code has 12 bits (Q.763 §1.2), a span takes 32 of them.
const SPANS_MAX: u16 = 128;
/// Time slots of a span that may carry something: 0 keeps the frame.
pub(super) const SLOTS: std::ops::RangeInclusive<u8> = 1..=31;

pub(super) struct Ss7 {
    pub(super) spans: u16,
    pub(super) links: Vec<LinkSlot>,
    pub(super) bearers: Vec<Bearer>,
    pub(super) near: Point,
    pub(super) exchange: Option<exchange::Config>,
    /// Where the exchange is asked for calls, if it is a process of its own.
    pub(super) exchange_admin: Option<SocketAddr>,
    pub(super) associations: Vec<AssociationSettings>,
}

/// The cores of one signalling point.
pub(super) struct Point {
    pub(super) mtp: mtp::Config,
    pub(super) isup: isup::Config,
}

pub(super) fn ss7(source: &Source, file: &File) -> Result<Ss7, ConfError> {
    let ss7 = &file.ss7;
    let own = point_code(source, &ss7.point_code, "ss7.point_code".to_owned())?;
    let network = figure(source, &ss7.network_indicator, "ss7.network_indicator", 0..=3)?;
    let network = NetworkIndicator(network);
    let spans = in_range(source, &ss7.spans, "ss7.spans", 0..=SPANS_MAX)?;
    let far = far::point_of(source, file, own)?;
    let links = links(source, ss7, far)?;
    let (m3ua, mut associations) = associations::associations(source, ss7, own)?;
    let beside = Beside { own, far, m3ua: &m3ua };
    let over_associations = m2pa::links(source, ss7, &beside, &mut associations)?;
    let routes = level3::routes(source, ss7, &beside, &over_associations)?;
    let reached = || far::reached(&m3ua, &over_associations, &routes);
    let exchange_admin = far::elsewhere(source, file, reached())?;
    if links.is_empty() && associations.is_empty() {
        let what = "without a signalling link no call is possible";
        let remedy = "add a [[ss7.link]], an [[ss7.association]] or an [[ss7.m2pa]]";
        return Err(source.error(ss7.point_code.span(), "ss7.link", what, remedy));
    }
    let reached = Reached { far, associated: reached().collect() };
    let (groups, bearers) = groups(source, ss7, &reached, &links)?;
    let mut near = point(own, network, near_links(ss7, &links, far), groups);
    let mut exchange = far.map(|far| mirror(&near, own, far, &bearers));
    if let (Some(exchange), Some(written)) = (&mut exchange, &file.exchange) {
        check_as_written(source, written, exchange)?;
    }
    if let Some(exchange) = &mut exchange
        && let Some(digits) = file.exchange.as_ref().and_then(|exchange| exchange.overlap.as_ref())
    {
        exchange.overlap = Some(figure(source, digits, "exchange.overlap", 0..=15)?);
    }
    // The embedded exchange is at the end of the others.
    near.mtp.links.extend(over_associations);
    near.mtp.m3ua = m3ua;
    near.mtp.transfer = ss7.mtp.transfer;
    near.mtp.priorities = ss7.mtp.priorities;
    near.mtp.routes = routes;
    let transceivers = in_range(source, &ss7.transceivers, "ss7.transceivers", 1..=1_024)?;
    near.isup.transceivers = transceivers as usize;
    near.isup.timers = super::timers::timers(source, &ss7.timers)?;
    Ok(Ss7 { spans, links, bearers, near, exchange, exchange_admin, associations })
}

fn near_links(ss7: &file::Ss7, links: &[LinkSlot], far: Option<PointCode>) -> Vec<LinkConfig> {
    let links = ss7.link.iter().zip(links).filter_map(|(link, slot)| {
        let slc = *link.get_ref().slc.get_ref();
        Some(LinkConfig::new(slot.link, far?, slc))
    });
    links.collect()
}

pub(super) fn point_code(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
) -> Result<PointCode, ConfError> {
    in_range(source, value, key, 0..=PointCode::MAX.0).map(PointCode)
}

/// Nobody but the embedded exchange answers on an in-process span.
pub(super) fn must_be_far(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
    far: Option<PointCode>,
) -> Result<(), ConfError> {
    let Some(far) = far else {
        let what = "there are no spans".to_owned();
        return Err(source.error(value.span(), key, what, "set ss7.spans, and add [exchange]"));
    };
    if PointCode(*value.get_ref()) == far {
        return Ok(());
    }
    let what = format!("no signalling point {} is at the far end", value.get_ref());
    Err(source.error(value.span(), key, what, format!("write {far}, exchange.point_code")))
}

fn links(
    source: &Source,
    ss7: &file::Ss7,
    far: Option<PointCode>,
) -> Result<Vec<LinkSlot>, ConfError> {
    let mut links: Vec<LinkSlot> = Vec::new();
    let mut codes = BTreeSet::new();
    for (n, entry) in ss7.link.iter().enumerate() {
        let (link, key) = (entry.get_ref(), |name: &str| format!("ss7.link[{n}].{name}"));
        must_be_far(source, &link.adjacent, key("adjacent"), far)?;
        let slc = in_range(source, &link.slc, key("slc"), 0..=15)?;
        if !codes.insert(slc) {
            let what = format!("another link has signalling link code {slc}");
            return Err(source.error(link.slc.span(), key("slc"), what, "give each its own"));
        }
        let span = span_number(source, &link.span, key("span"), ss7)?;
        let slot = in_range(source, &link.time_slot, key("time_slot"), SLOTS)?;
        if links.iter().any(|other| (other.span, other.slot) == (span, slot)) {
            let what = "another link is on this time slot";
            return Err(source.error(
                link.time_slot.span(),
                key("time_slot"),
                what,
                "take another",
            ));
        }
        links.push(LinkSlot { link: LinkId(n as u16), span, slot });
    }
    Ok(links)
}

pub(super) fn span_number(
    source: &Source,
    value: &Spanned<u16>,
    key: String,
    ss7: &file::Ss7,
) -> Result<u16, ConfError> {
    let (span, count) = (*value.get_ref(), *ss7.spans.get_ref());
    if span < count {
        return Ok(span);
    }
    let what = format!("there is no span {span}");
    Err(source.error(value.span(), key, what, format!("spans are numbered 0 to {}", count - 1)))
}

/// The groups with their circuits, and the time slot of each circuit.
pub(super) fn groups(
    source: &Source,
    ss7: &file::Ss7,
    reached: &Reached,
    links: &[LinkSlot],
) -> Result<(Vec<GroupConfig>, Vec<Bearer>), ConfError> {
    let (mut groups, mut bearers) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    let variants = Variants::new(source, &ss7.variant)?;
    for (n, entry) in ss7.group.get_ref().iter().enumerate() {
        let (group, key) = (entry.get_ref(), |name: &str| format!("ss7.group[{n}].{name}"));
        let variant = variants.find(source, &group.variant, key("variant"))?;
        let circuits = circuits::of_group(source, n, ss7, reached, links, &mut taken)?;
        if let Some((cic, _)) = circuits.iter().find(|(cic, _)| !variant.has_cic(*cic)) {
            let (name, bits) = (&variant.name, variant.cic_bits);
            let what = format!("circuit {cic} is not of the {bits} bits that `{name}` has");
            let (span, name) = circuits::place(group);
            return Err(source.error(span, key(name), what, "name lower ones"));
        }
        let cics = circuits.iter().map(|(cic, _)| *cic).collect();
        let peer = PointCode(*group.peer.get_ref());
        let query = *group.query.get_ref();
        let defaults =
            GroupConfig { variant, query, ..GroupConfig::new(group.name.get_ref(), peer, cics) };
        groups.push(super::groups::used(source, group, key, defaults)?);
        let group = GroupId(n as u16);
        bearers.extend(circuits.into_iter().map(|(cic, slot)| Bearer { group, cic, slot }));
    }
    // A transfer point may have none.
    if groups.is_empty() && !ss7.mtp.transfer {
        let remedy = "add a [[ss7.group]] with name, peer and spans";
        return Err(source.error(ss7.group.span(), "ss7.group", "there is no circuit", remedy));
    }
    Ok((groups, bearers))
}

pub(super) fn point(
    own: PointCode,
    network: NetworkIndicator,
    links: Vec<LinkConfig>,
    groups: Vec<GroupConfig>,
) -> Point {
    let mtp = mtp::Config { links, ..mtp::Config::new(own, network) };
    let circuits: usize = groups.iter().map(|group| group.cics.len()).sum();
    // In dual seizure a circuit has two calls for a moment (Q.764 §2.9.1.4). A transfer point may
    // have no circuits.
    let calls = (2 * circuits).max(1);
    let isup = isup::Config { groups, calls, ..isup::Config::new(own) };
    Point { mtp, isup }
}

/// Continuity checks of the exchange: its own, and the loops for ours.
fn check_as_written(
    source: &Source,
    written: &file::Exchange,
    exchange: &mut exchange::Config,
) -> Result<(), ConfError> {
    let key = "exchange.continuity".to_owned();
    let continuity = super::groups::continuity(source, written.continuity.as_ref(), key)?;
    for group in &mut exchange.isup.groups {
        group.continuity = continuity;
    }
    for (n, broken) in written.broken_loops.iter().enumerate() {
        let cic = isup_codec::Cic(*broken.get_ref());
        if !exchange.bearers.iter().any(|(known, _)| *known == cic) {
            let (what, key) = (format!("no circuit has code {cic}"), "exchange.broken_loops");
            let remedy = "a circuit's code is 32 × span + time slot";
            return Err(source.error(broken.span(), format!("{key}[{n}]"), what, remedy));
        }
        exchange.broken_loops.push(cic);
    }
    Ok(())
}

/// The exchange is what we are, seen from the other end.
fn mirror(near: &Point, own: PointCode, far: PointCode, bearers: &[Bearer]) -> exchange::Config {
    let links = near.mtp.links.iter().map(|link| LinkConfig { adjacent: own, ..*link });
    let shared = near.isup.groups.iter().filter(|group| group.peer == far);
    let groups = shared.map(|group| group.mirrored(own));
    let Point { mtp, isup } = point(far, near.mtp.network, links.collect(), groups.collect());
    let bearers = bearers.iter().filter_map(|bearer| {
        let slot = bearer.slot?;
        Some((bearer.cic, exchange::TimeSlot { span: slot.span, slot: slot.slot }))
    });
    let bearers = bearers.collect();
    let broken_loops = Vec::new();
    exchange::Config { mtp, isup, bearers, broken_loops, seed: seed(), overlap: None }
}
