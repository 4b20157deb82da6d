//! Two exchanges joined by a link that keeps the sequence but may lose, repeat and fail; random
//! calls, blocking, resets, span failures and restarts. What is told of each call must make sense,
//! and once the link is well again both ends must agree on every circuit.

use super::ledger::{Known, Ledger};
use super::*;
use crate::circuits::Blocked;
use crate::phase::{Phase, Stage};
use crate::{Backward, CheckId, CircuitView, Continuity};
use isup_codec::{Anm, Con, Cpg, EventIndicator};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Circuits with neighbours and one without.
const CICS: [u16; 7] = [1, 2, 3, 4, 5, 6, 9];
const POINTS: [PointCode; 2] = [PointCode(1), PointCode(2)];
const DELAY: Duration = Duration::from_millis(30);
/// So long after it is sent the check tone is known to have come back.
const TONE: Duration = Duration::from_millis(120);

#[derive(Clone, Copy, Debug)]
enum Reply {
    AddressComplete,
    Progress,
    Answer,
    Connect,
}

/// `end` is 0 or 1; `pick` chooses among the calls or circuits there.
#[derive(Clone, Debug)]
enum Step {
    Setup {
        end: usize,
        emergency: bool,
    },
    Reply {
        end: usize,
        pick: usize,
        reply: Reply,
    },
    Release {
        end: usize,
        pick: usize,
    },
    Suspend {
        end: usize,
        pick: usize,
        by_network: bool,
        on: bool,
    },
    Block {
        end: usize,
        pick: usize,
        on: bool,
    },
    Reset {
        end: usize,
        pick: usize,
    },
    Test {
        end: usize,
        pick: usize,
    },
    /// Speech passes on a circuit or does not, which no span knows.
    Path {
        pick: usize,
        good: bool,
    },
    Bearers {
        end: usize,
        from: usize,
        to: usize,
        usable: bool,
    },
    Wait {
        millis: u64,
    },
    /// The next so many messages from this end are lost.
    Lose {
        end: usize,
        messages: usize,
    },
    /// The next so many messages from this end arrive twice, as after a changeover.
    Repeat {
        end: usize,
        messages: usize,
    },
    Link {
        up: bool,
    },
    /// The exchange forgets everything.
    Restart {
        end: usize,
    },
}

fn calls() -> impl Strategy<Value = Step> {
    let (end, pick) = (|| 0..2usize, || 0..8usize);
    let reply = prop_oneof![
        Just(Reply::AddressComplete),
        Just(Reply::Progress),
        Just(Reply::Answer),
        Just(Reply::Connect)
    ];
    prop_oneof![
        6 => (end(), any::<bool>()).prop_map(|(end, emergency)| Step::Setup { end, emergency }),
        8 => (end(), pick(), reply).prop_map(|(end, pick, reply)| Step::Reply { end, pick, reply }),
        4 => (end(), pick()).prop_map(|(end, pick)| Step::Release { end, pick }),
        2 => (end(), pick(), any::<bool>(), any::<bool>())
            .prop_map(|(end, pick, by_network, on)| Step::Suspend { end, pick, by_network, on }),
        8 => (0..100u64).prop_map(|millis| Step::Wait { millis }),
        2 => (0..10_000u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

fn supervision() -> impl Strategy<Value = Step> {
    let (end, pick) = (|| 0..2usize, || 0..CICS.len());
    prop_oneof![
        3 => (end(), pick(), any::<bool>())
            .prop_map(|(end, pick, on)| Step::Block { end, pick, on }),
        2 => (end(), pick()).prop_map(|(end, pick)| Step::Reset { end, pick }),
        2 => (end(), pick()).prop_map(|(end, pick)| Step::Test { end, pick }),
        4 => (end(), pick(), pick(), any::<bool>())
            .prop_map(|(end, from, to, usable)| Step::Bearers { end, from, to, usable }),
    ]
}

fn trouble() -> impl Strategy<Value = Step> {
    let end = || 0..2usize;
    prop_oneof![
        4 => (end(), 1..6usize).prop_map(|(end, messages)| Step::Lose { end, messages }),
        2 => (end(), 1..6usize).prop_map(|(end, messages)| Step::Repeat { end, messages }),
        3 => any::<bool>().prop_map(|up| Step::Link { up }),
        2 => (0..CICS.len(), any::<bool>()).prop_map(|(pick, good)| Step::Path { pick, good }),
        1 => end().prop_map(|end| Step::Restart { end }),
        1 => (0..400_000u64).prop_map(|millis| Step::Wait { millis }),
    ]
}

struct End {
    isup: Isup,
    ledger: Ledger,
    /// What was asked of it last, by circuit.
    blocked: BTreeSet<u16>,
    failed: BTreeSet<u16>,
    lose: usize,
    repeat: usize,
    /// What the time slots do.
    looped: BTreeSet<Cic>,
    tones: BTreeMap<Cic, (CheckId, Instant)>,
}

struct World {
    now: Instant,
    up: bool,
    ends: [End; 2],
    /// Circuits over which nothing passes.
    broken: BTreeSet<u16>,
    /// What is under way to each end.
    links: [VecDeque<(Instant, Transfer)>; 2],
}

fn exchange(end: usize, now: Instant) -> Isup {
    let mut config = config(CICS, 1);
    config.own = POINTS[end];
    config.groups[0].peer = POINTS[1 - end];
    // One end checks all circuits as far as it can, the other some.
    config.groups[0].continuity = [Continuity::Always, Continuity::OneInEight][end];
    config.transceivers = 3;
    Isup::new(config, now).unwrap()
}

impl World {
    fn new() -> Self {
        let now = Instant::from_millis(1_000);
        let end = |end| End {
            isup: exchange(end, now),
            ledger: Ledger::default(),
            blocked: BTreeSet::new(),
            failed: BTreeSet::new(),
            lose: 0,
            repeat: 0,
            looped: BTreeSet::new(),
            tones: BTreeMap::new(),
        };
        let links = [VecDeque::new(), VecDeque::new()];
        let mut world =
            Self { now, up: false, ends: [end(0), end(1)], broken: BTreeSet::new(), links };
        world.set_link(true);
        world.wait(Duration::from_secs(1));
        world
    }

    fn indicate(&mut self, end: usize, up: bool) {
        let dpc = POINTS[1 - end];
        let indication = if up { Indication::Resume { dpc } } else { Indication::Pause { dpc } };
        self.ends[end].isup.handle_input(self.now, Input::Mtp(indication));
        self.drain(end);
    }

    fn set_link(&mut self, up: bool) {
        if std::mem::replace(&mut self.up, up) != up {
            self.links.iter_mut().for_each(VecDeque::clear);
            self.indicate(0, up);
            self.indicate(1, up);
        }
    }

    /// Takes what an end put out: messages travel, events must make sense.
    fn drain(&mut self, end: usize) {
        while let Some(output) = self.ends[end].isup.poll_output() {
            match output {
                Output::Event(event) => {
                    self.ends[end].ledger.check(&event);
                    self.ends[end].connect(self.now, &event);
                }
                Output::Mtp(_) if !self.up => {}
                Output::Mtp(_) if self.ends[end].lose > 0 => self.ends[end].lose -= 1,
                Output::Mtp(transfer) => {
                    let arrival = self.now + DELAY;
                    if self.ends[end].repeat > 0 {
                        self.ends[end].repeat -= 1;
                        self.links[1 - end].push_back((arrival, transfer.clone()));
                    }
                    self.links[1 - end].push_back((arrival, transfer));
                }
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let arrivals = (0..2).filter_map(|end| Some((self.links[end].front()?.0, 0, end)));
            let timeouts =
                (0..2).filter_map(|end| Some((self.ends[end].isup.poll_timeout()?.0, 1, end)));
            let tones = (0..2).flat_map(|end| {
                self.ends[end].tones.values().map(move |(_, heard)| (*heard, 2, end))
            });
            let next = arrivals.chain(timeouts).chain(tones).min();
            let next = next.filter(|next| next.0 <= until);
            let Some((at, kind, end)) = next else { break };
            self.now = self.now.max(at);
            if kind == 0 {
                let (_, transfer) = self.links[end].pop_front().unwrap();
                let indication = Indication::Transfer(transfer);
                self.ends[end].isup.handle_input(self.now, Input::Mtp(indication));
            } else if kind == 1 {
                self.ends[end].isup.handle_timeout(self.now);
            } else {
                self.listen(end);
            }
            self.drain(end);
        }
        self.now = until;
    }

    /// Whether the tones that should have come back by now have done so: over a loop, or from
    /// another tone that is sent at the other end.
    fn listen(&mut self, end: usize) {
        let now = self.now;
        let due = |(cic, (check, heard)): (&Cic, &(CheckId, Instant))| {
            (*heard <= now).then_some((*cic, *check))
        };
        let due: Vec<_> = self.ends[end].tones.iter().filter_map(due).collect();
        for (cic, check) in due {
            let far = &self.ends[1 - end];
            let comes_back = far.looped.contains(&cic) || far.tones.contains_key(&cic);
            if comes_back && !self.broken.contains(&cic.0) {
                self.ends[end].tones.insert(cic, (check, now + minutes(60)));
                let passed = Input::Checked { check, passed: true };
                self.ends[end].isup.handle_input(now, passed);
                self.drain(end);
            } else {
                self.ends[end].tones.insert(cic, (check, now + TONE));
            }
        }
    }

    fn run(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Wait { millis } => self.wait(Duration::from_millis(millis)),
            Step::Lose { end, messages } => self.ends[end].lose = messages,
            Step::Repeat { end, messages } => self.ends[end].repeat = messages,
            Step::Link { up } => self.set_link(up),
            Step::Path { pick, good: true } => drop(self.broken.remove(&CICS[pick])),
            Step::Path { pick, good: false } => drop(self.broken.insert(CICS[pick])),
            Step::Restart { end } => {
                self.ends[end].restart(exchange(end, now));
                self.links.iter_mut().for_each(VecDeque::clear);
                if self.up {
                    self.indicate(end, true);
                }
            }
            Step::Setup { end, .. }
            | Step::Reply { end, .. }
            | Step::Release { end, .. }
            | Step::Suspend { end, .. }
            | Step::Block { end, .. }
            | Step::Reset { end, .. }
            | Step::Test { end, .. }
            | Step::Bearers { end, .. } => {
                self.ends[end].run(now, step);
                self.drain(end);
            }
        }
    }

    /// The link is well, and everything that waits for something has waited long enough.
    fn settle(&mut self) {
        self.ends.iter_mut().for_each(|end| (end.lose, end.repeat) = (0, 0));
        self.set_link(true);
        self.broken.clear();
        self.wait(minutes(60));
    }

    fn agree(&self) {
        let [one, other] = &self.ends;
        for (left, right) in one.isup.circuits().zip(other.isup.circuits()) {
            let pair = [left.state, right.state].map(|state| match state {
                "blocked" => "idle",
                state => state,
            });
            let fine = matches!(
                pair,
                ["idle", "idle"] | ["outgoing", "incoming"] | ["incoming", "outgoing"]
            );
            assert!(fine, "circuit {}: {pair:?}", left.cic);
            one.check_circuit(&left);
            other.check_circuit(&right);
            assert_eq!(left.call.is_some(), right.call.is_some());
        }
        for (near, far) in [(one, other), (other, one)] {
            near.check_blocking(far);
            near.check_nothing_waits();
        }
    }

    /// Whoever talks stops; nothing must be left.
    fn clear(&mut self, end: usize) {
        let calls: Vec<_> = self.ends[end].ledger.calls.keys().copied().collect();
        for call in calls {
            self.ends[end].release(self.now, call);
        }
        self.drain(end);
        self.wait(minutes(1));
        self.agree();
        for end in &self.ends {
            assert_eq!(end.ledger.calls.len(), 0);
            assert_eq!(end.isup.calls(), 0);
        }
    }
}

impl End {
    fn restart(&mut self, isup: Isup) {
        self.isup = isup;
        self.ledger = Ledger::default();
        self.blocked.clear();
        self.failed.clear();
        self.looped.clear();
        self.tones.clear();
    }

    /// The time slots do what they are told, and only that: nothing is connected twice.
    fn connect(&mut self, now: Instant, event: &Event) {
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

    fn run(&mut self, now: Instant, step: &Step) {
        match *step {
            Step::Setup { emergency, .. } => {
                let class = if emergency { Class::Emergency } else { Class::Ordinary };
                if let Ok((call, cic)) = self.isup.setup(now, class, GROUP, iam()) {
                    self.ledger.begin(call, Known::default());
                    let on = |view: &CircuitView| view.cic == cic && view.call == Some(call);
                    assert_eq!(self.isup.circuits().filter(on).count(), 1);
                }
            }
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
            Step::Block { pick, on, .. } => {
                let cic = CICS[pick];
                if on {
                    self.blocked.insert(cic);
                    assert!(self.isup.block(now, GROUP, Cic(cic)));
                } else {
                    self.blocked.remove(&cic);
                    assert!(self.isup.unblock(now, GROUP, Cic(cic)));
                }
            }
            Step::Reset { pick, .. } => {
                self.isup.reset(now, GROUP, Cic(CICS[pick]));
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

    fn release(&mut self, now: Instant, call: CallId) {
        self.ledger.calls.get_mut(&call).unwrap().over = true;
        self.isup.release(now, call, cause(Cause::NORMAL_CLEARING));
    }

    /// A call that is still there after quiet time is an answered one, and known outside.
    fn check_circuit(&self, view: &CircuitView) {
        let Some(call) = view.call else { return };
        let ix = self.isup.circuit_of(call).unwrap();
        let stage = self.isup.circuits.get(ix).unwrap().phase.stage();
        assert!(matches!(stage, Some(Stage::Answered(_))), "{stage:?}");
        assert!(self.ledger.calls[&call].answered);
    }

    /// The far end knows what we blocked, and nothing else.
    fn check_blocking(&self, far: &Self) {
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

    fn check_nothing_waits(&self) {
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

fn play(steps: &[Step]) -> World {
    let mut world = World::new();
    for step in steps {
        world.run(step);
    }
    world.settle();
    world.agree();
    world.clear(steps.len() % 2);
    world
}

#[test]
fn q764_2_9_1_4_when_both_seize_everything_at_once_each_keeps_what_it_controls() {
    let mut world = World::new();
    for _ in CICS {
        world.run(&Step::Setup { end: 0, emergency: true });
        world.run(&Step::Setup { end: 1, emergency: true });
    }
    world.wait(seconds(1));
    for (left, right) in world.ends[0].isup.circuits().zip(world.ends[1].isup.circuits()) {
        let odd = left.cic.0 % 2 == 1;
        let expected = if odd { ("outgoing", "incoming") } else { ("incoming", "outgoing") };
        assert_eq!((left.state, right.state), expected, "circuit {}", left.cic);
    }
    let stats = world.ends.each_ref().map(|end| end.isup.stats());
    assert_eq!(stats.map(|stats| stats.dual_seizures_won), [4, 3]);
    assert_eq!(stats.map(|stats| stats.dual_seizures_lost), [3, 4]);
    world.settle();
    world.agree();
}

/// What the random walks below have found, kept as they shrank.
mod found {
    use super::*;

    const FAIL: bool = false;
    const RESTORE: bool = true;

    fn bearers(end: usize, from: usize, to: usize, usable: bool) -> Step {
        Step::Bearers { end, from, to, usable }
    }

    fn setup(end: usize) -> Step {
        Step::Setup { end, emergency: false }
    }

    fn block(end: usize, pick: usize, on: bool) -> Step {
        Step::Block { end, pick, on }
    }

    #[test]
    fn a_reset_circuit_left_its_neighbours_out_of_their_group_message() {
        let mut steps = vec![setup(0); 7];
        steps.extend([bearers(0, 2, 3, FAIL), Step::Reset { end: 0, pick: 2 }]);
        play(&steps);
    }

    #[test]
    fn an_iam_that_crossed_a_group_blocking_left_half_a_call() {
        play(&[
            Step::Reset { end: 1, pick: 1 },
            bearers(0, 0, 3, FAIL),
            setup(1),
            bearers(0, 0, 3, RESTORE),
        ]);
    }

    #[test]
    fn a_group_reset_during_a_release_made_the_peer_forget_a_failure() {
        play(&[
            Step::Lose { end: 0, messages: 1 },
            setup(1),
            Step::Release { end: 1, pick: 0 },
            Step::Wait { millis: 30 },
            bearers(1, 0, 1, FAIL),
            Step::Wait { millis: 60 },
            Step::Restart { end: 0 },
        ]);
    }

    #[test]
    fn the_acknowledgement_of_an_earlier_blocking_was_taken_for_that_of_a_later_one() {
        play(&[
            bearers(0, 5, 5, FAIL),
            bearers(0, 5, 5, RESTORE),
            Step::Wait { millis: 45 },
            bearers(0, 5, 5, FAIL),
            Step::Wait { millis: 15 },
            Step::Link { up: false },
        ]);
    }

    #[test]
    fn a_blocking_given_up_while_it_crossed_a_reset_was_heard_all_the_same() {
        play(&[
            Step::Lose { end: 0, messages: 1 },
            bearers(1, 0, 5, FAIL),
            bearers(1, 1, 1, RESTORE),
            Step::Restart { end: 0 },
        ]);
    }

    #[test]
    fn a_blocking_sent_for_a_reset_overtook_the_unblocking_before_it() {
        play(&[
            block(1, 6, true),
            Step::Wait { millis: 60 },
            block(1, 6, false),
            Step::Restart { end: 0 },
            block(1, 6, true),
        ]);
    }
}

proptest! {
    #[test]
    fn both_ends_agree_when_the_link_loses_nothing(
        steps in proptest::collection::vec(prop_oneof![4 => calls(), 1 => supervision()], 0..100),
    ) {
        let world = play(&steps);
        for end in &world.ends {
            let stats = end.isup.stats();
            // Whatever crosses on the way, nothing has to be asked twice.
            prop_assert_eq!(stats.alarms.len(), 0, "{:?}", stats.alarms);
            for name in [TimerName::T1, TimerName::T12, TimerName::T14, TimerName::T16] {
                prop_assert!(!stats.expired.contains_key(&name), "{}", name);
            }
            for name in [TimerName::T18, TimerName::T20, TimerName::T22] {
                prop_assert!(!stats.expired.contains_key(&name), "{}", name);
            }
            prop_assert_eq!(stats.malformed + stats.unknown_type + stats.unequipped, 0);
        }
    }

    #[test]
    fn both_ends_agree_after_the_link_lost_messages_and_failed(
        steps in proptest::collection::vec(
            prop_oneof![6 => calls(), 2 => supervision(), 2 => trouble()],
            0..120,
        ),
    ) {
        play(&steps);
    }
}
