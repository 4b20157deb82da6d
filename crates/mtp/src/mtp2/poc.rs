//! Processor outage control (Q.703 §8): which side has lost its level 3.

/// Marks of both sides, and what our level 3 knows and said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Poc {
    pub(super) local: bool,
    pub(super) remote: bool,
    /// Level 3 was told that there is an outage.
    pub(super) told: bool,
    /// It said "flush buffers" or "continue": the link goes on when neither side is out.
    pub(super) decided: bool,
    /// It said "flush buffers", which waits until the peer has said what had arrived.
    pub(super) flush: bool,
    /// The peer has, since neither side is out.
    pub(super) heard: bool,
}

impl Poc {
    /// Whether either side is out.
    pub(super) fn any(self) -> bool {
        self.local || self.remote
    }
}
