//! The circuits of a trunk group: on time slots here, or with their speech elsewhere.

use super::switched::{SLOTS, must_be_far, span_number};
use crate::conf::error::{ConfError, Source};
use crate::conf::file;
use crate::conf::settings::LinkSlot;
use isup_codec::Cic;
use media::TimeSlot;
use mtp::PointCode;
use std::collections::BTreeSet;
use toml::Spanned;

/// The greatest circuit identification code (Q.763 §1.2).
const CIC_MAX: u16 = 4_095;

/// The points that a trunk group may lead to.
pub(super) struct Reached {
    /// The embedded exchange.
    pub(super) far: Option<PointCode>,
    /// Those reached over associations.
    pub(super) associated: BTreeSet<PointCode>,
}

/// A circuit, and the time slot that carries its speech, if that passes here.
pub(super) type Carried = (Cic, Option<TimeSlot>);

/// The circuits of group `n`.
pub(super) fn of_group(
    source: &Source,
    n: usize,
    ss7: &file::Ss7,
    reached: &Reached,
    links: &[LinkSlot],
    taken: &mut BTreeSet<u16>,
) -> Result<Vec<Carried>, ConfError> {
    let key = |name: &str| format!("ss7.group[{n}].{name}");
    let Some(group) = ss7.group.get_ref().get(n).map(Spanned::get_ref) else {
        return Ok(Vec::new());
    };
    match (&group.spans, &group.cics) {
        (Some(_), None) => {
            must_be_far(source, &group.peer, key("peer"), reached.far)?;
            on_spans(source, n, ss7, links, taken)
        }
        (None, Some(cics)) => {
            must_be_associated(source, &group.peer, key("peer"), reached)?;
            without_bearer(source, cics, key("cics"))
        }
        (None, None) | (Some(_), Some(_)) => {
            let what = "a group has either `spans` or `cics`";
            let remedy = "write `spans` for time slots here, `cics` for circuits elsewhere";
            Err(source.error(group.name.span(), key("spans"), what, remedy))
        }
    }
}

/// Where the file says which circuits a group has, and by what key.
pub(super) fn place(group: &file::Group) -> (std::ops::Range<usize>, &'static str) {
    match (&group.spans, &group.cics) {
        (_, Some(cics)) => (cics.span(), "cics"),
        (Some(spans), None) => (spans.span(), "spans"),
        (None, None) => (group.name.span(), "spans"),
    }
}

/// All free time slots of the spans of group `n`.
fn on_spans(
    source: &Source,
    n: usize,
    ss7: &file::Ss7,
    links: &[LinkSlot],
    taken: &mut BTreeSet<u16>,
) -> Result<Vec<Carried>, ConfError> {
    let mut circuits = Vec::new();
    let group = ss7.group.get_ref().get(n).and_then(|group| group.get_ref().spans.as_ref());
    for (m, span) in group.into_iter().flat_map(|spans| spans.get_ref()).enumerate() {
        let key = || format!("ss7.group[{n}].spans[{m}]");
        let number = span_number(source, span, key(), ss7)?;
        if !taken.insert(number) {
            let what = format!("span {number} is in a group already");
            return Err(source.error(span.span(), key(), what, "name each span once"));
        }
        let is_link = |slot| links.iter().any(|link| (link.span, link.slot) == (number, slot));
        for slot in SLOTS.filter(|slot| !is_link(*slot)) {
            let cic = Cic(number * 32 + u16::from(slot));
            circuits.push((cic, Some(TimeSlot { span: number, slot })));
        }
    }
    Ok(circuits)
}

/// Whoever answers for circuits without a bearer is reached over an association.
fn must_be_associated(
    source: &Source,
    value: &Spanned<u32>,
    key: String,
    reached: &Reached,
) -> Result<(), ConfError> {
    if reached.associated.contains(&PointCode(*value.get_ref())) {
        return Ok(());
    }
    let what = format!("no association leads to signalling point {}", value.get_ref());
    let remedy = "name it in `peers` of an [[ss7.association]]";
    Err(source.error(value.span(), key, what, remedy))
}

/// `1-31`, `1-15,17-31`: circuits whose speech passes elsewhere.
fn without_bearer(
    source: &Source,
    text: &Spanned<String>,
    key: String,
) -> Result<Vec<Carried>, ConfError> {
    let mut cics = BTreeSet::new();
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|cic| *cic <= CIC_MAX);
    for part in text.get_ref().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let range = number(first).zip(number(last)).filter(|(first, last)| first <= last);
        let Some((first, last)) = range else {
            let what = format!("`{}` is no range of circuits", part.trim());
            let remedy = "write circuit identification codes like 1-31, or 1-15,17-31 (0 to 4095)";
            return Err(source.error(text.span(), key, what, remedy));
        };
        if let Some(twice) = (first..=last).find(|cic| !cics.insert(*cic)) {
            let what = format!("circuit {twice} stands here twice");
            return Err(source.error(text.span(), key, what, "name each circuit once"));
        }
    }
    Ok(cics.into_iter().map(|cic| (Cic(cic), None)).collect())
}
