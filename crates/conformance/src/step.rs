use crate::act::{Act, Ear};
use crate::pattern::Pattern;
use base::Duration;
use isup_codec::{Cic, Message, MessageType};
use std::fmt;

/// When something has to happen. With a least value it is counted from the last message that
/// passed; without, from when the case had got there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not sooner.
    pub min: Duration,
    /// Not later.
    pub max: Duration,
}

/// The circuit of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// This one.
    Cic(Cic),
    /// Any that the switch takes for a call of its own; it is picked from then on.
    New,
    /// The same, but not the one picked last.
    Another,
    /// The one picked so many picks ago, the last one being 0.
    Picked(u8),
}

/// What happens next in a case.
#[derive(Clone, Debug)]
pub enum Step {
    /// The tester sends.
    Send(On, Message),
    /// The tester sends octets: the message type, and what follows it.
    SendRaw(On, MessageType, Vec<u8>),
    /// The switch sends.
    Expect(On, Pattern, Window),
    /// The switch sends nothing for so long.
    Quiet(Duration),
    /// The switch sends the same again and again, until it sends something else or nothing more.
    Repeats(Box<Repeats>),
    /// The upper tester acts.
    Do(Act),
    /// The upper tester notices.
    Hear(Ear, Window),
    /// The upper tester notices, whatever it notices before.
    HearLast(Ear, Window),
}

/// The same message again and again.
#[derive(Clone, Debug)]
pub struct Repeats {
    /// About which circuit.
    pub on: On,
    /// What.
    pub what: Pattern,
    /// The time from one to the next.
    pub gap: Window,
    /// What ends it; none: that the next one does not come.
    pub then: Option<Pattern>,
    /// When that, or the last one, comes, counted from the last message before the first.
    pub until: Window,
}

impl Step {
    /// How long it lasts at most, what needs no timer left out.
    pub(crate) fn lasts(&self) -> Duration {
        match self {
            Self::Expect(_, _, window) | Self::Hear(_, window) if !window.min.is_zero() => {
                window.max
            }
            Self::Repeats(repeats) => repeats.until.max,
            Self::Quiet(time) => *time,
            _ => Duration::ZERO,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (self.min.as_secs_f32(), self.max.as_secs_f32());
        if self.min.is_zero() {
            write!(f, "within {max} s")
        } else {
            write!(f, "after {min} to {max} s")
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cic(cic) => write!(f, "{cic}"),
            Self::New => f.write_str("a circuit of its choice"),
            Self::Another => f.write_str("another circuit"),
            Self::Picked(0) => f.write_str("the circuit taken"),
            Self::Picked(_) => f.write_str("the circuit taken before"),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(on, message) => write!(f, "→ {} on {on}", message.message_type()),
            Self::SendRaw(on, kind, _) => write!(f, "→ {kind} on {on}, written by hand"),
            Self::Expect(on, pattern, window) => write!(f, "← {pattern} on {on} {window}"),
            Self::Quiet(time) => write!(f, "nothing for {} s", time.as_secs_f32()),
            Self::Repeats(repeats) => {
                let Repeats { on, what, gap, then, until } = &**repeats;
                write!(f, "← {what} on {on} again each time {gap}, ")?;
                match then {
                    Some(then) => write!(f, "then {then} {until}"),
                    None => write!(f, "the last one {until}"),
                }
            }
            Self::Do(act) => write!(f, "{act}"),
            Self::Hear(ear, window) | Self::HearLast(ear, window) => write!(f, "{ear} {window}"),
        }
    }
}

impl From<Cic> for On {
    fn from(cic: Cic) -> Self {
        Self::Cic(cic)
    }
}
