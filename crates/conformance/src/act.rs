use crate::profile::Need;
use base::{Cause, Duration};
use isup_codec::{Cic, SupervisionType};
use std::fmt;

/// One of the two users of a call at the switch under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// Called from the circuits.
    Called,
    /// Calls through the circuits.
    Caller,
}

/// What is wrong with the way to the switch, as its message transfer part tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// MTP-PAUSE.
    Pause,
    /// MTP-RESUME.
    Resume,
    /// MTP-STATUS: congested.
    Congested,
    /// MTP-STATUS: our user part does not answer; its cause (Q.704 §15.17.5).
    UserPartUnavailable(u8),
}

/// A call that a user of the switch places through the circuits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The digits that are to arrive as the called party number.
    pub to: String,
    /// Whether the user wants its number hidden.
    pub hidden: bool,
    /// Whether the user has more to say to the other one than one message holds.
    pub long: bool,
}

/// What the users of the switch, its staff and its network are to do: the upper tester.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A user calls.
    Call(Call),
    /// The calling user sends further digits.
    Dial(String),
    /// The called user rings.
    Alert,
    /// The called user is told of progress, with something to hear.
    Progress,
    /// The called user has its calls forwarded.
    Forward,
    /// The called user answers.
    Answer,
    /// The called user, or the network behind it, does not take the call.
    Refuse(Cause),
    /// A user ends its call.
    HangUp(Party),
    /// A user puts the other one on hold.
    Hold(Party),
    /// A user takes the other one back.
    Retrieve(Party),
    /// The staff blocks a circuit.
    Block(Cic),
    /// The staff unblocks a circuit.
    Unblock(Cic),
    /// The staff blocks all circuits by a group message of this type, or unblocks them.
    BlockAll(SupervisionType, bool),
    /// The staff resets a circuit.
    Reset(Cic),
    /// The staff resets all circuits at once.
    ResetAll,
    /// The staff has a circuit's continuity tested.
    TestCircuit(Cic),
    /// Check tones come back from the neighbour's loops, or no longer.
    Tones(bool),
    /// The staff asks how the circuits stand at the neighbour.
    QueryAll,
    /// The bearers of all circuits fail, or come back.
    Bearers(bool),
    /// The message transfer part reports.
    Network(Network),
    /// The switch is overloaded, or no longer.
    Overload(bool),
    /// Whatever calls are left end, whatever was blocked is unblocked: the case is over.
    Clear,
}

impl Act {
    /// What it takes to do that.
    pub const fn need(&self) -> Option<Need> {
        match self {
            Self::Call(_) | Self::Dial(_) => Some(Need::Callers),
            Self::Alert | Self::Progress | Self::Forward | Self::Answer | Self::Refuse(_) => {
                Some(Need::CalledUsers)
            }
            Self::HangUp(Party::Caller) => Some(Need::Callers),
            Self::HangUp(Party::Called) => Some(Need::CalledUsers),
            Self::Hold(_) | Self::Retrieve(_) => Some(Need::Hold),
            Self::Block(_) | Self::Unblock(_) => Some(Need::Blocks),
            Self::BlockAll(..) => Some(Need::BlocksGroups),
            Self::Reset(_) => Some(Need::Resets),
            Self::ResetAll => Some(Need::ResetsGroups),
            Self::TestCircuit(_) => Some(Need::TestsCircuits),
            Self::Tones(_) => Some(Need::Tones),
            Self::QueryAll => Some(Need::Queries),
            Self::Bearers(_) => Some(Need::Bearers),
            Self::Network(_) => Some(Need::Network),
            Self::Overload(_) => Some(Need::Overload),
            Self::Clear => None,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(call) if call.hidden => write!(f, "a user calls {}, hidden", call.to),
            Self::Call(call) if call.long => {
                write!(f, "a user calls {}, with much to say", call.to)
            }
            Self::Call(call) => write!(f, "a user calls {}", call.to),
            Self::Dial(digits) => write!(f, "the user dials {digits}"),
            Self::Alert => f.write_str("the called user rings"),
            Self::Progress => f.write_str("the called user's network plays something"),
            Self::Forward => f.write_str("the called user's calls are forwarded"),
            Self::Answer => f.write_str("the called user answers"),
            Self::Refuse(cause) => write!(f, "the called user refuses: {cause}"),
            Self::HangUp(party) => write!(f, "the {party} hangs up"),
            Self::Hold(party) => write!(f, "the {party} holds the call"),
            Self::Retrieve(party) => write!(f, "the {party} retrieves the call"),
            Self::Block(cic) => write!(f, "the staff blocks circuit {cic}"),
            Self::Unblock(cic) => write!(f, "the staff unblocks circuit {cic}"),
            Self::BlockAll(kind, true) => write!(f, "the staff blocks all circuits ({kind})"),
            Self::BlockAll(kind, false) => write!(f, "the staff unblocks all circuits ({kind})"),
            Self::Reset(cic) => write!(f, "the staff resets circuit {cic}"),
            Self::ResetAll => f.write_str("the staff resets all circuits"),
            Self::TestCircuit(cic) => write!(f, "the staff tests circuit {cic}"),
            Self::Tones(true) => f.write_str("check tones come back"),
            Self::Tones(false) => f.write_str("no check tone comes back"),
            Self::QueryAll => f.write_str("the staff asks how the circuits stand"),
            Self::Bearers(true) => f.write_str("the bearers come back"),
            Self::Bearers(false) => f.write_str("the bearers fail"),
            Self::Network(network) => write!(f, "the message transfer part reports {network:?}"),
            Self::Overload(true) => f.write_str("the switch is overloaded"),
            Self::Overload(false) => f.write_str("the switch is no longer overloaded"),
            Self::Clear => f.write_str("all is cleared"),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Called => "called user",
            Self::Caller => "calling user",
        })
    }
}

/// What the users of the switch, or its staff, notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A user is called.
    Called {
        /// Its number, with digits ahead of those that the circuits carried or not.
        to: String,
        /// The number shown as the caller's.
        from: Option<String>,
    },
    /// The caller is told that it rings.
    Alerting,
    /// The caller hears something of the other end.
    InBand,
    /// The caller is told of progress that is none of the others.
    Progress,
    /// The caller is told that its call is forwarded.
    Forwarded,
    /// The caller is answered.
    Answered {
        /// The number shown as the one that answered.
        by: Option<String>,
    },
    /// The call of a user is over, and not because it hung up.
    Released(Party, Option<Cause>),
    /// A user is put on hold.
    Suspended(Party),
    /// A user is taken back.
    Resumed(Party),
    /// The staff is alerted.
    Alarm,
}

/// What is expected to be noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ear {
    /// A user is called.
    Called,
    /// A user is called whose number ends in these digits.
    CalledAs(String),
    /// A user is called and shown a number that ends in these digits, or none.
    CalledFrom(Option<String>),
    /// The caller is told that it rings.
    Alerting,
    /// The caller hears something of the other end.
    InBand,
    /// The caller is told of progress, whatever it is.
    Progress,
    /// The caller is told that its call is forwarded.
    Forwarded,
    /// The caller is answered.
    Answered,
    /// The caller is answered and shown a number that ends in these digits, or none.
    AnsweredBy(Option<String>),
    /// The call of a user is over.
    Released(Party),
    /// The call of a user is over, with this cause.
    ReleasedFor(Party, Cause),
    /// A user is put on hold.
    Suspended(Party),
    /// A user is taken back.
    Resumed(Party),
    /// The staff is alerted, where the driver sees that.
    Alarm,
}

/// Who notices: what one hears stays in order, of the others nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    User(Party),
    Staff,
}

impl Heard {
    pub(crate) const fn who(&self) -> Who {
        match self {
            Self::Called { .. } => Who::User(Party::Called),
            Self::Alerting
            | Self::InBand
            | Self::Progress
            | Self::Forwarded
            | Self::Answered { .. } => Who::User(Party::Caller),
            Self::Released(party, _) | Self::Suspended(party) | Self::Resumed(party) => {
                Who::User(*party)
            }
            Self::Alarm => Who::Staff,
        }
    }

    /// Whether a case that did not expect it has failed: what changes whether there is a call.
    pub(crate) const fn matters(&self) -> bool {
        matches!(self, Self::Called { .. } | Self::Released(..) | Self::Answered { .. })
    }
}

impl Ear {
    pub(crate) const fn who(&self) -> Who {
        match self {
            Self::Called | Self::CalledAs(_) | Self::CalledFrom(_) => Who::User(Party::Called),
            Self::Alerting
            | Self::InBand
            | Self::Progress
            | Self::Forwarded
            | Self::Answered
            | Self::AnsweredBy(_) => Who::User(Party::Caller),
            Self::Released(party)
            | Self::ReleasedFor(party, _)
            | Self::Suspended(party)
            | Self::Resumed(party) => Who::User(*party),
            Self::Alarm => Who::Staff,
        }
    }

    pub(crate) fn matches(&self, heard: &Heard) -> bool {
        match (self, heard) {
            (Self::Called, Heard::Called { .. })
            | (Self::Alerting, Heard::Alerting)
            | (Self::InBand, Heard::InBand)
            | (Self::Progress, Heard::Progress | Heard::InBand)
            | (Self::Forwarded, Heard::Forwarded)
            | (Self::Answered, Heard::Answered { .. })
            | (Self::Alarm, Heard::Alarm) => true,
            (Self::CalledAs(digits), Heard::Called { to, .. }) => to.ends_with(digits),
            (Self::CalledFrom(shown), Heard::Called { from, .. }) => same_number(shown, from),
            (Self::AnsweredBy(shown), Heard::Answered { by }) => same_number(shown, by),
            (Self::Released(party), Heard::Released(who, _))
            | (Self::Suspended(party), Heard::Suspended(who))
            | (Self::Resumed(party), Heard::Resumed(who)) => party == who,
            (Self::ReleasedFor(party, cause), Heard::Released(who, why)) => {
                party == who && *why == Some(*cause)
            }
            _ => false,
        }
    }
}

/// Whether the number shown ends in the digits expected; none is none.
fn same_number(expected: &Option<String>, shown: &Option<String>) -> bool {
    match (expected, shown) {
        (Some(digits), Some(shown)) => shown.ends_with(digits.as_str()),
        (expected, shown) => expected.is_none() && shown.is_none(),
    }
}

impl fmt::Display for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |shown: &Option<String>| shown.clone().unwrap_or_else(|| "no number".into());
        match self {
            Self::Called => f.write_str("a user is called"),
            Self::CalledAs(digits) => write!(f, "the user with {digits} is called"),
            Self::CalledFrom(shown) => write!(f, "a user is called and sees {}", number(shown)),
            Self::Alerting => f.write_str("the caller is told that it rings"),
            Self::InBand => f.write_str("the caller hears the other end"),
            Self::Progress => f.write_str("the caller is told of progress"),
            Self::Forwarded => f.write_str("the caller is told of a forwarding"),
            Self::Answered => f.write_str("the caller is answered"),
            Self::AnsweredBy(shown) => write!(f, "the caller is answered by {}", number(shown)),
            Self::Released(party) => write!(f, "the {party} is released"),
            Self::ReleasedFor(party, cause) => write!(f, "the {party} is released: {cause}"),
            Self::Suspended(party) => write!(f, "the {party} is put on hold"),
            Self::Resumed(party) => write!(f, "the {party} is taken back"),
            Self::Alarm => f.write_str("the staff is alerted"),
        }
    }
}

/// How long a switch may take for what needs no timer, unless the profile says otherwise.
pub(crate) const SOON: Duration = Duration::from_secs(2);
