//! `tocsin run`: one gateway, its threads, and their end.
//!
//! This thread becomes the signalling thread. The others are the spans', the exchange's, the
//! management's, and one writer each for records and for the capture. They are joined by bounded
//! rings and channels only.

mod associations;
mod banner;
mod containment;
mod ending;
mod exchange_process;
mod far_end;
mod figures;
mod packets;
mod resolving;
mod rings;
mod signalling;
mod sockets;
mod spans;
mod views;

use crate::admin::{self, ask};
use crate::cdr::{CdrSink, CdrWriter, Scribe};
use crate::circuit_state::{self, Keeper};
use crate::commands::Exit;
use crate::conf::{self, Settings, SpanSettings};
use crate::{cli, out};
use associations::Associations;
use containment::Containment;
use ending::Ending;
pub(crate) use exchange_process::run as exchange;
use far_end::FarEnd;
use figures::Figures;
use io::{Capture, CaptureWriter, Clock, PacketSockets};
use packets::{RtpCapture, RtpSockets};
use resolving::Resolving;
use signalling::{Signalling, Sinks};
use sockets::SipSockets;
use spans::Spans;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Why a gateway did not start, or did not end well.
type Failure = Box<dyn std::error::Error>;

/// SIGINT and SIGTERM, which end the process, and SIGHUP, which has certificates read again.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next of them; says whether it was SIGHUP.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
            _ = self.hangup.recv() => true,
        }
    }
}

/// Runs a gateway until it is told to end.
pub(crate) fn run(command: &cli::Run) -> Exit {
    let settings = match conf::load(&command.conf) {
        Ok(settings) => settings,
        Err(error) => {
            out::complain(error);
            return Exit::Wrong;
        }
    };
    match start(settings, &command.conf, command.pcap.as_deref()) {
        Ok(()) => Exit::Fine,
        Err(failure) => {
            out::complain(failure);
            Exit::Wrong
        }
    }
}

/// The threads that are told to stop by a flag.
struct Threads {
    stop: Arc<AtomicBool>,
    running: Vec<(&'static str, JoinHandle<()>)>,
}

impl Threads {
    fn new() -> Self {
        Self { stop: Arc::default(), running: Vec::new() }
    }

    fn start(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&AtomicBool) + Send + 'static,
    ) -> std::io::Result<()> {
        let stop = Arc::clone(&self.stop);
        let thread =
            std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&stop))?;
        self.running.push((name, thread));
        Ok(())
    }

    /// A thread that ended though nobody told it to.
    fn dead(&self) -> Option<&'static str> {
        self.running.iter().find(|(_, thread)| thread.is_finished()).map(|(name, _)| *name)
    }

    fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        for (name, thread) in self.running {
            if thread.join().is_err() {
                tracing::error!(thread = name, "a thread failed");
            }
        }
    }
}

/// What is written to files.
struct Writers {
    cdr: CdrWriter,
    capture: Option<CaptureWriter>,
}

impl Writers {
    /// Waits until everything is written. Their other ends must be gone.
    fn finish(self) -> std::io::Result<()> {
        self.cdr.finish();
        self.capture.map_or(Ok(()), CaptureWriter::finish)
    }
}

fn start(settings: Settings, conf: &Path, pcap: Option<&Path>) -> Result<(), Failure> {
    let clock = Clock::start();
    let text = banner::banner(&settings, conf, pcap);
    for advice in &settings.advice {
        tracing::warn!("{advice}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let admin_address = settings.admin;
    let listener = admin::bind(admin_address)
        .map_err(|error| format!("cannot listen on {admin_address} (admin): {error}"))?;
    let (asking, questions) = ask::signalling();
    let (exchange_asking, exchange_questions) = ask::exchange();
    let exchange_asking = match settings.exchange_admin {
        Some(address) => admin::ExchangeAt::Elsewhere(admin::Elsewhere::new(address)),
        None if settings.exchange.is_some() => admin::ExchangeAt::Here(exchange_asking),
        None => admin::ExchangeAt::Nowhere,
    };
    let mut threads = Threads::new();
    let (mut signalling, writers, signals) = runtime.block_on(async {
        let signals = Signals::new()?;
        let parts = Parts { clock, questions, exchange_questions };
        let (signalling, writers) = parts.assemble(settings, pcap, &mut threads)?;
        Ok::<_, Failure>((signalling, writers, signals))
    })?;
    let server = admin::Server::start(listener, asking, exchange_asking)?;
    out::line(text);
    let outcome = runtime.block_on(signalling.run(signals, || threads.dead()));
    tracing::info!("the gateway ends");
    server.finish();
    threads.finish();
    drop(signalling);
    drop(runtime);
    writers.finish()?;
    outcome.map_err(|thread| format!("the {thread} thread died").into())
}

/// What must exist before a gateway is put together.
struct Parts {
    clock: Clock,
    questions: tokio::sync::mpsc::Receiver<ask::Question>,
    exchange_questions: std::sync::mpsc::Receiver<ask::ExchangeQuestion>,
}

impl Parts {
    /// Opens sockets and files and starts the threads; what is left runs on this one.
    fn assemble(
        self,
        mut settings: Settings,
        pcap: Option<&Path>,
        threads: &mut Threads,
    ) -> Result<(Signalling, Writers), Failure> {
        let clock = self.clock;
        let captured = pcap.map(Capture::create).transpose();
        let captured = captured.map_err(|error| format!("cannot write the capture: {error}"))?;
        let (capture, capture_writer) = captured.unzip();
        let scribe = Scribe::new(clock, settings.names.clone());
        let (cdr, cdr_writer) = CdrSink::open(&settings.cdr, scribe).map_err(|error| {
            format!("cannot write call detail records to {}: {error}", settings.cdr.display())
        })?;
        let with_clock = capture.clone().map(|capture| (capture, clock));
        let sockets = SipSockets::bind(&settings.sip, with_clock)?;
        let associations = Associations::bind(settings.associations)?;
        let mut targets = settings.gateway.trunks.iter().flat_map(|trunk| &trunk.targets);
        let needed = targets.any(sip::Target::is_name);
        let resolving = Resolving::start(&settings.sip.resolver, needed);

        let (commands, far_side_of_commands, commands_lost) = rings::ring();
        let (events_in, events, events_lost) = rings::ring();
        let (far_commands_in, far_commands, far_commands_lost) = rings::ring();
        let (far_events_in, far_events, far_events_lost) = rings::ring();
        let rings = spans::Rings {
            commands: far_side_of_commands,
            events: events_in,
            far_commands,
            far_events: far_events_in,
        };
        let spans = spans(&settings.spans, clock, capture.clone(), rings)?;
        let lost = vec![
            ("signalling-spans", commands_lost),
            ("spans-signalling", events_lost),
            ("exchange-spans", far_commands_lost),
            ("spans-exchange", far_events_lost),
        ];
        let figures = Figures::new(spans.figures(), lost);
        settings.gateway.capture = capture.is_some();
        let now = clock.now();
        let (gateway, keeper) = kept_gateway(settings.gateway, settings.circuit_state, now)?;
        threads.start("spans", move |stop| spans.run(clock, stop))?;
        if let Some(exchange) = settings.exchange {
            let exchange = exchange::Exchange::new(exchange, now)?;
            let commands = rings::PatientWriter::new(far_commands_in);
            let far_end = FarEnd::new(exchange, far_events, commands, self.exchange_questions);
            threads.start("exchange", move |stop| far_end.run(clock, stop))?;
        }
        let signalling = Signalling {
            gateway,
            clock,
            names: settings.names,
            sinks: Sinks {
                sockets,
                associations,
                commands: rings::PatientWriter::new(commands),
                resolving,
                cdr,
                keeper,
                capture,
            },
            events,
            questions: self.questions,
            figures,
            containment: Containment::default(),
            ending: Ending::new(settings.drain),
        };
        Ok((signalling, Writers { cdr: cdr_writer, capture: capture_writer }))
    }
}

/// A gateway that takes up what was known of circuits before, and who keeps it from now on.
fn kept_gateway(
    config: gateway::Config,
    path: Option<PathBuf>,
    now: base::Instant,
) -> Result<(gateway::Gateway, Option<Keeper>), Failure> {
    let own = config.isup.own;
    let mut gateway = gateway::Gateway::new(config, now)?;
    let Some(path) = path else { return Ok((gateway, None)) };
    let saved = circuit_state::load(&path, own);
    let unknown = gateway.restore_circuits(&saved);
    if !saved.is_empty() {
        let path = path.display();
        tracing::info!(%path, circuits = saved.len(), unknown, "the state of circuits is taken up");
    }
    let keeper = Keeper::start(path, own, &saved)?;
    Ok((gateway, Some(keeper)))
}

fn spans(
    wanted: &SpanSettings,
    clock: Clock,
    capture: Option<Capture>,
    rings: spans::Rings,
) -> std::io::Result<Spans> {
    let contexts = wanted.media.contexts;
    let capture = capture.map(|capture| RtpCapture::new(capture, clock, contexts));
    let sockets = RtpSockets::new(PacketSockets::new(contexts, wanted.options)?, capture);
    let plane = media::Plane::new(wanted.media.clone(), clock.now());
    Ok(Spans::new(wanted.count, &wanted.links, plane, sockets, rings))
}
