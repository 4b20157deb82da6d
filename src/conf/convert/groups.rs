//! How the circuits of a trunk group are used: directions, reserves, order of selection.

use crate::conf::error::{ConfError, Source};
use crate::conf::file::Group;
use isup::{Continuity, Control, Direction, GroupConfig, Identify, Selection};
use isup_codec::Milliseconds;
use toml::Spanned;

/// Whether the called number may go digit by digit.
const OVERLAPS: &[(&str, bool)] = &[("off", false), ("on", true)];

const IDENTIFY: &[(&str, Identify)] =
    &[("off", Identify::Off), ("inr", Identify::Inr), ("idr", Identify::Idr)];

/// Whether a call goes out before its caller's preconditions are met.
const PRECONDITIONS: &[(&str, bool)] = &[("wait", false), ("cot", true)];

const DIRECTIONS: &[(&str, Direction)] = &[
    ("both", Direction::Both),
    ("outgoing", Direction::Outgoing),
    ("incoming", Direction::Incoming),
];

const SELECTIONS: &[(&str, Selection)] = &[
    ("method_2", Selection::Method2),
    ("method_1", Selection::Method1),
    ("even_odd", Selection::EvenOdd),
    ("most_idle", Selection::MostIdle),
    ("least_idle", Selection::LeastIdle),
    ("clockwise", Selection::Clockwise),
    ("counter_clockwise", Selection::CounterClockwise),
    ("lowest_first", Selection::LowestFirst),
    ("highest_first", Selection::HighestFirst),
];

const CONTROLS: &[(&str, Control)] = &[
    ("point_code", Control::PointCode),
    ("even", Control::Even),
    ("odd", Control::Odd),
    ("all", Control::All),
    ("none", Control::None),
];

/// Whether circuits without a bearer here are looped.
const LOOPS: &[(&str, bool)] = &[("none", false), ("elsewhere", true)];

const CONTINUITIES: &[(&str, Continuity)] =
    &[("off", Continuity::Off), ("1in8", Continuity::OneInEight), ("always", Continuity::Always)];

/// Which calls begin with a continuity check.
pub(super) fn continuity(
    source: &Source,
    value: Option<&Spanned<String>>,
    key: String,
) -> Result<Continuity, ConfError> {
    one_of(source, value, key, CONTINUITIES)
}

/// The group with its circuits, and with what the file says of their use.
pub(super) fn used(
    source: &Source,
    group: &Group,
    key: impl Fn(&str) -> String,
    defaults: GroupConfig,
) -> Result<GroupConfig, ConfError> {
    let circuits = defaults.cics.len();
    let used = GroupConfig {
        emergency_reserve: *group.emergency_reserve.get_ref() as usize,
        direction: one_of(source, group.direction.as_ref(), key("direction"), DIRECTIONS)?,
        selection: one_of(source, group.selection.as_ref(), key("selection"), SELECTIONS)?,
        control: one_of(source, group.control.as_ref(), key("control"), CONTROLS)?,
        continuity: continuity(source, group.continuity.as_ref(), key("continuity"))?,
        has_loop: group.spans.is_some()
            || one_of(source, group.loops.as_ref(), key("loops"), LOOPS)?,
        reserve_incoming: *group.reserve_incoming.get_ref() as usize,
        reserve_outgoing: *group.reserve_outgoing.get_ref() as usize,
        propagation_delay: group
            .propagation_delay
            .as_ref()
            .map(|delay| Milliseconds(*delay.get_ref())),
        echo_control: group.echo_control,
        identify: one_of(source, group.identify.as_ref(), key("identify"), IDENTIFY)?,
        automatic_congestion: *group.automatic_congestion.get_ref(),
        overlap: one_of(source, group.overlap.as_ref(), key("overlap"), OVERLAPS)?,
        previous_check: one_of(
            source,
            group.preconditions.as_ref(),
            key("preconditions"),
            PRECONDITIONS,
        )?,
        ..defaults
    };
    if let (Some(cics), true) = (&group.cics, used.continuity != Continuity::Off) {
        let what = "there is no time slot here that could carry a check tone".to_owned();
        let remedy = "leave `continuity` out: circuits of `cics` have no bearer here";
        return Err(source.error(cics.span(), key("continuity"), what, remedy));
    }
    if let (Some(_), Some(loops)) = (&group.spans, &group.loops) {
        let what = "time slots of spans are looped here".to_owned();
        let remedy = "leave `loops` out: it is for circuits of `cics`";
        return Err(source.error(loops.span(), key("loops"), what, remedy));
    }
    if circuits == 0 {
        let what = "there is no circuit in it".to_owned();
        let remedy = "name at least one span in `spans`";
        let (span, name) = super::circuits::place(group);
        return Err(source.error(span, key(name), what, remedy));
    }
    for (reserve, name, impossible) in [
        (&group.reserve_incoming, "reserve_incoming", Direction::Outgoing),
        (&group.reserve_outgoing, "reserve_outgoing", Direction::Incoming),
    ] {
        if *reserve.get_ref() > 0 && used.direction == impossible {
            let what = "there are no calls of this direction".to_owned();
            let remedy = "leave it out, or write direction = \"both\"";
            return Err(source.error(reserve.span(), key(name), what, remedy));
        }
    }
    let kept = used.emergency_reserve.saturating_add(used.reserve_incoming);
    let kept = kept.saturating_add(used.reserve_outgoing);
    if kept >= circuits {
        let what = format!("a reserve of {kept} leaves none of {circuits} circuits");
        let span = group.emergency_reserve.span();
        let remedy = "keep the sum of the reserves below the number of circuits";
        return Err(source.error(span, key("emergency_reserve"), what, remedy));
    }
    Ok(used)
}

/// What an operator should know about a group that is accepted all the same.
pub(super) fn advice(source: &Source, groups: &[Spanned<Group>]) -> Vec<ConfError> {
    let silent = groups.iter().enumerate().filter_map(|(n, group)| {
        let group = group.get_ref();
        let cics = group.cics.as_ref().filter(|_| group.loops.is_none())?;
        let what = "nothing here loops these circuits: a call whose IAM asks for a continuity \
                    check is refused (cause 44), an emergency call goes on unchecked"
            .to_owned();
        let remedy = "have the exchange ask for no checks and write loops = \"none\", or loops = \
                      \"elsewhere\" where the equipment that carries them connects the loop";
        Some(source.error(cics.span(), format!("ss7.group[{n}].loops"), what, remedy))
    });
    silent.collect()
}

/// The meaning of a word; that of the first one where there is none.
fn one_of<T: Copy + Default>(
    source: &Source,
    value: Option<&Spanned<String>>,
    key: String,
    words: &[(&str, T)],
) -> Result<T, ConfError> {
    let Some(value) = value else { return Ok(T::default()) };
    let word = words.iter().find(|(word, _)| word == value.get_ref());
    word.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let what = format!("`{}` is none of its values", value.get_ref());
        source.error(value.span(), key, what, format!("write one of {}", known.join(", ")))
    })
}
