use crate::io::SetupError;
use crate::timers::TimerName;
use base::Class;
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
    /// `no_transceiver` was free. And those of the peer: refused, for there is `no_loop`, or the
    /// call is an emergency call and has `gone_without`.
    pub checks: BTreeMap<&'static str, u64>,
    /// Calls refused because the call table was full.
    pub table_full: u64,
    /// Calls of the peer refused, on circuits that only we seize.
    pub wrong_direction: u64,
    /// Calls of the peer refused, for the idle circuits are kept for ours.
    pub incoming_reserved: u64,
    /// Indications of congestion by the message transfer part, those within T29 too
    /// (Q.764 §2.10.2).
    pub congestion_indications: u64,
    /// Those of them that fell into T29.
    pub congestion_ignored: u64,
    /// Automatic congestion levels that peers told us (Q.764 §2.11.1).
    pub levels_received: u64,
    /// Releases that told a peer ours (Q.764 §2.11.2).
    pub levels_sent: u64,
    /// OLMs that took a circuit from a call (Q.764 §2.9.9).
    pub overloads: u64,
    /// Calls held back because the peer is congested.
    pub held_back: BTreeMap<Class, u64>,
    /// Second pieces of messages that did not come (Q.764 §2.1.12).
    pub segments_missed: u64,
    /// Verbs for calls in a state in which they mean nothing.
    pub misused: u64,
}

impl Stats {
    /// The plain counters, by the names that metrics give them.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("malformed", self.malformed),
            ("unknown_type", self.unknown_type),
            ("unsendable", self.unsendable),
            ("unknown_peer", self.unknown_peer),
            ("unequipped", self.unequipped),
            ("unexpected", self.unexpected),
            ("unmatched", self.unmatched),
            ("misused", self.misused),
            ("dual_seizures_won", self.dual_seizures_won),
            ("dual_seizures_lost", self.dual_seizures_lost),
            ("table_full", self.table_full),
            ("wrong_direction", self.wrong_direction),
            ("incoming_reserved", self.incoming_reserved),
            ("segments_missed", self.segments_missed),
            ("congestion_indications", self.congestion_indications),
            ("congestion_ignored", self.congestion_ignored),
            ("levels_received", self.levels_received),
            ("levels_sent", self.levels_sent),
            ("overloads", self.overloads),
        ]
        .into_iter()
    }
}
