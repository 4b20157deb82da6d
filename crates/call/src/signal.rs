use base::{Cause, Class, Instant, SlotKey};
use routing::{Insee, Number, TrunkRef};
use std::fmt;

/// The name of a call in the call table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub SlotKey);

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One of the two legs of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Where the call came in.
    Ingress,
    /// Where it leaves.
    Egress,
}

impl Side {
    /// The other leg.
    pub const fn other(self) -> Self {
        match self {
            Self::Ingress => Self::Egress,
            Self::Egress => Self::Ingress,
        }
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calling {
    /// The number.
    pub number: Number,
    /// The caller asked that the called party does not see it.
    pub restricted: bool,
    /// A network vouches for it: it was asserted by a trusted peer, or screened.
    pub verified: bool,
}

/// A call that wants to be set up, in the words that both worlds share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The number called; in an attempt, the number translated.
    pub called: Number,
    /// Who calls, where known.
    pub calling: Option<Calling>,
    /// How urgent the call is.
    pub class: Class,
    /// Calling party's category (Q.763 §3.11), where known.
    pub category: Option<u8>,
    /// How many more exchanges the call may pass.
    pub hops: u8,
    /// Where the call came in.
    pub ingress: TrunkRef,
    /// The caller's commune, where known.
    pub location: Option<Insee>,
    /// When the call arrived first; retries keep it.
    pub arrived: Instant,
}

/// What one leg tells the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The called party is being alerted.
    Alerting {
        /// Tones or announcements can already be heard.
        early_media: bool,
    },
    /// The call goes on; nobody is alerted yet.
    Progress {
        /// Tones or announcements can already be heard.
        early_media: bool,
    },
    /// The call is forwarded to somebody else.
    Forwarding {
        /// Tones or announcements can already be heard.
        early_media: bool,
    },
    /// The called party answered.
    Answer {
        /// The number that answered, where told.
        connected: Option<Number>,
    },
    /// Put on hold, or hung up without release yet.
    Suspend,
    /// Back again.
    Resume,
    /// This leg ends the call.
    Release(Release),
}

/// Location values of Q.850 §2.2.3.
pub mod location {
    /// The user.
    pub const USER: u8 = 0;
    /// The public network that serves the local user.
    pub const PUBLIC_LOCAL: u8 = 2;
    /// A transit network.
    pub const TRANSIT: u8 = 3;
    /// A network beyond an interworking point.
    pub const BEYOND_INTERWORKING: u8 = 10;
}

/// What a failed attempt allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The failure is the answer.
    Never,
    /// Another exit may do better.
    NextExit,
    /// The same exit may do better: only the circuit was lost (Q.764 §2.9.1.4, §2.8.2).
    SameExit,
}

/// Why a leg ends, or why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Q.850 §2.2.7.
    pub cause: Cause,
    /// Q.850 §2.2.3; see [`location`].
    pub location: u8,
    /// The SIP status that came with it, or that must be answered instead of the table's.
    pub status: Option<u16>,
    /// Whether another attempt makes sense while the caller has heard nothing yet.
    pub retry: Retry,
}

/// Causes that say something about the way, not about the called party (Q.850 §2.2.7.1): an
/// ordinary call may try another exit.
const OF_THE_WAY: [Cause; 8] = [
    Cause::NO_ROUTE_TO_TRANSIT_NETWORK,
    Cause::NO_ROUTE_TO_DESTINATION,
    Cause::NO_CIRCUIT_AVAILABLE,
    Cause::NETWORK_OUT_OF_ORDER,
    Cause::TEMPORARY_FAILURE,
    Cause::SWITCHING_EQUIPMENT_CONGESTION,
    Cause::RESOURCE_UNAVAILABLE,
    Cause::BEARER_NOT_AVAILABLE,
];

impl Release {
    /// A release by ourselves, which stand between two networks.
    pub fn new(cause: Cause) -> Self {
        let retry = if cause == Cause::REQUESTED_CIRCUIT_NOT_AVAILABLE {
            Retry::SameExit
        } else if OF_THE_WAY.contains(&cause) {
            Retry::NextExit
        } else {
            Retry::Never
        };
        Self { cause, location: location::TRANSIT, status: None, retry }
    }

    /// The same release at another location.
    pub const fn at(mut self, location: u8) -> Self {
        self.location = location;
        self
    }

    /// The same release with a SIP status.
    pub const fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same release with another answer to whether to try again.
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}
