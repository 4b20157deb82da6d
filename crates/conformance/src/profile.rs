use crate::act::SOON;
use crate::step::Window;
use crate::timers::ANNEX_A;
use base::Duration;
use isup_codec::{CalledPartyNumber, CallingPartysCategory, Cic, Iam, NatureOfAddress, Range};
use std::collections::BTreeMap;

/// Something that not every switch has, or not every driver can do or see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Users that call through the circuits.
    Callers,
    /// Users that are called from the circuits.
    CalledUsers,
    /// Users that put each other on hold, which is SUS and RES on the circuits.
    Hold,
    /// The staff can block a circuit.
    Blocks,
    /// The staff can block circuits by a group message.
    BlocksGroups,
    /// The staff can reset a circuit.
    Resets,
    /// The staff can reset circuits by a group message.
    ResetsGroups,
    /// The staff can test the continuity of a circuit.
    TestsCircuits,
    /// Its check tones can be kept from coming back.
    Tones,
    /// The staff can query circuits.
    Queries,
    /// The bearers can be made to fail.
    Bearers,
    /// The message transfer part can be made to report.
    Network,
    /// The switch can be made to be overloaded.
    Overload,
    /// CQM is answered (national use).
    AnswersQueries,
    /// Messages about circuits that do not exist are answered by UCIC (national use).
    Ucic,
    /// CCR is answered by LPA (national use), and the circuit looped.
    LoopBack,
    /// Checks the continuity of the circuits of its own calls.
    ChecksContinuity,
    /// Numbers arrive in more than one message.
    OverlapIn,
    /// Numbers are sent in more than one message.
    OverlapOut,
    /// Long messages arrive in segments.
    SegmentsIn,
    /// Long messages are sent in segments.
    SegmentsOut,
    /// Asks for the caller's number where the IAM lacks it.
    AsksForCaller,
    /// Propagation delay is counted.
    PropagationDelay,
    /// Propagation delay is counted for calls that come from its own users, too.
    OwnDelay,
    /// A switch through which calls pass to others by ISUP.
    Transit,
    /// Users that can be shown the number that answers.
    ConnectedLine,
    /// Holds calls back after an automatic congestion level.
    CongestionControl,
    /// Bearers of 64 kbit/s that carry anything.
    UnrestrictedBearer,
}

/// What the switch under test is, and what can be done with it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The circuits between it and the tester: neighbouring codes, 2 to 32 of them.
    pub circuits: Vec<Cic>,
    /// A circuit that does not exist there.
    pub unequipped: Cic,
    /// Whether it has the higher point code and with it the even circuits (Q.764 §2.9.1.4).
    pub controls_even: bool,
    /// Who is called, and who calls.
    pub numbers: Numbers,
    /// Its values of timers; of others those of Annex A.
    pub timers: BTreeMap<u8, Window>,
    /// How long the tester waits.
    pub pace: Pace,
    /// What it lacks or the driver cannot do, and why.
    pub lacks: BTreeMap<Need, &'static str>,
    /// Whether the driver sees alarms.
    pub sees_alarms: bool,
    /// Whether the driver sees what the users notice; otherwise the messages have to do.
    pub sees_users: bool,
}

/// Who is called, and who calls.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The called number that reaches a user of the switch, and how it is to be understood.
    pub reaches: (NatureOfAddress, String),
    /// A called number that reaches nobody.
    pub unallocated: (NatureOfAddress, String),
    /// What a user of the switch has to call for the call to go out on the circuits, as it is to
    /// arrive.
    pub calls: String,
    /// The number of the user of the switch that calls, as far as it is to arrive.
    pub caller: String,
}

/// How long the tester waits.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How early or late a timer may be seen to expire.
    pub tolerance: Duration,
    /// How long the switch may take for what needs no timer.
    pub soon: Duration,
    /// How long it must have been silent for that to count as nothing.
    pub quiet: Duration,
    /// The longest case to be run; none: whatever they take.
    pub longest: Option<Duration>,
}

impl Profile {
    /// A switch with these circuits that has everything and whose timers are those of Annex A.
    pub fn new(circuits: Vec<Cic>, controls_even: bool) -> Self {
        let next = circuits.last().map_or(0, |cic| cic.0 + 1);
        Self {
            circuits,
            unequipped: Cic(next),
            controls_even,
            numbers: Numbers {
                reaches: (NatureOfAddress::NATIONAL, "199008001".to_owned()),
                unallocated: (NatureOfAddress::NATIONAL, "299000000".to_owned()),
                calls: "199000001".to_owned(),
                caller: "639980001".to_owned(),
            },
            timers: BTreeMap::new(),
            pace: Pace {
                tolerance: Duration::from_millis(500),
                soon: SOON,
                quiet: Duration::from_millis(500),
                longest: None,
            },
            lacks: BTreeMap::new(),
            sees_alarms: false,
            sees_users: true,
        }
    }

    /// Notes that something is lacking.
    #[must_use]
    pub fn without(mut self, need: Need, why: &'static str) -> Self {
        self.lacks.insert(need, why);
        self
    }

    /// Notes that the switch's value of a timer is known.
    #[must_use]
    pub fn with_timer(mut self, number: u8, value: Duration) -> Self {
        self.timers.insert(number, Window { min: value, max: value });
        self
    }

    /// When what needs no timer has to have happened.
    pub const fn soon(&self) -> Window {
        Window { min: Duration::ZERO, max: self.pace.soon }
    }

    /// When a timer has to be seen to expire.
    pub fn timer(&self, number: u8) -> Window {
        let annex = ANNEX_A.iter().find(|row| row.number == number);
        let annex = annex.map(|row| Window { min: row.min, max: row.max });
        let value = self.timers.get(&number).copied().or(annex).unwrap_or(self.soon());
        Window {
            min: value.min.saturating_sub(self.pace.tolerance).max(Duration::from_nanos(1)),
            max: value.max + self.pace.tolerance,
        }
    }

    /// The n-th circuit that the tester controls.
    pub fn ours(&self, n: usize) -> Cic {
        self.nth(n, !self.controls_even)
    }

    /// The n-th circuit that the switch controls.
    pub fn theirs(&self, n: usize) -> Cic {
        self.nth(n, self.controls_even)
    }

    fn nth(&self, n: usize, even: bool) -> Cic {
        let mut circuits = self.circuits.iter().filter(|cic| cic.0.is_multiple_of(2) == even);
        circuits.nth(n).or(self.circuits.first()).copied().unwrap_or_default()
    }

    /// The first circuit, about which messages about all of them are sent.
    pub fn first(&self) -> Cic {
        self.circuits.first().copied().unwrap_or_default()
    }

    /// All circuits, from the first one on.
    pub fn range(&self) -> Range {
        Range::of(self.circuits.len()).unwrap_or(Range(1))
    }

    /// An IAM for a user of the switch, complete.
    pub fn iam(&self) -> Iam {
        let (nature, digits) = &self.numbers.reaches;
        Iam::new(number(*nature, digits), CallingPartysCategory::ORDINARY)
    }

    /// An IAM for nobody.
    pub fn iam_for_nobody(&self) -> Iam {
        let (nature, digits) = &self.numbers.unallocated;
        Iam::new(number(*nature, digits), CallingPartysCategory::ORDINARY)
    }
}

/// A called party number with its end; digits that are none give an empty one.
pub(crate) fn number(nature: NatureOfAddress, digits: &str) -> CalledPartyNumber {
    CalledPartyNumber::new(nature, digits.parse().unwrap_or_default())
}
