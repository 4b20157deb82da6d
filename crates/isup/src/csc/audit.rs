//! Reconciliation of circuits by query (Q.764 §2.8.3), after a restart of ours and after a time in
//! which the peer could not be reached: what both ends say of each circuit is compared, and where
//! they differ the circuit is put right. Where the peer answers no query, circuits without a call
//! are reset instead (§2.9.3.2).
//!
//! Messages about different circuits may overtake each other. So an answer counts only for
//! circuits that stand as they stood when it was asked for, and what would end a call or change
//! what we know is done when a second answer says the same.

use crate::circuits::{Blocked, Blocking, Circuit, CircuitIx, Kind};
use crate::cpc::cause;
use crate::csc::{Due, Work};
use crate::groups::Group;
use crate::io::{CallId, QUERY_UNANSWERED, ReleasedBy};
use crate::node::Isup;
use crate::peers::Queries;
use crate::phase::{Ask, Phase};
use crate::timers::{Timer, TimerName};
use base::{Cause, Duration, Instant};
use isup_codec::{Cfn, Cic, CircuitState, Cqr, MessageType};
use mtp::sap::PointCode;
use std::collections::BTreeMap;

/// Until a circuit is asked about once more: longer than a message is under way.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// How often a circuit is asked about that never stands still between question and answer.
const LOOKS_MAX: u8 = 4;

/// How a circuit stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    /// We have no memory of it.
    Forgotten,
    Idle,
    Outgoing,
    Incoming,
    /// Between two states.
    Changing,
    /// The peer said that it has no such circuit.
    Unequipped,
}

/// How it stands at the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum There {
    Idle,
    Outgoing,
    Incoming,
    Changing,
    Unequipped,
}

/// What puts the two in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// They are; what each blocked is compared.
    Nothing,
    /// One of them moves on by itself.
    Wait,
    /// The circuit goes into service as the peer says.
    Accept,
    /// The peer has it again: it is reset.
    Equip,
    /// The peer has it no longer.
    Unequip,
    /// Our call is released.
    Release,
    /// RSC or GRS.
    Reset,
}

/// The action for each pair of states.
pub(crate) const fn mend(here: Here, there: There) -> Mend {
    match (here, there) {
        (Here::Unequipped, There::Unequipped) => Mend::Wait,
        (Here::Unequipped, _) => Mend::Equip,
        (_, There::Unequipped) => Mend::Unequip,
        (Here::Forgotten, There::Idle) => Mend::Accept,
        // Whatever call the peer has there, we cannot talk in it.
        (Here::Forgotten, _) => Mend::Reset,
        (Here::Changing, _) | (_, There::Changing) => Mend::Wait,
        (Here::Idle, There::Idle)
        | (Here::Outgoing, There::Incoming)
        | (Here::Incoming, There::Outgoing) => Mend::Nothing,
        (Here::Outgoing | Here::Incoming, There::Idle) => Mend::Release,
        // A call of which we know nothing, or one that nobody called.
        (Here::Idle, There::Outgoing | There::Incoming)
        | (Here::Outgoing, There::Outgoing)
        | (Here::Incoming, There::Incoming) => Mend::Reset,
    }
}

impl Mend {
    /// Whether one answer is enough: nothing is lost by it.
    const fn is_harmless(self, here: Here) -> bool {
        matches!(here, Here::Forgotten) || matches!(self, Self::Equip)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "blocking",
            Self::Wait => "transient",
            Self::Accept => "accepted",
            Self::Equip => "equipped",
            Self::Unequip => "unequipped",
            Self::Release => "released",
            Self::Reset => "reset",
        }
    }
}

/// What must be the same when the answer comes as when it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    here: Here,
    call: Option<CallId>,
    freed: u64,
    maintenance: Blocking,
    hardware: Blocking,
}

/// A difference that one answer has shown.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    state: CircuitState,
    print: Print,
    looks: u8,
}

/// What queries compare.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// How the circuits of each query under way stood, by its first one.
    prints: BTreeMap<CircuitIx, Vec<Print>>,
    /// Circuits to be asked about once more.
    doubts: BTreeMap<CircuitIx, Doubt>,
}

#[cfg(test)]
impl Audit {
    pub(crate) fn is_empty(&self) -> bool {
        self.prints.is_empty() && self.doubts.is_empty()
    }
}

impl Circuit {
    fn here(&self) -> Here {
        match self.phase {
            Phase::GroupReset(Ask::Due) => Here::Forgotten,
            Phase::Idle => Here::Idle,
            Phase::Outgoing(_) => Here::Outgoing,
            Phase::Incoming(_) | Phase::Collecting(_) => Here::Incoming,
            Phase::Unequipped => Here::Unequipped,
            _ => Here::Changing,
        }
    }

    fn print(&self) -> Print {
        Print {
            here: self.here(),
            call: self.phase.call(),
            freed: self.freed,
            maintenance: self.maintenance,
            hardware: self.hardware,
        }
    }
}

fn there(state: CircuitState) -> There {
    match state {
        CircuitState::UNEQUIPPED => There::Unequipped,
        state if state.is_idle() => There::Idle,
        state if state.is_incoming_busy() => There::Incoming,
        state if state.is_outgoing_busy() => There::Outgoing,
        _ => There::Changing,
    }
}

impl Isup {
    /// The peer was out of reach: every circuit that does not move on by itself is compared.
    pub(crate) fn compare_with(&mut self, code: PointCode) {
        let mut groups = self.peers.groups(code);
        groups.retain(|id| self.group(*id).is_some_and(|group| group.query));
        let groups = groups.into_iter().filter_map(|id| self.groups.get(id));
        for ix in groups.flat_map(Group::circuits).collect::<Vec<_>>() {
            let here = self.circuits.get(ix).map(Circuit::here);
            if !matches!(here, None | Some(Here::Changing | Here::Forgotten)) {
                self.enqueue(Work::Query, ix);
            }
        }
    }

    /// CQM goes out.
    pub(super) fn note_queried(&mut self, first: CircuitIx, circuits: usize) {
        let named = (0..circuits).filter_map(|n| self.circuits.get(first.plus(n)));
        let prints = named.map(Circuit::print).collect();
        self.outstanding.audit.prints.insert(first, prints);
        if let Some(circuit) = self.circuits.get(first)
            && self.peers.queries(circuit.peer) == Queries::Unknown
        {
            self.peers.set_queries(circuit.peer, Queries::Tried);
        }
    }

    /// CQR.
    pub(crate) fn cqr(&mut self, now: Instant, peer: PointCode, cic: Cic, cqr: &Cqr) {
        let first = self.circuits.find(peer, cic);
        let complete = cqr.states.0.len() == cqr.range.count();
        let fits = |message: super::work::GroupMessage| message.range == cqr.range && complete;
        let asked = self.acknowledged(now, Work::Query, first, fits);
        let Some(first) = first.filter(|_| !asked.is_empty()) else { return };
        self.peers.set_queries(peer, Queries::Answered);
        self.clear_alarm_of_peer(peer, QUERY_UNANSWERED);
        let prints = self.outstanding.audit.prints.remove(&first).unwrap_or_default();
        for ((ix, print), state) in asked.into_iter().zip(prints).zip(&cqr.states.0) {
            self.compare(now, ix, print, *state);
        }
    }

    fn compare(&mut self, now: Instant, ix: CircuitIx, print: Print, state: CircuitState) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        let doubt = self.outstanding.audit.doubts.remove(&ix);
        let stands_still = circuit.print() == print;
        let action = mend(print.here, there(state));
        let differs = match action {
            Mend::Wait => false,
            Mend::Nothing => circuit.blocking_differs(state),
            _ => true,
        };
        if !differs && stands_still {
            return;
        }
        let looks = doubt.map_or(0, |doubt| doubt.looks) + 1;
        let confirmed = doubt.is_some_and(|doubt| doubt.state == state && doubt.print == print);
        if stands_still && (action.is_harmless(print.here) || confirmed) {
            *self.stats.mended.entry(action.name()).or_default() += 1;
            return self.put_right(now, ix, action, state);
        }
        if looks < LOOKS_MAX {
            self.outstanding.audit.doubts.insert(ix, Doubt { state, print, looks });
            self.timers.set(now, Timer::aside(TimerName::Turn, ix.0), SECOND_LOOK);
        } else if print.here == Here::Forgotten {
            self.enqueue(Work::Reset, ix);
        }
    }

    fn put_right(&mut self, now: Instant, ix: CircuitIx, action: Mend, state: CircuitState) {
        let Some(circuit) = self.circuits.get(ix) else { return };
        tracing::info!(cic = %circuit.cic, peer = %circuit.peer, ?action, %state, "circuit query");
        match action {
            Mend::Wait => {}
            Mend::Nothing => self.take_blocking_over(ix, state),
            Mend::Accept => {
                self.enter(ix, Phase::Idle);
                self.take_blocking_over(ix, state);
            }
            Mend::Unequip => self.ucic(ix),
            Mend::Release if matches!(circuit.phase, Phase::Collecting(_)) => {
                self.start_release(now, ix, None, cause(Cause::NORMAL_UNSPECIFIED));
            }
            Mend::Release => {
                if !self.lose(now, ix) {
                    self.fail(now, ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Peer);
                }
            }
            Mend::Reset | Mend::Equip => {
                self.abandon(ix, cause(Cause::NORMAL_UNSPECIFIED), ReleasedBy::Reset);
                self.enter(ix, Phase::GroupReset(Ask::Due));
                self.enqueue(Work::Reset, ix);
            }
        }
    }

    /// The peer knows best what it has blocked, and what it knows of our blocking is what we have
    /// told it.
    fn take_blocking_over(&mut self, ix: CircuitIx, state: CircuitState) {
        for kind in [Kind::Maintenance, Kind::Hardware] {
            let Some(circuit) = self.circuits.change(ix) else { return };
            let blocking = circuit.blocking(kind);
            let at_peer = bits(kind, state);
            blocking.remote = at_peer.blocked;
            match blocking.told {
                Blocked::Yes | Blocked::No => {
                    blocking.told = if at_peer.told { Blocked::Yes } else { Blocked::No };
                }
                // What is under way, or about to be, puts it right.
                Blocked::Blocking(_) | Blocked::Unblocking(_) => {}
            }
            self.tell_what_is_wanted(kind, ix);
        }
    }

    /// CFN: a query that the peer does not know (cause 97) is not put again.
    pub(crate) fn cfn(&mut self, peer: PointCode, cic: Cic, cfn: &Cfn) {
        let Some(first) = self.circuits.find(peer, cic) else { return };
        let about_it = cfn.cause.cause == Cause::MESSAGE_TYPE_NOT_IMPLEMENTED
            && cfn.cause.diagnostic.first() == Some(&MessageType::CQM.0);
        if about_it && self.is_queried(first) {
            self.no_answer(first);
        }
    }

    /// Annex A, T28: no CQR.
    pub(crate) fn t28(&mut self, first: CircuitIx) {
        let Some(circuit) = self.circuits.get(first) else { return };
        if !self.is_queried(first) {
            return;
        }
        if self.peers.is_available(circuit.peer) {
            self.alarm_unanswered(first);
            return self.no_answer(first);
        }
        // Nobody heard the question.
        for ix in self.query_unanswered(first) {
            self.enqueue(Work::Query, ix);
        }
        self.outstanding.audit.prints.remove(&first);
        if let Some(circuit) = self.circuits.get(first)
            && self.peers.queries(circuit.peer) == Queries::Tried
        {
            self.peers.set_queries(circuit.peer, Queries::Unknown);
        }
    }

    /// The peer answers no query: what was to be asked about is reset, where it carries no call.
    fn no_answer(&mut self, first: CircuitIx) {
        let Some(peer) = self.circuits.get(first).map(|circuit| circuit.peer) else { return };
        self.outstanding.audit.prints.remove(&first);
        for ix in self.query_unanswered(first) {
            self.reset_instead(ix);
        }
        if self.peers.queries(peer) == Queries::Answered {
            return;
        }
        self.peers.set_queries(peer, Queries::Unanswered);
        for ix in self.peers.due(peer).map(Due::queries).unwrap_or_default() {
            self.dequeue(Work::Query, ix);
            self.reset_instead(ix);
        }
    }

    fn reset_instead(&mut self, ix: CircuitIx) {
        self.outstanding.audit.doubts.remove(&ix);
        self.timers.stop(Timer::aside(TimerName::Turn, ix.0));
        let here = self.circuits.get(ix).map(Circuit::here);
        if matches!(here, Some(Here::Forgotten | Here::Idle | Here::Unequipped)) {
            self.enqueue(Work::Reset, ix);
        }
    }

    /// The turn of a question that was put off, or of the next one to a peer.
    pub(crate) fn turn(&mut self, timer: Timer) {
        match timer.aside_of() {
            Some(ix) => self.enqueue(Work::Query, CircuitIx(ix)),
            // Those who wait for the turn of the node are in line.
            None if timer.of == Timer::NODE => {}
            None => self.get_in_line(PointCode(timer.of)),
        }
    }

    /// Nothing is asked about this circuit any more; about the others of a query, again.
    pub(super) fn forget_query(&mut self, ix: CircuitIx) {
        let before = self.outstanding.messages.len();
        let others = self.withdraw(Work::Query, ix);
        if self.outstanding.messages.len() < before
            && let Some(peer) = self.circuits.get(ix).map(|circuit| circuit.peer)
            && self.peers.queries(peer) == Queries::Tried
        {
            // It was the first one, for which the others wait: the next is the first again.
            self.peers.set_queries(peer, Queries::Unknown);
            self.get_in_line(peer);
        }
        let first = others.first().copied().map_or(ix, |other| other.min(ix));
        self.outstanding.audit.prints.remove(&first);
        self.outstanding.audit.doubts.remove(&ix);
        self.timers.stop(Timer::aside(TimerName::Turn, ix.0));
        others.into_iter().for_each(|other| self.enqueue(Work::Query, other));
    }
}

/// One kind of blocking as the peer knows it.
struct AtPeer {
    /// The peer blocked the circuit.
    blocked: bool,
    /// So did we, as far as it knows.
    told: bool,
}

const fn bits(kind: Kind, state: CircuitState) -> AtPeer {
    let (blocked, told) = match kind {
        Kind::Maintenance => state.maintenance(),
        Kind::Hardware => state.hardware(),
    };
    AtPeer { blocked, told }
}

impl Circuit {
    /// Whether the peer knows other things of what is blocked than we do.
    fn blocking_differs(&self, state: CircuitState) -> bool {
        let differs = |blocking: Blocking, kind| {
            let at_peer = bits(kind, state);
            let told = match blocking.told {
                Blocked::Yes => !at_peer.told,
                Blocked::No => at_peer.told,
                Blocked::Blocking(_) | Blocked::Unblocking(_) => false,
            };
            told || blocking.remote != at_peer.blocked
        };
        differs(self.maintenance, Kind::Maintenance) || differs(self.hardware, Kind::Hardware)
    }
}
