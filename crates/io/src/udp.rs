use crate::SocketOptions;
use crate::system::{dropped, take_error};
use bytes::Bytes;
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

/// The largest datagram there is (RFC 768: 16-bit length).
const DATAGRAM_MAX: usize = 65_535;
/// Errors of earlier datagrams that are passed over in one call.
const ERRORS_MAX: usize = 16;

/// A datagram socket of the signalling plane, on a tokio runtime.
#[derive(Debug)]
pub struct UdpPort {
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
    buffer: Vec<u8>,
    /// Datagrams that the system had no room for, or that are too long.
    pub unsent: u64,
}

impl UdpPort {
    /// Binds `address`. Must be called inside a runtime.
    pub fn bind(address: SocketAddr, options: &SocketOptions) -> io::Result<Self> {
        let socket = tokio::net::UdpSocket::from_std(options.udp_with_errors(address)?)?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, buffer: vec![0; DATAGRAM_MAX], unsent: 0 })
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
        for _ in 0..ERRORS_MAX {
            match self.socket.try_recv_from(&mut self.buffer) {
                Ok((length, from)) => {
                    let datagram = self.buffer.get(..length)?;
                    return Some((from, Bytes::copy_from_slice(datagram)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // About what we sent before: see `take_unreachable`.
                Err(_) => {}
            }
        }
        None
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
}

fn is_of_this_datagram(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || matches!(error.raw_os_error(), Some(libc::ENOBUFS | libc::EMSGSIZE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CS3;

    fn bind() -> UdpPort {
        let options = SocketOptions { receive_buffer: 4_096, send_buffer: 4_096, dscp: CS3 };
        UdpPort::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap()
    }

    #[tokio::test]
    async fn the_first_datagram_goes_out_before_the_runtime_has_looked_at_the_socket() {
        let (mut from, mut to) = (bind(), bind());
        from.try_send(to.local(), b"OPTIONS").unwrap();
        to.readable().await.unwrap();
        let received = to.try_receive().unwrap();
        assert_eq!(received, (from.local(), Bytes::from_static(b"OPTIONS")));
    }

    #[tokio::test]
    async fn who_is_not_there_does_not_cost_others_their_datagrams() {
        let (mut from, mut to) = (bind(), bind());
        let gone = bind().local();
        from.try_send(gone, b"INVITE").unwrap();
        from.try_send(to.local(), b"OPTIONS").unwrap();
        to.readable().await.unwrap();
        assert_eq!(to.try_receive().unwrap().1, "OPTIONS");
        assert_eq!(from.try_receive(), None);
        while from.take_unreachable() != Some(gone) {
            tokio::task::yield_now().await;
        }
        assert_eq!(from.take_unreachable(), None);
        // And what comes in comes in.
        from.try_send(gone, b"INVITE").unwrap();
        to.try_send(from.local(), b"200").unwrap();
        from.readable().await.unwrap();
        tokio::time::sleep(base::Duration::from_millis(20)).await;
        assert_eq!(from.try_receive().unwrap().1, "200");
    }

    #[tokio::test]
    async fn what_is_wrong_with_one_datagram_is_no_failure_of_its_way() {
        let mut port = bind();
        let to = port.local();
        for _ in 0..1_000 {
            port.try_send(to, &[0; 1_000]).unwrap();
        }
        let before = port.unsent;
        port.try_send(to, &[0; 65_536]).unwrap();
        assert_eq!(port.unsent, before + 1);
        assert!(is_of_this_datagram(&io::Error::from(io::ErrorKind::WouldBlock)));
        assert!(is_of_this_datagram(&io::Error::from_raw_os_error(libc::ENOBUFS)));
        assert!(!is_of_this_datagram(&io::Error::from(io::ErrorKind::NetworkUnreachable)));
    }
}
