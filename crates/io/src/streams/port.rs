use super::connection::{Outbox, Patience, outbox, serve};
use super::handshakes::{self, Handshakes, Refused};
use super::opening::{Wire, accept, open, shake, watched};
use super::{StreamLimits, StreamStats};
use crate::SocketOptions;
use crate::tls::{TlsConfigs, TlsError, TlsWatch};
use base::Duration;
use bytes::Bytes;
use socket2::SockRef;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsStream;

/// Reports that wait for the owner; readers pause when it is full.
const REPORTS: usize = 1_024;

/// Where connections are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The address.
    pub address: SocketAddr,
    /// Whether they are within TLS.
    pub secure: bool,
    /// The differentiated services code point of what is sent over them, and over those that are
    /// opened from this address.
    pub dscp: u8,
}

/// Where a connection leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The far end.
    pub remote: SocketAddr,
    /// Whether it is within TLS.
    pub secure: bool,
    /// Of several peers there the one that is meant, by the user's own number.
    pub peer: Option<u16>,
}

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Accepted, or opened by [`StreamPort::open`]; with TLS, after the handshake.
    Connected {
        /// The name of the connection from now on, never used again for another.
        id: u64,
        /// Our end.
        local: SocketAddr,
        /// Their end.
        target: Target,
        /// What the peer has proved to be (RFC 5922 §7.1).
        names: Vec<String>,
        /// Whether the peer opened it: then nobody has compared its names with any that we expect.
        accepted: bool,
    },
    /// Octets arrived.
    Received {
        /// The connection.
        id: u64,
        /// Any part of the stream.
        bytes: Bytes,
    },
    /// The peer will send no more, but may still take something.
    HalfClosed {
        /// The connection.
        id: u64,
    },
    /// Nothing has passed for a while; told again after the same time.
    Idle {
        /// The connection.
        id: u64,
    },
    /// The last event of a connection.
    Closed {
        /// The connection.
        id: u64,
    },
    /// [`StreamPort::open`] came to nothing.
    OpenFailed {
        /// Where to.
        target: Target,
    },
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamRefused {
    /// No such connection, or not any more.
    #[error("no such connection")]
    Gone,
    /// The peer does not read; the connection is being closed.
    #[error("the peer takes nothing, the connection is closed")]
    Stalled,
    /// As many connections as are allowed.
    #[error("too many connections")]
    Limit,
    /// No certificates for TLS.
    #[error("TLS is not set up")]
    NoTls,
}

#[derive(Debug)]
pub(crate) enum Report {
    Accepted { stream: TcpStream, remote: SocketAddr, secure: bool },
    Shaken { stream: Box<TlsStream<TcpStream>>, remote: SocketAddr, names: Vec<String> },
    ShakeFailed { remote: SocketAddr },
    Opened { wire: Wire, target: Target, names: Vec<String> },
    OpenFailed(Target),
    Received { id: u64, bytes: Bytes },
    HalfClosed { id: u64 },
    Idle { id: u64 },
    Closed { id: u64 },
    Certificates(Result<Arc<TlsConfigs>, TlsError>),
}

#[derive(Debug)]
struct Connection {
    remote: IpAddr,
    secure: bool,
    /// None once we have closed it.
    writer: Option<Outbox>,
}

/// Listeners and connections of one purpose, on a tokio runtime. Each connection is one task; its
/// write queue is bounded, and a peer that does not read loses the connection.
#[derive(Debug)]
pub struct StreamPort {
    limits: StreamLimits,
    options: SocketOptions,
    tls: Option<Arc<TlsConfigs>>,
    connections: BTreeMap<u64, Connection>,
    shaking: Handshakes,
    opening: usize,
    next_id: u64,
    locals: Vec<SocketAddr>,
    listeners: Vec<Listener>,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
    stats: StreamStats,
}

impl StreamPort {
    /// Listens (on nothing: outgoing connections only). Must be called inside a runtime.
    pub fn bind(
        listeners: &[Listener],
        options: SocketOptions,
        limits: StreamLimits,
        tls: Option<TlsWatch>,
    ) -> io::Result<Self> {
        let (reporter, reports) = mpsc::channel(REPORTS);
        let mut locals = Vec::new();
        for Listener { address, secure, dscp } in listeners {
            let options = SocketOptions { dscp: *dscp, ..options };
            let listener = TcpListener::from_std(options.tcp_listener(*address)?)?;
            locals.push(listener.local_addr()?);
            tokio::spawn(accept(listener, *secure, reporter.clone()));
        }
        let configs = tls.as_ref().map(TlsWatch::configs);
        if let Some(watch) = tls {
            let reporter = reporter.clone();
            tokio::spawn(
                watch
                    .run(async move |read| reporter.send(Report::Certificates(read)).await.is_ok()),
            );
        }
        let shaking = Handshakes::new(limits.handshakes, limits.handshake_rate);
        Ok(Self {
            limits,
            options,
            tls: configs,
            connections: BTreeMap::new(),
            shaking,
            opening: 0,
            next_id: 0,
            locals,
            listeners: listeners.to_vec(),
            reports,
            reporter,
            stats: StreamStats::default(),
        })
    }

    /// The addresses listened on.
    pub fn locals(&self) -> &[SocketAddr] {
        &self.locals
    }

    /// Connections from these networks are the last to be turned away from now on.
    pub fn prefer(&mut self, networks: Vec<(IpAddr, u8)>) {
        self.limits.preferred = networks;
    }

    /// How many connections are up, within TLS or not.
    pub fn count(&self, secure: bool) -> usize {
        self.connections.values().filter(|connection| connection.secure == secure).count()
    }

    /// Whether no connection is up.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Counters since the start.
    pub const fn stats(&self) -> StreamStats {
        self.stats
    }

    /// Waits for the next event.
    pub async fn event(&mut self) -> StreamEvent {
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
    pub fn try_event(&mut self) -> Option<StreamEvent> {
        loop {
            let report = self.reports.try_recv().ok()?;
            if let Some(event) = self.take(report) {
                return Some(event);
            }
        }
    }

    /// Starts to connect from the address `local`; within TLS the peer must prove one of `names`,
    /// or where there are none the address. [`StreamEvent::Connected`] or
    /// [`StreamEvent::OpenFailed`] says what came of it.
    pub fn open(
        &mut self,
        local: IpAddr,
        target: Target,
        names: Vec<String>,
    ) -> Result<(), StreamRefused> {
        let secure = match (target.secure, &self.tls) {
            (true, Some(configs)) => Some((Arc::clone(configs), names)),
            (true, None) => return Err(StreamRefused::NoTls),
            (false, _) => None,
        };
        if self.taken() >= self.limits.connections {
            self.stats.refused += 1;
            return Err(StreamRefused::Limit);
        }
        self.opening += 1;
        let (options, patience) = (self.options_of(local, target.secure), self.limits.patience);
        let reporter = self.reporter.clone();
        let work = async move {
            let opening = open(options, local, target.remote, secure);
            Some(match timeout(patience, opening).await {
                Ok(Ok((wire, names))) => Report::Opened { wire, target, names },
                Ok(Err(error)) => {
                    tracing::info!(remote = %target.remote, %error, "cannot connect");
                    Report::OpenFailed(target)
                }
                Err(_late) => {
                    tracing::info!(remote = %target.remote, "connecting took too long");
                    Report::OpenFailed(target)
                }
            })
        };
        tokio::spawn(watched(work, Report::OpenFailed(target), reporter));
        Ok(())
    }

    /// The options of the listener of this address.
    pub(super) fn options_of(&self, local: IpAddr, secure: bool) -> SocketOptions {
        let mut listeners = self.listeners.iter();
        let fits = |one: &&Listener| one.address.ip() == local && one.secure == secure;
        let dscp = listeners.find(fits).map_or(self.options.dscp, |listener| listener.dscp);
        SocketOptions { dscp, ..self.options }
    }

    /// Queues `bytes` on a connection.
    pub fn send(&mut self, id: u64, bytes: Bytes) -> Result<(), StreamRefused> {
        let connection = self.connections.get_mut(&id).ok_or(StreamRefused::Gone)?;
        let writer = connection.writer.as_ref().ok_or(StreamRefused::Gone)?;
        writer.queue.try_send(bytes).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                connection.writer = None;
                self.stats.stalled += 1;
                StreamRefused::Stalled
            }
            mpsc::error::TrySendError::Closed(_) => StreamRefused::Gone,
        })
    }

    /// How many messages wait to be written on a connection.
    pub fn waiting(&self, id: u64) -> usize {
        let writer = self.connections.get(&id).and_then(|connection| connection.writer.as_ref());
        writer.map_or(0, |writer| writer.queue.max_capacity() - writer.queue.capacity())
    }

    /// Closes a connection once what waits is written.
    pub fn close(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.writer = None;
        }
    }

    fn take(&mut self, report: Report) -> Option<StreamEvent> {
        match report {
            Report::Accepted { stream, remote, secure } => self.accepted(stream, remote, secure),
            Report::Shaken { stream, remote, names } => {
                self.shaking.end(remote.ip());
                self.adopt(
                    Wire::Tls(stream),
                    Target { remote, secure: true, peer: None },
                    names,
                    true,
                )
            }
            Report::ShakeFailed { remote } => {
                self.shaking.end(remote.ip());
                self.stats.handshakes_failed += 1;
                None
            }
            Report::Opened { wire, target, names } => {
                self.opening = self.opening.saturating_sub(1);
                self.adopt(wire, target, names, false).or(Some(StreamEvent::OpenFailed { target }))
            }
            Report::OpenFailed(target) => {
                self.opening = self.opening.saturating_sub(1);
                self.stats.unopened += 1;
                Some(StreamEvent::OpenFailed { target })
            }
            Report::Received { id, bytes } => Some(StreamEvent::Received { id, bytes }),
            Report::HalfClosed { id } => Some(StreamEvent::HalfClosed { id }),
            Report::Idle { id } => Some(StreamEvent::Idle { id }),
            Report::Closed { id } => {
                self.connections.remove(&id);
                Some(StreamEvent::Closed { id })
            }
            Report::Certificates(read) => {
                self.certificates(read);
                None
            }
        }
    }

    fn certificates(&mut self, read: Result<Arc<TlsConfigs>, TlsError>) {
        match read {
            Ok(configs) => {
                tracing::info!("new connections use the new certificates");
                self.stats.reloads += 1;
                self.tls = Some(configs);
            }
            Err(error) => {
                tracing::error!(%error, "the old certificates stay in use");
                self.stats.reloads_failed += 1;
            }
        }
    }

    /// Connections, and what may become one.
    fn taken(&self) -> usize {
        self.connections.len() + self.opening + self.shaking.under_way()
    }

    /// Whoever holds idle connections to us must not keep our calls, emergency calls among them,
    /// from going out, nor those of our neighbours from coming in.
    fn is_full_for(&self, source: IpAddr) -> bool {
        let same = |one: &&Connection| handshakes::source(one.remote) == handshakes::source(source);
        let of_source = self.connections.values().filter(same).count();
        self.taken() >= self.limits.most(source)
            || of_source + self.shaking.of(source) >= self.limits.per_source
    }

    fn accepted(
        &mut self,
        stream: TcpStream,
        remote: SocketAddr,
        secure: bool,
    ) -> Option<StreamEvent> {
        if self.is_full_for(remote.ip()) {
            self.stats.refused += 1;
            tracing::debug!(%remote, "connection refused: too many");
            return None;
        }
        if !secure {
            let target = Target { remote, secure, peer: None };
            return self.adopt(Wire::Plain(stream), target, Vec::new(), true);
        }
        let configs = Arc::clone(self.tls.as_ref()?);
        let preferred = self.limits.prefers(remote.ip());
        if let Err(refused) = self.shaking.begin(Instant::now(), remote.ip(), preferred) {
            self.stats.refused += 1;
            self.stats.handshakes_refused += u64::from(refused == Refused::Rate);
            tracing::debug!(%remote, ?refused, "handshake refused");
            return None;
        }
        let reporter = self.reporter.clone();
        let patience = self.limits.patience;
        let work = async move { Some(shake(stream, remote, configs, patience).await) };
        tokio::spawn(watched(work, Report::ShakeFailed { remote }, reporter));
        None
    }

    fn adopt(
        &mut self,
        wire: Wire,
        target: Target,
        names: Vec<String>,
        accepted: bool,
    ) -> Option<StreamEvent> {
        let socket = wire.socket();
        let local = socket.local_addr().ok()?;
        if let Err(error) = prepare(socket, self.limits.patience) {
            tracing::debug!(%error, "cannot set the options of a connection");
        }
        let id = self.next_id;
        self.next_id += 1;
        let (writer, post) = outbox(self.limits.write_queue);
        let reporter = self.reporter.clone();
        let patience = Patience {
            write: self.limits.patience,
            closed: self.limits.patience,
            idle: self.limits.idle,
            half_closed: self.limits.half_closed,
        };
        let watcher = reporter.clone();
        let work = async move {
            match wire {
                Wire::Plain(stream) => serve(id, stream, post, reporter, patience).await,
                Wire::Tls(stream) => serve(id, stream, post, reporter, patience).await,
            }
            None
        };
        tokio::spawn(watched(work, Report::Closed { id }, watcher));
        let (remote, secure) = (target.remote.ip(), target.secure);
        self.connections.insert(id, Connection { remote, secure, writer: Some(writer) });
        Some(StreamEvent::Connected { id, local, target, names, accepted })
    }
}

/// What is sent goes at once, and a peer that is no longer there is noticed: without a limit the
/// system repeats for a quarter of an hour, and its buffers take our calls meanwhile. RFC 5482: the
/// limit also holds for a peer that is there and takes nothing.
fn prepare(socket: &TcpStream, patience: Duration) -> io::Result<()> {
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_user_timeout(Some(patience))
}
