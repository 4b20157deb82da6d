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
pub(crate) enum Input {
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
    /// Our level 3 said what becomes of the buffers: see [`Poc::decided`].
    Decided,
}

/// What else the transition does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    /// Initial alignment begins.
    Align,
    /// Proved: T1 and the error rate monitor start, sequence numbers begin anew.
    Proved,
    /// Level 3: the link is in service.
    InService,
    /// Messages stop: one side's level 3 is out.
    Outage,
    /// Both are back, and ours has said what becomes of the buffers: messages pass again.
    Resume,
    /// Level 3: the link is out of service.
    OutOfService(&'static str),
}

/// Q.703 §8: messages pass again when neither side is out and level 3 has decided.
fn end_of_outage(input: Input, outage: Poc) -> Option<(State, Effect)> {
    let awaited = matches!(input, Input::FisuOrMsu | Input::LocalProcessor | Input::Decided);
    let over = awaited && outage.decided && !outage.any();
    over.then_some((State::InService, Effect::Resume))
}

/// The transition out of `state`; `None` where the input changes nothing. `outage` is as it is
/// after the input.
pub(crate) fn transition(state: State, input: Input, outage: Poc) -> Option<(State, Effect)> {
    use State::{
        AlignedNotReady, AlignedReady, InService, InitialAlignment, OutOfService, PowerOff,
        ProcessorOutage,
    };
    let failed = |reason| Some((OutOfService, Effect::OutOfService(reason)));
    match (state, input) {
        (PowerOff | OutOfService, Input::Start) => Some((InitialAlignment, Effect::Align)),
        (PowerOff, Input::Stop) => Some((OutOfService, Effect::None)), // or power on
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
        (AlignedNotReady, Input::FisuOrMsu) => Some((ProcessorOutage, Effect::InService)),
        (AlignedReady | AlignedNotReady, Input::Status(Status::SIPO)) => {
            Some((ProcessorOutage, Effect::InService))
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
        (ProcessorOutage, input) if let Some(step) = end_of_outage(input, outage) => Some(step),

        (_, Input::Status(Status::SIOS)) => failed("the peer is out of service (SIOS)"),
        (_, Input::Status(Status::SIO | Status::SIN | Status::SIE)) => {
            failed("the peer aligns anew")
        }
        _ => None,
    }
}
