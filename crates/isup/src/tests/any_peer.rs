//! Whatever the peer says: nothing panics, what is told of each call makes sense, and once the peer
//! behaves, every circuit becomes idle.

use super::ledger::{Known, Ledger};
use super::*;
use crate::{Backward, CheckId, Continuity};
use isup_codec::{
    Anm, Cgb, Cgba, Cgu, Cgua, Con, ContinuityCheck, Cot, Cpg, Cqm, EventIndicator, Grs, Range,
    Res, Sam, SubsequentNumber, SupervisionType, Sus,
};
use proptest::prelude::*;

const CICS: std::ops::RangeInclusive<u16> = 1..=6;
const KINDS: [SupervisionType; 2] = [SupervisionType::MAINTENANCE, SupervisionType::HARDWARE];

#[derive(Clone, Debug)]
enum Step {
    Hear(u16, Message),
    Noise(Vec<u8>),
    Setup,
    Release(usize),
    Backward(usize, bool),
    Bearers(u16, u16, bool),
    Block(u16, bool),
    Test(u16),
    /// The check that began so many checks ago, whether it is over or not.
    Checked(usize, bool),
    Link(bool),
    Wait(u64),
}

fn call_message() -> impl Strategy<Value = Message> {
    let called = ("[0-9]{0,4}", any::<bool>(), 0..3u8).prop_map(|(digits, complete, check)| {
        let iam = Iam { called: number(&digits, complete), ..iam() };
        let nature = iam.nature.with_continuity_check(ContinuityCheck(check));
        Message::Iam(Iam { nature, ..iam })
    });
    let further = ("[0-9]{0,4}", any::<bool>()).prop_map(|(digits, complete)| {
        let subsequent = SubsequentNumber { complete, digits: digits.parse().unwrap() };
        Message::Sam(Sam::new(subsequent))
    });
    prop_oneof![
        6 => called,
        2 => further,
        2 => any::<bool>().prop_map(|successful| Cot { successful }.into()),
        3 => Just(acm().into()),
        1 => Just(Con::new(BackwardCallIndicators::default()).into()),
        2 => Just(Cpg::new(EventIndicator::ALERTING).into()),
        3 => Just(Anm::new().into()),
        1 => any::<bool>().prop_map(|by_network| Sus::new(by_network).into()),
        1 => any::<bool>().prop_map(|by_network| Res::new(by_network).into()),
        3 => Just(rel(Cause::NORMAL_CLEARING).into()),
        4 => Just(Rlc::new().into()),
    ]
}

fn circuit_message() -> impl Strategy<Value = Message> {
    let range = || (2..=8usize).prop_map(|circuits| Range::of(circuits).unwrap());
    let status = move || {
        let bits = (range(), any::<u8>());
        bits.prop_map(|(range, bits)| RangeStatus::new(range, |position| bits >> position & 1 != 0))
    };
    let kind = || (0..3u8).prop_map(SupervisionType);
    let bare = [
        Message::Rsc,
        Message::Blo,
        Message::Bla,
        Message::Ubl,
        Message::Uba,
        Message::Ucic,
        Message::Ccr,
        Message::Lpa,
    ];
    prop_oneof![
        8 => proptest::sample::select(bare.to_vec()),
        1 => range().prop_map(|range| Grs { range }.into()),
        1 => status().prop_map(|status| Gra { status }.into()),
        1 => (kind(), status()).prop_map(|(kind, status)| Cgb { kind, status }.into()),
        1 => (kind(), status()).prop_map(|(kind, status)| Cgba { kind, status }.into()),
        1 => (kind(), status()).prop_map(|(kind, status)| Cgu { kind, status }.into()),
        1 => (kind(), status()).prop_map(|(kind, status)| Cgua { kind, status }.into()),
        1 => range().prop_map(|range| Cqm { range }.into()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let cic = || 1..=7u16;
    prop_oneof![
        12 => (cic(), call_message()).prop_map(|(cic, message)| Step::Hear(cic, message)),
        6 => (cic(), circuit_message()).prop_map(|(cic, message)| Step::Hear(cic, message)),
        1 => proptest::collection::vec(any::<u8>(), 0..12).prop_map(Step::Noise),
        4 => Just(Step::Setup),
        2 => (0..6usize).prop_map(Step::Release),
        4 => (0..6usize, any::<bool>()).prop_map(|(pick, answer)| Step::Backward(pick, answer)),
        1 => (cic(), cic(), any::<bool>()).prop_map(|(from, to, up)| Step::Bearers(from, to, up)),
        1 => (cic(), any::<bool>()).prop_map(|(cic, on)| Step::Block(cic, on)),
        2 => cic().prop_map(Step::Test),
        4 => (0..3usize, any::<bool>()).prop_map(|(ago, passed)| Step::Checked(ago, passed)),
        1 => any::<bool>().prop_map(Step::Link),
        3 => (0..400_000u64).prop_map(Step::Wait),
    ]
}

/// The acknowledgement of a message.
fn answer(message: Message) -> Option<Message> {
    match message {
        Message::Rel(_) | Message::Rsc => Some(Rlc::new().into()),
        Message::Blo => Some(Message::Bla),
        Message::Ubl => Some(Message::Uba),
        Message::Grs(Grs { range }) => {
            Some(Gra { status: RangeStatus::new(range, |_| false) }.into())
        }
        Message::Cgb(Cgb { kind, status }) => Some(Cgba { kind, status }.into()),
        Message::Cgu(Cgu { kind, status }) => Some(Cgua { kind, status }.into()),
        _ => None,
    }
}

struct Run {
    exchange: Exchange,
    ledger: Ledger,
    /// All that were begun.
    checks: Vec<CheckId>,
}

impl Run {
    fn new() -> Self {
        let mut config = Config { transceivers: 2, ..config(CICS, 1) };
        config.groups[0].continuity = Continuity::OneInEight;
        Self { exchange: Exchange::with(config), ledger: Ledger::default(), checks: Vec::new() }
    }

    fn check(&mut self) {
        for event in self.exchange.told() {
            self.ledger.check(&event);
            if let Event::Check { check, on: true, .. } = event {
                self.checks.push(check);
            }
        }
    }

    fn step(&mut self, step: Step) {
        let exchange = &mut self.exchange;
        let now = exchange.now;
        match step {
            Step::Hear(cic, message) => exchange.receive(cic, message),
            Step::Noise(octets) => exchange.raw(octets),
            Step::Setup => {
                if let Ok((call, _)) = exchange.isup.setup(now, Class::Ordinary, GROUP, iam()) {
                    self.ledger.begin(call, Known::default());
                }
            }
            Step::Release(pick) => {
                if let Some(call) = self.ledger.pick(pick, |_| true) {
                    self.ledger.calls.get_mut(&call).unwrap().over = true;
                    exchange.release(call, Cause::NORMAL_CLEARING);
                }
            }
            Step::Backward(pick, answered) => {
                let waits = |known: &Known| known.incoming && !known.over && !known.answered;
                if let Some(call) = self.ledger.pick(pick, waits) {
                    self.ledger.calls.get_mut(&call).unwrap().answered |= answered;
                    let acm = Backward::AddressComplete(acm());
                    let what = if answered { Backward::Answer(Anm::new()) } else { acm };
                    exchange.backward(call, what);
                }
            }
            Step::Bearers(from, to, usable) => {
                exchange.bearers(from.min(to)..=from.max(to), usable)
            }
            Step::Block(cic, on) => {
                exchange.operate_one(cic, if on { Operation::Block } else { Operation::Unblock });
            }
            Step::Test(cic) => drop(exchange.isup.test(now, GROUP, Cic(cic))),
            Step::Checked(ago, passed) => {
                let at = self.checks.len().checked_sub(ago + 1);
                if let Some(check) = at.map(|at| self.checks[at]) {
                    exchange.isup.handle_input(now, Input::Checked { check, passed });
                }
            }
            Step::Link(true) => exchange.mtp(Indication::Resume { dpc: PEER }),
            Step::Link(false) => exchange.mtp(Indication::Pause { dpc: PEER }),
            Step::Wait(millis) => exchange.wait(Duration::from_millis(millis)),
        }
        self.exchange.drain();
        self.check();
    }

    /// The peer acknowledges everything at once and loops what is checked, for an hour.
    fn behave(&mut self) {
        for _ in 0..3_600 {
            while let Some((cic, message)) = self.exchange.pop_sent() {
                if let Some(answer) = answer(message) {
                    self.exchange.receive(cic.0, answer);
                    self.check();
                }
            }
            for check in std::mem::take(&mut self.checks) {
                let passed = Input::Checked { check, passed: true };
                self.exchange.isup.handle_input(self.exchange.now, passed);
                self.exchange.drain();
                self.check();
            }
            self.exchange.wait(seconds(1));
            self.check();
        }
    }

    /// Nobody wants anything any more.
    fn heal(&mut self) {
        self.exchange.transfers.clear();
        self.step(Step::Link(true));
        self.step(Step::Bearers(1, 6, true));
        for cic in CICS {
            self.step(Step::Block(cic, false));
            self.step(Step::Hear(cic, rel(Cause::NORMAL_CLEARING).into()));
            self.step(Step::Hear(cic, Message::Ubl));
        }
        for kind in KINDS {
            let status = RangeStatus::new(Range::of(6).unwrap(), |_| true);
            self.step(Step::Hear(1, Cgu { kind, status }.into()));
        }
        self.behave();
    }
}

proptest! {
    #[test]
    fn whatever_the_peer_says(steps in proptest::collection::vec(step(), 0..80)) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
        }
        run.heal();
        prop_assert!(run.ledger.calls.is_empty(), "{:?}", run.ledger.calls);
        run.exchange.sent();
        run.exchange.assert_quiet();
    }
}
