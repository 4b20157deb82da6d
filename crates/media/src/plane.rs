use crate::{Command, Config, Event, Packets};
use base::Instant;
use std::net::SocketAddr;
use tdm::Block;

/// What passed through one context; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextStats {
    /// Packets taken.
    pub received: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets that never came (RFC 3550 A.3).
    pub lost: u64,
    /// Packets that came after their time to be played.
    pub late: u64,
    /// Packets that came again.
    pub duplicate: u64,
    /// Packets from an address that the peer did not name.
    pub foreign: u64,
    /// Packets that were no RTP, or of another payload type.
    pub invalid: u64,
    /// Times the buffer ran empty or full because the peer's clock is not ours.
    pub slips: u64,
}

/// What passed through all contexts; each only grows, but `active` and `joined`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Contexts in use.
    pub active: u32,
    /// Contexts joined to a time slot.
    pub joined: u32,
    /// The sum over all contexts there are and were.
    pub total: ContextStats,
    /// Sockets that could not be opened.
    pub open_failed: u64,
    /// Commands that named no context in use, or no time slot, or one that is taken.
    pub refused: u64,
    /// Packets for a context that is not in use.
    pub stray: u64,
}

/// All contexts of one thread.
#[derive(Debug)]
pub struct Plane {}

impl Plane {
    /// A plane with no context in use.
    pub fn new(_config: Config, _now: Instant) -> Self {
        Self {}
    }

    /// Obeys `command`.
    pub fn command(&mut self, _now: Instant, _command: Command, _packets: &mut dyn Packets) {}

    /// Takes a packet that came to the socket of `context`.
    pub fn packet(&mut self, _now: Instant, _context: u32, _from: SocketAddr, _packet: &[u8]) {}

    /// Moves one millisecond: one block of each span, in the order of the spans.
    pub fn tick(
        &mut self,
        _now: Instant,
        _rx: &[Block],
        _tx: &mut [Block],
        _packets: &mut dyn Packets,
    ) {
    }

    /// Takes the next report.
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }

    /// What has been counted.
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
