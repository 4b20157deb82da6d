//! Which time slot carries which circuit, and the number by which records call a circuit.

use crate::{Bearer, ConfigError};
use isup::GroupId;
use isup_codec::Cic;
use std::collections::{BTreeMap, BTreeSet};

/// The circuits in the order of the configuration, which is also their numbering in call detail
/// records.
#[derive(Debug)]
pub(crate) struct Bearers {
    bearers: Vec<Bearer>,
    by_circuit: BTreeMap<(GroupId, Cic), u32>,
    /// Which span carries which circuits, by their numbers.
    by_span: BTreeSet<(u16, u32)>,
}

/// A circuit, as records and the media plane know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Circuit {
    /// Its position in the configuration.
    pub(crate) number: u32,
    /// The time slot that carries it.
    pub(crate) slot: Option<media::TimeSlot>,
}

impl Bearers {
    pub(crate) fn new(bearers: Vec<Bearer>, isup: &isup::Config) -> Result<Self, ConfigError> {
        let (mut by_circuit, mut by_span) = (BTreeMap::new(), BTreeSet::new());
        for (number, bearer) in (0_u32..).zip(&bearers) {
            let group = isup.groups.get(usize::from(bearer.group.0));
            if !group.is_some_and(|group| group.cics.contains(&bearer.cic)) {
                let (group, cic) = (bearer.group.0, bearer.cic.0);
                return Err(ConfigError::NoSuchCircuit { group, cic });
            }
            by_circuit.insert((bearer.group, bearer.cic), number);
            by_span.extend(bearer.slot.map(|slot| (slot.span, number)));
        }
        Ok(Self { bearers, by_circuit, by_span })
    }

    pub(crate) fn find(&self, group: GroupId, cic: Cic) -> Option<Circuit> {
        let number = *self.by_circuit.get(&(group, cic))?;
        let slot = self.bearers.get(number as usize)?.slot;
        Some(Circuit { number, slot })
    }

    /// The group and code of a circuit by its number.
    pub(crate) fn name(&self, number: u32) -> Option<(GroupId, Cic)> {
        self.bearers.get(number as usize).map(|bearer| (bearer.group, bearer.cic))
    }

    /// The circuits that a span carries, by group.
    pub(crate) fn on_span(&self, span: u16) -> BTreeMap<GroupId, Vec<Cic>> {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let numbers = self.by_span.range((span, 0)..=(span, u32::MAX));
        for bearer in numbers.filter_map(|(_, number)| self.bearers.get(*number as usize)) {
            found.entry(bearer.group).or_default().push(bearer.cic);
        }
        found
    }
}
