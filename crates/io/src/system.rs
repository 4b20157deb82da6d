//! The system calls that no crate of ours has a safe wrapper for. All of this crate's `unsafe` is
//! here.

#![expect(unsafe_code, reason = "neither the standard library nor socket2 offers these calls")]

pub(crate) mod sctp;

use crate::sorting::Instruction;
use socket2::SockAddr;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::ptr;

/// Sets an option whose value is an integer; says whether the system took it.
pub(crate) fn set_option(
    socket: &impl AsRawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> bool {
    // SAFETY: the descriptor is open as long as `socket` lives; the option's value is a `c_int`
    // that outlives the call, and its size is given as the length. The kernel only reads it.
    let answer = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    answer == 0
}

/// Has the system choose among the sockets of one address by a program; says whether it took it.
pub(crate) fn sort_by(socket: &impl AsRawFd, program: &[Instruction]) -> bool {
    let filter = |instruction: &Instruction| libc::sock_filter {
        code: instruction.code,
        jt: instruction.jump_true,
        jf: instruction.jump_false,
        k: instruction.value,
    };
    let mut filters: Vec<_> = program.iter().map(filter).collect();
    let Ok(len) = u16::try_from(filters.len()) else {
        return false;
    };
    let program = libc::sock_fprog { len, filter: filters.as_mut_ptr() };
    // SAFETY: the descriptor is open as long as `socket` lives; the option's value is a
    // `sock_fprog` whose size is given as the length, and whose pointer is to `len` instructions
    // that outlive the call. The kernel checks the program, copies it, and only reads all of this.
    let answer = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_REUSEPORT_CBPF,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    };
    answer == 0
}

/// Figures of a socket's memory (`sock_diag.h`), and which of them counts drops.
const SO_MEMINFO: libc::c_int = 55;
const FIGURES: usize = 9;
const DROPS: usize = 8;

/// Datagrams that the system dropped because the socket's buffer was full.
pub(crate) fn dropped(socket: &impl AsRawFd) -> u64 {
    let mut figures = [0_u32; FIGURES];
    let mut length = size_of_val(&figures) as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `socket` lives; `figures` is writable for `length`
    // octets, more than which the kernel does not write, and any octets are a valid `u32`.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            SO_MEMINFO,
            figures.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    let drops = figures.get(DROPS).copied().unwrap_or(0);
    if answer == 0 { u64::from(drops) } else { 0 }
}

/// What the network said about a datagram of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NetworkError {
    /// Where the datagram went.
    pub(crate) destination: SocketAddr,
    /// Whether it is a verdict on that destination: ICMP said that it is unreachable.
    pub(crate) is_unreachable: bool,
}

/// Takes the oldest error off a socket that has `IP_RECVERR`; none when there is none. An error
/// without a destination counts as none.
pub(crate) fn take_error(socket: &impl AsRawFd) -> Option<NetworkError> {
    // Aligned for the headers of control messages.
    let mut control = [0_u64; 32];
    let mut payload = [0_u8; 1];
    let mut vector = libc::iovec { iov_base: payload.as_mut_ptr().cast(), iov_len: payload.len() };
    // SAFETY: all of `msghdr` may be zero. Its pointers are to `vector`, `control` and the storage
    // of the address, which are writable for the lengths beside them and outlive the call; the
    // descriptor is open as long as `socket` lives. On success the kernel has written a socket
    // address of `msg_namelen` octets, and a chain of control messages within `control` that the
    // macros of libc walk by their own lengths; the data of IP_RECVERR begins with a
    // `sock_extended_err`, which is read without a demand on its alignment.
    let read = unsafe {
        SockAddr::try_init(|storage, length| {
            let mut message: libc::msghdr = std::mem::zeroed();
            message.msg_name = storage.cast();
            message.msg_namelen = *length;
            message.msg_iov = &raw mut vector;
            message.msg_iovlen = 1;
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = size_of_val(&control);
            let flags = libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT;
            if libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags) < 0 {
                return Err(io::Error::last_os_error());
            }
            *length = message.msg_namelen;
            let mut error = None;
            let mut header = libc::CMSG_FIRSTHDR(&raw const message);
            while !header.is_null() {
                let kind = ((*header).cmsg_level, (*header).cmsg_type);
                if kind == (libc::SOL_IP, libc::IP_RECVERR)
                    || kind == (libc::SOL_IPV6, libc::IPV6_RECVERR)
                {
                    let data = libc::CMSG_DATA(header).cast::<libc::sock_extended_err>();
                    error = Some(ptr::read_unaligned(data));
                }
                header = libc::CMSG_NXTHDR(&raw const message, header);
            }
            Ok(error)
        })
    };
    let (error, address) = read.ok()?;
    let error = error?;
    let from_network =
        matches!(error.ee_origin, libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6);
    let verdict = i32::try_from(error.ee_errno).is_ok_and(is_verdict);
    let destination = address.as_socket()?;
    Some(NetworkError { destination, is_unreachable: from_network && verdict })
}

/// RFC 3261 §18.4: host, network, port and protocol unreachable; not what slows us down, nor a
/// path that takes less at once.
fn is_verdict(errno: libc::c_int) -> bool {
    matches!(
        errno,
        libc::ECONNREFUSED
            | libc::EHOSTUNREACH
            | libc::ENETUNREACH
            | libc::ENOPROTOOPT
            | libc::EHOSTDOWN
    )
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests wait")]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::time::{Duration, Instant};

    #[test]
    fn the_network_says_where_nobody_listens() {
        for (address, level, name) in [
            ("127.0.0.1:0", libc::SOL_IP, libc::IP_RECVERR),
            ("[::1]:0", libc::SOL_IPV6, libc::IPV6_RECVERR),
        ] {
            let socket = UdpSocket::bind(address).unwrap();
            assert!(set_option(&socket, level, name, 1));
            assert_eq!(take_error(&socket), None);
            let free = UdpSocket::bind(address).unwrap().local_addr().unwrap();
            socket.send_to(b"INVITE", free).unwrap();
            let start = Instant::now();
            let error = loop {
                assert!(start.elapsed() < Duration::from_secs(5));
                if let Some(error) = take_error(&socket) {
                    break error;
                }
            };
            assert_eq!(error, NetworkError { destination: free, is_unreachable: true });
            assert_eq!(take_error(&socket), None);
        }
    }

    #[test]
    fn what_a_full_buffer_costs_is_counted() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUF, 4_096));
        assert_eq!(dropped(&socket), 0);
        let to = socket.local_addr().unwrap();
        for _ in 0..100 {
            socket.send_to(&[0; 1_000], to).unwrap();
        }
        assert!((50..100).contains(&dropped(&socket)), "{}", dropped(&socket));
    }
}
