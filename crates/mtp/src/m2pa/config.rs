use super::timers::Timers;
use crate::m3ua::AssociationId;
use crate::{ConfigError, LinkId};

/// A link over an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The driver's name for the association: no other link has it, and none of M3UA.
    pub association: AssociationId,
    /// Whether we open it; otherwise the peer does.
    pub opens: bool,
    /// So many messages may be unacknowledged; what is beyond waits at level 3.
    pub window: usize,
    /// Its timers.
    pub timers: Timers,
}

impl Config {
    /// The most that may be unacknowledged: less than the numbers could tell, and than a node that
    /// must hand it all to another link could bear.
    pub const WINDOW_MAX: usize = 4_096;

    /// A link with default timers.
    pub fn new(association: AssociationId, opens: bool) -> Self {
        Self { association, opens, window: 1_024, timers: Timers::default() }
    }

    pub(crate) fn validate(&self, link: LinkId) -> Result<(), ConfigError> {
        if !(1..=Self::WINDOW_MAX).contains(&self.window) {
            return Err(ConfigError::Window { link });
        }
        self.timers.validate()
    }
}
