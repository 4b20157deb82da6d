//! Overload control between neighbours: RFC 7339 by loss, RFC 7415 by rate.
//!
//! [`Throttle`] obeys a neighbour that asks for less, [`Feedback`] asks. Emergency calls are
//! exempt: they count, so that the others make room for them, but none is held back. Requests
//! within a dialog are never held back either.

mod feedback;
#[cfg(test)]
mod tests;
mod throttle;
mod told;

pub use feedback::{FeedbackStats, Load};
pub use throttle::ThrottleStats;

pub(crate) use feedback::Feedback;
pub(crate) use throttle::{Held, Throttle};
pub(crate) use told::Told;

/// A way of asking for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// A part of the requests is not sent: `oc` is a percentage.
    Loss,
    /// No more than so many requests a second are sent: `oc` is that figure.
    Rate,
}

impl Algorithm {
    const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Rate => "rate",
        }
    }
}
