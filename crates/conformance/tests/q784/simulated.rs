//! A switch in simulated time, put through the cases.

use base::Instant;
use bytes::Bytes;
use conformance::{Act, Case, Heard, Input, Output, Profile, Report, Tester};

/// What a switch does.
pub(crate) enum Said {
    /// It sends a message to the tester: what follows the routing label.
    Message(Bytes),
    /// Its users notice something.
    Heard(Heard),
}

/// A switch in simulated time.
pub(crate) trait Switch {
    /// A message of the tester.
    fn message(&mut self, now: Instant, payload: &[u8]);
    /// What the upper tester is to do.
    fn act(&mut self, now: Instant, act: &Act);
    /// What is due.
    fn timeout(&mut self, now: Instant);
    /// When something is due.
    fn next(&self) -> Option<Instant>;
    /// What it does next.
    fn poll(&mut self) -> Option<Said>;
}

/// Puts a switch that can be reached through the cases.
pub(crate) fn run(
    switch: &mut impl Switch,
    profile: Profile,
    cases: impl Iterator<Item = &'static Case>,
    mut now: Instant,
) -> Vec<Report> {
    let mut tester = Tester::new(profile, cases, now);
    let mut reports = Vec::new();
    loop {
        settle(switch, &mut tester, now, &mut reports);
        if tester.is_finished() {
            return reports;
        }
        let deadlines = [switch.next(), tester.poll_timeout()];
        let next = deadlines.into_iter().flatten().min().expect("the tester waits for something");
        now = now.max(next);
        if switch.next().is_some_and(|due| due <= now) {
            switch.timeout(now);
        }
        settle(switch, &mut tester, now, &mut reports);
        if tester.poll_timeout().is_some_and(|due| due <= now) {
            tester.handle_timeout(now);
        }
    }
}

/// Until neither has anything more to say at this moment.
fn settle(switch: &mut impl Switch, tester: &mut Tester, now: Instant, reports: &mut Vec<Report>) {
    loop {
        if let Some(said) = switch.poll() {
            match said {
                Said::Message(payload) => tester.handle_input(now, Input::Message(&payload)),
                Said::Heard(heard) => tester.handle_input(now, Input::Heard(heard)),
            }
        } else if let Some(output) = tester.poll_output() {
            match output {
                Output::Send(payload) => switch.message(now, &payload),
                Output::Act(act) => switch.act(now, &act),
                Output::Report(report) => reports.push(*report),
            }
        } else {
            return;
        }
    }
}
