use crate::{Config, ConfigError, Input, LinkId, Output, PointCode, Timer};
use base::Instant;

/// Counters of a signalling point; each only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages given to the user part.
    pub indicated: u64,
}

/// A signalling point: level 3 over the links of level 2.
#[derive(Debug)]
pub struct Mtp {
    config: Config,
    stats: Stats,
}

impl Mtp {
    /// A point whose links are out of service until [`Input::Activate`].
    pub fn new(config: Config, _now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { config, stats: Stats::default() })
    }

    /// Takes in what happened. [`Mtp::poll_output`] is to be drained before the next input.
    pub fn handle_input(&mut self, _now: Instant, _input: Input) {
        let _ = &self.config;
    }

    /// Runs every timer due by `now`.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// The next deadline and its name.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        None
    }

    /// Whether the link carries traffic: aligned, and its test passed.
    pub fn link_in_service(&self, _link: LinkId) -> bool {
        false
    }

    /// Whether messages to this destination find a way.
    pub fn destination_available(&self, _dpc: PointCode) -> bool {
        false
    }

    /// What has been counted since the start.
    pub fn stats(&self) -> Stats {
        self.stats
    }
}
