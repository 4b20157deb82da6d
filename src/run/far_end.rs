//! The embedded exchange on a thread of its own, joined to the gateway by time slots alone.

use super::rings::{FarCommand, FarEvent, PatientWriter, Reader};
use super::spans::TICK;
use crate::admin::api;
use crate::admin::ask::ExchangeQuestion;
use base::{Duration, Instant};
use exchange::{Exchange, Input, Originate, Output};
use io::{Clock, Ticker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

/// An exchange may pause as long as a processor that was taken away; it makes up for no tick.
const CATCH_UP: u32 = 1;
/// The most calls a second that one command may ask for: one signalling link carries a few less.
const RATE_MAX: f64 = 200.0;
/// The longest that a call may be told to last, in seconds.
const HOLD_MAX: f64 = 86_400.0;

/// Everything the exchange's thread owns.
pub(crate) struct FarEnd {
    exchange: Exchange,
    events: Reader<FarEvent>,
    commands: PatientWriter<FarCommand>,
    questions: Receiver<ExchangeQuestion>,
}

impl FarEnd {
    pub(crate) const fn new(
        exchange: Exchange,
        events: Reader<FarEvent>,
        commands: PatientWriter<FarCommand>,
        questions: Receiver<ExchangeQuestion>,
    ) -> Self {
        Self { exchange, events, commands, questions }
    }

    /// Runs until `stop`.
    pub(crate) fn run(mut self, clock: Clock, stop: &AtomicBool) {
        let mut ticker = Ticker::new(clock, TICK, CATCH_UP);
        while !stop.load(Ordering::Relaxed) {
            ticker.wait();
            self.turn(clock.now());
        }
    }

    fn turn(&mut self, now: Instant) {
        self.commands.flush();
        self.obey();
        while let Some(event) = self.events.take() {
            let input = match event {
                FarEvent::Line(link, event) => Input::Line { link, event },
                FarEvent::Span { span, up } => Input::Span { span, up },
                FarEvent::CheckPassed(check) => Input::CheckPassed { check },
            };
            self.exchange.handle_input(now, input);
            self.obey();
        }
        while let Ok(question) = self.questions.try_recv() {
            answer(&mut self.exchange, now, RATE_MAX, question);
            self.obey();
        }
        if self.exchange.poll_timeout().is_some_and(|(deadline, _)| deadline <= now) {
            self.exchange.handle_timeout(now);
            self.obey();
        }
    }

    fn obey(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.commands.put(match output {
                Output::Line { link, command } => FarCommand::Line(link, command),
                Output::Bearer { slot, source } => FarCommand::Bearer(slot, source),
                // It is reached over the spans alone.
                Output::Association { .. } => continue,
            });
        }
    }
}

/// Answers a question of the management thread. Whoever asked may have given up waiting.
pub(super) fn answer(
    exchange: &mut Exchange,
    now: Instant,
    rate_max: f64,
    question: ExchangeQuestion,
) {
    match question {
        ExchangeQuestion::Originate(request, answer) => {
            let placed = checked(request, rate_max).and_then(|originate| {
                exchange.originate(now, originate).map_err(|error| error.to_string())
            });
            let _gone = answer.send(placed);
        }
        ExchangeQuestion::Progress(batch, answer) => {
            let progress = exchange.progress(batch).map(|progress| api::Progress {
                placed: progress.placed,
                answered: progress.answered,
                failed: progress.failed,
                active: progress.active,
                done: progress.done,
            });
            let _gone = answer.send(progress);
        }
        ExchangeQuestion::Ready(answer) => {
            let is_idle = |circuit: isup::CircuitView| circuit.state == "idle";
            let ready = exchange.mtp().is_in_service() && exchange.circuits().any(is_idle);
            let _gone = answer.send(ready);
        }
    }
}

/// Refuses figures that mean nothing.
fn checked(request: api::Originate, rate_max: f64) -> Result<Originate, String> {
    let api::Originate { number, caller, count, rate, hold } = request;
    if count == 0 {
        return Err("count is 0: ask for at least one call".to_owned());
    }
    if !(rate > 0.0 && rate <= rate_max) {
        return Err(format!("rate is {rate} calls a second: give more than 0, at most {rate_max}"));
    }
    if !(0.0..=HOLD_MAX).contains(&hold) {
        return Err(format!("hold is {hold} seconds: give 0 to {HOLD_MAX}"));
    }
    let hold = Duration::from_secs_f64(hold);
    Ok(Originate { called: number, caller, count, rate, hold })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_mean_nothing_are_refused() {
        let good = api::Originate {
            number: "+33199008001".to_owned(),
            caller: None,
            count: 1,
            rate: 1.0,
            hold: 0.0,
        };
        assert!(checked(good.clone(), RATE_MAX).is_ok());
        for wrong in [
            api::Originate { count: 0, ..good.clone() },
            api::Originate { rate: 0.0, ..good.clone() },
            api::Originate { rate: 201.0, ..good.clone() },
            api::Originate { rate: f64::NAN, ..good.clone() },
            api::Originate { hold: -1.0, ..good.clone() },
            api::Originate { hold: f64::INFINITY, ..good },
        ] {
            assert!(checked(wrong.clone(), RATE_MAX).is_err(), "{wrong:?}");
        }
    }
}
