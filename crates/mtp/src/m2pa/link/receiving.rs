//! What arrives on a link.

use super::{ASIDE, Event, HELD_MAX, IN_SEQUENCE, Link};
use crate::m2pa::SEQUENCE_MASK;
use crate::m2pa::message::{Body, Message, ReadError, Status};
use crate::m2pa::timers::Timer;
use crate::mtp2::{self, State, iac, lsc};
use base::Instant;
use bytes::Bytes;

/// Of three messages in a row (Q.703 §5.3.1).
const LAST_THREE: u8 = 0b111;

impl Link {
    /// Any part of a stream without bounds between messages.
    pub(super) fn receive_stream(&mut self, now: Instant, octets: &[u8]) {
        if !self.carrier.is_up() {
            return;
        }
        self.carrier.framer.push(octets);
        while self.carrier.is_up() {
            match self.carrier.framer.next() {
                Ok(Some(octets)) => self.receive(now, &octets),
                Ok(None) => return,
                Err(_) => {
                    self.stats.malformed += 1;
                    self.close(now, "the stream cannot be followed");
                }
            }
        }
    }

    pub(super) fn receive(&mut self, now: Instant, octets: &Bytes) {
        let message = match Message::read(octets) {
            Ok(message) => message,
            Err(error) => {
                tracing::debug!(%error, "no message of M2PA");
                self.stats.malformed += 1;
                if matches!(error, ReadError::Version(_))
                    && Message::aligns_in_another_version(octets)
                {
                    self.send_status(ASIDE, Status::OUT_OF_SERVICE); // §4.1.9
                }
                return;
            }
        };
        self.peer.heard = true;
        self.carrier.proved();
        match message.body {
            Body::Status(status, _) => self.receive_status(now, status, message.bsn),
            Body::Data(data) => {
                let msu = data.map(|data| data.msu);
                self.receive_data(now, (message.bsn, message.fsn), msu);
            }
        }
    }

    fn receive_status(&mut self, now: Instant, status: Status, bsn: u32) {
        match status {
            Status::ALIGNMENT => self.receive_alignment(now, mtp2::Status::SIO),
            Status::PROVING_NORMAL => self.receive_alignment(now, mtp2::Status::SIN),
            Status::PROVING_EMERGENCY => self.receive_alignment(now, mtp2::Status::SIE),
            Status::OUT_OF_SERVICE => self.receive_alignment(now, mtp2::Status::SIOS),
            // The peer has proved before we have, and may not say so again.
            Status::READY | Status::PROCESSOR_OUTAGE if self.state == State::InitialAlignment => {
                self.peer.proved = Some(status);
            }
            Status::READY => self.receive_ready(now, bsn),
            Status::PROCESSOR_OUTAGE => self.peer_out(now),
            Status::PROCESSOR_RECOVERED => self.peer_recovered(now, bsn),
            Status::BUSY => self.peer_busy(now),
            Status::BUSY_ENDED => self.peer_busy_ended(now),
            _ => {} // there is no other
        }
    }

    fn receive_alignment(&mut self, now: Instant, status: mtp2::Status) {
        self.peer.proved = None;
        self.alignment(now, iac::Input::Status(status));
        self.advance(now, lsc::Input::Status(status));
    }

    pub(super) fn receive_ready(&mut self, now: Instant, bsn: u32) {
        if !self.is_proved() {
            return;
        }
        self.acknowledged(bsn);
        if self.flow.recovering {
            // §4.1.4: we were out, and the peer has said what of ours had arrived.
            self.flow.recovering = false;
            self.send_status(IN_SEQUENCE, Status::READY);
        }
        self.heard_after_outage();
        if !self.poc.remote {
            self.advance(now, lsc::Input::FisuOrMsu);
        }
    }

    pub(super) fn peer_out(&mut self, now: Instant) {
        if self.is_proved() {
            self.poc.remote = true;
            self.advance(now, lsc::Input::Status(mtp2::Status::SIPO));
        }
    }

    /// §4.1.4: it is back, and waits for our Ready.
    fn peer_recovered(&mut self, now: Instant, bsn: u32) {
        if !self.is_proved() {
            return;
        }
        self.acknowledged(bsn);
        self.poc.remote = false;
        self.send_status(IN_SEQUENCE, Status::READY);
        self.advance(now, lsc::Input::FisuOrMsu);
    }

    /// §4.1.5: only the first of several counts.
    fn peer_busy(&mut self, now: Instant) {
        self.stats.busy_received += 1;
        if self.passes_messages() && !self.flow.peer_busy {
            self.flow.peer_busy = true;
            self.watch_acknowledgements();
            if self.txc.outstanding() > 0 {
                self.timers.set(now, Timer::T6, self.config.timers.t6);
            }
        }
    }

    fn peer_busy_ended(&mut self, now: Instant) {
        if self.flow.peer_busy {
            self.flow.peer_busy = false;
            self.timers.stop(Timer::T6);
            self.txc.await_anew(now);
            self.watch_acknowledgements();
        }
    }

    fn receive_data(&mut self, now: Instant, (bsn, fsn): (u32, u32), msu: Option<Bytes>) {
        if self.is_proved() && !self.poc.remote {
            self.advance(now, lsc::Input::FisuOrMsu);
        }
        if !self.passes_messages() {
            return;
        }
        if !self.is_possible(now, bsn) {
            return;
        }
        self.acknowledged(bsn);
        let Some(msu) = msu else { return };
        // §4.2.1: what is out of order is discarded.
        if fsn != self.rxc.received.wrapping_add(1) & SEQUENCE_MASK {
            self.stats.abnormal += 1;
            return;
        }
        if self.rxc.held.len() >= HELD_MAX {
            return self.fail(now, "the peer does not heed that we are busy or out");
        }
        self.rxc.received = fsn;
        self.rxc.held.push_back(msu);
        self.hand_over();
    }

    /// Q.703 §5.3.1: two impossible backward numbers of three end the link.
    fn is_possible(&mut self, now: Instant, bsn: u32) -> bool {
        let possible = self.txc.is_plausible(bsn);
        self.peer.abnormal = (self.peer.abnormal << 1 | u8::from(!possible)) & LAST_THREE;
        if !possible {
            self.stats.abnormal += 1;
            if self.peer.abnormal.count_ones() > 1 {
                self.fail(now, "abnormal backward sequence numbers");
            }
        }
        possible
    }

    /// Takes note of what has arrived at the peer.
    pub(super) fn acknowledged(&mut self, bsn: u32) {
        if self.txc.acknowledge(bsn) {
            if self.txc.outstanding() == 0 {
                self.timers.stop(Timer::T6);
            }
            self.watch_acknowledgements();
        }
    }

    /// Gives level 3 what it can take.
    pub(super) fn hand_over(&mut self) {
        if self.flow.busy || self.poc.local {
            return;
        }
        while let Some(msu) = self.rxc.held.pop_front() {
            self.stats.received += 1;
            self.rxc.ack_due = true;
            self.events.push_back(Event::Said(mtp2::Event::Received(msu)));
        }
    }
}
