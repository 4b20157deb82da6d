//! What lies between the gateway and the exchange, and between the gateway and RTP: either signal
//! units and a table of contexts ([`units`]), or every bit of it ([`bits`]).

pub(crate) mod bits;
mod garble;
mod tones;
pub(crate) mod units;

use base::{Instant, Rng};
use bits::Bits;
use mtp::LinkId;
use std::net::SocketAddr;
use tdm::{LineCommand, LineEvent};
use units::Units;

/// One of the two ends of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Gateway,
    Exchange,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Gateway, Self::Exchange];

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Gateway => Self::Exchange,
            Self::Exchange => Self::Gateway,
        }
    }
}

/// What one direction of a line or a span suffers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Harm {
    /// Signal units damaged, of ten thousand.
    pub(crate) noise: u32,
    /// The signalling time slot carries nothing.
    pub(crate) cut: bool,
    /// The span has no signal.
    pub(crate) down: bool,
}

/// What a carrier reports.
#[derive(Debug)]
pub(crate) enum Report {
    Line {
        side: Side,
        link: LinkId,
        event: LineEvent,
    },
    Span {
        side: Side,
        span: u16,
        up: bool,
    },
    Media(media::Event),
    /// A check tone of the exchange.
    CheckPassed {
        check: isup::CheckId,
    },
    Rtp {
        from: SocketAddr,
        to: SocketAddr,
        packet: Vec<u8>,
    },
}

/// Either of the two. A signalling link has the number of its span.
#[derive(Debug)]
pub(crate) enum Carrier {
    Units(Units),
    Bits(Box<Bits>),
}

impl Carrier {
    pub(crate) fn next(&self) -> Option<Instant> {
        match self {
            Self::Units(units) => units.next(),
            Self::Bits(bits) => Some(bits.next()),
        }
    }

    /// Lets what is due by `now` happen.
    pub(crate) fn advance(&mut self, now: Instant, rng: &mut Rng, reports: &mut Vec<Report>) {
        match self {
            Self::Units(units) => units.advance(now, rng, reports),
            Self::Bits(bits) => bits.advance(now, rng, reports),
        }
    }

    pub(crate) fn line(&mut self, now: Instant, side: Side, link: LinkId, command: LineCommand) {
        match self {
            Self::Units(units) => units.line(now, side, link, command),
            Self::Bits(bits) => bits.line(side, link, command),
        }
    }

    pub(crate) fn media(&mut self, now: Instant, command: media::Command) {
        match self {
            Self::Units(units) => units.media(now, command),
            Self::Bits(bits) => bits.media(now, command),
        }
    }

    pub(crate) fn bearer(
        &mut self,
        now: Instant,
        slot: exchange::TimeSlot,
        source: exchange::Source,
    ) {
        match self {
            Self::Units(units) => units.bearer(now, slot, source),
            Self::Bits(bits) => bits.bearers.set(slot, source),
        }
    }

    /// RTP for the gateway.
    pub(crate) fn rtp(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, packet: &[u8]) {
        match self {
            Self::Units(units) => units.contexts.heard(now, from, to),
            Self::Bits(bits) => bits.rtp(now, from, to, packet),
        }
    }

    /// The next RTP port that is opened is taken by somebody else.
    pub(crate) fn take_port(&mut self) {
        match self {
            Self::Units(units) => units.contexts.port_taken = true,
            Self::Bits(bits) => bits.sockets.port_taken = true,
        }
    }

    /// The next `count` messages about calls are changed on their way.
    pub(crate) fn garble(&mut self, count: u32) {
        if let Self::Units(units) = self {
            units.garble.left = count;
        }
    }

    /// What is at this side of the spans begins anew, without memory.
    pub(crate) fn restart(&mut self, now: Instant, side: Side) {
        match self {
            Self::Units(units) => units.restart(now, side),
            Self::Bits(bits) => bits.restart(now, side),
        }
    }

    /// Harms the direction towards `to` of a span, or heals it.
    pub(crate) fn harm(&mut self, now: Instant, span: u16, to: Side, harm: Harm) {
        match self {
            Self::Units(units) => units.harm(now, span, to, harm),
            Self::Bits(bits) => bits.harm(span, to, harm),
        }
    }

    /// How many RTP contexts are open.
    pub(crate) fn contexts(&self) -> usize {
        match self {
            Self::Units(units) => units.contexts.len(),
            Self::Bits(bits) => bits.sockets.len(),
        }
    }
}
