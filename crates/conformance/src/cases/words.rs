//! The words in which cases are written.

use crate::act::{Act, Call, Ear, Party};
use crate::case::{Case, Script, Suite};
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Repeats, Step};
use base::{Cause, Duration};
use isup_codec::{
    Acm, Anm, BackwardCallIndicators, CalledCategory, CalledStatus, CauseIndicators, Message,
    MessageType, Rel, Rlc, location,
};

pub(super) use isup_codec::MessageType as Mt;

type Steps = fn(&Profile) -> Vec<Step>;

/// A case of Q.784.1 that takes nothing but what its acts take.
pub(super) const fn case(
    number: &'static str,
    title: &'static str,
    clause: &'static str,
    steps: Steps,
) -> Case {
    needing(&[], number, title, clause, steps)
}

/// A case of Q.784.1 that takes more.
pub(super) const fn needing(
    needs: &'static [Need],
    number: &'static str,
    title: &'static str,
    clause: &'static str,
    steps: Steps,
) -> Case {
    let script = Script::Steps(needs, steps);
    Case { suite: Suite::Q784, number, title, clause, script }
}

/// A case of Q.784.1 that cannot be run.
pub(super) const fn none(
    number: &'static str,
    title: &'static str,
    clause: &'static str,
    why: &'static str,
) -> Case {
    Case { suite: Suite::Q784, number, title, clause, script: Script::None(why) }
}

/// The steps of a case, one after the other.
pub(super) struct Story<'a> {
    pub(super) p: &'a Profile,
    steps: Vec<Step>,
}

pub(super) const fn story(p: &Profile) -> Story<'_> {
    Story { p, steps: Vec::new() }
}

/// REL with this cause.
pub(super) fn rel(cause: Cause) -> Pattern {
    Pattern::of(MessageType::REL).with(Check::Cause(vec![cause]))
}

/// REL as the tester sends it.
pub(super) const fn our_rel(cause: Cause) -> Rel {
    Rel::new(CauseIndicators::new(cause, location::USER))
}

/// Backward call indicators of an ordinary subscriber in this state, by ISUP.
pub(super) const fn subscriber(status: CalledStatus) -> BackwardCallIndicators {
    BackwardCallIndicators(0)
        .with_called_status(status)
        .with_called_category(CalledCategory::ORDINARY)
        .with_isup_all_the_way(true)
}

/// ACM: it rings.
pub(super) const fn ringing() -> Acm {
    Acm::new(subscriber(CalledStatus::SUBSCRIBER_FREE))
}

/// ACM: the number is complete, nothing is known of the subscriber.
pub(super) const fn complete() -> Acm {
    Acm::new(subscriber(CalledStatus::NO_INDICATION))
}

/// A call to these digits that shows who calls.
pub(super) fn number(digits: &str) -> Call {
    Call { to: digits.to_owned(), hidden: false, long: false }
}

impl Story<'_> {
    pub(super) fn done(self) -> Vec<Step> {
        self.steps
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn send(self, on: impl Into<On>, message: impl Into<Message>) -> Self {
        self.then(Step::Send(on.into(), message.into()))
    }

    pub(super) fn raw(self, on: impl Into<On>, kind: MessageType, body: &[u8]) -> Self {
        self.then(Step::SendRaw(on.into(), kind, body.to_vec()))
    }

    pub(super) fn expect(self, on: impl Into<On>, what: impl Into<Pattern>) -> Self {
        let soon = self.p.soon();
        self.then(Step::Expect(on.into(), what.into(), soon))
    }

    /// When the timer of this number has expired.
    pub(super) fn expect_at(self, timer: u8, on: impl Into<On>, what: impl Into<Pattern>) -> Self {
        let window = self.p.timer(timer);
        self.then(Step::Expect(on.into(), what.into(), window))
    }

    /// Again and again with the first timer in between, the last one when the second expires.
    pub(super) fn repeated(
        self,
        on: impl Into<On>,
        what: impl Into<Pattern>,
        gap: u8,
        until: u8,
    ) -> Self {
        self.repeats(on.into(), what.into(), gap, None, until)
    }

    /// Again and again with the first timer in between, something else when the second expires.
    pub(super) fn repeated_then(
        self,
        on: impl Into<On>,
        what: impl Into<Pattern>,
        gap: u8,
        then: impl Into<Pattern>,
        until: u8,
    ) -> Self {
        self.repeats(on.into(), what.into(), gap, Some(then.into()), until)
    }

    fn repeats(self, on: On, what: Pattern, gap: u8, then: Option<Pattern>, until: u8) -> Self {
        let (gap, until) = (self.p.timer(gap), self.p.timer(until));
        self.then(Step::Repeats(Box::new(Repeats { on, what, gap, then, until })))
    }

    /// Nothing comes.
    pub(super) fn quiet(self) -> Self {
        let quiet = self.p.pace.quiet;
        self.quiet_for(quiet)
    }

    pub(super) fn quiet_for(self, time: Duration) -> Self {
        self.then(Step::Quiet(time))
    }

    pub(super) fn act(self, act: Act) -> Self {
        self.then(Step::Do(act))
    }

    pub(super) fn hear(self, ear: Ear) -> Self {
        let soon = self.p.soon();
        self.then(Step::Hear(ear, soon))
    }

    /// Whatever else is noticed before.
    pub(super) fn hear_last(self, ear: Ear) -> Self {
        let soon = self.p.soon();
        self.then(Step::HearLast(ear, soon))
    }

    /// When the timer of this number has expired.
    pub(super) fn hear_at(self, timer: u8, ear: Ear) -> Self {
        let window = self.p.timer(timer);
        self.then(Step::Hear(ear, window))
    }

    /// A user calls; the IAM comes on a circuit that is picked.
    pub(super) fn calls(self) -> Self {
        self.calls_on(On::New)
    }

    pub(super) fn calls_on(self, on: On) -> Self {
        let digits = self.p.numbers.calls.clone();
        let iam = Pattern::of(MessageType::IAM).with(Check::Called(digits, true));
        self.dials(false).expect(on, iam)
    }

    /// The call is tried again on another circuit.
    pub(super) fn expect_iam_on_another(self) -> Self {
        self.expect(On::Another, MessageType::IAM)
    }

    pub(super) fn dials(self, hidden: bool) -> Self {
        let to = self.p.numbers.calls.clone();
        self.act(Act::Call(Call { hidden, ..number(&to) }))
    }

    /// The tester says that it rings.
    pub(super) fn rings(self) -> Self {
        self.send(PICKED, ringing()).hear(Ear::Alerting)
    }

    /// The tester answers.
    pub(super) fn answers(self) -> Self {
        self.send(PICKED, Anm::new()).hear(Ear::Answered)
    }

    /// A call of a user that is answered.
    pub(super) fn talking_out(self) -> Self {
        self.calls().rings().answers()
    }

    /// The tester calls.
    pub(super) fn offers(self, on: impl Into<On>) -> Self {
        let iam = self.p.iam();
        self.send(on, iam).hear(Ear::Called)
    }

    /// The called user rings.
    pub(super) fn alerts(self, on: impl Into<On>) -> Self {
        let free = Check::Status(CalledStatus::SUBSCRIBER_FREE);
        self.act(Act::Alert).expect(on, Pattern::of(MessageType::ACM).with(free))
    }

    /// A call of the tester that is answered.
    pub(super) fn talking_in(self, on: impl Into<On>) -> Self {
        let on = on.into();
        self.offers(on).alerts(on).act(Act::Answer).expect(on, MessageType::ANM)
    }

    /// The tester ends the call, which the user at the switch notices.
    pub(super) fn tester_clears(self, on: impl Into<On>, party: Party) -> Self {
        let on = on.into();
        let cause = Cause::NORMAL_CLEARING;
        self.send(on, our_rel(cause))
            .expect(on, MessageType::RLC)
            .hear(Ear::ReleasedFor(party, cause))
    }

    /// The user at the switch ends the call.
    pub(super) fn user_clears(self, on: impl Into<On>, party: Party) -> Self {
        let on = on.into();
        self.act(Act::HangUp(party)).expect(on, rel(Cause::NORMAL_CLEARING)).send(on, Rlc::new())
    }

    /// A call of the tester on this circuit, from the IAM to its end.
    pub(super) fn whole_call_in(self, on: impl Into<On>) -> Self {
        let on = on.into();
        self.talking_in(on).tester_clears(on, Party::Called)
    }

    /// A call of a user, from the IAM to its end.
    pub(super) fn whole_call_out(self) -> Self {
        self.talking_out().user_clears(PICKED, Party::Caller)
    }
}

/// The circuit picked last.
pub(super) const PICKED: On = On::Picked(0);
