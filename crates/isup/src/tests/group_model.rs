//! A trunk group against the plainest model of it: a list searched from end to end.

use super::*;
use crate::SetupError;
use proptest::prelude::*;

const CIRCUITS: u16 = 7;
const RESERVE: usize = 2;

#[derive(Clone, Debug)]
enum Step {
    Setup {
        emergency: bool,
    },
    /// The peer seizes a circuit.
    Seize(u16),
    /// The peer releases whatever is on a circuit.
    Release(u16),
    /// The peer blocks a circuit, or takes that back.
    Block(u16, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let cic = || 1..=CIRCUITS;
    prop_oneof![
        4 => any::<bool>().prop_map(|emergency| Step::Setup { emergency }),
        1 => cic().prop_map(Step::Seize),
        4 => cic().prop_map(Step::Release),
        1 => (cic(), any::<bool>()).prop_map(|(cic, block)| Step::Block(cic, block)),
    ]
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
    circuits: Vec<Modelled>,
    clock: u64,
}

impl Model {
    fn new() -> Self {
        let circuit = |cic: u16| Modelled { cic, busy: false, blocked: false, freed: cic.into() };
        Self { circuits: (1..=CIRCUITS).map(circuit).collect(), clock: CIRCUITS.into() }
    }

    fn at(&mut self, cic: u16) -> &mut Modelled {
        self.circuits.iter_mut().find(|circuit| circuit.cic == cic).unwrap()
    }

    /// The lower point code controls the odd circuits.
    fn select(&mut self, emergency: bool) -> Result<u16, SetupError> {
        let idle: Vec<_> = self.circuits.iter().filter(|circuit| circuit.is_idle()).collect();
        if self.circuits.iter().all(|circuit| circuit.blocked) {
            return Err(SetupError::NotUsable);
        }
        if idle.len() <= if emergency { 0 } else { RESERVE } {
            return Err(SetupError::AllBusy);
        }
        let controlled = idle.iter().filter(|circuit| circuit.cic % 2 == 1);
        let longest_idle = controlled.min_by_key(|circuit| circuit.freed);
        let others = idle.iter().filter(|circuit| circuit.cic % 2 == 0);
        let last_freed = others.max_by_key(|circuit| circuit.freed);
        let cic = longest_idle.or(last_freed).unwrap().cic;
        self.at(cic).busy = true;
        Ok(cic)
    }

    fn release(&mut self, cic: u16) {
        self.clock += 1;
        let clock = self.clock;
        let circuit = self.at(cic);
        circuit.busy = false;
        circuit.freed = clock;
    }
}

proptest! {
    #[test]
    fn q764_2_9_1_3_selection_and_reserve_agree_with_a_model(
        steps in proptest::collection::vec(step(), 0..120),
    ) {
        let mut exchange = Exchange::with(config(1..=CIRCUITS, RESERVE));
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Setup { emergency } => {
                    let class = if emergency { Class::Emergency } else { Class::Ordinary };
                    let seized = exchange.isup.setup(exchange.now, class, GROUP, iam());
                    exchange.drain();
                    if let Ok((call, cic)) = seized {
                        // Past any dual seizure and automatic repeat attempt.
                        exchange.receive(cic.0, acm());
                        let view = exchange.isup.circuits().find(|view| view.call == Some(call));
                        prop_assert_eq!(view.unwrap().cic, cic);
                    }
                    prop_assert_eq!(seized.map(|(_, cic)| cic.0), model.select(emergency));
                }
                Step::Seize(cic) => {
                    exchange.receive(cic, iam());
                    let circuit = model.at(cic);
                    // An IAM takes back the peer's blocking.
                    circuit.blocked &= circuit.busy;
                    circuit.busy = true;
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
        }
    }
}
