//! Management inhibiting (Q.704 §10): a link in service is kept from traffic because the staff of
//! one end wants it so. Its tests and MTP3's own messages go on.
//!
//! A link is inhibited only while another one of its set carries traffic, at either end. Where the
//! last of those fails, an inhibition of ours ends at once, and the peer is asked to end its own
//! (§10.2.5): where it does not answer, the link is used all the same, for the peer takes what
//! arrives on it.

use super::{Mtp, Owner, Phase};
use crate::mtp3::Timer;
use crate::mtp3::linkset::{Asked, Hold, Inhibition, LinkSet};
use crate::mtp3::management::{Heading, Management};
use crate::{InhibitError, LinkId};
use base::Instant;

impl Mtp {
    /// Asks the peer to agree that the link carries no traffic; [`crate::LinkStats`] tells what
    /// came of it.
    pub fn inhibit(&mut self, now: Instant, link: LinkId) -> Result<(), InhibitError> {
        let at = self.find(link).ok_or(InhibitError::NoSuchLink)?;
        if self.inhibition(at).here {
            return Ok(());
        }
        if !self.can_be_spared(at) {
            return Err(InhibitError::Needed);
        }
        self.ask(now, at, Heading::LIN, false);
        self.settle(now);
        Ok(())
    }

    /// Takes the inhibition back.
    pub fn uninhibit(&mut self, now: Instant, link: LinkId) -> Result<(), InhibitError> {
        let at = self.find(link).ok_or(InhibitError::NoSuchLink)?;
        if self.inhibition(at).here {
            self.ask(now, at, Heading::LUN, false);
            self.settle(now);
        }
        Ok(())
    }

    pub(super) fn inhibition(&self, at: usize) -> Inhibition {
        let set = self.links.get(at).and_then(|link| self.sets.get(link.set));
        set.map(|set| set.inhibition(at)).unwrap_or_default()
    }

    fn inhibition_mut(&mut self, at: usize) -> Option<&mut Inhibition> {
        let set = self.links.get(at)?.set;
        Some(self.sets.get_mut(set)?.inhibition_mut(at))
    }

    /// Whether the link is in service and another one carries traffic, which nobody here means to
    /// inhibit: both ends may ask at once.
    fn can_be_spared(&self, at: usize) -> bool {
        let Some(link) = self.links.get(at) else { return false };
        let Some(set) = self.sets.get(link.set) else { return false };
        let stays = |other: usize| {
            let asked = set.inhibition(other).asked;
            set.carries(other) && asked.is_none_or(|asked| asked.what != Heading::LIN)
        };
        let spare = set.links().iter().any(|other| *other != at && stays(*other));
        link.phase == Phase::InService && spare
    }

    /// Sends LIN, LUN or LFU about a link, and awaits the answer.
    fn ask(&mut self, now: Instant, at: usize, what: Heading, again: bool) {
        let Some(link) = self.links.get(at) else { return };
        let (timer, time) = match what {
            Heading::LIN => (Timer::T14, self.config.mtp3_timers.t14),
            Heading::LUN => (Timer::T12, self.config.mtp3_timers.t12),
            _ => (Timer::T13, self.config.mtp3_timers.t13),
        };
        let owner = Owner::Link(link.config.id);
        for other in [Timer::T12, Timer::T13, Timer::T14] {
            self.timers.stop((owner, other));
        }
        self.timers.set(now, (owner, timer), time);
        if let Some(inhibition) = self.inhibition_mut(at) {
            inhibition.asked = Some(Asked { what, again });
        }
        self.say_of_link(at, what);
    }

    /// Sends a message about a link: over one that carries traffic, else over itself.
    fn say_of_link(&mut self, at: usize, what: Heading) {
        let Some(link) = self.links.get(at) else { return };
        let (slc, set) = (link.config.slc, link.set);
        let way = self.sets.get(set).and_then(LinkSet::any).unwrap_or(at);
        self.send_management(way, slc, Management::Other(what));
    }

    /// The answer has come.
    fn answered(&mut self, at: usize, what: Heading) -> bool {
        let Some(inhibition) = self.inhibition_mut(at) else { return false };
        let is_it = inhibition.asked.is_some_and(|asked| asked.what == what);
        if is_it {
            inhibition.asked = None;
            if let Some(link) = self.links.get(at) {
                let owner = Owner::Link(link.config.id);
                for timer in [Timer::T12, Timer::T13, Timer::T14] {
                    self.timers.stop((owner, timer));
                }
            }
        }
        is_it
    }

    /// T12, T13 or T14: asked once more, then no longer.
    pub(super) fn inhibition_overdue(&mut self, now: Instant, at: usize) {
        let Some(Asked { what, again }) = self.inhibition(at).asked else { return };
        if !again {
            return self.ask(now, at, what, true);
        }
        self.answered(at, what);
        self.stats.unanswered += 1;
        let set = self.links.get(at).and_then(|link| self.sets.get(link.set));
        if what == Heading::LFU && set.is_some_and(|set| !set.is_available()) {
            self.allow(now, at, |inhibition| inhibition.there = false);
        }
    }

    /// T22 or T23: the two ends are to agree on what is inhibited (§10.2.8).
    pub(super) fn test_inhibition(&mut self, now: Instant, at: usize) {
        let inhibition = self.inhibition(at);
        if inhibition.here {
            self.say_of_link(at, Heading::LLT);
        }
        if inhibition.there {
            self.say_of_link(at, Heading::LRT);
        }
        self.watch_inhibition(now, at);
    }

    fn watch_inhibition(&mut self, now: Instant, at: usize) {
        let Some(link) = self.links.get(at) else { return };
        let (owner, inhibition) = (Owner::Link(link.config.id), self.inhibition(at));
        let timers = self.config.mtp3_timers;
        for (on, timer, time) in
            [(inhibition.here, Timer::T22, timers.t22), (inhibition.there, Timer::T23, timers.t23)]
        {
            if !on {
                self.timers.stop((owner, timer));
            } else if !self.timers.is_running((owner, timer)) {
                self.timers.set(now, (owner, timer), time);
            }
        }
    }

    /// The link carries no traffic from now on (§10.2.2): what it carried waits for T1.
    fn bar(&mut self, now: Instant, at: usize, change: impl FnOnce(&mut Inhibition)) {
        let was_on = self.inhibition(at).is_on();
        if let Some(inhibition) = self.inhibition_mut(at) {
            change(inhibition);
        }
        self.watch_inhibition(now, at);
        let Some(link) = self.links.get(at) else { return };
        let (owner, set) = (Owner::Link(link.config.id), link.set);
        if !was_on && self.sets.get_mut(set).is_some_and(|set| set.bar(at)) {
            self.timers.set(now, (owner, Timer::T1), self.config.mtp3_timers.t1);
        }
    }

    /// T1 of a link that was inhibited.
    pub(super) fn barred(&mut self, at: usize) {
        self.let_go(at, |hold| hold == Hold::Inhibition(at));
    }

    /// An inhibition ends (§10.2.3); where none is left the link carries traffic again.
    fn allow(&mut self, now: Instant, at: usize, change: impl FnOnce(&mut Inhibition)) {
        if let Some(inhibition) = self.inhibition_mut(at) {
            change(inhibition);
        }
        self.watch_inhibition(now, at);
        let in_service = self.links.get(at).is_some_and(|link| link.phase == Phase::InService);
        if in_service && !self.inhibition(at).is_on() {
            self.barred(at);
            self.traffic_gained(now, at);
        }
    }

    /// The last link that carries traffic is about to go: those of its set that are inhibited here
    /// are not any longer.
    pub(super) fn force_ours(&mut self, now: Instant, set: usize, going: Option<usize>) {
        let Some(links) = self.sets.get(set) else { return };
        if links.links().iter().any(|other| Some(*other) != going && links.carries(*other)) {
            return;
        }
        for at in links.links().to_vec() {
            if Some(at) != going && self.inhibition(at).here {
                self.ask(now, at, Heading::LUN, false);
                self.allow(now, at, |inhibition| inhibition.here = false);
            }
        }
    }

    /// Where no link carries traffic, our inhibitions end, and the peer is asked to end its own
    /// (§10.2.5).
    pub(super) fn force(&mut self, now: Instant, set: usize) {
        self.force_ours(now, set, None);
        let Some(links) = self.sets.get(set).filter(|set| !set.is_available()) else { return };
        for at in links.links().to_vec() {
            let in_service = self.links.get(at).is_some_and(|link| link.phase == Phase::InService);
            if in_service && self.inhibition(at).there {
                self.ask(now, at, Heading::LFU, false);
            }
        }
    }

    /// A message about inhibition of link `at` arrived; whether it was one.
    pub(super) fn told_of_inhibition(&mut self, now: Instant, at: usize, what: Heading) -> bool {
        let inhibition = self.inhibition(at);
        match what {
            // §10.2.2: denied where traffic would suffer.
            Heading::LIN if inhibition.there || self.can_be_spared(at) => {
                self.bar(now, at, |inhibition| inhibition.there = true);
                self.say_of_link(at, Heading::LIA);
            }
            Heading::LIN => {
                self.stats.inhibit_refused += 1;
                self.say_of_link(at, Heading::LID);
            }
            Heading::LIA if self.answered(at, Heading::LIN) => {
                if self.can_be_spared(at) {
                    self.bar(now, at, |inhibition| inhibition.here = true);
                } else {
                    // Another link has failed meanwhile.
                    self.ask(now, at, Heading::LUN, false);
                }
            }
            Heading::LID if self.answered(at, Heading::LIN) => {}
            Heading::LUN => {
                self.say_of_link(at, Heading::LUA);
                // Both may have been asked at once.
                self.answered(at, Heading::LFU);
                self.allow(now, at, |inhibition| inhibition.there = false);
            }
            Heading::LUA if self.answered(at, Heading::LUN) => {
                self.allow(now, at, |inhibition| inhibition.here = false);
            }
            Heading::LFU | Heading::LRT if inhibition.here == (what == Heading::LFU) => {
                self.ask(now, at, Heading::LUN, false);
            }
            Heading::LLT if !inhibition.there => self.ask(now, at, Heading::LFU, false),
            Heading::LIA | Heading::LID | Heading::LUA => self.stats.ignored_management += 1,
            Heading::LFU | Heading::LLT | Heading::LRT => {}
            _ => return false,
        }
        true
    }
}
