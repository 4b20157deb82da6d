//! Q.784.1 §1.5: messages that the state of the circuit gives no meaning.

use super::words::{Mt, PICKED, case, our_rel, ringing, story};
use crate::act::{Ear, Party};
use crate::case::Case;
use crate::pattern::Pattern;
use crate::profile::Profile;
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{Anm, Cot, Cpg, EventIndicator, Message, Res, Rlc, Sus};

pub(super) const CASES: &[Case] = &[
    case("1.5.1a", "REL on an idle circuit", "2.9.5.1 c), 2.3.1", rel_idle),
    case("1.5.1b", "RLC on an idle circuit", "2.9.5.1 a)", rlc_idle),
    case("1.5.1c", "ACM on an idle circuit", "2.9.5.1 d)", acm_idle),
    case("1.5.1d", "ANM on an idle circuit", "2.9.5.1 d)", anm_idle),
    case("1.5.1e", "SUS on an idle circuit", "2.9.5.1 d)", sus_idle),
    case("1.5.1f", "BLA on an idle circuit that nobody blocked", "2.8.2.3", bla_idle),
    case("1.5.1g", "UBA on an idle circuit that nobody blocked", "2.8.2.3", uba_idle),
    case("1.5.1h", "group acknowledgements that nobody asked for", "2.9.5.1", group_idle),
    case("1.5.2a", "RLC while ACM is awaited", "2.9.5.1 b), 2.8.1", rlc_during_setup),
    case("1.5.2b", "RES while ACM is awaited", "2.9.5.1 d), 2.8.1", res_during_setup),
    case("1.5.2c", "CPG while ACM is awaited", "2.9.5.1 d), 2.8.1", cpg_during_setup),
    case("1.5.2d", "ACM while ANM is awaited", "2.9.5.1 d)", acm_twice),
    case("1.5.2e", "an IAM again while the call is set up", "2.9.5.1 d)", iam_twice),
    case("1.5.2f", "RLC from the caller before the answer", "2.9.5.1 b)", rlc_from_caller),
    case("1.5.3a", "ACM and ANM while a call of the switch talks", "2.9.5.1 d)", talking_out),
    case("1.5.3b", "IAM and COT while a call to the switch talks", "2.9.5.1 d)", talking_in),
    case("1.5.3c", "RLC while a call talks", "2.9.5.1 b)", rlc_while_talking),
];

fn rel_idle(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, our_rel(Cause::NORMAL_CLEARING)).expect(on, Mt::RLC).done()
}

fn rlc_idle(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, Rlc::new()).quiet().done()
}

fn reset_for(p: &Profile, message: impl Into<Message>) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, message)
        .expect(on, Mt::RSC)
        .send(on, Rlc::new())
        .quiet()
        .whole_call_in(on)
        .done()
}

fn acm_idle(p: &Profile) -> Vec<Step> {
    reset_for(p, ringing())
}

fn anm_idle(p: &Profile) -> Vec<Step> {
    reset_for(p, Anm::new())
}

fn sus_idle(p: &Profile) -> Vec<Step> {
    reset_for(p, Sus::new(true))
}

/// The neighbour thinks that the circuit is blocked from here: it is told otherwise.
fn bla_idle(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Bla)
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .quiet()
        .whole_call_in(on)
        .done()
}

fn uba_idle(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, Message::Uba).quiet().done()
}

fn group_idle(p: &Profile) -> Vec<Step> {
    let status = isup_codec::RangeStatus::new(p.range(), |_| true);
    let (kind, first) = (isup_codec::SupervisionType::MAINTENANCE, p.first());
    story(p)
        .send(first, isup_codec::Cgba { kind, status: status.clone() })
        .send(first, isup_codec::Cgua { kind, status: status.clone() })
        .send(first, isup_codec::Gra { status })
        .quiet()
        .whole_call_out()
        .done()
}

/// The circuit is released, and the call tried again on another one.
fn rlc_during_setup(p: &Profile) -> Vec<Step> {
    let lost = On::Picked(1);
    story(p)
        .calls()
        .send(PICKED, Rlc::new())
        .expect_iam_on_another()
        .expect(lost, Mt::REL)
        .send(lost, Rlc::new())
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// The circuit is reset, and the call tried again on another one.
fn again_after(p: &Profile, message: impl Into<Message>) -> Vec<Step> {
    let lost = On::Picked(1);
    story(p)
        .calls()
        .send(PICKED, message)
        .expect_iam_on_another()
        .expect(lost, Mt::RSC)
        .send(lost, Rlc::new())
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn res_during_setup(p: &Profile) -> Vec<Step> {
    again_after(p, Res::new(true))
}

fn cpg_during_setup(p: &Profile) -> Vec<Step> {
    again_after(p, Cpg::new(EventIndicator::PROGRESS))
}

fn acm_twice(p: &Profile) -> Vec<Step> {
    story(p)
        .calls()
        .rings()
        .send(PICKED, ringing())
        .quiet()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn iam_twice(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).offers(on).alerts(on).send(on, p.iam()).quiet().tester_clears(on, Party::Called).done()
}

fn rlc_from_caller(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .offers(on)
        .alerts(on)
        .send(on, Rlc::new())
        .expect(on, Mt::REL)
        .send(on, Rlc::new())
        .hear(Ear::Released(Party::Called))
        .done()
}

fn talking_out(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, ringing())
        .send(PICKED, Anm::new())
        .quiet()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn talking_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, p.iam())
        .send(on, Cot { successful: true })
        .quiet()
        .tester_clears(on, Party::Called)
        .done()
}

fn rlc_while_talking(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Rlc::new())
        .expect(PICKED, Pattern::of(Mt::REL))
        .send(PICKED, Rlc::new())
        .hear(Ear::Released(Party::Caller))
        .done()
}
