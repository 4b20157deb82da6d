//! Q.784.1 §3, §4: calls that end, and calls that do not come about.

use super::words::{Mt, PICKED, case, complete, our_rel, rel, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::Profile;
use crate::step::Step;
use base::Cause;
use isup_codec::{Cpg, EventIndicator, Res, Rlc, Sus};

pub(super) const CASES: &[Case] = &[
    case("3.1a", "the caller gives up before ACM, call of the switch", "2.3.1", early_out),
    case("3.1b", "the caller gives up before ACM, call to the switch", "2.3.1", early_in),
    case("3.2a", "the caller gives up before the answer, call of the switch", "2.3.1", before_out),
    case("3.2b", "the caller gives up before the answer, call to the switch", "2.3.1", before_in),
    case("3.3a", "the caller ends the call, call of the switch", "2.3.1", caller_out),
    case("3.3b", "the caller ends the call, call to the switch", "2.3.1", caller_in),
    case("3.4a", "the called user ends the call, call of the switch", "2.3.1", called_out),
    case("3.4b", "the called user ends the call, call to the switch", "2.3.1", called_in),
    case("3.5a", "SUS by the network received, RES follows", "2.4.2, 2.5.2", sus_network_in),
    case("3.5b", "SUS by the network sent, RES follows", "2.4.2, 2.5.2", sus_network_out),
    case("3.5c", "SUS by the network received, the call is ended", "2.4.2, 2.3", sus_and_rel),
    case("3.6a", "SUS and RES by the caller received", "2.4.1, 2.5.1", sus_caller_in),
    case("3.6b", "SUS and RES at the request of the caller sent", "2.4.1, 2.5.1", sus_caller_out),
    case("3.7a", "SUS and RES by the called user received", "2.4.1, 2.5.1", sus_called_in),
    case("3.7b", "SUS and RES of both kinds do not touch each other", "2.4, 2.5", sus_both),
    case("3.8a", "both sides send REL, the switch first", "2.3.1 e)", collision),
    case("3.8b", "both sides send REL, RLC comes first", "2.3.1 e)", collision_late),
    case("4.1a", "causes received before ACM", "2.2", causes_before_acm),
    case("4.1b", "causes received after ACM", "2.2", causes_after_acm),
    case("4.1c", "causes sent before ACM", "2.2", causes_sent),
    case("4.1d", "causes sent after ACM", "2.2", causes_sent_late),
    case("4.1e", "a number that is not allocated", "2.2, 2.1.1", nobody),
    case("4.1f", "a tone follows ACM with a cause", "2.2.4", announcement),
];

fn early_out(p: &Profile) -> Vec<Step> {
    story(p).calls().user_clears(PICKED, Party::Caller).done()
}

fn early_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).offers(on).tester_clears(on, Party::Called).done()
}

fn before_out(p: &Profile) -> Vec<Step> {
    story(p).calls().rings().user_clears(PICKED, Party::Caller).done()
}

fn before_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).offers(on).alerts(on).tester_clears(on, Party::Called).done()
}

fn caller_out(p: &Profile) -> Vec<Step> {
    story(p).whole_call_out().done()
}

fn caller_in(p: &Profile) -> Vec<Step> {
    story(p).whole_call_in(p.ours(0)).done()
}

fn called_out(p: &Profile) -> Vec<Step> {
    story(p).talking_out().tester_clears(PICKED, Party::Caller).done()
}

fn called_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).talking_in(on).user_clears(on, Party::Called).done()
}

fn sus_network_in(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(true))
        .hear(Ear::Suspended(Party::Caller))
        .send(PICKED, Res::new(true))
        .hear(Ear::Resumed(Party::Caller))
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn sus_network_out(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .act(Act::Hold(Party::Called))
        .expect(on, Pattern::of(Mt::SUS).with(Check::ByNetwork(true)))
        .act(Act::Retrieve(Party::Called))
        .expect(on, Pattern::of(Mt::RES).with(Check::ByNetwork(true)))
        .tester_clears(on, Party::Called)
        .done()
}

fn sus_and_rel(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(true))
        .hear(Ear::Suspended(Party::Caller))
        .tester_clears(PICKED, Party::Caller)
        .done()
}

fn sus_caller_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, Sus::new(false))
        .hear(Ear::Suspended(Party::Called))
        .send(on, Res::new(false))
        .hear(Ear::Resumed(Party::Called))
        .tester_clears(on, Party::Called)
        .done()
}

fn sus_caller_out(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .act(Act::Hold(Party::Caller))
        .expect(PICKED, Mt::SUS)
        .act(Act::Retrieve(Party::Caller))
        .expect(PICKED, Mt::RES)
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn sus_called_in(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(false))
        .hear(Ear::Suspended(Party::Caller))
        .send(PICKED, Res::new(false))
        .hear(Ear::Resumed(Party::Caller))
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// The call goes on when both have resumed it; a second SUS of the same kind changes nothing.
fn sus_both(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, Sus::new(true))
        .hear(Ear::Suspended(Party::Caller))
        .send(PICKED, Sus::new(true))
        .send(PICKED, Sus::new(false))
        .quiet()
        .send(PICKED, Res::new(false))
        .send(PICKED, Res::new(true))
        .quiet()
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// Each acknowledges the other's message, and the circuit is idle when both have.
fn collision(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .act(Act::HangUp(Party::Caller))
        .expect(PICKED, rel(Cause::NORMAL_CLEARING))
        .send(PICKED, our_rel(Cause::NORMAL_CLEARING))
        .expect(PICKED, Mt::RLC)
        .send(PICKED, Rlc::new())
        .done()
}

fn collision_late(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .act(Act::HangUp(Party::Called))
        .expect(on, rel(Cause::NORMAL_CLEARING))
        .send(on, our_rel(Cause::NORMAL_CLEARING))
        .send(on, Rlc::new())
        .expect(on, Mt::RLC)
        .whole_call_in(on)
        .done()
}

/// A few of Q.850 of each class that stay what they are on their way to a user.
const CAUSES: [Cause; 6] = [
    Cause::UNALLOCATED,
    Cause::USER_BUSY,
    Cause::CALL_REJECTED,
    Cause::NUMBER_CHANGED,
    Cause::BEARER_NOT_IMPLEMENTED,
    Cause::INTERWORKING,
];

fn causes_before_acm(p: &Profile) -> Vec<Step> {
    let calls = CAUSES.iter().fold(story(p), |story, cause| {
        story
            .calls()
            .send(PICKED, our_rel(*cause))
            .expect(PICKED, Mt::RLC)
            .hear(Ear::ReleasedFor(Party::Caller, *cause))
    });
    calls.done()
}

fn causes_after_acm(p: &Profile) -> Vec<Step> {
    let calls = [Cause::NO_ANSWER, Cause::USER_BUSY].iter().fold(story(p), |story, cause| {
        story
            .calls()
            .rings()
            .send(PICKED, our_rel(*cause))
            .expect(PICKED, Mt::RLC)
            .hear(Ear::ReleasedFor(Party::Caller, *cause))
    });
    calls.done()
}

fn causes_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let calls = CAUSES.iter().fold(story(p), |story, cause| {
        let refused = story.offers(on).act(Act::Refuse(*cause));
        refused.expect(on, rel(*cause)).send(on, Rlc::new())
    });
    calls.done()
}

fn causes_sent_late(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let calls = [Cause::NO_ANSWER, Cause::CALL_REJECTED].iter().fold(story(p), |story, cause| {
        let refused = story.offers(on).alerts(on).act(Act::Refuse(*cause));
        refused.expect(on, rel(*cause)).send(on, Rlc::new())
    });
    calls.done()
}

fn nobody(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let causes = vec![Cause::UNALLOCATED, Cause::NO_ROUTE_TO_DESTINATION];
    story(p)
        .send(on, p.iam_for_nobody())
        .expect(on, Pattern::of(Mt::REL).with(Check::Cause(causes)))
        .send(on, Rlc::new())
        .done()
}

/// Where the network behind the neighbour plays an announcement, the caller hears it.
fn announcement(p: &Profile) -> Vec<Step> {
    let mut acm = complete();
    let in_band = isup_codec::OptionalBackwardCallIndicators(0).with_in_band(true);
    acm.set(isup_codec::key::OPTIONAL_BACKWARD_CALL_INDICATORS, &in_band);
    acm.set(isup_codec::key::CAUSE_INDICATORS, &our_rel(Cause::USER_BUSY).cause);
    story(p)
        .calls()
        .send(PICKED, acm)
        .hear(Ear::InBand)
        .send(PICKED, Cpg::new(EventIndicator::IN_BAND))
        .send(PICKED, our_rel(Cause::USER_BUSY))
        .expect(PICKED, Mt::RLC)
        .hear_last(Ear::ReleasedFor(Party::Caller, Cause::USER_BUSY))
        .done()
}
