//! One case, as it runs.

use crate::act::{Act, Ear, Heard};
use crate::courtesy;
use crate::pattern::{Check, Pattern};
use crate::profile::{Need, Profile};
use crate::step::{On, Repeats, Step, Window};
use base::{Duration, Instant};
use bytes::Bytes;
use isup_codec::{Cic, CircuitState, Cqm, Message, MessageType, decode, encode};
use std::collections::{BTreeMap, VecDeque};

/// What the case wants done.
pub(crate) enum Wish {
    Send(Bytes),
    Act(Act),
}

/// What became of a step.
enum Progress {
    Done,
    Waits,
    Fails(String),
}

/// A message of the switch that no step has taken yet.
struct Arrived {
    at: Instant,
    cic: Cic,
    message: Message,
}

/// What passed, with the time since the case began.
pub(crate) struct Log {
    start: Instant,
    pub(crate) lines: Vec<String>,
}

pub(crate) struct Run {
    steps: VecDeque<Step>,
    /// When the step in front came there.
    reached: Instant,
    /// When the last message passed that a step sent or took.
    mark: Instant,
    /// Where the repetitions in front began.
    repeats_since: Option<Instant>,
    arrived: VecDeque<Arrived>,
    heard: VecDeque<(Instant, Heard)>,
    picked: Vec<Cic>,
    /// What the switch waits for an answer to, by circuit.
    asked: BTreeMap<Cic, Message>,
    /// Whether it can be told that the staff, and that the users noticed something.
    sees: (bool, bool),
    failure: Option<String>,
    pub(crate) wishes: VecDeque<Wish>,
    pub(crate) log: Log,
}

impl Run {
    /// A case that begins now; afterwards nothing may come any more, and every circuit is idle.
    pub(crate) fn new(steps: Vec<Step>, profile: &Profile, now: Instant) -> Self {
        let mut steps = VecDeque::from(steps);
        steps.push_back(Step::Quiet(profile.pace.quiet));
        if !profile.lacks.contains_key(&Need::AnswersQueries) {
            let (on, range) = (On::Cic(profile.first()), profile.range());
            steps.push_back(Step::Send(on, Cqm { range }.into()));
            let idle = Pattern::of(MessageType::CQR).with(Check::AllIn(CircuitState::IDLE));
            steps.push_back(Step::Expect(on, idle, profile.soon()));
        }
        Self {
            steps,
            reached: now,
            mark: now,
            repeats_since: None,
            arrived: VecDeque::new(),
            heard: VecDeque::new(),
            picked: Vec::new(),
            asked: BTreeMap::new(),
            sees: (profile.sees_alarms, profile.sees_users),
            failure: None,
            wishes: VecDeque::new(),
            log: Log { start: now, lines: Vec::new() },
        }
    }

    /// The switch sends.
    pub(crate) fn message(&mut self, now: Instant, payload: &[u8]) {
        match decode(payload) {
            Ok((cic, message)) => {
                self.note(now, format_args!("← {cic} {message:?}"));
                if courtesy::answer(&message).is_some() {
                    self.asked.insert(cic, message.clone());
                }
                self.arrived.push_back(Arrived { at: now, cic, message });
            }
            Err(error) => {
                self.note(now, format_args!("← {payload:02x?}"));
                self.failure = Some(format!("the switch sends what cannot be read: {error}"));
            }
        }
    }

    /// The upper tester notices.
    pub(crate) fn heard(&mut self, now: Instant, heard: Heard) {
        self.note(now, format_args!("  {heard:?}"));
        self.heard.push_back((now, heard));
    }

    fn note(&mut self, now: Instant, what: std::fmt::Arguments<'_>) {
        let time = now.saturating_since(self.log.start).as_secs_f64();
        self.log.lines.push(format!("{time:>9.3} s {what}"));
    }

    /// Takes the steps that can be taken. Gives nothing while the case goes on.
    pub(crate) fn advance(&mut self, now: Instant) -> Option<Result<(), String>> {
        loop {
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            let Some(step) = self.steps.front().cloned() else { return Some(self.end()) };
            match self.take(now, &step) {
                Progress::Done => {
                    self.steps.pop_front();
                    self.reached = now;
                    self.repeats_since = None;
                }
                Progress::Waits => return None,
                Progress::Fails(why) => return Some(Err(format!("{step}: {why}"))),
            }
        }
    }

    /// When the step in front has to be looked at again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        Some(match self.steps.front()? {
            Step::Expect(_, _, window) | Step::Hear(_, window) | Step::HearLast(_, window) => {
                self.latest(*window)
            }
            Step::Quiet(time) => self.reached + *time,
            Step::Repeats(repeats) => self.mark + repeats.gap.max,
            Step::Send(..) | Step::SendRaw(..) | Step::Do(_) => self.reached,
        })
    }

    /// What is left when all steps are taken.
    fn end(&self) -> Result<(), String> {
        if let Some(Arrived { cic, message, .. }) = self.arrived.front() {
            return Err(format!("nobody expects {} on {cic}", message.message_type()));
        }
        match self.heard.iter().find(|(_, heard)| heard.matters()) {
            Some((_, heard)) => Err(format!("nobody expects {heard:?}")),
            None => Ok(()),
        }
    }

    fn take(&mut self, now: Instant, step: &Step) -> Progress {
        match step {
            Step::Send(on, message) => {
                let payload = self.circuit(*on).and_then(|cic| encode(cic, message).ok());
                self.note(now, format_args!("→ {} {message:?}", self.shown(*on)));
                self.answered(*on, message);
                self.send(now, payload)
            }
            Step::SendRaw(on, kind, body) => {
                let payload = self.circuit(*on).map(|cic| {
                    let head = cic.0.to_le_bytes().into_iter().chain([kind.0]);
                    head.chain(body.iter().copied()).collect()
                });
                self.note(now, format_args!("→ {} {kind} {body:02x?}", self.shown(*on)));
                self.send(now, payload)
            }
            Step::Do(act) => {
                self.note(now, format_args!("* {act}"));
                self.wishes.push_back(Wish::Act(act.clone()));
                self.mark = now;
                Progress::Done
            }
            Step::Expect(on, pattern, window) => self.expect(now, *on, pattern, *window),
            Step::Hear(ear, window) => self.hear(now, ear, *window),
            Step::HearLast(ear, window) => {
                let last = self.heard.iter().position(|(_, heard)| ear.matches(heard));
                let before = |heard: &Heard| heard.who() == ear.who() && !ear.matches(heard);
                if last.is_some() || !self.sees.1 {
                    self.heard.retain(|(_, heard)| !before(heard));
                } else if now < self.latest(*window) {
                    return Progress::Waits;
                }
                self.hear(now, ear, *window)
            }
            Step::Quiet(time) => self.quiet(now, *time),
            Step::Repeats(repeats) => self.repeats(now, repeats),
        }
    }

    /// Notes that the switch no longer waits for this answer.
    fn answered(&mut self, on: On, message: &Message) {
        let Some(cic) = self.circuit(on) else { return };
        let answer = self.asked.get(&cic).and_then(courtesy::answer);
        if answer.is_some_and(|answer| answer.message_type() == message.message_type()) {
            self.asked.remove(&cic);
        }
    }

    /// The answers that the switch still waits for.
    pub(crate) fn answers_left(&self) -> impl Iterator<Item = (Cic, Message)> {
        self.asked.iter().filter_map(|(cic, asked)| Some((*cic, courtesy::answer(asked)?)))
    }

    fn send(&mut self, now: Instant, payload: Option<Bytes>) -> Progress {
        let Some(payload) = payload else {
            return Progress::Fails("the tester cannot send that".to_owned());
        };
        self.wishes.push_back(Wish::Send(payload));
        self.mark = now;
        Progress::Done
    }

    fn circuit(&self, on: On) -> Option<Cic> {
        match on {
            On::Cic(cic) => Some(cic),
            On::Picked(back) => self.picked.iter().rev().nth(usize::from(back)).copied(),
            On::New | On::Another => None,
        }
    }

    fn shown(&self, on: On) -> String {
        self.circuit(on).map_or_else(|| on.to_string(), |cic| cic.to_string())
    }

    /// Where the message lies that a step about this circuit has to take.
    fn position(&self, on: On) -> Option<usize> {
        match self.circuit(on) {
            Some(cic) => self.arrived.iter().position(|arrived| arrived.cic == cic),
            None => self
                .arrived
                .iter()
                .position(|arrived| arrived.message.message_type() == MessageType::IAM),
        }
    }

    /// From when a window counts.
    const fn base(&self, window: Window) -> Instant {
        if window.min.is_zero() { self.reached } else { self.mark }
    }

    fn latest(&self, window: Window) -> Instant {
        self.base(window) + window.max
    }

    fn expect(&mut self, now: Instant, on: On, pattern: &Pattern, window: Window) -> Progress {
        let Some(arrived) = self.position(on).and_then(|at| self.arrived.remove(at)) else {
            if now < self.latest(window) {
                return Progress::Waits;
            }
            let instead = self.arrived.front();
            return Progress::Fails(instead.map_or_else(
                || "nothing comes".to_owned(),
                |other| format!("instead {} on {}", other.message.message_type(), other.cic),
            ));
        };
        if let Some(flaw) = pattern.flaw(&arrived.message) {
            return Progress::Fails(flaw);
        }
        if on == On::Another && self.picked.last() == Some(&arrived.cic) {
            return Progress::Fails("it is on the same circuit".to_owned());
        }
        if let Some(why) = untimely(self.mark, arrived.at, window) {
            return Progress::Fails(why);
        }
        if arrived.message.message_type() == MessageType::IAM {
            self.picked.push(arrived.cic);
        }
        self.mark = arrived.at;
        Progress::Done
    }

    fn hear(&mut self, now: Instant, ear: &Ear, window: Window) -> Progress {
        let (staff, users) = self.sees;
        let seen = if *ear == Ear::Alarm { staff } else { users };
        if !seen {
            return Progress::Done;
        }
        let mine = self.heard.iter().position(|(_, heard)| heard.who() == ear.who());
        let Some((at, heard)) = mine.and_then(|mine| self.heard.remove(mine)) else {
            if now < self.latest(window) {
                return Progress::Waits;
            }
            return Progress::Fails("nothing is noticed".to_owned());
        };
        if !ear.matches(&heard) {
            return Progress::Fails(format!("instead {heard:?}"));
        }
        untimely(self.mark, at, window).map_or(Progress::Done, Progress::Fails)
    }

    fn quiet(&self, now: Instant, time: Duration) -> Progress {
        match self.arrived.front() {
            Some(Arrived { cic, message, .. }) => {
                Progress::Fails(format!("{} comes on {cic}", message.message_type()))
            }
            None if now < self.reached + time => Progress::Waits,
            None => Progress::Done,
        }
    }

    fn repeats(&mut self, now: Instant, repeats: &Repeats) -> Progress {
        let since = *self.repeats_since.get_or_insert(self.mark);
        while let Some(position) = self.position(repeats.on) {
            let Some(arrived) = self.arrived.remove(position) else { break };
            let ends = repeats.then.as_ref().is_some_and(|it| it.flaw(&arrived.message).is_none());
            if ends {
                self.mark = arrived.at;
                let late = untimely(since, arrived.at, repeats.until);
                return late.map_or(Progress::Done, Progress::Fails);
            }
            if let Some(flaw) = repeats.what.flaw(&arrived.message) {
                return Progress::Fails(flaw);
            }
            if let Some(why) = untimely(self.mark, arrived.at, repeats.gap) {
                return Progress::Fails(why);
            }
            self.mark = arrived.at;
        }
        if now < self.mark + repeats.gap.max {
            return Progress::Waits;
        }
        if repeats.then.is_some() {
            return Progress::Fails("it comes no more".to_owned());
        }
        untimely(since, self.mark, repeats.until).map_or(Progress::Done, Progress::Fails)
    }
}

/// What is wrong with the moment `at`, if anything is.
fn untimely(base: Instant, at: Instant, window: Window) -> Option<String> {
    let took = at.saturating_since(base);
    if window.min.is_zero() || (window.min..=window.max).contains(&took) {
        return None;
    }
    Some(format!("it comes after {} s", took.as_secs_f64()))
}
