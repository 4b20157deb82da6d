//! What a neighbour answers when it is asked something outside of any case.

use base::Cause;
use isup_codec::{
    CauseIndicators, Cgba, Cgua, CircuitState, CircuitStates, Cqr, Gra, Message, Options,
    RangeStatus, Rel, Rlc, Upa, location,
};

/// The answer to a message that waits for one.
pub(crate) fn answer(message: &Message) -> Option<Message> {
    Some(match message {
        Message::Grs(grs) => Gra { status: RangeStatus::new(grs.range, |_| false) }.into(),
        Message::Rsc | Message::Rel(_) => Rlc::new().into(),
        Message::Blo => Message::Bla,
        Message::Ubl => Message::Uba,
        Message::Cgb(cgb) => Cgba { kind: cgb.kind, status: cgb.status.clone() }.into(),
        Message::Cgu(cgu) => Cgua { kind: cgu.kind, status: cgu.status.clone() }.into(),
        Message::Cqm(cqm) => {
            let states = CircuitStates(vec![CircuitState::IDLE; cqm.range.count()]);
            Cqr { range: cqm.range, states }.into()
        }
        Message::Upt(_) => Upa { options: Options::new() }.into(),
        Message::Ccr => Message::Lpa,
        Message::Iam(_) => {
            Rel::new(CauseIndicators::new(Cause::NORMAL_UNSPECIFIED, location::TRANSIT)).into()
        }
        _ => return None,
    })
}
