//! Link management (Q.704 §12) and link test (Q.707): brings links into service and back.

use super::{Mtp, News, Phase};
use crate::mtp2::{self, Buffers, Event};
use crate::mtp3::Timer;
use crate::mtp3::slt::Test;
use crate::{LinkId, Output, ServiceIndicator, Sls};
use base::Instant;

impl Mtp {
    pub(super) fn set_wanted(&mut self, now: Instant, link: LinkId, wanted: bool) {
        let Some(at) = self.find(link) else { return };
        if let Some(link) = self.links.get_mut(at) {
            link.wanted = wanted;
            if !wanted {
                self.timers.stop((link.config.id.into(), Timer::T17));
                link.level2.stop(now);
            }
        }
        self.align(now, at);
    }

    pub(super) fn set_line(&mut self, now: Instant, link: LinkId, line: bool) {
        let Some(at) = self.find(link) else { return };
        if let Some(link) = self.links.get_mut(at) {
            link.line = line;
            if !line {
                self.timers.stop((link.config.id.into(), Timer::T17));
                // Over an association level 2 has said so itself.
                link.level2.fail(now, "the span lost its signal");
            }
        }
        self.align(now, at);
    }

    pub(super) fn set_congested(&mut self, now: Instant, link: LinkId, onset: bool) {
        let Some(at) = self.find(link) else { return };
        if let Some(link) = self.links.get_mut(at) {
            link.congested = onset;
            link.level2.set_receive_congestion(now, onset);
        }
    }

    /// Starts alignment where the link is wanted and out of service, with the short proving
    /// period where its set has no other link (Q.704 §12.2.2).
    fn align(&mut self, now: Instant, at: usize) {
        let Some(link) = self.links.get_mut(at) else { return };
        if link.wanted && link.line {
            let alone = self.sets.get(link.set).is_some_and(|set| !set.is_available());
            link.level2.start(now, alone); // does nothing while it is under way
        }
    }

    pub(super) fn level2_says(&mut self, now: Instant, at: usize, event: Event) {
        let Some(link) = self.links.get_mut(at) else { return };
        let id = link.config.id;
        match event {
            Event::Send(unit) => self.outputs.push_back(Output::Send { link: id, unit }),
            Event::Fill(unit) => self.outputs.push_back(Output::Fill { link: id, unit }),
            Event::Received(msu) => self.received(now, at, msu),
            Event::InService => {
                link.phase = Phase::Testing;
                if link.congested {
                    link.level2.set_receive_congestion(now, true);
                }
                self.begin_test(now, at);
            }
            Event::OutOfService(reason) => self.link_lost(now, at, reason),
            Event::ProcessorOutage if link.phase == Phase::InService => {
                // What waits at level 2 could not be ordered with what would go over other links
                // meanwhile: the link fails for good and aligns when the peer is back.
                link.level2.fail(now, "the peer's processor is out");
            }
            Event::ProcessorOutage => {
                self.timers.stop((id.into(), Timer::SltT1));
            }
            Event::ProcessorRecovered => {
                link.level2.resume(now, Buffers::Continue);
                self.begin_test(now, at);
            }
            Event::Flushed(count) => self.stats.lost += count as u64,
        }
    }

    fn begin_test(&mut self, now: Instant, at: usize) {
        let Some(link) = self.links.get_mut(at) else { return };
        let (id, test) = (link.config.id, link.tester.begin());
        self.timers.stop((id.into(), Timer::SltT2));
        self.send_test(now, at, &test);
    }

    fn send_test(&mut self, now: Instant, at: usize, test: &Test) {
        let Some(link) = self.links.get(at) else { return };
        if matches!(test, Test::Message(_)) {
            self.timers.set(
                now,
                (link.config.id.into(), Timer::SltT1),
                self.config.mtp3_timers.slt_t1,
            );
        }
        let sls = Sls(link.config.slc);
        self.send_control(at, ServiceIndicator::NETWORK_TESTING, sls, test.write());
    }

    /// A test message or its acknowledgement about this very link arrived on it.
    pub(super) fn test_received(&mut self, now: Instant, at: usize, test: Test) {
        let Some(link) = self.links.get_mut(at) else { return };
        match test {
            // Q.707 §2.2: answered in any state in which it can arrive.
            Test::Message(pattern) => self.send_test(now, at, &Test::Acknowledgement(pattern)),
            Test::Acknowledgement(pattern) => {
                if !link.tester.acknowledged(&pattern) {
                    return;
                }
                let id = link.config.id;
                self.timers.stop((id.into(), Timer::SltT1));
                self.timers.set(now, (id.into(), Timer::SltT2), self.config.mtp3_timers.slt_t2);
                if link.phase == Phase::Testing {
                    link.phase = Phase::InService;
                    let reason = "aligned and tested";
                    link.news = News { since: now, reason };
                    self.outputs.push_back(Output::LinkState {
                        link: id,
                        in_service: true,
                        reason,
                    });
                    self.traffic_gained(now, at);
                }
            }
        }
    }

    fn link_lost(&mut self, now: Instant, at: usize, reason: &'static str) {
        let Some(link) = self.links.get_mut(at) else { return };
        let (id, set) = (link.config.id, link.set);
        let was = std::mem::replace(&mut link.phase, Phase::Down);
        // Why it does not come back, where it fails again while it is out of service.
        link.news.reason = reason;
        link.tester.stop();
        link.control.clear();
        for timer in [Timer::SltT1, Timer::SltT2, Timer::T4] {
            self.timers.stop((id.into(), timer));
        }
        if was != Phase::Down {
            // Also of a link that was only tested here: the peer may have been done with that.
            link.remains.accepted = link.level2.bsnt();
        }
        if was == Phase::InService {
            link.news = News { since: now, reason };
            link.remains.retrieved = link.level2.retrieve();
            self.outputs.push_back(Output::LinkState { link: id, in_service: false, reason });
            self.traffic_lost(now, at);
            self.hurry(now, set);
            self.align(now, at);
        } else if link.wanted && link.line {
            // Q.704 §12.2.3: so that a link that cannot align does not spin.
            self.timers.set(now, (id.into(), Timer::T17), self.config.mtp3_timers.t17);
        }
    }

    /// The last link of a set is gone: those under way come the short way.
    fn hurry(&mut self, now: Instant, set: usize) {
        let Some(set) = self.sets.get(set).filter(|set| !set.is_available()) else { return };
        for at in set.links() {
            if let Some(link) = self.links.get_mut(*at) {
                link.level2.hurry(now);
            }
        }
    }

    pub(super) fn expired(&mut self, now: Instant, at: usize, timer: Timer) {
        match timer {
            Timer::T17 => self.align(now, at),
            Timer::T1 => self.barred(at),
            Timer::T12 | Timer::T13 | Timer::T14 => self.inhibition_overdue(now, at),
            Timer::T22 | Timer::T23 => self.test_inhibition(now, at),
            // These run for destinations.
            Timer::T6
            | Timer::T8
            | Timer::T10
            | Timer::T15
            | Timer::T16
            | Timer::T18
            | Timer::T21 => {}
            Timer::T2 => self.changeover_overdue(at),
            Timer::T4 => self.changeback_overdue(now, at),
            Timer::SltT2 => self.begin_test(now, at),
            Timer::SltT1 => {
                let Some(link) = self.links.get_mut(at) else { return };
                if let Some(test) = link.tester.overdue() {
                    self.send_test(now, at, &test);
                } else {
                    link.level2.fail(now, "the link test was not answered (Q.707)");
                }
            }
        }
    }

    /// Takes a link out of service because the peer says that it is (Q.704 §5.3.2).
    pub(super) fn fail(&mut self, now: Instant, at: usize, reason: &'static str) {
        let Some(link) = self.links.get_mut(at) else { return };
        link.level2.fail(now, reason);
        while let Some(event) = self.links.get_mut(at).and_then(|link| link.level2.poll_event()) {
            self.level2_wants(now, at, event);
        }
    }

    /// What the link accepted last, now or when it failed.
    pub(super) fn last_accepted(&self, at: usize) -> u32 {
        self.links.get(at).map_or(0, |link| match link.phase {
            Phase::Down => link.remains.accepted,
            _ => link.level2.bsnt(),
        })
    }

    /// Whether level 2 of the link would take a message some time.
    pub(super) fn can_carry(&self, at: usize) -> bool {
        self.links.get(at).is_some_and(|link| link.level2.state() == mtp2::State::InService)
    }
}
