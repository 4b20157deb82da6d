//! What a circuit is doing: one structure for each phase of a call and of its supervision.

use crate::cpc::Caller;
use crate::io::{CallId, CheckId};
use isup_codec::{ContinuityCheck, Iam, Message, Milliseconds, Rel, TransmissionMedium};

#[derive(Debug, Default)]
pub(crate) enum Phase {
    /// Free for a call from either side.
    #[default]
    Idle,
    /// A call from us to the peer.
    Outgoing(Box<Outgoing>),
    /// A call from the peer that call control does not know yet.
    Collecting(Box<Collecting>),
    /// A call from the peer to us.
    Incoming(Incoming),
    /// REL was sent, RLC is awaited.
    Releasing(Box<Releasing>),
    /// RSC was sent, RLC is awaited.
    Resetting,
    /// We have no memory of the circuit: a group reset is to be sent, or was.
    GroupReset(Ask),
    /// The peer checks the continuity of the circuit, or is to do so again.
    Recheck(Recheck),
    /// We check the continuity of the circuit outside of any call, or shall do so again.
    Testing(Testing),
    /// The peer says it has no such circuit.
    Unequipped,
}

/// How far something is that the peer has to acknowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// To be sent when its turn comes.
    Due,
    /// Sent about this circuit alone; the acknowledgement is awaited.
    Sent,
    /// Sent about this circuit and its neighbours.
    Together,
}

#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) call: CallId,
    pub(crate) stage: Stage,
    /// The peer has seized the circuit too, and has lost it.
    pub(crate) contested: bool,
    /// The called number may go on: its IAM, and the SAMs so far, came without ST.
    pub(crate) open: bool,
    /// What the peer may ask about the caller.
    pub(crate) caller: Caller,
    /// The first piece of a backward message whose second one is awaited.
    pub(crate) held: Option<Box<Message>>,
    /// What the peer has to know of the path before it goes on with the call.
    pub(crate) unproven: Unproven,
}

impl Outgoing {
    /// Whether the peer has said nothing to our IAM.
    pub(crate) const fn is_unheard(&self) -> bool {
        matches!(self.stage, Stage::AwaitingBackward)
    }
}

/// What is not known yet of the path of a call of ours, for which the peer awaits COT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unproven {
    /// Our check of this circuit.
    pub(crate) check: Option<CheckId>,
    /// That of a circuit before us, of which call control will know.
    pub(crate) previous: bool,
}

impl Unproven {
    pub(crate) const fn is_pending(self) -> bool {
        self.check.is_some() || self.previous
    }
}

#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) call: CallId,
    pub(crate) stage: Stage,
    /// The propagation delay so far, where it was counted (Q.764 §2.5).
    pub(crate) delay: Option<Milliseconds>,
    /// What the call falls back to, where its caller prefers more (Q.764 §2.1.3).
    pub(crate) fallback: Option<TransmissionMedium>,
    /// Whether its IAM asked for a check for which there is no loop.
    pub(crate) unlooped: bool,
}

/// How far a call is, seen from either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No backward message has passed.
    AwaitingBackward,
    /// ACM has passed.
    AwaitingAnswer,
    /// ANM or CON has passed.
    Answered(Suspension),
}

/// By whom an answered call is suspended: each only once at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suspension {
    pub(crate) by_us: Suspended,
    pub(crate) by_peer: Suspended,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suspended {
    pub(crate) network: bool,
    pub(crate) user: bool,
}

impl Suspended {
    /// Sets one of the two; says whether that changed it.
    pub(crate) fn set(&mut self, by_network: bool, suspended: bool) -> bool {
        let place = if by_network { &mut self.network } else { &mut self.user };
        std::mem::replace(place, suspended) != suspended
    }
}

/// An IAM of which a digit, a piece or the continuity check is not there yet.
#[derive(Debug)]
pub(crate) struct Collecting {
    pub(crate) iam: Iam,
    pub(crate) continuity_awaited: bool,
    /// Whether its second piece is awaited.
    pub(crate) segment_awaited: bool,
    /// Whether it asks for a check for which there is no loop, and goes on all the same.
    pub(crate) unlooped: bool,
}

impl Collecting {
    pub(crate) fn checks_this_circuit(&self) -> bool {
        let check = self.iam.nature.continuity_check();
        self.continuity_awaited && check == ContinuityCheck::THIS_CIRCUIT
    }
}

#[derive(Debug)]
pub(crate) struct Releasing {
    /// The call whose `Ended` is outstanding. None where call control never knew the call.
    pub(crate) call: Option<CallId>,
    /// The message, for its repetitions.
    pub(crate) rel: Rel,
    /// It follows an IAM of ours to which the peer has said nothing.
    pub(crate) unanswered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recheck {
    /// The check failed; CCR is awaited (T27).
    AwaitingRequest,
    /// CCR came, the circuit is looped; COT or REL is awaited (T36).
    Looped,
}

/// A circuit that has failed our check, or that the maintenance staff wants checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Testing {
    /// How often in a row it has failed.
    pub(crate) failures: u8,
    pub(crate) step: TestStep,
    /// Whether somebody waits for the result.
    pub(crate) is_asked_for: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestStep {
    /// For the next check (T25, T26).
    Waiting,
    /// CCR was sent and our tone is (T24).
    Tone {
        check: CheckId,
        /// LPA came.
        is_looped: bool,
    },
}

/// What the time slot of a circuit is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Path {
    /// It carries speech, or nothing.
    #[default]
    Speech,
    /// The peer listens for its own tone.
    Loop,
    /// We listen for ours.
    Check(CheckId),
}

impl Phase {
    /// The call that has a handle outside.
    pub(crate) const fn call(&self) -> Option<CallId> {
        match self {
            Self::Outgoing(outgoing) => Some(outgoing.call),
            Self::Incoming(incoming) => Some(incoming.call),
            Self::Releasing(releasing) => releasing.call,
            _ => None,
        }
    }

    /// What the time slot is to do.
    pub(crate) fn path(&self) -> Path {
        match self {
            Self::Collecting(collecting) if collecting.checks_this_circuit() => Path::Loop,
            Self::Recheck(Recheck::Looped) => Path::Loop,
            phase => phase.check().map_or(Path::Speech, Path::Check),
        }
    }

    /// The check of ours that is going on.
    pub(crate) const fn check(&self) -> Option<CheckId> {
        match self {
            Self::Outgoing(outgoing) => outgoing.unproven.check,
            Self::Testing(Testing { step: TestStep::Tone { check, .. }, .. }) => Some(*check),
            _ => None,
        }
    }

    /// How far the call is that has a handle outside and is not being released.
    pub(crate) const fn stage(&self) -> Option<Stage> {
        match self {
            Self::Outgoing(outgoing) => Some(outgoing.stage),
            Self::Incoming(incoming) => Some(incoming.stage),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) const fn stage_mut(&mut self) -> Option<&mut Stage> {
        match self {
            Self::Outgoing(outgoing) => Some(&mut outgoing.stage),
            Self::Incoming(incoming) => Some(&mut incoming.stage),
            _ => None,
        }
    }

    /// Whether the call goes on without the check that its IAM asked for.
    pub(crate) const fn is_unlooped(&self) -> bool {
        match self {
            Self::Collecting(collecting) => collecting.unlooped,
            Self::Incoming(incoming) => incoming.unlooped,
            _ => false,
        }
    }

    /// Whether no backward message has passed on a call in either direction.
    pub(crate) const fn awaits_backward(&self) -> bool {
        matches!(self.stage(), Some(Stage::AwaitingBackward))
    }

    /// Whether a release may be meant for the peer's call that lost the circuit to ours.
    pub(crate) const fn is_contested(&self) -> bool {
        matches!(self, Self::Outgoing(outgoing) if outgoing.contested && outgoing.is_unheard())
    }

    /// Whether our IAM may not have been heard yet.
    pub(crate) const fn is_unanswered(&self) -> bool {
        match self {
            Self::Releasing(releasing) => releasing.unanswered,
            phase => phase.may_try_again(),
        }
    }

    /// Whether our IAM is out and the peer has said nothing to it: another circuit may be tried.
    pub(crate) const fn may_try_again(&self) -> bool {
        matches!(self, Self::Outgoing(outgoing) if outgoing.is_unheard())
    }
}
