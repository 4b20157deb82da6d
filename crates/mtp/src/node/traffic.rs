//! Message routing (Q.704 §2.3, HMRT) and traffic management: changeover (§5) and changeback (§6).
//!
//! Where the last link to a neighbour fails, what waits for destinations with another route takes
//! that. The rest, and what is unacknowledged, is thrown away and counted, and the user part is
//! told (Q.704 §11.2.1): after the seconds that a link needs to come back, the timers of the user
//! part have overtaken those messages.

use super::{Mtp, Phase};
use crate::ServiceIndicator;
use crate::level2::Level2;
use crate::m3ua::Refused;
use crate::mtp2::Retrieved;
use crate::mtp3::Timer;
use crate::mtp3::label::{Label, Msu};
use crate::mtp3::linkset::{Hold, Loss, Selections};
use crate::mtp3::management::Management;
use crate::mtp3::queue::Message;
use crate::sap::Transfer;
use base::{Class, Full, Instant};

impl Mtp {
    /// MTP-TRANSFER request.
    pub(super) fn transfer(&mut self, transfer: Transfer) {
        let Transfer { opc, dpc, sls, class, payload } = transfer;
        if opc != self.config.own
            || sls.0 > 15
            || payload.is_empty()
            || payload.len() > Transfer::MAX_PAYLOAD
        {
            self.stats.invalid += 1;
            return;
        }
        if self.is_too_congested(dpc, class) {
            self.stats.too_congested += 1;
            return self.watch_congestion(dpc, sls);
        }
        let label = Label { dpc, opc, sls };
        let (service, network) = (self.config.service, self.config.network);
        let message = Message {
            class,
            msu: Msu { service, network, priority: self.priority(class), label, payload },
        };
        match self.enqueue(message) {
            Ok(()) => self.stats.accepted += 1,
            Err(Refused::Unreachable) => self.stats.unreachable += 1,
            Err(Refused::Full) if class.is_emergency() => self.stats.refused_emergency += 1,
            Err(Refused::Full) => self.stats.refused_ordinary += 1,
        }
        self.watch_congestion(dpc, sls);
    }

    /// Puts a message where it waits: at its link, or with what is held back.
    pub(super) fn enqueue(&mut self, message: Message) -> Result<(), Refused> {
        let label = message.msu.label;
        if self.m3ua.serves(label.dpc) {
            return self.m3ua.enqueue(message);
        }
        let destination = self.destinations.get_mut(&label.dpc).ok_or(Refused::Unreachable)?;
        if let Some(held) = &mut destination.held {
            return held.push(message).map_err(|Full(_)| Refused::Full);
        }
        let set = destination.way(label.sls).ok_or(Refused::Unreachable)?;
        let set = self.sets.get_mut(set).ok_or(Refused::Unreachable)?;
        let (link, hold) = set.way(label.sls).ok_or(Refused::Unreachable)?;
        let queue = if hold == Hold::None {
            &mut self.links.get_mut(link).ok_or(Refused::Unreachable)?.queue
        } else {
            &mut set.held
        };
        queue.push(message).map_err(|Full(_)| Refused::Full)
    }

    /// A link came into service.
    pub(super) fn traffic_gained(&mut self, now: Instant, at: usize) {
        let Some(index) = self.links.get(at).map(|link| link.set) else { return };
        if self.inhibition(at).is_on() {
            return self.force(now, index);
        }
        let Some(set) = self.sets.get_mut(index) else { return };
        if set.changeovers().contains(&at) {
            self.changeover_overdue(at); // the peer, too, is past it
        }
        let Some(set) = self.sets.get_mut(index) else { return };
        let was_available = set.is_available();
        let begun = set.gained(now, at);
        if !was_available {
            self.set_changed(now, index);
        }
        for changeback in begun {
            self.stats.changebacks += 1;
            self.hold_back(changeback.from);
            self.declare(now, changeback.from, false);
        }
    }

    /// Takes the traffic that is held back out of the queue of the link that carried it.
    fn hold_back(&mut self, from: usize) {
        let Some(link) = self.links.get_mut(from) else { return };
        let Some(set) = self.sets.get_mut(link.set) else { return };
        let moving = link.queue.extract(|sls| {
            set.way(sls).is_none_or(|(link, hold)| link != from || hold != Hold::None)
        });
        for message in moving {
            if set.held.push(message).is_err() {
                self.stats.lost += 1;
            }
        }
    }

    /// Declares the changebacks from this link (Q.704 §6.3.2): behind the declaration comes no
    /// more of the traffic that moves.
    fn declare(&mut self, now: Instant, from: usize, again: bool) {
        let Some(link) = self.links.get(from) else { return };
        let id = link.config.id;
        let begun = self.sets.get(link.set).map(|set| set.changebacks(from)).unwrap_or_default();
        self.repeated.retain(|link| *link != id);
        if again {
            self.repeated.push(id);
        }
        // T5, after the repetition, is as long as T4.
        self.timers.set(now, (id.into(), Timer::T4), self.config.mtp3_timers.t4);
        for changeback in begun {
            let Some(slc) = self.links.get(changeback.to).map(|link| link.config.slc) else {
                continue;
            };
            let message = Management::Changeback { declaration: true, code: changeback.code };
            self.send_management(from, slc, message);
        }
    }

    pub(super) fn changeback_done(&mut self, concerned: usize, code: u8) {
        let over = |hold| matches!(hold, Hold::Changeback(of) if of.code == code);
        self.let_go(concerned, over);
    }

    /// Q.704 §6.3.5: declared again once, then taken as acknowledged.
    pub(super) fn changeback_overdue(&mut self, now: Instant, from: usize) {
        let Some(link) = self.links.get(from) else { return };
        let (id, set) = (link.config.id, link.set);
        if self.sets.get(set).is_none_or(|set| set.changebacks(from).is_empty()) {
            return;
        }
        if self.repeated.contains(&id) {
            self.stats.unanswered += 1;
            let over = |hold| matches!(hold, Hold::Changeback(of) if of.from == from);
            self.let_go(from, over);
        } else {
            self.declare(now, from, true);
        }
    }

    /// A link went out of service; what it leaves behind is in its `remains`.
    pub(super) fn traffic_lost(&mut self, now: Instant, at: usize) {
        let Some(index) = self.links.get(at).map(|link| link.set) else { return };
        self.force_ours(now, index, Some(at));
        let Some(set) = self.sets.get_mut(index) else { return };
        match set.lost(now, at) {
            Loss::Nothing => {}
            Loss::All => {
                self.set_changed(now, index);
                self.throw_away(index);
                self.force(now, index);
            }
            Loss::Changeover => {
                self.stats.changeovers += 1;
                self.hold_back(at);
                // The orders about other links may have gone down with this one.
                let pending = self.sets.get(index).map(|set| set.changeovers()).unwrap_or_default();
                for link in pending {
                    self.order_changeover(now, link);
                }
            }
        }
    }

    fn throw_away(&mut self, index: usize) {
        let Some(set) = self.sets.get_mut(index) else { return };
        let mut lost = set.held.extract(|_| true).len();
        for at in set.links() {
            let Some(link) = self.links.get_mut(*at) else { continue };
            lost += link.queue.extract(|_| true).len();
            lost += std::mem::take(&mut link.remains.retrieved)
                .iter()
                .filter(|message| is_for_user(message))
                .count();
            self.timers.stop((link.config.id.into(), Timer::T2));
            self.timers.stop((link.config.id.into(), Timer::T4));
        }
        self.stats.lost += lost as u64;
    }

    /// Q.704 §5.4: tells the peer what arrived on the failed link, and asks for the same.
    fn order_changeover(&mut self, now: Instant, failed: usize) {
        let Some(link) = self.links.get(failed) else { return };
        let (id, slc, set) = (link.config.id, link.config.slc, link.set);
        let fsn = link.remains.accepted;
        self.timers.set(now, (id.into(), Timer::T2), self.config.mtp3_timers.t2);
        if let Some(way) = self.sets.get(set).and_then(|set| set.any()) {
            self.send_management(way, slc, self.changeover_message(failed, true, fsn));
        }
    }

    /// COO or ECO arrived over link `at`: the peer has lost link `concerned`.
    pub(super) fn changeover_ordered(
        &mut self,
        now: Instant,
        at: usize,
        concerned: usize,
        fsn: Option<u32>,
    ) {
        if at == concerned {
            self.stats.malformed += 1; // it cannot carry the news of its own failure
            return;
        }
        if self.links.get(concerned).is_some_and(|link| link.phase == Phase::InService) {
            self.fail(now, concerned, "the peer orders a changeover");
        }
        let Some(slc) = self.links.get(concerned).map(|link| link.config.slc) else { return };
        let fsn_here = self.last_accepted(concerned);
        let answer = self.changeover_message(concerned, false, fsn_here);
        if self.can_carry(at) {
            self.send_management(at, slc, answer);
        }
        // Q.704 §5.4.3: the order says what an acknowledgement would.
        self.changeover_done(concerned, fsn);
    }

    /// The peer has told what arrived on the failed link; `None`: it does not know.
    pub(super) fn changeover_done(&mut self, failed: usize, fsn: Option<u32>) {
        let Some(link) = self.links.get_mut(failed) else { return };
        let pending = self.sets.get(link.set).map(|set| set.changeovers()).unwrap_or_default();
        if !pending.contains(&failed) {
            return;
        }
        self.timers.stop((link.config.id.into(), Timer::T2));
        let retrieved = std::mem::take(&mut link.remains.retrieved);
        let index = link.set;
        let arrived = fsn.and_then(|fsn| count_arrived(&link.level2, &retrieved, fsn));
        // Q.704 §5.7.2, §5.7.3: where it is not known what arrived, nothing is sent again.
        let again = retrieved.len().saturating_sub(arrived.unwrap_or(retrieved.len()));
        let given_up = retrieved.len() - again;
        if arrived.is_none() {
            self.stats.lost += retrieved.iter().filter(|m| is_for_user(m)).count() as u64;
        }
        let over = |hold| hold == Hold::Changeover(failed);
        let gone = self.sets.get_mut(index).map(|set| set.let_go(over)).unwrap_or_default();
        // They were sent before anything that is held back.
        for message in retrieved.into_iter().skip(given_up).filter(is_for_user) {
            self.send_again(&message);
        }
        self.release_held(index, gone);
    }

    fn send_again(&mut self, retrieved: &Retrieved) {
        let class: Class = retrieved.class;
        let sent = Msu::parse(&retrieved.msu)
            .map(|msu| self.enqueue(Message { class, msu }))
            .is_some_and(|outcome| outcome.is_ok());
        if !sent {
            self.stats.lost += 1;
        }
    }

    /// Q.704 §5.7.2.
    pub(super) fn changeover_overdue(&mut self, failed: usize) {
        self.stats.unanswered += 1;
        self.changeover_done(failed, None);
    }

    pub(super) fn let_go(&mut self, link: usize, over: impl Fn(Hold) -> bool) {
        let Some(index) = self.links.get(link).map(|link| link.set) else { return };
        let gone = self.sets.get_mut(index).map(|set| set.let_go(over)).unwrap_or_default();
        self.release_held(index, gone);
    }

    fn release_held(&mut self, index: usize, gone: Selections) {
        if gone.is_empty() {
            return;
        }
        let Some(set) = self.sets.get_mut(index) else { return };
        for message in set.held.extract(|sls| gone.contains(sls)) {
            if self.enqueue(message).is_err() {
                self.stats.lost += 1;
            }
        }
    }
}

/// How many of the messages retrieved had arrived when the peer's last was `fsn`; `None` where
/// that is no number it can have accepted.
fn count_arrived(level2: &Level2, retrieved: &[Retrieved], fsn: u32) -> Option<usize> {
    if let Some(at) = retrieved.iter().position(|message| message.fsn == fsn) {
        return Some(at + 1);
    }
    let before = retrieved.first().is_none_or(|first| level2.number_before(first.fsn) == fsn);
    before.then_some(0)
}

/// Whether a message is not MTP3's own.
fn is_for_user(message: &Retrieved) -> bool {
    let msu = Msu::parse(&message.msu);
    msu.is_some_and(|msu| msu.service.0 > ServiceIndicator::NETWORK_TESTING.0)
}
