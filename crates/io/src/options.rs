use crate::system::set_option;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// The DSCP of signalling (RFC 4594 §3.2).
pub const CS3: u8 = 24;
/// The DSCP of telephony media (RFC 3246, RFC 4594 §4.1).
pub const EF: u8 = 46;

/// How a socket is set up before it is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// Octets of receive buffer asked for. What the system grants may be less.
    pub receive_buffer: usize,
    /// Octets of send buffer asked for.
    pub send_buffer: usize,
    /// The differentiated services code point of what is sent, 0 to 63.
    pub dscp: u8,
}

impl SocketOptions {
    /// A bound datagram socket that does not block.
    pub fn udp(&self, address: SocketAddr) -> io::Result<std::net::UdpSocket> {
        self.datagrams(address, false).map(Socket::into)
    }

    fn datagrams(&self, address: SocketAddr, shared: bool) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        self.apply(&socket, address)?;
        socket.set_reuse_port(shared)?;
        socket.bind(&address.into())?;
        Ok(socket)
    }

    /// The same, which also hears what the network says about what it sent: errors of one datagram
    /// then come with the next call, whatever that is about. With `shared` others may be bound to
    /// the same address (`SO_REUSEPORT`).
    pub(crate) fn udp_with_errors(
        &self,
        address: SocketAddr,
        shared: bool,
    ) -> io::Result<std::net::UdpSocket> {
        let socket = self.datagrams(address, shared)?;
        hear_errors(&socket, address);
        Ok(socket.into())
    }

    /// A listening socket that does not block.
    pub fn tcp_listener(&self, address: SocketAddr) -> io::Result<std::net::TcpListener> {
        let socket = self.stream(address)?;
        // A restarted gateway must not wait for the old connections to fade.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(1024)?;
        Ok(socket.into())
    }

    /// An unconnected stream socket that does not block, bound to `local` (port 0: any).
    pub fn tcp_stream(&self, local: SocketAddr) -> io::Result<std::net::TcpStream> {
        let socket = self.stream(local)?;
        socket.bind(&local.into())?;
        Ok(socket.into())
    }

    fn stream(&self, address: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        self.apply(&socket, address)?;
        socket.set_tcp_nodelay(true)?;
        Ok(socket)
    }

    /// A socket for one association of the kernel's SCTP (RFC 6458 §4), or to accept some.
    pub(crate) fn sctp(&self, family: SocketAddr) -> io::Result<Socket> {
        let protocol = Protocol::from(libc::IPPROTO_SCTP);
        let socket = Socket::new(Domain::for_address(family), Type::STREAM, Some(protocol))?;
        self.apply(&socket, family)?;
        Ok(socket)
    }

    fn apply(&self, socket: &Socket, address: SocketAddr) -> io::Result<()> {
        socket.set_nonblocking(true)?;
        if !force_receive_buffer(socket, self.receive_buffer) {
            socket.set_recv_buffer_size(self.receive_buffer)?;
        }
        socket.set_send_buffer_size(self.send_buffer)?;
        let octet = u32::from(self.dscp) << 2;
        match address {
            SocketAddr::V4(_) => socket.set_tos_v4(octet),
            SocketAddr::V6(_) => socket.set_tclass_v6(octet),
        }
    }
}

/// Asks for a receive buffer past the system's limit; needs `CAP_NET_ADMIN`. Says whether it was
/// granted. The kernel's queue is where a flood is lost without regard to class, so it is worth
/// asking.
fn force_receive_buffer(socket: &Socket, octets: usize) -> bool {
    let value = libc::c_int::try_from(octets).unwrap_or(libc::c_int::MAX);
    set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, value)
}

/// Asks to be told what the network says about datagrams. Without it nobody is: a peer that is
/// gone keeps silent.
fn hear_errors(socket: &Socket, address: SocketAddr) {
    let (level, name) = match address {
        SocketAddr::V4(_) => (libc::SOL_IP, libc::IP_RECVERR),
        SocketAddr::V6(_) => (libc::SOL_IPV6, libc::IPV6_RECVERR),
    };
    if !set_option(socket, level, name, 1) {
        tracing::debug!(%address, "what the network says about datagrams is not heard");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::SockRef;

    #[test]
    fn a_datagram_socket_has_what_was_asked_for() {
        let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: CS3 };
        let socket = options.udp("127.0.0.1:0".parse().unwrap()).unwrap();
        let view = SockRef::from(&socket);
        assert!(view.recv_buffer_size().unwrap() >= 65_536);
        assert_eq!(view.tos_v4().unwrap(), 96);
        assert_eq!(socket.recv(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
