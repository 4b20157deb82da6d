//! Link state control (Q.703 figure 8), as a table of transitions.

use super::poc::Poc;
use super::su::Status;

/// The state of a link at level 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Never started: the line carries flags only.
    PowerOff,
    /// SIOS is sent.
    OutOfService,
    /// Alignment is under way.
    InitialAlignment,
    /// Proved; FISUs are sent, the peer's first is awaited.
    AlignedReady,
    /// Proved; SIPO is sent, for our level 3 is out.
    AlignedNotReady,
    /// Messages pass.
    InService,
    /// One side's level 3 is out: no messages pass.
    ProcessorOutage,
}

impl State {
    /// As Q.703 calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerOff => "power off",
            Self::OutOfService => "out of service",
            Self::InitialAlignment => "initial alignment",
            Self::AlignedReady => "aligned ready",
            Self::AlignedNotReady => "aligned not ready",
            Self::InService => "in service",
            Self::ProcessorOutage => "processor outage",
        }
    }
}

/// What happens to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Level 3 wants the link.
    Start,
    /// Level 3 wants it no more.
    Stop,
    /// Initial alignment succeeded.
    AlignmentComplete,
    /// Initial alignment did not.
    AlignmentNotPossible(&'static str),
    /// A link status arrived.
    Status(Status),
    /// A FISU or MSU arrived.
    FisuOrMsu,
    /// Aligned ready for too long.
    T1,
    /// An error rate monitor, a sequence number check, T6, T7, or the line.
    LinkFailure(&'static str),
    /// Our level 3 went, or came back: see [`Poc::local`].
    LocalProcessor,
}

/// What else the transition does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// Initial alignment begins.
    Align,
    /// Proved: T1 and the error rate monitor start, sequence numbers begin anew.
    Proved,
    /// Level 3: the link is in service.
    InService,
    /// The same, but one side's level 3 is out.
    InServiceWithOutage,
    /// Level 3: one side's level 3 went out.
    Outage,
    /// Level 3: both are back.
    Recovered,
    /// Level 3: the link is out of service.
    OutOfService(&'static str),
}

/// The transition out of `state`; `None` where the input changes nothing. `outage` is as it is
/// after the input.
pub(super) fn transition(state: State, input: Input, outage: Poc) -> Option<(State, Effect)> {
    use State::{
        AlignedNotReady, AlignedReady, InService, InitialAlignment, OutOfService, PowerOff,
        ProcessorOutage,
    };
    let failed = |reason| Some((OutOfService, Effect::OutOfService(reason)));
    match (state, input) {
        (PowerOff | OutOfService, Input::Start) => Some((InitialAlignment, Effect::Align)),
        (PowerOff, Input::Stop) => Some((OutOfService, Effect::None)),
        (PowerOff | OutOfService, _) => None,
        (_, Input::Stop) => failed("stopped"),
        (_, Input::LinkFailure(reason)) => failed(reason),

        (InitialAlignment, Input::AlignmentComplete) => {
            let next = if outage.local { AlignedNotReady } else { AlignedReady };
            Some((next, Effect::Proved))
        }
        (InitialAlignment, Input::AlignmentNotPossible(reason)) => failed(reason),
        (InitialAlignment, _) => None,

        (AlignedReady | AlignedNotReady, Input::T1) => {
            failed("proved, but no message or fill-in unit followed (T1)")
        }
        (AlignedReady, Input::FisuOrMsu) => Some((InService, Effect::InService)),
        (AlignedNotReady, Input::FisuOrMsu) => Some((ProcessorOutage, Effect::InServiceWithOutage)),
        (AlignedReady | AlignedNotReady, Input::Status(Status::SIPO)) => {
            Some((ProcessorOutage, Effect::InServiceWithOutage))
        }
        (AlignedReady, Input::LocalProcessor) if outage.local => {
            Some((AlignedNotReady, Effect::None))
        }
        (AlignedNotReady, Input::LocalProcessor) if !outage.local => {
            Some((AlignedReady, Effect::None))
        }
        // The peer may still be proving.
        (AlignedReady | AlignedNotReady, Input::Status(Status::SIN | Status::SIE)) => None,

        (InService, Input::Status(Status::SIPO)) => Some((ProcessorOutage, Effect::Outage)),
        (InService, Input::LocalProcessor) if outage.local => {
            Some((ProcessorOutage, Effect::Outage))
        }
        (ProcessorOutage, Input::FisuOrMsu | Input::LocalProcessor) if !outage.any() => {
            Some((InService, Effect::Recovered))
        }

        (_, Input::Status(Status::SIOS)) => failed("the peer is out of service (SIOS)"),
        (_, Input::Status(Status::SIO | Status::SIN | Status::SIE)) => {
            failed("the peer aligns anew")
        }
        _ => None,
    }
}
