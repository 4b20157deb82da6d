//! Q.784.1 §1.3: circuits that are blocked.

use super::words::{Mt, PICKED, Story, case, needing, our_rel, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Step};
use base::Cause;
use isup_codec::{
    Cgb, Cgba, Cgu, Cgua, Cic, CircuitState, Cqm, Message, RangeStatus, Rlc, SupervisionType,
};

pub(super) const CASES: &[Case] = &[
    case("1.3.1.1a", "CGB and CGU received (maintenance)", "2.8.2.2", cgb_received),
    case("1.3.1.1b", "CGB for maintenance lets calls go on", "2.8.2.2", cgb_during_call),
    case("1.3.1.1c", "CGB and CGU received (hardware failure)", "2.8.2.2", cgb_hardware),
    case("1.3.1.1d", "CGB for a failure ends the calls", "2.8.2.2", cgb_hardware_during_call),
    case("1.3.1.1e", "CGB about a part of the circuits", "2.8.2.2", cgb_part),
    case("1.3.1.2a", "CGB and CGU sent (maintenance)", "2.8.2.2", cgb_sent),
    case("1.3.1.2b", "CGB and CGU sent (hardware failure)", "2.8.2.2", cgb_hardware_sent),
    case("1.3.2.1", "BLO received", "2.8.2.1", blo_received),
    case("1.3.2.1a", "a blocked circuit is not taken for a call", "2.8.2.1", blo_and_calls),
    case("1.3.2.2", "BLO sent", "2.8.2.1", blo_sent),
    needing(
        &[Need::AnswersQueries],
        "1.3.2.3",
        "blocked from both ends, unblocked from one",
        "2.8.2.1",
        both_ends,
    ),
    case("1.3.2.4", "IAM received on a remotely blocked circuit", "2.8.2.3 a)", iam_unblocks),
    case("1.3.2.5", "IAM received on a locally blocked circuit", "2.8.2.3 b)", iam_refused),
    needing(
        &[Need::AnswersQueries],
        "1.3.3a",
        "CQM about circuits that are idle, busy and blocked",
        "2.8.3",
        query_received,
    ),
    case("1.3.3b", "CQM sent", "2.8.3", query_sent),
];

const MAINTENANCE: SupervisionType = SupervisionType::MAINTENANCE;
const HARDWARE: SupervisionType = SupervisionType::HARDWARE;

/// The circuits whose distance from the first one fits.
fn some(p: &Profile, marked: impl Fn(usize) -> bool) -> RangeStatus {
    RangeStatus::new(p.range(), marked)
}

fn all(p: &Profile) -> RangeStatus {
    some(p, |_| true)
}

fn acknowledged(kind: Mt, of: SupervisionType) -> Pattern {
    Pattern::of(kind).with(Check::Kind(of)).with(Check::Marked(true))
}

fn block_and_unblock(p: &Profile, kind: SupervisionType) -> Vec<Step> {
    let first = p.first();
    story(p)
        .send(first, Cgb { kind, status: all(p) })
        .expect(first, acknowledged(Mt::CGBA, kind))
        // No circuit is left.
        .dials(false)
        .hear(Ear::Released(Party::Caller))
        .send(first, Cgu { kind, status: all(p) })
        .expect(first, acknowledged(Mt::CGUA, kind))
        .whole_call_out()
        .done()
}

fn cgb_received(p: &Profile) -> Vec<Step> {
    block_and_unblock(p, MAINTENANCE)
}

fn cgb_hardware(p: &Profile) -> Vec<Step> {
    block_and_unblock(p, HARDWARE)
}

fn cgb_during_call(p: &Profile) -> Vec<Step> {
    let (first, kind) = (p.first(), MAINTENANCE);
    story(p)
        .talking_in(p.ours(0))
        .send(first, Cgb { kind, status: all(p) })
        .expect(first, acknowledged(Mt::CGBA, kind))
        .quiet()
        .tester_clears(p.ours(0), Party::Called)
        .send(first, Cgu { kind, status: all(p) })
        .expect(first, acknowledged(Mt::CGUA, kind))
        .done()
}

/// The exchange that is told of a failure releases the calls; the acknowledgement does not wait.
fn cgb_hardware_during_call(p: &Profile) -> Vec<Step> {
    let (first, kind) = (p.first(), HARDWARE);
    let busy = p.ours(1);
    story(p)
        .talking_in(busy)
        .send(first, Cgb { kind, status: all(p) })
        .expect(busy, Mt::REL)
        .expect(first, acknowledged(Mt::CGBA, kind))
        .send(busy, Rlc::new())
        .hear(Ear::Released(Party::Called))
        .send(first, Cgu { kind, status: all(p) })
        .expect(first, acknowledged(Mt::CGUA, kind))
        .done()
}

/// Every circuit but one is blocked: the call has to take that one, and there is none for the next.
fn cgb_part(p: &Profile) -> Vec<Step> {
    let (first, kind) = (p.first(), MAINTENANCE);
    let free = p.theirs(1);
    let blocked = some(p, |position| usize::from(first.0) + position != usize::from(free.0));
    story(p)
        .send(first, Cgb { kind, status: blocked.clone() })
        .expect(first, Pattern::of(Mt::CGBA).with(Check::Kind(kind)))
        .calls_on(On::Cic(free))
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .send(first, Cgu { kind, status: blocked })
        .expect(first, Pattern::of(Mt::CGUA).with(Check::Kind(kind)))
        .done()
}

fn sent(p: &Profile, kind: SupervisionType, block: Act, unblock: Act) -> Vec<Step> {
    let first = p.first();
    let marks_all = |message| acknowledged(message, kind).with(Check::Range(p.range()));
    story(p)
        .act(block)
        .expect(first, marks_all(Mt::CGB))
        .send(first, Cgba { kind, status: all(p) })
        .dials(false)
        .hear(Ear::Released(Party::Caller))
        .act(unblock)
        .expect(first, marks_all(Mt::CGU))
        .send(first, Cgua { kind, status: all(p) })
        .quiet()
        .whole_call_out()
        .done()
}

fn cgb_sent(p: &Profile) -> Vec<Step> {
    sent(p, MAINTENANCE, Act::BlockAll(MAINTENANCE, true), Act::BlockAll(MAINTENANCE, false))
}

fn cgb_hardware_sent(p: &Profile) -> Vec<Step> {
    sent(p, HARDWARE, Act::Bearers(false), Act::Bearers(true))
}

fn blo_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Blo)
        .expect(on, Mt::BLA)
        .send(on, Message::Ubl)
        .expect(on, Mt::UBA)
        .whole_call_in(on)
        .done()
}

/// A message about each of the circuits, each acknowledged.
fn each<'a>(story: Story<'a>, message: &Message, answer: Mt, cics: &[Cic]) -> Story<'a> {
    cics.iter().fold(story, |story, cic| story.send(*cic, message.clone()).expect(*cic, answer))
}

/// All circuits are blocked one by one; the last one is unblocked, and the call takes that.
fn blo_and_calls(p: &Profile) -> Vec<Step> {
    let free = p.theirs(0);
    let others: Vec<_> = p.circuits.iter().copied().filter(|cic| *cic != free).collect();
    let calls = each(story(p), &Message::Blo, Mt::BLA, &p.circuits)
        .dials(false)
        .hear(Ear::Released(Party::Caller))
        .send(free, Message::Ubl)
        .expect(free, Mt::UBA)
        .calls_on(On::Cic(free))
        .rings()
        .answers()
        .tester_clears(free, Party::Caller);
    each(calls, &Message::Ubl, Mt::UBA, &others).done()
}

fn blo_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .quiet()
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .quiet()
        .whole_call_in(on)
        .done()
}

fn both_ends(p: &Profile) -> Vec<Step> {
    let on = p.first();
    let stands = |state| Pattern::of(Mt::CQR).with(Check::OneIn(0, state));
    let range = p.range();
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .send(on, Message::Blo)
        .expect(on, Mt::BLA)
        .send(on, Cqm { range })
        .expect(on, stands(CircuitState::IDLE_BLOCKED))
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .send(on, Cqm { range })
        .expect(on, stands(CircuitState::IDLE_REMOTELY_BLOCKED))
        .send(on, Message::Ubl)
        .expect(on, Mt::UBA)
        .done()
}

fn iam_unblocks(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, Message::Blo).expect(on, Mt::BLA).whole_call_in(on).done()
}

fn iam_refused(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .send(on, p.iam())
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .quiet()
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .done()
}

fn query_received(p: &Profile) -> Vec<Step> {
    let (first, range) = (p.first(), p.range());
    let at = |cic: Cic| usize::from(cic.0 - first.0);
    let (busy, blocked) = (p.ours(0), p.ours(1));
    story(p)
        .talking_in(busy)
        .send(blocked, Message::Blo)
        .expect(blocked, Mt::BLA)
        .send(first, Cqm { range })
        .expect(
            first,
            Pattern::of(Mt::CQR)
                .with(Check::Range(range))
                .with(Check::OneIn(at(busy), CircuitState::INCOMING_BUSY))
                .with(Check::OneIn(at(blocked), CircuitState::IDLE_REMOTELY_BLOCKED))
                .with(Check::OneIn(at(p.theirs(0)), CircuitState::IDLE)),
        )
        .send(blocked, Message::Ubl)
        .expect(blocked, Mt::UBA)
        .send(busy, our_rel(Cause::NORMAL_CLEARING))
        .expect(busy, Mt::RLC)
        .hear(Ear::Released(Party::Called))
        .done()
}

fn query_sent(p: &Profile) -> Vec<Step> {
    let (first, range) = (p.first(), p.range());
    let idle = vec![CircuitState::IDLE; range.count()];
    story(p)
        .act(Act::QueryAll)
        .expect(first, Pattern::of(Mt::CQM).with(Check::Range(range)))
        .send(first, isup_codec::Cqr { range, states: isup_codec::CircuitStates(idle) })
        .quiet()
        .done()
}
