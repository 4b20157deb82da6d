//! Q.784.1 §1.6, §1.7: messages, parameters and values that nobody knows.

use super::words::{Mt, PICKED, Story, case, none, our_rel, rel, ringing, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::Profile;
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{
    BackwardCallIndicators, CallingPartysCategory, Cpg, EventIndicator, Iam, Options,
    ParameterName, Rlc, TransmissionMedium,
};

pub(super) const CASES: &[Case] = &[
    case("1.6.1.1", "an unknown message, forward", "2.9.5.3", unknown_forward),
    case("1.6.1.2", "an unknown message, backward", "2.9.5.3", unknown_backward),
    case("1.6.2.1", "an unknown parameter, forward", "2.9.5.3", parameter_forward),
    case("1.6.2.2", "an unknown parameter, backward", "2.9.5.3", parameter_backward),
    case("1.6.3.1", "unknown values of parameters, forward", "2.9.5.3", values_forward),
    case("1.6.3.2", "unknown values of parameters, backward", "2.9.5.3", values_backward),
    case("1.7.1.1", "unknown message: release the call", "2.9.5.2 i)", message_release),
    case("1.7.1.2", "unknown message: discard it", "2.9.5.2 i)", message_discard),
    case("1.7.1.2a", "unknown message: discard it and notify", "2.9.5.2 i)", message_notify),
    none("1.7.1.3", "unknown message: pass it on", "2.9.5.2", TRANSIT),
    case(
        "1.7.1.4",
        "unknown message: it cannot be passed on, release the call",
        "2.9.5.2",
        message_not_passed_release,
    ),
    case(
        "1.7.1.5",
        "unknown message: it cannot be passed on, discard it",
        "2.9.5.2",
        message_not_passed_discard,
    ),
    none("1.7.1.6", "unknown message: instructions for end nodes only", "2.9.5.2", TRANSIT),
    case("1.7.1.7", "unknown message without instructions", "2.9.5.2", message_without),
    case("1.7.2.1", "unknown parameter: release the call", "2.9.5.2 ii)", parameter_release),
    case("1.7.2.2", "unknown parameter: discard the message", "2.9.5.2 ii)", parameter_message),
    case(
        "1.7.2.2a",
        "unknown parameter: discard the message and notify",
        "2.9.5.2 ii)",
        parameter_message_notify,
    ),
    case("1.7.2.3", "unknown parameter: discard it", "2.9.5.2 ii)", parameter_discard),
    case("1.7.2.3a", "unknown parameter: discard it and notify", "2.9.5.2 ii)", parameter_notify),
    none("1.7.2.4", "unknown parameter: pass it on", "2.9.5.2 ii)", TRANSIT),
    case(
        "1.7.2.5",
        "unknown parameter: it cannot be passed on, release the call",
        "2.9.5.2 ii)",
        parameter_not_passed_release,
    ),
    case(
        "1.7.2.6",
        "unknown parameter: it cannot be passed on, discard the message",
        "2.9.5.2 ii)",
        parameter_not_passed_message,
    ),
    case(
        "1.7.2.7",
        "unknown parameter: it cannot be passed on, discard it",
        "2.9.5.2 ii)",
        parameter_not_passed_discard,
    ),
    none("1.7.2.8", "unknown parameter: instructions for end nodes only", "2.9.5.2", TRANSIT),
    case("1.7.2.9", "unknown parameter without instructions", "2.9.5.2", parameter_without),
    case("1.7.2.10", "unknown parameter in REL without instructions", "2.9.5.2", parameter_in_rel),
    case("1.7.3.1", "unknown values with instructions for others, forward", "2.9.5.3", values_told),
    case("1.7.3.2", "unknown values with instructions, backward", "2.9.5.3", values_told_backward),
];

const TRANSIT: &str = "takes a switch that passes ISUP on, and a tester at each side of it";

/// A type and a name that no edition has.
const MESSAGE: Mt = Mt(0xf0);
const PARAMETER: ParameterName = ParameterName(0xfc);

/// The octet of instructions that is its last.
const LAST: u8 = 0x80;
const RELEASE: u8 = 1 << 1;
const NOTIFY: u8 = 1 << 2;
const DISCARD: u8 = 1 << 3;
const DISCARD_IF_NOT_PASSED: u8 = 1 << 4;
const DISCARD_PARAMETER: u8 = 1 << 4;
const NOT_PASSED_MESSAGE: u8 = 1 << 5;
const NOT_PASSED_PARAMETER: u8 = 2 << 5;

/// What follows the type of an unknown message: a pointer, the instructions, the end.
fn body(instructions: u8) -> [u8; 5] {
    [1, ParameterName::MESSAGE_COMPATIBILITY_INFORMATION.0, 1, LAST | instructions, 0]
}

/// Puts an unknown parameter behind the others, and instructions for it.
fn unknown(options: &mut Options, instructions: Option<u8>) {
    options.push(PARAMETER, &[1, 2, 3]);
    if let Some(instructions) = instructions {
        let name = ParameterName::PARAMETER_COMPATIBILITY_INFORMATION;
        options.push(name, &[PARAMETER.0, LAST | instructions]);
    }
}

fn iam(p: &Profile, instructions: Option<u8>) -> Iam {
    let mut iam = p.iam();
    unknown(&mut iam.options, instructions);
    iam
}

fn progress(instructions: Option<u8>) -> Cpg {
    let mut cpg = Cpg::new(EventIndicator::PROGRESS);
    unknown(&mut cpg.options, instructions);
    cpg
}

fn confusion(cause: Cause, about: u8) -> Pattern {
    let pattern = Pattern::of(Mt::CFN).with(Check::Cause(vec![cause]));
    pattern.with(Check::Diagnostic(vec![about]))
}

/// A message that nobody knows reaches a call to the switch that rings; the call goes on.
fn unknown_forward(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .offers(on)
        .alerts(on)
        .raw(on, MESSAGE, &body(DISCARD))
        .quiet()
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn ringing_out(p: &Profile) -> Story<'_> {
    story(p).calls().rings()
}

fn goes_on(story: Story<'_>) -> Vec<Step> {
    story.answers().user_clears(PICKED, Party::Caller).done()
}

fn unknown_backward(p: &Profile) -> Vec<Step> {
    goes_on(ringing_out(p).raw(PICKED, MESSAGE, &body(DISCARD)).quiet())
}

fn taken(p: &Profile, iam: Iam) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, iam).hear(Ear::Called).alerts(on).tester_clears(on, Party::Called).done()
}

fn parameter_forward(p: &Profile) -> Vec<Step> {
    taken(p, iam(p, None))
}

fn parameter_backward(p: &Profile) -> Vec<Step> {
    goes_on(ringing_out(p).send(PICKED, progress(None)).quiet().hear(Ear::Progress))
}

/// Q.763 Annex: a category, a medium or an indicator that is spare is taken for the usual one.
fn values_forward(p: &Profile) -> Vec<Step> {
    let mut iam = p.iam();
    iam.category = CallingPartysCategory(0x7e);
    iam.forward = iam.forward.with_preference(isup_codec::IsupPreference(3));
    taken(p, iam)
}

fn values_backward(p: &Profile) -> Vec<Step> {
    let mut acm = ringing();
    acm.backward = BackwardCallIndicators(acm.backward.0 | 3 | 3 << 4);
    let cpg = Cpg::new(EventIndicator(0x7e));
    let story = story(p).calls().send(PICKED, acm).hear(Ear::Alerting);
    goes_on(story.send(PICKED, cpg).hear(Ear::Progress))
}

/// The call is released with a cause that names the message.
fn released(story: Story<'_>, on: On, cause: Cause, about: u8, party: Party) -> Vec<Step> {
    story
        .expect(on, rel(cause).with(Check::Diagnostic(vec![about])))
        .send(on, Rlc::new())
        .hear(Ear::Released(party))
        .done()
}

fn message_release(p: &Profile) -> Vec<Step> {
    let story = ringing_out(p).raw(PICKED, MESSAGE, &body(RELEASE));
    released(story, PICKED, Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, MESSAGE.0, Party::Caller)
}

fn message_discard(p: &Profile) -> Vec<Step> {
    unknown_backward(p)
}

fn message_notify(p: &Profile) -> Vec<Step> {
    let told = confusion(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, MESSAGE.0);
    let story = ringing_out(p).raw(PICKED, MESSAGE, &body(DISCARD | NOTIFY));
    goes_on(story.expect(PICKED, told))
}

fn message_not_passed_release(p: &Profile) -> Vec<Step> {
    let story = ringing_out(p).raw(PICKED, MESSAGE, &body(0));
    released(story, PICKED, Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, MESSAGE.0, Party::Caller)
}

fn message_not_passed_discard(p: &Profile) -> Vec<Step> {
    goes_on(ringing_out(p).raw(PICKED, MESSAGE, &body(DISCARD_IF_NOT_PASSED)).quiet())
}

/// It is discarded, and the sender is told (§2.9.5.3.3).
fn message_without(p: &Profile) -> Vec<Step> {
    let told = confusion(Cause::MESSAGE_TYPE_NOT_IMPLEMENTED, MESSAGE.0);
    goes_on(ringing_out(p).raw(PICKED, MESSAGE, &[0]).expect(PICKED, told))
}

fn parameter_release(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let cause = rel(Cause::PARAMETER_NOT_IMPLEMENTED).with(Check::Diagnostic(vec![PARAMETER.0]));
    story(p).send(on, iam(p, Some(RELEASE))).expect(on, cause).send(on, Rlc::new()).done()
}

fn parameter_message(p: &Profile) -> Vec<Step> {
    goes_on(ringing_out(p).send(PICKED, progress(Some(DISCARD))).quiet())
}

fn parameter_message_notify(p: &Profile) -> Vec<Step> {
    let told = confusion(Cause::PARAMETER_DISCARDED, PARAMETER.0);
    let story = ringing_out(p).send(PICKED, progress(Some(DISCARD | NOTIFY)));
    goes_on(story.expect(PICKED, told))
}

fn parameter_discard(p: &Profile) -> Vec<Step> {
    taken(p, iam(p, Some(DISCARD_PARAMETER)))
}

fn parameter_notify(p: &Profile) -> Vec<Step> {
    let told = confusion(Cause::PARAMETER_NOT_IMPLEMENTED, PARAMETER.0);
    let story = ringing_out(p).send(PICKED, progress(Some(DISCARD_PARAMETER | NOTIFY)));
    goes_on(story.expect(PICKED, told).hear(Ear::Progress))
}

fn parameter_not_passed_release(p: &Profile) -> Vec<Step> {
    let story = ringing_out(p).send(PICKED, progress(Some(0)));
    released(story, PICKED, Cause::PARAMETER_NOT_IMPLEMENTED, PARAMETER.0, Party::Caller)
}

fn parameter_not_passed_message(p: &Profile) -> Vec<Step> {
    goes_on(ringing_out(p).send(PICKED, progress(Some(NOT_PASSED_MESSAGE))).quiet())
}

fn parameter_not_passed_discard(p: &Profile) -> Vec<Step> {
    let story = ringing_out(p).send(PICKED, progress(Some(NOT_PASSED_PARAMETER)));
    goes_on(story.quiet().hear(Ear::Progress))
}

fn parameter_without(p: &Profile) -> Vec<Step> {
    parameter_backward(p)
}

fn parameter_in_rel(p: &Profile) -> Vec<Step> {
    let mut rel = our_rel(Cause::NORMAL_CLEARING);
    unknown(&mut rel.options, None);
    story(p)
        .talking_out()
        .send(PICKED, rel)
        .expect(PICKED, Mt::RLC)
        .hear(Ear::ReleasedFor(Party::Caller, Cause::NORMAL_CLEARING))
        .done()
}

/// A value that is spare is no unknown parameter: instructions for others say nothing of it.
fn values_told(p: &Profile) -> Vec<Step> {
    let mut iam = p.iam();
    iam.category = CallingPartysCategory(0x7e);
    let name = ParameterName::PARAMETER_COMPATIBILITY_INFORMATION;
    iam.options.push(name, &[PARAMETER.0, LAST | RELEASE]);
    taken(p, iam)
}

fn values_told_backward(p: &Profile) -> Vec<Step> {
    let mut acm = ringing();
    let name = ParameterName::PARAMETER_COMPATIBILITY_INFORMATION;
    acm.options.push(ParameterName::TRANSMISSION_MEDIUM_USED, &[TransmissionMedium(0x7e).0]);
    acm.options.push(name, &[PARAMETER.0, LAST | RELEASE]);
    goes_on(story(p).calls().send(PICKED, acm).hear(Ear::Alerting))
}
