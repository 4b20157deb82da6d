use crate::TimeSlot;
use isup::{CallId, CheckId};
use mtp::{LineInput, SignalUnit};
use tdm::{LineCommand, LineEvent, Unit};

/// What may happen to an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "signal units cross the rings by value")]
pub enum Input {
    /// The line of a signalling link reports.
    Line {
        /// Which link.
        link: mtp::LinkId,
        /// What.
        event: LineEvent,
    },
    /// The connection of an M3UA association reports.
    Association {
        /// Which association.
        association: mtp::m3ua::AssociationId,
        /// What.
        event: mtp::m3ua::Event,
    },
    /// A check tone of [`Source::CheckTone`] came back, and ended.
    CheckPassed {
        /// Which check.
        check: CheckId,
    },
    /// A span lost its signal, or has it back.
    Span {
        /// Which span.
        span: u16,
        /// Whether there is a signal now.
        up: bool,
    },
}

/// What an exchange wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "signal units cross the rings by value")]
pub enum Output {
    /// For the line of a signalling link.
    Line {
        /// Which link.
        link: mtp::LinkId,
        /// What to do.
        command: LineCommand,
    },
    /// For the connection of an M3UA association.
    Association {
        /// Which association.
        association: mtp::m3ua::AssociationId,
        /// What to do.
        command: mtp::m3ua::Command,
    },
    /// For [`crate::Bearers`]: what a time slot carries from now on.
    Bearer {
        /// Which time slot.
        slot: TimeSlot,
        /// What it carries.
        source: Source,
    },
}

/// What the exchange sends in a time slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The idle pattern.
    #[default]
    Idle,
    /// What was received in the time slot, one block later.
    Echo,
    /// A steady tone.
    Tone {
        /// Its frequency.
        hertz: u16,
        /// Its level.
        dbm0: i8,
    },
    /// The ringing tone.
    Ringback,
    /// What is received, at once: the peer checks the continuity.
    Loop,
    /// Our check tone, until it has come back.
    CheckTone(CheckId),
    /// The loop or the check tone ends, where it has not made place for something else.
    EndCheck,
}

/// Why an exchange wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A timer of the message transfer part.
    Mtp(mtp::Timer),
    /// A timer of the ISDN user part.
    Isup(isup::Timer),
    /// The next step of a called party's behaviour.
    Step(CallId),
    /// The end of a placed call.
    Hold(CallId),
    /// The next digit of a placed call.
    Digit(CallId),
    /// The next call of a batch.
    Place(u64),
}

/// What `mtp` makes of a report; nothing is longer than a signal unit there.
pub(crate) fn line_input(event: LineEvent) -> Option<LineInput> {
    Some(match event {
        LineEvent::SignalUnit(unit) => {
            LineInput::SignalUnit(SignalUnit::from_slice(unit.as_slice())?)
        }
        LineEvent::Repeated(count) => LineInput::Repeated(count),
        LineEvent::Errored(count) => LineInput::Errored(count),
        LineEvent::OctetCounting(count) => LineInput::OctetCounting(count),
        LineEvent::Transmitted => LineInput::Transmitted,
    })
}

/// The command that carries out an output of `mtp`, if it is one for a line.
pub(crate) fn line_command(output: &mtp::Output) -> Option<(mtp::LinkId, LineCommand)> {
    let unit = |unit: &SignalUnit| Unit::from_slice(unit.as_slice());
    match output {
        mtp::Output::Send { link, unit: octets } => Some((*link, LineCommand::Send(unit(octets)?))),
        mtp::Output::Fill { link, unit: octets } => Some((*link, LineCommand::Fill(unit(octets)?))),
        mtp::Output::Indication(_)
        | mtp::Output::LinkState { .. }
        | mtp::Output::Association { .. }
        | mtp::Output::AssociationState { .. }
        | mtp::Output::Trace { .. } => None,
    }
}
