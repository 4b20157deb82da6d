//! What operators do with circuits, and what they are kept from doing.

use crate::Gateway;
use base::Instant;
use isup::{GroupId, Operated, Operation, SavedCircuit};
use isup_codec::Cic;
use routing::{Exit, Number, TrunkRef};
use std::ops::RangeInclusive;
use tracing::info;

/// Something to be done with circuits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitOrder {
    /// The trunk group's name.
    pub group: String,
    /// The circuit identification codes.
    pub cics: RangeInclusive<u16>,
    /// What.
    pub operation: Operation,
    /// Also where it would leave emergency calls without a way.
    pub force: bool,
}

/// Why it is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no such trunk group.
    #[error("there is no trunk group `{0}`")]
    NoGroup(String),
    /// The group has none of these circuits.
    #[error("group {group} has no circuit {} to {}", .cics.start(), .cics.end())]
    NoCircuit {
        /// The group's name.
        group: String,
        /// The circuits asked for.
        cics: RangeInclusive<u16>,
    },
    /// Route interlock: emergency calls would have no way out.
    #[error(
        "group {group} would have no circuit left, and emergency calls to {number} have no other \
         way; --force does it nevertheless"
    )]
    LastWay {
        /// The group's name.
        group: String,
        /// A number of the emergency plan that could not be reached.
        number: String,
    },
    /// There is nothing here on which a tone could be sent.
    #[error(
        "circuit {group}/{cic} has no time slot here (its group is one of `cics`), so no tone can \
         be sent on it"
    )]
    NoTimeSlot {
        /// The group's name.
        group: String,
        /// The circuit.
        cic: u16,
    },
    /// The circuit cannot be tested now.
    #[error("circuit {group}/{cic} cannot be tested: {why}")]
    Untestable {
        /// The group's name.
        group: String,
        /// The circuit.
        cic: u16,
        /// Why.
        why: isup::TestError,
    },
}

impl Gateway {
    /// Does something with circuits. What the peer has yet to acknowledge shows in
    /// [`Gateway::circuits`].
    pub fn operate(&mut self, now: Instant, order: &CircuitOrder) -> Result<Operated, OrderError> {
        let name = || order.group.clone();
        let group = self.group_named(&order.group)?;
        if order.operation == Operation::Block && !order.force {
            self.check_interlock(group, &order.group, &order.cics)?;
        }
        let cics = Cic(*order.cics.start())..=Cic(*order.cics.end());
        let operated = self.isup.operate(now, group, cics, order.operation);
        self.settle(now);
        if operated == Operated::default() {
            return Err(OrderError::NoCircuit { group: name(), cics: order.cics.clone() });
        }
        info!(
            group = order.group,
            cics = ?order.cics,
            operation = ?order.operation,
            asked = operated.asked,
            force = order.force,
            "circuits operated"
        );
        Ok(operated)
    }

    /// Keeps a signalling link from traffic, or no longer (Q.704 §10). What the peer has yet to
    /// agree to shows in [`mtp::Mtp::link_stats`].
    pub fn inhibit(
        &mut self,
        now: Instant,
        link: mtp::LinkId,
        inhibited: bool,
    ) -> Result<(), mtp::InhibitError> {
        if inhibited {
            self.mtp.inhibit(now, link)?;
        } else {
            self.mtp.uninhibit(now, link)?;
        }
        self.settle(now);
        info!(%link, inhibited, "signalling link");
        Ok(())
    }

    pub(crate) fn group_named(&self, name: &str) -> Result<GroupId, OrderError> {
        let place = self.settings.groups.iter().position(|group| group == name);
        let group = place.and_then(|place| u16::try_from(place).ok()).map(GroupId);
        group.ok_or_else(|| OrderError::NoGroup(name.to_owned()))
    }

    /// The last circuits of the only way out of emergency calls are not taken away.
    pub(crate) fn check_interlock(
        &self,
        group: GroupId,
        name: &str,
        cics: &RangeInclusive<u16>,
    ) -> Result<(), OrderError> {
        if self.has_open(group, |cic| !cics.contains(&cic)) {
            return Ok(());
        }
        let here = TrunkRef::Circuits(group.0);
        let others = |exit: &Exit| *exit != here && self.leads_out(*exit);
        let stranded = |number: &&Number| {
            let exits = self.calls.router().route_alternate(number, here);
            exits.is_some_and(|exits| exits.contains(&here) && !exits.iter().any(others))
        };
        match self.calls.router().plan().long_numbers().find(stranded) {
            None => Ok(()),
            Some(number) => {
                Err(OrderError::LastWay { group: name.to_owned(), number: number.to_e164() })
            }
        }
    }

    /// Whether a group has circuits that nobody has blocked and no check of which goes on or has
    /// failed, among those with such codes.
    pub(crate) fn has_open(&self, group: GroupId, is_meant: impl Fn(u16) -> bool) -> bool {
        self.isup.circuits_of(group).any(|circuit| {
            let blocking = circuit.blocking;
            is_meant(circuit.cic.0)
                && !["unavailable", "checking"].contains(&circuit.state)
                && !blocking.maintenance_here
                && !blocking.maintenance_there
                && !blocking.failure_here
                && !blocking.failure_there
        })
    }

    /// Whether calls may get out there. SIP trunks are never taken out of a route.
    fn leads_out(&self, exit: Exit) -> bool {
        match exit {
            TrunkRef::Sip(_) => true,
            TrunkRef::Circuits(group) => {
                let group = GroupId(group);
                self.isup.is_usable(group) && self.isup.has_open_circuits(group)
            }
        }
    }

    /// Circuits of which something else outlives a restart than when that was asked last, at most
    /// so many.
    pub fn take_saved_circuits(&mut self, most: usize) -> Vec<SavedCircuit> {
        self.isup.take_saved(most)
    }

    /// Takes up what was saved; gives how many of these circuits there are no more.
    pub fn restore_circuits(&mut self, saved: &[SavedCircuit]) -> usize {
        self.isup.restore(saved)
    }
}
