//! What the ISDN user part counts, on the metrics page.

use super::{Labels, counters, gauges};
use prometheus_client::encoding::DescriptorEncoder;
use std::fmt;

/// How congested the peer of a trunk group is.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupCongestion {
    pub(crate) group: String,
    pub(crate) step: u8,
    /// What it tells us.
    pub(crate) level: u8,
    /// Percent of the ordinary calls, and of those with priority.
    pub(crate) held_back: [u8; 2],
    /// What we tell it.
    pub(crate) told: u8,
}

/// Counters, by the names that the core gives them.
#[derive(Clone, Debug, Default)]
pub(crate) struct IsupFigures {
    pub(crate) congestion: Vec<GroupCongestion>,
    /// Calls held back, by class.
    pub(crate) held_back: Vec<(&'static str, u64)>,
    /// Messages by type, received and sent.
    pub(crate) messages: [Vec<(String, u64)>; 2],
    pub(crate) national: Vec<(String, u64)>,
    pub(crate) expired: Vec<(String, u64)>,
    pub(crate) refused: Vec<(&'static str, u64)>,
    pub(crate) mended: Vec<(&'static str, u64)>,
    pub(crate) events: Vec<(&'static str, u64)>,
}

impl IsupFigures {
    pub(super) fn encode(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.congestion(out)?;
        let ways = ["in", "out"].into_iter().zip(&self.messages);
        let messages = ways.flat_map(|(way, by_type)| {
            let labels = move |name| vec![("type", name), ("direction", way)];
            by_type.iter().map(move |(name, n)| (labels(name.as_str()), *n))
        });
        counters(out, "tocsin_isup_messages", "ISUP messages", messages)?;
        for (name, help, label, figures) in [
            (
                "tocsin_isup_national_messages",
                "ISUP messages of a nation's own about calls",
                "type",
                &self.national,
            ),
            ("tocsin_isup_timers_expired", "Timers of Q.764 expired", "timer", &self.expired),
        ] {
            let samples = figures.iter().map(|(value, n)| (vec![(label, value.as_str())], *n));
            counters(out, name, help, samples)?;
        }
        for (name, help, label, figures) in [
            ("tocsin_isup_held_back", "Calls kept from congested peers", "class", &self.held_back),
            ("tocsin_isup_refused", "Set-ups that got no circuit", "reason", &self.refused),
            ("tocsin_isup_mended", "Differences that queries showed", "action", &self.mended),
            ("tocsin_isup_events", "What happened in ISUP", "event", &self.events),
        ] {
            let samples = figures.iter().map(|(value, n)| (vec![(label, *value)], *n));
            counters(out, name, help, samples)?;
        }
        Ok(())
    }

    fn congestion(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let each = || self.congestion.iter();
        let held_back = each().flat_map(|one| {
            let classes = ["ordinary", "priority"].into_iter().zip(one.held_back);
            classes.map(|(class, percent)| (one.labels("class", class), f64::from(percent)))
        });
        let help = "Part of the calls to the peer of the group that is held back";
        gauges(out, "tocsin_isup_held_back_percent", help, held_back)?;
        let steps = each().map(|one| (vec![("group", one.group.as_str())], f64::from(one.step)));
        let help = "Steps by which the load is lowered (Q.764 2.10.2)";
        gauges(out, "tocsin_isup_congestion_step", help, steps)?;
        let levels = each().flat_map(|one| {
            let ways = [("received", one.level), ("sent", one.told)];
            ways.map(|(way, level)| (one.labels("direction", way), f64::from(level)))
        });
        let help = "Automatic congestion level (Q.764 2.11); 0: none";
        gauges(out, "tocsin_isup_congestion_level", help, levels)
    }
}

impl GroupCongestion {
    fn labels<'a>(&'a self, name: &'static str, value: &'a str) -> Labels<'a> {
        vec![("group", &self.group), (name, value)]
    }
}
