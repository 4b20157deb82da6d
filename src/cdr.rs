//! Call detail records: one JSON object a line, written by a thread of their own.

use crate::names::Names;
use crate::wallclock::Rfc3339;
use base::Instant;
use call::Cdr;
use io::Clock;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Records that wait for the disk at most.
const QUEUE: usize = 8_192;

/// What is written about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    id: String,
    class: &'static str,
    ingress: String,
    egress: Option<String>,
    calling: Option<String>,
    called: String,
    translated: String,
    circuit: Option<String>,
    start: String,
    answered: Option<String>,
    end: String,
    cause: u8,
    sip_status: Option<u16>,
    attempts: u8,
}

/// Turns records of the core into lines: names for numbers, wall-clock time for ours.
#[derive(Clone, Debug)]
pub(crate) struct Scribe {
    clock: Clock,
    names: Names,
}

impl Scribe {
    pub(crate) const fn new(clock: Clock, names: Names) -> Self {
        Self { clock, names }
    }

    fn line(&self, cdr: &Cdr) -> Line {
        let wall = |instant: Instant| Rfc3339(self.clock.wall(instant)).to_string();
        Line {
            id: self.id(cdr.id),
            class: cdr.class.label(),
            ingress: self.names.trunk(cdr.ingress).to_owned(),
            egress: cdr.egress.map(|trunk| self.names.trunk(trunk).to_owned()),
            calling: cdr.calling.map(|number| number.to_e164()),
            called: cdr.called.to_e164(),
            translated: cdr.translated.to_e164(),
            circuit: cdr.circuit.and_then(|circuit| self.names.circuit(circuit)).map(str::to_owned),
            start: wall(cdr.start),
            answered: cdr.answered.map(wall),
            end: wall(cdr.end),
            cause: cdr.cause.0,
            sip_status: cdr.sip_status,
            attempts: cdr.attempts,
        }
    }

    /// The serial number of the call with the second in which the process started, so that records
    /// of several runs in one file stay apart.
    fn id(&self, serial: u64) -> String {
        format!("{:x}-{serial}", self.clock.wall(Instant::ZERO).as_secs())
    }
}

/// The signalling plane's end: never waits.
#[derive(Debug)]
pub(crate) struct CdrSink {
    scribe: Scribe,
    queue: SyncSender<Line>,
    /// Records that found the queue full. They are logged instead.
    pub(crate) dropped: u64,
}

impl CdrSink {
    /// Opens the file, creating it and its folder, and starts the thread that writes it.
    pub(crate) fn open(path: &Path, scribe: Scribe) -> std::io::Result<(Self, CdrWriter)> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (queue, lines) = sync_channel(QUEUE);
        let write = move || write_all(&lines, file);
        let thread = std::thread::Builder::new().name("cdr".to_owned()).spawn(write)?;
        Ok((Self { scribe, queue, dropped: 0 }, CdrWriter(thread)))
    }

    /// Writes a record, or counts that it could not.
    pub(crate) fn record(&mut self, cdr: &Cdr) {
        if self.queue.try_send(self.scribe.line(cdr)).is_err() {
            self.dropped += 1;
            tracing::error!(id = cdr.id, class = %cdr.class, cause = cdr.cause.0, "record lost");
        }
    }
}

/// The thread that writes the file. It ends when the [`CdrSink`] is gone.
#[derive(Debug)]
pub(crate) struct CdrWriter(JoinHandle<()>);

impl CdrWriter {
    /// Waits until everything is written.
    pub(crate) fn finish(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer of call detail records failed");
        }
    }
}

/// Each line goes to the system at once and whole, so that a crash costs no record before it.
fn write_all(lines: &Receiver<Line>, mut file: File) {
    while let Ok(line) = lines.recv() {
        let written =
            serde_json::to_vec(&line).map_err(std::io::Error::other).and_then(|mut text| {
                text.push(b'\n');
                file.write_all(&text)
            });
        if let Err(error) = written {
            tracing::error!(id = line.id, %error, "cannot write a call detail record");
        }
    }
}
