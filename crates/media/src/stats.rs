/// What passed through one context; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContextStats {
    /// Packets taken.
    pub received: u64,
    /// Packets of telephone events.
    pub events: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets that did not come, or so late that nobody waited any more.
    pub lost: u64,
    /// Packets that came after their time to be played.
    pub late: u64,
    /// Packets that came again.
    pub duplicate: u64,
    /// Packets from an address that the peer did not name, or of a source not yet trusted.
    pub foreign: u64,
    /// Packets that came although the session description says that none will.
    pub unwanted: u64,
    /// Packets that were no RTP, too long, or of a payload type that is not ours.
    pub invalid: u64,
    /// Times the delay was set anew because the peer's clock is not ours.
    pub slips: u64,
}

/// What passed through all contexts; each only grows, but `active`, `joined`, `loops` and `checks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Contexts in use.
    pub active: u32,
    /// Contexts joined to a time slot.
    pub joined: u32,
    /// Time slots looped.
    pub loops: u32,
    /// Time slots that carry our check tone.
    pub checks: u32,
    /// The sum over all contexts there are and were.
    pub total: ContextStats,
    /// Sockets that could not be opened.
    pub open_failed: u64,
    /// Commands that named no context in use, or no time slot there is.
    pub refused: u64,
    /// Contexts that lost their time slot to a younger one.
    pub displaced: u64,
    /// Packets for a context that is not in use.
    pub stray: u64,
}

/// The counters of a context and their sum, which grow together.
pub(crate) struct Tally<'a> {
    pub(crate) context: &'a mut ContextStats,
    pub(crate) total: &'a mut ContextStats,
}

impl Tally<'_> {
    pub(crate) fn add(&mut self, count: u64, field: fn(&mut ContextStats) -> &mut u64) {
        *field(self.context) += count;
        *field(self.total) += count;
    }
}
