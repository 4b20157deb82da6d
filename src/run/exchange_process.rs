//! `tocsin exchange`: the simulated exchange as a process of its own, over associations. One thread
//! for its sockets and its core, one for its admin API.

use super::associations::{Associations, Happened, Report};
use super::far_end::answer;
use super::spans::TICK;
use super::{Failure, Signals, banner};
use crate::admin::ask::{self, ExchangeQuestion};
use crate::commands::Exit;
use crate::conf::{self, ExchangeSettings};
use crate::{admin, out};
use base::{Cause, Duration, Instant};
use exchange::{Exchange, Input, Originate, Output};
use io::Clock;
use std::path::Path;
use std::sync::mpsc::Receiver;
use tokio::time::MissedTickBehavior;

/// How long released calls may take.
const RELEASE: Duration = Duration::from_secs(2);
/// Time for the last messages to leave the connections.
const LAST_WRITES: Duration = Duration::from_millis(50);

/// Runs an exchange until it is told to end.
pub(crate) fn run(conf: &Path) -> Exit {
    let settings = match conf::load_exchange(conf) {
        Ok(settings) => settings,
        Err(error) => {
            out::complain(error);
            return Exit::Wrong;
        }
    };
    match start(settings, conf) {
        Ok(()) => Exit::Fine,
        Err(failure) => {
            out::complain(failure);
            Exit::Wrong
        }
    }
}

fn start(settings: ExchangeSettings, conf: &Path) -> Result<(), Failure> {
    let clock = Clock::start();
    let text = banner::exchange(&settings, conf);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let address = settings.admin;
    let listener = admin::bind(address)
        .map_err(|error| format!("cannot listen on {address} (admin): {error}"))?;
    let (asking, questions) = ask::exchange();
    let exchange = Exchange::new(settings.exchange, clock.now())?;
    let (mut process, signals) = runtime.block_on(async {
        let associations = Associations::bind(settings.associations)?;
        let process = Process { exchange, associations, questions, clock, end: None };
        Ok::<_, Failure>((process, Signals::new()?))
    })?;
    let server = admin::Server::start_exchange(listener, asking)?;
    out::line(text);
    runtime.block_on(process.run(signals));
    tracing::info!("the exchange ends");
    server.finish();
    Ok(())
}

/// What the thread owns.
struct Process {
    exchange: Exchange,
    associations: Associations,
    questions: Receiver<ExchangeQuestion>,
    clock: Clock,
    /// When it ends, calls or not.
    end: Option<Instant>,
}

/// What woke the loop.
enum Woken {
    Tick,
    Association(Happened),
    Signal,
    Reload,
}

impl Process {
    async fn run(&mut self, mut signals: Signals) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.obey(self.clock.now());
        loop {
            let woken = tokio::select! {
                event = self.associations.ready() => Woken::Association(event),
                reload = signals.next() => if reload { Woken::Reload } else { Woken::Signal },
                _ = tick.tick() => Woken::Tick,
            };
            let now = self.clock.now();
            let mut reports: Vec<Report> = Vec::new();
            match woken {
                Woken::Tick | Woken::Reload => {}
                Woken::Association(event) => {
                    self.associations.take(event, &mut |report| reports.push(report));
                }
                Woken::Signal if self.end.is_some() => break,
                Woken::Signal => {
                    self.exchange.release_all(now, Cause::TEMPORARY_FAILURE);
                    self.end = Some(now + RELEASE);
                }
            }
            self.turn(now, reports);
            if self.end.is_some_and(|end| end <= now || self.exchange.is_idle()) {
                break;
            }
        }
        tokio::time::sleep(LAST_WRITES).await;
    }

    fn turn(&mut self, now: Instant, mut reports: Vec<Report>) {
        self.associations.receive(|report| reports.push(report));
        for (association, event) in reports {
            self.exchange.handle_input(now, Input::Association { association, event });
            self.obey(now);
        }
        while let Ok(question) = self.questions.try_recv() {
            answer(&mut self.exchange, now, Originate::RATE_MAX, question);
        }
        if self.exchange.poll_timeout().is_some_and(|(deadline, _)| deadline <= now) {
            self.exchange.handle_timeout(now);
        }
        self.obey(now);
    }

    fn obey(&mut self, now: Instant) {
        while let Some(output) = self.exchange.poll_output() {
            // There are no time slots: what would be said on one, nobody hears.
            let Output::Association { association, command } = output else { continue };
            if let Some((association, event)) = self.associations.obey(association, command) {
                self.exchange.handle_input(now, Input::Association { association, event });
            }
        }
    }
}
