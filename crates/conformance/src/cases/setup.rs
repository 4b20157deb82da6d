//! Q.784.1 §2: ordinary calls that succeed.

use super::words::{
    Mt, PICKED, Story, case, complete, needing, number, ringing, story, subscriber,
};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use isup_codec::{
    Acm, Anm, CalledStatus, Con, Cpg, EventIndicator, Iam, Message, Milliseconds,
    OptionalBackwardCallIndicators, ParameterName, RangeStatus, Sam, SubsequentNumber,
    SupervisionType, key,
};

const DELAY: &[Need] = &[Need::PropagationDelay];
const OWN_DELAY: &[Need] = &[Need::OwnDelay];

pub(super) const CASES: &[Case] = &[
    case("2.1.1", "an IAM on a circuit that the switch controls", "2.9.1.3", controlled),
    case("2.1.2", "an IAM on a circuit that the neighbour controls", "2.9.1.3", not_controlled),
    case("2.2.1a", "en bloc, call of the switch", "2.1.1", en_bloc_out),
    case("2.2.1b", "en bloc, call to the switch", "2.1.1", en_bloc_in),
    needing(&[Need::OverlapOut], "2.2.2a", "overlap, call of the switch", "2.1.2", overlap_out),
    needing(&[Need::OverlapIn], "2.2.2b", "overlap, call to the switch", "2.1.2", overlap_in),
    needing(&[Need::OverlapIn], "2.2.2c", "overlap without ST: T10", "2.1.2, T10", overlap_t10),
    needing(&[Need::OverlapIn], "2.2.2d", "an IAM without digits: T35", "2.9.8, T35", no_digits),
    case("2.3.1a", "ACM: subscriber free", "2.1.4", acm_free),
    case("2.3.1b", "ACM: no indication, then alerting", "2.1.4, 2.1.5", acm_no_indication),
    case("2.3.1c", "ACM: in-band information", "2.1.4", acm_in_band),
    case("2.3.1d", "ACM: interworking, no ISUP all the way", "2.1.4", acm_interworking),
    case("2.3.1e", "ACM sent: subscriber free", "2.1.4", acm_free_sent),
    case("2.3.1f", "ACM sent: in-band information", "2.1.4", acm_in_band_sent),
    case("2.3.1g", "ACM with optional parameters", "2.1.4", acm_options),
    case("2.3.2a", "ACM, CPG, ANM: alerting", "2.1.5", cpg_alerting),
    case("2.3.2b", "ACM, CPG, ANM: progress with something to hear", "2.1.5", cpg_in_band),
    case("2.3.2c", "ACM, CPG, ANM: forwarding", "2.1.5", cpg_forwarded),
    case("2.3.2d", "CPG sent: alerting after progress", "2.1.5", cpg_alerting_sent),
    case("2.3.2e", "CPG sent: progress after alerting", "2.1.5", cpg_in_band_sent),
    case("2.3.2f", "CPG after the answer", "2.1.5", cpg_while_talking),
    case("2.3.3a", "CON, call of the switch", "2.1.4.1", con_received),
    case("2.3.3b", "CON, call to the switch", "2.1.4.1", con_sent),
    case("2.3.3c", "ANM without ACM", "2.1.7", anm_first),
    case("2.3.4a", "satellites, call of the switch", "2.1.1.1", satellites_out),
    case("2.3.4b", "satellites, call to the switch", "2.1.1.1", satellites_in),
    case("2.3.5a", "echo control, call of the switch", "2.7", echo_out),
    case("2.3.5b", "echo control, call to the switch", "2.7", echo_in),
    case("2.3.6a", "blocking and unblocking during a call, by the switch", "2.8.2", block_sent),
    case("2.3.6b", "blocking and unblocking during a call", "2.8.2", block_received),
    needing(OWN_DELAY, "2.4.1", "propagation delay in an IAM of the switch", "2.6", delay_out),
    needing(DELAY, "2.4.2", "propagation delay in an IAM to the switch", "2.6", delay_in),
    needing(DELAY, "2.4.3", "call history in the answer of the switch", "2.6", history_sent),
    needing(DELAY, "2.4.4", "call history in the answer to the switch", "2.6", history_received),
    case("2.4.5", "a propagation delay that is not understood", "2.6, 2.9.5", delay_odd),
];

fn cleared(story: Story<'_>) -> Vec<Step> {
    story.user_clears(PICKED, Party::Caller).done()
}

/// Only this circuit is left to the switch.
fn only(p: &Profile, free: isup_codec::Cic) -> Vec<Step> {
    let (kind, first) = (SupervisionType::MAINTENANCE, p.first());
    let blocked = |position: usize| usize::from(first.0) + position != usize::from(free.0);
    let status = RangeStatus::new(p.range(), blocked);
    story(p)
        .send(first, isup_codec::Cgb { kind, status: status.clone() })
        .expect(first, Mt::CGBA)
        .calls_on(On::Cic(free))
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .send(first, isup_codec::Cgu { kind, status })
        .expect(first, Mt::CGUA)
        .done()
}

fn controlled(p: &Profile) -> Vec<Step> {
    only(p, p.theirs(0))
}

fn not_controlled(p: &Profile) -> Vec<Step> {
    only(p, p.ours(0))
}

fn en_bloc_out(p: &Profile) -> Vec<Step> {
    let medium = Pattern::of(Mt::IAM)
        .with(Check::Called(p.numbers.calls.clone(), true))
        .with(Check::Medium(isup_codec::TransmissionMedium::SPEECH));
    cleared(story(p).dials(false).expect(On::New, medium).rings().answers())
}

fn en_bloc_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let digits = p.numbers.reaches.1.clone();
    story(p)
        .send(on, p.iam())
        .hear(Ear::CalledAs(digits))
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

/// The digits of a call to the switch, up to the last few, and those.
fn parts(p: &Profile) -> (&str, &str) {
    let digits = p.numbers.reaches.1.as_str();
    digits.split_at_checked(digits.len().saturating_sub(3)).unwrap_or((digits, ""))
}

/// An IAM without the last digits.
fn begun(p: &Profile, digits: &str) -> Iam {
    let mut iam = p.iam();
    iam.called.digits = digits.parse().unwrap_or_default();
    iam.called.complete = false;
    iam
}

fn sam(digits: &str, complete: bool) -> Sam {
    Sam::new(SubsequentNumber { complete, digits: digits.parse().unwrap_or_default() })
}

fn overlap_out(p: &Profile) -> Vec<Step> {
    let (head, tail) = p
        .numbers
        .calls
        .split_at_checked(p.numbers.calls.len().saturating_sub(3))
        .unwrap_or_default();
    let begun = Pattern::of(Mt::IAM).with(Check::Called(head.to_owned(), false));
    let story = story(p)
        .act(Act::Call(number(head)))
        .expect(On::New, begun)
        .act(Act::Dial(tail.to_owned()))
        .expect(PICKED, Mt::SAM);
    cleared(story.rings().answers())
}

fn overlap_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let (head, tail) = parts(p);
    let (next, last) = tail.split_at_checked(1).unwrap_or_default();
    story(p)
        .send(on, begun(p, head))
        .quiet()
        .send(on, sam(next, false))
        .quiet()
        .send(on, sam(last, true))
        .hear(Ear::CalledAs(p.numbers.reaches.1.clone()))
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn overlap_t10(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let (head, tail) = parts(p);
    story(p)
        .send(on, begun(p, head))
        .quiet()
        .send(on, sam(tail, false))
        .hear_at(10, Ear::CalledAs(p.numbers.reaches.1.clone()))
        .alerts(on)
        .tester_clears(on, Party::Called)
        .done()
}

fn no_digits(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, begun(p, ""))
        .expect_at(35, on, super::words::rel(base::Cause::INVALID_NUMBER_FORMAT))
        .send(on, isup_codec::Rlc::new())
        .done()
}

fn acm_free(p: &Profile) -> Vec<Step> {
    cleared(story(p).calls().rings().answers())
}

fn acm_no_indication(p: &Profile) -> Vec<Step> {
    let cpg = Cpg::new(EventIndicator::ALERTING);
    let story = story(p).calls().send(PICKED, complete()).hear(Ear::Progress);
    cleared(story.send(PICKED, cpg).hear(Ear::Alerting).answers())
}

const IN_BAND: OptionalBackwardCallIndicators =
    OptionalBackwardCallIndicators(0).with_in_band(true);

fn acm_in_band(p: &Profile) -> Vec<Step> {
    let acm = complete().with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &IN_BAND);
    cleared(story(p).calls().send(PICKED, acm).hear(Ear::InBand).answers())
}

fn acm_interworking(p: &Profile) -> Vec<Step> {
    let backward = subscriber(CalledStatus::NO_INDICATION)
        .with_interworking(true)
        .with_isup_all_the_way(false);
    cleared(story(p).calls().send(PICKED, Acm::new(backward)).hear(Ear::InBand).answers())
}

fn acm_free_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).talking_in(on).user_clears(on, Party::Called).done()
}

fn acm_in_band_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .offers(on)
        .act(Act::Progress)
        .expect(on, Pattern::of(Mt::ACM).with(Check::InBand(true)))
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn acm_options(p: &Profile) -> Vec<Step> {
    let mut acm = ringing();
    acm.options.push(ParameterName::ACCESS_TRANSPORT, &[0x1e, 2, 0x81, 0x82]);
    acm.options.push(ParameterName::USER_TO_USER_INDICATORS, &[0x80]);
    acm.options.push(ParameterName::CALL_REFERENCE, &[0, 0, 1, 2, 0]);
    cleared(story(p).calls().send(PICKED, acm).hear(Ear::Alerting).answers())
}

fn cpg_alerting(p: &Profile) -> Vec<Step> {
    acm_no_indication(p)
}

fn cpg_in_band(p: &Profile) -> Vec<Step> {
    let cpg = Cpg::new(EventIndicator::IN_BAND);
    cleared(story(p).calls().rings().send(PICKED, cpg).hear(Ear::InBand).answers())
}

fn cpg_forwarded(p: &Profile) -> Vec<Step> {
    let cpg = Cpg::new(EventIndicator::FORWARDED_NO_REPLY);
    cleared(story(p).calls().rings().send(PICKED, cpg).hear(Ear::Forwarded).answers())
}

fn cpg_alerting_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .offers(on)
        .act(Act::Progress)
        .expect(on, Mt::ACM)
        .act(Act::Alert)
        .expect(on, Pattern::of(Mt::CPG).with(Check::Event(EventIndicator::ALERTING)))
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn cpg_in_band_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .offers(on)
        .alerts(on)
        .act(Act::Progress)
        .expect(on, Pattern::of(Mt::CPG).with(Check::InBand(true)))
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn cpg_while_talking(p: &Profile) -> Vec<Step> {
    let cpg = Cpg::new(EventIndicator::PROGRESS);
    cleared(story(p).talking_out().send(PICKED, cpg).quiet())
}

fn con_received(p: &Profile) -> Vec<Step> {
    let con = Con::new(subscriber(CalledStatus::SUBSCRIBER_FREE));
    cleared(story(p).calls().send(PICKED, con).hear(Ear::Answered))
}

fn con_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).offers(on).act(Act::Answer).expect(on, Mt::CON).tester_clears(on, Party::Called).done()
}

/// Strictly it is unexpected; a call that was answered must not be lost for that.
fn anm_first(p: &Profile) -> Vec<Step> {
    cleared(story(p).calls().send(PICKED, Anm::new()).hear(Ear::Answered))
}

fn satellites_out(p: &Profile) -> Vec<Step> {
    let iam = Pattern::of(Mt::IAM).with(Check::Satellites(0));
    cleared(story(p).dials(false).expect(On::New, iam).rings().answers())
}

fn with_nature(
    p: &Profile,
    change: impl Fn(isup_codec::NatureOfConnection) -> isup_codec::NatureOfConnection,
) -> Iam {
    let mut iam = p.iam();
    iam.nature = change(iam.nature);
    iam
}

fn satellites_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, with_nature(p, |nature| nature.with_satellites(2)))
        .hear(Ear::Called)
        .alerts(on)
        .tester_clears(on, Party::Called)
        .done()
}

/// Speech between a time slot and a packet network needs echo control by the gateway or none at
/// all; the switch says which, and takes either from the other end.
fn echo_out(p: &Profile) -> Vec<Step> {
    let mut acm = ringing();
    acm.backward = acm.backward.with_echo_control(true);
    cleared(story(p).calls().send(PICKED, acm).hear(Ear::Alerting).answers())
}

fn echo_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, with_nature(p, |nature| nature.with_echo_control(true)))
        .hear(Ear::Called)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn block_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .quiet()
        .tester_clears(on, Party::Called)
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .done()
}

fn block_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, Message::Blo)
        .expect(on, Mt::BLA)
        .quiet()
        .tester_clears(on, Party::Called)
        .send(on, Message::Ubl)
        .expect(on, Mt::UBA)
        .done()
}

fn delay_out(p: &Profile) -> Vec<Step> {
    let iam = Pattern::of(Mt::IAM).with(Check::Has(ParameterName::PROPAGATION_DELAY_COUNTER));
    cleared(story(p).dials(false).expect(On::New, iam).rings().answers())
}

fn delayed(p: &Profile) -> Iam {
    p.iam().with(key::PROPAGATION_DELAY_COUNTER, &Milliseconds(120))
}

fn delay_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let iam = delayed(p);
    story(p).send(on, iam).hear(Ear::Called).alerts(on).tester_clears(on, Party::Called).done()
}

fn history_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let anm = Pattern::of(Mt::ANM).with(Check::Has(ParameterName::CALL_HISTORY_INFORMATION));
    story(p)
        .send(on, delayed(p))
        .hear(Ear::Called)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, anm)
        .tester_clears(on, Party::Called)
        .done()
}

fn history_received(p: &Profile) -> Vec<Step> {
    let anm = Anm::new().with(key::CALL_HISTORY_INFORMATION, &Milliseconds(140));
    cleared(story(p).calls().rings().send(PICKED, anm).hear(Ear::Answered))
}

/// A counter of one octet instead of two: the call is worth more.
fn delay_odd(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let mut iam = p.iam();
    iam.options.push(ParameterName::PROPAGATION_DELAY_COUNTER, &[9]);
    story(p).send(on, iam).hear(Ear::Called).alerts(on).tester_clears(on, Party::Called).done()
}
