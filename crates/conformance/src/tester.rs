use crate::act::{Act, Heard};
use crate::case::Case;
use crate::courtesy;
use crate::profile::{Need, Profile};
use crate::report::{Report, Verdict};
use crate::run::{Run, Wish};
use base::{Duration, Instant};
use bytes::Bytes;
use isup_codec::{Cic, CircuitState, Cqm, Cqr, Grs, Message, decode, encode};
use std::collections::VecDeque;

/// What may happen to the tester.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// The switch sent a message: what follows the routing label.
    Message(&'a [u8]),
    /// The upper tester noticed something.
    Heard(Heard),
}

/// What the tester wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a message to the switch: what follows the routing label.
    Send(Bytes),
    /// Have the upper tester do something.
    Act(Act),
    /// A case is over.
    Report(Box<Report>),
}

/// The neighbouring exchange that puts a switch through one case after the other.
pub struct Tester {
    profile: Profile,
    cases: VecDeque<&'static Case>,
    stage: Stage,
    outputs: VecDeque<Output>,
}

enum Stage {
    /// Whatever went on between us is brought to an end: first by answering, then by a reset.
    Clearing(Clearing),
    Running(&'static Case, Box<Run>),
    Finished,
}

struct Clearing {
    since: Instant,
    last: Instant,
    reset: Reset,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reset {
    Due,
    Sent,
    Acknowledged,
    /// The switch was asked whether every circuit is idle.
    Asked,
    Idle,
}

/// How long a switch may take to come to rest.
const REST: Duration = Duration::from_secs(60);

impl Tester {
    /// A tester for these cases, once messages can pass. It begins by resetting all circuits.
    pub fn new(
        profile: Profile,
        cases: impl IntoIterator<Item = &'static Case>,
        now: Instant,
    ) -> Self {
        let clearing = Clearing { since: now, last: now, reset: Reset::Due };
        Self {
            profile,
            cases: cases.into_iter().collect(),
            stage: Stage::Clearing(clearing),
            outputs: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        match (&mut self.stage, input) {
            (Stage::Running(_, run), Input::Message(payload)) => run.message(now, payload),
            (Stage::Running(_, run), Input::Heard(heard)) => run.heard(now, heard),
            (Stage::Clearing(clearing), Input::Message(payload)) => {
                clearing.last = now;
                self.answer(payload);
            }
            (Stage::Clearing(_), Input::Heard(_)) | (Stage::Finished, _) => {}
        }
        self.handle_timeout(now);
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        loop {
            let goes_on = match self.stage {
                Stage::Clearing(_) => self.clear(now),
                Stage::Running(..) => self.run(now),
                Stage::Finished => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When it has to be called again at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Clearing(clearing) => Some(clearing.last + self.profile.pace.quiet),
            Stage::Running(_, run) => run.deadline(),
            Stage::Finished => None,
        }
    }

    /// Whether all cases are over.
    pub const fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished)
    }

    fn answer(&mut self, payload: &[u8]) {
        let Ok((cic, message)) = decode(payload) else { return };
        if let Stage::Clearing(clearing) = &mut self.stage {
            let idle = |cqr: &Cqr| cqr.states.0.iter().all(|state| *state == CircuitState::IDLE);
            clearing.reset = match (&message, clearing.reset) {
                (Message::Gra(_), Reset::Sent) => Reset::Acknowledged,
                (Message::Cqr(cqr), Reset::Asked) if idle(cqr) => Reset::Idle,
                (_, reset) => reset,
            };
        }
        if let Some(answer) = courtesy::answer(&message) {
            self.send(cic, &answer);
        }
    }

    fn send(&mut self, cic: Cic, message: &Message) {
        if let Ok(payload) = encode(cic, message) {
            self.outputs.push_back(Output::Send(payload));
        }
    }

    /// Says whether there is more to do at once.
    fn clear(&mut self, now: Instant) -> bool {
        let Stage::Clearing(clearing) = &mut self.stage else { return false };
        if now.saturating_since(clearing.since) > REST {
            self.give_up();
            return false;
        }
        if now < clearing.last + self.profile.pace.quiet {
            return false;
        }
        clearing.last = now;
        match clearing.reset {
            Reset::Due | Reset::Sent => {
                clearing.reset = Reset::Sent;
                let range = self.profile.range();
                self.send(self.profile.first(), &Grs { range }.into());
                false
            }
            Reset::Acknowledged | Reset::Asked
                if !self.profile.lacks.contains_key(&Need::AnswersQueries) =>
            {
                clearing.reset = Reset::Asked;
                let range = self.profile.range();
                self.send(self.profile.first(), &Cqm { range }.into());
                false
            }
            Reset::Acknowledged | Reset::Asked | Reset::Idle => {
                self.begin(now);
                true
            }
        }
    }

    /// The next case that applies.
    fn begin(&mut self, now: Instant) {
        while let Some(case) = self.cases.pop_front() {
            match case.steps(&self.profile) {
                Ok(steps) => {
                    let run = Run::new(steps, &self.profile, now);
                    self.stage = Stage::Running(case, Box::new(run));
                    return;
                }
                Err(why) => self.report(case, Verdict::DoesNotApply(why), Vec::new()),
            }
        }
        self.stage = Stage::Finished;
    }

    fn run(&mut self, now: Instant) -> bool {
        let Stage::Running(case, run) = &mut self.stage else { return false };
        let case = *case;
        let over = run.advance(now);
        let wishes = run.wishes.drain(..).map(|wish| match wish {
            Wish::Send(payload) => Output::Send(payload),
            Wish::Act(act) => Output::Act(act),
        });
        self.outputs.extend(wishes);
        let Some(result) = over else { return false };
        let log = std::mem::take(&mut run.log.lines);
        let answers: Vec<_> = run.answers_left().collect();
        self.outputs.push_back(Output::Act(Act::Clear));
        match result {
            Ok(()) => {
                self.report(case, Verdict::Passes, log);
                self.begin(now);
            }
            Err(why) => {
                for (cic, answer) in answers {
                    self.send(cic, &answer);
                }
                self.report(case, Verdict::Fails(why), log);
                self.stage = Stage::Clearing(Clearing { since: now, last: now, reset: Reset::Due });
            }
        }
        true
    }

    /// The switch does not come to rest: nothing can be said of the cases that are left.
    fn give_up(&mut self) {
        for case in std::mem::take(&mut self.cases) {
            let why = "the switch does not come to rest, or does not answer GRS".to_owned();
            self.report(case, Verdict::Fails(why), Vec::new());
        }
        self.stage = Stage::Finished;
    }

    fn report(&mut self, case: &'static Case, verdict: Verdict, log: Vec<String>) {
        self.outputs.push_back(Output::Report(Box::new(Report { case, verdict, log })));
    }
}
