//! Processor outage control (Q.703 §8): which side has lost its level 3.

/// Marks of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Poc {
    pub(super) local: bool,
    pub(super) remote: bool,
}

impl Poc {
    /// Whether either side is out.
    pub(super) fn any(self) -> bool {
        self.local || self.remote
    }
}
