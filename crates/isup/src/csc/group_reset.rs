//! Reset of neighbouring circuits (Q.764 §2.9.3.2).

use crate::circuits::{Blocked, CircuitIx};
use crate::csc::Work;
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use base::{Class, Instant};
use isup_codec::{Cic, Gra, Message, Range, RangeStatus};
use mtp::sap::PointCode;

impl Isup {
    /// GRS: the circuits are cleared; GRA says which of them we have blocked for maintenance.
    pub(crate) fn grs(&mut self, peer: PointCode, cic: Cic, range: Range) {
        if range.count() > Range::MAX_CIRCUITS {
            self.stats.malformed += 1;
            return;
        }
        let circuits = self.circuits_in(peer, cic, range);
        if circuits.iter().all(Option::is_none) {
            return self.say_unequipped(peer, cic);
        }
        for ix in circuits.iter().flatten() {
            self.reset_by_peer(*ix);
            let Some(circuit) = self.circuits.change(*ix) else { continue };
            circuit.is_cleared = matches!(circuit.phase, Phase::Idle);
            // GRA tells it; what is wanted may be another thing when our own reset is over.
            if circuit.maintenance.wanted && circuit.maintenance.told == Blocked::No {
                circuit.maintenance.told = Blocked::Yes;
            }
        }
        let is_blocked = |position: usize| {
            let ix = circuits.get(position).copied().flatten();
            let circuit = ix.and_then(|ix| self.circuits.get(ix));
            circuit.is_some_and(|circuit| circuit.maintenance.wanted)
        };
        let status = RangeStatus::new(range, is_blocked);
        self.send_to(peer, cic, Class::InDialog, &Message::Gra(Gra { status }));
    }

    /// The circuits that a group message names; none where we have no such circuit.
    pub(crate) fn circuits_in(
        &self,
        peer: PointCode,
        cic: Cic,
        range: Range,
    ) -> Vec<Option<CircuitIx>> {
        range.circuits(cic).map(|cic| self.circuits.find(peer, cic)).collect()
    }

    /// GRA.
    pub(crate) fn gra(&mut self, now: Instant, peer: PointCode, cic: Cic, status: &RangeStatus) {
        let first = self.circuits.find(peer, cic);
        let fits = |message: super::work::GroupMessage| message.range == status.range();
        let acknowledged = self.acknowledged(now, Work::Reset, first, fits);
        for (position, ix) in acknowledged.into_iter().enumerate() {
            let Some(circuit) = self.circuits.change(ix) else { continue };
            if matches!(circuit.phase, Phase::GroupReset(Ask::Together)) {
                // A blocking or unblocking on another link may have overtaken GRA, not the reverse.
                if !circuit.maintenance.heard {
                    circuit.maintenance.remote = status.is_set(position);
                }
                self.circuit_was_reset(ix);
            }
        }
    }
}
