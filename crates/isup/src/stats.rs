use crate::io::SetupError;
use crate::timers::TimerName;
use isup_codec::MessageType;
use std::collections::BTreeMap;

/// Counters since the start; each only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages received, by type.
    pub received: BTreeMap<MessageType, u64>,
    /// Messages sent, by type.
    pub sent: BTreeMap<MessageType, u64>,
    /// Messages of a nation's own about calls, by type.
    pub national: BTreeMap<MessageType, u64>,
    /// Timers expired.
    pub expired: BTreeMap<TimerName, u64>,
    /// Alarms, by their text.
    pub alarms: BTreeMap<&'static str, u64>,
    /// Set-ups refused.
    pub refused: BTreeMap<SetupError, u64>,
    /// Messages that could not be read.
    pub malformed: u64,
    /// Messages of types that we do not know.
    pub unknown_type: u64,
    /// Messages that could not be written.
    pub unsendable: u64,
    /// Messages from exchanges to which no circuit leads, or not for us.
    pub unknown_peer: u64,
    /// Messages for circuits that we do not have.
    pub unequipped: u64,
    /// Messages that the state of the circuit gives no meaning (Q.764 §2.9.5.1).
    pub unexpected: u64,
    /// Changes of what is kept over a restart ([`crate::Isup::saved`]).
    pub kept_changes: u64,
    /// Differences that queries showed, by what was done about them.
    pub mended: BTreeMap<&'static str, u64>,
    /// Answers to group messages that fit no question of ours.
    pub unmatched: u64,
    /// Dual seizures in which our call went on.
    pub dual_seizures_won: u64,
    /// Dual seizures in which our call had to find another circuit.
    pub dual_seizures_lost: u64,
    /// Our continuity checks, by what came of them: `passed` and `failed` for a call, `test_passed`
    /// and `test_failed` outside of one, `ignored` by a peer that went on without COT,
    /// `no_transceiver` was free. And those of the peer that were refused, for there is `no_loop`.
    pub checks: BTreeMap<&'static str, u64>,
    /// Calls refused because the call table was full.
    pub table_full: u64,
    /// Calls of the peer refused, on circuits that only we seize.
    pub wrong_direction: u64,
    /// Calls of the peer refused, for the idle circuits are kept for ours.
    pub incoming_reserved: u64,
    /// Second pieces of messages that did not come (Q.764 §2.1.12).
    pub segments_missed: u64,
    /// Verbs for calls in a state in which they mean nothing.
    pub misused: u64,
}
