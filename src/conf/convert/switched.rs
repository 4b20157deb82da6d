//! The side of the switched network: signalling point, links, circuits, and their mirror image, the
//! embedded exchange.

use super::variants::Variants;
use super::{in_range, seed};
use crate::conf::error::{ConfError, Source};
use crate::conf::file::{self, File};
use crate::conf::settings::LinkSlot;
use gateway::Bearer;
use isup::{GroupConfig, GroupId};
use isup_codec::Cic;
use media::TimeSlot;
use mtp::{LinkConfig, LinkId, NetworkIndicator, PointCode};
use std::collections::BTreeSet;
use toml::Spanned;

/// A circuit identification code has 12 bits (Q.763 §1.2), a span takes 32 of them.
const SPANS_MAX: u16 = 128;
/// Time slots of a span that may carry something: 0 keeps the frame.
const SLOTS: std::ops::RangeInclusive<u8> = 1..=31;

pub(super) struct Ss7 {
    pub(super) spans: u16,
    pub(super) links: Vec<LinkSlot>,
    pub(super) bearers: Vec<Bearer>,
    pub(super) near: Point,
    pub(super) exchange: exchange::Config,
}

/// The cores of one signalling point.
pub(super) struct Point {
    pub(super) mtp: mtp::Config,
    pub(super) isup: isup::Config,
}

pub(super) fn ss7(source: &Source, file: &File) -> Result<Ss7, ConfError> {
    let ss7 = &file.ss7;
    let own = point_code(source, &ss7.point_code, "ss7.point_code".to_owned())?;
    let network = in_range(source, &ss7.network_indicator, "ss7.network_indicator", 0..=3)?;
    let network = NetworkIndicator(network);
    let spans = in_range(source, &ss7.spans, "ss7.spans", 1..=SPANS_MAX)?;
    let far = far_point(source, file, own)?;
    let links = links(source, ss7, far)?;
    let (groups, bearers) = groups(source, ss7, far, &links)?;
    let near_links = ss7.link.get_ref().iter().zip(&links).map(|(link, slot)| LinkConfig {
        id: slot.link,
        adjacent: far,
        slc: *link.get_ref().slc.get_ref(),
    });
    let mut near = point(own, network, near_links.collect(), groups);
    let mut exchange = mirror(&near, own, far, &bearers);
    if let Some(digits) = file.exchange.as_ref().and_then(|exchange| exchange.overlap.as_ref()) {
        exchange.overlap = Some(in_range(source, digits, "exchange.overlap", 0..=15)?);
    }
    near.isup.timers = super::timers::timers(source, &ss7.timers)?;
    Ok(Ss7 { spans, links, bearers, near, exchange })
}

fn point_code(source: &Source, value: &Spanned<u32>, key: String) -> Result<PointCode, ConfError> {
    in_range(source, value, key, 0..=PointCode::MAX.0).map(PointCode)
}

/// The signalling point at the far end of the in-process spans.
fn far_point(source: &Source, file: &File, own: PointCode) -> Result<PointCode, ConfError> {
    let Some(exchange) = &file.exchange else {
        let what = "the in-process spans lead nowhere".to_owned();
        let remedy = "add [exchange] with the point_code of the embedded exchange";
        return Err(source.error(file.ss7.spans.span(), "ss7.spans", what, remedy));
    };
    let code = &exchange.point_code;
    let far = point_code(source, code, "exchange.point_code".to_owned())?;
    if far == own {
        let what = "this is ss7.point_code, our own".to_owned();
        return Err(source.error(code.span(), "exchange.point_code", what, "give it another"));
    }
    Ok(far)
}

/// Nobody but the embedded exchange answers on an in-process span.
fn must_be_far(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
    far: PointCode,
) -> Result<(), ConfError> {
    if PointCode(*value.get_ref()) == far {
        return Ok(());
    }
    let what = format!("no signalling point {} is at the far end", value.get_ref());
    Err(source.error(value.span(), key, what, format!("write {far}, exchange.point_code")))
}

fn links(source: &Source, ss7: &file::Ss7, far: PointCode) -> Result<Vec<LinkSlot>, ConfError> {
    let mut links: Vec<LinkSlot> = Vec::new();
    let mut codes = BTreeSet::new();
    for (n, entry) in ss7.link.get_ref().iter().enumerate() {
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
    if links.is_empty() {
        let remedy = "add a [[ss7.link]] with adjacent, slc, span and time_slot";
        let what = "without a signalling link no call is possible";
        return Err(source.error(ss7.link.span(), "ss7.link", what, remedy));
    }
    Ok(links)
}

fn span_number(
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
fn groups(
    source: &Source,
    ss7: &file::Ss7,
    far: PointCode,
    links: &[LinkSlot],
) -> Result<(Vec<GroupConfig>, Vec<Bearer>), ConfError> {
    let (mut groups, mut bearers) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    let variants = Variants::new(source, &ss7.variant)?;
    for (n, entry) in ss7.group.get_ref().iter().enumerate() {
        let (group, key) = (entry.get_ref(), |name: &str| format!("ss7.group[{n}].{name}"));
        must_be_far(source, &group.peer, key("peer"), far)?;
        let variant = variants.find(source, &group.variant, key("variant"))?;
        let mut cics = Vec::new();
        for (m, span) in group.spans.get_ref().iter().enumerate() {
            let number = span_number(source, span, key(&format!("spans[{m}]")), ss7)?;
            if !taken.insert(number) {
                let what = format!("span {number} is in a group already");
                let remedy = "name each span once";
                return Err(source.error(span.span(), key(&format!("spans[{m}]")), what, remedy));
            }
            let is_link = |slot| links.iter().any(|link| (link.span, link.slot) == (number, slot));
            for slot in SLOTS.filter(|slot| !is_link(*slot)) {
                let cic = Cic(number * 32 + u16::from(slot));
                cics.push(cic);
                let slot = Some(TimeSlot { span: number, slot });
                bearers.push(Bearer { group: GroupId(n as u16), cic, slot });
            }
        }
        if let Some(cic) = cics.iter().find(|cic| !variant.has_cic(**cic)) {
            let (name, bits) = (&variant.name, variant.cic_bits);
            let what = format!("circuit {cic} is not of the {bits} bits that `{name}` has");
            return Err(source.error(group.spans.span(), key("spans"), what, "name lower spans"));
        }
        let defaults = GroupConfig { variant, ..GroupConfig::new(group.name.get_ref(), far, cics) };
        groups.push(super::groups::used(source, group, key, defaults)?);
    }
    if groups.is_empty() {
        let remedy = "add a [[ss7.group]] with name, peer and spans";
        return Err(source.error(ss7.group.span(), "ss7.group", "there is no circuit", remedy));
    }
    Ok((groups, bearers))
}

fn point(
    own: PointCode,
    network: NetworkIndicator,
    links: Vec<LinkConfig>,
    groups: Vec<GroupConfig>,
) -> Point {
    let mtp = mtp::Config { links, ..mtp::Config::new(own, network) };
    let circuits: usize = groups.iter().map(|group| group.cics.len()).sum();
    // In dual seizure a circuit has two calls for a moment (Q.764 §2.9.1.4).
    let calls = 2 * circuits;
    let isup = isup::Config { groups, calls, ..isup::Config::new(own) };
    Point { mtp, isup }
}

/// The exchange is what we are, seen from the other end.
fn mirror(near: &Point, own: PointCode, far: PointCode, bearers: &[Bearer]) -> exchange::Config {
    let links = near.mtp.links.iter().map(|link| LinkConfig { adjacent: own, ..*link });
    let groups = near.isup.groups.iter().map(|group| group.mirrored(own));
    let Point { mtp, isup } = point(far, near.mtp.network, links.collect(), groups.collect());
    let bearers = bearers.iter().filter_map(|bearer| {
        let slot = bearer.slot?;
        Some((bearer.cic, exchange::TimeSlot { span: slot.span, slot: slot.slot }))
    });
    let bearers = bearers.collect();
    exchange::Config { mtp, isup, bearers, seed: seed(), overlap: None }
}
