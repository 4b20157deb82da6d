//! What the maintenance staff does with circuits.

use crate::circuits::{CircuitIx, Kind};
use crate::cpc::cause;
use crate::csc::Work;
use crate::io::{GroupId, ReleasedBy};
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use base::{Cause, Instant};
use isup_codec::Cic;
use std::ops::RangeInclusive;

/// What is to be done with circuits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Blocked for maintenance: calls in progress go on (Q.764 §2.8.2).
    Block,
    /// That blocking is taken back.
    Unblock,
    /// Reset: calls in progress end (Q.764 §2.9.3).
    Reset,
    /// The peer is asked how they stand, and differences are put right (Q.764 §2.8.3).
    Query,
}

/// What became of an operation on some circuits. That the peer has acknowledged it shows in
/// [`Isup::circuits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operated {
    /// Circuits about which the peer is asked, now or when it can be reached.
    pub asked: u32,
    /// Circuits that stand as they should, or are on their way there.
    pub unchanged: u32,
    /// Calls that ended by it.
    pub calls: u32,
}

impl Isup {
    /// Does something with those circuits of a group that have these codes. Circuits that lie
    /// together share a message.
    pub fn operate(
        &mut self,
        now: Instant,
        group: GroupId,
        cics: RangeInclusive<Cic>,
        operation: Operation,
    ) -> Operated {
        let mut operated = Operated::default();
        for ix in self.circuits_between(group, cics) {
            let calls = self.calls.len();
            let asked = match operation {
                Operation::Block => self.want(Kind::Maintenance, ix, true),
                Operation::Unblock => self.want(Kind::Maintenance, ix, false),
                Operation::Reset => self.reset_in_turn(ix),
                Operation::Query => self.query_in_turn(ix),
            };
            let figure = if asked { &mut operated.asked } else { &mut operated.unchanged };
            *figure += 1;
            operated.calls += calls.saturating_sub(self.calls.len()) as u32;
        }
        self.settle(now);
        operated
    }

    /// The circuits of a group with these codes.
    fn circuits_between(&self, group: GroupId, cics: RangeInclusive<Cic>) -> Vec<CircuitIx> {
        let all = self.groups.get(group).map(|group| group.circuits());
        let cic_of = |ix: &CircuitIx| self.circuits.get(*ix).map(|circuit| circuit.cic);
        let within = |ix: &CircuitIx| cic_of(ix).is_some_and(|cic| cics.contains(&cic));
        all.into_iter().flatten().filter(within).collect()
    }

    /// A circuit that is being released stays as it is: T5 resets it if that fails, and the
    /// acknowledgements of REL and RSC cannot be told apart.
    fn reset_in_turn(&mut self, ix: CircuitIx) -> bool {
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        if matches!(phase, Some(Phase::Resetting | Phase::GroupReset(_) | Phase::Releasing(_))) {
            return false;
        }
        self.abandon(ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Reset);
        self.enter(ix, Phase::GroupReset(Ask::Due));
        self.enqueue(Work::Reset, ix);
        true
    }

    fn query_in_turn(&mut self, ix: CircuitIx) -> bool {
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        if matches!(phase, Some(Phase::Resetting | Phase::GroupReset(_))) {
            return false;
        }
        self.enqueue(Work::Query, ix);
        true
    }
}
