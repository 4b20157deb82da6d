//! The life of one connection, whatever carries it.

use super::port::Report;
use base::Duration;
use bytes::{Bytes, BytesMut};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// Octets read at once.
const CHUNK: usize = 8_192;
/// How long a peer may take to see that we have closed: what it still sends is read and dropped,
/// for octets that nobody reads make the system take back our last ones (a reset).
const FAREWELL: Duration = Duration::from_secs(1);

/// How patient a connection is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) write: Duration,
    /// From when we have closed it: what waits is written by then, and the peer has seen the end,
    /// or not.
    pub(super) closed: Duration,
    pub(super) idle: Duration,
    pub(super) half_closed: Duration,
}

/// How the reading of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer sends no more; it may still listen.
    Finished,
    /// The connection is broken, or nobody wants to hear of it any more.
    Broken,
}

/// What is to be written on a connection. Who drops it has closed the connection.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) queue: mpsc::Sender<Bytes>,
    _open: oneshot::Sender<()>,
}

/// The connection's end of an [`Outbox`].
#[derive(Debug)]
pub(super) struct Post {
    queue: mpsc::Receiver<Bytes>,
    open: oneshot::Receiver<()>,
}

/// Room for so many messages that wait.
pub(super) fn outbox(room: usize) -> (Outbox, Post) {
    let (queue, waiting) = mpsc::channel(room.max(1));
    let (_open, open) = oneshot::channel();
    (Outbox { queue, _open }, Post { queue: waiting, open })
}

/// One connection until it ends; its last report is `Closed`.
pub(super) async fn serve<S: AsyncRead + AsyncWrite>(
    id: u64,
    stream: S,
    Post { queue, open }: Post,
    reporter: mpsc::Sender<Report>,
    patience: Patience,
) {
    let overdue = async {
        let _closed = open.await;
        sleep(patience.closed).await;
    };
    tokio::select! {
        () = live(id, stream, queue, &reporter, patience) => {}
        // A peer that takes an octet now and then would hold a place for hours.
        () = overdue => tracing::debug!(id, "a connection that we closed was cut off"),
    }
    let _gone = reporter.send(Report::Closed { id }).await;
}

async fn live<S: AsyncRead + AsyncWrite>(
    id: u64,
    stream: S,
    mut queue: mpsc::Receiver<Bytes>,
    reporter: &mpsc::Sender<Report>,
    patience: Patience,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let written = AtomicBool::new(false);
    let is_whole = {
        let writing = write(&mut writer, &mut queue, patience.write, &written);
        tokio::pin!(writing);
        tokio::select! {
            end = read(id, &mut reader, reporter, patience.idle, &written) => match end {
                // What was asked before is still answered.
                End::Finished => {
                    timeout(patience.half_closed, &mut writing).await.is_ok_and(|whole| whole)
                }
                End::Broken => false,
            },
            whole = &mut writing => whole,
        }
    };
    if is_whole && matches!(timeout(patience.write, writer.shutdown()).await, Ok(Ok(()))) {
        let _late = timeout(FAREWELL, drain(&mut reader)).await;
    }
}

async fn read(
    id: u64,
    reader: &mut (impl AsyncRead + Unpin),
    reporter: &mpsc::Sender<Report>,
    idle: Duration,
    written: &AtomicBool,
) -> End {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        let report = match timeout(idle, reader.read_buf(&mut buffer)).await {
            Ok(Ok(0)) => Report::HalfClosed { id },
            Ok(Ok(_)) => Report::Received { id, bytes: buffer.split().freeze() },
            Ok(Err(error)) => {
                tracing::debug!(id, %error, "a connection broke");
                return End::Broken;
            }
            Err(_quiet) if written.swap(false, Ordering::Relaxed) => continue,
            Err(_quiet) => Report::Idle { id },
        };
        let is_over = matches!(report, Report::HalfClosed { .. });
        if reporter.send(report).await.is_err() {
            return End::Broken;
        }
        if is_over {
            return End::Finished;
        }
    }
}

/// Writes what is queued until nothing more will be; says whether all of it was taken.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    queue: &mut mpsc::Receiver<Bytes>,
    patience: Duration,
    written: &AtomicBool,
) -> bool {
    while let Some(first) = queue.recv().await {
        written.store(true, Ordering::Relaxed);
        let mut next = Some(first);
        while let Some(bytes) = next {
            if !matches!(timeout(patience, writer.write_all(&bytes)).await, Ok(Ok(()))) {
                return false;
            }
            next = queue.try_recv().ok();
        }
        // Records of TLS are gathered: only now they go.
        if !matches!(timeout(patience, writer.flush()).await, Ok(Ok(()))) {
            return false;
        }
    }
    true
}

async fn drain(reader: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = [0; 1_024];
    while matches!(reader.read(&mut buffer).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_connection_that_we_closed_is_gone_in_time_whatever_its_peer_takes() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let (outbox, post) = outbox(64);
        for _ in 0..64 {
            outbox.queue.try_send(Bytes::from_static(b"12345678")).unwrap();
        }
        let (reporter, mut reports) = mpsc::channel(8);
        let (write, closed) = (Duration::from_millis(500), Duration::from_millis(100));
        let patience = Patience { write, closed, idle: LONG, half_closed: LONG };
        let serving = tokio::spawn(serve(7, ours, post, reporter, patience));
        // Each write is taken in time, and all of them would take more than three seconds.
        let sips = tokio::spawn(async move {
            let mut octets = [0; 8];
            while theirs.read_exact(&mut octets).await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        });
        sleep(Duration::from_millis(150)).await;
        assert!(!serving.is_finished(), "nobody has closed it");
        let start = Instant::now();
        drop(outbox);
        assert!(matches!(reports.recv().await, Some(Report::Closed { id: 7 })));
        let all = Duration::from_secs(3);
        assert!((closed..all).contains(&start.elapsed()), "{:?}", start.elapsed());
        sips.abort();
    }

    #[tokio::test]
    async fn what_waits_when_we_close_is_written_to_a_peer_that_reads() {
        let (ours, mut theirs) = tokio::io::duplex(1_024);
        let (outbox, post) = outbox(8);
        let (reporter, mut reports) = mpsc::channel(8);
        let patience = Patience { write: LONG, closed: LONG, idle: LONG, half_closed: LONG };
        tokio::spawn(serve(7, ours, post, reporter, patience));
        for word in ["one", "two"] {
            outbox.queue.try_send(Bytes::from_static(word.as_bytes())).unwrap();
        }
        drop(outbox);
        let mut text = String::new();
        theirs.read_to_string(&mut text).await.unwrap();
        drop(theirs);
        assert_eq!(text, "onetwo");
        assert!(matches!(reports.recv().await, Some(Report::Closed { .. })));
    }
}
