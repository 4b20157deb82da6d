//! Q.784.1 §5: what happens when what has to come does not come.

use super::words::{Mt, PICKED, case, needing, our_rel, rel, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::Step;
use base::Cause;
use isup_codec::{
    Cgba, Cgua, ContinuityCheck, Gra, Message, RangeStatus, Res, Rlc, SupervisionType, Sus,
};

pub(super) const CASES: &[Case] = &[
    case("5.1", "REL comes while the call talks and its user hangs up", "2.3.1", both_at_once),
    case("5.2.1", "T7: neither ACM nor CON comes", "2.1.4.4, T7", t7),
    case("5.2.2", "T9: no answer comes", "2.1.7, T9", t9),
    case("5.2.3", "T1 and T5: no RLC comes", "2.9.6, T1, T5", t1_t5),
    case("5.2.3a", "T1: RLC comes late", "2.9.6, T1", t1),
    case("5.2.4", "T6: RES (network) does not come", "2.4.3, T6", t6),
    case("5.2.4a", "T2: RES (user) does not come", "2.4.3, T2", t2),
    case("5.2.5a", "T8: no COT comes after a check of a previous circuit", "2.1.8, T8", t8_before),
    needing(
        &[Need::LoopBack],
        "5.2.5b",
        "T8: no COT comes after a check of this circuit",
        "2.1.8, T8",
        t8_here,
    ),
    case("5.2.6", "T12 and T13: no BLA comes", "2.9.4, T12, T13", t12_t13),
    case("5.2.7", "T14 and T15: no UBA comes", "2.9.4, T14, T15", t14_t15),
    case("5.2.8", "T16 and T17: no RLC comes after RSC", "2.9.3.1, T16, T17", t16_t17),
    case("5.2.9", "T18 and T19: no CGBA comes", "2.9.4, T18, T19", t18_t19),
    case("5.2.10", "T20 and T21: no CGUA comes", "2.9.4, T20, T21", t20_t21),
    case("5.2.11", "T22 and T23: no GRA comes", "2.9.3.2, T22, T23", t22_t23),
    case("5.3.1", "RSC during a call of the switch", "2.9.3.1 b)", reset_out),
    case("5.3.2", "RSC during a call to the switch", "2.9.3.1 b)", reset_in),
    case("5.3.3", "RSC of the switch during a call", "2.9.3.1", reset_sent),
];

fn both_at_once(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, our_rel(Cause::NORMAL_CLEARING))
        .expect(PICKED, Mt::RLC)
        .hear(Ear::Released(Party::Caller))
        .act(Act::HangUp(Party::Caller))
        .quiet()
        .done()
}

fn t7(p: &Profile) -> Vec<Step> {
    story(p)
        .calls()
        .expect_at(7, PICKED, Mt::REL)
        .send(PICKED, Rlc::new())
        .hear(Ear::Released(Party::Caller))
        .done()
}

fn t9(p: &Profile) -> Vec<Step> {
    story(p)
        .calls()
        .rings()
        .expect_at(9, PICKED, rel(Cause::NO_ANSWER))
        .send(PICKED, Rlc::new())
        .hear_last(Ear::Released(Party::Caller))
        .done()
}

fn t1_t5(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .act(Act::HangUp(Party::Caller))
        .expect(PICKED, rel(Cause::NORMAL_CLEARING))
        .repeated_then(PICKED, rel(Cause::NORMAL_CLEARING), 1, Mt::RSC, 5)
        .hear(Ear::Alarm)
        // From now on it is sent each time that T17 expires.
        .expect_at(17, PICKED, Mt::RSC)
        .send(PICKED, Rlc::new())
        .done()
}

fn t1(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .act(Act::HangUp(Party::Caller))
        .expect(PICKED, rel(Cause::NORMAL_CLEARING))
        .expect_at(1, PICKED, rel(Cause::NORMAL_CLEARING))
        .send(PICKED, Rlc::new())
        .send(PICKED, Rlc::new())
        .done()
}

fn t6(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(true))
        .hear(Ear::Suspended(Party::Caller))
        .expect_at(6, PICKED, Mt::REL)
        .send(PICKED, Rlc::new())
        .hear_last(Ear::Released(Party::Caller))
        .done()
}

/// Of the two that wait, the one that is resumed is stopped.
fn t2(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(true))
        .hear(Ear::Suspended(Party::Caller))
        .send(PICKED, Res::new(true))
        .hear(Ear::Resumed(Party::Caller))
        .send(PICKED, Sus::new(false))
        .expect_at(2, PICKED, Mt::REL)
        .send(PICKED, Rlc::new())
        .hear_last(Ear::Released(Party::Caller))
        .done()
}

fn t8_before(p: &Profile) -> Vec<Step> {
    no_cot(p, ContinuityCheck::PREVIOUS_CIRCUIT)
}

fn t8_here(p: &Profile) -> Vec<Step> {
    no_cot(p, ContinuityCheck::THIS_CIRCUIT)
}

fn no_cot(p: &Profile, check: ContinuityCheck) -> Vec<Step> {
    let on = p.ours(0);
    let mut iam = p.iam();
    iam.nature = iam.nature.with_continuity_check(check);
    story(p).send(on, iam).expect_at(8, on, Mt::REL).send(on, Rlc::new()).done()
}

fn t12_t13(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .repeated(on, Mt::BLO, 12, 13)
        .hear(Ear::Alarm)
        .expect_at(13, on, Mt::BLO)
        .send(on, Message::Bla)
        .quiet()
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .done()
}

fn t14_t15(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .repeated(on, Mt::UBL, 14, 15)
        .hear(Ear::Alarm)
        .expect_at(15, on, Mt::UBL)
        .send(on, Message::Uba)
        .done()
}

fn t16_t17(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Reset(on))
        .expect(on, Mt::RSC)
        .repeated(on, Mt::RSC, 16, 17)
        .hear(Ear::Alarm)
        .expect_at(17, on, Mt::RSC)
        .send(on, Rlc::new())
        .whole_call_in(on)
        .done()
}

const KIND: SupervisionType = SupervisionType::MAINTENANCE;

fn t18_t19(p: &Profile) -> Vec<Step> {
    let (first, kind) = (p.first(), KIND);
    let status = RangeStatus::new(p.range(), |_| true);
    story(p)
        .act(Act::BlockAll(kind, true))
        .expect(first, Mt::CGB)
        .repeated(first, Mt::CGB, 18, 19)
        .hear(Ear::Alarm)
        .expect_at(19, first, Mt::CGB)
        .send(first, Cgba { kind, status: status.clone() })
        .act(Act::BlockAll(kind, false))
        .expect(first, Mt::CGU)
        .send(first, Cgua { kind, status })
        .done()
}

fn t20_t21(p: &Profile) -> Vec<Step> {
    let (first, kind) = (p.first(), KIND);
    let status = RangeStatus::new(p.range(), |_| true);
    story(p)
        .act(Act::BlockAll(kind, true))
        .expect(first, Mt::CGB)
        .send(first, Cgba { kind, status: status.clone() })
        .act(Act::BlockAll(kind, false))
        .expect(first, Mt::CGU)
        .repeated(first, Mt::CGU, 20, 21)
        .hear(Ear::Alarm)
        .expect_at(21, first, Mt::CGU)
        .send(first, Cgua { kind, status })
        .done()
}

fn t22_t23(p: &Profile) -> Vec<Step> {
    let (first, range) = (p.first(), p.range());
    let grs = || Pattern::of(Mt::GRS).with(Check::Range(range));
    story(p)
        .act(Act::ResetAll)
        .expect(first, grs())
        .repeated(first, grs(), 22, 23)
        .hear(Ear::Alarm)
        .expect_at(23, first, grs())
        .send(first, Gra { status: RangeStatus::new(range, |_| false) })
        .done()
}

fn reset_out(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Message::Rsc)
        .expect(PICKED, Mt::RLC)
        .hear(Ear::Released(Party::Caller))
        .done()
}

fn reset_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, Message::Rsc)
        .expect(on, Mt::RLC)
        .hear(Ear::Released(Party::Called))
        .whole_call_in(on)
        .done()
}

fn reset_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .act(Act::Reset(on))
        .expect(on, Mt::RSC)
        .hear(Ear::Released(Party::Called))
        .send(on, Rlc::new())
        .whole_call_in(on)
        .done()
}
