//! Processor outage control (Q.703 §8): which side has lost its level 3.

/// Marks of both sides, and what our level 3 knows and said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Poc {
    pub(crate) local: bool,
    pub(crate) remote: bool,
    /// Level 3 was told that there is an outage.
    pub(crate) told: bool,
    /// It said "flush buffers" or "continue": the link goes on when neither side is out.
    pub(crate) decided: bool,
    /// It said "flush buffers", which waits until the peer has said what had arrived.
    pub(crate) flush: bool,
    /// The peer has, since neither side is out.
    pub(crate) heard: bool,
}

impl Poc {
    /// Whether either side is out.
    pub(crate) fn any(self) -> bool {
        self.local || self.remote
    }
}
