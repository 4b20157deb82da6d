use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

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
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        self.apply(&socket, address)?;
        socket.bind(&address.into())?;
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
#[expect(unsafe_code, reason = "socket2 does not offer SO_RCVBUFFORCE")]
fn force_receive_buffer(socket: &Socket, octets: usize) -> bool {
    let value = libc::c_int::try_from(octets).unwrap_or(libc::c_int::MAX);
    // SAFETY: the descriptor is open as long as `socket` lives; the option's value is a `c_int`
    // that outlives the call, and its size is given as the length. The kernel only reads it.
    let answer = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUFFORCE,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    answer == 0
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
