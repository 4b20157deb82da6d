//! Q.784.1 §1.1, §1.2: circuits that are not there, and circuits that are reset.

use super::words::{Mt, PICKED, case, needing, story};
use crate::act::{Act, Ear, Party};
use crate::case::Case;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::Step;
use isup_codec::{Cgb, Cgba, Cqm, Gra, Grs, Message, RangeStatus, Rlc, SupervisionType};

pub(super) const CASES: &[Case] = &[
    needing(&[Need::Ucic], "1.1", "a call on a circuit that is not there", "2.12", unequipped),
    case("1.1a", "answers about a circuit that is not there are left alone", "2.12", answers),
    needing(
        &[Need::Ucic],
        "1.1b",
        "supervision of a circuit that is not there",
        "2.12",
        unequipped_supervision,
    ),
    case("1.2.1", "RSC received on an idle circuit", "2.9.3.1 a)", rsc_received),
    case("1.2.2", "RSC sent on an idle circuit", "2.9.3.1", rsc_sent),
    case("1.2.3", "RSC received on a locally blocked circuit", "2.9.3.1 c)", rsc_locally_blocked),
    case("1.2.4", "RSC received on a remotely blocked circuit", "2.9.3.1 d)", rsc_remotely_blocked),
    case("1.2.5", "GRS received on idle circuits", "2.9.3.2", grs_received),
    case("1.2.5a", "GRS received about circuits of which one is busy", "2.9.3.2", grs_busy),
    case("1.2.5b", "GRS received on locally blocked circuits", "2.9.3.2", grs_locally_blocked),
    case("1.2.6", "GRS sent", "2.9.3.2", grs_sent),
    case("1.2.7", "GRS received on remotely blocked circuits", "2.9.3.2", grs_remotely_blocked),
];

fn unequipped(p: &Profile) -> Vec<Step> {
    story(p).send(p.unequipped, p.iam()).expect(p.unequipped, Mt::UCIC).done()
}

fn answers(p: &Profile) -> Vec<Step> {
    story(p)
        .send(p.unequipped, Rlc::new())
        .send(p.unequipped, Message::Bla)
        .send(p.unequipped, Message::Uba)
        .quiet()
        .done()
}

fn unequipped_supervision(p: &Profile) -> Vec<Step> {
    story(p)
        .send(p.unequipped, Message::Blo)
        .expect(p.unequipped, Mt::UCIC)
        .send(p.unequipped, Message::Rsc)
        .expect(p.unequipped, Mt::UCIC)
        .done()
}

fn rsc_received(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p).send(on, Message::Rsc).expect(on, Mt::RLC).whole_call_in(on).done()
}

fn rsc_sent(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Reset(on))
        .expect(on, Mt::RSC)
        .send(on, Rlc::new())
        .quiet()
        .whole_call_in(on)
        .done()
}

fn rsc_locally_blocked(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .act(Act::Block(on))
        .expect(on, Mt::BLO)
        .send(on, Message::Bla)
        .send(on, Message::Rsc)
        .expect(on, Mt::BLO)
        .expect(on, Mt::RLC)
        .send(on, Message::Bla)
        .act(Act::Unblock(on))
        .expect(on, Mt::UBL)
        .send(on, Message::Uba)
        .done()
}

fn rsc_remotely_blocked(p: &Profile) -> Vec<Step> {
    let on = p.ours(0);
    story(p)
        .send(on, Message::Blo)
        .expect(on, Mt::BLA)
        .send(on, Message::Rsc)
        .expect(on, Mt::RLC)
        .done()
}

/// GRA about all circuits, all of them blocked or none.
fn gra(p: &Profile, blocked: bool) -> Pattern {
    Pattern::of(Mt::GRA).with(Check::Range(p.range())).with(Check::Marked(blocked))
}

fn grs_received(p: &Profile) -> Vec<Step> {
    let range = p.range();
    story(p)
        .send(p.first(), Grs { range })
        .expect(p.first(), gra(p, false))
        .whole_call_in(p.ours(0))
        .done()
}

fn grs_busy(p: &Profile) -> Vec<Step> {
    let range = p.range();
    story(p)
        .talking_in(p.ours(0))
        .send(p.first(), Grs { range })
        .expect(p.first(), gra(p, false))
        .hear(Ear::Released(Party::Called))
        .done()
}

fn all_marked(p: &Profile) -> RangeStatus {
    RangeStatus::new(p.range(), |_| true)
}

fn grs_locally_blocked(p: &Profile) -> Vec<Step> {
    let (kind, first, range) = (SupervisionType::MAINTENANCE, p.first(), p.range());
    let status = all_marked(p);
    story(p)
        .act(Act::BlockAll(kind, true))
        .expect(first, Mt::CGB)
        .send(first, Cgba { kind, status: status.clone() })
        .send(first, Grs { range })
        .expect(first, gra(p, true))
        .act(Act::BlockAll(kind, false))
        .expect(first, Mt::CGU)
        .send(first, isup_codec::Cgua { kind, status })
        .done()
}

fn grs_sent(p: &Profile) -> Vec<Step> {
    let range = p.range();
    story(p)
        .act(Act::ResetAll)
        .expect(p.first(), Pattern::of(Mt::GRS).with(Check::Range(range)))
        .send(p.first(), Gra { status: RangeStatus::new(range, |_| false) })
        .quiet()
        .calls()
        .rings()
        .answers()
        .user_clears(PICKED, Party::Caller)
        .done()
}

fn grs_remotely_blocked(p: &Profile) -> Vec<Step> {
    let (kind, first, range) = (SupervisionType::MAINTENANCE, p.first(), p.range());
    story(p)
        .send(first, Cgb { kind, status: all_marked(p) })
        .expect(first, Pattern::of(Mt::CGBA).with(Check::Marked(true)))
        .send(first, Grs { range })
        .expect(first, gra(p, false))
        .send(first, Cqm { range })
        .expect(first, Mt::CQR)
        .done()
}
