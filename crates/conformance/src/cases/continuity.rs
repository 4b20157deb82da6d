//! Q.784.1 §1.4, §6.1: continuity checks of circuits and of calls.

use super::words::{Mt, PICKED, case, needing, our_rel, rel, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{ContinuityCheck, Cot, Iam, Message, Rlc};

const LOOP: &[Need] = &[Need::LoopBack];
const CHECKS: &[Need] = &[Need::ChecksContinuity];

pub(super) const CASES: &[Case] = &[
    needing(LOOP, "1.4.1", "CCR received, the circuit is good", "2.1.8.2", ccr_received),
    case("1.4.2", "CCR sent, the circuit is good", "2.1.8.2", ccr_sent),
    needing(LOOP, "1.4.3", "CCR received, the circuit is bad", "2.1.8.2", ccr_received_bad),
    case("1.4.4", "CCR sent, the circuit is bad", "2.1.8.2, T25", ccr_sent_bad),
    needing(LOOP, "1.4.5", "a bad circuit is not checked again: T27", "2.1.8, T27", t27),
    needing(LOOP, "1.4.6", "CCR received, no result follows: T36", "2.1.8, T36", t36),
    needing(CHECKS, "6.1.1a", "a check of this circuit, call of the switch", "2.1.8", check_out),
    needing(LOOP, "6.1.1b", "a check of this circuit, call to the switch", "2.1.8", check_in),
    case("6.1.2", "a check of a previous circuit", "2.1.8", check_before),
    case("6.1.3", "the caller gives up during the check", "2.1.8, 2.3.1", cleared_while_checked),
    case("6.1.4", "no ACM before the check is over", "2.1.8, 2.1.4", no_acm_while_checked),
    needing(CHECKS, "6.1.5a", "the check fails, call of the switch", "2.1.8, 2.8.1", bad_out),
    needing(LOOP, "6.1.5b", "the check fails, call to the switch", "2.1.8", bad_in),
    case("6.1.5c", "the check of a previous circuit fails", "2.1.8", bad_before),
];

fn cot(successful: bool) -> Cot {
    Cot { successful }
}

fn told(successful: bool) -> Pattern {
    Pattern::of(Mt::COT).with(Check::Successful(successful))
}

fn checked(p: &Profile, check: ContinuityCheck) -> Iam {
    let mut iam = p.iam();
    iam.nature = iam.nature.with_continuity_check(check);
    iam
}

fn ccr_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .expect(on, Mt::RLC)
        .done()
}

fn ccr_sent(p: &Profile) -> Vec<Step> {
    let on = p.theirs(0);
    story(p)
        .act(Act::TestCircuit(on))
        .expect(on, Mt::CCR)
        .send(on, Message::Lpa)
        .expect(on, Mt::REL)
        .send(on, Rlc::new())
        .done()
}

fn ccr_received_bad(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .send(on, cot(false))
        .quiet()
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .expect(on, Mt::RLC)
        .done()
}

/// The second check comes after T24 has told that the first one failed, and T25.
fn ccr_sent_bad(p: &Profile) -> Vec<Step> {
    let on = p.theirs(0);
    story(p)
        .act(Act::Tones(false))
        .act(Act::TestCircuit(on))
        .expect(on, Mt::CCR)
        .send(on, Message::Lpa)
        .expect_at(24, on, told(false))
        .hear(Ear::Alarm)
        .act(Act::Tones(true))
        .expect_at(25, on, Mt::CCR)
        .send(on, Message::Lpa)
        .expect(on, Mt::REL)
        .send(on, Rlc::new())
        .done()
}

fn t27(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .send(on, cot(false))
        .expect_at(27, on, Mt::RSC)
        .hear(Ear::Alarm)
        .send(on, Rlc::new())
        .done()
}

fn t36(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .expect_at(36, on, Mt::RSC)
        .send(on, Rlc::new())
        .done()
}

fn check_out(p: &Profile) -> Vec<Step> {
    let wanted = Pattern::of(Mt::IAM).with(Check::Continuity(ContinuityCheck::THIS_CIRCUIT));
    story(p)
        .dials(false)
        .expect(On::New, wanted)
        .expect(PICKED, told(true))
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn check_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, checked(p, ContinuityCheck::THIS_CIRCUIT))
        .quiet()
        .send(on, cot(true))
        .hear(Ear::Called)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn check_before(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, checked(p, ContinuityCheck::PREVIOUS_CIRCUIT))
        .quiet()
        .send(on, cot(true))
        .hear(Ear::Called)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn cleared_while_checked(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, checked(p, ContinuityCheck::PREVIOUS_CIRCUIT))
        .quiet()
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .expect(on, Mt::RLC)
        .done()
}

/// Everything else is there at once; T8 does not expire meanwhile.
fn no_acm_while_checked(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let waits = (p.timer(8).min / 2).min(base::Duration::from_secs(3));
    story(p)
        .send(on, checked(p, ContinuityCheck::PREVIOUS_CIRCUIT))
        .quiet_for(waits)
        .send(on, cot(true))
        .hear(Ear::Called)
        .alerts(on)
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .expect(on, Mt::RLC)
        .hear(Ear::Released(Party::Called))
        .done()
}

/// The circuit that has failed is checked again after T25, and is good then.
pub(super) fn bad_out(p: &Profile) -> Vec<Step> {
    let wanted = || Pattern::of(Mt::IAM).with(Check::Continuity(ContinuityCheck::THIS_CIRCUIT));
    let bad = On::Picked(1);
    story(p)
        .act(Act::Tones(false))
        .dials(false)
        .expect(On::New, wanted())
        .expect_at(24, PICKED, told(false))
        .act(Act::Tones(true))
        .expect(On::Another, wanted())
        .expect(PICKED, told(true))
        .rings()
        .answers()
        .expect_at(25, bad, Mt::CCR)
        .send(bad, Message::Lpa)
        .expect(bad, Mt::REL)
        .send(bad, Rlc::new())
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn bad_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, checked(p, ContinuityCheck::THIS_CIRCUIT))
        .quiet()
        .send(on, cot(false))
        .quiet()
        .send(on, Message::Ccr)
        .expect(on, Mt::LPA)
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .expect(on, Mt::RLC)
        .done()
}

fn bad_before(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, checked(p, ContinuityCheck::PREVIOUS_CIRCUIT))
        .quiet()
        .send(on, cot(false))
        .expect(on, rel(Cause::TEMPORARY_FAILURE))
        .send(on, Rlc::new())
        .done()
}
