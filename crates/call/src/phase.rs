use crate::hunt::Hunt;
use crate::{Release, Timer};
use base::Instant;

/// Where a call stands. Each phase holds only what it needs.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    Attempting(Attempting),
    Progressing,
    Talking(Talking),
    Releasing(Releasing),
}

/// An exit is being tried; the caller has heard nothing yet.
#[derive(Clone, Debug)]
pub(crate) struct Attempting {
    pub(crate) hunt: Hunt,
}

/// Answered.
#[derive(Clone, Debug)]
pub(crate) struct Talking {
    pub(crate) answered: Instant,
}

/// The call is over; its legs have yet to report their ends.
#[derive(Clone, Debug)]
pub(crate) struct Releasing {
    pub(crate) release: Release,
    pub(crate) since: Instant,
    pub(crate) answered: Option<Instant>,
    pub(crate) legs: Legs,
}

/// Which legs are still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Legs {
    pub(crate) ingress: bool,
    pub(crate) egress: bool,
}

impl Phase {
    /// The dead-man timer that guards the phase.
    pub(crate) const fn timer(&self) -> Timer {
        match self {
            Self::Attempting(_) => Timer::Attempt,
            Self::Progressing => Timer::Progress,
            Self::Talking(_) => Timer::Talk,
            Self::Releasing(_) => Timer::Release,
        }
    }

    pub(crate) const fn answered(&self) -> Option<Instant> {
        match self {
            Self::Attempting(_) | Self::Progressing => None,
            Self::Talking(talking) => Some(talking.answered),
            Self::Releasing(releasing) => releasing.answered,
        }
    }

    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Attempting(_) => "attempting",
            Self::Progressing => "progressing",
            Self::Talking(_) => "talking",
            Self::Releasing(_) => "releasing",
        }
    }
}
