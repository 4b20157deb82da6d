use crate::config::{Config, ConfigError, GroupConfig};
use crate::io::{Backward, CallId, CircuitView, GroupId, Input, Output, SetupError};
use crate::stats::Stats;
use crate::timers::Timer;
use base::{Class, Instant};
use isup_codec::{CauseIndicators, Cic, Iam};
use mtp::sap;

/// The ISDN user part of one exchange.
#[derive(Debug)]
pub struct Isup {
    config: Config,
    stats: Stats,
}

impl Isup {
    /// An exchange whose peers cannot be reached until MTP-RESUME.
    pub fn new(config: Config, _now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { config, stats: Stats::default() })
    }
    /// Takes in what happened. [`Isup::poll_output`] is to be drained before the next input.
    pub fn handle_input(&mut self, _now: Instant, _input: Input) {}
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
    /// Seizes a circuit of the group and sends the IAM.
    pub fn setup(
        &mut self,
        _now: Instant,
        _class: Class,
        _group: GroupId,
        _iam: Iam,
    ) -> Result<(CallId, Cic), SetupError> {
        Err(SetupError::NotUsable)
    }
    /// Tells the caller of an incoming call how it goes.
    pub fn backward(&mut self, _now: Instant, _call: CallId, _what: Backward) {}
    /// Sends SUS.
    pub fn suspend(&mut self, _now: Instant, _call: CallId, _by_network: bool) {}
    /// Sends RES.
    pub fn resume(&mut self, _now: Instant, _call: CallId, _by_network: bool) {}
    /// Releases the call; `Event::Ended` follows.
    pub fn release(&mut self, _now: Instant, _call: CallId, _cause: CauseIndicators) {}
    /// Every REL from now on carries this automatic congestion level, 1 or 2 (Q.764 §2.11.1).
    pub fn set_congestion_level(&mut self, _level: Option<u8>) {}
    /// The call is of this class.
    pub fn set_class(&mut self, _call: CallId, _class: Class) {}
    /// The class of the call on the circuit that a raw message belongs to.
    pub fn class_of(&self, _transfer: &sap::Transfer) -> Option<Class> {
        None
    }
    /// All circuits.
    pub fn circuits(&self) -> impl Iterator<Item = CircuitView> {
        std::iter::empty()
    }
    /// Whether calls can use the group.
    pub fn is_usable(&self, _group: GroupId) -> bool {
        false
    }
    /// Calls at present.
    pub fn calls(&self) -> usize {
        0
    }
    /// Counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
    /// The configuration of a group.
    pub fn group(&self, id: GroupId) -> Option<&GroupConfig> {
        self.config.groups.get(usize::from(id.0))
    }
}
