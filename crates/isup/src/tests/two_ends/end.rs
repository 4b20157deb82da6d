//! One of the two exchanges: its call control, its staff and its time slots.

use super::steps::{Reply, Step};
use super::{CICS, TONE};
use crate::circuits::Blocked;
use crate::phase::{Phase, Stage};
use crate::tests::ledger::{Known, Ledger};
use crate::tests::{GROUP, acm, cause, iam};
use crate::{
    Backward, CallId, CheckId, CircuitView, Event, Input, Isup, Operated, Operation, SavedCircuit,
};
use base::{Cause, Class, Instant};
use isup_codec::{Anm, BackwardCallIndicators, Cic, Con, Cpg, EventIndicator};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct End {
    pub(super) isup: Isup,
    pub(super) ledger: Ledger,
    /// What was asked of it last, by circuit.
    blocked: BTreeSet<u16>,
    failed: BTreeSet<u16>,
    /// What outlives the process.
    file: BTreeMap<Cic, SavedCircuit>,
    /// The peer can be reached, as far as the message transfer part says.
    pub(super) reaches: bool,
    /// The process is there.
    pub(super) runs: bool,
    pub(super) lose: usize,
    pub(super) repeat: usize,
    /// What the time slots do.
    pub(super) looped: BTreeSet<Cic>,
    pub(super) tones: BTreeMap<Cic, (CheckId, Instant)>,
}

impl End {
    pub(super) fn new(isup: Isup) -> Self {
        Self {
            isup,
            ledger: Ledger::default(),
            blocked: BTreeSet::new(),
            failed: BTreeSet::new(),
            file: BTreeMap::new(),
            reaches: false,
            runs: true,
            lose: 0,
            repeat: 0,
            looped: BTreeSet::new(),
            tones: BTreeMap::new(),
        }
    }

    pub(super) fn stop(&mut self) {
        self.runs = false;
        self.looped.clear();
        self.tones.clear();
    }

    /// The process is another one; the spans are as they were.
    pub(super) fn restart(&mut self, now: Instant, mut isup: Isup, saved: bool) {
        for circuit in self.isup.take_saved(usize::MAX) {
            self.file.insert(circuit.cic, circuit);
        }
        self.file.retain(|_, circuit| saved && circuit.is_something());
        if saved {
            let circuits: Vec<_> = self.file.values().copied().collect();
            assert_eq!(isup.restore(&circuits), 0);
        } else {
            self.blocked.clear();
        }
        self.isup = isup;
        self.ledger = Ledger::default();
        self.runs = true;
        let cics: Vec<_> = self.failed.iter().copied().map(Cic).collect();
        if !cics.is_empty() {
            self.isup.handle_input(now, Input::Bearers { group: GROUP, cics, usable: false });
        }
    }

    /// The time slots do what they are told, and only that: nothing is connected twice.
    pub(super) fn connect(&mut self, now: Instant, event: &Event) {
        match *event {
            Event::Loop { cic, on: true, .. } => {
                assert!(!self.tones.contains_key(&cic) && self.looped.insert(cic));
            }
            Event::Loop { cic, on: false, .. } => assert!(self.looped.remove(&cic)),
            Event::Check { cic, check, on: true, .. } => {
                assert!(!self.looped.contains(&cic));
                assert_eq!(self.tones.insert(cic, (check, now + TONE)), None);
                assert!(self.tones.len() <= 3);
            }
            Event::Check { cic, check, on: false, .. } => {
                assert_eq!(self.tones.remove(&cic).map(|tone| tone.0), Some(check));
            }
            _ => {}
        }
    }

    pub(super) fn setup(&mut self, now: Instant, emergency: bool) {
        let class = if emergency { Class::Emergency } else { Class::Ordinary };
        if let Ok((call, cic)) = self.isup.setup(now, class, GROUP, iam()) {
            self.ledger.begin(call, Known::default());
            let on = |view: &CircuitView| view.cic == cic && view.call == Some(call);
            assert_eq!(self.isup.circuits().filter(on).count(), 1);
        }
    }

    pub(super) fn run(&mut self, now: Instant, step: &Step) {
        match *step {
            Step::Setup { emergency, .. } => self.setup(now, emergency),
            Step::Reply { pick, reply, .. } => {
                let waits = |known: &Known| known.incoming && !known.over && !known.answered;
                if let Some(call) = self.ledger.pick(pick, waits) {
                    self.reply(now, call, reply);
                }
            }
            Step::Release { pick, .. } => {
                if let Some(call) = self.ledger.pick(pick, |_| true) {
                    self.release(now, call);
                }
            }
            Step::Suspend { pick, by_network, on, .. } => {
                let talks = |known: &Known| known.answered && !known.over;
                match self.ledger.pick(pick, talks) {
                    Some(call) if on => self.isup.suspend(now, call, by_network),
                    Some(call) => self.isup.resume(now, call, by_network),
                    None => {}
                }
            }
            Step::Overload { level, .. } => self.isup.set_congestion_level(level),
            _ => self.supervise(now, step),
        }
    }

    fn supervise(&mut self, now: Instant, step: &Step) {
        match *step {
            Step::Block { pick, on, .. } => {
                let operation = if on { Operation::Block } else { Operation::Unblock };
                self.operate(now, &CICS[pick..=pick], operation);
            }
            Step::Operate { from, to, operation, .. } => {
                self.operate(now, &CICS[from.min(to)..=from.max(to)], operation);
            }
            Step::Reset { pick, .. } => {
                self.operate(now, &CICS[pick..=pick], Operation::Reset);
            }
            Step::Test { pick, .. } => drop(self.isup.test(now, GROUP, Cic(CICS[pick]))),
            Step::Bearers { from, to, usable, .. } => {
                let cics = &CICS[from.min(to)..=from.max(to)];
                for cic in cics {
                    let _ = if usable { self.failed.remove(cic) } else { self.failed.insert(*cic) };
                }
                let cics = cics.iter().copied().map(Cic).collect();
                self.isup.handle_input(now, Input::Bearers { group: GROUP, cics, usable });
            }
            _ => unreachable!(),
        }
    }

    fn note(&mut self, cics: &[u16], blocked: bool) {
        for cic in cics {
            let _ = if blocked { self.blocked.insert(*cic) } else { self.blocked.remove(cic) };
        }
    }

    fn operate(&mut self, now: Instant, cics: &[u16], operation: Operation) {
        match operation {
            Operation::Block => self.note(cics, true),
            Operation::Unblock => self.note(cics, false),
            Operation::Reset | Operation::Query => {}
        }
        let calls = self.isup.calls();
        let range = Cic(cics[0])..=Cic(cics[cics.len() - 1]);
        let done = self.isup.operate(now, GROUP, range, operation);
        let Operated { asked, unchanged, calls: ended } = done;
        assert_eq!(asked as usize + unchanged as usize, cics.len());
        assert_eq!(self.isup.calls() + ended as usize, calls);
    }

    pub(super) fn query(&mut self, now: Instant, cic: Cic) {
        let done = self.isup.operate(now, GROUP, cic..=cic, Operation::Query);
        assert_eq!(done.calls, 0);
    }

    fn reply(&mut self, now: Instant, call: CallId, reply: Reply) {
        let what = match reply {
            Reply::AddressComplete => Backward::AddressComplete(acm()),
            Reply::Progress => Backward::Progress(Cpg::new(EventIndicator::ALERTING)),
            Reply::Answer => Backward::Answer(Anm::new()),
            Reply::Connect => Backward::Connect(Con::new(BackwardCallIndicators::default())),
        };
        let known = self.ledger.calls.get_mut(&call).unwrap();
        known.answered |= matches!(reply, Reply::Answer | Reply::Connect);
        self.isup.backward(now, call, what);
    }

    pub(super) fn release(&mut self, now: Instant, call: CallId) {
        self.ledger.calls.get_mut(&call).unwrap().over = true;
        self.isup.release(now, call, cause(Cause::NORMAL_CLEARING));
    }

    /// A call that is still there after quiet time is an answered one, and known outside.
    pub(super) fn check_circuit(&self, view: &CircuitView) {
        let Some(call) = view.call else { return };
        let ix = self.isup.circuit_of(call).unwrap();
        let stage = self.isup.circuits.get(ix).unwrap().phase.stage();
        assert!(matches!(stage, Some(Stage::Answered(_))), "{stage:?}");
        assert!(self.ledger.calls[&call].answered);
    }

    /// The far end knows what we blocked, and nothing else.
    pub(super) fn check_blocking(&self, far: &Self) {
        for ((_, near), (_, far)) in self.isup.circuits.iter().zip(far.isup.circuits.iter()) {
            let cic = near.cic.0;
            let told = |blocked: bool| if blocked { Blocked::Yes } else { Blocked::No };
            let maintenance = self.blocked.contains(&cic);
            let hardware = self.failed.contains(&cic);
            assert_eq!(near.maintenance.told, told(maintenance), "circuit {cic}");
            assert_eq!(near.hardware.told, told(hardware), "circuit {cic}");
            assert_eq!(far.maintenance.remote, maintenance, "circuit {cic}");
            assert_eq!(far.hardware.remote, hardware, "circuit {cic}");
            assert!(!hardware || matches!(near.phase, Phase::Idle), "circuit {cic}");
        }
    }

    pub(super) fn check_nothing_waits(&self) {
        assert_eq!(self.isup.poll_timeout(), None);
        assert!(self.isup.outstanding.is_empty());
        assert_eq!(self.isup.checks(), 0);
        assert!(self.looped.is_empty() && self.tones.is_empty());
        let peer = self.isup.groups.get(GROUP).unwrap().peer;
        assert!(self.isup.peers.due(peer).unwrap().is_empty());
        assert!(self.isup.peers.pace(peer).unwrap().is_quiet());
        let on_circuits: BTreeSet<_> =
            self.isup.circuits().filter_map(|circuit| circuit.call).collect();
        assert_eq!(on_circuits.len(), self.isup.calls());
        assert!(on_circuits.iter().eq(self.ledger.calls.keys()));
    }
}
