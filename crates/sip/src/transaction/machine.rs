use super::{client, invite_client, invite_server, server};
use crate::Timer;

/// What may happen to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// A provisional response: received by a client, sent by the user of a server.
    Provisional,
    /// A 2xx: received or sent.
    Success,
    /// A final response of 300 or more: received or sent.
    Failure,
    /// A copy of the request (servers of INVITE and others).
    Copy,
    /// The ACK (server of INVITE).
    Ack,
    /// A timer expired.
    Expired(Timer),
    /// The transport could not send.
    TransportError,
}

impl On {
    pub(crate) const fn response(status: u16) -> Self {
        match status {
            0..200 => Self::Provisional,
            200..300 => Self::Success,
            _ => Self::Failure,
        }
    }
}

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    /// Send the request (client) or the last response (server).
    Send,
    /// Acknowledge a final response other than 2xx.
    Acknowledge,
    /// Hand the response, or the ACK, to the user.
    Deliver,
    /// Start a timer with its first value.
    Start(Timer),
    /// Start a timer with its next value: twice the last, within T2 for all but Timer A.
    Again(Timer),
    /// Start a timer with T2 (§17.1.2.2: Timer E once a provisional response has come).
    Slowly(Timer),
    /// Stop a timer.
    Stop(Timer),
    /// Tell the user that nothing came.
    TimedOut,
    /// Tell the user that a final response is overdue.
    Overdue,
    /// Tell the user that the transport failed.
    Failed,
}

/// The next state, none at the end of the transaction, and what to do.
pub(crate) type Step<State> = (Option<State>, &'static [Do]);

/// One of the four machines of RFC 3261 §17 with its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    InviteClient(invite_client::State),
    Client(client::State),
    InviteServer(invite_server::State),
    Server(server::State),
}

impl Machine {
    pub(crate) fn step(self, on: On) -> Step<Self> {
        match self {
            Self::InviteClient(state) => wrap(state.step(on), Self::InviteClient),
            Self::Client(state) => wrap(state.step(on), Self::Client),
            Self::InviteServer(state) => wrap(state.step(on), Self::InviteServer),
            Self::Server(state) => wrap(state.step(on), Self::Server),
        }
    }

    /// The timers of this machine.
    pub(crate) const fn timers(self) -> &'static [Timer] {
        match self {
            Self::InviteClient(_) => &[Timer::A, Timer::B, Timer::D, Timer::M],
            Self::Client(_) => &[Timer::E, Timer::F, Timer::K],
            Self::InviteServer(_) => &[Timer::G, Timer::H, Timer::I, Timer::L],
            Self::Server(_) => &[Timer::J],
        }
    }

    pub(crate) const fn is_client(self) -> bool {
        matches!(self, Self::InviteClient(_) | Self::Client(_))
    }

    /// Whether a server has no final response yet.
    pub(crate) const fn is_unanswered_server(self) -> bool {
        matches!(
            self,
            Self::InviteServer(invite_server::State::Proceeding)
                | Self::Server(server::State::Trying | server::State::Proceeding)
        )
    }

    /// Whether a client has heard nothing at all yet.
    pub(crate) const fn is_unanswered(self) -> bool {
        matches!(
            self,
            Self::InviteClient(invite_client::State::Calling) | Self::Client(client::State::Trying)
        )
    }
}

fn wrap<State>((next, actions): Step<State>, into: fn(State) -> Machine) -> Step<Machine> {
    (next.map(into), actions)
}
