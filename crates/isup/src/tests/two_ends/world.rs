//! Two exchanges, what lies between them, and time.

use super::end::End;
use super::steps::{Setting, Step};
use super::{CICS, TONE};
use crate::phase::Stage;
use crate::tests::{config, minutes, seconds};
use crate::{CallId, CheckId, Continuity, GroupConfig, Input, Isup, Output, TimerName};
use base::{Duration, Instant};
use isup_codec::{Cic, MessageType};
use mtp::sap::{Indication, PointCode, StatusCause, Transfer};
use std::collections::{BTreeMap, BTreeSet};

const POINTS: [PointCode; 2] = [PointCode(1), PointCode(2)];
const DELAY: Duration = Duration::from_millis(30);
/// Longer than a message and its answer take on the slowest links.
const REPEATED: Duration = Duration::from_millis(120);
/// How often the circuits are looked at once all is well.
const LOOK: Duration = Duration::from_secs(10);
/// So long call control lets a called user ring: longer than the caller's exchange does (T9).
const RINGS: Duration = Duration::from_secs(200);
/// So long all that is under way takes to come to rest: the longest timers, one after another.
const REST: Duration = Duration::from_secs(20 * 60);

pub(super) struct World {
    pub(super) now: Instant,
    setting: Setting,
    pub(super) ends: [End; 2],
    /// Circuits over which nothing passes.
    broken: BTreeSet<u16>,
    /// What is under way, to which end.
    under_way: BTreeMap<(Instant, u64), (usize, Transfer)>,
    sent: u64,
    /// By end and link selection: how long messages take, and when the last one arrives.
    delays: [[Duration; 16]; 2],
    last: [[Instant; 16]; 2],
    /// When an acknowledgement was last repeated, or a message that is acknowledged.
    repeated: Instant,
    /// Calls that call control ended because nobody cared for them any more. The caller's exchange
    /// resets such a circuit at the first backward message, but may have none to await.
    pub(super) orphans: usize,
    /// Calls that their users ended because the other end had gone without a word.
    pub(super) strangers: usize,
}

fn exchange(setting: Setting, end: usize, now: Instant) -> Isup {
    let mut config = config(CICS, 1);
    let Setting { selection, control, query } = setting;
    let group = GroupConfig { selection, control, query, ..config.groups[0].clone() };
    config.own = POINTS[end];
    config.groups[0] = if end == 0 { group } else { group.mirrored(POINTS[0]) };
    config.groups[0].peer = POINTS[1 - end];
    // One end checks all circuits as far as it can, the other some.
    config.groups[0].continuity = [Continuity::Always, Continuity::OneInEight][end];
    config.transceivers = 3;
    Isup::new(config, now).unwrap()
}

/// Whether the message is an acknowledgement, or will have one.
fn is_in_pairs(transfer: &Transfer) -> bool {
    let kinds = [
        MessageType::REL,
        MessageType::RSC,
        MessageType::BLO,
        MessageType::UBL,
        MessageType::CGB,
        MessageType::CGU,
        MessageType::GRS,
        MessageType::RLC,
        MessageType::BLA,
        MessageType::UBA,
        MessageType::CGBA,
        MessageType::CGUA,
        MessageType::GRA,
    ];
    transfer.payload.get(2).is_some_and(|kind| kinds.contains(&MessageType(*kind)))
}

impl World {
    pub(super) fn new(setting: Setting) -> Self {
        let now = Instant::from_millis(1_000);
        let mut world = Self {
            now,
            setting,
            ends: [0, 1].map(|end| End::new(exchange(setting, end, now))),
            broken: BTreeSet::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            delays: [[DELAY; 16]; 2],
            last: [[now; 16]; 2],
            repeated: now,
            orphans: 0,
            strangers: 0,
        };
        world.set_link(true);
        world.wait(Duration::from_secs(1));
        world
    }

    fn tell(&mut self, end: usize, indication: Indication) {
        self.ends[end].isup.handle_input(self.now, Input::Mtp(indication));
        self.drain(end);
    }

    fn set_reach(&mut self, end: usize, up: bool) {
        if std::mem::replace(&mut self.ends[end].reaches, up) != up {
            let dpc = POINTS[1 - end];
            let indication =
                if up { Indication::Resume { dpc } } else { Indication::Pause { dpc } };
            self.tell(end, indication);
        }
    }

    fn set_link(&mut self, up: bool) {
        if self.ends.iter().any(|end| end.reaches != up) {
            self.under_way.clear();
            self.set_reach(0, up);
            self.set_reach(1, up);
        }
    }

    fn send(&mut self, end: usize, transfer: Transfer) {
        let link = usize::from(transfer.sls.0);
        let arrival = (self.now + self.delays[end][link]).max(self.last[end][link]);
        self.last[end][link] = arrival;
        self.sent += 1;
        self.under_way.insert((arrival, self.sent), (1 - end, transfer));
    }

    /// Takes what an end put out: messages travel, events must make sense.
    fn drain(&mut self, end: usize) {
        while let Some(output) = self.ends[end].isup.poll_output() {
            let loses = self.ends.iter().any(|end| end.lose > 0);
            let from = &mut self.ends[end];
            match output {
                Output::Event(event) => {
                    from.ledger.check(&event);
                    from.connect(self.now, &event);
                }
                Output::Mtp(_) if !from.reaches => {}
                Output::Mtp(_) if from.lose > 0 => from.lose -= 1,
                Output::Mtp(transfer) => {
                    let is_in_pairs = is_in_pairs(&transfer);
                    if from.repeat > 0 && !(loses && is_in_pairs) {
                        from.repeat -= 1;
                        self.repeated = if is_in_pairs { self.now } else { self.repeated };
                        self.send(end, transfer.clone());
                    }
                    self.send(end, transfer);
                }
            }
        }
    }

    fn next(&self) -> Option<(Instant, u8, usize)> {
        let arrivals = self.under_way.iter().map(|((at, _), (end, _))| (*at, 0, *end)).next();
        let running = (0..2).filter(|end| self.ends[*end].runs);
        let timeouts =
            running.filter_map(|end| Some((self.ends[end].isup.poll_timeout()?.0, 1, end)));
        let tones = (0..2)
            .flat_map(|end| self.ends[end].tones.values().map(move |(_, heard)| (*heard, 2, end)));
        arrivals.into_iter().chain(timeouts).chain(tones).min()
    }

    pub(super) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, kind, end)) = self.next().filter(|next| next.0 <= until) {
            self.now = self.now.max(at);
            if kind == 0 {
                let Some((_, (_, transfer))) = self.under_way.pop_first() else { break };
                if self.ends[end].runs {
                    self.tell(end, Indication::Transfer(transfer));
                }
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

    fn restart(&mut self, end: usize, saved: bool, paused: bool, down: Duration) {
        if paused {
            self.set_link(false);
        }
        if down.is_zero() {
            self.under_way.clear();
        }
        // What the old process has sent still arrives; what is sent to it is lost.
        self.ends[end].stop();
        self.wait(down);
        let isup = exchange(self.setting, end, self.now);
        let now = self.now;
        self.ends[end].restart(now, isup, saved);
        self.drain(end);
        if paused {
            self.set_link(true);
        } else if self.ends[end].reaches {
            self.tell(end, Indication::Resume { dpc: POINTS[1 - end] });
        }
    }

    pub(super) fn run(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Wait { millis } => self.wait(Duration::from_millis(millis)),
            Step::Lose { end, messages } => {
                self.await_repeated();
                self.ends[end].lose = messages;
            }
            Step::Repeat { end, messages } => self.ends[end].repeat = messages,
            Step::Delay { end, pick, millis } => {
                let link = usize::from(CICS[pick] & 0x0f);
                self.delays[end][link] = Duration::from_millis(millis);
            }
            Step::Link { up } => {
                self.await_repeated();
                self.set_link(up);
            }
            Step::Reach { end, up } => {
                self.await_repeated();
                self.set_reach(end, up);
            }
            Step::Congested { end, level } => {
                let (dpc, cause) = (POINTS[1 - end], StatusCause::Congestion { level });
                self.tell(end, Indication::Status { dpc, cause });
            }
            Step::UserPart { end, why } => {
                let dpc = POINTS[1 - end];
                let cause = StatusCause::UserPartUnavailable { cause: why };
                self.tell(end, Indication::Status { dpc, cause });
            }
            Step::Path { pick, good: true } => drop(self.broken.remove(&CICS[pick])),
            Step::Path { pick, good: false } => drop(self.broken.insert(CICS[pick])),
            Step::Restart { end, saved, paused, millis } => {
                self.await_repeated();
                self.restart(end, saved, paused, Duration::from_millis(millis));
            }
            Step::SetupBoth { emergency } => {
                for end in 0..2 {
                    self.ends[end].setup(now, emergency);
                    self.drain(end);
                }
            }
            Step::Setup { end, .. }
            | Step::Reply { end, .. }
            | Step::Release { end, .. }
            | Step::Suspend { end, .. }
            | Step::Overload { end, .. }
            | Step::Block { end, .. }
            | Step::Reset { end, .. }
            | Step::Operate { end, .. }
            | Step::Test { end, .. }
            | Step::Bearers { end, .. } => {
                self.ends[end].run(now, step);
                self.drain(end);
            }
        }
    }

    /// Messages are lost and repeated at once, as in a changeover (Q.704 §5.4), but for this: an
    /// acknowledgement says of no message that it is for that one. Where it is repeated, or what it
    /// answers, and the next message lost, it is taken for the answer to that, and no exchange
    /// could tell.
    fn await_repeated(&mut self) {
        self.wait((self.repeated + REPEATED).saturating_since(self.now));
    }

    fn is_quiet(&self) -> bool {
        self.next().is_none()
    }

    /// The link is well from now on; everything that waits for something comes to rest, and no
    /// circuit waits for longer than its longest timer.
    pub(super) fn settle(&mut self) {
        self.ends.iter_mut().for_each(|end| (end.lose, end.repeat) = (0, 0));
        self.delays = [[DELAY; 16]; 2];
        self.broken.clear();
        self.set_link(true);
        let well = self.now;
        let mut watch = Watch::default();
        while !self.is_quiet() || self.rings() || self.part_strangers() {
            assert!(self.now < well + REST, "still waiting");
            self.wait(LOOK);
            self.end_orphans(well);
            watch.look(self.now, &self.ends);
        }
    }

    /// Incoming calls that nobody answers.
    fn unanswered(&self, end: usize) -> Vec<CallId> {
        let calls = self.ends[end].ledger.calls.iter();
        let rings = calls.filter(|(_, it)| it.incoming && !it.answered && !it.over);
        rings.map(|(call, _)| *call).collect()
    }

    fn rings(&self) -> bool {
        (0..2).any(|end| !self.unanswered(end).is_empty())
    }

    /// Q.764 leaves it to call control how long a called user may ring.
    fn end_orphans(&mut self, well: Instant) {
        if self.now < well + RINGS {
            return;
        }
        for end in 0..2 {
            for call in self.unanswered(end) {
                self.orphans += 1;
                self.ends[end].release(self.now, call);
            }
            self.drain(end);
        }
    }

    /// An answer that is lost on its way to an exchange that has reset the circuit leaves a call with
    /// one end. The staff finds it out by a query, or the user hears nothing and hangs up.
    fn part_strangers(&mut self) -> bool {
        let [one, other] = [0, 1].map(|end| self.ends[end].isup.circuits().collect::<Vec<_>>());
        let pairs = one.into_iter().zip(other);
        let alone = pairs.filter(|(left, right)| left.call.is_some() != right.call.is_some());
        let alone: Vec<_> = alone.collect();
        for (left, right) in &alone {
            self.strangers += 1;
            let end = usize::from(left.call.is_none());
            if self.setting.query {
                self.ends[end].query(self.now, left.cic);
            } else if let Some(call) = left.call.or(right.call) {
                self.ends[end].release(self.now, call);
            }
            self.drain(end);
        }
        !alone.is_empty()
    }

    pub(super) fn agree(&self) {
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
    pub(super) fn clear(&mut self, end: usize) {
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

/// Since when each circuit of each end waits for the same thing.
#[derive(Default)]
struct Watch(BTreeMap<(usize, Cic), (Waits, Instant)>);

/// What a circuit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Waits {
    state: &'static str,
    call: Option<CallId>,
    unacknowledged: bool,
}

impl Watch {
    fn look(&mut self, now: Instant, ends: &[End; 2]) {
        let longest = crate::Timers::default().get(TimerName::T5).max(minutes(5));
        for (number, end) in ends.iter().enumerate() {
            // Nothing is sent while the user part at the other end is known not to answer (T4).
            if !end.isup.peers.is_available(POINTS[1 - number]) {
                self.0.retain(|(waits, _), _| *waits != number);
                continue;
            }
            for view in end.isup.circuits() {
                let stage = view.call.and_then(|call| {
                    let ix = end.isup.circuit_of(call)?;
                    end.isup.circuits.get(ix)?.phase.stage()
                });
                let talks = matches!(stage, Some(Stage::Answered(_)));
                let unacknowledged = view.blocking.unacknowledged;
                let at_rest = talks || matches!(view.state, "idle" | "blocked" | "unavailable");
                let waits = Waits { state: view.state, call: view.call, unacknowledged };
                let place = (number, view.cic);
                if at_rest && !unacknowledged {
                    self.0.remove(&place);
                    continue;
                }
                let (before, since) = self.0.entry(place).or_insert((waits, now));
                if *before != waits {
                    (*before, *since) = (waits, now);
                }
                let stuck = now.saturating_since(*since) > longest + LOOK + seconds(1);
                assert!(!stuck, "end {number}, circuit {}: {} for too long", view.cic, view.state);
            }
        }
    }
}
