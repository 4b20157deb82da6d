//! User part availability control: whether the exchange at the other end can be reached, and
//! whether its user part answers (Q.764 §2.13, §2.14).

use crate::circuits::CircuitIx;
use crate::config::Config;
use crate::cpc::cause;
use crate::csc::{Pace, Work};
use crate::io::{Event, GroupId, QUERY_UNANSWERED, ReleasedBy, USER_PART_UNAVAILABLE};
use crate::node::Isup;
use crate::phase::{Ask, Phase, Stage};
use crate::timers::{Timer, TimerName};
use base::{Cause, Class, Instant};
use isup_codec::{Cic, Options, Upa, Upt};
use mtp::sap::{PointCode, StatusCause, UnavailabilityCause};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Peer {
    /// MTP-RESUME came after the last MTP-PAUSE.
    reachable: bool,
    /// No MTP-STATUS said otherwise since.
    user_part: bool,
    /// The first group that leads there: what it speaks where no circuit is known.
    group: GroupId,
    /// It was reached before.
    met: bool,
    pace: Pace,
    queries: Queries,
    /// The alarms that stand, and the circuit that each named.
    alarms: BTreeMap<&'static str, CircuitIx>,
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
        let mut peers = BTreeMap::new();
        for (group, number) in config.groups.iter().zip(0..) {
            let first = Peer { user_part: true, group: GroupId(number), ..Peer::default() };
            peers.entry(group.peer).or_insert(first);
        }
        Self(peers)
    }

    /// The first group that leads there.
    pub(crate) fn first_group(&self, code: PointCode) -> Option<GroupId> {
        self.0.get(&code).map(|peer| peer.group)
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
        self.clear_alarm_of_peer(code, USER_PART_UNAVAILABLE);
        if may_be_another {
            self.clear_alarm_of_peer(code, QUERY_UNANSWERED);
        }
        self.timers.stop(Timer { name: TimerName::T4, of: code.0 });
        // Circuits that the peer did not have may be there now: a query or the reset finds out.
        for ix in self.circuits_to(code) {
            let circuit = self.circuits.get(ix);
            let Some(circuit) = circuit.filter(|it| matches!(it.phase, Phase::Unequipped)) else {
                continue;
            };
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
            StatusCause::Congestion { level } => self.congested(now, code, level),
            StatusCause::UserPartUnavailable { cause } => {
                self.user_part_unavailable(now, code, cause);
            }
            _ => {}
        }
    }

    /// Q.764 §2.11.2: one report for all indications within T29.
    fn congested(&mut self, now: Instant, code: PointCode, level: u8) {
        let timer = Timer { name: TimerName::T29, of: code.0 };
        if self.timers.is_running(timer) {
            return;
        }
        self.timers.set(now, timer, self.config.timers.get(TimerName::T29));
        for group in self.groups.to(code) {
            self.event(Event::Congestion { group, level });
        }
    }

    /// Q.764 §2.13.2.
    fn user_part_unavailable(&mut self, now: Instant, code: PointCode, why: UnavailabilityCause) {
        let Some(peer) = self.peers.0.get_mut(&code) else { return };
        let news = std::mem::replace(&mut peer.user_part, false);
        if let Some(ix) = self.circuits_to(code).first().copied()
            && news
        {
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

    pub(crate) fn user_part_answers(&mut self, now: Instant, code: PointCode) {
        let Some(peer) = self.peers.0.get_mut(&code) else { return };
        if !std::mem::replace(&mut peer.user_part, true) {
            self.clear_alarm_of_peer(code, USER_PART_UNAVAILABLE);
            self.timers.stop(Timer { name: TimerName::T4, of: code.0 });
            self.ask_again(now, code);
            self.compare_with(code);
        }
    }

    /// A call of which the peer has said nothing is better tried another way at once than after
    /// T7.
    fn lose_unanswered_setups(&mut self, now: Instant, code: PointCode) {
        for ix in self.circuits_to(code) {
            self.lose(now, ix);
        }
    }

    fn release_unanswered(&mut self, now: Instant, code: PointCode) {
        for ix in self.circuits_to(code) {
            let stage = self.circuits.get(ix).and_then(|circuit| circuit.phase.stage());
            if matches!(stage, Some(Stage::AwaitingBackward | Stage::AwaitingAnswer)) {
                self.fail(now, ix, cause(Cause::NETWORK_OUT_OF_ORDER), ReleasedBy::Mtp);
            }
        }
    }

    pub(crate) fn circuits_to(&self, code: PointCode) -> Vec<CircuitIx> {
        let groups = self.groups.iter().filter(|(_, group)| group.peer == code);
        groups.flat_map(|(_, group)| group.circuits()).collect()
    }
}
