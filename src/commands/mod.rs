//! What each command of the command line does, other than `run`.

mod check;
mod circuits;
mod client;
mod originate;
mod route;
mod show;
mod signalling;

pub(crate) use check::check;
pub(crate) use circuits::{on_circuits, range};
pub(crate) use originate::originate;
pub(crate) use route::route;
pub(crate) use show::{calls, status, trunks};
pub(crate) use signalling::{alarms, on_links};

/// How a command ended: the exit codes of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Fine,
    /// The thing asked about is wrong.
    Wrong,
    /// The gateway could not be reached.
    Unreachable,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        // 2, bad usage, is given by the reader of the command line.
        Self::from(match exit {
            Exit::Fine => 0_u8,
            Exit::Wrong => 1,
            Exit::Unreachable => 3,
        })
    }
}
