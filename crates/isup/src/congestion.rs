//! Signalling congestion control and automatic congestion control (Q.764 §2.10, §2.11), and
//! temporary trunk blocking (§2.9.9): which part of our new calls a congested peer is spared.
//!
//! The message transfer part says that the way to the peer is congested: the load falls by a step
//! with each indication that T29 lets through, and rises by a step with each T30 without one. The
//! peer says in a release that it is overloaded itself: its level counts for five seconds. Of the
//! two, whichever holds back more. Calls are thinned by count, not by chance, so that the same
//! calls meet the same fate in each run.
//!
//! Emergency calls are never held back, not in the last step either. They are few, and go before
//! all others in the queues of the message transfer part; what makes the congestion is the rest,
//! and an answering point that is hard to reach is worth the attempt.

use crate::circuits::CircuitIx;
use crate::cpc::cause;
use crate::io::{Event, GroupId, ReleasedBy};
use crate::node::Isup;
use crate::phase::{Phase, Releasing};
use crate::timers::{Timer, TimerName};
use base::{Cause, Class, Duration, Instant};
use isup_codec::{Rel, key};
use mtp::sap::PointCode;
use std::collections::BTreeMap;

/// What part of the new calls is held back, in percent. Calls of the authorities and those back
/// from answering points have priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share {
    ordinary: u8,
    priority: u8,
}

const fn share(ordinary: u8, priority: u8) -> Share {
    Share { ordinary, priority }
}

/// The steps of Q.764 §2.10.2, whose number and height are ours to choose. Never all: what passes
/// shows whether it is over.
const STEPS: [Share; 5] = [share(0, 0), share(25, 0), share(50, 0), share(75, 25), share(90, 50)];

/// What the levels of Q.763 §3.4 are answered with: 1, the less severe threshold of the peer is
/// exceeded, and 2, the more severe one (E.412 §4.1).
const LEVELS: [Share; 3] = [share(0, 0), share(25, 0), share(75, 25)];

/// How long a level counts after it was told last (E.412 §4.1).
const LEVEL_HOLDS: Duration = Duration::from_secs(5);

/// How congested a peer is, or the way to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CongestionView {
    /// How many steps the load is lowered by (Q.764 §2.10.2); 0: none.
    pub step: u8,
    /// The automatic congestion level that it told us (Q.764 §2.11.1); 0: none.
    pub level: u8,
    /// What part of the ordinary calls is held back, in percent.
    pub held_back: u8,
    /// What part of those with priority.
    pub priority_held_back: u8,
    /// The automatic congestion level that we tell it (Q.764 §2.11.2); 0: none.
    pub told: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    step: usize,
    level: usize,
    /// What each kind of calls has together towards the next one that is held back.
    due: Share,
}

impl Peer {
    fn share(&self) -> Share {
        let of = |table: &[Share], row: usize| table.get(row).copied().unwrap_or_default();
        let (step, level) = (of(&STEPS, self.step), of(&LEVELS, self.level));
        share(step.ordinary.max(level.ordinary), step.priority.max(level.priority))
    }

    /// Whether the next call of this class is one of those held back.
    fn is_next_held_back(&mut self, class: Class) -> bool {
        let Share { ordinary, priority } = self.share();
        let (part, due) = match class {
            Class::Emergency | Class::EmergencyInDialog => return false,
            Class::PsapCallback | Class::GovernmentPriority => (priority, &mut self.due.priority),
            Class::Ordinary | Class::InDialog => (ordinary, &mut self.due.ordinary),
        };
        // Both are below 100.
        *due += part;
        let is_held_back = *due >= 100;
        if is_held_back {
            *due -= 100;
        }
        is_held_back
    }
}

/// All that is known of congestion.
#[derive(Debug, Default)]
pub(crate) struct Congestion {
    /// Ours, told in every REL.
    own: Option<u8>,
    /// Those who are congested; one that is not any more has no entry.
    peers: BTreeMap<PointCode, Peer>,
}

impl Isup {
    /// The release of a call from now on carries this automatic congestion level, 1 or 2
    /// (Q.764 §2.11.2).
    pub fn set_congestion_level(&mut self, level: Option<u8>) {
        self.congestion.own = level;
    }

    /// How congested the peer of a group is.
    pub fn congestion(&self, group: GroupId) -> CongestionView {
        let Some(group) = self.group(group) else { return CongestionView::default() };
        let peer = self.congestion.peers.get(&group.peer).copied().unwrap_or_default();
        let share = peer.share();
        CongestionView {
            step: u8::try_from(peer.step).unwrap_or(u8::MAX),
            level: u8::try_from(peer.level).unwrap_or(u8::MAX),
            held_back: share.ordinary,
            priority_held_back: share.priority,
            told: self.congestion.own.filter(|_| group.automatic_congestion).unwrap_or_default(),
        }
    }

    /// MTP-STATUS: congestion (Q.764 §2.10.2).
    pub(crate) fn congested(&mut self, now: Instant, code: PointCode) {
        self.stats.congestion_indications += 1;
        let t29 = Timer { name: TimerName::T29, of: code.0 };
        if self.timers.is_running(t29) {
            self.stats.congestion_ignored += 1;
            return;
        }
        self.timers.set(now, t29, self.config.timers.get(TimerName::T29));
        self.start_t30(now, code);
        self.change(code, |peer| peer.step = (peer.step + 1).min(STEPS.len() - 1));
    }

    fn start_t30(&mut self, now: Instant, code: PointCode) {
        let timer = Timer { name: TimerName::T30, of: code.0 };
        self.timers.set(now, timer, self.config.timers.get(TimerName::T30));
    }

    /// Nothing was heard of congestion for so long: one step more load (Q.764 §2.10.2).
    pub(crate) fn t30(&mut self, now: Instant, code: PointCode) {
        self.change(code, |peer| peer.step = peer.step.saturating_sub(1));
        if self.congestion.peers.get(&code).is_some_and(|peer| peer.step > 0) {
            self.start_t30(now, code);
        }
    }

    /// The automatic congestion level in a REL (Q.764 §2.11.1). The exchange that said it is the
    /// one at the other end: nobody passes it on. Other values are spare (Q.763 §3.4).
    pub(crate) fn heed_level(&mut self, now: Instant, ix: CircuitIx, rel: &Rel) {
        let Some(level @ 1..=2) = rel.get(key::AUTOMATIC_CONGESTION_LEVEL) else { return };
        self.stats.levels_received += 1;
        let Some(circuit) = self.circuits.get(ix) else { return };
        let (group, code) = (circuit.group, circuit.peer);
        if self.group(group).is_some_and(|group| group.automatic_congestion) {
            let timer = Timer { name: TimerName::Level, of: code.0 };
            self.timers.set(now, timer, LEVEL_HOLDS);
            self.change(code, |peer| peer.level = level.into());
        }
    }

    /// The peer has not said for a while that it is overloaded.
    pub(crate) fn level_is_over(&mut self, code: PointCode) {
        self.change(code, |peer| peer.level = 0);
    }

    /// Tells call control where that changes what is held back.
    fn change(&mut self, code: PointCode, change: impl FnOnce(&mut Peer)) {
        let peer = self.congestion.peers.entry(code).or_default();
        let before = peer.share();
        change(peer);
        let after = peer.share();
        if after == Share::default() {
            self.congestion.peers.remove(&code);
        }
        if after != before {
            let held_back = after.ordinary;
            let worse = after.ordinary > before.ordinary || after.priority > before.priority;
            for group in self.peers.groups(code) {
                self.event(Event::Congestion { group, held_back, worse });
            }
        }
    }

    /// Whether this new call is one of those that the peer is spared.
    pub(crate) fn is_held_back(&mut self, code: PointCode, class: Class) -> bool {
        let peer = self.congestion.peers.get_mut(&code);
        let is_held_back = peer.is_some_and(|peer| peer.is_next_held_back(class));
        if is_held_back {
            *self.stats.held_back.entry(class).or_default() += 1;
        }
        is_held_back
    }

    /// Our own level goes with a release (Q.764 §2.11.2).
    pub(crate) fn tell_level(&mut self, ix: CircuitIx, rel: &mut Rel) {
        let group = self.circuits.get(ix).and_then(|circuit| self.group(circuit.group));
        let takes_part = group.is_some_and(|group| group.automatic_congestion);
        if let Some(level) = self.congestion.own.filter(|_| takes_part) {
            rel.set(key::AUTOMATIC_CONGESTION_LEVEL, &level);
            self.stats.levels_sent += 1;
        }
    }

    /// OLM, for national use: the peer is overloaded and does not go on with our call. The circuit
    /// is left alone until T3, which spares the peer another call on it (Q.764 §2.9.9).
    ///
    /// The peer ought not to say so of an emergency call. Where it does, the next circuit may meet
    /// with more, and this one goes back at once: the next emergency call may need it.
    ///
    /// We send none ourselves. It takes a circuit from both sides for two minutes, also from
    /// whoever calls for help meanwhile, and does no more than a release with our level does.
    pub(crate) fn olm(&mut self, now: Instant, ix: CircuitIx) {
        let phase = self.circuits.get(ix).map(|circuit| &circuit.phase);
        let call = phase.filter(|phase| phase.may_try_again()).and_then(|phase| phase.call());
        let Some(call) = call else {
            self.stats.unexpected += 1;
            return;
        };
        self.stats.overloads += 1;
        let class = self.calls.get(call.0).map(|record| record.class);
        if class.is_some_and(Class::is_emergency) {
            self.lose(now, ix);
            return;
        }
        let (cause, by) = (cause(Cause::SWITCHING_EQUIPMENT_CONGESTION), ReleasedBy::Peer);
        let rel = Rel::new(cause.clone());
        self.event(Event::Released { call, cause, congestion_level: None, by });
        let releasing = Releasing { call: None, rel, unanswered: false };
        self.enter(ix, Phase::Releasing(Box::new(releasing)));
        self.start(now, TimerName::T3, ix);
        self.end(call);
    }

    /// The circuit was left alone for long enough: it is released (Q.764 Annex A).
    pub(crate) fn t3(&mut self, now: Instant, ix: CircuitIx) {
        self.start_release(now, ix, None, cause(Cause::SWITCHING_EQUIPMENT_CONGESTION));
    }

    /// The peer has released a circuit: one that only waited for T3 is free.
    pub(crate) fn peer_gives_back(&mut self, ix: CircuitIx) {
        if self.timers.is_running(Timer { name: TimerName::T3, of: ix.0 }) {
            self.enter(ix, Phase::Idle);
        }
    }
}
