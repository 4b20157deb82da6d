//! What level 3 knows of the level below it: a link, on a time slot (MTP2) or over an association
//! (M2PA). It cannot tell which, but for how a changeover is told (Q.704 §5.4, RFC 4165 §4.2.3).

use crate::m2pa;
use crate::m3ua;
use crate::mtp2::{self, Buffers, NotReady, Retrieved, State, Stats};
use crate::{LineInput, LinkId, Timer};
use base::{Class, Instant};
use bytes::Bytes;

/// A link at level 2.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are few, and they stay where they are")]
pub(crate) enum Level2 {
    Mtp2(mtp2::Link),
    M2pa(m2pa::Link),
}

/// What a link wants done, or tells level 3.
pub(crate) use crate::m2pa::Event;

/// Calls the method of the same name of whichever it is.
macro_rules! either {
    ($self:ident, $link:ident => $call:expr) => {
        match $self {
            Self::Mtp2($link) => $call,
            Self::M2pa($link) => $call,
        }
    };
}

impl Level2 {
    pub(crate) fn start(&mut self, now: Instant, emergency: bool) {
        either!(self, link => link.start(now, emergency));
    }

    pub(crate) fn hurry(&mut self, now: Instant) {
        either!(self, link => link.hurry(now));
    }

    pub(crate) fn stop(&mut self, now: Instant) {
        either!(self, link => link.stop(now));
    }

    pub(crate) fn fail(&mut self, now: Instant, reason: &'static str) {
        either!(self, link => link.fail(now, reason));
    }

    pub(crate) fn resume(&mut self, now: Instant, buffers: Buffers) {
        either!(self, link => link.resume(now, buffers));
    }

    pub(crate) fn set_receive_congestion(&mut self, now: Instant, onset: bool) {
        match self {
            Self::Mtp2(link) => link.set_receive_congestion(now, onset),
            Self::M2pa(link) => link.set_receive_congestion(onset),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        either!(self, link => link.is_ready())
    }

    pub(crate) fn transmit(
        &mut self,
        now: Instant,
        class: Class,
        msu: Bytes,
    ) -> Result<(), NotReady> {
        either!(self, link => link.transmit(now, class, msu))
    }

    /// The number of the last message accepted.
    pub(crate) fn bsnt(&self) -> u32 {
        match self {
            Self::Mtp2(link) => link.bsnt().into(),
            Self::M2pa(link) => link.bsnt(),
        }
    }

    pub(crate) fn retrieve(&mut self) -> Vec<Retrieved> {
        either!(self, link => link.retrieve())
    }

    /// Whether its sequence numbers have 24 bits: a changeover goes by XCO and XCA.
    pub(crate) const fn is_extended(&self) -> bool {
        matches!(self, Self::M2pa(_))
    }

    /// The number before this one.
    pub(crate) const fn number_before(&self, fsn: u32) -> u32 {
        let mask = match self {
            Self::Mtp2(_) => 0x7f,
            Self::M2pa(_) => m2pa::SEQUENCE_MASK,
        };
        fsn.wrapping_sub(1) & mask
    }

    pub(crate) fn handle_line(&mut self, now: Instant, input: &LineInput) {
        if let Self::Mtp2(link) = self {
            link.handle_line(now, input);
        }
    }

    /// The association that carries it, where one does.
    pub(crate) fn association(&self) -> Option<m3ua::AssociationId> {
        match self {
            Self::Mtp2(_) => None,
            Self::M2pa(link) => Some(link.association()),
        }
    }

    pub(crate) fn handle_association(&mut self, now: Instant, event: m3ua::Event) {
        if let Self::M2pa(link) = self {
            link.handle_association(now, event);
        }
    }

    /// The turn of its association to connect comes then.
    pub(crate) fn turn(&mut self, now: Instant, at: Instant) {
        if let Self::M2pa(link) = self {
            link.turn(now, at);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        either!(self, link => link.handle_timeout(now));
    }

    pub(crate) fn poll_timeout(&self, id: LinkId) -> Option<(Instant, Timer)> {
        match self {
            Self::Mtp2(link) => link.poll_timeout().map(|(at, timer)| (at, Timer::Mtp2(id, timer))),
            Self::M2pa(link) => link.poll_timeout().map(|(at, timer)| (at, Timer::M2pa(id, timer))),
        }
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        match self {
            Self::Mtp2(link) => link.poll_event().map(Event::Said),
            Self::M2pa(link) => link.poll_event(),
        }
    }

    pub(crate) fn state(&self) -> State {
        either!(self, link => link.state())
    }

    pub(crate) fn outstanding(&self) -> usize {
        either!(self, link => link.outstanding())
    }

    pub(crate) fn stats(&self) -> Stats {
        either!(self, link => link.stats())
    }
}
