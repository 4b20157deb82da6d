//! Q.784.1 §6 but for the continuity checks: calls that take a detour.

use super::words::{Mt, PICKED, Story, case, needing, none, number, ringing, story};
use crate::act::{Act, Call, Ear, Party};
use crate::case::Case;
use crate::pattern::Pattern;
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use isup_codec::{
    Acm, Cgb, Cgu, Cic, Fot, Message, OptionalBackwardCallIndicators,
    OptionalForwardCallIndicators, Options, ParameterName, RangeStatus, Res, Rlc, Sgm,
    SupervisionType, key,
};

const SEGMENTS: &[Need] = &[Need::SegmentsIn];
const OPERATOR: &str = "takes an operator of semi-automatic calls; the switch has none";
const FALLBACK: &str = "takes bearers that can fall back to others; the switch has speech only";

pub(super) const CASES: &[Case] = &[
    case("6.2.1", "repeat attempt after a dual seizure that is lost", "2.8.1, 2.9.1.4", dual_lost),
    case("6.2.2", "repeat attempt after BLO", "2.8.1, 2.8.2", again_after_blo),
    case("6.2.2a", "repeat attempt after CGB", "2.8.1, 2.8.2.2", again_after_cgb),
    case("6.2.3", "repeat attempt after RSC", "2.8.1, 2.9.3.1", again_after_rsc),
    needing(
        &[Need::ChecksContinuity],
        "6.2.4",
        "repeat attempt after a failed continuity check",
        "2.8.1, 2.1.8",
        again_after_check,
    ),
    case("6.2.5", "repeat attempt after a message out of place", "2.8.1, 2.9.5.1", again_after_res),
    case("6.3.1", "a dual seizure that the switch wins", "2.9.1.4", dual_won),
    case("6.3.2", "a dual seizure that the switch loses", "2.9.1.4", dual_lost),
    none("6.4.1", "FOT sent, call to a subscriber", "2.1.9", OPERATOR),
    case("6.4.2", "FOT received, call to a subscriber", "2.1.9", fot_received),
    none("6.4.3", "FOT sent, call by codes 11 and 12", "2.1.9", OPERATOR),
    none("6.4.4", "FOT received, call by codes 11 and 12", "2.1.9", OPERATOR),
    needing(&[Need::SegmentsOut], "6.5.1", "SGM sent", "2.1.12", sgm_sent),
    needing(SEGMENTS, "6.5.2", "SGM received after an IAM", "2.1.12", sgm_received),
    needing(SEGMENTS, "6.5.2a", "SGM received after an ACM", "2.1.12", sgm_backward),
    needing(SEGMENTS, "6.5.3", "SGM announced and not sent: T34", "2.1.12, T34", sgm_late),
    case("6.5.4", "SGM out of place, forward", "2.1.12", sgm_odd_forward),
    case("6.5.5", "SGM out of place, backward", "2.1.12", sgm_odd_backward),
    none("6.6.1", "fallback allowed, and not needed", "2.5", FALLBACK),
    none("6.6.2", "fallback behind the switch", "2.5", FALLBACK),
    none("6.6.3", "fallback in the switch", "2.5", FALLBACK),
    none("6.6.4", "fallback asked of a switch without it", "2.5", FALLBACK),
];

const KIND: SupervisionType = SupervisionType::MAINTENANCE;

/// These circuits, or all others.
fn marked(p: &Profile, cics: &[Cic], these: bool) -> RangeStatus {
    let first = usize::from(p.first().0);
    let is_one = |position: usize| cics.iter().any(|cic| first + position == usize::from(cic.0));
    RangeStatus::new(p.range(), |position| is_one(position) == these)
}

fn block(story: Story<'_>, status: RangeStatus) -> Story<'_> {
    let first = story.p.first();
    story.send(first, Cgb { kind: KIND, status }).expect(first, Mt::CGBA)
}

fn unblock(story: Story<'_>, status: RangeStatus) -> Story<'_> {
    let first = story.p.first();
    story.send(first, Cgu { kind: KIND, status }).expect(first, Mt::CGUA)
}

/// The call of the neighbour goes on where the neighbour controls the circuit; that of the switch
/// is tried again on another one.
fn dual_lost(p: &Profile) -> Vec<Step> {
    let (contested, other) = (p.ours(1), p.theirs(1));
    let call = block(story(p), marked(p, &[contested], false)).calls_on(On::Cic(contested));
    let both = unblock(call, marked(p, &[other], true))
        .send(contested, p.iam())
        .hear(Ear::Called)
        .expect(other, Mt::IAM)
        .rings()
        .alerts(contested)
        .tester_clears(contested, Party::Called)
        .user_clears(other, Party::Caller);
    unblock(both, marked(p, &[contested, other], false)).done()
}

/// The IAM of the neighbour is left alone where the switch controls the circuit.
fn dual_won(p: &Profile) -> Vec<Step> {
    let contested = p.theirs(1);
    let call = block(story(p), marked(p, &[contested], false))
        .calls_on(On::Cic(contested))
        .send(contested, p.iam())
        .quiet()
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller);
    unblock(call, marked(p, &[contested], false)).done()
}

fn again_after_blo(p: &Profile) -> Vec<Step> {
    let lost = On::Picked(1);
    story(p)
        .calls()
        .send(PICKED, Message::Blo)
        .expect(PICKED, Mt::BLA)
        .expect_iam_on_another()
        .expect(lost, Mt::REL)
        .send(lost, Rlc::new())
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .send(lost, Message::Ubl)
        .expect(lost, Mt::UBA)
        .done()
}

/// One circuit is left, then another one instead of it.
fn again_after_cgb(p: &Profile) -> Vec<Step> {
    let (lost, other) = (p.theirs(1), p.ours(1));
    let call = block(story(p), marked(p, &[lost], false)).calls_on(On::Cic(lost));
    let again = block(unblock(call, marked(p, &[other], true)), marked(p, &[lost], true))
        .expect(lost, Mt::REL)
        .send(lost, Rlc::new())
        .expect(other, Mt::IAM)
        .rings()
        .answers()
        .user_clears(other, Party::Caller);
    unblock(again, marked(p, &[other], false)).done()
}

fn again_after_rsc(p: &Profile) -> Vec<Step> {
    let lost = On::Picked(1);
    story(p)
        .calls()
        .send(PICKED, Message::Rsc)
        .expect_iam_on_another()
        .expect(lost, Mt::RLC)
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn again_after_check(p: &Profile) -> Vec<Step> {
    super::continuity::bad_out(p)
}

fn again_after_res(p: &Profile) -> Vec<Step> {
    let lost = On::Picked(1);
    story(p)
        .calls()
        .send(PICKED, Res::new(false))
        .expect_iam_on_another()
        .expect(lost, Mt::RSC)
        .send(lost, Rlc::new())
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn fot_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, Fot { options: Options::new() })
        .quiet()
        .tester_clears(on, Party::Called)
        .done()
}

fn sgm() -> Sgm {
    let mut sgm = Sgm { options: Options::new() };
    sgm.options.push(ParameterName::USER_TO_USER_INFORMATION, &[4, 1, 2, 3]);
    sgm
}

/// A caller with more to say than one message holds.
fn sgm_sent(p: &Profile) -> Vec<Step> {
    story(p)
        .act(Act::Call(Call { long: true, ..number(&p.numbers.calls) }))
        .expect(On::New, Pattern::of(Mt::IAM))
        .expect(PICKED, Mt::SGM)
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn announced(p: &Profile) -> isup_codec::Iam {
    let follows = OptionalForwardCallIndicators(0).with_segmentation(true);
    p.iam().with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &follows)
}

fn sgm_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, announced(p))
        .send(on, sgm())
        .hear(Ear::Called)
        .alerts(on)
        .tester_clears(on, Party::Called)
        .done()
}

fn sgm_backward(p: &Profile) -> Vec<Step> {
    let follows = OptionalBackwardCallIndicators(0).with_segmentation(true);
    let acm: Acm = ringing().with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &follows);
    story(p)
        .calls()
        .send(PICKED, acm)
        .send(PICKED, sgm())
        .hear(Ear::Alerting)
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// The call goes on with what there is, and what comes too late is left alone.
fn sgm_late(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, announced(p))
        .hear_at(34, Ear::Called)
        .alerts(on)
        .send(on, sgm())
        .quiet()
        .tester_clears(on, Party::Called)
        .done()
}

fn sgm_odd_forward(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).offers(on).alerts(on).send(on, sgm()).quiet().tester_clears(on, Party::Called).done()
}

fn sgm_odd_backward(p: &Profile) -> Vec<Step> {
    story(p)
        .calls()
        .rings()
        .send(PICKED, sgm())
        .quiet()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}
