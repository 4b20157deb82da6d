//! What may happen to two exchanges and to what lies between them.

use super::CICS;
use crate::{Control, Operation, Selection};
use mtp::sap::UnavailabilityCause;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    AddressComplete,
    Progress,
    Answer,
    Connect,
}

/// How the group is set up, seen from the first end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) selection: Selection,
    pub(super) control: Control,
    pub(super) query: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self { selection: Selection::Method2, control: Control::PointCode, query: false }
    }
}

/// `end` is 0 or 1; `pick`, `from` and `to` choose among the calls or circuits there.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Setup {
        end: usize,
        emergency: bool,
    },
    /// At both ends in the same moment.
    SetupBoth {
        emergency: bool,
    },
    Reply {
        end: usize,
        pick: usize,
        reply: Reply,
    },
    Release {
        end: usize,
        pick: usize,
    },
    Suspend {
        end: usize,
        pick: usize,
        by_network: bool,
        on: bool,
    },
    Block {
        end: usize,
        pick: usize,
        on: bool,
    },
    Reset {
        end: usize,
        pick: usize,
    },
    /// The staff does something with circuits that lie together.
    Operate {
        end: usize,
        from: usize,
        to: usize,
        operation: Operation,
    },
    Test {
        end: usize,
        pick: usize,
    },
    /// Speech passes on a circuit or does not, which no span knows.
    Path {
        pick: usize,
        good: bool,
    },
    Bearers {
        end: usize,
        from: usize,
        to: usize,
        usable: bool,
    },
    Wait {
        millis: u64,
    },
    /// The next so many messages from this end are lost.
    Lose {
        end: usize,
        messages: usize,
    },
    /// The next so many messages from this end arrive twice, as after a changeover.
    Repeat {
        end: usize,
        messages: usize,
    },
    /// What this end sends about a circuit takes so long from now on. Messages with one link
    /// selection keep their sequence, those with others overtake them (Q.704 §2.2.4).
    Delay {
        end: usize,
        pick: usize,
        millis: u64,
    },
    /// MTP-PAUSE or MTP-RESUME at both ends; what is under way is lost.
    Link {
        up: bool,
    },
    /// The same at one end: what it sends goes nowhere, what the other one sends arrives.
    Reach {
        end: usize,
        up: bool,
    },
    /// MTP-STATUS: congestion.
    Congested {
        end: usize,
        level: u8,
    },
    /// MTP-STATUS: the user part at the other end does not answer.
    UserPart {
        end: usize,
        why: UnavailabilityCause,
    },
    /// The exchange is overloaded so far (Q.764 §2.11.1).
    Overload {
        end: usize,
        level: Option<u8>,
    },
    /// The exchange starts anew, with what was saved of its circuits or without; `paused`: the
    /// other end is told. It hears nothing for so long; none: and nothing is under way.
    Restart {
        end: usize,
        saved: bool,
        paused: bool,
        millis: u64,
    },
}

const ENDS: std::ops::Range<usize> = 0..2;
const PLACES: std::ops::Range<usize> = 0..CICS.len();

pub(super) fn setting() -> impl Strategy<Value = Setting> {
    let selections = vec![
        Selection::Method2,
        Selection::Method1,
        Selection::EvenOdd,
        Selection::MostIdle,
        Selection::Clockwise,
        Selection::LowestFirst,
    ];
    let controls = vec![Control::PointCode, Control::Even, Control::All, Control::None];
    let parts =
        (proptest::sample::select(selections), proptest::sample::select(controls), any::<bool>());
    parts.prop_map(|(selection, control, query)| Setting { selection, control, query })
}

pub(super) fn calls() -> impl Strategy<Value = Step> {
    let pick = || 0..8usize;
    let reply = prop_oneof![
        Just(Reply::AddressComplete),
        Just(Reply::Progress),
        Just(Reply::Answer),
        Just(Reply::Connect)
    ];
    prop_oneof![
        6 => (ENDS, any::<bool>()).prop_map(|(end, emergency)| Step::Setup { end, emergency }),
        2 => any::<bool>().prop_map(|emergency| Step::SetupBoth { emergency }),
        8 => (ENDS, pick(), reply).prop_map(|(end, pick, reply)| Step::Reply { end, pick, reply }),
        4 => (ENDS, pick()).prop_map(|(end, pick)| Step::Release { end, pick }),
        2 => (ENDS, pick(), any::<bool>(), any::<bool>())
            .prop_map(|(end, pick, by_network, on)| Step::Suspend { end, pick, by_network, on }),
        8 => (0..100u64).prop_map(|millis| Step::Wait { millis }),
        2 => (0..10_000u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

pub(super) fn supervision() -> impl Strategy<Value = Step> {
    let operations =
        [Operation::Block, Operation::Unblock, Operation::Reset, Operation::Query].to_vec();
    prop_oneof![
        3 => (ENDS, PLACES, any::<bool>())
            .prop_map(|(end, pick, on)| Step::Block { end, pick, on }),
        2 => (ENDS, PLACES).prop_map(|(end, pick)| Step::Reset { end, pick }),
        5 => (ENDS, PLACES, PLACES, proptest::sample::select(operations))
            .prop_map(|(end, from, to, operation)| Step::Operate { end, from, to, operation }),
        2 => (ENDS, PLACES).prop_map(|(end, pick)| Step::Test { end, pick }),
        4 => (ENDS, PLACES, PLACES, any::<bool>())
            .prop_map(|(end, from, to, usable)| Step::Bearers { end, from, to, usable }),
        1 => (ENDS, 0..3u8).prop_map(|(end, level)| Step::Congested { end, level }),
        1 => (ENDS, proptest::option::of(1..3u8))
            .prop_map(|(end, level)| Step::Overload { end, level }),
    ]
}

pub(super) fn trouble() -> impl Strategy<Value = Step> {
    let why = (0..3u8).prop_map(UnavailabilityCause);
    prop_oneof![
        4 => (ENDS, 1..6usize).prop_map(|(end, messages)| Step::Lose { end, messages }),
        2 => (ENDS, 1..6usize).prop_map(|(end, messages)| Step::Repeat { end, messages }),
        3 => any::<bool>().prop_map(|up| Step::Link { up }),
        2 => (ENDS, any::<bool>()).prop_map(|(end, up)| Step::Reach { end, up }),
        1 => (ENDS, why).prop_map(|(end, why)| Step::UserPart { end, why }),
        2 => (PLACES, any::<bool>()).prop_map(|(pick, good)| Step::Path { pick, good }),
        2 => (ENDS, any::<bool>(), any::<bool>(), 200..5_000u64).prop_map(
            |(end, saved, paused, millis)| Step::Restart { end, saved, paused, millis }
        ),
        1 => (0..400_000u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

/// Links of different length, so that messages about different circuits overtake each other: but
/// none is slower than a question, its answer and a third message by others.
pub(super) fn delays() -> impl Strategy<Value = Step> {
    (ENDS, PLACES, 20..56u64).prop_map(|(end, pick, millis)| Step::Delay { end, pick, millis })
}
