//! Link state control, initial alignment and processor outage, as Q.703 has them.

use super::{ASIDE, Event, Flow, IN_SEQUENCE, Link, Peer, Rxc};
use crate::m2pa::message::Status;
use crate::m2pa::timers::Timer;
use crate::m2pa::txc::Txc;
use crate::mtp2::iac::{self, Phase, Step};
use crate::mtp2::lsc::{self, Effect};
use crate::mtp2::poc::Poc;
use crate::mtp2::{self, State};
use base::Instant;

impl Link {
    /// Our level 3 goes (`outage`) or is back (§4.1.4).
    #[cfg(test)]
    pub(crate) fn set_local_processor_outage(&mut self, now: Instant, outage: bool) {
        if self.poc.local == outage {
            return;
        }
        self.poc.local = outage;
        if self.is_proved() {
            self.flow.recovering = !outage;
            self.hand_over(); // so that the BSN of Processor Recovered covers it
            let status =
                if outage { Status::PROCESSOR_OUTAGE } else { Status::PROCESSOR_RECOVERED };
            self.rxc.ack_due = false;
            self.send_status(IN_SEQUENCE, status);
        }
        self.advance(now, lsc::Input::LocalProcessor);
    }

    pub(super) fn is_proved(&self) -> bool {
        matches!(self.state, State::AlignedReady | State::AlignedNotReady) || self.passes_messages()
    }

    /// In service, if perhaps with an outage.
    pub(super) fn passes_messages(&self) -> bool {
        matches!(self.state, State::InService | State::ProcessorOutage)
    }

    pub(super) fn alignment(&mut self, now: Instant, input: iac::Input) {
        let step = self.iac.handle(input);
        self.align(now, step);
    }

    pub(super) fn align(&mut self, now: Instant, step: Step) {
        if step == Step::Stay {
            return;
        }
        for timer in [Timer::T2, Timer::T3, Timer::T4, Timer::ProvingInterval, Timer::Repeat] {
            self.timers.stop(timer);
        }
        let timers = self.config.timers;
        match step {
            Step::Stay | Step::Enter(Phase::Idle) => {}
            Step::Enter(Phase::NotAligned) => {
                self.timers.set(now, Timer::T2, timers.t2);
                self.repeat(now);
            }
            Step::Enter(Phase::Aligned) => {
                self.timers.set(now, Timer::T3, timers.t3);
                self.prove(now);
            }
            Step::Enter(Phase::Proving) => {
                let t4 = if self.iac.is_emergency() { timers.t4e } else { timers.t4n };
                self.timers.set(now, Timer::T4, t4);
                self.prove(now);
            }
            Step::Complete => self.advance(now, lsc::Input::AlignmentComplete),
            Step::Failed(reason) => self.advance(now, lsc::Input::AlignmentNotPossible(reason)),
        }
    }

    pub(super) fn advance(&mut self, now: Instant, input: lsc::Input) {
        let Some((next, effect)) = lsc::transition(self.state, input, self.poc) else {
            return self.tell_outage();
        };
        let previous = std::mem::replace(&mut self.state, next);
        tracing::debug!(?previous, ?next, ?input, "link state");
        match effect {
            Effect::None => {}
            Effect::Align => self.begin(),
            Effect::Proved => self.proved(now),
            Effect::InService => {
                self.timers.stop(Timer::T1);
                self.timers.stop(Timer::Repeat);
                self.stats.in_service += 1;
                self.say(mtp2::Event::InService);
            }
            Effect::Outage => {
                // Nobody acknowledges now, or is heard to.
                self.timers.stop(Timer::T7);
                self.timers.stop(Timer::T6);
                (self.poc.decided, self.poc.heard) = (false, false);
            }
            Effect::Resume => {
                self.poc.decided = false;
                self.txc.await_anew(now);
                self.watch_acknowledgements();
            }
            Effect::OutOfService(reason) => self.out_of_service(previous, reason),
        }
        self.tell_outage();
    }

    /// Alignment begins: everything is as new.
    fn begin(&mut self) {
        (self.txc, self.rxc) = (Txc::new(), Rxc::new());
        self.poc = Poc { local: self.poc.local, ..Poc::default() };
        self.flow = Flow::default();
        self.peer = Peer { silent: self.peer.silent, ..Peer::default() };
    }

    /// §4.1.3: Ready, or Processor Outage in its place; and the peer may have said either before.
    fn proved(&mut self, now: Instant) {
        self.timers.set(now, Timer::T1, self.config.timers.t1);
        if self.poc.local {
            self.send_status(IN_SEQUENCE, Status::PROCESSOR_OUTAGE);
        } else {
            self.repeat(now);
        }
        match self.peer.proved.take() {
            Some(Status::READY) => self.advance(now, lsc::Input::FisuOrMsu),
            Some(_) => self.peer_out(now),
            None => {}
        }
    }

    fn out_of_service(&mut self, previous: State, reason: &'static str) {
        if matches!(previous, State::InService | State::ProcessorOutage) {
            self.stats.failures += 1;
        } else {
            self.stats.alignment_failures += 1;
        }
        let reconnect = self.timers.deadline(Timer::Reconnect);
        self.timers = base::TimerTable::new();
        if let Some(at) = reconnect {
            self.timers.set_at(Timer::Reconnect, at);
        }
        self.iac.stop();
        // What nobody has taken was not acknowledged either, and comes over another link.
        self.rxc = Rxc { received: self.rxc.bsn(), ..Rxc::new() };
        self.send_status(ASIDE, Status::OUT_OF_SERVICE); // §4.1.6
        self.say(mtp2::Event::OutOfService(reason));
    }

    /// Level 3 hears of the first side that goes out and of the last that comes back.
    fn tell_outage(&mut self) {
        let out = self.poc.any();
        if !self.passes_messages() || out == self.poc.told {
            return;
        }
        self.poc.told = out;
        if out {
            self.poc.heard = false;
        }
        self.say(if out { mtp2::Event::ProcessorOutage } else { mtp2::Event::ProcessorRecovered });
    }

    /// §4.1.4: the peer has said Ready, with the number of what it has not discarded.
    pub(super) fn heard_after_outage(&mut self) {
        self.poc.heard = !self.poc.any();
        self.flush_if_due();
    }

    /// The buffers may be emptied once the peer has said what had arrived.
    pub(super) fn flush_if_due(&mut self) {
        if self.poc.flush && self.poc.heard && !self.poc.any() {
            self.poc.flush = false;
            let flushed = self.txc.flush();
            self.watch_acknowledgements();
            if flushed > 0 {
                self.stats.flushed += flushed as u64;
                self.say(mtp2::Event::Flushed(flushed));
            }
        }
    }

    fn say(&mut self, event: mtp2::Event) {
        self.events.push_back(Event::Said(event));
    }
}
