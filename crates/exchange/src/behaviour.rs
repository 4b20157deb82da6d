use crate::Source;
use base::{Cause, Duration};
use isup_codec::{CalledStatus, EventIndicator, location};

/// One thing that a called party, or its exchange, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// ACM.
    AddressComplete {
        /// Whether the subscriber is free and rings.
        status: CalledStatus,
        /// Whether there is something to hear instead.
        in_band: bool,
    },
    /// CPG.
    Progress(EventIndicator),
    /// ANM.
    Answer {
        /// Whether it names the number that answered.
        connected: bool,
    },
    /// CON.
    Connect,
    /// The circuit's time slot carries this from now on.
    Play(Source),
    /// The next step comes so much later.
    Wait(Duration),
    /// SUS by the network.
    Suspend,
    /// RES by the network.
    Resume,
    /// REL.
    Release {
        /// Why.
        cause: Cause,
        /// Where the cause arose.
        location: u8,
        /// The automatic congestion level that goes with it.
        congestion_level: Option<u8>,
    },
}

/// What happens when numbers `1 99 00 XX yy` are called, by XX. After the last step the call
/// stays as it is until it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The first XX.
    pub from: u8,
    /// The last XX.
    pub to: u8,
    /// In a few words.
    pub name: &'static str,
    /// What happens, in order.
    pub steps: &'static [Step],
}

const FREE: Step = Step::AddressComplete { status: CalledStatus::SUBSCRIBER_FREE, in_band: false };
const NO_INDICATION: Step =
    Step::AddressComplete { status: CalledStatus::NO_INDICATION, in_band: false };
const IN_BAND: Step = Step::AddressComplete { status: CalledStatus::NO_INDICATION, in_band: true };
const ANSWER: Step = Step::Answer { connected: false };
const RING: Step = Step::Play(Source::Ringback);
const ECHO: Step = Step::Play(Source::Echo);

const fn wait(millis: u64) -> Step {
    Step::Wait(Duration::from_millis(millis))
}

const fn release(cause: Cause, location: u8) -> Step {
    Step::Release { cause, location, congestion_level: None }
}

const fn row(number: u8, name: &'static str, steps: &'static [Step]) -> Behaviour {
    Behaviour { from: number, to: number, name, steps }
}

/// The table of the demo. What has no row is an unallocated number.
pub const BEHAVIOURS: &[Behaviour] = &[
    row(0, "answers at once", &[FREE, ANSWER, ECHO]),
    row(1, "rings 3 s, answers", &[FREE, RING, wait(3_000), ANSWER, ECHO]),
    row(2, "user busy", &[release(Cause::USER_BUSY, location::USER)]),
    row(3, "rings for ever", &[FREE, RING]),
    row(4, "unallocated", UNALLOCATED),
    row(
        5,
        "congestion",
        &[Step::Release {
            cause: Cause::SWITCHING_EQUIPMENT_CONGESTION,
            location: location::PUBLIC_LOCAL,
            congestion_level: Some(1),
        }],
    ),
    row(6, "silent", &[]),
    row(
        7,
        "answers, hangs up after 5 s",
        &[FREE, ANSWER, ECHO, wait(5_000), release(Cause::NORMAL_CLEARING, location::USER)],
    ),
    row(
        8,
        "announcement, number changed",
        &[
            IN_BAND,
            Step::Play(Source::Tone { hertz: 425, dbm0: -10 }),
            wait(2_000),
            release(Cause::NUMBER_CHANGED, location::PUBLIC_LOCAL),
        ],
    ),
    row(
        9,
        "answers, suspends after 1 s, resumes after 1 s more",
        &[FREE, ANSWER, ECHO, wait(1_000), Step::Suspend, wait(1_000), Step::Resume],
    ),
    row(10, "connects without address complete", &[Step::Connect, ECHO]),
    row(
        11,
        "answers, plays 1004 Hz",
        &[FREE, ANSWER, Step::Play(Source::Tone { hertz: 1_004, dbm0: -10 })],
    ),
    row(
        12,
        "address complete, alerting, progress, answer with connected number",
        &[
            NO_INDICATION,
            wait(PAUSE),
            Step::Progress(EventIndicator::ALERTING),
            RING,
            wait(PAUSE),
            Step::Progress(EventIndicator::PROGRESS),
            wait(PAUSE),
            Step::Answer { connected: true },
            ECHO,
        ],
    ),
    Behaviour {
        from: 90,
        to: 99,
        name: "answering point: rings 1 s, answers",
        steps: &[FREE, RING, wait(1_000), ANSWER, ECHO],
    },
];

/// Between the messages of row 12, so that they are seen one by one.
const PAUSE: u64 = 300;

pub(crate) const UNALLOCATED: &[Step] = &[release(Cause::UNALLOCATED, location::PUBLIC_LOCAL)];

/// What follows the trunk prefix in every number with a behaviour.
const PREFIX: &str = "19900";

/// The steps for a national significant number.
pub(crate) fn steps(national: &str) -> &'static [Step] {
    let xx = national
        .strip_prefix(PREFIX)
        .filter(|rest| rest.len() == 4)
        .and_then(|rest| rest.get(..2))
        .and_then(|xx| xx.parse::<u8>().ok());
    let row = xx.and_then(|xx| BEHAVIOURS.iter().find(|row| (row.from..=row.to).contains(&xx)));
    row.map_or(UNALLOCATED, |row| row.steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_digits() {
        let row = |xx: u8| {
            let row = BEHAVIOURS.iter().find(|row| (row.from..=row.to).contains(&xx));
            row.unwrap().steps
        };
        assert_eq!(steps("199000000"), row(0));
        assert_eq!(steps("199001299"), row(12));
        for xx in 90..=99 {
            assert_eq!(steps(&format!("19900{xx}00")), row(90));
        }
        for other in ["199001300", "199008000", "19900000", "1990000000", "", "19900A100", "112"] {
            assert_eq!(steps(other), UNALLOCATED, "{other}");
        }
    }

    #[test]
    fn no_row_hides_another() {
        for pair in BEHAVIOURS.windows(2) {
            assert!(pair[0].from <= pair[0].to && pair[0].to < pair[1].from);
        }
    }
}
