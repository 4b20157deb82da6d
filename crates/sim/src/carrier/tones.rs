//! The time slots of continuity checks, where there are no spans: a check tone comes back after a
//! while, if the other end has connected its loop, or sends its own tone, and both directions work.

use super::{Report, Side};
use base::{Duration, Instant};
use std::collections::BTreeMap;

/// So long after it is sent the tone is known to have come back.
const HEARD: Duration = Duration::from_millis(110);

/// A span and a time slot.
pub(crate) type Place = (u16, u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Loop,
    /// The check, and when it is listened to again; none once it has been heard.
    Tone(u32, Option<Instant>),
}

/// What the time slots of both ends do.
#[derive(Debug, Default)]
pub(crate) struct Tones(BTreeMap<(Side, Place), Use>);

impl Tones {
    pub(crate) fn connect_loop(&mut self, side: Side, place: Place) {
        self.0.insert((side, place), Use::Loop);
    }

    pub(crate) fn send(&mut self, now: Instant, side: Side, place: Place, check: u32) {
        self.0.insert((side, place), Use::Tone(check, Some(now + HEARD)));
    }

    /// The time slot does something else from now on.
    pub(crate) fn free(&mut self, side: Side, place: Place) {
        self.0.remove(&(side, place));
    }

    pub(crate) fn end(&mut self, side: Side, check: u32) {
        let is_it = |used: &Use| matches!(used, Use::Tone(id, _) if *id == check);
        self.0.retain(|(at, _), used| *at != side || !is_it(used));
    }

    pub(crate) fn restart(&mut self, side: Side) {
        self.0.retain(|(at, _), _| *at != side);
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let listens = |used: &Use| match used {
            Use::Tone(_, at) => *at,
            Use::Loop => None,
        };
        self.0.values().filter_map(listens).min()
    }

    pub(crate) fn advance(
        &mut self,
        now: Instant,
        works: impl Fn(u16) -> bool,
        reports: &mut Vec<Report>,
    ) {
        let due = |(at, used): (&(Side, Place), &Use)| match used {
            Use::Tone(check, Some(when)) if *when <= now => Some((*at, *check)),
            _ => None,
        };
        let due: Vec<_> = self.0.iter().filter_map(due).collect();
        for ((side, place), check) in due {
            let comes_back = self.0.contains_key(&(side.other(), place)) && works(place.0);
            let again = (!comes_back).then_some(now + HEARD);
            self.0.insert((side, place), Use::Tone(check, again));
            if comes_back && side == Side::Gateway {
                let check = media::CheckId(check);
                reports.push(Report::Media(media::Event::CheckPassed { check }));
            } else if comes_back {
                reports.push(Report::CheckPassed { check: isup::CheckId(check) });
            }
        }
    }
}
