use crate::SocketOptions;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::net::SocketAddr;

/// The largest packet the media plane takes; RTP of one packet time is far smaller.
const PACKET_MAX: usize = 2_048;
/// Packets taken from one socket in one turn: a flood at one port does not starve the others.
const PACKETS_PER_TURN: usize = 16;

/// The sockets that a context may have: one of each family.
const FAMILIES: usize = 2;

/// The place of a context's socket of this family.
const fn place(context: u32, address: &SocketAddr) -> usize {
    context as usize * FAMILIES + address.is_ipv6() as usize
}

/// The media plane's datagram sockets, one per context and family, read on each tick and not on
/// each packet.
#[derive(Debug)]
pub struct PacketSockets {
    poll: Poll,
    events: Events,
    sockets: Vec<Option<UdpSocket>>,
    /// Places of sockets that still have something: readiness is reported once only.
    ready: Vec<usize>,
    buffer: Vec<u8>,
    options: SocketOptions,
    /// Packets that the system did not take.
    pub unsent: u64,
}

impl PacketSockets {
    /// Room for the sockets of `contexts`.
    pub fn new(contexts: u32, options: SocketOptions) -> io::Result<Self> {
        let count = contexts as usize * FAMILIES;
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(count.clamp(16, 1_024)),
            sockets: std::iter::repeat_with(|| None).take(count).collect(),
            ready: Vec::with_capacity(count),
            buffer: vec![0; PACKET_MAX],
            options,
            unsent: 0,
        })
    }

    /// Binds the socket of `context` of the family of `address`, closing the one it had.
    pub fn open(&mut self, context: u32, address: SocketAddr) -> io::Result<()> {
        let index = place(context, &address);
        self.close_place(index);
        let place = self.sockets.get_mut(index);
        let place = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut socket = UdpSocket::from_std(self.options.udp(address)?);
        self.poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
        *place = Some(socket);
        Ok(())
    }

    /// Closes the sockets of `context`, if it has any.
    pub fn close(&mut self, context: u32) {
        let first = context as usize * FAMILIES;
        for index in first..first + FAMILIES {
            self.close_place(index);
        }
    }

    fn close_place(&mut self, index: usize) {
        if let Some(mut socket) = self.sockets.get_mut(index).and_then(Option::take)
            && let Err(error) = self.poll.registry().deregister(&mut socket)
        {
            tracing::debug!(index, %error, "cannot deregister a media socket");
        }
    }

    /// Hands over what has arrived, without waiting.
    pub fn receive(&mut self, mut each: impl FnMut(u32, SocketAddr, &[u8])) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(base::Duration::ZERO)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            let Token(index) = event.token();
            if !self.ready.contains(&index) {
                self.ready.push(index);
            }
        }
        let (sockets, buffer) = (&mut self.sockets, &mut self.buffer);
        self.ready.retain(|&index| {
            let Some(Some(socket)) = sockets.get_mut(index) else {
                return false;
            };
            let context = u32::try_from(index / FAMILIES).unwrap_or(u32::MAX);
            drain(socket, buffer, |from, packet| each(context, from, packet))
        });
        Ok(())
    }

    /// Sends a packet from the socket of `context` of the family of `to`; what the system does not
    /// take is lost and counted, as on any other hop.
    pub fn send(&mut self, context: u32, to: SocketAddr, packet: &[u8]) {
        let socket = self.sockets.get(place(context, &to)).and_then(Option::as_ref);
        if socket.is_none_or(|socket| socket.send_to(packet, to).is_err()) {
            self.unsent += 1;
        }
    }
}

/// Says whether there may be more.
fn drain(socket: &UdpSocket, buffer: &mut [u8], mut each: impl FnMut(SocketAddr, &[u8])) -> bool {
    for _ in 0..PACKETS_PER_TURN {
        match socket.recv_from(buffer) {
            Ok((length, from)) => each(from, buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            // An earlier packet was refused by its receiver (ICMP); the next may be fine.
            Err(_) => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EF;

    #[test]
    fn packets_past_one_turn_are_not_forgotten() {
        let options = SocketOptions { receive_buffer: 65_536, send_buffer: 65_536, dscp: EF };
        let mut sockets = PacketSockets::new(2, options).unwrap();
        sockets.open(1, "127.0.0.1:0".parse().unwrap()).unwrap();
        let to = sockets.sockets[2].as_ref().unwrap().local_addr().unwrap();
        let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let sent = PACKETS_PER_TURN * 2 + 3;
        for number in 0..sent {
            peer.send_to(&[number as u8], to).unwrap();
        }
        let mut got = Vec::new();
        for _ in 0..4 {
            sockets
                .receive(|context, from, packet| {
                    assert_eq!((context, from), (1, peer.local_addr().unwrap()));
                    got.extend_from_slice(packet);
                })
                .unwrap();
        }
        assert_eq!(got, (0..sent as u8).collect::<Vec<_>>());
        sockets.send(1, peer.local_addr().unwrap(), b"back");
        let mut buffer = [0; 8];
        assert_eq!(peer.recv(&mut buffer).unwrap(), 4);
        sockets.close(1);
        sockets.send(1, to, b"gone");
        assert_eq!(sockets.unsent, 1);
        assert!(sockets.open(2, to).is_err());
    }
}
