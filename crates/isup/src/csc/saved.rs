//! What is known of circuits that outlives a restart of the process: what the staff has blocked,
//! and what the peer has blocked or does not have.

use crate::circuits::Circuit;
use crate::csc::Work;
use crate::node::Isup;
use crate::phase::{Ask, Phase};
use isup_codec::Cic;
use mtp::sap::PointCode;

/// A circuit that does not stand as circuits do. Which group it is in may change meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedCircuit {
    /// The exchange at the other end.
    pub peer: PointCode,
    /// The circuit identification code.
    pub cic: Cic,
    /// We want it blocked for maintenance.
    pub blocked: bool,
    /// The peer has blocked it for maintenance.
    pub peer_blocked: bool,
    /// The peer has blocked it for a failure.
    pub peer_failed: bool,
    /// The peer says that it has no such circuit.
    pub unequipped: bool,
}

impl SavedCircuit {
    const fn of(circuit: &Circuit) -> Self {
        let kept = circuit.kept();
        Self {
            peer: circuit.peer,
            cic: circuit.cic,
            blocked: kept.blocked,
            peer_blocked: kept.peer_blocked,
            peer_failed: kept.peer_failed,
            unequipped: kept.unequipped,
        }
    }

    /// Whether it stands otherwise than circuits do.
    pub const fn is_something(&self) -> bool {
        self.blocked || self.peer_blocked || self.peer_failed || self.unequipped
    }
}

impl Isup {
    /// Circuits of which something else is to be kept than when that was asked last, at most so
    /// many; with nothing to keep, those that stand as circuits do again. [`crate::Stats`] counts
    /// the changes.
    pub fn take_saved(&mut self, most: usize) -> Vec<SavedCircuit> {
        let circuits = &mut self.circuits;
        let next = || circuits.pop_kept_changed().map(SavedCircuit::of);
        std::iter::from_fn(next).take(most).collect()
    }

    /// Takes up what was saved, before the peer is first reached; later it does nothing. The peer
    /// hears of our blocking again once the circuit has been reset or compared, and what it has
    /// blocked is believed until it says otherwise. Gives how many circuits there are no more.
    pub fn restore(&mut self, saved: &[SavedCircuit]) -> usize {
        let mut unknown = 0;
        for one in saved {
            let ix = self.circuits.find(one.peer, one.cic);
            let Some((ix, circuit)) = ix.and_then(|ix| Some((ix, self.circuits.change(ix)?)))
            else {
                unknown += 1;
                continue;
            };
            if !matches!(circuit.phase, Phase::GroupReset(Ask::Due)) {
                continue;
            }
            circuit.maintenance.wanted = one.blocked;
            circuit.maintenance.remote = one.peer_blocked;
            circuit.hardware.remote = one.peer_failed;
            if one.unequipped {
                // Whether the peer has it now is found out when it is first reached.
                self.dequeue(Work::Reset, ix);
                self.dequeue(Work::Query, ix);
                self.enter(ix, Phase::Unequipped);
            }
        }
        self.tell_changes();
        unknown
    }
}
