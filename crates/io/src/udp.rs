use crate::SocketOptions;
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

/// The largest datagram there is (RFC 768: 16-bit length).
const DATAGRAM_MAX: usize = 65_535;

/// A datagram socket of the signalling plane, on a tokio runtime.
#[derive(Debug)]
pub struct UdpPort {
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
    buffer: Vec<u8>,
}

impl UdpPort {
    /// Binds `address`. Must be called inside a runtime.
    pub fn bind(address: SocketAddr, options: &SocketOptions) -> io::Result<Self> {
        let socket = tokio::net::UdpSocket::from_std(options.udp(address)?)?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, buffer: vec![0; DATAGRAM_MAX] })
    }

    /// The bound address.
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Waits until [`UdpPort::try_receive`] has something.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// As [`UdpPort::readable`], for a loop that waits for several sockets at once.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_recv_ready(context)
    }

    /// The next datagram and its source, if one waits.
    pub fn try_receive(&mut self) -> Option<(SocketAddr, Bytes)> {
        let (length, from) = self.socket.try_recv_from(&mut self.buffer).ok()?;
        self.buffer.get(..length).map(|datagram| (from, Bytes::copy_from_slice(datagram)))
    }

    /// Sends one datagram, or says why not; never waits.
    pub fn try_send(&self, to: SocketAddr, datagram: &[u8]) -> io::Result<()> {
        self.socket.try_send_to(datagram, to).map(|_sent| ())
    }
}
