//! Time slots whose continuity is being checked (Q.724 §7): looped for the peer's check tone, or
//! carrying ours. Meanwhile no context speaks or hears there.

use crate::{CheckId, Event, TimeSlot};
use std::collections::VecDeque;
use tdm::{Block, CheckProgress, CheckTone, Law};

/// All time slots that are looped or checked. Its memory is taken when it is made.
#[derive(Debug)]
pub(crate) struct Continuity {
    /// By the place of the time slot.
    used: Vec<bool>,
    loops: Vec<(usize, TimeSlot)>,
    checks: Vec<Check>,
    /// The most checks at once.
    transceivers: usize,
}

#[derive(Debug)]
struct Check {
    id: CheckId,
    place: usize,
    slot: TimeSlot,
    tone: CheckTone,
    is_told: bool,
}

impl Continuity {
    pub(crate) fn new(places: usize, transceivers: usize) -> Self {
        Self {
            used: vec![false; places],
            loops: Vec::with_capacity(places),
            checks: Vec::with_capacity(transceivers),
            transceivers,
        }
    }

    /// Whether the time slot carries no speech now.
    pub(crate) fn uses(&self, place: usize) -> bool {
        self.used.get(place).copied().unwrap_or_default()
    }

    /// What is received in the time slot is sent in it from now on.
    pub(crate) fn connect_loop(&mut self, place: usize, slot: TimeSlot) {
        self.free(place);
        if let Some(used) = self.used.get_mut(place) {
            *used = true;
            self.loops.push((place, slot));
        }
    }

    /// No longer. False where it was not so.
    pub(crate) fn disconnect_loop(&mut self, place: usize) -> bool {
        let is_looped = self.loops.iter().any(|(looped, _)| *looped == place);
        if is_looped {
            self.free(place);
        }
        is_looped
    }

    /// Sends the check tone in the time slot from now on. False where all transceivers are in use.
    pub(crate) fn begin(&mut self, id: CheckId, place: usize, slot: TimeSlot) -> bool {
        self.free(place);
        let Some(used) = self.used.get_mut(place) else { return false };
        if self.checks.len() >= self.transceivers {
            return false;
        }
        *used = true;
        self.checks.push(Check { id, place, slot, tone: CheckTone::new(Law::A), is_told: false });
        true
    }

    /// Gives the transceiver of a check back. False where there is no such check.
    pub(crate) fn end(&mut self, id: CheckId) -> bool {
        let place = self.checks.iter().find(|check| check.id == id).map(|check| check.place);
        place.is_some_and(|place| {
            self.free(place);
            true
        })
    }

    fn free(&mut self, place: usize) {
        if let Some(used) = self.used.get_mut(place)
            && std::mem::take(used)
        {
            self.loops.retain(|(looped, _)| *looped != place);
            self.checks.retain(|check| check.place != place);
        }
    }

    /// One millisecond. A check that has passed is reported as soon as there is room.
    pub(crate) fn tick(&mut self, rx: &[Block], tx: &mut [Block], events: &mut VecDeque<Event>) {
        for (_, TimeSlot { span, slot }) in &self.loops {
            let (span, slot) = (usize::from(*span), usize::from(*slot));
            if let (Some(rx), Some(tx)) = (rx.get(span), tx.get_mut(span)) {
                // Q.724 §7.3.2.2: a loss of 0 dB; so the octets themselves.
                *tx.slot_mut(slot) = *rx.slot(slot);
            }
        }
        for check in &mut self.checks {
            let (span, slot) = (usize::from(check.slot.span), usize::from(check.slot.slot));
            if let (Some(rx), Some(tx)) = (rx.get(span), tx.get_mut(span)) {
                *tx.slot_mut(slot) = check.tone.tick(rx.slot(slot));
            }
            let has_passed = check.tone.progress() == CheckProgress::Passed;
            if has_passed && !check.is_told && events.len() < events.capacity() {
                check.is_told = true;
                events.push_back(Event::CheckPassed { check: check.id });
            }
        }
    }

    /// Time slots looped, and time slots checked.
    pub(crate) const fn counts(&self) -> (usize, usize) {
        (self.loops.len(), self.checks.len())
    }
}
