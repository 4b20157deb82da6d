use crate::{
    Config, ConfigError, Input, LocalMedia, Negotiated, Outgoing, Output, Refused, Release,
    SessionId, Stats, Timer,
};
use base::{Class, Instant};
use std::collections::VecDeque;

/// A user agent for many calls.
#[derive(Debug)]
pub struct Sip {
    outputs: VecDeque<Output>,
    stats: Stats,
}

impl Sip {
    /// A user agent without calls.
    pub fn new(config: Config, _now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self { outputs: VecDeque::new(), stats: Stats::default() })
    }

    /// Takes what happened.
    pub fn handle_input(&mut self, _now: Instant, _input: Input) {}

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, _now: Instant) {}

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next deadline, and which timer it belongs to.
    pub fn poll_timeout(&self) -> Option<(Instant, Timer)> {
        None
    }

    /// Calls somebody.
    pub fn invite(
        &mut self,
        _now: Instant,
        _class: Class,
        _out: Outgoing,
    ) -> Result<SessionId, Refused> {
        Err(Refused::Sessions)
    }

    /// Answers an incoming call provisionally, with 101 to 199.
    pub fn progress(
        &mut self,
        _now: Instant,
        _session: SessionId,
        _status: u16,
        _phrase: &str,
        _headers: &[(&'static str, String)],
        _media: Option<&LocalMedia>,
    ) -> Option<Negotiated> {
        None
    }

    /// Accepts an incoming call with 200.
    pub fn answer(
        &mut self,
        _now: Instant,
        _session: SessionId,
        _media: &LocalMedia,
        _headers: &[(&'static str, String)],
    ) -> Option<Negotiated> {
        None
    }

    /// Puts the peer on hold, or takes it back.
    pub fn set_held(&mut self, _now: Instant, _session: SessionId, _held: bool) {}

    /// Ends a session by whatever its state asks for; [`crate::Event::Ended`] follows.
    pub fn release(&mut self, _now: Instant, _session: SessionId, _release: &Release) {}

    /// Changes the priority of a session.
    pub fn set_class(&mut self, _session: SessionId, _class: Class) {}

    /// The priority of the session that a raw message belongs to.
    pub fn class_of(&self, _peek: &sip_parser::Peek<'_>) -> Option<Class> {
        None
    }

    /// Counters since the start.
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        0
    }

    /// How many transactions there are.
    pub fn transactions(&self) -> usize {
        0
    }
}
