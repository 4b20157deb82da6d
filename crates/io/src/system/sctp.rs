//! The calls that the kernel's SCTP wants (RFC 6458): options that are structures, and what is said
//! of each message beside it. The structures are written and read octet by octet, so that only
//! their lengths have to be trusted.

use socket2::Socket;
use std::io;
use std::mem::size_of_val;
use std::os::fd::AsRawFd;
use tokio::io::unix::AsyncFd;

/// The level of the options and of what is said beside messages.
const LEVEL: libc::c_int = libc::IPPROTO_SCTP;
/// Kinds of what is said beside messages (RFC 6458 §5.3.4, §5.3.5).
const SENT: libc::c_int = 2;
const RECEIVED: libc::c_int = 3;

/// `struct sctp_sndinfo`, and how much of `struct sctp_rcvinfo` is read.
const SENT_LENGTH: usize = 16;
const RECEIVED_LENGTH: usize = 12;

/// Has the runtime say when a socket is ready.
pub(crate) fn watch(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: a `Socket` owns its descriptor, gives the same one whenever it is asked, and closes
    // it when it is dropped and not before.
    let watched = unsafe { AsyncFd::register(socket) };
    Ok(watched?)
}

/// Sets an option whose value is a structure or several.
pub(crate) fn set_structure(
    socket: &impl AsRawFd,
    name: libc::c_int,
    value: &[u8],
) -> io::Result<()> {
    // SAFETY: the descriptor is open as long as `socket` lives; `value` outlives the call, and its
    // length is given. The kernel only reads it, and trusts nothing in it.
    let answer = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            LEVEL,
            name,
            value.as_ptr().cast(),
            value.len() as libc::socklen_t,
        )
    };
    // Opening an association gives its number.
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Reads an option whose value is a structure.
pub(crate) fn structure(
    socket: &impl AsRawFd,
    name: libc::c_int,
    value: &mut [u8],
) -> io::Result<()> {
    let mut length = value.len() as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `socket` lives; `value` is writable for `length`
    // octets, more than which the kernel does not write, and any octets are valid.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            LEVEL,
            name,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What one call has taken off a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) length: usize,
    /// Whether the message ends with it.
    pub(crate) is_last: bool,
    /// Whether it is about the association, and no message.
    pub(crate) is_notification: bool,
    pub(crate) stream: u16,
    pub(crate) ppid: u32,
}

/// The kernel says that what it gives is no message.
const NOTIFICATION: libc::c_int = 0x8000;

/// Takes a message, or as much of it as has come and fits, off a socket.
pub(crate) fn receive(socket: &impl AsRawFd, buffer: &mut [u8]) -> io::Result<Piece> {
    // Aligned for the headers of control messages.
    let mut control = [0_u64; 16];
    let mut vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let mut info = [0_u8; RECEIVED_LENGTH];
    // SAFETY: all of `msghdr` may be zero. Its pointers are to `vector`, which is to `buffer`, and
    // to `control`, which are writable for the lengths beside them and outlive the call; the
    // descriptor is open as long as `socket` lives. On success the kernel has written a chain of
    // control messages within `control`, which the macros of libc walk by their own lengths; the
    // data of `RECEIVED` is a `sctp_rcvinfo`, longer than `info`, if its header says so.
    let (length, flags) = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut vector;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&control);
        let length = libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT);
        if length < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            let is_long = (*header).cmsg_len >= libc::CMSG_LEN(info.len() as u32) as usize;
            if ((*header).cmsg_level, (*header).cmsg_type) == (LEVEL, RECEIVED) && is_long {
                let data = libc::CMSG_DATA(header);
                data.copy_to_nonoverlapping(info.as_mut_ptr(), info.len());
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
        (length, message.msg_flags)
    };
    let [s0, s1, _, _, _, _, _, _, p0, p1, p2, p3] = info;
    Ok(Piece {
        length: usize::try_from(length).unwrap_or(0),
        is_last: flags & libc::MSG_EOR != 0,
        is_notification: flags & NOTIFICATION != 0,
        stream: u16::from_ne_bytes([s0, s1]),
        // As it stands in the packet: the kernel does not turn it.
        ppid: u32::from_be_bytes([p0, p1, p2, p3]),
    })
}

/// Hands a message over, whole or not at all.
pub(crate) fn send(
    socket: &impl AsRawFd,
    octets: &[u8],
    (stream, ppid, unordered): (u16, u32, bool),
) -> io::Result<()> {
    let mut info = [0_u8; SENT_LENGTH];
    let fields = stream.to_ne_bytes().into_iter().chain(u16::from(unordered).to_ne_bytes());
    for (to, octet) in info.iter_mut().zip(fields.chain(ppid.to_be_bytes())) {
        *to = octet;
    }
    let mut control = [0_u64; 8];
    // The kernel does not write to what it sends.
    let mut vector =
        libc::iovec { iov_base: octets.as_ptr().cast_mut().cast(), iov_len: octets.len() };
    // SAFETY: all of `msghdr` may be zero. Its pointers are to `vector`, which is to `octets`, and
    // to `control`, which outlive the call, with their lengths beside them; the control message
    // that is written, a header and `info`, is shorter than `control` (CMSG_SPACE of 16 octets is
    // 32). The descriptor is open as long as `socket` lives.
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut vector;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(info.len() as u32) as usize;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = LEVEL;
        (*header).cmsg_type = SENT;
        (*header).cmsg_len = libc::CMSG_LEN(info.len() as u32) as usize;
        libc::CMSG_DATA(header).copy_from_nonoverlapping(info.as_ptr(), info.len());
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        libc::sendmsg(socket.as_raw_fd(), &raw const message, flags)
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
