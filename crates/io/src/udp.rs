use crate::batch::{self, BATCH, Inlet};
use crate::system::{dropped, sort_by, take_error};
use crate::{SocketOptions, sorting};
use bytes::Bytes;
use socket2::SockRef;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use tokio::io::Interest;

/// After so many datagrams in a row more of them are taken by batches: for fewer a batch costs more
/// than it saves (`benches/README.md`).
const ROW: usize = 8;
/// Errors of earlier datagrams that are passed over in one call.
const ERRORS_MAX: usize = 16;

/// A datagram socket of the signalling plane, on a tokio runtime.
#[derive(Debug)]
pub struct UdpPort {
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
    inlet: Inlet,
    /// Datagrams that have come one right after the other.
    row: usize,
    /// Taken off the socket, and not yet by anybody.
    arrived: VecDeque<(SocketAddr, Bytes)>,
    /// Datagrams that the system had no room for, or that are too long.
    pub unsent: u64,
}

impl UdpPort {
    /// Binds `address`. Must be called inside a runtime.
    pub fn bind(address: SocketAddr, options: &SocketOptions) -> io::Result<Self> {
        Self::of(options.udp_with_errors(address, false)?)
    }

    /// Binds several sockets to one address: one for each of `networks`, which gets what comes from
    /// there, and a last one for everybody else. The system's queue is where datagrams are lost
    /// without regard to what they are, and a flood fills its own queue only.
    ///
    /// Where the system cannot sort them so it spreads them by address and port.
    pub fn bind_sorted(
        address: SocketAddr,
        options: &SocketOptions,
        networks: &[Vec<(IpAddr, u8)>],
    ) -> io::Result<Vec<Self>> {
        // With the option several processes could bind the address, and each would get a part.
        let first = options.udp(address)?;
        let address = first.local_addr()?;
        drop(first);
        let mut ports = Vec::new();
        for _ in 0..=networks.len() {
            ports.push(Self::of(options.udp_with_errors(address, true)?)?);
        }
        if !ports.first().is_some_and(|port| port.sort(networks)) {
            tracing::warn!(%address, "datagrams are not sorted by their sources");
        }
        Ok(ports)
    }

    /// Sorts what comes to this socket and those that were bound with it by other networks, as many
    /// as then; says whether the system does. What has come already stays where it is.
    pub fn sort(&self, networks: &[Vec<(IpAddr, u8)>]) -> bool {
        sort_by(&self.socket, &sorting::program(self.local.is_ipv4(), networks))
    }

    fn of(socket: std::net::UdpSocket) -> io::Result<Self> {
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, inlet: Inlet::new(), row: 0, arrived: VecDeque::new(), unsent: 0 })
    }

    /// The bound address.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Waits until [`UdpPort::try_receive`] has something.
    pub async fn readable(&self) -> io::Result<()> {
        std::future::poll_fn(|context| self.poll_readable(context)).await
    }

    /// As [`UdpPort::readable`], for a loop that waits for several sockets at once.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.arrived.is_empty() {
            self.socket.poll_recv_ready(context)
        } else {
            Poll::Ready(Ok(()))
        }
    }

    /// The next datagram and its source, if one waits.
    pub fn try_receive(&mut self) -> Option<(SocketAddr, Bytes)> {
        if self.arrived.is_empty() {
            self.take_off();
        }
        self.arrived.pop_front()
    }

    /// Takes what waits off the socket: one datagram, or a batch where many come.
    fn take_off(&mut self) {
        let Self { socket, inlet, row, arrived, .. } = self;
        if *row >= ROW {
            let many = socket.try_io(Interest::READABLE, || inlet.receive(socket, arrived));
            *row = if arrived.len() < BATCH { 0 } else { *row };
            // What went wrong goes wrong again below, which knows what to make of it.
            if many.is_ok() {
                return;
            }
        }
        for _ in 0..ERRORS_MAX {
            match socket.try_recv_from(inlet.one()) {
                Ok((length, from)) => {
                    let datagram = inlet.one().get(..length).unwrap_or_default();
                    arrived.push_back((from, Bytes::copy_from_slice(datagram)));
                    *row += 1;
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    *row = 0;
                    return;
                }
                // About what we sent before: see `take_unreachable`.
                Err(_) => {}
            }
        }
    }

    /// Where the network said that nobody listens, or no way leads: the next of those.
    /// Nothing wakes whoever waits for it: look now and then.
    pub fn take_unreachable(&self) -> Option<SocketAddr> {
        let mut errors = std::iter::from_fn(|| take_error(&self.socket)).take(ERRORS_MAX);
        errors.find(|error| error.is_unreachable).map(|error| error.destination)
    }

    /// Datagrams that the system dropped because nobody took them off the socket in time.
    pub fn dropped(&self) -> u64 {
        dropped(&self.socket)
    }

    /// Sends one datagram, or says why not; never waits. What the system has no room for is lost
    /// and counted, as on any other hop: that is no failure of the way, and the sender repeats it.
    /// Nor is a datagram that is too long: a peer could have one of ours made so.
    pub fn try_send(&mut self, to: SocketAddr, datagram: &[u8]) -> io::Result<()> {
        // Not by way of the runtime: it would refuse before it has seen the socket writable once.
        match SockRef::from(&self.socket).send_to(datagram, &to.into()) {
            Ok(_sent) => Ok(()),
            Err(error) if is_of_this_datagram(&error) => {
                self.unsent += 1;
                Ok(())
            }
            // That may be what an earlier datagram met with elsewhere: once more tells.
            Err(_) => SockRef::from(&self.socket).send_to(datagram, &to.into()).map(|_sent| ()),
        }
    }

    /// The same for several, in their order and in as few calls as may be. Says which failed.
    pub fn send_all(&mut self, datagrams: &[(SocketAddr, Bytes)]) -> Vec<usize> {
        let (mut failed, mut done) = (Vec::new(), 0);
        while let Some(rest) = datagrams.get(done..).filter(|rest| !rest.is_empty()) {
            if rest.len() > 1
                && let Ok(sent @ 1..) = batch::send(&self.socket, rest)
            {
                done += sent;
                continue;
            }
            // It is alone, or something is wrong with it.
            if let Some((to, datagram)) = rest.first()
                && self.try_send(*to, datagram).is_err()
            {
                failed.push(done);
            }
            done += 1;
        }
        failed
    }
}

fn is_of_this_datagram(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || matches!(error.raw_os_error(), Some(libc::ENOBUFS | libc::EMSGSIZE))
}

#[cfg(test)]
mod tests;
