use crate::SocketOptions;
use base::Duration;
use bytes::{Bytes, BytesMut};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What the connections of one port may cost.
#[derive(Clone, Copy, Debug)]
pub struct TcpLimits {
    /// Connections, accepted and opened.
    pub connections: usize,
    /// Connections accepted from one address.
    pub per_source: usize,
    /// Messages that wait to be written on one connection.
    pub write_queue: usize,
    /// How long an outgoing connection may take to come up, and one write to be taken.
    pub patience: Duration,
}

/// Octets read at once.
const CHUNK: usize = 8_192;
/// Reports that wait for the owner; readers pause when it is full.
const REPORTS: usize = 1_024;

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpEvent {
    /// Accepted, or opened by [`TcpPort::open`].
    Connected {
        /// The name of the connection from now on, never used again for another.
        id: u64,
        /// Our end.
        local: SocketAddr,
        /// Their end.
        remote: SocketAddr,
    },
    /// Octets arrived.
    Received {
        /// The connection.
        id: u64,
        /// Any part of the stream.
        bytes: Bytes,
    },
    /// The last event of a connection.
    Closed {
        /// The connection.
        id: u64,
    },
    /// [`TcpPort::open`] came to nothing.
    OpenFailed {
        /// Where to.
        remote: SocketAddr,
    },
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TcpRefused {
    /// No such connection, or not any more.
    #[error("no such connection")]
    Gone,
    /// The peer does not read; the connection is being closed.
    #[error("the peer takes nothing, the connection is closed")]
    Stalled,
    /// As many connections as are allowed.
    #[error("too many connections")]
    Limit,
}

#[derive(Debug)]
enum Report {
    Accepted(TcpStream, SocketAddr),
    Opened(TcpStream, SocketAddr),
    OpenFailed(SocketAddr),
    Received { id: u64, bytes: Bytes },
    Closed { id: u64 },
}

#[derive(Debug)]
struct Connection {
    remote: IpAddr,
    /// None once we have closed it.
    writer: Option<mpsc::Sender<Bytes>>,
}

/// Listeners and connections of one purpose, on a tokio runtime. Each connection is one task; its
/// write queue is bounded, and a peer that does not read loses the connection.
#[derive(Debug)]
pub struct TcpPort {
    limits: TcpLimits,
    options: SocketOptions,
    connections: BTreeMap<u64, Connection>,
    opening: usize,
    next_id: u64,
    locals: Vec<SocketAddr>,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
    /// Connections turned away for the limits.
    pub refused: u64,
}

impl TcpPort {
    /// Listens on `addresses` (none: outgoing connections only). Must be called inside a runtime.
    pub fn bind(
        addresses: &[SocketAddr],
        options: SocketOptions,
        limits: TcpLimits,
    ) -> io::Result<Self> {
        let (reporter, reports) = mpsc::channel(REPORTS);
        let mut locals = Vec::new();
        for address in addresses {
            let listener = TcpListener::from_std(options.tcp_listener(*address)?)?;
            locals.push(listener.local_addr()?);
            tokio::spawn(accept(listener, reporter.clone()));
        }
        Ok(Self {
            limits,
            options,
            connections: BTreeMap::new(),
            opening: 0,
            next_id: 0,
            locals,
            reports,
            reporter,
            refused: 0,
        })
    }

    /// The addresses listened on.
    pub fn locals(&self) -> &[SocketAddr] {
        &self.locals
    }

    /// How many connections are up.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether no connection is up.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Waits for the next event.
    pub async fn event(&mut self) -> TcpEvent {
        loop {
            // Never none: we hold a sender ourselves.
            if let Some(report) = self.reports.recv().await
                && let Some(event) = self.take(report)
            {
                return event;
            }
        }
    }

    /// The next event, if there is one.
    pub fn try_event(&mut self) -> Option<TcpEvent> {
        loop {
            let report = self.reports.try_recv().ok()?;
            if let Some(event) = self.take(report) {
                return Some(event);
            }
        }
    }

    /// Starts to connect to `remote` from the address `local`; [`TcpEvent::Connected`] or
    /// [`TcpEvent::OpenFailed`] says what came of it.
    pub fn open(&mut self, local: IpAddr, remote: SocketAddr) -> Result<(), TcpRefused> {
        if self.connections.len() + self.opening >= self.limits.connections {
            self.refused += 1;
            return Err(TcpRefused::Limit);
        }
        self.opening += 1;
        let (options, patience) = (self.options, self.limits.patience);
        let reporter = self.reporter.clone();
        tokio::spawn(async move {
            let connecting = connect(options, SocketAddr::new(local, 0), remote);
            let report = match timeout(patience, connecting).await {
                Ok(Ok(stream)) => Report::Opened(stream, remote),
                Ok(Err(error)) => {
                    tracing::info!(%remote, %error, "cannot connect");
                    Report::OpenFailed(remote)
                }
                Err(_late) => Report::OpenFailed(remote),
            };
            let _gone = reporter.send(report).await;
        });
        Ok(())
    }

    /// Queues `bytes` on a connection.
    pub fn send(&mut self, id: u64, bytes: Bytes) -> Result<(), TcpRefused> {
        let connection = self.connections.get_mut(&id).ok_or(TcpRefused::Gone)?;
        let writer = connection.writer.as_ref().ok_or(TcpRefused::Gone)?;
        writer.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                connection.writer = None;
                TcpRefused::Stalled
            }
            mpsc::error::TrySendError::Closed(_) => TcpRefused::Gone,
        })
    }

    /// Closes a connection once what waits is written.
    pub fn close(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.writer = None;
        }
    }

    fn take(&mut self, report: Report) -> Option<TcpEvent> {
        match report {
            Report::Accepted(stream, remote) => {
                if self.is_full_for(remote.ip()) {
                    self.refused += 1;
                    tracing::debug!(%remote, "connection refused: too many");
                    return None;
                }
                self.adopt(stream, remote)
            }
            Report::Opened(stream, remote) => {
                self.opening = self.opening.saturating_sub(1);
                self.adopt(stream, remote).or(Some(TcpEvent::OpenFailed { remote }))
            }
            Report::OpenFailed(remote) => {
                self.opening = self.opening.saturating_sub(1);
                Some(TcpEvent::OpenFailed { remote })
            }
            Report::Received { id, bytes } => Some(TcpEvent::Received { id, bytes }),
            Report::Closed { id } => {
                self.connections.remove(&id);
                Some(TcpEvent::Closed { id })
            }
        }
    }

    /// An eighth of the connections is kept for those that we open: whoever holds idle ones to us
    /// must not keep our calls, emergency calls among them, from going out.
    fn is_full_for(&self, source: IpAddr) -> bool {
        let most = self.limits.connections - self.limits.connections / 8;
        self.connections.len() + self.opening >= most
            || self.connections.values().filter(|connection| connection.remote == source).count()
                >= self.limits.per_source
    }

    fn adopt(&mut self, stream: TcpStream, remote: SocketAddr) -> Option<TcpEvent> {
        let local = stream.local_addr().ok()?;
        let id = self.next_id;
        self.next_id += 1;
        let (writer, queue) = mpsc::channel(self.limits.write_queue.max(1));
        tokio::spawn(serve(id, stream, queue, self.reporter.clone(), self.limits.patience));
        self.connections.insert(id, Connection { remote: remote.ip(), writer: Some(writer) });
        Some(TcpEvent::Connected { id, local, remote })
    }
}

async fn connect(
    options: SocketOptions,
    local: SocketAddr,
    remote: SocketAddr,
) -> io::Result<TcpStream> {
    let socket = TcpSocket::from_std_stream(options.tcp_stream(local)?);
    socket.connect(remote).await
}

async fn accept(listener: TcpListener, reporter: mpsc::Sender<Report>) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                if reporter.send(Report::Accepted(stream, remote)).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                // Out of descriptors, mostly: try again when some may have been returned.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// One connection until either direction ends; its last report is `Closed`.
async fn serve(
    id: u64,
    stream: TcpStream,
    queue: mpsc::Receiver<Bytes>,
    reporter: mpsc::Sender<Report>,
    patience: Duration,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(id, %error, "cannot set TCP_NODELAY");
    }
    let (reader, writer) = stream.into_split();
    tokio::select! {
        () = read(id, reader, &reporter) => {}
        () = write(writer, queue, patience) => {}
    }
    let _gone = reporter.send(Report::Closed { id }).await;
}

async fn read(id: u64, mut reader: OwnedReadHalf, reporter: &mpsc::Sender<Report>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        match reader.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let bytes = buffer.split().freeze();
                if reporter.send(Report::Received { id, bytes }).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>, patience: Duration) {
    while let Some(bytes) = queue.recv().await {
        match timeout(patience, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests;
