//! Q.784.1 §8, §9: overload, a user part that is not there, and echo control as Q.767 has it.

use super::words::{Mt, PICKED, Story, case, needing, our_rel, ringing, story};
use crate::act::{Act, Ear, Network, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::Step;
use base::{Cause, Duration};
use isup_codec::{Cic, Options, ParameterName, Rel, Rlc, Upa, Upt, key};

pub(super) const CASES: &[Case] = &[
    case("8.1.1", "REL with an automatic congestion level received", "2.11.1", level_received),
    needing(
        &[Need::CongestionControl],
        "8.1.1a",
        "calls that are held back after such a level pass again",
        "2.11.1",
        level_is_over,
    ),
    case("8.1.2", "REL with an automatic congestion level sent", "2.11.2", level_sent),
    case("8.2.1", "UPT received", "2.13", upt_received),
    case("8.2.2", "UPT sent", "2.13", upt_sent),
    case("8.2.3", "T4: no answer to UPT", "2.13, T4", t4),
    case("8.2.4", "calls while the neighbour cannot be reached", "2.14", paused),
    case("8.2.5", "a talking call outlives the way to the neighbour", "2.14", talks_through_pause),
    case("8.2.6", "the way to the neighbour is congested", "2.10.2, T29, T30", congested),
    case("9.1.1", "echo control of Q.767, call of the switch", "Q.767 2.7", echo_out),
    needing(&[], "9.1.2", "echo control of Q.767, call to the switch", "Q.767 2.7", echo_in),
];

fn level(level: u8) -> Rel {
    let rel = our_rel(Cause::SWITCHING_EQUIPMENT_CONGESTION);
    rel.with(key::AUTOMATIC_CONGESTION_LEVEL, &level)
}

/// E.412 §4.1 has a level count for five seconds; meanwhile calls of other cases would be held
/// back.
const LEVEL_IS_OVER: Duration = Duration::from_secs(6);

/// The call ends as any other; what is held back afterwards is left to the switch.
fn level_received(p: &Profile) -> Vec<Step> {
    released_with(p, 1).quiet_for(LEVEL_IS_OVER).done()
}

fn released_with(p: &Profile, which: u8) -> Story<'_> {
    story(p)
        .calls()
        .send(PICKED, level(which))
        .expect(PICKED, Mt::RLC)
        .hear(Ear::Released(Party::Caller))
}

fn level_is_over(p: &Profile) -> Vec<Step> {
    let story = released_with(p, 2).quiet_for(LEVEL_IS_OVER);
    (0..4).fold(story, |story, _| story.whole_call_out()).done()
}

fn level_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Overload(true))
        .offers(on)
        .act(Act::Refuse(Cause::USER_BUSY))
        .expect(
            on,
            Pattern::of(Mt::REL).with(Check::Has(ParameterName::AUTOMATIC_CONGESTION_LEVEL)),
        )
        .send(on, Rlc::new())
        .act(Act::Overload(false))
        .done()
}

fn upt_received(p: &Profile) -> Vec<Step> {
    story(p)
        .send(Cic(0), Upt { options: Options::new() })
        .expect(Cic(0), Mt::UPA)
        .send(p.first(), Upt { options: Options::new() })
        .expect(p.first(), Mt::UPA)
        .done()
}

const INACCESSIBLE: Network = Network::UserPartUnavailable(2);

/// Q.764 has T4 run before the first UPT.
fn upt_sent(p: &Profile) -> Vec<Step> {
    story(p)
        .act(Act::Network(INACCESSIBLE))
        .hear(Ear::Alarm)
        .expect_at(4, Cic(0), Mt::UPT)
        .send(Cic(0), Upa { options: Options::new() })
        .whole_call_out()
        .done()
}

fn t4(p: &Profile) -> Vec<Step> {
    story(p)
        .act(Act::Network(INACCESSIBLE))
        .hear(Ear::Alarm)
        .expect_at(4, Cic(0), Mt::UPT)
        .expect_at(4, Cic(0), Mt::UPT)
        .expect_at(4, Cic(0), Mt::UPT)
        // Any message shows that the user part is there.
        .send(p.ours(0), Rlc::new())
        .whole_call_out()
        .done()
}

fn paused(p: &Profile) -> Vec<Step> {
    story(p)
        .act(Act::Network(Network::Pause))
        .quiet()
        .dials(false)
        .hear(Ear::Released(Party::Caller))
        .act(Act::Network(Network::Resume))
        .quiet()
        .whole_call_out()
        .done()
}

fn talks_through_pause(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .act(Act::Network(Network::Pause))
        .quiet()
        .act(Act::Network(Network::Resume))
        .quiet()
        .user_clears(PICKED, Party::Caller)
        .done()
}

/// What comes is taken, whatever is held back of what goes; that is whole again after T30.
fn congested(p: &Profile) -> Vec<Step> {
    let story = story(p)
        .act(Act::Network(Network::Congested))
        .quiet()
        .whole_call_in(p.ours(0))
        .quiet_for(p.timer(30).max);
    (0..4).fold(story, |story, _| story.whole_call_out()).done()
}

fn echo_out(p: &Profile) -> Vec<Step> {
    let mut acm = ringing();
    acm.backward = acm.backward.with_echo_control(false);
    story(p)
        .calls()
        .send(PICKED, acm)
        .hear(Ear::Alerting)
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn echo_in(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let mut iam = p.iam();
    iam.nature = iam.nature.with_echo_control(false).with_satellites(1);
    story(p)
        .send(on, iam)
        .hear(Ear::Called)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}
