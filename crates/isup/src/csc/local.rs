//! Our own blocking of a circuit, of either kind: what is wanted, and what the peer has been told.

use crate::circuits::{Blocked, CircuitIx, Kind};
use crate::csc::Work;
use crate::node::Isup;
use crate::phase::Ask;

impl Kind {
    /// What the peer is sent to block and to unblock.
    const fn work(self) -> (Work, Work) {
        match self {
            Self::Maintenance => (Work::Block, Work::Unblock),
            Self::Hardware => (Work::BlockHardware, Work::UnblockHardware),
        }
    }
}

impl Isup {
    /// Notes whether we want the circuit blocked; the peer is told as soon as may be. Says whether
    /// that is new.
    pub(super) fn want(&mut self, kind: Kind, ix: CircuitIx, wanted: bool) -> bool {
        let Some(circuit) = self.circuits.change(ix) else { return false };
        let out_of_touch = circuit.is_out_of_touch();
        let blocking = circuit.blocking(kind);
        let new = std::mem::replace(&mut blocking.wanted, wanted) != wanted;
        if new && !out_of_touch {
            self.tell_what_is_wanted(kind, ix);
        }
        new
    }

    /// Where the peer knows or is about to be told something else, the truth is put in line.
    pub(super) fn tell_what_is_wanted(&mut self, kind: Kind, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let blocking = circuit.blocking(kind);
        let (block, unblock) = kind.work();
        match (blocking.wanted, blocking.told) {
            (true, Blocked::No | Blocked::Unblocking(Ask::Due)) => {
                blocking.told = Blocked::Blocking(Ask::Due);
                self.dequeue(unblock, ix);
                self.enqueue(block, ix);
            }
            (false, Blocked::Yes | Blocked::Blocking(Ask::Due)) => {
                blocking.told = Blocked::Unblocking(Ask::Due);
                self.dequeue(block, ix);
                self.enqueue(unblock, ix);
            }
            // Known already, or the acknowledgement of the opposite is awaited first.
            _ => {}
        }
    }

    /// The peer has acknowledged what we told it last.
    pub(super) fn told(&mut self, kind: Kind, ix: CircuitIx, blocked: bool) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let out_of_touch = circuit.is_out_of_touch();
        let blocking = circuit.blocking(kind);
        blocking.told = match (blocking.told, blocked) {
            (Blocked::Blocking(Ask::Sent | Ask::Together), true) => Blocked::Yes,
            (Blocked::Unblocking(Ask::Sent | Ask::Together), false) => Blocked::No,
            _ => return,
        };
        let crossed = std::mem::take(&mut blocking.crossed);
        if !out_of_touch && crossed {
            self.say_again(kind, ix);
        } else if !out_of_touch {
            self.tell_what_is_wanted(kind, ix);
        }
    }

    /// Whatever the peer knows, it is told what is wanted.
    fn say_again(&mut self, kind: Kind, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let blocking = circuit.blocking(kind);
        let (block, unblock) = kind.work();
        if blocking.wanted {
            blocking.told = Blocked::Blocking(Ask::Due);
            self.enqueue(block, ix);
        } else {
            blocking.told = Blocked::Unblocking(Ask::Due);
            self.enqueue(unblock, ix);
        }
    }

    /// The peer has heard late what may no longer be so.
    pub(super) fn was_told(&mut self, kind: Kind, ix: CircuitIx, blocked: bool) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let out_of_touch = circuit.is_out_of_touch();
        let blocking = circuit.blocking(kind);
        match (blocking.told, blocked) {
            (Blocked::Blocking(Ask::Sent | Ask::Together), false)
            | (Blocked::Unblocking(Ask::Sent | Ask::Together), true) => blocking.crossed = true,
            (Blocked::Yes, false) | (Blocked::No, true) if !out_of_touch => {
                self.say_again(kind, ix);
            }
            _ => {}
        }
    }

    /// The peer has forgotten what we told it: it reset the circuit, or we did.
    pub(super) fn tell_again(&mut self, kind: Kind, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let blocking = circuit.blocking(kind);
        let (block, unblock) = kind.work();
        match (blocking.wanted, blocking.told) {
            // Its acknowledgement does not say whether it is heard before the reset or after.
            (_, Blocked::Blocking(Ask::Sent | Ask::Together)) => blocking.crossed = true,
            (_, Blocked::Unblocking(Ask::Sent | Ask::Together)) => {}
            (true, _) => {
                blocking.told = Blocked::Blocking(Ask::Due);
                self.dequeue(unblock, ix);
                self.enqueue(block, ix);
            }
            // The peer may have heard what was then given up.
            (false, Blocked::Unblocking(Ask::Due)) => {}
            // Our blocking and the reset may have taken different links, and the peer may have
            // heard the blocking last: it would keep the circuit from all calls for ever.
            (false, Blocked::Yes) => {
                blocking.told = Blocked::Unblocking(Ask::Due);
                self.enqueue(unblock, ix);
            }
            (false, _) => {
                blocking.told = Blocked::No;
                self.dequeue(block, ix);
            }
        }
    }

    /// The group message that named this circuit is given up: what it said is told alone.
    pub(super) fn tell_alone(&mut self, ix: CircuitIx) {
        let Some(circuit) = self.circuits.change(ix) else { return };
        let blocking = &mut circuit.maintenance;
        let was_told = Blocked::Blocking(Ask::Together) == blocking.told
            || Blocked::Unblocking(Ask::Together) == blocking.told;
        if was_told && blocking.wanted {
            blocking.told = Blocked::Blocking(Ask::Due);
            self.enqueue(Work::Block, ix);
        } else if was_told {
            blocking.told = Blocked::Unblocking(Ask::Due);
            self.enqueue(Work::Unblock, ix);
        }
    }

    /// The peer uses a circuit that we have blocked, or thinks that it is not.
    pub(crate) fn block_again(&mut self, ix: CircuitIx) {
        for kind in [Kind::Maintenance, Kind::Hardware] {
            let Some(circuit) = self.circuits.change(ix) else { return };
            let blocking = circuit.blocking(kind);
            if blocking.wanted && blocking.told == Blocked::Yes {
                blocking.told = Blocked::Blocking(Ask::Due);
                self.enqueue(kind.work().0, ix);
            }
        }
    }

    /// Gives up the CGB or CGU that names this circuit; the others that it names are told by a new
    /// one, for the peer may have heard it or not.
    pub(super) fn withdraw_supervision(&mut self, work: Work, ix: CircuitIx) {
        let Some((kind, _)) = work.blocking() else { return };
        for other in self.withdraw(work, ix) {
            let Some(circuit) = self.circuits.change(other) else { continue };
            let (block, unblock) = kind.work();
            let blocking = circuit.blocking(kind);
            if blocking.wanted {
                blocking.told = Blocked::Blocking(Ask::Due);
                self.enqueue(block, other);
            } else {
                blocking.told = Blocked::Unblocking(Ask::Due);
                self.enqueue(unblock, other);
            }
        }
    }
}
