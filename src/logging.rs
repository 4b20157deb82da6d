//! The log goes to standard error by a thread of its own: a terminal or a pipe that nobody reads
//! costs log lines, never a call.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Lines that wait to be written at most.
const QUEUE: usize = 4_096;
/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

enum Entry {
    Line(Vec<u8>),
    /// Everything before it has been written: say so.
    Flush(SyncSender<()>),
}

/// Where log lines go. Never waits.
#[derive(Clone)]
pub(crate) struct Log {
    queue: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl Log {
    /// Starts the thread that writes to `out`.
    pub(crate) fn start(out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (queue, entries) = sync_channel(QUEUE);
        let lost = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&lost);
        let write = move || write_all(&entries, out, &counter);
        std::thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(Self { queue, lost })
    }

    /// Waits until what was logged so far is written, though not for long.
    pub(crate) fn finish(&self) {
        let (done, told) = sync_channel(1);
        if self.queue.try_send(Entry::Flush(done)).is_ok() {
            let _late = told.recv_timeout(LAST_LINES);
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn write_all(entries: &Receiver<Entry>, mut out: impl Write, lost: &AtomicU64) {
    while let Ok(entry) = entries.recv() {
        // Nobody is left to be told that the log cannot be written.
        let _gone = match entry {
            Entry::Line(line) => out.write_all(&line),
            Entry::Flush(done) => {
                let flushed = out.flush();
                let _gone = done.try_send(());
                flushed
            }
        };
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _gone = writeln!(out, "{lost} lines of the log were lost: nobody read it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that takes a line only when told to.
    struct Stuck {
        go: Receiver<()>,
        written: SyncSender<String>,
    }

    impl Write for Stuck {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            let _open = self.go.recv();
            let _gone = self.written.try_send(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up() {
        let (open, go) = sync_channel::<()>(0);
        let (written, lines) = sync_channel(2 * QUEUE);
        let mut log = Log::start(Stuck { go, written }).unwrap();
        for number in 0..QUEUE + 10 {
            log.write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        drop(open);
        let (done, told) = sync_channel(1);
        assert!(log.queue.send(Entry::Flush(done)).is_ok());
        told.recv().unwrap();
        let lines: Vec<_> = lines.try_iter().collect();
        assert_eq!(lines.concat().lines().next(), Some("line 0"));
        let lost = "lines of the log were lost";
        assert!(lines.concat().contains(lost), "what was lost is told");
    }
}
