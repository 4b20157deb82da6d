//! Several datagrams by one system call: recvmmsg by way of nix and sendmmsg by way of rustix, each
//! of which has the one and not the other in a form that needs no `unsafe` of ours.
//!
//! `cargo bench --bench datagrams` says what it is worth, and for how many.

use bytes::Bytes;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use rustix::net::addr::SocketAddrArg as _;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

/// Datagrams that one call carries.
pub(crate) const BATCH: usize = 32;

/// The largest datagram there is (RFC 768: 16-bit length).
pub(crate) const DATAGRAM_MAX: usize = 65_535;

/// Room for a batch that comes in.
pub(crate) struct Inlet {
    headers: MultiHeaders<SockaddrStorage>,
    /// One place of the largest length for each; the system touches no more than what comes.
    buffer: Vec<u8>,
}

impl fmt::Debug for Inlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inlet").finish_non_exhaustive()
    }
}

impl Inlet {
    pub(crate) fn new() -> Self {
        let headers = MultiHeaders::preallocate(BATCH, None);
        Self { headers, buffer: vec![0; BATCH * DATAGRAM_MAX] }
    }

    /// Room for one datagram.
    pub(crate) fn one(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..DATAGRAM_MAX).unwrap_or_default()
    }

    /// Takes what waits, a batch at most, without waiting for more.
    pub(crate) fn receive(
        &mut self,
        socket: &impl AsRawFd,
        arrived: &mut VecDeque<(SocketAddr, Bytes)>,
    ) -> io::Result<()> {
        let mut taken = [(None, 0); BATCH];
        {
            let mut places = self.buffer.chunks_exact_mut(DATAGRAM_MAX);
            let mut places: [[IoSliceMut<'_>; 1]; BATCH] =
                std::array::from_fn(|_| [IoSliceMut::new(places.next().unwrap_or_default())]);
            let (fd, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
            let messages = recvmmsg(fd, &mut self.headers, places.iter_mut(), flags, None)?;
            for (message, taken) in messages.zip(&mut taken) {
                *taken = (message.address.as_ref().and_then(address), message.bytes);
            }
        }
        for (place, (from, length)) in self.buffer.chunks_exact(DATAGRAM_MAX).zip(taken) {
            let datagram = place.get(..length).unwrap_or_default();
            arrived.extend(from.map(|from| (from, Bytes::copy_from_slice(datagram))));
        }
        Ok(())
    }
}

fn address(from: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = || from.as_sockaddr_in().map(|address| SocketAddrV4::from(*address).into());
    let v6 = || from.as_sockaddr_in6().map(|address| SocketAddrV6::from(*address).into());
    v4().or_else(v6)
}

/// Sends the first so many of `datagrams`, at least one and at most a batch; what is wrong is wrong
/// with the first.
pub(crate) fn send(socket: impl AsFd, datagrams: &[(SocketAddr, Bytes)]) -> io::Result<usize> {
    let count = datagrams.len().min(BATCH);
    let mut datagrams = datagrams.iter().map(|(to, datagram)| (to.as_any(), datagram.as_ref()));
    let nowhere = SocketAddrV4::new(std::net::Ipv4Addr::UNSPECIFIED, 0);
    let datagrams: [(SocketAddrAny, &[u8]); BATCH] =
        std::array::from_fn(|_| datagrams.next().unwrap_or_else(|| (nowhere.as_any(), &[])));
    let slices = datagrams.each_ref().map(|(_, datagram)| [IoSlice::new(datagram)]);
    let mut controls: [SendAncillaryBuffer<'_, '_, '_>; BATCH] =
        std::array::from_fn(|_| SendAncillaryBuffer::default());
    let mut rest = datagrams.iter().zip(&slices).zip(&mut controls);
    let mut messages = Vec::with_capacity(BATCH);
    messages.extend(
        rest.by_ref()
            .take(count)
            .map(|(((to, _), slices), control)| MMsgHdr::new_with_addr(to, slices, control)),
    );
    Ok(sendmmsg(socket, &mut messages, SendFlags::DONTWAIT)?)
}
