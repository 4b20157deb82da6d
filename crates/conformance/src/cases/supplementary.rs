//! Q.785: supplementary services, as far as a gateway takes part in them. The numbers are ours: a
//! chapter for each service of Q.730 to Q.737, and in it one case after the other.

use super::words::{Mt, PICKED, ringing, story, subscriber};
use crate::act::{Act, Ear, Party};
use crate::case::{Case, Script, Suite};
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{
    Anm, CalledStatus, CallingPartyNumber, ClosedUserGroupCall, Con, ConnectedNumber, Cpg, Digits,
    EventIndicator, Iam, NatureOfAddress, Notification, OptionalBackwardCallIndicators,
    OptionalForwardCallIndicators, ParameterName, Presentation, Redirecting, RedirectingNumber,
    RedirectingReason, RedirectionInformation, Rlc, Screening, key,
};

const fn q785(
    needs: &'static [Need],
    number: &'static str,
    title: &'static str,
    clause: &'static str,
    steps: fn(&Profile) -> Vec<Step>,
) -> Case {
    Case { suite: Suite::Q785, number, title, clause, script: Script::Steps(needs, steps) }
}

const fn none(
    number: &'static str,
    title: &'static str,
    clause: &'static str,
    why: &'static str,
) -> Case {
    Case { suite: Suite::Q785, number, title, clause, script: Script::None(why) }
}

const LINE: &[Need] = &[Need::ConnectedLine];
const EXPLICIT: &str = "takes a user with service 2 or 3; SIP has none";
const CENTRAL: &str = "takes a user that belongs to a group; the switch only passes calls on";

pub(super) const CASES: &[Case] = &[
    q785(&[], "1.1", "UUS 1 implicit in an IAM to the switch", "Q.737.1", uus_in),
    q785(&[], "1.2", "UUS 1 implicit in ACM, CPG, ANM", "Q.737.1", uus_backward),
    q785(&[], "1.3", "UUS 1 implicit in REL", "Q.737.1", uus_in_rel),
    q785(&[], "1.4", "UUS 1 asked for and not essential", "Q.737.1", uus_explicit),
    none("1.5", "UUS 2 and 3", "Q.737.1", EXPLICIT),
    q785(&[], "2.1", "CUG call with outgoing access to a user without", "Q.735.1", cug_access),
    q785(&[], "2.2", "CUG call without outgoing access to a user without", "Q.735.1", cug_closed),
    none("2.3", "CUG call of a user of the switch", "Q.735.1", CENTRAL),
    q785(&[], "3.1", "CLIP: number in an IAM to the switch", "Q.731.3", clip_in),
    q785(&[], "3.2", "CLIP: number in an IAM of the switch", "Q.731.3", clip_out),
    q785(&[], "3.3", "CLIR: hidden number in an IAM to the switch", "Q.731.4", clir_in),
    q785(&[], "3.4", "CLIR: hidden number in an IAM of the switch", "Q.731.4", clir_out),
    q785(&[], "3.5", "CLIP: no number, or one that is not available", "Q.731.3", clip_none),
    q785(LINE, "4.1", "COLP: number in the answer to the switch", "Q.731.5", colp_in),
    q785(LINE, "4.2", "COLR: hidden number in the answer to the switch", "Q.731.6", colr_in),
    q785(&[], "4.3", "COLP asked for by the caller", "Q.731.5", colp_asked),
    q785(&[], "5.1", "a forwarded call comes to the switch", "Q.732.2", forwarded_in),
    q785(&[], "5.2", "a call of the switch is forwarded: CPG", "Q.732.2", forwarded_cpg),
    q785(&[], "5.3", "a call of the switch is forwarded: ACM", "Q.732.2", forwarded_acm),
    q785(&[], "5.4", "a user of the switch has its calls forwarded", "Q.732.2", forwards),
    q785(&[], "6.1", "HOLD: the other end holds and retrieves (CPG)", "Q.733.2", held),
    q785(&[], "6.2", "TP: the other end suspends and resumes", "Q.733.4", moved),
    q785(&[], "7.1", "CW: the called user is told of a waiting call", "Q.733.1", waiting),
    q785(&[], "8.1", "DDI: the number arrives whole", "Q.731.1", ddi),
    q785(&[], "8.2", "SUB: a subaddress in access transport", "Q.731.8", sub),
];

fn digits(text: &str) -> Digits {
    text.parse().unwrap_or_default()
}

const CALLER: &str = "199000099";

/// Rings, is answered, ends.
fn taken(p: &Profile, iam: Iam, ear: Ear) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, iam)
        .hear(ear)
        .alerts(on)
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

const UUI: [u8; 4] = [0x04, 0x68, 0x69, 0x21];

fn uus_in(p: &Profile) -> Vec<Step> {
    let mut iam = p.iam();
    iam.options.push(ParameterName::USER_TO_USER_INFORMATION, &UUI);
    taken(p, iam, Ear::Called)
}

fn uus_backward(p: &Profile) -> Vec<Step> {
    let (mut acm, mut anm) = (ringing(), Anm::new());
    acm.options.push(ParameterName::USER_TO_USER_INFORMATION, &UUI);
    anm.options.push(ParameterName::USER_TO_USER_INFORMATION, &UUI);
    story(p)
        .calls()
        .send(PICKED, acm)
        .hear(Ear::Alerting)
        .send(PICKED, anm)
        .hear(Ear::Answered)
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn uus_in_rel(p: &Profile) -> Vec<Step> {
    let mut rel = super::words::our_rel(Cause::NORMAL_CLEARING);
    rel.options.push(ParameterName::USER_TO_USER_INFORMATION, &UUI);
    story(p)
        .talking_out()
        .send(PICKED, rel)
        .expect(PICKED, Mt::RLC)
        .hear(Ear::Released(Party::Caller))
        .done()
}

/// Service 1, request, not essential.
fn uus_explicit(p: &Profile) -> Vec<Step> {
    let mut iam = p.iam();
    iam.options.push(ParameterName::USER_TO_USER_INDICATORS, &[0b0000_0100]);
    iam.options.push(ParameterName::USER_TO_USER_INFORMATION, &UUI);
    taken(p, iam, Ear::Called)
}

/// Network identity 0033 and binary code 1 (Q.763 §3.15).
const INTERLOCK: [u8; 4] = [0x00, 0x33, 0x00, 0x01];

fn cug(p: &Profile, call: ClosedUserGroupCall) -> Iam {
    let indicators = OptionalForwardCallIndicators(0).with_closed_user_group(call);
    let mut iam = p.iam().with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &indicators);
    iam.options.push(ParameterName::CLOSED_USER_GROUP_INTERLOCK_CODE, &INTERLOCK);
    iam
}

fn cug_access(p: &Profile) -> Vec<Step> {
    taken(p, cug(p, ClosedUserGroupCall::OUTGOING_ACCESS_ALLOWED), Ear::Called)
}

/// Nobody outside of the group may be reached: a network without the service refuses the call.
fn cug_closed(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let causes = vec![Cause::FACILITY_REJECTED, Cause::USER_NOT_MEMBER_OF_CUG];
    story(p)
        .send(on, cug(p, ClosedUserGroupCall::OUTGOING_ACCESS_NOT_ALLOWED))
        .expect(on, Pattern::of(Mt::REL).with(Check::Cause(causes)))
        .send(on, Rlc::new())
        .done()
}

fn from(p: &Profile, presentation: Presentation) -> Iam {
    let mut calling = CallingPartyNumber::new(NatureOfAddress::NATIONAL, digits(CALLER));
    (calling.presentation, calling.screening) = (presentation, Screening::NETWORK);
    p.iam().with(key::CALLING_PARTY_NUMBER, &calling)
}

fn clip_in(p: &Profile) -> Vec<Step> {
    taken(p, from(p, Presentation::ALLOWED), Ear::CalledFrom(Some(CALLER.to_owned())))
}

fn clip_out(p: &Profile) -> Vec<Step> {
    let shown = Check::Calling(p.numbers.caller.clone(), Presentation::ALLOWED);
    story(p)
        .dials(false)
        .expect(On::New, Pattern::of(Mt::IAM).with(shown))
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn clir_in(p: &Profile) -> Vec<Step> {
    taken(p, from(p, Presentation::RESTRICTED), Ear::CalledFrom(None))
}

fn clir_out(p: &Profile) -> Vec<Step> {
    let hidden = Check::Calling(p.numbers.caller.clone(), Presentation::RESTRICTED);
    story(p)
        .dials(true)
        .expect(On::New, Pattern::of(Mt::IAM).with(hidden))
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn clip_none(p: &Profile) -> Vec<Step> {
    let mut unavailable = p.iam();
    // Address not available: no digits (Q.763 §3.10).
    unavailable.options.push(ParameterName::CALLING_PARTY_NUMBER, &[0x00, 0x0b]);
    let mut steps = taken(p, p.iam(), Ear::CalledFrom(None));
    steps.extend(taken(p, unavailable, Ear::CalledFrom(None)));
    steps
}

fn answered(presentation: Presentation) -> Anm {
    let mut number = ConnectedNumber::new(NatureOfAddress::NATIONAL, digits("199000077"));
    number.presentation = presentation;
    Anm::new().with(key::CONNECTED_NUMBER, &number)
}

fn colp(p: &Profile, presentation: Presentation, ear: Ear) -> Vec<Step> {
    story(p)
        .calls()
        .rings()
        .send(PICKED, answered(presentation))
        .hear(ear)
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn colp_in(p: &Profile) -> Vec<Step> {
    colp(p, Presentation::ALLOWED, Ear::AnsweredBy(Some("199000077".to_owned())))
}

fn colr_in(p: &Profile) -> Vec<Step> {
    colp(p, Presentation::RESTRICTED, Ear::AnsweredBy(None))
}

fn colp_asked(p: &Profile) -> Vec<Step> {
    let asks = OptionalForwardCallIndicators(0).with_connected_line_requested(true);
    taken(p, p.iam().with(key::OPTIONAL_FORWARD_CALL_INDICATORS, &asks), Ear::Called)
}

fn forwarded_in(p: &Profile) -> Vec<Step> {
    let number = RedirectingNumber::new(NatureOfAddress::NATIONAL, digits("199000088"));
    let information = RedirectionInformation(0)
        .with_indicator(Redirecting::DIVERTED)
        .with_reason(RedirectingReason::UNCONDITIONAL)
        .with_counter(1);
    let iam = from(p, Presentation::ALLOWED)
        .with(key::REDIRECTING_NUMBER, &number)
        .with(key::ORIGINAL_CALLED_NUMBER, &number)
        .with(key::REDIRECTION_INFORMATION, &information);
    taken(p, iam, Ear::Called)
}

fn forwarded_cpg(p: &Profile) -> Vec<Step> {
    let mut cpg = Cpg::new(EventIndicator::FORWARDED_UNCONDITIONAL);
    cpg.options.push(ParameterName::GENERIC_NOTIFICATION_INDICATOR, &[0x80 | 0x7b]);
    story(p)
        .calls()
        .rings()
        .send(PICKED, cpg)
        .hear(Ear::Forwarded)
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn forwarded_acm(p: &Profile) -> Vec<Step> {
    let may = OptionalBackwardCallIndicators(0).with_diversion_may_occur(true);
    let acm = ringing().with(key::OPTIONAL_BACKWARD_CALL_INDICATORS, &may);
    story(p)
        .calls()
        .send(PICKED, acm)
        .hear(Ear::Alerting)
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn forwards(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    let event = Check::Event(EventIndicator::FORWARDED_UNCONDITIONAL);
    story(p)
        .offers(on)
        .act(Act::Forward)
        .expect(on, Mt::ACM)
        .expect(on, Pattern::of(Mt::CPG).with(event))
        .act(Act::Answer)
        .expect(on, Mt::ANM)
        .tester_clears(on, Party::Called)
        .done()
}

fn notified(notification: Notification) -> Cpg {
    let mut cpg = Cpg::new(EventIndicator::PROGRESS);
    cpg.options.push(ParameterName::GENERIC_NOTIFICATION_INDICATOR, &[0x80 | notification.0]);
    cpg
}

fn held(p: &Profile) -> Vec<Step> {
    story(p)
        .talking_out()
        .send(PICKED, notified(Notification::REMOTE_HOLD))
        .quiet()
        .send(PICKED, notified(Notification::REMOTE_RETRIEVAL))
        .quiet()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn moved(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .talking_in(on)
        .send(on, isup_codec::Sus::new(false))
        .hear(Ear::Suspended(Party::Called))
        .send(on, isup_codec::Res::new(false))
        .hear(Ear::Resumed(Party::Called))
        .tester_clears(on, Party::Called)
        .done()
}

fn waiting(p: &Profile) -> Vec<Step> {
    story(p)
        .calls()
        .rings()
        .send(PICKED, notified(Notification::CALL_WAITING))
        .hear(Ear::Progress)
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn ddi(p: &Profile) -> Vec<Step> {
    taken(p, p.iam(), Ear::CalledAs(p.numbers.reaches.1.clone()))
}

/// A called party subaddress of Q.931 there, a connected one back.
fn sub(p: &Profile) -> Vec<Step> {
    let mut iam = p.iam();
    iam.options.push(ParameterName::ACCESS_TRANSPORT, &[0x71, 4, 0x80, 0x50, 0x31, 0x32]);
    let mut con = Con::new(subscriber(CalledStatus::SUBSCRIBER_FREE));
    con.options.push(ParameterName::ACCESS_TRANSPORT, &[0x4d, 4, 0x80, 0x50, 0x33, 0x34]);
    let mut steps = taken(p, iam, Ear::Called);
    let answered = story(p).calls().send(PICKED, con).hear(Ear::Answered);
    steps.extend(answered.user_clears(PICKED, Party::Caller).done());
    steps
}
