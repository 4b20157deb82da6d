use crate::timers::TimerName;
use base::{Cause, Class, SlotKey};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CallingPartyNumber, CallingPartysCategory, CauseIndicators,
    Cic, Con, ConnectedNumber, Cpg, Iam,
};
use mtp::sap;
use std::fmt;

/// A trunk group: its position in [`crate::Config::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GroupId(pub u16);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A call on a circuit. Dead after [`Event::Ended`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub SlotKey);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A continuity check of ours. Told apart from all others, also on the same circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub u32);

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What may happen to an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The message transfer part reports.
    Mtp(sap::Indication),
    /// Circuits lost their span, or have it back.
    Bearers {
        /// The trunk group.
        group: GroupId,
        /// The circuits concerned.
        cics: Vec<Cic>,
        /// Whether speech can pass.
        usable: bool,
    },
    /// A check that an [`Event::Check`] began has a result. What comes after it ended means
    /// nothing.
    Checked {
        /// Which.
        check: CheckId,
        /// Whether the tone came back, and ended when it was no longer sent; else it cannot be
        /// sent at all.
        passed: bool,
    },
}

/// What an exchange wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// MTP-TRANSFER request.
    Mtp(sap::Transfer),
    /// Something to know.
    Event(Event),
}

/// What call control learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The peer seized a circuit and the called number is complete. The call is of class
    /// [`Class::Ordinary`] until [`crate::Isup::set_class`] or [`crate::Isup::admit`].
    Incoming {
        /// The new call.
        call: CallId,
        /// The trunk group.
        group: GroupId,
        /// The circuit.
        cic: Cic,
        /// The IAM, with the digits of the SAMs that followed.
        iam: Box<Iam>,
    },
    /// ACM.
    AddressComplete {
        /// The call.
        call: CallId,
        /// The message.
        acm: Acm,
    },
    /// CPG.
    Progress {
        /// The call.
        call: CallId,
        /// The message.
        cpg: Cpg,
    },
    /// ANM or CON.
    Answer {
        /// The call.
        call: CallId,
        /// Backward call indicators; CON always has them.
        backward: Option<BackwardCallIndicators>,
        /// Who answered.
        connected: Option<ConnectedNumber>,
        /// Whether it was CON.
        con: bool,
    },
    /// INF or IRS: what the peer knows of the caller.
    Information {
        /// The call.
        call: CallId,
        /// Who calls.
        calling: Option<Box<CallingPartyNumber>>,
        /// What kind of caller it is.
        category: Option<CallingPartysCategory>,
    },
    /// SUS.
    Suspended {
        /// The call.
        call: CallId,
        /// By the network, or by the user.
        by_network: bool,
    },
    /// RES.
    Resumed {
        /// The call.
        call: CallId,
        /// By the network, or by the user.
        by_network: bool,
    },
    /// The call is over, and not because we released it; at most once. The circuit is being
    /// cleared.
    Released {
        /// The call.
        call: CallId,
        /// Why.
        cause: CauseIndicators,
        /// The peer's automatic congestion level (Q.764 §2.11.1), which is heeded here already.
        congestion_level: Option<u8>,
        /// By whom.
        by: ReleasedBy,
    },
    /// This circuit will not do, but nothing is known against the call itself: it is to be tried
    /// again on another circuit (Q.764 §2.8.1, §2.9.1.4). Given instead of `Released`, and only
    /// while no backward message was given.
    Lost {
        /// The call.
        call: CallId,
    },
    /// The circuit is free of this call. Exactly once, and last.
    Ended {
        /// The call.
        call: CallId,
    },
    /// The peer of this group, or the way to it, is congested, more or less than before.
    Congestion {
        /// The trunk group.
        group: GroupId,
        /// What part of the ordinary calls is held back from now on, in percent; 0: none.
        held_back: u8,
        /// Whether more than before.
        worse: bool,
    },
    /// Whether calls can use the group at all.
    GroupUsable {
        /// The trunk group.
        group: GroupId,
        /// Whether the peer is reachable and at least one circuit is in service.
        usable: bool,
    },
    /// Speech of this circuit is to be sent back to the peer while it checks the continuity, or no
    /// longer (Q.764 §2.1.8).
    Loop {
        /// The trunk group.
        group: GroupId,
        /// The circuit.
        cic: Cic,
        /// Whether the loop is to be connected.
        on: bool,
    },
    /// Our check tone is to be sent on this circuit instead of speech, and its return to be told by
    /// [`Input::Checked`], or no longer (Q.724 §7).
    Check {
        /// The trunk group.
        group: GroupId,
        /// The circuit.
        cic: Cic,
        /// Which check.
        check: CheckId,
        /// Whether the transceiver is to be connected.
        on: bool,
    },
    /// What came of [`crate::Isup::test`].
    Tested {
        /// The trunk group.
        group: GroupId,
        /// The circuit.
        cic: Cic,
        /// What.
        result: TestResult,
    },
    /// Something for the maintenance staff.
    Alarm {
        /// The trunk group.
        group: GroupId,
        /// The circuit, or the first of several.
        cic: Cic,
        /// What happened.
        what: &'static str,
    },
    /// What an alarm was raised for is in order again. An alarm may have been raised more than once
    /// until then; this comes once.
    AlarmCleared {
        /// The trunk group.
        group: GroupId,
        /// The circuit that the alarm named.
        cic: Cic,
        /// What had happened.
        what: &'static str,
    },
}

/// The user part of the peer does not answer, or is not there (Q.764 §2.13).
pub(crate) const USER_PART_UNAVAILABLE: &str = "remote user part unavailable";
/// The peer leaves queries unanswered (Annex A, T28).
pub(crate) const QUERY_UNANSWERED: &str = "no circuit group query response";

/// Whether an alarm is about the exchange at the other end, not about the circuit that it names.
pub fn is_about_peer(alarm: &str) -> bool {
    [USER_PART_UNAVAILABLE, QUERY_UNANSWERED].contains(&alarm)
}

/// What came of a circuit test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestResult {
    /// Speech can pass both ways.
    Passed,
    /// Nothing came back. The circuit is tested again until it passes.
    Failed,
    /// The tone could not be sent. The circuit is tested again until it passes.
    Unsent,
    /// The peer has released the circuit, which says nothing of it.
    Refused,
    /// The peer says that it has no such circuit.
    Unequipped,
    /// A call, a reset or a check of the peer was first.
    Overtaken,
}

impl TestResult {
    /// The name in commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unsent => "unsent",
            Self::Refused => "refused",
            Self::Unequipped => "unequipped",
            Self::Overtaken => "overtaken",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "the tone came back over the loop of the peer",
            Self::Failed => {
                "the tone did not come back in time; until it does the circuit is used by no call \
                 of ours, and it is tested again by T25 and T26"
            }
            Self::Unsent => {
                "the tone could not be sent on the time slot; the circuit is tested again by T25 \
                 and T26"
            }
            Self::Refused => "the peer has released the circuit, which says nothing of it",
            Self::Unequipped => "the peer says that it has no such circuit",
            Self::Overtaken => "a call, a reset or a check of the peer was first",
        }
    }
}

/// Why a circuit test does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TestError {
    /// There is no such circuit.
    #[error("no such circuit")]
    NoSuchCircuit,
    /// It carries a call, is being reset or is being checked.
    #[error("the circuit carries a call, or is being reset or checked")]
    Busy,
    /// It is blocked for a failure, by us or by the peer.
    #[error("the circuit is blocked for a failure of its span or of the peer's equipment")]
    BlockedForFailure,
    /// The peer has no such circuit.
    #[error("the peer says that it has no such circuit")]
    Unequipped,
    /// The peer cannot be reached.
    #[error("the peer cannot be reached")]
    Unreachable,
    /// As many circuits are being checked as may be.
    #[error("all transceivers are in use")]
    NoTransceiver,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleasedBy {
    /// The peer's REL, or a message that means as much.
    Peer,
    /// We did, for this timer expired.
    Timer(TimerName),
    /// The circuit was reset by the peer, or by us.
    Reset,
    /// The bearer of the circuit failed.
    Blocking,
    /// There is no user part at the peer.
    Mtp,
}

/// What an incoming call may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backward {
    /// ACM; sent as CPG once an ACM has gone.
    AddressComplete(Acm),
    /// CPG; sent as ACM while none has gone.
    Progress(Cpg),
    /// ANM; sent as CON while no ACM has gone.
    Answer(Anm),
    /// CON; sent as ANM once an ACM has gone.
    Connect(Con),
}

/// Why a circuit was not seized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SetupError {
    /// There is no such trunk group.
    #[error("no such trunk group")]
    NoSuchGroup,
    /// No circuit is idle, or the idle ones are kept for emergency calls.
    #[error("all circuits are busy")]
    AllBusy,
    /// The peer cannot be reached.
    #[error("the peer cannot be reached")]
    Unreachable,
    /// Every circuit is blocked, being reset or unequipped.
    #[error("no circuit is in service")]
    NotUsable,
    /// Only the peer seizes the circuits of this group.
    #[error("the circuits are for incoming calls only")]
    WrongDirection,
    /// The peer is congested, and this is one of the calls that are kept from it
    /// (Q.764 §2.10, §2.11). No emergency call is.
    #[error("the peer is congested")]
    HeldBack,
    /// The call table is full.
    #[error("the call table is full")]
    TableFull,
    /// The IAM cannot be written.
    #[error("the IAM is too long or wrong")]
    BadIam,
}

impl SetupError {
    /// The name in metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoSuchGroup => "no_such_group",
            Self::AllBusy => "all_busy",
            Self::Unreachable => "unreachable",
            Self::NotUsable => "not_usable",
            Self::WrongDirection => "wrong_direction",
            Self::HeldBack => "held_back",
            Self::TableFull => "table_full",
            Self::BadIam => "bad_iam",
        }
    }

    /// The cause to give to the caller.
    pub const fn cause(self) -> Cause {
        match self {
            Self::NoSuchGroup => Cause::NO_ROUTE_TO_DESTINATION,
            Self::AllBusy | Self::WrongDirection => Cause::NO_CIRCUIT_AVAILABLE,
            Self::Unreachable => Cause::NETWORK_OUT_OF_ORDER,
            Self::NotUsable => Cause::TEMPORARY_FAILURE,
            Self::HeldBack | Self::TableFull => Cause::SWITCHING_EQUIPMENT_CONGESTION,
            Self::BadIam => Cause::INTERWORKING,
        }
    }
}

/// One circuit as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitView {
    /// The trunk group.
    pub group: GroupId,
    /// The circuit identification code.
    pub cic: Cic,
    /// `idle`, `outgoing`, `incoming`, `releasing`, `blocked`, `reset`, `unavailable`, `checking`.
    pub state: &'static str,
    /// The class of the call on it.
    pub class: Option<Class>,
    /// The call on it.
    pub call: Option<CallId>,
    /// Who has blocked it, and why.
    pub blocking: BlockingView,
}

/// Who has blocked a circuit, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockingView {
    /// We want it blocked for maintenance.
    pub maintenance_here: bool,
    /// The peer has blocked it for maintenance.
    pub maintenance_there: bool,
    /// We want it blocked for a failure.
    pub failure_here: bool,
    /// The peer has blocked it for a failure.
    pub failure_there: bool,
    /// What we want has yet to be acknowledged by the peer.
    pub unacknowledged: bool,
}
