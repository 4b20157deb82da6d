//! A trunk group against the plainest model of it: a list searched from end to end.

use super::*;
use crate::{Control, Direction, Selection, SetupError};
use proptest::prelude::*;

const CIRCUITS: u16 = 9;

#[derive(Clone, Debug)]
enum Step {
    Setup {
        emergency: bool,
    },
    /// The peer seizes a circuit.
    Seize {
        cic: u16,
        emergency: bool,
    },
    /// The peer releases whatever is on a circuit.
    Release(u16),
    /// The peer blocks a circuit, or takes that back.
    Block(u16, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let cic = || 1..=CIRCUITS;
    prop_oneof![
        4 => any::<bool>().prop_map(|emergency| Step::Setup { emergency }),
        2 => (cic(), any::<bool>()).prop_map(|(cic, emergency)| Step::Seize { cic, emergency }),
        5 => cic().prop_map(Step::Release),
        1 => (cic(), any::<bool>()).prop_map(|(cic, block)| Step::Block(cic, block)),
    ]
}

fn selection() -> impl Strategy<Value = Selection> {
    proptest::sample::select(vec![
        Selection::Method2,
        Selection::Method1,
        Selection::EvenOdd,
        Selection::MostIdle,
        Selection::LeastIdle,
        Selection::Clockwise,
        Selection::CounterClockwise,
        Selection::LowestFirst,
        Selection::HighestFirst,
    ])
}

prop_compose! {
    /// Any use of the group.
    fn used()(
        direction in proptest::sample::select(vec![
            Direction::Both,
            Direction::Both,
            Direction::Outgoing,
            Direction::Incoming,
        ]),
        selection in selection(),
        control in proptest::sample::select(vec![
            Control::PointCode,
            Control::Even,
            Control::Odd,
            Control::All,
            Control::None,
        ]),
        emergency_reserve in 0..3_usize,
        reserve_incoming in 0..3_usize,
        reserve_outgoing in 0..3_usize,
    ) -> GroupConfig {
        let reserve_incoming = if direction == Direction::Outgoing { 0 } else { reserve_incoming };
        let reserve_outgoing = if direction == Direction::Incoming { 0 } else { reserve_outgoing };
        GroupConfig {
            direction,
            selection,
            control,
            reserve_incoming,
            reserve_outgoing,
            ..group(1..=CIRCUITS, emergency_reserve)
        }
    }
}

#[derive(Clone, Copy)]
struct Modelled {
    cic: u16,
    busy: bool,
    blocked: bool,
    freed: u64,
}

impl Modelled {
    fn is_idle(&self) -> bool {
        !self.busy && !self.blocked
    }
}

struct Model {
    group: GroupConfig,
    circuits: Vec<Modelled>,
    clock: u64,
    /// The circuit that we took last.
    last: Option<u16>,
}

impl Model {
    fn new(group: GroupConfig) -> Self {
        let circuit = |cic: u16| Modelled { cic, busy: false, blocked: false, freed: cic.into() };
        let circuits = (1..=CIRCUITS).map(circuit).collect();
        Self { group, circuits, clock: CIRCUITS.into(), last: None }
    }

    fn at(&mut self, cic: u16) -> &mut Modelled {
        self.circuits.iter_mut().find(|circuit| circuit.cic == cic).unwrap()
    }

    fn idle(&self) -> usize {
        self.circuits.iter().filter(|circuit| circuit.is_idle()).count()
    }

    /// Ours is the lower point code, which has the odd circuits.
    fn controls(&self, cic: u16) -> bool {
        match self.group.control {
            Control::PointCode | Control::Odd => cic % 2 == 1,
            Control::Even => cic.is_multiple_of(2),
            Control::All => true,
            Control::None => false,
        }
    }

    /// How many steps from the circuit taken last, upwards or downwards.
    fn distance(&self, cic: u16, upwards: bool) -> u16 {
        let Some(last) = self.last else {
            return if upwards { cic } else { CIRCUITS - cic };
        };
        let steps = if upwards { cic + CIRCUITS - last } else { last + CIRCUITS - cic };
        (steps + CIRCUITS - 1) % CIRCUITS
    }

    fn best(&self, candidates: &[Modelled]) -> Option<u16> {
        let up = |circuit: &&Modelled| u64::from(circuit.cic);
        let circuits = candidates.iter();
        let best = match self.group.selection {
            Selection::Method2 | Selection::MostIdle => circuits.min_by_key(|it| it.freed),
            Selection::LeastIdle => circuits.max_by_key(|it| it.freed),
            Selection::EvenOdd | Selection::LowestFirst => circuits.min_by_key(up),
            Selection::Method1 | Selection::HighestFirst => circuits.max_by_key(up),
            Selection::Clockwise => circuits.min_by_key(|it| self.distance(it.cic, true)),
            Selection::CounterClockwise => circuits.min_by_key(|it| self.distance(it.cic, false)),
        };
        best.map(|circuit| circuit.cic)
    }

    fn select(&mut self, emergency: bool) -> Result<u16, SetupError> {
        if self.group.direction == Direction::Incoming {
            return Err(SetupError::WrongDirection);
        }
        if self.circuits.iter().all(|circuit| circuit.blocked) {
            return Err(SetupError::NotUsable);
        }
        let kept = self.group.emergency_reserve + self.group.reserve_incoming;
        if self.idle() <= if emergency { 0 } else { kept } {
            return Err(SetupError::AllBusy);
        }
        let idle = self.circuits.iter().copied().filter(Modelled::is_idle);
        let (ours, others): (Vec<_>, Vec<_>) = idle.partition(|it| self.controls(it.cic));
        let halves = matches!(self.group.selection, Selection::Method2 | Selection::EvenOdd);
        let best = if halves {
            let theirs = match self.group.selection {
                Selection::Method2 => others.iter().max_by_key(|circuit| circuit.freed),
                _ => others.iter().max_by_key(|circuit| circuit.cic),
            };
            self.best(&ours).or(theirs.map(|circuit| circuit.cic))
        } else if emergency {
            self.best(&ours).or_else(|| self.best(&others))
        } else {
            self.best(&[ours, others].concat())
        };
        let cic = best.unwrap();
        self.at(cic).busy = true;
        self.last = Some(cic);
        Ok(cic)
    }

    /// Whether the peer's call on an idle circuit goes on.
    fn admits(&mut self, cic: u16, emergency: bool) -> bool {
        let circuit = self.at(cic);
        circuit.blocked = false;
        circuit.busy = true;
        let kept = match self.group.reserve_outgoing {
            0 => 0,
            kept => kept + self.group.emergency_reserve,
        };
        let refused = self.group.direction == Direction::Outgoing || self.idle() < kept;
        emergency || !refused
    }

    fn release(&mut self, cic: u16) {
        self.clock += 1;
        let clock = self.clock;
        let circuit = self.at(cic);
        circuit.busy = false;
        circuit.freed = clock;
    }
}

fn set_up(exchange: &mut Exchange, emergency: bool) -> Result<u16, SetupError> {
    let class = if emergency { Class::Emergency } else { Class::Ordinary };
    let seized = exchange.isup.setup(exchange.now, class, GROUP, iam());
    exchange.drain();
    let (call, cic) = seized?;
    // Past any dual seizure and automatic repeat attempt.
    exchange.receive(cic.0, acm());
    let view = exchange.isup.circuits().find(|view| view.call == Some(call));
    assert_eq!(view.unwrap().cic, cic);
    exchange.told();
    Ok(cic.0)
}

/// The peer seizes a circuit; says whether its call is told and goes on.
fn seized(exchange: &mut Exchange, cic: u16, emergency: bool) -> Option<bool> {
    exchange.told();
    exchange.receive(cic, iam());
    let told = exchange.told();
    let call = told.iter().find_map(|event| match event {
        Event::Incoming { call, .. } => Some(*call),
        _ => None,
    })?;
    let class = if emergency { Class::Emergency } else { Class::Ordinary };
    let admitted = exchange.isup.admit(exchange.now, call, class).is_ok();
    exchange.drain();
    Some(admitted)
}

fn follow(group: GroupConfig, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let config = Config { groups: vec![group.clone()], ..Config::new(OWN) };
    let (mut exchange, mut model) = (Exchange::with(config), Model::new(group));
    for step in steps {
        match step {
            Step::Setup { emergency } => {
                let seized = set_up(&mut exchange, emergency);
                prop_assert_eq!(seized, model.select(emergency));
            }
            Step::Seize { cic, emergency } => {
                let free = !model.at(cic).busy;
                let admitted = seized(&mut exchange, cic, emergency);
                prop_assert_eq!(admitted.is_some(), free);
                let Some(admitted) = admitted else { continue };
                prop_assert_eq!(admitted, model.admits(cic, emergency));
                if !admitted {
                    exchange.receive(cic, Rlc::new());
                    model.release(cic);
                }
            }
            Step::Release(cic) => {
                exchange.receive(cic, rel(Cause::NORMAL_CLEARING));
                model.release(cic);
            }
            Step::Block(cic, block) => {
                exchange.receive(cic, if block { Message::Blo } else { Message::Ubl });
                model.at(cic).blocked = block;
            }
        }
        let usable = model.circuits.iter().any(|circuit| !circuit.blocked);
        prop_assert_eq!(exchange.isup.is_usable(GROUP), usable);
        prop_assert_eq!(exchange.isup.any_usable(), usable);
        prop_assert_eq!(exchange.counted(), exchange.walked());
    }
    Ok(())
}

proptest! {
    #[test]
    fn q764_2_9_1_3_selection_and_reserves_agree_with_a_model(
        group in used(),
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        follow(group, steps)?;
    }

    #[test]
    fn an_emergency_call_takes_the_last_circuit_of_any_group_that_we_seize(
        group in used().prop_filter("ours", |group| group.direction != Direction::Incoming),
        taken in 0..CIRCUITS,
    ) {
        let config = Config { groups: vec![group], ..Config::new(OWN) };
        let mut exchange = Exchange::with(config);
        for cic in 1..=taken {
            exchange.receive(cic, iam());
        }
        for left in (0..CIRCUITS - taken).rev() {
            prop_assert!(set_up(&mut exchange, true).is_ok(), "{left} would be left");
        }
        prop_assert_eq!(set_up(&mut exchange, true), Err(SetupError::AllBusy));
    }
}
