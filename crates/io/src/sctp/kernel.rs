//! The kernel's SCTP: a socket and a task for each association (RFC 6458 §4), with as many
//! addresses at either end as are wanted.

use super::{
    SctpEvent, SctpLimits, SctpListener, SctpMessage, SctpRefused, SctpStats, SctpTarget, SctpTimes,
};
use crate::SocketOptions;
use crate::system::sctp::{self, Piece};
use base::Duration;
use bytes::{Bytes, BytesMut};
use socket2::{SockAddr, Socket};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// Reports that wait for the owner; readers pause when it is full.
const REPORTS: usize = 1_024;
/// Octets read at once.
const PIECE: usize = 8_192;
/// Attempts of peers that wait to be looked at.
const BACKLOG: i32 = 128;
/// Streams that a peer may send on.
const STREAMS_IN: u16 = 256;

/// Options of a socket (`linux/sctp.h`; RFC 6458 §8, §9).
const RTOINFO: libc::c_int = 0;
const ASSOCINFO: libc::c_int = 1;
const INITMSG: libc::c_int = 2;
const NODELAY: libc::c_int = 3;
const PEER_ADDR_PARAMS: libc::c_int = 9;
const EVENTS: libc::c_int = 11;
const STATUS: libc::c_int = 14;
const DELAYED_SACK: libc::c_int = 16;
const RECVRCVINFO: libc::c_int = 32;
const BINDX_ADD: libc::c_int = 100;
const CONNECTX: libc::c_int = 110;

/// The state of an association that is up, in the kernel's `struct sctp_status`.
const ESTABLISHED: u32 = 4;
/// Notifications (RFC 6458 §6.1): of the association, and of one of the peer's addresses.
const ASSOC_CHANGE: u16 = 0x8001;
const PEER_ADDR_CHANGE: u16 = 0x8002;
/// The peer has begun anew.
const RESTART: u16 = 2;

#[derive(Debug)]
enum Report {
    Accepted { socket: Socket, listener: usize },
    Opened { socket: AsyncFd<Socket>, remote: SocketAddr, asked: u64 },
    OpenFailed { asked: u64 },
    Received { id: u64, stream: u16, ppid: u32, octets: Bytes },
    TooLong,
    Closed { id: u64 },
}

/// What is to be sent on an association. Who drops it has closed the association.
#[derive(Debug)]
struct Outbox {
    queue: mpsc::Sender<SctpMessage>,
    _open: oneshot::Sender<()>,
}

/// All associations of the kernel's SCTP.
#[derive(Debug)]
pub(super) struct Port {
    limits: SctpLimits,
    times: SctpTimes,
    listeners: Vec<SctpListener>,
    /// None once we have closed it.
    each: BTreeMap<u64, Option<Outbox>>,
    opening: usize,
    next_id: u64,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
    stats: SctpStats,
}

impl Port {
    pub(super) fn bind(
        listeners: &[SctpListener],
        limits: SctpLimits,
        times: SctpTimes,
    ) -> io::Result<Self> {
        let (reporter, reports) = mpsc::channel(REPORTS);
        // A host without SCTP is told at the start, not whenever an association is opened.
        let any = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        drop(options(&limits).sctp(any).map_err(explained)?);
        for (at, listener) in listeners.iter().enumerate() {
            let socket = new_socket(&listener.addresses, &limits, &times)?;
            bind(&socket, &listener.addresses)?;
            socket.listen(BACKLOG)?;
            tokio::spawn(accept(sctp::watch(socket)?, at, reporter.clone()));
        }
        Ok(Self {
            limits,
            times,
            listeners: listeners.to_vec(),
            each: BTreeMap::new(),
            opening: 0,
            next_id: 0,
            reports,
            reporter,
            stats: SctpStats::default(),
        })
    }

    pub(super) const fn stats(&self) -> SctpStats {
        self.stats
    }

    pub(super) async fn event(&mut self) -> SctpEvent {
        loop {
            // Never none: we hold a sender ourselves.
            if let Some(report) = self.reports.recv().await
                && let Some(event) = self.take(report)
            {
                return event;
            }
        }
    }

    pub(super) fn try_event(&mut self) -> Option<SctpEvent> {
        loop {
            let report = self.reports.try_recv().ok()?;
            if let Some(event) = self.take(report) {
                return Some(event);
            }
        }
    }

    fn take(&mut self, report: Report) -> Option<SctpEvent> {
        match report {
            Report::Accepted { socket, listener } => self.accepted(socket, listener),
            Report::Opened { socket, remote, asked } => {
                self.opening = self.opening.saturating_sub(1);
                self.adopt(socket, remote, Some(asked)).or(Some(SctpEvent::OpenFailed { asked }))
            }
            Report::OpenFailed { asked } => {
                self.opening = self.opening.saturating_sub(1);
                self.stats.unopened += 1;
                Some(SctpEvent::OpenFailed { asked })
            }
            Report::Received { id, stream, ppid, octets } => {
                Some(SctpEvent::Received { id, stream, ppid, octets })
            }
            Report::TooLong => {
                self.stats.too_long += 1;
                None
            }
            Report::Closed { id } => self.each.remove(&id).map(|_| SctpEvent::Down { id }),
        }
    }

    fn accepted(&mut self, socket: Socket, listener: usize) -> Option<SctpEvent> {
        let remote = socket.peer_addr().ok()?.as_socket()?;
        let is_known =
            self.listeners.get(listener).is_some_and(|of| of.takes(remote.ip().to_canonical()));
        if !is_known || self.each.len() + self.opening >= self.limits.most_accepted() {
            self.stats.refused += 1;
            tracing::debug!(%remote, is_known, "an association is refused");
            abort(&socket);
            return None;
        }
        self.adopt(sctp::watch(socket).ok()?, remote, None)
    }

    fn adopt(
        &mut self,
        socket: AsyncFd<Socket>,
        remote: SocketAddr,
        asked: Option<u64>,
    ) -> Option<SctpEvent> {
        let local = socket.get_ref().local_addr().ok()?.as_socket()?;
        let streams = status(socket.get_ref()).ok()?.streams;
        self.next_id += 1;
        let id = self.next_id;
        let (queue, waiting) = mpsc::channel(self.limits.send_queue.max(1));
        let (_open, open) = oneshot::channel();
        self.each.insert(id, Some(Outbox { queue, _open }));
        tokio::spawn(serve(id, socket, (waiting, open), self.reporter.clone(), self.limits));
        let canonical = |of: SocketAddr| SocketAddr::new(of.ip().to_canonical(), of.port());
        let (local, remote) = (canonical(local), canonical(remote));
        Some(SctpEvent::Up { id, local, remote, asked, streams })
    }

    pub(super) fn open(&mut self, target: &SctpTarget, asked: u64) -> Result<(), SctpRefused> {
        let remote = *target.remotes.first().ok_or(SctpRefused::Address)?;
        if self.each.len() + self.opening >= self.limits.associations {
            self.stats.refused += 1;
            return Err(SctpRefused::Limit);
        }
        let locals: Vec<_> = target.locals.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        let families: Vec<_> = locals.iter().chain(&target.remotes).copied().collect();
        let socket = new_socket(&families, &self.limits, &self.times).and_then(|socket| {
            bind(&socket, &locals)?;
            Ok(socket)
        });
        let socket = socket.map_err(|error| {
            tracing::warn!(%remote, %error, "an association cannot be opened from here");
            SctpRefused::Address
        })?;
        self.opening += 1;
        let (remotes, reporter) = (target.remotes.clone(), self.reporter.clone());
        let patience = self.limits.patience;
        tokio::spawn(async move {
            let report = match timeout(patience, connect(socket, &remotes)).await {
                Ok(Ok(socket)) => Report::Opened { socket, remote, asked },
                Ok(Err(error)) => {
                    tracing::info!(%remote, %error, "cannot open an association");
                    Report::OpenFailed { asked }
                }
                Err(_late) => {
                    tracing::info!(%remote, "opening an association took too long");
                    Report::OpenFailed { asked }
                }
            };
            let _gone = reporter.send(report).await;
        });
        Ok(())
    }

    pub(super) fn send(&mut self, id: u64, message: SctpMessage) -> Result<(), SctpRefused> {
        let outbox = self.each.get_mut(&id).ok_or(SctpRefused::Gone)?;
        if message.octets.is_empty() || message.octets.len() > self.limits.message {
            self.stats.too_long += 1;
            return Ok(());
        }
        let open = outbox.as_ref().ok_or(SctpRefused::Gone)?;
        open.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                *outbox = None;
                self.stats.stalled += 1;
                SctpRefused::Stalled
            }
            mpsc::error::TrySendError::Closed(_) => SctpRefused::Gone,
        })
    }

    pub(super) fn waiting(&self, id: u64) -> usize {
        let outbox = self.each.get(&id).and_then(Option::as_ref);
        outbox.map_or(0, |one| one.queue.max_capacity() - one.queue.capacity())
    }

    pub(super) fn close(&mut self, id: u64) {
        if let Some(outbox) = self.each.get_mut(&id) {
            *outbox = None;
        }
    }
}

fn options(limits: &SctpLimits) -> SocketOptions {
    SocketOptions {
        receive_buffer: limits.receive_buffer,
        send_buffer: limits.send_buffer,
        dscp: limits.dscp,
    }
}

fn explained(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT) => io::Error::new(
            io::ErrorKind::Unsupported,
            "the kernel has no SCTP: load its module (modprobe sctp), or write transport = \
             \"sctp-udp\"",
        ),
        _ => error,
    }
}

/// A socket of the family that all of these addresses have, or IPv6 for both.
fn new_socket(
    addresses: &[SocketAddr],
    limits: &SctpLimits,
    times: &SctpTimes,
) -> io::Result<Socket> {
    let any: IpAddr = if addresses.iter().any(SocketAddr::is_ipv6) {
        Ipv6Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    let socket = options(limits).sctp(SocketAddr::new(any, 0)).map_err(explained)?;
    let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    let set = |name, fields: &[&[u8]]| sctp::set_structure(&socket, name, &fields.concat());
    // Of the endpoint: what it opens and accepts later has them too.
    const ALL: [u8; 4] = [0; 4];
    set(
        INITMSG,
        &[
            &times.streams.to_ne_bytes(),
            &STREAMS_IN.to_ne_bytes(),
            &times.attempts.to_ne_bytes(),
            &u16::try_from(times.rto_max.as_millis()).unwrap_or(u16::MAX).to_ne_bytes(),
        ],
    )?;
    let [initial, max, min] = [times.rto_initial, times.rto_max, times.rto_min].map(millis);
    set(RTOINFO, &[&ALL, &initial.to_ne_bytes(), &max.to_ne_bytes(), &min.to_ne_bytes()])?;
    // The rest of the structure is told, not set, but for the life of a cookie: 0 leaves it.
    set(ASSOCINFO, &[&ALL, &times.retransmissions.to_ne_bytes(), &[0; 14]])?;
    set(PEER_ADDR_PARAMS, &[&ALL, &paths(times)])?;
    let delay = millis(times.acknowledgement).to_ne_bytes();
    set(DELAYED_SACK, &[&ALL, &delay, &2_u32.to_ne_bytes()])?;
    set(NODELAY, &[&1_i32.to_ne_bytes()])?;
    set(RECVRCVINFO, &[&1_i32.to_ne_bytes()])?;
    // Of the association and of the peer's addresses: the second and the third.
    set(EVENTS, &[&[0, 1, 1, 0, 0, 0, 0, 0]])?;
    Ok(socket)
}

/// `struct sctp_paddrparams` after its first field: heartbeats, and how often a path is tried.
fn paths(times: &SctpTimes) -> Vec<u8> {
    /// `SPP_HB_ENABLE`: what is zero is left as it is.
    const HEARTBEATS: u32 = 1;
    let interval = u32::try_from(times.heartbeat.as_millis()).unwrap_or(u32::MAX);
    // Any address: of the endpoint.
    let mut octets = structure_of(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
    octets.resize(size_of::<libc::sockaddr_storage>(), 0);
    octets.extend(interval.to_ne_bytes());
    octets.extend(times.path_retransmissions.to_ne_bytes());
    // The MTU and the delay of acknowledgements.
    octets.extend([0; 8]);
    octets.extend(HEARTBEATS.to_ne_bytes());
    // The label of flows, the mark, and what fills the structure up.
    octets.extend([0; 6]);
    octets
}

/// `struct sockaddr_in` or `struct sockaddr_in6`.
fn structure_of(address: SocketAddr) -> Vec<u8> {
    let mut octets = Vec::new();
    match address {
        SocketAddr::V4(v4) => {
            octets.extend((libc::AF_INET as libc::sa_family_t).to_ne_bytes());
            octets.extend(v4.port().to_be_bytes());
            octets.extend(v4.ip().octets());
            octets.extend([0; 8]);
        }
        SocketAddr::V6(v6) => {
            octets.extend((libc::AF_INET6 as libc::sa_family_t).to_ne_bytes());
            octets.extend(v6.port().to_be_bytes());
            octets.extend(v6.flowinfo().to_be_bytes());
            octets.extend(v6.ip().octets());
            octets.extend(v6.scope_id().to_ne_bytes());
        }
    }
    octets
}

fn structures_of(addresses: &[SocketAddr]) -> Vec<u8> {
    addresses.iter().copied().flat_map(structure_of).collect()
}

/// Binds to all of these; to the first one's port, where the system chose it.
fn bind(socket: &Socket, addresses: &[SocketAddr]) -> io::Result<()> {
    let Some((first, rest)) = addresses.split_first() else {
        return Ok(());
    };
    socket.bind(&SockAddr::from(*first))?;
    if rest.is_empty() {
        return Ok(());
    }
    let bound = socket.local_addr()?.as_socket().map_or(first.port(), |bound| bound.port());
    let rest: Vec<_> = rest.iter().map(|one| SocketAddr::new(one.ip(), bound)).collect();
    sctp::set_structure(socket, BINDX_ADD, &structures_of(&rest))
}

async fn accept(listener: AsyncFd<Socket>, at: usize, reporter: mpsc::Sender<Report>) {
    loop {
        let Ok(mut ready) = listener.readable().await else { return };
        match ready.try_io(|listener| listener.get_ref().accept()) {
            Ok(Ok((socket, _))) => {
                if let Err(error) = socket.set_nonblocking(true) {
                    tracing::warn!(%error, "an association is of no use");
                    continue;
                }
                let report = Report::Accepted { socket, listener: at };
                if reporter.send(report).await.is_err() {
                    return;
                }
            }
            Ok(Err(error)) => {
                // Out of descriptors, mostly: try again when some may have been returned.
                tracing::warn!(%error, "cannot accept an association");
                sleep(Duration::from_millis(100)).await;
            }
            Err(_not_ready) => {}
        }
    }
}

async fn connect(socket: Socket, remotes: &[SocketAddr]) -> io::Result<AsyncFd<Socket>> {
    match sctp::set_structure(&socket, CONNECTX, &structures_of(remotes)) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let socket = sctp::watch(socket)?;
    loop {
        let mut ready = socket.writable().await?;
        if let Some(error) = socket.get_ref().take_error()? {
            return Err(error);
        }
        if status(socket.get_ref())?.state == ESTABLISHED {
            break;
        }
        ready.clear_ready();
    }
    Ok(socket)
}

/// Of `struct sctp_status`.
struct Status {
    state: u32,
    streams: u16,
}

fn status(socket: &Socket) -> io::Result<Status> {
    // Longer than the structure, of which the head is read.
    let mut octets = [0; 256];
    sctp::structure(socket, STATUS, &mut octets)?;
    let [_, _, _, _, a, b, c, d, _, _, _, _, _, _, _, _, _, _, o0, o1, ..] = octets;
    let streams = u16::from_ne_bytes([o0, o1]);
    Ok(Status { state: u32::from_ne_bytes([a, b, c, d]), streams })
}

/// Has the association end at once when its socket is closed (RFC 6458 §8.1.4).
fn abort(socket: &Socket) {
    if let Err(error) = socket.set_linger(Some(Duration::ZERO)) {
        tracing::debug!(%error, "an association ends slowly");
    }
}

/// One association until it ends; its last report is `Closed`.
async fn serve(
    id: u64,
    socket: AsyncFd<Socket>,
    (mut queue, open): (mpsc::Receiver<SctpMessage>, oneshot::Receiver<()>),
    reporter: mpsc::Sender<Report>,
    limits: SctpLimits,
) {
    let overdue = async {
        let _closed = open.await;
        sleep(limits.patience).await;
    };
    let writing = async {
        let is_whole = write(&socket, &mut queue, limits.patience).await;
        // SHUTDOWN goes behind what is under way (RFC 9260 §9.2), and the reader sees the end.
        if is_whole && socket.get_ref().shutdown(Shutdown::Write).is_ok() {
            std::future::pending::<()>().await;
        }
    };
    let is_over = tokio::select! {
        is_over = read(id, &socket, &reporter, limits.message) => is_over,
        () = writing => false,
        () = overdue => false,
    };
    if !is_over {
        abort(socket.get_ref());
    }
    drop(socket);
    let _gone = reporter.send(Report::Closed { id }).await;
}

/// Reads until the association ends; says whether it has ended by itself.
async fn read(
    id: u64,
    socket: &AsyncFd<Socket>,
    reporter: &mpsc::Sender<Report>,
    longest: usize,
) -> bool {
    let mut buffer = vec![0; PIECE];
    let mut message = BytesMut::new();
    let mut too_long = false;
    loop {
        let Ok(mut ready) = socket.readable().await else { return false };
        let piece = match ready.try_io(|socket| sctp::receive(socket.get_ref(), &mut buffer)) {
            Ok(Ok(piece)) => piece,
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(Err(error)) => {
                tracing::info!(id, %error, "an association broke");
                return true;
            }
            Err(_not_ready) => continue,
        };
        let octets = buffer.get(..piece.length).unwrap_or_default();
        if piece.length == 0 {
            return true;
        }
        if piece.is_notification {
            if is_restart(id, octets) {
                return false;
            }
            continue;
        }
        too_long |= message.len() + octets.len() > longest;
        if !too_long {
            message.extend_from_slice(octets);
        }
        let Piece { is_last, stream, ppid, .. } = piece;
        if is_last {
            let octets = message.split().freeze();
            let whole = Report::Received { id, stream, ppid, octets };
            let report = if std::mem::take(&mut too_long) { Report::TooLong } else { whole };
            if reporter.send(report).await.is_err() {
                return false;
            }
        }
    }
}

/// Whether the peer has begun anew: what was under way is lost then, and what was agreed is
/// forgotten, so the association is of no use to whoever had it.
fn is_restart(id: u64, notification: &[u8]) -> bool {
    let number = |at: usize| {
        let octets = notification.get(at..)?.first_chunk()?;
        Some(u16::from_ne_bytes(*octets))
    };
    match number(0) {
        Some(ASSOC_CHANGE) => {
            let state = number(8);
            tracing::debug!(id, ?state, "the association has changed");
            state == Some(RESTART)
        }
        Some(PEER_ADDR_CHANGE) => {
            // After the head and an address.
            let state = number(8 + size_of::<libc::sockaddr_storage>());
            tracing::info!(id, ?state, "an address of the peer has changed: 0 up, 1 down");
            false
        }
        _ => false,
    }
}

/// Sends what is queued until nothing more will be; says whether all of it was taken.
async fn write(
    socket: &AsyncFd<Socket>,
    queue: &mut mpsc::Receiver<SctpMessage>,
    patience: Duration,
) -> bool {
    while let Some(SctpMessage { stream, ppid, unordered, octets }) = queue.recv().await {
        let sending = async {
            loop {
                let mut ready = socket.writable().await?;
                let send = |socket: &AsyncFd<Socket>| {
                    sctp::send(socket.get_ref(), &octets, (stream, ppid, unordered))
                };
                match ready.try_io(send) {
                    Ok(done) => return done,
                    Err(_not_ready) => {}
                }
            }
        };
        match timeout(patience, sending).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(%error, "a message was not sent: the association ends");
                return false;
            }
            Err(_late) => return false,
        }
    }
    true
}
