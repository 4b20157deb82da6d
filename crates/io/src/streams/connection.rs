//! The life of one connection, whatever carries it.

use super::port::Report;
use base::Duration;
use bytes::{Bytes, BytesMut};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Octets read at once.
const CHUNK: usize = 8_192;
/// How long a peer may take to see that we have closed: what it still sends is read and dropped,
/// for octets that nobody reads make the system take back our last ones (a reset).
const FAREWELL: Duration = Duration::from_secs(1);

/// How patient a connection is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) write: Duration,
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

/// One connection until it ends; its last report is `Closed`.
pub(super) async fn serve<S: AsyncRead + AsyncWrite>(
    id: u64,
    stream: S,
    mut queue: mpsc::Receiver<Bytes>,
    reporter: mpsc::Sender<Report>,
    patience: Patience,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let written = AtomicBool::new(false);
    let is_whole = {
        let writing = write(&mut writer, &mut queue, patience.write, &written);
        tokio::pin!(writing);
        tokio::select! {
            end = read(id, &mut reader, &reporter, patience.idle, &written) => match end {
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
    let _gone = reporter.send(Report::Closed { id }).await;
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
