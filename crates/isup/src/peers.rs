//! User part availability control: whether the exchange at the other end can be reached, and
//! whether its user part answers (Q.764 §2.13, §2.14).

use crate::circuits::{AtPeer, CircuitIx};
use crate::config::Config;
use crate::cpc::cause;
use crate::csc::{Due, Pace, Work};
use crate::io::{Event, GroupId, QUERY_UNANSWERED, ReleasedBy, USER_PART_UNAVAILABLE};
use crate::node::Isup;
use crate::phase::{Ask, Phase, Stage};
use crate::timers::{Timer, TimerName};
use base::{Cause, Class, Instant};
use isup_codec::{Cic, Options, Upa, Upt};
use mtp::sap::{PointCode, StatusCause, UnavailabilityCause};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
struct Peer {
    /// MTP-RESUME came after the last MTP-PAUSE.
    reachable: bool,
    /// No MTP-STATUS said otherwise since.
    user_part: bool,
    /// It was reached before.
    met: bool,
    /// The groups that lead there, in their order.
    groups: Vec<GroupId>,
    marked: Marked,
    due: Due,
    pace: Pace,
    queries: Queries,
    /// The alarms that stand, and the circuit that each named.
    alarms: BTreeMap<&'static str, CircuitIx>,
}

impl Peer {
    /// One that was never reached.
    fn new() -> Self {
        Self {
            reachable: false,
            user_part: true,
            met: false,
            groups: Vec::new(),
            marked: Marked::default(),
            due: Due::default(),
            pace: Pace::default(),
            queries: Queries::default(),
            alarms: BTreeMap::new(),
        }
    }
}

/// Circuits that matter when the peer is lost or is back: the others are not looked at then.
#[derive(Debug, Default)]
struct Marked {
    /// The peer is asked about each of them alone.
    alone: BTreeSet<CircuitIx>,
    /// With a call that has not been answered.
    unanswered: BTreeSet<CircuitIx>,
    /// The peer does not have them.
    unequipped: BTreeSet<CircuitIx>,
}

impl Marked {
    fn mark(&mut self, ix: CircuitIx, now: AtPeer) {
        let mark = |circuits: &mut BTreeSet<_>, is_one: bool| {
            if is_one {
                circuits.insert(ix)
            } else {
                circuits.remove(&ix)
            };
        };
        mark(&mut self.alone, now.alone);
        mark(&mut self.unanswered, now.unanswered);
        mark(&mut self.unequipped, now.unequipped);
    }
}

/// Whether the peer answers queries, which are an option of national networks (Q.764 §2.8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Queries {
    #[default]
    Unknown,
    /// The first one is under way; the others wait for what becomes of it.
    Tried,
    Answered,
    Unanswered,
}

#[derive(Debug)]
pub(crate) struct Peers(BTreeMap<PointCode, Peer>);

impl Peers {
    pub(crate) fn new(config: &Config) -> Self {
        let (mut peers, mut first) = (BTreeMap::new(), CircuitIx(0));
        for (group, number) in config.groups.iter().zip(0..) {
            let peer = peers.entry(group.peer).or_insert_with(Peer::new);
            peer.groups.push(GroupId(number));
            peer.due.add_group(first, group.cics.len(), group.query);
            first = first.plus(group.cics.len());
        }
        Self(peers)
    }

    /// The groups that lead there, in their order.
    pub(crate) fn groups(&self, code: PointCode) -> Vec<GroupId> {
        self.0.get(&code).map(|peer| peer.groups.clone()).unwrap_or_default()
    }

    /// What is to be sent there about circuits.
    pub(crate) fn due(&self, code: PointCode) -> Option<&Due> {
        self.0.get(&code).map(|peer| &peer.due)
    }

    pub(crate) fn due_mut(&mut self, code: PointCode) -> Option<&mut Due> {
        self.0.get_mut(&code).map(|peer| &mut peer.due)
    }

    /// A circuit changed in what matters here.
    pub(crate) fn mark(&mut self, code: PointCode, ix: CircuitIx, before: AtPeer, now: AtPeer) {
        let Some(peer) = self.0.get_mut(&code) else { return };
        peer.marked.mark(ix, now);
        peer.pace.count(false, isize::from(now.asked) - isize::from(before.asked));
    }

    fn marked(
        &self,
        code: PointCode,
        which: impl Fn(&Marked) -> &BTreeSet<CircuitIx>,
    ) -> Vec<CircuitIx> {
        let circuits = self.0.get(&code).map(|peer| which(&peer.marked).iter().copied().collect());
        circuits.unwrap_or_default()
    }

    /// The circuits about each of which the peer is asked alone.
    pub(crate) fn alone(&self, code: PointCode) -> Vec<CircuitIx> {
        self.marked(code, |marked| &marked.alone)
    }

    /// The first group that leads there.
    pub(crate) fn first_group(&self, code: PointCode) -> Option<GroupId> {
        self.0.get(&code)?.groups.first().copied()
    }

    pub(crate) fn contains(&self, code: PointCode) -> bool {
        self.0.contains_key(&code)
    }

    /// Whether calls can be set up.
    pub(crate) fn is_available(&self, code: PointCode) -> bool {
        self.0.get(&code).is_some_and(|peer| peer.reachable && peer.user_part)
    }

    /// The pace of questions to the peer.
    pub(crate) fn pace(&self, code: PointCode) -> Option<&Pace> {
        self.0.get(&code).map(|peer| &peer.pace)
    }

    pub(crate) fn pace_mut(&mut self, code: PointCode) -> Option<&mut Pace> {
        self.0.get_mut(&code).map(|peer| &mut peer.pace)
    }

    /// Whether the answer to the first query says whether there will be more.
    pub(crate) fn awaits_first_answer(&self, code: PointCode) -> bool {
        self.queries(code) == Queries::Tried
    }

    pub(crate) fn queries(&self, code: PointCode) -> Queries {
        self.0.get(&code).map_or(Queries::Unknown, |peer| peer.queries)
    }

    pub(crate) fn set_queries(&mut self, code: PointCode, queries: Queries) {
        if let Some(peer) = self.0.get_mut(&code) {
            peer.queries = queries;
        }
    }
}

impl Isup {
    /// Alerts the maintenance system about the peer itself.
    pub(crate) fn alarm_of_peer(&mut self, ix: CircuitIx, what: &'static str) {
        let Some(code) = self.circuits.get(ix).map(|circuit| circuit.peer) else { return };
        if let Some(peer) = self.peers.0.get_mut(&code) {
            peer.alarms.insert(what, ix);
        }
        self.tell_alarm(ix, what);
    }

    /// What that was raised for is in order again.
    pub(crate) fn clear_alarm_of_peer(&mut self, code: PointCode, what: &'static str) {
        let peer = self.peers.0.get_mut(&code);
        let ix = peer.and_then(|peer| peer.alarms.remove(what));
        if let Some(circuit) = ix.and_then(|ix| self.circuits.get(ix)) {
            let (group, cic) = (circuit.group, circuit.cic);
            self.event(Event::AlarmCleared { group, cic, what });
        }
    }

    /// MTP-PAUSE (Q.764 §2.14.1): calls in progress go on, releases are repeated by T1.
    pub(crate) fn pause(&mut self, now: Instant, code: PointCode) {
        let Some(peer) = self.peers.0.get_mut(&code) else { return };
        peer.reachable = false;
        self.availability_changed(code);
        self.timers.stop(Timer { name: TimerName::T4, of: code.0 });
        self.lose_unanswered_setups(now, code);
    }

    /// MTP-RESUME. What was held back goes out at the end of this operation: at the first one,
    /// the group reset of every circuit.
    pub(crate) fn resumed(&mut self, now: Instant, code: PointCode) {
        let Some(peer) = self.peers.0.get_mut(&code) else { return };
        let was_reachable = std::mem::replace(&mut peer.reachable, true);
        let met = std::mem::replace(&mut peer.met, true);
        peer.user_part = true;
        let may_be_another = !was_reachable && peer.queries == Queries::Unanswered;
        if may_be_another {
            peer.queries = Queries::Unknown;
        }
        self.availability_changed(code);
        self.clear_alarm_of_peer(code, USER_PART_UNAVAILABLE);
        if may_be_another {
            self.clear_alarm_of_peer(code, QUERY_UNANSWERED);
        }
        self.timers.stop(Timer { name: TimerName::T4, of: code.0 });
        // Circuits that the peer did not have may be there now: a query or the reset finds out.
        for ix in self.peers.marked(code, |marked| &marked.unequipped) {
            let Some(circuit) = self.circuits.get(ix) else { continue };
            if self.group(circuit.group).is_some_and(|group| group.query) {
                self.enqueue(Work::Query, ix);
            } else {
                self.enter(ix, Phase::GroupReset(Ask::Due));
                self.enqueue(Work::Reset, ix);
            }
        }
        if !was_reachable {
            self.ask_again(now, code);
            if met {
                self.compare_with(code);
            }
        }
    }

    /// MTP-STATUS.
    pub(crate) fn status(&mut self, now: Instant, code: PointCode, status: StatusCause) {
        if !self.peers.contains(code) {
            return;
        }
        match status {
            StatusCause::Congestion { .. } => self.congested(now, code),
            StatusCause::UserPartUnavailable { cause } => {
                self.user_part_unavailable(now, code, cause);
            }
            _ => {}
        }
    }

    /// Q.764 §2.13.2.
    fn user_part_unavailable(&mut self, now: Instant, code: PointCode, why: UnavailabilityCause) {
        let Some(peer) = self.peers.0.get_mut(&code) else { return };
        let news = std::mem::replace(&mut peer.user_part, false);
        let first = self.peers.first_group(code).and_then(|id| self.groups.get(id));
        if let Some(ix) = first.map(|group| group.first)
            && news
        {
            self.availability_changed(code);
            self.alarm_of_peer(ix, USER_PART_UNAVAILABLE);
        }
        self.lose_unanswered_setups(now, code);
        if why == UnavailabilityCause::UNEQUIPPED {
            // Nobody is there who could answer.
            self.release_unanswered(now, code);
        }
        if news {
            // Also where there is no user part, of which the standard leaves the end to the staff:
            // the way must not stay closed until somebody comes.
            self.start_t4(now, code);
        }
    }

    fn start_t4(&mut self, now: Instant, code: PointCode) {
        let timer = Timer { name: TimerName::T4, of: code.0 };
        self.timers.set(now, timer, self.config.timers.get(TimerName::T4));
    }

    /// Asks again whether the user part is there.
    pub(crate) fn t4(&mut self, now: Instant, code: PointCode) {
        self.send_to(code, Cic(0), Class::InDialog, &Upt { options: Options::new() }.into());
        self.start_t4(now, code);
    }

    /// UPT: we are here.
    pub(crate) fn upt(&mut self, peer: PointCode, cic: Cic) {
        self.send_to(peer, cic, Class::InDialog, &Upa { options: Options::new() }.into());
    }

    /// The user part of the peer is there; says whether it was not.
    pub(crate) fn user_part_answers(&mut self, code: PointCode) -> bool {
        let Some(peer) = self.peers.0.get_mut(&code) else { return false };
        let was_away = !std::mem::replace(&mut peer.user_part, true);
        if was_away {
            self.availability_changed(code);
            self.clear_alarm_of_peer(code, USER_PART_UNAVAILABLE);
            self.timers.stop(Timer { name: TimerName::T4, of: code.0 });
        }
        was_away
    }

    /// A call of which the peer has said nothing is better tried another way at once than after
    /// T7.
    fn lose_unanswered_setups(&mut self, now: Instant, code: PointCode) {
        for ix in self.peers.marked(code, |marked| &marked.unanswered) {
            self.lose(now, ix);
        }
    }

    fn release_unanswered(&mut self, now: Instant, code: PointCode) {
        for ix in self.peers.marked(code, |marked| &marked.unanswered) {
            let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
            if matches!(stage, Some(Stage::AwaitingBackward | Stage::AwaitingAnswer)) {
                self.fail(now, ix, cause(Cause::NETWORK_OUT_OF_ORDER), ReleasedBy::Mtp);
            }
        }
    }

    /// Calls can use the groups that lead there, or no longer, and questions may go out.
    fn availability_changed(&mut self, code: PointCode) {
        for id in self.peers.groups(code) {
            self.groups.may_be_usable(id);
        }
        self.get_in_line(code);
    }
}
