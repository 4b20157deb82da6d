//! Continuity checks: which time slot is to be looped or to carry the check tone, and what was
//! heard (Q.764 §2.1.8, Q.724 §7).

use crate::{Gateway, OrderError, Output};
use base::Instant;
use isup::{CheckId, GroupId, Input, TestResult};
use isup_codec::Cic;
use media::Command;
use tracing::{debug, info, warn};

impl Gateway {
    /// Checks the continuity of a circuit for the operator; [`Gateway::tested`] knows the result
    /// some seconds later. A circuit that fails is used by no call, so the last way of emergency
    /// calls is tested only by `force`.
    pub fn test_circuit(
        &mut self,
        now: Instant,
        (name, cic): (&str, u16),
        force: bool,
    ) -> Result<(), OrderError> {
        let cics = cic..=cic;
        let group = self.group_named(name)?;
        if !force && self.has_open(group, |open| open == cic) {
            self.check_interlock(group, name, &cics)?;
        }
        let cic = Cic(cic);
        let bearer = self.settings.bearers.find(group, cic);
        let bearer = bearer.ok_or_else(|| OrderError::NoCircuit { group: name.into(), cics })?;
        if bearer.slot.is_none() {
            return Err(OrderError::NoTimeSlot { group: name.into(), cic: cic.0 });
        }
        self.clock.now = now;
        let begun = self.isup.test(now, group, cic);
        info!(group = name, %cic, ?begun, "circuit test");
        self.settle(now);
        begun.map_err(|why| OrderError::Untestable { group: name.into(), cic: cic.0, why })
    }

    /// What came of the last test of a circuit; none where there was none, or it goes on.
    pub fn tested(&self, name: &str, cic: u16) -> Option<TestResult> {
        self.isup.tested(self.group_named(name).ok()?, Cic(cic))
    }

    /// The peer listens for its own tone, or no longer.
    pub(crate) fn loop_changed(&mut self, group: GroupId, cic: Cic, on: bool) {
        debug!(group = group.0, %cic, on, "loop");
        match self.slot_of(group, cic) {
            Some(slot) => self.outputs.push_back(Output::Media(Command::Loop { slot, on })),
            // Its check fails, and it takes another circuit.
            None if on => warn!(group = group.0, %cic, "there is no time slot to be looped"),
            None => {}
        }
    }

    /// We listen for our own tone, or no longer.
    pub(crate) fn check_changed(
        &mut self,
        now: Instant,
        (group, cic): (GroupId, Cic),
        check: CheckId,
        on: bool,
    ) {
        debug!(group = group.0, %cic, %check, on, "continuity check");
        let slot = self.slot_of(group, cic);
        let id = media::CheckId(check.0);
        let command = match (on, slot) {
            (true, Some(slot)) => Command::Check { slot, check: id },
            (true, None) => {
                warn!(group = group.0, %cic, "there is no time slot to be checked");
                return self.check_reported(now, id, false);
            }
            (false, Some(_)) => Command::EndCheck { check: id },
            (false, None) => return,
        };
        self.outputs.push_back(Output::Media(command));
    }

    /// The media plane has heard the tone and its end, or cannot send it.
    pub(crate) fn check_reported(&mut self, now: Instant, check: media::CheckId, passed: bool) {
        if !passed {
            self.stats.checks_refused += 1;
        }
        let check = CheckId(check.0);
        self.isup.handle_input(now, Input::Checked { check, passed });
    }

    fn slot_of(&self, group: GroupId, cic: Cic) -> Option<media::TimeSlot> {
        self.settings.bearers.find(group, cic)?.slot
    }
}
